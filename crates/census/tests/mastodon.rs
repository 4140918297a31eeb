//! `collect` against the project's own stand-in for servers with Mastodon's API (`fediverse/mod.rs`), not Mastodon
//! itself: several instances, a planted network, everything that can go wrong.

#![allow(clippy::unwrap_used, missing_docs)]

mod fediverse;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fediverse::{Fediverse, Rules, World, answer};
use netcensus::Kind;
use netcensus::collect::{self, Summary};
use netcensus::progress::{Event, Progress};
use netcensus::rows::{Account, Batch};
use netcensus::run::Census;
use netcensus::study::{Platform, Settings, Study};
use netcensus::tables::Table;
use serde_json::json;

fn study(dir: &Path, net: &Fediverse, seeds: &[&str], change: impl Fn(&mut Settings)) -> Study {
    let mut settings = Settings::new("t", "t", Platform::Mastodon);
    settings.mastodon.instances = net.servers.keys().cloned().collect();
    settings.mastodon.servers = net.servers.clone();
    settings.collect.requests_per_second = 1000;
    settings.collect.contact = "tests".into();
    change(&mut settings);
    let seeds: Vec<_> = seeds.iter().map(|s| (*s).to_owned()).collect();
    Study::create(dir, &settings, &seeds).unwrap()
}

/// Collects in a folder of its own.
fn collected(net: &Fediverse, seeds: &[&str], change: impl Fn(&mut Settings)) -> (tempfile::TempDir, Study, Summary) {
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), net, seeds, change);
    let summary = collect::collect(&mut study, &Progress::silent()).unwrap();
    (dir, study, summary)
}

fn accounts(study: &Study) -> BTreeMap<String, Account> {
    study.store.accounts().unwrap().into_iter().map(|a| (a.id.clone(), a)).collect()
}

fn follows(study: &Study) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let read = |b: &arrow_array::RecordBatch| {
        let b = Batch(b);
        let pairs = b.text("src")?.iter().zip(b.text("dst")?.iter());
        all.extend(pairs.map(|(s, d)| (s.unwrap().to_owned(), d.unwrap().to_owned())));
        Ok(())
    };
    study.store.read(Table::Follows, &["src", "dst"], read).unwrap();
    all.sort();
    all
}

/// Status and detail of each account.
fn statuses(study: &Study) -> HashMap<String, (String, Option<String>)> {
    study.store.statuses().unwrap().into_iter().map(|s| (s.account, (s.status, s.detail))).collect()
}

fn posts(study: &Study) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    study
        .store
        .posts(|post| {
            assert_eq!(post.id.split('/').next(), post.author.split('@').nth(1), "{post:?}");
            *count.entry(post.author).or_default() += 1;
            Ok(())
        })
        .unwrap();
    count
}

/// Reasons of the tasks that failed, by kind and account.
fn failures(study: &Study) -> Vec<(i64, String, String)> {
    let sql = "SELECT kind, account, reason FROM crawl_tasks WHERE state = 'failed' ORDER BY 1, 2";
    let mut query = study.work.db.prepare(sql).unwrap();
    query.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap().map(Result::unwrap).collect()
}

/// What was not seen, account by account: why, of how many follows.
fn not_seen(study: &Study) -> BTreeMap<String, String> {
    let sql = "SELECT account, why, counted, ifnull(visible, 0) FROM crawl_unseen WHERE why <> 'seen'";
    let mut query = study.work.db.prepare(sql).unwrap();
    let row = |r: &rusqlite::Row<'_>| {
        let counted = r.get::<_, Option<u64>>(2)?.map_or_else(|| "?".into(), |n| n.to_string());
        Ok((r.get(0)?, format!("{}, {} of {counted}", r.get::<_, String>(1)?, r.get::<_, u64>(3)?)))
    };
    query.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// Why lists were left before their end.
