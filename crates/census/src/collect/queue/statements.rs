//! What the queue says to `work.db`, a statement a function.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, named_params, params};
use serde::Serialize;

use super::super::Server;
use super::super::answers::Rejected;
use super::super::mastodon::facts::Facts;
use super::{Kind, Task};
use crate::rows::Account;
use crate::study::Settings;
use crate::tables::Table;
use crate::{Error, Result};

/// A list was left before its end because of its host.
pub(super) fn cut(tx: &Transaction<'_>, task: &Task, reason: &'static str) -> Result<()> {
    note_rejected(tx, &Rejected { reason, example: task.account.clone() })?;
    end_early(tx, task, reason)
}

/// An account is there; what its profile says is for the rule that leaves out the too large.
pub(super) fn update(tx: &Transaction<'_>, account: &Account) -> Result<()> {
    tx.execute(
        "UPDATE crawl_accounts SET status = 'active', followers = ?2, following = ?3, posts = ?4 WHERE id = ?1",
        params![account.id, account.followers, account.following, account.posts],
    )?;
    Ok(())
}

/// Keeps what an instance says of itself.
pub(super) fn keep(tx: &Transaction<'_>, facts: &Facts) -> Result<()> {
    tx.execute(
        "INSERT OR REPLACE INTO crawl_servers (instance, at, title, software, version, users, active_month, posts, open)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            facts.instance,
            Timestamp::now().to_string(),
            facts.title,
            facts.software,
            facts.version,
            facts.users,
            facts.active_month,
            facts.posts,
            facts.open
        ],
    )?;
    Ok(())
}

