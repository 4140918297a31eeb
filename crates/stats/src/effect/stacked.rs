//! Difference in differences, wave by wave.

use std::ops::Range;

use super::few::{Mean, mean_of_waves};
use super::matching::mean;
use crate::survival::solve;
use crate::{Error, Result};

/// One account around one wave.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its outcome by period, none where it was not seen: not there yet, gone, or not looked at.
    pub outcomes: Vec<Option<f64>>,
    /// Its traits before the wave, by which a rest of difference from its controls is taken out.
    pub traits: Vec<f64>,
}

/// One wave: the exposed and their controls, over `leads` periods before it and those from it on.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// The accounts that remained when others went.
    pub exposed: Vec<Track>,
    /// Those that nothing happened to.
    pub others: Vec<Track>,
    /// Of each exposed its controls among the others.
    pub controls: Vec<Vec<usize>>,
}

/// The difference at one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct At {
    /// Periods since the wave; below 0 before it. −1 is what is compared with.
    pub time: i32,
    /// The difference in differences from period −1.
    pub mean: Mean,
}

/// What waves did to an outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Stacked {
    /// The mean effect of a wave, from before to after.
    pub effect: Mean,
    /// By period, without −1: leads, which should be near 0, and what followed. Periods seen in fewer than two waves are missing.
    pub at: Vec<At>,
    /// The same estimator at a date at which nothing happened: the middle of the leads. None with fewer than two leads.
    pub placebo: Option<Mean>,
    /// The chance of leads as far from 0 if there were no differences before: the smallest of theirs, times their number.
    pub leads_p: Option<f64>,
    /// The effect of each wave; none where no exposed account has a control seen with it before and after.
    pub by_wave: Vec<Option<f64>>,
    /// Exposed accounts behind the effect, an account counted in each wave.
    pub accounts: usize,
}

/// The mean effect of a wave on those that remained, by stacked difference in differences.
///
/// ```text
/// dᵢ(e) = Yᵢ(e) − mean of Yⱼ(e) over i's controls              e periods since the wave
/// δ_w   = mean over i of [ mean of dᵢ over e ≥ 0 − mean of dᵢ over e < 0 − β̂'(xᵢ − x̄ of i's controls) ]
/// δ̂     = Σ δ_w/W,   interval by waves (see `mean_of_waves`)
/// ```
///
/// Each wave is a comparison of its own with controls that no wave touches, so that no account that was exposed before serves
/// as a control, which is what makes two-way fixed effects wrong where effects differ. An account counts by the periods in
/// which it was seen, and its controls are those seen in all of the same: who comes late or goes early neither adds nor hides a
/// trend. β̂ is the regression of the controls' own change on their traits: what calipers leave of a difference in traits.
/// Waves count alike, whatever their size.
///
/// Assumes that without the wave the exposed would have gone on next to their controls as before (leads and placebo look
/// for the contrary, and cannot prove it), that the wave reaches no control, that nothing was known of it in advance, that who
/// is suspended later was not moved by it, and that windows of waves do not overlap.
///
/// Cengiz, Dube, Lindner & Zipperer 2019, *The effect of minimum wages on low-wage jobs*; Callaway & Sant'Anna 2021,
/// *Difference-in-differences with multiple time periods*; Sun & Abraham 2021, *Estimating dynamic treatment effects in
/// event studies*; Abadie & Imbens 2011 for β̂.
///
/// # Errors
/// When tracks are not `leads` and at least one period more long, traits not equally many, controls not among the others, or
/// fewer than two waves can be compared.
pub fn stacked(waves: &[Stack], leads: usize, level: f64) -> Result<Stacked> {
    let periods = waves.iter().find_map(|w| w.exposed.first()).map_or(0, |t| t.outcomes.len());
    let width = waves.iter().find_map(|w| w.exposed.first()).map_or(0, |t| t.traits.len());
    let sound = |t: &Track| {
        let numbers = t.outcomes.iter().flatten().chain(&t.traits).all(|v| v.is_finite());
        t.outcomes.len() == periods && t.traits.len() == width && numbers
    };
    if leads == 0 || periods <= leads || !waves.iter().all(|w| w.exposed.iter().chain(&w.others).all(sound)) {
        return Err(Error::Argument("outcomes around a wave are finite, equally many, and some before and some after"));
    }
    if waves
        .iter()
        .any(|w| w.controls.len() != w.exposed.len() || w.controls.iter().flatten().any(|j| *j >= w.others.len()))
    {
        return Err(Error::Argument("each exposed account has its list of controls among the others"));
    }
    let over = |minus: Range<usize>, plus: Range<usize>| -> Vec<Option<(f64, usize)>> {
        waves.iter().map(|w| w.change(&minus, &plus)).collect()
    };
    let pooled = |found: &[Option<(f64, usize)>]| {
        let values: Vec<f64> = found.iter().flatten().map(|(v, _)| *v).collect();
        mean_of_waves(&values, level)
    };
    let main = over(0..leads, leads..periods);
    let effect = pooled(&main)?;
    let base = leads - 1;
    let mut at = Vec::new();
    for e in (0..periods).filter(|e| *e != base) {
        // Too few waves seen so far from the date: nothing is said of it.
        if let Ok(mean) = pooled(&over(base..leads, e..e + 1)) {
            at.push(At { time: e as i32 - leads as i32, mean });
        }
    }
    let half = leads / 2;
    let placebo = (half > 0).then(|| pooled(&over(0..half, half..leads)).ok()).flatten();
    let before: Vec<f64> = at.iter().filter(|a| a.time < 0).map(|a| a.mean.p).collect();
    let least = before.iter().copied().min_by(f64::total_cmp);
    let leads_p = least.map(|p| (p * before.len() as f64).min(1.0));
    let accounts = main.iter().flatten().map(|(_, n)| n).sum();
    Ok(Stacked { effect, at, placebo, leads_p, by_wave: main.iter().map(|m| m.map(|(v, _)| v)).collect(), accounts })
}

