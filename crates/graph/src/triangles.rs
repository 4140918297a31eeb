//! Who is tied to whom is tied to whom: the triangles of the undirected view. Those with a group are in [`crate::ties`].
//!
//! Latapy, *Main-memory triangle computations for very large (sparse (power-law)) graphs*, 2008, surveys the field.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::FollowGraph;

/// The triangles of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triangles {
    /// How many there are.
    pub total: u64,
    /// How many each account is in: Σ over the accounts is three times the total.
    pub of_account: Vec<u64>,
}

/// All triangles of the undirected view: sets of three accounts that are tied to each other.
///
/// Accounts are taken in descending order of their ties, hubs first. Write L(u) for those tied to u that come before
/// it; it is short even for hubs, as few accounts have more ties than a hub. Then each pair w before v in each L(u) is
/// looked at once, whether it is tied: Σ |L(u)|² / 2 looks, at most O(m·√m). What they cost is a matter of where the
/// ties of v are when they are looked up:
///
/// * v among the first 2¹⁴ accounts, which most ties lead to: in a triangular matrix of bits, 17 MB, by the u. What
///   is looked at next is then always near: L(u) itself, and the rows of a few hubs.
/// * v further down: marked in an array, by the v, for all u after it that are tied to it.
///
/// The lists L are copied out of the graph, as reading them out of two merged lists again and again would cost several
/// times the rest: 4 bytes a tie and 8 an account. Beside that 8 bytes an account, and 4 an account for each thread;
/// 8 more, and time to sort, if the numbers of the accounts do not follow their ties downwards already.
///
/// Schank and Wagner, *Finding, counting and listing all triangles in large graphs*, 2005 (forward); Latapy 2008
/// (compact-forward).
pub fn all(graph: &FollowGraph) -> Triangles {
    let counts = if is_hub_first(graph) {
        of_ordered(&InOrder { graph })
    } else {
        let order = ByTies::new(graph);
        let by_rank = of_ordered(&order);
        order.rank.par_iter().map(|&rank| by_rank[rank as usize]).collect()
    };
    Triangles { total: counts.iter().sum::<u64>() / 3, of_account: counts }
}

/// The accounts of a graph in an order, which numbers them anew.
trait Ordered: Sync {
    fn accounts(&self) -> usize;
    /// Puts those tied to the account that come before it into `into`, ascending. Clears it first.
    fn before(&self, account: u32, into: &mut Vec<u32>);
    /// Calls for each of those tied to the account that come after it, in any order.
    fn after(&self, account: u32, call: impl FnMut(u32));
}

/// As they are numbered.
struct InOrder<'a> {
    graph: &'a FollowGraph,
}

impl Ordered for InOrder<'_> {
    fn accounts(&self) -> usize {
        self.graph.accounts()
    }

    fn before(&self, account: u32, into: &mut Vec<u32>) {
        into.clear();
        into.extend(self.graph.neighbours(account).take_while(|&other| other < account));
    }

    fn after(&self, account: u32, mut call: impl FnMut(u32)) {
        let tail = |list: &'_ [u32]| list.partition_point(|&other| other <= account);
        let (following, followers) = (self.graph.following(account), self.graph.followers(account));
        merge(&following[tail(&following)..], &followers[tail(&followers)..], &mut call);
    }
}

/// Those in either of two ascending lists, ascending.
fn merge(a: &[u32], b: &[u32], call: &mut impl FnMut(u32)) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
        call(x.min(y));
    }
    a[i..].iter().chain(&b[j..]).for_each(|&x| call(x));
}

/// In descending order of their entries in lists, ties by number.
struct ByTies<'a> {
    graph: &'a FollowGraph,
    order: Vec<u32>,
    rank: Vec<u32>,
}

impl<'a> ByTies<'a> {
    fn new(graph: &'a FollowGraph) -> Self {
        let mut order: Vec<u32> = graph.numbers().collect();
        order.sort_by_key(|&account| (std::cmp::Reverse(entries(graph, account)), account));
        let mut rank = vec![0; order.len()];
        for (i, &account) in (0..).zip(&order) {
            rank[account as usize] = i;
        }
        Self { graph, order, rank }
    }

    fn tied(&self, account: u32) -> impl Iterator<Item = u32> {
        self.graph.neighbours(self.order[account as usize]).map(|other| self.rank[other as usize])
    }
}

