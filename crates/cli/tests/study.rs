//! The journey through the command line: made, filled, labelled, estimated, reported; and what goes wrong on the way.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use ::netcensus::rows::Batch;
use ::netcensus::store::Store;
use ::netcensus::tables::Table;
use command::{bytes_below, json, netcensus, succeeds, text};

/// A small simulated network as files, and a study made from them with a simulated coder.
fn study(dir: &Path, coder: &str) {
    succeeds(dir, &["simulate", "--accounts", "3000", "--members", "300", "--out", "world"]);
    succeeds(dir, &["new", "study", "--files", "--name", "A test", "--seeds-file", "world/seeds.csv"]);
    let settings = dir.join("study/study.toml");
    let mut toml = fs::read_to_string(&settings).unwrap().replace("labels = 500", "labels = 200");
    toml += coder;
    fs::write(settings, toml).unwrap();
    let files =
        ["--accounts", "world/accounts.csv", "--follows", "world/follows.csv.gz", "--posts", "world/posts.jsonl.gz"];
    succeeds(dir, &[&["import", "study"], &files[..]].concat());
}

const SIMULATED: &str = "\n[simulated_coder]\ntruth = \"../world/accounts.csv\"\n";

#[test]
fn from_files_to_a_report_and_never_twice() {
    let dir = tempfile::tempdir().unwrap();
    study(dir.path(), SIMULATED);
    let first = json(&succeeds(dir.path(), &["run", "study", "--json"]));
    let best = &first["estimate"]["members"]["best"];
    let (low, high) = (best["low"].as_f64().unwrap(), best["high"].as_f64().unwrap());
    // 300 members in all, most of them in the frame: the whole census is far from luck.
    assert!(low > 100.0 && low < 300.0 && high > 200.0 && high < 450.0, "{best}");
    assert_eq!(first["estimate"]["simulated"], true);
    let page = fs::read_to_string(dir.path().join("study/out/report.html")).unwrap();
    assert!(page.contains("simulated") && !page.contains("<script"));

    // Nothing changed: nothing runs, nothing is written.
    let before = bytes_below(&dir.path().join("study/out"));
    let again = netcensus(dir.path(), &["run", "study"]);
    assert!(again.status.success());
    assert!(!text(&again.stderr).contains("classify"), "{}", text(&again.stderr));
    assert_eq!(before, bytes_below(&dir.path().join("study/out")));
    let status = json(&succeeds(dir.path(), &["status", "study", "--json"]));
    assert!(status["steps"].as_object().unwrap().values().all(|s| s == "up to date"), "{status}");

    // A lost output is made again, the same.
    fs::remove_file(dir.path().join("study/out/report.html")).unwrap();
    succeeds(dir.path(), &["run", "study"]);
    assert_eq!(before, bytes_below(&dir.path().join("study/out")));
}

/// What a new batch of labels does not move is neither read nor made again, least of all older batches' scores.
#[test]
fn one_more_batch_repeats_only_what_it_must() {
    let dir = tempfile::tempdir().unwrap();
    study(dir.path(), SIMULATED);
    let folder = dir.path().join("study");
    succeeds(dir.path(), &["run", "study"]);
    let data = |table: &str| bytes_below(&folder.join("data").join(table));
    let same = ["data/accounts", "data/follows", "data/posts", "data/frame", "graph"];
    let written = || same.map(|part| written_below(&folder.join(part)));
    let (before, samples, scores) = (written(), data("samples"), scores(&folder));

    let settings = folder.join("study.toml");
    let toml = fs::read_to_string(&settings).unwrap().replace("labels = 200", "labels = 260");
    fs::write(&settings, toml).unwrap();
    let run = netcensus(dir.path(), &["run", "study"]);
    assert!(run.status.success());
    let steps = text(&run.stderr);
    assert!(["sample: batch 3", "classify", "describe"].iter().all(|step| steps.contains(step)), "{steps}");
    assert!(["read the follows", "frame", "batch 1", "batch 2"].iter().all(|step| !steps.contains(step)), "{steps}");
    assert_eq!(steps.matches("classify").count(), 1, "{steps}");

    assert_eq!(before, written());
    let now = data("samples");
    assert_eq!(now.len(), samples.len() + 1);
    assert!(samples.iter().all(|(name, bytes)| now.get(name) == Some(bytes)));
    let now = self::scores(&folder);
    assert_eq!(now.len(), scores.len() / 2 * 3);
    assert_eq!(now[..scores.len()], scores);
}

