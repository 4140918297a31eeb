//! Chances to be a member where nothing is labelled yet: an assumption, said as such.

use netcensus_stats::interval::normal_quantile;

use super::{open_of, world};

/// Units that the slope is fitted on at most; of a larger frame, every so many by rank.
const ENOUGH: usize = 1 << 16;

/// Chances logistic in the normal score of each open unit's rank by `sizes`, which rise with the lift of a walk from the
/// seeds:
///
/// ```text
/// logit pᵢ = a + b·Φ⁻¹((rankᵢ − ½)/n),   Σp = members,   b ≥ 0 such that the chances' expected AUC is `auc`
/// ```
///
/// None where so many members cannot be: fewer than one, or all of the open units.
pub(super) fn chances(sizes: &[f64], known: &[Option<f64>], members: f64, auc: f64) -> Option<Vec<f64>> {
    let ranks = normal_scores(&open_of(sizes, known));
    let n = ranks.len();
    if !(members >= 1.0 && members < n as f64) {
        return None;
    }
    let mut sorted = ranks.clone();
    sorted.sort_by(f64::total_cmp);
    let some = n.min(ENOUGH);
    let part: Vec<f64> = (0..some).map(|k| sorted[(2 * k + 1) * n / (2 * some)]).collect();
    let of = |slope: f64, ranks: &[f64], total: f64| -> Vec<f64> {
        let logits: Vec<f64> = ranks.iter().map(|g| slope * g).collect();
        let shift = world::shift(&logits, total);
        logits.iter().map(|x| world::chance(x + shift)).collect()
    };
    let (mut low, mut high) = (0.0, 15.0);
    for _ in 0..40 {
        let slope = f64::midpoint(low, high);
        let reached = expected_auc(of(slope, &part, members * some as f64 / n as f64));
        if reached < auc { low = slope } else { high = slope }
    }
    let mut open = of(low, &ranks, members).into_iter();
    Some(known.iter().map(|k| k.map_or_else(|| open.next().unwrap_or_default(), |y| y)).collect())
}

/// Φ⁻¹ of each value's rank; ties share the middle of their ranks.
fn normal_scores(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut scores = vec![0.0; n];
    let mut at = 0;
    while at < n {
        let tied = order[at..].iter().take_while(|&&i| values[i] == values[order[at]]).count();
        let score = normal_quantile((at as f64 + tied as f64 / 2.0) / n as f64);
        order[at..at + tied].iter().for_each(|&i| scores[i] = score);
        at += tied;
    }
    scores
}

/// The chance that a member has a higher score than another unit, if members come as the scores say; ties count half.
pub(super) fn expected_auc(mut chances: Vec<f64>) -> f64 {
    chances.sort_by(f64::total_cmp);
    let (mut below, mut pairs, mut members, mut at) = (0.0, 0.0, 0.0, 0);
    while at < chances.len() {
        let tied = chances[at..].iter().take_while(|p| **p == chances[at]).count() as f64;
        let (yes, no) = (tied * chances[at], tied * (1.0 - chances[at]));
        pairs += yes * (below + no / 2.0);
        below += no;
        members += yes;
        at += tied as usize;
    }
    if members * below > 0.0 { pairs / (members * below) } else { 0.5 }
}