fn cuts(study: &Study) -> Vec<(String, String)> {
    let mut query =
        study.work.db.prepare("SELECT account, cut FROM crawl_tasks WHERE cut IS NOT NULL ORDER BY 1").unwrap();
    query.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect()
}

fn planted() -> World {
    fediverse::planted(120, 40)
}

/// The accounts of each wave by the rule, from what was planted alone.
fn waves(world: &World, seeds: &[&str], waves: usize, min_follows: usize) -> Vec<BTreeSet<String>> {
    let mut all: BTreeSet<String> = seeds.iter().map(|s| (*s).to_owned()).collect();
    let mut out = vec![all.clone()];
    for _ in 0..waves {
        let mut counts = BTreeMap::<&String, usize>::new();
        for dst in all.iter().flat_map(|id| &world.people[id].follows) {
            *counts.entry(dst).or_default() += 1;
        }
        let next: BTreeSet<String> = counts
            .into_iter()
            .filter(|(id, n)| *n >= min_follows && !all.contains(*id))
            .map(|(id, _)| id.clone())
            .collect();
        all.extend(next.iter().cloned());
        out.push(next);
    }
    out
}

const SEEDS: [&str; 4] = ["p0@one.test", "p4@two.test", "p8@three.test", "p7@two.test"];

fn assert_true(study: &Study, summary: &Summary, world: &World, waves: &[BTreeSet<String>]) {
    assert_eq!(summary.waves, waves.iter().map(BTreeSet::len).collect::<Vec<_>>());
    assert!(summary.finished);
    assert_eq!((summary.failed, summary.rejected, summary.gone, summary.elsewhere), (0, 0, 0, 0), "{summary:?}");
    let all: BTreeSet<&String> = waves.iter().flatten().collect();
    let rows = study.store.accounts().unwrap();
    assert_eq!(rows.iter().map(|a| &a.id).collect::<BTreeSet<_>>(), all);
    assert_eq!(rows.len(), all.len(), "one row for each account");
    let (mut want, mut want_posts) = (Vec::new(), BTreeMap::new());
    for id in &all {
        let person = &world.people[*id];
        want.extend(person.follows.iter().map(|dst| ((*id).clone(), dst.clone())));
        if person.posts > 0 {
            want_posts.insert((*id).clone(), person.posts.min(40) as usize);
        }
    }
    want.sort();
    assert_eq!(follows(study), want);
    assert_eq!(posts(study), want_posts);
    for account in &rows {
        assert_eq!(account.following, Some(i64::try_from(world.people[&account.id].follows.len()).unwrap()));
        let name = account.id.split('@').next().unwrap();
        assert_eq!(account.description.as_deref(), Some(format!("I am {name}").as_str()));
    }
    assert!(statuses(study).values().all(|(status, detail)| status == "active" && detail.is_none()));
}

#[test]
fn what_is_collected_is_what_was_planted() {
    let net = planted().start();
    for (depth, min_follows) in [(1, 1), (2, 2), (2, 1)] {
        let before = net.log.lock().unwrap().len() as u64;
        let (_dir, study, summary) = collected(&net, &SEEDS, |s| {
            s.frame.waves = depth;
            s.frame.min_follows = min_follows;
        });
        let expected = waves(&planted(), &SEEDS, depth as usize, min_follows as usize);
        assert_true(&study, &summary, &planted(), &expected);
        println!(
            "{depth} waves: {} accounts, {} follows by {} requests",
            summary.accounts, summary.follows, summary.requests
        );
        assert_eq!(summary.requests, net.log.lock().unwrap().len() as u64 - before);
        let state = collect::state(&study.work).unwrap().unwrap();
        let names: Vec<_> = state.servers.iter().map(|s| s.instance.as_str()).collect();
        assert_eq!(names, ["one.test", "three.test", "two.test"]);
        assert_eq!((state.servers[0].users, state.servers[0].software.as_deref()), (Some(40), Some("stand-in")));
    }
}

