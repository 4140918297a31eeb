//! replacement: which suspended accounts may have come back under a new name, proposed for a person to review.
//!
//! A new account is proposed as a gone one come back by the neighbours that they share, both ways, by their words, and by
//! when it was made. How many proposals are wrong is measured by decoys: members that are still there compete for the new
//! accounts as the gone do. Nothing is taken for true that nobody reviewed, and no pair leaves the study.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use netcensus_stats::interval::normal_quantile;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::label::inert;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::Micros;
use crate::study::{self, Study};
use crate::{Error, Result};

mod pairs;
#[cfg(test)]
mod tests;

use pairs::{Gone, Guess, New, alike, decoys, guess};

/// The reviews' part of `work.db`.
pub(crate) const MIGRATION: &str = include_str!("replacement/schema.sql");

const DAY: Micros = 86_400_000_000;
/// Largest review file that is read.
const LARGEST: u64 = 64 << 20;

/// How pairs are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// A new account may have been made so many days before the other was seen to be gone.
    pub days_before: u32,
    /// And so many after.
    pub days_after: u32,
    /// Pairs are proposed up to this estimated share of false ones.
    pub false_rate: f64,
}

impl Default for Search {
    fn default() -> Self {
        Self { days_before: 7, days_after: 120, false_rate: 0.05 }
    }
}

/// A proposed pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// The suspended account.
    pub gone: String,
    /// The new one.
    pub back: String,
    /// What speaks for it, 0 to 2.5.
    pub score: f64,
    /// Accounts that follow both.
    pub shared_followers: u32,
    /// Accounts that both follow.
    pub shared_following: u32,
    /// How far handles, names and descriptions are the same, 0 to 1.
    pub words: f64,
    /// Days from when the one was seen to be gone to when the other was made; below 0 for one held in store.
    pub days: f64,
    /// The share of the gone account's followers that follow the new one.
    pub regained: f64,
    /// The estimated share of false ones among the pairs that score as high.
    pub false_rate: f64,
}

/// What is published: `out/replacement.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Suspended accounts that could have come back.
    pub suspended: usize,
    /// Accounts made lately among which they were looked for.
    pub new: usize,
    /// Proposed pairs.
    pub proposed: usize,
    /// The share of the suspended that came back, by the proposals less the estimated false ones; none where it rests on
    /// too few.
    pub returned: Option<Figure>,
    /// Median days from being gone to being made anew, over the proposed; none where it rests on too few.
    pub median_days: Option<f64>,
    /// The mean share of followers regained, over the proposed; none where it rests on too few.
    pub regained: Option<f64>,
    /// Pairs that a person has looked at, and found false.
    pub reviewed: usize,
    /// Of these, found false.
    pub refuted: usize,
    /// The share of false pairs among the reviewed, with its interval; none before any review.
    pub false_rate: Option<Figure>,
}

/// Proposes pairs among a study's accounts, writes `out/replacement.json`.
pub fn replacement(
    study: &Study,
    network: &Network,
    search: Search,
    progress: &Progress,
) -> Result<(Vec<Pair>, Summary)> {
    if !(search.false_rate > 0.0 && search.false_rate <= 1.0) {
        return Err(Error::usage("the share of false pairs must be above 0 and at most 1"));
    }
    progress.begin("replacement", None);
    let lives = Lives::read(study, network)?;
    if lives.gone.is_empty() {
        return Err(Error::usage("no account of the study was seen to be suspended after it had been there")
            .help("statuses come from netcensus watch, or netcensus import"));
    }
    let (pairs, new) = propose(network, &lives, search)?;
    progress.end();
    let reviews = reviews(study)?;
    let summary = summarise(study, &lives, &pairs, new, &reviews)?;
    // A handful of pairs would say more of these accounts than of the group.
    let file = study.out().join("replacement.json");
    if summary.returned.is_some() {
        let json =
            serde_json::to_vec_pretty(&summary).map_err(|e| Error::bug("the answer cannot be written").because(e))?;
        study::write(&file, &json)?;
    } else if file.exists() {
        std::fs::remove_file(&file).map_err(|e| Error::disk(&file, e))?;
    }
    Ok((pairs, summary))
}

/// Who is gone and who is there, as the statuses say.
struct Lives {
    gone: Vec<Gone>,
    there: Vec<u32>,
}

