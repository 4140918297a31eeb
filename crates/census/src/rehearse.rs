//! rehearse: crawl strategies held against networks whose truth is known.
//!
//! All strategies under the same rules. A request fetches an account's whole list of follows; only accounts that a
//! fetched one follows can be fetched; a strategy begins at the seeds, which cost nothing. Fetching an account tells
//! whether it is a member, as if somebody looked at it at once, to all strategies but [`Strategy::FromTies`], which has
//! to tell from the ties. The best-first ones are the crawl's own ([`crate::collect`]), in rounds of 5 % as there.

use std::collections::{HashMap, VecDeque};

use rand::seq::index;
use rayon::prelude::*;
use serde::Serialize;

use crate::collect::frontier::{Frontier, Rank};
use crate::network::Network;
use crate::progress::Progress;
use crate::sample;
use crate::simulate::{World, simulate};
use crate::study::Collect;
use crate::{Error, Result};

mod chart;
mod table;

pub use table::write;

/// The shares of all members at which requests are counted, in per cent.
pub const RECALLS: [usize; 4] = [25, 50, 80, 90];
/// A crawl ends when it has found so many of the members, in per cent.
const ENOUGH: usize = 92;
/// Best-first crawls end after so many requests; breadth-first ones go through the whole network.
const MOST: usize = 40_000;

/// How a crawl chooses whom to fetch next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Everybody, in the order they were seen.
    BreadthFirst,
    /// The most followed by known members first.
    Count,
    /// The largest share of members among the fetched accounts that follow them first.
    Share,
    /// The largest Adamic–Adar index with the known members first.
    AdamicAdar,
    /// The learnt score, told who is a member.
    BestFirst,
    /// The learnt score, membership judged by ties alone: a crawl that nobody labels for.
    FromTies,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Strategy; 6] = [
        Strategy::BreadthFirst,
        Strategy::Count,
        Strategy::Share,
        Strategy::AdamicAdar,
        Strategy::BestFirst,
        Strategy::FromTies,
    ];

    /// Its name on tables and charts.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::BreadthFirst => "breadth-first",
            Strategy::Count => "count",
            Strategy::Share => "share",
            Strategy::AdamicAdar => "Adamic-Adar",
            Strategy::BestFirst => "best-first",
            Strategy::FromTies => "best-first, from ties",
        }
    }

    fn rank(self) -> Option<Rank> {
        match self {
            Strategy::BreadthFirst => None,
            Strategy::Count => Some(Rank::Count),
            Strategy::Share => Some(Rank::Share),
            Strategy::AdamicAdar => Some(Rank::AdamicAdar),
            Strategy::BestFirst | Strategy::FromTies => Some(Rank::Learnt),
        }
    }
}

/// A network to crawl, with its truth.
#[derive(Debug)]
pub struct Ground {
    follows: Vec<Vec<u32>>,
    member: Vec<bool>,
    seeds: Vec<u32>,
}

impl Ground {
    /// A simulated world.
    pub fn simulated(world: &World) -> Result<Self> {
        let network = simulate(world)?;
        let mut follows = vec![Vec::new(); network.accounts.len()];
        network.edges.iter().for_each(|&(from, to)| follows[from as usize].push(to));
        Ok(Self { follows, member: network.member, seeds: network.seeds })
    }

    /// A real network, crawled from `seeds` members drawn at random.
    pub fn of(network: &Network, truth: &HashMap<String, bool>, seeds: usize, seed: u64) -> Result<Self> {
        let accounts = 0..network.ids.len() as u32;
        let member: Vec<bool> =
            accounts.clone().map(|a| truth.get(network.ids.name(a)).copied().unwrap_or(false)).collect();
        // By name, so that the draw does not hang on how accounts are numbered.
        let members: Vec<u32> = network.ids.in_order().filter(|a| member[*a as usize]).collect();
        if members.len() <= seeds || seeds == 0 {
            return Err(Error::usage(format!("{} members are too few for {seeds} seeds", members.len()))
                .help("check --member-column; give 1 seed or more, and fewer than there are members"));
        }
        let mut random = sample::random(seed, "rehearse", 0);
        let drawn = index::sample(&mut random, members.len(), seeds);
        let mut seeds: Vec<u32> = drawn.iter().map(|i| members[i]).collect();
        seeds.sort_unstable();
        let follows = accounts.map(|a| network.graph.following(a).iter().copied().collect()).collect();
        Ok(Self { follows, member, seeds })
    }

