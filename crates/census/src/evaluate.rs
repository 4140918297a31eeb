//! evaluate: holds the method against a network whose truth is known.
//!
//! Repeats the whole census with fresh random seeds, in memory, and counts how often the interval holds the frame's true
//! total. The truth is read by the simulated coder and by the scorer here, by nothing else.

pub mod walk;

use std::collections::HashMap;
use std::time::Instant;

use netcensus_graph::Group;
use netcensus_graph::spectral::Spectrum;
use netcensus_stats::coders::{Accuracy, Limits, Rate, correct};
use netcensus_stats::domain;
use netcensus_stats::interval::srs_relative_half_width;
use rand::RngExt;
use rand::seq::index;
use rayon::prelude::*;
use serde::Serialize;

use crate::beyond::trial;
use crate::classify;
use crate::estimate;
use crate::frame::Frame;
use crate::label::{Answer, simulated_answer};
use crate::measure::Measures;
use crate::network::Network;
use crate::progress::Progress;
use crate::sample;
use crate::study::{FrameRule, Looks, Sample, SimulatedCoder};
use crate::{Error, Result};

mod estimators;

pub use estimators::{Estimator, Row};

/// What is repeated.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Known members given to each census.
    pub seeds: usize,
    /// The frame's rule.
    pub frame: FrameRule,
    /// How many labels, and how drawn.
    pub sample: Sample,
    /// The coder's rates; the truth's place is not used.
    pub coder: SimulatedCoder,
    /// Gold items by which the coder's errors are known, a quarter of them members. 0: the coder is taken as right.
    pub gold: usize,
    /// The interval's level.
    pub level: f64,
    /// Other estimators to hold beside, at each of these levels.
    pub beside: Vec<(Estimator, f64)>,
    /// Lists drawn from the truth, to answer beyond the frame too.
    pub beyond: Option<trial::Lists>,
    /// How many censuses.
    pub repeat: u32,
    /// The random seed.
    pub seed: u64,
}

/// How the method did.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Censuses done.
    pub repeats: u32,
    /// Accounts in the network.
    pub accounts: usize,
    /// Members among them.
    pub members: usize,
    /// Share of the intervals that hold the frame's true total.
    pub coverage: f64,
    /// Share of the intervals that lie wholly below the truth.
    pub missed_low: f64,
    /// Share of the intervals that lie wholly above the truth.
    pub missed_high: f64,
    /// Coverage of the plain Wald interval, for comparison.
    pub wald_coverage: f64,
    /// Mean of (answer − truth)/truth.
    pub relative_bias: f64,
    /// Standard error of that mean: bias smaller than twice this is noise.
    pub relative_bias_se: f64,
    /// Median half-width relative to the answer.
    pub relative_half_width: f64,
    /// Median of what a simple random sample of the same size would be expected to give at the true prevalence.
    pub srs_relative_half_width: f64,
    /// Squared ratio of the two: how many randomly drawn labels one label was worth.
    pub label_efficiency: f64,
    /// Median number of accounts in the frame.
    pub frame_size: usize,
    /// Median share of all members that are in the frame.
    pub frame_recall: f64,
    /// Median labels used.
    pub labels: usize,
    /// Median share of pairs (member, other) of the frame that the scores rank rightly.
    pub auc: f64,
    /// Coverage of the interval that takes the coder as right, where coder error was corrected for.
    pub uncorrected_coverage: Option<f64>,
    /// Other estimators and levels.
    pub beside: Vec<Row>,
    /// How the answer beyond the frame did.
    pub beyond: Option<trial::Evaluation>,
    /// The intervals' level.
    pub level: f64,
    /// Wall-clock seconds in all.
    pub seconds: f64,
}

/// One census with its truth.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) truth: f64,
    pub(crate) value: f64,
    pub(crate) limits: (f64, f64),
    /// What the labels say as they stand, where `limits` carries coder error.
    uncorrected: Option<(f64, f64)>,
    pub(crate) wald: (f64, f64),
    pub(crate) srs: f64,
    beside: Vec<estimators::Answer>,
    frame: usize,
    recall: f64,
    labels: usize,
    auc: f64,
    beyond: Option<trial::Outcome>,
}

