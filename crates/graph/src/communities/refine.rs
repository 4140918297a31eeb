//! The refinement of Leiden: each community is built up anew from single nodes, and only from parts that are tied.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::batches::{Links, Order, Threads, next_batch};
use super::level::Level;
use crate::hash::Draws;

/// How far, in ties, a gain may lie below the best to have a chance still: it is taken with chance ∝ exp(gain / θ).
const THETA: f64 = 0.01;

/// The parts of communities, each named by the node it began with.
struct Parts<'a, L> {
    level: &'a L,
    community: &'a [u32],
    /// What a community weighs.
    all: Vec<u64>,
    price: f64,
    of: Vec<u32>,
    weight: Vec<u64>,
    /// Ties of each part into the rest of its community.
    within: Vec<u64>,
    alone: Vec<bool>,
}

/// A node that joins a part.
struct Join {
    node: u32,
    to: u32,
    links: u32,
}

/// Splits each community into parts, each connected: starting from single nodes, a node that is alone still joins, by
/// lot, a part of its community that it is tied to, where modularity does not lose. Only a node, and only a part, that is
/// well tied to the rest of the community: by at least as many ties as chance would give, γ·k·(K − k) / 2m.
///
/// Nodes choose in batches, by how things are before it, as in [`settle`](super::moving::settle). Who has been joined by
/// then stays, and whose part has gone elsewhere chooses again. So a node joins one that stays, and parts are connected.
///
/// Returns the part of each node, numbered below the number of nodes.
pub(super) fn refine(level: &impl Level, community: &[u32], price: f64, draws: &mut Draws) -> Vec<u32> {
    let mut parts = Parts::new(level, community, price);
    let (order, seed) = (Order::by_lot(level.nodes(), draws), draws.draw());
    let threads = Threads::new(level.nodes());
    let (mut nodes, mut again) = (order.iter(), Vec::new());
    loop {
        let mut batch = next_batch(level, &mut nodes).map_or_else(Vec::new, |(batch, _)| batch);
        batch.append(&mut again);
        if batch.is_empty() {
            return parts.of;
        }
        for join in threads.filter_map(&batch, |node, links| parts.choice(node, seed, links)) {
            if parts.of[join.to as usize] != join.to {
                again.push(join.node);
            } else if parts.alone[join.node as usize] {
                parts.join(&join);
            }
        }
    }
}

impl<'a, L: Level> Parts<'a, L> {
    fn new(level: &'a L, community: &'a [u32], price: f64) -> Self {
        let n = level.nodes();
        let mut all = vec![0; n];
        (0..).zip(community).for_each(|(node, &community)| all[community as usize] += level.weight(node));
        let within = |node: u32| {
            let (own, mut sum) = (community[node as usize], 0);
            level.ties(node, |other, weight| sum += if community[other as usize] == own { weight } else { 0 });
            u64::from(sum)
        };
        let nodes = || (0..n as u32).into_par_iter();
        Self {
            level,
            community,
            all,
            price,
            of: nodes().collect(),
            weight: nodes().map(|node| level.weight(node)).collect(),
            within: nodes().map(within).collect(),
            alone: vec![true; n],
        }
    }

    fn is_well_tied(&self, part: u32) -> bool {
        let (weight, all) = (self.weight[part as usize], self.all[self.community[part as usize] as usize]);
        self.within[part as usize] as f64 >= self.price * weight as f64 * (all - weight) as f64
    }

    fn choice(&self, node: u32, seed: u64, links: &mut Links) -> Option<Join> {
        let i = node as usize;
        if !self.alone[i] || self.within[i] == 0 || !self.is_well_tied(node) {
            return None;
        }
        let own = self.community[i];
        links.expect(self.level.entries_of(node));
        self.level.ties(node, |other, weight| {
            let inside = u32::from(self.community[other as usize] == own);
            links.add(self.of[other as usize], weight * inside);
        });
        let price = self.price * self.weight[i] as f64;
        let (mut best, mut parts) = (0.0_f64, Vec::new());
        links.drain(|to, links| {
            let gain = f64::from(links) - price * self.weight[to as usize] as f64;
            if gain >= best - 30.0 * THETA && gain >= 0.0 && self.is_well_tied(to) {
                best = gain.max(best);
                parts.push((Join { node, to, links }, gain));
            }
        });
        let chance = |gain: f64| ((gain - best) / THETA).exp();
        let mut lot =
            Draws::new(seed ^ u64::from(node)).unit() * parts.iter().map(|&(_, gain)| chance(gain)).sum::<f64>();
        let drawn = parts.iter().position(|&(_, gain)| {
            lot -= chance(gain);
            lot < 0.0
        });
        let drawn = drawn.or(parts.len().checked_sub(1))?;
        Some(parts.swap_remove(drawn).0)
    }

    /// What is tied within may be a little more than it is: ties to others that joined in the same batch count, still.
    fn join(&mut self, join: &Join) {
        let (i, to) = (join.node as usize, join.to as usize);
        self.of[i] = join.to;
        self.within[to] = self.within[to] + self.within[i] - 2 * u64::from(join.links);
        self.weight[to] += self.weight[i];
        (self.alone[i], self.alone[to]) = (false, false);
    }
}
