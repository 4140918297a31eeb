//! Coders who err, through the command line: gold by the simulated truth, and gold by people's files.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use command::{json, succeeds};

/// A simulated network and a study of it whose simulated coder errs at these rates.
fn study(dir: &Path, seed: &str, sensitivity: f64, specificity: f64) {
    succeeds(dir, &["simulate", "--accounts", "2000", "--members", "150", "--seed", seed, "--out", "world"]);
    succeeds(dir, &["new", "study", "--files", "--name", "A test", "--seeds-file", "world/seeds.csv"]);
    let settings = dir.join("study/study.toml");
    let toml = fs::read_to_string(&settings).unwrap()
        + &format!(
            "\n[simulated_coder]\ntruth = \"../world/accounts.csv\"\nsensitivity = {sensitivity}\nspecificity = {specificity}\n"
        );
    fs::write(settings, toml).unwrap();
    succeeds(dir, &["import", "study", "--accounts", "world/accounts.csv", "--follows", "world/follows.csv.gz"]);
}

fn truth(dir: &Path) -> HashMap<String, bool> {
    let mut reader = csv::Reader::from_path(dir.join("world/accounts.csv")).unwrap();
    let member = reader.headers().unwrap().iter().position(|h| h == "member").unwrap();
    reader.records().map(|r| r.unwrap()).map(|r| (r[0].to_owned(), &r[member] == "1")).collect()
}

fn limits(figure: &serde_json::Value) -> (f64, f64) {
    (figure["low"].as_f64().unwrap(), figure["high"].as_f64().unwrap())
}

/// How many members the study's frame holds: what a coder who never errs would find in all of it.
fn in_frame(dir: &Path) -> f64 {
    let study = netcensus::study::Study::open(&dir.join("study")).unwrap();
    let network = netcensus::network::Network::load(&study, &netcensus::progress::Progress::silent()).unwrap();
    let frame = netcensus::frame::Frame::load(&study.store, &network).unwrap();
    let truth = truth(dir);
    frame.units.iter().filter(|u| truth[network.ids.name(u.account)]).count() as f64
}

#[test]
fn a_coder_who_errs_in_a_tenth_is_corrected() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    study(dir, "3", 0.9, 0.9);
    let before = json(&succeeds(dir, &["run", "study", "--json"]));
    assert_eq!(before["estimate"]["coder_error"]["state"], "not_measured");
    let truth = in_frame(dir);
    let (low, _) = limits(&before["estimate"]["members"]["best"]);
    assert!(low > truth, "a tenth of the others are called members: {low} {truth}");

    let taken = json(&succeeds(dir, &["label", "simulate", "study", "--gold", "300", "--json"]));
    assert_eq!(taken["labels"], 300);
    let after = json(&succeeds(dir, &["run", "study", "--json"]));
    let after = &after["estimate"];
    assert_eq!(after["coder_error"]["state"], "carried");
    let (low, high) = limits(&after["members"]["best"]);
    assert!(low <= truth && truth <= high, "{low} {truth} {high}");
    let (as_coded, _) = limits(&after["coder_error"]["as_coded"]["best"]);
    assert!(as_coded > truth);
    // Gold is not a coder with rates; the one who errs has both.
    let coders = after["labels"]["coders"].as_array().unwrap();
    let of = |name: &str| coders.iter().find(|c| c["name"] == name).unwrap();
    assert!(of("gold")["sensitivity"].is_null() && of("gold")["labels"] == 300);
    for rate in ["sensitivity", "specificity"] {
        let (low, high) = limits(&of("simulated")[rate]);
        // Three standard errors of the luck of one coder on some 30 members or 200 others.
        assert!(low < 0.95 && 0.85 < high && high - low < 0.4, "{rate}: {low} {high}");
    }
    let page = fs::read_to_string(dir.join("study/out/report.html")).unwrap();
    assert!(page.contains("</b> is in the answer.") && page.contains("As coded"));

    // The choice is reproducible, and nobody is chosen twice.
    succeeds(dir, &["label", "gold", "study", "--items", "20", "--out", "a.csv"]);
    succeeds(dir, &["label", "gold", "study", "--items", "20", "--out", "b.csv"]);
    assert_eq!(fs::read(dir.join("a.csv")).unwrap(), fs::read(dir.join("b.csv")).unwrap());
    let chosen = json(&succeeds(dir, &["label", "gold", "study", "--items", "9999", "--out", "c.csv", "--json"]));
    assert_eq!(chosen["accounts"], 200);
}

/// Fills the column `label` of a file by the truth.
fn fill(dir: &Path, file: &str) -> usize {
    let truth = truth(dir);
    let mut reader = csv::Reader::from_path(dir.join(file)).unwrap();
    let header = reader.headers().unwrap().clone();
    let label = header.iter().position(|h| h == "label").unwrap();
    let mut writer = csv::Writer::from_path(dir.join("filled.csv")).unwrap();
    writer.write_record(&header).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
    for row in &rows {
        let answer = if truth[&row[0]] { "member" } else { "not" };
        writer.write_record(row.iter().enumerate().map(|(i, cell)| if i == label { answer } else { cell })).unwrap();
    }
    rows.len()
}

#[test]
fn confirmed_members_need_gold_for_sensitivity_alone() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    study(dir, "4", 0.85, 0.95);
    succeeds(dir, &["run", "study"]);
    let truth = in_frame(dir);

    succeeds(dir, &["label", "gold", "study", "--items", "200", "--out", "gold.csv"]);
    let header = fs::read_to_string(dir.join("gold.csv")).unwrap();
    assert!(header.starts_with("account,handle,name,"), "no word of what coders said: {header}");
    assert_eq!(fill(dir, "gold.csv"), 200);
    succeeds(dir, &["label", "import", "study", "filled.csv", "--coder", "gold"]);
    let by_gold = json(&succeeds(dir, &["run", "study", "--json"]));
    let (low, high) = limits(&by_gold["estimate"]["members"]["best"]);
    assert!(low <= truth && truth <= high, "{low} {truth} {high}");

    succeeds(dir, &["label", "confirm", "study", "--out", "found.csv"]);
    assert!(fill(dir, "found.csv") > 10);
    succeeds(dir, &["label", "import", "study", "filled.csv", "--coder", "adjudicator"]);
    let confirmed = json(&succeeds(dir, &["run", "study", "--json"]));
    let error = &confirmed["estimate"]["coder_error"];
    assert!(error["state"] == "carried" && error["specificity"].is_null(), "{error}");
    let found = limits(&confirmed["estimate"]["members"]["best"]);
    assert!(found.0 <= truth && truth <= found.1, "{found:?} {truth}");
    assert!(found.1 - found.0 < high - low, "{found:?} {low} {high}");
}

#[test]
fn coders_who_guess_are_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    study(dir, "5", 0.5, 0.5);
    succeeds(dir, &["run", "study"]);
    succeeds(dir, &["label", "simulate", "study", "--gold", "100"]);
    let found = json(&succeeds(dir, &["run", "study", "--json"]));
    let error = &found["estimate"]["coder_error"];
    assert_eq!(error["state"], "refused");
    assert!(error["reason"].as_str().unwrap().contains("carry no information"));
    let page = fs::read_to_string(dir.join("study/out/report.html")).unwrap();
    assert!(page.contains("do not rely on it"));
}
