use std::path::PathBuf;

use clap::{Args, Subcommand};
use netcensus::Result;
use netcensus::label::Summary;

use super::Which;
use crate::ui::{self, Ui};

/// Have the drawn accounts labelled by people: export, fill in, import
///
/// Labels are kept in work.db with their coder. Several coders may label the same accounts: their agreement is shown, the
/// majority counts, and a coder named `adjudicator` decides.
#[derive(Args)]
pub(crate) struct Label {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Write the accounts that a coder has not labelled yet to a CSV file, in random order
    ///
    /// The file holds what accounts say of themselves: keep it as safe as the study. The column `label` takes the
    /// answers of codebook.toml: member, not, unsure, cannot tell.
    Export {
        #[command(flatten)]
        which: Which,
        /// Who will label
        #[arg(long)]
        coder: String,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Read a filled file back; rows without a label are passed over
    Import {
        #[command(flatten)]
        which: Which,
        /// The filled file
        file: PathBuf,
        /// Who labelled
        #[arg(long)]
        coder: String,
    },
    /// Let the simulated coder of study.toml label, for tests and demonstrations
    Simulate {
        #[command(flatten)]
        which: Which,
    },
}

impl Label {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        match self.action {
            Action::Export { which, coder, out } => {
                let accounts = which.with(ui, |c| c.label_export(&coder, &out))?;
                ui.result(&serde_json::json!({"accounts": accounts, "file": out}), || {
                    format!("{} accounts for {coder} to label are in {}", ui::count(accounts as f64), out.display())
                })
            }
            Action::Import { which, file, coder } => {
                let summary = which.with(ui, |c| c.label_import(&coder, &file))?;
                ui.result(&summary, || words(&summary))
            }
            Action::Simulate { which } => {
                let summary = which.with(ui, |c| c.label_simulated())?;
                ui.result(&summary, || format!("{} (simulated)", words(&summary)))
            }
        }
    }
}

fn words(summary: &Summary) -> String {
    let mut text = format!("{} labels taken", ui::count(summary.labels as f64));
    if summary.empty > 0 {
        text += &format!(", {} rows without one passed over", ui::count(summary.empty as f64));
    }
    for (line, reason) in summary.refused.iter().take(10) {
        text += &format!("\n  line {line} refused: {reason}");
    }
    if summary.refused.len() > 10 {
        text += &format!("\n  and {} more", summary.refused.len() - 10);
    }
    text
}
