//! Whole crawls against canned answers: paging, waves, refusals, budgets, stops.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::stub::Stub;
use super::*;
use crate::Kind;
use crate::progress::Event;
use crate::rows::Batch;
use crate::study::Settings;
use crate::tables::Table;

fn did(name: &str) -> String {
    format!("did:plc:{name}")
}

/// A network that pages by two and puts an empty page with a cursor into every list.
#[derive(Default, Clone)]
struct World {
    follows: BTreeMap<String, Vec<String>>,
    counts: HashMap<String, (i64, i64)>,
    refusals: HashMap<String, &'static str>,
}

impl World {
    fn new(follows: &[(&str, &[&str])]) -> Self {
        let mut world = Self::default();
        for (src, dst) in follows {
            world.follows.insert(did(src), dst.iter().map(|d| did(d)).collect());
            for dst in *dst {
                world.follows.entry(did(dst)).or_default();
            }
        }
        world
    }

    fn profile(&self, id: &str) -> Option<Value> {
        let follows = self.follows.get(id).filter(|_| !self.refusals.contains_key(id))?;
        let (followers, following) = self.counts.get(id).copied().unwrap_or((1, i64::try_from(follows.len()).unwrap()));
        Some(json!({"did": id, "handle": format!("{}.test", &id[8..]), "followersCount": followers,
            "followsCount": following, "createdAt": "2026-01-01T00:00:00Z"}))
    }

    fn answer(&self, path: &str) -> (u16, Value) {
        let url = url::Url::parse(&format!("http://x{path}")).unwrap();
        let all =
            |key: &str| url.query_pairs().filter(|(k, _)| k == key).map(|(_, v)| v.into_owned()).collect::<Vec<_>>();
        let one = |key: &str| all(key).into_iter().next().unwrap_or_default();
        let refuse = |error: &str, message: &str| (400, json!({"error": error, "message": message}));
        match url.path().rsplit('.').next().unwrap() {
            "resolveHandle" => match one("handle").strip_suffix(".test").map(did) {
                Some(id) if self.follows.contains_key(&id) => (200, json!({"did": id})),
                _ => refuse("InvalidRequest", "Unable to resolve handle"),
            },
            "getProfiles" => {
                let found: Vec<_> = all("actors").iter().filter_map(|id| self.profile(id)).collect();
                (200, json!({"profiles": found}))
            }
            "getProfile" => match self.refusals.get(&one("actor")) {
                Some(error) => refuse(error, "gone"),
                None => self
                    .profile(&one("actor"))
                    .map_or_else(|| refuse("InvalidRequest", "Profile not found"), |p| (200, p)),
            },
            "getFollows" => {
                let list = &self.follows[&one("actor")];
                // Cursor 1 is the empty page; then rows from (cursor - 2).
                let at: usize = one("cursor").parse().unwrap_or(0);
                let (rows, cursor) = match at {
                    0 if list.is_empty() => (&list[..0], None),
                    0 => (&list[..0], Some(2)),
                    at if at - 2 + 2 < list.len() => (&list[at - 2..at], Some(at + 2)),
                    at => (&list[at - 2..], None),
                };
                let rows: Vec<_> = rows.iter().map(|id| json!({"did": id})).collect();
                (200, json!({"follows": rows, "cursor": cursor.map(|c: usize| c.to_string())}))
            }
            "getAuthorFeed" => {
                let id = one("actor");
                let post = json!({"uri": format!("at://{id}/app.bsky.feed.post/1"), "author": {"did": id},
                    "record": {"text": "hi", "langs": ["en"], "createdAt": "2026-01-01T00:00:00Z"}});
                (200, json!({"feed": [{"post": post}]}))
            }
            // A list whose owner it names, in two pages; a pack of that list; who follows an account.
            "getList" => {
                let list = &self.follows[one("list").split('/').nth(2).unwrap()];
                let half = list.len() / 2;
                let (rows, cursor) =
                    if one("cursor").is_empty() { (&list[..half], Some("h")) } else { (&list[half..], None) };
                let items: Vec<_> = rows.iter().map(|id| json!({"subject": {"did": id}})).collect();
                (200, json!({"items": items, "cursor": cursor}))
            }
            "getStarterPack" => {
                let uri = one("starterPack").replace("starterpack", "list");
                (200, json!({"starterPack": {"list": {"uri": uri}}}))
            }
            "getFollowers" => {
                let id = did(one("actor").strip_suffix(".test").unwrap());
                let followers: Vec<_> = self.follows.iter().filter(|(_, to)| to.contains(&id)).collect();
                let rows: Vec<_> = followers.iter().map(|(id, _)| json!({"did": id})).collect();
                (200, json!({"followers": rows}))
            }
            // One labeler's word on whoever is asked about: spam, but for "a", of whom it took that back.
            "queryLabels" if one("cursor").is_empty() => {
                let labels = all("uriPatterns").into_iter().map(|id| {
                    let neg = id == did("a");
                    json!({"src": "did:plc:mod", "uri": id, "val": "spam", "cts": "2026-01-01T00:00:00Z", "neg": neg})
                });
                (200, json!({"labels": labels.collect::<Vec<_>>(), "cursor": "1"}))
            }
            "queryLabels" => (200, json!({"labels": []})),
            // The directory of DIDs.
            _ if url.path().ends_with("deleted") => (200, json!({"id": "x"})),
            _ => (404, json!({"message": "DID not registered"})),
        }
    }

