//! Servers with Mastodon's API as a source of the crawl.
//!
//! There is no view of the whole network: each account is asked for at its own instance, which alone knows it, its lists
//! and its posts in full. So one study has many hosts. What one of them refuses, or one that is gone, says nothing of the
//! others; it is kept as not seen and asked for again by the next run.
//!
//! | module | does |
//! |---|---|
//! | `names` | names of instances and accounts |
//! | `answers` | accounts, lists and posts into rows |
//! | `facts` | what an instance says of itself |
//! | `link` | the way to a list's next page |
//! | `html` | notes and posts into text |

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use super::answers::{Page, Rejected};
use super::queue::{Found, Kind, Task};
use super::xrpc::{Client, Failure};
use crate::rows::{Account, Follow, Status};
use crate::study::Settings;
use crate::{Error, Result};

pub(super) mod answers;
pub(super) mod facts;
mod html;
mod link;
pub(crate) mod names;

/// Its part of `work.db`.
pub(crate) const MIGRATION: &str = include_str!("mastodon.sql");
/// Holds tokens: `instance=token`, parted by blanks. They are nowhere else, and go to their own instance only.
pub(crate) const TOKENS: &str = "NETCENSUS_MASTODON_TOKENS";
/// Asked for, and given by Mastodon at most; others give what they like.
const ACCOUNTS: u32 = 80;
const POSTS: u32 = 40;

/// The servers of one study.
pub(super) struct Servers {
    /// The instances that are asked; none: all.
    asked: Option<HashSet<String>>,
    /// Where an instance's API is, if not at `https://INSTANCE`; without a slash at the end.
    addresses: HashMap<String, String>,
    posts: u32,
    known: Mutex<HashMap<String, Known>>,
}

/// What this run has learnt of an instance.
#[derive(Default)]
struct Known {
    /// Whether it has the API.
    speaks: Option<bool>,
    /// What it gives to nobody who has not signed in, and how it says so.
    shut: HashMap<Kind, String>,
}

impl Servers {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let mut addresses = HashMap::new();
        for (instance, address) in &settings.mastodon.servers {
            let bad = || {
                Error::usage(format!("study.toml: `mastodon.servers` has no usable address for {instance}"))
                    .help("write it like \"example.com\" = \"https://social.example.com\"")
            };
            let url = Url::parse(address).ok().filter(|url| {
                matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none() && url.has_host()
            });
            url.ok_or_else(bad)?;
            let instance = names::instance(instance).ok_or_else(bad)?;
            addresses.insert(instance, address.trim_end_matches('/').to_owned());
        }
        Ok(Self { asked: settings.mastodon.asked(), addresses, posts: settings.collect.posts, known: Mutex::default() })
    }

    /// Whether the account's instance is asked.
    pub(super) fn asks(&self, id: &str) -> bool {
        names::parts(id).is_some_and(|(_, instance)| self.asks_instance(instance))
    }

    fn asks_instance(&self, instance: &str) -> bool {
        self.asked.as_ref().is_none_or(|asked| asked.contains(instance))
    }

    /// The instances that the study lists.
    pub(super) fn instances(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().flatten().map(String::as_str)
    }

    /// The addresses that the study itself names, which may be anywhere.
    pub(super) fn named(&self) -> Vec<String> {
        self.instances().map(|instance| self.address(instance)).chain(self.addresses.values().cloned()).collect()
    }

    fn address(&self, instance: &str) -> String {
        self.addresses.get(instance).cloned().unwrap_or_else(|| format!("https://{instance}"))
    }

    /// The token for each address, from the environment.
    pub(super) fn tokens(&self) -> Result<HashMap<String, String>> {
        let Ok(text) = std::env::var(TOKENS) else { return Ok(HashMap::new()) };
        tokens(&text)?.into_iter().map(|(instance, token)| Ok((self.address(&instance), token))).collect()
    }

    fn with<T>(&self, instance: &str, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        look(known.entry(instance.to_owned()).or_default())
    }

    /// Why it is no use to ask an instance for something, if that is known.
    fn in_vain(&self, instance: &str, kind: Kind) -> Option<String> {
        // What was queued while the study still asked it. A seed may name one that never was.
        if !self.asks_instance(instance) && !matches!(kind, Kind::Resolve | Kind::Group) {
            return Some(format!("{instance} is not asked"));
        }
        self.with(instance, |known| match known.speaks {
            Some(false) => Some(format!("{instance}: no Mastodon API, or a part of it only")),
            _ => known.shut.get(&kind).cloned(),
        })
    }
}

