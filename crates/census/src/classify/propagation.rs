//! Scores of the folds: models of the features, passed along the follows.
//!
//! How member-like are those whom an account follows, and those who follow it? That is asked of the first scores, again
//! of the better ones, and at last with the labels themselves in place of scores. By which view of the network is chosen
//! beforehand, and the last features also go to boosted trees. Both choices go by what each model said of the labels that
//! it did not see: the view that counts most is taken, the models are mixed.
//!
//! Every fold has models of its own, but they go along the follows together: each account carries a score a fold, so that
//! one pass over the graph serves them all. As many folds go at once as fit into the memory allowed, 12 bytes each an account of the
//! network.

use netcensus_stats::boosted::Boosted;
use netcensus_stats::logistic::{Example, Features as Table, Model, Standard};
use netcensus_stats::stack;
use rayon::prelude::*;

use super::features::{ADDED, Features, Moments, Row};
use crate::Result;
use crate::progress::Progress;

/// How often scores are passed along the follows.
const PASSES: usize = 3;
/// Smoothing of a neighbourhood's mean score: as if so many more neighbours had the frame's mean.
const STRENGTH: f64 = 2.0;
/// Trees need labels: with fewer, they only blur what the straight model says.
const TREES_FROM: usize = 100;
/// Accounts that one task works through.
const CHUNK: usize = 1 << 12;
/// The chance of which an account's log odds are taken stays so clear of 0 and 1.
const CLEAR: f64 = 1e-4;

/// One fold of the cross-fitting.
pub(super) struct Fold {
    /// Its number.
    pub(super) number: u8,
    /// The examples that its models may see.
    pub(super) seen: Vec<Example>,
}

/// What the folds share.
pub(super) struct Cast<'a, K> {
    pub(super) features: &'a Features<'a>,
    /// The fold of each unit.
    pub(super) folds: &'a [u8],
    /// The units to learn from: an example's unit is a position among these.
    pub(super) examples: &'a [usize],
    /// All labels, those of units that nothing is learnt from as well.
    pub(super) labels: &'a [(usize, f64)],
    /// Whether a unit's label must not be seen by a fold.
    pub(super) hidden: K,
    /// Bytes that scores and neighbourhoods' scores may take.
    pub(super) memory: usize,
    pub(super) progress: &'a Progress,
}

/// The model of one fold, as far as it has come.
struct Opinion {
    view: usize,
    straight: Model,
    /// Trees, and how much each of the two counts.
    mixed: Option<(Boosted, [f64; 2])>,
    /// How the added features are standardised; none before the first pass.
    added: Option<[Standard; ADDED]>,
}

impl Opinion {
    fn score(&self, row: &[f64]) -> f64 {
        let straight = self.straight.score(row);
        match &self.mixed {
            None => straight,
            Some((trees, [a, b])) => a * straight + b * trees.score(row),
        }
    }
}

