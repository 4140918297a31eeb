//! Lists drawn from a known truth, to hold the answer beyond the frame against it.

use netcensus_stats::total::Batch;
use rand::RngExt;
use serde::Serialize;

use super::known::Known;
use super::{Inputs, answer};
use crate::Result;
use crate::figure::Figure;
use crate::frame::Frame;
use crate::network::Network;
use crate::sample;

/// How two lists are drawn from all members of the network.
///
/// A member's chance is σ(a + ½·z(log in-degree) + ½·z(log out-degree)) on either list, z standardised over the members, a
/// such that the mean chance is `rate`. So accounts with many follows are easy for both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lists {
    /// The mean chance to be on a list.
    pub rate: f64,
}

/// One answer beyond the frame with its truth.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    truth: f64,
    answer: Figure,
    /// Chapman's estimator over the lists, whatever is known of the accounts.
    chapman: Option<Figure>,
    outside: f64,
    found_outside: Figure,
}

/// How the answer beyond the frame did.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Share of the intervals at odds ratio 1 that hold the group's full size.
    pub coverage: f64,
    /// Share of the intervals that lie wholly below it.
    pub missed_low: f64,
    /// Mean of (answer − truth)/truth.
    pub relative_bias: f64,
    /// Median half-width relative to the answer.
    pub relative_half_width: f64,
    /// Mean of the members outside of the frame.
    pub outside: f64,
    /// Mean of (answer − truth)/truth of those outside.
    pub outside_relative_bias: f64,
    /// Share of the intervals of those outside that hold their number.
    pub outside_coverage: f64,
    /// The same lists by Chapman's estimator, as if all members were alike: coverage of its interval.
    pub chapman_coverage: f64,
    /// Its mean of (answer − truth)/truth.
    pub chapman_relative_bias: f64,
    /// Its median half-width relative to the answer.
    pub chapman_relative_half_width: f64,
    /// Censuses in which the lists allowed an answer.
    pub answered: u32,
}

/// A labelled census, and the group as it is.
pub(crate) struct Census<'a> {
    pub(crate) network: &'a Network,
    pub(crate) members: &'a [u32],
    pub(crate) frame: &'a Frame,
    pub(crate) batches: &'a [Batch],
    pub(crate) inside: &'a Figure,
    pub(crate) level: f64,
}

/// Draws two lists of the members and answers from them, as a study would; `None` where they allow no answer.
pub(crate) fn trial(census: &Census<'_>, lists: Lists, seed: u64) -> Result<Option<Outcome>> {
    let Census { network, members, frame, batches, inside, level } = *census;
    let chances = chances(network, members, lists.rate);
    let drawn = [1, 2].map(|number| {
        let mut random = sample::random(seed, "list", number);
        let on = members.iter().zip(&chances).filter(|(_, p)| random.random::<f64>() < **p);
        on.map(|(account, _)| *account).collect::<Vec<u32>>()
    });
    let known = Known::of(vec!["first".into(), "second".into()], &drawn);
    let inputs = Inputs { network, frame, known: &known, batches, inside, level };
    let Ok(found) = answer(&inputs, [1.0, 1.0]) else { return Ok(None) };
    let chapman = found.beside.iter().find(|b| b.name == "Chapman, lists alone").map(|b| b.figure.clone());
    let positions = frame.positions(network.ids.len());
    let outside = members.iter().filter(|m| positions.of(**m).is_none()).count() as f64;
    Ok(Some(Outcome {
        truth: members.len() as f64,
        answer: found.lower_bound,
        chapman,
        outside,
        found_outside: found.outside,
    }))
}

/// Each member's chance to be on a list.
fn chances(network: &Network, members: &[u32], rate: f64) -> Vec<f64> {
    let standardised = |degree: &dyn Fn(u32) -> usize| -> Vec<f64> {
        let logs: Vec<f64> = members.iter().map(|&m| (degree(m) as f64).ln_1p()).collect();
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let deviation = (logs.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt().max(1e-9);
        logs.into_iter().map(|v| (v - mean) / deviation).collect()
    };
    let into = standardised(&|m| network.graph.in_degree(m));
    let out = standardised(&|m| network.graph.out_degree(m));
    let at = |a: f64| -> Vec<f64> {
        into.iter().zip(&out).map(|(i, o)| 1.0 / (1.0 + (-(a + 0.5 * i + 0.5 * o)).exp())).collect()
    };
    let (mut low, mut high) = (-30.0, 30.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let mean = at(middle).iter().sum::<f64>() / members.len() as f64;
        if mean < rate { low = middle } else { high = middle }
    }
    at(low)
}

/// What many trials say; `None` without any.
pub(crate) fn summarise(outcomes: &[&Outcome]) -> Option<Evaluation> {
    let n = outcomes.len() as f64;
    let holds = |f: &Figure, truth: f64| f.low <= truth && truth <= f.high;
    let error = |f: &Figure, truth: f64| (f.value - truth) / truth.max(1.0);
    let width = |f: &Figure| (f.high - f.low) / 2.0 / f.value.max(1.0);
    let mean = |value: &dyn Fn(&Outcome) -> f64| outcomes.iter().map(|o| value(o)).sum::<f64>() / n;
    let share = |test: &dyn Fn(&Outcome) -> bool| mean(&|o| f64::from(u8::from(test(o))));
    let median = |value: &dyn Fn(&Outcome) -> f64| {
        let mut values: Vec<f64> = outcomes.iter().map(|o| value(o)).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let chapman = |value: &dyn Fn(&Figure, f64) -> f64| {
        let value = |o: &Outcome| o.chapman.as_ref().map_or(0.0, |f| value(f, o.truth));
        mean(&value)
    };
    (!outcomes.is_empty()).then(|| Evaluation {
        coverage: share(&|o| holds(&o.answer, o.truth)),
        missed_low: share(&|o| o.answer.high < o.truth),
        relative_bias: mean(&|o| error(&o.answer, o.truth)),
        relative_half_width: median(&|o| width(&o.answer)),
        outside: mean(&|o| o.outside),
        outside_relative_bias: mean(&|o| error(&o.found_outside, o.outside)),
        outside_coverage: share(&|o| holds(&o.found_outside, o.outside)),
        chapman_coverage: chapman(&|f, truth| f64::from(u8::from(holds(f, truth)))),
        chapman_relative_bias: chapman(&error),
        chapman_relative_half_width: median(&|o| o.chapman.as_ref().map_or(0.0, width)),
        answered: outcomes.len() as u32,
    })
}
