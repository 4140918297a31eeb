//! Scores of one fold: models of the features, passed along the follows.
//!
//! How member-like are those whom an account follows, and those who follow it? That is asked of the first scores, again
//! of the better ones, and at last with the labels themselves in place of scores. By which view of the network is chosen
//! beforehand, and the last features also go to boosted trees. Both choices go by what each model said of the labels that
//! it did not see: the view that counts most is taken, the models are mixed.

use netcensus_graph::ties;
use netcensus_stats::boosted::Boosted;
use netcensus_stats::logistic::{Example, Features as Table, Model};
use netcensus_stats::stack;

use super::features::{Features, View};
use crate::Result;
use crate::frame::Frame;
use crate::network::Network;

/// How often scores are passed along the follows.
const PASSES: usize = 3;
/// Smoothing of a neighbourhood's mean score: as if so many more neighbours had the frame's mean.
const STRENGTH: f32 = 2.0;
/// Trees need labels: with fewer, they only blur what the straight model says.
const TREES_FROM: usize = 100;

/// One model's word: the score of every unit, and that of each example by a fit that did not see it.
struct Opinion {
    scores: Vec<f64>,
    left_out: Vec<f64>,
}

/// Scores of all units by models that saw `seen` alone. `known` are the labels that may stand in for scores.
pub(super) fn scores(
    network: &Network,
    frame: &Frame,
    features: &Features,
    seen: &[Example],
    known: impl Fn(usize) -> Option<f64>,
) -> Result<Vec<f64>> {
    let first = features.views.iter().map(|view| straight(&table(features, view, Vec::new())?, seen));
    let mut first = first.collect::<Result<Vec<Opinion>>>()?;
    let best = heaviest(&weights(&first, seen)?);
    let (view, mut opinion) = (&features.views[best], first.swap_remove(best));
    let mean = (opinion.scores.iter().sum::<f64>() / opinion.scores.len() as f64) as f32;
    for pass in 1..=PASSES {
        // Labels stand in only at the end: earlier, an account's own label would come back to it through its
        // neighbours' scores, and the model would trust those too much.
        let label = |i: usize| if pass == PASSES { known(i) } else { None };
        let table = table(features, view, neighbours(network, frame, &opinion.scores, label, mean))?;
        opinion = straight(&table, seen)?;
        if pass == PASSES && seen.len() >= TREES_FROM {
            let both = [opinion, boosted(&table, seen)?];
            let weights = weights(&both, seen)?;
            let mixed = |i: usize| both.iter().zip(&weights).map(|(o, a)| a * o.scores[i]).sum();
            return Ok((0..frame.units.len()).map(mixed).collect());
        }
    }
    Ok(opinion.scores)
}

/// The features, a view of the network, and what was found since.
fn table(features: &Features, view: &View, more: Vec<Vec<f64>>) -> Result<Table> {
    let columns: Vec<Vec<f64>> = features.columns.iter().chain(&view.columns).chain(&more).cloned().collect();
    let mut scales = vec![1.0; columns.len()];
    scales[features.columns.len()..][..view.scales.len()].copy_from_slice(&view.scales);
    Ok(Table::scaled(columns, &scales)?)
}

fn straight(table: &Table, seen: &[Example]) -> Result<Opinion> {
    let model = Model::fit(table, seen)?;
    let scores = (0..table.rows()).map(|i| model.score(table.row(i))).collect();
    Ok(Opinion { scores, left_out: model.left_out().to_vec() })
}

fn boosted(table: &Table, seen: &[Example]) -> Result<Opinion> {
    let model = Boosted::fit(table, seen)?;
    let scores = (0..table.rows()).map(|i| model.score(table.row(i))).collect();
    Ok(Opinion { scores, left_out: model.left_out().to_vec() })
}

fn weights(opinions: &[Opinion], seen: &[Example]) -> Result<Vec<f64>> {
    let left_out: Vec<&[f64]> = opinions.iter().map(|o| o.left_out.as_slice()).collect();
    Ok(stack::weights(&left_out, seen)?)
}

fn heaviest(weights: &[f64]) -> usize {
    (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]).then(b.cmp(&a))).unwrap_or(0)
}

/// How member-like, as log odds, those are whom a unit follows, and those who follow it.
fn neighbours(
    network: &Network,
    frame: &Frame,
    scores: &[f64],
    label: impl Fn(usize) -> Option<f64>,
    mean: f32,
) -> Vec<Vec<f64>> {
    let mut of_account = vec![f32::NAN; network.ids.len()];
    for (i, unit) in frame.units.iter().enumerate() {
        let seed = (unit.wave == 0).then_some(1.0);
        of_account[unit.account as usize] = label(i).or(seed).unwrap_or(scores[i]) as f32;
    }
    let (following, followers) = ties::mean_score(&network.graph, &of_account, mean, STRENGTH);
    let log_odds = |means: &[f32]| -> Vec<f64> {
        let value = |p: f32| f64::from(p.clamp(1e-4, 1.0 - 1e-4));
        frame.units.iter().map(|u| value(means[u.account as usize])).map(|p| (p / (1.0 - p)).ln()).collect()
    };
    vec![log_odds(&following), log_odds(&followers)]
}