/// Reads `instance=token instance=token`. An error says nothing of what stands there.
fn tokens(text: &str) -> Result<Vec<(String, String)>> {
    let bad =
        || Error::usage(format!("{TOKENS} cannot be read")).help("write it like: one.example=TOKEN two.example=TOKEN");
    let sound = |token: &&str| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
    let pair = |pair: &str| {
        let (instance, token) = pair.split_once('=')?;
        Some((names::instance(instance)?, Some(token).filter(sound)?.to_owned()))
    };
    text.split_ascii_whitespace().map(|text| pair(text).ok_or_else(bad)).collect()
}

/// Fetches one task.
pub(super) async fn fetch(
    client: &Client,
    servers: &Servers,
    task: &Task,
    rejected: &mut Vec<Rejected>,
) -> Result<Found, Failure> {
    let instance = names::instance_of(&task.account);
    if let Some(why) = servers.in_vain(instance, task.kind) {
        return Err(Failure::Closed(why));
    }
    let host = Host { client, servers, instance, address: servers.address(instance) };
    let found = match task.kind {
        // Seeds are ids, or name nobody.
        Kind::Resolve => Ok(Found::Seed(Err("not of the form name@instance".into()))),
        Kind::Profile | Kind::Lookup => host.profile(&task.account, rejected).await,
        Kind::Follows => host.follows(task, rejected).await,
        Kind::Posts => host.posts(task, rejected).await,
        Kind::Server => host.facts().await,
        Kind::Group => host.members(task, rejected).await,
        Kind::Labels => Err(Failure::Broken("instances have no labelers".into())),
    };
    found.map_err(|failure| match failure {
        Failure::Refused { status, .. } => {
            let why = format!("{instance}: {}", failure.words());
            // Nobody may have this without signing in, whoever it is about.
            if matches!(status, 401 | 422) {
                servers.with(instance, |known| known.shut.insert(task.kind, why.clone()));
            }
            Failure::Closed(why)
        }
        Failure::Broken(why) => Failure::Closed(format!("{instance}: {why}")),
        other => other,
    })
}

/// Accounts of an instance that have agreed to be found, the latest to post first.
pub(super) async fn directory(
    client: &Client,
    servers: &Servers,
    instance: &str,
    most: usize,
) -> Result<Vec<Account>, Failure> {
    let host = Host { client, servers, instance, address: servers.address(instance) };
    let (mut found, mut seen, mut offset) = (Vec::new(), HashSet::new(), 0);
    while found.len() < most {
        // This list has no links; it is counted through.
        let path = format!("/api/v1/directory?local=true&order=active&limit={ACCOUNTS}&offset={offset}");
        let (answer, _) = host.get(&path).await?;
        let items = answer.as_array().ok_or_else(|| strange("directory"))?;
        let before = found.len();
        for item in items {
            let id = item["acct"].as_str().and_then(|acct| names::account(acct, instance));
            let id = id.filter(|id| names::instance_of(id) == instance);
            let here = id.and_then(|id| answers::profile(item, &id, super::now(), &mut Vec::new()).ok());
            found.extend(here.filter(|here| seen.insert(here.account.id.clone())).map(|here| here.account));
        }
        // A page that brings nobody new is the last, also where a server shows the same one again and again.
        if found.len() == before {
            break;
        }
        offset += items.len();
    }
    found.truncate(most);
    Ok(found)
}

/// One instance.
struct Host<'a> {
    client: &'a Client,
    servers: &'a Servers,
    instance: &'a str,
    address: String,
}

/// An answer whose shape is not what the documentation says.
fn strange(what: &str) -> Failure {
    Failure::Broken(format!("{what} gave an answer of a strange shape"))
}

