//! The crawl's loop: fetchers run side by side, one place commits what they bring.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::fetch::{Done, Source, fetch};
use super::limit::Limits;
use super::queue::{self, Queue, Task};
use super::seal;
use super::xrpc::{Client, Failure};
use crate::progress::Progress;
use crate::rows::Batch;
use crate::study::{Strategy, Study};
use crate::tables::Table;
use crate::{Error, Result};

mod best_first;

/// So many rows wait at most before they are sealed.
const SEAL_AT: u64 = 20_000;
/// So many failures with no success between them mean that the servers are gone.
const HOPELESS: usize = 50;
/// So many failures of single hosts are told; all are in `work.db`.
const MOST_TOLD: usize = 20;
/// How often the loop looks whether it should stop while nothing arrives.
const TICK: Duration = Duration::from_millis(100);
/// Before the first retry; tests do not wait.
const FIRST_DELAY: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });
/// How long a host that fails is first left alone; tests do not wait.
const FIRST_BREAK: Duration = Duration::from_millis(if cfg!(test) { 5 } else { 10_000 });

/// One run of the crawl.
pub(super) struct Crawl<'a> {
    study: &'a Study,
    progress: &'a Progress,
    queue: Queue<'a>,
    client: Arc<Client>,
    limits: Arc<Limits>,
    /// Pauses as they stand on disk.
    pauses: Vec<(String, Timestamp)>,
    source: Arc<Source>,
    succeeded: u64,
    failed_in_row: usize,
    last_failure: String,
    /// What single hosts did not give, as far as it was told.
    told: HashSet<String>,
}

/// The way to the servers of a study, within its limits.
pub(super) fn connect(study: &Study, source: &Source, progress: &Progress) -> Result<(Client, Arc<Limits>)> {
    let settings = &study.settings.collect;
    let spent = queue::count(&study.work.db, "requests")?;
    let budget = settings.request_budget.max(spent);
    let limits = Limits::new(settings.requests_per_second, spent, budget, FIRST_BREAK, progress.clone());
    let limits = Arc::new(limits);
    let guard = source.guard();
    if settings.contact.is_empty() && guard.leaves_home() {
        progress.note("study.toml names no contact: set collect.contact, so that a server's operator can write to you");
    }
    for (host, at) in queue::pauses(&study.work.db)? {
        limits.keep_pause(&host, at);
    }
    let client = Client::new(limits.clone(), FIRST_DELAY, &settings.contact, guard)?;
    Ok((client.signed_in(source.tokens()?), limits))
}

/// Counts requests on disk before they go out.
fn grant(study: &Study, limits: &Limits) -> Result<()> {
    if let Some(upto) = limits.wanted(study.settings.collect.concurrency as u64) {
        queue::set_count(&study.work.db, "requests", upto)?;
        limits.grant(upto);
    }
    Ok(())
}

/// Waits for something that is fetched outside of the queue, and counts its requests.
pub(super) async fn outside_queue<T>(
    study: &Study,
    limits: &Limits,
    progress: &Progress,
    fetching: impl Future<Output = T>,
) -> Result<T> {
    let mut fetching = std::pin::pin!(fetching);
    let result = loop {
        if let Err(e) = progress.check().and_then(|()| grant(study, limits)) {
            break Err(e);
        }
        if let Ok(done) = timeout(TICK, &mut fetching).await {
            break Ok(done);
        }
    };
    queue::set_count(&study.work.db, "requests", limits.spent())?;
    queue::set_pauses(&study.work.db, &limits.pauses())?;
    result
}

impl<'a> Crawl<'a> {
    pub(super) fn new(study: &'a Study, progress: &'a Progress) -> Result<Self> {
        let source = Source::new(&study.settings)?;
        let (client, limits) = connect(study, &source, progress)?;
        Ok(Self {
            study,
            progress,
            pauses: Vec::new(),
            queue: Queue::open(&study.work.db, &study.settings)?,
            client: Arc::new(client),
            limits,
            source: Arc::new(source),
            succeeded: 0,
            failed_in_row: 0,
            last_failure: String::new(),
            told: HashSet::new(),
        })
    }

