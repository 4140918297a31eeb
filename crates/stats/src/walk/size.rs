use std::collections::BTreeMap;

use super::series::memory;
use super::{Chains, Chances, Draw};
use crate::interval::gamma_quantile;
use crate::{Error, Result};

/// How many units the walks can reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// The estimate; none if no unit was met twice.
    pub value: Option<f64>,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end; none if no unit was met twice: the walks then only say how small the population is not.
    pub high: Option<f64>,
    /// C: pairs of draws, far enough from each other, that are the same unit.
    pub collisions: u64,
    /// How many independent collisions would say as much.
    pub effective: f64,
}

/// A number of members, or of anything counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    /// The estimate; none if no unit was met twice.
    pub value: Option<f64>,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end; none if no unit was met twice.
    pub high: Option<f64>,
}

/// Pairs of draws: their number, weighted, and the collisions among them, and each draw's part in both.
struct Pairs {
    weighted: f64,
    collisions: f64,
    /// The most collisions that could have come at once and did not.
    burst: f64,
    influence: Vec<Vec<f64>>,
}

impl Chains {
    /// The number of units, from how often two draws are the same one: the birthday problem turned round.
    ///
    /// ```text
    /// Ψ = Σ ½(cᵢ/cⱼ + cⱼ/cᵢ) over the pairs used        C = those of them that are the same unit
    /// N̂ = Ψ/C · 1/(1+V̂)                                  c = d, or 1; all pairs: Ψ ≈ (Σd)(Σ1/d)/2
    /// V̂ = variance of the mean of 2(nΨᵢ/2Ψ − nCᵢ/2C), memory counted in, less 2/C, not below 0, plus 1/C
    /// limits = Ψ/G(1−α/2; C+m/2, C²V̂+m²/2),  Ψ/G(α/2; C, C²V̂),   m = max(C·V̂, burst)
    /// ```
    ///
    /// Pairs in one chain closer than `margin` steps are left out: a walk comes back to where it has just been whatever
    /// the size, and a Metropolis walk stays there, long. A margin as long as the chains leaves pairs between chains
    /// alone. Ψᵢ and Cᵢ sum over the pairs of draw i. If collisions were independent, C would be a Poisson count
    /// and V̂ = 1/C; hubs, which collide in bulk, and stretches walked twice make it larger. (The draws' own Poisson
    /// noise is in that variance twice, 2/C, and in N̂ once.) G are quantiles of the gamma distribution by mean and
    /// variance, with the collisions m that could have come and did not counted by half, as for a Poisson count by mid-p;
    /// burst is 1, or, where all chances are the same, the square of the longest stay. 1/(1+V̂) takes
    /// off the bias of 1/C, which Lu and Li correct by 1/C.
    ///
    /// Without a collision: no estimate, and the lower limit Ψ/(−log(α/2)·burst). The lower limit is at least the number of
    /// different units met.
    ///
    /// Assumes what [`Chains::share`] does, and a margin beyond which the walk has forgotten where it was. With
    /// a margin too small, or a walk that keeps to a corner, N̂ is too low. Takes about √N draws to say anything. A
    /// Metropolis walk is a poor way to a size where there are hubs: it stays long with units of few ties, and collisions
    /// come in few bursts.
    ///
    /// Katzir, Liberty & Somekh 2011, *Estimating sizes of social networks via biased sampling*; Hardiman & Katzir 2013 for
    /// the margin; Lu & Li 2013, *Bias correction in a small sample from big data*.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1, the margin is 0, or no two draws are that far from each other.
    pub fn size(&self, margin: usize, level: f64) -> Result<Size> {
        let pairs = self.pairs(margin, level)?;
        self.size_of(&pairs, level)
    }

    fn size_of(&self, pairs: &Pairs, level: f64) -> Result<Size> {
        let tail = (1.0 - level) / 2.0;
        let least = self.units() as f64;
        let c = pairs.collisions;
        if c == 0.0 {
            let low = (pairs.weighted / (-tail.ln() * pairs.burst)).max(least);
            return Ok(Size { value: None, low, high: None, collisions: 0, effective: 0.0 });
        }
        let ratio = pairs.weighted / c;
        let variance = (memory(&pairs.influence).variance - 2.0 / c).max(0.0) + 1.0 / c;
        let shape = 1.0 / variance;
        let value = (ratio / (1.0 + variance)).max(least);
        let unseen = (c * variance).max(pairs.burst);
        let most = gamma_quantile(1.0 - tail, c + unseen / 2.0, c * c * variance + unseen * unseen / 2.0)?;
        let low = pairs.weighted / most;
        let high = ratio * shape / gamma_quantile(tail, shape, shape)?;
        Ok(Size {
            value: Some(value),
            low: low.max(least).min(value),
            high: high.is_finite().then_some(high.max(value)),
            collisions: c as u64,
            effective: shape,
        })
    }

