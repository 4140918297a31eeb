//! What communities are looked for in: the graph itself, then ever smaller networks of communities.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::FollowGraph;
use crate::lists::Lists;

/// Nodes with weighted ties.
pub(super) trait Level: Sync {
    fn nodes(&self) -> usize;

    /// The weights of a node's ties, summed, with those inside it twice.
    fn weight(&self, node: u32) -> u64;

    /// Calls with each other node tied to this one, and the weight of the tie.
    fn ties(&self, node: u32, call: impl FnMut(u32, u32));
}

/// The undirected view of a graph, every tie of weight 1.
pub(super) struct Whole<'a> {
    graph: &'a FollowGraph,
    ties: Vec<u32>,
}

impl<'a> Whole<'a> {
    /// # Panics
    /// If there are more ties than a `u32` can count.
    pub(super) fn new(graph: &'a FollowGraph) -> Self {
        let count = |account| graph.neighbours(account).count() as u32;
        let whole = Self { graph, ties: graph.numbers().into_par_iter().map(count).collect() };
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
        self.ties.len()
    }

    fn weight(&self, node: u32) -> u64 {
        u64::from(self.ties[node as usize])
    }

    #[inline]
    fn ties(&self, node: u32, mut call: impl FnMut(u32, u32)) {
        let (a, b) = (self.graph.following(node), self.graph.followers(node));
        let (mut i, mut j) = (0, 0);
        while i < a.len() && j < b.len() {
            let (x, y) = (a[i], b[j]);
            i += usize::from(x <= y);
            j += usize::from(y <= x);
            call(x.min(y), 1);
        }
        a[i..].iter().chain(&b[j..]).for_each(|&x| call(x, 1));
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

    #[inline]
    fn ties(&self, node: u32, mut call: impl FnMut(u32, u32)) {
        let node = node as usize;
        self.ties[self.starts[node]..self.starts[node + 1]].iter().for_each(|&(other, weight)| call(other, weight));
    }
}

/// How strongly something is tied to each community. An array over all, as most lookups then hit the few large ones in
/// the cache, and a list of those that are not zero.
pub(super) struct Links {
    weight: Vec<u32>,
    touched: Vec<u32>,
}

impl Links {
    pub(super) fn new(communities: usize) -> Self {
        Self { weight: vec![0; communities], touched: Vec::new() }
    }

    #[inline]
    pub(super) fn add(&mut self, community: u32, weight: u32) {
        let sum = &mut self.weight[community as usize];
        if *sum == 0 {
            self.touched.push(community);
        }
        *sum += weight;
    }

    #[inline]
    pub(super) fn of(&self, community: u32) -> u32 {
        self.weight[community as usize]
    }

    /// Calls with each community that is not zero, in the order met, and makes all zero.
    pub(super) fn drain(&mut self, mut call: impl FnMut(u32, u32)) {
        for community in self.touched.drain(..) {
            call(community, std::mem::take(&mut self.weight[community as usize]));
        }
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
