//! describe: the portrait of the members, every share and mean with its own interval.
//!
//! What the data says of each account of the frame ([`traits`]) is weighted by how far labels and scores take the
//! account for a member ([`group`]). What would rest on few accounts, or name one, is left out.

use netcensus_stats::total::Batch;
use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::frame::Frame;
use crate::network::Network;
use crate::progress::Progress;
use crate::study::{self, Study};
use crate::{Error, Result};

mod group;
mod marks;
mod names;
mod posts;
mod profiles;
mod roles;
mod said;
mod tally;
mod ties;
mod told;
mod traits;
mod trial;
mod volumes;
mod written;

pub(crate) use names::{display_name_few, name_somebody};
pub(crate) use trial::Trial;

use group::{Group, Number, Of};
use traits::Traits;

/// The sections, in the order of the report.
const ORDER: &[&str] = &[
    "languages",
    "languages-declared",
    "places-declared",
    "places",
    "cities",
    "coordinates",
    "coordinates-countries",
    "time-zones",
    "names",
    "name-forms",
    "name-words",
    "created",
    "created-months",
    "age",
    "last-post",
    "last-post-days",
    "avatars",
    "pictures",
    "official",
    "activity",
    "hyperactive",
    "hyperactive-count",
    "core",
    "lorenz",
    "inequality",
    "core-languages",
    "bursts",
    "burst-posts",
    "burst-days",
    "posts-by-month",
    "hours",
    "replies",
    "followers",
    "followers-classes",
    "following",
    "ratio",
    "ratio-classes",
    "hashtags",
    "links",
    "media",
    "media-members",
    "post-languages",
    "clients",
    "devices",
    "automation",
    "without-bots-languages",
    "without-bots-activity",
    "without-bots-core",
    "growth",
    "ties",
    "ties-mean",
    "followed-most",
    "communities",
    "talk-1",
    "speak-1",
    "talk-2",
    "speak-2",
    "talk-3",
    "speak-3",
    "status",
    "suspended-years",
    "suspended-months",
    "suspended-active",
];

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
    /// What it is about. Its title is the text `portrait-KEY`, what a reader should know about it `portrait-KEY.note`.
    pub key: String,
    /// What the figures are.
    pub unit: Unit,
    /// What the labels of its rows are.
    pub names: Names,
    /// How it is best drawn.
    pub shape: Shape,
    /// The answers, in the order to show them; for years in time order, else the largest first.
    pub rows: Vec<Row>,
    /// Cells left out because they hold too few accounts, could be used to work out one that does, or name somebody.
    pub suppressed: usize,
    /// The share of members for whom the data says anything here; none when it is nobody or too few to be published.
    pub known: Option<Figure>,
    /// What else a reader should know about it, this time.
    pub remarks: Vec<Remark>,
}

/// What a section's figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Shares of the members for whom it is known, 0 to 1.
    Share,
    /// Numbers: means and quantiles.
    Number,
    /// How many members, or accounts, there are.
    Count,
}

/// What the labels of a section's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Names {
    /// Names of texts: the row's is `portrait-KEY-LABEL`, or, where there is none, `row-LABEL`.
    Texts,
    /// Languages, by their code.
    Language,
    /// Countries, by their two letters (ISO 3166-1).
    Country,
    /// Years, months (`2014-09`) or days (`2014-09-27`).
    Period,
    /// Hours of a week in UTC: day from Monday as 1, and hour, as in `3-14`.
    Hour,
    /// Parts of the members, 0 to 1, the most active first.
    Part,
    /// Strangers' words.
    Words,
}

/// How a section is best drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Intervals, one below the other; numbers as a table.
    Rows,
    /// Intervals over time.
    OverTime,
    /// A grid of two times, such as year and month, or day and hour.
    Heat,
    /// The share that the most active part has.
    Lorenz,
    /// A map of the world.
    Map,
}

/// Something to say beside a section: the text `remark-KEY`, with the number `n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Which text.
    pub key: String,
    /// The number that stands in it.
    pub n: Option<usize>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is counted: a language code, a year, a hashtag, a domain, or `median`, `mean`.
    pub label: String,
    /// How many.
    pub figure: Figure,
    /// The same of the accounts of the frame that are no members: the control group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Figure>,
}

/// Draws the portrait of the members that `batches` tell of, and writes `out/portrait.json`.
pub fn describe(
    study: &Study,
    network: &Network,
    frame: &Frame,
    batches: &[Batch],
    simulated: bool,
    progress: &Progress,
) -> Result<Portrait> {
    progress.begin("describe", None);
    let level = study.settings.estimate.level;
    let group = Group::new(batches, level, study.settings.publish.min_cell)?;
    let traits = Traits::read(study, network, frame, progress)?;
    let sections = sections(&group, &traits, network, progress)?;
    let portrait = Portrait { simulated, level, sections };
    let json =
        serde_json::to_vec_pretty(&portrait).map_err(|e| Error::bug("the portrait cannot be written").because(e))?;
    study::write(&study.out().join("portrait.json"), &json)?;
    progress.end();
    Ok(portrait)
}

/// The sections, in the order of the report.
fn sections(group: &Group<'_>, traits: &Traits<'_>, network: &Network, progress: &Progress) -> Result<Vec<Section>> {
    let mut sections = profiles::sections(group, traits, network, progress)?;
    sections.extend(posts::sections(group, traits, network, progress)?);
    sections.extend(ties::sections(group, traits, network, progress)?);
    let place = |s: &Section| ORDER.iter().position(|key| *key == s.key).unwrap_or(ORDER.len());
    sections.sort_by_key(place);
    Ok(sections)
}

impl Section {
    fn new(key: &str, unit: Unit, names: Names) -> Self {
        let (key, shape) = (key.to_owned(), Shape::Rows);
        Self { key, unit, names, shape, rows: Vec::new(), suppressed: 0, known: None, remarks: Vec::new() }
    }

    fn shaped(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    fn remark(&mut self, key: &str, n: Option<usize>) {
        self.remarks.push(Remark { key: key.to_owned(), n });
    }
}

/// Rows of a section on how a number is spread.
fn spread(values: Number<'_>) -> [(&'static str, Number<'_>, Of); 4] {
    [
        ("median", values, Of::Quantile(0.5)),
        ("mean", values, Of::Mean),
        ("tenth", values, Of::Quantile(0.1)),
        ("ninetieth", values, Of::Quantile(0.9)),
    ]
}

#[cfg(test)]
mod tests;