/// What instances say of themselves.
pub(in super::super) fn servers(db: &Connection) -> Result<Vec<Server>> {
    let sql =
        "SELECT instance, software, version, users, active_month, posts, open FROM crawl_servers ORDER BY instance";
    let mut query = db.prepare(sql)?;
    let rows = query.query_map([], |r| {
        Ok(Server {
            instance: r.get(0)?,
            software: r.get(1)?,
            version: r.get(2)?,
            users: r.get(3)?,
            active_month: r.get(4)?,
            posts: r.get(5)?,
            open: r.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether a list has been at this cursor.
pub(super) fn leads_back(db: &Connection, task: &Task, cursor: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM crawl_cursors WHERE kind = ?1 AND account = ?2 AND cursor = ?3";
    let mut query = db.prepare_cached(sql)?;
    // A list that was begun before cursors were kept: at least the one in hand is known.
    Ok(task.cursor.as_deref() == Some(cursor) || query.exists(params![task.kind as i64, task.account, cursor])?)
}

/// A list was left before its end.
pub(super) fn end_early(tx: &Transaction<'_>, task: &Task, reason: &str) -> Result<()> {
    let sql = "UPDATE crawl_tasks SET cut = ?3 WHERE kind = ?1 AND account = ?2";
    tx.execute(sql, params![task.kind as i64, task.account, reason])?;
    Ok(())
}

/// A list gave so many more rows.
pub(super) fn lengthen(tx: &Transaction<'_>, task: &Task, by: usize) -> Result<()> {
    let mut update = tx.prepare_cached("UPDATE crawl_tasks SET found = found + ?3 WHERE kind = ?1 AND account = ?2")?;
    update.execute(params![task.kind as i64, task.account, by])?;
    Ok(())
}

/// Rows on their way into `crawl_pending`.
pub(in super::super) struct Rows<'a> {
    pub(in super::super) tx: &'a Transaction<'a>,
    pub(in super::super) written: u64,
}

impl Rows<'_> {
    pub(in super::super) fn add(&mut self, table: Table, row: &impl Serialize) -> Result<()> {
        let json = serde_json::to_string(row).map_err(|e| Error::bug("a row cannot be written").because(e))?;
        let mut insert = self.tx.prepare_cached("INSERT INTO crawl_pending (tbl, row) VALUES (?1, ?2)")?;
        insert.execute(params![table.name(), json])?;
        self.written += 1;
        Ok(())
    }
}

/// Accounts whose follows count: there, and not too large for the frame, which leaves those out by the same rule.
pub(super) const IN_SIZE: &str =
    "status = 'active' AND ifnull(followers, 0) <= :followers AND ifnull(following, 0) <= :following";

pub(super) fn sizes(settings: &Settings) -> (i64, i64) {
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    (whole(settings.frame.max_followers), whole(settings.frame.max_following))
}

/// Queues follows and posts of accounts with a profile, or of one of them.
pub(super) fn plan(tx: &Transaction<'_>, settings: &Settings, only: Option<&str>) -> Result<()> {
    let (followers, following) = sizes(settings);
    let fetched = following.min(i64::try_from(settings.collect.max_following).unwrap_or(i64::MAX));
    let mut wanted = vec![(Kind::Follows, fetched)];
    if settings.collect.posts > 0 {
        wanted.push((Kind::Posts, following));
    }
    let one = if only.is_some() { "id = :id" } else { ":id IS NULL" };
    let sql = format!(
        "INSERT OR IGNORE INTO crawl_tasks (kind, account) SELECT :kind, id FROM crawl_accounts WHERE {one} AND {IN_SIZE}"
    );
    let mut insert = tx.prepare_cached(&sql)?;
    for (kind, following) in wanted {
        insert.execute(
            named_params! {":kind": kind as i64, ":id": only, ":followers": followers, ":following": following},
        )?;
    }
    Ok(())
}

/// A seed names this account among others.
pub(super) fn member(tx: &Transaction<'_>, seed: &str, id: &str) -> Result<()> {
    tx.execute("INSERT OR IGNORE INTO crawl_seed_members (seed, account) VALUES (?1, ?2)", [seed, id])?;
    join(tx, id, 0)?;
    add(tx, Kind::Profile, id)
}

pub(super) fn add(tx: &Transaction<'_>, kind: Kind, account: &str) -> Result<()> {
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO crawl_tasks (kind, account) VALUES (?1, ?2)")?;
    insert.execute(params![kind as i64, account])?;
    Ok(())
}

pub(in super::super) fn join(tx: &Transaction<'_>, id: &str, wave: u32) -> Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO crawl_accounts (id, wave) VALUES (?1, ?2)
         ON CONFLICT (id) DO UPDATE SET wave = min(wave, excluded.wave)",
    )?;
    insert.execute(params![id, wave])?;
    Ok(())
}

pub(super) fn set_status(tx: &Transaction<'_>, id: &str, status: &str) -> Result<()> {
    tx.execute("UPDATE crawl_accounts SET status = ?2 WHERE id = ?1", params![id, status])?;
    Ok(())
}

/// Moves a task on from exactly the page it was fetched at.
pub(super) fn advance(tx: &Transaction<'_>, task: &Task, cursor: Option<&str>, done: bool) -> Result<()> {
    let mut update = tx.prepare_cached(
        "UPDATE crawl_tasks SET cursor = ?4, pages = pages + 1, state = ?5
         WHERE kind = ?1 AND account = ?2 AND state = 'ready' AND cursor IS ?3",
    )?;
    let state = if done { "done" } else { "ready" };
    match update.execute(params![task.kind as i64, task.account, task.cursor, cursor, state])? {
        1 => Ok(()),
        _ => Err(Error::bug("a page was fetched for a task that had moved on")),
    }
}

pub(in super::super) fn raise(tx: &Transaction<'_>, name: &str, by: usize) -> Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO crawl_counts (name, n) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n",
    )?;
    insert.execute(params![name, by])?;
    Ok(())
}

pub(in super::super) fn note_rejected(tx: &Transaction<'_>, rejected: &Rejected) -> Result<()> {
    tx.execute(
        "INSERT INTO crawl_rejected (reason, n, example) VALUES (?1, 1, ?2)
         ON CONFLICT (reason) DO UPDATE SET n = n + 1, example = excluded.example",
        params![rejected.reason, rejected.example],
    )?;
    Ok(())
}

/// How many accounts were looked for.
pub(in super::super) fn looked_for(db: &Connection) -> Result<u64> {
    Ok(db.query_row("SELECT count(*) FROM crawl_accounts WHERE status IS NOT NULL", [], |r| r.get(0))?)
}

/// How many lists of follows were read.
pub(in super::super) fn lists(db: &Connection) -> Result<u64> {
    let sql = "SELECT count(*) FROM crawl_tasks WHERE kind = ?1 AND state = 'done'";
    Ok(db.query_row(sql, [Kind::Follows as i64], |r| r.get(0))?)
}

/// The accounts that were looked for.
pub(in super::super) fn fetched(db: &Connection) -> Result<HashSet<String>> {
    let mut query = db.prepare("SELECT id FROM crawl_accounts WHERE status IS NOT NULL")?;
    let ids = query.query_map([], |r| r.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// A count that lasts over the whole study.
pub(in super::super) fn count(db: &Connection, name: &str) -> Result<u64> {
    let n = db.query_row("SELECT n FROM crawl_counts WHERE name = ?1", [name], |r| r.get(0));
    Ok(n.optional()?.unwrap_or(0))
}

/// Sets such a count.
pub(in super::super) fn set_count(db: &Connection, name: &str, n: u64) -> Result<()> {
    db.execute(
        "INSERT INTO crawl_counts (name, n) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET n = excluded.n",
        params![name, n],
    )?;
    Ok(())
}

/// Pauses that hosts have asked for.
pub(in super::super) fn pauses(db: &Connection) -> Result<Vec<(String, Timestamp)>> {
    let mut query = db.prepare("SELECT host, until FROM crawl_pauses")?;
    let rows = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<Result<Vec<(_, i64)>, _>>()?;
    Ok(rows.into_iter().filter_map(|(host, until)| Some((host, Timestamp::from_microsecond(until).ok()?))).collect())
}

/// Keeps these pauses, and no others.
pub(in super::super) fn set_pauses(db: &Connection, pauses: &[(String, Timestamp)]) -> Result<()> {
    let tx = db.unchecked_transaction()?;
    tx.execute("DELETE FROM crawl_pauses", [])?;
    for (host, until) in pauses {
        tx.execute("INSERT INTO crawl_pauses (host, until) VALUES (?1, ?2)", params![host, until.as_microsecond()])?;
    }
    Ok(tx.commit()?)
}

/// The accounts that seeds name, by seed as it stands in `seeds.csv`; those that name nobody are missing.
pub(in super::super) fn seed_accounts(db: &Connection) -> Result<HashMap<String, Vec<String>>> {
    let mut query = db.prepare(
        "SELECT seed, account FROM crawl_seeds WHERE account IS NOT NULL
         UNION ALL SELECT seed, account FROM crawl_seed_members ORDER BY seed, account",
    )?;
    let mut rows = query.query([])?;
    let mut named = HashMap::<String, Vec<String>>::new();
    while let Some(row) = rows.next()? {
        named.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(named)
}
