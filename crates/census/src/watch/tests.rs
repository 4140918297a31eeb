//! Sweeps against a server of the test's own: what is asked, what is kept, what is not read as life.

#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::collect::stub::Stub;
use crate::lives::{End, lives};
use crate::rows::{self, Columns, Follow, Status};
use crate::study::Settings as StudySettings;
use crate::tables::Table;

fn did(n: usize) -> String {
    format!("did:plc:{n:024}")
}

/// A network in which each account is in a state of the table, else active.
#[derive(Clone, Default)]
struct Net {
    states: Arc<Mutex<HashMap<String, &'static str>>>,
    /// The host of all accounts.
    host: Arc<Mutex<String>>,
}

impl Net {
    fn set(&self, n: usize, state: &'static str) {
        self.states.lock().unwrap().insert(did(n), state);
    }

    fn start(&self) -> Stub {
        let net = self.clone();
        let stub = Stub::start(move |path, _| {
            let states = net.states.lock().unwrap();
            let decoded = path.replace("%3A", ":");
            let (method, query) = decoded.split_once('?').unwrap_or((&decoded, ""));
            let of = |id: &str| states.get(id).copied().unwrap_or("active");
            let error = |error: &str, message: &str| (400, json!({"error": error, "message": message}));
            let (code, body) = match method.rsplit('/').next().unwrap() {
                "app.bsky.actor.getProfiles" => {
                    let ids = query.split('&').filter_map(|p| p.strip_prefix("actors="));
                    let there = ids.filter(|id| of(id) == "active").map(|id| json!({"did": id, "handle": "a.test"}));
                    (200, json!({"profiles": there.collect::<Vec<_>>()}))
                }
                "app.bsky.actor.getProfile" => match of(query.trim_start_matches("actor=")) {
                    "takendown" | "appview" | "labeler" => error("AccountTakedown", "Account has been suspended"),
                    "deactivated" => error("AccountDeactivated", "Account is deactivated"),
                    "broken" => (404, json!({})),
                    _ => error("InvalidRequest", "Profile not found"),
                },
                "com.atproto.sync.getRepoStatus" => {
                    let id = query.trim_start_matches("did=");
                    match of(id) {
                        "deleted" => error("RepoNotFound", "Could not find repo"),
                        state @ ("takendown" | "deactivated") => {
                            (200, json!({"did": id, "active": false, "status": state}))
                        }
                        _ => (200, json!({"did": id, "active": true, "rev": "3k"})),
                    }
                }
                "com.atproto.label.queryLabels" => {
                    let id = query.split('&').find_map(|p| p.strip_prefix("uriPatterns=")).unwrap();
                    let label =
                        json!({"src": "did:plc:mod", "uri": id, "val": "!takedown", "cts": "2026-01-01T00:00:00Z"});
                    (200, json!({"labels": if of(id) == "labeler" { vec![label] } else { vec![] }}))
                }
                id if of(id) == "never" => (404, json!({"message": "DID not registered"})),
                id => {
                    let service = json!([{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer",
                        "serviceEndpoint": *net.host.lock().unwrap()}]);
                    (200, json!({"id": id, "service": service}))
                }
            };
            Stub::answer(code, "content-type: application/json\r\n", &body.to_string())
        });
        self.host.lock().unwrap().clone_from(&stub.host);
        stub
    }
}

