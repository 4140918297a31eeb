use clap::Args;
use netcensus::Result;

use super::Which;
use crate::ui::{self, Ui};

/// Draw the next batch of accounts to label
///
/// Half of a batch (sample.uniform_share) is drawn uniformly, the rest where the scores are least sure. Every account's
/// inclusion probability is kept in data/samples. Seeds and labelled accounts are known and not drawn again.
#[derive(Args)]
pub(crate) struct Sample {
    #[command(flatten)]
    which: Which,

    /// How many accounts; without it, as many as study.toml plans for this batch
    #[arg(long, value_name = "N")]
    size: Option<usize>,

    /// Set the batches drawn so far aside and start anew, as after a change of the frame; labels are kept
    #[arg(long)]
    anew: bool,
}

impl Sample {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        if self.anew {
            let study = self.which.open()?;
            netcensus::sample::set_aside(&study.store)?;
            study.work.audit("sample", "the batches drawn so far were set aside")?;
        }
        let summary = self.which.with(ui, |c| c.sample(self.size))?;
        ui.result(&summary, || {
            format!(
                "batch {}: {} accounts drawn; {} were known before; no account's chance was below {:.4}",
                summary.batch,
                ui::count(summary.drawn as f64),
                ui::count(summary.known as f64),
                summary.smallest_probability
            )
        })
    }
}
