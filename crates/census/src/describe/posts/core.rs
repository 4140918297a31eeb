//! The hyperactive core: how few members make most of the posts.

use netcensus_stats::concentration::Measure;

use super::super::group::{Cells, Group, Kind};
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

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    Ok(vec![
        core(group, traits, "core", &|_| true)?,
        lorenz(group, traits)?,
        inequality(group, traits)?,
        core_languages(group, traits)?,
    ])
}

/// How many members make half, 80 % and 90 % of the posts; of those that `counts`.
pub(super) fn core(
    group: &Group<'_>,
    traits: &Traits<'_>,
    key: &str,
    counts: &dyn Fn(usize) -> bool,
) -> Result<Section> {
    let written = traits.volume();
    let mut section = Section::new(key, Unit::Count, Names::Texts);
    if !written.of_profiles {
        section.remark("collected", None);
    }
    group.concentration(section, &|unit| written.get(unit).filter(|_| counts(unit)), &CORES, traits.seed)
}

fn lorenz(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let written = traits.volume();
    let section = Section::new("lorenz", Unit::Share, Names::Part).shaped(Shape::Lorenz);
    group.concentration(section, &|unit| written.get(unit), &PARTS, traits.seed)
}

fn inequality(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let written = traits.volume();
    let section = Section::new("inequality", Unit::Number, Names::Texts);
    group.concentration(section, &|unit| written.get(unit), &[("gini", Measure::Gini)], traits.seed)
}

/// The share of those who write each language that are among the most active members who make half of the posts.
fn core_languages(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("core-languages", Unit::Share, Names::Language);
    let written = traits.volume();
    let from = group.ends_at(&|unit| written.get(unit), Measure::Core(0.5))?;
    let core = |unit: usize| Some(written.get(unit)? >= from?);
    match from {
        Some(_) => group.within(section, &traits.language, &core),
        None => group.shares(section, &Cells::One(&is(traits, "core", |_| None)), Kind::Several, false),
    }
}
