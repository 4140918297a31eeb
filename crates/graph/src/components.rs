//! Which parts the graph falls into. A part is named by the smallest number in it, so the names do not depend on how it
//! was found.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::{FollowGraph, Group};

/// How many of each account's first followings and followers are linked before the largest part is looked for.
const FIRST: usize = 2;
/// How many accounts are asked for the largest part.
const ASKED: usize = 1024;

/// The weakly connected component of each account, by its smallest number: two accounts are in one if a way leads from
/// one to the other along ties in the undirected view.
///
/// A forest over the accounts, in which no root has a smaller number than its parent has, joined where a tie leads from
/// tree to tree. A few ties of each account make the largest part nearly whole, whose accounts then need no second
/// look: their other ties are seen from the other end where it matters. O(n + m) at worst, mostly about O(n); 4 bytes
/// an account.
///
/// Sutton, Ben-Nun and Barak, *Optimizing parallel graph connectivity computation via subgraph sampling*, 2018
/// (Afforest).
pub fn weakly_connected(graph: &FollowGraph) -> Vec<u32> {
    let forest = Forest(graph.numbers().map(AtomicU32::new).collect());
    let accounts = || graph.numbers().into_par_iter().with_min_len(4096);
    accounts().for_each(|account| {
        let (following, followers) = (graph.following(account), graph.followers(account));
        following.iter().take(FIRST).for_each(|&other| forest.link(account, other));
        followers.iter().take(FIRST).for_each(|&other| forest.link(account, other));
    });
    forest.flatten();
    let largest = forest.often();
    accounts().for_each(|account| {
        if Some(forest.parent(account)) != largest {
            let (following, followers) = (graph.following(account), graph.followers(account));
            following.iter().skip(FIRST).for_each(|&other| forest.link(account, other));
            followers.iter().skip(FIRST).for_each(|&other| forest.link(account, other));
        }
    });
    forest.flatten();
    forest.0.into_iter().map(AtomicU32::into_inner).collect()
}

/// The connected pieces of a division of the accounts, each named by its smallest number: two accounts are in one if a
/// way leads from one to the other along ties that do not leave their part of the division.
pub(crate) fn connected_within(graph: &FollowGraph, division: &[u32]) -> Vec<u32> {
    let forest = Forest(graph.numbers().map(AtomicU32::new).collect());
    graph.numbers().into_par_iter().with_min_len(4096).for_each(|account| {
        let inside = |&&other: &&u32| division[other as usize] == division[account as usize];
        graph.following(account).iter().filter(inside).for_each(|&other| forest.link(account, other));
    });
    forest.flatten();
    forest.0.into_iter().map(AtomicU32::into_inner).collect()
}

/// Each account's parent: never a larger number than its own; a root's is its own.
///
/// All accesses are relaxed: what a thread sees late is only ever a parent that was right before, a bit further down.
struct Forest(Vec<AtomicU32>);

impl Forest {
    fn parent(&self, account: u32) -> u32 {
        self.0[account as usize].load(Relaxed)
    }

    /// Hangs the larger of two roots under the smaller.
    fn link(&self, a: u32, b: u32) {
        let (mut a, mut b) = (self.parent(a), self.parent(b));
        while a != b {
            let (low, high) = (a.min(b), a.max(b));
            match self.0[high as usize].compare_exchange(high, low, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(parent) if parent == low => break,
                Err(parent) => (a, b) = (self.parent(parent), self.parent(low)),
            }
        }
    }

    /// Hangs every account under its root.
    fn flatten(&self) {
        self.0.par_iter().with_min_len(4096).for_each(|place| {
            let mut root = place.load(Relaxed);
            while self.parent(root) != root {
                root = self.parent(root);
            }
            place.store(root, Relaxed);
        });
    }

    /// The root that most of a fixed sample of accounts hang under.
    fn often(&self) -> Option<u32> {
        let mut roots: Vec<u32> =
            self.0.iter().step_by((self.0.len() / ASKED).max(1)).map(|root| root.load(Relaxed)).collect();
        roots.sort_unstable();
        roots.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map(|same| same[0])
    }
}

/// The strongly connected component of each account, by its smallest number: two accounts are in one if along the
/// follows a way leads from each to the other.
///
/// What can be reached from a hub and reaches it is one, in most networks by far the largest, found by two searches at
/// the same time. The rest falls to Tarjan's algorithm, with a stack of its own in place of recursion. O(n + m); at
/// most 32 bytes an account, and 4 a follow between those of the rest.
///
/// Tarjan, *Depth-first search and linear graph algorithms*, 1972; Fleischer, Hendrickson and Pınar, *On identifying
/// strongly connected components in parallel*, 2000, for the two searches.
pub fn strongly_connected(graph: &FollowGraph) -> Vec<u32> {
    let mut part = vec![NONE; graph.accounts()];
    let both_ways = |&account: &u32| graph.out_degree(account).min(graph.in_degree(account));
    if let Some(hub) = graph.numbers().rev().max_by_key(both_ways) {
        let (ahead, behind) = rayon::join(
            || reached(graph, hub, |account| graph.following(account)),
            || reached(graph, hub, |account| graph.followers(account)),
        );
        let mut name = None;
        for account in ahead.iter().filter(|&account| behind.contains(account)) {
            part[account as usize] = *name.get_or_insert(account);
        }
    }
    let mut search =
        Search { graph, met: vec![0; graph.accounts()], part, open: Vec::new(), way: Vec::new(), ahead: Vec::new() };
    let mut next = 1;
    for account in graph.numbers() {
        if search.part[account as usize] == NONE {
            next = search.from(account, next);
        }
    }
    search.part
}

