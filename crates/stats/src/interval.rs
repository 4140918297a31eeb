//! Intervals of a total.

use statrs::distribution::{ContinuousCDF, Gamma, Normal};

use crate::total::Total;
use crate::{Error, Result};

/// The weighted residuals of one sign.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Side {
    /// Σ|e|/π over the draws.
    pub sum: f64,
    /// Σ(1−π)e²/π² over the draws.
    pub variance: f64,
    /// The largest |e|/π that a unit of the population could have added, drawn or not.
    pub largest: f64,
    /// The mean |e|/π of a surprise that was not seen: over all units, each as likely as its score leaves room for.
    pub unseen: f64,
    /// How many draws.
    pub draws: usize,
}

impl Side {
    /// Adds a draw of weight `z` = |e|/π with `free` = 1−π.
    pub(crate) fn add(&mut self, z: f64, free: f64) {
        self.sum += z;
        self.variance += free * z * z;
        self.draws += usize::from(z > 0.0);
    }

    /// Gamma limits of the side's expected sum.
    ///
    /// ```text
    /// lower = G⁻¹(α/2; mean y, variance v)      upper = G⁻¹(1−α/2; mean y + m/2, variance v + m²/2)
    /// ```
    ///
    /// y the sum, v its variance, m the weight of one more surprise, not seen and counted by half (the mid-p form): Fay
    /// and Feuer take the largest weight of all, here it is the mean over the units of the population, which are surprises
    /// as far as their scores leave room ([`Surprise`]). With unit weights the upper limit is that of a Poisson count by mid-p, G⁻¹ of shape y + ½; without draws
    /// the lower limit is 0. Holds where Wald fails: few draws, or a pocket that the scores missed, whose next member
    /// would carry a weight like that.
    ///
    /// Fay & Feuer 1997, *Confidence intervals for directly standardized rates*; Fay & Kim 2017 for mid-p.
    pub fn limits(&self, level: f64) -> Result<(f64, f64)> {
        let tail = (1.0 - level) / 2.0;
        let lower = gamma_quantile(tail, self.sum, self.variance)?;
        let upper =
            gamma_quantile(1.0 - tail, self.sum + self.unseen / 2.0, self.variance + self.unseen.powi(2) / 2.0)?;
        Ok((lower.min(self.sum), upper.max(self.sum)))
    }
}

/// What a unit of one batch could have added to a side, had it been drawn and been a surprise.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Surprise {
    largest: f64,
    sum: f64,
    room: f64,
}

impl Surprise {
    /// A unit that would add `z`; `room` is how far its score leaves the surprise open: 1−f for a member, f for another.
    pub(crate) fn of(&mut self, z: f64, room: f64) {
        self.largest = self.largest.max(z);
        self.sum += room * z;
        self.room += room;
    }

    /// Tells the side; the heaviest batch counts.
    pub(crate) fn tell(&self, side: &mut Side) {
        side.largest = side.largest.max(self.largest);
        if self.room > 0.0 {
            side.unseen = side.unseen.max(self.sum / self.room);
        }
    }
}

/// The quantile of a gamma distribution given by its mean and variance; without variance, the mean itself.
pub(crate) fn gamma_quantile(p: f64, mean: f64, variance: f64) -> Result<f64> {
    if variance <= 0.0 || mean <= 0.0 {
        return Ok(mean.max(0.0));
    }
    let (shape, rate) = (mean * mean / variance, mean / variance);
    // Where the gamma is normal to six digits, its quantile function is slow and loses accuracy.
    if shape > 1e6 {
        return Ok(mean + normal_quantile(p) * variance.sqrt());
    }
    let gamma = Gamma::new(shape, 1.0).map_err(|_| Error::Argument("weights are too uneven for gamma limits"))?;
    Ok(gamma.inverse_cdf(p) / rate)
}

/// z with Φ(z) = p.
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

fn check_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 { Ok(()) } else { Err(Error::Argument("a level must lie between 0 and 1")) }
}

impl Total {
    /// The Wald interval T̂ ± z·√V̂. Too narrow on the upper side when the group is rare; for comparison.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1.
    pub fn wald(&self, level: f64) -> Result<(f64, f64)> {
        check_level(level)?;
        let half = normal_quantile(0.5 + level / 2.0) * self.variance.sqrt();
        Ok((self.value - half, self.value + half))
    }

    /// The interval that reports use: gamma limits of both sides, joined by MOVER, within what the labels themselves say.
    ///
    /// ```text
    /// T̂ = base + P − N
    /// lower = T̂ − √((P − l_P)² + (u_N − N)²)      upper = T̂ + √((u_P − P)² + (N − l_N)²)
    /// ```
    ///
    /// P sums the residuals above zero, N those below; (l, u) are their [`Side::limits`]. It treats members and others
    /// alike: counting the others instead gives the mirror image. No lower than the members found, no higher than the
    /// population less those found not to be.
    ///
    /// Zou & Donner 2008, *Construction of confidence limits about effect measures* (MOVER).
    ///
    /// # Errors
    /// When `level` is not between 0 and 1.
    pub fn limits(&self, level: f64) -> Result<(f64, f64)> {
        check_level(level)?;
        let (above, below) = (self.above.limits(level)?, self.below.limits(level)?);
        let (p, n) = (self.above.sum, self.below.sum);
        let lower = self.value - (p - above.0).hypot(below.1 - n);
        let upper = self.value + (above.1 - p).hypot(n - below.0);
        Ok((lower.clamp(self.bounds.0, self.bounds.1), upper.clamp(self.bounds.0, self.bounds.1)))
    }
}

