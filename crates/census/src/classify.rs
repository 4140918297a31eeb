//! classify: a cross-fitted, calibrated membership score for each account of the frame.
//!
//! Each batch has scores of its own: made from the labels known before it and, by cross-fitting in five folds, from its
//! own labels outside of the account's fold. So no account is scored by a model that saw its label, and the difference
//! estimator stays unbiased however bad the scores are.
//!
//! The features are the measures towards the seeds and, where profiles tell, activity, age, audience and the language of
//! the seeds. Then the scores are passed along the follows: how member-like are those whom an account follows, and those
//! who follow it? That is asked again of the better scores, and at last with the labels themselves in place of scores.

use netcensus_graph::ties;
use netcensus_stats::logistic::{Example, Features, Model};
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::label::Answer;
use crate::measure::Measures;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Account, Batch, Columns};
use crate::sample::Draw;
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// Folds of the cross-fitting.
const FOLDS: usize = 5;
/// How often scores are passed along the follows.
const PASSES: usize = 3;
/// Scores stay clear of 0 and 1: a model is never that sure of an account that nobody looked at.
const CLEAR: f64 = 1e-3;
/// Smoothing of a neighbourhood's mean score: as if so many more neighbours had the frame's mean.
const STRENGTH: f32 = 2.0;

/// Feature columns that do not depend on any label: one value a unit of the frame, `NaN` for unknown.
pub fn features(network: &Network, frame: &Frame, measures: &Measures) -> Vec<Vec<f64>> {
    let log = |name: &str| measures.column(name).iter().map(|v| v.ln_1p()).collect::<Vec<f64>>();
    // A share of few ties says less than the same share of many: draw it towards the frame's own.
    let share = |name: &str, degree: &str| {
        let (shares, degrees) = (measures.column(name), measures.column(degree));
        let inside: f64 = shares.iter().zip(degrees).map(|(s, d)| s * d).sum();
        let all: f64 = degrees.iter().sum::<f64>().max(1.0);
        let prior = inside / all;
        let smooth = |(s, d): (&f64, &f64)| ((s * d + 3.0 * prior) / (d + 3.0)).max(1e-6).ln();
        shares.iter().zip(degrees).map(smooth).collect::<Vec<f64>>()
    };
    let lift = measures.column("group_pagerank").iter().zip(measures.column("pagerank"));
    let mut columns = vec![
        log("out_degree"),
        log("in_degree"),
        share("in_group_following", "out_degree"),
        share("in_group_followers", "in_degree"),
        log("reciprocated"),
        log("triangles"),
        log("core_number"),
        lift.map(|(g, e)| (g / e.max(1e-300) + 1e-4).ln()).collect(),
    ];
    columns.extend(profile_features(network, frame));
    columns
}

/// What profiles tell; columns that nobody's profile fills are left out.
fn profile_features(network: &Network, frame: &Frame) -> Vec<Vec<f64>> {
    let profile = |value: &dyn Fn(&Account) -> Option<f64>| -> Vec<f64> {
        let of = |account: u32| network.profiles[account as usize].as_ref().and_then(value).unwrap_or(f64::NAN);
        frame.units.iter().map(|u| of(u.account)).collect()
    };
    let log = |v: Option<i64>| v.map(|v| (v.max(0) as f64).ln_1p());
    let seeds =
        frame.units.iter().filter(|u| u.wave == 0).filter_map(|u| network.profiles[u.account as usize].as_ref());
    let languages: Vec<&str> = seeds.filter_map(|p| p.lang.as_deref()).collect();
    let spoken = |lang: &str| languages.iter().filter(|l| **l == lang).count() as f64 / languages.len().max(1) as f64;
    let columns = [
        profile(&|p| log(p.posts)),
        profile(&|p| log(p.followers)),
        profile(&|p| log(p.following)),
        profile(&|p| p.created_at.map(|t| t as f64)),
        profile(&|p| p.lang.as_deref().map(spoken)),
        profile(&|p| Some(p.description.as_ref().map_or(0.0, |d| d.chars().count() as f64).ln_1p())),
    ];
    columns
        .into_iter()
        .filter(|c| network.profiles.iter().any(Option::is_some) && c.iter().any(|v| v.is_finite()))
        .collect()
}

