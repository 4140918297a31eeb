//! How members are tied, and which of them are gone.

use super::Section;
use super::group::Group;
use super::traits::Traits;
use crate::Result;
use crate::network::Network;
use crate::progress::Progress;

mod communities;
mod followed;
mod gone;
mod growth;

pub(super) use growth::Growth;

pub(super) fn sections(
    group: &Group<'_>,
    traits: &Traits<'_>,
    network: &Network,
    progress: &Progress,
) -> Result<Vec<Section>> {
    progress.check()?;
    let mut sections = Vec::new();
    if network.graph.follows() > 0 {
        sections.extend(followed::sections(group, traits, network)?);
        progress.check()?;
        sections.extend(communities::sections(group, traits, network)?);
    }
    progress.check()?;
    sections.extend(growth::sections(group, traits)?);
    sections.extend(gone::sections(group, traits)?);
    Ok(sections)
}
