//! Who posted when, and with what: a post in 24 bytes, and the habits that an account's posts show.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use arrow_array::Array;
use rayon::prelude::*;

use super::super::names::clean;
use super::super::tally::Counts;
use super::Habit;
use crate::Result;
use crate::network::Network;
use crate::rows::{Batch, Micros};
use crate::store::Piece;
use crate::text;
use crate::when;

const COLUMNS: [&str; 7] = ["id", "author", "created_at", "lang", "client", "reply", "media"];
/// Different clients, or languages; the names that are held while a row group is read.
const MOST_CLIENTS: usize = 1 << 15;
const MOST_LANGUAGES: usize = (1 << 12) - 1;
const MOST_RAW: usize = 1 << 16;
/// No client, or no language.
const NO_CLIENT: u16 = u16::MAX;
const NO_LANGUAGE: u16 = MOST_LANGUAGES as u16;
/// Posts that are looked at together.
const CHUNK: usize = 1 << 18;
/// Posts of an account whose language is told from the text where they do not declare one.
const TOLD: usize = 5;
/// A shorter pause is one of the same sitting.
const SITTING: u32 = 300;
/// Pauses that differ by less are alike.
const ALIKE: u32 = 60;
const DAY: u32 = 86_400;
/// A mark of a post whose language is to be told.
pub(super) const TELL: u32 = 1 << 31;

/// A post of an account of the frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Post {
    /// A hash of its id.
    print: u64,
    unit: u32,
    row: u32,
    /// Since 1970; 0 where it is not known or cannot be true.
    second: u32,
    client: u16,
    /// Language in 12 bits; whether it is a reply, and shows something, in two each.
    rest: u16,
}

/// Whether something is so, in two bits: not known, no, yes.
fn bits(is: Option<bool>) -> u16 {
    is.map_or(0, |is| 1 + u16::from(is))
}

impl Post {
    fn language(self) -> u16 {
        self.rest & NO_LANGUAGE
    }

    fn reply(self) -> u16 {
        self.rest >> 12 & 3
    }

    fn shows(self) -> u16 {
        self.rest >> 14
    }
}

/// Names by number.
#[derive(Debug)]
pub(super) struct Names {
    numbers: HashMap<String, u16>,
    names: Vec<String>,
    most: usize,
    none: u16,
}

impl Names {
    pub(super) fn clients() -> Self {
        Self { numbers: HashMap::new(), names: Vec::new(), most: MOST_CLIENTS, none: NO_CLIENT }
    }

    pub(super) fn languages() -> Self {
        Self { numbers: HashMap::new(), names: Vec::new(), most: MOST_LANGUAGES, none: NO_LANGUAGE }
    }

    pub(super) fn name(&self, number: u16) -> &str {
        &self.names[usize::from(number)]
    }

    fn number(&mut self, name: String) -> u16 {
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        if self.names.len() >= self.most {
            return self.none;
        }
        let number = self.names.len() as u16;
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }
}

/// The numbers of names as they are written, of which a few come again and again.
struct Read<'a> {
    names: Names,
    raw: HashMap<String, u16>,
    make: &'a dyn Fn(&str) -> Option<String>,
}

impl Read<'_> {
    fn number(&mut self, raw: Option<&str>) -> u16 {
        let Some(raw) = raw else { return self.names.none };
        if let Some(number) = self.raw.get(raw) {
            return *number;
        }
        let number = (self.make)(raw).map_or(self.names.none, |name| self.names.number(name));
        if self.raw.len() < MOST_RAW && raw.len() < 256 {
            self.raw.insert(raw.to_owned(), number);
        }
        number
    }
}

/// What a row group holds.
pub(super) struct Found {
    posts: Vec<Post>,
    clients: Vec<String>,
    languages: Vec<String>,
    pub(super) latest: Option<Micros>,
}

