//! How members are tied, who is gone, how audiences grow; the control group beside.

use super::*;
use crate::rows::Follow;

/// Members 0 to 39 in two blocks, in each of which everybody follows everybody; others 40 to 59. Each member follows one of the others, ten
/// accounts that are too large for the frame, and twelve outside of it; each of the others follows two members and the twelve.
fn tied(posts: &[Post]) -> Portrait {
    let mut all = accounts(60, |i, a| a.lang = Some(if (20..30).contains(&i) { "en" } else { "ar" }.into()));
    let outside: Vec<String> = (0..12).map(|i| format!("x{i:02}")).collect();
    let large: Vec<String> = (0..10).map(|i| format!("y{i:02}")).collect();
    let account = |id: &String, followers| Account { id: id.clone(), followers: Some(followers), ..Account::default() };
    all.extend(outside.iter().map(|id| account(id, 10)).chain(large.iter().map(|id| account(id, 90_000))));
    let id = |i: usize| format!("a{i:05}");
    let mut follows = Vec::new();
    let mut follow = |src: String, dst: String| follows.push(Follow { src, dst, created_at: None });
    for i in 0..40 {
        let block = i / 20 * 20;
        (block..block + 20).filter(|j| *j != i).for_each(|j| follow(id(i), id(j)));
        follow(id(i), id(40 + i % 20));
        outside.iter().chain(&large).for_each(|to| follow(id(i), to.clone()));
    }
    for i in 40..60 {
        [i - 40, i - 20].into_iter().for_each(|j| follow(id(i), id(j)));
        outside.iter().for_each(|to| follow(id(i), to.clone()));
    }
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    study.store.append(Table::Posts, &rows::posts(posts).unwrap()).unwrap();
    let network = Network::new(all, &follows).unwrap();
    let seeds: Vec<u32> = (0..60).map(|i| network.ids.get(&id(i)).unwrap()).collect();
    let frame = Frame::build(&network, &seeds, &FrameRule { waves: 0, ..FrameRule::default() });
    assert_eq!(frame.units.len(), 60);
    let batches = census(|i| i < 40, 60);
    describe(&study, &network, &frame, &batches, false, &Progress::silent()).unwrap()
}

#[test]
fn whom_members_follow() {
    let portrait = tied(&[]);
    let ties = of(&portrait, "ties");
    let expected = [("inside", 19.0), ("in-frame", 20.0), ("large", 10.0), ("outside", 12.0)];
    let mut expected: BTreeMap<String, f64> = expected.map(|(label, n)| (label.into(), n / 42.0)).into();
    expected.insert("returned".into(), 1.0);
    let found = values(ties);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    expected.iter().for_each(|(label, value)| assert!(near(found[label], *value), "{label}: {found:?}"));
    // Of fourteen follows of each of the others, two lead to members.
    let inside = ties.rows.iter().find(|r| r.label == "inside").unwrap();
    assert!(near(inside.control.as_ref().unwrap().value, 2.0 / 14.0));
    assert!(near(values(of(&portrait, "ties-mean"))["mean-inside"], 19.0));
    // The members have 19 of 40 each as followers; the others have two each.
    let most = values(of(&portrait, "followed-most"));
    assert_eq!((most["over-10"], most["over-25"], most["over-50"]), (62.0, 62.0, 22.0));
}

#[test]
fn communities_and_what_they_talk_about() {
    let mut posts: Vec<Post> =
        (0..40).map(|i| post(&format!("p{i}"), i, &[["river", "moon"][i / 20], "weather"])).collect();
    posts.extend((0..5).map(|i| post(&format!("q{i}"), i, &["few"])));
    let portrait = tied(&posts);
    let communities = of(&portrait, "communities");
    assert_eq!(values(communities), BTreeMap::from([("1".into(), 0.5), ("2".into(), 0.5)]));
    assert_eq!(remarks(communities), [("communities", Some(2))]);
    let talks = ["talk-1", "talk-2"].map(|key| values(of(&portrait, key)));
    let river = talks.iter().position(|t| t.contains_key("river")).unwrap();
    assert_eq!(talks[river], BTreeMap::from([("river".into(), 1.0)]));
    assert_eq!(talks[1 - river], BTreeMap::from([("moon".into(), 1.0)]));
    let speaks = ["speak-1", "speak-2"].map(|key| values(of(&portrait, key)));
    assert_eq!(speaks[river], BTreeMap::from([("ar".into(), 1.0)]));
    assert_eq!(speaks[1 - river], BTreeMap::from([("ar".into(), 0.5), ("en".into(), 0.5)]));
}

