//! `watch` on a real AT Protocol network: accounts that end in each way are told apart by one sweep, and at once by the
//! firehose. Run by hand or by CI:
//! `testbed/run.sh cargo test --release -p netcensus --test watch -- --ignored --test-threads=1`

#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use netcensus::collect;
use netcensus::lives::{End, lives};
use netcensus::progress::Progress;
use netcensus::run::Census;
use netcensus::study::{Platform, Settings, Study};
use netcensus::watch::{self, Options};
use netcensus::work::Work;
use serde_json::Value;

/// The study that a child process watches for.
const CHILD: &str = "NETCENSUS_TEST_STUDY";

fn json(name: &str) -> Value {
    let run = std::env::var("TB_RUN").expect("TB_RUN: run this through testbed/run.sh");
    serde_json::from_slice(&std::fs::read(Path::new(&run).join(name)).unwrap()).unwrap()
}

/// Does something to accounts, as the network's own moderators and owners do.
fn act(action: &str, accounts: &[usize]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed/atproto/act.mjs");
    let mut command = Command::new("node");
    command.arg(script).arg(action).args(accounts.iter().map(ToString::to_string)).stdout(Stdio::null());
    assert!(command.status().unwrap().success(), "{action}");
}

fn wait_until(what: &str, seconds: u64, mut holds: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(seconds), "{what} takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
    begun.elapsed()
}

