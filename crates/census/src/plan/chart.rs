//! `out/plan.svg`: half-widths over labels. It stands alone, so it brings its own colours and words; lines differ in dash
//! and mark as well as in colour.

use std::fmt::Write;

use super::{Plan, Point};
use crate::figure::thousands;
use crate::report::charts::Axis;

/// The drawing's size, and the plot within it: left, top, right, bottom.
const SIZE: (f64, f64) = (820.0, 520.0);
const PLOT: (f64, f64, f64, f64) = (64.0, 132.0, 796.0, 462.0);

const STYLE: &str = "\
.paper{fill:#fdfdfb}text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;fill:#545c66}\
.title{font-size:17px;font-weight:600;fill:#1b1f24}.said{fill:#1b1f24}\
.grid{stroke:#dcdfdd}.band{fill:#a9c9e3;fill-opacity:.6}\
.line{fill:none;stroke-width:2.5}.scores{stroke:#0b5a94}.pocket{stroke:#b8500f;stroke-dasharray:8 5}\
.random{stroke:#6b737c;stroke-width:2;stroke-dasharray:2 4}.wanted{stroke:#1b1f24;stroke-width:1.25}\
.dot{fill:#0b5a94}.square{fill:#b8500f}.cross{fill:#fdfdfb;stroke:#1b1f24;stroke-width:1.75}";

/// The plan as a drawing.
pub(super) fn draw(plan: &Plan) -> String {
    let chart = Chart::new(plan);
    let mut s = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-labelledby="t d"><title id="t">{title}</title><desc id="d">{said}</desc><style>{STYLE}</style><rect width="{w}" height="{h}" class="paper"/>"#,
        w = SIZE.0,
        h = SIZE.1,
        title = escaped(&title(plan)),
        said = escaped(&said(plan).join(" ")),
    );
    text(&mut s, "title", "start", (PLOT.0, 30.0), &title(plan));
    for (i, line) in said(plan).iter().enumerate() {
        text(&mut s, "said", "start", (PLOT.0, 53.0 + 19.0 * i as f64), line);
    }
    legend(&mut s, plan);
    chart.axes(&mut s, plan);
    chart.curves(&mut s, plan);
    s + "</svg>\n"
}

fn title(plan: &Plan) -> String {
    let name: String = plan.study.chars().take(60).collect();
    format!("{name}: half-width of the {} interval by labels", percent(plan.level))
}

/// What the wanted width takes, in words.
fn said(plan: &Plan) -> Vec<String> {
    let wanted = &plan.wanted;
    let labels = |n: Option<usize>| n.map_or_else(|| "more than shown".to_owned(), count);
    let from = if plan.basis.assumed {
        format!(
            "Nothing is labelled yet: assumed are {} members of {} accounts, scores of AUC {:.2}.",
            count(plan.basis.members.round() as usize),
            count(plan.frame),
            plan.basis.auc
        )
    } else {
        format!(
            "From the scores of {} labels: about {} members of {} accounts.",
            count(plan.labelled),
            count(plan.basis.members.round() as usize),
            count(plan.frame)
        )
    };
    let mark = if plan.simulated { " The labels are simulated." } else { "" };
    vec![
        format!(
            "±{} takes {} labels; {} with a pocket; {} drawn simply at random.",
            percent(wanted.half_width),
            labels(wanted.scores),
            labels(wanted.pocket),
            count(wanted.simple_random)
        ),
        from + mark,
    ]
}