/// Repeats the census of `plan` on `network`, whose members `truth` knows.
pub fn evaluate(
    network: &Network,
    truth: &HashMap<String, bool>,
    plan: &Plan,
    progress: &Progress,
) -> Result<Evaluation> {
    let start = Instant::now();
    let ids = || (0..network.ids.len() as u32).map(|account| network.ids.name(account));
    let member: Vec<bool> = ids().map(|id| truth.get(id).copied().unwrap_or(false)).collect();
    let untold = ids().filter(|id| !truth.contains_key(*id)).count();
    if untold > 0 {
        progress.note(format!("the truth says nothing of {untold} accounts of the network: they count as no members"));
    }
    let members: Vec<u32> = network.ids.in_order().filter(|&i| member[i as usize]).collect();
    if members.len() < 2 || plan.seeds == 0 || plan.seeds >= members.len() {
        return Err(Error::usage(format!("{} seeds cannot be drawn from {} members", plan.seeds, members.len()))
            .help("give fewer --seeds, and check --member-column"));
    }
    if plan.repeat == 0 {
        return Err(Error::usage("nothing to repeat").help("give --repeat 1 or more"));
    }
    progress.begin("evaluate", Some(u64::from(plan.repeat)));
    let spectrum = classify::spectrum(network);
    let outcomes = (1..=plan.repeat)
        .into_par_iter()
        .map(|number| {
            progress.check()?;
            let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number));
            let chosen = index::sample(&mut sample::random(seed, "seeds", 0), members.len(), plan.seeds);
            let seeds = chosen.into_iter().map(|k| members[k]).collect();
            let outcome = census(network, &spectrum, &member, seeds, plan, seed);
            progress.advance(1);
            outcome
        })
        .collect::<Result<Vec<Outcome>>>()?;
    progress.end();
    Ok(summarise(&outcomes, network.ids.len(), members.len(), plan, start.elapsed().as_secs_f64()))
}

/// One census: the same steps as a study takes.
pub(crate) fn census(
    network: &Network,
    spectrum: &Spectrum,
    member: &[bool],
    mut seeds: Vec<u32>,
    plan: &Plan,
    seed: u64,
) -> Result<Outcome> {
    seeds.sort_unstable();
    let frame = Frame::build(network, &seeds, &plan.frame);
    let n = frame.units.len();
    let measures = Measures::take(network, &frame, &Group::from_members(network.ids.len(), seeds.iter().copied()));
    let features = classify::Features::take(network, spectrum, &frame, &measures);
    let Labelled { draws, answers, scores } =
        label(network, &frame, &features, &measures, member, &plan.sample, &plan.coder, seed)?;
    let truth = frame.units.iter().filter(|u| member[u.account as usize]).count() as f64;
    if draws.is_empty() {
        return Err(Error::data("the frame holds nothing but seeds").help("give more --waves or a lower --min-follows"));
    }
    let (found, _) = estimate::members(&frame, &draws, &answers, &scores, Looks::Once, plan.level)?;
    let batches = estimate::batches(&frame, &draws, &answers, &scores);
    let beyond = match plan.beyond {
        Some(lists) => {
            let members: Vec<u32> = network.ids.in_order().filter(|&i| member[i as usize]).collect();
            let (inside, level) = (&found.best, plan.level);
            let census = trial::Census { network, members: &members, frame: &frame, batches: &batches, inside, level };
            trial::trial(&census, lists, seed)?
        }
        None => None,
    };
    let mut random = sample::random(seed, "evaluate", 0);
    let beside = plan.beside.iter().map(|(e, level)| e.answer(&batches, *level, &mut random)).collect::<Result<_>>()?;
    let labels = answers.iter().flatten().count();
    let (open, known) = (n - seeds.len(), seeds.len() as f64);
    let others = truth - known;
    let srs = srs_relative_half_width(labels, open, others / open as f64, plan.level) * others / truth;
    let best = (found.best.value, (found.best.low, found.best.high));
    let coder = (plan.coder.sensitivity, plan.coder.specificity);
    let corrected = match plan.gold {
        0 => None,
        gold => Some(without_error(best, known, open as f64, &simulated_gold(coder, gold, &mut random), plan.level)),
    };
    let (value, limits) = corrected.unwrap_or(best);
    Ok(Outcome {
        truth,
        value,
        limits,
        uncorrected: corrected.map(|_| best.1),
        wald: (found.wald.low, found.wald.high),
        srs,
        beside,
        frame: n,
        recall: truth / member.iter().filter(|m| **m).count() as f64,
        labels,
        auc: auc(&frame, member, scores.last().map_or(&[], Vec::as_slice))?,
        beyond,
    })
}

/// A frame that was drawn from, labelled and scored, batch by batch.
pub(crate) struct Labelled {
    pub(crate) draws: Vec<sample::Draw>,
    pub(crate) answers: Vec<Option<Answer>>,
    pub(crate) scores: Vec<Vec<f64>>,
}

