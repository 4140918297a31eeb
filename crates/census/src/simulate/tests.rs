#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::*;
use crate::store::Store;
use crate::study::{Platform, Settings, Study};
use crate::tables::Table;

fn default_world() -> Simulated {
    simulate(&World::default()).unwrap()
}

fn small(accounts: usize, members: usize) -> World {
    World { accounts, members, ..World::default() }
}

fn share(of: usize, all: usize) -> f64 {
    of as f64 / all as f64
}

/// For each account: follows, follows of members, followers.
fn degrees(sim: &Simulated) -> Vec<(usize, usize, usize)> {
    let mut degrees = vec![(0, 0, 0); sim.accounts.len()];
    for &(src, dst) in &sim.edges {
        degrees[src as usize].0 += 1;
        degrees[src as usize].1 += usize::from(sim.member[dst as usize]);
        degrees[dst as usize].2 += 1;
    }
    degrees
}

/// The mean in-group share of those accounts that follow at least five.
fn mean_inside(sim: &Simulated, which: impl Fn(usize) -> bool) -> f64 {
    let degrees = degrees(sim);
    let of = (0..sim.accounts.len()).filter(|&i| degrees[i].0 >= 5 && which(i));
    let shares: Vec<f64> = of.map(|i| share(degrees[i].1, degrees[i].0)).collect();
    shares.iter().sum::<f64>() / shares.len() as f64
}

fn folder_hash(dir: &Path) -> Vec<(String, blake3::Hash)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| {
            let path = e.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), blake3::hash(&fs::read(&path).unwrap()))
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let written = |seed: u64| {
        let dir = tempfile::tempdir().unwrap();
        write(&simulate(&World { seed, ..small(600, 60) }).unwrap(), dir.path()).unwrap();
        folder_hash(dir.path())
    };
    let first = written(7);
    let names: Vec<&str> = first.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(names, ["README.md", "accounts.csv", "follows.csv.gz", "posts.jsonl.gz", "seeds.csv", "statuses.csv"]);
    assert_eq!(first, written(7));
    assert_ne!(first, written(8));
}

#[test]
fn files_are_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("seeds.csv"), "id\nmine\n").unwrap();
    assert_eq!(write(&simulate(&small(10, 2)).unwrap(), dir.path()).unwrap_err().kind(), crate::Kind::Usage);
    assert_eq!(fs::read_to_string(dir.path().join("seeds.csv")).unwrap(), "id\nmine\n");
}