    /// The number of members: share × size.
    ///
    /// ```text
    /// T̂ = ȳ·N̂
    /// log limits = log T̂ ∓ √(a² + b² + 2ρ·a·b)     a, b from the logs of ȳ and N̂ to their limits on that side
    /// ρ = (V(sum of both influence series) − V₁ − V₂)/(2√(V₁V₂))
    /// ```
    ///
    /// Both come from the same draws, so their errors are tied: ρ carries that. If no member was met, 0 to the product
    /// of the upper limits.
    ///
    /// Zou & Donner 2008, *Construction of confidence limits about effect measures* (MOVER); Zou, Huang & Zhang 2009 for ρ.
    ///
    /// # Errors
    /// As for [`Chains::share`] and [`Chains::size`].
    pub fn total(&self, margin: usize, level: f64) -> Result<Count> {
        let share = self.share(level)?;
        let pairs = self.pairs(margin, level)?;
        let size = self.size_of(&pairs, level)?;
        if share.value <= 0.0 {
            return Ok(Count {
                value: size.value.map(|_| 0.0),
                low: 0.0,
                high: size.high.map(|high| high * share.high),
            });
        }
        let Some(n) = size.value else {
            return Ok(Count { value: None, low: share.low * size.low, high: None });
        };
        let correlation = self.correlation(&pairs, share.value);
        let joined = |a: f64, b: f64| (a * a + b * b + 2.0 * correlation * a * b).max(0.0).sqrt();
        let value = share.value * n;
        let below = joined((share.value / share.low).ln(), (n / size.low).ln());
        Ok(Count {
            value: Some(value),
            low: value * (-below).exp(),
            high: size.high.map(|high| value * joined((share.high / share.value).ln(), (high / n).ln()).exp()),
        })
    }

