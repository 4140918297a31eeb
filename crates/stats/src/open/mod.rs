//! Open populations: how a population that gains and loses units moves over repeated waves, from who was seen when.
//!
//! | here | what | paper |
//! |---|---|---|
//! | [`Captures`] | who was first seen, let go and seen again, by wave | Burnham et al. 1987 |
//! | [`survival`] | survival φ and detection p by maximum likelihood | Cormack 1964; Lebreton et al. 1992 |
//! | [`population`] | super-population, entries and size at each wave | Schwarz & Arnason 1996 |
//! | [`jolly_seber`] | the same in closed form | Jolly 1965; Seber 1982 |
//!
//! Waves are numbered t = 0 … k−1. Of those in the population after wave t a share φₜ is still there at wave t+1, and a
//! share pₜ of those there at wave t is seen. Survival is *apparent*: leaving for good looks like dying.
//!
//! All of it assumes that everyone there has the same chance to be seen and to stay. Accounts often do not: those on a
//! watch list are seen again for certain (φ and N too low: trap-happiness), newcomers leave sooner than others
//! (transients: φ too low), some are easier to find (heterogeneity: N too low), and one that returns under a new name
//! counts as a loss and an entry.

mod captures;
mod classic;
mod cormack;
mod maximum;
mod popan;

pub use captures::{Captures, History, MAX_WAVES};
pub use classic::{Correction, Wave, jolly_seber};
pub use cormack::{Survival, survival};
pub use popan::{Population, population};

use crate::interval::normal_quantile;
use crate::{Error, Result};

/// A number with its standard error and limits, where the data give them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error; none where the estimate lies on the edge of what is possible (a share of 0 or 1) or where the
    /// data do not determine it.
    pub se: Option<f64>,
    /// The interval, if there is a standard error.
    pub limits: Option<(f64, f64)>,
}

/// What is the same at every wave, and what is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// One value for all waves.
    Constant,
    /// A value for each wave.
    Time,
}

/// A model of survival and detection: φ(.) or φ(t) with p(.) or p(t).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// φ.
    pub survival: Over,
    /// p.
    pub detection: Over,
}

/// A standard error on the logit or log scale above which the data say nothing: estimates on the edge have far larger
/// ones, those of the interior far smaller.
const UNDETERMINED: f64 = 20.0;

/// The quantile that goes with an interval of this level.
fn critical(level: f64) -> Result<f64> {
    if level > 0.0 && level < 1.0 {
        Ok(normal_quantile(0.5 + level / 2.0))
    } else {
        Err(Error::Argument("a level must lie between 0 and 1"))
    }
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// A share from its logit η with standard error s: delta method, and limits carried over from the logit scale.
fn share(eta: f64, variance: f64, z: f64) -> Estimate {
    let value = expit(eta);
    let s = variance.max(0.0).sqrt();
    let known = s < UNDETERMINED && s > 0.0;
    Estimate {
        value,
        se: known.then_some(s * value * (1.0 - value)),
        limits: known.then(|| (expit(eta - z * s), expit(eta + z * s))),
    }
}

/// A count that cannot be below `least`, with limits on the log scale of what is above it.
fn count(value: f64, se: f64, least: f64, z: f64) -> Estimate {
    let above = value - least;
    let known = se.is_finite() && se > 0.0 && above > 0.0 && se / above < UNDETERMINED;
    let factor = (z * se / above.max(f64::MIN_POSITIVE)).exp();
    Estimate {
        value,
        se: known.then_some(se),
        limits: (known && factor.is_finite()).then(|| (least + above / factor, least + above * factor)),
    }
}