#[test]
fn a_part_says_nothing_that_tells_of_few_elsewhere() {
    // The second block writes English but for four; said of the first block, that would be known of them by difference.
    let posts: Vec<Post> =
        (0..40).map(|i| post(&format!("p{i}"), i, if i < 24 { &["river"][..] } else { &["moon"] })).collect();
    let portrait = tied(&posts);
    for key in ["talk-1", "talk-2"] {
        assert!(!values(of(&portrait, key)).contains_key("river"), "{key}");
    }
    assert!(values(of(&portrait, "hashtags")).contains_key("river"));
}

#[test]
fn growth_between_the_first_and_the_last_look() {
    let all = accounts(60, |_, _| ());
    let seen = |at: Micros, followers: &dyn Fn(usize) -> i64| -> Vec<Account> {
        let account = |i: usize| Account { followers: Some(followers(i)), observed_at: Some(at), ..all[i].clone() };
        (0..60).map(account).collect()
    };
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    let looks = [seen(T0 + DAY, &|_| 7), seen(T0, &|_| 100), seen(T0 + 5 * DAY, &|i| if i < 30 { 150 } else { 0 })];
    for look in &looks {
        study.store.append(Table::Accounts, &rows::accounts(look).unwrap()).unwrap();
    }
    let network = Network::new(all, &[]).unwrap();
    let seeds: Vec<u32> = (0..60).collect();
    let frame = Frame::build(&network, &seeds, &FrameRule { waves: 0, ..FrameRule::default() });
    let batches = census(|_| true, 60);
    let portrait = describe(&study, &network, &frame, &batches, false, &Progress::silent()).unwrap();
    let growth = values(of(&portrait, "growth"));
    assert_eq!((growth["mean"], growth["median"]), (-5.0, -20.0));
    assert!(tied(&[]).sections.iter().all(|s| s.key != "growth"), "no growth where each was seen once");
}

#[test]
fn the_suspended_by_age_and_beside_the_others() {
    let year = 365 * DAY;
    let all = accounts(60, |i, a| {
        a.created_at = Some(if i < 30 { T0 - year } else { T0 - 2 * year });
        a.posts = Some(if i < 12 { 3650 } else { 365 });
        a.followers = Some(if i < 12 { 50 } else { 20 });
    });
    let gone = |i: usize| i < 12 || (30..35).contains(&i);
    let status = |i: usize| Status {
        account: format!("a{i:05}"),
        status: if gone(i) { "suspended" } else { "active" }.into(),
        at: Some(T0 + DAY),
        ..Status::default()
    };
    let portrait = portrait_of(&all, &[], &(0..60).map(status).collect::<Vec<_>>());
    let years = of(&portrait, "suspended-years");
    assert_eq!((values(years), years.suppressed), (BTreeMap::from([("2013".into(), 0.4)]), 1));
    assert_eq!(labels(of(&portrait, "suspended-months")), ["2013-01"]);
    let active = values(of(&portrait, "suspended-active"));
    assert!(
        near(active["there-mean-followers"], 20.0)
            && near(active["gone-mean-followers"], (12.0 * 50.0 + 5.0 * 20.0) / 17.0)
    );
    // The median of 17 has fewer than ten on either side.
    assert!(!active.contains_key("gone-median-followers") && active["there-median-followers"] == 20.0);
}

/// Members 0 to 59, of whom 40 write Arabic and 20 English; 40 others.
fn beside(others: impl Fn(usize) -> &'static str) -> Section {
    let lang = |i: usize| {
        if i < 40 {
            "ar"
        } else if i < 60 {
            "en"
        } else {
            others(i - 60)
        }
    };
    let all = accounts(100, |i, a| a.lang = Some(lang(i).into()));
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    let network = Network::new(all, &[]).unwrap();
    let seeds: Vec<u32> = (0..100).collect();
    let frame = Frame::build(&network, &seeds, &FrameRule::default());
    let portrait = describe(&study, &network, &frame, &census(|i| i < 60, 100), false, &Progress::silent()).unwrap();
    of(&portrait, "languages").clone()
}

fn controls(section: &Section) -> Vec<Option<f64>> {
    section.rows.iter().map(|row| row.control.as_ref().map(|c| c.value)).collect()
}

#[test]
fn the_control_group_is_the_others_by_the_same_rules() {
    let section = beside(|i| if i < 28 { "ar" } else { "en" });
    assert_eq!(labels(&section), ["ar", "en"]);
    assert_eq!(controls(&section), [Some(0.7), Some(0.3)]);
    // A cell of six others is small, and Arabic alone would tell of it.
    let section = beside(|i| if i < 34 { "ar" } else { "en" });
    assert_eq!((labels(&section), controls(&section)), (vec!["ar", "en"], vec![None, None]));
    // What is no row of the members has no control, and hides none.
    let section = beside(|i| ["ar", "en", "fr", "ar"][i % 4]);
    assert_eq!((labels(&section), controls(&section)), (vec!["ar", "en"], vec![Some(0.5), Some(0.25)]));
}
