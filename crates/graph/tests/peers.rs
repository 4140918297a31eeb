//! What NetworKit and igraph say of some small graphs. The values and the script that made them are in `peers/`.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use netcensus_graph::betweenness::betweenness;
use netcensus_graph::communities::{Communities, Search, leiden, louvain, modularity};
use netcensus_graph::core::core_numbers;
use netcensus_graph::rank::{Walk, pagerank};
use netcensus_graph::{FollowGraph, components, triangles};

/// By graph, then by what.
fn values() -> BTreeMap<&'static str, BTreeMap<&'static str, Vec<f64>>> {
    let mut values: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for line in include_str!("peers/values.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [graph, what, of] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let of: Vec<f64> = of.split_whitespace().map(|value| value.parse().unwrap()).collect();
        values.entry(graph).or_default().insert(what, of);
    }
    values
}

fn for_each_graph(check: impl Fn(&str, &FollowGraph, &BTreeMap<&str, Vec<f64>>)) {
    let values = values();
    assert_eq!(values.len(), 6);
    for (name, of) in &values {
        let follows = of["follows"].chunks(2).map(|pair| (pair[0] as u32, pair[1] as u32)).collect();
        let (graph, _) = FollowGraph::from_follows(of["accounts"][0] as usize, follows).unwrap();
        check(name, &graph, of);
    }
}

fn close(name: &str, ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{name}: {a} is not {b}");
    }
}

#[test]
fn core_numbers_are_theirs() {
    for_each_graph(|name, graph, of| {
        let ours: Vec<f64> = core_numbers(graph).into_iter().map(f64::from).collect();
        close(name, &ours, &of["core"], 0.0);
    });
}

#[test]
fn components_are_theirs() {
    for_each_graph(|name, graph, of| {
        let real = |parts: Vec<u32>| parts.into_iter().map(f64::from).collect::<Vec<f64>>();
        close(name, &real(components::weakly_connected(graph)), &of["weak"], 0.0);
        close(name, &real(components::strongly_connected(graph)), &of["strong"], 0.0);
    });
}

#[test]
fn pagerank_is_theirs() {
    for_each_graph(|name, graph, of| close(name, &pagerank(graph, None, &Walk::default()), &of["pagerank"], 1e-7));
}

#[test]
fn triangles_are_theirs() {
    for_each_graph(|name, graph, of| {
        let ours: Vec<f64> = triangles::all(graph).of_account.into_iter().map(|count| count as f64).collect();
        close(name, &ours, &of["triangles"], 0.0);
    });
}

#[test]
fn betweenness_is_theirs() {
    for_each_graph(|name, graph, of| {
        close(name, &betweenness(graph, usize::MAX, 1).value, &of["betweenness"], 1e-9);
    });
}

type Method = fn(&FollowGraph, &Search) -> Communities;

#[test]
fn modularity_is_theirs_and_communities_are_about_as_good() {
    for_each_graph(|name, graph, of| {
        let Some(theirs) = of.get("modularity") else { return };
        let division: Vec<u32> = (0..graph.accounts() as u32).map(|v| v % 4).collect();
        close(name, &[modularity(graph, &division, 1.0)], theirs, 1e-12);
        // On average as good as igraph's of the same name, and some runs nearly as good as the best that is known.
        let methods =
            [("louvain", louvain as Method, Search::default().rounds, 0.95), ("leiden", leiden as Method, 4, 0.98)];
        for (what, method, rounds, nearly) in methods {
            let run = |seed| method(graph, &Search { seed, rounds, ..Search::default() }).modularity;
            let runs: Vec<f64> = (0..100).map(run).collect();
            let (mean, best) = (runs.iter().sum::<f64>() / 100.0, runs[..10].iter().copied().fold(f64::MIN, f64::max));
            assert!(mean >= 0.99 * of[what][0], "{what}, {name}: {mean} on average, not {:?}", of[what]);
            assert!(best >= nearly * of["best"][0], "{what}, {name}: {best} where {:?} can be had", of["best"]);
        }
    });
}
