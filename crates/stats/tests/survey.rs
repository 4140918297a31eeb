//! Survey estimators against R's `survey`, and the difference estimator against `ppi-python`: reference/survey.R, ppi.py.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use netcensus_stats::design::ConditionalPoisson;
use netcensus_stats::interval::normal_quantile;
use netcensus_stats::survey::{Approximation, Estimate, Form, Sample};
use netcensus_stats::total::{Batch, Unit, difference, horvitz_thompson};

/// The columns of a file of numbers, by name.
fn columns(file: &str) -> BTreeMap<String, Vec<f64>> {
    let (names, rows) = file.split_once('\n').unwrap();
    let mut columns: BTreeMap<String, Vec<f64>> = names.split(',').map(|n| (n.to_owned(), Vec::new())).collect();
    for row in rows.lines() {
        for (name, value) in names.split(',').zip(row.split(',')) {
            columns.get_mut(name).unwrap().push(value.parse().unwrap());
        }
    }
    columns
}

/// The rows of a file of numbers without names.
fn matrix(file: &str) -> Vec<Vec<f64>> {
    file.lines().map(|row| row.split(',').map(|v| v.parse().unwrap()).collect()).collect()
}

/// What R says: estimate, standard error, interval; NaN where it is not compared.
fn reference(case: &str) -> [f64; 4] {
    let file = include_str!("reference/survey.csv");
    let row = file.lines().find(|row| row.split(',').next() == Some(case)).unwrap_or_else(|| panic!("no {case}"));
    let values: Vec<f64> = row.split(',').skip(1).map(|v| v.parse().unwrap_or(f64::NAN)).collect();
    values.try_into().unwrap()
}

/// Equal to 1e-6 of R's number.
fn near(case: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-6 * theirs.abs(), "{case}: {ours}, R {theirs}");
}

fn same(case: &str, ours: Estimate) {
    let [value, se, ..] = reference(case);
    near(case, ours.value, value);
    near(case, ours.se(), se);
}

fn same_interval(case: &str, (low, high): (f64, f64)) {
    let [_, _, l, h] = reference(case);
    near(case, low, l);
    near(case, high, h);
}

/// Everything that survey.R asks of a design.
fn all_of(name: &str, sample: &Sample, data: &BTreeMap<String, Vec<f64>>, totals: [f64; 2]) {
    let case = |what: &str| format!("{name}/{what}");
    let (y, x) = (&data["y"], &data["x"]);
    let domain: Vec<bool> = data["d"].iter().map(|d| *d > 0.5).collect();
    same(&case("total"), sample.total(y).unwrap());
    same(&case("mean"), sample.mean(y).unwrap());
    same(&case("hajek_total"), sample.mean(y).unwrap().times(totals[0]));
    same(&case("ratio"), sample.ratio(y, x).unwrap());
    same(&case("domain_total"), sample.domain(&domain).unwrap().total(y).unwrap());
    same(&case("domain_mean"), sample.domain(&domain).unwrap().mean(y).unwrap());
    let greg = sample.calibrate(&[vec![1.0; y.len()], x.clone()], &totals).unwrap();
    same(&case("greg_total"), greg.total(y).unwrap());
    same(&case("greg_mean"), greg.mean(y).unwrap());
    same(&case("greg_domain_mean"), greg.domain(&domain).unwrap().mean(y).unwrap());
    near(&case("greg_first_weight"), greg.weights()[0], reference(&case("greg_first_weight"))[0]);
    let share = sample.mean(&data["b"]).unwrap();
    same(&case("wald"), share);
    same_interval(&case("wald"), share.wald(0.95).unwrap());
    same_interval(&case("t"), share.t(0.95).unwrap());
    // Calibration gives the totals back, without variance.
    let known = greg.total(x).unwrap();
    assert!((known.value / totals[1] - 1.0).abs() < 1e-9 && known.se() < 1e-9 * totals[1], "{name}: {known:?}");
}

fn same_logit(case: &str, share: Estimate) {
    same(case, share);
    same_interval(case, share.logit(0.95).unwrap());
}

