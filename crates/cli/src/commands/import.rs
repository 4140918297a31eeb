use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use netcensus::import::{self as imp, Archive, Form, Found, List, Options, Summary, What};
use netcensus::study::Study;
use netcensus::{Error, Result};
use serde::Serialize;

use crate::ui::{self, Ui};

/// Import accounts, follows, posts and statuses from files, plain, gzip or zstd
///
/// What a file is, is found out by its content: CSV, JSON lines and Parquet whose columns have usual names (id or user_id,
/// source and target, author_id, created_at …); what twarc kept of X's API, version 2 and 1.1; X's releases of information
/// operations; edge lists as SNAP and KONECT have them; GEXF and GraphML; the AT Protocol's repositories (CAR), a folder of
/// them, and dumps of a Jetstream. All that is in it is taken. Say --accounts,
/// --follows or --posts where columns are named otherwise, and --column which is which. A bad row goes to rejected.csv in
/// the study, with file, line and reason; too many bad rows stop the import, and then nothing of the file is imported.
/// The same file twice is imported once.
#[derive(Args)]
pub(crate) struct Import {
    /// The study's folder
    #[arg(value_name = "STUDY")]
    study: PathBuf,

    /// Files of any kind that is known, or a folder of repositories
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// A file of accounts; may be given often
    #[arg(long, value_name = "FILE")]
    accounts: Vec<PathBuf>,

    /// A file of follows: who (src) follows whom (dst); may be given often
    #[arg(long, value_name = "FILE")]
    follows: Vec<PathBuf>,

    /// A file of posts; may be given often
    #[arg(long, value_name = "FILE")]
    posts: Vec<PathBuf>,

    /// A file of what checks found: account, status (active, suspended, deactivated, deleted), at; may be given often
    #[arg(long, value_name = "FILE")]
    statuses: Vec<PathBuf>,

    /// Which column of the file holds what, such as src=follower_id; may be given often
    #[arg(long = "column", value_name = "TABLE_COLUMN=FILE_COLUMN")]
    columns: Vec<String>,

    /// What parts the columns of a CSV file
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<char>,

    /// The account whose followers the files list, where they hold nothing but accounts
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "following_of")]
    followers_of: Option<String>,

    /// The account that follows those that the files list
    #[arg(long, value_name = "ACCOUNT")]
    following_of: Option<String>,

    /// Ties of an edge list or a graph have no direction: each is a follow both ways
    #[arg(long)]
    undirected: bool,

    /// What the files hold, where their names and first bytes do not tell
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// The share of bad rows above which a file is refused
    #[arg(long, default_value_t = Options::default().max_rejected)]
    max_rejected: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
    Parquet,
    /// Two accounts a line, without names of columns; --column src=2 says which of the columns
    Edges,
}

/// What became of a file, of one table or of any.
#[derive(Serialize)]
#[serde(untagged)]
enum Done {
    Table(Summary),
    Any(Found),
    Archive(Archive),
}

impl Import {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let options = self.options()?;
        let mut study = Study::open(&self.study)?;
        let kinds = [
            (What::Accounts, &self.accounts),
            (What::Follows, &self.follows),
            (What::Posts, &self.posts),
            (What::Statuses, &self.statuses),
        ];
        let files: Vec<(What, &Path)> =
            kinds.iter().flat_map(|(what, files)| files.iter().map(|f| (*what, f.as_path()))).collect();
        if files.is_empty() && self.files.is_empty() {
            return Err(Error::usage("no file to import was given").help(
                "give files, and say --accounts, --follows, --posts or --statuses before those whose columns have unusual names",
            ));
        }
        let mut done = Vec::new();
        for file in &self.files {
            done.push(if imp::is_archive(file)? {
                Done::Archive(imp::archive(&mut study, file, &options, &ui.progress)?)
            } else {
                Done::Any(imp::import_any(&mut study, file, &options, &ui.progress)?)
            });
        }
        for (what, file) in files {
            done.push(Done::Table(imp::import(&mut study, what, file, &options, &ui.progress)?));
        }
        ui.result(&done, || done.iter().map(words).collect::<Vec<_>>().join("\n"))
    }

    fn options(&self) -> Result<Options> {
        let mut columns = BTreeMap::new();
        for given in &self.columns {
            let (ours, theirs) = given.split_once('=').ok_or_else(|| {
                Error::usage(format!("--column {given} is not of the form TABLE_COLUMN=FILE_COLUMN"))
                    .help("such as: --column src=follower_id")
            })?;
            columns.insert(ours.to_owned(), theirs.to_owned());
        }
        let delimiter = self.delimiter.map(u8::try_from).transpose();
        let delimiter = delimiter.map_err(|_| Error::usage("--delimiter must be an ASCII character"))?;
        let format = self.format.map(|f| match f {
            Format::Csv => imp::Format::Csv,
            Format::Jsonl => imp::Format::JsonLines,
            Format::Parquet => imp::Format::Parquet,
            Format::Edges => imp::Format::Edges,
        });
        let followers = self.followers_of.clone().map(List::Followers);
        let list = followers.or_else(|| self.following_of.clone().map(List::Following));
        Ok(Options { columns, delimiter, max_rejected: self.max_rejected, format, list, undirected: self.undirected })
    }
}