    /// Members besides the seeds.
    pub fn members(&self) -> usize {
        self.member.iter().filter(|m| **m).count() - self.seeds.len()
    }

    /// Crawls it, no further than `waves` hops from the seeds: how many requests were spent when each member was found,
    /// the first first. It ends after `most` requests, or when 92 % of the members are found.
    pub fn crawl(&self, strategy: Strategy, waves: u32, most: usize, progress: &Progress) -> Result<Vec<u32>> {
        let enough = (self.members() * ENOUGH).div_ceil(100);
        match strategy.rank() {
            None => Ok(self.breadth_first(waves, most, enough)),
            Some(rank) => {
                self.best_first(rank, strategy != Strategy::FromTies, waves, most.min(MOST), enough, progress)
            }
        }
    }

    fn breadth_first(&self, waves: u32, most: usize, enough: usize) -> Vec<u32> {
        let mut seen = vec![false; self.member.len()];
        self.seeds.iter().for_each(|s| seen[*s as usize] = true);
        let mut queue: VecDeque<(u32, u32)> = self.seeds.iter().map(|s| (*s, 0)).collect();
        let (mut requests, mut found) = (0u32, Vec::new());
        while let Some((account, wave)) = queue.pop_front() {
            if wave > 0 {
                if requests as usize >= most || found.len() >= enough {
                    break;
                }
                requests += 1;
                if self.member[account as usize] {
                    found.push(requests);
                }
            }
            for followed in self.follows[account as usize].iter().filter(|_| wave < waves) {
                if !std::mem::replace(&mut seen[*followed as usize], true) {
                    queue.push_back((*followed, wave + 1));
                }
            }
        }
        found
    }

    fn best_first(
        &self,
        rank: Rank,
        told: bool,
        waves: u32,
        most: usize,
        enough: usize,
        progress: &Progress,
    ) -> Result<Vec<u32>> {
        let mut frontier = Frontier::new(waves, 1, Collect::default().explore, 1);
        (0..self.member.len() as u64).for_each(|lot| _ = frontier.account(lot));
        for seed in &self.seeds {
            frontier.taken(*seed, 0);
            frontier.fetched(*seed, self.follows[*seed as usize].clone());
        }
        let (mut requests, mut found) = (0u32, Vec::new());
        while found.len() < enough && (requests as usize) < most {
            progress.check()?;
            let want = frontier.round().min(most - requests as usize);
            let choices = frontier.next(want, rank);
            if choices.is_empty() {
                break;
            }
            for choice in choices {
                requests += 1;
                frontier.fetched(choice.account, self.follows[choice.account as usize].clone());
                let member = self.member[choice.account as usize];
                if told {
                    frontier.label(choice.account, member);
                }
                if member {
                    found.push(requests);
                }
            }
        }
        Ok(found)
    }
}

/// What is simulated: the networks, plain and with everything that makes it hard.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    /// Its name on tables.
    pub name: String,
    /// The world; its seed is that of the first run.
    pub world: World,
}

/// 200,000 accounts, 2,000 of them members, 20 known; 15, 30 and 50 % of a member's follows go to members. Once with
/// nobody else tied to the group, once with journalists, critics and onlookers, and members whom nobody inside knows.
pub fn published() -> Vec<Setting> {
    let world = World { accounts: 200_000, members: 2_000, known: 20, ..World::default() };
    let plain = World { bystanders: 0.0, pocket: 0.0, ..world.clone() };
    let of = |(kind, world): (&str, &World), inside: f64| Setting {
        name: format!("{:.0} % inside{kind}", 100.0 * inside),
        world: World { inside, ..world.clone() },
    };
    [0.15, 0.3, 0.5].iter().flat_map(|i| [of(("", &plain), *i), of((", bystanders", &world), *i)]).collect()
}

