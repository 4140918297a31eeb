//! Where members say that they are. Never finer than a city, and never where a post's coordinates were.

use super::super::group::{Cells, Group, Kind};
use super::super::traits::Traits;
use super::super::{Names, Section, Shape, Unit};
use crate::Result;

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let places = places(group, traits)?;
    let cities = cities(group, traits, &places)?;
    let mut sections = vec![declared(group, traits)?, places];
    sections.extend(cities);
    sections.push(located(group, traits)?);
    sections.push(posted_from(group, traits)?);
    sections.push(zones(group, traits)?);
    Ok(sections)
}

/// Whether a place is declared, and one that is understood.
fn declared(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("places-declared", Unit::Share, Names::Texts);
    group.shares(section, &Cells::One(&traits.told.declares), Kind::Partition, false)
}

fn places(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("places", Unit::Share, Names::Country).shaped(Shape::Map);
    group.shares(section, &Cells::One(&traits.told.country), Kind::Partition, false)
}

/// The cities of the countries that are shown, where one is large enough. Such a share is of all whose country is known.
fn cities(group: &Group<'_>, traits: &Traits<'_>, places: &Section) -> Result<Option<Section>> {
    let section = Section::new("cities", Unit::Share, Names::Words);
    let mut section = group.shares(section, &Cells::One(&traits.told.city), Kind::Within(&places.rows), false)?;
    for row in &mut section.rows {
        if let Some((country, city)) = row.label.split_once('/') {
            row.label = format!("{city}, {country}");
        }
    }
    Ok(Some(section).filter(|section| !section.rows.is_empty()))
}

fn located(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("coordinates", Unit::Share, Names::Texts);
    group.shares(section, &Cells::One(&traits.told.located), Kind::Partition, false)
}

fn posted_from(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("coordinates-countries", Unit::Share, Names::Country).shaped(Shape::Map);
    group.shares(section, &Cells::One(&traits.told.posted_from), Kind::Partition, false)
}

fn zones(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("time-zones", Unit::Share, Names::Words);
    group.shares(section, &Cells::One(&traits.told.zone), Kind::Partition, false)
}
