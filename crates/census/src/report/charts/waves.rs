//! Waves of suspensions on a line of time.

use super::Axis;
use super::canvas::{Canvas, LARGE, SMALL, length};
use super::periods::{Kind, Period};
use super::time::names;
use crate::Result;
use crate::describe::Unit;
use crate::report::document::{Anchor, Picture, Swatch};
use crate::texts::{Line, Texts};

/// Days of a watch at most, and waves.
const MOST_DAYS: i64 = 7_400;
const MOST: usize = 400;

/// A wave: its days (`2014-09-27`), and how many were suspended in it; none where they are too few to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    /// The day on which it began.
    pub from: String,
    /// The day by which it was over.
    pub to: String,
    /// How many members were suspended in it.
    pub suspended: Option<u64>,
}

/// Waves between the first and the last day of the watch: as wide as they lasted, as high as members were suspended in
/// them. They were counted, so they have no interval. None without a wave that lies in the watch.
pub fn waves(texts: &Texts, first: &str, last: &str, waves: &[Wave]) -> Result<Option<Picture>> {
    let day = |label: &str| Period::read(label).filter(|p| p.kind() == Kind::Day);
    let (Some(first), Some(last)) = (day(first), day(last)) else { return Ok(None) };
    let Some(slots) = Period::slots(first, last, MOST_DAYS) else { return Ok(None) };
    let inside = |wave: &Wave| {
        let (from, to) = (day(&wave.from)?.number() - first.number(), day(&wave.to)?.number() - first.number());
        (from >= 0 && from <= to && to < slots.len() as i64).then_some((from, to, wave.suspended))
    };
    let found: Vec<(i64, i64, Option<u64>)> = waves.iter().filter_map(inside).take(MOST).collect();
    if found.is_empty() {
        return Ok(None);
    }
    let most = found.iter().filter_map(|(.., n)| *n).max().unwrap_or(0);
    let axis = Axis::over(0.0, 1.1 * most.max(4) as f64);
    let mut canvas = Canvas::new(190.0);
    let plot = canvas.scale(texts, &axis, Unit::Count, texts.say("chart-waves-up", &[])?, LARGE * 1.5);
    let slot = (plot.right - plot.left) / slots.len() as f64;
    names(&mut canvas, texts, &slots, slot, |i| plot.left + slot * (i + 0.5), plot.bottom);
    let mut hidden = false;
    let mut numbers: Vec<(u64, (f64, f64), Line)> = Vec::new();
    for (from, to, suspended) in found {
        let (left, right) = (plot.left + slot * from as f64, plot.left + slot * (to + 1) as f64);
        // A wave of a day is seen in a watch of years.
        let right = right.max(left + 3.0);
        match suspended {
            Some(n) => {
                let top = plot.y(&axis, n as f64);
                canvas.rect("ch-bar", (left, top), (right, plot.bottom));
                let number = Line::number(texts.number(&crate::figure::thousands(&n.to_string())));
                numbers.push((n, ((left + right) / 2.0, top - LARGE * 0.45), number));
            }
            None => {
                hidden = true;
                let (from, to) = ((left, plot.bottom - 16.0), (right.max(left + 6.0), plot.bottom));
                canvas.rect("ch-hidden", from, to);
                canvas.hatch(from, to);
            }
        }
    }
    // Of waves that stand close, the larger have their numbers written.
    numbers.sort_by_key(|(n, ..)| std::cmp::Reverse(*n));
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for (_, at, number) in numbers {
        let half = length(&number, SMALL) / 2.0 + 1.0;
        if taken.iter().all(|(left, right)| at.0 + half < *left || at.0 - half > *right) {
            taken.push((at.0 - half, at.0 + half));
            canvas.label(at, Anchor::Middle, number);
        }
    }
    if hidden {
        canvas.legend(Swatch::Fill("ch-bar"), texts.say("chart-waves-shown", &[])?);
        canvas.legend(Swatch::Fill("ch-hidden"), texts.say("chart-too-few", &[])?);
    }
    Ok(Some(canvas.done()))
}
