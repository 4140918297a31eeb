//! What the data says of each account of the frame.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rayon::prelude::*;

use super::names::clean;
use super::said::Said;
use super::ties::Growth;
use super::told::Told;
use super::written::Written;
use crate::Result;
use crate::frame::Frame;
use crate::kept;
use crate::network::Network;
use crate::profiles::Profile;
use crate::progress::Progress;
use crate::rows::{Batch, Micros};
use crate::store::ROWS;
use crate::study::Study;
use crate::tables::Table;
use crate::text;
use crate::when;

const DAY: f64 = 86_400e6;

/// At most one label an account: 4 bytes each.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Labels {
    /// The labels, ascending.
    pub(super) labels: Vec<String>,
    /// The number of each account's label, or [`Labels::NONE`].
    pub(super) of: Vec<u32>,
}

impl Labels {
    /// The data says nothing.
    pub(super) const NONE: u32 = u32::MAX;

    /// The number of an account's label.
    pub(super) fn get(&self, unit: usize) -> Option<u32> {
        self.of.get(unit).copied().filter(|label| *label != Self::NONE)
    }

    /// The number of a label.
    pub(super) fn number(&self, label: &str) -> Option<u32> {
        self.labels.binary_search_by(|l| l.as_str().cmp(label)).ok().map(|number| number as u32)
    }
}

/// Labels being gathered, numbered as they come.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    numbers: HashMap<String, u32>,
    of: Vec<u32>,
}

impl Gathered {
    pub(super) fn new(units: usize) -> Self {
        Self { numbers: HashMap::new(), of: vec![Labels::NONE; units] }
    }

    pub(super) fn set(&mut self, unit: usize, label: Option<&str>) {
        let next = self.numbers.len() as u32;
        self.of[unit] = match label {
            None => Labels::NONE,
            Some(label) => match self.numbers.get(label) {
                Some(number) => *number,
                None => *self.numbers.entry(label.to_owned()).or_insert(next),
            },
        };
    }

    /// Numbers the labels that are still in use in their own order.
    pub(super) fn sorted(mut self) -> Labels {
        let mut used = vec![false; self.numbers.len()];
        self.of.iter().filter(|of| **of != Labels::NONE).for_each(|of| used[*of as usize] = true);
        let mut labels: Vec<(String, u32)> = self.numbers.into_iter().filter(|(_, n)| used[*n as usize]).collect();
        labels.sort_unstable();
        let mut places = vec![Labels::NONE; used.len()];
        (0..).zip(&labels).for_each(|(place, (_, number))| places[*number as usize] = place);
        self.of.iter_mut().filter(|of| **of != Labels::NONE).for_each(|of| *of = places[*of as usize]);
        Labels { labels: labels.into_iter().map(|(label, _)| label).collect(), of: self.of }
    }
}

/// What is known of each account of the frame, in its order. Numbers come from the profiles when they are asked for.
pub(super) struct Traits<'a> {
    network: &'a Network,
    pub(super) frame: &'a Frame,
    /// How many followers an account of the frame may have.
    pub(super) max_followers: i64,
    /// Followers won or lost a day.
    pub(super) growth: Growth,
    /// When the data ends, for profiles that do not say when they were seen.
    end: Option<Micros>,
    pub(super) language: Labels,
    /// The year the account was created.
    pub(super) created: Labels,
    /// The latest status.
    pub(super) status: Labels,
    /// Whether a post of the account was collected.
    pub(super) has_posts: Vec<bool>,
    /// What its collected posts are like.
    pub(super) written: Written,
    /// What its profile tells in words, and its last posts.
    pub(super) told: Told,
    /// The study's seed.
    pub(super) seed: u64,
    /// Whether any profile counts posts.
    pub(super) profiles_count: bool,
}

