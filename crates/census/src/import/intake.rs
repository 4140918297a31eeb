//! Where rows arrive: sound ones go into parts of their tables, the others into the list of the rejected.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::path::PathBuf;

use arrow_array::{Array, BooleanArray};
use arrow_select::filter::filter_record_batch;

use super::fill::Rows;
use super::rejected::{Reason, Rejected};
use super::{Options, What};
use crate::progress::Progress;
use crate::rows::Batch;
use crate::store::{PartWriter, Store};
use crate::{Error, Result};

/// A file with so many bad rows, and too large a share of them, is not read to its end.
const HOPELESS: u64 = 100_000;
const DAY: i64 = 86_400_000_000;

/// What a row is that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// A fault: in a table each row stands once.
    Fault,
    /// What is to be expected: in an archive, a profile stands beside each of its posts. It is passed over, unless it is
    /// a profile that was seen a day or more after the last one.
    Usual,
}

pub(super) struct Intake<'a> {
    file: String,
    store: &'a Store,
    progress: &'a Progress,
    max_rejected: f64,
    again: Again,
    list: PathBuf,
    tables: Vec<Arrived>,
    rejected: Rejected,
    rows: u64,
}

/// What arrived for a table.
struct Arrived {
    what: What,
    part: Option<PartWriter>,
    seen: Seen,
    rows: u64,
    again: u64,
}

/// The hash of the key of every row so far, 128 bits, a fifth of the memory that the keys would take. Two keys that
/// share them are not found by chance in any file, nor by an opponent, who does not know the hash.
///
/// In shards, each of which grows by itself: a table that grows stands in memory twice while it does.
enum Seen {
    Keys(Vec<HashSet<u128, BuildHasherDefault<Hashed>>>),
    /// With the day when it was seen last.
    Days(Vec<HashMap<u128, i32, BuildHasherDefault<Hashed>>>),
}

/// The highest bits of a key choose its shard.
const SHARD_BITS: u32 = 6;

impl Seen {
    /// Whether a row is new.
    fn is_new(&mut self, key: u128, day: i32) -> bool {
        let shard = (key >> (128 - SHARD_BITS)) as usize;
        match self {
            Seen::Keys(shards) => shards[shard].insert(key),
            Seen::Days(shards) => match shards[shard].get_mut(&key) {
                Some(last) if *last >= day => false,
                Some(last) => {
                    *last = day;
                    true
                }
                None => shards[shard].insert(key, day).is_none(),
            },
        }
    }
}

/// Of what is a hash already, 64 bits will do.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, _: &[u8]) {}
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

impl<'a> Intake<'a> {
    /// Takes in the rows of `file`; those set aside are added to `list`.
    pub(super) fn new(
        file: &str,
        store: &'a Store,
        list: PathBuf,
        options: &Options,
        progress: &'a Progress,
        again: Again,
    ) -> Self {
        Self {
            file: file.to_owned(),
            store,
            progress,
            max_rejected: options.max_rejected,
            again,
            rejected: Rejected::new(list.clone(), file),
            list,
            tables: Vec::new(),
            rows: 0,
        }
    }

    /// Another view of what comes twice, before anything came.
    pub(super) fn expect(&mut self, again: Again) {
        self.again = again;
    }

    /// A safe point, where no rows come for long.
    pub(super) fn check(&self) -> Result<()> {
        self.progress.check()
    }

    /// Takes in the rows of the next piece of the file.
    pub(super) fn take(&mut self, rows: Rows) -> Result<()> {
        self.take_all([rows])
    }

    /// Takes in the rows of the next piece of the file, of one table and another.
    pub(super) fn take_all(&mut self, all: impl IntoIterator<Item = Rows>) -> Result<()> {
        let mut rejected = Vec::new();
        for rows in all {
            self.add(rows, &mut rejected)?;
        }
        // Each table's are in order.
        rejected.sort_by_key(|(line, _)| *line);
        rejected.into_iter().try_for_each(|(line, reason)| self.reject(line, reason))?;
        self.progress.check()
    }

