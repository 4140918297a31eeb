//! Conditional Poisson sampling.

use rand::{Rng, RngExt};

use crate::{Error, Result};

/// The most units that a conditional Poisson design takes: its table holds N·(n+1) numbers.
pub const LARGEST_POPULATION: usize = 5000;

/// The most units whose joint probabilities are worked out at once: that takes in the order of their number cubed steps.
pub const LARGEST_JOINT: usize = 2000;

/// How near to those asked for the inclusion probabilities are brought, where the last digits allow it.
const TOLERANCE: f64 = 1e-14;
const STEPS: usize = 2000;
/// Chances of counts below this change no digit of the others.
const NEGLIGIBLE: f64 = 1e-40;

/// Conditional Poisson sampling (maximum entropy): of all designs of fixed size n with these inclusion probabilities, the
/// one with the largest entropy.
///
/// ```text
/// Pr(s) ∝ ∏_s pᵢ/(1−pᵢ)   over all s of n units,   p such that  Σ_{s∋i} Pr(s) = πᵢ  for every unit
/// πᵢ  = pᵢ·Q₋ᵢ(n−1)/Q(n)          πᵢⱼ = pᵢ·pⱼ·Q₋ᵢⱼ(n−2)/Q(n)
/// ```
///
/// with Q(k) the chance that Poisson sampling with the working probabilities p takes k units, Q₋ᵢ the same without unit i.
/// The p are found by descent on Chen, Dempster and Liu's likelihood, so that the first-order probabilities are those asked
/// for to 1e-9 or better, not only approximately as when π is used for p. Units with π = 1 are taken and left aside.
///
/// Assumes Σπ whole. Takes at most [`LARGEST_POPULATION`] units; [`crate::design::pivotal`] has no such limit.
///
/// Hájek 1964; Chen, Dempster & Liu 1994, *Weighted finite population sampling to maximize entropy*; Tillé 2006, *Sampling
/// Algorithms*, ch. 5.
#[derive(Debug, Clone)]
pub struct ConditionalPoisson {
    probabilities: Vec<f64>,
    /// The units with 0 < π < 1.
    open: Vec<usize>,
    /// Their working probabilities p.
    working: Vec<f64>,
    /// tails[i·(n+1) + k]: the chance that k of the open units from the i-th on are taken.
    tails: Vec<f64>,
    /// How many open units are drawn.
    n: usize,
}

impl ConditionalPoisson {
    /// The design with these inclusion probabilities.
    ///
    /// # Errors
    /// When a probability is not above 0 and at most 1, their sum is not whole, or there are more units than
    /// [`LARGEST_POPULATION`]; when probabilities so near 0 or 1 are asked for that they cannot be met.
    pub fn new(probabilities: &[f64]) -> Result<Self> {
        if probabilities.len() > LARGEST_POPULATION {
            return Err(Error::Argument(
                "conditional Poisson sampling takes at most 5000 units: use the pivotal method",
            ));
        }
        if probabilities.iter().any(|p| !(*p > 0.0 && *p <= 1.0)) {
            return Err(Error::Argument("inclusion probabilities must be above 0 and at most 1"));
        }
        let open: Vec<usize> = (0..probabilities.len()).filter(|&i| probabilities[i] < 1.0).collect();
        let targets: Vec<f64> = open.iter().map(|&i| probabilities[i]).collect();
        let sum: f64 = targets.iter().sum();
        let n = sum.round();
        if (sum - n).abs() > 1e-6 {
            return Err(Error::Argument("inclusion probabilities must sum to a whole sample size"));
        }
        let n = n as usize;
        // Units whose probabilities sum to 0 or to their number can only do so by rounding.
        if !open.is_empty() && (n == 0 || n >= open.len()) {
            return Err(Error::Argument("inclusion probabilities lie too close to 0 or 1"));
        }
        let working = working_probabilities(&targets, n)?;
        let tails = tails(&working, n);
        Ok(Self { probabilities: probabilities.to_vec(), open, working, tails, n })
    }

