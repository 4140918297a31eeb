//! How unequally a few and the many write: the Lorenz curve, turned so that the most active come first.

use super::canvas::{Canvas, LARGE, plainly, written};
use super::style::{CONTROL, MAIN, Series};
use super::{Axis, Point};
use crate::Result;
use crate::describe::Unit;
use crate::figure::Figure;
use crate::report::document::{Anchor, Picture, Swatch};
use crate::report::numbers::Shown;
use crate::texts::{Arg, Line, Texts};

/// The curve of one group: parts of it, the most active first, and the share they have, both from 0 to 1.
type Curve = Vec<(f64, Point)>;

/// How few have how much: a share of all posts, and how many members, or which part of them, wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The share of the posts.
    pub share: f64,
    /// Who wrote it.
    pub figure: Figure,
    /// How many members, or a share of them.
    pub unit: Unit,
}

/// Marks at most.
const MOST: usize = 4;

/// The curve with its band, the control group's, and the line of equality; dots stand where it is known. Marks are written
/// below the line of equality, and led to the curve at the height of their share. None without two points on the curve.
pub fn lorenz(
    texts: &Texts,
    members: &[(f64, Point)],
    control: &[(f64, Point)],
    marks: &[Mark],
) -> Result<Option<Picture>> {
    if members.len() < 2 {
        return Ok(None);
    }
    let axis = Axis::over(0.0, 1.0);
    let mut canvas = Canvas::new(330.0);
    let plot = canvas.scale(texts, &axis, Unit::Share, texts.say("chart-lorenz-up", &[])?, LARGE * 2.7);
    for v in axis.ticks() {
        let x = plot.along(&axis, v);
        canvas.line("ch-axis", (x, plot.bottom), (x, plot.bottom + 3.0));
        let anchor = if v > 0.99 { Anchor::Right } else { Anchor::Middle };
        let x = if v > 0.99 { x + 8.0 } else { x };
        canvas.label((x, plot.bottom + LARGE * 0.75), anchor, written(texts, v, axis.step(), Unit::Share));
    }
    let across = texts.say("chart-lorenz-across", &[])?;
    canvas.label(((plot.left + plot.right) / 2.0, plot.bottom + LARGE * 2.0), Anchor::Middle, across);
    canvas.line("ch-guide", (plot.left, plot.bottom), (plot.right, plot.top));
    let place = |x: f64, y: f64| (plot.along(&axis, x), plot.y(&axis, y));
    let mut draw = |series: Series, of: &[(f64, Point)]| {
        let curve = whole(of);
        let low = curve.iter().rev().map(|(x, p)| place(*x, p.low));
        let band: Vec<_> = curve.iter().map(|(x, p)| place(*x, p.high)).chain(low).collect();
        canvas.path(series.band, &band, true);
        let line: Vec<_> = curve.iter().map(|(x, p)| place(*x, p.value)).collect();
        canvas.path(series.line, &line, false);
        for (x, p) in curve.iter().filter(|(x, _)| *x > 0.0 && *x < 1.0) {
            canvas.dot(series.dot, 2.6, place(*x, p.value));
        }
    };
    if control.len() >= 2 {
        draw(CONTROL, control);
    }
    draw(MAIN, members);
    let mut marks = marks.get(..MOST).unwrap_or(marks).to_vec();
    marks.sort_by(|a, b| b.share.total_cmp(&a.share));
    for (i, mark) in marks.iter().enumerate() {
        let (x, y) = place(reaches(&whole(members), mark.share), mark.share);
        canvas.line("ch-mark", (plot.left, y), (x, y));
        // Below the line of equality no curve runs, and the lower, the more room there is for the larger number.
        let row = plot.bottom - LARGE * (0.7 + 1.05 * i as f64);
        canvas.label((plot.right - 2.0, row), Anchor::Right, told(texts, mark)?);
    }
    canvas.legend(Swatch::Line(MAIN.line), texts.say("chart-members", &[])?);
    if control.len() >= 2 {
        canvas.legend(Swatch::Line(CONTROL.line), texts.say("chart-control", &[])?);
    }
    canvas.legend(Swatch::Fill(MAIN.band), texts.say("chart-band", &[])?);
    canvas.legend(Swatch::Line("ch-guide"), texts.say("chart-equal", &[])?);
    Ok(Some(canvas.done()))
}

/// A mark in words.
fn told(texts: &Texts, mark: &Mark) -> Result<Line> {
    let (shown, percent) = match mark.unit {
        Unit::Share => (Shown::share(&mark.figure), "\u{A0}%"),
        Unit::Number | Unit::Count => (Shown::count(&mark.figure), ""),
    };
    let between = Arg::Number(format!("{}–{}{percent}", shown.low, shown.high));
    let share = Arg::Number(plainly(mark.share, 0.01, Unit::Share));
    match mark.unit {
        Unit::Share => {
            let part = Arg::Number(format!("{}{percent}", shown.value));
            texts.say("chart-lorenz-part", &[("share", share), ("part", part), ("between", between)])
        }
        Unit::Number | Unit::Count => {
            let n = Arg::Count(mark.figure.value.round().clamp(0.0, 1e15) as usize);
            texts.say("chart-lorenz-members", &[("share", share), ("n", n), ("between", between)])
        }
    }
}

/// Where the curve that is drawn first has a share.
fn reaches(curve: &[(f64, Point)], share: f64) -> f64 {
    let over = |pair: &[(f64, Point)]| {
        let [(x1, a), (x2, b)] = [pair[0], pair[1]];
        let part = (share - a.value) / (b.value - a.value);
        (b.value >= share && (0.0..=1.0).contains(&part)).then_some(x1 + part * (x2 - x1))
    };
    curve.windows(2).find_map(over).unwrap_or(0.0)
}

/// In order, from nothing to all.
fn whole(curve: &[(f64, Point)]) -> Curve {
    let exact = |v: f64| (v, Point { value: v, low: v, high: v });
    let inside = curve.iter().copied().filter(|(x, _)| *x > 0.0 && *x < 1.0);
    let mut all: Curve = inside.chain([exact(0.0), exact(1.0)]).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}
