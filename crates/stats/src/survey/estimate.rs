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
}

impl Estimate {
    /// The standard error √V̂. An unbiased V̂ such as that of Sen, Yates and Grundy can turn out below 0; 0 then.
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
    /// When `level` is not between 0 and 1.
    pub fn wald(&self, level: f64) -> Result<(f64, f64)> {
        let half = normal_quantile(upper(level)?) * self.se();
        Ok((self.value - half, self.value + half))
    }

    /// The same with the quantile of Student's t at [`Estimate::freedom`] in the place of z.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1, or there is no degree of freedom although the variance is not 0.
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
    /// As R's `svyciprop(method = "logit")`. At a p of 0 or 1 there are no log odds, and a sample without a member does not
    /// say that there is none: refused. [`crate::interval`] answers there.
    ///
    /// # Errors
    /// When the value does not lie between 0 and 1; as for [`Estimate::t`].
    pub fn logit(&self, level: f64) -> Result<(f64, f64)> {
        let (p, half) = (self.value, self.half(level)?);
        if !(p > 0.0 && p < 1.0) {
            return Err(Error::Argument("a logit interval needs a proportion between 0 and 1, ends left out"));
        }
        let (odds, half) = ((p / (1.0 - p)).ln(), half / (p * (1.0 - p)));
        let back = |x: f64| 1.0 / (1.0 + (-x).exp());
        Ok((back(odds - half), back(odds + half)))
    }

    /// t·se.
    pub(super) fn half(&self, level: f64) -> Result<f64> {
        let upper = upper(level)?;
        if self.se() == 0.0 {
            return Ok(0.0);
        }
        let t = StudentsT::new(0.0, 1.0, self.freedom as f64);
        let t = t.map_err(|_| Error::Argument("a t interval needs more units than strata"))?;
        Ok(t.inverse_cdf(upper) * self.se())
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
