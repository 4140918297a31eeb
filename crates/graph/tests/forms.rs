//! The compressed form: every kernel gives the same bits as on the plain one, in memory and from a file.
#![allow(clippy::unwrap_used)]

use std::fs;

use netcensus_graph::betweenness::betweenness;
use netcensus_graph::communities::{Search, leiden, louvain, modularity};
use netcensus_graph::components::{strongly_connected, weakly_connected};
use netcensus_graph::core::core_numbers;
use netcensus_graph::growth::{self, Rule, grow};
use netcensus_graph::push::{Push, push};
use netcensus_graph::rank::{self, pagerank};
use netcensus_graph::reach::{Sketch, audience, lost};
use netcensus_graph::similar::{Side, Signatures, jaccard};
use netcensus_graph::spectral::Spectrum;
use netcensus_graph::walk::{Steps, Walk};
use netcensus_graph::{Builder, Built, Error, FollowGraph, Form, Group, Memory, open, ties, triangles};
use proptest::collection::vec;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Everything that can be read off a graph, the numbers as their bits.
fn read_off(graph: &FollowGraph) -> impl PartialEq + use<> {
    let n = graph.accounts();
    let accounts = || 0..n as u32;
    let [group, others] = [5, 9].map(|step| Group::from_members(n, accounts().step_by(step)));
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let scores: Vec<f32> = accounts().map(|v| if v % 4 == 0 { f32::NAN } else { v as f32 / 8.0 }).collect();
    let lists: Vec<_> = accounts()
        .map(|v| {
            let both: Vec<u32> = graph.neighbours(v).collect();
            let follows = accounts().take(40).filter(|&u| graph.is_follow(v, u)).count();
            let degrees = (graph.out_degree(v), graph.in_degree(v));
            (graph.following(v).into_owned(), graph.followers(v).into_owned(), both, follows, degrees)
        })
        .collect();
    let means = ties::mean_score(graph, &scores, 0.1, 3.0);
    let counts = [ties::following_in, ties::followers_in, ties::reciprocated, ties::triangles];
    let walk = |start, how: Walk| {
        let steps = Steps { burn_in: 3, thin: 2, keep: 20 };
        how.from(graph, start, steps, &mut ChaCha8Rng::seed_from_u64(1)).ok()
    };
    let rule = |side| Rule { side, share: 0.2, members: 1, rounds: 5 };
    let signatures = Signatures::new(graph, Side::Tied, accounts().collect(), 64, 1);
    let candidates = signatures.candidates(16, 4, 50, 1);
    let alike = Signatures::confirmed(graph, Side::Tied, &candidates, 0.2);
    let found = [louvain(graph, &Search::default()), leiden(graph, &Search::default())];
    let between = betweenness(graph, 20, 8);
    (
        lists,
        counts.map(|kernel| kernel(graph, &group)),
        (ties::reciprocity(graph), triangles::all(graph), core_numbers(graph)),
        [means.0, means.1].map(|means| means.into_iter().map(f32::to_bits).collect::<Vec<_>>()),
        (weakly_connected(graph), strongly_connected(graph)),
        [None, Some(&group)].map(|restart| bits(pagerank(graph, restart, &rank::Walk::default()))),
        (
            push(graph, &group, &Push::default()),
            [growth::Side::Following, growth::Side::Followers].map(|side| grow(graph, &group, &rule(side))),
        ),
        (found.each_ref().map(|found| modularity(graph, &found.of_account, 1.0).to_bits()), found),
        (bits(between.value), bits(between.standard_error)),
        (audience(graph, &group), lost(graph, &group, &others), Sketch::of_audience(graph, &group, 8)),
        (
            signatures,
            candidates,
            alike,
            accounts().skip(1).map(|v| jaccard(graph, Side::Following, 0, v).to_bits()).collect::<Vec<_>>(),
        ),
        (Spectrum::of(graph, 3).to_bytes(), [walk(0, Walk::Simple), walk(n as u32 / 2, Walk::Metropolis)]),
    )
}

fn assert_same(plain: &FollowGraph) {
    let coded = plain.coded().unwrap();
    assert_eq!((plain.form(), coded.form(), coded.coded().unwrap().form()), (Form::Plain, Form::Coded, Form::Coded));
    assert!(coded == *plain);
    assert!(read_off(&coded) == read_off(plain));
}