    /// Crawls from the seeds to the last wave; false when the budget ran out before.
    pub(super) async fn run(&mut self, seeds: &[String]) -> Result<bool> {
        seal::mend(&self.study.work.db, &self.study.store)?;
        self.queue.seeds(seeds, &self.source)?;
        let result = match self.study.settings.collect.strategy {
            Strategy::Waves => self.waves(seeds).await,
            Strategy::BestFirst => self.best_first(seeds).await,
        };
        // Also after a stop or a failure: what arrived becomes a part of the tables.
        let sealed = self.seal().and_then(|()| self.keep_pauses());
        queue::set_count(&self.study.work.db, "requests", self.limits.spent())?;
        let finished = result?;
        sealed?;
        Ok(finished)
    }

    async fn waves(&mut self, seeds: &[String]) -> Result<bool> {
        for wave in 0..=self.study.settings.frame.waves {
            // The follows of the last wave are fetched too, because measures need them, but nobody is added for them.
            if wave > 0 {
                self.seal()?;
                let mut reached = self.reached_from(wave - 1)?;
                let all = reached.len();
                reached.retain(|id| self.source.asks(id));
                queue::set_count(&self.study.work.db, "elsewhere", (all - reached.len()) as u64)?;
                self.queue.accounts(wave, reached.iter().map(String::as_str))?;
            }
            self.queue.plan()?;
            if !self.drain(&format!("wave {wave}")).await? {
                return Ok(false);
            }
            if wave == 0 {
                self.check_seeds(seeds)?;
            }
        }
        Ok(true)
    }

    /// Fetches until the queue is empty; false when the budget ran out before.
    async fn drain(&mut self, stage: &str) -> Result<bool> {
        let (all, done) = self.queue.extent()?;
        if all == done {
            return Ok(true);
        }
        self.progress.begin(format!("collect: {stage}"), Some(all - done));
        let mut jobs = JoinSet::new();
        let result = self.fetch_all(&mut jobs, done).await;
        if result.is_err() {
            // What has arrived already is kept; what is under way is fetched again next time.
            while let Some(Ok(done)) = jobs.try_join_next() {
                self.settle(done)?;
            }
            jobs.abort_all();
        }
        self.progress.end();
        result
    }

    async fn fetch_all(&mut self, jobs: &mut JoinSet<Done>, done_before: u64) -> Result<bool> {
        let mut known = 0;
        loop {
            self.progress.check()?;
            grant(self.study, &self.limits)?;
            self.keep_pauses()?;
            while jobs.len() < self.study.settings.collect.concurrency && !self.limits.exhausted() {
                let Some(tasks) = self.next_job()? else { break };
                let (client, source) = (self.client.clone(), self.source.clone());
                jobs.spawn(async move { fetch(&client, &source, tasks).await });
            }
            if jobs.is_empty() {
                let (all, done) = self.queue.extent()?;
                return Ok(all == done);
            }
            if let Ok(Some(arrived)) = timeout(TICK, jobs.join_next()).await {
                let finished = self.settle(arrived.map_err(|e| Error::bug("a fetcher failed").because(e))?)?;
                self.progress.advance(finished);
                if self.queue.refilled != known {
                    known = self.queue.refilled;
                    self.progress.total(self.queue.extent()?.0 - done_before);
                }
                self.hopeless()?;
            }
            if self.queue.pending >= SEAL_AT {
                self.seal()?;
            }
        }
    }

    /// Pauses outlast a stop: the next run keeps to them.
    fn keep_pauses(&mut self) -> Result<()> {
        let pauses = self.limits.pauses();
        if pauses.iter().any(|p| !self.pauses.contains(p)) {
            queue::set_pauses(&self.study.work.db, &pauses)?;
            self.pauses = pauses;
        }
        Ok(())
    }

    fn next_job(&mut self) -> Result<Option<Vec<Task>>> {
        let Some(first) = self.queue.next()? else { return Ok(None) };
        let mut tasks = vec![first];
        let kind = tasks[0].kind;
        while tasks.len() < self.source.at_once(kind) {
            match self.queue.next_of(kind)? {
                Some(task) => tasks.push(task),
                None => break,
            }
        }
        Ok(Some(tasks))
    }

