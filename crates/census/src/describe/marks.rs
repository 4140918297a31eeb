//! Which of a few things hold of each account: several may, or none.

use std::collections::HashMap;

use super::traits::{Gathered, Labels};

/// Marks of accounts, each one of a list of labels.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Marks {
    /// The labels, ascending.
    pub(super) labels: Vec<String>,
    /// Where each account's marks end; empty where the data says nothing of any account.
    ends: Vec<u32>,
    /// The numbers of the labels, account by account, each once.
    marks: Vec<u32>,
    /// Whether the data says anything of an account.
    known: Vec<bool>,
}

impl Marks {
    #[cfg(test)]
    pub(super) fn of(each: &[Option<Vec<&str>>]) -> Self {
        let mut marking = Marking::new(each.len());
        each.iter().enumerate().for_each(|(unit, own)| marking.set(unit, own.as_deref()));
        marking.done()
    }

    /// From their parts; none where these do not fit.
    pub(super) fn from_parts(labels: Vec<String>, ends: Vec<u32>, marks: Vec<u32>, known: Vec<bool>) -> Option<Self> {
        let sound = ends.len() == known.len()
            && ends.is_sorted()
            && ends.last().is_none_or(|end| *end as usize == marks.len())
            && marks.iter().all(|mark| (*mark as usize) < labels.len());
        sound.then_some(Self { labels, ends, marks, known })
    }

    /// Labels, ends, marks, and which accounts are known.
    pub(super) fn parts(&self) -> (&[String], &[u32], &[u32], &[bool]) {
        (&self.labels, &self.ends, &self.marks, &self.known)
    }

    /// How many accounts there are.
    pub(super) fn units(&self) -> usize {
        self.known.len()
    }

    pub(super) fn known(&self, unit: usize) -> bool {
        self.known.get(unit) == Some(&true)
    }

    /// The numbers of an account's labels.
    pub(super) fn get(&self, unit: usize) -> &[u32] {
        let start = unit.checked_sub(1).map_or(0, |before| self.ends[before]) as usize;
        &self.marks[start..self.ends[unit] as usize]
    }

    /// The same of labels of which an account has at most one.
    pub(super) fn one(of: &[Option<&str>]) -> Labels {
        let mut gathered = Gathered::new(of.len());
        of.iter().enumerate().for_each(|(unit, label)| gathered.set(unit, *label));
        gathered.sorted()
    }
}

/// Marks being gathered, numbered as they come.
pub(super) struct Marking {
    numbers: HashMap<String, u32>,
    each: Vec<Option<Box<[u32]>>>,
}

impl Marking {
    pub(super) fn new(units: usize) -> Self {
        Self { numbers: HashMap::new(), each: vec![None; units] }
    }

    /// The marks of an account; none where the data says nothing of it.
    pub(super) fn set(&mut self, unit: usize, labels: Option<&[impl AsRef<str>]>) {
        let mut number = |label: &str| match self.numbers.get(label) {
            Some(number) => *number,
            None => {
                let next = self.numbers.len() as u32;
                self.numbers.insert(label.to_owned(), next);
                next
            }
        };
        self.each[unit] = labels.map(|labels| labels.iter().map(|label| number(label.as_ref())).collect());
    }

    /// Numbers the labels in their own order.
    pub(super) fn done(self) -> Marks {
        let mut labels: Vec<(String, u32)> = self.numbers.into_iter().collect();
        labels.sort_unstable();
        let mut places = vec![0; labels.len()];
        (0..).zip(&labels).for_each(|(place, (_, number))| places[*number as usize] = place);
        let (mut ends, mut marks) = (Vec::with_capacity(self.each.len()), Vec::new());
        let known = self.each.iter().map(Option::is_some).collect();
        for own in self.each {
            let mut own: Vec<u32> = own.iter().flatten().map(|number| places[*number as usize]).collect();
            own.sort_unstable();
            own.dedup();
            marks.extend(own);
            ends.push(marks.len() as u32);
        }
        Marks { labels: labels.into_iter().map(|(label, _)| label).collect(), ends, marks, known }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn marks_of_each() {
        let marks = Marks::of(&[Some(vec!["b", "a", "b"]), None, Some(vec![]), Some(vec!["c"])]);
        assert_eq!((marks.labels.as_slice(), marks.units()), (&["a".to_owned(), "b".into(), "c".into()][..], 4));
        assert_eq!((marks.get(0), marks.get(1), marks.get(2), marks.get(3)), (&[0, 1][..], &[][..], &[][..], &[2][..]));
        assert_eq!((0..4).map(|unit| marks.known(unit)).collect::<Vec<_>>(), [true, false, true, true]);
        let (labels, ends, own, known) = marks.parts();
        let again = Marks::from_parts(labels.to_vec(), ends.to_vec(), own.to_vec(), known.to_vec());
        assert_eq!(again.as_ref(), Some(&marks));
        assert!(Marks::from_parts(labels.to_vec(), ends.to_vec(), vec![9; own.len()], known.to_vec()).is_none());
        assert!(Marks::from_parts(labels.to_vec(), vec![9, 1], own.to_vec(), vec![true; 2]).is_none());
    }
}
