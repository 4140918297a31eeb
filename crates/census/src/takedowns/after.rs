//! What a wave did to those that remained, next to others like them.

use std::collections::BTreeMap;

use netcensus_stats::effect::{
    Exposure, MatchRule, Mean, Stack, Track, Unit, WaveRates, matched, rate_change, stacked,
};

use super::lifetimes::sound;
use super::panel::Panel;
use super::{Clock, DAY, Effect, LEVEL, World, figure};
use crate::figure::Figure;
use crate::progress::Progress;
use crate::{Error, Result};

/// Periods before a wave, and after it.
const LEADS: usize = 4;
const LAGS: usize = 4;
/// Days of a period at most, where none is asked for.
const WEEK: f64 = 7.0;
/// Pairs looked at for one wave, at most; beyond it every so manieth other is.
const MOST: usize = 400_000_000;
const TRAITS: [&str; 3] = ["followers", "posts a day", "age"];
const FEW: &str =
    "effects of waves need two waves or more whose windows are free of others and lie within the watch; there are";

/// A wave with room before and after it.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: f64,
    to: f64,
}

pub(super) fn effects(
    world: &World<'_>,
    panel: &Panel,
    asked: Option<f64>,
    progress: &Progress,
    notes: &mut Vec<String>,
) -> Result<Vec<Effect>> {
    let all: Vec<Window> = world
        .waves
        .iter()
        .map(|w| Window { from: world.bins[w.first].from, to: world.bins[w.last].to.min(world.over) })
        .collect();
    let period = asked.unwrap_or_else(|| fitting(&all, panel));
    let (before, after) = (LEADS as f64 * period, LAGS as f64 * period);
    let free = |at: usize| {
        let (from, to) = (all[at].from - before, all[at].to + after);
        let other = |(i, w): (usize, &Window)| i != at && w.to > from && w.from < to;
        from >= 0.0 && to <= world.over && !all.iter().enumerate().any(other)
    };
    let windows: Vec<Window> = (0..all.len()).filter(|at| free(*at)).map(|at| all[at]).collect();
    let left_out = all.len() - windows.len();
    if windows.len() < 2 {
        notes.push(format!("{FEW} {} of {}", windows.len(), all.len()));
        return Ok(Vec::new());
    }
    // Windows that touch share no time; those of two waves that overlap would not be independent.
    let windows = apart(windows, before + after, notes);
    let left_out = left_out.max(all.len() - windows.len());
    let mut effects = Vec::new();
    effects.extend(survival(world, &windows, period, left_out, notes));
    let compared = compare(world, panel, &windows, period, progress, notes)?;
    effects.extend(outcome_after(panel, &compared, "followers", Panel::audience, period, left_out, notes));
    progress.check()?;
    effects.extend(outcome_after(panel, &compared, "posts a day", Panel::activity, period, left_out, notes));
    Ok(effects)
}

/// The longest period that lets half of the waves stand apart, from a day to a week; no shorter than profiles are looked at.
fn fitting(waves: &[Window], panel: &Panel) -> f64 {
    let mut gaps: Vec<f64> = waves.windows(2).map(|w| w[1].from - w[0].to).collect();
    gaps.sort_by(f64::total_cmp);
    let room = gaps.get(gaps.len() / 2).map_or(WEEK, |gap| (gap / (LEADS + LAGS) as f64).floor());
    room.clamp(1.0, WEEK).max(panel.cadence().map_or(1.0, |days| days.ceil().min(31.0)))
}

/// Those whose windows do not overlap, from the first on.
fn apart(windows: Vec<Window>, room: f64, notes: &mut Vec<String>) -> Vec<Window> {
    let mut kept: Vec<Window> = Vec::new();
    let all = windows.len();
    for w in windows {
        if kept.last().is_none_or(|last| w.from - last.to >= room) {
            kept.push(w);
        }
    }
    if kept.len() < all {
        notes.push(format!("{} waves were left out as their windows overlap an earlier one's", all - kept.len()));
    }
    kept
}

