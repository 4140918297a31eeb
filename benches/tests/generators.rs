//! The generators: the same bytes on any number of threads and for ever, and of the shape that they promise.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use netcensus::label;
use netcensus::run::{Census, State};
use netcensus::study::{FrameRule, Sample, Study};
use netcensus_benches::names::{Kind, Names};
use netcensus_benches::rmat::Rmat;
use netcensus_benches::shape::{Network, Shape};
use netcensus_benches::{folder, json, lines};

fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

const SMALL: Shape = Shape { accounts: 20_000, follows: 600_000, members: 400, inside: 0.5, seed: 7 };

fn follows(network: &Network) -> Vec<Vec<u32>> {
    let all = 0..network.shape().accounts;
    all.map(|account| {
        let mut following = Vec::new();
        network.following(account, &mut following);
        following
    })
    .collect()
}

#[test]
fn rmat_of_a_seed_is_what_it_always_was() {
    let rmat = Rmat::new(10, 16, 1);
    let text = |threads| {
        on(threads, || {
            let (names, mut text) = (Names::new(Kind::Did, 1), Vec::new());
            lines::write(&mut text, 64, u64::MAX, |block, text| {
                for (src, dst) in (block * 256..(block + 1) * 256).map(|e| rmat.edge(e)) {
                    names.push(src, text);
                    names.push(dst, text);
                }
            })
            .unwrap();
            text
        })
    };
    let one = text(1);
    assert_eq!(one.len(), 16_384 * 2 * 32);
    assert!(one == text(2) && one == text(8));
    assert_eq!(&blake3::hash(&one).to_hex()[..16], "c9901af868139993");
    assert_ne!(Rmat::new(10, 16, 2).all(), rmat.all());
}

#[test]
fn rmat_falls_into_the_quarters_as_it_should() {
    // Of all edges 76 % leave the upper half of the unscrambled accounts; the hubs are those with no bit set.
    let rmat = Rmat::new(12, 16, 3);
    let mut out = vec![0_u32; rmat.accounts()];
    rmat.all().iter().for_each(|&(src, _)| out[src as usize] += 1);
    out.sort_unstable_by(|a, b| b.cmp(a));
    let expected = 0.76_f64.powi(12) * rmat.edges() as f64;
    assert!((f64::from(out[0]) / expected - 1.0).abs() < 0.1, "{} {expected}", out[0]);
    // A Poisson graph of this size would reach about 35.
    assert!(out[40] > 150, "{}", out[40]);
}

#[test]
fn followings_add_up_are_sorted_and_hold_nobody_twice() {
    let network = Network::new(SMALL);
    let follows = follows(&network);
    let total: usize = follows.iter().map(Vec::len).sum();
    assert!((total as f64 / SMALL.follows as f64 - 1.0).abs() < 0.03, "{total}");
    for (account, following) in (0..).zip(&follows) {
        assert!(following.windows(2).all(|w| w[0] < w[1]) && !following.contains(&account));
        assert!(following.iter().all(|&other| other < SMALL.accounts));
        assert!(following.len() <= network.degree(account) as usize);
    }
}

#[test]
fn degrees_have_heavy_tails_both_ways() {
    let follows = follows(&Network::new(SMALL));
    let mut followers = vec![0_usize; follows.len()];
    follows.iter().flatten().for_each(|&other| followers[other as usize] += 1);
    for mut degrees in [follows.iter().map(Vec::len).collect::<Vec<_>>(), followers] {
        degrees.sort_unstable_by(|a, b| b.cmp(a));
        let mean = SMALL.follows as usize / degrees.len();
        assert!(degrees[degrees.len() / 2] < mean && degrees[0] > 30 * mean, "{} {}", degrees[0], degrees[10_000]);
        // Hill's estimate of the tail exponent from the upper hundredth: about 4/3, cut off above.
        let tail = &degrees[..200];
        let hill = 199.0 / tail.iter().map(|&d| (d as f64 / tail[199] as f64).ln()).sum::<f64>();
        assert!((1.0..2.4).contains(&hill), "{hill}");
    }
}

