//! What goes with a higher hazard: proportional hazards.

use super::compare::upper_tail;
use super::ends::numbered;
use super::{AtRisk, Event, Spell, check};
use crate::capture::quantile;
use crate::{Error, Result};

/// Newton steps at most.
const STEPS: usize = 50;
/// The likelihood has settled when a step gains relatively less than this.
const SETTLED: f64 = 1e-12;
/// A factor of e²⁰ on the hazard by one standard deviation of a covariate: the data drives it without bound.
const UNBOUNDED: f64 = 20.0;
/// The same, by how little of the likelihood's curvature is left.
const FLAT: f64 = 1e-6;

/// What the hazard is multiplied by for each unit of one covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// β̂; the hazard ratio is e^β̂.
    pub value: f64,
    /// From the curvature of the likelihood.
    pub standard_error: f64,
    /// From how far the units, or their clusters, each move β̂: holds where the model does not quite, and where units of a
    /// cluster end together.
    pub robust_error: f64,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Cox {
    /// One a covariate.
    pub coefficients: Vec<Coefficient>,
    /// The partial log-likelihood without covariates, and with them.
    pub log_likelihood: [f64; 2],
    /// The likelihood-ratio test that no covariate matters: χ², and its chance.
    pub likelihood_ratio: (f64, f64),
    /// The score test of the same; for groups without ties the log-rank test.
    pub score_test: (f64, f64),
    /// Of pairs of whom one is known to outlive the other, the share that the model orders right, ties as half.
    pub concordance: f64,
}

/// Cox's regression with delayed entry, ties by Efron's method.
///
/// ```text
/// hazard of i at age a = h₀(a)·exp(xᵢβ)
/// l(β) = Σⱼ [ Σ_{i∈Dⱼ} xᵢβ − Σ_{k<dⱼ} log( Σ_{i∈Rⱼ} e^{xᵢβ} − (k/dⱼ)·Σ_{i∈Dⱼ} e^{xᵢβ} ) ]
/// V̂ = I⁻¹,   robust: I⁻¹ (Σ_c (Σ_{i∈c} sᵢ)(…)') I⁻¹          sᵢ score residuals, c clusters
/// ```
///
/// Rⱼ are those under watch just before aⱼ, Dⱼ the dⱼ of them that end. `rows` holds one row of covariates a unit, in any
/// scale; they are standardised inside. `clusters` as in [`super::aalen_johansen`]. By Newton's method, each step halved
/// until it gains. O(units × covariates²) a step.
///
/// Assumes that hazards stay proportional at all ages, and that coming under watch says nothing about the hazard given the
/// covariates.
///
/// Cox 1972; Efron 1977, *The efficiency of Cox's likelihood function for censored data*; Lin & Wei 1989 for the robust
/// variance; Harrell et al. 1982 for the concordance.
///
/// # Errors
/// As for [`super::product_limit`]; when rows are not equally long and finite, nobody ends, a covariate does not vary or
/// follows from others, or the likelihood has no highest point (a covariate that parts those who end from all others).
pub fn cox(spells: &[Spell], rows: &[Vec<f64>], clusters: Option<&[usize]>) -> Result<Cox> {
    check(spells)?;
    let width = rows.first().map_or(0, Vec::len);
    if rows.len() != spells.len() || width == 0 || rows.iter().any(|r| r.len() != width) {
        return Err(Error::Argument("there must be one row of covariates a unit, all equally long"));
    }
    if rows.iter().flatten().any(|x| !x.is_finite()) {
        return Err(Error::Argument("a covariate must be a finite number"));
    }
    if clusters.is_some_and(|c| c.len() != spells.len()) {
        return Err(Error::Argument("there must be one cluster number a unit"));
    }
    if !spells.iter().any(|s| s.ended) {
        return Err(Error::Argument("nobody ended, so nothing can go with it"));
    }
    let (rows, scale) = standardised(rows)?;
    let model = Model { spells, at_risk: AtRisk::new(spells), rows: &rows, width };

    let mut beta = vec![0.0; width];
    let mut now = model.likelihood(&beta);
    let (null, score_at_null) = (now.value, now.clone());
    for step in 0..=STEPS {
        let far = beta.iter().any(|b| b.abs() > UNBOUNDED);
        if far || step == STEPS {
            return Err(Error::Argument("a covariate parts those who end from the others, so its effect has no bound"));
        }
        let direction = solve(now.information.clone(), now.score.clone())
            .ok_or(Error::Argument("a covariate follows from others"))?;
        let mut length = 1.0;
        let (next_beta, next) = loop {
            let ahead: Vec<f64> = beta.iter().zip(&direction).map(|(b, d)| b + length * d).collect();
            let next = model.likelihood(&ahead);
            if next.value >= now.value - SETTLED * now.value.abs() || length < 1e-6 {
                break (ahead, next);
            }
            length *= 0.5;
        };
        let gained = next.value - now.value;
        (beta, now) = (next_beta, next);
        if gained.abs() <= SETTLED * (now.value.abs() + 1.0) {
            break;
        }
    }

    // Nothing left of what the data could tell: the top lies at infinity, however flat the way there.
    if (0..width).any(|k| now.information[k][k] < FLAT * score_at_null.information[k][k]) {
        return Err(Error::Argument("a covariate parts those who end from the others, so its effect has no bound"));
    }
    let inverse = invert(&now.information).ok_or(Error::Argument("a covariate follows from others"))?;
    let robust = model.robust(&beta, &inverse, &numbered(clusters, spells.len()));
    let coefficient = |k: usize| Coefficient {
        value: beta[k] / scale[k],
        standard_error: inverse[k][k].max(0.0).sqrt() / scale[k],
        robust_error: robust[k].sqrt() / scale[k],
    };
    let solved = solve(score_at_null.information.clone(), score_at_null.score.clone()).unwrap_or_default();
    let score: f64 = score_at_null.score.iter().zip(&solved).map(|(a, b)| a * b).sum();
    let ratio = 2.0 * (now.value - null);
    Ok(Cox {
        coefficients: (0..width).map(coefficient).collect(),
        log_likelihood: [null, now.value],
        likelihood_ratio: (ratio, upper_tail(ratio, width)),
        score_test: (score, upper_tail(score, width)),
        concordance: model.concordance(&beta),
    })
}

