//! Makes networks to measure netcensus on. The same options make the same bytes, on any machine and number of threads.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use netcensus::rows::Columns;
use netcensus::store::Store;
use netcensus::study::{FrameRule, Sample};
use netcensus::tables::Table;
use netcensus_benches::json::{self, Form};
use netcensus_benches::names::{Kind, Names};
use netcensus_benches::rmat::Rmat;
use netcensus_benches::shape::{Network, Shape};
use netcensus_benches::{folder, lines};

type Done = Result<(), Box<dyn std::error::Error>>;

/// Make networks to measure netcensus on
#[derive(Parser)]
struct Generate {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Rmat(RmatFiles),
    Study(StudyFolder),
    Json(JsonLines),
}

/// An R-MAT graph as files for every reader
///
/// Into the folder: `dense.el` (numbers 0, 1, 2, …), `decimal.el` and `did.el` (string ids), `ids.csv` (64-bit ids,
/// with a head), and `data/follows`, netcensus' own table, of the different follows, by who follows.
#[derive(Args)]
struct RmatFiles {
    /// 2 to the power of this many accounts
    #[arg(long)]
    scale: u32,
    /// So many follows for each account
    #[arg(long, default_value_t = 16)]
    edge_factor: u64,
    /// The random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder to write
    dir: PathBuf,
}

/// A network shaped like a study's, as a study that a simulated coder can label
#[derive(Args)]
struct StudyFolder {
    /// Accounts in all
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u32,
    /// Follows in all, about
    #[arg(long, default_value_t = 35_000_000)]
    follows: u64,
    /// Members of the group among the accounts
    #[arg(long, default_value_t = 10_000)]
    members: u32,
    /// The share of a member's followings that are members, too
    #[arg(long, default_value_t = 0.5)]
    inside: f64,
    /// Members known to the analyst
    #[arg(long, default_value_t = 300)]
    known: usize,
    /// Hops from the seeds that make the frame
    #[arg(long, default_value_t = 2)]
    waves: u32,
    /// How many of the group so far must follow an account for it to be in the frame
    #[arg(long, default_value_t = 1)]
    min_follows: u32,
    /// Labels in all
    #[arg(long, default_value_t = 2000)]
    labels: usize,
    /// Collected posts of each account, on average
    #[arg(long, default_value_t = 0.0)]
    posts: f64,
    /// The random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also write the follows as `dense.el` into the folder, with positions for ids, for other programs
    #[arg(long)]
    dense: bool,
    /// The folder to write
    dir: PathBuf,
}

/// JSON lines as a network delivers them
#[derive(Args)]
struct JsonLines {
    /// Whose
    #[arg(long, value_enum)]
    shape: Form,
    /// How many bytes, at least
    #[arg(long)]
    bytes: u64,
    /// The random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file to write
    file: PathBuf,
}

fn main() -> ExitCode {
    let done = match Generate::parse().what {
        What::Rmat(rmat) => rmat.write(),
        What::Study(study) => study.write(),
        What::Json(json) => json.write(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Edges of a block of text.
const BLOCK: u64 = 65_536;

impl RmatFiles {
    fn write(self) -> Done {
        let rmat = Rmat::new(self.scale, self.edge_factor, self.seed);
        fs::create_dir_all(&self.dir)?;
        let [dense, decimal, did] = [Kind::Dense, Kind::Decimal, Kind::Did].map(|kind| Names::new(kind, self.seed));
        for (file, head, between, names) in [
            ("dense.el", "", b' ', &dense),
            ("decimal.el", "", b' ', &decimal),
            ("did.el", "", b' ', &did),
            ("ids.csv", "src,dst\n", b',', &decimal),
        ] {
            let edge = |e| rmat.edge(e);
            text(&self.dir.join(file), head, rmat.edges(), |e, out| pair(names, edge(e), between, out))?;
        }
        let follows = rmat.distinct();
        table(&self.dir.join("data"), &did, &follows)?;
        println!("{} accounts, {} edges, {} of them different follows", rmat.accounts(), rmat.edges(), follows.len());
        Ok(())
    }
}

fn pair(names: &Names, (src, dst): (u32, u32), between: u8, out: &mut Vec<u8>) {
    names.push(src, out);
    out.push(between);
    names.push(dst, out);
    out.push(b'\n');
}

/// A text file of so many lines, each made on its own.
fn text(file: &Path, head: &str, count: u64, line: impl Fn(u64, &mut Vec<u8>) + Sync) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    out.write_all(head.as_bytes())?;
    lines::write(&mut out, count.div_ceil(BLOCK), u64::MAX, |block, text| {
        (block * BLOCK..count.min((block + 1) * BLOCK)).for_each(|i| line(i, text));
    })?;
    out.flush()
}

/// The follows as netcensus keeps them.
fn table(data: &Path, names: &Names, follows: &[(u32, u32)]) -> netcensus::Result<()> {
    let store = Store::new(data);
    store.clear(Table::Follows)?;
    let mut part = store.part(Table::Follows)?;
    for some in follows.chunks(BLOCK as usize) {
        let (src, dst): (Vec<String>, Vec<String>) = some.iter().map(|&(s, d)| (names.name(s), names.name(d))).unzip();
        let columns = Columns::new()
            .text(src.iter().map(|s| Some(s.as_str())))
            .text(dst.iter().map(|d| Some(d.as_str())))
            .time(some.iter().map(|_| None));
        part.write(&columns.batch(Table::Follows)?)?;
    }
    part.finish()?;
    Ok(())
}

impl StudyFolder {
    fn write(self) -> Done {
        let Self { accounts, follows, members, inside, seed, .. } = self;
        if !(0.0..=1e4).contains(&self.posts) {
            return Err("0 to 10,000 posts an account".into());
        }
        if accounts < 1000 || members < 1 || members > accounts / 20 || !(0.0..=1.0).contains(&inside) {
            return Err("at least 1,000 accounts, at most one in 20 a member, a share from 0 to 1".into());
        }
        let network = Network::new(Shape { accounts, follows, members, inside, seed });
        let frame = FrameRule { waves: self.waves, min_follows: self.min_follows, ..FrameRule::default() };
        let sample = Sample { labels: self.labels, ..Sample::default() };
        let written = folder::write(&network, self.known, self.posts, frame, sample, &self.dir)?;
        if self.dense {
            let names = Names::new(Kind::Dense, seed);
            text(&self.dir.join("dense.el"), "", accounts.into(), |account, out| {
                let mut following = Vec::new();
                network.following(account as u32, &mut following);
                following.iter().for_each(|&other| pair(&names, (account as u32, other), b' ', out));
            })?;
        }
        println!(
            "{} accounts in {} communities, {} members, {} follows, {} posts, {} seeds",
            written.accounts,
            network.communities(),
            members,
            written.follows,
            written.posts,
            written.seeds
        );
        Ok(())
    }
}

impl JsonLines {
    fn write(self) -> Done {
        let mut out = BufWriter::new(File::create(&self.file)?);
        let bytes = json::write(&mut out, self.shape, self.bytes, self.seed)?;
        out.flush()?;
        println!("{bytes} bytes");
        Ok(())
    }
}
