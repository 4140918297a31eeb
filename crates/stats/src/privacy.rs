//! Counts with noise that hides whether any one unit is among those counted: differential privacy, by exact sampling.
//!
//! Noise from a table of floating-point logarithms leaks: its last bits tell the count (Mironov 2012). Here every draw is
//! made of whole random numbers alone, so that the law of the noise is the one that is stated.

use rand::Rng;

use crate::{Error, Result};

/// The law of noise that is added to a count: P(X = x) ∝ exp(−ε·|x|/Δ), the two-sided geometric or discrete Laplace law.
///
/// ```text
/// P(X = x) = (1 − q)/(1 + q) · q^|x|,   q = exp(−ε/Δ)        Var X = 2q/(1 − q)²
/// ```
///
/// ε what may be learnt of a unit, as a number of thousandths; Δ by how much one unit changes the counts together
/// (their sensitivity, in the sum of absolute changes). Counts with such noise, each drawn by itself, keep
/// P(out | with the unit) ≤ e^ε · P(out | without it) for every set of outcomes. Whatever is made of them afterwards
/// (rounding, leaving out, sums) keeps it as well. Several releases add up: ε₁ + ε₂.
///
/// Dwork, McSherry, Nissim & Smith 2006, *Calibrating noise to sensitivity in private data analysis*; Ghosh, Roughgarden &
/// Sundararajan 2012, *Universally utility-maximizing privacy mechanisms*; Canonne, Kamath & Steinke 2020, *The discrete
/// Gaussian for differential privacy*, algorithms 1 and 2 for the exact draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    /// ε/Δ = `over` / `under`.
    over: u64,
    under: u64,
}

/// Thousandths of ε in one.
const THOUSANDTHS: u64 = 1_000;

impl Noise {
    /// For `epsilon` thousandths and a sensitivity.
    ///
    /// # Errors
    /// An ε of nothing or above 100, a sensitivity of nothing or above a million.
    pub fn new(epsilon: u64, sensitivity: u64) -> Result<Self> {
        if !(1..=100 * THOUSANDTHS).contains(&epsilon) || !(1..=1_000_000).contains(&sensitivity) {
            return Err(Error::Argument(
                "epsilon lies between 0.001 and 100, and a sensitivity between 1 and a million",
            ));
        }
        Ok(Self { over: epsilon, under: sensitivity * THOUSANDTHS })
    }

    /// A draw.
    ///
    /// ```text
    /// U uniform on 0..t, kept with chance exp(−U/t); V geometric with exp(−1); X = ⌊(U + tV)/s⌋ with a fair sign, −0 drawn again
    /// ```
    ///
    /// for ε/Δ = s/t: U + tV is geometric with exp(−1/t), and every s of its values make one of X.
    pub fn draw(self, random: &mut impl Rng) -> i64 {
        loop {
            let from = below(self.under, random);
            if !with_chance_of_exp(from, self.under, random) {
                continue;
            }
            let mut rounds: u64 = 0;
            while with_chance_of_exp(1, 1, random) {
                rounds += 1;
            }
            let steps = from.saturating_add(self.under.saturating_mul(rounds)) / self.over;
            let negative = below(2, random) == 1;
            if negative && steps == 0 {
                continue;
            }
            let steps = i64::try_from(steps).unwrap_or(i64::MAX);
            return if negative { -steps } else { steps };
        }
    }

    /// The smallest k with P(|X| ≤ k) ≥ `level`: how far off a count can be.
    ///
    /// ```text
    /// P(|X| > k) = 2·q^(k+1)/(1 + q)
    /// ```
    pub fn half_width(self, level: f64) -> u64 {
        let q = self.ratio();
        let beyond = (1.0 - level).max(f64::MIN_POSITIVE) * (1.0 + q) / 2.0;
        // The last bits of logarithms must not make it one too large.
        let k = (beyond.ln() / q.ln() - 1.0 - 1e-9).ceil().max(0.0);
        k.min(1e15) as u64
    }

    /// P(X = x).
    pub fn chance(self, x: i64) -> f64 {
        let q = self.ratio();
        let decay = -(self.over as f64 / self.under as f64) * x.unsigned_abs() as f64;
        (1.0 - q) / (1.0 + q) * decay.exp()
    }

    fn ratio(self) -> f64 {
        (-(self.over as f64 / self.under as f64)).exp()
    }
}

/// A whole number below `end`, each as likely: what does not divide evenly is drawn again.
fn below(end: u64, random: &mut impl Rng) -> u64 {
    let surplus = (u64::MAX % end + 1) % end;
    loop {
        let drawn = random.next_u64();
        if drawn <= u64::MAX - surplus {
            return drawn % end;
        }
    }
}

