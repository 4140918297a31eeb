//! Seeds that name several accounts at once: a list, a starter pack, whoever follows an account. Each of those counts as
//! a known member, so such a seed is only as good as whoever keeps the list.

use serde_json::Value;

use super::answers::{self, Page};
use super::fetch::{Hosts, strange};
use super::queue::{Found, Task};
use super::{identity, xrpc};
use crate::{Error, Result};
use xrpc::{Client, Failure};

const FOLLOWERS: &str = "followers:";

/// What such a seed names.
#[derive(Debug, PartialEq, Eq)]
enum Group<'a> {
    /// `at://did:plc:…/app.bsky.graph.list/…`
    List { owner: &'a str, key: &'a str },
    /// `at://did:plc:…/app.bsky.graph.starterpack/…`
    Pack { owner: &'a str, key: &'a str },
    /// `followers:alice.example`
    Followers(&'a str),
}

/// Whether a seed names a group; fails if it means to and does not.
pub(super) fn is_group(seed: &str) -> Result<bool> {
    match Group::of(seed) {
        None if seed.starts_with("at://") || seed.starts_with(FOLLOWERS) => Err(Error::usage(
            "seeds.csv: a seed is neither a list, nor a starter pack, nor an account's followers",
        )
        .help("write at://DID/app.bsky.graph.list/KEY, at://DID/app.bsky.graph.starterpack/KEY or followers:HANDLE")),
        group => Ok(group.is_some()),
    }
}

impl<'a> Group<'a> {
    fn of(seed: &'a str) -> Option<Self> {
        let fits = |text: &str| !text.is_empty() && text.len() <= 512 && !text.contains(['/', '?', '#', ' ']);
        if let Some(account) = seed.strip_prefix(FOLLOWERS) {
            return fits(account).then_some(Self::Followers(account));
        }
        let (owner, rest) = seed.strip_prefix("at://")?.split_once('/')?;
        let (collection, key) = rest.split_once('/').filter(|(_, key)| fits(key) && fits(owner))?;
        match collection {
            "app.bsky.graph.list" => Some(Self::List { owner, key }),
            "app.bsky.graph.starterpack" => Some(Self::Pack { owner, key }),
            _ => None,
        }
    }
}

/// A page of the accounts that a seed names.
pub(super) async fn members(client: &Client, hosts: &Hosts, task: &Task) -> Result<Found, Failure> {
    let page = match Group::of(&task.account) {
        Some(Group::Followers(account)) => followers(client, hosts, account, task.cursor.as_deref()).await,
        Some(Group::List { owner, key }) => match address(client, hosts, owner, "app.bsky.graph.list", key).await? {
            Ok(list) => list_page(client, hosts, &list, task.cursor.as_deref()).await,
            Err(why) => return Ok(Found::Seed(Err(why))),
        },
        // The cursor of a pack is the address of its list, and the cursor in there.
        Some(Group::Pack { owner, key }) => match task.cursor.as_deref().and_then(|c| c.split_once(' ')) {
            Some((list, cursor)) => {
                let cursor = Some(cursor).filter(|c| !c.is_empty());
                list_page(client, hosts, list, cursor).await.map(|mut page| {
                    page.cursor = page.cursor.map(|next| format!("{list} {next}"));
                    page
                })
            }
            None => match address(client, hosts, owner, "app.bsky.graph.starterpack", key).await? {
                Ok(pack) => list_of(client, hosts, &pack).await,
                Err(why) => return Ok(Found::Seed(Err(why))),
            },
        },
        None => Err(Failure::Broken("not a group of seeds".into())),
    };
    match page {
        Ok(page) => Ok(Found::Members(page)),
        Err(Failure::Refused { status: 400 | 404, message, .. }) => Ok(Found::Seed(Err(message))),
        Err(other) => Err(other),
    }
}

/// A record's address with its owner's DID, as servers want it.
async fn address(
    client: &Client,
    hosts: &Hosts,
    owner: &str,
    collection: &str,
    key: &str,
) -> Result<Result<String, String>, Failure> {
    let owner =
        if answers::is_did(owner) { Ok(owner.to_owned()) } else { identity::named(client, hosts, owner).await? };
    Ok(owner.map(|did| format!("at://{did}/{collection}/{key}")))
}

async fn list_page(client: &Client, hosts: &Hosts, list: &str, cursor: Option<&str>) -> Result<Page<String>, Failure> {
    let method = "app.bsky.graph.getList";
    let mut query = vec![("list", list), ("limit", "100")];
    query.extend(cursor.map(|c| ("cursor", c)));
    let answer = client.call(&hosts.appview, method, &query).await?;
    answers::members(&answer, "items", |item| &item["subject"]["did"]).map_err(|()| strange(method))
}

async fn followers(
    client: &Client,
    hosts: &Hosts,
    account: &str,
    cursor: Option<&str>,
) -> Result<Page<String>, Failure> {
    let method = "app.bsky.graph.getFollowers";
    let mut query = vec![("actor", account), ("limit", "100")];
    query.extend(cursor.map(|c| ("cursor", c)));
    let answer = client.call(&hosts.appview, method, &query).await?;
    answers::members(&answer, "followers", |item| &item["did"]).map_err(|()| strange(method))
}

/// An empty page that leads to a pack's list.
async fn list_of(client: &Client, hosts: &Hosts, pack: &str) -> Result<Page<String>, Failure> {
    let method = "app.bsky.graph.getStarterPack";
    let answer: Value = client.call(&hosts.appview, method, &[("starterPack", pack)]).await?;
    let list = answer["starterPack"]["list"]["uri"].as_str().filter(|uri| uri.starts_with("at://") && uri.len() <= 512);
    let list = list.ok_or_else(|| strange(method))?;
    Ok(Page { cursor: Some(format!("{list} ")), ..Page::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_group() {
        let of = |seed| Group::of(seed);
        assert_eq!(of("followers:a.test"), Some(Group::Followers("a.test")));
        let list = Group::List { owner: "did:plc:a", key: "3k" };
        assert_eq!(of("at://did:plc:a/app.bsky.graph.list/3k"), Some(list));
        let pack = Group::Pack { owner: "a.test", key: "3k" };
        assert_eq!(of("at://a.test/app.bsky.graph.starterpack/3k"), Some(pack));
        for account in ["a.test", "did:plc:a"] {
            assert!(matches!(is_group(account), Ok(false)));
        }
        for bad in ["at://a.test", "at://a.test/app.bsky.feed.post/1", "at:///app.bsky.graph.list/1", "followers:"] {
            assert!(is_group(bad).is_err(), "{bad}");
        }
    }
}
