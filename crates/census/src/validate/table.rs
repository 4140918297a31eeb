//! The validation as files: `validation.json`, tables in Markdown, a chart a prevalence.

use std::fmt::Write;
use std::path::Path;

use super::{Calibration, Cell, Frame, Tally, Validation, chart};
use crate::study;
use crate::{Error, Result};

/// Writes `validation.json`, `validation.md` and the charts to a folder.
pub fn write(validation: &Validation, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::disk(folder, e))?;
    let json =
        serde_json::to_vec_pretty(validation).map_err(|e| Error::bug("the validation cannot be written").because(e))?;
    study::write(&folder.join("validation.json"), &json)?;
    let mut text = String::new();
    if let Some(s) = &validation.summary {
        let _ = writeln!(
            text,
            "{} settings, {} worlds each: {} % intervals held the truth in {} of worlds on average, {} in the worst setting and {} in the \
             best; {} lay below it, {} above. Plain Wald intervals without coder error: {} in the worst setting.\n",
            s.settings,
            validation.plan.worlds,
            100.0 * validation.plan.level,
            percent(s.mean),
            percent(s.worst),
            percent(s.best),
            percent(s.missed_low),
            percent(s.missed_high),
            percent(s.wald_worst)
        );
    }
    for prevalence in prevalences(&validation.frames) {
        let cells: Vec<&Cell<Frame>> =
            validation.frames.iter().filter(|c| c.setting.prevalence == prevalence).collect();
        let name = format!("prevalence-{}.svg", 100.0 * prevalence);
        study::write(&folder.join(&name), chart::draw(&cells, validation.plan.level).as_bytes())?;
        let _ = writeln!(text, "## Prevalence {} %\n\n![coverage and width]({name})\n", 100.0 * prevalence);
        frames(&mut text, &cells);
    }
    if !validation.widths.is_empty() {
        let _ = writeln!(text, "## Widths\n");
        frames(&mut text, &validation.widths.iter().collect::<Vec<_>>());
    }
    if !validation.whole.is_empty() {
        let _ = writeln!(text, "## Simulated networks, {} each\n\n| network | labels {HEAD}", validation.plan.networks);
        for cell in &validation.whole {
            let _ = writeln!(text, "| {} | {} {}", cell.setting.name, cell.setting.labels, row(&cell.result));
        }
    }
    study::write(&folder.join("validation.md"), text.as_bytes())
}

const HEAD: &str =
    "| coverage | too low | too high | Wald | bias | half-width | SRS |\n|---|---|---|---|---|---|---|---|---|";

fn prevalences(cells: &[Cell<Frame>]) -> Vec<f64> {
    let mut all: Vec<f64> = cells.iter().map(|c| c.setting.prevalence).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

fn frames(text: &mut String, cells: &[&Cell<Frame>]) {
    let _ = writeln!(
        text,
        "| accounts | prevalence | AUC | scores | hidden | labels | batches | coder error {HEAD}{}",
        "---|".repeat(6)
    );
    for Cell { setting: s, result } in cells {
        let calibration = match s.calibration {
            Calibration::Right => "calibrated",
            Calibration::Over => "too high",
            Calibration::Under => "too low",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {calibration} | {} | {} | {} | {} {}",
            s.accounts,
            percent(s.prevalence),
            s.auc,
            percent(s.pocket),
            s.labels,
            s.batches,
            percent(s.coder_error),
            row(result)
        );
    }
    text.push('\n');
}

fn row(t: &Tally) -> String {
    format!(
        "| {} | {} | {} | {} | {} ± {} | {} | {} |",
        percent(t.coverage),
        percent(t.missed_low),
        percent(t.missed_high),
        percent(t.wald_coverage),
        percent(t.relative_bias),
        percent(t.relative_bias_se),
        percent(t.relative_half_width),
        percent(t.srs_relative_half_width)
    )
}

fn percent(v: f64) -> String {
    format!("{:.1} %", 100.0 * v)
}
