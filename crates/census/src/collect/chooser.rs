//! The frontier of a study: built up from its tables and `work.db`, kept up round by round.
//!
//! A round is chosen and noted in one transaction, and chosen from lists that are whole: so a crawl that was killed at any point
//! ends its round first, builds the same frontier, and chooses the same accounts.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use rusqlite::{Connection, params};

use super::frontier::{Choice, Frontier, Rank};
use super::queue;
use super::score::Evidence;
use crate::label;
use crate::rows::Batch;
use crate::store::Store;
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// The frontier, with the ids of its accounts.
pub(super) struct Chooser<'a> {
    study: &'a Study,
    pub(super) frontier: Frontier,
    numbers: HashMap<Box<str>, u32>,
    /// Parts of the follows that were read.
    read: HashSet<PathBuf>,
    /// Lists that have arrived, but perhaps not to their end.
    arriving: HashMap<u32, Vec<u32>>,
    /// The round whose lists are awaited; -1 for the seeds'.
    round: i64,
}

impl<'a> Chooser<'a> {
    /// Builds it from what was fetched and sealed so far.
    pub(super) fn open(study: &'a Study) -> Result<Self> {
        let settings = &study.settings;
        let (rule, explored) = (&settings.frame, settings.collect.explore);
        let frontier = Frontier::new(rule.waves, rule.min_follows, explored, settings.seed);
        let (numbers, read, arriving) = (HashMap::new(), HashSet::new(), HashMap::new());
        let mut chooser = Self { study, frontier, numbers, read, arriving, round: -1 };
        chooser.recall()?;
        chooser.take_in()?;
        Ok(chooser)
    }

    /// What earlier runs chose, and who else was fetched or is about to be.
    fn recall(&mut self) -> Result<()> {
        let db = &self.study.work.db;
        let mut query = db.prepare(
            "SELECT account, wave, chance, explored, followers, members, adamic_adar, noisy_or, hits
             FROM crawl_choices ORDER BY round, place",
        )?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let account = self.number(&row.get::<_, String>(0)?)?;
            let evidence = Evidence {
                followers: row.get(4)?,
                members: row.get(5)?,
                adamic_adar: row.get(6)?,
                noisy_or: row.get(7)?,
                hits: row.get(8)?,
            };
            let (wave, chance, explored) = (row.get(1)?, row.get(2)?, row.get(3)?);
            self.frontier.chosen(Choice { account, wave, evidence, chance, explored });
        }
        let mut query = db.prepare("SELECT id, wave FROM crawl_accounts ORDER BY id")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let account = self.number(&row.get::<_, String>(0)?)?;
            self.frontier.taken(account, row.get(1)?);
        }
        let rounds = "SELECT ifnull(max(round) + 1, 0) FROM crawl_choices";
        self.frontier.resume(db.query_row(rounds, [], |r| r.get(0))?);
        Ok(())
    }

    /// Reads lists that were sealed since the last time, and hands those that are whole to the frontier. A list that is shown
    /// empty, and that the profile does not count as empty, was not seen: it says nothing.
    pub(super) fn take_in(&mut self) -> Result<()> {
        self.read_parts()?;
        let mut query = self.study.work.db.prepare_cached(
            "SELECT t.account FROM crawl_tasks t LEFT JOIN crawl_choices c ON c.account = t.account
             JOIN crawl_accounts a ON a.id = t.account
             WHERE t.kind = 3 AND t.state = 'done' AND ifnull(c.round, -1) >= ?1
             AND NOT (ifnull(t.found, 1) = 0 AND ifnull(a.following, 0) > 0)
             ORDER BY ifnull(c.round, -1), t.account",
        )?;
        let done: Vec<String> = query.query_map([self.round], |r| r.get(0))?.collect::<Result<_, _>>()?;
        for id in done {
            let account = self.number(&id)?;
            let mut follows = self.arriving.remove(&account).unwrap_or_default();
            follows.sort_unstable();
            follows.dedup();
            self.frontier.fetched(account, follows);
        }
        for (id, member) in label::certain_answers(self.study)? {
            if let Some(account) = self.numbers.get(id.as_str()) {
                self.frontier.label(*account, member);
            }
        }
        Ok(())
    }

    fn read_parts(&mut self) -> Result<()> {
        let store = &self.study.store;
        let parts: Vec<PathBuf> = store.parts(Table::Follows)?.into_iter().filter(|p| !self.read.contains(p)).collect();
        let asked = super::asked(&self.study.settings);
        for part in parts {
            let (numbers, frontier, arriving) = (&mut self.numbers, &mut self.frontier, &mut self.arriving);
            Store::read_file(&part, &["src", "dst"], |batch| {
                let batch = Batch(batch);
                let (src, dst) = (batch.text("src")?, batch.text("dst")?);
                for (src, dst) in src.iter().zip(dst.iter()) {
                    if let (Some(src), Some(dst)) = (src, dst) {
                        let src = number(numbers, frontier, &asked, src)?;
                        let dst = number(numbers, frontier, &asked, dst)?;
                        arriving.entry(src).or_default().push(dst);
                    }
                }
                Ok(())
            })?;
            self.read.insert(part);
        }
        Ok(())
    }

    /// Chooses the next round and notes it, with the accounts as part of the crawl; nothing is left when it is empty.
    pub(super) fn choose(&mut self, want: usize) -> Result<usize> {
        let round = i64::try_from(self.frontier.rounds()).map_err(|_| Error::bug("too many rounds"))?;
        let choices = self.frontier.next(want, Rank::Learnt);
        if choices.is_empty() {
            return Ok(0);
        }
        let places: HashMap<u32, usize> = choices.iter().enumerate().map(|(i, c)| (c.account, i)).collect();
        let mut names = vec![""; choices.len()];
        for (name, number) in &self.numbers {
            if let Some(place) = places.get(number) {
                names[*place] = name;
            }
        }
        note(&self.study.work.db, round, &names, &choices)?;
        self.round = round;
        Ok(choices.len())
    }

    fn number(&mut self, id: &str) -> Result<u32> {
        let asked = super::asked(&self.study.settings);
        number(&mut self.numbers, &mut self.frontier, &asked, id)
    }
}

/// An account's number; a new one where it was not seen before.
fn number(
    numbers: &mut HashMap<Box<str>, u32>,
    frontier: &mut Frontier,
    asked: &impl Fn(&str) -> bool,
    id: &str,
) -> Result<u32> {
    if let Some(number) = numbers.get(id) {
        return Ok(*number);
    }
    if numbers.len() >= u32::MAX as usize - 1 {
        return Err(Error::data("the crawl has seen more accounts than a graph can hold"));
    }
    let hash = blake3::hash(id.as_bytes());
    let lot = hash.as_bytes().iter().take(8).fold(0, |lot, byte| lot << 8 | u64::from(*byte));
    let account = frontier.account(lot);
    if !asked(id) {
        frontier.shut(account);
    }
    numbers.insert(id.into(), account);
    Ok(account)
}

fn note(db: &Connection, round: i64, names: &[&str], choices: &[Choice]) -> Result<()> {
    let tx = db.unchecked_transaction()?;
    for (place, (name, choice)) in (0i64..).zip(names.iter().zip(choices)) {
        let Choice { wave, evidence: e, chance, explored, .. } = choice;
        tx.prepare_cached("INSERT INTO crawl_choices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?.execute(
            params![
                name,
                round,
                place,
                wave,
                chance,
                explored,
                e.followers,
                e.members,
                e.adamic_adar,
                e.noisy_or,
                e.hits
            ],
        )?;
        queue::join(&tx, name, *wave)?;
    }
    Ok(tx.commit()?)
}
