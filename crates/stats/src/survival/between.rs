//! Curves where an end is only known to lie between two checks.

use crate::{Error, Result};

/// Cycles until the likelihood must have settled.
const CYCLES: usize = 20_000;
/// It has where no share of mass would gain the likelihood more than this, per unit.
const SETTLED: f64 = 1e-8;

/// A unit that ended, or was last seen, between two checks; in age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    /// Age when it came under watch.
    pub entry: f64,
    /// Age at the last check that saw it there; not below `entry`.
    pub low: f64,
    /// Age at the first check that no longer did; infinite when there was none, `low` when the very age is known.
    pub high: f64,
}

/// A stretch of ages in which the curve falls; where in it, the data cannot tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// It falls after this age,
    pub low: f64,
    /// and by this one; infinite for the mass of those that were never seen to end.
    pub high: f64,
    /// The share of units that end there.
    pub mass: f64,
}

/// The curve: it falls in its parts only.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    /// By age; those without mass left out.
    pub parts: Vec<Part>,
    /// Of the data given the curve.
    pub log_likelihood: f64,
}

/// The nonparametric maximum likelihood estimate from ends between checks, with delayed entry.
///
/// ```text
/// max Σᵢ log( Σ_{j: part j in (lowᵢ, highᵢ]} pⱼ / Σ_{j: part j after entryᵢ} pⱼ )          pⱼ ≥ 0, Σ pⱼ = 1
/// ```
///
/// Parts lie between a `low` and the next `high` or entry (Turnbull's innermost intervals; entries as in Frydman 1994). By
/// self-consistency: each unit spreads over the parts that it may have ended in, and stands for those that ended before
/// they could come under watch; sped up by SQUAREM, until no part would gain the likelihood 1e-8 a unit. The curve begins
/// at the youngest entry: what ended before, nobody could see.
///
/// Assumes that checks are made whatever the state of the unit. Where few are under watch at young ages, the likelihood
/// can gain by letting nearly all units end there, and the curve says nothing from then on: with delayed entry at many
/// different ages use [`super::smooth`]. O(units + parts) a cycle.
///
/// Turnbull 1976, *The empirical distribution function with arbitrarily grouped, censored and truncated data*; Frydman
/// 1994, *A note on nonparametric estimation of the distribution function from interval-censored and truncated
/// observations*; Varadhan & Roland 2008 for the speed.
///
/// # Errors
/// Without a unit; when ages are not 0 ≤ entry ≤ low ≤ high, or an exact end is not after its entry; when the likelihood
/// does not settle.
pub fn turnbull(units: &[Between]) -> Result<Support> {
    let likelihood = Likelihood::new(units)?;
    let (mass, log_likelihood) = likelihood.maximise()?;
    Ok(likelihood.support(&mass, log_likelihood))
}

impl Support {
    /// Ŝ at an age, the fall within a part taken as even.
    pub fn at(&self, age: f64) -> f64 {
        let fallen = |part: &Part| {
            if age >= part.high {
                part.mass
            } else if age <= part.low || part.high.is_infinite() {
                0.0
            } else {
                part.mass * (age - part.low) / (part.high - part.low)
            }
        };
        (1.0 - self.parts.iter().take_while(|part| part.low <= age).map(fallen).sum::<f64>()).max(0.0)
    }

    /// The least and the most that Ŝ may be at an age: where an age lies in a part, the likelihood is the same for all
    /// between.
    pub fn bounds(&self, age: f64) -> (f64, f64) {
        let sum = |by: &dyn Fn(&Part) -> bool| self.parts.iter().filter(|p| by(p)).map(|p| p.mass).sum::<f64>();
        let most = 1.0 - sum(&|p| p.high <= age);
        let least = 1.0 - sum(&|p| p.low < age || p.high <= age);
        (least.max(0.0), most.max(0.0))
    }

    /// The age that a share `q` does not outlive, the fall within a part taken as even; none where the curve does not come
    /// down so far.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let mut before = 0.0;
        for part in &self.parts {
            if before + part.mass >= q {
                let share = (q - before) / part.mass;
                return part.high.is_finite().then_some(part.low + share * (part.high - part.low));
            }
            before += part.mass;
        }
        None
    }
}

/// Where an interval begins or ends: the value, and what comes first at the same value.
type Edge = (f64, u8);

/// An exact end begins here,
const AT: u8 = 0;
/// intervals end here,
const CLOSE: u8 = 1;
/// and those that do not hold the age itself begin.
const AFTER: u8 = 2;

/// Units that say the same: the parts they may have ended in, and the first that lies after their entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    first: usize,
    end: usize,
    seen: usize,
}

struct Likelihood {
    parts: Vec<(Edge, Edge)>,
    /// With how many units say so.
    cells: Vec<(Cell, f64)>,
}