proptest! {
    #[test]
    fn small_graphs(n in 1_u32..24, follows in vec((0_u32..24, 0_u32..24), 0..80)) {
        let follows = follows.into_iter().map(|(a, b)| (a % n, b % n)).collect();
        assert_same(&FollowGraph::from_follows(n as usize, follows).unwrap().0);
    }
}

/// Heavy-tailed, with one account that nearly everybody follows and some that nobody is tied to.
fn follows(n: u64, m: usize, seed: u64) -> Vec<(u32, u32)> {
    let mut state = seed;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut follows: Vec<(u32, u32)> = (1..n - n / 40).map(|v| (v as u32, 0)).collect();
    for _ in 0..m {
        let reach = random(n - n / 40) + 1;
        follows.push((random(n - n / 20) as u32, random(reach) as u32));
    }
    follows
}

#[test]
fn a_large_graph_on_any_number_of_threads() {
    let (graph, _) = FollowGraph::from_follows(20_000, follows(20_000, 150_000, 1)).unwrap();
    let coded = graph.coded().unwrap();
    let on = |graph: &FollowGraph, threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| read_off(graph))
    };
    let plain = on(&graph, 2);
    assert!(plain == on(&coded, 1) && plain == on(&coded, 2) && plain == on(&coded, 8));
}

#[test]
fn the_empty_graph() {
    let (graph, _) = FollowGraph::from_follows(0, vec![]).unwrap();
    let coded = graph.coded().unwrap();
    assert_eq!((coded.accounts(), coded.follows(), coded == graph), (0, 0, true));
}

fn builder(rows: &[(u32, u32)], memory: Option<Memory>) -> Builder {
    let builder = Builder::new(memory);
    add(&builder, rows);
    builder
}

fn add(builder: &Builder, rows: &[(u32, u32)]) {
    let ids: Vec<_> = rows.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    builder.follows(ids.iter().map(|(a, b)| (a.as_str(), b.as_str()))).unwrap();
}

fn same(a: &Built, b: &Built) {
    assert_eq!((&a.ids, &a.graph, a.dropped), (&b.ids, &b.graph, b.dropped));
}

#[test]
fn a_file_gives_back_the_graph_in_its_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = |form: Form| folder.path().join(format!("{form:?}"));
    for rows in [follows(40, 1, 1), follows(5000, 60_000, 2)] {
        let memory = || Some(Memory { pairs: 100_000, folder: folder.path().to_owned() });
        let whole = builder(&rows, None);
        assert_eq!(whole.rows(), rows.len());
        let whole = whole.finish().unwrap();
        for form in [Form::Plain, Form::Coded] {
            let path = path(form);
            let built = builder(&rows, memory()).finish_in(&path, form, "rows").unwrap();
            same(&built, &whole);
            let opened = open(&path).unwrap();
            assert_eq!((opened.built.graph.form(), opened.source.as_str()), (form, "rows"));
            same(&opened.built, &whole);
            // The same rows in another order give the same file.
            let bytes = fs::read(&path).unwrap();
            let turned: Vec<_> = rows.iter().rev().copied().collect();
            builder(&turned, None).finish_in(&path, form, "rows").unwrap();
            assert!(fs::read(&path).unwrap() == bytes);
            // And so do the first rows, and a graph of either form to go on from.
            let (first, more) = rows.split_at(rows.len() / 2);
            for before in [Form::Plain, Form::Coded] {
                let before = builder(first, None).finish_in(&folder.path().join("before"), before, "").unwrap();
                let on = Builder::from(&before, memory()).unwrap();
                add(&on, more);
                on.finish_in(&path, form, "rows").unwrap();
                assert!(fs::read(&path).unwrap() == bytes);
            }
        }
    }
    let [plain, coded] = [Form::Plain, Form::Coded].map(|form| fs::metadata(path(form)).unwrap().len());
    assert!(coded < plain * 7 / 10, "{coded} bytes, plain {plain}");
}

#[test]
fn a_damaged_file_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("g");
    builder(&follows(50, 300, 4), None).finish_in(&path, Form::Coded, "").unwrap();
    let sound = fs::read(&path).unwrap();
    let mut tried = 0;
    // Bytes between sections are nobody's.
    for at in (0..600).step_by(7).chain((4096..sound.len()).step_by(29)) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x20;
        fs::write(&path, &bytes).unwrap();
        tried += usize::from(matches!(open(&path), Err(Error::Damaged { .. })));
    }
    assert!(tried > 85 + (sound.len() - 4096) / 29 * 7 / 10, "{tried}");
}
