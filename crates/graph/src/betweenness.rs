//! How often each account lies on the shortest ways between others.

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator};

use crate::hash::Draws;
use crate::{FollowGraph, Group};

/// An estimate of each account's betweenness from a sample of starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Betweenness {
    /// The estimate, unbiased.
    pub value: Vec<f64>,
    /// Its standard error; 0 from all starts, `NaN` from a single one. It is itself an estimate, and a poor one where few
    /// starts have a way through the account: then the value tells little, too.
    pub standard_error: Vec<f64>,
    /// How many starts were drawn.
    pub starts: usize,
}

/// Betweenness along the follows, from `starts` accounts, at least one, drawn by lot without repeats, or all if there are
/// not more.
///
/// b(v) = Σ over s ≠ v ≠ t of σ(s, t | v) / σ(s, t)
///
/// where σ(s, t) counts the shortest ways from s to t, from an account to one it follows, and σ(s, t | v) those
/// through v. What one start s adds to v is found for all v together, by a search from s and back: O(n + m). With k of n
/// starts, the sum is taken n/k times, and the error is that of a mean of k without replacement:
///
/// se² = n² · (1 − k/n) · s²/k
///
/// with s² the variance of what a start adds. O(k·(n + m)); 24 bytes an account for each thread, which holds a search of
/// its own, and 16 beside. Sums are in the order of the starts drawn.
///
/// Freeman 1977; Brandes, *A faster algorithm for betweenness centrality*, 2001; Brandes and Pich, *Centrality
/// estimation in large networks*, 2007.
pub fn betweenness(graph: &FollowGraph, starts: usize, seed: u64) -> Betweenness {
    let n = graph.accounts();
    let starts = draw(n, starts.max(1), seed);
    let k = starts.len();
    let (mut sum, mut squares) = (vec![0.0_f64; n], vec![0.0_f64; n]);
    let threads = rayon::current_num_threads().clamp(1, k.max(1));
    let mut searches: Vec<Search> = (0..threads).map(|_| Search::new(n)).collect();
    for starts in starts.chunks(threads) {
        let now = &mut searches[..starts.len()];
        now.par_iter_mut().zip(starts).with_max_len(1).for_each(|(search, &start)| search.from(graph, start));
        let now = &searches[..starts.len()];
        sum.par_iter_mut().zip(&mut squares).enumerate().with_min_len(1 << 12).for_each(|(v, (sum, squares))| {
            for search in now {
                *sum += search.through[v];
                *squares += search.through[v].powi(2);
            }
        });
    }
    let (n, k) = (n as f64, k as f64);
    let error = |(&sum, &squares): (&f64, &f64)| {
        if k < n { ((1.0 - k / n) * (squares - sum * sum / k).max(0.0) / (k * (k - 1.0))).sqrt() * n } else { 0.0 }
    };
    let standard_error = sum.par_iter().zip(&squares).map(error).collect();
    sum.par_iter_mut().for_each(|sum| *sum *= n / k);
    Betweenness { value: sum, standard_error, starts: starts.len() }
}

/// So many different accounts of `n`, each set of them as likely, in the order drawn.
fn draw(n: usize, starts: usize, seed: u64) -> Vec<u32> {
    let (mut draws, mut drawn) = (Draws::new(seed), Group::new(n));
    if starts >= n.div_ceil(2) {
        let mut all = draws.shuffled(n);
        all.truncate(starts);
        return all;
    }
    let mut order = Vec::with_capacity(starts);
    while order.len() < starts {
        let account = draws.below(n) as u32;
        if drawn.insert(account) {
            order.push(account);
        }
    }
    order
}

/// The shortest ways from one account.
struct Search {
    /// How far each account is; [`Search::FAR`] if it is not reached.
    distance: Vec<u32>,
    /// How many shortest ways lead to it.
    ways: Vec<f64>,
    /// What the start adds to its betweenness.
    through: Vec<f64>,
    /// The accounts reached, nearest first.
    reached: Vec<u32>,
}

impl Search {
    const FAR: u32 = u32::MAX;

    fn new(n: usize) -> Self {
        Self { distance: vec![Self::FAR; n], ways: vec![0.0; n], through: vec![0.0; n], reached: Vec::new() }
    }

    fn from(&mut self, graph: &FollowGraph, start: u32) {
        let Self { distance, ways, through, reached } = self;
        for &account in reached.iter() {
            let account = account as usize;
            (distance[account], ways[account], through[account]) = (Self::FAR, 0.0, 0.0);
        }
        reached.clear();
        reached.push(start);
        (distance[start as usize], ways[start as usize]) = (0, 1.0);
        let mut next = 0;
        while let Some(&v) = reached.get(next) {
            next += 1;
            let (further, here) = (distance[v as usize] + 1, ways[v as usize]);
            for &w in graph.following(v).iter() {
                let w_i = w as usize;
                if distance[w_i] == Self::FAR {
                    distance[w_i] = further;
                    reached.push(w);
                }
                if distance[w_i] == further {
                    ways[w_i] += here;
                }
            }
        }
        // Back: of what goes through w, and ends at w, each v before it has a share by its ways.
        for &v in reached.iter().rev() {
            let further = distance[v as usize] + 1;
            let beyond = |&w: &u32| {
                let w = w as usize;
                if distance[w] == further { (1.0 + through[w]) / ways[w] } else { 0.0 }
            };
            through[v as usize] = ways[v as usize] * graph.following(v).iter().map(beyond).sum::<f64>();
        }
        through[start as usize] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::shapes::{clique, cycle, graph, path, star, two_triangles};

    #[test]
    fn known_values() {
        let all = |graph: &FollowGraph| betweenness(graph, usize::MAX, 3).value;
        assert_eq!(all(&graph(0, &[])), []);
        assert_eq!(all(&star(5)), [0.0; 5]);
        assert_eq!(all(&clique(5)), [0.0; 5]);
        assert_eq!(all(&path(5)), [0.0, 3.0, 4.0, 3.0, 0.0]);
        assert_eq!(all(&cycle(5)), [6.0; 5]);
        // 0 → 2 and 2 → 3 → 4 → 5 with 3 → 5: all from the first triangle to the second goes by 2 and 3.
        assert_eq!(all(&two_triangles()), [1.0, 4.0, 7.0, 6.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn starts_are_different_and_as_many_as_asked_for() {
        for (n, starts) in [(0, 3), (10, 3), (10, 7), (10, 40), (1000, 400)] {
            let drawn = draw(n, starts, 5);
            assert_eq!(drawn.len(), starts.min(n));
            assert_eq!(Group::from_members(n, drawn).len(), starts.min(n));
        }
    }
}
