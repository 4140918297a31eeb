#![allow(clippy::unwrap_used)]
use super::*;

fn world(inside: f64, bystanders: f64) -> World {
    World { accounts: 12_000, members: 400, known: 10, seed: 11, inside, pocket: 0.0, bystanders, ..World::default() }
}

/// The published figures at a size that a test can afford: fails when the score gets worse.
#[test]
fn best_first_finds_members_with_few_requests() {
    for (inside, half) in [(0.3, 1.9), (0.5, 1.5)] {
        let setting = Setting { name: format!("{inside}"), world: world(inside, 1.0) };
        let rehearsal = rehearse_setting(&setting, 2, 11, &Progress::silent()).unwrap();
        let at = |strategy, percent| rehearsal.row(strategy).unwrap().at(percent);
        let own = |percent| at(Strategy::BestFirst, percent).unwrap();
        assert!(own(50) < half, "{inside}: {}", own(50));
        assert!(own(80) < at(Strategy::BreadthFirst, 80).unwrap() / 3.0, "{inside}: {}", own(80));
        assert!(rehearsal.worst_ratio().unwrap() < 1.15, "{inside}: {:?}", rehearsal.worst_ratio());
        let untold = at(Strategy::FromTies, 50).unwrap();
        assert!(untold < 1.3 * own(50), "{inside}: {untold} {}", own(50));
    }
}

#[test]
fn a_crawl_is_the_same_again_and_its_budget_is_kept() {
    let ground = Ground::simulated(&world(0.3, 1.0)).unwrap();
    for strategy in Strategy::ALL {
        let crawl = |most| ground.crawl(strategy, 4, most, &Progress::silent()).unwrap();
        let found = crawl(300);
        assert_eq!(found, crawl(300), "{strategy:?}");
        assert!(found.iter().all(|r| *r <= 300) && found.is_sorted());
    }
}
