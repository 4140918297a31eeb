use std::cmp::Ordering;
use std::fmt;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use crate::Error;
use crate::array::Array;

/// Ids that one task looks for, of many.
const SEARCHES: usize = 4096;
/// Ids that one task writes down, of all.
const BLOCK: usize = 1 << 16;

/// Numbers for string ids, and the ids back.
///
/// The ids lie end to end in their byte order; an id is found by binary search, those that are asked for in their order
/// by [`Cursor`] at once. The numbers are a matter of the rows alone, not of the order that they came in:
///
/// - [`Ids::collect`] numbers in byte order;
/// - a [`Builder`](crate::Builder) numbers hub first: by the number of rows an id is in, descending, and in byte
///   order where that is the same. Then what many accounts point to lies close together, and stays in the caches.
///
/// 12 bytes an account and the ids themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct Ids {
    arena: Array<u8>,
    /// Where each id ends in the arena, its lower 32 bits; a leading zero.
    ends: Array<u32>,
    /// The ranks at which the upper bits go up by one.
    carries: Array<u32>,
    /// The place of each number's id in byte order.
    ranks: Array<u32>,
    /// The number of each id in byte order.
    numbers: Array<u32>,
}

/// The arrays that [`Ids`] are made of, as they lie in a file.
pub(crate) struct Parts {
    pub(crate) arena: Array<u8>,
    pub(crate) ends: Array<u32>,
    pub(crate) carries: Array<u32>,
    pub(crate) ranks: Array<u32>,
    pub(crate) numbers: Array<u32>,
}

