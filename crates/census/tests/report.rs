//! The report page, from fixed figures.

#![allow(clippy::unwrap_used)]

use netcensus::collect::{Lists, Unseen};
use netcensus::describe::{Portrait, Remark};
use netcensus::estimate::Estimate;
use netcensus::figure::Figure;
use netcensus::report::{About, Format, Report, html, write};
use netcensus::study::{Platform, Settings, Study};
use netcensus::texts::{Digits, Lang, Texts};

fn estimate() -> Estimate {
    serde_json::from_str(include_str!("data/estimate.json")).unwrap()
}

fn portrait() -> Portrait {
    serde_json::from_str(include_str!("data/portrait.json")).unwrap()
}

fn about() -> About {
    About { seed: 7, version: "0.0.0".into(), min_cell: 10, ..About::default() }
}

fn told(estimate: &Estimate, portrait: &Portrait) -> Report {
    let (estimate, portrait) = (estimate.clone(), portrait.clone());
    Report {
        about: about(),
        public: false,
        privacy: None,
        estimate,
        portrait,
        takedowns: None,
        replacement: None,
        what_if: None,
        sites: None,
    }
}

fn page(report: &Report, lang: Lang, digits: Digits) -> netcensus::Result<String> {
    html(&report.document(&Texts::new(lang, digits)?)?)
}

fn render(estimate: &Estimate, portrait: &Portrait) -> String {
    page(&told(estimate, portrait), Lang::En, Digits::Western).unwrap()
}

fn arabic(estimate: &Estimate, portrait: &Portrait) -> String {
    page(&told(estimate, portrait), Lang::Ar, Digits::Western).unwrap()
}

/// Open `tests/snapshots/report__page.snap.html` in a browser to see it; `INSTA_UPDATE=always` renews it.
#[test]
fn the_page_is_as_it_was() {
    insta::assert_binary_snapshot!("page.html", render(&estimate(), &portrait()).into_bytes());
    insta::assert_binary_snapshot!("page-ar.html", arabic(&estimate(), &portrait()).into_bytes());
}