#[test]
fn odd_sizes_work() {
    for (accounts, members) in [(1, 0), (1, 1), (2, 1), (3, 3), (10, 0), (10, 10), (50, 49), (300, 1), (1000, 500)] {
        let sim = simulate(&small(accounts, members)).unwrap();
        assert_eq!(sim.accounts.len(), accounts);
        assert_eq!(sim.member.iter().filter(|&&m| m).count(), members);
        assert!(sim.seeds.len() <= members && sim.seeds.iter().all(|&s| sim.member[s as usize]));
        assert!(sim.edges.iter().all(|(src, dst)| src != dst));
        assert!(sim.edges.is_sorted_by(|a, b| a < b));
        assert_eq!(sim.statuses().count(), 3 * accounts);
        sim.posts().for_each(drop);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for world in [small(0, 0), small(10, 11), small(MOST + 1, 0), World { inside: f64::NAN, ..World::default() }] {
        assert_eq!(simulate(&world).unwrap_err().kind(), crate::Kind::Usage);
    }
}

#[test]
fn members_look_inside_and_bystanders_less() {
    let sim = default_world();
    let of = |role: Role| mean_inside(&sim, |i| sim.role[i] == role && !sim.people[i].pocket);
    assert!((of(Role::Member) - 0.5).abs() < 0.05, "{}", of(Role::Member));
    for role in [Role::Journalist, Role::Critic] {
        assert!((0.15..0.40).contains(&of(role)), "{role}: {}", of(role));
    }
    assert!(of(Role::Ordinary) < 0.05, "{}", of(Role::Ordinary));
    let pocket = mean_inside(&sim, |i| sim.people[i].pocket);
    assert!(pocket < 0.15, "{pocket}");
    let planted = share(sim.people.iter().filter(|p| p.pocket).count(), sim.world.members);
    assert!((planted - 0.03).abs() < 0.02, "{planted}");
    // Few members follow those who follow them to report or argue.
    let watcher = |i: u32| matches!(sim.role[i as usize], Role::Journalist | Role::Critic);
    let member = |i: u32| sim.member[i as usize];
    let to = sim.edges.iter().filter(|&&(s, d)| member(s) && watcher(d)).count();
    let from = sim.edges.iter().filter(|&&(s, d)| watcher(s) && member(d)).count();
    assert!(5 * to < from, "{to} {from}");
    // The share is an option.
    let loose = simulate(&World { inside: 0.3, ..World::default() }).unwrap();
    let open = mean_inside(&loose, |i| loose.member[i] && !loose.people[i].pocket);
    assert!((open - 0.3).abs() < 0.05, "{open}");
}

#[test]
fn degrees_are_heavy_tailed_and_ties_mutual_inside() {
    let sim = default_world();
    let degrees = degrees(&sim);
    let mean = share(sim.edges.len(), sim.accounts.len());
    assert!((20.0..30.0).contains(&mean), "{mean}");
    let mut followers: Vec<usize> = degrees.iter().map(|d| d.2).collect();
    followers.sort_unstable_by(|a, b| b.cmp(a));
    let top: usize = followers[..200].iter().sum();
    assert!(share(top, sim.edges.len()) > 0.15, "{}", share(top, sim.edges.len()));
    assert!(followers[0] as f64 > 20.0 * mean);
    assert!(followers[10_000] < 15, "{}", followers[10_000]);
    assert!(degrees.iter().map(|d| d.0).max().unwrap() as f64 > 10.0 * mean);

    let edges: HashSet<(u32, u32)> = sim.edges.iter().copied().collect();
    let mutual = |inside: bool| {
        let both = |&&(s, d): &&(u32, u32)| (sim.member[s as usize] && sim.member[d as usize]) == inside;
        let all: Vec<_> = sim.edges.iter().filter(both).collect();
        share(all.iter().filter(|&&&(s, d)| edges.contains(&(d, s))).count(), all.len())
    };
    assert!(mutual(true) > 0.4, "{}", mutual(true));
    assert!(mutual(false) < 0.25, "{}", mutual(false));
}

#[test]
fn profiles_agree_with_the_network() {
    let sim = default_world();
    for ((account, degree), person) in sim.accounts.iter().zip(degrees(&sim)).zip(&sim.people) {
        assert!(account.followers.unwrap() >= degree.2 as i64);
        assert!(account.following.unwrap() >= degree.0 as i64);
        assert!(!person.protected || degree.0 == 0);
    }
    let ids: HashSet<&str> = sim.accounts.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids.len(), sim.accounts.len());
    assert_eq!(sim.seeds.len(), 50);
}