impl Ids {
    /// Numbers the ids in their byte order, repeats once. O(k log k) for k ids given.
    ///
    /// # Panics
    /// On 2³² − 1 different ids or more.
    pub fn collect<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut ids: Vec<&str> = ids.into_iter().collect();
        ids.par_sort_unstable();
        ids.dedup();
        let ranks = (0..ids.len() as u32).collect();
        match Self::sorted(ids.len(), ranks, |rank, arena| arena.extend_from_slice(ids[rank].as_bytes())) {
            Ok(ids) => ids,
            Err(e) => panic!("{e}"),
        }
    }

    /// So many ids; `add` puts the one that has a place in byte order behind the others, and `ranks` says which place the
    /// id of each number has.
    pub(crate) fn sorted(
        accounts: usize,
        ranks: Vec<u32>,
        add: impl Fn(usize, &mut Vec<u8>) + Sync,
    ) -> Result<Self, Error> {
        if accounts >= u32::MAX as usize {
            return Err(Error::TooManyAccounts { accounts });
        }
        let written = |first: usize| {
            let (mut arena, mut ends) = (Vec::new(), Vec::with_capacity(BLOCK.min(accounts)));
            for rank in first..accounts.min(first + BLOCK) {
                add(rank, &mut arena);
                ends.push(arena.len());
            }
            (arena, ends)
        };
        let inverse = || {
            let mut numbers = vec![0; accounts];
            for (number, rank) in (0..).zip(&ranks) {
                numbers[*rank as usize] = number;
            }
            numbers
        };
        let blocks = (0..accounts.div_ceil(BLOCK)).into_par_iter().map(|block| written(block * BLOCK));
        let (blocks, numbers): (Vec<(Vec<u8>, Vec<usize>)>, _) = rayon::join(|| blocks.collect(), inverse);
        let mut arena = Vec::with_capacity(blocks.iter().map(|(arena, _)| arena.len()).sum());
        let (mut ends, mut carries) = (Vec::with_capacity(accounts + 1), Vec::new());
        ends.push(0);
        let mut last = 0;
        for (block, ends_there) in blocks {
            for end in ends_there.into_iter().map(|end| arena.len() + end) {
                carries.extend((last >> 32..end >> 32).map(|_| ends.len() as u32));
                ends.push(end as u32);
                last = end;
            }
            arena.extend_from_slice(&block);
        }
        Ok(Self {
            arena: arena.into(),
            ends: ends.into(),
            carries: carries.into(),
            ranks: ranks.into(),
            numbers: numbers.into(),
        })
    }

    /// The ids that a file holds; none if the arrays do not fit each other.
    pub(crate) fn from_parts(parts: Parts) -> Option<Self> {
        let Parts { arena, ends, carries, ranks, numbers } = parts;
        let ids = Self { arena, ends, carries, ranks, numbers };
        let n = ids.numbers.len();
        let fits = ids.ends.len() == n + 1 && ids.ranks.len() == n && ids.end(n) == ids.arena.len();
        let turned = |(number, rank): (usize, &u32)| ids.numbers.get(*rank as usize) == Some(&(number as u32));
        (fits && ids.ranks.iter().enumerate().all(turned)).then_some(ids)
    }

    pub(crate) fn parts(&self) -> Parts {
        let Self { arena, ends, carries, ranks, numbers } = self.clone();
        Parts { arena, ends, carries, ranks, numbers }
    }

    /// How many ids there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of an id; none if it has none. O(log n).
    pub fn get(&self, id: &str) -> Option<u32> {
        self.search(0, self.len(), id).ok().map(|rank| self.numbers[rank])
    }

    /// The id that has this number.
    ///
    /// # Panics
    /// If no id has it.
    pub fn name(&self, number: u32) -> &str {
        self.id(self.ranks[number as usize] as usize)
    }

    /// The numbers of all accounts, in the byte order of their ids.
    pub fn in_order(&self) -> impl ExactSizeIterator<Item = u32> + Clone {
        self.numbers.iter().copied()
    }

    /// The ids in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.ranks.iter().map(|&rank| self.id(rank as usize))
    }

    /// Looks for ids that are mostly asked for in their byte order.
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor { ids: self, next: 0 }
    }

    /// The numbers of many ids in any order. They are sorted first, so that the search for each goes on from the one before
    /// and seldom leaves what memory has near.
    pub fn get_all(&self, ids: &[&str]) -> Vec<Option<u32>> {
        let mut sorted: Vec<(&str, u32)> = ids.iter().copied().zip(0..).collect();
        sorted.par_sort_unstable();
        let found = sorted.par_chunks(SEARCHES).flat_map_iter(|ids| {
            let mut cursor = self.cursor();
            ids.iter().map(move |&(id, place)| (place, cursor.find(id)))
        });
        let found: Vec<(u32, Option<u32>)> = found.collect();
        let mut numbers = vec![None; ids.len()];
        found.into_iter().for_each(|(place, number)| numbers[place as usize] = number);
        numbers
    }

    /// The number of the id that has this place in byte order.
    pub(crate) fn at_rank(&self, rank: u32) -> u32 {
        self.numbers[rank as usize]
    }

    fn id(&self, rank: usize) -> &str {
        // What is no text can only come from a damaged file that a checksum has passed.
        std::str::from_utf8(self.bytes(rank)).unwrap_or_default()
    }

    #[inline]
    fn bytes(&self, rank: usize) -> &[u8] {
        &self.arena[self.end(rank)..self.end(rank + 1)]
    }

    /// Where the id before this place in byte order ends.
    #[inline]
    fn end(&self, rank: usize) -> usize {
        let high = if self.carries.is_empty() { 0 } else { self.carries.partition_point(|&c| c as usize <= rank) };
        high << 32 | self.ends[rank] as usize
    }

    /// The place of the id in byte order between `low` and `high`, or where it would be.
    fn search(&self, mut low: usize, mut high: usize, id: &str) -> Result<usize, usize> {
        while low < high {
            let middle = low + (high - low) / 2;
            match self.bytes(middle).cmp(id.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Finds ids, the quicker the closer each lies behind the one before in byte order.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    ids: &'a Ids,
    next: usize,
}

impl Cursor<'_> {
    /// The number of an id; none if it has none. O(log d) if it lies d places on, else O(log n).
    pub fn find(&mut self, id: &str) -> Option<u32> {
        let (ids, n) = (self.ids, self.ids.len());
        let (mut low, mut step) = (self.next, 1);
        if low < n && ids.bytes(low) == id.as_bytes() {
            self.next = low + 1;
            return Some(ids.numbers[low]);
        }
        if low > 0 && (low == n || ids.bytes(low) > id.as_bytes()) {
            low = 0;
            step = n;
        }
        while low + step < n && ids.bytes(low + step - 1) < id.as_bytes() {
            low += step;
            step *= 2;
        }
        let found = ids.search(low, (low + step).min(n), id);
        self.next = found.map_or_else(|rank| rank, |rank| rank + 1);
        found.ok().map(|rank| ids.numbers[rank])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_follow_byte_order_whatever_came_first() {
        let ids = Ids::collect(["b", "é", "a", "", "b", "ab", "Z", "علي"]);
        let names: Vec<_> = ids.in_order().map(|number| ids.name(number)).collect();
        assert_eq!(names, ["", "Z", "a", "ab", "b", "é", "علي"]);
        for (number, name) in (0..).zip(&names) {
            assert_eq!(ids.get(name), Some(number));
        }
        assert_eq!(ids.len(), 7);
    }

    #[test]
    fn strangers_have_no_number() {
        let ids = Ids::collect(["did:plc:a", "did:plc:b"]);
        assert_eq!(ids.get("did:plc:"), None);
        assert_eq!(ids.get("did:plc:ab"), None);
        let none = Ids::collect([]);
        assert!(none.is_empty());
        assert_eq!((none.get(""), none.cursor().find("a")), (None, None));
        assert_eq!(none.in_order().len(), 0);
        assert_eq!(Ids::collect([""]).get(""), Some(0));
    }

    #[test]
    fn a_cursor_finds_what_a_search_finds() {
        let names: Vec<String> = (0..1000).map(|i| format!("{:x}", i * 7919 % 50_021)).collect();
        let ids = Ids::collect(names.iter().map(String::as_str));
        let mut cursor = ids.cursor();
        let forth = ids.in_order().step_by(7).chain(ids.in_order()).map(|number| ids.name(number).to_owned());
        let anyhow = (0..3000).map(|i| format!("{:x}", i * 31 % 60_000));
        for id in forth.chain(anyhow).chain(["".to_owned(), "g".to_owned(), "".to_owned()]) {
            assert_eq!(cursor.find(&id), ids.get(&id), "{id}");
        }
        let many: Vec<String> = (0..20_000).map(|i| format!("{:x}", i * 31 % 60_000)).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(ids.get_all(&many), many.iter().map(|id| ids.get(id)).collect::<Vec<_>>());
    }
}
