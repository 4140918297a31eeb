//! Counts with noise, for a report that says how much it can tell of any one account: differential privacy.
//!
//! Covered are the raw counts of the frame and of the labels. What one account changes in them is stated as its sensitivity,
//! the ε of a report is split over the three groups of counts, and each count gets noise of its own
//! ([`netcensus_stats::privacy`]). Weighted estimates are not covered: one account's weight can be large.
//!
//! Noise must be nobody's to repeat but the study's: it comes from the study's secret key, not from its random seed, which a
//! report tells. It comes from the counts as well. So the same counts always get the same noise, which no average over
//! reports takes out again, and other counts get other noise, which no difference of two reports cancels. A report that is
//! made again of the same counts with the same ε costs nothing more; any other adds to what was spent, in `work.db`.

use jiff::Timestamp;
use netcensus_stats::privacy::Noise;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::estimate::Estimate;
use crate::export::Key;
use crate::report::Report;
use crate::study::Study;
use crate::{Error, Result};

/// What was spent, release by release: which is told by a keyed hash of its counts.
pub(crate) const MIGRATION: &str = "CREATE TABLE privacy (
    release TEXT PRIMARY KEY, at TEXT NOT NULL, thousandths INTEGER NOT NULL CHECK (thousandths > 0)) WITHOUT ROWID;";

/// Why accounts are not in the frame, as one: which reasons there are would tell of an account that is the only one.
const LEFT_OUT: &str = "left out, for any reason";
/// Thousandths of ε that can be spent on one report, or in all.
const MOST: u64 = 10_000;

/// What a report tells of its noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Privacy {
    /// ε: the chance of any outcome changes by a factor of e^ε at most, whether an account is counted or not.
    pub epsilon: f64,
    /// What all reports of the study have spent, with this one.
    pub spent: f64,
    /// What they may spend.
    pub budget: f64,
    /// The groups of counts that have noise.
    pub counts: Vec<Counts>,
}

/// A group of counts that share a part of ε.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// `frame`, `labels` or `coding`.
    pub of: String,
    /// Its part of ε.
    pub epsilon: f64,
    /// By how much one account changes all of them together.
    pub sensitivity: u64,
    /// How far off the noise can take one of them, at the study's level of confidence; rounding comes on top.
    pub within: u64,
}

/// ε as thousandths: none where it is no such number.
pub fn thousandths(epsilon: f64) -> Option<u64> {
    let n = (epsilon * 1_000.0).round();
    let exact = (epsilon * 1_000.0 - n).abs() < 1e-6;
    (exact && n >= 1.0 && n <= MOST as f64).then_some(n as u64)
}

/// The report with noise in the raw counts, for ε.
///
/// # Errors
/// An ε that is no such number, or more than is left of the study's `publish.epsilon`.
pub fn private(study: &Study, report: &Report, epsilon: f64) -> Result<Report> {
    let wanted = thousandths(epsilon)
        .ok_or_else(|| Error::usage("--epsilon is a number from 0.001 to 10 with three decimals at most"))?;
    let budget = study.settings.publish.epsilon.and_then(thousandths).ok_or_else(|| {
        Error::usage("the study has no budget for counts with noise")
            .help("say in study.toml what all its reports may spend together: [publish] epsilon = 1.0")
    })?;
    if wanted < 3 {
        return Err(Error::usage("an epsilon below 0.003 cannot be split over the three groups of counts"));
    }
    let key = Key::of_study(study)?;
    let mut report = report.clone();
    let e = &mut report.estimate;
    // As many waves as the rule has, whether anybody is in them.
    e.frame.waves.resize(study.settings.frame.waves as usize + 1, 0);
    let left_out = e.frame.left_out.values().fold(0_usize, |all, n| all.saturating_add(*n));
    e.frame.left_out = [(LEFT_OUT.to_owned(), left_out)].into();

    let counts = e.counts();
    let mut bytes = wanted.to_le_bytes().to_vec();
    for group in &counts {
        bytes.extend((group.len() as u64).to_le_bytes());
        group.iter().for_each(|n| bytes.extend((*n as u64).to_le_bytes()));
    }
    let release = blake3::Hash::from_bytes(key.secret("privacy release", &bytes)).to_hex().to_string();
    let spent = spend(study, &release, wanted, budget)?;

    let mut random = ChaCha20Rng::from_seed(key.secret("privacy noise", &bytes));
    let coding = e.labels.coders.len() + e.labels.agreement.len() + 2;
    let (part, rest) = (wanted / 3, wanted % 3);
    let groups = [("frame", part + rest, 1), ("labels", part, 1), ("coding", part, coding as u64)];
    let mut told = Vec::new();
    let mut noised: Vec<Vec<usize>> = Vec::new();
    for ((of, thousandths, sensitivity), counts) in groups.into_iter().zip(counts) {
        let noise = Noise::new(thousandths, sensitivity)?;
        noised.push(counts.into_iter().map(|n| add(n, noise.draw(&mut random))).collect());
        let (of, epsilon) = (of.to_owned(), thousandths as f64 / 1_000.0);
        told.push(Counts { of, epsilon, sensitivity, within: noise.half_width(e.level) });
    }
    e.set(&noised);
    // The same counts, told by other ways.
    report.about.tables.clear();
    let in_one = |n: u64| n as f64 / 1_000.0;
    report.privacy =
        Some(Privacy { epsilon: in_one(wanted), spent: in_one(spent), budget: in_one(budget), counts: told });
    Ok(report)
}

