//! Estimators of survey sampling under the classical designs.
//!
//! A [`Sample`] holds what is known of the drawn units apart from their values: probabilities πᵢ and what the variance
//! rests on. It can be calibrated and narrowed to a domain; every estimator is a method of it and gives an [`Estimate`].
//!
//! ```text
//! total   Σ w·y               ratio   Σ w·y/Σ w·x         mean    Σ w·y/Σ w      (Hájek: weights, not N, below)
//! V̂       of Σ z,  z = w·u,   u = y for a total, (y − R̂·x)/Σw·x for a ratio, (y − ȳ)/Σw for a mean
//! w = g/π, g = 1 without calibration; with it, u is replaced by its residual on the auxiliaries
//! ```
//!
//! V̂ of Σz is that of the design: see [`Sample`]'s constructors. Numbers equal those of R's `survey` 4.1 (tests/survey.rs).
//!
//! Särndal, Swensson & Wretman 1992, *Model Assisted Survey Sampling*; Lumley 2010, *Complex Surveys*.

mod calibration;
mod estimate;
mod quantile;
mod variance;

use calibration::Calibration;
use variance::Variance;

pub use estimate::Estimate;
pub use quantile::Quantile;
pub use variance::{Approximation, Form};

use crate::{Error, Result};

/// The drawn units of a population, n of them: their probabilities and what variances rest on.
///
/// Values are given to each estimator as slices of n numbers, in the order of the sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    probabilities: Vec<f64>,
    /// The stratum of each unit, all 0 without strata.
    strata: Vec<usize>,
    variance: Variance,
    calibration: Option<Calibration>,
    inside: Vec<bool>,
}

impl Sample {
    /// `n` units drawn at random without replacement from `size`.
    ///
    /// ```text
    /// V̂ = (1 − n/N)·n/(n−1)·Σ(z − z̄)²
    /// ```
    ///
    /// # Errors
    /// As for [`Sample::stratified`].
    pub fn simple(n: usize, size: usize) -> Result<Self> {
        Self::stratified(&vec![0; n], &[size])
    }

    /// Units drawn at random without replacement in each stratum: `strata` gives the stratum of each unit, numbered from 0,
    /// and `sizes` the N_h.
    ///
    /// ```text
    /// π = n_h/N_h        V̂ = Σ_h (1 − n_h/N_h)·n_h/(n_h−1)·Σ_{s_h}(z − z̄_h)²
    /// ```
    ///
    /// A stratum taken whole adds nothing to V̂. The total is the stratified ΣN_h·ȳ_h, the mean that over N.
    ///
    /// # Errors
    /// Without a unit; naming the stratum, when one that has units gave none (they had no chance), only one of several (no
    /// variance can be told), or more than it has.
    pub fn stratified(strata: &[usize], sizes: &[usize]) -> Result<Self> {
        let (variance, draws) = Variance::strata(strata, Some(sizes))?;
        let probabilities = strata.iter().map(|&h| draws[h] as f64 / sizes[h] as f64).collect();
        Self::new(probabilities, strata.to_vec(), variance)
    }

    /// Units drawn with replacement in each stratum, or from so large a population that it does not matter: `expected`
    /// is how often each unit was expected to be drawn, n·pᵢ, the inverse of its weight.
    ///
    /// ```text
    /// V̂ = Σ_h n_h/(n_h−1)·Σ_{s_h}(z − z̄_h)²
    /// ```
    ///
    /// Hansen & Hurwitz 1943. Taken for a design without replacement, it errs to the safe side.
    ///
    /// # Errors
    /// Without a unit; when a number is not above 0; naming the stratum, when it has one draw.
    pub fn with_replacement(expected: &[f64], strata: &[usize]) -> Result<Self> {
        if strata.iter().any(|h| *h >= strata.len()) {
            return Err(Error::Argument("strata must be numbered from 0 without gaps"));
        }
        let (variance, _) = Variance::strata(strata, None)?;
        Self::new(expected.to_vec(), strata.to_vec(), variance)
    }

    /// Units drawn each by its own coin.
    ///
    /// ```text
    /// V̂ = Σ (1−π)·z²
    /// ```
    ///
    /// # Errors
    /// Without a unit; when a probability is not above 0 and at most 1.
    pub fn poisson(probabilities: &[f64]) -> Result<Self> {
        Self::unequal(probabilities, Variance::Poisson)
    }

