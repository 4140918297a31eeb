//! Open populations against published estimates and an independent likelihood.
#![allow(clippy::unwrap_used, missing_docs)]

use netcensus_stats::open::{
    Captures, Correction, Estimate, History, Model, Over, Population, Survival, jolly_seber, population, survival,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// European dippers: Marzolin 1988 in Lebreton et al. 1992; 294 birds, 7 years.
fn dippers() -> Captures {
    let again: [&[u64]; 6] = [&[11, 2], &[24, 1], &[34, 2], &[45, 1, 2], &[51], &[52]];
    captures(&[22, 49, 52, 45, 41, 46, 39], &[22, 60, 78, 80, 88, 98, 93], &again)
}

/// Black-kneed capsids: Jolly 1965, table 2; 13 samples, some lost on capture.
fn capsids() -> Captures {
    let again: [&[u64]; 12] = [
        &[10, 3, 5, 2, 2, 1, 0, 0, 0, 1, 0, 0],
        &[34, 18, 8, 4, 6, 4, 2, 0, 2, 1, 1],
        &[33, 13, 8, 5, 0, 4, 1, 3, 3, 0],
        &[30, 20, 10, 3, 2, 2, 1, 1, 2],
        &[43, 34, 14, 11, 3, 0, 1, 3],
        &[56, 19, 12, 5, 4, 2, 3],
        &[46, 28, 17, 8, 7, 2],
        &[51, 22, 12, 4, 10],
        &[34, 16, 11, 9],
        &[30, 16, 12],
        &[26, 18],
        &[35],
    ];
    captures(
        &[54, 136, 132, 153, 167, 132, 138, 90, 62, 43, 46, 48, 47],
        &[54, 143, 164, 202, 214, 207, 243, 175, 169, 126, 120, 120, 0],
        &again,
    )
}

fn captures(first: &[u64], released: &[u64], again: &[&[u64]]) -> Captures {
    let k = first.len();
    let mut array = vec![vec![0; k]; k];
    for (i, row) in again.iter().enumerate() {
        array[i][i + 1..i + 1 + row.len()].copy_from_slice(row);
    }
    Captures::from_counts(first.to_vec(), released.to_vec(), array).unwrap()
}

fn model(survival: Over, detection: Over) -> Model {
    Model { survival, detection }
}

fn values(estimates: &[Estimate]) -> Vec<f64> {
    estimates.iter().map(|e| e.value).collect()
}

fn errors(estimates: &[Estimate]) -> Vec<f64> {
    estimates.iter().map(|e| e.se.unwrap()).collect()
}

#[track_caller]
fn same(ours: &[f64], theirs: &[f64], within: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= within, "{ours:?}\n{theirs:?}");
    }
}

fn dipper_survival(phi: Over, p: Over) -> Survival {
    survival(&dippers(), model(phi, p), 0.95).unwrap()
}

/// Program MARK's printed results, which round to those of Lebreton et al. 1992: 0.560 (0.025) and 0.903 (0.029).
#[test]
fn dippers_with_constant_rates() {
    let s = dipper_survival(Over::Constant, Over::Constant);
    let (phi, p) = (s.survival[0], s.detection[0]);
    same(&[phi.value, phi.se.unwrap()], &[0.5602430, 0.0251330], 1e-6);
    same(&[p.value, p.se.unwrap()], &[0.9025835, 0.0285857], 1e-6);
    let (low, high) = phi.limits.unwrap();
    same(&[low, high], &[0.5105493, 0.6087577], 1e-5);
    let (low, high) = p.limits.unwrap();
    same(&[low, high], &[0.8304826, 0.9460113], 1e-5);
    same(&[-2.0 * s.log_likelihood, s.aicc.unwrap()], &[666.8377, 670.8660], 1e-4);
    assert_eq!((s.parameters, s.last_product), (2, None));
}

/// Program MARK's printed results of φ(t)p(t), and of the models between.
#[test]
fn dippers_over_time() {
    let s = dipper_survival(Over::Time, Over::Time);
    same(&values(&s.survival), &[0.7181821, 0.4346706, 0.4781705, 0.6261176, 0.5985334], 2e-6);
    same(&errors(&s.survival), &[0.1555467, 0.0688290, 0.0597091, 0.0592655, 0.0560517], 2e-6);
    same(&values(&s.detection), &[0.6962020, 0.9230770, 0.9130434, 0.9007893, 0.9324138], 2e-6);
    same(&errors(&s.detection), &[0.1657633, 0.0728777, 0.0581758, 0.0538329, 0.0458025], 2e-6);
    let (low, high) = s.survival[0].limits.unwrap();
    same(&[low, high], &[0.3610418, 0.9199575], 1e-5);
    // 52 of the 98 let go in the last year but one were seen in the last: binomial.
    let product = s.last_product.unwrap();
    let share: f64 = 52.0 / 98.0;
    same(&[product.value, product.se.unwrap()], &[share, (share * (1.0 - share) / 98.0).sqrt()], 1e-6);
    assert_eq!((s.parameters, s.survival.len(), s.detection.len()), (11, 5, 5));

    let between = dipper_survival(Over::Time, Over::Constant);
    same(&values(&between.survival), &[0.6258351, 0.4541914, 0.4783772, 0.6244043, 0.6079444, 0.5832982], 2e-6);
    same(&[-2.0 * between.log_likelihood, between.aicc.unwrap()], &[659.7301, 673.9980], 1e-4);
    let other = dipper_survival(Over::Constant, Over::Time);
    same(&values(&other.detection), &[0.7850809, 0.8905191, 0.8750974, 0.9083167, 0.9405547, 0.9639315], 2e-5);
    same(&[-2.0 * other.log_likelihood, other.aicc.unwrap()], &[664.4802, 678.7481], 1e-4);
}