    fn serve(self) -> Stub {
        Stub::start(move |path, _| {
            let (status, body) = self.answer(path);
            Stub::answer(status, "", &body.to_string())
        })
    }
}

fn study(dir: &Path, host: &str, seeds: &[&str], change: impl Fn(&mut Settings)) -> Study {
    let mut settings = Settings::new("t", "t", Platform::Atproto);
    for address in [&mut settings.collect.appview, &mut settings.collect.pds, &mut settings.collect.plc] {
        host.clone_into(address);
    }
    settings.collect.requests_per_second = 1000;
    change(&mut settings);
    let seeds: Vec<_> = seeds.iter().map(|s| (*s).to_owned()).collect();
    Study::create(dir, &settings, &seeds).unwrap()
}

fn follows(study: &Study) -> Vec<String> {
    let mut all = Vec::new();
    let read = |b: &arrow_array::RecordBatch| {
        let b = Batch(b);
        let pairs = b.text("src")?.iter().zip(b.text("dst")?.iter());
        all.extend(pairs.map(|(s, d)| format!("{}>{}", &s.unwrap()[8..], &d.unwrap()[8..])));
        Ok(())
    };
    study.store.read(Table::Follows, &["src", "dst"], read).unwrap();
    all.sort();
    all
}

fn accounts(study: &Study) -> String {
    let mut ids: Vec<_> = study.store.accounts().unwrap().iter().map(|a| a.id[8..].to_owned()).collect();
    ids.sort();
    ids.join(" ")
}

fn statuses(study: &Study) -> Vec<String> {
    let rows = study.store.statuses().unwrap();
    let mut all: Vec<_> =
        rows.iter().map(|s| format!("{} {}", s.account.trim_start_matches("did:plc:"), s.status)).collect();
    all.sort();
    all
}

fn posts(study: &Study) -> usize {
    let mut n = 0;
    study
        .store
        .posts(|_| {
            n += 1;
            Ok(())
        })
        .unwrap();
    n
}

