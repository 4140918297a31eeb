//! What profiles say: every figure is the count of a full census, and nothing small can be worked out.

use std::fs::File;
use std::sync::Arc;

use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

use super::super::marks::Marks;
use super::*;
use crate::rows::Follow;

fn located(number: usize, place: impl Fn(usize) -> Option<&'static str>) -> Portrait {
    portrait_of(&accounts(number, |i, a| a.location = place(i).map(str::to_owned)), &[], &[])
}

#[test]
fn places_are_those_declared_and_understood() {
    let portrait = located(130, |i| match i {
        0..40 => Some("Riyadh, Saudi Arabia"),
        40..65 => Some("العراق"),
        65..80 => Some("somewhere over the rainbow"),
        80..95 => Some("Mosul - Iraq"),
        95..98 => Some("Kuwait"),
        98..100 => Some("Oslo, Norway"),
        100..110 => Some(" "),
        _ => None,
    });
    let declared = values(of(&portrait, "places-declared"));
    assert!(near(declared["understood"], 85.0 / 130.0) && near(declared["unclear"], 25.0 / 130.0), "{declared:?}");
    assert!(near(declared["none"], 20.0 / 130.0));
    let places = of(&portrait, "places");
    // Three in Kuwait and two in Norway are found by difference together with the next: so Saudi Arabia alone is shown.
    assert_eq!((labels(places), places.suppressed), (vec!["IQ"], 3), "{places:?}");
    assert!(near(places.known.as_ref().unwrap().value, 85.0 / 130.0));
    assert_eq!((places.names, places.shape), (Names::Country, Shape::Map));
}

#[test]
fn a_city_is_shown_where_nothing_small_is_left() {
    // Iraq: 15 Mosul, 12 Baghdad, 3 Basra. Saudi Arabia: 40 Riyadh, 20 that name no city.
    let portrait = located(90, |i| {
        Some(match i {
            0..15 => "Mosul, Iraq",
            15..27 => "Baghdad, Iraq",
            27..30 => "Basra, Iraq",
            30..70 => "Riyadh, Saudi Arabia",
            _ => "Saudi Arabia",
        })
    });
    assert_eq!(labels(of(&portrait, "places")), ["SA", "IQ"]);
    let cities = of(&portrait, "cities");
    assert_eq!((labels(cities), cities.suppressed), (vec!["Riyadh, SA", "Mosul, IQ"], 2));
    assert!(near(cities.rows[0].figure.value, 40.0 / 90.0));
}

#[test]
fn a_control_is_no_finer_than_that_of_its_country() {
    // Members: 40 in Riyadh, 20 in Mosul. The others: `few` in Riyadh, 30 in Mosul.
    let controls = |few: usize| {
        let total = 90 + few;
        let accounts = accounts(total, |i, a| {
            let riyadh = !(40..90).contains(&i);
            a.location = Some(if riyadh { "Riyadh, Saudi Arabia" } else { "Mosul, Iraq" }.into());
        });
        let folder = tempfile::tempdir().unwrap();
        let study = study(folder.path());
        let network = Network::new(accounts, &[]).unwrap();
        let frame = Frame::build(&network, &(0..total as u32).collect::<Vec<u32>>(), &FrameRule::default());
        let member = |i: usize| network.ids.name(frame.units[i].account)[1..].parse::<usize>().unwrap() < 60;
        let portrait = describe(&study, &network, &frame, &census(member, total), false, &Progress::silent()).unwrap();
        let of = |key| of(&portrait, key).rows.iter().map(|r| r.control.is_some()).collect::<Vec<_>>();
        (of("places"), of("cities"))
    };
    assert_eq!(controls(5), (vec![false; 2], vec![false; 2]));
    assert_eq!(controls(20), (vec![true; 2], vec![true; 2]));
}

#[test]
fn months_do_not_tell_a_small_one_of_their_year() {
    let month = |month: i64| T0 - 365 * DAY + month * 31 * DAY;
    // 2013: 30 in January, 20 in March, 4 in May. 2012: all in December.
    let portrait = portrait_of(
        &accounts(80, |i, a| {
            a.created_at = Some(match i {
                0..30 => month(0),
                30..50 => month(2),
                50..54 => month(4),
                _ => T0 - 366 * DAY,
            });
        }),
        &[],
        &[],
    );
    assert_eq!(labels(of(&portrait, "created")), ["2012", "2013"]);
    let months = of(&portrait, "created-months");
    assert_eq!((labels(months), months.suppressed), (vec!["2012-12", "2013-01"], 2));
    assert_eq!(months.shape, Shape::Heat);
    assert!(near(values(of(&portrait, "age"))["median"], 365.0));
}

