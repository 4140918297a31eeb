//! Survival against R's `survival` and Python's `lifelines` (reference/survival.R, survival.py), and where the truth is known.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use netcensus_stats::survival::{
    Between, Spell, aalen_johansen, cox, ever_lived, ever_lived_smooth, log_rank, product_limit, smooth, turnbull,
};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The rows of a file of numbers with names.
fn rows(file: &str) -> Vec<Vec<f64>> {
    file.lines().skip(1).map(|row| row.split(',').map(|v| v.parse().unwrap()).collect()).collect()
}

/// The values of each name.
fn values(file: &str) -> BTreeMap<String, Vec<f64>> {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in file.lines().skip(1) {
        let (name, value) = row.split_once(',').unwrap();
        values.entry(name.to_owned()).or_default().push(value.parse().unwrap_or(f64::NAN));
    }
    values
}

/// Equal to 1e-6 of the other's number.
fn near(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= 1e-6 * b.abs().max(1e-3), "{what}: {ours:?}, theirs {theirs:?}");
    }
}

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} {b}");
}

/// 400 units with delayed entry, many ending on one day: reference/survival.R.
struct Data {
    spells: Vec<Spell>,
    right: Vec<Spell>,
    cause: Vec<usize>,
    group: Vec<usize>,
    cluster: Vec<usize>,
    x: Vec<Vec<f64>>,
}

impl Data {
    fn read() -> Self {
        let all = rows(include_str!("reference/survival.csv"));
        let spell = |entry: f64, r: &[f64]| Spell { entry, exit: r[1], ended: r[2] == 1.0 };
        let whole = |k: usize| all.iter().map(|r| r[k] as usize).collect::<Vec<usize>>();
        Self {
            spells: all.iter().map(|r| spell(r[0], r)).collect(),
            right: all.iter().map(|r| spell(0.0, r)).collect(),
            cause: whole(3).into_iter().map(|c| c.saturating_sub(1)).collect(),
            group: whole(4),
            cluster: whole(5),
            x: all.iter().map(|r| vec![r[6], r[7]]).collect(),
        }
    }
}

fn r() -> BTreeMap<String, Vec<f64>> {
    values(include_str!("reference/survival_values.csv"))
}

fn lifelines() -> BTreeMap<String, Vec<f64>> {
    values(include_str!("reference/survival_lifelines.csv"))
}

/// Units that are checked every one to four days: reference/survival.R.
fn checked() -> Vec<Between> {
    include_str!("reference/survival_between.csv")
        .lines()
        .skip(1)
        .map(|row| row.split_once(',').unwrap())
        .map(|(low, high)| (low.parse().unwrap(), high.parse().unwrap_or(f64::INFINITY)))
        .map(|(low, high)| Between { entry: 0.0, low, high })
        .collect()
}

#[test]
fn curves_equal_survfit_and_lifelines() {
    let data = Data::read();
    let curve = product_limit(&data.spells).unwrap();
    let theirs = rows(include_str!("reference/survival_curve.csv"));
    assert_eq!(curve.steps.len(), theirs.len());
    for (step, row) in curve.steps.iter().zip(&theirs) {
        let (low, high) = curve.limits(step.age, 0.95).unwrap();
        assert_eq!((step.age, step.at_risk as f64, step.ended as f64), (row[0], row[1], row[2]));
        let ours = [step.survival, step.variance.sqrt(), low, high, step.hazard, step.hazard_variance.sqrt()];
        near("a step", &ours, &row[3..9]);
    }
    let r = r();
    for (name, q) in [("quantile 25", 0.25), ("quantile 50", 0.5), ("quantile 75", 0.75)] {
        let (value, low, high) = curve.quantile(q, 0.95).unwrap();
        for (ours, theirs) in [value, low, high].into_iter().zip(&r[name]) {
            // Where the curve does not come down so far R has no number.
            assert_eq!(ours.is_none(), theirs.is_nan());
            ours.into_iter().for_each(|age| near(name, &[age], &[*theirs]));
        }
    }
    let lifelines = lifelines();
    let ages = [1.0, 3.0, 7.0, 14.0, 30.0, 45.0];
    near("lifelines", &ages.map(|age| curve.at(age)), &lifelines["curve"]);
    let hazard = |age: f64| curve.steps.iter().take_while(|s| s.age <= age).last().map_or(0.0, |s| s.hazard);
    near("lifelines", &ages.map(hazard), &lifelines["hazard"]);
    near("lifelines", &[curve.quantile(0.5, 0.95).unwrap().0.unwrap()], &lifelines["median"]);
}

