use crate::{Error, Result};

/// More waves than this are refused: the models have a few parameters for each.
pub const MAX_WAVES: usize = 120;

/// One unit's waves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// At which waves it was seen.
    pub seen: Vec<bool>,
    /// Whether it was taken out of the population when it was last seen, such as an account suspended for being found.
    pub removed: bool,
}

/// What the models need to know of the histories: counts by wave.
///
/// ```text
/// uₜ    first seen at t                          mᵢⱼ   let go at i and next seen at j
/// Rₜ    let go at t: seen and not removed        mⱼ = Σᵢ mᵢⱼ,   rᵢ = Σⱼ mᵢⱼ,   nₜ = uₜ + mₜ
/// zₜ    seen before t and after t, not at t
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captures {
    pub(super) first: Vec<u64>,
    pub(super) released: Vec<u64>,
    again: Vec<Vec<u64>>,
}

impl Captures {
    /// From histories, all of the same number of waves. Units never seen add nothing.
    ///
    /// # Errors
    /// With fewer than 3 or more than [`MAX_WAVES`] waves, histories of different lengths, or nobody seen.
    pub fn from_histories(histories: &[History]) -> Result<Self> {
        let k = histories.first().map_or(0, |h| h.seen.len());
        if histories.iter().any(|h| h.seen.len() != k) {
            return Err(Error::Argument("every history must have the same number of waves"));
        }
        if !(3..=MAX_WAVES).contains(&k) {
            return Err(Error::Argument("an open population takes 3 to 120 waves"));
        }
        let (mut first, mut released, mut again) = (vec![0; k], vec![0; k], vec![vec![0; k]; k]);
        for history in histories {
            let mut last: Option<usize> = None;
            for t in (0..k).filter(|&t| history.seen[t]) {
                match last {
                    None => first[t] += 1,
                    Some(i) => again[i][t] += 1,
                }
                released[t] += 1;
                last = Some(t);
            }
            if let (Some(t), true) = (last, history.removed) {
                released[t] -= 1;
            }
        }
        Self::from_counts(first, released, again)
    }

    /// From counts: `first` uₜ, `released` Rₜ, and `again` mᵢⱼ as k rows of k (the m-array).
    ///
    /// # Errors
    /// With fewer than 3 or more than [`MAX_WAVES`] waves, or counts that cannot be: a unit seen again before it was
    /// let go, more seen again than were let go, more let go than were seen, nobody seen.
    pub fn from_counts(first: Vec<u64>, released: Vec<u64>, again: Vec<Vec<u64>>) -> Result<Self> {
        let k = first.len();
        if !(3..=MAX_WAVES).contains(&k) {
            return Err(Error::Argument("an open population takes 3 to 120 waves"));
        }
        if released.len() != k || again.len() != k || again.iter().any(|row| row.len() != k) {
            return Err(Error::Argument("there must be one count for each wave"));
        }
        let large = |n: &u64| *n > u64::from(u32::MAX);
        if first.iter().any(large) || released.iter().any(large) || again.iter().flatten().any(large) {
            return Err(Error::Argument("a count is too large to be one"));
        }
        let captures = Self { first, released, again };
        for t in 0..k {
            if captures.again[t][..=t].iter().any(|&m| m > 0) {
                return Err(Error::Argument("a unit can only be seen again after it was let go"));
            }
            if captures.seen_later(t) > captures.released[t] || captures.released[t] > captures.seen(t) {
                return Err(Error::Argument("more units were seen again or let go than there can be"));
            }
        }
        if captures.first.iter().all(|&u| u == 0) { Err(Error::NoLabels) } else { Ok(captures) }
    }

    /// k.
    pub fn waves(&self) -> usize {
        self.first.len()
    }

    /// Σu, how many different units were seen.
    pub fn units(&self) -> u64 {
        self.first.iter().sum()
    }

    /// mₜ.
    pub(super) fn seen_before(&self, t: usize) -> u64 {
        self.again[..t].iter().map(|row| row[t]).sum()
    }

    /// rₜ.
    pub(super) fn seen_later(&self, t: usize) -> u64 {
        self.again[t].iter().sum()
    }

    /// nₜ.
    pub(super) fn seen(&self, t: usize) -> u64 {
        self.first[t] + self.seen_before(t)
    }

    /// zₜ.
    pub(super) fn missed(&self, t: usize) -> u64 {
        self.again[..t].iter().map(|row| row[t + 1..].iter().sum::<u64>()).sum()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn history(text: &str, removed: bool) -> History {
        History { seen: text.chars().map(|c| c == '1').collect(), removed }
    }

    #[test]
    fn histories_are_counted_by_wave() {
        let all = [history("1011", false), history("0110", true), history("0000", false), history("1001", false)];
        let c = Captures::from_histories(&all).unwrap();
        assert_eq!((c.waves(), c.units()), (4, 3));
        assert_eq!((c.first.as_slice(), c.released.as_slice()), (&[2, 1, 0, 0][..], &[2, 1, 1, 2][..]));
        assert_eq!((0..4).map(|t| c.seen_before(t)).collect::<Vec<_>>(), [0, 0, 2, 2]);
        assert_eq!((0..4).map(|t| c.seen_later(t)).collect::<Vec<_>>(), [2, 1, 1, 0]);
        assert_eq!((0..4).map(|t| c.missed(t)).collect::<Vec<_>>(), [0, 2, 1, 0]);
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        let row = |m: [u64; 3]| m.to_vec();
        let none = || vec![row([0; 3]); 3];
        assert!(Captures::from_counts(vec![1, 0, 0], vec![1, 0, 0], none()).is_ok());
        assert_eq!(Captures::from_counts(vec![0; 3], vec![0; 3], none()), Err(Error::NoLabels));
        assert!(Captures::from_counts(vec![1, 0, 0], vec![2, 0, 0], none()).is_err(), "more let go than seen");
        let back = vec![row([0, 0, 0]), row([1, 0, 0]), row([0; 3])];
        assert!(Captures::from_counts(vec![1, 1, 0], vec![1, 1, 0], back).is_err(), "seen again before");
        let many = vec![row([0, 2, 0]), row([0; 3]), row([0; 3])];
        assert!(Captures::from_counts(vec![1, 0, 0], vec![1, 2, 0], many).is_err(), "more again than let go");
        assert!(Captures::from_counts(vec![1, 1], vec![1, 1], vec![vec![0; 2]; 2]).is_err(), "two waves");
        assert!(Captures::from_histories(&[]).is_err());
        assert!(Captures::from_histories(&[history("101", false), history("1011", false)]).is_err());
    }
}
