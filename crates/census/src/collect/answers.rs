//! Answers of the AppView made into rows. Everything in them was written by strangers: what is too long is cut, what is
//! no row is set aside with its reason.

use std::collections::HashSet;

use serde_json::Value;

use super::records::Profile;
use crate::declared;
use crate::rows::{Account, Follow, Micros, Post};

/// DIDs and record addresses longer than this are none.
const LONGEST_ID: usize = 256;
const LONGEST_CURSOR: usize = 1024;
pub(super) const LONGEST_NAME: usize = 1_000;
pub(super) const LONGEST_TEXT: usize = 10_000;
pub(super) const LONGEST_LINK: usize = 2_000;
pub(super) const LONGEST_TAG: usize = 640;
pub(super) const LONGEST_LANG: usize = 35;
/// Tags and links kept of one post.
const MOST_TAGS: usize = 100;

/// Something that is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) reason: &'static str,
    pub(crate) example: String,
}

pub(super) fn reject(reason: &'static str, what: &Value) -> Rejected {
    Rejected { reason, example: what.to_string().chars().take(300).collect() }
}

/// A page of a list.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page<T> {
    pub(super) rows: Vec<T>,
    pub(super) cursor: Option<String>,
    /// Why the list goes on and cannot be followed.
    pub(super) cut: Option<&'static str>,
    pub(super) rejected: Vec<Rejected>,
}

/// Whether a text can be a DID.
pub(crate) fn is_did(text: &str) -> bool {
    text.strip_prefix("did:").is_some_and(|rest| rest.len() > 2 && rest.contains(':'))
        && text.len() <= LONGEST_ID
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b":._-%".contains(&b))
}

/// The profiles of a `getProfiles` answer that were asked for.
pub(super) fn profiles(answer: &Value, asked: &[String], now: Micros) -> Result<(Vec<Account>, Vec<Rejected>), ()> {
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    let mut open: HashSet<&str> = asked.iter().map(String::as_str).collect();
    for item in answer["profiles"].as_array().ok_or(())? {
        match profile(item, now, &mut rejected) {
            Some(row) if open.remove(row.id.as_str()) => rows.push(row),
            Some(_) => rejected.push(reject("a profile that was not asked for", item)),
            None => rejected.push(reject("a profile without a DID", item)),
        }
    }
    Ok((rows, rejected))
}

/// A detailed profile.
pub(super) fn profile(item: &Value, now: Micros, rejected: &mut Vec<Rejected>) -> Option<Account> {
    let id = item["did"].as_str().filter(|did| is_did(did))?;
    let count = |key: &str| item[key].as_i64().filter(|n| *n >= 0);
    // Only what the account says of itself; labels by others are opinions.
    let says_bot = |label: &Value| label["val"] == "bot" && label["src"] == id && label["neg"] != true;
    let bot = item["labels"].as_array().is_some_and(|labels| labels.iter().any(says_bot));
    Some(Account {
        id: id.to_owned(),
        handle: item["handle"].as_str().filter(|h| !h.is_empty() && h.len() <= LONGEST_ID).map(str::to_owned),
        name: text(&item["displayName"], LONGEST_NAME),
        description: text(&item["description"], LONGEST_TEXT),
        created_at: time(&item["createdAt"], rejected),
        followers: count("followersCount"),
        following: count("followsCount"),
        posts: count("postsCount"),
        lang: None,
        protected: None,
        bot: bot.then_some(true),
        observed_at: Some(now),
        location: None,
        time_zone: None,
        avatar: Some(
            item["avatar"].as_str().and_then(declared::avatar).unwrap_or_else(|| declared::DEFAULT.to_owned()),
        ),
        verified: item["verification"]["verifiedStatus"].as_str().map(|status| status == "valid"),
    })
}

