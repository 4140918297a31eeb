//! The firehose of a real AT Protocol network: ten thousand events, none lost, none twice, whatever happens to the
//! connection or to the process. Run by hand or by CI:
//! `TB_MODE=pds TB_ACCOUNTS=60 TB_MEMBERS=20 testbed/run.sh cargo test --release -p netcensus --test stream -- --ignored --test-threads=1`

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use netcensus::collect::stream::{self, Accounts, Options, Summary};
use netcensus::progress::Progress;
use netcensus::rows::Batch;
use netcensus::study::{Platform, Settings, Study};
use netcensus::tables::Table;
use netcensus::work::Work;
use serde_json::Value;

/// The study that a child process watches for.
const CHILD: &str = "NETCENSUS_TEST_STUDY";
/// So many records are written while the first test watches.
const EVENTS: &str = "NETCENSUS_TEST_EVENTS";

fn pds() -> String {
    let run = std::env::var("TB_RUN").expect("TB_RUN: run this through testbed/run.sh");
    let net: Value = serde_json::from_slice(&std::fs::read(Path::new(&run).join("net.json")).unwrap()).unwrap();
    net["pds"][0].as_str().unwrap().to_owned()
}

fn script(name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed/atproto").join(name));
    command
}

fn study(dir: &Path, host: &str) -> Study {
    let mut settings = Settings::new("test bed", "whoever says anything", Platform::Atproto);
    settings.collect.stream.host = host.to_owned();
    settings.collect.stream.accounts = Accounts::All;
    Study::create(dir, &settings, &[]).unwrap()
}

/// What the server says happened, read by the network's own code: names of posts and how often each was made, follows
/// made by each account, statuses, and the number of all events.
#[derive(Debug, Default, PartialEq)]
struct Happened {
    posts: BTreeMap<String, usize>,
    follows: BTreeMap<String, usize>,
    statuses: BTreeMap<(String, String), usize>,
    events: u64,
    last: i64,
}

fn truth(after: i64) -> Happened {
    let made = script("fire.mjs").args([&after.to_string(), "20"]).stderr(Stdio::inherit()).output().unwrap();
    let mut happened = Happened::default();
    for line in String::from_utf8(made.stdout).unwrap().lines().filter(|l| l.starts_with('{')) {
        let frame: Value = serde_json::from_str(line).unwrap();
        let Some(seq) = frame["seq"].as_i64() else { continue };
        happened.events += 1;
        happened.last = seq;
        let ops = frame["ops"].as_array().map(Vec::as_slice).unwrap_or_default();
        for op in ops.iter().filter(|op| op["action"] == "create") {
            let (repo, path) = (frame["repo"].as_str().unwrap(), op["path"].as_str().unwrap());
            if path.starts_with("app.bsky.feed.post/") {
                *happened.posts.entry(format!("at://{repo}/{path}")).or_default() += 1;
            } else if path.starts_with("app.bsky.graph.follow/") {
                *happened.follows.entry(repo.to_owned()).or_default() += 1;
            }
        }
        if frame["t"] == "#account" {
            let status = if frame["active"] == true { "active" } else { frame["status"].as_str().unwrap() };
            let of = (frame["did"].as_str().unwrap().to_owned(), status.replace("takendown", "suspended"));
            *happened.statuses.entry(of).or_default() += 1;
        }
    }
    happened
}

/// The same as the study's tables have it.
fn seen(study: &Study, events: u64, last: i64) -> Happened {
    let mut happened = Happened { events, last, ..Happened::default() };
    let posts = |post: netcensus::rows::Post| {
        assert!(post.created_at.is_some() && post.text.is_some());
        *happened.posts.entry(post.id).or_default() += 1;
        Ok(())
    };
    study.store.posts(posts).unwrap();
    let follows = |batch: &arrow_array::RecordBatch| {
        let batch = Batch(batch);
        for src in batch.text("src")?.iter() {
            *happened.follows.entry(src.unwrap().to_owned()).or_default() += 1;
        }
        Ok(())
    };
    study.store.read(Table::Follows, &["src"], follows).unwrap();
    for status in study.store.statuses().unwrap() {
        *happened.statuses.entry((status.account, status.status)).or_default() += 1;
    }
    happened
}

fn assert_same(seen: &Happened, truth: &Happened) {
    assert_eq!((seen.events, seen.last), (truth.events, truth.last), "events and the number of the last");
    assert_eq!(seen.posts.len(), truth.posts.len(), "posts");
    assert!(seen == truth, "the tables are not what happened");
}

