use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use netcensus::hand_over::{self, Credentials, Prepared, Sending, Summary, To};
use netcensus::{Error, Result};

use super::Which;
use crate::ui::{self, Ui};

/// Hand over reviewed accounts: as a report for the platform, or to its Ozone moderation service
///
/// Only accounts that at least two coders marked as members, and that were there when last seen. --prepare writes them to a
/// CSV file; a person looks at each, writes the reason, and says yes or no in the column `confirm`. --send reports the
/// confirmed ones, each once. Who confirmed is kept in the audit log. netcensus suspends nobody: what becomes of a report
/// is for the platform to decide. docs/ethics.md says what may be handed over.
///
/// For Ozone, [hand_over] in study.toml names the service, and the account that reports comes from the environment:
/// NETCENSUS_OZONE_HANDLE and NETCENSUS_OZONE_PASSWORD, an app password.
#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).args(["prepare", "send"]))]
pub(crate) struct HandOver {
    #[command(flatten)]
    which: Which,

    /// Write the accounts that may be handed over to a CSV file, for a person to confirm
    #[arg(long, value_name = "FILE")]
    prepare: Option<PathBuf>,

    /// Hand over the accounts that are confirmed in such a file
    #[arg(long, value_name = "FILE", requires = "by", requires = "to")]
    send: Option<PathBuf>,

    /// Who confirmed them
    #[arg(long, value_name = "NAME", requires = "send")]
    by: Option<String>,

    /// Where they go: a file that ends in .json or .csv, or `ozone`
    #[arg(long, value_name = "FILE|ozone", requires = "send")]
    to: Option<PathBuf>,

    /// What you found out at the service about reports of which nobody knew whether they had arrived
    #[arg(long, value_enum, requires = "send")]
    unclear: Option<Unclear>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Unclear {
    /// They are there
    Arrived,
    /// They are not there: send them again
    Resend,
}

impl HandOver {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let (Some(file), Some(by), Some(to)) = (&self.send, self.by, self.to) else {
            let file = self.prepare.unwrap_or_default();
            let prepared = self.which.with(ui, |c| c.hand_over_prepare(&file))?;
            ui.progress
                .note("the file names accounts: keep it as safe as the study, and delete it when it is handed over");
            return ui.result(&prepared, || {
                format!("{}\nlook at each in {}, write why, and confirm it", words(&prepared), file.display())
            });
        };
        let to = match to.to_str() {
            Some("ozone") => To::Ozone(Credentials::from_environment()?),
            _ => To::File(to),
        };
        let unclear = self.unclear.map(|unclear| match unclear {
            Unclear::Arrived => hand_over::Unclear::Arrived,
            Unclear::Resend => hand_over::Unclear::Resend,
        });
        let how = Sending { by, to, unclear };
        let summary = self.which.with(ui, |c| c.hand_over_send(file, &how))?;
        ui.result(&summary, || told(&summary))?;
        match summary.stopped {
            None => Ok(()),
            Some(why) => Err(Error::network(format!("the hand-over stopped: {why}"))
                .help("see what the service says; the same command goes on with what is left")),
        }
    }
}

fn words(prepared: &Prepared) -> String {
    let count = |n: usize| ui::count(n as f64);
    let mut text = format!("{} accounts may be handed over", count(prepared.accounts));
    let mut add = |n: usize, what: &str| {
        if n > 0 {
            text += &format!("\n  {} {what}", count(n));
        }
    };
    add(prepared.before, "of them were handed over before");
    add(prepared.one_coder, "others count as members, but no two coders said so");
    add(prepared.gone, "others are gone");
    text
}

fn told(summary: &Summary) -> String {
    let count = |n: usize| ui::count(n as f64);
    let mut text =
        format!("{} of {} accounts handed over to {}", count(summary.sent), count(summary.confirmed), summary.to);
    let mut add = |n: usize, what: &str| {
        if n > 0 {
            text += &format!("\n  {} {what}", count(n));
        }
    };
    add(summary.before, "had been before");
    add(summary.failed, "were not taken; the same command tries them again");
    add(summary.left, "were not tried");
    add(
        summary.unclear,
        "may have arrived or not: look at the service, then say --unclear arrived or --unclear resend",
    );
    if !summary.unclear_lines.is_empty() {
        let lines: Vec<String> = summary.unclear_lines.iter().take(20).map(u64::to_string).collect();
        text += &format!("\n  unclear are lines {}", lines.join(", "));
        if summary.unclear_lines.len() > lines.len() {
            text += ", ...";
        }
    }
    for (line, reason) in summary.refused.iter().take(10) {
        text += &format!("\n  line {line} refused: {reason}");
    }
    if summary.refused.len() > 10 {
        text += &format!("\n  and {} more", summary.refused.len() - 10);
    }
    text
}
