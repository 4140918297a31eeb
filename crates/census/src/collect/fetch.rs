//! What is asked of the servers for each kind of task, and what their answers and refusals mean.

use std::collections::HashMap;

use serde_json::Value;

use super::answers::{self, Rejected};
use super::guard::Guard;
use super::mastodon::{self, Servers};
use super::queue::{Found, Kind, Task};
use super::xrpc::{Client, Failure};
use super::{group, identity, labels, whole};
use crate::rows::Status;
use crate::study::{Collect, Platform, Repositories, Settings};
use crate::{Error, Result};

/// Profiles that a call of the AT Protocol can ask for.
const PROFILES: usize = 25;

/// Where a crawl asks.
pub(super) enum Source {
    Atproto(Hosts),
    Mastodon(Servers),
}

impl Source {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        match settings.platform {
            Platform::Mastodon => Ok(Self::Mastodon(Servers::new(settings)?)),
            _ => Ok(Self::Atproto(Hosts::new(&settings.collect)?)),
        }
    }

    /// Lets requests go where the study says.
    pub(super) fn guard(&self) -> Guard {
        match self {
            Self::Atproto(hosts) => {
                let named = [&hosts.appview, &hosts.pds, &hosts.plc].into_iter().chain(&hosts.labelers);
                Guard::new(named.map(String::as_str))
            }
            Self::Mastodon(servers) => Guard::new(servers.named().iter().map(String::as_str)),
        }
    }

    /// Tokens by address.
    pub(super) fn tokens(&self) -> Result<HashMap<String, String>> {
        match self {
            Self::Atproto(_) => Ok(HashMap::new()),
            Self::Mastodon(servers) => servers.tokens(),
        }
    }

    /// How many tasks of a kind one job asks for.
    pub(super) fn at_once(&self, kind: Kind) -> usize {
        match (self, kind) {
            (Self::Atproto(_), Kind::Profile) => PROFILES,
            (Self::Atproto(_), Kind::Labels) => labels::ACCOUNTS,
            _ => 1,
        }
    }

    /// Whether the study asks for this account at all.
    pub(super) fn asks(&self, account: &str) -> bool {
        match self {
            Self::Atproto(_) => true,
            Self::Mastodon(servers) => servers.asks(account),
        }
    }

    /// What a seed must look like, for a person.
    pub(super) fn seeds(&self) -> &'static str {
        match self {
            Self::Atproto(_) => "write DIDs, or handles as they stand in a profile's address, below `id` in seeds.csv",
            Self::Mastodon(_) => {
                "write them like name@instance below `id` in seeds.csv, and their instances into mastodon.instances"
            }
        }
    }
}

/// The servers of a crawl on the AT Protocol, without a slash at the end.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    pub(super) appview: String,
    pub(super) pds: String,
    pub(super) plc: String,
    pub(super) labelers: Vec<String>,
    pub(super) posts: u32,
    pub(super) repositories: Repositories,
}

impl Hosts {
    pub(super) fn new(settings: &Collect) -> Result<Self> {
        let host = |setting: &str, address: &str| match url::Url::parse(address) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() => {
                Ok(address.trim_end_matches('/').to_owned())
            }
            _ => Err(Error::usage(format!("study.toml: `collect.{setting}` is not the address of a server"))
                .help("write it like https://public.api.bsky.app")),
        };
        Ok(Self {
            appview: host("appview", &settings.appview)?,
            pds: host("pds", &settings.pds)?,
            plc: host("plc", &settings.plc)?,
            labelers: settings.labelers.iter().map(|l| host("labelers", l)).collect::<Result<_>>()?,
            posts: settings.posts,
            repositories: settings.repositories,
        })
    }
}

/// What came of some tasks that one job held.
pub(super) struct Done {
    pub(super) tasks: Vec<Task>,
    pub(super) result: Result<Found, Failure>,
    pub(super) rejected: Vec<Rejected>,
}

/// Fetches `tasks`: any number of profiles, or one of another kind.
pub(super) async fn fetch(client: &Client, source: &Source, tasks: Vec<Task>) -> Done {
    let mut rejected = Vec::new();
    let result = match (source, tasks.as_slice()) {
        (Source::Mastodon(servers), [task]) => mastodon::fetch(client, servers, task, &mut rejected).await,
        (Source::Mastodon(_), _) => Err(Failure::Broken("several tasks at once".into())),
        (Source::Atproto(hosts), tasks) if tasks.iter().all(|t| t.kind == Kind::Labels) => {
            labels::fetch(client, hosts, tasks, &mut rejected).await
        }
        (Source::Atproto(hosts), [task]) if task.kind != Kind::Profile => one(client, hosts, task, &mut rejected).await,
        (Source::Atproto(hosts), tasks) => profiles(client, hosts, tasks, &mut rejected).await,
    };
    Done { tasks, result, rejected }
}

