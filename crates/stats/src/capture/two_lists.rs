//! Two lists and nothing known of those on them.

use super::{Size, quantile};
use crate::{Error, Result};

/// The Lincoln–Petersen estimator.
///
/// ```text
/// N̂ = n₁·n₂/m          V̂ = n₁·n₂·(n₁−m)·(n₂−m)/m³
/// ```
///
/// n₁ and n₂ are the lists' lengths, m how many both name. Assumes independent lists and equal chances within at least
/// one of them; where those easy to find are easy for both lists it is too low, and its interval, which shrinks with m
/// all the same, need never hold the truth. The interval is log-normal, and never below the number seen.
///
/// Petersen 1896; Lincoln 1930; variance by the delta method (Seber 1982, ch. 3).
///
/// # Errors
/// When no unit is on both lists; when m exceeds a list; when `level` is not between 0 and 1.
pub fn lincoln_petersen(first: u64, second: u64, both: u64, level: f64) -> Result<Size> {
    check(first, second, both)?;
    if both == 0 {
        return Err(Error::Argument("no unit is on both lists: Lincoln–Petersen has no answer, Chapman has"));
    }
    let (a, b, m) = (first as f64, second as f64, both as f64);
    let seen = a + b - m;
    Size::log_normal(seen, (a - m) * (b - m) / m, a * b * (a - m) * (b - m) / m.powi(3), level)
}

/// The Chapman estimator, nearly without bias where n₁ + n₂ ≥ N, with the shifted logit interval.
///
/// ```text
/// N̂ = (n₁+1)(n₂+1)/(m+1) − 1
/// V̂ = (n₁+1)(n₂+1)(n₁−m)(n₂−m) / ((m+1)²(m+2))
///
/// limits: n − ½ + (b+½)(c+½)/(m+½)·exp(±z·s),   b = n₁−m, c = n₂−m, n = m+b+c
///         s² = 1/(m+½) + 1/(b+½) + 1/(c+½) + (m+½)/((b+½)(c+½))
/// ```
///
/// no lower than n. Has an answer even when no unit is on both lists; that answer is then too low, and the interval very
/// wide. Assumes what [`lincoln_petersen`] does.
///
/// Chapman 1951; Seber 1970 for the variance; Sadinle 2009, *Transformed logit confidence intervals for small populations
/// in single capture–recapture estimation*.
///
/// # Errors
/// When both lists are empty; when m exceeds a list; when `level` is not between 0 and 1.
pub fn chapman(first: u64, second: u64, both: u64, level: f64) -> Result<Size> {
    check(first, second, both)?;
    let z = quantile(level)?;
    let (a, b, m) = (first as f64, second as f64, both as f64);
    let seen = a + b - m;
    if seen == 0.0 {
        return Err(Error::Argument("both lists are empty"));
    }
    let value = (a + 1.0) * (b + 1.0) / (m + 1.0) - 1.0;
    let variance = (a + 1.0) * (b + 1.0) * (a - m) * (b - m) / ((m + 1.0).powi(2) * (m + 2.0));
    let (only_a, only_b, m) = (a - m + 0.5, b - m + 0.5, m + 0.5);
    let s = (1.0 / m + 1.0 / only_a + 1.0 / only_b + m / (only_a * only_b)).sqrt();
    let limit = |z: f64| seen - 0.5 + only_a * only_b / m * (z * s).exp();
    let value = value.max(seen);
    Ok(Size { value, low: limit(-z).clamp(seen, value), high: limit(z).max(value), seen, variance })
}

fn check(first: u64, second: u64, both: u64) -> Result<()> {
    if both > first || both > second {
        return Err(Error::Argument("more units are on both lists than on one of them"));
    }
    Ok(())
}

/// What two crawls from random halves of the seeds say of how much a crawl finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitCoverage {
    /// At most this share of the population is in either crawl: an upper bound.
    pub at_most: f64,
    /// The bound's interval, lower end.
    pub low: f64,
    /// The bound's interval, upper end.
    pub high: f64,
    /// The population's size that this would mean: a lower bound.
    pub at_least: Size,
}

/// An upper bound of the coverage of two crawls from random halves of the seeds, together.
///
/// ```text
/// coverage ≤ n / N̂(Chapman)
/// ```
///
/// Members found by each crawl, and by both. Crawls depend on each other positively by construction: both find the well
/// connected, and neither those whom nobody follows. So N̂ is too low and the coverage too high: bounds, not estimates.
///
/// # Errors
/// As for [`chapman`].
pub fn split_coverage(first: u64, second: u64, both: u64, level: f64) -> Result<SplitCoverage> {
    let size = chapman(first, second, both, level)?;
    Ok(SplitCoverage {
        at_most: size.seen / size.value,
        low: size.seen / size.high,
        high: size.seen / size.low,
        at_least: size,
    })
}
