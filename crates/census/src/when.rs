//! Times as files write them, to microseconds since 1970 in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::rows::Micros;

/// 1990-01-01 and 2100-01-01, UTC: no account or post of any network is older, and a later time is a slip.
const FIRST: Micros = 631_152_000_000_000;
const LAST: Micros = 4_102_444_800_000_000;

/// A day, counted from 1970, as `2014-09-27`.
pub(crate) fn day_name(day: u16) -> String {
    jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(i64::from(day))).to_string()
}

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
    if let Some(micros) = usual(text.as_bytes()) {
        return in_range(micros);
    }
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

/// `1/31/2015 21:07`, as spreadsheets of the United States write it; seconds may follow. Taken as UTC.
pub(crate) fn month_first(text: &str) -> Option<Micros> {
    let text = text.trim();
    let form = if text.matches(':').count() == 2 { "%m/%d/%Y %H:%M:%S" } else { "%m/%d/%Y %H:%M" };
    let time = DateTime::strptime(form, text).ok()?.to_zoned(TimeZone::UTC).ok()?;
    in_range(time.timestamp().as_microsecond()).ok()
}

/// `2018-10-10T20:19:24.123Z`, as nearly every network writes it, without a library, where an import would spend
/// its time. Any other form is none, also where it is a time.
fn usual(text: &[u8]) -> Option<Micros> {
    let (start, rest) = text.split_first_chunk::<19>()?;
    let number = |at: std::ops::Range<usize>| {
        start[at].iter().try_fold(0, |all, d| d.is_ascii_digit().then(|| all * 10 + i64::from(d - b'0')))
    };
    let [year, month, day] = [number(0..4)?, number(5..7)?, number(8..10)?];
    let [hour, minute, second] = [number(11..13)?, number(14..16)?, number(17..19)?];
    let separated = [start[4], start[7], start[10], start[13], start[16]] == *b"--T::";
    // The end of a month and a leap second are left to the library.
    if !separated || !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = rest.strip_suffix(b"Z")?;
    let mut micros = 0;
    if let Some((dot, digits)) = fraction.split_first() {
        if *dot != b'.' || !(1..=6).contains(&digits.len()) {
            return None;
        }
        micros = digits.iter().try_fold(0, |all, d| d.is_ascii_digit().then(|| all * 10 + i64::from(d - b'0')))?;
        micros *= 10_i64.pow(6 - digits.len() as u32);
    }
    // Days since 1970-01-01, with years that begin in March so that the leap day is the last (H. Hinnant,
    // chrono-compatible low-level date algorithms, 2013); years from 0 to 9999 need no eras before the first.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = days + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micros)
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
    #![allow(clippy::unwrap_used)]
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
    fn the_usual_form_is_read_as_the_library_reads_it() {
        for day in 0..50_000 {
            let seconds = 631_152_000 + day * 66_601;
            let moment = Timestamp::from_microsecond(seconds * 1_000_000 + day * 12).unwrap();
            let text = moment.to_string();
            let days = text[8..10].parse::<u8>().unwrap();
            assert_eq!(usual(text.as_bytes()), (days <= 28).then(|| moment.as_microsecond()), "{text}");
            assert_eq!(parse(&text), Ok(moment.as_microsecond()));
        }
        for text in [
            "2018-10-10T20:19:24",
            "2018-10-10T20:19:24.Z",
            "2018-10-10 20:19:24Z",
            "2018-1O-10T20:19:24Z",
            "2018-10-10T24:00:00Z",
        ] {
            assert_eq!(usual(text.as_bytes()), None, "{text}");
        }
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
