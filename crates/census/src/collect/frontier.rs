//! Whom to fetch next: the accounts that were seen and not fetched, and what is known of each.
//!
//! Pure: it knows neither network nor disk nor names. It is fed who follows whom, account by account, and asked for the
//! next ones; the crawl and the simulation use it alike. What it answers hangs on what it was fed alone, not on the
//! order in which lists arrived within a round or on how accounts are numbered: sums are of whole numbers, ties are broken by each
//! account's lot. So a crawl that was killed and is built up anew chooses as it would have.
//!
//! In memory: 4 bytes a follow that was fetched, 34 an account that was seen, some 110 one that was fetched; while chances
//! are judged, 20 more for each follow from one fetched account to another. Each round reads all lists once; rounds grow
//! with the crawl ([`Frontier::round`]), so a crawl of F follows reads some 20·F of them in all.

use super::membership;
use super::score::{Evidence, Model};

/// A chance is kept in so many steps, which makes sums of them exact.
pub(crate) const STEPS: u32 = 4096;
/// Each round fetches this part of what was fetched before...
const GROWTH: usize = 20;
/// ... between these.
const ROUND: (usize, usize) = (10, 2_000);
/// Each of those is the best of so many drawn at random.
const TOURNAMENT: usize = 8;
/// An account outside of all waves so far.
const NO_WAVE: u8 = u8::MAX;
const NO_LIST: u32 = u32::MAX;

/// What orders the accounts. All but the first are what it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// By the learnt chance of a member.
    Learnt,
    /// By how many known members follow it.
    Count,
    /// By the share of members among the fetched accounts that follow it, smoothed: m/(n + 5).
    Share,
    /// By Adamic and Adar's index with the known members: each counts 1/ln of how many it follows.
    AdamicAdar,
}

/// An account chosen to be fetched, with what was known of it then: the score learns from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Choice {
    pub(crate) account: u32,
    pub(crate) wave: u32,
    pub(crate) evidence: Evidence,
    /// The score's chance of a member.
    pub(crate) chance: f64,
    /// Whether it was chosen to explore.
    pub(crate) explored: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Seen, to be chosen.
    Open,
    /// Chosen or a seed: nothing more is to be decided.
    Chosen,
}

/// An account whose list of follows is there.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    pub(super) account: u32,
    pub(super) follows: Vec<u32>,
    /// The chance that it is a member, in [`STEPS`].
    pub(super) chance: u32,
    /// A seed, a label or an oracle said so.
    pub(super) known: bool,
    /// The crawl began at it.
    pub(super) seed: bool,
}

/// The accounts seen, and those fetched.
#[derive(Debug)]
pub(crate) struct Frontier {
    /// How many hops from the seeds are gone, and how many fetched accounts within them must follow an account.
    waves: u8,
    min_follows: u32,
    state: Vec<State>,
    wave: Vec<u8>,
    lot: Vec<u64>,
    /// Where an account's list is among `fetched`.
    place: Vec<u32>,
    evidence: Vec<Evidence>,
    fetched: Vec<Fetched>,
    /// What was chosen, in order.
    choices: Vec<Choice>,
    model: Model,
    rounds: u64,
    /// The part of each round that goes to accounts the score does not favour.
    explored: f64,
    seed: u64,
}

impl Frontier {
    /// An empty one. `waves` and `min_follows` are the frame's: nothing is fetched that the frame would leave out.
    pub(crate) fn new(waves: u32, min_follows: u32, explored: f64, seed: u64) -> Self {
        Self {
            waves: u8::try_from(waves).unwrap_or(NO_WAVE).min(NO_WAVE - 1),
            min_follows: min_follows.max(1),
            state: Vec::new(),
            wave: Vec::new(),
            lot: Vec::new(),
            place: Vec::new(),
            evidence: Vec::new(),
            fetched: Vec::new(),
            choices: Vec::new(),
            model: Model::default(),
            rounds: 0,
            explored,
            seed,
        }
    }

    /// Takes note of an account and gives it its number. Among equals the lower lot is fetched first.
    pub(crate) fn account(&mut self, lot: u64) -> u32 {
        let number = self.state.len() as u32;
        self.state.push(State::Open);
        self.wave.push(NO_WAVE);
        self.lot.push(mixed(self.seed ^ lot));
        self.place.push(NO_LIST);
        self.evidence.push(Evidence::default());
        number
    }

    /// A choice of an earlier run.
    pub(crate) fn chosen(&mut self, choice: Choice) {
        self.taken(choice.account, choice.wave);
        self.choices.push(choice);
    }

