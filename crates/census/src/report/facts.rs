//! From what a report was made: facts of the study, not findings.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::label::Answer;
use crate::rows::{Batch, Micros};
use crate::study::Study;
use crate::tables::Table;
use crate::watch::hidden;
use crate::{Result, label};

/// Entries of the codebook that are shown.
const MOST: usize = 40;

/// From what a report was made, and what is needed to make it again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The random seed.
    pub seed: u64,
    /// The version of netcensus.
    pub version: String,
    /// Cells of fewer accounts are suppressed.
    pub min_cell: u64,
    /// Rows of the study's tables, and what they hash to.
    #[serde(default)]
    pub tables: Vec<Rows>,
    /// The first and the last day on which a profile was seen; none where the data does not say.
    #[serde(default)]
    pub observed: Option<[String; 2]>,
    /// Accounts with a profile, of all that have a row.
    #[serde(default)]
    pub profiles: usize,
    /// The settings that a figure depends on.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// What coders could answer.
    #[serde(default)]
    pub codebook: Vec<CodebookAnswer>,
    /// How the accounts were watched; none where they were not.
    #[serde(default)]
    pub watched: Option<Watched>,
}

/// A table of the study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: usize,
    /// What its parts hash to.
    pub fingerprint: String,
}

/// A setting of `study.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name: `frame.waves`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// An entry of the codebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodebookAnswer {
    /// What a coder writes.
    pub label: String,
    /// What it means for the count.
    pub meaning: Answer,
    /// When to give it, in the team's words.
    pub when: String,
}

/// How the accounts were watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Sweeps over the accounts.
    pub sweeps: u64,
    /// Of these, cut short.
    pub cut_short: u64,
    /// Times in which nobody looked although a sweep was wanted.
    pub gaps: u64,
    /// Accounts that the group follows and that were gone before anybody looked: at least so many, and at most.
    pub hidden: Option<[u64; 2]>,
}

impl About {
    /// What this version of netcensus says about a study.
    pub fn of(study: &Study) -> Result<Self> {
        let settings = &study.settings;
        let tables = Table::ALL.into_iter().filter(|t| *t != Table::Measures);
        let rows = |table: Table| {
            let rows = study.store.pieces(table)?.iter().map(crate::store::Piece::rows).sum();
            Ok(Rows { table: table.name().to_owned(), rows, fingerprint: study.store.fingerprint(table)? })
        };
        let (mut first, mut last, mut profiles) = (Micros::MAX, Micros::MIN, 0);
        study.store.read(Table::Accounts, &["observed_at"], |batch| {
            for at in Batch(batch).time("observed_at")?.iter().flatten() {
                (first, last, profiles) = (first.min(at), last.max(at), profiles + 1);
            }
            Ok(())
        })?;
        let watch = crate::watch::state(study)?.filter(|w| w.sweeps > 0);
        let ties = hidden::hidden(study)?.filter(|h| h.at_most > 0).map(|h| [h.at_least, h.at_most]);
        Ok(Self {
            seed: settings.seed,
            version: env!("CARGO_PKG_VERSION").into(),
            min_cell: settings.publish.min_cell,
            tables: tables.map(rows).collect::<Result<_>>()?,
            observed: (first <= last).then(|| [day(first), day(last)]),
            profiles,
            settings: shown(study),
            codebook: label::entries(study)?.into_iter().take(MOST).collect(),
            watched: watch.map(|w| Watched { sweeps: w.sweeps, cut_short: w.cut_short, gaps: w.gaps, hidden: ties }),
        })
    }

    /// The day of the last observation.
    pub(super) fn last_day(&self) -> Option<Date> {
        self.observed.as_ref()?[1].parse().ok()
    }
}

fn day(at: Micros) -> String {
    Timestamp::from_microsecond(at).map(|t| t.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// The settings that figures depend on. Addresses, contacts, lists and ports are the study's own business.
fn shown(study: &Study) -> Vec<Setting> {
    let s = &study.settings;
    let text = |v: &dyn erased::Shown| v.shown();
    let mut all = vec![
        ("frame.waves", text(&s.frame.waves)),
        ("frame.min_follows", text(&s.frame.min_follows)),
        ("frame.max_followers", text(&s.frame.max_followers)),
        ("frame.max_following", text(&s.frame.max_following)),
        ("frame.leave_out_bots", text(&s.frame.leave_out_bots)),
        ("sample.labels", text(&s.sample.labels)),
        ("sample.batches", text(&s.sample.batches)),
        ("sample.uniform_share", text(&s.sample.uniform_share)),
        ("sample.design", text(&s.sample.design)),
        ("estimate.level", text(&s.estimate.level)),
        ("estimate.looks", text(&s.estimate.looks)),
        ("beyond.odds_ratio", text(&s.beyond.odds_ratio)),
        ("publish.min_cell", text(&s.publish.min_cell)),
    ];
    if s.platform.is_crawled() {
        all.extend([
            ("collect.strategy", text(&s.collect.strategy)),
            ("collect.max_following", text(&s.collect.max_following)),
            ("collect.posts", text(&s.collect.posts)),
            ("collect.request_budget", text(&s.collect.request_budget)),
        ]);
    }
    if let Some(coder) = &s.simulated_coder {
        all.extend([
            ("simulated_coder.sensitivity", text(&coder.sensitivity)),
            ("simulated_coder.specificity", text(&coder.specificity)),
        ]);
    }
    all.into_iter().map(|(name, value)| Setting { name: name.into(), value }).collect()
}

/// A setting as it stands in `study.toml`.
mod erased {
    pub(super) trait Shown {
        fn shown(&self) -> String;
    }

    impl<T: serde::Serialize> Shown for T {
        fn shown(&self) -> String {
            match serde_json::to_string(self) {
                Ok(text) => text.trim_matches('"').to_owned(),
                Err(_) => String::new(),
            }
        }
    }
}
