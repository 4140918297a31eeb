//! `com.atproto.sync.subscribeRepos`: each frame is two DAG-CBOR values, a header and a body; records come as a CAR file
//! inside of it (<https://atproto.com/specs/event-stream>, <https://atproto.com/specs/sync>).

use ipld_core::cid::Cid;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_bytes::ByteBuf;

use super::super::answers::{Rejected, is_did};
use super::super::car::Car;
use super::super::records::{self, FOLLOW, POST};
use super::event::{Commit, Event, Happened, Message};
use crate::when;

/// Operations of one commit; the protocol allows 200.
const MOST_OPS: usize = 10_000;

#[derive(Deserialize)]
struct Head {
    op: i64,
    t: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    seq: i64,
    #[serde(alias = "repo")]
    did: String,
    time: Option<String>,
    // identity
    handle: Option<String>,
    // account
    active: Option<bool>,
    status: Option<String>,
    // commit
    #[serde(default, rename = "tooBig")]
    too_big: bool,
    #[serde(default)]
    ops: Vec<Op>,
    #[serde(default)]
    blocks: ByteBuf,
}

#[derive(Deserialize)]
struct Op {
    action: String,
    path: String,
    cid: Option<Cid>,
}

#[derive(Deserialize)]
struct Info {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Fault {
    error: Option<String>,
    message: Option<String>,
}

/// Reads a frame; the error says what it is instead of one.
pub(super) fn read(frame: &[u8]) -> Result<Message, &'static str> {
    let mut rest = std::io::Cursor::new(frame);
    let head: Head =
        serde_ipld_dagcbor::de::from_reader_once(&mut rest).map_err(|_| "a frame whose header cannot be read")?;
    let body = usize::try_from(rest.position()).ok().and_then(|at| frame.get(at..)).unwrap_or_default();
    match (head.op, head.t.as_deref()) {
        (1, Some(kind @ ("#commit" | "#identity" | "#account" | "#sync"))) => event(kind, cbor(body)?),
        (1, Some("#info")) if cbor::<Info>(body)?.name.as_deref() == Some("OutdatedCursor") => Ok(Message::Outdated),
        (-1, _) => {
            let Fault { error, message } = cbor(body)?;
            if error.as_deref() == Some("FutureCursor") {
                return Ok(Message::Ahead);
            }
            let said = format!("{} {}", error.unwrap_or_default(), message.unwrap_or_default());
            Ok(Message::Refused(said.trim().chars().take(200).collect()))
        }
        // A kind of event that came after this was written; it has a number all the same.
        (1, Some(_)) => match cbor::<Numbered>(body) {
            Ok(Numbered { seq }) => {
                let account = String::new();
                Ok(Message::Event(Event { cursor: seq, at: None, account, happened: Happened::Other }))
            }
            Err(_) => Ok(Message::Other),
        },
        _ => Ok(Message::Other),
    }
}

#[derive(Deserialize)]
struct Numbered {
    seq: i64,
}

fn cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, &'static str> {
    serde_ipld_dagcbor::from_slice(bytes).map_err(|_| "a frame whose body cannot be read")
}

fn event(kind: &str, body: Body) -> Result<Message, &'static str> {
    if !is_did(&body.did) {
        return Err("an event that is about no DID");
    }
    if body.ops.len() > MOST_OPS {
        return Err("a commit of too many operations");
    }
    let happened = match kind {
        "#commit" => Happened::Commit(commit(&body)),
        "#identity" => Happened::Identity(body.handle.filter(|h| !h.is_empty() && h.len() <= 253)),
        "#account" => {
            let active = body.active.ok_or("an event about an account that does not say whether it is there")?;
            Happened::Account { active, status: body.status }
        }
        _ => Happened::Reset,
    };
    let at = body.time.as_deref().and_then(|t| when::parse(t).ok());
    Ok(Message::Event(Event { cursor: body.seq, at, account: body.did, happened }))
}

fn commit(body: &Body) -> Commit {
    let mut commit = Commit { too_big: body.too_big, ..Commit::default() };
    // Only where a record is wanted: most commits of a network are likes.
    let mut car = None;
    for op in &body.ops {
        let Some((collection, key)) = op.path.split_once('/') else { continue };
        match (op.action.as_str(), &op.cid) {
            ("create" | "update", Some(cid)) if records::wanted(collection) => {
                let car = car.get_or_insert_with(|| Car::read(&body.blocks));
                let record = match car {
                    Ok(car) => car.get(cid).ok_or("a record that its commit lacks"),
                    Err(_) => Err("a commit whose blocks cannot be read"),
                };
                match record.map(Car::record) {
                    Ok(Some(record)) => commit.rows.add(&body.did, collection, key, &record),
                    Ok(None) => reject(&mut commit, "a record that is not DAG-CBOR", &body.did),
                    Err(reason) => reject(&mut commit, reason, &body.did),
                }
            }
            ("delete", _) if collection == FOLLOW => commit.unfollows += 1,
            ("delete", _) if collection == POST => commit.deleted_posts += 1,
            _ => (),
        }
    }
    commit
}

