//! How deep each account sits in the graph.

use crate::FollowGraph;
use crate::ties::ties;

/// The core number of each account in the undirected view: the largest k for which the account is in a part of the
/// graph where everyone is tied to at least k others of the part.
///
/// Takes away, level by level, who has as few ties left as the level says; those that sink to it in turn wait in a
/// queue. O(n + m + Σ core numbers), 20 bytes an account. Ties are counted on all threads, the rest is one thread's.
///
/// Nothing is merged or copied: who is in both of an account's lists is known by a mark that the first list leaves.
/// Each list is read up to the last account that is still there. Where low numbers are the hubs that is a short way for
/// those with long lists, as they go last.
///
/// Seidman, *Network structure and minimum degree*, 1983; Batagelj and Zaveršnik, *An O(m) algorithm for cores
/// decomposition of networks*, 2003; Kabir and Madduri, *Parallel k-core decomposition on multicore platforms*, 2017,
/// for levels and a shrinking list of who is left, in place of accounts kept in order.
pub fn core_numbers(graph: &FollowGraph) -> Vec<u32> {
    let mut accounts: Vec<Account> = ties(graph).into_iter().map(|ties| Account { ties, lost: u32::MAX }).collect();
    let mut there: Vec<u32> = graph.numbers().collect();
    let (mut level, mut sunk) = (0, Vec::new());
    while !there.is_empty() {
        let (mut end, mut fewest) = (0, u32::MAX);
        there.retain(|&number| {
            let ties = accounts[number as usize].ties;
            if ties >= level {
                end = number as usize + 1;
            }
            if ties == level {
                sunk.push(number);
            }
            if ties > level {
                fewest = fewest.min(ties);
            }
            ties > level
        });
        level = if sunk.is_empty() { fewest } else { level + 1 };
        sink(graph, &mut accounts[..end], &mut sunk, level - 1);
    }
    accounts.into_iter().map(|account| account.ties).collect()
}

/// Takes these away from those that are still there, and everyone who has no more than `level` ties left by that.
fn sink(graph: &FollowGraph, there: &mut [Account], sunk: &mut Vec<u32>, level: u32) {
    while let Some(number) = sunk.pop() {
        for &other in graph.following(number).iter() {
            let Some(account) = there.get_mut(other as usize) else { break };
            if account.ties > level {
                account.ties -= 1;
                account.lost = number;
                if account.ties == level {
                    sunk.push(other);
                }
            }
        }
        for &other in graph.followers(number).iter() {
            let Some(account) = there.get_mut(other as usize) else { break };
            if account.ties > level && account.lost != number {
                account.ties -= 1;
                if account.ties == level {
                    sunk.push(other);
                }
            }
        }
    }
}

/// An account that is being taken away, or waits for it.
#[derive(Clone, Copy)]
struct Account {
    /// Ties to those that are still there; its core number once it is not.
    ties: u32,
    /// Whom it last lost of its followers.
    lost: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, cycle, graph, path, star, two_triangles};

    #[test]
    fn known_cores() {
        assert_eq!(core_numbers(&star(6)), [1; 6]);
        assert_eq!(core_numbers(&clique(6)), [5; 6]);
        assert_eq!(core_numbers(&cycle(6)), [2; 6]);
        assert_eq!(core_numbers(&path(6)), [1; 6]);
        assert_eq!(core_numbers(&two_triangles()), [2, 2, 2, 2, 2, 2, 0]);
        assert_eq!(core_numbers(&graph(0, &[])), []);
        assert_eq!(core_numbers(&graph(3, &[])), [0; 3]);
    }

    #[test]
    fn a_mutual_follow_is_one_tie() {
        assert_eq!(core_numbers(&graph(2, &[(0, 1), (1, 0)])), [1, 1]);
    }

    #[test]
    fn a_tail_does_not_deepen_a_clique() {
        // A clique of four, and a tail 3 → 4 → 5.
        let mut follows: Vec<_> = (0..4).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        follows.extend([(3, 4), (4, 5)]);
        assert_eq!(core_numbers(&graph(6, &follows)), [3, 3, 3, 3, 1, 1]);
    }
}