/// A page of `getFollows`. The list says who is followed, not since when.
pub(super) fn follows(answer: &Value, src: &str) -> Result<Page<Follow>, ()> {
    let mut page = Page { cursor: cursor(answer)?, ..Page::default() };
    let mut seen = HashSet::new();
    for item in answer["follows"].as_array().ok_or(())? {
        match item["did"].as_str().filter(|did| is_did(did)) {
            Some(dst) if dst == src => page.rejected.push(reject("an account that follows itself", &item["did"])),
            Some(dst) if !seen.insert(dst) => page.rejected.push(reject("a follow given twice", &item["did"])),
            Some(dst) => page.rows.push(Follow { src: src.to_owned(), dst: dst.to_owned(), created_at: None }),
            None => page.rejected.push(reject("a follow without a DID", item)),
        }
    }
    Ok(page)
}

/// The accounts on a page of a list of others: those of a list, or who follows an account.
pub(super) fn members(answer: &Value, rows: &str, did: impl Fn(&Value) -> &Value) -> Result<Page<String>, ()> {
    let mut page = Page { cursor: cursor(answer)?, ..Page::default() };
    for item in answer[rows].as_array().ok_or(())? {
        match did(item).as_str().filter(|did| is_did(did)) {
            Some(did) => page.rows.push(did.to_owned()),
            None => page.rejected.push(reject("a member of a list without a DID", item)),
        }
    }
    Ok(page)
}

/// The account's own posts on a page of `getAuthorFeed`; reposts are others' words.
pub(super) fn posts(answer: &Value, author: &str) -> Result<Page<Post>, ()> {
    let mut page = Page { cursor: cursor(answer)?, ..Page::default() };
    let mut seen = HashSet::new();
    for item in answer["feed"].as_array().ok_or(())? {
        let post = &item["post"];
        if item.get("reason").is_some() || post["author"]["did"] != author {
            continue;
        }
        match post["uri"].as_str().filter(|uri| uri.starts_with("at://") && uri.len() <= LONGEST_ID) {
            Some(uri) if seen.insert(uri) => {
                let row = own_post(uri, author, &post["record"], &mut page.rejected);
                page.rows.push(row);
            }
            Some(_) => page.rejected.push(reject("a post given twice", &post["uri"])),
            None => page.rejected.push(reject("a post without an address", post)),
        }
    }
    Ok(page)
}

/// What a profile record says of its owner.
pub(super) fn own_profile(record: &Value, rejected: &mut Vec<Rejected>) -> Profile {
    let says_bot = list(&record["labels"]["values"]).iter().any(|label| label["val"] == "bot");
    Profile {
        name: text(&record["displayName"], LONGEST_NAME),
        description: text(&record["description"], LONGEST_TEXT),
        created_at: time(&record["createdAt"], rejected),
        bot: says_bot.then_some(true),
        avatar: Some(picture(&record["avatar"])),
    }
}

/// A picture's name on the network is the hash of its bytes: the same picture has the same.
fn picture(blob: &Value) -> String {
    let hash = blob["ref"]["$link"].as_str().or(blob["cid"].as_str());
    match hash.and_then(declared::avatar) {
        Some(hash) => hash,
        None if blob.is_object() => declared::OWN.to_owned(),
        None => declared::DEFAULT.to_owned(),
    }
}

/// How many pictures and videos a post's embed holds; those beside a quoted post stand in its media.
fn media(embed: &Value) -> i64 {
    let held = |embed: &Value| list(&embed["images"]).len() + usize::from(embed["video"].is_object());
    (held(embed) + held(&embed["media"])) as i64
}

