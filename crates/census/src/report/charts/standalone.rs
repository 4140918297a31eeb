//! Pictures as files of their own: for the PDF, and for whoever wants one drawing.

use super::style;
use crate::report::document::{Picture, Swatch};

/// A complete SVG in the colours of print: one class a shape, plain colours, no variables, no percentages, no text.
/// Labels are set over it by whoever places it; its size is the picture's, in its own units.
pub fn standalone(picture: &Picture) -> String {
    wrap(picture.width, picture.height, &picture.shapes)
}

/// A mark of the legend, 22 by 14.
pub fn swatch(of: Swatch) -> String {
    wrap(22.0, 14.0, &mark(of))
}

/// The shapes of a legend's mark within 22 by 14.
pub(super) fn mark(of: Swatch) -> String {
    match of {
        Swatch::Fill(class) => {
            let mut shapes = format!(r#"<rect class="{class}" x="3" y="1" width="16" height="12"/>"#);
            if class == "ch-hidden" {
                for (x1, y1, x2, y2) in [(3, 5, 7, 1), (3, 11, 13, 1), (7, 13, 19, 1), (13, 13, 19, 7)] {
                    shapes += &format!(r#"<line class="ch-hatch" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#);
                }
            }
            shapes
        }
        Swatch::Line(class) => {
            format!(r#"<line class="{class}" stroke-width="2" x1="0" y1="7" x2="22" y2="7"/>"#)
        }
        // A dot stands for an estimate, and an estimate has an interval.
        Swatch::Dot(class) => {
            let interval = [style::MAIN, style::SECOND, style::THIRD, style::FOURTH, style::CONTROL];
            let interval = interval
                .iter()
                .find(|s| s.dot == class)
                .map(|s| format!(r#"<line class="{}" stroke-width="2" x1="1" y1="7" x2="21" y2="7"/>"#, s.interval));
            format!(r#"{}<circle class="{class}" cx="11" cy="7" r="4"/>"#, interval.unwrap_or_default())
        }
    }
}

fn wrap(width: f64, height: f64, shapes: &str) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><style>{}</style>{shapes}</svg>"#,
        style::printed(shapes)
    )
}
