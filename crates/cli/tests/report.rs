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

/// Where a value is not as a JSON schema says: of what it can say, what docs/report.schema.json does.
fn faults(value: &Value, schema: &Value, root: &Value, at: &str, to: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        return faults(value, &root["$defs"][name.rsplit('/').next().unwrap()], root, at, to);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = |s: &Value| {
            let mut own = Vec::new();
            faults(value, s, root, at, &mut own);
            own.is_empty()
        };
        if !any.iter().any(fits) {
            to.push(format!("{at}: fits nothing of {schema}"));
        }
        return;
    }
    if let Some(allowed) = schema["enum"].as_array() {
        if !allowed.contains(value) {
            to.push(format!("{at}: {value} is not in {allowed:?}"));
        }
        return;
    }
    let kind = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(some) => some.iter().map(|s| s.as_str().unwrap()).collect(),
        _ => return,
    };
    if !kinds.iter().any(|name| kind(name)) {
        return to.push(format!("{at}: {value} is no {kinds:?}"));
    }
    if let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        let wanted = schema["required"].as_array().into_iter().flatten();
        to.extend(
            wanted.filter(|name| !fields.contains_key(name.as_str().unwrap())).map(|n| format!("{at} lacks {n}")),
        );
        for (name, field) in fields {
            match known.get(name) {
                Some(schema) => faults(field, schema, root, &format!("{at}.{name}"), to),
                None if schema["additionalProperties"] == false => to.push(format!("{at}.{name} is not in the schema")),
                None => (),
            }
        }
    }
    for item in value.as_array().into_iter().flatten() {
        faults(item, &schema["items"], root, &format!("{at}[]"), to);
    }
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/report.schema.json")).unwrap()
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
    let schema = schema();
    let mut wrong = Vec::new();
    faults(&data, &schema, &schema, "report", &mut wrong);
    assert!(wrong.is_empty(), "docs/report.schema.json and report.json differ: {wrong:#?}");
    let sorting = data["estimate"]["sorting"].as_array().unwrap();
    assert_eq!((sorting.len(), &sorting[0]["measure"]), (10, &Value::from("score")));
    let mut broken = data.clone();
    broken["estimate"]["members"]["best"]["low"] = Value::Null;
    broken["portrait"]["new"] = Value::Null;
    faults(&broken, &schema, &schema, "report", &mut wrong);
    assert_eq!(wrong.len(), 2, "the schema holds nothing: {wrong:?}");
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

#[test]
fn a_report_for_everybody_and_two_waves_held_against_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    succeeds(dir, &["demo", "demo"]);
    let asked = ["report", "demo", "--public", "--format", "html", "--format", "json", "--format", "tables", "--json"];
    let said: Value = serde_json::from_str(&text(&succeeds(dir, &asked))).unwrap();
    assert_eq!(said["reports"].as_array().unwrap().len(), 4, "{said}");
    let read = |name: &str| fs::read_to_string(dir.join("demo/out/public").join(name)).unwrap();
    let page = read("report.html");
    assert!(page.contains("Made for the public."));
    let data: Value = serde_json::from_str(&read("report.json")).unwrap();
    assert_eq!(data["public"], true);
    let members = &data["estimate"]["members"]["best"];
    assert!(
        members["value"].as_f64().unwrap() % 10.0 == 0.0
            && data["estimate"]["frame"]["size"].as_u64().unwrap().is_multiple_of(10)
    );
    assert!(read("tables/figures.csv").lines().count() > 100);
    // Nobody's id, in any file.
    let accounts = fs::read_to_string(dir.join("demo/truth.csv")).unwrap();
    assert!(accounts.lines().count() > 10_000);
    let all = page + &read("report.json") + &read("tables/figures.csv");
    for line in accounts.lines().skip(1) {
        let id = line.split(',').next().unwrap();
        assert!(!all.contains(id), "{id}");
    }
    // With noise in the raw counts, as far as the study's budget goes.
    let refused = netcensus(dir, &["report", "demo", "--public", "--epsilon", "0.9"]);
    assert!(text(&refused.stderr).contains("no budget"), "{}", text(&refused.stderr));
    let settings = dir.join("demo/study.toml");
    let toml = fs::read_to_string(&settings).unwrap();
    assert!(toml.contains("[publish]\n"), "{toml}");
    fs::write(&settings, toml.replacen("[publish]\n", "[publish]\nepsilon = 1.0\n", 1)).unwrap();
    succeeds(dir, &["run", "demo"]);
    let private = ["report", "demo", "--public", "--epsilon", "0.9", "--format", "json", "--format", "html"];
    succeeds(dir, &private);
    let first = read("report.json");
    succeeds(dir, &private);
    assert_eq!(first, read("report.json"), "the same counts have the same noise");
    let noised: Value = serde_json::from_str(&first).unwrap();
    let mut wrong = Vec::new();
    faults(&noised, &schema(), &schema(), "report", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(noised["privacy"]["spent"], 0.9);
    assert!(read("report.html").contains("differential privacy"));
    let refused = netcensus(dir, &["report", "demo", "--public", "--epsilon", "0.2"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("0.9 of 1 is spent"), "{}", text(&refused.stderr));
    assert_eq!(netcensus(dir, &["report", "demo", "--epsilon", "0.1"]).status.code(), Some(2), "for the public alone");
    // What cannot be published is refused, and nothing is written.
    let toml = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, toml.replacen("name = \"", "name = \"@somebody and ", 1)).unwrap();
    succeeds(dir, &["run", "demo"]);
    let refused = netcensus(dir, &["report", "demo", "--public"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("a mention"), "{}", text(&refused.stderr));

    let words = text(&succeeds(dir, &["compare", "demo", "demo/out"]));
    assert!(words.contains("SIMULATED") && words.contains("members") && !words.contains("\n*  "), "{words}");
    let compared: Value =
        serde_json::from_str(&text(&succeeds(dir, &["compare", "demo", "demo", "--json", "--output", "c.json"])))
            .unwrap();
    assert!(compared["rows"].as_array().unwrap().iter().all(|r| r["difference"]["value"] == 0.0));
    assert!(fs::read(dir.join("c.json")).unwrap().len() > 1_000);
    assert_eq!(netcensus(dir, &["compare", "demo", "nowhere"]).status.code(), Some(2));
}
