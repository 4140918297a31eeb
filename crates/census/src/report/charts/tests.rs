#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use proptest::prelude::*;
use quick_xml::events::Event;

use super::canvas::{LARGE, SMALL, WIDTH};
use super::html::{apart, extent, meet};
use super::*;
use crate::describe::{Names, Row, Section, Shape, Unit};
use crate::figure::Figure;
use crate::report::document::{Anchor, Label, Picture, Swatch};
use crate::texts::{Digits, Lang, Line, Texts};

fn point(value: f64, low: f64, high: f64) -> Point {
    Point { value, low, high }
}

fn texts(lang: Lang) -> Texts {
    Texts::new(lang, if lang == Lang::Ar { Digits::ArabicIndic } else { Digits::Western }).unwrap()
}

/// A number that is not random and looks it, from 0 to 1.
fn odd(i: usize) -> f64 {
    (i as f64 * 0.618_033_988 + 0.3).fract()
}

/// Every chart with made-up numbers, in a language.
pub(in crate::report) fn all(texts: &Texts) -> Vec<(&'static str, &'static str, Picture)> {
    let say = |key: &str| texts.say(key, &[]).unwrap();
    let ar = texts.lang() == Lang::Ar;
    let words = |en: &str, arabic: &str| Line::words(if ar { arabic } else { en });
    let mut out: Vec<(&str, &str, Picture)> = Vec::new();

    let year = |i: usize| {
        let v = [0.01, 0.02, 0.03, 0.05, 0.06, 0.21, 0.38, 0.16, 0.08][i];
        let near = 0.12 - 0.01 * odd(i);
        Timed {
            period: (2008 + i).to_string(),
            point: (i != 1).then(|| point(v, v * 0.8, v * 1.25)),
            control: Some(point(near, near * 0.85, near * 1.15)),
        }
    };
    let years: Vec<Timed> = (0..9).map(year).collect();
    let up = say("chart-up-share");
    out.push(("over-time-years", "chart-read-over-time", over_time(texts, &years, Unit::Share, up).unwrap().unwrap()));

    let month = |i: usize| {
        let v = 2.0e4 * (1.0 + (i as f64 / 7.0).sin()) + 5e3 * odd(i);
        let period = format!("{}-{:02}", 2010 + i / 12, i % 12 + 1);
        Timed { period, point: Some(point(v, v * 0.9, v * 1.12)), control: None }
    };
    let month_rows: Vec<Timed> = (5..71).map(month).collect();
    let posts = words("posts a month", "المنشورات كل شهر");
    out.push((
        "over-time-months",
        "chart-read-over-time",
        over_time(texts, &month_rows, Unit::Count, posts).unwrap().unwrap(),
    ));

    let cells: Vec<(String, f64)> = (3..76)
        .filter(|i| i % 11 != 0)
        .map(|i| {
            (
                format!("{}-{:02}", 2009 + i / 12, i % 12 + 1),
                0.001 + 0.03 * odd(i).powi(4) + if i > 66 { 0.05 } else { 0.0 },
            )
        })
        .collect();
    out.push(("heat-months", "chart-read-heat", months(texts, &cells, Unit::Share).unwrap().unwrap()));
    let hours: Vec<(String, f64)> = (0..168)
        .filter(|i| i % 41 != 3)
        .map(|i| {
            (
                format!("{}-{}", i / 24 + 1, i % 24),
                0.002 + 0.008 * (((i % 24) as f64 - 5.0) / 7.6).sin().abs() + 0.002 * odd(i),
            )
        })
        .collect();
    out.push(("heat-week", "chart-read-heat", week(texts, &hours, Unit::Share).unwrap().unwrap()));

    let shares = [
        ("SA", 0.21),
        ("SY", 0.29),
        ("IQ", 0.12),
        ("EG", 0.06),
        ("TN", 0.04),
        ("US", 0.031),
        ("GB", 0.02),
        ("FR", 0.015),
        ("KW", 0.02),
        ("LB", 0.018),
        ("BH", 0.012),
        ("QA", 0.006),
        ("ID", 0.022),
        ("TR", 0.03),
        ("RU", 0.007),
        ("MV", 0.004),
        ("DE", 0.011),
        ("AU", 0.005),
        ("PS", 0.016),
        ("GF", 0.001),
    ];
    let shares: Vec<(String, f64)> = shares.iter().map(|(c, v)| ((*c).to_owned(), *v)).collect();
    let drawn = map(texts, &shares, &["MA".into(), "MT".into()], true, Unit::Share).unwrap();
    assert_eq!(drawn.missing, ["GF"]);
    out.push(("map", "chart-read-map", drawn.picture));

    let curve = |power: f64| -> Vec<(f64, Point)> {
        let at = |x: f64| 1.0 - (1.0 - x).powf(power);
        [0.01, 0.05, 0.1, 0.2, 0.5]
            .map(|x| (x, point(at(x), at(x) - 0.3 * x * (1.0 - x), (at(x) + 0.25 * x * (1.0 - x)).min(1.0))))
            .to_vec()
    };
    let core = |share: f64, n: f64| Mark {
        share,
        figure: Figure { value: n, low: 0.81 * n, high: 1.22 * n, labels: 300, method: "made up".into() },
        unit: Unit::Count,
    };
    let marks = [core(0.5, 124.0), core(0.8, 377.0), core(0.9, 1_025.0)];
    out.push(("lorenz", "chart-read-lorenz", lorenz(texts, &curve(9.0), &curve(3.0), &marks).unwrap().unwrap()));

    let fate = |key: &str, most: f64, control: bool| Fate {
        name: say(key),
        by: [2.0, 7.0, 30.0, 90.0, 180.0, 365.0]
            .map(|d: f64| {
                let v = most * (1.0 - (-d / 110.0).exp());
                (d, point(v, v * 0.85, v * 1.18))
            })
            .to_vec(),
        control,
    };
    let fates = [
        fate("chart-end-suspended", 0.52, false),
        fate("chart-end-deactivated", 0.21, false),
        fate("chart-end-deleted", 0.11, false),
        fate("chart-end-vanished", 0.05, false),
        fate("chart-control", 0.33, true),
    ];
    out.push((
        "survival",
        "chart-read-survival",
        survival(texts, &fates, say("chart-ended"), say("chart-watched")).unwrap().unwrap(),
    ));

    let stage = |en: &str, arabic: &str, n: usize, left: &str, left_ar: &str| Stage {
        name: words(en, arabic),
        count: n as f64,
        written: Line::number(texts.number(&crate::figure::thousands(&n.to_string()))),
        left: if left.is_empty() { Line::default() } else { words(left, left_ar) },
    };
    let stages = [
        stage(
            "seen in the crawl",
            "شوهدت في الزحف",
            1_204_551,
            "1,093,418 outside of the frame's rule",
            "خارج قاعدة الإطار",
        ),
        stage("in the frame", "في الإطار", 111_133, "", ""),
        stage("drawn for coders", "سُحبت للترميز", 2_400, "212 gone before a coder looked", "اختفت قبل أن يراها مرمّز"),
        stage("labelled", "مرمّزة", 2_188, "", ""),
        stage("labelled as members", "مرمّزة أعضاءً", 911, "", ""),
    ];
    out.push(("funnel", "chart-read-funnel", funnel(texts, &stages).unwrap()));

    let wave = |from: &str, to: &str, suspended| Wave { from: from.into(), to: to.into(), suspended };
    let found = [
        wave("2014-09-14", "2014-09-19", Some(182)),
        wave("2014-11-03", "2014-11-03", Some(41)),
        wave("2015-01-20", "2015-01-22", None),
        wave("2015-02-02", "2015-02-11", Some(96)),
    ];
    out.push(("waves", "chart-read-waves", waves(texts, "2014-08-20", "2015-03-14", &found).unwrap().unwrap()));
    out
}

