//! `netcensus plan` before and after labels.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::fs;
use std::path::Path;

use command::{json, netcensus, succeeds, text};

fn study(dir: &Path) {
    succeeds(dir, &["simulate", "--accounts", "3000", "--members", "300", "--out", "world"]);
    succeeds(dir, &["new", "study", "--files", "--name", "A <b>test</b> & more", "--seeds-file", "world/seeds.csv"]);
    let settings = dir.join("study/study.toml");
    let toml = fs::read_to_string(&settings).unwrap().replace("labels = 500", "labels = 200");
    fs::write(settings, toml + "\n[simulated_coder]\ntruth = \"../world/accounts.csv\"\n").unwrap();
    let files = ["--accounts", "world/accounts.csv", "--follows", "world/follows.csv.gz"];
    succeeds(dir, &[&["import", "study"], &files[..]].concat());
}

/// The plan's files; two calls with different threads give the same.
fn files(dir: &Path, args: &[&str]) -> [String; 2] {
    let run = |threads| {
        succeeds(dir, &[&["plan", "study", "--worlds", "40", "--threads", threads], args].concat());
        ["plan.json", "plan.svg"].map(|f| fs::read_to_string(dir.join("study/out").join(f)).unwrap())
    };
    let one = run("1");
    assert!(one == run("3"), "threads make a difference");
    one
}

fn median(plan: &serde_json::Value, row: usize, column: &str) -> f64 {
    plan["points"][row][column]["median"].as_f64().unwrap()
}

#[test]
fn from_an_assumption_to_the_scores() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    study(dir);
    let unknown = netcensus(dir, &["plan", "study"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("--prevalence"), "{}", text(&unknown.stderr));

    let [plan, svg] = files(dir, &["--prevalence", "12%", "--labels", "100,400", "--half-width", "15%"]);
    let plan = json(plan.as_bytes());
    assert_eq!(plan["basis"]["assumed"], true);
    assert!((plan["basis"]["auc"].as_f64().unwrap() - 0.9).abs() < 0.01);
    assert_eq!(plan["points"].as_array().unwrap().len(), 2);
    assert!(median(&plan, 0, "scores") > median(&plan, 1, "scores"));
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("A &lt;b&gt;test&lt;/b&gt; &amp; more") && svg.contains("assumed"), "{svg}");
    for none in ["NaN", "inf", "http://www.w3.org/1999", "<script"] {
        assert!(!svg.contains(none), "{none}");
    }
    let words = text(&succeeds(dir, &["plan", "study", "--prevalence", "0.12", "--worlds", "20", "--labels", "100"]));
    assert!(words.contains("ASSUMED") && words.contains("more labels than tried"), "{words}");
    let too_many = netcensus(dir, &["plan", "study", "--prevalence", "0.1%"]);
    assert!(!too_many.status.success() && text(&too_many.stderr).contains("known already"));

    let run = json(&succeeds(dir, &["run", "study", "--json"]));
    let [plan, svg] = files(dir, &["--labels", "200,500,100000"]);
    let plan = json(plan.as_bytes());
    assert_eq!((&plan["basis"]["assumed"], &plan["labelled"]), (&false.into(), &200.into()));
    assert!(svg.contains("The labels are simulated."));
    // The first row is where the study stands: its own interval in every world.
    let now = run["estimate"]["diagnostics"]["relative_half_width"].as_f64().unwrap();
    assert!((median(&plan, 0, "scores") - now).abs() < 1e-9 && (median(&plan, 0, "pocket") - now).abs() < 1e-9);
    assert!(
        (plan["basis"]["members"].as_f64().unwrap() - run["estimate"]["members"]["best"]["value"].as_f64().unwrap())
            .abs()
            < 1e-9
    );
    assert_eq!(plan["points"].as_array().unwrap().len(), 2);
    assert!(median(&plan, 1, "scores") < now && median(&plan, 1, "scores") <= median(&plan, 1, "pocket"));
    let assumed = netcensus(dir, &["plan", "study", "--prevalence", "5%"]);
    assert_eq!(assumed.status.code(), Some(2));
    let printed = json(&succeeds(dir, &["plan", "study", "--json", "--labels", "500", "--worlds", "20"]));
    assert_eq!(printed["points"][1]["more"], 300);
}
