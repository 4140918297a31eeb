//! What profiles tell beyond numbers: places, time zones, pictures, names and roles; and when and where the last posts
//! were written. Kept from one run to the next: no label moves it.
//!
//! Texts are looked at as they come and not kept: of an account stay a country, a city, and which of a few things hold.

mod bytes;
mod posted;
mod zones;

use std::collections::HashMap;

use rayon::prelude::*;

use super::marks::{Marking, Marks};
use super::roles::roles;
use super::traits::{Gathered, Labels};
use crate::Result;
use crate::declared::{DEFAULT, OWN};
use crate::frame::Frame;
use crate::kept;
use crate::network::Network;
use crate::profiles::Texts;
use crate::progress::Progress;
use crate::rows::Micros;
use crate::study::Study;
use crate::tables::Table;
use crate::text;

/// An account is a hub that so many of the frame's accounts follow, one in a hundred, and no fewer than ten.
const HUB_SHARE: f64 = 0.01;
const FEWEST_FOLLOWERS: usize = 10;
/// Words of one account's name and handle that are counted.
const MOST_WORDS: usize = 20;

/// Whether a picture is that of others as well.
const ALONE: &str = "alone";
const SHARED: &str = "shared";

#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    /// Whether a place is declared, and understood: `none`, `unclear`, `understood`.
    pub(super) declares: Labels,
    /// The country that the declared place is in.
    pub(super) country: Labels,
    /// The city as `IQ/Mosul`, and `IQ/` where only the country is told.
    pub(super) city: Labels,
    /// The time zone that the profile has.
    pub(super) zone: Labels,
    /// The platform's picture or one of its own.
    pub(super) avatar: Labels,
    /// Whether others of the frame have the same picture.
    pub(super) picture: Labels,
    /// The given name that the display name begins with.
    pub(super) given: Marks,
    /// How the display name is made.
    pub(super) forms: Marks,
    /// Everyday words in display name and handle.
    pub(super) words: Marks,
    /// What the account calls itself, and whether it is a hub.
    pub(super) roles: Marks,
    /// Whether a collected post says where it was written.
    pub(super) located: Labels,
    /// The country that most of these say.
    pub(super) posted_from: Labels,
    /// When the last collected post was written.
    pub(super) last: Vec<Option<Micros>>,
}

/// What one profile tells in words.
#[derive(Default)]
struct Looked {
    location: Option<&'static str>,
    country: Option<&'static str>,
    city: Option<String>,
    zone: Option<String>,
    avatar: Option<&'static str>,
    /// The start of the hash of the picture's hash.
    picture: Option<u64>,
    given: Option<Vec<&'static str>>,
    forms: Option<Vec<&'static str>>,
    words: Option<Vec<String>>,
    roles: Option<Vec<&'static str>>,
}

impl Told {
    /// What was kept, or is found now and kept.
    pub(super) fn read(study: &Study, network: &Network, frame: &Frame, progress: &Progress) -> Result<Self> {
        const NAME: &str = "told";
        const TABLES: [Table; 2] = [Table::Frame, Table::Posts];
        let units = frame.units.len();
        if let Some(bytes) = kept::load(study, network, NAME, &TABLES)?
            && let Some(told) = Self::from_bytes(&bytes, units)
        {
            return Ok(told);
        }
        let mut told = Self::of_profiles(network, frame, progress)?;
        let posted = posted::Posted::read(&study.store, network, frame, progress)?;
        (told.last, told.located, told.posted_from) = (posted.last, posted.located, posted.country);
        kept::save(study, network, NAME, &TABLES, &told.to_bytes())?;
        Ok(told)
    }

