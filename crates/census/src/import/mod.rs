//! import: accounts, follows, posts and statuses out of files, into the study's tables: CSV, JSON lines and Parquet; what X's API
//! gave; edge lists, GEXF and GraphML.
//!
//! A row that is not sound is set aside in the study's `rejected.csv` with its file, line and reason. Once more than a
//! share of a file's rows is bad, none of it is imported: a file is taken in whole, as one part of each table that it has
//! rows of, or not at all. The same file again is passed over.
//!
//! `detect` tells what a file is. `columns` says what files call the tables' columns, `source` opens a file, `pieces` cuts
//! it into pieces that all processors work on in `order`, `csv`, `json` (with `scan` and `shape`), `parquet`, `x`, `edges`
//! and `graphs` make cells of it, `values` and `fill` make rows of those, and `intake` takes them in, in the order of the
//! file.

mod archive;
mod car;
mod columns;
mod csv;
mod detect;
mod edges;
mod fill;
mod graphs;
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
mod x;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use rusqlite::params;
use serde::Serialize;

pub use self::archive::{Archive, archive, is_archive};
use self::intake::{Again, Intake, Taken};
use self::lines::Lines;
use self::source::{Opened, Source};
use crate::progress::Progress;
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// The imports' part of `work.db`: what was imported, so that the same file is not imported twice.
pub(crate) const MIGRATION: &str = "CREATE TABLE imports (
    hash TEXT NOT NULL, what TEXT NOT NULL, columns TEXT NOT NULL, file TEXT NOT NULL, rows INTEGER NOT NULL,
    rejected INTEGER NOT NULL, part TEXT NOT NULL, PRIMARY KEY (hash, what, columns)) WITHOUT ROWID;";

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
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
    /// Two accounts a line, without names above them; see [`import_any`].
    Edges,
}

/// What a file was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// CSV, JSON lines or Parquet.
    Table,
    /// What X's API gave, as twarc and others keep it.
    X,
    /// An edge list, or a list of ids.
    Edges,
    /// GEXF, Gephi's own format.
    Gexf,
    /// GraphML.
    GraphMl,
}

impl Form {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Form::Table => "a table",
            Form::X => "an archive of X's API",
            Form::Edges => "an edge list",
            Form::Gexf => "GEXF",
            Form::GraphMl => "GraphML",
        }
    }
}

/// Whose list the accounts of a file are, where the file does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// This account follows them.
    Following(String),
    /// They follow this account.
    Followers(String),
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
    /// Text. Other files use its name for other things, which are passed over: they are no fault.
    Aside,
    /// The same, but true or false.
    Whether,
    /// Text that says where somebody is. Coordinates in it are taken for the city they are at, and not kept.
    Place,
    /// A picture: `default`, `own`, a hash of it; an address tells only whether it is the default.
    Avatar,
    /// How many there are: a number, or a list of them. Anything else is passed over.
    Items,
}

impl Kind {
    /// Whether a value of another kind is passed over, because files use the column's name for other things as well.
    fn passes_over(self) -> bool {
        matches!(self, Kind::Aside | Kind::Whether | Kind::Place | Kind::Avatar | Kind::Items)
    }
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
    /// Whose followers or friends are listed, in files that hold nothing but accounts.
    pub list: Option<List>,
    /// Whether ties of an edge list or a graph have no direction, also where it does not say so: each is two follows.
    pub undirected: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            columns: BTreeMap::new(),
            delimiter: None,
            max_rejected: 0.01,
            format: None,
            list: None,
            undirected: false,
        }
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

/// What became of a file that may have rows of several tables.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The file, as it was given.
    pub file: String,
    /// What it was found to be.
    pub form: Form,
    /// What came of it, table by table.
    pub tables: Vec<Rows>,
    /// Lines that are neither: notices of a stream, say.
    pub notices: u64,
    /// Rows set aside.
    pub rejected: u64,
    /// Why, the commonest reason first.
    pub reasons: Vec<(String, u64)>,
    /// The list of the rows set aside, where there are any.
    pub list: Option<PathBuf>,
    /// Whether ties have no direction, so that each gave two follows.
    pub undirected: bool,
    /// The file's columns that are of no use.
    pub ignored: Vec<String>,
    /// Whether the same file was imported before, and so nothing was done.
    pub skipped: bool,
}

/// Rows that a file gave for one table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rows {
    /// The table.
    pub what: What,
    /// Rows added to it.
    pub rows: u64,
    /// Rows that were there before in the file, and are to be expected: an author's profile beside each post.
    pub repeats: u64,
    /// The table's columns that were found, and the file's names for them, where it has names.
    pub columns: BTreeMap<String, String>,
}

