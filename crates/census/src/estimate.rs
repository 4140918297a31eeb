//! estimate: how many members, with intervals.
//!
//! Each batch estimates the frame's total by itself, given what was known before it; the answers are averaged by how
//! sure each was expected to be before its labels. Unsure labels count as not in the floor, as their score says in the
//! best answer, and as members in the ceiling. Where gold measures the coders' errors, the answers are corrected for
//! them. The step sees no names.

use std::collections::BTreeMap;

use netcensus_stats::interval::srs_relative_half_width;
use netcensus_stats::sequence::confidence_sequence;
use netcensus_stats::total::{Batch, Total, Unit, anticipated_variance, difference, horvitz_thompson};
use serde::{Deserialize, Serialize};

use crate::beyond::{self, Beyond};
use crate::coders::{self, CoderError};
use crate::collect::{self, Unseen};
use crate::figure::Figure;
use crate::frame::Frame;
use crate::label::{Answer, Coded};
use crate::measure::Measures;
use crate::network::Network;
use crate::progress::Progress;
use crate::sample::{self, Draw};
use crate::study::{self, Looks, Platform, Study};
use crate::{Error, Result};

mod sorting;

pub use sorting::{SCORE, Sorting};

/// `out/estimate.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The study's name.
    pub study: String,
    /// Who was counted.
    pub population: String,
    /// Where the accounts are.
    pub platform: Platform,
    /// Whether any label came from a simulated coder; whoever shows the figures must say so.
    pub simulated: bool,
    /// The confidence level of every interval.
    pub level: f64,
    /// The frame.
    pub frame: FrameSummary,
    /// The labels.
    pub labels: LabelSummary,
    /// How many members the frame holds: corrected for coder error where gold measures it.
    pub members: Members,
    /// Whether the coders' mistakes are in these figures.
    pub coder_error: CoderError,
    /// What a reader needs to judge the interval.
    pub diagnostics: Diagnostics,
    /// How well scores and measures sort members from others; empty where too few are labelled to tell.
    #[serde(default)]
    pub sorting: Vec<Sorting>,
    /// How many members there are in all; none without lists of members from elsewhere.
    #[serde(default)]
    pub beyond: Option<Beyond>,
    /// Why not, where there is no answer beyond the frame.
    #[serde(default)]
    pub beyond_note: Option<String>,
    /// What the crawl did not see; none where the data came from files.
    #[serde(default)]
    pub unseen: Option<Unseen>,
}

/// The frame in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameSummary {
    /// Accounts in the frame, seeds included.
    pub size: usize,
    /// Known seeds among them: members by definition.
    pub seeds: usize,
    /// Accounts by wave; the seeds are wave 0.
    pub waves: Vec<usize>,
    /// The rule, in words.
    pub rule: String,
    /// Accounts seen and left out, by reason.
    pub left_out: BTreeMap<String, usize>,
}

/// The labels in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelSummary {
    /// Accounts drawn for labelling.
    pub drawn: usize,
    /// Drawn accounts that have a label.
    pub labelled: usize,
    /// Of these, members.
    pub members: usize,
    /// Of these, not members.
    pub not: usize,
    /// Of these, looked at and undecided.
    pub unsure: usize,
    /// Of these, nothing to see.
    pub cannot_tell: usize,
    /// Who coded.
    pub coders: Vec<Coder>,
    /// Agreement of each pair of coders.
    pub agreement: Vec<Agreement>,
    /// Krippendorff's alpha over all coders; none where it is not defined.
    pub alpha: Option<Figure>,
}

/// A coder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coder {
    /// The coder's name.
    pub name: String,
    /// Whether it is a program that knows the truth.
    pub simulated: bool,
    /// How many accounts it labelled.
    pub labels: usize,
    /// The share of gold members it called members.
    pub sensitivity: Option<Figure>,
    /// The share of other gold items it called so.
    pub specificity: Option<Figure>,
}

/// Agreement of a pair of coders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The two coders.
    pub coders: [String; 2],
    /// Accounts that both labelled.
    pub items: usize,
    /// Cohen's kappa; none where it is not defined.
    pub kappa: Option<Figure>,
}

