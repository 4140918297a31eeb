//! The chart of a section of the portrait, by its shape.

use super::{Mark, Point, Timed, lorenz, map, months, over_time, week};
use crate::Result;
use crate::describe::{Names, Row, Section, Shape, Unit};
use crate::figure::Figure;
use crate::report::document::Picture;
use crate::texts::{Line, Texts};

/// A chart, and how to read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The chart.
    pub picture: Picture,
    /// How to read it.
    pub read: Line,
}

/// Draws a section over time, as heat map, curve or map. None for one that is drawn as rows, or has too little to draw.
/// `marks` are for the curve: what is known of the core of the most active.
pub fn of_section(texts: &Texts, section: &Section, marks: &[Mark]) -> Result<Option<Chart>> {
    let values = || -> Vec<(String, f64)> { section.rows.iter().map(|r| (r.label.clone(), r.figure.value)).collect() };
    let (picture, read) = match section.shape {
        Shape::Rows => return Ok(None),
        Shape::OverTime => {
            let rows: Vec<Timed> = section.rows.iter().map(timed).collect();
            (over_time(texts, &rows, section.unit, up(texts, section.unit)?)?, "chart-read-over-time")
        }
        Shape::Heat if section.names == Names::Hour => (week(texts, &values(), section.unit)?, "chart-read-heat"),
        Shape::Heat => (months(texts, &values(), section.unit)?, "chart-read-heat"),
        Shape::Lorenz => (
            lorenz(texts, &curve(section, |r| Some(&r.figure)), &curve(section, |r| r.control.as_ref()), marks)?,
            "chart-read-lorenz",
        ),
        Shape::Map => {
            let drawn = map(texts, &values(), &[], section.suppressed > 0, section.unit)?;
            (Some(drawn.picture).filter(|_| !section.rows.is_empty()), "chart-read-map")
        }
    };
    let read = texts.say(read, &[])?;
    Ok(picture.map(|picture| Chart { picture, read }))
}

fn timed(row: &Row) -> Timed {
    Timed { period: row.label.clone(), point: Some(point(&row.figure)), control: row.control.as_ref().map(point) }
}

fn curve(section: &Section, of: impl Fn(&Row) -> Option<&Figure>) -> Vec<(f64, Point)> {
    let at = |row: &Row| Some((row.label.parse().ok().filter(|x: &f64| x.is_finite())?, point(of(row)?)));
    section.rows.iter().filter_map(at).collect()
}

fn point(f: &Figure) -> Point {
    Point { value: f.value, low: f.low, high: f.high }
}

fn up(texts: &Texts, unit: Unit) -> Result<Line> {
    match unit {
        Unit::Share => texts.say("chart-up-share", &[]),
        Unit::Count => texts.say("chart-up-count", &[]),
        Unit::Number => Ok(Line::default()),
    }
}