    /// A fixed number of units drawn with unequal probabilities and high entropy: [`crate::design::pivotal`] in random order,
    /// [`crate::design::ConditionalPoisson`].
    ///
    /// ```text
    /// V̂ = n/(n−1)·Σ (1−π)·(z − B)²,   B = z̄  (Brewer)   or   Σ(1−π)z/Σ(1−π)  (Hájek)
    /// ```
    ///
    /// over the units with π < 1, n of them: certainty units are a stratum of their own and add nothing. (R's `brewer` counts
    /// them in n and z̄ unless they are given as a stratum.) Fails for systematic sampling from an ordered list, whose
    /// entropy is low.
    ///
    /// Hájek 1964; Brewer 2002, *Combined Survey Sampling Inference*.
    ///
    /// # Errors
    /// Without a unit; when a probability is not above 0 and at most 1; when just one is below 1.
    pub fn fixed_size(probabilities: &[f64], approximation: Approximation) -> Result<Self> {
        if probabilities.iter().filter(|p| **p < 1.0).count() == 1 {
            return Err(Error::Argument("one draw tells no variance: draw two"));
        }
        Self::unequal(probabilities, Variance::FixedSize(approximation))
    }

    /// Units drawn by a design whose joint probabilities πᵢⱼ are known: one row a unit, πᵢ on the diagonal, as from
    /// [`crate::design::ConditionalPoisson::joint`].
    ///
    /// ```text
    /// V̂ = ΣΣ Δᵢⱼzᵢzⱼ  (Horvitz–Thompson)   or   −½·ΣΣ Δᵢⱼ(zᵢ−zⱼ)²  (Sen–Yates–Grundy),   Δᵢⱼ = (πᵢⱼ−πᵢπⱼ)/πᵢⱼ
    /// ```
    ///
    /// Both are unbiased when all pairs of the population have πᵢⱼ > 0, the second in designs of fixed size only. Either can
    /// turn out negative.
    ///
    /// # Errors
    /// Without a unit; when the matrix is not square and symmetric with 0 < πᵢⱼ ≤ min(πᵢ, πⱼ) ≤ 1; for Sen, Yates and
    /// Grundy's form, when there is one unit and it is not certain.
    pub fn joint(joint: &[Vec<f64>], form: Form) -> Result<Self> {
        let n = joint.len();
        if joint.iter().any(|row| row.len() != n) {
            return Err(Error::Argument("joint probabilities must form a square"));
        }
        let pi: Vec<f64> = (0..n).map(|i| joint[i][i]).collect();
        let wrong = |i: usize, j: usize| {
            let p = joint[i][j];
            !(p > 0.0 && p <= pi[i].min(pi[j]) * (1.0 + 1e-9)) || (p - joint[j][i]).abs() > 1e-9 * p
        };
        if (0..n).any(|i| (0..n).any(|j| wrong(i, j))) {
            return Err(Error::Argument(
                "joint probabilities must be the same both ways, above 0 and not above those of either unit",
            ));
        }
        if form == Form::SenYatesGrundy && n == 1 && pi[0] < 1.0 {
            return Err(Error::Argument("one draw tells no variance: draw two"));
        }
        let delta = (0..n * n).map(|k| 1.0 - pi[k / n] * pi[k % n] / joint[k / n][k % n]).collect();
        Self::unequal(&pi, Variance::Joint { delta, form })
    }

    fn unequal(probabilities: &[f64], variance: Variance) -> Result<Self> {
        if probabilities.iter().any(|p| *p > 1.0) {
            return Err(Error::Argument("a probability cannot be above 1"));
        }
        Self::new(probabilities.to_vec(), vec![0; probabilities.len()], variance)
    }

    fn new(probabilities: Vec<f64>, strata: Vec<usize>, variance: Variance) -> Result<Self> {
        if probabilities.is_empty() {
            return Err(Error::NoLabels);
        }
        if probabilities.len() != strata.len() {
            return Err(Error::Argument("there must be one stratum a unit"));
        }
        if probabilities.iter().any(|p| !(*p > 0.0 && p.recip().is_finite() && p.is_finite())) {
            return Err(Error::Argument("a drawn unit must have had a chance to be drawn"));
        }
        let inside = vec![true; probabilities.len()];
        Ok(Self { probabilities, strata, variance, calibration: None, inside })
    }

    /// The same sample with weights g/π that give known totals: `columns` holds each auxiliary's values over the sample (a
    /// column of ones for N), `totals` their totals over the population. Estimates are then those of the generalised
    /// regression estimator (GREG):
    ///
    /// ```text
    /// g = 1 + (T_x − Σx/π)'·(Σ xx'/π)⁻¹·x         Σ g·y/π = T_x'·B̂ + Σ (y − x'B̂)/π,   B̂ = (Σ xx'/π)⁻¹·Σ xy/π
    /// V̂ = V̂ of Σ g·e/π,   e = y − x'B̂
    /// ```
    ///
    /// Nearly unbiased whatever the regression, n large against the number of auxiliaries. Weights can turn negative. With
    /// fixed coefficients in the place of B̂ it is the difference estimator, exactly unbiased: [`Sample::total`] of y − x'B,
    /// plus T_x'B. As R's `calibrate(calfun = "linear")`.
    ///
    /// Cassel, Särndal & Wretman 1976; Deville & Särndal 1992, *Calibration estimators in survey sampling*.
    ///
    /// # Errors
    /// When the auxiliaries are collinear over the sample, not finite or not of its length; when the sample is calibrated
    /// already (give all auxiliaries at once) or narrowed to a domain (calibrate first).
    pub fn calibrate(&self, columns: &[Vec<f64>], totals: &[f64]) -> Result<Self> {
        if self.calibration.is_some() || self.inside.contains(&false) {
            return Err(Error::Argument("calibrate the whole sample, once, on all auxiliaries together"));
        }
        let weights: Vec<f64> = self.probabilities.iter().map(|p| p.recip()).collect();
        let calibration = Calibration::new(&weights, columns, totals)?;
        Ok(Self { calibration: Some(calibration), ..self.clone() })
    }