/// What the AppView says of an account.
fn appview(did: &str) -> String {
    let host = json("net.json")["appview"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(host.replace("localhost", "127.0.0.1")).unwrap();
    use std::io::{Read, Write};
    write!(
        stream,
        "GET /xrpc/app.bsky.actor.getProfile?actor={did} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A study of the whole network with its frame; the accounts by number.
fn study(dir: &Path) -> (Study, Vec<String>) {
    let (net, truth) = (json("net.json"), json("truth.json"));
    let mut settings = Settings::new("test bed", "members of the planted community", Platform::Atproto);
    let text = |key: &str| net[key].as_str().unwrap().to_owned();
    settings.collect.appview = text("appview");
    settings.collect.plc = text("plc");
    settings.collect.pds = net["pds"][0].as_str().unwrap().into();
    settings.collect.labelers = vec![text("ozone")];
    settings.collect.stream.host = net["pds"][0].as_str().unwrap().into();
    settings.collect.requests_per_second = 1000;
    settings.collect.posts = 0;
    settings.frame.waves = 3;
    let dids: Vec<String> = truth.as_array().unwrap().iter().map(|a| a["did"].as_str().unwrap().to_owned()).collect();
    let mut study = Study::create(dir, &settings, &dids[..8]).unwrap();
    assert!(collect::collect(&mut study, &Progress::silent()).unwrap().finished);
    Census::new(&mut study, &Progress::silent()).frame().unwrap();
    (study, dids)
}

/// So many accounts of the frame that are there, none of them twice over all tests.
fn victims(study: &Study, dids: &[String], from: usize, n: usize) -> Vec<usize> {
    let mut frame = std::collections::HashSet::new();
    study
        .store
        .read(netcensus::tables::Table::Frame, &["account"], |b| {
            frame.extend(netcensus::rows::Batch(b).text("account")?.iter().flatten().map(str::to_owned));
            Ok(())
        })
        .unwrap();
    let known: Vec<usize> = (8..dids.len()).filter(|n| frame.contains(&dids[*n])).collect();
    let free = known.into_iter().filter(|n| appview(&dids[*n]).starts_with("HTTP/1.1 200")).skip(from);
    let victims: Vec<usize> = free.take(n).collect();
    assert_eq!(victims.len(), n, "enough accounts in the frame");
    victims
}

#[test]
#[ignore = "needs the test bed"]
fn one_sweep_tells_each_end_apart() {
    let dir = tempfile::tempdir().unwrap();
    let (mut study, dids) = study(&dir.path().join("study"));
    let gone = victims(&study, &dids, 0, 6);
    let actions = ["takedown", "appview-takedown", "mod-takedown", "deactivate", "delete"];
    actions.iter().zip(&gone).for_each(|(action, n)| act(action, &[*n]));
    // The AppView hears of it from the firehose, of the labeler through the moderation service.
    let said = ["AccountTakedown", "AccountTakedown", "AccountTakedown", "AccountDeactivated", "Profile not found"];
    for (n, said) in gone.iter().zip(said) {
        wait_until(said, 60, || appview(&dids[*n]).contains(said));
    }
    let summary = watch::watch(&mut study, Options::default(), &Progress::silent()).unwrap();
    let last = summary.last.unwrap();
    assert_eq!((last.gone, last.changed, last.failed, last.asked), (5, 5, 0, last.accounts));
    let rows = study.store.statuses().unwrap();
    let of = |n: usize| {
        let row = rows.iter().rev().find(|s| s.account == dids[n]).unwrap();
        let words = row.detail.clone().unwrap_or_default();
        (format!("{} {}", row.status, row.source.as_deref().unwrap()), words)
    };
    let told: Vec<(String, String)> = gone.iter().map(|n| of(*n)).collect();
    println!("{told:#?}");
    let want = [
        ("suspended pds", "pds: takendown"),
        ("suspended appview", "pds: active"),
        ("suspended labeler", "!takedown by did:"),
        ("deactivated pds", "AccountDeactivated"),
        ("deleted pds", "pds: RepoNotFound; plc: registered"),
        ("active appview", ""),
    ];
    for ((told, words), (want, holds)) in told.iter().zip(want) {
        assert!(told == want && words.contains(holds), "{told} ({words}) instead of {want}");
    }
    // One that never was stands in no frame; it is told from a deleted one by the directory.
    let lives = lives(&study).unwrap();
    let end = |n: usize| lives.iter().find(|l| l.account == dids[n]).and_then(|l| l.end);
    let ends: Vec<_> = gone.iter().map(|n| end(*n)).collect();
    let suspended = Some(End::Suspended);
    assert_eq!(ends, [suspended, suspended, suspended, Some(End::Deactivated), Some(End::Deleted), None]);
    assert!(last.requests < last.accounts / 25 + 1 + 5 * 5, "{} requests", last.requests);
    println!("{} accounts by {} requests", last.asked, last.requests);
    // What was taken back is seen, too.
    act("untakedown", &gone[..1]);
    act("activate", &gone[3..4]);
    [0, 3].iter().for_each(|i| {
        wait_until("coming back", 60, || appview(&dids[gone[*i]]).starts_with("HTTP/1.1 200"));
    });
    let summary = watch::watch(&mut study, Options::default(), &Progress::silent()).unwrap();
    assert_eq!(summary.last.unwrap().changed, 2);
}

#[test]
#[ignore = "needs the test bed"]
fn the_firehose_tells_within_five_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("study");
    let (study, dids) = study(&path);
    let gone = victims(&study, &dids, 20, 3);
    drop(study);
    let stop = Arc::new(AtomicBool::new(false));
    let watching = std::thread::spawn({
        let (path, stop) = (path.clone(), stop.clone());
        move || {
            let mut study = Study::open(&path).unwrap();
            let every = Some(Duration::from_secs(3600));
            let progress = Progress::new(|_| (), stop);
            watch::watch(&mut study, Options { every, ..Options::default() }, &progress)
        }
    });
    let work = Work::open(&path.join("work.db")).unwrap();
    let swept = "SELECT count(*) FROM watch_sweeps WHERE ended = 1";
    wait_until("the first sweep", 60, || work.db.query_row(swept, [], |r| r.get::<_, i64>(0)).unwrap() == 1);
    std::thread::sleep(Duration::from_secs(2));
    for ((action, status), n) in
        [("takedown", "suspended"), ("deactivate", "deactivated"), ("delete", "deleted")].into_iter().zip(&gone)
    {
        act(action, &[*n]);
        let took = wait_until(action, 5, || {
            watch::status(&work, &dids[*n])
                .unwrap()
                .is_some_and(|(is, by, _)| is == status && by.as_deref() == Some("firehose"))
        });
        println!("{action}: told after {} ms", took.as_millis());
    }
    stop.store(true, Ordering::Relaxed);
    assert_eq!(watching.join().unwrap().unwrap_err().kind(), netcensus::Kind::Interrupted);
    let study = Study::open(&path).unwrap();
    let told = study.store.statuses().unwrap().into_iter().filter(|s| s.source.as_deref() == Some("firehose"));
    assert_eq!(told.filter(|s| gone.iter().any(|n| dids[*n] == s.account) && s.status != "active").count(), 3);
}

/// Not a test of its own: what [`a_watcher_that_is_killed`] starts and kills.
#[test]
#[ignore = "started by another test"]
fn child_watches() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let mut study = Study::open(Path::new(&dir)).unwrap();
    let options = Options { every: Some(Duration::from_secs(1)), ..Options::default() };
    watch::watch(&mut study, options, &Progress::silent()).unwrap();
}

fn start_child(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child_watches", "--exact", "--ignored"])
        .env(CHILD, dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Killed in the middle of sweeps, it says how far each came, and no look is kept twice.
#[test]
#[ignore = "needs the test bed"]
fn a_watcher_that_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("study");
    let (mut study, _) = study(&path);
    study.settings.watch.at_least_every = "1s".into();
    let text = std::fs::read_to_string(path.join("study.toml")).unwrap();
    std::fs::write(path.join("study.toml"), format!("{text}\n[watch]\nat_least_every = \"1s\"\n")).unwrap();
    drop(study);
    for wait in [1500, 2300] {
        let mut child = start_child(&path);
        let work = Work::open(&path.join("work.db")).unwrap();
        let asked = || work.db.query_row("SELECT total(asked) FROM watch_sweeps", [], |r| r.get::<_, f64>(0)).unwrap();
        let before = asked();
        wait_until("a look", 60, || asked() > before);
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
    }
    let mut study = Study::open(&path).unwrap();
    watch::watch(&mut study, Options::default(), &Progress::silent()).unwrap();
    let asked: f64 = study.work.db.query_row("SELECT total(asked) FROM watch_sweeps", [], |r| r.get(0)).unwrap();
    let crawled: i64 = study
        .work
        .db
        .query_row("SELECT count(*) FROM crawl_accounts WHERE status IS NOT NULL", [], |r| r.get(0))
        .unwrap();
    let mut looks: Vec<_> = study.store.statuses().unwrap();
    let by_stream = looks.iter().filter(|s| s.source.as_deref() == Some("firehose")).count();
    assert_eq!(looks.len() - by_stream, asked as usize + crawled as usize, "each look is a row, and a row a look");
    looks.sort_by(|a, b| (&a.account, a.at).cmp(&(&b.account, b.at)));
    looks.dedup_by(|a, b| a.account == b.account && a.at == b.at && a.source == b.source);
    assert_eq!(looks.len() - by_stream, asked as usize + crawled as usize);
}
