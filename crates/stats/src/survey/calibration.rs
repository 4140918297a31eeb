//! Linear calibration.

use crate::{Error, Result};

/// Weights drawn to known totals, and what of a value the auxiliaries leave over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Calibration {
    /// gᵢ.
    pub(super) g: Vec<f64>,
    /// √dᵢ.
    root: Vec<f64>,
    /// An orthonormal basis of the columns √d·x.
    basis: Vec<Vec<f64>>,
}

impl Calibration {
    /// g = 1 + x'λ with Σ d·g·x = T: √d·x = QR by Gram and Schmidt, then R'·(Rλ) = T − Σd·x from the top.
    pub(super) fn new(weights: &[f64], columns: &[Vec<f64>], totals: &[f64]) -> Result<Self> {
        if columns.len() != totals.len() || columns.iter().any(|x| x.len() != weights.len()) {
            return Err(Error::Argument("there must be one auxiliary value a unit and one total an auxiliary"));
        }
        if columns.iter().flatten().chain(totals).any(|x| !x.is_finite()) {
            return Err(Error::Argument("auxiliaries and totals must be finite numbers"));
        }
        let root: Vec<f64> = weights.iter().map(|d| d.sqrt()).collect();
        let (mut basis, mut solution): (Vec<Vec<f64>>, Vec<f64>) = (Vec::new(), Vec::new());
        for (x, total) in columns.iter().zip(totals) {
            let largest = x.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            let scale = if largest > 0.0 { largest } else { 1.0 };
            let mut column: Vec<f64> = x.iter().zip(&root).map(|(x, r)| x / scale * r).collect();
            let length = norm(&column);
            let missing = total / scale - column.iter().zip(&root).map(|(c, r)| c * r).sum::<f64>();
            let mut shares = vec![0.0; basis.len()];
            // Twice is enough to be orthogonal to the last digit.
            for _ in 0..2 {
                for (share, q) in shares.iter_mut().zip(&basis) {
                    let part = dot(&column, q);
                    *share += part;
                    column.iter_mut().zip(q).for_each(|(c, q)| *c -= part * q);
                }
            }
            let left = norm(&column);
            if left <= 1e-9 * length || length == 0.0 {
                return Err(Error::Argument(
                    "the auxiliaries say the same twice, or nothing, over the sample: leave one out",
                ));
            }
            column.iter_mut().for_each(|c| *c /= left);
            solution.push((missing - dot(&shares, &solution)) / left);
            basis.push(column);
        }
        let mut g = vec![1.0; weights.len()];
        for (s, q) in solution.iter().zip(&basis) {
            g.iter_mut().zip(q).zip(&root).for_each(|((g, q), r)| *g += s * q / r);
        }
        if g.iter().any(|g| !g.is_finite()) {
            return Err(Error::Argument("the totals lie too far from what the sample says"));
        }
        Ok(Self { g, root, basis })
    }

    /// Residuals of the regression of y on the auxiliaries, weighted by d.
    pub(super) fn residuals(&self, y: &[f64]) -> Vec<f64> {
        let mut rest: Vec<f64> = y.iter().zip(&self.root).map(|(y, r)| y * r).collect();
        for _ in 0..2 {
            for q in &self.basis {
                let part = dot(&rest, q);
                rest.iter_mut().zip(q).for_each(|(e, q)| *e -= part * q);
            }
        }
        rest.iter().zip(&self.root).map(|(e, r)| e / r).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
