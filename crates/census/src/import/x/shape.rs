//! The shapes of X's JSON, of both versions: what is read of a post, a profile, a place.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::declared;
use crate::import::values::Cell;

/// A value of any kind, as a cell.
#[derive(Default)]
pub(super) struct Any<'a>(pub(super) Option<Cell<'a>>);

impl<'a> Any<'a> {
    pub(super) fn cell(&self) -> &Cell<'a> {
        self.0.as_ref().unwrap_or(&Cell::Null)
    }

    /// Whether it was there at all, if only as a null.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.cell(), Cell::Null)
    }

    /// This, or another where this is none.
    pub(super) fn or<'s>(&'s self, other: &'s Self) -> &'s Self {
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

/// A post or a profile, of either version. What lies in it is left for another look, so that no file has many of them in
/// memory at once.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Item<'a> {
    #[serde(borrow)]
    pub(super) id: Any<'a>,
    pub(super) id_str: Any<'a>,
    pub(super) created_at: Any<'a>,
    // A post.
    pub(super) text: Any<'a>,
    pub(super) full_text: Any<'a>,
    pub(super) extended_tweet: Option<Box<Long<'a>>>,
    pub(super) note_tweet: Option<Box<Long<'a>>>,
    pub(super) entities: Option<Entities<'a>>,
    pub(super) author_id: Any<'a>,
    #[serde(borrow)]
    pub(super) user: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) author: Option<&'a RawValue>,
    pub(super) lang: Any<'a>,
    pub(super) source: Any<'a>,
    pub(super) in_reply_to_status_id: Any<'a>,
    pub(super) in_reply_to_user_id: Any<'a>,
    pub(super) conversation_id: Any<'a>,
    pub(super) timestamp_ms: Any<'a>,
    #[serde(borrow)]
    pub(super) place: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) geo: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) coordinates: Option<&'a RawValue>,
    pub(super) attachments: Option<Attached<'a>>,
    pub(super) extended_entities: Option<Attached<'a>>,
    #[serde(borrow)]
    pub(super) referenced_tweets: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) retweeted_status: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) quoted_status: Option<&'a RawValue>,
    // A profile.
    pub(super) username: Any<'a>,
    pub(super) screen_name: Any<'a>,
    pub(super) name: Any<'a>,
    pub(super) description: Any<'a>,
    pub(super) public_metrics: Option<Metrics<'a>>,
    pub(super) followers_count: Any<'a>,
    pub(super) friends_count: Any<'a>,
    pub(super) statuses_count: Any<'a>,
    pub(super) protected: Any<'a>,
    pub(super) location: Any<'a>,
    pub(super) time_zone: Any<'a>,
    pub(super) default_profile_image: Any<'a>,
    pub(super) profile_image_url: Any<'a>,
    pub(super) profile_image_url_https: Any<'a>,
    pub(super) verified: Any<'a>,
    #[serde(borrow)]
    pub(super) pinned_tweet: Option<&'a RawValue>,
    // Beside either, where twarc2 flattened an answer.
    #[serde(rename = "__twarc")]
    pub(super) twarc: Option<Twarc<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Metrics<'a> {
    #[serde(borrow)]
    pub(super) followers_count: Any<'a>,
    pub(super) following_count: Any<'a>,
    pub(super) tweet_count: Any<'a>,
}

/// The whole of a post that is longer than 140 characters, or than 280.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Long<'a> {
    #[serde(borrow)]
    pub(super) full_text: Any<'a>,
    pub(super) text: Any<'a>,
    pub(super) entities: Option<Entities<'a>>,
    pub(super) extended_entities: Option<Attached<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Entities<'a> {
    #[serde(borrow)]
    pub(super) hashtags: Option<Vec<Entity<'a>>>,
    pub(super) urls: Option<Vec<Entity<'a>>>,
    #[serde(borrow)]
    pub(super) media: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Entity<'a> {
    #[serde(borrow)]
    pub(super) tag: Option<Cow<'a, str>>,
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) expanded_url: Option<Cow<'a, str>>,
    pub(super) url: Option<Cow<'a, str>>,
}

/// Lists of pictures and videos.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Attached<'a> {
    #[serde(borrow)]
    pub(super) media_keys: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) media: Option<&'a RawValue>,
}

/// A place, and a point in it: `place` of version 1.1, `geo` of both. Version 2 gives places beside the posts, by their
/// ids; twarc2 puts them back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Place<'a> {
    #[serde(borrow)]
    pub(super) id: Any<'a>,
    pub(super) place_id: Any<'a>,
    pub(super) place_type: Any<'a>,
    pub(super) name: Any<'a>,
    pub(super) full_name: Any<'a>,
    pub(super) country: Any<'a>,
    pub(super) country_code: Any<'a>,
    #[serde(borrow)]
    pub(super) coordinates: Option<&'a RawValue>,
}

impl Place<'_> {
    pub(super) fn words(&self) -> Option<String> {
        let [kind, name, code, country] =
            [&self.place_type, self.name.or(&self.full_name), &self.country_code, &self.country].map(words);
        declared::place(kind, name, code, country)
    }
}

pub(super) fn words<'a>(value: &'a Any<'_>) -> &'a str {
    match value.cell() {
        Cell::Plain(text) => text,
        Cell::Text(text) => text,
        _ => "",
    }
}

/// What twarc2 notes beside an answer.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Twarc<'a> {
    #[serde(borrow)]
    pub(super) url: Option<Cow<'a, str>>,
    pub(super) retrieved_at: Any<'a>,
}
