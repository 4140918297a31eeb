//! The study's network in memory: ids, the follow graph, and the latest profile of each account.

use std::collections::HashMap;

use arrow_array::Array;
use netcensus_graph::{FollowGraph, Ids};

use crate::profiles::Profiles;
use crate::rows::{Account, Batch, Follow};
use crate::store::Store;
use crate::tables::Table;
use crate::{Error, Result};

/// Accounts are numbered in the order of their ids, whatever order they were found in.
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
        let ends = follows.iter().flat_map(|f| [f.src.as_str(), f.dst.as_str()]);
        let ids = Ids::collect(accounts.iter().map(|a| a.id.as_str()).chain(ends));
        let number = |id: &str| ids.get(id).ok_or_else(|| Error::bug("an account has no number"));
        let edges =
            follows.iter().map(|f| Ok((number(&f.src)?, number(&f.dst)?))).collect::<Result<Vec<(u32, u32)>>>()?;
        let profiles = Profiles::of(&accounts, &ids)?;
        Self::assemble(ids, edges, profiles)
    }

    /// Loads the network from a study's tables.
    pub fn load(store: &Store) -> Result<Self> {
        let mut accounts = Vec::new();
        store.read(Table::Accounts, &["id"], |batch| {
            accounts.push(batch.clone());
            Ok(())
        })?;
        let known = accounts.iter().map(|batch| Batch(batch).text("id")).collect::<Result<Vec<_>>>()?;
        let mut batches = Vec::new();
        store.read(Table::Follows, &["src", "dst"], |batch| {
            batches.push(batch.clone());
            Ok(())
        })?;
        let columns = batches
            .iter()
            .map(|batch| Ok((Batch(batch).text("src")?, Batch(batch).text("dst")?)))
            .collect::<Result<Vec<_>>>()?;
        let ends = columns.iter().flat_map(|(src, dst)| src.iter().chain(dst.iter()).flatten());
        let ids = Ids::collect(known.iter().flat_map(|ids| ids.iter()).flatten().chain(ends));
        let number = |id: &str| ids.get(id).ok_or_else(|| Error::bug("an account has no number"));
        let mut edges = Vec::new();
        for (src, dst) in &columns {
            for i in 0..src.len() {
                edges.push((number(src.value(i))?, number(dst.value(i))?));
            }
        }
        let profiles = Profiles::load(store, &ids)?;
        Self::assemble(ids, edges, profiles)
    }

    fn assemble(ids: Ids, edges: Vec<(u32, u32)>, profiles: Profiles) -> Result<Self> {
        if ids.is_empty() {
            return Err(Error::usage("the study has no accounts yet")
                .help("fill it with: netcensus collect, or: netcensus import"));
        }
        let (graph, _) = FollowGraph::from_follows(ids.len(), edges)
            .map_err(|e| Error::bug("the follow graph cannot be built").because(e))?;
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
