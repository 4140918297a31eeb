//! Which members are gone: how many, of which age, and what they did beside those that are still there.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Result;
use crate::describe::group::{Cells, Group, Kind, Number, Of};
use crate::describe::traits::{Gathered, Labels, Traits};
use crate::describe::{Names, Section, Shape, Unit};
use crate::rows::Micros;

/// Months that are shown: the last ones before the data ends.
const MONTHS: usize = 24;

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let status = &traits.status;
    if status.labels.is_empty() {
        return Ok(Vec::new());
    }
    let mut sections = vec![group.shares(
        Section::new("status", Unit::Share, Names::Words),
        // The active are known, but in no row, so nothing is found by difference.
        &Cells::Without(status, status.number("active")),
        Kind::Several,
        false,
    )?];
    let (Some(suspended), Some(active)) = (status.number("suspended"), status.number("active")) else {
        return Ok(sections);
    };
    let is_suspended = |unit: usize| status.get(unit).map(|of| of == suspended);
    for (key, periods) in [("suspended-years", periods(traits, "%Y")), ("suspended-months", periods(traits, "%Y-%m"))] {
        let section = Section::new(key, Unit::Share, Names::Period).shaped(Shape::OverTime);
        sections.push(group.rates(section, &periods, &is_suspended, MONTHS)?);
    }
    let of = |unit: usize, wanted: u32| status.get(unit).filter(|of| *of == wanted);
    let (gone_pace, there_pace): (Number<'_>, Number<'_>) =
        (&|unit| of(unit, suspended).and_then(|_| traits.posts_a_day(unit)), &|unit| {
            of(unit, active).and_then(|_| traits.posts_a_day(unit))
        });
    let (gone_followers, there_followers): (Number<'_>, Number<'_>) =
        (&|unit| of(unit, suspended).and_then(|_| traits.followers(unit)), &|unit| {
            of(unit, active).and_then(|_| traits.followers(unit))
        });
    sections.push(group.numbers(
        Section::new("suspended-active", Unit::Number, Names::Texts),
        &[
            ("gone-median-posts-a-day", gone_pace, Of::Quantile(0.5)),
            ("there-median-posts-a-day", there_pace, Of::Quantile(0.5)),
            ("gone-mean-posts-a-day", gone_pace, Of::Mean),
            ("there-mean-posts-a-day", there_pace, Of::Mean),
            ("gone-median-followers", gone_followers, Of::Quantile(0.5)),
            ("there-median-followers", there_followers, Of::Quantile(0.5)),
            ("gone-mean-followers", gone_followers, Of::Mean),
            ("there-mean-followers", there_followers, Of::Mean),
        ],
    )?);
    Ok(sections)
}

/// The year or month in which each account was created.
fn periods(traits: &Traits<'_>, form: &str) -> Labels {
    let of =
        |at: Micros| Some(Timestamp::from_microsecond(at).ok()?.to_zoned(TimeZone::UTC).strftime(form).to_string());
    let mut periods = Gathered::new(traits.units());
    for unit in 0..traits.units() {
        periods.set(unit, traits.created_at(unit).and_then(of).as_deref());
    }
    periods.sorted()
}
