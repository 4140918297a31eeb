//! Newton's method for the penalised log loss.
//!
//! The Hessian takes far longer to add up than the gradient, and changes slowly along the way. So it is kept from step to
//! step, and from one penalty to the next, for as long as the steps it gives get shorter fast (the chord method): the end is
//! the same, and most steps cost a gradient alone.

use crate::logistic::{Example, Features, sigmoid};

/// Half-observations, (label, weight) at x = 0, that keep the fit finite when all labels are the same.
const ANCHORS: [(f64, f64); 2] = [(1.0, 0.5), (0.0, 0.5)];
/// Most steps for one penalty.
const STEPS: usize = 100;
/// A step that promises less, against 1 + loss, is the last.
const CLOSE: f64 = 1e-14;
/// The Hessian is taken anew when a step gains more than this share of what the one before did.
const SLOW: f64 = 0.1;
/// Least part of a step that is tried.
const SHORTEST: f64 = 1e-4;

/// A fit on its way down.
pub(crate) struct Descent<'a> {
    features: &'a Features,
    examples: Vec<Example>,
    /// β₀, β.
    pub(crate) beta: Vec<f64>,
    /// The Hessian without the penalty, at or near β: its lower half. Empty before the first step.
    curvature: Vec<f64>,
}

/// What is seen of the loss from one place.
struct View {
    loss: f64,
    gradient: Vec<f64>,
}

impl<'a> Descent<'a> {
    pub(crate) fn new(features: &'a Features, examples: Vec<Example>) -> Self {
        Self { features, examples, beta: vec![0.0; features.width() + 1], curvature: Vec::new() }
    }

    /// Goes to the least penalised loss from where it is; β₀ is not penalised.
    pub(crate) fn descend(&mut self, penalty: f64) {
        let mut here = self.view(&self.beta, penalty);
        let mut fresh = self.curvature.is_empty();
        if fresh {
            self.look_around();
        }
        let mut factor = self.factor(penalty);
        let mut last = f64::INFINITY;
        for _ in 0..STEPS {
            let step = solve(&factor, &here.gradient);
            if dot(&step, &here.gradient) / 2.0 < CLOSE * (1.0 + here.loss.abs()) {
                self.beta = self.after(&step, 1.0);
                return;
            }
            let shortest = if fresh { SHORTEST } else { 1.0 };
            let Some((beta, next)) = self.down(&here, &step, shortest, penalty) else {
                if fresh {
                    return;
                }
                self.look_around();
                (factor, fresh) = (self.factor(penalty), true);
                continue;
            };
            let gain = here.loss - next.loss;
            (self.beta, here) = (beta, next);
            fresh = gain > SLOW * last;
            if fresh {
                self.look_around();
                factor = self.factor(penalty);
            }
            last = gain;
        }
    }

    fn after(&self, step: &[f64], size: f64) -> Vec<f64> {
        self.beta.iter().zip(step).map(|(b, s)| b - size * s).collect()
    }

    /// The end of the step, or of the first of its half, quarter and so on that leads down.
    fn down(&self, here: &View, step: &[f64], shortest: f64, penalty: f64) -> Option<(Vec<f64>, View)> {
        let mut size = 1.0;
        while size >= shortest {
            let beta = self.after(step, size);
            let next = self.view(&beta, penalty);
            if next.loss <= here.loss {
                return Some((beta, next));
            }
            size /= 2.0;
        }
        None
    }

    fn view(&self, beta: &[f64], penalty: f64) -> View {
        let mut loss = penalty / 2.0 * dot(&beta[1..], &beta[1..]);
        let mut gradient: Vec<f64> = beta.iter().map(|b| penalty * b).collect();
        gradient[0] = 0.0;
        let (intercept, coefficients) = gradient.split_at_mut(1);
        let mut add = |eta: f64, y: f64, w: f64| {
            // σ(η) and log(1 + e^η) − yη, without overflow
            let e = (-eta.abs()).exp();
            let p = if eta < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) };
            loss += w * (eta.max(0.0) + e.ln_1p() - y * eta);
            w * (p - y)
        };
        for e in &self.examples {
            let row = self.features.row(e.unit);
            let slope = add(linear(beta, row), e.label, e.weight);
            intercept[0] += slope;
            coefficients.iter_mut().zip(row).for_each(|(g, x)| *g += slope * x);
        }
        ANCHORS.iter().for_each(|&(y, w)| intercept[0] += add(beta[0], y, w));
        View { loss, gradient }
    }

    /// Takes the Hessian where it is.
    fn look_around(&mut self) {
        let d = self.beta.len();
        let bend = |w: f64, eta: f64| {
            let p = sigmoid(eta);
            w * (p * (1.0 - p)).max(1e-9)
        };
        let mut hessian = vec![0.0; d * d];
        hessian[0] = ANCHORS.iter().map(|&(_, w)| bend(w, self.beta[0])).sum();
        let (fours, rest) = self.examples.as_chunks::<4>();
        let row = |e: &Example| self.features.row(e.unit);
        let of = |e: &Example| bend(e.weight, linear(&self.beta, row(e)));
        for four in fours {
            add(four.each_ref().map(row), four.each_ref().map(of), &mut hessian, d);
        }
        for e in rest {
            add([row(e)], [of(e)], &mut hessian, d);
        }
        self.curvature = hessian;
    }

    /// The Cholesky factor of the Hessian.
    fn factor(&self, penalty: f64) -> Vec<f64> {
        let d = self.beta.len();
        let mut factor = self.curvature.clone();
        (1..d).for_each(|j| factor[j * d + j] += penalty);
        for i in 0..d {
            let (above, own) = factor.split_at_mut(i * d);
            for j in 0..i {
                let other = &above[j * d..][..=j];
                own[j] = (own[j] - dot(&own[..j], &other[..j])) / other[j];
            }
            own[i] = (own[i] - dot(&own[..i], &own[..i])).max(1e-12).sqrt();
        }
        factor
    }
}

