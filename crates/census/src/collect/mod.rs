//! collect: accounts, follows and posts from the AT Protocol or from servers with Mastodon's API, wave by wave.
//!
//! Wave 0 is the seeds. Every account of a wave gets a status, and if it is there, its profile, its recent posts and
//! the accounts it follows. The next wave is those that enough accounts so far follow. Accounts too large for the frame
//! are kept as rows, but nothing else of them is fetched and their follows do not count.
//!
//! | module | does |
//! |---|---|
//! | `crawl` | the loop: fetchers side by side, one committer |
//! | `queue` | tasks, cursors and waiting rows in `work.db` |
//! | `chooser`, `frontier` | best-first: what was seen and not fetched, and whom to fetch next |
//! | `score`, `membership` | how likely an account is a member: one that was seen, one that was fetched |
//! | `plan` | what a budget would reach |
//! | `seal` | waiting rows into Parquet, once and whole |
//! | `fetch` | what is asked for each kind of task, and what refusals mean |
//! | `answers` | answers into rows |
//! | `identity` | handles and DIDs, checked both ways |
//! | `group` | seeds that name several accounts |
//! | `labels` | what labelers say |
//! | `mastodon` | the same for servers with Mastodon's API |
//! | `xrpc` | one request, with retries; one that changes something is not sent twice |
//! | `limit` | rate, pauses, budget |
//! | `directory` | accounts that have agreed to be found |
//! | [`stream`] | what accounts do, as they do it |
//! | `whole` | a repository instead of pages |
//! | `car`, `repo`, `records` | whole repositories and the records in them |
//! | `headers` | what an answer says about the host's limits |
//! | `breaker` | a host that fails is left alone |
//! | `guard` | where a request may go |
//! | `unseen` | what was not seen, and why |
//! | `check` | whether accounts are there, and who says so: what a watch asks |

use std::collections::{HashMap, HashSet};
use std::fs::{File, TryLockError};

use serde::Serialize;

use crate::progress::Progress;
use crate::study::{Platform, Settings, Strategy, Study};
use crate::work::Work;
use crate::{Error, Result};

pub(crate) mod answers;
mod breaker;
pub(crate) mod car;
pub(crate) mod check;
mod chooser;
mod crawl;
mod directory;
mod fetch;
pub(crate) mod frontier;
mod group;
pub(crate) mod guard;
mod headers;
mod identity;
mod labels;
pub(crate) mod limit;
mod mastodon;
mod membership;
pub mod plan;
mod queue;
pub(crate) mod records;
pub(crate) mod repo;
mod score;
mod seal;
pub mod stream;
#[cfg(test)]
pub(crate) mod stub;
#[cfg(test)]
mod tests;
mod unseen;
pub(crate) mod whole;
pub(crate) mod xrpc;

pub use directory::directory;
pub(crate) use guard::public;
pub use unseen::{Lists, Unseen, unseen};

/// Where lists came from.
pub(crate) const WHOLE_MIGRATION: &str = include_str!("whole.sql");

/// The crawl's part of `work.db`.
pub(crate) const MIGRATION: &str = include_str!("schema.sql");
/// What was added to it: pauses, cursors that were seen, how long lists are.
pub(crate) const CARE_MIGRATION: &str = include_str!("care.sql");
/// Seeds that name several accounts.
pub(crate) const GROUP_MIGRATION: &str = include_str!("group.sql");
/// What labelers say.
pub(crate) const LABELS_MIGRATION: &str = include_str!("labels.sql");
/// What a best-first crawl chose, and why.
pub(crate) const CHOICES_MIGRATION: &str = include_str!("choices.sql");
/// What was not seen, account by account.
pub(crate) const UNSEEN_MIGRATION: &str = include_str!("unseen.sql");

pub(crate) use mastodon::MIGRATION as MASTODON_MIGRATION;
pub(crate) use mastodon::names::instance;

