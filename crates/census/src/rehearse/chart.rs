//! Members found over requests, a line a strategy; lines differ in dash as well as in colour.

use std::fmt::Write;

use super::{Rehearsal, Strategy};
use crate::figure::thousands;
use crate::report::charts::Axis;

const SIZE: (f64, f64) = (820.0, 470.0);
/// The plot: left, top, right, bottom.
const PLOT: (f64, f64, f64, f64) = (64.0, 70.0, 796.0, 412.0);
/// The chart ends at so many requests per member; what takes more runs out of it.
const WIDEST: f64 = 8.0;

const STYLE: &str = "\
.paper{fill:#fdfdfb}text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;fill:#545c66}\
.title{font-size:17px;font-weight:600;fill:#1b1f24}.grid{stroke:#dcdfdd}.line{fill:none;stroke-width:2}";

fn look(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::BreadthFirst => "stroke:#6b737c;stroke-dasharray:2 4",
        Strategy::Count => "stroke:#b8500f;stroke-dasharray:8 5",
        Strategy::Share => "stroke:#7a3e9d;stroke-dasharray:10 3 2 3",
        Strategy::AdamicAdar => "stroke:#00795c;stroke-dasharray:4 3",
        Strategy::BestFirst => "stroke:#0b5a94;stroke-width:3",
        Strategy::FromTies => "stroke:#56a0d3;stroke-width:2.5;stroke-dasharray:14 4",
    }
}

/// The rehearsal as a drawing.
pub(super) fn draw(rehearsal: &Rehearsal) -> String {
    let members = rehearsal.members as f64;
    let requests = Axis::over(0.0, WIDEST * members);
    let found = Axis::over(0.0, 1.0);
    let x = |v: f64| PLOT.0 + (PLOT.2 - PLOT.0) * requests.at(v) / 100.0;
    let y = |v: f64| PLOT.3 - (PLOT.3 - PLOT.1) * found.at(v) / 100.0;
    let title = format!("{}: members found by requests, mean of {} crawls", rehearsal.name, rehearsal.runs);
    let mut s = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-labelledby="t"><title id="t">{title}</title><style>{STYLE}</style><rect width="{w}" height="{h}" class="paper"/>"#,
        w = SIZE.0,
        h = SIZE.1,
    );
    text(&mut s, "title", "start", (12.0, 26.0), &title);
    let mut left = 12.0;
    for row in &rehearsal.rows {
        let _ = write!(
            s,
            r#"<line class="line" style="{}" x1="{left}" y1="48" x2="{}" y2="48"/>"#,
            look(row.strategy),
            left + 30.0
        );
        text(&mut s, "", "start", (left + 36.0, 52.5), row.strategy.name());
        left += 56.0 + 6.6 * row.strategy.name().len() as f64;
    }
    for tick in found.ticks() {
        let _ =
            write!(s, r#"<line class="grid" x1="{}" y1="{y:.1}" x2="{}" y2="{y:.1}"/>"#, PLOT.0, PLOT.2, y = y(tick));
        text(&mut s, "", "end", (PLOT.0 - 8.0, y(tick) + 4.5), &format!("{:.0} %", 100.0 * tick));
    }
    for tick in requests.ticks() {
        text(&mut s, "", "middle", (x(tick), PLOT.3 + 20.0), &thousands(&format!("{tick:.0}")));
    }
    text(&mut s, "", "middle", (f64::midpoint(PLOT.0, PLOT.2), PLOT.3 + 44.0), "requests");
    for row in &rehearsal.rows {
        let mut points = format!("{:.1},{:.1}", x(0.0), y(0.0));
        for (i, per_member) in row.per_member.iter().enumerate() {
            let share = (i + 1) as f64 / 100.0;
            match per_member.map(|v| v * share * members) {
                Some(spent) if spent <= WIDEST * members => _ = write!(points, " {:.1},{:.1}", x(spent), y(share)),
                _ => break,
            }
        }
        let _ = write!(s, r#"<polyline class="line" style="{}" points="{points}"/>"#, look(row.strategy));
    }
    s + "</svg>\n"
}

fn text(s: &mut String, class: &str, anchor: &str, (x, y): (f64, f64), content: &str) {
    let _ = write!(s, r#"<text class="{class}" text-anchor="{anchor}" x="{x:.1}" y="{y:.1}">{content}</text>"#);
}
