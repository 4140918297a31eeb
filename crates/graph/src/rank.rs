//! How often a walk along the follows meets each account.

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::{FollowGraph, Group};

/// Sums are made of sums over so many accounts, whatever the number of threads.
const CHUNK: usize = 4096;

/// How the walk goes and when to stop following it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Walk {
    /// The chance of going on to someone that the account follows, rather than starting afresh; 0 to 1.
    pub damping: f64,
    /// Stop when a step moves less than this, summed over all accounts (L1).
    pub tolerance: f64,
    /// Stop after so many steps in any case. What is then still to move is at most 2·dampingᵏ after k steps.
    pub iterations: usize,
}

impl Default for Walk {
    fn default() -> Self {
        Self { damping: 0.85, tolerance: 1e-9, iterations: 100 }
    }
}

/// PageRank: the share of its time that an endless walk spends at each account. At each step the walk goes on with
/// chance d to one of those that the account follows, all equally likely; else, or where the account follows nobody,
/// it starts afresh at an account of the restart set, all equally likely:
///
/// x(v) = (1 − d) r(v) + d ( Σ x(u) / |F(u)| over the followers u of v + r(v) Σ x(u) over those that follow nobody )
///
/// where r(v) is 1 over the size of the restart set inside it and 0 outside. No restart set means all accounts. With
/// one this is personalised PageRank: closeness to that set along the follows. The result sums to 1, up to rounding. From an empty
/// restart set no walk starts: all zero.
///
/// Power iteration, each account drawing from its followers: O(n + m) a step.
///
/// Page, Brin, Motwani and Winograd, *The PageRank citation ranking*, 1999; Haveliwala, *Topic-sensitive PageRank*,
/// 2002, for the restart set; Langville and Meyer, *Deeper inside PageRank*, 2004, for accounts that follow nobody.
///
/// # Panics
/// If the restart set is not one of this graph's accounts, or the damping is not between 0 and 1.
pub fn pagerank(graph: &FollowGraph, restart: Option<&Group>, walk: &Walk) -> Vec<f64> {
    assert!((0.0..=1.0).contains(&walk.damping), "damping must be between 0 and 1, not {}", walk.damping);
    let accounts = graph.numbers();
    let chance = restart.map_or(graph.accounts(), Group::len) as f64;
    if let Some(group) = restart {
        graph.check(group);
        if group.is_empty() {
            return vec![0.0; graph.accounts()];
        }
    }
    let restart = |account: u32| match restart {
        Some(group) if !group.contains(account) => 0.0,
        _ => 1.0 / chance,
    };

    let mut rank: Vec<f64> = accounts.clone().into_par_iter().map(restart).collect();
    for _ in 0..walk.iterations {
        // What each account hands to each of those it follows.
        let hands: Vec<f64> = accounts
            .clone()
            .into_par_iter()
            .map(|account| rank[account as usize] / graph.following(account).len().max(1) as f64)
            .collect();
        let stuck =
            total(graph, |account| if graph.following(account).is_empty() { rank[account as usize] } else { 0.0 });
        let afresh = (1.0 - walk.damping) + walk.damping * stuck;
        let next: Vec<f64> = accounts
            .clone()
            .into_par_iter()
            .map(|account| {
                let handed: f64 = graph.followers(account).iter().map(|&u| hands[u as usize]).sum();
                walk.damping * handed + afresh * restart(account)
            })
            .collect();
        let moved = total(graph, |account| (next[account as usize] - rank[account as usize]).abs());
        rank = next;
        if moved < walk.tolerance {
            break;
        }
    }
    rank
}

/// A sum over all accounts, in an order that does not depend on the threads.
fn total(graph: &FollowGraph, of: impl Fn(u32) -> f64 + Sync) -> f64 {
    let starts: Vec<u32> = graph.numbers().step_by(CHUNK).collect();
    let end = graph.numbers().end;
    let parts: Vec<f64> =
        starts.par_iter().map(|&start| (start..start.saturating_add(CHUNK as u32).min(end)).map(&of).sum()).collect();
    parts.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, cycle, graph, path, star, two_triangles};

    fn close(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-8), "{a:?} is not {b:?}");
    }

    #[test]
    fn nobody_stands_out_where_all_are_alike() {
        let walk = Walk::default();
        close(&pagerank(&clique(5), None, &walk), &[0.2; 5]);
        close(&pagerank(&cycle(5), None, &walk), &[0.2; 5]);
        close(&pagerank(&graph(4, &[]), None, &walk), &[0.25; 4]);
        assert_eq!(pagerank(&graph(0, &[]), None, &walk), []);
    }

    #[test]
    fn a_star_in_closed_form() {
        // Leaves hold a = (1 − d)/n + d·c/n each, the centre c = a + d·(n − 1)·a, and all together 1.
        let (n, d) = (11.0, 0.85);
        let leaf = 1.0 / (n + d * (n - 1.0));
        let mut expected = [leaf; 11];
        expected[0] = leaf * (1.0 + d * (n - 1.0));
        close(&pagerank(&star(11), None, &Walk::default()), &expected);
    }

    #[test]
    fn a_path_from_its_start_in_closed_form() {
        // From 0 along 0 → 1 → 2 → 3 and back to 0: dᵏ, normalised.
        let d: f64 = 0.85;
        let sum = (1.0 - d.powi(4)) / (1.0 - d);
        let expected: Vec<f64> = (0..4).map(|k| d.powi(k) / sum).collect();
        // A walk that returns almost surely settles slowly, so it is given time.
        let walk = Walk { iterations: 1000, tolerance: 1e-12, ..Walk::default() };
        close(&pagerank(&path(4), Some(&Group::from_members(4, [0])), &walk), &expected);
    }

    #[test]
    fn the_walk_stays_within_reach_of_its_restart() {
        let rank = pagerank(&two_triangles(), Some(&Group::from_members(7, [3, 4])), &Walk::default());
        assert!(rank[3..6].iter().all(|&x| x > 0.0));
        assert_eq!([rank[0], rank[1], rank[2], rank[6]], [0.0; 4]);
        assert!((rank.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn from_nobody_no_walk_starts() {
        assert_eq!(pagerank(&cycle(3), Some(&Group::new(3)), &Walk::default()), [0.0; 3]);
    }

    #[test]
    #[should_panic(expected = "damping")]
    fn damping_is_a_chance() {
        pagerank(&cycle(3), None, &Walk { damping: f64::NAN, ..Walk::default() });
    }
}
