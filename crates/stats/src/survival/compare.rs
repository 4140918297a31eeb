//! Whether groups live equally long.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::{AtRisk, Event, Spell, check};
use crate::{Error, Result};

/// What a log-rank test says.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRank {
    /// Of each group, how many ended.
    pub observed: Vec<f64>,
    /// How many would have if all groups lived equally long; both weighted.
    pub expected: Vec<f64>,
    /// χ².
    pub chi_squared: f64,
    /// Its degrees of freedom: groups with anybody at risk, less one.
    pub degrees: usize,
    /// The chance of a χ² as large if all groups lived equally long.
    pub p: f64,
}

/// The log-rank test, weighted as Harrington and Fleming's G^ρ, with delayed entry.
///
/// ```text
/// Uₖ = Σⱼ w(aⱼ)·(dₖⱼ − dⱼ·rₖⱼ/rⱼ)
/// Vₖₗ = Σⱼ w(aⱼ)²·dⱼ·(rₖⱼ/rⱼ)·(1(k=l) − rₗⱼ/rⱼ)·(rⱼ − dⱼ)/(rⱼ − 1)          χ² = U'V⁻U
/// w(a) = Ŝ(a−)^ρ
/// ```
///
/// ρ = 0 is the log-rank test, ρ = 1 Peto and Peto's modification of Gehan and Wilcoxon's, which looks at the young most.
/// Assumes that units end independently of each other: where suspensions come in waves it says too much.
///
/// Mantel 1966; Harrington & Fleming 1982, *A class of rank test procedures for censored survival data*.
///
/// # Errors
/// As for [`super::product_limit`]; when there is not one group (below `groups`) a unit, or fewer than two groups have
/// anybody at risk when somebody ends.
pub fn log_rank(spells: &[Spell], group: &[usize], groups: usize, rho: f64) -> Result<LogRank> {
    check(spells)?;
    if group.len() != spells.len() || group.iter().any(|g| *g >= groups) {
        return Err(Error::Argument("there must be one group a unit, of those that are compared"));
    }
    // Age by age from the last back; weights go by the survival before each, so they are kept until all are known.
    let mut risk = vec![0.0; groups];
    let mut rows: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    AtRisk::new(spells).back(|event| match event {
        Event::Comes(unit) => risk[group[unit]] += 1.0,
        Event::Leaves(unit) => risk[group[unit]] -= 1.0,
        Event::End(_, ending) => {
            let mut ended = vec![0.0; groups];
            ending.iter().for_each(|unit| ended[group[*unit]] += 1.0);
            rows.push((risk.clone(), ended));
        }
    });
    let (mut observed, mut expected) = (vec![0.0; groups], vec![0.0; groups]);
    let mut variance = vec![vec![0.0; groups]; groups];
    let mut survival: f64 = 1.0;
    for (risk, ended) in rows.iter().rev() {
        let (r, d): (f64, f64) = (risk.iter().sum(), ended.iter().sum());
        let w = survival.powf(rho);
        for k in 0..groups {
            observed[k] += w * ended[k];
            expected[k] += w * d * risk[k] / r;
            for l in 0..groups {
                let same = f64::from(u8::from(k == l));
                if r > 1.0 {
                    variance[k][l] += w * w * d * risk[k] / r * (same - risk[l] / r) * (r - d) / (r - 1.0);
                }
            }
        }
        survival *= 1.0 - d / r;
    }
    // One group of those with anybody at risk follows from the others.
    let mut told: Vec<usize> = (0..groups).filter(|k| variance[*k][*k] > 0.0).collect();
    told.pop().ok_or(Error::Argument("fewer than two groups have anybody who could have ended"))?;
    let u: Vec<f64> = told.iter().map(|&k| observed[k] - expected[k]).collect();
    let v: Vec<Vec<f64>> = told.iter().map(|&k| told.iter().map(|&l| variance[k][l]).collect()).collect();
    let solved = super::cox::solve(v, u.clone()).ok_or(Error::Argument("the groups cannot be told apart"))?;
    let chi_squared: f64 = u.iter().zip(&solved).map(|(a, b)| a * b).sum();
    let degrees = told.len();
    Ok(LogRank { observed, expected, chi_squared, degrees, p: upper_tail(chi_squared, degrees) })
}

/// The chance of a χ² above `value`.
pub(super) fn upper_tail(value: f64, degrees: usize) -> f64 {
    ChiSquared::new(degrees as f64).map_or(f64::NAN, |chi| chi.sf(value))
}
