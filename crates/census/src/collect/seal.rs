//! Sealing: rows that wait in `work.db` become a Parquet part, once and whole.
//!
//! SQLite and a folder of files cannot commit together, so the part's name joins them. The part is written and made
//! durable under a temporary name; one transaction notes its final name and the last row in it; the file gets that
//! name; one transaction removes the rows and the note. After a stop, a note whose file is there means that the rows
//! are in it, and one whose file is not means that they are not. The name holds a hash of the bytes, so no other file
//! can be taken for it.

use arrow_array::RecordBatch;
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;

use crate::rows;
use crate::store::{Store, sync_folders};
use crate::tables::Table;
use crate::{Error, Result};

/// The tables that the crawl fills.
pub(super) const TABLES: [Table; 4] = [Table::Accounts, Table::Follows, Table::Posts, Table::Statuses];

/// The steps of sealing one table; tests stop after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The part is whole under its temporary name.
    Written,
    /// Its final name is noted.
    Noted,
    /// It has that name.
    Named,
    /// Rows and note are gone.
    Forgotten,
}

/// Seals every row that waits.
pub(super) fn seal(db: &Connection, store: &Store) -> Result<()> {
    TABLES.iter().try_for_each(|table| seal_table(db, store, *table, &mut |_| Ok(())))
}

/// Ends what a stop cut short. Called before anything is fetched, by the only process that collects.
pub(super) fn mend(db: &Connection, store: &Store) -> Result<()> {
    for table in TABLES {
        store.tidy(table)?;
        let note = db.query_row("SELECT last, part FROM crawl_seals WHERE tbl = ?1", [table.name()], |r| {
            Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?))
        });
        if let Some((last, part)) = note.optional()? {
            let path = store.folder(table).join(part);
            let sealed = path.try_exists().map_err(|e| Error::disk(&path, e))?;
            if sealed {
                sync_folders(&store.folder(table))?;
            }
            forget(db, table, if sealed { last } else { 0 })?;
        }
    }
    Ok(())
}

