//! simulate: a network whose truth is known, shaped like the one of the 2015 ISIS Twitter Census.
//!
//! Nothing in it is real: invented accounts, everyday sentences, an invented group known by neutral campaign tags.
//! Where the study gives a figure, the code names it; "recalled" marks one that was not checked against the text.
//! Every account draws from its own random stream, so an account's posts can be made at any time, in any order.

use std::fmt;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::rows::{Account, Follow, Micros, Post, Status};
use crate::{Error, Result};

mod cast;
mod files;
mod planted;
mod posts;
mod ties;
mod words;

pub use files::{into_study, write, write_truth};

use cast::Person;

/// Most accounts: an account's position is the lower 22 bits of its id.
const MOST: usize = 1 << 22;

/// What is simulated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Accounts in all.
    pub accounts: usize,
    /// How many of them are members.
    pub members: usize,
    /// The random seed; the same world gives the same bytes.
    pub seed: u64,
    /// Members known to the analyst: the seeds. Fewer where there are not so many to be known.
    pub known: usize,
    /// The mean share of a member's follows that go to members, as far as there are members enough to follow.
    pub inside: f64,
    /// The share of members who are tied to the group no more than a bystander is.
    pub pocket: f64,
    /// How many follow members without belonging (journalists, critics, onlookers), 1 for as many as in the study.
    pub bystanders: f64,
    /// Whether accounts have places, time zones and pictures as well, some let a program post, and there is a day of uproar.
    pub traits: bool,
}

impl Default for World {
    fn default() -> Self {
        Self {
            accounts: 20_000,
            members: 1_000,
            seed: 1,
            known: 50,
            inside: 0.5,
            pocket: 0.03,
            bystanders: 1.0,
            traits: false,
        }
    }
}

impl World {
    /// Refuses what cannot be simulated.
    pub fn check(&self) -> Result<()> {
        let rules = [
            ((1..=MOST).contains(&self.accounts), "accounts", format!("1 to {MOST}")),
            (self.members <= self.accounts, "members", format!("0 to {}, the accounts in all", self.accounts)),
            ((0.0..=0.9).contains(&self.inside), "inside", "0 to 0.9".into()),
            ((0.0..=1.0).contains(&self.pocket), "pocket", "0 to 1".into()),
            ((0.0..=10.0).contains(&self.bystanders), "bystanders", "0 to 10".into()),
        ];
        match rules.into_iter().find(|(holds, _, _)| !holds) {
            Some((_, option, allowed)) => {
                Err(Error::usage(format!("a world cannot be simulated with that `{option}`"))
                    .help(format!("allowed: {allowed}")))
            }
            None => Ok(()),
        }
    }
}

/// What an account is, in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Belongs to the group.
    Member,
    /// Follows members to report on them.
    Journalist,
    /// Follows members to argue with them.
    Critic,
    /// Spam; follows at random, and members for their audience.
    Bot,
    /// One of the public.
    Ordinary,
    /// A medium, a club, a firm: few, and followed by very many.
    Organisation,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Member => "member",
            Role::Journalist => "journalist",
            Role::Critic => "critic",
            Role::Bot => "bot",
            Role::Ordinary => "ordinary",
            Role::Organisation => "organisation",
        })
    }
}

/// A simulated network. Accounts are named by their position in `accounts`.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// What was asked for.
    pub world: World,
    /// The profiles as they would be observed on 27 November 2014, the last day of the study's collection.
    pub accounts: Vec<Account>,
    /// The truth: who is a member.
    pub member: Vec<bool>,
    /// The truth: what each account is.
    pub role: Vec<Role>,
    /// The follows that can be seen, sorted: who, whom. Protected accounts hide theirs.
    pub edges: Vec<(u32, u32)>,
    /// The members known to the analyst.
    pub seeds: Vec<u32>,
    people: Vec<Person>,
}

/// Makes the network.
pub fn simulate(world: &World) -> Result<Simulated> {
    world.check()?;
    let people = cast::people(world);
    let mut edges = ties::follows(world, &people);
    let accounts = cast::profiles(world, &people, &edges);
    edges.retain(|&(src, _)| !people[src as usize].protected);
    let role: Vec<Role> = people.iter().map(|p| p.role).collect();
    let member = role.iter().map(|&r| r == Role::Member).collect();
    let seeds = seeds(world, &people, &accounts);
    Ok(Simulated { world: world.clone(), accounts, member, role, edges, seeds, people })
}

impl Simulated {
    /// The follows as rows.
    pub fn follows(&self) -> impl Iterator<Item = Follow> + '_ {
        let id = |i: u32| self.accounts[i as usize].id.clone();
        self.edges.iter().map(move |&(src, dst)| Follow { src: id(src), dst: id(dst), created_at: None })
    }

    /// The recent posts, account by account, each account's oldest first. They are made as they are asked for.
    pub fn posts(&self) -> impl Iterator<Item = Post> + '_ {
        (0..self.accounts.len()).flat_map(|i| posts::of(self, i))
    }

    /// What the monthly checks found, check by check.
    pub fn statuses(&self) -> impl Iterator<Item = Status> + '_ {
        let checks = cast::checks().into_iter().enumerate();
        checks.flat_map(move |(number, at)| {
            self.accounts.iter().zip(&self.people).map(move |(account, person)| Status {
                account: account.id.clone(),
                status: person.status(number).into(),
                at: Some(at),
                source: Some("simulated".into()),
                detail: None,
            })
        })
    }

    /// Whom an account is seen to follow.
    fn followed(&self, account: usize) -> &[(u32, u32)] {
        let from = self.edges.partition_point(|&(src, _)| (src as usize) < account);
        let to = self.edges.partition_point(|&(src, _)| (src as usize) <= account);
        &self.edges[from..to]
    }
}

/// The analyst knows members that are easily found: open, tied to the group, and among the more active half.
fn seeds(world: &World, people: &[Person], accounts: &[Account]) -> Vec<u32> {
    let open = |p: &Person| p.role == Role::Member && !p.pocket && !p.protected;
    let mut known: Vec<usize> = (0..people.len()).filter(|&i| open(&people[i])).collect();
    known.sort_by_key(|&i| (std::cmp::Reverse(accounts[i].posts), i));
    known.truncate(world.known.max(known.len() / 2));
    known.shuffle(&mut stream(world.seed, Stage::Seeds, 0));
    known.truncate(world.known);
    known.sort_unstable();
    known.into_iter().map(|i| i as u32).collect()
}

/// Which part of the simulation a random stream serves.
#[derive(Clone, Copy)]
enum Stage {
    Roles,
    Person,
    Follows,
    Back,
    Profile,
    Posts,
    Seeds,
    Planted,
}

fn stream(seed: u64, stage: Stage, account: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream((stage as u64) << 32 | account as u64);
    rng
}

fn normal(rng: &mut impl Rng) -> f64 {
    rng.sample(StandardNormal)
}

/// One of `choices`, by weight.
fn pick<T: Copy>(rng: &mut impl Rng, choices: &[(T, f64)]) -> T {
    let mut left = rng.random::<f64>() * choices.iter().map(|c| c.1).sum::<f64>();
    for &(choice, weight) in choices {
        left -= weight;
        if left < 0.0 {
            return choice;
        }
    }
    choices[choices.len() - 1].0
}

/// An id like Twitter's: milliseconds since its first day, then 22 bits, here the account's position.
fn snowflake(at: Micros, account: usize) -> String {
    let since = at - cast::midnight(2006, 3, 21);
    ((since / 1_000) << 22 | account as i64).to_string()
}

#[cfg(test)]
mod tests;
