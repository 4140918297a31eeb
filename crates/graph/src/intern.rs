//! Numbers for the ids of many rows at once, on many threads.
//!
//! An id's hash says which of 64 shards it is in; a block of ids is sorted by shard, so that each shard is locked once
//! a block and its loads from memory overlap. The numbers given here depend on who came first; [`Interner::finish`]
//! replaces them by numbers that depend on the rows alone.

use std::hash::BuildHasher;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

use foldhash::quality::RandomState;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use crate::{Error, Ids, key};

/// A provisional number: the shard in the upper bits, the place in the shard below.
pub(crate) type Provisional = u32;

const SHARD_BITS: u32 = 6;
const SHARDS: usize = 1 << SHARD_BITS;
const PLACE_BITS: u32 = 32 - SHARD_BITS;
const PLACES: usize = (1 << PLACE_BITS) - 1;

/// Gives provisional numbers to ids.
pub(crate) struct Interner {
    shards: Vec<Mutex<Shard>>,
    keys: RandomState,
    more_keys: RandomState,
}

/// Part of the ids: an open-addressing table with linear probing.
#[derive(Default)]
struct Shard {
    slots: Vec<Slot>,
    ids: usize,
    /// The ids that do not fit in a key, and where the one of each place ends; both end with the last of them.
    arena: Vec<u8>,
    ends: Vec<usize>,
}

/// A key and the place of its id in the shard: side by side, so that a look-up waits for memory once, and without the gap that
/// their alignment would ask for.
#[derive(Clone, Copy)]
#[repr(C, packed(4))]
struct Slot {
    key: u128,
    /// [`FREE`] if the slot is.
    place: u32,
}

const FREE: u32 = u32::MAX;

/// A key of a block and its hash: the upper bits choose the shard, the lower ones the slot.
#[derive(Clone, Copy)]
#[repr(C, packed(4))]
struct Hashed {
    key: u128,
    hash: u32,
}

/// What a thread needs to intern a block; kept from block to block to spare the allocation.
pub(crate) struct Scratch {
    /// Ids met lately, with their numbers: most rows name one of few hubs, and what is found here needs no shard.
    met: Vec<Slot>,
    keys: Vec<Hashed>,
    /// Those of the block that were not met.
    strange: Vec<u32>,
    order: Vec<u32>,
}

/// Ids that are remembered: what they take fits in a core's own caches.
const MET: usize = 1 << 12;

impl Default for Scratch {
    fn default() -> Self {
        // No key is all ones: that would be a hash, and those are not remembered.
        let met = vec![Slot { key: u128::MAX, place: FREE }; MET];
        Self { met, keys: Vec::new(), strange: Vec::new(), order: Vec::new() }
    }
}

