//! What a budget of requests would reach.
//!
//! Once a crawl has begun, from its frontier: the accounts that were seen and not fetched, each with its chance. Before,
//! from a simulated network of stated assumptions, crawled as the real one would be, membership judged by ties alone.

use serde::Serialize;

use super::chooser::Chooser;
use super::queue;
use crate::progress::Progress;
use crate::rehearse::{self, Ground};
use crate::simulate::World;
use crate::study::{Strategy, Study};
use crate::{Error, Result};

/// Accounts fetched last whose chances say what the yield is now.
const LATELY: usize = 500;
/// Rows of a plan.
const ROWS: u64 = 8;
/// In an assumed network, so many accounts for each member, between these.
const OTHERS: usize = 100;
const ACCOUNTS: (usize, usize) = (20_000, 200_000);

/// What is planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Requests in all; the study's budget if none.
    pub budget: Option<u64>,
    /// How many members there are, assumed before a crawl.
    pub members: usize,
    /// The share of a member's follows that go to members, assumed before a crawl.
    pub inside: f64,
}

impl Default for Wish {
    fn default() -> Self {
        Self { budget: None, members: 2_000, inside: 0.3 }
    }
}

/// What the budget would reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The study's strategy.
    pub strategy: Strategy,
    /// Requests spent so far.
    pub spent: u64,
    /// Requests in all.
    pub budget: u64,
    /// Requests that one account costs: its profile, the pages of its follows, its posts.
    pub per_account: f64,
    /// Requests a second, by the study's own limit.
    pub per_second: u32,
    /// Where the figures come from.
    pub basis: Basis,
    /// More and more requests, up to the budget.
    pub rows: Vec<Row>,
}

/// Where a plan's figures come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Basis {
    /// The crawl so far.
    Crawl {
        /// Accounts whose follows were fetched.
        fetched: usize,
        /// Accounts within the frame's waves that were seen and not fetched.
        open: usize,
        /// How many of the fetched ones were labelled. Without labels, chances come from ties alone and are too high
        /// where ties hardly tell.
        labelled: usize,
    },
    /// A simulated network.
    Assumed {
        /// Its accounts.
        accounts: usize,
        /// Its members.
        members: usize,
        /// The share of their follows that go to members.
        inside: f64,
        /// Members known at the start, as many as the study has seeds.
        seeds: usize,
    },
}

/// What so many requests would reach, besides what was reached before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// More requests.
    pub requests: u64,
    /// At the study's rate, if no server asks for less.
    pub seconds: u64,
    /// Accounts fetched.
    pub accounts: u64,
    /// Expected members among them, best-first; from a crawl, as a range.
    pub best_first: Expected,
    /// The same of waves.
    pub waves: Expected,
}

/// An expected number of members.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Expected {
    /// If nobody new comes into sight. The simulation's figure before a crawl.
    pub low: f64,
    /// If members go on to come in as they did of late. The same as `low` before a crawl.
    pub high: f64,
}

