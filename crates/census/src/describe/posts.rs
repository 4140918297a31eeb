//! What members post, how much, and with what.

use super::group::{Cells, Group, Kind, Number, Of};
use super::tally::Tally;
use super::traits::{Labels, Traits};
use super::{Names, Section, Unit};
use crate::Result;
use crate::network::Network;
use crate::progress::Progress;

/// Posts a day from which the 2015 census called an account hyperactive.
const HYPERACTIVE: f64 = 50.0;

pub(super) fn sections(
    group: &Group<'_>,
    traits: &Traits<'_>,
    network: &Network,
    progress: &Progress,
) -> Result<Vec<Section>> {
    let (posts, posts_a_day): (Number<'_>, Number<'_>) = (&|unit| traits.posts(unit), &|unit| traits.posts_a_day(unit));
    let mut sections = vec![
        group.numbers(
            Section::new("activity", Unit::Number, Names::Texts),
            &[
                ("median-posts", posts, Of::Quantile(0.5)),
                ("mean-posts", posts, Of::Mean),
                ("median-posts-a-day", posts_a_day, Of::Quantile(0.5)),
                ("mean-posts-a-day", posts_a_day, Of::Mean),
            ],
        )?,
        group.shares(
            Section::new("hyperactive", Unit::Share, Names::Texts),
            &Cells::Without(&hyperactive(posts_a_day, traits.units()), Some(1)),
            Kind::Several,
            false,
        )?,
    ];
    for (key, tally) in [("hashtags", &traits.written.hashtags), ("links", &traits.written.domains)] {
        progress.check()?;
        let cells = Cells::Used(tally, &traits.has_posts);
        sections.push(group.shares(used(key, tally), &cells, Kind::Words(network), false)?);
    }
    progress.check()?;
    let clients = Section::new("clients", Unit::Share, Names::Words);
    sections.push(group.shares(clients, &Cells::One(&traits.written.client), Kind::Partition, false)?);
    Ok(sections)
}

fn used(key: &str, tally: &Tally) -> Section {
    let mut section = Section::new(key, Unit::Share, Names::Words);
    if tally.full {
        section.remark("full", None);
    }
    section
}

/// Label 0 for those who post more than a person does, label 1 for the others.
fn hyperactive(posts_a_day: Number<'_>, units: usize) -> Labels {
    let of = |unit: usize| posts_a_day(unit).map_or(Labels::NONE, |pace| u32::from(pace <= HYPERACTIVE));
    Labels { labels: vec!["over-50".into(), "fewer".into()], of: (0..units).map(of).collect() }
}
