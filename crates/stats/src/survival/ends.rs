//! Ends that compete: of those suspended, deactivated and deleted, each keeps a unit from the others.

use super::{Spell, check};
use crate::capture::quantile;
use crate::{Error, Result};

/// The chance of one end by an age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// F̂, the share of units that have come to this end by then.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// The chances of all ends, one row an age at which units ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ends {
    /// The ages.
    pub ages: Vec<f64>,
    /// Of each age, the chance of each end by then.
    pub chances: Vec<Vec<Chance>>,
    /// Of each age, the chance of none.
    pub survival: Vec<f64>,
}

/// The cumulative incidence of competing ends, with delayed entry.
///
/// ```text
/// F̂ₖ(a) = Σ_{aⱼ ≤ a} Ŝ(aⱼ−)·dₖⱼ/rⱼ          dₖⱼ units come to end k at aⱼ, of rⱼ at risk
/// V̂(F̂ₖ) = Σ_c (Σ_{i in c} ∂F̂ₖ/∂wᵢ)²         wᵢ the weight of unit i, which is 1
/// ```
///
/// The variance is the infinitesimal jackknife: how far the figure moves with each unit's weight, units of one of the
/// `clusters` together, as they end together; without clusters each unit is one. Units that are not ended have any `end`.
/// One minus a curve that takes the other ends for losses to follow-up would say more than F̂ₖ: it answers what would be if
/// the others were abolished.
///
/// O(units × ages).
///
/// Aalen & Johansen 1978; Efron & Stein 1981 for the variance; as R's `survfit` with a factor for the end.
///
/// # Errors
/// As for [`super::product_limit`], when there is not one end (below `ends`) and one cluster a unit.
pub fn aalen_johansen(spells: &[Spell], end: &[usize], ends: usize, clusters: Option<&[usize]>) -> Result<Ends> {
    check(spells)?;
    if end.len() != spells.len() || spells.iter().zip(end).any(|(s, k)| s.ended && *k >= ends) {
        return Err(Error::Argument("there must be one end a unit, of those that are counted"));
    }
    if clusters.is_some_and(|c| c.len() != spells.len()) {
        return Err(Error::Argument("there must be one cluster number a unit"));
    }
    let mut ages: Vec<f64> = spells.iter().filter(|s| s.ended).map(|s| s.exit).collect();
    ages.sort_by(f64::total_cmp);
    ages.dedup();
    let cluster: Vec<usize> = numbered(clusters, spells.len());
    let members = order_by(&cluster);

    // Who comes under watch before each age, who leaves at it, and how they end.
    let at = |age: f64| ages.partition_point(|a| *a < age);
    let mut at_risk = vec![0.0; ages.len() + 1];
    let mut ended = vec![vec![0.0; ends]; ages.len()];
    let spans: Vec<(usize, usize)> = spells
        .iter()
        .map(|s| {
            // At risk at the ages after entry up to the exit.
            let first = ages.partition_point(|a| *a <= s.entry);
            let end = ages.partition_point(|a| *a <= s.exit);
            (first, end.max(first))
        })
        .collect();
    for ((first, end_of), (spell, k)) in spans.iter().zip(spells.iter().zip(end)) {
        at_risk[*first] += 1.0;
        at_risk[*end_of] -= 1.0;
        if spell.ended {
            ended[at(spell.exit)][*k] += 1.0;
        }
    }
    (1..ages.len()).for_each(|j| at_risk[j] += at_risk[j - 1]);

    let mut found = Ends { ages: ages.clone(), chances: Vec::new(), survival: Vec::new() };
    let mut value = vec![0.0; ends];
    let mut survival = 1.0;
    // How survival and each chance move with each cluster's weight.
    let mut move_survival = vec![0.0; members.len()];
    let mut moves = vec![vec![0.0; members.len()]; ends];
    for j in 0..ages.len() {
        let (r, d): (f64, f64) = (at_risk[j], ended[j].iter().sum());
        let mut squares = vec![0.0; ends];
        for (c, units) in members.iter().enumerate() {
            let (mut risk, mut own, mut own_end) = (0.0, 0.0, vec![0.0; ends]);
            for &i in units {
                let (first, end_of) = spans[i];
                if first <= j && j < end_of {
                    risk += 1.0;
                    if spells[i].ended && spells[i].exit == ages[j] {
                        own += 1.0;
                        own_end[end[i]] += 1.0;
                    }
                }
            }
            for k in 0..ends {
                let hazard = ended[j][k] / r;
                moves[k][c] += move_survival[c] * hazard + survival * (own_end[k] - risk * hazard) / r;
                squares[k] += moves[k][c] * moves[k][c];
            }
            move_survival[c] = move_survival[c] * (1.0 - d / r) - survival * (own - risk * d / r) / r;
        }
        for k in 0..ends {
            value[k] += survival * ended[j][k] / r;
        }
        survival *= 1.0 - d / r;
        let chance = |(v, s): (&f64, &f64)| Chance { value: *v, standard_error: s.sqrt() };
        found.chances.push(value.iter().zip(&squares).map(chance).collect());
        found.survival.push(survival);
    }
    Ok(found)
}

impl Ends {
    /// The chances by an age; none before the first end.
    pub fn at(&self, age: f64) -> Option<&[Chance]> {
        let rows = self.ages.partition_point(|a| *a <= age);
        self.chances[..rows].last().map(Vec::as_slice)
    }
}

impl Chance {
    /// The limits on the scale of log(−log F), which keeps them within 0 and 1.
    ///
    /// # Errors
    /// When `level` is not between 0 and 1.
    pub fn limits(&self, level: f64) -> Result<(f64, f64)> {
        let (z, f) = (quantile(level)?, self.value);
        if f <= 0.0 || f >= 1.0 {
            return Ok((f, f));
        }
        let width = z * self.standard_error / (f * f.ln()).abs();
        Ok((f.powf(width.exp()), f.powf((-width).exp())))
    }
}

/// Cluster numbers from 0 without gaps; without clusters each unit's own.
pub(super) fn numbered(clusters: Option<&[usize]>, units: usize) -> Vec<usize> {
    let Some(clusters) = clusters else { return (0..units).collect() };
    let mut distinct = clusters.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    clusters.iter().map(|c| distinct.partition_point(|d| d < c)).collect()
}

/// The units of each cluster.
fn order_by(cluster: &[usize]) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); cluster.iter().max().map_or(0, |c| c + 1)];
    cluster.iter().enumerate().for_each(|(i, c)| members[*c].push(i));
    members
}