#[test]
fn arabic_is_the_same_page_from_right_to_left() {
    let (english, arabic) = (render(&estimate(), &portrait()), arabic(&estimate(), &portrait()));
    assert!(arabic.contains(r#"<html lang="ar" dir="rtl">"#));
    let ids = |page: &str| -> Vec<String> {
        page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&english), ids(&arabic));
    for tag in ["<table", "<figure", "<svg", "<li>", "<tr>"] {
        assert_eq!(english.matches(tag).count(), arabic.matches(tag).count(), "{tag}");
    }
    // Ranges are one piece, left to right, and numbers the same.
    assert!(arabic.contains(r#"<bdi class="n" dir="ltr">2,106–2,561</bdi>"#));
    let words = words(&arabic);
    for text in ["2,318 عضوًا", "فاصل الثقة 95%: 2,106–2,561", "العربية", "مُقدِّر الفرق، بحدود غاما"]
    {
        assert!(words.contains(text), "not there: {text}\n{words}");
    }
    for english in ["interval", "Gamma", "gamma limits", "The frame", "labelled", "Wilson"] {
        assert!(!words.contains(english), "{english} is in the Arabic page");
    }
}

#[test]
fn arabic_digits_hold_their_ranges() {
    let page = page(&told(&estimate(), &portrait()), Lang::Ar, Digits::ArabicIndic).unwrap();
    assert!(page.contains("٢٬١٠٦\u{200E}–\u{200E}٢٬٥٦١"), "a range is turned around");
    // None is left but in code, in ids and in what browsers read.
    let mut rest = words(&page);
    for kept in ["estimate.json", "0.0.0"] {
        rest = rest.replace(kept, "");
    }
    let left: Vec<&str> = rest.split(' ').filter(|w| w.chars().any(|c| c.is_ascii_digit())).collect();
    assert!(left.len() < 12, "{left:?}");
}

#[test]
fn the_same_figures_give_the_same_bytes() {
    assert_eq!(render(&estimate(), &portrait()), render(&estimate(), &portrait()));
}

/// What a browser shows of the page, roughly: tags away, spaces made one.
fn words(page: &str) -> String {
    let body =
        page.split("</style>").nth(1).unwrap().replace("<bdi class=\"n\" dir=\"ltr\">", "").replace("</bdi>", "");
    let body = ["<bdi>", "<b>", "</b>", "<i>", "</i>"].iter().fold(body, |body, tag| body.replace(tag, ""));
    let mut out = String::new();
    let mut tag = false;
    for c in body.chars() {
        match c {
            '<' => tag = true,
            '>' => (tag, out) = (false, out + " "),
            c if !tag => out.push(c),
            _ => (),
        }
    }
    let out = out.replace("&nbsp;", " ").replace('\u{A0}', " ");
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    [")", ",", ";", "."].iter().fold(out, |out, mark| out.replace(&format!(" {mark}"), mark))
}

#[test]
fn what_was_not_seen_is_said() {
    let mut estimate = estimate();
    assert!(!words(&render(&estimate, &portrait())).contains("What was not seen"), "files have no crawl");
    let lists = |accounts, counted, missing, empty| Lists {
        accounts,
        counted,
        missing,
        incomplete: 57,
        empty,
        ..Lists::default()
    };
    estimate.unseen = Some(Unseen {
        read: lists(300, 3243, 126, 2),
        unread: [("too large".to_owned(), lists(3, 120_000, 120_000, 0))].into(),
        gone: [("suspended".to_owned(), 4)].into(),
        posts_failed: 5,
        ..Unseen::default()
    });
    let words = words(&render(&estimate, &portrait()));
    for text in [
        "the lists of 300 accounts were read to their end",
        "count 3,243 follows; 126 of them, at 57 accounts, were not seen",
        "2 lists were shown empty",
        "(too large). These are of 3 accounts, which count 120,000 follows",
        "(suspended). Accounts: 4.",
        "those of 5 accounts could not be fetched",
    ] {
        assert!(words.contains(text), "{text}: {words}");
    }
    assert!(!words.contains("follow nobody."), "{words}");
}

#[test]
fn every_number_of_members_stands_with_its_interval() {
    let words = words(&render(&estimate(), &portrait()));
    for text in [
        "2,318 members 95 % interval 2,106 to 2,561",
        "16.3 % of the 14,206 accounts in the frame (95 % interval 14.8 to 18.0 %), from 487 labelled accounts",
        "Floor 2,201 95 % interval 1,997 to 2,432",
        "Ceiling 2,490 95 % interval 2,260 to 2,752",
        "2,406 1,962 to 2,939",
        "Horvitz–Thompson 2,406 1,962 to 2,939 487 Horvitz–Thompson, gamma limits",
        "Wald 2,318 2,095 to 2,542 487",
        "Arabic 73 % 66 to 79 %",
        "median 3.4 2.9 to 4.1 203",
        "From 203 labelled accounts. weighted quantile, Woodruff limits",
        "Known for 93 % of members (89 to 96 %), from 203 labelled accounts.",
        "6 cells hold fewer than 10 accounts",
        "2,318 members (2,106 to 2,561) among the 14,206 accounts of the frame",
        "Of the members whose language is known: Arabic 73 % (66 to 79 %)",
    ] {
        assert!(words.contains(text), "not there: {text}\n{words}");
    }
}

#[test]
fn a_simulated_study_says_so_and_another_does_not() {
    let (mut estimate, mut portrait) = (estimate(), portrait());
    let banner = "Labels were made by a simulated coder: a demonstration, not a finding";
    let page = render(&estimate, &portrait);
    assert!(page.contains(banner) && page.contains("Simulated network:"));
    assert!(page.matches("<i>simulated</i>").count() >= 4);

    estimate.platform = Platform::Atproto;
    let page = render(&estimate, &portrait);
    assert!(page.contains(banner) && !page.contains("Simulated network:"));
    assert!(page.matches("<i>simulated labels</i>").count() >= 4);

    (estimate.simulated, portrait.simulated) = (false, false);
    estimate.labels.coders.iter_mut().for_each(|c| c.simulated = false);
    let page = render(&estimate, &portrait);
    assert!(!page.split("</style>").nth(1).unwrap().to_lowercase().contains("simulated"));
}

#[test]
fn hostile_text_is_inert() {
    const HOSTILE: &str =
        "</style></script><script>alert(1)</script><img src=http://x.example/ onerror=\"a()\">'\u{202E}\u{0}";
    let (mut estimate, mut portrait) = (estimate(), portrait());
    let h = || HOSTILE.to_owned();
    (estimate.study, estimate.population, estimate.frame.rule) = (h(), h(), h());
    estimate.frame.left_out.insert(h(), 3);
    estimate.labels.coders[0].name = h();
    estimate.labels.agreement[0].coders = [h(), h()];
    estimate.members.best.method = h();
    for section in &mut portrait.sections {
        section.key = h();
        section.remarks = vec![Remark { key: h(), n: None }];
        for row in &mut section.rows {
            (row.label, row.figure.method) = (h(), h());
        }
    }
    let page = render(&estimate, &portrait);
    assert_eq!(page.matches("</style>").count(), 1);
    for bad in ["<script", "</script", "<img", "onerror=\"", "\u{202E}", "\u{0}"] {
        assert!(!page.contains(bad), "{bad:?} came through");
    }
    // A long label ends in an ellipsis.
    portrait.sections[5].rows[0].label = "x".repeat(100_000);
    portrait.sections[5].names = netcensus::describe::Names::Words;
    assert!(render(&estimate, &portrait).contains(&format!("{}…", "x".repeat(48))));
}

#[test]
fn the_page_loads_nothing() {
    let page = render(&estimate(), &portrait());
    let policy = r#"<meta http-equiv="Content-Security-Policy" content="default-src 'none';"#;
    assert!(page.contains(policy));
    let rest = page.replace("http-equiv", "");
    for bad in ["http", "src=", "url(", "@import", "<link", "<script", "<iframe", "<object", "javascript:"] {
        assert!(!rest.replace("default-src 'none'", "").contains(bad), "{bad}");
    }
    assert!(rest.split("href=\"").skip(1).all(|target| target.starts_with('#')));
}

#[test]
fn an_empty_study_is_shown_too() {
    let (mut estimate, mut portrait) = (estimate(), portrait());
    let none = Figure { value: 0.0, low: 0.0, high: 0.0, labels: 0, method: "none".into() };
    let m = &mut estimate.members;
    for figure in [&mut m.floor, &mut m.best, &mut m.ceiling, &mut m.horvitz_thompson, &mut m.wald, &mut m.prevalence] {
        *figure = none.clone();
    }
    estimate.frame.waves.clear();
    estimate.frame.left_out.clear();
    estimate.labels.coders.clear();
    estimate.labels.agreement.clear();
    (estimate.labels.drawn, estimate.labels.labelled) = (0, 0);
    estimate.diagnostics.lowest_labelled = 0;
    for section in &mut portrait.sections {
        (section.rows, section.known, section.suppressed) = (Vec::new(), None, 0);
    }
    let page = render(&estimate, &portrait);
    assert!(words(&page).contains("0 members 95 % interval 0 to 0"));
    assert!(!page.contains("NaN") && !page.contains("inf%"));
    portrait.sections.clear();
    assert!(render(&estimate, &portrait).contains("The study holds no portrait."));
}

#[test]
fn warnings_come_where_they_matter() {
    let mut estimate = estimate();
    let before = words(&render(&estimate, &portrait()));
    assert!(
        before.contains("Members among the least likely.") && before.contains("13 of the accounts drawn have no label")
    );
    assert!(!before.contains("A single coder.") && !before.contains("Few labels."));
    estimate.labels.coders.truncate(1);
    estimate.labels.agreement.clear();
    (estimate.labels.labelled, estimate.labels.drawn) = (60, 60);
    (estimate.diagnostics.lowest_labelled, estimate.diagnostics.lowest_members) = (0, 0);
    let after = words(&render(&estimate, &portrait()));
    for text in
        ["A single coder.", "Few labels.", "Nobody looked at the least likely.", "Agreement not measured: one coder."]
    {
        assert!(after.contains(text), "not there: {text}");
    }
    assert!(!after.contains("Missing labels.") && !after.contains("Members among the least likely."));
}

#[test]
fn figures_that_are_none_are_refused() {
    let refused = |change: fn(&mut Estimate, &mut Portrait)| {
        let (mut estimate, mut portrait) = (estimate(), portrait());
        change(&mut estimate, &mut portrait);
        page(&told(&estimate, &portrait), Lang::En, Digits::Western).unwrap_err().kind() == netcensus::Kind::Bug
    };
    assert!(refused(|e, _| e.members.best.value = f64::NAN));
    assert!(refused(|e, _| e.members.wald.low = f64::NEG_INFINITY));
    assert!(refused(|e, _| (e.members.floor.low, e.members.floor.high) = (2.0, 1.0)));
    assert!(refused(|e, _| e.diagnostics.label_efficiency = f64::INFINITY));
    assert!(refused(|e, _| e.labels.agreement[0].kappa.as_mut().unwrap().value = f64::NAN));
    assert!(refused(|_, p| p.sections[0].rows[0].figure.high = f64::NAN));
    assert!(refused(|_, p| p.sections[2].known.as_mut().unwrap().low = 2.0));
}

#[test]
fn huge_numbers_and_odd_shares_are_drawn() {
    let (mut estimate, mut portrait) = (estimate(), portrait());
    let m = &mut estimate.members;
    (m.ceiling.value, m.ceiling.high) = (1e200, f64::MAX);
    (m.wald.low, m.wald.value) = (-1e9, 0.0);
    let figure = &mut portrait.sections[0].rows[0].figure;
    (figure.value, figure.high) = (1.2, 1.5);
    portrait.sections[1].rows[0].label = "before 2017".into();
    let page = render(&estimate, &portrait);
    assert!(page.contains("1.00 × 10^200") && page.contains("dot beyond") && page.len() < 400_000);
}

#[test]
fn the_report_stands_in_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::new("name", "population", Platform::Simulated);
    (settings.seed, settings.publish.min_cell) = (1234, 20);
    let study = Study::create(folder.path(), &settings, &["a".into()]).unwrap();
    let report = Report { about: About::of(&study).unwrap(), ..told(&estimate(), &portrait()) };
    let path = |format, lang| write(&study, &report, format, lang, Digits::Western).unwrap().remove(0);
    assert_eq!(path(Format::Html, Lang::Ar), folder.path().join("out/report.ar.html"));
    let page = std::fs::read_to_string(path(Format::Html, Lang::En)).unwrap();
    let words = words(&page);
    assert!(words.contains("Random seed 1234") && words.contains("fewer than 20 accounts"), "{words}");
    // What programs read is what people read.
    let json = std::fs::read(path(Format::Json, Lang::En)).unwrap();
    assert_eq!(serde_json::from_slice::<Report>(&json).unwrap(), report);
}

/// The best on top, with n and the interval; and where nothing is known, that is said.
#[test]
fn how_well_measures_sort_is_said() {
    let mut estimate = estimate();
    let page = render(&estimate, &portrait());
    let section =
        |page: &str| page.split("id=\"sorting\"").nth(1).unwrap().split("</section>").next().unwrap().to_owned();
    let there = section(&page);
    let place = |text: &str| there.find(text).unwrap_or_else(|| panic!("{text} is not in {there}"));
    assert!(place("0.931") < place("0.882") && place("0.882") < place("0.412"));
    assert!(place("PageRank from the group") < place("Accounts it follows"));
    for text in ["0.910 to 0.952", "441 labelled accounts", "In-group share of followings"] {
        assert!(words(&page).contains(text), "{text}: {}", words(&page));
    }
    let arabic = arabic(&estimate, &portrait());
    assert!(section(&arabic).contains("نسبة الجماعة ممن يتابعهم"));
    // What this version does not know is a stranger's word; what is none is refused.
    estimate.sorting[0].measure = "<b>x</b>.note".into();
    assert!(render(&estimate, &portrait()).contains("&lt;b&gt;x&lt;/b&gt;.note"));
    estimate.sorting[0].auc.low = f64::NAN;
    assert!(page_of(&estimate).is_err());
    estimate.sorting.clear();
    assert!(words(&render(&estimate, &portrait())).contains("is not said: besides the seeds, fewer than ten members"));
}

fn page_of(estimate: &Estimate) -> netcensus::Result<String> {
    page(&told(estimate, &portrait()), Lang::En, Digits::Western)
}

/// Sites that nobody looked at are not "0 found"; what is left out of a table is counted.
#[test]
fn sites_before_and_after_a_check() {
    let mut report = told(&estimate(), &portrait());
    let mut sites = serde_json::json!({
        "study": "x", "simulated": false, "pushed": 90, "listed": 90, "most_pushed": [], "suppressed": 0,
        "states": { "rows": [], "suppressed": 0 }, "software": { "rows": [], "suppressed": 0 },
        "gone": { "rows": [], "suppressed": 0 },
        "lifetimes": { "sites": 0, "ended": 0, "gone_before": 0, "from": null, "median": null, "alive": [],
            "median_of_all": null, "level": 0.95, "method": "too few sites were under watch at any age" },
        "note": "",
    });
    report.sites = Some(serde_json::from_value(sites.clone()).unwrap());
    let before = words(&page(&report, Lang::En, Digits::Western).unwrap());
    assert!(before.contains("None of them has been looked at yet") && !before.contains("0 sites were found"));
    sites["states"] = serde_json::json!({ "rows": [["up", 61], ["parked", 14]], "suppressed": 2 });
    sites["gone"] = serde_json::json!({ "rows": [], "suppressed": 3 });
    report.sites = Some(serde_json::from_value(sites).unwrap());
    let after = words(&page(&report, Lang::En, Digits::Western).unwrap());
    for text in [
        "0 sites were found there by a check",
        "up 61 parked 14 2 kinds are left out",
        "How the sites that are gone went: 3 kinds are left out",
    ] {
        assert!(after.contains(text), "{text}: {after}");
    }
    let arabic = words(&page(&report, Lang::Ar, Digits::Western).unwrap());
    assert!(arabic.contains("تُركت 3 أنواع") && !arabic.contains("parked"), "{arabic}");
}
