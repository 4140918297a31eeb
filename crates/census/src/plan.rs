//! plan: how many labels an interval of a wanted width takes, by simulation on this study's own frame.
//!
//! Worlds are made in which the frame's open accounts are members with the chances that the scores give them, the total
//! being drawn from what the labels so far leave open (their confidence distribution). In each world the study goes on
//! as it would: further batches by its own design, what is labelled already kept as known, the difference estimator, the
//! interval that reports use. Before any label, chances are an assumption: logistic in the rank of a walk from the seeds.
//!
//! Scores are taken as they are now. More labels make them better, so the plan is on the careful side there; a corner of
//! the group that they miss makes it worse, which the second column shows.

use netcensus_stats::interval::{normal_quantile, srs_relative_half_width};
use netcensus_stats::total::difference;
use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::estimate;
use crate::frame::Frame;
use crate::label::{Answer, Coded};
use crate::measure::Measures;
use crate::progress::Progress;
use crate::sample::{self, Draw};
use crate::study::{self, Study};
use crate::{Error, Result};

mod assume;
mod chart;
#[cfg(test)]
mod tests;
mod world;

use world::Ground;

/// Label counts tried where none are given.
const GRID: [usize; 8] = [250, 500, 1000, 1500, 2000, 3000, 4000, 6000];

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The half-width wanted, relative to the total.
    pub half_width: f64,
    /// Labels in all to try; empty for a grid of our own.
    pub labels: Vec<usize>,
    /// Simulated worlds.
    pub worlds: u32,
    /// The share of the frame that are members, assumed where nothing is labelled yet.
    pub prevalence: Option<f64>,
    /// How well the scores will tell members from others, assumed where nothing is labelled yet.
    pub auc: f64,
    /// The share of the members that look like anybody, in the second column.
    pub pocket: f64,
    /// Labels that the coders give in an hour.
    pub per_hour: f64,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            half_width: 0.1,
            labels: Vec::new(),
            worlds: 200,
            prevalence: None,
            auc: 0.9,
            pocket: 0.05,
            per_hour: 60.0,
        }
    }
}

impl Wish {
    /// Refuses what cannot be asked.
    pub fn check(&self) -> Result<()> {
        let within = |v: f64, low: f64, high: f64| v.is_finite() && (low..=high).contains(&v);
        let rules = [
            (within(self.half_width, 0.001, 1.0), "the half-width", "0.1 % to 100 %"),
            (
                self.labels.len() <= 50 && self.labels.iter().all(|n| *n >= 2),
                "the labels",
                "up to 50 counts of at least 2",
            ),
            ((20..=100_000).contains(&self.worlds), "the worlds", "20 to 100,000"),
            (self.prevalence.is_none_or(|p| within(p, 1e-6, 1.0 - 1e-6)), "the prevalence", "above 0 and below 1"),
            (within(self.auc, 0.5, 0.999), "the AUC", "0.5 (scores that tell nothing) to 0.999"),
            (within(self.pocket, 0.0, 0.5), "the pocket", "0 to 50 %"),
            (within(self.per_hour, 0.1, 1e5), "labels per hour", "0.1 to 100,000"),
        ];
        match rules.iter().find(|(holds, ..)| !holds) {
            Some((_, what, allowed)) => {
                Err(Error::usage(format!("{what} cannot be that")).help(format!("allowed: {allowed}")))
            }
            None => Ok(()),
        }
    }
}

/// `out/plan.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The study's name.
    pub study: String,
    /// Whether any label came from a simulated coder.
    pub simulated: bool,
    /// What the worlds were made from.
    pub basis: Basis,
    /// Accounts in the frame.
    pub frame: usize,
    /// Known seeds among them.
    pub seeds: usize,
    /// Labels there are.
    pub labelled: usize,
    /// Drawn accounts without a label; the plan leaves them out.
    pub outstanding: usize,
    /// The share of each batch that is drawn uniformly.
    pub uniform_share: f64,
    /// The intervals' level.
    pub level: f64,
    /// Simulated worlds.
    pub worlds: u32,
    /// The share of the members that look like anybody, in the pessimistic worlds.
    pub pocket: f64,
    /// Labels that the coders give in an hour.
    pub per_hour: f64,
    /// One row a number of labels.
    pub points: Vec<Point>,
    /// The half-width wanted, and what it takes.
    pub wanted: Wanted,
}

/// What the worlds were made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// Whether the chances are an assumption, for want of labels.
    pub assumed: bool,
    /// Members in the frame, as estimated or assumed.
    pub members: f64,
    /// What the scores alone say; they are shifted, on the logit scale, to `members`.
    pub score_total: f64,
    /// How well the chances tell members from others, if they are right.
    pub auc: f64,
}

