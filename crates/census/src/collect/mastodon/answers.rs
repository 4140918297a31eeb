//! Answers of servers with Mastodon's API made into rows. A server speaks for its own accounts: of others it may know an
//! old state, and their lists only in part. Everything else is as in the answers of the AT Protocol: too long is cut,
//! what is no row is set aside.

use std::collections::HashSet;

use serde_json::Value;

use super::super::answers::{
    LONGEST_LANG, LONGEST_LINK, LONGEST_NAME, LONGEST_TAG, LONGEST_TEXT, Page, Rejected, each_once, list, reject, text,
    time,
};
use super::{html, names};
use crate::declared;
use crate::rows::{Account, Follow, Micros, Post, Status};

/// An account that its own server shows.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::collect) struct Here {
    pub(in crate::collect) account: Account,
    /// By which the server calls it.
    pub(in crate::collect) number: String,
    pub(in crate::collect) status: Status,
}

/// Reads the answer to a lookup of `id`. An account that its server has suspended has no profile any more: then only the
/// status comes.
pub(super) fn profile(
    item: &Value,
    id: &str,
    now: Micros,
    rejected: &mut Vec<Rejected>,
) -> Result<Here, Option<Status>> {
    let (_, instance) = names::parts(id).ok_or(None)?;
    let acct = item["acct"].as_str().ok_or(None)?;
    if names::account(acct, instance).as_deref() != Some(id) {
        rejected.push(reject("a profile that was not asked for", &item["acct"]));
        return Err(None);
    }
    let status = |status: &str, detail: Option<String>| Status {
        account: id.to_owned(),
        status: status.to_owned(),
        at: Some(now),
        source: Some(instance.to_owned()),
        detail,
    };
    if item["suspended"] == true {
        return Err(Some(status("suspended", Some("its server says so".into()))));
    }
    let number = item["id"].as_str().filter(|number| names::is_number(number)).ok_or(None)?;
    // Below 0: the server does not tell.
    let count = |key: &str| item[key].as_i64().filter(|n| *n >= 0);
    let account = Account {
        id: id.to_owned(),
        handle: Some(id.to_owned()),
        name: text(&item["display_name"], LONGEST_NAME),
        description: description(item),
        created_at: time(&item["created_at"], rejected),
        followers: count("followers_count"),
        following: count("following_count"),
        posts: count("statuses_count"),
        lang: None,
        // `locked` asks for leave to follow, and hides nothing; hidden lists show only when they are asked for.
        protected: None,
        bot: item["bot"].as_bool(),
        observed_at: Some(now),
        location: None,
        time_zone: None,
        avatar: item["avatar"].as_str().and_then(declared::avatar),
        verified: None,
    };
    Ok(Here { account, number: number.to_owned(), status: status("active", remarks(item, instance)) })
}

/// The note, and the fields below it, a line each.
fn description(item: &Value) -> Option<String> {
    let read = |value: &Value| html::read(value.as_str().unwrap_or_default()).text;
    let mut lines = vec![read(&item["note"])];
    lines.extend(list(&item["fields"]).iter().take(20).map(|f| format!("{}: {}", read(&f["name"]), read(&f["value"]))));
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty() && line != ": ").collect();
    text(&lines.join("\n").into(), LONGEST_TEXT)
}