impl Likelihood {
    fn new(units: &[Between]) -> Result<Self> {
        check_between(units)?;
        let from = |u: &Between| if u.low == u.high { (u.low, AT) } else { (u.low, AFTER) };
        let mut edges: Vec<(Edge, bool)> =
            units.iter().flat_map(|u| [(from(u), true), ((u.high, CLOSE), false), ((u.entry, CLOSE), false)]).collect();
        edges.sort_by(|a, b| order(&a.0, &b.0));
        edges.dedup();
        let parts: Vec<(Edge, Edge)> =
            edges.windows(2).filter(|pair| pair[0].1 && !pair[1].1).map(|pair| (pair[0].0, pair[1].0)).collect();
        let cell = |u: &Between| {
            let first = parts.partition_point(|p| order(&p.0, &from(u)).is_lt());
            let end = parts.partition_point(|p| order(&p.1, &(u.high, CLOSE)).is_le());
            let seen = parts.partition_point(|p| order(&p.1, &(u.entry, CLOSE)).is_le());
            Cell { first, end, seen }
        };
        let mut told: Vec<Cell> = units.iter().map(cell).collect();
        told.sort_unstable();
        let cells = told.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)).collect();
        Ok(Self { parts, cells })
    }

    /// The masses of highest likelihood, and it.
    fn maximise(&self) -> Result<(Vec<f64>, f64)> {
        let mut mass = vec![1.0 / self.parts.len() as f64; self.parts.len()];
        for _ in 0..CYCLES {
            let one = self.step(&mass);
            if one.gain < SETTLED {
                return Ok((mass, one.log_likelihood));
            }
            let two = self.step(&one.mass);
            let ahead = extrapolate(&mass, &one.mass, &two.mass);
            let three = self.step(&ahead);
            // Extrapolation may overshoot; two plain steps never lose.
            mass = if three.log_likelihood >= two.log_likelihood { three.mass } else { two.mass };
        }
        Err(Error::Argument("the survival curve between checks does not settle; too few units are seen at some ages"))
    }

    /// A step of self-consistency from `mass`, with the log-likelihood of `mass`.
    fn step(&self, mass: &[f64]) -> Cycle {
        // From the last part back: what is left late is small beside what fell before.
        let mut after = vec![0.0; mass.len() + 1];
        (0..mass.len()).rev().for_each(|j| after[j] = after[j + 1] + mass[j]);
        // What a unit of mass in each part is worth, as differences from part to part.
        let mut worth = vec![0.0; mass.len() + 1];
        let (mut every, mut all, mut log_likelihood) = (0.0, 0.0, 0.0);
        for &(cell, n) in &self.cells {
            let (own, seen) = (after[cell.first] - after[cell.end], after[cell.seen]);
            log_likelihood += n * (own / seen).ln();
            worth[cell.first] += n / own;
            worth[cell.end] -= n / own;
            worth[0] += n / seen;
            worth[cell.seen] -= n / seen;
            every += n / seen;
            all += n;
        }
        let (mut next, mut run, mut sum, mut gain) = (Vec::with_capacity(mass.len()), 0.0, 0.0, 0.0_f64);
        for (p, w) in mass.iter().zip(&worth) {
            run += w;
            let share = p * run;
            // The likelihood's slope along this part; at the top 0 where there is mass, and nowhere above.
            let slope = (run - every) / all;
            gain = gain.max(slope).max((p * slope).abs());
            next.push(share);
            sum += share;
        }
        next.iter_mut().for_each(|p| *p /= sum);
        Cycle { mass: next, gain, log_likelihood }
    }

    fn support(&self, mass: &[f64], log_likelihood: f64) -> Support {
        let whole: f64 = mass.iter().sum();
        let parts = self.parts.iter().zip(mass).filter(|(_, p)| **p > 1e-12);
        let parts = parts.map(|((low, high), p)| Part { low: low.0, high: high.0, mass: p / whole }).collect();
        Support { parts, log_likelihood }
    }
}

struct Cycle {
    mass: Vec<f64>,
    gain: f64,
    log_likelihood: f64,
}

/// Where three steps in a row lead to; within the possible.
fn extrapolate(zero: &[f64], one: &[f64], two: &[f64]) -> Vec<f64> {
    let (mut r2, mut v2) = (0.0, 0.0);
    for ((a, b), c) in zero.iter().zip(one).zip(two) {
        let (r, v) = (b - a, c - 2.0 * b + a);
        r2 += r * r;
        v2 += v * v;
    }
    if v2 == 0.0 {
        return two.to_vec();
    }
    let length = (r2 / v2).sqrt().max(1.0);
    let ahead = |((a, b), c): ((&f64, &f64), &f64)| {
        let (r, v) = (b - a, c - 2.0 * b + a);
        (a + 2.0 * length * r + length * length * v).max(0.01 * c)
    };
    let mut mass: Vec<f64> = zero.iter().zip(one).zip(two).map(ahead).collect();
    let whole: f64 = mass.iter().sum();
    mass.iter_mut().for_each(|p| *p /= whole);
    mass
}

pub(super) fn check_between(units: &[Between]) -> Result<()> {
    if units.is_empty() {
        return Err(Error::Argument("there is no lifetime to estimate from"));
    }
    let sound =
        |u: &Between| u.entry >= 0.0 && u.entry <= u.low && u.low.is_finite() && u.low <= u.high && u.entry < u.high;
    if !units.iter().all(sound) {
        return Err(Error::Argument("a unit is seen from its entry on, and ends at an age or between two"));
    }
    Ok(())
}

fn order(a: &Edge, b: &Edge) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}
