//! How well the scores and each measure sort members from others.

use super::super::charts::Axis;
use super::super::document::{Interval, Section};
use super::super::numbers;
use super::{Kind, ROWS, SHORT, Words, count, drawn, number, point, strange};
use crate::Result;
use crate::estimate::{Estimate, SCORE, Sorting};
use crate::texts::Line;

pub(super) fn section(w: &Words<'_>, estimate: &Estimate) -> Result<Section> {
    let mut all: Vec<&Sorting> = estimate.sorting.iter().take(ROWS).collect();
    let Some(labels) = all.iter().map(|s| s.auc.labels).max() else {
        return w.section("sorting", vec![w.paragraph("sorting-none", &[])?], Vec::new());
    };
    let points = all.iter().map(|s| point("how well a measure sorts", &s.auc)).collect::<Result<Vec<_>>>()?;
    // The best on top; of those that are alike the one that came first.
    all.sort_by(|a, b| b.auc.value.total_cmp(&a.auc.value));
    let low = points.iter().map(|p| p.low).fold(0.5, f64::min);
    let axis = Axis::over(low, 1.0);
    let name = |s: &Sorting| -> Result<(Line, Line)> {
        let key = format!("sorting-{}", s.measure.replace('_', "-"));
        let plain = s.measure.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        match plain && w.texts.has(&format!("{key}.note")) {
            true => Ok((w.say(&key, &[])?, w.say(&format!("{key}.note"), &[])?)),
            false => Ok((strange(&s.measure, SHORT), Line::default())),
        }
    };
    let row = |s: &&Sorting| -> Result<Interval> {
        let (name, note) = name(s)?;
        Ok(Interval { main: s.measure == SCORE, ..w.row(name, note, &s.auc, Kind::Mean)? })
    };
    let rows = all.iter().map(row).collect::<Result<Vec<_>>>()?;
    let exact = all.iter().map(|s| Ok((name(s)?.0, &s.auc, Kind::Mean))).collect::<Result<Vec<_>>>()?;
    let title = w.plain("sorting-table", &[])?;
    let table = w.exact(w.say("sorting-table", &[])?, w.say("head-measure", &[])?, &exact)?;
    let intervals = w.intervals(axis, Kind::Mean, Some(0.5), rows);
    let marks = [("half", number(numbers::number(0.5, 1))), ("one", number("1"))];
    let blocks = vec![
        w.paragraph("sorting-text", &marks)?,
        drawn(w, w.say("sorting-caption", &marks)?, &title, intervals, Some(table))?,
        w.note("sorting-how", &[("n", count(labels)), marks[0].clone()])?,
    ];
    w.section("sorting", blocks, Vec::new())
}
