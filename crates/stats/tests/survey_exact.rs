//! Designs and estimators over every sample of small populations, with exact probabilities; and what must hold of any sample.

#![allow(clippy::unwrap_used)]

use netcensus_stats::design::{
    ConditionalPoisson, mixed_probabilities, neyman, proportional, stratified_probabilities,
};
use netcensus_stats::survey::{Approximation, Estimate, Form, Sample};
use netcensus_stats::total::{Batch, Unit, difference};
use netcensus_stats::{Error, Result};
use proptest::prelude::*;

/// A sample with its probability.
type Chance = (Vec<usize>, f64);

fn subsets(size: usize) -> impl Iterator<Item = Vec<usize>> {
    (0u32..1 << size).map(move |mask| (0..size).filter(|i| mask >> i & 1 == 1).collect())
}

/// Every Poisson sample.
fn poisson(pi: &[f64]) -> Vec<Chance> {
    let chance = |s: &[usize]| (0..pi.len()).map(|i| if s.contains(&i) { pi[i] } else { 1.0 - pi[i] }).product();
    subsets(pi.len())
        .map(|s| {
            let p = chance(&s);
            (s, p)
        })
        .collect()
}

/// Every stratified sample, all equally likely; simple random sampling with one stratum.
fn stratified(strata: &[usize], allocation: &[usize]) -> Vec<Chance> {
    let drawn = |s: &[usize], h: usize| s.iter().filter(|i| strata[**i] == h).count();
    let mut samples: Vec<Chance> = subsets(strata.len())
        .filter(|s| (0..allocation.len()).all(|h| drawn(s, h) == allocation[h]))
        .map(|s| (s, 1.0))
        .collect();
    let count = samples.len() as f64;
    samples.iter_mut().for_each(|s| s.1 /= count);
    samples
}

/// Every conditional Poisson sample, by the definition of maximum entropy: chances are products of odds, and the odds are
/// those at which inclusion probabilities are π, found here unit by unit, each made right in turn until all are.
fn conditional(pi: &[f64], n: usize) -> Vec<Chance> {
    let mut odds: Vec<f64> = pi.iter().map(|p| p / (1.0 - p).max(1e-300)).collect();
    let sure: Vec<usize> = (0..pi.len()).filter(|&i| pi[i] >= 1.0).collect();
    sure.iter().for_each(|&i| odds[i] = 1.0);
    let mut samples: Vec<Chance> =
        subsets(pi.len()).filter(|s| s.len() == n && sure.iter().all(|i| s.contains(i))).map(|s| (s, 0.0)).collect();
    let chances = |samples: &mut [Chance], odds: &[f64]| {
        samples.iter_mut().for_each(|(s, p)| *p = s.iter().map(|&i| odds[i]).product());
        let all: f64 = samples.iter().map(|s| s.1).sum();
        samples.iter_mut().for_each(|s| s.1 /= all);
    };
    for _ in 0..5000 {
        let mut worst = 0.0f64;
        for i in (0..pi.len()).filter(|&i| pi[i] < 1.0) {
            chances(&mut samples, &odds);
            let now: f64 = samples.iter().filter(|(s, _)| s.contains(&i)).map(|s| s.1).sum();
            let not: f64 = samples.iter().filter(|(s, _)| !s.contains(&i)).map(|s| s.1).sum();
            worst = worst.max((now - pi[i]).abs());
            odds[i] *= pi[i] / now * (not / (1.0 - pi[i]));
        }
        if worst < 1e-14 {
            break;
        }
    }
    chances(&mut samples, &odds);
    samples
}

fn pick(values: &[f64], sample: &[usize]) -> Vec<f64> {
    sample.iter().map(|&i| values[i]).collect()
}

