//! Who was handed over to whom: the table `hand_overs` of `work.db`. Every change is on disk before the next request.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::form::Confirmed;
use crate::{Error, Result};

/// How far an account's hand-over to one service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Confirmed; nothing was sent.
    Prepared,
    /// On its way; after a stop, or an answer that is none, nobody knows whether it arrived.
    Sending,
    /// Taken.
    Sent,
    /// Not taken, for certain.
    Failed,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    fn of(name: &str) -> Result<Self> {
        [Self::Prepared, Self::Sending, Self::Sent, Self::Failed]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| Error::data(format!("work.db: a hand-over cannot be `{name}`")))
    }
}

/// The table.
pub(super) struct Ledger<'a> {
    db: &'a Connection,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(db: &'a Connection) -> Self {
        Self { db }
    }

    pub(super) fn state(&self, account: &str, service: &str) -> Result<Option<State>> {
        let sql = "SELECT state FROM hand_overs WHERE account = ?1 AND service = ?2";
        let name: Option<String> = self.db.query_row(sql, [account, service], |r| r.get(0)).optional()?;
        name.map(|name| State::of(&name)).transpose()
    }

    /// Notes that a person confirmed these, all or none.
    pub(super) fn prepare(
        &self,
        service: &str,
        by: &str,
        rows: &[Confirmed],
        coders: impl Fn(&str) -> usize,
    ) -> Result<()> {
        let now = now();
        let tx = self.db.unchecked_transaction()?;
        for row in rows {
            tx.execute(
                "INSERT INTO hand_overs (account, service, state, coders, reason, confirmed_by, confirmed_at, at)
                 VALUES (?1, ?2, 'prepared', ?3, ?4, ?5, ?6, ?6)
                 ON CONFLICT (account, service) DO UPDATE SET state = 'prepared', coders = ?3, reason = ?4,
                     confirmed_by = ?5, confirmed_at = ?6, at = ?6, detail = NULL
                 WHERE state IN ('prepared', 'failed')",
                params![row.account, service, coders(&row.account) as i64, row.reason, by, now],
            )?;
        }
        Ok(tx.commit()?)
    }

    /// Notes that a request is about to go out. False if it is not for this process to send.
    pub(super) fn begin(&self, account: &str, service: &str) -> Result<bool> {
        let sql = "UPDATE hand_overs SET state = 'sending', at = ?3
                   WHERE account = ?1 AND service = ?2 AND state = 'prepared'";
        Ok(self.db.execute(sql, params![account, service, now()])? == 1)
    }

    /// Notes what came of it.
    pub(super) fn end(
        &self,
        account: &str,
        service: &str,
        state: State,
        reference: Option<&str>,
        detail: Option<&str>,
    ) -> Result<()> {
        let sql = "UPDATE hand_overs SET state = ?3, at = ?4, reference = ?5, detail = ?6
                   WHERE account = ?1 AND service = ?2 AND state = 'sending'";
        match self.db.execute(sql, params![account, service, state.name(), now(), reference, detail])? {
            1 => Ok(()),
            _ => Err(Error::bug("a hand-over ended that had not begun")),
        }
    }

    /// A person found that a report of which nobody knew had arrived.
    pub(super) fn arrived(&self, account: &str, service: &str, by: &str) -> Result<()> {
        self.end(account, service, State::Sent, None, Some(&format!("arrived, says {by}")))
    }

    /// A report is to be made anew, whatever became of the earlier one.
    pub(super) fn anew(&self, account: &str, service: &str) -> Result<()> {
        let sql = "UPDATE hand_overs SET state = 'prepared', at = ?3 WHERE account = ?1 AND service = ?2";
        self.db.execute(sql, params![account, service, now()])?;
        Ok(())
    }

    /// Accounts of which nobody knows whether the service has them.
    pub(super) fn unclear(&self, service: &str) -> Result<Vec<String>> {
        let mut query = self.db.prepare("SELECT account FROM hand_overs WHERE service = ?1 AND state = 'sending'")?;
        let accounts = query.query_map([service], |r| r.get(0))?;
        Ok(accounts.collect::<rusqlite::Result<_>>()?)
    }

    /// What was done with each account so far, for a person.
    pub(super) fn history(&self) -> Result<BTreeMap<String, String>> {
        let sql = "SELECT account, service, state, at FROM hand_overs
                   WHERE state IN ('sent', 'sending') ORDER BY account, at";
        let mut query = self.db.prepare(sql)?;
        let mut rows = query.query([])?;
        let mut history: BTreeMap<String, String> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (account, service, state, at): (String, String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let unclear = if state == "sending" { " (unclear)" } else { "" };
            let entry = history.entry(account).or_default();
            let parted = if entry.is_empty() { "" } else { "; " };
            *entry += &format!("{parted}{service} {at}{unclear}");
        }
        Ok(history)
    }
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}