#[test]
fn waves_follow_the_rule_and_every_page_is_read() {
    let mut world = World::new(&[
        ("a", &["b", "c", "d", "e", "f"]),
        ("b", &["c", "hub", "g"]),
        ("c", &["g", "h"]),
        ("hub", &["z1", "z2"]),
        ("g", &["y"]),
        ("y", &["w"]),
    ]);
    world.counts.insert(did("hub"), (1_000_000, 2));
    let stub = world.serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["a.test", "did:plc:b"], |_| ());
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!(summary.waves, [2, 6, 2], "a b; c d e f g hub; h y");
    assert_eq!(accounts(&study), "a b c d e f g h hub y");
    // The last wave's follows are there, what they reach is not; the hub's are not fetched.
    assert_eq!(follows(&study), ["a>b", "a>c", "a>d", "a>e", "a>f", "b>c", "b>g", "b>hub", "c>g", "c>h", "g>y", "y>w"]);
    assert_eq!((posts(&study), summary.posts, summary.too_large, summary.accounts), (9, 9, 1, 10));
    assert_eq!((summary.follows, summary.finished, summary.failed, summary.gone), (12, true, 0, 0));
    assert_eq!(summary.requests, stub.asked.lock().unwrap().len() as u64);
    assert_eq!(seed_accounts(&study.work).unwrap()["a.test"], [did("a")]);
    let state = state(&study.work).unwrap().unwrap();
    assert_eq!((state.wave, state.waiting), (2, 0));
    assert!(state.tasks.iter().all(|t| t.state == "done"));

    // Again: nothing is left to do, nothing is asked.
    let again = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!(again, summary);
}

#[test]
fn an_account_needs_enough_followers_in_the_group() {
    let stub = World::new(&[("a", &["x", "y"]), ("b", &["y", "z"]), ("y", &["z", "w"])]).serve();
    let dir = tempfile::tempdir().unwrap();
    let change = |s: &mut Settings| s.frame.min_follows = 2;
    let mut study = study(dir.path(), &stub.host, &["did:plc:a", "did:plc:b"], change);
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!(summary.waves, [2, 1, 1]);
    assert_eq!(accounts(&study), "a b y z");
}

#[test]
fn who_is_gone_gets_the_right_status() {
    let mut world = World::new(&[("a", &["taken", "off", "deleted", "never", "b"])]);
    world.refusals.insert(did("taken"), "AccountTakedown");
    world.refusals.insert(did("off"), "AccountDeactivated");
    world.follows.remove(&did("deleted"));
    world.follows.remove(&did("never"));
    let stub = world.serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a", "nobody.test"], |_| ());
    let notes = Arc::new(Mutex::new(Vec::new()));
    let sink = notes.clone();
    let progress = Progress::new(
        move |e| {
            if let Event::Note(n) = e {
                sink.lock().unwrap().push(n)
            }
        },
        Arc::default(),
    );
    let summary = collect(&mut study, &progress).unwrap();
    let want = [
        "a active",
        "b active",
        "deleted deleted",
        "never never existed",
        "nobody.test vanished",
        "off deactivated",
        "taken suspended",
    ];
    assert_eq!(statuses(&study), want);
    assert_eq!((summary.gone, summary.seeds_lost, summary.accounts), (4, 1, 2));
    assert!(notes.lock().unwrap().iter().any(|n| n.contains("nobody.test")));
}

#[test]
fn a_list_a_pack_and_followers_are_seeds() {
    let world =
        World::new(&[("owner", &["b", "c", "d"]), ("e", &["star"]), ("f", &["star", "g"]), ("packer", &["p", "q"])]);
    let stub = world.serve();
    let dir = tempfile::tempdir().unwrap();
    let seeds = [
        "at://owner.test/app.bsky.graph.list/1",
        "at://did:plc:packer/app.bsky.graph.starterpack/2",
        "at://nobody/app.bsky.graph.list/3",
        "followers:star.test",
    ];
    let mut study = study(dir.path(), &stub.host, &seeds, |s| s.frame.waves = 1);
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!((summary.waves.as_slice(), summary.seeds_lost), (&[7, 2][..], 1), "b c d e f p q; star g");
    let named = seed_accounts(&study.work).unwrap();
    assert_eq!(named[seeds[0]], ["b", "c", "d"].map(did));
    assert_eq!(named[seeds[1]], ["p", "q"].map(did));
    assert_eq!(named[seeds[3]], ["e", "f"].map(did));
    assert_eq!(accounts(&study), "b c d e f g p q star");
    assert!(statuses(&study).iter().all(|s| s.ends_with("active")), "a list that is not there is no account");
    // Each is a known member of the frame.
    let network = crate::network::Network::load(&study, &Progress::silent()).unwrap();
    assert_eq!(crate::frame::frame(&study, &network, &Progress::silent()).unwrap().waves, [7, 2]);

    let dir = tempfile::tempdir().unwrap();
    let mut study = self::study(dir.path(), &stub.host, &["at://owner.test/app.bsky.feed.post/1"], |_| ());
    assert_eq!(collect(&mut study, &Progress::silent()).unwrap_err().kind(), Kind::Usage);
}

