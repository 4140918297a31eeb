#![allow(clippy::unwrap_used)]
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::design::{mixed_probabilities, pivotal};
use crate::interval::normal_quantile;
use crate::total::{Batch, Unit};

fn census(members: &[bool]) -> Vec<Batch> {
    let unit = |&m: &bool| Unit { score: 0.5, probability: 1.0, label: Some(f64::from(u8::from(m))) };
    vec![Batch { weight: 1.0, units: members.iter().map(unit).collect() }]
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9 * (1.0 + b.abs())
}

fn figure(members: &Members<'_>, x: &[Option<f64>], measure: Measure) -> Option<Ratio> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    Some(members.concentration(x, &[measure], 0.95, 199, &mut random).unwrap()[0]?.figure)
}

fn value(members: &Members<'_>, x: &[Option<f64>], measure: Measure) -> f64 {
    figure(members, x, measure).unwrap().value
}

/// By hand: of 1, 2, 3, 4, 10 together 20, half is the 10 alone; 80 % is 10 + 4 and 2 of the 3.
#[test]
fn a_core_by_hand() {
    let batches = census(&[true, true, true, true, true, false]);
    let members = Members::new(&batches).unwrap();
    let x: Vec<Option<f64>> = [3.0, 1.0, 10.0, 4.0, 2.0, 1000.0].map(Some).to_vec();
    let half = figure(&members, &x, Measure::Core(0.5)).unwrap();
    assert_eq!((half.value, half.low, half.high, half.labels), (1.0, 1.0, 1.0, 5), "everyone is labelled");
    assert_eq!(members.ends_at(&x, Measure::Core(0.5)).unwrap(), Some(10.0));
    assert_eq!(members.ends_at(&x, Measure::Core(0.8)).unwrap(), Some(3.0));
    assert!(near(value(&members, &x, Measure::Core(0.25)), 0.5));
    assert!(near(value(&members, &x, Measure::Core(0.8)), 2.0 + 2.0 / 3.0));
    for (part, share) in [(0.2, 0.5), (0.4, 0.7), (0.3, 0.6)] {
        assert!(near(value(&members, &x, Measure::Top(part)), share));
    }
    // Σ|xᵢ − xⱼ| / (2n²x̄) = 2·(1+2+3+9+1+2+8+1+7+6)/(2·25·4) = 0.4
    assert!(near(value(&members, &x, Measure::Gini), 0.4));
    assert!(near(members.sum(&x, 0.95).unwrap().value, 20.0));
}

/// Closed forms: Pareto of shape a has Gini 1/(2a − 1), and its top p holds p^(1 − 1/a).
#[test]
fn closed_forms() {
    let (n, a) = (200_000_usize, 3.0_f64);
    let x: Vec<Option<f64>> = (0..n).map(|i| Some(((i as f64 + 0.5) / n as f64).powf(-1.0 / a))).collect();
    let batches = census(&vec![true; n]);
    let members = Members::new(&batches).unwrap();
    assert!((value(&members, &x, Measure::Gini) - 0.2).abs() < 2e-4);
    for p in [0.01, 0.1, 0.5_f64] {
        let top = value(&members, &x, Measure::Top(p));
        assert!((top - p.powf(1.0 - 1.0 / a)).abs() < 5e-4, "{p} {top}");
        // The core that holds L(p) is the top p.
        let core = value(&members, &x, Measure::Core(top));
        assert!((core - p * n as f64).abs() < 1.0, "{core}");
    }
}

#[test]
fn ties_and_zeros() {
    let batches = census(&[true; 10]);
    let members = Members::new(&batches).unwrap();
    let same = vec![Some(7.0); 10];
    assert!(near(value(&members, &same, Measure::Core(0.5)), 5.0));
    assert!(near(value(&members, &same, Measure::Top(0.3)), 0.3));
    assert!(near(value(&members, &same, Measure::Gini), 0.0));
    let none = vec![Some(0.0); 10];
    assert!(figure(&members, &none, Measure::Core(0.5)).is_none() && figure(&members, &none, Measure::Gini).is_none());
    let one: Vec<Option<f64>> = (0..10).map(|i| Some(f64::from(u8::from(i == 3)))).collect();
    assert!(near(value(&members, &one, Measure::Gini), 0.9));
    assert!(near(value(&members, &one, Measure::Core(0.9)), 0.9));
}

