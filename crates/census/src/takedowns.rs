//! takedowns: what suspensions did to the group.
//!
//! From what was watched: how long members and others live and how they end; who is suspended; the waves in which suspensions
//! come; whom the suspended reached and nobody reaches now; how the group hangs together without them; and what a wave did to
//! those that remained, in audience, activity and survival, next to accounts like them that no wave touched.
//!
//! Members are taken as [`crate::what_if`] takes them. Only what was watched counts: an account that ended before it was seen is
//! in no curve, and a gap in the watch is a gap. Nothing here names an account, and cells smaller than
//! `publish.min_cell` are left out.

use netcensus_stats::effect::{self, Bin, Rule, Wave as Found};
use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::frame::Frame;
use crate::label::Coded;
use crate::lives::{self, End, Life};
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::Micros;
use crate::study::{self, Study};
use crate::what_if;
use crate::{Error, Result};

mod after;
mod lifetimes;
mod panel;
mod ties;

/// The level of all intervals.
pub(crate) const LEVEL: f64 = 0.95;
const DAY: f64 = 86_400e6;
/// Bins of time at most.
const MOST_BINS: f64 = 20_000.0;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Accounts without a label count as members from this score on.
    pub least_score: f64,
    /// The chance of any false wave.
    pub alpha: f64,
    /// Days of a period before and after a wave; none for what fits between the waves, a week at most.
    pub period: Option<f64>,
}

impl Default for Ask {
    fn default() -> Self {
        Self { least_score: 0.5, alpha: 0.05, period: None }
    }
}

/// `out/takedowns.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Takedowns {
    /// The study's name.
    pub study: String,
    /// Whether any label came from a simulated coder.
    pub simulated: bool,
    /// How many accounts are taken for members; by their score alone.
    pub members: usize,
    /// Of these, how many by their score alone.
    pub by_score: usize,
    /// What was watched, and what was not.
    pub watch: Watch,
    /// Members and others of the frame.
    pub lives: Vec<Lives>,
    /// Whether members and others live equally long; none where it cannot be told.
    pub log_rank: Option<LogRank>,
    /// What goes with being suspended.
    pub who: Vec<Trait>,
    /// The chance of any false wave that was allowed.
    pub alpha: f64,
    /// Waves of suspensions among the members.
    pub waves: Vec<Wave>,
    /// What the suspended reached.
    pub reach: Option<Reach>,
    /// What a wave did to those that remained.
    pub effects: Vec<Effect>,
    /// What could not be said, and why; what a reader must know.
    pub notes: Vec<String>,
}

/// What was watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// The first day on which anybody was seen.
    pub first: String,
    /// The last look.
    pub last: String,
    /// Days between two looks at an account that ended, in the middle.
    pub between_looks: Option<f64>,
    /// Accounts of the frame that were seen once and never looked for again.
    pub once: usize,
    /// Accounts of the frame that were never seen there at a known time: gone before anybody looked, or not looked for.
    pub never: usize,
}

/// How long a group lives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lives {
    /// `members` or `others`.
    pub group: String,
    /// Accounts that were watched for a while.
    pub watched: usize,
    /// How many ended, by how; those below the smallest cell are none.
    pub ended: Vec<(String, Option<usize>)>,
    /// The median age at the end, in days, by the smooth curve.
    pub median: Option<Figure>,
    /// Ages in days, and the share that does not live longer by the smooth curve.
    pub gone_by: Vec<(f64, Figure)>,
    /// The same by the product limit, which knows nothing of ages at which nobody was watched.
    pub product_limit: Vec<(f64, Figure)>,
    /// Of those there when the watch began or found since, the share that came to each end by so many days.
    pub ends: Vec<(String, f64, Figure)>,
    /// How many there ever were, with those that ended before they could be found.
    pub ever: Option<Figure>,
}

/// Members against others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogRank {
    /// χ² with one degree of freedom.
    pub chi_squared: f64,
    /// Its chance if both lived equally long and ended independently.
    pub p: f64,
}

