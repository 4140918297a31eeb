use super::cormack::{Counts, Slope};
use super::maximum::Maximum;
use super::{Captures, Estimate, Model, Over, count, critical, expit, share};
use crate::{Error, Result};

/// An open population, fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// N: all units that were ever in the population, seen or not.
    pub super_population: Estimate,
    /// Nₜ, the size at each wave, before anyone is removed.
    pub size: Vec<Estimate>,
    /// Bₜ: those there at wave t that were not at wave t−1; at wave 0 those there at the start.
    pub entered: Vec<Estimate>,
    /// φ: one, or one for each wave but the last.
    pub survival: Vec<Estimate>,
    /// p: one, or one for each wave; of p(t) the first is set equal to the second, and of φ(t)p(t) the last equal to the
    /// one before it.
    pub detection: Vec<Estimate>,
    /// The log-likelihood, without terms that do not depend on the model.
    pub log_likelihood: f64,
    /// How many parameters were fitted.
    pub parameters: usize,
}

/// The Jolly–Seber model as Schwarz and Arnason write it (POPAN): sizes, entries and survival together.
///
/// ```text
/// bₜ share of the super-population N that enters before wave t,  Σb = 1
/// ψ₀ = b₀,   ψₜ₊₁ = ψₜ·(1−pₜ)·φₜ + bₜ₊₁                               there at t and not seen before
/// log L = Σₜ uₜ·log(ψₜpₜ/S) + log L of [`super::survival`],   S = Σψₜpₜ
/// N = u/S,  u = Σuₜ,   Bₜ = N·bₜ,   N₀ = B₀,   Nₜ₊₁ = (Nₜ − lostₜ)·φₜ + Bₜ₊₁
/// ```
///
/// The likelihood given how many were seen at all, as in the paper: that of all of N (as program MARK has it) gives a
/// somewhat smaller N. φ and p on the logit scale, b by multinomial logit. Standard errors from the Hessian and the
/// delta method; limits of N on the log scale of what is above the units seen, of sizes and entries on the log scale.
///
/// Assumes what [`super::survival`] does, and that units not seen yet have the same chance to be seen as those that
/// were. Detection that differs between units makes N too low. Under p(t) the first wave's p is not determined by the
/// data, nor under φ(t)p(t) the last wave's: they are set equal to their neighbours, and N, N₀ and B₁ lean on the first
/// of these, N and the last size and entries on the second. All else does not, as long as no b is on the edge.
/// Entries that the data would have below 0 are held at 0.
///
/// Schwarz & Arnason 1996, *A general methodology for the analysis of capture-recapture experiments in open populations*.
///
/// # Errors
/// As for [`super::survival`]; with fewer than 4 waves under φ(t)p(t).
pub fn population(captures: &Captures, model: Model, level: f64) -> Result<Population> {
    let z = critical(level)?;
    let k = captures.waves();
    if (0..k).all(|t| captures.seen_later(t) == 0) {
        return Err(Error::Argument("a population cannot be told: nobody was seen at two waves"));
    }
    let saturated = model == Model { survival: Over::Time, detection: Over::Time };
    if saturated && k < 4 {
        return Err(Error::Argument("survival and detection over time take 4 waves or more"));
    }
    let layout = Layout::new(k, model, saturated);
    let (counts, first): (Counts, Vec<f64>) =
        (Counts::new(captures), captures.first.iter().map(|&u| u as f64).collect());
    let units = captures.units() as f64;

    let mut start = vec![0.0; layout.parameters()];
    for t in 1..k {
        start[layout.entry(t)] = (first[t].max(0.5) / first[0].max(0.5)).ln();
    }
    let mut found = Maximum::find(start, |x, gradient| log_likelihood(&layout, &counts, &first, units, x, gradient));
    if !found.converged {
        return Err(Error::Argument(
            "the likelihood has no maximum that can be found; try a model with fewer parameters",
        ));
    }
    // The Poisson likelihood lets N itself vary by chance, with variance N; it is one fixed number.
    let all = layout.rates(&found.at, units).total;
    found.reduce_variance(layout.total(), 1.0 / all);

    let lost: Vec<f64> = (0..k).map(|t| (captures.seen(t) - captures.released[t]) as f64).collect();
    let sizes = |x: &[f64]| {
        let r = layout.rates(x, units);
        let mut size = vec![r.total * r.b[0]];
        for t in 0..k - 1 {
            size.push((size[t] - lost[t]).max(0.0) * r.phi[t] + r.total * r.b[t + 1]);
        }
        size
    };
    let rate = |i: usize| share(found.at[i], found.variance(i), z);
    let at = |value: (f64, f64), least: f64| count(value.0, value.1, least, z);
    Ok(Population {
        super_population: at(found.delta(|x| layout.rates(x, units).total), units),
        size: (0..k).map(|t| at(found.delta(|x| sizes(x)[t]), 0.0)).collect(),
        entered: (0..k)
            .map(|t| {
                let entered = |x: &[f64]| {
                    let r = layout.rates(x, units);
                    r.total * r.b[t]
                };
                at(found.delta(entered), 0.0)
            })
            .collect(),
        survival: (0..layout.survivals).map(rate).collect(),
        detection: match model.detection {
            Over::Constant => vec![rate(layout.detection(0))],
            Over::Time => (0..k).map(|t| rate(layout.detection(t))).collect(),
        },
        log_likelihood: found.value,
        parameters: layout.parameters(),
    })
}

