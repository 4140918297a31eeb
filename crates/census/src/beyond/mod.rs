//! beyond: how many members lie outside of the frame.
//!
//! No crawl reaches everybody. Lists of members from sources that are independent of the crawl (a keyword stream, a
//! second set of seeds, reports) tell of those it missed. The answer is the frame's design-based total and, added to it,
//! what the lists say of those outside:
//!
//! - of two or more lists, a doubly robust capture–recapture among the listed members outside of the frame ([`outside`]).
//!   It assumes the lists independent of each other, given what is known of an account, and only there; nothing about
//!   the crawl;
//! - of one list, or where too few are on both, the frame stands in for the other ([`coverage`]). It assumes the list
//!   independent of the crawl, given what is known of an account.
//!
//! Lists mostly resemble each other, and then the answer is too low: at odds ratio 1 it is a lower bound, and it is given
//! as a range over odds ratios that the study states. Other estimators and checks stand beside it.

use std::collections::BTreeMap;

use netcensus_stats::capture::{Size, dependence};
use netcensus_stats::total::Batch;
use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::frame::Frame;
use crate::network::Network;
use crate::study::{self, Study};
use crate::{Error, Result};

mod beside;
mod checks;
mod coverage;
mod known;
mod outside;
pub mod trial;

/// Why there is no answer without lists.
const NO_LISTS: &str = "No list of members from a source independent of the crawl was given, so nothing can be said of \
                        members outside of the frame.";
/// Most lists that a study may give.
const MOST_LISTS: usize = 16;
/// Points of the curve over the odds ratio.
const CURVE: usize = 9;

/// How many members there are in all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beyond {
    /// The lists.
    pub lists: Vec<ListSummary>,
    /// Listed members outside of the frame, each once.
    pub listed_outside: usize,
    /// What the answer assumes.
    pub assumes: String,
    /// Members outside of the frame when the lists are independent (odds ratio 1): a lower bound.
    pub outside: Figure,
    /// Members in all when the lists are independent (odds ratio 1): a lower bound.
    pub lower_bound: Figure,
    /// The range of odds ratios that the study states.
    pub odds_ratio: [f64; 2],
    /// Members in all at the smallest and at the largest of them. The answer runs from the first one's lower end to the
    /// second one's upper end.
    pub range: [Figure; 2],
    /// Members in all, by odds ratio.
    pub curve: Vec<AtOddsRatio>,
    /// Members in all by other estimators.
    pub beside: Vec<Named>,
    /// The odds ratio that would make the lists tell the frame's total right inside the frame, where that is known.
    pub inside_odds_ratio: Option<Figure>,
    /// Cross-checks.
    pub checks: Vec<Check>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
}

/// A list in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSummary {
    /// Its name.
    pub name: String,
    /// Members on it.
    pub members: usize,
    /// Of these, in the frame.
    pub in_frame: usize,
    /// Of these, not in the study's network at all.
    pub not_in_network: usize,
}

/// The total at one odds ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtOddsRatio {
    /// The odds ratio between the lists, given what is known of an account.
    pub odds_ratio: f64,
    /// Members in all.
    pub total: Figure,
}

/// A figure with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// Which estimator.
    pub name: String,
    /// What it says.
    pub figure: Figure,
}

/// A cross-check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Which.
    pub name: String,
    /// What it says.
    pub figure: Figure,
    /// What the study answers to the same question.
    pub answer: Figure,
    /// (check − answer) / answer.
    pub relative_difference: f64,
    /// Whether the two intervals meet.
    pub agrees: bool,
    /// How to read it.
    pub says: String,
}

/// Everything that the answer is made from.
struct Inputs<'a> {
    network: &'a Network,
    frame: &'a Frame,
    known: &'a known::Known,
    /// The labelled frame.
    batches: &'a [Batch],
    /// Members in the frame.
    inside: &'a Figure,
    level: f64,
}

/// Members in all: those in the frame, and what an estimator says of those outside. The two errors are independent, so
/// their distances to the limits are joined by square and add (MOVER; Zou & Donner 2008).
fn joined(inside: &Figure, outside: &Size, labels: usize, method: &str) -> Figure {
    let value = inside.value + outside.value;
    let below = (inside.value - inside.low).hypot(outside.value - outside.low);
    let above = (inside.high - inside.value).hypot(outside.high - outside.value);
    // No fewer than the frame's least and those that are known outside.
    let low = (value - below).max(inside.low + outside.seen);
    Figure { value, low, high: value + above, labels, method: method.into() }
}