impl<'a> Traits<'a> {
    pub(super) fn read(study: &Study, network: &'a Network, frame: &'a Frame, progress: &Progress) -> Result<Self> {
        let units = frame.units.len();
        let said = said(study, network, frame, progress)?;
        let mut traits = Self {
            network,
            frame,
            max_followers: i64::try_from(study.settings.frame.max_followers).unwrap_or(i64::MAX),
            growth: Growth::read(study, network, frame)?,
            end: network.profiles.newest().or(said.written.latest),
            language: said.language,
            created: Labels::default(),
            status: statuses(study, network, frame)?,
            has_posts: said.written.habits.iter().map(|habit| habit.posts > 0).collect(),
            written: said.written,
            seed: study.settings.seed,
            profiles_count: false,
            told: Told::read(study, network, frame, progress)?,
        };
        let mut created = Gathered::new(units);
        for unit in 0..units {
            created.set(unit, traits.created_at(unit).and_then(year).as_deref());
        }
        traits.created = created.sorted();
        traits.profiles_count = (0..units).any(|unit| traits.posts(unit).is_some());
        Ok(traits)
    }

    /// How many accounts there are.
    pub(super) fn units(&self) -> usize {
        self.frame.units.len()
    }

    pub(super) fn profile(&self, unit: usize) -> Option<Profile<'a>> {
        self.network.profiles.get(self.frame.units[unit].account)
    }

    /// The number of posts is that of the day the profile was seen.
    fn seen(&self, profile: &Profile<'_>) -> Option<Micros> {
        profile.observed_at.or(self.end)
    }

    /// The day the newest profile was seen.
    pub(super) fn newest(&self) -> Option<Micros> {
        self.network.profiles.newest()
    }

    /// When an account was created, where that can be true.
    pub(super) fn created_at(&self, unit: usize) -> Option<Micros> {
        let profile = self.profile(unit)?;
        let seen = self.seen(&profile);
        when::in_range(profile.created_at?).ok().filter(|created| seen.is_none_or(|seen| *created <= seen))
    }

    /// Days since its creation when it was seen.
    pub(super) fn age(&self, unit: usize) -> Option<f64> {
        let profile = self.profile(unit)?;
        days(profile.created_at?, self.seen(&profile)?)
    }

    /// Followers for each account that it follows.
    pub(super) fn ratio(&self, unit: usize) -> Option<f64> {
        Some(self.followers(unit)? / self.following(unit).filter(|n| *n > 0.0)?)
    }

    /// How much an account posted: over its life, as its profile counts it; where no profile counts, what was collected.
    pub(super) fn volume(&self, unit: usize) -> Option<f64> {
        if self.profiles_count {
            return self.posts(unit);
        }
        let posts = self.written.habits[unit].posts;
        (posts > 0).then(|| f64::from(posts))
    }

    pub(super) fn calls_itself_a_bot(&self, unit: usize) -> Option<bool> {
        self.profile(unit)?.bot
    }

    pub(super) fn posts(&self, unit: usize) -> Option<f64> {
        count(self.profile(unit)?.posts)
    }

    pub(super) fn posts_a_day(&self, unit: usize) -> Option<f64> {
        let profile = self.profile(unit)?;
        Some(count(profile.posts)? / days(profile.created_at?, self.seen(&profile)?)?)
    }

    pub(super) fn followers(&self, unit: usize) -> Option<f64> {
        count(self.profile(unit)?.followers)
    }

    pub(super) fn following(&self, unit: usize) -> Option<f64> {
        count(self.profile(unit)?.following)
    }
}

/// What was kept of posts and descriptions, or is found in them now and kept.
fn said(study: &Study, network: &Network, frame: &Frame, progress: &Progress) -> Result<Said> {
    const NAME: &str = "said";
    const TABLES: [Table; 2] = [Table::Frame, Table::Posts];
    let units = frame.units.len();
    if let Some(bytes) = kept::load(study, network, NAME, &TABLES)?
        && let Some(said) = Said::from_bytes(&bytes, units)
    {
        return Ok(said);
    }
    let positions = frame.positions(network.ids.len());
    let at = |account: u32| positions.of(account);
    let written = Written::read(&study.store, units, network, &at, progress)?;
    let language = languages(&written, network, frame, at)?;
    let said = Said { language, written };
    kept::save(study, network, NAME, &TABLES, &said.to_bytes())?;
    Ok(said)
}