/// The mean and variance of an estimator's value over all samples, and the mean of its variance estimate. A sample without a
/// unit has the total 0.
fn moments(samples: &[Chance], estimate: impl Fn(&[usize]) -> Estimate) -> (f64, f64, f64) {
    let empty = Estimate { value: 0.0, variance: 0.0, freedom: 0, exact: false };
    let all: Vec<(Estimate, f64)> =
        samples.iter().map(|(s, p)| (if s.is_empty() { empty } else { estimate(s) }, *p)).collect();
    let mean: f64 = all.iter().map(|(e, p)| p * e.value).sum();
    let variance = all.iter().map(|(e, p)| p * (e.value - mean).powi(2)).sum();
    (mean, variance, all.iter().map(|(e, p)| p * e.variance).sum())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// 4 to 7 units: y, score, size.
fn population() -> impl Strategy<Value = Vec<(f64, f64, f64)>> {
    prop::collection::vec((-5.0..20.0f64, 0.0..1.0f64, 0.1..10.0f64), 4..8)
}

/// The total and the difference estimator, whose coefficients are fixed, are unbiased, and so are their variance estimates.
fn unbiased(
    samples: &[Chance],
    units: &[(f64, f64, f64)],
    sample: impl Fn(&[usize]) -> Result<Sample>,
) -> std::result::Result<(), TestCaseError> {
    let y: Vec<f64> = units.iter().map(|u| u.0).collect();
    let e: Vec<f64> = units.iter().map(|u| u.0 - 3.0 * u.1).collect();
    for values in [y, e] {
        let (mean, variance, estimated) = moments(samples, |s| sample(s).unwrap().total(&pick(&values, s)).unwrap());
        prop_assert!(close(mean, values.iter().sum()), "{mean} {values:?}");
        prop_assert!(close(variance, estimated), "{variance} {estimated}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn simple_random(units in population(), n in 2usize..4) {
        let size = units.len();
        unbiased(&stratified(&vec![0; size], &[n]), &units, |s| Sample::simple(s.len(), size))?;
    }

    #[test]
    fn strata(units in population(), n in 4usize..7, by_deviation in any::<bool>()) {
        let strata: Vec<usize> = (0..units.len()).map(|i| i % 2).collect();
        let sizes = [units.len().div_ceil(2), units.len() / 2];
        let n = n.min(units.len());
        let allocation = if by_deviation { neyman(&sizes, &[1.0, 5.0], n, 2) } else { proportional(&sizes, n, 2) }.unwrap();
        prop_assert_eq!(allocation.iter().sum::<usize>(), n);
        let pi = stratified_probabilities(&strata, &allocation).unwrap();
        prop_assert!(close(pi.iter().sum(), n as f64) && pi.iter().all(|p| *p > 0.0));
        unbiased(&stratified(&strata, &allocation), &units, |s| {
            Sample::stratified(&s.iter().map(|&i| strata[i]).collect::<Vec<_>>(), &sizes)
        })?;
    }

    #[test]
    fn coins(units in population()) {
        let pi: Vec<f64> = units.iter().map(|u| 0.05 + u.2 / 11.0).collect();
        unbiased(&poisson(&pi), &units, |s| Sample::poisson(&pick(&pi, s)))?;
    }

    #[test]
    fn conditional_poisson(units in population(), n in 2usize..6, form in prop::sample::select(vec![Form::HorvitzThompson, Form::SenYatesGrundy])) {
        let n = n.min(units.len() - 1);
        let pi = mixed_probabilities(&units.iter().map(|u| u.2).collect::<Vec<_>>(), n, 0.3).unwrap();
        prop_assert!(close(pi.iter().sum(), n as f64));
        let samples = conditional(&pi, n);
        let design = ConditionalPoisson::new(&pi).unwrap();
        let joint = design.joint(&(0..pi.len()).collect::<Vec<_>>()).unwrap();
        for (i, row) in joint.iter().enumerate() {
            for (j, p) in row.iter().enumerate() {
                let exact: f64 = samples.iter().filter(|(s, _)| s.contains(&i) && s.contains(&j)).map(|s| s.1).sum();
                prop_assert!((exact - p).abs() < 1e-9, "{exact} {p}");
            }
        }
        // Units that hardly ever meet leave no unbiased form, or one that loses its digits.
        prop_assume!(joint.iter().flatten().all(|p| *p > 1e-4));
        unbiased(&samples, &units, |s| Sample::joint(&design.joint(s).unwrap(), form))?;
    }

    /// netcensus's own difference estimator is unbiased under every design, whatever the scores.
    #[test]
    fn difference_estimator(units in population(), n in 2usize..4) {
        let labels: Vec<f64> = units.iter().map(|u| (u.0 + 5.0) / 25.0).collect();
        let sizes: Vec<f64> = units.iter().map(|u| u.2).collect();
        let even = vec![n as f64 / units.len() as f64; units.len()];
        let by_size = mixed_probabilities(&sizes, n, 0.3).unwrap();
        for (samples, pi) in [
            (stratified(&vec![0; units.len()], &[n]), &even),
            (conditional(&by_size, n), &by_size),
            (poisson(&by_size), &by_size),
        ] {
            let mut mean = 0.0;
            for (s, p) in &samples {
                let units: Vec<Unit> = (0..units.len())
                    .map(|i| Unit { score: units[i].1, probability: pi[i], label: s.contains(&i).then(|| labels[i]) })
                    .collect();
                let scores: f64 = units.iter().map(|u| u.score).sum();
                // Nobody drawn: Σf is the estimate.
                let total = if s.is_empty() || *p == 0.0 { scores } else { difference(&[Batch { weight: 1.0, units }]).unwrap().value };
                mean += p * total;
            }
            prop_assert!(close(mean, labels.iter().sum()), "{mean}");
        }
    }

    /// Values × c give estimates × c, and intervals grow with the level.
    #[test]
    fn scale_and_level(units in prop::collection::vec((0.5..20.0f64, 0.1..1.0f64, 0.05..0.9f64, any::<bool>()), 4..30), c in 0.01..50.0f64) {
        let column = |f: fn(&(f64, f64, f64, bool)) -> f64| units.iter().map(f).collect::<Vec<f64>>();
        let (y, x, pi) = (column(|u| u.0), column(|u| u.1), column(|u| u.2));
        let n = units.len();
        let strata: Vec<usize> = (0..n).map(|i| i % 2).collect();
        let samples = [
            Sample::simple(n, 3 * n).unwrap(),
            Sample::stratified(&strata, &[n, 2 * n]).unwrap(),
            Sample::with_replacement(&pi, &strata).unwrap(),
            Sample::poisson(&pi).unwrap(),
            Sample::fixed_size(&pi, Approximation::Brewer).unwrap(),
            Sample::fixed_size(&pi, Approximation::Hajek).unwrap(),
        ];
        let scaled: Vec<f64> = y.iter().map(|y| y * c).collect();
        for sample in samples {
            let greg = sample.calibrate(&[vec![1.0; n], x.clone()], &[4.0 * n as f64, 2.0 * n as f64]).unwrap();
            for (a, b) in [
                (sample.total(&y).unwrap(), sample.total(&scaled).unwrap()),
                (sample.mean(&y).unwrap(), sample.mean(&scaled).unwrap()),
                (sample.ratio(&y, &x).unwrap(), sample.ratio(&scaled, &x).unwrap()),
                (greg.total(&y).unwrap(), greg.total(&scaled).unwrap()),
            ] {
                prop_assert!((a.value * c / b.value - 1.0).abs() < 1e-6 && (a.se() * c - b.se()).abs() < 1e-6 * b.se().max(1e-9));
                prop_assume!(a.se() > 1e-9 * a.value.abs());
                let (narrow, wide) = (a.wald(0.8).unwrap(), a.wald(0.95).unwrap());
                prop_assert!(wide.0 <= narrow.0 && narrow.0 <= narrow.1 && narrow.1 <= wide.1);
                let t = a.t(0.95).unwrap();
                prop_assert!(t.0 <= wide.0 && wide.1 <= t.1);
            }
            let member: Vec<f64> = units.iter().map(|u| f64::from(u8::from(u.3))).collect();
            if let Ok((low, high)) = sample.mean(&member).unwrap().logit(0.95) {
                let inner = sample.mean(&member).unwrap().logit(0.5).unwrap();
                prop_assert!(0.0 <= low && low <= inner.0 && inner.1 <= high && high <= 1.0);
            }
            // Refused where one heavy unit is all there is above.
            if let (Ok(narrow), Ok(wide)) = (sample.quantile(&y, 0.4, 0.5), sample.quantile(&y, 0.4, 0.99)) {
                prop_assert!(wide.low <= narrow.low && narrow.low <= narrow.value);
                prop_assert!(narrow.value <= narrow.high && narrow.high <= wide.high);
            }
        }
    }
}

#[test]
fn everyone_drawn_leaves_no_variance() {
    let y = [3.0, 0.0, 1.0];
    let joint = ConditionalPoisson::new(&[1.0; 3]).unwrap().joint(&[0, 1, 2]).unwrap();
    for sample in [
        Sample::simple(3, 3),
        Sample::stratified(&[0, 1, 1], &[1, 2]),
        Sample::poisson(&[1.0; 3]),
        Sample::fixed_size(&[1.0; 3], Approximation::Hajek),
        Sample::fixed_size(&[1.0; 3], Approximation::Brewer),
        Sample::joint(&joint, Form::SenYatesGrundy),
        Sample::joint(&joint, Form::HorvitzThompson),
    ] {
        let sample = sample.unwrap();
        for (estimate, truth) in [
            (sample.total(&y).unwrap(), 4.0),
            (sample.mean(&y).unwrap(), 4.0 / 3.0),
            (sample.ratio(&y, &[1.0, 1.0, 2.0]).unwrap(), 1.0),
            (sample.domain(&[true, false, false]).unwrap().mean(&y).unwrap(), 3.0),
        ] {
            assert!((estimate.value - truth).abs() < 1e-12 && estimate.variance == 0.0, "{sample:?} {estimate:?}");
            assert_eq!(estimate.t(0.95).unwrap(), (estimate.value, estimate.value));
            assert_eq!(estimate.wald(0.95).unwrap(), (estimate.value, estimate.value));
        }
        // All members, or none.
        assert_eq!(sample.mean(&[1.0; 3]).unwrap().logit(0.95).unwrap(), (1.0, 1.0));
        assert_eq!(sample.mean(&[0.0; 3]).unwrap().logit(0.95).unwrap(), (0.0, 0.0));
        assert_eq!(sample.quantile(&y, 0.5, 0.95).unwrap().value, 1.0);
    }
}

#[test]
fn two_of_three_in_closed_form() {
    // N = 3, n = 2, y = 1, 0: T̂ = 1.5, V̂ = N²·(1 − n/N)·s²/n = 9·⅓·½/2
    let total = Sample::simple(2, 3).unwrap().total(&[1.0, 0.0]).unwrap();
    assert!((total.value - 1.5).abs() < 1e-12 && (total.variance - 0.75).abs() < 1e-12);
    assert_eq!(total.freedom, 1);
}

#[test]
fn refusals_name_the_stratum() {
    // Units without a draw; one draw of many; draws from a stratum without size; too many draws.
    for (wrong, stratum) in [
        (Sample::stratified(&[0, 0], &[5, 7]), 1),
        (Sample::stratified(&[0, 0, 1], &[5, 7]), 1),
        (Sample::stratified(&[0, 0, 2], &[5, 0]), 2),
        (Sample::stratified(&[0, 0], &[1]), 0),
        (Sample::simple(1, 3), 0),
        (Sample::simple(0, 3), 0),
        (Sample::with_replacement(&[0.5; 3], &[0, 0, 1]), 1),
    ] {
        let error = wrong.unwrap_err();
        assert!(matches!(error, Error::Stratum(h, _) if h == stratum), "{error:?}");
        assert!(error.to_string().contains(&stratum.to_string()));
    }
    // A stratum without units is no matter, nor one taken whole by its only draw.
    assert!(Sample::stratified(&[0, 0, 2], &[5, 0, 1]).is_ok());
}

#[test]
fn refusals() {
    assert_eq!(Sample::simple(0, 0), Err(Error::NoLabels));
    assert_eq!(Sample::poisson(&[]), Err(Error::NoLabels));
    assert_eq!(Sample::joint(&[], Form::HorvitzThompson), Err(Error::NoLabels));
    for wrong in [0.0, -1.0, 1.5, f64::NAN, f64::INFINITY, 1e-320] {
        assert!(Sample::poisson(&[0.5, wrong]).is_err(), "{wrong}");
        assert!(Sample::joint(&[vec![wrong]], Form::HorvitzThompson).is_err(), "{wrong}");
    }
    assert!(Sample::with_replacement(&[0.5], &[9]).is_err());
    assert!(Sample::with_replacement(&[0.5; 3], &[0, 0]).is_err());
    assert!(Sample::fixed_size(&[0.5, 1.0], Approximation::Hajek).is_err());
    assert!(Sample::joint(&[vec![0.5]], Form::SenYatesGrundy).is_err());
    assert!(Sample::joint(&[vec![0.5, 0.2], vec![0.1, 0.5]], Form::HorvitzThompson).is_err());
    assert!(Sample::joint(&[vec![0.5, 0.6], vec![0.6, 0.5]], Form::HorvitzThompson).is_err());
    assert!(Sample::joint(&[vec![0.5, 0.6]], Form::HorvitzThompson).is_err());

    let sample = Sample::simple(3, 9).unwrap();
    assert!(sample.total(&[1.0, 2.0]).is_err());
    assert!(sample.total(&[1.0, 2.0, f64::NAN]).is_err());
    assert!(sample.total(&[f64::MAX, f64::MAX, -f64::MAX]).is_err());
    assert!(sample.ratio(&[1.0; 3], &[1.0, -1.0, 0.0]).is_err());
    assert!(sample.domain(&[false; 3]).is_err());
    assert!(sample.domain(&[true; 2]).is_err());
    assert!(sample.quantile(&[1.0; 3], 1.0, 0.95).is_err());
    assert!(sample.quantile(&[1.0, 2.0, 3.0], 0.5, 1.0).is_err());
    let ones = vec![1.0; 3];
    assert!(sample.calibrate(&[ones.clone(), vec![2.0; 3]], &[9.0, 18.0]).is_err());
    assert!(sample.calibrate(&[vec![0.0; 3]], &[0.0]).is_err());
    assert!(sample.calibrate(std::slice::from_ref(&ones), &[f64::NAN]).is_err());
    assert!(sample.calibrate(std::slice::from_ref(&ones), &[]).is_err());
    let calibrated = sample.calibrate(std::slice::from_ref(&ones), &[9.0]).unwrap();
    assert!(calibrated.calibrate(std::slice::from_ref(&ones), &[9.0]).is_err());
    assert!(sample.domain(&[true, true, false]).unwrap().calibrate(&[ones], &[9.0]).is_err());
    // No member among the labels, or all of them; a domain with one unit; values alike but for rounding.
    for alike in [
        sample.mean(&[0.0; 3]).unwrap(),
        sample.mean(&[1.0; 3]).unwrap(),
        sample.total(&[0.0; 3]).unwrap(),
        sample.domain(&[true, false, false]).unwrap().mean(&[0.4, 1.0, 0.0]).unwrap(),
        Sample::poisson(&[0.3, 0.7]).unwrap().mean(&[0.1; 2]).unwrap(),
    ] {
        assert!(
            alike.se() < 1e-15 && alike.wald(0.95).is_err() && alike.t(0.95).is_err() && alike.logit(0.95).is_err()
        );
    }
    // A stratum taken whole does not make the rest exact; neither does drawing with replacement.
    let strata = Sample::stratified(&[0, 0, 1], &[4, 1]).unwrap();
    assert!(strata.total(&[0.0, 0.0, 1.0]).unwrap().wald(0.95).is_err());
    assert!(Sample::with_replacement(&[1.0; 2], &[0, 0]).unwrap().total(&[1.0; 2]).unwrap().wald(0.95).is_err());
    // A variance below 0.
    let odd = [vec![0.5, 0.01], vec![0.01, 0.5]];
    let negative = Sample::joint(&odd, Form::HorvitzThompson).unwrap().total(&[1.0, 1.0]).unwrap();
    assert!(negative.variance < 0.0 && negative.se() == 0.0 && negative.wald(0.95).is_err());
    assert!(sample.mean(&[1.0, 0.0, 0.0]).unwrap().wald(f64::NAN).is_err());
    // One unit by its own coin has a variance, but no degree of freedom.
    let poisson = Sample::poisson(&[0.5]).unwrap();
    assert!(poisson.total(&[1.0]).unwrap().t(0.95).is_err());
}