/// How the rate of suspensions of those that remain moved.
fn survival(
    world: &World<'_>,
    windows: &[Window],
    period: f64,
    left_out: usize,
    notes: &mut Vec<String>,
) -> Option<Effect> {
    let (before, after) = (LEADS as f64 * period, LAGS as f64 * period);
    let over = |member: bool, from: f64, to: f64| {
        let mut sum = Exposure::default();
        for clock in world.clocks.iter().filter(|c| c.member == member) {
            sum.time += (clock.exit().min(to) - clock.entry.max(from)).max(0.0);
            sum.ends += f64::from(u8::from(clock.suspended().is_some_and(|at| at > from && at <= to)));
        }
        sum
    };
    let rates = |from: f64, date: f64, resumes: f64, to: f64| WaveRates {
        before: over(true, from, date),
        after: over(true, resumes, to),
        controls_before: over(false, from, date),
        controls_after: over(false, resumes, to),
    };
    let all: Vec<WaveRates> = windows.iter().map(|w| rates(w.from - before, w.from, w.to, w.to + after)).collect();
    let sum = |of: &dyn Fn(&WaveRates) -> f64| all.iter().map(of).sum::<f64>();
    let ends = sum(&|w| w.before.ends + w.after.ends);
    if sum(&|w| w.before.ends).min(sum(&|w| w.after.ends)) < world.min_cell as f64 {
        notes.push("too few of those that remained were suspended around waves to say how waves moved that".into());
        return None;
    }
    let theirs = sum(&|w| w.controls_before.ends).min(sum(&|w| w.controls_after.ends)) >= world.min_cell as f64;
    let change = match rate_change(&all, theirs, LEVEL) {
        Ok(change) => change,
        Err(why) => {
            notes.push(format!("how waves moved the rate of suspensions cannot be told: {why}"));
            return None;
        }
    };
    if !change.against_controls {
        notes.push(
            "too few others were suspended around waves: the rate of suspensions is compared before and after alone"
                .into(),
        );
    }
    let how = if change.against_controls { "rate after and before, against others" } else { "rate after and before" };
    let how = format!("{how}; jackknife by waves, t");
    let half = |w: &Window| rates(w.from - before, w.from - before / 2.0, w.from - before / 2.0, w.from);
    let halves: Vec<WaveRates> = windows.iter().map(half).collect();
    let placebo = rate_change(&halves, change.against_controls, LEVEL).ok();
    let shown = |mean: &Mean, n: f64| ratio(mean, n as usize, &how);
    Some(Effect {
        outcome: "suspensions".into(),
        ratio: shown(&change.log, ends)?,
        p: change.log.p,
        waves: change.log.waves,
        left_out,
        period,
        at: Vec::new(),
        placebo: placebo.and_then(|p| shown(&p.log, ends)),
        leads_p: None,
        balance: Vec::new(),
        matched: None,
    })
}

/// The exposed of each wave with their controls: units of the frame.
struct Compared {
    waves: Vec<Wave>,
    balance: Vec<(String, f64, f64)>,
    exposed: usize,
    matched: usize,
}

struct Wave {
    window: Window,
    exposed: Vec<(usize, Vec<f64>)>,
    others: Vec<(usize, Vec<f64>)>,
    controls: Vec<Vec<usize>>,
}

fn compare(
    world: &World<'_>,
    panel: &Panel,
    windows: &[Window],
    period: f64,
    progress: &Progress,
    notes: &mut Vec<String>,
) -> Result<Compared> {
    let mut found = Compared { waves: Vec::new(), balance: Vec::new(), exposed: 0, matched: 0 };
    let (mut apart, mut thinned) = (vec![[0.0; 2]; TRAITS.len()], false);
    let mut cells = BTreeMap::new();
    for window in windows {
        progress.check()?;
        let (mut exposed, mut others) = (Vec::new(), Vec::new());
        // There on both sides of the wave.
        let remains = |c: &&Clock| c.entry < window.from && c.exit() > window.to;
        let first = window.from - LEADS as f64 * period;
        for clock in world.clocks.iter().filter(remains) {
            if let Some(unit) = before(world, panel, clock.unit, first, window.from, &mut cells) {
                if clock.member { &mut exposed } else { &mut others }.push((clock.unit, unit));
            }
        }
        if exposed.len() < world.min_cell {
            continue;
        }
        let every = (exposed.len().saturating_mul(others.len()) / MOST) + 1;
        thinned |= every > 1;
        let others: Vec<(usize, Unit)> = others.into_iter().step_by(every).collect();
        let units = |of: &[(usize, Unit)]| of.iter().map(|(_, u)| u.clone()).collect::<Vec<_>>();
        let matches = matched(&units(&exposed), &units(&others), &MatchRule::default())
            .map_err(|e| Error::bug("controls cannot be matched").because(e))?;
        found.exposed += exposed.len();
        found.matched += matches.matched;
        for (sum, (b, a)) in apart.iter_mut().zip(matches.before.iter().zip(&matches.after)) {
            *sum = [sum[0] + b.abs(), sum[1] + a.abs()];
        }
        let traits = |of: Vec<(usize, Unit)>| of.into_iter().map(|(unit, u)| (unit, u.traits)).collect();
        found.waves.push(Wave {
            window: *window,
            exposed: traits(exposed),
            others: traits(others),
            controls: matches.controls,
        });
    }
    let waves = found.waves.len() as f64;
    if waves > 0.0 {
        let name = TRAITS.iter().map(|t| (*t).to_owned());
        found.balance = name.zip(&apart).map(|(t, [b, a])| (t, b / waves, a / waves)).collect();
    }
    if thinned {
        notes.push("controls were looked for among a part of the others: there are too many for all".into());
    }
    Ok(found)
}

