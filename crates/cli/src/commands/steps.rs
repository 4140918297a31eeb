//! The steps that need nothing but the study: frame, measure, classify, estimate, describe.

use clap::Args;
use netcensus::Result;

use super::Which;
use crate::ui::{self, Ui};

/// Make the sampling frame: every account that could be a member
///
/// Every account within `frame.waves` hops of the seeds that at least `frame.min_follows` of the group so far follow, by
/// the rule in study.toml. It looks at the graph alone, so labels never move it.
#[derive(Args)]
pub(crate) struct Frame {
    #[command(flatten)]
    which: Which,
}

impl Frame {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let summary = self.which.with(ui, |c| c.frame())?;
        ui.result(&summary, || {
            let waves: Vec<String> =
                summary.waves.iter().enumerate().map(|(w, n)| format!("wave {w}: {}", ui::count(*n as f64))).collect();
            let mut text = format!("{} accounts in the frame ({})", ui::count(summary.size as f64), waves.join(", "));
            for (reason, n) in &summary.left_out {
                text += &format!("\n  left out, {reason}: {}", ui::count(*n as f64));
            }
            text
        })
    }
}

/// Take each account's measures: how it is tied to the group
///
/// In- and out-degree, in-group share of followings and of followers, reciprocated ties and triangles with the group, core
/// number, PageRank and personalised PageRank. The group is the seeds at first; once there are scores, also the seeds
/// with the accounts scored as members.
#[derive(Args)]
pub(crate) struct Measure {
    #[command(flatten)]
    which: Which,
}

impl Measure {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        self.which.with(ui, |c| c.measure())?;
        ui.result(&serde_json::json!({"done": "measure"}), || "the measures are in data/measures".into())
    }
}

/// Score the frame: each account's chance to be a member
///
/// Penalised logistic regression on the measures, cross-fitted (no account is scored by a model that saw its label) and
/// calibrated. Runs on the labels there are.
#[derive(Args)]
pub(crate) struct Classify {
    #[command(flatten)]
    which: Which,
}

impl Classify {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let summary = self.which.with(ui, |c| c.classify())?;
        ui.result(&summary, || {
            format!("{} labels learnt from; the scores are in data/scores", ui::count(summary.labels as f64))
        })
    }
}

/// Estimate how many members the frame holds, with intervals
///
/// The difference estimator: the scores' sum, corrected by the labels, each weighted by its inclusion probability.
/// Unsure labels count as not in the floor, as scored in the best answer, as members in the ceiling. Writes
/// out/estimate.json.
#[derive(Args)]
pub(crate) struct Estimate {
    #[command(flatten)]
    which: Which,
}

impl Estimate {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let estimate = self.which.with(ui, |c| c.estimate())?;
        ui.result(&estimate, || super::run::answer(&estimate))
    }
}

/// Describe the members: languages, age, activity, audience, hashtags, links, clients
///
/// Every share and mean with its own interval; cells of fewer than `publish.min_cell` accounts are left out. Writes
/// out/portrait.json.
#[derive(Args)]
pub(crate) struct Describe {
    #[command(flatten)]
    which: Which,
}

impl Describe {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let portrait = self.which.with(ui, |c| c.describe())?;
        ui.result(&portrait, || format!("{} sections in out/portrait.json", portrait.sections.len()))
    }
}
