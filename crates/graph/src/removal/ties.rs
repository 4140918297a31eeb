//! How a group hangs together by its ties inside, and how it falls apart.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::betweenness::betweenness;
use crate::hash::Draws;
use crate::lists::Lists;
use crate::{FollowGraph, Group};

/// Collective influence is found anew after so large a part of the members is removed.
const BATCH: usize = 100;

/// The ties inside of a group, in the undirected view.
#[derive(Clone)]
pub struct Ties {
    inside: FollowGraph,
    ties: Lists,
}

impl Ties {
    /// The ties inside of a group. O(follows of the group).
    ///
    /// # Panics
    /// If the group is not one of this graph's accounts.
    pub fn new(graph: &FollowGraph, group: &Group) -> Self {
        let inside = graph.among(group);
        let tied = || {
            let of = |m| inside.neighbours(m).map(move |other| (m, other)).collect::<Vec<_>>();
            inside.numbers().flat_map(of)
        };
        let tied: Vec<(u32, u32)> = tied().collect();
        let ties = Lists::of_pairs(inside.accounts(), tied.iter().copied());
        Self { inside, ties }
    }

    /// How many members there are.
    pub fn members(&self) -> usize {
        self.ties.owners()
    }

    /// The size of the largest part, nobody removed.
    pub fn whole(&self) -> u32 {
        let mut parts = Parts::new(self.members());
        let there = vec![true; self.members()];
        (0..self.members() as u32).for_each(|member| parts.add(member, self.ties.of(member), &there));
        parts.largest
    }

    /// The size of the largest part after each removal in `order`. O(ties), from the last removal back.
    ///
    /// # Panics
    /// If somebody in `order` is no member.
    pub fn largest(&self, order: &[u32]) -> Vec<u32> {
        let mut there = vec![true; self.members()];
        order.iter().for_each(|&member| there[member as usize] = false);
        let mut parts = Parts::new(self.members());
        for member in (0..self.members() as u32).filter(|m| there[*m as usize]) {
            parts.add(member, self.ties.of(member), &there);
        }
        let mut sizes = Vec::with_capacity(order.len());
        for &member in order.iter().rev() {
            sizes.push(parts.largest);
            there[member as usize] = true;
            parts.add(member, self.ties.of(member), &there);
        }
        sizes.reverse();
        sizes
    }

