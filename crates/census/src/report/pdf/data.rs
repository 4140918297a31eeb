//! The document as the template reads it: JSON in which every text is made fit to be set.
//!
//! Fit means: one line; nothing that hides or turns its surroundings; nothing that no font here can draw (`□` stands for
//! it); no word so long that it cannot be broken. Escaping is nobody's matter, because nothing is parsed.

use serde_json::{Value, json};
use typst::text::is_default_ignorable;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::world::drawn;
use crate::report::charts::{self, Axis, Point};
use crate::report::document::{
    Anchor, Block, Card, Document, Drawing, Figure, Interval, Intervals, Label, Picture, Section, Table,
};
use crate::texts::{Digits, Line, Span};
use crate::{Error, Result};

/// What a text may hold at most. Ours are shorter; strangers' are cut long before.
const LONGEST: usize = 20_000;
/// A number with its interval is shorter.
const NUMBER: usize = 80;
/// After as many characters without a space a word may be broken.
const WORD: usize = 30;
/// Sections in sections.
const DEEPEST: usize = 5;

/// The document as `document.json`.
pub(super) fn of(document: &Document) -> Result<Vec<u8>> {
    let about: Vec<_> = document.about.iter().map(pair).collect();
    let sections: Vec<_> = document.sections.iter().map(|s| section(s, 1)).collect();
    let value = json!({
        "lang": document.lang.code(),
        "dir": document.lang.dir(),
        "arabic-digits": document.digits == Digits::ArabicIndic,
        "name": fit(&document.title.plain(), 1_000),
        "date": document.date.map(|d| json!([d.year(), d.month(), d.day()])),
        "title": line(&document.title),
        "about": about,
        "banners": lines(&document.banners),
        "sections": sections,
        "foot": line(&document.foot),
    });
    serde_json::to_vec(&value).map_err(|e| Error::bug("the report is no data").because(e))
}

fn section(of: &Section, depth: usize) -> Value {
    let blocks: Vec<_> = of.blocks.iter().map(block).collect();
    // What lies deeper is not left out, but set as one level.
    let sections: Vec<_> = of.sections.iter().map(|s| section(s, (depth + 1).min(DEEPEST))).collect();
    json!({"depth": depth, "title": line(&of.title), "blocks": blocks, "sections": sections})
}

fn block(of: &Block) -> Value {
    match of {
        Block::Headline(big, with) => json!({"kind": "headline", "big": line(big), "with": line(with)}),
        Block::Lead(text) => json!({"kind": "lead", "text": line(text)}),
        Block::Paragraph(text) => json!({"kind": "paragraph", "text": line(text)}),
        Block::Note(text) => json!({"kind": "note", "text": line(text)}),
        Block::Quote(text) => json!({"kind": "quote", "text": line(text)}),
        Block::List(points) => json!({"kind": "list", "points": lines(points)}),
        Block::Care(title, points) => json!({"kind": "care", "title": line(title), "points": lines(points)}),
        Block::Facts(facts) => json!({"kind": "facts", "facts": facts.iter().map(pair).collect::<Vec<_>>()}),
        Block::Cards(cards) => json!({"kind": "cards", "cards": cards.iter().map(card).collect::<Vec<_>>()}),
        Block::Table(of) => json!({"kind": "table", "table": table(of)}),
        Block::Figure(of) => json!({"kind": "figure", "figure": figure(of)}),
    }
}

fn card(of: &Card) -> Value {
    json!({
        "name": line(&of.name), "big": line(&of.big), "with": line(&of.with), "why": line(&of.why), "main": of.main,
    })
}

/// Every row as wide as the head.
fn table(of: &Table) -> Value {
    let wide = of.head.len();
    let row = |cells: &[Line]| -> Vec<Value> {
        let cells = cells.iter().map(line).chain(std::iter::repeat_with(|| json!([])));
        cells.take(wide).collect()
    };
    json!({
        "caption": line(&of.caption),
        "head": lines(&of.head),
        "rows": of.rows.iter().map(|r| row(r)).collect::<Vec<_>>(),
        "foot": of.foot.as_deref().map(row),
        "words": of.words,
    })
}

fn figure(of: &Figure) -> Value {
    let (kind, drawing) = match &of.drawing {
        Drawing::Intervals(of) => ("intervals", intervals(of)),
        Drawing::Bars(bars) => ("bars", bars.iter().map(bar).collect()),
        Drawing::Picture(of) => ("picture", picture(of)),
    };
    json!({
        "caption": line(&of.caption),
        "alt": alt(of),
        "kind": kind,
        "drawing": drawing,
        "source": of.source.as_ref().map(line),
        "table": of.table.as_ref().filter(|t| !t.head.is_empty()).map(table),
    })
}

/// For who cannot see it. A figure without one would keep the file from being accessible.
fn alt(of: &Figure) -> String {
    let said = [fit(&of.alt, LONGEST), fit(&of.caption.plain(), LONGEST)];
    said.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_else(|| "–".into())
}

fn bar((name, share, count): &(Line, f64, Line)) -> Value {
    json!({"name": line(name), "share": finite(*share).clamp(0.0, 1.0), "count": line(count)})
}

