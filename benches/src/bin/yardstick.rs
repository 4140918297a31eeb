//! netcensus' side of the comparison with its peers: does one piece of work on given files through the public library,
//! and prints one line of JSON with the seconds of the work itself and an answer to hold against the others'.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use netcensus::rows::Batch;
use netcensus::store::Store;
use netcensus::study;
use netcensus::tables::Table;
use netcensus_benches::json::Form;
use netcensus_graph::rank::{self, Walk};
use netcensus_graph::{Builder, Built, FollowGraph, Group, core, ties};
use serde_json::{Value, json};

type Found<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Do one piece of work and say how long it took
#[derive(Parser)]
struct Yardstick {
    work: Work,
    /// An edge list; for `shares` a study's data folder; for `jetstream` and `x2` JSON lines
    file: PathBuf,
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
        Ok((seconds, answer)) => {
            let work = asked.work.to_possible_value().map(|w| w.get_name().to_owned());
            println!("{}", json!({"work": work, "seconds": seconds, "peak_rss": peak_rss(), "answer": answer}));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

impl Yardstick {
    fn run(&self) -> Found<(f64, Value)> {
        match self.work {
            Work::Text => timed(|| edge_list(&self.file, false), |built| Ok(size(&built))),
            Work::Csv => timed(|| edge_list(&self.file, true), |built| Ok(size(&built))),
            Work::Shares => {
                let seeds = study::read_seeds(self.seeds.as_deref().ok_or("give --seeds")?)?;
                timed(|| shares(&self.file, &seeds), Ok)
            }
            Work::Jetstream => timed(|| columns(&self.file, Form::Jetstream), Ok),
            Work::X2 => timed(|| columns(&self.file, Form::X2), Ok),
            _ => self.kernel(&edge_list(&self.file, false)?),
        }
    }

    /// Work on a graph that is there already.
    fn kernel(&self, built: &Built) -> Found<(f64, Value)> {
        let graph = &built.graph;
        match self.work {
            Work::Pagerank => {
                let walk = Walk { tolerance: 0.0, iterations: 20, ..Walk::default() };
                timed(|| Ok(rank::pagerank(graph, None, &walk)), |rank| Ok(top(built, &rank)))
            }
            Work::Triangles => timed(|| Ok(triangles(graph)), |total| Ok(json!({"triangles": total}))),
            Work::Cores => timed(
                || Ok(core::core_numbers(graph)),
                |cores| {
                    let sum: u64 = cores.iter().map(|&c| u64::from(c)).sum();
                    Ok(json!({"largest": cores.iter().max(), "sum": sum}))
                },
            ),
            Work::Components => timed(|| components(graph), |labels| Ok(parts(&labels))),
            Work::Louvain => timed(|| louvain(graph), |labels| Ok(json!({"modularity": modularity(graph, &labels)}))),
            Work::Leiden => timed(|| leiden(graph), |labels| Ok(json!({"modularity": modularity(graph, &labels)}))),
            _ => Err("not a kernel".into()),
        }
    }
}

/// How long the work took, and the answer in what came of it.
fn timed<T>(work: impl FnOnce() -> Found<T>, answer: impl FnOnce(T) -> Found<Value>) -> Found<(f64, Value)> {
    let start = Instant::now();
    let result = work()?;
    let seconds = start.elapsed().as_secs_f64();
    Ok((seconds, answer(result)?))
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

/// The five accounts with the highest rank, and each one's rank over the highest: the same for walks that treat
/// accounts that follow nobody in different ways, once they have settled.
fn top(built: &Built, rank: &[f64]) -> Value {
    let mut order: Vec<u32> = (0..rank.len() as u32).collect();
    order.sort_by(|&a, &b| rank[b as usize].total_cmp(&rank[a as usize]));
    order.truncate(5);
    let first = order.first().map_or(1.0, |&a| rank[a as usize]);
    let top: Vec<Value> = order.iter().map(|&a| json!([built.ids.name(a), rank[a as usize] / first])).collect();
    json!({"top": top})
}

fn triangles(graph: &FollowGraph) -> u64 {
    let everyone = Group::from_members(graph.accounts(), 0..graph.accounts() as u32);
    ties::triangles(graph, &everyone).iter().map(|&t| u64::from(t)).sum::<u64>() / 3
}

fn components(_: &FollowGraph) -> Found<Vec<u32>> {
    Err("there are no components yet".into())
}

fn louvain(_: &FollowGraph) -> Found<Vec<u32>> {
    Err("there are no communities yet".into())
}

fn leiden(_: &FollowGraph) -> Found<Vec<u32>> {
    Err("there are no communities yet".into())
}

/// How many parts of two accounts or more there are, and the size of the largest: programs that number accounts densely
/// also see those that nobody follows and that follow nobody.
fn parts(labels: &[u32]) -> Value {
    let mut sizes = std::collections::HashMap::<u32, u64>::new();
    labels.iter().for_each(|&label| *sizes.entry(label).or_default() += 1);
    let parts = sizes.values().filter(|&&size| size > 1).count();
    json!({"parts": parts, "largest": sizes.values().max()})
}

/// Newman and Girvan's modularity of the undirected view: Σ over the communities of L/m − (D/2m)².
fn modularity(graph: &FollowGraph, labels: &[u32]) -> f64 {
    let (mut within, mut degrees) = (0_u64, std::collections::HashMap::<u32, u64>::new());
    for account in 0..graph.accounts() as u32 {
        let label = labels[account as usize];
        for other in graph.neighbours(account) {
            *degrees.entry(label).or_default() += 1;
            within += u64::from(labels[other as usize] == label);
        }
    }
    let both = degrees.values().sum::<u64>() as f64;
    let mut degrees: Vec<u64> = degrees.into_values().collect();
    degrees.sort_unstable();
    within as f64 / both - degrees.iter().map(|&d| (d as f64 / both).powi(2)).sum::<f64>()
}

/// Of each account that follows someone the share of the group among them, and of each that is followed; both summed.
fn shares(data: &Path, seeds: &[String]) -> Found<Value> {
    let builder = Builder::new(None);
    let mut failed = None;
    Store::new(data).read(Table::Follows, &["src", "dst"], |batch| {
        let (src, dst) = (Batch(batch).text("src")?, Batch(batch).text("dst")?);
        let rows = src.iter().zip(dst.iter()).filter_map(|(s, d)| s.zip(d));
        failed = failed.take().or(builder.follows(rows).err());
        Ok(())
    })?;
    failed.map_or(Ok(()), Err)?;
    let Built { ids, graph, .. } = builder.finish()?;
    let group = Group::from_members(ids.len(), seeds.iter().filter_map(|seed| ids.get(seed)));
    let sum = |counts: Vec<u32>, all: &dyn Fn(u32) -> usize| -> (u64, f64) {
        let accounts = (0..).zip(counts).filter(|&(account, _)| all(account) > 0);
        accounts.fold((0, 0.0), |(n, sum), (a, c)| (n + 1, sum + f64::from(c) / all(a) as f64))
    };
    let (following, share_following) = sum(ties::following_in(&graph, &group), &|a| graph.following(a).len());
    let (followed, share_followers) = sum(ties::followers_in(&graph, &group), &|a| graph.followers(a).len());
    Ok(json!({
        "following": following, "share_following": share_following,
        "followed": followed, "share_followers": share_followers,
    }))
}

/// The columns that the peers read: see `work.py`, which says what the answer is made of.
fn columns(_: &Path, _: Form) -> Found<Value> {
    Err("JSON lines are not read into columns yet".into())
}
