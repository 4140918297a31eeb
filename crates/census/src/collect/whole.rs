//! An account's whole repository instead of page after page of its lists, where that asks less of the servers.
//!
//! It takes two requests: the directory says on which host the account is, and that host gives everything at once, likes
//! and all. What that weighs is only known when it is there; the profile's counts give a guess.

use serde_json::Value;

use super::answers::Rejected;
use super::fetch::Hosts;
use super::identity;
use super::queue::Task;
use super::records;
use super::repo::Repository;
use super::xrpc::{Client, Failure, Want};
use crate::rows::{Follow, Micros, Post};
use crate::study::Repositories;

/// A repository's bytes for each follow and each post, with the tree; likes, which no profile counts, are taken to be
/// twice as many as posts.
const FOLLOW_BYTES: i64 = 300;
const POST_BYTES: i64 = 1_500;
/// So many bytes are taken to burden a host as a request does.
const REQUEST_BYTES: i64 = 256 << 10;
/// Rows of a page of follows.
const PAGE: i64 = 100;
/// The largest repository that is fetched; a larger one is cut off, and its lists are paged.
const LARGEST: usize = 64 << 20;
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(180);

/// What a repository gave.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) follows: Vec<Follow>,
    /// The latest, as many as are asked for of each account.
    pub(super) posts: Vec<Post>,
}

/// Whether a repository is cheaper than pages, by what its profile counts.
pub(super) fn cheaper(following: Option<i64>, posts: Option<i64>, posts_wanted: bool) -> bool {
    let (Some(following), Some(posts)) = (following, posts) else { return false };
    // A list mostly ends with an empty page.
    let pages = following.max(0) / PAGE + 1 + i64::from(following > 0) + i64::from(posts_wanted);
    let bytes = following.max(0).saturating_mul(FOLLOW_BYTES).saturating_add(posts.max(0).saturating_mul(POST_BYTES));
    bytes < LARGEST as i64 / 2 && 2 + bytes / REQUEST_BYTES < pages
}

/// The repository of an account whose follows are about to be fetched, if the study wants it and it can be had; none
/// where pages are the way.
pub(super) async fn fetch(
    client: &Client,
    hosts: &Hosts,
    task: &Task,
    rejected: &mut Vec<Rejected>,
) -> Result<Option<Whole>, Failure> {
    let wanted = hosts.repositories == Repositories::Auto
        && task.pages == 0
        && task.cursor.is_none()
        && cheaper(task.following, task.posts, hosts.posts > 0);
    if !wanted {
        return Ok(None);
    }
    let fetched = match host(client, hosts, &task.account).await {
        Ok(Some(host)) => repository(client, &host, &task.account).await.map(Some),
        Ok(None) => Ok(None),
        Err(failure) => Err(failure),
    };
    match fetched {
        Ok(Some(repository)) => {
            let rows = repository.rows;
            rejected.extend(rows.rejected);
            let (follows, mut posts) = (rows.follows, rows.posts);
            // The latest as an AppView has them: by the time that is claimed, but none before it was made.
            posts.sort_by_key(shown_at);
            posts.drain(..posts.len().saturating_sub(hosts.posts as usize));
            Ok(Some(Whole { follows, posts }))
        }
        Err(Failure::Budget) => Err(Failure::Budget),
        // Whatever is wrong with the account's own host, the AppView may still have its lists.
        Ok(None) | Err(_) => Ok(None),
    }
}

fn shown_at(post: &Post) -> Option<Micros> {
    let made = post.id.rsplit('/').next().and_then(records::made_at);
    match (post.created_at, made) {
        (Some(claimed), Some(made)) => Some(claimed.min(made)),
        (claimed, made) => claimed.or(made),
    }
}

/// The host that an account's document says it is on.
async fn host(client: &Client, hosts: &Hosts, did: &str) -> Result<Option<String>, Failure> {
    let document = identity::document(client, hosts, did).await?;
    Ok(document.as_ref().and_then(pds).map(|host| host.trim_end_matches('/').to_owned()))
}

/// The host that a DID document names.
pub(crate) fn pds(document: &Value) -> Option<&str> {
    let services = document["service"].as_array()?;
    let of_kind = |service: &&Value| {
        service["id"].as_str().is_some_and(|id| id.ends_with("#atproto_pds"))
            && service["type"] == "AtprotoPersonalDataServer"
    };
    services.iter().find(of_kind)?["serviceEndpoint"].as_str()
}

async fn repository(client: &Client, host: &str, did: &str) -> Result<Repository, Failure> {
    let mut repository = None;
    let read = |body: &[u8]| {
        let read = Repository::read(body).map_err(|_| "a repository that cannot be read")?;
        if read.did != did {
            return Err("the repository of another account");
        }
        if !read.whole() || read.unread > 0 {
            return Err("a repository that is not whole");
        }
        repository = Some(read);
        Ok(())
    };
    let url = format!("{host}/xrpc/com.atproto.sync.getRepo");
    let want = Want { kind: "car", largest: LARGEST, deadline: DEADLINE };
    client.fetch(host, &url, &[("did", did)], want, read).await?;
    repository.ok_or_else(|| Failure::Broken("an answer without a repository".into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn the_cheaper_way() {
        // Few follows are a page or two; two requests for the whole are no fewer.
        assert!(!cheaper(Some(0), Some(0), true));
        assert!(cheaper(Some(1), Some(0), true) && !cheaper(Some(1), Some(0), false));
        assert!(cheaper(Some(300), Some(20), true));
        assert!(cheaper(Some(5_000), Some(200), true));
        // Who writes much has a heavy repository, and one that is not counted could have any.
        assert!(!cheaper(Some(300), Some(5_000), true));
        assert!(!cheaper(None, Some(1), true) && !cheaper(Some(300), None, true));
        assert!(!cheaper(Some(i64::MAX), Some(i64::MAX), true));
    }

    #[test]
    fn the_host_of_an_account() {
        let service = |id: &str, kind: &str| json!({"id": id, "type": kind, "serviceEndpoint": "https://pds.test"});
        let of = |services: Value| pds(&json!({"service": services})).map(str::to_owned);
        assert_eq!(
            of(json!([service("#atproto_pds", "AtprotoPersonalDataServer")])).as_deref(),
            Some("https://pds.test")
        );
        assert_eq!(of(json!([service("#labeler", "AtprotoLabeler")])), None);
        assert_eq!(of(json!(5)), None);
    }
}
