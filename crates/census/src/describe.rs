//! describe: the portrait of the members, every share and mean with its own interval.

use serde::{Deserialize, Serialize};

use crate::figure::Figure;

/// `out/portrait.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Portrait {
    /// Whether any label came from a simulated coder.
    pub simulated: bool,
    /// The confidence level of every interval.
    pub level: f64,
    /// One section a question, in the order of the report.
    pub sections: Vec<Section>,
}

/// One question and its answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// `languages`, `created`, `activity`, `followers`, `following`, `hashtags`, `links`, `clients`.
    pub key: String,
    /// What is asked.
    pub title: String,
    /// What the figures are.
    pub unit: Unit,
    /// The answers, in the order to show them; for years in time order, else the largest first.
    pub rows: Vec<Row>,
    /// Cells left out because they hold too few accounts.
    pub suppressed: usize,
    /// The share of members for whom the data says anything here; none when nobody.
    pub known: Option<Figure>,
    /// What a reader should know about it.
    pub note: String,
}

/// What a section's figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Shares of the members for whom it is known, 0 to 1.
    Share,
    /// Numbers: means and quantiles.
    Number,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is counted: a language code, a year, a hashtag, a domain, or `median`, `mean`.
    pub label: String,
    /// How many.
    pub figure: Figure,
}

/// STUB
pub fn describe(
    _study: &crate::study::Study,
    _network: &crate::network::Network,
    _frame: &crate::frame::Frame,
    _batches: &[netcensus_stats::total::Batch],
    simulated: bool,
    _progress: &crate::progress::Progress,
) -> crate::Result<Portrait> {
    Ok(Portrait { simulated, level: 0.95, sections: vec![] })
}
