//! export: accounts of the frame and the follows between them, for Gephi, spreadsheets and other programs.
//!
//! Without being asked, it gives away nothing that a platform can be searched for: pseudonyms made with the study's own
//! key, and what the study found out; no handles, no texts, no counts of a profile. The same study and options give the
//! same bytes. Each export goes into the audit log.

mod attributes;
mod files;
mod key;
mod xml;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use self::key::Key;

use self::attributes::Attributes;
use crate::classify;
use crate::frame::Frame;
use crate::label::{Answer, Coded};
use crate::measure::{Measures, Towards};
use crate::network::Network;
use crate::progress::Progress;
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// GEXF 1.3, Gephi's own format.
    Gexf,
    /// GraphML.
    GraphMl,
    /// `accounts.csv` and `follows.csv` in a folder.
    Csv,
    /// `accounts.parquet` and `follows.parquet` in a folder.
    Parquet,
}

/// Which accounts are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Which {
    /// All of the frame.
    Frame,
    /// Seeds, and accounts that were labelled as members.
    Members,
    /// Seeds, and accounts that score as high as this or higher.
    Scored(f64),
}

/// What is written, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// How.
    pub format: Format,
    /// Which accounts.
    pub which: Which,
    /// The platform's own ids instead of pseudonyms.
    pub identifiers: bool,
    /// What profiles say in numbers: counts, dates, flags. Together they name an account to whoever can search for them.
    pub profiles: bool,
    /// What profiles say in words: handle, name and description.
    pub texts: bool,
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Accounts in them.
    pub accounts: usize,
    /// Follows between these.
    pub follows: u64,
    /// What is known of each account.
    pub attributes: Vec<String>,
    /// Whether ids are the platform's own.
    pub identifiers: bool,
}

/// The accounts of an export: in the order of what they are called in it, which says nothing of the order of their ids.
struct Accounts<'n> {
    /// Units of the frame.
    units: Vec<usize>,
    names: Vec<String>,
    network: &'n Network,
    /// Of each account of the network its place here.
    places: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;

impl<'n> Accounts<'n> {
    fn choose(network: &'n Network, frame: &Frame, units: Vec<usize>, key: Option<&Key>) -> Result<Self> {
        let name = |unit: usize| {
            let id = network.ids.name(frame.units[unit].account);
            key.map_or_else(|| id.to_owned(), |key| key.pseudonym(id))
        };
        let mut named: Vec<(String, usize)> = units.into_iter().map(|unit| (name(unit), unit)).collect();
        named.sort_unstable();
        if named.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::bug("two accounts have the same pseudonym"));
        }
        let mut places = vec![NOWHERE; network.ids.len()];
        for (place, (_, unit)) in (0..).zip(&named) {
            places[frame.units[*unit].account as usize] = place;
        }
        let (names, units) = named.into_iter().unzip();
        Ok(Self { units, names, network, places })
    }

    /// Calls `each` with every follow between them, in order.
    fn follows(&self, frame: &Frame, mut each: impl FnMut(&str, &str) -> Result<()>) -> Result<u64> {
        let (mut count, mut followed) = (0, Vec::new());
        for (name, unit) in self.names.iter().zip(&self.units) {
            followed.clear();
            let of = self.network.graph.following(frame.units[*unit].account);
            followed.extend(of.iter().map(|account| self.places[*account as usize]).filter(|place| *place != NOWHERE));
            followed.sort_unstable();
            for place in &followed {
                each(name, &self.names[*place as usize])?;
                count += 1;
            }
        }
        Ok(count)
    }
}

/// Writes accounts of the frame and the follows between them to `out`: a file for GEXF and GraphML, a folder else.
pub fn export(
    study: &Study,
    network: &Network,
    frame: &Frame,
    coded: &Coded,
    options: &Options,
    out: &Path,
    progress: &Progress,
) -> Result<Summary> {
    progress.begin("export", None);
    let done = write(study, network, frame, coded, options, out);
    progress.end();
    let summary = done?;
    let yes = |flag: bool, what: &str| if flag { format!(", {what}") } else { String::new() };
    let detail = format!(
        "{} accounts ({:?}) and {} follows as {:?} to {}, {}{}{}",
        summary.accounts,
        options.which,
        summary.follows,
        options.format,
        out.display(),
        if options.identifiers { "the platform's ids" } else { "pseudonyms" },
        yes(options.profiles, "with profiles"),
        yes(options.texts, "with texts"),
    );
    study.work.audit("export", &detail)?;
    Ok(summary)
}

fn write(
    study: &Study,
    network: &Network,
    frame: &Frame,
    coded: &Coded,
    options: &Options,
    out: &Path,
) -> Result<Summary> {
    let there = |table| study.store.parts(table).map(|parts| !parts.is_empty());
    let scores = if there(Table::Scores)? { classify::load(study, network, frame)?.pop() } else { None };
    let measures = match there(Table::Measures)? {
        true => Some(Measures::load(&study.store, network, frame, Towards::Seeds)?),
        false => None,
    };
    let units = chosen(frame, coded, scores.as_deref(), options.which)?;
    let key = if options.identifiers { None } else { Some(Key::of_study(study)?) };
    let accounts = Accounts::choose(network, frame, units, key.as_ref())?;
    let known = attributes::Known { frame, coded, scores: scores.as_deref(), measures: measures.as_ref() };
    let attributes = Attributes::gather(&accounts, &known, options)?;
    let (files, follows) = match options.format {
        Format::Gexf | Format::GraphMl => xml::write(&accounts, frame, &attributes, options.format, out)?,
        Format::Csv => files::write_csv(&accounts, frame, &attributes, out)?,
        Format::Parquet => files::write_parquet(&accounts, frame, &attributes, out)?,
    };
    let names = attributes.columns.iter().map(|column| column.name.to_owned()).collect();
    let (accounts, identifiers) = (accounts.units.len(), options.identifiers);
    Ok(Summary { files, accounts, follows, attributes: names, identifiers })
}

/// The units that are wanted.
fn chosen(frame: &Frame, coded: &Coded, scores: Option<&[f64]>, which: Which) -> Result<Vec<usize>> {
    let units = 0..frame.units.len();
    let seed = |unit: &usize| frame.units[*unit].wave == 0;
    match which {
        Which::Frame => Ok(units.collect()),
        Which::Members => Ok(units.filter(|u| seed(u) || coded.answers[*u] == Some(Answer::Member)).collect()),
        Which::Scored(least) if (0.0..=1.0).contains(&least) => {
            let scores = scores.ok_or_else(|| {
                Error::usage("the study has no scores yet").help("make them with: netcensus classify, after labelling")
            })?;
            Ok(units.filter(|u| seed(u) || scores[*u] >= least).collect())
        }
        Which::Scored(_) => Err(Error::usage("a score is from 0 to 1")),
    }
}
