use rand::{Rng, RngExt};

use super::series::memory;
use super::{Chains, Draw, Share, check};
use crate::{Error, Result};

/// A unit that was named by another, or that the sample began with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Referral {
    /// The unit.
    pub draw: Draw,
    /// The place in the list, before this one, of the unit that named it; none for one that the sample began with.
    pub by: Option<usize>,
}

/// The most that a replicate may grow, in sizes of the sample: trees drawn with replacement can grow without bound.
const MOST: usize = 100;

impl Chains {
    /// The share of [`Chains::share`] with a percentile interval from chains put together anew out of blocks of
    /// neighbouring draws, which keep the chain's memory within them.
    ///
    /// ```text
    /// each chain: blocks of b draws from random places, round its end (circular), until it is as long as it was
    /// b = ⌈(2·√τ·(τ−1)·n)^⅓⌉, at least 1, at most a third of the longest chain;  τ as in [`Chains::share`]
    /// ```
    ///
    /// Beside the analytic interval, not instead: percentile intervals of dependent draws are somewhat narrow, and with
    /// no member or none but members met they have no width.
    ///
    /// Künsch 1989, *The jackknife and the bootstrap for general stationary observations*; Politis & Romano 1992, *A circular
    /// block-resampling procedure for stationary data*.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1 or there are fewer than 100 replicates.
    pub fn share_by_blocks(&self, replicates: usize, level: f64, random: &mut impl Rng) -> Result<Share> {
        let mut share = self.share(level)?;
        let tau = memory(&self.linear_share().influence).time;
        let longest = self.chains.iter().map(Vec::len).max().unwrap_or(1);
        let n = self.draws() as f64;
        let block = ((2.0 * tau.sqrt() * (tau - 1.0) * n).cbrt().ceil() as usize).clamp(1, longest.div_ceil(3));
        let values = replicate(replicates, || {
            let mut sums = (0.0, 0.0);
            for chain in &self.chains {
                let mut left = chain.len();
                while left > 0 {
                    let (from, take) = (random.random_range(0..chain.len()), block.min(left));
                    for draw in chain.iter().cycle().skip(from).take(take) {
                        add(&mut sums, draw, self.chance(draw));
                    }
                    left -= take;
                }
            }
            sums.0 / sums.1
        })?;
        (share.se, share.low, share.high) = spread(values, level);
        Ok(share)
    }
}

/// The share of members from referral trees, by Volz and Heckathorn's mean, with the tree bootstrap.
///
/// ```text
/// ȳ = Σ y/d / Σ 1/d
/// a replicate: as many first units as there were, drawn with replacement; under each, as many of those it named as it
/// named, drawn with replacement; and so on down
/// ```
///
/// The interval is the replicates' percentiles. Drawing whole branches keeps that those named resemble those who named
/// them, however far down. It tends to be somewhat wide. With few first units it says little of how far these were apart.
/// A replicate that grows to a hundred times the sample stops there.
///
/// Assumes that units name others at random among those tied to them, that ties go both ways, that degrees are told
/// rightly, and a sample small against the population. Where those fail so does ȳ, and no interval shows it.
///
/// Baraff, McCormick & Raftery 2016, *Estimating uncertainty in respondent-driven sampling using a tree bootstrap method*.
///
/// # Errors
/// Without a referral; when one was named by a unit that is not before it in the list, a degree is not above 0, a label
/// not between 0 and 1, the level not between 0 and 1, or there are fewer than 100 replicates.
pub fn tree_bootstrap(referrals: &[Referral], replicates: usize, level: f64, random: &mut impl Rng) -> Result<Share> {
    check(referrals.iter().map(|r| &r.draw))?;
    if !(level > 0.0 && level < 1.0) {
        return Err(Error::Argument("a level must lie between 0 and 1"));
    }
    let mut named: Vec<Vec<usize>> = vec![Vec::new(); referrals.len()];
    let mut first = Vec::new();
    for (i, referral) in referrals.iter().enumerate() {
        match referral.by {
            None => first.push(i),
            Some(by) if by < i => named[by].push(i),
            Some(_) => return Err(Error::Argument("a unit must come after the one that named it")),
        }
    }
    let mut sums = (0.0, 0.0);
    referrals.iter().for_each(|r| add(&mut sums, &r.draw, r.draw.degree));
    let value = sums.0 / sums.1;
    let values = replicate(replicates, || {
        let mut sums = (0.0, 0.0);
        let mut open: Vec<usize> = Vec::new();
        let mut grown = 0;
        let mut below = &first;
        loop {
            (0..below.len()).for_each(|_| open.push(below[random.random_range(0..below.len())]));
            let Some(i) = open.pop() else { break };
            let draw = &referrals[i].draw;
            add(&mut sums, draw, draw.degree);
            grown += 1;
            if grown >= MOST * referrals.len() {
                break;
            }
            below = &named[i];
        }
        sums.0 / sums.1
    })?;
    let (se, low, high) = spread(values, level);
    let effective = if se > 0.0 { value * (1.0 - value) / (se * se) } else { first.len() as f64 };
    Ok(Share { value, se, low: low.min(value), high: high.max(value), draws: referrals.len(), effective })
}

