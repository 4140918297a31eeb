//! validate: does the interval hold what it promises, in worlds whose truth is known?
//!
//! Two kinds of worlds. *Frames* have planted scores and no network: cheap, so that each setting of a grid is tried two
//! thousand times. *Networks* are simulated whole, from the seeds to the interval, by the steps that a study takes. What
//! the [`portrait()`] says of the members is tried on networks, too.

use rayon::prelude::*;
use serde::Serialize;

use crate::progress::Progress;
use crate::{Error, Result};

mod chart;
mod frames;
mod networks;
mod portrait;
mod table;

pub use frames::{Calibration, Setting as Frame, published, widths};
pub use networks::{Setting as Network, around_the_demo};
pub use portrait::{Apart, Coverage, Held, Plan as PortraitPlan, portrait, write_portrait};
pub use table::write;

/// How often, and at which level.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Worlds in each setting of the frames.
    pub worlds: u32,
    /// Worlds in each setting of the networks.
    pub networks: u32,
    /// The intervals' level.
    pub level: f64,
    /// The random seed.
    pub seed: u64,
}

/// What was asked for, and how it went.
#[derive(Debug, Clone, Serialize)]
pub struct Validation {
    /// How often, and at which level.
    pub plan: Plan,
    /// Settings with planted scores.
    pub frames: Vec<Cell<Frame>>,
    /// Settings like a census that the design set a width for.
    pub widths: Vec<Cell<Frame>>,
    /// Simulated networks.
    pub whole: Vec<Cell<Network>>,
    /// Over the settings with planted scores; none where none was asked for.
    pub summary: Option<Summary>,
}

/// One setting with its result.
#[derive(Debug, Clone, Serialize)]
pub struct Cell<S> {
    /// What was simulated.
    pub setting: S,
    /// How the interval did.
    pub result: Tally,
}

/// How the interval did in one setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tally {
    /// Worlds.
    pub worlds: u32,
    /// Share of the intervals that hold the truth.
    pub coverage: f64,
    /// Share that lie wholly below the truth.
    pub missed_low: f64,
    /// Share that lie wholly above the truth.
    pub missed_high: f64,
    /// Coverage of the plain Wald interval of the same answer.
    pub wald_coverage: f64,
    /// Mean of (answer − truth)/truth.
    pub relative_bias: f64,
    /// Standard error of that mean.
    pub relative_bias_se: f64,
    /// Median half-width, relative to the truth.
    pub relative_half_width: f64,
    /// The same of a simple random sample of as many labels without coder error, as expected.
    pub srs_relative_half_width: f64,
}

/// Over all settings with planted scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Settings.
    pub settings: usize,
    /// The smallest coverage of any.
    pub worst: f64,
    /// The mean coverage.
    pub mean: f64,
    /// The largest coverage of any.
    pub best: f64,
    /// Mean share of intervals below the truth.
    pub missed_low: f64,
    /// Mean share of intervals above the truth.
    pub missed_high: f64,
    /// The Wald interval's smallest coverage, coder error left out: it knows nothing of that.
    pub wald_worst: f64,
}

/// One world's answer.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    truth: f64,
    value: f64,
    limits: (f64, f64),
    wald: (f64, f64),
    /// Expected half-width of a simple random sample, relative to the truth.
    srs: f64,
}

/// Tries the interval on worlds of each setting.
pub fn validate(
    frames: &[Frame],
    widths: &[Frame],
    networks: &[Network],
    plan: &Plan,
    progress: &Progress,
) -> Result<Validation> {
    let (level, seed) = (plan.level, plan.seed);
    if !(level > 0.0 && level < 1.0) {
        return Err(Error::usage("a level must lie between 0 and 1").help("95 % is --level 0.95"));
    }
    if plan.worlds == 0 && plan.networks == 0 {
        return Err(Error::usage("nothing to try").help("give --worlds or --networks 1 or more"));
    }
    let steps = (frames.len() + widths.len()) as u64 * u64::from(plan.worlds)
        + networks.len() as u64 * u64::from(plan.networks);
    progress.begin("validate", Some(steps));
    let frames = cells(frames, plan.worlds, progress, |s, number| frames::world(s, level, seed, number))?;
    let widths = cells(widths, plan.worlds, progress, |s, number| frames::world(s, level, seed, number))?;
    let whole = cells(networks, plan.networks, progress, |s, number| networks::world(s, level, seed, number))?;
    progress.end();
    let summary = summarise(&frames);
    Ok(Validation { plan: plan.clone(), frames, widths, whole, summary })
}

fn cells<S: Clone + Sync>(
    settings: &[S],
    worlds: u32,
    progress: &Progress,
    world: impl Fn(&S, u32) -> Result<Outcome> + Sync,
) -> Result<Vec<Cell<S>>> {
    let of = |setting: &S| {
        let outcomes = (0..worlds)
            .into_par_iter()
            .map(|number| {
                progress.check()?;
                let outcome = world(setting, number);
                progress.advance(1);
                outcome
            })
            .collect::<Result<Vec<Outcome>>>()?;
        Ok(Cell { setting: setting.clone(), result: Tally::of(&outcomes) })
    };
    if worlds == 0 { Ok(Vec::new()) } else { settings.iter().map(of).collect() }
}

impl Tally {
    fn of(outcomes: &[Outcome]) -> Self {
        let n = outcomes.len() as f64;
        let share = |holds: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|o| holds(o)).count() as f64 / n;
        let median = |value: &dyn Fn(&Outcome) -> f64| {
            let mut values: Vec<f64> = outcomes.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0
        };
        let error = |o: &Outcome| (o.value - o.truth) / o.truth;
        let bias = outcomes.iter().map(error).sum::<f64>() / n;
        let spread = outcomes.iter().map(|o| (error(o) - bias).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        Self {
            worlds: outcomes.len() as u32,
            coverage: share(&|o| o.limits.0 <= o.truth && o.truth <= o.limits.1),
            missed_low: share(&|o| o.limits.1 < o.truth),
            missed_high: share(&|o| o.limits.0 > o.truth),
            wald_coverage: share(&|o| o.wald.0 <= o.truth && o.truth <= o.wald.1),
            relative_bias: bias,
            relative_bias_se: (spread / n).sqrt(),
            relative_half_width: median(&|o| (o.limits.1 - o.limits.0) / 2.0 / o.truth),
            srs_relative_half_width: median(&|o| o.srs),
        }
    }
}

fn summarise(cells: &[Cell<Frame>]) -> Option<Summary> {
    let results = || cells.iter().map(|c| &c.result);
    let mean = |value: &dyn Fn(&Tally) -> f64| results().map(value).sum::<f64>() / cells.len() as f64;
    (!cells.is_empty()).then(|| Summary {
        settings: cells.len(),
        worst: results().map(|r| r.coverage).fold(1.0, f64::min),
        mean: mean(&|r| r.coverage),
        best: results().map(|r| r.coverage).fold(0.0, f64::max),
        missed_low: mean(&|r| r.missed_low),
        missed_high: mean(&|r| r.missed_high),
        wald_worst: (cells.iter().filter(|c| c.setting.coder_error == 0.0))
            .map(|c| c.result.wald_coverage)
            .fold(1.0, f64::min),
    })
}
