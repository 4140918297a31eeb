//! The latest profile of each account: numbers and times in memory, texts read from the table when they are asked for.
//!
//! 44 bytes a profile and 4 an account. Descriptions and names of all accounts of a large network would fill the memory
//! many times over, and no step needs them all at once.

use std::collections::HashMap;

use arrow_array::{Array, RecordBatch, StringArray};
use netcensus_graph::Ids;

use crate::Result;
use crate::rows::{self, Account, Batch, Micros};
use crate::store::Store;
use crate::tables::Table;

/// No row, time, count or language.
const NONE: u32 = u32::MAX;
const NO_TIME: i64 = i64::MIN;

/// The columns that are kept in memory, or looked at once for what is kept.
const COLUMNS: [&str; 10] =
    ["id", "description", "created_at", "followers", "following", "posts", "lang", "protected", "bot", "observed_at"];

/// The latest profile seen of each account.
#[derive(Debug)]
pub struct Profiles {
    /// Where each account's profile is among `rows`; empty where no account has one.
    places: Vec<u32>,
    rows: Vec<Row>,
    languages: Vec<String>,
    texts: Source,
}

/// Where texts are read from.
#[derive(Debug)]
enum Source {
    Table(Store),
    Memory(RecordBatch),
}

/// A profile, packed. Counts over 2³² − 2 are kept as that, below 0 as unknown.
#[derive(Debug, Clone, Copy)]
struct Row {
    created_at: i64,
    observed_at: i64,
    followers: u32,
    following: u32,
    posts: u32,
    lang: u32,
    /// Characters of the description.
    description: u32,
    /// Which row of the table this is.
    row: u32,
    protected: i8,
    bot: i8,
}

/// What a profile says in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)] // the fields are the table's columns
pub struct Profile<'a> {
    pub created_at: Option<Micros>,
    pub followers: Option<i64>,
    pub following: Option<i64>,
    pub posts: Option<i64>,
    pub lang: Option<&'a str>,
    pub protected: Option<bool>,
    pub bot: Option<bool>,
    pub observed_at: Option<Micros>,
    /// How many characters the description has.
    pub description_length: u32,
}

/// What a profile says in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)] // the fields are the table's columns
pub struct Texts<'a> {
    pub handle: Option<&'a str>,
    pub name: Option<&'a str>,
    pub description: Option<&'a str>,
    pub location: Option<&'a str>,
    pub time_zone: Option<&'a str>,
    pub avatar: Option<&'a str>,
}

impl Profiles {
    /// Reads the profiles of the accounts that have a number; of several of one account the last in the table counts.
    pub fn load(store: &Store, ids: &Ids) -> Result<Self> {
        let mut loading = Loading::new();
        store.read(Table::Accounts, &COLUMNS, |batch| loading.add(batch, ids))?;
        Ok(loading.done(ids, Source::Table(store.clone())))
    }

    /// The profiles of these rows, of which a later one of an account counts.
    pub fn of(accounts: &[Account], ids: &Ids) -> Result<Self> {
        let batch = rows::accounts(accounts)?;
        let mut loading = Loading::new();
        loading.add(&batch, ids)?;
        Ok(loading.done(ids, Source::Memory(batch)))
    }

    /// Whether any account has a profile.
    pub fn any(&self) -> bool {
        !self.rows.is_empty()
    }

