use std::path::PathBuf;

use clap::Args;
use netcensus::compare::{Compared, Found, How, Interval, Row, compare};
use netcensus::describe::Unit;
use netcensus::figure::Figure;
use netcensus::{Error, Result};

use crate::ui::{self, Ui};

/// Hold two studies, or two waves of one, against each other
///
/// Differences (the second less the first) and ratios of every figure that both have, with intervals. For two waves of one
/// study keep a copy of its folder out before it runs again, and give that as the first. Figures are taken for independent;
/// where the two share accounts or labels, the intervals are on the safe side. Differences that stand out from all of them
/// are marked (Benjamini and Hochberg).
#[derive(Args)]
pub(crate) struct Compare {
    /// The first study, or a copy of its folder out
    first: PathBuf,

    /// The second
    second: PathBuf,

    /// The correlation of the errors of the two: 0 where they are independent, -1 for the widest interval
    #[arg(long, default_value_t = 0.0, value_name = "R", allow_negative_numbers = true, value_parser = correlation)]
    correlation: f64,

    /// Compare even studies that count different populations, and say so
    #[arg(long)]
    force: bool,

    /// Show only what stands out, and the number of members
    #[arg(long)]
    brief: bool,

    /// Write the comparison to a file as JSON, too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Compare {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let how = How { correlation: self.correlation, force: self.force };
        let compared = compare(&Found::read(&self.first)?, &Found::read(&self.second)?, how)?;
        if let Some(path) = &self.output {
            let json = serde_json::to_vec_pretty(&compared)
                .map_err(|e| Error::bug("the comparison cannot be written").because(e))?;
            std::fs::write(path, json).map_err(|e| Error::disk(path, e))?;
        }
        ui.result(&compared, || words(&compared, self.brief))
    }
}

/// A correlation of -1 to 1.
fn correlation(text: &str) -> std::result::Result<f64, String> {
    let r = text.parse().ok().filter(|r| (-1.0..=1.0).contains(r));
    r.ok_or_else(|| "a correlation lies between -1 and 1".to_owned())
}

fn words(compared: &Compared, brief: bool) -> String {
    let [first, second] = &compared.studies;
    let level = 100.0 * compared.level;
    let mut text = format!(
        "{second}, held against {first}: {} figures, {level:.0} % intervals{}\n",
        compared.rows.len(),
        if compared.simulated { "; labels are SIMULATED" } else { "" },
    );
    compared.warnings.iter().for_each(|w| text += &format!("take care: {w}\n"));
    let mut section = "";
    for row in compared.rows.iter().filter(|r| !brief || r.stands_out || r.section == "members") {
        if row.section != section {
            section = &row.section;
            text += &format!("\n{section}\n");
        }
        let mark = if row.stands_out { "*" } else { " " };
        let label: String = row.label.chars().filter(|c| !c.is_control()).take(34).collect();
        let figure = |f: &Figure| {
            let of = Interval { value: f.value, low: f.low, high: Some(f.high) };
            interval(of, |v| number(row, v).trim_end_matches(" %").to_owned()) + unit(row)
        };
        let [a, b] = [&row.figures[0], &row.figures[1]].map(figure);
        text += &format!("{mark} {label:<34} {a} → {b}\n  {:<34} {}", "", apart(row));
        if let Some(times) = row.ratio {
            text += &format!(", times {}", interval(times, |v| format!("{v:.2}")));
        }
        text += "\n";
    }
    text += &format!(
        "\n* stands out: of those marked, about {:.0} in 100 are so by chance alone. ",
        100.0 * compared.alpha
    );
    text += &match compared.correlation {
        0.0 => "Figures are taken for independent; of two waves of\n  one study they are not, and the intervals are too wide rather than too narrow.".to_owned(),
        r => format!("The errors of the two are taken to have the\n  correlation {r}; ratios are made without one alone."),
    };
    if compared.unmatched > 0 {
        text += &format!(
            "\n  {} figures that only one of them has, or one has twice, are not shown.",
            ui::count(compared.unmatched as f64)
        );
    }
    text
}

fn unit(row: &Row) -> &'static str {
    if row.unit == Unit::Share { " %" } else { "" }
}

/// The difference: of shares in points of a hundred.
fn apart(row: &Row) -> String {
    let signed = |v: f64| {
        let text = number(row, v.abs()).trim_end_matches(" %").to_owned();
        format!("{}{text}", if v < 0.0 { "−" } else { "+" })
    };
    let unit = if row.unit == Unit::Share { " points" } else { "" };
    format!("{}{unit}", interval(row.difference, signed))
}

fn interval(of: Interval, written: impl Fn(f64) -> String) -> String {
    let high = of.high.map_or_else(|| "no bound".to_owned(), &written);
    format!("{} ({} to {high})", written(of.value), written(of.low))
}

fn number(row: &Row, v: f64) -> String {
    match row.unit {
        Unit::Share => format!("{:.1} %", 100.0 * v),
        Unit::Count => ui::count(v),
        Unit::Number if v.abs() >= 100.0 => ui::count(v),
        Unit::Number => format!("{v:.2}"),
    }
}
