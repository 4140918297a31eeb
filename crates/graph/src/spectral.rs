//! Where each account lies in the graph as a whole: coordinates from the ties alone, without any label.
//!
//! Accounts of the same corner of the network have like coordinates even where they share no tie, so that a few labels
//! in a corner tell of all of it.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use crate::FollowGraph;

/// Rows that one task works through; sums are made of sums over so many, whatever the number of threads.
const CHUNK: usize = 2048;
/// Vectors carried along beyond those wanted, so that the last wanted ones are sharp, too.
const SPARE: usize = 10;
/// Rounds of the iteration, each two steps along the ties.
const ROUNDS: usize = 6;
/// Bytes that the two blocks of vectors may take: with more accounts, the iteration runs on those with the most ties.
const BLOCKS: usize = 1 << 30;

/// The leading eigenvectors of the ties:
///
/// ```text
/// S = D^(−½)·A·D^(−½),   S·V ≈ V·diag(μ),   VᵀV = 1
/// ```
///
/// A is 1 where two accounts are tied in the undirected view, D its row sums with the mean added, which keeps a few
/// accounts on a thin thread from taking a vector to themselves.
///
/// In a graph too large for a block of vectors over all accounts, V is that of the core, the c accounts with the most ties
/// and the ties among them, and everybody else lies where their ties into the core put them:
///
/// ```text
/// V(x) = Σ S(x, u)·V(u) / μ     over the u in the core that x is tied to
/// ```
///
/// which is how V(x) hangs together with the others' in the whole matrix, too (Nyström's extension).
///
/// Williams and Seeger, *Using the Nyström method to speed up kernel machines*, 2001; Fowlkes, Belongie, Chung and Malik,
/// *Spectral grouping using the Nyström method*, 2004.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    eigenvalues: Vec<f64>,
    rows: Rows,
}

/// A row for each account, end to end.
#[derive(Debug, Clone, PartialEq)]
enum Rows {
    /// Of V itself.
    Whole(Vec<f32>),
    /// Each up to a factor, its largest number being ±[`i16::MAX`]: half the memory, and exact to 2⁻¹⁶ of that number.
    Packed(Vec<i16>),
}

/// The accounts with the most ties.
struct Core {
    /// Ascending.
    members: Vec<u32>,
    /// D^(−½) of each.
    scale: Vec<f32>,
    /// Where each account is among the members; [`NOT`] for the others.
    places: Vec<u32>,
}

const NOT: u32 = u32::MAX;

impl Spectrum {
    /// The first `dimensions` eigenvectors, largest eigenvalues in absolute value first; fewer in a graph of fewer
    /// accounts.
    ///
    /// Subspace iteration from a fixed start and a Rayleigh–Ritz step: O(m·k + n·k²) a round, 8·n·(k + 10) bytes and 4 an
    /// account, at most 1 GiB and 8 bytes an account; kept are 4·k bytes an account, or 2·k where there is a core. The ties
    /// are not copied: each step goes over the graph's own lists.
    ///
    /// Halko, Martinsson and Tropp, *Finding structure with randomness*, 2011; Chaudhuri, Chung and Tsiatas, *Spectral
    /// clustering of graphs with general degrees in the extended planted partition model*, 2012, for the mean added.
    pub fn of(graph: &FollowGraph, dimensions: usize) -> Self {
        let most = BLOCKS / (8 * (dimensions + SPARE));
        // Far fewer than would fit, as each more brings all of its ties to be gone over thirteen times.
        Self::with_core(graph, dimensions, if graph.accounts() > most { most / 3 } else { most })
    }

    /// The same, with a core of `most` accounts where there are more.
    fn with_core(graph: &FollowGraph, dimensions: usize, most: usize) -> Self {
        let n = graph.accounts();
        let ties: Vec<u32> = graph.numbers().into_par_iter().map(|a| graph.neighbours(a).count() as u32).collect();
        let mean = ties.iter().map(|t| f64::from(*t)).sum::<f64>() / n as f64;
        let scale = |a: u32| (1.0 / (f64::from(ties[a as usize]) + mean).max(1e-9).sqrt()) as f32;
        let core = (n > most).then(|| Core::of(&ties, most, scale));
        let Some(core) = core else {
            let scale: Vec<f32> = graph.numbers().map(scale).collect();
            let (eigenvalues, vectors) = eigenvectors(n, dimensions, |block, width| {
                spread(&scale, block, width, |place, each| {
                    graph.neighbours(place as u32).for_each(|u| each(u as usize))
                })
            });
            return Self { eigenvalues, rows: Rows::Whole(vectors) };
        };
        drop(ties);
        let (eigenvalues, vectors) = eigenvectors(core.members.len(), dimensions, |block, width| {
            spread(&core.scale, block, width, |place, each| core.neighbours(graph, core.members[place], each))
        });
        let rows = core.extended(graph, &eigenvalues, &vectors);
        Self { eigenvalues, rows: Rows::Packed(rows) }
    }

