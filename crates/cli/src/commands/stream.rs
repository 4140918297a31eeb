use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use netcensus::Result;
use netcensus::collect::stream::{self, Options, State};

use super::Which;
use crate::ui::{self, Ui};

/// Watch what accounts do as they do it: a firehose or a Jetstream of the AT Protocol
///
/// New follows and posts, changed profiles, and accounts that come and go become rows of the study's tables. Which stream
/// and whose events: [collect.stream] in study.toml. Without --for or --until-idle it goes on until Ctrl-C. It can be
/// stopped at any point, even killed, and goes on where it was; what could not be watched is shown by `status`.
#[derive(Args)]
pub(crate) struct Stream {
    #[command(flatten)]
    which: Which,

    /// Stop after so long, such as 10m or 36h
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    elapsed: Option<Duration>,

    /// Stop once no event came for so long, such as 30s
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    until_idle: Option<Duration>,

    /// Begin with all that the host still has, if it was not watched before
    #[arg(long)]
    from_start: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().map_err(|e| e.to_string())?;
    Duration::try_from(parsed).map_err(|_| "it cannot be below zero".into())
}

impl Stream {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut study = self.which.open()?;
        let options = Options { elapsed: self.elapsed, idle: self.until_idle, from_start: self.from_start };
        let summary = stream::watch(&mut study, options, &ui.progress)?;
        ui.result(&summary, || {
            let count = |n: u64| ui::count(n as f64);
            let mut text = format!(
                "{} events; {} follows, {} posts and {} statuses in all runs",
                count(summary.events),
                count(summary.follows),
                count(summary.posts),
                count(summary.statuses)
            );
            for (n, what) in [
                (summary.reconnects, "times the connection was lost, and gone on from the cursor"),
                (summary.unread, "messages could not be read"),
                (summary.gaps, "gaps: see netcensus status"),
            ] {
                if n > 0 {
                    text += &format!("\n{} {what}", count(n));
                }
            }
            text
        })
    }
}

/// How far the streams are, as `status` shows it.
pub(crate) fn words(state: &State) -> String {
    let count = |n: u64| ui::count(n as f64);
    let mut text = format!("\n\nstream: {} events", count(state.events));
    for host in &state.hosts {
        text += &format!(
            "\n  {}: watched from {} to {}, cursor {}",
            host.host,
            time(Some(host.since)),
            time(Some(host.at)),
            host.cursor
        );
    }
    for (n, what) in [
        (state.unfollows, "follows taken back, still in the table"),
        (state.deleted_posts, "posts deleted, still in the table"),
        (state.unread, "messages that could not be read"),
        (state.gaps, "gaps, the latest first"),
    ] {
        if n > 0 {
            text += &format!("\n  {} {what}", count(n));
        }
    }
    for gap in &state.latest_gaps {
        let whose = gap.account.as_ref().map(|a| format!(" ({a})")).unwrap_or_default();
        text += &format!("\n    {} to {}: {}{whose}", time(gap.from_at), time(gap.to_at), gap.reason);
    }
    text
}

fn time(micros: Option<i64>) -> String {
    let time = micros.and_then(|m| Timestamp::from_microsecond(m).ok());
    time.map_or("?".into(), |t| t.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