/// Every number of the shapes is finite and inside of the picture; every class has a look; nothing is said in the shapes.
fn sound(picture: &Picture) {
    let (w, h) = (picture.width, picture.height);
    assert!(w == WIDTH && h.is_finite() && h > 0.0, "{w} × {h}");
    let within = |x: f64, y: f64, what: &str| {
        assert!(x.is_finite() && y.is_finite(), "{what}");
        assert!((-0.06..=w + 0.06).contains(&x) && (-0.06..=h + 0.06).contains(&y), "{x} {y} beyond {w} × {h}: {what}");
    };
    let file = standalone(picture);
    let mut reader = quick_xml::Reader::from_str(&file);
    let mut in_style = false;
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(e) => in_style = e.name().as_ref() == "style",
            Event::End(_) => in_style = false,
            Event::Text(t) => assert!(in_style, "text in a picture: {t:?}"),
            Event::Empty(e) => {
                let name = e.name().as_ref().to_owned();
                let get = |key: &str| e.try_get_attribute(key).unwrap().map(|a| a.value.into_owned());
                let n = |key: &str| get(key).unwrap().parse::<f64>().unwrap();
                let class = get("class").unwrap();
                assert!(file.contains(&format!(".{class}{{")), "{class} has no look");
                match &*name {
                    "line" => {
                        within(n("x1"), n("y1"), &class);
                        within(n("x2"), n("y2"), &class);
                    }
                    "circle" => {
                        within(n("cx") - n("r"), n("cy") - n("r"), &class);
                        within(n("cx") + n("r"), n("cy") + n("r"), &class);
                    }
                    "rect" => {
                        assert!(n("width") >= 0.0 && n("height") >= 0.0);
                        within(n("x"), n("y"), &class);
                        within(n("x") + n("width"), n("y") + n("height"), &class);
                    }
                    "path" => walk(&get("d").unwrap(), |x, y| within(x, y, &class)),
                    other => panic!("{other}"),
                }
            }
            other => panic!("{other:?}"),
        }
    }
    for label in &picture.labels {
        within(label.x, label.y, "label");
        let [left, _, right, _] = extent(label, SMALL);
        assert!(left > -12.0 && right < w + 12.0, "{label:?} does not fit");
    }
}