/// A study with a frame of `n` accounts, seen there `days` ago.
fn study(dir: &Path, host: &str, n: usize, days: i64, change: impl Fn(&mut StudySettings)) -> Study {
    let mut settings = StudySettings::new("t", "t", Platform::Atproto);
    let c = &mut settings.collect;
    (c.appview, c.pds, c.plc) = (host.into(), host.into(), host.into());
    c.labelers = vec![host.into()];
    c.requests_per_second = 1000;
    settings.watch.stream = false;
    change(&mut settings);
    let study = Study::create(&dir.join("study"), &settings, &[]).unwrap();
    let ids: Vec<String> = (0..n).map(did).collect();
    let frame = Columns::new()
        .text(ids.iter().map(|id| Some(id.as_str())))
        .int((0..n).map(|i| if i == 0 { 0 } else { 1 }))
        .long((0..n).map(|_| Some(1)))
        .text((0..n).map(|_| Some("followed")))
        .batch(Table::Frame)
        .unwrap();
    study.store.replace(Table::Frame, &frame).unwrap();
    let at = now() - days * 86_400_000_000;
    let row = |id: &String| Status {
        account: id.clone(),
        status: "active".into(),
        at: Some(at),
        source: Some("appview".into()),
        detail: None,
    };
    let seen: Vec<Status> = ids.iter().map(row).collect();
    study.store.append(Table::Statuses, &rows::statuses(&seen).unwrap()).unwrap();
    study
}

fn once(study: &mut Study, due: bool) -> Summary {
    watch(study, Options { due, ..Options::default() }, &Progress::silent()).unwrap()
}

fn told_by(study: &Study) -> HashMap<String, (String, String)> {
    let rows = study.store.statuses().unwrap().into_iter();
    rows.map(|s| (s.account, (s.status, s.source.unwrap_or_default()))).collect()
}

#[test]
fn each_state_is_told_apart_and_the_rest_is_cheap() {
    let dir = tempfile::tempdir().unwrap();
    let net = Net::default();
    let states = ["takendown", "appview", "labeler", "deactivated", "never", "deleted"];
    states.iter().enumerate().for_each(|(n, state)| net.set(n + 1, state));
    let stub = net.start();
    let mut study = study(dir.path(), &stub.host, 60, 1, |_| ());
    let summary = once(&mut study, false);
    let last = summary.last.unwrap();
    assert_eq!((last.accounts, last.asked, last.gone, last.changed, last.failed), (60, 60, 6, 6, 0));
    assert!(last.ended && last.stopped.is_none());
    let told = told_by(&study);
    let of = |n: usize| told[&did(n)].clone();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(of(1), pair("suspended", "pds"));
    assert_eq!(of(2), pair("suspended", "appview"));
    assert_eq!(of(3), pair("suspended", "labeler"));
    assert_eq!(of(4), pair("deactivated", "pds"));
    assert_eq!(of(5), pair("never existed", "plc"));
    assert_eq!(of(6), pair("deleted", "pds"));
    assert_eq!(of(7), pair("active", "appview"));
    // Three calls for those who are there, and a few for each who is not.
    assert!(last.requests <= 3 + 6 * 4, "{}", last.requests);
    assert_eq!(summary.state.statuses["active"], 54);
    let lives = lives(&study).unwrap();
    assert_eq!(lives.len(), 60);
    assert_eq!((lives[1].end, lives[4].end, lives[7].end), (Some(End::Suspended), Some(End::Deactivated), None));
    assert!(lives[1].gone_by > Some(lives[1].last_seen));
    assert!(lives[7].last_seen > lives[1].last_seen, "seen there by this sweep");
}

#[test]
fn a_budget_goes_to_who_is_due_and_the_rest_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let stub = Net::default().start();
    let mut study = study(dir.path(), &stub.host, 100, 30, |s| s.watch.request_budget = 2);
    let last = once(&mut study, true).last.unwrap();
    assert_eq!((last.due, last.due_asked, last.requests), (100, 50, 2));
    assert_eq!(last.stopped.as_deref(), Some("the budget of requests is spent"));
    // The next one asks those that were left, and then nobody is due.
    let asked = once(&mut study, true).last.unwrap();
    assert_eq!((asked.due, asked.due_asked), (50, 50));
    let none = once(&mut study, true);
    let last = none.last.unwrap();
    assert_eq!((last.due, last.asked, last.requests, none.state.due), (0, 0, 0, 0));
    let looks = study.store.statuses().unwrap().len();
    assert_eq!(looks, 200, "one row for each look");
}

