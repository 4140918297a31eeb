//! measure: how each account of the frame is tied to the group.
//!
//! The group is the seeds at first, and the seeds with the accounts scored as members once there are scores. Both sets
//! of measures are kept: scores are made from the first, so that they never lean on themselves.

use netcensus_graph::{Group, core, rank, ties};

use crate::frame::Frame;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Batch, Columns};
use crate::store::Store;
use crate::study::Study;
use crate::tables::Table;
use crate::{Error, Result};

/// The measures, in the order of the table's columns.
pub const NAMES: [&str; 9] = [
    "out_degree",
    "in_degree",
    "in_group_following",
    "in_group_followers",
    "reciprocated",
    "triangles",
    "core_number",
    "pagerank",
    "group_pagerank",
];

/// Who the measures are taken towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// The seeds.
    Seeds,
    /// The seeds and the accounts scored as members.
    Scored,
}

impl Towards {
    fn name(self) -> &'static str {
        match self {
            Towards::Seeds => "seeds",
            Towards::Scored => "scored",
        }
    }
}

/// One column a measure, one row a unit of the frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    columns: Vec<Vec<f64>>,
}

impl Measures {
    /// Takes the measures of every unit towards `group`.
    pub fn take(network: &Network, frame: &Frame, group: &Group) -> Self {
        let graph = &network.graph;
        let walk = rank::Walk::default();
        let share = |part: u32, whole: usize| if whole == 0 { 0.0 } else { f64::from(part) / whole as f64 };
        let (following, followers) = (ties::following_in(graph, group), ties::followers_in(graph, group));
        let (reciprocated, triangles) = (ties::reciprocated(graph, group), ties::triangles(graph, group));
        let cores = core::core_numbers(graph);
        let (everyone, from_group) = (rank::pagerank(graph, None, &walk), rank::pagerank(graph, Some(group), &walk));
        let column = |value: &dyn Fn(u32, usize) -> f64| -> Vec<f64> {
            frame.units.iter().map(|u| value(u.account, u.account as usize)).collect()
        };
        let columns = vec![
            column(&|a, _| graph.following(a).len() as f64),
            column(&|a, _| graph.followers(a).len() as f64),
            column(&|a, i| share(following[i], graph.following(a).len())),
            column(&|a, i| share(followers[i], graph.followers(a).len())),
            column(&|_, i| f64::from(reciprocated[i])),
            column(&|_, i| f64::from(triangles[i])),
            column(&|_, i| f64::from(cores[i])),
            column(&|_, i| everyone[i]),
            column(&|_, i| from_group[i]),
        ];
        Self { columns }
    }

    /// A measure, by the name of its column.
    pub fn column(&self, name: &str) -> &[f64] {
        let at = NAMES.iter().position(|n| *n == name);
        at.map_or(&[], |i| &self.columns[i])
    }

    /// Reads what the `measure` step wrote.
    pub fn load(store: &Store, network: &Network, frame: &Frame, towards: Towards) -> Result<Self> {
        let stale =
            || Error::usage("the study's measures do not fit its frame").help("take them with: netcensus measure");
        let positions = frame.positions(network.ids.len());
        let mut columns = vec![vec![f64::NAN; frame.units.len()]; NAMES.len()];
        store.read(Table::Measures, &[], |batch| {
            let b = Batch(batch);
            let (account, group) = (b.text("account")?, b.text("towards")?);
            let values = NAMES.iter().map(|name| b.real(name)).collect::<Result<Vec<_>>>()?;
            for row in (0..batch.num_rows()).filter(|&row| group.value(row) == towards.name()) {
                let number = network.ids.get(account.value(row)).ok_or_else(stale)?;
                let unit = positions[number as usize].ok_or_else(stale)? as usize;
                columns.iter_mut().zip(&values).for_each(|(c, v)| c[unit] = v.value(row));
            }
            Ok(())
        })?;
        if columns.iter().flatten().any(|v| v.is_nan()) { Err(stale()) } else { Ok(Self { columns }) }
    }
}

/// Takes the measures of a study's frame towards the seeds and, where there are scores, towards the scored group.
pub fn measure(
    study: &Study,
    network: &Network,
    frame: &Frame,
    scores: Option<&[f64]>,
    progress: &Progress,
) -> Result<()> {
    progress.begin("measure", None);
    let n = network.ids.len();
    let seeds = || frame.units.iter().filter(|u| u.wave == 0).map(|u| u.account);
    let mut taken = vec![(Towards::Seeds, Measures::take(network, frame, &Group::from_members(n, seeds())))];
    progress.check()?;
    if let Some(scores) = scores {
        let scored = frame.units.iter().zip(scores).filter(|(_, s)| **s >= 0.5).map(|(u, _)| u.account);
        let group = Group::from_members(n, seeds().chain(scored));
        taken.push((Towards::Scored, Measures::take(network, frame, &group)));
    }
    let all =
        || taken.iter().flat_map(|(towards, m)| frame.units.iter().enumerate().map(move |(i, u)| (towards, m, i, u)));
    let mut columns = Columns::new()
        .text(all().map(|(.., u)| Some(network.ids.name(u.account))))
        .text(all().map(|(towards, ..)| Some(towards.name())));
    for c in 0..NAMES.len() {
        columns = columns.real(all().map(|(_, m, i, _)| m.columns[c][i]));
    }
    study.store.replace(Table::Measures, &columns.batch(Table::Measures)?)?;
    progress.end();
    Ok(())
}
