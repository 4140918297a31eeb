//! What members post, how much, when, and with what.

use super::group::{Cells, Group, Kind, Number, Of};
use super::tally::Tally;
use super::traits::{Labels, Traits};
use super::{Names, Section, Unit};
use crate::Result;
use crate::network::Network;
use crate::progress::Progress;

mod automation;
mod bursts;
mod core;
mod rhythm;
mod used;

/// Posts a day from which the 2015 census called an account hyperactive.
const HYPERACTIVE: f64 = 50.0;

pub(super) fn sections(
    group: &Group<'_>,
    traits: &Traits<'_>,
    network: &Network,
    progress: &Progress,
) -> Result<Vec<Section>> {
    let mut sections = vec![activity(group, traits, "activity", &|_| true)?, hyperactive(group, traits)?];
    sections.push(hyperactive_count(group, traits)?);
    progress.check()?;
    sections.extend(core::sections(group, traits)?);
    progress.check()?;
    sections.extend(bursts::sections(group, traits)?);
    progress.check()?;
    sections.extend(rhythm::sections(group, traits)?);
    progress.check()?;
    sections.extend(used::sections(group, traits, network, progress)?);
    progress.check()?;
    sections.extend(automation::sections(group, traits)?);
    Ok(sections)
}

/// How much members post; of those that `counts`.
fn activity(group: &Group<'_>, traits: &Traits<'_>, key: &str, counts: &dyn Fn(usize) -> bool) -> Result<Section> {
    let posts: Number<'_> = &|unit| traits.posts(unit).filter(|_| counts(unit));
    let a_day: Number<'_> = &|unit| traits.posts_a_day(unit).filter(|_| counts(unit));
    group.numbers(
        Section::new(key, Unit::Number, Names::Texts),
        &[
            ("median-posts", posts, Of::Quantile(0.5)),
            ("mean-posts", posts, Of::Mean),
            ("median-posts-a-day", a_day, Of::Quantile(0.5)),
            ("mean-posts-a-day", a_day, Of::Mean),
        ],
    )
}

fn hyperactive(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let labels = is(traits, "over-50", |unit| over_50(traits, unit));
    let section = Section::new("hyperactive", Unit::Share, Names::Texts);
    group.shares(section, &Cells::Without(&labels, Some(1)), Kind::Several, false)
}

fn hyperactive_count(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("hyperactive-count", Unit::Count, Names::Texts);
    group.counts(section, &[("over-50", &|unit| over_50(traits, unit))])
}

fn over_50(traits: &Traits<'_>, unit: usize) -> Option<bool> {
    Some(traits.posts_a_day(unit)? > HYPERACTIVE)
}

/// Label 0 for those of whom it is so, label 1 for the others.
fn is(traits: &Traits<'_>, label: &str, so: impl Fn(usize) -> Option<bool>) -> Labels {
    let of = |unit: usize| so(unit).map_or(Labels::NONE, |so| u32::from(!so));
    Labels { labels: vec![label.into(), "others".into()], of: (0..traits.units()).map(of).collect() }
}

/// A section of strangers' words, of which there may have been too many to count.
fn words(key: &str, tally: &Tally) -> Section {
    let mut section = Section::new(key, Unit::Share, Names::Words);
    if tally.full {
        section.remark("full", None);
    }
    section
}
