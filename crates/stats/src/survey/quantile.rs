//! Quantiles.

use super::Sample;
use crate::{Error, Result};

/// A quantile with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Sample {
    /// The q-quantile: the smallest value that at least a share q of the weights does not exceed, with Woodruff's interval.
    ///
    /// ```text
    /// θ̂ = F̂⁻¹(q),   F̂(t) = Σ w·1(y ≤ t)/Σ w         low, high = F̂⁻¹( F̂(θ̂) ∓ t·se(F̂(θ̂)) )
    /// ```
    ///
    /// As R's `svyquantile(interval.type = "mean", qrule = "hf1")`, with t at units less strata. Where the share passes 0 or
    /// 1, and R gives none, the limit is the smallest or largest value seen: it may lie further out.
    ///
    /// Woodruff 1952, *Confidence intervals for medians and other position measures*.
    ///
    /// # Errors
    /// When q or the level is not between 0 and 1; when calibration made a weight negative; as for [`Sample::mean`] and
    /// [`super::Estimate::t`], such as when no larger value was drawn.
    pub fn quantile(&self, y: &[f64], q: f64, level: f64) -> Result<Quantile> {
        if !(q > 0.0 && q < 1.0) {
            return Err(Error::Argument("a quantile must lie between 0 and 1"));
        }
        self.check(y)?;
        let weights = self.weights();
        if weights.iter().any(|w| *w < 0.0) {
            return Err(Error::Argument("a quantile needs weights that are not negative"));
        }
        let mut sorted: Vec<(f64, f64)> =
            y.iter().copied().zip(weights).zip(&self.inside).filter(|(_, inside)| **inside).map(|(yw, _)| yw).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let all: f64 = sorted.iter().map(|(_, w)| w).sum();
        let at = |share: f64| {
            let mut sum = 0.0;
            // Shares that are equal but for rounding are equal.
            let reached = sorted.iter().find(|(_, w)| {
                sum += w;
                sum >= share * all * (1.0 - 1e-12)
            });
            reached.or(sorted.last()).map_or(f64::NAN, |s| s.0)
        };
        let value = at(q);
        let below: Vec<f64> = y.iter().map(|y| f64::from(u8::from(*y <= value))).collect();
        let share = self.mean(&below)?;
        let half = share.half(level)?;
        Ok(Quantile { value, low: at(share.value - half), high: at(share.value + half) })
    }
}