/// Draws, labels and scores a frame in the batches of `wanted`, by a coder of these rates who knows who is a member.
#[allow(clippy::too_many_arguments)] // what a census is made of
pub(crate) fn label(
    network: &Network,
    frame: &Frame,
    features: &classify::Features<'_>,
    measures: &Measures,
    member: &[bool],
    wanted: &Sample,
    coder: &SimulatedCoder,
    seed: u64,
) -> Result<Labelled> {
    let n = frame.units.len();
    let mut answers: Vec<Option<Answer>> = vec![None; n];
    let (mut draws, mut scores): (Vec<sample::Draw>, Vec<Vec<f64>>) = Default::default();
    for batch in 1..=wanted.batches {
        let known: Vec<bool> = (0..n).map(|i| frame.units[i].wave == 0 || answers[i].is_some()).collect();
        let sizes = match scores.last() {
            None => sample::sizes_from_seeds(measures),
            Some(scores) => sample::sizes_from_scores(scores),
        };
        let size = sample::batch_size(wanted.labels, batch as u32, wanted.batches);
        let draw = sample::draw(wanted, &sizes, &known, size, seed, batch as u32)?;
        if draw.drawn.is_empty() {
            break;
        }
        for &i in &draw.drawn {
            let account = frame.units[i].account;
            let is = simulated_answer(coder, seed, network.ids.name(account), member[account as usize]);
            answers[i] = Some(if is { Answer::Member } else { Answer::Not });
        }
        draws.push(draw);
        scores.push(classify::score(features, &draws, &answers, seed)?.scores);
    }
    Ok(Labelled { draws, answers, scores })
}

/// What a coder of these rates (sensitivity, specificity) says of gold items, a quarter of them members.
pub(crate) fn simulated_gold(coder: (f64, f64), items: usize, random: &mut impl RngExt) -> Accuracy {
    let members = items.div_ceil(4);
    let mut rate = |right: f64, items: usize| Rate {
        right: (0..items).filter(|_| random.random_bool(right)).count() as u64,
        items: items as u64,
    };
    Accuracy { sensitivity: rate(coder.0, members), specificity: Some(rate(coder.1, items - members)) }
}

/// The answer corrected for coder error. `known` members are certain; the coder judged among `units` others. A refused
/// correction counts as an interval that misses.
pub(crate) fn without_error(
    (value, limits): (f64, (f64, f64)),
    known: f64,
    units: f64,
    accuracy: &Accuracy,
    level: f64,
) -> (f64, (f64, f64)) {
    let of = |v: f64| (v - known).clamp(0.0, units);
    let coded = Limits { value: of(value), low: of(limits.0), high: of(limits.1) };
    match correct(coded, units, accuracy, level) {
        Ok(l) => (known + l.value, (known + l.low, known + l.high)),
        Err(_) => (known, (known, known)),
    }
}

/// The chance that a member of the frame has a higher score than another account; ties count half. Seeds left out.
fn auc(frame: &Frame, member: &[bool], scores: &[f64]) -> Result<f64> {
    let open = frame.units.iter().zip(scores).map(|(u, &score)| (u.wave > 0).then_some(score));
    let members = frame.units.iter().map(|u| f64::from(u8::from(member[u.account as usize])));
    Ok(domain::auc(&open.collect::<Vec<_>>(), &members.collect::<Vec<_>>())?.unwrap_or(f64::NAN))
}

fn summarise(outcomes: &[Outcome], accounts: usize, members: usize, plan: &Plan, seconds: f64) -> Evaluation {
    let n = outcomes.len() as f64;
    let share = |holds: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|o| holds(o)).count() as f64 / n;
    let median = |value: &dyn Fn(&Outcome) -> f64| {
        let mut values: Vec<f64> = outcomes.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let half = values.len() / 2;
        if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
    };
    let error = |o: &Outcome| (o.value - o.truth) / o.truth;
    let bias = outcomes.iter().map(error).sum::<f64>() / n;
    let spread = outcomes.iter().map(|o| (error(o) - bias).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let width = median(&|o| (o.limits.1 - o.limits.0) / 2.0 / o.value);
    let srs = median(&|o| o.srs);
    Evaluation {
        repeats: outcomes.len() as u32,
        accounts,
        members,
        coverage: share(&|o| o.limits.0 <= o.truth && o.truth <= o.limits.1),
        missed_low: share(&|o| o.limits.1 < o.truth),
        missed_high: share(&|o| o.limits.0 > o.truth),
        wald_coverage: share(&|o| o.wald.0 <= o.truth && o.truth <= o.wald.1),
        relative_bias: bias,
        relative_bias_se: (spread / n).sqrt(),
        relative_half_width: width,
        srs_relative_half_width: srs,
        label_efficiency: if width > 0.0 { (srs / width).powi(2) } else { 1.0 },
        frame_size: median(&|o| o.frame as f64) as usize,
        frame_recall: median(&|o| o.recall),
        labels: median(&|o| o.labels as f64) as usize,
        auc: median(&|o| o.auc),
        beyond: trial::summarise(&outcomes.iter().filter_map(|o| o.beyond.as_ref()).collect::<Vec<_>>()),
        uncorrected_coverage: (plan.gold > 0)
            .then(|| share(&|o| o.uncorrected.is_some_and(|l| l.0 <= o.truth && o.truth <= l.1))),
        beside: estimators::rows(
            &plan.beside,
            &outcomes.iter().map(|o| (o.truth, o.beside.as_slice())).collect::<Vec<_>>(),
        ),
        level: plan.level,
        seconds,
    }
}
