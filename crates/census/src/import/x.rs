//! What X's API gave, one JSON object a line: answers of version 2 as twarc2 keeps them, whole or flattened to posts and
//! profiles; posts and profiles of version 1.1, from its streams or asked for; and pages of friends and followers of both.
//!
//! A line may hold a page of hundreds, so it may be long. A post gives a row of `posts` and its author's of `accounts`;
//! what it repeats or quotes, too. Whose followers a page lists, twarc2 noted beside it; version 1.1 does not say.

use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;
use std::path::Path;

use memchr::memchr;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use simdutf8::basic::from_utf8;

use super::detect::NOTICES;
use super::fill::{Filler, Rows, Target};
use super::intake::{INVALID, Intake};
use super::json;
use super::order::in_order;
use super::pieces::{Piece, Pieces, Pool};
use super::rejected::Reason;
use super::scan::{DEEPEST, Scan};
use super::source::damaged;
use super::values::Cell;
use super::{List, Options, What};
use crate::Result;

/// The longest line. A page of 500 posts with all that they refer to has some 4 MB.
const LONGEST: usize = 16 << 20;

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

/// A value of any kind, as a cell.
#[derive(Default)]
struct Any<'a>(Option<Cell<'a>>);

impl<'a> Any<'a> {
    fn cell(&self) -> &Cell<'a> {
        self.0.as_ref().unwrap_or(&Cell::Null)
    }

    /// Whether it was there at all, if only as a null.
    fn is_there(&self) -> bool {
        self.0.is_some()
    }

    fn is_null(&self) -> bool {
        matches!(self.cell(), Cell::Null)
    }

    /// This, or another where this is none.
    fn or<'s>(&'s self, other: &'s Self) -> &'s Self {
        if self.is_null() { other } else { self }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Any<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor).map(|cell| Self(Some(cell)))
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cell::Null)
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Cell::Plain(if flag { "true" } else { "false" }))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cell::Text(number.to_string().into()))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cell::Text(number.to_string().into()))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cell::Real(number))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        // It had no escapes, so it holds no control characters.
        Ok(Cell::Plain(text))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cell::Text(text.to_owned().into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Other)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Other)
    }
}

/// A post or a profile, of either version.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    id: Any<'a>,
    id_str: Any<'a>,
    created_at: Any<'a>,
    // A post.
    text: Any<'a>,
    full_text: Any<'a>,
    extended_tweet: Option<Box<Long<'a>>>,
    note_tweet: Option<Box<Long<'a>>>,
    entities: Option<Entities<'a>>,
    author_id: Any<'a>,
    user: Option<Box<Item<'a>>>,
    author: Option<Box<Item<'a>>>,
    lang: Any<'a>,
    source: Any<'a>,
    in_reply_to_status_id: Any<'a>,
    in_reply_to_user_id: Any<'a>,
    conversation_id: Any<'a>,
    timestamp_ms: Any<'a>,
    referenced_tweets: Option<Vec<Item<'a>>>,
    retweeted_status: Option<Box<Item<'a>>>,
    quoted_status: Option<Box<Item<'a>>>,
    /// How it is referred to.
    #[serde(rename = "type")]
    reference: Any<'a>,
    // A profile.
    username: Any<'a>,
    screen_name: Any<'a>,
    name: Any<'a>,
    description: Any<'a>,
    public_metrics: Option<Metrics<'a>>,
    followers_count: Any<'a>,
    friends_count: Any<'a>,
    statuses_count: Any<'a>,
    protected: Any<'a>,
    pinned_tweet: Option<Box<Item<'a>>>,
    // Beside either, where twarc2 flattened an answer.
    #[serde(rename = "__twarc")]
    twarc: Option<Twarc<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics<'a> {
    #[serde(borrow)]
    followers_count: Any<'a>,
    following_count: Any<'a>,
    tweet_count: Any<'a>,
}

/// The whole of a post that is longer than 140 characters, or than 280.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Long<'a> {
    #[serde(borrow)]
    full_text: Any<'a>,
    text: Any<'a>,
    entities: Option<Entities<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entities<'a> {
    #[serde(borrow)]
    hashtags: Option<Vec<Entity<'a>>>,
    urls: Option<Vec<Entity<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entity<'a> {
    #[serde(borrow)]
    tag: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
    expanded_url: Option<Cow<'a, str>>,
    url: Option<Cow<'a, str>>,
}

/// What twarc2 notes beside an answer.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Twarc<'a> {
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
    retrieved_at: Any<'a>,
}

