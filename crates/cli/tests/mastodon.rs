//! The whole census on the project's own stand-in for servers with Mastodon's API, which is not Mastodon itself: seeds in,
//! report out, killed on the way; and tokens, which are nowhere but in the environment.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;
#[path = "../../census/tests/fediverse/mod.rs"]
mod fediverse;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use command::{bytes_below, json, netcensus, succeeds, text};
use fediverse::{Fediverse, Rules, World};
use serde_json::Value;

const MEMBERS: usize = 90;

fn planted() -> World {
    fediverse::planted(360, MEMBERS)
}

fn is_member(id: &str) -> bool {
    id[1..].split('@').next().unwrap().parse::<usize>().unwrap() < MEMBERS
}

/// Members that the frame's rule reaches from the seeds, by what was planted alone.
fn members_in_frame(seeds: &[String]) -> f64 {
    let world = planted();
    let mut frame: BTreeSet<String> = seeds.iter().cloned().collect();
    for _ in 0..2 {
        let reached: Vec<_> = frame.iter().flat_map(|id| world.people[id].follows.clone()).collect();
        frame.extend(reached);
    }
    frame.iter().filter(|id| is_member(id)).count() as f64
}

/// A study of the stand-in: 8 known members, a coder that knows the truth. Gives the seeds.
fn study(dir: &Path, net: &Fediverse) -> Vec<String> {
    let ids: Vec<String> = planted().people.into_keys().collect();
    let csv: String = ids.iter().map(|id| format!("{id},{}\n", u8::from(is_member(id)))).collect();
    fs::write(dir.join("truth.csv"), format!("id,member\n{csv}")).unwrap();
    let mut args = vec!["new", "study", "--name", "Planted community"];
    net.servers.keys().for_each(|name| args.extend(["--mastodon", name]));
    let members: Vec<_> = ids.iter().filter(|id| is_member(id) && !id.starts_with("p7@")).collect();
    let seeds: Vec<String> = members.iter().step_by(members.len() / 8).map(|id| (*id).clone()).collect();
    seeds.iter().for_each(|id| args.extend(["--seed", id.as_str()]));
    succeeds(dir, &args);
    let settings = dir.join("study/study.toml");
    let mut toml = fs::read_to_string(&settings)
        .unwrap()
        .replace("requests_per_second = 1\n", "requests_per_second = 60\n")
        .replace("contact = \"\"", "contact = \"tests\"")
        .replace("labels = 500", "labels = 120");
    toml += "\n[simulated_coder]\ntruth = \"../truth.csv\"\n\n[mastodon.servers]\n";
    net.servers.iter().for_each(|(name, address)| toml += &format!("\"{name}\" = \"{address}\"\n"));
    fs::write(&settings, toml).unwrap();
    seeds
}

fn requests(dir: &Path) -> u64 {
    let status = netcensus(dir, &["status", "study", "--json"]);
    serde_json::from_slice::<Value>(&status.stdout).unwrap_or_default()["crawl"]["requests"].as_u64().unwrap_or(0)
}

