//! How close everyone is to a few accounts along the follows, at a cost that does not grow with the graph.

use std::collections::VecDeque;

use crate::{FollowGraph, Group};

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Push {
    /// The chance of going on to someone that the account follows, rather than starting afresh; from 0 to under 1.
    pub damping: f64,
    /// No account is left holding more than this, times how many it follows; above 0. Smaller is nearer and slower.
    pub residual: f64,
}

impl Default for Push {
    fn default() -> Self {
        Self { damping: 0.85, residual: 1e-7 }
    }
}

/// Personalised PageRank, as far as it was worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The accounts that got something, ascending, and their ranks: never above the true ones.
    pub ranks: Vec<(u32, f64)>,
    /// What was not handed out to the end. Exactly so much is missing in the ranks together, and no rank is further
    /// off.
    pub missing: f64,
}

/// Personalised PageRank x from the restart set, as in [`pagerank`](crate::rank::pagerank), by pushing what the
/// restart set holds outwards. An account that holds r(v) keeps (1 − d) r(v) as rank p(v) and hands d r(v) on to those
/// it follows in equal parts, or, if it follows nobody, back to the restart set. With x_v for personalised PageRank
/// from v alone, every push keeps
///
/// x = p + Σ r(v) x_v
///
/// and each x_v sums to 1. So p is at most x, and lacks Σ r in all: the `missing` that is given with it. Pushes go on,
/// first come first served, until r(v) ≤ ε · max(1, |F(v)|) everywhere, ε being the `residual`. A push at v costs |F(v)|
/// and settles more than (1 − d) ε |F(v)|, so all of them cost at most 1 / ((1 − d) ε), however large the graph. Arrays
/// are laid out for all accounts, 16 bytes each, but memory is used only where a push came.
///
/// (On undirected graphs, x(v) − p(v) ≤ ε |N(v)| holds, too; follows go one way, and it does not.) An empty restart
/// set gives nobody anything.
///
/// Andersen, Chung and Lang, *Local graph partitioning using PageRank vectors*, 2006; Berkhin, *Bookmark-coloring
/// algorithm for personalized PageRank computing*, 2006.
///
/// # Panics
/// If the restart set is not one of this graph's accounts, the damping is not from 0 to under 1, or the residual is not
/// above 0.
pub fn push(graph: &FollowGraph, restart: &Group, how: &Push) -> Near {
    assert!((0.0..1.0).contains(&how.damping), "damping must be from 0 to under 1, not {}", how.damping);
    assert!(how.residual > 0.0, "the residual must be above 0, not {}", how.residual);
    graph.check(restart);
    let mut held = Held {
        graph,
        residual: how.residual,
        rank: vec![0.0; graph.accounts()],
        held: vec![0.0; graph.accounts()],
        waiting: Group::new(graph.accounts()),
        queue: VecDeque::new(),
        met: Vec::new(),
    };
    let mut afresh = if restart.is_empty() { 0.0 } else { 1.0 };
    loop {
        // The restart set as if it were one more account: it hands on, too, only what is worth the while.
        if afresh > how.residual * restart.len() as f64 {
            let part = afresh / restart.len() as f64;
            restart.iter().for_each(|account| held.give(account, part));
            afresh = 0.0;
        }
        let Some(account) = held.queue.pop_front() else { break };
        held.waiting.remove(account);
        let r = std::mem::take(&mut held.held[account as usize]);
        held.rank[account as usize] += (1.0 - how.damping) * r;
        match &*graph.following(account) {
            [] => afresh += how.damping * r,
            following => {
                let part = how.damping * r / following.len() as f64;
                following.iter().for_each(|&other| held.give(other, part));
            }
        }
    }
    held.met.sort_unstable();
    let missing = held.met.iter().map(|&account| held.held[account as usize]).sum::<f64>() + afresh;
    let ranks = held.met.iter().map(|&account| (account, held.rank[account as usize])).filter(|&(_, x)| x > 0.0);
    Near { ranks: ranks.collect(), missing }
}

/// What the accounts hold and have kept.
struct Held<'a> {
    graph: &'a FollowGraph,
    residual: f64,
    rank: Vec<f64>,
    held: Vec<f64>,
    /// Who is in the queue.
    waiting: Group,
    queue: VecDeque<u32>,
    /// Who ever held something.
    met: Vec<u32>,
}

impl Held<'_> {
    fn give(&mut self, account: u32, part: f64) {
        let held = &mut self.held[account as usize];
        if *held == 0.0 && self.rank[account as usize] == 0.0 {
            self.met.push(account);
        }
        *held += part;
        let enough = self.residual * self.graph.out_degree(account).max(1) as f64;
        if *held > enough && self.waiting.insert(account) {
            self.queue.push_back(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{cycle, graph, path, two_triangles};

    #[test]
    fn a_path_from_its_start_in_closed_form() {
        // From 0 along 0 → 1 → 2 → 3 and back to 0: dᵏ, normalised.
        let d: f64 = 0.85;
        let sum = (1.0 - d.powi(4)) / (1.0 - d);
        let how = Push { damping: d, residual: 1e-12 };
        let near = push(&path(5), &Group::from_members(5, [1]), &how);
        assert!(near.missing < 1e-11);
        for (k, (account, rank)) in (0..).zip(near.ranks) {
            assert_eq!(account, 1 + k as u32);
            assert!((rank - d.powi(k) / sum).abs() <= 1e-11, "{rank}");
        }
    }

    #[test]
    fn what_is_out_of_reach_is_not_touched() {
        let near = push(&two_triangles(), &Group::from_members(7, [3, 4]), &Push::default());
        assert_eq!(near.ranks.iter().map(|&(account, _)| account).collect::<Vec<_>>(), [3, 4, 5]);
        assert!((near.ranks.iter().map(|(_, x)| x).sum::<f64>() + near.missing - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_large_residual_leaves_all_where_it_is() {
        let near = push(&cycle(3), &Group::from_members(3, [1]), &Push { residual: 2.0, ..Push::default() });
        assert_eq!(near, Near { ranks: vec![], missing: 1.0 });
    }

    #[test]
    fn from_nobody_nothing_is_pushed() {
        let near = push(&cycle(3), &Group::new(3), &Push::default());
        assert_eq!(near, Near { ranks: vec![], missing: 0.0 });
        assert_eq!(push(&graph(0, &[]), &Group::new(0), &Push::default()).ranks, []);
    }
}
