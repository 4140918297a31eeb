//! Walks held against a network whose truth is known: what could be said of it if nobody could list it.

use std::collections::HashMap;
use std::time::Instant;

use netcensus_graph::FollowGraph;
pub use netcensus_graph::walk::Walk;
use netcensus_graph::walk::{Steps, Visit};
use netcensus_stats::walk::{Chains, Chances, Draw};
use rand::RngExt;
use rayon::prelude::*;
use serde::Serialize;

use crate::network::Network;
use crate::progress::Progress;
use crate::sample;
use crate::{Error, Result};

/// What is repeated.
#[derive(Debug, Clone)]
pub struct WalkPlan {
    /// How the walks go.
    pub walk: Walk,
    /// Draws kept, all walks taken together. An account met again needs no second label.
    pub labels: usize,
    /// In how many walks, each from a member drawn at random.
    pub walks: usize,
    /// Steps of each walk left out at its beginning.
    pub burn_in: usize,
    /// One in so many steps is kept after that.
    pub thin: usize,
    /// Draws of one walk that are closer than this do not count as meeting an account again.
    pub margin: usize,
    /// The intervals' level.
    pub level: f64,
    /// How many times.
    pub repeat: u32,
    /// The random seed.
    pub seed: u64,
}

impl WalkPlan {
    /// Eight walks. A simple walk forgets its start in a hundred steps, and every step is kept; a Metropolis walk stays
    /// where it is most of the time, so that it takes ten times as many, and only draws of different walks count as
    /// meeting an account again.
    pub fn new(walk: Walk, labels: usize, level: f64, repeat: u32, seed: u64) -> Self {
        let (burn_in, thin, margin) = match walk {
            Walk::Simple => (100, 1, 30),
            Walk::Metropolis => (1000, 10, usize::MAX),
        };
        Self { walk, labels, walks: 8, burn_in, thin, margin, level, repeat, seed }
    }
}

/// How the walks did. The truth is that of the largest connected part of the network, where they all start: no walk
/// can tell of more.
#[derive(Debug, Clone, Serialize)]
pub struct WalkEvaluation {
    /// Repeats done.
    pub repeats: u32,
    /// Accounts in the network.
    pub accounts: usize,
    /// Members among them.
    pub members: usize,
    /// Draws of each repeat.
    pub draws: usize,
    /// Median of different accounts among them: labels that a coder must give.
    pub labels: usize,
    /// The share of members.
    pub share: Held,
    /// The number of accounts.
    pub size: Held,
    /// The number of members.
    pub total: Held,
    /// The intervals' level.
    pub level: f64,
    /// Wall-clock seconds in all.
    pub seconds: f64,
}

/// How the intervals of one number did.
#[derive(Debug, Clone, Serialize)]
pub struct Held {
    /// The number, of the largest connected part.
    pub truth: f64,
    /// Share of the intervals that hold it.
    pub coverage: f64,
    /// Share of the intervals that lie wholly below it.
    pub missed_low: f64,
    /// Share of the intervals that lie wholly above it.
    pub missed_high: f64,
    /// Share of the repeats that gave no number, only a lower limit, since no account was met again.
    pub without_value: f64,
    /// Mean of (answer − truth)/truth over the others; none if there are none.
    pub relative_bias: Option<f64>,
    /// Standard error of that mean.
    pub relative_bias_se: Option<f64>,
    /// Median half-width relative to the answer; none if half the repeats or more gave no number.
    pub relative_half_width: Option<f64>,
}

/// One number of one repeat.
#[derive(Debug, Clone, Copy)]
struct Answer {
    value: Option<f64>,
    low: f64,
    high: f64,
}

struct Outcome {
    labels: usize,
    share: Answer,
    size: Answer,
    total: Answer,
}

/// The most steps that a repeat may take.
const MOST_STEPS: usize = 100_000_000;

