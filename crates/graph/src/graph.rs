use std::borrow::Cow;
use std::fmt;

use crate::adjacency::Adjacency;
use crate::lists::Lists;
use crate::{Error, Form, Group};

/// Who follows whom: for each account those it follows and those that follow it, in ascending order, without repeats
/// and without follows of oneself.
///
/// Compressed sparse rows both ways, in memory or in a mapped file; plain, with 8 bytes a follow and 8 an account, or coded
/// (see [`Form`]). A clone shares them. Graphs of the same follows are equal, whatever their forms.
#[derive(Clone, PartialEq, Eq)]
pub struct FollowGraph {
    following: Adjacency,
    followers: Adjacency,
}

/// What was not kept of the follows that a graph was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Follows that were there already.
    pub repeats: usize,
    /// Accounts that follow themselves, as often as they do.
    pub self_follows: usize,
}

impl FollowGraph {
    /// The graph of lists that fit each other.
    pub(crate) fn of_lists(following: Adjacency, followers: Adjacency) -> Self {
        Self { following, followers }
    }

    /// The follows inside of a group, its members numbered from 0 in their order.
    ///
    /// # Panics
    /// If the group is not one of this graph's accounts.
    pub fn among(&self, group: &Group) -> Self {
        self.check(group);
        let members: Vec<u32> = group.iter().collect();
        let mut number = vec![0_u32; self.accounts()];
        (0..).zip(&members).for_each(|(i, &member)| number[member as usize] = i);
        let mut follows = Vec::new();
        for (src, &member) in (0_u32..).zip(&members) {
            let following = self.following(member);
            let inside = following.iter().filter(|followed| group.contains(**followed));
            follows.extend(inside.map(|&followed| (src, number[followed as usize])));
        }
        let turned = follows.iter().map(|&(src, dst)| (dst, src));
        let followers = Lists::of_pairs(members.len(), turned);
        let following = Lists::of_pairs(members.len(), follows.iter().copied());
        Self { following: Adjacency::Plain(following), followers: Adjacency::Plain(followers) }
    }

    /// How many accounts there are.
    pub fn accounts(&self) -> usize {
        self.following.owners()
    }

    /// How many follows there are.
    pub fn follows(&self) -> usize {
        self.following.items()
    }

    /// How its lists are kept.
    pub fn form(&self) -> Form {
        self.following.form()
    }

    /// How many bytes its lists take, both ways.
    pub fn bytes(&self) -> usize {
        self.following.bytes() + self.followers.bytes()
    }

    /// The same graph with its lists coded, in memory.
    pub fn coded(&self) -> Result<Self, Error> {
        let coded = |lists: &Adjacency| lists.coded().ok_or(Error::TooManyFollows { follows: self.follows() });
        Ok(Self { following: coded(&self.following)?, followers: coded(&self.followers)? })
    }

    /// How many the account follows.
    ///
    /// # Panics
    /// If the account is not in the graph.
    #[inline]
    pub fn out_degree(&self, account: u32) -> usize {
        self.following.degree(account)
    }

    /// How many follow the account.
    ///
    /// # Panics
    /// If the account is not in the graph.
    #[inline]
    pub fn in_degree(&self, account: u32) -> usize {
        self.followers.degree(account)
    }

    /// Those that the account follows, ascending; decoded where the graph is coded.
    ///
    /// # Panics
    /// If the account is not in the graph.
    #[inline]
    pub fn following(&self, account: u32) -> Cow<'_, [u32]> {
        self.following.of(account)
    }

    /// Those that follow the account, ascending; decoded where the graph is coded.
    ///
    /// # Panics
    /// If the account is not in the graph.
    #[inline]
    pub fn followers(&self, account: u32) -> Cow<'_, [u32]> {
        self.followers.of(account)
    }

    /// Those tied to the account in the undirected view, ascending, each once.
    ///
    /// # Panics
    /// If the account is not in the graph.
    pub fn neighbours(&self, account: u32) -> impl Iterator<Item = u32> + Clone {
        Neighbours { lists: [self.following(account), self.followers(account)], at: [0; 2] }
    }

    /// Whether `src` follows `dst`. A binary search of the shorter of the two lists it would be in.
    ///
    /// # Panics
    /// If either is not in the graph.
    pub fn is_follow(&self, src: u32, dst: u32) -> bool {
        if self.out_degree(src) <= self.in_degree(dst) {
            self.following(src).binary_search(&dst).is_ok()
        } else {
            self.followers(dst).binary_search(&src).is_ok()
        }
    }

    /// Those that each account follows.
    pub(crate) fn following_lists(&self) -> &Adjacency {
        &self.following
    }

    /// Those that follow each account.
    pub(crate) fn followers_lists(&self) -> &Adjacency {
        &self.followers
    }

    /// The accounts.
    pub(crate) fn numbers(&self) -> std::ops::Range<u32> {
        0..self.accounts() as u32
    }

    /// A group of another graph's accounts would give numbers that mean nothing.
    pub(crate) fn check(&self, group: &Group) {
        assert_eq!(group.universe(), self.accounts(), "the group is not one of this graph's accounts");
    }
}