/// How many members the frame holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// Unsure counts as not.
    pub floor: Figure,
    /// Unsure counts as its score says.
    pub best: Figure,
    /// Unsure counts as member.
    pub ceiling: Figure,
    /// The best answer by the labels alone, without scores (Horvitz–Thompson).
    pub horvitz_thompson: Figure,
    /// The best answer's plain Wald interval, for comparison only.
    pub wald: Figure,
    /// The share of the frame that are members.
    pub prevalence: Figure,
}

/// What a reader needs to judge the interval: of the draw alone, before coder error is carried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// What the scores alone say.
    pub score_total: f64,
    /// What the labels corrected it by.
    pub correction: f64,
    /// The largest weight a labelled account could carry: one more member found there moves the answer by so much.
    pub largest_weight: f64,
    /// Labelled accounts in the tenth of the frame with the lowest scores.
    pub lowest_labelled: usize,
    /// Members found there.
    pub lowest_members: usize,
    /// Half-width relative to the best answer.
    pub relative_half_width: f64,
    /// What a simple random sample of as many labels would be expected to give.
    pub srs_relative_half_width: f64,
    /// How many randomly drawn labels one of ours was worth: the squared ratio of the two.
    pub label_efficiency: f64,
}

/// What an unsure label counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsure {
    Not,
    AsScored,
    Member,
}

/// The labelled frame as the estimators see it, batch by batch: the best answer, where unsure counts as scored.
pub fn batches(frame: &Frame, draws: &[Draw], answers: &[Option<Answer>], scores: &[Vec<f64>]) -> Vec<Batch> {
    resolve(frame, draws, answers, scores, Unsure::AsScored)
}

fn resolve(
    frame: &Frame,
    draws: &[Draw],
    answers: &[Option<Answer>],
    scores: &[Vec<f64>],
    unsure: Unsure,
) -> Vec<Batch> {
    let n = frame.units.len();
    // The batch that drew a unit; a label without one was given before this sample began, and is known to all batches.
    let mut drawn_in = vec![None; n];
    for (batch, draw) in draws.iter().enumerate() {
        draw.drawn.iter().for_each(|&i| drawn_in[i] = Some(batch));
    }
    let label = |i: usize, of: &[f64]| {
        answers[i].map(|a| {
            a.certain().unwrap_or(match unsure {
                Unsure::Not => 0.0,
                Unsure::AsScored => of[i],
                Unsure::Member => 1.0,
            })
        })
    };
    // The scores by which the last batch was drawn: the latest that saw none of its labels.
    let sizes = draws.len().checked_sub(2).and_then(|t| scores.get(t)).map(|s| sample::sizes_from_scores(s));
    let mut batches = Vec::new();
    for (number, (draw, of)) in draws.iter().zip(scores).enumerate() {
        let labelled = draw.drawn.iter().filter(|&&i| answers[i].is_some()).count();
        if labelled == 0 {
            continue;
        }
        // Labels come in random order, so those still missing only lower every unit's chance.
        let answered = labelled as f64 / draw.drawn.len() as f64;
        let units = (0..n).map(|i| {
            let seed = frame.units[i].wave == 0;
            let before = drawn_in[i].is_none_or(|b| b < number);
            let score = of[i];
            if seed {
                Unit { score: 1.0, probability: 1.0, label: Some(1.0) }
            } else if before && draw.probabilities[i] >= 1.0 {
                // Known when the batch was drawn. Its label counts as it stands, scored by the batch that drew it.
                let own = drawn_in[i].and_then(|b| scores.get(b)).unwrap_or(of);
                Unit { score, probability: 1.0, label: Some(label(i, own).unwrap_or(own[i])) }
            } else {
                let here = drawn_in[i] == Some(number);
                let label = if here { label(i, of) } else { None };
                let probability = if answered < 1.0 { draw.probabilities[i] * answered } else { draw.probabilities[i] };
                Unit { score, probability, label }
            }
        });
        let units: Vec<Unit> = units.collect();
        let weight = match &sizes {
            Some(sizes) => {
                let probabilities: Vec<f64> = units.iter().map(|u| u.probability).collect();
                // A batch of everyone who was left is exact, and settles the matter.
                1.0 / anticipated_variance(sizes, &probabilities).max(1e-9)
            }
            None => 1.0,
        };
        batches.push(Batch { weight, units });
    }
    batches
}