    /// Draws a sample: one unit after another, each with its chance given those before it. Units ascend.
    pub fn draw(&self, random: &mut impl Rng) -> Vec<usize> {
        let tail = |i: usize, k: usize| self.tails[i * (self.n + 1) + k];
        let mut chosen: Vec<usize> = (0..self.probabilities.len()).filter(|&i| self.probabilities[i] >= 1.0).collect();
        let mut wanted = self.n;
        for (i, (&unit, p)) in self.open.iter().zip(&self.working).enumerate() {
            let draw: f64 = random.random();
            // With as many wanted as are left, the tail says that all are taken.
            if wanted > 0 && draw * tail(i, wanted) < p * tail(i + 1, wanted - 1) {
                chosen.push(unit);
                wanted -= 1;
            }
        }
        chosen.sort_unstable();
        chosen
    }

    /// The joint inclusion probabilities πᵢⱼ of some units, one row a unit; πᵢ on the diagonal.
    ///
    /// # Errors
    /// When a unit is not in the population, or there are more than [`LARGEST_JOINT`].
    pub fn joint(&self, units: &[usize]) -> Result<Vec<Vec<f64>>> {
        if units.len() > LARGEST_JOINT {
            return Err(Error::Argument("joint probabilities are worked out for at most 2000 units"));
        }
        if units.iter().any(|&u| u >= self.probabilities.len()) {
            return Err(Error::Argument("a unit is not in the population"));
        }
        let pi = |a: usize| self.probabilities[units[a]];
        let mut joint: Vec<Vec<f64>> =
            (0..units.len()).map(|a| (0..units.len()).map(|b| pi(a) * pi(b)).collect()).collect();
        let whole = counts(&self.working);
        let place = |a: usize| self.open.binary_search(&units[a]).ok().map(|i| self.working[i]);
        for a in 0..units.len() {
            joint[a][a] = pi(a);
            let Some(p) = place(a) else { continue };
            let without_a = without(&whole, p);
            let felt = |c: &f64| *c > NEGLIGIBLE;
            let first = without_a.iter().position(felt).unwrap_or(0);
            let last = without_a.iter().rposition(felt).unwrap_or(0);
            let one = |q: f64, at: usize| chance_without(&without_a, first, last, q, at);
            for b in a + 1..units.len() {
                // A certain unit is independent of the others: π·1.
                let Some(q) = place(b) else { continue };
                let both = if self.n < 2 { 0.0 } else { p * q * one(q, self.n - 2) };
                let value =
                    if units[a] == units[b] { pi(a) } else { (both / whole[self.n]).clamp(0.0, pi(a).min(pi(b))) };
                joint[a][b] = value;
                joint[b][a] = value;
            }
        }
        Ok(joint)
    }
}

/// tails[i·(n+1) + k], see [`ConditionalPoisson`].
fn tails(working: &[f64], n: usize) -> Vec<f64> {
    let width = n + 1;
    let mut tails = vec![0.0; (working.len() + 1) * width];
    tails[working.len() * width] = 1.0;
    for (i, p) in working.iter().enumerate().rev() {
        let (here, next) = tails[i * width..].split_at_mut(width);
        here[0] = (1.0 - p) * next[0];
        for k in 1..width {
            here[k] = (1.0 - p) * next[k] + p * next[k - 1];
        }
    }
    tails
}

/// The inclusion probabilities that working probabilities give: heads before a unit against tails after it, so that only
/// positive numbers are added.
fn inclusion(working: &[f64], n: usize) -> Vec<f64> {
    let (width, tails) = (n + 1, tails(working, n));
    let whole = tails[n];
    let mut heads = vec![0.0; width];
    heads[0] = 1.0;
    let mut inclusion = Vec::with_capacity(working.len());
    for (i, p) in working.iter().enumerate() {
        let after = &tails[(i + 1) * width..][..width];
        let others: f64 = heads[..n].iter().zip(after[..n].iter().rev()).map(|(h, t)| h * t).sum();
        inclusion.push(p * others / whole);
        for k in (1..width).rev() {
            heads[k] = (1.0 - p) * heads[k] + p * heads[k - 1];
        }
        heads[0] *= 1.0 - p;
    }
    inclusion
}

