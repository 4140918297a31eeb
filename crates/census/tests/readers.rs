//! Other programs read the study's tables as they are. Needs Python with pyarrow (and DuckDB, where it is there):
//! `NETCENSUS_PYTHON=path/to/python cargo test --release -p netcensus --test readers -- --ignored`
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use netcensus::rows::{self, Account, Columns, Follow, Post, Status};
use netcensus::store::Store;
use netcensus::tables::Table;

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
