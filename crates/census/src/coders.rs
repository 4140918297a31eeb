//! Coders err: how far they agree, how often gold items show them wrong, and what that does to the answer.
//!
//! Gold items are drawn accounts that an expert, the coder named `gold`, answered, too. They are chosen by score alone,
//! never by what coders said, so that the share of gold members called members is the coders' sensitivity. The number of
//! members is then estimated from what coders said everywhere, gold items included, and corrected by their rates.
//! Gold's answers still count as the accounts' own for the scores and the portrait.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use netcensus_stats::agreement::{Coefficient, cohen_kappa, krippendorff_alpha};
use netcensus_stats::coders::{Accuracy, Limits, Rate, correct};
use netcensus_stats::design::{mixed_probabilities, pivotal};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::estimate::{Agreement, Coder, Members};
use crate::figure::Figure;
use crate::frame::Frame;
use crate::label::{self, ADJUDICATOR, Answer, Coded, GOLD, Summary};
use crate::network::Network;
use crate::sample::{self, Draw};
use crate::study::Study;
use crate::{Error, Result};

/// Resamples behind the interval of alpha.
const RESAMPLES: usize = 1000;
/// The share of gold items that is drawn whatever the score.
const ANY_SCORE: f64 = 0.2;

/// Whether the coders' mistakes are in the answer's interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CoderError {
    /// No gold: the answer stands as coded, and its interval holds the chance of the draw alone.
    NotMeasured,
    /// The answer is corrected, and its interval holds the doubt about the coders, too.
    Carried {
        /// The share of members whom the answer that counts calls members.
        sensitivity: Figure,
        /// The share of others whom it calls others; none where the adjudicator confirmed every member found.
        specificity: Option<Figure>,
        /// What the coders' answers say as they stand.
        as_coded: Box<AsCoded>,
    },
    /// There is gold, but no correction by it: the answer stands as coded.
    Refused {
        /// Why.
        reason: String,
    },
}

/// The answers without correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AsCoded {
    /// Unsure counts as not.
    pub floor: Figure,
    /// Unsure counts as its score says.
    pub best: Figure,
    /// Unsure counts as member.
    pub ceiling: Figure,
}

/// How far the coders agree: each pair by Cohen's kappa, all of them by Krippendorff's alpha. The adjudicator, who sees
/// what is disputed, and gold are not among them.
pub fn agreement(coded: &Coded, level: f64, seed: u64) -> Result<(Vec<Agreement>, Option<Figure>)> {
    let apart = |name: &str| ![GOLD, ADJUDICATOR].contains(&name);
    let mut pairs: BTreeMap<[&str; 2], Vec<(Answer, Answer)>> = BTreeMap::new();
    let mut items: Vec<Vec<Answer>> = Vec::new();
    for of in coded.given.values() {
        let of: Vec<(&str, Answer)> = of.iter().filter(|(c, _)| apart(c)).map(|(c, a)| (c.as_str(), *a)).collect();
        for (i, (a, x)) in of.iter().enumerate() {
            of[i + 1..].iter().for_each(|(b, y)| pairs.entry([*a, *b]).or_default().push((*x, *y)));
        }
        if of.len() > 1 {
            items.push(of.into_iter().map(|(_, a)| a).collect());
        }
    }
    let figure = |c: Coefficient, method: &str| Figure {
        value: c.value,
        low: c.low,
        high: c.high,
        labels: c.items,
        method: method.into(),
    };
    let mut agreement = Vec::new();
    for (coders, pairs) in pairs {
        let kappa = cohen_kappa(&pairs, level)?.map(|c| figure(c, "Cohen's kappa, large-sample interval"));
        agreement.push(Agreement { coders: coders.map(str::to_owned), items: pairs.len(), kappa });
    }
    let alpha = krippendorff_alpha(&items, level, RESAMPLES, &mut sample::random(seed, "alpha", 0))?;
    Ok((agreement, alpha.map(|c| figure(c, "Krippendorff's alpha, bootstrap over items"))))
}

/// Who coded, each with the rates that gold shows; an undecided answer, the coder's or gold's, is in neither.
pub fn coders(coded: &Coded, level: f64) -> Result<Vec<Coder>> {
    let mut coders = coded.coders.clone();
    for coder in coders.iter_mut().filter(|c| c.name != GOLD) {
        let of_coder = coded.given.values().filter_map(|of| pair(*of.get(GOLD)?, *of.get(&coder.name)?));
        let Accuracy { sensitivity, specificity } = Accuracy::from_gold(of_coder);
        coder.sensitivity = rate(&sensitivity, level)?;
        coder.specificity = specificity.map_or(Ok(None), |s| rate(&s, level))?;
    }
    Ok(coders)
}