impl Lives {
    fn read(study: &Study, network: &Network) -> Result<Self> {
        let mut seen: BTreeMap<u32, Vec<(Micros, bool)>> = BTreeMap::new();
        for status in study.store.statuses()? {
            let (Some(account), Some(at)) = (network.ids.get(&status.account), status.at) else { continue };
            match status.status.as_str() {
                "active" => seen.entry(account).or_default().push((at, false)),
                "suspended" => seen.entry(account).or_default().push((at, true)),
                _ => {}
            }
        }
        let (mut gone, mut there) = (Vec::new(), Vec::new());
        for (account, mut looks) in seen {
            looks.sort_unstable();
            let last_there = looks.iter().rposition(|(_, gone)| !gone);
            match looks.get(last_there.map_or(0, |i| i + 1)) {
                // Somebody never seen to be there has no neighbours that were seen.
                Some(&(since, _)) if last_there.is_some() => gone.push(Gone { account, since, decoy: false }),
                Some(_) => {}
                None => there.push(account),
            }
        }
        Ok(Self { gone, there })
    }
}

fn propose(network: &Network, lives: &Lives, search: Search) -> Result<(Vec<Pair>, usize)> {
    let (before, after) = (i64::from(search.days_before) * DAY, i64::from(search.days_after) * DAY);
    let first = lives.gone.iter().map(|g| g.since).min().unwrap_or(0).saturating_sub(before);
    let last = lives.gone.iter().map(|g| g.since).max().unwrap_or(0).saturating_add(after);
    let accounts = 0..network.ids.len() as u32;
    let new: Vec<New> = accounts
        .filter_map(|account| Some(New { account, made: network.profiles.get(account)?.created_at? }))
        .filter(|n| (first..=last).contains(&n.made))
        .collect();
    let lately: Vec<bool> = {
        let mut lately = vec![false; network.ids.len()];
        new.iter().for_each(|n| lately[n.account as usize] = true);
        lately
    };
    // A decoy must have been there before, as the gone were.
    let there: Vec<u32> = lives.there.iter().copied().filter(|a| !lately[*a as usize]).collect();
    let mut gone = lives.gone.clone();
    gone.extend(decoys(&network.graph, &lives.gone, &there));

    let mut texts: HashMap<u32, String> =
        gone.iter().map(|g| g.account).chain(new.iter().map(|n| n.account)).map(|a| (a, String::new())).collect();
    network.profiles.texts(&network.ids, &["handle", "name", "description"], |found| {
        for (account, t) in found {
            if let Some(text) = texts.get_mut(account) {
                // A handle's host is the server's, not the account's own.
                let handle = t.handle.map(|h| h.split(['.', '@']).find(|part| !part.is_empty()).unwrap_or_default());
                *text = [handle, t.name, t.description].into_iter().flatten().collect::<Vec<_>>().join(" ");
            }
        }
        Ok(())
    })?;
    let words = |a: u32, b: u32| match (texts.get(&a), texts.get(&b)) {
        (Some(a), Some(b)) => alike(a, b),
        _ => 0.0,
    };
    let may = |g: &Gone, n: &New| (g.since.saturating_sub(before)..=g.since.saturating_add(after)).contains(&n.made);
    let guesses = guess(&network.graph, &gone, &new, may, words);
    let kept = guesses.iter().filter(|g| !gone[g.gone].decoy && g.false_rate <= search.false_rate);
    let pair = |g: &Guess| {
        let (a, b) = (gone[g.gone], new[g.new]);
        Pair {
            gone: network.ids.name(a.account).to_owned(),
            back: network.ids.name(b.account).to_owned(),
            score: g.score,
            shared_followers: g.followers,
            shared_following: g.following,
            words: g.words,
            days: (b.made - a.since) as f64 / DAY as f64,
            regained: f64::from(g.followers) / (network.graph.in_degree(a.account) as f64).max(1.0),
            false_rate: g.false_rate,
        }
    };
    Ok((kept.map(pair).collect(), new.len()))
}

