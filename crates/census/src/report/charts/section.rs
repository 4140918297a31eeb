//! The charts of what netcensus finds: a section of the portrait by its shape, the way to the labels, suspensions.

use super::{Fate, Mark, Point, Stage, Timed, Wave, funnel, lorenz, map, months, over_time, survival, waves, week};
use crate::Result;
use crate::describe::{Names, Row, Section, Shape, Unit};
use crate::estimate::Estimate;
use crate::figure::Figure;
use crate::lives::End;
use crate::report::document::Picture;
use crate::report::numbers;
use crate::takedowns::{Lives, Takedowns};
use crate::texts::{Arg, Line, Texts};

/// A chart, and how to read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The chart.
    pub picture: Picture,
    /// How to read it.
    pub read: Line,
}

/// Draws a section over time, as heat map, curve or map. None for one that is drawn as rows, or has too little to draw.
/// `core` is the section that says how few members make half, 80 % and 90 % of the posts; the curve is marked with it.
pub fn of_section(texts: &Texts, section: &Section, core: Option<&Section>) -> Result<Option<Chart>> {
    let values = || -> Vec<(String, f64)> { section.rows.iter().map(|r| (r.label.clone(), r.figure.value)).collect() };
    let mut more = Line::default();
    let (picture, read) = match section.shape {
        Shape::Rows => return Ok(None),
        Shape::OverTime => {
            let rows: Vec<Timed> = section.rows.iter().map(timed).collect();
            (over_time(texts, &rows, section.unit, up(texts, section)?)?, "chart-read-over-time")
        }
        Shape::Heat if section.names == Names::Hour => (week(texts, &values(), section.unit)?, "chart-read-heat"),
        Shape::Heat => (months(texts, &values(), section.unit)?, "chart-read-heat"),
        Shape::Lorenz => {
            let members = curve(section, |r| Some(&r.figure));
            let control = curve(section, |r| r.control.as_ref());
            (lorenz(texts, &members, &control, &core.map(marks).unwrap_or_default())?, "chart-read-lorenz")
        }
        Shape::Map => {
            let drawn = map(texts, &values(), &[], section.suppressed > 0, section.unit)?;
            if !drawn.missing.is_empty() {
                let n = Arg::Count(drawn.missing.len());
                more = Line::words(" ").and(texts.say("chart-map-missing", &[("n", n)])?);
            }
            (Some(drawn.picture).filter(|_| !section.rows.is_empty()), "chart-read-map")
        }
    };
    let read = texts.say(read, &[])?.and(more);
    Ok(picture.map(|picture| Chart { picture, read }))
}

/// From what was seen to the members that were labelled.
pub fn way(texts: &Texts, estimate: &Estimate) -> Result<Option<Chart>> {
    let (frame, labels) = (&estimate.frame, &estimate.labels);
    let left_out = frame.left_out.values().fold(0usize, |sum, n| sum.saturating_add(*n));
    let stage = |key: &str, n: usize, left: Line| -> Result<Stage> {
        let written = Line::number(texts.number(&numbers::whole(n)));
        Ok(Stage { name: texts.say(key, &[])?, count: n as f64, written, left })
    };
    let less = |key: &str, n: usize| match n {
        0 => Ok(Line::default()),
        n => texts.say(key, &[("n", Arg::Count(n))]),
    };
    let unlabelled = labels.drawn.saturating_sub(labels.labelled);
    let others = [("not", labels.not), ("unsure", labels.unsure), ("nothing", labels.cannot_tell)];
    let others = others.map(|(key, n)| (key, Arg::Number(numbers::whole(n))));
    let stages = [
        stage("chart-way-seen", frame.size.saturating_add(left_out), less("chart-way-left-out", left_out)?)?,
        stage("chart-way-frame", frame.size, less("chart-way-not-drawn", frame.size.saturating_sub(labels.drawn))?)?,
        stage("chart-way-drawn", labels.drawn, less("chart-way-unlabelled", unlabelled)?)?,
        stage("chart-way-labelled", labels.labelled, texts.say("chart-way-others", &others)?)?,
        stage("chart-way-members", labels.members, Line::default())?,
    ];
    let read = texts.say("chart-read-funnel", &[])?;
    Ok(funnel(texts, &stages).map(|picture| Chart { picture, read }))
}

/// By which age members' accounts are gone, and those of the others of the frame.
pub fn lifetimes(texts: &Texts, takedowns: &Takedowns) -> Result<Option<Chart>> {
    let fate = |lives: &Lives| -> Result<Fate> {
        let control = lives.group != MEMBERS;
        let name = texts.say(if control { "chart-control" } else { "chart-members" }, &[])?;
        Ok(Fate { name, by: lives.gone_by.iter().map(|(day, f)| (*day, point(f))).collect(), control })
    };
    let fates = takedowns.lives.iter().map(fate).collect::<Result<Vec<_>>>()?;
    let (up, across) = (texts.say("chart-gone", &[])?, texts.say("chart-age", &[])?);
    let read = texts.say("chart-read-survival", &[])?;
    Ok(survival(texts, &fates, up, across)?.map(|picture| Chart { picture, read }))
}

/// How members' accounts end, each end beside the others, by days since the watch began.
pub fn ends(texts: &Texts, takedowns: &Takedowns) -> Result<Option<Chart>> {
    let Some(members) = takedowns.lives.iter().find(|l| l.group == MEMBERS) else { return Ok(None) };
    let mut fates: Vec<Fate> = Vec::new();
    for end in End::ALL {
        let of = members.ends.iter().filter(|(name, ..)| name == end.name());
        let by = of.map(|(_, day, f)| (*day, point(f))).collect();
        fates.push(Fate { name: texts.say(&format!("chart-end-{}", end.name()), &[])?, by, control: false });
    }
    let (up, across) = (texts.say("chart-ended", &[])?, texts.say("chart-watched", &[])?);
    let read = texts.say("chart-read-survival", &[])?;
    Ok(survival(texts, &fates, up, across)?.map(|picture| Chart { picture, read }))
}

/// The waves in which members were suspended.
pub fn suspensions(texts: &Texts, takedowns: &Takedowns) -> Result<Option<Chart>> {
    let wave = |w: &crate::takedowns::Wave| Wave { from: w.from.clone(), to: w.to.clone(), suspended: w.suspended };
    let found: Vec<Wave> = takedowns.waves.iter().map(wave).collect();
    let picture = waves(texts, &takedowns.watch.first, &takedowns.watch.last, &found)?;
    let read = texts.say("chart-read-waves", &[])?;
    Ok(picture.map(|picture| Chart { picture, read }))
}

/// The group of a study's members in `takedowns`.
const MEMBERS: &str = "members";

fn marks(core: &Section) -> Vec<Mark> {
    let share = |label: &str| match label {
        "half" => Some(0.5),
        "most80" => Some(0.8),
        "most90" => Some(0.9),
        _ => None,
    };
    let mark = |row: &Row| Some(Mark { share: share(&row.label)?, figure: row.figure.clone(), unit: core.unit });
    core.rows.iter().filter_map(mark).collect()
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

/// What stands above the axis: a text of the section's own, or of its unit.
fn up(texts: &Texts, section: &Section) -> Result<Line> {
    let own = format!("chart-up-{}", section.key);
    match section.unit {
        _ if texts.has(&own) => texts.say(&own, &[]),
        Unit::Share => texts.say("chart-up-share", &[]),
        Unit::Count => texts.say("chart-up-count", &[]),
        Unit::Number => Ok(Line::default()),
    }
}
