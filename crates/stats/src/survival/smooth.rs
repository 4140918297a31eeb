//! A smooth curve, so that delayed entry and daily checks leave it told from birth on.

use super::between::{Between, check_between};
use super::cox::{invert, solve};
use super::ends::numbered;
use crate::capture::quantile;
use crate::{Error, Result};

/// Newton steps at most.
const STEPS: usize = 200;
/// The likelihood has settled when a step is to gain less than this; it is still made.
const SETTLED: f64 = 1e-12;
/// Of the likelihood's value, relatively.
const ROUNDING: f64 = 1e-13;
/// Knots within at most.
const MOST: usize = 8;

/// A smooth survival curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Smooth {
    /// The logarithms of the ages at which pieces of the spline meet; first and last are its ends.
    pub knots: Vec<f64>,
    /// γ: log H at age 1 if the spline were straight, its slope, and how much it bends at each knot within.
    pub gamma: Vec<f64>,
    /// Ĉ, the covariances of γ.
    pub covariance: Vec<Vec<f64>>,
    /// Of the data given the curve.
    pub log_likelihood: f64,
}

/// The curve of highest likelihood whose log cumulative hazard is a natural cubic spline of log age, from ends between
/// checks with delayed entry.
///
/// ```text
/// log H(a) = γ₀ + γ₁u + Σⱼ γⱼ₊₁·((u − kⱼ)₊³ − λⱼ(u − k_min)₊³ − (1 − λⱼ)(u − k_max)₊³)          u = log a,  S = e^−H
/// l = Σᵢ log( (S(lowᵢ) − S(highᵢ)) / S(entryᵢ) )          S(lowᵢ)/S(entryᵢ) where no end was seen, −S'(a)/S(entryᵢ) for an exact end
/// Ĉ = I⁻¹ (Σ_c (Σ_{i∈c} sᵢ)(…)') I⁻¹          sᵢ the slope of unit i's part of l; c clusters
/// ```
///
/// λⱼ = (k_max − kⱼ)/(k_max − k_min). Knots lie at equal shares of the ends. Without knots `within` it is Weibull's curve;
/// one to three follow most shapes. Below the first knot and beyond the last, log H is straight in log age: what the curve
/// says of the hours after birth, when nobody is under watch yet, is that the fall goes on as steeply back to 0. The
/// covariances are robust, with whole `clusters` of units that end together, as in [`super::aalen_johansen`].
///
/// Assumes that checks and coming under watch say nothing about how long a unit lives. By Newton's method, each step
/// halved until it gains. O(units) a step.
///
/// Royston & Parmar 2002, *Flexible parametric proportional-hazards and proportional-odds models for censored survival
/// data*; White 1982 for the covariances.
///
/// # Errors
/// As for [`super::turnbull`]; with more than eight knots within, or fewer than ten ends for each number that is fitted; when
/// the likelihood has no highest point.
pub fn smooth(units: &[Between], within: usize, clusters: Option<&[usize]>) -> Result<Smooth> {
    check_between(units)?;
    if clusters.is_some_and(|c| c.len() != units.len()) {
        return Err(Error::Argument("there must be one cluster number a unit"));
    }
    if within > MOST {
        return Err(Error::Argument("a smooth curve has at most eight knots within"));
    }
    let mut ends: Vec<f64> =
        units.iter().filter(|u| u.high.is_finite()).map(|u| f64::midpoint(u.low, u.high)).collect();
    if ends.len() < 10 * (within + 2) {
        return Err(Error::Argument("too few units ended for so smooth a curve"));
    }
    ends.sort_by(f64::total_cmp);
    let knot = |k: usize| ends[(ends.len() - 1) * k / (within + 1)].max(f64::MIN_POSITIVE).ln();
    let knots: Vec<f64> = (0..within + 2).map(knot).collect();
    if knots.windows(2).any(|w| w[0] >= w[1]) {
        return Err(Error::Argument("too many units ended at one age for so smooth a curve"));
    }

    let model = Model { units, knots: &knots };
    let watched: f64 = units.iter().map(|u| if u.high.is_finite() { u.high } else { u.low } - u.entry).sum();
    // An even hazard to begin with.
    let mut gamma = vec![0.0; within + 2];
    (gamma[0], gamma[1]) = ((ends.len() as f64 / watched).ln(), 1.0);
    let mut now = model.likelihood(&gamma);
    let mut settled = false;
    for _ in 0..STEPS {
        let direction = descent(&now);
        settled = now.score.iter().zip(&direction).map(|(s, d)| s * d).sum::<f64>() < SETTLED;
        let mut length = 1.0;
        (gamma, now) = loop {
            let ahead: Vec<f64> = gamma.iter().zip(&direction).map(|(g, d)| g + length * d).collect();
            let next = model.likelihood(&ahead);
            if next.value >= now.value - ROUNDING * now.value.abs() || length < 1e-9 {
                break (ahead, next);
            }
            length *= 0.5;
        };
        if settled {
            break;
        }
    }
    let untold = Error::Argument("no smooth curve fits these lifetimes best; try fewer knots");
    let inverse = invert(&now.information).filter(|_| settled && now.value.is_finite()).ok_or(untold)?;
    let covariance = model.robust(&gamma, &inverse, &numbered(clusters, units.len()));
    Ok(Smooth { knots, gamma, covariance, log_likelihood: now.value })
}

