//! The kernels on R-MAT and study-shaped graphs, numbered as a study's accounts are.
//!
//! `cargo bench --workspace --bench kernels` runs all, with `-- pagerank` some of them. At the end comes how far
//! PageRank is from the limit of the machine: see [`limit`].
#![allow(missing_docs)] // a bench says what it is by its name

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;

use divan::Bencher;
use divan::counter::ItemsCount;
use netcensus_benches::names::{Kind, Names};
use netcensus_benches::rmat::Rmat;
use netcensus_benches::shape::{Network, Shape};
use netcensus_graph::communities::{self, Search};
use netcensus_graph::rank::{self, Walk};
use netcensus_graph::similar::{self, Signatures};
use netcensus_graph::{
    Builder, FollowGraph, Group, betweenness, components, core, growth, push, reach, ties, triangles,
};
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

fn main() {
    divan::main();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let only_looked_at = arguments.iter().any(|a| a == "--list" || a == "--test");
    let mut filters = arguments.iter().filter(|a| !a.starts_with('-')).peekable();
    if !only_looked_at && (filters.peek().is_none() || filters.any(|f| f.contains("pagerank") || f.contains("limit"))) {
        Graph::ALL.iter().for_each(|&graph| limit(graph));
    }
}

/// A graph to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Graph {
    Rmat16,
    Rmat18,
    Study,
}

impl Graph {
    const ALL: [Graph; 3] = [Graph::Rmat16, Graph::Rmat18, Graph::Study];

    /// Made when it is first asked for: 1, 4 and 4 million follows.
    fn get(self) -> &'static FollowGraph {
        static GRAPHS: [OnceLock<FollowGraph>; 3] = [const { OnceLock::new() }; 3];
        GRAPHS[self as usize].get_or_init(|| match self {
            Graph::Rmat16 => numbered(&Rmat::new(16, 16, 1).distinct()),
            Graph::Rmat18 => numbered(&Rmat::new(18, 16, 1).distinct()),
            Graph::Study => {
                let shape = Shape { accounts: 1 << 18, follows: 1 << 22, members: 2000, inside: 0.5, seed: 1 };
                let (network, mut follows, mut of) = (Network::new(shape), Vec::new(), Vec::new());
                for account in 0..shape.accounts {
                    network.following(account, &mut of);
                    follows.extend(of.iter().map(|&other| (account, other)));
                }
                numbered(&follows)
            }
        })
    }

    /// One account in a hundred.
    fn group(self) -> Group {
        let accounts = self.get().accounts();
        Group::from_members(accounts, (0..accounts as u32).step_by(100))
    }
}

impl std::fmt::Display for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(["rmat 16", "rmat 18", "study"][*self as usize])
    }
}

/// The graph of a study's files, in which accounts are not numbered as the generators number them.
fn numbered(follows: &[(u32, u32)]) -> FollowGraph {
    let names = Names::new(Kind::Decimal, 1);
    let builder = Builder::new(None);
    for some in follows.chunks(1 << 16) {
        let rows: Vec<_> = some.iter().map(|&(src, dst)| (names.name(src), names.name(dst))).collect();
        let added = builder.follows(rows.iter().map(|(src, dst)| (src.as_str(), dst.as_str())));
        added.unwrap_or_else(|e| panic!("{e}"));
    }
    builder.finish().unwrap_or_else(|e| panic!("{e}")).graph
}

