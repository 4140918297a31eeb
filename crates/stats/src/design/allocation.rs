//! How many units to draw in each stratum.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::{Error, Result};

/// Shares a sample of `n` out over strata in proportion to their sizes, in whole numbers.
///
/// The whole numbers are those of [`neyman`] with the same deviation everywhere: n·N_h/N where that is whole for all h.
///
/// # Errors
/// As for [`neyman`].
pub fn proportional(sizes: &[usize], n: usize, least: usize) -> Result<Vec<usize>> {
    neyman(sizes, &vec![1.0; sizes.len()], n, least)
}

/// Shares a sample of `n` out over strata so that the stratified total varies least, in whole numbers.
///
/// ```text
/// minimise  Σ_h N_h²·S_h²/n_h    over whole n_h with   Σn_h = n,   min(least, N_h) ≤ n_h ≤ N_h
/// ```
///
/// `sizes` N_h are the units in each stratum, `deviations` S_h ≥ 0 what y is thought to deviate by within it (any unit;
/// √(f(1−f)) for a label of score f). Starting from the floor, each further draw goes where it lowers the variance
/// most: to the largest N_h·S_h/√(n_h(n_h+1)). That is exact, and no rounding is left over. A stratum for which Neyman's
/// n·N_h·S_h/ΣN·S asks more than N_h is taken whole. Where all S_h still open are 0, the sizes decide; equals go to the first.
///
/// `least` draws are made in every stratum that has units (2 let its variance be estimated), or as many for all as `n`
/// allows, but never fewer than one: no unit's chance is 0.
///
/// Neyman 1934; Wright 2012, *The equivalence of Neyman optimum allocation for sampling and equal proportions for
/// apportioning the U.S. House of Representatives*; Wright 2017, *Exact optimal sample allocation*.
///
/// # Errors
/// When there are fewer draws than strata with units, more than units, or a deviation is negative or not finite.
pub fn neyman(sizes: &[usize], deviations: &[f64], n: usize, least: usize) -> Result<Vec<usize>> {
    if sizes.len() != deviations.len() {
        return Err(Error::Argument("there must be one deviation a stratum"));
    }
    if deviations.iter().any(|s| !s.is_finite() || *s < 0.0) {
        return Err(Error::Argument("a deviation must be a number that is not negative"));
    }
    let floor = |least: usize| sizes.iter().map(move |&size| size.min(least));
    let sum = |least: usize| floor(least).fold(0usize, usize::saturating_add);
    if sum(usize::MAX) < n {
        return Err(Error::Argument("a sample cannot be larger than its population"));
    }
    if n == 0 || sum(1) > n {
        return Err(Error::Argument("every stratum that has units needs a draw"));
    }
    // Above the largest stratum the floor takes everything, so the search ends there.
    let (mut least, mut over) = (1, least.min(sizes.iter().copied().max().unwrap_or(0)).saturating_add(1));
    while over > least + 1 {
        let middle = least + (over - least) / 2;
        if sum(middle) <= n { least = middle } else { over = middle }
    }
    let mut allocation: Vec<usize> = floor(least).collect();

    let largest = deviations.iter().copied().fold(0.0, f64::max);
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let claim = |stratum: usize, taken: usize| {
        let by_size = sizes[stratum] as f64 / (taken as f64 * (taken as f64 + 1.0)).sqrt();
        Claim { gain: deviations[stratum] / scale * by_size, by_size, stratum }
    };
    let open = |stratum: &usize| allocation[*stratum] < sizes[*stratum];
    let mut claims: BinaryHeap<Claim> = (0..sizes.len()).filter(open).map(|h| claim(h, allocation[h])).collect();
    for _ in allocation.iter().sum::<usize>()..n {
        let Some(Claim { stratum, .. }) = claims.pop() else { break };
        allocation[stratum] += 1;
        if allocation[stratum] < sizes[stratum] {
            claims.push(claim(stratum, allocation[stratum]));
        }
    }
    Ok(allocation)
}

