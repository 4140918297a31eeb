#![allow(clippy::unwrap_used)]

mod posts;
mod profiles;
mod ties;

use std::collections::{BTreeMap, BTreeSet};

use netcensus_stats::total::Unit as Labelled;

use super::group::{Cells, Kind};
use super::*;
use crate::rows::{self, Account, Micros, Post, Status};
use crate::simulate::{Simulated, World, into_study, simulate};
use crate::study::{FrameRule, Platform, Settings};
use crate::tables::Table;

pub(super) const DAY: Micros = 86_400_000_000;
/// 1 January 2014.
pub(super) const T0: Micros = 1_388_534_400_000_000;

pub(super) fn study(root: &std::path::Path) -> Study {
    Study::create(root, &Settings::new("test", "members", Platform::Files), &[]).unwrap()
}

/// Everyone labelled: estimates are counts.
pub(super) fn census(member: impl Fn(usize) -> bool, units: usize) -> Vec<Batch> {
    let unit = |i| Labelled { score: 0.5, probability: 1.0, label: Some(f64::from(u8::from(member(i)))) };
    vec![Batch { weight: 1.0, units: (0..units).map(unit).collect() }]
}

/// A study of accounts who are all members, with ids that sort in the order given.
pub(super) fn portrait_of(accounts: &[Account], posts: &[Post], statuses: &[Status]) -> Portrait {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    study.store.append(Table::Posts, &rows::posts(posts).unwrap()).unwrap();
    study.store.append(Table::Statuses, &rows::statuses(statuses).unwrap()).unwrap();
    let network = Network::new(accounts.to_vec(), &[]).unwrap();
    let all: Vec<u32> = (0..accounts.len() as u32).collect();
    let frame = Frame::build(&network, &all, &FrameRule::default());
    let batches = census(|_| true, accounts.len());
    let portrait = describe(&study, &network, &frame, &batches, false, &Progress::silent()).unwrap();
    let written = std::fs::read(study.out().join("portrait.json")).unwrap();
    assert!(serde_json::to_vec_pretty(&portrait).unwrap() == written);
    assert!(serde_json::from_slice::<Portrait>(&written).is_ok());
    portrait
}

pub(super) fn accounts(number: usize, each: impl Fn(usize, &mut Account)) -> Vec<Account> {
    let account = |i| {
        let mut account = Account { id: format!("a{i:05}"), observed_at: Some(T0), ..Account::default() };
        each(i, &mut account);
        account
    };
    (0..number).map(account).collect()
}

pub(super) fn post(id: &str, author: usize, tags: &[&str]) -> Post {
    let tags = tags.iter().map(|t| (*t).to_owned()).collect();
    Post { id: id.into(), author: format!("a{author:05}"), created_at: Some(T0), tags, ..Post::default() }
}

pub(super) fn remarks(section: &Section) -> Vec<(&str, Option<usize>)> {
    section.remarks.iter().map(|r| (r.key.as_str(), r.n)).collect()
}

pub(super) fn of<'a>(portrait: &'a Portrait, key: &str) -> &'a Section {
    portrait.sections.iter().find(|s| s.key == key).unwrap()
}

pub(super) fn labels(section: &Section) -> Vec<&str> {
    section.rows.iter().map(|r| r.label.as_str()).collect()
}

pub(super) fn values(section: &Section) -> BTreeMap<String, f64> {
    section.rows.iter().map(|r| (r.label.clone(), r.figure.value)).collect()
}

pub(super) fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9 * (1.0 + b.abs())
}

/// The simulated members of the frame, their accounts and the posts of each.
fn truth<'a>(
    sim: &'a Simulated,
    network: &Network,
    frame: &Frame,
) -> (Vec<bool>, Vec<&'a Account>, BTreeMap<String, Vec<Post>>) {
    let places: BTreeMap<&str, usize> = sim.accounts.iter().enumerate().map(|(i, a)| (a.id.as_str(), i)).collect();
    let places: Vec<usize> = frame.units.iter().map(|u| places[network.ids.name(u.account)]).collect();
    let member: Vec<bool> = places.iter().map(|&i| sim.member[i]).collect();
    let members: Vec<&Account> = places.iter().filter(|i| sim.member[**i]).map(|&i| &sim.accounts[i]).collect();
    let mut posts: BTreeMap<String, Vec<Post>> = BTreeMap::new();
    sim.posts().for_each(|p| posts.entry(p.author.clone()).or_default().push(p));
    (member, members, posts)
}