fn same_quantile(case: &str, sample: &Sample, y: &[f64], q: f64) {
    let [value, _, low, high] = reference(case);
    let ours = sample.quantile(y, q, 0.95).unwrap();
    assert_eq!([ours.value, ours.low, ours.high], [value, low, high], "{case}");
}

/// Σ api99 over the 6,194 schools.
const API99: f64 = 3_914_069.0;

#[test]
fn simple_random_sampling() {
    let data = columns(include_str!("reference/apisrs.csv"));
    let sample = Sample::simple(200, 6194).unwrap();
    all_of("apisrs", &sample, &data, [6194.0, API99]);
    let domain = sample.domain(&data["d"].iter().map(|d| *d > 0.5).collect::<Vec<bool>>()).unwrap();
    same_logit("apisrs/logit", sample.mean(&data["b"]).unwrap());
    same_logit("apisrs/domain_logit", domain.mean(&data["b"]).unwrap());
    for q in [0.103, 0.503, 0.903] {
        same_quantile(&format!("apisrs/quantile_{q}"), &sample, &data["y"], q);
    }
    same_quantile("apisrs/domain_quantile", &domain, &data["y"], 0.5);
}

#[test]
fn stratified_sampling() {
    let data = columns(include_str!("reference/apistrat.csv"));
    let strata: Vec<usize> = data["stratum"].iter().map(|h| *h as usize).collect();
    let sample = Sample::stratified(&strata, &[4421, 1018, 755]).unwrap();
    all_of("apistrat", &sample, &data, [6194.0, API99]);
    same_logit("apistrat/logit", sample.mean(&data["b"]).unwrap());
    same_quantile("apistrat/quantile_0.25", &sample, &data["y"], 0.25);

    let expected: Vec<f64> = data["pw"].iter().map(|w| 1.0 / w).collect();
    let replaced = Sample::with_replacement(&expected, &strata).unwrap();
    all_of("apistrat_wr", &replaced, &data, [6194.0, API99]);
    same_logit("apistrat_wr/logit", replaced.mean(&data["b"]).unwrap());
}

#[test]
fn unequal_probabilities() {
    let data = columns(include_str!("reference/election.csv"));
    // Counties and votes of the whole country.
    let totals = [4600.0, 116_199_105.0];
    let joint = matrix(include_str!("reference/election_joint.csv"));
    let brewer = Sample::fixed_size(&data["p"], Approximation::Brewer).unwrap();
    all_of("election_brewer", &brewer, &data, totals);
    all_of("election_ht", &Sample::joint(&joint, Form::HorvitzThompson).unwrap(), &data, totals);
    all_of("election_syg", &Sample::joint(&joint, Form::SenYatesGrundy).unwrap(), &data, totals);
}

#[test]
fn poisson_sampling() {
    let data = columns(include_str!("reference/poisson.csv"));
    all_of("poisson", &Sample::poisson(&data["p"]).unwrap(), &data, [6157.0, 3_891_173.0]);
}

#[test]
fn a_rare_group_in_strata() {
    let data = columns(include_str!("reference/rare.csv"));
    let strata: Vec<usize> = data["stratum"].iter().map(|h| *h as usize).collect();
    let mut sizes = [0; 4];
    strata.iter().zip(&data["fpc"]).for_each(|(&h, size)| sizes[h] = *size as usize);
    let sample = Sample::stratified(&strata, &sizes).unwrap();
    all_of("rare", &sample, &data, [5000.0, reference("rare/score_total")[0]]);
    same_logit("rare/logit", sample.mean(&data["b"]).unwrap());
    let domain = sample.domain(&data["d"].iter().map(|d| *d > 0.5).collect::<Vec<bool>>()).unwrap();
    same_logit("rare/domain_logit", domain.mean(&data["b"]).unwrap());
}