impl fmt::Debug for FollowGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (accounts, follows) = (self.accounts(), self.follows());
        f.debug_struct("FollowGraph").field("accounts", &accounts).field("follows", &follows).finish_non_exhaustive()
    }
}

/// Two ascending lists merged, what is in both once.
#[derive(Clone)]
struct Neighbours<'a> {
    lists: [Cow<'a, [u32]>; 2],
    /// How far each has been read.
    at: [usize; 2],
}

impl Iterator for Neighbours<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let Self { lists: [following, followers], at: [i, j] } = self;
        let (a, b) = (following.get(*i).copied(), followers.get(*j).copied());
        let next = match (a, b) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => return None,
        };
        *i += usize::from(a == Some(next));
        *j += usize::from(b == Some(next));
        Some(next)
    }
}

/// Small graphs whose answers are known.
#[cfg(test)]
pub(crate) mod shapes {
    use super::FollowGraph;

    pub(crate) fn graph(n: usize, follows: &[(u32, u32)]) -> FollowGraph {
        FollowGraph::from_follows(n, follows.to_vec()).map_or_else(|e| panic!("{e}"), |(graph, _)| graph)
    }

    /// Account 0 is followed by all others.
    pub(crate) fn star(n: u32) -> FollowGraph {
        graph(n as usize, &(1..n).map(|leaf| (leaf, 0)).collect::<Vec<_>>())
    }

    /// Everybody follows everybody.
    pub(crate) fn clique(n: u32) -> FollowGraph {
        graph(n as usize, &(0..n).flat_map(|a| (0..n).map(move |b| (a, b))).collect::<Vec<_>>())
    }

    /// Each follows the next, the last the first.
    pub(crate) fn cycle(n: u32) -> FollowGraph {
        graph(n as usize, &(0..n).map(|a| (a, (a + 1) % n)).collect::<Vec<_>>())
    }

    /// Each follows the next.
    pub(crate) fn path(n: u32) -> FollowGraph {
        graph(n as usize, &(1..n).map(|a| (a - 1, a)).collect::<Vec<_>>())
    }

    /// Two triangles, 0 1 2 and 3 4 5, joined by 2 → 3; account 6 is alone.
    pub(crate) fn two_triangles() -> FollowGraph {
        graph(7, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (3, 5)])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Error;

    #[test]
    fn lists_are_sorted_and_what_went_is_counted() {
        let follows = vec![(3, 1), (0, 2), (3, 0), (3, 1), (2, 2), (0, 2), (3, 1), (2, 0), (1, 1)];
        let (graph, dropped) = FollowGraph::from_follows(5, follows).unwrap();
        assert_eq!(dropped, Dropped { repeats: 3, self_follows: 2 });
        assert_eq!((graph.accounts(), graph.follows()), (5, 4));
        assert_eq!((0..5).map(|a| graph.following(a)).collect::<Vec<_>>(), [&[2][..], &[], &[0], &[0, 1], &[]]);
        assert_eq!((0..5).map(|a| graph.followers(a)).collect::<Vec<_>>(), [&[2, 3][..], &[3], &[0], &[], &[]]);
        assert_eq!(graph.neighbours(0).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(graph.neighbours(4).count(), 0);
        assert!(graph.is_follow(3, 1) && !graph.is_follow(1, 3) && !graph.is_follow(2, 2));
    }

    #[test]
    fn the_empty_graph_is_a_graph() {
        let (graph, dropped) = FollowGraph::from_follows(0, vec![]).unwrap();
        assert_eq!((graph.accounts(), graph.follows(), dropped), (0, 0, Dropped::default()));
    }

    #[test]
    fn a_follow_of_nobody_is_an_error() {
        let error = FollowGraph::from_follows(3, vec![(0, 1), (1, 3)]).unwrap_err();
        assert_eq!(error, Error::NoSuchAccount { account: 3, accounts: 3 });
        assert!(error.to_string().contains("only 3 accounts"));
        assert!(FollowGraph::from_follows(usize::MAX, vec![]).is_err());
    }
}