#[test]
fn refusals() {
    let batches = census(&[true; 3]);
    let members = Members::new(&batches).unwrap();
    let x = [Some(1.0), None, Some(2.0)];
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut refused =
        |x: &[Option<f64>], measure| members.concentration(x, &[measure], 0.95, 199, &mut random).is_err();
    assert!(refused(&x, Measure::Core(0.0)) && refused(&x, Measure::Top(1.0)));
    assert!(refused(&x[..1], Measure::Gini) && refused(&[Some(-1.0), None, None], Measure::Gini));
    assert!(members.concentration(&x, &[Measure::Gini], 0.95, 100, &mut random).is_err());
    assert!(members.sum(&[Some(f64::NAN), None, None], 0.95).is_err());
    assert!(members.part(&[1.0], &x, (0.0, 1.0), 0.95).is_err());
    assert_eq!(members.part(&[0.0; 3], &[None, Some(0.0), None], (0.0, 1.0), 0.95).unwrap(), None);
}

/// A population whose members post log-normally, a core of one in twenty of them ten times as much; others post, too. The score
/// of a unit, whether it is a member, and how much it posts; `knows` tells whether the score has seen how much.
fn population(units: usize, knows: bool, random: &mut ChaCha8Rng) -> Vec<(f64, bool, f64)> {
    let density = |x: f64| (-((x.ln() - 6.0) / 1.2).powi(2) / 2.0).exp();
    let unit = |_| {
        let f: f64 = random.random::<f64>().powi(3);
        let y = random.random_bool(f);
        let core = y && random.random_bool(0.05);
        let activity = normal_quantile(random.random_range(1e-9..1.0));
        let x = (6.0 + 1.2 * activity).exp() * if core { 10.0 } else { 1.0 };
        let member = f * (0.95 * density(x) + 0.05 * density(x / 10.0));
        let score = if knows { member / (member + (1.0 - f) * density(x)) } else { f };
        (score.clamp(0.01, 0.99), y, x.floor())
    };
    (0..units).map(unit).collect()
}

/// How often 95 % intervals held the truth in so many samples of 600 from 6,000: cores, parts, Gini.
fn held(knows: bool, runs: usize) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let population = population(6000, knows, &mut random);
    let x: Vec<Option<f64>> = population.iter().map(|u| Some(u.2)).collect();
    let known = census(&population.iter().map(|u| u.1).collect::<Vec<bool>>());
    let everyone = Members::new(&known).unwrap();
    let measures = [0.5, 0.8, 0.9].map(Measure::Core).into_iter();
    let measures: Vec<Measure> = measures.chain([0.01, 0.1, 0.5].map(Measure::Top)).chain([Measure::Gini]).collect();
    let figures = |m: &Members<'_>, random: &mut ChaCha8Rng| -> Vec<Ratio> {
        m.concentration(&x, &measures, 0.95, 399, random)
            .unwrap()
            .into_iter()
            .map(|found| found.unwrap().figure)
            .collect()
    };
    let truth: Vec<f64> = figures(&everyone, &mut random).iter().map(|r| r.value).collect();
    let z: Vec<f64> = population.iter().map(|u| (u.0 * (1.0 - u.0)).sqrt()).collect();
    let p = mixed_probabilities(&z, 600, 0.5).unwrap();
    let mut held = vec![0.0; truth.len()];
    for _ in 0..runs {
        let mut units: Vec<Unit> =
            population.iter().zip(&p).map(|(u, &probability)| Unit { score: u.0, probability, label: None }).collect();
        for i in pivotal(&p, &mut random) {
            units[i].label = Some(f64::from(u8::from(population[i].1)));
        }
        let batches = [Batch { weight: 1.0, units }];
        let members = Members::new(&batches).unwrap();
        for ((found, truth), held) in figures(&members, &mut random).iter().zip(&truth).zip(&mut held) {
            *held += f64::from(u8::from((found.low..=found.high).contains(truth))) / runs as f64;
        }
    }
    held
}

/// Where scores have seen how much an account posts, as the census' own have. In 300 runs 96 to 98 % held (Monte-Carlo error 1.3
/// points); here are as many as a test has time for (2.2 points).
#[test]
fn intervals_hold_the_truth() {
    assert!(held(true, 100).into_iter().all(|held| held >= 0.9));
}

/// Where they have not, most of the core is a surprise, and the intervals of cores are somewhat too narrow: in 800 runs they
/// held the truth in 94 % (half), 91 % and 91 %, those of parts and Gini in 96 to 98 %. Intervals that take the error from the draws
/// alone held it here in 60 to 90 % (1,000 runs).
#[test]
fn scores_blind_for_activity_cost_some_coverage() {
    assert!(held(false, 100).into_iter().all(|held| held >= 0.85));
}
