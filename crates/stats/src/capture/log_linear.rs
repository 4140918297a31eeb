//! Log-linear models for two to five lists, averaged.

use super::{Size, quantile};
use crate::{Error, Result};

/// Most lists.
pub const MOST_LISTS: usize = 5;

/// What models are weighed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// −2·log L + 2p.
    Aic,
    /// −2·log L + p·log n.
    Bic,
}

/// One model: the lists, and dependence between some pairs of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Pairs of lists that may depend on each other.
    pub pairs: Vec<(usize, usize)>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// It was fitted.
    Fitted {
        /// n̂₀ = exp(β₀): how many no list names.
        unseen: f64,
        /// V̂(log n̂₀) = V̂(β₀) + 1/n̂₀.
        log_variance: f64,
        /// The criterion.
        criterion: f64,
        /// Its share in the average.
        weight: f64,
    },
    /// No unit is on both lists of this pair, so the pair's dependence has no estimate.
    EmptyPair((usize, usize)),
    /// The cells do not determine it: more parameters than cells, or estimates that run to infinity.
    NoEstimate,
}

/// All models and their average.
#[derive(Debug, Clone, PartialEq)]
pub struct Averaged {
    /// The averaged size.
    pub size: Size,
    /// Every model tried, in the order of their pairs.
    pub models: Vec<Fit>,
    /// How many of them have no estimate, and count for nothing in the average.
    pub without_estimate: usize,
}

/// The size from all hierarchical log-linear models with up to two-way interactions, averaged.
///
/// ```text
/// log E(n_h) = β₀ + Σⱼ βⱼ·hⱼ + Σ_{(j,k) in model} βⱼₖ·hⱼ·hₖ        over the 2^t − 1 histories h ≠ 0;  n̂₀ = exp(β₀)
/// w_m ∝ exp(−IC_m/2)          log n̂₀ = Σ w_m·log n̂₀ₘ
/// se(log n̂₀) = Σ w_m·√( V̂ₘ + (log n̂₀ₘ − log n̂₀)² ),   V̂ₘ = V̂(β₀) + 1/n̂₀ₘ
/// N̂ = n + n̂₀          limits n + n̂₀·exp(±z·se)
/// ```
///
/// `histories[h]` counts the units on exactly the lists whose bits are set in h (bit j for list j); `histories[0]` is
/// the unseen cell, and must be 0. The 1/n̂₀ makes V̂ₘ the variance given N. Fitted by Newton's method on the Poisson
/// likelihood. Assumes that dependence is between pairs of lists; a dependence of all lists at once has no estimate and
/// moves n̂₀ freely. Results hinge on which pairs are allowed, which the average shows as width. A model whose estimate
/// does not exist (no unit on both lists of a pair; not determined) is named and left out.
///
/// Fienberg 1972; Cormack 1989; Buckland, Burnham & Augustin 1997, *Model selection: an integral part of inference*;
/// Chan, Silverman & Vincent 2021 for sparse cells.
///
/// # Errors
/// When there are not 2^t histories of 2 to 5 lists, `histories[0]` is not 0, a list is empty, no model has an estimate,
/// or `level` is not between 0 and 1.
pub fn log_linear(histories: &[u64], criterion: Criterion, level: f64) -> Result<Averaged> {
    let z = quantile(level)?;
    let lists = histories.len().checked_ilog2().unwrap_or(0) as usize;
    if !(2..=MOST_LISTS).contains(&lists) || histories.len() != 1 << lists || histories[0] != 0 {
        return Err(Error::Argument("log-linear models take the histories of 2 to 5 lists, nobody unseen"));
    }
    let on = |h: usize, list: usize| h >> list & 1 == 1;
    let count = |holds: &dyn Fn(usize) -> bool| -> u64 {
        histories.iter().enumerate().filter(|(h, _)| holds(*h)).map(|(_, c)| c).sum()
    };
    if (0..lists).any(|j| count(&|h| on(h, j)) == 0) {
        return Err(Error::Argument("a list is empty"));
    }
    let n: f64 = histories.iter().map(|c| *c as f64).sum();
    let all: Vec<(usize, usize)> = (0..lists).flat_map(|a| (a + 1..lists).map(move |b| (a, b))).collect();
    let mut models = Vec::with_capacity(1 << all.len());
    for chosen in 0..1usize << all.len() {
        let pairs: Vec<(usize, usize)> =
            all.iter().enumerate().filter(|(i, _)| on(chosen, *i)).map(|(_, p)| *p).collect();
        let empty = pairs.iter().find(|(a, b)| count(&|h| on(h, *a) && on(h, *b)) == 0);
        let outcome = match empty {
            Some(pair) => Outcome::EmptyPair(*pair),
            None => fit(histories, lists, &pairs).map_or(Outcome::NoEstimate, |f| Outcome::Fitted {
                unseen: f.intercept.exp(),
                log_variance: f.variance + (-f.intercept).exp(),
                criterion: f.deviance + f.parameters * if criterion == Criterion::Aic { 2.0 } else { n.ln() },
                weight: 0.0,
            }),
        };
        models.push(Fit { pairs, outcome });
    }
    average(models, n, z)
}

