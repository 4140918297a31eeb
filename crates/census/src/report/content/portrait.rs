//! What members are like, chapter by chapter. Which questions there are is [`crate::describe`]'s matter: what it adds is
//! shown here under its key, in the chapter that [`CHAPTERS`] names, or in the last.

use super::super::Report;
use super::super::charts::{self, Axis};
use super::super::document::{Block, Drawing, Figure as Drawn, Interval, Section, Table};
use super::super::numbers::{percent, whole};
use super::{Kind, LONG, PERCENT, ROWS, SHORT, Words, clean, count, number, point, strange};
use crate::Result;
use crate::describe::{Names, Portrait, Row, Section as Question, Unit};
use crate::text;
use crate::texts::{Arg, Line};

/// Chapters, and the keys of their questions; a star stands for any end.
const CHAPTERS: [(&str, &[&str]); 9] = [
    (
        "places",
        &["languages", "languages-*", "places", "places-*", "cities", "coordinates", "coordinates-*", "time-zones"],
    ),
    ("names", &["names", "name-*", "official", "avatars", "pictures"]),
    ("age", &["created", "created-*", "age", "last-post", "last-post-*"]),
    (
        "activity",
        &[
            "activity",
            "hyperactive",
            "hyperactive-*",
            "core",
            "core-*",
            "lorenz",
            "inequality",
            "burst*",
            "posts-by-month",
            "hours",
            "replies",
        ],
    ),
    ("clients", &["clients", "devices", "automation", "without-bots-*"]),
    ("content", &["hashtags", "links", "media", "media-*", "post-languages"]),
    ("audience", &["followers", "followers-*", "following", "following-*", "ratio", "ratio-*", "growth"]),
    ("ties", &["ties", "ties-*", "followed-*", "communities", "communities-*", "talk-*", "speak-*"]),
    ("gone", &["status", "status-*", "suspended", "suspended-*"]),
];

fn chapter(key: &str) -> &'static str {
    let is = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => key == *pattern,
    };
    CHAPTERS.iter().find(|(_, keys)| keys.iter().any(is)).map_or("other", |(name, _)| name)
}

pub(super) fn section(w: &Words<'_>, report: &Report) -> Result<Section> {
    let portrait = &report.portrait;
    let mut blocks = vec![w.paragraph("portrait-text", &[])?];
    if portrait.sections.iter().any(|s| s.rows.iter().any(|r| r.control.is_some())) {
        blocks.push(w.paragraph("portrait-control", &[])?);
    }
    if portrait.sections.is_empty() {
        blocks.push(w.note("portrait-none", &[])?);
    }
    let mut chapters = Vec::new();
    for name in CHAPTERS.iter().map(|(name, _)| *name).chain(["other"]) {
        let (mut parts, mut silent) = (Vec::new(), Vec::new());
        for (place, question) in portrait.sections.iter().enumerate().take(ROWS) {
            if chapter(&question.key) != name {
                continue;
            }
            match question.rows.is_empty() && question.remarks.iter().any(|r| r.key == "nothing") {
                true => silent.push(titled(w, question)?.plain()),
                false => parts.push(answered(w, portrait, place, question, report.about.min_cell)?),
            }
        }
        let mut blocks = Vec::new();
        if !silent.is_empty() {
            blocks.push(w.note("portrait-silent", &[("questions", Arg::Words(silent.join(" ")))])?);
        }
        if !parts.is_empty() || !blocks.is_empty() {
            chapters.push(w.section(&format!("chapter-{name}"), blocks, parts)?);
        }
    }
    w.section("portrait", blocks, chapters)
}