fn seal_table(db: &Connection, store: &Store, table: Table, after: &mut dyn FnMut(Step) -> Result<()>) -> Result<()> {
    let mut query = db.prepare("SELECT id, row FROM crawl_pending WHERE tbl = ?1 ORDER BY id")?;
    let (mut last, mut waiting) = (0, Vec::new());
    let mut found = query.query([table.name()])?;
    while let Some(row) = found.next()? {
        last = row.get(0)?;
        waiting.push(row.get::<_, String>(1)?);
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let mut part = store.part(table)?;
    part.write(&batch(table, &waiting)?)?;
    let part = part.close()?;
    after(Step::Written)?;
    let name = part.path().file_name().and_then(|n| n.to_str()).unwrap_or_default();
    db.execute("INSERT INTO crawl_seals (tbl, last, part) VALUES (?1, ?2, ?3)", params![table.name(), last, name])?;
    after(Step::Noted)?;
    part.publish()?;
    after(Step::Named)?;
    forget(db, table, last)?;
    after(Step::Forgotten)
}

/// Removes the rows up to `last` and the note, together.
fn forget(db: &Connection, table: Table, last: i64) -> Result<()> {
    let tx = db.unchecked_transaction()?;
    tx.execute("DELETE FROM crawl_pending WHERE tbl = ?1 AND id <= ?2", params![table.name(), last])?;
    tx.execute("DELETE FROM crawl_seals WHERE tbl = ?1", [table.name()])?;
    Ok(tx.commit()?)
}

fn batch(table: Table, waiting: &[String]) -> Result<RecordBatch> {
    match table {
        Table::Accounts => rows::accounts(&read(waiting)?),
        Table::Follows => rows::follows(&read(waiting)?),
        Table::Posts => rows::posts(&read(waiting)?),
        Table::Statuses => rows::statuses(&read(waiting)?),
        other => Err(Error::bug(format!("the crawl does not fill the table {}", other.name()))),
    }
}

fn read<T: DeserializeOwned>(waiting: &[String]) -> Result<Vec<T>> {
    let rows = waiting.iter().map(|row| serde_json::from_str(row)).collect::<Result<_, _>>();
    rows.map_err(|e| Error::data("work.db holds a row that cannot be read").because(e))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rows::Status;
    use crate::work::Work;

    fn wait(db: &Connection, accounts: &[&str]) {
        for account in accounts {
            let row = Status { account: (*account).into(), status: "active".into(), ..Status::default() };
            let json = serde_json::to_string(&row).unwrap();
            db.execute("INSERT INTO crawl_pending (tbl, row) VALUES ('statuses', ?1)", [json]).unwrap();
        }
    }

    fn sealed(store: &Store) -> Vec<String> {
        store.statuses().unwrap().into_iter().map(|s| s.account).collect()
    }

    /// Stops after `stop`, as a kill would: a temporary file stays, nothing else runs.
    fn kill_at(db: &Connection, store: &Store, stop: Step) {
        let mut left = None;
        let folder = store.folder(Table::Statuses);
        let died = seal_table(db, store, Table::Statuses, &mut |step| {
            if step != stop {
                return Ok(());
            }
            // Dropping the part removes its temporary file; a kill would not.
            let parts = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path());
            left = parts
                .filter(|p| p.extension().unwrap() == "part")
                .map(|p| (p.clone(), std::fs::read(p).unwrap()))
                .next();
            Err(Error::interrupted())
        });
        assert!(died.is_err());
        if let Some((path, bytes)) = left {
            std::fs::write(path, bytes).unwrap();
        }
    }

    #[test]
    fn a_stop_at_any_step_keeps_every_row_once() {
        for stop in [Step::Written, Step::Noted, Step::Named, Step::Forgotten] {
            for rows_between in [false, true] {
                let dir = tempfile::tempdir().unwrap();
                let store = Store::new(dir.path().join("data"));
                let work = Work::open(&dir.path().join("work.db")).unwrap();
                wait(&work.db, &["a", "b"]);
                seal(&work.db, &store).unwrap();
                wait(&work.db, &["c", "d"]);
                kill_at(&work.db, &store, stop);
                drop(work);

                let work = Work::open(&dir.path().join("work.db")).unwrap();
                mend(&work.db, &store).unwrap();
                mend(&work.db, &store).unwrap();
                if rows_between {
                    wait(&work.db, &["e"]);
                }
                seal(&work.db, &store).unwrap();
                let want = if rows_between { "abcde" } else { "abcd" };
                assert_eq!(sealed(&store).concat(), want, "{stop:?}");
                let left: i64 = work.db.query_row("SELECT count(*) FROM crawl_seals", [], |r| r.get(0)).unwrap();
                let waiting: i64 = work.db.query_row("SELECT count(*) FROM crawl_pending", [], |r| r.get(0)).unwrap();
                assert_eq!((left, waiting), (0, 0));
                let files = std::fs::read_dir(store.folder(Table::Statuses)).unwrap();
                assert!(files.into_iter().all(|f| f.unwrap().path().extension().unwrap() == "parquet"));
            }
        }
    }

    #[test]
    fn a_part_of_another_writer_is_never_taken_for_ours() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("data"));
        let work = Work::open(&dir.path().join("work.db")).unwrap();
        wait(&work.db, &["a"]);
        kill_at(&work.db, &store, Step::Noted);
        let other = Status { account: "z".into(), status: "active".into(), ..Status::default() };
        store.append(Table::Statuses, &rows::statuses(&[other]).unwrap()).unwrap();
        mend(&work.db, &store).unwrap();
        seal(&work.db, &store).unwrap();
        assert_eq!(sealed(&store), ["z", "a"]);
    }

    #[test]
    fn the_same_rows_give_the_same_name() {
        let name = || {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::new(dir.path().join("data"));
            let work = Work::open(&dir.path().join("work.db")).unwrap();
            wait(&work.db, &["a", "b"]);
            seal(&work.db, &store).unwrap();
            store.parts(Table::Statuses).unwrap()[0].file_name().unwrap().to_owned()
        };
        assert_eq!(name(), name());
    }
}
