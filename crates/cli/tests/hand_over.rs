//! Reviewed accounts are handed over: in a file, and to a real Ozone moderation service
//! (`testbed/run.sh cargo test --release --test hand_over -- --ignored`).
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use command::{json, netcensus, succeeds, text};
use serde_json::Value;

/// Says yes to some of the accounts in a prepared file.
fn confirm(prepared: &Path, confirmed: &Path, many: usize) -> Vec<String> {
    let mut reader = csv::Reader::from_path(prepared).unwrap();
    let mut writer = csv::Writer::from_path(confirmed).unwrap();
    writer.write_record(reader.headers().unwrap()).unwrap();
    let mut accounts = Vec::new();
    for (i, row) in reader.records().enumerate() {
        let row = row.unwrap();
        let mut cells: Vec<&str> = row.iter().collect();
        let last = cells.len() - 1;
        (cells[last - 1], cells[last]) = ("praises attacks in post of 3 May", if i < many { "yes" } else { "no" });
        writer.write_record(&cells).unwrap();
        accounts.extend((i < many).then(|| row[0].to_owned()));
    }
    writer.flush().unwrap();
    accounts
}

/// Imports what a coder says of every drawn account.
fn label(dir: &Path, coder: &str, member: impl Fn(&str) -> bool) {
    succeeds(dir, &["label", "export", "study", "--coder", coder, "--out", "to-label.csv"]);
    let mut reader = csv::Reader::from_path(dir.join("to-label.csv")).unwrap();
    let mut labels = String::from("account,label\n");
    for row in reader.records() {
        let row = row.unwrap();
        writeln!(labels, "{},{}", &row[0], if member(&row[0]) { "member" } else { "not" }).unwrap();
    }
    fs::write(dir.join("labels.csv"), labels).unwrap();
    succeeds(dir, &["label", "import", "study", "labels.csv", "--coder", coder]);
}

#[test]
fn two_coders_and_a_person_and_then_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    succeeds(dir, &["simulate", "--accounts", "600", "--members", "80", "--out", "world"]);
    succeeds(dir, &["new", "study", "--files", "--seeds-file", "world/seeds.csv"]);
    succeeds(dir, &["import", "study", "world/accounts.csv", "world/follows.csv.gz", "world/posts.jsonl.gz"]);
    succeeds(dir, &["frame", "study"]);
    succeeds(dir, &["measure", "study"]);
    succeeds(dir, &["sample", "study", "--size", "150"]);
    let mut members = BTreeSet::new();
    for row in csv::Reader::from_path(dir.join("world/accounts.csv")).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        if row["member"] == "1" {
            members.insert(row["id"].clone());
        }
    }
    label(dir, "ana", |id| members.contains(id));
    let alone = netcensus(dir, &["hand-over", "study", "--prepare", "look.csv"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(text(&alone.stderr).contains("one coder alone"), "{}", text(&alone.stderr));
    label(dir, "ben", |id| members.contains(id));

    let prepared = json(&succeeds(dir, &["hand-over", "study", "--prepare", "look.csv", "--json"]));
    assert!(prepared["accounts"].as_u64().unwrap() > 3, "{prepared}");
    let confirmed = confirm(&dir.join("look.csv"), &dir.join("confirmed.csv"), 3);
    let nobody = netcensus(dir, &["hand-over", "study", "--send", "confirmed.csv", "--to", "report.json"]);
    assert_eq!(nobody.status.code(), Some(2), "who confirmed it?");
    let send = ["hand-over", "study", "--send", "confirmed.csv", "--by", "carol", "--to"];
    let words = text(&succeeds(dir, &[&send[..], &["report.json"]].concat()));
    assert!(words.contains("3 of 3 accounts handed over to file report.json"), "{words}");
    let report: Value = serde_json::from_slice(&fs::read(dir.join("report.json")).unwrap()).unwrap();
    let there: Vec<&str> =
        report["accounts"].as_array().unwrap().iter().map(|a| a["account"].as_str().unwrap()).collect();
    assert_eq!(there, confirmed);
    let unnamed = netcensus(dir, &[&send[..], &["ozone"]].concat());
    assert!(text(&unnamed.stderr).contains("NETCENSUS_OZONE_HANDLE"), "{}", text(&unnamed.stderr));
}

fn testbed(args: &[&str]) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbed/atproto");
    let done = Command::new("node").arg("ozone.mjs").args(args).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
    json(&done.stdout)
}

