//! How often a walk along the follows meets each account.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use std::ops::Range;

use crate::pages::Pages;
use crate::pieces::{Part, Pieces};
use crate::{FollowGraph, Group};

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
/// one this is personalised PageRank: closeness to that set along the follows. The result sums to 1, up to rounding.
/// From an empty restart set no walk starts: all zero.
///
/// Power iteration, each account drawing from its followers: O(n + m) a step, in one pass over the follows; 28 bytes an
/// account. The time goes into looking up what each follower hands on, so that is kept small, in `f32`, with ranks and
/// sums in `f64`. For ranks that are exact to `f64` all the same, a step hands on not the ranks but how they changed
/// last: with T for the right-hand side above, T(x′) = T(x) + d·P·(x′ − x), P being the step along the follows, and what
/// is rounded away is a small part of a change that shrinks with every step. Once the change is as small as all that
/// can have been rounded away, one step starts from the ranks themselves, in `f64` (iterative refinement). So
/// `tolerance` and the bound on the steps mean what they say, down to about 1e-14.
///
/// Page, Brin, Motwani and Winograd, *The PageRank citation ranking*, 1999; Haveliwala, *Topic-sensitive PageRank*,
/// 2002, for the restart set; Langville and Meyer, *Deeper inside PageRank*, 2004, for accounts that follow nobody;
/// Wilkinson, *Rounding Errors in Algebraic Processes*, 1963, for refinement.
///
/// # Panics
/// If the restart set is not one of this graph's accounts, or the damping is not between 0 and 1.
pub fn pagerank(graph: &FollowGraph, restart: Option<&Group>, walk: &Walk) -> Vec<f64> {
    assert!((0.0..=1.0).contains(&walk.damping), "damping must be between 0 and 1, not {}", walk.damping);
    match restart {
        None => {
            let share = 1.0 / graph.accounts() as f64;
            Ranks::from(graph, |_| share, walk.damping).settled(walk)
        }
        Some(group) => {
            graph.check(group);
            if group.is_empty() {
                return vec![0.0; graph.accounts()];
            }
            let share = 1.0 / group.len() as f64;
            Ranks::from(graph, |v| if group.contains(v) { share } else { 0.0 }, walk.damping).settled(walk)
        }
    }
}

/// At most this much of what is handed on is rounded away: once when an account's part is worked out, once when it is
/// divided, both in `f32`.
const ROUNDED: f64 = f32::EPSILON as f64;
/// Accounts that are looked at together.
const WINDOW: usize = 128;
/// Where accounts have more followers than this on average, each list is long enough to be summed by itself.
const SHORT: usize = 32;

/// The ranks on their way.
struct Ranks<'a, R> {
    graph: &'a FollowGraph,
    pieces: Pieces,
    restart: R,
    damping: f64,
    /// 1 / |F(v)|; 0 for those that follow nobody.
    share: Vec<f32>,
    rank: Vec<f64>,
}

/// How the ranks changed in a step.
#[derive(Default)]
struct Change {
    /// Σ |x′(v) − x(v)|.
    moved: f64,
    /// Σ x′(v) − x(v) over those that follow nobody.
    stuck: f64,
}

impl<'a, R: Fn(u32) -> f64 + Sync> Ranks<'a, R> {
    fn from(graph: &'a FollowGraph, restart: R, damping: f64) -> Self {
        let pieces = Pieces::of_followers(graph);
        let share = pieces.each(|account| match graph.out_degree(account) {
            0 => 0.0,
            follows => 1.0 / follows as f32,
        });
        let rank = pieces.each(&restart);
        Self { graph, pieces, restart, damping, share, rank }
    }

    fn settled(mut self, walk: &Walk) -> Vec<f64> {
        let mut hands = Pages::<f32>::zeroed(self.graph.accounts());
        let mut next = Pages::<f32>::zeroed(self.graph.accounts());
        let (mut change, mut rounded) = (Change::default(), 0.0);
        for _ in 0..walk.iterations {
            if change.moved <= rounded {
                change = self.refine(&mut next);
                rounded = 0.0;
            } else {
                change = self.step::<f32>(&hands, self.damping * change.stuck, 0.0, &mut next);
            }
            rounded += ROUNDED * change.moved;
            if change.moved < walk.tolerance && rounded < walk.tolerance {
                break;
            }
            std::mem::swap(&mut hands, &mut next);
        }
        self.rank
    }

    /// A step from the ranks themselves, after their sum is set right.
    fn refine(&mut self, next: &mut [f32]) -> Change {
        let Self { graph, pieces, damping, rank, .. } = self;
        let sums = pieces.map(|piece| {
            piece.fold((0.0, 0.0), |(all, stuck), account| {
                let x = rank[account as usize];
                (all + x, if graph.out_degree(account) == 0 { stuck + x } else { stuck })
            })
        });
        let (all, stuck) = sums.iter().fold((0.0, 0.0), |(all, stuck), part| (all + part.0, stuck + part.1));
        pieces.cut(rank).into_par_iter().for_each(|(_, rank)| rank.iter_mut().for_each(|x| *x /= all));
        let mut hands = Pages::<f64>::zeroed(rank.len());
        pieces.fill(&mut hands, |account| rank[account as usize] / graph.out_degree(account).max(1) as f64);
        let afresh = (1.0 - *damping) + *damping * stuck / all;
        self.step::<f64>(&hands, afresh, 1.0, next)
    }

