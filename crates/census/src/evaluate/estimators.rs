//! Other estimators and intervals of the same sample, to hold beside the one that reports use.

use netcensus_stats::bootstrap::bootstrap_t;
use netcensus_stats::sequence::confidence_sequence;
use netcensus_stats::total::{Batch, difference, horvitz_thompson};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::Result;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 400;

/// An estimator with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// The difference estimator with gamma limits joined by MOVER, as reports use it.
    Difference,
    /// The difference estimator with a plain Wald interval.
    Wald,
    /// The difference estimator with a studentised bootstrap interval.
    Bootstrap,
    /// The difference estimator with the last limits of a betting confidence sequence.
    Sequence,
    /// The labels alone, with gamma limits.
    HorvitzThompson,
    /// The weighted mean of the labels times the frame's size, with gamma limits.
    Hajek,
    /// The difference estimator after the scores were fitted to the labels by a weighted line, with gamma limits.
    Greg,
}

impl Estimator {
    /// Its name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Estimator::Difference => "difference",
            Estimator::Wald => "wald",
            Estimator::Bootstrap => "bootstrap",
            Estimator::Sequence => "sequence",
            Estimator::HorvitzThompson => "horvitz-thompson",
            Estimator::Hajek => "hajek",
            Estimator::Greg => "greg",
        }
    }

    /// The total by this estimator, and its interval.
    pub(super) fn answer(self, batches: &[Batch], level: f64, random: &mut impl Rng) -> Result<(f64, (f64, f64))> {
        let total = match self {
            Estimator::HorvitzThompson => horvitz_thompson(batches)?,
            Estimator::Hajek => difference(&fitted(batches, false))?,
            Estimator::Greg => difference(&fitted(batches, true))?,
            _ => difference(batches)?,
        };
        let limits = match self {
            Estimator::Wald => total.wald(level)?,
            Estimator::Bootstrap => match bootstrap_t(batches, level, RESAMPLES, random) {
                Ok(limits) => limits,
                // Too few draws to resample.
                Err(_) => total.limits(level)?,
            },
            // Valid only for scores set before the labels; cross-fitted ones come near.
            Estimator::Sequence => confidence_sequence(batches, level)?.pop().unwrap_or(total.bounds),
            _ => total.limits(level)?,
        };
        Ok((total.value.clamp(limits.0, limits.1), limits))
    }
}

/// The batches with scores fitted to all labels, weighted 1/π: a constant, or a + b·f. Known units stay as they are.
fn fitted(batches: &[Batch], line: bool) -> Vec<Batch> {
    let weights: f64 = batches.iter().map(|b| b.weight).sum();
    // Weighted sums of 1, f, f², y, fy.
    let mut sums = [0.0; 5];
    for batch in batches {
        for unit in batch.units.iter().filter(|u| u.probability < 1.0) {
            let Some(y) = unit.label else { continue };
            let (w, f) = (batch.weight / weights / unit.probability, unit.score);
            sums.iter_mut().zip([1.0, f, f * f, y, f * y]).for_each(|(sum, v)| *sum += w * v);
        }
    }
    let [n, f, ff, y, fy] = sums;
    let spread = n * ff - f * f;
    let slope = if line && spread > 1e-9 * n * n { (n * fy - f * y) / spread } else { 0.0 };
    let level = if n > 0.0 { (y - slope * f) / n } else { 0.0 };
    let mut batches = batches.to_vec();
    for unit in batches.iter_mut().flat_map(|b| &mut b.units).filter(|u| u.probability < 1.0) {
        unit.score = (level + slope * unit.score).clamp(0.0, 1.0);
    }
    batches
}

/// How one estimator did at one level.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The estimator and interval.
    pub estimator: Estimator,
    /// The interval's level.
    pub level: f64,
    /// Share of the intervals that hold the frame's true total.
    pub coverage: f64,
    /// Share that lie wholly below it.
    pub missed_low: f64,
    /// Share that lie wholly above it.
    pub missed_high: f64,
    /// Mean of (answer − truth)/truth.
    pub relative_bias: f64,
    /// Median half-width relative to the answer.
    pub relative_half_width: f64,
}

/// An estimate with its interval.
pub(super) type Answer = (f64, (f64, f64));

/// One row for each of `asked`, from (truth, answers) of each census.
pub(super) fn rows(asked: &[(Estimator, f64)], outcomes: &[(f64, &[Answer])]) -> Vec<Row> {
    let row = |(i, &(estimator, level)): (usize, &(Estimator, f64))| {
        let of: Vec<(f64, Answer)> = outcomes.iter().map(|(truth, all)| (*truth, all[i])).collect();
        let n = of.len() as f64;
        let share =
            |test: &dyn Fn(f64, (f64, f64)) -> bool| of.iter().filter(|(t, a)| test(*t, a.1)).count() as f64 / n;
        let mut widths: Vec<f64> = of.iter().map(|(_, (v, l))| (l.1 - l.0) / 2.0 / v.max(1.0)).collect();
        widths.sort_by(f64::total_cmp);
        Row {
            estimator,
            level,
            coverage: share(&|t, l| l.0 <= t && t <= l.1),
            missed_low: share(&|t, l| l.1 < t),
            missed_high: share(&|t, l| l.0 > t),
            relative_bias: of.iter().map(|(t, (v, _))| (v - t) / t).sum::<f64>() / n,
            relative_half_width: (widths[(widths.len() - 1) / 2] + widths[widths.len() / 2]) / 2.0,
        }
    };
    asked.iter().enumerate().map(row).collect()
}
