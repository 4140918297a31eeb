use super::maximum::Maximum;
use super::{Captures, Estimate, Model, Over, critical, expit, share};
use crate::{Error, Result};

/// Survival and detection, fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// φ: one, or one for each wave but the last (of φ(t)p(t): but the last two).
    pub survival: Vec<Estimate>,
    /// p: one, or one for each wave but the first (of φ(t)p(t): but the first and the last).
    pub detection: Vec<Estimate>,
    /// φ·p of the last wave, of which φ(t)p(t) knows the product alone.
    pub last_product: Option<Estimate>,
    /// The log-likelihood, without terms that do not depend on the model.
    pub log_likelihood: f64,
    /// How many parameters were fitted.
    pub parameters: usize,
    /// Akaike's criterion corrected for small samples, n = ΣR over all waves but the last; none if n is too small for it.
    pub aicc: Option<f64>,
}

/// The Cormack–Jolly–Seber model: what share of the units stays from wave to wave, whatever share of them is seen.
///
/// ```text
/// P(let go at i, next seen at j) = φᵢ·(Π_{i<t<j} (1−pₜ)·φₜ)·pⱼ
/// χₜ = 1 − φₜ·(1 − (1−pₜ₊₁)·χₜ₊₁),   χ_{k−1} = 1                        never seen again after t
/// log L = Σᵢⱼ mᵢⱼ·log P(i,j) + Σᵢ (Rᵢ − rᵢ)·log χᵢ
/// ```
///
/// Maximised on the logit scale; standard errors from the Hessian there, by the delta method; limits are the logit's,
/// carried back. Conditional on first sightings: nothing is said of how many there are.
///
/// Assumes equal chances for all units, fates independent of each other, no unit lost track of, waves short against
/// the time between them. Fails as the module says: trap-happiness, transients, heterogeneity. An estimate on the edge
/// (φ or p of 0 or 1) comes without a standard error.
///
/// Cormack 1964, *Estimates of survival from the sighting of marked animals*; Lebreton, Burnham, Clobert & Anderson 1992,
/// *Modeling survival and testing biological hypotheses using marked animals*.
///
/// # Errors
/// When nobody was seen twice, the level is not between 0 and 1, or the likelihood has no maximum that can be found.
pub fn survival(captures: &Captures, model: Model, level: f64) -> Result<Survival> {
    let z = critical(level)?;
    let k = captures.waves();
    if (0..k).all(|t| captures.seen_later(t) == 0) {
        return Err(Error::Argument("survival cannot be told: nobody was seen at two waves"));
    }
    let counts = Counts::new(captures);
    let layout = Layout::new(k, model);
    let found = Maximum::find(vec![0.0; layout.parameters()], |x, gradient| {
        let (phi, p) = layout.rates(x);
        let mut slope = Slope::new(k);
        let value = counts.log_likelihood(&phi, &p, &mut slope);
        layout.chain(&phi, &p, &slope, gradient);
        value
    });
    if !found.converged {
        return Err(Error::Argument(
            "the likelihood has no maximum that can be found; try a model with fewer parameters",
        ));
    }
    let mut rates: Vec<Estimate> = (0..layout.parameters()).map(|i| share(found.at[i], found.variance(i), z)).collect();
    let detection = rates.split_off(layout.survivals);
    let last_product = if layout.product { rates.pop() } else { None };
    let (n, q) = ((0..k - 1).map(|t| captures.released[t]).sum::<u64>() as f64, layout.parameters() as f64);
    let aicc = (n > q + 1.0).then(|| -2.0 * found.value + 2.0 * q + 2.0 * q * (q + 1.0) / (n - q - 1.0));
    Ok(Survival {
        survival: rates,
        detection,
        last_product,
        log_likelihood: found.value,
        parameters: layout.parameters(),
        aicc,
    })
}

/// How often each rate appears in the likelihood.
pub(super) struct Counts {
    /// Units known to have lived from t to t+1.
    lived: Vec<f64>,
    seen: Vec<f64>,
    missed: Vec<f64>,
    never: Vec<f64>,
}

/// ∂ log L by φₜ and pₜ.
pub(super) struct Slope {
    pub(super) phi: Vec<f64>,
    pub(super) p: Vec<f64>,
}