#[test]
fn competing_ends_equal_survfit() {
    let data = Data::read();
    let file = include_str!("reference/survival_ends.csv");
    for (clusters, errors) in [(None, 5..8), (Some(data.cluster.as_slice()), 8..11)] {
        let ends = aalen_johansen(&data.spells, &data.cause, 3, clusters).unwrap();
        // R also lists ages at which nobody ends.
        for row in rows(file) {
            let Some(at) = ends.ages.iter().position(|age| *age == row[0]) else { continue };
            let chances = &ends.chances[at];
            near("none", &[ends.survival[at]], &row[1..2]);
            near("chances", &[0, 1, 2].map(|k| chances[k].value), &row[2..5]);
            near("errors", &[0, 1, 2].map(|k| chances[k].standard_error), &row[errors.clone()]);
            close(ends.survival[at] + chances.iter().map(|c| c.value).sum::<f64>(), 1.0, 1e-12);
            let (low, high) = chances[0].limits(0.95).unwrap();
            assert!(0.0 <= low && low <= chances[0].value && chances[0].value <= high && high <= 1.0);
        }
        assert_eq!(ends.at(ends.ages[0] - 0.5), None);
    }
}

#[test]
fn groups_compare_as_survdiff_does() {
    let (data, r) = (Data::read(), r());
    for (name, rho) in [("log-rank 0", 0.0), ("log-rank 1", 1.0)] {
        let test = log_rank(&data.right, &data.group, 3, rho).unwrap();
        let ours: Vec<f64> = test.observed.iter().chain(&test.expected).copied().chain([test.chi_squared]).collect();
        near(name, &ours, &r[name]);
        assert_eq!(test.degrees, 2);
        if rho == 0.0 {
            near("lifelines", &[test.chi_squared], &lifelines()["log-rank"]);
        }
    }
    let apart = |(i, s): (usize, &Spell)| Spell { exit: s.exit + (i + 1) as f64 / 1000.0, ..*s };
    let apart: Vec<Spell> = data.spells.iter().enumerate().map(apart).collect();
    let delayed = log_rank(&apart, &data.group, 3, 0.0).unwrap();
    near("delayed entry", &[delayed.chi_squared], &r["log-rank delayed"]);
    // A group that nobody is in does not count.
    let with_empty = log_rank(&apart, &data.group, 5, 0.0).unwrap();
    assert_eq!((with_empty.degrees, with_empty.p), (delayed.degrees, delayed.p));
}

#[test]
fn cox_equals_coxph_and_lifelines() {
    let (data, r, lifelines) = (Data::read(), r(), lifelines());
    let fit = cox(&data.spells, &data.x, Some(&data.cluster)).unwrap();
    let each =
        |of: fn(&netcensus_stats::survival::Coefficient) -> f64| fit.coefficients.iter().map(of).collect::<Vec<f64>>();
    near("coefficients", &each(|c| c.value), &r["cox coefficients"]);
    near("errors", &each(|c| c.standard_error), &r["cox errors"]);
    near("robust errors", &each(|c| c.robust_error), &r["cox robust"]);
    near("likelihoods", &fit.log_likelihood, &r["cox likelihoods"]);
    near("score test", &[fit.score_test.0], &r["cox score"]);
    near("concordance", &[fit.concordance], &r["cox concordance"]);
    near("lifelines", &each(|c| c.value), &lifelines["cox coefficients"]);
    near("lifelines", &each(|c| c.standard_error), &lifelines["cox errors"]);
    let alone = cox(&data.spells, &data.x, None).unwrap();
    near(
        "robust errors",
        &alone.coefficients.iter().map(|c| c.robust_error).collect::<Vec<_>>(),
        &r["cox robust alone"],
    );
    let right = cox(&data.right, &data.x, None).unwrap();
    near("coefficients", &right.coefficients.iter().map(|c| c.value).collect::<Vec<_>>(), &r["cox right coefficients"]);
    near("errors", &right.coefficients.iter().map(|c| c.standard_error).collect::<Vec<_>>(), &r["cox right errors"]);
    let (ratio, low, high) = fit.coefficients[0].hazard_ratio(0.95).unwrap();
    assert!(low < ratio && ratio < high && fit.coefficients[0].p() < 0.05);
}

