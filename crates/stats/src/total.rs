//! The total of a label over a population of which a sample was labelled.

use crate::interval::{Side, Surprise};
use crate::{Error, Result};

/// One unit of the population, as a batch found it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// fᵢ: what a model that did not see this unit's label expects it to be, 0 to 1.
    pub score: f64,
    /// πᵢ: its chance to be drawn in this batch; 1 for a unit whose label was known before.
    pub probability: f64,
    /// yᵢ, 0 to 1, when the unit was drawn in this batch or was known before.
    pub label: Option<f64>,
}

/// One batch over the whole population, given what was known before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// How much the batch counts among the others. Set it before the labels are seen, by the batch's size or the inverse
    /// of its [`anticipated_variance`]: weights made from estimated variances bias the total.
    pub weight: f64,
    /// Every unit of the population.
    pub units: Vec<Unit>,
}

/// An estimated total with what its intervals are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// T̂.
    pub value: f64,
    /// Σf, what the scores alone say.
    pub score_total: f64,
    /// The units that were drawn and labelled, certainty units left out.
    pub draws: usize,
    /// Residuals above zero: members whom the scores underrate.
    pub above: Side,
    /// Residuals below zero: others whom the scores overrate.
    pub below: Side,
    /// V̂ of the fixed-size design.
    pub variance: f64,
    /// Bounds that the labels themselves set: members found, and units not found to be none.
    pub bounds: (f64, f64),
}

/// The difference estimator, batch by batch.
///
/// ```text
/// T̂ₜ = Σ_U f + Σ_s (y − f)/π          T̂ = Σₜ wₜ·T̂ₜ,   Σwₜ = 1
/// V̂ₜ = n/(n−1)·Σ_s (1−π)·(e/π − B)²,  e = y − f,   B = Σ_s(1−π)e/π / Σ_s(1−π)
/// ```
///
/// Unbiased by design whatever the scores are, as long as no unit's score saw its own label (cross-fitting) and each
/// batch's π and w were set before its labels. Given the past, the batches' errors have mean zero, so their variances add.
/// With f = 0 it is the Horvitz–Thompson estimator. The variance is Hájek's approximation for fixed-size designs of high
/// entropy, such as [`crate::design::pivotal`] in random order; certainty units add nothing to it.
///
/// Särndal, Swensson & Wretman 1992, *Model Assisted Survey Sampling*, ch. 6; Hájek 1964; Cassel, Särndal & Wretman 1976.
///
/// # Errors
/// Without a labelled unit; when populations differ in size; when a number is outside its range.
pub fn difference(batches: &[Batch]) -> Result<Total> {
    estimate(batches, |u| u.score)
}

/// The Horvitz–Thompson estimator T̂ = Σ_s y/π: the labels alone, as if there were no scores.
///
/// Horvitz & Thompson 1952.
///
/// # Errors
/// As for [`difference`].
pub fn horvitz_thompson(batches: &[Batch]) -> Result<Total> {
    estimate(batches, |_| 0.0)
}

/// What a design's difference estimator is expected to vary by, before its labels are seen.
///
/// ```text
/// A = Σ_{π<1} vᵢ·(1/πᵢ − 1),   vᵢ = (zᵢ/2 + z̄/2)²
/// ```
///
/// `sizes` zᵢ = √(fᵢ(1−fᵢ)) are what the scores expect a residual to be; z̄ is their mean: half of the belief goes to all
/// units alike, as half of a sample does, since scores can be wrong. Batches weighted by 1/A have nearly the smallest
/// variance of their weighted mean, and no weight depends on what the batch itself found. Units whose πᵢ is 1 or 0 add
/// nothing. Isaki & Fuller 1982, *Survey design under the regression superpopulation model*.
pub fn anticipated_variance(sizes: &[f64], probabilities: &[f64]) -> f64 {
    let mean = sizes.iter().sum::<f64>() / sizes.len().max(1) as f64;
    let free = |p: f64| if p > 0.0 && p < 1.0 { 1.0 / p - 1.0 } else { 0.0 };
    sizes.iter().zip(probabilities).map(|(z, &p)| ((z + mean) / 2.0).powi(2) * free(p)).sum()
}