/// The corners of a path of ours: `M`, `L` and `Z`, or `M`, `l` and `z`.
fn walk(d: &str, mut corner: impl FnMut(f64, f64)) {
    let mut at = (0.0, 0.0);
    for part in d.split_inclusive(['M', 'L', 'l', 'Z', 'z']).collect::<Vec<_>>().windows(2) {
        let command = part[0].chars().last().unwrap();
        let numbers = part[1].trim_end_matches(['M', 'L', 'l', 'Z', 'z']).replace('-', " -");
        let numbers: Vec<f64> = numbers.split_whitespace().map(|n| n.parse().unwrap()).collect();
        assert!(numbers.len().is_multiple_of(2), "{d}");
        for xy in numbers.chunks(2) {
            at = if command == 'l' { (at.0 + xy[0], at.1 + xy[1]) } else { (xy[0], xy[1]) };
            corner(at.0, at.1);
        }
    }
}

/// No two labels meet that are shown, however large the text.
fn legible(name: &str, picture: &Picture) {
    for high in [SMALL, LARGE] {
        let shown = apart(picture, high);
        let all: Vec<_> = picture.labels.iter().zip(&shown).collect();
        for (i, (a, show_a)) in all.iter().enumerate() {
            for (b, show_b) in &all[i + 1..] {
                let both = (**show_a && **show_b) || high == SMALL;
                assert!(!(both && meet(&extent(a, high), &extent(b, high))), "{name}, {high}: {a:?} on {b:?}");
            }
        }
        // Half of what is on it stays on a phone.
        let kept = shown.iter().filter(|s| **s).count();
        assert!(2 * kept >= shown.len(), "{name}: only {kept} of {} labels stay", shown.len());
    }
}

