//! Lists of accounts in the compressed form: the gaps between neighbours in a list, in as many bytes as each takes.
//!
//! ```text
//! list      how many, a LEB128 number, then as many gaps; nothing where nobody is in it
//! gaps      a byte for each four: two bits each, its bytes less one, the first lowest; then the bytes, low ones first
//! ```
//!
//! A gap is how many accounts are left out since the one before, for the first since account 0. Hubs have low numbers, so
//! what is often in lists lies close together, and gaps are small. Since all lengths lie apart from
//! the bytes, a decoder never waits for one gap to know where the next begins.
//!
//! Lemire, Kurz and Rupp, *Stream VByte: faster byte-oriented integer compression*, 2018.

use std::ops::Range;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::array::Array;
use crate::lists::even;

/// Where a list ends among all codes, low byte first: up to a tebibyte.
pub(crate) type End = [u8; 5];

/// Two gaps are read as one word of this many bytes.
const WORD: usize = 8;
/// What lies behind the last list: four gaps are read at once though the last may have but one, and as whole words.
pub(crate) const BEHIND: [u8; WORD + 3] = [0; WORD + 3];

/// A list of accounts for each account, each ascending without repeats.
#[derive(Clone)]
pub(crate) struct Coded {
    /// Where each list ends; a leading zero.
    ends: Array<End>,
    codes: Array<u8>,
    items: usize,
}

impl Coded {
    /// Lists that were encoded here.
    pub(crate) fn new(ends: Array<End>, codes: Array<u8>, items: usize) -> Self {
        Self { ends, codes, items }
    }

    /// Lists from outside; none unless each is an ascending list of accounts below `accounts`. Decodes all.
    pub(crate) fn checked(ends: Array<End>, codes: Array<u8>, accounts: usize) -> Option<Self> {
        let last = ends.last().map(|&end| position(end) + BEHIND.len());
        let whole = ends.first() == Some(&End::default()) && last == Some(codes.len());
        let lists = (whole && ends.is_sorted_by_key(|&end| position(end))).then_some(Self { ends, codes, items: 0 })?;
        let check = |list: &mut Vec<u32>, owner: usize| {
            list.clear();
            let sound = lists.decode(owner as u32, list).is_some()
                && list.is_sorted_by(|a, b| a < b)
                && list.last().is_none_or(|&last| (last as usize) < accounts);
            sound.then_some(list.len())
        };
        let owners = (0..lists.owners()).into_par_iter().with_min_len(1024);
        let items = owners.map_init(Vec::new, check).try_reduce(|| 0, |a, b| Some(a + b))?;
        Some(Self { items, ..lists })
    }

    /// Puts the account's list behind what is in `into`.
    ///
    /// # Panics
    /// If the account has none.
    #[inline]
    pub(crate) fn read(&self, owner: u32, into: &mut Vec<u32>) {
        assert!(self.decode(owner, into).is_some(), "lists are checked before they are read");
    }

    /// The same; none where the account's codes are no list, or of another length.
    #[inline]
    fn decode(&self, owner: u32, into: &mut Vec<u32>) -> Option<()> {
        let codes = self.codes(owner);
        if codes.is_empty() {
            return Some(());
        }
        let (count, head) = count(&self.codes[codes.clone()])?;
        let (fours, start) = (count.div_ceil(4), into.len());
        let gaps = codes.start + head + fours;
        // A gap has a byte at least: what a list from outside may ask for in memory is bounded by what it has in the file.
        if gaps + count > codes.end {
            return None;
        }
        into.resize(start + 4 * fours, 0);
        let read = decode(&self.codes[gaps - fours..gaps], self.codes.get(gaps..)?, &mut into[start..])?;
        into.truncate(start + count);
        // The gaps that a last four lacks count as a byte each.
        (gaps + read == codes.end + (4 * fours - count)).then_some(())
    }

    /// Where the account's codes are.
    #[inline]
    fn codes(&self, owner: u32) -> Range<usize> {
        position(self.ends[owner as usize])..position(self.ends[owner as usize + 1])
    }

    /// How long the account's list is.
    #[inline]
    pub(crate) fn degree(&self, owner: u32) -> usize {
        count(&self.codes[self.codes(owner)]).map_or(0, |(count, _)| count)
    }

    /// How many lists there are.
    pub(crate) fn owners(&self) -> usize {
        self.ends.len() - 1
    }

