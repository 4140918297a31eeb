//! Where each account lies in the graph as a whole: coordinates from the ties alone, without any label.
//!
//! Accounts of the same corner of the network have like coordinates even where they share no tie, so that a few labels
//! in a corner tell of all of it.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use crate::FollowGraph;
use crate::lists::Lists;

/// Rows that one task works through; sums are made of sums over so many, whatever the number of threads.
const CHUNK: usize = 2048;
/// Vectors carried along beyond those wanted, so that the last wanted ones are sharp, too.
const SPARE: usize = 10;
/// Rounds of the iteration, each two steps along the ties.
const ROUNDS: usize = 6;

/// The leading eigenvectors of the ties:
///
/// ```text
/// S = D^(−½)·A·D^(−½),   S·V ≈ V·diag(μ),   VᵀV = 1
/// ```
///
/// A is 1 where two accounts are tied in the undirected view, D its row sums with the mean added, which keeps a few
/// accounts on a thin thread from taking a vector to themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    eigenvalues: Vec<f64>,
    vectors: Vec<f32>,
}

impl Spectrum {
    /// The first `dimensions` eigenvectors, largest eigenvalues in absolute value first; fewer in a graph of fewer
    /// accounts.
    ///
    /// Subspace iteration from a fixed start and a Rayleigh–Ritz step: O(m·k + n·k²) a round, 8·n·(k + 10) bytes.
    ///
    /// Halko, Martinsson and Tropp, *Finding structure with randomness*, 2011; Chaudhuri, Chung and Tsiatas, *Spectral
    /// clustering of graphs with general degrees in the extended planted partition model*, 2012, for the mean added.
    pub fn of(graph: &FollowGraph, dimensions: usize) -> Self {
        let n = graph.accounts();
        let width = (dimensions + SPARE).min(n);
        if dimensions.min(n) == 0 {
            return Self { eigenvalues: Vec::new(), vectors: Vec::new() };
        }
        let ties = Lists::of_pairs(n, graph.numbers().flat_map(|a| graph.neighbours(a).map(move |b| (a, b))));
        let mean = ties.items() as f64 / n as f64;
        let scale = |a: u32| (1.0 / (ties.of(a).len() as f64 + mean).max(1e-9).sqrt()) as f32;
        let scale: Vec<f32> = graph.numbers().map(scale).collect();
        let step = |block: &[f32]| spread(&ties, &scale, block, width);

        let mut block: Vec<f32> = (0..n * width).into_par_iter().map(|i| start(i as u64)).collect();
        for _ in 0..ROUNDS {
            orthonormalise(&mut block, width);
            block = step(&step(&block));
        }
        orthonormalise(&mut block, width);
        let mut between = product(&block, &step(&block), width);
        let turn = eigen(&mut between, width);
        let value = |j: usize| between[j * width + j];
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&a, &b| value(b).abs().total_cmp(&value(a).abs()));
        order.truncate(dimensions.min(n));
        let turned = |row: &[f32]| {
            let dot = |j: usize| row.iter().enumerate().map(|(i, x)| f64::from(*x) * turn[i * width + j]).sum::<f64>();
            order.iter().map(|&j| dot(j) as f32).collect::<Vec<f32>>()
        };
        let vectors = block.par_chunks(width).flat_map_iter(turned).collect();
        Self { eigenvalues: order.iter().map(|&j| value(j)).collect(), vectors }
    }

    /// Where an account lies by the first `dimensions` vectors: (Vᵥ₁|μ₁|ᵖ, …, Vᵥₖ|μₖ|ᵖ), scaled to length 1, so that it is
    /// the direction that counts and not how many ties there are. A higher `power` p draws in the finer coordinates. An
    /// account without ties lies at 0.
    ///
    /// Qin and Rohe, *Regularized spectral clustering under the degree-corrected stochastic blockmodel*, 2013.
    ///
    /// # Panics
    /// If the account is not in the graph.
    pub fn place(&self, account: u32, dimensions: usize, power: f64) -> Vec<f64> {
        let width = self.eigenvalues.len();
        let row = &self.vectors[account as usize * width..][..width];
        let mut place: Vec<f64> = row
            .iter()
            .zip(&self.eigenvalues)
            .take(dimensions)
            .map(|(v, m)| f64::from(*v) * m.abs().powf(power))
            .collect();
        let length = place.iter().map(|x| x * x).sum::<f64>().sqrt();
        // Rounding leaves some dust where there are no ties.
        place.iter_mut().for_each(|x| *x = if length > 1e-9 { *x / length } else { 0.0 });
        place
    }
}