fn legend(s: &mut String, plan: &Plan) {
    let y = 108.0;
    let dash = |s: &mut String, class: &str, x: f64| {
        let _ = write!(s, r#"<line class="line {class}" x1="{x}" y1="{y}" x2="{}" y2="{y}"/>"#, x + 30.0);
    };
    let _ = write!(s, r#"<rect class="band" x="{}" y="{}" width="30" height="12"/>"#, PLOT.0, y - 6.0);
    dash(s, "scores", PLOT.0);
    text(s, "", "start", (PLOT.0 + 37.0, y + 4.5), "median and 90 % of worlds");
    dash(s, "pocket", PLOT.0 + 236.0);
    let pocket = format!("{} of the members look like anybody", percent(plan.pocket));
    text(s, "", "start", (PLOT.0 + 273.0, y + 4.5), &pocket);
    dash(s, "random", PLOT.0 + 545.0);
    text(s, "", "start", (PLOT.0 + 582.0, y + 4.5), "simple random sample");
}

struct Chart {
    labels: Axis,
    widths: Axis,
}

impl Chart {
    fn new(plan: &Plan) -> Self {
        let most = plan.points.iter().map(|p| p.labels).max().unwrap_or(1);
        let widest = |p: &Point| p.scores.high.max(p.pocket.median);
        // A simple random sample may run out of the picture; what is planned may not, unless it is wider than all.
        let high = plan.points.iter().map(widest).fold(plan.wanted.half_width * 1.2, f64::max).min(2.0);
        Self { labels: Axis::over(0.0, most as f64), widths: Axis::over(0.0, high) }
    }

    fn x(&self, labels: f64) -> f64 {
        PLOT.0 + (PLOT.2 - PLOT.0) * self.labels.at(labels) / 100.0
    }

    fn y(&self, width: f64) -> f64 {
        PLOT.3 - (PLOT.3 - PLOT.1) * self.widths.at(width) / 100.0
    }

    fn axes(&self, s: &mut String, plan: &Plan) {
        for tick in self.widths.ticks() {
            let y = self.y(tick);
            let _ = write!(s, r#"<line class="grid" x1="{}" y1="{y:.1}" x2="{}" y2="{y:.1}"/>"#, PLOT.0, PLOT.2);
            text(s, "", "end", (PLOT.0 - 8.0, y + 4.5), &format!("±{}", percent(tick)));
        }
        for tick in self.labels.ticks() {
            text(s, "", "middle", (self.x(tick), PLOT.3 + 20.0), &count(tick.round() as usize));
        }
        let middle = f64::midpoint(PLOT.0, PLOT.2);
        let there = if plan.labelled > 0 { format!(" ({} there are)", count(plan.labelled)) } else { String::new() };
        text(s, "", "middle", (middle, PLOT.3 + 44.0), &format!("labels in all{there}"));
        let y = self.y(plan.wanted.half_width);
        let _ = write!(s, r#"<line class="wanted" x1="{}" y1="{y:.1}" x2="{}" y2="{y:.1}"/>"#, PLOT.0, PLOT.2);
        text(s, "said", "end", (PLOT.2, y - 6.0), &format!("wanted: ±{}", percent(plan.wanted.half_width)));
    }

    fn curves(&self, s: &mut String, plan: &Plan) {
        let places = |width: &dyn Fn(&Point) -> f64| -> Vec<(f64, f64)> {
            plan.points.iter().map(|p| (self.x(p.labels as f64), self.y(width(p)))).collect()
        };
        let (low, high) = (places(&|p| p.scores.low), places(&|p| p.scores.high));
        let around: Vec<(f64, f64)> = high.into_iter().chain(low.into_iter().rev()).collect();
        let _ = write!(s, r#"<polygon class="band" points="{}"/>"#, listed(&around));
        self.random(s, plan);
        let (pocket, scores) = (places(&|p| p.pocket.median), places(&|p| p.scores.median));
        let _ = write!(s, r#"<polyline class="line pocket" points="{}"/>"#, listed(&pocket));
        let _ = write!(s, r#"<polyline class="line scores" points="{}"/>"#, listed(&scores));
        for (x, y) in pocket {
            let _ = write!(s, r#"<rect class="square" x="{:.1}" y="{:.1}" width="7" height="7"/>"#, x - 3.5, y - 3.5);
        }
        for (x, y) in scores {
            let _ = write!(s, r#"<circle class="dot" cx="{x:.1}" cy="{y:.1}" r="4"/>"#);
        }
        for labels in [plan.wanted.pocket, plan.wanted.scores].into_iter().flatten() {
            let (x, y) = (self.x(labels as f64), self.y(plan.wanted.half_width));
            // Where the first row is narrower already, there is no crossing to mark.
            if plan.points.first().is_some_and(|p| p.labels < labels) {
                let _ = write!(s, r#"<circle class="cross" cx="{x:.1}" cy="{y:.1}" r="4.5"/>"#);
            }
        }
    }

    /// The simple random sample's curve, from where it comes into the picture.
    fn random(&self, s: &mut String, plan: &Plan) {
        let top = self.widths.ticks().fold(0.0, f64::max);
        let mut places: Vec<(f64, f64)> = Vec::new();
        let mut before: Option<(f64, f64)> = None;
        for p in &plan.points {
            let (n, width) = (p.labels as f64, p.simple_random);
            if width <= top {
                if let Some((m, wider)) = before.filter(|_| places.is_empty()) {
                    let part = (wider - top) / (wider - width);
                    places.push((self.x(m + part * (n - m)), self.y(top)));
                }
                places.push((self.x(n), self.y(width)));
            }
            before = Some((n, width));
        }
        let _ = write!(s, r#"<polyline class="line random" points="{}"/>"#, listed(&places));
    }
}

fn listed(places: &[(f64, f64)]) -> String {
    places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

fn text(s: &mut String, class: &str, anchor: &str, (x, y): (f64, f64), content: &str) {
    let _ =
        write!(s, r#"<text class="{class}" text-anchor="{anchor}" x="{x:.1}" y="{y:.1}">{}</text>"#, escaped(content));
}

fn escaped(text: &str) -> String {
    let clean = text.chars().filter(|c| !c.is_control());
    clean.fold(String::new(), |mut s, c| {
        match c {
            '&' => s += "&amp;",
            '<' => s += "&lt;",
            '>' => s += "&gt;",
            '"' => s += "&quot;",
            c => s.push(c),
        }
        s
    })
}

fn count(n: usize) -> String {
    thousands(&n.to_string())
}

/// A share in per cent, with no more digits than it needs.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", 100.0 * share);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}
