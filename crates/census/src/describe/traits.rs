//! What the data says of each account of the frame.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rayon::prelude::*;

use super::names::clean;
use crate::Result;
use crate::frame::Frame;
use crate::network::Network;
use crate::profiles::Profile;
use crate::progress::Progress;
use crate::rows::{Batch, Micros, Post};
use crate::study::Study;
use crate::tables::Table;
use crate::text;
use crate::when;

/// Posts that are looked at together.
const CHUNK: usize = 8_192;
/// Different hashtags, domains, clients or languages kept of one account.
const MOST_EACH: usize = 100;
/// Different ones kept in all.
const MOST: usize = 2_000_000;
/// Hashtags or links of one post.
const MOST_A_POST: usize = 50;
const DAY: f64 = 86_400e6;

/// How often each account used which label.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The labels, by number.
    pub(super) labels: Vec<String>,
    /// Label and number of uses, account by account.
    pub(super) uses: Vec<Vec<(u32, u32)>>,
    /// Whether a limit was met, so that some uses are not counted.
    pub(super) full: bool,
    numbers: HashMap<String, u32>,
}

impl Tally {
    fn new(units: usize) -> Self {
        Self { uses: vec![Vec::new(); units], ..Self::default() }
    }

    fn add(&mut self, unit: usize, label: String) {
        let number = match self.numbers.get(&label) {
            Some(&number) => number,
            None if self.labels.len() < MOST && self.uses[unit].len() < MOST_EACH => {
                let number = self.labels.len() as u32;
                self.labels.push(label.clone());
                self.numbers.insert(label, number);
                number
            }
            None => {
                self.full = true;
                return;
            }
        };
        let uses = &mut self.uses[unit];
        match uses.iter().position(|(of, _)| *of == number) {
            Some(at) => uses[at].1 = uses[at].1.saturating_add(1),
            None if uses.len() < MOST_EACH => uses.push((number, 1)),
            None => self.full = true,
        }
    }

    /// The label an account used most; of several, the first by its letters.
    fn most(&self, unit: usize) -> Option<String> {
        let label = |number: u32| self.labels[number as usize].as_str();
        let best = self.uses[unit].iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| label(b.0).cmp(label(a.0))))?;
        Some(label(best.0).to_owned())
    }
}

/// One entry an account of the frame, in its order; `None` where the data says nothing.
pub(super) struct Traits {
    pub(super) language: Vec<Option<String>>,
    /// The year the account was created.
    pub(super) created: Vec<Option<String>>,
    pub(super) client: Vec<Option<String>>,
    /// The latest status.
    pub(super) status: Vec<Option<String>>,
    pub(super) posts: Vec<Option<f64>>,
    pub(super) posts_a_day: Vec<Option<f64>>,
    pub(super) followers: Vec<Option<f64>>,
    pub(super) following: Vec<Option<f64>>,
    /// Whether a post of the account was collected.
    pub(super) has_posts: Vec<bool>,
    pub(super) hashtags: Tally,
    pub(super) domains: Tally,
}

