//! What the variance rests on.

use crate::{Error, Result};

/// What a sample's variance rests on, z the weighted value or residual of each drawn unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Variance {
    /// Σ_h (1 − n_h/N_h)·n_h/(n_h−1)·Σ(z − z̄_h)²: the stratum of each unit, and 1 − n_h/N_h, which is 1 with replacement.
    Strata { of: Vec<usize>, free: Vec<f64> },
    /// Σ(1−π)z².
    Poisson,
    /// n/(n−1)·Σ(1−π)(z − B)², certainty units left out.
    FixedSize(Approximation),
    /// The exact forms: Δᵢⱼ = (πᵢⱼ − πᵢπⱼ)/πᵢⱼ, row by row.
    Joint { delta: Vec<f64>, form: Form },
}

/// How the variance of a fixed-size design of high entropy is told from first-order probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approximation {
    /// B the plain mean of the z. R's `pps = "brewer"`. Brewer 2002, *Combined Survey Sampling Inference*.
    Brewer,
    /// B the mean of the z weighted by 1−π, as in [`crate::total`]. Hájek 1964.
    Hajek,
}

/// Which unbiased variance estimator joint probabilities are put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// ΣΣ Δᵢⱼ·zᵢ·zⱼ. For any design. Horvitz & Thompson 1952.
    HorvitzThompson,
    /// −½·ΣΣ Δᵢⱼ·(zᵢ−zⱼ)². For designs of fixed size, and far steadier there. Sen 1953; Yates & Grundy 1953.
    SenYatesGrundy,
}

impl Variance {
    /// Refuses strata with no draws, or with one of several units; N_h is not known with replacement.
    pub(super) fn strata(of: &[usize], sizes: Option<&[usize]>) -> Result<(Self, Vec<usize>)> {
        let strata = sizes.map_or_else(|| of.iter().max().map_or(0, |h| h + 1), <[usize]>::len);
        let mut draws = vec![0; strata];
        for &h in of {
            *draws.get_mut(h).ok_or(Error::Stratum(h, "has draws but no size"))? += 1;
        }
        let mut free = vec![1.0; strata];
        for (h, &n) in draws.iter().enumerate() {
            match sizes.map(|s| s[h]) {
                Some(size) if n > size => return Err(Error::Stratum(h, "has more draws than units")),
                Some(size) if n == 0 && size > 0 => {
                    return Err(Error::Stratum(h, "has units but no draw to stand for them"));
                }
                Some(size) if n == 1 && size > 1 => return Err(Error::Stratum(h, LONELY)),
                None if n == 1 => return Err(Error::Stratum(h, LONELY)),
                Some(size) => free[h] = (size - n) as f64 / size.max(1) as f64,
                None => {}
            }
        }
        Ok((Self::Strata { of: of.to_vec(), free }, draws))
    }

    /// Whether everyone was drawn.
    pub(super) fn is_none(&self, probabilities: &[f64]) -> bool {
        match self {
            Self::Strata { free, .. } => free.iter().all(|free| *free <= 0.0),
            _ => probabilities.iter().all(|p| *p >= 1.0),
        }
    }

    /// V̂ of Σz.
    pub(super) fn of(&self, z: &[f64], probabilities: &[f64]) -> f64 {
        let free = || probabilities.iter().map(|p| 1.0 - p);
        match self {
            Self::Strata { of, free } => {
                let mut sums = vec![(0.0, 0.0); free.len()];
                for (z, &h) in z.iter().zip(of) {
                    sums[h].0 += 1.0;
                    sums[h].1 += z;
                }
                let mut squares = vec![0.0; free.len()];
                z.iter().zip(of).for_each(|(z, &h)| squares[h] += (z - sums[h].1 / sums[h].0).powi(2));
                let scale = |n: f64, free: f64| if n > 1.0 { free * n / (n - 1.0) } else { 0.0 };
                (squares.iter().zip(&sums).zip(free)).map(|((s, (n, _)), free)| scale(*n, *free) * s).sum()
            }
            Self::Poisson => z.iter().zip(free()).map(|(z, q)| q * z * z).sum(),
            Self::FixedSize(approximation) => {
                let draws: Vec<(f64, f64)> = z.iter().copied().zip(free()).filter(|(_, q)| *q > 0.0).collect();
                let weight = |q: f64| if *approximation == Approximation::Brewer { 1.0 } else { q };
                let sum: f64 = draws.iter().map(|(_, q)| weight(*q)).sum();
                let centre = draws.iter().map(|(z, q)| weight(*q) * z).sum::<f64>() / sum;
                let n = draws.len() as f64;
                let squares: f64 = draws.iter().map(|(z, q)| q * (z - centre).powi(2)).sum();
                if draws.is_empty() { 0.0 } else { n / (n - 1.0) * squares }
            }
            Self::Joint { delta, form } => {
                let rows = || z.iter().zip(delta.chunks_exact(z.len().max(1)));
                match form {
                    Form::HorvitzThompson => {
                        rows().map(|(a, row)| a * row.iter().zip(z).map(|(d, b)| d * b).sum::<f64>()).sum()
                    }
                    Form::SenYatesGrundy => rows()
                        .map(|(a, row)| -row.iter().zip(z).map(|(d, b)| d * (a - b).powi(2)).sum::<f64>() / 2.0)
                        .sum(),
                }
            }
        }
    }
}

const LONELY: &str = "has one draw, which tells no variance: draw two, or join it to another stratum";
