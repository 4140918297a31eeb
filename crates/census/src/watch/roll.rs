//! The roll: what is known of each account of the frame. It is called anew out of the tables before each sweep, and kept
//! up with each row between; so nothing depends on it that is not in the tables.

use std::collections::{HashMap, HashSet};

use arrow_array::Array;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::schedule::{Known, Pace, urgency};
use crate::lives::Saw;
use crate::rows::{Batch, Follow, Micros, Status};
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// An account of the frame, as the tables have it.
#[derive(Default)]
struct Entry {
    wave: i32,
    born: Option<Micros>,
    score: Option<(i32, f64)>,
    status: Option<String>,
    source: Option<String>,
    checked: Option<Micros>,
    there: Option<Micros>,
    changed: Option<Micros>,
}

impl Entry {
    fn look(&mut self, at: Micros, status: &str, source: Option<&str>) {
        if Saw::of(status) == Saw::There {
            self.there = self.there.max(Some(at));
        }
        if self.checked > Some(at) {
            return;
        }
        if self.status.as_deref() != Some(status) {
            // The first look is no change.
            self.changed = self.status.is_some().then_some(at);
            self.status = Some(status.to_owned());
        }
        self.source = source.map(str::to_owned);
        self.checked = Some(at);
    }
}

/// Calls the roll out of the tables; how many accounts are on it. Every row that waits must be sealed.
pub(super) fn call(study: &Study) -> Result<u64> {
    let mut roll = HashMap::<String, Entry>::new();
    study.store.read(Table::Frame, &["account", "wave"], |batch| {
        let b = Batch(batch);
        let (ids, waves) = (b.text("account")?, b.int("wave")?);
        roll.extend((0..batch.num_rows()).map(|i| {
            let entry = Entry { wave: waves.value(i), ..Entry::default() };
            (ids.value(i).to_owned(), entry)
        }));
        Ok(())
    })?;
    if roll.is_empty() {
        return Err(Error::usage("there is no frame, so there is nobody to watch")
            .help("make one with: netcensus collect, then netcensus frame"));
    }
    study.store.read(Table::Accounts, &["id", "created_at", "observed_at"], |batch| {
        let b = Batch(batch);
        let (ids, born, observed) = (b.text("id")?, b.time("created_at")?, b.time("observed_at")?);
        for i in 0..batch.num_rows() {
            let Some(entry) = roll.get_mut(ids.value(i)) else { continue };
            if born.is_valid(i) {
                entry.born = Some(born.value(i));
            }
            if observed.is_valid(i) && entry.checked.is_none() {
                entry.look(observed.value(i), "active", None);
            }
        }
        Ok(())
    })?;
    study.store.read(Table::Scores, &["account", "batch", "score"], |batch| {
        let b = Batch(batch);
        let (ids, batches, scores) = (b.text("account")?, b.int("batch")?, b.real("score")?);
        for i in 0..batch.num_rows() {
            let Some(entry) = roll.get_mut(ids.value(i)) else { continue };
            if entry.score.is_none_or(|(batch, _)| batch <= batches.value(i)) {
                entry.score = Some((batches.value(i), scores.value(i)));
            }
        }
        Ok(())
    })?;
    study.store.read(Table::Statuses, &["account", "status", "at", "source"], |batch| {
        let b = Batch(batch);
        let (ids, statuses, at, sources) = (b.text("account")?, b.text("status")?, b.time("at")?, b.text("source")?);
        for i in (0..batch.num_rows()).filter(|i| at.is_valid(*i)) {
            if let Some(entry) = roll.get_mut(ids.value(i)) {
                entry.look(at.value(i), statuses.value(i), sources.is_valid(i).then(|| sources.value(i)));
            }
        }
        Ok(())
    })?;
    write(&study.work.db, &roll, i32::try_from(study.settings.frame.waves).unwrap_or(i32::MAX))?;
    Ok(roll.len() as u64)
}

fn write(db: &Connection, roll: &HashMap<String, Entry>, waves: i32) -> Result<()> {
    let mut ids: Vec<&String> = roll.keys().collect();
    ids.sort_unstable();
    let tx = db.unchecked_transaction()?;
    tx.execute("DELETE FROM watch_accounts", [])?;
    let mut insert = tx.prepare(
        "INSERT INTO watch_accounts (account, born, score, expands, status, source, checked, there, changed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for id in ids {
        let e = &roll[id];
        insert.execute(params![
            id,
            e.born,
            e.score.map(|(_, p)| p),
            e.wave < waves,
            e.status,
            e.source,
            e.checked,
            e.there,
            e.changed
        ])?;
    }
    drop(insert);
    Ok(tx.commit()?)
}

