//! Campaigns of suspensions whose effect is known: intervals must hold it as often as they say, and find none where there is
//! none.
#![allow(clippy::unwrap_used, missing_docs)]

use netcensus_stats::effect::{
    Exposure, MatchRule, Mean, Rule, Stack, Track, Unit, WaveRates, bins, matched, rate_change, stacked, waves,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Periods before a wave and from it on.
const LEADS: usize = 4;
const LAGS: usize = 4;

fn normal(rng: &mut impl Rng) -> f64 {
    // Box and Muller.
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// A factor of mean 1 and this spread of its logarithm.
fn factor(rng: &mut impl Rng, spread: f64) -> f64 {
    (spread * normal(rng) - spread * spread / 2.0).exp()
}

struct Account {
    member: bool,
    lang: usize,
    activity: f64,
    enters: usize,
    /// The period in which it ended, and whether in the wave itself.
    gone: Option<(usize, bool)>,
    /// Log followers as seen, from `enters`.
    seen: Vec<Option<f64>>,
    now: f64,
}

impl Account {
    fn new(rng: &mut impl Rng, member: bool, enters: usize) -> Self {
        let shift = if member { 0.4 } else { 0.0 };
        Self {
            member,
            lang: usize::from(rng.random_bool(if member { 0.7 } else { 0.4 })),
            activity: shift + normal(rng),
            enters,
            gone: None,
            seen: Vec::new(),
            now: 5.0 + shift + 1.2 * normal(rng),
        }
    }

    fn at(&self, period: usize) -> Option<f64> {
        self.seen.get(period.checked_sub(self.enters)?).copied().flatten()
    }

    fn alive(&self, period: usize) -> bool {
        self.enters <= period && self.gone.is_none_or(|(end, _)| end > period)
    }
}

struct Campaign {
    accounts: Vec<Account>,
    waves: Vec<usize>,
}

/// 8 to 25 waves; accounts that grow at a pace that hangs on their activity, size and language, each with luck of its own; a common
/// shock a period to all, one to all members, effects that differ by wave and account; members that come late, go in
/// waves and between them; a tenth of the profiles not seen in a period.
fn campaign(rng: &mut impl Rng, reach: f64, hazard: f64) -> Campaign {
    let number = rng.random_range(8..=25);
    let mut waves = vec![6];
    while waves.len() < number {
        waves.push(waves[waves.len() - 1] + LEADS + LAGS + 1 + rng.random_range(0..=4));
    }
    let last = waves[waves.len() - 1] + LAGS + 1;
    let mut accounts: Vec<Account> = Vec::new();
    let fill = |accounts: &mut Vec<Account>, rng: &mut _, members: usize, others: usize, period: usize| {
        (0..members).for_each(|_| accounts.push(Account::new(rng, true, period)));
        (0..others).for_each(|_| accounts.push(Account::new(rng, false, period)));
    };
    fill(&mut accounts, rng, 150, 700, 0);
    let mut raised = 1.0;
    for period in 0..last {
        fill(&mut accounts, rng, 4, 6, period);
        let wave = waves.iter().position(|w| *w == period);
        let recent = waves.iter().rev().find(|w| **w < period).is_some_and(|w| period <= w + LAGS);
        if wave.is_some() {
            raised = (hazard + 0.15 * normal(rng)).exp() * (-0.5 * 0.15_f64.powi(2)).exp();
        }
        let jump = reach + 0.03 * normal(rng);
        let taken = rng.random_range(0.03..0.12);
        let (all_grow, members_grow) = (0.02 * normal(rng), 0.01 * normal(rng));
        let (all_end, members_end) = (factor(rng, 0.3), factor(rng, 0.2));
        for account in accounts.iter_mut().filter(|a| a.enters <= period && a.gone.is_none()) {
            let pace = 0.01 + 0.006 * account.activity - 0.004 * (account.now - 5.0) + 0.004 * account.lang as f64;
            account.now += pace + all_grow + 0.01 * normal(rng);
            let mut end = 0.004 * (0.4 * account.activity).exp() * all_end;
            if account.member {
                account.now += members_grow;
                end *= 3.0 * members_end * if recent { raised } else { 1.0 };
                if wave.is_some() && rng.random_bool(f64::min(taken * (0.5 * account.activity).exp(), 0.9)) {
                    account.gone = Some((period, true));
                    continue;
                }
                if wave.is_some() {
                    account.now += jump + 0.1 * normal(rng);
                }
            }
            if rng.random_bool(end.min(0.9)) {
                account.gone = Some((period, false));
                continue;
            }
            let seen = rng.random_bool(0.9).then_some(account.now + 0.03 * normal(rng));
            account.seen.push(seen);
        }
    }
    Campaign { accounts, waves }
}

impl Campaign {
    /// The remaining members of each wave and who is like them.
    fn stacks(&self, like: bool) -> Vec<Stack> {
        self.waves.iter().map(|w| self.stack(*w, like)).collect()
    }

    fn stack(&self, wave: usize, like: bool) -> Stack {
        let (mut exposed, mut others) = (Vec::new(), Vec::new());
        for account in &self.accounts {
            let before = (1..=LEADS).find_map(|back| account.at(wave - back));
            let Some(size) = before.filter(|_| account.alive(wave)) else { continue };
            let age = (1.0 + (wave - account.enters) as f64).ln();
            let unit = Unit { cell: account.lang, traits: vec![size, account.activity, age] };
            let outcomes = (wave - LEADS..wave + LAGS).map(|t| account.at(t)).collect();
            let track = Track { outcomes, traits: unit.traits.clone() };
            if account.member { &mut exposed } else { &mut others }.push((unit, track));
        }
        let (of, tracks): (Vec<_>, Vec<_>) = exposed.into_iter().unzip();
        let (pool, beside): (Vec<_>, Vec<_>) = others.into_iter().unzip();
        let controls = match like {
            true => matched(&of, &pool, &MatchRule::default()).unwrap().controls,
            false => vec![(0..pool.len()).collect(); of.len()],
        };
        Stack { exposed: tracks, others: beside, controls }
    }

    fn rates(&self) -> Vec<WaveRates> {
        let window = |member: bool, periods: std::ops::RangeInclusive<usize>| {
            let mut found = Exposure::default();
            for period in periods {
                for a in self.accounts.iter().filter(|a| a.member == member && a.enters <= period) {
                    match a.gone {
                        Some((end, false)) if end == period => {
                            found.ends += 1.0;
                            found.time += 0.5;
                        }
                        Some((end, _)) if end <= period => {}
                        _ => found.time += 1.0,
                    }
                }
            }
            found
        };
        let rates = |w: &usize| WaveRates {
            before: window(true, w - LEADS..=w - 1),
            after: window(true, w + 1..=w + LAGS),
            controls_before: window(false, w - LEADS..=w - 1),
            controls_after: window(false, w + 1..=w + LAGS),
        };
        self.waves.iter().map(rates).collect()
    }
}

/// How often an interval was below the truth, above it, and said that there is an effect.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    runs: f64,
    below: f64,
    above: f64,
    alarms: f64,
    sum: f64,
    width: f64,
}

impl Score {
    fn add(&mut self, (low, value, high): (f64, f64, f64), truth: f64) {
        self.runs += 1.0;
        self.below += f64::from(u8::from(high < truth));
        self.above += f64::from(u8::from(low > truth));
        self.alarms += f64::from(u8::from(low > 0.0 || high < 0.0));
        self.sum += value - truth;
        self.width += high - low;
    }

    fn held(&self) -> f64 {
        1.0 - (self.below + self.above) / self.runs
    }

    fn say(&self, what: &str) {
        let percent = |n: f64| 100.0 * n / self.runs;
        println!(
            "{what:<44} held {:5.1} %, too low {:4.1} %, too high {:4.1} %, effect said {:5.1} %, bias {:+.4}, width {:.4}",
            100.0 * self.held(),
            percent(self.below),
            percent(self.above),
            percent(self.alarms),
            self.sum / self.runs,
            self.width / self.runs,
        );
    }
}

fn limits(mean: &Mean) -> (f64, f64, f64) {
    (mean.low, mean.value, mean.high)
}

/// The same by the normal distribution.
fn plain(mean: &Mean) -> (f64, f64, f64) {
    let half = 1.959_964 * mean.standard_error;
    (mean.value - half, mean.value, mean.value + half)
}

/// Reach and survival, and the placebo, over so many runs, on two threads.
fn score(seed: u64, runs: usize, reach: f64, hazard: f64) -> [Score; 3] {
    let one = |run: usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(run as u64);
        let campaign = campaign(&mut rng, reach, hazard);
        let found = stacked(&campaign.stacks(true), LEADS, 0.95).unwrap();
        let change = rate_change(&campaign.rates(), true, 0.95).unwrap();
        assert!(change.against_controls);
        [limits(&found.effect), limits(&change.log), limits(&found.placebo.unwrap())]
    };
    let half = |first: usize| (first..runs).step_by(2).map(one).collect::<Vec<_>>();
    let all = std::thread::scope(|s| {
        let other = s.spawn(|| half(1));
        [half(0), other.join().unwrap()].concat()
    });
    let mut scores = [Score::default(); 3];
    for found in all {
        for ((score, limits), truth) in scores.iter_mut().zip(found).zip([reach, hazard, 0.0]) {
            score.add(limits, truth);
        }
    }
    scores
}

