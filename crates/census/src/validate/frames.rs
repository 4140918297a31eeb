//! Frames with planted scores: truth and score of every account are drawn, and the sample, the estimate and the interval
//! are those of a study. The scores do not learn from the labels, so a setting shows the design and the interval alone.

use netcensus_stats::interval::{normal_quantile, srs_relative_half_width};
use netcensus_stats::total::{Batch, Unit, anticipated_variance, difference};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use serde::Serialize;

use super::Outcome;
use crate::Result;
use crate::evaluate::{simulated_gold, without_error};
use crate::sample::{self, batch_size, draw, sizes_from_scores};
use crate::study::Sample;

/// How scores speak of the chance to be a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// A score of p means a chance of p.
    Right,
    /// Too sure, and too high: log-odds times 1.5 plus 0.7.
    Over,
    /// Too sure, and too low: log-odds times 1.5 less 0.7.
    Under,
}

/// A kind of frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Accounts in the frame.
    pub accounts: usize,
    /// Each account's chance to be a member.
    pub prevalence: f64,
    /// How often a score ranks a member above another, the pocket left out.
    pub auc: f64,
    /// What scores mean.
    pub calibration: Calibration,
    /// The share of the members whose scores are those of others.
    pub pocket: f64,
    /// Labels.
    pub labels: usize,
    /// Batches; the first is drawn by much weaker scores, as before any label, unless it is the only one.
    pub batches: usize,
    /// A coder's chance to answer wrongly, either way.
    pub coder_error: f64,
}

/// Gold items by which the coder's error is known, a quarter of them members.
const GOLD: usize = 400;
/// How much of the scores' distance between members and others is there before any label.
const BLIND: f64 = 0.5;

impl Default for Setting {
    fn default() -> Self {
        Self {
            accounts: 20_000,
            prevalence: 0.1,
            auc: 0.95,
            calibration: Calibration::Right,
            pocket: 0.0,
            labels: 500,
            batches: 2,
            coder_error: 0.0,
        }
    }
}

/// The grid that docs/methods/validation.md shows: 125 settings without coder error, 40 with.
pub fn published() -> Vec<Setting> {
    use Calibration::{Over, Right, Under};
    let shapes = [(Right, 0.0), (Right, 0.15), (Over, 0.05), (Over, 0.15), (Under, 0.15)];
    let ranks = [(0.85, 500), (0.85, 6_000), (0.95, 2_000), (0.99, 500), (0.99, 6_000)];
    let mut grid = Vec::new();
    let mut add = |ranks: &[(f64, usize)], shapes: &[(Calibration, f64)], coder_error: f64| {
        for prevalence in [0.005, 0.02, 0.1, 0.3, 0.6] {
            // Rare groups need a larger frame to have members.
            let base = Setting {
                accounts: if prevalence < 0.05 { 20_000 } else { 10_000 },
                prevalence,
                coder_error,
                ..Setting::default()
            };
            for &(auc, labels) in ranks {
                for &(calibration, pocket) in shapes {
                    grid.push(Setting { auc, calibration, pocket, labels, ..base.clone() });
                }
            }
        }
    };
    add(&ranks, &shapes, 0.0);
    for coder_error in [0.05, 0.1] {
        add(&[(0.95, 500), (0.95, 6_000)], &[shapes[0], shapes[3]], coder_error);
    }
    grid
}

/// Two censuses that the project set itself a width for, with scores at hand and, beside, with a first batch without.
pub fn widths() -> Vec<Setting> {
    let study = Setting { accounts: 50_000, prevalence: 0.6, auc: 0.97, labels: 3_000, ..Setting::default() };
    let rare = Setting { accounts: 200_000, prevalence: 0.02, auc: 0.98, labels: 3_000, ..Setting::default() };
    [study, rare].into_iter().flat_map(|s| [1, 2].map(|batches| Setting { batches, ..s.clone() })).collect()
}

/// The accounts of one world.
struct World {
    member: Vec<bool>,
    score: Vec<f64>,
    /// The size that an account has before there are scores.
    blind: Vec<f64>,
}