/// Keeps what was said of an account with the row that says it; whether it is a change.
pub(crate) fn told(tx: &Transaction<'_>, status: &Status, now: Micros) -> Result<bool> {
    let at = status.at.unwrap_or(now);
    let mut query = tx.prepare_cached("SELECT status, checked FROM watch_accounts WHERE account = ?1")?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, Option<String>>(0)?, r.get::<_, Option<Micros>>(1)?));
    let Some((was, checked)) = query.query_row([&status.account], row).optional()? else { return Ok(false) };
    // An event of a time before the last look: that look knows better.
    if checked > Some(at) {
        return Ok(false);
    }
    // The first look is no change.
    let change = was.as_ref().is_some_and(|was| *was != status.status);
    let mut update = tx.prepare_cached(
        "UPDATE watch_accounts SET status = ?2, source = ?3, checked = ?4,
             there = CASE WHEN ?5 THEN ?4 ELSE there END, changed = CASE WHEN ?6 THEN ?4 ELSE changed END
         WHERE account = ?1",
    )?;
    let there = Saw::of(&status.status) == Saw::There;
    update.execute(params![status.account, status.status, status.source, at, there, change])?;
    if change {
        let mut insert = tx.prepare_cached(
            "INSERT INTO watch_changes (account, was, became, source, at, known) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        insert.execute(params![status.account, was, status.status, status.source, at, now])?;
    }
    Ok(change)
}

/// Takes note that an account whose follows count towards the frame began to follow one that the study does not know.
pub(crate) fn follow(tx: &Transaction<'_>, follow: &Follow, at: Micros) -> Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT OR IGNORE INTO watch_newcomers (account, first) SELECT ?2, ?3
         WHERE EXISTS (SELECT 1 FROM watch_accounts WHERE account = ?1 AND expands)
           AND NOT EXISTS (SELECT 1 FROM watch_accounts WHERE account = ?2)
           AND NOT EXISTS (SELECT 1 FROM crawl_accounts WHERE id = ?2)",
    )?;
    insert.execute(params![follow.src, follow.dst, at])?;
    Ok(())
}

/// How many of the group follow each account that was noted, by the table of follows; from the frame's `min_follows` on it
/// would be in the frame. Returns how many are noted anew.
pub(super) fn enter(study: &Study, now: Micros) -> Result<u64> {
    let db = &study.work.db;
    let texts = |sql: &str| -> Result<HashSet<String>> {
        let mut query = db.prepare(sql)?;
        let ids = query.query_map([], |r| r.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    };
    let waiting = texts("SELECT account FROM watch_newcomers WHERE noted IS NULL")?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let group = texts("SELECT account FROM watch_accounts WHERE expands")?;
    let mut by = HashMap::<String, HashSet<String>>::new();
    study.store.read(Table::Follows, &["src", "dst"], |batch| {
        let b = Batch(batch);
        for (src, dst) in b.text("src")?.iter().zip(b.text("dst")?.iter()) {
            if let (Some(src), Some(dst)) = (src, dst)
                && waiting.contains(dst)
                && group.contains(src)
            {
                by.entry(dst.to_owned()).or_default().insert(src.to_owned());
            }
        }
        Ok(())
    })?;
    let tx = db.unchecked_transaction()?;
    let mut noted = 0;
    for (account, by) in &by {
        let enough = by.len() >= study.settings.frame.min_follows as usize;
        noted += u64::from(enough);
        tx.execute(
            "UPDATE watch_newcomers SET follows = ?2, noted = ?3 WHERE account = ?1",
            params![account, by.len(), enough.then_some(now)],
        )?;
    }
    tx.commit()?;
    Ok(noted)
}

/// Every account on the roll, the most urgent first.
pub(super) fn due(db: &Connection, now: Micros, pace: &Pace) -> Result<Vec<(f64, String)>> {
    let mut query = db.prepare("SELECT account, born, score, status, checked, changed FROM watch_accounts")?;
    let row = |r: &rusqlite::Row<'_>| {
        let status: Option<String> = r.get(3)?;
        let known = Known {
            born: r.get(1)?,
            score: r.get(2)?,
            saw: Saw::of(status.as_deref().unwrap_or_default()),
            checked: r.get(4)?,
            changed: r.get(5)?,
        };
        Ok((urgency(&known, now, pace), r.get(0)?))
    };
    let mut all: Vec<(f64, String)> = query.query_map([], row)?.collect::<Result<_, _>>()?;
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Ok(all)
}