/// What goes with a higher hazard of suspension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    /// In words.
    pub name: String,
    /// The factor on the hazard.
    pub ratio: Figure,
}

/// A wave of suspensions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// The day on which it began.
    pub from: String,
    /// The day by which it was over.
    pub to: String,
    /// How many members were suspended in it; none below the smallest cell.
    pub suspended: Option<u64>,
    /// How many would have been at the rate around it.
    pub usual: f64,
    /// The chance of any such wave if there were none.
    pub p: f64,
}

/// Counts of the follows that were seen; they have no interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// Members that were suspended.
    pub suspended: usize,
    /// Members that remain.
    pub remaining: usize,
    /// Accounts outside of the group that follow some of it.
    pub audience: usize,
    /// Of these, followers of the suspended whom no remaining member reaches.
    pub lost: usize,
    /// Follows among members, of all that there could be, before.
    pub density_before: f64,
    /// And among those that remain.
    pub density_after: f64,
    /// The largest part of the group that hangs together by ties inside, before.
    pub largest_before: u32,
    /// And after.
    pub largest_after: u32,
}

/// What a wave did to one outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// `followers`, `posts a day` or `suspensions`.
    pub outcome: String,
    /// The factor by which it changed.
    pub ratio: Figure,
    /// The chance of a factor as far from 1 if waves had no effect.
    pub p: f64,
    /// Waves behind it.
    pub waves: usize,
    /// Waves that were left out, as their windows hold others or reach beyond the watch.
    pub left_out: usize,
    /// Days of a period.
    pub period: f64,
    /// By period since the wave, the factor against the last period before it.
    pub at: Vec<(i32, Figure)>,
    /// The same at a date before the wave at which nothing happened.
    pub placebo: Option<Figure>,
    /// The chance of leads as far from 1 if there were no differences before.
    pub leads_p: Option<f64>,
    /// Traits, and how far exposed and controls were apart before matching and after, in standard deviations.
    pub balance: Vec<(String, f64, f64)>,
    /// The share of the exposed that found controls.
    pub matched: Option<f64>,
}

/// A life in days since the watch began.
#[derive(Debug, Clone, Copy)]
struct Clock {
    unit: usize,
    member: bool,
    entry: f64,
    last_seen: f64,
    /// When it was first seen gone.
    gone: Option<f64>,
    end: Option<End>,
}

impl Clock {
    /// The middle of the time in which it ended.
    fn ended(&self) -> Option<f64> {
        self.gone.map(|gone| f64::midpoint(self.last_seen, gone))
    }

    fn exit(&self) -> f64 {
        self.ended().unwrap_or(self.last_seen)
    }

    fn suspended(&self) -> Option<f64> {
        self.ended().filter(|_| self.end == Some(End::Suspended))
    }
}

/// What the parts of the answer work on.
struct World<'a> {
    network: &'a Network,
    frame: &'a Frame,
    lives: Vec<Life>,
    /// One a life, in the same order.
    clocks: Vec<Clock>,
    start: Micros,
    /// The last look, in days.
    over: f64,
    bins: Vec<Bin>,
    waves: Vec<Found>,
    min_cell: usize,
}

impl World<'_> {
    /// The wave that a time lies in.
    fn wave(&self, at: f64) -> Option<usize> {
        self.waves.iter().position(|w| self.bins[w.first].from <= at && at < self.bins[w.last].to)
    }

    /// A number a life: those suspended in one wave share one, all others have their own.
    fn clusters(&self, of: &[usize]) -> Vec<usize> {
        let wave = |clock: &Clock| clock.suspended().and_then(|at| self.wave(at));
        of.iter().map(|&i| wave(&self.clocks[i]).unwrap_or(self.waves.len() + i)).collect()
    }

    fn day(&self, at: f64) -> String {
        day(self.start.saturating_add((at * DAY) as Micros))
    }

    fn of_group(&self, member: bool) -> Vec<usize> {
        (0..self.clocks.len()).filter(|&i| self.clocks[i].member == member).collect()
    }
}

