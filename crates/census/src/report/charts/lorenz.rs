//! How unequally a few and the many write: the Lorenz curve, turned so that the most active come first.

use super::canvas::{Canvas, LARGE, plainly, written};
use super::style::{CONTROL, MAIN, Series};
use super::{Axis, Point};
use crate::Result;
use crate::describe::Unit;
use crate::report::document::{Anchor, Picture, Swatch};
use crate::texts::{Arg, Texts};

/// The curve of one group: parts of it, the most active first, and the share they have, both from 0 to 1.
type Curve = Vec<(f64, Point)>;

/// A mark on the curve: a share of all posts, and which part of the members wrote it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The share of the posts.
    pub share: f64,
    /// The part of the members.
    pub part: Point,
}

/// Marks at most.
const MOST: usize = 4;

/// The curve with its band, the control group's, the line of equality, and marks. None without two points on the curve.
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
    let mut draw = |series: Series, curve: &[(f64, Point)]| {
        let curve = whole(curve);
        let low = curve.iter().rev().map(|(x, p)| place(*x, p.low));
        let band: Vec<_> = curve.iter().map(|(x, p)| place(*x, p.high)).chain(low).collect();
        canvas.path(series.band, &band, true);
        let line: Vec<_> = curve.iter().map(|(x, p)| place(*x, p.value)).collect();
        canvas.path(series.line, &line, false);
    };
    if control.len() >= 2 {
        draw(CONTROL, control);
    }
    draw(MAIN, members);
    let mut marks = marks.get(..MOST).unwrap_or(marks).to_vec();
    marks.sort_by(|a, b| b.share.total_cmp(&a.share));
    for (i, mark) in marks.iter().enumerate() {
        let (x, y) = place(mark.part.value, mark.share);
        canvas.line("ch-mark", (plot.left, y), (x, y));
        let ends = (place(mark.part.low, 0.0).0, place(mark.part.high, 0.0).0);
        canvas.lying(MAIN, ends, x, y, 3.5);
        let of = |v: f64| plainly(v, if v < 0.1 { 0.001 } else { 0.01 }, Unit::Share);
        let between = format!("{}–{}", of(mark.part.low).trim_end_matches("\u{A0}%"), of(mark.part.high));
        let args = [
            ("share", Arg::Number(plainly(mark.share, 0.01, Unit::Share))),
            ("part", Arg::Number(of(mark.part.value))),
            ("between", Arg::Number(between)),
        ];
        // Below the line of equality no curve ever runs.
        let row = plot.bottom - LARGE * (0.7 + 1.05 * (marks.len() - 1 - i) as f64);
        canvas.label((plot.right - 2.0, row), Anchor::Right, texts.say("chart-lorenz-mark", &args)?);
    }
    canvas.legend(Swatch::Line(MAIN.line), texts.say("chart-members", &[])?);
    if control.len() >= 2 {
        canvas.legend(Swatch::Line(CONTROL.line), texts.say("chart-control", &[])?);
    }
    canvas.legend(Swatch::Fill(MAIN.band), texts.say("chart-band", &[])?);
    canvas.legend(Swatch::Line("ch-guide"), texts.say("chart-equal", &[])?);
    Ok(Some(canvas.done()))
}

/// In order, from nothing to all.
fn whole(curve: &[(f64, Point)]) -> Curve {
    let exact = |v: f64| (v, Point { value: v, low: v, high: v });
    let inside = curve.iter().copied().filter(|(x, _)| *x > 0.0 && *x < 1.0);
    let mut all: Curve = inside.chain([exact(0.0), exact(1.0)]).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}
