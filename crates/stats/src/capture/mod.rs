//! How many there are, from lists that each name some of them (capture–recapture, multiple systems estimation).
//!
//! | module | what | assumes |
//! |---|---|---|
//! | [`two_lists`] | Lincoln–Petersen, Chapman, coverage from split seeds | independent lists, equal chances |
//! | [`chao`] | a lower bound from how many were seen once and twice | independent lists |
//! | [`log_linear`] | 2 to 5 lists with dependence between pairs, models averaged | no dependence of all lists at once |
//! | [`doubly_robust`] | two lists, chances that differ by what is known of each unit | independent lists given what is known |
//! | [`dependence`] | the answer as a range over the odds ratio between two lists | the odds ratio lies in the range |
//! | [`scale_up`] | from ties of ordinary accounts into the group | known members are tied to as others are |
//!
//! Lists are linked without error (accounts have ids), and nobody joins or leaves between them. n₀ is the number of
//! those that no list names, n the number of those that some list names; N = n + n₀.

pub mod chao;
pub mod dependence;
pub mod doubly_robust;
pub mod log_linear;
pub mod scale_up;
pub mod two_lists;

use crate::interval::normal_quantile;
use crate::{Error, Result};

/// A population's size with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// N̂, no less than `seen`.
    pub value: f64,
    /// The interval's lower end, no less than `seen`.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
    /// n: how many some list names.
    pub seen: f64,
    /// V̂(N̂).
    pub variance: f64,
}

impl Size {
    /// The log-normal interval of the unseen part, which cannot fall below the number seen.
    ///
    /// ```text
    /// n + n̂₀/C … n + n̂₀·C,   C = exp( z·√log(1 + V̂/n̂₀²) )
    /// ```
    ///
    /// Where n̂₀ is not positive the lower end and the answer are n, and the upper end is n + z·√V̂.
    ///
    /// Burnham et al. 1987; Chao 1987, *Estimating the population size for capture–recapture data with unequal
    /// catchability*.
    pub(crate) fn log_normal(seen: f64, unseen: f64, variance: f64, level: f64) -> Result<Self> {
        let z = quantile(level)?;
        if !(seen.is_finite() && unseen.is_finite() && variance.is_finite()) || seen < 0.0 || variance < 0.0 {
            return Err(Error::Argument("the lists are too sparse for an estimate"));
        }
        if unseen <= 0.0 {
            return Ok(Self { value: seen, low: seen, high: seen + z * variance.sqrt(), seen, variance });
        }
        let c = (z * (variance / (unseen * unseen)).ln_1p().sqrt()).exp();
        if !(unseen * c).is_finite() {
            return Err(Error::Argument("the lists are too sparse for an estimate"));
        }
        Ok(Self { value: seen + unseen, low: seen + unseen / c, high: seen + unseen * c, seen, variance })
    }
}

/// z of a two-sided interval.
pub(crate) fn quantile(level: f64) -> Result<f64> {
    if level > 0.0 && level < 1.0 {
        Ok(normal_quantile(0.5 + level / 2.0))
    } else {
        Err(Error::Argument("a level must lie between 0 and 1"))
    }
}
