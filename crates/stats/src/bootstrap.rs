//! A studentised bootstrap interval of a total from unequal-probability draws.

use rand::{Rng, RngExt};

use crate::total::{Batch, difference, hajek_variance};
use crate::{Error, Result};

/// With fewer draws the bootstrap is refused: too few residuals to stand for those not drawn.
pub const FEWEST_DRAWS: usize = 30;
/// Fewer resamples do not give the tails of a 95 % interval.
pub const FEWEST_RESAMPLES: usize = 199;

/// The bootstrap-t interval of the difference estimator.
///
/// ```text
/// per batch, over its draws:  z = w(y − f)/π,  k = 1/π rounded up or down at random with mean 1/π,  S ~ Binomial(k, π)
/// D* = Σ (S − kπ)(z − B*)     B* = ΣS(1−π)z / ΣS(1−π)     V* = m/(m−1)·ΣS(1−π)(z − B*)²,  m = ΣS
/// t* = ΣD*/√ΣV* over batches  interval = [T̂ − t*₁₋α/₂·√V̂, T̂ − t*α/₂·√V̂], within the bounds that labels set
/// ```
///
/// Each draw stands for k like units of a pseudo-population, from which a sample is drawn anew with the same π: so
/// the factor 1 − π comes out by itself. The resample's size varies; taking B* off each residual is what fixing
/// the size does to first order (Hájek 1964), as in the V̂ of [`difference`]. Batches are independent given the past.
/// A resample without spread counts as beyond all others on the side of its error.
///
/// Assumes a fixed-size design of high entropy and that the residuals drawn are like those not drawn. **Fails** where
/// scores miss a pocket of which nobody was drawn: no resample shows what no draw showed. There the gamma limits of
/// [`crate::total::Total::limits`] hold and this interval misses above.
///
/// `random` makes the resamples: the same stream gives the same interval. Without a unit that could have been left out
/// (N = n) the interval is the total itself; with labels that show no spread at all, the labels' bounds.
///
/// Holmberg 1998, *A bootstrap approach to probability proportional-to-size sampling*; Booth, Butler & Hall 1994 for
/// the random rounding; Beaumont & Patak 2012 for the weights' moments; Efron & Tibshirani 1993, ch. 12, for
/// the studentised form.
///
/// # Errors
/// As for [`difference`]; when `level` is not between 0 and 1; with fewer than [`FEWEST_DRAWS`] draws or
/// [`FEWEST_RESAMPLES`] resamples, or fewer than the level's tails need.
pub fn bootstrap_t(batches: &[Batch], level: f64, resamples: usize, random: &mut impl Rng) -> Result<(f64, f64)> {
    let total = difference(batches)?;
    // Refuses a level that is none.
    total.wald(level)?;
    let clamp = |v: f64| v.clamp(total.bounds.0, total.bounds.1);
    if total.draws == 0 {
        return Ok((clamp(total.value), clamp(total.value)));
    }
    if total.draws < FEWEST_DRAWS {
        return Err(Error::Argument("the bootstrap needs at least 30 draws"));
    }
    if resamples < FEWEST_RESAMPLES {
        return Err(Error::Argument("the bootstrap needs at least 199 resamples"));
    }
    // Order statistic (B + 1)·α/2 from either end.
    let tail = ((resamples + 1) as f64 * (1.0 - level) / 2.0 + 1e-9).floor() as usize;
    if tail == 0 {
        return Err(Error::Argument("so high a level needs more resamples"));
    }
    let draws = residuals(batches);
    let squares: f64 = draws.iter().flatten().map(|d| (1.0 - d.probability) * d.z * d.z).sum();
    if total.variance <= 1e-12 * squares {
        // Labels without any spread: nothing is known but their bounds.
        return Ok(total.bounds);
    }
    let mut t: Vec<f64> = (0..resamples).map(|_| studentised(&draws, total.variance, random)).collect();
    t.sort_by(f64::total_cmp);
    let error = total.variance.sqrt();
    let (low, high) = (clamp(total.value - t[resamples - tail] * error), clamp(total.value - t[tail - 1] * error));
    Ok((low.min(clamp(total.value)), high.max(clamp(total.value))))
}

