//! Rows of ids made a graph: against a plain reference, on any number of threads, out of memory, in parts, and from
//! its file.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use netcensus_graph::{Builder, Built, Error, Form, Memory, Named, open};
use proptest::collection::vec;
use proptest::prelude::*;

type Rows = Vec<(String, String)>;

fn build(rows: &Rows, accounts: &[String]) -> Built {
    builder(Builder::new(None), rows, accounts).finish().unwrap()
}

fn builder(builder: Builder, rows: &Rows, accounts: &[String]) -> Builder {
    builder.accounts(accounts.iter().map(String::as_str)).unwrap();
    builder.follows(rows.iter().map(|(src, dst)| (src.as_str(), dst.as_str()))).unwrap();
    builder
}

/// Rows among few accounts: with repeats, follows of oneself and one hub.
fn rows(n: usize, m: usize, seed: u64) -> Rows {
    let mut state = seed;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize * below) >> 31
    };
    let name = |i: usize| if i.is_multiple_of(3) { format!("did:plc:{i:024}") } else { format!("{}", i * 7919) };
    (0..m).map(|_| (name(next(n)), name(if next(4) == 0 { 0 } else { next(n) }))).collect()
}

/// What the graph must be, with plain sets.
fn check(built: &Built, rows: &Rows, accounts: &[String]) {
    let ids: BTreeSet<&str> =
        rows.iter().flat_map(|(a, b)| [a.as_str(), b]).chain(accounts.iter().map(String::as_str)).collect();
    assert_eq!(
        built.ids.in_order().map(|n| built.ids.name(n)).collect::<Vec<_>>(),
        ids.iter().copied().collect::<Vec<_>>()
    );

    let mut count: BTreeMap<&str, usize> = ids.iter().map(|id| (*id, 0)).collect();
    rows.iter().flat_map(|(a, b)| [a.as_str(), b]).for_each(|id| *count.get_mut(id).unwrap() += 1);
    let mut hubs: Vec<(&str, usize)> = count.into_iter().collect();
    hubs.sort_by_key(|&(id, rows)| (std::cmp::Reverse(rows), id));
    for (number, (id, _)) in (0..).zip(&hubs) {
        assert_eq!((built.ids.name(number), built.ids.get(id)), (*id, Some(number)));
    }

    let distinct: BTreeSet<(u32, u32)> = rows
        .iter()
        .filter(|(a, b)| a != b)
        .map(|(a, b)| (built.ids.get(a).unwrap(), built.ids.get(b).unwrap()))
        .collect();
    let graph = &built.graph;
    let forth = (0..ids.len() as u32).flat_map(|v| graph.following(v).into_owned().into_iter().map(move |u| (v, u)));
    assert!(forth.eq(distinct.iter().copied()));
    let back: BTreeSet<(u32, u32)> = distinct.iter().map(|&(a, b)| (b, a)).collect();
    assert!(
        (0..ids.len() as u32).flat_map(|v| graph.followers(v).into_owned().into_iter().map(move |u| (v, u))).eq(back)
    );
    let self_follows = rows.iter().filter(|(a, b)| a == b).count();
    assert_eq!(built.dropped.self_follows, self_follows);
    assert_eq!(built.dropped.repeats, rows.len() - self_follows - distinct.len());
}

fn same(a: &Built, b: &Built) {
    assert_eq!((&a.ids, &a.graph, a.dropped), (&b.ids, &b.graph, b.dropped));
}

proptest! {
    #[test]
    fn any_rows(rows in vec(("[ab]{0,3}", "[a-c]{0,2}"), 0..60), accounts in vec("[a-d]{0,3}", 0..5)) {
        check(&build(&rows, &accounts), &rows, &accounts);
    }

    #[test]
    fn rows_may_name_ids_by_their_places(
        list in vec("[ab]{0,3}", 1..30),
        other in vec("[a-c]{0,2}", 1..30),
        places in vec((0_usize..30, 0_usize..30), 0..200),
        cut in 0_usize..200,
    ) {
        // Lists hold repeats, and ids that no row names.
        let places: Vec<(i32, i32)> =
            places.iter().map(|(a, b)| ((a % list.len()) as i32, (b % other.len()) as i32)).collect();
        let rows: Rows = places.iter().map(|&(a, b)| (list[a as usize].clone(), other[b as usize].clone())).collect();
        let (builder, mut named) = (Builder::new(None), [Named::default(), Named::default()]);
        let (first, second) = places.split_at(cut.min(places.len()));
        for some in [first, second] {
            let (src, dst): (Vec<i32>, Vec<i32>) = some.iter().copied().unzip();
            builder.follows_by_place([&src, &dst], |at| &list[at], |at| &other[at], &mut named).unwrap();
        }
        check(&builder.finish().unwrap(), &rows, &[]);
    }

    #[test]
    fn parts_give_what_all_rows_give(seed in 0_u64..1000, cut in 0_usize..400) {
        let all = rows(60, 400, seed);
        let (first, second) = (all[..cut].to_vec(), all[cut..].to_vec());
        let part = build(&first, &["x".to_owned()]);
        let whole = builder(Builder::from(&part, None).unwrap(), &second, &[]).finish().unwrap();
        same(&whole, &build(&all, &["x".to_owned()]));
    }
}

