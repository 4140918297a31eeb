//! The life of each account as far as it was watched: when it was first seen, last seen there, first seen gone, and how.
//!
//! Between two looks nobody watched, so an end lies somewhere between them and an account that is still there has lived
//! to the last look and not to today. Only a stream that was watched without a gap since the last look tells the moment.

use std::collections::HashMap;

use arrow_array::Array;
use netcensus_stats::survival::{Between, Spell};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::rows::{Batch, Micros};
use crate::study::Study;
use crate::tables::Table;

/// Microseconds of a day; ages are in days.
const DAY: f64 = 86_400e6;

/// How an account's life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// A service took it down.
    Suspended,
    /// Its owner put it away, and may come back.
    Deactivated,
    /// It is gone for good.
    Deleted,
    /// It is gone, and nobody says how.
    Vanished,
}

impl End {
    /// Each way, in this order.
    pub const ALL: [End; 4] = [End::Suspended, End::Deactivated, End::Deleted, End::Vanished];

    /// As it stands in the table of statuses.
    pub fn name(self) -> &'static str {
        ["suspended", "deactivated", "deleted", "vanished"][self as usize]
    }
}

/// The life of an account that was seen there at least once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Its id.
    pub account: String,
    /// When it says it was made; none if it says nothing, or a time at which it had been seen already.
    pub born: Option<Micros>,
    /// When it was first seen there. Those that ended before are not among the lives.
    pub entry: Micros,
    /// When it was last seen there.
    pub last_seen: Micros,
    /// When it was first seen gone since, if it was; the same as `last_seen` where the very moment is known.
    pub gone_by: Option<Micros>,
    /// How it went.
    pub end: Option<End>,
}

impl Life {
    /// An age in days.
    fn age(&self, at: Micros) -> Option<f64> {
        self.born.map(|born| (at - born) as f64 / DAY)
    }

    /// The life as an end between two looks, in days of age; none where its birth is not known, or where it was seen once
    /// and never looked for again.
    pub fn between(&self) -> Option<Between> {
        let (entry, low) = (self.age(self.entry)?, self.age(self.last_seen)?);
        let high = self.gone_by.map_or(Some(f64::INFINITY), |at| self.age(at))?;
        (high > entry && (low > entry || high.is_finite())).then_some(Between { entry, low, high })
    }

    /// The life as a spell, in days of age, with its end halfway between the two looks.
    pub fn spell(&self) -> Option<Spell> {
        let Between { entry, low, high } = self.between()?;
        let exit = if high.is_finite() { f64::midpoint(low, high) } else { low };
        Some(Spell { entry, exit, ended: high.is_finite() })
    }
}

/// What one look, or one event, says of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saw {
    There,
    Gone(End),
    /// Nobody could tell.
    Nothing,
}

impl Saw {
    /// What a status in the table says.
    pub(crate) fn of(status: &str) -> Self {
        match status {
            "active" | "protected" => Self::There,
            "suspended" => Self::Gone(End::Suspended),
            "deactivated" => Self::Gone(End::Deactivated),
            "deleted" => Self::Gone(End::Deleted),
            "vanished" | "never existed" => Self::Gone(End::Vanished),
            _ => Self::Nothing,
        }
    }
}

/// Stretches of time in which a stream was watched without a gap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Streamed(Vec<(Micros, Micros)>);

impl Streamed {
    /// Out of how long each host was watched, and the gaps in it.
    pub(crate) fn new(watched: &[(Micros, Micros)], gaps: &[(Micros, Micros)]) -> Self {
        let mut whole = Vec::new();
        for &(from, to) in watched {
            let mut from = from;
            let mut inside: Vec<_> = gaps.iter().filter(|(a, b)| *b >= from && *a <= to).collect();
            inside.sort_unstable();
            for &&(a, b) in &inside {
                if a > from {
                    whole.push((from, a));
                }
                from = from.max(b);
            }
            if to > from {
                whole.push((from, to));
            }
        }
        Self(whole)
    }