/// S times a block of vectors.
fn spread(ties: &Lists, scale: &[f32], block: &[f32], width: usize) -> Vec<f32> {
    let mut next = vec![0.0f32; block.len()];
    next.par_chunks_mut(width).zip(0..scale.len() as u32).with_min_len(64).for_each(|(sum, account)| {
        for &other in ties.of(account) {
            let s = scale[other as usize];
            let from = &block[other as usize * width..][..width];
            sum.iter_mut().zip(from).for_each(|(t, x)| *t += s * x);
        }
        let s = scale[account as usize];
        sum.iter_mut().for_each(|t| *t *= s);
    });
    next
}

/// AᵀB, in an order that does not depend on the threads.
fn product(a: &[f32], b: &[f32], width: usize) -> Vec<f64> {
    let of = |(a, b): (&[f32], &[f32])| {
        let mut sum = vec![0.0; width * width];
        for (x, y) in a.chunks(width).zip(b.chunks(width)) {
            for (line, &x) in sum.chunks_mut(width).zip(x) {
                line.iter_mut().zip(y).for_each(|(t, &y)| *t += f64::from(x) * f64::from(y));
            }
        }
        sum
    };
    let parts: Vec<Vec<f64>> = a.par_chunks(CHUNK * width).zip(b.par_chunks(CHUNK * width)).map(of).collect();
    let mut all = vec![0.0; width * width];
    parts.iter().for_each(|p| all.iter_mut().zip(p).for_each(|(t, x)| *t += x));
    all
}

/// Makes the vectors of a block orthonormal (by Cholesky of AᵀA); those that depend on the ones before become 0.
fn orthonormalise(block: &mut [f32], width: usize) {
    let mut lower = product(block, block, width);
    let mut live = vec![true; width];
    for j in 0..width {
        let whole = lower[j * width + j];
        for k in 0..j {
            let l = lower[j * width + k];
            for i in j..width {
                lower[i * width + j] -= lower[i * width + k] * l;
            }
        }
        let pivot = lower[j * width + j];
        live[j] = pivot > 1e-9 * whole && pivot > 1e-30;
        let root = if live[j] { pivot.sqrt() } else { 1.0 };
        for i in j..width {
            lower[i * width + j] = if live[j] { lower[i * width + j] / root } else { 0.0 };
        }
    }
    block.par_chunks_mut(width).with_min_len(64).for_each(|row| {
        let mut done = vec![0.0f64; width];
        for j in 0..width {
            let before: f64 = (0..j).map(|k| lower[j * width + k] * done[k]).sum();
            done[j] = if live[j] { (f64::from(row[j]) - before) / lower[j * width + j] } else { 0.0 };
        }
        row.iter_mut().zip(&done).for_each(|(x, d)| *x = *d as f32);
    });
}

/// Turns a symmetric matrix diagonal by Jacobi rotations; gives the eigenvectors as columns.
fn eigen(a: &mut [f64], d: usize) -> Vec<f64> {
    let mut vectors = vec![0.0; d * d];
    (0..d).for_each(|i| vectors[i * d + i] = 1.0);
    // Rounding may have left it a little askew.
    for i in 0..d {
        for j in 0..i {
            let mean = (a[i * d + j] + a[j * d + i]) / 2.0;
            (a[i * d + j], a[j * d + i]) = (mean, mean);
        }
    }
    for _ in 0..40 {
        let off: f64 = (0..d).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * d + j].powi(2)).sum();
        if off < 1e-22 {
            break;
        }
        for p in 0..d {
            for q in p + 1..d {
                let x = a[p * d + q];
                if x.abs() < 1e-300 {
                    continue;
                }
                let theta = (a[q * d + q] - a[p * d + p]) / (2.0 * x);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for k in 0..d {
                    let (u, v) = (a[k * d + p], a[k * d + q]);
                    (a[k * d + p], a[k * d + q]) = (c * u - s * v, s * u + c * v);
                }
                for k in 0..d {
                    let (u, v) = (a[p * d + k], a[q * d + k]);
                    (a[p * d + k], a[q * d + k]) = (c * u - s * v, s * u + c * v);
                    let (u, v) = (vectors[k * d + p], vectors[k * d + q]);
                    (vectors[k * d + p], vectors[k * d + q]) = (c * u - s * v, s * u + c * v);
                }
            }
        }
    }
    vectors
}

