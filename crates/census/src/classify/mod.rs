//! classify: a cross-fitted, calibrated membership score for each account of the frame.
//!
//! Each batch has scores of its own: made from the labels known before it and, by cross-fitting in ten folds, from its
//! own labels outside of the account's fold. So no account is scored by a model that saw its label, and the difference
//! estimator stays unbiased however bad the scores are.
//!
//! What a model is told of an account is in [`Features`]; how a fold's scores are made of it in `propagation`.

use netcensus_stats::logistic::Example;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::label::Answer;
use crate::measure::Measures;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Batch, Columns};
use crate::sample::Draw;
use crate::store::ROWS;
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

mod features;
mod propagation;
#[cfg(test)]
mod tests;

pub use features::{Features, spectrum, spectrum_of_study};
use propagation::{Cast, Fold};

/// Folds of the cross-fitting.
const FOLDS: u8 = 10;
/// Bytes that the scores of all folds and those of neighbourhoods may take while they are made.
const MEMORY: usize = 2_600_000_000;
/// Scores stay clear of 0 and 1: a model is never that sure of an account that nobody looked at.
const CLEAR: f64 = 1e-3;

/// Which fold each unit is in: by its id, so the same in every batch and whatever else is in the frame.
pub(crate) fn folds(network: &Network, frame: &Frame, seed: u64) -> Vec<u8> {
    let fold = |id: &str| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes()).update(b"fold").update(id.as_bytes());
        hasher.finalize().as_bytes()[0] % FOLDS
    };
    frame.units.par_iter().with_min_len(1 << 10).map(|u| fold(network.ids.name(u.account))).collect()
}

/// Scores of one batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// A unit's chance to be a member, by a model that did not see its label.
    pub scores: Vec<f64>,
    /// The fold whose model scored it.
    pub folds: Vec<u8>,
}

/// The scores of batch `draws.last()`, from `answers` so far.
pub fn score(features: &Features<'_>, draws: &[Draw], answers: &[Option<Answer>], seed: u64) -> Result<Scores> {
    let folds = folds(features.network, features.frame, seed);
    let scores = score_folds(features, &folds, draws, answers, MEMORY, &Progress::silent())?;
    Ok(Scores { scores, folds })
}

fn score_folds(
    features: &Features<'_>,
    folds: &[u8],
    draws: &[Draw],
    answers: &[Option<Answer>],
    memory: usize,
    progress: &Progress,
) -> Result<Vec<f64>> {
    let Some(current) = draws.last() else {
        return Err(Error::usage("nothing has been drawn yet").help("draw accounts to label with: netcensus sample"));
    };
    let certain = |(unit, answer): (usize, &Option<Answer>)| Some((unit, answer.and_then(Answer::certain)?));
    let labels: Vec<(usize, f64)> = answers.iter().enumerate().filter_map(certain).collect();
    let all = examples(draws, answers);
    if all.is_empty() {
        return Err(Error::usage("none of the drawn accounts has a label yet").help("label them with: netcensus label"));
    }
    let hidden = |unit: usize, fold: u8| folds[unit] == fold && current.drawn.binary_search(&unit).is_ok();
    let units: Vec<usize> = all.iter().map(|e| e.unit).collect();
    let seen = |fold: u8| -> Vec<Example> {
        let of = all.iter().enumerate().filter(|(_, e)| !hidden(e.unit, fold));
        of.map(|(place, e)| Example { unit: place, ..*e }).collect()
    };
    // A handful of labels, all in one fold: nothing to learn from but ignorance.
    let mut scores = vec![0.5; folds.len()];
    let learning = (0..FOLDS).map(|number| Fold { number, seen: seen(number) }).filter(|fold| !fold.seen.is_empty());
    let learning: Vec<Fold> = learning.collect();
    Cast { features, folds, examples: &units, labels: &labels, hidden, memory, progress }
        .scores(&learning, &mut scores)?;
    scores.iter_mut().for_each(|score| *score = score.clamp(CLEAR, 1.0 - CLEAR));
    Ok(scores)
}