/// The totals that an answer shows side by side.
struct Answers {
    floor: Total,
    best: Total,
    ceiling: Total,
    horvitz_thompson: Total,
}

/// How many members a labelled, scored frame holds, and what stands behind the answer.
///
/// Which interval: gamma limits joined by MOVER where the team looks once, whatever was found, none or all included (see
/// docs/methods/validation.md for how it holds beside Wald's); a betting confidence sequence where it looks after every
/// batch and may stop. With everyone labelled, both are the number itself.
pub fn members(
    frame: &Frame,
    draws: &[Draw],
    answers: &[Option<Answer>],
    scores: &[Vec<f64>],
    looks: Looks,
    level: f64,
) -> Result<(Members, Diagnostics)> {
    let total = |unsure| difference(&resolve(frame, draws, answers, scores, unsure));
    // A resolved frame is large: one is held at a time.
    let (floor, ceiling) = (total(Unsure::Not)?, total(Unsure::Member)?);
    let all = {
        let batches = batches(frame, draws, answers, scores);
        Answers { floor, best: difference(&batches)?, ceiling, horvitz_thompson: horvitz_thompson(&batches)? }
    };
    let n = frame.units.len();
    let labels = answers.iter().flatten().count();
    let figure = |value: f64, (low, high): (f64, f64), method: &str| Figure {
        value: value.clamp(low, high),
        low,
        high,
        labels,
        method: method.into(),
    };
    let limits = |t: &Total, unsure| -> Result<Figure> {
        match looks {
            Looks::Once => Ok(figure(t.value, t.limits(level)?, "difference estimator, gamma limits joined by MOVER")),
            Looks::EveryBatch => {
                let batches = resolve(frame, draws, answers, &set_before(scores, n), unsure);
                let limits = confidence_sequence(&batches, level)?.pop().unwrap_or(t.bounds);
                Ok(figure(t.value, limits, "difference estimator, betting confidence sequence over every batch"))
            }
        }
    };
    let best = limits(&all.best, Unsure::AsScored)?;
    let found = answers.iter().filter(|a| **a == Some(Answer::Member)).count();
    let ht = match found {
        // Wald needs a few members to stand on.
        10.. => figure(all.horvitz_thompson.value, all.horvitz_thompson.wald(level)?, "Horvitz–Thompson, Wald"),
        _ => figure(all.horvitz_thompson.value, all.horvitz_thompson.limits(level)?, "Horvitz–Thompson, gamma limits"),
    };
    let share = |v: f64| v / n as f64;
    let prevalence = Figure { value: share(best.value), low: share(best.low), high: share(best.high), ..best.clone() };
    let diagnostics = diagnostics(frame, draws, answers, scores, &all.best, &best, level);
    let members = Members {
        floor: limits(&all.floor, Unsure::Not)?,
        ceiling: limits(&all.ceiling, Unsure::Member)?,
        horvitz_thompson: ht,
        wald: figure(all.best.value, all.best.wald(level)?, "difference estimator, Wald"),
        prevalence,
        best,
    };
    Ok((members, diagnostics))
}

/// For each batch the scores that were there before its labels: none for the first.
fn set_before(scores: &[Vec<f64>], units: usize) -> Vec<Vec<f64>> {
    let earlier = scores.iter().take(scores.len().saturating_sub(1)).cloned();
    std::iter::once(vec![0.0; units]).chain(earlier).collect()
}

