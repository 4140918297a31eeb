//! What communities are looked for in: the graph itself, then ever smaller networks of communities.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use super::batches::Links;
use crate::FollowGraph;
use crate::lists::Lists;

/// Nodes with weighted ties.
pub(super) trait Level: Sync {
    fn nodes(&self) -> usize;

    /// The weights of a node's ties, summed, with those inside it twice.
    fn weight(&self, node: u32) -> u64;

    /// Calls with each other node tied to this one, and the weight of the tie. A tie may come again, then of weight 0.
    fn ties(&self, node: u32, call: impl FnMut(u32, u32));

    /// How many entries the lists of all nodes have: so often is called with ties.
    fn entries(&self) -> usize;

    /// How many entries the lists of one node have.
    fn entries_of(&self, node: u32) -> usize;
}

/// The undirected view of a graph, every tie of weight 1.
pub(super) struct Whole<'a> {
    graph: &'a FollowGraph,
    mutual: Mutual,
    ties: Vec<u32>,
}

impl<'a> Whole<'a> {
    /// # Panics
    /// If there are more ties than a `u32` can count.
    pub(super) fn new(graph: &'a FollowGraph) -> Self {
        let mut whole = Self { graph, mutual: Mutual::new(graph), ties: Vec::new() };
        let count = |account| {
            let mut count = 0;
            whole.ties(account, |_, weight| count += weight);
            count
        };
        whole.ties = graph.numbers().into_par_iter().map(count).collect();
        assert!(whole.total() / 2 <= u64::from(u32::MAX), "more ties than a u32 can count");
        whole
    }

    /// Twice the number of ties.
    pub(super) fn total(&self) -> u64 {
        self.ties.iter().map(|&ties| u64::from(ties)).sum()
    }
}

impl Level for Whole<'_> {
    fn nodes(&self) -> usize {
        self.graph.accounts()
    }

    fn weight(&self, node: u32) -> u64 {
        u64::from(self.ties[node as usize])
    }

    fn entries(&self) -> usize {
        2 * self.graph.follows()
    }

    fn entries_of(&self, node: u32) -> usize {
        self.graph.out_degree(node) + self.graph.in_degree(node)
    }

    #[inline]
    fn ties(&self, node: u32, mut call: impl FnMut(u32, u32)) {
        self.graph.following(node).iter().for_each(|&other| call(other, 1));
        for (followers, &mutual) in self.graph.followers(node).chunks(8).zip(self.mutual.of(node)) {
            (0..).zip(followers).for_each(|(i, &other)| call(other, u32::from(mutual >> i & 1 == 0)));
        }
    }
}

/// Of each follower in the graph's lists whether it is followed back: a bit each, an account's from a whole byte on. So
/// the two lists of an account need not be merged each time that its ties are gone through.
struct Mutual {
    starts: Vec<u32>,
    bits: Vec<u8>,
}

impl Mutual {
    fn new(graph: &FollowGraph) -> Self {
        let mut end = 0_u32;
        let start = |account| {
            let start = end;
            end = end.checked_add(graph.in_degree(account).div_ceil(8) as u32)?;
            Some(start)
        };
        let starts = graph.numbers().map(start).collect::<Option<Vec<u32>>>();
        let parts = graph.followers_lists().ranges(8 * rayon::current_num_threads());
        let bits = parts.into_par_iter().flat_map_iter(|accounts| {
            let mut bits = Vec::new();
            accounts.for_each(|account| mutual(&graph.following(account), &graph.followers(account), &mut bits));
            bits
        });
        Self { starts: starts.expect("more ties than a u32 can count"), bits: bits.collect() }
    }

    /// The bits of the account's followers, and more.
    #[inline]
    fn of(&self, account: u32) -> &[u8] {
        &self.bits[self.starts[account as usize] as usize..]
    }
}

/// Appends for each follower whether it is followed, by merging the two lists.
fn mutual(following: &[u32], followers: &[u32], bits: &mut Vec<u8>) {
    let start = bits.len();
    bits.resize(start + followers.len().div_ceil(8), 0);
    let (mut i, mut j) = (0, 0);
    while i < following.len() && j < followers.len() {
        let (followed, follower) = (following[i], followers[j]);
        bits[start + j / 8] |= u8::from(followed == follower) << (j % 8);
        i += usize::from(followed <= follower);
        j += usize::from(follower <= followed);
    }
}

/// A network whose nodes are the communities of another.
pub(super) struct Coarse {
    weights: Vec<u64>,
    starts: Vec<usize>,
    ties: Vec<(u32, u32)>,
}

