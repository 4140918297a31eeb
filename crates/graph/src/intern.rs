//! Numbers for the ids of many rows at once, on many threads.
//!
//! An id's hash says which of 256 shards it is in; a block of ids is sorted by shard, so that each shard is locked once
//! a block and its loads from memory overlap. The numbers given here depend on who came first; [`Interner::finish`]
//! replaces them by numbers that depend on the rows alone.

use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

use foldhash::quality::RandomState;
use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelExtend, ParallelIterator,
};
use rayon::slice::ParallelSliceMut;

use crate::{Error, Ids};

/// A provisional number: the shard in the high byte, the place in the shard below.
pub(crate) type Provisional = u32;

const SHARD_BITS: u32 = 8;
const SHARDS: usize = 1 << SHARD_BITS;
const PLACE_BITS: u32 = 32 - SHARD_BITS;
/// The highest place is never given, so that no slot looks empty that is not.
const PLACES: usize = (1 << PLACE_BITS) - 1;
const EMPTY: u64 = u64::MAX;

/// Gives provisional numbers to ids, and counts the rows that each is in.
pub(crate) struct Interner {
    shards: Vec<Mutex<Shard>>,
    keys: RandomState,
}

/// Part of the ids: an open-addressing table with linear probing over an arena.
#[derive(Default)]
struct Shard {
    /// The upper half of an id's hash, and its place.
    slots: Vec<u64>,
    arena: Vec<u8>,
    /// Where each id ends in the arena.
    ends: Vec<usize>,
    /// How many rows each id is in.
    rows: Vec<u32>,
}

/// What a thread needs to intern a block; kept from block to block to spare the allocation.
#[derive(Default)]
pub(crate) struct Scratch {
    hashes: Vec<u64>,
    order: Vec<u32>,
}

impl Interner {
    /// No ids. The keys of the hash are drawn afresh, so that no chosen ids can make it slow.
    pub(crate) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), keys: RandomState::default() }
    }

    /// The provisional numbers of a block of ids, each of which is in so many rows more.
    pub(crate) fn block(
        &self,
        ids: &[&[u8]],
        rows: impl Fn(usize) -> u32,
        scratch: &mut Scratch,
        numbers: &mut Vec<Provisional>,
    ) -> Result<(), Error> {
        let Scratch { hashes, order } = scratch;
        hashes.clear();
        hashes.extend(ids.iter().map(|id| {
            let mut hasher = self.keys.build_hasher();
            hasher.write(id);
            hasher.finish()
        }));
        let mut starts = [0_u32; SHARDS + 1];
        hashes.iter().for_each(|hash| starts[shard_of(*hash) + 1] += 1);
        (0..SHARDS).for_each(|shard| starts[shard + 1] += starts[shard]);
        let mut next = starts;
        order.clear();
        order.resize(ids.len(), 0);
        for (i, hash) in (0..).zip(hashes.iter()) {
            let next = &mut next[shard_of(*hash)];
            order[*next as usize] = i;
            *next += 1;
        }
        numbers.clear();
        numbers.resize(ids.len(), 0);
        // Threads begin with different shards, so that they seldom wait for each other.
        let first = hashes.first().map_or(0, |hash| shard_of(*hash));
        for shard in (first..SHARDS).chain(0..first) {
            let own = &order[starts[shard] as usize..starts[shard + 1] as usize];
            if !own.is_empty() {
                let mut held = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
                held.reserve(own.len());
                held.touch(own, hashes);
                for &i in own {
                    let place = held.place(ids[i as usize], hashes[i as usize], rows(i as usize))?;
                    numbers[i as usize] = (shard as u32) << PLACE_BITS | place;
                }
            }
        }
        Ok(())
    }

    /// The ids numbered hub first (see [`Ids`]), the rows that each is in, and the way from provisional numbers to
    /// those.
    pub(crate) fn finish(self) -> Result<(Ids, Vec<u32>, Renumber), Error> {
        let shards = self.shards.into_iter().map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner));
        // The tables are not needed any more.
        let shards: Vec<Shard> = shards.map(|shard| Shard { slots: Vec::new(), ..shard }).collect();
        let mut starts = vec![0_usize];
        shards.iter().for_each(|shard| starts.push(starts[starts.len() - 1] + shard.ends.len()));
        let accounts = starts[SHARDS];
        if accounts >= u32::MAX as usize {
            return Err(Error::TooManyAccounts { accounts });
        }
        let shared = shared_prefix(&shards);
        let mut sorted: Vec<Key> = Vec::with_capacity(accounts);
        sorted.par_extend((0..SHARDS).into_par_iter().flat_map_iter(|s| {
            let shard = &shards[s];
            (0..shard.ends.len()).map(move |place| Key::new(shard.id(place), shared, s, place))
        }));
        let id = |key: &Key| shards[key.shard()].id(key.place());
        sorted.par_sort_unstable_by(|a, b| a.start.cmp(&b.start).then_with(|| id(a).cmp(id(b))));

        let rows_by_rank: Vec<u32> = sorted.par_iter().map(|key| shards[key.shard()].rows[key.place()]).collect();
        let mut by_rows: Vec<u64> =
            rows_by_rank.par_iter().enumerate().map(|(rank, rows)| u64::from(!rows) << 32 | rank as u64).collect();
        by_rows.par_sort_unstable();
        let ranks: Vec<u32> = by_rows.par_iter().map(|key| *key as u32).collect();
        drop(by_rows);
        let rows: Vec<u32> = ranks.par_iter().map(|rank| rows_by_rank[*rank as usize]).collect();
        let ids = Ids::sorted(sorted.iter().map(id), ranks)?;
        let mut numbers = vec![0; accounts];
        for (rank, key) in sorted.iter().enumerate() {
            numbers[starts[key.shard()] + key.place()] = ids.at_rank(rank as u32);
        }
        Ok((ids, rows, Renumber { starts: starts[..SHARDS].iter().map(|&start| start as u32).collect(), numbers }))
    }
}