impl Coefficient {
    /// The hazard ratio for one unit more, with its limits by the robust error.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1.
    pub fn hazard_ratio(&self, level: f64) -> Result<(f64, f64, f64)> {
        let half = quantile(level)? * self.robust_error;
        Ok((self.value.exp(), (self.value - half).exp(), (self.value + half).exp()))
    }

    /// The chance of a coefficient as far from 0 if the covariate did not matter, by the robust error.
    pub fn p(&self) -> f64 {
        let z = (self.value / self.robust_error).abs();
        // z² is χ² with one degree of freedom, both tails together.
        upper_tail(z * z, 1)
    }
}

/// Rows with mean 0 and standard deviation 1, and the standard deviations.
fn standardised(rows: &[Vec<f64>]) -> Result<(Vec<Vec<f64>>, Vec<f64>)> {
    let (n, width) = (rows.len() as f64, rows[0].len());
    let mean: Vec<f64> = (0..width).map(|k| rows.iter().map(|r| r[k]).sum::<f64>() / n).collect();
    let spread = |k: usize| (rows.iter().map(|r| (r[k] - mean[k]).powi(2)).sum::<f64>() / n).sqrt();
    let scale: Vec<f64> = (0..width).map(spread).collect();
    if scale.iter().zip(&mean).any(|(s, m)| *s <= 1e-12 * (1.0 + m.abs())) {
        return Err(Error::Argument("a covariate is the same for all"));
    }
    let row = |r: &Vec<f64>| (0..width).map(|k| (r[k] - mean[k]) / scale[k]).collect();
    Ok((rows.iter().map(row).collect(), scale))
}

struct Model<'a> {
    spells: &'a [Spell],
    at_risk: AtRisk<'a>,
    rows: &'a [Vec<f64>],
    width: usize,
}

/// The likelihood at some β, its slope and curvature.
#[derive(Clone)]
struct Likelihood {
    value: f64,
    score: Vec<f64>,
    information: Vec<Vec<f64>>,
}

/// Sums of e^{xβ}, x·e^{xβ} and xx'·e^{xβ} over some units.
#[derive(Clone)]
struct Sums {
    zero: f64,
    one: Vec<f64>,
    two: Vec<f64>,
}

impl Sums {
    fn new(width: usize) -> Self {
        Self { zero: 0.0, one: vec![0.0; width], two: vec![0.0; width * width] }
    }