    /// How many accounts there are in all lists.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// How many bytes they take, with where they end.
    pub(crate) fn bytes(&self) -> usize {
        self.ends.bytes().len() + self.codes.len()
    }

    /// The owners in `parts` ranges of about as many codes each.
    pub(crate) fn ranges(&self, parts: usize) -> Vec<Range<u32>> {
        even(&self.ends, |&end| position(end), parts)
    }
}

#[inline]
fn position(end: End) -> usize {
    let [a, b, c, d, e] = end;
    u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]) as usize
}

/// How long a list is, and how many bytes say so.
#[inline]
fn count(codes: &[u8]) -> Option<(usize, usize)> {
    let mut count = 0;
    for (i, &byte) in codes.iter().enumerate().take(5) {
        count |= usize::from(byte & 0x7F) << (7 * i);
        if byte < 0x80 {
            return Some((count, i + 1));
        }
    }
    None
}

/// How two gaps lie in a word.
#[derive(Clone, Copy)]
struct Pair {
    bytes: usize,
    first: u32,
    shift: u32,
    second: u32,
}

/// By the four bits that say how many bytes two gaps have.
const PAIRS: [Pair; 16] = {
    let mut pairs = [Pair { bytes: 0, first: 0, shift: 0, second: 0 }; 16];
    let mut lengths = 0;
    while lengths < 16 {
        let (first, second) = (lengths as u32 % 4 + 1, lengths as u32 / 4 + 1);
        pairs[lengths] = Pair {
            bytes: (first + second) as usize,
            first: u32::MAX >> (32 - 8 * first),
            shift: 8 * first,
            second: u32::MAX >> (32 - 8 * second),
        };
        lengths += 1;
    }
    pairs
};

/// Decodes four accounts for each byte of lengths. Gives how many bytes their gaps have; none where that is too many.
#[inline]
fn decode(lengths: &[u8], gaps: &[u8], into: &mut [u32]) -> Option<usize> {
    let mut left = gaps;
    let mut pair = |lengths: u8| {
        let pair = &PAIRS[usize::from(lengths & 15)];
        let word = u64::from_le_bytes(*left.first_chunk::<WORD>()?);
        left = &left[pair.bytes..];
        Some((word as u32 & pair.first, (word >> pair.shift) as u32 & pair.second))
    };
    // From codes that are no list an account may wrap round: it is looked at before it is used.
    let mut last = u32::MAX;
    let mut next = |gap: u32| {
        last = last.wrapping_add(gap).wrapping_add(1);
        last
    };
    for (four, &lengths) in into.as_chunks_mut::<4>().0.iter_mut().zip(lengths) {
        let ((a, b), (c, d)) = (pair(lengths)?, pair(lengths >> 4)?);
        *four = [next(a), next(b), next(c), next(d)];
    }
    Some(gaps.len() - left.len())
}

/// Puts a list's codes behind what is in `codes`. Gives how many bytes they have.
pub(crate) fn encode(list: &[u32], codes: &mut Vec<u8>) -> usize {
    if list.is_empty() {
        return 0;
    }
    let (start, mut count) = (codes.len(), list.len());
    while count >= 0x80 {
        codes.push(count as u8 | 0x80);
        count >>= 7;
    }
    codes.push(count as u8);
    let lengths = codes.len();
    codes.resize(lengths + list.len().div_ceil(4), 0);
    let mut last = u32::MAX;
    for (i, &item) in list.iter().enumerate() {
        let gap = item.wrapping_sub(last).wrapping_sub(1);
        let bytes = (4 - gap.leading_zeros() as usize / 8).max(1);
        codes[lengths + i / 4] |= (bytes as u8 - 1) << (2 * (i % 4));
        codes.extend_from_slice(&gap.to_le_bytes()[..bytes]);
        last = item;
    }
    codes.len() - start
}

/// Where lists end, as they come.
pub(crate) struct Ends {
    ends: Vec<End>,
    last: usize,
}

impl Ends {
    pub(crate) fn new(owners: usize) -> Self {
        let mut ends = Vec::with_capacity(owners + 1);
        ends.push(End::default());
        Self { ends, last: 0 }
    }