fn archive_words(archive: &Archive) -> String {
    let count = |n: u64| ui::count(n as f64);
    let mut text = format!(
        "{}: {} {}; {} accounts, {} follows, {} posts, {} statuses",
        archive.file,
        count(archive.read),
        archive.holds,
        count(archive.accounts),
        count(archive.follows),
        count(archive.posts),
        count(archive.statuses)
    );
    for (n, what) in [
        (archive.skipped, "imported before, passed over"),
        (archive.taken_back, "follows taken back and posts deleted, still in the tables"),
        (archive.rejected, "set aside"),
    ] {
        if n > 0 {
            text += &format!("\n  {} {what}", count(n));
        }
    }
    for (reason, n) in archive.reasons.iter().take(3) {
        text += &format!("\n  {} × {reason}", count(*n));
    }
    if let Some(list) = &archive.list {
        text += &format!("\n  they are listed in {}", list.display());
    }
    text
}

fn words(done: &Done) -> String {
    match done {
        Done::Table(s) if s.skipped => before(&s.file),
        Done::Any(f) if f.skipped => before(&f.file),
        Done::Table(s) => {
            let text = format!("{}: {} rows", s.file, ui::count(s.rows as f64));
            text + &set_aside(s.rejected, &s.reasons, s.list.as_deref())
        }
        Done::Any(f) => found(f),
        Done::Archive(a) => archive_words(a),
    }
}

fn before(file: &str) -> String {
    format!("{file}: imported before, passed over")
}

fn found(found: &Found) -> String {
    let tables: Vec<String> = found
        .tables
        .iter()
        .map(|table| format!("{} {}", ui::count(table.rows as f64), table.what.table().name()))
        .collect();
    let tables = if tables.is_empty() { "no rows".to_owned() } else { tables.join(", ") };
    let mut text = format!("{}: {}: {tables}", found.file, found.form.words());
    let again: u64 = found.tables.iter().map(|table| table.repeats).sum();
    if again > 0 {
        text += &format!("; {} that were there before in it", ui::count(again as f64));
    }
    if found.notices > 0 {
        text += &format!("; {} notices passed over", ui::count(found.notices as f64));
    }
    if matches!(found.form, Form::Edges | Form::Gexf | Form::GraphMl) {
        text += if found.undirected {
            "\n  its ties have no direction: each is a follow both ways"
        } else {
            "\n  the first account of a tie follows the second; --undirected if ties have no direction"
        };
    }
    if !found.ignored.is_empty() {
        let names: Vec<&str> = found.ignored.iter().take(12).map(String::as_str).collect();
        text += &format!("\n  not used: {}{}", names.join(", "), if found.ignored.len() > 12 { ", …" } else { "" });
    }
    text + &set_aside(found.rejected, &found.reasons, found.list.as_deref())
}

fn set_aside(rejected: u64, reasons: &[(String, u64)], list: Option<&Path>) -> String {
    let mut text = String::new();
    if rejected > 0 {
        text += &format!(", {} bad ones set aside", ui::count(rejected as f64));
        for (reason, n) in reasons.iter().take(3) {
            text += &format!("\n  {} × {reason}", ui::count(*n as f64));
        }
        if let Some(list) = list {
            text += &format!("\n  they are listed in {}", list.display());
        }
    }
    text
}
