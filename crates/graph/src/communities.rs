//! Communities: parts of the graph with more ties inside than chance would give, in the undirected view.
//!
//! With m ties, L(c) of them inside community c and K(c) the ties of its accounts summed,
//!
//! Q = Σ over c of L(c)/m − γ·(K(c)/2m)²
//!
//! is the modularity of a division at resolution γ: the share of ties inside communities less what it would be if ties
//! were dealt out by lot to accounts with as many ties each. Higher γ, smaller communities. It cannot see communities
//! with fewer than about √(2m/γ) ties (Fortunato and Barthélemy 2007), and very different divisions can have nearly the
//! same modularity (Good, de Montjoye and Clauset 2010): compare some seeds before building on one.
//!
//! Newman and Girvan, *Finding and evaluating community structure in networks*, 2004; Reichardt and Bornholdt 2006
//! for γ.

mod batches;
mod level;
mod moving;
mod refine;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use level::{Coarse, Level, Whole, renumber};
use moving::settle;
use refine::refine;

use crate::FollowGraph;
use crate::components::connected_within;
use crate::hash::Draws;

/// Of how many entries of lists that are read one must move its node, or it is not worth to go on: for Louvain, and for
/// Leiden, which is there for who wants the better division.
const PATIENCE: (usize, usize) = (4_000, 16_000);

/// How communities are looked for.
struct Method {
    /// γ / 2m: what a pair of nodes in one community costs, by the product of their weights.
    price: f64,
    /// Whether the nodes of the next network are parts of communities.
    parts: bool,
    patience: usize,
}

/// A division of the accounts into communities.
#[derive(Debug, Clone, PartialEq)]
pub struct Communities {
    /// The community of each account, from 0 for the largest down; equal ones in the order of their first accounts. An
    /// account without ties is one of its own.
    pub of_account: Vec<u32>,
    /// How many there are.
    pub count: usize,
    /// The modularity of the division, at the resolution it was looked for; 0 without ties.
    pub modularity: f64,
}

/// How to look for communities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// γ; above 0.
    pub resolution: f64,
    /// Where the lots come from. The same seed gives the same division, on any number of threads.
    pub seed: u64,
    /// How often to start over from single accounts with the division found so far; at least once. Stops when hardly
    /// any account moves any more.
    pub rounds: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { resolution: 1.0, seed: 0, rounds: 2 }
    }
}

/// The Louvain method: accounts move to the neighbouring community where modularity gains most, in small batches, until
/// hardly any gains; then the communities are the nodes of a smaller network in which the same is done, and so on until
/// there is nothing left to join.
///
/// A community may come out in several pieces that are not tied. Where that matters, take [`leiden`]. About O(m) a
/// level; beside the graph 33 bytes an account, 4 more a thread, a bit a follow, and the network of the first level's
/// communities, 8 bytes for each two of them that are tied, both ways.
///
/// Blondel, Guillaume, Lambiotte and Lefebvre, *Fast unfolding of communities in large networks*, 2008; that only
/// neighbours of who moved are asked again is of Ozaki, Tezuka and Inaba 2016, that a level ends while a few would still
/// gain of Lu, Halappanavar and Kalyanaraman 2015.
///
/// # Panics
/// If the resolution is not above 0, or there are more ties than a `u32` can count.
pub fn louvain(graph: &FollowGraph, search: &Search) -> Communities {
    run(graph, search, false)
}

/// The Leiden method: as [`louvain`], but the nodes of the next network are not the communities themselves but parts of
/// them, built up anew from single nodes and well tied each. So what was joined too early can part again, and every
/// community is connected. Cost as there, 25 bytes an account more.
///
/// Traag, Waltman and van Eck, *From Louvain to Leiden: guaranteeing well-connected communities*, 2019.
///
/// # Panics
/// If the resolution is not above 0, or there are more ties than a `u32` can count.
pub fn leiden(graph: &FollowGraph, search: &Search) -> Communities {
    run(graph, search, true)
}

/// The modularity of a division, of any numbers; 0 without ties. O(n + m).
///
/// # Panics
/// If there is not one community for each account.
pub fn modularity(graph: &FollowGraph, of_account: &[u32], resolution: f64) -> f64 {
    assert_eq!(of_account.len(), graph.accounts(), "one community for each account");
    let mut of_account = of_account.to_vec();
    let count = renumber(&mut of_account);
    of_numbered(&Whole::new(graph), &of_account, count, resolution)
}

fn of_numbered(whole: &Whole<'_>, of_account: &[u32], count: usize, resolution: f64) -> f64 {
    // Whole numbers are summed exactly, in any order.
    let mut weights = vec![0_u64; count];
    (0..).zip(of_account).for_each(|(account, &community)| weights[community as usize] += whole.weight(account));
    let inside_of = |account: u32| {
        let (own, mut sum) = (of_account[account as usize], 0);
        whole.ties(account, |other, weight| sum += if of_account[other as usize] == own { weight } else { 0 });
        u64::from(sum)
    };
    let inside: u64 = (0..of_account.len() as u32).into_par_iter().map(inside_of).sum();
    let twice = whole.total() as f64;
    if twice == 0.0 {
        return 0.0;
    }
    let chance: f64 = weights.iter().map(|&weight| (weight as f64 / twice).powi(2)).sum();
    inside as f64 / twice - resolution * chance
}

