//! How long members and others live, how they end, and who is suspended.

use netcensus_stats::effect::Mean;
use netcensus_stats::survival::{self as survival, Smooth, Spell};

use super::{LEVEL, Lives, LogRank, Trait, World, figure};
use crate::figure::Figure;
use crate::lives::End;

/// Ages and days at which curves are told.
const DAYS: [f64; 6] = [2.0, 7.0, 30.0, 90.0, 180.0, 365.0];
/// Weights of accounts found old are cut at one over this.
const LEAST: f64 = 0.05;
/// Accounts times days at which some ended, at most: what competing ends cost.
const MOST: f64 = 4e8;

/// Members and others.
pub(super) fn of_groups(world: &World<'_>, notes: &mut Vec<String>) -> Vec<Lives> {
    [(true, "members"), (false, "others")].map(|(member, name)| of_group(world, member, name, notes)).into()
}

fn of_group(world: &World<'_>, member: bool, name: &str, notes: &mut Vec<String>) -> Lives {
    let of = world.of_group(member);
    let watched: Vec<usize> = of.iter().copied().filter(|&i| world.clocks[i].exit() > world.clocks[i].entry).collect();
    let enough = |n: usize| n >= world.min_cell;
    let count = |end: End| of.iter().filter(|&&i| world.clocks[i].end == Some(end)).count();
    let mut lives = Lives {
        group: name.into(),
        watched: watched.len(),
        ended: End::ALL.iter().map(|e| (e.name().into(), Some(count(*e)).filter(|n| *n == 0 || enough(*n)))).collect(),
        median: None,
        gone_by: Vec::new(),
        product_limit: Vec::new(),
        ends: Vec::new(),
        ever: None,
    };
    let aged: Vec<usize> = of.iter().copied().filter(|&i| world.lives[i].between().is_some()).collect();
    let units: Vec<_> = aged.iter().filter_map(|&i| world.lives[i].between()).collect();
    let ended = units.iter().filter(|u| u.high.is_finite()).count();
    if !enough(ended) {
        notes.push(format!("{name}: too few ended under watch to say how long they live"));
        return lives;
    }
    let clusters = world.clusters(&aged);
    let oldest = units.iter().map(|u| u.low).fold(0.0, f64::max);
    match survival::smooth(&units, usize::from(ended >= 50), Some(&clusters)) {
        Ok(curve) => smooth(&mut lives, &curve, oldest, &units),
        Err(why) => notes.push(format!("{name}: no smooth curve of lifetimes: {why}")),
    }
    let spells: Vec<Spell> = aged.iter().filter_map(|&i| world.lives[i].spell()).collect();
    if let Ok(curve) = survival::product_limit(&spells) {
        let at = |age: f64| {
            let (low, high) = curve.limits(age, LEVEL).ok()?;
            let how = "product limit with delayed entry, Greenwood, as if independent";
            Some((age, figure(1.0 - curve.at(age), 1.0 - high, 1.0 - low, spells.len(), how)))
        };
        lives.product_limit = DAYS.iter().filter(|age| **age <= oldest).filter_map(|age| at(*age)).collect();
    }
    lives.ends = ends(world, &watched, notes, name);
    lives
}

fn smooth(lives: &mut Lives, curve: &Smooth, oldest: f64, units: &[survival::Between]) {
    let how = "smooth curve from ends between looks, delayed entry, waves as clusters";
    let at = |age: f64| {
        let (low, high) = curve.limits(age, LEVEL).ok()?;
        Some((age, sound(figure(1.0 - curve.at(age), 1.0 - high, 1.0 - low, units.len(), how))?))
    };
    lives.gone_by = DAYS.iter().filter(|age| **age <= oldest).filter_map(|age| at(*age)).collect();
    // Beyond the oldest that was watched a curve is a guess.
    let median = curve.quantile(0.5, LEVEL).ok().filter(|(value, ..)| *value <= oldest);
    lives.median = median.and_then(|(value, low, high)| sound(figure(value, low, high, units.len(), how)));
    let ages: Vec<f64> = units.iter().map(|u| u.entry).collect();
    if let Ok(ever) = survival::ever_lived_smooth(curve, &ages, LEAST, LEVEL) {
        let how = match ever.truncated {
            0 => "1/S(age at discovery)",
            _ => "1/S(age at discovery), cut at 20: too low",
        };
        lives.ever = sound(figure(ever.size.value, ever.size.low, ever.size.high, units.len(), how));
    }
}

/// The shares that came to each end, by days since the watch began.
fn ends(world: &World<'_>, watched: &[usize], notes: &mut Vec<String>, name: &str) -> Vec<(String, f64, Figure)> {
    // By whole days: how exactly an end is known is rarely more.
    let spell = |i: &usize| {
        let clock = &world.clocks[*i];
        Spell { entry: clock.entry, exit: clock.exit().ceil().max(clock.exit()), ended: clock.end.is_some() }
    };
    let spells: Vec<Spell> = watched.iter().map(spell).collect();
    let mut days: Vec<f64> = spells.iter().filter(|s| s.ended).map(|s| s.exit).collect();
    days.sort_by(f64::total_cmp);
    days.dedup();
    if spells.len() as f64 * days.len() as f64 > MOST {
        notes.push(format!("{name}: too many accounts for competing ends"));
        return Vec::new();
    }
    let how: Vec<usize> = watched.iter().map(|&i| world.clocks[i].end.map_or(0, |e| e as usize)).collect();
    let clusters = world.clusters(watched);
    let Ok(found) = survival::aalen_johansen(&spells, &how, End::ALL.len(), Some(&clusters)) else { return Vec::new() };
    let mut shown = Vec::new();
    for end in End::ALL {
        let ended = spells.iter().zip(&how).filter(|(s, k)| s.ended && **k == end as usize).count();
        if ended < world.min_cell {
            continue;
        }
        let last = world.over.ceil();
        for day in DAYS.iter().copied().filter(|d| *d < last).chain([last]) {
            let Some(chance) = found.at(day).and_then(|c| c.get(end as usize)) else { continue };
            if let Ok((low, high)) = chance.limits(LEVEL)
                && let Some(f) =
                    sound(figure(chance.value, low, high, spells.len(), "Aalen–Johansen, waves as clusters"))
            {
                shown.push((end.name().to_owned(), day, f));
            }
        }
    }
    shown
}