fn estimate(batches: &[Batch], score: impl Fn(&Unit) -> f64) -> Result<Total> {
    check(batches)?;
    let weights: f64 = batches.iter().map(|b| b.weight).sum();
    let mut total = Total {
        value: 0.0,
        score_total: 0.0,
        draws: 0,
        above: Side::default(),
        below: Side::default(),
        variance: 0.0,
        bounds: bounds(batches),
    };
    for batch in batches {
        let w = batch.weight / weights;
        let mut drawn = Vec::new();
        let (mut member, mut other) = (Surprise::default(), Surprise::default());
        for unit in &batch.units {
            let (f, pi) = (score(unit), unit.probability);
            total.score_total += w * f;
            total.value += w * f;
            if let Some(y) = unit.label {
                total.value += w * (y - f) / pi;
                if pi < 1.0 {
                    drawn.push((w * (y - f) / pi, 1.0 - pi));
                }
            }
            if pi < 1.0 {
                member.of(w * (1.0 - f) / pi, 1.0 - f);
                other.of(w * f / pi, f);
            }
        }
        member.tell(&mut total.above);
        other.tell(&mut total.below);
        for &(z, free) in &drawn {
            if z > 0.0 { total.above.add(z, free) } else { total.below.add(-z, free) }
        }
        total.draws += drawn.len();
        total.variance += hajek_variance(&drawn);
    }
    Ok(total)
}

/// V̂ = n/(n−1)·Σ(1−π)(z − B)² over draws (z, 1−π); with one draw, the Poisson form Σ(1−π)z².
pub(crate) fn hajek_variance(draws: &[(f64, f64)]) -> f64 {
    let free: f64 = draws.iter().map(|(_, q)| q).sum();
    let n = draws.len() as f64;
    if draws.len() < 2 || free <= 0.0 {
        return draws.iter().map(|(z, q)| q * z * z).sum();
    }
    let centre = draws.iter().map(|(z, q)| q * z).sum::<f64>() / free;
    n / (n - 1.0) * draws.iter().map(|(z, q)| q * (z - centre).powi(2)).sum::<f64>()
}

pub(crate) fn check(batches: &[Batch]) -> Result<()> {
    let unit = |v: f64| (0.0..=1.0).contains(&v);
    let size = batches.first().map_or(0, |b| b.units.len());
    if batches.iter().any(|b| b.units.len() != size) {
        return Err(Error::Argument("every batch must list the same population"));
    }
    if batches.iter().any(|b| !(b.weight > 0.0 && b.weight.is_finite())) {
        return Err(Error::Argument("a batch's weight must be above 0"));
    }
    let mut labelled = false;
    for u in batches.iter().flat_map(|b| &b.units) {
        if !unit(u.score) || !unit(u.probability) || u.label.is_some_and(|y| !unit(y)) {
            return Err(Error::Argument("scores, probabilities and labels must be between 0 and 1"));
        }
        if u.label.is_some() && u.probability <= 0.0 {
            return Err(Error::Argument("a labelled unit must have had a chance to be drawn"));
        }
        if u.label.is_none() && u.probability >= 1.0 {
            return Err(Error::Argument("a unit that is certain to be drawn must have a label"));
        }
        labelled |= u.label.is_some();
    }
    if labelled { Ok(()) } else { Err(Error::NoLabels) }
}