/// Jolly's estimates as Seber 2002 prints them (table 5.3).
#[test]
fn capsids_in_closed_form() {
    let waves = jolly_seber(&capsids(), Correction::None, 0.95).unwrap();
    let pick = |of: fn(&netcensus_stats::open::Wave) -> Option<Estimate>| -> Vec<f64> {
        waves.iter().filter_map(of).map(|e| e.value).collect()
    };
    let m = [35.02, 170.54, 258.0, 227.73, 324.99, 359.50, 319.33, 402.13, 316.45, 317.0, 277.71];
    same(&pick(|w| w.marked), &m, 0.02);
    // Jolly rounded as he went: m/n to four places.
    let n = [511.2, 779.1, 963.0, 945.3, 882.2, 802.5, 653.6, 628.8, 478.5, 506.4, 462.8];
    same(&pick(|w| w.size), &n, 0.2);
    let phi = [0.649, 1.015, 0.867, 0.564, 0.836, 0.790, 0.651, 0.985, 0.686, 0.884, 0.771];
    same(&pick(|w| w.survival), &phi, 6e-4);
    let b = [263.2, 291.8, 406.4, 96.9, 107.0, 135.7, -13.8, 49.0, 84.1, 74.5];
    same(&pick(|w| w.entries), &b, 0.5);
}

/// Seber's estimates with standard errors, as the documentation of R's FSA prints them for the same data.
#[test]
fn capsids_corrected() {
    let waves = jolly_seber(&capsids(), Correction::Seber, 0.95).unwrap();
    let pick = |of: fn(&netcensus_stats::open::Wave) -> Option<Estimate>| -> (Vec<f64>, Vec<f64>) {
        waves.iter().filter_map(of).map(|e| (e.value, e.se.unwrap())).unzip()
    };
    let (m, se) = pick(|w| w.marked);
    same(&m, &[34.9, 169.5, 256.2, 227.0, 323.7, 358.2, 318.3, 399.7, 314.3, 313.6, 273.7], 0.051);
    same(&se, &[4.8, 17.9, 27.1, 17.4, 23.8, 24.9, 20.4, 33.3, 27.6, 34.9, 36.2], 0.051);
    let (n, se) = pick(|w| w.size);
    same(&n, &[466.2, 758.1, 943.8, 928.8, 871.6, 795.7, 647.6, 623.0, 473.3, 498.6, 453.6], 0.051);
    same(&se, &[133.3, 125.6, 137.7, 120.2, 93.9, 72.0, 59.3, 60.1, 48.8, 63.0, 66.6], 0.051);
    let (phi, se) = pick(|w| w.survival);
    same(&phi, &[0.646, 1.009, 0.864, 0.564, 0.834, 0.790, 0.651, 0.981, 0.685, 0.880, 0.767], 5.1e-4);
    same(&se, &[0.110, 0.110, 0.107, 0.063, 0.074, 0.071, 0.057, 0.096, 0.081, 0.121, 0.128], 5.1e-4);
    let (b, se) = pick(|w| w.entries);
    same(&b, &[290.5, 293.0, 400.2, 101.5, 109.2, 134.4, -11.6, 48.5, 82.8, 73.3], 0.051);
    same(&se, &[164.3, 134.2, 118.1, 110.0, 74.0, 54.7, 52.4, 34.2, 39.1, 39.0], 0.051);
}

fn against(ours: &Population, of: &str) {
    let all: serde_json::Value = serde_json::from_str(include_str!("reference/open.json")).unwrap();
    let number = |name: &str, i: usize| all[of][name][i].as_f64().unwrap();
    let close = |a: f64, b: f64, within: f64| assert!((a / b - 1.0).abs() < within, "{of}: {a} and {b}");
    close(ours.super_population.value, number("super", 0), 1e-5);
    close(ours.super_population.se.unwrap(), number("super", 1), 1e-3);
    for t in 0..7 {
        close(ours.size[t].value, number("size", t), 1e-5);
        close(ours.size[t].se.unwrap(), number("size_se", t), 1e-3);
        close(ours.entered[t].value, number("entered", t), 1e-5);
        close(ours.entered[t].se.unwrap(), number("entered_se", t), 1e-3);
    }
}

