//! Communities, betweenness, reach and likeness against their definitions; and the same bits on 1, 2 and 8 threads.
#![allow(clippy::unwrap_used)]

use netcensus_graph::betweenness::betweenness;
use netcensus_graph::communities::{Search, leiden, louvain, modularity};
use netcensus_graph::reach::{Sketch, audience, lost};
use netcensus_graph::similar::{Side, Signatures, jaccard};
use netcensus_graph::{FollowGraph, Group};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

fn graphs() -> impl Strategy<Value = (usize, Vec<(u32, u32)>)> {
    (1_u32..24).prop_flat_map(|n| (Just(n as usize), vec((0..n, 0..n), 0..3 * n as usize)))
}

fn graph(n: usize, follows: &[(u32, u32)]) -> FollowGraph {
    FollowGraph::from_follows(n, follows.to_vec()).unwrap().0
}

/// Q, pair by pair.
fn by_pairs(graph: &FollowGraph, of: &[u32], resolution: f64) -> f64 {
    let n = graph.accounts() as u32;
    let ties: Vec<f64> = (0..n).map(|v| graph.neighbours(v).count() as f64).collect();
    let twice: f64 = ties.iter().sum();
    let pairs = (0..n).flat_map(|a| (0..n).map(move |b| (a as usize, b as usize)));
    let together = pairs.filter(|&(a, b)| of[a] == of[b]);
    let excess = together.map(|(a, b)| {
        let tied = f64::from(u8::from(graph.neighbours(a as u32).any(|u| u as usize == b)));
        tied - resolution * ties[a] * ties[b] / twice
    });
    if twice == 0.0 { 0.0 } else { excess.sum::<f64>() / twice }
}

/// The shortest ways between all, by their lengths and counts.
fn by_ways(graph: &FollowGraph) -> Vec<f64> {
    let n = graph.accounts();
    let (mut length, mut ways) = (vec![vec![usize::MAX; n]; n], vec![vec![0.0; n]; n]);
    for s in 0..n {
        (length[s][s], ways[s][s]) = (0, 1.0);
        for step in 1..n {
            for v in (0..n).filter(|&v| length[s][v] >= step).collect::<Vec<_>>() {
                let before = graph.followers(v as u32).into_owned().into_iter().map(|u| u as usize);
                let count: f64 = before.filter(|&u| length[s][u] == step - 1).map(|u| ways[s][u]).sum();
                if count > 0.0 {
                    (length[s][v], ways[s][v]) = (step, count);
                }
            }
        }
    }
    let through = |v: usize| {
        let pairs = (0..n).flat_map(|s| (0..n).map(move |t| (s, t))).filter(|&(s, t)| s != v && t != v && s != t);
        let share = |(s, t): (usize, usize)| match length[s][v].saturating_add(length[v][t]) {
            usize::MAX => 0.0,
            sum if sum == length[s][t] => ways[s][v] * ways[v][t] / ways[s][t],
            _ => 0.0,
        };
        pairs.map(share).sum()
    };
    (0..n).map(through).collect()
}

fn is_connected(graph: &FollowGraph, of: &[u32], community: u32) -> bool {
    let members: Vec<u32> = (0..of.len() as u32).filter(|&v| of[v as usize] == community).collect();
    let (mut met, mut reached) = (Group::from_members(of.len(), [members[0]]), vec![members[0]]);
    while let Some(v) = reached.pop() {
        reached.extend(graph.neighbours(v).filter(|&u| of[u as usize] == community && met.insert(u)));
    }
    met.len() == members.len()
}