fn reject(commit: &mut Commit, reason: &'static str, account: &str) {
    commit.rows.rejected.push(Rejected { reason, example: account.to_owned() });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::super::car::tests::{address, file};
    use super::*;
    use ipld_core::ipld::Ipld;
    use proptest::prelude::*;

    const ME: &str = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";

    fn map<const N: usize>(members: [(&'static str, Ipld); N]) -> Ipld {
        Ipld::Map(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    }
    fn frame(head: Ipld, body: Ipld) -> Vec<u8> {
        [head, body].iter().flat_map(|v| serde_ipld_dagcbor::to_vec(v).unwrap()).collect()
    }
    fn head(kind: &'static str) -> Ipld {
        map([("op", Ipld::Integer(1)), ("t", kind.into())])
    }
    fn a_commit() -> Vec<u8> {
        let follow = map([("subject", "did:plc:b2".into()), ("createdAt", "2026-01-01T00:00:00Z".into())]);
        let follow = serde_ipld_dagcbor::to_vec(&follow).unwrap();
        let op = |action: &'static str, path: &'static str, cid: Ipld| {
            map([("action", action.into()), ("path", path.into()), ("cid", cid)])
        };
        let link = Ipld::Link(address(&follow));
        let ops = vec![
            op("create", "app.bsky.graph.follow/1", link.clone()),
            op("create", "app.bsky.graph.follow/2", Ipld::Link(address(b"not there"))),
            op("create", "app.bsky.feed.like/1", link.clone()),
            op("delete", "app.bsky.graph.follow/0", Ipld::Null),
            op("delete", "app.bsky.feed.post/0", Ipld::Null),
        ];
        let body = map([
            ("seq", Ipld::Integer(7)),
            ("repo", ME.into()),
            ("rev", "3k".into()),
            ("since", Ipld::Null),
            ("commit", link),
            ("tooBig", false.into()),
            ("time", "2026-01-01T00:00:00Z".into()),
            ("ops", Ipld::List(ops)),
            ("blocks", Ipld::Bytes(file(&[follow]))),
        ]);
        frame(head("#commit"), body)
    }

    #[test]
    fn a_commit_gives_its_rows() {
        let Ok(Message::Event(event)) = read(&a_commit()) else { panic!("no event") };
        assert_eq!((event.cursor, event.at, event.account.as_str()), (7, Some(1_767_225_600_000_000), ME));
        let Happened::Commit(commit) = event.happened else { panic!("no commit") };
        assert_eq!((commit.rows.follows.len(), commit.unfollows, commit.deleted_posts), (1, 1, 1));
        assert_eq!(commit.rows.rejected[0].reason, "a record that its commit lacks");
    }

    #[test]
    fn what_hosts_say_besides() {
        let outdated = frame(head("#info"), map([("name", "OutdatedCursor".into())]));
        assert_eq!(read(&outdated), Ok(Message::Outdated));
        let fault = |name: &'static str| {
            frame(map([("op", Ipld::Integer(-1))]), map([("error", name.into()), ("message", "m".into())]))
        };
        assert_eq!(read(&fault("FutureCursor")), Ok(Message::Ahead));
        assert_eq!(read(&fault("ConsumerTooSlow")), Ok(Message::Refused("ConsumerTooSlow m".into())));
        let account = |status: &'static str| {
            let members = [("seq", Ipld::Integer(1)), ("did", ME.into()), ("active", false.into())];
            let mut members: Vec<_> = members.into_iter().collect();
            members.push(("status", status.into()));
            let body = Ipld::Map(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect());
            match read(&frame(head("#account"), body)) {
                Ok(Message::Event(e)) => e.status("firehose", 5).map(|s| s.status),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(account("takendown").as_deref(), Some("suspended"));
        assert_eq!(account("deleted").as_deref(), Some("deleted"));
        assert_eq!(account("something new").as_deref(), Some("vanished"));
        assert_eq!(account("throttled"), None);
        let unknown = frame(head("#later"), map([("seq", Ipld::Integer(9)), ("x", Ipld::Null)]));
        assert!(matches!(read(&unknown), Ok(Message::Event(Event { cursor: 9, happened: Happened::Other, .. }))));
    }

    proptest! {
        #[test]
        fn no_frame_is_too_strange(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut frame = a_commit();
            let at = at.index(frame.len());
            frame[at] = byte;
            let _ = read(&frame[..cut.index(frame.len())]);
            let _ = read(&frame);
        }
    }
}