fn day(at: Micros) -> String {
    jiff::Timestamp::from_microsecond(at).map(|t| t.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// Says what suspensions did, as far as it was watched, and writes `out/takedowns.json`.
pub fn takedowns(
    study: &Study,
    network: &Network,
    frame: &Frame,
    coded: &Coded,
    scores: Option<&[f64]>,
    ask: &Ask,
    progress: &Progress,
) -> Result<Takedowns> {
    if !((0.0..=1.0).contains(&ask.least_score) && ask.alpha > 0.0 && ask.alpha < 1.0) {
        return Err(Error::usage("the least score is a share, and the chance of a false wave lies between 0 and 1"));
    }
    if ask.period.is_some_and(|days| !(1.0 / 24.0..=366.0).contains(&days)) {
        return Err(Error::usage("a period is an hour to a year long").help("in days: --period 7"));
    }
    progress.begin("takedowns: lives", None);
    let (members, by_score) = what_if::members(frame, coded, scores, ask.least_score);
    let min_cell = study.settings.publish.min_cell.max(1) as usize;
    if members.len() < min_cell {
        return Err(Error::usage(format!(
            "{} accounts are known as members, too few to say anything of",
            members.len()
        ))
        .help("label the sample first: netcensus run; or lower --least-score"));
    }
    let mut notes = Vec::new();
    let world = world(study, network, frame, &members, ask, min_cell)?;
    let watch = watch(&world);
    if watch.never > 0 {
        notes.push("accounts that ended before they were first seen are in no curve; only the number that ever existed makes up for them".into());
    }
    notes.push(
        "what happened between two looks is not known: an end lies somewhere between them, and time that was not watched is not counted as survived"
            .into(),
    );
    progress.check()?;
    let lives = lifetimes::of_groups(&world, &mut notes);
    let log_rank = lifetimes::log_rank(&world);
    let who = lifetimes::who(&world, &mut notes);
    progress.end();
    progress.begin("takedowns: reach and ties", None);
    let reach = ties::reach(&world, &members);
    let seen = world.clocks.iter().filter(|c| c.member).count();
    if reach.is_some() && seen < members.len() {
        notes.push("members who were never seen at a known time are taken to remain".into());
    }
    if reach.is_none() {
        notes.push(format!(
            "fewer than {min_cell} members are known to be suspended, or remain: nothing is said of reach"
        ));
    }
    progress.end();
    progress.begin("takedowns: before and after", None);
    let panel = panel::read(study, &world)?;
    progress.check()?;
    let effects = after::effects(&world, &panel, ask.period, progress, &mut notes)?;
    progress.end();

    let takedowns = Takedowns {
        study: study.settings.name.clone(),
        simulated: coded.simulated(),
        members: members.len(),
        by_score,
        watch,
        lives,
        log_rank,
        who,
        alpha: ask.alpha,
        waves: world.waves.iter().map(|w| shown(&world, w)).collect(),
        reach,
        effects,
        notes,
    };
    let json =
        serde_json::to_vec_pretty(&takedowns).map_err(|e| Error::bug("the answer cannot be written").because(e))?;
    study::write(&study.out().join("takedowns.json"), &json)?;
    Ok(takedowns)
}

fn world<'a>(
    study: &Study,
    network: &'a Network,
    frame: &'a Frame,
    members: &[u32],
    ask: &Ask,
    min_cell: usize,
) -> Result<World<'a>> {
    let positions = frame.positions(network.ids.len());
    let mut member = vec![false; frame.units.len()];
    members.iter().filter_map(|a| positions.of(*a)).for_each(|unit| member[unit] = true);
    let mut lookup = frame.lookup(&network.ids);
    let (mut all, mut units) = (Vec::new(), Vec::new());
    for life in lives::lives(study)? {
        if let Some(unit) = lookup.find(&life.account) {
            all.push(life);
            units.push(unit);
        }
    }
    let looks = || all.iter().map(|l| l.gone_by.unwrap_or(l.last_seen).max(l.last_seen));
    let (Some(start), Some(end)) = (all.iter().map(|l| l.entry).min(), looks().max()) else {
        return Err(Error::usage("no account of the frame was ever seen at a known time")
            .help("collect; or import statuses with their times: netcensus import STUDY --statuses FILE"));
    };
    if all.iter().all(|l| l.gone_by.is_none() && l.last_seen <= l.entry) {
        return Err(Error::usage(
            "no account of the frame was looked at twice, so nothing is known of how long they live",
        )
        .help(
            "watch the study for a while; or import statuses of later checks: netcensus import STUDY --statuses FILE",
        ));
    }
    let days = |at: Micros| (at - start) as f64 / DAY;
    let clock = |(life, unit): (&Life, &usize)| Clock {
        unit: *unit,
        member: member[*unit],
        entry: days(life.entry),
        last_seen: days(life.last_seen),
        gone: life.gone_by.map(days),
        end: life.end,
    };
    let clocks: Vec<Clock> = all.iter().zip(&units).map(clock).collect();
    let over = days(end);
    let mut world =
        World { network, frame, lives: all, clocks, start, over, bins: Vec::new(), waves: Vec::new(), min_cell };
    world.bins = bins(&world)?;
    let rule = Rule { alpha: ask.alpha, ..Rule::default() };
    world.waves = effect::waves(&world.bins, &rule).map_err(|e| Error::bug("waves cannot be looked for").because(e))?;
    Ok(world)
}