/// Truth and answer, where both are decided.
fn pair(truth: Answer, answer: Answer) -> Option<(bool, bool)> {
    let is = |a: Answer| a.certain().map(|y| y > 0.5);
    is(truth).zip(is(answer))
}

fn rate(rate: &Rate, level: f64) -> Result<Option<Figure>> {
    let (low, high) = rate.limits(level)?;
    let labels = usize::try_from(rate.items).unwrap_or(usize::MAX);
    Ok(rate.share().map(|value| Figure { value, low, high, labels, method: "gold items, mid-p limits".into() }))
}

/// Corrects the answers for coder error, where gold measures it.
///
/// ```text
/// T = K + (T* − K − (1−sp)·M)/(se + sp − 1)      per answer, within its own limits: see netcensus_stats::coders
/// ```
///
/// K are the seeds, whom nobody codes; M the others of the frame less those that coders would be unsure about, as
/// ceiling less floor says; these are in an answer as they were before. se and sp are the rates of the answer that would
/// count without gold, whoever gave it, among items that both decided.
pub fn carry(members: &mut Members, frame: &Frame, coded: &Coded, level: f64) -> Result<CoderError> {
    let gold: Vec<(bool, bool)> = coded
        .given
        .iter()
        .filter(|(_, of)| of.len() > 1)
        .filter_map(|(unit, of)| pair(*of.get(GOLD)?, coded.as_coded[*unit]?))
        .collect();
    if gold.is_empty() {
        return Ok(CoderError::NotMeasured);
    }
    let mut accuracy = Accuracy::from_gold(gold.iter().copied());
    if confirmed(coded) && !gold.contains(&(false, true)) {
        accuracy.specificity = None;
    }
    let as_coded = Box::new(AsCoded {
        floor: members.floor.clone(),
        best: members.best.clone(),
        ceiling: members.ceiling.clone(),
    });
    let seeds = frame.units.iter().filter(|u| u.wave == 0).count() as f64;
    let bounds = bounds(frame, coded);
    let open = as_coded.ceiling.value - as_coded.floor.value;
    let units = (frame.units.len() as f64 - seeds - open).max(0.0);
    let one = |figure: &Figure| -> Result<Figure, netcensus_stats::Error> {
        let beside = seeds + figure.value - as_coded.floor.value;
        let value = (figure.value - beside).clamp(0.0, units);
        let of = Limits {
            value,
            low: (figure.low - beside).clamp(0.0, value),
            high: (figure.high - beside).clamp(value, units),
        };
        let found = correct(of, units, &accuracy, level)?;
        let shown = |v: f64| (v + beside).clamp(bounds.0, bounds.1);
        Ok(Figure {
            value: shown(found.value),
            low: shown(found.low),
            high: shown(found.high),
            labels: figure.labels,
            method: format!("{}; corrected for coder error by {} gold items (Rogan–Gladen)", figure.method, gold.len()),
        })
    };
    let corrected = one(&as_coded.floor).and_then(|f| Ok((f, one(&as_coded.best)?, one(&as_coded.ceiling)?)));
    let (floor, best, ceiling) = match corrected {
        Ok(answers) => answers,
        Err(e @ (netcensus_stats::Error::NoInformation | netcensus_stats::Error::Contradiction)) => {
            return Ok(CoderError::Refused { reason: e.to_string() });
        }
        Err(e) => return Err(e.into()),
    };
    let share = |v: f64| v / frame.units.len() as f64;
    members.prevalence =
        Figure { value: share(best.value), low: share(best.low), high: share(best.high), ..best.clone() };
    (members.floor, members.best, members.ceiling) = (floor, best, ceiling);
    Ok(CoderError::Carried {
        sensitivity: rate(&accuracy.sensitivity, level)?.ok_or_else(|| Error::bug("a rate without items"))?,
        specificity: accuracy.specificity.map_or(Ok(None), |s| rate(&s, level))?,
        as_coded,
    })
}

/// Whether the adjudicator looked at every account that counts as a member as coded: then no false one is left but
/// the adjudicator's own.
fn confirmed(coded: &Coded) -> bool {
    let mut found = coded.given.iter().filter(|(unit, _)| coded.as_coded[**unit] == Some(Answer::Member)).peekable();
    found.peek().is_some() && found.all(|(_, of)| of.contains_key(ADJUDICATOR))
}

/// Members known for certain, and the frame less those known not to be: seeds and gold.
fn bounds(frame: &Frame, coded: &Coded) -> (f64, f64) {
    let seed = |i: usize| frame.units[i].wave == 0;
    let known = |wanted: Answer| {
        coded.given.iter().filter(|(i, of)| !seed(**i) && of.get(GOLD) == Some(&wanted)).count() as f64
    };
    let seeds = (0..frame.units.len()).filter(|&i| seed(i)).count() as f64;
    (seeds + known(Answer::Member), frame.units.len() as f64 - known(Answer::Not))
}

