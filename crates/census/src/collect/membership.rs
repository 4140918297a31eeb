//! How likely an account that was fetched is a member, when nobody has said so: from its ties alone.
//!
//! ```text
//! of each fetched account     k of its d one-sided follows go to likely members
//!                             m of the n fetched accounts that follow it are likely members
//!                             b of those m it follows back
//! each is beta-binomial among members and among others;  p = P(member | k, m, b), the three taken as independent
//! ```
//!
//! The parameters are found by expectation–maximisation, the chances counting as counts; seeds and labels are what they
//! are. A statistic counts only while it is higher among members. Everything starts anew each time, so the answer hangs
//! on the lists alone, not on how they came to be.
//!
//! Assumes that members follow each other more than others follow them, and fails where they do not: then all chances
//! come out alike ([`super::frontier::Frontier::told_apart`]), and labels are needed.

use super::frontier::{Fetched, STEPS};

/// Rounds of expectation and maximisation.
const ITERATIONS: usize = 10;
/// Log odds are kept within this: ties alone never make sure.
const SUREST: f64 = 5.0;
/// How many members and others are imagined before any was seen.
const IMAGINED: f64 = 5.0;

/// Sets the chances of all accounts that nobody labelled.
pub(super) fn judge(fetched: &mut [Fetched], place: &[u32]) {
    if fetched.iter().all(|f| f.known) {
        return;
    }
    fetched.iter_mut().filter(|f| !f.known).for_each(|f| f.chance = STEPS / 2);
    let links = Links::among(fetched, place);
    for _ in 0..ITERATIONS {
        let counts = links.counts(fetched);
        let chances = chances(fetched, &counts);
        for (account, chance) in fetched.iter_mut().zip(chances) {
            if !account.known {
                account.chance = (chance * f64::from(STEPS)).round() as u32;
            }
        }
    }
}

/// The follows among fetched accounts.
struct Links {
    /// Who, whom, and whether it is followed back.
    links: Vec<(u32, u32, bool)>,
}

/// Successes and trials of the three statistics of one account: k of d, m of n, b of m.
type Counts = [(f64, f64); 3];

impl Links {
    fn among(fetched: &[Fetched], place: &[u32]) -> Self {
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (i, from) in (0..).zip(fetched) {
            let places = from.follows.iter().map(|v| place[*v as usize]);
            pairs.extend(places.filter(|p| (*p as usize) < fetched.len()).map(|p| (i, p)));
        }
        pairs.sort_unstable();
        let back = |(a, b): (u32, u32)| pairs.binary_search(&(b, a)).is_ok();
        Self { links: pairs.iter().map(|&(a, b)| (a, b, back((a, b)))).collect() }
    }

    fn counts(&self, fetched: &[Fetched]) -> Vec<Counts> {
        let mut counts: Vec<Counts> =
            fetched.iter().map(|f| [(0.0, f.follows.len() as f64), (0.0, 0.0), (0.0, 0.0)]).collect();
        for &(from, to, back) in &self.links {
            let (from, to) = (from as usize, to as usize);
            let follower = fetched[from].share();
            let [_, known, returned] = &mut counts[to];
            known.0 += follower;
            known.1 += 1.0;
            returned.1 += follower;
            if back {
                returned.0 += follower;
                counts[from][0].1 -= 1.0;
            } else {
                counts[from][0].0 += fetched[to].share();
            }
        }
        counts
    }
}

/// One round: parameters from the chances, chances from the parameters.
fn chances(fetched: &[Fetched], counts: &[Counts]) -> Vec<f64> {
    // Seeds led to what was fetched, so their ties are not like those of others.
    let learnt: Vec<usize> = (0..fetched.len()).filter(|i| !fetched[*i].seed).collect();
    let members: f64 = learnt.iter().map(|i| fetched[*i].share()).sum();
    let share = (members + IMAGINED) / (learnt.len() as f64 + 2.0 * IMAGINED);
    let expected = [(0.1, 0.01, 0.05), (0.8, 0.2, 0.1), (0.5, 0.05, 0.1)];
    let kinds: Vec<(BetaBinomial, BetaBinomial)> = (0..3)
        .map(|s| {
            let (inside, outside, spread) = expected[s];
            let fit = |mean, weight: &dyn Fn(usize) -> f64| {
                let of = |i: &usize| (weight(*i), counts[*i][s].0, counts[*i][s].1);
                BetaBinomial::fit(&learnt.iter().map(of).collect::<Vec<_>>(), mean, spread)
            };
            (fit(inside, &|i| fetched[i].share()), fit(outside, &|i| 1.0 - fetched[i].share()))
        })
        .collect();
    let odds = |counts: &Counts| {
        let of = |((inside, outside), (k, n)): (&(BetaBinomial, BetaBinomial), &(f64, f64))| {
            if inside.mean() > outside.mean() { inside.log(*k, *n) - outside.log(*k, *n) } else { 0.0 }
        };
        (share / (1.0 - share)).ln() + kinds.iter().zip(counts).map(of).sum::<f64>()
    };
    counts.iter().map(|c| 1.0 / (1.0 + (-odds(c).clamp(-SUREST, SUREST)).exp())).collect()
}

