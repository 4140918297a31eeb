//! Best-first crawls: on a real network of known truth, and killed again and again on a real AT Protocol network.
//! `testbed/run.sh cargo test --release -p netcensus --test best_first -- --ignored --test-threads=1`

#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use netcensus::collect;
use netcensus::import::{self, What};
use netcensus::label;
use netcensus::network::Network;
use netcensus::progress::Progress;
use netcensus::rehearse::{Ground, Strategy};
use netcensus::rows::Batch;
use netcensus::study::{self, Platform, Settings, Study};
use netcensus::tables::Table;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

/// The data set is not ours to publish. It is looked for where this says, or in `../shared/data/github-ml`.
fn github() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/github-ml");
    let folder = std::env::var_os("NETCENSUS_GITHUB_ML").map_or_else(beside, PathBuf::from);
    folder.join("accounts.csv").exists().then_some(folder)
}

#[test]
fn on_github_it_finds_twice_what_breadth_first_finds() {
    let Some(folder) = github() else {
        println!("skipped: no github-ml (MUSAE); set NETCENSUS_GITHUB_ML to its folder");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::new("t", "t", Platform::Files);
    let mut study = Study::create(dir.path(), &settings, &[]).unwrap();
    let (accounts, follows) = (folder.join("accounts.csv"), folder.join("follows.csv.gz"));
    for (what, file) in [(What::Accounts, &accounts), (What::Follows, &follows)] {
        import::import(&mut study, what, file, &import::Options::default(), &Progress::silent()).unwrap();
    }
    let truth = label::read_truth(&accounts, "member", |_| true).unwrap();
    let network = Network::load(&study, &Progress::silent()).unwrap();
    let ground = Ground::of(&network, &truth, 20, 1).unwrap();
    let found = |strategy| ground.crawl(strategy, u32::MAX, 3_000, &Progress::silent()).unwrap().len();
    let (best, plain) = (found(Strategy::BestFirst), found(Strategy::BreadthFirst));
    assert!(best > 2 * plain, "{best} members by 3,000 requests, breadth-first {plain}");
    for single in [Strategy::Count, Strategy::Share, Strategy::AdamicAdar] {
        let other = found(single);
        assert!(best as f64 > 0.9 * other as f64, "{best}, {single:?} {other}");
    }
}

/// The study that a child process collects for.
const CHILD: &str = "NETCENSUS_TEST_BEST_FIRST";

fn json(name: &str) -> Value {
    let run = std::env::var("TB_RUN").expect("TB_RUN: run this through testbed/run.sh");
    serde_json::from_slice(&std::fs::read(Path::new(&run).join(name)).unwrap()).unwrap()
}

fn new_study(dir: &Path) -> Study {
    let (net, truth) = (json("net.json"), json("truth.json"));
    let mut settings = Settings::new("test bed", "members of the planted community", Platform::Atproto);
    settings.collect.appview = net["appview"].as_str().unwrap().into();
    settings.collect.pds = net["pds"][0].as_str().unwrap().into();
    settings.collect.plc = net["plc"].as_str().unwrap().into();
    settings.collect.requests_per_second = 1000;
    settings.collect.strategy = study::Strategy::BestFirst;
    settings.frame.waves = 4;
    let members = truth.as_array().unwrap().iter().filter(|a| a["member"] == true);
    let seeds: Vec<String> = members.step_by(12).map(|a| a["handle"].as_str().unwrap().to_owned()).collect();
    Study::create(dir, &settings, &seeds).unwrap()
}

/// Not a test of its own: a process that collects, to be killed.
#[test]
#[ignore = "started by another test"]
fn child_collects() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let mut study = Study::open(Path::new(&dir)).unwrap();
    collect::collect(&mut study, &Progress::silent()).unwrap();
}

fn start_child(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child_collects", "--exact", "--ignored"])
        .env(CHILD, dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// What was chosen, in which order, on what evidence.
fn choices(study: &Study) -> Vec<(String, Vec<i64>, f64)> {
    let sql = "SELECT account, chance, round, place, wave, explored, followers, members, adamic_adar, noisy_or, hits
               FROM crawl_choices ORDER BY round, place";
    let mut query = study.work.db.prepare(sql).unwrap();
    let row = |r: &rusqlite::Row<'_>| {
        Ok((r.get(0)?, (2..11).map(|i| r.get(i)).collect::<rusqlite::Result<Vec<i64>>>()?, r.get(1)?))
    };
    query.query_map([], row).unwrap().map(Result::unwrap).collect()
}

fn follows(study: &Study) -> Vec<(String, String)> {
    let mut follows = Vec::new();
    let read = |b: &arrow_array::RecordBatch| {
        let b = Batch(b);
        let pairs = b.text("src")?.iter().zip(b.text("dst")?.iter());
        follows.extend(pairs.map(|(s, d)| (s.unwrap().to_owned(), d.unwrap().to_owned())));
        Ok(())
    };
    study.store.read(Table::Follows, &["src", "dst"], read).unwrap();
    follows.sort();
    follows
}

#[test]
#[ignore = "needs the test bed"]
fn killed_again_and_again_it_chooses_the_same() {
    let truth: Vec<(String, bool)> = (json("truth.json").as_array().unwrap().iter())
        .map(|a| (a["did"].as_str().unwrap().to_owned(), a["member"] == true))
        .collect();
    let member = |id: &str| truth.iter().any(|(did, member)| did == id && *member);
    let dir = tempfile::tempdir().unwrap();
    let mut calm = new_study(&dir.path().join("calm"));
    let summary = collect::collect(&mut calm, &Progress::silent()).unwrap();
    assert!(summary.finished && summary.failed == 0, "{summary:?}");
    let chosen = choices(&calm);
    assert!(chosen.len() > 100, "{}", chosen.len());
    // The planted community comes first: by chance a fifth of the first half would be members.
    let (early, late) = chosen.split_at(chosen.len() / 2);
    let members = |part: &[(String, Vec<i64>, f64)]| part.iter().filter(|c| member(&c.0)).count();
    assert!(members(early) > 2 * members(late), "{} {}", members(early), members(late));

    let folder = dir.path().join("killed");
    drop(new_study(&folder));
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let mut kills = 0;
    loop {
        let mut child = start_child(&folder);
        std::thread::sleep(Duration::from_millis(random.random_range(60..700)));
        if child.try_wait().unwrap().is_some() || kills == 50 {
            child.wait().unwrap();
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    let mut killed = Study::open(&folder).unwrap();
    let again = collect::collect(&mut killed, &Progress::silent()).unwrap();
    println!("{kills} kills; {} requests, undisturbed {}", again.requests, summary.requests);
    assert!(kills >= 5, "{kills}");
    assert!(again.finished);
    assert_eq!(choices(&killed), chosen);
    assert_eq!(follows(&killed), follows(&calm), "none lost, none twice");
}
