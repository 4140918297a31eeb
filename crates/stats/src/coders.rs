//! Coders err: how often, by gold items, and what that does to a total.

use statrs::function::beta::checked_beta_reg;

use crate::interval::normal_quantile;
use crate::{Error, Result};

/// How often an answer was right among items that an expert answered, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// Items answered rightly.
    pub right: u64,
    /// Items in all.
    pub items: u64,
}

impl Rate {
    /// The share answered rightly; `None` without items.
    pub fn share(&self) -> Option<f64> {
        (self.items > 0).then(|| self.right as f64 / self.items as f64)
    }

    /// Mid-p limits of the chance to be right.
    ///
    /// ```text
    /// lower p:  P(X > x | p) + ½·P(X = x | p) = α/2        upper p:  P(X < x | p) + ½·P(X = x | p) = α/2
    /// ```
    ///
    /// X binomial of m items, x seen. With x = m the lower limit is α^(1/m): 100 items without an error still leave an
    /// error rate of 3 % open. Without items, 0 and 1. Covers 95 % on average where Clopper–Pearson covers 97 to 98 %,
    /// and may fall a point or two short for a single p.
    ///
    /// Lancaster 1961, *Significance tests in discrete distributions*; Berry & Armitage 1995, *Mid-P confidence intervals*.
    ///
    /// # Errors
    /// When more are right than there are items, or `level` is not between 0 and 1.
    pub fn limits(&self, level: f64) -> Result<(f64, f64)> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::Argument("a level must lie between 0 and 1"));
        }
        if self.right > self.items {
            return Err(Error::Argument("no more answers can be right than there are items"));
        }
        let tail = (1.0 - level) / 2.0;
        Ok((mid_p_lower(self.right, self.items, tail), 1.0 - mid_p_lower(self.items - self.right, self.items, tail)))
    }
}

/// p with P(X > x) + ½·P(X = x) = tail; 0 for x = 0.
fn mid_p_lower(x: u64, items: u64, tail: f64) -> f64 {
    if x == 0 {
        return 0.0;
    }
    let (x, m) = (x as f64, items as f64);
    // P(X ≥ x | p) is the beta distribution function I_p(x, m − x + 1); none of 0 < a, b fails.
    let at_least = |x: f64, p: f64| if x > m { 0.0 } else { checked_beta_reg(x, m - x + 1.0, p).unwrap_or(0.0) };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let p = (low + high) / 2.0;
        if (at_least(x, p) + at_least(x + 1.0, p)) / 2.0 < tail { low = p } else { high = p }
    }
    (low + high) / 2.0
}

/// How coders answer, by gold items: items whose truth is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accuracy {
    /// Of the gold items that are members, how many were called members.
    pub sensitivity: Rate,
    /// Of the gold items that are not, how many were called so. `None` where an expert confirmed every positive
    /// answer of the sample, so that no false one is left.
    pub specificity: Option<Rate>,
}

impl Accuracy {
    /// Counts pairs of truth and answer.
    pub fn from_gold(items: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let (mut sensitivity, mut specificity) = (Rate::default(), Rate::default());
        for (truth, answer) in items {
            let rate = if truth { &mut sensitivity } else { &mut specificity };
            rate.items += 1;
            rate.right += u64::from(truth == answer);
        }
        Self { sensitivity, specificity: Some(specificity) }
    }
}

