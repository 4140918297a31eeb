//! Archives of the AT Protocol: repositories (CAR) and dumps of a Jetstream. One file has rows of several tables, so it is
//! taken in as a part of each, or not at all.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::rejected::Rejected;
use super::{Options, car, jetstream, source};
use crate::collect::stream::change::Change;
use crate::progress::Progress;
use crate::rows::{self, Account, Follow, Post, Status};
use crate::store::{PartWriter, Store};
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// Rows that are written at a time.
const BATCH: usize = 8 << 10;
/// So many accounts whose profile changed are held at most; more are written out, and begin anew.
const MOST_CHANGES: usize = 1 << 19;
/// The columns of `imports` name one table; an archive has several.
const WHAT: &str = "archive";

/// What became of an archive.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Archive {
    /// The file or the folder, as it was given.
    pub file: String,
    /// What it was found to be.
    pub holds: &'static str,
    /// Repositories, or events.
    pub read: u64,
    /// Rows added to `accounts`.
    pub accounts: u64,
    /// Rows added to `follows`.
    pub follows: u64,
    /// Rows added to `posts`.
    pub posts: u64,
    /// Rows added to `statuses`.
    pub statuses: u64,
    /// Follows that were taken back, and posts that were deleted. The tables keep them: a dump does not say which.
    pub taken_back: u64,
    /// Repositories or lines set aside, and records within them.
    pub rejected: u64,
    /// Why, the commonest reason first.
    pub reasons: Vec<(String, u64)>,
    /// The list of what was set aside, where there is anything.
    pub list: Option<PathBuf>,
    /// Files that were imported before, and so passed over.
    pub skipped: u64,
}

/// Takes in an archive, told by its content: a repository, a folder of repositories, or a dump of a Jetstream, which may
/// be packed with gzip or zstd.
pub fn archive(study: &mut Study, path: &Path, options: &Options, progress: &Progress) -> Result<Archive> {
    if !(0.0..=1.0).contains(&options.max_rejected) {
        return Err(Error::usage("the share of rows that may be rejected must be 0 to 1"));
    }
    let name = path.display().to_string();
    let list = study.root().join("rejected.csv");
    let mut intake = Intake::new(study, &name, list, progress);
    let read = if path.is_dir() {
        car::read_folder(path, &mut intake)
    } else {
        source::size(path)?;
        if car::is_one(&head(path)?) { car::read_file(path, &mut intake) } else { jetstream::read(path, &mut intake) }
    };
    // Also when nothing is imported: the list says why.
    intake.rows.rejected.flush()?;
    read?;
    intake.finish(options.max_rejected)
}

fn head(path: &Path) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut head));
    read.map_err(|e| Error::disk(path, e))?;
    Ok(head)
}

/// An archive being taken in.
pub(super) struct Intake<'a> {
    study: &'a Study,
    /// The hashes of the files, to be remembered with the parts.
    files: Vec<(String, String)>,
    pub(super) rows: Rows<'a>,
}

/// Where the rows of an archive arrive.
pub(super) struct Rows<'a> {
    store: &'a Store,
    pub(super) progress: &'a Progress,
    pub(super) summary: Archive,
    rejected: Rejected,
    list: PathBuf,
    accounts: Waiting<'a, Account>,
    follows: Waiting<'a, Follow>,
    posts: Waiting<'a, Post>,
    statuses: Waiting<'a, Status>,
    changes: HashMap<String, Change>,
}

impl<'a> Intake<'a> {
    fn new(study: &'a Study, name: &str, list: PathBuf, progress: &'a Progress) -> Self {
        Self { study, files: Vec::new(), rows: Rows::new(&study.store, name, list, progress) }
    }

    /// Whether a file was imported before and its parts are there; else it is one of those to be remembered.
    pub(super) fn known(&mut self, file: &Path) -> Result<bool> {
        let hash = source::hash(file, self.rows.progress)?;
        let name = file.display().to_string();
        if self.files.iter().any(|(h, _)| *h == hash) {
            self.rows.summary.skipped += 1;
            return Ok(true);
        }
        let sql = "SELECT part FROM imports WHERE hash = ?1 AND what = ?2 AND columns = ''";
        let parts: Option<String> =
            self.study.work.db.query_row(sql, params![hash, WHAT], |row| row.get(0)).optional()?;
        let there = parts.is_some_and(|parts| {
            parts.split(' ').all(|part| part.is_empty() || self.study.root().join("data").join(part).exists())
        });
        if there {
            self.rows.progress.note(format!("{name} was imported before; nothing was done"));
            self.rows.summary.skipped += 1;
        } else {
            self.files.push((hash, name));
        }
        Ok(there)
    }

    fn finish(self, max_rejected: f64) -> Result<Archive> {
        let mut arrived = self.rows;
        arrived.write_changes()?;
        let mut summary = arrived.summary;
        (summary.rejected, summary.reasons) = (arrived.rejected.count, arrived.rejected.reasons());
        summary.list = (summary.rejected > 0).then_some(arrived.list);
        if summary.read > 0 || summary.rejected > 0 {
            refuse(&summary, max_rejected)?;
        }
        let (accounts, follows) = (arrived.accounts.close()?, arrived.follows.close()?);
        let (posts, statuses) = (arrived.posts.close()?, arrived.statuses.close()?);
        (summary.accounts, summary.follows) = (accounts.rows, follows.rows);
        (summary.posts, summary.statuses) = (posts.rows, statuses.rows);
        let mut parts = Vec::new();
        for closed in [accounts, follows, posts, statuses] {
            parts.extend(closed.publish()?);
        }
        // Only after the parts have their names: a stop in between brings rows twice, which readers of the tables see
        // through, and never loses them.
        let rows = summary.accounts + summary.follows + summary.posts + summary.statuses;
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let tx = self.study.work.db.unchecked_transaction()?;
        for (hash, name) in &self.files {
            tx.execute(
                "INSERT OR REPLACE INTO imports (hash, what, columns, file, rows, rejected, part)
                 VALUES (?1, ?2, '', ?3, ?4, ?5, ?6)",
                params![hash, WHAT, name, count(rows), count(summary.rejected), parts.join(" ")],
            )?;
        }
        tx.commit()?;
        if !self.files.is_empty() {
            let said = serde_json::to_string(&summary).unwrap_or_default();
            self.study.work.audit("import", &said)?;
        }
        Ok(summary)
    }
}