#[test]
fn the_last_post_of_each() {
    let mut posts = Vec::new();
    for i in 0..60 {
        let days = [0, 10, 40, 200][i % 4];
        for (n, before) in [days, days + 1, days + 400].into_iter().enumerate() {
            posts.push(Post { created_at: Some(T0 - before * DAY), ..post(&format!("{i}-{n}"), i, &[]) });
        }
    }
    // A clock that is wrong by years tells nothing.
    posts.push(Post { created_at: Some(T0 + 5_000 * DAY), ..post("x", 60, &[]) });
    let portrait = portrait_of(&accounts(70, |_, _| ()), &posts, &[]);
    let days = of(&portrait, "last-post-days");
    assert_eq!(labels(days), ["week", "month", "quarter", "longer"]);
    assert!(days.rows.iter().all(|row| near(row.figure.value, 0.25)));
    assert!(near(days.known.as_ref().unwrap().value, 60.0 / 70.0));
    let months = of(&portrait, "last-post");
    assert_eq!(labels(months), ["2013-06", "2013-11", "2013-12", "2014-01"]);
}

#[test]
fn where_posts_were_written() {
    let at = |i: usize| match i {
        0..14 => Some("Mosul, IQ"),
        14..26 => Some("SY"),
        26..30 => Some("<b>nowhere</b>"),
        _ => None,
    };
    let mut posts: Vec<Post> =
        (0..80).map(|i| Post { place: at(i).map(str::to_owned), ..post(&format!("{i}"), i, &[]) }).collect();
    // Most posts decide.
    posts.extend((0..3).map(|n| Post { place: Some("Iraq".into()), ..post(&format!("s{n}"), 14, &[]) }));
    let portrait = portrait_of(&accounts(100, |_, _| ()), &posts, &[]);
    let share = of(&portrait, "coordinates");
    assert!(near(values(share)["located"], 30.0 / 80.0) && near(share.known.as_ref().unwrap().value, 0.8));
    let countries = of(&portrait, "coordinates-countries");
    assert_eq!(values(countries), BTreeMap::from([("IQ".into(), 15.0 / 26.0), ("SY".into(), 11.0 / 26.0)]));
    // No post has a place: nothing is said.
    let portrait = portrait_of(&accounts(30, |_, _| ()), &(0..30).map(|i| post("p", i, &[])).collect::<Vec<_>>(), &[]);
    assert_eq!(remarks(of(&portrait, "coordinates")), [("nothing", None)]);
}

#[test]
fn pictures_and_who_shares_them() {
    let portrait = portrait_of(
        &accounts(100, |i, a| {
            a.avatar = match i {
                0..20 => Some("default".into()),
                20..40 => Some("own".into()),
                40..55 => Some("00ff00ff00ff00ff".into()),
                55..80 => Some(format!("{i:016x}")),
                _ => None,
            }
        }),
        &[],
        &[],
    );
    assert_eq!(values(of(&portrait, "avatars")), BTreeMap::from([("default".into(), 0.25), ("own".into(), 0.75)]));
    let pictures = values(of(&portrait, "pictures"));
    assert_eq!(pictures, BTreeMap::from([("shared".into(), 0.375), ("alone".into(), 0.625)]));
    let none = portrait_of(&accounts(30, |_, a| a.avatar = Some("own".into())), &[], &[]);
    assert_eq!(remarks(of(&none, "pictures")), [("no-pictures", None)]);
}

#[test]
fn audience_in_classes() {
    let portrait = portrait_of(
        &accounts(200, |i, a| {
            a.followers = Some([10, 100, 499, 999, 5_000][i % 5]);
            a.following = Some(if i % 5 == 4 { 0 } else { 100 });
        }),
        &[],
        &[],
    );
    let classes = of(&portrait, "followers-classes");
    assert_eq!(labels(classes), ["under-100", "100-499", "500-999", "5000-or-more"]);
    assert_eq!(values(classes)["100-499"], 0.4);
    let ratio = values(of(&portrait, "ratio"));
    assert_eq!((ratio["median"], ratio["tenth"], ratio["ninetieth"]), (1.0, 0.1, 9.99));
    assert!(near(values(of(&portrait, "ratio-classes"))["one-or-more"], 0.75));
    assert!(near(of(&portrait, "ratio").known.as_ref().unwrap().value, 0.8));
}

