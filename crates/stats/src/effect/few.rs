//! A mean over few waves.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{Error, Result};

/// A mean over waves, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its standard error, from how waves differ.
    pub standard_error: f64,
    /// Degrees of freedom of the interval.
    pub degrees: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
    /// The chance of a mean as far from 0 if waves had no effect.
    pub p: f64,
    /// How many waves stand behind it.
    pub waves: usize,
}

impl Mean {
    /// A value with a standard error and degrees of freedom: value ± t·error.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1, or degrees are not above 0.
    pub fn new(value: f64, standard_error: f64, degrees: f64, waves: usize, level: f64) -> Result<Self> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::Argument("a level must lie between 0 and 1"));
        }
        let t = StudentsT::new(0.0, 1.0, degrees)
            .map_err(|_| Error::Argument("an interval over waves needs two waves or more"))?;
        let half = t.inverse_cdf(0.5 + level / 2.0) * standard_error;
        let p = match standard_error > 0.0 {
            true => 2.0 * t.sf((value / standard_error).abs()),
            false => f64::from(u8::from(value == 0.0)),
        };
        Ok(Self { value, standard_error, degrees, low: value - half, high: value + half, p, waves })
    }
}

/// The mean of one value a wave, each wave counted as one.
///
/// ```text
/// δ̂ = Σ δ_w/W,   v = Σ (δ_w − δ̂)²/(W(W − 1)),   δ̂ ± t_{W−1}·√v
/// ```
///
/// For a mean this is CR2, the bias-reduced variance of Bell and McCaffrey with waves as clusters, and its degrees of
/// freedom by Satterthwaite are W − 1: exact where the δ_w are normal, however few they are. The normal quantile instead of
/// t, or accounts instead of waves, say too much (docs/methods/takedowns.md has by how much).
///
/// Assumes that waves are independent of each other: their windows must not overlap.
///
/// Bell & McCaffrey 2002, *Bias reduction in standard errors for linear regression with multi-stage samples*; Cameron &
/// Miller 2015, *A practitioner's guide to cluster-robust inference*.
///
/// # Errors
/// With fewer than two waves, a value that is not finite, or a `level` that is not between 0 and 1.
pub fn mean_of_waves(values: &[f64], level: f64) -> Result<Mean> {
    let w = values.len() as f64;
    if values.len() < 2 {
        return Err(Error::Argument("an interval over waves needs two waves or more"));
    }
    if values.iter().any(|v| !v.is_finite()) {
        return Err(Error::Argument("the value of a wave must be a finite number"));
    }
    let mean = values.iter().sum::<f64>() / w;
    let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (w * (w - 1.0));
    Mean::new(mean, spread.sqrt(), w - 1.0, values.len(), level)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn as_r_s_t_test() {
        // Student's sleep data; R: t.test(c(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)):
        // t = 3.6799, df = 9, p-value = 0.005076, 0.8976775 to 3.7623225.
        let m = mean_of_waves(&[1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4], 0.95).unwrap();
        assert!((m.value - 2.33).abs() < 1e-12 && m.degrees == 9.0);
        assert!((m.low - 0.897_677_5).abs() < 1e-7 && (m.high - 3.762_322_5).abs() < 1e-7);
        assert!((m.p - 0.005_076).abs() < 1e-6 && (m.value / m.standard_error - 3.6799).abs() < 1e-4);
        assert!(mean_of_waves(&[1.0], 0.95).is_err());
        assert!(mean_of_waves(&[1.0, f64::NAN], 0.95).is_err());
        assert!(mean_of_waves(&[1.0, 2.0], 1.0).is_err());
    }
}
