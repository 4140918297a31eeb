//! Two studies side by side: a pair of intervals a row, on one axis.

use super::Point;
use super::canvas::{Canvas, LARGE, Plot, WIDTH, length, written};
use super::style::{MAIN, SECOND};
use super::time::upright;
use crate::Result;
use crate::describe::Unit;
use crate::report::document::{Anchor, Picture, Swatch};
use crate::texts::{Line, Texts};

/// Rows at most: what is longer is a table's matter.
const MOST: usize = 60;
const ROW: f64 = 40.0;

/// A figure in two studies.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// What it is of.
    pub name: Line,
    /// In the first; none where it has none to show.
    pub first: Option<Point>,
    /// In the second.
    pub second: Option<Point>,
}

/// The first 60 pairs. Names stand above their rows where reading begins; the axis runs from left to right. `studies`
/// names the two; `guide` is a number to compare with. None where nothing is known.
pub fn pairs(
    texts: &Texts,
    rows: &[Pair],
    studies: (Line, Line),
    unit: Unit,
    guide: Option<f64>,
) -> Result<Option<Picture>> {
    let rows = rows.get(..MOST).unwrap_or(rows);
    let points: Vec<Point> = rows.iter().flat_map(|r| r.first.into_iter().chain(r.second)).collect();
    if points.is_empty() {
        return Ok(None);
    }
    let axis = match guide.filter(|g| g.is_finite()) {
        Some(g) => upright(&[points.clone(), vec![Point { value: g, low: g, high: g }]].concat(), unit),
        None => upright(&points, unit),
    };
    let height = ROW * rows.len() as f64 + LARGE * 1.6;
    let mut canvas = Canvas::new(height);
    let ticks: Vec<(f64, Line)> = axis.ticks().map(|v| (v, written(texts, v, axis.step(), unit))).collect();
    let half = ticks.iter().map(|(_, text)| length(text, LARGE) / 2.0).fold(18.0, f64::max).min(WIDTH / 4.0);
    let plot = Plot { left: half, right: WIDTH - half, top: 0.0, bottom: height - LARGE * 1.5 };
    for (v, text) in ticks {
        let x = plot.along(&axis, v);
        // No line runs through a name.
        for top in (0..rows.len()).map(|i| ROW * i as f64) {
            canvas.line("ch-grid", (x, top + 15.0), (x, top + ROW - 1.0));
        }
        canvas.label((x, plot.bottom + LARGE * 0.8), Anchor::Middle, text);
    }
    canvas.line("ch-axis", (plot.left, plot.bottom), (plot.right, plot.bottom));
    if let Some(guide) = guide {
        let x = plot.along(&axis, guide);
        canvas.line("ch-guide", (x, 0.0), (x, plot.bottom));
    }
    let rtl = texts.lang().dir() == "rtl";
    for (i, row) in rows.iter().enumerate() {
        let top = ROW * i as f64;
        match rtl {
            true => canvas.label((WIDTH, top + LARGE * 0.55), Anchor::Right, row.name.clone()),
            false => canvas.label((0.0, top + LARGE * 0.55), Anchor::Left, row.name.clone()),
        }
        for (series, point, y) in [(MAIN, row.first, 22.0), (SECOND, row.second, 32.0)] {
            let Some(p) = point else { continue };
            let at = |v: f64| plot.along(&axis, v);
            canvas.lying(series, (at(p.low), at(p.high)), at(p.value), top + y, 3.8);
        }
    }
    canvas.legend(Swatch::Dot(MAIN.dot), studies.0);
    canvas.legend(Swatch::Dot(SECOND.dot), studies.1);
    Ok(Some(canvas.done()))
}