    /// An account that was fetched, or is to be, in a wave; in wave 0 it is a seed.
    pub(crate) fn taken(&mut self, account: u32, wave: u32) {
        self.state[account as usize] = State::Chosen;
        self.wave[account as usize] = wave.min(u32::from(self.waves)) as u8;
    }

    /// An account that is never to be fetched.
    pub(crate) fn shut(&mut self, account: u32) {
        self.state[account as usize] = State::Chosen;
    }

    /// An account's list has arrived: whom it follows, each once. Lists of one round are to come in an order that does
    /// not hang on the network, such as that of their ids.
    pub(crate) fn fetched(&mut self, account: u32, follows: Vec<u32>) {
        let seed = self.wave[account as usize] == 0;
        self.place[account as usize] = self.fetched.len() as u32;
        self.fetched.push(Fetched { account, follows, chance: if seed { STEPS } else { 0 }, known: seed, seed });
    }

    /// Somebody knows whether an account that was fetched is a member.
    pub(crate) fn label(&mut self, account: u32, member: bool) {
        if let Some(fetched) = self.fetched.get_mut(self.place[account as usize] as usize) {
            fetched.known = true;
            fetched.chance = if member { STEPS } else { 0 };
        }
    }

    /// Rounds that are done.
    pub(crate) fn rounds(&self) -> u64 {
        self.rounds
    }

    /// As many rounds were done before, by an earlier run.
    pub(crate) fn resume(&mut self, rounds: u64) {
        self.rounds = rounds;
    }

    /// How many accounts the next round is to fetch.
    pub(crate) fn round(&self) -> usize {
        (self.fetched.len() / GROWTH).clamp(ROUND.0, ROUND.1)
    }

    /// How many lists are there.
    pub(crate) fn lists(&self) -> usize {
        self.fetched.len()
    }

    /// How many accounts could be fetched.
    pub(crate) fn open(&mut self) -> usize {
        self.weigh();
        self.state.iter().zip(&self.wave).filter(|(s, w)| **s == State::Open && **w <= self.waves).count()
    }

    /// How far the ties tell members from others among accounts that nobody labelled: 0 not at all, 1 wholly; nothing
    /// where there are none. It is the variance of their chances against the most there could be.
    pub(crate) fn told_apart(&self) -> Option<f64> {
        let open: Vec<f64> = self.fetched.iter().filter(|f| !f.known).map(Fetched::share).collect();
        let n = open.len() as f64;
        let mean = open.iter().sum::<f64>() / n;
        let most = mean * (1.0 - mean);
        (most > 0.0).then(|| open.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / n / most)
    }

    /// The mean chance of a member of the accounts fetched last, at most `last` of them, seeds left out.
    pub(crate) fn lately(&self, last: usize) -> Option<f64> {
        let chances: Vec<f64> = self.fetched.iter().rev().filter(|f| !f.seed).take(last).map(Fetched::share).collect();
        (!chances.is_empty()).then(|| chances.iter().sum::<f64>() / chances.len() as f64)
    }

    /// How many of the fetched accounts somebody labelled.
    pub(crate) fn labelled(&self) -> usize {
        self.fetched.iter().filter(|f| f.known && !f.seed).count()
    }

    /// The accounts to fetch next, at most `want` of them, the likeliest first; none when nothing is left.
    pub(crate) fn next(&mut self, want: usize, rank: Rank) -> Vec<Choice> {
        let mut open = self.ranked(rank);
        let salt = mixed(self.seed ^ mixed(self.rounds));
        self.rounds += 1;
        let want = want.min(open.len());
        if want == 0 {
            return Vec::new();
        }
        let best = |a: &Open, b: &Open| b.score.total_cmp(&a.score).then(a.lot.cmp(&b.lot));
        if want < open.len() {
            open.select_nth_unstable_by(want, best);
        }
        let mut rest = open.split_off(want);
        open.sort_unstable_by(best);
        if rank == Rank::Learnt {
            let places: Vec<usize> =
                (0..want).filter(|i| unit(mixed(salt ^ mixed(*i as u64))) < self.explored).collect();
            let drawn = (places.len() * TOURNAMENT).min(rest.len());
            let by_lot = |a: &Open, b: &Open| mixed(salt ^ a.lot).cmp(&mixed(salt ^ b.lot));
            if drawn > 0 && drawn < rest.len() {
                rest.select_nth_unstable_by(drawn - 1, by_lot);
            }
            rest.truncate(drawn);
            rest.sort_unstable_by(by_lot);
            for (place, group) in places.into_iter().zip(rest.chunks(TOURNAMENT)) {
                if let Some(winner) = group.iter().min_by(|a, b| best(a, b)) {
                    open[place] = Open { explored: true, ..*winner };
                }
            }
        }
        let choices: Vec<Choice> = open.iter().map(|o| self.choice(o)).collect();
        choices.iter().for_each(|c| self.chosen(*c));
        choices
    }