/// One question and its answers.
fn answered(w: &Words<'_>, portrait: &Portrait, place: usize, of: &Question, min_cell: u64) -> Result<Section> {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let first = portrait.sections.iter().position(|s| s.key == of.key) == Some(place);
    let id = match first && !of.key.is_empty() && of.key.chars().all(sound) {
        true => format!("portrait-{}", of.key),
        false => format!("portrait-section-{place}"),
    };
    let kind = match of.unit {
        Unit::Share => Kind::Share,
        Unit::Number => Kind::Mean,
        Unit::Count => Kind::Count,
    };
    let title = titled(w, of)?;
    if let Some(known) = &of.known {
        point(&of.key, known)?;
    }
    let mut blocks = Vec::new();
    let mut notes = Vec::new();
    let note = format!("portrait-{}.note", of.key);
    if !of.rows.is_empty() && w.texts.has(&note) {
        notes.push(w.say(&note, &[])?);
    }
    for remark in of.remarks.iter().take(ROWS) {
        let key = format!("remark-{}", remark.key);
        if w.texts.has(&key) {
            notes.push(w.say(&key, &[("n", count(remark.n.unwrap_or(0)))])?);
        }
    }
    if of.rows.is_empty() && of.remarks.is_empty() {
        let key = if of.suppressed > 0 { "portrait-all-suppressed" } else { "portrait-nothing" };
        notes.push(w.say(key, &[])?);
    }
    if !notes.is_empty() {
        blocks.push(Block::Note(joined(notes, " ")));
    }
    if !of.rows.is_empty() {
        blocks.extend(shown(w, portrait, of, kind, &title)?);
    }
    if let Some(text) = beneath(w, of, min_cell)? {
        blocks.push(Block::Note(text));
    }
    Ok(Section { id, title, blocks, sections: Vec::new() })
}

/// Texts one behind the other.
pub(super) fn joined(lines: Vec<Line>, between: &str) -> Line {
    let mut all = Line::default();
    for line in lines {
        if !all.is_empty() {
            all = all.and(Line::words(between));
        }
        all = all.and(line);
    }
    all
}

pub(super) fn titled(w: &Words<'_>, of: &Question) -> Result<Line> {
    let key = format!("portrait-{}", of.key);
    if w.texts.has(&key) { w.say(&key, &[]) } else { Ok(strange(&of.key, LONG)) }
}

/// What a row is called.
pub(super) fn named(w: &Words<'_>, of: &Question, label: &str) -> Result<Line> {
    let lang = w.texts.lang().code();
    let known = |name: Option<&str>| name.map(Line::words);
    let name = match of.names {
        Names::Texts => {
            let keys = [format!("portrait-{}-{label}", of.key), format!("row-{label}")];
            keys.iter().find(|key| w.texts.has(key)).map(|key| w.say(key, &[])).transpose()?
        }
        Names::Language => known(text::language_name(label, lang)),
        Names::Country => known(text::country(label, lang)),
        Names::Period => Some(w.written(&clean(label, SHORT))),
        Names::Hour => match label.split_once('-') {
            Some((day, hour)) if w.texts.has(&format!("chart-day-{day}")) => {
                let day = Arg::Words(w.plain(&format!("chart-day-{day}"), &[])?);
                Some(w.say("row-hour", &[("day", day), ("hour", number(clean(hour, SHORT) + ":00"))])?)
            }
            _ => None,
        },
        Names::Part => match label.parse::<f64>() {
            Ok(part) if part.is_finite() => {
                Some(w.say("row-part", &[("part", number(percent(part, part) + PERCENT))])?)
            }
            _ => None,
        },
        Names::Words if of.key == "status" => Some(w.said(label)?),
        Names::Words => None,
    };
    Ok(name.unwrap_or_else(|| strange(label, SHORT)))
}

