//! How fast and how much: for each host a steady rate, the pauses it asks for and its circuit breaker; for the whole
//! study the request budget.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep, sleep_until};

use super::breaker::{Admission, Breaker};
use super::headers;
use crate::progress::Progress;

/// The longest pause that is waited for. For a longer one what is wanted of the host fails, and a later run asks again.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// Pauses shorter than this are not told.
const WORTH_A_NOTE: Duration = Duration::from_secs(5);
/// How often a request that waits for others looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Shared by all fetchers of one crawl.
pub(crate) struct Limits {
    rate: NonZeroU32,
    first_break: Duration,
    hosts: Mutex<HashMap<String, Host>>,
    spent: AtomicU64,
    granted: AtomicU64,
    budget: u64,
    progress: Progress,
}

/// What is known of one host.
struct Host {
    steady: Arc<DefaultDirectRateLimiter>,
    paused: Option<Pause>,
    breaker: Breaker,
    in_flight: u64,
}

/// No request before then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pause {
    until: Instant,
    /// The same by the clock on the wall, which outlasts this run.
    at: Timestamp,
}

/// Why a request may not be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// The request budget is spent.
    Spent,
    /// The host wants or gives nothing for so long that nobody waits for it.
    Away(String),
}

/// The right to send one request. What came of it is told by [`Pass::answered`] or [`Pass::failed`]; otherwise it was
/// given up, which says nothing of the host.
pub(super) struct Pass<'a> {
    limits: &'a Limits,
    host: &'a str,
    probe: bool,
    told: bool,
}

/// What a request finds at its host.
enum Gate {
    Open { probe: bool, steady: Arc<DefaultDirectRateLimiter> },
    Until(Instant),
    Soon,
    Away(String),
}