#[test]
fn what_labelers_say_is_kept_with_its_source() {
    let stub = World::new(&[("a", &["b", "c"])]).serve();
    let dir = tempfile::tempdir().unwrap();
    let change = |s: &mut Settings| {
        s.frame.waves = 1;
        s.collect.labelers = vec![stub.host.clone(), format!("{}/", stub.host)];
    };
    let mut study = study(dir.path(), &stub.host, &["a.test"], change);
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!((summary.failed, summary.rejected), (0, 0));
    let sql = "SELECT account, source, value, negated FROM crawl_labels ORDER BY account";
    let mut query = study.work.db.prepare(sql).unwrap();
    let said: Vec<(String, String, String, bool)> = query
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let want = [("a", true), ("b", false), ("c", false)];
    assert_eq!(said, want.map(|(id, neg)| (did(id), "did:plc:mod".to_owned(), "spam".to_owned(), neg)));
}

#[test]
fn without_a_seed_that_names_an_account_there_is_no_crawl() {
    let stub = World::new(&[]).serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["x.test", "y.test"], |_| ());
    let error = collect(&mut study, &Progress::silent()).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.advice().is_some());
}

#[test]
fn a_dead_server_is_a_network_error() {
    let stub = Stub::start(|_, _| Stub::answer(503, "", ""));
    let dir = tempfile::tempdir().unwrap();
    let mut few = study(dir.path(), &stub.host, &["did:plc:aa"], |_| ());
    assert_eq!(collect(&mut few, &Progress::silent()).unwrap_err().kind(), Kind::Network);

    let names: Vec<_> = (0..200).map(|i| format!("s{i}.test")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let dir = tempfile::tempdir().unwrap();
    let mut many = study(dir.path(), &stub.host, &names, |_| ());
    let before = stub.asked.lock().unwrap().len();
    assert_eq!(collect(&mut many, &Progress::silent()).unwrap_err().kind(), Kind::Network);
    assert!(stub.asked.lock().unwrap().len() - before < 70 * 7, "it gave up early");
}

#[test]
fn what_failed_is_tried_again_next_time() {
    let world = World::new(&[("a", &["b", "c"]), ("b", &["d"])]);
    let broken = Arc::new(AtomicBool::new(true));
    let switch = broken.clone();
    let stub = Stub::start(move |path, _| {
        if switch.load(Ordering::Relaxed) && path.contains("getFollows") && path.contains("did%3Aplc%3Ab") {
            return Stub::answer(500, "", "{}");
        }
        let (status, body) = world.answer(path);
        Stub::answer(status, "", &body.to_string())
    });
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a"], |_| ());
    let first = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!((first.failed, first.finished, accounts(&study).as_str()), (1, true, "a b c"));
    broken.store(false, Ordering::Relaxed);
    let second = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!((second.failed, second.waves.as_slice()), (0, &[1, 2, 1][..]));
    assert_eq!(accounts(&study), "a b c d");
    assert_eq!(follows(&study), ["a>b", "a>c", "b>d"]);
}

#[test]
fn a_cursor_that_repeats_ends_the_list() {
    let world = World::new(&[("a", &["b"])]);
    let stub = Stub::start(move |path, _| {
        let (status, mut body) = world.answer(path);
        if path.contains("getFollows") {
            body["cursor"] = json!("same");
        }
        Stub::answer(status, "", &body.to_string())
    });
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a"], |s| s.frame.waves = 1);
    // The stub reads "same" as the first page: two pages, then the cursor did not move.
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert!(summary.finished);
    assert_eq!(summary.rejected, 1);
}

#[test]
fn a_cursor_that_leads_back_once_is_asked_again() {
    let names: Vec<_> = (0..9).map(|i| format!("f{i}")).collect();
    let world = World::new(&[("a", &names.iter().map(String::as_str).collect::<Vec<_>>())]);
    let stub = Stub::start(move |path, nth| {
        let (status, mut body) = world.answer(path);
        // Pages are at cursors none, 2, 4, 6, 8, 10; the one at 6 leads back over two pages, the first times.
        if path.contains("cursor=6") && nth < 2 {
            body["cursor"] = json!("2");
        }
        Stub::answer(status, "", &body.to_string())
    });
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a"], |s| s.frame.waves = 1);
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!((follows(&study).len(), summary.rejected, summary.follows), (9, 0, 9), "each once");
    let kept: i64 = study.work.db.query_row("SELECT count(*) FROM crawl_cursors", [], |r| r.get(0)).unwrap();
    assert_eq!(kept, 0);
}

#[test]
fn what_was_not_seen_is_counted() {
    let mut world = World::new(&[("a", &["b", "c", "hub", "taken", "loop"]), ("b", &["c"]), ("c", &[])]);
    // The server counts what it does not show: all of c's follows, one of b's.
    world.counts.extend([(did("hub"), (1_000_000, 7)), (did("b"), (1, 2)), (did("c"), (1, 7)), (did("loop"), (1, 4))]);
    world.refusals.insert(did("taken"), "AccountTakedown");
    let stub = Stub::start(move |path, _| {
        let (status, mut body) = world.answer(path);
        if path.contains("getFollows") && path.contains("plc%3Aloop") {
            body = json!({"follows": [{"did": "did:plc:b"}], "cursor": "same"});
        }
        if path.contains("getAuthorFeed") && path.contains("plc%3Ab&") {
            return Stub::answer(500, "", "");
        }
        Stub::answer(status, "", &body.to_string())
    });
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a"], |s| s.frame.waves = 1);
    assert_eq!(unseen(&study.work).unwrap(), None);
    collect(&mut study, &Progress::silent()).unwrap();
    let unseen = unseen(&study.work).unwrap().unwrap();
    // a counts 5 and shows 5, b 2 and 1, c 7 and none.
    let read = Lists { accounts: 3, counted: 14, visible: 6, missing: 8, incomplete: 2, empty: 1 };
    let cut = Lists { accounts: 1, counted: 4, visible: 2, missing: 2, incomplete: 1, empty: 0 };
    let large = Lists { accounts: 1, counted: 7, visible: 0, missing: 7, incomplete: 1, empty: 0 };
    assert_eq!(unseen.read, read);
    assert_eq!(
        unseen.unread,
        [("a list whose cursor repeats".to_owned(), cut), ("too large".to_owned(), large)].into()
    );
    assert_eq!(unseen.gone, [("suspended".to_owned(), 1)].into());
    assert_eq!((unseen.accounts, unseen.posts_failed), (6, 1));
}

#[test]
fn a_pause_outlasts_a_stop() {
    let world = World::new(&[("a", &["b"])]);
    let stub = Stub::start(move |path, nth| match world.answer(path) {
        _ if path.contains("getFollows") && nth == 0 => Stub::answer(429, "retry-after: 3\r\n", ""),
        (status, body) => Stub::answer(status, "", &body.to_string()),
    });
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a"], |s| s.frame.waves = 1);
    let stop = Arc::new(AtomicBool::new(false));
    let (flag, asked) = (stop.clone(), stub.asked.clone());
    let waits = std::thread::spawn(move || {
        while !asked.lock().unwrap().iter().any(|path| path.contains("getFollows")) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let since = std::time::Instant::now();
        std::thread::sleep(std::time::Duration::from_millis(300));
        flag.store(true, Ordering::Relaxed);
        since
    });
    assert_eq!(collect(&mut study, &Progress::new(|_| (), stop)).unwrap_err().kind(), Kind::Interrupted);
    let before = stub.asked.lock().unwrap().len();
    let since = waits.join().unwrap();
    collect(&mut study, &Progress::silent()).unwrap();
    assert!(since.elapsed().as_secs_f64() > 2.9 && stub.asked.lock().unwrap().len() > before);
}

#[test]
fn a_list_without_end_ends() {
    let world = World::new(&[("a", &["b"])]);
    let turn = AtomicUsize::new(0);
    let stub = Stub::start(move |path, _| {
        let (status, mut body) = world.answer(path);
        if path.contains("getFollows") {
            body = json!({"follows": [], "cursor": format!("c{}", turn.fetch_add(1, Ordering::Relaxed))});
        }
        Stub::answer(status, "", &body.to_string())
    });
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a"], |s| s.collect.max_following = 100);
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert!(summary.finished && summary.rejected == 1 && summary.requests < 40);
}

/// A network large enough to be stopped in the middle of.
fn large() -> World {
    let names: Vec<_> = (0..60).map(|i| format!("n{i}")).collect();
    let mut world = World::default();
    for (i, name) in names.iter().enumerate() {
        let follows = (1..=i % 7).map(|k| did(&names[(i * 13 + k * 11) % 60])).filter(|d| *d != did(name));
        let mut follows: Vec<_> = follows.collect();
        follows.sort();
        follows.dedup();
        world.follows.insert(did(name), follows);
    }
    world
}

fn pages(study: &Study) -> Vec<(i64, String, i64)> {
    let mut query =
        study.work.db.prepare("SELECT kind, account, pages FROM crawl_tasks ORDER BY kind, account").unwrap();
    query.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap().map(Result::unwrap).collect()
}

const SEEDS: [&str; 3] = ["did:plc:n6", "did:plc:n13", "did:plc:n20"];

#[allow(clippy::type_complexity)]
fn undisturbed() -> (Summary, Vec<String>, String, Vec<(i64, String, i64)>) {
    let stub = large().serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &SEEDS, |s| s.frame.waves = 3);
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    (summary, follows(&study), accounts(&study), pages(&study))
}