/// What persons said, by gone and new account.
fn reviews(study: &Study) -> Result<BTreeMap<(String, String), bool>> {
    let mut query = study.work.db.prepare("SELECT gone, back, same FROM replacements")?;
    let rows = query.query_map([], |r| Ok(((r.get(0)?, r.get(1)?), r.get(2)?)))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

fn summarise(
    study: &Study,
    lives: &Lives,
    pairs: &[Pair],
    new: usize,
    reviews: &BTreeMap<(String, String), bool>,
) -> Result<Summary> {
    let level = study.settings.estimate.level;
    let enough = pairs.len() as u64 >= study.settings.publish.min_cell.max(1);
    let n = lives.gone.len() as f64;
    let rate = pairs.last().map_or(0.0, |p| p.false_rate);
    let returned = enough.then(|| {
        // Proposals and the false among them both vary as counts do.
        let (won, wrong) = (pairs.len() as f64, rate * pairs.len() as f64);
        let half = normal_quantile(0.5 + level / 2.0) * (won + wrong).sqrt() / n;
        let value = (won - wrong) / n;
        Figure {
            value,
            low: (value - half).max(0.0),
            high: (value + half).min(1.0),
            labels: reviews.len(),
            method: "proposed pairs less those that decoys say are false, Wald on counts".into(),
        }
    });
    let mut days: Vec<f64> = pairs.iter().map(|p| p.days).collect();
    days.sort_by(f64::total_cmp);
    let said: Vec<bool> =
        pairs.iter().filter_map(|p| reviews.get(&(p.gone.clone(), p.back.clone()))).copied().collect();
    let refuted = said.iter().filter(|same| !**same).count();
    let false_rate = (!said.is_empty()).then(|| {
        let (low, high) = wilson(refuted as f64, said.len() as f64, normal_quantile(0.5 + level / 2.0));
        let value = refuted as f64 / said.len() as f64;
        Figure { value, low, high, labels: said.len(), method: "share of reviewed pairs, Wilson interval".into() }
    });
    Ok(Summary {
        suspended: lives.gone.len(),
        new,
        proposed: pairs.len(),
        returned,
        median_days: enough.then(|| days[days.len() / 2]),
        regained: enough.then(|| pairs.iter().map(|p| p.regained).sum::<f64>() / pairs.len() as f64),
        reviewed: said.len(),
        refuted,
        false_rate,
    })
}

/// Wilson 1927.
fn wilson(k: f64, n: f64, z: f64) -> (f64, f64) {
    let (p, z2) = (k / n, z * z);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// Writes the proposed pairs to a CSV file for a person to answer in its column `same` (yes or no).
pub fn export(pairs: &[Pair], file: &Path) -> Result<()> {
    let failed = |e: csv::Error| Error::bug("the pairs cannot be written").because(e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = [
        "gone",
        "back",
        "score",
        "shared_followers",
        "shared_following",
        "words",
        "days",
        "regained",
        "false_rate",
        "same",
    ];
    writer.write_record(head).map_err(failed)?;
    for p in pairs {
        let row = [
            inert(p.gone.clone()),
            inert(p.back.clone()),
            format!("{:.3}", p.score),
            p.shared_followers.to_string(),
            p.shared_following.to_string(),
            format!("{:.2}", p.words),
            format!("{:.1}", p.days),
            format!("{:.2}", p.regained),
            format!("{:.3}", p.false_rate),
            String::new(),
        ];
        writer.write_record(row).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|e| Error::bug("the pairs cannot be written").because(e.into_error()))?;
    study::write(file, &bytes)
}

/// Takes a person's answers from such a file; returns how many, and the lines that were refused.
pub fn import(study: &mut Study, reviewer: &str, file: &Path) -> Result<(usize, Vec<(u64, String)>)> {
    if reviewer.is_empty() || reviewer.chars().count() > 60 || reviewer.chars().any(char::is_control) {
        return Err(Error::usage(format!("`{reviewer}` cannot be a reviewer's name")).help("1 to 60 characters"));
    }
    let size = std::fs::metadata(file).map_err(|e| Error::disk(file, e))?.len();
    if size > LARGEST {
        return Err(Error::data(format!("{} is larger than {} MiB", file.display(), LARGEST >> 20)));
    }
    let bytes = std::fs::read(file).map_err(|e| Error::disk(file, e))?;
    let bad = |e: csv::Error| Error::data(format!("{} is not a CSV file", file.display())).because(e);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
    let head = reader.headers().map_err(bad)?.clone();
    let column = |name: &str| head.iter().position(|h| h.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
    let (Some(gone), Some(back), Some(same)) = (column("gone"), column("back"), column("same")) else {
        return Err(Error::data(format!("{} has no columns `gone`, `back` and `same`", file.display()))
            .help("get a file to fill with: netcensus replacement --export FILE"));
    };
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for row in reader.byte_records() {
        let row = row.map_err(bad)?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell =
            |i: usize| std::str::from_utf8(row.get(i).unwrap_or_default()).map(|s| s.trim().trim_start_matches('\''));
        let (Ok(gone), Ok(back), Ok(answer)) = (cell(gone), cell(back), cell(same)) else {
            refused.push((line, "invalid UTF-8".to_owned()));
            continue;
        };
        match answer.to_ascii_lowercase().as_str() {
            "" => {}
            "yes" | "y" | "1" | "true" => taken.push((gone.to_owned(), back.to_owned(), true)),
            "no" | "n" | "0" | "false" => taken.push((gone.to_owned(), back.to_owned(), false)),
            _ => refused.push((line, "the answer is neither yes nor no".to_owned())),
        }
    }
    let at = jiff::Timestamp::now().to_string();
    let tx = study.work.db.transaction()?;
    for (gone, back, same) in &taken {
        tx.execute(
            "INSERT OR REPLACE INTO replacements (gone, back, same, reviewer, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![gone, back, same, reviewer, at],
        )?;
    }
    tx.commit()?;
    study.work.audit("replacement", &format!("{} pairs reviewed by {reviewer}", taken.len()))?;
    Ok((taken.len(), refused))
}