/// Repeats the walks of `plan` on `network`, whose members `truth` knows.
///
/// # Errors
/// When there is nothing to repeat, too few labels for the walks, or no member in the largest connected part.
pub fn evaluate_walks(
    network: &Network,
    truth: &HashMap<String, bool>,
    plan: &WalkPlan,
    progress: &Progress,
) -> Result<WalkEvaluation> {
    let start = Instant::now();
    check(plan)?;
    let ids = (0..network.ids.len() as u32).map(|account| network.ids.name(account));
    let member: Vec<bool> = ids.map(|id| truth.get(id).copied().unwrap_or(false)).collect();
    let part = largest_part(&network.graph);
    let starts: Vec<u32> = part.iter().copied().filter(|&account| member[account as usize]).collect();
    if starts.is_empty() || part.len() < 2 {
        return Err(Error::usage("no member lies in the largest connected part of the network: no walk can start")
            .help("check --member-column, and that the follows are those of these accounts"));
    }
    progress.begin("evaluate", Some(u64::from(plan.repeat)));
    let outcomes = (1..=plan.repeat)
        .into_par_iter()
        .map(|number| {
            progress.check()?;
            let outcome = repeat(network, &member, &starts, plan, number);
            progress.advance(1);
            outcome
        })
        .collect::<Result<Vec<Outcome>>>()?;
    progress.end();

    let (accounts, members) = (part.len() as f64, starts.len() as f64);
    let of = |answer: fn(&Outcome) -> Answer, truth: f64| held(outcomes.iter().map(answer).collect(), truth);
    let mut labels: Vec<usize> = outcomes.iter().map(|o| o.labels).collect();
    labels.sort_unstable();
    Ok(WalkEvaluation {
        repeats: plan.repeat,
        accounts: network.ids.len(),
        members: member.iter().filter(|m| **m).count(),
        draws: plan.labels,
        labels: labels[labels.len() / 2],
        share: of(|o| o.share, members / accounts),
        size: of(|o| o.size, accounts),
        total: of(|o| o.total, members),
        level: plan.level,
        seconds: start.elapsed().as_secs_f64(),
    })
}

fn check(plan: &WalkPlan) -> Result<()> {
    if plan.repeat == 0 {
        return Err(Error::usage("nothing to repeat").help("give --repeat 1 or more"));
    }
    if plan.walks == 0 || plan.labels < 2 * plan.walks {
        return Err(Error::usage(format!("{} labels are too few for {} walks", plan.labels, plan.walks))
            .help("give more --labels: two for each walk at the least"));
    }
    let steps =
        plan.labels.checked_mul(plan.thin).and_then(|kept| plan.burn_in.checked_mul(plan.walks)?.checked_add(kept));
    if steps.is_none_or(|steps| steps > MOST_STEPS) {
        return Err(Error::usage(format!("more than {MOST_STEPS} steps are too many for one repeat"))
            .help("give fewer --labels"));
    }
    Ok(())
}

/// One repeat: fresh walks from members drawn at random.
fn repeat(network: &Network, member: &[bool], starts: &[u32], plan: &WalkPlan, number: u32) -> Result<Outcome> {
    let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number));
    let mut random = sample::random(seed, "walk", 0);
    let chances = match plan.walk {
        Walk::Simple => Chances::Degree,
        Walk::Metropolis => Chances::Uniform,
    };
    let draw = |visit: Visit| Draw {
        unit: u64::from(visit.account),
        degree: f64::from(visit.ties),
        label: f64::from(u8::from(member[visit.account as usize])),
    };
    let mut chains = Vec::with_capacity(plan.walks);
    for walk in 0..plan.walks {
        let keep = plan.labels / plan.walks + usize::from(walk < plan.labels % plan.walks);
        let steps = Steps { burn_in: plan.burn_in, thin: plan.thin, keep };
        let start = starts[random.random_range(0..starts.len())];
        let visits = plan
            .walk
            .from(&network.graph, start, steps, &mut random)
            .map_err(|e| Error::bug("a walk in the largest connected part has nowhere to go").because(e))?;
        chains.push(visits.into_iter().map(draw).collect());
    }
    let chains = Chains::new(chains, chances)?;
    let share = chains.share(plan.level)?;
    let size = chains.size(plan.margin, plan.level)?;
    let total = chains.total(plan.margin, plan.level)?;
    let high = |high: Option<f64>| high.unwrap_or(f64::INFINITY);
    Ok(Outcome {
        labels: chains.units(),
        share: Answer { value: Some(share.value), low: share.low, high: share.high },
        size: Answer { value: size.value, low: size.low, high: high(size.high) },
        total: Answer { value: total.value, low: total.low, high: high(total.high) },
    })
}

/// The accounts of the largest connected part of the undirected view, ascending; of equally large ones the first.
fn largest_part(graph: &FollowGraph) -> Vec<u32> {
    let mut met = vec![false; graph.accounts()];
    let mut largest: Vec<u32> = Vec::new();
    for first in 0..graph.accounts() as u32 {
        if met[first as usize] {
            continue;
        }
        met[first as usize] = true;
        let mut part = vec![first];
        let mut at = 0;
        while at < part.len() {
            for other in graph.neighbours(part[at]) {
                if !std::mem::replace(&mut met[other as usize], true) {
                    part.push(other);
                }
            }
            at += 1;
        }
        if part.len() > largest.len() {
            largest = part;
        }
    }
    largest.sort_unstable();
    largest
}