/// Newton's direction; where the curvature is not that of a hill, the curvature is raised until it is.
fn descent(at: &Likelihood) -> Vec<f64> {
    let largest = (0..at.score.len()).map(|k| at.information[k][k].abs()).fold(1.0, f64::max);
    let mut raised = 0.0;
    loop {
        let mut information = at.information.clone();
        (0..at.score.len()).for_each(|k| information[k][k] += raised);
        match solve(information, at.score.clone()) {
            Some(direction) if direction.iter().all(|d| d.is_finite()) => return direction,
            // A curvature that is no number cannot be raised.
            _ if raised > 1e6 * largest => return vec![0.0; at.score.len()],
            _ => raised = (10.0 * raised).max(1e-6 * largest),
        }
    }
}

impl Smooth {
    /// Ŝ at an age: the chance to live longer.
    pub fn at(&self, age: f64) -> f64 {
        (-self.hazard(age)).exp()
    }

    /// The limits of Ŝ at an age, by the delta method on the scale of log H.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1.
    pub fn limits(&self, age: f64, level: f64) -> Result<(f64, f64)> {
        let z = quantile(level)?;
        Ok((self.limit(age, z), self.limit(age, -z)))
    }

    /// The age that a share `q` does not outlive, with the ages at which the curve's limits cross.
    ///
    /// # Errors
    /// When `q` or `level` is not between 0 and 1.
    pub fn quantile(&self, q: f64, level: f64) -> Result<(f64, f64, f64)> {
        if !(q > 0.0 && q < 1.0) {
            return Err(Error::Argument("a quantile must lie between 0 and 1"));
        }
        let z = quantile(level)?;
        Ok((self.crossing(1.0 - q, 0.0), self.crossing(1.0 - q, z), self.crossing(1.0 - q, -z)))
    }

    /// Ĥ, the cumulative hazard at an age.
    pub fn hazard(&self, age: f64) -> f64 {
        let spline = |basis: Vec<f64>| basis.iter().zip(&self.gamma).map(|(v, g)| v * g).sum::<f64>().exp();
        basis(&self.knots, age).map_or(0.0, spline)
    }

    /// ∂H/∂γ at an age.
    pub(super) fn slope(&self, age: f64) -> Vec<f64> {
        let hazard = self.hazard(age);
        basis(&self.knots, age).unwrap_or_default().into_iter().map(|v| v * hazard).collect()
    }

    /// g'Ĉg.
    pub(super) fn spread(&self, slope: &[f64]) -> f64 {
        let row = |c: &Vec<f64>| c.iter().zip(slope).map(|(c, g)| c * g).sum::<f64>();
        self.covariance.iter().zip(slope).map(|(c, g)| g * row(c)).sum::<f64>().max(0.0)
    }

    /// The curve, `z` standard errors of log H lower.
    fn limit(&self, age: f64, z: f64) -> f64 {
        let error = basis(&self.knots, age).map_or(0.0, |basis| self.spread(&basis).sqrt());
        (-self.hazard(age) * (z * error).exp()).exp()
    }

    /// Where that comes down to a share; infinite where it does not.
    fn crossing(&self, share: f64, z: f64) -> f64 {
        let mut high = 1.0;
        while self.limit(high, z) > share {
            high *= 2.0;
            if !high.is_finite() {
                return high;
            }
        }
        let mut low = 0.0;
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if self.limit(middle, z) > share { low = middle } else { high = middle }
        }
        high
    }
}

/// 1, u and the bends at log age u; none at age 0, where H is 0.
fn basis(knots: &[f64], age: f64) -> Option<Vec<f64>> {
    (age > 0.0).then(|| bends(knots, age.ln(), |x| x.max(0.0).powi(3), [1.0, age.ln()]))
}

/// Its slope in u.
fn basis_slope(knots: &[f64], age: f64) -> Vec<f64> {
    bends(knots, age.ln(), |x| 3.0 * x.max(0.0).powi(2), [0.0, 1.0])
}

