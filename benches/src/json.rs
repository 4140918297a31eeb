//! JSON lines as two networks deliver them: events of Bluesky's Jetstream, and tweets of the X API v2.
//!
//! Fields, their order, their lengths and how deep they lie are those of the real ones; the texts are made of a few
//! hundred words, some of them Arabic, some escaped, some with emoji.

use std::fmt::Write as _;
use std::io;

use crate::lines;
use crate::names::{Kind, Names, base32};
use crate::random::{Bijection, Purpose, Stream};

/// Whose lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Jetstream commit events: likes, follows, posts, reposts and a few of accounts and identities.
    Jetstream,
    /// One answer of the X API v2 a line: a tweet with public_metrics and entities, and its users.
    X2,
}

/// Lines of a block.
const BLOCK: u64 = 2_000;
/// Accounts that the lines are about.
const ACCOUNTS: u64 = 2_000_000;

/// Writes lines until there are `bytes`; how many bytes were written.
pub fn write(out: &mut impl io::Write, form: Form, bytes: u64, seed: u64) -> io::Result<u64> {
    let names = Names::new(if form == Form::Jetstream { Kind::Did } else { Kind::Decimal }, seed);
    let fame = Bijection::new(ACCOUNTS, seed);
    lines::write(out, u64::MAX, bytes, |block, text| {
        let mut line =
            Line { names: &names, fame: &fame, stream: Stream::new(seed, Purpose::Json, block), text: String::new() };
        for i in 0..BLOCK {
            line.number(block * BLOCK + i, form);
        }
        text.append(&mut line.text.into_bytes());
    })
}

struct Line<'a> {
    names: &'a Names,
    fame: &'a Bijection,
    stream: Stream,
    text: String,
}

const WORDS: &[&str] = &[
    "the",
    "and",
    "of",
    "to",
    "in",
    "is",
    "that",
    "was",
    "this",
    "with",
    "morning",
    "people",
    "really",
    "today",
    "never",
    "thread",
    "weather",
    "garden",
    "music",
    "photo",
    "river",
    "match",
    "again",
    "coffee",
    "study",
    "paper",
    "graph",
    "census",
    "because",
    "without",
    "something",
    "tomorrow",
    "question",
    "city",
    "night",
    "السلام",
    "عليكم",
    "اليوم",
    "صباح",
    "الخير",
    "كتاب",
    "مدينة",
    "été",
    "ça",
    "naïve",
    "日本",
    "ありがとう",
    "😀",
    "🔥🔥",
    "\\\"quoted\\\"",
    "line\\nbreak",
    "a\\/b",
    "50%",
    "#census",
    "#صباح_الخير",
    "don’t",
    "—",
];

