//! The hyperactive core: how few members make most of the posts.

use netcensus_stats::concentration::Measure;

use super::super::group::{Cells, Group, Kind, Number};
use super::super::traits::Traits;
use super::super::{Names, Section, Shape, Unit};
use super::is;
use crate::Result;

const CORES: [(&str, Measure); 3] =
    [("half", Measure::Core(0.5)), ("most80", Measure::Core(0.8)), ("most90", Measure::Core(0.9))];
/// Parts of the members, the most active first.
const PARTS: [(&str, Measure); 5] = [
    ("0.01", Measure::Top(0.01)),
    ("0.05", Measure::Top(0.05)),
    ("0.1", Measure::Top(0.1)),
    ("0.2", Measure::Top(0.2)),
    ("0.5", Measure::Top(0.5)),
];

const GINI: [(&str, Measure); 1] = [("gini", Measure::Gini)];

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let mut sections = group.concentration(
        vec![
            (core(traits, "core"), &CORES),
            (Section::new("lorenz", Unit::Share, Names::Part).shaped(Shape::Lorenz), &PARTS),
            (Section::new("inequality", Unit::Number, Names::Texts), &GINI),
        ],
        &|unit| traits.volume(unit),
        traits.seed,
    )?;
    sections.push(core_languages(group, traits)?);
    Ok(sections)
}

/// How many members make half, 80 % and 90 % of the posts, of those that `counts` alone.
pub(super) fn core_of(
    group: &Group<'_>,
    traits: &Traits<'_>,
    key: &str,
    counts: &dyn Fn(usize) -> bool,
) -> Result<Vec<Section>> {
    let posts: Number<'_> = &|unit| traits.volume(unit).filter(|_| counts(unit));
    group.concentration(vec![(core(traits, key), &CORES)], posts, traits.seed)
}

fn core(traits: &Traits<'_>, key: &str) -> Section {
    let mut section = Section::new(key, Unit::Count, Names::Texts);
    if !traits.profiles_count {
        section.remark("collected", None);
    }
    section
}

/// The share of those who write each language that are among the most active members who make half of the posts.
fn core_languages(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("core-languages", Unit::Share, Names::Language);
    let volume: Number<'_> = &|unit| traits.volume(unit);
    match group.ends_at(volume, Measure::Core(0.5))? {
        Some(from) => group.in_core(section, &traits.language, volume, from),
        None => group.shares(section, &Cells::One(&is(traits, "core", |_| None)), Kind::Several, false),
    }
}