#[test]
fn ends_between_checks_equal_survfit() {
    let curve = turnbull(&checked()).unwrap();
    for row in rows(include_str!("reference/survival_turnbull.csv")) {
        let (least, most) = curve.bounds(row[0]);
        // Within a part R puts the fall in its middle.
        assert!(least - 1e-6 <= row[1] && row[1] <= most + 1e-6, "{row:?} {least} {most}");
        if most - least < 1e-9 {
            near("survfit", &[curve.at(row[0])], &row[1..2]);
        }
    }
}

#[test]
fn an_earlier_curve_equals_survfit() {
    let number = |s: &str| s.parse::<f64>().unwrap();
    let rows = |text: &'static str| text.lines().skip(1).map(|l| l.split(',').map(number).collect::<Vec<f64>>());
    let spells: Vec<Spell> = rows(include_str!("reference/spells.csv"))
        .map(|r| Spell { entry: r[0], exit: r[1], ended: r[2] == 1.0 })
        .collect();
    let curve = product_limit(&spells).unwrap();
    let theirs: Vec<Vec<f64>> = rows(include_str!("reference/survfit.csv")).collect();
    assert_eq!(curve.steps.len(), theirs.len());
    for (step, row) in curve.steps.iter().zip(theirs) {
        assert_eq!((step.age, step.at_risk as f64, step.ended as f64), (row[0], row[1], row[2]));
        close(step.survival, row[3], 1e-12);
        close(step.variance.sqrt(), row[4], 1e-12);
    }
    assert_eq!((curve.at(0.0), curve.at(6.2)), (1.0, curve.steps[0].survival));
}

#[test]
fn those_who_died_unseen_are_counted() {
    // Lives exponential with mean 10, found after a wait uniform on 0 to 15 if they live to see it.
    let mut random = ChaCha8Rng::seed_from_u64(21);
    let (born, runs, mut covered, mut mean) = (600, 200, 0, 0.0);
    for _ in 0..runs {
        let (mut spells, mut ages) = (Vec::new(), Vec::new());
        for _ in 0..born {
            let (life, found) = (-10.0 * (1.0 - random.random::<f64>()).ln(), 15.0 * random.random::<f64>());
            if life > found {
                ages.push(found);
                spells.push(Spell { entry: found, exit: life, ended: true });
            }
        }
        // A birth cohort besides, so that the young are watched from the start.
        for _ in 0..300 {
            let life = -10.0 * (1.0 - random.random::<f64>()).ln();
            spells.push(Spell { entry: 0.0, exit: life.max(1e-9), ended: true });
        }
        let ever = ever_lived(&product_limit(&spells).unwrap(), &ages, 0.05, 0.95).unwrap();
        assert_eq!(ever.truncated, 0);
        covered += i32::from(ever.size.low <= f64::from(born) && f64::from(born) <= ever.size.high);
        mean += ever.size.value / f64::from(runs);
    }
    close(mean, f64::from(born), 0.02);
    assert!(covered >= 182, "{covered} of {runs}");
}