/// Members against others, by days since the watch began.
pub(super) fn log_rank(world: &World<'_>) -> Option<LogRank> {
    let watched = || world.clocks.iter().filter(|c| c.exit() > c.entry);
    let suspended = watched().filter(|c| c.suspended().is_some()).count();
    if suspended < world.min_cell {
        return None;
    }
    let spell = |c: &super::Clock| Spell { entry: c.entry, exit: c.exit(), ended: c.suspended().is_some() };
    let spells: Vec<Spell> = watched().map(spell).collect();
    let groups: Vec<usize> = watched().map(|c| usize::from(c.member)).collect();
    let found = survival::log_rank(&spells, &groups, 2, 0.0).ok()?;
    Some(LogRank { chi_squared: found.chi_squared, p: found.p })
}

/// Cox's regression of suspension, by days since the watch began, with waves as clusters.
pub(super) fn who(world: &World<'_>, notes: &mut Vec<String>) -> Vec<Trait> {
    let language = commonest(world);
    let mut names = vec![
        "ten times the followers".to_owned(),
        "ten times the posts a day".to_owned(),
        "ten times the age when first seen".to_owned(),
    ];
    names.push(format!("language {} rather than another", language.unwrap_or("not said")));
    names.push("member rather than other".to_owned());
    let (mut of, mut rows) = (Vec::new(), Vec::new());
    for (i, clock) in world.clocks.iter().enumerate().filter(|(_, c)| c.exit() > c.entry) {
        let Some(p) = world.network.profiles.get(world.frame.units[clock.unit].account) else { continue };
        let born = world.lives[i].born;
        let (Some(followers), Some(posts), Some(born)) = (p.followers, p.posts, born) else { continue };
        let age = (world.lives[i].entry - born) as f64 / super::DAY;
        let lived = p.observed_at.map_or(age, |at| (at - born) as f64 / super::DAY).max(1.0);
        let log = |v: f64| (1.0 + v).log10();
        let speaks = f64::from(u8::from(p.lang == language));
        let member = f64::from(u8::from(clock.member));
        rows.push(vec![log(followers as f64), log(posts as f64 / lived), log(age), speaks, member]);
        of.push(i);
    }
    // What is the same for all says nothing.
    let varies = |k: &usize| rows.iter().any(|row: &Vec<f64>| row[*k] != rows[0][*k]);
    let kept: Vec<usize> = (0..names.len()).filter(varies).collect();
    let rows: Vec<Vec<f64>> = rows.iter().map(|row| kept.iter().map(|k| row[*k]).collect()).collect();
    let spell = |i: &usize| {
        let c = &world.clocks[*i];
        Spell { entry: c.entry, exit: c.exit(), ended: c.suspended().is_some() }
    };
    let spells: Vec<Spell> = of.iter().map(spell).collect();
    let suspended = spells.iter().filter(|s| s.ended).count();
    if suspended < world.min_cell.max(10 * kept.len()) {
        notes.push(format!(
            "too few accounts with a profile were suspended under watch ({} traits need ten each) to say who is",
            kept.len()
        ));
        return Vec::new();
    }
    let clusters = world.clusters(&of);
    let found = match survival::cox(&spells, &rows, Some(&clusters)) {
        Ok(found) => found,
        Err(why) => {
            notes.push(format!("who is suspended cannot be told: {why}"));
            return Vec::new();
        }
    };
    // With few waves a robust error is too small, and the normal distribution is too narrow for it.
    let waves = world.waves.len();
    let degrees = if waves >= 2 { (waves - 1) as f64 } else { f64::from(u32::MAX) };
    let mut traits = Vec::new();
    for (k, c) in kept.iter().zip(&found.coefficients) {
        let Ok(mean) = Mean::new(c.value, c.robust_error, degrees, waves, LEVEL) else { continue };
        let f = figure(
            mean.value.exp(),
            mean.low.exp(),
            mean.high.exp(),
            spells.len(),
            "Cox, waves as clusters, t by waves",
        );
        if let Some(ratio) = sound(f) {
            traits.push(Trait { name: names[*k].clone(), ratio });
        }
    }
    traits
}

/// The commonest language of members, by profiles.
fn commonest<'a>(world: &'a World<'_>) -> Option<&'a str> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for clock in world.clocks.iter().filter(|c| c.member) {
        let profile = world.network.profiles.get(world.frame.units[clock.unit].account);
        if let Some(lang) = profile.and_then(|p| p.lang) {
            *counts.entry(lang).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .filter(|(_, n)| *n >= world.min_cell)
        .max_by_key(|(lang, n)| (*n, std::cmp::Reverse(*lang)))
        .map(|(lang, _)| lang)
}

/// A figure whose numbers are numbers.
pub(super) fn sound(f: Figure) -> Option<Figure> {
    [f.value, f.low, f.high].iter().all(|v| v.is_finite()).then_some(f)
}
