//! The study's network: ids, the follow graph, and the latest profile of each account.
//!
//! The graph is made of the tables once and lies in `graph/follows.graph`; it is opened as it is while the tables are the
//! same, and goes on from where it was when parts have come to them.

use std::collections::HashMap;
use std::fs;

use netcensus_graph::{self as graph, Builder, Built, FollowGraph, Form, Ids, Memory};

use crate::profiles::Profiles;
use crate::progress::Progress;
use crate::rows::{Account, Batch, Follow};
use crate::study::{GraphForm, Study};
use crate::tables::Table;
use crate::{Error, Result};

/// Accounts are numbered hub first (see [`Ids`]), whatever order they were found in.
#[derive(Debug)]
pub struct Network {
    /// Every account that has a profile or is in a follow.
    pub ids: Ids,
    /// Who follows whom.
    pub graph: FollowGraph,
    /// The latest profile seen of each account.
    pub profiles: Profiles,
}

impl Network {
    /// Builds the network from rows; later profiles win over earlier ones.
    pub fn new(accounts: Vec<Account>, follows: &[Follow]) -> Result<Self> {
        let builder = Builder::new(None);
        let built = builder
            .accounts(accounts.iter().map(|a| a.id.as_str()))
            .and_then(|()| builder.follows(follows.iter().map(|f| (f.src.as_str(), f.dst.as_str()))))
            .and_then(|()| builder.finish())
            .map_err(unbuilt)?;
        Self::of(built, |ids| Profiles::of(&accounts, ids))
    }

    /// Opens the network of a study's tables; makes its graph first, where there is none or the tables have changed.
    pub fn load(study: &Study, progress: &Progress) -> Result<Self> {
        let (parts, asked) = (Parts::of(study)?, study.settings.graph.form);
        let path = study.root().join("graph").join("follows.graph");
        let before = match graph::open(&path) {
            Ok(before) => Some((Parts::read(&before.source), before.built)),
            // No graph yet, or one that is damaged or of another version: it is made anew.
            Err(_) => None,
        };
        let built = match before {
            Some((of, built)) if of == parts && allows(asked, built.graph.form()) => built,
            before => {
                let before = before.filter(|(of, _)| parts.hold(of));
                let new = parts.without(before.as_ref().map(|(of, _)| of));
                progress.begin("read the follows", Some(new.0.len() as u64));
                let folder = study.root().join("graph");
                fs::create_dir_all(&folder).map_err(|e| Error::disk(&folder, e))?;
                let available = available();
                let memory = Some(Memory { pairs: available / 4, folder });
                let builder = match &before {
                    Some((_, built)) => Builder::from(built, memory).map_err(unbuilt)?,
                    None => Builder::new(memory),
                };
                drop(before);
                new.add(study, &builder, progress)?;
                let form = form(asked, builder.rows(), available);
                let built = builder.finish_in(&path, form, &parts.text()).map_err(unbuilt)?;
                progress.end();
                built
            }
        };
        Self::of(built, |ids| Profiles::load(&study.store, ids))
    }

    fn of(built: Built, profiles: impl FnOnce(&Ids) -> Result<Profiles>) -> Result<Self> {
        let Built { ids, graph, .. } = built;
        if ids.is_empty() {
            return Err(Error::usage("the study has no accounts yet")
                .help("fill it with: netcensus collect, or: netcensus import"));
        }
        let profiles = profiles(&ids)?;
        Ok(Self { ids, graph, profiles })
    }

    /// The numbers of the seeds, given by id or handle; those not seen in the network are returned apart. Of several
    /// accounts of one handle it is the last in the byte order of their ids.
    pub fn find(&self, seeds: &[String]) -> Result<(Vec<u32>, Vec<String>)> {
        let mut found: Vec<u32> = Vec::new();
        let mut handles: HashMap<&str, Option<u32>> = HashMap::new();
        for seed in seeds {
            match self.ids.get(seed) {
                Some(account) => found.push(account),
                None => drop(handles.insert(seed, None)),
            }
        }
        if !handles.is_empty() {
            self.profiles.texts(&self.ids, &["handle"], |profiles| {
                for (account, texts) in profiles {
                    if let Some(named) = texts.handle.and_then(|handle| handles.get_mut(handle))
                        && named.is_none_or(|before| self.ids.name(before) < self.ids.name(*account))
                    {
                        *named = Some(*account);
                    }
                }
                Ok(())
            })?;
        }
        found.extend(handles.values().flatten());
        found.sort_unstable();
        found.dedup();
        let missing = |seed: &&String| handles.get(seed.as_str()).is_some_and(Option::is_none);
        Ok((found, seeds.iter().filter(missing).cloned().collect()))
    }
}

