//! The bootstrap-t interval and the confidence sequence on populations whose truth is known.
#![allow(clippy::unwrap_used, missing_docs)]

use netcensus_stats::bootstrap::bootstrap_t;
use netcensus_stats::design::{mixed_probabilities, pivotal};
use netcensus_stats::sequence::confidence_sequence;
use netcensus_stats::total::{Batch, Unit, difference};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Chances to be a member and labels; a `pocket` share of the members has scores like nobody's.
struct Population {
    scores: Vec<f64>,
    labels: Vec<f64>,
}

fn population(size: usize, power: i32, pocket: f64, random: &mut ChaCha8Rng) -> Population {
    let mut of = Population { scores: Vec::new(), labels: Vec::new() };
    for _ in 0..size {
        let p: f64 = random.random::<f64>().powi(power);
        let member = random.random_bool(p);
        of.scores.push(if member && random.random_bool(pocket) { 0.002 } else { p.clamp(0.001, 0.999) });
        of.labels.push(f64::from(u8::from(member)));
    }
    of
}

/// `count` batches of `n` labels each; the first is drawn and scored by the mean score alone, as before any label.
fn census(of: &Population, count: usize, n: usize, random: &mut ChaCha8Rng) -> Vec<Batch> {
    let size = of.scores.len();
    let mean = of.scores.iter().sum::<f64>() / size as f64;
    let mut known: Vec<Option<f64>> = vec![None; size];
    let mut batches = Vec::new();
    for b in 0..count {
        let score = |i: usize| if b == 0 { mean } else { of.scores[i] };
        let open: Vec<usize> = (0..size).filter(|&i| known[i].is_none()).collect();
        let sizes: Vec<f64> = open.iter().map(|&i| (score(i) * (1.0 - score(i))).sqrt()).collect();
        let p = mixed_probabilities(&sizes, n.min(open.len()), 0.5).unwrap();
        let mut units: Vec<Unit> =
            (0..size).map(|i| Unit { score: score(i), probability: 1.0, label: known[i] }).collect();
        open.iter().zip(&p).for_each(|(&i, &p)| units[i].probability = p);
        for k in pivotal(&p, random) {
            units[open[k]].label = Some(of.labels[open[k]]);
            known[open[k]] = Some(of.labels[open[k]]);
        }
        batches.push(Batch { weight: n as f64, units });
    }
    batches
}

fn holds((low, high): (f64, f64), truth: f64) -> bool {
    low <= truth && truth <= high
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn a_sequence_holds_at_every_look() {
    // (power of the chances, pocket, labels a batch): from half members to 4 %, with members that no score shows.
    for (power, pocket, n) in [(1, 0.0, 40), (12, 0.15, 60), (25, 0.3, 60)] {
        let mut random = ChaCha8Rng::seed_from_u64(8);
        let of = population(3000, power, pocket, &mut random);
        let truth: f64 = of.labels.iter().sum();
        let runs = 200;
        let (mut always, mut gamma) = (0, 0);
        let mut ratios = Vec::new();
        for _ in 0..runs {
            let batches = census(&of, 6, n, &mut random);
            let limits = confidence_sequence(&batches, 0.9).unwrap();
            always += usize::from(limits.iter().all(|l| holds(*l, truth)));
            let at = |t: usize| difference(&batches[..=t]).unwrap().limits(0.9).unwrap();
            gamma += usize::from((0..6).all(|t| holds(at(t), truth)));
            let (s, g) = (limits[5], at(5));
            ratios.push((s.1 - s.0) / (g.1 - g.0));
        }
        println!(
            "power {power}, pocket {pocket}: {truth} members; sequence held {always}, gamma at every look {gamma} of {runs}; width ratio {:.2}",
            median(ratios)
        );
        // At least 90 %; binomial error of 200 runs: 2.1 points.
        assert!(always as f64 / f64::from(runs) >= 0.9, "{always} of {runs}");
    }
}

#[test]
fn a_sequence_ends_at_the_total() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    for labels in [vec![0.0; 40], vec![1.0; 40], (0..40).map(|i| f64::from(u8::from(i % 3 == 0))).collect()] {
        let of = Population { scores: vec![0.3; 40], labels };
        let truth: f64 = of.labels.iter().sum();
        let limits = confidence_sequence(&census(&of, 4, 10, &mut random), 0.95).unwrap();
        assert_eq!(limits[3], (truth, truth));
        assert!(limits.iter().all(|l| holds(*l, truth)), "{limits:?}");
    }
}

#[test]
fn a_sequence_refuses_what_is_wrong() {
    let unit = |label| Unit { score: 0.2, probability: 0.5, label };
    let batch = Batch { weight: 1.0, units: vec![unit(Some(1.0)), unit(None)] };
    assert!(confidence_sequence(std::slice::from_ref(&batch), 1.0).is_err());
    assert!(confidence_sequence(std::slice::from_ref(&batch), f64::NAN).is_err());
    assert!(confidence_sequence(&[], 0.95).is_err());
    let limits = confidence_sequence(&[batch], 0.95).unwrap();
    assert_eq!(limits, [(1.0, 2.0)]);
}

