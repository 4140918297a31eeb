//! Part uniform, part by size; and the pivotal draw.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use crate::{Error, Result};

/// Inclusion probabilities of a fixed-size sample, part uniform and part proportional to size.
///
/// ```text
/// πᵢ = min(1, c·(u/N + (1−u)·zᵢ/Σz)),   c such that Σπᵢ = n
/// ```
///
/// `sizes` zᵢ ≥ 0 say where labels narrow the interval most: √(fᵢ(1−fᵢ)) is best for the difference estimator, √fᵢ for
/// Horvitz–Thompson (Neyman allocation, unit by unit). The `uniform` share u in (0, 1] keeps every πᵢ above zero, so
/// that members whom the scores miss are still seen: no weight 1/πᵢ exceeds N/(u·n). Units that would pass 1 are taken
/// for certain and the rest shared out anew.
///
/// Zrnic & Candès 2024, *Active Statistical Inference*; Li, Zrnic & Candès 2025 for mixing with uniform.
///
/// # Errors
/// When n exceeds the number of units, a size is negative or not finite, or u is not in (0, 1].
pub fn mixed_probabilities(sizes: &[f64], n: usize, uniform: f64) -> Result<Vec<f64>> {
    if n > sizes.len() {
        return Err(Error::Argument("a sample cannot be larger than its population"));
    }
    if !(uniform > 0.0 && uniform <= 1.0) {
        return Err(Error::Argument("the uniform share must be above 0 and at most 1"));
    }
    if sizes.iter().any(|z| !z.is_finite() || *z < 0.0) {
        return Err(Error::Argument("a size must be a number that is not negative"));
    }
    let total: f64 = sizes.iter().sum();
    let all = sizes.len() as f64;
    let share = |z: f64| if total > 0.0 { uniform / all + (1.0 - uniform) * z / total } else { 1.0 / all };
    let shares: Vec<f64> = sizes.iter().map(|&z| share(z)).collect();

    let mut probabilities = vec![0.0; sizes.len()];
    let mut certain = vec![false; sizes.len()];
    loop {
        let taken = certain.iter().filter(|c| **c).count();
        let rest: f64 = shares.iter().zip(&certain).filter(|(_, c)| !**c).map(|(s, _)| s).sum();
        let scale = if rest > 0.0 { (n - taken) as f64 / rest } else { 0.0 };
        let mut grew = false;
        for i in 0..shares.len() {
            probabilities[i] = if certain[i] { 1.0 } else { scale * shares[i] };
            if !certain[i] && probabilities[i] >= 1.0 - 1e-9 {
                certain[i] = true;
                grew = true;
            }
        }
        if !grew {
            return Ok(probabilities);
        }
    }
}

/// Draws a sample with the given inclusion probabilities: exactly Σπ units when that is a whole number.
///
/// The pivotal method: two units at a time settle between them which is in or out, the rest of their probability going
/// to the other. Units meet in random order, which keeps the design's entropy high, so that variances can be estimated
/// from first-order probabilities alone. Returns the chosen units in ascending order.
///
/// Deville & Tillé 1998, *Unequal probability sampling without replacement through a splitting method*.
pub fn pivotal(probabilities: &[f64], random: &mut impl Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.shuffle(random);
    let mut chosen = Vec::new();
    let mut open: Option<(usize, f64)> = None;
    for unit in order {
        let p = probabilities[unit];
        if p >= 1.0 {
            chosen.push(unit);
            continue;
        }
        let Some((rival, q)) = open else {
            open = Some((unit, p));
            continue;
        };
        let sum = p + q;
        let first: f64 = random.random();
        open = if sum <= 1.0 {
            // One of the two drops out, the other carries the sum.
            let keep = sum > 0.0 && first * sum < p;
            Some((if keep { unit } else { rival }, sum))
        } else {
            // One of the two is in, the other carries what is left.
            let keep = first * (2.0 - sum) < 1.0 - q;
            chosen.push(if keep { unit } else { rival });
            Some((if keep { rival } else { unit }, sum - 1.0))
        };
    }
    // What is left is 0 or 1 up to rounding when Σπ is whole; otherwise it is the chance of one more unit.
    if let Some((unit, p)) = open {
        let draw: f64 = random.random();
        if draw < (p * 1e9).round() / 1e9 {
            chosen.push(unit);
        }
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn uniform_when_sizes_say_nothing() {
        let p = mixed_probabilities(&[0.0; 4], 2, 0.5).unwrap();
        assert_eq!(p, [0.5; 4]);
    }

    #[test]
    fn half_uniform_half_by_size() {
        // n = 1, u = ½, sizes 1 and 3: ½·½ + ½·¼ and ½·½ + ½·¾
        let p = mixed_probabilities(&[1.0, 3.0], 1, 0.5).unwrap();
        assert!((p[0] - 0.375).abs() < 1e-12 && (p[1] - 0.625).abs() < 1e-12);
    }

    #[test]
    fn units_past_one_are_certain() {
        let p = mixed_probabilities(&[100.0, 1.0, 1.0, 1.0], 2, 0.1).unwrap();
        assert_eq!(p[0], 1.0);
        assert!((p[1..].iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(mixed_probabilities(&[1.0], 2, 0.5).is_err());
        assert!(mixed_probabilities(&[f64::NAN], 1, 0.5).is_err());
        assert!(mixed_probabilities(&[1.0], 1, 0.0).is_err());
    }

    #[test]
    fn everyone_when_the_sample_is_the_population() {
        let p = mixed_probabilities(&[0.1, 5.0, 2.0], 3, 0.5).unwrap();
        assert_eq!(p, [1.0; 3]);
        assert_eq!(pivotal(&p, &mut ChaCha8Rng::seed_from_u64(1)), [0, 1, 2]);
    }

    #[test]
    fn pivotal_keeps_the_inclusion_probabilities() {
        let p = [0.1, 0.25, 0.5, 0.75, 0.4];
        let mut hits = [0u32; 5];
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let runs = 40_000;
        for _ in 0..runs {
            let s = pivotal(&p, &mut random);
            assert_eq!(s.len(), 2);
            s.iter().for_each(|&i| hits[i] += 1);
        }
        for (h, p) in hits.iter().zip(p) {
            let se = (p * (1.0 - p) / f64::from(runs)).sqrt();
            assert!((f64::from(*h) / f64::from(runs) - p).abs() < 5.0 * se, "{hits:?}");
        }
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_the_size(sizes in prop::collection::vec(0.0..10.0f64, 1..60), n in 0usize..60, u in 0.05..1.0f64, seed in 0u64..99) {
            let n = n.min(sizes.len());
            let p = mixed_probabilities(&sizes, n, u).unwrap();
            prop_assert!((p.iter().sum::<f64>() - n as f64).abs() < 1e-9);
            prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
            prop_assert!(n == 0 || p.iter().all(|p| *p > 0.0));
            prop_assert_eq!(pivotal(&p, &mut ChaCha8Rng::seed_from_u64(seed)).len(), n);
        }
    }
}
