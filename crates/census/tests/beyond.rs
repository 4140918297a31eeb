//! Members outside of the frame, from lists, on a simulated network whose truth is known.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use netcensus::beyond::trial::Lists;
use netcensus::estimate::Estimate;
use netcensus::evaluate::{Plan, evaluate};
use netcensus::network::Network;
use netcensus::progress::Progress;
use netcensus::rows::Follow;
use netcensus::simulate::{World, simulate};
use netcensus::study::{FrameRule, MemberList, Platform, Sample, Settings, SimulatedCoder};

fn settings() -> Settings {
    Settings::new("Test", "test accounts", Platform::Files)
}

/// A world of which a narrow frame holds only a part.
fn world() -> (Network, HashMap<String, bool>) {
    let sim = simulate(&World { accounts: 3000, members: 900, ..World::default() }).unwrap();
    let truth = sim.accounts.iter().zip(&sim.member).map(|(a, m)| (a.id.clone(), *m)).collect();
    let follows: Vec<Follow> = sim.follows().collect();
    (Network::new(sim.accounts.clone(), &follows).unwrap(), truth)
}

#[test]
fn the_groups_full_size_is_held() {
    let (network, truth) = world();
    let plan = Plan {
        seeds: 30,
        frame: FrameRule { waves: 1, min_follows: 2, ..FrameRule::default() },
        sample: Sample { labels: 150, ..Sample::default() },
        coder: SimulatedCoder::perfect(),
        level: 0.95,
        gold: 0,
        beside: Vec::new(),
        beyond: Some(Lists { rate: 0.3 }),
        repeat: 24,
        seed: 3,
    };
    let e = evaluate(&network, &truth, &plan, &Progress::silent()).unwrap();
    let b = e.beyond.unwrap();
    println!("{b:?}");
    assert_eq!(b.answered, 24);
    assert!(b.outside > 100.0, "{}", b.outside);
    assert!(b.coverage >= 0.83, "{}", b.coverage);
    assert!(b.relative_bias.abs() < 0.06, "{}", b.relative_bias);
    assert!(b.chapman_relative_bias < b.relative_bias - 0.05, "{}", b.chapman_relative_bias);
    assert!(b.relative_half_width < 0.5);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let list = |name: &str| MemberList { name: name.into(), file: "list.csv".into() };
    let with = |odds_ratio: [f64; 2], names: &[&str]| {
        let mut s = settings();
        s.beyond.odds_ratio = odds_ratio;
        s.beyond.lists = names.iter().map(|n| list(n)).collect();
        s.check()
    };
    assert!(with([1.0, 3.0], &["a", "b"]).is_ok());
    assert!(with([3.0, 1.0], &[]).is_err());
    assert!(with([0.0, 1.0], &[]).is_err());
    assert!(with([1.0, f64::NAN], &[]).is_err());
    assert!(with([1.0, 3.0], &["a", "a"]).is_err());
    assert!(with([1.0, 3.0], &[""]).is_err());
}

