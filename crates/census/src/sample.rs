//! sample: which accounts to label, each with its inclusion probability.
//!
//! Seeds and accounts with a label are known and not drawn again. The first batch has no scores to go by and uses how
//! much likelier than by chance a walk from the seeds ends at an account; later ones use √(p(1−p)) of the scores. Part of
//! every batch is drawn uniformly. Every account's probability is kept, drawn or not.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use netcensus_stats::design::{
    ConditionalPoisson, mixed_probabilities, neyman, pivotal, simple, stratified, stratified_probabilities,
};
use serde::Serialize;

use crate::frame::Frame;
use crate::measure::{Measure, Measures};
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Batch, Columns};
use crate::store::{ROWS, Store};
use crate::study::{self, Design, Study};
use crate::tables::Table;
use crate::{Error, Result};

/// One batch: every unit's chance and the units drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// πᵢ over the frame; 1 for the units known before.
    pub probabilities: Vec<f64>,
    /// The units drawn, ascending; the known are not among them.
    pub drawn: Vec<usize>,
}

/// How large a share of the batch each unit calls for, before any label: √ of the lift of a walk from the seeds.
///
/// The lift is the walk's personalised PageRank over the plain one. It ranks like the chance to be a member, and √p is
/// the best size where there is no better score than the base rate (Neyman).
pub fn sizes_from_seeds(measures: &Measures) -> Vec<f64> {
    let lift = |m: &Measure| if m.pagerank > 0.0 { m.group_pagerank / m.pagerank } else { 0.0 };
    let lifts: Vec<f64> = measures.units().iter().map(lift).collect();
    let mut sorted = lifts.clone();
    sorted.sort_by(f64::total_cmp);
    // A few accounts right beside one seed must not take the whole batch.
    let cap = sorted.get(sorted.len() * 95 / 100).copied().unwrap_or(0.0);
    lifts.into_iter().map(|l| l.min(cap).sqrt()).collect()
}

/// The size each unit calls for once it has a score: √(p(1−p)), where a label is least predictable.
pub fn sizes_from_scores(scores: &[f64]) -> Vec<f64> {
    scores.iter().map(|p| (p * (1.0 - p)).max(0.0).sqrt()).collect()
}

/// Strata of the stratified design.
const STRATA: usize = 10;

/// Draws `n` of the units that are not known, by the design and the uniform share of `rule`.
pub fn draw(rule: &study::Sample, sizes: &[f64], known: &[bool], n: usize, seed: u64, batch: u32) -> Result<Draw> {
    let open: Vec<usize> = (0..known.len()).filter(|&i| !known[i]).collect();
    let sizes: Vec<f64> = open.iter().map(|&i| sizes[i]).collect();
    let n = n.min(open.len());
    let mut random = random(seed, "sample", batch);
    let mixed = || mixed_probabilities(&sizes, n, rule.uniform_share);
    let (some, chosen) = match rule.design {
        _ if n == 0 => (vec![0.0; open.len()], Vec::new()),
        Design::Proportional => {
            let some = mixed()?;
            let chosen = pivotal(&some, &mut random);
            (some, chosen)
        }
        Design::ConditionalPoisson => {
            let some = mixed()?;
            let chosen = ConditionalPoisson::new(&some)?.draw(&mut random);
            (some, chosen)
        }
        Design::Simple => (vec![n as f64 / open.len() as f64; open.len()], simple(open.len(), n, &mut random)?),
        Design::Stratified => {
            let (strata, allocation) = strata(&sizes, n, rule.uniform_share)?;
            (stratified_probabilities(&strata, &allocation)?, stratified(&strata, &allocation, &mut random)?)
        }
    };
    let mut probabilities = vec![1.0; known.len()];
    open.iter().zip(&some).for_each(|(&i, &p)| probabilities[i] = p);
    Ok(Draw { probabilities, drawn: chosen.into_iter().map(|k| open[k]).collect() })
}

/// Strata of equal numbers by size, and how many to draw from each: by Neyman, part of the belief spread evenly.
fn strata(sizes: &[f64], n: usize, uniform: f64) -> Result<(Vec<usize>, Vec<usize>)> {
    let number = STRATA.min(n);
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| sizes[a].total_cmp(&sizes[b]).then(a.cmp(&b)));
    let mut strata = vec![0; sizes.len()];
    let (mut units, mut deviations) = (vec![0usize; number], vec![0.0; number]);
    let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
    for (rank, &i) in order.iter().enumerate() {
        let h = rank * number / sizes.len();
        strata[i] = h;
        units[h] += 1;
        deviations[h] += uniform * mean + (1.0 - uniform) * sizes[i];
    }
    deviations.iter_mut().zip(&units).for_each(|(d, &u)| *d /= u as f64);
    let allocation = neyman(&units, &deviations, n, 2)?;
    Ok((strata, allocation))
}