pub(super) fn read(piece: &Piece, first: u64, network: &Network, place: impl Fn(u32) -> Option<u32>) -> Result<Found> {
    let declared = |tag: &str| text::declared(tag);
    let mut clients = Read { names: Names::clients(), raw: HashMap::new(), make: &clean };
    let mut languages = Read { names: Names::languages(), raw: HashMap::new(), make: &declared };
    let (mut posts, mut latest, mut row) = (Vec::new(), None, first);
    piece.read(&COLUMNS, |batch| {
        let b = Batch(batch);
        let (id, author, created) = (b.views("id")?, b.views("author")?, b.time("created_at")?);
        let (lang, client, reply) = (b.views("lang")?, b.views("client")?, b.flag("reply")?);
        let media = b.later("media", Batch::long)?;
        let shows = |i: usize| media.filter(|m| m.is_valid(i)).map(|m| m.value(i) > 0);
        // An account's posts often lie together.
        let mut named: Vec<&str> = Vec::new();
        let mut run: Vec<u32> = Vec::with_capacity(batch.num_rows());
        for author in author.iter().map(Option::unwrap_or_default) {
            if named.last() != Some(&author) {
                named.push(author);
            }
            run.push(named.len() as u32 - 1);
        }
        let units: Vec<Option<u32>> = network.ids.get_all(&named).into_iter().map(|account| place(account?)).collect();
        for (i, run) in run.into_iter().enumerate() {
            let here = row + i as u64;
            let (Some(unit), Ok(row)) = (units[run as usize], u32::try_from(here)) else { continue };
            let at = created.is_valid(i).then(|| created.value(i)).and_then(|at| when::in_range(at).ok());
            latest = latest.max(at);
            let language = languages.number(lang.is_valid(i).then(|| lang.value(i)));
            posts.push(Post {
                print: print(id.value(i)),
                unit,
                row,
                second: at.map_or(0, |at| (at / 1_000_000) as u32),
                client: clients.number(client.is_valid(i).then(|| client.value(i))),
                rest: language | bits(reply.is_valid(i).then(|| reply.value(i))) << 12 | bits(shows(i)) << 14,
            });
        }
        row += batch.num_rows() as u64;
        Ok(())
    })?;
    Ok(Found { posts, clients: clients.names.names, languages: languages.names.names, latest })
}

fn print(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish()
}

/// Adds the posts of a row group to those before, with the names' numbers among all.
pub(super) fn join(posts: &mut Vec<Post>, found: Found, clients: &mut Names, languages: &mut Names) {
    let client: Vec<u16> = found.clients.into_iter().map(|name| clients.number(name)).collect();
    let language: Vec<u16> = found.languages.into_iter().map(|name| languages.number(name)).collect();
    posts.extend(found.posts.into_iter().map(|post| Post {
        client: client.get(usize::from(post.client)).copied().unwrap_or(NO_CLIENT),
        rest: post.rest & !NO_LANGUAGE | language.get(usize::from(post.language())).copied().unwrap_or(NO_LANGUAGE),
        ..post
    }));
}

/// What the accounts' posts tell.
#[derive(Default)]
pub(super) struct Habits {
    /// Account, habits, the client used most.
    pub(super) accounts: Vec<(u32, Habit, Option<u16>)>,
    pub(super) days: Counts,
    pub(super) hours: Counts,
    /// Account, declared language, posts in it.
    pub(super) languages: Vec<(u32, u16, u32)>,
    /// Rows that count, ascending, and whose they are; with [`TELL`] where the language is to be told.
    pub(super) marks: Vec<(u32, u32)>,
}

/// Counts each post once, and tells each account's habits.
pub(super) fn habits(mut posts: Vec<Post>, clients: &Names) -> Habits {
    // The tables only grow, and a crawl that was stopped may have fetched a post twice: the first counts.
    posts.par_sort_unstable_by_key(|p| (p.unit, p.print, p.row));
    posts.dedup_by_key(|p| (p.unit, p.print));
    let mut chunks: Vec<&mut [Post]> = Vec::new();
    let mut rest = posts.as_mut_slice();
    while rest.len() > CHUNK {
        let unit = rest[CHUNK].unit;
        let to = CHUNK + rest[CHUNK..].partition_point(|p| p.unit == unit);
        let (chunk, after) = rest.split_at_mut(to);
        chunks.push(chunk);
        rest = after;
    }
    chunks.push(rest);
    let parts: Vec<Habits> = chunks.into_par_iter().with_max_len(1).map(|chunk| part(chunk, clients)).collect();
    let mut all = Habits::default();
    for part in parts {
        let Some((first, ..)) = part.accounts.first() else { continue };
        all.days.append(&part.days, *first as usize);
        all.hours.append(&part.hours, *first as usize);
        all.accounts.extend(part.accounts);
        all.languages.extend(part.languages);
        all.marks.extend(part.marks);
    }
    all.marks.par_sort_unstable();
    all
}

fn part(posts: &mut [Post], clients: &Names) -> Habits {
    let mut habits = Habits::default();
    let mut scratch = Vec::new();
    let mut from = 0;
    while from < posts.len() {
        let unit = posts[from].unit;
        let to = from + posts[from..].partition_point(|p| p.unit == unit);
        habits.account(&mut posts[from..to], clients, &mut scratch);
        from = to;
    }
    if let Some((last, ..)) = habits.accounts.last() {
        let after = *last as usize + 1;
        habits.days.until(after);
        habits.hours.until(after);
    }
    habits
}