#[test]
fn a_labelled_frame_gives_the_planted_truth() {
    let world = World { accounts: 4000, members: 500, ..World::default() };
    let sim = simulate(&world).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut study = study(folder.path());
    into_study(&sim, &mut study).unwrap();
    let network = Network::load(&study, &Progress::silent()).unwrap();
    let seeds: Vec<String> = sim.seeds.iter().map(|&s| sim.accounts[s as usize].id.clone()).collect();
    let frame = Frame::build(&network, &network.find(&seeds).unwrap().0, &FrameRule::default());
    let (member, members, posts) = truth(&sim, &network, &frame);
    let batches = census(|i| member[i], member.len());
    let portrait = describe(&study, &network, &frame, &batches, true, &Progress::silent()).unwrap();
    let bytes = || std::fs::read(study.out().join("portrait.json")).unwrap();
    let before = bytes();
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    single.install(|| {
        let study = Study::open(folder.path()).unwrap();
        describe(&study, &network, &frame, &batches, true, &Progress::silent()).unwrap();
    });
    assert!(before == bytes(), "the same bytes on any number of threads");
    let n = members.len() as f64;
    assert!(n > 300.0);
    let places: Vec<Option<usize>> =
        portrait.sections.iter().map(|s| ORDER.iter().position(|key| *key == s.key)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted_by(|a, b| a < b), "each key once, in order");

    let year = |y: &str| {
        let year = |a: &&&Account| a.created_at.and_then(|t| jiff::Timestamp::from_microsecond(t).ok()).unwrap();
        members.iter().filter(|a| year(a).to_string().starts_with(y)).count() as f64 / n
    };
    let created = of(&portrait, "created");
    assert!(created.rows.len() >= 3 && created.rows.is_sorted_by(|a, b| a.label < b.label));
    created.rows.iter().for_each(|r| assert!(near(r.figure.value, year(&r.label)), "{r:?}"));

    let mean = members.iter().map(|a| a.followers.unwrap() as f64).sum::<f64>() / n;
    assert!(near(values(of(&portrait, "followers"))["mean"], mean));
    let mut following: Vec<i64> = members.iter().map(|a| a.following.unwrap()).collect();
    following.sort_unstable();
    let median = following[(following.len() - 1) / 2] as f64;
    assert_eq!(values(of(&portrait, "following"))["median"], median);

    let writers: Vec<&Vec<Post>> = members.iter().filter_map(|a| posts.get(&a.id)).collect();
    let hashtags = of(&portrait, "hashtags");
    assert!(near(hashtags.known.as_ref().unwrap().value, writers.len() as f64 / n));
    assert!(hashtags.rows.len() > 5);
    for row in &hashtags.rows {
        let users = writers.iter().filter(|p| p.iter().any(|p| p.tags.contains(&row.label))).count();
        assert!(near(row.figure.value, users as f64 / writers.len() as f64), "{row:?}");
        assert_eq!((row.figure.low, row.figure.labels), (row.figure.value, writers.len()));
    }
    let clients = of(&portrait, "clients");
    for row in &clients.rows {
        let users = writers.iter().filter(|p| p[0].client.as_ref() == Some(&row.label)).count();
        assert!(near(row.figure.value, users as f64 / writers.len() as f64), "{row:?}");
    }
    // Android, iPhone and a little BlackBerry, which hides one of the others with it.
    assert_eq!((labels(clients), clients.suppressed), (vec!["Android"], 2));

    // Languages are told from text: near the truth.
    let arabic = members.iter().filter(|a| a.lang.as_deref() == Some("ar")).count() as f64 / n;
    assert!((values(of(&portrait, "languages"))["ar"] - arabic).abs() < 0.03);

    let mut last: BTreeMap<String, String> = BTreeMap::new();
    sim.statuses().for_each(|s| drop(last.insert(s.account, s.status)));
    let suspended = members.iter().filter(|a| last[&a.id] == "suspended").count() as f64 / n;
    assert!(near(values(of(&portrait, "status"))["suspended"], suspended));
}

