//! What X's API gave, one JSON object a line: answers of version 2 as twarc2 keeps them, whole or flattened to posts and
//! profiles; posts and profiles of version 1.1, from its streams or asked for; and pages of friends and followers of both.
//!
//! A line may hold a page of hundreds, so it may be long; what is in it is read one by one, each bounded. A post gives a
//! row of `posts` and its author's of `accounts`; what it repeats or quotes, too. Whose followers a page lists, twarc2
//! noted beside it; version 1.1 does not say.

mod line;
mod shape;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use memchr::memchr;
use serde::Deserialize;
use serde_json::value::RawValue;
use simdutf8::basic::from_utf8;

use self::line::{Kind, Line, each_element, each_member};
use self::shape::{Any, Attached, Entities, Entity, Item, Long, Metrics, Place, Twarc, words};
use super::fill::{Filler, Rows, Target};
use super::intake::{INVALID, Intake};
use super::json;
use super::lines;
use super::order::in_order;
use super::pieces::{Piece, Pieces, Pool};
use super::rejected::Reason;
use super::source::damaged;
use super::values::Cell;
use super::{List, Options, What};
use crate::Result;
use crate::declared;

/// The longest line. A page of 500 posts with all that they refer to has some 4 MB.
const LONGEST: usize = 16 << 20;
/// Posts in posts: one that repeats one that quotes one is as deep as they lie.
const DEEPEST_POST: u32 = 4;
/// So many posts one may refer to.
const MOST_REFERENCES: usize = 100;
/// So many faults of a line are told.
const MOST_BAD: u32 = 1000;
const TOO_MANY_BAD: u32 = MOST_BAD + 1;

/// Gives every post, profile and follow of the file to `intake`, and says how many lines were no such thing but notices.
pub(super) fn read(
    input: Box<dyn BufRead + Send + '_>,
    file: &Path,
    options: &Options,
    intake: &mut Intake<'_>,
) -> Result<u64> {
    let (pool, mut pieces) = (Pool::default(), Pieces::of_long_lines(input, LONGEST));
    let targets = [What::Accounts, What::Follows, What::Posts].map(Target::table);
    let mut notices = 0;
    in_order(
        || pieces.next(&pool).map_err(|e| damaged(file, e)),
        |piece| {
            let mut reader = Reader::new(&targets, options);
            reader.piece(&piece);
            pool.put(piece);
            reader.finish()
        },
        |read| {
            let (rows, passed) = read?;
            notices += passed;
            intake.take_all(rows)
        },
    )?;
    Ok(notices)
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Reason> {
    if text.len() > lines::LONGEST {
        return Err("a post or a profile longer than 1 MiB".into());
    }
    serde_json::from_str(text).map_err(|_| ODD.into())
}

struct Reader<'t> {
    options: &'t Options,
    accounts: Filler<'t>,
    follows: Filler<'t>,
    posts: Filler<'t>,
    line: u64,
    /// A line and how many faults it has.
    bad: (u64, u32),
    notices: u64,
    /// The places beside the posts of an answer, by id.
    places: HashMap<String, String>,
}

impl<'t> Reader<'t> {
    fn new([accounts, follows, posts]: &'t [Target; 3], options: &'t Options) -> Self {
        let [accounts, follows, posts] = [accounts, follows, posts].map(Filler::new);
        Self { options, accounts, follows, posts, line: 0, bad: (0, 0), notices: 0, places: HashMap::new() }
    }

    fn finish(self) -> Result<([Rows; 3], u64)> {
        Ok(([self.accounts.finish()?, self.follows.finish()?, self.posts.finish()?], self.notices))
    }

    fn reject(&mut self, reason: impl Into<Reason>) {
        if self.bad.0 != self.line {
            self.bad = (self.line, 0);
        }
        self.bad.1 += 1;
        match self.bad.1 {
            ..=MOST_BAD => self.posts.reject(self.line, reason.into()),
            TOO_MANY_BAD => self.posts.reject(self.line, "more than 1000 faults in one line".into()),
            _ => (),
        }
    }

    fn piece(&mut self, piece: &Piece) {
        self.line = piece.before;
        let (bytes, mut start) = (piece.bytes(), 0);
        if piece.long {
            self.line += 1;
            self.reject(LONG);
        }
        while start < bytes.len() {
            let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
            self.line += 1;
            let line = bytes[start..end].trim_ascii();
            start = end + 1;
            if line.len() > LONGEST {
                self.reject(LONG);
            } else if !line.is_empty() {
                match from_utf8(line) {
                    Ok(text) => self.line(text),
                    Err(_) => self.reject(INVALID),
                }
            }
        }
    }

