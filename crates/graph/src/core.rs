//! How deep each account sits in the graph.

use crate::FollowGraph;

/// The core number of each account in the undirected view: the largest k for which the account is in a part of the
/// graph where everyone is tied to at least k others of the part.
///
/// Takes away, again and again, an account with the fewest ties left; accounts lie in an array in the order of the
/// ties they have left, so that losing one is a swap. O(n + m), 16 bytes an account, one thread.
///
/// Seidman, *Network structure and minimum degree*, 1983; Batagelj and Zaveršnik, *An O(m) algorithm for cores
/// decomposition of networks*, 2003.
pub fn core_numbers(graph: &FollowGraph) -> Vec<u32> {
    let mut left: Vec<u32> = graph.numbers().map(|account| graph.neighbours(account).count() as u32).collect();
    let (mut order, mut place, mut first) = by_ties(&left);

    for i in 0..order.len() {
        let account = order[i];
        let ties = left[account as usize];
        for other in graph.neighbours(account) {
            let others = left[other as usize];
            if others > ties {
                // Swap it with the first of its ties, which then begin one further on: it now ends those with one less.
                let start = first[others as usize];
                let head = order[start as usize];
                order.swap(start as usize, place[other as usize] as usize);
                place[head as usize] = place[other as usize];
                place[other as usize] = start;
                first[others as usize] += 1;
                left[other as usize] -= 1;
            }
        }
    }
    left
}

/// The accounts in ascending order of ties, where each lies there, and where each number of ties begins.
fn by_ties(ties: &[u32]) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let most = ties.iter().max().map_or(0, |&most| most as usize);
    let mut first = vec![0_u32; most + 2];
    for &t in ties {
        first[t as usize + 1] += 1;
    }
    for t in 0..=most {
        first[t + 1] += first[t];
    }
    let (mut order, mut place) = (vec![0; ties.len()], vec![0; ties.len()]);
    let mut next = first.clone();
    for (account, &t) in (0..).zip(ties) {
        let here = &mut next[t as usize];
        order[*here as usize] = account;
        place[account as usize] = *here;
        *here += 1;
    }
    (order, place, first)
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
