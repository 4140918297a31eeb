use std::path::PathBuf;

use clap::Args;
use netcensus::rehearse::{self as re, Ground, RECALLS, Rehearsal, Strategy};
use netcensus::study::{Platform, Settings};
use netcensus::{Error, Result, label};

use super::evaluate;
use crate::ui::{self, Ui};

/// Rehearse a crawl: how many requests each strategy takes to find the members
///
/// On networks whose truth is known: simulated ones (200,000 accounts, 2,000 members, 15, 30 and 50 % of a member's follows
/// inside, with and without bystanders; some minutes), or one that is given as files. Breadth-first, three rankings known
/// from elsewhere, and the best-first score, told who is a member and not told. A request fetches an account's whole list.
#[derive(Args)]
pub(crate) struct Rehearse {
    /// Crawls by each strategy in each network: other networks where they are simulated, other seeds where one is given
    #[arg(long, default_value_t = 5)]
    runs: u32,

    /// A CSV file of all accounts of a network, with their ids and who is a member
    #[arg(long, value_name = "FILE", requires = "follows")]
    accounts: Option<PathBuf>,

    /// A file of its follows: CSV, JSON lines or Parquet, plain, gzip or zstd
    #[arg(long, value_name = "FILE", requires = "accounts")]
    follows: Option<PathBuf>,

    /// The column of the accounts file that holds 1 for a member and 0 for another
    #[arg(long, default_value = "member", value_name = "COLUMN")]
    member_column: String,

    /// Known members that a crawl of the given network begins at
    #[arg(long, default_value_t = 20)]
    seeds: usize,

    /// The folder to write: crawls.json, crawls.md, and a chart for each network
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// The random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Rehearse {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let rehearsals = match (&self.accounts, &self.follows) {
            (Some(accounts), Some(follows)) => {
                let settings = Settings::new("Rehearsal", "members by the truth column", Platform::Files);
                let truth = label::read_truth(accounts, &self.member_column, |_| true)?;
                let network = evaluate::network(accounts, follows, 0.05, &settings, ui)?;
                let ground =
                    |run: u32| Ground::of(&network, &truth, self.seeds, self.seed.wrapping_add(u64::from(run)));
                vec![re::rehearse("the given network", self.runs, &Strategy::ALL, &ui.progress, ground)?]
            }
            (None, None) => {
                let each = |s: &re::Setting| re::rehearse_setting(s, self.runs, self.seed, &ui.progress);
                re::published().iter().map(each).collect::<Result<_>>()?
            }
            _ => return Err(Error::usage("--accounts and --follows go together")),
        };
        if let Some(folder) = &self.out {
            re::write(&rehearsals, folder)?;
        }
        ui.result(&rehearsals, || rehearsals.iter().map(words).collect::<Vec<_>>().join("\n\n"))
    }
}

fn words(rehearsal: &Rehearsal) -> String {
    let mut text = format!(
        "{}: {} accounts, {} members to be found; {} crawls by each strategy\n  {:<24}",
        rehearsal.name,
        ui::count(rehearsal.accounts as f64),
        ui::count(rehearsal.members as f64),
        rehearsal.runs,
        "requests per member at",
    );
    RECALLS.iter().for_each(|r| text += &format!("{r:>8} %"));
    for row in &rehearsal.rows {
        text += &format!("\n  {:<24}", row.strategy.name());
        for recall in RECALLS {
            text += &format!("{:>10}", row.at(recall).map_or("-".into(), |v| format!("{v:.2}")));
        }
    }
    if let Some(ratio) = rehearsal.worst_ratio() {
        text += &format!("\n  best-first against the best of count, share and Adamic-Adar: {ratio:.2} at worst");
    }
    text
}
