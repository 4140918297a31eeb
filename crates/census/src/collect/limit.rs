//! How fast and how much: a steady rate, the pauses that hosts ask for, and the request budget.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep, sleep_until};

use crate::progress::Progress;

/// The longest pause at a time, whatever a host asks for; after it one request shows whether it still wants one.
const LONGEST_PAUSE: u64 = 600;
/// The pause after a 429 that does not say how long.
const DEFAULT_PAUSE: u64 = 10;
/// Pauses shorter than this are not told.
const WORTH_A_NOTE: u64 = 5;

/// Shared by all fetchers of one crawl.
pub(super) struct Limits {
    steady: DefaultDirectRateLimiter,
    paused: Mutex<HashMap<String, Instant>>,
    spent: AtomicU64,
    granted: AtomicU64,
    budget: u64,
    progress: Progress,
}

impl Limits {
    pub(super) fn new(per_second: u32, spent: u64, budget: u64, progress: Progress) -> Self {
        let rate = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        // A burst of one: requests are spread over the second.
        let quota = Quota::per_second(rate).allow_burst(NonZeroU32::MIN);
        Self {
            steady: RateLimiter::direct(quota),
            paused: Mutex::default(),
            spent: AtomicU64::new(spent),
            granted: AtomicU64::new(spent),
            budget,
            progress,
        }
    }

    /// Waits until a request may go to `host`; false when the budget is spent.
    pub(super) async fn turn(&self, host: &str) -> bool {
        loop {
            while let Some(until) = self.paused_until(host) {
                sleep_until(until).await;
            }
            self.steady.until_ready().await;
            if self.paused_until(host).is_none() {
                break;
            }
        }
        loop {
            let granted = self.granted.load(Ordering::SeqCst);
            let take = |spent| (spent < granted).then_some(spent + 1);
            if self.spent.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
                return true;
            }
            if granted >= self.budget {
                return false;
            }
            sleep(Duration::from_millis(5)).await;
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
    pub(super) fn grant(&self, upto: u64) {
        self.granted.fetch_max(upto, Ordering::SeqCst);
    }

    /// Takes note of what an answer says about the host's limits.
    pub(super) fn learn(&self, host: &str, status: u16, headers: &HeaderMap) {
        let Some(seconds) = asked_pause(status, headers, jiff::Timestamp::now()) else { return };
        let seconds = seconds.clamp(1, LONGEST_PAUSE);
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut paused = self.paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let old = paused.get(host).copied();
        if old.is_none_or(|old| old < until) {
            paused.insert(host.to_owned(), until);
            let news = old.is_none_or(|old| old + Duration::from_secs(1) < until);
            if news && seconds >= WORTH_A_NOTE {
                self.progress.note(format!("{host} asks for a pause of {seconds} s"));
            }
        }
    }

    fn paused_until(&self, host: &str) -> Option<Instant> {
        let paused = self.paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        paused.get(host).copied().filter(|until| *until > Instant::now())
    }
}

/// Seconds that the host wants no requests, if it says so.
fn asked_pause(status: u16, headers: &HeaderMap, now: jiff::Timestamp) -> Option<u64> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let number = |name| text(name).and_then(|v| v.parse::<u64>().ok());
    let from_now = |epoch: i64| u64::try_from(epoch.saturating_sub(now.as_second())).unwrap_or(0);
    let retry_after = || {
        number("retry-after").or_else(|| {
            let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text("retry-after")?).ok()?;
            Some(from_now(date.as_second()))
        })
    };
    // AT Protocol hosts send the time of day in epoch seconds, the IETF draft sends seconds from now.
    let reset = || {
        number("ratelimit-reset")
            .map(|v| if v > 1_000_000_000 { from_now(i64::try_from(v).unwrap_or(i64::MAX)) } else { v })
    };
    match status {
        429 => retry_after().or_else(reset).or(Some(DEFAULT_PAUSE)),
        503 => retry_after(),
        _ if number("ratelimit-remaining") == Some(0) => reset(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_str(v).unwrap())).collect()
    }

    #[test]
    fn pauses_are_read_from_every_form_of_header() {
        let now: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let epoch = (now.as_second() + 42).to_string();
        let ask = |status, pairs: &[_]| asked_pause(status, &headers(pairs), now);
        assert_eq!(ask(429, &[("retry-after", "7")]), Some(7));
        assert_eq!(ask(429, &[("retry-after", "Thu, 01 Jan 2026 00:01:00 GMT")]), Some(60));
        assert_eq!(ask(429, &[("ratelimit-reset", &epoch)]), Some(42));
        assert_eq!(ask(429, &[("ratelimit-reset", "30")]), Some(30));
        assert_eq!(ask(429, &[]), Some(DEFAULT_PAUSE));
        assert_eq!(ask(429, &[("retry-after", "garbage")]), Some(DEFAULT_PAUSE));
        assert_eq!(ask(200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", &epoch)]), Some(42));
        assert_eq!(ask(200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1700000000")]), Some(0));
        assert_eq!(ask(200, &[("ratelimit-remaining", "1"), ("ratelimit-reset", &epoch)]), None);
        assert_eq!(ask(503, &[("retry-after", "3")]), Some(3));
        assert_eq!(ask(503, &[]), None);
    }

    #[tokio::test]
    async fn no_request_goes_out_beyond_what_is_counted() {
        let limits = Limits::new(1000, 5, 8, Progress::silent());
        assert_eq!(limits.wanted(2), Some(8));
        limits.grant(6);
        assert!(limits.turn("h").await);
        assert_eq!(limits.spent(), 6);
        let waits = tokio::time::timeout(Duration::from_millis(50), limits.turn("h")).await;
        assert!(waits.is_err(), "not granted, so it waits");
        limits.grant(8);
        assert!(limits.turn("h").await && limits.turn("h").await);
        assert!(!limits.turn("h").await, "the budget is spent");
        assert!(limits.exhausted());
        assert_eq!(limits.wanted(2), None);
    }

    #[tokio::test]
    async fn a_pause_holds_one_host_only() {
        let limits = Limits::new(1000, 0, 10, Progress::silent());
        limits.grant(10);
        limits.learn("a", 429, &headers(&[("retry-after", "100000")]));
        let until = limits.paused_until("a").unwrap();
        assert!(until <= Instant::now() + Duration::from_secs(LONGEST_PAUSE));
        assert!(limits.turn("b").await);
        assert!(tokio::time::timeout(Duration::from_millis(50), limits.turn("a")).await.is_err());
        assert_eq!(limits.spent(), 1);
    }
}