fn held(answers: Vec<Answer>, truth: f64) -> Held {
    let n = answers.len() as f64;
    let share = |holds: &dyn Fn(&Answer) -> bool| answers.iter().filter(|a| holds(a)).count() as f64 / n;
    let errors: Vec<f64> = answers.iter().filter_map(|a| Some((a.value? - truth) / truth)).collect();
    let valued = errors.len() as f64;
    let bias = (valued > 0.0).then(|| errors.iter().sum::<f64>() / valued);
    let spread = bias.map(|bias| errors.iter().map(|e| (e - bias).powi(2)).sum::<f64>() / (valued - 1.0).max(1.0));
    let mut widths: Vec<f64> = answers
        .iter()
        .map(|a| a.value.filter(|v| *v > 0.0).map_or(f64::INFINITY, |value| (a.high - a.low) / 2.0 / value))
        .collect();
    widths.sort_by(f64::total_cmp);
    Held {
        truth,
        coverage: share(&|a| a.low <= truth && truth <= a.high),
        missed_low: share(&|a| a.high < truth),
        missed_high: share(&|a| a.low > truth),
        without_value: share(&|a| a.value.is_none()),
        relative_bias: bias,
        relative_bias_se: spread.map(|v| (v / valued).sqrt()),
        relative_half_width: Some(widths[widths.len() / 2]).filter(|w| w.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rows::Follow;
    use crate::simulate::{World, simulate};

    fn network() -> (Network, HashMap<String, bool>) {
        let sim = simulate(&World { accounts: 2000, members: 300, ..World::default() }).unwrap();
        let truth = sim.accounts.iter().zip(&sim.member).map(|(a, m)| (a.id.clone(), *m)).collect();
        let follows: Vec<Follow> = sim.follows().collect();
        (Network::new(sim.accounts.clone(), &follows).unwrap(), truth)
    }

    #[test]
    fn intervals_hold_on_a_simulated_network() {
        let (network, truth) = network();
        for walk in [Walk::Simple, Walk::Metropolis] {
            let plan = WalkPlan::new(walk, 600, 0.95, 60, 1);
            let e = evaluate_walks(&network, &truth, &plan, &Progress::silent()).unwrap();
            // 60 intervals at 95 %: fewer than 52 would happen once in a hundred evaluations of a right method.
            assert!([&e.share, &e.size, &e.total].iter().all(|h| h.coverage >= 0.86), "{e:#?}");
            assert!(e.size.truth <= 2000.0 && e.total.truth <= 300.0 && e.labels <= 600);
            assert!(e.share.relative_bias.unwrap().abs() < 4.0 * e.share.relative_bias_se.unwrap(), "{e:#?}");
        }
    }

    #[test]
    fn the_same_on_any_number_of_threads() {
        let (network, truth) = network();
        let plan = WalkPlan::new(Walk::Simple, 200, 0.9, 6, 3);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let e = pool.install(|| evaluate_walks(&network, &truth, &plan, &Progress::silent())).unwrap();
            format!("{:?}", WalkEvaluation { seconds: 0.0, ..e })
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn odd_plans_are_answered_or_refused() {
        let (network, truth) = network();
        let run = |plan: WalkPlan| evaluate_walks(&network, &truth, &plan, &Progress::silent());
        let plan = || WalkPlan::new(Walk::Simple, 16, 0.95, 3, 1);
        assert!(run(WalkPlan { repeat: 0, ..plan() }).is_err());
        assert!(run(WalkPlan { walks: 0, ..plan() }).is_err());
        assert!(run(WalkPlan { labels: 15, ..plan() }).is_err());
        assert!(run(WalkPlan { thin: usize::MAX, ..plan() }).is_err());
        assert!(run(WalkPlan { level: 1.0, ..plan() }).is_err());
        assert!(evaluate_walks(&network, &HashMap::new(), &plan(), &Progress::silent()).is_err());
        let few = run(plan()).unwrap();
        assert!(few.size.without_value >= 0.0 && few.share.coverage >= 0.0);
        assert!(serde_json::to_string(&few).is_ok_and(|text| !text.contains("NaN")));
    }

    #[test]
    fn the_largest_part() {
        let graph = FollowGraph::from_follows(8, vec![(0, 1), (3, 2), (3, 5), (6, 5), (7, 7)]).unwrap().0;
        assert_eq!(largest_part(&graph), [2, 3, 5, 6]);
        assert!(largest_part(&FollowGraph::from_follows(0, vec![]).unwrap().0).is_empty());
    }
}
