//! Where rows arrive: sound ones go into a part of the table, the others into the list of the rejected.

use std::collections::HashSet;
use std::path::PathBuf;

use arrow_array::RecordBatch;

use super::columns;
use super::rejected::{Reason, Rejected};
use super::values::{self, Cell, Fields};
use super::{Options, What};
use crate::progress::Progress;
use crate::rows::{self, Account, Follow, Post};
use crate::store::{PartWriter, Store};
use crate::{Error, Result};

/// A batch is written out at so many rows, or so many bytes.
const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 16 << 20;
/// The analyst is asked whether to stop every so many rows.
const CHECK: u64 = 4096;
/// A file with so many bad rows, and too large a share of them, is not read to its end.
const HOPELESS: u64 = 100_000;

pub(super) struct Intake<'a> {
    what: What,
    file: String,
    store: &'a Store,
    progress: &'a Progress,
    max_rejected: f64,
    list: PathBuf,
    part: Option<PartWriter>,
    batch: Batch,
    bytes: usize,
    /// 128 bits of a cryptographic hash of the key of every row so far: a fifth of the memory that the keys would take.
    /// Two keys that share them are not found by chance in any file, nor by an opponent with any effort.
    seen: HashSet<u128>,
    rejected: Rejected,
    rows: u64,
}

impl<'a> Intake<'a> {
    /// Takes in the rows of `file`; those set aside are added to `list`.
    pub(super) fn new(
        what: What,
        file: &str,
        store: &'a Store,
        list: PathBuf,
        options: &Options,
        progress: &'a Progress,
    ) -> Self {
        Self {
            what,
            file: file.to_owned(),
            store,
            progress,
            max_rejected: options.max_rejected,
            rejected: Rejected::new(list.clone(), file),
            list,
            part: None,
            batch: Batch::new(what),
            bytes: 0,
            seen: HashSet::new(),
            rows: 0,
        }
    }

    /// Takes in the row that starts at `line`: the table's columns in their order.
    pub(super) fn row(&mut self, line: u64, cells: &[Cell<'_>]) -> Result<()> {
        let key = match self.batch.add(Fields(columns::of(self.what).iter().zip(cells))) {
            Ok(key) => key,
            Err(reason) => return self.reject(line, reason),
        };
        if !self.seen.insert(key) {
            self.batch.take_back();
            return self.reject(line, "duplicate of an earlier row".into());
        }
        self.rows += 1;
        self.bytes += cells.iter().map(size).sum::<usize>();
        if self.batch.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.write()?;
        }
        self.pause()
    }

    /// Sets aside the row that starts at `line`.
    pub(super) fn reject(&mut self, line: u64, reason: Reason) -> Result<()> {
        self.rejected.add(line, reason)?;
        if self.rejected.count >= HOPELESS && self.too_many() {
            return Err(self.refusal());
        }
        self.pause()
    }

