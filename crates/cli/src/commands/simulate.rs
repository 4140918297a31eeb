use std::path::PathBuf;

use clap::Args;
use netcensus::Result;
use netcensus::simulate::{self as sim, World};

use crate::ui::{self, Ui};

/// Simulate a network whose truth is known, as plain files
///
/// Shaped like the 2015 study's: a group among bystanders who follow it without belonging (journalists, critics, bots),
/// heavy-tailed degrees, Arabic and English text, suspensions. Nothing in it is real. The same seed gives the same bytes.
#[derive(Args)]
pub(crate) struct Simulate {
    /// Accounts in all
    #[arg(long, default_value_t = World::default().accounts)]
    accounts: usize,

    /// Members among them
    #[arg(long, default_value_t = World::default().members)]
    members: usize,

    /// The random seed
    #[arg(long, default_value_t = World::default().seed)]
    seed: u64,

    /// The folder to write: accounts.csv (with the truth), follows.csv.gz, posts.jsonl.gz, statuses.csv, seeds.csv
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Simulate {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let world = World { accounts: self.accounts, members: self.members, seed: self.seed, ..World::default() };
        ui.progress.begin("simulate", None);
        let network = sim::simulate(&world)?;
        sim::write(&network, &self.out)?;
        ui.progress.end();
        let (accounts, follows) = (network.accounts.len(), network.edges.len());
        ui.result(
            &serde_json::json!({"out": self.out, "accounts": accounts, "members": self.members, "follows": follows}),
            || {
                format!(
                    "{} accounts, {} of them members, and {} follows are in {}",
                    ui::count(accounts as f64),
                    ui::count(self.members as f64),
                    ui::count(follows as f64),
                    self.out.display()
                )
            },
        )
    }
}