/// What so many labels give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Labels in all; seeds are not among them.
    pub labels: usize,
    /// Labels still to be given.
    pub more: usize,
    /// Hours of coding still to come.
    pub hours: f64,
    /// If the chances are right.
    pub scores: Spread,
    /// If a pocket of the members looks like anybody.
    pub pocket: Spread,
    /// Relative half-width that a simple random sample of as many labels would be expected to give.
    pub simple_random: f64,
}

/// Relative half-widths over the worlds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// Nineteen worlds of twenty are above.
    pub low: f64,
    /// Nineteen worlds of twenty are below.
    pub high: f64,
    /// Share of the worlds whose interval holds their truth.
    pub coverage: f64,
}

/// The half-width wanted, and what it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Half-width relative to the total.
    pub half_width: f64,
    /// Labels in all if the chances are right, between the rows; none where the last row does not reach it.
    pub scores: Option<usize>,
    /// The same with a pocket.
    pub pocket: Option<usize>,
    /// The same by a simple random sample.
    pub simple_random: usize,
    /// Hours of coding still to come, if the chances are right.
    pub hours: Option<f64>,
    /// The same with a pocket.
    pub hours_pocket: Option<f64>,
}

/// What the study has so far.
#[derive(Clone, Copy)]
pub struct SoFar<'a> {
    /// The batches drawn.
    pub draws: &'a [Draw],
    /// Their labels.
    pub coded: &'a Coded,
    /// Their scores, a vector a batch.
    pub scores: &'a [Vec<f64>],
}

/// Plans a study's labels and writes `out/plan.json` and `out/plan.svg`.
pub fn plan(
    study: &Study,
    frame: &Frame,
    measures: &Measures,
    so_far: SoFar<'_>,
    wish: &Wish,
    progress: &Progress,
) -> Result<Plan> {
    let SoFar { draws, coded, .. } = so_far;
    wish.check()?;
    let (ground, basis) = ground(study, frame, measures, so_far, wish)?;
    let settings = &study.settings;
    let drawn = || draws.iter().flat_map(|d| &d.drawn);
    let labelled = drawn().filter(|&&i| coded.answers[i].is_some()).count();
    let grid = grid(&wish.labels, labelled, ground.open(), progress)?;
    // Each batch by the study's own design; those drawn already are past.
    let left = settings.sample.batches.saturating_sub(if labelled > 0 { draws.len() } else { 0 }).max(1);
    let batches = |labels: usize| -> Vec<usize> {
        (1..=left).map(|b| sample::batch_size(labels - labelled, b as u32, left)).filter(|n| *n > 0).collect()
    };
    let grid: Vec<(usize, Vec<usize>)> = grid.into_iter().map(|n| (n, batches(n))).collect();
    let outcomes = simulate(&ground, &grid, settings, wish, progress)?;

    let seeds = frame.is_seed().iter().filter(|s| **s).count();
    let simple = SimpleRandom::new(frame.units.len(), seeds, basis.members, settings.estimate.level);
    let points: Vec<Point> = grid
        .iter()
        .enumerate()
        .map(|(k, (labels, _))| Point {
            labels: *labels,
            more: labels - labelled,
            hours: (labels - labelled) as f64 / wish.per_hour,
            scores: spread(outcomes.iter().map(|o| o[k][0])),
            pocket: spread(outcomes.iter().map(|o| o[k][1])),
            simple_random: simple.half_width(*labels),
        })
        .collect();
    let wanted = wanted(&points, &simple, labelled, wish);
    let plan = Plan {
        study: settings.name.clone(),
        simulated: coded.simulated(),
        basis,
        frame: frame.units.len(),
        seeds,
        labelled,
        outstanding: drawn().count() - labelled,
        uniform_share: settings.sample.uniform_share,
        level: settings.estimate.level,
        worlds: wish.worlds,
        pocket: wish.pocket,
        per_hour: wish.per_hour,
        points,
        wanted,
    };
    let json = serde_json::to_vec_pretty(&plan).map_err(|e| Error::bug("the plan cannot be written").because(e))?;
    study::write(&study.out().join("plan.json"), &json)?;
    study::write(&study.out().join("plan.svg"), chart::draw(&plan).as_bytes())?;
    Ok(plan)
}

