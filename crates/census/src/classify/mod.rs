//! classify: a cross-fitted, calibrated membership score for each account of the frame.
//!
//! Each batch has scores of its own: made from the labels known before it and, by cross-fitting in five folds, from its
//! own labels outside of the account's fold. So no account is scored by a model that saw its label, and the difference
//! estimator stays unbiased however bad the scores are.
//!
//! What a model is told of an account is in [`Features`]; how a fold's scores are made of it in `propagation`.

use netcensus_stats::logistic::Example;
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::label::Answer;
use crate::measure::Measures;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Batch, Columns};
use crate::sample::Draw;
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

mod features;
mod propagation;
#[cfg(test)]
mod tests;

pub use features::{Features, spectrum};

/// Folds of the cross-fitting.
const FOLDS: usize = 10;
/// Scores stay clear of 0 and 1: a model is never that sure of an account that nobody looked at.
const CLEAR: f64 = 1e-3;

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
    features: &Features,
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
                propagation::scores(network, frame, features, &seen, known)?
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
    let features = Features::take(network, &spectrum(network), frame, measures);
    progress.check()?;
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
