//! Cross-checks: other questions with known relations to the answer.

use netcensus_stats::capture::scale_up::{Ties, scale_up};
use netcensus_stats::capture::two_lists::split_coverage;
use netcensus_stats::domain::Members;
use netcensus_stats::quantify::{Prevalence, Scored, emq, pacc};
use rand::RngExt;

use super::{Beyond, Check, Inputs};
use crate::Result;
use crate::figure::Figure;
use crate::frame::Frame;
use crate::sample;
use crate::study::Settings;

/// All checks that the study's data allow.
pub(super) fn all(inputs: &Inputs<'_>, beyond: &Beyond, settings: &Settings) -> Result<Vec<Check>> {
    let weights = Members::new(inputs.batches)?.weights;
    let mut checks = Vec::new();
    checks.extend(split(inputs, beyond, settings, &weights));
    checks.extend(ties(inputs, beyond));
    checks.extend(quantifiers(inputs));
    Ok(checks)
}

fn check(name: &str, figure: Figure, answer: &Figure, says: &str) -> Check {
    Check {
        name: name.into(),
        relative_difference: (figure.value - answer.value) / answer.value.max(1.0),
        agrees: figure.low <= answer.high && answer.low <= figure.high,
        figure,
        answer: answer.clone(),
        says: says.into(),
    }
}

/// Two frames from random halves of the seeds, and the members in each and in both.
fn split(inputs: &Inputs<'_>, beyond: &Beyond, settings: &Settings, weights: &[f64]) -> Option<Check> {
    let mut seeds: Vec<u32> = inputs.frame.units.iter().filter(|u| u.wave == 0).map(|u| u.account).collect();
    if seeds.len() < 4 {
        return None;
    }
    let mut random = sample::random(settings.seed, "split", 0);
    for i in (1..seeds.len()).rev() {
        seeds.swap(i, random.random_range(0..=i));
    }
    let (first, second) = seeds.split_at(seeds.len() / 2);
    let halves = [first, second]
        .map(|half| Frame::build(inputs.network, half, &settings.frame).positions(inputs.network.ids.len()));
    let mut counts = [0.0; 3];
    for (unit, g) in inputs.frame.units.iter().zip(weights).filter(|(u, _)| u.wave > 0) {
        let [a, b] = [0, 1].map(|h: usize| halves[h].of(unit.account).is_some());
        [a, b, a && b].iter().zip(&mut counts).filter(|(holds, _)| **holds).for_each(|(_, c)| *c += g);
    }
    let [a, b, m] = counts.map(|c: f64| c.max(0.0).round() as u64);
    let split = split_coverage(a.max(m), b.max(m), m, inputs.level).ok()?;
    let size = split.at_least;
    let seeds = seeds.len() as f64;
    let figure = Figure {
        value: size.value + seeds,
        low: size.low + seeds,
        high: size.high + seeds,
        labels: inputs.inside.labels,
        method: "two frames from random halves of the seeds, Chapman; the labels' error left out".into(),
    };
    let says =
        "Crawls resemble each other, so this is no more than a lower bound of the members that crawls can reach.";
    Some(check("Seed split", figure, &beyond.lower_bound, says))
}

/// Follows of drawn accounts into the listed, against their follows into all members that can be told.
fn ties(inputs: &Inputs<'_>, beyond: &Beyond) -> Option<Check> {
    let positions = inputs.frame.positions(inputs.network.ids.len());
    let scores = &inputs.batches.last()?.units;
    // A member, as far as can be told: listed, labelled, or as likely as its score.
    let member = |account: u32| -> f64 {
        let listed = inputs.known.on.contains_key(&account);
        match positions.of(account) {
            _ if listed => 1.0,
            Some(i) => scores[i].label.unwrap_or(scores[i].score),
            None => 0.0,
        }
    };
    let mut drawn = Vec::new();
    let sum: f64 = inputs.batches.iter().map(|b| b.weight).sum();
    for batch in inputs.batches {
        let units = batch.units.iter().zip(&inputs.frame.units);
        for (unit, at) in units.filter(|(u, _)| u.label.is_some_and(|y| y < 0.5) && u.probability < 1.0) {
            let follows = inputs.network.graph.following(at.account);
            let known = follows.iter().filter(|a| inputs.known.on.contains_key(a)).count() as f64;
            let all = follows.iter().map(|a| member(*a)).sum::<f64>().max(known);
            drawn.push(Ties { known, all, weight: batch.weight / sum / unit.probability });
        }
    }
    let size = scale_up(&drawn, inputs.known.on.len() as u64, inputs.level).ok()?;
    let figure = Figure {
        value: size.value,
        low: size.low,
        high: size.high,
        labels: drawn.len(),
        method: "generalised network scale-up from the labelled accounts that are not members".into(),
    };
    let says = "Members outside of the frame that no list names are not recognised among the follows, and listed \
                members may be followed more than others: expect it to be low.";
    Some(check("Network scale-up", figure, &beyond.lower_bound, says))
}

/// The frame's total from its scores alone.
fn quantifiers(inputs: &Inputs<'_>) -> Vec<Check> {
    let open = |wave: u32| wave > 0;
    let Some(last) = inputs.batches.last() else { return Vec::new() };
    let scores: Vec<f64> =
        last.units.iter().zip(&inputs.frame.units).filter(|(_, at)| open(at.wave)).map(|(u, _)| u.score).collect();
    let sum: f64 = inputs.batches.iter().map(|b| b.weight).sum();
    let labelled: Vec<Scored> = inputs
        .batches
        .iter()
        .flat_map(|b| b.units.iter().map(move |u| (b.weight, u)))
        .filter(|(_, u)| u.probability < 1.0)
        .filter_map(|(w, u)| {
            u.label.map(|y| Scored { score: u.score, member: y >= 0.5, weight: w / sum / u.probability })
        })
        .collect();
    let weight: f64 = labelled.iter().map(|l| l.weight).sum();
    let yes: f64 = labelled.iter().filter(|l| l.member).map(|l| l.weight).sum();
    let seeds = (inputs.frame.units.len() - scores.len()) as f64;
    let figure = |p: Prevalence, method: &str| {
        let total = |share: f64| seeds + share * scores.len() as f64;
        Figure {
            value: total(p.value),
            low: total(p.low),
            high: total(p.high),
            labels: labelled.len(),
            method: method.into(),
        }
    };
    let mut checks = Vec::new();
    if let Ok(p) = pacc(&labelled, &scores, inputs.level) {
        let says =
            "Of the frame's total. It takes members to score alike wherever they are, which they do not have to.";
        checks.push(check(
            "PACC",
            figure(p, "mean score, adjusted by the labelled members' and others' (PACC)"),
            inputs.inside,
            says,
        ));
    }
    if let Ok(p) = emq(&scores, yes / weight, inputs.level) {
        let says = "Of the frame's total. It takes the scores as calibrated, so its interval is too narrow.";
        checks.push(check("EMQ", figure(p, "expectation maximisation over the scores (EMQ)"), inputs.inside, says));
    }
    checks
}
