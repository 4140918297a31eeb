//! Moving single nodes to the community where modularity gains most, until hardly any gains.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::Method;
use super::batches::{Links, Order, Threads, next_batch};
use super::level::Level;
use crate::Group;
use crate::hash::Draws;

/// Gains, in ties, that are not worth a move: below what rounding makes up.
const LEAST: f64 = 1e-9;
/// A community is passed over if it gained no more than so many ties beyond the best so far even if it weighed nothing.
/// This spares most look-ups of what communities weigh.
const SLIGHT: f64 = 1e-3;
/// Whether it is worth to go on is asked when so many entries of lists are read, or such a part of all.
const ASKED: (usize, usize) = (1 << 17, 16);
/// At most so often are all nodes that wait gone through.
const SWEEPS: usize = 32;

/// Which community each node is in, numbered below the number of nodes.
struct Communities {
    of: Vec<u32>,
    weight: Vec<u64>,
    /// Those that nobody is in.
    empty: Vec<u32>,
    price: f64,
}

/// A node that would gain elsewhere.
struct Move {
    node: u32,
    /// None for a community of its own.
    to: Option<u32>,
    /// By how much its ties there outweigh those to where it is.
    links: i64,
}

/// Moves nodes between communities until hardly any gains; says whether that was worth it: whether, from the start, of as
/// many entries of lists as `method` has patience for one moved its node.
///
/// Nodes are asked in an order by lot, and again when a neighbour has moved to another community. They choose in
/// batches: those of one batch by how things are before it, in parallel; then they move, one after another, if they
/// still gain by what the communities weigh by then. A batch is so small a part of the network that hardly any two of it
/// meet, and as it does not depend on the threads, nor does what comes out.
pub(super) fn settle(level: &impl Level, of: &mut Vec<u32>, method: &Method, draws: &mut Draws) -> bool {
    let n = level.nodes() as u32;
    let order = Order::by_lot(level.nodes(), draws);
    let waits: Vec<AtomicBool> = (0..n).into_par_iter().map(|_| AtomicBool::new(true)).collect();
    // While everyone is alone nearly all move, and their neighbours need not be told: all are asked again.
    let alone = (0..).zip(&*of).all(|(node, &community)| node == community);
    let threads = Threads::new(level.nodes());
    let mut communities = Communities::new(level, std::mem::take(of), method.price);
    let window = ASKED.0.max(level.entries() / ASKED.1);
    let (mut read, mut moved, mut worth) = (0, 0, false);
    'sweeps: for sweep in 0..SWEEPS {
        let tell = sweep > 0 || !alone;
        let mut nodes = order.iter().filter(|&node| waits[node as usize].swap(!tell, Relaxed)).peekable();
        if nodes.peek().is_none() {
            break;
        }
        while let Some((batch, entries)) = next_batch(level, &mut nodes) {
            let moves = threads.filter_map(&batch, |node, links| {
                let choice = communities.choice(level, node, links)?;
                if tell {
                    communities.wake_neighbours(level, &choice, &waits);
                }
                Some(choice)
            });
            for choice in moves {
                if communities.go(level, &choice) {
                    moved += 1;
                } else {
                    waits[choice.node as usize].store(true, Relaxed);
                }
            }
            read += entries;
            if read >= window {
                if moved < read / method.patience {
                    break 'sweeps;
                }
                (worth, read, moved) = (true, 0, 0);
            }
        }
        worth |= moved > 0;
    }
    *of = communities.of;
    worth
}

impl Communities {
    fn new(level: &impl Level, of: Vec<u32>, price: f64) -> Self {
        let mut weight = vec![0; of.len()];
        (0..).zip(&of).for_each(|(node, &community)| weight[community as usize] += level.weight(node));
        let used = Group::from_members(of.len(), of.iter().copied());
        let empty = (0..of.len() as u32).filter(|&community| !used.contains(community)).collect();
        Self { of, weight, empty, price }
    }

    /// Where modularity gains most by the node: with l ties into a community of weight K without the node of weight k,
    /// l − k·K·γ/2m. None where nothing gains more than to stay.
    #[inline]
    fn choice(&self, level: &impl Level, node: u32, links: &mut Links) -> Option<Move> {
        links.expect(level.entries_of(node));
        level.ties(node, |other, weight| links.add(self.of[other as usize], weight));
        let (own, weight) = (self.of[node as usize], level.weight(node));
        let price = self.price * weight as f64;
        let gain = |links: u32, others: u64| f64::from(links) - price * others as f64;
        let (here, rest) = (links.of(own), self.weight[own as usize] - weight);
        let (mut best, mut choice) = (gain(here, rest), None);
        if best < -LEAST && rest > 0 {
            (best, choice) = (0.0, Some((None, 0)));
        }
        links.drain(|community, links| {
            if f64::from(links) > best + SLIGHT && community != own {
                let gain = gain(links, self.weight[community as usize]);
                if gain > best + LEAST {
                    (best, choice) = (gain, Some((Some(community), links)));
                }
            }
        });
        let (to, there) = choice?;
        Some(Move { node, to, links: i64::from(there) - i64::from(here) })
    }

    /// Has the neighbours of a node that moves asked again, where it does not move to them.
    fn wake_neighbours(&self, level: &impl Level, choice: &Move, waits: &[AtomicBool]) {
        level.ties(choice.node, |other, _| {
            if Some(self.of[other as usize]) != choice.to {
                waits[other as usize].store(true, Relaxed);
            }
        });
    }

    /// Moves a node, if it still gains and those it would join have not all left.
    fn go(&mut self, level: &impl Level, choice: &Move) -> bool {
        let (from, weight) = (self.of[choice.node as usize], level.weight(choice.node));
        let Some(to) = choice.to.or(self.empty.last().copied()) else { return false };
        if choice.to.is_some() && self.weight[to as usize] == 0 {
            return false;
        }
        let rest = self.weight[from as usize] - weight;
        let more = self.weight[to as usize] as f64 - rest as f64;
        if choice.links as f64 - self.price * weight as f64 * more <= LEAST {
            return false;
        }
        if choice.to.is_none() {
            self.empty.pop();
        }
        self.of[choice.node as usize] = to;
        self.weight[from as usize] = rest;
        self.weight[to as usize] += weight;
        if rest == 0 {
            self.empty.push(from);
        }
        true
    }
}
