//! How many different accounts a set of accounts reaches: those that follow at least one of it.

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use crate::hash::mix;
use crate::{FollowGraph, Group};

/// The audience of a set: those that follow at least one of it, members among them. Exact, by a bitmap: O(Σ followers of
/// the set), n/8 bytes for each thread.
///
/// # Panics
/// If the set is not one of this graph's accounts.
pub fn audience(graph: &FollowGraph, set: &Group) -> Group {
    graph.check(set);
    let members: Vec<u32> = set.iter().collect();
    // Few pieces, as each brings a bitmap.
    let piece = members.len().div_ceil(2 * rayon::current_num_threads()).max(1);
    let of_piece = |members: &[u32]| {
        let mut reached = Group::new(graph.accounts());
        for &member in members {
            for &follower in graph.followers(member).iter() {
                reached.insert(follower);
            }
        }
        reached
    };
    let none = || Group::new(graph.accounts());
    members.par_chunks(piece).map(of_piece).reduce(none, |a, b| a.union(&b))
}

/// Those that would be lost with the set: who follow some of it, and nobody of `others`. Members are not lost to
/// themselves: whoever goes with the set is not counted. An account that is in both sets goes. Exact.
///
/// Followers of the set are looked at one by one, whom else they follow, or the whole audience of the others is
/// made, whichever reads less: at most O(Σ followers of both sets).
///
/// # Panics
/// If a set is not one of this graph's accounts.
pub fn lost(graph: &FollowGraph, set: &Group, others: &Group) -> Group {
    graph.check(others);
    let audience_of_set = audience(graph, set);
    let left: Vec<u32> = audience_of_set.iter().filter(|&account| !set.contains(account)).collect();
    let remains = |account: u32| others.contains(account) && !set.contains(account);
    let one_by_one: usize = left.par_iter().map(|&account| graph.out_degree(account)).sum();
    let together: usize =
        others.iter().filter(|&account| remains(account)).map(|account| graph.in_degree(account)).sum();
    let lost: Vec<u32> = if one_by_one <= together {
        let follows_none = |account: &u32| !graph.following(*account).iter().any(|&followed| remains(followed));
        left.into_par_iter().filter(follows_none).collect()
    } else {
        let rest = Group::from_members(graph.accounts(), others.iter().filter(|&account| remains(account)));
        let kept = audience(graph, &rest);
        left.into_par_iter().filter(|&account| !kept.contains(account)).collect()
    };
    Group::from_members(graph.accounts(), lost)
}

/// A sketch of a set of any size from which its size can be estimated: HyperLogLog. 2ᵖ bytes at precision p, with a
/// standard error of about 1.04/√2ᵖ of the size: 1.6 % at p = 12.
///
/// Each item is hashed. The first p bits choose a register, which keeps the longest run of zeros, and a one, that the
/// other bits begin with. What is in the sketch does not depend on order or repeats, and the sketch of a union is the
/// greatest of each register.
///
/// Flajolet, Fusy, Gandouet and Meunier, *HyperLogLog: the analysis of a near-optimal cardinality estimation
/// algorithm*, 2007; Ertl, *New cardinality estimation algorithms for HyperLogLog sketches*, 2017, for the estimate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    registers: Vec<u8>,
}

impl Sketch {
    /// Of nothing.
    ///
    /// # Panics
    /// If the precision is not from 4 to 18.
    pub fn new(precision: u32) -> Self {
        assert!((4..=18).contains(&precision), "the precision must be from 4 to 18, not {precision}");
        Self { registers: vec![0; 1 << precision] }
    }

    /// Of an account's followers.
    ///
    /// # Panics
    /// If the account is not in the graph, or the precision is not from 4 to 18.
    pub fn of_followers(graph: &FollowGraph, account: u32, precision: u32) -> Self {
        let mut sketch = Self::new(precision);
        graph.followers(account).iter().for_each(|&follower| sketch.insert(follower));
        sketch
    }

    /// Of the audience of a set: see [`audience`].
    ///
    /// # Panics
    /// If the set is not one of this graph's accounts, or the precision is not from 4 to 18.
    pub fn of_audience(graph: &FollowGraph, set: &Group, precision: u32) -> Self {
        graph.check(set);
        let members: Vec<u32> = set.iter().collect();
        let add = |mut sketch: Self, &member: &u32| {
            graph.followers(member).iter().for_each(|&follower| sketch.insert(follower));
            sketch
        };
        let empty = || Self::new(precision);
        members.par_iter().fold(empty, add).reduce(empty, |mut a, b| {
            a.merge(&b);
            a
        })
    }

    /// Adds an account, by its number: sketches go together only if they are of the same graph.
    #[inline]
    pub fn insert(&mut self, account: u32) {
        self.insert_hash(mix(u64::from(account)));
    }