    /// Changes the ranks by d · (what the followers hand on) + afresh · r − old · (the rank so far), and puts into
    /// `next` what each account then hands on of its change.
    fn step<H: Hand>(&mut self, hands: &[H], afresh: f64, old: f64, next: &mut [f32]) -> Change {
        let Self { graph, pieces, restart, damping, share, rank } = self;
        let damping = *damping;
        let of_piece = |((piece, rank), (_, next)): (Part<'_, f64>, Part<'_, f32>)| {
            let Change { mut moved, mut stuck } = Change::default();
            let mut sums = Sums::new();
            let share = share[piece.start as usize..piece.end as usize].chunks(WINDOW);
            let windows = rank.chunks_mut(WINDOW).zip(next.chunks_mut(WINDOW)).zip(share).zip(piece.step_by(WINDOW));
            for (((rank, next), share), start) in windows {
                let handed = sums.over_followers(graph, start..start + rank.len() as u32, hands);
                let accounts = rank.iter_mut().zip(next).zip(share).zip(handed).zip(start..);
                for ((((x, next), &share), &handed), account) in accounts {
                    let change = damping * handed + afresh * restart(account) - old * *x;
                    *x += change;
                    *next = change as f32 * share;
                    moved += change.abs();
                    stuck += f64::from(u8::from(share == 0.0)) * change;
                }
            }
            Change { moved, stuck }
        };
        let parts = pieces.cut(rank).into_par_iter().zip(pieces.cut(next)).with_max_len(1);
        let changes: Vec<Change> = parts.map(of_piece).collect();
        changes.iter().fold(Change::default(), |all, part| Change {
            moved: all.moved + part.moved,
            stuck: all.stuck + part.stuck,
        })
    }
}

/// What an account hands to each of those it follows.
trait Hand: Copy + Into<f64> + Sync {}
impl Hand for f32 {}
impl Hand for f64 {}

/// Sums over the lists of a window of accounts.
struct Sums {
    of_account: [f64; WINDOW],
    running: [f64; WINDOW * SHORT + 1],
    /// The lists, where they have to be decoded.
    decoded: Vec<u32>,
}

impl Sums {
    fn new() -> Self {
        Self { of_account: [0.0; WINDOW], running: [0.0; WINDOW * SHORT + 1], decoded: Vec::new() }
    }

    /// What the followers of each account hand on.
    ///
    /// Where lists are short, a loop over each would spend its time on guessing wrong where it ends. There the window's
    /// lists are summed as one, and a list's sum is the running sum at its end less that at its start. What that rounds
    /// away is 2⁻⁵³ of what the window is handed.
    #[inline]
    fn over_followers<H: Hand>(&mut self, graph: &FollowGraph, window: Range<u32>, hands: &[H]) -> &[f64] {
        let of_account = &mut self.of_account[..window.len()];
        let lists = graph.followers_lists();
        if lists.degrees(window.clone()) > window.len() * SHORT {
            of_account.iter_mut().zip(window).for_each(|(sum, v)| *sum = over(&graph.followers(v), hands));
            return of_account;
        }
        let all = lists.of_each(window.clone(), &mut self.decoded);
        let running = &mut self.running[..=all.len()];
        run(all, hands, running);
        let (mut end, mut before) = (0, 0.0);
        for (sum, account) in of_account.iter_mut().zip(window) {
            end += graph.in_degree(account);
            *sum = running[end] - before;
            before = running[end];
        }
        of_account
    }
}

/// What these hand on together. Four sums side by side, as each waits for its last addition.
#[inline]
fn over<H: Hand>(followers: &[u32], hands: &[H]) -> f64 {
    let (fours, rest) = followers.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for four in fours {
        for (sum, &u) in sums.iter_mut().zip(four) {
            *sum += hands[u as usize].into();
        }
    }
    rest.iter().fold((sums[0] + sums[1]) + (sums[2] + sums[3]), |sum, &u| sum + hands[u as usize].into())
}

/// What the first, the first two, … of these hand on together, after a leading zero.
#[inline]
fn run<H: Hand>(followers: &[u32], hands: &[H], running: &mut [f64]) {
    let hand = |u: u32| -> f64 { hands[u as usize].into() };
    let (fours, rest) = followers.as_chunks::<4>();
    let (four_sums, rest_sums) = running[1..].as_chunks_mut::<4>();
    let mut sum = 0.0;
    for (&[a, b, c, d], sums) in fours.iter().zip(four_sums) {
        // Only one addition in four waits for the one before it.
        let (a, b, c, d) = (hand(a), hand(b), hand(c), hand(d));
        let (ab, cd) = (a + b, c + d);
        *sums = [sum + a, sum + ab, sum + (ab + c), sum + (ab + cd)];
        sum += ab + cd;
    }
    for (&u, after) in rest.iter().zip(rest_sums) {
        sum += hand(u);
        *after = sum;
    }
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