pub(super) fn own_post(uri: &str, author: &str, record: &Value, rejected: &mut Vec<Rejected>) -> Post {
    let (mut tags, mut links) = (Vec::new(), Vec::new());
    for feature in list(&record["facets"]).iter().flat_map(|facet| list(&facet["features"])) {
        match feature["$type"].as_str() {
            Some("app.bsky.richtext.facet#tag") => tags.extend(text(&feature["tag"], LONGEST_TAG)),
            Some("app.bsky.richtext.facet#link") => links.extend(text(&feature["uri"], LONGEST_LINK)),
            _ => (),
        }
    }
    tags.extend(list(&record["tags"]).iter().filter_map(|tag| text(tag, LONGEST_TAG)));
    // A link card stands in the embed itself, or beside a quoted post in its media.
    for embed in [&record["embed"]["external"], &record["embed"]["media"]["external"]] {
        links.extend(text(&embed["uri"], LONGEST_LINK));
    }
    Post {
        id: uri.to_owned(),
        author: author.to_owned(),
        created_at: time(&record["createdAt"], rejected),
        text: text(&record["text"], LONGEST_TEXT),
        lang: record["langs"][0].as_str().filter(|l| !l.is_empty() && l.len() <= LONGEST_LANG).map(str::to_owned),
        client: None,
        reply: Some(record.get("reply").is_some()),
        tags: each_once(tags),
        links: each_once(links),
        place: None,
        media: Some(media(&record["embed"])),
    }
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn each_once(mut texts: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.retain(|t| seen.insert(t.clone()));
    texts.truncate(MOST_TAGS);
    texts
}

/// A text, cut to `longest` characters; an empty one is none.
pub(super) fn text(value: &Value, longest: usize) -> Option<String> {
    value.as_str().filter(|s| !s.is_empty()).map(|s| s.chars().take(longest).collect())
}

/// A claimed time. Accounts may claim any; one that is no time is none.
pub(super) fn time(value: &Value, rejected: &mut Vec<Rejected>) -> Option<Micros> {
    let claimed = value.as_str()?;
    let time = claimed.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond);
    if time.is_none() {
        rejected.push(reject("a time that cannot be read", value));
    }
    time
}

