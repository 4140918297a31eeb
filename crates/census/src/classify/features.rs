//! What a model is told of an account before any label: its ties to the seeds, its profile, and where it lies in the
//! network.
//!
//! Where it lies is told twice, roughly and finely. A few coordinates are learnt from few labels and see large parts of the
//! network; many see small corners, too. Which of the two serves better, the labels say.
//!
//! Features are not kept: forty numbers each of forty million units would fill the memory. A unit's are made from its
//! measures, its profile and the spectrum whenever they are asked for; kept is how each is standardised over the frame.

use std::collections::HashMap;

use netcensus_graph::spectral::Spectrum;
use netcensus_stats::logistic::Standard;
use rayon::prelude::*;

use crate::Result;
use crate::frame::{Frame, Positions};
use crate::kept;
use crate::measure::{Measure, Measures};
use crate::network::Network;
use crate::profiles::Profile;
use crate::study::Study;

/// A view of the network: how many coordinates, and how much the fine ones among them count.
const VIEWS: [(usize, f64); 2] = [(8, 2.0), (32, 1.0)];
/// Sums over units are made of sums over so many accounts, whatever the number of threads.
const CHUNK: usize = 1 << 15;
/// Features that measures tell, and those that profiles may.
const TIES: usize = 8;
const PROFILE: usize = 6;

/// The leading eigenvectors of a network's ties, which do not depend on frame, seeds or labels.
pub fn spectrum(network: &Network) -> Spectrum {
    Spectrum::of(&network.graph, VIEWS.iter().map(|v| v.0).max().unwrap_or(0))
}

/// Those kept of a study's network, or found anew and kept.
pub fn spectrum_of_study(study: &Study, network: &Network) -> Result<Spectrum> {
    const NAME: &str = "spectrum";
    if let Some(bytes) = kept::load(study, network, NAME, &[])?
        && let Some(spectrum) = Spectrum::from_bytes(&bytes, network.ids.len())
    {
        return Ok(spectrum);
    }
    let spectrum = spectrum(network);
    kept::save(study, network, NAME, &[], &spectrum.to_bytes())?;
    Ok(spectrum)
}

/// Features of a frame's units that do not depend on any label.
pub struct Features<'a> {
    pub(super) network: &'a Network,
    pub(super) frame: &'a Frame,
    pub(super) positions: Positions,
    spectrum: &'a Spectrum,
    measures: &'a Measures,
    /// The frame's own in-group shares of followings and followers.
    priors: [f64; 2],
    /// The share of seeds that declare each language.
    spoken: HashMap<&'a str, f64>,
    /// Which of the profile's features anybody's profile fills.
    told: Vec<usize>,
    standards: Vec<Standard>,
    views: Vec<View>,
}

/// Coordinates, and how each is standardised: scaled by its spread over the frame against that of the widest.
struct View {
    weights: Vec<f64>,
    standards: Vec<Standard>,
}

/// One unit's standardised features, by each view of the network. Made once, filled often.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Features, coordinates, and room for what is added to them.
    pub(super) by_view: Vec<Vec<f64>>,
    vector: Vec<f64>,
}

/// What is added to the features: how member-like neighbours are, both ways.
pub(super) const ADDED: usize = 2;

impl<'a> Features<'a> {
    /// Takes the features of every unit. `spectrum` is that of the same network.
    pub fn take(network: &'a Network, spectrum: &'a Spectrum, frame: &'a Frame, measures: &'a Measures) -> Self {
        let seeds = frame.units.iter().filter(|u| u.wave == 0).filter_map(|u| network.profiles.get(u.account));
        let languages: Vec<&str> = seeds.filter_map(|p| p.lang).collect();
        let mut spoken: HashMap<&str, f64> = HashMap::new();
        languages.iter().for_each(|lang| *spoken.entry(*lang).or_default() += 1.0);
        spoken.values_mut().for_each(|count| *count /= languages.len() as f64);
        let weights = |&(dimensions, power): &(usize, f64)| spectrum.weights(dimensions, power);
        let mut features = Self {
            network,
            frame,
            positions: frame.positions(network.ids.len()),
            spectrum,
            measures,
            priors: priors(measures),
            spoken,
            told: (0..PROFILE).collect(),
            standards: Vec::new(),
            views: VIEWS.iter().map(|v| View { weights: weights(v), standards: Vec::new() }).collect(),
        };
        features.standardise();
        features
    }

