//! The whole census on a real AT Protocol network: `testbed/run.sh cargo test --release --test atproto -- --ignored`.
//!
//! Seeds in, report out, the interval holds the number of members that the test bed planted; killed three times while it
//! collects, the study ends the same.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use command::{bytes_below, json, succeeds};
use serde_json::Value;

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A study of the test bed: 8 known members, a coder that knows the truth.
fn study(dir: &Path, net: &str) -> Vec<Value> {
    let run = PathBuf::from(std::env::var_os("TB_RUN").expect("run this by testbed/run.sh"));
    let (net, truth) = (read(&run.join(net)), read(&run.join("truth.json")));
    let accounts = truth.as_array().unwrap().clone();
    let mut csv = String::from("id,member\n");
    for a in &accounts {
        csv += &format!("{},{}\n", a["did"].as_str().unwrap(), i32::from(a["member"].as_bool().unwrap()));
    }
    fs::write(dir.join("truth.csv"), csv).unwrap();
    let members: Vec<&Value> = accounts.iter().filter(|a| a["member"] == true).collect();
    let handles: Vec<String> =
        members.iter().step_by(members.len() / 8).map(|a| a["handle"].as_str().unwrap().to_owned()).collect();
    let mut args = vec!["new", "study", "--atproto", "--name", "Planted community"];
    args.extend(handles.iter().flat_map(|h| ["--seed", h.as_str()]));
    succeeds(dir, &args);
    let settings = dir.join("study/study.toml");
    let url = |v: &Value| v.as_str().unwrap().to_owned();
    let toml = fs::read_to_string(&settings)
        .unwrap()
        .replace("https://public.api.bsky.app", &url(&net["appview"]))
        .replace("https://bsky.social", &url(&net["pds"][0]))
        .replace("https://plc.directory", &url(&net["plc"]))
        .replace("requests_per_second = 10", "requests_per_second = 100")
        .replace("labels = 500", "labels = 120");
    fs::write(&settings, toml + "\n[simulated_coder]\ntruth = \"../truth.csv\"\n").unwrap();
    accounts
}

#[test]
#[ignore = "needs the test bed: testbed/run.sh"]
fn seeds_in_report_out() {
    let dir = tempfile::tempdir().unwrap();
    let accounts = study(dir.path(), "net.json");
    let planted = accounts.iter().filter(|a| a["member"] == true).count() as f64;
    assert!(accounts.len() >= 300 && planted >= 60.0);
    let done = json(&succeeds(dir.path(), &["run", "study", "--json"]));
    let best = &done["estimate"]["members"]["best"];
    let (low, high) = (best["low"].as_f64().unwrap(), best["high"].as_f64().unwrap());
    println!("planted {planted}, answer {best}");
    assert!(low <= planted && planted <= high, "{best} does not hold {planted}");
    assert!(high - low < planted, "{best} says nothing");
    let page = fs::read_to_string(dir.path().join("study/out/report.html")).unwrap();
    for a in &accounts {
        assert!(!page.contains(a["did"].as_str().unwrap()), "the report names an account");
    }
    let portrait = read(&dir.path().join("study/out/portrait.json"));
    let languages = portrait["sections"].as_array().unwrap().iter().find(|s| s["key"] == "languages").unwrap();
    assert_eq!(languages["rows"][0]["label"], "ar", "three quarters of the planted members write Arabic");
}

#[test]
#[ignore = "needs the test bed: testbed/run.sh"]
fn killed_three_times_and_in_bad_weather_the_answer_is_the_same() {
    let out = |kills: u32, net: &str| {
        let dir = tempfile::tempdir().unwrap();
        study(dir.path(), net);
        for kill in 1..=kills {
            let mut child = Command::new(env!("CARGO_BIN_EXE_netcensus"))
                .args(["run", "study"])
                .current_dir(dir.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // Kill it once it has got a good deal further than the last time.
            let start = Instant::now();
            // Out of repositories it takes some 570 requests in all.
            let wanted = u64::from(kill) * 100;
            while start.elapsed() < Duration::from_secs(60) {
                std::thread::sleep(Duration::from_millis(30));
                let status = Command::new(env!("CARGO_BIN_EXE_netcensus"))
                    .args(["status", "study", "--json"])
                    .current_dir(dir.path())
                    .output()
                    .unwrap();
                let status: Value = serde_json::from_slice(&status.stdout).unwrap_or_default();
                if status["crawl"]["requests"].as_u64().unwrap_or(0) >= wanted {
                    break;
                }
            }
            assert!(child.try_wait().unwrap().is_none(), "it was done before kill {kill}");
            child.kill().unwrap();
            child.wait().unwrap();
        }
        succeeds(dir.path(), &["run", "study"]);
        let mut estimate = bytes_below(&dir.path().join("study/out"));
        estimate.remove("estimate.json").unwrap()
    };
    let undisturbed = out(0, "net.json");
    assert!(undisturbed == out(3, "net.json"), "the killed run ended otherwise");
    assert!(undisturbed == out(0, "weather.json"), "bad weather changed the answer");
}
