//! hand-over: reviewed accounts as a report to the platform, in a file or to an Ozone moderation service.
//!
//! A false report harms somebody, so an account is handed over only where at least two coders, people both, marked it as a
//! member, the answer that counts says so too, and it was there when it was last seen; and where a person then looked at
//! it, wrote why, and confirmed it. That person's name stands in the audit log and beside each account in `work.db`.
//! netcensus reports and does nothing else: no takedown, no label, no other action is ever sent. What becomes of a report
//! is for the platform's moderators to decide.
//!
//! No account is reported to a service twice. Its state is on disk before and after each request: `prepared`, `sending`,
//! then `sent` or `failed`. A process that dies in between leaves `sending`: nobody knows whether the report arrived. It is
//! not sent again until a person says so.
//!
//! | module | does |
//! |---|---|
//! | `eligible` | who may be handed over |
//! | `form` | the CSV file in which a person confirms |
//! | `ledger` | who was handed over: in `work.db` |
//! | `report` | the report as a file |
//! | `ozone` | the report to a moderation service |

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::collect::answers::is_did;
use crate::frame::Frame;
use crate::label::Coded;
use crate::network::Network;
use crate::progress::Progress;
use crate::study::{Platform, Study};
use crate::{Error, Result};

mod eligible;
mod form;
mod ledger;
mod ozone;
mod report;
#[cfg(test)]
mod tests;

use eligible::Eligible;
use form::Confirmed;
use ledger::{Ledger, State};
pub use ozone::Credentials;
use ozone::{Outcome, Session};

/// The hand-overs' part of `work.db`.
pub(crate) const MIGRATION: &str = include_str!("hand_over/schema.sql");

/// Accounts in one hand-over: nobody looks at more with care.
const MOST: usize = 1000;
/// After so many accounts in a row that could not be handed over, it stops.
const TROUBLE: usize = 3;

/// Where reports go: `[hand_over]` in `study.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The moderation service, by its DID.
    pub labeler: String,
    /// The host of the account that reports; empty: `collect.pds`.
    pub pds: String,
    /// As what a report is sent.
    pub send_as: SendAs,
    /// The type of the reason, as the service knows it.
    pub reason: String,
}

/// As what a report reaches an Ozone service. There is no kind that acts on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendAs {
    /// A report, as any account may make (`com.atproto.moderation.createReport`).
    #[default]
    Report,
    /// A report by a member of the service's team (`tools.ozone.moderation.emitEvent`).
    ModeratorReport,
    /// A comment by a member of the service's team, which opens no case.
    Comment,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            labeler: String::new(),
            pds: String::new(),
            send_as: SendAs::default(),
            reason: "com.atproto.moderation.defs#reasonViolation".into(),
        }
    }
}

impl Settings {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether these can be meant.
    pub(crate) fn check(&self) -> bool {
        let word =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        (self.labeler.is_empty() || is_did(&self.labeler))
            && (self.pds.is_empty() || ozone::host(&self.pds).is_some())
            && self.reason.len() <= 200
            && self.reason.split_once('#').is_some_and(|(lexicon, name)| word(lexicon) && word(name))
    }
}

/// Who confirmed, and where it goes.
#[derive(Debug)]
pub struct Sending {
    /// The person who confirmed the accounts.
    pub by: String,
    /// Where it goes.
    pub to: To,
    /// What a person found out about reports of which nobody knew whether they had arrived.
    pub unclear: Option<Unclear>,
}

/// Where a report goes.
#[derive(Debug)]
pub enum To {
    /// A file, JSON or CSV by its name, for the platform to read.
    File(PathBuf),
    /// The study's Ozone service.
    Ozone(Credentials),
}

/// What a person says of reports whose arrival was unclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclear {
    /// The service has them.
    Arrived,
    /// The service has them not: send them again.
    Resend,
}

/// What was prepared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prepared {
    /// Accounts in the file.
    pub accounts: usize,
    /// Of these, handed over before to somebody.
    pub before: usize,
    /// Accounts that count as members and that one coder alone marked as such, or none.
    pub one_coder: usize,
    /// Accounts that coders marked as members and that were gone when they were last seen.
    pub gone: usize,
}

/// What came of a hand-over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// To whom.
    pub to: String,
    /// Rows that a person confirmed.
    pub confirmed: usize,
    /// Handed over now.
    pub sent: usize,
    /// Handed over before, or said to have arrived; nothing was sent.
    pub before: usize,
    /// Not taken; the next run tries them again.
    pub failed: usize,
    /// Nobody knows whether these arrived, in this run or an earlier one.
    pub unclear: usize,
    /// Their lines, of those that are confirmed in this file.
    pub unclear_lines: Vec<u64>,
    /// Confirmed and not tried, because it was stopped.
    pub left: usize,
    /// Rows that were refused: line and reason.
    pub refused: Vec<(u64, String)>,
    /// Why it stopped before the end.
    pub stopped: Option<String>,
}

