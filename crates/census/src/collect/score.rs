//! How likely an account that was seen is a member: what its followers say, and how that is weighed.
//!
//! ```text
//! of an account's fetched followers f, each with its chance p_f, its follows d_f, and its hits
//!     q_f = (members among those of its follows that were fetched + 5·base) / (how many of them were fetched + 5)
//! n = how many,  m = Σ p_f,  A = Σ p_f/ln d_f,  h = Σ −ln(1 − q_f),  q̄ = Σ q_f/n
//! logit = β·(1, ln(1+m), ln(1+n−m), ln(A+.05), ln(h+.01), logit q̄, ln((m+.5)/(n−m+.5)))
//! ```
//!
//! h is the noisy-or of experts, each as good as its hits were; the rest corrects it for who follows and for fame. β is a
//! logistic regression on what earlier choices turned out to be, as they looked when they were chosen: nothing is learnt from what came
//! after. It is drawn towards coefficients that rank by h, so that it ranks well from the start; later choices count more.
//!
//! Fetching a member and fetching another cost on average c₁ and c₀ requests. The expected members a request,
//! p/(p·c₁ + (1−p)·c₀), rise with p whatever these are, so the order by p is the order by yield.

use super::frontier::STEPS;

/// How many features there are.
const WIDTH: usize = 7;
type Row = [f64; WIDTH];

/// Where β is drawn to. Chosen looking at simulated networks of seed 1 and at github-ml; the published ones are of others.
const PRIOR: Row = [-2.0, 0.0, -0.25, 0.0, 1.0, 0.0, 0.25];
/// How strongly, in examples.
const PENALTY: f64 = 3.0;
/// What an example counts whose outcome is a chance itself, beside 1 for one that is known.
const SOFT: f64 = 0.05;
/// How many examples are learnt from, the latest.
const EXAMPLES: usize = 20_000;
/// Steps of Newton's method at most.
const NEWTON: usize = 12;
/// How many hits and misses of the average account a follower's own are mixed with.
const SMOOTHING: f64 = 5.0;
/// No follower is surer than this.
const SUREST: f64 = 0.95;

/// What an account's fetched followers say of it, in whole steps of 1/4096, so that the order of adding does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Evidence {
    pub(crate) followers: u32,
    pub(crate) members: u32,
    pub(crate) adamic_adar: u32,
    pub(crate) noisy_or: u32,
    pub(crate) hits: u32,
}