impl Host<'_> {
    async fn get(&self, path: &str) -> Result<(Value, HeaderMap), Failure> {
        self.client.page(&self.address, &format!("{}{path}", self.address), &[]).await
    }

    /// An account at home, or what has become of it.
    async fn profile(&self, id: &str, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
        let (name, _) = names::parts(id).ok_or_else(|| strange("a name"))?;
        let gone = |status: &str, code: u16, error: &str| {
            Ok(Found::Gone(Status {
                account: id.to_owned(),
                status: status.to_owned(),
                at: Some(super::now()),
                source: Some(self.instance.to_owned()),
                detail: Some(format!("status {code} {error}").trim_end().to_owned()),
            }))
        };
        match self.lookup(name).await {
            Ok(item) => {
                self.servers.with(self.instance, |known| known.speaks = Some(true));
                match answers::profile(&item, id, super::now(), rejected) {
                    Ok(here) => Ok(Found::Here(Box::new(here))),
                    Err(Some(status)) => Ok(Found::Gone(status)),
                    Err(None) => Err(strange("lookup")),
                }
            }
            // So did Mastodon until 3.3 for those that it had suspended.
            Err(Failure::Refused { status: 410, error, .. }) => gone("suspended", 410, &error),
            Err(Failure::Refused { status: 404, error, .. }) => {
                if !self.speaks().await? {
                    return Err(Failure::Broken("no Mastodon API, or a part of it only".into()));
                }
                gone("vanished", 404, &error)
            }
            Err(other) => Err(other),
        }
    }

    /// Whether there is a Mastodon API, and accounts can be looked up. Where that is not so, "not found" says nothing of
    /// an account.
    async fn speaks(&self) -> Result<bool, Failure> {
        if let Some(known) = self.servers.with(self.instance, |known| known.speaks) {
            return Ok(known);
        }
        // Not for everybody is there all the same.
        let there = |status| matches!(status, 401 | 403 | 422);
        let speaks = match self.get("/api/v1/instance").await {
            Ok((answer, _)) if facts::Facts::default().instance(&answer) => {
                // The account to write to exists.
                match answer["contact_account"]["username"].as_str() {
                    Some(name) => match self.lookup(name).await {
                        Ok(_) => true,
                        Err(Failure::Refused { status, .. }) => there(status),
                        Err(other) => return Err(other),
                    },
                    None => true,
                }
            }
            Ok(_) => false,
            Err(Failure::Refused { status, .. }) => there(status),
            Err(other) => return Err(other),
        };
        self.servers.with(self.instance, |known| known.speaks = Some(speaks));
        Ok(speaks)
    }

    async fn lookup(&self, name: &str) -> Result<Value, Failure> {
        let url = format!("{}/api/v1/accounts/lookup", self.address);
        self.client.get(&self.address, &url, &[("acct", name)]).await
    }

    /// One page of whom an account follows.
    async fn follows(&self, task: &Task, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
        let number = task.number.as_deref().filter(|n| names::is_number(n)).ok_or_else(|| strange("lookup"))?;
        let page = self.list(number, "following", task.cursor.as_deref(), &task.account, rejected).await?;
        let Some(page) = page else { return Ok(Found::Left) };
        let nothing = task.pages == 0 && page.rows.is_empty() && page.cursor.is_none() && page.cut.is_none();
        if nothing && task.following != Some(0) {
            return self.hidden(&task.account, rejected).await;
        }
        Ok(Found::Follows(page))
    }

    /// A page of an account's `following` or `followers`; none where the account answers no longer.
    async fn list(
        &self,
        number: &str,
        list: &str,
        query: Option<&str>,
        id: &str,
        rejected: &mut Vec<Rejected>,
    ) -> Result<Option<Page<Follow>>, Failure> {
        let query = query.map_or_else(|| format!("limit={ACCOUNTS}"), str::to_owned);
        let path = format!("/api/v1/accounts/{number}/{list}?{query}");
        let Some((answer, headers)) = unless_left(self.get(&path).await)? else { return Ok(None) };
        let mut page = answers::follows(&answer, id).map_err(|()| strange(list))?;
        rejected.append(&mut page.rejected);
        let asked = Url::parse(&format!("{}{path}", self.address)).map_err(|_| strange(list))?;
        match link::next(&headers, &asked) {
            Ok(next) => page.cursor = next,
            Err(link::Astray(why)) => page.cut = Some(why),
        }
        Ok(Some(page))
    }

    /// One page of the followers of an account that a seed names. The cursor begins with the account's number.
    async fn members(&self, task: &Task, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
        let id = task.account.strip_prefix("followers:").and_then(names::seed).filter(|id| self.servers.asks(id));
        let Some(id) = id else {
            return Ok(Found::Seed(Err("not of the form followers:name@instance, or of an instance not asked".into())));
        };
        let (number, query) = match task.cursor.as_deref().and_then(|cursor| cursor.split_once('?')) {
            Some((number, query)) => (number.to_owned(), Some(query)),
            None => match self.profile(&id, rejected).await? {
                Found::Here(here) => (here.number, None),
                _ => return Ok(Found::Seed(Err("its account is gone".into()))),
            },
        };
        let Some(page) = self.list(&number, "followers", query, &id, rejected).await? else {
            return Ok(Found::Seed(Err("its account is gone".into())));
        };
        let members = page.rows.into_iter().map(|follow| follow.dst).filter(|id| self.servers.asks(id));
        let cursor = page.cursor.map(|query| format!("{number}?{query}"));
        Ok(Found::Members(Page { rows: members.collect(), cursor, cut: page.cut, rejected: Vec::new() }))
    }

    /// A list with nothing in it, of an account that follows somebody, is hidden. The count was seen a while ago: it is
    /// looked at again.
    async fn hidden(&self, id: &str, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
        match self.profile(id, rejected).await? {
            Found::Here(here) if here.account.following == Some(0) => Ok(Found::Follows(Page::default())),
            Found::Here(here) => Ok(Found::Hidden(Box::new(Account { protected: Some(true), ..here.account }))),
            _ => Ok(Found::Left),
        }
    }

    /// The latest posts, without boosts.
    async fn posts(&self, task: &Task, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
        let number = task.number.as_deref().filter(|n| names::is_number(n)).ok_or_else(|| strange("lookup"))?;
        let limit = self.servers.posts.min(POSTS);
        let path = format!("/api/v1/accounts/{number}/statuses?limit={limit}&exclude_reblogs=true");
        let Some((answer, _)) = unless_left(self.get(&path).await)? else { return Ok(Found::Left) };
        let mut page = answers::posts(&answer, &task.account, number).map_err(|()| strange("statuses"))?;
        rejected.append(&mut page.rejected);
        Ok(Found::Posts(page))
    }

    /// NodeInfo first, which tells more and which more software has; then what it leaves open.
    async fn facts(&self) -> Result<Found, Failure> {
        let mut facts = facts::Facts { instance: self.instance.to_owned(), ..facts::Facts::default() };
        let empty = facts.clone();
        let mut why = strange("instance");
        match self.nodeinfo().await {
            Ok(answer) => facts.nodeinfo(&answer),
            Err(Failure::Budget) => return Err(Failure::Budget),
            Err(failure) => why = failure,
        }
        for path in ["/api/v2/instance", "/api/v1/instance"] {
            match self.get(path).await {
                Ok((answer, _)) if facts.instance(&answer) => break,
                Ok(_) => why = strange("instance"),
                Err(Failure::Budget) => return Err(Failure::Budget),
                Err(failure) => why = failure,
            }
        }
        if facts == empty { Err(why) } else { Ok(Found::Server(Box::new(facts))) }
    }

    async fn nodeinfo(&self) -> Result<Value, Failure> {
        let (links, _) = self.get("/.well-known/nodeinfo").await?;
        let asked = Url::parse(&self.address).map_err(|_| strange("nodeinfo"))?;
        let address = facts::nodeinfo_address(&links).ok_or_else(|| strange("nodeinfo"))?;
        let path = link::on_same_host(address, &asked).map_err(|link::Astray(why)| Failure::Broken(why.into()))?;
        Ok(self.get(&path).await?.0)
    }
}