/// When each file below a folder was written.
fn written_below(dir: &Path) -> Vec<(String, SystemTime)> {
    let at = |name: String| fs::metadata(dir.join(&name)).and_then(|m| m.modified()).map(|at| (name, at)).unwrap();
    bytes_below(dir).into_keys().map(at).collect()
}

/// Batch and bits of each score of a study, in the table's order.
fn scores(study: &Path) -> Vec<(i32, u64)> {
    let mut scores = Vec::new();
    let read = Store::new(study.join("data")).read(Table::Scores, &["batch", "score"], |rows| {
        let (batch, score) = (Batch(rows).int("batch")?.values(), Batch(rows).real("score")?.values());
        scores.extend(batch.iter().zip(score.iter()).map(|(batch, score)| (*batch, score.to_bits())));
        Ok(())
    });
    read.unwrap();
    scores
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let out = |threads: &str| {
        let dir = tempfile::tempdir().unwrap();
        study(dir.path(), SIMULATED);
        succeeds(dir.path(), &["run", "study", "--threads", threads]);
        bytes_below(&dir.path().join("study/out"))
    };
    let (one, two) = (out("1"), out("2"));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert!(one.keys().any(|k| k.ends_with("report.html")));
    for (name, bytes) in &one {
        assert!(bytes == &two[name], "{name} differs");
    }
}

#[test]
fn no_byte_that_comes_out_depends_on_the_form_of_the_graph() {
    let ask = |dir: &Path, before: &str, form: &str| {
        let settings = dir.join("study/study.toml");
        let toml = fs::read_to_string(&settings).unwrap();
        let asked = toml.replace(&format!("form = \"{before}\""), &format!("form = \"{form}\""));
        assert_ne!(asked, toml);
        fs::write(settings, asked).unwrap();
    };
    let run = |form: &str| {
        let dir = tempfile::tempdir().unwrap();
        study(dir.path(), SIMULATED);
        ask(dir.path(), "auto", form);
        succeeds(dir.path(), &["run", "study"]);
        dir
    };
    let graph = |dir: &Path| fs::read(dir.join("study/graph/follows.graph")).unwrap();
    let (plain, coded) = (run("plain"), run("coded"));
    let out = |dir: &Path| bytes_below(&dir.join("study/out"));
    assert!(out(plain.path()).keys().any(|name| name.ends_with("report.html")));
    assert!(out(plain.path()) == out(coded.path()));
    assert!(graph(coded.path()).len() < graph(plain.path()).len());

    // Asked for in the other form, the graph is made anew from the one that is there.
    ask(coded.path(), "coded", "plain");
    succeeds(coded.path(), &["measure", "study"]);
    assert!(graph(coded.path()) == graph(plain.path()));
    assert!(out(plain.path()) == out(coded.path()));
}

