//! The report of the demonstration, by the command: in both languages, for people and for programs.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::collections::BTreeSet;
use std::fs;

use command::{netcensus, succeeds, text};
use serde_json::Value;

/// Every method that a figure names.
fn methods(value: &Value, to: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(method), Some(_)) = (fields.get("method").and_then(Value::as_str), fields.get("labels")) {
                to.insert(method.to_owned());
            }
            fields.values().for_each(|v| methods(v, to));
        }
        Value::Array(values) => values.iter().for_each(|v| methods(v, to)),
        _ => (),
    }
}

#[test]
fn the_demonstration_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    succeeds(dir, &["demo", "demo"]);
    let read = |name: &str| fs::read_to_string(dir.join("demo/out").join(name)).unwrap();
    let english = read("report.html");
    let said = text(&succeeds(dir, &["report", "demo", "--lang", "ar", "--format", "html", "--format", "json"]));
    assert!(said.contains("report.ar.html") && said.contains("report.json"), "{said}");
    let arabic = read("report.ar.html");
    assert!(arabic.contains(r#"<html lang="ar" dir="rtl">"#));
    // The same sections, in both.
    let ids = |page: &str| -> BTreeSet<String> {
        page.split("<section id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let there = ids(&english);
    assert_eq!(there, ids(&arabic));
    // What docs/report.md says is there is there.
    let docs = include_str!("../../../docs/report.md");
    let named: BTreeSet<String> =
        docs.split("`#").skip(1).map(|rest| rest.split('`').next().unwrap().to_owned()).collect();
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<_> = named.difference(&there).collect();
    assert!(missing.is_empty(), "docs/report.md names sections that are not there: {missing:?}");
    // Each estimator has a name in Arabic: none stands there in English.
    let data: Value = serde_json::from_str(&read("report.json")).unwrap();
    let mut all = BTreeSet::new();
    methods(&data, &mut all);
    assert!(all.len() > 5, "{all:?}");
    for method in all {
        let written = method.replace('&', "&amp;").replace('\'', "&#39;");
        assert!(english.contains(&written), "{method} is not in the English report");
        assert!(!arabic.contains(&written), "{method} has no Arabic text: texts/ar/said.ftl");
    }
    // Files of the report are in the manifest.
    let manifest: Value = serde_json::from_str(&read("manifest.json")).unwrap();
    for name in ["report.html", "report.ar.html", "report.json", "estimate.json", "portrait.json"] {
        assert!(manifest["files"][name].is_string(), "{name}");
    }
    // The study's language is what `run` writes in; options override it.
    let settings = dir.join("demo/study.toml");
    let toml = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, toml + "\n[report]\nlang = \"ar\"\ndigits = \"arabic-indic\"\n").unwrap();
    let before = arabic;
    succeeds(dir, &["run", "demo"]);
    let arabic = read("report.ar.html");
    assert!(before != arabic && arabic.contains("٢٬١٥٥"));
    succeeds(dir, &["report", "demo", "--digits", "western"]);
    assert!(read("report.ar.html").contains("2,155"));
}

#[test]
#[cfg(not(feature = "pdf"))]
fn without_pdf_it_says_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &["demo", "demo"]);
    let refused = netcensus(folder.path(), &["report", "demo", "--format", "pdf"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("feature"), "{}", text(&refused.stderr));
}
