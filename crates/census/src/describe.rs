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
mod names;
mod said;
mod traits;

pub(crate) use names::name_somebody;

use group::{Cells, Group, Kind, Number, Of};
use traits::{Labels, Tally, Traits};

/// Posts a day from which the 2015 census called an account hyperactive.
const HYPERACTIVE: f64 = 50.0;

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
    /// `languages`, `created`, `activity`, `hyperactive`, `followers`, `following`, `hashtags`, `links`, `clients`, and
    /// `status` where accounts were looked for again.
    pub key: String,
    /// What is asked.
    pub title: String,
    /// What the figures are.
    pub unit: Unit,
    /// The answers, in the order to show them; for years in time order, else the largest first.
    pub rows: Vec<Row>,
    /// Cells left out because they hold too few accounts, could be used to work out one that does, or name somebody.
    pub suppressed: usize,
    /// The share of members for whom the data says anything here; none when it is nobody or too few to be published.
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

fn sections(group: &Group<'_>, traits: &Traits<'_>, network: &Network, progress: &Progress) -> Result<Vec<Section>> {
    let (posts, posts_a_day): (Number<'_>, Number<'_>) = (&|unit| traits.posts(unit), &|unit| traits.posts_a_day(unit));
    let mut sections = vec![
        group.shares(
            section(
                "languages",
                "In which language do members write?",
                Unit::Share,
                "The language of most of an account's collected posts, else of its description, else the one its profile \
                 declares; told from the text where a post does not declare it, which goes wrong for some short texts.",
            ),
            &Cells::One(&traits.language),
            Kind::Partition,
            false,
        )?,
        group.shares(
            section(
                "created",
                "When were members' accounts created?",
                Unit::Share,
                "The year, in UTC, as the profile states it; accounts that were removed before the data was collected \
                 are not among them, so early years look smaller than they were.",
            ),
            &Cells::One(&traits.created),
            Kind::Partition,
            true,
        )?,
        group.numbers(
            section(
                "activity",
                "How much do members post?",
                Unit::Number,
                "Posts over an account's life as its profile counts them, and that number divided by the days from its \
                 creation to when the profile was seen; a few very active accounts pull the means up.",
            ),
            &[
                ("median posts", posts, Of::Quantile(0.5)),
                ("mean posts", posts, Of::Mean),
                ("median posts a day", posts_a_day, Of::Quantile(0.5)),
                ("mean posts a day", posts_a_day, Of::Mean),
            ],
        )?,
        group.shares(
            section(
                "hyperactive",
                "How many members post without pause?",
                Unit::Share,
                "Members with more than 50 posts a day on average over the account's life; bursts within a quieter life \
                 do not show.",
            ),
            &Cells::Without(&hyperactive(posts_a_day, traits.units()), Some(1)),
            Kind::Several,
            false,
        )?,
    ];
    progress.check()?;
    sections.push(group.numbers(
        section(
            "followers",
            "How many followers do members have?",
            Unit::Number,
            "As the profile counts them, from inside and outside the group; accounts over the frame's limit are not in it.",
        ),
        &spread(&|unit| traits.followers(unit)),
    )?);
    sections.push(group.numbers(
        section(
            "following",
            "How many accounts do members follow?",
            Unit::Number,
            "As the profile counts them, inside and outside the group; accounts over the frame's limit are not in it.",
        ),
        &spread(&|unit| traits.following(unit)),
    )?);
    progress.check()?;
    sections.push(group.shares(
        used(
            "hashtags",
            "Which hashtags do members use?",
            "Members who used the hashtag at least once in their collected posts, of those with any; only recent posts \
             are collected, and hashtags that are also what an account is called are left out.",
            &traits.hashtags,
        ),
        &Cells::Used(&traits.hashtags, &traits.has_posts),
        Kind::Words(network),
        false,
    )?);
    sections.push(group.shares(
        used(
            "links",
            "Which web sites do members link to?",
            "Members who linked to the site at least once in their collected posts, of those with any; shortened links \
             count for the shortener, and sites that are also what an account is called are left out.",
            &traits.domains,
        ),
        &Cells::Used(&traits.domains, &traits.has_posts),
        Kind::Words(network),
        false,
    )?);
    progress.check()?;
    sections.push(group.shares(
        section(
            "clients",
            "From which client do members post?",
            Unit::Share,
            "The client that most of an account's collected posts came from, as the network names it.",
        ),
        &Cells::One(&traits.client),
        Kind::Partition,
        false,
    )?);
    if !traits.status.labels.is_empty() {
        sections.push(group.shares(
            section(
                "status",
                "Which members are gone?",
                Unit::Share,
                "Members that were not active when they were last looked for, of those who were looked for.",
            ),
            // The active are known, but in no row, so nothing is found by difference.
            &Cells::Without(&traits.status, traits.status.number("active")),
            Kind::Several,
            false,
        )?);
    }
    Ok(sections)
}

fn section(key: &str, title: &str, unit: Unit, note: &str) -> Section {
    let (key, title, note) = (key.to_owned(), title.to_owned(), note.to_owned());
    Section { key, title, unit, rows: Vec::new(), suppressed: 0, known: None, note }
}

fn used(key: &str, title: &str, note: &str, tally: &Tally) -> Section {
    let mut section = section(key, title, Unit::Share, note);
    if tally.full {
        section.note.push_str(" There were more of them than are counted, so shares can be too low.");
    }
    section
}

fn spread(values: Number<'_>) -> [(&'static str, Number<'_>, Of); 4] {
    [
        ("median", values, Of::Quantile(0.5)),
        ("mean", values, Of::Mean),
        ("10 % quantile", values, Of::Quantile(0.1)),
        ("90 % quantile", values, Of::Quantile(0.9)),
    ]
}

/// Label 0 for those who post more than a person does, label 1 for the others.
fn hyperactive(posts_a_day: Number<'_>, units: usize) -> Labels {
    let of = |unit: usize| posts_a_day(unit).map_or(Labels::NONE, |pace| u32::from(pace <= HYPERACTIVE));
    Labels { labels: vec!["more than 50 a day".into(), "fewer".into()], of: (0..units).map(of).collect() }
}

#[cfg(test)]
mod tests;
