//! The life of a site between its checks, and how long sites live.

use std::collections::{BTreeMap, HashMap, HashSet};

use netcensus_stats::survival::{Between, Spell, product_limit, smooth};
use serde::{Deserialize, Serialize};

use super::state::{Means, State};
use crate::Result;
use crate::rows::Micros;

const DAY: f64 = 86_400e6;
/// Ages at which shares are told, in days.
const AGES: [f64; 6] = [7.0, 30.0, 90.0, 180.0, 365.0, 730.0];

/// A check of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) at: Micros,
    pub(super) round: i64,
    pub(super) state: State,
}

/// What the checks of a site say of its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Life {
    /// The first check.
    pub first_check: Micros,
    /// The first check that found it there.
    pub first_there: Option<Micros>,
    /// The last check that found it there.
    pub last_there: Option<Micros>,
    /// The first check of those in a row, to the last, that did not.
    pub not_since: Option<Micros>,
    /// How it went, where it counts as gone.
    #[serde(serialize_with = "name")]
    pub gone: Option<State>,
    /// What the last check found.
    #[serde(serialize_with = "name_of")]
    pub now: State,
}

#[allow(clippy::ref_option)] // serde's form
fn name<S: serde::Serializer>(state: &Option<State>, to: S) -> Result<S::Ok, S::Error> {
    state.map(State::name).serialize(to)
}

fn name_of<S: serde::Serializer>(state: &State, to: S) -> Result<S::Ok, S::Error> {
    state.name().serialize(to)
}

/// The life that a site's checks tell, in the order of time; none without a check in a sound round.
///
/// A site is gone when its latest checks, from some check on, did not find it there, and either one of them met what does
/// not pass by itself (a suspended page, a name without address, …) or they span `gone_after`. A site that comes back was
/// not gone.
pub(super) fn life(checks: &[Seen], sound: &HashSet<i64>, gone_after: Micros) -> Option<Life> {
    let checks: Vec<Seen> = checks.iter().filter(|c| sound.contains(&c.round)).copied().collect();
    let there = |c: &&Seen| c.state.means() == Means::There;
    let (first, last) = (checks.first()?, checks.last()?);
    let (first_there, last_there) = (checks.iter().find(there), checks.iter().rev().find(there));
    let run: Vec<&Seen> = checks.iter().filter(|c| last_there.is_none_or(|l| c.at > l.at)).collect();
    let final_one = run.iter().find(|c| c.state.means() == Means::Gone);
    let lasted = run.first().is_some_and(|c| last.at - c.at >= gone_after);
    let gone = final_one.or(run.first().filter(|_| lasted)).map(|c| c.state);
    Some(Life {
        first_check: first.at,
        first_there: first_there.map(|c| c.at),
        last_there: last_there.map(|c| c.at),
        not_since: run.first().map(|c| c.at),
        gone,
        now: last.state,
    })
}

/// How long sites live, from the first post that pushed them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lifetimes {
    /// Sites that a check found there: the figures are of them.
    pub sites: usize,
    /// Of these, gone since.
    pub ended: usize,
    /// Sites that were gone when they were first looked at. They are in none of the figures.
    pub gone_before: usize,
    /// The youngest age, in days, at which enough sites were under watch. The next two are of sites that lived to be so old.
    pub from: Option<f64>,
    /// The age that half of them do not outlive.
    pub median: Option<Age>,
    /// The share of them that outlive an age.
    pub alive: Vec<Alive>,
    /// The age that half of all sites do not outlive, if lives follow Weibull's law.
    pub median_of_all: Option<Age>,
    /// The confidence level of the limits.
    pub level: f64,
    /// How the curve was made, and from what; or why there is none.
    pub method: String,
}

/// An age, with its limits, in days; none where the curve, or a limit, does not come down so far within the ages that were
/// watched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Age {
    pub days: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// The share of sites that outlive an age.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Alive {
    pub days: f64,
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// A site's first post and its life.
pub(super) type Lived = (Option<Micros>, Life);