/// What a crawl has fetched, over all its runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Requests counted against the budget; a killed run counts a few that it may not have sent.
    pub requests: u64,
    /// Accounts with a profile.
    pub accounts: u64,
    /// Follows fetched.
    pub follows: u64,
    /// Posts fetched.
    pub posts: u64,
    /// Accounts looked for that are not there: suspended, deactivated, deleted, never existed or vanished.
    pub gone: u64,
    /// Accounts whose follows were not fetched because they follow or are followed by too many.
    pub too_large: u64,
    /// Accounts in each wave, wave 0 first.
    pub waves: Vec<usize>,
    /// Accounts within the frame's waves that were seen and not fetched, by a best-first crawl.
    pub not_fetched: u64,
    /// Accounts that the waves reach on instances that the study does not ask.
    pub elsewhere: u64,
    /// Seeds that name no account.
    pub seeds_lost: u64,
    /// Tasks that failed; the next run tries them again.
    pub failed: u64,
    /// Parts of answers that were set aside as unusable.
    pub rejected: u64,
    /// False when the request budget ran out before the end.
    pub finished: bool,
}

/// How far a crawl is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// The outermost wave that was reached.
    pub wave: u32,
    /// Requests counted against the budget.
    pub requests: u64,
    /// Accounts within the frame's waves that were seen and not fetched, by a best-first crawl.
    pub not_fetched: u64,
    /// Rows that wait to be written to the tables.
    pub waiting: u64,
    /// The queue.
    pub tasks: Vec<Tasks>,
    /// Accounts that the waves reach on instances that the study does not ask.
    pub elsewhere: u64,
    /// Lists of follows that came out of repositories, in which those of accounts that are gone still stand.
    pub repositories: u64,
    /// What instances say of themselves.
    pub servers: Vec<Server>,
}

/// What an instance says of itself, as far as it tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Server {
    /// Its name.
    pub instance: String,
    /// What runs there, and its version.
    pub software: Option<String>,
    /// See `software`.
    pub version: Option<String>,
    /// Accounts.
    pub users: Option<u64>,
    /// Accounts that were active within a month.
    pub active_month: Option<u64>,
    /// Posts.
    pub posts: Option<u64>,
    /// Whether anybody may open an account.
    pub open: Option<bool>,
}

/// Tasks of one kind in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tasks {
    /// `resolve`, `profile`, `lookup`, `follows`, `posts` or `server`.
    pub kind: &'static str,
    /// `ready`, `done` or `failed`.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// Crawls from the seeds to the frame's last wave, or goes on where an earlier run stopped.
pub fn collect(study: &mut Study, progress: &Progress) -> Result<Summary> {
    if !study.settings.platform.is_crawled() {
        return Err(Error::usage("this study's accounts come from files, so there is nothing to collect")
            .help("bring its files in with: netcensus import"));
    }
    let seeds = study.seeds()?;
    let _lock = lock(study)?;
    study.work.audit("collect", &format!("started with {} seeds", seeds.len()))?;
    let result =
        runtime().and_then(|runtime| runtime.block_on(async { crawl::Crawl::new(study, progress)?.run(&seeds).await }));
    match result {
        Ok(finished) => {
            let summary = summary(study, &seeds, finished)?;
            study.work.audit("collect", &serde_json::to_string(&summary).unwrap_or_default())?;
            tell(&summary, progress);
            Ok(summary)
        }
        Err(e) => {
            study.work.audit("collect", &format!("stopped: {e}"))?;
            Err(e)
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|e| Error::network("the fetchers cannot be started").because(e))
}

/// How far the crawl is; nothing if none was begun.
pub fn state(work: &Work) -> Result<Option<State>> {
    let mut query = work.db.prepare("SELECT kind, state, count(*) FROM crawl_tasks GROUP BY kind, state")?;
    let mut rows = query.query([])?;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        tasks.push(Tasks { kind: queue::Kind::of(row.get(0)?)?.name(), state: row.get(1)?, count: row.get(2)? });
    }
    if tasks.is_empty() {
        return Ok(None);
    }
    Ok(Some(State {
        wave: work.db.query_row("SELECT ifnull(max(wave), 0) FROM crawl_accounts", [], |r| r.get(0))?,
        requests: queue::count(&work.db, "requests")?,
        not_fetched: queue::count(&work.db, "open")?,
        waiting: work.db.query_row("SELECT count(*) FROM crawl_pending", [], |r| r.get(0))?,
        tasks,
        elsewhere: queue::count(&work.db, "elsewhere")?,
        repositories: work.db.query_row(
            "SELECT count(*) FROM crawl_tasks WHERE kind = 3 AND source = 'repository'",
            [],
            |r| r.get(0),
        )?,
        servers: queue::servers(&work.db)?,
    }))
}