/// The rates that a point in parameter space stands for.
struct Rates {
    phi: Vec<f64>,
    p: Vec<f64>,
    b: Vec<f64>,
    /// N.
    total: f64,
}

/// uₜ as Poisson counts of mean N·ψₜpₜ: its maximum in φ, p and b is that of the likelihood given u, with N = u/S.
fn log_likelihood(layout: &Layout, counts: &Counts, first: &[f64], units: f64, x: &[f64], gradient: &mut [f64]) -> f64 {
    let k = first.len();
    let Rates { phi, p, b, total } = layout.rates(x, units);
    let mut slope = Slope::new(k);
    let mut value = counts.log_likelihood(&phi, &p, &mut slope);

    let mut psi = vec![b[0]; k];
    for t in 0..k - 1 {
        psi[t + 1] = psi[t] * (1.0 - p[t]) * phi[t] + b[t + 1];
    }
    let ever: f64 = psi.iter().zip(&p).map(|(psi, p)| psi * p).sum();
    value += (0..k).filter(|&t| first[t] > 0.0).map(|t| first[t] * (psi[t] * p[t]).ln()).sum::<f64>();
    value += units * (total / units).ln() - total * ever;

    // ∂ log L by ψ, from the last wave back; each ψₜ also moves ψₜ₊₁. That by bₜ is the same.
    let mut by_entry = vec![0.0; k];
    let mut later = 0.0;
    for t in (0..k).rev() {
        slope.p[t] += first[t] / p[t] - total * psi[t];
        let mut here = first[t] / psi[t] - total * p[t];
        if t < k - 1 {
            slope.p[t] -= later * psi[t] * phi[t];
            slope.phi[t] += later * psi[t] * (1.0 - p[t]);
            here += later * (1.0 - p[t]) * phi[t];
        }
        by_entry[t] = here;
        later = here;
    }

    gradient.fill(0.0);
    for t in 0..k {
        if t < k - 1 {
            gradient[layout.survival(t)] += slope.phi[t] * phi[t] * (1.0 - phi[t]);
        }
        gradient[layout.detection(t)] += slope.p[t] * p[t] * (1.0 - p[t]);
    }
    let mean: f64 = b.iter().zip(&by_entry).map(|(b, g)| b * g).sum();
    for t in 1..k {
        gradient[layout.entry(t)] += b[t] * (by_entry[t] - mean);
    }
    gradient[layout.total()] += units - total * ever;
    value
}

/// Which parameter stands for what: φ, p, then b₁…, then log(N/u).
struct Layout {
    waves: usize,
    survivals: usize,
    detections: usize,
}

impl Layout {
    fn new(waves: usize, model: Model, saturated: bool) -> Self {
        let many = |over: Over, n: usize| if over == Over::Constant { 1 } else { n };
        Self {
            waves,
            survivals: many(model.survival, waves - 1),
            // p₀ = p₁, and of φ(t)p(t) the last two are the same.
            detections: many(model.detection, waves - 1 - usize::from(saturated)),
        }
    }

    fn parameters(&self) -> usize {
        self.survivals + self.detections + self.waves
    }

    fn survival(&self, t: usize) -> usize {
        t.min(self.survivals - 1)
    }

    fn detection(&self, t: usize) -> usize {
        self.survivals + t.saturating_sub(1).min(self.detections - 1)
    }

    fn entry(&self, t: usize) -> usize {
        self.survivals + self.detections + t - 1
    }

    fn total(&self) -> usize {
        self.parameters() - 1
    }

    fn rates(&self, x: &[f64], units: f64) -> Rates {
        let most = (1..self.waves).map(|t| x[self.entry(t)]).fold(0.0, f64::max);
        let parts: Vec<f64> =
            (0..self.waves).map(|t| ((if t == 0 { 0.0 } else { x[self.entry(t)] }) - most).exp()).collect();
        let sum: f64 = parts.iter().sum();
        Rates {
            phi: (0..self.waves - 1).map(|t| expit(x[self.survival(t)])).collect(),
            p: (0..self.waves).map(|t| expit(x[self.detection(t)])).collect(),
            b: parts.iter().map(|e| e / sum).collect(),
            total: units * x[self.total()].exp(),
        }
    }
}