/// How many to draw as batch `batch` of `of`, when `total` labels are wanted: each batch is twice the one before, as the
/// scores that say where to look get better.
pub fn batch_size(total: usize, batch: u32, of: usize) -> usize {
    let of = of.clamp(1, 16) as u32;
    let b = batch.clamp(1, of);
    // 2ᵏ − 1 parts are drawn after k batches.
    let after = |k: u32| (total * ((1 << k) - 1)).div_ceil((1 << of) - 1);
    after(b) - after(b - 1)
}

/// A stream of random numbers of its own for each purpose, the same for the same study seed.
pub(crate) fn random(seed: u64, purpose: &str, number: u32) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(purpose.as_bytes()).update(&number.to_le_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// Reads the batches that were drawn from this frame, in their order.
pub fn load(study: &Study, network: &Network, frame: &Frame) -> Result<Vec<Draw>> {
    let hash = study.store.fingerprint(Table::Frame)?;
    let mut units = frame.lookup(&network.ids);
    let mut draws: Vec<Draw> = Vec::new();
    study.store.read(Table::Samples, &[], |batch| {
        let b = Batch(batch);
        let (account, number, drawn) = (b.text("account")?, b.int("batch")?, b.flag("drawn")?);
        let (probability, of) = (b.real("probability")?, b.text("frame")?);
        for row in 0..batch.num_rows() {
            if of.value(row) != hash {
                return Err(other_frame());
            }
            let at = usize::try_from(number.value(row)).ok().filter(|n| *n >= 1).ok_or_else(other_frame)? - 1;
            if at >= draws.len() {
                draws.resize(at + 1, Draw { probabilities: vec![1.0; frame.units.len()], drawn: Vec::new() });
            }
            let unit = units.find(account.value(row)).ok_or_else(other_frame)?;
            draws[at].probabilities[unit] = probability.value(row);
            if drawn.value(row) {
                draws[at].drawn.push(unit);
            }
        }
        Ok(())
    })?;
    draws.iter_mut().for_each(|d| d.drawn.sort_unstable());
    Ok(draws)
}

fn other_frame() -> Error {
    Error::usage(
        "the sample was drawn from another frame: the accounts, the seeds or the frame's rule have changed since",
    )
    .help("set the sample aside and draw a new one (labels are kept): netcensus sample --anew; or undo the change")
}

/// Forgets the batches drawn so far; labels stay, and are known units of the next.
pub fn set_aside(store: &Store) -> Result<()> {
    store.clear(Table::Samples)?;
    store.clear(Table::Scores)
}

/// What the `sample` step did.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The batch's number, from 1.
    pub batch: u32,
    /// Accounts drawn.
    pub drawn: usize,
    /// Accounts known before: seeds and earlier labels.
    pub known: usize,
    /// The smallest inclusion probability in the frame.
    pub smallest_probability: f64,
}

/// Draws the next batch of a study and writes it to the table `samples`. `known` are seeds and labelled units.
pub fn sample(
    study: &Study,
    network: &Network,
    frame: &Frame,
    sizes: &[f64],
    known: &[bool],
    n: usize,
    progress: &Progress,
) -> Result<Summary> {
    let settings = &study.settings;
    let batch = load(study, network, frame)?.len() as u32 + 1;
    progress.begin(format!("sample: batch {batch}"), None);
    if n == 0 || known.iter().all(|k| *k) {
        return Err(
            Error::usage("there is nothing left to draw").help("every account of the frame is a seed or has a label")
        );
    }
    let draw = draw(&settings.sample, sizes, known, n, settings.seed, batch)?;
    let mut drawn = vec![false; frame.units.len()];
    draw.drawn.iter().for_each(|&i| drawn[i] = true);
    let open: Vec<usize> = (0..frame.units.len()).filter(|&i| !known[i]).collect();
    let hash = study.store.fingerprint(Table::Frame)?;
    let mut part = study.store.part(Table::Samples)?;
    for open in open.chunks(ROWS) {
        let rows = Columns::new()
            .text(open.iter().map(|&i| Some(network.ids.name(frame.units[i].account))))
            .int(open.iter().map(|_| batch as i32))
            .real(open.iter().map(|&i| draw.probabilities[i]))
            .flag(open.iter().map(|&i| Some(drawn[i])))
            .text(open.iter().map(|_| Some(hash.as_str())));
        part.write(&rows.batch(Table::Samples)?)?;
    }
    part.finish()?;
    study.work.audit("sample", &format!("batch {batch}: {} of {} accounts", draw.drawn.len(), open.len()))?;
    progress.end();
    let smallest_probability = open.iter().map(|&i| draw.probabilities[i]).fold(1.0, f64::min);
    Ok(Summary { batch, drawn: draw.drawn.len(), known: frame.units.len() - open.len(), smallest_probability })
}