    fn add(&mut self, risk: f64, row: &[f64]) {
        self.zero += risk;
        for (k, x) in row.iter().enumerate() {
            self.one[k] += risk * x;
            for (l, y) in row[..=k].iter().enumerate() {
                self.two[k * row.len() + l] += risk * x * y;
            }
        }
    }
}

impl Model<'_> {
    fn risks(&self, beta: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>().exp()).collect()
    }

    /// Calls `each` at each age from the last back with those at risk, those ending and their sums.
    fn ages(&self, risks: &[f64], mut each: impl FnMut(f64, &Sums, &[usize], &Sums)) {
        let mut sums = Sums::new(self.width);
        self.at_risk.back(|event| match event {
            Event::Comes(unit) => sums.add(risks[unit], &self.rows[unit]),
            Event::Leaves(unit) => sums.add(-risks[unit], &self.rows[unit]),
            Event::End(age, ending) => {
                let mut own = Sums::new(self.width);
                ending.iter().for_each(|&unit| own.add(risks[unit], &self.rows[unit]));
                each(age, &sums, ending, &own);
            }
        });
    }

    fn likelihood(&self, beta: &[f64]) -> Likelihood {
        let (risks, width) = (self.risks(beta), self.width);
        let mut found = Likelihood { value: 0.0, score: vec![0.0; width], information: vec![vec![0.0; width]; width] };
        self.ages(&risks, |_, all, ending, own| {
            for &unit in ending {
                found.value += risks[unit].ln();
                found.score.iter_mut().zip(&self.rows[unit]).for_each(|(s, x)| *s += x);
            }
            for tie in 0..ending.len() {
                let part = tie as f64 / ending.len() as f64;
                let zero = all.zero - part * own.zero;
                found.value -= zero.ln();
                let mean: Vec<f64> = all.one.iter().zip(&own.one).map(|(a, o)| (a - part * o) / zero).collect();
                for k in 0..width {
                    found.score[k] -= mean[k];
                    for l in 0..=k {
                        let two = (all.two[k * width + l] - part * own.two[k * width + l]) / zero;
                        found.information[k][l] += two - mean[k] * mean[l];
                    }
                }
            }
        });
        for k in 0..width {
            for l in 0..k {
                found.information[l][k] = found.information[k][l];
            }
        }
        found
    }

    /// The diagonal of the robust variance.
    fn robust(&self, beta: &[f64], inverse: &[Vec<f64>], cluster: &[usize]) -> Vec<f64> {
        let (risks, width) = (self.risks(beta), self.width);
        // Of each age, from the last: what a unit at risk owes, and what one that ends there owes instead.
        struct Owed {
            age: f64,
            zero: f64,
            one: Vec<f64>,
            zero_ending: f64,
            one_ending: Vec<f64>,
            mean: Vec<f64>,
        }
        let mut ages: Vec<Owed> = Vec::new();
        self.ages(&risks, |age, all, ending, own| {
            let mut owed = Owed {
                age,
                zero: 0.0,
                one: vec![0.0; width],
                zero_ending: 0.0,
                one_ending: vec![0.0; width],
                mean: vec![0.0; width],
            };
            let d = ending.len() as f64;
            for tie in 0..ending.len() {
                let part = tie as f64 / d;
                let zero = all.zero - part * own.zero;
                owed.zero += 1.0 / zero;
                owed.zero_ending += (1.0 - part) / zero;
                for k in 0..width {
                    let mean = (all.one[k] - part * own.one[k]) / zero;
                    owed.one[k] += mean / zero;
                    owed.one_ending[k] += (1.0 - part) * mean / zero;
                    owed.mean[k] += mean / d;
                }
            }
            ages.push(owed);
        });
        ages.reverse();
        // Sums up to each age.
        let mut upto = vec![(0.0, vec![0.0; width])];
        for owed in &ages {
            let (zero, one) = &upto[upto.len() - 1];
            upto.push((zero + owed.zero, one.iter().zip(&owed.one).map(|(a, b)| a + b).collect()));
        }
        let clusters = cluster.iter().max().map_or(0, |c| c + 1);
        let mut sums = vec![vec![0.0; width]; clusters];
        for (i, spell) in self.spells.iter().enumerate() {
            let first = ages.partition_point(|a| a.age <= spell.entry);
            let end = ages.partition_point(|a| a.age <= spell.exit);
            let (mut zero, mut one) = (upto[end].0 - upto[first].0, upto[end].1.clone());
            one.iter_mut().zip(&upto[first].1).for_each(|(a, b)| *a -= b);
            let sum = &mut sums[cluster[i]];
            if spell.ended {
                let owed = &ages[end - 1];
                zero += owed.zero_ending - owed.zero;
                for k in 0..width {
                    one[k] += owed.one_ending[k] - owed.one[k];
                    sum[k] += self.rows[i][k] - owed.mean[k];
                }
            }
            for k in 0..width {
                sum[k] -= risks[i] * (self.rows[i][k] * zero - one[k]);
            }
        }
        let mut variance = vec![0.0; width];
        for sum in &sums {
            for (k, row) in inverse.iter().enumerate() {
                variance[k] += row.iter().zip(sum).map(|(a, b)| a * b).sum::<f64>().powi(2);
            }
        }
        variance
    }

    /// Pairs of which one ends while the other is under watch and lives on.
    fn concordance(&self, beta: &[f64]) -> f64 {
        let scores: Vec<f64> = self.rows.iter().map(|r| r.iter().zip(beta).map(|(x, b)| x * b).sum()).collect();
        let mut sorted = scores.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let place: Vec<usize> = scores.iter().map(|s| sorted.partition_point(|x| x < s)).collect();
        let mut counts = Counts::new(sorted.len());
        let (mut right, mut tied, mut pairs) = (0.0, 0.0, 0.0);
        self.at_risk.back(|event| match event {
            Event::Comes(unit) => counts.add(place[unit], 1),
            Event::Leaves(unit) => counts.add(place[unit], -1),
            Event::End(_, ending) => {
                // Those who end together are not known to outlive each other; whoever is last seen then outlives them.
                ending.iter().for_each(|&unit| counts.add(place[unit], -1));
                for &unit in ending {
                    let (below, same) = counts.around(place[unit]);
                    right += below as f64;
                    tied += same as f64;
                    pairs += counts.all as f64;
                }
                ending.iter().for_each(|&unit| counts.add(place[unit], 1));
            }
        });
        if pairs > 0.0 { (right + 0.5 * tied) / pairs } else { 0.5 }
    }
}