/// A fixed number between −1 and 1 for each place (SplitMix64).
fn start(place: u64) -> f32 {
    let mut z = place.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 23) as f32 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, cycle, graph, two_triangles};

    #[test]
    fn eigenvalues_in_closed_form() {
        // Everybody tied to everybody: A has n−1 and −1, D is 2(n−1).
        let found = Spectrum::of(&clique(6), 6).eigenvalues;
        assert!((found[0] - 0.5).abs() < 1e-6 && found[1..].iter().all(|v| (v + 0.1).abs() < 1e-6), "{found:?}");
        // A ring: 2cos(2πj/n) over 4.
        let found = Spectrum::of(&cycle(12), 3).eigenvalues;
        let second = (2.0 * std::f64::consts::PI / 12.0).cos() / 2.0;
        assert!((found[0].abs() - 0.5).abs() < 1e-6, "{found:?}");
        assert!(found.iter().all(|v| (v.abs() - 0.5).abs() < 1e-6 || (v.abs() - second).abs() < 1e-3), "{found:?}");
    }

    /// With all vectors kept the rows of V have length 1 as they are, and V·diag(μ)·Vᵀ is the matrix itself.
    #[test]
    fn equals_the_dense_matrix() {
        let g = two_triangles();
        let c = Spectrum::of(&g, 7);
        let n = 7;
        let tied: Vec<Vec<bool>> =
            (0..n).map(|a| (0..n).map(|b| g.is_follow(a, b) || g.is_follow(b, a)).collect()).collect();
        let degree: Vec<f64> = tied.iter().map(|r| r.iter().filter(|t| **t).count() as f64).collect();
        let mean = degree.iter().sum::<f64>() / f64::from(n);
        for a in 0..n {
            for b in 0..n {
                let (i, j) = (a as usize, b as usize);
                let dense = f64::from(u8::from(tied[i][j])) / ((degree[i] + mean) * (degree[j] + mean)).sqrt();
                let parts = c.eigenvalues.iter().zip(c.place(a, 7, 0.0)).zip(c.place(b, 7, 0.0));
                let made: f64 = parts.map(|((m, x), y)| m * x * y).sum();
                assert!((made - dense).abs() < 1e-5, "{a} {b}: {made} is not {dense}");
            }
        }
    }

    #[test]
    fn corners_lie_together() {
        // Two cliques of 20 on one tie.
        let clique = |from: u32| (from..from + 20).flat_map(move |a| (from..from + 20).map(move |b| (a, b)));
        let ties: Vec<(u32, u32)> = clique(0).chain(clique(20)).chain([(0, 20)]).collect();
        let c = Spectrum::of(&graph(41, &ties), 2);
        let near = |a: u32, b: u32| c.place(a, 2, 1.0).iter().zip(c.place(b, 2, 1.0)).map(|(x, y)| x * y).sum::<f64>();
        assert!(near(3, 7) > 0.99 && near(25, 31) > 0.99 && near(3, 25).abs() < 0.1);
        assert_eq!(c.place(40, 2, 1.0), [0.0, 0.0], "an account without ties");
    }

    #[test]
    fn small_graphs_have_fewer_coordinates() {
        assert!(Spectrum::of(&graph(0, &[]), 4).eigenvalues.is_empty());
        let lonely = Spectrum::of(&graph(3, &[]), 4);
        assert_eq!(lonely.eigenvalues.len(), 3);
        assert!((0..3).all(|a| lonely.place(a, 4, 1.0).iter().all(|x| *x == 0.0)));
        assert_eq!(Spectrum::of(&cycle(5), 0).eigenvalues.len(), 0);
    }

    #[test]
    fn the_same_on_any_number_of_threads() {
        let g = graph(5000, &(0..20_000u32).map(|i| (i % 5000, (i * 7919 + i / 5000) % 5000)).collect::<Vec<_>>());
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map_or_else(|e| panic!("{e}"), |pool| pool.install(|| Spectrum::of(&g, 8)))
        };
        assert_eq!(on(1), on(3));
    }
}