/// What one more draw in a stratum is worth.
struct Claim {
    gain: f64,
    by_size: f64,
    stratum: usize,
}

impl Ord for Claim {
    fn cmp(&self, other: &Self) -> Ordering {
        let worth = self.gain.total_cmp(&other.gain).then(self.by_size.total_cmp(&other.by_size));
        worth.then(other.stratum.cmp(&self.stratum))
    }
}

impl PartialOrd for Claim {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Claim {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Claim {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_quotas_are_kept() {
        assert_eq!(proportional(&[400, 300, 300], 10, 1).unwrap(), [4, 3, 3]);
        // n·N·S/ΣN·S = 10·(400, 900, 300)/1600, near 2.5, 5.6, 1.9
        assert_eq!(neyman(&[400, 300, 300], &[1.0, 3.0, 1.0], 10, 1).unwrap(), [2, 6, 2]);
    }

    #[test]
    fn strata_that_ask_for_more_than_they_have_are_certain() {
        assert_eq!(neyman(&[3, 100, 100], &[1000.0, 1.0, 1.0], 9, 2).unwrap(), [3, 3, 3]);
    }

    #[test]
    fn floors_bend_to_the_sample_and_not_to_the_stratum() {
        assert_eq!(neyman(&[1000, 1, 50, 0], &[1.0, 0.0, 0.0, 0.0], 12, 4).unwrap(), [7, 1, 4, 0]);
        assert_eq!(neyman(&[1000, 1, 50], &[1.0, 0.0, 0.0], 4, 4).unwrap(), [2, 1, 1]);
        assert_eq!(proportional(&[5, 5], 10, usize::MAX).unwrap(), [5, 5]);
        assert_eq!(neyman(&[10, 20], &[0.0, 0.0], 6, 0).unwrap(), [2, 4]);
    }

    #[test]
    fn refusals() {
        assert!(proportional(&[5, 5], 1, 2).is_err());
        assert!(proportional(&[5, 5], 11, 2).is_err());
        assert!(proportional(&[], 0, 2).is_err());
        assert!(neyman(&[5], &[f64::NAN], 1, 1).is_err());
        assert!(neyman(&[5], &[1.0, 2.0], 1, 1).is_err());
        assert_eq!(neyman(&[usize::MAX, 3], &[f64::MAX, 0.0], 4, 1).unwrap(), [3, 1]);
    }

    /// Every way to share `n` out within the limits.
    fn all_ways(sizes: &[usize], n: usize) -> Vec<Vec<usize>> {
        let Some((&size, rest)) = sizes.split_first() else {
            return if n == 0 { vec![vec![]] } else { vec![] };
        };
        let with = |first: usize| all_ways(rest, n - first).into_iter().map(move |w| [vec![first], w].concat());
        (size.min(1)..=size.min(n)).flat_map(with).collect()
    }

    proptest! {
        #[test]
        fn no_other_allocation_is_better(
            strata in prop::collection::vec((0usize..7, 0.0..3.0f64), 1..5), n in 1usize..20
        ) {
            let (sizes, deviations): (Vec<usize>, Vec<f64>) = strata.into_iter().unzip();
            let ways = all_ways(&sizes, n);
            let got = neyman(&sizes, &deviations, n, 1);
            prop_assert_eq!(got.is_ok(), !ways.is_empty());
            if let Ok(got) = got {
                prop_assert_eq!(got.iter().sum::<usize>(), n);
                let variance = |way: &[usize]| -> f64 {
                    (0..sizes.len()).filter(|&h| sizes[h] > 0)
                        .map(|h| (sizes[h] as f64 * deviations[h]).powi(2) / way[h] as f64).sum()
                };
                let best = ways.iter().map(|w| variance(w)).fold(f64::INFINITY, f64::min);
                prop_assert!(variance(&got) <= best * (1.0 + 1e-12));
            }
        }
    }
}