/// Three binomial errors below and above 95 %.
fn holds(score: &Score, what: &str) {
    let error = (0.95 * 0.05 / score.runs).sqrt();
    assert!(score.held() > 0.95 - 3.0 * error, "{what}: {score:?}");
}

#[test]
fn intervals_hold_a_known_effect() {
    let [reach, survival, placebo] = score(1, 100, -0.15, 0.5);
    holds(&reach, "reach");
    holds(&survival, "survival");
    holds(&placebo, "placebo");
    // The effect is not lost in the noise, and the estimators are not off by much.
    assert!(reach.alarms > 95.0 && (reach.sum / reach.runs).abs() < 0.01, "{reach:?}");
    assert!(survival.alarms > 50.0 && (survival.sum / survival.runs).abs() < 0.06, "{survival:?}");
}

#[test]
fn no_effect_raises_no_alarm() {
    let [reach, survival, placebo] = score(2, 100, 0.0, 0.0);
    for (score, what) in [(reach, "reach"), (survival, "survival"), (placebo, "placebo")] {
        // 5 % and three binomial errors of 100 runs.
        assert!(score.alarms <= 11.0, "{what}: {score:?}");
    }
}

/// The table of docs/methods/takedowns.md: `cargo test --release -p netcensus-stats --test effect -- --ignored --nocapture`.
/// Two thousand campaigns without effect: of five hundred, one in eight tests that err in 5 % of them would err in more than 6 %.
#[test]
#[ignore = "some ten minutes"]
fn intervals_over_many_campaigns() {
    for (seed, runs, reach, hazard) in [(12, 2_000, 0.0, 0.0), (11, 500, -0.15, 0.5), (13, 500, 0.05, -0.4)] {
        println!("{runs} campaigns, effect on reach {reach}, on the log hazard {hazard}");
        let [a, b, c] = score(seed, runs, reach, hazard);
        [(a, "reach"), (b, "survival"), (c, "placebo")].iter().for_each(|(s, what)| s.say(what));
        for s in [a, b] {
            assert!((0.93..=0.97).contains(&s.held()), "{s:?}");
            assert!(reach != 0.0 || s.alarms <= 0.06 * s.runs, "{s:?}");
        }
    }
}

