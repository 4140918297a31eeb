//! Two figures that were estimated apart: their difference and their ratio, with intervals made of the figures' own.
//!
//! MOVER, the method of variance estimates recovery: each end of an interval says how uncertain its figure is on that
//! side, so intervals that are not symmetric stay so. Zou & Donner 2008, *Construction of confidence limits about effect
//! measures: a general approach*, Statistics in Medicine 27; Donner & Zou 2012, *Closed-form confidence intervals for
//! functions of the normal mean and standard deviation*, Statistical Methods in Medical Research 21.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::interval::normal_quantile;
use crate::{Error, Result};

/// A figure with an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end; infinite where the data sets no bound.
    pub high: f64,
}

impl Between {
    fn check(self) -> Result<()> {
        let numbers = [self.value, self.low, self.high].iter().all(|v| v.is_finite());
        match numbers && self.low <= self.value && self.value <= self.high {
            true => Ok(()),
            false => Err(Error::Argument("a figure must lie within its interval, and all three be finite")),
        }
    }
}

/// θ̂₁ − θ̂₂ of two figures with the intervals (l₁, u₁) and (l₂, u₂), both of the same level:
///
/// ```text
/// L = θ̂₁ − θ̂₂ − √((θ̂₁ − l₁)² + (u₂ − θ̂₂)² − 2ρ(θ̂₁ − l₁)(u₂ − θ̂₂))
/// U = θ̂₁ − θ̂₂ + √((u₁ − θ̂₁)² + (θ̂₂ − l₂)² − 2ρ(u₁ − θ̂₁)(θ̂₂ − l₂))
/// ```
///
/// ρ is the correlation of the two estimates: 0 for studies that share nothing. Taken for 0 where it is above, the
/// interval is too wide, never too narrow. For −1 it is the widest, (l₁ − u₂, u₁ − l₂), which misses twice as often as is
/// said at worst, and no more often than is said where the errors are jointly normal. Exact for normal figures with known
/// variances. Units are those of the figures.
///
/// # Errors
/// A figure outside of its interval or not finite; a correlation outside of −1 to 1.
pub fn difference(first: Between, second: Between, correlation: f64) -> Result<Between> {
    first.check()?;
    second.check()?;
    if !(-1.0..=1.0).contains(&correlation) {
        return Err(Error::Argument("a correlation must lie between -1 and 1"));
    }
    let joined = |a: f64, b: f64| (a * a + b * b - 2.0 * correlation * a * b).max(0.0).sqrt();
    let value = first.value - second.value;
    Ok(Between {
        value,
        low: value - joined(first.value - first.low, second.high - second.value),
        high: value + joined(first.high - first.value, second.value - second.low),
    })
}

/// θ̂₁ / θ̂₂ of two independent figures that cannot be below 0:
///
/// ```text
/// L = l₁(2θ̂₁ − l₁) / (θ̂₁θ̂₂ + √(θ̂₁²θ̂₂² − l₁(2θ̂₁ − l₁)·u₂(2θ̂₂ − u₂)))
/// U = (θ̂₁θ̂₂ + √(θ̂₁²θ̂₂² − u₁(2θ̂₁ − u₁)·l₂(2θ̂₂ − l₂))) / (l₂(2θ̂₂ − l₂))
/// ```
///
/// the values R at which the interval of θ₁ − Rθ₂ meets 0 (Donner & Zou 2012, eq. 9; L is written so that it holds for
/// u₂ ≥ 2θ̂₂, too). U is infinite where l₂ is 0. `None` where θ̂₂ is 0.
///
/// # Errors
/// A figure below 0, outside of its interval or not finite.
pub fn ratio(first: Between, second: Between) -> Result<Option<Between>> {
    first.check()?;
    second.check()?;
    if first.low < 0.0 || second.low < 0.0 {
        return Err(Error::Argument("a ratio is of figures that are not below 0"));
    }
    if second.value <= 0.0 {
        return Ok(None);
    }
    let product = first.value * second.value;
    let root = |a: f64, b: f64| (product * product - a * b).max(0.0).sqrt();
    let of = |value: f64, end: f64| end * (2.0 * value - end);
    let (top, bottom) = (of(first.value, first.low), of(second.value, second.high));
    let low = if top <= 0.0 { 0.0 } else { top / (product + root(top, bottom)) };
    let (top, bottom) = (of(first.value, first.high), of(second.value, second.low));
    let high = if bottom <= 0.0 { f64::INFINITY } else { (product + root(top, bottom)) / bottom };
    let value = first.value / second.value;
    Ok(Some(Between { value, low: low.min(value), high: high.max(value) }))
}

