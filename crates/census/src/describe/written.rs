//! What accounts wrote, from two looks at the table of posts that keep none of them.
//!
//! The first makes 24 bytes of a post of the frame: whose it is, when it was written and with what. Sorted by account, these tell
//! which posts are there twice and what each account's habits are. The second looks at the words of the posts that count, and no
//! others. Row groups are read on all threads and their finds joined in the order of the table, so that any number of threads
//! tells the same. Of tables with more posts than [`MOST_POSTS`], accounts are looked at in several turns.

use std::ops::Range;

use rayon::prelude::*;

use super::tally::{Counts, Tally, Uses};
use super::traits::{Gathered, Labels};
use crate::Result;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::Micros;
use crate::store::{Piece, Store};
use crate::tables::Table;

mod posted;
mod words;

use posted::{Names, Post};

/// Posts that are held at a time.
const MOST_POSTS: u64 = 1 << 25;

/// What an account's posts are like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Habit {
    /// Posts that were collected, each once.
    pub(super) posts: u32,
    /// Of those, how many have a time.
    pub(super) timed: u32,
    /// How many say whether they are replies, and how many are.
    pub(super) may_reply: u32,
    pub(super) replies: u32,
    /// How many say what is attached, and how many have something.
    pub(super) may_show: u32,
    pub(super) shows: u32,
    /// How many have words enough to compare, and how many repeat those of another.
    pub(super) texts: u32,
    pub(super) repeats: u32,
    /// Pauses of five minutes or more between posts, and how many of them are as long as the most common one.
    pub(super) pauses: u32,
    pub(super) alike: u32,
    /// Different hours with a post, and in how many of them the first came at the most common minute.
    pub(super) hours: u32,
    pub(super) minute: u32,
}

impl Habit {
    /// The numbers, in the order of the fields.
    pub(super) fn numbers(&self) -> [u32; 12] {
        let Self { posts, timed, may_reply, replies, may_show, shows, texts, repeats, pauses, alike, hours, minute } =
            *self;
        [posts, timed, may_reply, replies, may_show, shows, texts, repeats, pauses, alike, hours, minute]
    }

    /// Back from the numbers.
    pub(super) fn of(numbers: &[u32; 12]) -> Self {
        let [posts, timed, may_reply, replies, may_show, shows, texts, repeats, pauses, alike, hours, minute] =
            *numbers;
        Self { posts, timed, may_reply, replies, may_show, shows, texts, repeats, pauses, alike, hours, minute }
    }
}

/// What the collected posts of each account hold.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Written {
    /// When the latest post was written.
    pub(super) latest: Option<Micros>,
    pub(super) habits: Vec<Habit>,
    /// The client that most of an account's posts came from.
    pub(super) client: Labels,
    /// How many posts are in which language.
    pub(super) languages: Tally,
    /// How many posts are of which day, since 1970.
    pub(super) days: Counts,
    /// How many posts are of which hour of the week, from Monday at 0.
    pub(super) hours: Counts,
    pub(super) hashtags: Tally,
    pub(super) domains: Tally,
}

/// The account's place in the frame; none for one outside of it.
type Place<'a> = &'a (dyn Fn(u32) -> Option<usize> + Sync);

impl Written {
    pub(super) fn read(
        store: &Store,
        units: usize,
        network: &Network,
        place: Place<'_>,
        progress: &Progress,
    ) -> Result<Self> {
        Self::read_by(MOST_POSTS, store, units, network, place, progress)
    }

    /// The same, holding about so many posts at a time.
    fn read_by(
        most: u64,
        store: &Store,
        units: usize,
        network: &Network,
        place: Place<'_>,
        progress: &Progress,
    ) -> Result<Self> {
        let pieces = store.pieces(Table::Posts)?;
        let mut first = 0;
        let table: Vec<(u64, Piece)> = pieces
            .into_iter()
            .map(|piece| {
                let start = first;
                first += piece.rows() as u64;
                (start, piece)
            })
            .collect();
        let turns = first.div_ceil(most).max(1) as usize;
        let mut written = Self { habits: vec![Habit::default(); units], ..Self::default() };
        let (mut clients, mut languages) = (Names::clients(), Names::languages());
        let mut client = vec![None; units];
        let (mut spoken, mut hashtags, mut domains) = (Uses::default(), Uses::default(), Uses::default());
        for turn in 0..turns {
            let some = units * turn / turns..units * (turn + 1) / turns;
            let look = Look { table: &table, network, place, some, progress };
            let (posts, latest) = look.posted(&mut clients, &mut languages)?;
            written.latest = written.latest.max(latest);
            let habits = posted::habits(posts, &clients);
            for (unit, habit, of) in habits.accounts {
                written.habits[unit as usize] = habit;
                client[unit as usize] = of;
            }
            written.days.append(&habits.days, look.some.start);
            written.hours.append(&habits.hours, look.some.start);
            for (unit, language, times) in habits.languages {
                if let Some(number) = spoken.number(languages.name(language)) {
                    spoken.add(unit, number, times);
                }
            }
            let told = look.words(&habits.marks, &mut hashtags, &mut domains)?;
            for (unit, language) in told.languages {
                if let Some(number) = spoken.number(language) {
                    spoken.add(unit, number, 1);
                }
            }
            for (unit, texts, repeats) in told.texts {
                let habit = &mut written.habits[unit as usize];
                (habit.texts, habit.repeats) = (texts, repeats);
            }
        }
        written.days.until(units);
        written.hours.until(units);
        let mut gathered = Gathered::new(units);
        (0..units).for_each(|unit| gathered.set(unit, client[unit].map(|number| clients.name(number))));
        written.client = gathered.sorted();
        written.languages = spoken.tally(units);
        written.hashtags = hashtags.tally(units);
        written.domains = domains.tally(units);
        Ok(written)
    }
}