#[test]
fn every_chart_is_sound_and_legible_in_each_language() {
    for lang in [Lang::En, Lang::Ar] {
        let texts = texts(lang);
        for (name, read, picture) in all(&texts) {
            sound(&picture);
            legible(name, &picture);
            assert!(texts.has(read));
            let page = html(&picture, "<\"alt\">");
            assert!(page.contains(r#"aria-label="&lt;&quot;alt&quot;&gt;""#));
            assert!(!page.contains("<script") && !page.contains("url(") && !page.contains(" id="), "{name}");
            let file = standalone(&picture);
            assert!(!file.contains("var(") && !file.contains('%') && !file.contains("<text"), "{name}");
        }
    }
}

#[test]
fn strangers_words_are_escaped() {
    let line = Line::foreign("<img src=x onerror=alert(1)>&\"'");
    let at = |x| Label { x, y: 10.0, anchor: Anchor::Left, text: line.clone() };
    let legend = vec![(Swatch::Dot("ch-main"), line.clone())];
    let picture = Picture { width: 100.0, height: 20.0, labels: vec![at(0.0), at(50.0)], legend, ..Picture::default() };
    let page = html(&picture, "x");
    assert!(!page.contains("<img"));
    assert_eq!(page.matches("<bdi>&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;</bdi>").count(), 3);
}

#[test]
fn time_and_values_run_left_to_right_in_both_languages_and_lists_begin_where_reading_begins() {
    let (en, ar) = (all(&texts(Lang::En)), all(&texts(Lang::Ar)));
    for ((name, _, a), (_, _, b)) in en.iter().zip(&ar) {
        let marks = |p: &Picture| p.shapes.matches("<circle").count() + p.shapes.matches("<rect").count();
        assert_eq!(marks(a), marks(b), "{name}");
    }
    let of = |all: &[(&str, &str, Picture)], name: &str| all.iter().find(|(n, ..)| *n == name).unwrap().2.clone();
    let western = all(&Texts::new(Lang::Ar, Digits::Western).unwrap());
    for name in ["survival", "lorenz", "over-time-months"] {
        assert_eq!(of(&en, name).shapes, of(&western, name).shapes, "{name}");
    }
    assert_eq!(of(&en, "map").shapes, of(&ar, "map").shapes);
    let bar = |p: &Picture| p.shapes.split("ch-bar").nth(3).unwrap().split('"').nth(2).unwrap().parse::<f64>().unwrap();
    assert_eq!(bar(&of(&en, "funnel")), 0.0);
    assert!(bar(&of(&ar, "funnel")) > 470.0);
    // A range reads low to high: it is one number, set left to right.
    let label = of(&ar, "lorenz").labels.iter().find(|l| l.text.plain().contains('–')).unwrap().clone();
    let page = html(&Picture { labels: vec![label], ..of(&ar, "lorenz") }, "");
    assert!(page.contains(r#"<span class="ch-n">"#), "{page}");
}

#[test]
fn what_cannot_be_drawn_is_not() {
    let t = texts(Lang::En);
    let timed = |p: &str| Timed { period: p.into(), point: Some(point(1.0, 0.0, 2.0)), control: None };
    let over = |rows: &[Timed]| over_time(&t, rows, Unit::Number, Line::default()).unwrap();
    assert_eq!(over(&[]), None);
    assert_eq!(over(&[timed("2014")]), None);
    assert_eq!(over(&[timed("0001"), timed("9999")]), None);
    assert_eq!(over(&[timed("2014"), timed("2014-05")]), None);
    assert!(over(&[timed("2014"), timed("later"), timed("2016")]).is_some());
    assert_eq!(months(&t, &[("2014".into(), 1.0)], Unit::Share).unwrap(), None);
    assert_eq!(months(&t, &[("1900-01".into(), 1.0), ("2014-01".into(), 1.0)], Unit::Share).unwrap(), None);
    assert_eq!(week(&t, &[("8-0".into(), 1.0)], Unit::Share).unwrap(), None);
    assert_eq!(week(&t, &[], Unit::Share).unwrap(), None);
    assert_eq!(lorenz(&t, &[], &[], &[]).unwrap(), None);
    assert_eq!(survival(&t, &[], Line::default(), Line::default()).unwrap(), None);
    assert_eq!(funnel(&t, &[]), None);
    assert_eq!(waves(&t, "2014-01-01", "2015-01-01", &[]).unwrap(), None);
    assert_eq!(waves(&t, "2014", "2015", &[]).unwrap(), None);
}

#[test]
fn many_series_are_bounded() {
    let t = texts(Lang::En);
    let fate = Fate { name: Line::words("x"), by: vec![(5.0, point(0.5, 0.4, 0.6))], control: false };
    let picture = survival(&t, &vec![fate; 9], Line::default(), Line::default()).unwrap().unwrap();
    assert_eq!(picture.shapes.matches("<circle").count(), 4);
}

/// Any number, and often one that is hard.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(1.0),
        Just(-1.0),
        Just(1e300),
        Just(-1e300),
        Just(f64::MAX),
        Just(1e-300),
        Just(f64::NAN),
        Just(f64::INFINITY),
        0.0..1.0f64,
        -1e6..1e6f64,
        any::<f64>(),
    ]
}

fn any_point() -> impl Strategy<Value = Point> {
    [number(), number(), number()].prop_map(|mut v| {
        v.sort_by(f64::total_cmp);
        point(v[1], v[0], v[2])
    })
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Share), Just(Unit::Number), Just(Unit::Count)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_are_drawn_inside_of_the_picture(
        points in prop::collection::vec((any_point(), prop::option::of(any_point()), 0..90usize), 0..12),
        values in prop::collection::vec(number(), 0..12),
        unit in any_unit(),
    ) {
        let t = texts(Lang::Ar);
        let mut drawn: Vec<Picture> = Vec::new();
        let timed: Vec<Timed> = points.iter().map(|(p, c, i)| Timed {
            period: format!("{}-{:02}", 2000 + i / 12, i % 12 + 1), point: Some(*p), control: *c,
        }).collect();
        drawn.extend(over_time(&t, &timed, unit, Line::words("x")).unwrap());
        let cells: Vec<(String, f64)> = timed.iter().zip(&values).map(|(t, v)| (t.period.clone(), *v)).collect();
        drawn.extend(months(&t, &cells, unit).unwrap());
        let hours: Vec<(String, f64)> = values.iter().enumerate().map(|(i, v)| (format!("{}-{i}", i % 7 + 1), *v)).collect();
        drawn.extend(week(&t, &hours, unit).unwrap());
        let curve: Vec<(f64, Point)> = points.iter().zip(&values).map(|((p, ..), v)| (*v, *p)).collect();
        let marks: Vec<Mark> = curve.iter().map(|(share, p)| Mark {
            share: *share,
            figure: Figure { value: p.value, low: p.low, high: p.high, labels: 0, method: String::new() },
            unit,
        }).collect();
        drawn.extend(lorenz(&t, &curve, &curve, &marks).unwrap());
        let fate = Fate { name: Line::words("x"), by: curve.clone(), control: false };
        drawn.extend(survival(&t, &[fate], Line::words("x"), Line::words("x")).unwrap());
        let stages: Vec<Stage> = values.iter().map(|v| Stage {
            name: Line::words("x"), count: *v, written: Line::number("1"), left: Line::words("y"),
        }).collect();
        drawn.extend(funnel(&t, &stages));
        for picture in &drawn {
            sound(picture);
        }
    }
}

#[test]
fn any_values_are_drawn_on_the_map() {
    let t = texts(Lang::En);
    let of = |v: &[(&str, f64)]| v.iter().map(|(c, v)| ((*c).to_owned(), *v)).collect::<Vec<_>>();
    for values in [of(&[]), of(&[("SY", f64::NAN), ("XX", 1.0), ("", 2.0)]), of(&[("SY", 1e300), ("SG", 0.0)])] {
        let map = map(&t, &values, &[], false, Unit::Number).unwrap();
        sound(&map.picture);
        assert_eq!(map.missing.len(), usize::from(values.len() == 3));
    }
}

/// A section of made-up figures.
fn section(key: &str, unit: Unit, names: Names, shape: Shape, rows: &[(&str, f64)]) -> Section {
    let figure = |v: f64| Figure { value: v, low: v * 0.9, high: v * 1.1, labels: 50, method: "made up".into() };
    let row = |(label, v): &(&str, f64)| Row { label: (*label).into(), figure: figure(*v), control: None };
    let rows = rows.iter().map(row).collect();
    Section { key: key.into(), unit, names, shape, rows, suppressed: 1, known: None, remarks: Vec::new() }
}

#[test]
fn sections_are_drawn_by_their_shape() {
    let t = texts(Lang::Ar);
    let of = |section: &Section| of_section(&t, section, None).unwrap();
    assert_eq!(of(&section("languages", Unit::Share, Names::Language, Shape::Rows, &[("ar", 0.7)])), None);
    let years = section("created", Unit::Share, Names::Period, Shape::OverTime, &[("2013", 0.2), ("2014", 0.5)]);
    let chart = of(&years).unwrap();
    assert_eq!(chart.picture.labels.iter().filter(|l| l.text == t.say("chart-up-share", &[]).unwrap()).count(), 1);
    let hours = section("hours", Unit::Share, Names::Hour, Shape::Heat, &[("1-0", 0.2), ("7-23", 0.5)]);
    assert_eq!(of(&hours).unwrap().picture.shapes.matches("<rect").count(), 168);
    let created =
        section("created-months", Unit::Share, Names::Period, Shape::Heat, &[("2013-11", 0.2), ("2014-02", 0.5)]);
    assert_eq!(of(&created).unwrap().picture.shapes.matches("<rect").count(), 4);
    let places = section("places", Unit::Share, Names::Country, Shape::Map, &[("SY", 0.6), ("GF", 0.1)]);
    let chart = of(&places).unwrap();
    assert!(chart.picture.shapes.contains(r#"class="ch-4""#));
    assert!(chart.read.plain().ends_with("وهو في الجدول."), "{}", chart.read.plain());
    assert_eq!(of(&section("places", Unit::Share, Names::Country, Shape::Map, &[])), None);
    let curve = section("lorenz", Unit::Share, Names::Part, Shape::Lorenz, &[("0.01", 0.3), ("0.1", 0.7)]);
    let core = section("core", Unit::Count, Names::Texts, Shape::Rows, &[("half", 40.0), ("most80", 150.0)]);
    let chart = of_section(&t, &curve, Some(&core)).unwrap().unwrap();
    assert_eq!(chart.picture.shapes.matches("ch-mark").count(), 2);
    assert!(chart.picture.labels.iter().any(|l| l.text.plain().contains("عضوًا")), "40 members");
}

#[test]
fn the_way_to_the_labels_is_drawn() {
    let estimate = serde_json::from_str(include_str!("../../../tests/data/estimate.json")).unwrap();
    for lang in [Lang::En, Lang::Ar] {
        let chart = way(&texts(lang), &estimate).unwrap().unwrap();
        sound(&chart.picture);
        legible("way", &chart.picture);
        assert_eq!(chart.picture.shapes.matches("ch-bar").count(), 5);
    }
}

#[test]
fn what_suspensions_did_is_drawn() {
    let f =
        |v: f64| serde_json::json!({ "value": v, "low": 0.8 * v, "high": 1.2 * v, "labels": 90, "method": "made up" });
    let lives = |group: &str, v: f64| {
        serde_json::json!({
            "group": group, "watched": 400, "ended": [["suspended", 90], ["deleted", null]], "median": null,
            "gone_by": [[30.0, f(v)], [90.0, f(1.5 * v)]], "product_limit": [], "ever": null,
            "ends": [["suspended", 30.0, f(v)], ["suspended", 61.0, f(1.2 * v)], ["deleted", 61.0, f(0.1 * v)]],
        })
    };
    let takedowns: crate::takedowns::Takedowns = serde_json::from_value(serde_json::json!({
        "study": "s", "simulated": true, "members": 500, "by_score": 20, "log_rank": null, "who": [], "alpha": 0.05,
        "watch": { "first": "2014-08-01", "last": "2014-12-31", "between_looks": 1.0, "once": 0, "never": 0 },
        "lives": [lives("members", 0.3), lives("others", 0.1)], "reach": null, "effects": [], "notes": [],
        "waves": [{ "from": "2014-09-14", "to": "2014-09-19", "suspended": 44, "usual": 3.0, "p": 0.001 }],
    }))
    .unwrap();
    for lang in [Lang::En, Lang::Ar] {
        let t = texts(lang);
        let charts = [lifetimes(&t, &takedowns), ends(&t, &takedowns), suspensions(&t, &takedowns)];
        let charts = charts.map(|chart| chart.unwrap().unwrap().picture);
        for (i, picture) in charts.iter().enumerate() {
            sound(picture);
            legible(&format!("chart {i}"), picture);
        }
        assert_eq!(charts[0].shapes.matches("ch-control-line").count(), 1);
        assert_eq!(charts[1].shapes.matches("-line\"").count(), 2, "two ends are known");
    }
}

/// What a chart is: its shapes line by line, its labels and its legend.
fn told(picture: &Picture) -> String {
    let mut out = format!("{} × {}\n", picture.width, picture.height);
    for shape in picture.shapes.split_inclusive("/>") {
        // Outlines of countries are the atlas' matter.
        if !shape.contains(r#"<path class="ch-empty""#) {
            let cut: String = shape.chars().take(160).collect();
            let _ = writeln!(out, "{cut}");
        }
    }
    for label in &picture.labels {
        let _ = writeln!(out, "{:.1} {:.1} {:?}: {}", label.x, label.y, label.anchor, label.text.plain());
    }
    for (swatch, text) in &picture.legend {
        let _ = writeln!(out, "{swatch:?}: {}", text.plain());
    }
    out
}

#[test]
fn charts_look_as_they_did() {
    for (name, _, picture) in all(&texts(Lang::En)) {
        insta::assert_snapshot!(name, told(&picture));
    }
}

/// All charts on pages to look at, in the folder that `NETCENSUS_GALLERY` names: both languages, by day and by night (as the
/// browser says), and each as a file of its own in the colours of print.
#[test]
#[ignore = "writes files to be looked at"]
fn gallery() {
    let folder =
        std::path::PathBuf::from(std::env::var("NETCENSUS_GALLERY").expect("NETCENSUS_GALLERY names a folder"));
    std::fs::create_dir_all(&folder).unwrap();
    for lang in [Lang::En, Lang::Ar] {
        let texts = texts(lang);
        let mut body = String::new();
        for (name, read, picture) in all(&texts) {
            let read = texts.plain(read, &[]).unwrap();
            let _ = write!(body, "<figure><figcaption>{read}</figcaption>{}</figure>", html(&picture, &read));
            std::fs::write(folder.join(format!("{name}-{}.svg", lang.code())), standalone(&picture)).unwrap();
        }
        let swatches = [
            Swatch::Dot("ch-main"),
            Swatch::Dot("ch-second"),
            Swatch::Fill("ch-hidden"),
            Swatch::Line("ch-third-line"),
        ];
        for (i, s) in swatches.into_iter().enumerate() {
            std::fs::write(folder.join(format!("swatch-{i}.svg")), swatch(s)).unwrap();
        }
        let page = format!(
            r#"<!DOCTYPE html><html lang="{}" dir="{}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><style>
body {{ margin: 0 auto; padding: 1.25rem; max-width: 52rem; font: 1rem/1.6 system-ui, "Noto Sans", "Noto Sans Arabic", sans-serif; background: #fdfdfb; color: #1b1f24 }}
figure {{ margin: 2rem 0 }} figcaption {{ font-size: .9rem }}
@media screen and (prefers-color-scheme: dark) {{ body {{ background: #14171a; color: #e8e9e6 }} }}
@media print {{ body {{ background: #fff }} }}
{}</style></head><body>{body}</body></html>"#,
            lang.code(),
            lang.dir(),
            *STYLE
        );
        std::fs::write(folder.join(format!("gallery-{}.html", lang.code())), page).unwrap();
    }
}
