//! What members post: every figure is the count of a full census.

use super::*;

const HOUR: Micros = 3_600_000_000;
const MINUTE: Micros = 60_000_000;

fn at(author: usize, number: usize, at: Micros) -> Post {
    Post { created_at: Some(at), ..post(&format!("{author}-{number}"), author, &[]) }
}

fn value(portrait: &Portrait, key: &str, label: &str) -> f64 {
    values(of(portrait, key)).get(label).copied().unwrap_or_else(|| panic!("{key} {label}: {:?}", of(portrait, key)))
}

/// 100 members: ten with 1,000 posts each, twenty with 250, seventy with 50: 18,500 in all.
#[test]
fn a_core_and_its_curve() {
    let posts = |i: usize| match i {
        0..10 => 1000,
        10..30 => 250,
        _ => 50,
    };
    let all = accounts(100, |i, a| {
        a.posts = Some(posts(i));
        a.lang = Some(if i % 2 == 0 { "ar" } else { "en" }.into());
    });
    let portrait = portrait_of(&all, &[], &[]);
    // Half, 9,250, are nine and a quarter of the first ten: too few to be said.
    let core = of(&portrait, "core");
    assert_eq!((labels(core), core.suppressed), (vec!["most80", "most90"], 1));
    assert!(
        near(core.rows[0].figure.value, 10.0 + 4800.0 / 250.0) && core.rows[0].figure.low == core.rows[0].figure.value
    );
    // 90 % are 16,650: the ten, the twenty, and 33 of those with 50.
    assert!(near(core.rows[1].figure.value, 30.0 + 1650.0 / 50.0));
    let curve = of(&portrait, "lorenz");
    assert_eq!((labels(curve), curve.suppressed), (vec!["0.5", "0.2", "0.1"].into_iter().rev().collect(), 2));
    assert!(near(value(&portrait, "lorenz", "0.1"), 10_000.0 / 18_500.0));
    assert!(near(value(&portrait, "lorenz", "0.2"), 12_500.0 / 18_500.0));
    assert!(near(value(&portrait, "lorenz", "0.5"), 16_000.0 / 18_500.0));
    let mut sorted: Vec<f64> = (0..100).map(|i| posts(i) as f64).collect();
    sorted.sort_by(f64::total_cmp);
    let ranks: f64 = (1..).zip(&sorted).map(|(rank, x)| f64::from(rank) * x).sum();
    assert!(near(value(&portrait, "inequality", "gini"), 2.0 * ranks / (100.0 * 18_500.0) - 101.0 / 100.0));
    assert!(of(&portrait, "core-languages").rows.is_empty(), "five of each language are too few");
}

#[test]
fn the_core_of_each_language() {
    // Ar: 40 of 60 post a hundred times as much; en: 20 of 60.
    let all = accounts(120, |i, a| {
        a.lang = Some(if i < 60 { "ar" } else { "en" }.into());
        a.posts = Some(if (i < 60 && i % 3 > 0) || (i >= 60 && i % 3 == 0) { 1000 + i as i64 % 3 } else { 10 });
    });
    let portrait = portrait_of(&all, &[], &[]);
    // Those with more than 1,000 alone make half.
    assert!(near(value(&portrait, "core-languages", "ar"), 40.0 / 60.0));
    assert!(!values(of(&portrait, "core-languages")).contains_key("en"));
}

