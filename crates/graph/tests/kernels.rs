//! Every kernel against its definition, read off an adjacency matrix; and the same bits on 1, 2 and 8 threads.
#![allow(clippy::unwrap_used)]

use netcensus_graph::components::{strongly_connected, weakly_connected};
use netcensus_graph::core::core_numbers;
use netcensus_graph::growth::{Rule, Side, grow};
use netcensus_graph::push::{Push, push};
use netcensus_graph::rank::{Walk, pagerank};
use netcensus_graph::{FollowGraph, Group, Ids, ties};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

/// A graph, a group, and who follows whom as a matrix. Follows repeat and some are of oneself.
#[derive(Debug)]
struct Case {
    follows: Vec<(u32, u32)>,
    members: Vec<u32>,
    matrix: Vec<Vec<bool>>,
}

impl Case {
    fn new(n: usize, follows: Vec<(u32, u32)>, members: Vec<u32>) -> Self {
        let mut matrix = vec![vec![false; n]; n];
        for &(a, b) in &follows {
            matrix[a as usize][b as usize] = a != b;
        }
        Self { follows, members, matrix }
    }

    fn n(&self) -> usize {
        self.matrix.len()
    }

    fn graph(&self) -> FollowGraph {
        FollowGraph::from_follows(self.n(), self.follows.clone()).unwrap().0
    }

    fn group(&self) -> Group {
        Group::from_members(self.n(), self.members.iter().copied())
    }

    fn in_group(&self, v: usize) -> bool {
        self.members.contains(&(v as u32))
    }

    fn tied(&self, a: usize, b: usize) -> bool {
        self.matrix[a][b] || self.matrix[b][a]
    }

    fn count(&self, of: impl Fn(usize, usize) -> bool) -> Vec<u32> {
        (0..self.n()).map(|v| (0..self.n()).filter(|&u| of(v, u)).count() as u32).collect()
    }
}

fn cases() -> impl Strategy<Value = Case> {
    (1_u32..16).prop_flat_map(|n| {
        (vec((0..n, 0..n), 0..(n * n) as usize), btree_set(0..n, 0..=n as usize))
            .prop_map(move |(follows, members)| Case::new(n as usize, follows, members.into_iter().collect()))
    })
}

/// What is left when everyone with fewer than k ties is taken away, for each k in turn.
fn peeled(case: &Case) -> Vec<u32> {
    let mut core = vec![0; case.n()];
    let mut left = vec![true; case.n()];
    for k in 0.. {
        let ties = |left: &[bool], v: usize| (0..case.n()).filter(|&u| left[u] && case.tied(v, u)).count();
        while let Some(v) = (0..case.n()).find(|&v| left[v] && ties(&left, v) < k) {
            left[v] = false;
        }
        if !left.contains(&true) {
            return core;
        }
        (0..case.n()).filter(|&v| left[v]).for_each(|v| core[v] = k as u32);
    }
    core
}

/// PageRank as a system of linear equations, by Gaussian elimination.
fn solved(case: &Case, restart: &[f64], damping: f64) -> Vec<f64> {
    let n = case.n();
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|v| {
            let mut row: Vec<f64> = (0..n)
                .map(|u| {
                    let out = case.matrix[u].iter().filter(|&&f| f).count();
                    let step = match out {
                        0 => restart[v],
                        _ => f64::from(u8::from(case.matrix[u][v])) / out as f64,
                    };
                    f64::from(u8::from(u == v)) - damping * step
                })
                .collect();
            row.push((1.0 - damping) * restart[v]);
            row
        })
        .collect();
    for i in 0..n {
        let pivot = (i..n).max_by(|&a, &b| rows[a][i].abs().total_cmp(&rows[b][i].abs())).unwrap();
        rows.swap(i, pivot);
        for j in (0..n).filter(|&j| j != i) {
            let factor = rows[j][i] / rows[i][i];
            let pivot = rows[i].clone();
            rows[j].iter_mut().zip(&pivot).for_each(|(x, y)| *x -= factor * y);
        }
    }
    (0..n).map(|i| rows[i][n] / rows[i][i]).collect()
}