/// A share that differs from account to account.
#[derive(Debug, Clone, Copy, PartialEq)]
struct BetaBinomial {
    a: f64,
    b: f64,
}

impl BetaBinomial {
    /// From weighted counts (weight, successes, trials) by moments, mixed with five trials of the expected share.
    fn fit(counts: &[(f64, f64, f64)], expected: f64, spread: f64) -> Self {
        const TRIALS: f64 = 5.0;
        const SPREAD_TRIALS: f64 = 20.0;
        let (mut successes, mut trials) = (TRIALS * expected, TRIALS);
        for (weight, k, n) in counts {
            successes += weight * k;
            trials += weight * n;
        }
        let mean = (successes / trials).clamp(1e-4, 1.0 - 1e-4);
        let binomial = mean * (1.0 - mean);
        // Σ w(k − nμ)²/n = Σ w·μ(1−μ)·(1 + (n−1)ρ), long lists weighed down.
        let (mut seen, mut unspread, mut slope) = (0.0, 0.0, 0.0);
        for (weight, k, n) in counts.iter().filter(|(_, _, n)| *n >= 2.0) {
            let weight = weight / (1.0 + 0.1 * (n - 1.0));
            seen += weight * (k - n * mean).powi(2) / n;
            unspread += weight * binomial;
            slope += weight * binomial * (n - 1.0);
        }
        let imagined = SPREAD_TRIALS * binomial;
        let spread = ((seen - unspread + imagined * spread) / (slope + imagined)).clamp(0.005, 0.6);
        let sum = (1.0 - spread) / spread;
        Self { a: mean * sum, b: (1.0 - mean) * sum }
    }

    fn mean(&self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// ln P(k of n) but for what does not hang on the parameters.
    fn log(&self, k: f64, n: f64) -> f64 {
        let &Self { a, b } = self;
        ln_gamma(k + a) + ln_gamma(n - k + b) - ln_gamma(n + a + b) - ln_gamma(a) - ln_gamma(b) + ln_gamma(a + b)
    }
}

/// ln Γ for x > 0, by Stirling's series above 8; right to 1e-10.
fn ln_gamma(mut x: f64) -> f64 {
    let mut below = 0.0;
    while x < 8.0 {
        below += x.ln();
        x += 1.0;
    }
    let i = 1.0 / x;
    let series = i / 12.0 - i.powi(3) / 360.0 + i.powi(5) / 1260.0 - i.powi(7) / 1680.0;
    (x - 0.5) * x.ln() - x + 0.918_938_533_204_672_7 + series - below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gamma_function() {
        // ln of 1/2, 1, 5, 10.5: √π, 0!, 4!, and R's lgamma(10.5).
        for (x, want) in [(0.5, 0.572_364_942_924_700_1), (1.0, 0.0), (5.0, 24f64.ln()), (10.5, 13.940_625_219_403_763)]
        {
            assert!((ln_gamma(x) - want).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn a_beta_binomial_is_found_again() {
        // 2,000 accounts of 20 trials each, shares from a grid of Beta(2, 6): mean 0.25, spread 1/9.
        let quantiles = (0..2_000).map(|i| f64::from(i) / 2_000.0 + 0.000_25);
        let mut sum = 0.0;
        let density = |x: f64| x * (1.0 - x).powi(5);
        let total: f64 = (0..10_000).map(|i| density((f64::from(i) + 0.5) / 10_000.0)).sum();
        let mut at = 0;
        let mut counts = Vec::new();
        for q in quantiles {
            while sum < q * total {
                sum += density((f64::from(at) + 0.5) / 10_000.0);
                at += 1;
            }
            // The binomial part is put in by its variance: half a standard deviation up, half down.
            let p = f64::from(at) / 10_000.0;
            let off = (20.0 * p * (1.0 - p)).sqrt();
            counts.push((0.5, (20.0 * p + off).min(20.0), 20.0));
            counts.push((0.5, (20.0 * p - off).max(0.0), 20.0));
        }
        let found = BetaBinomial::fit(&counts, 0.5, 0.1);
        assert!((found.mean() - 0.25).abs() < 0.01, "{found:?}");
        assert!((found.a + found.b - 8.0).abs() < 1.0, "{found:?}");
    }
}
