//! Penalised logistic regression: the scores that a difference estimator leans on, and that explain themselves.

use crate::newton::{Descent, dot, linear};
use crate::{Error, Result};

/// How a column is standardised: its mean and standard deviation over the population, and the scale that it is then
/// multiplied by (see [`Features::scaled`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standard {
    /// The mean of the known values.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// What is expected of the column, against the others.
    pub scale: f64,
}

impl Standard {
    /// A value, standardised; unknown (not finite) is the mean.
    pub fn of(&self, value: f64) -> f64 {
        if value.is_finite() && self.deviation > 1e-12 {
            ((value - self.mean) / self.deviation).clamp(-8.0, 8.0) * self.scale
        } else {
            0.0
        }
    }
}

/// Standardised features of a population, one row a unit.
///
/// Columns are centred and scaled over all rows, labelled or not, and cut at 8 standard deviations, so that one extreme
/// account cannot carry a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    width: usize,
    values: Vec<f64>,
}

impl Features {
    /// Features from columns of equal length; `NaN` stands for unknown and becomes the column's mean.
    ///
    /// # Errors
    /// When columns differ in length.
    pub fn standardised(columns: Vec<Vec<f64>>) -> Result<Self> {
        let scales = vec![1.0; columns.len()];
        Self::scaled(columns, &scales)
    }

    /// The same, each column then multiplied by its scale. A penalty λ on the coefficients acts as λ/scale² on such a
    /// column, so a scale under 1 says that less is expected of it.
    ///
    /// # Errors
    /// When columns differ in length, or there is not one scale a column.
    pub fn scaled(columns: Vec<Vec<f64>>, scales: &[f64]) -> Result<Self> {
        let width = columns.len();
        let rows = columns.first().map_or(0, Vec::len);
        if columns.iter().any(|c| c.len() != rows) || scales.len() != width {
            return Err(Error::Argument("feature columns must be of equal length, with one scale each"));
        }
        let mut values = vec![0.0; rows * width];
        for (j, (column, scale)) in columns.into_iter().zip(scales).enumerate() {
            let finite = || column.iter().filter(|v| v.is_finite());
            let n = finite().count().max(1) as f64;
            let mean = finite().sum::<f64>() / n;
            let deviation = (finite().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
            let standard = Standard { mean, deviation, scale: *scale };
            column.into_iter().enumerate().for_each(|(i, v)| values[i * width + j] = standard.of(v));
        }
        Ok(Self { width, values })
    }

    /// Features of some of a population's units, end to end, each standardised already by its column's [`Standard`]: a
    /// fit needs the labelled units alone.
    ///
    /// # Errors
    /// When the values do not make whole rows.
    pub fn of_rows(width: usize, values: Vec<f64>) -> Result<Self> {
        match values.len().checked_rem(width) {
            Some(0) => Ok(Self { width, values }),
            None if values.is_empty() => Ok(Self { width, values }),
            _ => Err(Error::Argument("standardised features must be whole rows")),
        }
    }

    /// How many features a unit has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many units there are; 0 where there are no features.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// A unit's features.
    pub fn row(&self, unit: usize) -> &[f64] {
        &self.values[unit * self.width..][..self.width]
    }
}

/// A labelled unit to learn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example {
    /// The unit's row in the features.
    pub unit: usize,
    /// Its label, 0 to 1.
    pub label: f64,
    /// Its weight, 1/π, so that the fit speaks for the population and not for the sample.
    pub weight: f64,
}

/// A fitted, calibrated model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    intercept: f64,
    coefficients: Vec<f64>,
    calibration: (f64, f64),
    left_out: Vec<f64>,
}

const PENALTIES: [f64; 6] = [300.0, 100.0, 30.0, 10.0, 3.0, 1.0];
pub(crate) const INNER_FOLDS: usize = 5;

impl Model {
    /// Fits to `examples`: ridge-penalised logistic regression by Newton's method,
    ///
    /// ```text
    /// minimise  Σ wᵢ·log(1 + exp(−(2yᵢ−1)·ηᵢ)) + λ/2·Σβ²,   η = β₀ + xβ,   Σw = n
    /// ```
    ///
    /// with λ chosen by five-fold cross-validation of the weighted log loss, then calibrated: σ(a + b·η) fitted to the
    /// left-out η (Platt scaling, drawn towards a = 0, b = 1). Two half-observations, a member and another at the mean,
    /// keep it finite when all labels are the same.
    ///
    /// le Cessie & van Houwelingen 1992, *Ridge estimators in logistic regression*; Platt 1999.
    ///
    /// # Errors
    /// Without examples, or when a label or weight is not a number in its range.
    pub fn fit(features: &Features, examples: &[Example]) -> Result<Self> {
        let examples = normalised(examples)?;
        let mut best: Option<(f64, f64, Vec<f64>)> = None;
        let mut fits: Vec<Descent<'_>> =
            (0..INNER_FOLDS).map(|fold| Descent::new(features, others(&examples, fold))).collect();
        for penalty in PENALTIES {
            fits.iter_mut().for_each(|fit| fit.descend(penalty));
            let of = |(i, e): (usize, &Example)| linear(&fits[i % INNER_FOLDS].beta, features.row(e.unit));
            let left_out: Vec<f64> = examples.iter().enumerate().map(of).collect();
            let loss: f64 = examples.iter().zip(&left_out).map(|(e, &eta)| e.weight * log_loss(e.label, eta)).sum();
            match &best {
                // Along the path the loss falls, then rises: once it is well past its least, it will not come back.
                Some((least, ..)) if loss > least * 1.01 => break,
                Some((least, ..)) if loss >= *least => {}
                _ => best = Some((loss, penalty, left_out)),
            }
        }
        let (_, penalty, left_out) = best.ok_or(Error::NoLabels)?;
        let mut all = Descent::new(features, examples.clone());
        all.descend(penalty);
        let (intercept, coefficients) = (all.beta[0], all.beta.split_off(1));
        let calibration = calibrate(&examples, &left_out);
        let left_out = left_out.iter().map(|&eta| sigmoid(calibration.0 + calibration.1 * eta)).collect();
        Ok(Self { intercept, coefficients, calibration, left_out })
    }