/// The table, and which accounts of the frame are looked at in this turn.
struct Look<'a> {
    /// The row groups, and the number of the first row of each.
    table: &'a [(u64, Piece)],
    network: &'a Network,
    place: Place<'a>,
    some: Range<usize>,
    progress: &'a Progress,
}

impl Look<'_> {
    /// Calls `each` with what `read` makes of every row group, in their order; some are read at once.
    fn in_order<T: Send>(&self, read: impl Fn(u64, &Piece) -> Result<T> + Sync, mut each: impl FnMut(T)) -> Result<()> {
        for some in self.table.chunks(2 * rayon::current_num_threads()) {
            self.progress.check()?;
            let read: Vec<T> =
                some.par_iter().with_max_len(1).map(|(first, piece)| read(*first, piece)).collect::<Result<_>>()?;
            read.into_iter().for_each(&mut each);
        }
        Ok(())
    }

    /// The posts, each as little as it can be.
    fn posted(&self, clients: &mut Names, languages: &mut Names) -> Result<(Vec<Post>, Option<Micros>)> {
        let (mut posts, mut latest) = (Vec::new(), None);
        self.in_order(
            |first, piece| posted::read(piece, first, self.network, |account| self.of(account)),
            |found| {
                latest = latest.max(found.latest);
                posted::join(&mut posts, found, clients, languages);
            },
        )?;
        Ok((posts, latest))
    }

    /// What the words of marked posts tell.
    fn words(&self, marks: &[(u32, u32)], hashtags: &mut Uses, domains: &mut Uses) -> Result<words::Told> {
        let mut told = words::Told::default();
        let mut prints = Vec::new();
        self.in_order(
            |first, piece| words::read(piece, first, marks),
            |found| {
                found.hashtags.join(hashtags);
                found.domains.join(domains);
                told.languages.extend(found.languages);
                prints.extend(found.prints);
            },
        )?;
        told.compare(prints);
        Ok(told)
    }

    fn of(&self, account: u32) -> Option<u32> {
        (self.place)(account).filter(|unit| self.some.contains(unit)).map(|unit| unit as u32)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rows::{self, Account, Post};

    #[test]
    fn turns_and_threads_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let account = |i: usize| format!("a{:02}", i % 23);
        for part in 0..5 {
            let posts: Vec<Post> = (0..200)
                .map(|i| Post {
                    // Some are there twice.
                    id: format!("{}", (i * 7 + part * 150) % 700),
                    author: account((i * 7 + part * 150) % 700),
                    created_at: Some(1_400_000_000_000_000 + (i * i * 977 % 40_000) as i64 * 60_000_000),
                    text: Some(format!(
                        "what was said on that day, {} https://site{}.example",
                        ["it rained", "it snowed"][i % 2],
                        i % 9
                    )),
                    lang: (i % 3 > 0).then(|| ["en", "ar", "fr"][i % 4 % 3].into()),
                    client: Some(format!("client {}", i % 5)),
                    reply: (i % 4 > 0).then_some(i % 4 == 1),
                    tags: vec![format!("Tag{}", i % 11)],
                    media: Some((i % 3) as i64),
                    ..Post::default()
                })
                .collect();
            store.append(Table::Posts, &rows::posts(&posts).unwrap()).unwrap();
        }
        let accounts = (0..23).map(|i| Account { id: account(i), ..Account::default() }).collect();
        let network = Network::new(accounts, &[]).unwrap();
        // Every other account is in the frame.
        let place = |account: u32| account.is_multiple_of(2).then_some(account as usize / 2);
        let read = |most, threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Written::read_by(most, &store, 12, &network, &place, &Progress::silent()).unwrap())
        };
        let whole = read(MOST_POSTS, 1);
        assert!(whole.habits.iter().all(|habit| (20..=40).contains(&habit.posts)), "each post once");
        assert!(whole.habits.iter().all(|h| h.may_show == h.posts && h.shows > 0 && h.replies > 0 && h.repeats > 0));
        assert_eq!(whole.habits.iter().map(|habit| habit.posts).sum::<u32>(), {
            let units = |of: &Counts| of.uses.iter().map(|(_, times)| u32::from(*times)).sum::<u32>();
            assert_eq!(units(&whole.days), units(&whole.hours));
            units(&whole.days)
        });
        assert_eq!((whole.hashtags.labels.len(), whole.domains.labels.len()), (11, 9));
        assert!(whole == read(MOST_POSTS, 3) && whole == read(100, 2) && whole == read(1, 1));
    }
}
