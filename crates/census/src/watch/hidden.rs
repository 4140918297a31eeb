//! Ties to accounts that were gone before anybody watched.
//!
//! A profile goes on counting a follow whose account was taken down, and the list leaves it out: counted minus visible is
//! how many such ties an account has, not to whom. An account's own repository still names them. So the lists that came out
//! of repositories say which accounts of the dead the group followed, the others how many ties there are besides, and both
//! together how many accounts that was ([`netcensus_stats::hidden`]).

use std::collections::{BTreeMap, HashMap};

use netcensus_stats::hidden;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::lives::Saw;
use crate::rows::Batch;
use crate::study::Study;
use crate::tables::Table;

/// The level of the interval.
const LEVEL: f64 = 0.95;

/// What the group is tied to and nobody could see any more when the crawl looked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hidden {
    /// Accounts of the group whose list was read at the AppView, which leaves out who is gone.
    pub lists: u64,
    /// Follows that their profiles count and their lists do not show.
    pub ties: u64,
    /// Follows that lists show and profiles do not count: what changed between the two looks, or was counted wrong. About as
    /// many of `ties` may be nothing else.
    pub surplus: u64,
    /// Accounts of the group whose list came out of a repository, which names who is gone.
    pub repositories: u64,
    /// Their follows of accounts that were gone when the crawl looked for them.
    pub named_ties: u64,
    /// How many accounts those are, by what became of them.
    pub named: BTreeMap<String, u64>,
    /// Followed by the group and gone: at least so many accounts,
    pub at_least: u64,
    /// and no more than one for each tie.
    pub at_most: u64,
    /// How many, where repositories tell.
    pub accounts: Option<Accounts>,
}

/// How many accounts were gone before anybody looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accounts {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
    /// How sure the interval is.
    pub level: f64,
    /// Hidden ties for each that is named; above 1 the interval widens fast.
    pub ratio: f64,
}

/// Hidden ties of the group: the accounts of all waves whose follows make the frame. None without a crawl, or on a platform
/// whose lists leave out nobody.
///
/// Two things can stand in for an account that was taken down: one that its owner put away or deleted, which `named` tells
/// apart where repositories name it; and a list that changed between the look at the profile and the look at the list, of
/// which `surplus` gives the size.
pub fn hidden(study: &Study) -> Result<Option<Hidden>> {
    if study.settings.platform != crate::study::Platform::Atproto {
        return Ok(None);
    }
    let mut found = Hidden::default();
    let counted = lists(study, &mut found)?;
    let named = repositories(study, &mut found)?;
    if found.lists + found.repositories == 0 {
        return Ok(None);
    }
    let distinct: u64 = found.named.values().sum();
    found.at_least = distinct.max(counted.iter().copied().max().unwrap_or(0));
    found.at_most = (distinct + found.ties).max(found.at_least);
    // Where an account has to be followed by several to be looked for, those that one alone follows were not.
    if study.settings.frame.min_follows == 1
        && let Ok(estimate) = hidden::hidden(&named, &counted, LEVEL)
    {
        let hidden::Hidden { value, low, high, ratio, .. } = estimate;
        found.accounts = Some(Accounts { value, low, high, level: LEVEL, ratio });
    }
    Ok(Some(found))
}

/// How many follows each list of the AppView hides.
fn lists(study: &Study, found: &mut Hidden) -> Result<Vec<u64>> {
    let mut query = study.work.db.prepare(
        "SELECT counted, visible FROM crawl_unseen u JOIN crawl_tasks t ON t.kind = 3 AND t.account = u.account
         WHERE why IN ('seen', 'shown in part', 'shown empty') AND source IS NULL AND wave < ?1 ORDER BY u.account",
    )?;
    let mut rows = query.query(params![study.settings.frame.waves])?;
    let mut hidden = Vec::new();
    // Profiles claim what they like; beyond what a list is read of, a count is none.
    let most = study.settings.collect.max_following;
    while let Some(row) = rows.next()? {
        let (counted, visible): (u64, u64) = (row.get(0)?, row.get(1)?);
        let counted = counted.min(most.max(visible));
        found.lists += 1;
        found.surplus += visible.saturating_sub(counted);
        hidden.push(counted.saturating_sub(visible));
    }
    found.ties = hidden.iter().sum();
    Ok(hidden)
}

/// Whom that is gone each repository follows, by number.
fn repositories(study: &Study, found: &mut Hidden) -> Result<Vec<Vec<u32>>> {
    let db = &study.work.db;
    let mut query = db.prepare(
        "SELECT account FROM crawl_tasks JOIN crawl_accounts ON id = account
         WHERE kind = 3 AND state = 'done' AND source = 'repository' AND wave < ?1 ORDER BY account",
    )?;
    let ids = query.query_map(params![study.settings.frame.waves], |r| r.get(0))?;
    let of: HashMap<String, usize> =
        ids.enumerate().map(|(i, id)| Ok((id?, i))).collect::<Result<_, rusqlite::Error>>()?;
    found.repositories = of.len() as u64;
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = db.prepare("SELECT id, status FROM crawl_accounts WHERE status <> 'active' ORDER BY id")?;
    let rows = query.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)))?;
    let mut gone = HashMap::new();
    for row in rows {
        let (id, status) = row?;
        // What never was is a slip of whoever followed it.
        if matches!(Saw::of(&status), Saw::Gone(_)) && status != "never existed" {
            gone.insert(id, (gone.len() as u32, status));
        }
    }
    let mut named = vec![Vec::new(); of.len()];
    let mut seen = HashMap::<u32, &str>::new();
    study.store.read(Table::Follows, &["src", "dst"], |batch| {
        let b = Batch(batch);
        for (src, dst) in b.text("src")?.iter().zip(b.text("dst")?.iter()) {
            let (Some(src), Some(dst)) = (src.and_then(|s| of.get(s)), dst.and_then(|d| gone.get(d))) else { continue };
            named[*src].push(dst.0);
            seen.insert(dst.0, &dst.1);
        }
        Ok(())
    })?;
    for list in &mut named {
        list.sort_unstable();
        list.dedup();
        found.named_ties += list.len() as u64;
    }
    for status in seen.into_values() {
        *found.named.entry(status.to_owned()).or_default() += 1;
    }
    Ok(named)
}