#[test]
fn seeds_in_every_form_are_one_account() {
    let mut world = World::default();
    world.person("alice@one.test", &["bob@two.test"]);
    world.person("bob@two.test", &["alice@one.test"]);
    let net = world.start();
    let seeds = ["alice@one.test", "Alice@ONE.test", "https://one.test/@alice", "nobody", "carol@elsewhere.test"];
    let (_dir, study, summary) = collected(&net, &seeds, |s| s.frame.waves = 1);
    assert_eq!((summary.waves, summary.seeds_lost), (vec![1, 1], 2));
    let known = collect::seed_accounts(&study.work).unwrap();
    assert_eq!(known["https://one.test/@alice"], ["alice@one.test"]);

    // A seed that names nobody is told; without any that does there is no crawl.
    let dir = tempfile::tempdir().unwrap();
    let mut lost = self::study(dir.path(), &net, &["nobody"], |_| ());
    let error = collect::collect(&mut lost, &Progress::silent()).unwrap_err();
    assert!(error.kind() == Kind::Usage && error.advice().unwrap().contains("name@instance"));
}

#[test]
fn whoever_follows_an_account_can_be_a_seed() {
    let mut world = planted();
    let follow = |person: &fediverse::Person| person.follows.iter().any(|f| f == "p0@one.test");
    let fans: BTreeSet<String> =
        world.people.iter().filter(|(_, person)| follow(person)).map(|(id, _)| id.clone()).collect();
    world.rules.insert("one.test".into(), Rules { cap: 2, ..Rules::default() });
    let net = world.start();
    let seeds = ["followers:p0@one.test", "followers:nobody@one.test", "followers:p1@elsewhere.test"];
    let (_dir, study, summary) = collected(&net, &seeds, |s| s.frame.waves = 1);
    let known = collect::seed_accounts(&study.work).unwrap();
    assert!(fans.len() > 4, "{fans:?}");
    assert_eq!(known["followers:p0@one.test"].iter().cloned().collect::<BTreeSet<_>>(), fans);
    assert_eq!((summary.waves[0], summary.seeds_lost, summary.failed), (fans.len(), 2, 0));
    // Pages of two, and an empty one.
    assert_eq!(net.asked("one.test", "followers"), fans.len().div_ceil(2) + 1);
}

#[test]
fn what_is_hidden_is_not_seen_and_never_nothing() {
    let mut world = World::default();
    let all = ["shy@one.test", "none@one.test", "shut@two.test", "gone@one.test", "moved@one.test", "mod@one.test"];
    world.person("seed@one.test", &all);
    world.person("shy@one.test", &["none@one.test", "shut@two.test", "x@one.test"]).hides_lists = true;
    world.person("none@one.test", &[]);
    world.person("shut@two.test", &["seed@one.test"]).hides_lists = true;
    world.person("gone@one.test", &["seed@one.test"]).suspended = true;
    world.person("moved@one.test", &["seed@one.test"]).more =
        json!({"moved": {"acct": "new@two.test"}, "locked": true, "followers_count": -1});
    world.person("mod@one.test", &["seed@one.test"]).more = json!({"suspended": true, "following_count": 0});
    world.person("x@one.test", &[]);
    let net = world.start();
    let (_dir, mut study, summary) = collected(&net, &["seed@one.test"], |s| s.frame.waves = 1);
    assert_eq!((summary.failed, summary.gone), (0, 2));

    let rows = accounts(&study);
    assert_eq!(rows["shy@one.test"].protected, Some(true));
    assert_eq!(rows["shy@one.test"].following, Some(3), "the count stays");
    assert_eq!((rows["none@one.test"].protected, rows["none@one.test"].following), (None, Some(0)));
    assert_eq!((rows["moved@one.test"].protected, rows["moved@one.test"].followers), (None, None));
    let unseen = not_seen(&study);
    assert_eq!(
        (unseen["shy@one.test"].as_str(), unseen["shut@two.test"].as_str()),
        ("shown empty, 0 of 3", "shown empty, 0 of 1")
    );
    assert!(!unseen.contains_key("none@one.test"), "who follows nobody was seen to");
    let seen = collect::unseen(&study.work).unwrap().unwrap();
    assert_eq!((seen.read.empty, seen.read.missing, seen.gone["vanished"], seen.gone["suspended"]), (2, 4, 1, 1));

    let said = statuses(&study);
    assert_eq!(said["gone@one.test"], ("vanished".into(), Some("status 404".into())));
    assert_eq!(said["mod@one.test"].0, "suspended");
    let standing = "approves its followers; moved to new@two.test";
    assert_eq!(said["moved@one.test"], ("active".into(), Some(standing.into())));
    // The suspended stay in others' lists.
    assert!(follows(&study).contains(&("seed@one.test".into(), "gone@one.test".into())));

    let frame = Census::new(&mut study, &Progress::silent()).frame().unwrap();
    assert_eq!(frame.left_out["protected"], 2);
}