impl Evidence {
    /// What one follower says: it follows `follows`, is a member with `chance` (in steps), and of the `looked_at` of its
    /// follows that were fetched so many were members.
    pub(super) fn of(follows: usize, chance: u32, members: f64, looked_at: f64, base: f64) -> Self {
        let hits = ((members + SMOOTHING * base) / (looked_at + SMOOTHING)).min(SUREST);
        let steps = |v: f64| (v * f64::from(STEPS)).round() as u32;
        Self {
            followers: 1,
            members: chance,
            adamic_adar: (f64::from(chance) / (follows.max(2) as f64).ln()).round() as u32,
            noisy_or: steps(-(1.0 - hits).ln()),
            hits: steps(hits),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.followers = self.followers.saturating_add(other.followers);
        self.members = self.members.saturating_add(other.members);
        self.adamic_adar = self.adamic_adar.saturating_add(other.adamic_adar);
        self.noisy_or = self.noisy_or.saturating_add(other.noisy_or);
        self.hits = self.hits.saturating_add(other.hits);
    }

    pub(super) fn follower_count(&self) -> u32 {
        self.followers
    }

    pub(super) fn followers(&self) -> f64 {
        f64::from(self.followers)
    }

    pub(super) fn members(&self) -> f64 {
        f64::from(self.members) / f64::from(STEPS)
    }

    pub(super) fn adamic_adar(&self) -> f64 {
        f64::from(self.adamic_adar) / f64::from(STEPS)
    }

    fn row(&self) -> Row {
        let scaled = |steps: u32| f64::from(steps) / f64::from(STEPS);
        let (n, m) = (self.followers(), self.members());
        let others = (n - m).max(0.0);
        let hits = (scaled(self.hits) / n.max(1.0)).clamp(0.001, 0.99);
        [
            1.0,
            m.ln_1p(),
            others.ln_1p(),
            (self.adamic_adar() + 0.05).ln(),
            (scaled(self.noisy_or) + 0.01).ln(),
            (hits / (1.0 - hits)).ln(),
            ((m + 0.5) / (others + 0.5)).ln(),
        ]
    }
}

/// The weights of the evidence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model(Row);

impl Default for Model {
    fn default() -> Self {
        Self(PRIOR)
    }
}

impl Model {
    /// Learns from what choices turned out to be, the oldest first: the evidence when it was chosen, the chance that it
    /// is a member, and whether that is known.
    pub(super) fn fit(examples: &[(Evidence, f64, bool)]) -> Self {
        let half_life = 0.5 * examples.len() as f64 + 200.0;
        let latest = &examples[examples.len().saturating_sub(EXAMPLES)..];
        let rows: Vec<(Row, f64, f64)> = (1..=latest.len())
            .rev()
            .zip(latest)
            .map(|(age, (evidence, member, known))| {
                let weight = (-(age as f64) / half_life).exp() * if *known { 1.0 } else { SOFT };
                (evidence.row(), *member, weight)
            })
            .collect();
        let mut beta = PRIOR;
        for _ in 0..NEWTON {
            let (gradient, hessian) = derivatives(&rows, &beta);
            let step = solve(hessian, gradient);
            beta.iter_mut().zip(step).for_each(|(b, s)| *b += s.clamp(-2.0, 2.0));
            if step.iter().all(|s| s.abs() < 1e-6) {
                break;
            }
        }
        Self(if beta.iter().all(|b| b.is_finite()) { beta } else { PRIOR })
    }

    pub(super) fn score(&self, evidence: &Evidence) -> f64 {
        dot(&self.0, &evidence.row())
    }

    pub(super) fn chance(&self, evidence: &Evidence) -> f64 {
        logistic(self.score(evidence))
    }
}

/// Of the penalised log-likelihood: its slope, and its curvature with the sign turned. The intercept is free to move.
fn derivatives(rows: &[(Row, f64, f64)], beta: &Row) -> (Row, [Row; WIDTH]) {
    let (mut gradient, mut hessian) = ([0.0; WIDTH], [[0.0; WIDTH]; WIDTH]);
    for j in 0..WIDTH {
        let penalty = if j == 0 { 0.1 * PENALTY } else { PENALTY };
        gradient[j] = -penalty * (beta[j] - PRIOR[j]);
        hessian[j][j] = penalty;
    }
    for (row, member, weight) in rows {
        let p = logistic(dot(beta, row));
        let (slope, curve) = (weight * (member - p), weight * p * (1.0 - p));
        for j in 0..WIDTH {
            gradient[j] += slope * row[j];
            for k in 0..WIDTH {
                hessian[j][k] += curve * row[j] * row[k];
            }
        }
    }
    (gradient, hessian)
}

/// Gauss's elimination; the matrix is positive definite, for the penalty is in it.
fn solve(mut a: [Row; WIDTH], mut b: Row) -> Row {
    for i in 0..WIDTH {
        let pivot = a[i];
        for r in i + 1..WIDTH {
            let factor = a[r][i] / pivot[i];
            a[r].iter_mut().zip(pivot).skip(i).for_each(|(x, p)| *x -= factor * p);
            b[r] -= factor * b[i];
        }
    }
    let mut x = [0.0; WIDTH];
    for i in (0..WIDTH).rev() {
        let known: f64 = (i + 1..WIDTH).map(|c| a[i][c] * x[c]).sum();
        x[i] = (b[i] - known) / a[i][i];
    }
    x
}

fn dot(a: &Row, b: &Row) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