proptest! {
    #[test]
    fn the_graph_holds_the_follows(case in cases()) {
        let (graph, dropped) = FollowGraph::from_follows(case.n(), case.follows.clone()).unwrap();
        let kept = case.matrix.iter().flatten().filter(|&&f| f).count();
        prop_assert_eq!(graph.follows(), kept);
        prop_assert_eq!(dropped.self_follows, case.follows.iter().filter(|(a, b)| a == b).count());
        prop_assert_eq!(dropped.repeats, case.follows.len() - dropped.self_follows - kept);
        for v in 0..case.n() {
            let list = |of: &dyn Fn(usize) -> bool| (0..case.n()).filter(|&u| of(u)).map(|u| u as u32).collect::<Vec<_>>();
            prop_assert_eq!(graph.following(v as u32), list(&|u| case.matrix[v][u]));
            prop_assert_eq!(graph.followers(v as u32), list(&|u| case.matrix[u][v]));
            prop_assert_eq!(graph.neighbours(v as u32).collect::<Vec<_>>(), list(&|u| case.tied(u, v)));
            for u in 0..case.n() {
                prop_assert_eq!(graph.is_follow(v as u32, u as u32), case.matrix[v][u]);
            }
        }
    }

    #[test]
    fn ties_are_what_they_say(case in cases()) {
        let (graph, group) = (case.graph(), case.group());
        let f = &case.matrix;
        prop_assert_eq!(ties::following_in(&graph, &group), case.count(|v, u| f[v][u] && case.in_group(u)));
        prop_assert_eq!(ties::followers_in(&graph, &group), case.count(|v, u| f[u][v] && case.in_group(u)));
        prop_assert_eq!(ties::reciprocated(&graph, &group), case.count(|v, u| f[v][u] && f[u][v] && case.in_group(u)));
        let all = ties::reciprocity(&graph);
        let returned = all.mutual.iter().sum::<u32>() as f64;
        prop_assert_eq!(all.share, (graph.follows() > 0).then(|| returned / graph.follows() as f64));
        prop_assert_eq!(all.mutual, case.count(|v, u| f[v][u] && f[u][v]));
    }

    #[test]
    fn triangles_are_pairs_of_tied_neighbours(case in cases()) {
        let near = |v, u| case.in_group(u) && case.tied(v, u);
        let pairs = |v| (0..case.n()).flat_map(|g| (0..g).map(move |h| (g, h)))
            .filter(|&(g, h)| near(v, g) && near(v, h) && case.tied(g, h)).count() as u32;
        let expected: Vec<u32> = (0..case.n()).map(pairs).collect();
        prop_assert_eq!(ties::triangles(&case.graph(), &case.group()), expected);
    }

    #[test]
    fn core_numbers_are_what_peeling_leaves(case in cases()) {
        prop_assert_eq!(core_numbers(&case.graph()), peeled(&case));
    }

    #[test]
    fn components_are_who_can_reach_whom(case in cases()) {
        let n = case.n();
        let reach = |step: &dyn Fn(usize, usize) -> bool| {
            let mut reach: Vec<Vec<bool>> = (0..n).map(|a| (0..n).map(|b| a == b || step(a, b)).collect()).collect();
            for (via, a, b) in (0..n).flat_map(|via| (0..n).flat_map(move |a| (0..n).map(move |b| (via, a, b)))) {
                reach[a][b] |= reach[a][via] && reach[via][b];
            }
            reach
        };
        let named = |reach: &[Vec<bool>]| -> Vec<u32> {
            (0..n).map(|a| (0..n).position(|b| reach[a][b] && reach[b][a]).unwrap() as u32).collect()
        };
        prop_assert_eq!(weakly_connected(&case.graph()), named(&reach(&|a, b| case.tied(a, b))));
        prop_assert_eq!(strongly_connected(&case.graph()), named(&reach(&|a, b| case.matrix[a][b])));
    }

    #[test]
    fn a_group_grows_by_those_who_lean_on_it(
        case in cases(), followers: bool, share in 0_u32..12, members in 0_u32..4, rounds in 0_usize..9,
    ) {
        let (n, share) = (case.n(), f64::from(share) / 10.0);
        let side = if followers { Side::Followers } else { Side::Following };
        let listed = |v: usize, u: usize| if followers { case.matrix[u][v] } else { case.matrix[v][u] };
        let mut group: Vec<bool> = (0..n).map(|v| case.in_group(v)).collect();
        let mut waves = vec![case.members.clone()];
        while waves.len() <= rounds {
            let leans = |v: usize| {
                let of = (0..n).filter(|&u| listed(v, u)).count();
                let inside = (0..n).filter(|&u| listed(v, u) && group[u]).count();
                inside > 0 && inside as u32 >= members && inside as f64 / of as f64 >= share
            };
            let wave: Vec<u32> = (0..n).filter(|&v| !group[v] && leans(v)).map(|v| v as u32).collect();
            if wave.is_empty() {
                break;
            }
            wave.iter().for_each(|&v| group[v as usize] = true);
            waves.push(wave);
        }
        let grown = grow(&case.graph(), &case.group(), &Rule { side, share, members, rounds });
        prop_assert_eq!(&grown.waves, &waves);
        prop_assert!(grown.group.iter().eq((0..n as u32).filter(|&v| group[v as usize])));
    }

    #[test]
    fn pushes_come_near_to_pagerank(case in cases(), damping in 0.0..0.95_f64, residual in 0.0..0.1_f64) {
        let (graph, group) = (case.graph(), case.group());
        let exact = pagerank(&graph, Some(&group), &Walk { damping, tolerance: 1e-13, iterations: 2000 });
        for residual in [residual.max(1e-9), 1e-9] {
            let near = push(&graph, &group, &Push { damping, residual });
            prop_assert!(near.ranks.is_sorted_by(|a, b| a.0 < b.0));
            let mut lacks = exact.clone();
            near.ranks.iter().for_each(|&(v, x)| lacks[v as usize] -= x);
            prop_assert!(lacks.iter().all(|&lack| lack > -1e-10 && lack < near.missing + 1e-10));
            prop_assert!((lacks.iter().sum::<f64>() - near.missing).abs() < 1e-10);
            let bound: usize = (0..case.n() as u32).map(|v| graph.out_degree(v).max(1)).sum::<usize>() + group.len();
            prop_assert!(near.missing <= residual * bound as f64);
        }
    }

    #[test]
    fn mean_scores_are_means(case in cases(), scores in vec(0_f32..1.0, 16), prior in 0_f32..1.0, strength in 0_f32..9.0) {
        // Members have no score.
        let n = case.n();
        let scores: Vec<f32> = (0..n).map(|v| if case.in_group(v) { f32::NAN } else { scores[v] }).collect();
        let (over_following, over_followers) = ties::mean_score(&case.graph(), &scores, prior, strength);
        let mean = |of: &dyn Fn(usize) -> bool| {
            let scored: Vec<f64> = (0..n).filter(|&u| of(u) && !case.in_group(u)).map(|u| f64::from(scores[u])).collect();
            let strength = f64::from(strength).max(1e-30);
            (scored.iter().sum::<f64>() + f64::from(prior) * strength) / (scored.len() as f64 + strength)
        };
        for v in 0..n {
            prop_assert!((f64::from(over_following[v]) - mean(&|u| case.matrix[v][u])).abs() < 1e-6);
            prop_assert!((f64::from(over_followers[v]) - mean(&|u| case.matrix[u][v])).abs() < 1e-6);
        }
    }

    #[test]
    fn pagerank_solves_its_equation(case in cases(), damping in 0.0..0.95_f64, personal: bool) {
        let (n, group) = (case.n(), case.group());
        let walk = Walk { damping, tolerance: 1e-13, iterations: 2000 };
        let chosen = |v: usize| !personal || case.in_group(v);
        let size = (0..n).filter(|&v| chosen(v)).count() as f64;
        let restart: Vec<f64> = (0..n).map(|v| if chosen(v) { 1.0 / size } else { 0.0 }).collect();
        let rank = pagerank(&case.graph(), personal.then_some(&group), &walk);
        let expected = if size == 0.0 { vec![0.0; n] } else { solved(&case, &restart, damping) };
        for (x, y) in rank.iter().zip(&expected) {
            prop_assert!((x - y).abs() < 1e-10, "{:?} is not {:?}", rank, expected);
        }
        let mass = f64::from(u8::from(size > 0.0));
        prop_assert!((rank.iter().sum::<f64>() - mass).abs() < 1e-12);
    }

    #[test]
    fn ids_do_not_depend_on_the_order(names in vec("[a-c]{0,3}", 0..40)) {
        let forth = Ids::collect(names.iter().map(String::as_str));
        let back = Ids::collect(names.iter().rev().map(String::as_str));
        let sorted: std::collections::BTreeSet<&String> = names.iter().collect();
        let names = |ids: &Ids| ids.in_order().map(|number| ids.name(number).to_owned()).collect::<Vec<_>>();
        prop_assert!(forth == back && names(&forth).iter().eq(sorted.iter().copied()));
        prop_assert!((0..).zip(&sorted).all(|(number, name)| back.get(name) == Some(number)));
    }
}