#[test]
fn people_label_in_two_batches() {
    let dir = tempfile::tempdir().unwrap();
    study(dir.path(), "");
    let truth = fs::read_to_string(dir.path().join("world/accounts.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(truth.as_bytes());
    let member = reader.headers().unwrap().iter().position(|h| h == "member").unwrap();
    let members: std::collections::HashSet<String> =
        reader.records().map(|r| r.unwrap()).filter(|r| &r[member] == "1").map(|r| r[0].to_owned()).collect();

    // 200 labels: a third in the first batch, two thirds in the second.
    for (batch, size) in [(1, 67), (2, 133)] {
        let waiting = json(&succeeds(dir.path(), &["run", "study", "--json"]));
        if batch == 1 {
            assert_eq!(waiting["state"], "waiting_for_labels");
            assert_eq!(waiting["outstanding"], size);
        }
        succeeds(dir.path(), &["label", "export", "study", "--coder", "ada", "--out", "to-label.csv"]);
        // The coder fills the column `label`; the last row of the first batch stays undecided.
        let mut reader = csv::Reader::from_path(dir.path().join("to-label.csv")).unwrap();
        let header = reader.headers().unwrap().clone();
        let label = header.iter().position(|h| h == "label").unwrap();
        let mut writer = csv::Writer::from_path(dir.path().join("labelled.csv")).unwrap();
        writer.write_record(&header).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
        assert_eq!(rows.len(), size);
        for (i, row) in rows.iter().enumerate() {
            let answer = match members.contains(&row[0]) {
                _ if batch == 1 && i + 1 == size => "Unsure",
                true => "member",
                false => "not",
            };
            let mut row: Vec<&str> = row.iter().collect();
            row[label] = answer;
            writer.write_record(row).unwrap();
        }
        drop(writer);
        let taken =
            json(&succeeds(dir.path(), &["label", "import", "study", "labelled.csv", "--coder", "ada", "--json"]));
        assert_eq!(taken["labels"], size);
    }
    let done = json(&succeeds(dir.path(), &["run", "study", "--json"]));
    assert_eq!((&done["state"], &done["outstanding"]), (&"done".into(), &0.into()));
    let members = &done["estimate"]["members"];
    assert!(members["floor"]["value"].as_f64() < members["ceiling"]["value"].as_f64(), "{members}");
    assert_eq!(done["estimate"]["labels"]["unsure"], 1);
    assert_eq!(done["estimate"]["simulated"], false);
    let page = fs::read_to_string(dir.path().join("study/out/report.html")).unwrap();
    assert!(!page.contains("simulated coder"));
}

#[test]
fn half_labelled_is_estimated_and_said() {
    let dir = tempfile::tempdir().unwrap();
    study(dir.path(), "");
    succeeds(dir.path(), &["run", "study"]);
    succeeds(dir.path(), &["label", "export", "study", "--coder", "ada", "--out", "to-label.csv"]);
    let filled: String = fs::read_to_string(dir.path().join("to-label.csv"))
        .unwrap()
        .lines()
        .enumerate()
        .map(|(i, l)| {
            if (1..=40).contains(&i) && l.ends_with(",,") {
                format!("{}not,\n", &l[..l.len() - 1])
            } else {
                format!("{l}\n")
            }
        })
        .collect();
    fs::write(dir.path().join("half.csv"), filled).unwrap();
    succeeds(dir.path(), &["label", "import", "study", "half.csv", "--coder", "ada"]);
    let done = json(&succeeds(dir.path(), &["run", "study", "--json"]));
    assert_eq!(done["state"], "done");
    assert!(done["outstanding"].as_u64().unwrap() > 0);
    let refused = netcensus(dir.path(), &["sample", "study"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("no label yet"));
}

#[test]
fn a_changed_frame_is_refused_until_the_sample_is_drawn_anew() {
    let dir = tempfile::tempdir().unwrap();
    study(dir.path(), SIMULATED);
    succeeds(dir.path(), &["run", "study"]);
    let settings = dir.path().join("study/study.toml");
    let toml = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, toml.replace("min_follows = 1", "min_follows = 2")).unwrap();
    let refused = netcensus(dir.path(), &["run", "study"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--anew"), "{}", text(&refused.stderr));
    succeeds(dir.path(), &["sample", "study", "--anew"]);
    let done = json(&succeeds(dir.path(), &["run", "study", "--json"]));
    // The labels of the first sample are known units of the second.
    assert!(done["estimate"]["labels"]["coders"][0]["labels"].as_u64().unwrap() > 200, "{done}");
}

#[test]
fn bad_usage_bad_studies_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |args: &[&str], code: i32, words: &str| {
        let done = netcensus(dir.path(), args);
        let stderr = text(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{args:?}: {stderr}");
        let plain = stderr.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
        assert!(plain.contains(words), "{args:?}: {plain}");
    };
    refused(&["nonsense"], 2, "unrecognized subcommand");
    refused(&["run", "nowhere"], 2, "not a study");
    refused(&["new", "study"], 2, "--atproto");
    succeeds(dir.path(), &["new", "study", "--files"]);
    refused(&["new", "study", "--files"], 2, "is a study already");
    refused(&["run", "study"], 2, "names no seed");
    fs::write(dir.path().join("study/seeds.csv"), "id\na\n").unwrap();
    refused(&["run", "study"], 2, "no accounts yet");
    refused(&["collect", "study"], 2, "import");
    refused(&["label", "simulate", "study"], 2, "no accounts yet");
    refused(&["run", "study", "--threads", "0"], 2, "--threads");
    fs::write(dir.path().join("follows.csv"), "src,dst\nx,y\n").unwrap();
    succeeds(dir.path(), &["import", "study", "--follows", "follows.csv"]);
    refused(&["run", "study"], 2, "none of the seeds");
    let settings = dir.path().join("study/study.toml");
    let toml = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, toml.replace("uniform_share = 0.5", "uniform_share = 0.0")).unwrap();
    refused(&["run", "study"], 2, "uniform_share");
    fs::write(&settings, "name = ").unwrap();
    refused(&["run", "study"], 2, "study.toml is not valid");
    refused(&["evaluate", "--accounts", "none.csv", "--follows", "follows.csv"], 1, "none.csv");
}

#[test]
fn a_study_of_nobody_but_seeds_says_so() {
    let dir = tempfile::tempdir().unwrap();
    succeeds(dir.path(), &["new", "study", "--files", "--seed", "a", "--seed", "b"]);
    fs::write(dir.path().join("follows.csv"), "src,dst\na,b\nb,a\n").unwrap();
    succeeds(dir.path(), &["import", "study", "--follows", "follows.csv"]);
    let done = netcensus(dir.path(), &["run", "study"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("nothing but the seeds"), "{}", text(&done.stderr));
}

#[test]
fn completions_and_help() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        assert!(text(&succeeds(dir.path(), &["completions", shell])).contains("netcensus"));
    }
    let help = text(&succeeds(dir.path(), &["--help"]));
    for command in
        "new import collect frame measure sample label classify estimate describe report run status demo simulate evaluate"
            .split(' ')
    {
        assert!(help.contains(command), "{command}");
        assert!(text(&succeeds(dir.path(), &[command, "--help"])).len() > 200, "{command} --help teaches nothing");
    }
}

#[test]
fn ctrl_c_stops_and_loses_nothing() {
    use std::process::{Command, Stdio};
    let dir = tempfile::tempdir().unwrap();
    study(dir.path(), SIMULATED);
    let undisturbed = {
        let other = tempfile::tempdir().unwrap();
        study(other.path(), SIMULATED);
        succeeds(other.path(), &["run", "study"]);
        bytes_below(&other.path().join("study/out"))
    };
    let binary = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netcensus"));
        command.current_dir(dir.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let world = ["--accounts", "world/accounts.csv", "--follows", "world/follows.csv.gz", "--seeds", "20"];
    for args in [[&["evaluate"], &world[..], &["--repeat", "100000"]].concat(), vec!["run", "study"]] {
        let mut child = binary().args(&args).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(700));
        if child.try_wait().unwrap().is_none() {
            assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        }
        let code = child.wait().unwrap().code();
        // A short run may have been done before the signal came; an endless one cannot.
        assert!(code == Some(130) || (args[0] == "run" && code == Some(0)), "{args:?}: {code:?}");
    }
    succeeds(dir.path(), &["run", "study"]);
    assert!(undisturbed == bytes_below(&dir.path().join("study/out")));
}