#[test]
fn time_without_a_sweep_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let stub = Net::default().start();
    let mut study = study(dir.path(), &stub.host, 3, 1, |_| ());
    assert_eq!(once(&mut study, false).state.gaps, 0);
    assert_eq!(once(&mut study, false).state.gaps, 0);
    let back = 10 * 3_600_000_000_i64;
    study.work.db.execute("UPDATE watch_sweeps SET began = began - ?1, upto = upto - ?1", [back]).unwrap();
    let state = once(&mut study, false).state;
    assert_eq!((state.gaps, state.latest_gaps.len()), (1, 1));
    assert!(state.latest_gaps[0].1 - state.latest_gaps[0].0 >= back);
}

#[test]
fn a_stop_in_the_middle_loses_and_repeats_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let net = Net::default();
    (0..50).for_each(|n| net.set(n, "deactivated"));
    let stub = net.start();
    let mut study = study(dir.path(), &stub.host, 200, 30, |s| s.collect.concurrency = 1);
    // Stopped once two calls for many have come back.
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (flag, seen) = (stop.clone(), Mutex::new(0));
    let sink = move |event| {
        if let crate::progress::Event::Advance(n) = event {
            let mut seen = seen.lock().unwrap();
            *seen += n;
            if *seen >= 50 {
                flag.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        }
    };
    let options = Options { due: true, ..Options::default() };
    let error = watch(&mut study, options, &Progress::new(sink, stop)).unwrap_err();
    assert_eq!(error.kind(), crate::Kind::Interrupted);
    let cut = state(&study).unwrap().unwrap();
    assert_eq!((cut.cut_short, cut.last.as_ref().unwrap().ended), (1, false));
    let first = cut.last.unwrap().asked;
    assert!((50..200).contains(&first));
    let rest = once(&mut study, true).last.unwrap();
    assert_eq!(rest.asked + first, 200);
    let looks: Vec<_> = study.store.statuses().unwrap().into_iter().map(|s| (s.account, s.at)).collect();
    assert_eq!((looks.len(), looks.iter().collect::<HashSet<_>>().len()), (400, 400));
}

#[test]
fn who_could_enter_is_noted_and_not_added() {
    let dir = tempfile::tempdir().unwrap();
    let stub = Net::default().start();
    let mut study = study(dir.path(), &stub.host, 4, 1, |s| s.frame.min_follows = 2);
    once(&mut study, false);
    // As a stream tells it. Whom account 0 and 1 follow counts; an account of the study is no newcomer.
    let follows: Vec<Follow> = [(0, 90), (1, 90), (1, 91), (0, 2)]
        .map(|(src, dst)| Follow { src: did(src), dst: did(dst), created_at: None })
        .to_vec();
    let tx = study.work.db.unchecked_transaction().unwrap();
    follows.iter().for_each(|f| follow(&tx, f, 5).unwrap());
    tx.commit().unwrap();
    study.store.append(Table::Follows, &rows::follows(&follows).unwrap()).unwrap();
    let state = once(&mut study, false).state;
    assert_eq!((state.newcomers, state.statuses["active"]), (1, 4));
    assert_eq!(newcomers(&study.work).unwrap(), [(did(90), 2)]);
}

#[test]
fn what_an_event_tells_is_known_at_once_and_an_older_one_is_not_news() {
    let dir = tempfile::tempdir().unwrap();
    let stub = Net::default().start();
    let mut study = study(dir.path(), &stub.host, 3, 1, |_| ());
    once(&mut study, false);
    let tx = study.work.db.unchecked_transaction().unwrap();
    let event = |n: usize, status: &str, at: Micros| Status {
        account: did(n),
        status: status.into(),
        at: Some(at),
        source: Some("firehose".into()),
        detail: None,
    };
    let later = now() + 1;
    assert!(told(&tx, &event(0, "suspended", later), later).unwrap());
    assert!(!told(&tx, &event(1, "suspended", 5), later).unwrap(), "before the last look");
    assert!(!told(&tx, &event(77, "suspended", later), later).unwrap(), "of no account that is watched");
    tx.commit().unwrap();
    assert_eq!(status(&study.work, &did(0)).unwrap(), Some(("suspended".into(), Some("firehose".into()), later)));
    assert_eq!(status(&study.work, &did(1)).unwrap().unwrap().0, "active");
}

