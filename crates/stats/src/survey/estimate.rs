//! An estimate and its intervals.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::interval::normal_quantile;
use crate::{Error, Result};

/// A figure estimated from a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its estimated variance under the design.
    pub variance: f64,
    /// Degrees of freedom for t: units less strata, both counted among those the figure is about.
    pub freedom: usize,
    /// Whether everyone was drawn, so that the figure is the population's own and its variance rightly 0.
    pub exact: bool,
}

impl Estimate {
    /// The standard error √V̂; 0 when V̂ is below 0, as unbiased ones from joint probabilities can be. Intervals are refused then.
    pub fn se(&self) -> f64 {
        self.variance.max(0.0).sqrt()
    }

    /// The same figure in another unit: value × c, variance × c². A mean times N is a Hájek total; a total over N is a mean.
    #[must_use]
    pub fn times(&self, c: f64) -> Self {
        Self { value: self.value * c, variance: self.variance * c * c, ..*self }
    }

    /// The Wald interval: value ± z·se.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1; when the variance is not above 0 although not everyone was drawn. That all
    /// values seen were alike (no member among the labels, one unit in a domain) does not say that the rest are:
    /// [`crate::interval`] answers there.
    pub fn wald(&self, level: f64) -> Result<(f64, f64)> {
        let half = normal_quantile(upper(level)?) * self.spread()?;
        Ok((self.value - half, self.value + half))
    }

    /// The same with the quantile of Student's t at [`Estimate::freedom`] in the place of z.
    ///
    /// # Errors
    /// As for [`Estimate::wald`]; when there is no degree of freedom.
    pub fn t(&self, level: f64) -> Result<(f64, f64)> {
        let half = self.half(level)?;
        Ok((self.value - half, self.value + half))
    }

    /// The interval of a proportion, t on the log odds, so that it stays within 0 and 1:
    ///
    /// ```text
    /// logit⁻¹( logit(p) ± t·se/(p(1−p)) )
    /// ```
    ///
    /// As R's `svyciprop(method = "logit")`.
    ///
    /// # Errors
    /// When the value does not lie between 0 and 1, ends left out unless everyone was drawn; as for [`Estimate::t`].
    pub fn logit(&self, level: f64) -> Result<(f64, f64)> {
        let (p, half) = (self.value, self.half(level)?);
        if self.exact && (0.0..=1.0).contains(&p) {
            return Ok((p, p));
        }
        if !(p > 0.0 && p < 1.0) {
            return Err(Error::Argument("a logit interval needs a proportion between 0 and 1, ends left out"));
        }
        let (odds, half) = ((p / (1.0 - p)).ln(), half / (p * (1.0 - p)));
        let back = |x: f64| 1.0 / (1.0 + (-x).exp());
        Ok((back(odds - half), back(odds + half)))
    }

    /// t·se.
    pub(super) fn half(&self, level: f64) -> Result<f64> {
        let (upper, se) = (upper(level)?, self.spread()?);
        if self.exact {
            return Ok(0.0);
        }
        let t = StudentsT::new(0.0, 1.0, self.freedom as f64);
        let t = t.map_err(|_| Error::Argument("a t interval needs more units than strata"))?;
        Ok(t.inverse_cdf(upper) * se)
    }

    /// The standard error, where it says something: what is left of equal values by rounding does not.
    fn spread(&self) -> Result<f64> {
        if self.exact {
            Ok(0.0)
        } else if self.variance < 0.0 {
            Err(Error::Argument(
                "the variance came out negative: too few units for joint probabilities, use an approximation",
            ))
        } else if self.se() <= 1e-12 * self.value.abs() {
            Err(Error::Argument("all values drawn are alike, which does not say that the others are"))
        } else {
            Ok(self.se())
        }
    }
}

/// The upper tail's quantile of an interval.
fn upper(level: f64) -> Result<f64> {
    if level > 0.0 && level < 1.0 {
        Ok(0.5 + level / 2.0)
    } else {
        Err(Error::Argument("a level must lie between 0 and 1"))
    }
}