/// β₀ + xβ.
pub(crate) fn linear(beta: &[f64], row: &[f64]) -> f64 {
    beta[0] + dot(row, &beta[1..])
}

/// Σab, as four sums at a time.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a4, a), (b4, b)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a4.iter().zip(b4) {
        (0..4).for_each(|k| sums[k] += a[k] * b[k]);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>()
}

/// Adds the shares of some examples to the lower half of the Hessian. Several at once, since each sum is then read and
/// written once for all of them.
fn add<const N: usize>(rows: [&[f64]; N], bends: [f64; N], hessian: &mut [f64], d: usize) {
    hessian[0] += bends.iter().sum::<f64>();
    for a in 0..d - 1 {
        let hx: [f64; N] = std::array::from_fn(|k| bends[k] * rows[k][a]);
        let line = &mut hessian[(a + 1) * d..][..a + 2];
        line[0] += hx.iter().sum::<f64>();
        let rows = rows.map(|row| &row[..=a]);
        for (b, sum) in line[1..].iter_mut().enumerate() {
            *sum += (0..N).map(|k| hx[k] * rows[k][b]).sum::<f64>();
        }
    }
}

/// Solves LLᵀx = g.
fn solve(factor: &[f64], g: &[f64]) -> Vec<f64> {
    let d = g.len();
    let mut x = g.to_vec();
    for i in 0..d {
        x[i] = (x[i] - dot(&factor[i * d..][..i], &x[..i])) / factor[i * d + i];
    }
    for i in (0..d).rev() {
        x[i] /= factor[i * d + i];
        let (before, own) = x.split_at_mut(i);
        before.iter_mut().zip(&factor[i * d..][..i]).for_each(|(x, l)| *x -= l * own[0]);
    }
    x
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn fit(features: &Features, examples: &[Example], penalty: f64) -> Vec<f64> {
        let mut descent = Descent::new(features, examples.to_vec());
        descent.descend(penalty);
        descent.beta
    }

    #[test]
    fn intercept_alone_in_closed_form() {
        // 3 of 10, with the half-observations: (3 + ½)/(10 + 1)
        let x = Features::standardised(vec![]).unwrap();
        let e: Vec<Example> =
            (0..10).map(|i| Example { unit: 0, label: f64::from(u8::from(i < 3)), weight: 1.0 }).collect();
        let beta = fit(&x, &e, 1.0);
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
        let beta = fit(&x, &e, 2.0);
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
        let beta = fit(&x, &e, 1.5);
        for (ours, scipy) in beta.iter().zip([0.277_501_3, 0.777_900_8, 0.293_970_1]) {
            assert!((ours - scipy).abs() < 1e-5, "{beta:?}");
        }
    }

    /// With the Hessian kept from one penalty to the next, classes far apart and weights far from even.
    #[test]
    fn a_path_ends_where_each_fit_does() {
        let mut random = ChaCha8Rng::seed_from_u64(6);
        let columns: Vec<Vec<f64>> = (0..7).map(|_| (0..203).map(|_| random.random::<f64>()).collect()).collect();
        let x = Features::standardised(columns).unwrap();
        let label = |unit: usize| f64::from(u8::from(x.row(unit)[0] + x.row(unit)[1] > 0.8));
        let e: Vec<Example> =
            (0..203).map(|unit| Example { unit, label: label(unit), weight: 0.1 + (unit % 10) as f64 }).collect();
        let mut path = Descent::new(&x, e.clone());
        for penalty in [300.0, 30.0, 3.0, 0.3, 300.0] {
            path.descend(penalty);
            let alone = fit(&x, &e, penalty);
            assert!(path.beta.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-4), "{penalty}: {:?}", path.beta);
        }
    }
}
