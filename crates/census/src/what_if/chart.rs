//! `out/what-if.svg`: the audience lost over suspensions, by plan. It stands alone, so it brings its own colours and words.

use std::fmt::Write;

use super::WhatIf;
use crate::figure::thousands;
use crate::report::charts::Axis;

/// The drawing's size, and the plot within it: left, top, right, bottom.
const SIZE: (f64, f64) = (820.0, 520.0);
const PLOT: (f64, f64, f64, f64) = (64.0, 92.0, 636.0, 462.0);

const STYLE: &str = "\
.paper{fill:#fdfdfb}text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;fill:#545c66}\
.title{font-size:17px;font-weight:600;fill:#1b1f24}.said{fill:#1b1f24}.grid{stroke:#dcdfdd}\
.none{fill:#e9ecea}.line{fill:none;stroke-width:2;stroke:#6b737c}.wanted{stroke:#1b1f24;stroke-width:1.25}\
.reach{stroke:#0b5a94;stroke-width:3}.followers{stroke:#b8500f;stroke-dasharray:9 4}.posts{stroke:#3f7d3a;stroke-dasharray:2 3}\
.betweenness{stroke:#7a4ea3;stroke-dasharray:12 3 3 3}.influence{stroke:#a33a6b;stroke-dasharray:6 3}\
.core{stroke:#8a6d00;stroke-dasharray:4 4}.random{stroke:#6b737c;stroke-dasharray:1 5}";

/// The plans that are drawn; the others are what `reach` is the best of.
const DRAWN: [(&str, &str); 7] = [
    ("reach", "best found"),
    ("followers", "most followers"),
    ("posts", "most posts"),
    ("betweenness", "betweenness"),
    ("influence", "influence"),
    ("core", "core (CoreHD)"),
    ("random", "at random"),
];

/// The answer as a drawing.
pub(super) fn draw(what_if: &WhatIf) -> String {
    let (w, h) = SIZE;
    let first = what_if.suspensions.first().copied().unwrap_or(1).max(1) as f64;
    let last = what_if.members.max(2) as f64;
    let x = |k: usize| {
        PLOT.0 + (PLOT.2 - PLOT.0) * ((k as f64 / first).ln() / (last / first).ln().max(1e-9)).clamp(0.0, 1.0)
    };
    let shares = Axis::over(0.0, 1.0);
    let y = |share: f64| PLOT.3 - (PLOT.3 - PLOT.1) * shares.at(share) / 100.0;
    let title = "Audience lost by suspensions, by whom they take";
    let said = format!(
        "{} accounts taken for members, followed by {} outside; of these, who would follow none of the others.",
        count(what_if.members),
        count(what_if.audience),
    );
    let mark = if what_if.simulated { " The labels are simulated." } else { "" };
    let grey = format!("Grey: more than any choice of so many could lose.{mark}");
    let mut s = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-labelledby="t d"><title id="t">{title}</title><desc id="d">{said}</desc><style>{STYLE}</style><rect width="{w}" height="{h}" class="paper"/>"#
    );
    text(&mut s, "title", "start", (PLOT.0, 30.0), title);
    text(&mut s, "said", "start", (PLOT.0, 53.0), &said);
    text(&mut s, "", "start", (PLOT.0, 74.0), &grey);
    let points = |values: &[f64]| -> Vec<(f64, f64)> {
        what_if.suspensions.iter().zip(values).map(|(k, v)| (x(*k), y(*v))).collect()
    };
    let mut none = points(&what_if.bound);
    none.push((PLOT.2, PLOT.1));
    none.insert(0, (PLOT.0, PLOT.1));
    let _ = write!(s, r#"<polygon class="none" points="{}"/>"#, listed(&none));
    for tick in shares.ticks() {
        let _ =
            write!(s, r#"<line class="grid" x1="{}" y1="{y:.1}" x2="{}" y2="{y:.1}"/>"#, PLOT.0, PLOT.2, y = y(tick));
        text(&mut s, "", "end", (PLOT.0 - 8.0, y(tick) + 4.5), &format!("{:.0} %", 100.0 * tick));
    }
    let mut free = f64::NEG_INFINITY;
    for (i, &k) in what_if.suspensions.iter().enumerate() {
        let end = i + 1 == what_if.suspensions.len();
        if end || (x(k) - free >= 62.0 && PLOT.2 - x(k) >= 62.0) {
            text(&mut s, "", "middle", (x(k), PLOT.3 + 20.0), &count(k));
            free = x(k);
        }
    }
    text(
        &mut s,
        "",
        "middle",
        (f64::midpoint(PLOT.0, PLOT.2), PLOT.3 + 44.0),
        "accounts suspended, on a logarithmic scale",
    );
    let wanted = y(what_if.wanted.reach);
    let _ = write!(s, r#"<line class="wanted" x1="{}" y1="{wanted:.1}" x2="{}" y2="{wanted:.1}"/>"#, PLOT.0, PLOT.2);
    for (i, (name, words)) in DRAWN.iter().enumerate() {
        let Some(plan) = what_if.plans.iter().find(|p| p.name == *name) else { continue };
        let _ = write!(s, r#"<polyline class="line {name}" points="{}"/>"#, listed(&points(&plan.reach)));
        let at = PLOT.1 + 12.0 + 24.0 * i as f64;
        let _ = write!(
            s,
            r#"<line class="line {name}" x1="{}" y1="{at}" x2="{}" y2="{at}"/>"#,
            PLOT.2 + 16.0,
            PLOT.2 + 50.0
        );
        text(&mut s, "", "start", (PLOT.2 + 58.0, at + 4.5), words);
    }
    let at = PLOT.1 + 12.0 + 24.0 * DRAWN.len() as f64;
    let _ = write!(s, r#"<line class="wanted" x1="{}" y1="{at}" x2="{}" y2="{at}"/>"#, PLOT.2 + 16.0, PLOT.2 + 50.0);
    text(&mut s, "", "start", (PLOT.2 + 58.0, at + 4.5), &format!("wanted: {:.0} %", 100.0 * what_if.wanted.reach));
    s + "</svg>\n"
}

fn count(n: usize) -> String {
    thousands(&n.to_string())
}

fn listed(places: &[(f64, f64)]) -> String {
    places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

/// Words of our own and numbers: nothing in them needs to be escaped.
fn text(s: &mut String, class: &str, anchor: &str, (x, y): (f64, f64), content: &str) {
    let _ = write!(s, r#"<text class="{class}" text-anchor="{anchor}" x="{x:.1}" y="{y:.1}">{content}</text>"#);
}