#[test]
fn many_rows_on_any_number_of_threads() {
    let rows = rows(20_000, 600_000, 1);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            use rayon::prelude::*;
            let builder = Builder::new(None);
            let half = |rows: &[(String, String)]| builder.follows(rows.iter().map(|(a, b)| (a.as_str(), b.as_str())));
            rows.par_chunks(50_000).try_for_each(half).unwrap();
            builder.finish().unwrap()
        })
    };
    let one = on(1);
    check(&one, &rows, &[]);
    same(&one, &on(2));
    same(&one, &on(8));
}

#[test]
fn what_memory_does_not_hold_goes_to_disk() {
    let folder = tempfile::tempdir().unwrap();
    let rows = rows(5000, 200_000, 2);
    let memory = Memory { pairs: 100_000, folder: folder.path().to_owned() };
    let built = builder(Builder::new(Some(memory.clone())), &rows, &[]).finish().unwrap();
    same(&built, &build(&rows, &[]));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left lying");
    let path = folder.path().join("follows.graph");
    let filed = builder(Builder::new(Some(memory)), &rows, &[]).finish_in(&path, Form::Plain, "rows").unwrap();
    same(&filed, &built);
    let nowhere = Memory { pairs: 0, folder: folder.path().join("none") };
    let few = Builder::new(Some(nowhere.clone()));
    let few = few.follows([("a", "b")]).and_then(|()| few.finish()).unwrap_err();
    let many = rows.iter().map(|(src, dst)| (src.as_str(), dst.as_str()));
    let many = Builder::new(Some(nowhere)).follows(many).unwrap_err();
    assert!([&few, &many].iter().all(|refused| matches!(refused, Error::Disk { .. })), "{few} {many}");
}

#[test]
fn a_file_gives_back_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deeper/follows.graph");
    for (n, m) in [(1, 0), (3, 1), (5000, 50_000)] {
        let rows = rows(n, m, 3);
        let accounts = ["somebody".to_owned(), "علي".to_owned()];
        let built = builder(Builder::new(None), &rows, &accounts).finish_in(&path, Form::Plain, "part 1").unwrap();
        check(&built, &rows, &accounts);
        let opened = open(&path).unwrap();
        assert_eq!(opened.source, "part 1");
        same(&opened.built, &built);
        // The same rows in another order give the same file.
        let bytes = fs::read(&path).unwrap();
        let turned = rows.into_iter().rev().collect();
        builder(Builder::new(None), &turned, &accounts).finish_in(&path, Form::Plain, "part 1").unwrap();
        assert!(fs::read(&path).unwrap() == bytes);
    }
    // 4 bytes a follow and direction, 4 an account and direction.
    let follows = open(&path).unwrap().built.graph.follows() as u64;
    assert!(fs::metadata(&path).unwrap().len() < 4096 + 8 * follows + 5003 * (8 + 16 + 32) + 1000);
}

#[test]
fn a_damaged_file_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("g");
    assert!(matches!(open(&path), Err(Error::Disk { .. })));
    builder(Builder::new(None), &rows(50, 300, 4), &[]).finish_in(&path, Form::Plain, "").unwrap();
    let sound = fs::read(&path).unwrap();
    let mut tried = 0;
    // Bytes between sections are nobody's.
    for at in (0..600).step_by(7).chain((4096..sound.len()).step_by(29)) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x20;
        fs::write(&path, &bytes).unwrap();
        tried += usize::from(matches!(open(&path), Err(Error::Damaged { .. })));
    }
    assert!(tried > 85 + (sound.len() - 4096) / 29 * 8 / 10, "{tried}");
    for length in [0, 100, 4095, 4096, sound.len() - 1] {
        fs::write(&path, &sound[..length]).unwrap();
        assert!(open(&path).is_err(), "{length} bytes");
    }
}

#[test]
fn edge_lists() {
    let read = |text: &[u8]| {
        let builder = Builder::new(None);
        builder.edge_list(text).and_then(|()| builder.finish())
    };
    let built = read(b"# comment\n1 2\n\n2\t3\r\n3 , 1\n1,2,0.5\n%x\n did:a  did:b tail").unwrap();
    let expected: Rows = [("1", "2"), ("2", "3"), ("3", "1"), ("1", "2"), ("did:a", "did:b")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .to_vec();
    check(&built, &expected, &[]);
    assert_eq!(read(b"").unwrap().ids.len(), 0);
    let line = |text: &[u8]| match read(text) {
        Err(Error::Line { number, .. }) => number,
        other => panic!("{other:?}"),
    };
    assert_eq!(line(b"1 2\n3\n"), 2);
    assert_eq!(line(b"1 2\n1 2\n\xff 2"), 3);
    assert_eq!(line(b"1,\n"), 1);

    // Longer than one block is read at a time.
    let rows = rows(3000, 1_500_000, 5);
    let text: String = rows.iter().flat_map(|(a, b)| [a.as_str(), " ", b, "\n"]).collect();
    assert!(text.len() > 36 << 20);
    same(&read(text.as_bytes()).unwrap(), &build(&rows, &[]));
    let broken = format!("{text}alone\n{text}");
    assert_eq!(line(broken.as_bytes()), rows.len() + 1);
}
