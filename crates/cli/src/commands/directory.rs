use std::path::PathBuf;

use clap::Args;
use netcensus::Result;
use netcensus::collect;

use super::Which;
use crate::ui::{self, Ui};

/// List accounts from the directories of a study's Mastodon servers
///
/// Accounts that have agreed to be found, the latest to post first: ordinary ones, among whom a person may find seeds. The
/// file has the column `id` first, so that chosen lines can go into seeds.csv. Requests count against the study's budget.
#[derive(Args)]
pub(crate) struct Directory {
    #[command(flatten)]
    which: Which,

    /// At most so many accounts of each instance
    #[arg(long, default_value_t = 200, value_name = "N")]
    accounts: usize,

    /// The CSV file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Directory {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut study = self.which.open()?;
        let found = collect::directory(&mut study, self.accounts, &self.out, &ui.progress)?;
        ui.result(&serde_json::json!({"accounts": found, "file": self.out}), || {
            format!("{} accounts are in {}", ui::count(found as f64), self.out.display())
        })
    }
}
