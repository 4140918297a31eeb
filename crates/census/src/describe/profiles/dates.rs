//! When members' accounts were created, how old they were, and when they last posted.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::group::{Cells, Group, Kind};
use super::super::traits::Traits;
use super::super::{Names, Section, Shape, Unit, spread};
use super::{classes, labels};
use crate::Result;
use crate::rows::Micros;

const DAY: Micros = 86_400_000_000;
/// The data goes on for as long as so many accounts still post: a few can claim to have posted in any year.
const STILL_POSTING: usize = 10;
/// Days from the last post to the end of the data, and what they are called.
const SINCE: [(Micros, &str); 4] = [(7, "week"), (30, "month"), (90, "quarter"), (Micros::MAX, "longer")];

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let years = Section::new("created", Unit::Share, Names::Period).shaped(Shape::OverTime);
    let years = group.shares(years, &Cells::One(&traits.created), Kind::Partition, true)?;
    let months = months(group, traits, &years)?;
    let age = group.numbers(Section::new("age", Unit::Number, Names::Texts), &spread(&|unit| traits.age(unit)))?;
    let mut sections = vec![years, months, age];
    sections.extend(last_posts(group, traits)?);
    Ok(sections)
}

fn months(group: &Group<'_>, traits: &Traits<'_>, years: &Section) -> Result<Section> {
    let created = labels(traits, |unit| month(traits.created_at(unit)?));
    let section = Section::new("created-months", Unit::Share, Names::Period).shaped(Shape::Heat);
    group.shares(section, &Cells::One(&created), Kind::Within(&years.rows), true)
}

/// The month of the last post that was collected, and how long that was before the data ends.
fn last_posts(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let last = &traits.told.last;
    let end = end(last, traits.newest());
    // A post of the day after is the clock of another; later ones are untrue.
    let last = |unit: usize| last.get(unit).copied().flatten().filter(|at| end.is_some_and(|end| *at <= end + DAY));
    let months = labels(traits, |unit| month(last(unit)?));
    let section = Section::new("last-post", Unit::Share, Names::Period).shaped(Shape::OverTime);
    let months = group.shares(section, &Cells::One(&months), Kind::Partition, true)?;
    let section = Section::new("last-post-days", Unit::Share, Names::Texts);
    let since = |unit: usize| {
        let days = (end? - last(unit)?).max(0) / DAY;
        SINCE.iter().position(|(within, _)| days < *within)
    };
    let days = classes(group, traits, section, &SINCE.map(|(_, name)| name), since)?;
    Ok(vec![months, days])
}

/// When the data ends: the newest profile, or the last time at which enough accounts still posted.
fn end(last: &[Option<Micros>], newest: Option<Micros>) -> Option<Micros> {
    let mut times: Vec<Micros> = last.iter().flatten().copied().collect();
    let still = match times.len() {
        0 => None,
        n if n < STILL_POSTING => times.into_iter().min(),
        _ => Some(*times.select_nth_unstable_by(STILL_POSTING - 1, |a, b| b.cmp(a)).1),
    };
    still.max(newest)
}

/// As `2014-09`, in UTC.
fn month(at: Micros) -> Option<String> {
    let at = Timestamp::from_microsecond(at).ok()?.to_zoned(TimeZone::UTC);
    Some(format!("{:04}-{:02}", at.year(), at.month()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_ends_where_many_still_post() {
        let mut last: Vec<Option<Micros>> = (0..50).map(|day| Some(day * DAY)).collect();
        last.push(Some(40_000 * DAY));
        last.push(None);
        assert_eq!(end(&last, None), Some(41 * DAY));
        assert_eq!(end(&last, Some(60 * DAY)), Some(60 * DAY));
        assert_eq!(end(&[None, Some(7), Some(9)], None), Some(7));
        assert_eq!(end(&[None], None), None);
        assert_eq!(month(1_411_776_000_000_000).as_deref(), Some("2014-09"));
    }
}
