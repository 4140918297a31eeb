//! How the classes of pictures look: one palette for all charts, by day, by night and in print.
//!
//! The five colours of series are told apart by people who see all colours and by those who lack red, green or blue
//! receptors (tests simulate them, after Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of
//! color vision deficiency", IEEE TVCG 15(6), 2009), and stand out from the paper by 3:1 or more (WCAG 2.2, 1.4.11). The
//! scale's steps differ in lightness alone, so they print in grey; its lightest is seen by its outline.

use std::fmt::Write;
use std::sync::LazyLock;

/// A colour by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Paper,
    Text,
    Soft,
    Grid,
    Outline,
    Empty,
    Main,
    Second,
    Third,
    Fourth,
    Control,
    Scale(usize),
}

/// How many classes the scale has.
pub(super) const STEPS: usize = 5;

/// Names, then the colours by day, by night and in print.
const COLOURS: [(Ink, &str, [&str; 3]); 16] = [
    (Ink::Paper, "paper", ["#fdfdfb", "#14171a", "#ffffff"]),
    (Ink::Text, "text", ["#1b1f24", "#e8e9e6", "#1b1f24"]),
    (Ink::Soft, "soft", ["#545c66", "#a3abb3", "#545c66"]),
    (Ink::Grid, "grid", ["#dcdfdd", "#31373d", "#dcdfdd"]),
    (Ink::Outline, "outline", ["#7b8691", "#7d8994", "#7b8691"]),
    (Ink::Empty, "empty", ["#eeefec", "#22272c", "#f1f2f0"]),
    (Ink::Main, "main", ["#0b5a94", "#7cbcf0", "#0b5a94"]),
    (Ink::Second, "second", ["#c67504", "#ee9d04", "#c67504"]),
    (Ink::Third, "third", ["#009658", "#ccebe5", "#009658"]),
    (Ink::Fourth, "fourth", ["#62103f", "#ae18ca", "#62103f"]),
    (Ink::Control, "control", ["#7b8691", "#65717e", "#7b8691"]),
    (Ink::Scale(0), "scale-0", ["#d9e8f4", "#1f3a52", "#d9e8f4"]),
    (Ink::Scale(1), "scale-1", ["#a8cbe6", "#2f5c84", "#a8cbe6"]),
    (Ink::Scale(2), "scale-2", ["#6aa3d0", "#4a86b8", "#6aa3d0"]),
    (Ink::Scale(3), "scale-3", ["#2f77ad", "#84b8e4", "#2f77ad"]),
    (Ink::Scale(4), "scale-4", ["#0b4474", "#d3e9fb", "#0b4474"]),
];

/// Which of the three colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Day,
    Night,
    Print,
}

impl Ink {
    fn of(self, mode: Mode) -> &'static str {
        let found = COLOURS.iter().find(|(ink, ..)| *ink == self);
        found.map_or("#000000", |(.., colours)| colours[mode as usize])
    }

    fn name(self) -> &'static str {
        COLOURS.iter().find(|(ink, ..)| *ink == self).map_or("text", |(_, name, _)| name)
    }
}

/// How one class looks.
struct Look {
    class: &'static str,
    fill: Option<Ink>,
    stroke: Option<Ink>,
    more: &'static str,
}

const fn fill(class: &'static str, ink: Ink, more: &'static str) -> Look {
    Look { class, fill: Some(ink), stroke: None, more }
}

const fn stroke(class: &'static str, ink: Ink, more: &'static str) -> Look {
    Look { class, fill: None, stroke: Some(ink), more }
}

const fn both(class: &'static str, inside: Ink, outline: Ink, more: &'static str) -> Look {
    Look { class, fill: Some(inside), stroke: Some(outline), more }
}

