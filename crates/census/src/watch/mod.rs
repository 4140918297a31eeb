//! watch: whether the accounts of the frame are still there, again and again.
//!
//! Sweeps ask about accounts in the order of how likely a change is, within a budget of requests; a stream, where there is
//! one, tells at once what an account's own host did to it. What only an AppView did, no stream tells: that is what the
//! sweeps are for. Time in which nobody looked is kept as a gap, and no life is counted through it ([`crate::lives`]).
//!
//! | module | does |
//! |---|---|
//! | `schedule` | whom to ask first |
//! | `sweep` | one sweep |
//! | `roll` | what is known of each account; changes; who could enter the frame |
//! | [`hidden`] | ties to accounts that were gone before anybody watched |

use std::time::Duration;

use jiff::SignedDuration;
use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::collect::check;
use crate::collect::stream::{self, Stream};
use crate::progress::Progress;
use crate::rows::Micros;
use crate::study::{Platform, Study};
use crate::work::Work;
use crate::{Error, Result};

pub mod hidden;
mod roll;
mod schedule;
mod sweep;
#[cfg(test)]
mod tests;

pub(crate) use roll::{follow, told};
pub use sweep::Sweep;

/// The watch's part of `work.db`.
pub(crate) const MIGRATION: &str = include_str!("schema.sql");

/// How often the loop looks whether it should stop, and what a stream has told.
const TICK: Duration = Duration::from_millis(200);
/// After a stream is lost for good it is tried again so much later.
const STREAM_AGAIN: Duration = Duration::from_secs(600);
/// The most gaps and newcomers that a state names one by one.
const SHOWN: usize = 20;

/// How often, and how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Between two sweeps, such as `6h`.
    pub every: String,
    /// Requests of one sweep.
    pub request_budget: u64,
    /// Each account is asked about at least so often, such as `168h`.
    pub at_least_every: String,
    /// An account is asked about once the chance that something changed is this.
    pub least_chance: f64,
    /// Whether the stream of `[collect.stream]` is watched between and during sweeps.
    pub stream: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            every: "6h".into(),
            request_budget: 20_000,
            at_least_every: "168h".into(),
            least_chance: 0.005,
            stream: true,
        }
    }
}

impl Settings {
    /// Whether they are those of a new study.
    pub(crate) fn are_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether they can be kept to.
    pub(crate) fn check(&self) -> bool {
        let sound = |text: &str| duration(text).is_ok_and(|d| (1..=366 * 86_400).contains(&d.as_secs()));
        let chance = self.least_chance.is_finite() && (1e-6..=1.0).contains(&self.least_chance);
        sound(&self.every) && sound(&self.at_least_every) && chance && self.request_budget > 0
    }

    fn pace(&self) -> Result<schedule::Pace> {
        let longest = duration(&self.at_least_every)?.as_secs_f64() * 1e6;
        Ok(schedule::Pace { longest, least_chance: self.least_chance })
    }
}

/// A duration such as `6h` or `30m`.
pub fn duration(text: &str) -> Result<Duration> {
    let wrong = || Error::usage(format!("`{text}` is no duration")).help("write it like 30m, 6h or 168h");
    let parsed: SignedDuration = text.parse().map_err(|e| wrong().because(e))?;
    Duration::try_from(parsed).map_err(|_| wrong())
}

/// What is watched, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Between two sweeps; none: one sweep and no more.
    pub every: Option<Duration>,
    /// Only accounts that are due; else all, as far as the budget goes, those that are due first.
    pub due: bool,
    /// It ends after so much time.
    pub elapsed: Option<Duration>,
}

/// What a watch came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many sweeps it made.
    pub sweeps: u64,
    /// The last of them.
    pub last: Option<Sweep>,
    /// Changes of status that it saw, by sweeps and by the stream.
    pub changes: u64,
    /// Where it stands.
    pub state: State,
}

