//! How many ever lived, of whom only those that lived to be found were seen.

use super::{Curve, Smooth};
use crate::capture::{Size, quantile};
use crate::{Error, Result};

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
    check(ages, least, level)?;
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

/// The same by a smooth curve.
///
/// ```text
/// V̂ = Σ (1−Sᵢ)/Sᵢ² + g'Ĉg,   g = Σ_{i not cut} (∂H(aᵢ)/∂γ)/Sᵢ
/// ```
///
/// # Errors
/// As for [`ever_lived`].
pub fn ever_lived_smooth(curve: &Smooth, ages: &[f64], least: f64, level: f64) -> Result<EverLived> {
    check(ages, least, level)?;
    let (mut value, mut variance, mut truncated) = (0.0, 0.0, 0);
    let mut slope = vec![0.0; curve.gamma.len()];
    for &age in ages {
        let survival = curve.at(age);
        let s = survival.max(least);
        value += 1.0 / s;
        variance += (1.0 - s) / (s * s);
        if survival < least {
            truncated += 1;
        } else {
            slope.iter_mut().zip(curve.slope(age)).for_each(|(g, part)| *g += part / s);
        }
    }
    variance += curve.spread(&slope);
    let seen = ages.len() as f64;
    Ok(EverLived { size: Size::log_normal(seen, value - seen, variance, level)?, truncated })
}

fn check(ages: &[f64], least: f64, level: f64) -> Result<()> {
    quantile(level)?;
    if ages.is_empty() || ages.iter().any(|a| !(*a >= 0.0 && a.is_finite())) {
        return Err(Error::Argument("ages at discovery must be numbers that are not negative"));
    }
    if !(least > 0.0 && least <= 1.0) {
        return Err(Error::Argument("the smallest survival must be above 0 and at most 1"));
    }
    Ok(())
}