/// What else was tried, on the same campaigns.
#[test]
#[ignore = "some minutes"]
fn other_intervals() {
    let mut scores: Vec<(&str, Score)> = [
        "reach: waves, t (ours)",
        "reach: waves, normal",
        "reach: accounts as if independent",
        "reach: not matched, waves, t",
        "survival: jackknife, t (ours)",
        "survival: jackknife, normal",
        "survival: linearised, normal",
        "survival: linearised, t",
        "survival: Poisson ends, normal",
        "survival: without controls, jackknife, t",
    ]
    .map(|name| (name, Score::default()))
    .into();
    let (reach, hazard) = (-0.15, 0.5);
    for run in 0..500 {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        rng.set_stream(run);
        let campaign = campaign(&mut rng, reach, hazard);
        let stacks = campaign.stacks(true);
        let found = stacked(&stacks, LEADS, 0.95).unwrap().effect;
        scores[0].1.add(limits(&found), reach);
        scores[1].1.add(plain(&found), reach);
        // Each account a cluster of its own.
        if run < 100 {
            let single = |stack: &Stack| -> Vec<Stack> {
                let one = |(track, own): (&Track, &Vec<usize>)| Stack {
                    exposed: vec![track.clone()],
                    others: own.iter().map(|j| stack.others[*j].clone()).collect(),
                    controls: vec![(0..own.len()).collect()],
                };
                stack.exposed.iter().zip(&stack.controls).map(one).collect()
            };
            let alone: Vec<Stack> = stacks.iter().flat_map(single).collect();
            scores[2].1.add(limits(&stacked(&alone, LEADS, 0.95).unwrap().effect), reach);
            scores[3].1.add(limits(&stacked(&campaign.stacks(false), LEADS, 0.95).unwrap().effect), reach);
        }
        let rates = campaign.rates();
        let change = rate_change(&rates, true, 0.95).unwrap().log;
        scores[4].1.add(limits(&change), hazard);
        scores[5].1.add(plain(&change), hazard);
        let part = |a: Exposure, b: Exposure| {
            let time = a.time + b.time;
            (a.ends * b.time / time, b.ends * a.time / time)
        };
        let parts: Vec<[f64; 4]> = rates
            .iter()
            .map(|w| {
                let ((a, b), (c, d)) = (part(w.after, w.before), part(w.controls_after, w.controls_before));
                [a, b, c, d]
            })
            .collect();
        let sums: [f64; 4] = std::array::from_fn(|k| parts.iter().map(|p| p[k]).sum());
        let influence = |p: &[f64; 4]| p[0] / sums[0] - p[1] / sums[1] - p[2] / sums[2] + p[3] / sums[3];
        let w = parts.len() as f64;
        let variance = w / (w - 1.0) * parts.iter().map(|p| influence(p).powi(2)).sum::<f64>();
        let linear = Mean { standard_error: variance.sqrt(), ..change };
        scores[6].1.add(plain(&linear), hazard);
        let half = (change.high - change.low) / 2.0 * linear.standard_error / change.standard_error;
        scores[7].1.add((change.value - half, change.value, change.value + half), hazard);
        let all = |of: &dyn Fn(&WaveRates) -> Exposure| rates.iter().map(|w| of(w).ends).sum::<f64>();
        let poisson = [all(&|w| w.before), all(&|w| w.after), all(&|w| w.controls_before), all(&|w| w.controls_after)];
        let poisson = Mean { standard_error: poisson.iter().map(|n| 1.0 / n).sum::<f64>().sqrt(), ..change };
        scores[8].1.add(plain(&poisson), hazard);
        scores[9].1.add(limits(&rate_change(&rates, false, 0.95).unwrap().log), hazard);
    }
    scores.iter().for_each(|(name, score)| score.say(name));
}

