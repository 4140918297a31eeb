//! The section on what suspensions did, as the template shows it.

use super::charts::Axis;
use super::numbers::{self, Shown, whole};
use super::text::clean;
use super::view::{Answer, LONG, SHORT, answer};
use crate::Result;
use crate::figure::Figure;
use crate::takedowns::Takedowns;

/// Waves and notes at most.
const MOST: usize = 60;

/// What the section shows.
pub(super) struct Block {
    pub(super) members: String,
    pub(super) by_score: String,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) between_looks: Option<String>,
    pub(super) reach: Option<Reach>,
    pub(super) figures: Vec<Answer>,
    pub(super) waves: Vec<Wave>,
    pub(super) more_waves: usize,
    pub(super) alpha: String,
    pub(super) notes: Vec<String>,
}

/// Counts of follows.
pub(super) struct Reach {
    pub(super) suspended: String,
    pub(super) audience: String,
    pub(super) lost: String,
    pub(super) density_before: String,
    pub(super) density_after: String,
    pub(super) largest_before: String,
    pub(super) largest_after: String,
}

/// A wave.
pub(super) struct Wave {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) suspended: String,
}

pub(super) fn block(t: &Takedowns, min_cell: u64) -> Result<Block> {
    let row = |label: &str, f: &Figure, shown: fn(&Figure) -> Shown| {
        answer(label, f, shown, &Axis::over(f.low, f.high), None)
    };
    let mut figures = Vec::new();
    for lives in &t.lives {
        let of = |what: &str| format!("{}: {what}", lives.group);
        if let Some(median) = &lives.median {
            figures.push(row(&of("half live no longer than, days"), median, Shown::mean)?);
        }
        for (age, f) in &lives.gone_by {
            figures.push(row(&of(&format!("gone by day {age}, %")), f, Shown::share)?);
        }
        if let Some(ever) = &lives.ever {
            figures.push(row(&of("there ever were"), ever, Shown::count)?);
        }
    }
    for t in &t.who {
        figures.push(row(&format!("hazard, {}: times", t.name), &t.ratio, Shown::mean)?);
    }
    for e in &t.effects {
        figures.push(row(&format!("after a wave, {}: times", e.outcome), &e.ratio, Shown::mean)?);
        if let Some(placebo) = &e.placebo {
            figures.push(row(&format!("placebo, {}: times", e.outcome), placebo, Shown::mean)?);
        }
    }
    let percent = |share: f64| numbers::number(100.0 * share, 3);
    let wave = |w: &crate::takedowns::Wave| Wave {
        from: clean(&w.from, SHORT),
        to: clean(&w.to, SHORT),
        suspended: w.suspended.map_or_else(|| format!("fewer than {min_cell}"), |n| whole(n as usize)),
    };
    Ok(Block {
        members: whole(t.members),
        by_score: whole(t.by_score),
        first: clean(&t.watch.first, SHORT),
        last: clean(&t.watch.last, SHORT),
        between_looks: t.watch.between_looks.map(|days| numbers::number(days, usize::from(days < 10.0))),
        reach: t.reach.as_ref().map(|r| Reach {
            suspended: whole(r.suspended),
            audience: whole(r.audience),
            lost: whole(r.lost),
            density_before: percent(r.density_before),
            density_after: percent(r.density_after),
            largest_before: whole(r.largest_before as usize),
            largest_after: whole(r.largest_after as usize),
        }),
        figures,
        waves: t.waves.iter().take(MOST).map(wave).collect(),
        more_waves: t.waves.len().saturating_sub(MOST),
        alpha: numbers::number(t.alpha, 2),
        notes: t.notes.iter().take(MOST).map(|n| clean(n, LONG)).collect(),
    })
}
