//! `netcensus takedowns` on a simulated network with suspensions that are planted.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::fs;
use std::path::Path;

use command::{json, netcensus, succeeds, text};
use serde_json::Value;

/// Weeks of the watch, and those in which a wave comes: nine apart, so that four weeks on each side are free.
const WEEKS: usize = 57;
const WAVES: [usize; 6] = [6, 15, 24, 33, 42, 51];

/// Numbers by lot, the same each time (Knuth's MMIX generator).
struct Lot(u64);

impl Lot {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// The Monday of a week, from 1 December 2014 on.
fn monday(week: usize) -> String {
    let days = 16_405 + 7 * week as i64;
    // Civil from days (H. Hinnant).
    let z = days + 719_468;
    let (era, of) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year = (of - of / 1460 + of / 36_524 - of / 146_096) / 365;
    let day = of - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (d, m) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    format!("{:04}-{m:02}-{d:02}T00:00:00Z", year + era * 400 + i64::from(m <= 2))
}

/// Weekly looks at the accounts of a simulated network. In each wave a twelfth of the members goes; those that remain then have 15 %
/// fewer followers and write 30 % less. All grow by 1 % a week, and some end between waves.
fn looks(dir: &Path) {
    let mut reader = csv::Reader::from_path(dir.join("world/accounts.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let lot = &mut Lot(7);
    let number = |row: &csv::StringRecord, name: &str| row[at(name)].parse::<f64>().unwrap();
    let mut followers: Vec<f64> = rows.iter().map(|r| number(r, "followers") + 20.0).collect();
    let mut posts: Vec<f64> = rows.iter().map(|r| number(r, "posts")).collect();
    let mut pace: Vec<f64> = posts.iter().map(|p| 7.0 + p / 150.0).collect();
    let mut gone = vec![false; rows.len()];
    let mut statuses = csv::Writer::from_path(dir.join("statuses.csv")).unwrap();
    statuses.write_record(["account", "status", "at"]).unwrap();
    for week in 0..WEEKS {
        let wave = WAVES.contains(&week);
        // How much a wave does differs.
        let (fewer, less) = (0.85 * (0.02 * lot.normal()).exp(), 0.7 * (0.03 * lot.normal()).exp());
        let mut accounts = csv::Writer::from_path(dir.join(format!("week-{week:02}.csv"))).unwrap();
        accounts.write_record(["id", "created_at", "followers", "posts", "lang", "observed_at"]).unwrap();
        for (i, row) in rows.iter().enumerate().filter(|(_, r)| !r[at("created_at")].is_empty()) {
            if gone[i] {
                continue;
            }
            let member = &row[at("member")] == "1";
            let (taken, usual) = (lot.next(), if week == 0 { 0.0 } else { 0.002 });
            let chance = if member && wave { 1.0 / 12.0 } else { usual };
            let status = if taken < chance { "suspended" } else { "active" };
            statuses.write_record([&row[at("id")], status, &monday(week)]).unwrap();
            if taken < chance {
                gone[i] = true;
                continue;
            }
            followers[i] *= 1.01 * (0.01 * lot.normal()).exp();
            if member && wave {
                followers[i] *= fewer;
                pace[i] *= less;
            }
            posts[i] += pace[i] * (0.1 * lot.normal()).exp();
            let counts = [followers[i], posts[i]].map(|n| format!("{n:.0}"));
            accounts
                .write_record([
                    &row[at("id")],
                    &row[at("created_at")],
                    &counts[0],
                    &counts[1],
                    &row[at("lang")],
                    &monday(week),
                ])
                .unwrap();
        }
        accounts.flush().unwrap();
    }
    statuses.flush().unwrap();
}

fn methods(value: &Value, to: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            to.extend(fields.get("method").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|v| methods(v, to));
        }
        Value::Array(values) => values.iter().for_each(|v| methods(v, to)),
        _ => (),
    }
}

#[test]
fn planted_waves_and_what_they_did() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    succeeds(dir, &["simulate", "--accounts", "1500", "--members", "300", "--out", "world"]);
    succeeds(dir, &["new", "study", "--files", "--seeds-file", "world/seeds.csv"]);
    let settings = dir.join("study/study.toml");
    let toml = fs::read_to_string(&settings).unwrap().replace("labels = 500", "labels = 200");
    fs::write(&settings, toml + "\n[simulated_coder]\ntruth = \"../world/accounts.csv\"\n").unwrap();
    succeeds(dir, &["import", "study", "--accounts", "world/accounts.csv", "--follows", "world/follows.csv.gz"]);