#[test]
fn nobody_to_watch_and_nobody_to_ask() {
    let dir = tempfile::tempdir().unwrap();
    let settings = StudySettings::new("t", "t", Platform::Files);
    let mut files = Study::create(&dir.path().join("files"), &settings, &[]).unwrap();
    let run = |study: &mut Study| watch(study, Options::default(), &Progress::silent()).unwrap_err().kind();
    assert_eq!(run(&mut files), crate::Kind::Usage);
    let settings = StudySettings::new("t", "t", Platform::Atproto);
    let mut frameless = Study::create(&dir.path().join("frameless"), &settings, &[]).unwrap();
    assert_eq!(run(&mut frameless), crate::Kind::Usage);
    let _held = check::lock(&frameless).unwrap();
    assert_eq!(run(&mut frameless), crate::Kind::Usage, "one watcher a study");
}

#[test]
fn settings_that_cannot_be_kept() {
    let with = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.check()
    };
    assert!(with(|_| ()) && with(|s| s.every = "90m".into()));
    assert!(
        !with(|s| s.every = "soon".into()) && !with(|s| s.every = "-1h".into()) && !with(|s| s.every = "0s".into())
    );
    assert!(!with(|s| s.request_budget = 0) && !with(|s| s.least_chance = f64::NAN));
}

#[test]
fn hidden_ties_of_lists_and_of_repositories() {
    let dir = tempfile::tempdir().unwrap();
    let study = study(dir.path(), "http://127.0.0.1:9", 1, 1, |s| s.collect.max_following = 100);
    assert_eq!(hidden::hidden(&study).unwrap(), None);
    let db = &study.work.db;
    let account = |n: usize, status: &str, following: i64| {
        let sql = "INSERT INTO crawl_accounts (id, wave, status, following) VALUES (?1, 1, ?2, ?3)";
        db.execute(sql, rusqlite::params![did(n), status, following]).unwrap();
    };
    let list = |n: usize, found: i64, source: Option<&str>| {
        let sql = "INSERT INTO crawl_tasks (kind, account, state, found, source) VALUES (3, ?1, 'done', ?2, ?3)";
        db.execute(sql, rusqlite::params![did(n), found, source]).unwrap();
    };
    for (n, counted, found) in [(1, 10, 7), (2, 5, 6), (3, i64::MAX, 98)] {
        account(n, "active", counted);
        list(n, found, None);
    }
    for n in [4, 5] {
        account(n, "active", 3);
        list(n, 3, Some("repository"));
    }
    account(10, "suspended", 0);
    account(11, "deleted", 0);
    account(12, "never existed", 0);
    let follows = [(4, 10), (4, 11), (4, 1), (5, 10), (5, 12), (1, 11)];
    let follows = follows.map(|(src, dst)| Follow { src: did(src), dst: did(dst), created_at: None });
    study.store.append(Table::Follows, &rows::follows(&follows).unwrap()).unwrap();
    let found = hidden::hidden(&study).unwrap().unwrap();
    assert_eq!((found.lists, found.ties, found.surplus), (3, 5, 1));
    assert_eq!((found.repositories, found.named_ties), (2, 3));
    assert_eq!(found.named, [("deleted".to_owned(), 1), ("suspended".to_owned(), 1)].into());
    assert_eq!((found.at_least, found.at_most), (3, 7));
    let accounts = found.accounts.unwrap();
    assert!(accounts.low >= 3.0 && accounts.high <= 7.0 && accounts.value >= accounts.low);
}