#[test]
fn instances_that_are_not_asked_are_not_asked() {
    let net = planted().start();
    let (_dir, mut study, summary) = collected(&net, &SEEDS, |s| s.mastodon.instances = vec!["two.test".into()]);
    assert_eq!(net.asked("one.test", "") + net.asked("three.test", ""), 0);
    assert!(summary.elsewhere > 10 && summary.finished && summary.failed == 0);
    assert!(accounts(&study).keys().all(|id| id.ends_with("@two.test")));
    let frame = Census::new(&mut study, &Progress::silent()).frame().unwrap();
    assert_eq!(frame.size, summary.waves.iter().sum::<usize>());
    assert!(frame.left_out["on an instance that is not asked"] > 10);
}

/// An operator who says no in the middle is heard: what waits in the queue is not asked either.
#[test]
fn an_instance_taken_from_the_list_is_asked_no_more() {
    let net = planted().start();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &net, &SEEDS, |s| s.collect.request_budget = 40);
    assert!(!collect::collect(&mut study, &Progress::silent()).unwrap().finished);
    let before = net.asked("two.test", "");
    study.settings.collect.request_budget = 10_000;
    study.settings.mastodon.instances.retain(|name| name != "two.test");
    let summary = collect::collect(&mut study, &Progress::silent()).unwrap();
    assert!(summary.finished && summary.failed > 0 && summary.elsewhere > 0, "{summary:?}");
    assert!(failures(&study).iter().all(|(_, _, why)| why == "two.test is not asked"));
    assert!(before > 0 && net.asked("two.test", "") == before);
}

#[test]
fn a_stopped_crawl_goes_on_where_it_was() {
    let change = |s: &mut Settings| s.frame.min_follows = 2;
    let whole = planted().start();
    let (_dir, study, summary) = collected(&whole, &SEEDS, change);
    let (want_follows, want_posts) = (follows(&study), posts(&study));

    let net = planted().start();
    let dir = tempfile::tempdir().unwrap();
    let mut study = self::study(dir.path(), &net, &SEEDS, change);
    let mut stops = 0;
    loop {
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, left) = (stop.clone(), AtomicUsize::new(40));
        let progress = Progress::new(
            move |e| {
                if matches!(e, Event::Advance(n) if n > 0) && left.fetch_sub(1, Ordering::Relaxed) == 1 {
                    flag.store(true, Ordering::Relaxed);
                }
            },
            stop,
        );
        match collect::collect(&mut study, &progress) {
            Ok(resumed) => {
                assert_eq!(resumed.waves, summary.waves);
                break;
            }
            Err(e) => assert_eq!(e.kind(), Kind::Interrupted),
        }
        stops += 1;
    }
    assert!(stops >= 3, "{stops}");
    assert_eq!((follows(&study), posts(&study)), (want_follows, want_posts));
    let spare = stops * study.settings.collect.concurrency;
    assert!(net.log.lock().unwrap().len() <= whole.log.lock().unwrap().len() + spare);
}