/// Writes the accounts that may be handed over to a CSV file, for a person to look at each, give a reason and confirm.
pub fn prepare(study: &Study, network: &Network, frame: &Frame, coded: &Coded, file: &Path) -> Result<Prepared> {
    let eligible = Eligible::find(study, network, frame, coded)?;
    if eligible.may.is_empty() {
        let gone = match eligible.gone.len() {
            0 => String::new(),
            n => format!("; {n} were marked so and are gone"),
        };
        return Err(Error::usage(format!(
            "no account may be handed over: none that is still there was marked as a member by two coders{gone}"
        ))
        .help("let a second coder label the same accounts: netcensus label export --coder NAME"));
    }
    let before = Ledger::new(&study.work.db).history()?;
    form::write(&eligible, &before, file)?;
    let accounts = eligible.may.len();
    study.work.audit("hand-over prepare", &format!("{accounts} accounts to look at"))?;
    Ok(Prepared {
        accounts,
        before: eligible.may.keys().filter(|id| before.contains_key(*id)).count(),
        one_coder: eligible.one_coder,
        gone: eligible.gone.len(),
    })
}

/// Hands over the accounts that a person confirmed in such a file, each only if it still may be.
pub fn send(
    study: &Study,
    network: &Network,
    frame: &Frame,
    coded: &Coded,
    file: &Path,
    how: &Sending,
    progress: &Progress,
) -> Result<Summary> {
    let by = how.by.trim();
    if by.is_empty() || by.chars().count() > 60 || by.chars().any(char::is_control) || by == crate::label::SIMULATED {
        return Err(Error::usage(format!("`{by}` cannot be the name of who confirmed it")).help("1 to 60 characters"));
    }
    let service = service(study, &how.to)?;
    let _lock = lock(study)?;
    let eligible = Eligible::find(study, network, frame, coded)?;
    let read = form::read(network, file)?;
    let mut summary =
        Summary { to: service.clone(), confirmed: read.confirmed.len(), refused: read.refused, ..Summary::default() };
    let ledger = Ledger::new(&study.work.db);
    let mut may = Vec::new();
    for row in read.confirmed {
        // What had arrived may be said of an account that is gone by now.
        let settled = matches!(how.to, To::Ozone(_))
            && how.unclear == Some(Unclear::Arrived)
            && ledger.state(&row.account, &service)? == Some(State::Sending);
        match eligible.why_not(&row.account).or(wrong_id(&how.to, &row.account)) {
            Some(why) if !settled => summary.refused.push((row.line, why)),
            _ => may.push(row),
        }
    }
    summary.refused.sort();
    if may.len() > MOST {
        return Err(Error::usage(format!("{} accounts are confirmed; one hand-over takes {MOST}", may.len()))
            .help("a person looks at each account before it is confirmed; hand over in parts"));
    }
    let due = settle(study, &service, may, how, &mut summary)?;
    if due.is_empty() {
        return Ok(summary);
    }
    let coders = |account: &str| eligible.may.get(account).map_or(0, |c| c.coders.len());
    ledger.prepare(&service, by, &due, coders)?;
    // Before anything goes out, so that a process that dies leaves who is answerable for it.
    study.work.audit("hand-over", &format!("{by} confirmed {} accounts for {service}", due.len()))?;
    let done = match &how.to {
        To::File(path) => to_file(study, &eligible, &ledger, path, &service, &due, &mut summary),
        To::Ozone(credentials) => to_ozone(study, &ledger, credentials, &service, &due, progress, &mut summary),
    };
    let Summary { sent, failed, left, .. } = &summary;
    let mut outcome =
        format!("to {service}, confirmed by {by}: {sent} sent, {failed} failed, {} unclear, {left} left", {
            summary.unclear
        });
    if let Err(e) = &done {
        outcome += &format!("; stopped: {e}");
    }
    study.work.audit("hand-over done", &outcome)?;
    done.map(|()| summary)
}

/// What a service is called in the ledger.
fn service(study: &Study, to: &To) -> Result<String> {
    let settings = &study.settings;
    match to {
        To::File(path) => {
            report::Kind::of(path)?;
            if path.exists() {
                return Err(Error::usage(format!("{} is there already", path.display()))
                    .help("a report is not overwritten: choose another name, or move the old one away"));
            }
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            Ok(format!("file {name}"))
        }
        To::Ozone(_) if settings.platform == Platform::Simulated => {
            Err(Error::usage("the study's accounts are simulated: there is nobody to report"))
        }
        To::Ozone(_) if settings.hand_over.labeler.is_empty() => {
            Err(Error::usage("study.toml does not say which moderation service gets reports")
                .help("write its DID below [hand_over] in study.toml: labeler = \"did:plc:...\""))
        }
        To::Ozone(_) => Ok(settings.hand_over.labeler.clone()),
    }
}

fn wrong_id(to: &To, account: &str) -> Option<String> {
    (matches!(to, To::Ozone(_)) && !is_did(account)).then(|| "the account's id is not a DID".to_owned())
}