/// Every class there is. A shape has one class, so no rule ever overrides another. What has no width here is given it
/// by the chart.
const LOOKS: [Look; 35] = [
    stroke("ch-grid", Ink::Grid, "stroke-width:1"),
    stroke("ch-axis", Ink::Outline, "stroke-width:1"),
    stroke("ch-guide", Ink::Soft, "stroke-width:1;stroke-dasharray:4 3"),
    stroke("ch-mark", Ink::Text, "stroke-width:1;stroke-dasharray:2 2"),
    fill("ch-mark-dot", Ink::Text, ""),
    stroke("ch-hatch", Ink::Outline, "stroke-width:0.7"),
    both("ch-hidden", Ink::Paper, Ink::Outline, "stroke-width:0.5"),
    both("ch-empty", Ink::Empty, Ink::Outline, "stroke-width:0.5"),
    both("ch-0", Ink::Scale(0), Ink::Outline, "stroke-width:0.5"),
    both("ch-1", Ink::Scale(1), Ink::Outline, "stroke-width:0.5"),
    both("ch-2", Ink::Scale(2), Ink::Outline, "stroke-width:0.5"),
    both("ch-3", Ink::Scale(3), Ink::Outline, "stroke-width:0.5"),
    both("ch-4", Ink::Scale(4), Ink::Outline, "stroke-width:0.5"),
    fill("ch-bar", Ink::Main, ""),
    fill("ch-flow", Ink::Main, "fill-opacity:0.16"),
    both("ch-main", Ink::Main, Ink::Paper, "stroke-width:1"),
    stroke("ch-main-interval", Ink::Main, ""),
    stroke("ch-main-line", Ink::Main, "stroke-width:2"),
    fill("ch-main-band", Ink::Main, "fill-opacity:0.18"),
    both("ch-second", Ink::Paper, Ink::Second, "stroke-width:2"),
    stroke("ch-second-interval", Ink::Second, ""),
    stroke("ch-second-line", Ink::Second, "stroke-width:2;stroke-dasharray:7 3"),
    fill("ch-second-band", Ink::Second, "fill-opacity:0.18"),
    both("ch-third", Ink::Third, Ink::Paper, "stroke-width:1"),
    stroke("ch-third-interval", Ink::Third, ""),
    stroke("ch-third-line", Ink::Third, "stroke-width:2;stroke-dasharray:2 3"),
    fill("ch-third-band", Ink::Third, "fill-opacity:0.18"),
    both("ch-fourth", Ink::Paper, Ink::Fourth, "stroke-width:2"),
    stroke("ch-fourth-interval", Ink::Fourth, ""),
    stroke("ch-fourth-line", Ink::Fourth, "stroke-width:2;stroke-dasharray:9 3 2 3"),
    fill("ch-fourth-band", Ink::Fourth, "fill-opacity:0.18"),
    both("ch-control", Ink::Control, Ink::Paper, "stroke-width:0.5"),
    stroke("ch-control-interval", Ink::Control, ""),
    stroke("ch-control-line", Ink::Control, "stroke-width:2;stroke-dasharray:4 4"),
    fill("ch-control-band", Ink::Control, "fill-opacity:0.18"),
];

/// The classes of a step of the scale.
pub(super) const SCALE: [&str; STEPS] = ["ch-0", "ch-1", "ch-2", "ch-3", "ch-4"];

/// The classes of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) dot: &'static str,
    pub(super) interval: &'static str,
    pub(super) line: &'static str,
    pub(super) band: &'static str,
}

const fn classes(dot: &'static str, interval: &'static str, line: &'static str, band: &'static str) -> Series {
    Series { dot, interval, line, band }
}

pub(super) const MAIN: Series = classes("ch-main", "ch-main-interval", "ch-main-line", "ch-main-band");
pub(super) const SECOND: Series = classes("ch-second", "ch-second-interval", "ch-second-line", "ch-second-band");
pub(super) const THIRD: Series = classes("ch-third", "ch-third-interval", "ch-third-line", "ch-third-band");
pub(super) const FOURTH: Series = classes("ch-fourth", "ch-fourth-interval", "ch-fourth-line", "ch-fourth-band");
pub(super) const CONTROL: Series = classes("ch-control", "ch-control-interval", "ch-control-line", "ch-control-band");

/// Rules for a page that holds pictures as [`super::html`] sets them: the classes, and where labels and legends stand.
/// They take nothing from the page's own rules but its font.
pub static STYLE: LazyLock<String> = LazyLock::new(|| {
    let mut css = String::new();
    let colours = |css: &mut String, mode: Mode| {
        for (_, name, colours) in &COLOURS {
            let _ = write!(css, "--ch-{name}:{};", colours[mode as usize]);
        }
    };
    css.push_str(".ch{");
    colours(&mut css, Mode::Day);
    css.push_str("}\n@media screen and (prefers-color-scheme:dark){.ch{");
    colours(&mut css, Mode::Night);
    css.push_str("}}\n@media print{.ch{");
    colours(&mut css, Mode::Print);
    css.push_str("}}\n");
    for look in &LOOKS {
        rule(&mut css, look, &|ink| format!("var(--ch-{})", ink.name()));
    }
    css.push_str(include_str!("charts.css"));
    css
});

/// The rules that a picture of its own needs, in the colours of print.
pub(super) fn printed(shapes: &str) -> String {
    let mut css = String::new();
    for look in LOOKS.iter().filter(|l| shapes.contains(&format!("class=\"{}\"", l.class))) {
        rule(&mut css, look, &|ink| ink.of(Mode::Print).into());
    }
    css
}