#[test]
fn limits_in_headers_are_kept_and_faults_change_nothing() {
    let mut world = planted();
    let window = Duration::from_secs(2);
    world.rules.insert("one.test".into(), Rules { limit: Some((20, window)), ..Rules::default() });
    world.rules.insert("three.test".into(), Rules { stormy: true, ..Rules::default() });
    let net = world.start();
    let begin = Instant::now();
    let (_dir, study, summary) = collected(&net, &SEEDS, |s| s.frame.min_follows = 2);
    let expected = waves(&planted(), &SEEDS, 2, 2);
    assert_true(&study, &summary, &planted(), &expected);
    let log = net.log.lock().unwrap();
    let of_one: Vec<_> = log.iter().filter(|a| a.instance == "one.test").collect();
    assert!(of_one.len() >= 60, "several windows: {}", of_one.len());
    assert!(begin.elapsed() >= window * u32::try_from(of_one.len() / 20 - 1).unwrap());
    // As a rule it stops before it is told to; what was on its way already when it learnt of that may be one too many.
    let refused = of_one.iter().filter(|a| a.status == 429).count();
    assert!(refused <= 2, "{refused} requests during a pause");
    assert!(log.iter().any(|a| a.status == 503), "there was weather");
}

#[test]
fn what_one_instance_does_not_give_ends_nothing() {
    let mut world = planted();
    // Posts for those only who have signed in; no API at all; and nobody at home.
    let token = Some(("secret", &["statuses"][..]));
    world.rules.insert("two.test".into(), Rules { token, cap: 40, ..Rules::default() });
    world.rules.insert("three.test".into(), Rules { mute: true, ..Rules::default() });
    let net = world.start();
    let (_dir, study, summary) = collected(&net, &SEEDS, |s| s.frame.waves = 1);
    assert!(summary.finished && summary.failed > 20 && summary.accounts > 40, "{summary:?}");
    let failures = failures(&study);
    let (shut, mute): (Vec<_>, Vec<_>) = failures.iter().partition(|(_, account, _)| account.ends_with("@two.test"));
    assert!(shut.iter().all(|(kind, _, why)| *kind == 4 && why == "two.test: status 401 The access token is invalid"));
    assert!(mute.iter().all(|(_, account, why)| account.ends_with("three.test") && why.starts_with("three.test")));
    assert!(mute.iter().any(|(_, _, why)| why.contains("no Mastodon API")));
    // Once it is known, nobody asks again; the instance is told apart from its accounts.
    assert!(net.asked("two.test", "statuses") <= study.settings.collect.concurrency);
    assert!(!statuses(&study).keys().any(|id| id.ends_with("@three.test")), "nobody vanished there");
    assert!(net.asked("three.test", "lookup") <= study.settings.collect.concurrency);
}