    /// All members, the most ties inside first.
    pub fn by_ties(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.members() as u32).collect();
        order.sort_by_key(|&m| (Reverse(self.ties.of(m).len()), m));
        order
    }

    /// All members in an order by lot.
    pub fn by_lot(&self, seed: u64) -> Vec<u32> {
        Draws::new(seed).shuffled(self.members())
    }

    /// All members, those on the most ways between others inside first, from a sample of `starts`.
    pub fn by_betweenness(&self, starts: usize, seed: u64) -> Vec<u32> {
        let value = betweenness(&self.inside, starts, seed).value;
        let mut order: Vec<u32> = (0..self.members() as u32).collect();
        order.sort_by(|&a, &b| value[b as usize].total_cmp(&value[a as usize]).then(a.cmp(&b)));
        order
    }

    /// CoreHD: of the 2-core, what is left when ends are cut off again and again, the member with the most ties in it, until
    /// there is none; then the others by ties. O(ties).
    ///
    /// Zdeborová, Zhang & Zhou 2016, *Fast and simple decycling and dismantling of networks*.
    pub fn by_core(&self) -> Vec<u32> {
        let n = self.members();
        let mut degree: Vec<u32> = (0..n as u32).map(|m| self.ties.of(m).len() as u32).collect();
        let mut out = vec![false; n];
        let mut queue: BinaryHeap<(u32, Reverse<u32>)> = BinaryHeap::new();
        let mut ends: Vec<u32> = (0..n as u32).filter(|m| degree[*m as usize] < 2).collect();
        (0..n as u32).for_each(|m| queue.push((degree[m as usize], Reverse(m))));
        let mut order = Vec::with_capacity(n);
        loop {
            while let Some(end) = ends.pop() {
                if !std::mem::replace(&mut out[end as usize], true) {
                    self.loosen(end, &mut degree, &out, &mut ends, &mut queue);
                }
            }
            let next = loop {
                match queue.pop() {
                    Some((d, Reverse(m))) if out[m as usize] || d != degree[m as usize] => {}
                    next => break next,
                }
            };
            let Some((_, Reverse(member))) = next else { break };
            out[member as usize] = true;
            order.push(member);
            self.loosen(member, &mut degree, &out, &mut ends, &mut queue);
        }
        self.completed(order)
    }

    fn loosen(
        &self,
        gone: u32,
        degree: &mut [u32],
        out: &[bool],
        ends: &mut Vec<u32>,
        queue: &mut BinaryHeap<(u32, Reverse<u32>)>,
    ) {
        for &other in self.ties.of(gone) {
            if !out[other as usize] {
                degree[other as usize] -= 1;
                match degree[other as usize] {
                    0 | 1 => ends.push(other),
                    d => queue.push((d, Reverse(other))),
                }
            }
        }
    }

    /// Collective influence at distance 1, found anew after each hundredth of the members:
    ///
    /// ```text
    /// CI(i) = (dᵢ − 1)·Σ_{j tied to i} (dⱼ − 1)          d ties to those that are left
    /// ```
    ///
    /// O(ties) each time.
    ///
    /// Morone & Makse 2015, *Influence maximization in complex networks through optimal percolation*.
    pub fn by_influence(&self) -> Vec<u32> {
        let n = self.members();
        let mut degree: Vec<u64> = (0..n as u32).map(|m| self.ties.of(m).len() as u64).collect();
        let mut gone = vec![false; n];
        let mut order = Vec::with_capacity(n);
        loop {
            let less = |m: &u32| degree[*m as usize].saturating_sub(1);
            let influence = |m: u32| {
                let others = self.ties.of(m).iter().filter(|o| !gone[**o as usize]).map(less).sum::<u64>();
                (less(&m).saturating_mul(others), m)
            };
            let left = (0..n as u32).into_par_iter().filter(|m| !gone[*m as usize]);
            let mut worth: Vec<(u64, u32)> = left.map(influence).filter(|(ci, _)| *ci > 0).collect();
            if worth.is_empty() {
                return self.completed(order);
            }
            worth.sort_unstable_by_key(|&(ci, m)| (Reverse(ci), m));
            for (_, member) in worth.into_iter().take((n / BATCH).max(1)) {
                gone[member as usize] = true;
                order.push(member);
                self.ties.of(member).iter().for_each(|o| degree[*o as usize] -= 1);
            }
        }
    }

    /// An order that falls apart to a largest part of `target` sooner: of those that `order` removes until then, whoever joins
    /// the smallest parts is put back first, and so goes last.
    ///
    /// Braunstein et al. 2016, *Network dismantling*; without it comparisons between orders say little.
    pub fn reinserted(&self, order: &[u32], target: u32) -> Vec<u32> {
        let needed = self.largest(order).iter().position(|size| *size <= target).map_or(order.len(), |at| at + 1);
        let (removed, rest) = order.split_at(needed);
        let mut there = vec![true; self.members()];
        removed.iter().for_each(|&member| there[member as usize] = false);
        let mut parts = Parts::new(self.members());
        for member in (0..self.members() as u32).filter(|m| there[*m as usize]) {
            parts.add(member, self.ties.of(member), &there);
        }
        let mut queue: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
        for &member in removed {
            queue.push(Reverse((parts.joined(self.ties.of(member), &there), member)));
        }
        let mut back = Vec::with_capacity(removed.len());
        while let Some(Reverse((size, member))) = queue.pop() {
            // Parts only grow, so one that has not grown since is the smallest.
            let now = parts.joined(self.ties.of(member), &there);
            if now > size {
                queue.push(Reverse((now, member)));
                continue;
            }
            there[member as usize] = true;
            parts.add(member, self.ties.of(member), &there);
            back.push(member);
        }
        back.into_iter().rev().chain(rest.iter().copied()).collect()
    }

    /// The others behind, by ties.
    fn completed(&self, mut order: Vec<u32>) -> Vec<u32> {
        let mut there = vec![true; self.members()];
        order.iter().for_each(|&member| there[member as usize] = false);
        order.extend(self.by_ties().into_iter().filter(|m| there[*m as usize]));
        order
    }
}

impl fmt::Debug for Ties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ties").field("members", &self.members()).field("ties", &(self.ties.items() / 2)).finish()
    }
}

/// Parts that only grow: union by size.
struct Parts {
    above: Vec<u32>,
    size: Vec<u32>,
    largest: u32,
}

impl Parts {
    fn new(members: usize) -> Self {
        Self { above: (0..members as u32).collect(), size: vec![1; members], largest: 0 }
    }

    fn top(&mut self, mut member: u32) -> u32 {
        while self.above[member as usize] != member {
            let above = self.above[member as usize];
            self.above[member as usize] = self.above[above as usize];
            member = above;
        }
        member
    }

    /// A member that is there, tied to those that are.
    fn add(&mut self, member: u32, ties: &[u32], there: &[bool]) {
        self.largest = self.largest.max(1);
        for &other in ties.iter().filter(|o| there[**o as usize]) {
            let (mut a, mut b) = (self.top(member), self.top(other));
            if a == b {
                continue;
            }
            if self.size[a as usize] < self.size[b as usize] {
                (a, b) = (b, a);
            }
            self.above[b as usize] = a;
            self.size[a as usize] += self.size[b as usize];
            self.largest = self.largest.max(self.size[a as usize]);
        }
    }

    /// The size of the part that a member with these ties would make.
    fn joined(&mut self, ties: &[u32], there: &[bool]) -> u32 {
        let mut tops: Vec<u32> = ties.iter().filter(|o| there[**o as usize]).map(|&o| self.top(o)).collect();
        tops.sort_unstable();
        tops.dedup();
        1 + tops.iter().map(|t| self.size[*t as usize]).sum::<u32>()
    }
}
