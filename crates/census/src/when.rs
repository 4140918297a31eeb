//! Times as files write them, to microseconds since 1970 in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::rows::Micros;

/// 1990-01-01 and 2100-01-01, UTC: no account or post of any network is older, and a later time is a slip.
const FIRST: Micros = 631_152_000_000_000;
const LAST: Micros = 4_102_444_800_000_000;

/// Why a text is not taken for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotATime {
    /// No form that is known.
    Unknown,
    /// Before 1990 or after 2099.
    OutOfRange,
}

/// Reads RFC 3339, `2018-10-10`, `2018-10-10 20:19:24` (taken as UTC), `Wed Oct 10 20:19:24 +0000 2018`, and Unix
/// seconds, milliseconds or microseconds, told apart by their size.
pub(crate) fn parse(text: &str) -> Result<Micros, NotATime> {
    let text = text.trim();
    if text.len() > 64 {
        return Err(NotATime::Unknown);
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return unix(text.parse().map_err(|_| NotATime::OutOfRange)?);
    }
    let known = if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        strtime::parse("%a %b %d %H:%M:%S %z %Y", text).and_then(|t| t.to_timestamp())
    } else {
        text.parse().or_else(|_| without_zone(text))
    };
    in_range(known.map_err(|_| NotATime::Unknown)?.as_microsecond())
}

fn without_zone(text: &str) -> Result<Timestamp, jiff::Error> {
    let text = text.strip_suffix("UTC").map_or(text, str::trim_end);
    Ok(text.parse::<DateTime>()?.to_zoned(TimeZone::UTC)?.timestamp())
}

/// Seconds, milliseconds or microseconds: between 1990 and 2100 the three do not overlap.
pub(crate) fn unix(value: i64) -> Result<Micros, NotATime> {
    let scaled = [1_000_000, 1_000, 1].into_iter().filter_map(|unit| value.checked_mul(unit));
    scaled.map(in_range).find(Result::is_ok).unwrap_or(Err(NotATime::OutOfRange))
}

/// Refuses what no network can hold.
pub(crate) fn in_range(micros: Micros) -> Result<Micros, NotATime> {
    if (FIRST..LAST).contains(&micros) { Ok(micros) } else { Err(NotATime::OutOfRange) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_gives_the_same_moment() {
        let moment = Ok(1_539_202_764_000_000);
        for text in [
            "2018-10-10T20:19:24Z",
            "2018-10-10T20:19:24.000Z",
            "2018-10-10T22:19:24+02:00",
            "2018-10-10 20:19:24+00:00",
            "2018-10-10 20:19:24",
            "2018-10-10T20:19:24",
            "2018-10-10 20:19:24 UTC",
            "Wed Oct 10 20:19:24 +0000 2018",
            "Wed Oct 10 22:19:24 +0200 2018",
            " 1539202764 ",
            "1539202764000",
            "1539202764000000",
        ] {
            assert_eq!(parse(text), moment, "{text}");
        }
        assert_eq!(parse("2018-10-10"), Ok(1_539_129_600_000_000));
        assert_eq!(parse("2018-10-10T20:19:24.123456Z"), Ok(1_539_202_764_123_456));
    }

    #[test]
    fn slips_are_refused() {
        for text in ["", "yesterday", "2018-13-01", "2018-02-30", "10/10/2018", "Wed Oct 10", "\0", "12:00", "-5"] {
            assert_eq!(parse(text), Err(NotATime::Unknown), "{text}");
        }
        for text in ["1989-12-31", "2100-01-01", "2018", "0", "99999999999999999999", "631151999"] {
            assert_eq!(parse(text), Err(NotATime::OutOfRange), "{text}");
        }
        assert_eq!(parse("1990-01-01"), Ok(FIRST));
        assert_eq!(parse(&"9".repeat(1000)), Err(NotATime::Unknown));
    }
}