    /// What an account's profile says; none for one that is only known from a follow.
    pub fn get(&self, account: u32) -> Option<Profile<'_>> {
        let row = self.rows.get(*self.places.get(account as usize)? as usize)?;
        let count = |n: u32| (n != NONE).then_some(i64::from(n));
        let time = |t: i64| (t != NO_TIME).then_some(t);
        let flag = |f: i8| (f >= 0).then_some(f == 1);
        Some(Profile {
            created_at: time(row.created_at),
            followers: count(row.followers),
            following: count(row.following),
            posts: count(row.posts),
            lang: self.languages.get(row.lang as usize).map(String::as_str),
            protected: flag(row.protected),
            bot: flag(row.bot),
            observed_at: time(row.observed_at),
            description_length: row.description,
        })
    }

    /// The day the newest profile was seen.
    pub fn newest(&self) -> Option<Micros> {
        self.rows.iter().map(|r| r.observed_at).max().filter(|t| *t != NO_TIME)
    }

    /// Calls `each` with a number of accounts and the texts of their profiles at a time, in the order of the table. Only
    /// the `wanted` columns of texts are read; the others come as none, and so do those that an older part lacks.
    pub fn texts(
        &self,
        ids: &Ids,
        wanted: &[&str],
        mut each: impl FnMut(&[(u32, Texts<'_>)]) -> Result<()>,
    ) -> Result<()> {
        if !self.any() {
            return Ok(());
        }
        let mut next = 0u32;
        let mut take = |batch: &RecordBatch| {
            let b = Batch(batch);
            let column = |name: &&str| if wanted.contains(name) { b.text(name).map(Some) } else { Ok(None) };
            let later = |name: &'static str| match wanted.contains(&name) {
                true => b.later(name, Batch::text),
                false => Ok(None),
            };
            let (handle, name, description) = (column(&"handle")?, column(&"name")?, column(&"description")?);
            let (location, zone, avatar) = (later("location")?, later("time_zone")?, later("avatar")?);
            let id = b.text("id")?;
            let mut found = Vec::with_capacity(batch.num_rows());
            let named: Vec<&str> = (0..batch.num_rows()).map(|i| id.value(i)).collect();
            for (i, account) in ids.get_all(&named).into_iter().enumerate() {
                let row = account.and_then(|a| self.rows.get(self.places[a as usize] as usize));
                if let (Some(account), Some(row)) = (account, row)
                    && row.row == next
                {
                    let (handle, name, description) = (text(handle, i), text(name, i), text(description, i));
                    let (location, time_zone, avatar) = (text(location, i), text(zone, i), text(avatar, i));
                    found.push((account, Texts { handle, name, description, location, time_zone, avatar }));
                }
                next = next.saturating_add(1);
            }
            each(&found)
        };
        match &self.texts {
            Source::Memory(batch) => take(batch),
            Source::Table(store) => {
                let columns: Vec<&str> = std::iter::once("id").chain(wanted.iter().copied()).collect();
                store.read(Table::Accounts, &columns, take)
            }
        }
    }
}

fn text(column: Option<&StringArray>, row: usize) -> Option<&str> {
    column.filter(|c| c.is_valid(row)).map(|c| c.value(row))
}

/// Profiles being read.
struct Loading {
    places: Vec<u32>,
    rows: Vec<Row>,
    languages: HashMap<String, u32>,
    next: u32,
}

impl Loading {
    fn new() -> Self {
        Self { places: Vec::new(), rows: Vec::new(), languages: HashMap::new(), next: 0 }
    }

    fn add(&mut self, batch: &RecordBatch, ids: &Ids) -> Result<()> {
        let b = Batch(batch);
        let (id, description, lang) = (b.text("id")?, b.text("description")?, b.text("lang")?);
        let (created, observed) = (b.time("created_at")?, b.time("observed_at")?);
        let (followers, following, posts) = (b.long("followers")?, b.long("following")?, b.long("posts")?);
        let (protected, bot) = (b.flag("protected")?, b.flag("bot")?);
        if self.places.is_empty() && batch.num_rows() > 0 {
            self.places = vec![NONE; ids.len()];
        }
        let named: Vec<&str> = (0..batch.num_rows()).map(|i| id.value(i)).collect();
        for (i, account) in ids.get_all(&named).into_iter().enumerate() {
            let number = self.next;
            self.next = self.next.saturating_add(1);
            let Some(account) = account else { continue };
            let time = |c: &arrow_array::TimestampMicrosecondArray| if c.is_valid(i) { c.value(i) } else { NO_TIME };
            let count = |c: &arrow_array::Int64Array| match c.is_valid(i).then(|| c.value(i)) {
                Some(n) if n >= 0 => u32::try_from(n).unwrap_or(NONE).min(NONE - 1),
                _ => NONE,
            };
            let flag = |c: &arrow_array::BooleanArray| if c.is_valid(i) { i8::from(c.value(i)) } else { -1 };
            let row = Row {
                created_at: time(created),
                observed_at: time(observed),
                followers: count(followers),
                following: count(following),
                posts: count(posts),
                lang: text(Some(lang), i).map_or(NONE, |l| self.language(l)),
                description: text(Some(description), i).map_or(0, |d| d.chars().count() as u32),
                row: number,
                protected: flag(protected),
                bot: flag(bot),
            };
            let place = &mut self.places[account as usize];
            match self.rows.get_mut(*place as usize) {
                Some(before) => *before = row,
                None => {
                    *place = self.rows.len() as u32;
                    self.rows.push(row);
                }
            }
        }
        Ok(())
    }

    fn language(&mut self, lang: &str) -> u32 {
        if let Some(number) = self.languages.get(lang) {
            return *number;
        }
        let number = self.languages.len() as u32;
        self.languages.insert(lang.to_owned(), number);
        number
    }

    fn done(mut self, ids: &Ids, texts: Source) -> Profiles {
        let mut languages = vec![String::new(); self.languages.len()];
        self.languages.into_iter().for_each(|(lang, number)| languages[number as usize] = lang);
        self.rows.shrink_to_fit();
        debug_assert!(self.places.is_empty() || self.places.len() == ids.len());
        Profiles { places: self.places, rows: self.rows, languages, texts }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn account(id: &str, followers: i64, description: &str) -> Account {
        Account {
            id: id.into(),
            handle: Some(format!("{id}.example")),
            followers: Some(followers),
            description: Some(description.into()),
            lang: Some(if followers > 5 { "ar" } else { "en" }.into()),
            bot: Some(followers == 7),
            observed_at: Some(followers),
            ..Account::default()
        }
    }

    #[test]
    fn the_last_profile_counts_and_texts_are_its_own() {
        let ids = Ids::collect(["a", "b", "c"]);
        let rows = [account("b", 3, "first"), account("c", 1, "x"), account("b", 7, "سلام"), account("d", 1, "nobody")];
        let profiles = Profiles::of(&rows, &ids).unwrap();
        assert!(profiles.any() && profiles.get(0).is_none() && profiles.get(99).is_none());
        let b = profiles.get(1).unwrap();
        assert_eq!((b.followers, b.lang, b.bot, b.protected), (Some(7), Some("ar"), Some(true), None));
        assert_eq!((b.description_length, b.created_at, profiles.newest()), (4, None, Some(7)));
        let mut seen = Vec::new();
        let note = |found: &[(u32, Texts<'_>)]| {
            seen.extend(found.iter().map(|(a, t)| (*a, t.handle.is_none(), t.description.map(str::to_owned))));
            Ok(())
        };
        profiles.texts(&ids, &["description"], note).unwrap();
        assert_eq!(seen, [(2, true, Some("x".into())), (1, true, Some("سلام".into()))]);
    }

    #[test]
    fn odd_counts_and_nobody() {
        let ids = Ids::collect(["a"]);
        let profiles = Profiles::of(&[account("a", i64::MAX, "")], &ids).unwrap();
        assert_eq!(profiles.get(0).unwrap().followers, Some(i64::from(u32::MAX) - 1));
        let profiles = Profiles::of(&[account("a", -1, "")], &ids).unwrap();
        assert_eq!(profiles.get(0).unwrap().followers, None);
        let none = Profiles::of(&[], &ids).unwrap();
        assert!(!none.any() && none.get(0).is_none() && none.newest().is_none());
        none.texts(&ids, &[], |_| panic!("nobody")).unwrap();
    }
}
