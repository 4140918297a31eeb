use std::fmt;

const BITS: usize = u64::BITS as usize;

/// A set of accounts: a bitmap, and how many are in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Group {
    words: Vec<u64>,
    universe: usize,
    members: usize,
}

impl Group {
    /// Nobody, out of `n` accounts.
    pub fn new(n: usize) -> Self {
        Self { words: vec![0; n.div_ceil(BITS)], universe: n, members: 0 }
    }

    /// These, out of `n` accounts; repeats count once.
    ///
    /// # Panics
    /// If a member is not among the `n` accounts.
    pub fn from_members(n: usize, members: impl IntoIterator<Item = u32>) -> Self {
        let mut group = Self::new(n);
        for member in members {
            group.insert(member);
        }
        group
    }

    /// Whether the account is a member. An account outside the universe is not.
    #[inline]
    pub fn contains(&self, account: u32) -> bool {
        let account = account as usize;
        self.words.get(account / BITS).is_some_and(|word| word >> (account % BITS) & 1 == 1)
    }

    /// Adds an account; false if it was there.
    ///
    /// # Panics
    /// If the account is outside the universe.
    pub fn insert(&mut self, account: u32) -> bool {
        assert!((account as usize) < self.universe, "account {account} is not one of {}", self.universe);
        let new = !self.contains(account);
        self.words[account as usize / BITS] |= 1 << (account as usize % BITS);
        self.members += usize::from(new);
        new
    }

    /// Takes an account out; false if it was not there.
    pub fn remove(&mut self, account: u32) -> bool {
        let there = self.contains(account);
        if there {
            self.words[account as usize / BITS] &= !(1 << (account as usize % BITS));
            self.members -= 1;
        }
        there
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members == 0
    }

    /// The members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + Clone {
        (0..).step_by(BITS).zip(&self.words).flat_map(|(first, &word)| {
            let rests = std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)));
            rests.take_while(|&rest| rest != 0).map(move |rest| first + rest.trailing_zeros())
        })
    }

    /// Those in either.
    ///
    /// # Panics
    /// If the groups are not out of the same accounts.
    pub fn union(mut self, other: &Self) -> Self {
        assert_eq!(self.universe, other.universe, "groups of the same accounts");
        self.members = 0;
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
            self.members += word.count_ones() as usize;
        }
        self
    }

    /// How many accounts the members are out of.
    pub fn universe(&self) -> usize {
        self.universe
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_and_go() {
        let mut group = Group::from_members(130, [129, 0, 63, 64, 0]);
        assert_eq!(group.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert_eq!((group.len(), group.universe()), (4, 130));
        assert!(!group.insert(63) && group.insert(5));
        assert!(group.remove(63) && !group.remove(63));
        assert_eq!(group.iter().collect::<Vec<_>>(), [0, 5, 64, 129]);
        assert_eq!(group.len(), 4);
        let both = group.clone().union(&Group::from_members(130, [5, 7, 128]));
        assert_eq!((both.iter().collect::<Vec<_>>(), both.len()), (vec![0, 5, 7, 64, 128, 129], 6));
        assert!(!group.contains(1) && !group.contains(u32::MAX) && !group.remove(1000));
    }

    #[test]
    fn nobody_is_a_group() {
        for n in [0, 1, 64, 65] {
            assert!(Group::new(n).is_empty());
            assert_eq!(Group::new(n).iter().count(), 0);
            let all = Group::from_members(n, 0..n as u32);
            assert_eq!((all.len(), all.iter().count()), (n, n));
        }
    }

    #[test]
    #[should_panic(expected = "account 64 is not one of 64")]
    fn outsiders_cannot_join() {
        Group::new(64).insert(64);
    }
}
