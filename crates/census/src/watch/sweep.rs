//! One sweep: accounts in the order of their urgency, until they are through or the budget is spent. Rows, roll and log are
//! committed together, so a stop at any point leaves a sweep that says how far it came.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{TICK, now, roll};
use crate::collect::check::{self, Checked, Checker};
use crate::lives::Saw;
use crate::progress::Progress;
use crate::rows::Micros;
use crate::study::Study;
use crate::{Error, Result};

/// So many calls without a usable answer in a row mean that the servers are gone.
const HOPELESS: u64 = 50;
/// A sweep that comes later than so many times the wanted distance after the last one leaves a gap.
const LATE: f64 = 1.5;
/// So many rows wait at most before they are sealed.
const SEAL_AT: usize = 20_000;

/// A sweep, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sweep {
    /// When it began, and how far it came.
    pub from: Micros,
    /// See `from`.
    pub to: Micros,
    /// Whether it came to its end; not, where the process was stopped.
    pub ended: bool,
    /// Accounts on the roll.
    pub accounts: u64,
    /// Those that were due.
    pub due: u64,
    /// Those of them that were asked about.
    pub due_asked: u64,
    /// Accounts asked about of which something was learnt.
    pub asked: u64,
    /// Of these, not there.
    pub gone: u64,
    /// Of these, not what they were before.
    pub changed: u64,
    /// Accounts asked about without a usable answer.
    pub failed: u64,
    /// Requests.
    pub requests: u64,
    /// Why it ended before all that it wanted to ask about.
    pub stopped: Option<String>,
}

impl Sweep {
    /// The last one.
    pub(super) fn last(db: &Connection) -> Result<Option<Self>> {
        let sql = "SELECT began, upto, ended, accounts, due, due_asked, asked, gone, changed, failed, requests, stopped
                   FROM watch_sweeps ORDER BY id DESC LIMIT 1";
        let row = |r: &rusqlite::Row<'_>| {
            Ok(Self {
                from: r.get(0)?,
                to: r.get(1)?,
                ended: r.get(2)?,
                accounts: r.get(3)?,
                due: r.get(4)?,
                due_asked: r.get(5)?,
                asked: r.get(6)?,
                gone: r.get(7)?,
                changed: r.get(8)?,
                failed: r.get(9)?,
                requests: r.get(10)?,
                stopped: r.get(11)?,
            })
        };
        Ok(db.query_row(sql, [], row).optional()?)
    }
}

/// Sweeps once: accounts that are due, or all.
pub(super) async fn sweep(study: &Study, only_due: bool, progress: &Progress) -> Result<Sweep> {
    let db = &study.work.db;
    check::seal(db, &study.store)?;
    let accounts = roll::call(study)?;
    let began = now();
    let checker = Arc::new(Checker::new(study, study.settings.watch.request_budget, progress)?);
    let mut wanted = roll::due(db, began, &study.settings.watch.pace()?)?;
    wanted.retain(|(urgency, id)| checker.asks(id) && (!only_due || *urgency >= 1.0));
    let due = wanted.iter().filter(|(urgency, _)| *urgency >= 1.0).count();
    gap(study, began, due)?;
    db.execute(
        "INSERT INTO watch_sweeps (began, upto, accounts, due) VALUES (?1, ?1, ?2, ?3)",
        params![began, accounts, due],
    )?;
    let mut sweep = Running {
        study,
        progress,
        checker,
        id: db.last_insert_rowid(),
        wanted,
        next: 0,
        through: 0,
        waiting: 0,
        in_vain: 0,
        why: String::new(),
    };
    progress.begin("watch: sweep", Some(sweep.wanted.len() as u64));
    let result = sweep.run().await;
    progress.end();
    sweep.checker.keep_pauses(db)?;
    check::seal(db, &study.store)?;
    let stopped = result?;
    roll::enter(study, now())?;
    let sql = "UPDATE watch_sweeps SET ended = 1, upto = ?2, requests = ?3, stopped = ?4 WHERE id = ?1";
    db.execute(sql, params![sweep.id, now(), sweep.checker.spent(), stopped])?;
    match stopped {
        Some(why) if sweep.in_vain >= HOPELESS => Err(Error::network(why).help(
            "check the connection and the addresses in study.toml, then run it again: it goes on with those due",
        )),
        _ => Sweep::last(db)?.ok_or_else(|| Error::bug("a sweep left no trace")),
    }
}