/// Which fold each unit is in: by its id, so the same in every batch and whatever else is in the frame.
pub(crate) fn folds(network: &Network, frame: &Frame, seed: u64) -> Vec<usize> {
    let fold = |id: &str| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes()).update(b"fold").update(id.as_bytes());
        usize::from(hasher.finalize().as_bytes()[0]) % FOLDS
    };
    frame.units.iter().map(|u| fold(network.ids.name(u.account))).collect()
}

/// Scores of one batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// A unit's chance to be a member, by a model that did not see its label.
    pub scores: Vec<f64>,
    /// The fold whose model scored it.
    pub folds: Vec<usize>,
}

/// The scores of batch `draws.last()`, from `answers` so far.
pub fn score(
    network: &Network,
    frame: &Frame,
    features: &[Vec<f64>],
    draws: &[Draw],
    answers: &[Option<Answer>],
    seed: u64,
) -> Result<Scores> {
    let n = frame.units.len();
    let Some(current) = draws.last() else {
        return Err(Error::usage("nothing has been drawn yet").help("draw accounts to label with: netcensus sample"));
    };
    let mut in_current = vec![false; n];
    current.drawn.iter().for_each(|&i| in_current[i] = true);
    let labels: Vec<Option<f64>> = answers.iter().map(|a| a.and_then(Answer::certain)).collect();
    let examples = examples(draws, &labels);
    if examples.is_empty() {
        return Err(Error::usage("none of the drawn accounts has a label yet").help("label them with: netcensus label"));
    }
    let folds = folds(network, frame, seed);
    let mut scores = vec![0.0; n];
    for fold in 0..FOLDS {
        let own = |i: usize| in_current[i] && folds[i] == fold;
        let seen: Vec<Example> = examples.iter().filter(|e| !own(e.unit)).copied().collect();
        let of_fold = match seen.is_empty() {
            // A handful of labels, all in one fold: nothing to learn from but ignorance.
            true => vec![0.5; n],
            false => {
                let known = |i: usize| if own(i) { None } else { labels[i] };
                fold_scores(network, frame, features, &seen, known)?
            }
        };
        (0..n).filter(|&i| folds[i] == fold).for_each(|i| scores[i] = of_fold[i].clamp(CLEAR, 1.0 - CLEAR));
    }
    Ok(Scores { scores, folds })
}

/// Labelled units, weighted so that together they stand for the frame.
fn examples(draws: &[Draw], labels: &[Option<f64>]) -> Vec<Example> {
    let mut examples = Vec::new();
    for draw in draws {
        let labelled: Vec<usize> = draw.drawn.iter().copied().filter(|&i| labels[i].is_some()).collect();
        for &unit in &labelled {
            let weight = labelled.len() as f64 / draw.probabilities[unit];
            examples.push(Example { unit, label: labels[unit].unwrap_or_default(), weight });
        }
    }
    examples
}

/// Scores of all units by a model that saw `seen` alone.
fn fold_scores(
    network: &Network,
    frame: &Frame,
    features: &[Vec<f64>],
    seen: &[Example],
    known: impl Fn(usize) -> Option<f64>,
) -> Result<Vec<f64>> {
    let all = |columns: Vec<Vec<f64>>| -> Result<Vec<f64>> {
        let features = Features::standardised(columns)?;
        let model = Model::fit(&features, seen)?;
        Ok((0..frame.units.len()).map(|i| model.score(features.row(i))).collect())
    };
    let mut scores = all(features.to_vec())?;
    let mean = (scores.iter().sum::<f64>() / scores.len() as f64) as f32;
    for pass in 0..PASSES {
        let mut of_account = vec![f32::NAN; network.ids.len()];
        for (i, unit) in frame.units.iter().enumerate() {
            // Labels stand in only at the end: earlier, an account's own label would come back to it through its
            // neighbours' scores, and the model would trust those too much.
            let label = if pass + 1 == PASSES { known(i) } else { None };
            let seed = (unit.wave == 0).then_some(1.0);
            of_account[unit.account as usize] = label.or(seed).unwrap_or(scores[i]) as f32;
        }
        let (following, followers) = ties::mean_score(&network.graph, &of_account, mean, STRENGTH);
        let logit = |means: &[f32]| -> Vec<f64> {
            let value = |p: f32| f64::from(p.clamp(1e-4, 1.0 - 1e-4));
            frame.units.iter().map(|u| value(means[u.account as usize])).map(|p| (p / (1.0 - p)).ln()).collect()
        };
        let mut columns = features.to_vec();
        columns.extend([logit(&following), logit(&followers)]);
        scores = all(columns)?;
    }
    Ok(scores)
}