/// Joint probabilities as in R's `sampling`, and what `survey` makes of them.
#[test]
fn conditional_poisson_sampling() {
    let pi = &columns(include_str!("reference/conditional.csv"))["p"];
    let theirs = matrix(include_str!("reference/conditional_joint.csv"));
    let design = ConditionalPoisson::new(pi).unwrap();
    let ours = design.joint(&(0..10).collect::<Vec<_>>()).unwrap();
    for (a, b) in ours.iter().flatten().zip(theirs.iter().flatten()) {
        near("joint", *a, *b);
    }
    let data = columns(include_str!("reference/conditional_sample.csv"));
    let joint = design.joint(&[0, 2, 4, 7, 9]).unwrap();
    let totals = [10.0, 95.0];
    all_of("conditional_ht", &Sample::joint(&joint, Form::HorvitzThompson).unwrap(), &data, totals);
    all_of("conditional_syg", &Sample::joint(&joint, Form::SenYatesGrundy).unwrap(), &data, totals);
    let brewer = Sample::fixed_size(&data["p"], Approximation::Brewer).unwrap();
    same("conditional_brewer/total", brewer.total(&data["y"]).unwrap());
    same("conditional_brewer/mean", brewer.mean(&data["y"]).unwrap());
}

/// netcensus's own estimator is the Horvitz–Thompson total of the residuals plus Σf, in value and in variance; GREG whose
/// regression happens to be exact has the same value.
#[test]
fn the_difference_estimator_is_a_survey_estimator() {
    let population: Vec<(f64, f64, f64)> = (0..60)
        .map(|i| {
            let f = f64::from(i % 13) / 14.0 + 0.03;
            (f, if i % 7 == 0 { 0.9 } else { 0.2 + f64::from(i % 5) / 20.0 }, f64::from(u8::from(i * i % 11 < 4)))
        })
        .collect();
    let drawn: Vec<usize> = (0..60).filter(|i| i % 3 == 0).collect();
    let batch = |constant: Option<f64>, label: &dyn Fn(usize) -> f64| {
        let units = population.iter().enumerate().map(|(i, &(score, probability, _))| Unit {
            score,
            probability: constant.unwrap_or(probability),
            label: drawn.contains(&i).then(|| label(i)),
        });
        [Batch { weight: 1.0, units: units.collect() }]
    };
    let score_total: f64 = population.iter().map(|u| u.0).sum();
    let truth = |i: usize| population[i].2;
    let residuals: Vec<f64> = drawn.iter().map(|&i| population[i].2 - population[i].0).collect();
    let labels: Vec<f64> = drawn.iter().map(|&i| population[i].2).collect();

    let pi: Vec<f64> = drawn.iter().map(|&i| population[i].1).collect();
    let unequal = Sample::fixed_size(&pi, Approximation::Hajek).unwrap();
    let (ours, theirs) = (difference(&batch(None, &truth)).unwrap(), unequal.total(&residuals).unwrap());
    assert!((ours.value - score_total - theirs.value).abs() < 1e-10);
    assert!((ours.variance - theirs.variance).abs() < 1e-10 * theirs.variance);
    let (ours, theirs) = (horvitz_thompson(&batch(None, &truth)).unwrap(), unequal.total(&labels).unwrap());
    assert!((ours.value - theirs.value).abs() < 1e-10 && (ours.variance / theirs.variance - 1.0).abs() < 1e-10);

    // Under simple random sampling Hájek's variance is the exact one.
    let simple = Sample::simple(20, 60).unwrap();
    let (ours, theirs) = (difference(&batch(Some(1.0 / 3.0), &truth)).unwrap(), simple.total(&residuals).unwrap());
    assert!((ours.value - score_total - theirs.value).abs() < 1e-10);
    assert!((ours.variance - theirs.variance).abs() < 1e-10 * theirs.variance);

    // GREG on 1 and f equals the difference estimator with its own B̂ as scores; on labels linear in f it knows the total.
    let scores: Vec<f64> = drawn.iter().map(|&i| population[i].0).collect();
    let greg = simple.calibrate(&[vec![1.0; 20], scores.clone()], &[60.0, score_total]).unwrap();
    let (mean_f, mean_y) = (scores.iter().sum::<f64>() / 20.0, labels.iter().sum::<f64>() / 20.0);
    let slope = scores.iter().zip(&labels).map(|(f, y)| (f - mean_f) * (y - mean_y)).sum::<f64>()
        / scores.iter().map(|f| (f - mean_f).powi(2)).sum::<f64>();
    let fitted = |f: f64| mean_y + slope * (f - mean_f);
    let mut batches = batch(Some(1.0 / 3.0), &truth);
    batches[0].units.iter_mut().for_each(|u| u.score = fitted(u.score));
    assert!(batches[0].units.iter().all(|u| (0.0..=1.0).contains(&u.score)));
    assert!((difference(&batches).unwrap().value - greg.total(&labels).unwrap().value).abs() < 1e-9);
    let linear = |i: usize| 0.1 + 0.5 * population[i].0;
    let exact = greg.total(&drawn.iter().map(|&i| linear(i)).collect::<Vec<_>>()).unwrap();
    assert!((exact.value - (6.0 + 0.5 * score_total)).abs() < 1e-9 && exact.se() < 1e-9);
}

