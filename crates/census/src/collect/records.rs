//! Records of a repository made into rows: the same whether they come by a repository, a stream or a dump.

use std::collections::HashSet;

use serde_json::Value;

use super::answers::{self, Rejected};
use crate::rows::{Follow, Micros, Post};
use crate::when;

pub(crate) const FOLLOW: &str = "app.bsky.graph.follow";
pub(crate) const POST: &str = "app.bsky.feed.post";
pub(crate) const PROFILE: &str = "app.bsky.actor.profile";

/// The longest name of a record in its collection, as the protocol has it.
const LONGEST_KEY: usize = 512;

/// What a profile record says. All of it replaces what an earlier one said.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) created_at: Option<Micros>,
    pub(crate) bot: Option<bool>,
    pub(crate) avatar: Option<String>,
}

/// Rows that came out of records, in their order.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub(crate) follows: Vec<Follow>,
    pub(crate) posts: Vec<Post>,
    pub(crate) profile: Option<Box<Profile>>,
    pub(crate) rejected: Vec<Rejected>,
}

/// Whether rows are made of a collection.
pub(crate) fn wanted(collection: &str) -> bool {
    matches!(collection, FOLLOW | POST | PROFILE)
}

/// When a record or a version was made, by its name: a count of microseconds and a clock's number, in base 32 that sorts.
/// A name may be of another kind, and then says nothing.
pub(crate) fn made_at(name: &str) -> Option<Micros> {
    if name.len() != 13 {
        return None;
    }
    let number = name.bytes().try_fold(0_u64, |all, byte| {
        let digit = b"234567abcdefghijklmnopqrstuvwxyz".iter().position(|d| *d == byte)?;
        Some((all << 5) | digit as u64)
    })?;
    when::in_range(i64::try_from(number >> 10).ok()?).ok()
}

impl Rows {
    /// Of several follows of the same account the first counts, as for an AppView.
    pub(super) fn follow_once(&mut self) {
        let (mut seen, rejected) = (HashSet::new(), &mut self.rejected);
        self.follows.retain(|follow| {
            let first = seen.insert(follow.dst.clone());
            if !first {
                rejected.push(answers::reject("a follow given twice", &Value::from(follow.dst.as_str())));
            }
            first
        });
    }

    /// Adds the record `collection/key` of `owner`. Records of other collections make no row.
    pub(crate) fn add(&mut self, owner: &str, collection: &str, key: &str, record: &Value) {
        match collection {
            FOLLOW => match record["subject"].as_str().filter(|did| answers::is_did(did)) {
                Some(dst) if dst == owner => {
                    self.rejected.push(answers::reject("an account that follows itself", &record["subject"]));
                }
                Some(dst) => {
                    let created_at = answers::time(&record["createdAt"], &mut self.rejected);
                    self.follows.push(Follow { src: owner.to_owned(), dst: dst.to_owned(), created_at });
                }
                None => self.rejected.push(answers::reject("a follow without a DID", record)),
            },
            POST if key.is_empty() || key.len() > LONGEST_KEY || !record.is_object() => {
                self.rejected.push(answers::reject("a post without an address", record));
            }
            POST => {
                let uri = format!("at://{owner}/{POST}/{key}");
                self.posts.push(answers::own_post(&uri, owner, record, &mut self.rejected));
            }
            PROFILE if key == "self" => self.profile = Some(answers::own_profile(record, &mut self.rejected).into()),
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_says_when_it_was_made() {
        // A commit of the sample, whose event says 2026-11-25T03:29:31.150Z.
        let made = made_at("3n347rpzkyh24").unwrap();
        assert!((made - 1_795_577_371_150_000).abs() < 1_000_000, "{made}");
        assert_eq!((made_at("zzzzzzzzzzzzz"), made_at("soon"), made_at("self")), (None, None, None));
    }

    #[test]
    fn each_collection_makes_its_rows() {
        let me = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
        let mut rows = Rows::default();
        let other = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb";
        rows.add(me, FOLLOW, "1", &json!({"subject": other, "createdAt": "2026-01-01T00:00:00Z"}));
        rows.add(me, FOLLOW, "2", &json!({"subject": me}));
        rows.add(me, FOLLOW, "3", &json!({"subject": "alice.test"}));
        rows.add(me, POST, "3k", &json!({"text": "hi", "langs": ["en"], "createdAt": "soon"}));
        rows.add(me, POST, "", &json!({"text": "hi"}));
        rows.add(me, POST, "3l", &json!([1]));
        rows.add(me, PROFILE, "self", &json!({"displayName": "A", "labels": {"values": [{"val": "bot"}]}}));
        rows.add(me, "app.bsky.feed.like", "1", &json!({"subject": {}}));
        rows.add(me, FOLLOW, "4", &json!({"subject": other}));
        rows.follow_once();
        assert_eq!(rows.rejected.pop().unwrap().reason, "a follow given twice");
        assert_eq!(rows.follows[0].created_at, Some(1_767_225_600_000_000));
        assert_eq!((rows.follows.len(), rows.posts.len(), rows.rejected.len()), (1, 1, 5));
        assert_eq!(rows.posts[0].id, format!("at://{me}/app.bsky.feed.post/3k"));
        let profile = rows.profile.unwrap();
        assert_eq!((profile.name.as_deref(), profile.bot), (Some("A"), Some(true)));
    }
}
