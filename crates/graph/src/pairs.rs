//! Pairs of accounts on their way to lists: held in memory, and on disk beyond a bound; and dealt into buckets of
//! neighbouring accounts, so that each bucket is sorted within the caches.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::Error;

/// Pairs in a chunk: 32 KiB.
pub(crate) const CHUNK: usize = 4096;

/// Two accounts in one word, to be sorted by the first.
#[inline]
pub(crate) fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// Its two accounts.
#[inline]
pub(crate) fn halves(pair: u64) -> (u32, u32) {
    ((pair >> 32) as u32, pair as u32)
}

/// How much may be held in memory, and where the rest goes.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Bytes of pairs held at a time; 8 a follow are needed. Beside them come the ids and, per account, 24 bytes.
    pub pairs: usize,
    /// A folder for what goes beyond.
    pub folder: PathBuf,
}

/// Holds chunks of pairs, on disk once there are too many.
pub(crate) struct Held {
    memory: Option<Memory>,
    bytes: AtomicUsize,
    /// The file, once there is one, and its length.
    file: Mutex<Option<(File, u64)>>,
}

/// Some pairs, in memory or on disk.
pub(crate) enum Chunk {
    Memory(Vec<u64>),
    Disk { start: u64, pairs: usize },
}

impl Chunk {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Memory(pairs) => pairs.len(),
            Self::Disk { pairs, .. } => *pairs,
        }
    }
}

impl Held {
    /// Without a bound all is held in memory.
    pub(crate) fn new(memory: Option<Memory>) -> Self {
        Self { memory, bytes: AtomicUsize::new(0), file: Mutex::new(None) }
    }

    pub(crate) fn keep(&self, mut pairs: Vec<u64>) -> Result<Chunk, Error> {
        if pairs.capacity() > pairs.len() + pairs.len() / 2 {
            pairs.shrink_to_fit();
        }
        let bytes = pairs.len() * 8;
        let held = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        match &self.memory {
            Some(memory) if held > memory.pairs => {
                let start = self.write(memory, &pairs).map_err(|e| Error::disk(&memory.folder, &e))?;
                self.bytes.fetch_sub(bytes, Ordering::Relaxed);
                Ok(Chunk::Disk { start, pairs: pairs.len() })
            }
            _ => Ok(Chunk::Memory(pairs)),
        }
    }

    /// The pairs of a chunk that stays.
    pub(crate) fn look<'c>(&self, chunk: &'c Chunk) -> Result<Cow<'c, [u64]>, Error> {
        match chunk {
            Chunk::Memory(pairs) => Ok(Cow::Borrowed(pairs)),
            &Chunk::Disk { start, pairs } => self.release(Chunk::Disk { start, pairs }).map(Cow::Owned),
        }
    }

    /// The pairs of a chunk, which is then not held any more.
    pub(crate) fn release(&self, chunk: Chunk) -> Result<Vec<u64>, Error> {
        match (chunk, &self.memory) {
            (Chunk::Memory(pairs), _) => {
                self.bytes.fetch_sub(pairs.len() * 8, Ordering::Relaxed);
                Ok(pairs)
            }
            (Chunk::Disk { start, pairs }, Some(memory)) => {
                self.read(start, pairs).map_err(|e| Error::disk(&memory.folder, &e))
            }
            (Chunk::Disk { .. }, None) => Ok(Vec::new()),
        }
    }

    fn write(&self, memory: &Memory, pairs: &[u64]) -> io::Result<u64> {
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, length) = match &mut *held {
            Some(file) => file,
            none => none.insert((tempfile::tempfile_in(&memory.folder)?, 0)),
        };
        let start = *length;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(bytemuck::cast_slice(pairs))?;
        *length += pairs.len() as u64 * 8;
        Ok(start)
    }

    fn read(&self, start: u64, pairs: usize) -> io::Result<Vec<u64>> {
        let mut read = vec![0; pairs];
        if let Some((file, _)) = &mut *self.file.lock().unwrap_or_else(PoisonError::into_inner) {
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(bytemuck::cast_slice_mut(&mut read))?;
        }
        Ok(read)
    }
}

