//! Counts of each account, packed: the uses of all accounts end to end, and where each account's begin.

use std::collections::HashMap;

use rayon::prelude::*;

/// Different labels kept of one account.
pub(super) const MOST_EACH: usize = 100;
/// Different labels kept in all.
const MOST: usize = 2_000_000;
/// Uses that are held before they are added up.
const MOST_HELD: usize = 1 << 25;

/// How often each account used which label.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tally {
    /// The labels, by number.
    pub(super) labels: Vec<String>,
    /// Label and number of uses, by label, of all accounts in turn.
    pub(super) uses: Vec<(u32, u32)>,
    /// Where the uses of each account begin, and the last end; empty where nobody has any.
    pub(super) starts: Vec<u32>,
    /// Whether a limit was met, so that some uses are not counted.
    pub(super) full: bool,
}

impl Tally {
    /// The labels that an account used, and how often.
    pub(super) fn uses(&self, unit: usize) -> &[(u32, u32)] {
        slice(&self.uses, &self.starts, unit)
    }
}

fn slice<'a, T>(all: &'a [T], starts: &[u32], unit: usize) -> &'a [T] {
    match (starts.get(unit), starts.get(unit + 1)) {
        (Some(from), Some(to)) => &all[*from as usize..*to as usize],
        _ => &[],
    }
}

/// Uses being gathered, in any order.
#[derive(Debug)]
pub(super) struct Uses {
    numbers: HashMap<String, u32>,
    /// Account, label, times.
    held: Vec<(u32, u32, u32)>,
    each: usize,
    full: bool,
}

impl Default for Uses {
    fn default() -> Self {
        Self { numbers: HashMap::new(), held: Vec::new(), each: MOST_EACH, full: false }
    }
}

impl Uses {
    /// The number of a label; none where there are too many.
    pub(super) fn number(&mut self, label: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(label) {
            return Some(*number);
        }
        if self.numbers.len() >= MOST {
            self.full = true;
            return None;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(label.to_owned(), number);
        Some(number)
    }

    pub(super) fn add(&mut self, unit: u32, label: u32, times: u32) {
        self.held.push((unit, label, times));
        if self.held.len() >= MOST_HELD {
            self.pack();
            // Where accounts have so much between them, each keeps less.
            while self.held.len() > MOST_HELD / 4 * 3 && self.each > 1 {
                self.each /= 2;
                self.pack();
            }
        }
    }

    pub(super) fn fill(&mut self) {
        self.full = true;
    }

    /// Adds up what is held, and cuts each account to the labels that it used most.
    fn pack(&mut self) {
        let held = &mut self.held;
        held.par_sort_unstable();
        held.dedup_by(|next, first| {
            let same = (first.0, first.1) == (next.0, next.1);
            if same {
                first.2 = first.2.saturating_add(next.2);
            }
            same
        });
        let (mut kept, mut from) = (0, 0);
        while from < held.len() {
            let to = from + held[from..].partition_point(|use_| use_.0 == held[from].0);
            let own = &mut held[from..to];
            let keep = own.len().min(self.each);
            if keep < own.len() {
                self.full = true;
                own.sort_unstable_by(|a, b| b.2.cmp(&a.2).then(a.1.cmp(&b.1)));
                own[..keep].sort_unstable();
            }
            held.copy_within(from..from + keep, kept);
            (kept, from) = (kept + keep, to);
        }
        held.truncate(kept);
    }

    /// The uses of so many accounts.
    pub(super) fn tally(mut self, units: usize) -> Tally {
        self.pack();
        // Numbered in the order of the labels, whatever order they came in.
        let mut sorted: Vec<(String, u32)> = self.numbers.into_iter().collect();
        sorted.par_sort_unstable();
        let mut places = vec![0; sorted.len()];
        (0..).zip(&sorted).for_each(|(place, (_, number))| places[*number as usize] = place);
        self.held.iter_mut().for_each(|(_, label, _)| *label = places[*label as usize]);
        self.held.par_sort_unstable();
        let labels = sorted.into_iter().map(|(label, _)| label).collect();
        let mut starts = Vec::new();
        if !self.held.is_empty() {
            starts = vec![0; units + 1];
            self.held.iter().for_each(|(unit, ..)| starts[*unit as usize + 1] += 1);
            (0..units).for_each(|unit| starts[unit + 1] += starts[unit]);
        }
        let uses = self.held.into_iter().map(|(_, label, times)| (label, times)).collect();
        Tally { labels, uses, starts, full: self.full }
    }
}

/// How often something with a small number happened to each account: days, hours. 4 bytes each.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) uses: Vec<(u16, u16)>,
    pub(super) starts: Vec<u32>,
}