fn shard_of(hash: u64) -> usize {
    (hash >> (u64::BITS - SHARD_BITS)) as usize
}

/// How many bytes all ids begin with alike.
fn shared_prefix(shards: &[Shard]) -> usize {
    let mut ids = shards.iter().flat_map(|shard| (0..shard.ends.len()).map(|place| shard.id(place)));
    let Some(first) = ids.next() else { return 0 };
    ids.fold(first.len(), |shared, id| first[..shared].iter().zip(id).take_while(|(a, b)| a == b).count())
}

impl Shard {
    fn id(&self, place: usize) -> &[u8] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.arena[start..self.ends[place]]
    }

    /// Makes room for so many ids more, at most three slots in four taken.
    fn reserve(&mut self, more: usize) {
        let wanted = (self.ends.len() + more) * 4 / 3 + 1;
        if wanted > self.slots.len() {
            let mut slots = vec![EMPTY; (self.ends.len() * 2 + more).next_power_of_two().max(64)];
            let mask = slots.len() - 1;
            for old in self.slots.iter().filter(|slot| **slot != EMPTY) {
                // The place in the table comes from the part of the hash that the slot keeps.
                let mut at = (old >> 32) as usize & mask;
                while slots[at] != EMPTY {
                    at = (at + 1) & mask;
                }
                slots[at] = *old;
            }
            self.slots = slots;
        }
    }

    /// Reads what is about to be needed, so that the waits for memory overlap.
    fn touch(&self, own: &[u32], hashes: &[u64]) {
        let mask = self.slots.len() - 1;
        black_box(own.iter().fold(0, |sum, &i| sum ^ self.slots[hashes[i as usize] as u32 as usize & mask]));
    }

    fn place(&mut self, id: &[u8], hash: u64, rows: u32) -> Result<u32, Error> {
        let mask = self.slots.len() - 1;
        // The shard is chosen by the upper bits, which are alike here; slots hold and go by the lower half.
        let tag = hash & u64::from(u32::MAX);
        let mut at = tag as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                break;
            }
            if slot >> 32 == tag {
                let place = slot as u32 as usize;
                if self.id(place) == id {
                    self.rows[place] = self.rows[place].saturating_add(rows);
                    return Ok(place as u32);
                }
            }
            at = (at + 1) & mask;
        }
        let place = self.ends.len();
        if place >= PLACES {
            return Err(Error::TooManyAccounts { accounts: PLACES * SHARDS });
        }
        self.slots[at] = tag << 32 | place as u64;
        self.arena.extend_from_slice(id);
        self.ends.push(self.arena.len());
        self.rows.push(rows);
        Ok(place as u32)
    }
}

/// An id to sort by: its first bytes behind what all ids share, and where to find the rest.
#[derive(Clone, Copy)]
struct Key {
    start: [u64; 2],
    number: Provisional,
}

impl Key {
    fn new(id: &[u8], shared: usize, shard: usize, place: usize) -> Self {
        let mut start = [0; 16];
        let own = &id[shared..];
        let length = own.len().min(16);
        start[..length].copy_from_slice(&own[..length]);
        let start = u128::from_be_bytes(start);
        Self { start: [(start >> 64) as u64, start as u64], number: (shard as u32) << PLACE_BITS | place as u32 }
    }

    fn shard(&self) -> usize {
        (self.number >> PLACE_BITS) as usize
    }

    fn place(&self) -> usize {
        self.number as usize & PLACES
    }
}

/// The way from provisional numbers to final ones.
pub(crate) struct Renumber {
    /// Where each shard's begin.
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

impl Renumber {
    #[inline]
    pub(crate) fn of(&self, provisional: Provisional) -> u32 {
        let start = self.starts[(provisional >> PLACE_BITS) as usize];
        self.numbers[start as usize + (provisional as usize & PLACES)]
    }
}