#[test]
fn lifetimes_at_the_edges() {
    assert!(product_limit(&[]).is_err());
    assert!(product_limit(&[Spell { entry: 2.0, exit: 2.0, ended: true }]).is_err());
    let curve = product_limit(&[Spell { entry: 0.0, exit: 2.0, ended: true }]).unwrap();
    assert_eq!((curve.at(1.9), curve.at(2.0), curve.steps[0].variance), (1.0, 0.0, 0.0));
    // Nobody survives to age 3 by this curve, so the weight is cut and said to be.
    let ever = ever_lived(&curve, &[1.0, 3.0], 0.1, 0.95).unwrap();
    assert_eq!((ever.size.value, ever.truncated), (11.0, 1));
    assert!(ever_lived(&curve, &[], 0.1, 0.95).is_err());
    assert!(ever_lived(&curve, &[1.0], 0.0, 0.95).is_err());
    let nobody_ended = product_limit(&[Spell { entry: 0.0, exit: 2.0, ended: false }]).unwrap();
    let all = ever_lived(&nobody_ended, &[1.0], 0.1, 0.95).unwrap();
    assert_eq!((all.size.value, all.size.high), (1.0, 1.0));
}

/// With exact ends and ages last seen, it is the product-limit curve; whatever the entries, as long as somebody is at risk.
#[test]
fn exact_ends_give_the_product_limit_curve() {
    let data = Data::read();
    let units: Vec<Between> = data
        .spells
        .iter()
        .map(|s| Between { entry: s.entry, low: s.exit, high: if s.ended { s.exit } else { f64::INFINITY } })
        .collect();
    let (ours, theirs) = (turnbull(&units).unwrap(), product_limit(&data.spells).unwrap());
    for step in &theirs.steps {
        assert!((ours.at(step.age) - step.survival).abs() < 1e-6, "{} {step:?}", ours.at(step.age));
    }
    let median = theirs.quantile(0.5, 0.95).unwrap().0.unwrap();
    assert_eq!(ours.quantile(0.5), Some(median));
}

/// By hand: of four that were seen from the start two end by 1, one by 2, one later; another found at 1 ends by 2; one found at
/// 1.5 is still there at 2 and says nothing, as all that is left by then is. l = 2 log p₁ + log p₂ + log p₃ + log p₂/(p₂+p₃).
#[test]
fn delayed_entry_between_checks_by_hand() {
    let unit = |entry: f64, low: f64, high: f64| Between { entry, low, high };
    let never = f64::INFINITY;
    let seen = [unit(0.0, 0.0, 1.0), unit(0.0, 0.0, 1.0), unit(0.0, 1.0, 2.0), unit(0.0, 2.0, never)];
    let found = [unit(1.0, 1.0, 2.0), unit(1.5, 2.0, never)];
    let curve = turnbull(&[&seen[..], &found[..]].concat()).unwrap();
    let expected = [(0.0, 1.0, 1.0 / 2.0), (1.0, 1.5, 1.0 / 3.0), (2.0, never, 1.0 / 6.0)];
    assert_eq!(curve.parts.len(), 3);
    for (part, (low, high, mass)) in curve.parts.iter().zip(expected) {
        // That all of (1, 2] falls by 1.5 costs the unit found then nothing.
        assert_eq!((part.low, part.high), (low, high));
        close(part.mass, mass, 1e-6);
    }
    let (least, most) = curve.bounds(0.5);
    close(least, 0.5, 1e-6);
    close(most, 1.0, 1e-6);
    close(curve.at(1.25), 1.0 / 3.0, 1e-6);
    assert_eq!(curve.quantile(0.9), None);
}

/// What is seen of a life that is found at `entry`, if it lasts so long, looked at then and daily for 90 days.
fn watch(life: f64, entry: f64) -> Option<Between> {
    let checks = (life - entry).floor().min(90.0);
    let low = entry + checks;
    (life > entry).then_some(Between { entry, low, high: if checks < 90.0 { low + 1.0 } else { f64::INFINITY } })
}

/// Through both: S(2) = 0.71, S(70) = 0.35. Shape and scale.
fn weibull() -> (f64, f64) {
    let shape = (0.35_f64.ln() / 0.71_f64.ln()).ln() / 35.0_f64.ln();
    (shape, 2.0 / (-(0.71_f64.ln())).powf(1.0 / shape))
}

