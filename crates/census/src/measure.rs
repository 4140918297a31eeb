//! measure: how each account of the frame is tied to the group.
//!
//! The group is the seeds at first, and the seeds with the accounts scored as members once there are scores. Both sets
//! of measures are kept: scores are made from the first, so that they never lean on themselves.
//!
//! Core numbers and PageRank do not depend on the group: they are taken once, and kept beside the graph ([`Standing`]).

use netcensus_graph::{FollowGraph, Group, core, rank, ties};

use crate::frame::{Frame, Unit};
use crate::kept;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Batch, Columns};
use crate::store::{ROWS, Store};
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

/// What the graph alone says of every account of the network: 12 bytes each.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    cores: Vec<u32>,
    pagerank: Vec<f64>,
}

impl Standing {
    /// Takes core numbers and PageRank.
    pub fn of(graph: &FollowGraph) -> Self {
        Self { cores: core::core_numbers(graph), pagerank: rank::pagerank(graph, None, &rank::Walk::default()) }
    }

    /// Those kept of a study's network, or taken anew and kept.
    pub fn of_study(study: &Study, network: &Network) -> Result<Self> {
        const NAME: &str = "standing";
        if let Some(bytes) = kept::load(study, network, NAME, &[])?
            && let Some(standing) = Self::from_bytes(&bytes, network.ids.len())
        {
            return Ok(standing);
        }
        let standing = Self::of(&network.graph);
        kept::save(study, network, NAME, &[], &standing.to_bytes())?;
        Ok(standing)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(12 * self.cores.len());
        self.cores.iter().for_each(|x| bytes.extend(x.to_le_bytes()));
        self.pagerank.iter().for_each(|x| bytes.extend(x.to_le_bytes()));
        bytes
    }

    fn from_bytes(bytes: &[u8], accounts: usize) -> Option<Self> {
        let (cores, pagerank) = bytes.split_at_checked(accounts.checked_mul(4)?)?;
        let cores: Vec<u32> =
            cores.chunks_exact(4).filter_map(|c| Some(u32::from_le_bytes(c.try_into().ok()?))).collect();
        let pagerank: Vec<f64> =
            pagerank.chunks(8).filter_map(|c| Some(f64::from_le_bytes(c.try_into().ok()?))).collect();
        (cores.len() == accounts && pagerank.len() == accounts).then_some(Self { cores, pagerank })
    }
}

/// The measures of every unit of a frame: 48 bytes each.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    of: Vec<Measure>,
}

/// The measures of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measure {
    /// How many it follows.
    pub out_degree: u32,
    /// How many follow it.
    pub in_degree: u32,
    /// How many of the group it follows.
    pub following: u32,
    /// How many of the group follow it.
    pub followers: u32,
    /// How many of the group it follows and is followed by.
    pub reciprocated: u32,
    /// How many pairs of the group are tied to it and to each other.
    pub triangles: u32,
    /// Its core number.
    pub core_number: u32,
    /// Its PageRank.
    pub pagerank: f64,
    /// Its PageRank where the walk starts afresh in the group.
    pub group_pagerank: f64,
}

impl Measure {
    /// The share of those it follows that are in the group; 0 where it follows nobody.
    pub fn following_share(&self) -> f64 {
        share(self.following, self.out_degree)
    }

    /// The share of those who follow it that are in the group; 0 where nobody does.
    pub fn followers_share(&self) -> f64 {
        share(self.followers, self.in_degree)
    }

    /// One number a name in [`NAMES`].
    pub(crate) fn values(&self) -> [f64; NAMES.len()] {
        [
            f64::from(self.out_degree),
            f64::from(self.in_degree),
            self.following_share(),
            self.followers_share(),
            f64::from(self.reciprocated),
            f64::from(self.triangles),
            f64::from(self.core_number),
            self.pagerank,
            self.group_pagerank,
        ]
    }

