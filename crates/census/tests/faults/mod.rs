//! The crawl through a proxy that does to it what hosts do, and that counts.

mod proxy;

use std::sync::{Arc, Mutex};
use std::time::Instant;

use rand::RngExt;

use self::proxy::{FAULTS, Proxy, Seen};
use super::*;

/// So long after a host asked for a pause, what still comes was not on its way already.
const ON_ITS_WAY: Duration = Duration::from_millis(250);

/// A study whose hosts are reached through proxies, those too that DID documents name.
fn behind_proxies(dir: &Path, seeds: &[String], how: Repositories, faulty: bool) -> (Study, Arc<Mutex<Seen>>) {
    let seen = Arc::<Mutex<Seen>>::default();
    let study = new_study(dir, "net.json", seeds, |s| {
        s.collect.repositories = how;
        let proxy = |to: &str, elsewhere| Proxy::start(to, elsewhere, faulty, seen.clone()).host;
        let pds = proxy(&s.collect.pds, None);
        s.collect.plc = proxy(&s.collect.plc, Some((&s.collect.pds, &pds)));
        s.collect.appview = proxy(&s.collect.appview, None);
        s.collect.pds = pds;
    });
    (study, seen)
}

/// Collects in a process of its own; gives the time it took and the most memory it held, in MiB.
fn collect_apart(dir: &Path) -> (Duration, f64) {
    let begin = Instant::now();
    assert!(start_child(dir).wait().unwrap().success());
    let peak = std::fs::read_to_string(dir.join("peak")).unwrap();
    (begin.elapsed(), peak.parse::<f64>().unwrap() / 1024.0)
}

/// Pages of lists, and how often each was served. Profiles are asked for in groups that differ from run to run.
fn pages(seen: &Seen) -> BTreeMap<&str, usize> {
    let lists = seen.served.iter().filter(|(path, _)| path.contains("getFollows") || path.contains("getAuthorFeed"));
    lists.map(|(path, n)| (path.as_str(), *n)).collect()
}

#[test]
#[ignore = "needs the test bed"]
fn faults_of_every_kind_change_nothing() {
    let seen = faults_change_nothing(Repositories::Never);
    assert!(FAULTS.iter().all(|(fault, _)| seen.lock().unwrap().faults.contains_key(fault)), "each kind came");
}

#[test]
#[ignore = "needs the test bed"]
fn nor_where_whole_repositories_are_fetched() {
    let seen = faults_change_nothing(Repositories::Auto);
    let seen = seen.lock().unwrap();
    assert!(seen.served.keys().filter(|path| path.contains("getRepo")).count() > 50, "many repositories came");
    let kinds = FAULTS.iter().filter(|(fault, _)| !fault.paged());
    assert!(kinds.clone().all(|(fault, _)| seen.faults.contains_key(fault)), "each kind came");
}

/// The same tables with and without faults, in bounded time and memory, and every pause kept.
fn faults_change_nothing(how: Repositories) -> Arc<Mutex<Seen>> {
    let (_, seeds) = Truth::read().seeds(6);
    let dir = tempfile::tempdir().unwrap();
    let (calm, seen) = behind_proxies(&dir.path().join("calm"), &seeds, how, false);
    let (calm_took, calm_peak) = collect_apart(calm.root());
    let calm_requests = seen.lock().unwrap().requests;

    let (foul, all) = behind_proxies(&dir.path().join("foul"), &seeds, how, true);
    let (took, peak) = collect_apart(foul.root());
    let seen = all.lock().unwrap();
    println!("requests: {calm_requests} calm, {} with faults; faults: {:?}", seen.requests, seen.faults);
    println!("time: {calm_took:.1?} calm, {took:.1?}; memory: {calm_peak:.0} MiB calm, {peak:.0} MiB");
    println!("of a gigabyte, {:.1} MiB were taken; early: {:?}", seen.swallowed as f64 / 1048576.0, seen.early);
    assert_same(&tables(&foul), &tables(&calm), "faults");
    let state = collect::state(&foul.work).unwrap().unwrap();
    assert!(state.tasks.iter().all(|t| t.state == "done"), "{:?}", state.tasks);
    assert_eq!(state.requests, seen.requests as u64, "each request is counted");
    assert!(seen.early.iter().all(|after| *after < ON_ITS_WAY), "a pause was not kept");
    assert!(peak < calm_peak + 100.0 && seen.swallowed < 64 << 20);
    assert!(took < calm_took + Duration::from_secs(180));
    drop(seen);
    all
}

#[test]
#[ignore = "needs the test bed"]
fn killed_fifty_times_no_page_is_lost_and_none_stored_twice() {
    const KILLS: usize = 50;
    let (_, seeds) = Truth::read().seeds(4);
    let dir = tempfile::tempdir().unwrap();
    let (whole, calm) = behind_proxies(&dir.path().join("whole"), &seeds, Repositories::Never, false);
    collect_apart(whole.root());
    let calm = calm.lock().unwrap();

    let (killed, seen) = behind_proxies(&dir.path().join("killed"), &seeds, Repositories::Never, false);
    let root = killed.root().to_owned();
    let concurrency = killed.settings.collect.concurrency;
    drop(killed);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(50);
    // By how many pages were served, each counted once: what is served again is no progress.
    let mut points: Vec<usize> = (0..KILLS).map(|_| rng.random_range(0..pages(&calm).len() * 95 / 100)).collect();
    points.sort_unstable();
    for point in points {
        let mut child = start_child(&root);
        while pages(&seen.lock().unwrap()).len() < point {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
            std::thread::sleep(Duration::from_millis(1));
        }
        // Anywhere: at its start, before a commit, while it seals.
        std::thread::sleep(Duration::from_micros(rng.random_range(0..60_000)));
        child.kill().unwrap(); // SIGKILL
        assert!(!child.wait().unwrap().success(), "killed in the middle");
    }
    assert!(start_child(&root).wait().unwrap().success());
    let killed = Study::open(&root).unwrap();
    assert_same(&tables(&killed), &tables(&whole), "killed fifty times");

    // Counted at the server: every page was served, and again only what was under way at a kill.
    let seen = seen.lock().unwrap();
    let (want, got) = (pages(&calm), pages(&seen));
    assert!(want.keys().eq(got.keys()), "the same pages were asked for");
    assert!(want.values().all(|n| *n == 1));
    let again: usize = got.values().map(|n| n - 1).sum();
    let used = collect::state(&killed.work).unwrap().unwrap().requests;
    println!("{} pages, {again} of them served again after {KILLS} kills", want.len());
    println!("requests: {} undisturbed, {} served, {used} counted", calm.requests, seen.requests);
    assert!(again <= KILLS * concurrency);
    // Counted before they are sent: at most two rounds a kill that were not.
    assert!(used >= seen.requests as u64 && used <= (seen.requests + KILLS * 3 * concurrency) as u64);
}