/// An answer of version 2, or a page of version 1.1.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
    includes: Option<Includes<'a>>,
    ids: Option<Vec<Any<'a>>>,
    users: Option<Vec<Item<'a>>>,
    #[serde(rename = "__twarc")]
    twarc: Option<Twarc<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Includes<'a> {
    #[serde(borrow)]
    users: Option<Vec<Item<'a>>>,
    tweets: Option<Vec<Item<'a>>>,
}

/// One, or a list.
struct Data<'a>(Vec<Item<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DataVisitor).map(Self)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Vec<Item<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a post or a profile, or a list of them")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Ok(vec![Item::deserialize(serde::de::value::MapAccessDeserializer::new(object))?])
    }
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Answer,
    Item,
    /// Nothing that anybody posted.
    Notice,
    Unknown,
}

/// Looks over the members of a line; none where it is not sound.
fn line_of(text: &str) -> Option<Line> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let (mut line, mut item, mut notice, mut members) = (Line::Unknown, false, false, 0);
    scan.eat(b'{')?;
    let mut ended = scan.space() == b'}';
    scan.at += usize::from(ended);
    while !ended {
        scan.eat(b'"')?;
        let start = scan.at;
        scan.string()?;
        let name = text.get(start..scan.at - 1)?;
        scan.eat(b':')?;
        scan.value(DEEPEST)?;
        members += 1;
        match name {
            "data" | "ids" | "users" | "includes" => line = Line::Answer,
            "id" | "id_str" => item = true,
            "errors" | "meta" => notice = true,
            name if NOTICES.contains(&name) => notice = true,
            _ => (),
        }
        ended = scan.ends(b'}')?;
    }
    if scan.space() != b'\n' || scan.at < text.len() {
        return None;
    }
    Some(match line {
        Line::Answer => Line::Answer,
        _ if item => Line::Item,
        _ if notice || members == 0 => Line::Notice,
        _ => Line::Unknown,
    })
}

struct Reader<'t> {
    options: &'t Options,
    accounts: Filler<'t>,
    follows: Filler<'t>,
    posts: Filler<'t>,
    line: u64,
    notices: u64,
}

impl<'t> Reader<'t> {
    fn new([accounts, follows, posts]: &'t [Target; 3], options: &'t Options) -> Self {
        let [accounts, follows, posts] = [accounts, follows, posts].map(Filler::new);
        Self { options, accounts, follows, posts, line: 0, notices: 0 }
    }

    fn finish(self) -> Result<([Rows; 3], u64)> {
        Ok(([self.accounts.finish()?, self.follows.finish()?, self.posts.finish()?], self.notices))
    }

