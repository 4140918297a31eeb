use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use netcensus::Result;
use netcensus::watch::hidden::Hidden;
use netcensus::watch::{self, Options, State, Sweep};

use super::Which;
use crate::ui::{self, Ui};

/// Ask again and again whether the accounts of the frame are still there, and who says so
///
/// Active, suspended (at its host, at the AppView, by a labeler), deactivated, deleted, never there, unreachable and unknown
/// are kept apart. With --every it goes on until Ctrl-C, asks about accounts that are due (the young, the lately changed and
/// likely members more often), and learns of takedowns at once from the stream of [collect.stream]. How often and how much:
/// [watch] in study.toml. It can be stopped at any point, even killed; time in which nobody watched is kept as a gap and
/// never read as time survived.
#[derive(Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    which: Which,

    /// Sweep once, over all accounts, those that are due first, as far as the budget goes
    #[arg(long, conflicts_with = "every")]
    once: bool,

    /// With --once: only accounts that are due
    #[arg(long, requires = "once")]
    due: bool,

    /// Sweep so often, such as 6h; without it, as study.toml says
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    every: Option<Duration>,

    /// Stop after so long, such as 36h
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, conflicts_with = "once")]
    elapsed: Option<Duration>,
}

fn duration(text: &str) -> Result<Duration, String> {
    watch::duration(text).map_err(|e| e.to_string())
}

impl Watch {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut study = self.which.open()?;
        let every = match (self.once, self.every) {
            (true, _) => None,
            (false, Some(every)) => Some(every),
            (false, None) => Some(watch::duration(&study.settings.watch.every)?),
        };
        let options = Options { every, due: self.due, elapsed: self.elapsed };
        let summary = watch::watch(&mut study, options, &ui.progress)?;
        ui.result(&summary, || {
            format!("{} changes in {} sweeps{}", count(summary.changes), count(summary.sweeps), words(&summary.state))
        })
    }
}

fn count(n: u64) -> String {
    ui::count(n as f64)
}

/// Where the watch stands, as `status` shows it.
pub(crate) fn words(state: &State) -> String {
    let mut text = format!("\n\nwatch: {} sweeps, {} accounts due", count(state.sweeps), count(state.due));
    if let Some(last) = &state.last {
        text += &sweep(last);
    }
    for (status, accounts) in &state.statuses {
        text += &format!("\n  {status:<18} {:>12} accounts", count(*accounts));
    }
    for (n, what) in [
        (state.cut_short, "sweeps not ended, or before all was asked"),
        (state.newcomers, "accounts outside would be in the frame by follows seen on the stream"),
        (state.gaps, "gaps in which nobody swept, the latest first"),
    ] {
        if n > 0 {
            text += &format!("\n  {} {what}", count(n));
        }
    }
    for (from, to) in &state.latest_gaps {
        text += &format!("\n    {} to {}", time(*from), time(*to));
    }
    text
}

fn sweep(last: &Sweep) -> String {
    let ended = match (&last.stopped, last.ended) {
        (Some(why), _) => format!("; {why}"),
        (None, false) => "; under way, or cut short".into(),
        (None, true) => String::new(),
    };
    format!(
        "\n  the last from {} to {}: {} of {} accounts by {} requests, {} of {} due; {} gone, {} changed, {} failed{ended}",
        time(last.from),
        time(last.to),
        count(last.asked),
        count(last.accounts),
        count(last.requests),
        count(last.due_asked),
        count(last.due),
        count(last.gone),
        count(last.changed),
        count(last.failed),
    )
}

/// Ties to accounts that were gone before anybody watched.
pub(crate) fn hidden_words(hidden: &Hidden) -> String {
    let mut text = format!(
        "\n\nhidden ties of the group, to accounts that were gone before anybody looked\n  {:<18} {:>12} that profiles count \
         and {} lists do not show; {} the other way round",
        "follows",
        count(hidden.ties),
        count(hidden.lists),
        count(hidden.surplus)
    );
    if hidden.repositories > 0 {
        text += &format!(
            "\n  {:<18} {:>12} that {} repositories name",
            "follows",
            count(hidden.named_ties),
            count(hidden.repositories)
        );
        for (status, accounts) in &hidden.named {
            text += &format!("\n  {status:<18} {:>12} accounts named", count(*accounts));
        }
    }
    text += &match &hidden.accounts {
        Some(a) => format!(
            "\n  {:<18} {:>12} ({:.0} % interval {} to {})",
            "accounts",
            ui::count(a.value),
            100.0 * a.level,
            ui::count(a.low),
            ui::count(a.high)
        ),
        None => format!("\n  {:<18} {:>12} to {}", "accounts", count(hidden.at_least), count(hidden.at_most)),
    };
    text
}

fn time(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or("?".into(), |t| t.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
