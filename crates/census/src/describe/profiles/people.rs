//! What members call themselves, as counts of common words alone, and which pictures they have.

use super::super::group::{Cells, Group, Kind};
use super::super::marks::Marks;
use super::super::traits::Traits;
use super::super::{Names, Section, Unit};
use crate::Result;
use crate::network::Network;

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>, network: &Network) -> Result<Vec<Section>> {
    let told = &traits.told;
    let listed = |key: &str, marks: &Marks| -> Result<Section> {
        let section = Section::new(key, Unit::Share, Names::Words);
        Ok(or_none(group.shares(section, &Cells::Marked(marks), Kind::Listed(network), false)?))
    };
    let counted = |key: &str, marks: &Marks| -> Result<Section> {
        let section = Section::new(key, Unit::Share, Names::Texts);
        Ok(or_none(group.shares(section, &Cells::Marked(marks), Kind::Several, false)?))
    };
    Ok(vec![
        listed("names", &told.given)?,
        counted("name-forms", &told.forms)?,
        listed("name-words", &told.words)?,
        avatars(group, traits)?,
        pictures(group, traits)?,
        counted("official", &told.roles)?,
    ])
}

/// Says where members are known, and nobody has any of what was looked for.
fn or_none(mut section: Section) -> Section {
    if section.known.is_some() && section.rows.is_empty() && section.suppressed == 0 {
        section.remark("none-of-it", None);
    }
    section
}

fn avatars(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("avatars", Unit::Share, Names::Texts);
    group.shares(section, &Cells::One(&traits.told.avatar), Kind::Partition, false)
}

/// Whether others have the same picture, where the data has hashes of pictures.
fn pictures(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("pictures", Unit::Share, Names::Texts);
    let mut section = group.shares(section, &Cells::One(&traits.told.picture), Kind::Partition, false)?;
    if traits.told.picture.labels.is_empty() {
        section.remarks.clear();
        section.remark("no-pictures", None);
    }
    Ok(section)
}
