//! Nodes in batches, on all threads.

use std::sync::{Mutex, PoisonError};

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use super::level::Level;
use crate::hash::Draws;

/// A batch is such a part of the network, by the entries of its lists.
const PART: usize = 256;
/// So many nodes at a time are worth a thread's while.
const PIECE: usize = 16;
/// In a large network so many neighbouring nodes come in a row, as their lists lie side by side; by lot is only the rest.
const ROW: usize = 16;
/// A network has at least so many rows.
const ROWS: usize = 1 << 16;

/// The nodes of a network in an order by lot.
pub(super) struct Order {
    nodes: u32,
    row: u32,
    rows: Vec<u32>,
}

impl Order {
    pub(super) fn by_lot(nodes: usize, draws: &mut Draws) -> Self {
        let row = (nodes / ROWS).clamp(1, ROW);
        Self { nodes: nodes as u32, row: row as u32, rows: draws.shuffled(nodes.div_ceil(row)) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let row = |&row: &u32| row * self.row..(row * self.row).saturating_add(self.row).min(self.nodes);
        self.rows.iter().flat_map(row)
    }
}

/// The next nodes, and how many entries their lists have; none at the end.
pub(super) fn next_batch(level: &impl Level, nodes: &mut impl Iterator<Item = u32>) -> Option<(Vec<u32>, usize)> {
    let (mut batch, mut entries) = (vec![nodes.next()?], 0);
    entries += level.entries_of(batch[0]);
    while entries < level.entries() / PART {
        let Some(node) = nodes.next() else { break };
        entries += level.entries_of(node);
        batch.push(node);
    }
    Some((batch, entries))
}

/// How strongly something is tied to each community. An array over all, as most lookups then hit the few large ones in
/// the cache, and a list of those that are not zero.
pub(super) struct Links {
    weight: Vec<u32>,
    met: Vec<u32>,
    count: usize,
}

impl Links {
    pub(super) fn new(communities: usize) -> Self {
        Self { weight: vec![0; communities], met: Vec::new(), count: 0 }
    }

    /// Makes room for so many more to be added.
    #[inline]
    pub(super) fn expect(&mut self, more: usize) {
        // One more than that, as what is written beyond the last is not counted.
        if self.count + more >= self.met.len() {
            self.met.resize(self.count + more + 1, 0);
        }
    }

    /// As often as was expected.
    #[inline]
    pub(super) fn add(&mut self, community: u32, weight: u32) {
        let sum = &mut self.weight[community as usize];
        // Without a branch, as nobody could foresee which way it goes.
        self.met[self.count] = community;
        self.count += usize::from(*sum == 0 && weight > 0);
        *sum += weight;
    }

    #[inline]
    pub(super) fn of(&self, community: u32) -> u32 {
        self.weight[community as usize]
    }

    /// Calls with each community that is not zero, the last met first, and makes all zero.
    #[inline]
    pub(super) fn drain(&mut self, mut call: impl FnMut(u32, u32)) {
        for &community in self.met[..std::mem::take(&mut self.count)].iter().rev() {
            call(community, std::mem::take(&mut self.weight[community as usize]));
        }
    }
}

/// Links for each thread to count in.
pub(super) struct Threads(Vec<Mutex<Links>>);

impl Threads {
    pub(super) fn new(communities: usize) -> Self {
        Self((0..rayon::current_num_threads()).map(|_| Mutex::new(Links::new(communities))).collect())
    }

    /// What comes of the nodes, in their order, on all threads.
    pub(super) fn filter_map<T: Send>(
        &self,
        nodes: &[u32],
        each: impl Fn(u32, &mut Links) -> Option<T> + Sync,
    ) -> Vec<T> {
        let piece = |nodes: &[u32]| {
            let links = &self.0[rayon::current_thread_index().unwrap_or(0)];
            let mut links = links.lock().unwrap_or_else(PoisonError::into_inner);
            nodes.iter().filter_map(|&node| each(node, &mut links)).collect::<Vec<T>>()
        };
        if nodes.len() <= PIECE {
            return piece(nodes);
        }
        let pieces: Vec<Vec<T>> = nodes.par_chunks(PIECE).with_max_len(1).map(piece).collect();
        pieces.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_everyone_once() {
        for nodes in [0, 1, 255, 70_000, 2_000_003] {
            let mut met = vec![false; nodes];
            Order::by_lot(nodes, &mut Draws::new(1))
                .iter()
                .for_each(|node| assert!(!std::mem::replace(&mut met[node as usize], true)));
            assert!(met.iter().all(|&met| met));
        }
    }

    #[test]
    fn links_add_up() {
        let mut links = Links::new(9);
        for _ in 0..2 {
            links.expect(5);
            [(4, 2), (7, 1), (4, 0), (4, 3), (0, 0)]
                .iter()
                .for_each(|&(community, weight)| links.add(community, weight));
            assert_eq!([0, 4, 7].map(|community| links.of(community)), [0, 5, 1]);
            let mut all = Vec::new();
            links.drain(|community, weight| all.push((community, weight)));
            assert_eq!(all, [(7, 1), (4, 5)]);
        }
    }
}