/// What a profile says of the account's standing that has no column.
fn remarks(item: &Value, instance: &str) -> Option<String> {
    let flags = [("locked", "approves its followers"), ("limited", "limited by its server"), ("group", "a group")];
    let mut said: Vec<_> =
        flags.iter().filter(|(flag, _)| item[*flag] == true).map(|(_, words)| (*words).to_owned()).collect();
    if let Some(moved) = item["moved"]["acct"].as_str().and_then(|acct| names::account(acct, instance)) {
        said.push(format!("moved to {moved}"));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// A page of `following`. The list says who is followed, not since when.
pub(super) fn follows(answer: &Value, src: &str) -> Result<Page<Follow>, ()> {
    let (_, instance) = names::parts(src).ok_or(())?;
    let mut page = Page::default();
    let mut seen = HashSet::new();
    for item in answer.as_array().ok_or(())? {
        match item["acct"].as_str().and_then(|acct| names::account(acct, instance)) {
            Some(dst) if dst == src => page.rejected.push(reject("an account that follows itself", &item["acct"])),
            Some(dst) if !seen.insert(dst.clone()) => page.rejected.push(reject("a follow given twice", &item["acct"])),
            Some(dst) => page.rows.push(Follow { src: src.to_owned(), dst, created_at: None }),
            None => page.rejected.push(reject("a follow without an account", &item["acct"])),
        }
    }
    Ok(page)
}

/// The account's own public posts; boosts are others' words, and what goes to followers only is not for a census.
pub(super) fn posts(answer: &Value, author: &str, number: &str) -> Result<Page<Post>, ()> {
    let (_, instance) = names::parts(author).ok_or(())?;
    let mut page = Page::default();
    let mut seen = HashSet::new();
    for item in answer.as_array().ok_or(())? {
        let public = matches!(item["visibility"].as_str(), None | Some("public" | "unlisted"));
        if item["reblog"].is_object() || item["account"]["id"] != number || !public {
            continue;
        }
        match item["id"].as_str().filter(|id| names::is_number(id)) {
            Some(id) if seen.insert(id) => {
                let row = post(format!("{instance}/{id}"), author, item, &mut page.rejected);
                page.rows.push(row);
            }
            Some(_) => page.rejected.push(reject("a post given twice", &item["id"])),
            None => page.rejected.push(reject("a post without an id", &item["id"])),
        }
    }
    Ok(page)
}

fn post(id: String, author: &str, item: &Value, rejected: &mut Vec<Rejected>) -> Post {
    let said = html::read(item["content"].as_str().unwrap_or_default());
    let warning = html::read(item["spoiler_text"].as_str().unwrap_or_default()).text;
    let words = [warning, said.text].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let tags = list(&item["tags"]).iter().filter_map(|tag| text(&tag["name"], LONGEST_TAG)).collect();
    let mut links: Vec<_> = said.links.iter().filter(|link| link.len() <= LONGEST_LINK).cloned().collect();
    links.extend(text(&item["card"]["url"], LONGEST_LINK));
    Post {
        id,
        author: author.to_owned(),
        created_at: time(&item["created_at"], rejected),
        text: text(&words.into(), LONGEST_TEXT),
        lang: item["language"].as_str().filter(|l| !l.is_empty() && l.len() <= LONGEST_LANG).map(str::to_owned),
        client: text(&item["application"]["name"], LONGEST_NAME),
        reply: Some(!item["in_reply_to_id"].is_null()),
        tags: each_once(tags),
        links: each_once(links),
        place: None,
        media: item["media_attachments"].as_array().and_then(|list| i64::try_from(list.len()).ok()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// As in the documentation of the entity Account, shortened.
    fn documented() -> Value {
        json!({"id": "23634", "username": "noiob", "acct": "noiob@awoo.space", "display_name": "ikea shark fan account",
            "locked": false, "bot": false, "created_at": "2017-02-08T02:00:53.274Z",
            "note": "<p>:ms_rainbow_flag: <a href=\"https://awoo.space/tags/awoo\" class=\"mention hashtag\">#<span>awoo</span></a></p>",
            "url": "https://awoo.space/@noiob", "followers_count": 547, "following_count": 404, "statuses_count": 28468,
            "last_status_at": "2019-11-17", "emojis": [], "fields": [{"name": "Pronouns", "value": "they/them", "verified_at": null},
            {"name": "Website", "value": "<a href=\"http://shork.xyz\" rel=\"nofollow\"><span class=\"invisible\">http://</span>shork.xyz</a>",
             "verified_at": "2019-11-10T10:31:10.744+00:00"}]})
    }

    const ID: &str = "noiob@awoo.space";

    #[test]
    fn a_documented_account() {
        let mut rejected = Vec::new();
        let here = profile(&documented(), ID, 7, &mut rejected).unwrap();
        let account = here.account;
        assert_eq!((account.id.as_str(), account.handle.as_deref(), here.number.as_str()), (ID, Some(ID), "23634"));
        assert_eq!(
            account.description.unwrap(),
            ":ms_rainbow_flag: #awoo\nPronouns: they/them\nWebsite: http://shork.xyz"
        );
        assert_eq!((account.followers, account.following, account.posts), (Some(547), Some(404), Some(28468)));
        assert_eq!(
            (account.bot, account.protected, account.created_at),
            (Some(false), None, Some(1_486_519_253_274_000))
        );
        assert_eq!((here.status.status.as_str(), here.status.detail, rejected.len()), ("active", None, 0));
        assert_eq!(account.avatar, None);
        let avatar = |address: &str| {
            let mut item = documented();
            item["avatar"] = json!(address);
            profile(&item, ID, 7, &mut Vec::new()).unwrap().account.avatar.unwrap()
        };
        assert_eq!(avatar("https://awoo.space/avatars/original/missing.png"), "default");
        assert_eq!(avatar("https://files.awoo.space/accounts/avatars/000/023/634/original/6ca8.png"), "own");
        // At home the server leaves its own name out; case is not told apart.
        let mut home = documented();
        home["acct"] = json!("NoiOb");
        assert!(profile(&home, ID, 7, &mut rejected).is_ok());
    }

    #[test]
    fn the_standing_of_an_account() {
        let mut item = documented();
        item["locked"] = json!(true);
        item["limited"] = json!(true);
        item["group"] = json!(true);
        item["moved"] = json!({"acct": "new@one.test"});
        item["followers_count"] = json!(-1);
        let here = profile(&item, ID, 7, &mut Vec::new()).unwrap();
        let detail = here.status.detail.unwrap();
        assert_eq!(detail, "approves its followers; limited by its server; a group; moved to new@one.test");
        assert_eq!((here.account.followers, here.account.protected), (None, None));
        item["suspended"] = json!(true);
        let gone = profile(&item, ID, 7, &mut Vec::new()).unwrap_err().unwrap();
        assert_eq!((gone.account.as_str(), gone.status.as_str()), (ID, "suspended"));
    }

    #[test]
    fn another_account_than_the_one_asked_for_is_refused() {
        let mut rejected = Vec::new();
        let mut item = documented();
        item["acct"] = json!("noiob@one.test");
        assert_eq!(profile(&item, ID, 7, &mut rejected), Err(None));
        assert_eq!(rejected.len(), 1);
        item = documented();
        item["id"] = json!("../../admin");
        assert_eq!(profile(&item, ID, 7, &mut rejected), Err(None));
        for strange in [json!(null), json!([]), json!({"acct": 5}), json!({"error": "Record not found"})] {
            assert_eq!(profile(&strange, ID, 7, &mut rejected), Err(None), "{strange}");
        }
    }

    #[test]
    fn a_page_of_follows() {
        let answer = json!([{"acct": "bob"}, {"acct": "Bob@one.test"}, {"acct": "bob@two.test"}, {"acct": "alice"},
            {"acct": "a b"}, {}, 5]);
        let page = follows(&answer, "alice@one.test").unwrap();
        let dst: Vec<_> = page.rows.iter().map(|f| f.dst.as_str()).collect();
        assert_eq!((dst, page.rejected.len()), (vec!["bob@one.test", "bob@two.test"], 5));
        assert!(follows(&json!({"error": "x"}), "alice@one.test").is_err());
    }

    /// As in the documentation of the entity Status, shortened.
    #[test]
    fn a_documented_status() {
        let item = json!({"id": "103270115826048975", "created_at": "2019-12-08T03:48:33.901Z", "in_reply_to_id": null,
            "spoiler_text": "", "visibility": "public", "language": "en",
            "uri": "https://mastodon.social/users/Gargron/statuses/103270115826048975",
            "content": "<p>&quot;I lost my inheritance with one wrong digit&quot;</p><p><a href=\"https://www.theguardian.com/money\" rel=\"nofollow\"><span class=\"invisible\">https://www.</span><span class=\"ellipsis\">theguardian.com</span><span class=\"invisible\">/money</span></a></p>",
            "reblog": null, "media_attachments": [{"id": "1"}], "application": {"name": "Web", "website": null}, "account": {"id": "1", "acct": "Gargron"},
            "tags": [{"name": "money", "url": "https://mastodon.social/tags/money"}, {"name": "money"}],
            "card": {"url": "https://www.theguardian.com/money"}});
        let mut reply = item.clone();
        reply["id"] = json!("2");
        reply["in_reply_to_id"] = json!("1");
        reply["spoiler_text"] = json!("careful");
        let variant = |key: &str, value: Value| {
            let mut other = item.clone();
            other["id"] = json!("3");
            other[key] = value;
            other
        };
        let boost = variant("reblog", json!({"id": "4"}));
        let private = variant("visibility", json!("private"));
        let other = variant("account", json!({"id": "2"}));
        let strange = variant("id", json!("a/b"));
        let answer = json!([item, item, reply, boost, private, other, strange]);
        let page = posts(&answer, "gargron@mastodon.social", "1").unwrap();
        assert_eq!((page.rows.len(), page.rejected.len()), (2, 2), "twice, and an id that is none");
        let post = &page.rows[0];
        assert_eq!(post.id, "mastodon.social/103270115826048975");
        let words = "\"I lost my inheritance with one wrong digit\"\nhttps://www.theguardian.com/money";
        assert_eq!(
            (post.text.as_deref(), post.lang.as_deref(), post.client.as_deref()),
            (Some(words), Some("en"), Some("Web"))
        );
        assert_eq!(
            (&post.tags[..], &post.links[..]),
            (&["money".to_owned()][..], &["https://www.theguardian.com/money".to_owned()][..])
        );
        assert_eq!((post.reply, page.rows[1].reply, post.media), (Some(false), Some(true), Some(1)));
        assert!(page.rows[1].text.as_deref().unwrap().starts_with("careful\n"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let key = prop::sample::select(vec![
            "acct",
            "id",
            "note",
            "fields",
            "name",
            "value",
            "moved",
            "content",
            "tags",
            "card",
            "url",
            "account",
            "application",
            "created_at",
            "language",
            "reblog",
            "following_count",
            "suspended",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(json!("noiob")),
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
            let _ = profile(&answer, ID, 0, &mut Vec::new());
            let _ = follows(&answer, ID);
            let _ = posts(&answer, ID, "noiob");
        }
    }
}