fn bends(knots: &[f64], u: f64, cube: impl Fn(f64) -> f64, straight: [f64; 2]) -> Vec<f64> {
    let (first, last) = (knots[0], knots[knots.len() - 1]);
    let bend = |k: &f64| {
        let share = (last - k) / (last - first);
        cube(u - k) - share * cube(u - first) - (1.0 - share) * cube(u - last)
    };
    straight.into_iter().chain(knots[1..knots.len() - 1].iter().map(bend)).collect()
}

struct Model<'a> {
    units: &'a [Between],
    knots: &'a [f64],
}

struct Likelihood {
    value: f64,
    score: Vec<f64>,
    information: Vec<Vec<f64>>,
}

impl Model<'_> {
    /// A unit's part of l; adds its slopes and, where asked for, curvatures.
    fn of(&self, unit: &Between, gamma: &[f64], score: &mut [f64], mut information: Option<&mut Vec<Vec<f64>>>) -> f64 {
        let spline = |basis: &[f64]| basis.iter().zip(gamma).map(|(v, g)| v * g).sum::<f64>();
        let hazard = |age: f64| basis(self.knots, age).map(|basis| (spline(&basis).exp(), basis));
        let mut bend = |by: f64, a: &[f64], b: &[f64]| {
            if let Some(information) = information.as_mut() {
                for (row, x) in information.iter_mut().zip(a) {
                    row.iter_mut().zip(b).for_each(|(i, y)| *i += by * x * y);
                }
            }
        };
        // Until it was last seen it lived on.
        let mut value = 0.0;
        let (entry, low) = (hazard(unit.entry), hazard(unit.low));
        for (sign, part) in [(1.0, &entry), (-1.0, &low)] {
            if let Some((h, v)) = part {
                value += sign * h;
                score.iter_mut().zip(v).for_each(|(s, v)| *s += sign * h * v);
                bend(-sign * h, v, v);
            }
        }
        if unit.low == unit.high {
            let (slope, (h, v)) = (basis_slope(self.knots, unit.low), low.unwrap_or_default());
            let rate = spline(&slope);
            score.iter_mut().zip(v.iter().zip(&slope)).for_each(|(s, (v, w))| *s += v + w / rate);
            bend(1.0 / (rate * rate), &slope, &slope);
            return value + (h * rate / unit.low).ln();
        }
        if unit.high.is_infinite() {
            return value;
        }
        // Then it ended: log(1 − e^−D).
        let (high, high_basis) = hazard(unit.high).unwrap_or_default();
        let mut slope: Vec<f64> = high_basis.iter().map(|v| high * v).collect();
        let mut d = high;
        if let Some((h, v)) = &low {
            d -= h;
            slope.iter_mut().zip(v).for_each(|(s, v)| *s -= h * v);
        }
        if d.is_nan() || d <= 0.0 {
            // A curve that rises.
            return f64::NEG_INFINITY;
        }
        let first = 1.0 / d.exp_m1();
        score.iter_mut().zip(&slope).for_each(|(s, g)| *s += first * g);
        bend(first * (1.0 + first), &slope, &slope);
        bend(-first * high, &high_basis, &high_basis);
        if let Some((h, v)) = &low {
            bend(first * h, v, v);
        }
        value + (-(-d).exp_m1()).ln()
    }

    fn likelihood(&self, gamma: &[f64]) -> Likelihood {
        let width = gamma.len();
        let (mut score, mut information) = (vec![0.0; width], vec![vec![0.0; width]; width]);
        let mut value = 0.0;
        for unit in self.units {
            value += self.of(unit, gamma, &mut score, Some(&mut information));
        }
        if value.is_nan() {
            value = f64::NEG_INFINITY;
        }
        Likelihood { value, score, information }
    }

    fn robust(&self, gamma: &[f64], inverse: &[Vec<f64>], cluster: &[usize]) -> Vec<Vec<f64>> {
        let width = gamma.len();
        let clusters = cluster.iter().max().map_or(0, |c| c + 1);
        let mut sums = vec![vec![0.0; width]; clusters];
        for (unit, c) in self.units.iter().zip(cluster) {
            self.of(unit, gamma, &mut sums[*c], None);
        }
        let mut covariance = vec![vec![0.0; width]; width];
        for sum in &sums {
            let moved: Vec<f64> = inverse.iter().map(|row| row.iter().zip(sum).map(|(a, b)| a * b).sum()).collect();
            for (row, a) in covariance.iter_mut().zip(&moved) {
                row.iter_mut().zip(&moved).for_each(|(c, b)| *c += a * b);
            }
        }
        covariance
    }
}
