//! Jetstream: the firehose as JSON, one object an event (<https://github.com/bluesky-social/jetstream>). Dumps of it
//! hold one object a line.

use serde::Deserialize;
use serde_json::Value;

use super::super::answers::is_did;
use super::super::records::{self, FOLLOW, POST, PROFILE};
use super::event::{Commit, Event, Happened};
use crate::when;

/// The collections that rows are made of; accounts and identities come in any case.
pub(super) const COLLECTIONS: [&str; 3] = [FOLLOW, POST, PROFILE];

/// The words are those of version 2 (`kind`, `operation`) or of the dumps made before it (`type`, one letter each).
#[derive(Deserialize)]
struct Line {
    did: String,
    time_us: i64,
    #[serde(alias = "type")]
    kind: String,
    commit: Option<Record>,
    identity: Option<Identity>,
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(alias = "type")]
    operation: String,
    collection: String,
    rkey: String,
}

/// Read of a line only where its record is wanted: most are likes.
#[derive(Deserialize)]
struct Whole {
    commit: Inside,
}

#[derive(Deserialize)]
struct Inside {
    #[serde(default)]
    record: Value,
}

#[derive(Deserialize)]
struct Identity {
    handle: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    active: bool,
    status: Option<String>,
}

/// Reads an event; the error says what it is instead of one.
pub(crate) fn read(json: &[u8]) -> Result<Event, &'static str> {
    let line: Line = serde_json::from_slice(json).map_err(|_| "not an event of a Jetstream")?;
    if !is_did(&line.did) {
        return Err("an event that is about no DID");
    }
    // Its own clock: an event's time is its number.
    let at = when::in_range(line.time_us).map_err(|_| "an event of no time")?;
    let happened = match (line.kind.as_str(), line.commit, line.identity, line.account) {
        ("commit" | "com", Some(record), _, _) => Happened::Commit(commit(&line.did, &record, json)?),
        ("identity" | "id", _, identity, _) => {
            let handle = identity.and_then(|i| i.handle);
            Happened::Identity(handle.filter(|h| !h.is_empty() && h.len() <= 253))
        }
        ("account" | "acc", _, _, Some(Account { active, status })) => Happened::Account { active, status },
        ("commit" | "com" | "account" | "acc", ..) => return Err("an event that does not say what happened"),
        _ => Happened::Other,
    };
    Ok(Event { cursor: line.time_us, at: Some(at), account: line.did, happened })
}

fn commit(did: &str, of: &Record, json: &[u8]) -> Result<Commit, &'static str> {
    let mut commit = Commit::default();
    match of.operation.as_str() {
        "create" | "update" | "c" | "u" if records::wanted(&of.collection) => {
            let whole: Whole = serde_json::from_slice(json).map_err(|_| "not an event of a Jetstream")?;
            commit.rows.add(did, &of.collection, &of.rkey, &whole.commit.record);
        }
        "delete" | "d" if of.collection == FOLLOW => commit.unfollows += 1,
        "delete" | "d" if of.collection == POST => commit.deleted_posts += 1,
        _ => (),
    }
    Ok(commit)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    const ME: &str = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";

    fn read(value: &Value) -> Result<Event, &'static str> {
        super::read(value.to_string().as_bytes())
    }

    #[test]
    fn both_versions_of_every_kind() {
        let record = json!({"subject": "did:plc:b2", "createdAt": "2026-01-01T00:00:00Z"});
        let follow = |kind: &str, verb: &str, operation: &str| {
            json!({"did": ME, "time_us": 1_767_225_600_000_000_i64, kind: if kind == "kind" { "commit" } else { "com" },
                "commit": {verb: operation, "collection": FOLLOW, "rkey": "1", "record": record, "rev": "3k"}})
        };
        for line in [follow("kind", "operation", "create"), follow("type", "type", "c")] {
            let event = read(&line).unwrap();
            assert_eq!((event.cursor, event.at), (1_767_225_600_000_000, Some(1_767_225_600_000_000)));
            let Happened::Commit(commit) = event.happened else { panic!("no commit") };
            assert_eq!(commit.rows.follows[0].dst, "did:plc:b2");
        }
        let Happened::Commit(commit) = read(&follow("kind", "operation", "delete")).unwrap().happened else { panic!() };
        assert_eq!((commit.unfollows, commit.rows.follows.len()), (1, 0));
        let time = 1_767_225_600_000_000_i64;
        let account =
            json!({"did": ME, "time_us": time, "kind": "account", "account": {"active": false, "status": "deleted"}});
        assert_eq!(read(&account).unwrap().status("jetstream", 0).unwrap().status, "deleted");
        let identity = json!({"did": ME, "time_us": time, "kind": "identity", "identity": {"handle": "a.test"}});
        assert_eq!(read(&identity).unwrap().happened, Happened::Identity(Some("a.test".into())));
    }

    #[test]
    fn what_is_no_event_says_so() {
        for (line, says) in [
            (json!({"did": ME}), "not an event"),
            (json!({"did": "x", "time_us": 1, "kind": "commit"}), "no DID"),
            (json!({"did": ME, "time_us": 1, "kind": "commit"}), "no time"),
            (json!({"did": ME, "time_us": 1_767_225_600_000_000_i64, "kind": "commit"}), "what happened"),
            (json!([1]), "not an event"),
        ] {
            let said = read(&line).unwrap_err();
            assert!(said.contains(says), "{line}: {said}");
        }
    }
}