/// What is known, what is assumed.
fn ground(
    study: &Study,
    frame: &Frame,
    measures: &Measures,
    so_far: SoFar<'_>,
    wish: &Wish,
) -> Result<(Ground, Basis)> {
    let SoFar { draws, coded, scores } = so_far;
    let label = |i: usize| match (frame.units[i].wave, coded.answers[i]) {
        (0, _) => Some(1.0),
        // Unsure counts as its score says, where there is one.
        (_, answer) => answer.map(|a: Answer| a.certain().unwrap_or_else(|| scores.last().map_or(0.5, |s| s[i]))),
    };
    let known: Vec<Option<f64>> = (0..frame.units.len()).map(label).collect();
    if known.iter().all(Option::is_some) {
        return Err(Error::usage("there is nothing to plan: every account of the frame is a seed or has a label"));
    }
    let found: f64 = known.iter().flatten().sum();
    let labelled = draws.iter().flat_map(|d| &d.drawn).any(|&i| coded.answers[i].is_some());
    let (Some(last), true) = (scores.last(), labelled) else {
        let Some(prevalence) = wish.prevalence else {
            return Err(Error::usage("nothing is labelled yet, so the share of members must be assumed").help(
                "say how much of the frame could be members, with --prevalence 5%, say (and how well scores will tell them \
                 apart, with --auc); or label the first batch and plan from its scores",
            ));
        };
        let members = prevalence * known.len() as f64;
        let sizes = sample::sizes_from_seeds(measures);
        let chances = assume::chances(&sizes, &known, members - found, wish.auc).ok_or_else(|| {
            Error::usage(format!("a share of {prevalence} of {} accounts is {members:.0} members", known.len()))
                .help(format!("{found:.0} are known already; assume more, but fewer than all"))
        })?;
        let basis = Basis {
            assumed: true,
            members,
            score_total: members,
            auc: assume::expected_auc(open_of(&chances, &known)),
        };
        return Ok((Ground { known, chances, first: Some(sizes), past: None }, basis));
    };
    if wish.prevalence.is_some() {
        return Err(Error::usage(
            "the study has labels: the plan goes by their estimate, not by an assumed prevalence",
        )
        .help("leave --prevalence away"));
    }
    let batches = estimate::batches(frame, draws, &coded.answers, scores);
    let past = difference(&batches)?;
    let (low, high) = past.limits(study.settings.estimate.level)?;
    let members = past.value.clamp(low, high);
    let score_total = found + open_of(last, &known).iter().sum::<f64>();
    let chances = world::shifted(last, &known, members - found);
    let auc = assume::expected_auc(open_of(&chances, &known));
    let weight = batches.iter().map(|b| b.weight).sum();
    let basis = Basis { assumed: false, members, score_total, auc };
    Ok((Ground { known, chances, first: None, past: Some((past, weight)) }, basis))
}

fn open_of(values: &[f64], known: &[Option<f64>]) -> Vec<f64> {
    values.iter().zip(known).filter(|(_, k)| k.is_none()).map(|(v, _)| *v).collect()
}

/// Label counts from what there is to what there can be.
fn grid(asked: &[usize], labelled: usize, open: usize, progress: &Progress) -> Result<Vec<usize>> {
    let most = labelled + open;
    let mut grid: Vec<usize> = if asked.is_empty() { GRID.to_vec() } else { asked.to_vec() };
    let fits = |n: &usize| (labelled + 1..=most).contains(n);
    let out: Vec<String> = grid.iter().filter(|n| !fits(n)).map(ToString::to_string).collect();
    if !asked.is_empty() && !out.is_empty() {
        progress.note(format!("left out: {} labels ({labelled} there are, {most} there can be)", out.join(", ")));
    }
    grid.retain(fits);
    if asked.is_empty() && grid.is_empty() {
        // A frame smaller than the first of the grid.
        grid.extend([4usize, 2, 1].map(|part| labelled + open.div_ceil(part)));
    }
    if grid.is_empty() {
        return Err(Error::usage("none of these numbers of labels can be planned")
            .help(format!("give some above {labelled}, up to {most}")));
    }
    // Where the study stands, for comparison.
    grid.extend((labelled > 1).then_some(labelled));
    grid.sort_unstable();
    grid.dedup();
    Ok(grid)
}

/// Relative half-width and whether the interval held, with the chances as they are and with a pocket.
type Outcome = [(f64, bool); 2];