    /// The part of the sample in a domain. Its size in the population is taken as unknown, and so counts in variances:
    /// units outside stay in the sample with the value 0. As R's `subset`.
    ///
    /// # Errors
    /// When no unit is in it, or `inside` is not of the sample's length.
    pub fn domain(&self, inside: &[bool]) -> Result<Self> {
        if inside.len() != self.inside.len() {
            return Err(Error::Argument("there must be one answer a unit whether it is in the domain"));
        }
        let inside: Vec<bool> = self.inside.iter().zip(inside).map(|(a, b)| *a && *b).collect();
        if !inside.contains(&true) {
            return Err(Error::Argument("no unit of the domain was drawn"));
        }
        Ok(Self { inside, ..self.clone() })
    }

    /// wᵢ = gᵢ/πᵢ; 0 outside the domain.
    pub fn weights(&self) -> Vec<f64> {
        (0..self.inside.len()).map(|i| if self.inside[i] { self.g(i) / self.probabilities[i] } else { 0.0 }).collect()
    }

    /// The total Σ w·y: Horvitz and Thompson's; GREG when calibrated; stratified when drawn so.
    ///
    /// # Errors
    /// When `y` is not of the sample's length, or a value is not finite.
    pub fn total(&self, y: &[f64]) -> Result<Estimate> {
        self.check(y)?;
        self.estimate(self.sum(y), |i| y[i])
    }

    /// The mean Σ w·y/Σ w (Hájek's). Times a known N it is the Hájek total: [`Estimate::times`].
    ///
    /// # Errors
    /// As for [`Sample::ratio`].
    pub fn mean(&self, y: &[f64]) -> Result<Estimate> {
        self.ratio(y, &vec![1.0; self.inside.len()])
    }

    /// The ratio of two totals R̂ = Σ w·y/Σ w·x. Times a known total of x it is the ratio estimator of y's.
    ///
    /// Nearly unbiased, with a bias in the order of 1/n; the variance is that of the linearised ratio.
    ///
    /// # Errors
    /// As for [`Sample::total`]; when the total of x is 0.
    pub fn ratio(&self, y: &[f64], x: &[f64]) -> Result<Estimate> {
        self.check(y)?;
        self.check(x)?;
        let base = self.sum(x);
        if base == 0.0 {
            return Err(Error::Argument("a ratio's lower part must not be 0"));
        }
        let value = self.sum(y) / base;
        self.estimate(value, |i| (y[i] - value * x[i]) / base)
    }

    fn g(&self, i: usize) -> f64 {
        self.calibration.as_ref().map_or(1.0, |c| c.g[i])
    }

    fn sum(&self, y: &[f64]) -> f64 {
        self.weights().iter().zip(y).map(|(w, y)| w * y).sum()
    }

    fn check(&self, y: &[f64]) -> Result<()> {
        if y.len() != self.inside.len() {
            return Err(Error::Argument("there must be one value a unit"));
        }
        if y.iter().any(|y| !y.is_finite()) {
            return Err(Error::Argument("a value must be a finite number"));
        }
        Ok(())
    }

    /// A figure whose linearised values are `u`.
    fn estimate(&self, value: f64, u: impl Fn(usize) -> f64) -> Result<Estimate> {
        let mut z: Vec<f64> = (0..self.inside.len()).map(|i| if self.inside[i] { u(i) } else { 0.0 }).collect();
        if let Some(calibration) = &self.calibration {
            z = calibration.residuals(&z);
        }
        z.iter_mut().enumerate().for_each(|(i, z)| *z *= self.g(i) / self.probabilities[i]);
        let variance = self.variance.of(&z, &self.probabilities);
        if !(value.is_finite() && variance.is_finite()) {
            return Err(Error::Argument("the values are too large to be added up"));
        }
        Ok(Estimate { value, variance, freedom: self.freedom(), exact: self.variance.is_none(&self.probabilities) })
    }

    /// Units less strata, in the domain.
    fn freedom(&self) -> usize {
        let mut strata: Vec<usize> =
            (0..self.inside.len()).filter(|&i| self.inside[i]).map(|i| self.strata[i]).collect();
        let units = strata.len();
        strata.sort_unstable();
        strata.dedup();
        units - strata.len()
    }
}