/// The part of the answer that the lists give, and the words for it.
struct Capture {
    outside: Size,
    method: String,
    assumes: String,
    notes: Vec<String>,
    labels: usize,
}

/// The answer from whatever the lists can carry: fewest assumptions first.
fn capture(inputs: &Inputs<'_>) -> Result<Capture> {
    let first = if inputs.known.names.len() >= 2 { outside::two_lists(inputs) } else { Ok(None) };
    match first? {
        Some(capture) => Ok(capture),
        None => coverage::one_list(inputs),
    }
}

/// The answer for a study's lists.
fn answer(inputs: &Inputs<'_>, odds_ratio: [f64; 2]) -> Result<Beyond> {
    let found = capture(inputs)?;
    let total = |size: &Size, words: &str| joined(inputs.inside, size, found.labels, words);
    let figure = |size: &Size| Figure {
        value: size.value,
        low: size.low,
        high: size.high,
        labels: found.labels,
        method: found.method.clone(),
    };
    let [from, to] = odds_ratio;
    let range = dependence::range(&found.outside, from, to, CURVE, inputs.level)?;
    let at = |odds_ratio: f64| format!("frame total and {}, odds ratio {odds_ratio:.2}", found.method);
    let curve =
        range.curve.iter().map(|p| AtOddsRatio { odds_ratio: p.odds_ratio, total: total(&p.size, &at(p.odds_ratio)) });
    Ok(Beyond {
        lists: inputs.known.summaries(inputs),
        listed_outside: inputs.known.outside(inputs).len(),
        outside: figure(&found.outside),
        lower_bound: total(&found.outside, &at(1.0)),
        odds_ratio,
        range: [total(&range.low, &at(from)), total(&range.high, &at(to))],
        curve: curve.collect(),
        beside: beside::others(inputs)?,
        inside_odds_ratio: beside::inside_odds_ratio(inputs)?,
        checks: Vec::new(),
        assumes: found.assumes,
        notes: found.notes,
    })
}

/// The answer for a study, or why there is none.
pub fn of_study(
    study: &Study,
    network: &Network,
    frame: &Frame,
    batches: &[Batch],
    inside: &Figure,
) -> Result<(Option<Beyond>, Option<String>)> {
    let settings = &study.settings;
    if settings.beyond.lists.is_empty() {
        return Ok((None, Some(NO_LISTS.into())));
    }
    let mut lists = Vec::new();
    for list in &settings.beyond.lists {
        lists.push((list.name.clone(), study::read_seeds(&study.root().join(&list.file))?));
    }
    let known = known::Known::new(network, &lists)?;
    let inputs = Inputs { network, frame, known: &known, batches, inside, level: settings.estimate.level };
    if known.on.is_empty() {
        return Err(Error::usage("none of the lists in study.toml names anybody")
            .help("write ids of known members below `id`, one a line, or take beyond.lists out of study.toml"));
    }
    let mut beyond = match answer(&inputs, settings.beyond.odds_ratio) {
        Ok(beyond) => beyond,
        Err(e) => {
            let why = std::error::Error::source(&e).map(|s| format!(" ({s})")).unwrap_or_default();
            return Ok((None, Some(format!("The lists are too short or overlap too little for an answer: {e}{why}."))));
        }
    };
    beyond.checks = checks::all(&inputs, &beyond, settings)?;
    Ok((Some(beyond), None))
}

/// What the lists hold, for whoever must know whether they changed.
pub fn fingerprint(study: &Study) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for list in &study.settings.beyond.lists {
        for id in study::read_seeds(&study.root().join(&list.file))? {
            hasher.update(id.as_bytes()).update(b"\0");
        }
        hasher.update(b"\0");
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// Refuses settings that cannot work.
pub(crate) fn check(settings: &study::Beyond) -> bool {
    let [from, to] = settings.odds_ratio;
    let mut names = BTreeMap::new();
    settings.lists.iter().for_each(|l| *names.entry(l.name.trim()).or_insert(0) += 1);
    let named = names.iter().all(|(name, n)| !name.is_empty() && *n == 1);
    from.is_finite()
        && to.is_finite()
        && (0.1..=100.0).contains(&from)
        && (from..=100.0).contains(&to)
        && settings.lists.len() <= MOST_LISTS
        && named
}
