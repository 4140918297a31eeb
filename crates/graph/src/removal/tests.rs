#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{Audience, Ties};
use crate::graph::shapes::{clique, graph, path, star, two_triangles};
use crate::{FollowGraph, Group, reach};

fn all(n: u32) -> Group {
    Group::from_members(n as usize, 0..n)
}

/// Members 0, 1, 2; 3 to 5 follow 0 alone, 6 and 7 follow 1 and 2, 8 follows all three.
fn three() -> (FollowGraph, Group) {
    let follows = [(3, 0), (4, 0), (5, 0), (6, 1), (6, 2), (7, 1), (7, 2), (8, 0), (8, 1), (8, 2), (0, 1)];
    (graph(10, &follows), Group::from_members(10, [0, 1, 2]))
}

#[test]
fn an_audience_and_what_is_lost_of_it() {
    let (graph, group) = three();
    let audience = Audience::new(&graph, &group);
    assert_eq!((audience.members(), audience.reached()), (3, 6));
    assert_eq!(audience.lost(&[0, 1, 2]), [3, 3, 6]);
    assert_eq!(audience.lost(&[1, 2, 0]), [0, 2, 6]);
    assert_eq!(audience.by_followers(), [0, 1, 2]);
    // One by one 0 costs most; and of two, 0 with any other: 3 rather than 2.
    assert_eq!(audience.by_peeling()[0], 0);
    let (bound, order) = audience.bound();
    assert_eq!(order[0], 0);
    assert!(bound[0] >= 3.0 && bound[1] >= 3.0 && (bound[2] - 6.0).abs() < 1e-9, "{bound:?}");
    assert!(bound[0] < 3.2, "{bound:?}");
    assert_eq!(audience.improved(&[2], 10), [0]);
    assert_eq!(audience.improved(&[0], 10), [0]);
}

#[test]
fn nobody_and_nothing() {
    let (graph, _) = three();
    let nobody = Group::new(10);
    let audience = Audience::new(&graph, &nobody);
    assert_eq!((audience.members(), audience.reached()), (0, 0));
    assert!(audience.lost(&[]).is_empty() && audience.by_peeling().is_empty() && audience.bound().0.is_empty());
    assert!(audience.improved(&[], 5).is_empty());
    let ties = Ties::new(&graph, &nobody);
    assert!(ties.by_core().is_empty() && ties.by_influence().is_empty() && ties.largest(&[]).is_empty());
    assert!(ties.by_betweenness(5, 1).is_empty() && ties.reinserted(&[], 1).is_empty());
    // Members whom nobody outside follows, and who have no ties.
    let alone = Group::from_members(10, [9]);
    assert_eq!(Audience::new(&graph, &alone).lost(&[0]), [0]);
    assert_eq!(Ties::new(&graph, &alone).largest(&[0]), [0]);
}

#[test]
fn how_groups_fall_apart() {
    let star = Ties::new(&star(10), &all(10));
    assert_eq!((star.by_ties()[0], star.by_influence()[0], star.by_betweenness(10, 1).len()), (0, 0, 10));
    assert_eq!(star.largest(&[0]), [1]);
    assert_eq!(star.largest(&[1, 0]), [9, 1]);
    let clique = Ties::new(&clique(5), &all(5));
    assert_eq!(clique.largest(&clique.by_core()), [4, 3, 2, 1, 0]);
    // The two that hold the triangles together come first.
    let two = Ties::new(&two_triangles(), &all(7));
    let order = two.by_core();
    assert!([2, 3].contains(&order[0]), "{order:?}");
    assert_eq!(two.largest(&order[..1]), [3]);
    // Cutting a path in its middle is as good as removing its half; the others are put back.
    let path = Ties::new(&path(9), &all(9));
    let order: Vec<u32> = vec![4, 0, 1, 2, 3, 5, 6, 7, 8];
    assert_eq!(path.reinserted(&[0, 1, 4, 2, 3, 5, 6, 7, 8], 4)[0], 4);
    assert_eq!(path.largest(&order)[0], 4);
    assert_eq!(path.reinserted(&order, 9)[0], 4);
    assert_eq!(path.by_lot(3), path.by_lot(3));
    assert_ne!(path.by_lot(3), path.by_lot(4));
}

fn some_group() -> impl Strategy<Value = (FollowGraph, Group)> {
    let follows = prop::collection::vec((0_u32..24, 0_u32..24), 0..160);
    (follows, prop::collection::btree_set(0_u32..24, 0..9))
        .prop_map(|(follows, members)| (graph(24, &follows), Group::from_members(24, members)))
}

/// Every set of `k` members, as orders.
fn sets(members: u32, k: usize) -> Vec<Vec<u32>> {
    let whole = (0..1_u32 << members).filter(|set| set.count_ones() as usize == k);
    whole.map(|set| (0..members).filter(|m| set >> m & 1 == 1).collect()).collect()
}

proptest! {
    #[test]
    fn nothing_loses_more_than_the_bound((graph, group) in some_group()) {
        let audience = Audience::new(&graph, &group);
        let members: Vec<u32> = group.iter().collect();
        let (bound, even) = audience.bound();
        for order in [audience.by_followers(), audience.by_peeling(), even] {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..audience.members() as u32).collect::<Vec<_>>());
        }
        for k in 1..=audience.members() {
            let most = sets(audience.members() as u32, k).iter().map(|set| audience.lost(set)[k - 1]).max().unwrap();
            prop_assert!(bound[k - 1] >= most as f64 - 1e-9, "{k} {most} {bound:?}");
            let given = audience.by_peeling()[..k].to_vec();
            let better = audience.improved(&given, 20);
            prop_assert!(better.len() == k && audience.lost(&better)[k - 1] >= audience.lost(&given)[k - 1]);
            // The same as the kernel for one set says, but for members among the audience.
            let removed = Group::from_members(24, better.iter().map(|m| members[*m as usize]));
            let outside = reach::lost(&graph, &removed, &group).iter().filter(|a| !group.contains(*a)).count() as u64;
            prop_assert_eq!(audience.lost(&better)[k - 1], outside);
        }
    }

    #[test]
    fn parts_are_what_a_search_finds((graph, group) in some_group(), target in 0_u32..6, seed in any::<u64>()) {
        let ties = Ties::new(&graph, &group);
        let inside = graph.among(&group);
        let orders = [
            ties.by_ties(), ties.by_lot(seed), ties.by_core(), ties.by_influence(), ties.by_betweenness(4, seed),
            ties.reinserted(&ties.by_core(), target),
        ];
        for order in orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..ties.members() as u32).collect::<Vec<_>>());
            let sizes = ties.largest(&order);
            for (at, size) in sizes.iter().enumerate() {
                let left = Group::from_members(ties.members(), order[at + 1..].iter().copied());
                let parts = crate::components::weakly_connected(&inside.among(&left));
                let largest = crate::components::sizes(&parts).iter().map(|s| s.1).max().unwrap_or(0);
                prop_assert_eq!(*size, largest);
            }
        }
        // Reinsertion reaches the target no later.
        let reached = |order: &[u32]| ties.largest(order).iter().position(|size| *size <= target);
        prop_assert!(reached(&ties.reinserted(&ties.by_ties(), target)) <= reached(&ties.by_ties()));
    }
}