/// The answers: a drawing with its numbers, or a table.
fn shown(w: &Words<'_>, portrait: &Portrait, of: &Question, kind: Kind, title: &Line) -> Result<Vec<Block>> {
    let rows = &of.rows[..of.rows.len().min(ROWS)];
    let mut points = Vec::new();
    let mut lines = Vec::new();
    for Row { label, figure, control } in rows {
        points.push(point(&of.key, figure)?);
        let mut line = w.row(named(w, of, label)?, Line::default(), figure, kind)?;
        if let Some(control) = control {
            line.control = Some(point(&of.key, control)?);
            points.extend(line.control);
        }
        lines.push(line);
    }
    let table = table(w, of, kind, title, &lines)?;
    let core = portrait.sections.iter().find(|s| s.key == "core");
    let chart = charts::of_section(w.texts, of, core)?;
    let source = source(w, of)?;
    let alt = w.alt(&title.plain(), &lines)?;
    if let Some(chart) = chart {
        let drawing = Drawing::Picture(chart.picture);
        return Ok(vec![Block::Figure(Drawn { caption: chart.read, alt, drawing, source, table: Some(table) })]);
    }
    if kind != Kind::Share {
        // The section's title stands right above it.
        let table = Table { caption: Line::default(), ..table };
        return Ok([Block::Table(table)].into_iter().chain(source.map(Block::Note)).collect());
    }
    let caption =
        if lines.iter().any(|l| l.control.is_some()) { "portrait-caption-control" } else { "portrait-caption" };
    let drawing = Drawing::Intervals(w.intervals(Axis::shares(&points), kind, None, lines));
    Ok(vec![Block::Figure(Drawn { caption: w.say(caption, &[])?, alt, drawing, source, table: Some(table) })])
}

fn table(w: &Words<'_>, of: &Question, kind: Kind, title: &Line, lines: &[Interval]) -> Result<Table> {
    let controls = of.rows.iter().any(|r| r.control.is_some());
    let mut head = vec![w.say("head-what", &[])?];
    head.extend(w.heads(&["head-members-value", "head-interval"])?);
    if controls {
        head.push(w.say("head-others", &[])?);
    }
    head.push(w.say("head-labels", &[])?);
    let mut rows = Vec::new();
    for (row, line) in of.rows.iter().zip(lines) {
        let mut cells = vec![line.name.clone(), line.value.clone(), line.limits.clone()];
        if controls {
            cells.push(match &row.control {
                Some(control) => w.brief(control, kind)?,
                None => Line::words("–"),
            });
        }
        cells.push(w.whole(row.figure.labels));
        rows.push(cells);
    }
    Ok(Table { caption: title.clone(), head, rows, ..Table::default() })
}

/// How many labels, and by which methods.
fn source(w: &Words<'_>, of: &Question) -> Result<Option<Line>> {
    let labels = || of.rows.iter().map(|r| r.figure.labels);
    let (Some(least), Some(most)) = (labels().min(), labels().max()) else { return Ok(None) };
    let n = if least == most { whole(least) } else { w.ends(&whole(least), &whole(most), "")? };
    let mut methods: Vec<&str> = Vec::new();
    for row in of.rows.iter().take(ROWS) {
        if !methods.contains(&row.figure.method.as_str()) {
            methods.push(&row.figure.method);
        }
    }
    let methods = methods.into_iter().map(|m| w.said(m)).collect::<Result<Vec<_>>>()?;
    let labels = w.say("portrait-source", &[("n", number(n))])?;
    let mark = w.plain("words-semicolon", &[])? + " ";
    Ok(Some(labels.and(Line::words(" ")).and(joined(methods, &mark))))
}

/// For whom it is known, and what is left out.
fn beneath(w: &Words<'_>, of: &Question, min_cell: u64) -> Result<Option<Line>> {
    let mut lines = Vec::new();
    if let Some(known) = of.known.as_ref().filter(|known| known.low < 0.9995 && !of.rows.is_empty()) {
        let [value, range] = w.args(known, Kind::Share)?;
        lines.push(w.say("portrait-known", &[value, range, ("n", count(known.labels))])?);
        if of.unit == Unit::Share {
            lines.push(w.say("portrait-of-those", &[])?);
        }
    }
    if of.suppressed > 0 {
        let cell = number(whole(min_cell as usize));
        lines.push(w.say("portrait-suppressed", &[("n", count(of.suppressed)), ("cell", cell)])?);
    }
    if of.rows.len() > ROWS {
        lines.push(w.say("portrait-more-rows", &[("n", count(of.rows.len() - ROWS))])?);
    }
    Ok((!lines.is_empty()).then(|| joined(lines, " ")))
}