/// Solves inclusion(p) = `targets`.
///
/// Steps in the log odds, (π − π(p))/(π(1−π)): Newton's with the design's covariances taken as Hájek's. Each is halved
/// until it brings π(p) well nearer, which a step small enough always does, the likelihood being concave.
fn working_probabilities(targets: &[f64], n: usize) -> Result<Vec<f64>> {
    let from_odds = |odds: &[f64]| -> Vec<f64> { odds.iter().map(|o| 1.0 / (1.0 + (-o).exp())).collect() };
    let distance = |at: &[f64]| -> f64 { at.iter().zip(targets).map(|(a, t)| (a - t).powi(2) / (t * (1.0 - t))).sum() };
    let gap = |at: &[f64]| at.iter().zip(targets).map(|(a, t)| (a - t).abs()).fold(0.0, f64::max);

    let mut odds: Vec<f64> = targets.iter().map(|p| (p / (1.0 - p)).ln()).collect();
    let mut at = inclusion(&from_odds(&odds), n);
    for _ in 0..STEPS {
        if gap(&at) <= TOLERANCE {
            break;
        }
        let mut scale = 1.0;
        let better = loop {
            let mut trial: Vec<f64> =
                (odds.iter().zip(targets).zip(&at)).map(|((o, t), a)| o + scale * (t - a) / (t * (1.0 - t))).collect();
            centre(&mut trial, n as f64);
            let moved = inclusion(&from_odds(&trial), n);
            if distance(&moved) < distance(&at) * (1.0 - scale / 10.0) {
                break Some((trial, moved));
            }
            scale /= 2.0;
            if scale < 1e-6 {
                break None;
            }
        };
        let Some(next) = better else { break };
        (odds, at) = next;
    }
    // Where the last digits stop it early, it is near enough; a NaN is not.
    if gap(&at) <= 1e-9 && at.iter().all(|a| a.is_finite()) {
        Ok(from_odds(&odds))
    } else {
        Err(Error::Argument(
            "no conditional Poisson design has these inclusion probabilities: they lie too close to 0 or 1",
        ))
    }
}

/// Shifts log odds, which leaves the design as it is, to Σp = n, where Q(n) is largest and loses no digits.
fn centre(odds: &mut [f64], n: f64) {
    let sum = |shift: f64| odds.iter().map(|o| 1.0 / (1.0 + (-(o + shift)).exp())).sum::<f64>();
    let (mut low, mut high) = (-50.0, 50.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if sum(middle) < n { low = middle } else { high = middle }
    }
    let shift = (low + high) / 2.0;
    odds.iter_mut().for_each(|o| *o += shift);
}

/// Q(0), …, Q(N): how many units Poisson sampling takes.
fn counts(working: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; working.len() + 1];
    counts[0] = 1.0;
    for (i, p) in working.iter().enumerate() {
        for k in (1..=i + 1).rev() {
            counts[k] = (1.0 - p) * counts[k] + p * counts[k - 1];
        }
        counts[0] *= 1.0 - p;
    }
    counts
}

/// Takes a unit of probability `p` out of a distribution of counts: Q(k) = (1−p)·Q₋(k) + p·Q₋(k−1), solved from the end
/// at which errors die out.
fn without(counts: &[f64], p: f64) -> Vec<f64> {
    let mut rest = vec![0.0; counts.len() - 1];
    let mut last = 0.0;
    if p <= 0.5 {
        for (k, r) in rest.iter_mut().enumerate() {
            last = (counts[k] - p * last) / (1.0 - p);
            *r = last;
        }
    } else {
        for (k, r) in rest.iter_mut().enumerate().rev() {
            last = (counts[k + 1] - (1.0 - p) * last) / p;
            *r = last;
        }
    }
    rest
}