#[test]
fn the_group_keeps_to_itself_as_much_as_is_stated() {
    for inside in [0.2, 0.5, 0.8] {
        let network = Network::new(Shape { inside, ..SMALL });
        let (mut within, mut all, mut others, mut into_group) = (0, 0, 0, 0);
        for (account, following) in (0..).zip(follows(&network)) {
            let to_members = following.iter().filter(|&&other| network.is_member(other)).count();
            if network.is_member(account) {
                (within, all) = (within + to_members, all + following.len());
            } else if account > 10 * SMALL.members {
                (into_group, others) = (into_group + to_members, others + following.len());
            }
        }
        let share = within as f64 / all as f64;
        assert!((share - inside).abs() < 0.03, "{share} for {inside}");
        // Whoever has nothing to do with the group follows it by chance: 2 in 100 are members.
        assert!((into_group as f64 / others as f64) < 0.03);
    }
}

#[test]
fn many_follows_are_mutual() {
    let follows = follows(&Network::new(SMALL));
    let total: usize = follows.iter().map(Vec::len).sum();
    let mutual = (0..).zip(&follows).map(|(account, following)| {
        following.iter().filter(|&&other| follows[other as usize].binary_search(&account).is_ok()).count()
    });
    let share = mutual.sum::<usize>() as f64 / total as f64;
    assert!((0.08..0.4).contains(&share), "{share}");
}

/// Every file below a folder and its hash; `work.db` has clocks in it.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            all.extend(files(&path).into_iter().map(|(file, hash)| (format!("{name}/{file}"), hash)));
        } else if !name.starts_with("work.db") {
            all.insert(name, blake3::hash(&fs::read(&path).unwrap()).to_hex().to_string());
        }
    }
    all
}

#[test]
fn a_folder_is_a_study_whose_census_holds_the_truth() {
    let shape = Shape { accounts: 4000, follows: 60_000, members: 150, inside: 0.6, seed: 3 };
    let sample = Sample { labels: 200, ..Sample::default() };
    let write = |threads, dir: &Path| {
        on(threads, || folder::write(&Network::new(shape), 40, 1.5, FrameRule::default(), sample.clone(), dir).unwrap())
    };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(write(1, one.path()), write(3, two.path()));
    assert_eq!(files(one.path()), files(two.path()));

    let mut study = Study::open(one.path()).unwrap();
    let truth = label::read_truth(&one.path().join("truth.csv"), "member", |_| true).unwrap();
    assert_eq!((truth.len(), truth.values().filter(|m| **m).count()), (4000, 150));
    assert!(study.seeds().unwrap().iter().all(|seed| truth[seed]));
    let progress = netcensus::progress::Progress::silent();
    let mut census = Census::new(&mut study, &progress);
    let State::Done { estimate, .. } = census.run().unwrap() else { panic!("the simulated coder stopped") };
    let members = census.true_total(&truth).unwrap();
    assert!(members > 100.0, "{members}");
    assert!((estimate.members.best.low..=estimate.members.best.high).contains(&members), "{estimate:?}");
}

#[test]
fn json_lines_are_json_and_the_same_on_any_number_of_threads() {
    for form in [json::Form::Jetstream, json::Form::X2] {
        let write = |threads| {
            on(threads, || {
                let mut text = Vec::new();
                json::write(&mut text, form, 3_000_000, 5).unwrap();
                text
            })
        };
        let text = write(1);
        assert!(text == write(4) && text.len() >= 3_000_000);
        let lines = std::str::from_utf8(&text).unwrap().lines().take(3000);
        for line in lines {
            let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            match form {
                json::Form::Jetstream => assert!(line["did"].is_string() && line["time_us"].is_u64()),
                json::Form::X2 => assert!(line["data"]["public_metrics"]["like_count"].is_u64()),
            }
        }
    }
}
