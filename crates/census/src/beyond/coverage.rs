//! One list: how much of it the frame holds.

use netcensus_stats::capture::Size;
use netcensus_stats::coders::Rate;
use netcensus_stats::interval::normal_quantile;
use netcensus_stats::logistic::{Example, Model};
use netcensus_stats::total::{Batch, Unit, difference};

use super::known::covariates;
use super::{Capture, Inputs};
use crate::{Error, Result};

/// A member's chance to be in the frame is kept no smaller.
const LEAST: f64 = 0.02;
/// Folds of the cross-fitting.
const FOLDS: usize = 5;

/// Members outside, from how much of the lists the frame holds, given what is known of an account.
///
/// ```text
/// N̂ = Σ_frame gᵢ/q(xᵢ) + (1/p)·Σ_list (1 − 1(i in frame)/q(xᵢ))
/// ```
///
/// gᵢ is how many members the labels and scores let unit i stand for, q(x) a member's chance to be in the frame, fitted on
/// the listed, and p = listed in the frame / members in the frame. The second sum mends what q gets wrong, and carries its
/// error: N̂ is right when either q is, or being listed does not hang on x. The frame's error comes from the difference
/// estimator of Σ g/q, the list's from the spread of the second sum; both joined by MOVER.
pub(super) fn one_list(inputs: &Inputs<'_>) -> Result<Capture> {
    // Seeds are in the frame because they were given, not because the crawl found them.
    let positions = inputs.frame.positions(inputs.network.ids.len());
    let seed = |account: u32| positions.of(account).is_some_and(|i| inputs.frame.units[i].wave == 0);
    let seeds = inputs.frame.units.iter().filter(|u| u.wave == 0).count() as f64;
    let mut inside = inputs.known.inside(inputs);
    inside.retain(|(account, _)| !seed(*account));
    let outside = inputs.known.outside(inputs);
    if inside.len() < 10 || inputs.inside.value <= seeds {
        return Err(Error::data("fewer than ten listed members were found by the crawl")
            .help("longer lists are needed to tell how much the frame holds"));
    }
    let members = (inputs.inside.value - seeds).max(inside.len() as f64);
    let units: Vec<u32> = inputs.frame.units.iter().map(|u| u.account).collect();
    let listed: Vec<u32> = inside.iter().chain(&outside).map(|(account, _)| *account).collect();
    let features = covariates(inputs.network, &[units.as_slice(), &listed].concat())?;
    let row = |i: usize| features.row(units.len() + i);
    let examples: Vec<Example> = (0..listed.len())
        .map(|i| Example { unit: units.len() + i, label: f64::from(u8::from(i < inside.len())), weight: 1.0 })
        .collect();

    let (mut correction, mut variance, mut bounded) = (0.0, 0.0, 0);
    let share = inside.len() as f64 / members;
    for fold in 0..FOLDS {
        let rest: Vec<Example> =
            examples.iter().enumerate().filter(|(i, _)| i % FOLDS != fold).map(|(_, e)| *e).collect();
        let model = Model::fit(&features, &rest)?;
        for i in (fold..listed.len()).step_by(FOLDS) {
            let q = model.score(row(i));
            bounded += usize::from(q < LEAST);
            let miss = (1.0 - examples[i].label / q.max(LEAST)) / share;
            correction += miss;
            variance += miss * miss;
        }
    }
    let model = Model::fit(&features, &examples)?;
    let stands_for: Vec<f64> = (0..units.len())
        .map(|i| if seed(units[i]) { 1.0 } else { 1.0 / model.score(features.row(i)).max(LEAST) })
        .collect();
    let (value, low, high) = weighted(inputs.batches, &stands_for, inputs.level)?;
    let half = normal_quantile(0.5 + inputs.level / 2.0) * variance.sqrt();
    let seen = outside.len() as f64;
    // The frame's own error is joined again by the caller, so only what comes on top is the outside's. The frame is
    // taken by the same labels here, not corrected for coder error as the caller's may be.
    let own = weighted(inputs.batches, &vec![1.0; units.len()], inputs.level)?;
    let frame = |limit: f64, own_limit: f64| ((value - limit).abs() - (own.0 - own_limit).abs()).max(0.0);
    let unseen = (value + correction - own.0 - seen).max(0.0);
    let point = seen + unseen;
    // A list that lies in the frame to the last account does not say that nobody is outside.
    let held = Rate { right: inside.len() as u64, items: listed.len() as u64 }.limits(inputs.level)?.0;
    let size = Size {
        value: point,
        low: (point - half.hypot(frame(low, own.1))).max(seen),
        high: (point + half.hypot(frame(high, own.2))).max(members * (1.0 / held - 1.0)),
        seen,
        variance,
    };
    let mut notes = vec![
        "One list alone, or lists that share nobody outside of the frame: the frame itself stands in for the second \
         list."
            .to_owned(),
    ];
    if bounded > 0 {
        notes.push(format!("For {bounded} listed members the chance to be in the frame was raised to 2 %."));
    }
    Ok(Capture {
        outside: size,
        method: "how much of the list the frame holds, doubly robust".into(),
        assumes: "that being on the list is independent of being in the frame, given an account's follows and profile"
            .into(),
        notes,
        labels: listed.len(),
    })
}

/// Σ gᵢ·zᵢ with its limits: the difference estimator of labels and scores times z.
fn weighted(batches: &[Batch], z: &[f64], level: f64) -> Result<(f64, f64, f64)> {
    let most = z.iter().copied().fold(1.0, f64::max);
    let scaled: Vec<Batch> = batches
        .iter()
        .map(|batch| Batch {
            weight: batch.weight,
            units: (batch.units.iter().zip(z))
                .map(|(u, z)| Unit {
                    score: u.score * z / most,
                    probability: u.probability,
                    label: u.label.map(|y| y * z / most),
                })
                .collect(),
        })
        .collect();
    let total = difference(&scaled)?;
    // `most` bounds what one unit adds; the wider Wald or gamma limits would count it for every unit.
    let (low, high) = total.wald(level)?;
    Ok((most * total.value, most * low, most * high))
}