/// A draw that could have been left out.
struct Residual {
    z: f64,
    probability: f64,
    /// (1−π)^⌊1/π⌋, the chance that none of ⌊1/π⌋ copies comes again.
    none: f64,
}

fn residuals(batches: &[Batch]) -> Vec<Vec<Residual>> {
    let weights: f64 = batches.iter().map(|b| b.weight).sum();
    let of = |batch: &Batch| {
        let w = batch.weight / weights;
        let drawn = batch.units.iter().filter(|u| u.probability < 1.0);
        let residual = |(y, f, pi): (f64, f64, f64)| Residual {
            z: w * (y - f) / pi,
            probability: pi,
            none: (1.0 - pi).powf((1.0 / pi).floor()),
        };
        drawn.filter_map(|u| u.label.map(|y| residual((y, u.score, u.probability)))).collect()
    };
    batches.iter().map(of).collect()
}

/// t* of one resample.
fn studentised(batches: &[Vec<Residual>], variance: f64, random: &mut impl Rng) -> f64 {
    let (mut error, mut spread) = (0.0, 0.0);
    for draws in batches {
        let mut again: Vec<(f64, f64)> = Vec::with_capacity(draws.len() + draws.len() / 4);
        // Σ(S − kπ)z and Σ(S − kπ): B* is known only at the end.
        let (mut sum, mut size) = (0.0, 0.0);
        for d in draws {
            let (copies, none) = copies(d, random);
            let times = binomial(copies, d.probability, none, random);
            let excess = f64::from(times) - copies * d.probability;
            sum += excess * d.z;
            size += excess;
            again.extend((0..times).map(|_| (d.z, 1.0 - d.probability)));
        }
        let free: f64 = again.iter().map(|(_, q)| q).sum();
        let centre = if free > 0.0 { again.iter().map(|(z, q)| q * z).sum::<f64>() / free } else { 0.0 };
        error += sum - centre * size;
        spread += hajek_variance(&again);
    }
    // Rounding leaves a spread of a few ulps where there is none.
    match spread > 1e-12 * variance {
        true => error / spread.sqrt(),
        false if error > 0.0 => f64::INFINITY,
        false if error < 0.0 => f64::NEG_INFINITY,
        false => 0.0,
    }
}

/// How many units of the pseudo-population a draw stands for, and the chance that none of them comes again.
fn copies(d: &Residual, random: &mut impl Rng) -> (f64, f64) {
    let (whole, part) = ((1.0 / d.probability).floor(), (1.0 / d.probability).fract());
    if random.random::<f64>() < part { (whole + 1.0, d.none * (1.0 - d.probability)) } else { (whole, d.none) }
}

/// How many of `n` come, each with chance p, by inversion; `none` = (1−p)ⁿ. The mean n·p is about 1 here, so few steps.
fn binomial(n: f64, p: f64, none: f64, random: &mut impl Rng) -> u32 {
    let draw: f64 = random.random();
    let (mut k, mut term, mut sum) = (0.0, none, none);
    while draw >= sum && k < n.min(100.0) {
        term *= (n - k) / (k + 1.0) * p / (1.0 - p);
        sum += term;
        k += 1.0;
    }
    k as u32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn resampling_weights_have_the_moments_of_the_design() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for p in [0.003, 0.3, 0.55, 0.8, 0.999_999] {
            let d = Residual { z: 1.0, probability: p, none: (1.0 - p).powf((1.0 / p).floor()) };
            let runs = 200_000;
            let (mut mean, mut square) = (0.0, 0.0);
            for _ in 0..runs {
                let (k, none) = copies(&d, &mut random);
                let s = f64::from(binomial(k, p, none, &mut random));
                mean += s / f64::from(runs);
                square += (s - k * p).powi(2) / f64::from(runs);
            }
            // E S = 1, E(S − kπ)² = 1 − π; a binomial's fourth moment keeps the error near √(3/runs).
            assert!((mean - 1.0).abs() < 0.01, "{p}: {mean}");
            assert!((square - (1.0 - p)).abs() < 0.02, "{p}: {square}");
        }
    }
}