    fn add(&mut self, rows: Rows, rejected: &mut Vec<(u64, Reason)>) -> Result<()> {
        rejected.extend(rows.rejected);
        let Some(what) = rows.what else { return Err(Error::bug("rows of no table were taken in")) };
        if rows.lines.is_empty() {
            return Ok(());
        }
        let at = match self.tables.iter().position(|table| table.what == what) {
            Some(at) => at,
            None => {
                let days = what == What::Accounts && self.again == Again::Usual;
                let shards = 1 << SHARD_BITS;
                let seen = if days {
                    Seen::Days(vec![HashMap::default(); shards])
                } else {
                    Seen::Keys(vec![HashSet::default(); shards])
                };
                self.tables.push(Arrived { what, part: None, seen, rows: 0, again: 0 });
                self.tables.len() - 1
            }
        };
        let table = &mut self.tables[at];
        let observed = match table.seen {
            Seen::Days(_) => Some(Batch(&rows.batch).time("observed_at")?),
            Seen::Keys(_) => None,
        };
        let day = |row: usize| match observed {
            Some(times) if times.is_valid(row) => times.value(row).div_euclid(DAY) as i32,
            _ => i32::MIN,
        };
        let mut kept: Option<Vec<bool>> = None;
        for (at, (line, key)) in rows.lines.iter().zip(&rows.keys).enumerate() {
            if table.seen.is_new(*key, day(at)) {
                table.rows += 1;
                self.rows += 1;
                continue;
            }
            kept.get_or_insert_with(|| vec![true; rows.lines.len()])[at] = false;
            match self.again {
                Again::Fault => rejected.push((*line, "duplicate of an earlier row".into())),
                Again::Usual => table.again += 1,
            }
        }
        let batch = match kept {
            Some(kept) => filter_record_batch(&rows.batch, &BooleanArray::from(kept))?,
            None => rows.batch,
        };
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let part = match &mut table.part {
            Some(part) => part,
            None => table.part.insert(self.store.part(what.table())?),
        };
        part.write(&batch)
    }

    /// Sets aside the row that starts at `line`.
    fn reject(&mut self, line: u64, reason: Reason) -> Result<()> {
        self.rejected.add(line, reason)?;
        if self.rejected.count >= HOPELESS && self.too_many() {
            return Err(self.refusal());
        }
        Ok(())
    }

    /// Writes out the list of the rejected, also when the import fails.
    pub(super) fn flush_rejected(&mut self) -> Result<()> {
        self.rejected.flush()
    }

    /// Makes the rows part of their tables, unless too many were rejected. Every part is whole before the first of them
    /// gets its name.
    pub(super) fn finish(mut self) -> Result<Taken> {
        if self.too_many() {
            return Err(self.refusal());
        }
        self.tables.sort_by_key(|table| table.what.table());
        let mut closed = Vec::new();
        for table in self.tables {
            let part = table.part.map(PartWriter::close).transpose()?;
            closed.push((table.what, table.rows, table.again, part));
        }
        let mut tables = Vec::new();
        for (what, rows, again, part) in closed {
            if let Some(part) = part {
                tables.push(Part { what, rows, again, path: part.publish()? });
            }
        }
        let reasons = self.rejected.reasons();
        Ok(Taken { tables, rejected: self.rejected.count, reasons })
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
        let reasons = self.rejected.reasons();
        let commonest: Vec<String> = reasons.iter().take(3).map(|(reason, n)| format!("{reason} ({n})")).collect();
        let (mut commonest, list) = (commonest.join(", "), self.list.display());
        if reasons.first().is_some_and(|(reason, _)| reason == INVALID) {
            commonest += " (save it as UTF-8, for instance with: iconv -f WINDOWS-1252 -t UTF-8)";
        }
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

/// Why a line is not read that is in another encoding.
pub(super) const INVALID: &str = "invalid UTF-8";

/// What became of a file's rows.
pub(super) struct Taken {
    /// The tables that got rows, in the order of the journey.
    pub(super) tables: Vec<Part>,
    pub(super) rejected: u64,
    pub(super) reasons: Vec<(String, u64)>,
}

/// A new part of a table.
pub(super) struct Part {
    pub(super) what: What,
    pub(super) rows: u64,
    /// Rows that were there before, and passed over.
    pub(super) again: u64,
    pub(super) path: PathBuf,
}
