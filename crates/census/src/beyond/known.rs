//! Who is on which list, and what is known of each.

use std::collections::{BTreeMap, BTreeSet};

use netcensus_stats::logistic::Features;

use super::{Inputs, ListSummary};
use crate::Result;
use crate::network::Network;
use crate::profiles::Profile;

/// The listed members. Accounts are numbered as in the network; those that are not in it come after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) names: Vec<String>,
    /// The lists that name an account, as bits.
    pub(super) on: BTreeMap<u32, u32>,
}

impl Known {
    /// Links lists of ids or handles.
    pub(super) fn new(network: &Network, lists: &[(String, Vec<String>)]) -> Result<Self> {
        let found = lists.iter().map(|(_, ids)| network.find(ids)).collect::<Result<Vec<_>>>()?;
        let elsewhere: BTreeSet<&String> = found.iter().flat_map(|(_, missing)| missing).collect();
        let number: BTreeMap<&String, u32> = elsewhere.into_iter().zip(network.ids.len() as u32..).collect();
        let numbered = found.iter().map(|(accounts, missing)| {
            accounts.iter().copied().chain(missing.iter().filter_map(|id| number.get(id).copied())).collect()
        });
        let numbered: Vec<Vec<u32>> = numbered.collect();
        Ok(Self::of(lists.iter().map(|(name, _)| name.clone()).collect(), &numbered))
    }

    /// Lists of accounts.
    pub(super) fn of(names: Vec<String>, lists: &[Vec<u32>]) -> Self {
        let mut on = BTreeMap::new();
        for (bit, list) in lists.iter().enumerate() {
            list.iter().for_each(|&account| *on.entry(account).or_insert(0) |= 1 << bit);
        }
        Self { names, on }
    }

    /// Listed members of the frame, with their lists.
    pub(super) fn inside(&self, inputs: &Inputs<'_>) -> Vec<(u32, u32)> {
        let positions = inputs.frame.positions(inputs.network.ids.len());
        self.parted(|account| positions.of(account).is_some())
    }

    /// Listed members outside of the frame, with their lists.
    pub(super) fn outside(&self, inputs: &Inputs<'_>) -> Vec<(u32, u32)> {
        let positions = inputs.frame.positions(inputs.network.ids.len());
        self.parted(|account| positions.of(account).is_none())
    }

    fn parted(&self, wanted: impl Fn(u32) -> bool) -> Vec<(u32, u32)> {
        self.on.iter().filter(|(account, _)| wanted(**account)).map(|(account, lists)| (*account, *lists)).collect()
    }

    pub(super) fn summaries(&self, inputs: &Inputs<'_>) -> Vec<ListSummary> {
        let (inside, size) = (self.inside(inputs), inputs.network.ids.len() as u32);
        let count = |bit: usize, of: &mut dyn Iterator<Item = u32>| of.filter(|lists| lists >> bit & 1 == 1).count();
        self.names
            .iter()
            .enumerate()
            .map(|(bit, name)| ListSummary {
                name: name.clone(),
                members: count(bit, &mut self.on.values().copied()),
                in_frame: count(bit, &mut inside.iter().map(|(_, lists)| *lists)),
                not_in_network: count(bit, &mut self.on.range(size..).map(|(_, lists)| *lists)),
            })
            .collect()
    }
}

/// What the chance to be listed may hang on, one row an account: follows in and out, and what profiles tell.
pub(super) fn covariates(network: &Network, accounts: &[u32]) -> Result<Features> {
    let size = network.ids.len() as u32;
    let degree = |follows: &dyn Fn(u32) -> usize| -> Vec<f64> {
        accounts.iter().map(|&a| if a < size { (follows(a) as f64).ln_1p() } else { 0.0 }).collect()
    };
    let profile = |value: &dyn Fn(&Profile<'_>) -> Option<f64>| -> Vec<f64> {
        let of = |a: u32| network.profiles.get(a).as_ref().and_then(value);
        accounts.iter().map(|&a| of(a).unwrap_or(f64::NAN)).collect()
    };
    let log = |v: Option<i64>| v.map(|v| (v.max(0) as f64).ln_1p());
    let (followers, following) = (degree(&|a| network.graph.in_degree(a)), degree(&|a| network.graph.out_degree(a)));
    let mut columns = vec![followers, following];
    let language = common_language(network, accounts);
    columns.extend(
        [
            profile(&|p| log(p.followers)),
            profile(&|p| log(p.following)),
            profile(&|p| log(p.posts)),
            profile(&|p| p.created_at.map(|t| t as f64)),
            profile(&|p| p.lang.map(|l| f64::from(u8::from(Some(l) == language)))),
        ]
        .into_iter()
        .filter(|column| column.iter().any(|v| v.is_finite())),
    );
    Ok(Features::standardised(columns)?)
}

fn common_language<'a>(network: &'a Network, accounts: &[u32]) -> Option<&'a str> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for account in accounts {
        if let Some(language) = network.profiles.get(*account).and_then(|p| p.lang) {
            *count.entry(language).or_default() += 1;
        }
    }
    count.into_iter().max_by_key(|(_, n)| *n).map(|(language, _)| language)
}
