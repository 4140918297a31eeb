//! How a rate of ends moved after waves.

use super::few::Mean;
use crate::{Error, Result};

/// How many ended while how long how many were watched.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Exposure {
    /// How many ended.
    pub ends: f64,
    /// The time of all together.
    pub time: f64,
}

/// The exposed and their controls, in windows of one length before a wave and after it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WaveRates {
    /// The exposed before.
    pub before: Exposure,
    /// The exposed after.
    pub after: Exposure,
    /// The controls before.
    pub controls_before: Exposure,
    /// The controls after.
    pub controls_after: Exposure,
}

/// How the rate moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateChange {
    /// The logarithm of the factor, with its interval by waves.
    pub log: Mean,
    /// Whether the controls' rate is in it; else it is the exposed alone, before and after.
    pub against_controls: bool,
}

impl RateChange {
    /// The factor by which the rate changed, and its limits.
    pub fn ratio(&self) -> (f64, f64, f64) {
        (self.log.value.exp(), self.log.low.exp(), self.log.high.exp())
    }
}

/// The factor by which waves changed the rate at which the remaining end, next to the controls'.
///
/// ```text
/// R(pairs) = Σ_w dₐT_b/(Tₐ+T_b) / Σ_w d_bTₐ/(Tₐ+T_b)              Mantel and Haenszel's, waves as strata
/// log θ̂ = log R(exposed after, exposed before) − log R(controls after, controls before)
/// v = (W−1)/W · Σ_w (log θ̂₍₋w₎ − mean)²                            each wave left out in turn
/// log θ̂ ± t_{W−1}·√v
/// ```
///
/// Strata keep each wave's own level of the rate out of the answer, and pooling over waves lets a wave have few ends or none.
/// What moves all rates of a window at once (a news day, a sweep over the whole platform) goes out with the controls; what
/// moves the exposed alone in one wave is in how waves differ. The jackknife by waves is CR3's idea: it takes each wave's pull
/// on the answer whole. With `against_controls` false, or where controls have no ends before or after, the second term is left out;
/// the answer says which.
///
/// Ends of the wave itself are no part of a window: it is what is looked at the results of.
///
/// Assumes that without the wave the rate of the exposed would have moved by the controls' factor, and that windows of waves
/// do not overlap.
///
/// Mantel & Haenszel 1959; Greenland & Robins 1985 for person-time; Cameron, Gelbach & Miller 2008, *Bootstrap-based
/// improvements for inference with clustered errors*, on few clusters; Bell & McCaffrey 2002.
///
/// # Errors
/// With fewer than three waves that were watched, or when the exposed have no end before or none after, whichever wave is left out;
/// when a count or time is below 0 or not finite, or `level` not between 0 and 1.
pub fn rate_change(waves: &[WaveRates], against_controls: bool, level: f64) -> Result<RateChange> {
    let all = waves.iter().flat_map(|w| [w.before, w.after, w.controls_before, w.controls_after]);
    if all.into_iter().any(|e| !(e.ends >= 0.0 && e.time >= 0.0 && e.ends.is_finite() && e.time.is_finite())) {
        return Err(Error::Argument("ends and times of a window are numbers that are not below 0"));
    }
    let watched: Vec<&WaveRates> = waves.iter().filter(|w| w.before.time > 0.0 && w.after.time > 0.0).collect();
    if watched.len() < 3 {
        return Err(Error::Argument("a change of a rate needs three waves that were watched before and after"));
    }
    let own = jackknife(&watched, |w| (w.after, w.before));
    let Some(own) = own else {
        return Err(Error::Argument("too few of the remaining ended around the waves to say how their rate moved"));
    };
    let theirs = against_controls.then(|| jackknife(&watched, |w| (w.controls_after, w.controls_before))).flatten();
    let against_controls = theirs.is_some();
    let theirs = theirs.unwrap_or_else(|| (0.0, vec![0.0; watched.len()]));
    let value = own.0 - theirs.0;
    let left_out: Vec<f64> = own.1.iter().zip(&theirs.1).map(|(a, b)| a - b).collect();
    let w = left_out.len() as f64;
    let mean = left_out.iter().sum::<f64>() / w;
    let variance = (w - 1.0) / w * left_out.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    Ok(RateChange { log: Mean::new(value, variance.sqrt(), w - 1.0, watched.len(), level)?, against_controls })
}

/// log R of all waves, and without each; none where one of them has no ends on a side.
fn jackknife(waves: &[&WaveRates], pair: impl Fn(&WaveRates) -> (Exposure, Exposure)) -> Option<(f64, Vec<f64>)> {
    let parts: Vec<(f64, f64)> = waves
        .iter()
        .map(|w| {
            let (a, b) = pair(w);
            let time = a.time + b.time;
            if time > 0.0 { (a.ends * b.time / time, b.ends * a.time / time) } else { (0.0, 0.0) }
        })
        .collect();
    let log = |without: usize| {
        let rest = parts.iter().enumerate().filter(|(at, _)| *at != without);
        let (a, b) = rest.fold((0.0, 0.0), |(x, y), (_, (a, b))| (x + a, y + b));
        (a > 0.0 && b > 0.0).then(|| (a / b).ln())
    };
    Some((log(usize::MAX)?, (0..parts.len()).map(log).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn e(ends: f64, time: f64) -> Exposure {
        Exposure { ends, time }
    }

    #[test]
    fn mantel_and_haenszel_s_ratio() {
        // Strata of person-time by hand: R = (8·200/300 + 6·80/180) / (5·100/300 + 4·100/180), the third without ends.
        let wave = |after, before| WaveRates { after, before, ..WaveRates::default() };
        let waves =
            [wave(e(8.0, 100.0), e(5.0, 200.0)), wave(e(6.0, 100.0), e(4.0, 80.0)), wave(e(1.0, 10.0), e(1.0, 10.0))];
        let found = rate_change(&waves, true, 0.95).unwrap();
        let a = 8.0 * 200.0 / 300.0 + 6.0 * 80.0 / 180.0 + 0.5;
        let b = 5.0 * 100.0 / 300.0 + 4.0 * 100.0 / 180.0 + 0.5;
        assert!((found.ratio().0 - a / b).abs() < 1e-12 && !found.against_controls);
        assert!(found.log.degrees == 2.0 && found.ratio().1 < found.ratio().0);
        // Controls that moved the same way leave nothing.
        let same = |w: &WaveRates| WaveRates { controls_after: w.after, controls_before: w.before, ..*w };
        let found = rate_change(&waves.map(|w| same(&w)), true, 0.95).unwrap();
        assert!(found.against_controls && found.log.value.abs() < 1e-12 && found.log.standard_error < 1e-12);
    }

    #[test]
    fn too_little_is_said_to_be_too_little() {
        let one = WaveRates { before: e(1.0, 1.0), after: e(1.0, 1.0), ..WaveRates::default() };
        assert!(rate_change(&[one, one], false, 0.95).is_err());
        let none = WaveRates { after: e(0.0, 1.0), ..one };
        assert!(rate_change(&[one, none, none], false, 0.95).is_err());
        let odd = WaveRates { after: e(f64::NAN, 1.0), ..one };
        assert!(rate_change(&[one, one, odd], false, 0.95).is_err());
    }
}
