//! The method held against simulated networks whose truth is known.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;

use netcensus::evaluate::{Evaluation, Plan, evaluate};
use netcensus::network::Network;
use netcensus::progress::Progress;
use netcensus::rows::Follow;
use netcensus::simulate::{World, simulate};
use netcensus::study::{FrameRule, Sample, SimulatedCoder};

fn network(world: &World) -> (Network, HashMap<String, bool>) {
    let sim = simulate(world).unwrap();
    let truth = sim.accounts.iter().zip(&sim.member).map(|(a, m)| (a.id.clone(), *m)).collect();
    let follows: Vec<Follow> = sim.follows().collect();
    (Network::new(sim.accounts.clone(), &follows).unwrap(), truth)
}

fn plan(seeds: usize, labels: usize, repeat: u32) -> Plan {
    Plan {
        seeds,
        frame: FrameRule { min_follows: 2, ..FrameRule::default() },
        sample: Sample { labels, ..Sample::default() },
        coder: SimulatedCoder::perfect(),
        gold: 0,
        level: 0.95,
        beside: Vec::new(),
        beyond: None,
        repeat,
        seed: 1,
    }
}

fn held(world: &World, plan: &Plan) -> Evaluation {
    let (network, truth) = network(world);
    evaluate(&network, &truth, plan, &Progress::silent()).unwrap()
}

#[test]
fn the_interval_holds_and_the_answer_is_not_biased() {
    let world = World { accounts: 2500, members: 400, ..World::default() };
    let e = held(&world, &plan(40, 200, 24));
    // 24 intervals at 95 %: fewer than 20 would happen once in a hundred evaluations of a right method.
    assert!(e.coverage >= 0.83, "{e:#?}");
    assert!(e.relative_bias.abs() <= 3.0 * e.relative_bias_se, "{e:#?}");
    assert!(e.relative_half_width < e.srs_relative_half_width, "{e:#?}");
    assert_eq!((e.repeats, e.members, e.labels), (24, 400, 200));
}

#[test]
fn a_pocket_that_the_scores_miss_is_still_counted() {
    let world = World { accounts: 2500, members: 400, pocket: 0.15, seed: 5, ..World::default() };
    let e = held(&world, &plan(40, 200, 24));
    assert!(e.coverage >= 0.83, "{e:#?}");
    assert!(e.relative_bias.abs() <= 3.0 * e.relative_bias_se, "{e:#?}");
}

#[test]
fn the_same_on_any_number_of_threads() {
    let (network, truth) = network(&World { accounts: 1500, members: 150, ..World::default() });
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let e = pool.install(|| evaluate(&network, &truth, &plan(20, 80, 6), &Progress::silent())).unwrap();
        format!("{:?}", Evaluation { seconds: 0.0, ..e })
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn odd_sizes_are_answered_or_refused() {
    let (network, truth) = network(&World { accounts: 300, members: 30, ..World::default() });
    let run = |plan: &Plan| evaluate(&network, &truth, plan, &Progress::silent());
    // More labels than accounts: everybody is labelled, and the answer is exact.
    let all = run(&plan(10, 5000, 3)).unwrap();
    assert_eq!((all.coverage, all.relative_bias, all.relative_half_width), (1.0, 0.0, 0.0));
    assert!(run(&plan(30, 50, 1)).is_err(), "as many seeds as members");
    assert!(run(&plan(0, 50, 1)).is_err(), "no seeds");
    assert!(run(&plan(10, 50, 0)).is_err(), "nothing to repeat");
    let few = run(&plan(5, 2, 3)).unwrap();
    assert!(few.relative_half_width.is_finite() && few.coverage >= 0.0);
}