    /// How many coordinates an account has.
    pub fn dimensions(&self) -> usize {
        self.eigenvalues.len()
    }

    /// An account's row of V, one number a dimension; where there is a core, up to a factor, which [`Spectrum::place`]
    /// takes out again. O(k).
    ///
    /// # Panics
    /// If the account is not in the graph that the spectrum was made of.
    pub fn row(&self, account: u32, row: &mut [f64]) {
        let width = self.eigenvalues.len();
        let own = account as usize * width..(account as usize + 1) * width;
        match &self.rows {
            Rows::Whole(rows) => row.iter_mut().zip(&rows[own]).for_each(|(x, v)| *x = f64::from(*v)),
            Rows::Packed(rows) => row.iter_mut().zip(&rows[own]).for_each(|(x, v)| *x = f64::from(*v)),
        }
    }

    /// How much each of the first `dimensions` vectors counts: |μ|ᵖ.
    pub fn weights(&self, dimensions: usize, power: f64) -> Vec<f64> {
        self.eigenvalues.iter().take(dimensions).map(|m| m.abs().powf(power)).collect()
    }

    /// Where an account lies by its first vectors: (Vᵥ₁|μ₁|ᵖ, …, Vᵥₖ|μₖ|ᵖ), scaled to length 1, so that it is the
    /// direction that counts and not how many ties there are. `row` is that of [`Spectrum::row`], `weights` those of
    /// [`Spectrum::weights`]: a higher power p draws in the finer coordinates. An account without ties lies at 0.
    ///
    /// Qin and Rohe, *Regularized spectral clustering under the degree-corrected stochastic blockmodel*, 2013.
    pub fn place(row: &[f64], weights: &[f64], place: &mut [f64]) {
        place.iter_mut().zip(row).zip(weights).for_each(|((x, v), w)| *x = v * w);
        let length = place.iter().map(|x| x * x).sum::<f64>().sqrt();
        // Rounding leaves some dust where there are no ties.
        place.iter_mut().for_each(|x| *x = if length > 1e-9 { *x / length } else { 0.0 });
    }

    /// The spectrum as bytes, for a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (whole, packed): (&[f32], &[i16]) = match &self.rows {
            Rows::Whole(rows) => (rows, &[]),
            Rows::Packed(rows) => (&[], rows),
        };
        let lengths = [self.eigenvalues.len(), whole.len(), packed.len()].map(|n| n as u64);
        [
            bytemuck::cast_slice::<u64, u8>(&lengths),
            bytemuck::cast_slice(&self.eigenvalues),
            bytemuck::cast_slice(whole),
            bytemuck::cast_slice(packed),
        ]
        .concat()
    }

    /// The spectrum of a graph of so many accounts from [`Spectrum::to_bytes`]; none from bytes that cannot be it.
    pub fn from_bytes(bytes: &[u8], accounts: usize) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(24)?;
        let length = |k: usize| usize::try_from(u64::from_le_bytes(head[8 * k..][..8].try_into().ok()?)).ok();
        let (values, whole, packed) = (length(0)?, length(1)?, length(2)?);
        let (values, rest) = rest.split_at_checked(values.checked_mul(8)?)?;
        let (whole, rest) = rest.split_at_checked(whole.checked_mul(4)?)?;
        let all = accounts.checked_mul(values.len() / 8)?;
        let eigenvalues = numbers_of(values);
        let rows = match (whole.len() / 4, packed) {
            (n, 0) if n == all && rest.is_empty() => Rows::Whole(numbers_of(whole)),
            (0, n) if n == all && rest.len() == n.checked_mul(2)? => Rows::Packed(numbers_of(rest)),
            _ => return None,
        };
        Some(Self { eigenvalues, rows })
    }
}

