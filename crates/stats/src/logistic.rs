//! Penalised logistic regression: the scores that a difference estimator leans on, and that explain themselves.

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
        let mut starts: Vec<Vec<f64>> = vec![vec![0.0; features.width + 1]; INNER_FOLDS];
        for penalty in PENALTIES {
            let mut left_out = vec![0.0; examples.len()];
            for (fold, start) in starts.iter_mut().enumerate() {
                let rest: Vec<Example> = others(&examples, fold);
                *start = newton(features, &rest, penalty, start.clone());
                for (i, e) in examples.iter().enumerate().filter(|(i, _)| i % INNER_FOLDS == fold) {
                    left_out[i] = linear(start, features.row(e.unit));
                }
            }
            let loss: f64 = examples.iter().zip(&left_out).map(|(e, &eta)| e.weight * log_loss(e.label, eta)).sum();
            match &best {
                // Along the path the loss falls, then rises: once it is well past its least, it will not come back.
                Some((least, ..)) if loss > least * 1.01 => break,
                Some((least, ..)) if loss >= *least => {}
                _ => best = Some((loss, penalty, left_out)),
            }
        }
        let (_, penalty, left_out) = best.ok_or(Error::NoLabels)?;
        let mut all = newton(features, &examples, penalty, vec![0.0; features.width + 1]);
        let calibration = calibrate(&examples, &left_out);
        let coefficients = all.split_off(1);
        let left_out = left_out.iter().map(|&eta| sigmoid(calibration.0 + calibration.1 * eta)).collect();
        Ok(Self { intercept: all[0], coefficients, calibration, left_out })
    }

    /// The score of each example by the cross-validation's fit that did not see it, calibrated.
    pub fn left_out(&self) -> &[f64] {
        &self.left_out
    }

    /// The score of a unit with these features: its chance to be a member.
    pub fn score(&self, row: &[f64]) -> f64 {
        let eta = self.intercept + row.iter().zip(&self.coefficients).map(|(x, b)| x * b).sum::<f64>();
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

fn linear(beta: &[f64], row: &[f64]) -> f64 {
    beta[0] + row.iter().zip(&beta[1..]).map(|(x, b)| x * b).sum::<f64>()
}

pub(crate) fn sigmoid(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

pub(crate) fn log_loss(y: f64, eta: f64) -> f64 {
    // log(1 + e^η) − yη, without overflow
    eta.max(0.0) + (-eta.abs()).exp().ln_1p() - y * eta
}

/// Newton's method with step halving on the penalised log loss; β₀ is not penalised.
fn newton(features: &Features, examples: &[Example], penalty: f64, mut beta: Vec<f64>) -> Vec<f64> {
    let d = beta.len();
    let anchors = [(1.0, 0.5), (0.0, 0.5)]; // (label, weight) of the half-observations, at x = 0
    let loss = |b: &[f64]| {
        examples.iter().map(|e| e.weight * log_loss(e.label, linear(b, features.row(e.unit)))).sum::<f64>()
            + anchors.iter().map(|(y, w)| w * log_loss(*y, b[0])).sum::<f64>()
            + penalty / 2.0 * b[1..].iter().map(|v| v * v).sum::<f64>()
    };
    let mut current = loss(&beta);
    for _ in 0..30 {
        let mut gradient = vec![0.0; d];
        let mut hessian = vec![0.0; d * d];
        let slopes = |y: f64, w: f64, p: f64| (w * (p - y), w * (p * (1.0 - p)).max(1e-9));
        // Four examples at a time: each sum is then read and written once for four products.
        let mut fours = examples.chunks_exact(4);
        for four in &mut fours {
            let rows = [0, 1, 2, 3].map(|k: usize| features.row(four[k].unit));
            let of = |k: usize| slopes(four[k].label, four[k].weight, sigmoid(linear(&beta, rows[k])));
            add_four(rows, [of(0), of(1), of(2), of(3)], &mut gradient, &mut hessian);
        }
        for e in fours.remainder() {
            let row = features.row(e.unit);
            add(row, slopes(e.label, e.weight, sigmoid(linear(&beta, row))), &mut gradient, &mut hessian);
        }
        for (y, w) in anchors {
            add(&[], slopes(y, w, sigmoid(beta[0])), &mut gradient, &mut hessian);
        }
        for j in 1..d {
            gradient[j] += penalty * beta[j];
            hessian[j * d + j] += penalty;
        }
        let step = solve(&mut hessian, gradient);
        let mut size = 1.0;
        let (next, lower) = loop {
            let next: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b - size * s).collect();
            let l = loss(&next);
            if l <= current || size < 1e-4 {
                break (next, l);
            }
            size /= 2.0;
        };
        if !lower.is_finite() || lower > current {
            break;
        }
        let gain = current - lower;
        (beta, current) = (next, lower);
        if gain < 1e-10 * (1.0 + current.abs()) {
            break;
        }
    }
    beta
}

/// Adds an example's share of gradient and Hessian (its lower half).
fn add(row: &[f64], (g, h): (f64, f64), gradient: &mut [f64], hessian: &mut [f64]) {
    let d = gradient.len();
    gradient[0] += g;
    hessian[0] += h;
    for (a, &x) in row.iter().enumerate() {
        gradient[a + 1] += g * x;
        let line = &mut hessian[(a + 1) * d..][..a + 2];
        line[0] += h * x;
        line[1..].iter_mut().zip(row).for_each(|(t, &z)| *t += h * x * z);
    }
}

/// Adds the shares of four examples.
fn add_four(rows: [&[f64]; 4], slopes: [(f64, f64); 4], gradient: &mut [f64], hessian: &mut [f64]) {
    let d = gradient.len();
    gradient[0] += slopes.iter().map(|s| s.0).sum::<f64>();
    hessian[0] += slopes.iter().map(|s| s.1).sum::<f64>();
    for a in 0..d - 1 {
        let x = [0, 1, 2, 3].map(|k: usize| rows[k][a]);
        let hx = [0, 1, 2, 3].map(|k: usize| slopes[k].1 * x[k]);
        gradient[a + 1] += (0..4).map(|k| slopes[k].0 * x[k]).sum::<f64>();
        let line = &mut hessian[(a + 1) * d..][..a + 2];
        line[0] += hx.iter().sum::<f64>();
        let [r0, r1, r2, r3] = rows.map(|r| &r[..=a]);
        for ((((t, z0), z1), z2), z3) in line[1..].iter_mut().zip(r0).zip(r1).zip(r2).zip(r3) {
            *t += (hx[0] * z0 + hx[1] * z1) + (hx[2] * z2 + hx[3] * z3);
        }
    }
}

/// Solves H·x = g by Cholesky; H is symmetric and positive definite, its lower half filled.
fn solve(h: &mut [f64], mut g: Vec<f64>) -> Vec<f64> {
    let d = g.len();
    for j in 0..d {
        for k in 0..j {
            let l = h[j * d + k];
            for i in j..d {
                h[i * d + j] -= h[i * d + k] * l;
            }
        }
        let pivot = h[j * d + j].max(1e-12).sqrt();
        (j..d).for_each(|i| h[i * d + j] /= pivot);
        h[j * d + j] = pivot;
    }
    for i in 0..d {
        for k in 0..i {
            g[i] -= h[i * d + k] * g[k];
        }
        g[i] /= h[i * d + i];
    }
    for i in (0..d).rev() {
        for k in i + 1..d {
            g[i] -= h[k * d + i] * g[k];
        }
        g[i] /= h[i * d + i];
    }
    g
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
    fn intercept_alone_in_closed_form() {
        // 3 of 10, with the half-observations: (3 + ½)/(10 + 1)
        let x = Features::standardised(vec![]).unwrap();
        let e: Vec<Example> =
            (0..10).map(|i| Example { unit: 0, label: f64::from(u8::from(i < 3)), weight: 1.0 }).collect();
        let beta = newton(&x, &e, 1.0, vec![0.0]);
        assert!((sigmoid(beta[0]) - 3.5 / 11.0).abs() < 1e-7);
    }

    #[test]
    fn gradient_is_zero_at_the_fit() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let columns: Vec<Vec<f64>> = (0..3).map(|_| (0..80).map(|_| random.random::<f64>()).collect()).collect();
        let x = Features::standardised(columns).unwrap();
        let e: Vec<Example> = (0..80)
            .map(|unit| Example {
                unit,
                label: f64::from(u8::from(random.random_bool(sigmoid(x.row(unit)[0])))),
                weight: 1.0 + unit as f64 / 80.0,
            })
            .collect();
        let beta = newton(&x, &e, 2.0, vec![0.0; 4]);
        for j in 0..4 {
            let mut g = if j == 0 { sigmoid(beta[0]) - 0.5 } else { 2.0 * beta[j] };
            for e in &e {
                let xj = if j == 0 { 1.0 } else { x.row(e.unit)[j - 1] };
                g += e.weight * (sigmoid(linear(&beta, x.row(e.unit))) - e.label) * xj;
            }
            assert!(g.abs() < 1e-4, "{j}: {g}");
        }
    }

    /// The same objective minimised by scipy 1.x: `minimize(loss, zeros(3), method="BFGS")` with
    /// `loss(b) = sum(w·(logaddexp(0, η) − y·η)) + (2·logaddexp(0, b₀) − b₀)/2 + 1.5/2·(b₁² + b₂²)`.
    #[test]
    fn equals_a_general_optimiser() {
        let columns =
            vec![vec![0.2, 1.5, -0.7, 2.2, 0.1, -1.3, 0.9, -0.4], vec![1.0, 0.3, -0.2, 0.8, -1.5, 0.6, -0.9, 0.4]];
        let x = Features::standardised(columns).unwrap();
        let labels = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0];
        let weights = [1.0, 2.0, 1.0, 0.5, 1.5, 1.0, 1.0, 2.0];
        let e: Vec<Example> = (0..8).map(|unit| Example { unit, label: labels[unit], weight: weights[unit] }).collect();
        let beta = newton(&x, &e, 1.5, vec![0.0; 3]);
        for (ours, scipy) in beta.iter().zip([0.277_501_3, 0.777_900_8, 0.293_970_1]) {
            assert!((ours - scipy).abs() < 1e-5, "{beta:?}");
        }
    }

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