fn count(number: Option<i64>) -> Option<f64> {
    number.filter(|n| *n >= 0).map(|n| n as f64)
}

/// Days that an account had lived when it was seen, at least one; none where it was seen before it was created.
fn days(created: Micros, seen: Micros) -> Option<f64> {
    let created = when::in_range(created).ok()?;
    (created <= seen).then(|| ((seen - created) as f64 / DAY).max(1.0))
}

fn year(at: Micros) -> Option<String> {
    Some(Timestamp::from_microsecond(at).ok()?.to_zoned(TimeZone::UTC).year().to_string())
}

/// The latest status of each account; of two at the same time, the one written later. An account whose profile was
/// seen was active then. None of any account where the study has no statuses.
fn statuses(study: &Study, network: &Network, frame: &Frame) -> Result<Labels> {
    let units = frame.units.len();
    if study.store.parts(Table::Statuses)?.is_empty() {
        return Ok(Gathered::new(units).sorted());
    }
    // A time that is not known is before all others.
    let moment = |at: Option<Micros>| at.map_or(Micros::MIN, |at| at.max(Micros::MIN + 1));
    let (mut latest, mut times, mut any) = (Gathered::new(units), vec![Micros::MIN; units], false);
    for (unit, of) in frame.units.iter().enumerate() {
        if let Some(profile) = network.profiles.get(of.account) {
            latest.set(unit, Some("active"));
            times[unit] = moment(profile.observed_at);
        }
    }
    let mut position = frame.lookup(&network.ids);
    study.store.read(Table::Statuses, &["account", "status", "at"], |batch| {
        let b = Batch(batch);
        let (account, status, at) = (b.text("account")?, b.text("status")?, b.time("at")?);
        for (row, at) in at.iter().enumerate() {
            let Some(unit) = position.find(account.value(row)) else { continue };
            let Some(status) = clean(status.value(row)) else { continue };
            any = true;
            if latest.of[unit] == Labels::NONE || moment(at) >= times[unit] {
                latest.set(unit, Some(&status));
                times[unit] = moment(at);
            }
        }
        Ok(())
    })?;
    Ok(if any { latest.sorted() } else { Gathered::new(units).sorted() })
}

/// The language that each account writes in.
fn languages(
    written: &Written,
    network: &Network,
    frame: &Frame,
    position: impl Fn(u32) -> Option<usize> + Sync,
) -> Result<Labels> {
    let posts = |unit: usize| {
        let label = |number: u32| written.languages.labels[number as usize].as_str();
        let uses = written.languages.uses(unit).iter();
        uses.flat_map(move |&(number, times)| std::iter::repeat_n((Some(label(number)), None), times as usize))
    };
    let language = |unit: usize, description: Option<&str>| {
        let profile = network.profiles.get(frame.units[unit].account);
        text::account_language(profile.and_then(|p| p.lang), description, posts(unit))
    };
    let units = frame.units.len();
    let mut languages = Gathered::new(units);
    for start in (0..units).step_by(ROWS) {
        let some: Vec<Option<String>> =
            (start..units.min(start + ROWS)).into_par_iter().map(|unit| language(unit, None)).collect();
        (start..).zip(some).for_each(|(unit, language)| languages.set(unit, language.as_deref()));
    }
    network.profiles.texts(&network.ids, &["description"], |found| {
        let told = found.par_iter().filter_map(|(account, texts)| {
            let unit = position(*account).filter(|_| texts.description.is_some())?;
            Some((unit, language(unit, texts.description)))
        });
        let told: Vec<(usize, Option<String>)> = told.collect();
        told.into_iter().for_each(|(unit, language)| languages.set(unit, language.as_deref()));
        Ok(())
    })?;
    Ok(languages.sorted())
}