impl Ordered for ByTies<'_> {
    fn accounts(&self) -> usize {
        self.order.len()
    }

    fn before(&self, account: u32, into: &mut Vec<u32>) {
        into.clear();
        into.extend(self.tied(account).filter(|&other| other < account));
        into.sort_unstable();
    }

    fn after(&self, account: u32, call: impl FnMut(u32)) {
        self.tied(account).filter(|&other| other > account).for_each(call);
    }
}

/// How many entries the account's lists have: its ties, mutual ones twice.
fn entries(graph: &FollowGraph, account: u32) -> usize {
    graph.out_degree(account) + graph.in_degree(account)
}

/// Whether accounts come about in descending order of their ties. About: nobody has more than double the ties of an
/// account before it, and some. That costs next to nothing in time, and a graph that was numbered by rows with repeats
/// need not be sorted.
fn is_hub_first(graph: &FollowGraph) -> bool {
    let mut most = 0;
    graph.numbers().rev().all(|account| {
        let here = entries(graph, account);
        most = most.max(here);
        most <= 2 * here + 16
    })
}

/// For each account in the order, how many triangles it is in.
fn of_ordered(graph: &impl Ordered) -> Vec<u64> {
    let before = Before::new(graph);
    let counts: Vec<AtomicU64> = std::iter::repeat_with(AtomicU64::default).take(graph.accounts()).collect();

    below_hubs(&before, &counts);
    below_others(graph, &before, &counts);
    counts.into_iter().map(AtomicU64::into_inner).collect()
}

fn add(counts: &[AtomicU64], account: u32, more: u64) {
    if more > 0 {
        counts[account as usize].fetch_add(more, Ordering::Relaxed);
    }
}

/// Counts the triangles w, v, u with v among the [`HUBS`].
fn below_hubs(before: &Before, counts: &[AtomicU64]) {
    let n = counts.len();
    let hubs = HUBS.min(n);
    let ties = Triangle::of_hubs(before, hubs);
    let starts: Vec<usize> = (0..n).step_by(Before::PIECE).collect();
    let of_piece = |(mut of_hub, mut found): (Vec<u64>, Vec<u32>), &start: &usize| {
        for u in start..(start + Before::PIECE).min(n) {
            let list = before.of(u as u32);
            let list = &list[..list.partition_point(|&v| (v as usize) < hubs)];
            found.clear();
            found.resize(list.len(), 0);
            let mut here = 0;
            for (i, &v) in list.iter().enumerate() {
                let row = ties.row(v);
                let mut pairs = 0;
                for (&w, found) in list[..i].iter().zip(&mut found[..i]) {
                    let tied = (row[w as usize / 64] >> (w % 64)) as u32 & 1;
                    *found += tied;
                    pairs += tied;
                }
                found[i] = pairs;
                here += u64::from(pairs);
            }
            add(counts, u as u32, here);
            list.iter().zip(&found).for_each(|(&v, &found)| of_hub[v as usize] += u64::from(found));
        }
        (of_hub, found)
    };
    let of_hubs = starts.par_iter().fold(|| (vec![0; hubs], Vec::new()), of_piece);
    of_hubs.for_each(|(of_hub, _)| (0..).zip(of_hub).for_each(|(v, found)| add(counts, v, found)));
}

/// Counts the triangles w, v, u with v not among the [`HUBS`].
fn below_others(graph: &impl Ordered, before: &Before, counts: &[AtomicU64]) {
    let n = counts.len();
    let starts: Vec<usize> = (HUBS..n).step_by(256).collect();
    starts.par_iter().with_max_len(4).for_each_init(
        || vec![0_u32; n],
        |marks, &start| {
            for v in start as u32..(start + 256).min(n) as u32 {
                let list = before.of(v);
                let marks = &mut marks[..v as usize];
                list.iter().for_each(|&w| marks[w as usize] = MARK);
                let mut here = 0;
                graph.after(v, |u| {
                    let mut found = 0;
                    for &w in before.of(u) {
                        // Also ends at v itself.
                        let Some(mark) = marks.get_mut(w as usize) else { break };
                        let hit = *mark >> MARK.ilog2();
                        *mark += hit;
                        found += u64::from(hit);
                    }
                    add(counts, u, found);
                    here += found;
                });
                add(counts, v, here);
                for &w in list {
                    add(counts, w, u64::from(marks[w as usize] & !MARK));
                    marks[w as usize] = 0;
                }
            }
        },
    );
}

