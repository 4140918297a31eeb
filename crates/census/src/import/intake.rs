//! Where rows arrive: sound ones go into a part of the table, the others into the list of the rejected.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::PathBuf;

use arrow_array::BooleanArray;
use arrow_select::filter::filter_record_batch;

use super::fill::Rows;
use super::rejected::{Reason, Rejected};
use super::{Options, What};
use crate::progress::Progress;
use crate::store::{PartWriter, Store};
use crate::{Error, Result};

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
    /// The hash of the key of every row so far, 128 bits, a fifth of the memory that the keys would take. Two keys that
    /// share them are not found by chance in any file, nor by an opponent, who does not know the hash.
    seen: HashSet<u128, BuildHasherDefault<Hashed>>,
    rejected: Rejected,
    rows: u64,
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
            seen: HashSet::default(),
            rows: 0,
        }
    }

    /// Takes in the rows of the next piece of the file.
    pub(super) fn take(&mut self, rows: Rows) -> Result<()> {
        let mut rejected = rows.rejected.into_iter().peekable();
        let mut kept: Option<Vec<bool>> = None;
        for (at, (line, key)) in rows.lines.iter().zip(&rows.keys).enumerate() {
            while let Some((line, reason)) = rejected.next_if(|(bad, _)| bad < line) {
                self.reject(line, reason)?;
            }
            if self.seen.insert(*key) {
                self.rows += 1;
            } else {
                kept.get_or_insert_with(|| vec![true; rows.lines.len()])[at] = false;
                self.reject(*line, "duplicate of an earlier row".into())?;
            }
        }
        rejected.try_for_each(|(line, reason)| self.reject(line, reason))?;
        self.progress.check()?;
        let batch = match kept {
            Some(kept) => filter_record_batch(&rows.batch, &BooleanArray::from(kept))?,
            None => rows.batch,
        };
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let part = match &mut self.part {
            Some(part) => part,
            None => self.part.insert(self.store.part(self.what.table())?),
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

    /// Makes the rows part of the table, unless too many were rejected.
    pub(super) fn finish(mut self) -> Result<Taken> {
        if self.too_many() {
            return Err(self.refusal());
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
