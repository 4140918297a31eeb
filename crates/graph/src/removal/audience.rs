//! Whom a group reaches, and what it loses of them.

use std::fmt;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::lists::Lists;
use crate::{FollowGraph, Group};

/// Rounds of the bound; each is a pass over all follows from outside.
const ROUNDS: u32 = 60;
/// Members that the next to be tried of a swap are chosen from.
const TRIED: usize = 8;

/// The accounts outside of a group that follow some of it.
///
/// How many are lost with a set of members, those who follow none of the others, is supermodular: each removal can make the
/// next one count for more. So no order that looks a step ahead comes with a guarantee, and a bound stands beside what is
/// found. 8 bytes a follow from outside and 8 a follower.
#[derive(Clone)]
pub struct Audience {
    /// Of each member, who follows it.
    followers: Lists,
    /// Of each of these, whom of the group it follows.
    followed: Lists,
}

impl Audience {
    /// The audience of a group. O(follows of the group).
    ///
    /// # Panics
    /// If the group is not one of this graph's accounts.
    pub fn new(graph: &FollowGraph, group: &Group) -> Self {
        graph.check(group);
        let members: Vec<u32> = group.iter().collect();
        let outside: Vec<Vec<u32>> = members
            .par_iter()
            .map(|&m| graph.followers(m).iter().copied().filter(|&f| !group.contains(f)).collect())
            .collect();
        let mut reached = Group::new(graph.accounts());
        outside.iter().flatten().for_each(|&follower| _ = reached.insert(follower));
        let mut number = vec![0_u32; graph.accounts()];
        (0..).zip(reached.iter()).for_each(|(i, follower)| number[follower as usize] = i);
        let follows = || {
            let of_member = |(m, followers)| (followers as &Vec<u32>).iter().map(move |&f| (m, f));
            (0_u32..).zip(&outside).flat_map(of_member)
        };
        let pairs = || follows().map(|(m, f)| (m, number[f as usize]));
        let followers = Lists::of_pairs(members.len(), pairs());
        let followed = Lists::of_pairs(reached.len(), pairs().map(|(m, f)| (f, m)));
        Self { followers, followed }
    }

    /// How many members there are.
    pub fn members(&self) -> usize {
        self.followers.owners()
    }

    /// How many accounts outside the group reaches.
    pub fn reached(&self) -> usize {
        self.followed.owners()
    }

    /// How many it no longer reaches after each removal in `order`. O(follows).
    ///
    /// # Panics
    /// If somebody in `order` is no member, or is in it twice.
    pub fn lost(&self, order: &[u32]) -> Vec<u64> {
        let mut removal = Removal::new(self);
        order.iter().map(|&member| removal.remove(member)).collect()
    }

    /// All members, those with the most followers outside first.
    pub fn by_followers(&self) -> Vec<u32> {
        self.by(|member| self.followers.of(member).len() as u64)
    }

