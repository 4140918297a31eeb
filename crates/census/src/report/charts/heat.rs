//! Heat maps: a value for each pair of times, as a step of colour.

use std::collections::BTreeMap;

use super::canvas::{Canvas, LARGE, SMALL, WIDTH, length};
use super::classes::Classes;
use super::periods::{Kind, Period};
use crate::Result;
use crate::describe::Unit;
use crate::report::document::{Anchor, Picture, Swatch};
use crate::texts::{Line, Texts};

/// Years at most.
const MOST: i64 = 60;

/// A grid of cells.
struct Grid {
    rows: Vec<Line>,
    columns: Vec<Line>,
    cells: BTreeMap<(usize, usize), f64>,
    /// The cells that there are, from the first to the last, row by row.
    first: usize,
    last: usize,
    /// Above the names of the columns.
    title: Line,
}

/// Values by month: a row a year, a column a month. Labels are `2014-09`; a month between the first and the last that has
/// no value is hatched. None where
/// no label is a month, or they span too long a time.
pub fn months(texts: &Texts, values: &[(String, f64)], unit: Unit) -> Result<Option<Picture>> {
    let mut found: Vec<(i64, usize, f64)> = Vec::new();
    for (label, v) in values {
        let month = Period::read(label).filter(|p| p.kind() == Kind::Month).and_then(Period::month);
        found.extend(month.map(|(year, month)| (year, month, *v)));
    }
    let (Some(first), Some(last)) = (found.iter().map(|f| f.0).min(), found.iter().map(|f| f.0).max()) else {
        return Ok(None);
    };
    if last - first >= MOST {
        return Ok(None);
    }
    let at = |year: i64| (year - first) as usize;
    let cells: BTreeMap<_, _> = found.iter().map(|(year, month, v)| ((at(*year), *month), *v)).collect();
    let order = |(row, column): &(usize, usize)| row * 12 + column;
    let grid = Grid {
        rows: (first..=last).map(|year| Line::number(texts.number(&year.to_string()))).collect(),
        columns: (1..=12).map(|month| texts.say(&format!("chart-month-{month}"), &[])).collect::<Result<_>>()?,
        first: cells.keys().next().map_or(0, order),
        last: cells.keys().next_back().map_or(0, order),
        cells,
        title: Line::default(),
    };
    draw(texts, grid, unit).map(Some)
}

/// Values by hour of the week: a row a day from Monday, a column an hour. Labels are `3-14`: day from 1, hour from 0.
pub fn week(texts: &Texts, values: &[(String, f64)], unit: Unit) -> Result<Option<Picture>> {
    let mut cells = BTreeMap::new();
    for (label, v) in values {
        let read = |(day, hour): (&str, &str)| Some((day.parse::<usize>().ok()?, hour.parse::<usize>().ok()?));
        if let Some((day @ 1..=7, hour @ 0..=23)) = label.split_once('-').and_then(read) {
            cells.insert((day - 1, hour), *v);
        }
    }
    if cells.is_empty() {
        return Ok(None);
    }
    let hour = |hour: usize| {
        if hour.is_multiple_of(3) { Line::number(texts.number(&hour.to_string())) } else { Line::default() }
    };
    let grid = Grid {
        rows: (1..=7).map(|day| texts.say(&format!("chart-day-{day}"), &[])).collect::<Result<_>>()?,
        columns: (0..24).map(hour).collect(),
        cells,
        first: 0,
        last: 7 * 24 - 1,
        title: texts.say("chart-hours", &[])?,
    };
    draw(texts, grid, unit).map(Some)
}

fn draw(texts: &Texts, grid: Grid, unit: Unit) -> Result<Picture> {
    let widest = grid.rows.iter().map(|name| length(name, LARGE)).fold(0.0, f64::max);
    let left = (widest + 6.0).min(WIDTH / 3.0);
    let wide = (WIDTH - 1.0 - left) / grid.columns.len() as f64;
    // Rows are as high as a name, and not much higher than wide.
    let high = (wide * 0.8).clamp(LARGE * 1.05, 24.0);
    let top = LARGE * if grid.title.is_empty() { 1.45 } else { 2.65 };
    let mut canvas = Canvas::new(top + high * grid.rows.len() as f64 + 1.0);
    canvas.title(texts, grid.title.clone());
    let classes = Classes::of(grid.cells.values().copied());
    let mut hidden = false;
    for row in 0..grid.rows.len() {
        for column in 0..grid.columns.len() {
            if !(grid.first..=grid.last).contains(&(row * grid.columns.len() + column)) {
                continue;
            }
            let from = (left + wide * column as f64, top + high * row as f64);
            let to = (from.0 + wide, from.1 + high);
            match grid.cells.get(&(row, column)).filter(|v| v.is_finite()) {
                Some(v) => canvas.rect(classes.class(*v), from, to),
                None => {
                    canvas.rect("ch-hidden", from, to);
                    canvas.hatch(from, to);
                    hidden = true;
                }
            }
        }
    }
    let widest = grid.columns.iter().map(|name| length(name, SMALL)).fold(0.0, f64::max);
    let every = if widest > wide * 3.0 { 3 } else { 1 };
    for (column, name) in grid.columns.into_iter().enumerate().step_by(every) {
        canvas.label((left + wide * (column as f64 + 0.5), top - LARGE * 0.75), Anchor::Middle, name);
    }
    for (row, name) in grid.rows.into_iter().enumerate() {
        canvas.label((left - 6.0, top + high * (row as f64 + 0.5)), Anchor::Right, name);
    }
    classes.legend(&mut canvas, texts, unit)?;
    if hidden {
        canvas.legend(Swatch::Fill("ch-hidden"), texts.say("chart-hidden", &[])?);
    }
    Ok(canvas.done())
}