    fn line(&mut self, text: &str) {
        if let Some(line) = Line::of(text) {
            return self.of_kind(&line, text);
        }
        // The slower reader has the last word, and the reason; what it takes, it gives back without what is odd in it.
        if text.len() > lines::LONGEST {
            return self.reject("not JSON");
        }
        match json::object(text.as_bytes()).map(|object| serde_json::Value::Object(object).to_string()) {
            Ok(plain) => match Line::of(&plain) {
                Some(line) => self.of_kind(&line, &plain),
                None => self.reject(ODD),
            },
            Err(reason) => self.reject(reason),
        }
    }

    fn of_kind(&mut self, line: &Line<'_>, text: &str) {
        match line.kind {
            Some(Kind::Notice) => self.notices += 1,
            Some(Kind::Answer) => self.answer(line),
            Some(Kind::Item) => match parse::<Item<'_>>(text) {
                Ok(item) => {
                    let twarc = item.twarc.as_ref();
                    let observed = twarc.map_or(&item.timestamp_ms, |t| &t.retrieved_at);
                    self.item(&item, self.list(twarc).as_ref(), observed);
                }
                Err(reason) => self.reject(reason),
            },
            Some(Kind::Unknown) | None => self.reject(NEITHER),
        }
    }

    /// Whose list a page is: twarc2 says it, and where there is nothing of twarc2, an option.
    fn list(&self, twarc: Option<&Twarc<'_>>) -> Option<List> {
        match twarc.and_then(|t| t.url.as_deref()) {
            Some(url) => list_of(url),
            None => self.options.list.clone(),
        }
    }

    fn answer(&mut self, line: &Line<'_>) {
        let twarc = match line.twarc.map(parse::<Twarc<'_>>).transpose() {
            Ok(twarc) => twarc,
            Err(reason) => return self.reject(reason),
        };
        let unknown = Any::default();
        let observed = twarc.as_ref().map_or(&unknown, |t| &t.retrieved_at);
        let list = self.list(twarc.as_ref());
        let (mut users, mut posts, mut places) = (None, None, None);
        if let Some(includes) = line.includes {
            each_member(includes, |name, value| match name {
                "users" => users = Some(value),
                "tweets" => posts = Some(value),
                "places" => places = Some(value),
                _ => (),
            });
        }
        self.places.clear();
        each_element(places.unwrap_or("[]"), |place| {
            if let Ok(place) = parse::<Place<'_>>(place)
                && let Some(at) = place.words()
            {
                self.places.insert(words(&place.id).to_owned(), at);
            }
        });
        for (of, list) in [(users, None), (line.data, list.as_ref()), (posts, None), (line.users, list.as_ref())] {
            each_element(of.unwrap_or("[]"), |item| match parse::<Item<'_>>(item) {
                Ok(item) => self.item(&item, list, observed),
                Err(reason) => self.reject(reason),
            });
        }
        match (line.ids, &self.options.list) {
            (Some(ids), Some(list)) => each_element(ids, |id| match parse::<Any<'_>>(id) {
                Ok(id) => self.follow(list, &id),
                Err(reason) => self.reject(reason),
            }),
            (Some(_), None) => {
                self.reject("ids without whose friends or followers they are: give --following-of or --followers-of");
            }
            (None, _) => (),
        }
        self.places.clear();
    }

    /// A post, or a profile, which may be one of a list.
    fn item(&mut self, item: &Item<'_>, list: Option<&List>, observed: &Any<'_>) {
        if !item.text.or(&item.full_text).is_null() {
            self.post(item, observed, 1);
        } else if !item.username.or(&item.screen_name).is_null() {
            self.account(item, observed);
            if let Some(list) = list {
                self.follow(list, item.id_str.or(&item.id));
            }
            self.inner_post(item.pinned_tweet.map(RawValue::get), observed, 1);
        } else {
            self.reject(NEITHER);
        }
    }

    /// A post in another, if more than its id is known.
    fn inner_post(&mut self, text: Option<&str>, observed: &Any<'_>, depth: u32) {
        match text.map(parse::<Item<'_>>) {
            Some(Ok(post)) if !post.text.or(&post.full_text).is_null() => self.post(&post, observed, depth),
            Some(Err(reason)) => self.reject(reason),
            _ => (),
        }
    }

    fn follow(&mut self, list: &List, id: &Any<'_>) {
        match list {
            List::Following(of) => {
                self.follows.cell(&Cell::Text(of.as_str().into()));
                self.follows.cell(id.cell());
            }
            List::Followers(of) => {
                self.follows.cell(id.cell());
                self.follows.cell(&Cell::Text(of.as_str().into()));
            }
        }
        self.follows.end(self.line);
    }

    fn account(&mut self, item: &Item<'_>, observed: &Any<'_>) {
        let none = Metrics::default();
        let metrics = item.public_metrics.as_ref().unwrap_or(&none);
        for cell in [
            item.id_str.or(&item.id),
            item.username.or(&item.screen_name),
            &item.name,
            &item.description,
            &item.created_at,
            metrics.followers_count.or(&item.followers_count),
            metrics.following_count.or(&item.friends_count),
            metrics.tweet_count.or(&item.statuses_count),
            &item.lang,
            &item.protected,
            &Any::default(),
            observed,
            &item.location,
            &item.time_zone,
        ] {
            self.accounts.cell(cell.cell());
        }
        self.accounts.cell(match item.default_profile_image.cell() {
            Cell::Plain("true") => &Cell::Plain(declared::DEFAULT),
            _ => item.profile_image_url_https.or(&item.profile_image_url).cell(),
        });
        self.accounts.cell(item.verified.cell());
        self.accounts.end(self.line);
    }

    /// Where a post says that it was written: the place it names, else the city its coordinates fall to.
    fn place(&self, item: &Item<'_>) -> Option<String> {
        fn read(raw: Option<&RawValue>) -> Place<'_> {
            raw.and_then(|raw| parse::<Place<'_>>(raw.get()).ok()).unwrap_or_default()
        }
        let (place, geo) = (read(item.place), read(item.geo));
        let named = place.words().or_else(|| geo.words()).or_else(|| self.places.get(words(&geo.place_id)).cloned());
        // Longitude comes first but in what version 1.1 calls `geo`.
        let point = |raw: &RawValue| parse::<Point>(raw.get()).ok().map(|Point { coordinates: [x, y] }| (y, x));
        let pair =
            |raw: &RawValue| parse::<[f64; 2]>(raw.get()).ok().map(|[latitude, longitude]| (latitude, longitude));
        named.or_else(|| {
            let (latitude, longitude) = item
                .coordinates
                .and_then(point)
                .or_else(|| geo.coordinates.and_then(|raw| point(raw).or_else(|| pair(raw))))?;
            declared::at(latitude, longitude)
        })
    }

    /// A post, its author, and the posts in it.
    fn post(&mut self, item: &Item<'_>, observed: &Any<'_>, depth: u32) {
        let author = match item.user.or(item.author).map(|author| parse::<Item<'_>>(author.get())).transpose() {
            Ok(author) => author,
            Err(reason) => return self.reject(reason),
        };
        let long = item.extended_tweet.as_deref().or(item.note_tweet.as_deref());
        let text = long.map(|l| l.full_text.or(&l.text)).filter(|t| !t.is_null());
        let entities = long.and_then(|l| l.entities.as_ref()).or(item.entities.as_ref());
        let (mut referenced, mut answers) = (Vec::new(), false);
        each_element(item.referenced_tweets.map_or("[]", RawValue::get), |post| {
            if referenced.len() < MOST_REFERENCES
                && let Ok(reference) = parse::<Reference<'_>>(post)
            {
                answers |= matches!(reference.kind.cell(), Cell::Plain("replied_to"));
                referenced.push(post);
            }
        });
        self.posts.cell(item.id_str.or(&item.id).cell());
        self.posts.cell(author.as_ref().map_or(&item.author_id, |a| a.id_str.or(&a.id)).or(&item.author_id).cell());
        self.posts.cell(item.created_at.cell());
        self.posts.cell(text.unwrap_or_else(|| item.full_text.or(&item.text)).cell());
        self.posts.cell(item.lang.cell());
        self.posts.cell(item.source.cell());
        self.posts.cell(&reply(item, answers));
        self.posts.cell(&list(entities.and_then(|e| e.hashtags.as_ref()), |e| e.tag.as_ref().or(e.text.as_ref())));
        self.posts.cell(&list(entities.and_then(|e| e.urls.as_ref()), |e| e.expanded_url.as_ref().or(e.url.as_ref())));
        self.posts.cell(&self.place(item).map_or(Cell::Null, |place| Cell::Text(place.into())));
        self.posts.cell(&media(item, long).map_or(Cell::Null, |count| Cell::Text(count.to_string().into())));
        self.posts.end(self.line);
        // An author may be cut down to the id.
        if let Some(author) = author.filter(|a| !a.username.or(&a.screen_name).is_null()) {
            self.account(&author, observed);
        }
        if depth < DEEPEST_POST {
            let inside = [item.retweeted_status, item.quoted_status].into_iter().flatten().map(RawValue::get);
            for post in inside.chain(referenced) {
                self.inner_post(Some(post), observed, depth + 1);
            }
        }
    }
}

