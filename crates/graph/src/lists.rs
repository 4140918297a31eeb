use std::ops::Range;

use crate::array::Array;

/// A list of accounts for each account, end to end in one array (compressed sparse rows).
#[derive(Clone)]
pub(crate) struct Lists {
    /// Where each list ends; a leading zero.
    ends: Array<u32>,
    items: Array<u32>,
}

impl Lists {
    /// Lists that end where `ends` says; none where it does not go up from 0 to the number of items.
    pub(crate) fn new(ends: Array<u32>, items: Array<u32>) -> Option<Self> {
        let whole = ends.first() == Some(&0) && ends.last().map(|&end| end as usize) == Some(items.len());
        (whole && ends.is_sorted()).then_some(Self { ends, items })
    }

    /// Puts each pair's second under its first, by counting sort: once over the pairs to count, once to place.
    /// A list keeps the order in which its items come. Every first is under `n`, and there are under 2³² pairs.
    pub(crate) fn of_pairs(n: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut ends = vec![0_u32; n + 1];
        pairs.clone().for_each(|(owner, _)| ends[owner as usize + 1] += 1);
        for owner in 0..n {
            ends[owner + 1] += ends[owner];
        }
        let mut next = ends.clone();
        let mut items = vec![0; ends[n] as usize];
        pairs.for_each(|(owner, item)| {
            items[next[owner as usize] as usize] = item;
            next[owner as usize] += 1;
        });
        Self { ends: ends.into(), items: items.into() }
    }

    /// The account's list.
    #[inline]
    pub(crate) fn of(&self, owner: u32) -> &[u32] {
        let owner = owner as usize;
        &self.items[self.ends[owner] as usize..self.ends[owner + 1] as usize]
    }

    /// The lists of neighbouring accounts, end to end.
    #[inline]
    pub(crate) fn of_each(&self, owners: Range<u32>) -> &[u32] {
        &self.items[self.ends[owners.start as usize] as usize..self.ends[owners.end as usize] as usize]
    }

    /// How many lists there are.
    pub(crate) fn owners(&self) -> usize {
        self.ends.len() - 1
    }

    /// How many items there are in all lists.
    pub(crate) fn items(&self) -> usize {
        self.items.len()
    }

    /// How many bytes they take, with where they end.
    pub(crate) fn bytes(&self) -> usize {
        self.ends.bytes().len() + self.items.bytes().len()
    }

    /// The owners in `parts` ranges of about as many items each; the same whatever the number of threads if `parts` is.
    pub(crate) fn ranges(&self, parts: usize) -> Vec<Range<u32>> {
        even(&self.ends, |&end| end as usize, parts)
    }
}

/// The owners of lists that end there, in `parts` ranges with about as much in each.
pub(crate) fn even<E>(ends: &[E], position: impl Fn(&E) -> usize, parts: usize) -> Vec<Range<u32>> {
    let n = ends.len() - 1;
    let all = position(&ends[n]);
    let cut = |part: usize| match part {
        0 => 0,
        _ if part == parts => n as u32,
        _ => {
            let before = (all as u128 * part as u128 / parts as u128) as usize;
            ends.partition_point(|end| position(end) < before).min(n) as u32
        }
    };
    (0..parts).map(|part| cut(part)..cut(part + 1)).collect()
}