/// Says what the study's budget, or another, would reach. Nothing is fetched.
pub fn plan(study: &Study, wish: &Wish, progress: &Progress) -> Result<Plan> {
    let settings = &study.settings.collect;
    if !study.settings.platform.is_crawled() {
        return Err(Error::usage("this study's accounts come from files, so there is no crawl to plan"));
    }
    if !(0.01..=0.9).contains(&wish.inside) || !(20..=1_000_000).contains(&wish.members) {
        return Err(Error::usage("a group of that kind cannot be assumed")
            .help("allowed: --members from 20 to 1,000,000, --inside from 1% to 90%"));
    }
    let spent = queue::count(&study.work.db, "requests")?;
    let budget = wish.budget.unwrap_or(settings.request_budget);
    let left = budget.saturating_sub(spent);
    if left == 0 {
        return Err(Error::usage(format!("the budget of {budget} requests is spent"))
            .help("plan another with --budget, or raise collect.request_budget in study.toml"));
    }
    let (fetched, lists) = (queue::looked_for(&study.work.db)?, queue::lists(&study.work.db)?);
    // A profile is a twenty-fifth of a request, most lists are one or two pages.
    let assumed = 0.04 + 1.5 + if settings.posts > 0 { 1.0 } else { 0.0 };
    let begun = lists > 0;
    let per_account = if begun { spent as f64 / fetched.max(1) as f64 } else { assumed };
    let requests: Vec<u64> = (1..=ROWS).map(|i| left * i / ROWS).filter(|r| *r > 0).collect();
    let accounts = |requests: u64| (requests as f64 / per_account) as u64;
    let (basis, found) =
        if begun { from_crawl(study)? } else { from_assumptions(study, wish, accounts(left), progress)? };
    let reachable = match basis {
        Basis::Crawl { .. } => u64::MAX,
        Basis::Assumed { accounts, .. } => accounts as u64,
    };
    let row = |requests: u64| {
        let accounts = accounts(requests).min(reachable);
        Row {
            requests,
            seconds: requests / u64::from(settings.requests_per_second.max(1)),
            accounts,
            best_first: found(true, accounts),
            waves: found(false, accounts),
        }
    };
    Ok(Plan {
        strategy: settings.strategy,
        spent,
        budget,
        per_account,
        per_second: settings.requests_per_second,
        basis,
        rows: requests.into_iter().map(row).collect(),
    })
}

/// Expected members of a strategy (best-first or not) among so many accounts.
type Found = Box<dyn Fn(bool, u64) -> Expected>;

fn from_crawl(study: &Study) -> Result<(Basis, Found)> {
    let mut chooser = Chooser::open(study)?;
    let frontier = &mut chooser.frontier;
    let chances = frontier.chances();
    let lately = frontier.lately(LATELY).unwrap_or(0.0);
    let basis = Basis::Crawl { fetched: frontier.lists(), open: chances.len(), labelled: frontier.labelled() };
    let mean = chances.iter().sum::<f64>() / chances.len().max(1) as f64;
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(chances.iter().scan(0.0, |sum, chance| {
            *sum += chance;
            Some(*sum)
        }))
        .collect();
    let found = move |best_first: bool, accounts: u64| {
        let within = usize::try_from(accounts).unwrap_or(usize::MAX).min(sums.len() - 1);
        let now = if best_first { sums[within] } else { mean * within as f64 };
        let going_on = if best_first { lately * accounts as f64 } else { mean * accounts as f64 };
        Expected { low: now.min(going_on), high: now.max(going_on) }
    };
    Ok((basis, Box::new(found)))
}

fn from_assumptions(study: &Study, wish: &Wish, most: u64, progress: &Progress) -> Result<(Basis, Found)> {
    let accounts = (wish.members * OTHERS).clamp(ACCOUNTS.0, ACCOUNTS.1).max(2 * wish.members);
    let seeds = study.seeds()?.len().min(wish.members / 2);
    let world = World {
        accounts,
        members: wish.members,
        known: seeds,
        inside: wish.inside,
        seed: study.settings.seed,
        ..World::default()
    };
    progress.begin("plan: crawl an assumed network", None);
    let ground = Ground::simulated(&world)?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let waves = study.settings.frame.waves;
    let best = ground.crawl(rehearse::Strategy::FromTies, waves, most, progress)?;
    let plain = ground.crawl(rehearse::Strategy::BreadthFirst, waves, most, progress)?;
    progress.end();
    let basis = Basis::Assumed { accounts, members: wish.members, inside: wish.inside, seeds };
    let found = move |best_first: bool, accounts: u64| {
        let found = if best_first { &best } else { &plain };
        let within = found.partition_point(|r| u64::from(*r) <= accounts) as f64;
        Expected { low: within, high: within }
    };
    Ok((basis, Box::new(found)))
}
