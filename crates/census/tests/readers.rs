//! Other programs read the study's tables as they are. Needs Python with pyarrow (and DuckDB, where it is there):
//! `NETCENSUS_PYTHON=path/to/python cargo test --release -p netcensus --test readers -- --ignored`
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use netcensus::report::{self, About, Format, Report};
use netcensus::rows::{self, Account, Columns, Follow, Post, Status};
use netcensus::store::Store;
use netcensus::study::{Platform, Settings, Study};
use netcensus::tables::Table;
use netcensus::texts::{Digits, Lang};

const TIME: i64 = 1_539_202_764_123_456;

fn write(store: &Store) {
    let account = Account {
        id: "1".into(),
        name: Some("علي".into()),
        created_at: Some(TIME),
        followers: Some(i64::MAX),
        bot: Some(false),
        ..Account::default()
    };
    let bare = Account { id: "2".into(), ..Account::default() };
    store.append(Table::Accounts, &rows::accounts(&[account, bare]).unwrap()).unwrap();
    let follow = |src: &str| Follow { src: src.into(), dst: "9".into(), created_at: None };
    store.append(Table::Follows, &rows::follows(&[follow("1"), follow("2")]).unwrap()).unwrap();
    store.append(Table::Follows, &rows::follows(&[follow("3")]).unwrap()).unwrap();
    let post = Post {
        id: "p".into(),
        author: "1".into(),
        created_at: Some(TIME),
        reply: Some(true),
        tags: vec!["a".into(), "ب".into()],
        ..Post::default()
    };
    store.append(Table::Posts, &rows::posts(&[post]).unwrap()).unwrap();
    let status = Status { account: "1".into(), status: "active".into(), at: Some(TIME), ..Status::default() };
    store.append(Table::Statuses, &rows::statuses(&[status]).unwrap()).unwrap();
    let samples = Columns::new()
        .text([Some("1")].into_iter())
        .int([1].into_iter())
        .real([0.25].into_iter())
        .flag([Some(true)].into_iter())
        .text([Some("f")].into_iter());
    store.append(Table::Samples, &samples.batch(Table::Samples).unwrap()).unwrap();
}

fn python(script: &str, data: &Path) {
    let python = std::env::var("NETCENSUS_PYTHON").unwrap_or_else(|_| "python3".into());
    let out = Command::new(python).args(["-c", script]).arg(data).output().unwrap();
    assert!(out.status.success(), "{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    print!("{}", String::from_utf8_lossy(&out.stdout));
}

#[test]
#[ignore = "needs Python with pyarrow; see the top of the file"]
fn pyarrow_and_duckdb_read_the_tables() {
    let dir = tempfile::tempdir().unwrap();
    write(&Store::new(dir.path()));
    python(include_str!("readers.py"), dir.path());
}

/// `out/tables`, as CSV and as Parquet: the same rows, and a spreadsheet takes none for a formula.
const FIGURES: &str = r#"
import csv, sys
import pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
table = pq.read_table(f"{folder}/figures.parquet")
kinds = {"section": pa.string(), "label": pa.string(), "value": pa.float64(), "low": pa.float64(), "high": pa.float64(),
         "labels": pa.int64(), "method": pa.string(), "control_value": pa.float64()}
for name, kind in kinds.items():
    assert table.schema.field(name).type == kind, (name, table.schema.field(name).type)
rows = table.to_pylist()
with open(f"{folder}/figures.csv", encoding="utf-8", newline="") as file:
    lines = list(csv.DictReader(file))
assert len(rows) == len(lines) > 30, (len(rows), len(lines))
for row, line in zip(rows, lines):
    assert row["low"] <= row["value"] <= row["high"], row
    assert float(line["value"]) == row["value"] and int(line["labels"]) == row["labels"], (row, line)
    assert line["label"].removeprefix("'") == row["label"], (row, line)
    assert not line["label"].startswith(("=", "+", "@")), line
assert any(line["label"] == "'=1+1" for line in lines)
assert any(row["label"] == 'وسم, "two"' for row in rows)
print("pyarrow", pa.__version__, "reads", len(rows), "figures")
"#;

#[test]
#[ignore = "needs Python with pyarrow; see the top of the file"]
fn pyarrow_reads_the_tables_of_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let study = Study::create(dir.path(), &Settings::new("test", "members", Platform::Files), &[]).unwrap();
    let mut portrait: netcensus::describe::Portrait = serde_json::from_str(include_str!("data/portrait.json")).unwrap();
    let section = portrait.sections.iter_mut().find(|s| s.rows.len() > 1).unwrap();
    section.rows[0].label = "=1+1".into();
    section.rows[1].label = "وسم, \"two\"".into();
    let report = Report {
        about: About::default(),
        estimate: serde_json::from_str(include_str!("data/estimate.json")).unwrap(),
        portrait,
        takedowns: None,
        replacement: None,
        what_if: None,
        sites: None,
        public: false,
        privacy: None,
    };
    report::write(&study, &report, Format::Tables, Lang::En, Digits::Western).unwrap();
    python(FIGURES, &study.out().join("tables"));
}
