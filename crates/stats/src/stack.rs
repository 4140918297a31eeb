//! Several models as one: weights by what each said of the labels that it did not see.

use crate::logistic::Example;
use crate::{Error, Result};

/// How many examples' worth of evidence equal weights count for. Few labels hardly tell models apart, and the mean of
/// several is then the safer score.
const EQUAL: f64 = 10.0;

/// The weights of models whose scores of each example, left out of their fit, are given: those under which the mixture
///
/// ```text
/// fᵢ = Σₖ aₖ·fₖᵢ,   aₖ ≥ 0,   Σaₖ = 1
/// ```
///
/// has the greatest weighted likelihood of the labels, drawn to equal weights as if by a few examples. Found by the EM
/// algorithm; the likelihood is concave in a.
///
/// Wolpert 1992, *Stacked generalization*; Breiman 1996, *Stacked regressions*; Dempster, Laird & Rubin 1977.
///
/// # Errors
/// Without models, when one does not score each example, or a score is not between 0 and 1.
pub fn weights(left_out: &[&[f64]], examples: &[Example]) -> Result<Vec<f64>> {
    let models = left_out.len();
    let fits = |scores: &&[f64]| scores.len() == examples.len() && scores.iter().all(|f| (0.0..=1.0).contains(f));
    if models == 0 || !left_out.iter().all(fits) {
        return Err(Error::Argument("every model must give a score between 0 and 1 to every example"));
    }
    let sum: f64 = examples.iter().map(|e| e.weight).sum();
    let scale = if sum > 0.0 { examples.len() as f64 / sum } else { 0.0 };
    let chance = |model: usize, i: usize| {
        let (f, y) = (left_out[model][i], examples[i].label);
        (y * f + (1.0 - y) * (1.0 - f)).max(1e-6)
    };
    let mut weights = vec![1.0 / models as f64; models];
    for _ in 0..200 {
        let mut next = vec![EQUAL / models as f64; models];
        for (i, e) in examples.iter().enumerate() {
            let all: f64 = (0..models).map(|k| weights[k] * chance(k, i)).sum();
            (0..models).for_each(|k| next[k] += scale * e.weight * weights[k] * chance(k, i) / all);
        }
        let total: f64 = next.iter().sum();
        next.iter_mut().for_each(|a| *a /= total);
        let moved: f64 = next.iter().zip(&weights).map(|(a, b)| (a - b).abs()).sum();
        weights = next;
        if moved < 1e-9 {
            break;
        }
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn examples(labels: &[f64]) -> Vec<Example> {
        labels.iter().enumerate().map(|(unit, &label)| Example { unit, label, weight: 2.0 }).collect()
    }

    #[test]
    fn models_that_say_the_same_count_the_same() {
        let a = weights(&[&[0.2, 0.9], &[0.2, 0.9]], &examples(&[0.0, 1.0])).unwrap();
        assert!((a[0] - 0.5).abs() < 1e-9 && (a[1] - 0.5).abs() < 1e-9);
    }

    /// One model always gives the labels chance 0.9, the other 0.3: stationary where a·Σ(…) solves
    /// a = (EQUAL/2 + n·0.9a/(0.3 + 0.6a)) / (EQUAL + n).
    #[test]
    fn the_better_model_counts_more_in_closed_form() {
        let n = 40;
        let labels = vec![1.0; n];
        let a = weights(&[&vec![0.9; n], &vec![0.3; n]], &examples(&labels)).unwrap();
        let n = n as f64;
        let stationary = (EQUAL / 2.0 + n * 0.9 * a[0] / (0.3 + 0.6 * a[0])) / (EQUAL + n);
        assert!((a[0] - stationary).abs() < 1e-6 && a[0] > 0.8 && (a[0] + a[1] - 1.0).abs() < 1e-12, "{a:?}");
    }

    #[test]
    fn certain_and_wrong_stays_finite() {
        let a = weights(&[&[0.0, 0.0], &[1.0, 0.5]], &examples(&[1.0, 1.0])).unwrap();
        assert!(a[1] > a[0] && a.iter().all(|a| a.is_finite()));
        assert!(weights(&[], &[]).is_err());
        assert!(weights(&[&[0.5]], &examples(&[1.0, 0.0])).is_err());
        assert!(weights(&[&[f64::NAN]], &examples(&[1.0])).is_err());
    }
}