/// So many first accounts have their ties in a matrix: as much as stays in, or near, a processor's caches.
const HUBS: usize = 1 << 14;

/// The bit of a mark that says it is set; those below count how often it was met.
const MARK: u32 = 1 << 31;

/// Which of the hubs are tied: for each a row of bits, one for each account up to itself.
struct Triangle {
    words: Vec<u64>,
}

impl Triangle {
    fn of_hubs(before: &Before, hubs: usize) -> Self {
        let mut words = vec![0; Self::start(hubs)];
        for v in 0..hubs {
            let row = &mut words[Self::start(v)..Self::start(v + 1)];
            before.of(v as u32).iter().for_each(|&w| row[w as usize / 64] |= 1 << (w % 64));
        }
        Self { words }
    }

    /// Where a row begins. Row v has v / 64 + 1 words.
    fn start(v: usize) -> usize {
        let (rows, rest) = (v / 64, v % 64);
        32 * rows * (rows + 1) + rest * (rows + 1)
    }

    #[inline]
    fn row(&self, v: u32) -> &[u64] {
        &self.words[Self::start(v as usize)..Self::start(v as usize + 1)]
    }
}

/// For each account those tied to it that come before it, ascending.
struct Before {
    starts: Vec<u64>,
    items: Vec<u32>,
}

impl Before {
    /// Accounts whose lists are made together.
    const PIECE: usize = 2048;

    fn new(graph: &impl Ordered) -> Self {
        let n = graph.accounts();
        let pieces = (0..n).into_par_iter().step_by(Self::PIECE);
        let made: Vec<(Vec<u32>, Vec<u32>)> = pieces
            .map_init(Vec::new, |list, start| {
                let (mut lengths, mut items) = (Vec::new(), Vec::new());
                for account in start..(start + Self::PIECE).min(n) {
                    graph.before(account as u32, list);
                    lengths.push(list.len() as u32);
                    items.extend_from_slice(list);
                }
                (lengths, items)
            })
            .collect();
        let mut starts = Vec::with_capacity(n + 1);
        starts.push(0);
        let mut items = Vec::with_capacity(made.iter().map(|(_, items)| items.len()).sum());
        for (lengths, more) in made {
            for length in lengths {
                starts.push(starts.last().map_or(0, |start| start + u64::from(length)));
            }
            items.extend_from_slice(&more);
        }
        Self { starts, items }
    }

    #[inline]
    fn of(&self, account: u32) -> &[u32] {
        let account = account as usize;
        &self.items[self.starts[account] as usize..self.starts[account + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, cycle, graph, path, star, two_triangles};

    #[test]
    fn known_triangles() {
        let counts = |graph: &FollowGraph| (all(graph).total, all(graph).of_account);
        assert_eq!(counts(&graph(0, &[])), (0, vec![]));
        assert_eq!(counts(&star(9)), (0, vec![0; 9]));
        assert_eq!(counts(&path(5)), (0, vec![0; 5]));
        assert_eq!(counts(&cycle(3)), (1, vec![1; 3]));
        assert_eq!(counts(&clique(9)), (84, vec![28; 9]));
        assert_eq!(counts(&two_triangles()), (2, vec![1, 1, 1, 1, 1, 1, 0]));
    }

    #[test]
    fn hubs_last_is_as_good_as_hubs_first() {
        // The last two are tied, and everyone else is tied to both.
        let (a, b) = (19_999, 19_998);
        let follows: Vec<_> = (0..b).flat_map(|leaf| [(leaf, a), (b, leaf)]).chain([(a, b)]).collect();
        let graph = graph(20_000, &follows);
        assert!(!is_hub_first(&graph));
        let found = all(&graph);
        assert_eq!(found.total, 19_998);
        assert_eq!(found.of_account[19_998..], [19_998, 19_998]);
        assert!(found.of_account[..19_998].iter().all(|&t| t == 1));
    }

    #[test]
    fn rows_of_the_matrix_lie_end_to_end() {
        assert_eq!(Triangle::start(0), 0);
        assert!((0..1000).all(|v| Triangle::start(v + 1) == Triangle::start(v) + v / 64 + 1));
    }
}