/// A whole study on files, with lists of known members.
fn study(folder: &Path, lists: &[(&str, Vec<String>)]) -> Estimate {
    use netcensus::import::{self, What};
    use netcensus::run::{Census, State};
    use netcensus::study::Study;

    let sim = simulate(&World { accounts: 2000, members: 500, ..World::default() }).unwrap();
    let member: Vec<&str> =
        sim.accounts.iter().zip(&sim.member).filter(|(_, m)| **m).map(|(a, _)| a.id.as_str()).collect();
    let accounts: Vec<String> =
        sim.accounts.iter().zip(&sim.member).map(|(a, m)| format!("{},{}", a.id, u8::from(*m))).collect();
    let follows: Vec<String> = sim.follows().map(|f| format!("{},{}", f.src, f.dst)).collect();
    let write = |name: &str, head: &str, rows: &[String]| {
        let path = folder.join(name);
        fs::write(&path, format!("{head}\n{}\n", rows.join("\n"))).unwrap();
        path
    };
    let accounts = write("accounts.csv", "id,member", &accounts);
    let follows = write("follows.csv", "src,dst", &follows);
    let mut settings = settings();
    settings.frame = FrameRule { waves: 1, min_follows: 2, ..FrameRule::default() };
    settings.sample.labels = 120;
    settings.simulated_coder = Some(SimulatedCoder { truth: accounts.clone(), ..SimulatedCoder::perfect() });
    settings.beyond.lists =
        lists.iter().map(|(n, _)| MemberList { name: (*n).into(), file: format!("{n}.csv").into() }).collect();
    let seeds: Vec<String> = member.iter().step_by(20).map(|id| (*id).to_owned()).collect();
    let root = folder.join("study");
    let mut study = Study::create(&root, &settings, &seeds).unwrap();
    for (name, marks) in lists {
        // A mark such as "3:1" takes every third member, from the second on; anything else is an id.
        let ids: Vec<String> = marks
            .iter()
            .flat_map(|mark| match mark.split_once(':') {
                Some((step, from)) => {
                    let (step, from): (usize, usize) = (step.parse().unwrap(), from.parse().unwrap());
                    member.iter().skip(from).step_by(step).map(|id| (*id).to_owned()).collect()
                }
                None => vec![mark.clone()],
            })
            .collect();
        fs::write(root.join(format!("{name}.csv")), format!("id\n{}\n", ids.join("\n"))).unwrap();
    }
    for (what, file) in [(What::Accounts, &accounts), (What::Follows, &follows)] {
        import::import(&mut study, what, file, &import::Options::default(), &Progress::silent()).unwrap();
    }
    let progress = Progress::silent();
    match Census::new(&mut study, &progress).run().unwrap() {
        State::Done { estimate, .. } => *estimate,
        state => panic!("{state:?}"),
    }
}

#[test]
fn a_study_with_lists_answers_as_a_range() {
    let folder = tempfile::tempdir().unwrap();
    let estimate = study(
        folder.path(),
        &[
            ("stream", vec!["2:0".into(), "nobody-1".into(), "nobody-2".into()]),
            ("reports", vec!["3:0".into(), "nobody-2".into()]),
            ("watch", vec!["5:2".into()]),
        ],
    );
    let beyond = estimate.beyond.unwrap();
    assert_eq!(beyond.lists.iter().map(|l| l.not_in_network).collect::<Vec<_>>(), [2, 1, 0]);
    assert!(beyond.outside.low >= beyond.listed_outside as f64);
    assert!(beyond.lower_bound.low <= beyond.lower_bound.value && beyond.lower_bound.value <= beyond.lower_bound.high);
    assert_eq!(beyond.range[0].value, beyond.lower_bound.value);
    assert!(beyond.range[1].high > beyond.range[0].high);
    assert!(beyond.curve.windows(2).all(|w| w[0].total.value <= w[1].total.value));
    let named = |name: &str| beyond.beside.iter().any(|b| b.name.contains(name));
    assert!(named("Lincoln") && named("Chapman") && named("Chao") && named("Log-linear"), "{:?}", beyond.beside);
    let checked: Vec<&str> = beyond.checks.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(checked, ["Seed split", "Network scale-up", "PACC", "EMQ"]);
    let page = fs::read_to_string(folder.path().join("study/out/report.html")).unwrap();
    assert!(page.contains("Beyond the frame") && page.contains("lower bound") && page.contains("Cross-checks"));
}

#[test]
fn one_list_uses_the_frame_and_none_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let estimate = study(folder.path(), &[("stream", vec!["2:0".into()])]);
    let beyond = estimate.beyond.unwrap();
    assert!(beyond.assumes.contains("in the frame"), "{}", beyond.assumes);
    assert!(beyond.lower_bound.low <= 500.0 && 500.0 <= beyond.lower_bound.high, "{:?}", beyond.lower_bound);

    let folder = tempfile::tempdir().unwrap();
    let estimate = study(folder.path(), &[]);
    assert!(estimate.beyond.is_none() && estimate.beyond_note.unwrap().contains("No list"));

    let folder = tempfile::tempdir().unwrap();
    let estimate = study(folder.path(), &[("short", vec!["nobody-1".into()])]);
    assert!(estimate.beyond.is_none() && estimate.beyond_note.unwrap().contains("too short"));
}
