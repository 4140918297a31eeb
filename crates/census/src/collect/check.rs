//! Whether accounts are there, and who says so: what a watch asks.
//!
//! On the AT Protocol 25 profiles come at once, and an account that is not among them is asked for everywhere: the AppView
//! says why it does not show it, the directory whether it ever was and on which host, that host what became of it there,
//! and the labelers whether it was they. Only all of them together tell a takedown at the host from one at the AppView
//! alone, and a deleted account from one that never was.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::fetch::{Done, Hosts, Source, fetch};
use super::limit::Limits;
use super::queue::{self, Found, Kind, Rows, Task, note_rejected};
use super::xrpc::{Client, Failure};
use super::{answers, identity, labels, mastodon, now, whole};
use crate::Result;
use crate::progress::Progress;
use crate::rows::Status;
use crate::store::Store;
use crate::study::Study;
use crate::tables::Table;

/// Before the first retry, and how long a host that fails is first left alone; tests do not wait.
const FIRST_DELAY: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });
const FIRST_BREAK: Duration = Duration::from_millis(if cfg!(test) { 5 } else { 10_000 });
/// What is kept of a stranger's words.
const LONGEST_WORDS: usize = 100;

/// Asks about accounts, within a budget of requests.
pub(crate) struct Checker {
    client: Client,
    source: Source,
    limits: Arc<Limits>,
}

/// What came of asking about some accounts. One that is in none of the lists was not asked about: the budget is spent.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) statuses: Vec<Status>,
    /// Accounts about which nothing usable was said, and why.
    pub(crate) failed: Vec<(String, String)>,
    rejected: Vec<answers::Rejected>,
}

impl Checker {
    /// A checker that may send so many requests.
    pub(crate) fn new(study: &Study, budget: u64, progress: &Progress) -> Result<Self> {
        let settings = &study.settings.collect;
        let source = Source::new(&study.settings)?;
        let limits = Limits::new(settings.requests_per_second, 0, budget, FIRST_BREAK, progress.clone());
        // A budget of one sweep: what a killed one has spent is not carried over.
        limits.grant(budget);
        for (host, at) in queue::pauses(&study.work.db)? {
            limits.keep_pause(&host, at);
        }
        let limits = Arc::new(limits);
        let client = Client::new(limits.clone(), FIRST_DELAY, &settings.contact, source.guard())?;
        Ok(Self { client: client.signed_in(source.tokens()?), source, limits })
    }

    /// About how many accounts a call asks.
    pub(crate) fn at_once(&self) -> usize {
        self.source.at_once(Kind::Profile)
    }

    /// Whether the study asks about this account at all.
    pub(crate) fn asks(&self, account: &str) -> bool {
        self.source.asks(account)
    }

    /// Requests sent so far.
    pub(crate) fn spent(&self) -> u64 {
        self.limits.spent()
    }

    /// Whether the budget is spent.
    pub(crate) fn exhausted(&self) -> bool {
        self.limits.exhausted()
    }

    /// Pauses that hosts asked for outlast a stop.
    pub(crate) fn keep_pauses(&self, db: &Connection) -> Result<()> {
        queue::set_pauses(db, &self.limits.pauses())
    }

    /// Asks about up to [`Checker::at_once`] accounts.
    pub(crate) async fn check(&self, accounts: &[String]) -> Checked {
        let mut checked = Checked::default();
        match &self.source {
            Source::Atproto(hosts) => self.profiles(hosts, accounts, &mut checked).await,
            Source::Mastodon(servers) => {
                for account in accounts {
                    let task = task(Kind::Lookup, account);
                    let found = mastodon::fetch(&self.client, servers, &task, &mut checked.rejected).await;
                    match found {
                        Ok(Found::Here(here)) => checked.statuses.push(here.status),
                        Ok(Found::Gone(status)) => checked.statuses.push(status),
                        Ok(_) => checked.failed.push((account.clone(), "an answer of a strange shape".into())),
                        Err(Failure::Budget) => break,
                        // Its own server alone knows it: this is what there is to know of it.
                        Err(failure) => {
                            let instance = mastodon::names::instance_of(account);
                            let why = words(&failure);
                            let refused = why.starts_with(&format!("{instance}: status 4"));
                            let word = if refused { "unknown" } else { "unreachable" };
                            checked.statuses.push(status(account, word, instance, Some(why)));
                        }
                    }
                }
            }
        }
        checked
    }

