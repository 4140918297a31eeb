//! A lower bound from how many were seen once and twice.

use super::Size;
use crate::{Error, Result};

/// Chao's lower bound for model M_h, in the bias-corrected form.
///
/// ```text
/// N̂ = n + k·f₁(f₁−1) / (2(f₂+1)),   k = (t−1)/t
/// V̂ = k·f₁(f₁−1)/(2(f₂+1)) + k²·f₁(2f₁−1)²/(4(f₂+1)²) + k²·f₁²·f₂·(f₁−1)²/(4(f₂+1)⁴)
/// ```
///
/// `seen[j]` = f_{j+1}: how many units are on exactly j+1 of the t lists, so `seen` has t entries. Units may differ in
/// their chances as they like, which only makes the truth larger than N̂; but the lists of a unit must be independent of
/// each other. With lists of unequal length it is a lower bound still. Log-normal interval, never below n.
///
/// Chao 1987, 1989; Chiu et al. 2014 for the factor k of few lists.
///
/// # Errors
/// With fewer than two lists, nobody seen, or a level not between 0 and 1.
pub fn chao(seen: &[u64], level: f64) -> Result<Size> {
    let t = seen.len() as f64;
    let n: f64 = seen.iter().map(|f| *f as f64).sum();
    if seen.len() < 2 {
        return Err(Error::Argument("Chao's bound takes two lists or more"));
    }
    if n == 0.0 {
        return Err(Error::Argument("no list names anybody"));
    }
    let (f1, f2, k) = (seen[0] as f64, seen[1] as f64, (t - 1.0) / t);
    let unseen = k * f1 * (f1 - 1.0) / (2.0 * (f2 + 1.0));
    let variance = unseen
        + k * k * f1 * (2.0 * f1 - 1.0).powi(2) / (4.0 * (f2 + 1.0).powi(2))
        + k * k * f1 * f1 * f2 * (f1 - 1.0).powi(2) / (4.0 * (f2 + 1.0).powi(4));
    // Without units seen once, nothing speaks for unseen ones.
    Size::log_normal(n, unseen.max(0.0), variance.max(0.0), level)
}