/// Heavy-tailed, with one account that nearly everybody follows and some that nobody is tied to.
fn large() -> (FollowGraph, Group) {
    let n = 20_000_u64;
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut follows: Vec<(u32, u32)> = (1..n - 500).map(|v| (v as u32, 0)).collect();
    for _ in 0..150_000 {
        let reach = random(n - 500) + 1;
        follows.push((random(n - 1000) as u32, random(reach) as u32));
    }
    let (graph, _) = FollowGraph::from_follows(n as usize, follows).unwrap();
    (graph, Group::from_members(n as usize, (0..n as u32).filter(|v| v % 7 < 3)))
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let (graph, group) = large();
    let scores: Vec<f32> =
        (0..graph.accounts()).map(|v| if v % 5 == 0 { f32::NAN } else { (v % 97) as f32 / 97.0 }).collect();
    let all = || {
        let (over_following, over_followers) = ties::mean_score(&graph, &scores, 0.1, 3.0);
        let means: Vec<u32> = over_following.iter().chain(&over_followers).map(|x| x.to_bits()).collect();
        let rank =
            |restart| pagerank(&graph, restart, &Walk::default()).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let near = push(&graph, &Group::from_members(graph.accounts(), [7, 77]), &Push::default());
        let rule = Rule { side: Side::Following, share: 0.5, members: 2, rounds: 5 };
        let more = (ties::reciprocity(&graph), near, grow(&graph, &group, &rule));
        let parts = (weakly_connected(&graph), strongly_connected(&graph));
        let counts = [ties::following_in, ties::followers_in, ties::reciprocated, ties::triangles];
        (
            counts.map(|kernel| kernel(&graph, &group)),
            core_numbers(&graph),
            parts,
            more,
            means,
            rank(None),
            rank(Some(&group)),
        )
    };
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(all);
    let one = on(1);
    assert!(one.0[3].iter().any(|&t| t > 0));
    assert!(one == on(2) && one == on(8));
}