/// One entry of [`without`], from counts that are negligible before `first` and after `last`.
fn chance_without(counts: &[f64], first: usize, last: usize, p: f64, at: usize) -> f64 {
    if at < first || at >= last {
        return 0.0;
    }
    let (keep, odds) = if p <= 0.5 { (1.0 / (1.0 - p), p / (1.0 - p)) } else { (1.0 / p, (1.0 - p) / p) };
    let step = |rest: f64, c: &f64| c * keep - odds * rest;
    if p <= 0.5 {
        counts[first..=at].iter().fold(0.0, step)
    } else {
        counts[at + 1..=last].iter().rev().fold(0.0, step)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::design::mixed_probabilities;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Every subset of the open units of the right size with its probability, by the definition.
    fn all_samples(design: &ConditionalPoisson) -> Vec<(Vec<usize>, f64)> {
        let size = design.open.len();
        let mut samples: Vec<(Vec<usize>, f64)> = (0u32..1 << size)
            .filter(|mask| mask.count_ones() as usize == design.n)
            .map(|mask| {
                let inside: Vec<usize> = (0..size).filter(|i| mask >> i & 1 == 1).collect();
                let odds = inside.iter().map(|&i| design.working[i] / (1.0 - design.working[i])).product();
                (inside.into_iter().map(|i| design.open[i]).collect(), odds)
            })
            .collect();
        let sum: f64 = samples.iter().map(|s| s.1).sum();
        samples.iter_mut().for_each(|s| s.1 /= sum);
        samples
    }

    proptest! {
        #[test]
        fn probabilities_are_those_asked_for(sizes in prop::collection::vec(0.0..20.0f64, 2..9), n in 1usize..8) {
            let n = n.min(sizes.len());
            let pi = mixed_probabilities(&sizes, n, 0.2).unwrap();
            let design = ConditionalPoisson::new(&pi).unwrap();
            let units: Vec<usize> = (0..pi.len()).collect();
            let joint = design.joint(&units).unwrap();
            let samples = all_samples(&design);
            let holds = |i: usize, s: &[usize]| pi[i] >= 1.0 || s.contains(&i);
            for (i, row) in joint.iter().enumerate() {
                for (j, p) in row.iter().enumerate() {
                    let sum: f64 = samples.iter().filter(|(s, _)| holds(i, s) && holds(j, s)).map(|s| s.1).sum();
                    prop_assert!((sum - p).abs() < 1e-9, "{i} {j}: {sum} {p}");
                    prop_assert!(i != j || (sum - pi[i]).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn draws_follow_the_design() {
        let pi = [0.2, 0.9, 0.5, 1.0, 0.4];
        let design = ConditionalPoisson::new(&pi).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let runs = 40_000;
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..runs {
            *seen.entry(design.draw(&mut random)).or_insert(0u32) += 1;
        }
        for (mut sample, p) in all_samples(&design) {
            sample.push(3);
            sample.sort_unstable();
            let share = f64::from(seen.remove(&sample).unwrap_or(0)) / f64::from(runs);
            let deviation = (p * (1.0 - p) / f64::from(runs)).sqrt();
            assert!((share - p).abs() < 5.0 * deviation, "{sample:?}: {share} {p}");
        }
        assert!(seen.is_empty(), "{seen:?}");
    }

    #[test]
    fn large_and_uneven_populations() {
        let sizes: Vec<f64> = (0..600).map(|i| f64::from(i % 97).powi(3)).collect();
        let pi = mixed_probabilities(&sizes, 120, 0.1).unwrap();
        let design = ConditionalPoisson::new(&pi).unwrap();
        let drawn = design.draw(&mut ChaCha8Rng::seed_from_u64(2));
        assert_eq!(drawn.len(), 120);
        // Σⱼ πᵢⱼ over all j is n·πᵢ in a design of fixed size.
        let units: Vec<usize> = (0..600).collect();
        let joint = design.joint(&units).unwrap();
        for (row, p) in joint.iter().zip(&pi) {
            let sum: f64 = row.iter().sum();
            assert!((sum / (120.0 * p) - 1.0).abs() < 1e-8, "{sum} {p}");
        }
    }

    #[test]
    fn equal_probabilities_are_simple_random_sampling() {
        let design = ConditionalPoisson::new(&[0.4; 5]).unwrap();
        assert!((design.joint(&[0, 4]).unwrap()[0][1] - 0.1).abs() < 1e-12);
    }

    #[test]
    fn ends_and_refusals() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(ConditionalPoisson::new(&[1.0; 3]).unwrap().draw(&mut random), [0, 1, 2]);
        assert_eq!(ConditionalPoisson::new(&[]).unwrap().draw(&mut random), [0; 0]);
        for wrong in [vec![0.5, 0.6], vec![0.0, 1.0], vec![f64::NAN, 0.5], vec![1.5, 0.5], vec![1e-9; 3]] {
            assert!(ConditionalPoisson::new(&wrong).is_err(), "{wrong:?}");
        }
        assert!(ConditionalPoisson::new(&vec![0.5; LARGEST_POPULATION + 2]).is_err());
        let design = ConditionalPoisson::new(&[0.999_999, 0.000_001, 0.5, 0.5]).unwrap();
        assert!(design.joint(&[4]).is_err());
        assert!(design.joint(&[0, 1, 2, 3]).unwrap().iter().flatten().all(|p| (0.0..=1.0).contains(p)));
    }
}