impl Line<'_> {
    /// Formatting into a text cannot fail.
    fn put(&mut self, piece: std::fmt::Arguments<'_>) {
        let _ = self.text.write_fmt(piece);
    }

    fn account(&mut self) -> String {
        let u = self.stream.unit();
        self.names.name(self.fame.of(((u * u) * ACCOUNTS as f64) as u64) as u32)
    }

    /// A timestamp identifier of the AT Protocol, or any other random text.
    fn code(&mut self, characters: u32) -> String {
        let mut code = Vec::new();
        base32(u128::from(self.stream.next()) << 64 | u128::from(self.stream.next()), characters.min(24), &mut code);
        base32(
            u128::from(self.stream.next()) << 64 | u128::from(self.stream.next()),
            characters.saturating_sub(24).min(24),
            &mut code,
        );
        base32(u128::from(self.stream.next()), characters.saturating_sub(48), &mut code);
        code.into_iter().map(char::from).collect()
    }

    fn words(&mut self) -> String {
        let many = 3 + self.stream.below(8) * self.stream.below(8);
        let words: Vec<&str> = (0..many).map(|_| self.stream.one_of(WORDS)).collect();
        words.join(" ")
    }

    fn number(&mut self, number: u64, form: Form) {
        match form {
            Form::Jetstream => self.jetstream(number),
            Form::X2 => self.x2(number),
        }
        self.text.push('\n');
    }

    fn time(&mut self, number: u64) -> String {
        let (day, ms) = (1 + number / 40_000_000 % 28, number * 2 + self.stream.below(2));
        let (hour, minute, second) = (ms / 3_600_000 % 24, ms / 60_000 % 60, ms / 1000 % 60);
        format!("2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
    }

    fn jetstream(&mut self, number: u64) {
        let (did, at) = (self.account(), self.time(number));
        let time_us = 1_772_323_200_000_000 + number * 2000 + self.stream.below(2000);
        self.put(format_args!(r#"{{"did":"{did}","time_us":{time_us},"#));
        let what = self.stream.unit();
        if what > 0.99 {
            let seq = 9_000_000_000 + number;
            return if what > 0.995 {
                self.put(format_args!(
                    r#""kind":"account","account":{{"active":true,"did":"{did}","seq":{seq},"time":"{at}"}}}}"#
                ));
            } else {
                let handle = self.code(9);
                self.put(format_args!(
                    r#""kind":"identity","identity":{{"did":"{did}","handle":"{handle}.bsky.social""#
                ));
                self.put(format_args!(r#","seq":{seq},"time":"{at}"}}}}"#));
            };
        }
        let (rev, rkey) = (self.code(13), self.code(13));
        self.put(format_args!(r#""kind":"commit","commit":{{"rev":"{rev}","operation":""#));
        let (other, key, cid) = (self.account(), self.code(13), self.code(52));
        if what > 0.93 {
            let kind = self.stream.one_of(&["graph.follow", "feed.like", "feed.post"]);
            return self.put(format_args!(r#"delete","collection":"app.bsky.{kind}","rkey":"{rkey}"}}}}"#));
        }
        let of = if what < 0.55 {
            "feed.like"
        } else if what < 0.70 {
            "graph.follow"
        } else if what < 0.80 {
            "feed.repost"
        } else {
            "feed.post"
        };
        self.put(format_args!(r#"create","collection":"app.bsky.{of}","rkey":"{rkey}""#));
        self.put(format_args!(r#","record":{{"$type":"app.bsky.{of}","createdAt":"{at}","#));
        match of {
            "graph.follow" => self.put(format_args!(r#""subject":"{other}""#)),
            "feed.post" => self.post(&other, &key, &cid),
            _ => self.put(format_args!(
                r#""subject":{{"cid":"bafyrei{cid}","uri":"at://{other}/app.bsky.feed.post/{key}"}}"#
            )),
        }
        let cid = self.code(52);
        self.put(format_args!(r#"}},"cid":"bafyrei{cid}"}}}}"#));
    }

    fn post(&mut self, other: &str, key: &str, cid: &str) {
        let more = self.stream.unit();
        if more < 0.2 {
            let (image, size) = (self.code(52), 10_000 + self.stream.below(900_000));
            let alt = self.words();
            self.put(format_args!(r#""embed":{{"$type":"app.bsky.embed.images","images":[{{"alt":"{alt}""#));
            self.put(format_args!(r#","aspectRatio":{{"height":1350,"width":1080}},"image":{{"$type":"blob""#));
            self.put(format_args!(r#","ref":{{"$link":"bafkrei{image}"}},"mimeType":"image/jpeg""#));
            self.put(format_args!(r#","size":{size}}}}}]}},"#));
        } else if more < 0.3 {
            self.put(format_args!(r#""facets":[{{"features":[{{"$type":"app.bsky.richtext.facet#link""#));
            self.put(format_args!(r#","uri":"https://example.org/{key}?a=1&b=2"}}],"index":{{"byteEnd":64"#));
            self.put(format_args!(r#","byteStart":31}}}}],"#));
        }
        let lang = self.stream.one_of(&["en", "en", "ar", "ja", "pt"]);
        self.put(format_args!(r#""langs":["{lang}"],"#));
        if more > 0.6 {
            let root = self.code(13);
            self.put(format_args!(r#""reply":{{"parent":{{"cid":"bafyrei{cid}""#));
            self.put(format_args!(r#","uri":"at://{other}/app.bsky.feed.post/{key}"}},"root":{{"cid":"bafyrei{cid}""#));
            self.put(format_args!(r#","uri":"at://{other}/app.bsky.feed.post/{root}"}}}},"#));
        }
        let words = self.words();
        self.put(format_args!(r#""text":"{words}""#));
    }

    fn x2(&mut self, number: u64) {
        let (id, author, other) = (1_900_000_000_000_000_000 + number * 4_194_304, self.account(), self.account());
        let (at, words) = (self.time(number), self.words());
        let lang = self.stream.one_of(&["en", "en", "ar", "ja", "und"]);
        let mut count = |most: u64| self.stream.below(most) * self.stream.below(most) / most;
        let (retweets, replies, likes, quotes, seen) = (count(400), count(100), count(4000), count(50), count(900_000));
        let tags = match self.stream.below(4) {
            0 => r#"{"start":3,"end":10,"tag":"census"},{"start":12,"end":19,"tag":"صباح_الخير"}"#,
            1 => r#"{"start":3,"end":10,"tag":"census"}"#,
            _ => "",
        };
        self.put(format_args!(r#"{{"data":{{"id":"{id}","author_id":"{author}","conversation_id":"{id}""#));
        self.put(format_args!(r#","created_at":"{at}","edit_history_tweet_ids":["{id}"],"lang":"{lang}""#));
        self.put(format_args!(r#","possibly_sensitive":false,"public_metrics":{{"retweet_count":{retweets}"#));
        self.put(format_args!(r#","reply_count":{replies},"like_count":{likes},"quote_count":{quotes}"#));
        self.put(format_args!(r#","bookmark_count":{quotes},"impression_count":{seen}}}"#));
        self.put(format_args!(r#","reply_settings":"everyone","text":"{words}","entities":{{"hashtags":[{tags}]"#));
        self.put(format_args!(r#","mentions":[{{"start":0,"end":9,"username":"u{other}","id":"{other}"}}]"#));
        let link = self.stream.unit();
        if link < 0.4 {
            let (short, path) = (self.code(10), self.code(20));
            self.put(format_args!(r#","urls":[{{"start":80,"end":103,"url":"https://t.co/{short}""#));
            self.put(format_args!(
                r#","expanded_url":"https://example.org/{path}","display_url":"example.org/{path}""#
            ));
            self.put(format_args!(
                r#","status":200,"title":"An example","unwound_url":"https://example.org/{path}"}}]"#
            ));
        }
        self.text.push('}');
        if link > 0.6 {
            let kind = self.stream.one_of(&["retweeted", "replied_to", "quoted"]);
            let earlier = id - 4_194_304 * (1 + self.stream.below(100_000));
            self.put(format_args!(r#","referenced_tweets":[{{"type":"{kind}","id":"{earlier}"}}]"#));
        }
        self.text.push_str(r#"},"includes":{"users":["#);
        self.user(&author);
        if link > 0.6 {
            self.text.push(',');
            self.user(&other);
        }
        self.text.push_str("]}}");
    }

    fn user(&mut self, id: &str) {
        let (about, image) = (self.words(), self.code(15));
        let (followers, following, tweets) =
            (self.stream.below(90_000), self.stream.below(5000), self.stream.below(200_000));
        self.put(format_args!(r#"{{"id":"{id}","username":"u{id}","name":"User {following}""#));
        self.put(format_args!(r#","created_at":"2014-05-09T11:02:33.000Z","description":"{about}""#));
        self.put(format_args!(r#","location":"Example""#));
        self.put(format_args!(
            r#","profile_image_url":"https://pbs.twimg.com/profile_images/{id}/{image}_normal.jpg""#
        ));
        self.put(format_args!(r#","protected":false,"public_metrics":{{"followers_count":{followers}"#));
        self.put(format_args!(r#","following_count":{following},"tweet_count":{tweets},"listed_count":4"#));
        self.put(format_args!(r#","like_count":{tweets}}},"verified":false}}"#));
    }
}