    fn pause(&self) -> Result<()> {
        if (self.rows + self.rejected.count).is_multiple_of(CHECK) { self.progress.check() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        let batch = self.batch.take()?;
        let part = match &mut self.part {
            Some(part) => part,
            None => self.part.insert(self.store.part(self.what.table())?),
        };
        self.bytes = 0;
        part.write(&batch)
    }

    /// Writes out the list of the rejected, also when the import fails.
    pub(super) fn flush_rejected(&mut self) -> Result<()> {
        self.rejected.flush()
    }

    /// Makes the rows part of the table, unless too many were rejected.
    pub(super) fn finish(mut self) -> Result<Taken> {
        if self.too_many() {
            return Err(self.refusal());
        }
        if self.batch.len() > 0 {
            self.write()?;
        }
        let part = self.part.take().map(PartWriter::finish).transpose()?;
        let reasons = self.rejected.reasons();
        Ok(Taken { rows: self.rows, rejected: self.rejected.count, reasons, part })
    }

    /// One bad row never stops an import, unless none is allowed or no row is sound: in a short file it is a slip,
    /// though a large share.
    fn too_many(&self) -> bool {
        let (bad, all) = (self.rejected.count, self.rows + self.rejected.count);
        let slip = bad == 1 && self.max_rejected > 0.0;
        bad > 0 && (self.rows == 0 || (!slip && bad as f64 > self.max_rejected * all as f64))
    }

    fn refusal(&self) -> Error {
        let (bad, all) = (self.rejected.count, self.rows + self.rejected.count);
        let commonest: Vec<String> =
            self.rejected.reasons().iter().take(3).map(|(reason, n)| format!("{reason} ({n})")).collect();
        let (commonest, list) = (commonest.join(", "), self.list.display());
        if self.rows == 0 {
            return Error::data(format!("{}: none of {all} rows is sound; nothing was imported", self.file)).help(
                format!("commonest: {commonest}. Each is listed in {list}. Is it the right file and format, with the right --column?"),
            );
        }
        let (share, allowed) = (100.0 * bad as f64 / all as f64, 100.0 * self.max_rejected);
        let enough = (share.ceil() / 100.0).min(1.0);
        Error::data(format!(
            "{}: {bad} of {all} rows are not sound, {share:.1} % where {allowed} % are allowed; nothing was imported",
            self.file
        ))
        .help(format!(
            "commonest: {commonest}. Each is listed in {list}. Mend the file, or import the sound rows: --max-rejected {enough}"
        ))
    }
}

/// What became of a file's rows.
pub(super) struct Taken {
    pub(super) rows: u64,
    pub(super) rejected: u64,
    pub(super) reasons: Vec<(String, u64)>,
    pub(super) part: Option<PathBuf>,
}

fn size(cell: &Cell<'_>) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::List(list) => list.iter().map(|t| t.len() + size_of::<String>()).sum(),
        _ => 0,
    }
}

/// Rows that wait to be written.
enum Batch {
    Accounts(Vec<Account>),
    Follows(Vec<Follow>),
    Posts(Vec<Post>),
}

impl Batch {
    fn new(what: What) -> Self {
        match what {
            What::Accounts => Self::Accounts(Vec::new()),
            What::Follows => Self::Follows(Vec::new()),
            What::Posts => Self::Posts(Vec::new()),
        }
    }

    /// Adds a row and gives the hash of its key.
    fn add(&mut self, fields: Fields<'_, '_>) -> Result<u128, Reason> {
        Ok(match self {
            Self::Accounts(rows) => {
                let row = values::account(fields)?;
                let key = key(&[&row.id]);
                rows.push(row);
                key
            }
            Self::Follows(rows) => {
                let row = values::follow(fields)?;
                let key = key(&[&row.src, &row.dst]);
                rows.push(row);
                key
            }
            Self::Posts(rows) => {
                let row = values::post(fields)?;
                let key = key(&[&row.id]);
                rows.push(row);
                key
            }
        })
    }

    fn take_back(&mut self) {
        match self {
            Self::Accounts(rows) => drop(rows.pop()),
            Self::Follows(rows) => drop(rows.pop()),
            Self::Posts(rows) => drop(rows.pop()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Accounts(rows) => rows.len(),
            Self::Follows(rows) => rows.len(),
            Self::Posts(rows) => rows.len(),
        }
    }

    fn take(&mut self) -> Result<RecordBatch> {
        match self {
            Self::Accounts(rows) => rows::accounts(&std::mem::take(rows)),
            Self::Follows(rows) => rows::follows(&std::mem::take(rows)),
            Self::Posts(rows) => rows::posts(&std::mem::take(rows)),
        }
    }
}

/// Ids hold no control characters, so a line end keeps them apart.
fn key(ids: &[&str]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for id in ids {
        hasher.update(id.as_bytes());
        hasher.update(b"\n");
    }
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_two_ids_are_not_one() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["a", "b"]), key(&["b", "a"]));
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    }
}
