//! `out/sites.json`: aggregates alone. Which site lives and which is gone lies in `work.db`.

use netcensus_stats::domain::Members;
use netcensus_stats::total::Batch;
use serde::{Deserialize, Serialize};

use super::life::{Lifetimes, Lived, cells, lifetimes};
use super::pushed::{Push, Pushed};
use super::{Listed, Who};
use crate::describe::name_somebody;
use crate::figure::Figure;
use crate::network::Network;
use crate::study::{self, Study};
use crate::{Error, Result};

/// Sites that are shown.
const MOST: usize = 50;
/// A cell that rests on fewer labelled members says more of these than of the group.
const FEWEST_LABELLED: usize = 3;

const METHOD: &str = "share of members with posts, model-assisted, linearised";

/// `out/sites.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sites {
    /// The study's name.
    pub study: String,
    /// Whether any label came from a simulated coder.
    pub simulated: bool,
    /// Different sites that accounts taken for members push.
    pub pushed: usize,
    /// Of these, on the list to check.
    pub listed: usize,
    /// Those that enough of these accounts push, the most pushed first.
    pub most_pushed: Vec<Shown>,
    /// How many sites are left out of it: pushed by too few, by too few who are labelled, named as an account
    /// is, or less than the first 50.
    pub suppressed: usize,
    /// What the latest checks found, by state.
    pub states: Counts,
    /// What the sites that were there are made with, by name; a site can have several.
    pub software: Counts,
    /// How the sites that are gone went.
    pub gone: Counts,
    /// How long sites live.
    pub lifetimes: Lifetimes,
    /// What a reader should know.
    pub note: String,
}

/// A site that many push.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Its name.
    pub site: String,
    /// How many accounts taken for members push it.
    pub accounts: usize,
    /// In how many of their collected posts.
    pub posts: u64,
    /// The share of all members who do; none where the study has no labels or scores.
    pub share: Option<Figure>,
}

/// Numbers of sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The largest first.
    pub rows: Vec<(String, usize)>,
    /// Rows that are left out because they hold too few sites, or would tell of such a row.
    pub suppressed: usize,
}

impl Counts {
    fn of(words: impl Iterator<Item = String>, fewest: usize, whole: bool) -> Self {
        let (rows, suppressed) = cells(words, fewest, whole);
        Self { rows, suppressed }
    }
}

/// Writes what may be published.
pub(super) fn publish(
    study: &Study,
    network: &Network,
    pushed: &Pushed,
    listed: &[Listed],
    who: &Who<'_>,
    batches: &[Batch],
) -> Result<Sites> {
    let level = study.settings.estimate.level;
    let fewest = study.settings.publish.min_cell.max(1) as usize;
    let by_members = |push: &Push| push.by.iter().filter(|(unit, _)| who.members[*unit as usize]).count();
    let mut often: Vec<(&Push, usize)> = pushed.sites.iter().map(|push| (push, by_members(push))).collect();
    often.retain(|(_, accounts)| *accounts > 0);
    let all = often.len();
    often.retain(|(_, accounts)| *accounts >= fewest);
    let names: Vec<&str> = often.iter().map(|(push, _)| push.site.as_str()).collect();
    let mut named = name_somebody(network, &names)?.into_iter();
    often.retain(|_| !named.next().unwrap_or(true));
    often.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.site.cmp(&b.0.site)));
    let members = if batches.is_empty() { None } else { Some(Members::new(batches)?) };
    let labelled = |unit: usize| batches.iter().any(|b| b.units[unit].label.is_some_and(|y| y > 0.5));
    let mut most_pushed = Vec::new();
    for (push, accounts) in often {
        if most_pushed.len() >= MOST {
            break;
        }
        let posts = push.by.iter().filter(|(u, _)| who.members[*u as usize]).map(|(_, n)| u64::from(*n)).sum();
        let mut share = None;
        if let Some(members) = &members {
            let mut property: Vec<Option<bool>> = pushed.has_posts.iter().map(|has| has.then_some(false)).collect();
            push.by.iter().for_each(|(unit, _)| property[*unit as usize] = Some(true));
            let estimate: f64 = push.by.iter().map(|(unit, _)| members.weights[*unit as usize]).sum();
            let labels = push.by.iter().filter(|(unit, _)| labelled(*unit as usize)).count();
            if estimate + 1e-6 < fewest as f64 || labels < FEWEST_LABELLED {
                continue;
            }
            share = members.share(&property, level)?.map(|r| Figure {
                value: r.value,
                low: r.low,
                high: r.high,
                labels: r.labels,
                method: METHOD.into(),
            });
        }
        most_pushed.push(Shown { site: push.site.clone(), accounts, posts, share });
    }
    let lives: Vec<Lived> = listed.iter().filter_map(|l| Some((l.first_pushed, l.life?))).collect();
    let there = |l: &&Listed| l.life.is_some_and(|life| life.now.means() == super::Means::There);
    let sites = Sites {
        study: study.settings.name.clone(),
        simulated: who.simulated,
        pushed: all,
        listed: listed.len(),
        suppressed: all - most_pushed.len(),
        most_pushed,
        states: Counts::of(lives.iter().map(|(_, l)| l.now.name().to_owned()), fewest, true),
        software: Counts::of(listed.iter().filter(there).flat_map(|l| l.software.clone()), fewest, false),
        gone: Counts::of(lives.iter().filter_map(|(_, l)| Some(l.gone?.name().to_owned())), fewest, true),
        lifetimes: published(lifetimes(&lives, fewest, level)?, fewest),
        note: note(pushed.full, study.settings.sites.min_accounts),
    };
    let json = serde_json::to_vec_pretty(&sites).map_err(|e| Error::bug("the sites cannot be written").because(e))?;
    study::write(&study.out().join("sites.json"), &json)?;
    Ok(sites)
}

/// Without figures that rest on a few sites.
fn published(mut lifetimes: Lifetimes, fewest: usize) -> Lifetimes {
    if lifetimes.ended < fewest && lifetimes.from.is_some() {
        let why = "too few sites ended for figures to be published".into();
        lifetimes =
            Lifetimes { from: None, median: None, median_of_all: None, alive: Vec::new(), method: why, ..lifetimes };
    }
    lifetimes
}

fn note(full: bool, min_accounts: u64) -> String {
    let mut note = format!(
        "Sites by host, in collected posts only, which are recent ones of accounts that were there; shortened links count \
         for the shortener. On the list to check are those that at least {min_accounts} accounts taken for members push, \
         without sites that everybody links to. Ages count from the first collected post that pushed a site."
    );
    if full {
        note.push_str(" There were more links than are counted.");
    }
    note
}
