//! sites: the web addresses that the group pushes, and how those live.
//!
//! | module | does |
//! |---|---|
//! | `pushed` | posts into sites, by who pushes them |
//! | `round` | a round of checks, one after the other for each host |
//! | `check` | one site, looked at once |
//! | `address`, `fetch` | where a check may go; one bounded request |
//! | `page`, `robots`, `software` | what an answer shows |
//! | `state` | what it means |
//! | `life` | the life of a site, and how long sites live |
//! | `publish` | `out/sites.json` |
//!
//! A check reads the headers and the beginning of a first page and keeps a state, a title and names from a list, never the
//! page. Nothing of it helps a site to stay up.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use netcensus_stats::total::Batch;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use self::life::Seen;
use self::pushed::Pushed;
use crate::Result;
use crate::frame::Frame;
use crate::label::{Answer, Coded};
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::Micros;
use crate::study::Study;
use crate::work::Work;

mod address;
mod check;
mod fetch;
mod life;
mod page;
mod publish;
mod pushed;
mod robots;
mod round;
mod software;
mod state;
#[cfg(test)]
mod tests;

pub use life::{Age, Alive, Life, Lifetimes};
pub use publish::{Counts, Shown, Sites};
pub use round::{Round, check};
pub use state::{Layer, Means, State};

/// The sites' part of `work.db`.
pub(crate) const MIGRATION: &str = include_str!("schema.sql");

const HOUR: Micros = 3_600_000_000;

/// Which sites are checked, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A site is on the list to check when so many accounts taken for members push it.
    pub min_accounts: u64,
    /// The most sites on the list, the most pushed first.
    pub most: usize,
    /// Sites that are counted but not checked, with all below them, besides the kept list of those everybody links to.
    pub leave_out: Vec<String>,
    /// Sites checked at once.
    pub concurrency: usize,
    /// Seconds that a name, a connection, its encryption, headers and a page are each waited for.
    pub patience: u64,
    /// Hours that a site must be away, where that may pass, to count as gone.
    pub gone_after: u64,
    /// Ports that are asked.
    pub ports: Vec<u16>,
    /// Whether addresses may be asked that are not the public internet's.
    pub allow_private: bool,
    /// Where a host and port is, instead of what its name says: `"site.example:443" = "127.0.0.1:8443"`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub addresses: BTreeMap<String, String>,
    /// A PEM file of authorities that are trusted besides the system's, relative to the study.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            min_accounts: 2,
            most: 1_000,
            leave_out: Vec::new(),
            concurrency: 8,
            patience: 10,
            gone_after: 24,
            ports: vec![80, 443],
            allow_private: false,
            addresses: BTreeMap::new(),
            authorities: None,
        }
    }
}

impl Settings {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn check(&self) -> bool {
        self.min_accounts >= 1
            && (1..=20_000).contains(&self.most)
            && (1..=32).contains(&self.concurrency)
            && (1..=60).contains(&self.patience)
            && (1..=24 * 90).contains(&self.gone_after)
            && !self.ports.is_empty()
            && address::parse_addresses(&self.addresses).is_some()
    }
}

/// Accounts from this score on are taken for members where they have no label.
const LEAST_SCORE: f64 = 0.5;

/// Who is taken for a member.
pub struct Who<'a> {
    members: Vec<bool>,
    simulated: bool,
    batches: &'a [Batch],
}

impl<'a> Who<'a> {
    /// Seeds, those labelled as members, and accounts without a label whose score is at least 0.5. `batches` weigh shares
    /// of all members; there may be none.
    pub fn new(frame: &Frame, coded: &Coded, scores: Option<&[f64]>, batches: &'a [Batch]) -> Self {
        let member = |(i, seed): (usize, bool)| match coded.answers.get(i).copied().flatten() {
            _ if seed => true,
            Some(answer) => answer == Answer::Member,
            None => scores.and_then(|s| s.get(i)).is_some_and(|score| *score >= LEAST_SCORE),
        };
        let members = frame.is_seed().into_iter().enumerate().map(member).collect();
        Self { members, simulated: coded.simulated(), batches }
    }
}

/// A site on the list to check.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Its name.
    pub site: String,
    /// How many accounts taken for members push it.
    pub accounts: i64,
    /// In how many of their collected posts.
    pub posts: i64,
    /// The first of all collected posts that pushed it.
    pub first_pushed: Option<Micros>,
    /// The last.
    pub last_pushed: Option<Micros>,
    /// What its checks say; none before the first.
    pub life: Option<Life>,
    /// What the latest check found, in words.
    pub detail: Option<String>,
    /// What it was made with when it was last there.
    pub software: Vec<String>,
    /// Changes of that, with when they were seen.
    pub changes: Vec<(Micros, Vec<String>)>,
    /// Members that it says it has, and those active within a month.
    pub users: Option<i64>,
    /// Active within a month.
    pub active: Option<i64>,
}

/// The list, with what may be published.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// `out/sites.json`.
    pub published: Sites,
    /// The list to check: for the analyst, not for publication.
    pub list: Vec<Listed>,
}

