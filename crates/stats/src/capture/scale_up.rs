//! Generalised network scale-up: how many members, from the ties of ordinary accounts into the group.

use super::{Size, quantile};
use crate::{Error, Result};

/// An ordinary account that was drawn, and whom it follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ties {
    /// Members among those it follows that belong to the known list.
    pub known: f64,
    /// All members among those it follows, known or not.
    pub all: f64,
    /// 1/π of the account.
    pub weight: f64,
}

/// The generalised scale-up estimator, with every tie observed.
///
/// ```text
/// N̂ = K·Σ w·a / Σ w·k          a all, k known members among an account's follows; K known members
/// V̂ = (K/Σwk)²·m/(m−1)·Σ(z − z̄)²,   z = w·(a − R̂·k),   R̂ = Σwa/Σwk,  m accounts drawn
/// ```
///
/// The numerator estimates all ties from ordinary accounts into the group, the denominator over K how many of them a
/// member receives, taken from the known members. On a follow graph ties are seen, so nobody forgets or hides one; what
/// must hold is that the known members are followed by ordinary accounts as often as the others. Known members are
/// mostly the better known: N̂ is then too low. And all members among the drawn accounts' follows must be recognised.
/// Interval log-normal, never below K.
///
/// Feehan & Salganik 2016, *Generalizing the network scale-up method*; Bernard et al. 2010.
///
/// # Errors
/// With fewer than two accounts, none of whom follows a known member; when a count is negative, a known member is not
/// among all, or a weight not above 0.
pub fn scale_up(accounts: &[Ties], known: u64, level: f64) -> Result<Size> {
    quantile(level)?;
    let bad =
        |t: &Ties| !(t.known >= 0.0 && t.all >= t.known && t.all.is_finite() && t.weight > 0.0 && t.weight.is_finite());
    if accounts.iter().any(bad) {
        return Err(Error::Argument("ties are counts, the known among all, with weights above 0"));
    }
    let into_known: f64 = accounts.iter().map(|t| t.weight * t.known).sum();
    let into_all: f64 = accounts.iter().map(|t| t.weight * t.all).sum();
    let m = accounts.len() as f64;
    if accounts.len() < 2 || into_known <= 0.0 {
        return Err(Error::Argument("none of the drawn accounts follows a known member"));
    }
    let ratio = into_all / into_known;
    let residual = |t: &Ties| t.weight * (t.all - ratio * t.known);
    // Σz = 0 by the choice of R̂.
    let spread: f64 = accounts.iter().map(|t| residual(t).powi(2)).sum();
    let k = known as f64;
    let variance = (k / into_known).powi(2) * m / (m - 1.0) * spread;
    Size::log_normal(k, k * (ratio - 1.0), variance, level)
}
