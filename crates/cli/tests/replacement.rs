//! `netcensus replacement`: pairs proposed, reviewed and counted.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::fmt::Write;
use std::fs;

use command::{json, netcensus, succeeds, text};
use netcensus::rows::{self, Status};
use netcensus::study::Study;
use netcensus::tables::Table;

/// Forty members of twelve followers each; fifteen are suspended on day 60, and twelve of these are back on day 65.
#[test]
fn proposed_reviewed_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (mut accounts, mut follows) = ("id,handle,created_at\n".to_owned(), "src,dst\n".to_owned());
    for i in 0..40 {
        writeln!(accounts, "m{i},handle{i},2025-01-01T00:00:00Z").unwrap();
        for j in 0..12 {
            writeln!(follows, "f{i}x{j},m{i}").unwrap();
            if i < 12 && j < 8 {
                writeln!(follows, "f{i}x{j},back{i}").unwrap();
            }
        }
        if i < 12 {
            writeln!(accounts, "back{i},other{i},2025-03-07T00:00:00Z").unwrap();
        }
    }
    fs::write(dir.join("accounts.csv"), accounts).unwrap();
    fs::write(dir.join("follows.csv"), follows).unwrap();
    fs::write(dir.join("seeds.csv"), "id\nm0\nm1\n").unwrap();
    succeeds(dir, &["new", "study", "--files", "--seeds-file", "seeds.csv"]);
    succeeds(dir, &["import", "study", "--accounts", "accounts.csv", "--follows", "follows.csv"]);
    let nothing = netcensus(dir, &["replacement", "study"]);
    assert!(nothing.status.code() == Some(2) && text(&nothing.stderr).contains("suspended"));

    let at = |day: &str| Some(format!("{day}T00:00:00Z").parse::<jiff::Timestamp>().unwrap().as_microsecond());
    let status = |i: usize, status: &str, day: &str| Status {
        account: format!("m{i}"),
        status: status.into(),
        at: at(day),
        ..Status::default()
    };
    let mut seen: Vec<Status> = (0..40).map(|i| status(i, "active", "2025-02-01")).collect();
    seen.extend((0..40).map(|i| status(i, if i < 15 { "suspended" } else { "active" }, "2025-03-02")));
    Study::open(&dir.join("study")).unwrap().store.append(Table::Statuses, &rows::statuses(&seen).unwrap()).unwrap();

    let asked = ["replacement", "study", "--false-rate", "10%", "--export", "pairs.csv"];
    let words = text(&succeeds(dir, &asked));
    assert!(words.contains("15 suspended") && words.contains("12 pairs proposed"), "{words}");
    let pairs = fs::read_to_string(dir.join("pairs.csv")).unwrap();
    assert!(pairs.contains("m3,back3,") && pairs.lines().count() == 13, "{pairs}");
    let answered: Vec<String> = pairs
        .lines()
        .enumerate()
        .map(|(i, line)| if i == 0 { line.to_owned() } else { format!("{line}{}", ["yes", "no", "maybe"][i % 3]) })
        .collect();
    fs::write(dir.join("pairs.csv"), answered.join("\n")).unwrap();
    let refused = netcensus(dir, &["replacement", "study", "--import", "pairs.csv"]);
    assert_eq!(refused.status.code(), Some(2), "who reviewed?");
    let taken = json(&succeeds(dir, &["replacement", "study", "--import", "pairs.csv", "--reviewer", "ana", "--json"]));
    assert_eq!((&taken["taken"], &taken["refused"]), (&8.into(), &4.into()));

    let summary = json(&succeeds(dir, &["replacement", "study", "--false-rate", "10%", "--json"]));
    assert_eq!((&summary["reviewed"], &summary["refuted"]), (&8.into(), &4.into()));
    assert!((summary["median_days"].as_f64().unwrap() - 5.0).abs() < 1e-9);
    assert!((summary["regained"].as_f64().unwrap() - 8.0 / 12.0).abs() < 1e-9);
    assert_eq!(summary["false_rate"]["value"], 0.5);
    let published = fs::read_to_string(dir.join("study/out/replacement.json")).unwrap();
    assert!(!published.contains("m3") && !published.contains("back"), "{published}");
    // Too few pairs to be published: what was there before goes, too.
    succeeds(dir, &["replacement", "study", "--false-rate", "1%"]);
    assert!(!dir.join("study/out/replacement.json").exists());
}