/// Labelled units, weighted so that together they stand for the frame.
fn examples(draws: &[Draw], answers: &[Option<Answer>]) -> Vec<Example> {
    let label = |unit: usize| answers[unit].and_then(Answer::certain);
    let mut examples = Vec::new();
    for draw in draws {
        let labelled: Vec<usize> = draw.drawn.iter().copied().filter(|&i| label(i).is_some()).collect();
        for &unit in &labelled {
            let weight = labelled.len() as f64 / draw.probabilities[unit];
            examples.push(Example { unit, label: label(unit).unwrap_or_default(), weight });
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

/// For each batch a hash of what its scores are made from. `seed` is the study's.
pub fn keys(study: &Study, draws: &[Draw], answers: &[Option<Answer>]) -> Result<Vec<String>> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes()).update(&study.settings.seed.to_le_bytes());
    for table in [Table::Accounts, Table::Follows, Table::Frame] {
        hasher.update(study.store.fingerprint(table)?.as_bytes());
    }
    let mut keys = Vec::new();
    for (number, draw) in draws.iter().enumerate() {
        for chance in &draw.probabilities {
            hasher.update(&chance.to_le_bytes());
        }
        for unit in &draw.drawn {
            hasher.update(&(*unit as u64).to_le_bytes());
        }
        let mut own = hasher.clone();
        for (i, answer) in so_far(draws, answers, number + 1).iter().enumerate().filter(|(_, a)| a.is_some()) {
            own.update(&(i as u64).to_le_bytes()).update(format!("{answer:?}").as_bytes());
        }
        keys.push(own.finalize().to_hex()[..32].to_owned());
    }
    Ok(keys)
}

/// The answers that the first batches may know of: labels of later ones must not tell on theirs.
fn so_far(draws: &[Draw], answers: &[Option<Answer>], batches: usize) -> Vec<Option<Answer>> {
    let mut so_far = answers.to_vec();
    draws[batches..].iter().flat_map(|d| &d.drawn).for_each(|&i| so_far[i] = None);
    so_far
}

/// Scores the batches of a study, and writes them to the table `scores`. `kept` are the scores of the first batches that
/// are still good: those whose [`keys`] are what they were.
#[allow(clippy::too_many_arguments)] // one a step before it
pub fn classify(
    study: &Study,
    network: &Network,
    frame: &Frame,
    measures: &Measures,
    draws: &[Draw],
    answers: &[Option<Answer>],
    kept: Vec<Vec<f64>>,
    progress: &Progress,
) -> Result<Summary> {
    progress.begin("classify", Some(draws.len() as u64));
    let folds = folds(network, frame, study.settings.seed);
    let mut all = kept;
    progress.advance(all.len() as u64);
    if all.len() < draws.len() {
        let spectrum = spectrum_of_study(study, network)?;
        progress.check()?;
        let features = Features::take(network, &spectrum, frame, measures);
        for batch in all.len() + 1..=draws.len() {
            progress.check()?;
            let answers = so_far(draws, answers, batch);
            all.push(score_folds(&features, &folds, &draws[..batch], &answers, MEMORY, progress)?);
            progress.advance(1);
        }
    }
    study.store.rewrite(Table::Scores, |part| {
        for (batch, scores) in (1..).zip(&all) {
            for ((units, folds), scores) in frame.units.chunks(ROWS).zip(folds.chunks(ROWS)).zip(scores.chunks(ROWS)) {
                let columns = Columns::new()
                    .text(units.iter().map(|u| Some(network.ids.name(u.account))))
                    .int(units.iter().map(|_| batch))
                    .int(folds.iter().map(|fold| i32::from(*fold)))
                    .real(scores.iter().copied());
                part.write(&columns.batch(Table::Scores)?)?;
            }
        }
        Ok(())
    })?;
    progress.end();
    let last = all.last().map_or(&[][..], Vec::as_slice);
    let labels = answers.iter().flatten().filter(|a| a.certain().is_some()).count();
    Ok(Summary { batch: draws.len(), labels, expected_members: last.iter().sum() })
}

/// Reads the scores of each batch, one value a unit.
pub fn load(study: &Study, network: &Network, frame: &Frame) -> Result<Vec<Vec<f64>>> {
    let stale = || Error::usage("the scores do not fit the frame").help("make them anew with: netcensus classify");
    let mut units = frame.lookup(&network.ids);
    let mut batches: Vec<Vec<f64>> = Vec::new();
    study.store.read(Table::Scores, &["account", "batch", "score"], |rows| {
        let b = Batch(rows);
        let (account, batch, score) = (b.text("account")?, b.int("batch")?, b.real("score")?);
        for row in 0..rows.num_rows() {
            let at = usize::try_from(batch.value(row)).ok().filter(|n| *n >= 1).ok_or_else(stale)? - 1;
            if at >= batches.len() {
                batches.resize(at + 1, vec![f64::NAN; frame.units.len()]);
            }
            batches[at][units.find(account.value(row)).ok_or_else(stale)?] = score.value(row);
        }
        Ok(())
    })?;
    if batches.iter().flatten().any(|s| s.is_nan()) { Err(stale()) } else { Ok(batches) }
}