    /// Back from the table, where shares stand in place of counts.
    fn of_values(v: [f64; NAMES.len()]) -> Self {
        let [out_degree, in_degree, _, _, reciprocated, triangles, core_number] =
            [0, 1, 2, 3, 4, 5, 6].map(|k| v[k] as u32);
        let (following, followers) = ((v[2] * v[0]).round() as u32, (v[3] * v[1]).round() as u32);
        let (pagerank, group_pagerank) = (v[7], v[8]);
        Self {
            out_degree,
            in_degree,
            following,
            followers,
            reciprocated,
            triangles,
            core_number,
            pagerank,
            group_pagerank,
        }
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

impl Measures {
    /// Takes the measures of every unit towards `group`.
    pub fn take(network: &Network, frame: &Frame, group: &Group) -> Self {
        Self::with(network, &Standing::of(&network.graph), frame, group)
    }

    /// The same, with what does not depend on the group at hand. One kernel's answers are held at a time beside what
    /// was found: at most 40 bytes an account.
    pub fn with(network: &Network, standing: &Standing, frame: &Frame, group: &Group) -> Self {
        let graph = &network.graph;
        let of = |u: &Unit| Measure {
            out_degree: graph.out_degree(u.account) as u32,
            in_degree: graph.in_degree(u.account) as u32,
            core_number: standing.cores[u.account as usize],
            pagerank: standing.pagerank[u.account as usize],
            ..Measure::default()
        };
        let mut measures: Vec<Measure> = frame.units.iter().map(of).collect();
        let mut each = |counts: Vec<u32>, field: fn(&mut Measure) -> &mut u32| {
            measures.iter_mut().zip(&frame.units).for_each(|(m, u)| *field(m) = counts[u.account as usize]);
        };
        each(ties::following_in(graph, group), |m| &mut m.following);
        each(ties::followers_in(graph, group), |m| &mut m.followers);
        each(ties::reciprocated(graph, group), |m| &mut m.reciprocated);
        each(ties::triangles(graph, group), |m| &mut m.triangles);
        let walk = rank::pagerank(graph, Some(group), &rank::Walk::default());
        measures.iter_mut().zip(&frame.units).for_each(|(m, u)| m.group_pagerank = walk[u.account as usize]);
        Self { of: measures }
    }

    /// The measures of each unit, in the order of the frame.
    pub fn units(&self) -> &[Measure] {
        &self.of
    }

    /// Reads what the `measure` step wrote.
    pub fn load(store: &Store, network: &Network, frame: &Frame, towards: Towards) -> Result<Self> {
        let stale =
            || Error::usage("the study's measures do not fit its frame").help("take them with: netcensus measure");
        let mut measures = Vec::with_capacity(frame.units.len());
        store.read(Table::Measures, &[], |batch| {
            let b = Batch(batch);
            let (account, group) = (b.text("account")?, b.text("towards")?);
            let values = NAMES.iter().map(|name| b.real(name)).collect::<Result<Vec<_>>>()?;
            for row in (0..batch.num_rows()).filter(|&row| group.value(row) == towards.name()) {
                // They were written in the order of the frame.
                let unit = frame.units.get(measures.len()).ok_or_else(stale)?;
                if network.ids.name(unit.account) != account.value(row) {
                    return Err(stale());
                }
                let mut of = [0.0; NAMES.len()];
                of.iter_mut().zip(&values).for_each(|(v, column)| *v = column.value(row));
                measures.push(Measure::of_values(of));
            }
            Ok(())
        })?;
        if measures.len() == frame.units.len() { Ok(Self { of: measures }) } else { Err(stale()) }
    }
}

/// Takes the measures of a study's frame towards the seeds, unless these are at hand, and, where there are scores, towards
/// the scored group.
pub fn measure(
    study: &Study,
    network: &Network,
    frame: &Frame,
    seeds: Option<Measures>,
    scores: Option<&[f64]>,
    progress: &Progress,
) -> Result<()> {
    progress.begin("measure", None);
    let n = network.ids.len();
    let standing = Standing::of_study(study, network)?;
    progress.check()?;
    let known = || frame.units.iter().filter(|u| u.wave == 0).map(|u| u.account);
    let towards_seeds = || Measures::with(network, &standing, frame, &Group::from_members(n, known()));
    study.store.rewrite(Table::Measures, |part| {
        write(part, network, frame, Towards::Seeds, &seeds.unwrap_or_else(towards_seeds))?;
        progress.check()?;
        let Some(scores) = scores else { return Ok(()) };
        let scored = frame.units.iter().zip(scores).filter(|(_, s)| **s >= 0.5).map(|(u, _)| u.account);
        let group = Group::from_members(n, known().chain(scored));
        write(part, network, frame, Towards::Scored, &Measures::with(network, &standing, frame, &group))
    })?;
    progress.end();
    Ok(())
}

fn write(
    part: &mut crate::store::PartWriter,
    network: &Network,
    frame: &Frame,
    towards: Towards,
    measures: &Measures,
) -> Result<()> {
    for (units, of) in frame.units.chunks(ROWS).zip(measures.of.chunks(ROWS)) {
        let mut columns = Columns::new()
            .text(units.iter().map(|u| Some(network.ids.name(u.account))))
            .text(units.iter().map(|_| Some(towards.name())));
        for c in 0..NAMES.len() {
            columns = columns.real(of.iter().map(|m| m.values()[c]));
        }
        part.write(&columns.batch(Table::Measures)?)?;
    }
    Ok(())
}