/// What is to be sent: neither what was, nor what may have been unless a person asks for it.
fn settle(
    study: &Study,
    service: &str,
    rows: Vec<Confirmed>,
    how: &Sending,
    summary: &mut Summary,
) -> Result<Vec<Confirmed>> {
    let ledger = Ledger::new(&study.work.db);
    let (mut due, mut arrived, mut anew) = (Vec::new(), 0, 0);
    let listed: HashSet<String> = rows.iter().map(|row| row.account.clone()).collect();
    for row in rows {
        match (ledger.state(&row.account, service)?, how.unclear) {
            // A file is only written where there is none, so a report in a file may be written anew.
            (Some(State::Sent | State::Sending), _) if matches!(how.to, To::File(_)) => {
                ledger.anew(&row.account, service)?;
                due.push(row);
            }
            (Some(State::Sent), _) => summary.before += 1,
            (Some(State::Sending), Some(Unclear::Arrived)) => {
                ledger.arrived(&row.account, service, how.by.trim())?;
                summary.before += 1;
                arrived += 1;
            }
            (Some(State::Sending), Some(Unclear::Resend)) => {
                ledger.anew(&row.account, service)?;
                due.push(row);
                anew += 1;
            }
            (Some(State::Sending), None) => {
                summary.unclear += 1;
                summary.unclear_lines.push(row.line);
            }
            (Some(State::Prepared | State::Failed) | None, _) => due.push(row),
        }
    }
    if arrived + anew > 0 {
        let by = how.by.trim();
        let said =
            format!("of unclear reports to {service}, {by} says that {arrived} arrived, and has {anew} sent again");
        study.work.audit("hand-over", &said)?;
    }
    summary.unclear += ledger.unclear(service)?.iter().filter(|account| !listed.contains(*account)).count();
    Ok(due)
}

fn to_file(
    study: &Study,
    eligible: &Eligible,
    ledger: &Ledger<'_>,
    path: &Path,
    service: &str,
    due: &[Confirmed],
    summary: &mut Summary,
) -> Result<()> {
    for row in due {
        ledger.begin(&row.account, service)?;
    }
    report::write(study, eligible, due, path)?;
    for row in due {
        ledger.end(&row.account, service, State::Sent, None, None)?;
        summary.sent += 1;
    }
    Ok(())
}

fn to_ozone(
    study: &Study,
    ledger: &Ledger<'_>,
    credentials: &Credentials,
    service: &str,
    due: &[Confirmed],
    progress: &Progress,
    summary: &mut Summary,
) -> Result<()> {
    summary.left = due.len();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::network("the reports cannot be sent").because(e))?;
    runtime.block_on(async {
        let mut session = Session::begin(&study.settings, credentials, due.len() as u64, progress).await?;
        progress.begin("hand over", Some(due.len() as u64));
        let done = reports(&mut session, ledger, service, due, progress, summary).await;
        let signed_in = session.end().await;
        progress.end();
        if let Some(why) = signed_in {
            progress.note(format!("the session could not be ended, and ends by itself: {why}"));
        }
        done
    })
}

async fn reports(
    session: &mut Session<'_>,
    ledger: &Ledger<'_>,
    service: &str,
    due: &[Confirmed],
    progress: &Progress,
    summary: &mut Summary,
) -> Result<()> {
    let mut in_row = 0;
    for row in due {
        progress.check()?;
        // Whoever changed the row first sends it.
        if !ledger.begin(&row.account, service)? {
            continue;
        }
        summary.left -= 1;
        let (state, reference, detail) = match session.report(&row.account, &row.reason).await {
            Outcome::Taken(reference) => (State::Sent, reference, None),
            Outcome::NotTaken(why) => (State::Failed, None, Some(why)),
            Outcome::Unclear(why) => (State::Sending, None, Some(why)),
        };
        ledger.end(&row.account, service, state, reference.as_deref(), detail.as_deref())?;
        progress.advance(1);
        // A line's number, not the account: messages end up in logs.
        let why = detail.unwrap_or_default();
        match state {
            State::Sent | State::Prepared => summary.sent += 1,
            State::Failed => {
                summary.failed += 1;
                progress.note(format!("line {}: not taken: {why}", row.line));
            }
            State::Sending => {
                summary.unclear += 1;
                summary.unclear_lines.push(row.line);
                progress.note(format!("line {}: nobody knows whether it arrived: {why}", row.line));
            }
        }
        in_row = if state == State::Sent { 0 } else { in_row + 1 };
        if in_row == TROUBLE && summary.left > 0 {
            summary.stopped = Some(format!("{TROUBLE} accounts in a row were not taken: {why}"));
            break;
        }
    }
    Ok(())
}

/// Only one process hands over: to another, what is on its way would look like what a stop left.
fn lock(study: &Study) -> Result<File> {
    let path = study.root().join("hand-over.lock");
    let file = File::create(&path).map_err(|e| Error::disk(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::usage("another process is handing over accounts of this study").help("wait for it"))
        }
        Err(TryLockError::Error(e)) => Err(Error::disk(&path, e)),
    }
}