impl<'a> Rows<'a> {
    fn new(store: &'a Store, name: &str, list: PathBuf, progress: &'a Progress) -> Self {
        Self {
            store,
            progress,
            summary: Archive { file: name.to_owned(), ..Archive::default() },
            rejected: Rejected::new(list.clone(), name),
            list,
            accounts: Waiting::new(store, Table::Accounts, rows::accounts),
            follows: Waiting::new(store, Table::Follows, rows::follows),
            posts: Waiting::new(store, Table::Posts, rows::posts),
            statuses: Waiting::new(store, Table::Statuses, rows::statuses),
            changes: HashMap::new(),
        }
    }

    /// Sets aside what stands at a line, or a whole file.
    pub(super) fn reject(&mut self, line: u64, reason: impl Into<super::rejected::Reason>) -> Result<()> {
        self.rejected.add(line, reason.into())
    }

    pub(super) fn account(&mut self, row: Account) -> Result<()> {
        self.accounts.add(row)
    }

    pub(super) fn follow(&mut self, row: Follow) -> Result<()> {
        self.follows.add(row)
    }

    pub(super) fn post(&mut self, row: Post) -> Result<()> {
        self.posts.add(row)
    }

    pub(super) fn status(&mut self, row: Status) -> Result<()> {
        self.statuses.add(row)
    }

    /// A change of an account; of several the last counts, and what it does not say the one before says.
    pub(super) fn change(&mut self, account: String, change: Change) -> Result<()> {
        if self.changes.len() >= MOST_CHANGES && !self.changes.contains_key(&account) {
            self.write_changes()?;
        }
        let change = match self.changes.remove(&account) {
            Some(before) => change.after(before),
            None => change,
        };
        self.changes.insert(account, change);
        Ok(())
    }

    fn write_changes(&mut self) -> Result<()> {
        let changes = std::mem::take(&mut self.changes);
        if changes.is_empty() {
            return Ok(());
        }
        Change::rows(changes, self.store)?.into_iter().try_for_each(|row| self.account(row))
    }
}

/// The rule of every import: one bad row is a slip; too large a share, and nothing is imported.
fn refuse(summary: &Archive, max_rejected: f64) -> Result<()> {
    let (bad, all) = (summary.rejected, summary.read + summary.rejected);
    let slip = bad == 1 && max_rejected > 0.0 && summary.read > 0;
    if bad == 0 || slip || (summary.read > 0 && bad as f64 <= max_rejected * all as f64) {
        return Ok(());
    }
    let commonest: Vec<_> = summary.reasons.iter().take(3).map(|(reason, n)| format!("{reason} ({n})")).collect();
    let list = summary.list.as_deref().unwrap_or(Path::new("rejected.csv")).display();
    let help = format!("commonest: {}. Each is listed in {list}", commonest.join(", "));
    Err(if summary.read == 0 {
        Error::data(format!("{}: nothing of it is sound; nothing was imported", summary.file)).help(help)
    } else {
        let share = 100.0 * bad as f64 / all as f64;
        let enough = (share.ceil() / 100.0).min(1.0);
        Error::data(format!(
            "{}: {bad} of {all} {} are not sound, {share:.1} % where {} % are allowed; nothing was imported",
            summary.file,
            summary.holds,
            100.0 * max_rejected
        ))
        .help(format!("{help}. To import the others: --max-rejected {enough}"))
    })
}

/// Rows of one table, written a batch at a time.
struct Waiting<'a, T> {
    store: &'a Store,
    table: Table,
    batch: fn(&[T]) -> Result<arrow_array::RecordBatch>,
    rows: Vec<T>,
    part: Option<PartWriter>,
    count: u64,
}

impl<'a, T> Waiting<'a, T> {
    fn new(store: &'a Store, table: Table, batch: fn(&[T]) -> Result<arrow_array::RecordBatch>) -> Self {
        Self { store, table, batch, rows: Vec::new(), part: None, count: 0 }
    }

    fn add(&mut self, row: T) -> Result<()> {
        self.rows.push(row);
        self.count += 1;
        if self.rows.len() >= BATCH { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let part = match &mut self.part {
            Some(part) => part,
            None => self.part.insert(self.store.part(self.table)?),
        };
        part.write(&(self.batch)(&self.rows)?)?;
        self.rows.clear();
        Ok(())
    }

    fn close(mut self) -> Result<Closed> {
        self.write()?;
        let part = self.part.take().map(PartWriter::close).transpose()?;
        Ok(Closed { table: self.table, rows: self.count, part })
    }
}

struct Closed {
    table: Table,
    rows: u64,
    part: Option<crate::store::ClosedPart>,
}

impl Closed {
    /// Gives the part its name, and says it with the table's.
    fn publish(self) -> Result<Option<String>> {
        let Some(part) = self.part else { return Ok(None) };
        let path = part.publish()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Some(format!("{}/{name}", self.table.name())))
    }
}
