//! What a stream tells: one event, whichever protocol it came by.

use super::super::records::Rows;
use crate::rows::{Micros, Status};

/// One event.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    /// Its number at the host. A firehose counts; at a Jetstream it is a time in microseconds.
    pub(crate) cursor: i64,
    /// When it happened, as the host says.
    pub(crate) at: Option<Micros>,
    /// Whom it is about.
    pub(crate) account: String,
    pub(crate) happened: Happened,
}

/// What happened.
#[derive(Debug, PartialEq)]
pub(crate) enum Happened {
    /// Records were written or deleted.
    Commit(Commit),
    /// The handle, keys or host of an account changed.
    Identity(Option<String>),
    /// An account came, went or came back.
    Account { active: bool, status: Option<String> },
    /// A repository was set anew; which records changed is not told.
    Reset,
    /// Some kind of event that is not known.
    Other,
}

/// Records written and deleted at once.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Commit {
    pub(crate) rows: Rows,
    /// Deletions name a record and not what was in it.
    pub(crate) unfollows: u64,
    pub(crate) deleted_posts: u64,
    /// The commit was too large to be sent: what it did is not told.
    pub(crate) too_big: bool,
}

/// A message of a host.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    Event(Event),
    /// The cursor that was asked for is older than what the host still has.
    Outdated,
    /// The cursor that was asked for is ahead of the host's own.
    Ahead,
    /// The host ends the connection, and says why.
    Refused(String),
    /// Nothing that matters.
    Other,
}

impl Event {
    /// The status that an event about an account gives, if it says whether the account is there.
    pub(crate) fn status(&self, source: &str, seen: Micros) -> Option<Status> {
        let Happened::Account { active, status } = &self.happened else { return None };
        let word = match (active, status.as_deref()) {
            (true, _) => "active",
            (_, Some("takendown" | "suspended")) => "suspended",
            (_, Some("deactivated")) => "deactivated",
            (_, Some("deleted")) => "deleted",
            // These are about the host that the account is on, or about the relay.
            (_, Some("desynchronized" | "throttled")) => return None,
            (_, _) => "vanished",
        };
        Some(Status {
            account: self.account.clone(),
            status: word.to_owned(),
            at: Some(self.at.unwrap_or(seen)),
            source: Some(source.to_owned()),
            detail: status.as_ref().map(|s| s.chars().take(100).collect()),
        })
    }
}
