//! How well each measure sorts the members from the others: what the study of 2015 showed of its metrics.
//!
//! Nothing rests on it. The answer needs no measure that sorts; one that does makes its interval narrow.

use netcensus_stats::domain::{Members, Ratio};
use netcensus_stats::total::Batch;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::figure::Figure;
use crate::frame::Frame;
use crate::measure::{self, Measures};

/// Fewer labelled members, or labelled others, do not tell how wide an interval must be.
const FEWEST_LABELLED: usize = 10;
/// What the scores are called beside the names of the measures.
pub const SCORE: &str = "score";

const METHOD: &str = "share of pairs of a member and another, model-assisted, linearised";
const OF_SCORES: &str = "share of pairs of a member and another, each batch's own scores, model-assisted, linearised";

/// How well a measure sorts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sorting {
    /// A measure's name, as in the table `measures`, or [`SCORE`].
    pub measure: String,
    /// The share of pairs, a member and another account of the frame, in which the member's is the higher; ties count half.
    /// Seeds are in none.
    pub auc: Figure,
}

/// How well the scores and the measures towards the seeds sort the accounts that are no seeds. Nothing where few of them
/// are labelled as members, or as others, or where either would be a cell too small to be told of.
///
/// Measures towards the scored group are not judged: that group was made by the labels, so they know of what they would be
/// held against. Neither are seeds, towards whom the others are taken.
pub(super) fn sorting(
    frame: &Frame,
    measures: &Measures,
    batches: &[Batch],
    min_cell: u64,
    level: f64,
) -> Result<Vec<Sorting>> {
    let members = Members::new(batches)?;
    let open = |i: usize| frame.units[i].wave > 0;
    let all = (0..frame.units.len()).filter(|i| open(*i)).count() as f64;
    let estimated = members.count(open);
    let labelled = |as_what: f64| {
        let is = |i: usize| batches.iter().any(|b| b.units[i].label == Some(as_what));
        (0..frame.units.len()).filter(|i| open(*i) && is(*i)).count()
    };
    let fewest = labelled(1.0).min(labelled(0.0));
    if fewest < FEWEST_LABELLED || estimated.min(all - estimated) < min_cell as f64 {
        return Ok(Vec::new());
    }
    let figure = |r: Ratio, method: &str| Figure {
        value: r.value,
        low: r.low,
        high: r.high,
        labels: r.labels,
        method: method.to_owned(),
    };
    let mut out = Vec::new();
    let mut add = |measure: &str, found: Option<Ratio>, method: &str| {
        out.extend(found.map(|r| Sorting { measure: measure.to_owned(), auc: figure(r, method) }));
    };
    add(SCORE, members.scores_auc(open, level)?, OF_SCORES);
    // One measure at a time: each takes some fifty bytes an account.
    for (column, name) in measure::NAMES.iter().enumerate() {
        let of = |(i, m): (usize, &measure::Measure)| open(i).then(|| m.values()[column]);
        let x: Vec<Option<f64>> = measures.units().iter().enumerate().map(of).collect();
        add(name, members.auc(&x, level)?, METHOD);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashMap;

    use netcensus_graph::Group;
    use netcensus_stats::domain;
    use rand::seq::index;
    use rayon::prelude::*;

    use super::*;
    use crate::classify::{self, Features};
    use crate::estimate::batches;
    use crate::evaluate::{Labelled, label};
    use crate::network::Network;
    use crate::rows::Follow;
    use crate::sample;
    use crate::simulate::{World, simulate};
    use crate::study::{FrameRule, Sample, SimulatedCoder};

    /// A network, and who is a member.
    fn simulated() -> (Network, Vec<bool>) {
        let sim = simulate(&World { accounts: 2500, members: 400, ..World::default() }).unwrap();
        let follows: Vec<Follow> = sim.follows().collect();
        let is: HashMap<&str, bool> = sim.accounts.iter().zip(&sim.member).map(|(a, m)| (a.id.as_str(), *m)).collect();
        let network = Network::new(sim.accounts.clone(), &follows).unwrap();
        let member: Vec<bool> = (0..network.ids.len() as u32).map(|i| is[network.ids.name(i)]).collect();
        (network, member)
    }

    /// Whether each interval of a census held what is true of its frame, and how far off the number was, by measure.
    fn census(network: &Network, member: &[bool], labels: usize, seed: u64) -> Vec<(String, bool, f64)> {
        let members: Vec<u32> = network.ids.in_order().filter(|&i| member[i as usize]).collect();
        let mut seeds: Vec<u32> = index::sample(&mut sample::random(seed, "seeds", 0), members.len(), 40)
            .into_iter()
            .map(|k| members[k])
            .collect();
        seeds.sort_unstable();
        let frame = Frame::build(network, &seeds, &FrameRule { min_follows: 2, ..FrameRule::default() });
        let measures = Measures::take(network, &frame, &Group::from_members(network.ids.len(), seeds));
        let spectrum = classify::spectrum(network);
        let features = Features::take(network, &spectrum, &frame, &measures);
        let (wanted, coder) = (Sample { labels, ..Sample::default() }, SimulatedCoder::perfect());
        let Labelled { draws, answers, scores } =
            label(network, &frame, &features, &measures, member, &wanted, &coder, seed).unwrap();
        let batches = batches(&frame, &draws, &answers, &scores);
        let found = sorting(&frame, &measures, &batches, 10, 0.95).unwrap();
        let is: Vec<f64> = frame.units.iter().map(|u| f64::from(u8::from(member[u.account as usize]))).collect();
        let open = |i: usize, x: f64| (frame.units[i].wave > 0).then_some(x);
        let area = |x: &dyn Fn(usize) -> f64| {
            domain::auc(&(0..is.len()).map(|i| open(i, x(i))).collect::<Vec<_>>(), &is).unwrap().unwrap()
        };
        let weights: f64 = batches.iter().map(|b| b.weight).sum();
        let mut truth: HashMap<&str, f64> = HashMap::new();
        let of_batch = |b: &Batch| b.weight / weights * area(&|i| b.units[i].score);
        truth.insert(SCORE, batches.iter().map(of_batch).sum());
        for (column, name) in measure::NAMES.iter().enumerate() {
            truth.insert(name, area(&|i| measures.units()[i].values()[column]));
        }
        let held = |s: Sorting| {
            let truth = truth[s.measure.as_str()];
            let held = s.auc.low <= truth && truth <= s.auc.high;
            (s.measure, held, s.auc.value - truth)
        };
        found.into_iter().map(held).collect()
    }

    /// Networks whose truth is known: 24 censuses with 200 labels. The binomial error of 24 intervals at 95 % is 4.4 points.
    #[test]
    fn intervals_hold_what_is_true_of_the_frame() {
        let (network, member) = simulated();
        let all: Vec<Vec<_>> = (1..=24_u64).into_par_iter().map(|seed| census(&network, &member, 200, seed)).collect();
        for at in 0..=measure::NAMES.len() {
            let of: Vec<&(String, bool, f64)> = all.iter().map(|c| &c[at]).collect();
            let held = of.iter().filter(|c| c.1).count();
            let bias = of.iter().map(|c| c.2).sum::<f64>() / of.len() as f64;
            assert!(held >= 20 && bias.abs() < 0.01, "{}: {held} of {}, off by {bias}", of[0].0, of.len());
        }
    }

    #[test]
    fn few_labels_say_nothing() {
        let (network, member) = simulated();
        assert!(census(&network, &member, 16, 1).is_empty());
    }
}
