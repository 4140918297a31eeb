//! Which new account may be which gone one come back, and how often such a guess is wrong.
//!
//! Pure: it knows neither tables nor handles. The false matches are counted, not modelled: every gone account gets a decoy,
//! a member of about as many ties that is still there and so cannot have come back. Gone accounts and decoys compete for
//! the new accounts by the same rules. What decoys win is wrong for sure, and gone accounts win about as much wrongly.

use std::collections::HashMap;

use netcensus_graph::FollowGraph;
use rayon::prelude::*;

use crate::rows::Micros;

/// Accounts with more ties than this say little about who shares them, and cost much to look at.
const CROWD: usize = 20_000;
/// Of a new account only the likeliest so many gone ones are kept.
const LIKELIEST: usize = 20;
/// Shared words weigh so much against shared neighbours, of which two directions count up to 1 each.
const WORDS: f64 = 0.5;

/// An account that is gone, or a decoy that could have been.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gone {
    pub(super) account: u32,
    /// When it was first seen to be.
    pub(super) since: Micros,
    pub(super) decoy: bool,
}

/// An account that was made lately.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct New {
    pub(super) account: u32,
    pub(super) made: Micros,
}

/// A guess, with what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Guess {
    /// Places among the gone and the new.
    pub(super) gone: usize,
    pub(super) new: usize,
    pub(super) score: f64,
    /// Accounts that follow both, and that both follow.
    pub(super) followers: u32,
    pub(super) following: u32,
    /// How far their words are the same, 0 to 1.
    pub(super) words: f64,
    /// The estimated share of false matches among the guesses for gone accounts that score as high.
    pub(super) false_rate: f64,
}

/// The best guesses, each gone and each new account in one at most, the surest first; those that decoys won among them.
///
/// ```text
/// score(g, n) = cos(followers) + cos(following) + ½·words          cos: shared weight over the root of both sums of squares
/// weight of a neighbour v = 1/ln(2 + ties of v)                     (Adamic & Adar 2003)
/// false rate at score t = max over scores ≥ … of (1 + decoys ≥ t)/(gone ≥ t)·(gone in all / decoys in all)
/// ```
///
/// A new account is matched to a gone one only if `may` says so of when it was made and when the other went. Guesses are taken
/// from the surest on. The rate at a score is the least of those at it and at lower scores, so it falls as scores rise.
///
/// Assumes that a gone account that did not come back looks as like a new account as its decoy does.
///
/// O(Σ over new accounts of their neighbours' ties to gone ones). Elias & Gygi 2007, *Target–decoy search strategy*; He et al.
/// 2018 and Barber & Candès 2015 for why 1 is added.
pub(super) fn guess(
    graph: &FollowGraph,
    gone: &[Gone],
    new: &[New],
    may: impl Fn(&Gone, &New) -> bool + Sync,
    words: impl Fn(u32, u32) -> f64 + Sync,
) -> Vec<Guess> {
    let followers = Side::new(graph, gone, |graph, account| graph.followers(account).to_vec());
    let following = Side::new(graph, gone, |graph, account| graph.following(account).to_vec());
    let of = |(i, n): (usize, &New)| {
        let (by, to) = (followers.shared(graph, n.account), following.shared(graph, n.account));
        let mut found: HashMap<usize, Guess> = HashMap::new();
        let mut add = |shared: HashMap<usize, (f64, u32)>, by: bool| {
            for (g, (cosine, count)) in shared {
                let empty =
                    Guess { gone: g, new: i, score: 0.0, followers: 0, following: 0, words: 0.0, false_rate: 1.0 };
                let guess = found.entry(g).or_insert(empty);
                guess.score += cosine;
                if by { guess.followers = count } else { guess.following = count }
            }
        };
        add(by, true);
        add(to, false);
        let mut found: Vec<Guess> =
            found.into_values().filter(|g| gone[g.gone].account != n.account && may(&gone[g.gone], n)).collect();
        found.sort_by(surest);
        found.truncate(LIKELIEST);
        for guess in &mut found {
            guess.words = words(gone[guess.gone].account, n.account);
            guess.score += WORDS * guess.words;
        }
        found
    };
    let mut all: Vec<Guess> = new.par_iter().enumerate().flat_map_iter(of).collect();
    all.sort_by(surest);
    let (mut gone_taken, mut new_taken) = (vec![false; gone.len()], vec![false; new.len()]);
    all.retain(|g| {
        let free = !gone_taken[g.gone] && !new_taken[g.new];
        gone_taken[g.gone] |= free;
        new_taken[g.new] |= free;
        free
    });
    rate(&mut all, gone);
    all
}

/// The surest first, then by places.
fn surest(a: &Guess, b: &Guess) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(a.new.cmp(&b.new)).then(a.gone.cmp(&b.gone))
}

