//! Whom the suspended reached, and how the group hangs together without them.

use netcensus_graph::components::{sizes, weakly_connected};
use netcensus_graph::reach::{audience, lost};
use netcensus_graph::{FollowGraph, Group};

use super::{Reach, World};

/// Counts on the follows as they were seen, of all members and of those that remain. None where a cell is too small.
pub(super) fn reach(world: &World<'_>, members: &[u32]) -> Option<Reach> {
    let graph = &world.network.graph;
    let account = |unit: usize| world.frame.units[unit].account;
    let group = |accounts: Vec<u32>| Group::from_members(graph.accounts(), accounts);
    let of = |keep: &dyn Fn(&super::Clock) -> bool| -> Vec<u32> {
        world.clocks.iter().filter(|c| c.member && keep(c)).map(|c| account(c.unit)).collect()
    };
    let suspended = group(of(&|c| c.suspended().is_some()));
    // Who put itself away does not remain, either, and is not what suspensions took.
    let ended = group(of(&|c| c.gone.is_some()));
    let all = group(members.to_vec());
    let remaining = group(all.iter().filter(|a| !ended.contains(*a)).collect());
    if suspended.len() < world.min_cell || remaining.len() < world.min_cell {
        return None;
    }
    let outside = |set: Group| set.iter().filter(|a| !all.contains(*a)).count();
    let without = group(all.iter().filter(|a| !suspended.contains(*a)).collect());
    Some(Reach {
        suspended: suspended.len(),
        remaining: remaining.len(),
        audience: outside(audience(graph, &all)),
        lost: outside(lost(graph, &suspended, &remaining)),
        density_before: density(graph, &all),
        density_after: density(graph, &without),
        largest_before: largest(graph, &all),
        largest_after: largest(graph, &without),
    })
}

fn density(graph: &FollowGraph, group: &Group) -> f64 {
    let n = group.len() as f64;
    if n < 2.0 { 0.0 } else { graph.among(group).follows() as f64 / (n * (n - 1.0)) }
}

fn largest(graph: &FollowGraph, group: &Group) -> u32 {
    sizes(&weakly_connected(&graph.among(group))).first().map_or(0, |(_, size)| *size)
}
