//! Moving single nodes to the community where modularity gains most, until none gains.

use std::collections::VecDeque;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use super::level::{Level, Links};
use crate::Group;
use crate::hash::Draws;

/// Gains, in ties, that are not worth a move: below what rounding makes up.
const LEAST: f64 = 1e-9;
/// At most so many nodes choose at the same time.
const BATCH: usize = 4096;

/// Which community each node is in, numbered below the number of nodes.
struct Communities {
    of: Vec<u32>,
    weight: Vec<u64>,
    size: Vec<u32>,
}

/// Where a node goes.
#[derive(Clone, Copy, PartialEq)]
enum Choice {
    Stay,
    Join(u32),
    /// Leave for a community of its own.
    Alone,
}

/// Moves nodes between communities until none gains; says whether any moved.
///
/// A node waits in a queue, at first all in an order by lot, and is queued again when a neighbour moves to another
/// community. Nodes that come up for the first time choose in batches: those of one batch by how things are before it,
/// in parallel, and then all move. A batch is so small a part of the network that hardly any two of it meet, and as it
/// does not depend on the threads, nor does what comes out. After as many choices as there are nodes it is one by one, as
/// else some nodes chase each other without end: then every move is a gain, and gains end.
///
/// `price` is γ / 2m: what a pair of nodes in one community costs, by the product of their weights.
pub(super) fn settle(level: &impl Level, of: &mut Vec<u32>, price: f64, draws: &mut Draws) -> bool {
    let n = level.nodes();
    let mut communities = Communities { of: std::mem::take(of), weight: vec![0; n], size: vec![0; n] };
    for (node, &community) in (0..).zip(&communities.of) {
        communities.weight[community as usize] += level.weight(node);
        communities.size[community as usize] += 1;
    }
    let mut empty: Vec<u32> = (0..n as u32).filter(|&c| communities.size[c as usize] == 0).collect();
    let mut links: Vec<Links> = (0..rayon::current_num_threads()).map(|_| Links::new(n)).collect();
    let mut queue = VecDeque::from(draws.shuffled(n));
    queue.retain(|&node| level.weight(node) > 0);
    let mut queued = Group::from_members(n, 0..n as u32);
    let (mut batch, mut choices) = (Vec::new(), Vec::new());
    let (mut moved, mut chosen) = (false, 0);
    while !queue.is_empty() {
        let size = if chosen < n { (n / 256).clamp(1, BATCH) } else { 1 };
        batch.clear();
        batch.extend(queue.drain(..size.min(queue.len())));
        chosen += batch.len();
        batch.iter().for_each(|&node| {
            queued.remove(node);
        });
        choose(level, &communities, &batch, price, &mut links, &mut choices);
        for (&node, &choice) in batch.iter().zip(&choices) {
            let to = match choice {
                Choice::Stay => continue,
                Choice::Join(to) => to,
                Choice::Alone => match empty.pop() {
                    Some(to) => to,
                    None => continue,
                },
            };
            let (from, weight) = (communities.of[node as usize], level.weight(node));
            communities.of[node as usize] = to;
            communities.weight[from as usize] -= weight;
            communities.weight[to as usize] += weight;
            communities.size[from as usize] -= 1;
            communities.size[to as usize] += 1;
            if communities.size[from as usize] == 0 {
                empty.push(from);
            }
            level.ties(node, |other, _| {
                if communities.of[other as usize] != to && queued.insert(other) {
                    queue.push_back(other);
                }
            });
            moved = true;
        }
    }
    *of = communities.of;
    moved
}

/// Lets all nodes of a batch choose.
fn choose(
    level: &impl Level,
    communities: &Communities,
    batch: &[u32],
    price: f64,
    links: &mut [Links],
    choices: &mut Vec<Choice>,
) {
    choices.clear();
    if batch.len() < 64 {
        choices.extend(batch.iter().map(|&node| communities.choice(level, node, price, &mut links[0])));
        return;
    }
    let piece = batch.len().div_ceil(links.len());
    let chosen: Vec<Vec<Choice>> = links
        .par_iter_mut()
        .zip(batch.par_chunks(piece))
        .with_max_len(1)
        .map(|(links, nodes)| nodes.iter().map(|&node| communities.choice(level, node, price, links)).collect())
        .collect();
    choices.extend(chosen.into_iter().flatten());
}

impl Communities {
    /// The community that gains most by the node: with l ties into it, of weight K without the node of weight k,
    /// l − k·K·γ/2m. It stays where none gains more.
    #[inline]
    fn choice(&self, level: &impl Level, node: u32, price: f64, links: &mut Links) -> Choice {
        level.ties(node, |other, weight| links.add(self.of[other as usize], weight));
        let (own, weight) = (self.of[node as usize], level.weight(node));
        let price = price * weight as f64;
        let gain = |links: u32, others: u64| f64::from(links) - price * others as f64;
        let mut best = gain(links.of(own), self.weight[own as usize] - weight);
        let mut choice = Choice::Stay;
        if best < -LEAST && self.size[own as usize] > 1 {
            (best, choice) = (0.0, Choice::Alone);
        }
        links.drain(|community, links| {
            if community != own {
                let gain = gain(links, self.weight[community as usize]);
                if gain > best + LEAST {
                    (best, choice) = (gain, Choice::Join(community));
                }
            }
        });
        choice
    }
}
