//! Lifetimes that are seen from some age on, and how many lived that nobody saw.

use crate::capture::{Size, quantile};
use crate::{Error, Result};

/// The time from which a unit was watched to the time it ended or was last seen, both in age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// Age when it came under watch.
    pub entry: f64,
    /// Age when it ended or was last seen; above `entry`.
    pub exit: f64,
    /// Whether it ended then.
    pub ended: bool,
}

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
}

/// A survival curve: one step an age at which units ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The steps, by age.
    pub steps: Vec<Step>,
}

/// The product-limit estimator with delayed entry (left truncation).
///
/// ```text
/// Ŝ(a) = Π_{aⱼ ≤ a} (1 − dⱼ/rⱼ)          rⱼ = #{entry < aⱼ ≤ exit}
/// V̂(Ŝ) = Ŝ²·Σ dⱼ/(rⱼ(rⱼ − dⱼ))          (Greenwood)
/// ```
///
/// A unit counts from the age at which it came under watch: those that died before are not seen, and without delayed entry
/// the young would look immortal. Assumes that coming under watch says nothing about how long a unit goes on to live.
/// Where few are at risk at young ages the curve hangs on them, and once all at risk end it stays at 0.
///
/// Kaplan & Meier 1958; Greenwood 1926; Tsai, Jewell & Wang 1987 for delayed entry.
///
/// # Errors
/// Without a spell, or when an age is negative or an exit not above its entry.
pub fn product_limit(spells: &[Spell]) -> Result<Curve> {
    if spells.is_empty() {
        return Err(Error::Argument("there is no lifetime to estimate from"));
    }
    if spells.iter().any(|s| !(s.entry >= 0.0 && s.exit > s.entry && s.exit.is_finite())) {
        return Err(Error::Argument("a spell runs from an age that is not negative to a later one"));
    }
    let sorted = |mut ages: Vec<f64>| {
        ages.sort_by(f64::total_cmp);
        ages
    };
    let entries = sorted(spells.iter().map(|s| s.entry).collect());
    let exits = sorted(spells.iter().map(|s| s.exit).collect());
    let ends = sorted(spells.iter().filter(|s| s.ended).map(|s| s.exit).collect());
    let (mut survival, mut sum, mut steps) = (1.0, 0.0, Vec::new());
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
        let variance = survival * survival * sum;
        steps.push(Step { age, at_risk: at_risk as u64, ended: ended as u64, survival, variance });
    }
    Ok(Curve { steps })
}

impl Curve {
    /// Ŝ at an age: the chance to live longer.
    pub fn at(&self, age: f64) -> f64 {
        let steps = self.steps.partition_point(|s| s.age <= age);
        steps.checked_sub(1).map_or(1.0, |i| self.steps[i].survival)
    }
}

/// How many ever lived, from those that lived to be found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EverLived {
    /// N̂ with its interval; `seen` are the found.
    pub size: Size,
    /// Found units whose Ŝ at discovery was below the bound, and whose weight was cut: with any, N̂ is too low.
    pub truncated: usize,
}

/// How many units there ever were, when each was found at some age and those that ended before were not.
///
/// ```text
/// N̂ = Σ 1/max(Ŝ(aᵢ), S_min)          aᵢ age at discovery
/// V̂ = Σ (1−Sᵢ)/Sᵢ² + Σⱼ Tⱼ²·dⱼ/(rⱼ(rⱼ−dⱼ)),   Tⱼ = Σ_{aᵢ ≥ aⱼ, not cut} 1/Sᵢ
/// ```
///
/// A unit found at age a stands for the 1/S(a) that were born to be found at that age. The first term is from who happened
/// to live, the second from the curve (delta method on Greenwood's sum). Explodes where S(a) is small, so weights are cut
/// at 1/S_min and the number of cut ones is told. Assumes that the age at which a unit would be found is independent of
/// how long it lives. Interval log-normal, never below the found.
///
/// # Errors
/// Without ages; when an age is negative, S_min not in (0, 1], or `level` not between 0 and 1.
pub fn ever_lived(curve: &Curve, ages: &[f64], least: f64, level: f64) -> Result<EverLived> {
    quantile(level)?;
    if ages.is_empty() || ages.iter().any(|a| !(*a >= 0.0 && a.is_finite())) {
        return Err(Error::Argument("ages at discovery must be numbers that are not negative"));
    }
    if !(least > 0.0 && least <= 1.0) {
        return Err(Error::Argument("the smallest survival must be above 0 and at most 1"));
    }
    let (mut value, mut variance, mut truncated) = (0.0, 0.0, 0);
    let mut free = Vec::new();
    for &age in ages {
        let survival = curve.at(age);
        let s = survival.max(least);
        value += 1.0 / s;
        variance += (1.0 - s) / (s * s);
        if survival < least {
            truncated += 1;
        } else {
            free.push((age, 1.0 / s));
        }
    }
    free.sort_by(|a, b| a.0.total_cmp(&b.0));
    // From the oldest step back, the weights of all found at that age or later.
    let (mut later, mut from) = (0.0, free.len());
    for step in curve.steps.iter().rev().filter(|s| s.at_risk > s.ended) {
        while from > 0 && free[from - 1].0 >= step.age {
            from -= 1;
            later += free[from].1;
        }
        let (d, r) = (step.ended as f64, step.at_risk as f64);
        variance += later * later * d / (r * (r - d));
    }
    let seen = ages.len() as f64;
    Ok(EverLived { size: Size::log_normal(seen, value - seen, variance, level)?, truncated })
}
