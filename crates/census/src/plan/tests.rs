#![allow(clippy::unwrap_used)]

use netcensus_stats::total::{Batch, Unit, difference};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::world::{Ground, census, joined, shifted};
use super::*;

/// A frame of 2,000: 20 seeds, scores from 0.002 to 0.9.
fn ground() -> Ground {
    let known = (0..2000).map(|i| (i < 20).then_some(1.0)).collect();
    let chances = (0..2000).map(|i| 0.002 + 0.9 * (f64::from(i) / 2000.0).powi(6)).collect();
    Ground { known, chances, first: None, past: None }
}

#[test]
fn shifting_scores_meets_the_total_and_keeps_their_order() {
    let ground = ground();
    for total in [0.0, 1.0, 50.0, 1000.0, 1979.0, 1980.0] {
        let moved = shifted(&ground.chances, &ground.known, total);
        let sum: f64 = open_of(&moved, &ground.known).iter().sum();
        assert!((sum - total).abs() < 1e-5, "{sum} for {total}");
        assert!(moved.is_sorted() && moved.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn assumed_chances_have_the_auc_and_the_total_asked_for() {
    let known: Vec<Option<f64>> = (0..5000).map(|i| (i % 100 == 0).then_some(1.0)).collect();
    let sizes: Vec<f64> = (0..5000).map(|i| f64::from(i * 7919 % 5000)).collect();
    for (members, auc) in [(40.0, 0.98), (500.0, 0.9), (500.0, 0.5), (3000.0, 0.75)] {
        let chances = assume::chances(&sizes, &known, members, auc).unwrap();
        let open = open_of(&chances, &known);
        assert!((open.iter().sum::<f64>() - members).abs() < 1e-4);
        assert!((assume::expected_auc(open) - auc).abs() < 0.002, "{members} {auc}");
    }
    for impossible in [0.0, -3.0, 4950.0, f64::NAN] {
        assert!(assume::chances(&sizes, &known, impossible, 0.9).is_none());
    }
}

#[test]
fn expected_auc_by_hand() {
    // Chances 0.2 and 0.8: pairs (member, other) 1 counts below; (0.8·0.8 + ½·(0.2·0.8 + 0.8·0.2)) of 1·1.
    assert!((assume::expected_auc(vec![0.8, 0.2]) - 0.8).abs() < 1e-12);
    assert_eq!(assume::expected_auc(vec![0.3; 5]), 0.5);
}

#[test]
fn joined_totals_are_the_difference_estimator_of_all_batches() {
    let unit = |score, probability, label| Unit { score, probability, label };
    let first =
        Batch { weight: 3.0, units: vec![unit(0.2, 0.5, Some(1.0)), unit(0.4, 0.5, None), unit(0.1, 0.5, Some(0.0))] };
    let second = Batch {
        weight: 1.0,
        units: vec![unit(0.2, 1.0, Some(1.0)), unit(0.7, 0.5, Some(1.0)), unit(0.1, 1.0, Some(0.0))],
    };
    let both = difference(&[first.clone(), second.clone()]).unwrap();
    let one = |b: &Batch| (difference(std::slice::from_ref(b)).unwrap(), b.weight);
    let sum = joined(&one(&first), &one(&second));
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(
        near(sum.value, both.value) && near(sum.variance, both.variance) && near(sum.above.largest, both.above.largest)
    );
    assert!(near(sum.above.variance, both.above.variance) && near(sum.below.sum, both.below.sum));
    assert_eq!((sum.bounds, sum.draws), (both.bounds, both.draws));
}

#[test]
fn a_pocket_moves_members_and_keeps_their_number() {
    let ground = ground();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let members = ground.members(&mut random).unwrap();
    let hidden = ground.with_pocket(&members, 0.3, &mut random);
    assert_eq!(members.iter().sum::<f64>(), hidden.iter().sum::<f64>());
    assert!(hidden[..20].iter().all(|y| *y == 1.0));
    let moved = members.iter().zip(&hidden).filter(|(a, b)| a > b).count() as f64;
    let open = members.iter().sum::<f64>() - 20.0;
    assert!((moved / open - 0.3).abs() < 0.12, "{moved} of {open}");
    assert_eq!(ground.with_pocket(&members, 0.0, &mut random), members);
}

#[test]
fn a_census_of_everyone_is_exact_and_more_labels_are_narrower() {
    let ground = ground();
    let members = ground.members(&mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    let total: f64 = members.iter().sum();
    let of = |batches: &[usize]| census(&ground, &members, batches, 0.5, 0.95, 7).unwrap();
    assert_eq!(of(&[1000, 980]), (total, total, total));
    let (few, many) = (of(&[50, 50]), of(&[400, 400]));
    assert!(many.2 - many.0 < few.2 - few.0);
    assert!(many.0 <= many.1 && many.1 <= many.2);
}

/// Worlds drawn from the past's confidence distribution: the past interval holds them as often as it claims.
#[test]
fn worlds_follow_what_the_labels_leave_open() {
    let mut ground = ground();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let members = ground.members(&mut random).unwrap();
    let p = netcensus_stats::design::mixed_probabilities(&[1.0; 1980], 198, 1.0).unwrap();
    let drawn = netcensus_stats::design::pivotal(&p, &mut random);
    let mut units: Vec<Unit> = (0..2000)
        .map(|i| match i {
            0..20 => Unit { score: 1.0, probability: 1.0, label: Some(1.0) },
            _ => Unit { score: ground.chances[i], probability: 0.1, label: None },
        })
        .collect();
    for i in drawn {
        units[i + 20].label = Some(members[i + 20]);
        ground.known[i + 20] = Some(members[i + 20]);
    }
    let past = difference(&[Batch { weight: 198.0, units }]).unwrap();
    ground.past = Some((past, 198.0));
    let (low, high) = past.limits(0.9).unwrap();
    let runs = 1000;
    let held = (0..runs)
        .filter(|_| {
            let total: f64 = ground.members(&mut random).unwrap().iter().sum();
            low <= total && total <= high
        })
        .count();
    // A little less than 90 %: membership adds its own noise to the total.
    assert!((0.85..0.92).contains(&(held as f64 / f64::from(runs))), "{held}");
}

#[test]
fn crossings_on_logarithmic_scales() {
    // Widths like 1/√n: 0.1 is reached at n = 400.
    let curve = [(100, 0.2), (1600, 0.05)];
    assert_eq!(crossing(&curve, 0.1), Some(400));
    assert_eq!(crossing(&curve, 0.3), Some(100));
    assert_eq!(crossing(&curve, 0.01), None);
    assert_eq!(crossing(&[], 0.1), None);
    // Down to nothing, as when everyone is labelled.
    let found = crossing(&[(100, 0.2), (200, 0.0)], 0.1).unwrap();
    assert!((100..=200).contains(&found));
}

#[test]
fn simple_random_samples_of_the_methods_notes() {
    // ±10 % at 2 % prevalence takes 18,800 labels where the frame is large.
    let simple = SimpleRandom::new(1 << 40, 0, 0.02 * (1u64 << 40) as f64, 0.95);
    assert!((18_700..18_900).contains(&simple.labels(0.1)), "{}", simple.labels(0.1));
    let small = SimpleRandom::new(3000, 30, 330.0, 0.95);
    let n = small.labels(0.1);
    assert!(small.half_width(n) <= 0.1 && small.half_width(n - 1) > 0.1);
    for (members, seeds) in [(10.0, 10), (0.0, 0), (20.0, 10)] {
        let edge = SimpleRandom::new(20, seeds, members, 0.95);
        assert!(edge.half_width(5).is_finite() && edge.labels(0.1) <= 20);
    }
}

#[test]
fn spreads_and_grids() {
    let s = spread((0..=20).map(|i| (f64::from(i), i < 19)));
    assert_eq!((s.median, s.low, s.high), (10.0, 1.0, 19.0));
    assert!((s.coverage - 19.0 / 21.0).abs() < 1e-12);
    let silent = Progress::silent();
    assert_eq!(grid(&[], 300, 1500, &silent).unwrap(), [300, 500, 1000, 1500]);
    assert_eq!(grid(&[], 0, 100, &silent).unwrap(), [25, 50, 100]);
    assert_eq!(grid(&[400, 400, 90_000], 0, 1000, &silent).unwrap(), [400]);
    assert!(grid(&[90_000], 0, 1000, &silent).is_err());
}

fn settings() -> study::Settings {
    study::Settings::new("Plan", "members", crate::study::Platform::Simulated)
}

#[test]
fn the_same_on_any_number_of_threads() {
    let wish = Wish { worlds: 20, ..Wish::default() };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let grid = [(60, vec![30, 30]), (200, vec![200])];
        pool.install(|| simulate(&ground(), &grid, &settings(), &wish, &Progress::silent()).unwrap())
    };
    let one = on(1);
    assert_eq!(one, on(3));
    assert_eq!((one.len(), one[0].len()), (20, 2));
}

#[test]
fn intervals_hold_in_the_worlds_with_and_without_a_pocket() {
    let wish = Wish { worlds: 200, pocket: 0.15, ..Wish::default() };
    let outcomes = simulate(&ground(), &[(200, vec![100, 100])], &settings(), &wish, &Progress::silent()).unwrap();
    let (scores, pocket) = (spread(outcomes.iter().map(|o| o[0][0])), spread(outcomes.iter().map(|o| o[0][1])));
    // 95 % less three times the binomial error of 200 worlds.
    assert!(scores.coverage >= 0.904 && pocket.coverage >= 0.904, "{scores:?} {pocket:?}");
    assert!(pocket.median > scores.median, "{scores:?} {pocket:?}");
}

#[test]
fn stops_when_asked() {
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let progress = Progress::new(|_| (), stop);
    let stopped = simulate(&ground(), &[(60, vec![60])], &settings(), &Wish::default(), &progress);
    assert_eq!(stopped.unwrap_err().kind(), crate::Kind::Interrupted);
}

#[test]
fn wishes_that_cannot_be() {
    let wish = Wish::default();
    assert!(wish.check().is_ok());
    for bad in [
        Wish { half_width: 0.0, ..wish.clone() },
        Wish { half_width: f64::NAN, ..wish.clone() },
        Wish { labels: vec![1], ..wish.clone() },
        Wish { worlds: 0, ..wish.clone() },
        Wish { prevalence: Some(0.0), ..wish.clone() },
        Wish { auc: 1.0, ..wish.clone() },
        Wish { pocket: 0.9, ..wish.clone() },
        Wish { per_hour: 0.0, ..wish.clone() },
    ] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
}