#[test]
fn roles_and_hubs() {
    let accounts = accounts(200, |i, a| {
        a.name = Some(format!("n{i}"));
        a.description = match i {
            0..20 => Some("Official media of nothing".into()),
            20..32 => Some("unofficial".into()),
            _ => None,
        };
    });
    let id = |i: usize| format!("a{i:05}");
    let follows: Vec<Follow> =
        (0..15).flat_map(|hub| (20..60).map(move |f| Follow { src: id(f), dst: id(hub), created_at: None })).collect();
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    let network = Network::new(accounts, &follows).unwrap();
    let all: Vec<u32> = (0..200).collect();
    let frame = Frame::build(&network, &all, &FrameRule::default());
    let portrait = describe(&study, &network, &frame, &census(|_| true, 200), false, &Progress::silent()).unwrap();
    let roles = values(of(&portrait, "official"));
    let want = [("hub", 0.075), ("media", 0.1), ("official", 0.1), ("unofficial", 0.06)];
    assert_eq!(roles, want.map(|(role, share)| (role.to_owned(), share)).into());
}

#[test]
fn a_listed_word_that_is_a_handle_is_left_out() {
    let group_of = |units: usize| census(|_| true, units);
    let batches = group_of(40);
    let group = Group::new(&batches, 0.95, 10).unwrap();
    let marks = Marks::of(&vec![Some(vec!["omar", "sara", "lion"]); 40]);
    let mut all = accounts(40, |_, a| a.name = Some("Omar".into()));
    all[3].handle = Some("sara".into());
    let network = Network::new(all, &[]).unwrap();
    let section = Section::new("names", Unit::Share, Names::Words);
    let shares = group.shares(section, &Cells::Marked(&marks), Kind::Listed(&network), false).unwrap();
    assert_eq!((labels(&shares), shares.suppressed), (vec!["lion", "omar"], 1));
}

#[test]
fn given_names_and_words_are_counted_and_never_whole_names() {
    let portrait = portrait_of(
        &accounts(60, |i, a| {
            a.name = Some(match i {
                0..20 => format!("Muhammad Nobody{i}"),
                20..35 => format!("محمد فلان{i} 🇮🇶"),
                35..50 => format!("Abu Bakr al-Unheardof{i}"),
                _ => format!("Xqzzv{i}"),
            });
            a.handle = Some(format!("zz_qx{i}"));
        }),
        &[],
        &[],
    );
    let names = of(&portrait, "names");
    assert!(names.rows.iter().all(|row| row.figure.value >= 10.0 / 60.0), "{names:?}");
    assert!(!names.rows.is_empty(), "{names:?}");
    let text = serde_json::to_string(&portrait).unwrap().to_lowercase();
    for whole in ["nobody", "فلان", "unheardof", "xqzzv", "zz_qx"] {
        assert!(!text.contains(whole), "{whole}");
    }
    let forms = values(of(&portrait, "name-forms"));
    assert!(near(forms["flag"], 0.25) && near(forms["digits"], 1.0), "{forms:?}");
}

/// What strangers can write into any text of a profile.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\u{202E}\u{2066}hsomuR",
    "'; DROP TABLE accounts; --",
    "=HYPERLINK(\"https://e.example\")",
    "#set page(width: 1pt)",
    "\u{0}\u{7}\u{1b}[31m",
    "𝕳𝖆𝖈𝖐𝖊𝖉",
    "../../etc/passwd",
];

#[test]
fn no_text_of_a_profile_gets_out() {
    let long = "سجن ".repeat(1 << 18);
    let accounts = accounts(120, |i, a| {
        let text = HOSTILE.get(i % 9).map_or(long.clone(), |text| (*text).to_owned());
        a.name = Some(text.clone());
        a.handle = Some(text.clone());
        a.description = Some(text.clone());
        a.location = Some(text.clone());
        a.time_zone = Some(text.clone());
        a.avatar = Some(text.clone());
        a.lang = Some(text);
    });
    let posts: Vec<Post> =
        (0..120).map(|i| Post { place: Some(HOSTILE[i % 8].into()), ..post(&format!("{i}"), i, &[]) }).collect();
    let portrait = portrait_of(&accounts, &posts, &[]);
    let text = serde_json::to_string(&portrait).unwrap();
    for (i, hostile) in HOSTILE.iter().enumerate() {
        let within = hostile.chars().skip(1).take(8).collect::<String>();
        assert!(!text.contains(&within), "{i}: {within}");
    }
    assert!(!text.contains("سجن سجن"));
    assert!(of(&portrait, "time-zones").rows.is_empty());
    assert_eq!(remarks(of(&portrait, "names")), [("none-of-it", None)]);
}

