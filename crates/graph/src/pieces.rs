//! Work on all accounts, cut into pieces that take about as long as each other.
//!
//! Hubs make accounts unequal, and where they have the lowest numbers, ranges of equally many accounts are as unequal
//! as can be. Where the cuts are depends on the graph alone, never on the threads: so sums over pieces, added up in
//! their order, are the same on any number of threads.

use std::ops::Range;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::FollowGraph;

/// As many pieces as keep a handful of threads busy to the end, so few that handing them out costs nothing.
const MOST: usize = 256;
/// A piece of less work is not worth handing out.
const LEAST: usize = 1 << 14;
/// What an account costs beside its follows, in follows.
const ACCOUNT: usize = 4;

/// Ranges of accounts, in order and without gaps.
pub(crate) struct Pieces(Vec<Range<u32>>);

/// A piece, and what a list has for its accounts.
pub(crate) type Part<'a, T> = (Range<u32>, &'a mut [T]);

impl Pieces {
    /// Of about equal work: an account's own, and its `follows`.
    pub(crate) fn of(graph: &FollowGraph, follows: impl Fn(u32) -> usize) -> Self {
        let work = |account| ACCOUNT + follows(account);
        let all: usize = graph.numbers().map(work).sum();
        let piece = all.div_ceil(MOST).max(LEAST);
        let (mut pieces, mut start, mut done) = (Vec::new(), 0, 0);
        for account in graph.numbers() {
            done += work(account);
            if done >= piece {
                pieces.push(start..account + 1);
                (start, done) = (account + 1, 0);
            }
        }
        if start < graph.numbers().end {
            pieces.push(start..graph.numbers().end);
        }
        Self(pieces)
    }

    /// Of about equal work where each account's followers are looked at.
    pub(crate) fn of_followers(graph: &FollowGraph) -> Self {
        Self::of(graph, |account| graph.in_degree(account))
    }

    /// Of about equal work where those that each account follows are looked at.
    pub(crate) fn of_following(graph: &FollowGraph) -> Self {
        Self::of(graph, |account| graph.out_degree(account))
    }

    /// Of about equal work where all that each account is tied to are looked at.
    pub(crate) fn of_ties(graph: &FollowGraph) -> Self {
        Self::of(graph, |account| graph.in_degree(account) + graph.out_degree(account))
    }

    /// One thing for each piece, in order.
    pub(crate) fn map<T: Send>(&self, of: impl Fn(Range<u32>) -> T + Sync) -> Vec<T> {
        self.0.par_iter().with_max_len(1).map(|piece| of(piece.clone())).collect()
    }

    /// One thing for each account.
    pub(crate) fn each<T: Copy + Default + Send>(&self, of: impl Fn(u32) -> T + Sync) -> Vec<T> {
        self.each_with(|| (), |(), account| of(account))
    }

    /// One thing for each account, with something at hand that every piece brings anew.
    pub(crate) fn each_with<S, T: Copy + Default + Send>(
        &self,
        bring: impl Fn() -> S + Sync,
        of: impl Fn(&mut S, u32) -> T + Sync,
    ) -> Vec<T> {
        let mut all = vec![T::default(); self.0.last().map_or(0, |piece| piece.end as usize)];
        self.fill_with(&mut all, bring, of);
        all
    }

    /// Puts one thing for each account in its place.
    pub(crate) fn fill<T: Send>(&self, all: &mut [T], of: impl Fn(u32) -> T + Sync) {
        self.fill_with(all, || (), |(), account| of(account));
    }

    fn fill_with<S, T: Send>(&self, all: &mut [T], bring: impl Fn() -> S + Sync, of: impl Fn(&mut S, u32) -> T + Sync) {
        self.cut(all).into_par_iter().with_max_len(1).for_each(|(piece, part)| {
            let mut at_hand = bring();
            part.iter_mut().zip(piece).for_each(|(place, account)| *place = of(&mut at_hand, account));
        });
    }

    /// Each piece with its part of a list that has one thing for each account.
    pub(crate) fn cut<'a, T>(&self, mut all: &'a mut [T]) -> Vec<Part<'a, T>> {
        let cut = |piece: &Range<u32>| {
            let (part, rest) = std::mem::take(&mut all).split_at_mut(piece.len());
            all = rest;
            (piece.clone(), part)
        };
        self.0.iter().map(cut).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{graph, star};

    #[test]
    fn every_account_lies_in_one_piece() {
        for n in [0, 1, 5, 100_000] {
            let graph = graph(n, &[]);
            let pieces = Pieces::of_ties(&graph);
            assert!(pieces.0.iter().flat_map(Clone::clone).eq(graph.numbers()));
            assert!(pieces.each(|account| account).into_iter().eq(graph.numbers()));
        }
    }

    #[test]
    fn a_hub_has_a_piece_to_itself() {
        let star = star(100_000);
        let pieces = Pieces::of_followers(&star);
        assert_eq!(pieces.0[0], 0..1);
        let longest = pieces.0.iter().map(ExactSizeIterator::len).max();
        assert!(longest <= Some(LEAST / ACCOUNT), "{longest:?}");
        assert_eq!(pieces.map(|piece| piece.len()).into_iter().sum::<usize>(), 100_000);
    }
}
