//! Accounts with like neighbours, found without comparing every two: an account that comes back under another name tends to
//! follow those it followed before.
//!
//! Likeness is that of Jaccard: J(A, B) = |A ∩ B| / |A ∪ B|.

use std::cmp::Reverse;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use crate::FollowGraph;
use crate::hash::mix;

/// Which neighbours of an account are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those it follows.
    Following,
    /// Those that follow it.
    Followers,
    /// Those tied to it either way.
    Tied,
}

impl Side {
    fn each(self, graph: &FollowGraph, account: u32, call: impl FnMut(u32)) {
        match self {
            Self::Following => graph.following(account).iter().copied().for_each(call),
            Self::Followers => graph.followers(account).iter().copied().for_each(call),
            Self::Tied => graph.neighbours(account).for_each(call),
        }
    }
}

/// The Jaccard likeness of the neighbours of two accounts, exact; 0 if neither has any.
///
/// # Panics
/// If either is not in the graph.
pub fn jaccard(graph: &FollowGraph, side: Side, a: u32, b: u32) -> f64 {
    let list = |account| {
        let mut list = Vec::new();
        side.each(graph, account, |other| list.push(other));
        list
    };
    let (a, b) = (list(a), list(b));
    let (short, long) = if a.len() < b.len() { (&a, &b) } else { (&b, &a) };
    let both = short.iter().filter(|other| long.binary_search(other).is_ok()).count();
    let either = a.len() + b.len() - both;
    if either == 0 { 0.0 } else { both as f64 / either as f64 }
}

/// An estimate of the likeness of two accounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// The estimate, unbiased. `NaN` where neither account has neighbours.
    pub jaccard: f64,
    /// Its standard error: of b bins in which either has neighbours, filled from f neighbours of either without
    /// replacement, √(J̃(1 − J̃)/b · (f − b)/(f − 1)). J̃ is drawn a little to the middle, so that this is not 0 where all
    /// bins agree by luck; f is (|A| + |B|)/(1 + J̃).
    pub standard_error: f64,
}

/// Signatures of the neighbours of some accounts, from which their likeness can be estimated: 4·`bins` bytes each.
///
/// One-permutation hashing: each neighbour is hashed once; the hash chooses a bin, and a bin keeps the least hash that falls
/// into it. Bins without any stay empty. The chance that a bin in which either has neighbours is the same for both is
/// their likeness. O(neighbours + bins) an account, where as many permutations would cost O(neighbours · bins).
///
/// Broder, *On the resemblance and containment of documents*, 1997; Li, Owen and Zhang, *One permutation hashing*, 2012.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    accounts: Vec<u32>,
    neighbours: Vec<u32>,
    bins: usize,
    least: Vec<u32>,
}

/// Accounts of which some signatures agree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    /// Pairs of accounts, the lower number first; ascending, each once.
    pub pairs: Vec<(u32, u32)>,
    /// Buckets with more accounts than were allowed. Their pairs are not listed, unless they meet in another. Not 0 means that
    /// there may be whole crowds of like accounts.
    pub crowded: usize,
    /// The largest such bucket's accounts, ascending; none if no bucket was too large.
    pub crowd: Vec<u32>,
}

impl Signatures {
    /// A bin that nothing fell into.
    const EMPTY: u32 = u32::MAX;

    /// Of these accounts' neighbours. Signatures of different seeds, sides or graphs have nothing to say to each other.
    ///
    /// # Panics
    /// If an account is not in the graph, or the bins are not a power of two from 2 to 65,536.
    pub fn new(graph: &FollowGraph, side: Side, accounts: Vec<u32>, bins: usize, seed: u64) -> Self {
        assert!(bins.is_power_of_two() && (2..=1 << 16).contains(&bins), "bins must be a power of two, not {bins}");
        let seed = mix(seed);
        let sign = |&account: &u32| {
            let mut least = vec![Self::EMPTY; bins];
            side.each(graph, account, |other| {
                let hash = mix(seed ^ u64::from(other));
                let least = &mut least[hash as usize & (bins - 1)];
                // Never quite as high as what stands for none.
                *least = ((hash >> 32) as u32).min(Self::EMPTY - 1).min(*least);
            });
            least
        };
        let least = accounts.par_iter().with_min_len(64).flat_map_iter(sign).collect();
        let count = |&account: &u32| {
            let mut count = 0;
            side.each(graph, account, |_| count += 1);
            count
        };
        let neighbours = accounts.par_iter().map(count).collect();
        Self { accounts, neighbours, bins, least }
    }

