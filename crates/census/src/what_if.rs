//! what-if: what the group would lose if so many of its members were suspended, by different plans.
//!
//! Members are the seeds, those labelled as members, and accounts without a label whose score is high enough. For each plan
//! and number of suspensions: the share of the audience outside the group that would follow none of the others any more,
//! the share of the members' posts, and the largest part that still hangs together by ties inside. Audiences come first:
//! reach is what is lost, connectivity is not.
//!
//! It is a plan on the follows as they were seen. Nobody comes back in it, and no follower finds another member to follow;
//! both happen.

use netcensus_graph::Group;
use netcensus_graph::removal::{Audience, Ties};
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::label::{Answer, Coded};
use crate::network::Network;
use crate::profiles::Profile;
use crate::progress::Progress;
use crate::study::{self, Study};
use crate::{Error, Result};

mod chart;
#[cfg(test)]
mod tests;

/// Points of a curve, besides those that are asked for.
const POINTS: usize = 24;
/// Random orders that are averaged.
const LOTS: u64 = 20;
/// Starts of the sampled betweenness.
const STARTS: usize = 256;
/// Swaps that the search makes at each point.
const SWAPS: usize = 200;
/// Plans that break a group up aim at a largest part of this share of it.
const BROKEN: f64 = 0.01;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Numbers of suspensions to show besides a grid of our own.
    pub suspensions: Vec<usize>,
    /// The share of the audience that is wanted to be lost.
    pub wanted: f64,
    /// Accounts without a label count as members from this score on.
    pub least_score: f64,
    /// The share of a lost audience that is thought to be regained by accounts that come back.
    pub regained: f64,
}

impl Default for Ask {
    fn default() -> Self {
        Self { suspensions: Vec::new(), wanted: 0.5, least_score: 0.5, regained: 0.0 }
    }
}

/// `out/what-if.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// The study's name.
    pub study: String,
    /// Whether any label came from a simulated coder.
    pub simulated: bool,
    /// How many accounts are taken for members: seeds, labelled, by score.
    pub members: usize,
    /// Of these, how many by their score alone.
    pub by_score: usize,
    /// Accounts outside of the group that follow some of it.
    pub audience: usize,
    /// The largest part of the group that hangs together by ties inside.
    pub largest: u32,
    /// The share of a lost audience that was taken to be regained.
    pub regained: f64,
    /// Numbers of suspensions.
    pub suspensions: Vec<usize>,
    /// What different plans lose, the best by area first, without `random`, which comes last.
    pub plans: Vec<Plan>,
    /// Of each number of suspensions, the share of the audience that no choice could lose more than.
    pub bound: Vec<f64>,
    /// What the wanted loss takes.
    pub wanted: Wanted,
}

/// What one plan loses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// `reach`, `peeling`, `even`, `followers`, `posts`, `betweenness`, `influence`, `core` or `random`.
    pub name: String,
    /// Of each number of suspensions, the share of the audience that is lost, less what is regained.
    pub reach: Vec<f64>,
    /// The share of the members' posts a day.
    pub posts: Vec<f64>,
    /// The largest part that is left, as a share of the group.
    pub largest: Vec<f64>,
    /// The area under `reach`, over the share of the group suspended: 1 would be all at once.
    pub reach_area: f64,
    /// The area above `largest`, the same way.
    pub largest_area: f64,
}

/// How many suspensions a wanted loss takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The share of the audience to be lost.
    pub reach: f64,
    /// By the best plan found; none where none does.
    pub suspensions: Option<usize>,
    /// With fewer than this no choice could.
    pub at_least: Option<usize>,
}

/// Tries suspensions on the group as it is known now, and writes `out/what-if.json` and `out/what-if.svg`.
pub fn what_if(
    study: &Study,
    network: &Network,
    frame: &Frame,
    coded: &Coded,
    scores: Option<&[f64]>,
    ask: &Ask,
    progress: &Progress,
) -> Result<WhatIf> {
    let is_share = |v: f64| (0.0..=1.0).contains(&v);
    if !(is_share(ask.wanted) && is_share(ask.least_score) && is_share(ask.regained)) {
        return Err(Error::usage("the wanted loss, the least score and what is regained are shares, from 0 to 1"));
    }
    let (members, by_score) = members(frame, coded, scores, ask.least_score);
    let fewest = study.settings.publish.min_cell.max(1) as usize;
    if members.len() < fewest {
        return Err(Error::usage(format!("{} accounts are known as members, too few to say what if", members.len()))
            .help("label the sample first: netcensus run; or lower --least-score"));
    }
    progress.begin("what if: audience and ties", None);
    let group = Group::from_members(network.ids.len(), members.iter().copied());
    let (audience, ties) = (Audience::new(&network.graph, &group), Ties::new(&network.graph, &group));
    progress.end();
    let posts = posts_a_day(network, &group);
    let suspensions = grid(members.len(), fewest, &ask.suspensions);
    let world = World { audience, ties, posts, suspensions: &suspensions, kept: 1.0 - ask.regained };
    let found = world.plans(study.settings.seed, progress)?;

    let reached = world.audience.reached() as f64;
    let whole: Vec<f64> = world.audience.bound().0.iter().map(|most| world.kept * most / reached.max(1.0)).collect();
    let bound = suspensions.iter().map(|k| whole[k - 1]).collect();
    let shown = (0..suspensions.len()).find(|at| found.iter().any(|plan| plan.reach[*at] >= ask.wanted));
    let wanted = Wanted {
        reach: ask.wanted,
        suspensions: world.smallest(ask.wanted).into_iter().chain(shown.map(|at| suspensions[at])).min(),
        at_least: whole.iter().position(|share| *share >= ask.wanted).map(|at| at + 1),
    };
    let what_if = WhatIf {
        study: study.settings.name.clone(),
        simulated: coded.simulated(),
        members: members.len(),
        by_score,
        audience: world.audience.reached(),
        largest: world.ties.whole(),
        regained: ask.regained,
        suspensions,
        plans: found,
        bound,
        wanted,
    };
    let json =
        serde_json::to_vec_pretty(&what_if).map_err(|e| Error::bug("the answer cannot be written").because(e))?;
    study::write(&study.out().join("what-if.json"), &json)?;
    study::write(&study.out().join("what-if.svg"), chart::draw(&what_if).as_bytes())?;
    Ok(what_if)
}