/// Whether a graph that is there may stay in its form.
fn allows(asked: GraphForm, form: Form) -> bool {
    match asked {
        GraphForm::Auto => true,
        GraphForm::Plain => form == Form::Plain,
        GraphForm::Coded => form == Form::Coded,
    }
}

/// The form that so many follows, 8 bytes each in the plain one, are written in with so much memory to have. A third of that is
/// left to what reads the graph: what does not fit, the system fetches from the disk at every pass.
fn form(asked: GraphForm, follows: usize, available: usize) -> Form {
    let fits = follows <= u32::MAX as usize && follows.saturating_mul(8) <= available / 3 * 2;
    match asked {
        GraphForm::Plain => Form::Plain,
        GraphForm::Auto if fits => Form::Plain,
        GraphForm::Auto | GraphForm::Coded => Form::Coded,
    }
}

fn unbuilt(error: graph::Error) -> Error {
    match error {
        graph::Error::Disk { .. } => Error::data("the follow graph cannot be written").because(error),
        _ => Error::data("the follows do not make a graph").because(error),
    }
}

/// The parts of tables that a graph is made of, each by the table's name and its own, which holds a hash of its bytes.
#[derive(Debug, PartialEq, Eq)]
struct Parts(Vec<(Table, String)>);

impl Parts {
    fn of(study: &Study) -> Result<Self> {
        let mut parts = Vec::new();
        for table in [Table::Accounts, Table::Follows] {
            let names = study.store.parts(table)?;
            parts.extend(names.iter().filter_map(|p| Some((table, p.file_name()?.to_str()?.to_owned()))));
        }
        Ok(Self(parts))
    }

    fn text(&self) -> String {
        self.0.iter().map(|(table, part)| format!("{}/{part}\n", table.name())).collect()
    }

    fn read(text: &str) -> Self {
        let table = |name: &str| [Table::Accounts, Table::Follows].into_iter().find(|t| t.name() == name);
        Self(
            text.lines()
                .filter_map(|l| l.split_once('/'))
                .filter_map(|(t, p)| Some((table(t)?, p.to_owned())))
                .collect(),
        )
    }

    fn hold(&self, others: &Self) -> bool {
        others.0.iter().all(|part| self.0.contains(part))
    }

    fn without(&self, others: Option<&Self>) -> Self {
        let new = |part: &&(Table, String)| others.is_none_or(|others| !others.0.contains(part));
        Self(self.0.iter().filter(new).cloned().collect())
    }

    /// Adds their rows.
    fn add(&self, study: &Study, builder: &Builder, progress: &Progress) -> Result<()> {
        for (table, name) in &self.0 {
            match table {
                Table::Accounts => study.store.read_part(*table, name, &["id"], |batch| {
                    progress.check()?;
                    builder.accounts(Batch(batch).views("id")?.iter().flatten()).map_err(unbuilt)
                })?,
                _ => study.store.follows_into(name, builder, || progress.check())?,
            }
            progress.advance(1);
        }
        Ok(())
    }
}

/// How much memory there is to have, in bytes; where the system does not say, 4 GiB are taken to be there.
fn available() -> usize {
    let kibibytes = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
        line.trim().trim_end_matches(" kB").parse::<usize>().ok()
    });
    kibibytes.map_or(4 << 30, |k| k << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_coded() {
        let follows = 1 << 20;
        assert_eq!(form(GraphForm::Auto, follows, 12 * follows), Form::Plain);
        assert_eq!(form(GraphForm::Auto, follows, 12 * follows - 3), Form::Coded);
        assert_eq!(form(GraphForm::Plain, follows, 0), Form::Plain);
        assert_eq!(form(GraphForm::Coded, 1, usize::MAX), Form::Coded);
        assert_eq!(form(GraphForm::Auto, 1 << 32, usize::MAX), Form::Coded, "more than the plain form holds");
    }

    #[test]
    fn a_graph_stays_in_a_form_that_is_allowed() {
        assert!(allows(GraphForm::Auto, Form::Plain) && allows(GraphForm::Auto, Form::Coded));
        assert!(allows(GraphForm::Coded, Form::Coded) && !allows(GraphForm::Coded, Form::Plain));
        assert!(allows(GraphForm::Plain, Form::Plain) && !allows(GraphForm::Plain, Form::Coded));
    }
}