/// Members found, and the population less those found not to be members. Halves from unsure labels count as such.
fn bounds(batches: &[Batch]) -> (f64, f64) {
    let size = batches.first().map_or(0, |b| b.units.len());
    let (mut found, mut not) = (0.0, 0.0);
    for i in 0..size {
        if let Some(y) = batches.iter().rev().find_map(|b| b.units[i].label) {
            found += y;
            not += 1.0 - y;
        }
    }
    (found, size as f64 - not)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn batch(units: &[(f64, f64, Option<f64>)]) -> Batch {
        let units = units.iter().map(|&(score, probability, label)| Unit { score, probability, label }).collect();
        Batch { weight: 1.0, units }
    }

    /// Every simple random sample of 2 from 4.
    fn samples(scores: [f64; 4], labels: [f64; 4]) -> Vec<Batch> {
        let mut all = Vec::new();
        for a in 0..4 {
            for b in a + 1..4 {
                let unit = |i: usize| (scores[i], 0.5, (i == a || i == b).then_some(labels[i]));
                all.push(batch(&[unit(0), unit(1), unit(2), unit(3)]));
            }
        }
        all
    }

    #[test]
    fn simple_random_sampling_in_closed_form() {
        // N = 4, n = 2, y = 1, 0: T̂ = 2, V̂ = N²(1−n/N)s²/n = 16·½·½/2 = 2
        let t = horvitz_thompson(&[batch(&[
            (0.3, 0.5, Some(1.0)),
            (0.1, 0.5, Some(0.0)),
            (0.0, 0.5, None),
            (0.9, 0.5, None),
        ])])
        .unwrap();
        assert_eq!((t.value, t.variance, t.bounds), (2.0, 2.0, (1.0, 3.0)));
    }

    #[test]
    fn known_units_are_exact() {
        let t = difference(&[batch(&[(0.2, 1.0, Some(1.0)), (0.7, 1.0, Some(0.0)), (0.5, 1.0, Some(1.0))])]).unwrap();
        assert!((t.value - 2.0).abs() < 1e-12);
        assert_eq!((t.variance, t.draws), (0.0, 0));
    }

    #[test]
    fn batches_are_averaged_by_their_weights() {
        let first = batch(&[(0.0, 0.5, Some(1.0)), (0.0, 0.5, None)]);
        let second = Batch { weight: 3.0, ..batch(&[(0.0, 1.0, Some(1.0)), (0.0, 1.0, Some(0.0))]) };
        // ¼·2 + ¾·1
        assert!((difference(&[first, second]).unwrap().value - 1.25).abs() < 1e-12);
    }

    #[test]
    fn anticipated_variance_is_smallest_by_size() {
        let sizes = [0.1, 0.2, 0.4, 0.1];
        // z̄ = 0.2: v = 0.15², 0.2², 0.3², 0.15² over π = ½ each
        assert!((anticipated_variance(&sizes, &[0.5; 4]) - (2.0 * 0.0225 + 0.04 + 0.09)).abs() < 1e-12);
        // π ∝ √v, n = 2: (Σ√v)²/n − Σv, and no other design of two is below it.
        let best = [0.375, 0.5, 0.75, 0.375];
        let least = anticipated_variance(&sizes, &best);
        assert!((least - (0.64 / 2.0 - 0.175)).abs() < 1e-12);
        assert!(anticipated_variance(&sizes, &[0.425, 0.5, 0.7, 0.375]) > least);
        assert_eq!(anticipated_variance(&sizes, &[1.0; 4]), 0.0);
    }

    #[test]
    fn refusals() {
        assert_eq!(difference(&[]), Err(Error::NoLabels));
        assert_eq!(difference(&[batch(&[(0.5, 0.5, None)])]), Err(Error::NoLabels));
        assert!(difference(&[batch(&[(0.5, 0.0, Some(1.0))])]).is_err());
        assert!(difference(&[batch(&[(f64::NAN, 0.5, Some(1.0))])]).is_err());
        assert!(difference(&[batch(&[(0.5, 1.0, None), (0.5, 0.5, Some(1.0))])]).is_err());
    }

    proptest! {
        /// Unbiased over all samples, whatever the scores; and the variance estimate too, where the design is simple.
        #[test]
        fn unbiased_over_all_samples(scores in prop::array::uniform4(0.0..1.0f64), members in prop::array::uniform4(any::<bool>())) {
            let labels = members.map(|m| f64::from(u8::from(m)));
            let truth: f64 = labels.iter().sum();
            let all: Vec<Total> = samples(scores, labels).iter().map(|b| difference(std::slice::from_ref(b)).unwrap()).collect();
            let n = all.len() as f64;
            let mean = all.iter().map(|t| t.value).sum::<f64>() / n;
            let variance = all.iter().map(|t| (t.value - truth).powi(2)).sum::<f64>() / n;
            prop_assert!((mean - truth).abs() < 1e-9);
            prop_assert!((all.iter().map(|t| t.variance).sum::<f64>() / n - variance).abs() < 1e-9);
        }
    }
}