    /// What the study's streams were watched.
    fn of(study: &Study) -> Result<Self> {
        let pairs = |sql: &str| -> Result<Vec<(Micros, Micros)>> {
            let mut query = study.work.db.prepare(sql)?;
            let rows = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        let watched = pairs("SELECT since, at FROM stream_cursors")?;
        // A gap of which a bound is not known has none.
        let gaps = pairs(&format!(
            "SELECT ifnull(from_at, {}), ifnull(to_at, {}) FROM stream_gaps WHERE account IS NULL",
            i64::MIN,
            i64::MAX
        ))?;
        Ok(Self::new(&watched, &gaps))
    }

    fn covers(&self, from: Micros, to: Micros) -> bool {
        self.0.iter().any(|(a, b)| *a <= from && to <= *b)
    }
}

/// What was seen of one account, in any order of time.
#[derive(Debug, Default)]
struct Seen {
    born: Option<Micros>,
    /// First and last time there.
    there: Option<(Micros, Micros)>,
    /// Each time it was gone, how, and whether an event said so; those before it was last there are forgotten.
    gone: Vec<(Micros, End, bool)>,
}

impl Seen {
    fn look(&mut self, at: Micros, saw: Saw, event: bool) {
        match saw {
            Saw::There => {
                let (first, last) = self.there.unwrap_or((at, at));
                let last = last.max(at);
                self.there = Some((first.min(at), last));
                self.gone.retain(|(gone, ..)| *gone > last);
            }
            Saw::Gone(end) if self.there.is_none_or(|(_, last)| at > last) => self.gone.push((at, end, event)),
            Saw::Gone(_) | Saw::Nothing => (),
        }
    }

