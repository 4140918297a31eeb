//! The portrait: shares, means and quantiles of something known of every unit, over those that are members.

use crate::total::{self, Batch, Unit};
use crate::{Error, Result};

mod many;
mod sorting;
mod spread;

pub use sorting::auc;
pub(crate) use spread::{Prior, Spread};

/// A figure over the members, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
    /// Labelled members for whom the value is known.
    pub labels: usize,
}

/// The members of a population, as far as the labels and scores tell.
///
/// A unit i stands for gᵢ = Σₜ wₜ·(f + 1(drawn)·(y − f)/π) members, so that Σg = T̂ of [`total::difference`], and a
/// figure over members is the same figure over all units weighted by g. Weights can be negative: a unit found not to be
/// a member takes back what the scores gave to units like it.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    batches: &'a [Batch],
    shares: Vec<f64>,
    /// Whether these are the units that are no members.
    others: bool,
    /// gᵢ, one a unit.
    pub weights: Vec<f64>,
}

impl<'a> Members<'a> {
    /// The members that `batches` tell of.
    ///
    /// # Errors
    /// As for [`total::difference`].
    pub fn new(batches: &'a [Batch]) -> Result<Self> {
        total::check(batches)?;
        let sum: f64 = batches.iter().map(|b| b.weight).sum();
        let shares: Vec<f64> = batches.iter().map(|b| b.weight / sum).collect();
        let mut weights = vec![0.0; batches.first().map_or(0, |b| b.units.len())];
        for (batch, w) in batches.iter().zip(&shares) {
            for (g, u) in weights.iter_mut().zip(&batch.units) {
                *g += w * (u.score + u.label.map_or(0.0, |y| (y - u.score) / u.probability));
            }
        }
        Ok(Self { batches, shares, others: false, weights })
    }

    /// The units that are no members, seen the same way: a score f is 1 − f to them, a label y is 1 − y, and a unit
    /// stands for 1 − gᵢ of them. Figures of both can be held side by side; their errors are opposite, not independent.
    #[must_use]
    pub fn others(&self) -> Self {
        let weights = self.weights.iter().map(|g| 1.0 - g).collect();
        Self { batches: self.batches, shares: self.shares.clone(), others: !self.others, weights }
    }

    /// A unit as this side sees it.
    pub(crate) fn seen(&self, unit: &Unit) -> Unit {
        if self.others { Unit { score: 1.0 - unit.score, label: unit.label.map(|y| 1.0 - y), ..*unit } } else { *unit }
    }

    /// How many members there are for whom `known` holds: Σ g over them, not below 0.
    pub fn count(&self, known: impl Fn(usize) -> bool) -> f64 {
        let sum: f64 = self.weights.iter().enumerate().filter(|(i, _)| known(*i)).map(|(_, g)| g).sum();
        sum.max(0.0)
    }

    /// The share of members with a property, among those for whom it is known (`Some`).
    ///
    /// ```text
    /// R̂ = Σ g·x / Σ g          linearised residual of a draw: (y − f)/π · (x − R̂) / Σg
    /// ```
    ///
    /// with the interval R̂ ± z·√V, V as [`Members::linear`] has it, within 0 and 1 and within what the labels themselves
    /// say: no fewer than the members found with the property, and without it, of all who could be members.
    /// `None` when no member is known.
    ///
    /// Särndal, Swensson & Wretman 1992, ch. 5.6 and 8.
    pub fn share(&self, property: &[Option<bool>], level: f64) -> Result<Option<Ratio>> {
        if property.len() != self.weights.len() {
            return Err(Error::Argument("there must be one value a unit"));
        }
        let shares = self.shares(1, |unit| property[unit].map(|is| is.then_some(0)), level)?;
        Ok(shares.into_iter().next().flatten())
    }

    /// The mean of a number over the members for whom it is known, with an interval like that of a share.
    pub fn mean(&self, number: &[Option<f64>], level: f64) -> Result<Option<Ratio>> {
        let Some((value, base)) = self.ratio(number)? else { return Ok(None) };
        let everywhere = (f64::NEG_INFINITY, f64::INFINITY);
        let influence = |i: usize| number[i].map_or(0.0, |x| (x - value) / base);
        self.linear(value, everywhere, self.labelled(number), level, influence).map(Some)
    }

    /// The q-quantile of a number over the members for whom it is known: the smallest value that at least a share q of
    /// them does not exceed. The interval carries the share's interval at that value back to the numbers.
    ///
    /// Woodruff 1952, *Confidence intervals for medians and other position measures*.
    pub fn quantile(&self, number: &[Option<f64>], q: f64, level: f64) -> Result<Option<Ratio>> {
        if !(q > 0.0 && q < 1.0) {
            return Err(Error::Argument("a quantile must lie between 0 and 1"));
        }
        let Some((_, base)) = self.ratio(number)? else { return Ok(None) };
        let mut sorted: Vec<(f64, f64)> =
            number.iter().zip(&self.weights).filter_map(|(x, g)| x.map(|x| (x, *g))).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = |share: f64| reached(&sorted, share * base);
        let value = at(q);
        let below: Vec<Option<bool>> = number.iter().map(|x| x.map(|x| x <= value)).collect();
        let Some(share) = self.share(&below, level)? else { return Ok(None) };
        let (low, high) = (at(q - (share.value - share.low)), at(q + (share.high - share.value)));
        Ok(Some(Ratio { value, low: low.min(value), high: high.max(value), labels: share.labels }))
    }

