use std::path::PathBuf;

use clap::Args;
use netcensus::Result;
use netcensus::replacement::{self, Search, Summary};

use super::Which;
use super::plan::share;
use crate::ui::{self, Ui};

/// Propose which suspended accounts came back under a new name, for a person to review
///
/// By shared neighbours, words and the time when accounts were made. Members that are still there compete as decoys, which
/// says how many proposals are false. --export writes the pairs to review, --import takes the answers. Pairs stay in the
/// study; what is published is counts, in out/replacement.json.
#[derive(Args)]
pub(crate) struct Replacement {
    #[command(flatten)]
    which: Which,

    /// A new account may have been made so many days before the other was seen to be gone
    #[arg(long, default_value_t = Search::default().days_before, value_name = "DAYS")]
    days_before: u32,

    /// And so many days after
    #[arg(long, default_value_t = Search::default().days_after, value_name = "DAYS")]
    days_after: u32,

    /// Propose pairs up to this estimated share of false ones
    #[arg(long, default_value = "5%", value_name = "SHARE", value_parser = share)]
    false_rate: f64,

    /// Write the proposed pairs to a CSV file, to be answered in its column `same`
    #[arg(long, value_name = "FILE", conflicts_with = "import")]
    export: Option<PathBuf>,

    /// Take the answers from such a file
    #[arg(long, value_name = "FILE", requires = "reviewer")]
    import: Option<PathBuf>,

    /// Who reviewed it
    #[arg(long, value_name = "NAME")]
    reviewer: Option<String>,
}

impl Replacement {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        if let Some(file) = &self.import {
            let mut study = self.which.open()?;
            let (taken, refused) = replacement::import(&mut study, self.reviewer.as_deref().unwrap_or_default(), file)?;
            for (line, why) in &refused {
                ui.progress.note(format!("line {line}: {why}"));
            }
            let result = serde_json::json!({"taken": taken, "refused": refused.len()});
            return ui.result(&result, || format!("{taken} answers taken, {} refused", refused.len()));
        }
        let search = Search { days_before: self.days_before, days_after: self.days_after, false_rate: self.false_rate };
        let (pairs, summary) = self.which.with(ui, |c| c.replacement(search))?;
        if let Some(file) = &self.export {
            replacement::export(&pairs, file)?;
        }
        let written = self.export.map(|file| format!("\nthe pairs to review are in {}", file.display()));
        ui.result(&summary, || words(&summary) + &written.unwrap_or_default())
    }
}

fn words(s: &Summary) -> String {
    let count = |n: usize| ui::count(n as f64);
    let mut text = format!(
        "{} suspended accounts, {} accounts made around and after their time; {} pairs proposed",
        count(s.suspended),
        count(s.new),
        count(s.proposed)
    );
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    if let Some(f) = &s.returned {
        text += &format!(
            "\n  came back: {} of the suspended ({} to {})",
            percent(f.value),
            percent(f.low),
            percent(f.high)
        );
    }
    if let (Some(days), Some(regained)) = (s.median_days, s.regained) {
        text += &format!(
            "\n  made anew after {days:.1} days (median), with {} of the followers regained (mean)",
            percent(regained)
        );
    }
    match &s.false_rate {
        Some(f) => {
            text += &format!(
                "\n  of {} reviewed pairs {} were false: {} ({} to {})",
                s.reviewed,
                s.refuted,
                percent(f.value),
                percent(f.low),
                percent(f.high)
            );
        }
        None => text += "\n  nobody has reviewed them yet: netcensus replacement --export FILE",
    }
    text
}