/// Scores are binormal: a member's hidden value is N(μ, 1), another's N(0, 1), with μ = √2·Φ⁻¹(AUC).
fn accounts(setting: &Setting, random: &mut impl Rng) -> World {
    let distance = |auc: f64| std::f64::consts::SQRT_2 * normal_quantile(auc);
    let (mu, weak) = (distance(setting.auc), BLIND * distance(setting.auc));
    let odds = (setting.prevalence / (1.0 - setting.prevalence)).ln();
    let (slope, shift) = match setting.calibration {
        Calibration::Right => (1.0, 0.0),
        Calibration::Over => (1.5, 0.7),
        Calibration::Under => (1.5, -0.7),
    };
    let n = setting.accounts;
    let mut world = World { member: Vec::with_capacity(n), score: Vec::with_capacity(n), blind: Vec::with_capacity(n) };
    for _ in 0..n {
        let member = random.random_bool(setting.prevalence);
        let seen = member && !random.random_bool(setting.pocket);
        let mut value = |mu: f64| random.sample::<f64, _>(StandardNormal) + if seen { mu } else { 0.0 };
        let (x, w) = (value(mu), value(weak));
        let eta = slope * (odds + mu * x - mu * mu / 2.0) + shift;
        world.member.push(member);
        world.score.push((1.0 / (1.0 + (-eta).exp())).clamp(1e-3, 1.0 - 1e-3));
        world.blind.push(((weak * w - weak * weak / 2.0) / 2.0).exp());
    }
    world
}

/// One world, from the draw to the interval.
pub(super) fn world(setting: &Setting, level: f64, seed: u64, number: u32) -> Result<Outcome> {
    let mut random = sample::random(seed, &format!("validate {setting:?}"), number);
    let world = accounts(setting, &mut random);
    let n = setting.accounts;
    let truth = world.member.iter().filter(|m| **m).count() as f64;
    let sizes = sizes_from_scores(&world.score);
    let mut answers: Vec<Option<f64>> = vec![None; n];
    let mut batches: Vec<Batch> = Vec::with_capacity(setting.batches);
    for batch in 1..=setting.batches {
        let known: Vec<bool> = answers.iter().map(Option::is_some).collect();
        let by = if batch == 1 && setting.batches > 1 { &world.blind } else { &sizes };
        let size = batch_size(setting.labels, batch as u32, setting.batches);
        let draw = draw(&Sample::default(), by, &known, size, random.random(), batch as u32)?;
        for &i in &draw.drawn {
            let wrong = random.random_bool(setting.coder_error);
            answers[i] = Some(f64::from(u8::from(world.member[i] != wrong)));
        }
        let mut drawn = known;
        draw.drawn.iter().for_each(|&i| drawn[i] = true);
        let weight = 1.0 / anticipated_variance(&sizes, &draw.probabilities).max(1e-9);
        let unit = |i: usize| Unit {
            score: world.score[i],
            probability: draw.probabilities[i],
            label: if drawn[i] { answers[i] } else { None },
        };
        batches.push(Batch { weight, units: (0..n).map(unit).collect() });
    }
    let total = difference(&batches)?;
    let coded = total.limits(level)?;
    let coded = (total.value.clamp(coded.0, coded.1), coded);
    let (value, limits) = match setting.coder_error {
        0.0 => coded,
        error => {
            let accuracy = simulated_gold((1.0 - error, 1.0 - error), GOLD, &mut random);
            without_error(coded, 0.0, n as f64, &accuracy, level)
        }
    };
    let truth = truth.max(1.0);
    Ok(Outcome {
        truth,
        value,
        limits,
        wald: total.wald(level)?,
        srs: srs_relative_half_width(setting.labels, n, truth / n as f64, level),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn planted_scores_rank_and_speak_as_asked() {
        let setting = Setting { accounts: 100_000, prevalence: 0.2, auc: 0.9, ..Setting::default() };
        let world = accounts(&setting, &mut sample::random(1, "test", 0));
        let (mut ranked, mut pairs) = (0u32, 0u32);
        let (members, others): (Vec<usize>, Vec<usize>) = (0..100_000).partition(|&i| world.member[i]);
        for (&i, &j) in members.iter().zip(&others) {
            pairs += 1;
            ranked += u32::from(world.score[i] > world.score[j]);
        }
        assert!((f64::from(ranked) / f64::from(pairs) - 0.9).abs() < 0.01);
        let expected: f64 = world.score.iter().sum();
        assert!((expected / members.len() as f64 - 1.0).abs() < 0.03, "{expected} of {}", members.len());
    }

    #[test]
    fn the_published_grid_spans_what_it_says() {
        let grid = published();
        assert_eq!(grid.len(), 165);
        let of = |value: &dyn Fn(&Setting) -> f64| {
            let values: Vec<f64> = grid.iter().map(value).collect();
            (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max))
        };
        assert_eq!(of(&|s| s.prevalence), (0.005, 0.6));
        assert_eq!(of(&|s| s.auc), (0.85, 0.99));
        assert_eq!(of(&|s| s.pocket), (0.0, 0.15));
        assert_eq!(of(&|s| s.labels as f64), (500.0, 6_000.0));
        assert_eq!(of(&|s| s.coder_error), (0.0, 0.1));
    }
}