impl Interner {
    /// No ids. The keys of the hash are drawn afresh, so that no chosen ids can make it slow.
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            keys: RandomState::default(),
            more_keys: RandomState::default(),
        }
    }

    /// The provisional numbers of a block of ids. A block of some thousands is best: it lies in the caches, and each shard is
    /// locked for many of them.
    pub(crate) fn block(
        &self,
        ids: &[&[u8]],
        scratch: &mut Scratch,
        numbers: &mut Vec<Provisional>,
    ) -> Result<(), Error> {
        let Scratch { met, keys, strange, order } = scratch;
        keys.clear();
        strange.clear();
        strange.resize(ids.len(), 0);
        numbers.clear();
        let mut starts = [0_u32; SHARDS + 1];
        let mut found = 0;
        for (i, id) in (0..).zip(ids) {
            let key =
                key::pack(id, || u128::from(self.keys.hash_one(id)) << 64 | u128::from(self.more_keys.hash_one(id)));
            let hash = self.hash(key);
            let known = met[hash as usize % MET];
            numbers.push(known.place);
            keys.push(Hashed { key, hash });
            // Without a branch: which ids were met is as good as chance.
            let new = known.key != key;
            strange[found] = i;
            found += usize::from(new);
            starts[shard_of(hash) + 1] += u32::from(new);
        }
        strange.truncate(found);
        (0..SHARDS).for_each(|shard| starts[shard + 1] += starts[shard]);
        let mut next = starts;
        order.clear();
        order.resize(strange.len(), 0);
        for &i in strange.iter() {
            let next = &mut next[shard_of(keys[i as usize].hash)];
            order[*next as usize] = i;
            *next += 1;
        }
        // Threads begin with different shards, so that they seldom wait for each other.
        let first = strange.first().map_or(0, |&i| shard_of(keys[i as usize].hash));
        for shard in (first..SHARDS).chain(0..first) {
            let own = &order[starts[shard] as usize..starts[shard + 1] as usize];
            if !own.is_empty() {
                let mut held = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
                held.reserve(own.len(), |key| self.hash(key));
                held.touch(own, keys);
                for &i in own {
                    let Hashed { key, hash } = keys[i as usize];
                    let number = (shard as u32) << PLACE_BITS | held.place(key, hash, ids[i as usize])?;
                    numbers[i as usize] = number;
                    if !key::is_hash(key) {
                        met[hash as usize % MET] = Slot { key, place: number };
                    }
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn hash(&self, key: u128) -> u32 {
        self.keys.hash_one(key) as u32
    }

    /// All ids, once there come no more.
    pub(crate) fn freeze(self) -> Result<Frozen, Error> {
        let shards = self.shards.into_par_iter();
        let shards: Vec<Listed> =
            shards.map(|shard| Listed::new(shard.into_inner().unwrap_or_else(PoisonError::into_inner))).collect();
        let mut starts = vec![0_usize];
        shards.iter().for_each(|shard| starts.push(starts[starts.len() - 1] + shard.keys.len()));
        let accounts = starts[SHARDS];
        if accounts >= u32::MAX as usize {
            return Err(Error::TooManyAccounts { accounts });
        }
        Ok(Frozen {
            shards,
            places: Places { starts: starts[..SHARDS].iter().map(|&start| start as u32).collect() },
            accounts,
        })
    }
}

/// All ids under provisional numbers.
pub(crate) struct Frozen {
    shards: Vec<Listed>,
    pub(crate) places: Places,
    pub(crate) accounts: usize,
}

/// Where a provisional number lies among all, without gaps.
#[derive(Clone)]
pub(crate) struct Places {
    starts: Vec<u32>,
}

impl Places {
    #[inline]
    pub(crate) fn of(&self, provisional: Provisional) -> usize {
        self.starts[(provisional >> PLACE_BITS) as usize] as usize + (provisional as usize & PLACES)
    }
}

impl Frozen {
    /// The ids numbered hub first (see [`Ids`]) by the rows that each is in, those rows in the order of the numbers, and
    /// the number of each place.
    pub(crate) fn number(self, rows: &[u32]) -> Result<(Ids, Vec<u32>, Vec<u32>), Error> {
        let Self { shards, places, accounts } = self;
        let shared = shared_prefix(&shards);
        let mut sorted = vec![Key::default(); accounts];
        let mut rest = &mut sorted[..];
        let mut parts = Vec::with_capacity(SHARDS);
        for shard in &shards {
            let (part, after) = rest.split_at_mut(shard.keys.len());
            parts.push(part);
            rest = after;
        }
        parts.into_par_iter().zip(&shards).enumerate().for_each(|(s, (part, shard))| {
            let mut buffer = [0; key::LONGEST];
            for (place, key) in part.iter_mut().enumerate() {
                *key = Key::new(shard.id(place, &mut buffer), shared, s, place);
            }
        });
        sorted.par_sort_unstable_by(|a, b| {
            let (mut one, mut other) = ([0; key::LONGEST], [0; key::LONGEST]);
            let mut rest =
                || shards[a.shard()].id(a.place(), &mut one).cmp(shards[b.shard()].id(b.place(), &mut other));
            a.start.cmp(&b.start).then_with(&mut rest)
        });

        let rows_by_rank: Vec<u32> = sorted.par_iter().map(|key| rows[places.of(key.number)]).collect();
        let mut by_rows: Vec<u64> =
            rows_by_rank.par_iter().enumerate().map(|(rank, rows)| u64::from(!rows) << 32 | rank as u64).collect();
        by_rows.par_sort_unstable();
        let ranks: Vec<u32> = by_rows.par_iter().map(|key| *key as u32).collect();
        drop(by_rows);
        let rows: Vec<u32> = ranks.par_iter().map(|rank| rows_by_rank[*rank as usize]).collect();
        let ids = Ids::sorted(accounts, ranks, |rank, arena| {
            let key = &sorted[rank];
            arena.extend_from_slice(shards[key.shard()].id(key.place(), &mut [0; key::LONGEST]));
        })?;
        let mut numbers = vec![0; accounts];
        for (rank, key) in (0..).zip(&sorted) {
            numbers[places.of(key.number)] = ids.at_rank(rank);
        }
        Ok((ids, rows, numbers))
    }
}

fn shard_of(hash: u32) -> usize {
    (hash >> PLACE_BITS) as usize
}

/// How many bytes all ids begin with alike.
fn shared_prefix(shards: &[Listed]) -> usize {
    let shared = shards.par_iter().filter_map(|shard| {
        let (mut one, mut other) = ([0; key::LONGEST], [0; key::LONGEST]);
        let first = (!shard.keys.is_empty()).then(|| shard.id(0, &mut one))?;
        Some((1..shard.keys.len()).fold(first, |shared, place| alike(shared, shard.id(place, &mut other))).to_vec())
    });
    shared.reduce_with(|a, b| alike(&a, &b).to_vec()).map_or(0, |shared| shared.len())
}

/// What both begin with.
fn alike<'a>(a: &'a [u8], b: &[u8]) -> &'a [u8] {
    &a[..a.iter().zip(b).take_while(|(a, b)| a == b).count()]
}

impl Shard {
    /// Makes room for so many ids more, at most three slots in four taken.
    fn reserve(&mut self, more: usize, hash: impl Fn(u128) -> u32) {
        let wanted = (self.ids + more) * 4 / 3 + 1;
        if wanted > self.slots.len() {
            let length = (self.ids * 4 / 3 + more * 2).next_power_of_two().max(64);
            let slots = std::mem::replace(&mut self.slots, vec![Slot { key: 0, place: FREE }; length]);
            for slot in slots.into_iter().filter(|slot| slot.place != FREE) {
                let mut at = hash(slot.key) as usize & (length - 1);
                while self.slots[at].place != FREE {
                    at = (at + 1) & (length - 1);
                }
                self.slots[at] = slot;
            }
        }
    }

    /// Reads what is about to be needed, so that the waits for memory overlap.
    fn touch(&self, own: &[u32], keys: &[Hashed]) {
        let mask = self.slots.len() - 1;
        let touch = |i: u32| {
            let slot = self.slots[keys[i as usize].hash as usize & mask];
            slot.key as u32 ^ slot.place
        };
        black_box(own.iter().fold(0, |sum, &i| sum ^ touch(i)));
    }

    #[inline]
    fn place(&mut self, key: u128, hash: u32, id: &[u8]) -> Result<u32, Error> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.place == FREE {
                break;
            }
            if slot.key == key && (!key::is_hash(key) || long(&self.arena, &self.ends, slot.place as usize) == id) {
                return Ok(slot.place);
            }
            at = (at + 1) & mask;
        }
        let place = self.ids;
        if place >= PLACES {
            return Err(Error::TooManyAccounts { accounts: PLACES * SHARDS });
        }
        self.slots[at] = Slot { key, place: place as u32 };
        self.ids += 1;
        if key::is_hash(key) {
            self.ends.resize(place, self.arena.len());
            self.arena.extend_from_slice(id);
            self.ends.push(self.arena.len());
        }
        Ok(place as u32)
    }
}

fn long<'a>(arena: &'a [u8], ends: &[usize], place: usize) -> &'a [u8] {
    let start = if place == 0 { 0 } else { ends[place - 1] };
    &arena[start..ends[place]]
}

/// A shard's ids in the order of their places.
struct Listed {
    keys: Vec<u128>,
    arena: Vec<u8>,
    ends: Vec<usize>,
}

impl Listed {
    fn new(shard: Shard) -> Self {
        let mut keys = vec![0; shard.ids];
        for slot in shard.slots.iter().filter(|slot| slot.place != FREE) {
            keys[slot.place as usize] = slot.key;
        }
        Self { keys, arena: shard.arena, ends: shard.ends }
    }

    fn id<'a>(&'a self, place: usize, buffer: &'a mut [u8; key::LONGEST]) -> &'a [u8] {
        match self.keys[place] {
            key if key::is_hash(key) => long(&self.arena, &self.ends, place),
            key => {
                let length = key::unpack(key, buffer);
                &buffer[..length]
            }
        }
    }
}

/// An id to sort by: its first bytes behind what all ids share, and where to find the rest.
#[derive(Clone, Copy, Default)]
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