proptest! {
    #[test]
    fn communities_are_what_they_say((n, follows) in graphs(), seed: u64, resolution in 0.2..3.0_f64) {
        let graph = graph(n, &follows);
        for (method, connected) in [(louvain as fn(&_, &_) -> _, false), (leiden, true)] {
            let found = method(&graph, &Search { seed, resolution, ..Search::default() });
            prop_assert!((found.modularity - by_pairs(&graph, &found.of_account, resolution)).abs() < 1e-12);
            prop_assert!((found.modularity - modularity(&graph, &found.of_account, resolution)).abs() < 1e-12);
            let sizes: Vec<usize> =
                (0..found.count as u32).map(|c| found.of_account.iter().filter(|&&of| of == c).count()).collect();
            prop_assert!(sizes.is_sorted_by(|a, b| a >= b) && sizes.iter().all(|&size| size > 0));
            prop_assert_eq!(sizes.iter().sum::<usize>(), n);
            // No worse than everyone alone, and nobody without ties is with anyone.
            let alone: Vec<u32> = (0..n as u32).collect();
            prop_assert!(found.modularity >= by_pairs(&graph, &alone, resolution) - 1e-12);
            for v in (0..n).filter(|&v| graph.neighbours(v as u32).next().is_none()) {
                prop_assert_eq!(sizes[found.of_account[v] as usize], 1);
            }
            if connected {
                prop_assert!((0..found.count as u32).all(|c| is_connected(&graph, &found.of_account, c)));
            }
        }
    }

    #[test]
    fn betweenness_from_all_is_by_definition((n, follows) in graphs(), seed: u64) {
        let graph = graph(n, &follows);
        let found = betweenness(&graph, n, seed);
        for ((a, b), error) in found.value.iter().zip(by_ways(&graph)).zip(&found.standard_error) {
            prop_assert!((a - b).abs() < 1e-9 && *error == 0.0);
        }
    }

    #[test]
    fn reach_is_by_definition((n, follows) in graphs(), set in btree_set(0_u32..24, 0..8), others in btree_set(0_u32..24, 0..8)) {
        let graph = graph(n, &follows);
        let group = |of: &std::collections::BTreeSet<u32>| Group::from_members(n, of.iter().copied().filter(|&v| (v as usize) < n));
        let (set, others) = (group(&set), group(&others));
        let hears = |v: u32, of: &Group, but: &Group| graph.following(v).iter().any(|&u| of.contains(u) && !but.contains(u));
        let everyone = || 0..n as u32;
        let expected: Vec<u32> = everyone().filter(|&v| hears(v, &set, &Group::new(n))).collect();
        prop_assert_eq!(audience(&graph, &set).iter().collect::<Vec<_>>(), expected);
        let expected: Vec<u32> = everyone()
            .filter(|&v| !set.contains(v) && hears(v, &set, &Group::new(n)) && !hears(v, &others, &set)).collect();
        prop_assert_eq!(lost(&graph, &set, &others).iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn like_accounts_are_candidates((n, follows) in graphs(), seed: u64) {
        let graph = graph(n, &follows);
        for side in [Side::Following, Side::Followers, Side::Tied] {
            let list = |v: u32| match side {
                Side::Following => graph.following(v).to_vec(),
                Side::Followers => graph.followers(v).to_vec(),
                Side::Tied => graph.neighbours(v).collect(),
            };
            let signatures = Signatures::new(&graph, side, (0..n as u32).collect(), 16, seed);
            let found = signatures.candidates(4, 4, n, 1);
            for (a, b) in (0..n as u32).flat_map(|b| (0..b).map(move |a| (a, b))) {
                let both = list(a).iter().filter(|u| list(b).contains(u)).count() as f64;
                let either = (list(a).len() + list(b).len()) as f64 - both;
                let expected = if either == 0.0 { 0.0 } else { both / either };
                prop_assert_eq!(jaccard(&graph, side, a, b), expected);
                prop_assert!(expected < 1.0 || found.pairs.contains(&(a, b)));
            }
        }
    }
}

/// Parts with more follows inside, one account that nearly everybody follows, and some without ties.
fn large() -> FollowGraph {
    let n = 12_000_u64;
    let mut state = 3_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut follows: Vec<(u32, u32)> = (1..n - 300).map(|v| (v as u32, 0)).collect();
    for _ in 0..60_000 {
        let (src, part) = (random(n - 300), 40 + random(60));
        let inside = (src % part + part * random((n - 300) / part)).min(n - 301);
        follows.push((src as u32, if random(4) > 0 { inside } else { random(n - 300) } as u32));
    }
    graph(n as usize, &follows)
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let graph = large();
    let n = graph.accounts();
    let (set, others) =
        (Group::from_members(n, (0..n as u32).step_by(5)), Group::from_members(n, (1..n as u32).step_by(9)));
    let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let all = || {
        let found = betweenness(&graph, 20, 8);
        let signatures = Signatures::new(&graph, Side::Tied, (0..n as u32).collect(), 64, 1);
        let candidates = signatures.candidates(16, 4, 50, 4);
        let confirmed = Signatures::confirmed(&graph, Side::Tied, &candidates, 0.2);
        let search = Search { seed: 1, ..Search::default() };
        (
            (louvain(&graph, &search), leiden(&graph, &search)),
            (bits(&found.value), bits(&found.standard_error)),
            (signatures, candidates, confirmed),
            (audience(&graph, &set), lost(&graph, &set, &others), Sketch::of_audience(&graph, &set, 10)),
        )
    };
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(all);
    let one = on(1);
    assert!(one.0.1.count > 300 && one.0.1.modularity > 0.1 && !one.2.1.pairs.is_empty() && one.3.1.len() > 10);
    assert!((0..one.0.1.count as u32).all(|c| is_connected(&graph, &one.0.1.of_account, c)));
    let reached = one.3.0.len() as f64;
    assert!((one.3.2.estimate() - reached).abs() < 3.0 * one.3.2.standard_error() * reached);
    assert!(one == on(2) && one == on(8));
}

#[test]
fn sampled_betweenness_is_unbiased_with_its_stated_error() {
    let follows: Vec<(u32, u32)> = (0..600_u32).map(|i| (i * 7 % 101, i * i % 97)).collect();
    let graph = graph(101, &follows);
    let exact = betweenness(&graph, 101, 0).value;
    let most = (0..101).max_by(|&a, &b| exact[a].total_cmp(&exact[b])).unwrap();
    let (mut sum, mut squares, mut stated) = (0.0, 0.0, 0.0);
    for seed in 0..1000 {
        let found = betweenness(&graph, 25, seed);
        assert_eq!(found.starts, 25);
        sum += found.value[most] - exact[most];
        squares += (found.value[most] - exact[most]).powi(2);
        stated += found.standard_error[most].powi(2);
    }
    let error = (squares / 1000.0_f64).sqrt();
    assert!((sum / 1000.0_f64).abs() < 4.0 * error / 1000.0_f64.sqrt());
    assert!((0.9..1.1).contains(&((stated / 1000.0).sqrt() / error)));
}
