//! import: accounts, follows, posts and statuses out of CSV, JSON lines and Parquet files, into the study's tables.
//!
//! A row that is not sound is set aside in the study's `rejected.csv` with its file, line and reason. Once more than a
//! share of a file's rows is bad, none of it is imported: a file is taken in whole, as one part of the table, or not
//! at all. The same file again is passed over.
//!
//! `columns` says what files call the table's columns, `source` opens a file, `pieces` cuts it into pieces that all
//! processors work on in `order`, `csv`, `json` (with `scan` and `shape`) and `parquet` make cells of a piece, `values`
//! and `fill` make rows of those, and `intake` takes them in, in the order of the file.

mod archive;
mod car;
mod columns;
mod csv;
mod fill;
mod intake;
mod jetstream;
mod json;
mod lines;
mod order;
mod parquet;
mod pieces;
mod rejected;
mod scan;
mod shape;
mod source;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

pub use self::archive::{Archive, archive};
use self::intake::Intake;
use self::lines::Lines;
use self::source::Source;
use crate::progress::Progress;
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// The imports' part of `work.db`: what was imported, so that the same file is not imported twice.
pub(crate) const MIGRATION: &str = "CREATE TABLE imports (
    hash TEXT NOT NULL, what TEXT NOT NULL, columns TEXT NOT NULL, file TEXT NOT NULL, rows INTEGER NOT NULL,
    rejected INTEGER NOT NULL, part TEXT NOT NULL, PRIMARY KEY (hash, what, columns)) WITHOUT ROWID;";

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Profiles: `id`, and whatever of the table's columns there is.
    Accounts,
    /// Who follows whom: `src` follows `dst`.
    Follows,
    /// Posts: `id`, `author`, and whatever of the table's columns there is.
    Posts,
    /// What checks found: `account`, `status`, and `at`, without which a row tells nothing of lifetimes.
    Statuses,
}

impl What {
    /// The table that the rows go to.
    pub fn table(self) -> Table {
        match self {
            What::Accounts => Table::Accounts,
            What::Follows => Table::Follows,
            What::Posts => Table::Posts,
            What::Statuses => Table::Statuses,
        }
    }
}

/// How a file holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Separated values with a header, as RFC 4180 has them.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Parquet.
    Parquet,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The name of an account or a post: there in every row, not empty, and every digit of it kept.
    Id,
    /// Text.
    Text,
    /// The program a post was written with; X wraps it in a link, which is taken off.
    Client,
    /// A time, in any form that networks write, to microseconds.
    Time,
    /// A whole number, not below zero.
    Count,
    /// True or false.
    Flag,
    /// A list of tags, without their `#`. Of an object in the list it is `tag`, `text` or `name`.
    Tags,
    /// A list of addresses. Of an object in the list it is `expanded_url` or `url`.
    Links,
}

/// A column that is wanted of a file of JSON lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// Its name in the batches.
    pub name: String,
    /// The member that holds it, or the path to that: `commit.record.createdAt`.
    pub path: String,
    /// What it holds.
    pub kind: Kind,
}

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// The table's columns and the file's names for them, where those are not the usual ones: `src` is `who`. In JSON
    /// lines a path leads to a nested member: `followers` is `public_metrics.followers_count`.
    pub columns: BTreeMap<String, String>,
    /// What separates the fields of a CSV file; guessed from its first line where not given.
    pub delimiter: Option<u8>,
    /// The share of bad rows that is put up with. A single bad row is, in a file of any length, unless this is 0.
    pub max_rejected: f64,
    /// The format; guessed from the file's first bytes and its name where not given.
    pub format: Option<Format>,
}

