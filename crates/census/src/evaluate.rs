//! evaluate: holds the method against a network whose truth is known.
//!
//! Repeats the whole census with fresh random seeds, in memory, and counts how often the interval holds the frame's true
//! total. The truth is read by the simulated coder and by the scorer here, by nothing else.

use std::collections::HashMap;
use std::time::Instant;

use netcensus_graph::Group;
use netcensus_stats::interval::srs_relative_half_width;
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
use crate::study::{FrameRule, Sample, SimulatedCoder};
use crate::{Error, Result};

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
    /// The intervals' level.
    pub level: f64,
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
    /// How the answer beyond the frame did.
    pub beyond: Option<trial::Evaluation>,
    /// The intervals' level.
    pub level: f64,
    /// Wall-clock seconds in all.
    pub seconds: f64,
}

/// One census with its truth.
#[derive(Debug, Clone)]
struct Outcome {
    truth: f64,
    value: f64,
    limits: (f64, f64),
    wald: (f64, f64),
    srs: f64,
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
    let member: Vec<bool> = network.ids.iter().map(|id| truth.get(id).copied().unwrap_or(false)).collect();
    let untold = network.ids.iter().filter(|id| !truth.contains_key(*id)).count();
    if untold > 0 {
        progress.note(format!("the truth says nothing of {untold} accounts of the network: they count as no members"));
    }
    let members: Vec<u32> = (0..member.len() as u32).filter(|&i| member[i as usize]).collect();
    if members.len() < 2 || plan.seeds == 0 || plan.seeds >= members.len() {
        return Err(Error::usage(format!("{} seeds cannot be drawn from {} members", plan.seeds, members.len()))
            .help("give fewer --seeds, and check --member-column"));
    }
    if plan.repeat == 0 {
        return Err(Error::usage("nothing to repeat").help("give --repeat 1 or more"));
    }
    progress.begin("evaluate", Some(u64::from(plan.repeat)));
    let outcomes = (1..=plan.repeat)
        .into_par_iter()
        .map(|number| {
            progress.check()?;
            let outcome = census(network, &member, &members, plan, number);
            progress.advance(1);
            outcome
        })
        .collect::<Result<Vec<Outcome>>>()?;
    progress.end();
    Ok(summarise(&outcomes, network.ids.len(), members.len(), plan.level, start.elapsed().as_secs_f64()))
}

/// One census: the same steps as a study takes, on fresh random seeds.
fn census(network: &Network, member: &[bool], members: &[u32], plan: &Plan, number: u32) -> Result<Outcome> {
    let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number));
    let chosen = index::sample(&mut sample::random(seed, "seeds", 0), members.len(), plan.seeds);
    let mut seeds: Vec<u32> = chosen.into_iter().map(|k| members[k]).collect();
    seeds.sort_unstable();

    let frame = Frame::build(network, &seeds, &plan.frame);
    let n = frame.units.len();
    let measures = Measures::take(network, &frame, &Group::from_members(network.ids.len(), seeds.iter().copied()));
    let features = classify::features(network, &frame, &measures);
    let mut answers: Vec<Option<Answer>> = vec![None; n];
    let (mut draws, mut scores): (Vec<sample::Draw>, Vec<Vec<f64>>) = Default::default();
    for batch in 1..=plan.sample.batches {
        let known: Vec<bool> = (0..n).map(|i| frame.units[i].wave == 0 || answers[i].is_some()).collect();
        let sizes = match scores.last() {
            None => sample::sizes_from_seeds(&measures),
            Some(scores) => sample::sizes_from_scores(scores),
        };
        let size = sample::batch_size(plan.sample.labels, batch as u32, plan.sample.batches);
        let draw = sample::draw(&sizes, &known, size, plan.sample.uniform_share, seed, batch as u32)?;
        if draw.drawn.is_empty() {
            break;
        }
        for &i in &draw.drawn {
            let account = frame.units[i].account;
            let is = simulated_answer(&plan.coder, seed, network.ids.name(account), member[account as usize]);
            answers[i] = Some(if is { Answer::Member } else { Answer::Not });
        }
        draws.push(draw);
        scores.push(classify::score(network, &frame, &features, &draws, &answers, seed)?.scores);
    }
    let truth = frame.units.iter().filter(|u| member[u.account as usize]).count() as f64;
    let (found, _) = if draws.is_empty() {
        return Err(Error::data("the frame holds nothing but seeds").help("give more --waves or a lower --min-follows"));
    } else {
        estimate::members(&frame, &draws, &answers, &scores, plan.level)?
    };
    let beyond = match plan.beyond {
        Some(lists) => {
            let batches = estimate::batches(&frame, &draws, &answers, &scores);
            let (inside, level) = (&found.best, plan.level);
            let census = trial::Census { network, members, frame: &frame, batches: &batches, inside, level };
            trial::trial(&census, lists, seed)?
        }
        None => None,
    };
    let labels = answers.iter().flatten().count();
    let open = n - seeds.len();
    let others = truth - seeds.len() as f64;
    let srs = srs_relative_half_width(labels, open, others / open as f64, plan.level) * others / truth;
    Ok(Outcome {
        truth,
        value: found.best.value,
        limits: (found.best.low, found.best.high),
        wald: (found.wald.low, found.wald.high),
        srs,
        frame: n,
        recall: truth / members.len() as f64,
        labels,
        auc: auc(&frame, member, scores.last().map_or(&[], Vec::as_slice)),
        beyond,
    })
}

/// The chance that a member of the frame has a higher score than another account; ties count half. Seeds left out.
fn auc(frame: &Frame, member: &[bool], scores: &[f64]) -> f64 {
    let mut ranked: Vec<(f64, bool)> = frame
        .units
        .iter()
        .zip(scores)
        .filter(|(u, _)| u.wave > 0)
        .map(|(u, &s)| (s, member[u.account as usize]))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut pairs, mut at) = (0.0, 0.0, 0);
    while at < ranked.len() {
        let tied = ranked[at..].iter().take_while(|r| r.0 == ranked[at].0).count();
        let yes = ranked[at..at + tied].iter().filter(|r| r.1).count() as f64;
        let no = tied as f64 - yes;
        pairs += yes * (below + no / 2.0);
        below += no;
        at += tied;
    }
    let yes = ranked.iter().filter(|r| r.1).count() as f64;
    if yes * below > 0.0 { pairs / (yes * below) } else { f64::NAN }
}

fn summarise(outcomes: &[Outcome], accounts: usize, members: usize, level: f64, seconds: f64) -> Evaluation {
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
        level,
        seconds,
    }
}
