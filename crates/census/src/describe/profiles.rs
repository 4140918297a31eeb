//! What profiles say: languages, places, names, dates, pictures, audience.

mod audience;
mod dates;
mod people;
mod places;

use super::group::{Cells, Group, Kind};
use super::traits::{Gathered, Labels, Traits};
use super::{Names, Section, Unit};
use crate::network::Network;
use crate::progress::Progress;
use crate::{Result, text};

pub(super) fn sections(
    group: &Group<'_>,
    traits: &Traits<'_>,
    network: &Network,
    progress: &Progress,
) -> Result<Vec<Section>> {
    let mut sections = vec![languages(group, traits)?, declared_languages(group, traits)?];
    progress.check()?;
    sections.extend(places::sections(group, traits)?);
    progress.check()?;
    sections.extend(people::sections(group, traits, network)?);
    progress.check()?;
    sections.extend(dates::sections(group, traits)?);
    progress.check()?;
    sections.extend(audience::sections(group, traits)?);
    Ok(sections)
}

fn languages(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("languages", Unit::Share, Names::Language);
    group.shares(section, &Cells::One(&traits.language), Kind::Partition, false)
}

/// The language chosen in the profile, which says how the program speaks to its owner.
fn declared_languages(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let declared = |unit: usize| traits.profile(unit)?.lang.and_then(text::declared);
    let section = Section::new("languages-declared", Unit::Share, Names::Language);
    group.shares(section, &Cells::One(&labels(traits, declared)), Kind::Partition, false)
}

/// At most one label of each account.
fn labels(traits: &Traits<'_>, of: impl Fn(usize) -> Option<String>) -> Labels {
    let mut gathered = Gathered::new(traits.units());
    (0..traits.units()).for_each(|unit| gathered.set(unit, of(unit).as_deref()));
    gathered.sorted()
}

/// A section of classes of a number, in this order.
fn classes(
    group: &Group<'_>,
    traits: &Traits<'_>,
    section: Section,
    names: &[&str],
    class: impl Fn(usize) -> Option<usize>,
) -> Result<Section> {
    let of = labels(traits, |unit| Some(names[class(unit)?].to_owned()));
    let mut section = group.shares(section, &Cells::One(&of), Kind::Partition, false)?;
    section.rows.sort_by_key(|row| names.iter().position(|name| *name == row.label));
    Ok(section)
}