    /// Learns means and spreads.
    fn standardise(&mut self) {
        let coordinates: usize = self.views.iter().map(|v| v.weights.len()).sum();
        let moments = self.moments(TIES + PROFILE + coordinates, |unit, row, values| {
            self.raw(unit, &mut values[..TIES + PROFILE]);
            let mut at = TIES + PROFILE;
            row.vector.resize(self.spectrum.dimensions(), 0.0);
            self.spectrum.row(self.frame.units[unit].account, &mut row.vector);
            for view in &self.views {
                let place = &mut values[at..at + view.weights.len()];
                Spectrum::place(&row.vector, &view.weights, place);
                at += view.weights.len();
            }
        });
        let any = self.network.profiles.any();
        self.told = (0..PROFILE).filter(|k| any && moments[TIES + k].known > 0).collect();
        let plain = |m: &Moments| Standard { mean: m.mean, deviation: m.deviation, scale: 1.0 };
        self.standards = moments[..TIES].iter().map(plain).collect();
        self.standards.extend(self.told.iter().map(|k| plain(&moments[TIES + k])));
        let mut rest = &moments[TIES + PROFILE..];
        for view in &mut self.views {
            let (own, others) = rest.split_at(view.weights.len());
            let widest = own.iter().map(|m| m.deviation).fold(f64::MIN_POSITIVE, f64::max);
            let scaled = |m: &Moments| Standard { scale: m.deviation / widest, ..plain(m) };
            view.standards = own.iter().map(scaled).collect();
            rest = others;
        }
    }

    /// How many views of the network there are.
    pub(super) fn views(&self) -> usize {
        self.views.len()
    }

    /// How many features a unit has by a view, nothing added.
    pub(super) fn width(&self, view: usize) -> usize {
        self.standards.len() + self.views[view].standards.len()
    }

    /// Fills in a unit's standardised features by every view.
    pub(super) fn row(&self, unit: usize, row: &mut Row) {
        let mut raw = [0.0; TIES + PROFILE];
        self.raw(unit, &mut raw);
        row.vector.resize(self.spectrum.dimensions(), 0.0);
        self.spectrum.row(self.frame.units[unit].account, &mut row.vector);
        row.by_view.resize(self.views.len(), Vec::new());
        let base = self.standards.len();
        for (v, (view, to)) in self.views.iter().zip(&mut row.by_view).enumerate() {
            to.resize(self.width(v) + ADDED, 0.0);
            for (k, (standard, x)) in self.standards.iter().zip(to.iter_mut()).enumerate() {
                *x = standard.of(raw[if k < TIES { k } else { TIES + self.told[k - TIES] }]);
            }
            let place = &mut to[base..base + view.weights.len()];
            Spectrum::place(&row.vector, &view.weights, place);
            place.iter_mut().zip(&view.standards).for_each(|(x, standard)| *x = standard.of(*x));
        }
    }

    /// What measures and profile tell of a unit; `NaN` for unknown.
    fn raw(&self, unit: usize, values: &mut [f64]) {
        values[..TIES].copy_from_slice(&ties(&self.measures.units()[unit], self.priors));
        match self.network.profiles.get(self.frame.units[unit].account) {
            Some(profile) => values[TIES..].copy_from_slice(&self.told_by(&profile)),
            None => values[TIES..].fill(f64::NAN),
        }
    }

