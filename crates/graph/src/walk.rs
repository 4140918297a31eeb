//! Walks along the ties: how to draw accounts from a network that nobody can list.
//!
//! A walk needs to see one account's ties at a time. In the long run it meets accounts with known chances, whatever the
//! start, as long as it can get from everywhere to everywhere and is not held up by narrow passages.

use rand::{Rng, RngExt};

use crate::{Error, FollowGraph};

/// How a walk chooses its next account, in the undirected view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// To one of those tied to the account, each as likely. Meets accounts in proportion to their ties.
    ///
    /// Lovász 1993, *Random walks on graphs: a survey*.
    Simple,
    /// The same, but it goes from d to d′ ties with chance min(1, d/d′) only and else stays. Meets all accounts alike.
    ///
    /// Metropolis et al. 1953; Gjoka, Kurant, Butts & Markopoulou 2010, *Walking in Facebook*.
    Metropolis,
}

/// Which of a walk's steps are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// Steps left out at the beginning, while the walk still remembers its start.
    pub burn_in: usize,
    /// One in so many steps is kept after that; at least 1.
    pub thin: usize,
    /// How many are kept.
    pub keep: usize,
}

/// An account that a walk met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// The account.
    pub account: u32,
    /// How many accounts are tied to it: at least 1.
    pub ties: u32,
}

impl Walk {
    /// Walks from `start`. The walk stays in the connected part that the start is in; the same generator state gives the
    /// same walk.
    ///
    /// Each step costs time in proportion to the ties of the account it comes to.
    ///
    /// # Errors
    /// If `start` is not in the graph or has no ties: there is nowhere to go.
    pub fn from(
        self,
        graph: &FollowGraph,
        start: u32,
        steps: Steps,
        random: &mut impl Rng,
    ) -> Result<Vec<Visit>, Error> {
        if start as usize >= graph.accounts() {
            return Err(Error::NoSuchAccount { account: start, accounts: graph.accounts() });
        }
        let visit = |account: u32| Visit { account, ties: ties(graph, account) };
        let mut here = visit(start);
        if here.ties == 0 {
            return Err(Error::NoTies { account: start });
        }
        let mut step = |here: Visit| {
            let next = visit(neighbour(graph, here.account, random));
            let goes = match self {
                Self::Simple => true,
                Self::Metropolis => next.ties <= here.ties || random.random_range(0..next.ties) < here.ties,
            };
            if goes { next } else { here }
        };
        for _ in 0..steps.burn_in {
            here = step(here);
        }
        let mut kept = Vec::with_capacity(steps.keep);
        for _ in 0..steps.keep {
            kept.push(here);
            for _ in 0..steps.thin.max(1) {
                here = step(here);
            }
        }
        Ok(kept)
    }
}

/// How many accounts are tied to the account.
fn ties(graph: &FollowGraph, account: u32) -> u32 {
    graph.neighbours(account).count() as u32
}

/// One of those tied to an account that has ties, each as likely. Draws from both lists end to end; one that is in both
/// counts in the first alone, or else it would be twice as likely.
fn neighbour(graph: &FollowGraph, account: u32, random: &mut impl Rng) -> u32 {
    let (following, followers) = (graph.following(account), graph.followers(account));
    loop {
        let i = random.random_range(0..following.len() + followers.len());
        match i.checked_sub(following.len()) {
            None => return following[i],
            Some(i) if following.binary_search(&followers[i]).is_err() => return followers[i],
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::graph::shapes::{graph, star, two_triangles};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// How often each account is met, as a share.
    fn shares(walk: Walk, graph: &FollowGraph, start: u32, keep: usize) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let steps = Steps { burn_in: 50, thin: 1, keep };
        let mut met = vec![0.0; graph.accounts()];
        for visit in walk.from(graph, start, steps, &mut random).unwrap() {
            assert_eq!(visit.ties as usize, graph.neighbours(visit.account).count());
            met[visit.account as usize] += 1.0 / keep as f64;
        }
        met
    }

    #[test]
    fn accounts_are_met_as_often_as_they_should_be() {
        // Mutual follows, follows one way, a triangle and a tail; account 6 is alone and never met.
        let mut follows: Vec<(u32, u32)> = vec![(0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (3, 2), (3, 4), (4, 3), (5, 4)];
        follows.extend([(0, 5)]);
        let graph = graph(7, &follows);
        let ties: Vec<f64> = (0..7).map(|a| graph.neighbours(a).count() as f64).collect();
        assert_eq!(ties, [3.0, 2.0, 3.0, 2.0, 2.0, 2.0, 0.0]);
        let n = 200_000;
        for (met, ties) in shares(Walk::Simple, &graph, 0, n).iter().zip(&ties) {
            assert!((met - ties / 14.0).abs() < 0.005, "{met} {ties}");
        }
        for (met, ties) in shares(Walk::Metropolis, &graph, 0, n).iter().zip(&ties) {
            assert!((met - if *ties > 0.0 { 1.0 / 6.0 } else { 0.0 }).abs() < 0.005, "{met} {ties}");
        }
    }

    #[test]
    fn a_hub_holds_a_simple_walk_half_the_time_and_a_metropolis_walk_as_long_as_any() {
        let star = star(11);
        assert!((shares(Walk::Simple, &star, 3, 10_000)[0] - 0.5).abs() < 1e-9);
        assert!((shares(Walk::Metropolis, &star, 3, 200_000)[0] - 1.0 / 11.0).abs() < 0.005);
    }

    #[test]
    fn kept_steps_are_those_of_the_whole_walk() {
        let graph = two_triangles();
        let walk = |steps| Walk::Simple.from(&graph, 0, steps, &mut ChaCha8Rng::seed_from_u64(7)).unwrap();
        let all = walk(Steps { burn_in: 0, thin: 1, keep: 40 });
        assert_eq!(all[0].account, 0);
        assert!(all.windows(2).all(|w| graph.neighbours(w[0].account).any(|n| n == w[1].account)));
        let some = walk(Steps { burn_in: 4, thin: 3, keep: 10 });
        assert_eq!(some, all[4..].iter().copied().step_by(3).take(10).collect::<Vec<_>>());
        assert!(all.iter().all(|v| v.account != 6));
    }

    #[test]
    fn nowhere_to_go_is_an_error() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let steps = Steps { burn_in: 0, thin: 0, keep: 3 };
        let graph = two_triangles();
        assert_eq!(Walk::Simple.from(&graph, 6, steps, &mut random), Err(Error::NoTies { account: 6 }));
        assert!(Walk::Simple.from(&graph, 7, steps, &mut random).is_err());
        // Two accounts that know each other alone: to and fro.
        let pair = crate::graph::shapes::graph(2, &[(0, 1)]);
        let walk = Walk::Metropolis.from(&pair, 1, steps, &mut random).unwrap();
        assert_eq!(walk.iter().map(|v| v.account).collect::<Vec<_>>(), [1, 0, 1]);
    }
}