impl Stack {
    /// How the exposed changed from the periods `minus` to the periods `plus`, next to their controls; from how many.
    fn change(&self, minus: &Range<usize>, plus: &Range<usize>) -> Option<(f64, usize)> {
        let slope = self.slope(minus, plus);
        let (mut sum, mut n) = (0.0, 0);
        for (track, controls) in self.exposed.iter().zip(&self.controls) {
            let seen = |range: &Range<usize>| -> Vec<usize> {
                range.clone().filter(|e| track.outcomes[*e].is_some()).collect()
            };
            let (first, then) = (seen(minus), seen(plus));
            let Some(own) = track.between(&first, &then) else { continue };
            let beside: Vec<(f64, &Track)> = controls
                .iter()
                .filter_map(|j| Some((self.others[*j].between(&first, &then)?, &self.others[*j])))
                .collect();
            if beside.is_empty() {
                continue;
            }
            let theirs = mean(beside.iter().map(|(change, _)| *change));
            let rest: f64 = (0..slope.len())
                .map(|k| slope[k] * (track.traits[k] - mean(beside.iter().map(|(_, t)| t.traits[k]))))
                .sum();
            sum += own - theirs - rest;
            n += 1;
        }
        (n > 0).then(|| (sum / f64::from(n), n as usize))
    }

    /// β̂ over the controls; 0 where they are too few to tell, or their traits follow from each other.
    fn slope(&self, minus: &Range<usize>, plus: &Range<usize>) -> Vec<f64> {
        let mut used: Vec<usize> = self.controls.iter().flatten().copied().collect();
        used.sort_unstable();
        used.dedup();
        let rows: Vec<(f64, &[f64])> = used
            .iter()
            .filter_map(|j| {
                let track = &self.others[*j];
                let seen = |range: &Range<usize>| -> Vec<usize> {
                    range.clone().filter(|e| track.outcomes[*e].is_some()).collect()
                };
                Some((track.between(&seen(minus), &seen(plus))?, track.traits.as_slice()))
            })
            .collect();
        let width = rows.first().map_or(0, |(_, x)| x.len());
        let none = vec![0.0; width];
        // Ten rows a trait, or the slope is mostly noise.
        if rows.len() < 10 * (width + 1) {
            return none;
        }
        let centre: Vec<f64> = (0..width).map(|k| mean(rows.iter().map(|(_, x)| x[k]))).collect();
        let middle = mean(rows.iter().map(|(y, _)| *y));
        let (mut xx, mut xy) = (vec![vec![0.0; width]; width], vec![0.0; width]);
        for (y, x) in &rows {
            for k in 0..width {
                let a = x[k] - centre[k];
                xy[k] += a * (y - middle);
                for l in 0..width {
                    xx[k][l] += a * (x[l] - centre[l]);
                }
            }
        }
        solve(xx, xy).unwrap_or(none)
    }
}

