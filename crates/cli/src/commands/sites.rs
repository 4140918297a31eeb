use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use netcensus::Result;
use netcensus::run::Census;
use netcensus::sites::{self, Listed, Round, Summary};
use netcensus::study::Study;
use serde::Serialize;

use super::Which;
use crate::ui::{self, Ui};

/// How often the wait for the next round looks whether it should stop.
const TICK: Duration = Duration::from_millis(200);
/// Sites that are listed; the whole list is in --json and in work.db.
const SHOWN: usize = 40;

/// List the web sites that the group pushes, and look whether they live
///
/// Sites come from the collected posts of seeds, labelled members and accounts with a score of at least 0.5. With --check
/// each listed site is looked at once: name, connection, certificate, headers, the beginning of its first page; no script
/// runs, nothing private is reached, no media are kept, and no site is asked twice within an hour. Which sites, and how:
/// [sites] in study.toml. The list is for the analyst; what may be published is in out/sites.json.
#[derive(Args)]
pub(crate) struct Sites {
    #[command(flatten)]
    which: Which,

    /// Look at every listed site once
    #[arg(long)]
    check: bool,

    /// Look at them again and again, such as every 6h, until Ctrl-C
    #[arg(long, value_name = "DURATION", value_parser = every, conflicts_with = "check")]
    every: Option<Duration>,
}

fn every(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().map_err(|e| e.to_string())?;
    let parsed = Duration::try_from(parsed).map_err(|_| "it cannot be below zero".to_owned())?;
    if parsed < Duration::from_secs(3600) { Err("at least an hour".into()) } else { Ok(parsed) }
}

#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<Round>,
    #[serde(flatten)]
    summary: Summary,
}

impl Sites {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut study = self.which.open()?;
        let Some(every) = self.every else {
            let answer = round(&mut study, self.check, ui)?;
            return ui.result(&answer, || words(&answer));
        };
        loop {
            let began = Timestamp::now();
            let answer = round(&mut study, true, ui)?;
            ui.result(&answer, || words(&answer))?;
            while Timestamp::now().duration_since(began).unsigned_abs() < every {
                ui.progress.check()?;
                std::thread::sleep(TICK);
            }
        }
    }
}

/// The list, made anew; after a round of checks where one is wanted.
fn round(study: &mut Study, check: bool, ui: &Ui) -> Result<Answer> {
    let mut summary = Census::new(study, &ui.progress).sites()?;
    let mut round = None;
    if check {
        round = Some(sites::check(study, Timestamp::now(), &ui.progress)?);
        summary = Census::new(study, &ui.progress).sites()?;
    }
    Ok(Answer { round, summary })
}

fn words(answer: &Answer) -> String {
    let count = |n: usize| ui::count(n as f64);
    let (published, list) = (&answer.summary.published, &answer.summary.list);
    let mut text = format!(
        "{} sites are pushed by accounts taken for members; {} are on the list to check{}\n",
        count(published.pushed),
        count(list.len()),
        if published.simulated { "; labels are SIMULATED" } else { "" },
    );
    if let Some(round) = &answer.round {
        text += &format!(
            "checked {}: {} there, {} gone, {} not there for now; {} were checked within the last hour\n",
            count(round.checked),
            count(round.there),
            count(round.gone),
            count(round.down),
            count(round.not_due)
        );
        if round.nobody_answered {
            text += "nobody answered at all: perhaps your own line; this round counts for nothing\n";
        }
    }
    text += &format!("\n{:<36}{:>9}{:>8}  {:<12}{:<28}made with\n", "site", "accounts", "posts", "pushed", "now");
    for site in list.iter().take(SHOWN) {
        text += &line(site);
    }
    if list.len() > SHOWN {
        text += &format!("and {} more: --json, or the table `sites` in work.db\n", count(list.len() - SHOWN));
    }
    let life = &published.lifetimes;
    text += &format!(
        "\n{} sites came under watch, {} of them ended; {} were gone when they were first looked at",
        count(life.sites),
        count(life.ended),
        count(life.gone_before)
    );
    let days = |age: Option<f64>| age.map_or("?".into(), |d| format!("{d:.1}"));
    match life.median {
        Some(m) => {
            text += &format!(
                "\nof those that lived to be {} days old half do not outlive {} ({:.0} % interval {} to {})",
                days(life.from),
                days(m.days),
                100.0 * life.level,
                days(m.low),
                days(m.high)
            );
        }
        None => text += &format!("\nno lifetimes: {}", life.method),
    }
    text
}

fn line(site: &Listed) -> String {
    let now = site.life.map_or("not checked".to_owned(), |life| match life.gone {
        Some(how) => format!("gone {}: {}", date(life.not_since), how.name()),
        None => life.now.name().to_owned(),
    });
    let name: String = site.site.chars().take(35).collect();
    format!(
        "{name:<36}{:>9}{:>8}  {:<12}{now:<28}{}\n",
        ui::count(site.accounts as f64),
        ui::count(site.posts as f64),
        date(site.first_pushed),
        site.software.join(", ")
    )
}

fn date(micros: Option<i64>) -> String {
    let time = micros.and_then(|m| Timestamp::from_microsecond(m).ok());
    time.map_or("?".into(), |t| t.strftime("%Y-%m-%d").to_string())
}