/// How many units there are of each score, and below it: a Fenwick tree.
struct Counts {
    tree: Vec<i64>,
    all: i64,
}

impl Counts {
    fn new(places: usize) -> Self {
        Self { tree: vec![0; places + 1], all: 0 }
    }

    fn add(&mut self, place: usize, by: i64) {
        self.all += by;
        let mut i = place + 1;
        while i < self.tree.len() {
            self.tree[i] += by;
            i += i & i.wrapping_neg();
        }
    }

    fn below(&self, place: usize) -> i64 {
        let (mut i, mut sum) = (place, 0);
        while i > 0 {
            sum += self.tree[i];
            i -= i & i.wrapping_neg();
        }
        sum
    }

    /// How many have a lower score, and how many the same.
    fn around(&self, place: usize) -> (i64, i64) {
        let below = self.below(place);
        (below, self.below(place + 1) - below)
    }
}

/// x of Ax = b for a symmetric positive definite A, by Cholesky's method; none where A is not.
pub(crate) fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for k in 0..n {
        for l in 0..=k {
            let dot: f64 = (0..l).map(|m| a[k][m] * a[l][m]).sum();
            let rest = a[k][l] - dot;
            if k == l {
                // Against the diagonal as it was: what is left of it by rounding alone is nothing.
                if rest.is_nan() || rest <= 1e-11 * a[k][k].abs() {
                    return None;
                }
                a[k][k] = rest.sqrt();
            } else {
                a[k][l] = rest / a[l][l];
            }
        }
    }
    for k in 0..n {
        let dot: f64 = (0..k).map(|m| a[k][m] * b[m]).sum();
        b[k] = (b[k] - dot) / a[k][k];
    }
    for k in (0..n).rev() {
        let dot: f64 = (k + 1..n).map(|m| a[m][k] * b[m]).sum();
        b[k] = (b[k] - dot) / a[k][k];
    }
    Some(b)
}

pub(super) fn invert(a: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let unit = |k: usize| (0..a.len()).map(|l| f64::from(u8::from(k == l))).collect();
    (0..a.len()).map(|k| solve(a.to_vec(), unit(k))).collect()
}