impl Default for Options {
    fn default() -> Self {
        Self { columns: BTreeMap::new(), delimiter: None, max_rejected: 0.01, format: None }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The file, as it was given.
    pub file: String,
    /// What it holds.
    pub what: What,
    /// Rows added to the table.
    pub rows: u64,
    /// Rows set aside.
    pub rejected: u64,
    /// Why, the commonest reason first.
    pub reasons: Vec<(String, u64)>,
    /// The list of the rows set aside, where there are any.
    pub list: Option<PathBuf>,
    /// The table's columns that were found, and the file's names for them.
    pub columns: BTreeMap<String, String>,
    /// The file's columns that are of no use.
    pub ignored: Vec<String>,
    /// Whether the same file was imported before, and so nothing was done.
    pub skipped: bool,
}

/// Adds the rows of a file to a table of the study.
pub fn import(study: &mut Study, what: What, file: &Path, options: &Options, progress: &Progress) -> Result<Summary> {
    if !(0.0..=1.0).contains(&options.max_rejected) {
        return Err(Error::usage("the share of rows that may be rejected must be 0 to 1")
            .help("for 5 %, say: --max-rejected 0.05"));
    }
    let size = source::size(file)?;
    let name = file.display().to_string();
    progress.begin(format!("import {name}"), Some(size));
    let summary = source::hash(file, progress).and_then(|hash| {
        if imported(study, &hash, what, options)? {
            progress.note(format!("{name} was imported before; nothing was done"));
            return Ok(Summary::new(name, what, true));
        }
        take_in(study, &hash, what, file, options, progress)
    });
    progress.end();
    summary
}

/// Reads columns out of JSON lines, plain, gzip or zstd, into Arrow batches, on all threads of the current `rayon` pool,
/// and gives them to `each` in the order of the file. Gives the number of lines that hold no such row: not one object,
/// or a value that is not of its column's kind. It is how [`import`] reads; it only checks nothing beyond a row.
///
/// Every line is checked to its end, as JSON and as UTF-8. Memory: a few batches for each thread, of half a MiB of the
/// file, or 2 MiB where lines are that long.
///
/// ```no_run
/// # use netcensus::{import::{Kind, Wanted, read_json_lines}, progress::Progress};
/// let wanted = [("src", "did", Kind::Text), ("created_at", "commit.record.createdAt", Kind::Time)];
/// let wanted = wanted.map(|(name, path, kind)| Wanted { name: name.into(), path: path.into(), kind });
/// let mut rows = 0;
/// let bad = read_json_lines("events.jsonl.zst".as_ref(), &wanted, &Progress::silent(), |batch| {
///     rows += batch.num_rows();
///     Ok(())
/// })?;
/// # Ok::<(), netcensus::Error>(())
/// ```
pub fn read_json_lines(
    file: &Path,
    wanted: &[Wanted],
    progress: &Progress,
    mut each: impl FnMut(RecordBatch) -> Result<()> + Send,
) -> Result<u64> {
    source::size(file)?;
    let Source::Lines(_, input) = source::open(file, Some(Format::JsonLines), progress)? else {
        return Err(Error::usage(format!("{} is not JSON lines", file.display())));
    };
    let mut bad = 0;
    json::read_columns(input, file, wanted, |rows| {
        progress.check()?;
        bad += rows.rejected.len() as u64;
        each(rows.batch)
    })?;
    Ok(bad)
}

impl Summary {
    fn new(file: String, what: What, skipped: bool) -> Self {
        let (columns, ignored) = (BTreeMap::new(), Vec::new());
        Self { file, what, rows: 0, rejected: 0, reasons: Vec::new(), list: None, columns, ignored, skipped }
    }
}

fn take_in(
    study: &Study,
    hash: &str,
    what: What,
    file: &Path,
    options: &Options,
    progress: &Progress,
) -> Result<Summary> {
    let list = study.root().join("rejected.csv");
    let mut summary = Summary::new(file.display().to_string(), what, false);
    let mut intake = Intake::new(what, &summary.file, &study.store, list.clone(), options, progress);
    let read = read(what, file, options, progress, &mut intake);
    intake.flush_rejected()?;
    (summary.columns, summary.ignored) = read?;
    let taken = intake.finish()?;
    (summary.rows, summary.rejected, summary.reasons) = (taken.rows, taken.rejected, taken.reasons);
    if taken.rejected > 0 {
        summary.list = Some(list);
    }
    match &taken.part {
        // Only after the part has its name: a stop in between brings the rows twice, which readers of the table see
        // through, and never loses them.
        Some(part) => remember(study, hash, what, options, &summary, part)?,
        None => progress.note(format!("{} has no rows", summary.file)),
    }
    Ok(summary)
}

type Found = (BTreeMap<String, String>, Vec<String>);

fn read(what: What, file: &Path, options: &Options, progress: &Progress, intake: &mut Intake<'_>) -> Result<Found> {
    match source::open(file, options.format, progress)? {
        Source::Lines(Format::JsonLines, input) => json::read(what, input, file, options, intake),
        Source::Lines(_, input) => {
            csv::read(what, Lines::new(input, 0), file, options, intake).map(|m| (m.used, m.ignored))
        }
        Source::Parquet(input) => {
            parquet::read(what, input, file, options, progress, intake).map(|m| (m.used, m.ignored))
        }
    }
}

/// The options that make other rows of the same file.
fn reading(options: &Options) -> String {
    format!("{:?} {:?} {:?}", options.columns, options.delimiter, options.format)
}

/// Whether the same file was imported in the same way, and its part is still there.
fn imported(study: &Study, hash: &str, what: What, options: &Options) -> Result<bool> {
    let sql = "SELECT part FROM imports WHERE hash = ?1 AND what = ?2 AND columns = ?3";
    let key = params![hash, what.table().name(), reading(options)];
    let part: Option<String> = study.work.db.query_row(sql, key, |row| row.get(0)).optional()?;
    Ok(part.is_some_and(|part| study.store.folder(what.table()).join(part).exists()))
}

fn remember(study: &Study, hash: &str, what: What, options: &Options, summary: &Summary, part: &Path) -> Result<()> {
    let part = part.file_name().unwrap_or_default().to_string_lossy();
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    study.work.db.execute(
        "INSERT OR REPLACE INTO imports (hash, what, columns, file, rows, rejected, part)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            hash,
            what.table().name(),
            reading(options),
            summary.file,
            count(summary.rows),
            count(summary.rejected),
            part
        ],
    )?;
    let detail = format!(
        "{} into {}: {} rows, {} rejected, file {hash}, part {part}",
        summary.file,
        what.table().name(),
        summary.rows,
        summary.rejected
    );
    study.work.audit("import", &detail)
}
