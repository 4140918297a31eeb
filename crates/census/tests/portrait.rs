//! The portrait's intervals against the truth, through the whole census.
#![allow(clippy::unwrap_used)]

use netcensus::progress::Progress;
use netcensus::simulate::World;
use netcensus::validate::{Coverage, PortraitPlan, portrait, write_portrait};

fn tried(plan: &PortraitPlan) -> Coverage {
    let folder = tempfile::tempdir().unwrap();
    let coverage = portrait(plan, folder.path(), &Progress::silent()).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    coverage
}

fn held(coverage: &Coverage, kind: &str) -> f64 {
    coverage.kinds.iter().find(|h| h.kind == kind).unwrap().coverage
}

/// A few small censuses: shares and means hold about as often as they say, and the same on any number of threads.
#[test]
fn most_intervals_hold() {
    let world = World { accounts: 1_500, members: 250, known: 30, traits: true, ..World::default() };
    let plan = PortraitPlan { world, networks: 3, runs: 6, labels: 250, ..PortraitPlan::default() };
    let coverage = tried(&plan);
    assert!(coverage.kinds.iter().find(|h| h.kind == "all").unwrap().intervals > 200);
    for kind in ["all", "control all"] {
        assert!(held(&coverage, kind) > 0.85, "{kind}: {:?}", coverage.kinds);
    }
    for apart in &coverage.spread {
        assert_eq!(apart.within + apart.fewer + apart.more, apart.figures);
        assert!(apart.figures > 50 && apart.by_chance <= f64::from(apart.figures), "{apart:?}");
    }
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = single.install(|| tried(&plan));
    assert_eq!((again.kinds, again.figures), (coverage.kinds.clone(), coverage.figures.clone()));
    let folder = tempfile::tempdir().unwrap();
    write_portrait(&coverage, folder.path()).unwrap();
    let table = std::fs::read_to_string(folder.path().join("portrait-coverage.md")).unwrap();
    assert!(table.contains("| languages | share |"), "{table}");
}

/// The published run: docs/methods/portrait-coverage.md.
#[test]
#[ignore = "ten minutes, optimised"]
fn two_hundred_censuses() {
    let coverage = tried(&PortraitPlan { seed: 2, ..PortraitPlan::default() });
    for kind in ["all", "control all"] {
        let held = held(&coverage, kind);
        assert!((0.93..=0.97).contains(&held), "{kind}: {held}");
    }
}
