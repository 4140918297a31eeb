//! Others like the exposed.

use std::collections::BTreeMap;

use crate::{Error, Result};

/// An account as it was before the wave.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// What must be equal: the number of a cell, such as a language.
    pub cell: usize,
    /// What should be near: activity, followers, age. Finite; logarithms where it is skewed.
    pub traits: Vec<f64>,
}

/// How near is near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// So many controls for each exposed, at most.
    pub controls: usize,
    /// In no trait further away than so many standard deviations.
    pub caliper: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { controls: 3, caliper: 0.5 }
    }
}

/// Who was matched with whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Matches {
    /// Of each exposed account its controls, the nearest first; none where nobody is near enough.
    pub controls: Vec<Vec<usize>>,
    /// How many exposed accounts have one.
    pub matched: usize,
    /// Of each trait, how far the means of exposed and all others are apart, in standard deviations of the exposed.
    pub before: Vec<f64>,
    /// The same of those that were matched, and their controls.
    pub after: Vec<f64>,
}

/// Finds for each exposed account the most similar others: equal in the cell, nearest in the traits.
///
/// ```text
/// d(i, j)² = Σₖ ((xᵢₖ − xⱼₖ)/sₖ)²          sₖ standard deviation of trait k over exposed and others
/// ```
///
/// With replacement: an account may be control of several, which keeps each match as near as it can be and does not depend
/// on the order. At the same distance the one of the lower number. Within the calipers a rest of the difference stays; the
/// comparison that follows takes it out by regression (see `stacked`).
///
/// O(exposed × others) for the accounts of one cell.
///
/// Rubin 1980, *Bias reduction using Mahalanobis-metric matching*, with a diagonal metric; Rosenbaum & Rubin 1985 for
/// calipers; Abadie & Imbens 2011, *Bias-corrected matching estimators for average treatment effects*.
///
/// # Errors
/// When traits are not equally many and finite, or the rule has no control or a caliper that is not above 0.
pub fn matched(exposed: &[Unit], others: &[Unit], rule: &Rule) -> Result<Matches> {
    let width = exposed.first().or(others.first()).map_or(0, |u| u.traits.len());
    let sound = |u: &Unit| u.traits.len() == width && u.traits.iter().all(|x| x.is_finite());
    if !(exposed.iter().all(sound) && others.iter().all(sound)) {
        return Err(Error::Argument("traits must be finite numbers, as many of each account"));
    }
    if rule.controls == 0 || rule.caliper.is_nan() || rule.caliper <= 0.0 {
        return Err(Error::Argument("a match needs a control or more, and a caliper above 0"));
    }
    let all = || exposed.iter().chain(others);
    let spread: Vec<f64> = (0..width).map(|k| deviation(all().map(|u| u.traits[k]))).collect();
    let mut cells: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    others.iter().enumerate().for_each(|(j, u)| cells.entry(u.cell).or_default().push(j));

    let near = |i: &Unit| {
        let mut found: Vec<(f64, usize)> = Vec::new();
        for &j in cells.get(&i.cell).map_or(&[][..], Vec::as_slice) {
            let mut distance = 0.0;
            let mut within = true;
            for ((a, b), s) in i.traits.iter().zip(&others[j].traits).zip(&spread) {
                // A trait that is the same for all keeps nobody apart.
                let apart = if *s > 0.0 { (a - b) / s } else { 0.0 };
                within &= apart.abs() <= rule.caliper;
                distance += apart * apart;
            }
            if within {
                found.push((distance, j));
            }
        }
        let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if found.len() > rule.controls {
            found.select_nth_unstable_by(rule.controls - 1, order);
            found.truncate(rule.controls);
        }
        found.sort_by(order);
        found.into_iter().map(|(_, j)| j).collect::<Vec<_>>()
    };
    let controls: Vec<Vec<usize>> = exposed.iter().map(near).collect();
    let matched = controls.iter().filter(|c| !c.is_empty()).count();

    let scale: Vec<f64> = (0..width).map(|k| deviation(exposed.iter().map(|u| u.traits[k]))).collect();
    let apart = |of: &dyn Fn(usize) -> (f64, f64)| -> Vec<f64> {
        let gap = |k: usize| {
            let (a, b) = of(k);
            if scale[k] > 0.0 { (a - b) / scale[k] } else { 0.0 }
        };
        (0..width).map(gap).collect()
    };
    let before = apart(&|k| (mean(exposed.iter().map(|u| u.traits[k])), mean(others.iter().map(|u| u.traits[k]))));
    let pairs = || exposed.iter().zip(&controls).filter(|(_, c)| !c.is_empty());
    let after = apart(&|k| {
        let of_controls = |c: &Vec<usize>| mean(c.iter().map(|j| others[*j].traits[k]));
        (mean(pairs().map(|(u, _)| u.traits[k])), mean(pairs().map(|(_, c)| of_controls(c))))
    });
    Ok(Matches { controls, matched, before, after })
}

/// 0 of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
    if n > 0.0 { sum / n } else { 0.0 }
}

fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let centre = mean(values.clone());
    mean(values.map(|v| (v - centre).powi(2))).sqrt()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn unit(cell: usize, traits: &[f64]) -> Unit {
        Unit { cell, traits: traits.to_vec() }
    }

    #[test]
    fn the_nearest_of_the_same_cell() {
        let exposed = [unit(0, &[1.0, 0.0]), unit(1, &[5.0, 0.0]), unit(2, &[0.0, 0.0]), unit(0, &[90.0, 0.0])];
        let others = [
            unit(0, &[4.0, 0.0]),
            unit(0, &[2.0, 0.0]),
            unit(1, &[5.0, 0.0]),
            unit(0, &[0.0, 0.0]),
            unit(0, &[1.5, 0.0]),
        ];
        let m = matched(&exposed, &others, &Rule { controls: 2, caliper: 1.0 }).unwrap();
        assert_eq!(m.controls, [vec![4, 1], vec![2], vec![], vec![]]);
        assert_eq!(m.matched, 2);
        assert!(m.after[0].abs() < m.before[0].abs() && m.after[1] == 0.0);
        let none = matched(&[], &others, &Rule::default()).unwrap();
        assert!(none.controls.is_empty() && none.matched == 0);
    }

    #[test]
    fn odd_traits_are_refused() {
        let rule = Rule::default();
        assert!(matched(&[unit(0, &[f64::NAN])], &[], &rule).is_err());
        assert!(matched(&[unit(0, &[1.0])], &[unit(0, &[1.0, 2.0])], &rule).is_err());
        assert!(matched(&[], &[], &Rule { controls: 0, ..rule }).is_err());
    }
}
