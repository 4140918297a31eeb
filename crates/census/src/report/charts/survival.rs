//! How long accounts stay, and how they end: shares that grow with time, each with its band.

use super::canvas::{Canvas, LARGE, SMALL, WIDTH, length};
use super::style::{CONTROL, FOURTH, MAIN, SECOND, Series, THIRD};
use super::{Axis, Point};
use crate::Result;
use crate::describe::Unit;
use crate::report::document::{Anchor, Picture, Swatch};
use crate::report::numbers;
use crate::texts::{Line, Texts};

/// What became of a group: the share that came to an end by so many days.
#[derive(Debug, Clone, PartialEq)]
pub struct Fate {
    /// Its name in the legend.
    pub name: Line,
    /// Days, and the share by then.
    pub by: Vec<(f64, Point)>,
    /// Whether it is the control group's, drawn fainter.
    pub control: bool,
}

/// Days, and shares by then.
type Curve = Vec<(f64, Point)>;

/// Curves beside the control group's at most: more are not told apart.
const COLOURS: [Series; 4] = [MAIN, SECOND, THIRD, FOURTH];

/// Shares by time since the beginning, with what they measure above and below. A dot stands where the figure is known;
/// lines between dots lead the eye. Only the first four curves are drawn, and the first of control groups. None without
/// any point after the beginning.
pub fn survival(texts: &Texts, fates: &[Fate], up: Line, across: Line) -> Result<Option<Picture>> {
    let mut colours = COLOURS.into_iter();
    let mut control = [CONTROL].into_iter();
    let drawn = |fate: &Fate| {
        let inside = fate.by.iter().copied().filter(|(day, _)| day.is_finite() && *day > 0.0);
        let mut by: Curve = inside.collect();
        by.sort_by(|a, b| a.0.total_cmp(&b.0));
        let series = match by.is_empty() {
            true => None,
            false if fate.control => control.next(),
            false => colours.next(),
        };
        series.map(|series| (series, fate.name.clone(), by))
    };
    let curves: Vec<(Series, Line, Curve)> = fates.iter().filter_map(drawn).collect();
    let points: Vec<Point> = curves.iter().flat_map(|(.., by)| by.iter().map(|(_, p)| *p)).collect();
    let mut days: Vec<f64> = curves.iter().flat_map(|(.., by)| by.iter().map(|(day, _)| *day)).collect();
    days.sort_by(f64::total_cmp);
    days.dedup();
    let Some(last) = days.last().copied() else { return Ok(None) };
    let axis = Axis::shares(&points);
    let mut canvas = Canvas::new(270.0);
    let plot = canvas.scale(texts, &axis, Unit::Share, up, LARGE * 2.7);
    let place = |day: f64, v: f64| (plot.left + (plot.right - plot.left) * (day / last), plot.y(&axis, v));
    // The days at which figures are known, the latest first, as far as their names stand side by side in print.
    let mut free = f64::INFINITY;
    for day in days.iter().rev().copied().chain([0.0]) {
        let (x, y) = place(day, 0.0);
        let text = Line::number(texts.number(&numbers::number(day, usize::from(day.fract() != 0.0))));
        let half = length(&text, SMALL) / 2.0;
        if x + half > free - 3.0 {
            continue;
        }
        free = (x - half).min(WIDTH - 2.0 * half);
        canvas.line("ch-axis", (x, plot.bottom), (x, plot.bottom + 3.0));
        match x + half > WIDTH - 8.0 {
            true => canvas.label((WIDTH, y + LARGE * 0.75), Anchor::Right, text),
            false => canvas.label((x, y + LARGE * 0.75), Anchor::Middle, text),
        }
    }
    canvas.label(((plot.left + plot.right) / 2.0, plot.bottom + LARGE * 2.0), Anchor::Middle, across);
    let begin = (0.0, Point { value: 0.0, low: 0.0, high: 0.0 });
    for (series, _, by) in &curves {
        let from = || [&begin].into_iter().chain(by);
        let low = from().rev().map(|(day, p)| place(*day, p.low));
        let band: Vec<_> = from().map(|(day, p)| place(*day, p.high)).chain(low).collect();
        canvas.path(series.band, &band, true);
    }
    for (series, _, by) in &curves {
        let line: Vec<_> = [&begin].into_iter().chain(by).map(|(day, p)| place(*day, p.value)).collect();
        canvas.path(series.line, &line, false);
    }
    for (series, name, by) in &curves {
        for (day, p) in by {
            canvas.dot(series.dot, 3.0, place(*day, p.value));
        }
        canvas.legend(Swatch::Line(series.line), name.clone());
    }
    let first = curves.first().map_or(MAIN.band, |(series, ..)| series.band);
    canvas.legend(Swatch::Fill(first), texts.say("chart-band", &[])?);
    Ok(Some(canvas.done()))
}