    /// Adds an item by a hash of it, of which all 64 bits must look drawn by lot.
    #[inline]
    pub fn insert_hash(&mut self, hash: u64) {
        let precision = self.precision();
        let register = &mut self.registers[(hash >> (64 - precision)) as usize];
        let run = (hash << precision | 1 << (precision - 1)).leading_zeros() as u8 + 1;
        *register = run.max(*register);
    }

    /// Adds all that is in the other.
    ///
    /// # Panics
    /// If the other has another precision.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.registers.len(), other.registers.len(), "sketches of one precision");
        self.registers.iter_mut().zip(&other.registers).for_each(|(a, &b)| *a = b.max(*a));
    }

    /// How many there are, about. With C(i) of the r = 2ᵖ registers at i, and q = 64 − p,
    ///
    /// r² / (2 ln 2 · (r·σ(C(0)/r) + Σ C(i)/2ⁱ + r·τ(1 − C(q+1)/r)/2^q))
    ///
    /// which holds from none to all, without the switch of formulas of 2007 (Ertl 2017, algorithm 6).
    pub fn estimate(&self) -> f64 {
        let r = self.registers.len() as f64;
        let q = 64 - self.precision() as usize;
        let mut counts = [0_u32; 66];
        self.registers.iter().for_each(|&register| counts[register as usize] += 1);
        let mut sum = r * tau(1.0 - f64::from(counts[q + 1]) / r);
        for count in counts[1..=q].iter().rev() {
            sum = 0.5 * (sum + f64::from(*count));
        }
        sum += r * sigma(f64::from(counts[0]) / r);
        r * r / (2.0 * std::f64::consts::LN_2 * sum)
    }

    /// The standard error of the estimate, as a share of it: √(3 ln 2 − 1)/√r. Less where few registers are filled.
    pub fn standard_error(&self) -> f64 {
        ((3.0 * std::f64::consts::LN_2 - 1.0) / self.registers.len() as f64).sqrt()
    }

    fn precision(&self) -> u32 {
        self.registers.len().ilog2()
    }
}

/// x + Σ x^(2ᵏ)·2ᵏ⁻¹ for k from 1.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * y;
        y += y;
        if sum == before {
            return sum;
        }
    }
}

/// (1 − x − Σ (1 − x^(2⁻ᵏ))²·2⁻ᵏ for k from 1) / 3.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        y *= 0.5;
        sum -= (1.0 - x).powi(2) * y;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{graph, star, two_triangles};

    #[test]
    fn who_hears_and_who_no_longer_does() {
        let two = two_triangles();
        let set = |members: &[u32]| Group::from_members(7, members.iter().copied());
        assert_eq!(audience(&two, &set(&[1, 2, 6])), set(&[0, 1]));
        assert_eq!(audience(&two, &set(&[])), set(&[]));
        // 3 follows 4 and 5; 4 follows 5 and goes with it.
        assert_eq!(lost(&two, &set(&[4, 5]), &set(&[0, 1, 2])), set(&[3]));
        assert_eq!(lost(&two, &set(&[4]), &set(&[5])), set(&[]));
        assert_eq!(lost(&two, &set(&[4, 5]), &set(&[4, 5])), set(&[3]));
        assert_eq!(lost(&star(9), &Group::from_members(9, [0]), &Group::new(9)).len(), 8);
        assert!(audience(&graph(0, &[]), &Group::new(0)).is_empty());
    }

    #[test]
    fn estimates_hold_from_none_to_many() {
        for (precision, n) in [(12, 0), (12, 1), (12, 100), (12, 5_000), (12, 20_000), (10, 200_000), (14, 1_000_000)] {
            let mut sketch = Sketch::new(precision);
            (0..n).chain(0..n / 2).for_each(|account| sketch.insert(account));
            let error = (sketch.estimate() - f64::from(n)).abs();
            assert!(error <= 3.0 * sketch.standard_error() * f64::from(n), "{n}: {error}");
        }
        assert!((Sketch::new(12).standard_error() - 1.04 / 64.0).abs() < 1e-4);
    }

    #[test]
    fn errors_are_of_the_stated_size() {
        let n = 30_000;
        let mut square = 0.0;
        for seed in 0..200_u64 {
            let mut sketch = Sketch::new(8);
            (0..n).for_each(|item| sketch.insert_hash(mix(mix(seed) ^ item)));
            square += (sketch.estimate() / n as f64 - 1.0).powi(2);
        }
        let ratio = (square / 200.0).sqrt() / Sketch::new(8).standard_error();
        assert!((0.85..1.15).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_union_is_a_union() {
        let (mut a, mut b, mut both) = (Sketch::new(6), Sketch::new(6), Sketch::new(6));
        (0..700).for_each(|account| a.insert(account));
        (500..2000).for_each(|account| b.insert(account));
        (0..2000).for_each(|account| both.insert(account));
        a.merge(&b);
        assert_eq!(a, both);
    }
}
