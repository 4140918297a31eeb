//! When members post, and whether they reply.

use super::super::group::{Group, Kind};
use super::super::tally::Counts;
use super::super::traits::Traits;
use super::super::volumes::Volumes;
use super::super::{Names, Section, Shape, Unit};
use crate::Result;
use crate::when::day_name;

/// Months shown at most, the last ones.
const MOST_MONTHS: usize = 60;

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    Ok(vec![months(group, traits)?, hours(group, traits)?, replies(group, traits)?])
}

/// How many posts of an account have a time; none where none has.
fn timed(traits: &Traits<'_>, unit: usize) -> Option<f64> {
    let timed = traits.written.habits[unit].timed;
    (timed > 0).then(|| f64::from(timed))
}

fn each(counts: &Counts, unit: usize, of: impl Fn(u16) -> Option<u32>, to: &mut dyn FnMut(u32, f64)) {
    for &(number, times) in counts.of(unit) {
        if let Some(cell) = of(number) {
            to(cell, f64::from(times));
        }
    }
}

fn hours(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let labels: Vec<String> = (0..168).map(|hour| format!("{}-{}", hour / 24 + 1, hour % 24)).collect();
    let of = |unit: usize, to: &mut dyn FnMut(u32, f64)| {
        each(&traits.written.hours, unit, |hour| Some(u32::from(hour)).filter(|h| *h < 168), to);
    };
    let volumes = Volumes { labels: &labels, of: &of, whole: &|unit| timed(traits, unit), in_order: true };
    group.volumes(Section::new("hours", Unit::Share, Names::Hour).shaped(Shape::Heat), &volumes, Kind::Partition)
}

fn months(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    // Days of one month lie together, so each day's month is looked up once.
    let days = &traits.written.days;
    let (first, last) = days.uses.iter().fold((u16::MAX, 0), |(a, b), (day, _)| (a.min(*day), b.max(*day)));
    let mut labels: Vec<String> = Vec::new();
    let mut month: Vec<u32> = Vec::new();
    for day in first..=last {
        let name = &day_name(day)[..7];
        if labels.last().is_none_or(|last| last != name) {
            labels.push(name.to_owned());
        }
        month.push(labels.len() as u32 - 1);
    }
    let before = labels.len().saturating_sub(MOST_MONTHS);
    let labels = labels.split_off(before);
    let of = |unit: usize, to: &mut dyn FnMut(u32, f64)| {
        // A month's days are added up before it is told.
        let (mut now, mut sum) = (None, 0.0);
        each(days, unit, |day| month[usize::from(day - first)].checked_sub(before as u32), &mut |cell, times| {
            if now != Some(cell) {
                now.into_iter().for_each(|cell| to(cell, sum));
                (now, sum) = (Some(cell), 0.0);
            }
            sum += times;
        });
        now.into_iter().for_each(|cell| to(cell, sum));
    };
    let volumes = Volumes { labels: &labels, of: &of, whole: &|unit| timed(traits, unit), in_order: true };
    let section = Section::new("posts-by-month", Unit::Share, Names::Period).shaped(Shape::OverTime);
    group.volumes(section, &volumes, Kind::Partition)
}

fn replies(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let habits = &traits.written.habits;
    let of = |unit: usize, to: &mut dyn FnMut(u32, f64)| to(0, f64::from(habits[unit].replies));
    let whole = |unit: usize| (habits[unit].may_reply > 0).then(|| f64::from(habits[unit].may_reply));
    let labels = ["posts".to_owned()];
    let volumes = Volumes { labels: &labels, of: &of, whole: &whole, in_order: true };
    group.volumes(Section::new("replies", Unit::Share, Names::Texts), &volumes, Kind::Several)
}