/// Prediction-powered inference on a simple random sample, its unlabelled data being the population: the same estimate. Its
/// variance is another: it takes both samples for draws from a superpopulation, so it adds Var(λf)/N, has no finite
/// population correction, and divides by n where survey sampling divides by n−1.
#[test]
fn prediction_powered_inference() {
    let population = columns(include_str!("reference/ppi_population.csv"));
    let (f, y) = (&population["f"], &population["y"]);
    let drawn: Vec<usize> = (0..f.len()).filter(|&i| population["drawn"][i] > 0.5).collect();
    let (size, n) = (f.len() as f64, drawn.len() as f64);
    let variance = |v: &[f64]| {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        v.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / v.len() as f64
    };
    for row in include_str!("reference/ppi.csv").lines().skip(1) {
        let (case, numbers) = row.split_once(',').unwrap();
        let numbers: Vec<f64> = numbers.split(',').map(|v| v.parse().unwrap()).collect();
        let [lambda, value, low, high] = numbers[..] else { panic!("{row}") };
        let units = (0..f.len()).map(|i| Unit {
            score: lambda * f[i],
            probability: n / size,
            label: drawn.contains(&i).then(|| y[i]),
        });
        let ours = difference(&[Batch { weight: 1.0, units: units.collect() }]).unwrap();
        assert!((ours.value / size - value).abs() < 1e-9, "{case}: {} {value}", ours.value / size);

        // Our variance is N²·(1 − n/N)·s²/n; theirs, σ²/n, follows from it once that is taken off.
        let rectifier = ours.variance / size.powi(2) / (1.0 - n / size) * (n - 1.0) / n;
        let scores: Vec<f64> = f.iter().map(|f| lambda * f).collect();
        let half = normal_quantile(0.975) * (rectifier + variance(&scores) / size).sqrt();
        assert!((value - half - low).abs() < 1e-9 && (value + half - high).abs() < 1e-9, "{case}: {half} {low} {high}");
    }
    // λ of PPI++: Cov(y, f)/((1 + n/N)·Var(f)), the variance over sample and population put together.
    let mean = |v: &dyn Fn(usize) -> f64| drawn.iter().map(|&i| v(i)).sum::<f64>() / n;
    let covariance = mean(&|i| y[i] * f[i]) - mean(&|i| y[i]) * mean(&|i| f[i]);
    let both: Vec<f64> = drawn.iter().map(|&i| f[i]).chain(f.iter().copied()).collect();
    let lambda = covariance / ((1.0 + n / size) * variance(&both) * (n + size) / (n + size - 1.0));
    let theirs: f64 =
        include_str!("reference/ppi.csv").lines().nth(2).unwrap().split(',').nth(1).unwrap().parse().unwrap();
    assert!((lambda - theirs).abs() < 1e-9, "{lambda} {theirs}");
}