/// Chooses accounts to become gold among those with an answer and without gold's: half where the scores expect
/// members, half where they expect none, a fifth of each whatever the score.
///
/// The choice must not know what coders said, or it bends their rates. An account's score comes from a model that did not
/// see its answer, nor those of its batch and fold; but models of other folds did, and a fold with many positive answers
/// raises the others' scores. So scores are compared within batch and fold alone.
pub fn choose(
    draws: &[Draw],
    scores: &[Vec<f64>],
    folds: &[u8],
    coded: &Coded,
    items: usize,
    seed: u64,
) -> Result<Vec<usize>> {
    let is_gold = |unit: &usize| coded.given.get(unit).is_some_and(|of| of.contains_key(GOLD));
    let mut open: Vec<Candidate> = Vec::new();
    for (batch, (draw, of)) in draws.iter().zip(scores).enumerate() {
        let labelled = draw.drawn.iter().filter(|i| coded.as_coded[**i].is_some() && !is_gold(i));
        open.extend(labelled.map(|&unit| Candidate {
            unit,
            score: of[unit],
            group: (batch, usize::from(folds[unit])),
        }));
    }
    if open.is_empty() {
        return Err(Error::usage("there is no labelled account that could become gold")
            .help("label the sample first, and bring the study up to date: netcensus run"));
    }
    let mut random = sample::random(seed, "gold", (coded.given.len() - open.len()) as u32);
    let mut chosen = BTreeSet::new();
    for (part, likely) in [(items - items / 2, true), (items / 2, false)] {
        let left: Vec<&Candidate> = open.iter().filter(|c| !chosen.contains(&c.unit)).collect();
        let size = |c: &Candidate| if likely { c.score } else { 1.0 - c.score };
        let mut groups: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
        for c in &left {
            let (sum, count) = groups.entry(c.group).or_default();
            (*sum, *count) = (*sum + size(c), *count + 1.0);
        }
        let relative =
            |c: &&Candidate| groups.get(&c.group).map_or(0.0, |(sum, count)| size(c) * count / sum.max(1e-9));
        let sizes: Vec<f64> = left.iter().map(relative).collect();
        let probabilities = mixed_probabilities(&sizes, part.min(left.len()), ANY_SCORE)?;
        chosen.extend(pivotal(&probabilities, &mut random).into_iter().map(|k| left[k].unit));
    }
    let mut chosen: Vec<usize> = chosen.into_iter().collect();
    chosen.shuffle(&mut random);
    Ok(chosen)
}

/// A labelled account that could become gold.
struct Candidate {
    unit: usize,
    score: f64,
    /// Batch and fold: whose answers its score did not see.
    group: (usize, usize),
}

/// Writes accounts for the expert to answer as `gold` to a CSV file, without what coders said.
pub fn export(study: &Study, network: &Network, frame: &Frame, chosen: &[usize], file: &Path) -> Result<usize> {
    label::write_accounts(study, network, frame, chosen, file)?;
    study.work.audit("label gold", &format!("{} accounts", chosen.len()))?;
    Ok(chosen.len())
}

/// Writes the accounts that count as members as coded, and that the adjudicator has not seen, to a CSV file.
pub fn export_unconfirmed(
    study: &Study,
    network: &Network,
    frame: &Frame,
    coded: &Coded,
    file: &Path,
) -> Result<usize> {
    let open = |(unit, of): (&usize, &BTreeMap<String, Answer>)| {
        (coded.as_coded[*unit] == Some(Answer::Member) && !of.contains_key(ADJUDICATOR)).then_some(*unit)
    };
    let mut open: Vec<usize> = coded.given.iter().filter_map(open).collect();
    open.shuffle(&mut sample::random(study.settings.seed, "confirm", 0));
    label::write_accounts(study, network, frame, &open, file)?;
    study.work.audit("label confirm", &format!("{} accounts", open.len()))?;
    Ok(open.len())
}

/// Makes gold of accounts by the truth that the simulated coder of `study.toml` knows.
pub fn simulate(study: &mut Study, network: &Network, frame: &Frame, chosen: &[usize]) -> Result<Summary> {
    let truth = label::simulated_truth(study, network, frame, chosen)?;
    let row = |&unit: &usize| {
        let id = network.ids.name(frame.units[unit].account);
        let answer = match truth.get(id) {
            Some(true) => "member",
            Some(false) => "not",
            None => "cannot tell",
        };
        (id.to_owned(), answer.to_owned(), None)
    };
    let rows: Vec<_> = chosen.iter().map(row).collect();
    label::write(study, GOLD, true, &rows)?;
    Ok(Summary { labels: rows.len(), ..Summary::default() })
}