fn add(n: usize, noise: i64) -> usize {
    i64::try_from(n).unwrap_or(i64::MAX).saturating_add(noise).max(0) as usize
}

impl Estimate {
    /// The counts that get noise, by group. Within the first two an account is in one at most; in the third it is in each of
    /// those who coded it, in each pair of these, and in the two of the lowest scores.
    fn counts(&self) -> [Vec<usize>; 3] {
        let (f, l, d) = (&self.frame, &self.labels, &self.diagnostics);
        let frame = f.waves.iter().chain(f.left_out.values()).copied().collect();
        let open = l.drawn.saturating_sub(l.labelled);
        let labels = vec![l.members, l.not, l.unsure, l.cannot_tell, open];
        let coders = l.coders.iter().map(|c| c.labels).chain(l.agreement.iter().map(|a| a.items));
        [frame, labels, coders.chain([d.lowest_labelled, d.lowest_members]).collect()]
    }

    /// Puts them back with their noise, and makes anew what is made of them.
    fn set(&mut self, noised: &[Vec<usize>]) {
        let mut all = noised.iter().flatten().copied();
        let mut next = |n: &mut usize| *n = all.next().unwrap_or(0);
        let (f, l, d) = (&mut self.frame, &mut self.labels, &mut self.diagnostics);
        let before = f.size;
        f.waves.iter_mut().chain(f.left_out.values_mut()).for_each(&mut next);
        (f.size, f.seeds) = (f.waves.iter().sum(), f.waves.first().copied().unwrap_or(0));
        let mut open = 0;
        [&mut l.members, &mut l.not, &mut l.unsure, &mut l.cannot_tell, &mut open].into_iter().for_each(&mut next);
        l.labelled = l.members + l.not + l.unsure + l.cannot_tell;
        l.drawn = l.labelled + open;
        let coders = l.coders.iter_mut().map(|c| &mut c.labels).chain(l.agreement.iter_mut().map(|a| &mut a.items));
        coders.chain([&mut d.lowest_labelled, &mut d.lowest_members]).for_each(&mut next);
        // No more of them than there are; what is made of counts with noise alone costs nothing.
        d.lowest_labelled = d.lowest_labelled.min(l.labelled);
        d.lowest_members = d.lowest_members.min(d.lowest_labelled);
        let m = &mut self.members;
        // The members of the frame as it is told.
        let times = before as f64 / f.size.max(1) as f64;
        for v in [&mut m.prevalence.value, &mut m.prevalence.low, &mut m.prevalence.high] {
            *v = (*v * times).clamp(0.0, 1.0);
        }
        let figures =
            [&mut m.floor, &mut m.best, &mut m.ceiling, &mut m.horvitz_thompson, &mut m.wald, &mut m.prevalence];
        figures.into_iter().for_each(|figure| figure.labels = l.labelled);
        self.sorting.iter_mut().for_each(|s| s.auc.labels = l.members + l.not);
    }
}

