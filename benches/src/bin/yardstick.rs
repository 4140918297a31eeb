//! netcensus' side of the comparison with its peers: does one piece of work on given files through the public library,
//! and prints one line of JSON with the seconds of the work itself and an answer to hold against the others'.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use clap::{Parser, ValueEnum};
use netcensus::import::{Kind, Wanted, read_json_lines};
use netcensus::progress::Progress;
use netcensus::store::Store;
use netcensus::study;
use netcensus::tables::Table;
use netcensus_benches::json::Form;
use netcensus_graph::communities::{self, Communities, Search, modularity};
use netcensus_graph::rank::{self, Walk};
use netcensus_graph::{Builder, Built, FollowGraph, Group, components, core, ties, triangles};
use serde_json::{Value, json};

type Found<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Do one piece of work and say how long it took
#[derive(Parser)]
struct Yardstick {
    work: Work,
    /// An edge list; for `shares` a study's data folder; for `jetstream` and `x2` JSON lines
    file: PathBuf,
    /// Code the graph first, for work on a graph that is there already
    #[arg(long)]
    coded: bool,
    /// Known members, for `shares`: a CSV file with the column `id`
    #[arg(long)]
    seeds: Option<PathBuf>,
}

/// The rows of the table, in its order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    /// A text edge list of string ids to a graph
    Text,
    /// CSV of 64-bit ids, with a head, to a graph
    Csv,
    /// PageRank, 20 steps
    Pagerank,
    /// Triangles of the undirected view
    Triangles,
    /// Core numbers
    Cores,
    /// Weak components
    Components,
    /// Louvain communities
    Louvain,
    /// Leiden communities
    Leiden,
    /// All lists of the graph, read in the order of accounts by one thread
    Scan,
    /// The same, the accounts in an order by lot
    Lookups,
    /// In-group shares of followings and followers, from Parquet
    Shares,
    /// Jetstream's JSON lines to columns
    Jetstream,
    /// The X API's JSON lines to columns
    X2,
}

