//! The simulated network as plain files, and as the tables of a study.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use arrow_array::RecordBatch;
use flate2::{Compression, GzBuilder};
use serde::Serialize;

use super::Simulated;
use crate::rows::{self, Micros};
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// Rows of one Arrow batch.
const BATCH: usize = 65_536;

/// Writes the network as plain files into a new or empty folder: `accounts.csv` (with the truth), `follows.csv.gz`,
/// `posts.jsonl.gz`, `statuses.csv`, `seeds.csv`, `README.md`.
pub fn write(sim: &Simulated, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|e| Error::disk(dir, e))?;
    if fs::read_dir(dir).map_err(|e| Error::disk(dir, e))?.next().is_some() {
        return Err(Error::usage(format!("{} is not empty", dir.display())).help("choose a new folder"));
    }
    save(dir, "accounts.csv", |out| accounts(sim, out))?;
    save(dir, "follows.csv.gz", |out| gzip(out, |out| follows(sim, out)))?;
    save(dir, "posts.jsonl.gz", |out| gzip(out, |out| posts(sim, out)))?;
    save(dir, "statuses.csv", |out| statuses(sim, out))?;
    save(dir, "seeds.csv", |out| seeds(sim, out))?;
    save(dir, "README.md", |out| Ok(out.write_all(readme(sim).as_bytes())?))
}

/// Writes the network into the empty tables of a study, as if it had been collected: without the truth.
pub fn into_study(sim: &Simulated, study: &mut Study) -> Result<()> {
    for table in [Table::Accounts, Table::Follows, Table::Posts, Table::Statuses] {
        if !study.store.parts(table)?.is_empty() {
            return Err(Error::usage(format!("the study holds {} already", table.name()))
                .help("a simulated network needs a study of its own"));
        }
    }
    fill(study, Table::Accounts, sim.accounts.iter().cloned(), rows::accounts)?;
    fill(study, Table::Follows, sim.follows(), rows::follows)?;
    fill(study, Table::Posts, sim.posts(), rows::posts)?;
    fill(study, Table::Statuses, sim.statuses(), rows::statuses)
}

/// Writes the truth alone, `id` and `member`, for a simulated coder.
pub fn write_truth(sim: &Simulated, file: &Path) -> Result<()> {
    let mut csv = csv::Writer::from_path(file).map_err(|e| Error::disk(file, std::io::Error::other(e)))?;
    let done = csv.write_record(["id", "member"]).and_then(|()| {
        let mut rows = sim.accounts.iter().zip(&sim.member);
        rows.try_for_each(|(account, member)| csv.write_record([account.id.as_str(), if *member { "1" } else { "0" }]))
    });
    done.and_then(|()| Ok(csv.flush()?)).map_err(|e| Error::disk(file, std::io::Error::other(e)))
}

fn fill<R>(
    study: &Study,
    table: Table,
    mut rows: impl Iterator<Item = R>,
    batch: impl Fn(&[R]) -> Result<RecordBatch>,
) -> Result<()> {
    let mut part = study.store.part(table)?;
    loop {
        let some: Vec<R> = rows.by_ref().take(BATCH).collect();
        if some.is_empty() {
            break;
        }
        part.write(&batch(&some)?)?;
    }
    part.finish()?;
    Ok(())
}

/// What may go wrong while a file is written; the file's name is added where it is known.
type Written = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Writes a whole file or none.
fn save(dir: &Path, name: &str, contents: impl FnOnce(&mut dyn Write) -> Written) -> Result<()> {
    let (path, temporary) = (dir.join(name), dir.join(format!("{name}.part")));
    let done = (|| {
        let mut out = BufWriter::new(File::create(&temporary)?);
        contents(&mut out)?;
        out.into_inner()?;
        Ok(fs::rename(&temporary, &path)?)
    })();
    done.map_err(|e: Box<dyn std::error::Error + Send + Sync>| {
        Error::disk(&path, std::io::Error::other(e)).help("is the disk full, or the folder read-only?")
    })
}

/// The same bytes for the same contents: no time, no name, no system in the header.
fn gzip(out: &mut dyn Write, contents: impl FnOnce(&mut dyn Write) -> Written) -> Written {
    let mut zip = GzBuilder::new().mtime(0).operating_system(255).write(out, Compression::fast());
    contents(&mut zip)?;
    zip.finish()?;
    Ok(())
}

