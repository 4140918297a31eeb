use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use netcensus::import::{self as imp, Archive, Options, Summary, What};
use netcensus::study::Study;
use netcensus::{Error, Result};

use crate::ui::{self, Ui};

/// Import accounts, follows, posts and statuses from CSV, JSON lines or Parquet files, plain, gzip or zstd
///
/// Column names are guessed from the usual ones (id or user_id, source and target, author_id, created_at …) or given with
/// --column. A bad row goes to rejected.csv in the study, with file, line and reason; too many bad rows stop the import,
/// and then nothing of the file is imported. The same file twice is imported once.
#[derive(Args)]
pub(crate) struct Import {
    /// The study's folder
    #[arg(value_name = "STUDY")]
    study: PathBuf,

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

    /// An archive of the AT Protocol: a repository (CAR), a folder of them, or a dump of a Jetstream, told by its content;
    /// may be given often
    #[arg(long, value_name = "PATH")]
    archive: Vec<PathBuf>,

    /// Which column of the file holds what, such as src=follower_id; may be given often
    #[arg(long = "column", value_name = "TABLE_COLUMN=FILE_COLUMN")]
    columns: Vec<String>,

    /// What parts the columns of a CSV file
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<char>,

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
        if files.is_empty() && self.archive.is_empty() {
            return Err(Error::usage("no file to import was given")
                .help("give --accounts, --follows, --posts or --statuses, or --archive"));
        }
        let mut archives = Vec::new();
        for path in &self.archive {
            archives.push(imp::archive(&mut study, path, &options, &ui.progress)?);
        }
        if files.is_empty() {
            return ui.result(&archives, || archives.iter().map(archive_words).collect::<Vec<_>>().join("\n"));
        }
        let mut summaries = Vec::new();
        for (what, file) in files {
            summaries.push(imp::import(&mut study, what, file, &options, &ui.progress)?);
        }
        ui.result(&summaries, || summaries.iter().map(words).collect::<Vec<_>>().join("\n"))
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
        });
        Ok(Options { columns, delimiter, max_rejected: self.max_rejected, format })
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

fn words(summary: &Summary) -> String {
    if summary.skipped {
        return format!("{}: imported before, passed over", summary.file);
    }
    let mut text = format!("{}: {} rows", summary.file, ui::count(summary.rows as f64));
    if summary.rejected > 0 {
        text += &format!(", {} bad ones set aside", ui::count(summary.rejected as f64));
        for (reason, n) in summary.reasons.iter().take(3) {
            text += &format!("\n  {} × {reason}", ui::count(*n as f64));
        }
        if let Some(list) = &summary.list {
            text += &format!("\n  they are listed in {}", list.display());
        }
    }
    text
}