fn intervals(of: &Intervals) -> Value {
    let axis = &of.axis;
    let ticks: Vec<_> =
        of.ticks.iter().map(|(v, text)| json!({"at": at(axis, *v), "text": fit(text, NUMBER)})).collect();
    let rows: Vec<_> = of.rows.iter().map(|r| interval(axis, r)).collect();
    json!({"ticks": ticks, "guide": of.guide.map(|g| at(axis, g)), "rows": rows})
}

fn interval(axis: &Axis, of: &Interval) -> Value {
    json!({
        "name": line(&of.name),
        "note": line(&of.note),
        "point": point(axis, of.point),
        "control": of.control.map(|p| point(axis, p)),
        "value": line(&of.value),
        "limits": line(&of.limits),
        "main": of.main,
        "beside": of.beside,
    })
}

/// In per cent of the axis. A number beyond its ends is drawn at the end, and hollow.
fn point(axis: &Axis, of: Point) -> Value {
    let inside = (axis.low()..=axis.ticks().last().unwrap_or(f64::INFINITY)).contains(&of.value);
    json!({"value": at(axis, of.value), "low": at(axis, of.low), "high": at(axis, of.high), "inside": inside})
}

fn at(axis: &Axis, v: f64) -> f64 {
    finite(axis.at(finite(v)))
}

/// Nothing in the drawing but shapes; the labels are set over it.
fn picture(of: &Picture) -> Value {
    let whole = |v: f64| finite(v).clamp(0.0, 10_000.0);
    let labels: Vec<_> = of.labels.iter().map(label).collect();
    let legend: Vec<_> = of.legend.iter().map(|(s, text)| json!([charts::swatch(*s), line(text)])).collect();
    json!({
        "width": whole(of.width),
        "height": whole(of.height),
        "svg": charts::standalone(of),
        "labels": labels,
        "legend": legend,
    })
}

fn label(of: &Label) -> Value {
    let anchor = match of.anchor {
        Anchor::Left => 0.0,
        Anchor::Middle => 0.5,
        Anchor::Right => 1.0,
    };
    json!({"x": finite(of.x), "y": finite(of.y), "anchor": anchor, "text": line(&of.text)})
}

fn finite(v: f64) -> f64 {
    if v.is_finite() { v } else { 0.0 }
}

fn pair((name, what): &(Line, Line)) -> Value {
    json!([line(name), line(what)])
}

fn lines(of: &[Line]) -> Vec<Value> {
    of.iter().map(line).collect()
}

/// Spans as pairs of what they are and what they say.
fn line(of: &Line) -> Value {
    let spans = of.0.iter().map(|span| match span {
        Span::Plain(text) => json!(["plain", fit(text, LONGEST)]),
        Span::Strong(text) => json!(["strong", fit(text, LONGEST)]),
        Span::Term(text) => json!(["term", fit(text, LONGEST)]),
        Span::Code(text) => json!(["code", fit(text, LONGEST)]),
        Span::Foreign(text) => json!(["foreign", fit(text, LONGEST)]),
        Span::Number(text) => json!(["number", fit(text, NUMBER)]),
        Span::StrongNumber(text) => json!(["strong-number", fit(text, NUMBER)]),
    });
    Value::Array(spans.collect())
}

/// A text that can be set.
pub(super) fn fit(text: &str, most: usize) -> String {
    let mut out = String::new();
    let (mut length, mut run, mut gap) = (0, 0, false);
    for together in letters(text) {
        let Some(first) = together.chars().next() else { continue };
        let fixed = matches!(first, '\u{A0}' | '\u{202F}');
        let space = !fixed && (first.is_whitespace() || first.is_control());
        // One space for many, but none is lost at the ends: a span stands between others.
        if space && std::mem::replace(&mut gap, true) {
            continue;
        }
        gap = space;
        if length >= most {
            out.push('…');
            break;
        }
        length += 1;
        run = if space { 0 } else { run + 1 };
        if run > WORD {
            out.push('\u{200B}');
            run = 1;
        }
        match together {
            _ if space => out.push(' '),
            _ if fixed => out.push('\u{A0}'),
            seen if seen.is_ascii() || drawn(&seen) => out.push_str(&seen),
            // Marks that its own font lacks would be drawn by none.
            seen => out.push(seen.chars().next().filter(|c| drawn(c.encode_utf8(&mut [0; 4]))).unwrap_or('□')),
        }
    }
    out
}

/// Letters with at most three marks each, without what cannot be seen. The joiners stay: Persian and many other scripts
/// need them.
fn letters(text: &str) -> impl Iterator<Item = String> + '_ {
    let unseen = |c: char| is_default_ignorable(c) && !matches!(c, '\u{200C}' | '\u{200D}');
    let private = |c: char| matches!(u32::from(c), 0xE000..=0xF8FF | 0xF_0000.. | 0xFFF9..=0xFFFF);
    let mut rest = text.chars().filter(move |c| !unseen(*c)).nfc().peekable();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut together = String::from(if private(first) { '□' } else { first });
        let mut marks = 0;
        while let Some(mark) = rest.next_if(|c| is_combining_mark(*c)) {
            marks += 1;
            if marks <= 3 && !first.is_whitespace() && !first.is_control() && !is_combining_mark(first) {
                together.push(mark);
            }
        }
        Some(together)
    })
}