/// How a post is referred to.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference<'a> {
    #[serde(borrow, rename = "type")]
    kind: Any<'a>,
}

#[derive(Deserialize)]
struct Point {
    coordinates: [f64; 2],
}

/// How many pictures and videos it has; nothing where that was not asked for.
fn media(item: &Item<'_>, long: Option<&Long<'_>>) -> Option<usize> {
    let count = |raw: Option<&RawValue>| {
        let mut count = 0;
        each_element(raw.map_or("[]", RawValue::get), |_| count += 1);
        count
    };
    let attached = |of: Option<&Attached<'_>>| of.map_or(0, |a| count(a.media_keys).max(count(a.media)));
    let entities = |of: Option<&Entities<'_>>| of.map_or(0, |e| count(e.media));
    let found = [
        attached(item.attachments.as_ref()),
        attached(item.extended_entities.as_ref()),
        attached(long.and_then(|l| l.extended_entities.as_ref())),
        entities(item.entities.as_ref()),
        entities(long.and_then(|l| l.entities.as_ref())),
    ];
    let most = found.into_iter().max().unwrap_or(0);
    // Version 1.1 always has entities; version 2 leaves out what there is none of, but not what it belongs to.
    let asked = item.conversation_id.is_there() || (item.id_str.is_there() && item.entities.is_some());
    (most > 0 || asked).then_some(most)
}

