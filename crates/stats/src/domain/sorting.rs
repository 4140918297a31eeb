//! How well a number sorts the members from the others: the area under the ROC curve.

use super::{Members, Prior, Ratio};
use crate::{Error, Result};

/// The chance that a member has a higher number than another unit, ties counting half:
///
/// ```text
/// θ = Σ_{i≠j} gᵢ·(1 − gⱼ)·ψ(xᵢ, xⱼ) / Σ_{i≠j} gᵢ·(1 − gⱼ)          ψ = 1, ½, 0 for xᵢ >, =, < xⱼ
/// ```
///
/// over the units whose x is known; gᵢ is 1 for a member and 0 for another, or any weight that is so on average. 1 sorts them
/// wholly, ½ not at all, 0 the wrong way round. `None` where there are no pairs. O(N log N).
///
/// Mann & Whitney 1947; Hanley & McNeil 1982, *The meaning and use of the area under a ROC curve*.
///
/// # Errors
/// When there is not one weight a number, or a number is not one.
pub fn auc(x: &[Option<f64>], members: &[f64]) -> Result<Option<f64>> {
    Ok(Pairs::of(x, members)?.share())
}

impl Members<'_> {
    /// How well `x` sorts the members from the others: θ of [`auc`] with the weights g. A unit is left out of the pairs with
    /// itself, so that numerator and denominator are right on average, however uneven the weights are (exactly so where the
    /// draws are independent).
    ///
    /// ```text
    /// ∂θ/∂gᵢ = (Σ_{j≠i} (1 − gⱼ)(ψ(xᵢ, xⱼ) − θ) − Σ_{j≠i} gⱼ(ψ(xⱼ, xᵢ) − θ)) / Σ_{i≠j} gᵢ(1 − gⱼ)
    /// ```
    ///
    /// The interval is θ ± z·√V, with V of that influence as [`Members::linear`] has it, within 0 and 1. Assumes that x was
    /// not made from the labels; for scores, which were, see [`Members::scores_auc`]. `labels` counts the labelled units,
    /// members and others. `None` where no member or no other is known.
    ///
    /// With everyone labelled it is the area as it is defined. Where only the labelled are known, Obuchowski & Lieber 1998 and
    /// DeLong, DeLong & Clarke-Pearson 1988 have it; here the numbers of all are, and what is left open is who is a member.
    /// Deville 1999 for the linearisation.
    ///
    /// # Errors
    /// As for [`auc`], and when `level` is not between 0 and 1.
    pub fn auc(&self, x: &[Option<f64>], level: f64) -> Result<Option<Ratio>> {
        let pairs = Pairs::of(x, &self.weights)?;
        let Some(value) = pairs.share() else { return Ok(None) };
        let influence: Vec<f64> = pairs.moves.iter().map(|m| m.influence(value, pairs.all)).collect();
        self.area(value, |_, i| influence[i], |i| x[i].is_some(), level).map(Some)
    }

    /// The same of the scores, each batch's own: by which its answer was corrected, and which saw none of its labels.
    ///
    /// ```text
    /// θ = Σₜ wₜ·Σ_{i≠j} gₜᵢ(1 − gₜⱼ)ψ(fₜᵢ, fₜⱼ) / Σₜ wₜ·Σ_{i≠j} gₜᵢ(1 − gₜⱼ)      gₜᵢ = f + 1(drawn)·(y − f)/π of batch t
    /// ```
    ///
    /// So it is the mean area of the batches' scores, as the batches count; the last batch's alone may be larger. Of units
    /// for which `known` does not hold nothing is said.
    ///
    /// # Errors
    /// As for [`Members::auc`].
    pub fn scores_auc(&self, known: impl Fn(usize) -> bool, level: f64) -> Result<Option<Ratio>> {
        let (mut sorted, mut all, mut moves) = (0.0, 0.0, Vec::with_capacity(self.batches.len()));
        for (batch, w) in self.batches.iter().zip(&self.shares) {
            let seen = batch.units.iter().map(|u| self.seen(u));
            let (x, g): (Vec<Option<f64>>, Vec<f64>) = seen
                .enumerate()
                .map(|(i, u)| {
                    (known(i).then_some(u.score), u.score + u.label.map_or(0.0, |y| (y - u.score) / u.probability))
                })
                .unzip();
            let pairs = Pairs::of(&x, &g)?;
            sorted += w * pairs.sorted;
            all += w * pairs.all;
            moves.push(pairs.moves);
        }
        if all <= 0.0 {
            return Ok(None);
        }
        let value = sorted / all;
        self.area(value, |batch, i| moves[batch][i].influence(value, all), known, level).map(Some)
    }

    fn area(
        &self,
        value: f64,
        influence: impl Fn(usize, usize) -> f64,
        known: impl Fn(usize) -> bool,
        level: f64,
    ) -> Result<Ratio> {
        let half = self.spread_by_batch(influence).half_width(Prior::Number, level)?;
        // A score stands where nobody was sure; a label is all or nothing.
        let told = |i: usize| self.batches.iter().any(|b| matches!(b.units[i].label, Some(y) if y == 0.0 || y == 1.0));
        let labels = (0..self.weights.len()).filter(|i| known(*i) && told(*i)).count();
        let within = |v: f64| v.clamp(0.0, 1.0);
        Ok(Ratio { value: within(value), low: within(value - half), high: within(value + half), labels })
    }
}

