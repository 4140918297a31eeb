//! What was watched: events become rows, and rows and the cursor after them are committed together.

use std::collections::HashMap;

use super::super::answers::Rejected;
use super::super::queue::{self, Rows, note_rejected, raise};
use super::super::seal;
use super::change::Change;
use super::event::{Commit, Event, Happened};
use super::{Accounts, Protocol};
use crate::rows::Micros;
use crate::store::Store;
use crate::tables::Table;
use crate::watch;
use crate::{Error, Result};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// A host whose numbers are times is asked for this much again, because its clock may not only go forward.
const AGAIN: i64 = 5_000_000;
/// If the first event after a connection is so much later than the last one before, the host may have passed over some.
const SILENCE: i64 = 60_000_000;

/// An event as it arrived.
pub(super) struct Arrived {
    pub(super) event: Event,
    /// Of its bytes.
    pub(super) hash: [u8; 16],
}

/// Why something was not watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// The host no longer had what came after the cursor.
    Outdated,
    /// The host's numbers began anew, below the cursor.
    Ahead,
    /// Another host was watched before.
    OtherHost,
    /// Nothing came for long; the host does not say whether there was something.
    Silence,
    /// A commit that was too large to be sent.
    TooBig,
    /// A repository that was set anew.
    Reset,
}

impl Gap {
    fn words(self) -> &'static str {
        match self {
            Gap::Outdated => "the host no longer had the events after the cursor",
            Gap::Ahead => "the host's numbers began anew",
            Gap::OtherHost => "another host was watched before",
            Gap::Silence => "perhaps: the first event after a connection came late",
            Gap::TooBig => "a commit too large to be sent",
            Gap::Reset => "a repository set anew",
        }
    }
}

/// The events of one host.
pub(super) struct Ledger<'a> {
    db: &'a Connection,
    store: &'a Store,
    host: String,
    protocol: Protocol,
    accounts: Accounts,
    /// The number and the time of the last event.
    last: Option<(i64, Micros)>,
    /// A gap that ends with the next event.
    open: Option<(Gap, Option<i64>, Option<Micros>)>,
    /// Whether the next event is the first one of a connection.
    fresh: bool,
    /// Where a host is begun with.
    start: Option<i64>,
    /// Rows that wait to be sealed.
    pub(super) pending: u64,
    /// Events taken by this run, and those that came again and were passed over.
    pub(super) events: u64,
    pub(super) repeated: u64,
}