async fn one(client: &Client, hosts: &Hosts, task: &Task, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
    match task.kind {
        Kind::Resolve => identity::resolve(client, hosts, &task.account).await,
        Kind::Profile => profiles(client, hosts, std::slice::from_ref(task), rejected).await,
        Kind::Lookup => lookup(client, hosts, &task.account, rejected).await,
        Kind::Follows => match whole::fetch(client, hosts, task, rejected).await? {
            Some(whole) => Ok(Found::Whole(Box::new(whole))),
            None => follows(client, hosts, task, rejected).await,
        },
        Kind::Posts => posts(client, hosts, task, rejected).await,
        Kind::Group => group::members(client, hosts, task).await,
        Kind::Labels => labels::fetch(client, hosts, std::slice::from_ref(task), rejected).await,
        Kind::Server => Err(Failure::Broken("the AT Protocol has no instances".into())),
    }
}

/// An answer whose shape is not what the protocol says.
pub(super) fn strange(method: &str) -> Failure {
    Failure::Broken(format!("{method} gave an answer of a strange shape"))
}

async fn profiles(
    client: &Client,
    hosts: &Hosts,
    tasks: &[Task],
    rejected: &mut Vec<Rejected>,
) -> Result<Found, Failure> {
    let method = "app.bsky.actor.getProfiles";
    let asked: Vec<String> = tasks.iter().map(|t| t.account.clone()).collect();
    let query: Vec<_> = asked.iter().map(|id| ("actors", id.as_str())).collect();
    match client.call(&hosts.appview, method, &query).await {
        Ok(answer) => {
            let (rows, bad) = answers::profiles(&answer, &asked, super::now()).map_err(|()| strange(method))?;
            rejected.extend(bad);
            Ok(Found::Profiles(rows))
        }
        // One id that the server does not like spoils the call for all: each is looked up by itself.
        Err(Failure::Refused { status: 400, .. }) => Ok(Found::Profiles(Vec::new())),
        Err(other) => Err(other),
    }
}

/// Why an account has no profile. Only this call's error name tells; other calls say the same for all dead accounts.
async fn lookup(client: &Client, hosts: &Hosts, id: &str, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
    let method = "app.bsky.actor.getProfile";
    let (error, message) = match client.call(&hosts.appview, method, &[("actor", id)]).await {
        Ok(answer) => {
            let row = answers::profile(&answer, super::now(), rejected).filter(|row| row.id == id);
            return row.map(|row| Found::Profiles(vec![row])).ok_or_else(|| strange(method));
        }
        Err(Failure::Refused { status: 400, error, message }) => (error, message),
        Err(other) => return Err(other),
    };
    let gone = |status: &str, source: &str| {
        Ok(Found::Gone(Status {
            account: id.to_owned(),
            status: status.to_owned(),
            at: Some(super::now()),
            source: Some(source.to_owned()),
            detail: Some(format!("{error}: {message}")),
        }))
    };
    match error.as_str() {
        "AccountTakedown" => gone("suspended", "appview"),
        "AccountDeactivated" => gone("deactivated", "appview"),
        _ if message.starts_with("Profile not found") && id.starts_with("did:plc:") => {
            // A deleted account keeps its entry in the directory; one that never existed has none.
            match client.get(&hosts.plc, &format!("{}/{id}", hosts.plc), &[]).await {
                Ok(_) | Err(Failure::Refused { status: 410, .. }) => gone("deleted", "plc"),
                Err(Failure::Refused { status: 404, .. }) => gone("never existed", "plc"),
                Err(other) => Err(other),
            }
        }
        _ => gone("vanished", "appview"),
    }
}

async fn follows(client: &Client, hosts: &Hosts, task: &Task, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
    let method = "app.bsky.graph.getFollows";
    let mut query = vec![("actor", task.account.as_str()), ("limit", "100")];
    query.extend(task.cursor.iter().map(|c| ("cursor", c.as_str())));
    let Some(answer) = unless_left(client.call(&hosts.appview, method, &query).await)? else {
        return Ok(Found::Left);
    };
    let mut page = answers::follows(&answer, &task.account).map_err(|()| strange(method))?;
    rejected.append(&mut page.rejected);
    Ok(Found::Follows(page))
}

async fn posts(client: &Client, hosts: &Hosts, task: &Task, rejected: &mut Vec<Rejected>) -> Result<Found, Failure> {
    let method = "app.bsky.feed.getAuthorFeed";
    let posts = hosts.posts.to_string();
    let query = [("actor", task.account.as_str()), ("limit", posts.as_str())];
    let Some(answer) = unless_left(client.call(&hosts.appview, method, &query).await)? else {
        return Ok(Found::Left);
    };
    let mut page = answers::posts(&answer, &task.account).map_err(|()| strange(method))?;
    rejected.append(&mut page.rejected);
    Ok(Found::Posts(page))
}

/// An account can go between its profile and its lists.
fn unless_left(answer: Result<Value, Failure>) -> Result<Option<Value>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Refused { status: 400, message, .. }) if message.contains("not found") => Ok(None),
        Err(other) => Err(other),
    }
}
