//! Rows of a table, made of cells one after the other; those that are not sound are set aside.

use std::hash::{BuildHasher, RandomState};

use arrow_array::{BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;

use super::rejected::Reason;
use super::values::{Cell, Size, Values};
use super::{Kind, Wanted, What, columns};
use crate::Result;

/// What rows are made for: the columns, and by what a row is known.
pub(super) struct Target {
    /// The table, where it is one.
    what: Option<What>,
    schema: SchemaRef,
    columns: Vec<(String, Kind)>,
    /// The first so many columns are a row's key; with none, rows have no key.
    keys: usize,
    /// Whether the two columns of the key must differ.
    differ: bool,
    /// Two keyed hashes make 128 bits of key. The hash's key is drawn for each import and never seen outside, so that
    /// nobody can make rows that meet.
    hash: [RandomState; 2],
}

impl Target {
    /// A table of the study.
    pub(super) fn table(what: What) -> Self {
        let columns = columns::of(what).iter().map(|c| (c.name.to_owned(), c.kind)).collect();
        let (keys, differ) = match what {
            What::Accounts | What::Posts => (1, false),
            What::Follows => (2, true),
            // One account is checked again and again.
            What::Statuses => (3, false),
        };
        let hash = [RandomState::new(), RandomState::new()];
        Self { what: Some(what), schema: what.table().schema(), columns, keys, differ, hash }
    }

    /// Columns of one's own.
    pub(super) fn wanted(wanted: &[Wanted]) -> Self {
        let field = |w: &Wanted| Field::new(&w.name, w.kind.data(), w.kind != Kind::Id);
        let schema = Schema::new(wanted.iter().map(field).collect::<Vec<_>>());
        let columns = wanted.iter().map(|w| (w.name.clone(), w.kind)).collect();
        let hash = [RandomState::new(), RandomState::new()];
        Self { what: None, schema: schema.into(), columns, keys: 0, differ: false, hash }
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The names of the columns that a row must have.
    pub(super) fn required(&self) -> impl Iterator<Item = (usize, &str)> {
        self.columns.iter().enumerate().filter(|(_, (_, kind))| *kind == Kind::Id).map(|(at, (name, _))| (at, &**name))
    }

    /// What a column holds.
    pub(super) fn kind(&self, at: usize) -> Kind {
        self.columns[at].1
    }

    /// The names of the columns.
    pub(super) fn name(&self, at: usize) -> &str {
        &self.columns[at].0
    }
}

/// The rows of a piece of a file.
pub(super) struct Rows {
    /// The table that they are of, if any.
    pub(super) what: Option<What>,
    /// The sound ones.
    pub(super) batch: RecordBatch,
    /// The line where each of them starts.
    pub(super) lines: Vec<u64>,
    /// The hash of each one's key; none where rows have no key.
    pub(super) keys: Vec<u128>,
    /// The lines of the others, ascending, and what is wrong.
    pub(super) rejected: Vec<(u64, Reason)>,
}

/// Makes the rows.
pub(super) struct Filler<'t> {
    target: &'t Target,
    columns: Vec<Values>,
    /// The next column of the row.
    at: usize,
    fault: Option<Reason>,
    lines: Vec<u64>,
    keys: Vec<u128>,
    kept: Vec<bool>,
    rejected: Vec<(u64, Reason)>,
}

impl<'t> Filler<'t> {
    pub(super) fn new(target: &'t Target) -> Self {
        Self::with_sizes(target, &[])
    }

    /// With room in each column for as much as another filler's had, see [`Filler::sizes`].
    pub(super) fn with_sizes(target: &'t Target, sizes: &[Size]) -> Self {
        let sizes = sizes.iter().copied().chain(std::iter::repeat(Size::default()));
        let columns = target.columns.iter().zip(sizes).map(|((_, kind), size)| Values::new(*kind, size)).collect();
        let (lines, keys, kept, rejected) = Default::default();
        Self { target, columns, at: 0, fault: None, lines, keys, kept, rejected }
    }

    /// A little more than what its columns hold.
    pub(super) fn sizes(&self) -> Vec<Size> {
        self.columns.iter().map(Values::size).collect()
    }

    /// Adds the next cell of a row.
    #[inline]
    pub(super) fn cell(&mut self, cell: &Cell<'_>) {
        let (Some(column), Some((name, _))) = (self.columns.get_mut(self.at), self.target.columns.get(self.at)) else {
            return;
        };
        self.at += 1;
        if self.fault.is_none() {
            match column.push(name, cell) {
                Ok(()) => return,
                fault => self.fault = fault.err(),
            }
        }
        column.skip();
    }

    /// Ends the row that starts at `line`; columns without a cell are as if there was nothing. Says whether it is sound.
    pub(super) fn end(&mut self, line: u64) -> bool {
        while self.at < self.columns.len() {
            self.cell(&Cell::Null);
        }
        self.at = 0;
        let keys = &self.columns[..self.target.keys];
        if self.target.differ && self.fault.is_none() && keys[0].last() == keys[1].last() {
            self.fault = Some("an account that follows itself".into());
        }
        let sound = self.fault.is_none();
        self.kept.push(sound);
        match self.fault.take() {
            Some(fault) => self.rejected.push((line, fault)),
            None => {
                self.lines.push(line);
                if !keys.is_empty() {
                    self.keys.push(key(&self.target.hash, keys.iter().map(Values::last)));
                }
            }
        }
        sound
    }

    /// How many rows were ended.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Sets aside the row that starts at `line`, of which no cell was added.
    pub(super) fn reject(&mut self, line: u64, reason: Reason) {
        self.rejected.push((line, reason));
    }

    pub(super) fn finish(self) -> Result<Rows> {
        let columns = self.columns.into_iter().map(Values::finish).collect();
        let count = RecordBatchOptions::new().with_row_count(Some(self.kept.len()));
        let mut batch = RecordBatch::try_new_with_options(self.target.schema.clone(), columns, &count)?;
        if self.lines.len() < self.kept.len() {
            batch = filter_record_batch(&batch, &BooleanArray::from(self.kept))?;
        }
        Ok(Rows { what: self.target.what, batch, lines: self.lines, keys: self.keys, rejected: self.rejected })
    }
}

/// Ids hold no control characters, so a line end keeps them apart.
fn key(hash: &[RandomState; 2], ids: impl Iterator<Item = impl AsRef<[u8]>>) -> u128 {
    let mut hashers = [hash[0].build_hasher(), hash[1].build_hasher()];
    for id in ids {
        for hasher in &mut hashers {
            std::hash::Hasher::write(hasher, id.as_ref());
            std::hash::Hasher::write_u8(hasher, b'\n');
        }
    }
    let [low, high] = hashers.map(|h| u128::from(std::hash::Hasher::finish(&h)));
    high << 64 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_two_ids_are_not_one() {
        let hash = [RandomState::new(), RandomState::new()];
        let key = |ids: &[&'static str]| key(&hash, ids.iter().map(|id| id.as_bytes()));
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_ne!(key(&["a", "b"]), key(&["b", "a"]));
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    }
}
