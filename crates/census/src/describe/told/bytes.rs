//! What was told, as bytes for a file.

use super::Told;
use crate::describe::marks::Marks;
use crate::describe::said::{From, numbers, texts};
use crate::describe::traits::Labels;
use crate::rows::Micros;

impl Told {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut to = Vec::new();
        for labels in self.labels() {
            texts(&mut to, &labels.labels);
            numbers(&mut to, labels.of.len(), labels.of.iter().copied());
        }
        for marks in [&self.given, &self.forms, &self.words, &self.roles] {
            let (labels, ends, marks, known) = marks.parts();
            texts(&mut to, labels);
            numbers(&mut to, ends.len(), ends.iter().copied());
            numbers(&mut to, marks.len(), marks.iter().copied());
            numbers(&mut to, known.len(), known.iter().map(|known| u32::from(*known)));
        }
        let last = || self.last.iter().map(|at| at.unwrap_or(Micros::MIN).cast_unsigned());
        numbers(&mut to, 2 * self.last.len(), last().flat_map(|at| [at as u32, (at >> 32) as u32]));
        to
    }

    fn labels(&self) -> [&Labels; 8] {
        [
            &self.declares,
            &self.country,
            &self.city,
            &self.zone,
            &self.avatar,
            &self.picture,
            &self.located,
            &self.posted_from,
        ]
    }

    /// Back from the bytes, of a frame of so many units; none from bytes that cannot be it.
    pub(super) fn from_bytes(bytes: &[u8], units: usize) -> Option<Self> {
        let mut from = From(bytes);
        let (declares, country, city) = (from.labels(units)?, from.labels(units)?, from.labels(units)?);
        let (zone, avatar, picture) = (from.labels(units)?, from.labels(units)?, from.labels(units)?);
        let (located, posted_from) = (from.labels(units)?, from.labels(units)?);
        let (given, forms) = (marks(&mut from, units)?, marks(&mut from, units)?);
        let (words, roles) = (marks(&mut from, units)?, marks(&mut from, units)?);
        let last = from.numbers()?;
        let time = |pair: &[u32]| (u64::from(pair[0]) | u64::from(pair[1]) << 32).cast_signed();
        let last: Vec<Option<Micros>> =
            last.chunks_exact(2).map(|pair| Some(time(pair)).filter(|at| *at != Micros::MIN)).collect();
        let told = Self {
            declares,
            country,
            city,
            zone,
            avatar,
            picture,
            given,
            forms,
            words,
            roles,
            located,
            posted_from,
            last,
        };
        (from.0.is_empty() && told.last.len() == units).then_some(told)
    }
}

fn marks(from: &mut From<'_>, units: usize) -> Option<Marks> {
    let (labels, ends, marks) = (from.texts()?, from.numbers()?, from.numbers()?);
    let known: Vec<bool> = from.numbers()?.into_iter().map(|known| known == 1).collect();
    Marks::from_parts(labels, ends, marks, known).filter(|marks| marks.units() == units)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn there_and_back() {
        let one = |label: &str| Marks::one(&[None, Some(label), None]);
        let marks = Marks::of(&[Some(vec!["a", "b"]), None, Some(vec![])]);
        let told = Told {
            declares: one("none"),
            country: one("IQ"),
            city: one("IQ/Mosul"),
            zone: one("Baghdad"),
            avatar: one("own"),
            picture: one("alone"),
            given: marks.clone(),
            forms: marks.clone(),
            words: marks.clone(),
            roles: marks,
            located: one("located"),
            posted_from: one("SY"),
            last: vec![None, Some(-5), Some(1 << 50)],
        };
        let bytes = told.to_bytes();
        assert_eq!(Told::from_bytes(&bytes, 3), Some(told));
        assert!((0..bytes.len()).all(|cut| Told::from_bytes(&bytes[..cut], 3).is_none()));
        assert!(Told::from_bytes(&bytes, 4).is_none());
    }
}