impl<K: Fn(usize, u8) -> bool + Sync> Cast<'_, K> {
    /// Writes the score of each unit by the models of its fold.
    pub(super) fn scores(&self, folds: &[Fold], scores: &mut [f64]) -> Result<()> {
        let accounts = self.features.network.ids.len().max(1);
        match self.memory / (12 * accounts) {
            10.. => folds.chunks(10).try_for_each(|some| self.together::<10>(some, scores)),
            5.. => folds.chunks(5).try_for_each(|some| self.together::<5>(some, scores)),
            2.. => folds.chunks(2).try_for_each(|some| self.together::<2>(some, scores)),
            _ => folds.chunks(1).try_for_each(|some| self.together::<1>(some, scores)),
        }
    }

    /// The same for at most `N` folds, at once.
    fn together<const N: usize>(&self, folds: &[Fold], scores: &mut [f64]) -> Result<()> {
        let tables = (0..self.features.views()).map(|view| self.table(view, 0, |_, _| ()));
        let tables = tables.collect::<Result<Vec<Table>>>()?;
        let mut opinions = folds.par_iter().map(|fold| first(&tables, &fold.seen)).collect::<Result<Vec<Opinion>>>()?;
        let mut of_account = vec![[f32::NAN; N]; self.features.network.ids.len()];
        let mut near = vec![[[0.0f32; N]; ADDED]; of_account.len()];
        let priors = self.say(&opinions, &near, &mut of_account);
        for pass in 1..=PASSES {
            let last = pass == PASSES;
            self.progress.check()?;
            self.mark(folds, last, &mut of_account);
            self.look_around(&of_account, priors, &mut near);
            let moments = self.features.moments(N * ADDED, |unit, _, values| {
                let near = &near[self.features.frame.units[unit].account as usize];
                values.iter_mut().zip(near.as_flattened()).for_each(|(x, near)| *x = f64::from(*near));
            });
            let added = |lane: usize| {
                [0, 1].map(|way: usize| {
                    let Moments { mean, deviation, .. } = moments[way * N + lane];
                    Standard { mean, deviation, scale: 1.0 }
                })
            };
            let refit = |(lane, (fold, before)): (usize, (&Fold, Opinion))| -> Result<Opinion> {
                let added = added(lane);
                let of_unit = |unit: usize| {
                    let near = &near[self.features.frame.units[unit].account as usize];
                    [0, 1].map(|way: usize| added[way].of(f64::from(near[way][lane])))
                };
                let table = &self.table(before.view, ADDED, |unit, room| room.copy_from_slice(&of_unit(unit)))?;
                let straight = Model::fit(table, &fold.seen)?;
                let mixed = match last && fold.seen.len() >= TREES_FROM {
                    true => {
                        let trees = Boosted::fit(table, &fold.seen)?;
                        let weights = stack::weights(&[straight.left_out(), trees.left_out()], &fold.seen)?;
                        Some((trees, [weights[0], weights[1]]))
                    }
                    false => None,
                };
                Ok(Opinion { view: before.view, straight, mixed, added: Some(added) })
            };
            opinions = folds.par_iter().zip(opinions).enumerate().with_max_len(1).map(refit).collect::<Result<_>>()?;
            if !last {
                self.say(&opinions, &near, &mut of_account);
            }
        }
        drop(of_account);
        self.settle(folds, &opinions, &near, scores);
        Ok(())
    }

    /// The labelled units' features by a view, with so many `more` that `add` fills in.
    fn table(&self, view: usize, more: usize, add: impl Fn(usize, &mut [f64])) -> Result<Table> {
        let width = self.features.width(view);
        let mut values = Vec::with_capacity((width + more) * self.examples.len());
        let mut row = Row::default();
        for &unit in self.examples {
            self.features.row(unit, &mut row);
            let own = &mut row.by_view[view];
            add(unit, &mut own[width..width + more]);
            values.extend(&own[..width + more]);
        }
        Ok(Table::of_rows(width + more, values)?)
    }

    /// Gives every account of the frame the scores of all opinions; returns their means.
    fn say<const N: usize>(
        &self,
        opinions: &[Opinion],
        near: &[[[f32; N]; ADDED]],
        of_account: &mut [[f32; N]],
    ) -> [f64; N] {
        let chunks = of_account.par_chunks_mut(CHUNK).zip(near.par_chunks(CHUNK)).enumerate();
        let parts = chunks.map(|(number, (of_account, near))| {
            let (mut row, mut sums) = (Row::default(), [0.0; N]);
            for (account, (to, near)) in (number * CHUNK..).zip(of_account.iter_mut().zip(near)) {
                let Some(unit) = self.features.positions.of(account as u32) else { continue };
                self.features.row(unit, &mut row);
                for (lane, opinion) in opinions.iter().enumerate() {
                    let score = self.opinion(opinion, &mut row, [near[0][lane], near[1][lane]]);
                    sums[lane] += score;
                    to[lane] = score as f32;
                }
            }
            sums
        });
        let parts: Vec<[f64; N]> = parts.collect();
        let mut means = [0.0; N];
        parts.iter().for_each(|part| means.iter_mut().zip(part).for_each(|(m, s)| *m += s));
        means.map(|sum| f64::from((sum / self.folds.len() as f64) as f32))
    }

    /// What an opinion is of a unit whose features are in `row`.
    fn opinion(&self, opinion: &Opinion, row: &mut Row, near: [f32; ADDED]) -> f64 {
        let width = self.features.width(opinion.view);
        let own = &mut row.by_view[opinion.view];
        match &opinion.added {
            None => opinion.score(&own[..width]),
            Some(added) => {
                for ((x, standard), near) in own[width..].iter_mut().zip(added).zip(near) {
                    *x = standard.of(f64::from(near));
                }
                opinion.score(own)
            }
        }
    }

    /// Seeds are members. Labels stand in only at the end: earlier, an account's own label would come back to it through
    /// its neighbours' scores, and the model would trust those too much.
    fn mark<const N: usize>(&self, folds: &[Fold], labels: bool, of_account: &mut [[f32; N]]) {
        let units = &self.features.frame.units;
        for unit in units.iter().filter(|u| u.wave == 0) {
            of_account[unit.account as usize][..folds.len()].fill(1.0);
        }
        if labels {
            for (lane, fold) in folds.iter().enumerate() {
                for &(unit, label) in self.labels.iter().filter(|(unit, _)| !(self.hidden)(*unit, fold.number)) {
                    of_account[units[unit].account as usize][lane] = label as f32;
                }
            }
        }
    }

    /// The mean score of those whom each account of the frame follows, and of those who follow it, drawn to the prior (see
    /// [`netcensus_graph::ties::mean_score`]), as log odds.
    fn look_around<const N: usize>(&self, of_account: &[[f32; N]], priors: [f64; N], near: &mut [[[f32; N]; ADDED]]) {
        let graph = &self.features.network.graph;
        let mean = |neighbours: &[u32]| -> [f32; N] {
            let (mut sums, mut count) = ([0.0f64; N], 0.0f64);
            for &u in neighbours {
                let scores = &of_account[u as usize];
                if !scores[0].is_nan() {
                    sums.iter_mut().zip(scores).for_each(|(sum, s)| *sum += f64::from(*s));
                    count += 1.0;
                }
            }
            std::array::from_fn(|lane| log_odds((sums[lane] + priors[lane] * STRENGTH) / (count + STRENGTH)))
        };
        near.par_iter_mut().enumerate().with_min_len(64).for_each(|(account, near)| {
            let account = account as u32;
            if self.features.positions.of(account).is_some() {
                *near = [mean(&graph.following(account)), mean(&graph.followers(account))];
            }
        });
    }

    /// The last word on each unit, by the opinion of its own fold.
    fn settle<const N: usize>(
        &self,
        folds: &[Fold],
        opinions: &[Opinion],
        near: &[[[f32; N]; ADDED]],
        scores: &mut [f64],
    ) {
        scores.par_chunks_mut(CHUNK).enumerate().for_each(|(number, scores)| {
            let mut row = Row::default();
            for (unit, score) in (number * CHUNK..).zip(scores) {
                let Some(lane) = folds.iter().position(|fold| fold.number == self.folds[unit]) else { continue };
                self.features.row(unit, &mut row);
                let near = &near[self.features.frame.units[unit].account as usize];
                *score = self.opinion(&opinions[lane], &mut row, [near[0][lane], near[1][lane]]);
            }
        });
    }
}

/// A fold's first opinion: of the views, the one that counts most.
fn first(tables: &[Table], seen: &[Example]) -> Result<Opinion> {
    let mut models = tables.iter().map(|table| Ok(Model::fit(table, seen)?)).collect::<Result<Vec<Model>>>()?;
    let left_out: Vec<&[f64]> = models.iter().map(Model::left_out).collect();
    let view = heaviest(&stack::weights(&left_out, seen)?);
    Ok(Opinion { view, straight: models.swap_remove(view), mixed: None, added: None })
}

fn heaviest(weights: &[f64]) -> usize {
    (0..weights.len()).max_by(|&a, &b| weights[a].total_cmp(&weights[b]).then(b.cmp(&a))).unwrap_or(0)
}

/// How member-like, as log odds.
fn log_odds(chance: f64) -> f32 {
    let p = chance.clamp(CLEAR, 1.0 - CLEAR);
    (p / (1.0 - p)).ln() as f32
}
