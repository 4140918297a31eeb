//! Sizes from lists, held against R, published examples and known truth. `reference/capture.R` made the R values.
#![allow(clippy::unwrap_used, missing_docs)]

use netcensus_stats::Error;
use netcensus_stats::capture::chao::chao;
use netcensus_stats::capture::dependence;
use netcensus_stats::capture::doubly_robust::{Listed, doubly_robust};
use netcensus_stats::capture::log_linear::{Criterion, Outcome, log_linear};
use netcensus_stats::capture::scale_up::{Ties, scale_up};
use netcensus_stats::capture::two_lists::{chapman, lincoln_petersen, split_coverage};
use netcensus_stats::logistic::Features;
use netcensus_stats::quantify::{Scored, emq, pacc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn reference(name: &str) -> f64 {
    let row = include_str!("reference/capture.csv").lines().find_map(|l| l.strip_prefix(&format!("{name},")));
    row.unwrap().parse().unwrap()
}

fn close(ours: f64, theirs: f64, relative: f64) {
    assert!((ours / theirs - 1.0).abs() < relative, "{ours} is not {theirs}");
}

#[test]
fn chapman_of_the_textbook_turtles() {
    // Wikipedia, "Mark and recapture": K = 10, n = 15, k = 5 gives 28.3 (28), 95 % interval 22 to 65.
    let size = chapman(10, 15, 5, 0.95).unwrap();
    close(size.value, 11.0 * 16.0 / 6.0 - 1.0, 1e-12);
    assert_eq!((size.low.round(), size.high.round()), (22.0, 65.0));
    close(size.variance, 11.0 * 16.0 * 5.0 * 10.0 / (36.0 * 7.0), 1e-12);
}

#[test]
fn petersen_of_the_hepatitis_lists() {
    // Chao et al. 2001: lists P, Q, E of 135, 122 and 126 cases give 336, 378 and 334.
    let pairs = [(135, 122, 49, 336.0), (135, 126, 45, 378.0), (122, 126, 46, 334.0)];
    for (a, b, m, published) in pairs {
        let size = lincoln_petersen(a, b, m, 0.95).unwrap();
        assert_eq!(size.value.round(), published);
        assert!(size.seen <= size.low && size.low < size.value && size.value < size.high);
    }
    assert!(matches!(lincoln_petersen(5, 5, 0, 0.95), Err(Error::Argument(_))));
}

#[test]
fn two_lists_at_the_edges() {
    assert!(chapman(0, 0, 0, 0.95).is_err());
    assert!(chapman(3, 2, 3, 0.95).is_err());
    assert!(chapman(3, 3, 3, 1.0).is_err());
    let same = chapman(3, 3, 3, 0.95).unwrap();
    assert_eq!((same.value, same.low), (3.0, 3.0));
    assert!(same.high >= 3.0 && same.high.is_finite());
    let apart = chapman(4, 6, 0, 0.95).unwrap();
    assert!(apart.low >= 10.0 && apart.high > 100.0 && apart.high.is_finite());
    let one_empty = chapman(0, 6, 0, 0.95).unwrap();
    assert!(one_empty.value >= 6.0 && one_empty.high.is_finite());
    let all = lincoln_petersen(3, 3, 3, 0.95).unwrap();
    assert_eq!((all.value, all.low, all.high), (3.0, 3.0, 3.0));
    let wide = chapman(10, 15, 5, 0.99).unwrap();
    let narrow = chapman(10, 15, 5, 0.8).unwrap();
    assert!(wide.low <= narrow.low && wide.high >= narrow.high);
}

#[test]
fn chapman_is_unbiased_over_all_draws_where_the_lists_are_long() {
    // N = 9, lists of 5 and 6 drawn at random: m is hypergeometric, n₁ + n₂ ≥ N, so the mean is N exactly.
    let choose = |n: u64, k: u64| (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
    let mean: f64 =
        (2..=5).map(|m| choose(5, m) * choose(4, 6 - m) / choose(9, 6) * chapman(5, 6, m, 0.95).unwrap().value).sum();
    close(mean, 9.0, 1e-12);
}

#[test]
fn chao_equals_vegan() {
    let mut seen = vec![0; 10_000_000];
    (seen[0], seen[1]) = (reference("bci_f1") as u64, reference("bci_f2") as u64);
    seen[2] = reference("bci_seen") as u64 - seen[0] - seen[1];
    let size = chao(&seen, 0.95).unwrap();
    close(size.value, reference("bci_chao1"), 1e-6);
    // vegan takes off f₁²(f₁+f₂)²/(4(f₂+1)⁴N̂) more, which other programs leave out; here it is 0.03 %.
    let (f1, f2) = (seen[0] as f64, seen[1] as f64);
    let more = (f1 * (f1 + f2)).powi(2) / (4.0 * (f2 + 1.0).powi(4) * size.value);
    close((size.variance - more).sqrt(), reference("bci_chao1_se"), 1e-6);
}

#[test]
fn chao_of_two_lists_is_below_lincoln_petersen() {
    // With two lists f₁²/(4f₂) ≤ n₁₀·n₀₁/n₁₁, equal where the lists are equally long.
    assert!(chao(&[100, 50], 0.95).unwrap().value < lincoln_petersen(100, 100, 50, 0.95).unwrap().value);
    assert_eq!(chao(&[0, 5], 0.95).unwrap().high, 5.0);
    assert!(chao(&[0, 0], 0.95).is_err());
    assert!(chao(&[4], 0.95).is_err());
    assert!(chao(&[4, 0], 0.95).unwrap().high.is_finite());
    assert_eq!(chao(&[1, 0], 0.95).unwrap().value, 1.0);
}

#[test]
fn log_linear_models_equal_glm() {
    let hepatitis = [0, 69, 55, 21, 63, 17, 18, 28];
    let diabetes = [0, 709, 74, 104, 182, 650, 20, 157, 10, 12, 7, 18, 8, 46, 14, 58];
    let mut sparse = vec![0; 32];
    let cells = [1, 2, 4, 8, 16, 3, 5, 6, 9, 10, 12, 20, 24, 7, 13, 14, 28];
    let counts = [60, 110, 240, 90, 35, 9, 14, 31, 4, 8, 22, 6, 3, 3, 1, 4, 1];
    cells.iter().zip(counts).for_each(|(h, c): (&usize, u64)| sparse[*h] = c);
    let cases: [(&str, &[u64], Criterion); 5] = [
        ("hepatitis_bic", &hepatitis, Criterion::Bic),
        ("hepatitis_aic", &hepatitis, Criterion::Aic),
        ("diabetes_bic", &diabetes, Criterion::Bic),
        ("diabetes_aic", &diabetes, Criterion::Aic),
        ("sparse_bic", &sparse, Criterion::Bic),
    ];
    for (name, histories, criterion) in cases {
        let average = log_linear(histories, criterion, 0.95).unwrap();
        let of = |what: &str| reference(&format!("{name}_{what}"));
        assert_eq!((average.models.len() - average.without_estimate) as f64, of("models"), "{name}");
        close(average.size.value, of("value"), 1e-6);
        close(average.size.low, of("low"), 1e-6);
        close(average.size.high, of("high"), 1e-6);
        let Outcome::Fitted { unseen, .. } = average.models[0].outcome else { panic!() };
        close(average.size.seen + unseen, of("independent"), 1e-6);
        let weights: f64 = average
            .models
            .iter()
            .map(|m| if let Outcome::Fitted { weight, .. } = m.outcome { weight } else { 0.0 })
            .sum();
        close(weights, 1.0, 1e-9);
    }
}

#[test]
fn log_linear_of_two_lists_is_lincoln_petersen() {
    let average = log_linear(&[0, 86, 73, 49], Criterion::Bic, 0.95).unwrap();
    let petersen = lincoln_petersen(135, 122, 49, 0.95).unwrap();
    close(average.size.value, petersen.value, 1e-9);
    close(average.size.variance, petersen.variance, 1e-6);
    // Dependence of the only two lists is not determined, and said so.
    assert_eq!(average.without_estimate, 1);
    assert_eq!(average.models[1].outcome, Outcome::NoEstimate);
}

#[test]
fn log_linear_refusals() {
    assert!(log_linear(&[0, 5, 5, 0], Criterion::Bic, 0.95).is_err(), "no overlap at all");
    assert!(log_linear(&[0, 5, 0, 0], Criterion::Bic, 0.95).is_err(), "an empty list");
    assert!(log_linear(&[1, 5, 5, 5], Criterion::Bic, 0.95).is_err(), "an unseen cell that was seen");
    assert!(log_linear(&[0, 5, 5], Criterion::Bic, 0.95).is_err());
    assert!(log_linear(&[], Criterion::Bic, 0.95).is_err());
    let three = log_linear(&[0, 30, 40, 10, 20, 0, 8, 0], Criterion::Bic, 0.95).unwrap();
    assert!(three.models.iter().any(|m| m.outcome == Outcome::EmptyPair((0, 2))));
    assert!(three.size.high.is_finite() && three.size.low >= 108.0);
}

/// Members of whom `x` is seen, with chances σ(a + slope·x) on either list, and what two lists draw of them.
fn lists(n: usize, slope: f64, random: &mut ChaCha8Rng) -> (Features, Vec<Listed>) {
    let (mut column, mut units) = (Vec::new(), Vec::new());
    for _ in 0..n {
        // A sum of uniforms is near enough to normal, with variance 1.
        let x: f64 = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        let chance = |a: f64| 1.0 / (1.0 + (-(a + slope * x)).exp());
        let on = [random.random_bool(chance(-1.1)), random.random_bool(chance(-0.8))];
        if on != [false; 2] {
            column.push(x);
            units.push(Listed { on, weight: 1.0 });
        }
    }
    (Features::standardised(vec![column]).unwrap(), units)
}

#[test]
fn doubly_robust_mends_what_is_seen() {
    let (n, runs) = (2000, 120);
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (mut covered, mut petersen_covered, mut bias, mut petersen_bias) = (0, 0, 0.0, 0.0);
    for _ in 0..runs {
        let (features, units) = lists(n, 1.0, &mut random);
        let robust = doubly_robust(&features, &units, 0.95).unwrap();
        let count = |list: usize| units.iter().filter(|u| u.on[list]).count() as u64;
        let petersen = chapman(count(0), count(1), robust.both as u64, 0.95).unwrap();
        let truth = n as f64;
        covered += i32::from(robust.size.low <= truth && truth <= robust.size.high);
        petersen_covered += i32::from(petersen.low <= truth && truth <= petersen.high);
        bias += (robust.size.value / truth - 1.0) / f64::from(runs);
        petersen_bias += (petersen.value / truth - 1.0) / f64::from(runs);
    }
    println!(
        "doubly robust: bias {bias:.4}, covered {covered} of {runs}; Chapman: {petersen_bias:.4}, {petersen_covered}"
    );
    assert!(petersen_bias < -0.10, "{petersen_bias}");
    assert_eq!(petersen_covered, 0);
    assert!(bias.abs() < 0.02, "{bias}");
    assert!(f64::from(covered) >= 0.90 * f64::from(runs), "{covered} of {runs}");
}

#[test]
fn doubly_robust_of_alike_units_is_lincoln_petersen() {
    let (features, units) = lists(4000, 0.0, &mut ChaCha8Rng::seed_from_u64(2));
    let robust = doubly_robust(&features, &units, 0.95).unwrap();
    let count = |list: usize| units.iter().filter(|u| u.on[list]).count() as u64;
    let petersen = lincoln_petersen(count(0), count(1), robust.both as u64, 0.95).unwrap();
    close(robust.size.value, petersen.value, 0.02);
    close(robust.size.variance.sqrt(), petersen.variance.sqrt(), 0.15);
    // Weights count units: everybody twice is twice as many.
    let twice: Vec<Listed> = units.iter().map(|u| Listed { weight: 2.0, ..*u }).collect();
    let double = doubly_robust(&features, &twice, 0.95).unwrap();
    close(double.size.value, 2.0 * robust.size.value, 1e-9);
    assert!(double.size.variance > 4.0 * robust.size.variance);
}

#[test]
fn doubly_robust_refusals() {
    let features = |n: usize| Features::standardised(vec![(0..n).map(|i| i as f64).collect()]).unwrap();
    let unit = |a, b| Listed { on: [a, b], weight: 1.0 };
    let few: Vec<Listed> = (0..30).map(|i| unit(i % 2 == 0, i % 2 == 1)).collect();
    assert!(doubly_robust(&features(30), &few, 0.95).is_err(), "no overlap");
    assert!(doubly_robust(&features(30), &[unit(true, true); 30], 0.95).is_err(), "nothing but overlap");
    assert!(doubly_robust(&features(3), &few, 0.95).is_err(), "rows do not match");
    let mixed: Vec<Listed> = (0..60).map(|i| unit(i % 3 != 1, i % 3 != 0)).collect();
    assert!(doubly_robust(&features(60), &mixed, 0.95).is_ok());
    let unlisted: Vec<Listed> = mixed.iter().map(|u| if u.on[0] { *u } else { unit(false, false) }).collect();
    assert!(doubly_robust(&features(60), &unlisted, 0.95).is_err());
}

#[test]
fn a_range_over_the_odds_ratio() {
    let one = lincoln_petersen(135, 122, 49, 0.95).unwrap();
    let range = dependence::range(&one, 1.0, 3.0, 5, 0.95).unwrap();
    assert_eq!(range.low, one);
    close(range.high.value - one.seen, 3.0 * (one.value - one.seen), 1e-12);
    assert_eq!(range.curve.len(), 5);
    assert!(range.curve.windows(2).all(|w| w[0].size.value < w[1].size.value));
    // Truth with odds ratio 3: cells 10, 20, 30 and 3·20·30/10.
    let known = lincoln_petersen(30, 40, 10, 0.95).unwrap();
    close(dependence::at(&known, 3.0, 0.95).unwrap().value, 60.0 + 180.0, 1e-12);
    assert!(dependence::range(&one, 3.0, 1.0, 5, 0.95).is_err());
    assert!(dependence::at(&one, 0.0, 0.95).is_err());
}

#[test]
fn split_seeds_bound_the_coverage_from_above() {
    let split = split_coverage(90, 80, 60, 0.95).unwrap();
    close(split.at_most, 110.0 / split.at_least.value, 1e-12);
    assert!(split.low <= split.at_most && split.at_most <= split.high && split.high <= 1.0);
}

#[test]
fn scale_up_finds_the_size_and_its_error() {
    // 5,000 ordinary accounts follow members alike; 200 of 800 members are known.
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let (runs, mut covered, mut mean) = (400, 0, 0.0);
    for _ in 0..runs {
        let accounts: Vec<Ties> = (0..300)
            .map(|_| {
                let follows = random.random_range(0..8);
                let known = (0..follows).filter(|_| random.random_bool(0.25)).count();
                Ties { known: known as f64, all: f64::from(follows), weight: 1.0 + random.random::<f64>() }
            })
            .collect();
        let size = scale_up(&accounts, 200, 0.95).unwrap();
        covered += i32::from(size.low <= 800.0 && 800.0 <= size.high);
        mean += size.value / f64::from(runs);
    }
    close(mean, 800.0, 0.02);
    assert!((366..=394).contains(&covered), "{covered} of {runs}");
    let ties = |known, all| Ties { known, all, weight: 1.0 };
    assert!(scale_up(&[ties(0.0, 3.0), ties(0.0, 1.0)], 5, 0.95).is_err());
    assert!(scale_up(&[ties(2.0, 1.0), ties(1.0, 1.0)], 5, 0.95).is_err());
    let all_known = scale_up(&[ties(2.0, 2.0), ties(1.0, 1.0)], 5, 0.95).unwrap();
    assert_eq!((all_known.value, all_known.low, all_known.high), (5.0, 5.0, 5.0));
}

#[test]
fn quantifiers() {
    // Members score 0.8 or 0.6, others 0.1 or 0.3; a quarter of the population are members.
    let label = |score, member| Scored { score, member, weight: 2.0 };
    let labelled = [label(0.8, true), label(0.6, true), label(0.1, false), label(0.3, false)];
    let population = [0.8, 0.6, 0.1, 0.3, 0.1, 0.3, 0.1, 0.3];
    let p = pacc(&labelled, &population, 0.95).unwrap();
    close(p.value, 0.25, 1e-12);
    // V̂(t) = 2·(0.1² + 0.1²)/4 = 0.01 for both classes
    close(p.high, 0.25 + 1.959_964 * (0.01f64 * (0.0625 + 0.5625)).sqrt() / 0.5, 1e-6);
    let alike = [label(0.4, true), label(0.4, false)];
    assert!(matches!(pacc(&alike, &population, 0.95), Err(Error::Argument(_))), "tpr equals fpr");
    assert!(pacc(&labelled[..2], &population, 0.95).is_err());

    let scores: Vec<f64> = (1..=200).map(|i| 1.0 / (1.0 + (-(f64::from(i).sin() * 2.0 - 1.0)).exp())).collect();
    let e = emq(&scores, 0.3, 0.95).unwrap();
    close(e.value, reference("emq"), 1e-5);
    assert!(e.low < e.value && e.value < e.high);
    assert!(emq(&scores, 0.0, 0.95).is_err() && emq(&[], 0.5, 0.95).is_err() && emq(&[f64::NAN], 0.5, 0.95).is_err());
    // Scores that say nothing leave everything open.
    let blank = emq(&[0.3; 20], 0.3, 0.95).unwrap();
    assert_eq!((blank.low, blank.high), (0.0, 1.0));
    assert!(emq(&[0.0, 0.0], 0.5, 0.95).unwrap().value < 1e-6 && emq(&[1.0], 0.5, 0.95).unwrap().value > 1.0 - 1e-6);
}