/// Accounts of which a third are never seen: found six days after birth on average if they live so long, checked daily at an hour of
/// their own; 29 % live no longer than 2 days, 65 % no longer than 70.
fn takedowns(born: usize, random: &mut impl Rng) -> (Vec<Between>, Vec<f64>) {
    let (shape, scale) = weibull();
    let exponential = |random: &mut dyn FnMut() -> f64| -(1.0 - random()).ln();
    let mut lives = Vec::with_capacity(born);
    let mut units = Vec::new();
    for _ in 0..born {
        let mut draw = || random.random::<f64>();
        let life = scale * exponential(&mut draw).powf(1.0 / shape);
        let entry = 6.0 * exponential(&mut draw);
        lives.push(life);
        units.extend(watch(life, entry));
    }
    lives.sort_by(f64::total_cmp);
    (units, lives)
}

#[test]
fn lifetimes_with_a_third_gone_before_they_could_be_found() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let (units, lives) = takedowns(60_000, &mut random);
    assert!((0.62..0.67).contains(&(units.len() as f64 / lives.len() as f64)), "{}", units.len());
    let curve = smooth(&units, 0, None).unwrap();
    let (median, gone) = (curve.quantile(0.5, 0.95).unwrap().0, 1.0 - curve.at(2.0));
    let (true_median, true_gone) = (lives[30_000], lives.partition_point(|l| *l <= 2.0) as f64 / 60_000.0);
    // From birth on, as if every account had been watched from there: the naive way, wrong fourfold.
    let naive: Vec<Spell> = units
        .iter()
        .map(|u| Spell { entry: 0.0, exit: if u.high.is_finite() { u.high } else { u.low }, ended: u.high.is_finite() })
        .collect();
    let naive = product_limit(&naive).unwrap().quantile(0.5, 0.95).unwrap().0.unwrap();
    println!("median {median:.1} of {true_median:.1}, naive {naive:.1}; gone by day 2 {gone:.3} of {true_gone:.3}");
    assert!((median / true_median - 1.0).abs() < 0.1 && (gone / true_gone - 1.0).abs() < 0.1);
    assert!(naive > 3.0 * true_median);
}

#[test]
fn intervals_of_lifetimes_hold_the_truth() {
    let (runs, born) = (200, 1_500);
    let (mut held, mut mean) = ([0; 3], [0.0; 3]);
    let (shape, scale) = weibull();
    let true_median = scale * 2.0_f64.ln().powf(1.0 / shape);
    for run in 0..runs {
        let mut random = ChaCha8Rng::seed_from_u64(100 + run);
        let (units, _) = takedowns(born, &mut random);
        let curve = smooth(&units, 0, None).unwrap();
        let ages: Vec<f64> = units.iter().map(|u| u.entry).collect();
        let ever = ever_lived_smooth(&curve, &ages, 0.05, 0.95).unwrap().size;
        let (median, (low, high)) = (curve.quantile(0.5, 0.95).unwrap(), curve.limits(2.0, 0.95).unwrap());
        // The population's own median and share, not this draw of lives, are what the curve is of.
        let truths =
            [(ever.low, ever.high, born as f64), (median.1, median.2, true_median), (1.0 - high, 1.0 - low, 0.29)];
        for (k, (low, high, truth)) in truths.into_iter().enumerate() {
            held[k] += i32::from(low <= truth && truth <= high);
        }
        mean[0] += ever.value / born as f64 / runs as f64;
        mean[1] += median.0 / true_median / runs as f64;
        mean[2] += (1.0 - curve.at(2.0)) / 0.29 / runs as f64;
    }
    println!("ever lived, median, gone by day 2: held {held:?} of {runs}, over the truth {mean:.3?}");
    // 95 % of 200 runs, three of their binomial errors below.
    assert!(held.iter().all(|h| *h >= 181), "{held:?}");
    assert!(mean.iter().all(|m| (m - 1.0).abs() < 0.05), "{mean:?}");
}