fn diagnostics(
    frame: &Frame,
    draws: &[Draw],
    answers: &[Option<Answer>],
    scores: &[Vec<f64>],
    total: &Total,
    best: &Figure,
    level: f64,
) -> Diagnostics {
    let last = scores.last().map_or(&[][..], Vec::as_slice);
    let mut open: Vec<usize> = (0..frame.units.len()).filter(|&i| frame.units[i].wave > 0).collect();
    open.sort_by(|&a, &b| last[a].total_cmp(&last[b]).then(a.cmp(&b)));
    let lowest = &open[..open.len().div_ceil(10).min(open.len())];
    let labels = draws.iter().flat_map(|d| &d.drawn).filter(|&&i| answers[i].is_some()).count();
    let relative_half_width = (best.high - best.low) / 2.0 / best.value.max(f64::MIN_POSITIVE);
    // A random sample would be drawn from the accounts that are not seeds, and add the seeds as known.
    let seeds = frame.units.iter().filter(|u| u.wave == 0).count() as f64;
    let rest = frame.units.len() as f64 - seeds;
    let members = (best.value - seeds).clamp(0.5, (rest - 0.5).max(0.5));
    let srs = srs_relative_half_width(labels, rest as usize, members / rest.max(1.0), level) * members
        / best.value.max(f64::MIN_POSITIVE);
    Diagnostics {
        score_total: total.score_total,
        correction: total.value - total.score_total,
        largest_weight: total.above.largest,
        lowest_labelled: lowest.iter().filter(|&&i| answers[i].is_some()).count(),
        lowest_members: lowest.iter().filter(|&&i| answers[i] == Some(Answer::Member)).count(),
        relative_half_width,
        srs_relative_half_width: srs,
        label_efficiency: if relative_half_width > 0.0 { (srs / relative_half_width).powi(2) } else { 1.0 },
    }
}

/// Estimates how many members a study's frame holds and writes `out/estimate.json`.
#[allow(clippy::too_many_arguments)] // one a step before it
pub fn estimate(
    study: &Study,
    network: &Network,
    frame: &Frame,
    left_out: &BTreeMap<String, usize>,
    draws: &[Draw],
    coded: &Coded,
    scores: &[Vec<f64>],
    measures: &Measures,
    progress: &Progress,
) -> Result<Estimate> {
    progress.begin("estimate", None);
    let settings = &study.settings;
    let level = settings.estimate.level;
    let (mut members, diagnostics) = members(frame, draws, &coded.as_coded, scores, settings.estimate.looks, level)?;
    let coder_error = coders::carry(&mut members, frame, coded, level)?;
    let (agreement, alpha) = coders::agreement(coded, level, settings.seed)?;
    let labelled = batches(frame, draws, &coded.answers, scores);
    let (beyond, beyond_note) = beyond::of_study(study, network, frame, &labelled, &members.best)?;
    let sorting = sorting::sorting(frame, measures, &labelled, settings.publish.min_cell, level)?;
    drop(labelled);
    let drawn: Vec<usize> = draws.iter().flat_map(|d| d.drawn.iter().copied()).collect();
    let count = |wanted: Answer| drawn.iter().filter(|&&i| coded.answers[i] == Some(wanted)).count();
    let estimate = Estimate {
        study: settings.name.clone(),
        population: settings.population.clone(),
        platform: settings.platform,
        simulated: coded.simulated(),
        level,
        frame: FrameSummary {
            size: frame.units.len(),
            seeds: frame.units.iter().filter(|u| u.wave == 0).count(),
            waves: frame.waves(),
            rule: settings.frame.words(),
            left_out: left_out.clone(),
        },
        labels: LabelSummary {
            drawn: drawn.len(),
            labelled: drawn.iter().filter(|&&i| coded.answers[i].is_some()).count(),
            members: count(Answer::Member),
            not: count(Answer::Not),
            unsure: count(Answer::Unsure),
            cannot_tell: count(Answer::CannotTell),
            coders: coders::coders(coded, level)?,
            agreement,
            alpha,
        },
        members,
        coder_error,
        diagnostics,
        sorting,
        beyond,
        beyond_note,
        unseen: collect::unseen(&study.work)?,
    };
    let json =
        serde_json::to_vec_pretty(&estimate).map_err(|e| Error::bug("the estimate cannot be written").because(e))?;
    study::write(&study.out().join("estimate.json"), &json)?;
    progress.end();
    Ok(estimate)
}
