//! Best-first crawls: what they fetch, what a stop changes (nothing), and what the frame makes of them.

use super::*;
use crate::frame::Frame;
use crate::network::Network;
use crate::study::Strategy;

fn best_first(settings: &mut Settings) {
    settings.collect.strategy = Strategy::BestFirst;
    settings.frame.waves = 3;
}

fn choices(study: &Study) -> Vec<(String, Vec<i64>, f64)> {
    let sql = "SELECT account, chance, round, place, wave, explored, followers, members, adamic_adar, noisy_or, hits
               FROM crawl_choices ORDER BY round, place";
    let mut query = study.work.db.prepare(sql).unwrap();
    let row = |r: &rusqlite::Row<'_>| {
        Ok((r.get(0)?, (2..11).map(|i| r.get(i)).collect::<rusqlite::Result<Vec<i64>>>()?, r.get(1)?))
    };
    query.query_map([], row).unwrap().map(Result::unwrap).collect()
}

#[test]
fn with_budget_enough_it_fetches_what_waves_fetch() {
    let (whole, want_follows, want_accounts, _) = undisturbed();
    let stub = large().serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &SEEDS, best_first);
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!((follows(&study), accounts(&study)), (want_follows, want_accounts));
    assert_eq!((summary.waves, summary.finished, summary.not_fetched), (whole.waves, true, 0));
    assert_eq!(summary.requests, stub.asked.lock().unwrap().len() as u64);
    let chosen = choices(&study);
    assert!(chosen.len() > 20 && chosen.iter().map(|c| c.1[0]).max() >= Some(2), "several rounds");
    assert!(chosen.iter().all(|c| (0.0..=1.0).contains(&c.2) && c.1[4] >= 1), "each was followed by somebody");
}

#[test]
fn a_stopped_crawl_chooses_as_an_undisturbed_one() {
    let undisturbed = {
        let stub = large().serve();
        let dir = tempfile::tempdir().unwrap();
        let mut study = study(dir.path(), &stub.host, &SEEDS, best_first);
        collect(&mut study, &Progress::silent()).unwrap();
        (choices(&study), follows(&study), pages(&study))
    };
    let stub = large().serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &SEEDS, best_first);
    let mut stops = 0;
    loop {
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, left) = (stop.clone(), AtomicUsize::new(5));
        let progress = Progress::new(
            move |e| {
                if matches!(e, Event::Advance(n) if n > 0) && left.fetch_sub(1, Ordering::Relaxed) == 1 {
                    flag.store(true, Ordering::Relaxed);
                }
            },
            stop,
        );
        match collect(&mut study, &progress) {
            Ok(_) => break,
            Err(e) => assert_eq!(e.kind(), Kind::Interrupted),
        }
        stops += 1;
    }
    assert!(stops >= 5, "{stops}");
    assert_eq!((choices(&study), follows(&study), pages(&study)), undisturbed);
}

#[test]
fn a_budget_is_an_end_and_the_frame_holds_what_was_fetched() {
    let stub = large().serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &SEEDS, |s| {
        best_first(s);
        s.collect.request_budget = 90;
    });
    let summary = collect(&mut study, &Progress::silent()).unwrap();
    assert!(summary.finished && summary.not_fetched > 0 && summary.requests <= 90, "{summary:?}");
    let network = Network::load(&study, &Progress::silent()).unwrap();
    let seeds = network.find(&SEEDS.map(String::from)).unwrap().0;
    let held = fetched(&study).unwrap().unwrap();
    let passed = |a| (!held.contains(network.ids.name(a))).then_some("passed over");
    let frame = Frame::build_within(&network, &seeds, &study.settings.frame, passed);
    assert_eq!(frame.units.len(), held.len());
    assert_eq!(frame.left_out.get("passed over"), Some(&(summary.not_fetched as usize)));

    assert_eq!(state(&study.work).unwrap().unwrap().not_fetched, summary.not_fetched);

    // More budget, and it goes on.
    study.settings.collect.request_budget = 10_000;
    let more = collect(&mut study, &Progress::silent()).unwrap();
    assert!(more.not_fetched == 0 && more.accounts > summary.accounts);
}

#[test]
fn a_list_that_is_shown_empty_says_nothing() {
    // b is counted as following three and shown following nobody; c follows nobody and says so.
    let mut world = World::new(&[("a", &["b", "c"]), ("b", &[]), ("c", &[])]);
    world.counts.insert(did("b"), (1, 3));
    let stub = world.serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &["did:plc:a"], best_first);
    collect(&mut study, &Progress::silent()).unwrap();
    assert_eq!(chooser::Chooser::open(&study).unwrap().frontier.lists(), 2, "of a and c");
}

#[test]
fn labels_are_what_the_score_learns_from() {
    let stub = large().serve();
    let dir = tempfile::tempdir().unwrap();
    let mut study = study(dir.path(), &stub.host, &SEEDS, |s| {
        best_first(s);
        s.collect.request_budget = 60;
    });
    collect(&mut study, &Progress::silent()).unwrap();
    let chances = |study: &Study| chooser::Chooser::open(study).unwrap().frontier.chances();
    let before = chances(&study);
    let sql = "INSERT INTO labels (account, coder, label, simulated, at)
               SELECT c.account, 'ana', 'not', 0, '' FROM crawl_choices c
               JOIN crawl_tasks t ON t.account = c.account AND t.kind = 3 AND t.state = 'done'";
    let labelled = study.work.db.execute(sql, []).unwrap();
    assert!(labelled > 5, "{labelled}");
    let mut chooser = chooser::Chooser::open(&study).unwrap();
    assert!(chooser.frontier.labelled() <= labelled && chooser.frontier.labelled() > 5);
    let after = chooser.frontier.chances();
    let mean = |chances: &[f64]| chances.iter().sum::<f64>() / chances.len() as f64;
    assert!(mean(&after) < 0.5 * mean(&before), "{} {}", mean(&after), mean(&before));
}