/// What the `classify` step did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    /// The batch that was scored.
    pub batch: usize,
    /// Labels learnt from.
    pub labels: usize,
    /// The scores' sum: what they alone would answer.
    pub expected_members: f64,
}

/// Scores the newest batch of a study, and writes them to the table `scores` beside those of the batches before.
pub fn classify(
    study: &Study,
    network: &Network,
    frame: &Frame,
    measures: &Measures,
    draws: &[Draw],
    answers: &[Option<Answer>],
    progress: &Progress,
) -> Result<Summary> {
    progress.begin("classify", Some(draws.len() as u64));
    let features = features(network, frame, measures);
    let mut all = Vec::new();
    for batch in 1..=draws.len() {
        progress.check()?;
        // Labels of later batches must not tell on this one's.
        let later: Vec<usize> = draws[batch..].iter().flat_map(|d| d.drawn.iter().copied()).collect();
        let mut so_far = answers.to_vec();
        later.iter().for_each(|&i| so_far[i] = None);
        all.push(score(network, frame, &features, &draws[..batch], &so_far, study.settings.seed)?);
        progress.advance(1);
    }
    let rows =
        || all.iter().enumerate().flat_map(|(b, s)| frame.units.iter().enumerate().map(move |(i, u)| (b, s, i, u)));
    let table = Columns::new()
        .text(rows().map(|(.., u)| Some(network.ids.name(u.account))))
        .int(rows().map(|(b, ..)| b as i32 + 1))
        .int(rows().map(|(_, s, i, _)| s.folds[i] as i32))
        .real(rows().map(|(_, s, i, _)| s.scores[i]))
        .batch(Table::Scores)?;
    study.store.replace(Table::Scores, &table)?;
    progress.end();
    let last = all.last().map_or(&[][..], |s| &s.scores);
    let labels = answers.iter().flatten().filter(|a| a.certain().is_some()).count();
    Ok(Summary { batch: draws.len(), labels, expected_members: last.iter().sum() })
}

/// Reads the scores of each batch, one value a unit.
pub fn load(study: &Study, network: &Network, frame: &Frame) -> Result<Vec<Vec<f64>>> {
    let stale = || Error::usage("the scores do not fit the frame").help("make them anew with: netcensus classify");
    let positions = frame.positions(network.ids.len());
    let mut batches: Vec<Vec<f64>> = Vec::new();
    study.store.read(Table::Scores, &["account", "batch", "score"], |rows| {
        let b = Batch(rows);
        let (account, batch, score) = (b.text("account")?, b.int("batch")?, b.real("score")?);
        for row in 0..rows.num_rows() {
            let at = usize::try_from(batch.value(row)).ok().filter(|n| *n >= 1).ok_or_else(stale)? - 1;
            if at >= batches.len() {
                batches.resize(at + 1, vec![f64::NAN; frame.units.len()]);
            }
            let unit = network.ids.get(account.value(row)).and_then(|a| positions[a as usize]).ok_or_else(stale)?;
            batches[at][unit as usize] = score.value(row);
        }
        Ok(())
    })?;
    if batches.iter().flatten().any(|s| s.is_nan()) { Err(stale()) } else { Ok(batches) }
}