/// Each world's outcomes, one a number of labels.
fn simulate(
    ground: &Ground,
    grid: &[(usize, Vec<usize>)],
    settings: &study::Settings,
    wish: &Wish,
    progress: &Progress,
) -> Result<Vec<Vec<Outcome>>> {
    let (uniform, level) = (settings.sample.uniform_share, settings.estimate.level);
    progress.begin("plan", Some(u64::from(wish.worlds) * grid.len() as u64));
    let outcomes = (0..wish.worlds)
        .into_par_iter()
        .map(|number| {
            let mut random = sample::random(settings.seed, "plan", number);
            let members = ground.members(&mut random)?;
            let hidden = ground.with_pocket(&members, wish.pocket, &mut random);
            let seed: u64 = random.random();
            let outcome = |truth: &[f64], batches: &[usize]| -> Result<(f64, bool)> {
                let (low, value, high) = world::census(ground, truth, batches, uniform, level, seed)?;
                let total: f64 = truth.iter().sum();
                Ok(((high - low) / 2.0 / value.max(0.5), low <= total && total <= high))
            };
            let mut of_world = Vec::new();
            for (_, batches) in grid {
                progress.check()?;
                of_world.push([outcome(&members, batches)?, outcome(&hidden, batches)?]);
                progress.advance(1);
            }
            Ok(of_world)
        })
        .collect::<Result<Vec<_>>>()?;
    progress.end();
    Ok(outcomes)
}

fn spread(outcomes: impl Iterator<Item = (f64, bool)>) -> Spread {
    let (mut widths, held): (Vec<f64>, Vec<bool>) = outcomes.unzip();
    widths.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let place = q * (widths.len() as f64 - 1.0);
        let (below, above) = (widths[place.floor() as usize], widths[place.ceil() as usize]);
        below + (above - below) * place.fract()
    };
    let coverage = held.iter().filter(|h| **h).count() as f64 / held.len() as f64;
    Spread { median: at(0.5), low: at(0.05), high: at(0.95), coverage }
}

/// What a simple random sample of the accounts that are not seeds would give.
struct SimpleRandom {
    open: usize,
    members: f64,
    others: f64,
    level: f64,
}

impl SimpleRandom {
    fn new(frame: usize, seeds: usize, members: f64, level: f64) -> Self {
        let open = frame - seeds;
        // Half an account at least on either side: nobody and everybody have no relative width.
        let unknown = (members - seeds as f64).clamp(0.5, (open as f64 - 0.5).max(0.5));
        Self { open, members: unknown + seeds as f64, others: unknown, level }
    }

    fn prevalence(&self) -> f64 {
        self.others / self.open as f64
    }

    /// The seeds are known, so the width is relative to all members.
    fn half_width(&self, labels: usize) -> f64 {
        srs_relative_half_width(labels, self.open, self.prevalence(), self.level) * self.others / self.members
    }

    /// The labels that give a half-width: n = 1/(1/N + h²p/(z²(1−p))).
    fn labels(&self, half_width: f64) -> usize {
        let (p, z) = (self.prevalence(), normal_quantile(0.5 + self.level / 2.0));
        let h = half_width * self.members / self.others;
        let n = 1.0 / (1.0 / self.open as f64 + h * h * p / (z * z * (1.0 - p)));
        (n.ceil() as usize).clamp(1, self.open)
    }
}

fn wanted(points: &[Point], simple: &SimpleRandom, labelled: usize, wish: &Wish) -> Wanted {
    let reach = |width: &dyn Fn(&Point) -> f64| {
        let curve: Vec<(usize, f64)> = points.iter().map(|p| (p.labels, width(p))).collect();
        crossing(&curve, wish.half_width)
    };
    let (scores, pocket) = (reach(&|p| p.scores.median), reach(&|p| p.pocket.median));
    let hours = |labels: Option<usize>| labels.map(|n| n.saturating_sub(labelled) as f64 / wish.per_hour);
    Wanted {
        half_width: wish.half_width,
        scores,
        pocket,
        simple_random: simple.labels(wish.half_width),
        hours: hours(scores),
        hours_pocket: hours(pocket),
    }
}

/// Where a falling curve first comes down to `wanted`, straight between its points on logarithmic scales.
fn crossing(curve: &[(usize, f64)], wanted: f64) -> Option<usize> {
    let at = curve.iter().position(|(_, width)| *width <= wanted)?;
    let (n, width) = curve[at];
    let Some((before, wider)) = at.checked_sub(1).map(|k| curve[k]) else { return Some(n) };
    let ln = |v: f64| v.max(wanted / 10.0).ln();
    let part = (ln(wider) - wanted.ln()) / (ln(wider) - ln(width));
    let labels = ((before as f64).ln() + part * ((n as f64).ln() - (before as f64).ln())).exp();
    // A hair less than whole is whole.
    Some(((labels - 1e-6).ceil() as usize).clamp(before, n))
}
