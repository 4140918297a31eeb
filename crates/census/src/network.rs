//! The study's network in memory: ids, the follow graph, and the latest profile of each account.

use arrow_array::Array;
use netcensus_graph::{FollowGraph, Ids};

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
    /// The latest profile seen of each account; none for those only known from a follow.
    pub profiles: Vec<Option<Account>>,
}

impl Network {
    /// Builds the network from rows; later profiles win over earlier ones.
    pub fn new(accounts: Vec<Account>, follows: &[Follow]) -> Result<Self> {
        let ends = follows.iter().flat_map(|f| [f.src.as_str(), f.dst.as_str()]);
        let ids = Ids::collect(accounts.iter().map(|a| a.id.as_str()).chain(ends));
        let number = |id: &str| ids.get(id).ok_or_else(|| Error::bug("an account has no number"));
        let edges =
            follows.iter().map(|f| Ok((number(&f.src)?, number(&f.dst)?))).collect::<Result<Vec<(u32, u32)>>>()?;
        Self::assemble(ids, edges, accounts)
    }

    /// Loads the network from a study's tables.
    pub fn load(store: &Store) -> Result<Self> {
        let accounts = store.accounts()?;
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
        let ids = Ids::collect(accounts.iter().map(|a| a.id.as_str()).chain(ends));
        let number = |id: &str| ids.get(id).ok_or_else(|| Error::bug("an account has no number"));
        let mut edges = Vec::new();
        for (src, dst) in &columns {
            for i in 0..src.len() {
                edges.push((number(src.value(i))?, number(dst.value(i))?));
            }
        }
        Self::assemble(ids, edges, accounts)
    }

    fn assemble(ids: Ids, edges: Vec<(u32, u32)>, accounts: Vec<Account>) -> Result<Self> {
        if ids.is_empty() {
            return Err(Error::usage("the study has no accounts yet")
                .help("fill it with: netcensus collect, or: netcensus import"));
        }
        let (graph, _) = FollowGraph::from_follows(ids.len(), edges)
            .map_err(|e| Error::bug("the follow graph cannot be built").because(e))?;
        let mut profiles = vec![None; ids.len()];
        for account in accounts {
            if let Some(i) = ids.get(&account.id) {
                profiles[i as usize] = Some(account);
            }
        }
        Ok(Self { ids, graph, profiles })
    }

    /// The numbers of the seeds, given by id or handle; those not seen in the network are returned apart.
    pub fn find(&self, seeds: &[String]) -> (Vec<u32>, Vec<String>) {
        let handles: std::collections::HashMap<&str, u32> = self
            .profiles
            .iter()
            .enumerate()
            .filter_map(|(i, p)| p.as_ref()?.handle.as_deref().map(|h| (h, i as u32)))
            .collect();
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for seed in seeds {
            match self.ids.get(seed).or_else(|| handles.get(seed.as_str()).copied()) {
                Some(i) => found.push(i),
                None => missing.push(seed.clone()),
            }
        }
        found.sort_unstable();
        found.dedup();
        (found, missing)
    }
}