/// Accounts that were gone when the crawl looked for them.
pub fn gone(work: &Work) -> Result<HashSet<String>> {
    let mut query = work.db.prepare("SELECT id FROM crawl_accounts WHERE status <> 'active'")?;
    let ids = query.query_map([], |r| r.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The accounts that the seeds of a crawl name, by seed as it stands in `seeds.csv`: several where it is a list, a
/// starter pack or an account's followers. Seeds that name nobody are missing.
pub fn seed_accounts(work: &Work) -> Result<HashMap<String, Vec<String>>> {
    queue::seed_accounts(&work.db)
}

/// Whether a study asks for an account at all, by its id. One of a few instances' accounts asks for no others.
pub(crate) fn asked(settings: &Settings) -> impl Fn(&str) -> bool + use<> {
    let instances = (settings.platform == Platform::Mastodon).then(|| settings.mastodon.asked()).flatten();
    move |id| instances.as_ref().is_none_or(|asked| asked.contains(mastodon::names::instance_of(id)))
}

/// The accounts that a best-first crawl looked for, which are a part of those that the frame's rule reaches. Others could be
/// sampled, but not measured: nothing but a follow was seen of them. None where everybody was looked for.
pub(crate) fn fetched(study: &Study) -> Result<Option<HashSet<String>>> {
    match study.settings.collect.strategy {
        Strategy::Waves => Ok(None),
        Strategy::BestFirst => queue::fetched(&study.work.db).map(Some),
    }
}

/// What of the crawl the frame hangs on, besides tables and the rule.
pub(crate) fn extent(study: &Study) -> Result<Option<u64>> {
    match study.settings.collect.strategy {
        Strategy::Waves => Ok(None),
        Strategy::BestFirst => queue::looked_for(&study.work.db).map(Some),
    }
}

/// Only one process may collect: two would seal the same rows.
fn lock(study: &Study) -> Result<File> {
    let path = study.root().join("collect.lock");
    let file = File::create(&path).map_err(|e| Error::disk(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::usage("another process is collecting or watching for this study")
            .help("wait for it, or stop it: what it has fetched is kept")),
        Err(TryLockError::Error(e)) => Err(Error::disk(&path, e)),
    }
}

fn summary(study: &Study, seeds: &[String], finished: bool) -> Result<Summary> {
    let db = &study.work.db;
    let number = |sql: &str| -> Result<u64> { Ok(db.query_row(sql, [], |r| r.get(0))?) };
    let mut query = db.prepare("SELECT wave, count(*) FROM crawl_accounts GROUP BY wave ORDER BY wave")?;
    let mut rows = query.query([])?;
    let mut waves = Vec::new();
    while let Some(row) = rows.next()? {
        waves.resize(row.get::<_, usize>(0)?, 0);
        waves.push(row.get(1)?);
    }
    let known = queue::seed_accounts(db)?;
    Ok(Summary {
        requests: queue::count(db, "requests")?,
        accounts: number("SELECT count(*) FROM crawl_accounts WHERE status = 'active'")?,
        follows: queue::count(db, "follows")?,
        posts: queue::count(db, "posts")?,
        gone: number("SELECT count(*) FROM crawl_accounts WHERE status <> 'active'")?,
        too_large: number(
            "SELECT count(*) FROM crawl_accounts a WHERE status = 'active'
             AND NOT EXISTS (SELECT 1 FROM crawl_tasks t WHERE t.kind = 3 AND t.account = a.id)",
        )?,
        waves,
        not_fetched: queue::count(db, "open")?,
        elsewhere: queue::count(db, "elsewhere")?,
        seeds_lost: seeds.iter().filter(|s| !known.contains_key(*s)).count() as u64,
        failed: number("SELECT count(*) FROM crawl_tasks WHERE state = 'failed'")?,
        rejected: number("SELECT ifnull(sum(n), 0) FROM crawl_rejected")?,
        finished,
    })
}

/// What a person should know about how it ended.
fn tell(summary: &Summary, progress: &Progress) {
    if !summary.finished {
        progress.note("the request budget is spent; raise collect.request_budget in study.toml to go on");
    }
    if summary.failed > 0 {
        progress.note(format!("{} fetches failed; run it again to try them again", summary.failed));
    }
    if summary.rejected > 0 {
        progress.note(format!(
            "{} parts of answers were unusable and set aside (table crawl_rejected in work.db)",
            summary.rejected
        ));
    }
}

/// Now, as the tables hold it.
fn now() -> crate::rows::Micros {
    jiff::Timestamp::now().as_microsecond()
}