impl Limits {
    /// `first_break` is how long a host that fails is first left alone.
    pub(crate) fn new(per_second: u32, spent: u64, budget: u64, first_break: Duration, progress: Progress) -> Self {
        Self {
            rate: NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN),
            first_break,
            hosts: Mutex::default(),
            spent: AtomicU64::new(spent),
            granted: AtomicU64::new(spent),
            budget,
            progress,
        }
    }

    /// Waits until a request may go to `host`.
    pub(super) async fn turn<'a>(&'a self, host: &'a str) -> Result<Pass<'a>, Denied> {
        loop {
            let (probe, steady) = match self.gate(host) {
                Gate::Open { probe, steady } => (probe, steady),
                Gate::Until(until) => {
                    sleep_until(until).await;
                    continue;
                }
                Gate::Soon => {
                    sleep(LOOK_AGAIN).await;
                    continue;
                }
                Gate::Away(why) => return Err(Denied::Away(why)),
            };
            // A drop ends that it is under way, and gives a probe back.
            let pass = Pass { limits: self, host, probe, told: false };
            steady.until_ready().await;
            // Others may have been told of a pause in the meantime.
            if self.paused_until(host).is_none() {
                self.take().await?;
                if self.paused_until(host).is_none() {
                    return Ok(pass);
                }
                self.spent.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }

    fn gate(&self, host: &str) -> Gate {
        let now = Instant::now();
        self.with(host, |h| {
            if let Some(pause) = h.paused.filter(|p| p.until > now) {
                return match pause.until - now {
                    wait if wait > LONGEST_WAIT => {
                        Gate::Away(format!("{host} wants no requests before {}", time(pause.at)))
                    }
                    _ => Gate::Until(pause.until),
                };
            }
            let admission = h.breaker.admit(now);
            match admission {
                // From here on it is under way, so that whoever learns what is left knows of it.
                Admission::Go | Admission::Probe => {
                    h.in_flight += 1;
                    Gate::Open { probe: admission == Admission::Probe, steady: h.steady.clone() }
                }
                Admission::Wait(until) => Gate::Until(until),
                Admission::WaitForProbe => Gate::Soon,
                Admission::Down => Gate::Away(format!("{host} has not answered usably for long")),
            }
        })
    }

    /// Takes one request from the budget, once it is counted on disk.
    async fn take(&self) -> Result<(), Denied> {
        loop {
            let granted = self.granted.load(Ordering::SeqCst);
            let take = |spent| (spent < granted).then_some(spent + 1);
            if self.spent.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
                return Ok(());
            }
            if granted >= self.budget {
                return Err(Denied::Spent);
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Requests sent so far, over the whole study.
    pub(super) fn spent(&self) -> u64 {
        self.spent.load(Ordering::SeqCst)
    }

    /// Whether the budget is spent.
    pub(super) fn exhausted(&self) -> bool {
        self.spent() >= self.budget
    }

    /// How far the count should be raised on disk before more requests go out, if it should. A killed process so
    /// counts a few requests too many, never one too few.
    pub(super) fn wanted(&self, ahead: u64) -> Option<u64> {
        let (spent, granted) = (self.spent(), self.granted.load(Ordering::SeqCst));
        let wanted = (spent + 2 * ahead).min(self.budget);
        (granted < spent + ahead && wanted > granted).then_some(wanted)
    }

    /// Requests up to this count are on disk and may be sent.
    pub(crate) fn grant(&self, upto: u64) {
        self.granted.fetch_max(upto, Ordering::SeqCst);
    }

    /// Takes note of what an answer's headers say about the host's limits.
    pub(super) fn learn(&self, host: &str, status: u16, headers: &HeaderMap) {
        let now = Timestamp::now();
        let said = headers::read(status, headers, now);
        // What is under way may use up what is left.
        let in_flight = self.with(host, |h| h.in_flight);
        let used_up = said.left.filter(|(left, rest)| *left < in_flight && !rest.is_zero()).map(|(_, rest)| rest);
        if let Some(pause) = said.pause.or(used_up) {
            self.pause(host, pause, now.checked_add(pause).unwrap_or(now));
        }
    }

    fn pause(&self, host: &str, wait: Duration, at: Timestamp) {
        let until = Instant::now() + wait;
        let old = self.with(host, |h| {
            let old = h.paused;
            if old.is_none_or(|old| old.until < until) {
                h.paused = Some(Pause { until, at });
            }
            old
        });
        if wait >= WORTH_A_NOTE && old.is_none_or(|old| old.until + Duration::from_secs(1) < until) {
            self.progress.note(format!("{host} asks for a pause of {:.0} s, until {}", wait.as_secs_f64(), time(at)));
        }
    }

    /// The pauses that hosts have asked for and that are not over, to be kept over a stop.
    pub(super) fn pauses(&self) -> Vec<(String, Timestamp)> {
        let now = Timestamp::now();
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pauses: Vec<_> = hosts.iter().filter_map(|(host, h)| Some((host.clone(), h.paused?.at))).collect();
        pauses.retain(|(_, at)| *at > now);
        pauses.sort();
        pauses
    }

    /// Keeps to a pause that a host asked an earlier run for.
    pub(super) fn keep_pause(&self, host: &str, at: Timestamp) {
        if let Ok(wait) = Duration::try_from(at.duration_since(Timestamp::now())) {
            self.pause(host, wait, at);
        }
    }

    fn paused_until(&self, host: &str) -> Option<Instant> {
        self.with(host, |h| h.paused).map(|p| p.until).filter(|until| *until > Instant::now())
    }

    fn with<T>(&self, host: &str, what: impl FnOnce(&mut Host) -> T) -> T {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        what(hosts.entry(host.to_owned()).or_insert_with(|| Host::new(self.rate, self.first_break)))
    }
}

impl Host {
    fn new(rate: NonZeroU32, first_break: Duration) -> Self {
        // A burst of one: requests are spread over the second.
        let quota = Quota::per_second(rate).allow_burst(NonZeroU32::MIN);
        Self {
            steady: Arc::new(RateLimiter::direct(quota)),
            paused: None,
            breaker: Breaker::new(first_break),
            in_flight: 0,
        }
    }
}

impl Pass<'_> {
    /// The host answered, be it with a refusal.
    pub(super) fn answered(mut self) {
        self.told = true;
        if self.limits.with(self.host, |h| h.breaker.good()) {
            self.limits.progress.note(format!("{} answers again", self.host));
        }
    }

    /// The host did not answer, or nothing usable.
    pub(super) fn failed(mut self, why: &str) {
        self.told = true;
        let wait = self.limits.with(self.host, |h| h.breaker.bad(self.probe, Instant::now()));
        if let Some(wait) = wait {
            self.limits.progress.note(format!(
                "{} does not answer usably ({}); it is left alone for {:.0} s",
                self.host,
                why.trim(),
                wait.as_secs_f64()
            ));
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let given_up = self.probe && !self.told;
        self.limits.with(self.host, |h| {
            h.in_flight -= 1;
            if given_up {
                h.breaker.given_up(Instant::now());
            }
        });
    }
}

/// A time for a person: to the second.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::progress::Event;
    use reqwest::header::{HeaderName, HeaderValue};
    use tokio::time::timeout;

    const BREAK: Duration = Duration::from_millis(40);
    const SHORT: Duration = Duration::from_millis(60);

    fn limits(spent: u64, budget: u64) -> Limits {
        Limits::new(1000, spent, budget, BREAK, Progress::silent())
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_str(v).unwrap())).collect()
    }

    #[tokio::test]
    async fn no_request_goes_out_beyond_what_is_counted() {
        let limits = limits(5, 8);
        assert_eq!(limits.wanted(2), Some(8));
        limits.grant(6);
        limits.turn("h").await.unwrap().answered();
        assert_eq!(limits.spent(), 6);
        assert!(timeout(SHORT, limits.turn("h")).await.is_err(), "not granted, so it waits");
        limits.grant(8);
        limits.turn("h").await.unwrap().answered();
        limits.turn("h").await.unwrap().answered();
        assert_eq!(limits.turn("h").await.err(), Some(Denied::Spent));
        assert!(limits.exhausted());
        assert_eq!(limits.wanted(2), None);
    }

    #[tokio::test]
    async fn a_pause_holds_one_host_only_and_outlasts_a_stop() {
        let limits = limits(0, 10);
        limits.grant(10);
        limits.learn("a", 429, &headers(&[("retry-after", "100")]));
        limits.turn("b").await.unwrap().answered();
        assert!(timeout(SHORT, limits.turn("a")).await.is_err());
        assert_eq!(limits.spent(), 1);

        let pauses = limits.pauses();
        assert_eq!(pauses.len(), 1);
        let later = self::limits(0, 10);
        later.grant(10);
        pauses.iter().for_each(|(host, at)| later.keep_pause(host, *at));
        assert!(timeout(SHORT, later.turn("a")).await.is_err());
        later.keep_pause("c", Timestamp::UNIX_EPOCH);
        later.turn("c").await.unwrap().answered();
    }

    #[tokio::test]
    async fn a_pause_beyond_patience_is_kept_by_asking_nothing() {
        let limits = limits(0, 10);
        limits.grant(10);
        limits.learn("a", 429, &headers(&[("retry-after", "100000")]));
        assert!(matches!(limits.turn("a").await.err(), Some(Denied::Away(why)) if why.contains("wants no requests")));
        assert_eq!(limits.spent(), 0);
    }

    #[tokio::test]
    async fn what_is_under_way_counts_against_what_is_left() {
        let limits = limits(0, 10);
        limits.grant(10);
        let left = |n: &str| headers(&[("ratelimit-remaining", n), ("ratelimit-reset", "30")]);
        let (first, second) = (limits.turn("a").await.unwrap(), limits.turn("a").await.unwrap());
        limits.learn("a", 200, &left("2"));
        assert!(limits.paused_until("a").is_none());
        limits.learn("a", 200, &left("1"));
        assert!(limits.paused_until("a").is_some());
        first.answered();
        second.answered();
    }

    #[tokio::test]
    async fn a_host_that_fails_is_left_alone_then_probed() {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let sink = notes.clone();
        let note = move |e| {
            if let Event::Note(n) = e {
                sink.lock().unwrap().push(n)
            }
        };
        let limits = Limits::new(1000, 0, 1000, BREAK, Progress::new(note, Arc::default()));
        limits.grant(1000);
        for _ in 0..10 {
            limits.turn("a").await.unwrap().failed("status 502");
        }
        let spent = limits.spent();
        let begin = Instant::now();
        let probe = limits.turn("a").await.unwrap();
        assert!(begin.elapsed() >= BREAK);
        assert!(timeout(SHORT, limits.turn("a")).await.is_err(), "one at a time");
        drop(probe);
        limits.turn("b").await.unwrap().answered();
        let probe = limits.turn("a").await.unwrap();
        probe.answered();
        limits.turn("a").await.unwrap().answered();
        assert_eq!(limits.spent(), spent + 4);
        let notes = notes.lock().unwrap();
        assert!(notes[0].starts_with("a does not answer usably (status 502)"), "{notes:?}");
        assert_eq!(notes[1..], ["a answers again"]);
    }
}