/// Bins of time with the members' suspensions: as long as an end is uncertain, a day at least.
fn bins(world: &World<'_>) -> Result<Vec<Bin>> {
    let members = || world.clocks.iter().filter(|c| c.member);
    let width = between_looks(members()).unwrap_or(1.0).ceil().max(1.0).max(world.over / MOST_BINS);
    let times: Vec<f64> = members().filter_map(Clock::suspended).collect();
    let mut bins = effect::bins(&times, 0.0, world.over + width, width)
        .map_err(|e| Error::bug("time cannot be cut into bins").because(e))?;
    // How long all were watched up to a time: sums over those that came and went before it.
    let cumulated = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        let mut sums = vec![0.0];
        times.iter().for_each(|t| sums.push(sums[sums.len() - 1] + t));
        (times, sums)
    };
    let (comes, goes) =
        (cumulated(members().map(|c| c.entry).collect()), cumulated(members().map(Clock::exit).collect()));
    let since = |(times, sums): &(Vec<f64>, Vec<f64>), at: f64| {
        let n = times.partition_point(|t| *t < at);
        n as f64 * at - sums[n]
    };
    for bin in &mut bins {
        let watched = |at: f64| since(&comes, at) - since(&goes, at);
        bin.exposure = (watched(bin.to) - watched(bin.from)).max(0.0);
    }
    Ok(bins)
}

/// Days between the last look that saw an account and the first that did not, in the middle.
fn between_looks<'a>(clocks: impl Iterator<Item = &'a Clock>) -> Option<f64> {
    let mut gaps: Vec<f64> = clocks.filter_map(|c| Some(c.gone? - c.last_seen)).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).copied()
}

fn watch(world: &World<'_>) -> Watch {
    let once = world.clocks.iter().filter(|c| c.gone.is_none() && c.last_seen <= c.entry).count();
    Watch {
        first: day(world.start),
        last: world.day(world.over),
        between_looks: between_looks(world.clocks.iter()),
        once,
        never: world.frame.units.len() - world.clocks.len(),
    }
}

fn shown(world: &World<'_>, wave: &Found) -> Wave {
    Wave {
        from: world.day(world.bins[wave.first].from),
        to: world.day(world.bins[wave.last].to),
        suspended: (wave.ends >= world.min_cell as u64).then_some(wave.ends),
        usual: wave.usual,
        p: wave.p,
    }
}

fn figure(value: f64, low: f64, high: f64, accounts: usize, method: &str) -> Figure {
    Figure { value, low: low.min(value), high: high.max(value), labels: accounts, method: method.into() }
}