fn rule(css: &mut String, look: &Look, colour: &dyn Fn(Ink) -> String) {
    let or = |ink: Option<Ink>| ink.map_or("none".into(), colour);
    let _ = write!(css, ".{}{{fill:{};stroke:{}", look.class, or(look.fill), or(look.stroke));
    for part in [look.more].into_iter().filter(|m| !m.is_empty()) {
        let _ = write!(css, ";{part}");
    }
    css.push_str("}\n");
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    type Rgb = [f64; 3];
    type Matrix = [Rgb; 3];

    /// Linear RGB as people see it who have all receptors, or lack the long, the middle or the short (the matrices for
    /// severity 1 that the paper's authors publish).
    const SEEN: [(&str, Matrix); 4] = [
        ("all", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        ),
        (
            "deuteranopia",
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        ),
        (
            "tritanopia",
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
        ),
    ];
    const MODES: [Mode; 3] = [Mode::Day, Mode::Night, Mode::Print];
    const SERIES: [Ink; 5] = [Ink::Main, Ink::Second, Ink::Third, Ink::Fourth, Ink::Control];

    fn linear(colour: &str) -> Rgb {
        [1, 3, 5].map(|i| {
            let c = f64::from(u8::from_str_radix(&colour[i..i + 2], 16).unwrap()) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn times(m: &Matrix, v: Rgb) -> Rgb {
        m.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
    }

    /// Relative luminance and contrast as WCAG 2 defines them.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |c: &str| linear(c).iter().zip([0.2126, 0.7152, 0.0722]).map(|(a, b)| a * b).sum::<f64>();
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// CIE L*a*b* under D65.
    fn lab(rgb: Rgb) -> Rgb {
        const XYZ: Matrix = [
            [0.412_456_4, 0.357_576_1, 0.180_437_5],
            [0.212_672_9, 0.715_152_2, 0.072_175],
            [0.019_333_9, 0.119_192, 0.950_304_1],
        ];
        let [x, y, z] = times(&XYZ, rgb);
        let f = |t: f64| {
            if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 }
        };
        let (x, y, z) = (f(x / 0.950_47), f(y), f(z / 1.088_83));
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn apart(a: &str, b: &str, seen: &Matrix) -> f64 {
        let of = |c: &str| lab(times(seen, linear(c)).map(|v| v.clamp(0.0, 1.0)));
        of(a).iter().zip(of(b)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn the_measures_agree_with_known_values() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01);
        let [l, a, b] = lab(linear("#ff0000"));
        assert!((l - 53.24).abs() < 0.02 && (a - 80.09).abs() < 0.02 && (b - 67.20).abs() < 0.02, "{l} {a} {b}");
        // Rows of the matrices sum to 1: grey stays grey.
        for (name, m) in SEEN {
            assert!(m.iter().all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 2e-6), "{name}");
        }
        // The pair that the simulation must bring together.
        assert!(apart("#d62728", "#2ca02c", &SEEN[0].1) > 100.0 && apart("#d62728", "#2ca02c", &SEEN[2].1) < 35.0);
    }

    #[test]
    fn series_are_told_apart_whatever_colours_one_sees() {
        for mode in MODES {
            for (i, a) in SERIES.iter().enumerate() {
                for b in &SERIES[i + 1..] {
                    for (name, seen) in &SEEN {
                        let d = apart(a.of(mode), b.of(mode), seen);
                        assert!(d >= 22.0, "{mode:?}, {name}: {a:?} and {b:?} are {d:.1} apart");
                    }
                }
            }
        }
    }

    #[test]
    fn marks_stand_out_from_the_paper() {
        for mode in MODES {
            let paper = Ink::Paper.of(mode);
            for ink in SERIES.iter().chain(&[Ink::Outline, Ink::Scale(STEPS - 1)]) {
                let c = contrast(ink.of(mode), paper);
                assert!(c >= 3.0, "{mode:?}: {ink:?} has a contrast of {c:.2}");
            }
            // Text is small.
            for ink in [Ink::Text, Ink::Soft] {
                assert!(contrast(ink.of(mode), paper) >= 4.5, "{mode:?}: {ink:?}");
            }
        }
    }

    #[test]
    fn the_scale_is_read_in_grey() {
        for mode in MODES {
            let lightness: Vec<f64> = (0..STEPS).map(|i| lab(linear(Ink::Scale(i).of(mode)))[0]).collect();
            let sign = if mode == Mode::Night { 1.0 } else { -1.0 };
            let steps: Vec<f64> = lightness.windows(2).map(|w| sign * (w[1] - w[0])).collect();
            assert!(steps.iter().all(|s| *s >= 10.0), "{mode:?}: {lightness:?}");
        }
    }

    #[test]
    fn one_look_a_class_and_no_variables_in_print() {
        let mut names: Vec<&str> = LOOKS.iter().map(|l| l.class).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LOOKS.len());
        for series in [MAIN, SECOND, THIRD, FOURTH, CONTROL] {
            for class in [series.dot, series.interval, series.line, series.band] {
                assert!(names.contains(&class), "{class}");
            }
        }
        let css = printed(r#"<rect class="ch-0"/><rect class="ch-main"/>"#);
        assert_eq!(
            css,
            ".ch-0{fill:#d9e8f4;stroke:#7b8691;stroke-width:0.5}\n.ch-main{fill:#0b5a94;stroke:#ffffff;stroke-width:1}\n"
        );
        assert!(STYLE.contains(".ch-main{fill:var(--ch-main);stroke:var(--ch-paper);stroke-width:1}"));
    }
}