impl Counts {
    /// What happened to an account, and how often.
    pub(super) fn of(&self, unit: usize) -> &[(u16, u16)] {
        slice(&self.uses, &self.starts, unit)
    }

    /// Adds what happened to the next account that has any; accounts come in order.
    pub(super) fn push(&mut self, unit: usize, sorted: impl Iterator<Item = u16>) {
        self.until(unit);
        let from = self.uses.len();
        for number in sorted {
            match self.uses[from..].last_mut() {
                Some(last) if last.0 == number => last.1 = last.1.saturating_add(1),
                _ => self.uses.push((number, 1)),
            }
        }
    }

    /// Says that accounts before this one had nothing more.
    pub(super) fn until(&mut self, unit: usize) {
        while self.starts.len() <= unit {
            self.starts.push(self.uses.len() as u32);
        }
    }

    /// Adds the counts of the accounts that follow.
    pub(super) fn append(&mut self, next: &Self, first: usize) {
        self.until(first);
        self.starts.truncate(first);
        let before = self.uses.len() as u32;
        self.starts.extend(next.starts.iter().skip(first).map(|start| start + before));
        self.uses.extend(&next.uses);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn uses_add_up_in_any_order() {
        let mut uses = Uses::default();
        let (b, a) = (uses.number("b").unwrap(), uses.number("a").unwrap());
        assert_eq!(uses.number("a"), Some(a));
        for (unit, label, times) in [(2, b, 1), (0, a, 2), (2, a, 1), (2, a, 1), (0, b, 5)] {
            uses.add(unit, label, times);
        }
        let tally = uses.tally(4);
        let (a, b) = (0, 1);
        assert_eq!(tally.labels, ["a", "b"]);
        assert_eq!(
            (tally.uses(0), tally.uses(1), tally.uses(2)),
            (&[(a, 2), (b, 5)][..], &[][..], &[(a, 2), (b, 1)][..])
        );
        assert!(!tally.full);
    }

    #[test]
    fn an_account_keeps_what_it_used_most() {
        let mut uses = Uses::default();
        for label in 0..300 {
            let number = uses.number(&format!("{label}")).unwrap();
            uses.add(1, number, if label == 250 { 9 } else { 1 });
        }
        let tally = uses.tally(2);
        assert!(tally.full && tally.uses(0).is_empty() && tally.uses(1).len() == MOST_EACH);
        let often = tally.uses(1).iter().find(|(_, times)| *times == 9).unwrap();
        assert_eq!(tally.labels[often.0 as usize], "250");
    }

    #[test]
    fn counts_of_some_accounts() {
        let mut counts = Counts::default();
        counts.push(1, [3, 3, 7].into_iter());
        let mut next = Counts::default();
        next.push(4, [2].into_iter());
        next.until(6);
        counts.append(&next, 3);
        let of: Vec<&[(u16, u16)]> = (0..6).map(|unit| counts.of(unit)).collect();
        assert_eq!(of, [&[][..], &[(3, 2), (7, 1)], &[], &[], &[(2, 1)], &[]]);
    }
}
