//! How each account is tied to a group. Every function gives one number for each account of the graph, member or not.
//!
//! Write F(v) for those that v follows, B(v) for those that follow v, N(v) = F(v) ∪ B(v), and G for the group.
//! n accounts, m follows.

use crate::lists::Lists;
use crate::pieces::Pieces;
use crate::{FollowGraph, Group};

/// A list so much longer than another is looked up in, not gone through.
const LONGER: usize = 32;

/// How many of those that the account follows are in the group: |F(v) ∩ G|. Over |F(v)| it is the in-group share
/// of its followings. O(n + m).
///
/// Krackhardt and Stern, *Informal networks and organizational crises*, 1988, for shares of ties inside a group.
///
/// # Panics
/// If the group is not one of this graph's accounts.
pub fn following_in(graph: &FollowGraph, group: &Group) -> Vec<u32> {
    graph.check(group);
    Pieces::of_following(graph).each(|account| members_among(&graph.following(account), group))
}

/// How many of those that follow the account are in the group: |B(v) ∩ G|. O(n + m). See [`following_in`].
///
/// # Panics
/// If the group is not one of this graph's accounts.
pub fn followers_in(graph: &FollowGraph, group: &Group) -> Vec<u32> {
    graph.check(group);
    Pieces::of_followers(graph).each(|account| members_among(&graph.followers(account), group))
}

/// How many of the group the account follows and is followed by: |F(v) ∩ B(v) ∩ G|. O(n + m).
///
/// Wasserman and Faust, *Social Network Analysis*, 1994, chapter 13, for mutual ties.
///
/// # Panics
/// If the group is not one of this graph's accounts.
pub fn reciprocated(graph: &FollowGraph, group: &Group) -> Vec<u32> {
    graph.check(group);
    Pieces::of_ties(graph).each(|account| {
        let mut mutual = 0;
        for_each_common(&graph.following(account), &graph.followers(account), |u| {
            mutual += u32::from(group.contains(u))
        });
        mutual
    })
}

/// How many pairs of the group, the account itself not among them, are tied to it and to each other:
/// |{ {g, h} ⊂ N(v) ∩ G : h ∈ N(g) }|, in the undirected view. Stops at `u32::MAX`.
///
/// Each tie {g, h} inside the group is kept once, under the one with fewer ties in the whole graph. An account then
/// looks through what is kept under its neighbours in the group, or looks its neighbours up there if that is less.
/// So a tie is looked at min(|N(g)|, |N(h)|) times, the fewest that any side to keep it on allows:
/// O(n + m + Σ min(|N(g)|, |N(h)|)) over the group's ties, at most O(a·m) for arboricity a, however large the hubs.
///
/// Chiba and Nishizeki, *Arboricity and subgraph listing algorithms*, 1985; Latapy, *Main-memory triangle
/// computations for very large (sparse (power-law)) graphs*, 2008.
///
/// # Panics
/// If the group is not one of this graph's accounts.
pub fn triangles(graph: &FollowGraph, group: &Group) -> Vec<u32> {
    graph.check(group);
    let inside = Inside::new(graph, group);
    Pieces::of_ties(graph).each_with(|| Around::new(&inside), |around, account| around.tied_pairs(graph, account))
}

/// The mean score of those that the account follows, and of those that follow it, drawn to a prior:
/// (Σ s(u) + prior · strength) / (k + strength), over the k of F(v), or of B(v), that have a score. `NaN` is no
/// score. An account with no scored neighbour gets the prior. Sums are in `f64`, in the order of the lists. O(n + m).
///
/// Macskassy and Provost, *Classification in networked data*, 2007 (weighted-vote relational neighbour), with the
/// usual shrinkage for accounts with few neighbours.
///
/// # Panics
/// If there is not one score for each account.
pub fn mean_score(graph: &FollowGraph, scores: &[f32], prior: f32, strength: f32) -> (Vec<f32>, Vec<f32>) {
    assert_eq!(scores.len(), graph.accounts(), "one score for each account");
    let mean = |neighbours: &[u32]| {
        let scored = neighbours.iter().map(|&u| f64::from(scores[u as usize])).filter(|score| !score.is_nan());
        let (sum, count) = scored.fold((0.0, 0.0), |(sum, count), score| (sum + score, count + 1.0));
        let (prior, strength) = (f64::from(prior), f64::from(strength));
        if count == 0.0 { prior as f32 } else { ((sum + prior * strength) / (count + strength)) as f32 }
    };
    (
        Pieces::of_following(graph).each(|account| mean(&graph.following(account))),
        Pieces::of_followers(graph).each(|account| mean(&graph.followers(account))),
    )
}

/// How far follows are returned.
#[derive(Debug, Clone, PartialEq)]
pub struct Reciprocity {
    /// How many each account follows that follow it back: |F(v) ∩ B(v)|.
    pub mutual: Vec<u32>,
    /// The share of all follows that are returned: Σ |F(v) ∩ B(v)| / m. None without follows.
    pub share: Option<f64>,
}

