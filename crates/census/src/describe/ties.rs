//! How members are tied, and which of them are gone.

use super::group::{Cells, Group, Kind};
use super::traits::Traits;
use super::{Names, Section, Unit};
use crate::Result;
use crate::progress::Progress;

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>, progress: &Progress) -> Result<Vec<Section>> {
    progress.check()?;
    let mut sections = Vec::new();
    if !traits.status.labels.is_empty() {
        sections.push(group.shares(
            Section::new("status", Unit::Share, Names::Words),
            // The active are known, but in no row, so nothing is found by difference.
            &Cells::Without(&traits.status, traits.status.number("active")),
            Kind::Several,
            false,
        )?);
    }
    Ok(sections)
}