/// An account can go between its profile and its lists.
fn unless_left(answer: Result<(Value, HeaderMap), Failure>) -> Result<Option<(Value, HeaderMap)>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Refused { status: 404 | 410, .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::study::Platform;

    fn servers(change: impl FnOnce(&mut Settings)) -> Result<Servers> {
        let mut settings = Settings::new("t", "t", Platform::Mastodon);
        settings.mastodon.instances = vec!["One.test".into(), "two.test:8443".into()];
        change(&mut settings);
        Servers::new(&settings)
    }

    #[test]
    fn which_instances_are_asked_and_where() {
        let listed =
            servers(|s| _ = s.mastodon.servers.insert("one.test".into(), "http://127.0.0.1:3000/".into())).unwrap();
        assert!(listed.asks("a@one.test") && listed.asks("a@two.test:8443"));
        assert!(!listed.asks("a@two.test") && !listed.asks("a@three.test") && !listed.asks("one.test"));
        assert_eq!(listed.address("one.test"), "http://127.0.0.1:3000");
        assert_eq!(listed.address("two.test:8443"), "https://two.test:8443");
        let mut named = listed.named();
        named.sort();
        named.dedup();
        assert_eq!(named, ["http://127.0.0.1:3000", "https://two.test:8443"]);
        let all = servers(|s| s.mastodon.instances = vec!["*".into()]).unwrap();
        assert!(all.asks("a@three.test") && all.named().is_empty());
        for address in ["one.test", "ftp://one.test", "https://one.test/api", "https://one.test?x"] {
            assert!(
                servers(|s| _ = s.mastodon.servers.insert("one.test".into(), address.into())).is_err(),
                "{address}"
            );
        }
    }

    #[test]
    fn tokens_are_read_and_never_told() {
        let read = tokens(" one.test=abc-DEF_1=\n Two.test:8443=x ").unwrap();
        assert_eq!(read, [("one.test".into(), "abc-DEF_1=".into()), ("two.test:8443".into(), "x".into())]);
        assert_eq!(tokens("").unwrap(), []);
        for bad in ["secret", "one.test=", "a b=secret", "one.test=sécret"] {
            let error = tokens(bad).unwrap_err();
            assert!(!format!("{error} {:?}", error.advice()).contains("cret"), "{bad}");
        }
    }
}
