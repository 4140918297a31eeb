//! One simulated world: who is a member, and what a census in it would find.

use netcensus_stats::interval::Side;
use netcensus_stats::total::{Batch, Total, Unit, difference};
use rand::{Rng, RngExt};

use crate::Result;
use crate::sample;

/// What worlds are made from.
pub(super) struct Ground {
    /// The label of each known unit; seeds are members.
    pub(super) known: Vec<Option<f64>>,
    /// Each open unit's chance to be a member, which is its score, too.
    pub(super) chances: Vec<f64>,
    /// How the first batch is drawn, where nothing is labelled yet.
    pub(super) first: Option<Vec<f64>>,
    /// What the batches so far say, with their weight.
    pub(super) past: Option<(Total, f64)>,
}

impl Ground {
    /// How many units are not known.
    pub(super) fn open(&self) -> usize {
        self.known.iter().filter(|k| k.is_none()).count()
    }

    /// Labels of a world, known ones as they are. The total is drawn from the past batches' confidence distribution: the
    /// limit at a level that is itself drawn. So their interval holds it as often as it claims.
    pub(super) fn members(&self, random: &mut impl Rng) -> Result<Vec<f64>> {
        let tail: f64 = random.random_range(0.0005..0.9995);
        let chances = match &self.past {
            None => self.chances.clone(),
            Some((past, _)) => {
                let limits = past.limits((2.0 * tail - 1.0).abs().max(1e-6))?;
                let total = if tail < 0.5 { limits.0 } else { limits.1 };
                shifted(&self.chances, &self.known, total - self.known.iter().flatten().sum::<f64>())
            }
        };
        let mut label =
            |(k, p): (&Option<f64>, &f64)| k.unwrap_or_else(|| f64::from(u8::from(random.random::<f64>() < *p)));
        Ok(self.known.iter().zip(&chances).map(&mut label).collect())
    }

    /// The same world with a share of the members among the open units moved to any of the others.
    pub(super) fn with_pocket(&self, members: &[f64], share: f64, random: &mut impl Rng) -> Vec<f64> {
        let open = || (0..members.len()).filter(|&i| self.known[i].is_none());
        let mut others: Vec<usize> = open().filter(|&i| members[i] == 0.0).collect();
        let mut hidden = members.to_vec();
        for i in open().filter(|&i| members[i] > 0.0) {
            if random.random::<f64>() < share && !others.is_empty() {
                let to = others.swap_remove(random.random_range(0..others.len()));
                (hidden[i], hidden[to]) = (0.0, 1.0);
            }
        }
        hidden
    }
}

/// A census of `truth`: after the past, batches of the given sizes, the difference estimator, its limits. Returns the
/// interval's lower end, the answer and the upper end.
pub(super) fn census(
    ground: &Ground,
    truth: &[f64],
    batches: &[usize],
    uniform: f64,
    level: f64,
    seed: u64,
) -> Result<(f64, f64, f64)> {
    let by_score = sample::sizes_from_scores(&ground.chances);
    let mut known: Vec<bool> = ground.known.iter().map(Option::is_some).collect();
    let mut drawn: Vec<Batch> = Vec::new();
    for (number, &n) in batches.iter().enumerate() {
        let sizes = match &ground.first {
            Some(sizes) if number == 0 => sizes,
            _ => &by_score,
        };
        let rule = crate::study::Sample { uniform_share: uniform, ..crate::study::Sample::default() };
        let draw = sample::draw(&rule, sizes, &known, n, seed, number as u32)?;
        let unit = |i: usize| Unit {
            score: ground.chances[i],
            probability: draw.probabilities[i],
            label: known[i].then_some(truth[i]),
        };
        let mut units: Vec<Unit> = (0..truth.len()).map(unit).collect();
        draw.drawn.iter().for_each(|&i| {
            units[i].label = Some(truth[i]);
            known[i] = true;
        });
        drawn.push(Batch { weight: draw.drawn.len() as f64, units });
    }
    let total = match (&ground.past, drawn.is_empty()) {
        (Some((past, _)), true) => *past,
        (None, _) => difference(&drawn)?,
        (Some(past), false) => {
            let weight = drawn.iter().map(|b| b.weight).sum();
            joined(past, &(difference(&drawn)?, weight))
        }
    };
    let (low, high) = total.limits(level)?;
    Ok((low, total.value.clamp(low, high), high))
}

/// The total of two runs of batches one after the other, each with its weight. The later knows what the earlier found.
pub(super) fn joined(first: &(Total, f64), second: &(Total, f64)) -> Total {
    let all = first.1 + second.1;
    let ((a, wa), (b, wb)) = ((first.0, first.1 / all), (second.0, second.1 / all));
    let side = |x: Side, y: Side| Side {
        sum: wa * x.sum + wb * y.sum,
        variance: wa * wa * x.variance + wb * wb * y.variance,
        largest: (wa * x.largest).max(wb * y.largest),
        unseen: (wa * x.unseen).max(wb * y.unseen),
        draws: x.draws + y.draws,
    };
    Total {
        value: wa * a.value + wb * b.value,
        score_total: wa * a.score_total + wb * b.score_total,
        draws: a.draws + b.draws,
        above: side(a.above, b.above),
        below: side(a.below, b.below),
        variance: wa * wa * a.variance + wb * wb * b.variance,
        bounds: b.bounds,
    }
}

/// The scores moved by one number on the logit scale so that those of the open units sum to `total`.
pub(super) fn shifted(scores: &[f64], known: &[Option<f64>], total: f64) -> Vec<f64> {
    let logit = |p: f64| {
        let p = p.clamp(1e-9, 1.0 - 1e-9);
        (p / (1.0 - p)).ln()
    };
    let open: Vec<f64> = scores.iter().zip(known).filter(|(_, k)| k.is_none()).map(|(p, _)| logit(*p)).collect();
    let shift = shift(&open, total);
    scores.iter().map(|p| chance(logit(*p) + shift)).collect()
}

/// 1/(1 + e⁻ˣ).
pub(super) fn chance(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// What to add to all logits so that their chances sum to `total`, by Newton's steps within a bracket.
pub(super) fn shift(logits: &[f64], total: f64) -> f64 {
    let total = total.clamp(0.0, logits.len() as f64);
    let (mut low, mut high, mut shift) = (-100.0f64, 100.0f64, 0.0f64);
    for _ in 0..80 {
        let (mut sum, mut slope) = (0.0, 0.0);
        for x in logits {
            let p = chance(x + shift);
            sum += p;
            slope += p * (1.0 - p);
        }
        if (sum - total).abs() <= 1e-9 * logits.len() as f64 {
            break;
        }
        if sum > total {
            high = shift
        } else {
            low = shift
        }
        // Newton, and halving where it would leave the bracket.
        let newton = shift + (total - sum) / slope;
        shift = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
    }
    shift
}