/// What one more member like a unit adds to the pairs: to those that are sorted, and to all.
#[derive(Debug, Clone, Copy, Default)]
struct Move {
    sorted: f64,
    all: f64,
}

impl Move {
    fn influence(self, share: f64, all: f64) -> f64 {
        (self.sorted - share * self.all) / all
    }
}

/// The pairs of a member and another unit, by weight.
struct Pairs {
    sorted: f64,
    all: f64,
    moves: Vec<Move>,
}

impl Pairs {
    fn of(x: &[Option<f64>], members: &[f64]) -> Result<Self> {
        if x.len() != members.len() {
            return Err(Error::Argument("there must be one value a unit"));
        }
        if x.iter().flatten().chain(members).any(|v| !v.is_finite()) {
            return Err(Error::Argument("a value must be a finite number"));
        }
        let mut order: Vec<(f64, usize)> = x.iter().enumerate().filter_map(|(i, x)| Some(((*x)?, i))).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let sums = |of: &[(f64, usize)]| {
            of.iter().fold((0.0, 0.0), |(yes, no), (_, i)| (yes + members[*i], no + 1.0 - members[*i]))
        };
        let (all_members, all_others) = sums(&order);
        let mut moves = vec![Move::default(); x.len()];
        let (mut sorted, mut all) = (0.0, 0.0);
        let (mut members_below, mut others_below) = (0.0, 0.0);
        for tied in order.chunk_by(|a, b| a.0 == b.0) {
            let (yes, no) = sums(tied);
            for &(_, i) in tied {
                let (own, free) = (members[i], 1.0 - members[i]);
                let others_under = others_below + (no - free) / 2.0;
                let members_over = all_members - members_below - yes + (yes - own) / 2.0;
                sorted += own * others_under;
                all += own * (all_others - free);
                let all_moved = (all_others - free) - (all_members - own);
                moves[i] = Move { sorted: others_under - members_over, all: all_moved };
            }
            members_below += yes;
            others_below += no;
        }
        Ok(Self { sorted, all, moves })
    }

    fn share(&self) -> Option<f64> {
        (self.all > 0.0).then(|| self.sorted / self.all)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::design::{mixed_probabilities, pivotal};
    use crate::interval::normal_quantile;
    use crate::total::{Batch, Unit};

    const X: [f64; 12] = [0.9, 0.4, 0.4, 0.7, 0.1, 0.4, 0.8, 0.2, 0.2, 0.6, 0.5, 0.3];
    const Y: [f64; 12] = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0];

    fn known(x: &[f64]) -> Vec<Option<f64>> {
        x.iter().copied().map(Some).collect()
    }

