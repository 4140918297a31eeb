//! `netcensus what-if` on a simulated network.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::fs;

use command::{json, netcensus, succeeds, text};

#[test]
fn suspensions_tried_on_the_group() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    succeeds(dir, &["simulate", "--accounts", "3000", "--members", "300", "--out", "world"]);
    succeeds(dir, &["new", "study", "--files", "--seeds-file", "world/seeds.csv"]);
    let settings = dir.join("study/study.toml");
    let toml = fs::read_to_string(&settings).unwrap().replace("labels = 500", "labels = 200");
    fs::write(&settings, toml + "\n[simulated_coder]\ntruth = \"../world/accounts.csv\"\n").unwrap();
    let files = ["--accounts", "world/accounts.csv", "--follows", "world/follows.csv.gz"];
    succeeds(dir, &[&["import", "study"], &files[..]].concat());
    // Before any label the group is its seeds.
    let seeds = json(&succeeds(dir, &["what-if", "study", "--json"]));
    assert_eq!(seeds["by_score"], 0);

    succeeds(dir, &["run", "study"]);
    let run = |threads| {
        let asked = ["what-if", "study", "--suspensions", "50", "--wanted", "30%", "--threads", threads];
        let words = text(&succeeds(dir, &asked));
        assert!(words.contains("SIMULATED") && words.contains("suspensions by the best plan found"), "{words}");
        ["what-if.json", "what-if.svg"].map(|f| fs::read_to_string(dir.join("study/out").join(f)).unwrap())
    };
    let [what_if, svg] = run("1");
    assert!([what_if.clone(), svg.clone()] == run("3"), "threads make a difference");
    let what_if = json(what_if.as_bytes());
    assert!(what_if["by_score"].as_u64().unwrap() > 50 && what_if["simulated"] == true);
    let curve = |name: &str, of: &str| -> Vec<f64> {
        let plans = what_if["plans"].as_array().unwrap();
        let plan = plans.iter().find(|p| p["name"] == name).unwrap();
        plan[of].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let bound: Vec<f64> = what_if["bound"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let (best, followers) = (curve("reach", "reach"), curve("followers", "reach"));
    assert!(best.iter().zip(&followers).all(|(best, other)| best >= other));
    for name in ["reach", "followers", "peeling", "even", "posts", "betweenness", "influence", "core", "random"] {
        assert!(curve(name, "reach").iter().zip(&bound).all(|(lost, most)| *lost <= most + 1e-9), "{name}");
        assert_eq!(*curve(name, "reach").last().unwrap(), 1.0);
        assert_eq!(*curve(name, "largest").last().unwrap(), 0.0);
    }
    let (core, lot) = (curve("core", "largest"), curve("random", "largest"));
    assert!(core.iter().sum::<f64>() < lot.iter().sum::<f64>());
    let wanted = &what_if["wanted"];
    assert!(wanted["at_least"].as_u64() <= wanted["suspensions"].as_u64());
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && svg.contains("The labels are simulated."));
    assert!(!svg.contains("NaN"));
    // No cell is smaller than what may be published, and nobody is named.
    assert!(what_if["suspensions"][0].as_u64().unwrap() >= 10);

    let half = json(&succeeds(dir, &["what-if", "study", "--regained", "50%", "--json"]));
    assert_eq!(half["plans"][0]["reach"].as_array().unwrap().last().unwrap(), 0.5);
    let refused = netcensus(dir, &["what-if", "study", "--least-score", "7"]);
    assert_eq!(refused.status.code(), Some(2));
}
