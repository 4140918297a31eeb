//! What members post with: hashtags, web sites, pictures, languages, clients, phones.

use super::super::group::{Cells, Group, Kind};
use super::super::traits::{Gathered, Labels, Traits};
use super::super::volumes::Volumes;
use super::super::{Names, Section, Unit};
use super::{is, words};
use crate::Result;
use crate::network::Network;
use crate::progress::Progress;
use crate::text::{Device, device};

pub(super) fn sections(
    group: &Group<'_>,
    traits: &Traits<'_>,
    network: &Network,
    progress: &Progress,
) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    for (key, tally) in [("hashtags", &traits.written.hashtags), ("links", &traits.written.domains)] {
        progress.check()?;
        let cells = Cells::Used(tally, &traits.has_posts);
        sections.push(group.shares(words(key, tally), &cells, Kind::Words(network), false)?);
    }
    progress.check()?;
    sections.extend(media(group, traits)?);
    sections.push(post_languages(group, traits)?);
    sections.push(clients(group, traits)?);
    sections.push(devices(group, traits)?);
    Ok(sections)
}

/// Posts with pictures or videos, and members with such a post.
fn media(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let habits = &traits.written.habits;
    let of = |unit: usize, to: &mut dyn FnMut(u32, f64)| to(0, f64::from(habits[unit].shows));
    let whole = |unit: usize| (habits[unit].may_show > 0).then(|| f64::from(habits[unit].may_show));
    let labels = ["posts".to_owned()];
    let volumes = Volumes { labels: &labels, of: &of, whole: &whole, in_order: true };
    let posts = group.volumes(Section::new("media", Unit::Share, Names::Texts), &volumes, Kind::Several)?;
    let shows = is(traits, "members", |unit| (habits[unit].may_show > 0).then(|| habits[unit].shows > 0));
    let members = Section::new("media-members", Unit::Share, Names::Texts);
    Ok(vec![posts, group.shares(members, &Cells::Without(&shows, Some(1)), Kind::Several, false)?])
}

/// The languages of posts, by how many posts are in each; of an account whose posts do not declare theirs, a few were told.
fn post_languages(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let languages = &traits.written.languages;
    let whole = |unit: usize| {
        let posts: u32 = languages.uses(unit).iter().map(|(_, times)| times).sum();
        (posts > 0).then(|| f64::from(posts))
    };
    let of = |unit: usize, to: &mut dyn FnMut(u32, f64)| {
        languages.uses(unit).iter().for_each(|(language, times)| to(*language, f64::from(*times)));
    };
    let volumes = Volumes { labels: &languages.labels, of: &of, whole: &whole, in_order: false };
    let section = Section::new("post-languages", Unit::Share, Names::Language);
    group.volumes(section, &volumes, Kind::Partition)
}

fn clients(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let section = Section::new("clients", Unit::Share, Names::Words);
    group.shares(section, &Cells::One(&traits.written.client), Kind::Partition, false)
}

/// What members carry: of those whose client tells that it runs on a phone, which.
fn devices(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let clients = &traits.written.client;
    let kinds: Vec<Option<&str>> = clients.labels.iter().map(|name| device(name).map(Device::key)).collect();
    let mut devices = Gathered::new(traits.units());
    for unit in 0..traits.units() {
        devices.set(unit, clients.get(unit).and_then(|client| kinds[client as usize]));
    }
    let devices: Labels = devices.sorted();
    group.shares(Section::new("devices", Unit::Share, Names::Texts), &Cells::One(&devices), Kind::Partition, false)
}