/// What was spent with this release, which is not counted twice. One statement looks and spends, so that two processes do
/// not both spend what is left.
fn spend(study: &Study, release: &str, wanted: u64, budget: u64) -> Result<u64> {
    let db = &study.work.db;
    let all = "SELECT COALESCE(SUM(thousandths), 0) FROM privacy";
    let known: Option<u64> =
        db.query_row("SELECT thousandths FROM privacy WHERE release = ?1", [release], |row| row.get(0)).optional()?;
    if known.is_none() {
        let sql = format!("INSERT OR IGNORE INTO privacy SELECT ?1, ?2, ?3 WHERE ({all}) + ?3 <= ?4");
        let spent = db.execute(&sql, params![release, Timestamp::now().to_string(), wanted, budget])?;
        if spent == 0 {
            let before: u64 = db.query_row(all, [], |row| row.get(0))?;
            let of = |n: u64| n as f64 / 1_000.0;
            return Err(Error::usage(format!(
                "an epsilon of {} is more than is left: {} of {} is spent",
                of(wanted),
                of(before),
                of(budget)
            ))
            .help("what was given out cannot be taken back: spend less, or nothing; a larger publish.epsilon promises less to the accounts"));
        }
        study.work.audit("publish", &format!("counts with noise, epsilon {}", wanted as f64 / 1_000.0))?;
    }
    Ok(db.query_row(all, [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::About;
    use crate::study::{Platform, Settings};

    fn report() -> Report {
        Report {
            about: About { min_cell: 10, ..About::default() },
            estimate: serde_json::from_str(include_str!("../../tests/data/estimate.json")).unwrap(),
            portrait: serde_json::from_str(include_str!("../../tests/data/portrait.json")).unwrap(),
            takedowns: None,
            replacement: None,
            what_if: None,
            sites: None,
            public: false,
            privacy: None,
        }
    }

    fn study(folder: &std::path::Path, epsilon: Option<f64>) -> Study {
        let mut settings = Settings::new("test", "members", Platform::Files);
        settings.publish.epsilon = epsilon;
        Study::create(folder, &settings, &[]).unwrap()
    }

    #[test]
    fn the_budget_adds_up_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let study = study(folder.path(), Some(1.0));
        let first = private(&study, &report(), 0.6).unwrap();
        let privacy = first.privacy.clone().unwrap();
        assert_eq!((privacy.epsilon, privacy.spent, privacy.budget), (0.6, 0.6, 1.0));
        assert_eq!(privacy.counts.iter().map(|c| (c.epsilon * 1_000.0).round() as u64).sum::<u64>(), 600);
        // Again: the same noise, and nothing more is spent.
        assert_eq!(private(&study, &report(), 0.6).unwrap(), first);
        // One account more, and everything has other noise, at its price.
        let mut more = report();
        more.estimate.frame.waves[1] += 1;
        let error = private(&study, &more, 0.6).unwrap_err();
        assert_eq!(error.kind(), crate::Kind::Usage);
        assert!(error.to_string().contains("0.6 of 1 is spent"), "{error}");
        let second = private(&study, &more, 0.4).unwrap();
        assert_eq!(second.privacy.unwrap().spent, 1.0);
        assert!(private(&study, &report(), 0.001).is_err());
        let told: i64 =
            study.work.db.query_row("SELECT COUNT(*) FROM audit WHERE action = 'publish'", [], |r| r.get(0)).unwrap();
        assert_eq!(told, 2);
    }

    #[test]
    fn noise_is_the_studys_own() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [one, other] = [0, 1].map(|i| private(&study(folders[i].path(), Some(10.0)), &report(), 0.03).unwrap());
        // The same seed, the same counts, another key.
        assert_ne!(one.estimate.frame.waves, other.estimate.frame.waves);
        // Noise differs where a count does, or the difference of two reports would be exact.
        let folder = tempfile::tempdir().unwrap();
        let study = study(folder.path(), Some(10.0));
        let mut more = report();
        more.estimate.labels.members += 1;
        let [one, other] = [report(), more].map(|r| private(&study, &r, 0.03).unwrap().estimate);
        assert_ne!(one.frame.waves, other.frame.waves);
    }

    #[test]
    fn counts_hang_together_and_no_reason_stands_alone() {
        let folder = tempfile::tempdir().unwrap();
        let study = study(folder.path(), Some(3.0));
        let mut before = report();
        before.estimate.frame.left_out.insert("calls itself a bot".into(), 1);
        let e = private(&study, &before, 1.5).unwrap().estimate;
        assert_eq!(e.frame.waves.len(), study.settings.frame.waves as usize + 1);
        assert_eq!((e.frame.size, e.frame.seeds), (e.frame.waves.iter().sum(), e.frame.waves[0]));
        assert_eq!(e.frame.left_out.len(), 1);
        let l = &e.labels;
        assert_eq!(l.labelled, l.members + l.not + l.unsure + l.cannot_tell);
        assert!(l.drawn >= l.labelled && e.members.best.labels == l.labelled);
        let d = &e.diagnostics;
        assert!(d.lowest_members <= d.lowest_labelled && d.lowest_labelled <= l.labelled);
        let off = e.frame.size.abs_diff(before.estimate.frame.size);
        assert!(off < 200, "{off}");
    }

    #[test]
    fn what_it_refuses() {
        let folder = tempfile::tempdir().unwrap();
        let none = study(folder.path(), None);
        assert!(private(&none, &report(), 1.0).unwrap_err().to_string().contains("no budget"));
        let other = tempfile::tempdir().unwrap();
        let some = study(other.path(), Some(1.0));
        for epsilon in [0.0, -1.0, f64::NAN, f64::INFINITY, 0.0005, 11.0, 0.12345, 0.002] {
            assert_eq!(private(&some, &report(), epsilon).unwrap_err().kind(), crate::Kind::Usage, "{epsilon}");
        }
        assert_eq!([thousandths(0.1), thousandths(10.0), thousandths(1.0005)], [Some(100), Some(10_000), None]);
    }
}