/// Ranges of accounts with about as many rows each.
pub(crate) struct Cuts {
    /// The bucket of each cell; a cell is a range of accounts, 128 to a power of two.
    buckets: Vec<u16>,
    /// Where each bucket begins; the number of accounts at the end.
    starts: Vec<u32>,
}

const FINE: u32 = 7;

/// Ranges that widen in step with the numbers: hubs lie at the front, where they must be cut finely.
#[inline]
fn cell(account: u32) -> usize {
    let shift = (account | 1 << FINE).ilog2() - FINE;
    (((shift + 1) << FINE) + (account >> shift)) as usize - (1 << FINE)
}

impl Cuts {
    /// At most `most` buckets.
    pub(crate) fn new(rows: &[u32], most: usize) -> Self {
        let total: u64 = rows.iter().map(|&rows| u64::from(rows)).sum();
        let each = total.div_ceil(most.clamp(1, 1 << 12) as u64).max(1);
        let (mut buckets, mut starts) = (Vec::new(), vec![0_u32]);
        let (mut start, mut held) = (0, 0);
        while start < rows.len() {
            let this = cell(start as u32);
            let end = start
                + rows[start..].iter().zip(start as u32..).take_while(|(_, account)| cell(*account) == this).count();
            let weight: u64 = rows[start..end].iter().map(|&rows| u64::from(rows)).sum();
            if held > 0 && held + weight > each {
                starts.push(start as u32);
                held = 0;
            }
            held += weight;
            buckets.resize(this + 1, starts.len() as u16 - 1);
            start = end;
        }
        starts.push(rows.len() as u32);
        Self { buckets, starts }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    #[inline]
    pub(crate) fn bucket(&self, account: u32) -> usize {
        usize::from(self.buckets[cell(account)])
    }

    pub(crate) fn accounts(&self, bucket: usize) -> std::ops::Range<u32> {
        self.starts[bucket]..self.starts[bucket + 1]
    }
}

/// Pairs by the bucket of their first account, each bucket in the order that they came.
pub(crate) struct Dealt<'a> {
    cuts: &'a Cuts,
    held: &'a Held,
    open: Vec<Vec<u64>>,
    full: Vec<Vec<Chunk>>,
}

impl<'a> Dealt<'a> {
    pub(crate) fn new(cuts: &'a Cuts, held: &'a Held) -> Self {
        let none = || (0..cuts.len()).map(|_| Vec::new()).collect();
        Self { cuts, held, open: (0..cuts.len()).map(|_| Vec::new()).collect(), full: none() }
    }

    #[inline]
    pub(crate) fn push(&mut self, first: u32, second: u32) -> Result<(), Error> {
        let bucket = self.cuts.bucket(first);
        let open = &mut self.open[bucket];
        open.push(pair(first, second));
        if open.len() < CHUNK { Ok(()) } else { self.close(bucket) }
    }

    #[cold]
    fn close(&mut self, bucket: usize) -> Result<(), Error> {
        let full = std::mem::replace(&mut self.open[bucket], Vec::with_capacity(CHUNK));
        self.full[bucket].push(self.held.keep(full)?);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<Vec<Chunk>>, Error> {
        for (open, full) in self.open.into_iter().zip(&mut self.full) {
            if !open.is_empty() {
                full.push(self.held.keep(open)?);
            }
        }
        Ok(self.full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_ranges_in_order() {
        let mut before = 0;
        for account in 0..100_000 {
            let this = cell(account);
            assert!(this == before || this == before + 1, "{account}: {this} after {before}");
            before = this;
        }
        assert_eq!((cell(0), cell(127), cell(128), cell(255), cell(256), cell(257)), (0, 127, 128, 255, 256, 256));
        assert!(cell(u32::MAX) < 1 << 12);
    }

    #[test]
    fn buckets_cover_all_accounts() {
        for rows in [vec![], vec![0; 5], vec![7], (0..5000).map(|i| 10_000 / (i + 1)).collect::<Vec<u32>>()] {
            let cuts = Cuts::new(&rows, 16);
            for bucket in 0..cuts.len() {
                assert!(cuts.accounts(bucket).all(|account| cuts.bucket(account) == bucket));
            }
            assert_eq!(cuts.starts.last().copied(), Some(rows.len() as u32));
            assert!(cuts.len() <= 40);
        }
    }
}
