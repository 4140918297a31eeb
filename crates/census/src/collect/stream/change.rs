//! What became known of an account since its last row. Of an account the last row counts, so a change has to be joined
//! with what was known before.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::super::records::Profile;
use super::event::{Event, Happened};
use crate::Result;
use crate::rows::{Account, Batch, Micros, read_accounts};
use crate::store::Store;
use crate::tables::Table;

/// A change of a profile, a handle or both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Change {
    handle: Option<String>,
    profile: Option<Profile>,
    at: Micros,
}

impl Change {
    /// What an event says about its account, if anything.
    pub(crate) fn of(event: &Event, at: Micros) -> Option<Self> {
        match &event.happened {
            Happened::Identity(handle) => Some(Self { handle: handle.clone(), profile: None, at }),
            Happened::Commit(commit) => {
                commit.rows.profile.as_deref().map(|profile| Self { handle: None, profile: Some(profile.clone()), at })
            }
            _ => None,
        }
    }

    /// This change after an earlier one.
    pub(crate) fn after(self, before: Self) -> Self {
        Self { handle: self.handle.or(before.handle), profile: self.profile.or(before.profile), at: self.at }
    }

    /// The account's row with the change in it. Counts stay as they were last seen.
    fn join(self, row: Account) -> Account {
        let profile = self.profile.unwrap_or_else(|| Profile {
            name: row.name.clone(),
            description: row.description.clone(),
            created_at: row.created_at,
            bot: row.bot,
            avatar: row.avatar.clone(),
        });
        Account {
            handle: self.handle.or(row.handle),
            name: profile.name,
            description: profile.description,
            created_at: row.created_at.or(profile.created_at),
            bot: profile.bot,
            avatar: profile.avatar,
            observed_at: Some(self.at),
            ..row
        }
    }

    /// The rows of accounts that changed, by id: what the table says of each last, with the change in it.
    pub(crate) fn rows(mut changes: HashMap<String, Self>, store: &Store) -> Result<Vec<Account>> {
        let mut known = HashMap::new();
        store.read(Table::Accounts, &[], |batch| {
            let ids = Batch(batch).text("id")?;
            if ids.iter().flatten().any(|id| changes.contains_key(id)) {
                let rows = read_accounts(batch)?.into_iter().filter(|row| changes.contains_key(&row.id));
                known.extend(rows.map(|row| (row.id.clone(), row)));
            }
            Ok(())
        })?;
        let mut ids: Vec<String> = changes.keys().cloned().collect();
        ids.sort_unstable();
        let joined = ids.into_iter().filter_map(|id| {
            let row = known.remove(&id);
            let change = changes.remove(&id)?;
            Some(change.join(row.unwrap_or(Account { id, ..Account::default() })))
        });
        Ok(joined.collect())
    }
}