    /// Commits what a job brought; returns how many tasks are finished by it.
    fn settle(&mut self, done: Done) -> Result<u64> {
        let Done { tasks, result, rejected } = done;
        let why = match result {
            Ok(found) => {
                self.succeeded += 1;
                self.failed_in_row = 0;
                return self.queue.commit(&tasks, found, &rejected);
            }
            Err(Failure::Budget) => {
                self.queue.release(&tasks);
                return Ok(0);
            }
            Err(Failure::Closed(why)) => {
                self.queue.fail(&tasks, &why)?;
                if self.told.len() < MOST_TOLD && self.told.insert(why.clone()) {
                    self.progress.note(&why);
                }
                self.last_failure = why;
                return Ok(tasks.len() as u64);
            }
            Err(Failure::Broken(why)) => why,
            Err(Failure::Refused { status, error, message }) => format!("status {status} {error} {message}"),
        };
        self.queue.fail(&tasks, &why)?;
        self.failed_in_row += 1;
        self.last_failure = why;
        Ok(tasks.len() as u64)
    }

    fn hopeless(&self) -> Result<()> {
        if self.failed_in_row < HOPELESS { Ok(()) } else { Err(self.unreachable()) }
    }

    fn unreachable(&self) -> Error {
        Error::network(format!("the servers do not answer usably: {}", self.last_failure.trim()))
            .help("check the connection and the addresses in study.toml, then run it again: it resumes")
    }

    /// Tells which seeds name nobody; without a single one there is no crawl.
    fn check_seeds(&self, seeds: &[String]) -> Result<()> {
        let known = queue::seed_accounts(&self.study.work.db)?;
        let lost: Vec<_> = seeds.iter().filter(|s| !known.contains_key(*s)).map(String::as_str).collect();
        if !self.last_failure.is_empty() && self.succeeded == 0 {
            return Err(self.unreachable());
        }
        if lost.len() == seeds.len() {
            return Err(Error::usage("none of the seeds names an account").help(self.source.seeds()));
        }
        for (seed, accounts) in seeds.iter().filter_map(|s| Some((s, known.get(s)?))).filter(|(_, a)| a.len() > 1) {
            self.progress.note(format!("{seed} names {} accounts; each counts as a known member", accounts.len()));
        }
        if !lost.is_empty() {
            self.progress.note(format!("{} seeds name no account: {}", lost.len(), shown(&lost)));
        }
        Ok(())
    }

    /// Accounts that at least `min_follows` of the waves so far follow. Counting a follow twice could only add an
    /// account, which the frame would leave out again.
    fn reached_from(&self, wave: u32) -> Result<Vec<String>> {
        let group = self.queue.expanding(wave)?;
        let mut counts = std::collections::HashMap::<String, u32>::new();
        self.study.store.read(Table::Follows, &["src", "dst"], |batch| {
            let batch = Batch(batch);
            let (src, dst) = (batch.text("src")?, batch.text("dst")?);
            for (src, dst) in src.iter().zip(dst.iter()) {
                if let (Some(src), Some(dst)) = (src, dst)
                    && group.contains(src)
                {
                    match counts.get_mut(dst) {
                        Some(n) => *n += 1,
                        None => _ = counts.insert(dst.to_owned(), 1),
                    }
                }
            }
            self.progress.check()
        })?;
        let enough = self.study.settings.frame.min_follows;
        let mut reached: Vec<_> = counts.into_iter().filter(|(_, n)| *n >= enough).map(|(id, _)| id).collect();
        reached.sort_unstable();
        Ok(reached)
    }

    fn seal(&mut self) -> Result<()> {
        seal::seal(&self.study.work.db, &self.study.store)?;
        self.queue.pending = 0;
        Ok(())
    }
}

/// A few of them, to be read by a person.
fn shown(names: &[&str]) -> String {
    let few = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 5 { format!("{few}, ...") } else { few }
}