    async fn profiles(&self, hosts: &Hosts, accounts: &[String], checked: &mut Checked) {
        let tasks = accounts.iter().map(|a| task(Kind::Profile, a)).collect();
        let Done { result, rejected, .. } = fetch(&self.client, &self.source, tasks).await;
        checked.rejected.extend(rejected);
        let found = match result {
            Ok(Found::Profiles(found)) => found,
            Ok(_) | Err(Failure::Budget) => return,
            Err(failure) => {
                let why = words(&failure);
                checked.failed.extend(accounts.iter().map(|a| (a.clone(), why.clone())));
                return;
            }
        };
        checked.statuses.extend(found.iter().map(|row| Status {
            account: row.id.clone(),
            status: "active".into(),
            at: row.observed_at,
            source: Some("appview".into()),
            detail: None,
        }));
        for account in accounts.iter().filter(|a| found.iter().all(|row| row.id != **a)) {
            match evidence(&self.client, hosts, account).await {
                Ok(status) => checked.statuses.push(status),
                Err(Failure::Budget) => return,
                Err(failure) => checked.failed.push((account.clone(), words(&failure))),
            }
        }
    }
}

impl Checked {
    /// Keeps what was said: rows that wait to be sealed, and whatever `beside` writes, all of it or nothing.
    pub(crate) fn keep(&self, db: &Connection, beside: impl FnOnce(&Transaction<'_>) -> Result<()>) -> Result<()> {
        let tx = db.unchecked_transaction()?;
        let mut rows = Rows { tx: &tx, written: 0 };
        self.statuses.iter().try_for_each(|status| rows.add(Table::Statuses, status))?;
        self.rejected.iter().try_for_each(|r| note_rejected(&tx, r))?;
        beside(&tx)?;
        Ok(tx.commit()?)
    }
}

/// Makes parts of the tables out of the rows that wait, after what a stop cut short is ended.
pub(crate) fn seal(db: &Connection, store: &Store) -> Result<()> {
    super::seal::mend(db, store)?;
    super::seal::seal(db, store)
}

/// Only one process may collect or watch.
pub(crate) fn lock(study: &Study) -> Result<std::fs::File> {
    super::lock(study)
}

fn task(kind: Kind, account: &str) -> Task {
    let account = account.to_owned();
    Task { kind, account, cursor: None, pages: 0, number: None, following: None, posts: None }
}

fn status(account: &str, status: &str, source: &str, detail: Option<String>) -> Status {
    let (account, status, source) = (account.to_owned(), status.to_owned(), Some(source.to_owned()));
    Status { account, status, at: Some(now()), source, detail }
}

/// A failure for a person; nothing of an address.
fn words(failure: &Failure) -> String {
    let text = match failure {
        Failure::Budget => "the budget is spent".to_owned(),
        Failure::Refused { status, error, message } => format!("status {status} {error} {message}"),
        Failure::Broken(why) | Failure::Closed(why) => why.clone(),
    };
    text.trim().chars().take(LONGEST_WORDS).collect()
}

/// What the services say of an account of which the AppView gave no profile.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    /// The AppView's error, and its words.
    error: String,
    message: String,
    directory: Directory,
    host: Host,
    /// The labeler that took it down.
    labeler: Option<String>,
}

/// What the directory of DIDs says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directory {
    Registered,
    /// It was, and is no more.
    Ended,
    Unknown,
    /// There is no directory for such an id, or it names no host.
    Silent,
}

/// What the account's own host says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Active,
    /// It is not, and why.
    Inactive(String),
    NotFound,
    /// It was not asked, or did not answer usably.
    Silent,
}

