//! Figures over time: a dot and an interval a period, the control group fainter beside it.

use super::canvas::{Canvas, LARGE, SMALL, length};
use super::periods::Period;
use super::style::{CONTROL, MAIN, Series};
use super::{Axis, Point};
use crate::Result;
use crate::describe::Unit;
use crate::report::document::{Anchor, Picture, Swatch};
use crate::texts::{Line, Texts};

/// Periods on one axis at most: a century of months, three years of days.
const MOST: i64 = 1_200;

/// What is known of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    /// `2014`, `2014-09` or `2014-09-27`, the same kind for all.
    pub period: String,
    /// Of the members; none where too few are behind it.
    pub point: Option<Point>,
    /// Of the control group.
    pub control: Option<Point>,
}

/// Figures over time, with what they measure above the axis. None where there are not two periods to draw, or they are
/// of different kinds.
///
/// ```text
/// %│      •
///  │   • ─┼─ ◦
///  └───┴──┴──┴───
///    2013 2014 2015
/// ```
pub fn over_time(texts: &Texts, rows: &[Timed], unit: Unit, up: Line) -> Result<Option<Picture>> {
    let mut periods: Vec<(Period, &Timed)> =
        rows.iter().filter_map(|row| Some((Period::read(&row.period)?, row))).collect();
    periods.sort_by_key(|(period, _)| *period);
    let (Some((first, _)), Some((last, _))) = (periods.first(), periods.last()) else { return Ok(None) };
    let Some(slots) = Period::slots(*first, *last, MOST) else { return Ok(None) };
    if slots.len() < 2 {
        return Ok(None);
    }
    let points: Vec<Point> = periods.iter().flat_map(|(_, row)| row.point.into_iter().chain(row.control)).collect();
    let axis = upright(&points, unit);
    let mut canvas = Canvas::new(230.0);
    let plot = canvas.scale(texts, &axis, unit, up, LARGE * 1.5);
    let slot = (plot.right - plot.left) / slots.len() as f64;
    let middle = |i: f64| plot.left + slot * (i + 0.5);
    names(&mut canvas, texts, &slots, slot, middle, plot.bottom);
    let both = points.len() > periods.len();
    let size = (slot * if both { 0.2 } else { 0.36 }).clamp(1.1, 3.2);
    let mut draw = |series: Series, x: f64, p: Point| {
        canvas.upright(series, x, (plot.y(&axis, p.low), plot.y(&axis, p.high)), plot.y(&axis, p.value), size);
    };
    let aside = if both { (slot * 0.22).min(6.0) } else { 0.0 };
    for (period, row) in &periods {
        let at = middle((period.number() - first.number()) as f64);
        if let Some(control) = row.control {
            draw(CONTROL, at + aside, control);
        }
        if let Some(point) = row.point {
            draw(MAIN, at - aside, point);
        }
    }
    if both {
        canvas.legend(Swatch::Dot(MAIN.dot), texts.say("chart-members", &[])?);
        canvas.legend(Swatch::Dot(CONTROL.dot), texts.say("chart-control", &[])?);
    }
    Ok(Some(canvas.done()))
}

/// The axis for numbers of a unit.
pub(super) fn upright(points: &[Point], unit: Unit) -> Axis {
    match unit {
        Unit::Share => Axis::shares(points),
        Unit::Number => Axis::numbers(points),
        Unit::Count => Axis::over(0.0, points.iter().map(|p| p.high).fold(0.0, f64::max)),
    }
}

/// Ticks and names below a row of slots: as many as stand side by side in print. Fewer are shown on a phone.
pub(super) fn names(
    canvas: &mut Canvas,
    texts: &Texts,
    slots: &[Option<String>],
    slot: f64,
    middle: impl Fn(f64) -> f64,
    bottom: f64,
) {
    let named: Vec<(usize, Line)> =
        slots.iter().enumerate().filter_map(|(i, n)| Some((i, Line::number(texts.number(n.as_ref()?))))).collect();
    let widest = named.iter().map(|(_, text)| length(text, SMALL)).fold(0.0, f64::max) + SMALL;
    // Names may stand less often than slots: by the shortest way from one to the next.
    let between = named.windows(2).map(|w| w[1].0 - w[0].0).min().unwrap_or(1) as f64 * slot;
    let every = (widest / between.max(1e-9)).ceil().clamp(1.0, 1e6) as usize;
    for (i, text) in named.into_iter().step_by(every) {
        let x = middle(i as f64);
        canvas.line("ch-axis", (x, bottom), (x, bottom + 3.0));
        canvas.label((x, bottom + LARGE * 0.75), Anchor::Middle, text);
    }
}
