//! Studies made to leak: what is public of them names nobody, and hides what it must.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use netcensus_stats::total::{Batch, Unit as Labelled};
use proptest::prelude::*;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::*;
use crate::frame::Frame;
use crate::progress::Progress;
use crate::rows::{self, Account, Post};
use crate::study::{FrameRule, Platform, Settings, Study};
use crate::tables::Table;
use crate::texts::{Digits, Lang, Texts};

const DAY: i64 = 86_400_000_000;
/// 1 January 2014.
const T0: i64 = 1_388_534_400_000_000;
const CELL: u64 = 10;

/// A study whose accounts are all members and all labelled: its estimates are counts, and there is nothing in them that
/// could hide what they say.
struct Leaky {
    accounts: Vec<Account>,
    posts: Vec<Post>,
}

impl Leaky {
    /// So many accounts in each language, and created in each month; those of the last few in a place of their own.
    fn new(languages: &[usize], months: &[usize]) -> Self {
        let languages: Vec<usize> = languages.iter().enumerate().flat_map(|(l, n)| vec![l; *n]).collect();
        let codes = ["ar", "en", "fr", "ru", "tr", "fa", "ur", "id"];
        let mut month = months.iter().enumerate().flat_map(|(m, n)| vec![m; *n]).cycle();
        let account = |(i, language): (usize, usize)| Account {
            id: format!("did:plc:q{i:05}zz"),
            handle: Some(format!("qx{i}zvk.example")),
            name: Some(format!("Zork{i} Vexly")),
            description: Some(format!("private words of zork{i}")),
            lang: Some(codes[language % codes.len()].into()),
            created_at: Some(T0 + (month.next().unwrap_or(0) as i64 * 31 + 3) * DAY),
            observed_at: Some(T0 + 900 * DAY),
            followers: Some(100 + i as i64),
            following: Some(50),
            posts: Some(10 * i as i64),
            ..Account::default()
        };
        let mut accounts: Vec<Account> = languages.into_iter().enumerate().map(account).collect();
        let few = accounts.len().saturating_sub(3);
        for (i, account) in accounts.iter_mut().enumerate() {
            account.location = Some(if i >= few { "Reykjavik, Iceland" } else { "Baghdad, Iraq" }.into());
        }
        Self { accounts, posts: Vec::new() }
    }

    /// Every account uses the tag and the link.
    fn says(mut self, tag: &str, link: &str) -> Self {
        for account in &self.accounts {
            let number = self.posts.len();
            self.posts.push(Post {
                id: format!("p{number}"),
                author: account.id.clone(),
                created_at: Some(T0 + 899 * DAY),
                text: Some(format!("#{tag} {link}")),
                tags: vec![tag.to_owned()],
                links: vec![link.to_owned()],
                client: Some("Web".into()),
                ..Post::default()
            });
        }
        self
    }

    fn answers(&self) -> (Report, Network) {
        let folder = tempfile::tempdir().unwrap();
        let study = Study::create(folder.path(), &Settings::new("test", "members", Platform::Files), &[]).unwrap();
        study.store.append(Table::Posts, &rows::posts(&self.posts).unwrap()).unwrap();
        let network = Network::new(self.accounts.clone(), &[]).unwrap();
        let all: Vec<u32> = (0..self.accounts.len() as u32).collect();
        let frame = Frame::build(&network, &all, &FrameRule::default());
        let unit = Labelled { score: 0.5, probability: 1.0, label: Some(1.0) };
        let batches = vec![Batch { weight: 1.0, units: vec![unit; self.accounts.len()] }];
        let portrait = describe::describe(&study, &network, &frame, &batches, false, &Progress::silent()).unwrap();
        let mut estimate: Estimate = serde_json::from_str(include_str!("../../tests/data/estimate.json")).unwrap();
        let n = self.accounts.len();
        let count = Figure { value: n as f64, low: n as f64, high: n as f64, labels: n, method: "count".into() };
        let m = &mut estimate.members;
        for figure in [&mut m.floor, &mut m.best, &mut m.ceiling, &mut m.horvitz_thompson, &mut m.wald] {
            *figure = count.clone();
        }
        m.prevalence = Figure { value: 1.0, low: 1.0, high: 1.0, ..count };
        estimate.frame.size = n;
        // A hash can hold many digits in a row.
        let hash = crate::report::Rows { table: "labels".into(), rows: n, fingerprint: "e916357929126641".into() };
        let about = About { min_cell: CELL, tables: vec![hash], ..About::default() };
        let (takedowns, replacement, what_if, sites) = (None, None, None, None);
        (
            Report { about, estimate, portrait, takedowns, replacement, what_if, sites, public: false, privacy: None },
            network,
        )
    }

    fn public(&self) -> Result<Report> {
        let (report, network) = self.answers();
        public(&report, &network)
    }
}