/// How many of its follows each account has returned, and what share of all follows is. O(n + m).
///
/// Wasserman and Faust, *Social Network Analysis*, 1994, chapter 13; Newman, Forrest and Balthrop, *Email networks and
/// the spread of computer viruses*, 2002, for the share.
pub fn reciprocity(graph: &FollowGraph) -> Reciprocity {
    let mutual = mutual(graph);
    let returned: u64 = mutual.iter().map(|&mutual| u64::from(mutual)).sum();
    Reciprocity { share: (graph.follows() > 0).then(|| returned as f64 / graph.follows() as f64), mutual }
}

fn mutual(graph: &FollowGraph) -> Vec<u32> {
    Pieces::of_ties(graph).each(|account| {
        let mut mutual = 0;
        for_each_common(&graph.following(account), &graph.followers(account), |_| mutual += 1);
        mutual
    })
}

/// How many others each account is tied to in the undirected view: |F(v) ∪ B(v)|.
pub(crate) fn ties(graph: &FollowGraph) -> Vec<u32> {
    let mut ties = mutual(graph);
    for (ties, account) in ties.iter_mut().zip(0..) {
        *ties = (graph.out_degree(account) + graph.in_degree(account)) as u32 - *ties;
    }
    ties
}

/// Tells of everyone that is in both of two ascending lists.
///
/// Goes through both without a branch that depends on what is in them; where one is far longer, looks up the others in
/// it, by steps that double: O(short · log (long / short)).
#[inline]
fn for_each_common(a: &[u32], b: &[u32], mut tell: impl FnMut(u32)) {
    let (short, mut long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() / LONGER > short.len() {
        for &u in short {
            let mut reach = 1;
            while long.get(reach).is_some_and(|&x| x < u) {
                reach *= 2;
            }
            let near = &long[..long.len().min(reach + 1)];
            let at = near.partition_point(|&x| x < u);
            long = &long[at..];
            if long.first() == Some(&u) {
                tell(u);
            }
        }
        return;
    }
    let (mut i, mut j) = (0, 0);
    while let (Some(&x), Some(&y)) = (a.get(i), b.get(j)) {
        if x == y {
            tell(x);
        }
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
}

fn members_among(accounts: &[u32], group: &Group) -> u32 {
    accounts.iter().map(|&account| u32::from(group.contains(account))).sum()
}

/// The ties inside a group, its members numbered from 0 in ascending order.
struct Inside {
    /// A member's number; [`Inside::NONE`] for the others.
    number: Vec<u32>,
    /// Each tie once, under one of its ends; lists ascend.
    ties: Lists,
}

impl Inside {
    const NONE: u32 = u32::MAX;

    fn new(graph: &FollowGraph, group: &Group) -> Self {
        let mut number = vec![Self::NONE; graph.accounts()];
        for (i, member) in (0..).zip(group.iter()) {
            number[member as usize] = i;
        }
        let ties_of = |account: u32| (graph.out_degree(account) + graph.in_degree(account), account);
        let (number_of, kept_here) = (&number, |g, h| ties_of(g) < ties_of(h));
        let pairs = group.iter().flat_map(|g| {
            let kept = graph.neighbours(g).filter(move |&h| group.contains(h) && kept_here(g, h));
            kept.map(move |h| (number_of[g as usize], number_of[h as usize]))
        });
        let ties = Lists::of_pairs(group.len(), pairs);
        Self { number, ties }
    }
}

/// One account's neighbours in the group; kept from account to account to spare the allocation.
struct Around<'a> {
    inside: &'a Inside,
    near: Vec<u32>,
    marks: Group,
}

impl<'a> Around<'a> {
    fn new(inside: &'a Inside) -> Self {
        Self { inside, near: Vec::new(), marks: Group::new(inside.ties.owners()) }
    }

    fn tied_pairs(&mut self, graph: &FollowGraph, account: u32) -> u32 {
        let Self { inside, near, marks } = self;
        near.clear();
        near.extend(graph.neighbours(account).map(|u| inside.number[u as usize]).filter(|&g| g != Inside::NONE));
        if near.len() < 2 {
            return 0;
        }
        for &g in near.iter() {
            marks.insert(g);
        }
        let tied = |&g: &u32| {
            let ties = inside.ties.of(g);
            // A lookup costs about log₂ of the list.
            if near.len() * (ties.len().checked_ilog2().unwrap_or(0) as usize + 1) < ties.len() {
                near.iter().filter(|h| ties.binary_search(h).is_ok()).count()
            } else {
                ties.iter().filter(|&&h| marks.contains(h)).count()
            }
        };
        let pairs: usize = near.iter().map(tied).sum();
        for &g in near.iter() {
            marks.remove(g);
        }
        u32::try_from(pairs).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, cycle, graph, path, star, two_triangles};

    fn all(graph: &FollowGraph) -> Group {
        Group::from_members(graph.accounts(), graph.numbers())
    }

    #[test]
    fn a_star_leans_on_its_centre() {
        let star = star(6);
        let centre = Group::from_members(6, [0]);
        assert_eq!(following_in(&star, &centre), [0, 1, 1, 1, 1, 1]);
        assert_eq!(followers_in(&star, &centre), [0; 6]);
        assert_eq!(followers_in(&star, &all(&star)), [5, 0, 0, 0, 0, 0]);
        assert_eq!(reciprocated(&star, &all(&star)), [0; 6]);
        assert_eq!(triangles(&star, &all(&star)), [0; 6]);
    }

    #[test]
    fn a_clique_holds_every_pair() {
        let clique = clique(7);
        assert_eq!(reciprocated(&clique, &all(&clique)), [6; 7]);
        assert_eq!(reciprocity(&clique), Reciprocity { mutual: vec![6; 7], share: Some(1.0) });
        assert_eq!(triangles(&clique, &all(&clique)), [15; 7]);
        // Four of the seven: a member sees the three others, an outsider all four.
        let four = Group::from_members(7, 0..4);
        assert_eq!(following_in(&clique, &four), [3, 3, 3, 3, 4, 4, 4]);
        assert_eq!(triangles(&clique, &four), [3, 3, 3, 3, 6, 6, 6]);
    }

    #[test]
    fn triangles_need_three() {
        assert_eq!(triangles(&cycle(5), &all(&cycle(5))), [0; 5]);
        assert_eq!(triangles(&cycle(3), &all(&cycle(3))), [1; 3]);
        assert_eq!(triangles(&path(4), &all(&path(4))), [0; 4]);
        let two = two_triangles();
        assert_eq!(triangles(&two, &all(&two)), [1, 1, 1, 1, 1, 1, 0]);
        // Of the group {0, 1, 3}: only 2 is tied to a tied pair.
        assert_eq!(triangles(&two, &Group::from_members(7, [0, 1, 3])), [0, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn two_hubs_share_every_triangle() {
        // 0 and 1 are tied, and everyone else is tied to both.
        let follows: Vec<_> = (2..5000).flat_map(|leaf| [(leaf, 0), (1, leaf)]).chain([(0, 1)]).collect();
        let book = graph(5000, &follows);
        let triangles = triangles(&book, &all(&book));
        assert_eq!(triangles[..2], [4998, 4998]);
        assert!(triangles[2..].iter().all(|&t| t == 1));
    }

    #[test]
    fn what_is_in_a_short_list_and_a_long_one() {
        let long: Vec<u32> = (0..10_000).map(|i| 3 * i).collect();
        for short in [&[][..], &[0], &[29_997], &[30_000], &[0, 1, 3, 5, 299, 300, 15_000, 29_996, 29_997, 29_999]] {
            let expected: Vec<u32> = short.iter().copied().filter(|u| long.contains(u)).collect();
            for (a, b) in [(short, &long[..]), (&long[..], short)] {
                let mut common = Vec::new();
                for_each_common(a, b, |u| common.push(u));
                assert_eq!(common, expected);
            }
        }
    }

    #[test]
    fn few_neighbours_among_long_lists() {
        // A clique of 100, and outsiders tied to two and to ten of it.
        let mut follows: Vec<_> = (0..100).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        follows.extend([(100, 3), (71, 100)]);
        follows.extend((0..10).map(|i| (101, i * i)));
        let graph = graph(102, &follows);
        let triangles = triangles(&graph, &Group::from_members(102, 0..100));
        assert_eq!(triangles[100..], [1, 45]);
        assert!(triangles[..100].iter().all(|&t| t == 99 * 98 / 2));
    }

    #[test]
    fn scores_are_drawn_to_the_prior() {
        let graph = graph(5, &[(0, 1), (0, 2), (0, 3), (4, 3)]);
        let (over_following, over_followers) = mean_score(&graph, &[0.5, 1.0, 0.5, f32::NAN, 1.0], 0.25, 2.0);
        assert_eq!(over_following, [0.5, 0.25, 0.25, 0.25, 0.25]);
        assert_eq!(over_followers, [0.25, 1.0 / 3.0, 1.0 / 3.0, 0.5, 0.25]);
        // With no weight on the prior it still stands in where nobody has a score.
        assert_eq!(mean_score(&graph, &[f32::NAN; 5], 0.25, 0.0).0, [0.25; 5]);
    }

    #[test]
    fn nobody_has_no_ties() {
        let (empty, two) = (graph(0, &[]), two_triangles());
        assert_eq!(reciprocity(&empty), Reciprocity { mutual: vec![], share: None });
        assert_eq!(reciprocity(&two).share, Some(0.0));
        let nobody = Group::new(7);
        for kernel in [following_in, followers_in, reciprocated, triangles] {
            assert_eq!(kernel(&empty, &Group::new(0)), []);
            assert_eq!(kernel(&two, &nobody), [0; 7]);
        }
    }

    #[test]
    #[should_panic(expected = "not one of this graph's accounts")]
    fn a_group_of_another_graph_is_refused() {
        triangles(&two_triangles(), &Group::new(6));
    }
}