#[test]
fn what_refusals_mean() {
    let mut world = World::default();
    world.person("seed@one.test", &["gone@one.test", "barred@one.test", "listless@one.test", "busy@one.test"]);
    ["gone@one.test", "barred@one.test", "listless@one.test", "busy@one.test"]
        .iter()
        .for_each(|id| _ = world.person(id, &["seed@one.test"]));
    // By number: barred, busy, gone, listless, seed.
    world.odd = Some(Box::new(|_, path| match path {
        "/api/v1/accounts/lookup?acct=gone" => Some(answer(410, "", "")),
        "/api/v1/accounts/lookup?acct=barred" => Some(answer(403, "", "{\"error\":\"This action is not allowed\"}")),
        _ if path.starts_with("/api/v1/accounts/4/following") => Some(answer(404, "content-type: text/html\r\n", "no")),
        _ if path.contains("/statuses") => {
            Some(answer(422, "", "{\"error\":\"This method requires an authenticated user\"}"))
        }
        _ => None,
    }));
    let net = world.start();
    let (_dir, study, summary) = collected(&net, &["seed@one.test"], |s| s.frame.waves = 1);
    let said = statuses(&study);
    assert_eq!(said["gone@one.test"], ("suspended".into(), Some("status 410".into())));
    assert!(!said.contains_key("barred@one.test"), "whether it is there, nobody knows");
    let unseen = not_seen(&study);
    assert_eq!(unseen["barred@one.test"].split(',').next(), Some("not looked for yet"));
    assert_eq!(unseen["listless@one.test"], "the account answered no longer, 0 of 1");
    assert_eq!(said["listless@one.test"].0, "active", "it was looked for again");
    let failures = failures(&study);
    assert_eq!(failures[0].2, "one.test: status 403 This action is not allowed");
    assert_eq!((failures.len(), summary.failed), (4, 4), "and three accounts' posts: {failures:?}");
    assert!(failures[1..].iter().all(|(kind, _, why)| *kind == 4 && why.contains("status 422")));
}

/// "Not found" is no news of an account where nobody is ever found.
#[test]
fn a_server_without_lookup_says_nothing_of_its_accounts() {
    let mut world = World::default();
    world.person("seed@one.test", &["a@old.test", "b@old.test"]);
    world.person("a@old.test", &[]);
    world.odd = Some(Box::new(|instance, path| match instance {
        "old.test" if path.contains("lookup") => Some(answer(404, "", "{\"error\":\"Not Found\"}")),
        "old.test" if path == "/api/v1/instance" => {
            let body = "{\"uri\":\"old.test\",\"version\":\"3.2.0\",\"contact_account\":{\"username\":\"admin\"}}";
            Some(answer(200, "content-type: application/json\r\n", body))
        }
        _ => None,
    }));
    let net = world.start();
    let (_dir, study, summary) = collected(&net, &["seed@one.test"], |s| s.frame.waves = 1);
    assert_eq!((summary.gone, summary.failed, summary.accounts), (0, 2, 1));
    assert!(failures(&study).iter().all(|(_, _, why)| why == "old.test: no Mastodon API, or a part of it only"));
}

