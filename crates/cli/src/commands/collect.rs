use clap::Args;
use netcensus::Result;
use netcensus::collect;

use super::Which;
use crate::ui::{self, Ui};

/// Collect accounts, follows and posts from Bluesky or another AT Protocol network, or from servers with Mastodon's API
///
/// Wave by wave from the seeds, within the limits of study.toml: the servers' rate limits are obeyed, requests counted
/// against a budget. It can be stopped at any point, even killed, and goes on where it was.
#[derive(Args)]
pub(crate) struct Collect {
    #[command(flatten)]
    which: Which,
}

impl Collect {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut study = self.which.open()?;
        let summary = collect::collect(&mut study, &ui.progress)?;
        ui.result(&summary, || {
            format!(
                "{} accounts, {} follows and {} posts by {} requests; {} accounts are gone, {} too large to follow up{}",
                ui::count(summary.accounts as f64),
                ui::count(summary.follows as f64),
                ui::count(summary.posts as f64),
                ui::count(summary.requests as f64),
                ui::count(summary.gone as f64),
                ui::count(summary.too_large as f64),
                if summary.finished { "" } else { "\nthe budget of requests is spent: raise collect.request_budget to go on" }
            )
        })
    }
}