/// How all strategies did in one setting.
#[derive(Debug, Clone, Serialize)]
pub struct Rehearsal {
    /// Which networks.
    pub name: String,
    /// How many crawls each strategy made.
    pub runs: u32,
    /// Accounts, and members besides the seeds, of the first network.
    pub accounts: usize,
    /// Members besides the seeds.
    pub members: usize,
    /// Strategy by strategy.
    pub rows: Vec<Row>,
}

/// How one strategy did, as means over the runs.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Which.
    pub strategy: Strategy,
    /// Requests per member found when 1, 2, … 100 % of the members are found; none where a run did not get there.
    pub per_member: Vec<Option<f64>>,
}

impl Row {
    /// Requests per member found at a recall in per cent.
    pub fn at(&self, percent: usize) -> Option<f64> {
        self.per_member.get(percent.checked_sub(1)?).copied().flatten()
    }
}

impl Rehearsal {
    /// A strategy's row.
    pub fn row(&self, strategy: Strategy) -> Option<&Row> {
        self.rows.iter().find(|r| r.strategy == strategy)
    }

    /// How much worse best-first is than the best of the three single rankings, over all recalls from 1 to 90 % that one
    /// of those reached: 1.1 is a tenth more requests.
    pub fn worst_ratio(&self) -> Option<f64> {
        let single = [Strategy::Count, Strategy::Share, Strategy::AdamicAdar];
        let ratios = (1..=90).filter_map(|percent| {
            let best = single.iter().filter_map(|s| self.row(*s)?.at(percent)).min_by(f64::total_cmp)?;
            Some(self.row(Strategy::BestFirst)?.at(percent).map_or(f64::INFINITY, |own| own / best))
        });
        ratios.max_by(f64::total_cmp)
    }
}

/// Crawls `runs` networks by every strategy; `ground` makes one of them.
pub fn rehearse(
    name: &str,
    runs: u32,
    strategies: &[Strategy],
    progress: &Progress,
    ground: impl Fn(u32) -> Result<Ground> + Sync,
) -> Result<Rehearsal> {
    if runs == 0 {
        return Err(Error::usage("nothing to rehearse").help("give --runs 1 or more"));
    }
    progress.begin(format!("rehearse: {name}"), Some(u64::from(runs) * strategies.len() as u64));
    let of = |run: u32| {
        let ground = ground(run)?;
        let all: Result<Vec<Vec<u32>>> = strategies
            .iter()
            .map(|strategy| {
                let found = ground.crawl(*strategy, u32::MAX, usize::MAX, progress);
                progress.advance(1);
                found
            })
            .collect();
        Ok((ground.member.len(), ground.members(), all?))
    };
    let crawls = (0..runs).into_par_iter().map(of).collect::<Result<Vec<_>>>()?;
    progress.end();
    let row = |i: usize, strategy: Strategy| {
        let at = |percent: usize| {
            let of = |(_, members, found): &(usize, usize, Vec<Vec<u32>>)| {
                let count = (members * percent).div_ceil(100);
                found[i].get(count.checked_sub(1)?).map(|r| f64::from(*r) / count as f64)
            };
            let each: Option<Vec<f64>> = crawls.iter().map(of).collect();
            each.map(|v| v.iter().sum::<f64>() / v.len() as f64)
        };
        Row { strategy, per_member: (1..=100).map(at).collect() }
    };
    let (accounts, members) = crawls.first().map_or((0, 0), |c| (c.0, c.1));
    let rows = strategies.iter().enumerate().map(|(i, s)| row(i, *s)).collect();
    Ok(Rehearsal { name: name.to_owned(), runs, accounts, members, rows })
}

/// The same in simulated worlds, run by run another.
pub fn rehearse_setting(setting: &Setting, runs: u32, seed: u64, progress: &Progress) -> Result<Rehearsal> {
    rehearse(&setting.name, runs, &Strategy::ALL, progress, |run| {
        Ground::simulated(&World { seed: seed.wrapping_add(u64::from(run)), ..setting.world.clone() })
    })
}

#[cfg(test)]
mod tests;
