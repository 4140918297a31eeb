//! `work.db`: what must survive a stop in the middle. The crawl's queue and cursors, coders' labels, what each step
//! last read and wrote, and the audit log. SQLite in WAL mode, every commit on disk before it counts.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::{Error, Result};

/// Schema changes in order; `user_version` says how many a file has. Never change one that was released: add another.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE audit (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL);
     CREATE TABLE labels (
        account TEXT NOT NULL, coder TEXT NOT NULL, label TEXT NOT NULL, simulated INTEGER NOT NULL,
        note TEXT, at TEXT NOT NULL, PRIMARY KEY (account, coder)) WITHOUT ROWID;
     CREATE TABLE steps (
        step TEXT PRIMARY KEY, inputs TEXT NOT NULL, outputs TEXT NOT NULL) WITHOUT ROWID;",
    crate::collect::MIGRATION,
    crate::import::MIGRATION,
    crate::collect::CARE_MIGRATION,
    crate::collect::MASTODON_MIGRATION,
    crate::collect::UNSEEN_MIGRATION,
    crate::collect::GROUP_MIGRATION,
    crate::collect::LABELS_MIGRATION,
    crate::collect::stream::MIGRATION,
    crate::collect::WHOLE_MIGRATION,
    crate::collect::CHOICES_MIGRATION,
    crate::replacement::MIGRATION,
    crate::sites::MIGRATION,
    crate::watch::MIGRATION,
    crate::hand_over::MIGRATION,
    crate::publish::MIGRATION,
];

/// An open `work.db`.
pub struct Work {
    /// The connection; a step's own module holds its own SQL.
    pub db: Connection,
}

impl Work {
    /// Opens or creates the file, and brings it to the newest schema.
    pub fn open(path: &Path) -> Result<Self> {
        let mut db = Connection::open(path)?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        // Read back: a pragma that cannot be set answers with the old value instead of failing.
        let mode: String = db.query_row("PRAGMA journal_mode=wal", [], |r| r.get(0))?;
        db.execute_batch("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON")?;
        let synchronous: i64 = db.query_row("PRAGMA synchronous", [], |r| r.get(0))?;
        if mode != "wal" || synchronous != 2 {
            return Err(Error::data(format!(
                "{} cannot be opened safely (journal {mode}, synchronous {synchronous})",
                path.display()
            ))
            .help("move the study to a local disk; network file systems often cannot keep a write-ahead log"));
        }
        let have: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        let have = usize::try_from(have).unwrap_or(usize::MAX);
        if have > MIGRATIONS.len() {
            return Err(
                Error::usage(format!("{} was written by a newer netcensus", path.display())).help("update netcensus")
            );
        }
        for (i, sql) in MIGRATIONS.iter().enumerate().skip(have) {
            let tx = db.transaction()?;
            tx.execute_batch(sql)?;
            tx.pragma_update(None, "user_version", i64::try_from(i + 1).unwrap_or(i64::MAX))?;
            tx.commit()?;
        }
        Ok(Self { db })
    }

    /// Writes a line to the audit log: who looks later sees what was done to the study, and when.
    pub fn audit(&self, action: &str, detail: &str) -> Result<()> {
        let now = jiff::Timestamp::now().to_string();
        self.db.execute("INSERT INTO audit (at, action, detail) VALUES (?1, ?2, ?3)", params![now, action, detail])?;
        Ok(())
    }
}