/// The half-width, relative to the total, that a simple random sample of `n` from `size` units would be expected to
/// give at prevalence p: z·√((1 − n/N)·(1 − p)/(p·n)).
pub fn srs_relative_half_width(n: usize, size: usize, prevalence: f64, level: f64) -> f64 {
    let (n, size) = (n as f64, size as f64);
    let free = (1.0 - n / size).max(0.0);
    normal_quantile(0.5 + level / 2.0) * (free * (1.0 - prevalence) / (prevalence * n)).sqrt()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::design::{mixed_probabilities, pivotal};
    use crate::total::{Batch, Unit, difference};
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::{Rng, RngExt};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn gamma_limits_of_a_poisson_count() {
        // scipy 1.x: stats.gamma.ppf(.025, 5) = 1.6234864, ppf(.975, 5.5) = 10.9600246
        let side = Side { sum: 5.0, variance: 5.0, largest: 1.0, unseen: 1.0, draws: 5 };
        let (l, u) = side.limits(0.95).unwrap();
        assert!((l - 1.623_486).abs() < 1e-5, "{l}");
        assert!((u - 10.960_02).abs() < 1e-4, "{u}");
        // stats.gamma.ppf(.975, .5) = 2.5119431
        let none = Side { sum: 0.0, variance: 0.0, largest: 1.0, unseen: 1.0, draws: 0 };
        let (l, u) = none.limits(0.95).unwrap();
        assert_eq!(l, 0.0);
        assert!((u - 2.511_943).abs() < 1e-5, "{u}");
    }

    #[test]
    fn large_shapes_are_normal() {
        let (exact, normal) = (gamma_quantile(0.975, 1e6, 1e6).unwrap(), 1e6 + 1.959_964 * 1e3);
        assert!((exact / normal - 1.0).abs() < 1e-5, "{exact} {normal}");
    }

    #[test]
    fn srs_half_width_of_the_methods_notes() {
        // ±10 % at 2 % prevalence takes 18,800 labels.
        let half = srs_relative_half_width(18_800, usize::MAX >> 12, 0.02, 0.95);
        assert!((half - 0.1).abs() < 1e-3, "{half}");
    }

    /// A population whose scores miss a tenth of the members altogether.
    fn pocket(random: &mut impl Rng) -> Vec<(f64, f64)> {
        (0..4000)
            .map(|_| {
                let p: f64 = random.random::<f64>().powi(12);
                let y = random.random_bool(p);
                let hidden = y && random.random_bool(0.1);
                (if hidden { 0.002 } else { p.clamp(0.001, 0.999) }, f64::from(u8::from(y)))
            })
            .collect()
    }

    /// How often the 95 % interval of 300 labels holds the truth, and how often it misses on either side.
    fn coverage(interval: impl Fn(&Total) -> (f64, f64)) -> (f64, f64, f64) {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let population = pocket(&mut random);
        let truth: f64 = population.iter().map(|u| u.1).sum();
        let sizes: Vec<f64> = population.iter().map(|(f, _)| (f * (1.0 - f)).sqrt()).collect();
        let probabilities = mixed_probabilities(&sizes, 300, 0.5).unwrap();
        let runs = 1000;
        let (mut low, mut high) = (0, 0);
        for _ in 0..runs {
            let drawn = pivotal(&probabilities, &mut random);
            let mut units: Vec<Unit> = population
                .iter()
                .zip(&probabilities)
                .map(|(&(score, _), &probability)| Unit { score, probability, label: None })
                .collect();
            drawn.iter().for_each(|&i| units[i].label = Some(population[i].1));
            let (l, u) = interval(&difference(&[Batch { weight: 1.0, units }]).unwrap());
            high += i32::from(u < truth);
            low += i32::from(l > truth);
        }
        let share = |n: i32| f64::from(n) / f64::from(runs);
        (1.0 - share(low) - share(high), share(low), share(high))
    }

    #[test]
    fn limits_hold_where_the_scores_miss_a_pocket() {
        let (covered, ..) = coverage(|t| t.limits(0.95).unwrap());
        let (wald, ..) = coverage(|t| t.wald(0.95).unwrap());
        assert!(covered >= 0.94, "gamma/MOVER covers {covered}");
        assert!(wald < covered, "Wald covers {wald}");
    }

    proptest! {
        #[test]
        fn wider_with_the_level_and_mirrored(scores in prop::collection::vec((0.0..=1.0f64, any::<bool>()), 4..40), seed in 0u64..50) {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let n = scores.len() / 2;
            let p = mixed_probabilities(&vec![1.0; scores.len()], n, 0.5).unwrap();
            let drawn = pivotal(&p, &mut random);
            let units = |flip: bool| {
                let mut units: Vec<Unit> = scores.iter().zip(&p)
                    .map(|(&(f, _), &probability)| Unit { score: if flip { 1.0 - f } else { f }, probability, label: None }).collect();
                drawn.iter().for_each(|&i| units[i].label = Some(f64::from(u8::from(scores[i].1 != flip))));
                difference(&[Batch { weight: 1.0, units }]).unwrap()
            };
            let (t, mirror) = (units(false), units(true));
            let (a, b) = (t.limits(0.8).unwrap(), t.limits(0.95).unwrap());
            prop_assert!(b.0 <= a.0 && a.0 <= a.1 && a.1 <= b.1);
            let m = mirror.limits(0.95).unwrap();
            let size = scores.len() as f64;
            prop_assert!((m.0 - (size - b.1)).abs() < 1e-6 && (m.1 - (size - b.0)).abs() < 1e-6);
        }
    }
}