impl Core {
    /// The `most` accounts with the most ties; of equal ones, those with the lowest numbers.
    fn of(ties: &[u32], most: usize, scale: impl Fn(u32) -> f32) -> Self {
        let mut accounts: Vec<u32> = (0..ties.len() as u32).collect();
        if most < accounts.len() {
            accounts.select_nth_unstable_by_key(most, |&a| (std::cmp::Reverse(ties[a as usize]), a));
            accounts.truncate(most);
        }
        accounts.sort_unstable();
        accounts.shrink_to_fit();
        let places = Self::places(&accounts, ties.len());
        Self { scale: accounts.iter().map(|&a| scale(a)).collect(), members: accounts, places }
    }

    fn places(members: &[u32], accounts: usize) -> Vec<u32> {
        let mut places = vec![NOT; accounts];
        (0..).zip(members).for_each(|(place, &member)| places[member as usize] = place);
        places
    }

    /// The packed row of each account of the graph, from the rows of V that are the core's.
    fn extended(&self, graph: &FollowGraph, eigenvalues: &[f64], vectors: &[f32]) -> Vec<i16> {
        let width = eigenvalues.len();
        let mut rows = vec![0; graph.accounts() * width];
        let over: Vec<f32> = eigenvalues.iter().map(|m| if m.abs() > 1e-9 { (1.0 / m) as f32 } else { 0.0 }).collect();
        let vector = |place: usize| &vectors[place * width..][..width];
        let packed = |(account, packed): (u32, &mut [i16])| {
            let place = self.places[account as usize];
            if place != NOT {
                return pack(vector(place as usize), packed);
            }
            let mut row = vec![0.0; width];
            self.neighbours(graph, account, |u| {
                let s = self.scale[u];
                row.iter_mut().zip(vector(u)).for_each(|(x, v)| *x += s * v);
            });
            row.iter_mut().zip(&over).for_each(|(x, over)| *x *= over);
            pack(&row, packed);
        };
        if width > 0 {
            graph.numbers().into_par_iter().zip(rows.par_chunks_mut(width)).with_min_len(64).for_each(packed);
        }
        rows
    }

    /// Calls `each` with the places of those in the core that the account is tied to, ascending.
    fn neighbours(&self, graph: &FollowGraph, account: u32, mut each: impl FnMut(usize)) {
        for u in graph.neighbours(account) {
            let place = self.places[u as usize];
            if place != NOT {
                each(place as usize);
            }
        }
    }
}

fn numbers_of<T: bytemuck::Pod>(bytes: &[u8]) -> Vec<T> {
    let mut numbers = vec![T::zeroed(); bytes.len() / size_of::<T>()];
    bytemuck::cast_slice_mut(&mut numbers).copy_from_slice(bytes);
    numbers
}

/// Scales a row so that its largest number is ±[`i16::MAX`]. What rounding left where there are no ties becomes 0.
fn pack(row: &[f32], packed: &mut [i16]) {
    let largest = row.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    let scale = if largest > 1e-9 { f32::from(i16::MAX) / largest } else { 0.0 };
    packed.iter_mut().zip(row).for_each(|(p, x)| *p = (x * scale).round() as i16);
}

/// The leading eigenvalues and eigenvectors, row by row, of the symmetric matrix of `n` rows that `step` multiplies by.
fn eigenvectors(n: usize, dimensions: usize, step: impl Fn(&[f32], usize) -> Vec<f32>) -> (Vec<f64>, Vec<f32>) {
    let width = (dimensions + SPARE).min(n);
    if dimensions.min(n) == 0 {
        return (Vec::new(), Vec::new());
    }
    let mut block: Vec<f32> = (0..n * width).into_par_iter().map(|i| start(i as u64)).collect();
    for _ in 0..ROUNDS {
        orthonormalise(&mut block, width);
        block = step(&block, width);
        block = step(&block, width);
    }
    orthonormalise(&mut block, width);
    let mut between = product(&block, &step(&block, width), width);
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
    (order.iter().map(|&j| value(j)).collect(), vectors)
}

