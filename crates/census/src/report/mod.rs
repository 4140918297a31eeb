//! report: what a study found, as a document in English or Arabic, and that document as HTML or PDF.
//!
//! Three things that know nothing of each other: what was found ([`Report`], which is `out/report.json`); what is said of
//! it, text by text ([`content`], with the words in `texts/`); and how that looks ([`html()`], [`pdf`], [`charts`]).
//! A report depends on nothing but the figures and facts in it: the same give the same bytes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::describe::Portrait;
use crate::estimate::Estimate;
use crate::publish;
use crate::replacement;
use crate::sites::Sites;
use crate::study::{self, Study};
use crate::takedowns::Takedowns;
use crate::texts::{Digits, Lang, Texts};
use crate::what_if::WhatIf;
use crate::{Error, Result};

pub mod charts;
mod content;
pub mod document;
mod facts;
mod html;
pub mod numbers;
pub mod pdf;
mod tables;
pub(crate) mod text;

use document::Document;
pub use facts::{About, CodebookAnswer, Rows, Setting, Watched};
pub use html::html;

/// Everything that a report tells: `out/report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// From what it was made, and how it is made again.
    pub about: About,
    /// How many members.
    pub estimate: Estimate,
    /// What they are like.
    pub portrait: Portrait,
    /// What suspensions did; none where it was not asked, or what was found is out of date.
    #[serde(default)]
    pub takedowns: Option<Takedowns>,
    /// Which accounts came back; none where it was not asked.
    #[serde(default)]
    pub replacement: Option<replacement::Summary>,
    /// What suspensions would cost the group; none where it was not asked.
    #[serde(default)]
    pub what_if: Option<WhatIf>,
    /// The web sites that members push; none where it was not asked.
    #[serde(default)]
    pub sites: Option<Sites>,
    /// Whether it was made to be given to everybody, by [`publish`](crate::publish).
    #[serde(default)]
    pub public: bool,
    /// How much its raw counts can tell of any one account; none where they have no noise.
    #[serde(default)]
    pub privacy: Option<publish::Privacy>,
}

impl Report {
    /// What the report says, in one language. Refuses figures that are no numbers or lie outside their interval.
    pub fn document(&self, texts: &Texts) -> Result<Document> {
        content::document(self, texts)
    }

    /// Whether any of it rests on labels by a program.
    pub fn simulated(&self) -> bool {
        self.estimate.simulated
            || self.portrait.simulated
            || self.takedowns.as_ref().is_some_and(|t| t.simulated)
            || self.what_if.as_ref().is_some_and(|w| w.simulated)
            || self.sites.as_ref().is_some_and(|s| s.simulated)
    }
}

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// One page that loads nothing and runs nothing.
    Html,
    /// The same on paper.
    Pdf,
    /// What it tells, for programs.
    Json,
    /// Its figures as tables, CSV and Parquet.
    Tables,
}

/// Writes the report in one form into `out/`, one for the public into `out/public/`, and says where it is. The English
/// one has no language in its name.
pub fn write(study: &Study, report: &Report, format: Format, lang: Lang, digits: Digits) -> Result<Vec<PathBuf>> {
    let out = if report.public { study.out().join("public") } else { study.out() };
    let path = out.join(name(format, lang));
    let document = || {
        let document = report.document(&Texts::new(lang, digits)?)?;
        if report.public {
            publish::check(&document)?;
        }
        Ok::<_, Error>(document)
    };
    let bytes = match format {
        Format::Json => {
            document()?;
            serde_json::to_vec_pretty(report).map_err(|e| Error::bug("the report cannot be written").because(e))?
        }
        Format::Html => html(&document()?)?.into_bytes(),
        Format::Pdf => pdf::pdf(&document()?)?,
        Format::Tables => {
            document()?;
            return tables::tables(report, &path);
        }
    };
    study::write(&path, &bytes)?;
    Ok(vec![path])
}

/// The file's name in `out/`.
pub fn name(format: Format, lang: Lang) -> &'static str {
    match (format, lang) {
        (Format::Json, _) => "report.json",
        (Format::Tables, _) => "tables",
        (Format::Html, Lang::En) => "report.html",
        (Format::Html, Lang::Ar) => "report.ar.html",
        (Format::Pdf, Lang::En) => "report.pdf",
        (Format::Pdf, Lang::Ar) => "report.ar.pdf",
    }
}

/// Every name that [`write`] may give a file.
pub const NAMES: [&str; 7] = [
    "report.html",
    "report.ar.html",
    "report.pdf",
    "report.ar.pdf",
    "report.json",
    "tables/figures.csv",
    "tables/figures.parquet",
];

/// What a step wrote to `out/`, if it is there and this version reads it.
pub(crate) fn written<T: serde::de::DeserializeOwned>(out: &Path, name: &str) -> Option<T> {
    serde_json::from_slice(&std::fs::read(out.join(name)).ok()?).ok()
}