/// Passes bytes on to a server, until it is told to cut every connection.
struct Proxy {
    address: String,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    fn start(server: &str) -> Self {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let open = Arc::new(Mutex::new(Vec::new()));
        let held = open.clone();
        std::thread::spawn(move || {
            for from in listener.incoming() {
                let (from, to) = (from.unwrap(), TcpStream::connect(&server).unwrap());
                held.lock().unwrap().extend([from.try_clone().unwrap(), to.try_clone().unwrap()]);
                for (mut a, mut b) in [(from.try_clone().unwrap(), to.try_clone().unwrap()), (to, from)] {
                    std::thread::spawn(move || {
                        let mut buffer = [0; 16 << 10];
                        while let Ok(n @ 1..) = a.read(&mut buffer) {
                            if b.write_all(&buffer[..n]).is_err() {
                                break;
                            }
                        }
                        let _ = b.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        Self { address, open }
    }

    /// Cuts what is open, in the middle of whatever it is saying; true if there was something.
    fn cut(&self) -> bool {
        let mut open = self.open.lock().unwrap();
        let any = !open.is_empty();
        open.drain(..).for_each(|s| drop(s.shutdown(Shutdown::Both)));
        any
    }
}

fn events_so_far(study: &Path) -> u64 {
    let work = Work::open(&study.join("work.db")).unwrap();
    stream::state(&work).unwrap().map_or(0, |s| s.events)
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(900), "{what} takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn watch(dir: &Path, idle: u64, from_start: bool) -> Summary {
    let mut study = Study::open(dir).unwrap();
    let options = Options { idle: Some(Duration::from_secs(idle)), from_start, ..Options::default() };
    stream::watch(&mut study, options, &Progress::silent()).unwrap()
}

/// While the events happen: the connection is cut twice.
#[test]
#[ignore = "needs the test bed"]
fn a_live_stream_cut_twice() {
    let before = truth(0).last;
    let wanted: u64 = std::env::var(EVENTS).ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let dir = tempfile::tempdir().unwrap();
    let proxy = Proxy::start(&pds());
    let path = dir.path().join("study");
    drop(study(&path, &proxy.address));

    let watching = std::thread::spawn({
        let path = path.clone();
        move || watch(&path, 30, false)
    });
    wait_until("connecting", || !proxy.open.lock().unwrap().is_empty());
    std::thread::sleep(Duration::from_secs(1));
    let mut writing = script("events.mjs").arg((wanted + wanted / 10).to_string()).spawn().unwrap();
    for share in [3, 7] {
        wait_until("a share of the events", || events_so_far(&path) * 10 >= wanted * share);
        assert!(writing.try_wait().unwrap().is_none(), "cut while it is said");
        assert!(proxy.cut());
    }
    assert!(writing.wait().unwrap().success());
    let summary = watching.join().unwrap();

    let truth = truth(before);
    let study = Study::open(&path).unwrap();
    assert_same(&seen(&study, summary.events, summary.cursor.unwrap()), &truth);
    assert!(truth.events >= wanted, "only {} events", truth.events);
    assert_eq!((summary.reconnects, summary.unread, summary.gaps), (2, 0, 0));
    println!("cut twice: {} events, {} sent again and passed over", summary.events, summary.repeated);
}

/// Not a test of its own: what [`killed_twice_in_all_that_was_said`] starts and kills.
#[test]
#[ignore = "started by another test"]
fn child_watches() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    watch(&PathBuf::from(dir), 5, true);
}

fn start_child(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child_watches", "--exact", "--ignored"])
        .env(CHILD, dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// All that the host still has, from its first event on: the process is killed twice.
#[test]
#[ignore = "needs the test bed"]
fn killed_twice_in_all_that_was_said() {
    let truth = truth(0);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("study");
    drop(study(&path, &pds()));
    for share in [3, 7] {
        let mut child = start_child(&path);
        wait_until("a share of the events", || events_so_far(&path) * 10 >= truth.events * share);
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        assert!(events_so_far(&path) < truth.events, "killed in the middle");
    }
    let summary = watch(&path, 5, true);
    let study = Study::open(&path).unwrap();
    let state = stream::state(&study.work).unwrap().unwrap();
    assert_same(&seen(&study, state.events, summary.cursor.unwrap()), &truth);
    assert_eq!((summary.unread, summary.gaps), (0, 0));
    println!("killed twice: {} events", state.events);
}

/// An address ahead of the host's own is a gap that is kept.
#[test]
#[ignore = "needs the test bed"]
fn a_cursor_ahead_of_the_host_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("study");
    let host = pds();
    let study = study(&path, &host);
    let sql = "INSERT INTO stream_cursors (host, cursor, at, since) VALUES (?1, 1000000000, 1767225600000000, 1)";
    study.work.db.execute(sql, [&host]).unwrap();
    drop(study);
    let watching = std::thread::spawn({
        let path = path.clone();
        move || watch(&path, 60, false)
    });
    std::thread::sleep(Duration::from_secs(5));
    assert!(script("events.mjs").args(["20", "9"]).status().unwrap().success());
    let summary = watching.join().unwrap();
    assert_eq!(summary.gaps, 1);
    assert!(summary.events >= 10 && summary.cursor.unwrap() < 1_000_000_000);
    let state = stream::state(&Work::open(&path.join("work.db")).unwrap()).unwrap().unwrap();
    assert_eq!(state.latest_gaps[0].from_cursor, Some(1_000_000_000));
}