/// Events of this kind by subject.
fn events(kind: &str) -> BTreeMap<String, Vec<Value>> {
    let mut by: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in testbed(&["events"]).as_array().unwrap().iter().filter(|e| e["type"] == kind) {
        by.entry(event["subject"].as_str().unwrap().to_owned()).or_default().push(event.clone());
    }
    by
}

/// A study of the test bed in which two coders have labelled, who know the truth.
fn study(dir: &Path) -> Value {
    let run = PathBuf::from(std::env::var_os("TB_RUN").expect("run this by testbed/run.sh"));
    let read = |name: &str| -> Value { serde_json::from_slice(&fs::read(run.join(name)).unwrap()).unwrap() };
    let (net, truth) = (read("net.json"), read("truth.json"));
    let members: BTreeSet<String> = truth
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["member"] == true)
        .map(|a| a["did"].as_str().unwrap().to_owned())
        .collect();
    let seeds: Vec<&str> = members.iter().take(8).map(String::as_str).collect();
    let mut args = vec!["new", "study", "--atproto", "--name", "Planted community"];
    args.extend(seeds.iter().flat_map(|seed| ["--seed", *seed]));
    succeeds(dir, &args);
    let settings = dir.join("study/study.toml");
    let url = |v: &Value| v.as_str().unwrap().to_owned();
    let toml = fs::read_to_string(&settings)
        .unwrap()
        .replace("https://public.api.bsky.app", &url(&net["appview"]))
        .replace("https://bsky.social", &url(&net["pds"][0]))
        .replace("https://plc.directory", &url(&net["plc"]))
        .replace("requests_per_second = 10", "requests_per_second = 100")
        .replace("labels = 500", "labels = 250")
        .replace("batches = 2", "batches = 1");
    fs::write(&settings, format!("{toml}\n[hand_over]\nlabeler = \"{}\"\n", url(&net["ozoneDid"]))).unwrap();
    succeeds(dir, &["run", "study"]);
    label(dir, "ana", |id| members.contains(id));
    label(dir, "ben", |id| members.contains(id));
    truth
}

fn change(dir: &Path, from: &str, to: &str) {
    let file = dir.join("study/study.toml");
    let toml = fs::read_to_string(&file).unwrap();
    assert!(toml.contains(from));
    fs::write(&file, toml.replace(from, to)).unwrap();
}

/// Sends what is confirmed, as an account of the test bed.
fn send(dir: &Path, who: &Value, file: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netcensus"));
    command
        .args(["hand-over", "study", "--send", file, "--by", "carol", "--to", "ozone", "--json"])
        .args(more)
        .current_dir(dir)
        .env("NETCENSUS_OZONE_HANDLE", who["handle"].as_str().unwrap())
        .env("NETCENSUS_OZONE_PASSWORD", who["password"].as_str().unwrap());
    command
}

fn done(output: Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    json(&output.stdout)
}

