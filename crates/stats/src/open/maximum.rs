//! The maximum of a smooth log-likelihood, and how sharp it is.

/// Parameters do not go further than this from 0: on the logit scale shares of 3 in ten million are 0 or 1.
pub(super) const EDGE: f64 = 15.0;

/// Keeps the Hessian invertible in directions of which the data say nothing; their variance comes out huge.
const RIDGE: f64 = 1e-9;

/// Where a log-likelihood is largest.
#[derive(Debug, Clone)]
pub(super) struct Maximum {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
    /// The inverse of the negative Hessian, row by row.
    covariance: Vec<f64>,
    pub(super) converged: bool,
}

impl Maximum {
    /// Climbs from `start`. `log_likelihood` fills in its gradient.
    ///
    /// Newton's method, the Hessian by central differences of the gradient, damped as by Levenberg and Marquardt until a
    /// step climbs.
    pub(super) fn find(start: Vec<f64>, log_likelihood: impl Fn(&[f64], &mut [f64]) -> f64) -> Self {
        let d = start.len();
        let mut at = start;
        let mut gradient = vec![0.0; d];
        let mut value = log_likelihood(&at, &mut gradient);
        let (mut damping, mut converged, mut standstill) = (1e-3, false, 0);
        for _ in 0..500 {
            let hessian = negative_hessian(&at, &log_likelihood);
            let mut climbed = None;
            for _ in 0..40 {
                let mut damped = hessian.clone();
                (0..d).for_each(|i| damped[i * d + i] += damping * hessian[i * d + i].abs().max(1e-4));
                if let Some(l) = cholesky(&damped, d) {
                    let step = solve(&l, &gradient);
                    let next: Vec<f64> =
                        at.iter().zip(&step).map(|(x, s)| (x + s.clamp(-2.0, 2.0)).clamp(-EDGE, EDGE)).collect();
                    let mut slope = vec![0.0; d];
                    let height = log_likelihood(&next, &mut slope);
                    if height.is_finite() && height >= value {
                        climbed = Some((next, height, slope));
                        break;
                    }
                }
                damping = (damping * 4.0f64).max(1e-8);
            }
            let Some((next, height, slope)) = climbed else {
                // No direction climbs any further: the maximum, as far as floating point can tell.
                converged = true;
                break;
            };
            let gain = height - value;
            let moved = at.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            (at, value, gradient) = (next, height, slope);
            damping = (damping / 10.0).max(1e-14);
            // Along a ridge or towards an edge gains go on for ever, ever smaller.
            standstill = if gain <= 1e-10 * (1.0 + value.abs()) { standstill + 1 } else { 0 };
            if standstill > 4 || moved < 1e-10 {
                converged = true;
                break;
            }
        }
        let mut hessian = negative_hessian(&at, &log_likelihood);
        (0..d).for_each(|i| hessian[i * d + i] += RIDGE);
        let covariance = inverse(hessian, d);
        Self { at, value, covariance, converged }
    }

    /// Takes `less` off the variance of parameter i.
    pub(super) fn reduce_variance(&mut self, i: usize, less: f64) {
        let own = &mut self.covariance[i * self.at.len() + i];
        *own = (*own - less).max(0.0);
    }

    /// The variance of parameter i.
    pub(super) fn variance(&self, i: usize) -> f64 {
        self.covariance[i * self.at.len() + i]
    }

    /// The value of a function of the parameters at the maximum, and its standard error by the delta method.
    pub(super) fn delta(&self, function: impl Fn(&[f64]) -> f64) -> (f64, f64) {
        let d = self.at.len();
        let slope: Vec<f64> = (0..d)
            .map(|i| {
                let shifted = |by: f64| {
                    let mut at = self.at.clone();
                    at[i] += by;
                    function(&at)
                };
                (shifted(1e-4) - shifted(-1e-4)) / 2e-4
            })
            .collect();
        let variance: f64 =
            (0..d).map(|i| slope[i] * (0..d).map(|j| self.covariance[i * d + j] * slope[j]).sum::<f64>()).sum();
        (function(&self.at), variance.max(0.0).sqrt())
    }
}