/// Every text of what is published, as data and as a document.
fn texts_of(public: &Report) -> Vec<String> {
    fn walk(value: &Value, to: &mut Vec<String>) {
        match value {
            Value::String(text) => to.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|v| walk(v, to)),
            Value::Object(values) => values.iter().for_each(|(key, v)| {
                to.push(key.clone());
                walk(v, to);
            }),
            _ => (),
        }
    }
    let mut texts = Vec::new();
    walk(&serde_json::to_value(public).unwrap(), &mut texts);
    let document = public.document(&Texts::new(Lang::En, Digits::Western).unwrap()).unwrap();
    check(&document).unwrap();
    texts.extend(document.lines().into_iter().map(|line| line.plain()));
    texts
}

/// Letters and digits in small.
fn bare(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn section<'a>(portrait: &'a Portrait, key: &str) -> &'a describe::Section {
    portrait.sections.iter().find(|s| s.key == key).unwrap()
}

/// Which numbers of members give the published one. A reader knows the rule, so nothing that is shown rules out less.
fn totals(public: &Report) -> Vec<u64> {
    let rounded = Rounded::to(CELL);
    let (shown, best) = (public.estimate.frame.size, &public.estimate.members.best);
    let alike = |n: &u64| {
        let exact = Figure { value: *n as f64, low: *n as f64, high: *n as f64, labels: *n as usize, ..best.clone() };
        rounded.total(&exact) == *best && rounded.count(*n) == shown as u64
    };
    (1..=shown as u64 + CELL).filter(alike).collect()
}

/// Between which numbers of accounts a cell lies, for a reader who tries every one: of everybody labelled, the figure is the
/// share itself, and value, interval and labels must all come out as they are published.
fn reader(public: &Report, key: &str, label: &str, totals: &[u64]) -> Option<(f64, f64)> {
    let row = section(&public.portrait, key).rows.iter().find(|r| r.label == label)?;
    let rounded = Rounded::to(CELL);
    let alike = |n: u64, all: u64| {
        let share = n as f64 / all as f64;
        let exact = Figure { value: share, low: share, high: share, labels: all as usize, ..row.figure.clone() };
        let step = rounded.step(all as f64)?;
        let shown = rounded.share(&exact, step);
        let same = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let f = &row.figure;
        Some(same(shown.value, f.value) && same(shown.low, f.low) && same(shown.high, f.high))
    };
    let fits = totals.iter().flat_map(|all| (CELL..=*all).filter(move |n| alike(*n, *all) == Some(true)));
    let fits: Vec<u64> = fits.collect();
    assert!(!fits.is_empty(), "{key}: {row:?} is not rounded as a reader would expect");
    Some((*fits.iter().min()? as f64, *fits.iter().max()? as f64))
}

