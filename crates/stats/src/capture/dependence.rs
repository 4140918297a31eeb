//! The answer as a range over what cannot be seen: how far two lists depend on each other.

use super::{Size, quantile};
use crate::{Error, Result};

/// The size at one odds ratio between the lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// δ: how many times the odds of being on one list are higher for those on the other, given all that is known of them.
    pub odds_ratio: f64,
    /// N̂(δ) with its interval.
    pub size: Size,
}

/// The answer: a range, never one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// N̂ at the smallest odds ratio.
    pub low: Size,
    /// N̂ at the largest odds ratio.
    pub high: Size,
    /// Points between, evenly spread over log δ, both ends included.
    pub curve: Vec<Point>,
}

/// The size at odds ratio δ, from the size at 1.
///
/// ```text
/// n₀(δ) = δ·n₀(1)          V̂(δ) = δ²·V̂(1)
/// ```
///
/// δ = n₁₁·n₀₀/(n₁₀·n₀₁) given what is known of a unit. As n₁₁, n₁₀ and n₀₁ are seen, n₀₀ is proportional to δ, and so is
/// its sum over all units when δ is the same for all. δ = 1 says the lists are independent; lists that share what makes
/// an account easy to find have δ > 1, so the size at 1 is then a lower bound. The data say nothing about δ.
///
/// Gerritse, van der Heijden & Bakker 2015; Zhang & Small 2020; Dulce Rubio & Kennedy 2024.
///
/// # Errors
/// When δ is not a positive number, or `level` not between 0 and 1.
pub fn at(independent: &Size, odds_ratio: f64, level: f64) -> Result<Size> {
    if !(odds_ratio > 0.0 && odds_ratio.is_finite()) {
        return Err(Error::Argument("an odds ratio must be above 0"));
    }
    quantile(level)?;
    let moved = |v: f64| independent.seen + odds_ratio * (v - independent.seen);
    Ok(Size {
        value: moved(independent.value),
        low: moved(independent.low),
        high: moved(independent.high),
        seen: independent.seen,
        variance: odds_ratio * odds_ratio * independent.variance,
    })
}

/// The sizes from odds ratio `from` to `to`, with a curve of `points` ≥ 2 between.
///
/// # Errors
/// As for [`at`]; when `from` exceeds `to`, or there are fewer than two points.
pub fn range(independent: &Size, from: f64, to: f64, points: usize, level: f64) -> Result<Range> {
    if from > to || !(2..=1000).contains(&points) {
        return Err(Error::Argument("a range of odds ratios runs from the smaller to the larger, in 2 to 1000 points"));
    }
    let (low, high) = (at(independent, from, level)?, at(independent, to, level)?);
    let step = (to / from).ln() / (points - 1) as f64;
    let curve = (0..points).map(|i| {
        let odds_ratio = if i + 1 == points { to } else { from * (step * i as f64).exp() };
        Ok(Point { odds_ratio, size: at(independent, odds_ratio, level)? })
    });
    Ok(Range { low, high, curve: curve.collect::<Result<_>>()? })
}