impl Track {
    /// The mean of the periods `then` less that of `first`; none where one of them was not seen, or there is none.
    fn between(&self, first: &[usize], then: &[usize]) -> Option<f64> {
        if first.is_empty() || then.is_empty() {
            return None;
        }
        let over = |periods: &[usize]| -> Option<f64> {
            let sum = periods.iter().map(|e| self.outcomes[*e]).sum::<Option<f64>>()?;
            Some(sum / periods.len() as f64)
        };
        Some(over(then)? - over(first)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn track(outcomes: &[f64]) -> Track {
        let seen = |v: &f64| v.is_finite().then_some(*v);
        Track { outcomes: outcomes.iter().map(seen).collect(), traits: vec![] }
    }

    #[test]
    fn the_difference_of_differences_by_hand() {
        const NO: f64 = f64::NAN;
        // Controls rise by 1 a period. The exposed jump by 2 and by 4 at the wave; one comes late, one goes early.
        let others = vec![track(&[0.0, 1.0, 2.0, 3.0, 4.0]), track(&[5.0, 6.0, 7.0, NO, NO])];
        let stack = |jump: f64| Stack {
            exposed: vec![
                track(&[7.0, 8.0, 9.0 + jump, 10.0 + jump, 11.0 + jump]),
                track(&[NO, 1.0, 2.0 + jump, NO, NO]),
                track(&[NO, NO, 2.0, NO, NO]),
            ],
            others: others.clone(),
            controls: vec![vec![0, 1], vec![0, 1], vec![0]],
        };
        let found = stacked(&[stack(2.0), stack(4.0)], 2, 0.95).unwrap();
        assert_eq!(found.by_wave, [Some(2.0), Some(4.0)]);
        assert!((found.effect.value - 3.0).abs() < 1e-12 && (found.effect.standard_error - 1.0).abs() < 1e-12);
        assert_eq!(found.accounts, 4);
        let times: Vec<i32> = found.at.iter().map(|a| a.time).collect();
        assert_eq!(times, [-2, 0, 1, 2]);
        assert!(found.at[0].mean.value.abs() < 1e-12 && (found.at[3].mean.value - 3.0).abs() < 1e-12);
        assert!(found.placebo.unwrap().value.abs() < 1e-12 && found.leads_p == Some(1.0));
    }

    #[test]
    fn a_rest_of_difference_in_traits_is_taken_out() {
        // Who has the trait x grows by x a period; the exposed have 0.1 more of it than their controls. No effect.
        let grows = |x: f64| Track { outcomes: (0..6).map(|e| Some(x * f64::from(e))).collect(), traits: vec![x] };
        let stack = |from: f64| Stack {
            exposed: (0..30).map(|i| grows(from + f64::from(i) / 10.0 + 0.1)).collect(),
            others: (0..30).map(|i| grows(from + f64::from(i) / 10.0)).collect(),
            controls: (0..30).map(|i| vec![i]).collect(),
        };
        let found = stacked(&[stack(0.0), stack(1.0)], 3, 0.95).unwrap();
        assert!(found.effect.value.abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let one =
            Stack { exposed: vec![track(&[0.0, 1.0])], others: vec![track(&[0.0, 1.0])], controls: vec![vec![0]] };
        assert!(stacked(std::slice::from_ref(&one), 1, 0.95).is_err() && stacked(&[], 1, 0.95).is_err());
        assert!(stacked(&[one.clone(), one.clone()], 2, 0.95).is_err());
        assert!(stacked(&[one.clone(), one.clone()], 1, 0.95).is_ok());
        let far = Stack { controls: vec![vec![7]], ..one.clone() };
        assert!(stacked(&[one, far], 1, 0.95).is_err());
    }
}