    /// All members, the highest worth first, then the lower number.
    pub fn by<T: Ord>(&self, worth: impl Fn(u32) -> T) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.members() as u32).collect();
        order.sort_by(|&a, &b| worth(b).cmp(&worth(a)).then(a.cmp(&b)));
        order
    }

    /// All members in an order found from its end: of those left, the one is spared next that costs the least of what is
    /// lost with all that are left. O(Σ over followers of whom they follow).
    ///
    /// For the densest set, Charikar's peeling; Chlamtáč et al. 2018 for the same with sets.
    pub fn by_peeling(&self) -> Vec<u32> {
        let n = self.members();
        // Lost with all that are left: followers of nobody who was spared.
        let mut worth: Vec<u32> = (0..n as u32).map(|m| self.followers.of(m).len() as u32).collect();
        let mut kept = Group::new(self.reached());
        let mut spared = vec![false; n];
        let mut queue = Buckets::new(&worth);
        let mut order = Vec::with_capacity(n);
        while let Some(member) = queue.next(&worth, &spared) {
            spared[member as usize] = true;
            order.push(member);
            for &follower in self.followers.of(member) {
                if kept.insert(follower) {
                    for &other in self.followed.of(follower) {
                        worth[other as usize] -= 1;
                        if !spared[other as usize] {
                            queue.put(other, worth[other as usize]);
                        }
                    }
                }
            }
        }
        order.reverse();
        order
    }

    /// What no removal of so many members can lose more than, for each number of them, and the members in the order that
    /// this suggests.
    ///
    /// ```text
    /// lost(X) ≤ Σ_{m in X} w_m ≤ the sum of the |X| largest w          w_m = Σ_f α_fm,  α ≥ 0,  Σ_m α_fm = 1 for each follower f
    /// ```
    ///
    /// since whoever is lost has all of its shares α in X. Any shares give a bound; those that make the w most even give the
    /// best, for all numbers at once (the dual of the linear programme). They are found by the method of Frank and Wolfe:
    /// in each of 60 rounds every follower gives a share to the member that has the least. O(follows) a round.
    ///
    /// Danisch, Chan & Sozio 2017, *Large scale density-friendly graph decomposition via convex programming*; Boob et al.
    /// 2020.
    pub fn bound(&self) -> (Vec<f64>, Vec<u32>) {
        let n = self.members();
        let mut w = vec![0.0_f64; n];
        for follower in 0..self.reached() as u32 {
            let followed = self.followed.of(follower);
            followed.iter().for_each(|&m| w[m as usize] += 1.0 / followed.len() as f64);
        }
        for round in 1..=ROUNDS {
            let least = |follower: u32| {
                let of = |m: &u32| w[*m as usize];
                self.followed.of(follower).iter().copied().min_by(|a, b| of(a).total_cmp(&of(b)))
            };
            let given: Vec<Option<u32>> = (0..self.reached() as u32).into_par_iter().map(least).collect();
            let mut shares = vec![0_u32; n];
            given.into_iter().flatten().for_each(|m| shares[m as usize] += 1);
            let step = 2.0 / f64::from(round + 2);
            w.iter_mut().zip(shares).for_each(|(w, s)| *w += step * (f64::from(s) - *w));
        }
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by(|&a, &b| w[b as usize].total_cmp(&w[a as usize]).then(a.cmp(&b)));
        let whole = self.reached() as f64;
        let sums = order.iter().scan(0.0_f64, |sum, &m| {
            *sum += w[m as usize];
            Some(sum.min(whole))
        });
        (sums.collect(), order)
    }

    /// The same number of members removed, one swapped for another as long as more is lost by it, `swaps` times at most.
    /// Never worse than what it was given.
    ///
    /// # Panics
    /// As for [`Audience::lost`].
    pub fn improved(&self, removed: &[u32], swaps: usize) -> Vec<u32> {
        let mut removal = Removal::new(self);
        removed.iter().for_each(|&member| _ = removal.remove(member));
        let members = 0..self.members() as u32;
        for _ in 0..swaps {
            let back = members.clone().into_par_iter().filter(|&m| removal.is_removed(m));
            // Who is missed the least, and who is held by the fewest others.
            let Some(back) = back.min_by_key(|&m| (removal.only_by_removed(m), m)) else { break };
            let before = removal.lost;
            removal.put_back(back);
            let mut next: Vec<(u64, u32)> = members
                .clone()
                .into_par_iter()
                .filter(|&m| !removal.is_removed(m) && m != back)
                .map(|m| (removal.only_by(m), m))
                .collect();
            next.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            next.truncate(TRIED);
            let better = next.first().filter(|(gain, _)| removal.lost + gain > before);
            let Some(&(_, member)) = better else {
                removal.remove(back);
                break;
            };
            removal.remove(member);
        }
        members.filter(|&m| removal.is_removed(m)).collect()
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audience").field("members", &self.members()).field("reached", &self.reached()).finish()
    }
}

/// Members removed, and who is still reached.
struct Removal<'a> {
    audience: &'a Audience,
    removed: Vec<bool>,
    /// How many each follower still follows.
    left: Vec<u32>,
    lost: u64,
}

impl<'a> Removal<'a> {
    fn new(audience: &'a Audience) -> Self {
        let left = (0..audience.reached() as u32).map(|f| audience.followed.of(f).len() as u32).collect();
        Self { audience, removed: vec![false; audience.members()], left, lost: 0 }
    }

    fn is_removed(&self, member: u32) -> bool {
        self.removed[member as usize]
    }

    /// How many are lost with it.
    fn remove(&mut self, member: u32) -> u64 {
        assert!(!std::mem::replace(&mut self.removed[member as usize], true), "member {member} is removed already");
        for &follower in self.audience.followers.of(member) {
            let left = &mut self.left[follower as usize];
            *left -= 1;
            self.lost += u64::from(*left == 0);
        }
        self.lost
    }

    fn put_back(&mut self, member: u32) {
        self.removed[member as usize] = false;
        for &follower in self.audience.followers.of(member) {
            let left = &mut self.left[follower as usize];
            self.lost -= u64::from(*left == 0);
            *left += 1;
        }
    }

    /// How many would be lost with a member that is there.
    fn only_by(&self, member: u32) -> u64 {
        self.audience.followers.of(member).iter().filter(|f| self.left[**f as usize] == 1).count() as u64
    }

    /// How many would be reached again with a removed one.
    fn only_by_removed(&self, member: u32) -> u64 {
        self.audience.followers.of(member).iter().filter(|f| self.left[**f as usize] == 0).count() as u64
    }
}

/// Members by worth, the least first; worths only fall.
pub(super) struct Buckets {
    buckets: Vec<Vec<u32>>,
    least: usize,
}

impl Buckets {
    pub(super) fn new(worth: &[u32]) -> Self {
        let mut buckets = vec![Vec::new(); worth.iter().max().map_or(0, |w| *w as usize + 1)];
        // The lower number first where worth is the same.
        (0..worth.len() as u32).rev().for_each(|m| buckets[worth[m as usize] as usize].push(m));
        Self { buckets, least: 0 }
    }

    /// A member is worth less now.
    pub(super) fn put(&mut self, member: u32, worth: u32) {
        self.buckets[worth as usize].push(member);
        self.least = self.least.min(worth as usize);
    }

    /// The member of least worth that is not done; entries of an earlier worth are passed over.
    pub(super) fn next(&mut self, worth: &[u32], done: &[bool]) -> Option<u32> {
        while self.least < self.buckets.len() {
            while let Some(member) = self.buckets[self.least].pop() {
                if !done[member as usize] && worth[member as usize] as usize == self.least {
                    return Some(member);
                }
            }
            self.least += 1;
        }
        None
    }
}