fn negative_hessian(at: &[f64], log_likelihood: &impl Fn(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let d = at.len();
    let mut hessian = vec![0.0; d * d];
    let (mut above, mut below) = (vec![0.0; d], vec![0.0; d]);
    let mut x = at.to_vec();
    for i in 0..d {
        x[i] = at[i] + STEP;
        log_likelihood(&x, &mut above);
        x[i] = at[i] - STEP;
        log_likelihood(&x, &mut below);
        x[i] = at[i];
        for j in 0..d {
            let second = -(above[j] - below[j]) / (2.0 * STEP);
            hessian[i * d + j] += second / 2.0;
            hessian[j * d + i] += second / 2.0;
        }
    }
    hessian
}

/// The lower factor of a symmetric matrix; none if it is not positive definite.
fn cholesky(matrix: &[f64], d: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..=i {
            let rest = matrix[i * d + j] - (0..j).map(|k| l[i * d + k] * l[j * d + k]).sum::<f64>();
            if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                l[i * d + i] = rest.sqrt();
            } else {
                l[i * d + j] = rest / l[j * d + j];
            }
        }
    }
    Some(l)
}

/// Solves L·Lᵀ·x = g.
fn solve(l: &[f64], g: &[f64]) -> Vec<f64> {
    let d = g.len();
    let mut x = g.to_vec();
    for i in 0..d {
        let rest = x[i] - (0..i).map(|k| l[i * d + k] * x[k]).sum::<f64>();
        x[i] = rest / l[i * d + i];
    }
    for i in (0..d).rev() {
        let rest = x[i] - (i + 1..d).map(|k| l[k * d + i] * x[k]).sum::<f64>();
        x[i] = rest / l[i * d + i];
    }
    x
}

/// The inverse of a symmetric matrix that should be positive definite; where rounding has made it slightly not so, a
/// little more ridge makes it.
fn inverse(mut matrix: Vec<f64>, d: usize) -> Vec<f64> {
    let mut ridge = RIDGE;
    let l = loop {
        match cholesky(&matrix, d) {
            Some(l) => break l,
            None => {
                ridge *= 10.0;
                (0..d).for_each(|i| matrix[i * d + i] += ridge);
            }
        }
    };
    let mut out = vec![0.0; d * d];
    for i in 0..d {
        let mut unit = vec![0.0; d];
        unit[i] = 1.0;
        out[i * d..(i + 1) * d].copy_from_slice(&solve(&l, &unit));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binomial_in_closed_form() {
        // 7 of 10: logit(0.7), variance 1/(n·p·q)
        let found = Maximum::find(vec![0.0], |x, g| {
            let p = 1.0 / (1.0 + (-x[0]).exp());
            g[0] = 7.0 - 10.0 * p;
            7.0 * p.ln() + 3.0 * (1.0 - p).ln()
        });
        assert!(found.converged && (found.at[0] - (0.7f64 / 0.3).ln()).abs() < 1e-8);
        assert!((found.variance(0) - 1.0 / 2.1).abs() < 1e-7);
        let (p, se) = found.delta(|x| 1.0 / (1.0 + (-x[0]).exp()));
        assert!((p - 0.7).abs() < 1e-9 && (se - 0.021f64.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn a_valley_that_bends_and_an_edge() {
        // Rosenbrock's function upside down, and a coordinate that wants to go on for ever.
        let found = Maximum::find(vec![-1.2, 1.0, 0.0], |x, g| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            let rise = (-x[2]).exp();
            g.copy_from_slice(&[2.0 * a + 400.0 * x[0] * b, -200.0 * b, rise]);
            -a * a - 100.0 * b * b - rise
        });
        assert!((found.at[0] - 1.0).abs() < 1e-6 && (found.at[1] - 1.0).abs() < 1e-6, "{found:?}");
        assert!(found.at[2] > 10.0 && found.variance(2) > 1e4);
        assert!((found.variance(0) - 0.5).abs() < 1e-4, "{found:?}");
    }
}
