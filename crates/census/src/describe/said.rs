//! What the accounts of a frame say of themselves and in their posts, kept from one run to the next: no label moves it, and
//! it takes long to find out.

use super::tally::{Counts, Tally};
use super::traits::Labels;
use super::written::{Habit, Written};
use crate::rows::Micros;

/// What was found in posts and descriptions.
#[derive(Debug, PartialEq)]
pub(super) struct Said {
    /// The language that each account writes in.
    pub(super) language: Labels,
    pub(super) written: Written,
}

impl Said {
    /// As bytes, for a file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Self { language, written } = self;
        let mut to = Vec::new();
        to.extend(written.latest.unwrap_or(Micros::MIN).to_le_bytes());
        for labels in [language, &written.client] {
            texts(&mut to, &labels.labels);
            numbers(&mut to, labels.of.len(), labels.of.iter().copied());
        }
        numbers(&mut to, 12 * written.habits.len(), written.habits.iter().flat_map(Habit::numbers));
        for tally in [&written.languages, &written.hashtags, &written.domains] {
            texts(&mut to, &tally.labels);
            numbers(&mut to, 1, [u32::from(tally.full)]);
            numbers(&mut to, tally.starts.len(), tally.starts.iter().copied());
            numbers(&mut to, 2 * tally.uses.len(), tally.uses.iter().flat_map(|(label, times)| [*label, *times]));
        }
        for counts in [&written.days, &written.hours] {
            numbers(&mut to, counts.starts.len(), counts.starts.iter().copied());
            let packed = counts.uses.iter().map(|(of, times)| u32::from(*of) << 16 | u32::from(*times));
            numbers(&mut to, counts.uses.len(), packed);
        }
        to
    }

    /// Back from the bytes, of a frame of so many units; none from bytes that cannot be it.
    pub(super) fn from_bytes(bytes: &[u8], units: usize) -> Option<Self> {
        let mut from = From(bytes);
        let latest = Some(Micros::from_le_bytes(from.take(8)?.try_into().ok()?)).filter(|at| *at != Micros::MIN);
        let (language, client) = (from.labels(units)?, from.labels(units)?);
        let (habits, rest) = (from.numbers()?, units.checked_mul(12)?);
        let habits = (habits.len() == rest).then(|| habits.as_chunks::<12>().0.iter().map(Habit::of).collect())?;
        let (languages, hashtags, domains) = (from.tally(units)?, from.tally(units)?, from.tally(units)?);
        let (days, hours) = (from.counts(units)?, from.counts(units)?);
        let written = Written { latest, habits, client, languages, days, hours, hashtags, domains };
        from.0.is_empty().then_some(Self { language, written })
    }
}

pub(super) fn numbers(to: &mut Vec<u8>, count: usize, numbers: impl IntoIterator<Item = u32>) {
    to.extend((count as u64).to_le_bytes());
    numbers.into_iter().for_each(|n| to.extend(n.to_le_bytes()));
}

pub(super) fn texts(to: &mut Vec<u8>, texts: &[String]) {
    numbers(to, texts.len(), texts.iter().map(|text| text.len() as u32));
    texts.iter().for_each(|text| to.extend(text.as_bytes()));
}

/// Bytes still to be read.
pub(super) struct From<'a>(pub(super) &'a [u8]);

impl<'a> From<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn numbers(&mut self) -> Option<Vec<u32>> {
        let count = usize::try_from(u64::from_le_bytes(self.take(8)?.try_into().ok()?)).ok()?;
        let bytes = self.take(count.checked_mul(4)?)?;
        Some(bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    pub(super) fn texts(&mut self) -> Option<Vec<String>> {
        let lengths = self.numbers()?;
        lengths
            .into_iter()
            .map(|length| Some(std::str::from_utf8(self.take(length as usize)?).ok()?.to_owned()))
            .collect()
    }

    pub(super) fn labels(&mut self, units: usize) -> Option<Labels> {
        let labels = Labels { labels: self.texts()?, of: self.numbers()? };
        let known = |of: &u32| *of == Labels::NONE || (*of as usize) < labels.labels.len();
        (labels.of.len() == units && labels.of.iter().all(known)).then_some(labels)
    }

    /// Where each unit's uses begin, of so many in all.
    fn starts(&mut self, units: usize) -> Option<Vec<u32>> {
        let starts = self.numbers()?;
        (starts.is_empty() || starts.len() == units + 1 && starts.is_sorted()).then_some(starts)
    }

    fn tally(&mut self, units: usize) -> Option<Tally> {
        let (labels, full, starts) = (self.texts()?, self.numbers()? == [1], self.starts(units)?);
        let (pairs, odd) = {
            let numbers = self.numbers()?;
            let (pairs, odd) = numbers.as_chunks::<2>();
            (pairs.iter().map(|[label, times]| (*label, *times)).collect::<Vec<_>>(), odd.len())
        };
        let sound = odd == 0
            && starts.last().copied().unwrap_or(0) as usize == pairs.len()
            && pairs.iter().all(|(label, _)| (*label as usize) < labels.len());
        sound.then_some(Tally { labels, uses: pairs, starts, full })
    }

    fn counts(&mut self, units: usize) -> Option<Counts> {
        let (starts, uses) = (self.starts(units)?, self.numbers()?);
        let sound = starts.last().copied().unwrap_or(0) as usize == uses.len();
        let uses = uses.into_iter().map(|packed| ((packed >> 16) as u16, packed as u16)).collect();
        sound.then_some(Counts { uses, starts })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::describe::tally::Uses;
    use crate::describe::traits::Gathered;

    #[test]
    fn there_and_back() {
        let mut gathered = Gathered::new(3);
        gathered.set(2, Some("ar"));
        let mut other = Gathered::new(3);
        other.set(0, Some("web"));
        other.set(1, Some("app"));
        let mut uses = Uses::default();
        let (first, second) = (uses.number("سلام").unwrap(), uses.number("a").unwrap());
        uses.add(2, first, 5);
        uses.add(0, second, 2);
        let mut days = Counts::default();
        days.push(1, [7, 7, 65_535].into_iter());
        days.until(3);
        let written = Written {
            latest: Some(-7),
            habits: vec![Habit::default(), Habit { posts: 3, minute: 9, ..Habit::default() }, Habit::default()],
            client: other.sorted(),
            languages: Tally::default(),
            days,
            hours: Counts::default(),
            hashtags: uses.tally(3),
            domains: Tally::default(),
        };
        let said = Said { language: gathered.sorted(), written };
        let bytes = said.to_bytes();
        assert_eq!(Said::from_bytes(&bytes, 3), Some(said));
        assert!((0..bytes.len()).all(|cut| Said::from_bytes(&bytes[..cut], 3).is_none()));
        assert!(Said::from_bytes(&bytes, 4).is_none());
    }
}