impl Traits {
    pub(super) fn read(study: &Study, network: &Network, frame: &Frame, progress: &Progress) -> Result<Self> {
        let positions = frame.positions(network.ids.len());
        let at = |account: u32| positions.of(account);
        let position = |id: &str| network.ids.get(id).and_then(at);
        let written = Written::read(study, frame.units.len(), position, progress)?;
        let profiles: Vec<Option<Profile<'_>>> = frame.units.iter().map(|u| network.profiles.get(u.account)).collect();
        let status = statuses(study, &profiles, position)?;
        let observed = network.profiles.newest();
        let end = observed.or(written.latest);
        let count = |v: Option<i64>| v.filter(|v| *v >= 0).map(|v| v as f64);
        let numbers = |of: fn(Profile<'_>) -> Option<i64>| profiles.iter().map(|p| count(p.and_then(of))).collect();
        // The number of posts is that of the day the profile was seen.
        let seen = |p: Profile<'_>| p.observed_at.or(end);
        Ok(Self {
            language: written.languages(network, &profiles, at)?,
            created: profiles.iter().map(|p| p.and_then(|p| year(p.created_at?, seen(p)))).collect(),
            client: (0..profiles.len()).map(|i| written.clients.most(i)).collect(),
            status,
            posts: numbers(|p| p.posts),
            posts_a_day: profiles
                .iter()
                .map(|p| p.and_then(|p| Some(count(p.posts)? / days(p.created_at?, seen(p)?)?)))
                .collect(),
            followers: numbers(|p| p.followers),
            following: numbers(|p| p.following),
            has_posts: written.posts.iter().map(|n| *n > 0).collect(),
            hashtags: written.hashtags,
            domains: written.domains,
        })
    }
}

/// Days that an account had lived when it was seen, at least one; none where it was seen before it was created.
fn days(created: Micros, seen: Micros) -> Option<f64> {
    let created = when::in_range(created).ok()?;
    (created <= seen).then(|| ((seen - created) as f64 / DAY).max(1.0))
}

/// The year of a time that can be true.
fn year(created: Micros, seen: Option<Micros>) -> Option<String> {
    let created = when::in_range(created).ok().filter(|c| seen.is_none_or(|seen| *c <= seen))?;
    Some(Timestamp::from_microsecond(created).ok()?.to_zoned(TimeZone::UTC).year().to_string())
}

/// The latest status of each account; of two at the same time, the one written later. An account whose profile was
/// seen was active then. None of any account where the study has no statuses.
fn statuses(
    study: &Study,
    profiles: &[Option<Profile<'_>>],
    position: impl Fn(&str) -> Option<usize>,
) -> Result<Vec<Option<String>>> {
    let seen = |p: &Option<Profile<'_>>| p.map(|p| (p.observed_at, "active".to_owned()));
    let mut latest: Vec<Option<(Option<Micros>, String)>> = profiles.iter().map(seen).collect();
    let mut any = false;
    study.store.read(Table::Statuses, &["account", "status", "at"], |batch| {
        let b = Batch(batch);
        let (account, status, at) = (b.text("account")?, b.text("status")?, b.time("at")?);
        for (row, at) in at.iter().enumerate() {
            let Some(unit) = position(account.value(row)) else { continue };
            let Some(status) = clean(status.value(row)) else { continue };
            any = true;
            if latest[unit].as_ref().is_none_or(|(before, _)| at >= *before) {
                latest[unit] = Some((at, status));
            }
        }
        Ok(())
    })?;
    Ok(latest.into_iter().map(|s| s.filter(|_| any).map(|(_, status)| status)).collect())
}

/// What the collected posts of each account hold.
struct Written {
    posts: Vec<u32>,
    latest: Option<Micros>,
    languages: Tally,
    clients: Tally,
    hashtags: Tally,
    domains: Tally,
}

/// What one post holds.
struct Found {
    unit: usize,
    language: Option<String>,
    client: Option<String>,
    hashtags: Vec<String>,
    domains: Vec<String>,
}

impl Written {
    fn read(
        study: &Study,
        units: usize,
        position: impl Fn(&str) -> Option<usize>,
        progress: &Progress,
    ) -> Result<Self> {
        let tally = || Tally::new(units);
        let mut written = Self {
            posts: vec![0; units],
            latest: None,
            languages: tally(),
            clients: tally(),
            hashtags: tally(),
            domains: tally(),
        };
        let mut seen: HashSet<u64> = HashSet::new();
        let mut chunk = Vec::with_capacity(CHUNK);
        study.store.posts(|post| {
            let Some(unit) = position(&post.author) else { return Ok(()) };
            // The tables only grow, and a crawl that was stopped may have fetched a post twice.
            if seen.insert(fingerprint(unit, &post.id)) {
                chunk.push((unit, post));
            }
            if chunk.len() >= CHUNK {
                progress.check()?;
                written.add(&chunk);
                chunk.clear();
            }
            Ok(())
        })?;
        written.add(&chunk);
        Ok(written)
    }

    /// Looks at posts on all threads, and counts in their order.
    fn add(&mut self, posts: &[(usize, Post)]) {
        let found: Vec<Found> = posts.par_iter().map(|(unit, post)| look(*unit, post)).collect();
        for post in found {
            let unit = post.unit;
            self.posts[unit] = self.posts[unit].saturating_add(1);
            post.language.into_iter().for_each(|l| self.languages.add(unit, l));
            post.client.into_iter().for_each(|c| self.clients.add(unit, c));
            post.hashtags.into_iter().for_each(|t| self.hashtags.add(unit, t));
            post.domains.into_iter().for_each(|d| self.domains.add(unit, d));
        }
        let times = posts.iter().filter_map(|(_, p)| p.created_at.and_then(|at| when::in_range(at).ok()));
        self.latest = self.latest.max(times.max());
    }

    fn languages(
        &self,
        network: &Network,
        profiles: &[Option<Profile<'_>>],
        position: impl Fn(u32) -> Option<usize> + Sync,
    ) -> Result<Vec<Option<String>>> {
        let posts = |unit: usize| {
            let label = |number: u32| self.languages.labels[number as usize].as_str();
            let uses = self.languages.uses[unit].iter();
            uses.flat_map(move |&(number, times)| std::iter::repeat_n((Some(label(number)), None), times as usize))
        };
        let language = |unit: usize, description: Option<&str>| {
            text::account_language(profiles[unit].and_then(|p| p.lang), description, posts(unit))
        };
        let mut languages: Vec<Option<String>> =
            (0..profiles.len()).into_par_iter().map(|unit| language(unit, None)).collect();
        network.profiles.texts(&network.ids, &["description"], |found| {
            let told = found.par_iter().filter_map(|(account, texts)| {
                let unit = position(*account).filter(|_| texts.description.is_some())?;
                Some((unit, language(unit, texts.description)))
            });
            let told: Vec<(usize, Option<String>)> = told.collect();
            told.into_iter().for_each(|(unit, language)| languages[unit] = language);
            Ok(())
        })?;
        Ok(languages)
    }
}

fn fingerprint(unit: usize, id: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(unit as u64).to_le_bytes()).update(id.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

fn look(unit: usize, post: &Post) -> Found {
    let words = post.text.as_deref();
    let hashtags = if post.tags.is_empty() {
        words.map(text::hashtags).unwrap_or_default()
    } else {
        post.tags.iter().take(MOST_A_POST).filter_map(|t| text::hashtag(t)).collect()
    };
    let from_text = if post.links.is_empty() { words.map(text::links).unwrap_or_default() } else { Vec::new() };
    let links = post.links.iter().chain(&from_text).take(MOST_A_POST);
    Found {
        unit,
        language: text::account_language(None, None, [(post.lang.as_deref(), words)]),
        client: post.client.as_deref().and_then(clean),
        hashtags: hashtags.iter().filter_map(|t| clean(t)).collect(),
        domains: links.filter_map(|l| text::domain(l)).filter_map(|d| clean(&d)).collect(),
    }
}