/// Without knots within it is Weibull's curve: R's `survreg`, from ends between checks and from exact ends.
#[test]
fn a_curve_without_knots_equals_survreg() {
    let (data, r) = (Data::read(), r());
    let exact = |s: &Spell| Between { entry: 0.0, low: s.exit, high: if s.ended { s.exit } else { f64::INFINITY } };
    let exact: Vec<Between> = data.right.iter().map(exact).collect();
    for (name, units) in [("weibull between", checked()), ("weibull", exact)] {
        let curve = smooth(&units, 0, None).unwrap();
        // survreg: log T = intercept + scale·W, so log H = (log a − intercept)/scale.
        let ours = [-curve.gamma[0] / curve.gamma[1], 1.0 / curve.gamma[1], curve.log_likelihood];
        near(name, &ours, &r[name]);
        let (ages, median) = ([1.0, 7.0, 30.0], curve.quantile(0.5, 0.95).unwrap());
        let shares: Vec<f64> = ages.iter().map(|age| 1.0 - curve.at(*age)).collect();
        near(name, &shares, &r[&format!("{name} shares")]);
        assert!(median.1 < median.0 && median.0 < median.2);
        close(curve.at(median.0), 0.5, 1e-9);
    }
}

/// A spline bends where the lifetimes do: of short and long lives mixed, where Weibull's curve cannot follow.
#[test]
fn a_curve_with_knots_follows_mixed_lifetimes() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut life = || {
        let mean = if random.random_bool(0.4) { 3.0 } else { 150.0 };
        let (life, entry) = (-mean * (1.0 - random.random::<f64>()).ln(), -6.0 * (1.0 - random.random::<f64>()).ln());
        (life, entry)
    };
    let true_at = |age: f64| 0.4 * (-age / 3.0).exp() + 0.6 * (-age / 150.0).exp();
    let units: Vec<Between> = (0..6_000).map(|_| life()).filter_map(|(life, entry)| watch(life, entry)).collect();
    let curve = smooth(&units, 3, None).unwrap();
    for age in [1.0, 2.0, 5.0, 10.0, 30.0, 70.0] {
        let (low, high) = curve.limits(age, 0.999).unwrap();
        assert!(low < true_at(age) && true_at(age) < high, "{age}: {low} {} {high}", true_at(age));
        assert!((curve.at(age) / true_at(age) - 1.0).abs() < 0.1);
    }
    let straight = smooth(&units, 0, None).unwrap();
    assert!(curve.log_likelihood > straight.log_likelihood + 10.0);
    // Whole clusters move the errors, not the curve.
    let numbers: Vec<usize> = (0..units.len()).map(|i| i / 50).collect();
    let together = smooth(&units, 3, Some(&numbers)).unwrap();
    assert!(together.gamma == curve.gamma && together.covariance != curve.covariance);
    assert!(smooth(&units, 9, None).is_err() && smooth(&units[..20], 2, None).is_err());
    assert!(smooth(&[units[0]; 50], 1, None).is_err(), "all alike");
}

#[test]
fn what_cannot_be_told_is_refused() {
    let spell = |entry: f64, exit: f64, ended: bool| Spell { entry, exit, ended };
    let two = [spell(0.0, 1.0, true), spell(0.0, 2.0, true)];
    let rows = |x: &[f64]| x.iter().map(|x| vec![*x]).collect::<Vec<_>>();
    assert!(cox(&two, &rows(&[1.0, 1.0]), None).is_err(), "does not vary");
    assert!(cox(&two, &rows(&[1.0, 0.0]), None).is_err(), "parts them");
    assert!(cox(&two, &rows(&[1.0]), None).is_err() && cox(&two, &[vec![], vec![]], None).is_err());
    assert!(cox(&two, &rows(&[f64::NAN, 1.0]), None).is_err());
    assert!(cox(&two.map(|s| Spell { ended: false, ..s }), &rows(&[1.0, 2.0]), None).is_err(), "nobody ended");
    let twice: Vec<Vec<f64>> = (0..8).map(|i| vec![f64::from(i % 3), 2.0 * f64::from(i % 3)]).collect();
    let many: Vec<Spell> = (0..8).map(|i| spell(0.0, 1.0 + f64::from(i * 5 % 8), true)).collect();
    assert!(cox(&many, &twice, None).is_err(), "one follows from the other");
    assert!(log_rank(&two, &[0, 0], 2, 0.0).is_err() && log_rank(&two, &[0, 2], 2, 0.0).is_err());
    assert!(aalen_johansen(&two, &[0, 3], 2, None).is_err() && aalen_johansen(&two, &[0], 1, None).is_err());
    assert!(turnbull(&[]).is_err());
    for (entry, low, high) in
        [(2.0, 1.0, 3.0), (0.0, 2.0, 1.0), (1.0, 1.0, 1.0), (-1.0, 0.0, 1.0), (0.0, f64::NAN, 1.0)]
    {
        assert!(turnbull(&[Between { entry, low, high }]).is_err(), "{entry} {low} {high}");
    }
    let alone = turnbull(&[Between { entry: 0.0, low: 3.0, high: f64::INFINITY }]).unwrap();
    assert_eq!((alone.at(100.0), alone.quantile(0.5)), (1.0, None));
}