/// The accounts that are taken for members, and how many of them by their score alone.
pub(crate) fn members(frame: &Frame, coded: &Coded, scores: Option<&[f64]>, least: f64) -> (Vec<u32>, usize) {
    let (mut members, mut by_score) = (Vec::new(), 0);
    for (i, (unit, seed)) in frame.units.iter().zip(frame.is_seed()).enumerate() {
        let scored = || scores.and_then(|s| s.get(i)).is_some_and(|score| *score >= least);
        match coded.answers.get(i).copied().flatten() {
            _ if seed => members.push(unit.account),
            Some(Answer::Member) => members.push(unit.account),
            Some(_) => {}
            None if scored() => {
                members.push(unit.account);
                by_score += 1;
            }
            None => {}
        }
    }
    (members, by_score)
}

/// Each member's posts a day over the account's life, as its profile counts them; 0 where it says nothing. Where no profile
/// says when it was seen, lives are counted to when the youngest account was made.
fn posts_a_day(network: &Network, group: &Group) -> Vec<f64> {
    const DAY: f64 = 86_400e6;
    let profiles = || group.iter().map(|account| network.profiles.get(account));
    let last = network.profiles.newest().or_else(|| profiles().flatten().filter_map(|p| p.created_at).max());
    let rate = |profile: Option<Profile<'_>>| {
        let p = profile?;
        let days = (p.observed_at.or(last)?.saturating_sub(p.created_at?) as f64 / DAY).max(1.0);
        Some(p.posts? as f64 / days)
    };
    profiles().map(|profile| rate(profile).unwrap_or(0.0)).collect()
}

/// Numbers of suspensions from the smallest that may be published to all, evenly spaced by their logarithms.
fn grid(members: usize, fewest: usize, asked: &[usize]) -> Vec<usize> {
    let (low, high) = ((fewest as f64).ln(), (members as f64).ln());
    let at = |i: usize| (low + (high - low) * i as f64 / (POINTS - 1) as f64).exp().round() as usize;
    let mut grid: Vec<usize> = (0..POINTS).map(at).chain(asked.iter().copied()).collect();
    grid.iter_mut().for_each(|k| *k = (*k).clamp(fewest, members));
    grid.sort_unstable();
    grid.dedup();
    grid
}

struct World<'a> {
    audience: Audience,
    ties: Ties,
    posts: Vec<f64>,
    suspensions: &'a [usize],
    /// The share of what is lost that stays lost.
    kept: f64,
}

