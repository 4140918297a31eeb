use clap::Args;
use netcensus::Result;
use netcensus::estimate::Estimate;
use netcensus::report::{Format, name};
use netcensus::run::{Census, State};

use super::Which;
use crate::ui::{self, Ui};

/// Bring a study up to date: every step that is due, in order
///
/// Like make: a step whose inputs did not change does not run again. Stops where people must label, says how, and goes
/// on from there when it is run again. Ctrl-C leaves a study that resumes.
#[derive(Args)]
pub(crate) struct Run {
    #[command(flatten)]
    which: Which,
}

impl Run {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let study = self.which.study.display().to_string();
        let mut opened = self.which.open()?;
        let page = name(Format::Html, opened.settings.report.lang);
        let state = Census::new(&mut opened, &ui.progress).run()?;
        ui.result(&state, || match &state {
            State::Done { estimate, outstanding } => {
                let mut text = answer(estimate);
                if *outstanding > 0 {
                    text += &format!(
                        "\n{outstanding} drawn accounts have no label yet; the answer narrows with them:\n  netcensus label export {study} --coder NAME --out to-label.csv"
                    );
                }
                text + &format!("\nThe report: {}", self.which.study.join("out").join(page).display())
            }
            State::WaitingForLabels { outstanding } => format!(
                "{outstanding} accounts wait for labels. Write them to a file, fill its column `label`, give it back, and run again:\n  \
                 netcensus label export {study} --coder NAME --out to-label.csv\n  \
                 netcensus label import {study} to-label.csv --coder NAME\n  \
                 netcensus run {study}"
            ),
            State::WaitingForBudget { summary } => format!(
                "The crawl's budget of requests is spent ({} requests, {} accounts). Raise collect.request_budget in study.toml and run again.",
                ui::count(summary.requests as f64),
                ui::count(summary.accounts as f64)
            ),
        })
    }
}

/// The answer in a few lines, never a number without its interval.
pub(crate) fn answer(estimate: &Estimate) -> String {
    let (m, l) = (&estimate.members, estimate.level);
    let simulated = if estimate.simulated { "  [labels by a simulated coder]" } else { "" };
    let mut text = format!("Members in the frame: {}{simulated}", ui::figure(&m.best, l));
    if estimate.labels.unsure + estimate.labels.cannot_tell > 0 {
        text += &format!("\n  if no unsure account is one:  {}", ui::figure(&m.floor, l));
        text += &format!("\n  if every unsure account is:   {}", ui::figure(&m.ceiling, l));
    }
    if let Some(b) = &estimate.beyond {
        text += &format!(
            "\n  in all, beyond the frame too: at least {} if the lists are independent (odds ratio 1);\n  \
             {} to {} over odds ratios {} to {}",
            ui::figure(&b.lower_bound, l),
            ui::count(b.range[0].low),
            ui::count(b.range[1].high),
            b.odds_ratio[0],
            b.odds_ratio[1],
        );
    }
    text + &format!(
        "\n  frame of {} accounts, {} labelled ({} members among them), {} known seeds; {}",
        ui::count(estimate.frame.size as f64),
        ui::count(estimate.labels.labelled as f64),
        ui::count(estimate.labels.members as f64),
        ui::count(estimate.frame.seeds as f64),
        m.best.method,
    )
}