fn audit(dir: &Path) -> Vec<String> {
    let script = "import sqlite3, sys\n\
        for row in sqlite3.connect(sys.argv[1]).execute('SELECT action, detail FROM audit ORDER BY id'): print(': '.join(row))";
    let done = Command::new("python3").args(["-c", script, "study/work.db"]).current_dir(dir).output().unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
    text(&done.stdout).lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs the test bed: testbed/run.sh"]
fn a_report_arrives_at_ozone_once_whatever_happens_on_the_way() {
    // What others on the network had the service do before is not ours.
    let earlier = testbed(&["events"]).as_array().unwrap().clone();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let truth = study(dir);
    let reporter = testbed(&["password", "299"]);
    assert_eq!(truth[299]["did"], reporter["did"]);
    succeeds(dir, &["hand-over", "study", "--prepare", "look.csv"]);
    let accounts = confirm(&dir.join("look.csv"), &dir.join("confirmed.csv"), 20);
    assert_eq!(accounts.len(), 20);

    // Killed three times while it sends.
    change(dir, "requests_per_second = 100", "requests_per_second = 1");
    for kill in 1..=3 {
        let mut child =
            send(dir, &reporter, "confirmed.csv", &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while events("modEventReport").len() < 4 * kill {
            assert!(child.try_wait().unwrap().is_none(), "it was done before kill {kill}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    change(dir, "requests_per_second = 1", "requests_per_second = 100");
    let summary = done(send(dir, &reporter, "confirmed.csv", &[]).output().unwrap());
    println!("after three kills: {summary}");
    let number = |summary: &Value, key: &str| summary[key].as_u64().unwrap();
    assert_eq!(number(&summary, "sent") + number(&summary, "before") + number(&summary, "unclear"), 20);
    assert!(number(&summary, "unclear") <= 3 && number(&summary, "failed") == 0);
    let arrived = events("modEventReport");
    assert!(arrived.values().all(|e| e.len() == 1), "an account was reported twice");

    // A person looks at the service and says what became of those that nobody knew of.
    for line in summary["unclear_lines"].as_array().unwrap() {
        let (line, all) = (line.as_u64().unwrap() as usize, fs::read_to_string(dir.join("confirmed.csv")).unwrap());
        let lines: Vec<&str> = all.lines().collect();
        fs::write(dir.join("one.csv"), format!("{}\n{}\n", lines[0], lines[line - 1])).unwrap();
        let there = arrived.contains_key(&accounts[line - 2]);
        println!("line {line}, unclear, is at the service: {there}");
        let answer = if there { "arrived" } else { "resend" };
        let one = done(send(dir, &reporter, "one.csv", &["--unclear", answer]).output().unwrap());
        assert_eq!((number(&one, "sent"), number(&one, "before")), if there { (0, 1) } else { (1, 0) });
    }
    let again = done(send(dir, &reporter, "confirmed.csv", &[]).output().unwrap());
    assert_eq!((number(&again, "sent"), number(&again, "before"), number(&again, "unclear")), (0, 20, 0));

    let reports = events("modEventReport");
    assert_eq!(reports.keys().cloned().collect::<BTreeSet<_>>(), accounts.iter().cloned().collect());
    for (account, of) in &reports {
        assert_eq!(of.len(), 1, "{account} was reported {} times", of.len());
        assert_eq!(
            (&of[0]["createdBy"], &of[0]["reportType"]),
            (&reporter["did"], &"com.atproto.moderation.defs#reasonViolation".into())
        );
        assert!(of[0]["comment"].as_str().unwrap().starts_with("praises attacks"));
        assert!(of[0]["modTool"].as_str().unwrap().starts_with("netcensus/"));
    }
    let log = audit(dir);
    let service = &again["to"].as_str().unwrap();
    assert!(log.contains(&format!("hand-over: carol confirmed 20 accounts for {service}")), "{log:#?}");
    let password = reporter["password"].as_str().unwrap();
    for (name, bytes) in command::bytes_below(&dir.join("study")) {
        assert!(!bytes.windows(password.len()).any(|b| b == password.as_bytes()), "the password is in {name}");
    }

    // A wrong password is refused, and said nowhere.
    let mut wrong = reporter.clone();
    wrong["password"] = "aaaa-bbbb-cccc-dddd".into();
    succeeds(dir, &["hand-over", "study", "--prepare", "look.csv"]);
    let more = confirm(&dir.join("look.csv"), &dir.join("confirmed.csv"), 22);
    let refused = send(dir, &wrong, "confirmed.csv", &[]).output().unwrap();
    assert!(refused.status.code() == Some(2) && text(&refused.stderr).contains("does not let it in"));
    assert!(!text(&refused.stderr).contains("bbbb"));

    // As a moderator's comment.
    change(dir, "[hand_over]", "[hand_over]\nsend_as = \"comment\"");
    testbed(&["moderator", "298"]);
    let moderator = testbed(&["password", "298"]);
    let summary = done(send(dir, &moderator, "confirmed.csv", &[]).output().unwrap());
    assert_eq!((number(&summary, "sent"), number(&summary, "before")), (2, 20));
    let comments = events("modEventComment");
    assert_eq!(comments.keys().cloned().collect::<BTreeSet<_>>(), more[20..].iter().cloned().collect());
    // Nothing but reports and comments, and the tags that the service itself adds.
    let since = testbed(&["events"]);
    let since = since.as_array().unwrap().iter().filter(|e| !earlier.contains(e));
    let kinds: BTreeSet<String> = since.map(|e| e["type"].as_str().unwrap().to_owned()).collect();
    assert!(
        kinds.iter().all(|k| ["modEventReport", "modEventComment", "modEventTag"].contains(&k.as_str())),
        "{kinds:?}"
    );
}