    /// R: `unname(wilcox.test(x[y == 1], x[y == 0], exact = FALSE)$statistic) / (sum(y) * sum(1 - y))`.
    #[test]
    fn with_everyone_labelled_it_is_the_rank_sum() {
        assert!((auc(&known(&X), &Y).unwrap().unwrap() - 0.736_111_111_111_111_2).abs() < 1e-15);
        let units = Y.iter().map(|&y| Unit { score: 0.5, probability: 1.0, label: Some(y) }).collect();
        let batches = [Batch { weight: 1.0, units }];
        let members = Members::new(&batches).unwrap();
        let found = members.auc(&known(&X), 0.95).unwrap().unwrap();
        assert!((found.value - 0.736_111_111_111_111_2).abs() < 1e-15);
        assert_eq!((found.low, found.high, found.labels), (found.value, found.value, 12));
        // Seen from the others it is the other way round.
        let others = members.others().auc(&known(&X), 0.95).unwrap().unwrap();
        assert!((others.value + found.value - 1.0).abs() < 1e-15);
        // What is all alike sorts nothing; one side alone has no pairs.
        assert_eq!(auc(&[Some(3.0); 12], &Y).unwrap(), Some(0.5));
        assert_eq!(auc(&known(&X), &[1.0; 12]).unwrap(), None);
        assert_eq!(members.auc(&[None; 12], 0.95).unwrap(), None);
        assert_eq!(members.scores_auc(|_| false, 0.95).unwrap(), None);
        assert!(auc(&[Some(f64::NAN); 12], &Y).is_err() && auc(&[None], &Y).is_err());
        assert!(members.auc(&known(&X), 1.0).is_err());
    }

    /// Two batches of weights 1 and 3, against R: double loops over i ≠ j for both sums, the influence of gₜᵢ by the central
    /// difference (θ(gₜᵢ + 1e-5) − θ(gₜᵢ − 1e-5))/2e-5, and V as [`Members::linear`] states it, written out.
    #[test]
    fn as_loops_and_differences_have_it() {
        let (o, i) = (None, Some(1.0));
        let n = Some(0.0);
        let second = [0.9, 0.6, 0.3, 0.8, 0.1, 0.3, 0.7, 0.2, 0.2, 0.6, 0.5, 0.3];
        let chances = [
            [0.5, 0.4, 0.6, 0.3, 0.5, 0.5, 0.7, 0.2, 0.3, 0.6, 0.5, 0.4],
            [1.0, 0.5, 1.0, 0.6, 0.3, 1.0, 0.8, 0.3, 0.25, 0.7, 1.0, 0.4],
        ];
        let labels = [[i, o, n, o, o, n, o, o, o, o, i, o], [i, i, n, i, o, n, n, o, n, o, i, o]];
        let batch = |weight, scores: &[f64; 12], b: usize| {
            let unit = |k: usize| Unit { score: scores[k], probability: chances[b][k], label: labels[b][k] };
            Batch { weight, units: (0..12).map(unit).collect() }
        };
        let batches = [batch(1.0, &[0.5; 12], 0), batch(3.0, &second, 1)];
        let members = Members::new(&batches).unwrap();
        // In R with f[1, ] all 0.5 and x = f[2, ].
        let of = |r: Ratio| (r.value, r.value - r.low, r.labels);
        let close = |(value, half, labels): (f64, f64, usize), wanted: (f64, f64)| {
            assert!((value - wanted.0).abs() < 1e-12 && (half - wanted.1).abs() < 1e-9, "{value} {half} {wanted:?}");
            assert_eq!(labels, 8);
        };
        close(of(members.auc(&known(&X), 0.95).unwrap().unwrap()), (0.791_970_164_908_81, 0.199_148_857_936_90));
        close(of(members.scores_auc(|_| true, 0.95).unwrap().unwrap()), (0.812_280_802_621_74, 0.167_723_730_012_01));
    }

