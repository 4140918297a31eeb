//! Whole runs against hosts of the test's own: cursors, gaps, events sent again, messages that are none.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ipld_core::ipld::Ipld;
use serde_json::json;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::{Message, accept_hdr};

use super::super::car::tests::{address, file};
use super::*;
use crate::rows::{Account, Batch, accounts};
use crate::study::Settings as StudySettings;
use crate::tables::Table;

const ME: &str = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const TIME: i64 = 1_767_225_600_000_000;

/// A host of streams: what it sends on each connection, given the query; the last one stays open.
struct Host {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Host {
    fn start(send: impl Fn(usize) -> Option<Vec<Message>> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("ws://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for (nth, stream) in listener.incoming().enumerate() {
                let Some(messages) = send(nth) else { continue };
                #[allow(clippy::result_large_err)] // the library's
                let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
                    log.lock().unwrap().push(request.uri().to_string());
                    Ok(response)
                };
                let Ok(mut socket) = accept_hdr(stream.unwrap(), note) else { continue };
                for message in messages {
                    if socket.send(message).is_err() {
                        break;
                    }
                }
                // One that says nothing more stays open; the test ends by its silence.
                if send(nth + 1).is_none() {
                    open.push(socket);
                }
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Sends the messages of one connection after another.
fn host(connections: Vec<Vec<Message>>) -> Host {
    Host::start(move |nth| connections.get(nth).cloned())
}

fn study(dir: &Path, host: &Host, protocol: Protocol, accounts: Accounts) -> Study {
    let path = dir.join("study");
    if path.join("study.toml").exists() {
        let mut study = Study::open(&path).unwrap();
        study.settings.collect.stream.host.clone_from(&host.address);
        return study;
    }
    let mut settings = StudySettings::new("t", "t", Platform::Atproto);
    settings.collect.stream = Settings { host: host.address.clone(), protocol, accounts, dictionary: None };
    Study::create(&path, &settings, &[]).unwrap()
}

fn run(study: &mut Study) -> Result<Summary> {
    let options = Options { idle: Some(Duration::from_millis(700)), ..Options::default() };
    watch(study, options, &Progress::silent())
}

fn follows(study: &Study) -> Vec<String> {
    let mut all = Vec::new();
    let read = |b: &arrow_array::RecordBatch| {
        all.extend(Batch(b).text("dst")?.iter().map(|d| d.unwrap()[8..].to_owned()));
        Ok(())
    };
    study.store.read(Table::Follows, &["dst"], read).unwrap();
    all
}

fn map(members: Vec<(&'static str, Ipld)>) -> Ipld {
    Ipld::Map(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

fn frame(kind: &'static str, body: Vec<(&'static str, Ipld)>) -> Message {
    let head = match kind {
        "error" => map(vec![("op", Ipld::Integer(-1))]),
        kind => map(vec![("op", Ipld::Integer(1)), ("t", kind.into())]),
    };
    let bytes = [head, map(body)].iter().flat_map(|v| serde_ipld_dagcbor::to_vec(v).unwrap()).collect::<Vec<u8>>();
    Message::binary(bytes)
}

/// A commit of event `seq` by which `who` follows `dst`.
fn commit(seq: i64, who: &str, dst: &str) -> Message {
    let record = map(vec![("subject", format!("did:plc:{dst}").into())]);
    let record = serde_ipld_dagcbor::to_vec(&record).unwrap();
    let op = map(vec![
        ("action", "create".into()),
        ("path", "app.bsky.graph.follow/1".into()),
        ("cid", Ipld::Link(address(&record))),
    ]);
    let time = jiff::Timestamp::from_microsecond(TIME + seq * 1_000_000).unwrap().to_string();
    frame(
        "#commit",
        vec![
            ("seq", Ipld::Integer(seq.into())),
            ("repo", who.into()),
            ("time", time.into()),
            ("ops", Ipld::List(vec![op])),
            ("blocks", Ipld::Bytes(file(&[record]))),
        ],
    )
}

#[test]
fn it_goes_on_from_the_cursor_and_takes_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let two = host(vec![
        vec![commit(1, ME, "b1"), commit(2, ME, "b2"), Message::binary(b"\x01".to_vec()), commit(3, ME, "b3")],
        vec![commit(3, ME, "b3"), commit(4, ME, "b4")],
    ]);
    let mut study = study(dir.path(), &two, Protocol::Firehose, Accounts::All);
    let summary = run(&mut study).unwrap();
    assert_eq!(follows(&study), ["b1", "b2", "b3", "b4"]);
    assert_eq!((summary.events, summary.repeated, summary.reconnects, summary.cursor), (4, 1, 1, Some(4)));
    assert_eq!((summary.unread, summary.gaps), (1, 0));
    assert_eq!(
        two.asked(),
        ["/xrpc/com.atproto.sync.subscribeRepos", "/xrpc/com.atproto.sync.subscribeRepos?cursor=3"]
    );
    let state = state(&study.work).unwrap().unwrap();
    assert_eq!((state.hosts[0].since, state.hosts[0].at), (TIME + 1_000_000, TIME + 4_000_000));
}

#[test]
fn a_cursor_that_is_too_old_or_ahead_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let outdated = frame("#info", vec![("name", "OutdatedCursor".into())]);
    let ahead = frame("error", vec![("error", "FutureCursor".into())]);
    let three = host(vec![
        vec![commit(5, ME, "b5")],
        vec![outdated, commit(9, ME, "b9")],
        vec![ahead],
        // It counts anew, so a small number is a new event.
        vec![commit(2, ME, "b2"), commit(3, ME, "b3")],
    ]);
    let mut study = study(dir.path(), &three, Protocol::Firehose, Accounts::All);
    let summary = run(&mut study).unwrap();
    assert_eq!(follows(&study), ["b5", "b9", "b2", "b3"]);
    assert_eq!((summary.gaps, summary.cursor), (2, Some(3)));
    let asked = three.asked();
    assert!(asked[1].ends_with("?cursor=5") && asked[2].ends_with("?cursor=9") && asked[3].ends_with("Repos"));
    let gaps = state(&study.work).unwrap().unwrap().latest_gaps;
    assert!(gaps[0].reason.contains("anew") && gaps[1].reason.contains("no longer"), "{gaps:?}");
    assert_eq!((gaps[1].from_cursor, gaps[1].to_cursor), (Some(5), Some(9)));
    assert_eq!((gaps[1].from_at, gaps[1].to_at), (Some(TIME + 5_000_000), Some(TIME + 9_000_000)));
    assert_eq!((gaps[0].from_cursor, gaps[0].to_cursor), (Some(9), None));

    // Numbers of another host say nothing about this one.
    let other = host(vec![vec![commit(100, ME, "c")]]);
    study.settings.collect.stream.host.clone_from(&other.address);
    assert_eq!(run(&mut study).unwrap().gaps, 3);
    assert!(state(&study.work).unwrap().unwrap().latest_gaps[0].reason.contains("another host"));
}

#[test]
fn only_accounts_of_the_study_and_what_became_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let you = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb";
    let about = |seq: i64, kind, mut rest: Vec<(&'static str, Ipld)>| {
        rest.extend([("seq", Ipld::Integer(seq.into())), ("did", ME.into())]);
        frame(kind, rest)
    };
    let one = host(vec![vec![
        commit(1, ME, "b1"),
        commit(2, you, "b2"),
        about(3, "#identity", vec![("handle", "new.test".into())]),
        about(4, "#account", vec![("active", false.into()), ("status", "takendown".into())]),
        about(5, "#sync", vec![("rev", "3k".into())]),
    ]]);
    let mut study = study(dir.path(), &one, Protocol::Firehose, Accounts::Known);
    let sql = "INSERT INTO crawl_accounts (id, wave, status) VALUES (?1, 0, 'active')";
    study.work.db.execute(sql, [ME]).unwrap();
    let before = Account { id: ME.into(), followers: Some(7), name: Some("Me".into()), ..Account::default() };
    study.store.append(Table::Accounts, &accounts(&[before]).unwrap()).unwrap();
    let summary = run(&mut study).unwrap();
    assert_eq!((summary.events, summary.follows, summary.statuses, summary.gaps), (5, 1, 1, 1));
    assert_eq!(follows(&study), ["b1"]);
    let status = &study.store.statuses().unwrap()[0];
    assert_eq!((status.status.as_str(), status.source.as_deref()), ("suspended", Some("firehose")));
    // The last row of an account counts, so it says what was known besides.
    let row = study.store.accounts().unwrap().pop().unwrap();
    assert_eq!((row.handle.as_deref(), row.followers, row.name.as_deref()), (Some("new.test"), Some(7), Some("Me")));
    let gaps = state(&study.work).unwrap().unwrap().latest_gaps;
    assert_eq!(gaps[0].account.as_deref(), Some(ME), "a repository set anew");
}

#[test]
fn a_jetstream_is_asked_for_a_little_again() {
    let dir = tempfile::tempdir().unwrap();
    let event = |seconds: i64, dst: &str| {
        let record = json!({"subject": format!("did:plc:{dst}")});
        let line = json!({"did": ME, "time_us": TIME + seconds * 1_000_000, "kind": "commit",
            "commit": {"operation": "create", "collection": "app.bsky.graph.follow", "rkey": "1", "record": record}});
        line.to_string()
    };
    let text = |seconds, dst| Message::text(event(seconds, dst));
    // A dictionary may be any bytes; what is packed with it needs it.
    let dictionary = event(0, "b0");
    std::fs::write(dir.path().join("dictionary"), &dictionary).unwrap();
    let mut packer = zstd::bulk::Compressor::with_dictionary(3, dictionary.as_bytes()).unwrap();
    let packed = packer.compress(event(13, "b13").as_bytes()).unwrap();
    let two = host(vec![
        vec![text(1, "b1"), text(10, "b10"), text(12, "b12"), Message::text("{}")],
        // Of the last five seconds, one that had not come before its time.
        vec![text(10, "b10"), text(11, "b11"), text(12, "b12"), Message::binary(packed), text(100, "b100")],
    ]);
    let mut study = study(dir.path(), &two, Protocol::Jetstream, Accounts::All);
    study.settings.collect.stream.dictionary = Some("../dictionary".into());
    let summary = run(&mut study).unwrap();
    assert_eq!(follows(&study), ["b1", "b10", "b12", "b11", "b13", "b100"]);
    assert_eq!((summary.events, summary.repeated, summary.unread, summary.gaps), (6, 2, 1, 0));
    let asked = two.asked();
    assert!(asked[0].contains("wantedCollections=app.bsky.graph.follow") && !asked[0].contains("cursor"));
    assert!(asked[0].contains("compress=true"));
    assert!(asked[1].ends_with(&format!("cursor={}", TIME + 7_000_000)), "{asked:?}");

    let late = host(vec![vec![text(1000, "b1000")]]);
    let db = &study.work.db;
    db.execute("UPDATE stream_cursors SET host = ?1", [&late.address]).unwrap();
    study.settings.collect.stream.host.clone_from(&late.address);
    assert_eq!(run(&mut study).unwrap().gaps, 1);
    assert!(state(&study.work).unwrap().unwrap().latest_gaps[0].reason.starts_with("perhaps"));
}

#[test]
fn hosts_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let nobody = Host { address: "ws://127.0.0.1:9".into(), asked: Arc::default() };
    let mut study = study(dir.path(), &nobody, Protocol::Firehose, Accounts::All);
    let error = run(&mut study).unwrap_err();
    assert_eq!(error.kind(), crate::Kind::Network);
    for address in ["", "bsky.network", "ftp://x", "wss://x/?a=1"] {
        study.settings.collect.stream.host = address.into();
        assert_eq!(run(&mut study).unwrap_err().kind(), crate::Kind::Usage, "{address}");
    }
    // A message that is too large ends the connection, and the next goes on.
    let large = host(vec![vec![commit(1, ME, "b1"), Message::binary(vec![0; LARGEST + 1])], vec![commit(2, ME, "b2")]]);
    study.settings.collect.stream.host.clone_from(&large.address);
    assert_eq!(run(&mut study).unwrap().events, 2);
    assert_eq!(follows(&study), ["b1", "b2"]);
}