#[test]
fn seeds_in_report_out_killed_or_not() {
    let out = |kills: &[u64]| {
        let net = planted().start();
        let dir = tempfile::tempdir().unwrap();
        let seeds = study(dir.path(), &net);
        for wanted in kills {
            let mut child = Command::new(env!("CARGO_BIN_EXE_netcensus"))
                .args(["run", "study"])
                .current_dir(dir.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            while requests(dir.path()) < *wanted {
                assert!(child.try_wait().unwrap().is_none(), "it was done before the kill at {wanted}");
                std::thread::sleep(Duration::from_millis(20));
            }
            child.kill().unwrap(); // SIGKILL
            child.wait().unwrap();
        }
        let done = json(&succeeds(dir.path(), &["run", "study", "--json"]));
        let best = &done["estimate"]["members"]["best"];
        let (low, high) = (best["low"].as_f64().unwrap(), best["high"].as_f64().unwrap());
        let truth = members_in_frame(&seeds);
        println!("{truth} members in the frame, answer {best}");
        assert!(truth > 50.0 && low <= truth && truth <= high && high - low < truth / 2.0, "{truth}: {best}");
        let status = text(&succeeds(dir.path(), &["status", "study"]));
        assert!(status.contains("instances\n  one.test: stand-in 1, 120 accounts"), "{status}");
        let mut files = bytes_below(&dir.path().join("study/out"));
        let page = text(&files.remove("report.html").unwrap());
        assert!(page.contains("Mastodon"));
        assert!(!planted().people.keys().any(|id| page.contains(id)), "the report names an account");
        files.remove("estimate.json").unwrap()
    };
    let undisturbed = out(&[]);
    assert!(undisturbed == out(&[150, 400]), "the killed run ended otherwise");
}

#[test]
fn a_token_opens_its_own_instance_and_is_nowhere_else() {
    const TOKEN: &str = "sEcReT-7_token";
    let mut world = planted();
    world.rules.insert("two.test".into(), Rules { token: Some((TOKEN, &["statuses"])), ..Rules::default() });
    let net = world.start();
    let dir = tempfile::tempdir().unwrap();
    study(dir.path(), &net);
    let without = json(&succeeds(dir.path(), &["collect", "study", "--json"]));
    assert!(without["failed"].as_u64().unwrap() > 20 && without["finished"] == true, "{without}");
    let unseen = json(&succeeds(dir.path(), &["status", "study", "--json"]))["unseen"]["posts_failed"].clone();
    assert_eq!(unseen, without["failed"], "their posts were not seen");

    let collect = |tokens: &str| {
        Command::new(env!("CARGO_BIN_EXE_netcensus"))
            .args(["collect", "study", "--json", "-vv"])
            .env("NETCENSUS_MASTODON_TOKENS", tokens)
            .current_dir(dir.path())
            .output()
            .unwrap()
    };
    let refused = collect(TOKEN);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("NETCENSUS_MASTODON_TOKENS") && !text(&refused.stderr).contains(TOKEN));

    let with = collect(&format!("two.test={TOKEN}"));
    assert!(with.status.success(), "{}", text(&with.stderr));
    assert_eq!(json(&with.stdout)["failed"], 0);
    assert!(!text(&with.stderr).contains(TOKEN), "{}", text(&with.stderr));
    let log = net.log.lock().unwrap();
    assert!(log.iter().any(|a| a.instance == "two.test" && a.token.as_deref() == Some(TOKEN)));
    assert!(!log.iter().any(|a| a.instance != "two.test" && a.token.is_some()));
    for (name, bytes) in bytes_below(dir.path()) {
        assert!(!bytes.windows(TOKEN.len()).any(|w| w == TOKEN.as_bytes()), "the token is in {name}");
    }
}

#[test]
fn directories_give_accounts_to_choose_seeds_from() {
    let mut world = planted();
    let hostile =
        r#"[{"id":"1","acct":"=cmd@two.test"},{"id":"1","acct":"p1","display_name":"=1+1"},{"acct":"x@one.test"},7]"#;
    world.odd = Some(Box::new(|instance, path| match instance {
        "two.test" if path.contains("directory") => Some(fediverse::answer(200, "", hostile)),
        "three.test" if path.contains("directory") => Some(fediverse::answer(404, "content-type: text/html\r\n", "no")),
        _ => None,
    }));
    let net = world.start();
    let dir = tempfile::tempdir().unwrap();
    study(dir.path(), &net);
    let done = netcensus(dir.path(), &["directory", "study", "--accounts", "100", "--out", "people.csv"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("three.test shows no directory"), "{}", text(&done.stderr));
    let csv = fs::read_to_string(dir.path().join("people.csv")).unwrap();
    assert_eq!(csv.lines().filter(|line| line.contains("@one.test,")).count(), 100, "{csv}");
    assert_eq!(csv.lines().filter(|line| line.contains("two.test")).collect::<Vec<_>>(), ["p1@two.test,'=1+1,,,,,"]);
    // Two pages here, two there, of which the second brings nobody new; one refusal.
    assert_eq!((net.asked("one.test", "directory"), net.asked("two.test", "directory")), (2, 2));
    assert_eq!(requests(dir.path()), 0, "no crawl was begun");
    assert_eq!(netcensus(dir.path(), &["run", "study"]).status.code(), Some(0));
    assert!(requests(dir.path()) > 5);
}

#[test]
fn a_new_study_says_which_instances() {
    let dir = tempfile::tempdir().unwrap();
    let refused = netcensus(dir.path(), &["new", "study", "--mastodon", "https://one.example/"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("mastodon.instances"), "{}", text(&refused.stderr));
    succeeds(dir.path(), &["new", "study", "--mastodon", "one.example", "--seed", "@ana@one.example"]);
    let toml = fs::read_to_string(dir.path().join("study/study.toml")).unwrap();
    assert!(toml.contains("platform = \"mastodon\"") && toml.contains("instances = [\"one.example\"]"), "{toml}");
}
