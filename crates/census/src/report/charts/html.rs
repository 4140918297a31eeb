//! Pictures on a page: an SVG, and labels set over it in HTML, so that browsers shape and order the words.
//!
//! A picture shrinks with its column; its text keeps its size. Labels that would then run into others are found here, in
//! the order they were drawn, and left away where the column is narrow: an axis keeps every second or third of its
//! names. Nothing needs a script, and styles stand in attributes and in [`super::STYLE`].

use std::fmt::Write;

use super::canvas::{LARGE, length, short};
use super::standalone::mark;
use crate::report::document::{Anchor, Label, Picture};
use crate::texts::{Line, Span};

/// A picture with its legend. `alt` says what it shows to who cannot see it.
pub fn html(picture: &Picture, alt: &str) -> String {
    let (w, h) = (picture.width.max(1.0), picture.height.max(1.0));
    let mut out = String::from(r#"<div class="ch"><div class="ch-scroll"><div class="ch-box" role="img" aria-label=""#);
    escape(&mut out, alt);
    let _ = write!(
        out,
        r#"" style="aspect-ratio:{w}/{h}"><svg viewBox="0 0 {w} {h}" aria-hidden="true" focusable="false">"#
    );
    out.push_str(&picture.shapes);
    out.push_str("</svg>");
    let narrow = apart(picture, LARGE);
    for (label, stays) in picture.labels.iter().zip(narrow) {
        let (x, y) = (short(100.0 * label.x / w), short(100.0 * label.y / h));
        let side = match label.anchor {
            Anchor::Left => "",
            Anchor::Middle => " ch-m",
            Anchor::Right => " ch-r",
        };
        let wide = if stays { "" } else { " ch-wide" };
        let _ = write!(out, r#"<span class="ch-label{side}{wide}" style="left:{x}%;top:{y}%">"#);
        line(&mut out, &label.text);
        out.push_str("</span>");
    }
    out.push_str("</div></div>");
    if !picture.legend.is_empty() {
        out.push_str(r#"<ul class="ch-legend">"#);
        for (swatch, text) in &picture.legend {
            out.push_str(r#"<li><svg viewBox="0 0 22 14" aria-hidden="true" focusable="false">"#);
            out.push_str(&mark(*swatch));
            out.push_str("</svg><span>");
            line(&mut out, text);
            out.push_str("</span></li>");
        }
        out.push_str("</ul>");
    }
    out.push_str("</div>");
    out
}

/// Which labels stay when text is so high: each that runs into none before it that stays.
pub(super) fn apart(picture: &Picture, high: f64) -> Vec<bool> {
    let mut kept: Vec<[f64; 4]> = Vec::new();
    let stays = |label: &Label| {
        let own = extent(label, high);
        let free = kept.iter().all(|other| !meet(&own, other));
        if free {
            kept.push(own);
        }
        free
    };
    picture.labels.iter().map(stays).collect()
}

/// Left, top, right and bottom of a label.
pub(super) fn extent(label: &Label, high: f64) -> [f64; 4] {
    let long = length(&label.text, high);
    let left = match label.anchor {
        Anchor::Left => label.x,
        Anchor::Middle => label.x - long / 2.0,
        Anchor::Right => label.x - long,
    };
    [left, label.y - high * 0.45, left + long, label.y + high * 0.45]
}

pub(super) fn meet(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// A text with what its pieces are.
fn line(out: &mut String, text: &Line) {
    for span in &text.0 {
        let (open, words, close) = match span {
            Span::Plain(t) => ("", t, ""),
            Span::Strong(t) => ("<b>", t, "</b>"),
            Span::Term(t) => ("<i>", t, "</i>"),
            Span::Code(t) => ("<code>", t, "</code>"),
            Span::Foreign(t) => ("<bdi>", t, "</bdi>"),
            Span::Number(t) => (r#"<span class="ch-n">"#, t, "</span>"),
            Span::StrongNumber(t) => (r#"<b class="ch-n">"#, t, "</b>"),
        };
        out.push_str(open);
        escape(out, words);
        out.push_str(close);
    }
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}