/// Nobody swept since the last one for longer than was wanted.
fn gap(study: &Study, now: Micros, due: usize) -> Result<()> {
    let every = super::duration(&study.settings.watch.every)?.as_secs_f64() * 1e6;
    if let Some(last) = Sweep::last(&study.work.db)?
        && (now - last.to) as f64 > LATE * every
    {
        let sql = "INSERT INTO watch_gaps (from_at, to_at, due) VALUES (?1, ?2, ?3)";
        study.work.db.execute(sql, params![last.to, now, due])?;
    }
    Ok(())
}

struct Running<'a> {
    study: &'a Study,
    progress: &'a Progress,
    checker: Arc<Checker>,
    id: i64,
    wanted: Vec<(f64, String)>,
    next: usize,
    /// Accounts of which there is an answer, be it none that is usable.
    through: usize,
    /// Rows that wait to be sealed.
    waiting: usize,
    /// Calls without a usable answer since the last one with.
    in_vain: u64,
    why: String,
}

impl Running<'_> {
    /// Asks until all are through; else why not.
    async fn run(&mut self) -> Result<Option<String>> {
        let mut jobs = JoinSet::new();
        loop {
            self.progress.check()?;
            while jobs.len() < self.study.settings.collect.concurrency && !self.checker.exhausted() {
                let end = (self.next + self.checker.at_once()).min(self.wanted.len());
                let accounts: Vec<String> = self.wanted[self.next..end].iter().map(|(_, id)| id.clone()).collect();
                if accounts.is_empty() {
                    break;
                }
                let (checker, from) = (self.checker.clone(), self.next);
                self.next = end;
                jobs.spawn(async move { (from..end, checker.check(&accounts).await) });
            }
            if jobs.is_empty() {
                return Ok((self.through < self.wanted.len()).then(|| "the budget of requests is spent".to_owned()));
            }
            if let Ok(Some(arrived)) = timeout(TICK, jobs.join_next()).await {
                let (asked, checked) = arrived.map_err(|e| Error::bug("a fetcher failed").because(e))?;
                self.progress.advance(asked.len() as u64);
                self.keep(asked, &checked)?;
                if self.in_vain >= HOPELESS {
                    return Ok(Some(format!("the servers do not answer usably: {}", self.why)));
                }
            }
        }
    }

    fn keep(&mut self, asked: std::ops::Range<usize>, checked: &Checked) -> Result<()> {
        let due = self.wanted[asked].iter().filter(|(urgency, _)| *urgency >= 1.0);
        let answered: std::collections::HashSet<&str> = checked.statuses.iter().map(|s| s.account.as_str()).collect();
        let due = due.filter(|(_, id)| answered.contains(id.as_str())).count();
        let gone = checked.statuses.iter().filter(|s| matches!(Saw::of(&s.status), Saw::Gone(_))).count();
        let now = now();
        checked.keep(&self.study.work.db, |tx| {
            let mut changed = 0;
            for status in &checked.statuses {
                changed += i64::from(roll::told(tx, status, now)?);
            }
            tx.execute(
                "UPDATE watch_sweeps SET upto = ?2, asked = asked + ?3, due_asked = due_asked + ?4, gone = gone + ?5,
                     changed = changed + ?6, failed = failed + ?7, requests = ?8 WHERE id = ?1",
                params![
                    self.id,
                    now,
                    checked.statuses.len(),
                    due,
                    gone,
                    changed,
                    checked.failed.len(),
                    self.checker.spent()
                ],
            )?;
            Ok(())
        })?;
        match checked.failed.last() {
            Some((_, why)) if checked.statuses.is_empty() => {
                self.in_vain += 1;
                self.why.clone_from(why);
            }
            _ => self.in_vain = 0,
        }
        self.through += checked.statuses.len() + checked.failed.len();
        self.waiting += checked.statuses.len();
        if self.waiting >= SEAL_AT {
            check::seal(&self.study.work.db, &self.study.store)?;
            self.waiting = 0;
        }
        Ok(())
    }
}
