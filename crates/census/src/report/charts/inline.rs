//! Small SVG drawings within a line of the page: intervals on a shared axis, bars.
//!
//! They hold geometry and tick labels only. Names stand around them in HTML, where mixed Arabic and Latin text is
//! laid out rightly; colours come from the page's style sheet. Positions are percentages, so a drawing fits any
//! width without a script and its dots stay round.

use std::fmt::{self, Write};

use super::{Axis, Point};

/// A drawing, ready for the page. It holds no text but tick labels, and those are escaped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Svg {}

/// One row of an interval plot: the axis' grid, the interval, the estimate. `guide` marks a number to compare with.
pub fn interval(axis: &Axis, point: Point, guide: Option<f64>) -> Svg {
    let mut s = open("plot");
    for tick in axis.ticks() {
        line(&mut s, "grid", (axis.at(tick), 0.0), (axis.at(tick), 100.0));
    }
    if let Some(guide) = guide {
        line(&mut s, "guide", (axis.at(guide), 0.0), (axis.at(guide), 100.0));
    }
    line(&mut s, "interval", (axis.at(point.low), 50.0), (axis.at(point.high), 50.0));
    dot(&mut s, axis.holds(point.value), axis.at(point.value), 50.0);
    close(s)
}

/// The tick labels of an axis, to stand above or below its rows.
pub fn ruler(axis: &Axis, label: impl Fn(f64) -> String) -> Svg {
    let mut s = open("ruler");
    for tick in axis.ticks() {
        let anchor = match axis.at(tick) {
            x if x < 0.5 => "start",
            x if x > 99.5 => "end",
            _ => "middle",
        };
        text(&mut s, anchor, axis.at(tick), 50.0, &label(tick));
    }
    close(s)
}

/// A bar of a length from 0 to 1.
pub fn bar(share: f64) -> Svg {
    let width = 100.0 * if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let mut s = open("bar");
    let _ = write!(s, r#"<rect class="rest" width="100%" height="100%"/><rect width="{width:.2}%" height="100%"/>"#);
    close(s)
}

fn open(class: &str) -> String {
    format!(r#"<svg class="{class}" aria-hidden="true" focusable="false">"#)
}

fn close(mut s: String) -> Svg {
    s += "</svg>";
    Svg(s)
}

fn line(s: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = write!(s, r#"<line class="{class}" x1="{x1:.2}%" y1="{y1:.2}%" x2="{x2:.2}%" y2="{y2:.2}%"/>"#);
}

/// Hollow when the number lies beyond the axis.
fn dot(s: &mut String, inside: bool, x: f64, y: f64) {
    let class = if inside { "dot" } else { "dot beyond" };
    let _ = write!(s, r#"<circle class="{class}" cx="{x:.2}%" cy="{y:.2}%" r="4.5"/>"#);
}

fn text(s: &mut String, anchor: &str, x: f64, y: f64, content: &str) {
    let _ = write!(s, r#"<text class="{anchor}" x="{x:.2}%" y="{y:.2}%">"#);
    for c in content.chars() {
        match c {
            '&' => *s += "&amp;",
            '<' => *s += "&lt;",
            '>' => *s += "&gt;",
            c => s.push(c),
        }
    }
    *s += "</text>";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: f64, low: f64, high: f64) -> Point {
        Point { value, low, high }
    }

    #[test]
    fn an_interval_beyond_the_axis_is_cut_and_its_dot_hollow() {
        let axis = Axis::over(0.0, 1.0);
        let svg = interval(&axis, point(1.2, 0.5, 1.6), None).to_string();
        assert!(svg.contains(r#"<line class="interval" x1="50.00%" y1="50.00%" x2="100.00%" y2="50.00%"/>"#), "{svg}");
        assert!(svg.contains("dot beyond"), "{svg}");
    }

    #[test]
    fn tick_labels_are_escaped() {
        let svg = ruler(&Axis::over(0.0, 1.0), |_| "<b>&".into()).to_string();
        assert!(svg.contains("&lt;b&gt;&amp;") && !svg.contains("<b>"));
    }
}
