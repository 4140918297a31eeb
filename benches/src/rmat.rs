//! R-MAT: follows that fall into the quarters of the adjacency matrix with unlike chances, and again within each.
//!
//! Degrees are heavy-tailed and hubs follow hubs; there are no communities. The chances are those of the Graph500 and
//! GAP benchmarks: a = 0.57, b = c = 0.19, d = 0.05. Repeats and follows of oneself are left in, as they fall.
//!
//! Chakrabarti, Zhan and Faloutsos, *R-MAT: a recursive model for graph mining*, 2004.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use crate::random::{Bijection, Purpose, Stream};

/// Thresholds of the quarters, in 2⁻³²: a, a + b, a + b + c.
const A: u64 = (0.57 * (1_u64 << 32) as f64) as u64;
const AB: u64 = (0.76 * (1_u64 << 32) as f64) as u64;
const ABC: u64 = (0.95 * (1_u64 << 32) as f64) as u64;

/// An R-MAT graph of 2^scale accounts. Any edge can be had on its own.
#[derive(Debug, Clone)]
pub struct Rmat {
    scale: u32,
    edges: u64,
    seed: u64,
    scramble: Bijection,
}

impl Rmat {
    /// 2^scale accounts and `edge_factor` times as many edges. Without a scramble, low numbers would be hubs, which
    /// favours whoever lays accounts out by number; as Graph500 does, a bijection takes that away.
    pub fn new(scale: u32, edge_factor: u64, seed: u64) -> Self {
        assert!((1..=31).contains(&scale), "scale {scale}");
        let scramble = Bijection::new(1 << scale, seed);
        Self { scale, edges: edge_factor << scale, seed, scramble }
    }

    /// How many accounts there may be; those that no edge falls on are never seen.
    pub fn accounts(&self) -> usize {
        1 << self.scale
    }

    /// How many edges there are, repeats and follows of oneself among them.
    pub fn edges(&self) -> u64 {
        self.edges
    }

    /// The edge of this number: who follows, who is followed.
    pub fn edge(&self, number: u64) -> (u32, u32) {
        let mut stream = Stream::new(self.seed, Purpose::Edge, number);
        let (mut src, mut dst, mut bits) = (0_u64, 0_u64, 0);
        for level in 0..self.scale {
            // One random number decides two levels.
            bits = if level % 2 == 0 { stream.next() } else { bits >> 32 };
            let at = bits & 0xffff_ffff;
            src = src << 1 | u64::from(at >= AB);
            dst = dst << 1 | u64::from((A..AB).contains(&at) || at >= ABC);
        }
        (self.scramble.of(src) as u32, self.scramble.of(dst) as u32)
    }

    /// All edges, as they fall.
    pub fn all(&self) -> Vec<(u32, u32)> {
        (0..self.edges).into_par_iter().map(|e| self.edge(e)).collect()
    }

    /// All different edges, none of oneself, by who follows; 8 bytes an edge.
    pub fn distinct(&self) -> Vec<(u32, u32)> {
        let mut edges = self.all();
        edges.retain(|(src, dst)| src != dst);
        edges.par_sort_unstable();
        edges.dedup();
        edges
    }
}