/// What a reader works out of a cell that is not shown: a whole less the cells of it that are.
fn worked_out(whole: (f64, f64), shown: &[(f64, f64)]) -> (f64, f64) {
    let (least, most) = shown.iter().fold((0.0, 0.0), |(a, b), (low, high)| (a + low, b + high));
    ((whole.0 - most).max(0.0), (whole.1 - least).max(0.0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_small_cell_is_not_found_from_what_is_shown(
        languages in proptest::collection::vec(0_usize..60, 3..8),
        months in proptest::collection::vec(0_usize..40, 3..20),
    ) {
        let study = Leaky::new(&languages, &months);
        prop_assume!(study.accounts.len() >= 30);
        let public = study.public().unwrap();
        let all = study.accounts.len() as f64;
        let best = public.estimate.members.best.value;
        prop_assert!((best - all).abs() <= 5.0 && best % 10.0 == 0.0);
        let all_of = totals(&public);
        prop_assert!(all_of.contains(&(all as u64)) && all_of.len() as u64 >= CELL, "{all_of:?}");
        let whole = (all_of[0] as f64, all_of[all_of.len() - 1] as f64);
        let count = |of: &dyn Fn(&Account) -> String| {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            study.accounts.iter().for_each(|a| *counts.entry(of(a)).or_default() += 1.0);
            counts
        };
        let moment = |a: &Account| jiff::Timestamp::from_microsecond(a.created_at.unwrap()).unwrap().to_string();
        let (year, month) = (|a: &Account| moment(a)[..4].to_owned(), |a: &Account| moment(a)[..7].to_owned());
        let language = |a: &Account| a.lang.clone().unwrap();
        let cells: [(&str, BTreeMap<String, f64>); 3] =
            [("languages", count(&language)), ("created", count(&year)), ("created-months", count(&month))];
        for (key, truth) in &cells {
            for row in &section(&public.portrait, key).rows {
                prop_assert!(truth[&row.label] >= CELL as f64, "{key} {} shows {}", row.label, truth[&row.label]);
            }
            // By difference from all members.
            let read: Vec<(f64, Option<(f64, f64)>)> =
                truth.iter().map(|(label, n)| (*n, reader(&public, key, label, &all_of))).collect();
            prop_assert!(read.iter().all(|(n, r)| r.is_none_or(|(low, high)| low <= *n && *n <= high)), "{key}: {read:?}");
            let shown: Vec<(f64, f64)> = read.iter().filter_map(|(_, r)| *r).collect();
            let hidden: Vec<f64> = read.iter().filter(|(_, r)| r.is_none()).map(|(n, _)| *n).collect();
            if hidden.iter().any(|n| *n < CELL as f64) && !shown.is_empty() {
                let (low, high) = worked_out(whole, &shown);
                let least = if hidden.len() > 1 { 0.0 } else { low };
                prop_assert!(least <= 1.0 && high >= 9.0, "{key}: {least} to {high} of {hidden:?}");
            }
        }
        // By difference from the year that the months are of.
        for name in cells[1].1.keys() {
            let Some(whole) = reader(&public, "created", name, &all_of) else { continue };
            let of_year: Vec<(&String, &f64)> = cells[2].1.iter().filter(|(m, _)| m.starts_with(name)).collect();
            let hidden: Vec<f64> =
                of_year.iter().filter(|(m, _)| reader(&public, "created-months", m, &all_of).is_none()).map(|(_, n)| **n).collect();
            if let [one] = hidden[..] && one < CELL as f64 {
                let shown: Vec<_> = of_year.iter().filter_map(|(m, _)| reader(&public, "created-months", m, &all_of)).collect();
                let (low, high) = worked_out(whole, &shown);
                prop_assert!(low <= 1.0 && high >= 9.0, "{name}: {low} to {high} of {one}");
            }
        }
    }

    #[test]
    fn nobody_is_named_whatever_a_name_is_hidden_in(
        who in 0_usize..40,
        before in "[a-z]{0,6}",
        mark in "[_]{0,2}",
        after in "[A-Z]?[a-z]{0,5}",
        dress in 0_usize..9,
    ) {
        let handle = format!("qx{who}zvk");
        let dressed = match dress {
            0 => handle.clone(),
            1 => handle.to_uppercase(),
            // Cyrillic letters that look like Latin ones, full width, a mark that is not seen.
            2 => handle.replace('x', "\u{445}"),
            3 => handle.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect(),
            4 => handle.replace('x', "x\u{200C}"),
            // An accent, digits for letters, tatweel, turned around by an override.
            5 => handle.replace('v', "v\u{301}"),
            6 => handle.replace('x', "x\u{640}\u{64B}"),
            7 => format!("\u{202E}{handle}\u{202C}"),
            _ => handle.replace('v', "\u{1E7D}"),
        };
        let tag = format!("{before}{mark}{dressed}{mark}{after}");
        let study = Leaky::new(&[30, 20], &[50]).says(&tag, &format!("https://{before}-{handle}.example/page"));
        let public = study.public().unwrap();
        let name = bare(&handle);
        for text in texts_of(&public) {
            let seen = text.replace('\u{445}', "x").nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>();
            let shown = bare(&seen.replace('\u{640}', ""));
            prop_assert!(!shown.contains(&name), "{text}");
            prop_assert!(identifiers(&text).is_empty(), "{text}");
        }
        let harmless = Leaky::new(&[30, 20], &[50]).says("harbour", "https://harbour.example/a").public().unwrap();
        prop_assert_eq!(&section(&harmless.portrait, "hashtags").rows[0].label, "harbour");
        prop_assert_eq!(&section(&harmless.portrait, "links").rows[0].label, "harbour.example");
    }
}

#[test]
fn no_words_of_a_profile_and_no_place_of_three_come_through() {
    let public = Leaky::new(&[40, 20], &[60]).says("harbour", "https://harbour.example").public().unwrap();
    let all = texts_of(&public).join("\n");
    for word in ["did:plc", "zork", "Vexly", "private words", "Reykjavik", "Iceland"] {
        assert!(!all.contains(word), "{word}");
    }
    assert!(!section(&public.portrait, "places").rows.iter().any(|r| r.label == "IS"));
    assert!(public.estimate.labels.coders.iter().all(|c| c.name.starts_with("coder ") || c.name == label::GOLD));
}

#[test]
fn a_name_in_a_domain_is_left_out_even_as_it_is_sent() {
    let mut study = Leaky::new(&[30, 20], &[50]);
    study.accounts[7].name = Some("بوابة النهر".into());
    let ascii = idna::domain_to_ascii("بوابةالنهر.example").unwrap();
    assert!(ascii.starts_with("xn--"));
    let public = study.says("calm", &format!("https://{ascii}/x")).public().unwrap();
    assert!(section(&public.portrait, "links").rows.is_empty());
    assert!(!texts_of(&public).join(" ").contains("xn--"));
}

#[test]
fn every_count_is_rounded() {
    let public = Leaky::new(&[40, 20], &[60]).public().unwrap();
    let e = &public.estimate;
    let counts =
        [e.frame.size, e.frame.seeds, e.labels.drawn, e.labels.labelled, e.labels.unsure, e.labels.cannot_tell];
    let counts = counts.into_iter().chain(e.frame.waves.iter().copied()).chain(e.frame.left_out.values().copied());
    assert!(counts.chain(e.labels.coders.iter().map(|c| c.labels)).all(|n| n % 10 == 0));
    assert!(e.sorting.iter().all(|s| s.auc.labels % 10 == 0));
    assert!(
        e.sorting.iter().all(|s| [s.auc.value, s.auc.low, s.auc.high]
            .iter()
            .all(|v| (v * 100.0 - (v * 100.0).round()).abs() < 1e-9))
    );
    assert!(!e.sorting.is_empty() && e.sorting.iter().all(|s| s.auc.high <= 1.0 && s.auc.high - s.auc.low >= 0.01));
    for section in &public.portrait.sections {
        for row in &section.rows {
            assert_eq!(row.figure.labels % 10, 0, "{}", section.key);
        }
    }
}

#[test]
fn what_cannot_be_mended_is_refused_with_every_reason() {
    let (mut report, network) = Leaky::new(&[40, 20], &[60]).answers();
    let refused = |report: &Report| public(report, &network).unwrap_err();
    report.estimate.study = "What @somebody started".into();
    report.estimate.population = "friends of qx3zvk.example; see https://host.example/list".into();
    let error = refused(&report);
    assert_eq!(error.kind(), crate::Kind::Usage);
    let said = error.to_string();
    for part in ["`name` holds a mention", "`population` holds a link", "`qx3zvk.example`"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (mut report, _) = Leaky::new(&[40, 20], &[60]).answers();
    report.estimate.population = "what Zórk3 VEXLY, wrote".into();
    assert!(refused(&report).to_string().contains("few accounts are called"));
    let (mut report, _) = Leaky::new(&[40, 20], &[60]).answers();
    report.estimate.members.best.value = 7.0;
    assert!(refused(&report).to_string().contains("fewer than 10 members"));
}

/// Continued fractions find what a ratio is made of, if it has digits enough.
#[test]
fn no_number_has_more_digits_than_it_needs() {
    let (mut report, network) = Leaky::new(&[40, 20], &[60]).answers();
    report.what_if = Some(serde_json::from_value(serde_json::json!({
        "study": "test", "simulated": false, "members": 613, "by_score": 7, "audience": 9_931, "largest": 411, "regained": 0.0,
        "suspensions": [1, 5, 10, 12, 17, 24, 613],
        "plans": [{"name": "reach", "reach": [0.013, 0.05, 0.1, 0.12, 0.17, 0.231_7, 1.0], "posts": vec![1.0 / 7.0; 7],
            "largest": vec![410.0 / 613.0; 7], "reach_area": 0.123_456, "largest_area": 0.654_321}],
        "bound": [0.02, 0.06, 0.12, 0.13, 0.2, 0.3, 1.0],
        "wanted": {"reach": 0.5, "suspensions": 3, "at_least": 12}
    })).unwrap());
    let public = public(&report, &network).unwrap();
    let what_if = public.what_if.as_ref().unwrap();
    // Neither below the smallest cell, nor so near each other that the difference is about few.
    assert_eq!(what_if.suspensions, [10, 24, 613]);
    assert!(what_if.plans.iter().all(|p| p.reach.len() == 3 && p.posts.len() == 3) && what_if.bound.len() == 3);
    assert_eq!((what_if.wanted.suspensions, what_if.wanted.at_least), (None, Some(12)));
    fn walk(value: &Value, at: &str) {
        match value {
            Value::Number(n) if n.is_f64() && n.as_f64().unwrap().fract() != 0.0 => {
                let digits = format!("{:e}", n.as_f64().unwrap());
                let digits = digits.split('e').next().unwrap().bytes().filter(u8::is_ascii_digit).count();
                assert!(digits <= 3, "{at}: {n}");
            }
            Value::Array(values) => values.iter().for_each(|v| walk(v, at)),
            Value::Object(values) => values.iter().for_each(|(key, v)| walk(v, &format!("{at}.{key}"))),
            _ => (),
        }
    }
    walk(&serde_json::to_value(&public).unwrap(), "report");
}

#[test]
fn a_word_that_was_cut_is_left_out() {
    let long = "harbour".repeat(9);
    let public = Leaky::new(&[30, 20], &[50]).says(&long, "https://harbour.example").public().unwrap();
    assert!(section(&public.portrait, "hashtags").rows.is_empty());
}
