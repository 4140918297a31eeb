use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Chains;
use super::series::memory;
use crate::{Error, Result};

/// The share of members in the population that the walks can reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The estimate.
    pub value: f64,
    /// Its standard error; 0 when all draws have the same label, which does not mean certain: see the interval.
    pub se: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
    /// n.
    pub draws: usize,
    /// How many independent and uniform draws would say as much.
    pub effective: f64,
}

/// The share, its influence series and the variance of that series' mean.
pub(super) struct Linear {
    pub(super) value: f64,
    /// (w/w̄)·(y − ȳ) of each draw: their mean is the estimate's error, to first order.
    pub(super) influence: Vec<Vec<f64>>,
}

impl Chains {
    /// The share of members: the mean over the draws, each weighted by the inverse of its chance.
    ///
    /// ```text
    /// ȳ = Σ y/c / Σ 1/c                        c = d (Volz and Heckathorn's RDS-II), or 1
    /// V̂ = variance of the mean of (1/c)·(y − ȳ)/mean(1/c), the chain's memory counted in
    /// e = ȳ(1−ȳ)/V̂                             interval: Wilson's for e draws, with Student's t
    /// ```
    ///
    /// The memory is summed over the initial positive sequence of autocovariances. When all labels are the same they
    /// show no memory: e is then Kish's (Σ1/c)²/Σ1/c² divided by the memory of the degrees.
    ///
    /// Assumes ties that can be walked both ways, a connected network, known degrees, and a walk long enough to forget
    /// its start. Fails, with intervals too narrow, where members sit behind a narrow passage that few walks crossed: start
    /// walks in different places and compare them.
    ///
    /// Volz & Heckathorn 2008, *Probability based estimation theory for respondent driven sampling*; Geyer 1992, *Practical
    /// Markov chain Monte Carlo*; Wilson 1927.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1.
    pub fn share(&self, level: f64) -> Result<Share> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::Argument("a level must lie between 0 and 1"));
        }
        let Linear { value, influence } = self.linear_share();
        let n = self.draws() as f64;
        let spread = value * (1.0 - value);
        let found = memory(&influence);
        let (effective, freedom) = if found.variance > 0.0 && spread > 0.0 {
            (spread / found.variance, found.freedom)
        } else {
            let weights = || self.chains.iter().flatten().map(|d| 1.0 / self.chance(d));
            let kish = weights().sum::<f64>().powi(2) / weights().map(|w| w * w).sum::<f64>();
            let walked = memory(&self.series(|d| d.degree.ln()));
            ((kish / walked.time).max(1.0), walked.freedom)
        };
        let (low, high) = wilson(value, effective, quantile(level, freedom.min(n)));
        Ok(Share { value, se: found.variance.sqrt(), low, high, draws: self.draws(), effective })
    }

    pub(super) fn linear_share(&self) -> Linear {
        let n = self.draws() as f64;
        let (mut top, mut base) = (0.0, 0.0);
        for draw in self.chains.iter().flatten() {
            top += draw.label / self.chance(draw);
            base += 1.0 / self.chance(draw);
        }
        let value = (top / base).clamp(0.0, 1.0);
        let influence = self.series(|d| n / base / self.chance(d) * (d.label - value));
        Linear { value, influence }
    }
}

/// Student's t that goes with an interval of this level.
fn quantile(level: f64, freedom: f64) -> f64 {
    let p = 0.5 + level / 2.0;
    StudentsT::new(0.0, 1.0, freedom.max(1.0)).map_or(f64::INFINITY, |t| t.inverse_cdf(p))
}

/// Wilson's interval for a share p of n draws, n not a whole number.
fn wilson(p: f64, n: f64, c: f64) -> (f64, f64) {
    let squared = c * c / n;
    let centre = p + squared / 2.0;
    let half = (squared * p * (1.0 - p) + squared * squared / 4.0).sqrt();
    let end = |x: f64| (x / (1.0 + squared)).clamp(0.0, 1.0);
    (end(centre - half).min(p), end(centre + half).max(p))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Chances, Draw};
    use super::*;

    fn draws(of: &[(u64, f64, f64)]) -> Vec<Draw> {
        of.iter().map(|&(unit, degree, label)| Draw { unit, degree, label }).collect()
    }

    #[test]
    fn weighted_by_the_inverse_of_the_degree() {
        // (1/1 + 1/4)/(1/1 + 1/2 + 1/4) = 5/7
        let chains = vec![draws(&[(1, 1.0, 1.0), (2, 2.0, 0.0)]), draws(&[(3, 4.0, 1.0)])];
        let by_degree = Chains::new(chains.clone(), Chances::Degree).unwrap().share(0.95).unwrap();
        assert!((by_degree.value - 5.0 / 7.0).abs() < 1e-12 && by_degree.draws == 3);
        let alike = Chains::new(chains, Chances::Uniform).unwrap().share(0.95).unwrap();
        assert!((alike.value - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn wilson_as_printed() {
        // Newcombe 1998: 81 of 263, 0.2553 to 0.3662; 0 of 20, 0 to 0.1611
        let z = crate::interval::normal_quantile(0.975);
        let (low, high) = wilson(81.0 / 263.0, 263.0, z);
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5);
        let (low, high) = wilson(0.0, 20.0, z);
        assert!(low == 0.0 && (high - 0.1611).abs() < 5e-5);
    }

    #[test]
    fn nobody_or_everybody_is_not_certain() {
        for label in [0.0, 1.0] {
            let chain = (0..200).map(|i| Draw { unit: i, degree: 1.0 + (i / 10 % 5) as f64, label }).collect();
            let s = Chains::new(vec![chain], Chances::Degree).unwrap().share(0.95).unwrap();
            assert_eq!((s.value, s.se), (label, 0.0));
            assert!(s.high - s.low > 4.0 / 200.0 && s.effective < 100.0, "{s:?}");
        }
        let one = Chains::new(vec![draws(&[(1, 3.0, 1.0)])], Chances::Degree).unwrap().share(0.95).unwrap();
        assert!(one.low >= 0.0 && one.high == 1.0 && one.low < 0.2, "{one:?}");
    }

    #[test]
    fn refusals() {
        assert_eq!(Chains::new(vec![vec![]], Chances::Degree), Err(Error::NoLabels));
        assert!(Chains::new(vec![draws(&[(1, 0.0, 1.0)])], Chances::Degree).is_err());
        assert!(Chains::new(vec![draws(&[(1, 1.0, f64::NAN)])], Chances::Uniform).is_err());
        assert!(Chains::new(vec![draws(&[(1, 1.0, 1.0)])], Chances::Uniform).unwrap().share(0.0).is_err());
    }
}
