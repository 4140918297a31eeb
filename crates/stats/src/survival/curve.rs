//! The product-limit curve and the cumulative hazard, with delayed entry.

use super::{Spell, check};
use crate::capture::quantile;
use crate::{Error, Result};

/// Survival that misses a wanted share by no more than this counts as equal to it.
const EQUAL: f64 = 1e-9;

/// One step of a survival curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The age.
    pub age: f64,
    /// Units under watch just before.
    pub at_risk: u64,
    /// Units that ended at this age.
    pub ended: u64,
    /// Ŝ from this age on.
    pub survival: f64,
    /// Greenwood's V̂(Ŝ).
    pub variance: f64,
    /// Ĥ, the cumulative hazard, from this age on.
    pub hazard: f64,
    /// V̂(Ĥ).
    pub hazard_variance: f64,
}

/// A survival curve: one step an age at which units ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The steps, by age.
    pub steps: Vec<Step>,
}

/// The product-limit estimator and the cumulative hazard, with delayed entry (left truncation).
///
/// ```text
/// Ŝ(a) = Π_{aⱼ ≤ a} (1 − dⱼ/rⱼ)          rⱼ = #{entry < aⱼ ≤ exit},  dⱼ of them end at aⱼ
/// V̂(Ŝ) = Ŝ²·Σ dⱼ/(rⱼ(rⱼ − dⱼ))          (Greenwood)
/// Ĥ(a) = Σ dⱼ/rⱼ,   V̂(Ĥ) = Σ dⱼ/rⱼ²     (Nelson, Aalen)
/// ```
///
/// Where few are at risk at young ages the curve hangs on them, and once all at risk end it stays at 0.
///
/// Kaplan & Meier 1958; Greenwood 1926; Nelson 1972; Aalen 1978; Tsai, Jewell & Wang 1987 for delayed entry.
///
/// # Errors
/// Without a spell, or when an age is negative or an exit not above its entry.
pub fn product_limit(spells: &[Spell]) -> Result<Curve> {
    check(spells)?;
    let sorted = |mut ages: Vec<f64>| {
        ages.sort_by(f64::total_cmp);
        ages
    };
    let entries = sorted(spells.iter().map(|s| s.entry).collect());
    let exits = sorted(spells.iter().map(|s| s.exit).collect());
    let ends = sorted(spells.iter().filter(|s| s.ended).map(|s| s.exit).collect());
    let (mut survival, mut sum, mut hazard, mut hazard_variance) = (1.0, 0.0, 0.0, 0.0);
    let mut steps = Vec::new();
    let mut at = 0;
    while at < ends.len() {
        let age = ends[at];
        let ended = ends[at..].iter().take_while(|a| **a == age).count();
        at += ended;
        let at_risk = entries.partition_point(|e| *e < age) - exits.partition_point(|e| *e < age);
        let (d, r) = (ended as f64, at_risk as f64);
        survival *= 1.0 - d / r;
        if r > d {
            sum += d / (r * (r - d));
        }
        hazard += d / r;
        hazard_variance += d / (r * r);
        let variance = survival * survival * sum;
        let (at_risk, ended) = (at_risk as u64, ended as u64);
        steps.push(Step { age, at_risk, ended, survival, variance, hazard, hazard_variance });
    }
    Ok(Curve { steps })
}

impl Curve {
    /// Ŝ at an age: the chance to live longer.
    pub fn at(&self, age: f64) -> f64 {
        self.step(age).map_or(1.0, |step| step.survival)
    }

    /// The limits of Ŝ at an age, on the scale of log(−log S), which keeps them within 0 and 1.
    ///
    /// ```text
    /// Ŝ^exp(± z·√V̂ / (Ŝ·log Ŝ))
    /// ```
    ///
    /// Both are Ŝ before the first end, and after all at risk have ended: there the data says nothing about how far off it
    /// may be.
    ///
    /// Kalbfleisch & Prentice 1980, §1.3.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1.
    pub fn limits(&self, age: f64, level: f64) -> Result<(f64, f64)> {
        let z = quantile(level)?;
        Ok(self.step(age).map_or((1.0, 1.0), |step| step.limits(z)))
    }

    /// The age that a share `q` does not outlive, with the ages at which the curve's limits cross; none where the curve, or a
    /// limit, does not come down so far.
    ///
    /// ```text
    /// min{a : Ŝ(a) ≤ 1 − q}          halfway to the next step where Ŝ = 1 − q
    /// ```
    ///
    /// Brookmeyer & Crowley 1982, *A confidence interval for the median survival time*.
    ///
    /// # Errors
    /// When `q` or `level` is not between 0 and 1.
    #[allow(clippy::type_complexity)] // three ages that may be missing
    pub fn quantile(&self, q: f64, level: f64) -> Result<(Option<f64>, Option<f64>, Option<f64>)> {
        if !(q > 0.0 && q < 1.0) {
            return Err(Error::Argument("a quantile must lie between 0 and 1"));
        }
        let z = quantile(level)?;
        let value = self.crossing(1.0 - q, |step| step.survival);
        let low = self.crossing(1.0 - q, |step| step.limits(z).0);
        let high = self.crossing(1.0 - q, |step| step.limits(z).1);
        Ok((value, low, high))
    }

    fn step(&self, age: f64) -> Option<&Step> {
        let steps = self.steps.partition_point(|s| s.age <= age);
        self.steps[..steps].last()
    }

    fn crossing(&self, share: f64, of: impl Fn(&Step) -> f64) -> Option<f64> {
        let i = self.steps.iter().position(|step| of(step) <= share + EQUAL)?;
        let flat = (of(&self.steps[i]) - share).abs() <= EQUAL;
        let next = self.steps[i..].iter().find(|step| of(step) < share - EQUAL);
        Some(match next {
            Some(next) if flat => f64::midpoint(self.steps[i].age, next.age),
            _ => self.steps[i].age,
        })
    }
}

impl Step {
    fn limits(&self, z: f64) -> (f64, f64) {
        let s = self.survival;
        if s <= 0.0 || s >= 1.0 {
            return (s, s);
        }
        let width = z * self.variance.sqrt() / (s * s.ln()).abs();
        (s.powf(width.exp()), s.powf((-width).exp()))
    }
}