/// Estimates how long sites live. Nothing is said of fewer than `fewest`.
///
/// A site's age counts from the first post that pushed it; it comes under watch, with delayed entry, at the first check that
/// found it there, and ends between the last check that did and the first of the final ones that did not.
///
/// The curve is the product limit from the age on at which enough sites are under watch, ends put in the middle between
/// their two checks: of younger ages the data tells next to nothing. With 20 ends or more the median of all sites is told
/// besides, by [`smooth`] without knots (Weibull), ends between checks, with robust limits in which sites that went the same
/// way on the same day move together.
pub(super) fn lifetimes(lives: &[Lived], fewest: usize, level: f64) -> Result<Lifetimes> {
    let gone_before = lives.iter().filter(|(_, l)| l.first_there.is_none() && l.gone.is_some()).count();
    let (units, clusters) = stretches(lives);
    let ended = units.iter().filter(|u| u.high.is_finite()).count();
    let mut found = Lifetimes {
        sites: units.len(),
        ended,
        gone_before,
        from: None,
        median: None,
        alive: Vec::new(),
        median_of_all: None,
        level,
        method: String::new(),
    };
    let exit = |u: &Between| if u.high.is_finite() { f64::midpoint(u.low, u.high) } else { u.low };
    let at_risk = |age: f64| units.iter().filter(|u| u.entry <= age && exit(u) > age).count();
    let mut entries: Vec<f64> = units.iter().map(|u| u.entry).collect();
    entries.sort_by(f64::total_cmp);
    let Some(from) = entries.into_iter().find(|age| at_risk(*age) >= fewest.max(1)) else {
        found.method = "too few sites were under watch at any age".into();
        return Ok(found);
    };
    let spell = |u: &Between| Spell { entry: u.entry.max(from), exit: exit(u), ended: u.high.is_finite() };
    let spells: Vec<Spell> = units.iter().map(spell).filter(|s| s.exit > s.entry).collect();
    if !spells.iter().any(|s| s.ended) {
        found.method = "no site ended under watch yet".into();
        return Ok(found);
    }
    let curve = product_limit(&spells)?;
    let (days, low, high) = curve.quantile(0.5, level)?;
    found.from = Some(from);
    found.median = Some(Age { days, low, high });
    for days in AGES.into_iter().filter(|d| *d > from && at_risk(*d) >= fewest) {
        let (low, high) = curve.limits(days, level)?;
        found.alive.push(Alive { days, share: curve.at(days), low, high });
    }
    found.method = "product-limit curve with delayed entry, ends in the middle between two checks".into();
    // With fewer than 20 ends it refuses.
    if let Ok(curve) = smooth(&units, 0, Some(&clusters)) {
        let oldest = units.iter().map(exit).fold(0.0, f64::max);
        let (days, low, high) = curve.quantile(0.5, level)?;
        let watched = |age: f64| (age <= oldest).then_some(age);
        found.median_of_all = Some(Age { days: watched(days), low: watched(low), high: watched(high) });
    }
    Ok(found)
}

/// Each life as ages in days, and which of them ended together.
fn stretches(lives: &[Lived]) -> (Vec<Between>, Vec<usize>) {
    let (mut units, mut clusters) = (Vec::new(), Vec::new());
    let mut numbers: BTreeMap<(Option<State>, i64, usize), usize> = BTreeMap::new();
    for (i, (pushed, life)) in lives.iter().enumerate() {
        let (Some(first), Some(last), Some(pushed)) = (life.first_there, life.last_there, pushed) else { continue };
        let born = first.min(*pushed);
        let age = |at: Micros| (at - born) as f64 / DAY;
        let end = life.gone.and(life.not_since);
        units.push(Between { entry: age(first), low: age(last), high: end.map_or(f64::INFINITY, age) });
        // Those that live on are each alone.
        let wave = match end {
            Some(at) => (life.gone, at.div_euclid(DAY as i64), 0),
            None => (None, 0, i + 1),
        };
        let next = numbers.len();
        clusters.push(*numbers.entry(wave).or_insert(next));
    }
    (units, clusters)
}

/// Numbers of sites by word, the largest first, cells below `fewest` put together; what is left over is never small enough
/// to tell of one.
pub(super) fn cells(words: impl Iterator<Item = String>, fewest: usize, whole: bool) -> (Vec<(String, usize)>, usize) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let mut cells: Vec<(String, usize)> = counts.into_iter().collect();
    cells.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let (mut shown, hidden): (Vec<_>, Vec<_>) = cells.into_iter().partition(|(_, n)| *n >= fewest);
    let (mut kinds, mut left) = (hidden.len(), hidden.iter().map(|(_, n)| n).sum::<usize>());
    // What is left of a whole is known by difference.
    while whole && kinds > 0 && (kinds < 2 || left < fewest) {
        let Some((_, n)) = shown.pop() else { break };
        left += n;
        kinds += 1;
    }
    (shown, kinds)
}
