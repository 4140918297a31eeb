//! The part of `study.toml` that says how the crawl behaves.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

/// How the crawl behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Collect {
    /// Whom a server's operator can write to, by mail or on a page: sent with every request.
    pub contact: String,
    /// The AppView, which answers for profiles, follows and posts.
    pub appview: String,
    /// The host asked for handles that the AppView does not know.
    pub pds: String,
    /// The directory of DIDs, which tells a deleted account from one that never existed.
    pub plc: String,
    /// Labelers whose word on each account is kept beside it.
    pub labelers: Vec<String>,
    /// Requests at once.
    pub concurrency: usize,
    /// Requests a second at most; the servers' own limits are obeyed besides.
    pub requests_per_second: u32,
    /// Requests in all; the crawl stops there and can be resumed with a larger budget.
    pub request_budget: u64,
    /// Accounts that follow more than this are kept but their follows are not fetched.
    pub max_following: u64,
    /// Recent posts fetched per account, at most 100.
    pub posts: u32,
    /// Whom the crawl fetches next.
    pub strategy: Strategy,
    /// Best-first: the part of the accounts that are fetched to find what the score does not favour.
    pub explore: f64,
    /// Whether an account's lists may come out of its repository.
    pub repositories: Repositories,
    /// The stream that is watched.
    pub stream: crate::collect::stream::Settings,
}

/// Whom the crawl fetches next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Everybody within the frame's waves, wave by wave.
    #[default]
    Waves,
    /// The likeliest members within the frame's waves first, as far as the budget goes.
    BestFirst,
}

impl Default for Collect {
    fn default() -> Self {
        Self {
            contact: String::new(),
            appview: "https://public.api.bsky.app".into(),
            pds: "https://bsky.social".into(),
            plc: "https://plc.directory".into(),
            labelers: Vec::new(),
            concurrency: 8,
            requests_per_second: 10,
            request_budget: 1_000_000,
            max_following: 10_000,
            posts: 50,
            strategy: Strategy::default(),
            explore: 0.05,
            repositories: Repositories::default(),
            stream: crate::collect::stream::Settings::default(),
        }
    }
}

/// Whether an account's lists may come out of its repository, all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Repositories {
    /// Where that asks less of the servers, by what the profile counts.
    #[default]
    Auto,
    /// Never: every list comes from the AppView, in pages.
    Never,
}

/// Which servers with Mastodon's API are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mastodon {
    /// The instances, by the name behind the @ in their accounts' handles; `*` is every one that is reached.
    pub instances: Vec<String>,
    /// Where an instance's API is, if not at `https://INSTANCE`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub servers: BTreeMap<String, String>,
}

impl Mastodon {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The instances that are asked; none if all are.
    pub(crate) fn asked(&self) -> Option<HashSet<String>> {
        let all = self.instances.iter().any(|i| i == "*");
        (!all).then(|| self.instances.iter().filter_map(|i| crate::collect::instance(i)).collect())
    }

    pub(super) fn check(&self) -> bool {
        let sound = |i: &String| i == "*" || crate::collect::instance(i).is_some();
        !self.instances.is_empty() && self.instances.iter().all(sound)
    }
}