fn time(at: Option<Micros>) -> Option<String> {
    at.and_then(|at| jiff::Timestamp::from_microsecond(at).ok()).map(|t| t.to_string())
}

/// A row of `accounts.csv`.
#[derive(Serialize)]
struct Account<'a> {
    id: &'a str,
    handle: Option<&'a str>,
    name: Option<&'a str>,
    description: Option<&'a str>,
    created_at: Option<String>,
    followers: Option<i64>,
    following: Option<i64>,
    posts: Option<i64>,
    lang: Option<&'a str>,
    protected: Option<bool>,
    bot: Option<bool>,
    member: u8,
    role: super::Role,
}

fn accounts(sim: &Simulated, out: &mut dyn Write) -> Written {
    let mut csv = csv::Writer::from_writer(out);
    for ((account, member), role) in sim.accounts.iter().zip(&sim.member).zip(&sim.role) {
        csv.serialize(Account {
            id: &account.id,
            handle: account.handle.as_deref(),
            name: account.name.as_deref(),
            description: account.description.as_deref(),
            created_at: time(account.created_at),
            followers: account.followers,
            following: account.following,
            posts: account.posts,
            lang: account.lang.as_deref(),
            protected: account.protected,
            bot: account.bot,
            member: u8::from(*member),
            role: *role,
        })?;
    }
    Ok(csv.flush()?)
}

fn follows(sim: &Simulated, out: &mut dyn Write) -> Written {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["src", "dst"])?;
    let id = |i: u32| sim.accounts[i as usize].id.as_str();
    for &(src, dst) in &sim.edges {
        csv.write_record([id(src), id(dst)])?;
    }
    Ok(csv.flush()?)
}

/// A line of `posts.jsonl.gz`.
#[derive(Serialize)]
struct Post<'a> {
    id: &'a str,
    author: &'a str,
    created_at: Option<String>,
    text: Option<&'a str>,
    lang: Option<&'a str>,
    client: Option<&'a str>,
    reply: Option<bool>,
    tags: &'a [String],
    links: &'a [String],
}

fn posts(sim: &Simulated, out: &mut dyn Write) -> Written {
    // The encoder works on larger pieces than a line.
    let mut out = BufWriter::new(out);
    for post in sim.posts() {
        let line = Post {
            id: &post.id,
            author: &post.author,
            created_at: time(post.created_at),
            text: post.text.as_deref(),
            lang: post.lang.as_deref(),
            client: post.client.as_deref(),
            reply: post.reply,
            tags: &post.tags,
            links: &post.links,
        };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn statuses(sim: &Simulated, out: &mut dyn Write) -> Written {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["account", "status", "at", "source"])?;
    for row in sim.statuses() {
        let at = time(row.at).unwrap_or_default();
        csv.write_record([&row.account, &row.status, &at, row.source.as_deref().unwrap_or_default()])?;
    }
    Ok(csv.flush()?)
}

fn seeds(sim: &Simulated, out: &mut dyn Write) -> Written {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["id"])?;
    for &seed in &sim.seeds {
        csv.write_record([&sim.accounts[seed as usize].id])?;
    }
    Ok(csv.flush()?)
}

fn readme(sim: &Simulated) -> String {
    let w = &sim.world;
    format!(
        "# A simulated network

Everything in this folder is simulated by netcensus {version}: the accounts, their ties, their posts. No account,
sentence, tag or link is real, and the group is invented. It is shaped like the network of the 2015 ISIS Twitter
Census, so that a method can be held against a known truth.

Options: accounts {accounts}, members {members}, seed {seed}, known {known}, inside {inside}, pocket {pocket}.
The same options give the same bytes.

| file | holds |
|---|---|
| accounts.csv | {rows} profiles; `member` (1 or 0) and `role` are the truth, for a simulated coder and for scoring alone |
| follows.csv.gz | {edges} follows: `src` follows `dst`; those of protected accounts are hidden |
| posts.jsonl.gz | each account's recent posts, one JSON object a line |
| statuses.csv | what three monthly checks found: active, suspended, deactivated |
| seeds.csv | {seeds} members known to the analyst, chosen among the active ones |
",
        version = env!("CARGO_PKG_VERSION"),
        accounts = w.accounts,
        members = w.members,
        seed = w.seed,
        known = w.known,
        inside = w.inside,
        pocket = w.pocket,
        rows = sim.accounts.len(),
        edges = sim.edges.len(),
        seeds = sim.seeds.len(),
    )
}