impl<'a> Ledger<'a> {
    pub(super) fn open(
        db: &'a Connection,
        store: &'a Store,
        host: &str,
        protocol: Protocol,
        accounts: Accounts,
    ) -> Result<Self> {
        let last = db
            .query_row("SELECT cursor, at FROM stream_cursors WHERE host = ?1", [host], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        let mut ledger = Self {
            db,
            store,
            host: host.to_owned(),
            protocol,
            accounts,
            last,
            open: None,
            fresh: true,
            start: None,
            pending: db.query_row("SELECT count(*) FROM crawl_pending", [], |r| r.get(0))?,
            events: 0,
            repeated: 0,
        };
        let newest: Option<Micros> = db.query_row("SELECT max(at) FROM stream_cursors", [], |r| r.get(0))?;
        if let (None, Some(newest)) = (last, newest) {
            ledger.open = Some((Gap::OtherHost, None, Some(newest)));
        }
        Ok(ledger)
    }

    /// Whether a host that was not watched before is asked for all that it still has.
    pub(super) fn begin(mut self, with_all: bool) -> Self {
        self.start = with_all.then_some(match self.protocol {
            Protocol::Firehose => 0,
            Protocol::Jetstream => 1,
        });
        self
    }

    /// A connection begins; gives the cursor to ask for, if there is one.
    pub(super) fn connect(&mut self) -> Option<i64> {
        self.fresh = true;
        let after = |(cursor, _)| match self.protocol {
            Protocol::Firehose => cursor,
            Protocol::Jetstream => cursor - AGAIN,
        };
        self.last.map(after).or(self.start)
    }

    /// The host no longer has what comes after the cursor.
    pub(super) fn outdated(&mut self) {
        if let Some((cursor, at)) = self.last {
            self.open = Some((Gap::Outdated, Some(cursor), Some(at)));
        }
    }

    /// The cursor is ahead of the host, which so counts anew; what comes next is watched from where it is.
    pub(super) fn ahead(&mut self) {
        if let Some((cursor, at)) = self.last.take() {
            self.open = Some((Gap::Ahead, Some(cursor), Some(at)));
            self.start = None;
        }
    }

    /// Takes events in the order in which they came. All of them are in, or none.
    pub(super) fn commit(&mut self, arrived: &[Arrived], now: Micros) -> Result<()> {
        if arrived.is_empty() {
            return Ok(());
        }
        let tx = self.db.unchecked_transaction()?;
        let mut rows = Rows { tx: &tx, written: 0 };
        let (mut last, mut open, mut fresh) = (self.last, self.open, self.fresh);
        let mut counts = Counts::default();
        let mut first = None;
        for Arrived { event, hash } in arrived {
            if self.known(&tx, event, hash, last)? {
                counts.repeated += 1;
                continue;
            }
            let at = event.at.unwrap_or(now);
            if fresh
                && open.is_none()
                && self.protocol == Protocol::Jetstream
                && let Some((cursor, before)) = last
                && event.cursor - cursor > SILENCE
            {
                open = Some((Gap::Silence, Some(cursor), Some(before)));
            }
            if let Some((gap, from, from_at)) = open.take() {
                let to = (gap != Gap::Ahead).then_some(event.cursor);
                self.gap(&tx, gap, None, (from, to), (from_at, Some(at)))?;
            }
            fresh = false;
            first.get_or_insert(at);
            self.take(&tx, &mut rows, event, now, &mut counts)?;
            last = Some(match last {
                Some((cursor, before)) if cursor > event.cursor => (cursor, before),
                _ => (event.cursor, at),
            });
            counts.events += 1;
        }
        if let (Some((cursor, at)), Some(first)) = (last, first) {
            tx.execute(
                "INSERT INTO stream_cursors (host, cursor, at, since) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (host) DO UPDATE SET cursor = excluded.cursor, at = excluded.at",
                params![self.host, cursor, at, first],
            )?;
            if self.protocol == Protocol::Jetstream {
                tx.execute("DELETE FROM stream_recent WHERE cursor < ?1", [cursor - AGAIN])?;
            }
        }
        counts.write(&tx)?;
        let written = rows.written + counts.changes;
        tx.commit()?;
        (self.last, self.open, self.fresh) = (last, open, fresh);
        self.pending += written;
        self.events += counts.events;
        self.repeated += counts.repeated;
        Ok(())
    }

    /// Whether an event was taken already. A firehose counts upwards; a Jetstream's clock only nearly does.
    fn known(&self, tx: &Transaction<'_>, event: &Event, hash: &[u8; 16], last: Option<(i64, Micros)>) -> Result<bool> {
        let Some((cursor, _)) = last else {
            return if self.protocol == Protocol::Jetstream { remember(tx, event.cursor, hash) } else { Ok(false) };
        };
        match self.protocol {
            Protocol::Firehose => Ok(event.cursor <= cursor),
            Protocol::Jetstream if event.cursor < cursor - AGAIN => Ok(true),
            Protocol::Jetstream => remember(tx, event.cursor, hash),
        }
    }

    fn take(
        &self,
        tx: &Transaction<'_>,
        rows: &mut Rows<'_>,
        event: &Event,
        now: Micros,
        counts: &mut Counts,
    ) -> Result<()> {
        if !self.wanted(tx, &event.account)? {
            return Ok(());
        }
        let at = event.at.unwrap_or(now);
        let source = self.protocol.name();
        if let Some(change) = Change::of(event, at) {
            counts.changes += u64::from(put(tx, &event.account, change)?);
        }
        let missed = |gap| {
            let (cursor, at) = (Some(event.cursor), Some(at));
            self.gap(tx, gap, Some(&event.account), (cursor, cursor), (at, at))
        };
        match &event.happened {
            Happened::Commit(commit) => {
                if commit.too_big {
                    missed(Gap::TooBig)?;
                }
                commit.rows.follows.iter().try_for_each(|f| watch::follow(tx, f, at))?;
                records(tx, rows, commit, counts)
            }
            Happened::Identity(_) => {
                counts.identities += 1;
                Ok(())
            }
            Happened::Account { .. } => match event.status(source, now) {
                Some(status) => {
                    counts.statuses += 1;
                    watch::told(tx, &status, now)?;
                    rows.add(Table::Statuses, &status)
                }
                None => Ok(()),
            },
            // Every new account sends one, before it has written anything.
            Happened::Reset if self.seen_before(tx, &event.account)? => missed(Gap::Reset),
            Happened::Reset | Happened::Other => Ok(()),
        }
    }

    /// Whether the study is about this account.
    fn wanted(&self, tx: &Transaction<'_>, account: &str) -> Result<bool> {
        if account.is_empty() {
            return Ok(false);
        }
        if self.accounts == Accounts::All {
            return Ok(true);
        }
        let sql =
            "SELECT 1 FROM crawl_accounts WHERE id = ?1 UNION ALL SELECT 1 FROM watch_accounts WHERE account = ?1";
        Ok(tx.prepare_cached(sql)?.exists([account])?)
    }

    /// Whether the crawl has fetched this account's lists, which a repository set anew makes doubtful.
    fn seen_before(&self, tx: &Transaction<'_>, account: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM crawl_accounts WHERE id = ?1 AND status = 'active'";
        Ok(tx.prepare_cached(sql)?.exists([account])?)
    }

    fn gap(
        &self,
        tx: &Transaction<'_>,
        gap: Gap,
        account: Option<&str>,
        cursors: (Option<i64>, Option<i64>),
        times: (Option<Micros>, Option<Micros>),
    ) -> Result<()> {
        tx.execute(
            "INSERT INTO stream_gaps (host, reason, account, from_cursor, to_cursor, from_at, to_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![self.host, gap.words(), account, cursors.0, cursors.1, times.0, times.1],
        )?;
        Ok(())
    }

    /// A frame that could not be read is counted, never passed over in silence.
    pub(super) fn unread(&self, reason: &'static str) -> Result<()> {
        let tx = self.db.unchecked_transaction()?;
        note_rejected(&tx, &Rejected { reason, example: String::new() })?;
        raise(&tx, "stream unread", 1)?;
        Ok(tx.commit()?)
    }

    /// Makes parts of the tables out of all rows that wait.
    pub(super) fn seal(&mut self) -> Result<()> {
        seal::seal(self.db, self.store)?;
        self.join_profiles()?;
        seal::seal(self.db, self.store)?;
        self.pending = 0;
        Ok(())
    }

    /// Changes of profiles become whole rows: of an account the last row counts, so it has to say all that is known.
    fn join_profiles(&self) -> Result<()> {
        let mut query = self.db.prepare("SELECT account, change FROM stream_profiles")?;
        let mut found = query.query([])?;
        let mut changes = HashMap::<String, Change>::new();
        while let Some(row) = found.next()? {
            changes.insert(row.get(0)?, change(&row.get::<_, String>(1)?)?);
        }
        if changes.is_empty() {
            return Ok(());
        }
        let joined = Change::rows(changes, self.store)?;
        let tx = self.db.unchecked_transaction()?;
        let mut rows = Rows { tx: &tx, written: 0 };
        joined.iter().try_for_each(|row| rows.add(Table::Accounts, row))?;
        tx.execute("DELETE FROM stream_profiles", [])?;
        Ok(tx.commit()?)
    }
}

/// Notes an event's hash; true if it was noted before.
fn remember(tx: &Transaction<'_>, cursor: i64, hash: &[u8; 16]) -> Result<bool> {
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO stream_recent (cursor, hash) VALUES (?1, ?2)")?;
    Ok(insert.execute(params![cursor, hash])? == 0)
}

fn change(json: &str) -> Result<Change> {
    serde_json::from_str(json).map_err(|e| Error::data("work.db holds a change that cannot be read").because(e))
}

/// Keeps a change, over what waits of the account already; true if nothing did.
fn put(tx: &Transaction<'_>, account: &str, new: Change) -> Result<bool> {
    let mut query = tx.prepare_cached("SELECT change FROM stream_profiles WHERE account = ?1")?;
    let waiting: Option<String> = query.query_row([account], |r| r.get(0)).optional()?;
    let first = waiting.is_none();
    let new = match waiting {
        Some(before) => new.after(change(&before)?),
        None => new,
    };
    let json = serde_json::to_string(&new).map_err(|e| Error::bug("a change cannot be written").because(e))?;
    let mut insert = tx.prepare_cached("INSERT OR REPLACE INTO stream_profiles (account, change) VALUES (?1, ?2)")?;
    insert.execute(params![account, json])?;
    Ok(first)
}

fn records(tx: &Transaction<'_>, rows: &mut Rows<'_>, commit: &Commit, counts: &mut Counts) -> Result<()> {
    let made = &commit.rows;
    made.follows.iter().try_for_each(|f| rows.add(Table::Follows, f))?;
    made.posts.iter().try_for_each(|p| rows.add(Table::Posts, p))?;
    made.rejected.iter().try_for_each(|r| note_rejected(tx, r))?;
    counts.follows += made.follows.len() as u64;
    counts.posts += made.posts.len() as u64;
    counts.unfollows += commit.unfollows;
    counts.deleted_posts += commit.deleted_posts;
    Ok(())
}

/// What a batch of events came to; kept in `crawl_counts`.
#[derive(Debug, Default)]
struct Counts {
    events: u64,
    repeated: u64,
    follows: u64,
    posts: u64,
    statuses: u64,
    identities: u64,
    unfollows: u64,
    deleted_posts: u64,
    /// Accounts with a change that waits.
    changes: u64,
}

impl Counts {
    fn write(&self, tx: &Transaction<'_>) -> Result<()> {
        let all = [
            ("stream events", self.events),
            ("stream follows", self.follows),
            ("stream posts", self.posts),
            ("stream statuses", self.statuses),
            ("stream identities", self.identities),
            ("stream unfollows", self.unfollows),
            ("stream deleted posts", self.deleted_posts),
        ];
        let mut counted = all.into_iter().filter(|(_, n)| *n > 0);
        counted.try_for_each(|(name, n)| raise(tx, name, usize::try_from(n).unwrap_or(usize::MAX)))
    }
}

/// Such a count over the whole study.
pub(super) fn count(db: &Connection, what: &str) -> Result<u64> {
    queue::count(db, &format!("stream {what}"))
}