/// Asks everywhere about one account.
async fn evidence(client: &Client, hosts: &Hosts, id: &str) -> Result<Status, Failure> {
    let (error, message) = match client.call(&hosts.appview, "app.bsky.actor.getProfile", &[("actor", id)]).await {
        // It came back, or the call for many was spoilt by another.
        Ok(answer) if answer["did"] == id => return Ok(status(id, "active", "appview", None)),
        Ok(_) => return Err(super::fetch::strange("app.bsky.actor.getProfile")),
        Err(Failure::Refused { status: 400, error, message }) => (error, message),
        Err(other) => return Err(other),
    };
    let (directory, pds) = directory(client, hosts, id).await?;
    let host = match pds {
        Some(pds) => host(client, pds.trim_end_matches('/'), id).await?,
        None => Host::Silent,
    };
    let labeler = if error == "AccountTakedown" { labeler(client, hosts, id).await? } else { None };
    let said = Said { error, message, directory, host, labeler };
    let (word, source) = said.verdict();
    Ok(status(id, word, source, Some(said.words())))
}

async fn directory(client: &Client, hosts: &Hosts, id: &str) -> Result<(Directory, Option<String>), Failure> {
    let document = if id.starts_with("did:plc:") {
        match client.get(&hosts.plc, &format!("{}/{id}", hosts.plc), &[]).await {
            Ok(document) => document,
            Err(Failure::Refused { status: 410, .. }) => return Ok((Directory::Ended, None)),
            Err(Failure::Refused { status: 404, .. }) => return Ok((Directory::Unknown, None)),
            Err(other) => return Err(other),
        }
    } else {
        // The owner's own web server, which may be gone with the account.
        match identity::document(client, hosts, id).await {
            Ok(Some(document)) => document,
            Err(Failure::Budget) => return Err(Failure::Budget),
            Ok(None) | Err(_) => return Ok((Directory::Silent, None)),
        }
    };
    Ok((Directory::Registered, whole::pds(&document).map(str::to_owned)))
}

async fn host(client: &Client, pds: &str, id: &str) -> Result<Host, Failure> {
    match client.call(pds, "com.atproto.sync.getRepoStatus", &[("did", id)]).await {
        Ok(answer) => Ok(read_host(&answer, id)),
        Err(Failure::Refused { status: 400, error, .. }) if error == "RepoNotFound" => Ok(Host::NotFound),
        Err(Failure::Budget) => Err(Failure::Budget),
        // What is wrong with one host of many says nothing of the account.
        Err(_) => Ok(Host::Silent),
    }
}

fn read_host(answer: &Value, id: &str) -> Host {
    match (&answer["did"], answer["active"].as_bool(), answer["status"].as_str()) {
        (did, ..) if did != id => Host::Silent,
        (_, Some(true), _) => Host::Active,
        (_, Some(false), why) => Host::Inactive(why.unwrap_or("inactive").chars().take(30).collect()),
        _ => Host::Silent,
    }
}

/// The labeler of the study that took an account down, by its label `!takedown`.
async fn labeler(client: &Client, hosts: &Hosts, id: &str) -> Result<Option<String>, Failure> {
    if hosts.labelers.is_empty() {
        return Ok(None);
    }
    match labels::fetch(client, hosts, &[task(Kind::Labels, id)], &mut Vec::new()).await {
        Ok(Found::Labels(found)) => Ok(labels::taken_down_by(&found, id)),
        Err(Failure::Budget) => Err(Failure::Budget),
        // A labeler that says nothing leaves open who it was, not what it is.
        Ok(_) | Err(_) => Ok(None),
    }
}

impl Said {
    /// The status, and which service it is due to.
    fn verdict(&self) -> (&'static str, &'static str) {
        let at_host = match &self.host {
            Host::Inactive(why) => match why.as_str() {
                "takendown" | "suspended" => Some("suspended"),
                "deactivated" => Some("deactivated"),
                "deleted" => Some("deleted"),
                _ => None,
            },
            _ => None,
        };
        match self.error.as_str() {
            "AccountTakedown" if self.labeler.is_some() => ("suspended", "labeler"),
            "AccountTakedown" if at_host == Some("suspended") => ("suspended", "pds"),
            "AccountTakedown" => ("suspended", "appview"),
            "AccountDeactivated" if at_host == Some("deactivated") => ("deactivated", "pds"),
            "AccountDeactivated" => ("deactivated", "appview"),
            _ => match (at_host, &self.host, self.directory) {
                (Some(word), ..) => (word, "pds"),
                (_, _, Directory::Unknown) if self.not_found() => ("never existed", "plc"),
                (_, _, Directory::Ended) => ("deleted", "plc"),
                (_, Host::NotFound, _) if self.not_found() => ("deleted", "pds"),
                // Its host has it and the AppView does not show it: new, or lagging.
                (_, Host::Active | Host::Inactive(_), _) => ("unknown", "pds"),
                _ => ("vanished", "appview"),
            },
        }
    }