/// Forty members, a post a day for forty days; every other has a day of thirty more, all of them on the same day.
#[test]
fn bursts_of_members_and_of_the_group() {
    let mut posts = Vec::new();
    for i in 0..40 {
        (0..40).for_each(|day| posts.push(at(i, day, T0 + day as Micros * DAY + i as Micros * MINUTE)));
        if i % 2 == 0 {
            (0..30).for_each(|n| posts.push(at(i, 100 + n, T0 + 20 * DAY + HOUR + n as Micros * MINUTE)));
        }
    }
    let portrait = portrait_of(&accounts(40, |_, _| ()), &posts, &[]);
    assert!(near(value(&portrait, "bursts", "members"), 0.5));
    assert!(near(value(&portrait, "burst-posts", "posts"), 20.0 * 31.0 / posts.len() as f64));
    let days = of(&portrait, "burst-days");
    assert_eq!(labels(days), ["2014-01-21"]);
    // 640 posts against 40 on the days around.
    assert!(near(days.rows[0].figure.value, 16.0));
    // Seven days on either side of the nearest must be there.
    assert_eq!(remarks(days), [("days-tested", Some(40 - 16))]);
    assert!(near(value(&portrait, "posts-by-month", "2014-01"), (31.0 * 40.0 + 600.0) / posts.len() as f64));
    // An account that posts as much every day has no burst.
    let steady: Vec<Post> = (0..20).flat_map(|i| (0..200).map(move |n| at(i, n, T0 + n as Micros * HOUR))).collect();
    let portrait = portrait_of(&accounts(20, |_, _| ()), &steady, &[]);
    assert!(of(&portrait, "bursts").rows.is_empty() && of(&portrait, "bursts").known.is_some());
    assert!(of(&portrait, "burst-days").rows.is_empty());
}

#[test]
fn hours_replies_and_pictures_are_shares_of_posts() {
    let mut posts = Vec::new();
    for i in 0..40 {
        // 1 January 2014 was a Wednesday.
        let four = [0, 0, 5, 24 + 5].map(|hour| T0 + hour * HOUR);
        for (n, time) in four.into_iter().enumerate() {
            let mut post = at(i, n, time);
            post.reply = (n < 3).then_some(n == 0);
            post.media = (n > 0).then_some(i64::from(n == 3 && i < 20));
            post.lang = Some(if n == 0 { "ar" } else { "en" }.into());
            posts.push(post);
        }
    }
    // Times that cannot be true are of no hour.
    posts.push(at(0, 9, i64::MIN));
    posts.push(at(1, 9, i64::MAX));
    posts.push(at(2, 9, 0));
    let portrait = portrait_of(&accounts(40, |_, _| ()), &posts, &[]);
    let hours = of(&portrait, "hours");
    assert_eq!(labels(hours), ["3-0", "3-5", "4-5"], "in the order of the week");
    assert_eq!(hours.rows.iter().map(|r| r.figure.value).collect::<Vec<_>>(), [0.5, 0.25, 0.25]);
    assert!(near(value(&portrait, "replies", "posts"), 40.0 / 120.0));
    assert!(near(value(&portrait, "media", "posts"), 20.0 / 120.0));
    assert!(near(value(&portrait, "media-members", "members"), 0.5));
    assert!(near(value(&portrait, "post-languages", "en"), 0.75));
    assert_eq!(value(&portrait, "languages", "en"), 1.0);
}

#[test]
fn programs_show_signs_and_are_left_out() {
    let said = [
        "the river was high today",
        "we had coffee in the garden",
        "nobody came to the match",
        "snow is falling again",
    ];
    let mut posts = Vec::new();
    for i in 0..60 {
        for n in 0..24 {
            let mut post = match i {
                // On the hour, every two hours.
                0..12 => at(i, n, T0 + n as Micros * 2 * HOUR + 5 * MINUTE),
                // Now and then.
                _ => at(
                    i,
                    n,
                    T0 + ((n * n * 7 + i * 13) % 5_000) as Micros * 11 * MINUTE + (n * 37 % 60) as Micros * MINUTE,
                ),
            };
            // The next twelve say one thing with another number and link each time.
            post.text = Some(match i {
                12..24 => format!("Offer {n}: buy it today at https://shop{n}.example"),
                _ => format!("{} {}", said[n % 4], ["first", "second", "third", "fourth", "fifth", "last"][n / 4]),
            });
            post.lang = Some(if i < 24 { "en" } else { "ar" }.into());
            posts.push(post);
        }
    }
    let all = accounts(60, |i, a| {
        a.bot = Some((24..36).contains(&i));
        a.posts = Some(10 + i as i64);
        a.created_at = Some(T0 - 10 * DAY);
    });
    let portrait = portrait_of(&all, &posts, &[]);
    let signs = values(of(&portrait, "automation"));
    for (sign, share) in [("says-bot", 0.2), ("pauses", 0.2), ("minute", 0.2), ("repeats", 0.2), ("any", 0.6)] {
        assert!(near(signs[sign], share), "{sign}: {signs:?}");
    }
    let languages = of(&portrait, "without-bots-languages");
    assert_eq!(values(languages), BTreeMap::from([("ar".into(), 1.0)]));
    assert!(near(languages.known.as_ref().unwrap().value, 0.4));
    let mean = (36..60).map(|i| 10.0 + i as f64).sum::<f64>() / 24.0;
    assert!(near(value(&portrait, "without-bots-activity", "mean-posts"), mean));
    assert!(labels(of(&portrait, "without-bots-core")).contains(&"most80"));
}