/// The two-sided p of no difference, by the normal that has the same end towards 0: z = d / ((d − e)/z₀), with e the end of
/// the interval on the side of 0 and z₀ the quantile of its level. It is below 1 − level exactly where the interval does not hold 0.
pub fn p_of_none(difference: Between, level: f64) -> f64 {
    let d = difference.value;
    let end = if d >= 0.0 { d - difference.low } else { difference.high - d };
    if d == 0.0 {
        return 1.0;
    }
    if end <= 0.0 {
        return 0.0;
    }
    2.0 * Normal::standard().sf(d.abs() / end * normal_quantile(0.5 + level / 2.0))
}

/// Which of many differences stand out, with the expected share of false ones among them held at `alpha`.
/// Benjamini & Hochberg 1995, for tests that are independent or depend on each other positively.
pub fn standing_out(p: &[f64], alpha: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]).then(a.cmp(&b)));
    let most = |rank: usize| alpha * (rank + 1) as f64 / p.len() as f64;
    let last = (0..p.len()).rev().find(|&rank| p[order[rank]] <= most(rank));
    let mut out = vec![false; p.len()];
    order.iter().take(last.map_or(0, |rank| rank + 1)).for_each(|&at| out[at] = true);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn between(value: f64, low: f64, high: f64) -> Between {
        Between { value, low, high }
    }

    /// A normal figure of this standard error.
    fn normal(value: f64, error: f64) -> Between {
        let half = normal_quantile(0.975) * error;
        between(value, value - half, value + half)
    }

    #[test]
    fn of_normal_figures_it_is_the_normal_interval() {
        let d = difference(normal(5.0, 0.3), normal(3.5, 0.4), 0.0).unwrap();
        let exact = normal(1.5, 0.5);
        assert!((d.low - exact.low).abs() < 1e-12 && (d.high - exact.high).abs() < 1e-12);
        let d = difference(normal(5.0, 0.3), normal(3.5, 0.4), 0.5).unwrap();
        let exact = normal(1.5, (0.09_f64 + 0.16 - 0.12).sqrt());
        assert!((d.low - exact.low).abs() < 1e-12 && (d.high - exact.high).abs() < 1e-12);
        assert!((p_of_none(normal(1.5, 0.5), 0.95) - 0.002_699_796_063_260).abs() < 1e-9);
        assert_eq!(p_of_none(normal(0.0, 0.5), 0.95), 1.0);
    }

    /// Of normal figures the ratio is Fieller's: the roots of (θ₁ − Rθ₂)² = z²(σ₁² + R²σ₂²).
    #[test]
    fn of_normal_figures_the_ratio_is_fiellers() {
        let (a, b, s, t) = (10.0, 4.0, 1.0, 0.5);
        let r = ratio(normal(a, s), normal(b, t)).unwrap().unwrap();
        let z = normal_quantile(0.975);
        for end in [r.low, r.high] {
            let apart = (a - end * b).powi(2) - z * z * (s * s + end * end * t * t);
            assert!(apart.abs() < 1e-9, "{end}: {apart}");
        }
        assert_eq!(ratio(normal(a, s), between(0.0, 0.0, 1.0)).unwrap(), None);
        assert_eq!(ratio(normal(a, s), between(1.0, 0.0, 3.0)).unwrap().unwrap().high, f64::INFINITY);
        assert!(ratio(between(-1.0, -2.0, 0.0), normal(a, s)).is_err());
        assert!(difference(between(1.0, 2.0, 3.0), normal(a, s), 0.0).is_err());
        assert!(difference(normal(a, s), normal(a, s), 2.0).is_err());
    }

    /// Skewed figures: counts of a Poisson law with their exact limits, by the gamma law (Garwood 1936).
    #[test]
    fn differences_and_ratios_of_counts_are_held_as_often_as_is_said() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (first, second, runs) = (30.0, 18.0, 4_000);
        let poisson = |mean: f64, rng: &mut ChaCha8Rng| {
            let (mut n, mut left) = (0_u32, (-mean).exp());
            let mut u: f64 = rng.random();
            while u > left && n < 500 {
                u -= left;
                n += 1;
                left *= mean / f64::from(n);
            }
            f64::from(n)
        };
        let quantile = |shape: f64, p: f64| {
            if shape <= 0.0 { 0.0 } else { statrs::distribution::Gamma::new(shape, 1.0).unwrap().inverse_cdf(p) }
        };
        let mut limits = std::collections::HashMap::new();
        let mut exact = |n: f64| {
            *limits.entry(n as u64).or_insert_with(|| between(n, quantile(n, 0.025), quantile(n + 1.0, 0.975)))
        };
        let (mut d, mut r) = (0, 0);
        for _ in 0..runs {
            let (a, b) = (exact(poisson(first, &mut rng)), exact(poisson(second, &mut rng)));
            let apart = difference(a, b, 0.0).unwrap();
            d += usize::from(apart.low <= first - second && first - second <= apart.high);
            let times = ratio(a, b).unwrap().unwrap_or(between(0.0, 0.0, f64::INFINITY));
            r += usize::from(times.low <= first / second && first / second <= times.high);
        }
        // Garwood's limits are on the safe side, and so are these.
        for held in [d, r].map(|n| n as f64 / f64::from(runs)) {
            assert!((0.945..0.985).contains(&held), "{held}");
        }
    }

    /// With ρ = −1 the interval is (l₁ − u₂, u₁ − l₂). Quantiles of two normal laws on a grid, paired in two ways.
    #[test]
    fn the_widest_interval_holds_for_joint_normals_and_misses_twice_as_often_at_worst() {
        let n = 20_000;
        let missed = |pair: fn(f64) -> f64| {
            let outside = |u: f64| {
                let figures = [u, pair(u)].map(|at| normal(normal_quantile(at), 1.0));
                let d = difference(figures[0], figures[1], -1.0).unwrap();
                assert!((d.low - (figures[0].low - figures[1].high)).abs() < 1e-9);
                d.low > 0.0 || d.high < 0.0
            };
            (0..n).filter(|i| outside((f64::from(*i) + 0.5) / f64::from(n))).count()
        };
        // The second error is the first with the other sign: a correlation of −1.
        assert_eq!(missed(|u| 1.0 - u), 1_000);
        // The same, but in each outer twentieth the farthest out meets the least far out: Bonferroni's bound.
        let worst = |u: f64| match u {
            u if u < 0.05 => 0.95 + u,
            u if u > 0.95 => u - 0.95,
            u => 1.0 - u,
        };
        assert_eq!(missed(worst), 2_000);
    }

    #[test]
    fn which_stand_out() {
        // The example of Benjamini & Hochberg 1995, table: at 0.05 the first four.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        assert_eq!(standing_out(&p, 0.05).iter().filter(|s| **s).count(), 4);
        assert_eq!(standing_out(&[], 0.05), Vec::<bool>::new());
        assert_eq!(standing_out(&[0.2, 0.04], 0.05), [false, false]);
    }

    proptest! {
        #[test]
        fn what_p_says_and_what_the_interval_says_agree(d in -5.0..5.0_f64, below in 0.01..5.0_f64, above in 0.01..5.0_f64) {
            let of = between(d, d - below, d + above);
            let outside = of.low > 0.0 || of.high < 0.0;
            prop_assume!(of.low.abs() > 1e-6 && of.high.abs() > 1e-6);
            prop_assert_eq!(p_of_none(of, 0.95) < 0.05, outside);
        }

        #[test]
        fn ratios_hold_their_value_and_turn_over(a in 0.1..9.0_f64, b in 0.1..9.0_f64, x in 0.0..1.0_f64, y in 0.0..3.0_f64) {
            let (one, other) = (between(a, a * x, a * (1.0 + y)), between(b, b * (1.0 - x / 2.0), b * (1.0 + x)));
            let r = ratio(one, other).unwrap().unwrap();
            prop_assert!(r.low <= r.value && r.value <= r.high && r.low >= 0.0);
            let back = ratio(other, one).unwrap().unwrap();
            if r.low > 1e-9 && back.high.is_finite() {
                prop_assert!((back.high * r.low - 1.0).abs() < 1e-6, "{} {}", back.high, r.low);
            }
        }
    }
}
