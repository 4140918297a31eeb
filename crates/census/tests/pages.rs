//! Repositories instead of pages, on a real AT Protocol network. Run by hand or by CI:
//! `testbed/run.sh cargo test --release -p netcensus --test pages -- --ignored`

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use netcensus::collect::{self, Summary};
use netcensus::progress::Progress;
use netcensus::rows::Batch;
use netcensus::run::Census;
use netcensus::study::{Platform, Repositories, Settings, Study};
use netcensus::tables::Table;
use serde_json::Value;

fn json(name: &str) -> Value {
    let run = std::env::var("TB_RUN").expect("TB_RUN: run this through testbed/run.sh");
    serde_json::from_slice(&std::fs::read(Path::new(&run).join(name)).unwrap()).unwrap()
}

/// What was collected: ties, posts, and accounts that are gone.
struct Collected {
    summary: Summary,
    follows: BTreeSet<(String, String)>,
    posts: BTreeSet<String>,
    gone: BTreeSet<String>,
    from_repositories: i64,
    frame: BTreeSet<String>,
}

fn crawl(dir: &Path, seeds: &[String], repositories: Repositories, pds: Option<&str>) -> Collected {
    let net = json("net.json");
    let mut settings = Settings::new("test bed", "members of the planted community", Platform::Atproto);
    settings.collect.appview = net["appview"].as_str().unwrap().into();
    settings.collect.pds = pds.map_or_else(|| net["pds"][0].as_str().unwrap().into(), str::to_owned);
    settings.collect.plc = net["plc"].as_str().unwrap().into();
    settings.collect.requests_per_second = 1000;
    settings.collect.repositories = repositories;
    settings.frame.waves = 1;
    let mut study = Study::create(dir, &settings, seeds).unwrap();
    let summary = collect::collect(&mut study, &Progress::silent()).unwrap();
    let (mut follows, mut posts) = (BTreeSet::new(), BTreeSet::new());
    let read = |b: &arrow_array::RecordBatch| {
        let b = Batch(b);
        for (src, dst) in b.text("src")?.iter().zip(b.text("dst")?.iter()) {
            assert!(follows.insert((src.unwrap().to_owned(), dst.unwrap().to_owned())), "a follow twice");
        }
        Ok(())
    };
    study.store.read(Table::Follows, &["src", "dst"], read).unwrap();
    let each = |post| {
        assert!(posts.insert(format!("{post:?}")), "a post twice");
        Ok(())
    };
    study.store.posts(each).unwrap();
    let statuses = study.store.statuses().unwrap();
    let gone = statuses.into_iter().filter(|s| s.status != "active").map(|s| s.account).collect();
    let sql = "SELECT count(*) FROM crawl_tasks WHERE kind = 3 AND source = 'repository'";
    let from_repositories = study.work.db.query_row(sql, [], |r| r.get(0)).unwrap();
    Census::new(&mut study, &Progress::silent()).frame().unwrap();
    let mut frame = BTreeSet::new();
    let each = |b: &arrow_array::RecordBatch| {
        frame.extend(Batch(b).text("account")?.iter().map(|id| id.unwrap().to_owned()));
        Ok(())
    };
    study.store.read(Table::Frame, &["account"], each).unwrap();
    Collected { summary, follows, posts, gone, from_repositories, frame }
}

#[test]
#[ignore = "needs the test bed"]
fn repositories_say_what_pages_say_and_whom_they_leave_out() {
    let truth = json("truth.json");
    let members = truth.as_array().unwrap().iter().filter(|a| a["member"] == true);
    let mut seeds: Vec<String> = members.take(5).map(|a| a["did"].as_str().unwrap().to_owned()).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed/atproto/follows-gone.mjs");
    let made = Command::new("node").arg(script).stderr(Stdio::inherit()).output().unwrap();
    assert!(made.status.success());
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    seeds.push(text("follower"));

    let dir = tempfile::tempdir().unwrap();
    let paged = crawl(&dir.path().join("pages"), &seeds, Repositories::Never, None);
    let whole = crawl(&dir.path().join("repositories"), &seeds, Repositories::Auto, None);
    assert!(paged.summary.finished && whole.summary.finished && whole.summary.failed == 0);
    // The AppView leaves out the follow of an account that is gone; the repository has it, and it gets its status.
    let hidden = (text("follower"), text("gone"));
    assert!(!paged.follows.contains(&hidden));
    assert_eq!(&whole.follows - &paged.follows, BTreeSet::from([hidden]));
    assert!(paged.follows.is_subset(&whole.follows));
    assert_eq!((paged.gone.len(), whole.gone), (0, BTreeSet::from([text("gone")])));
    assert!(
        paged.posts == whole.posts,
        "{} posts by pages, {} out of repositories",
        paged.posts.len(),
        whole.posts.len()
    );
    assert_eq!(paged.frame, whole.frame, "who is gone was never seen, by both ways");
    assert!(paged.from_repositories == 0 && whole.from_repositories > 0);
    assert!(whole.summary.requests < paged.summary.requests);
    println!(
        "{} accounts: {} requests with {} repositories, {} by pages alone",
        whole.summary.accounts, whole.summary.requests, whole.from_repositories, paged.summary.requests
    );

    // Hosts that strangers' documents name and that are not public are not asked; pages do.
    let refused = crawl(&dir.path().join("refused"), &seeds, Repositories::Auto, Some("http://127.0.0.1:9"));
    assert_eq!(refused.from_repositories, 0);
    assert!(refused.follows == paged.follows && refused.posts == paged.posts);
}