#[test]
fn the_population_of_dippers() {
    let constant = population(&dippers(), model(Over::Constant, Over::Constant), 0.95).unwrap();
    against(&constant, "popan.phi.p.");
    let full = population(&dippers(), model(Over::Time, Over::Time), 0.95).unwrap();
    against(&full, "popan.phit.pt");
    // Where nothing lies on an edge, the maximum is Jolly's closed form.
    let waves = jolly_seber(&dippers(), Correction::None, 0.95).unwrap();
    for (t, wave) in waves.iter().enumerate().take(6).skip(1) {
        assert!((full.size[t].value / wave.size.unwrap().value - 1.0).abs() < 1e-6, "{t}");
    }
    for (t, wave) in waves.iter().enumerate().take(5).skip(1) {
        assert!((full.entered[t + 1].value / wave.entries.unwrap().value - 1.0).abs() < 1e-5, "{t}");
        assert!((full.survival[t].value / wave.survival.unwrap().value - 1.0).abs() < 1e-6, "{t}");
    }
}

/// Jolly's φ of the second sample is 1.015 and his B of the seventh −13.8: a model holds them at 1 and 0.
#[test]
fn capsids_on_the_edge() {
    let p = population(&capsids(), model(Over::Time, Over::Time), 0.95).unwrap();
    assert!(p.survival[1].value > 0.999 && p.survival[1].se.is_none(), "{:?}", p.survival[1]);
    assert!(p.entered[8].value < 0.5, "{:?}", p.entered[8]);
    assert!((p.size[9].value / 478.5 - 1.0).abs() < 0.01, "{:?}", p.size[9]);
    assert!(p.super_population.value > 1248.0);
    let s = survival(&capsids(), model(Over::Time, Over::Time), 0.95).unwrap();
    assert!(s.survival[1].value > 0.999 && s.survival[1].se.is_none());
    same(&values(&s.survival[3..6]), &[0.564, 0.836, 0.790], 6e-4);
}

#[test]
fn too_little_is_refused_or_said() {
    let seen = |text: &str| History { seen: text.chars().map(|c| c == '1').collect(), removed: false };
    let once = Captures::from_histories(&[seen("1000"), seen("0100")]).unwrap();
    let all = model(Over::Time, Over::Time);
    assert!(survival(&once, all, 0.95).is_err() && population(&once, all, 0.95).is_err());
    let waves = jolly_seber(&once, Correction::Seber, 0.95).unwrap();
    assert!(waves.iter().all(|w| w.size.is_none_or(|n| n.value.is_finite())));
    assert!(survival(&dippers(), all, 1.0).is_err());

    // Everybody stays and is always seen.
    let always = Captures::from_histories(&vec![seen("1111"); 20]).unwrap();
    for phi in [Over::Constant, Over::Time] {
        for p in [Over::Constant, Over::Time] {
            let s = survival(&always, model(phi, p), 0.95).unwrap();
            assert!(s.survival.iter().chain(&s.detection).all(|e| e.value > 0.999 && e.se.is_none()), "{s:?}");
            let n = population(&always, model(phi, p), 0.95).unwrap();
            assert!((n.super_population.value - 20.0).abs() < 0.01, "{n:?}");
            assert!(n.size.iter().all(|n| (n.value - 20.0).abs() < 0.1 && n.se.is_none_or(f64::is_finite)), "{n:?}");
        }
    }
    // Nobody at a wave in the middle, nobody after it.
    let gap = Captures::from_histories(&[seen("1010"), seen("1010"), seen("1000"), seen("1010")]).unwrap();
    let s = survival(&gap, all, 0.95).unwrap();
    assert!(s.survival.iter().chain(&s.detection).all(|e| (0.0..=1.0).contains(&e.value)), "{s:?}");
    let n = population(&gap, all, 0.95).unwrap();
    assert!(n.size.iter().all(|n| n.value.is_finite() && n.value >= 0.0), "{n:?}");
}

/// 150 populations whose truth is known: 95 % intervals of φ, p and the super-population.
#[test]
fn intervals_hold_the_truth() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let (runs, waves, stay, see) = (150, 6, 0.75, 0.4);
    let mut held = [0u32; 3];
    for _ in 0..runs {
        let histories: Vec<History> = (0..400)
            .map(|i| {
                let mut seen = vec![false; waves];
                let mut there = true;
                for (t, seen) in seen.iter_mut().enumerate().skip(if i < 150 { 0 } else { 1 + i % (waves - 1) }) {
                    *seen = there && random.random_bool(see);
                    there = there && random.random_bool(stay);
                    let _ = t;
                }
                History { seen, removed: false }
            })
            .collect();
        let captures = Captures::from_histories(&histories).unwrap();
        let p = population(&captures, model(Over::Constant, Over::Constant), 0.95).unwrap();
        let holds = |e: Estimate, truth: f64| u32::from(e.limits.is_some_and(|(l, u)| l <= truth && truth <= u));
        held[0] += holds(p.survival[0], stay);
        held[1] += holds(p.detection[0], see);
        held[2] += holds(p.super_population, 400.0);
    }
    // Monte-Carlo error 1.8 points; three of them below.
    assert!(held.iter().all(|h| f64::from(*h) / f64::from(runs) >= 0.896), "{held:?} of {runs}");
}