    /// Every sample that independent draws could take of 9 units: on average both sums are those of the population.
    #[test]
    fn sums_are_right_on_average() {
        let chance = [0.9, 0.2, 0.5, 0.3, 0.7, 0.4, 0.6, 0.15, 0.35];
        let score = [0.8, 0.7, 0.2, 0.5, 0.9, 0.1, 0.4, 0.3, 0.6];
        let (x, y) = (known(&X[..9]), &Y[..9]);
        let truth = Pairs::of(&x, y).unwrap();
        let (mut sorted, mut all) = (0.0, 0.0);
        for sample in 0..1 << 9 {
            let drawn = |i: usize| sample >> i & 1 == 1;
            let of: f64 = (0..9).map(|i| if drawn(i) { chance[i] } else { 1.0 - chance[i] }).product();
            let g = |i: usize| score[i] + if drawn(i) { (y[i] - score[i]) / chance[i] } else { 0.0 };
            let pairs = Pairs::of(&x, &(0..9).map(g).collect::<Vec<_>>()).unwrap();
            sorted += of * pairs.sorted;
            all += of * pairs.all;
        }
        assert!((sorted - truth.sorted).abs() < 1e-10 && (all - truth.all).abs() < 1e-10, "{sorted} {all}");
    }

    /// How often the intervals hold the area of the whole population: of a measure, and of the scores.
    fn held(units: usize, labels: usize, prevalence: f64, distance: f64, runs: u32) -> [[f64; 3]; 2] {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut normal = || normal_quantile(random.random::<f64>().clamp(1e-9, 1.0 - 1e-9));
        let odds = (prevalence / (1.0 - prevalence)).ln();
        let population: Vec<(f64, f64, f64)> = (0..units)
            .map(|i| {
                let y = if (i as f64) < prevalence * units as f64 { 1.0 } else { 0.0 };
                let z = y * distance + normal();
                // A calibrated score of z, and a coarse measure that has something of it.
                let f = 1.0 / (1.0 + (-(odds + distance * z - distance * distance / 2.0)).exp());
                (y, f.clamp(1e-3, 1.0 - 1e-3), ((z + normal()) * 2.0).round())
            })
            .collect();
        let y: Vec<f64> = population.iter().map(|u| u.0).collect();
        let x: Vec<Option<f64>> = population.iter().map(|u| Some(u.2)).collect();
        let scores: Vec<Option<f64>> = population.iter().map(|u| Some(u.1)).collect();
        let truth = [auc(&x, &y).unwrap().unwrap(), auc(&scores, &y).unwrap().unwrap()];
        let sizes: Vec<f64> = population.iter().map(|u| (u.1 * (1.0 - u.1)).sqrt()).collect();
        let chances = mixed_probabilities(&sizes, labels, 0.5).unwrap();
        let mut out = [[0.0; 3]; 2];
        for _ in 0..runs {
            let unit = |u: &(f64, f64, f64), p: &f64| Unit { score: u.1, probability: *p, label: None };
            let mut units: Vec<Unit> = population.iter().zip(&chances).map(|(u, p)| unit(u, p)).collect();
            pivotal(&chances, &mut random).into_iter().for_each(|i| units[i].label = Some(population[i].0));
            let batches = [Batch { weight: 1.0, units }];
            let members = Members::new(&batches).unwrap();
            let found = [members.auc(&x, 0.95).unwrap().unwrap(), members.scores_auc(|_| true, 0.95).unwrap().unwrap()];
            for ((out, found), truth) in out.iter_mut().zip(found).zip(truth) {
                out[0] += f64::from(u8::from(found.low <= truth && truth <= found.high)) / f64::from(runs);
                out[1] += f64::from(u8::from(found.high < truth)) / f64::from(runs);
                out[2] += (found.value - truth) / f64::from(runs);
            }
        }
        out
    }

    #[test]
    fn intervals_hold_the_truth() {
        for (n, m, p, d) in [
            (3_000, 300, 0.4, 1.0),
            (3_000, 300, 0.1, 2.0),
            (3_000, 300, 0.3, 3.0),
            (3_000, 600, 0.02, 3.0),
            (3_000, 100, 0.3, 2.0),
            (10_000, 500, 0.05, 2.5),
            (10_000, 500, 0.6, 3.5),
        ] {
            // Three binomial errors below 95 %, and no more than half of the misses spared.
            for [held, _, bias] in held(n, m, p, d, 1_000) {
                assert!((0.929..=0.985).contains(&held) && bias.abs() < 0.01, "{n} {m} {p} {d}: {held} {bias}");
            }
        }
    }
}