fn average(mut models: Vec<Fit>, seen: f64, z: f64) -> Result<Averaged> {
    let criterion = |m: &Fit| match m.outcome {
        Outcome::Fitted { criterion, .. } => Some(criterion),
        _ => None,
    };
    let least = models.iter().filter_map(criterion).fold(f64::INFINITY, f64::min);
    if !least.is_finite() {
        return Err(Error::Argument("no log-linear model has an estimate: the lists hardly overlap"));
    }
    let sum: f64 = models.iter().filter_map(criterion).map(|c| ((least - c) / 2.0).exp()).sum();
    let mut fitted = Vec::new();
    for model in &mut models {
        if let Outcome::Fitted { unseen, log_variance, criterion, weight } = &mut model.outcome {
            *weight = ((least - *criterion) / 2.0).exp() / sum;
            fitted.push((unseen.ln(), *log_variance, *weight));
        }
    }
    let log: f64 = fitted.iter().map(|(l, _, w)| w * l).sum();
    let se: f64 = fitted.iter().map(|(l, v, w)| w * (v + (l - log).powi(2)).sqrt()).sum();
    let unseen = log.exp();
    let size = Size {
        value: seen + unseen,
        low: seen + unseen * (-z * se).exp(),
        high: seen + unseen * (z * se).exp(),
        seen,
        variance: (unseen * se).powi(2),
    };
    if !(size.high.is_finite() && size.variance.is_finite()) {
        return Err(Error::Argument("the log-linear models do not determine the size"));
    }
    let without_estimate = models.len() - fitted.len();
    Ok(Averaged { size, models, without_estimate })
}

struct Fitted {
    intercept: f64,
    variance: f64,
    /// −2·log L of the Poisson counts, less what is the same for all models.
    deviance: f64,
    parameters: f64,
}

/// Newton's method on the Poisson likelihood of the cells; `None` when it has no finite, determined maximum.
fn fit(histories: &[u64], lists: usize, pairs: &[(usize, usize)]) -> Option<Fitted> {
    let d = 1 + lists + pairs.len();
    if d > histories.len() - 1 {
        return None;
    }
    let on = |h: usize, list: usize| f64::from(u8::from(h >> list & 1 == 1));
    let row = |h: usize| -> Vec<f64> {
        let mut x = vec![1.0];
        x.extend((0..lists).map(|j| on(h, j)));
        x.extend(pairs.iter().map(|(a, b)| on(h, *a) * on(h, *b)));
        x
    };
    let cells: Vec<(Vec<f64>, f64)> = (1..histories.len()).map(|h| (row(h), histories[h] as f64)).collect();
    let mean = cells.iter().map(|c| c.1).sum::<f64>() / cells.len() as f64;
    let log_likelihood = |beta: &[f64]| -> f64 {
        let cell = |(x, y): &(Vec<f64>, f64)| {
            let eta: f64 = x.iter().zip(beta).map(|(x, b)| x * b).sum();
            y * eta - eta.exp()
        };
        cells.iter().map(cell).sum()
    };
    let mut beta = vec![0.0; d];
    beta[0] = mean.ln();
    let mut current = log_likelihood(&beta);
    for _ in 0..200 {
        let (gradient, information) = score(&cells, &beta);
        let inverse = inverted(information, d)?;
        let step: Vec<f64> = (0..d).map(|i| (0..d).map(|j| inverse[i * d + j] * gradient[j]).sum()).collect();
        let mut size = 1.0;
        let next = loop {
            let next: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + size * s).collect();
            let l = log_likelihood(&next);
            if l >= current - 1e-12 * current.abs() {
                break Some((next, l));
            }
            size /= 2.0;
            if size < 1e-10 {
                break None;
            }
        };
        let moved = step.iter().map(|s| (size * s).abs()).fold(0.0, f64::max);
        if let Some((next, l)) = next {
            (beta, current) = (next, l);
        }
        // An estimate that runs to infinity gains ever less: β passes 30 long before the steps grow small.
        if beta.iter().any(|b| !b.is_finite() || b.abs() > 30.0) {
            return None;
        }
        if moved < 1e-9 {
            let (_, information) = score(&cells, &beta);
            let inverse = inverted(information, d)?;
            // A fitted cell that vanished is a boundary, not an estimate.
            let vanished = cells.iter().any(|(x, _)| x.iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>() < -16.0);
            let fitted =
                Fitted { intercept: beta[0], variance: inverse[0], deviance: -2.0 * current, parameters: d as f64 };
            return (!vanished && fitted.variance.is_finite() && fitted.variance > 0.0).then_some(fitted);
        }
    }
    None
}

fn score(cells: &[(Vec<f64>, f64)], beta: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let d = beta.len();
    let (mut gradient, mut information) = (vec![0.0; d], vec![0.0; d * d]);
    for (x, y) in cells {
        let mu = x.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>().exp();
        for i in 0..d {
            gradient[i] += x[i] * (y - mu);
            for j in 0..d {
                information[i * d + j] += mu * x[i] * x[j];
            }
        }
    }
    (gradient, information)
}

/// The inverse by Gauss–Jordan with pivoting; `None` when singular.
fn inverted(mut a: Vec<f64>, d: usize) -> Option<Vec<f64>> {
    let mut inverse = vec![0.0; d * d];
    (0..d).for_each(|i| inverse[i * d + i] = 1.0);
    let scale = a.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for column in 0..d {
        let pivot = (column..d).max_by(|&p, &q| a[p * d + column].abs().total_cmp(&a[q * d + column].abs()))?;
        if a[pivot * d + column].abs() <= 1e-13 * scale {
            return None;
        }
        for j in 0..d {
            a.swap(column * d + j, pivot * d + j);
            inverse.swap(column * d + j, pivot * d + j);
        }
        let lead = a[column * d + column];
        for j in 0..d {
            a[column * d + j] /= lead;
            inverse[column * d + j] /= lead;
        }
        for i in (0..d).filter(|&i| i != column) {
            let factor = a[i * d + column];
            for j in 0..d {
                a[i * d + j] -= factor * a[column * d + j];
                inverse[i * d + j] -= factor * inverse[column * d + j];
            }
        }
    }
    Some(inverse)
}