/// Where the watch of a study stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// Accounts watched, by their latest status; `not looked for` where there is none.
    pub statuses: std::collections::BTreeMap<String, u64>,
    /// Accounts that are due now.
    pub due: u64,
    /// The last sweep.
    pub last: Option<Sweep>,
    /// Sweeps so far, and those that were cut short.
    pub sweeps: u64,
    /// See `sweeps`.
    pub cut_short: u64,
    /// Changes of status so far.
    pub changes: u64,
    /// Times in which nobody swept although a sweep was wanted.
    pub gaps: u64,
    /// The latest of them, from and to.
    pub latest_gaps: Vec<(Micros, Micros)>,
    /// Accounts that would be in the frame by follows that were seen on a stream.
    pub newcomers: u64,
}

/// Watches the accounts of the frame.
pub fn watch(study: &mut Study, options: Options, progress: &Progress) -> Result<Summary> {
    if !study.settings.platform.is_crawled() {
        return Err(Error::usage("this study's accounts come from files, so there is no server to ask about them"));
    }
    let _lock = check::lock(study)?;
    check::seal(&study.work.db, &study.store)?;
    let how = options.every.map_or("once".into(), |every| format!("every {} s", every.as_secs()));
    study.work.audit("watch", &format!("started: {how}"))?;
    let before = changes(&study.work)?;
    let result = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::network("the watch cannot be started").because(e))
        .and_then(|runtime| runtime.block_on(both(study, options, progress)));
    // Also after a stop or a failure: what arrived becomes a part of the tables.
    let sealed = check::seal(&study.work.db, &study.store);
    let result = result.and_then(|sweeps| sealed.map(|()| sweeps)).and_then(|sweeps| {
        let state = state(study)?.ok_or_else(|| Error::bug("a watch left no trace"))?;
        Ok(Summary { sweeps, last: state.last.clone(), changes: changes(&study.work)? - before, state })
    });
    let said = match &result {
        Ok(summary) => serde_json::to_string(summary).unwrap_or_default(),
        Err(e) => format!("stopped: {e}"),
    };
    study.work.audit("watch", &said)?;
    result
}

/// Sweeps, beside the stream where there is one; how many sweeps there were.
async fn both(study: &Study, options: Options, progress: &Progress) -> Result<u64> {
    let streamed =
        options.every.is_some() && study.settings.watch.stream && study.settings.platform == Platform::Atproto;
    if !streamed {
        return sweeps(study, options, progress).await;
    }
    // Whose events are kept is known once the frame's accounts are on the roll.
    roll::call(study)?;
    let quiet = progress.quiet();
    let mut stream = Stream::new(study, stream::Options::default(), &quiet)?;
    let result = tokio::select! {
        biased;
        result = sweeps(study, options, progress) => result,
        error = listen(&mut stream, progress) => Err(error),
    };
    let finished = stream.finish();
    result.and_then(|sweeps| finished.map(|()| sweeps))
}

/// Watches the stream for as long as it is asked to. A stream that is lost is no reason to stop the sweeps; what it told
/// meanwhile is asked for again from its cursor, and what is gone by then is a gap.
async fn listen(stream: &mut Stream<'_>, progress: &Progress) -> Error {
    loop {
        match stream.run().await {
            Ok(()) => return Error::bug("a stream ended that has no end"),
            Err(e) if e.kind() == crate::Kind::Network => {
                progress.note(format!("{e}; the sweeps go on without it, and it is tried again"));
                sleep(STREAM_AGAIN).await;
            }
            Err(e) => return e,
        }
    }
}

/// One sweep after the other.
async fn sweeps(study: &Study, options: Options, progress: &Progress) -> Result<u64> {
    let begun = Instant::now();
    let mut made = 0;
    let mut teller = Teller { last: last_change(&study.work)? };
    loop {
        let started = Instant::now();
        // By hand everybody is asked about; on a schedule who is due.
        let only_due = options.due || options.every.is_some();
        match sweep::sweep(study, only_due, progress).await {
            Ok(_) => made += 1,
            Err(e) if options.every.is_some() && e.kind() == crate::Kind::Network => {
                progress.note(format!("a sweep failed: {e}; the next one asks again"));
            }
            Err(e) => return Err(e),
        }
        teller.last = last_change(&study.work)?;
        let Some(every) = options.every else { return Ok(made) };
        while started.elapsed() < every {
            progress.check()?;
            if options.elapsed.is_some_and(|most| begun.elapsed() >= most) {
                return Ok(made);
            }
            teller.tell(study, progress)?;
            sleep(TICK.min(every.saturating_sub(started.elapsed()))).await;
        }
    }
}