    fn life(self, account: String, streamed: &Streamed) -> Option<Life> {
        let (entry, mut last_seen) = self.there?;
        let gone = self.gone.into_iter().min_by_key(|(at, ..)| *at);
        if let Some((at, _, true)) = gone
            && streamed.covers(last_seen, at)
        {
            last_seen = at;
        }
        Some(Life {
            account,
            born: self.born.filter(|born| *born <= entry),
            entry,
            last_seen,
            gone_by: gone.map(|(at, ..)| at),
            end: gone.map(|(_, end, _)| end),
        })
    }
}

/// The lives of all accounts that were ever seen there, by id. An account that came back lives on: an end counts only
/// until it is seen there again.
pub fn lives(study: &Study) -> Result<Vec<Life>> {
    let mut seen = HashMap::<String, Seen>::new();
    study.store.read(Table::Accounts, &["id", "created_at", "observed_at"], |batch| {
        let b = Batch(batch);
        let (ids, born, observed) = (b.text("id")?, b.time("created_at")?, b.time("observed_at")?);
        for i in 0..batch.num_rows() {
            let account = entry(&mut seen, ids.value(i));
            if born.is_valid(i) {
                account.born = Some(born.value(i));
            }
            if observed.is_valid(i) {
                account.look(observed.value(i), Saw::There, false);
            }
        }
        Ok(())
    })?;
    study.store.read(Table::Statuses, &["account", "status", "at", "source"], |batch| {
        let b = Batch(batch);
        let (ids, statuses, at, sources) = (b.text("account")?, b.text("status")?, b.time("at")?, b.text("source")?);
        for i in (0..batch.num_rows()).filter(|i| at.is_valid(*i)) {
            let event = sources.is_valid(i) && matches!(sources.value(i), "firehose" | "jetstream");
            entry(&mut seen, ids.value(i)).look(at.value(i), Saw::of(statuses.value(i)), event);
        }
        Ok(())
    })?;
    let streamed = Streamed::of(study)?;
    let mut lives: Vec<_> = seen.into_iter().filter_map(|(account, seen)| seen.life(account, &streamed)).collect();
    lives.sort_unstable_by(|a, b| a.account.cmp(&b.account));
    Ok(lives)
}

fn entry<'a>(seen: &'a mut HashMap<String, Seen>, id: &str) -> &'a mut Seen {
    if !seen.contains_key(id) {
        seen.insert(id.to_owned(), Seen::default());
    }
    seen.entry(id.to_owned()).or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn life(looks: &[(Micros, &str, bool)], streamed: &Streamed) -> Option<Life> {
        let mut all = vec![looks.to_vec(), looks.iter().rev().copied().collect()];
        all.push(looks.iter().skip(1).chain(looks.first()).copied().collect());
        let lives: Vec<_> = all
            .iter()
            .map(|looks| {
                let mut seen = Seen { born: Some(-10), ..Seen::default() };
                looks.iter().for_each(|(at, status, event)| seen.look(*at, Saw::of(status), *event));
                seen.life("a".into(), streamed)
            })
            .collect();
        assert!(lives.iter().all(|l| *l == lives[0]), "the order of rows says nothing");
        lives.into_iter().next().unwrap()
    }

    fn ends(life: &Life) -> (Micros, Micros, Option<Micros>, Option<End>) {
        (life.entry, life.last_seen, life.gone_by, life.end)
    }

    #[test]
    fn an_end_lies_between_two_looks() {
        let none = Streamed::default();
        let of = |looks: &[(Micros, &str)]| {
            life(&looks.iter().map(|(at, s)| (*at, *s, false)).collect::<Vec<_>>(), &none).map(|l| ends(&l))
        };
        assert_eq!(of(&[(1, "active"), (5, "protected")]), Some((1, 5, None, None)));
        let gone = of(&[(1, "active"), (5, "active"), (9, "suspended"), (12, "deleted")]);
        assert_eq!(gone, Some((1, 5, Some(9), Some(End::Suspended))));
        // Silence is no sight of it, in either direction.
        assert_eq!(of(&[(1, "active"), (5, "unreachable"), (9, "unknown")]), Some((1, 1, None, None)));
        // Who comes back lives on, and may end again.
        assert_eq!(of(&[(1, "active"), (3, "deactivated"), (6, "active")]), Some((1, 6, None, None)));
        let again = of(&[(1, "active"), (3, "deactivated"), (6, "active"), (8, "deleted")]);
        assert_eq!(again, Some((1, 6, Some(8), Some(End::Deleted))));
        assert_eq!(of(&[(3, "suspended")]), None, "gone before anybody saw it");
        assert_eq!(of(&[(1, "active"), (4, "vanished")]).unwrap().3, Some(End::Vanished));
    }

    #[test]
    fn only_a_stream_without_a_gap_tells_the_moment() {
        let looks = [(10, "active", false), (30, "suspended", true), (40, "suspended", false)];
        let with = |watched: &[_], gaps: &[_]| ends(&life(&looks, &Streamed::new(watched, gaps)).unwrap());
        let exact = (10, 30, Some(30), Some(End::Suspended));
        let between = (10, 10, Some(30), Some(End::Suspended));
        assert_eq!(with(&[(5, 50)], &[]), exact);
        assert_eq!(with(&[(5, 50)], &[(1, 7), (31, 33)]), exact);
        for (watched, gaps) in [((12, 50), vec![]), ((5, 50), vec![(15, 20)]), ((5, 50), vec![(i64::MIN, i64::MAX)])] {
            assert_eq!(with(&[watched], &gaps), between, "{gaps:?}");
        }
        // An event of a time when it was seen there later ended nothing.
        let late = [(30, "suspended", true), (35, "active", false)];
        assert_eq!(life(&late, &Streamed::new(&[(5, 50)], &[])).map(|l| ends(&l)), Some((35, 35, None, None)));
    }

    #[test]
    fn ages_are_days_since_birth() {
        let day = DAY as Micros;
        let life = Life {
            born: Some(0),
            entry: day,
            last_seen: 3 * day,
            gone_by: Some(5 * day),
            end: Some(End::Deleted),
            ..Life::default()
        };
        assert_eq!(life.between(), Some(Between { entry: 1.0, low: 3.0, high: 5.0 }));
        assert_eq!(life.spell(), Some(Spell { entry: 1.0, exit: 4.0, ended: true }));
        let still = Life { gone_by: None, end: None, ..life.clone() };
        assert_eq!(still.between().map(|b| b.high), Some(f64::INFINITY));
        assert_eq!(still.spell(), Some(Spell { entry: 1.0, exit: 3.0, ended: false }));
        assert_eq!(Life { last_seen: day, ..still.clone() }.between(), None, "never looked for again");
        assert!(Life { last_seen: day, ..life.clone() }.spell().is_some(), "gone at the next look");
        assert_eq!(Life { born: None, ..life }.spell(), None);
    }
}