/// Runs a kernel on each graph; speed is in follows.
fn bench(bencher: Bencher<'_, '_>, graph: Graph, kernel: impl Fn(&'static FollowGraph) + Sync) {
    let graph = graph.get();
    bencher.counter(ItemsCount::new(graph.follows())).bench(|| kernel(graph));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn build(bencher: Bencher<'_, '_>, graph: Graph) {
    let graph = graph.get();
    let follows: Vec<(u32, u32)> = (0..graph.accounts() as u32)
        .flat_map(|a| graph.following(a).into_owned().into_iter().map(move |b| (a, b)))
        .collect();
    let built = bencher.counter(ItemsCount::new(follows.len())).with_inputs(|| follows.clone());
    built.bench_values(|follows| FollowGraph::from_follows(graph.accounts(), follows));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn following_in(bencher: Bencher<'_, '_>, graph: Graph) {
    let group = graph.group();
    bench(bencher, graph, |graph| drop(black_box(ties::following_in(graph, &group))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn followers_in(bencher: Bencher<'_, '_>, graph: Graph) {
    let group = graph.group();
    bench(bencher, graph, |graph| drop(black_box(ties::followers_in(graph, &group))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn reciprocated(bencher: Bencher<'_, '_>, graph: Graph) {
    let group = graph.group();
    bench(bencher, graph, |graph| drop(black_box(ties::reciprocated(graph, &group))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn reciprocity(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(ties::reciprocity(graph))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn mean_score(bencher: Bencher<'_, '_>, graph: Graph) {
    let scores: Vec<f32> = (0..graph.get().accounts()).map(|a| (a % 100) as f32 / 100.0).collect();
    bench(bencher, graph, |graph| drop(black_box(ties::mean_score(graph, &scores, 0.5, 2.0))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn triangles_with_a_group(bencher: Bencher<'_, '_>, graph: Graph) {
    let group = graph.group();
    bench(bencher, graph, |graph| drop(black_box(ties::triangles(graph, &group))));
}

#[divan::bench(args = Graph::ALL, max_time = 5)]
fn all_triangles(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(triangles::all(graph))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn cores(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(core::core_numbers(graph))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn weakly_connected(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(components::weakly_connected(graph))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn strongly_connected(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(components::strongly_connected(graph))));
}

#[divan::bench(args = Graph::ALL, max_time = 5)]
fn louvain(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(communities::louvain(graph, &Search::default()))));
}

#[divan::bench(args = Graph::ALL, max_time = 5)]
fn leiden(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(communities::leiden(graph, &Search::default()))));
}

/// Twenty steps.
#[divan::bench(args = Graph::ALL, max_time = 3)]
fn pagerank(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(rank::pagerank(graph, None, &steps(20)))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn personalised_pagerank(bencher: Bencher<'_, '_>, graph: Graph) {
    let group = graph.group();
    bench(bencher, graph, |graph| drop(black_box(rank::pagerank(graph, Some(&group), &steps(20)))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn push(bencher: Bencher<'_, '_>, graph: Graph) {
    let few = Group::from_members(graph.get().accounts(), [17, 1000, 5000]);
    let how = push::Push { residual: 1e-6, ..push::Push::default() };
    bench(bencher, graph, |graph| drop(black_box(push::push(graph, &few, &how))));
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn grow(bencher: Bencher<'_, '_>, graph: Graph) {
    let (group, side) = (graph.group(), growth::Side::Following);
    let rule = growth::Rule { side, share: 0.05, members: 2, rounds: 20 };
    bench(bencher, graph, |graph| drop(black_box(growth::grow(graph, &group, &rule))));
}

/// Of ten starts.
#[divan::bench(args = Graph::ALL, max_time = 5)]
fn betweenness(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| drop(black_box(betweenness::betweenness(graph, 10, 1))));
}

/// MinHash signatures of everyone's followings.
#[divan::bench(args = Graph::ALL, max_time = 3)]
fn signatures(bencher: Bencher<'_, '_>, graph: Graph) {
    bench(bencher, graph, |graph| {
        let everyone = (0..graph.accounts() as u32).collect();
        drop(black_box(Signatures::new(graph, similar::Side::Following, everyone, 64, 1)));
    });
}

#[divan::bench(args = Graph::ALL, max_time = 3)]
fn audience(bencher: Bencher<'_, '_>, graph: Graph) {
    let group = graph.group();
    bench(bencher, graph, |graph| drop(black_box(reach::audience(graph, &group))));
}

fn steps(iterations: usize) -> Walk {
    Walk { tolerance: 0.0, iterations, ..Walk::default() }
}

/// Prints how long a step of PageRank takes beside nothing but its gathers: Σ x(u) over all lists of followers, end to end
/// and eight sums side by side, so that nothing but the reads of x waits; on the same threads, in the same run. The fastest
/// of several of each, in turn. The ratio is to be at most 1.5.
fn limit(graph: Graph) {
    const MANY: usize = 20;
    let (name, graph) = (graph, graph.get());
    let accounts = graph.accounts();
    let x: Vec<f64> = (0..accounts).map(|a| 1.0 / (a + 1) as f64).collect();
    let narrow: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    let followers: Vec<u32> = (0..accounts as u32).flat_map(|v| graph.followers(v).to_vec()).collect();
    let [mut step, mut gather, mut narrow_gather] = [f64::INFINITY; 3];
    let seconds = |work: &dyn Fn()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    for _ in 0..7 {
        let few = seconds(&|| drop(black_box(rank::pagerank(graph, None, &steps(2)))));
        let many = seconds(&|| drop(black_box(rank::pagerank(graph, None, &steps(2 + MANY)))));
        // What comes before the first step is not part of a step.
        step = step.min((many - few) / MANY as f64);
        for _ in 0..5 {
            gather = gather.min(seconds(&|| {
                black_box(gathered(&followers, |u| x[u as usize]));
            }));
            narrow_gather = narrow_gather.min(seconds(&|| {
                black_box(gathered(&followers, |u| f64::from(narrow[u as usize])));
            }));
        }
    }
    let ns = 1e9 / graph.follows() as f64;
    println!(
        "limit, {name}: a step of PageRank {:.2} ns a follow, its gathers alone {:.2} (of f64), {:.2} (of f32); \
         ratio {:.2} and {:.2}",
        step * ns,
        gather * ns,
        narrow_gather * ns,
        step / gather,
        step / narrow_gather
    );
}

/// The gathers of one step, and nothing else.
fn gathered(followers: &[u32], x: impl Fn(u32) -> f64 + Sync) -> f64 {
    let piece = |followers: &[u32]| {
        let (eights, rest) = followers.as_chunks::<8>();
        let mut sums = [0.0; 8];
        eights.iter().for_each(|eight| sums.iter_mut().zip(eight).for_each(|(sum, &u)| *sum += x(u)));
        sums.iter().sum::<f64>() + rest.iter().map(|&u| x(u)).sum::<f64>()
    };
    followers.par_chunks(1 << 16).map(piece).sum()
}
