//! report: one self-contained HTML page that shows the estimate and the portrait.
//!
//! The texts are in `templates/`, the looks in `templates/report.css`; [`numbers`] rounds, [`charts`] draws. The page
//! loads nothing, runs nothing and depends on nothing but its inputs: the same figures give the same bytes.

use std::path::PathBuf;

use askama::Template;

use crate::describe::Portrait;
use crate::estimate::Estimate;
use crate::study::{self, Study};
use crate::takedowns::Takedowns;
use crate::{Error, Result};

mod beyond;
pub mod charts;
pub mod document;
pub mod numbers;
pub mod pdf;
mod takedowns;
mod text;
mod view;

/// What a reader needs to repeat the study, beside its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The random seed.
    pub seed: u64,
    /// The version of netcensus.
    pub version: String,
    /// Cells of fewer accounts are suppressed.
    pub min_cell: u64,
}

impl About {
    /// What this version of netcensus says about a study.
    pub fn of(study: &Study) -> Self {
        Self {
            seed: study.settings.seed,
            version: env!("CARGO_PKG_VERSION").into(),
            min_cell: study.settings.publish.min_cell,
        }
    }
}

/// Writes `out/report.html` and says where it is.
pub fn report(
    study: &Study,
    estimate: &Estimate,
    portrait: &Portrait,
    takedowns: Option<&Takedowns>,
) -> Result<PathBuf> {
    let path = study.out().join("report.html");
    study::write(&path, page(estimate, portrait, takedowns, &About::of(study))?.as_bytes())?;
    Ok(path)
}

/// The page. Refuses figures that are no numbers or lie outside their interval.
pub fn page(estimate: &Estimate, portrait: &Portrait, takedowns: Option<&Takedowns>, about: &About) -> Result<String> {
    let page = view::Page::new(estimate, portrait, takedowns, about)?;
    page.render().map_err(|e| Error::bug("the report could not be written").because(e))
}