    /// The interval of any figure of the members that changes by `influence`(i) where one more is like unit i, within
    /// `bounds`: ± z·√V, V that of the total of (y − f)·influence/π. `labels` is passed on.
    ///
    /// ```text
    /// V = (c·V_f + n·V_s) / (c + n)
    /// V_f = Σ_U (1−π)/π·f(1−f)·z²        what scores that are right would have it, over all units
    /// V_s = Hájek's variance of the draws' e·z/π          n = (Σ q·r²)² / Σ (q·r²)²,  r = e·z/π, q = 1−π
    /// ```
    ///
    /// V_s is right whatever the scores are, but where few draws carry most of it, it is most often too small, and smallest where
    /// the figure is furthest off: heavy units that were not drawn are in neither. n says how many draws it rests on. V_f knows
    /// every unit, but takes the scores at their word. c draws' worth of it is mixed in: 10 for shares, 5 but no more than n for
    /// others. So with many labels the interval is that of the design alone. docs/methods/portrait-coverage.md shows how it did.
    ///
    /// Deville 1999, *Variance estimation for complex statistics and estimators: linearization and residual techniques*; Isaki &
    /// Fuller 1982 for V_f, the anticipated variance; Satterthwaite 1946 for n.
    ///
    /// # Errors
    /// When an influence is not finite.
    pub fn linear(
        &self,
        value: f64,
        bounds: (f64, f64),
        labels: usize,
        level: f64,
        influence: impl Fn(usize) -> f64,
    ) -> Result<Ratio> {
        let half = self.spread(influence).half_width(Prior::Number, level)?;
        let (low, high) = (value - half, value + half);
        let within = |x: f64| x.max(bounds.0).min(bounds.1);
        Ok(Ratio { value, low: within(low).min(value), high: within(high).max(value), labels })
    }

    /// R̂ and Σg over the units where `x` is known; `None` when the estimated number of members there is not positive.
    fn ratio(&self, x: &[Option<f64>]) -> Result<Option<(f64, f64)>> {
        if x.len() != self.weights.len() {
            return Err(Error::Argument("there must be one value a unit"));
        }
        if x.iter().flatten().any(|x| !x.is_finite()) {
            return Err(Error::Argument("a value must be a finite number"));
        }
        let (mut top, mut base) = (0.0, 0.0);
        for (x, g) in x.iter().zip(&self.weights) {
            if let Some(x) = x {
                top += g * x;
                base += g;
            }
        }
        Ok((base > 0.0).then(|| (top / base, base)))
    }

    /// What the error of a figure may be that a unit of the members moves by `influence`.
    pub(crate) fn spread(&self, influence: impl Fn(usize) -> f64) -> Spread {
        self.spread_by_batch(|_, unit| influence(unit))
    }

    /// The same of a figure that a batch's unit moves by `influence`(batch, unit).
    fn spread_by_batch(&self, influence: impl Fn(usize, usize) -> f64) -> Spread {
        let mut spread = Spread::default();
        for (number, (batch, w)) in self.batches.iter().zip(&self.shares).enumerate() {
            let mut draws = Vec::new();
            for (i, u) in batch.units.iter().enumerate().filter(|(_, u)| u.probability < 1.0) {
                let u = self.seen(u);
                let lever = w * influence(number, i) / u.probability;
                let free = 1.0 - u.probability;
                spread.expected += free * u.probability * u.score * (1.0 - u.score) * lever * lever;
                if let Some(y) = u.label {
                    draws.push(((y - u.score) * lever, free));
                }
            }
            spread.add(&draws);
        }
        spread
    }

    /// (1−π)·(w·(y − f)/π)² of each labelled draw, with its unit: what the variance of any total is made of, (1−π)·r²·x².
    pub fn squares(&self) -> impl Iterator<Item = (usize, f64)> {
        self.batches.iter().zip(&self.shares).flat_map(|(batch, w)| {
            let square =
                move |u: &Unit| Some((1.0 - u.probability) * (w * (u.label? - u.score) / u.probability).powi(2));
            batch.units.iter().enumerate().filter_map(move |(i, u)| Some((i, square(u)?)))
        })
    }

    pub(crate) fn batches(&self) -> &[Batch] {
        self.batches
    }

    /// What each batch counts among the others, 1 in all.
    pub(crate) fn batch_shares(&self) -> &[f64] {
        &self.shares
    }