/// Not yet in a part.
const NONE: u32 = u32::MAX;

/// Everyone that the lists lead to from there, and it itself.
fn reached<'a>(graph: &FollowGraph, from: u32, list: impl Fn(u32) -> Cow<'a, [u32]>) -> Group {
    let mut reached = Group::from_members(graph.accounts(), [from]);
    let mut waiting = vec![from];
    while let Some(account) = waiting.pop() {
        for &other in list(account).iter() {
            if !reached.contains(other) {
                reached.insert(other);
                waiting.push(other);
            }
        }
    }
    reached
}

/// Tarjan's search among the accounts that are in no part yet.
struct Search<'a> {
    graph: &'a FollowGraph,
    /// When each account was met, from 1; 0 if it was not.
    met: Vec<u32>,
    part: Vec<u32>,
    /// Those met whose part is not known yet, in the order of meeting.
    open: Vec<u32>,
    /// The way to where the search is.
    way: Vec<Step>,
    /// Whom those on the way follow and have yet to look at.
    ahead: Vec<u32>,
}

struct Step {
    account: u32,
    /// From where on what is ahead is its own.
    ahead: usize,
    /// The earliest met of the open accounts that can be reached from it, as far as is known.
    earliest: u32,
}

impl Search<'_> {
    /// Searches on from an account that has no part. Times of meeting start at `time`; gives the next one.
    fn from(&mut self, account: u32, mut time: u32) -> u32 {
        self.meet(account, &mut time);
        while let Some(step) = self.way.last_mut() {
            if self.ahead.len() > step.ahead
                && let Some(other) = self.ahead.pop()
            {
                if self.part[other as usize] == NONE {
                    match self.met[other as usize] {
                        0 => self.meet(other, &mut time),
                        when => step.earliest = step.earliest.min(when),
                    }
                }
                continue;
            }
            let (account, earliest) = (step.account, step.earliest);
            self.way.pop();
            if let Some(before) = self.way.last_mut() {
                before.earliest = before.earliest.min(earliest);
            }
            if earliest == self.met[account as usize] {
                let start = self.open.iter().rposition(|&a| a == account).unwrap_or(0);
                let name = self.open[start..].iter().min().copied().unwrap_or(account);
                self.open.drain(start..).for_each(|member| self.part[member as usize] = name);
            }
        }
        time
    }

    fn meet(&mut self, account: u32, time: &mut u32) {
        self.met[account as usize] = *time;
        self.open.push(account);
        self.way.push(Step { account, ahead: self.ahead.len(), earliest: *time });
        *time += 1;
        // Copied, as a list that has to be decoded must not be asked for at each step.
        let following = self.graph.following(account);
        self.ahead.extend(following.iter().rev().filter(|&&other| self.part[other as usize] == NONE));
    }
}

/// How many accounts each part has, largest first, then by name.
pub fn sizes(parts: &[u32]) -> Vec<(u32, u32)> {
    let mut size = vec![0_u32; parts.len()];
    parts.iter().for_each(|&part| size[part as usize] += 1);
    let mut sizes: Vec<(u32, u32)> = (0..).zip(size).filter(|&(_, size)| size > 0).collect();
    sizes.sort_by_key(|&(_, size)| std::cmp::Reverse(size));
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, cycle, graph, path, star, two_triangles};

    #[test]
    fn known_parts() {
        assert_eq!(weakly_connected(&star(5)), [0; 5]);
        assert_eq!(strongly_connected(&star(5)), [0, 1, 2, 3, 4]);
        assert_eq!(strongly_connected(&clique(5)), [0; 5]);
        assert_eq!(strongly_connected(&cycle(5)), [0; 5]);
        assert_eq!(strongly_connected(&path(4)), [0, 1, 2, 3]);
        let two = two_triangles();
        assert_eq!(weakly_connected(&two), [0, 0, 0, 0, 0, 0, 6]);
        assert_eq!(strongly_connected(&two), [0, 0, 0, 3, 4, 5, 6]);
        assert_eq!(sizes(&weakly_connected(&two)), [(0, 6), (6, 1)]);
    }

    #[test]
    fn pieces_stay_within_the_division() {
        assert_eq!(connected_within(&two_triangles(), &[1; 7]), [0, 0, 0, 0, 0, 0, 6]);
        assert_eq!(connected_within(&two_triangles(), &[5, 5, 4, 4, 5, 5, 5]), [0, 0, 2, 2, 4, 4, 6]);
        assert_eq!(connected_within(&cycle(5), &[0, 1, 0, 1, 0]), [0, 1, 2, 3, 0]);
    }

    #[test]
    fn nobody_has_no_parts() {
        let empty = graph(0, &[]);
        assert_eq!(weakly_connected(&empty), []);
        assert_eq!(strongly_connected(&empty), []);
        assert_eq!(sizes(&[]), []);
    }

    #[test]
    fn a_long_way_is_no_deep_recursion() {
        let n = 300_000;
        let long = path(n);
        assert!(weakly_connected(&long).iter().all(|&part| part == 0));
        assert!(strongly_connected(&long).into_iter().eq(0..n));
        assert!(strongly_connected(&cycle(n)).iter().all(|&part| part == 0));
        // Two long rings that share no account; the hub is in the first.
        let ring = |from: u32| (from..from + n / 2).map(move |a| (a, from + (a + 1 - from) % (n / 2)));
        let rings = graph(n as usize, &ring(0).chain(ring(n / 2)).chain([(7, n / 2), (9, 7)]).collect::<Vec<_>>());
        let parts = strongly_connected(&rings);
        assert!((0..n).all(|a| parts[a as usize] == if a < n / 2 { 0 } else { n / 2 }));
    }
}
