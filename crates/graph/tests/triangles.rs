//! All triangles against their definition and against those with the group of everybody.
#![allow(clippy::unwrap_used)]

use netcensus_graph::{FollowGraph, Group, ties, triangles};
use proptest::collection::vec;
use proptest::prelude::*;

/// More accounts than have their ties in the matrix of hubs; a hub, self follows, repeats, accounts without ties.
fn large(hub_first: bool) -> FollowGraph {
    let n = 24_000_u64;
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut follows: Vec<(u32, u32)> = (1..n - 500).map(|v| (v as u32, 0)).collect();
    for _ in 0..100_000 {
        let reach = random(n - 500) + 1;
        follows.push((random(n - 500) as u32, random(reach) as u32));
    }
    // Dense far down, too.
    for _ in 0..20_000 {
        follows.push(((n - 700 + random(200)) as u32, (n - 700 + random(200)) as u32));
    }
    follows.extend_from_within(..1000);
    let mut ties = vec![0_u32; n as usize];
    follows.iter().for_each(|&(a, b)| [a, b].iter().for_each(|&v| ties[v as usize] += 1));
    if hub_first {
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by_key(|&v| std::cmp::Reverse(ties[v as usize]));
        let mut number = vec![0; n as usize];
        (0..).zip(&order).for_each(|(i, &v)| number[v as usize] = i);
        follows.iter_mut().for_each(|(a, b)| (*a, *b) = (number[*a as usize], number[*b as usize]));
    }
    FollowGraph::from_follows(n as usize, follows).unwrap().0
}

proptest! {
    #[test]
    fn triangles_are_three_that_are_tied(n in 1_u32..20, pairs in vec((0_u32..20, 0_u32..20), 0..200)) {
        let follows: Vec<(u32, u32)> = pairs.iter().map(|(a, b)| (a % n, b % n)).collect();
        let tied = |a: u32, b: u32| a != b && (follows.contains(&(a, b)) || follows.contains(&(b, a)));
        let mut expected = vec![0; n as usize];
        for (a, b, c) in (0..n).flat_map(|a| (0..a).flat_map(move |b| (0..b).map(move |c| (a, b, c)))) {
            if tied(a, b) && tied(b, c) && tied(a, c) {
                [a, b, c].iter().for_each(|&v| expected[v as usize] += 1);
            }
        }
        let found = triangles::all(&FollowGraph::from_follows(n as usize, follows.clone()).unwrap().0);
        prop_assert_eq!(found.total * 3, expected.iter().sum::<u64>());
        prop_assert_eq!(found.of_account, expected);
    }
}

#[test]
fn all_triangles_are_those_with_everybody_on_any_number_of_threads() {
    for hub_first in [false, true] {
        let graph = large(hub_first);
        let n = graph.accounts();
        let with = ties::triangles(&graph, &Group::from_members(n, 0..n as u32));
        let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let [one, two, eight] = [1, 2, 8].map(|threads| on(threads).install(|| triangles::all(&graph)));
        assert!(one.total > 1000 && one == two && one == eight);
        assert!(one.of_account.iter().zip(&with).all(|(&a, &b)| a == u64::from(b)));
    }
}
