use super::super::plan::{Basis, Wish, plan};
use super::*;
use crate::study::Strategy;

#[test]
fn before_a_crawl_a_plan_says_what_it_assumes() {
    let dir = tempfile::tempdir().unwrap();
    let study = study(dir.path(), "http://127.0.0.1:9", &SEEDS, |s| s.frame.waves = 4);
    let wish = Wish { budget: Some(2_000), members: 100, inside: 0.4 };
    let planned = plan(&study, &wish, &Progress::silent()).unwrap();
    assert_eq!(planned.basis, Basis::Assumed { accounts: 20_000, members: 100, inside: 0.4, seeds: 3 });
    assert_eq!((planned.rows.len(), planned.spent), (8, 0));
    let last = planned.rows.last().unwrap();
    assert_eq!((last.requests, last.seconds, last.accounts), (2_000, 2, 787));
    assert!(last.best_first.low > 1.5 * last.waves.low && last.best_first.low <= 97.0, "{last:?}");
    assert!(planned.rows.is_sorted_by(|a, b| a.best_first.low <= b.best_first.low));
    assert_eq!(plan(&study, &wish, &Progress::silent()).unwrap(), planned);
}

#[test]
fn during_a_crawl_a_plan_goes_by_its_frontier() {
    let stub = large().serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &SEEDS, |s| {
        s.collect.strategy = Strategy::BestFirst;
        s.collect.request_budget = 90;
        s.frame.waves = 3;
    });
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    let wish = Wish { budget: Some(300), ..Wish::default() };
    let asked = stub.asked.lock().unwrap().len();
    let planned = plan(&study, &wish, &Progress::silent()).unwrap();
    let Basis::Crawl { open, labelled, .. } = planned.basis else { panic!("{planned:?}") };
    assert_eq!((open as u64, labelled, planned.spent), (summary.not_fetched, 0, summary.requests));
    assert!(planned.rows.iter().all(|r| r.best_first.low <= r.best_first.high && r.waves.low <= r.best_first.high));
    assert_eq!(stub.asked.lock().unwrap().len(), asked, "nothing was fetched");
    let spent = Wish { budget: Some(10), ..Wish::default() };
    assert_eq!(plan(&study, &spent, &Progress::silent()).unwrap_err().kind(), Kind::Usage);
}