impl Slope {
    pub(super) fn new(k: usize) -> Self {
        Self { phi: vec![0.0; k - 1], p: vec![0.0; k] }
    }
}

impl Counts {
    pub(super) fn new(captures: &Captures) -> Self {
        let k = captures.waves();
        let counts = |count: &dyn Fn(usize) -> u64, n: usize| (0..n).map(|t| count(t) as f64).collect::<Vec<f64>>();
        Self {
            // Known to be there at t and later: let go at t and seen again, or missed at t.
            lived: counts(&|t| captures.seen_later(t) + captures.missed(t), k - 1),
            seen: counts(&|t| captures.seen_before(t), k),
            missed: counts(&|t| captures.missed(t), k),
            never: counts(&|t| captures.released[t] - captures.seen_later(t), k - 1),
        }
    }

    /// log L with its gradient added to `slope`.
    pub(super) fn log_likelihood(&self, phi: &[f64], p: &[f64], slope: &mut Slope) -> f64 {
        let k = p.len();
        let mut chi = vec![1.0; k];
        for t in (0..k - 1).rev() {
            chi[t] = 1.0 - phi[t] * (1.0 - (1.0 - p[t + 1]) * chi[t + 1]);
        }
        let times_log = |n: f64, x: f64| if n > 0.0 { n * x.ln() } else { 0.0 };
        let (mut value, mut carried) = (0.0, 0.0);
        for t in 0..k - 1 {
            value += times_log(self.lived[t], phi[t]) + times_log(self.never[t], chi[t]);
            value += times_log(self.seen[t + 1], p[t + 1]) + times_log(self.missed[t + 1], 1.0 - p[t + 1]);
            slope.phi[t] += self.lived[t] / phi[t];
            slope.p[t + 1] += self.seen[t + 1] / p[t + 1];
            if self.missed[t + 1] > 0.0 {
                slope.p[t + 1] -= self.missed[t + 1] / (1.0 - p[t + 1]);
            }
            // ∂/∂χₜ, from the end of the recursion to its start
            carried += self.never[t] / chi[t];
            slope.phi[t] -= carried * (1.0 - (1.0 - p[t + 1]) * chi[t + 1]);
            slope.p[t + 1] -= carried * phi[t] * chi[t + 1];
            carried *= phi[t] * (1.0 - p[t + 1]);
        }
        value
    }
}

/// Which parameter stands for which rate.
struct Layout {
    waves: usize,
    survivals: usize,
    detections: usize,
    product: bool,
}

impl Layout {
    fn new(waves: usize, model: Model) -> Self {
        let product = model == Model { survival: Over::Time, detection: Over::Time };
        let many = |over: Over, n: usize| if over == Over::Constant { 1 } else { n };
        let survivals = many(model.survival, waves - 1);
        // With p of the last wave set to 1, the last φ stands for their product.
        let detections = many(model.detection, waves - 1 - usize::from(product));
        Self { waves, survivals, detections, product }
    }

    fn parameters(&self) -> usize {
        self.survivals + self.detections
    }

    /// The parameter of φₜ.
    fn survival(&self, t: usize) -> usize {
        t.min(self.survivals - 1)
    }

    /// The parameter of pₜ, t > 0; none where it is set to 1.
    fn detection(&self, t: usize) -> Option<usize> {
        if self.product && t == self.waves - 1 {
            return None;
        }
        Some(self.survivals + (t - 1).min(self.detections - 1))
    }

    fn rates(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let phi = (0..self.waves - 1).map(|t| expit(x[self.survival(t)])).collect();
        let p = (0..self.waves).map(|t| if t == 0 { 1.0 } else { self.detection(t).map_or(1.0, |i| expit(x[i])) });
        (phi, p.collect())
    }

    /// The gradient by the parameters, from that by the rates: ∂/∂x = rate·(1−rate)·∂/∂rate.
    fn chain(&self, phi: &[f64], p: &[f64], slope: &Slope, gradient: &mut [f64]) {
        gradient.fill(0.0);
        for (t, phi) in phi.iter().enumerate() {
            gradient[self.survival(t)] += slope.phi[t] * phi * (1.0 - phi);
        }
        for (t, p) in p.iter().enumerate().skip(1) {
            if let Some(i) = self.detection(t) {
                gradient[i] += slope.p[t] * p * (1.0 - p);
            }
        }
    }
}
