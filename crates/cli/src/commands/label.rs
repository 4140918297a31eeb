use std::path::PathBuf;

use clap::{Args, Subcommand};
use netcensus::Result;
use netcensus::label::Summary;

use super::Which;
use crate::ui::{self, Ui};

/// Have the drawn accounts labelled by people: export, fill in, import
///
/// Labels are kept in work.db with their coder. Several coders may label the same accounts: their agreement is shown, the
/// majority counts, and a coder named `adjudicator` decides. Coders err: have an expert answer some of the accounts as the
/// coder `gold`, and the answer is corrected for the others' mistakes.
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
    /// Write labelled accounts that an expert is to answer once more, as the coder `gold`, to a CSV file
    ///
    /// They are drawn by score, half where members are likely and half where they are not, whatever coders said. Answered
    /// and read back with `import --coder gold`, they are taken for the truth: they give each coder's sensitivity and
    /// specificity, and correct the answer.
    Gold {
        #[command(flatten)]
        which: Which,
        /// How many accounts; 200 or more tell the rates to a few points
        #[arg(long, default_value_t = 200)]
        items: usize,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write the accounts that count as members to a CSV file, for the adjudicator to confirm each
    ///
    /// Read back with `import --coder adjudicator`. In a rare group this is worth more than any gold: false members are
    /// then struck out one by one instead of guessed from a rate.
    Confirm {
        #[command(flatten)]
        which: Which,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Let the simulated coder of study.toml label, for tests and demonstrations
    Simulate {
        #[command(flatten)]
        which: Which,
        /// Make gold of so many labelled accounts instead, by the truth
        #[arg(long, value_name = "ITEMS")]
        gold: Option<usize>,
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
            Action::Gold { which, items, out } => {
                let accounts = which.with(ui, |c| c.label_gold(items, &out))?;
                ui.result(&serde_json::json!({"accounts": accounts, "file": out}), || {
                    format!("{} accounts for an expert to answer are in {}", ui::count(accounts as f64), out.display())
                })
            }
            Action::Confirm { which, out } => {
                let accounts = which.with(ui, |c| c.label_confirm(&out))?;
                ui.result(&serde_json::json!({"accounts": accounts, "file": out}), || {
                    format!("{} accounts to confirm are in {}", ui::count(accounts as f64), out.display())
                })
            }
            Action::Simulate { which, gold } => {
                let summary = which.with(ui, |c| match gold {
                    Some(items) => c.label_simulated_gold(items),
                    None => c.label_simulated(),
                })?;
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