#[test]
fn parts_of_an_older_version_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    let all = accounts(40, |i, a| {
        a.followers = Some(i as i64);
        a.location = Some("Mosul, Iraq".into());
    });
    let posts: Vec<Post> =
        (0..40).map(|i| Post { place: Some("SY".into()), media: Some(2), ..post(&format!("{i}"), i, &[]) }).collect();
    // As an older version wrote them: without the columns that came later.
    let write = |table: Table, batch: &arrow_array::RecordBatch, columns: usize| {
        let old = batch.project(&(0..columns).collect::<Vec<_>>()).unwrap();
        std::fs::create_dir_all(study.store.folder(table)).unwrap();
        let path = study.store.folder(table).join("000001-0123456789abcdef.parquet");
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), Arc::clone(&old.schema()), None).unwrap();
        writer.write(&old).unwrap();
        writer.close().unwrap();
    };
    write(Table::Accounts, &rows::accounts(&all[..20]).unwrap(), 12);
    write(Table::Posts, &rows::posts(&posts[..20]).unwrap(), 9);
    let read = study.store.accounts().unwrap();
    assert_eq!((read.len(), read[7].followers, &read[7].location), (20, Some(7), &None));
    let mut places = Vec::new();
    let each = |post: Post| {
        places.push((post.place, post.media));
        Ok(())
    };
    study.store.posts(each).unwrap();
    assert_eq!(places, vec![(None, None); 20]);
    // A new part beside the old one.
    study.store.append(Table::Accounts, &rows::accounts(&all[20..]).unwrap()).unwrap();
    study.store.append(Table::Posts, &rows::posts(&posts[20..]).unwrap()).unwrap();
    let network = Network::load(&study, &Progress::silent()).unwrap();
    let frame = Frame::build(&network, &(0..40).collect::<Vec<u32>>(), &FrameRule::default());
    let batches = census(|_| true, 40);
    let portrait = describe(&study, &network, &frame, &batches, false, &Progress::silent()).unwrap();
    assert_eq!(values(of(&portrait, "places-declared"))["understood"], 0.5);
    assert_eq!(values(of(&portrait, "coordinates"))["located"], 0.5);
    // What was kept gives the same.
    let again = describe(&study, &network, &frame, &batches, false, &Progress::silent()).unwrap();
    assert_eq!(again, portrait);
}

proptest! {
    /// Of each country some accounts in each of four cities and some in none: what is left of a country that is shown
    /// when its cities are taken away is nothing small.
    #[test]
    fn no_small_city_is_left_over(counts in prop::collection::vec(prop::collection::vec(0_usize..25, 5), 1..4)) {
        let mut of_units: Vec<(String, String)> = Vec::new();
        for (country, cities) in counts.iter().enumerate() {
            for (city, count) in cities.iter().enumerate() {
                let name = if city == 4 { String::new() } else { format!("c{city}") };
                of_units.extend(std::iter::repeat_n((format!("K{country}"), format!("K{country}/{name}")), *count));
            }
        }
        prop_assume!(!of_units.is_empty());
        let batches = census(|_| true, of_units.len());
        let group = Group::new(&batches, 0.95, 10).unwrap();
        let countries = Marks::one(&of_units.iter().map(|(country, _)| Some(country.as_str())).collect::<Vec<_>>());
        let cities = Marks::one(&of_units.iter().map(|(_, city)| Some(city.as_str())).collect::<Vec<_>>());
        let section = |key| Section::new(key, Unit::Share, Names::Words);
        let above = group.shares(section("places"), &Cells::One(&countries), Kind::Partition, false).unwrap();
        let below = group.shares(section("cities"), &Cells::One(&cities), Kind::Within(&above.rows), false).unwrap();
        let shown: BTreeSet<&str> = labels(&below).into_iter().collect();
        for (country, cities) in counts.iter().enumerate() {
            let of = |city: usize| if city == 4 { format!("K{country}/") } else { format!("K{country}/c{city}") };
            let own: Vec<usize> = (0..5).filter(|city| shown.contains(of(*city).as_str())).collect();
            prop_assert!(own.iter().all(|city| *city != 4 && cities[*city] >= 10));
            if own.is_empty() {
                continue;
            }
            let name = format!("K{country}");
            prop_assert!(labels(&above).contains(&name.as_str()));
            let hidden: Vec<usize> = (0..5).filter(|c| !own.contains(c) && cities[*c] > 0).map(|c| cities[c]).collect();
            if hidden.iter().any(|count| *count < 10) {
                prop_assert!(hidden.len() >= 2 && hidden.iter().sum::<usize>() >= 10, "{hidden:?}");
            }
        }
    }
}