    /// The accounts, in the order given.
    pub fn accounts(&self) -> &[u32] {
        &self.accounts
    }

    /// How like the `i`th and the `j`th account are: of the bins in which either has neighbours, the share that are the same.
    ///
    /// # Panics
    /// If there are not so many accounts.
    pub fn likeness(&self, i: usize, j: usize) -> Likeness {
        let (mut same, mut either) = (0.0, 0.0);
        for (&a, &b) in self.of(i).iter().zip(self.of(j)) {
            if a != Self::EMPTY || b != Self::EMPTY {
                either += 1.0;
                same += f64::from(u8::from(a == b));
            }
        }
        let drawn = (same + 1.0) / (either + 2.0);
        let all = f64::from(self.neighbours[i] + self.neighbours[j]) / (1.0 + drawn);
        let not_seen = ((all - either) / (all - 1.0).max(1.0)).clamp(0.0, 1.0);
        let variance: f64 = drawn * (1.0 - drawn) / f64::max(either, 1.0) * not_seen;
        Likeness { jaccard: same / either, standard_error: variance.sqrt() }
    }

    /// Pairs that agree in all `rows` bins of at least one of `bands` bands, as far as there are bins for so many. A pair of
    /// likeness J is found with chance
    ///
    /// 1 − (1 − J^rows)^bands
    ///
    /// so about half of those of likeness (1/bands)^(1/rows) are. Accounts are put into a bucket for each band by a hash
    /// of its bins; buckets of more than `crowd` accounts are not gone through, as their pairs are too many, but told. An
    /// empty bin borrows from another, the same for all accounts (Shrivastava 2017, optimal densification), so that
    /// accounts with few neighbours are found, too. Those with fewer than `fewest` filled bins are left out: with
    /// hardly any neighbours, many are alike by chance.
    ///
    /// Sorts the accounts once a band. At most `bands` · accounts · `crowd` / 2 pairs.
    ///
    /// Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*, 2014, chapter 3, for banding.
    ///
    /// # Panics
    /// If there are no rows, or more of them all together than bins.
    pub fn candidates(&self, bands: usize, rows: usize, crowd: usize, fewest: usize) -> Candidates {
        assert!(rows > 0 && bands * rows <= self.bins, "{bands} bands of {rows} need more than {} bins", self.bins);
        let filled = |i: &usize| self.of(*i).iter().filter(|&&bin| bin != Self::EMPTY).count() >= fewest.max(1);
        let chosen: Vec<usize> = (0..self.accounts.len()).into_par_iter().filter(filled).collect();
        let mut found = Candidates::default();
        for band in 0..bands {
            let key = |&i: &usize| (self.band(i, band * rows..(band + 1) * rows), self.accounts[i]);
            let mut keyed: Vec<(u64, u32)> = chosen.par_iter().map(key).collect();
            keyed.par_sort_unstable();
            keyed.dedup();
            for bucket in keyed.chunk_by(|a, b| a.0 == b.0).filter(|bucket| bucket.len() > 1) {
                if bucket.len() > crowd {
                    found.crowded += 1;
                    if bucket.len() > found.crowd.len() {
                        found.crowd = bucket.iter().map(|&(_, account)| account).collect();
                    }
                    continue;
                }
                for (i, &(_, a)) in bucket.iter().enumerate() {
                    found.pairs.extend(bucket[i + 1..].iter().map(|&(_, b)| (a, b)));
                }
            }
        }
        found.pairs.par_sort_unstable();
        found.pairs.dedup();
        found
    }

    /// Candidates with their likeness, exact, of at least `least`; the most alike first, then by number.
    ///
    /// # Panics
    /// If the signatures are not of this graph.
    pub fn confirmed(graph: &FollowGraph, side: Side, candidates: &Candidates, least: f64) -> Vec<(u32, u32, f64)> {
        let exact = |&(a, b): &(u32, u32)| (a, b, jaccard(graph, side, a, b));
        let mut pairs: Vec<_> = candidates.pairs.par_iter().map(exact).filter(|pair| pair.2 >= least).collect();
        // Likeness is never NaN or negative, so its bits are in its order.
        pairs.par_sort_unstable_by_key(|&(a, b, likeness)| (Reverse(likeness.to_bits()), a, b));
        pairs
    }