fn some_spells() -> impl Strategy<Value = Vec<Spell>> {
    let spell = (0_u8..20, 1_u8..20, any::<bool>());
    prop::collection::vec(spell, 1..60).prop_map(|all| {
        let spell = |(entry, more, ended): (u8, u8, bool)| {
            let entry = f64::from(entry) / 2.0;
            Spell { entry, exit: entry + f64::from(more) / 2.0, ended }
        };
        all.into_iter().map(spell).collect()
    })
}

proptest! {
    #[test]
    fn curves_fall_and_chances_add_up(spells in some_spells(), cause in prop::collection::vec(0_usize..3, 60)) {
        let curve = product_limit(&spells).unwrap();
        prop_assert!(curve.steps.windows(2).all(|w| w[1].survival <= w[0].survival && w[1].hazard >= w[0].hazard));
        let ends = aalen_johansen(&spells, &cause[..spells.len()], 3, None).unwrap();
        for (age, (row, none)) in ends.ages.iter().zip(ends.chances.iter().zip(&ends.survival)) {
            prop_assert!((none - curve.at(*age)).abs() < 1e-9);
            prop_assert!((row.iter().map(|c| c.value).sum::<f64>() + none - 1.0).abs() < 1e-9);
            prop_assert!(row.iter().all(|c| c.standard_error.is_finite()));
        }
    }

    #[test]
    fn no_data_makes_a_fit_panic(spells in some_spells(), x in prop::collection::vec(-3_i8..3, 60)) {
        let rows: Vec<Vec<f64>> = x[..spells.len()].iter().map(|x| vec![f64::from(*x)]).collect();
        if let Ok(fit) = cox(&spells, &rows, None) {
            prop_assert!(fit.coefficients[0].value.is_finite() && (0.0..=1.0).contains(&fit.concordance));
            prop_assert!(fit.log_likelihood[1] >= fit.log_likelihood[0] - 1e-9);
        }
        let groups: Vec<usize> = x[..spells.len()].iter().map(|x| usize::from(*x > 0)).collect();
        if let Ok(test) = log_rank(&spells, &groups, 2, 0.0) {
            prop_assert!(test.chi_squared >= -1e-9 && (0.0..=1.0).contains(&test.p));
        }
        let between: Vec<Between> = spells
            .iter()
            .map(|s| Between { entry: s.entry, low: s.entry, high: if s.ended { s.exit } else { f64::INFINITY } })
            .collect();
        if let Ok(curve) = turnbull(&between) {
            prop_assert!(!curve.parts.is_empty(), "{curve:?}");
            prop_assert!((curve.parts.iter().map(|p| p.mass).sum::<f64>() - 1.0).abs() < 1e-6);
        }
        if let Ok(curve) = smooth(&between, 1, None) {
            prop_assert!(curve.gamma.iter().all(|g| g.is_finite()) && (0.0..=1.0).contains(&curve.at(3.0)));
        }
    }
}
