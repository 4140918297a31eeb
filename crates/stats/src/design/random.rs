//! Simple random, stratified and Poisson sampling.

use rand::{Rng, RngExt};

use crate::{Error, Result};

/// Draws a simple random sample of `n` from `size` units: every subset of that size is as likely, πᵢ = n/N.
///
/// One pass over the population, keeping a unit with chance (still to draw)/(still to come).
///
/// Fan, Muller & Rezucha 1962, *Development of sampling plans by using sequential selection techniques*.
///
/// # Errors
/// When n exceeds the number of units.
pub fn simple(size: usize, n: usize, random: &mut impl Rng) -> Result<Vec<usize>> {
    if n > size {
        return Err(Error::Argument("a sample cannot be larger than its population"));
    }
    let mut wanted = n;
    let mut keep = |unit: &usize| {
        let kept = random.random_range(0..size - unit) < wanted;
        wanted -= usize::from(kept);
        kept
    };
    Ok((0..size).filter(|unit| keep(unit)).collect())
}

/// πᵢ = n_h/N_h of a stratified sample: `strata` gives the stratum of each unit, numbered from 0, and `allocation` how
/// many are drawn in each.
///
/// # Errors
/// When a unit's stratum is not in `allocation`, a stratum is to give more units than it has, or none although it has some.
pub fn stratified_probabilities(strata: &[usize], allocation: &[usize]) -> Result<Vec<f64>> {
    let sizes = sizes(strata, allocation)?;
    Ok(strata.iter().map(|&h| allocation[h] as f64 / sizes[h] as f64).collect())
}

/// Draws a simple random sample of n_h units within each stratum, strata one independently of another.
///
/// # Errors
/// As for [`stratified_probabilities`].
pub fn stratified(strata: &[usize], allocation: &[usize], random: &mut impl Rng) -> Result<Vec<usize>> {
    let mut left = sizes(strata, allocation)?;
    let mut wanted = allocation.to_vec();
    let mut keep = |unit: &usize| {
        let h = strata[*unit];
        let kept = random.random_range(0..left[h]) < wanted[h];
        left[h] -= 1;
        wanted[h] -= usize::from(kept);
        kept
    };
    Ok((0..strata.len()).filter(|unit| keep(unit)).collect())
}

/// N_h, checked against what is to be drawn.
fn sizes(strata: &[usize], allocation: &[usize]) -> Result<Vec<usize>> {
    let mut sizes = vec![0; allocation.len()];
    for &stratum in strata {
        *sizes.get_mut(stratum).ok_or(Error::Stratum(stratum, "is in the population but not in the allocation"))? += 1;
    }
    for (h, (&size, &n)) in sizes.iter().zip(allocation).enumerate() {
        if n > size {
            return Err(Error::Stratum(h, "is to give more units than it has"));
        }
        if n == 0 && size > 0 {
            return Err(Error::Stratum(h, "has units that would have no chance to be drawn"));
        }
    }
    Ok(sizes)
}

/// Draws each unit by its own coin: any number of units, Σπ on average.
///
/// Hájek 1964, *Asymptotic theory of rejective sampling with varying probabilities from a finite population*.
pub fn poisson(probabilities: &[f64], random: &mut impl Rng) -> Vec<usize> {
    (0..probabilities.len()).filter(|&unit| random.random::<f64>() < probabilities[unit]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn every_subset_is_as_likely() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut seen = std::collections::BTreeMap::new();
        let runs = 20_000;
        for _ in 0..runs {
            *seen.entry(simple(5, 2, &mut random).unwrap()).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), 10);
        // Five binomial deviations about a tenth.
        let deviation = (f64::from(runs) * 0.1 * 0.9).sqrt();
        assert!(seen.values().all(|n| (f64::from(*n) - f64::from(runs) / 10.0).abs() < 5.0 * deviation), "{seen:?}");
    }

    #[test]
    fn strata_give_what_they_are_asked_for() {
        let strata = [0, 1, 0, 2, 1, 0, 1, 0, 2];
        let allocation = [2, 3, 1];
        let p = stratified_probabilities(&strata, &allocation).unwrap();
        assert_eq!(p, [0.5, 1.0, 0.5, 0.5, 1.0, 0.5, 1.0, 0.5, 0.5]);
        let mut hits = [0; 9];
        let mut random = ChaCha8Rng::seed_from_u64(6);
        for _ in 0..4000 {
            let drawn = stratified(&strata, &allocation, &mut random).unwrap();
            assert!(drawn.is_sorted() && drawn.len() == 6);
            drawn.iter().for_each(|&i| hits[i] += 1);
        }
        assert!(hits.iter().zip(p).all(|(h, p)| (f64::from(*h) / 4000.0 - p).abs() < 0.04), "{hits:?}");
    }

    #[test]
    fn ends_and_refusals() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(simple(3, 3, &mut random).unwrap(), [0, 1, 2]);
        assert_eq!(simple(3, 0, &mut random).unwrap(), [0; 0]);
        assert!(simple(3, 4, &mut random).is_err());
        assert_eq!(stratified(&[0, 2], &[1, 0], &mut random).unwrap_err().to_string().split(' ').nth(1), Some("2"));
        assert!(stratified_probabilities(&[0, 0], &[3]).is_err());
        assert!(matches!(stratified_probabilities(&[0, 1], &[1, 0]), Err(Error::Stratum(1, _))));
        assert_eq!(poisson(&[1.0, 0.0, 1.0], &mut random), [0, 2]);
    }

    #[test]
    fn the_same_seed_draws_the_same_units() {
        let draw = |seed| poisson(&[0.5; 64], &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }
}
