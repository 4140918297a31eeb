//! How a group grows by those who lean on it, and then by those who lean on the larger group.

use crate::{FollowGraph, Group};

/// Whose share in the group counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Of those that the account follows.
    Following,
    /// Of those that follow the account.
    Followers,
}

/// Who joins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Which of its lists an account is judged by.
    pub side: Side,
    /// It joins if at least this share of the list is in the group,
    pub share: f64,
    /// and at least so many of it. Nobody joins without one.
    pub members: u32,
    /// Stop after so many rounds in any case.
    pub rounds: usize,
}

/// A group and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grown {
    /// Who is in it at the end.
    pub group: Group,
    /// Who joined in each round, ascending; the seeds first. No round is empty, but the seeds may be.
    pub waves: Vec<Vec<u32>>,
}

/// Grows a group from seeds: in each round everyone joins whose in-group share was large enough after the round before,
/// until nobody joins. Who joined stays. The group at the end is the smallest that holds the seeds and that the rule
/// adds nobody to; in which order accounts join does not matter to it.
///
/// This is the linear threshold model with one threshold for all (a cascade); with `share` 0 it is bootstrap
/// percolation. A member counts once in each list it is in, when it joins: O(n + m) for all rounds together, 4 bytes an
/// account.
///
/// Granovetter, *Threshold models of collective behavior*, 1978; Watts, *A simple model of global cascades on random
/// networks*, 2002, for shares; Chalupa, Leath and Reich, *Bootstrap percolation on a Bethe lattice*, 1979, for counts.
///
/// # Panics
/// If the seeds are not of this graph's accounts.
pub fn grow(graph: &FollowGraph, seeds: &Group, rule: &Rule) -> Grown {
    graph.check(seeds);
    let judged_by = |account: u32| match rule.side {
        Side::Following => graph.out_degree(account),
        Side::Followers => graph.in_degree(account),
    };
    let counted_in = |account: u32| match rule.side {
        Side::Following => graph.followers(account),
        Side::Followers => graph.following(account),
    };
    // Dividing, not multiplying: 7 of 100 is a share of 0.07, but 0.07 · 100 is above 7.
    let joins = |account: u32, members: u32| {
        members >= rule.members && f64::from(members) / judged_by(account) as f64 >= rule.share
    };

    let mut group = seeds.clone();
    let mut members = vec![0_u32; graph.accounts()];
    let mut waves = vec![seeds.iter().collect::<Vec<u32>>()];
    for round in 0..rule.rounds {
        let mut wave = Vec::new();
        for &member in &waves[round] {
            for &account in counted_in(member).iter() {
                members[account as usize] += 1;
                if !group.contains(account) && joins(account, members[account as usize]) {
                    group.insert(account);
                    wave.push(account);
                }
            }
        }
        if wave.is_empty() {
            break;
        }
        wave.sort_unstable();
        waves.push(wave);
    }
    Grown { group, waves }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, graph, path, star};

    const RULE: Rule = Rule { side: Side::Following, share: 0.5, members: 1, rounds: 100 };

    fn waves(graph: &FollowGraph, seeds: &[u32], rule: Rule) -> Vec<Vec<u32>> {
        grow(graph, &Group::from_members(graph.accounts(), seeds.iter().copied()), &rule).waves
    }

    #[test]
    fn along_a_path_one_joins_a_round() {
        let path = path(4);
        assert_eq!(waves(&path, &[3], RULE), [[3], [2], [1], [0]]);
        assert_eq!(waves(&path, &[3], Rule { rounds: 2, ..RULE }), [[3], [2], [1]]);
        assert_eq!(waves(&path, &[0], Rule { side: Side::Followers, ..RULE }), [[0], [1], [2], [3]]);
        assert_eq!(waves(&path, &[0], RULE), [[0]]);
    }

    #[test]
    fn a_share_is_reached_or_not() {
        // Everyone follows all others: after two seeds of seven, two of six followings are in.
        let clique = clique(7);
        assert_eq!(waves(&clique, &[0, 1], Rule { share: 1.0 / 3.0, ..RULE }), [vec![0, 1], vec![2, 3, 4, 5, 6]]);
        assert_eq!(waves(&clique, &[0, 1], Rule { share: 0.34, ..RULE }), [[0, 1]]);
        assert_eq!(waves(&clique, &[0, 1], Rule { share: 0.0, members: 3, ..RULE }), [[0, 1]]);
        assert_eq!(waves(&clique, &[0, 1, 5], Rule { share: 0.0, members: 3, ..RULE })[1], [2, 3, 4, 6]);
    }

    #[test]
    fn seven_of_a_hundred_is_seven_percent() {
        let one = graph(101, &(1..101).map(|other| (0, other)).collect::<Vec<_>>());
        assert_eq!(waves(&one, &[1, 2, 3, 4, 5, 6, 7], Rule { share: 0.07, ..RULE })[1], [0]);
    }

    #[test]
    fn nobody_joins_nobody() {
        let rule = Rule { share: 0.0, members: 0, ..RULE };
        assert_eq!(waves(&star(4), &[], rule), [[0_u32; 0]]);
        assert_eq!(waves(&star(4), &[0], rule), [vec![0], vec![1, 2, 3]]);
        assert_eq!(waves(&graph(0, &[]), &[], rule), [[0_u32; 0]]);
    }
}
