//! Quantification: the prevalence of a population from its scores. A cross-check on the design-based answer, no more.

use crate::capture::quantile;
use crate::{Error, Result};

/// A labelled unit with the score of a model that did not see its label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The score, 0 to 1.
    pub score: f64,
    /// Whether it is a member.
    pub member: bool,
    /// 1/π.
    pub weight: f64,
}

/// A prevalence with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prevalence {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// Probabilistic adjusted classify-and-count.
///
/// ```text
/// P̂ = (m − f)/(t − f)     m mean score of the population; t of labelled members, f of labelled others (weighted)
/// V̂ = ( P̂²·V̂(t) + (1−P̂)²·V̂(f) ) / (t − f)²
/// ```
///
/// Assumes that labelled members score as all members do, and others as all others. P̂ is cut to 0…1. Wald interval.
///
/// Bella et al. 2010, *Quantification via probability estimators*; Forman 2008 for the adjustment.
///
/// # Errors
/// When t = f, or so near that the labels cannot tell them apart (t − f within 1e-9): no score tells members from others.
/// Without a labelled member or a labelled other; when a score or weight is out of its range.
pub fn pacc(labelled: &[Scored], population: &[f64], level: f64) -> Result<Prevalence> {
    let z = quantile(level)?;
    check(labelled, population)?;
    let (t, variance_t) = mean(labelled, true)?;
    let (f, variance_f) = mean(labelled, false)?;
    if (t - f).abs() < 1e-9 {
        return Err(Error::Argument("labelled members and others score alike: the scores cannot tell a prevalence"));
    }
    let m = population.iter().sum::<f64>() / population.len() as f64;
    let value = (m - f) / (t - f);
    let half = z * (value * value * variance_t + (1.0 - value).powi(2) * variance_f).sqrt() / (t - f).abs();
    let cut = |v: f64| v.clamp(0.0, 1.0);
    Ok(Prevalence { value: cut(value), low: cut(value - half), high: cut(value + half) })
}

/// Expectation maximisation of the prior (SLD): how common members are in the population, if only that differs from where the
/// scores were made.
///
/// ```text
/// repeat:  pᵢ' = q·sᵢ/π / ( q·sᵢ/π + (1−q)(1−sᵢ)/(1−π) ),   q = mean pᵢ'
/// ```
///
/// π is the prevalence that the scores are calibrated to. q maximises the likelihood Σ log( q·sᵢ/π + (1−q)(1−sᵢ)/(1−π) ),
/// and the interval is the Wald interval of its information: that of the scores taken as right. It says nothing of how
/// far they are from calibrated, so it is too narrow. Fails with scores that are not calibrated, or that shift for
/// members.
///
/// Saerens, Latinne & Decaestecker 2002, *Adjusting the outputs of a classifier to new a priori probabilities*.
///
/// # Errors
/// When π is not between 0 and 1, there are no scores, or one is out of its range.
pub fn emq(population: &[f64], calibrated_to: f64, level: f64) -> Result<Prevalence> {
    let z = quantile(level)?;
    check(&[], population)?;
    if !(calibrated_to > 0.0 && calibrated_to < 1.0) {
        return Err(Error::Argument("scores must be calibrated to a prevalence between 0 and 1"));
    }
    let pi = calibrated_to;
    let n = population.len() as f64;
    let odds = |s: f64| (s / pi, (1.0 - s) / (1.0 - pi));
    let mut q = pi;
    for _ in 0..10_000 {
        let posterior = |s: &f64| {
            let (yes, no) = odds(*s);
            q * yes / (q * yes + (1.0 - q) * no)
        };
        let next = (population.iter().map(posterior).sum::<f64>() / n).clamp(1e-12, 1.0 - 1e-12);
        let done = (next - q).abs() < 1e-12;
        q = next;
        if done {
            break;
        }
    }
    let slope = |s: &f64| {
        let (yes, no) = odds(*s);
        ((yes - no) / (q * yes + (1.0 - q) * no)).powi(2)
    };
    let information: f64 = population.iter().map(slope).sum();
    // Scores that are all alike say nothing.
    let half = if information > 1e-12 { z / information.sqrt() } else { 1.0 };
    Ok(Prevalence { value: q, low: (q - half).max(0.0), high: (q + half).min(1.0) })
}

/// The weighted mean score of labelled members or others, with its variance.
fn mean(labelled: &[Scored], member: bool) -> Result<(f64, f64)> {
    let of = || labelled.iter().filter(|s| s.member == member);
    let sum: f64 = of().map(|s| s.weight).sum();
    if sum <= 0.0 {
        return Err(Error::Argument("quantifiers take labelled members and labelled others"));
    }
    let mean = of().map(|s| s.weight * s.score).sum::<f64>() / sum;
    let n = of().count() as f64;
    let spread: f64 = of().map(|s| (s.weight * (s.score - mean)).powi(2)).sum();
    // One unit shows no spread; anything is possible then.
    let variance = if n > 1.0 { n / (n - 1.0) * spread / (sum * sum) } else { 0.25 };
    Ok((mean, variance))
}

fn check(labelled: &[Scored], population: &[f64]) -> Result<()> {
    let share = |s: f64| (0.0..=1.0).contains(&s);
    if population.is_empty() || population.iter().chain(labelled.iter().map(|l| &l.score)).any(|s| !share(*s)) {
        return Err(Error::Argument("scores must be between 0 and 1, and there must be some"));
    }
    if labelled.iter().any(|l| !(l.weight > 0.0 && l.weight.is_finite())) {
        return Err(Error::Argument("weights must be above 0"));
    }
    Ok(())
}