    /// The score of each example by the cross-validation's fit that did not see it, calibrated.
    pub fn left_out(&self) -> &[f64] {
        &self.left_out
    }

    /// The score of a unit with these features: its chance to be a member.
    pub fn score(&self, row: &[f64]) -> f64 {
        let eta = self.intercept + dot(row, &self.coefficients);
        sigmoid(self.calibration.0 + self.calibration.1 * eta)
    }
}

/// The examples with weights that sum to their number.
pub(crate) fn normalised(examples: &[Example]) -> Result<Vec<Example>> {
    if examples.is_empty() {
        return Err(Error::NoLabels);
    }
    let sum: f64 = examples.iter().map(|e| e.weight).sum();
    let wrong = |e: &Example| !(0.0..=1.0).contains(&e.label) || e.weight.is_nan() || e.weight < 0.0;
    if !(sum.is_finite() && sum > 0.0) || examples.iter().any(wrong) {
        return Err(Error::Argument("labels must be between 0 and 1 and weights above 0"));
    }
    let scale = examples.len() as f64 / sum;
    Ok(examples.iter().map(|e| Example { weight: e.weight * scale, ..*e }).collect())
}

fn others(examples: &[Example], fold: usize) -> Vec<Example> {
    let few = examples.len() < 2;
    examples.iter().enumerate().filter(|(i, _)| few || i % INNER_FOLDS != fold).map(|(_, e)| *e).collect()
}

pub(crate) fn sigmoid(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

pub(crate) fn log_loss(y: f64, eta: f64) -> f64 {
    // log(1 + e^η) − yη, without overflow
    eta.max(0.0) + (-eta.abs()).exp().ln_1p() - y * eta
}

/// Platt scaling of left-out η: σ(a + b·η), drawn towards a = 0, b = 1 as if by a few observations.
pub(crate) fn calibrate(examples: &[Example], left_out: &[f64]) -> (f64, f64) {
    let (mut a, mut b) = (0.0f64, 1.0f64);
    const PULL: f64 = 2.0;
    for _ in 0..25 {
        let (mut ga, mut gb) = (PULL * a, PULL * (b - 1.0));
        let (mut haa, mut hab, mut hbb) = (PULL, 0.0, PULL);
        for (e, &eta) in examples.iter().zip(left_out) {
            let p = sigmoid(a + b * eta);
            let (g, h) = (e.weight * (p - e.label), e.weight * p * (1.0 - p));
            ga += g;
            gb += g * eta;
            haa += h;
            hab += h * eta;
            hbb += h * eta * eta;
        }
        let det = haa * hbb - hab * hab;
        let (da, db) = ((hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det);
        // Damped: the log loss is convex, but far from the optimum a full step can overshoot.
        let size = (1.0f64).min(2.0 / (da.abs() + db.abs()).max(1e-9));
        a -= size * da;
        b -= size * db;
        if da.abs() + db.abs() < 1e-9 {
            break;
        }
    }
    // A negative slope would turn the ranking round: noise in few labels, not knowledge.
    (a, b.max(0.05))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn recovers_a_signal_and_is_calibrated() {
        let mut random = ChaCha8Rng::seed_from_u64(8);
        let n = 4000;
        let columns: Vec<Vec<f64>> =
            (0..4).map(|_| (0..n).map(|_| random.random::<f64>() * 3.5 - 1.75).collect()).collect();
        let chance: Vec<f64> = columns[0].iter().zip(&columns[1]).map(|(a, b)| sigmoid(2.0 * a - b - 1.0)).collect();
        let x = Features::standardised(columns).unwrap();
        let e: Vec<Example> = (0..1000)
            .map(|unit| Example { unit, label: f64::from(u8::from(random.random_bool(chance[unit]))), weight: 1.0 })
            .collect();
        let model = Model::fit(&x, &e).unwrap();
        let error = (0..n).map(|i| (model.score(x.row(i)) - chance[i]).abs()).sum::<f64>() / n as f64;
        assert!(error < 0.03, "mean error {error}");
        assert!(model.coefficients[0] > 1.0 && model.coefficients[3].abs() < 0.3);
    }

    #[test]
    fn one_class_one_example_and_hostile_columns_stay_finite() {
        let x = Features::standardised(vec![
            vec![1.0, 1.0, 1.0],
            vec![f64::NAN, f64::INFINITY, 3.0],
            vec![1e300, -1e300, 0.0],
        ])
        .unwrap();
        for examples in [vec![(0, 1.0)], vec![(0, 0.0), (1, 0.0), (2, 0.0)], vec![(0, 1.0), (2, 0.0)]] {
            let e: Vec<Example> = examples.iter().map(|&(unit, label)| Example { unit, label, weight: 2.0 }).collect();
            let model = Model::fit(&x, &e).unwrap();
            assert!((0..3).all(|i| (0.0..=1.0).contains(&model.score(x.row(i)))));
        }
        assert_eq!(Model::fit(&x, &[]), Err(Error::NoLabels));
    }
}
