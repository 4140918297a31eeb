//! The CSV file in which a person looks at each account, writes why it is reported, and confirms.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::eligible::Eligible;
use crate::label::inert;
use crate::network::Network;
use crate::rows::Micros;
use crate::{Error, Result, study};

/// Largest file that is read.
const LARGEST: u64 = 64 << 20;
/// Longest reason, in characters; a service takes 2,000 with what is added.
const LONGEST: usize = 1500;

/// A row that a person confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Confirmed {
    pub(super) line: u64,
    pub(super) account: String,
    pub(super) reason: String,
}

/// What stands in a file.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) confirmed: Vec<Confirmed>,
    pub(super) refused: Vec<(u64, String)>,
}

/// Writes the accounts that may be handed over; `reason` and `confirm` are for the person.
pub(super) fn write(eligible: &Eligible, before: &BTreeMap<String, String>, file: &Path) -> Result<()> {
    let failed = |e: csv::Error| Error::bug("the accounts cannot be written").because(e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["account", "handle", "coders", "last_seen", "handed_over", "reason", "confirm"];
    writer.write_record(head).map_err(failed)?;
    for (account, candidate) in &eligible.may {
        let coders: Vec<String> = candidate.coders.iter().map(u32::to_string).collect();
        let row = [
            inert(account.clone()),
            inert(candidate.handle.clone().unwrap_or_default()),
            coders.join(" "),
            time(candidate.last_seen),
            before.get(account).cloned().unwrap_or_default(),
            String::new(),
            String::new(),
        ];
        writer.write_record(row).map_err(failed)?;
    }
    let bytes =
        writer.into_inner().map_err(|e| Error::bug("the accounts cannot be written").because(e.into_error()))?;
    study::write(file, &bytes)
}

/// A time as it stands in files; empty where it is not known.
pub(super) fn time(at: Option<Micros>) -> String {
    at.and_then(|at| jiff::Timestamp::from_microsecond(at).ok()).map(|at| at.to_string()).unwrap_or_default()
}

/// Reads what a person confirmed.
pub(super) fn read(network: &Network, file: &Path) -> Result<Read> {
    let size = std::fs::metadata(file).map_err(|e| Error::disk(file, e))?.len();
    if size > LARGEST {
        return Err(Error::data(format!("{} is larger than {} MiB", file.display(), LARGEST >> 20)));
    }
    let bytes = std::fs::read(file).map_err(|e| Error::disk(file, e))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let bad = |e: csv::Error| Error::data(format!("{} is not a CSV file", file.display())).because(e);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let head = reader.byte_headers().map_err(bad)?.clone();
    let column = |name: &str| head.iter().position(|h| h.eq_ignore_ascii_case(name.as_bytes()));
    let (Some(account), Some(reason), Some(confirm)) = (column("account"), column("reason"), column("confirm")) else {
        return Err(Error::data(format!("{} has no columns `account`, `reason` and `confirm`", file.display()))
            .help("get a file to fill with: netcensus hand-over --prepare FILE"));
    };
    let (mut found, mut listed) = (Read::default(), HashSet::new());
    for row in reader.byte_records() {
        let row = row.map_err(bad)?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |i: usize| std::str::from_utf8(row.get(i).unwrap_or_default()).map(str::trim);
        let (Ok(id), Ok(reason), Ok(confirm)) = (cell(account), cell(reason), cell(confirm)) else {
            found.refused.push((line, "invalid UTF-8".into()));
            continue;
        };
        // What `write` put in front of an id that a spreadsheet would have taken for a formula.
        let id = if network.ids.get(id).is_some() { id } else { id.strip_prefix('\'').unwrap_or(id) };
        let why = match confirm.to_ascii_lowercase().as_str() {
            "" | "no" | "n" | "0" | "false" => continue,
            "yes" | "y" | "1" | "true" if reason.is_empty() => "it is confirmed without a reason",
            "yes" | "y" | "1" | "true" if reason.chars().count() > LONGEST => {
                "the reason is longer than 1500 characters"
            }
            "yes" | "y" | "1" | "true" if listed.contains(id) => "the account stands in an earlier line, too",
            "yes" | "y" | "1" | "true" => "",
            _ => "`confirm` is neither yes nor no",
        };
        if why.is_empty() {
            listed.insert(id.to_owned());
            found.confirmed.push(Confirmed { line, account: id.to_owned(), reason: reason.to_owned() });
        } else {
            found.refused.push((line, why.to_owned()));
        }
    }
    Ok(found)
}