#[test]
fn extreme_scores_give_finite_limits() {
    for score in [0.0, 1.0, 1e-300, 1.0 - 1e-16] {
        for label in [0.0, 1.0] {
            let unit = |i: usize| Unit { score, probability: 0.01, label: (i < 2).then_some(label) };
            let batch = Batch { weight: 1.0, units: (0..200).map(unit).collect() };
            let (low, high) = confidence_sequence(&[batch], 0.95).unwrap()[0];
            assert!(low <= high && low >= 0.0 && high <= 200.0, "{score} {label}: {low} {high}");
        }
    }
}

#[test]
fn bootstrap_holds_where_scores_miss_nobody() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let of = population(3000, 3, 0.0, &mut random);
    let truth: f64 = of.labels.iter().sum();
    let runs = 300;
    let (mut held, mut ratios) = (0, Vec::new());
    for _ in 0..runs {
        let batches = census(&of, 2, 150, &mut random);
        let limits = bootstrap_t(&batches, 0.95, 399, &mut random).unwrap();
        let wald = difference(&batches).unwrap().wald(0.95).unwrap();
        held += usize::from(holds(limits, truth));
        ratios.push((limits.1 - limits.0) / (wald.1 - wald.0));
    }
    let ratio = median(ratios);
    println!("bootstrap-t held {held} of {runs}, {ratio:.3} times as wide as Wald");
    // 95 % less twice the binomial error of 300 runs.
    assert!(held as f64 / f64::from(runs) >= 0.925, "{held} of {runs}");
    assert!((0.95..1.15).contains(&ratio), "{ratio}");
}

/// Simple random sampling, half of them members: Student's t is the answer, t₁₉₉(0.975) = 1.972.
#[test]
fn bootstrap_is_students_t_for_a_simple_random_sample() {
    let unit =
        |i: usize| Unit { score: 0.0, probability: 0.2, label: (i < 200).then_some(f64::from(u8::from(i < 100))) };
    let batches = [Batch { weight: 1.0, units: (0..1000).map(unit).collect() }];
    let t = difference(&batches).unwrap();
    // V̂ = N²(1−n/N)s²/n, s² = n/(n−1)·¼
    let variance: f64 = 1e6 * 0.8 * (200.0 / 199.0 * 0.25) / 200.0;
    assert!((t.variance - variance).abs() < 1e-6 * variance);
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let (low, high) = bootstrap_t(&batches, 0.95, 9999, &mut random).unwrap();
    let half = 1.972 * variance.sqrt();
    assert!(
        (low / (500.0 - half) - 1.0).abs() < 0.02 && (high / (500.0 + half) - 1.0).abs() < 0.02,
        "{low} {high} {half}"
    );
}

#[test]
fn bootstrap_grows_with_the_level_and_mirrors() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let of = population(500, 2, 0.1, &mut random);
    let batches = census(&of, 2, 40, &mut random);
    let mirror: Vec<Batch> = batches
        .iter()
        .map(|b| {
            let turn = |u: &Unit| Unit { score: 1.0 - u.score, label: u.label.map(|y| 1.0 - y), ..*u };
            Batch { weight: b.weight, units: b.units.iter().map(turn).collect() }
        })
        .collect();
    let limits = |of: &[Batch], level| bootstrap_t(of, level, 499, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    let (a, b, m) = (limits(&batches, 0.8), limits(&batches, 0.95), limits(&mirror, 0.95));
    assert!(b.0 <= a.0 && a.0 < a.1 && a.1 <= b.1, "{a:?} {b:?}");
    assert!((m.0 - (500.0 - b.1)).abs() < 1e-6 && (m.1 - (500.0 - b.0)).abs() < 1e-6, "{m:?} {b:?}");
    assert_eq!(b, limits(&batches, 0.95), "the same stream gives the same interval");
    // Weights count in proportion.
    let scaled: Vec<Batch> = batches.iter().map(|b| Batch { weight: 7.0 * b.weight, ..b.clone() }).collect();
    let s = limits(&scaled, 0.95);
    assert!((s.0 - b.0).abs() < 1e-6 && (s.1 - b.1).abs() < 1e-6);
}

#[test]
fn bootstrap_refuses_too_little() {
    let batch = |n: usize, drawn: usize, y: f64| {
        let unit =
            |i: usize| Unit { score: 0.5, probability: drawn as f64 / n as f64, label: (i < drawn).then_some(y) };
        [Batch { weight: 1.0, units: (0..n).map(unit).collect() }]
    };
    let mut random = ChaCha8Rng::seed_from_u64(1);
    assert!(bootstrap_t(&batch(100, 29, 1.0), 0.95, 499, &mut random).is_err());
    assert!(bootstrap_t(&batch(100, 40, 1.0), 0.95, 50, &mut random).is_err());
    assert!(bootstrap_t(&batch(100, 40, 1.0), 1.5, 499, &mut random).is_err());
    // Everyone labelled: the total. No spread among the labels: nothing but their bounds.
    assert_eq!(bootstrap_t(&batch(100, 100, 1.0), 0.95, 499, &mut random), Ok((100.0, 100.0)));
    assert_eq!(bootstrap_t(&batch(100, 40, 1.0), 0.95, 499, &mut random), Ok((40.0, 100.0)));
    assert_eq!(bootstrap_t(&batch(100, 40, 0.0), 0.95, 499, &mut random), Ok((0.0, 60.0)));
}