/// Tells how many changes a stream brought, not whose.
struct Teller {
    last: i64,
}

impl Teller {
    fn tell(&mut self, study: &Study, progress: &Progress) -> Result<()> {
        let now = last_change(&study.work)?;
        if now == self.last {
            return Ok(());
        }
        let sql = "SELECT became, count(*) FROM watch_changes WHERE id > ?1 GROUP BY became ORDER BY became";
        let mut query = study.work.db.prepare_cached(sql)?;
        let row = |r: &rusqlite::Row<'_>| Ok(format!("{} {}", r.get::<_, u64>(1)?, r.get::<_, String>(0)?));
        let words: Vec<String> = query.query_map([self.last], row)?.collect::<Result<_, _>>()?;
        progress.note(format!("the stream tells of accounts: {}", words.join(", ")));
        self.last = now;
        Ok(())
    }
}

fn last_change(work: &Work) -> Result<i64> {
    Ok(work.db.query_row("SELECT ifnull(max(id), 0) FROM watch_changes", [], |r| r.get(0))?)
}

fn changes(work: &Work) -> Result<u64> {
    Ok(work.db.query_row("SELECT count(*) FROM watch_changes", [], |r| r.get(0))?)
}

/// Where the watch stands; nothing if there was none.
pub fn state(study: &Study) -> Result<Option<State>> {
    let db = &study.work.db;
    let number = |sql: &str| -> Result<u64> { Ok(db.query_row(sql, [], |r| r.get(0))?) };
    let sweeps = number("SELECT count(*) FROM watch_sweeps")?;
    if sweeps == 0 {
        return Ok(None);
    }
    let sql = "SELECT ifnull(status, 'not looked for'), count(*) FROM watch_accounts GROUP BY 1 ORDER BY 1";
    let mut query = db.prepare(sql)?;
    let statuses = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut query = db.prepare("SELECT from_at, to_at FROM watch_gaps ORDER BY id DESC LIMIT ?1")?;
    let latest_gaps = query.query_map([SHOWN], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<Result<_, _>>()?;
    let pace = study.settings.watch.pace()?;
    Ok(Some(State {
        statuses,
        due: roll::due(db, now(), &pace)?.iter().filter(|(urgency, _)| *urgency >= 1.0).count() as u64,
        last: Sweep::last(db)?,
        sweeps,
        cut_short: number("SELECT count(*) FROM watch_sweeps WHERE ended = 0 OR stopped IS NOT NULL")?,
        changes: changes(&study.work)?,
        gaps: number("SELECT count(*) FROM watch_gaps")?,
        latest_gaps,
        newcomers: number("SELECT count(*) FROM watch_newcomers WHERE noted IS NOT NULL")?,
    }))
}

/// The accounts that would be in the frame by follows that were seen on a stream, with how many of the group follow
/// each.
pub fn newcomers(work: &Work) -> Result<Vec<(String, u64)>> {
    let sql = "SELECT account, follows FROM watch_newcomers WHERE noted IS NOT NULL ORDER BY follows DESC, account";
    let mut query = work.db.prepare(sql)?;
    let rows = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The latest status of an account of the frame, who said so, and since when it is known.
pub fn status(work: &Work, account: &str) -> Result<Option<(String, Option<String>, Micros)>> {
    let sql = "SELECT status, source, checked FROM watch_accounts WHERE account = ?1 AND status IS NOT NULL";
    Ok(work.db.query_row(sql, [account], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()?)
}

/// Now, as the tables hold it.
fn now() -> Micros {
    jiff::Timestamp::now().as_microsecond()
}