    fn told_by(&self, profile: &Profile<'_>) -> [f64; PROFILE] {
        let log = |v: Option<i64>| v.map_or(f64::NAN, |v| (v.max(0) as f64).ln_1p());
        [
            log(profile.posts),
            log(profile.followers),
            log(profile.following),
            profile.created_at.map_or(f64::NAN, |t| t as f64),
            profile.lang.map_or(f64::NAN, |lang| self.spoken.get(lang).copied().unwrap_or(0.0)),
            f64::from(profile.description_length).ln_1p(),
        ]
    }

    /// Means and standard deviations over the frame of `width` numbers a unit, which `values` fills in. Goes over the
    /// units twice, in the order of their accounts, and adds up in an order that does not depend on the threads.
    pub(super) fn moments(&self, width: usize, values: impl Fn(usize, &mut Row, &mut [f64]) + Sync) -> Vec<Moments> {
        let accounts = self.network.ids.len();
        let sums = |of: &(dyn Fn(usize, f64) -> f64 + Sync)| -> Vec<(f64, usize)> {
            let part = |start: usize| {
                let (mut row, mut own) = (Row::default(), vec![0.0; width]);
                let mut sums = vec![(0.0, 0usize); width];
                for account in start..(start + CHUNK).min(accounts) {
                    let Some(unit) = self.positions.of(account as u32) else { continue };
                    values(unit, &mut row, &mut own);
                    for (j, (sum, v)) in sums.iter_mut().zip(&own).enumerate().filter(|(_, (_, v))| v.is_finite()) {
                        *sum = (sum.0 + of(j, *v), sum.1 + 1);
                    }
                }
                sums
            };
            let starts: Vec<usize> = (0..accounts).step_by(CHUNK).collect();
            let parts: Vec<Vec<(f64, usize)>> = starts.into_par_iter().map(part).collect();
            let mut all = vec![(0.0, 0); width];
            for part in parts {
                all.iter_mut().zip(part).for_each(|(a, p)| *a = (a.0 + p.0, a.1 + p.1));
            }
            all
        };
        let known = sums(&|_, v| v);
        let means: Vec<f64> = known.iter().map(|(sum, n)| sum / (*n).max(1) as f64).collect();
        let squares = sums(&|j, v| (v - means[j]).powi(2));
        let of = |(mean, (square, n)): (f64, (f64, usize))| Moments {
            mean,
            deviation: (square / n.max(1) as f64).sqrt(),
            known: n,
        };
        means.iter().copied().zip(squares).map(of).collect()
    }
}

/// A column over the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: f64,
    pub(super) deviation: f64,
    known: usize,
}

/// The share of all follows of the frame's units that go to the group, and of all their followers that are in it.
fn priors(measures: &Measures) -> [f64; 2] {
    let prior = |share: fn(&Measure) -> f64, degree: fn(&Measure) -> u32| {
        let inside: f64 = measures.units().iter().map(|m| share(m) * f64::from(degree(m))).sum();
        let all: f64 = measures.units().iter().map(|m| f64::from(degree(m))).sum();
        inside / all.max(1.0)
    };
    [prior(Measure::following_share, |m| m.out_degree), prior(Measure::followers_share, |m| m.in_degree)]
}

/// How an account is tied to the seeds.
fn ties(m: &Measure, priors: [f64; 2]) -> [f64; TIES] {
    let log = |count: u32| f64::from(count).ln_1p();
    // A share of few ties says less than the same share of many: draw it towards the frame's own.
    let smooth = |share: f64, degree: u32, prior: f64| {
        let degree = f64::from(degree);
        ((share * degree + 3.0 * prior) / (degree + 3.0)).max(1e-6).ln()
    };
    [
        log(m.out_degree),
        log(m.in_degree),
        smooth(m.following_share(), m.out_degree, priors[0]),
        smooth(m.followers_share(), m.in_degree, priors[1]),
        log(m.reciprocated),
        log(m.triangles),
        log(m.core_number),
        (m.group_pagerank / m.pagerank.max(1e-300) + 1e-4).ln(),
    ]
}