    /// The chances of a member of the accounts that could be fetched, the highest first.
    pub(crate) fn chances(&mut self) -> Vec<f64> {
        let open = self.ranked(Rank::Learnt);
        let mut chances: Vec<f64> =
            open.iter().map(|o| self.model.chance(&self.evidence[o.account as usize])).collect();
        chances.sort_unstable_by(|a, b| b.total_cmp(a));
        chances
    }

    /// The accounts that could be fetched, with their scores, in no order.
    fn ranked(&mut self, rank: Rank) -> Vec<Open> {
        self.weigh();
        if rank == Rank::Learnt {
            self.learn();
        }
        let accounts = (0..self.state.len()).filter(|i| self.state[*i] == State::Open && self.wave[*i] <= self.waves);
        let open = |i: usize| {
            let evidence = &self.evidence[i];
            let score = match rank {
                Rank::Learnt => self.model.score(evidence),
                Rank::Count => evidence.members(),
                Rank::Share => evidence.members() / (evidence.followers() + 5.0),
                Rank::AdamicAdar => evidence.adamic_adar(),
            };
            Open { score, lot: self.lot[i], account: i as u32, explored: false }
        };
        accounts.map(open).collect()
    }

    fn choice(&self, open: &Open) -> Choice {
        let evidence = self.evidence[open.account as usize];
        Choice {
            account: open.account,
            wave: u32::from(self.wave[open.account as usize]),
            evidence,
            chance: self.model.chance(&evidence),
            explored: open.explored,
        }
    }

    /// Sums over all lists what is known of each account, nearest wave first, so that an account's wave is that of the
    /// frame's rule: one more than that of the last follower that it needs.
    fn weigh(&mut self) {
        membership::judge(&mut self.fetched, &self.place);
        let mut order: Vec<(u8, u32)> =
            (0..).zip(&self.fetched).map(|(i, f)| (self.wave[f.account as usize], i)).collect();
        order.sort_unstable();
        self.evidence.fill(Evidence::default());
        let base = self.base();
        for (wave, i) in order {
            let fetched = &self.fetched[i as usize];
            let (mut looked_at, mut members) = (0.0, 0.0);
            for followed in &fetched.follows {
                if let Some(other) = self.fetched.get(self.place[*followed as usize] as usize) {
                    looked_at += 1.0;
                    members += f64::from(other.chance);
                }
            }
            let from = Evidence::of(fetched.follows.len(), fetched.chance, members / f64::from(STEPS), looked_at, base);
            for followed in &fetched.follows {
                let i = *followed as usize;
                self.evidence[i].add(&from);
                if self.evidence[i].follower_count() == self.min_follows && self.state[i] == State::Open {
                    self.wave[i] = wave.saturating_add(1);
                }
            }
        }
    }

    /// The share of members among what was fetched.
    fn base(&self) -> f64 {
        let sum: u64 = self.fetched.iter().map(|f| u64::from(f.chance)).sum();
        (sum as f64 / f64::from(STEPS) / self.fetched.len().max(1) as f64).clamp(0.01, 0.5)
    }

    fn learn(&mut self) {
        let of = |c: &Choice| self.fetched.get(self.place[c.account as usize] as usize);
        let examples = self.choices.iter().filter_map(|c| of(c).map(|f| (c.evidence, f.share(), f.known)));
        self.model = Model::fit(&examples.collect::<Vec<_>>());
    }
}

impl Fetched {
    /// Its chance to be a member.
    pub(super) fn share(&self) -> f64 {
        f64::from(self.chance) / f64::from(STEPS)
    }
}

/// An account that could be fetched.
#[derive(Debug, Clone, Copy)]
struct Open {
    score: f64,
    lot: u64,
    account: u32,
    explored: bool,
}

/// SplitMix64: a fixed shuffle of 64 bits (Steele, Lea & Flood 2014). An account's place among equals must not hang on
/// what else was drawn, so there is no stream to draw from.
pub(crate) fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 0 to 1.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests;