#[test]
fn a_small_cell_and_its_complement_are_left_out() {
    let lang = |i: usize| match i {
        0..60 => "ar",
        60..90 => "en",
        90..105 => "fr",
        _ => "tr",
    };
    let portrait = portrait_of(&accounts(109, |i, a| a.lang = Some(lang(i).into())), &[], &[]);
    let languages = of(&portrait, "languages");
    assert_eq!((labels(languages), languages.suppressed), (vec!["ar", "en"], 2));
    assert!(near(languages.rows[0].figure.value, 60.0 / 109.0));

    // Two small cells that together are small as well need another.
    let portrait = portrait_of(
        &accounts(70, |i, a| {
            a.lang = Some(
                match i {
                    0..40 => "ar",
                    40..64 => "en",
                    64..67 => "fr",
                    _ => "tr",
                }
                .into(),
            )
        }),
        &[],
        &[],
    );
    let languages = of(&portrait, "languages");
    assert_eq!((labels(languages), languages.suppressed), (vec!["ar"], 3));

    // Nothing is small: everything is shown.
    let portrait = portrait_of(&accounts(40, |i, a| a.lang = Some(["ar", "en"][i % 2].into())), &[], &[]);
    let languages = of(&portrait, "languages");
    assert_eq!((labels(languages), languages.suppressed), (vec!["ar", "en"], 0));
}

#[test]
fn few_labelled_members_are_no_cell() {
    // 100 accounts of equal scores; the two labelled members both write French, and stand for 50 more.
    let mut batches = census(|_| true, 100);
    for (i, unit) in batches[0].units.iter_mut().enumerate() {
        *unit = Labelled { score: 0.5, probability: 0.1, label: None };
        match i {
            0 | 1 => unit.label = Some(1.0),
            2 | 3 => unit.label = Some(0.0),
            _ => (),
        }
    }
    let group = Group::new(&batches, 0.95, 10).unwrap();
    let mut lang = traits::Gathered::new(100);
    (0..100).for_each(|i| lang.set(i, Some(["fr", "ar"][usize::from(i >= 50)])));
    let lang = lang.sorted();
    assert_eq!(
        (lang.labels.as_slice(), lang.get(0), lang.get(99)),
        (&["ar".to_owned(), "fr".into()][..], Some(1), Some(0))
    );
    let empty = Section::new("languages", Unit::Share, Names::Language);
    let shares = group.shares(empty, &Cells::One(&lang), Kind::Partition, false).unwrap();
    assert_eq!((shares.rows.len(), shares.suppressed, shares.known), (0, 2, None));
}

#[test]
fn a_tag_or_site_that_names_an_account_is_left_out() {
    let mut all = accounts(30, |_, _| ());
    all[3].handle = Some("Some_Body".into());
    all[4].handle = Some("else.example".into());
    all[5].name = Some("Third Person".into());
    let tags = ["somebody", "ThirdPerson", "else", "weather"];
    let mut posts: Vec<Post> = (0..30).map(|i| post(&format!("p{i}"), i, &tags)).collect();
    for p in &mut posts {
        p.links = vec!["https://www.else.example/x".into(), "https://news.example/y".into()];
        p.links.push("https://blog.else.example".into());
    }
    let portrait = portrait_of(&all, &posts, &[]);
    assert_eq!((labels(of(&portrait, "hashtags")), of(&portrait, "hashtags").suppressed), (vec!["weather"], 3));
    assert_eq!((labels(of(&portrait, "links")), of(&portrait, "links").suppressed), (vec!["news.example"], 2));
}

#[test]
fn nothing_known() {
    let portrait = portrait_of(&accounts(30, |_, _| ()), &[], &[]);
    assert!(portrait.sections.iter().all(|s| s.key != "status"), "no status section without statuses");
    for section in &portrait.sections {
        assert!(section.rows.is_empty() && section.known.is_none() && section.suppressed == 0, "{section:?}");
        let why = if section.key == "pictures" { "no-pictures" } else { "nothing" };
        assert!(remarks(section).contains(&(why, None)), "{section:?}");
    }
    // Known of too few.
    let few = accounts(30, |i, a| a.followers = (i < 5).then_some(7));
    let portrait = portrait_of(&few, &[], &[]);
    let followers = of(&portrait, "followers");
    assert!(followers.rows.is_empty() && followers.known.is_none() && followers.suppressed == 4);
    assert_eq!(remarks(followers), [("too-few", None)]);
}

