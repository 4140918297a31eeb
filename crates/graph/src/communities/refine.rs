//! The refinement of Leiden: each community is built up anew from single nodes, and only from parts that are tied.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::level::{Level, Links};
use crate::hash::Draws;

/// How far, in ties, a gain may lie below the best to have a chance still: it is taken with chance ∝ exp(gain / θ).
const THETA: f64 = 0.01;

/// Splits each community into parts, each connected: starting from single nodes, a node that is alone still joins, by
/// lot, a part of its community that it is tied to, where modularity does not lose. Only a node, and only a part, that is
/// well tied to the rest of the community: by at least as many ties as chance would give, γ·k·(K − k) / 2m.
///
/// Returns the part of each node, numbered below the number of nodes.
pub(super) fn refine(level: &impl Level, community: &[u32], price: f64, draws: &mut Draws) -> Vec<u32> {
    let n = level.nodes();
    let mut weight_of = vec![0; n];
    for (node, &community) in (0..).zip(community) {
        weight_of[community as usize] += level.weight(node);
    }
    // Ties of each part into the rest of its community; at first of each node.
    let within = |node: u32| {
        let (own, mut sum) = (community[node as usize], 0);
        level.ties(node, |other, weight| sum += if community[other as usize] == own { weight } else { 0 });
        u64::from(sum)
    };
    let mut within: Vec<u64> = (0..n as u32).into_par_iter().map(within).collect();
    let mut weight: Vec<u64> = (0..n as u32).map(|node| level.weight(node)).collect();
    let mut part: Vec<u32> = (0..n as u32).collect();
    let mut alone = vec![true; n];
    let mut links = Links::new(n);
    let mut parts: Vec<(u32, u32, f64)> = Vec::new();
    for node in draws.shuffled(n) {
        let (own, i) = (community[node as usize], node as usize);
        let all = weight_of[own as usize];
        let well_tied = |ties: u64, weight: u64| ties as f64 >= price * weight as f64 * (all - weight) as f64;
        if !alone[i] || within[i] == 0 || !well_tied(within[i], weight[i]) {
            continue;
        }
        level.ties(node, |other, weight| {
            if community[other as usize] == own {
                links.add(part[other as usize], weight);
            }
        });
        let mut best = 0.0;
        parts.clear();
        links.drain(|to, links| {
            let gain = f64::from(links) - price * weight[i] as f64 * weight[to as usize] as f64;
            if gain >= best - 30.0 * THETA && gain >= 0.0 && well_tied(within[to as usize], weight[to as usize]) {
                best = gain.max(best);
                parts.push((to, links, gain));
            }
        });
        let chance = |gain: f64| ((gain - best) / THETA).exp();
        let mut lot = draws.unit() * parts.iter().map(|&(_, _, gain)| chance(gain)).sum::<f64>();
        let drawn = parts.iter().find(|&&(_, _, gain)| {
            lot -= chance(gain);
            lot < 0.0
        });
        if let Some(&(to, links, _)) = drawn.or(parts.last()) {
            let to_i = to as usize;
            part[i] = to;
            within[to_i] = within[to_i] + within[i] - 2 * u64::from(links);
            weight[to_i] += weight[i];
            (alone[i], alone[to_i]) = (false, false);
        }
    }
    part
}