/// Whether it answers a post; nothing where that was not asked for.
fn reply(item: &Item<'_>, answers: bool) -> Cell<'static> {
    let to = [&item.in_reply_to_status_id, &item.in_reply_to_user_id];
    if answers || to.iter().any(|id| !id.is_null()) {
        Cell::Plain("true")
    } else if item.in_reply_to_status_id.is_there() || item.conversation_id.is_there() {
        Cell::Plain("false")
    } else {
        Cell::Null
    }
}

fn list<'i>(
    entities: Option<&'i Vec<Entity<'_>>>,
    text: impl Fn(&'i Entity<'_>) -> Option<&'i Cow<'i, str>>,
) -> Cell<'i> {
    let texts = entities.into_iter().flatten().filter_map(text);
    Cell::List(texts.map(|text| Cow::Borrowed(&**text)).collect())
}

/// Whose list an address is of: `https://api.twitter.com/2/users/12/followers?max_results=1000`.
fn list_of(url: &str) -> Option<List> {
    let path = url.split(['?', '#']).next()?;
    let (_, rest) = path.split_once("/users/")?;
    let (id, what) = rest.split_once('/')?;
    let id = Some(id).filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))?.to_owned();
    match what.trim_end_matches('/') {
        "followers" => Some(List::Followers(id)),
        "following" => Some(List::Following(id)),
        _ => None,
    }
}

const LONG: &str = "line longer than 16 MiB";
const NEITHER: &str = "neither a post, nor a profile, nor a page of them";
const ODD: &str = "not of the form of X's posts, profiles and pages";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_list_it_is() {
        let of = |url: &str| list_of(url);
        assert_eq!(
            of("https://api.twitter.com/2/users/12/followers?max_results=1000"),
            Some(List::Followers("12".into()))
        );
        assert_eq!(of("https://api.x.com/2/users/12/following"), Some(List::Following("12".into())));
        for other in ["", "REMOVED", "https://api.twitter.com/2/users/12/tweets", "https://a/2/users/x/followers"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
