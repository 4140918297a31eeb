//! How far off a figure of the members may be.

use crate::interval::normal_quantile;
use crate::total::hajek_variance;
use crate::{Error, Result};

/// How many draws what the scores expect counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prior {
    /// Of a share, which no unit moves much more than another.
    Share,
    /// Of a number, of which few units may have most.
    Number,
}

/// The variance of a figure: by what the scores expect of all units, and by what the draws showed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Spread {
    /// Σ over all units of (1−π)/π·f(1−f)·z².
    pub(crate) expected: f64,
    /// Hájek's variance of the draws, batch by batch.
    hajek: f64,
    /// Σ(1−π)r² and Σ((1−π)r²)² of the draws.
    squares: f64,
    fourths: f64,
}

impl Spread {
    /// Adds the draws (r, 1−π) of a batch.
    pub(crate) fn add(&mut self, draws: &[(f64, f64)]) {
        self.hajek += hajek_variance(draws);
        for (r, free) in draws {
            let square = free * r * r;
            self.squares += square;
            self.fourths += square * square;
        }
    }

    /// V.
    pub(crate) fn variance(&self, prior: Prior) -> f64 {
        let draws = if self.fourths > 0.0 { self.squares * self.squares / self.fourths } else { 0.0 };
        let expected = match prior {
            Prior::Share => 10.0,
            Prior::Number => f64::min(5.0, draws),
        };
        if expected + draws > 0.0 {
            (expected * self.expected + draws * self.hajek) / (expected + draws)
        } else {
            self.expected
        }
    }

    /// z·√V.
    pub(crate) fn half_width(&self, prior: Prior, level: f64) -> Result<f64> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::Argument("a level must lie between 0 and 1"));
        }
        let half = normal_quantile(0.5 + level / 2.0) * self.variance(prior).sqrt();
        if half.is_finite() { Ok(half) } else { Err(Error::Argument("an influence must be a finite number")) }
    }
}
