//! One drawing a prevalence: coverage of each setting on the left, width beside simple random sampling's on the right.

use std::fmt::Write;

use super::{Calibration, Cell, Frame};

const WIDTH: f64 = 860.0;
const ROW: f64 = 30.0;
const TOP: f64 = 78.0;
const COVERAGE: (f64, f64) = (215.0, 505.0);
const RATIO: (f64, f64) = (560.0, 840.0);
const LEAST: f64 = 0.88;

/// How a kind of score is drawn: colour (safe for colour-blind readers), hollow or full, words.
fn look(s: &Frame) -> (&'static str, bool, String) {
    let (colour, hollow, words) = match s.calibration {
        Calibration::Right if s.pocket == 0.0 => ("#0072b2", false, "calibrated"),
        Calibration::Right => ("#0072b2", true, "calibrated"),
        Calibration::Over if s.pocket < 0.1 => ("#d55e00", false, "too high"),
        Calibration::Over => ("#d55e00", true, "too high"),
        Calibration::Under => ("#009e73", true, "too low"),
    };
    let pocket = if s.pocket > 0.0 { format!(", {:.0} % hidden", 100.0 * s.pocket) } else { String::new() };
    (colour, hollow, format!("{words}{pocket}"))
}

/// Draws the settings of one prevalence; one row for each ranking, number of labels and coder error.
pub(super) fn draw(cells: &[&Cell<Frame>], level: f64) -> String {
    let key = |s: &Frame| (s.auc, s.labels, s.coder_error);
    let mut rows: Vec<(f64, usize, f64)> = Vec::new();
    let mut kinds: Vec<(&'static str, bool, String)> = Vec::new();
    for cell in cells {
        if !rows.contains(&key(&cell.setting)) {
            rows.push(key(&cell.setting));
        }
        if !kinds.contains(&look(&cell.setting)) {
            kinds.push(look(&cell.setting));
        }
    }
    rows.sort_by(|a, b| a.2.total_cmp(&b.2).then(a.0.total_cmp(&b.0)).then(a.1.cmp(&b.1)));
    let bottom = TOP + ROW * rows.len() as f64;
    let height = bottom + 50.0;
    let mut s = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="system-ui, sans-serif" font-size="12" role="img"><rect width="100%" height="100%" fill="#fff"/>"##
    );
    let across = |(from, to): (f64, f64), share: f64| from + (to - from) * share.clamp(0.0, 1.0);
    let coverage = |v: f64| across(COVERAGE, (v - LEAST) / (1.0 - LEAST));
    let text = |s: &mut String, x: f64, y: f64, anchor: &str, words: &str| {
        let _ = write!(s, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{words}</text>"#);
    };
    // The kinds of scores, then the heads of the two panels.
    let mut x = 12.0;
    for (colour, hollow, words) in &kinds {
        dot(&mut s, x, 18.0, colour, *hollow);
        text(&mut s, x + 10.0, 22.0, "start", words);
        x += 32.0 + 6.4 * words.len() as f64;
    }
    text(
        &mut s,
        (COVERAGE.0 + COVERAGE.1) / 2.0,
        48.0,
        "middle",
        &format!("intervals that held the truth (asked for: {:.0} %)", 100.0 * level),
    );
    text(&mut s, (RATIO.0 + RATIO.1) / 2.0, 48.0, "middle", "half-width, simple random sampling = 1");
    let band = (coverage(0.93), coverage(0.98));
    let _ = write!(
        s,
        r##"<rect x="{:.1}" y="{TOP}" width="{:.1}" height="{:.1}" fill="#e8f1f7"/>"##,
        band.0,
        band.1 - band.0,
        bottom - TOP
    );
    let guide = |s: &mut String, x: f64, dark: bool| {
        let colour = if dark { "#666" } else { "#ddd" };
        let _ = write!(s, r#"<line x1="{x:.1}" y1="{TOP}" x2="{x:.1}" y2="{bottom:.1}" stroke="{colour}"/>"#);
    };
    for tick in [0.88, 0.90, 0.92, 0.94, 0.96, 0.98, 1.0] {
        guide(&mut s, coverage(tick), false);
        text(&mut s, coverage(tick), TOP - 8.0, "middle", &format!("{:.0} %", 100.0 * tick));
    }
    guide(&mut s, coverage(level), true);
    for tick in [0.0, 0.5, 1.0, 1.5, 2.0] {
        guide(&mut s, across(RATIO, tick / 2.0), tick == 1.0);
        text(&mut s, across(RATIO, tick / 2.0), TOP - 8.0, "middle", &format!("{tick}"));
    }
    for (i, row) in rows.iter().enumerate() {
        let middle = TOP + ROW * (i as f64 + 0.5);
        let error = if row.2 > 0.0 { format!(", {:.0} % errors", 100.0 * row.2) } else { String::new() };
        text(&mut s, COVERAGE.0 - 12.0, middle + 4.0, "end", &format!("AUC {}, {} labels{error}", row.0, row.1));
        let of: Vec<_> = cells.iter().filter(|c| key(&c.setting) == *row).collect();
        for (k, cell) in of.iter().enumerate() {
            let (colour, hollow, _) = look(&cell.setting);
            let y = middle + 4.5 * (k as f64 - (of.len() as f64 - 1.0) / 2.0);
            dot(&mut s, coverage(cell.result.coverage), y, colour, hollow);
            let ratio = cell.result.relative_half_width / cell.result.srs_relative_half_width;
            dot(&mut s, across(RATIO, ratio / 2.0), y, colour, hollow);
        }
    }
    text(
        &mut s,
        12.0,
        bottom + 22.0,
        "start",
        "Shaded: 93 to 98 %. At an edge of a panel: there or beyond. Hidden: members whose scores are those of others.",
    );
    s += "</svg>\n";
    s
}

fn dot(s: &mut String, x: f64, y: f64, colour: &str, hollow: bool) {
    let fill = if hollow { "#fff" } else { colour };
    let _ =
        write!(s, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.6" fill="{fill}" stroke="{colour}" stroke-width="1.6"/>"#);
}