/// Makes the list of sites anew from the posts, and writes `out/sites.json`.
pub fn sites(study: &Study, network: &Network, frame: &Frame, who: &Who<'_>, progress: &Progress) -> Result<Summary> {
    let pushed = Pushed::read(study, network, frame, progress)?;
    write_list(study, &pushed, who)?;
    let list = list(&study.work, &study.settings.sites)?;
    let published = publish::publish(study, network, &pushed, &list, who, who.batches)?;
    Ok(Summary { published, list })
}

fn write_list(study: &Study, pushed: &Pushed, who: &Who<'_>) -> Result<()> {
    let settings = &study.settings.sites;
    let own = |push: &pushed::Push| {
        let by = push.by.iter().filter(|(unit, _)| who.members[*unit as usize]);
        by.fold((0_u64, 0_u64), |(accounts, posts), (_, n)| (accounts + 1, posts + u64::from(*n)))
    };
    let leave_out = |site: &str| {
        let everyday = include_str!("everyday.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        let under = |of: &str| site.strip_suffix(of).is_some_and(|left| left.is_empty() || left.ends_with('.'));
        everyday.chain(settings.leave_out.iter().map(String::as_str)).any(under)
    };
    let mut chosen: Vec<(&pushed::Push, u64, u64)> = pushed
        .sites
        .iter()
        .map(|push| (push, own(push)))
        .filter(|(push, (accounts, _))| *accounts >= settings.min_accounts && !leave_out(&push.site))
        .map(|(push, (accounts, posts))| (push, accounts, posts))
        .collect();
    chosen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.site.cmp(&b.0.site)));
    chosen.truncate(settings.most);
    let tx = study.work.db.unchecked_transaction()?;
    tx.execute("DELETE FROM sites", [])?;
    let sql =
        "INSERT INTO sites (site, address, accounts, posts, first_pushed, last_pushed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    for (push, accounts, posts) in chosen {
        tx.execute(sql, params![push.site, push.address(), accounts, posts, push.first, push.last])?;
    }
    tx.commit()?;
    Ok(())
}

/// The list as it lies in `work.db`, the most pushed first.
pub fn list(work: &Work, settings: &Settings) -> Result<Vec<Listed>> {
    let sound = sound_rounds(work)?;
    let gone_after = HOUR.saturating_mul(i64::try_from(settings.gone_after).unwrap_or(i64::MAX));
    let sql = "SELECT site, accounts, posts, first_pushed, last_pushed FROM sites ORDER BY accounts DESC, site";
    let (mut query, mut listed) = (work.db.prepare(sql)?, Vec::new());
    let mut checks = work.db.prepare(
        "SELECT at, round, state, detail, software, node_users, node_active FROM site_checks WHERE site = ?1 ORDER BY at",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let site: String = row.get(0)?;
        let told = checks.query_map([&site], Told::read)?.filter_map(rusqlite::Result::transpose);
        let told = told.collect::<Result<Vec<Told>, _>>()?;
        let seen: Vec<Seen> = told.iter().map(|t| t.seen).collect();
        let there = || told.iter().filter(|t| t.seen.state == State::Up);
        let mut changes: Vec<(Micros, Vec<String>)> = Vec::new();
        for told in there() {
            if changes.last().is_none_or(|(_, before)| *before != told.software) {
                changes.push((told.seen.at, told.software.clone()));
            }
        }
        listed.push(Listed {
            accounts: row.get(1)?,
            posts: row.get(2)?,
            first_pushed: row.get(3)?,
            last_pushed: row.get(4)?,
            life: life::life(&seen, &sound, gone_after),
            detail: told.last().map(|t| t.detail.clone()),
            software: there().next_back().map(|t| t.software.clone()).unwrap_or_default(),
            users: told.iter().rev().find_map(|t| t.users),
            active: told.iter().rev().find_map(|t| t.active),
            changes,
            site,
        });
    }
    Ok(listed)
}

/// The rounds in which at least one site, or the name servers, answered. In the others our own line may have been dead, and
/// they say nothing.
fn sound_rounds(work: &Work) -> Result<HashSet<i64>> {
    let mut query = work.db.prepare("SELECT DISTINCT round FROM site_checks WHERE state = ?1")?;
    let mut sound = HashSet::new();
    for state in State::ALL.into_iter().filter(|state| state.proves_line()) {
        for round in query.query_map([state.name()], |row| row.get(0))? {
            sound.insert(round?);
        }
    }
    Ok(sound)
}

/// A row of `site_checks`.
struct Told {
    seen: Seen,
    detail: String,
    software: Vec<String>,
    users: Option<i64>,
    active: Option<i64>,
}

impl Told {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Self>> {
        let (state, software): (String, String) = (row.get(2)?, row.get(4)?);
        // A state that this version does not know says nothing.
        let Some(state) = State::named(&state) else { return Ok(None) };
        Ok(Some(Self {
            seen: Seen { at: row.get(0)?, round: row.get(1)?, state },
            detail: row.get(3)?,
            software: names(&software),
            users: row.get(5)?,
            active: row.get(6)?,
        }))
    }
}

/// Names from the kept list, as `work.db` holds them.
fn names(text: &str) -> Vec<String> {
    text.split(", ").filter(|n| !n.is_empty()).map(str::to_owned).collect()
}