    fn not_found(&self) -> bool {
        self.message.starts_with("Profile not found")
    }

    /// What each of them said.
    fn words(&self) -> String {
        let few = |text: &str| text.chars().take(LONGEST_WORDS).collect::<String>();
        let host = match &self.host {
            Host::Active => "active",
            Host::Inactive(why) => why,
            Host::NotFound => "RepoNotFound",
            Host::Silent => "not told",
        };
        let directory = match self.directory {
            Directory::Registered => "registered",
            Directory::Ended => "ended",
            Directory::Unknown => "not registered",
            Directory::Silent => "not told",
        };
        let label = self.labeler.as_ref().map(|l| format!("; !takedown by {l}")).unwrap_or_default();
        let (error, message) = (few(&self.error), few(&self.message));
        format!("appview: {error}: {message}; pds: {host}; plc: {directory}{label}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn verdict(error: &str, message: &str, host: Host, directory: Directory, label: bool) -> String {
        let labeler = label.then(|| "did:plc:mod".to_owned());
        let said = Said { error: error.into(), message: message.into(), directory, host, labeler };
        let (status, source) = said.verdict();
        format!("{status} {source}")
    }

    #[test]
    fn the_table_of_the_test_bed() {
        use Directory::{Ended, Registered, Silent, Unknown};
        let inactive = |why: &str| Host::Inactive(why.into());
        let takedown = |host, label| verdict("AccountTakedown", "Account has been suspended", host, Registered, label);
        assert_eq!(takedown(inactive("takendown"), false), "suspended pds");
        assert_eq!(takedown(Host::Active, false), "suspended appview");
        assert_eq!(takedown(Host::Silent, false), "suspended appview");
        assert_eq!(takedown(inactive("takendown"), true), "suspended labeler");
        assert_eq!(takedown(Host::Active, true), "suspended labeler");
        let off = |host| verdict("AccountDeactivated", "Account is deactivated", host, Registered, false);
        assert_eq!(off(inactive("deactivated")), "deactivated pds");
        assert_eq!(off(Host::Silent), "deactivated appview");
        let none = |host, directory| verdict("InvalidRequest", "Profile not found", host, directory, false);
        assert_eq!(none(Host::NotFound, Registered), "deleted pds");
        assert_eq!(none(Host::Silent, Ended), "deleted plc");
        assert_eq!(none(Host::Silent, Unknown), "never existed plc");
        // The AppView lags behind the host.
        assert_eq!(none(inactive("takendown"), Registered), "suspended pds");
        assert_eq!(none(Host::Active, Registered), "unknown pds");
        // Gone, and the only one who knows how says nothing.
        assert_eq!(none(Host::Silent, Registered), "vanished appview");
        assert_eq!(none(Host::Silent, Silent), "vanished appview");
        let odd = |host| verdict("SomethingNew", "what", host, Registered, false);
        assert_eq!(odd(Host::NotFound), "vanished appview");
        assert_eq!(odd(Host::Active), "unknown pds");
    }

    #[test]
    fn what_a_host_says() {
        let of = |answer: Value| read_host(&answer, "did:plc:a");
        assert_eq!(of(json!({"did": "did:plc:a", "active": true})), Host::Active);
        let gone = json!({"did": "did:plc:a", "active": false, "status": "takendown"});
        assert_eq!(of(gone), Host::Inactive("takendown".into()));
        for odd in [json!(5), json!({"did": "did:plc:b", "active": true}), json!({"did": "did:plc:a"})] {
            assert_eq!(of(odd), Host::Silent);
        }
    }
}