#[test]
fn members_have_the_traits_of_the_study() {
    // More members than the default, for narrower chance.
    let sim = simulate(&small(10_000, 8_000)).unwrap();
    let members: Vec<(usize, &Account)> = sim.accounts.iter().enumerate().filter(|&(i, _)| sim.member[i]).collect();
    let near = |which: &dyn Fn(usize, &Account) -> bool, planted: f64, within: f64| {
        let found = share(members.iter().filter(|&&(i, a)| which(i, a)).count(), members.len());
        assert!((found - planted).abs() < within, "{found} for {planted}");
    };
    for (lang, planted) in [("ar", 0.73), ("en", 0.18), ("fr", 0.06)] {
        near(&|_, a| a.lang.as_deref() == Some(lang), planted, 0.02);
    }
    for (client, planted) in [("Android", 0.69), ("iPhone", 0.30), ("BlackBerry", 0.01)] {
        near(&|i, _| sim.people[i].client == client, planted, 0.02);
    }
    near(&|_, a| a.followers.unwrap() < 500, 0.73, 0.04);
    near(&|_, a| a.followers.unwrap() > 5_000, 0.04, 0.015);
    near(&|_, a| a.created_at.unwrap() >= cast::midnight(2014, 1, 1), 0.595, 0.02);
    near(&|i, _| sim.people[i].status(2) == "suspended", 0.036, 0.01);
    let posts = members.iter().map(|(_, a)| a.posts.unwrap() as f64).sum::<f64>() / members.len() as f64;
    assert!((posts / 2_219.0 - 1.0).abs() < 0.15, "{posts}");

    let mut months: HashMap<String, usize> = HashMap::new();
    for (_, account) in &members {
        let created = jiff::Timestamp::from_microsecond(account.created_at.unwrap()).unwrap();
        *months.entry(created.to_string()[..7].to_owned()).or_default() += 1;
    }
    assert_eq!(months.iter().max_by_key(|m| m.1).unwrap().0, "2014-09");
}

#[test]
fn others_are_seldom_suspended() {
    let sim = simulate(&small(20_000, 0)).unwrap();
    let of = |i: &usize| sim.role[*i] != Role::Bot;
    let public: Vec<usize> = (0..sim.accounts.len()).filter(of).collect();
    let gone = public.iter().filter(|&&i| sim.people[i].status(2) == "suspended").count();
    assert!((share(gone, public.len()) - 0.003).abs() < 0.002, "{gone}");
}

#[test]
fn posts_fit_their_authors() {
    let sim = default_world();
    let author: HashMap<&str, usize> = sim.accounts.iter().enumerate().map(|(i, a)| (a.id.as_str(), i)).collect();
    let (mut all, mut own_lang, mut ids) = (0, 0, HashSet::new());
    let (mut by_members, mut by_others) = ((0, 0), (0, 0));
    for post in sim.posts() {
        let i = author[post.author.as_str()];
        let (account, text) = (&sim.accounts[i], post.text.unwrap());
        assert!(post.created_at > account.created_at && post.created_at < account.observed_at);
        assert!(ids.insert(post.id));
        assert!((4..=21).contains(&text.split_whitespace().count()), "{text}");
        assert!(post.tags.iter().all(|t| text.contains(t.as_str())));
        let count = if sim.member[i] { &mut by_members } else { &mut by_others };
        count.0 += 1;
        count.1 += usize::from(post.tags.iter().any(|t| t.contains("النهر") || t == "group_a"));
        all += 1;
        own_lang += usize::from(post.lang.is_none() || post.lang == account.lang);
    }
    assert!((80_000..100_000).contains(&all), "{all}");
    assert!(share(own_lang, all) > 0.9);
    assert!(share(by_members.1, by_members.0) > 0.2, "{by_members:?}");
    assert!(share(by_others.1, by_others.0) < 0.05, "{by_others:?}");
}

#[test]
fn a_study_is_filled_without_the_truth() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::new("test", "an invented group", Platform::Simulated);
    let mut study = Study::create(&dir.path().join("study"), &settings, &["1".into()]).unwrap();
    let sim = simulate(&small(500, 50)).unwrap();
    into_study(&sim, &mut study).unwrap();
    assert_eq!(study.store.accounts().unwrap(), sim.accounts);
    assert_eq!(study.store.statuses().unwrap().len(), 1_500);
    let rows = |store: &Store, table| -> crate::Result<usize> {
        let mut rows = 0;
        store.read(table, &[], |b| {
            rows += b.num_rows();
            Ok(())
        })?;
        Ok(rows)
    };
    assert_eq!(rows(&study.store, Table::Follows).unwrap(), sim.edges.len());
    assert_eq!(rows(&study.store, Table::Posts).unwrap(), sim.posts().count());
    assert!(into_study(&sim, &mut study).is_err());
}