    /// Whether a unit is labelled as one of these.
    pub fn is_labelled(&self, unit: usize) -> bool {
        self.batches.iter().any(|b| self.seen(&b.units[unit]).label.is_some_and(|y| y > 0.5))
    }

    pub(crate) fn labelled(&self, x: &[Option<f64>]) -> usize {
        x.iter().enumerate().filter(|(i, x)| x.is_some() && self.is_labelled(*i)).count()
    }
}

/// The first of the sorted numbers up to which the weights add up to `sum`; the last where they never do.
fn reached(sorted: &[(f64, f64)], sum: f64) -> f64 {
    let mut so_far = 0.0;
    for &(x, g) in sorted {
        so_far += g;
        if so_far >= sum {
            return x;
        }
    }
    sorted.last().map_or(0.0, |s| s.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::design::{mixed_probabilities, pivotal};
    use crate::total::Unit;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn all_known(labels: &[f64]) -> Vec<Batch> {
        let units = labels.iter().map(|&y| Unit { score: 0.5, probability: 1.0, label: Some(y) }).collect();
        vec![Batch { weight: 1.0, units }]
    }

    #[test]
    fn exact_when_everyone_is_labelled() {
        let batches = all_known(&[1.0, 1.0, 1.0, 0.0, 1.0]);
        let members = Members::new(&batches).unwrap();
        let share = members.share(&[Some(true), Some(false), None, Some(true), Some(true)], 0.95).unwrap().unwrap();
        assert!((share.value - 2.0 / 3.0).abs() < 1e-12 && share.low == share.value && share.high == share.value);
        assert_eq!(share.labels, 3);
        let numbers = [Some(1.0), Some(2.0), Some(9.0), Some(100.0), Some(4.0)];
        assert_eq!(members.mean(&numbers, 0.95).unwrap().unwrap().value, 4.0);
        assert_eq!(members.quantile(&numbers, 0.5, 0.95).unwrap().unwrap().value, 2.0);
        assert_eq!(members.count(|i| i > 1), 2.0);
    }

    #[test]
    fn nothing_known_is_none() {
        let batches = all_known(&[1.0, 0.0]);
        let members = Members::new(&batches).unwrap();
        assert_eq!(members.share(&[None, Some(true)], 0.95).unwrap(), None);
        assert!(members.share(&[None], 0.95).is_err());
        assert!(members.mean(&[Some(f64::NAN), None], 0.95).is_err());
    }

    /// Coverage on a population where truth is known: a share, a mean and a median, 300 labels of 3,000 units.
    #[test]
    fn intervals_hold_the_truth() {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let population: Vec<(f64, f64, bool, f64)> = (0..3000)
            .map(|_| {
                let f: f64 = random.random::<f64>().powi(2);
                let y = random.random_bool(f);
                let x = random.random_bool(if y { 0.3 } else { 0.6 });
                let size = (random.random::<f64>() * 5.0).exp() * if x { 2.0 } else { 1.0 };
                (f.clamp(0.01, 0.99), f64::from(u8::from(y)), x, size)
            })
            .collect();
        let members: Vec<_> = population.iter().filter(|u| u.1 > 0.5).collect();
        let n = members.len() as f64;
        let share = members.iter().filter(|u| u.2).count() as f64 / n;
        let mean = members.iter().map(|u| u.3).sum::<f64>() / n;
        let mut sizes: Vec<f64> = members.iter().map(|u| u.3).collect();
        sizes.sort_by(f64::total_cmp);
        let median = sizes[(sizes.len() - 1) / 2];

        let z: Vec<f64> = population.iter().map(|u| (u.0 * (1.0 - u.0)).sqrt()).collect();
        let p = mixed_probabilities(&z, 300, 0.5).unwrap();
        let x: Vec<Option<bool>> = population.iter().map(|u| Some(u.2)).collect();
        let s: Vec<Option<f64>> = population.iter().map(|u| Some(u.3)).collect();
        let runs = 400;
        let mut held = [0; 3];
        for _ in 0..runs {
            let mut units: Vec<Unit> = population
                .iter()
                .zip(&p)
                .map(|(u, &probability)| Unit { score: u.0, probability, label: None })
                .collect();
            pivotal(&p, &mut random).into_iter().for_each(|i| units[i].label = Some(population[i].1));
            let batches = [Batch { weight: 1.0, units }];
            let m = Members::new(&batches).unwrap();
            let holds =
                |r: Option<Ratio>, truth: f64| usize::from(r.is_some_and(|r| r.low <= truth && truth <= r.high));
            held[0] += holds(m.share(&x, 0.95).unwrap(), share);
            held[1] += holds(m.mean(&s, 0.95).unwrap(), mean);
            held[2] += holds(m.quantile(&s, 0.5, 0.95).unwrap(), median);
        }
        // Binomial error of 400 runs at 95 %: 1.1 points; three of them below.
        assert!(held.iter().all(|h| f64::from(*h as u32) / f64::from(runs) >= 0.917), "{held:?} of {runs}");
    }
}