/// S times a block of vectors; `ties` calls back with the rows that a row is tied to.
fn spread(scale: &[f32], block: &[f32], width: usize, ties: impl Fn(usize, &mut dyn FnMut(usize)) + Sync) -> Vec<f32> {
    let mut next = vec![0.0f32; block.len()];
    next.par_chunks_mut(width).zip(0..scale.len()).with_min_len(64).for_each(|(sum, place)| {
        ties(place, &mut |other| {
            let s = scale[other];
            let from = &block[other * width..][..width];
            sum.iter_mut().zip(from).for_each(|(t, x)| *t += s * x);
        });
        let s = scale[place];
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

    fn place(c: &Spectrum, account: u32, dimensions: usize, power: f64) -> Vec<f64> {
        let weights = c.weights(dimensions, power);
        let (mut row, mut place) = (vec![0.0; c.dimensions()], vec![0.0; weights.len()]);
        c.row(account, &mut row);
        Spectrum::place(&row, &weights, &mut place);
        place
    }

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
                let parts = c.eigenvalues.iter().zip(place(&c, a, 7, 0.0)).zip(place(&c, b, 7, 0.0));
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
        let g = graph(41, &ties);
        let c = Spectrum::of(&g, 2);
        let at = |a: u32| place(&c, a, 2, 1.0);
        let near = |a: u32, b: u32| at(a).iter().zip(at(b)).map(|(x, y)| x * y).sum::<f64>();
        assert!(near(3, 7) > 0.99 && near(25, 31) > 0.99 && near(3, 25).abs() < 0.1);
        assert_eq!(at(40), [0.0, 0.0], "an account without ties");
    }

    #[test]
    fn small_graphs_have_fewer_coordinates() {
        assert!(Spectrum::of(&graph(0, &[]), 4).eigenvalues.is_empty());
        let three = graph(3, &[]);
        let lonely = Spectrum::of(&three, 4);
        assert_eq!(lonely.eigenvalues.len(), 3);
        assert!((0..3).all(|a| place(&lonely, a, 4, 1.0).iter().all(|x| *x == 0.0)));
        assert_eq!(Spectrum::of(&cycle(5), 0).eigenvalues.len(), 0);
    }

    /// Where the core is everybody with a tie, the others have none: the same as without a core.
    #[test]
    fn a_core_of_all_that_have_ties_is_the_whole() {
        let g = two_triangles();
        let (whole, core) = (Spectrum::with_core(&g, 2, 7), Spectrum::with_core(&g, 2, 6));
        assert!(matches!((&whole.rows, &core.rows), (Rows::Whole(_), Rows::Packed(_))));
        for account in 0..7 {
            let (a, b) = (place(&whole, account, 2, 1.0), place(&core, account, 2, 1.0));
            // Up to each vector's sign.
            assert!(a.iter().zip(&b).all(|(x, y)| (x.abs() - y.abs()).abs() < 1e-4), "{account}: {a:?} {b:?}");
        }
    }

    #[test]
    fn those_outside_of_the_core_lie_with_their_own() {
        // Two cliques of 20 on one tie; to each, 30 accounts that are tied to three of it.
        let clique = |from: u32| (from..from + 20).flat_map(move |a| (from..from + 20).map(move |b| (a, b)));
        let leaves = (40..100u32).flat_map(|l| (0..3).map(move |k| (l, (l % 2) * 20 + (l + 5 * k) % 20)));
        let ties: Vec<(u32, u32)> = clique(0).chain(clique(20)).chain([(0, 20)]).chain(leaves).collect();
        let g = graph(101, &ties);
        let c = Spectrum::with_core(&g, 2, 40);
        assert!(matches!(c.rows, Rows::Packed(_)));
        let at = |a: u32| place(&c, a, 2, 1.0);
        let near = |a: u32, b: u32| at(a).iter().zip(at(b)).map(|(x, y)| x * y).sum::<f64>();
        assert!((40..100).all(|l| near(l, (l % 2) * 20 + 3) > 0.95 && near(l, 23 - (l % 2) * 20).abs() < 0.4));
        assert_eq!(at(100), [0.0, 0.0], "an account without ties");
    }

    #[test]
    fn bytes_there_and_back() {
        let g = two_triangles();
        for most in [7, 4, 1] {
            let c = Spectrum::with_core(&g, 3, most);
            let bytes = c.to_bytes();
            assert_eq!(Spectrum::from_bytes(&bytes, 7), Some(c));
            assert!((0..bytes.len()).all(|cut| Spectrum::from_bytes(&bytes[..cut], 7).is_none()));
            assert_eq!(Spectrum::from_bytes(&bytes, 6), None);
        }
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