/// True with the chance exp(−a/b), a ≤ b: how many draws of chances a/b, a/2b, a/3b … succeed one after the other is even
/// just so often.
fn with_chance_of_exp(a: u64, b: u64, random: &mut impl Rng) -> bool {
    let mut k: u64 = 1;
    while k.checked_mul(b).is_some_and(|under| below(under, random) < a) {
        k += 1;
    }
    // k − 1 successes.
    k % 2 == 1
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn whole_numbers_are_alike() {
        let mut random = ChaCha20Rng::seed_from_u64(1);
        let mut seen = [0_u32; 7];
        (0..70_000).for_each(|_| seen[below(7, &mut random) as usize] += 1);
        let chi: f64 = seen.iter().map(|n| (f64::from(*n) - 10_000.0).powi(2) / 10_000.0).sum();
        // R 4.2.2: qchisq(0.999, 6)
        assert!(chi < 22.457_74, "{chi}");
        assert_eq!(below(1, &mut random), 0);
    }

    #[test]
    fn a_chance_of_exp() {
        let mut random = ChaCha20Rng::seed_from_u64(2);
        for (a, b) in [(0, 1), (1, 3), (1, 1), (999, 1000)] {
            let n = 40_000;
            let hits = (0..n).filter(|_| with_chance_of_exp(a, b, &mut random)).count();
            let p = (-(a as f64) / b as f64).exp();
            let error = (p * (1.0 - p) / f64::from(n)).sqrt();
            assert!((hits as f64 / f64::from(n) - p).abs() <= 4.0 * error, "{a}/{b}: {hits}");
        }
    }

    #[test]
    fn draws_follow_the_law_that_is_stated() {
        for (seed, epsilon, sensitivity) in [(3, 500, 1), (4, 1_000, 1), (5, 2_345, 3), (6, 100, 1)] {
            let noise = Noise::new(epsilon, sensitivity).unwrap();
            let mut random = ChaCha20Rng::seed_from_u64(seed);
            let n = 40_000;
            let ends = noise.half_width(0.99) as i64;
            let mut seen = vec![0_u32; 2 * ends as usize + 3];
            for _ in 0..n {
                let x = noise.draw(&mut random).clamp(-ends - 1, ends + 1);
                seen[(x + ends + 1) as usize] += 1;
            }
            let inside: f64 = (-ends..=ends).map(|x| noise.chance(x)).sum();
            let expected = |i: usize| {
                let x = i as i64 - ends - 1;
                f64::from(n) * if x.abs() > ends { (1.0 - inside) / 2.0 } else { noise.chance(x) }
            };
            let chi: f64 =
                seen.iter().enumerate().map(|(i, s)| (f64::from(*s) - expected(i)).powi(2) / expected(i)).sum();
            // Wilson & Hilferty: the 99.99 % quantile of χ² with f degrees of freedom.
            let f = (seen.len() - 1) as f64;
            let limit = f * (1.0 - 2.0 / (9.0 * f) + 3.719 * (2.0 / (9.0 * f)).sqrt()).powi(3);
            assert!(chi < limit, "epsilon {epsilon}, sensitivity {sensitivity}: {chi} of {limit}");
        }
    }

    /// The law of [`Noise::draw`] step by step, and not by its formula: Σ over U and V of what each comes to.
    fn law(noise: Noise, most: u64) -> Vec<f64> {
        let (s, t) = (noise.over, noise.under);
        let mut of_size = vec![0.0; most as usize + 1];
        let kept: f64 = (0..t).map(|u| (-(u as f64) / t as f64).exp()).sum();
        for u in 0..t {
            let mut v = 0;
            while (u + t * v) / s <= most {
                let chance = (-(u as f64) / t as f64).exp() / kept * (-(v as f64)).exp() * (1.0 - (-1.0_f64).exp());
                of_size[((u + t * v) / s) as usize] += chance;
                v += 1;
            }
        }
        // A fair sign; −0 is drawn again.
        let again = of_size[0] / 2.0;
        of_size.iter().map(|p| p / 2.0 / (1.0 - again)).collect()
    }

    #[test]
    fn nobody_changes_any_outcome_by_more_than_is_stated() {
        for (epsilon, sensitivity) in [(500, 1), (1_000, 1), (250, 1), (3_000, 2)] {
            let noise = Noise::new(epsilon, sensitivity).unwrap();
            let law = law(noise, 60);
            for (x, p) in law.iter().enumerate() {
                assert!((p - noise.chance(x as i64)).abs() < 1e-12, "{x}: {p} and {}", noise.chance(x as i64));
            }
            // Counts of two cells with noise, and the same with one account more, in either cell: every outcome.
            let at = |x: i64| law[x.unsigned_abs() as usize];
            let bound = (epsilon as f64 / 1_000.0).exp() * (1.0 + 1e-9);
            for a in -20..=20_i64 {
                for b in -20..=20_i64 {
                    for d in 1..=sensitivity as i64 {
                        let (with, without) = (at(a) * at(b), at(a - d) * at(b));
                        assert!(with <= bound * without && without <= bound * with, "{a} {b} {d}");
                    }
                }
            }
        }
    }

    #[test]
    fn half_widths_hold_as_often_as_they_say() {
        for epsilon in [100, 500, 1_000, 5_000] {
            let noise = Noise::new(epsilon, 1).unwrap();
            let k = noise.half_width(0.95) as i64;
            let inside = |k: i64| -> f64 { (-k..=k).map(|x| noise.chance(x)).sum() };
            assert!(inside(k) >= 0.95 - 1e-12 && (k == 0 || inside(k - 1) < 0.95), "{epsilon}: {k}");
        }
        assert!(Noise::new(0, 1).is_err() && Noise::new(1, 0).is_err() && Noise::new(100_001, 1).is_err());
    }
}
