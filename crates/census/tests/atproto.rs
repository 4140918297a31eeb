//! `collect` against a real AT Protocol network. Run by hand or by CI:
//! `testbed/run.sh cargo test --release -p netcensus --test atproto -- --ignored --test-threads=1`

#![allow(clippy::unwrap_used, missing_docs)]

mod faults;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use netcensus::collect::{self, Summary};
use netcensus::progress::Progress;
use netcensus::rows::Batch;
use netcensus::study::{Platform, Repositories, Settings, Study};
use netcensus::tables::Table;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde_json::Value;

/// The study that a child process collects for.
const CHILD: &str = "NETCENSUS_TEST_STUDY";

fn run_file(name: &str) -> PathBuf {
    Path::new(&std::env::var("TB_RUN").expect("TB_RUN: run this through testbed/run.sh")).join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(run_file(name)).unwrap()).unwrap()
}

/// What was planted.
struct Truth {
    accounts: Vec<Value>,
}

impl Truth {
    fn read() -> Self {
        Self { accounts: json("truth.json").as_array().unwrap().clone() }
    }
    fn did(&self, n: usize) -> String {
        self.accounts[n]["did"].as_str().unwrap().to_owned()
    }
    fn follows(&self, n: usize) -> Vec<usize> {
        self.accounts[n]["follows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| usize::try_from(m.as_u64().unwrap()).unwrap())
            .collect()
    }
    /// Eight members, half of them by handle.
    fn seeds(&self, seed: u64) -> (Vec<usize>, Vec<String>) {
        let mut members: Vec<_> = (0..self.accounts.len()).filter(|n| self.accounts[*n]["member"] == true).collect();
        members.shuffle(&mut rand_chacha::ChaCha8Rng::seed_from_u64(seed));
        members.truncate(8);
        let names = members.iter().enumerate();
        let names =
            names.map(|(i, n)| self.accounts[*n][["did", "handle"][i % 2]].as_str().unwrap().to_owned()).collect();
        (members, names)
    }
    /// The accounts of each wave by the rule, from the planted graph alone.
    fn waves(&self, seeds: &[usize], waves: usize, min_follows: usize) -> Vec<BTreeSet<usize>> {
        let mut all: BTreeSet<_> = seeds.iter().copied().collect();
        let mut out = vec![all.clone()];
        for _ in 0..waves {
            let mut counts = BTreeMap::<usize, usize>::new();
            for m in all.iter().flat_map(|n| self.follows(*n)) {
                *counts.entry(m).or_default() += 1;
            }
            let next: BTreeSet<_> =
                counts.into_iter().filter(|(n, c)| *c >= min_follows && !all.contains(n)).map(|(n, _)| n).collect();
            all.extend(&next);
            out.push(next);
        }
        out
    }
}

fn new_study(dir: &Path, net: &str, seeds: &[String], change: impl Fn(&mut Settings)) -> Study {
    let net = json(net);
    let mut settings = Settings::new("test bed", "members of the planted community", Platform::Atproto);
    settings.collect.appview = net["appview"].as_str().unwrap().into();
    settings.collect.pds = net["pds"][0].as_str().unwrap().into();
    settings.collect.plc = net["plc"].as_str().unwrap().into();
    settings.collect.requests_per_second = 1000;
    // Page by page; repositories have a test of their own.
    settings.collect.repositories = Repositories::Never;
    change(&mut settings);
    Study::create(dir, &settings, seeds).unwrap()
}

/// Everything in the tables but the times of looking, as sorted rows.
#[derive(PartialEq)]
struct Tables {
    accounts: Vec<String>,
    follows: Vec<(String, String)>,
    posts: Vec<String>,
    statuses: Vec<String>,
    /// Pages committed for each task.
    pages: Vec<(i64, String, i64)>,
}

fn tables(study: &Study) -> Tables {
    let mut accounts: Vec<_> = study.store.accounts().unwrap();
    accounts.iter_mut().for_each(|a| a.observed_at = None);
    let mut statuses = study.store.statuses().unwrap();
    statuses.iter_mut().for_each(|s| s.at = None);
    let mut posts = Vec::new();
    study
        .store
        .posts(|p| {
            posts.push(format!("{p:?}"));
            Ok(())
        })
        .unwrap();
    let mut follows = Vec::new();
    let read = |b: &arrow_array::RecordBatch| {
        let b = Batch(b);
        let pairs = b.text("src")?.iter().zip(b.text("dst")?.iter());
        follows.extend(pairs.map(|(s, d)| (s.unwrap().to_owned(), d.unwrap().to_owned())));
        Ok(())
    };
    study.store.read(Table::Follows, &["src", "dst"], read).unwrap();
    let mut query =
        study.work.db.prepare("SELECT kind, account, pages FROM crawl_tasks ORDER BY kind, account").unwrap();
    let pages = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap().map(Result::unwrap).collect();
    let text = |mut rows: Vec<String>| {
        rows.sort();
        rows
    };
    follows.sort();
    Tables {
        accounts: text(accounts.iter().map(|a| format!("{a:?}")).collect()),
        follows,
        posts: text(posts),
        statuses: text(statuses.iter().map(|s| format!("{s:?}")).collect()),
        pages,
    }
}

fn assert_same(a: &Tables, b: &Tables, what: &str) {
    assert_eq!(a.accounts, b.accounts, "{what}: accounts");
    assert_eq!(a.follows, b.follows, "{what}: follows");
    assert_eq!(a.posts, b.posts, "{what}: posts");
    assert_eq!(a.statuses, b.statuses, "{what}: statuses");
    assert_eq!(a.pages, b.pages, "{what}: pages");
}

fn assert_true(study: &Study, summary: &Summary, truth: &Truth, waves: &[BTreeSet<usize>]) {
    let sizes: Vec<_> = waves.iter().map(BTreeSet::len).collect();
    assert_eq!(summary.waves, sizes);
    assert!(summary.finished);
    assert_eq!((summary.failed, summary.rejected, summary.gone, summary.too_large), (0, 0, 0, 0));
    let all: BTreeSet<usize> = waves.iter().flatten().copied().collect();
    let got = tables(study);

    let rows = study.store.accounts().unwrap();
    let ids: Vec<_> = rows.iter().map(|a| a.id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let want: BTreeSet<_> = all.iter().map(|n| truth.did(*n)).collect();
    assert_eq!(ids, want.into_iter().collect::<Vec<_>>());
    assert_eq!(rows.len(), all.len(), "one row for each account");
    for row in &rows {
        let n = truth.accounts.iter().position(|a| a["did"] == row.id.as_str()).unwrap();
        assert_eq!(row.handle.as_deref(), truth.accounts[n]["handle"].as_str());
        assert_eq!(row.following, Some(i64::try_from(truth.follows(n).len()).unwrap()));
        assert_eq!(row.posts, truth.accounts[n]["posts"].as_i64());
    }
    let mut follows: Vec<_> =
        all.iter().flat_map(|n| truth.follows(*n).into_iter().map(|m| (truth.did(*n), truth.did(m)))).collect();
    follows.sort();
    assert_eq!(got.follows, follows);

    let (mut posts, mut langs) = (HashMap::<String, i64>::new(), HashMap::new());
    study
        .store
        .posts(|p| {
            *posts.entry(p.author.clone()).or_default() += 1;
            langs.insert(p.author, p.lang.unwrap());
            assert!(p.text.is_some() && p.created_at.is_some() && p.reply == Some(false));
            Ok(())
        })
        .unwrap();
    for n in &all {
        let did = truth.did(*n);
        assert_eq!(posts.get(&did).copied().unwrap_or(0), truth.accounts[*n]["posts"].as_i64().unwrap());
        assert!(langs.get(&did).is_none_or(|l| *l == truth.accounts[*n]["lang"]));
    }
    assert_eq!(got.statuses.len(), all.len());
    assert!(got.statuses.iter().all(|s| s.contains("\"active\"")));
}

#[test]
#[ignore = "needs the test bed"]
fn what_is_collected_is_what_was_planted() {
    let truth = Truth::read();
    for (seed, waves, min_follows) in [(1, 1, 2), (2, 2, 3), (3, 1, 1)] {
        let (members, seeds) = truth.seeds(seed);
        let dir = tempfile::tempdir().unwrap();
        let mut study = new_study(dir.path(), "net.json", &seeds, |s| {
            s.frame.waves = waves;
            s.frame.min_follows = min_follows;
        });
        let summary = collect::collect(&mut study, &Progress::silent()).unwrap();
        let expected = truth.waves(&members, waves as usize, min_follows as usize);
        assert_true(&study, &summary, &truth, &expected);
    }
}

/// Not a test of its own: a process that collects, to be measured or killed. It leaves the most memory it held, in KiB.
#[test]
#[ignore = "started by another test"]
fn child_collects() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let mut study = Study::open(Path::new(&dir)).unwrap();
    collect::collect(&mut study, &Progress::silent()).unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    std::fs::write(study.root().join("peak"), peak.trim().trim_end_matches(" kB")).unwrap();
}

fn start_child(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child_collects", "--exact", "--ignored"])
        .env(CHILD, dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "needs the test bed"]
fn bad_weather_changes_nothing() {
    if !run_file("weather.json").exists() {
        println!("no weather.json: not tried");
        return;
    }
    let truth = Truth::read();
    let (members, seeds) = truth.seeds(5);
    let dir = tempfile::tempdir().unwrap();
    let mut fair = new_study(&dir.path().join("fair"), "net.json", &seeds, |_| ());
    let calm = collect::collect(&mut fair, &Progress::silent()).unwrap();
    let mut foul = new_study(&dir.path().join("foul"), "weather.json", &seeds, |_| ());
    let summary = collect::collect(&mut foul, &Progress::silent()).unwrap();
    assert_true(&foul, &summary, &truth, &truth.waves(&members, 2, 1));
    assert_same(&tables(&foul), &tables(&fair), "bad weather");
    assert!(summary.requests > calm.requests, "there was weather");
    println!("{} requests in fair weather, {} in foul", calm.requests, summary.requests);
}

/// What a script of the test bed made.
fn made_by(script: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed/atproto").join(script);
    let made = Command::new("node").arg(script).stderr(Stdio::inherit()).output().unwrap();
    assert!(made.status.success());
    serde_json::from_slice(&made.stdout).unwrap()
}

#[test]
#[ignore = "needs the test bed"]
fn what_lists_leave_out_is_counted_and_groups_are_seeds() {
    let made = made_by("seen.mjs");
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    let texts = |key: &str| {
        let mut all: Vec<_> = made[key].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    };
    let seeds = [text("handle"), text("list"), text("pack"), format!("followers:{}", text("handle"))];
    let dir = tempfile::tempdir().unwrap();
    let labeler = json("net.json")["ozone"].as_str().unwrap().to_owned();
    let mut study = new_study(dir.path(), "net.json", &seeds, |s| {
        s.frame.waves = 1;
        s.collect.labelers = vec![labeler.clone()];
    });
    let summary = collect::collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!((summary.failed, summary.rejected, summary.seeds_lost), (0, 0, 0));
    let sql = "SELECT value FROM crawl_labels WHERE account = ?1 AND NOT negated";
    let said: String = study.work.db.query_row(sql, [text("did")], |r| r.get(0)).unwrap();
    assert_eq!(said, "seen");
    let named = collect::seed_accounts(&study.work).unwrap();
    assert_eq!(named[&seeds[0]], [text("did")]);
    assert_eq!((&named[&seeds[1]], &named[&seeds[2]]), (&texts("members"), &texts("members")));
    assert_eq!(named[&seeds[3]], texts("followers"));
    assert_eq!(summary.waves[0], 6);

    // Five follows are counted; three of those followed are gone, and the list leaves them out.
    let sql = "SELECT why, counted, visible FROM crawl_unseen WHERE account = ?1";
    let seen: (String, i64, i64) =
        study.work.db.query_row(sql, [text("did")], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
    assert_eq!(seen, ("shown in part".to_owned(), 5, 2));
    let unseen = collect::unseen(&study.work).unwrap().unwrap();
    assert!(unseen.read.missing >= 3 && unseen.unread.is_empty(), "{unseen:?}");
    assert_eq!(unseen.read.counted - unseen.read.visible, unseen.read.missing);
}

#[test]
#[ignore = "needs the test bed"]
fn accounts_that_are_gone_get_their_status() {
    let gone: BTreeMap<String, String> = serde_json::from_value(made_by("gone.mjs")).unwrap();
    let truth = Truth::read();
    let never = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa".to_owned();
    let mut seeds: Vec<_> = gone.values().cloned().collect();
    seeds.extend([truth.did(0), never.clone(), "nobody-at-all.test".to_owned()]);
    let dir = tempfile::tempdir().unwrap();
    let mut study = new_study(dir.path(), "net.json", &seeds, |s| s.frame.waves = 1);
    let summary = collect::collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!((summary.gone, summary.seeds_lost, summary.failed), (4, 1, 0));
    let statuses: HashMap<_, _> = study.store.statuses().unwrap().into_iter().map(|s| (s.account, s.status)).collect();
    for (status, did) in &gone {
        assert_eq!(&statuses[did], status);
    }
    assert_eq!(statuses[&never], "never existed");
    assert_eq!(statuses["nobody-at-all.test"], "vanished");
    assert_eq!(statuses[&truth.did(0)], "active");
}
