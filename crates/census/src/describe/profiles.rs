//! What profiles say: languages, age of the accounts, audience.

use super::group::{Cells, Group, Kind};
use super::traits::Traits;
use super::{Names, Section, Shape, Unit, spread};
use crate::Result;
use crate::progress::Progress;

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>, progress: &Progress) -> Result<Vec<Section>> {
    let languages = Section::new("languages", Unit::Share, Names::Language);
    let created = Section::new("created", Unit::Share, Names::Period).shaped(Shape::OverTime);
    let mut sections = vec![
        group.shares(languages, &Cells::One(&traits.language), Kind::Partition, false)?,
        group.shares(created, &Cells::One(&traits.created), Kind::Partition, true)?,
    ];
    progress.check()?;
    let (followers, following): (&dyn Fn(usize) -> _, &dyn Fn(usize) -> _) =
        (&|unit| traits.followers(unit), &|unit| traits.following(unit));
    for (key, values) in [("followers", followers), ("following", following)] {
        sections.push(group.numbers(Section::new(key, Unit::Number, Names::Texts), &spread(values))?);
    }
    Ok(sections)
}
