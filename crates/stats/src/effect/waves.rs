//! Waves of suspensions: more ends at a time than the usual ones can bring.

use statrs::function::beta::beta_reg;

use crate::{Error, Result};

/// A stretch of time: how many ended in it, and how much could have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// It runs from this time,
    pub from: f64,
    /// to this one.
    pub to: f64,
    /// How many ended.
    pub ends: u64,
    /// How long how many were watched; 0 where nobody was, and then nothing is said of it.
    pub exposure: f64,
}

/// When a stretch is called a wave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// The chance of any false wave in the whole time.
    pub alpha: f64,
    /// So many bins before and after are the usual.
    pub around: usize,
    /// A wave is more than so many times the usual rate: room for a rate that drifts, and for ends that clump a little.
    pub times: f64,
    /// The longest wave, in bins.
    pub longest: usize,
    /// The fewest ends of a wave.
    pub least: u64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { alpha: 0.05, around: 14, times: 2.0, longest: 3, least: 5 }
    }
}

/// A wave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wave {
    /// Its first bin.
    pub first: usize,
    /// Its last bin.
    pub last: usize,
    /// How many ended in it.
    pub ends: u64,
    /// How many would have at the rate around it.
    pub usual: f64,
    /// The chance of so many at `times` the usual rate, times the number of stretches looked at.
    pub p: f64,
}

/// Counts ends by bins of one width, from `from` to `to`; times outside are left out. The last bin may be shorter.
///
/// # Errors
/// When the time does not run forward, the width is not above 0, or there would be more than a million bins.
pub fn bins(times: &[f64], from: f64, to: f64, width: f64) -> Result<Vec<Bin>> {
    let many = ((to - from) / width).ceil();
    if !(width > 0.0 && to > from && many.is_finite() && many <= 1e6) {
        return Err(Error::Argument(
            "bins need a time that runs forward and a width above 0, a million of them at most",
        ));
    }
    let end = |i: usize| (from + (i + 1) as f64 * width).min(to);
    let bin = |i: usize| (from + i as f64 * width, end(i));
    let mut all: Vec<Bin> =
        (0..many as usize).map(bin).map(|(from, to)| Bin { from, to, ends: 0, exposure: to - from }).collect();
    for time in times.iter().filter(|t| **t >= from && **t < to) {
        let at = (((time - from) / width) as usize).min(all.len() - 1);
        all[at].ends += 1;
    }
    Ok(all)
}

/// Waves of ends among usual ones.
///
/// ```text
/// x ends in a stretch of exposure e,   R in the exposure E around it, waves left out
/// no wave: rate ≤ g·(rate around)  ⇒  x | x + R ~ at most Binomial(x + R, g·e/(g·e + E))
/// wave:    P(Binomial ≥ x)·(stretches looked at) ≤ α,  x ≥ least
/// ```
///
/// Stretches of 1 to `longest` bins are tried at every place; what is around is `around` bins on each side, at most, next to
/// the stretch. Given the sum of two Poisson counts, one of them is binomial whatever the rate is: so the rate is not
/// plugged in, and its doubt is in the test. By Bonferroni's inequality the chance of any false wave is at most α as long
/// as ends come independently at a rate that is nowhere more than g = `times` its mean around. Waves that are found are
/// taken out of what is around, and the others looked for again, until there are no more: then smaller waves beside large ones
/// are found, too. Of stretches that overlap, the one of the smallest p stands; stretches that touch stay apart.
///
/// O(bins × longest) a round.
///
/// Przyborowski & Wilenski 1940, *Homogeneity of results in testing samples from Poisson series*; Naus 1965, *The
/// distribution of the size of the maximum cluster of points on a line*; Kulldorff 1997, *A spatial scan statistic*.
///
/// # Errors
/// When α is not between 0 and 1, `times` below 1, `around` or `longest` 0, or a bin's exposure is below 0.
pub fn waves(bins: &[Bin], rule: &Rule) -> Result<Vec<Wave>> {
    if !(rule.alpha > 0.0 && rule.alpha < 1.0 && rule.times >= 1.0 && rule.around > 0 && rule.longest > 0) {
        return Err(Error::Argument(
            "a rule for waves has α between 0 and 1, times from 1, around and longest above 0",
        ));
    }
    if bins.iter().any(|b| !(b.exposure >= 0.0 && b.exposure.is_finite())) {
        return Err(Error::Argument("what was watched is a number that is not below 0"));
    }
    let looked: usize = (1..=rule.longest).map(|long| bins.len().saturating_sub(long - 1)).sum();
    let mut found: Vec<Wave> = Vec::new();
    let mut taken = vec![false; bins.len()];
    loop {
        let before = found.len();
        let mut candidates: Vec<Wave> = Vec::new();
        for long in 1..=rule.longest.min(bins.len()) {
            for first in 0..=bins.len() - long {
                let last = first + long - 1;
                if (first..=last).all(|i| !taken[i]) {
                    candidates.extend(judge(bins, &taken, (first, last), rule, looked));
                }
            }
        }
        candidates.sort_by(|a, b| {
            a.p.total_cmp(&b.p).then((a.last - a.first).cmp(&(b.last - b.first))).then(a.first.cmp(&b.first))
        });
        for wave in candidates {
            if (wave.first..=wave.last).all(|i| !taken[i]) {
                (wave.first..=wave.last).for_each(|i| taken[i] = true);
                found.push(wave);
            }
        }
        if found.len() == before {
            break;
        }
    }
    found.sort_by_key(|w| w.first);
    // What is usual is told without any wave, also without those found later.
    for wave in &mut found {
        let exposure: f64 = bins[wave.first..=wave.last].iter().map(|b| b.exposure).sum();
        let (rest, watched) = around(bins, &taken, (wave.first, wave.last), rule);
        if watched > 0.0 {
            wave.usual = rest as f64 / watched * exposure;
        }
    }
    Ok(found)
}