#[test]
fn hostile_answers_end_and_harm_nothing() {
    let mut world = World::default();
    let people = ["huge", "types", "loop", "away", "other", "self", "sly", "html"];
    let ids: Vec<_> = people.iter().map(|name| format!("{name}@evil.test")).collect();
    world.person("seed@one.test", &ids.iter().map(String::as_str).collect::<Vec<_>>());
    ids.iter().for_each(|id| _ = world.person(id, &["seed@one.test", "good@one.test"]));
    world.person("good@one.test", &[]);
    // Accounts by their number on the instance: as sorted.
    let mut sorted = people;
    sorted.sort();
    let number = move |name: &str| sorted.iter().position(|n| *n == name).unwrap() + 1;
    let page = |link: &str| {
        let headers = format!("content-type: application/json\r\nlink: <{link}>; rel=\"next\"\r\n");
        answer(200, &headers, "[{\"acct\":\"good@one.test\"}]")
    };
    world.odd = Some(Box::new(move |instance, path| {
        let list = |name: &str| path.starts_with(&format!("/api/v1/accounts/{}/following", number(name)));
        let json = |body: &str| Some(answer(200, "content-type: application/json\r\n", body));
        match instance {
            "evil.test" if list("huge") => json(&format!("[{}]", " ".repeat(9 << 20))),
            "evil.test" if list("types") => json("{\"accounts\": [5, null], \"acct\": [[[]]]}"),
            "evil.test" if list("loop") => {
                let (this, next) = if path.contains("max_id=1") { (1, 2) } else { (2, 1) };
                Some(page(&format!("{}?max_id={next}&x={this}", path.split('?').next().unwrap())))
            }
            "evil.test" if list("away") => Some(page("http://169.254.169.254/api/v1/accounts/1/following?max_id=1")),
            "evil.test" if list("other") => Some(page("/api/v1/accounts/1/following?max_id=1")),
            "evil.test" if list("self") => {
                json("[{\"acct\":\"self\"},{\"acct\":\"a b\"},{},7,{\"acct\":\"x@y@z\"},{\"acct\":\"good@one.test\"}]")
            }
            // Gives itself out for an account of another instance.
            "evil.test" if path.contains("acct=sly") => {
                json("{\"id\":\"1\",\"acct\":\"good@one.test\",\"username\":\"good\",\"following_count\":1}")
            }
            "evil.test" if path.contains("acct=html") => json(
                "{\"id\":\"2\",\"acct\":\"html\",\"note\":\"<script>steal()</script><p onclick=x>hi</p>\",\"display_name\":5,
                \"followers_count\":\"many\",\"created_at\":\"yesterday\",\"fields\":[[],{\"name\":{}}],\"bot\":\"yes\"}",
            ),
            _ => None,
        }
    }));
    let net = world.start();
    let (_dir, study, summary) = collected(&net, &["seed@one.test"], |_| ());
    assert!(summary.finished, "{summary:?}");
    let failed: Vec<_> = failures(&study).into_iter().map(|(_, account, why)| format!("{account}: {why}")).collect();
    assert_eq!(
        failed,
        [
            "sly@evil.test: evil.test: lookup gave an answer of a strange shape",
            "huge@evil.test: evil.test: an answer larger than 8 MiB",
            "types@evil.test: evil.test: following gave an answer of a strange shape",
        ]
    );
    let cut: Vec<_> = cuts(&study).into_iter().map(|(account, why)| format!("{account}: {why}")).collect();
    assert_eq!(
        cut,
        [
            "away@evil.test: a link to another host",
            "loop@evil.test: a list whose cursor repeats",
            "other@evil.test: a link to another list",
        ]
    );
    assert_eq!(not_seen(&study)["away@evil.test"], "a link to another host, 1 of 2");
    let rows = accounts(&study);
    let html = &rows["html@evil.test"];
    assert_eq!((html.description.as_deref(), html.name.as_deref(), html.bot), (Some("hi"), None, None));
    assert_eq!(rows["good@one.test"].following, Some(0), "what it says of itself, not what evil.test says");
    assert!(follows(&study).contains(&("self@evil.test".into(), "good@one.test".into())));
    assert!(net.log.lock().unwrap().len() < 100);
}

/// An account's name can name a host in the analyst's own network. Nobody is asked there.
#[test]
fn names_never_lead_into_the_analysts_network() {
    let mut inside = World::default();
    inside.rules.insert("inside.test".into(), Rules::default());
    let inside = inside.start();
    let port = inside.servers["inside.test"].rsplit(':').next().unwrap().to_owned();
    let traps = [format!("root@127.0.0.1:{port}"), format!("root@localhost:{port}"), "root@169.254.169.254".to_owned()];
    let mut world = World::default();
    world.person("seed@one.test", &traps.iter().map(String::as_str).collect::<Vec<_>>());
    let net = world.start();
    let (_dir, study, summary) = collected(&net, &["seed@one.test"], |s| {
        s.mastodon.instances = vec!["*".into()];
        s.mastodon.servers.retain(|name, _| name == "one.test");
        s.frame.waves = 1;
    });
    assert_eq!((summary.accounts, summary.failed, summary.finished), (1, 3, true));
    assert!(inside.log.lock().unwrap().is_empty(), "{:?}", inside.log.lock().unwrap());
    assert!(
        failures(&study).iter().all(|(_, _, why)| why.contains("not public") || why.contains("no public")),
        "{:?}",
        failures(&study)
    );
}