/// PageRank by its formula, again and again, all in `f64`.
fn stepped(graph: &FollowGraph, damping: f64) -> Vec<f64> {
    let n = graph.accounts() as f64;
    let mut rank = vec![1.0 / n; graph.accounts()];
    for _ in 0..300 {
        let accounts = || 0..graph.accounts() as u32;
        let stuck: f64 = accounts().filter(|&u| graph.out_degree(u) == 0).map(|u| rank[u as usize]).sum();
        let handed = |u: &u32| rank[*u as usize] / graph.out_degree(*u) as f64;
        let drawn = |v: u32| graph.followers(v).iter().map(handed).sum::<f64>();
        rank = accounts().map(|v| (1.0 - damping) / n + damping * (drawn(v) + stuck / n)).collect();
    }
    rank
}

#[test]
fn pagerank_of_short_lists_and_long_ones() {
    let (graph, _) = large();
    // Everyone in a clique has a long list; in the other graph one hub has, and short ones lie about it.
    let clique: Vec<_> = (0..300).flat_map(|a| (0..300).filter(move |b| a * b % 7 != 3).map(move |b| (a, b))).collect();
    let (clique, _) = FollowGraph::from_follows(400, clique).unwrap();
    for graph in [&graph, &clique] {
        let rank = pagerank(graph, None, &Walk { tolerance: 1e-12, ..Walk::default() });
        let expected = stepped(graph, 0.85);
        let apart: f64 = rank.iter().zip(&expected).map(|(x, y)| (x - y).abs()).sum();
        assert!(apart < 1e-11, "{apart}");
        assert!((rank.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn few_steps_are_those_of_the_formula() {
    let (graph, _) = large();
    let two = pagerank(&graph, None, &Walk { tolerance: 0.0, iterations: 2, ..Walk::default() });
    let all = stepped(&graph, 0.85);
    // 2·dᵏ is still to move at most, and rounding in `f32` is far below that.
    assert!(two.iter().zip(&all).map(|(x, y)| (x - y).abs()).sum::<f64>() < 2.0 * 0.85_f64.powi(2));
    let forty = pagerank(&graph, None, &Walk { tolerance: 0.0, iterations: 40, ..Walk::default() });
    assert!(forty.iter().zip(&all).map(|(x, y)| (x - y).abs()).sum::<f64>() < 1e-8);
}

#[test]
fn cores_and_parts_of_a_large_graph() {
    let (graph, _) = large();
    let n = graph.accounts() as u32;
    let (core, part) = (core_numbers(&graph), weakly_connected(&graph));
    let mut left: Vec<bool> = vec![true; n as usize];
    for k in 1..=core.iter().max().unwrap() + 1 {
        loop {
            let ties = |v: u32| graph.neighbours(v).filter(|&u| left[u as usize]).count() as u32;
            let gone: Vec<u32> = (0..n).filter(|&v| left[v as usize] && ties(v) < k).collect();
            if gone.is_empty() {
                break;
            }
            gone.iter().for_each(|&v| left[v as usize] = false);
        }
        assert!((0..n).all(|v| left[v as usize] == (core[v as usize] >= k)), "core {k}");
    }
    assert!((0..n).all(|v| graph.neighbours(v).all(|u| part[u as usize] == part[v as usize])));
    assert!((0..n).all(|v| part[v as usize] <= v && part[part[v as usize] as usize] == part[v as usize]));
    let strong = strongly_connected(&graph);
    assert!((0..n).all(|v| part[strong[v as usize] as usize] == part[v as usize]));
}