/// Adds the rows of a file to a table of the study.
pub fn import(study: &mut Study, what: What, file: &Path, options: &Options, progress: &Progress) -> Result<Summary> {
    let name = file.display().to_string();
    once(study, Some(what), file, options, progress, |study, hash, before| {
        if !before.is_empty() {
            return Ok(Summary::new(name, what, true));
        }
        take_in(study, hash, what, file, options, progress)
    })
}

/// Finds out what a file is, by its content, and adds all that is in it to the tables of the study.
pub fn import_any(study: &mut Study, file: &Path, options: &Options, progress: &Progress) -> Result<Found> {
    once(study, None, file, options, progress, |study, hash, before| {
        if before.is_empty() {
            return take_in_any(study, hash, file, options, progress);
        }
        let mut found = Found::new(file, form(file, options)?);
        found.tables =
            before.into_iter().map(|what| Rows { what, rows: 0, repeats: 0, columns: BTreeMap::new() }).collect();
        found.skipped = true;
        Ok(found)
    })
}

/// Calls `work` with the hash of the file, and the tables that it gave rows of when it was imported in the same way.
fn once<T>(
    study: &Study,
    what: Option<What>,
    file: &Path,
    options: &Options,
    progress: &Progress,
    work: impl FnOnce(&Study, &str, Vec<What>) -> Result<T>,
) -> Result<T> {
    if !(0.0..=1.0).contains(&options.max_rejected) {
        return Err(Error::usage("the share of rows that may be rejected must be 0 to 1")
            .help("for 5 %, say: --max-rejected 0.05"));
    }
    let size = source::size(file)?;
    let name = file.display().to_string();
    progress.begin(format!("import {name}"), Some(size));
    let done = source::hash(file, progress).and_then(|hash| {
        let before = imported(study, &hash, what, options)?;
        if !before.is_empty() {
            progress.note(format!("{name} was imported before; nothing was done"));
        }
        work(study, &hash, before)
    });
    progress.end();
    done
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

impl Found {
    fn new(file: &Path, form: Form) -> Self {
        let (tables, reasons, ignored) = (Vec::new(), Vec::new(), Vec::new());
        let (file, undirected) = (file.display().to_string(), false);
        Self { file, form, tables, notices: 0, rejected: 0, reasons, list: None, undirected, ignored, skipped: false }
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
    let mut intake = Intake::new(&summary.file, &study.store, list.clone(), options, progress, Again::Fault);
    let read = read(what, file, options, progress, &mut intake);
    intake.flush_rejected()?;
    (summary.columns, summary.ignored) = read?;
    let taken = intake.finish()?;
    summary.rows = taken.tables.iter().map(|table| table.rows).sum();
    summary.list = (taken.rejected > 0).then_some(list);
    remember(study, hash, Some(what), options, &summary.file, &taken, progress)?;
    (summary.rejected, summary.reasons) = (taken.rejected, taken.reasons);
    Ok(summary)
}

fn take_in_any(study: &Study, hash: &str, file: &Path, options: &Options, progress: &Progress) -> Result<Found> {
    let list = study.root().join("rejected.csv");
    let name = file.display().to_string();
    let mut intake = Intake::new(&name, &study.store, list.clone(), options, progress, Again::Usual);
    let read = read_any(file, options, progress, &mut intake);
    intake.flush_rejected()?;
    let (mut found, mut columns) = read?;
    let taken = intake.finish()?;
    found.list = (taken.rejected > 0).then_some(list);
    remember(study, hash, None, options, &name, &taken, progress)?;
    found.tables = taken
        .tables
        .iter()
        .map(|part| {
            let columns = columns.remove(&part.what).unwrap_or_default();
            Rows { what: part.what, rows: part.rows, repeats: part.again, columns }
        })
        .collect();
    (found.rejected, found.reasons) = (taken.rejected, taken.reasons);
    Ok(found)
}

type Named = (BTreeMap<String, String>, Vec<String>);

fn read(what: What, file: &Path, options: &Options, progress: &Progress, intake: &mut Intake<'_>) -> Result<Named> {
    match source::open(file, options.format, progress)? {
        Source::Lines(Format::JsonLines, input) => json::read(what, input, file, options, intake),
        Source::Lines(Format::Edges, _) => Err(Error::usage(format!("{} was said to be an edge list", file.display()))
            .help("give it without --accounts, --follows or --posts: netcensus import STUDY FILE --format edges")),
        Source::Lines(_, input) => {
            let mut maps = csv::read(Some(what), Lines::new(input, 0), file, options, intake)?;
            maps.pop().map(|map| (map.used, map.ignored)).ok_or_else(|| Error::bug("a table has no columns"))
        }
        Source::Parquet(input) => {
            parquet::read(Some(what), input, file, options, progress, intake).map(|m| (m.used, m.ignored))
        }
    }
}

type Columns = std::collections::HashMap<What, BTreeMap<String, String>>;

/// What a file is found to be.
fn form(file: &Path, options: &Options) -> Result<Form> {
    match source::look(file, &Progress::silent())? {
        Opened::Parquet(_) => Ok(Form::Table),
        Opened::Bytes { head, .. } => detect::kind(file, &head, options).map(|kind| kind.form()),
    }
}

/// Reads what the file is found to be.
fn read_any(file: &Path, options: &Options, progress: &Progress, intake: &mut Intake<'_>) -> Result<(Found, Columns)> {
    let mut found = Found::new(file, Form::Table);
    let (head, input) = match source::look(file, progress)? {
        Opened::Bytes { head, input, .. } => (head, input),
        Opened::Parquet(input) => {
            intake.expect(Again::Fault);
            let map = parquet::read(None, input, file, options, progress, intake)?;
            found.ignored = map.ignored;
            return Ok((found, [(map.what, map.used)].into()));
        }
    };
    let kind = detect::kind(file, &head, options)?;
    let input = Box::new(Cursor::new(head).chain(input));
    let mut columns = Columns::new();
    found.form = kind.form();
    match kind {
        detect::Kind::Csv => {
            intake.expect(Again::Fault);
            for map in csv::read(None, Lines::new(input, 0), file, options, intake)? {
                found.ignored = map.ignored;
                columns.insert(map.what, map.used);
            }
        }
        detect::Kind::Json(names) => {
            intake.expect(Again::Fault);
            let what = columns::what(&names, options, false, &found.file)?;
            let (used, ignored) = json::read(what, input, file, options, intake)?;
            found.ignored = ignored;
            columns.insert(what, used);
        }
        detect::Kind::X => {
            found.notices = x::read(input, file, options, intake)?;
        }
        detect::Kind::Edges(layout) => {
            found.undirected = layout.both;
            edges::read(input, file, &layout, options, intake)?;
        }
        detect::Kind::Gexf | detect::Kind::GraphMl => {
            let graph = graphs::read(input, file, found.form, options, intake)?;
            (found.undirected, found.ignored) = (graph.undirected, graph.ignored);
            columns.insert(What::Accounts, graph.columns);
        }
    }
    Ok((found, columns))
}

/// The options that make other rows of the same file.
fn reading(options: &Options, what: Option<What>) -> String {
    let mut reading = format!("{:?} {:?} {:?}", options.columns, options.delimiter, options.format);
    if let Some(list) = &options.list {
        reading += &format!(" {list:?}");
    }
    if options.undirected {
        reading += " undirected";
    }
    if what.is_none() { reading + " all of it" } else { reading }
}

/// The tables that the same file gave rows of when it was imported in the same way, if their parts are still there.
fn imported(study: &Study, hash: &str, what: Option<What>, options: &Options) -> Result<Vec<What>> {
    let mut query = study.work.db.prepare("SELECT what, part FROM imports WHERE hash = ?1 AND columns = ?2")?;
    let rows = query.query_map(params![hash, reading(options, what)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut tables = Vec::new();
    for row in rows {
        let (table, part): (String, String) = row?;
        let all = [What::Accounts, What::Follows, What::Posts, What::Statuses];
        let Some(of) = all.into_iter().find(|of| of.table().name() == table) else { continue };
        if what.is_some_and(|what| what != of) {
            continue;
        }
        if !study.store.folder(of.table()).join(part).exists() {
            return Ok(Vec::new());
        }
        tables.push(of);
    }
    Ok(tables)
}

/// Notes what was imported. Only after the parts have their names: a stop in between brings the rows twice, which readers
/// of the tables see through, and never loses them.
fn remember(
    study: &Study,
    hash: &str,
    what: Option<What>,
    options: &Options,
    file: &str,
    taken: &Taken,
    progress: &Progress,
) -> Result<()> {
    if taken.tables.is_empty() {
        progress.note(format!("{file} has no rows"));
    }
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    for part in &taken.tables {
        let (table, rows, rejected) = (part.what.table().name(), part.rows, taken.rejected);
        let name = part.path.file_name().unwrap_or_default().to_string_lossy();
        study.work.db.execute(
            "INSERT OR REPLACE INTO imports (hash, what, columns, file, rows, rejected, part)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![hash, table, reading(options, what), file, count(rows), count(rejected), name],
        )?;
        let detail = format!("{file} into {table}: {rows} rows, {rejected} rejected, file {hash}, part {name}");
        study.work.audit("import", &detail)?;
    }
    Ok(())
}