    /// How the errors of log share and log size go together.
    fn correlation(&self, pairs: &Pairs, share: f64) -> f64 {
        let of_share = self.linear_share().influence;
        let sum: Vec<Vec<f64>> = of_share
            .iter()
            .zip(&pairs.influence)
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a / share + b).collect())
            .collect();
        let (first, second) = (memory(&of_share).variance / (share * share), memory(&pairs.influence).variance);
        let product = 2.0 * (first * second).sqrt();
        if product > 0.0 { ((memory(&sum).variance - first - second) / product).clamp(-1.0, 1.0) } else { 0.0 }
    }

    fn pairs(&self, margin: usize, level: f64) -> Result<Pairs> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::Argument("a level must lie between 0 and 1"));
        }
        if margin == 0 {
            return Err(Error::Argument("a draw is no pair with itself: the margin must be 1 or more"));
        }
        // Each draw's sum over all others, then less those too near it.
        let chances = self.series(|d| self.chance(d));
        let (mut sum, mut inverse) = (0.0, 0.0);
        for c in chances.iter().flatten() {
            sum += c;
            inverse += 1.0 / c;
        }
        let mut weighted: Vec<Vec<f64>> = Vec::with_capacity(chances.len());
        for chain in &chances {
            let (mut near, mut near_inverse) = (0.0, 0.0);
            let mut ahead = 0;
            weighted.push(
                (0..chain.len())
                    .map(|t| {
                        while ahead < chain.len() && ahead < t.saturating_add(margin) {
                            near += chain[ahead];
                            near_inverse += 1.0 / chain[ahead];
                            ahead += 1;
                        }
                        if let Some(gone) = t.checked_sub(margin) {
                            near -= chain[gone];
                            near_inverse -= 1.0 / chain[gone];
                        }
                        let far = ((sum - near).max(0.0), (inverse - near_inverse).max(0.0));
                        (chain[t] * far.1 + far.0 / chain[t]) / 2.0
                    })
                    .collect(),
            );
        }
        let whole: f64 = weighted.iter().flatten().sum();
        // What is left of the sums by rounding alone is no pair.
        if whole <= 1e-9 * sum * inverse {
            return Err(Error::Argument("no two draws are as far from each other as the margin asks"));
        }
        let met = self.met_again(margin);
        let collided: f64 = met.iter().flatten().sum();
        let n = self.draws() as f64;
        let part = |x: f64, of: f64| if of > 0.0 { n * x / of } else { 0.0 };
        let influence = weighted
            .iter()
            .zip(&met)
            .map(|(w, m)| w.iter().zip(m).map(|(w, m)| 2.0 * (part(*w, whole) - part(*m, collided))).collect())
            .collect();
        Ok(Pairs { weighted: whole / 2.0, collisions: collided / 2.0, burst: self.burst(), influence })
    }

    /// The most collisions that one more unit could bring: two stays as long as the longest. Where chances go by degree a
    /// unit that is met so often is a hub, which all walks meet: one.
    fn burst(&self) -> f64 {
        let stay = |chain: &Vec<Draw>| chain.chunk_by(|a, b| a.unit == b.unit).map(<[Draw]>::len).max().unwrap_or(0);
        match self.chances {
            Chances::Degree => 1.0,
            Chances::Uniform => (self.chains.iter().map(stay).max().unwrap_or(1) as f64).powi(2),
        }
    }

    /// For each draw, how many draws far enough from it are the same unit.
    fn met_again(&self, margin: usize) -> Vec<Vec<f64>> {
        let mut places: BTreeMap<u64, Vec<(usize, usize)>> = BTreeMap::new();
        for (chain, draws) in self.chains.iter().enumerate() {
            for (t, draw) in draws.iter().enumerate() {
                places.entry(draw.unit).or_default().push((chain, t));
            }
        }
        let mut met = self.series(|_| 0.0);
        for visits in places.values() {
            let (mut from, mut to) = (0, 0);
            for &(chain, t) in visits {
                while visits[from].0 < chain || visits[from].1.saturating_add(margin) <= t {
                    from += 1;
                }
                while to < visits.len()
                    && (visits[to].0 < chain || visits[to].0 == chain && visits[to].1 < t.saturating_add(margin))
                {
                    to += 1;
                }
                met[chain][t] = (visits.len() - (to - from)) as f64;
            }
        }
        met
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Chances, Draw};
    use super::*;

    fn chain(units: &[u64], degree: impl Fn(u64) -> f64) -> Vec<Draw> {
        units.iter().map(|&unit| Draw { unit, degree: degree(unit), label: f64::from(u8::from(unit < 2)) }).collect()
    }

    /// Pairs and collisions counted one by one.
    fn by_hand(chains: &[Vec<Draw>], margin: usize) -> (f64, f64) {
        let all: Vec<(usize, usize, Draw)> = chains
            .iter()
            .enumerate()
            .flat_map(|(c, draws)| draws.iter().enumerate().map(move |(t, d)| (c, t, *d)))
            .collect();
        let (mut weighted, mut collisions) = (0.0, 0.0);
        for (i, a) in all.iter().enumerate() {
            for b in &all[..i] {
                if a.0 != b.0 || a.1.abs_diff(b.1) >= margin {
                    weighted += (a.2.degree / b.2.degree + b.2.degree / a.2.degree) / 2.0;
                    collisions += f64::from(u8::from(a.2.unit == b.2.unit));
                }
            }
        }
        (weighted, collisions)
    }

    #[test]
    fn pairs_are_those_counted_by_hand() {
        let degree = |u: u64| 1.0 + u as f64;
        let chains = vec![chain(&[0, 1, 0, 2, 0, 1, 1], degree), chain(&[3, 0, 3, 3], degree), chain(&[1], degree)];
        for margin in 1..9 {
            let pairs = Chains::new(chains.clone(), Chances::Degree).unwrap().pairs(margin, 0.95).unwrap();
            let (weighted, collisions) = by_hand(&chains, margin);
            assert!((pairs.weighted - weighted).abs() < 1e-9 && pairs.collisions == collisions, "{margin}");
        }
        let all = Chains::new(chains.clone(), Chances::Uniform).unwrap().pairs(1, 0.95).unwrap();
        assert!((all.weighted - 66.0).abs() < 1e-9);
    }

    /// Over all pairs of independent draws in proportion to degree, E[Ψ] = N·E[C] exactly.
    #[test]
    fn right_on_average_for_two_draws() {
        let degree = [1.0, 2.0, 2.0, 5.0, 7.0];
        let (mut weighted, mut collisions) = (0.0, 0.0);
        for a in 0..5u64 {
            for b in 0..5u64 {
                let d = |u: u64| degree[u as usize];
                let chains = Chains::new(vec![chain(&[a], d), chain(&[b], d)], Chances::Degree).unwrap();
                let pairs = chains.pairs(1, 0.95).unwrap();
                weighted += d(a) * d(b) * pairs.weighted;
                collisions += d(a) * d(b) * pairs.collisions;
            }
        }
        assert!((weighted / collisions - 5.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_collision_there_is_a_lower_limit_alone() {
        let units: Vec<u64> = (0..100).collect();
        let chains = Chains::new(vec![chain(&units, |_| 3.0)], Chances::Degree).unwrap();
        let size = chains.size(1, 0.95).unwrap();
        assert_eq!((size.value, size.high, size.collisions), (None, None, 0));
        assert!((size.low - 4950.0 / -(0.025f64.ln())).abs() < 1e-6, "{size:?}");
        let total = chains.total(1, 0.95).unwrap();
        assert!(total.value.is_none() && total.high.is_none() && total.low > 0.0);
    }

    #[test]
    fn too_little_is_refused() {
        let one = Chains::new(vec![chain(&[1, 1, 2], |_| 0.1)], Chances::Degree).unwrap();
        assert!(one.size(3, 0.95).is_err() && one.size(0, 0.95).is_err() && one.size(1, 1.0).is_err());
        let size = one.size(1, 0.95).unwrap();
        assert!(size.value.unwrap() >= 2.0 && size.high.unwrap().is_finite(), "{size:?}");
        // All the same unit: a population of one.
        let alone = Chains::new(vec![chain(&[1; 50], |_| 1.0)], Chances::Uniform).unwrap();
        let size = alone.size(1, 0.95).unwrap();
        assert!((size.value.unwrap() - 1.0).abs() < 0.01 && size.low >= 1.0, "{size:?}");
    }
}