    fn of_profiles(network: &Network, frame: &Frame, progress: &Progress) -> Result<Self> {
        let units = frame.units.len();
        let positions = frame.positions(network.ids.len());
        let hubs = hubs(network, frame, &positions);
        let (mut location, mut country, mut city) = (Gathered::new(units), Gathered::new(units), Gathered::new(units));
        let (mut zone, mut avatar) = (Gathered::new(units), Gathered::new(units));
        let mut pictures: Vec<Option<u64>> = vec![None; units];
        let (mut given, mut forms) = (Marking::new(units), Marking::new(units));
        let (mut words, mut claimed) = (Marking::new(units), Marking::new(units));
        let wanted = ["handle", "name", "description", "location", "time_zone", "avatar"];
        network.profiles.texts(&network.ids, &wanted, |found| {
            progress.check()?;
            let looked = found.par_iter().filter_map(|(account, texts)| {
                let unit = positions.of(*account)?;
                Some((unit, look(texts, hubs.as_ref().map(|hubs| hubs[unit]))))
            });
            for (unit, looked) in looked.collect::<Vec<(usize, Looked)>>() {
                location.set(unit, looked.location);
                country.set(unit, looked.country);
                city.set(unit, looked.city.as_deref());
                zone.set(unit, looked.zone.as_deref());
                avatar.set(unit, looked.avatar);
                pictures[unit] = looked.picture;
                given.set(unit, looked.given.as_deref());
                forms.set(unit, looked.forms.as_deref());
                words.set(unit, looked.words.as_deref());
                claimed.set(unit, looked.roles.as_deref());
            }
            Ok(())
        })?;
        let (country, mut declares) = (country.sorted(), location.sorted());
        // Where no profile at all has a place, none was asked for.
        if declares.labels.iter().all(|label| label == "none") {
            declares = Labels { labels: Vec::new(), of: vec![Labels::NONE; units] };
        }
        Ok(Self {
            declares,
            country,
            city: city.sorted(),
            zone: zone.sorted(),
            avatar: avatar.sorted(),
            picture: shared(&pictures),
            given: given.done(),
            forms: forms.done(),
            words: words.done(),
            roles: claimed.done(),
            ..Self::default()
        })
    }
}

fn look(texts: &Texts<'_>, hub: Option<bool>) -> Looked {
    let place = texts.location.and_then(text::place);
    let names: Vec<String> = texts.name.map(text::words_of_name).unwrap_or_default();
    let handle = texts.handle.map(text::words_of_handle).unwrap_or_default();
    let everyday = |word: &String| text::may_be_published(word) && text::given_name(word).is_none();
    let words = names.into_iter().chain(handle).filter(everyday).take(MOST_WORDS);
    let says = texts.name.is_some() || texts.description.is_some();
    let mut claimed = roles(texts.name, texts.description);
    claimed.extend(hub.filter(|hub| *hub).map(|_| "hub"));
    Looked {
        location: Some(match (texts.location, place) {
            (None, _) => "none",
            (_, None) => "unclear",
            _ => "understood",
        }),
        country: place.map(|place| place.country),
        city: place.map(|place| format!("{}/{}", place.country, place.city.map_or("", |city| city.name))),
        zone: texts.time_zone.and_then(zones::known),
        avatar: texts.avatar.map(|picture| if picture == DEFAULT { DEFAULT } else { OWN }),
        picture: texts.avatar.filter(|picture| *picture != DEFAULT && *picture != OWN).map(|hash| {
            let hash = blake3::hash(hash.as_bytes());
            hash.as_bytes().iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
        }),
        given: texts.name.map(|name| text::given_name(name).map(|given| given.name).into_iter().collect()),
        forms: texts.name.map(|name| text::forms(name).into_iter().map(text::Form::key).collect()),
        words: (texts.name.is_some() || texts.handle.is_some()).then(|| words.collect()),
        roles: (says || hub.is_some()).then_some(claimed),
    }
}

/// Which accounts so many of the frame follow; nothing where no follow is known.
fn hubs(network: &Network, frame: &Frame, positions: &crate::frame::Positions) -> Option<Vec<bool>> {
    let enough = FEWEST_FOLLOWERS.max((HUB_SHARE * frame.units.len() as f64).ceil() as usize);
    let is_hub = |account: u32| {
        let followers = network.graph.followers(account);
        followers.len() >= enough && followers.iter().filter(|f| positions.of(**f).is_some()).count() >= enough
    };
    (network.graph.follows() > 0).then(|| frame.units.par_iter().map(|unit| is_hub(unit.account)).collect())
}

/// Of each account whose picture's hash is known, whether another has it too.
fn shared(pictures: &[Option<u64>]) -> Labels {
    let mut times: HashMap<u64, u32> = HashMap::new();
    pictures.iter().flatten().for_each(|hash| *times.entry(*hash).or_default() += 1);
    let label = |hash: &Option<u64>| Some(if times.get(hash.as_ref()?)? > &1 { SHARED } else { ALONE });
    Marks::one(&pictures.iter().map(label).collect::<Vec<_>>())
}