fn add(sums: &mut (f64, f64), draw: &Draw, chance: f64) {
    sums.0 += draw.label / chance;
    sums.1 += 1.0 / chance;
}

fn replicate(replicates: usize, mut one: impl FnMut() -> f64) -> Result<Vec<f64>> {
    if replicates < 100 {
        return Err(Error::Argument("a bootstrap takes 100 replicates or more"));
    }
    Ok((0..replicates).map(|_| one()).collect())
}

/// The replicates' standard deviation and percentiles.
fn spread(mut values: Vec<f64>, level: f64) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    let tail = (1.0 - level) / 2.0;
    let low = ((tail * (n + 1) as f64).floor() as usize).clamp(1, n);
    (variance.sqrt(), values[low - 1], values[n - low])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Chances;
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn draw(unit: u64, degree: f64, label: f64) -> Draw {
        Draw { unit, degree, label }
    }

    #[test]
    fn independent_draws_have_the_binomial_error() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let chain: Vec<Draw> = (0..400).map(|i| draw(i, 2.0, f64::from(u8::from(random.random_bool(0.3))))).collect();
        let p = chain.iter().map(|d| d.label).sum::<f64>() / 400.0;
        let binomial = (p * (1.0 - p) / 400.0).sqrt();
        // A star: all named by nobody, so that the tree bootstrap is the plain one.
        let star: Vec<Referral> = chain.iter().map(|&draw| Referral { draw, by: None }).collect();
        let tree = tree_bootstrap(&star, 4000, 0.95, &mut random).unwrap();
        assert!((tree.se / binomial - 1.0).abs() < 0.05 && (tree.value - p).abs() < 1e-12, "{tree:?} {binomial}");
        let chains = Chains::new(vec![chain], Chances::Degree).unwrap();
        let blocks = chains.share_by_blocks(4000, 0.95, &mut random).unwrap();
        assert!((blocks.se / binomial - 1.0).abs() < 0.25, "{blocks:?} {binomial}");
        assert!(blocks.low < p && p < blocks.high);
    }

    #[test]
    fn branches_that_are_all_alike_are_as_many_draws_as_there_are_branches() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        // Ten first units, each naming twenty with its own label.
        let mut trees = Vec::new();
        for first in 0..10u64 {
            let label = f64::from(u8::from(first < 4));
            let at = trees.len();
            trees.push(Referral { draw: draw(first, 3.0, label), by: None });
            trees.extend((0..20).map(|i| Referral { draw: draw(100 * first + i, 3.0, label), by: Some(at) }));
        }
        let share = tree_bootstrap(&trees, 4000, 0.95, &mut random).unwrap();
        let error = (0.4f64 * 0.6 / 10.0).sqrt();
        assert!((share.se / error - 1.0).abs() < 0.05, "{share:?} {error}");
    }

    #[test]
    fn growth_is_bounded_and_nonsense_refused() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        // A chain where each names three, one of whom goes on: drawing that one thrice grows without bound.
        let mut tree = vec![Referral { draw: draw(0, 2.0, 1.0), by: None }];
        for level in 0..200 {
            (0..3).for_each(|i| tree.push(Referral { draw: draw(i, 2.0, (i % 2) as f64), by: Some(3 * level) }));
        }
        let share = tree_bootstrap(&tree, 100, 0.95, &mut random).unwrap();
        assert!(share.low <= share.value && share.value <= share.high && share.se.is_finite());
        let ahead = [Referral { draw: draw(0, 2.0, 1.0), by: Some(1) }, Referral { draw: draw(1, 2.0, 1.0), by: None }];
        assert!(tree_bootstrap(&ahead, 100, 0.95, &mut random).is_err());
        assert_eq!(tree_bootstrap(&[], 100, 0.95, &mut random), Err(Error::NoLabels));
        assert!(tree_bootstrap(&tree, 10, 0.95, &mut random).is_err());
        assert!(tree_bootstrap(&tree, 100, f64::NAN, &mut random).is_err());
    }
}