    /// One more list of so many bytes; none where all together are more than can be said.
    pub(crate) fn push(&mut self, bytes: usize) -> Option<()> {
        self.last += bytes;
        let [a, b, c, d, e, 0, 0, 0] = (self.last as u64).to_le_bytes() else { return None };
        self.ends.push([a, b, c, d, e]);
        Some(())
    }

    pub(crate) fn into_vec(self) -> Vec<End> {
        self.ends
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    /// Codes of these lists, with what lies behind them, and where each ends.
    fn encoded(lists: &[Vec<u32>]) -> (Vec<End>, Vec<u8>) {
        let (mut ends, mut codes) = (Ends::new(lists.len()), Vec::new());
        lists.iter().for_each(|list| ends.push(encode(list, &mut codes)).unwrap());
        codes.extend_from_slice(&BEHIND);
        (ends.into_vec(), codes)
    }

    fn read(lists: &Coded, owner: usize) -> Vec<u32> {
        let mut list = Vec::new();
        lists.read(owner as u32, &mut list);
        list
    }

    /// Lists of accounts far apart and close together, up to the largest there is.
    fn lists() -> impl Strategy<Value = Vec<Vec<u32>>> {
        let item = prop_oneof![0_u32..40, 0_u32..1 << 18, any::<u32>(), Just(u32::MAX)];
        vec(btree_set(item, 0..200), 1..12).prop_map(|lists| lists.into_iter().map(Vec::from_iter).collect())
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(lists in lists()) {
            let (ends, codes) = encoded(&lists);
            let all = lists.iter().flatten().max().map_or(0, |&most| most as usize + 1);
            let found = Coded::checked(ends.clone().into(), codes.clone().into(), all).unwrap();
            prop_assert_eq!((found.owners(), found.items()), (lists.len(), lists.iter().map(Vec::len).sum()));
            for (owner, list) in lists.iter().enumerate() {
                prop_assert_eq!(found.degree(owner as u32), list.len());
                prop_assert_eq!(&read(&found, owner), list);
            }
            if all > 0 {
                prop_assert!(Coded::checked(ends.into(), codes.into(), all - 1).is_none(), "nobody has that number");
            }
        }

        #[test]
        fn codes_that_are_no_lists_are_refused_or_read_as_lists(
            lists in lists(), hits in vec((any::<usize>(), any::<u8>()), 1..6), cut in 0_usize..20, of_ends: bool,
        ) {
            let (mut ends, mut codes) = encoded(&lists);
            for (at, byte) in hits {
                let bytes = if of_ends { ends.as_flattened_mut() } else { &mut codes };
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            codes.truncate(codes.len() - cut.min(codes.len()) * usize::from(cut < 10));
            if let Some(found) = Coded::checked(ends.into(), codes.into(), 1 << 18) {
                let lists: Vec<Vec<u32>> = (0..found.owners()).map(|owner| read(&found, owner)).collect();
                prop_assert_eq!(found.items(), lists.iter().map(Vec::len).sum());
                prop_assert!(lists.iter().all(|list| list.is_sorted_by(|a, b| a < b)));
                prop_assert!(lists.iter().flatten().all(|&account| account < 1 << 18));
                prop_assert!((0..).zip(&lists).all(|(owner, list)| found.degree(owner) == list.len()));
            }
        }

        #[test]
        fn bytes_by_lot_are_no_trouble(ends in vec(0_usize..40, 0..9), codes in vec(any::<u8>(), 0..60)) {
            let mut ends: Vec<End> = ends.iter().map(|&end| [end as u8, 0, 0, 0, 0]).collect();
            ends.sort_unstable();
            if let Some(found) = Coded::checked(ends.into(), codes.into(), 1000) {
                (0..found.owners()).for_each(|owner| drop(read(&found, owner)));
            }
        }
    }

    #[test]
    fn a_follow_of_a_hub_takes_ten_bits() {
        let list: Vec<u32> = (0..1000).map(|i| i * 200).collect();
        assert_eq!(encoded(&[list]).1.len(), 2 + 250 + 1000 + BEHIND.len());
        assert_eq!(encoded(&[vec![], vec![]]).1.len(), BEHIND.len());
    }

    #[test]
    fn an_end_is_at_most_a_tebibyte_away() {
        let mut ends = Ends::new(2);
        assert!(ends.push((1 << 40) - 1).is_some() && ends.push(1).is_none());
        assert_eq!(position(ends.into_vec()[1]), (1 << 40) - 1);
    }
}
