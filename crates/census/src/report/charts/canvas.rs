//! What charts draw on: it keeps every shape inside of the picture and every label written once.

use std::fmt::Write;

use super::Axis;
use super::style::Series;
use crate::describe::Unit;
use crate::report::document::{Anchor, Label, Picture, Swatch};
use crate::report::numbers;
use crate::texts::{Line, Texts};

/// The width of all pictures, in their own units: a page of A4 in points, between margins.
pub(super) const WIDTH: f64 = 480.0;
/// How high text is beside the picture where it is largest: on a phone, 11 px on a picture of 320 px.
pub(super) const LARGE: f64 = 16.5;
/// And where it is smallest, in print.
pub(super) const SMALL: f64 = 9.0;

/// A picture in the making.
pub(super) struct Canvas(Picture);

/// The part of a picture that data stands in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Plot {
    /// A place across, from 0 to 1.
    pub(super) fn x(&self, part: f64) -> f64 {
        self.left + (self.right - self.left) * part
    }

    /// A place on an upright axis.
    pub(super) fn y(&self, axis: &Axis, v: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * axis.at(v) / 100.0
    }

    /// A place on an axis across.
    pub(super) fn along(&self, axis: &Axis, v: f64) -> f64 {
        self.x(axis.at(v) / 100.0)
    }
}