fn run(graph: &FollowGraph, search: &Search, parts: bool) -> Communities {
    assert!(search.resolution > 0.0, "the resolution must be above 0, not {}", search.resolution);
    let whole = Whole::new(graph);
    let mut draws = Draws::new(search.seed);
    let price = search.resolution / (whole.total() as f64).max(1.0);
    let method = Method { price, parts, patience: if parts { PATIENCE.1 } else { PATIENCE.0 } };
    let mut of_account: Vec<u32> = graph.numbers().collect();
    for _ in 0..search.rounds.max(1) {
        if !climb(&whole, &mut of_account, &method, &mut draws) {
            break;
        }
    }
    if parts {
        // The connected pieces of each: modularity only gains.
        of_account = connected_within(graph, &of_account);
    }
    let count = by_size(&mut of_account);
    let modularity = of_numbered(&whole, &of_account, count, search.resolution);
    Communities { of_account, count, modularity }
}

/// From the accounts up through ever smaller networks; says whether that was worth it.
fn climb(whole: &Whole<'_>, of_account: &mut Vec<u32>, method: &Method, draws: &mut Draws) -> bool {
    if !settle(whole, of_account, method, draws) {
        return false;
    }
    let mut next = ascend(whole, std::mem::take(of_account), method, draws);
    // Which node of the last network each account is in.
    let mut node: Vec<u32> = std::mem::take(&mut next.node);
    while let Some(level) = next.level {
        settle(&level, &mut next.community, method, draws);
        next = ascend(&level, next.community, method, draws);
        node.iter_mut().for_each(|node| *node = next.node[*node as usize]);
    }
    *of_account = node.into_iter().map(|node| next.community[node as usize]).collect();
    true
}

/// What one level leaves to the next.
struct Above {
    /// The node of the next network that each node is in.
    node: Vec<u32>,
    /// The community of each node of the next network.
    community: Vec<u32>,
    /// None where there is nothing left to join.
    level: Option<Coarse>,
}

/// Makes a network of the communities, or of their parts.
fn ascend(level: &impl Level, mut community: Vec<u32>, method: &Method, draws: &mut Draws) -> Above {
    let count = renumber(&mut community);
    let mut node = if method.parts && count < level.nodes() {
        refine(level, &community, method.price, draws)
    } else {
        community.clone()
    };
    let nodes = renumber(&mut node);
    let mut above = vec![0; nodes];
    node.iter().zip(&community).for_each(|(&node, &community)| above[node as usize] = community);
    let smaller = nodes < level.nodes();
    let next = smaller.then(|| Coarse::new(level, &node, nodes));
    Above { node, community: above, level: next }
}

/// Numbers communities from the largest down; says how many there are.
fn by_size(of_account: &mut [u32]) -> usize {
    let count = renumber(of_account);
    let mut sizes = vec![0_u32; count];
    of_account.iter().for_each(|&community| sizes[community as usize] += 1);
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.sort_by_key(|&community| std::cmp::Reverse(sizes[community as usize]));
    let mut number = vec![0; count];
    (0..).zip(&order).for_each(|(i, &community)| number[community as usize] = i);
    of_account.iter_mut().for_each(|community| *community = number[*community as usize]);
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, graph, star, two_triangles};

    #[test]
    fn modularity_in_closed_form() {
        let two = two_triangles();
        assert!((modularity(&two, &[4, 4, 4, 9, 9, 9, 0], 1.0) - (6.0 / 7.0 - 0.5)).abs() < 1e-12);
        assert!((modularity(&two, &[4, 4, 4, 9, 9, 9, 0], 0.5) - (6.0 / 7.0 - 0.25)).abs() < 1e-12);
        assert!(modularity(&two, &[0; 7], 1.0).abs() < 1e-12);
        assert_eq!(modularity(&graph(3, &[]), &[0, 1, 1], 1.0), 0.0);
    }

    #[test]
    fn known_communities() {
        for method in [louvain, leiden] {
            let search = Search::default();
            let two = method(&two_triangles(), &search);
            assert_eq!((two.of_account, two.count), (vec![0, 0, 0, 1, 1, 1, 2], 3));
            assert!((two.modularity - (6.0 / 7.0 - 0.5)).abs() < 1e-12);
            assert_eq!(method(&clique(9), &search).count, 1);
            assert_eq!(method(&star(9), &search).count, 1);
            assert_eq!(method(&graph(3, &[]), &search).of_account, [0, 1, 2]);
            assert_eq!(method(&graph(0, &[]), &search).count, 0);
            // At a high resolution everyone is alone, at a low one all that are tied are together.
            assert_eq!(method(&two_triangles(), &Search { resolution: 20.0, ..search }).count, 7);
            assert_eq!(method(&two_triangles(), &Search { resolution: 0.01, ..search }).count, 2);
        }
    }

    #[test]
    fn a_ring_of_cliques_is_cut_at_the_bridges() {
        let of = |clique: u32| (0..6).flat_map(move |a| (0..a).map(move |b| (clique * 6 + a, clique * 6 + b)));
        let follows: Vec<_> = (0..10).flat_map(|c| of(c).chain([(c * 6, (c * 6 + 7) % 60)])).collect();
        for method in [louvain, leiden] {
            let found = method(&graph(60, &follows), &Search::default());
            assert_eq!(found.of_account, (0..60).map(|account| account / 6).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "resolution")]
    fn no_resolution_is_refused() {
        leiden(&clique(3), &Search { resolution: 0.0, ..Search::default() });
    }
}