impl Coarse {
    /// Makes one node of each of the `count` communities.
    pub(super) fn new(fine: &impl Level, community: &[u32], count: usize) -> Self {
        let members = Lists::of_pairs(count, community.iter().copied().zip(0..));
        let piece = count.div_ceil(8 * rayon::current_num_threads()).max(64);
        let starts: Vec<usize> = (0..count).step_by(piece).collect();
        type Made = (Vec<(u32, u32)>, Vec<usize>);
        let made: Vec<Made> = starts
            .into_par_iter()
            .with_max_len(1)
            .map_init(
                || Links::new(count),
                |links, start| {
                    let (mut ties, mut lengths) = (Vec::new(), Vec::new());
                    for node in start as u32..(start + piece).min(count) as u32 {
                        for &member in members.of(node) {
                            links.expect(fine.entries_of(member));
                            fine.ties(member, |other, weight| links.add(community[other as usize], weight));
                        }
                        let before = ties.len();
                        links.drain(|other, weight| {
                            if other != node {
                                ties.push((other, weight));
                            }
                        });
                        lengths.push(ties.len() - before);
                    }
                    (ties, lengths)
                },
            )
            .collect();
        let mut starts = Vec::with_capacity(count + 1);
        starts.push(0);
        let mut ties = Vec::with_capacity(made.iter().map(|(ties, _)| ties.len()).sum());
        let mut end = 0;
        for (more, lengths) in made {
            ties.extend_from_slice(&more);
            for length in lengths {
                end += length;
                starts.push(end);
            }
        }
        let mut weights = vec![0; count];
        for (node, &community) in (0..).zip(community) {
            weights[community as usize] += fine.weight(node);
        }
        Self { weights, starts, ties }
    }
}

impl Level for Coarse {
    fn nodes(&self) -> usize {
        self.weights.len()
    }

    fn weight(&self, node: u32) -> u64 {
        self.weights[node as usize]
    }

    fn entries(&self) -> usize {
        self.ties.len()
    }

    fn entries_of(&self, node: u32) -> usize {
        self.starts[node as usize + 1] - self.starts[node as usize]
    }

    #[inline]
    fn ties(&self, node: u32, mut call: impl FnMut(u32, u32)) {
        let node = node as usize;
        self.ties[self.starts[node]..self.starts[node + 1]].iter().for_each(|&(other, weight)| call(other, weight));
    }
}

/// Numbers communities from 0 without gaps, in the order of their first nodes; says how many there are.
pub(super) fn renumber(community: &mut [u32]) -> usize {
    let most = community.iter().max().map_or(0, |&most| most as usize + 1);
    let (mut number, mut count) = (vec![u32::MAX; most], 0);
    for community in community {
        let number = &mut number[*community as usize];
        if *number == u32::MAX {
            *number = count;
            count += 1;
        }
        *community = *number;
    }
    count as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::graph;
    use crate::hash::mix;

    /// A hub, some accounts without followers, some follows mutual.
    #[test]
    fn ties_count_once_and_networks_of_communities_keep_all_weight() {
        let n = 70_000;
        let hub = (1..n).filter(|v| v % 50 > 0).flat_map(|v| [(v, 3), (3, v)].into_iter().take(1 + v as usize % 2));
        let others = (0..60_000).map(|i| ((mix(i) % 900) as u32, (mix(!i) % 900) as u32));
        let graph = graph(n as usize, &hub.chain(others).collect::<Vec<_>>());
        let whole = Whole::new(&graph);
        for account in graph.numbers() {
            let mut tied = Vec::new();
            whole.ties(account, |other, weight| tied.extend((weight > 0).then_some(other)));
            tied.sort_unstable();
            assert!(tied.iter().copied().eq(graph.neighbours(account)), "{account}");
            assert_eq!(whole.weight(account), tied.len() as u64);
        }

        let mut of: Vec<u32> = graph.numbers().map(|v| v % 71).collect();
        let count = renumber(&mut of);
        let coarse = Coarse::new(&whole, &of, count);
        let outside = (0..count as u32).map(|node| {
            let mut sum = 0;
            coarse.ties(node, |other, weight| sum += if other == node { 0 } else { u64::from(weight) });
            sum
        });
        let differ = |v: u32| graph.neighbours(v).filter(|&u| of[u as usize] != of[v as usize]).count() as u64;
        assert_eq!(outside.sum::<u64>(), graph.numbers().map(differ).sum());
        assert_eq!((0..count as u32).map(|node| coarse.weight(node)).sum::<u64>(), whole.total());
    }
}