impl Canvas {
    pub(super) fn new(height: f64) -> Self {
        Self(Picture { width: WIDTH, height, ..Picture::default() })
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (self.fit(from), self.fit(to));
        let _ = write!(self.0.shapes, r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#);
    }

    /// A line as wide as it is said here.
    pub(super) fn stroke(&mut self, class: &str, width: f64, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (self.fit(from), self.fit(to));
        let width = short(width);
        let line =
            format_args!(r#"<line class="{class}" stroke-width="{width}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#);
        let _ = self.0.shapes.write_fmt(line);
    }

    pub(super) fn dot(&mut self, class: &str, r: f64, at: (f64, f64)) {
        // The whole dot stays inside.
        let keep = |v: f64, most: f64| if v.is_finite() { v.clamp(r, (most - r).max(r)) } else { r };
        let (x, y) = (short(keep(at.0, self.0.width)), short(keep(at.1, self.0.height)));
        let _ = write!(self.0.shapes, r#"<circle class="{class}" cx="{x}" cy="{y}" r="{}"/>"#, short(r));
    }

    pub(super) fn rect(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let inside = |v: f64, most: f64| if v.is_finite() { v.clamp(0.0, most) } else { 0.0 };
        let (x, right) = (inside(from.0.min(to.0), self.0.width), inside(from.0.max(to.0), self.0.width));
        let (y, below) = (inside(from.1.min(to.1), self.0.height), inside(from.1.max(to.1), self.0.height));
        let (x, y, w, h) = (short(x), short(y), short(right - x), short(below - y));
        let _ = write!(self.0.shapes, r#"<rect class="{class}" x="{x}" y="{y}" width="{w}" height="{h}"/>"#);
    }

    /// A line through points, or the area within them.
    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)], closed: bool) {
        if points.len() < 2 {
            return;
        }
        let _ = write!(self.0.shapes, r#"<path class="{class}" d=""#);
        for (i, point) in points.iter().enumerate() {
            let (x, y) = self.fit(*point);
            let _ = write!(self.0.shapes, "{}{x} {y}", if i == 0 { "M" } else { "L" });
        }
        self.0.shapes.push_str(if closed { "Z\"/>" } else { "\"/>" });
    }

    /// A shape of many rings whose outline was written elsewhere, inside of the picture.
    pub(super) fn outline(&mut self, class: &str, d: &str) {
        let _ = write!(self.0.shapes, r#"<path class="{class}" d="{d}"/>"#);
    }

    /// Strokes from lower left to upper right over a rectangle: what is not shown.
    pub(super) fn hatch(&mut self, from: (f64, f64), to: (f64, f64)) {
        let ((left, top), (right, bottom)) = (from, to);
        const GAP: f64 = 5.0;
        // Along x + y = c.
        let mut c = ((left + top) / GAP).ceil() * GAP;
        while c <= right + bottom {
            let (x1, x2) = ((c - bottom).max(left), (c - top).min(right));
            if x2 > x1 {
                self.line("ch-hatch", (x1, c - x1), (x2, c - x2));
            }
            c += GAP;
        }
    }

    /// An estimate and its interval, upright.
    pub(super) fn upright(&mut self, series: Series, x: f64, ends: (f64, f64), at: f64, size: f64) {
        self.stroke(series.interval, (size * 0.55).clamp(0.8, 2.2), (x, ends.0), (x, ends.1));
        self.dot(series.dot, size, (x, at));
    }

    pub(super) fn label(&mut self, at: (f64, f64), anchor: Anchor, text: Line) {
        if !text.is_empty() {
            let inside = |v: f64, most: f64| if v.is_finite() { v.clamp(0.0, most) } else { 0.0 };
            let (x, y) = (inside(at.0, self.0.width), inside(at.1, self.0.height));
            self.0.labels.push(Label { x, y, anchor, text });
        }
    }

    pub(super) fn legend(&mut self, swatch: Swatch, text: Line) {
        self.0.legend.push((swatch, text));
    }

    pub(super) fn done(self) -> Picture {
        self.0
    }

    /// An upright axis at the left with its grid and its numbers, and what it measures above it.
    pub(super) fn scale(&mut self, texts: &Texts, axis: &Axis, unit: Unit, up: Line, below: f64) -> Plot {
        let ticks: Vec<(f64, Line)> = axis.ticks().map(|v| (v, written(texts, v, axis.step(), unit))).collect();
        // With the space before a per cent sign that not every language has: so the drawing is the same in all.
        let room = |v: f64| length(&Line::number(texts.number(&plainly(v, axis.step(), unit))), LARGE);
        let widest = axis.ticks().map(room).fold(0.0, f64::max);
        let top = if up.is_empty() { LARGE / 2.0 } else { LARGE * 1.8 };
        let left = (widest + 6.0).min(WIDTH / 3.0);
        let plot = Plot { left, right: WIDTH - 8.0, top, bottom: self.0.height - below };
        for (v, text) in ticks {
            let y = plot.y(axis, v);
            self.line("ch-grid", (plot.left, y), (plot.right, y));
            self.label((plot.left - 6.0, y), Anchor::Right, text);
        }
        self.line("ch-axis", (plot.left, plot.bottom), (plot.right, plot.bottom));
        self.title(texts, up);
        plot
    }

    /// What an upright axis measures, above it, from where reading begins.
    pub(super) fn title(&mut self, texts: &Texts, up: Line) {
        match texts.lang().dir() {
            "rtl" => self.label((WIDTH, LARGE * 0.5), Anchor::Right, up),
            _ => self.label((0.0, LARGE * 0.5), Anchor::Left, up),
        }
    }

    fn fit(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let inside = |v: f64, most: f64| if v.is_finite() { short(v.clamp(0.0, most)) } else { 0.0 };
        (inside(x, self.0.width), inside(y, self.0.height))
    }
}

/// Two decimals are a fiftieth of the thinnest line.
pub(super) fn short(v: f64) -> f64 {
    let v = (v * 100.0).round() / 100.0;
    // No "-0".
    v + 0.0
}

/// A number of an axis or a legend, with as many decimals as tell it from the next.
pub(super) fn written(texts: &Texts, v: f64, step: f64, unit: Unit) -> Line {
    Line::number(texts.number_in_text(&plainly(v, step, unit)))
}

/// The same without digits of the language.
pub(super) fn plainly(v: f64, step: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => format!("{}\u{A0}%", numbers::percent(v, step)),
        Unit::Number | Unit::Count => numbers::number(v, numbers::decimals_of(step)),
    }
}

/// About how long a label is when its text is so high. Letters are taken for a little wider than they mostly are.
pub(super) fn length(text: &Line, high: f64) -> f64 {
    let wide = |c: char| match c {
        '\u{200E}' | '\u{2066}'..='\u{2069}' | '\u{064B}'..='\u{065F}' => 0.0,
        ' ' | '\u{A0}' | ',' | '.' | ':' | 'i' | 'l' | '\u{066C}' | '\u{066B}' => 0.3,
        '0'..='9' => 0.57,
        '\u{0600}'..='\u{06FF}' => 0.52,
        'M' | 'W' | 'm' | '%' => 0.95,
        'A'..='Z' | 'w' => 0.75,
        '\u{1100}'.. => 1.0,
        _ => 0.55,
    };
    high * text.plain().chars().map(wide).sum::<f64>()
}
