use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use rayon::slice::ParallelSliceMut;

/// A slot of the index that no id uses.
const EMPTY: u32 = u32::MAX;

/// Dense numbers for string ids: 0, 1, 2, … in the byte order of the strings, so that the same ids get the same
/// numbers in whatever order they came.
///
/// The strings lie end to end in one arena. An open-addressing index with linear probing, at most half full, finds
/// a number in O(1); its hash is keyed afresh each time, so that no chosen ids can make it slow.
#[derive(Clone)]
pub struct Ids {
    arena: String,
    /// Where each id ends in the arena; a leading zero.
    ends: Vec<usize>,
    /// Numbers, placed by hash.
    slots: Vec<u32>,
    keys: RandomState,
}

impl Ids {
    /// Numbers the ids, repeats once. O(k) for k ids given, O(u log u) for the u different among them.
    ///
    /// # Panics
    /// On 2³² − 1 different ids or more.
    pub fn collect<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = ids.into_iter().collect::<HashSet<_>>().into_iter().collect();
        assert!(names.len() < EMPTY as usize, "more ids than a u32 can number");
        names.par_sort_unstable();

        let mut arena = String::with_capacity(names.iter().map(|name| name.len()).sum());
        let mut ends = Vec::with_capacity(names.len() + 1);
        ends.push(0);
        for name in &names {
            arena.push_str(name);
            ends.push(arena.len());
        }

        let keys = RandomState::new();
        let mut slots = vec![EMPTY; (2 * names.len()).next_power_of_two()];
        let mask = slots.len() - 1;
        for (number, name) in (0..).zip(&names) {
            let mut slot = keys.hash_one(name) as usize & mask;
            while slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            slots[slot] = number;
        }
        Self { arena, ends, slots, keys }
    }

    /// How many ids there are.
    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of an id; none if it was not collected.
    pub fn get(&self, id: &str) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut slot = self.keys.hash_one(id) as usize & mask;
        // An index at most half full has an empty slot to end the search.
        while self.slots[slot] != EMPTY {
            if self.name(self.slots[slot]) == id {
                return Some(self.slots[slot]);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    /// The id that has this number.
    ///
    /// # Panics
    /// If no id has it.
    pub fn name(&self, number: u32) -> &str {
        let number = number as usize;
        &self.arena[self.ends[number]..self.ends[number + 1]]
    }

    /// The numbers of all accounts, in the byte order of their ids.
    pub fn in_order(&self) -> impl ExactSizeIterator<Item = u32> + Clone {
        0..self.len() as u32
    }

    /// Looks up many ids that mostly come in the byte order of the ids, as tables are written in.
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor { ids: self, next: 0 }
    }

    /// The ids in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.ends.windows(2).map(|ends| &self.arena[ends[0]..ends[1]])
    }
}

/// Finds the numbers of ids, the one after the last found first. See [`Ids::cursor`].
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    ids: &'a Ids,
    next: u32,
}

impl Cursor<'_> {
    /// The number of an id; none if it was not collected.
    pub fn find(&mut self, id: &str) -> Option<u32> {
        let next = ((self.next as usize) < self.ids.len() && self.ids.name(self.next) == id).then_some(self.next);
        let found = next.or_else(|| self.ids.get(id))?;
        self.next = found + 1;
        Some(found)
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_follow_byte_order_whatever_came_first() {
        let ids = Ids::collect(["b", "é", "a", "", "b", "ab", "Z", "علي"]);
        let names: Vec<_> = ids.iter().collect();
        assert_eq!(names, ["", "Z", "a", "ab", "b", "é", "علي"]);
        for (number, name) in (0..).zip(&names) {
            assert_eq!(ids.get(name), Some(number));
            assert_eq!(ids.name(number), *name);
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
        assert_eq!(none.get(""), None);
        assert_eq!(none.iter().len(), 0);
        assert_eq!(Ids::collect([""]).get(""), Some(0));
    }

    #[test]
    fn many_ids_come_back() {
        let names: Vec<String> = (0..50_000).map(|i| format!("did:plc:{:x}", i * 7919 % 50_021)).collect();
        let ids = Ids::collect(names.iter().chain(names.iter().rev()).map(String::as_str));
        assert_eq!(ids.len(), names.len());
        for name in &names {
            assert_eq!(ids.name(ids.get(name).unwrap()), name);
        }
    }
}