impl Habits {
    fn account(&mut self, posts: &mut [Post], clients: &Names, scratch: &mut Vec<u32>) {
        let unit = posts[0].unit;
        let mut habit = Habit { posts: posts.len() as u32, ..Habit::default() };
        for post in posts.iter() {
            habit.may_reply += u32::from(post.reply() > 0);
            habit.replies += u32::from(post.reply() == 2);
            habit.may_show += u32::from(post.shows() > 0);
            habit.shows += u32::from(post.shows() == 2);
        }
        posts.sort_unstable_by_key(|p| p.row);
        let declared = posts.iter().filter(|p| p.language() != NO_LANGUAGE).count();
        let mut tell = TOLD.saturating_sub(declared);
        for post in posts.iter() {
            let told = post.language() == NO_LANGUAGE && tell > 0;
            tell -= usize::from(told);
            self.marks.push((post.row, unit | if told { TELL } else { 0 }));
        }
        scratch.clear();
        scratch.extend(posts.iter().map(|p| u32::from(p.language())).filter(|l| *l != u32::from(NO_LANGUAGE)));
        runs(scratch, |language, times| self.languages.push((unit, language as u16, times)));
        scratch.clear();
        scratch.extend(posts.iter().map(|p| u32::from(p.client)).filter(|c| *c != u32::from(NO_CLIENT)));
        let mut client: Option<(u32, u16)> = None;
        runs(scratch, |number, times| {
            let number = number as u16;
            let more = client.is_none_or(|(most, of)| (times, clients.name(of)) > (most, clients.name(number)));
            if more {
                client = Some((times, number));
            }
        });
        scratch.clear();
        scratch.extend(posts.iter().map(|p| p.second).filter(|s| *s > 0));
        scratch.sort_unstable();
        habit.timed = scratch.len() as u32;
        self.days.push(unit as usize, scratch.iter().map(|s| (s / DAY) as u16));
        (habit.hours, habit.minute) = minutes(scratch);
        (habit.pauses, habit.alike) = pauses(scratch);
        // 1 January 1970 was a Thursday.
        scratch.iter_mut().for_each(|s| *s = (*s / 3_600 + 72) % 168);
        scratch.sort_unstable();
        self.hours.push(unit as usize, scratch.iter().map(|hour| *hour as u16));
        self.accounts.push((unit, habit, client.map(|(_, of)| of)));
    }
}

/// Calls `each` with every different number, ascending, and how often it is there.
fn runs(numbers: &mut [u32], mut each: impl FnMut(u32, u32)) {
    numbers.sort_unstable();
    numbers.chunk_by(|a, b| a == b).for_each(|run| each(run[0], run.len() as u32));
}

/// Hours with a post, and in how many the first post came at the minute where most did. Of an hour only the first counts, since
/// people post several times in one sitting.
fn minutes(seconds: &[u32]) -> (u32, u32) {
    let (mut at, mut hours, mut last) = ([0_u32; 60], 0, None);
    for second in seconds {
        let hour = second / 3_600;
        if last != Some(hour) {
            last = Some(hour);
            hours += 1;
            at[(second / 60 % 60) as usize] += 1;
        }
    }
    (hours, at.into_iter().max().unwrap_or(0))
}

/// Pauses between sittings, and how many of them are within a minute of each other, at most.
fn pauses(seconds: &[u32]) -> (u32, u32) {
    let mut pauses: Vec<u32> = seconds.windows(2).map(|two| two[1] - two[0]).filter(|p| *p >= SITTING).collect();
    pauses.sort_unstable();
    let (mut from, mut most) = (0, 0);
    for to in 0..pauses.len() {
        while pauses[to] - pauses[from] > ALIKE {
            from += 1;
        }
        most = most.max(to - from + 1);
    }
    (pauses.len() as u32, most as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_and_pauses() {
        // Every hour at five past, for ten hours; then three posts in one sitting.
        let mut times: Vec<u32> = (0..10).map(|hour| 1_000_000_800 + hour * 3_600 + 300).collect();
        assert_eq!((minutes(&times), pauses(&times)), ((10, 10), (9, 9)));
        let last = 1_000_000_800 + 40 * 3_600;
        times.extend([last, last + 20, last + 70]);
        assert_eq!((minutes(&times), pauses(&times)), ((11, 10), (10, 9)));
        assert_eq!((minutes(&[]), pauses(&[])), ((0, 0), (0, 0)));
    }
}