/// Ends and exposure around a stretch, without it and without waves.
fn around(bins: &[Bin], taken: &[bool], (first, last): (usize, usize), rule: &Rule) -> (u64, f64) {
    let (low, high) = (first.saturating_sub(rule.around), (last + rule.around).min(bins.len() - 1));
    let around = (low..=high).filter(|i| (*i < first || *i > last) && !taken[*i]);
    around.fold((0, 0.0), |(n, e), i| (n + bins[i].ends, e + bins[i].exposure))
}

/// The stretch as a wave, if it is one.
fn judge(bins: &[Bin], taken: &[bool], (first, last): (usize, usize), rule: &Rule, looked: usize) -> Option<Wave> {
    let ends: u64 = bins[first..=last].iter().map(|b| b.ends).sum();
    let exposure: f64 = bins[first..=last].iter().map(|b| b.exposure).sum();
    // A stretch begins and ends with ends: otherwise a shorter one says the same.
    let trimmed = bins[first].ends > 0 && bins[last].ends > 0;
    if ends < rule.least || !trimmed || exposure <= 0.0 {
        return None;
    }
    let (rest, watched) = around(bins, taken, (first, last), rule);
    if watched <= 0.0 {
        return None;
    }
    let share = rule.times * exposure / (rule.times * exposure + watched);
    // P(Binomial(x + R, q) ≥ x) = I_q(x, R + 1).
    let p = beta_reg(ends as f64, rest as f64 + 1.0, share) * looked as f64;
    let usual = rest as f64 / watched * exposure;
    (p <= rule.alpha).then_some(Wave { first, last, ends, usual, p })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn waves_are_found_where_they_are() {
        // Two ends a day on most days; thirty on day 20 and a smaller wave on days 26 and 27, beside a gap in the watch.
        let mut times: Vec<f64> = (0..60).flat_map(|d| [f64::from(d) + 0.1, f64::from(d) + 0.6]).collect();
        times.extend((0..30).map(|i| 20.0 + f64::from(i) / 31.0));
        times.extend((0..28).map(|i| 26.0 + f64::from(i) / 14.1));
        let mut bins = bins(&times, 0.0, 60.0, 1.0).unwrap();
        assert_eq!((bins.len(), bins[20].ends, bins[0].ends), (60, 32, 2));
        bins[40] = Bin { ends: 0, exposure: 0.0, ..bins[40] };
        let found = waves(&bins, &Rule::default()).unwrap();
        let places: Vec<_> = found.iter().map(|w| (w.first, w.last, w.ends)).collect();
        assert_eq!(places, [(20, 20, 32), (26, 27, 32)]);
        assert!((found[0].usual - 2.0).abs() < 1e-9 && found.iter().all(|w| w.p <= 0.05));
    }

    #[test]
    fn the_chance_is_the_binomial_one() {
        // One bin of 7 among nine of 1 on each side: P(Binomial(25, 2/20) ≥ 7), times 3·19 − 3 stretches.
        // R: 54 * pbinom(6, 25, 2/20, lower.tail = FALSE)
        let mut times: Vec<f64> = (0..19).map(f64::from).collect();
        times.extend([9.0; 6]);
        let bins = bins(&times, 0.0, 19.0, 1.0).unwrap();
        let found = waves(&bins, &Rule { alpha: 0.99, around: 18, ..Rule::default() }).unwrap();
        let exact = |k: i32| -> f64 {
            (0..k).map(|j| f64::from(25 - j) / f64::from(j + 1)).product::<f64>()
                * 0.1_f64.powi(k)
                * 0.9_f64.powi(25 - k)
        };
        let expected = 54.0 * (7..=25).map(exact).sum::<f64>();
        assert!(found.iter().any(|w| w.ends == 7 && (w.p - expected).abs() < 1e-9), "{found:?} {expected}");
    }

    #[test]
    fn what_cannot_be_judged_is_not() {
        assert!(waves(&[], &Rule::default()).unwrap().is_empty());
        let alone = [Bin { from: 0.0, to: 1.0, ends: 1_000, exposure: 1.0 }];
        assert!(waves(&alone, &Rule::default()).unwrap().is_empty());
        assert!(
            bins(&[], 0.0, 1e9, 1e-3).is_err()
                && bins(&[], 1.0, 0.0, 1.0).is_err()
                && bins(&[], 0.0, 1.0, f64::NAN).is_err()
        );
        assert!(waves(&alone, &Rule { times: 0.5, ..Rule::default() }).is_err());
    }
}