    fn reject(&mut self, reason: impl Into<Reason>) {
        self.posts.reject(self.line, reason.into());
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
        let line = match line_of(text) {
            Some(line) => line,
            // The slower reader has the last word, and the reason.
            None => match json::object(text.as_bytes()) {
                Err(reason) => return self.reject(reason),
                Ok(object) if object.contains_key("data") || object.contains_key("ids") => Line::Answer,
                Ok(_) => Line::Item,
            },
        };
        match line {
            Line::Notice => self.notices += 1,
            Line::Unknown => self.reject("neither a post, nor a profile, nor a page of them"),
            Line::Item => match serde_json::from_str::<Item<'_>>(text) {
                Ok(item) => {
                    let twarc = item.twarc.as_ref();
                    let observed = twarc.map_or(&item.timestamp_ms, |t| &t.retrieved_at);
                    self.items(std::slice::from_ref(&item), twarc, observed);
                }
                Err(_) => self.reject(ODD),
            },
            Line::Answer => match serde_json::from_str::<Answer<'_>>(text) {
                Ok(answer) => self.answer(&answer),
                Err(_) => self.reject(ODD),
            },
        }
    }

    fn answer(&mut self, answer: &Answer<'_>) {
        let (twarc, unknown) = (answer.twarc.as_ref(), Any::default());
        let observed = twarc.map_or(&unknown, |t| &t.retrieved_at);
        let includes = answer.includes.as_ref();
        // Before the posts, so that those who are included are there when their own page was cut short.
        for user in includes.and_then(|i| i.users.as_ref()).into_iter().flatten() {
            self.account(user, observed);
        }
        if let Some(Data(items)) = &answer.data {
            self.items(items, twarc, observed);
        }
        for post in includes.and_then(|i| i.tweets.as_ref()).into_iter().flatten() {
            self.post(post, observed);
        }
        if let Some(users) = &answer.users {
            self.items(users, twarc, observed);
        }
        for id in answer.ids.iter().flatten() {
            match &self.options.list {
                Some(list) => self.follow(list, id),
                None => {
                    self.reject(
                        "ids without whose friends or followers they are: give --following-of or --followers-of",
                    );
                    break;
                }
            }
        }
    }

    /// What an answer is about: posts, or profiles, which may be those of a list.
    fn items(&mut self, items: &[Item<'_>], twarc: Option<&Twarc<'_>>, observed: &Any<'_>) {
        let listed = twarc.and_then(|t| t.url.as_deref()).and_then(list_of);
        let list = if twarc.is_some_and(|t| t.url.is_some()) { listed } else { self.options.list.clone() };
        for item in items {
            if !item.text.or(&item.full_text).is_null() {
                self.post(item, observed);
            } else if !item.username.or(&item.screen_name).is_null() {
                self.account(item, observed);
                if let Some(list) = &list {
                    self.follow(list, item.id_str.or(&item.id));
                }
                if let Some(post) = &item.pinned_tweet {
                    self.post(post, observed);
                }
            } else {
                self.reject("neither a post, nor a profile, nor a page of them");
            }
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
        ] {
            self.accounts.cell(cell.cell());
        }
        self.accounts.end(self.line);
    }

    /// A post, its author, and the posts in it. What is left of a post of which only the id is known is none.
    fn post(&mut self, item: &Item<'_>, observed: &Any<'_>) {
        let author = item.user.as_deref().or(item.author.as_deref());
        let long = item.extended_tweet.as_deref().or(item.note_tweet.as_deref());
        let text = long.map(|l| l.full_text.or(&l.text)).filter(|t| !t.is_null());
        let entities = long.and_then(|l| l.entities.as_ref()).or(item.entities.as_ref());
        let referenced = item.referenced_tweets.as_deref().unwrap_or_default();
        self.posts.cell(item.id_str.or(&item.id).cell());
        self.posts.cell(author.map_or(&item.author_id, |a| a.id_str.or(&a.id)).or(&item.author_id).cell());
        self.posts.cell(item.created_at.cell());
        self.posts.cell(text.unwrap_or_else(|| item.full_text.or(&item.text)).cell());
        self.posts.cell(item.lang.cell());
        self.posts.cell(item.source.cell());
        self.posts.cell(&reply(item, referenced));
        self.posts.cell(&list(entities.and_then(|e| e.hashtags.as_ref()), |e| e.tag.as_ref().or(e.text.as_ref())));
        self.posts.cell(&list(entities.and_then(|e| e.urls.as_ref()), |e| e.expanded_url.as_ref().or(e.url.as_ref())));
        self.posts.end(self.line);
        // An author may be cut down to the id.
        if let Some(author) = author.filter(|a| !a.username.or(&a.screen_name).is_null()) {
            self.account(author, observed);
        }
        let inside = [item.retweeted_status.as_deref(), item.quoted_status.as_deref()];
        for post in inside.into_iter().flatten().chain(referenced) {
            if !post.text.or(&post.full_text).is_null() {
                self.post(post, observed);
            }
        }
    }
}

/// Whether it answers a post; nothing where that was not asked for.
fn reply(item: &Item<'_>, referenced: &[Item<'_>]) -> Cell<'static> {
    let replied = |post: &Item<'_>| matches!(post.reference.cell(), Cell::Plain("replied_to"));
    let answers = [&item.in_reply_to_status_id, &item.in_reply_to_user_id].iter().any(|id| !id.is_null());
    if answers || referenced.iter().any(replied) {
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

    #[test]
    fn lines_are_told_apart() {
        for (text, line) in [
            (r#"{"data":[{"id":"1"}],"meta":{}}"#, Some(Line::Answer)),
            (r#"{"id":1,"text":"t"}"#, Some(Line::Item)),
            (r#"{"delete":{"status":{"id":1}}}"#, Some(Line::Notice)),
            (r#"{"meta":{"result_count":0},"__twarc":{}}"#, Some(Line::Notice)),
            ("{}", Some(Line::Notice)),
            (r#"{"a":1}"#, Some(Line::Unknown)),
            (r#"{"a":1"#, None),
            (r#"{"a":1} x"#, None),
            ("[]", None),
        ] {
            assert!(line_of(text) == line, "{text}");
        }
    }
}