/// A rate that doubles and sways: a false wave in no more than one watch in twenty.
#[test]
fn waves_are_not_seen_where_there_are_none() {
    let mut false_alarms = 0;
    let (mut planted, mut found) = (0, 0);
    for run in 0..400 {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        rng.set_stream(run);
        let level = rng.random_range(0.3..4.0);
        let rate = |day: f64| level * (1.0 + day / 200.0) * (1.0 + 0.3 * (day / 20.0).sin());
        let mut times = Vec::new();
        let mut day = 0.0;
        loop {
            // Thinning, by the highest rate.
            day += -(1.0 - rng.random::<f64>()).ln() / (2.6 * level);
            if day >= 200.0 {
                break;
            }
            if rng.random_bool(rate(day) / (2.6 * level)) {
                times.push(day);
            }
        }
        false_alarms +=
            u32::from(!waves(&bins(&times, 0.0, 200.0, 1.0).unwrap(), &Rule::default()).unwrap().is_empty());
        for at in [40.5, 41.5, 120.2] {
            times.extend((0..30).map(|i| at + f64::from(i) / 100.0));
        }
        let bins = bins(&times, 0.0, 200.0, 1.0).unwrap();
        let seen = waves(&bins, &Rule::default()).unwrap();
        let hit = |day: usize| seen.iter().any(|w| w.first <= day && day <= w.last);
        (planted, found) = (planted + 3, found + [40, 41, 120].iter().filter(|d| hit(**d)).count());
    }
    println!("false waves in {false_alarms} of 400 watches; {found} of {planted} days of planted waves found");
    assert!(false_alarms <= 20, "{false_alarms}");
    assert!(found as f64 > 0.95 * f64::from(planted), "{found} of {planted}");
}
