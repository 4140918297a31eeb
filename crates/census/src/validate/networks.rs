//! Simulated networks, from the seeds to the interval: frame, measures, batches, scores that learn, estimate.

use serde::Serialize;

use super::Outcome;
use crate::classify;
use crate::evaluate::{self, Plan};
use crate::network::Network;
use crate::rows::Follow;
use crate::simulate::{World, simulate};
use crate::study::{FrameRule, Sample, SimulatedCoder};
use crate::{Error, Result};

/// A kind of network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// What differs from the first setting.
    pub name: String,
    /// The network; its seed differs from world to world.
    pub world: World,
    /// Labels.
    pub labels: usize,
    /// A coder's chance to answer wrongly, either way.
    pub coder_error: f64,
}

/// Thirteen settings: the demonstration, a smaller one like it, and others that differ from that in one thing each.
pub fn around_the_demo() -> Vec<Setting> {
    let world = || World { accounts: 3_000, members: 300, known: 25, ..World::default() };
    let setting = |name: &str, world: World| Setting { name: name.into(), world, labels: 300, coder_error: 0.0 };
    vec![
        setting("the demonstration: 20,000 accounts, 1,000 members", World::default()).with(|s| s.labels = 500),
        setting("3,000 accounts, 300 members", world()),
        setting("12,000 accounts, 1,200 members", World { accounts: 12_000, members: 1_200, ..world() }),
        setting("1 % members", World { members: 30, known: 8, ..world() }),
        setting("40 % members", World { members: 1_200, ..world() }),
        setting("a fifth of follows inside", World { inside: 0.2, ..world() }),
        setting("four fifths of follows inside", World { inside: 0.8, ..world() }),
        setting("no bystanders", World { bystanders: 0.0, ..world() }),
        setting("three times the bystanders", World { bystanders: 3.0, ..world() }),
        setting("no pocket", World { pocket: 0.0, ..world() }),
        setting("15 % of members in a pocket", World { pocket: 0.15, ..world() }),
        setting("100 labels", world()).with(|s| s.labels = 100),
        setting("coders err in 5 of 100", world()).with(|s| s.coder_error = 0.05),
    ]
}

impl Setting {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

pub(super) fn world(setting: &Setting, level: f64, seed: u64, number: u32) -> Result<Outcome> {
    let seed = seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number));
    let world = simulate(&World { seed, ..setting.world.clone() })?;
    let follows: Vec<Follow> = world.follows().collect();
    let network = Network::new(world.accounts.clone(), &follows)?;
    let number =
        |i: usize| network.ids.get(&world.accounts[i].id).ok_or_else(|| Error::bug("an account has no number"));
    let mut member = vec![false; network.ids.len()];
    for i in (0..world.accounts.len()).filter(|&i| world.member[i]) {
        member[number(i)? as usize] = true;
    }
    let mut seeds = world.seeds.iter().map(|&i| number(i as usize)).collect::<Result<Vec<u32>>>()?;
    seeds.sort_unstable();
    let error = setting.coder_error;
    let plan = Plan {
        seeds: seeds.len(),
        frame: FrameRule { min_follows: 2, leave_out_bots: false, ..FrameRule::default() },
        sample: Sample { labels: setting.labels, ..Sample::default() },
        coder: SimulatedCoder { sensitivity: 1.0 - error, specificity: 1.0 - error, ..SimulatedCoder::perfect() },
        gold: if error > 0.0 { 400 } else { 0 },
        level,
        beside: Vec::new(),
        beyond: None,
        repeat: 1,
        seed,
    };
    let found = evaluate::census(&network, &classify::spectrum(&network), &member, seeds, &plan, seed)?;
    Ok(Outcome { truth: found.truth, value: found.value, limits: found.limits, wald: found.wald, srs: found.srs })
}
