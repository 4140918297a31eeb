use std::ops::Range;

/// A list of accounts for each account, end to end in one array (compressed sparse rows).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Lists {
    /// Where each list ends; a leading zero.
    ends: Vec<usize>,
    items: Vec<u32>,
}

impl Lists {
    /// Puts each pair's second under its first, by counting sort: once over the pairs to count, once to place.
    /// A list keeps the order in which its items come. Every first is under `n`.
    pub(crate) fn of_pairs(n: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut ends = vec![0; n + 1];
        pairs.clone().for_each(|(owner, _)| ends[owner as usize + 1] += 1);
        for owner in 0..n {
            ends[owner + 1] += ends[owner];
        }
        let mut next = ends.clone();
        let mut items = vec![0; ends[n]];
        pairs.for_each(|(owner, item)| {
            items[next[owner as usize]] = item;
            next[owner as usize] += 1;
        });
        Self { ends, items }
    }

    /// Turns every pair round. The lists that come out are in ascending order. Every item is a list's owner.
    pub(crate) fn transposed(&self) -> Self {
        let n = self.ends.len() - 1;
        Self::of_pairs(n, (0..n as u32).flat_map(|owner| self.of(owner).iter().map(move |&item| (item, owner))))
    }

    /// Keeps one of each run of equal items in a list; says how many went.
    pub(crate) fn dedup(&mut self) -> usize {
        let (mut read, mut kept) = (0, 0);
        for end in &mut self.ends[1..] {
            let start = kept;
            while read < *end {
                let item = self.items[read];
                if kept == start || self.items[kept - 1] != item {
                    self.items[kept] = item;
                    kept += 1;
                }
                read += 1;
            }
            *end = kept;
        }
        self.items.truncate(kept);
        read - kept
    }

    /// The account's list.
    #[inline]
    pub(crate) fn of(&self, owner: u32) -> &[u32] {
        let owner = owner as usize;
        &self.items[self.ends[owner]..self.ends[owner + 1]]
    }

    /// The lists of neighbouring accounts, end to end.
    #[inline]
    pub(crate) fn of_each(&self, owners: Range<u32>) -> &[u32] {
        &self.items[self.ends[owners.start as usize]..self.ends[owners.end as usize]]
    }

    /// How many lists there are.
    pub(crate) fn owners(&self) -> usize {
        self.ends.len() - 1
    }

    /// How many items there are in all lists.
    pub(crate) fn items(&self) -> usize {
        self.items.len()
    }
}