    // Nobody was looked at twice, so nothing is said.
    let early = netcensus(dir, &["takedowns", "study"]);
    assert_eq!(early.status.code(), Some(2), "{}", text(&early.stderr));

    looks(dir);
    let weeks: Vec<String> = (0..WEEKS).map(|w| format!("week-{w:02}.csv")).collect();
    let mut import = vec!["import", "study", "--statuses", "statuses.csv"];
    weeks.iter().for_each(|file| import.extend(["--accounts", file.as_str()]));
    succeeds(dir, &import);
    succeeds(dir, &["run", "study", "--quiet"]);

    let run = |threads| {
        let words = text(&succeeds(dir, &["takedowns", "study", "--threads", threads]));
        assert!(words.contains("6 waves of suspensions") && words.contains("SIMULATED"), "{words}");
        fs::read_to_string(dir.join("study/out/takedowns.json")).unwrap()
    };
    let written = run("1");
    assert!(written == run("3"), "threads make a difference");
    let found = json(written.as_bytes());

    let waves: Vec<&str> = found["waves"].as_array().unwrap().iter().map(|w| w["to"].as_str().unwrap()).collect();
    assert_eq!(waves, WAVES.map(|w| monday(w)[..10].to_owned()));
    let effect = |outcome: &str| {
        let all = found["effects"].as_array().unwrap();
        all.iter().find(|e| e["outcome"] == outcome).unwrap_or_else(|| panic!("{outcome}: {}", found["notes"])).clone()
    };
    let limits = |f: &serde_json::Value| ["low", "value", "high"].map(|k| f[k].as_f64().unwrap());
    // Members are as the study knows them, by labels and scores, and some are not members: effects shrink a little.
    let [low, value, high] = limits(&effect("followers")["ratio"]);
    assert!(low < value && value < high && high < 0.95 && (0.82..0.92).contains(&value), "{low} {value} {high}");
    let [low, value, high] = limits(&effect("posts a day")["ratio"]);
    assert!(low < value && value < high && high < 0.95 && (0.65..0.9).contains(&value), "{low} {value} {high}");
    for outcome in ["followers", "posts a day"] {
        let effect = effect(outcome);
        let [low, _, high] = limits(&effect["placebo"]);
        assert!(low > 0.95 && high < 1.05 && effect["waves"] == 6, "{effect}");
    }
    let members = &found["lives"][0];
    assert!(members["watched"].as_u64().unwrap() > 150 && members["ends"].as_array().unwrap().len() > 3, "{members}");
    let reach = &found["reach"];
    assert!(reach["lost"].as_u64().unwrap() < reach["audience"].as_u64().unwrap());
    assert!(reach["largest_after"].as_u64().unwrap() < reach["largest_before"].as_u64().unwrap());
    let who: Vec<&str> = found["who"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert!(who.contains(&"member rather than other"), "{who:?} {}", found["notes"]);
    let [low, ..] = limits(&found["who"][who.iter().position(|w| *w == "member rather than other").unwrap()]["ratio"]);
    assert!(low > 1.0);

    // The report shows it from the next run on, names nobody, and is out of date no more.
    succeeds(dir, &["run", "study", "--quiet"]);
    let page = fs::read_to_string(dir.join("study/out/report.html")).unwrap();
    assert!(page.contains("What suspensions did") && page.contains("after a wave, times: followers"), "no section");
    assert!(!written.contains("user_"));
    // In Arabic no sentence of it stands in English.
    succeeds(dir, &["report", "study", "--lang", "ar"]);
    let arabic = fs::read_to_string(dir.join("study/out/report.ar.html")).unwrap();
    let notes = found["notes"].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned());
    let mut said: std::collections::BTreeSet<String> = notes.collect();
    methods(&found, &mut said);
    said.extend(who.iter().map(|&name| name.to_owned()));
    assert!(said.len() > 5);
    for english in said {
        let english = english.replace('\'', "&#39;");
        assert!(!arabic.contains(&english), "{english} has no Arabic text: texts/ar/said.ftl");
    }
    let status = json(&succeeds(dir, &["status", "study", "--json"]));
    assert!(status["steps"].as_object().unwrap().values().all(|s| s == "up to date"), "{status}");
    let refused = netcensus(dir, &["takedowns", "study", "--period", "0"]);
    assert_eq!(refused.status.code(), Some(2));
}
