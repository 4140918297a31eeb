//! What an answer's headers say about the host's limits, in every form that hosts use:
//!
//! ```text
//! retry-after: 7                     retry-after: Thu, 01 Jan 2026 00:01:00 GMT     (and the two older forms of dates)
//! ratelimit-remaining: 0             ratelimit-reset: 1767225660                    (AT Protocol: the time of day)
//! ratelimit-remaining: 0             ratelimit-reset: 30                            (drafts of the IETF: seconds from now)
//! ratelimit: limit=100, remaining=0, reset=30      ratelimit: "default";r=0;t=30
//! x-ratelimit-remaining: 0           x-ratelimit-reset: 2026-01-01T00:05:00.000Z    (Mastodon)
//! ```

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

/// The pause after a 429 that does not say how long.
const DEFAULT_PAUSE: Duration = Duration::from_secs(10);
/// The pause where a host says none, or one that is over.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// What is asked for beyond this is a mistake; it is a pause of that length all the same.
const LONGEST: f64 = 366.0 * 86_400.0;

/// What the headers say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// How long no request is wanted.
    pub(super) pause: Option<Duration>,
    /// How many requests are left, and for how long those have to do.
    pub(super) left: Option<(u64, Duration)>,
}

/// Reads them.
pub(super) fn read(status: u16, headers: &HeaderMap, now: Timestamp) -> Said {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    // The host's own clock, where it shows it: times of day are measured against that.
    let now = text("date").and_then(date).unwrap_or(now);
    let combined = text("ratelimit");
    let either = |plain: &str, prefixed: &str| text(plain).or_else(|| text(prefixed));
    let remaining = either("ratelimit-remaining", "x-ratelimit-remaining")
        .and_then(|v| v.parse::<u64>().ok())
        .or_else(|| part(combined?, &["remaining", "r"]));
    let reset = either("ratelimit-reset", "x-ratelimit-reset")
        .and_then(|v| from_now(v, now))
        .or_else(|| part(combined?, &["reset", "t"]).map(Duration::from_secs));
    // Refusals of any kind may say when to come again; a plain answer does not mean it.
    let after = text("retry-after").filter(|_| status >= 400).and_then(|v| retry_after(v, now));
    let pause = match status {
        429 => Some(after.or(reset).unwrap_or(DEFAULT_PAUSE).max(SHORTEST_PAUSE)),
        _ => after.map(|a| a.max(SHORTEST_PAUSE)).or(reset.filter(|r| remaining == Some(0) && !r.is_zero())),
    };
    Said { pause, left: remaining.zip(reset) }
}

fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    seconds(value).or_else(|| Some(until(date(value)?, now)))
}

/// Seconds from now, epoch seconds, epoch milliseconds, or a date.
fn from_now(value: &str, now: Timestamp) -> Option<Duration> {
    let at = match value.parse::<f64>() {
        Ok(v) if v > 1e12 => Timestamp::from_millisecond(v as i64).ok()?,
        Ok(v) if v > 1e9 => Timestamp::from_second(v.ceil() as i64).ok()?,
        Ok(_) => return seconds(value),
        Err(_) => value.parse().ok().or_else(|| date(value))?,
    };
    Some(until(at, now))
}

fn seconds(value: &str) -> Option<Duration> {
    value.parse::<f64>().ok().filter(|v| v.is_finite()).map(|v| Duration::from_secs_f64(v.clamp(0.0, LONGEST)))
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    at.duration_since(now).try_into().unwrap_or(Duration::ZERO)
}

/// A date as HTTP writes it, in any of its three forms.
fn date(value: &str) -> Option<Timestamp> {
    let old = |format: &str| {
        let time = jiff::fmt::strtime::parse(format, value).ok()?.to_datetime().ok()?;
        time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| z.timestamp())
    };
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()
        .or_else(|| old("%A, %d-%b-%y %H:%M:%S GMT"))
        .or_else(|| old("%a %b %e %H:%M:%S %Y"))
}

/// A number in `limit=100, remaining=0, reset=30` or `"default";r=0;t=30`; of several policies the first that has it.
fn part(value: &str, names: &[&str]) -> Option<u64> {
    value
        .split([',', ';'])
        .filter_map(|piece| piece.trim().split_once('='))
        .find_map(|(name, number)| names.contains(&name.trim()).then(|| number.trim().parse().ok()).flatten())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn said(status: u16, pairs: &[(&'static str, &str)]) -> Said {
        let headers =
            pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_str(v).unwrap())).collect();
        read(status, &headers, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    fn pause(status: u16, pairs: &[(&'static str, &str)]) -> Option<f64> {
        said(status, pairs).pause.map(|p| p.as_secs_f64())
    }

    #[test]
    fn retry_after_in_every_form() {
        for (value, seconds) in [
            ("7", 7.0),
            ("1.5", 1.5),
            ("0", 1.0),
            ("-5", 1.0),
            ("100000", 100_000.0),
            ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
            ("Thursday, 01-Jan-26 00:01:00 GMT", 60.0),
            ("Thu Jan  1 00:01:00 2026", 60.0),
            ("Wed, 31 Dec 2025 00:00:00 GMT", 1.0),
            ("garbage", 10.0),
            ("inf", 10.0),
            ("1e300", LONGEST),
        ] {
            assert_eq!(pause(429, &[("retry-after", value)]), Some(seconds), "{value}");
        }
        assert_eq!(pause(503, &[("retry-after", "3")]), Some(3.0));
        assert_eq!(pause(403, &[("retry-after", "3")]), Some(3.0));
        assert_eq!(pause(503, &[]), None);
        assert_eq!(pause(200, &[("retry-after", "3")]), None);
        // The host's clock is an hour ahead of ours.
        let date = ("date", "Thu, 01 Jan 2026 01:00:00 GMT");
        assert_eq!(pause(429, &[date, ("retry-after", "Thu, 01 Jan 2026 01:00:30 GMT")]), Some(30.0));
    }

    #[test]
    fn resets_in_every_form() {
        for value in ["1767225642", "42", "1767225642000", "2026-01-01T00:00:42.000Z"] {
            assert_eq!(pause(429, &[("ratelimit-reset", value)]), Some(42.0), "{value}");
            assert_eq!(pause(200, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", value)]), Some(42.0));
        }
        assert_eq!(pause(200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1700000000")]), None);
        assert_eq!(pause(200, &[("ratelimit-remaining", "1"), ("ratelimit-reset", "42")]), None);
        assert_eq!(pause(429, &[]), Some(10.0));
        assert_eq!(pause(429, &[("retry-after", "2"), ("ratelimit-reset", "42")]), Some(2.0));
        for value in ["limit=100, remaining=0, reset=30", "\"default\";r=0;t=30"] {
            assert_eq!(pause(200, &[("ratelimit", value)]), Some(30.0), "{value}");
        }
        let left = said(200, &[("ratelimit-remaining", "5"), ("ratelimit-reset", "42")]).left;
        assert_eq!(left, Some((5, Duration::from_secs(42))));
    }

    proptest! {
        #[test]
        fn no_header_is_too_strange(value in "[ -~]{0,40}") {
            for name in ["retry-after", "ratelimit-reset", "ratelimit", "date"] {
                for status in [200, 429, 503] {
                    let said = said(status, &[("ratelimit-remaining", "0"), (name, &value)]);
                    prop_assert!(said.pause.is_none_or(|p| p.as_secs_f64() < 1e12));
                }
            }
        }
    }
}
