//! What the accounts of a frame say of themselves and in their posts, kept from one run to the next: no label moves it, and
//! it takes long to find out.

use std::collections::HashMap;

use super::traits::{Labels, Tally};
use crate::rows::Micros;

/// What was found in posts and descriptions.
#[derive(Debug, PartialEq)]
pub(super) struct Said {
    /// When the latest post was written.
    pub(super) latest: Option<Micros>,
    pub(super) language: Labels,
    pub(super) client: Labels,
    /// Whether a post of each account was collected.
    pub(super) has_posts: Vec<bool>,
    pub(super) hashtags: Tally,
    pub(super) domains: Tally,
}

impl Said {
    /// As bytes, for a file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut to = Vec::new();
        to.extend(self.latest.unwrap_or(Micros::MIN).to_le_bytes());
        for labels in [&self.language, &self.client] {
            texts(&mut to, &labels.labels);
            numbers(&mut to, labels.of.len(), labels.of.iter().copied());
        }
        numbers(&mut to, self.has_posts.len(), self.has_posts.iter().map(|has| u32::from(*has)));
        for tally in [&self.hashtags, &self.domains] {
            let mut uses: Vec<(&u32, &Vec<(u32, u32)>)> = tally.uses.iter().collect();
            uses.sort_unstable();
            texts(&mut to, &tally.labels);
            numbers(&mut to, 1, [u32::from(tally.full)]);
            numbers(&mut to, uses.len(), uses.iter().map(|(unit, _)| **unit));
            numbers(&mut to, uses.len(), uses.iter().map(|(_, of)| of.len() as u32));
            let all = || uses.iter().flat_map(|(_, of)| of.iter());
            numbers(&mut to, 2 * all().count(), all().flat_map(|(label, times)| [*label, *times]));
        }
        to
    }

    /// Back from the bytes, of a frame of so many units; none from bytes that cannot be it.
    pub(super) fn from_bytes(bytes: &[u8], units: usize) -> Option<Self> {
        let mut from = From(bytes);
        let latest = Some(Micros::from_le_bytes(from.take(8)?.try_into().ok()?)).filter(|at| *at != Micros::MIN);
        let (language, client) = (from.labels(units)?, from.labels(units)?);
        let has_posts: Vec<bool> = from.numbers()?.into_iter().map(|has| has == 1).collect();
        let (hashtags, domains) = (from.tally(units)?, from.tally(units)?);
        let whole = from.0.is_empty() && has_posts.len() == units;
        whole.then_some(Self { latest, language, client, has_posts, hashtags, domains })
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

    fn tally(&mut self, units: usize) -> Option<Tally> {
        let (labels, full, of) = (self.texts()?, self.numbers()? == [1], self.numbers()?);
        let (counts, pairs) = (self.numbers()?, self.numbers()?);
        let mut rest = pairs.as_slice();
        let mut uses = HashMap::with_capacity(of.len());
        for (unit, count) in of.iter().zip(&counts) {
            let (own, others) = rest.split_at_checked((*count as usize).checked_mul(2)?)?;
            uses.insert(*unit, own.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>());
            rest = others;
        }
        let inside = of.iter().all(|unit| (*unit as usize) < units)
            && uses.values().flatten().all(|(label, _)| (*label as usize) < labels.len());
        (of.len() == counts.len() && rest.is_empty() && inside).then(|| Tally::of(labels, uses, full))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::describe::traits::Gathered;

    #[test]
    fn there_and_back() {
        let mut gathered = Gathered::new(3);
        gathered.set(2, Some("ar"));
        let mut other = Gathered::new(3);
        other.set(0, Some("web"));
        other.set(1, Some("app"));
        let uses = HashMap::from([(2, vec![(0, 5), (1, 1)]), (0, vec![(1, 2)])]);
        let said = Said {
            latest: Some(-7),
            language: gathered.sorted(),
            client: other.sorted(),
            has_posts: vec![true, false, true],
            hashtags: Tally::of(vec!["سلام".into(), "a".into()], uses, true),
            domains: Tally::default(),
        };
        let bytes = said.to_bytes();
        assert_eq!(Said::from_bytes(&bytes, 3), Some(said));
        assert!((0..bytes.len()).all(|cut| Said::from_bytes(&bytes[..cut], 3).is_none()));
        assert!(Said::from_bytes(&bytes, 4).is_none());
    }
}