#[test]
fn a_post_fetched_twice_counts_once() {
    // By first copies alone, each account posted from A twice and from B once.
    let mut posts = Vec::new();
    for i in 0..20 {
        for (id, client) in [("1", "A"), ("2", "A"), ("3", "B"), ("3", "B"), ("3", "B"), ("3", "B")] {
            posts.push(Post { client: Some(client.into()), ..post(&format!("{i}-{id}"), i, &[]) });
        }
    }
    posts.push(Post { author: "stranger".into(), ..post("x", 0, &["weather"]) });
    let portrait = portrait_of(&accounts(20, |_, _| ()), &posts, &[]);
    assert_eq!(values(of(&portrait, "clients")), BTreeMap::from([("A".into(), 1.0)]));
    assert!(of(&portrait, "hashtags").rows.is_empty());
}

#[test]
fn pace_and_pauses() {
    // Half of them 100 posts a day for ten days, half 1 a day; one was created after it was seen.
    let all = accounts(40, |i, a| {
        a.posts = Some(if i % 2 == 0 { 1000 } else { 10 });
        a.created_at = Some(if i == 39 { T0 + DAY } else { T0 - 10 * DAY });
    });
    let portrait = portrait_of(&all, &[], &[]);
    let hyperactive = of(&portrait, "hyperactive");
    assert!(near(hyperactive.rows[0].figure.value, 20.0 / 39.0));
    assert!(near(hyperactive.known.as_ref().unwrap().value, 39.0 / 40.0));
    assert!(near(values(of(&portrait, "activity"))["mean-posts"], 505.0));
    assert_eq!(values(of(&portrait, "activity"))["median-posts-a-day"], 100.0);
}

#[test]
fn a_quantile_needs_members_on_either_side() {
    let followers = |n: usize| {
        let portrait = portrait_of(&accounts(n, |i, a| a.followers = Some(i as i64)), &[], &[]);
        let section = of(&portrait, "followers").clone();
        (labels(&section).len(), section.suppressed)
    };
    assert_eq!(followers(15), (1, 3));
    assert_eq!(followers(60), (2, 2));
    assert_eq!(followers(100), (4, 0));
}

#[test]
fn the_latest_status_counts_and_a_profile_is_one() {
    let status = |i: usize, status: &str, at: Micros| Status {
        account: format!("a{i:05}"),
        status: status.into(),
        at: Some(at),
        ..Status::default()
    };
    let mut statuses: Vec<Status> = (0..20).map(|i| status(i, "suspended", T0 + 2 * DAY)).collect();
    // Written later, seen earlier; then those that came back.
    statuses.extend((0..20).map(|i| status(i, "active", T0 + DAY)));
    statuses.extend((0..5).map(|i| status(i, "active", T0 + 3 * DAY)));
    let portrait = portrait_of(&accounts(50, |_, _| ()), &[], &statuses);
    let section = of(&portrait, "status");
    assert_eq!(values(section), BTreeMap::from([("suspended".into(), 0.3)]));
    assert_eq!(section.known.as_ref().unwrap().value, 1.0);
}

#[test]
fn long_tails_are_folded_and_floods_are_bounded() {
    let tags: Vec<String> = (0..30).map(|i| format!("tag{i:02}x")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let mut posts: Vec<Post> = (0..20).map(|i| post(&format!("p{i}"), i, &tags)).collect();
    let flood: BTreeSet<String> = (0..500).map(|i| format!("flood{i}")).collect();
    for (i, tag) in flood.iter().enumerate() {
        posts.push(post(&format!("f{i}"), 0, &[tag]));
    }
    let portrait = portrait_of(&accounts(20, |_, _| ()), &posts, &[]);
    let section = of(&portrait, "hashtags");
    assert_eq!(labels(section), tags[..20]);
    assert_eq!(remarks(section), [("full", None), ("smaller", Some(10))]);
    assert_eq!(section.suppressed, 70);
}