/// Fills in the false rates of guesses in the order of their scores.
fn rate(guesses: &mut [Guess], gone: &[Gone]) {
    let decoys = gone.iter().filter(|g| g.decoy).count();
    let scale = if decoys == 0 { f64::INFINITY } else { (gone.len() - decoys) as f64 / decoys as f64 };
    let (mut wrong, mut won) = (0.0, 0.0);
    for guess in guesses.iter_mut() {
        *(if gone[guess.gone].decoy { &mut wrong } else { &mut won }) += 1.0;
        guess.false_rate = ((1.0 + wrong) / f64::max(won, 1.0) * scale).min(1.0);
    }
    let mut least: f64 = 1.0;
    for guess in guesses.iter_mut().rev() {
        least = least.min(guess.false_rate);
        guess.false_rate = least;
    }
}

/// One direction of ties of the gone.
struct Side<'a, F> {
    gone: &'a [Gone],
    /// Whose neighbour an account is.
    of_neighbour: HashMap<u32, Vec<u32>>,
    /// Σ of squared weights of each one's neighbours.
    squares: Vec<f64>,
    neighbours: F,
}

impl<'a, F: Fn(&FollowGraph, u32) -> Vec<u32>> Side<'a, F> {
    fn new(graph: &FollowGraph, gone: &'a [Gone], neighbours: F) -> Self {
        let mut of_neighbour: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut squares = vec![0.0; gone.len()];
        for (g, account) in gone.iter().enumerate() {
            for v in neighbours(graph, account.account) {
                if let Some(w) = weight(graph, v) {
                    squares[g] += w * w;
                    of_neighbour.entry(v).or_default().push(g as u32);
                }
            }
        }
        Self { gone, of_neighbour, squares, neighbours }
    }

    /// Whom an account shares neighbours with: the cosine, and how many.
    fn shared(&self, graph: &FollowGraph, account: u32) -> HashMap<usize, (f64, u32)> {
        let mut found: HashMap<usize, (f64, u32)> = HashMap::new();
        let mut own = 0.0;
        for v in (self.neighbours)(graph, account) {
            let Some(w) = weight(graph, v) else { continue };
            own += w * w;
            for &g in self.of_neighbour.get(&v).into_iter().flatten() {
                // A tie between the two is no neighbour that they share.
                if v != self.gone[g as usize].account {
                    let shared = found.entry(g as usize).or_default();
                    shared.0 += w * w;
                    shared.1 += 1;
                }
            }
        }
        found.iter_mut().for_each(|(g, shared)| shared.0 /= (own * self.squares[*g]).sqrt().max(f64::MIN_POSITIVE));
        found
    }
}

/// None for accounts that too many are tied to.
fn weight(graph: &FollowGraph, account: u32) -> Option<f64> {
    let ties = graph.in_degree(account) + graph.out_degree(account);
    (ties <= CROWD).then(|| 1.0 / (2.0 + ties as f64).ln())
}

/// For each gone account a member that is still there, with the closest number of ties, each taken once.
pub(super) fn decoys(graph: &FollowGraph, gone: &[Gone], there: &[u32]) -> Vec<Gone> {
    let ties = |account: u32| graph.in_degree(account) + graph.out_degree(account);
    let mut free: std::collections::BTreeSet<(usize, u32)> = there.iter().map(|&a| (ties(a), a)).collect();
    let mut order: Vec<&Gone> = gone.iter().collect();
    // Hubs first: they have the fewest like them.
    order.sort_by(|a, b| ties(b.account).cmp(&ties(a.account)).then(a.account.cmp(&b.account)));
    let mut found = Vec::with_capacity(gone.len());
    for g in order {
        let wanted = ties(g.account);
        let above = free.range((wanted, 0)..).next().copied();
        let below = free.range(..(wanted, 0)).next_back().copied();
        let near = |one: &(usize, u32)| (one.0.abs_diff(wanted), *one);
        let Some(best) = above.into_iter().chain(below).min_by_key(near) else { break };
        free.remove(&best);
        found.push(Gone { account: best.1, since: g.since, decoy: true });
    }
    found
}

/// How far two texts are the same: the share of three-letter pieces of both that are in both, after case, spaces and marks
/// are taken off. 0 where either is too short to say.
pub(super) fn alike(a: &str, b: &str) -> f64 {
    let pieces = |text: &str| {
        let letters: Vec<char> =
            text.chars().take(300).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let mut pieces: Vec<[char; 3]> = letters.windows(3).map(|w| [w[0], w[1], w[2]]).collect();
        pieces.sort_unstable();
        pieces.dedup();
        pieces
    };
    let (a, b) = (pieces(a), pieces(b));
    if a.len() < 2 || b.len() < 2 {
        return 0.0;
    }
    let shared = a.iter().filter(|piece| b.binary_search(piece).is_ok()).count();
    shared as f64 / (a.len() + b.len() - shared) as f64
}