pub(super) fn cursor(answer: &Value) -> Result<Option<String>, ()> {
    match &answer["cursor"] {
        Value::Null => Ok(None),
        Value::String(c) if c.is_empty() => Ok(None),
        Value::String(c) if c.len() <= LONGEST_CURSOR => Ok(Some(c.clone())),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const A: &str = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn dids() {
        assert!(is_did(A) && is_did("did:web:example.test"));
        for bad in ["", "did:", "did:plc", "did:plc:a b", "alice.test", "did:plc:\u{0}", "did:plc:é"] {
            assert!(!is_did(bad), "{bad}");
        }
        assert!(!is_did(&format!("did:plc:{}", "a".repeat(300))));
    }

    #[test]
    fn a_profile_and_its_own_bot_label() {
        let item = json!({"did": A, "handle": "a.test", "displayName": "A", "description": "x".repeat(20_000),
            "createdAt": "2026-01-01T00:00:00.000Z", "followersCount": 3, "followsCount": -1,
            "labels": [{"val": "bot", "src": B}]});
        let mut rejected = Vec::new();
        let row = profile(&item, 7, &mut rejected).unwrap();
        assert_eq!((row.followers, row.following, row.bot), (Some(3), None, None));
        assert_eq!(row.description.unwrap().len(), LONGEST_TEXT);
        assert_eq!(row.created_at, Some(1_767_225_600_000_000));
        assert_eq!((row.avatar.as_deref(), row.verified), (Some("default"), None));
        let cid = "bafkreibjfgx2gprinfvicegelk5kosd6y2frmqpqzwqkg7usac74l3t2v4";
        let picture = json!({"did": A, "avatar": format!("https://cdn.bsky.app/img/avatar/plain/{A}/{cid}@jpeg"),
            "verification": {"verifiedStatus": "valid"}});
        let row = profile(&picture, 7, &mut rejected).unwrap();
        assert_eq!((row.avatar.as_deref(), row.verified), (Some(cid), Some(true)));
        // The record has the same.
        let record = json!({"avatar": {"$type": "blob", "ref": {"$link": cid}}});
        assert_eq!(own_profile(&record, &mut rejected).avatar.as_deref(), Some(cid));
        assert_eq!(own_profile(&json!({}), &mut rejected).avatar.as_deref(), Some("default"));
        let own = json!({"did": A, "labels": [{"val": "bot", "src": A}], "createdAt": "yesterday"});
        assert_eq!(profile(&own, 7, &mut rejected).unwrap().bot, Some(true));
        assert_eq!(rejected.len(), 1, "the time");
        let taken_back = json!({"did": A, "labels": [{"val": "bot", "src": A, "neg": true}]});
        assert_eq!(profile(&taken_back, 7, &mut rejected).unwrap().bot, None);
    }

    #[test]
    fn profiles_not_asked_for_are_set_aside() {
        let answer = json!({"profiles": [{"did": A}, {"did": A}, {"did": B}, {"handle": "x"}, 5]});
        let (rows, rejected) = profiles(&answer, &[A.to_owned()], 0).unwrap();
        assert_eq!((rows.len(), rejected.len()), (1, 4));
        assert_eq!(profiles(&json!({"profiles": 1}), &[], 0), Err(()));
    }

    #[test]
    fn a_page_of_follows() {
        let page = follows(&json!({"follows": [{"did": B}, {"did": B}, {"did": A}, {}], "cursor": "c"}), A).unwrap();
        assert_eq!(page.rows, [Follow { src: A.into(), dst: B.into(), created_at: None }]);
        assert_eq!((page.cursor.as_deref(), page.rejected.len()), (Some("c"), 3));
        assert_eq!(follows(&json!({"follows": []}), A).unwrap().cursor, None);
        assert!(follows(&json!({"follows": [], "cursor": 5}), A).is_err());
        assert!(follows(&json!({"follows": [], "cursor": "c".repeat(5000)}), A).is_err());
        assert!(follows(&json!([]), A).is_err());
    }

    #[test]
    fn own_posts_with_tags_and_links() {
        let uri = format!("at://{A}/app.bsky.feed.post/1");
        let record = json!({"text": "hi #x", "langs": ["ar", "en"], "createdAt": "2026-01-01T00:00:00Z",
            "reply": {"root": {}}, "tags": ["x", "y"],
            "facets": [{"features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "x"},
                {"$type": "app.bsky.richtext.facet#link", "uri": "https://a.test"}]}],
            "embed": {"external": {"uri": "https://b.test"}, "media": {"images": [{}, {}]}}});
        let own = json!({"uri": uri, "author": {"did": A}, "record": record});
        let feed = json!({"feed": [{"post": own}, {"post": own},
            {"post": own, "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}},
            {"post": {"uri": uri, "author": {"did": B}, "record": {}}}]});
        let page = posts(&feed, A).unwrap();
        assert_eq!((page.rows.len(), page.rejected.len()), (1, 1));
        let post = &page.rows[0];
        assert_eq!((post.lang.as_deref(), post.reply, post.media), (Some("ar"), Some(true), Some(2)));
        assert_eq!(
            (&post.tags[..], &post.links[..]),
            (&["x".into(), "y".into()][..], &["https://a.test".into(), "https://b.test".into()][..])
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let key = prop::sample::select(vec![
            "profiles",
            "follows",
            "feed",
            "post",
            "did",
            "uri",
            "record",
            "facets",
            "features",
            "labels",
            "langs",
            "cursor",
            "createdAt",
            "author",
            "embed",
            "tags",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            Just(json!(A)),
            ".*".prop_map(Value::from)
        ];
        leaf.prop_recursive(5, 60, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((key.clone(), inner), 0..6)
                    .prop_map(|kv| Value::Object(kv.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_answer_is_too_strange(answer in any_json()) {
            let _ = profiles(&answer, &[A.to_owned()], 0);
            let _ = follows(&answer, A);
            let _ = posts(&answer, A);
        }
    }
}