/// A total with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// The total of members behind `coded`, the total of positive answers that coders would give to all of `units` units.
///
/// ```text
/// T = (T* − (1−sp)·M)/J,   J = se + sp − 1
/// lower = T − √( Σₖ (T − T(θₖ at its adverse limit))² + z²·V )      upper alike
/// V = (T·se(1−se) + (M−T)·sp(1−sp))/J²
/// ```
///
/// T* is `coded`, M `units`; the units whose label is certain are in neither. se is the share of members called
/// members, sp the share of others called others. The θₖ are T*, se and sp, one at a time at the end of its own interval
/// ([`Rate::limits`], and that of T* as given) that pulls T to the side, the rest at their estimates: square-and-add
/// (MOVER), as the three are estimated from different data. V is the chance in the coder's own answers, which no
/// interval of T* holds; it matters where most units were coded. The answer lies within 0 and M.
///
/// Assumes that se and sp are the same for every unit, given what it is: gold may be chosen with any unequal chances,
/// by score, say, but not by what the coders answered; and that its truth is right. Not met where coders
/// err on the hard cases alone and gold is easy: then T stays biased towards T*.
/// Gold without an error still widens the interval: 300 others all answered rightly leave up to M/100 false members.
/// A rare group therefore needs its positive answers confirmed one by one (`specificity: None`), and gold for se alone.
///
/// Measured over prevalence 0.5 to 60 %, errors 0 to 10 %, 100 to 600 gold items (crates/stats/tests/reference/coders.py):
/// 95 % intervals cover 96 % on average and at least 93 % in each of 432 cells, with misses on both sides; melding
/// (Bayer, Fay & Graubard 2022) covers one point more and is 5 % wider.
///
/// Rogan & Gladen 1978, *Estimating prevalence from the results of a screening test*; Zou & Donner 2008 (MOVER).
///
/// # Errors
/// [`Error::NoInformation`] when a rate has no gold item, or J is not clearly above 0, by the same interval for J;
/// [`Error::Contradiction`] when the whole interval lies outside 0 and M: the coders called fewer units members than
/// their errors on gold alone would make, or fewer others, as when gold is harder than the sample;
/// [`Error::Argument`] when a number is outside its range.
pub fn correct(coded: Limits, units: f64, accuracy: &Accuracy, level: f64) -> Result<Limits> {
    let Limits { value: t, low, high } = coded;
    if !(units.is_finite() && t.is_finite() && 0.0 <= low && low <= t && t <= high && high <= units) {
        return Err(Error::Argument("a total and its interval must lie in order between 0 and the units"));
    }
    let of = |rate: &Rate| -> Result<Limits> {
        let (low, high) = rate.limits(level)?;
        Ok(Limits { value: rate.share().ok_or(Error::NoInformation)?, low, high })
    };
    let se = of(&accuracy.sensitivity)?;
    let sp = accuracy.specificity.as_ref().map_or(Ok(Limits { value: 1.0, low: 1.0, high: 1.0 }), of)?;
    let index = se.value + sp.value - 1.0;
    if index - (se.value - se.low).hypot(sp.value - sp.low) <= 0.0 {
        return Err(Error::NoInformation);
    }
    let members = |t: f64, se: f64, sp: f64| (t - (1.0 - sp) * units) / (se + sp - 1.0);
    let point = members(t, se.value, sp.value);
    let shown = point.clamp(0.0, units);
    let own = (shown * se.value * (1.0 - se.value) + (units - shown) * sp.value * (1.0 - sp.value)) / index.powi(2);
    let chance = normal_quantile(0.5 + level / 2.0).powi(2) * own;
    let distance = |t_end: f64, se_end: f64, sp_end: f64| {
        let parts = [members(t_end, se.value, sp.value), members(t, se_end, sp.value), members(t, se.value, sp_end)];
        (parts.iter().map(|end| (point - end).powi(2)).sum::<f64>() + chance).sqrt()
    };
    // se only scales the answer: which of its ends lowers T hangs on the sign of T.
    let (lowers, raises) = if point >= 0.0 { (se.high, se.low) } else { (se.low, se.high) };
    let (low, high) = (point - distance(low, lowers, sp.low), point + distance(high, raises, sp.high));
    if high < 0.0 || low > units {
        return Err(Error::Contradiction);
    }
    Ok(Limits { value: shown, low: low.clamp(0.0, units), high: high.clamp(0.0, units) })
}