/// An account as it was last seen before a wave.
fn before<'a>(
    world: &'a World<'_>,
    panel: &Panel,
    unit: usize,
    first: f64,
    date: f64,
    cells: &mut BTreeMap<&'a str, usize>,
) -> Option<Unit> {
    let look = panel.last(unit, date).filter(|l| l.at > first)?;
    let profile = world.network.profiles.get(world.frame.units[unit].account)?;
    let age = (world.start - profile.created_at?) as f64 / DAY + look.at;
    if !(age.is_finite() && age >= 0.0) {
        return None;
    }
    let next = cells.len() + 1;
    // Languages do not change much; 0 is for those that say none.
    let cell = profile.lang.map_or(0, |lang| *cells.entry(lang).or_insert(next));
    Some(Unit { cell, traits: vec![look.followers?.ln_1p(), (look.posts? / age.max(1.0)).ln_1p(), age.ln_1p()] })
}

fn outcome_after(
    panel: &Panel,
    compared: &Compared,
    outcome: &str,
    read: impl Fn(&Panel, usize, f64, f64) -> Option<f64>,
    period: f64,
    left_out: usize,
    notes: &mut Vec<String>,
) -> Option<Effect> {
    let stack = |wave: &Wave| {
        let Window { from, to } = wave.window;
        let track = |(unit, traits): &(usize, Vec<f64>)| {
            let lead = |e: usize| {
                read(panel, *unit, from - (LEADS - e) as f64 * period, from - (LEADS - e - 1) as f64 * period)
            };
            let lag = |k: usize| read(panel, *unit, to + k as f64 * period, to + (k + 1) as f64 * period);
            Track { outcomes: (0..LEADS).map(lead).chain((0..LAGS).map(lag)).collect(), traits: traits.clone() }
        };
        Stack {
            exposed: wave.exposed.iter().map(track).collect(),
            others: wave.others.iter().map(track).collect(),
            controls: wave.controls.clone(),
        }
    };
    let stacks: Vec<Stack> = compared.waves.iter().map(stack).collect();
    let found = match stacked(&stacks, LEADS, LEVEL) {
        Ok(found) => found,
        Err(_) => {
            notes.push(format!("{outcome}: profiles of members and of others like them were not seen before and after two waves or more, so their effect on it cannot be told"));
            return None;
        }
    };
    let how = "stacked difference in differences with matched controls; waves as clusters, t";
    let shown = |mean: &Mean| ratio(mean, found.accounts, how);
    Some(Effect {
        outcome: outcome.into(),
        ratio: shown(&found.effect)?,
        p: found.effect.p,
        waves: found.effect.waves,
        left_out,
        period,
        at: found.at.iter().filter_map(|a| Some((a.time, shown(&a.mean)?))).collect(),
        placebo: found.placebo.as_ref().and_then(shown),
        leads_p: found.leads_p,
        balance: compared.balance.clone(),
        matched: Some(compared.matched as f64 / (compared.exposed as f64).max(1.0)),
    })
}

/// A mean of logarithms as a factor.
fn ratio(mean: &Mean, accounts: usize, how: &str) -> Option<Figure> {
    sound(figure(mean.value.exp(), mean.low.exp(), mean.high.exp(), accounts, how))
}