impl World<'_> {
    fn plans(&self, seed: u64, progress: &Progress) -> Result<Vec<Plan>> {
        progress.begin("what if: plans", Some(9));
        let mut plans: Vec<Plan> = Vec::new();
        let done = |plans: &mut Vec<Plan>, plan: Plan| {
            plans.push(plan);
            progress.advance(1);
            progress.check()
        };
        let (_, even) = self.audience.bound();
        let (followers, peeled) = (self.audience.by_followers(), self.audience.by_peeling());
        done(&mut plans, self.reach(&[&followers, &peeled, &even]))?;
        done(&mut plans, self.plan("followers", &followers))?;
        done(&mut plans, self.plan("peeling", &peeled))?;
        done(&mut plans, self.plan("even", &even))?;
        let mut busy: Vec<u32> = (0..self.posts.len() as u32).collect();
        busy.sort_by(|&a, &b| self.posts[b as usize].total_cmp(&self.posts[a as usize]).then(a.cmp(&b)));
        done(&mut plans, self.plan("posts", &busy))?;
        let target = ((BROKEN * self.posts.len() as f64) as u32).max(1);
        let broken = |order: Vec<u32>| self.ties.reinserted(&order, target);
        done(&mut plans, self.plan("betweenness", &broken(self.ties.by_betweenness(STARTS, seed))))?;
        done(&mut plans, self.plan("influence", &broken(self.ties.by_influence())))?;
        done(&mut plans, self.plan("core", &broken(self.ties.by_core())))?;
        plans.sort_by(|a, b| b.reach_area.total_cmp(&a.reach_area).then(a.name.cmp(&b.name)));
        let lots: Vec<Plan> = (0..LOTS).map(|lot| self.plan("random", &self.ties.by_lot(seed ^ (lot + 1)))).collect();
        done(&mut plans, mean(lots))?;
        progress.end();
        Ok(plans)
    }

    /// The best that was found at each number for itself: of the orders' beginnings, then by swaps. Never worse than one of
    /// the orders.
    fn reach(&self, orders: &[&[u32]]) -> Plan {
        let lost: Vec<Vec<u64>> = orders.iter().map(|order| self.audience.lost(order)).collect();
        let sets = self.suspensions.iter().map(|&k| {
            let best = (0..orders.len()).max_by_key(|&o| (lost[o][k - 1], orders.len() - o)).unwrap_or(0);
            self.audience.improved(&orders[best][..k], SWAPS)
        });
        let sets: Vec<Vec<u32>> = sets.collect();
        let last = |values: Vec<u64>| values.last().copied().unwrap_or(0);
        let reach = sets.iter().map(|set| last(self.audience.lost(set))).collect();
        let posts = sets.iter().map(|set| set.iter().map(|m| self.posts[*m as usize]).sum()).collect();
        let largest = sets.iter().map(|set| self.ties.largest(set).last().copied().unwrap_or(0)).collect();
        self.shares("reach", reach, posts, largest)
    }

    /// The fewest suspensions by which one of the orders that reach is searched from loses so much.
    fn smallest(&self, wanted: f64) -> Option<usize> {
        let enough = |lost: &u64| self.kept * *lost as f64 >= wanted * self.audience.reached() as f64;
        let orders = [self.audience.by_followers(), self.audience.by_peeling(), self.audience.bound().1];
        orders.iter().filter_map(|order| self.audience.lost(order).iter().position(enough)).min().map(|at| at + 1)
    }

    fn plan(&self, name: &str, order: &[u32]) -> Plan {
        let (lost, largest) = (self.audience.lost(order), self.ties.largest(order));
        let posts: Vec<f64> = order
            .iter()
            .scan(0.0, |sum, m| {
                *sum += self.posts[*m as usize];
                Some(*sum)
            })
            .collect();
        let at = |k: &usize| k - 1;
        let ks = || self.suspensions.iter().map(at);
        let (reach, posts) = (ks().map(|k| lost[k]).collect(), ks().map(|k| posts[k]).collect());
        self.shares(name, reach, posts, ks().map(|k| largest[k]).collect())
    }

    fn shares(&self, name: &str, reach: Vec<u64>, posts: Vec<f64>, largest: Vec<u32>) -> Plan {
        let (members, reached) = (self.posts.len() as f64, (self.audience.reached() as f64).max(1.0));
        let all: f64 = self.posts.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let reach: Vec<f64> = reach.iter().map(|lost| self.kept * *lost as f64 / reached).collect();
        let largest: Vec<f64> = largest.iter().map(|size| f64::from(*size) / members).collect();
        let whole = f64::from(self.ties.whole()) / members;
        let lost: Vec<f64> = largest.iter().map(|size| whole - size).collect();
        Plan {
            name: name.into(),
            reach_area: self.area(&reach),
            largest_area: self.area(&lost),
            posts: posts.iter().map(|p| (p / all).min(1.0)).collect(),
            reach,
            largest,
        }
    }

    /// Under the curve through 0 and these points, over the share of the group suspended.
    fn area(&self, values: &[f64]) -> f64 {
        let (mut area, mut before) = (0.0, (0.0, 0.0));
        for (k, value) in self.suspensions.iter().zip(values) {
            let share = *k as f64 / self.posts.len() as f64;
            area += (share - before.0) * f64::midpoint(*value, before.1);
            before = (share, *value);
        }
        area
    }
}

/// The mean of several plans, point by point.
fn mean(plans: Vec<Plan>) -> Plan {
    let n = plans.len() as f64;
    let points = |of: &dyn Fn(&Plan) -> &Vec<f64>| -> Vec<f64> {
        let mut sums = vec![0.0; of(&plans[0]).len()];
        plans.iter().for_each(|plan| sums.iter_mut().zip(of(plan)).for_each(|(sum, v)| *sum += v));
        sums.into_iter().map(|sum| sum / n).collect()
    };
    let area = |of: &dyn Fn(&Plan) -> f64| plans.iter().map(of).sum::<f64>() / n;
    Plan {
        name: plans[0].name.clone(),
        reach: points(&|p| &p.reach),
        posts: points(&|p| &p.posts),
        largest: points(&|p| &p.largest),
        reach_area: area(&|p| p.reach_area),
        largest_area: area(&|p| p.largest_area),
    }
}