fn main() -> ExitCode {
    let asked = Yardstick::parse();
    match asked.run() {
        Ok((Took { seconds, processor }, answer)) => {
            let work = asked.work.to_possible_value().map(|w| w.get_name().to_owned());
            let peak = peak_rss();
            println!(
                "{}",
                json!({"work": work, "seconds": seconds, "processor": processor, "peak_rss": peak, "answer": answer})
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

impl Yardstick {
    fn run(&self) -> Found<(Took, Value)> {
        match self.work {
            Work::Text => timed(|| edge_list(&self.file, false), |built| Ok(size(&built))),
            Work::Csv => timed(|| edge_list(&self.file, true), |built| Ok(size(&built))),
            Work::Shares => {
                let seeds = study::read_seeds(self.seeds.as_deref().ok_or("give --seeds")?)?;
                timed(|| shares(&self.file, &seeds), Ok)
            }
            Work::Jetstream => timed(|| columns(&self.file, Form::Jetstream), |rows| contents(&rows, Form::Jetstream)),
            Work::X2 => timed(|| columns(&self.file, Form::X2), |rows| contents(&rows, Form::X2)),
            _ => {
                let mut built = edge_list(&self.file, false)?;
                if self.coded {
                    built.graph = built.graph.coded()?;
                }
                self.kernel(&built)
            }
        }
    }

    /// Work on a graph that is there already.
    fn kernel(&self, built: &Built) -> Found<(Took, Value)> {
        let graph = &built.graph;
        match self.work {
            Work::Pagerank => {
                let walk = Walk { tolerance: 0.0, iterations: 20, ..Walk::default() };
                timed(|| Ok(rank::pagerank(graph, None, &walk)), |rank| Ok(top(built, &rank)))
            }
            Work::Triangles => timed(|| Ok(triangles::all(graph)), |found| Ok(json!({"triangles": found.total}))),
            Work::Cores => timed(
                || Ok(core::core_numbers(graph)),
                |cores| {
                    let sum: u64 = cores.iter().map(|&c| u64::from(c)).sum();
                    Ok(json!({"largest": cores.iter().max(), "sum": sum}))
                },
            ),
            Work::Components => timed(|| Ok(components::weakly_connected(graph)), |labels| Ok(parts(&labels))),
            Work::Scan | Work::Lookups => {
                let order = order(graph, self.work == Work::Lookups);
                timed(|| Ok(read_all(graph, &order)), |sum| Ok(json!({"sum": sum, "bytes": graph.bytes()})))
            }
            Work::Louvain => {
                timed(|| Ok(communities::louvain(graph, &Search::default())), |found| divided(graph, &found))
            }
            Work::Leiden => {
                timed(|| Ok(communities::leiden(graph, &Search::default())), |found| divided(graph, &found))
            }
            _ => Err("not a kernel".into()),
        }
    }
}

/// How long the work took, and the answer in what came of it.
fn timed<T>(work: impl FnOnce() -> Found<T>, answer: impl FnOnce(T) -> Found<Value>) -> Found<(Took, Value)> {
    let (start, before) = (Instant::now(), processor());
    let result = work()?;
    let took = Took {
        seconds: start.elapsed().as_secs_f64(),
        processor: processor().zip(before).map(|(after, before)| after - before),
    };
    Ok((took, answer(result)?))
}

/// How long work took: on the wall, and in seconds of processors, which what else the machine does moves less.
struct Took {
    seconds: f64,
    processor: Option<f64>,
}

/// The seconds that processors have worked for the threads of this process; none where the system does not say.
fn processor() -> Option<f64> {
    let nanoseconds = |thread: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    std::fs::read_dir("/proc/self/task").ok()?.map(nanoseconds).sum::<Option<f64>>().map(|sum| sum / 1e9)
}

/// The most memory this process has held, in bytes; none where the system does not say.
fn peak_rss() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Rows of string ids to a graph.
fn edge_list(file: &Path, head: bool) -> Found<Built> {
    let mut text = BufReader::new(File::open(file)?);
    if head {
        text.skip_until(b'\n')?;
    }
    let builder = Builder::new(None);
    builder.edge_list(text)?;
    Ok(builder.finish()?)
}

fn size(built: &Built) -> Value {
    json!({"accounts": built.graph.accounts(), "follows": built.graph.follows()})
}

/// The accounts as they are numbered, or by a hash of that.
fn order(graph: &FollowGraph, by_lot: bool) -> Vec<u32> {
    let mut order: Vec<u32> = (0..graph.accounts() as u32).collect();
    if by_lot {
        order.sort_by_key(|account| account.wrapping_mul(0x9E37_79B1).swap_bytes());
    }
    order
}

/// Of all lists both ways the sum.
fn read_all(graph: &FollowGraph, order: &[u32]) -> u64 {
    let sum = |list: &[u32]| list.iter().map(|&account| u64::from(account)).sum::<u64>();
    order.iter().map(|&account| sum(&graph.following(account)) + sum(&graph.followers(account))).sum()
}

/// The five accounts with the highest rank, and each one's rank over the highest: the same for walks that treat accounts
/// that follow nobody in different ways, once they have settled.
fn top(built: &Built, rank: &[f64]) -> Value {
    let mut order: Vec<u32> = (0..rank.len() as u32).collect();
    order.sort_by(|&a, &b| rank[b as usize].total_cmp(&rank[a as usize]));
    order.truncate(5);
    let first = order.first().map_or(1.0, |&a| rank[a as usize]);
    let top: Vec<Value> = order.iter().map(|&a| json!([built.ids.name(a), rank[a as usize] / first])).collect();
    json!({"top": top})
}

/// How many parts of two accounts or more there are, and the size of the largest: programs that number accounts densely
/// also see those that nobody follows and that follow nobody.
fn parts(labels: &[u32]) -> Value {
    let mut sizes = std::collections::HashMap::<u32, u64>::new();
    labels.iter().for_each(|&label| *sizes.entry(label).or_default() += 1);
    let parts = sizes.values().filter(|&&size| size > 1).count();
    json!({"parts": parts, "largest": sizes.values().max()})
}

/// The modularity of the undirected view.
fn divided(graph: &FollowGraph, found: &Communities) -> Found<Value> {
    Ok(json!({"modularity": modularity(graph, &found.of_account, 1.0)}))
}

/// Of each account that follows someone the share of the group among them, and of each that is followed; both summed.
fn shares(data: &Path, seeds: &[String]) -> Found<Value> {
    let builder = Builder::new(None);
    let store = Store::new(data);
    for part in store.parts(Table::Follows)? {
        let name = part.file_name().and_then(|name| name.to_str()).ok_or("a part without a name")?;
        store.follows_into(name, &builder, || Ok(()))?;
    }
    let Built { ids, graph, .. } = builder.finish()?;
    let group = Group::from_members(ids.len(), seeds.iter().filter_map(|seed| ids.get(seed)));
    let sum = |counts: Vec<u32>, all: &dyn Fn(u32) -> usize| -> (u64, f64) {
        let accounts = (0..).zip(counts).filter(|&(account, _)| all(account) > 0);
        accounts.fold((0, 0.0), |(n, sum), (a, c)| (n + 1, sum + f64::from(c) / all(a) as f64))
    };
    let ((following, share_following), (followed, share_followers)) = rayon::join(
        || sum(ties::following_in(&graph, &group), &|a| graph.out_degree(a)),
        || sum(ties::followers_in(&graph, &group), &|a| graph.in_degree(a)),
    );
    Ok(json!({
        "following": following, "share_following": share_following,
        "followed": followed, "share_followers": share_followers,
    }))
}

/// The columns that the peers read, see `work.py`, held in memory as there.
fn columns(file: &Path, form: Form) -> Found<Vec<RecordBatch>> {
    use Kind::{Count, Id, Text};
    let wanted: &[(&str, &str, Kind)] = match form {
        Form::Jetstream => &[
            ("did", "did", Text),
            ("time_us", "time_us", Count),
            ("kind", "kind", Text),
            ("operation", "commit.operation", Text),
            ("collection", "commit.collection", Text),
            ("rkey", "commit.rkey", Text),
            ("created_at", "commit.record.createdAt", Text),
            ("text", "commit.record.text", Text),
            ("langs", "commit.record.langs", Kind::Tags),
        ],
        Form::X2 => &[
            ("id", "data.id", Id),
            ("author_id", "data.author_id", Text),
            ("created_at", "data.created_at", Text),
            ("lang", "data.lang", Text),
            ("text", "data.text", Text),
            ("like_count", "data.public_metrics.like_count", Count),
            ("retweet_count", "data.public_metrics.retweet_count", Count),
            ("tags", "data.entities.hashtags", Kind::Tags),
        ],
    };
    let named = |&(name, path, kind): &(&str, &str, Kind)| Wanted { name: name.into(), path: path.into(), kind };
    let wanted: Vec<Wanted> = wanted.iter().map(named).collect();
    let mut batches = Vec::new();
    let bad = read_json_lines(file, &wanted, &Progress::silent(), |batch| {
        batches.push(batch);
        Ok(())
    })?;
    if bad > 0 {
        return Err(format!("{bad} lines hold no row").into());
    }
    Ok(batches)
}

/// What `work.py` says the answer is made of.
fn contents(batches: &[RecordBatch], form: Form) -> Found<Value> {
    let column = |batch: &RecordBatch, name: &str| batch.column_by_name(name).cloned().ok_or("a column is not there");
    let (mut texts, mut characters, mut counts, mut items) = (0, 0, 0, 0);
    let (count, list) = if form == Form::Jetstream { ("time_us", "langs") } else { ("like_count", "tags") };
    for batch in batches {
        let text = column(batch, "text")?;
        for text in text.as_string::<i32>().iter().flatten() {
            texts += 1;
            characters += text.chars().count();
        }
        let numbers = column(batch, count)?;
        let numbers = numbers.as_primitive::<Int64Type>().iter().flatten();
        counts += numbers.map(|n| if form == Form::Jetstream { n % 1000 } else { n }).sum::<i64>();
        items += column(batch, list)?.as_list::<i32>().values().len();
    }
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    Ok(match form {
        Form::Jetstream => {
            json!({"rows": rows, "times": counts, "texts": texts, "characters": characters, "langs": items})
        }
        Form::X2 => json!({"rows": rows, "likes": counts, "characters": characters, "tags": items}),
    })
}
