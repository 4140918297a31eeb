//! The report as a file, for a platform's trust-and-safety team to read. It says nothing of who coded or confirmed: people
//! who do this work can become targets. Who they are stands in the study.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::eligible::Eligible;
use super::form::{Confirmed, time};
use crate::label::inert;
use crate::study::Study;
use crate::{Error, Result};

/// What a platform must know of such a report.
const NOTE: &str = "Each account was marked as a member by at least two coders, and a person looked at it and confirmed \
    this report. It asks for a review under the platform's own rules; it is no verdict on the account or on anybody behind it.";

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Csv,
}

impl Kind {
    /// By the file's name.
    pub(super) fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            _ => Err(Error::usage(format!("{} is neither a .json nor a .csv", path.display()))
                .help("say where the report goes: --to report.json, --to report.csv or --to ozone")),
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    study: &'a str,
    population: &'a str,
    platform: &'static str,
    contact: &'a str,
    confirmed_at: String,
    reason_type: &'a str,
    note: &'static str,
    accounts: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    account: &'a str,
    handle: Option<&'a str>,
    /// How many.
    coders: usize,
    last_seen: String,
    reason: &'a str,
}

/// Writes the confirmed accounts; the file is readable by its owner alone.
pub(super) fn write(study: &Study, eligible: &Eligible, confirmed: &[Confirmed], path: &Path) -> Result<()> {
    let settings = &study.settings;
    let mut accounts: Vec<Row<'_>> = confirmed
        .iter()
        .filter_map(|row| {
            let candidate = eligible.may.get(&row.account)?;
            Some(Row {
                account: &row.account,
                handle: candidate.handle.as_deref(),
                coders: candidate.coders.len(),
                last_seen: time(candidate.last_seen),
                reason: &row.reason,
            })
        })
        .collect();
    accounts.sort_by_key(|row| row.account);
    let report = Report {
        format: "netcensus hand-over 1",
        study: &settings.name,
        population: &settings.population,
        platform: settings.platform.name(),
        contact: &settings.collect.contact,
        confirmed_at: jiff::Timestamp::now().to_string(),
        reason_type: &settings.hand_over.reason,
        note: NOTE,
        accounts,
    };
    let bytes = match Kind::of(path)? {
        Kind::Json => serde_json::to_vec_pretty(&report).map_err(|e| failed().because(e))?,
        Kind::Csv => csv(&report)?,
    };
    let temporary = path.with_extension("part");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&temporary).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&temporary, path)).map_err(|e| Error::disk(path, e))
}

fn csv(report: &Report<'_>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["account", "handle", "coders", "last_seen", "reason_type", "reason", "confirmed_at", "contact"];
    writer.write_record(head).map_err(|e| failed().because(e))?;
    for row in &report.accounts {
        let cells = [
            row.account.to_owned(),
            row.handle.unwrap_or_default().to_owned(),
            row.coders.to_string(),
            row.last_seen.clone(),
            report.reason_type.to_owned(),
            row.reason.to_owned(),
            report.confirmed_at.clone(),
            report.contact.to_owned(),
        ];
        writer.write_record(cells.map(inert)).map_err(|e| failed().because(e))?;
    }
    writer.into_inner().map_err(|e| failed().because(e.into_error()))
}

fn failed() -> Error {
    Error::bug("the report cannot be written")
}
