//! Which accounts are asked about first: those of which it is most likely that something changed since they were last
//! looked for.
//!
//! ```text
//! urgency = max( P(change since the last look) / least chance,  time since the last look / longest time )
//! P       = 1 − exp(−m·(H(age now) − H(age then)))        H(t) = h·(t / 2 days)^k
//! ```
//!
//! An account is due from an urgency of 1 on. H is the cumulative hazard of a Weibull life, steep in the first days and
//! flat later. h = 0.34 and k = 0.32 are those of accounts of which 29 % were gone 2 days after their birth and 65 % after
//! 70, as campaigns of suspension have it (Conway et al. 2019, *Disrupting Daesh*); they say only in which order to ask, no
//! figure rests on them. m is 1 for a sure member, a tenth for a sure non-member, and more within a few days of a change.
//! An account that is gone may come back: soon, if its owner put it away, hardly, if it was deleted.

use crate::lives::{End, Saw};
use crate::rows::Micros;

const DAY: f64 = 86_400e6;
const BY_TWO_DAYS: f64 = 0.342;
const SHAPE: f64 = 0.316;
/// What an account that is surely no member counts, beside one that surely is.
const OTHER: f64 = 0.1;
/// For so long after a change another one is likelier, so many times at first.
const RESTLESS: f64 = 3.0 * DAY;
const RESTLESS_TIMES: f64 = 4.0;

/// What is known of an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// When it says it was made.
    pub(super) born: Option<Micros>,
    /// When it was last looked for.
    pub(super) checked: Option<Micros>,
    /// When its status last changed while it was watched.
    pub(super) changed: Option<Micros>,
    /// What that look found.
    pub(super) saw: Saw,
    /// How likely it is a member; none before anybody was labelled.
    pub(super) score: Option<f64>,
}

/// How patient the watch is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Each account is due at least so often, in microseconds.
    pub(super) longest: f64,
    /// An account is due once the chance of a change is this.
    pub(super) least_chance: f64,
}

/// How urgent it is to ask about an account; from 1 on it is due. One that was never looked for comes before all others.
pub(super) fn urgency(known: &Known, now: Micros, pace: &Pace) -> f64 {
    let Some(checked) = known.checked else { return f64::INFINITY };
    let since = (now - checked).max(0) as f64;
    (chance(known, checked, now) / pace.least_chance).max(since / pace.longest)
}

/// The chance that something changed since the last look.
fn chance(known: &Known, checked: Micros, now: Micros) -> f64 {
    let since = (now - checked).max(0) as f64;
    let passed = match known.saw {
        Saw::There | Saw::Nothing => {
            let hazard = |at: Micros, born: Micros| {
                let age = (at - born).max(0) as f64;
                BY_TWO_DAYS * (age / (2.0 * DAY)).powf(SHAPE)
            };
            // A claim to have been made later than it was seen is none; who says nothing is taken for a year old.
            let born = known.born.filter(|born| *born <= checked).unwrap_or(checked - (365.0 * DAY) as Micros);
            let member = known.score.map_or(1.0, |p| OTHER + (1.0 - OTHER) * p.clamp(0.0, 1.0));
            member * (hazard(now.max(checked), born) - hazard(checked, born))
        }
        // So many came back in a day of those that could.
        Saw::Gone(End::Deactivated) => 0.01 * since / DAY,
        Saw::Gone(End::Suspended | End::Vanished) => 0.003 * since / DAY,
        Saw::Gone(End::Deleted) => 0.0002 * since / DAY,
    };
    // Nobody could tell what it was: the answer is still open.
    let open = if known.saw == Saw::Nothing { 10.0 } else { 1.0 };
    let restless = known.changed.map_or(1.0, |changed| {
        let since = (now - changed).max(0) as f64;
        1.0 + RESTLESS_TIMES * (-since / RESTLESS).exp()
    });
    -(-open * restless * passed).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = 1_000 * DAY as Micros;
    const PACE: Pace = Pace { longest: 7.0 * DAY, least_chance: 0.005 };

    fn ago(days: f64) -> Option<Micros> {
        Some(NOW - (days * DAY) as Micros)
    }
    fn at(known: Known) -> f64 {
        urgency(&known, NOW, &PACE)
    }
    fn known(age: f64, checked: f64) -> Known {
        Known { born: ago(age), checked: ago(checked), changed: None, saw: Saw::There, score: None }
    }

    #[test]
    fn the_young_the_long_unseen_and_members_come_first() {
        assert!(at(known(3.0, 1.0)) > at(known(30.0, 1.0)) && at(known(30.0, 1.0)) > at(known(900.0, 1.0)));
        assert!(at(known(30.0, 2.0)) > at(known(30.0, 1.0)));
        let score = |p| at(Known { score: Some(p), ..known(30.0, 1.0) });
        assert!(score(0.9) > score(0.5) && score(0.5) > score(0.01) && score(0.01) > 0.0);
        assert_eq!(at(Known { checked: None, ..known(30.0, 1.0) }), f64::INFINITY);
        assert_eq!(at(known(30.0, 0.0)), 0.0, "just looked for");
    }

    #[test]
    fn everybody_is_due_at_least_so_often() {
        for saw in [Saw::There, Saw::Nothing, Saw::Gone(End::Deleted), Saw::Gone(End::Suspended)] {
            for score in [None, Some(0.0)] {
                let old = Known { saw, score, ..known(3000.0, 7.01) };
                assert!(at(old) >= 1.0, "{old:?}");
            }
        }
        // A new account is due within the hour, an old one not within the day, an unlikely one later still.
        assert!(at(known(0.5, 1.0 / 24.0)) >= 1.0);
        assert!(at(known(2000.0, 1.0)) < 1.0);
    }

    #[test]
    fn a_change_makes_another_likelier_for_a_while() {
        let changed = |days: f64| at(Known { changed: ago(days), ..known(300.0, 1.0) });
        assert!(changed(1.0) > changed(5.0) && changed(5.0) > changed(100.0));
        assert!((changed(500.0) - at(known(300.0, 1.0))).abs() < 1e-9);
        let gone = |end| at(Known { saw: Saw::Gone(end), ..known(300.0, 1.0) });
        assert!(gone(End::Deactivated) > gone(End::Suspended) && gone(End::Suspended) > gone(End::Deleted));
        assert!(at(Known { saw: Saw::Nothing, ..known(300.0, 1.0) }) > at(known(300.0, 1.0)));
    }

    #[test]
    fn the_chance_is_that_of_the_lives_it_is_taken_from() {
        // Of those made two days ago and not looked for since, 29 % are gone; of those of 70 days, 65 %.
        let gone = |days: f64| chance(&known(days, days), NOW - (days * DAY) as Micros, NOW);
        assert!((gone(2.0) - 0.29).abs() < 0.005 && (gone(70.0) - 0.65).abs() < 0.01);
    }

    #[test]
    fn claims_and_clocks_that_cannot_be() {
        for known in [known(-5.0, 1.0), known(30.0, -1.0), Known { changed: ago(-3.0), ..known(30.0, 1.0) }] {
            assert!(at(known).is_finite() && at(known) >= 0.0);
        }
        assert!(at(Known { score: Some(f64::NAN), ..known(30.0, 1.0) }).is_finite());
    }
}