    fn of(&self, i: usize) -> &[u32] {
        &self.least[i * self.bins..][..self.bins]
    }

    /// A hash of some bins of the `i`th account, of which at least one bin is filled.
    fn band(&self, i: usize, bins: std::ops::Range<usize>) -> u64 {
        let signature = self.of(i);
        bins.fold(0, |hash, bin| {
            let tries = (1_u64..).map(|attempt| mix((bin as u64) << 32 | attempt) as usize & (self.bins - 1));
            let lender = std::iter::once(bin).chain(tries).find(|&bin| signature[bin] != Self::EMPTY);
            mix(hash ^ u64::from(lender.map_or(Self::EMPTY, |bin| signature[bin])))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::graph;

    /// Accounts 0 and 1 follow 60 each, 40 of them the same; 2 follows as 0 does; 3 one account; 4 nobody.
    fn alike() -> FollowGraph {
        let follows = (0..60).flat_map(|i| [(0, 5 + i), (1, 25 + i), (2, 5 + i)]).chain([(3, 5)]);
        graph(90, &follows.collect::<Vec<_>>())
    }

    #[test]
    fn likeness_is_exact_where_it_says_so() {
        let graph = alike();
        assert_eq!(jaccard(&graph, Side::Following, 0, 1), 0.5);
        assert_eq!(jaccard(&graph, Side::Following, 0, 2), 1.0);
        assert_eq!(jaccard(&graph, Side::Following, 3, 0), 1.0 / 60.0);
        assert_eq!(jaccard(&graph, Side::Following, 4, 4), 0.0);
        assert_eq!(jaccard(&graph, Side::Followers, 5, 6), 2.0 / 3.0);
        assert_eq!(jaccard(&graph, Side::Tied, 5, 6), 2.0 / 3.0);
    }

    #[test]
    fn estimates_are_unbiased_and_their_errors_true() {
        let graph = alike();
        for (bins, a, b, expected) in [(64, 0, 1, 0.5), (16, 0, 1, 0.5), (256, 0, 1, 0.5)] {
            let (mut sum, mut squares, mut stated) = (0.0, 0.0, 0.0);
            for seed in 0..2000 {
                let signatures = Signatures::new(&graph, Side::Following, vec![a, b], bins, seed);
                let likeness = signatures.likeness(0, 1);
                sum += likeness.jaccard - expected;
                squares += (likeness.jaccard - expected).powi(2);
                stated += likeness.standard_error.powi(2);
            }
            let error = (squares / 2000.0_f64).sqrt();
            assert!((sum / 2000.0_f64).abs() < 4.0 * error / 2000.0_f64.sqrt(), "{bins}: {}", sum / 2000.0);
            let ratio = (stated / 2000.0).sqrt() / error;
            assert!((0.85..1.35).contains(&ratio), "{bins}: {ratio}");
        }
    }

    #[test]
    fn the_same_neighbours_are_always_found() {
        let graph = alike();
        let signatures = Signatures::new(&graph, Side::Following, (0..90).collect(), 64, 1);
        let found = signatures.candidates(16, 4, 10, 2);
        assert!(found.pairs.contains(&(0, 2)) && found.crowded == 0 && found.crowd.is_empty());
        assert!(found.pairs.iter().all(|&(_, b)| b < 3));
        let confirmed = Signatures::confirmed(&graph, Side::Following, &found, 0.9);
        assert_eq!(confirmed, [(0, 2, 1.0)]);
        assert!(signatures.likeness(3, 4).jaccard == 0.0 && signatures.likeness(4, 5).jaccard.is_nan());
        // Densified, a single neighbour is a signature, too.
        let side = Signatures::new(&graph, Side::Followers, (85..90).chain(65..85).collect(), 64, 1);
        let crowd = side.candidates(8, 8, 5, 1);
        assert!(crowd.pairs.is_empty() && crowd.crowded == 8);
        assert_eq!(crowd.crowd, (65..85).collect::<Vec<_>>());
    }
}