#[test]
fn a_budget_is_kept_and_raising_it_goes_on() {
    let (whole, want_follows, want_accounts, want_pages) = undisturbed();
    let stub = large().serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &SEEDS, |s| s.frame.waves = 3);
    for budget in (0..).step_by(17) {
        study.settings.collect.request_budget = budget;
        let summary = collect(&mut study, &Progress::silent()).unwrap();
        assert!(stub.asked.lock().unwrap().len() as u64 <= budget);
        assert_eq!(summary.requests, stub.asked.lock().unwrap().len() as u64);
        if summary.finished {
            assert_eq!(summary.waves, whole.waves);
            break;
        }
        assert_eq!(summary.requests, budget);
    }
    assert_eq!((follows(&study), accounts(&study)), (want_follows, want_accounts));
    assert_eq!(pages(&study), want_pages);
}

#[test]
fn a_stopped_crawl_goes_on_where_it_was() {
    let (_, want_follows, want_accounts, want_pages) = undisturbed();
    let stub = large().serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &SEEDS, |s| s.frame.waves = 3);
    let mut stops = 0;
    loop {
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, left) = (stop.clone(), AtomicUsize::new(9));
        let progress = Progress::new(
            move |e| {
                if matches!(e, Event::Advance(n) if n > 0) && left.fetch_sub(1, Ordering::Relaxed) == 1 {
                    flag.store(true, Ordering::Relaxed);
                }
            },
            stop,
        );
        match collect(&mut study, &progress) {
            Ok(_) => break,
            Err(e) => assert_eq!(e.kind(), Kind::Interrupted),
        }
        stops += 1;
        let waiting: i64 = study.work.db.query_row("SELECT count(*) FROM crawl_pending", [], |r| r.get(0)).unwrap();
        assert_eq!(waiting, 0, "what arrived was sealed");
    }
    assert!(stops >= 3, "{stops}");
    assert_eq!((follows(&study), accounts(&study)), (want_follows, want_accounts));
    assert_eq!(pages(&study), want_pages);
}

#[test]
fn only_one_process_collects() {
    let stub = World::new(&[("a", &[])]).serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a"], |_| ());
    let held = lock(&study).unwrap();
    assert_eq!(collect(&mut study, &Progress::silent()).unwrap_err().kind(), Kind::Usage);
    drop(held);
    collect(&mut study, &Progress::silent()).unwrap();
}

mod best_first;
mod plan;