#[test]
fn without_profiles_the_collected_posts_make_the_core() {
    let posts: Vec<Post> = (0..60).flat_map(|i| (0..=i).map(move |n| at(i, n, T0))).collect();
    let portrait = portrait_of(&accounts(60, |_, _| ()), &posts, &[]);
    let core = of(&portrait, "core");
    assert_eq!(remarks(core), [("collected", None)]);
    // 60 + 59 + … + 43 = 927 of 1,830, and half are 915: but for 12 of the 43.
    assert!(near(core.rows[0].figure.value, 18.0 - 12.0 / 43.0), "{core:?}");
}

#[test]
fn one_member_s_flood_is_not_told() {
    // Of a hundred posts at three, ninety are of one account.
    let mut posts: Vec<Post> = (0..30).map(|i| at(i, 0, T0 + 3 * HOUR)).collect();
    posts.extend((1..100).map(|n| at(7, n, T0 + 3 * HOUR + n as Micros * 1_000_000)));
    posts.extend((0..30).flat_map(|i| (200..205).map(move |n| at(i, n, T0 + 9 * HOUR))));
    let portrait = portrait_of(&accounts(30, |_, _| ()), &posts, &[]);
    let hours = of(&portrait, "hours");
    assert!(hours.rows.is_empty() && hours.suppressed == 2, "{hours:?}");
}

/// A text of a megabyte, a million hashtags, a link a megabyte long, an id that is empty, a language and a client that are none.
#[test]
fn hostile_posts_are_bounded() {
    let mut posts: Vec<Post> = (0..20).map(|i| at(i, 0, T0)).collect();
    let million: Vec<String> = (0..1_000_000).map(|i| format!("h{i}")).collect();
    posts.push(Post { tags: million, ..at(0, 1, T0) });
    posts.push(Post { text: Some("#ا".repeat(1 << 18)), ..at(1, 1, T0) });
    posts.push(Post { text: Some(format!("https://{}.example", "a".repeat(1 << 20))), ..at(2, 1, T0) });
    posts.push(Post { id: String::new(), lang: Some("\u{0}".repeat(1 << 16)), ..at(3, 1, T0) });
    posts.push(Post { client: Some("\u{202E}".repeat(1 << 20)), reply: None, media: Some(i64::MIN), ..at(4, 1, T0) });
    posts.extend((0..5_000).map(|n| Post {
        client: Some(format!("c{n}")),
        lang: Some(format!("x{n}")),
        ..at(5, n + 2, T0)
    }));
    let portrait = portrait_of(&accounts(20, |_, _| ()), &posts, &[]);
    let hashtags = of(&portrait, "hashtags");
    assert!(hashtags.rows.is_empty() && hashtags.suppressed <= 100, "{}", hashtags.suppressed);
    assert!(of(&portrait, "links").rows.is_empty() && of(&portrait, "clients").rows.is_empty());
}
