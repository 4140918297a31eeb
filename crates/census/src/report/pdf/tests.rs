#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use proptest::prelude::*;
use typst::layout::{Frame, FrameItem, Point as At, Transform};
use typst_layout::PagedDocument;
use typst_pdf::PdfStandard;

use super::data::{self, fit};
use super::set::{export, file, pages, pages_by};
use super::world::TEMPLATE;
use crate::report::charts::{self, Axis, Point};
use crate::report::document::*;
use crate::texts::{Digits, Lang, Line, Span, Texts};

const STRICT: [PdfStandard; 2] = [PdfStandard::A_2a, PdfStandard::Ua_1];

/// Words, a number, strangers' words.
fn mixed(words: &str, number: &str, foreign: &str) -> Line {
    Line::words(format!("{words} ")).and(Line::number(number)).and(Line::words(" ")).and(Line::foreign(foreign))
}

fn section(id: &str, title: Line, blocks: Vec<Block>, sections: Vec<Section>) -> Section {
    Section { id: id.into(), title, blocks, sections }
}

fn document(lang: Lang, digits: Digits, sections: Vec<Section>) -> Document {
    let title = if lang == Lang::Ar { "من يدعم الشبكة" } else { "Who supports the network" };
    Document {
        lang,
        digits,
        date: Some(jiff::civil::date(2026, 11, 25)),
        title: Line::words(title),
        about: vec![(Line::words("x"), Line::number("2026-11-01–2026-11-25"))],
        banners: vec![],
        sections,
        foot: Line::words("."),
    }
}

/// A document with every kind of block and drawing; `long` rows in its table.
fn sample(lang: Lang, digits: Digits, long: usize) -> Document {
    let arabic = lang == Lang::Ar;
    let say = |en: &'static str, ar: &'static str| if arabic { ar } else { en };
    let range = if digits == Digits::ArabicIndic { "١٬٩٨٠–٢٬٩٥٠" } else { "1,980–2,950" };
    let line = || {
        mixed(say("The network has", "في الشبكة ما بين"), range, "#دولة_الخلافة @user").and(Line(vec![
            Span::Plain(say(" members, ", " عضوًا، ").into()),
            Span::Strong(say("strong ", "قوي ").into()),
            Span::Term(say("term ", "مصطلح ").into()),
            Span::Code("netcensus report".into()),
        ]))
    };
    let name = || Line::words(say("Modern Standard Arabic", "العربية الفصحى"));
    let point = Point { value: 30.0, low: 20.0, high: 45.0 };
    let row = |control, main, beside| Interval {
        name: name(),
        note: line(),
        point,
        control,
        value: Line::number("30%"),
        limits: Line::number(range),
        main,
        beside,
    };
    let axis = Axis::over(0.0, 40.0);
    let intervals = Intervals {
        axis,
        ticks: axis.ticks().map(|v| (v, format!("{v}%"))).collect(),
        guide: Some(25.0),
        rows: vec![row(None, true, false), row(Some(point), false, false), row(None, false, true)],
    };
    let table = |rows: usize| Table {
        caption: line(),
        head: vec![Line::words(say("Language", "اللغة")), Line::words(say("Members", "الأعضاء")), name()],
        rows: vec![vec![name(), Line::number("1,234"), line()]; rows],
        foot: Some(vec![name(), Line::number("9,999"), Line::default()]),
        words: vec![2],
    };
    let picture = Picture {
        width: 480.0,
        height: 120.0,
        shapes: r#"<rect class="ch-main" x="10" y="10" width="40" height="90"/>"#.into(),
        labels: [Anchor::Left, Anchor::Middle, Anchor::Right]
            .map(|anchor| Label { x: 240.0, y: 60.0, anchor, text: line() })
            .into(),
        legend: vec![(Swatch::Fill("ch-main"), name()), (Swatch::Dot("ch-main"), line())],
    };
    let figure = |drawing| {
        Block::Figure(Figure {
            caption: line(),
            alt: "30 of 100".into(),
            drawing,
            source: Some(line()),
            table: Some(table(2)),
        })
    };
    // Every chart there is, with the texts that go with it.
    let texts = Texts::new(lang, digits).unwrap();
    let charts = charts::tests::all(&texts).into_iter().map(|(name, read, picture)| {
        let caption = Line::words(format!("{name}. ")).and(texts.say(read, &[]).unwrap());
        Block::Figure(Figure {
            caption,
            alt: name.into(),
            drawing: Drawing::Picture(picture),
            source: None,
            table: None,
        })
    });
    let card = |main| Card { name: name(), big: Line::number("2,420"), with: Line::number(range), why: line(), main };
    let mut blocks = vec![
        Block::Headline(Line::number("2,420"), line()),
        Block::Lead(line()),
        Block::Paragraph(line()),
        Block::Note(line()),
        Block::Quote(line()),
        Block::List(vec![line(), line()]),
        Block::Care(name(), vec![line(), line()]),
        Block::Facts(vec![(name(), line()), (name(), line())]),
        Block::Cards(vec![card(false), card(true), card(false)]),
        Block::Cards(vec![]),
        Block::List(vec![]),
        Block::Table(table(long)),
        Block::Table(Table::default()),
        figure(Drawing::Intervals(intervals)),
        figure(Drawing::Bars(vec![(name(), 1.0, Line::number("1,234")), (name(), f64::NAN, Line::number("5"))])),
        figure(Drawing::Picture(picture)),
        figure(Drawing::Picture(Picture::default())),
    ];
    blocks.extend(charts);
    let deep =
        (2..9).rev().fold(vec![], |inner, n| vec![section(&format!("s{n}"), line(), vec![Block::Note(line())], inner)]);
    let mut document = document(lang, digits, vec![section("first", line(), blocks, deep)]);
    document.banners = vec![line()];
    document
}

/// Every glyph: the page, how far down and from the left its origin is, and the text it stands for.
fn glyphs(pages: &PagedDocument) -> Vec<(usize, f64, f64, String)> {
    fn walk(frame: &Frame, by: Transform, page: usize, to: &mut Vec<(usize, f64, f64, String)>) {
        for (at, item) in frame.items() {
            match item {
                FrameItem::Group(group) => {
                    let by = by.pre_concat(Transform::translate(at.x, at.y)).pre_concat(group.transform);
                    walk(&group.frame, by, page, to);
                }
                FrameItem::Text(text) => {
                    let mut x = at.x;
                    for glyph in &text.glyphs {
                        let place = At::new(x, at.y).transform(by);
                        to.push((page, place.y.to_pt(), place.x.to_pt(), text.text[glyph.range()].to_owned()));
                        x += glyph.x_advance.at(text.size);
                    }
                }
                _ => (),
            }
        }
    }
    let mut all = Vec::new();
    for (n, page) in pages.pages().iter().enumerate() {
        walk(&page.frame, Transform::identity(), n, &mut all);
    }
    all
}

/// What stands on the pages as the eye has it, line by line from left to right, whatever the language.
fn seen(pages: &PagedDocument) -> String {
    let mut all = glyphs(pages);
    all.sort_by(|a, b| (a.0, a.1.round(), a.2).partial_cmp(&(b.0, b.1.round(), b.2)).unwrap());
    let mut out = String::new();
    let mut before = None;
    for (page, y, _, text) in all {
        if before.replace((page, y.round())).is_some_and(|b| b != (page, y.round())) {
            out.push('\n');
        }
        out.extend(text.chars().filter(|c| !typst::text::is_default_ignorable(*c)));
    }
    out
}

/// The text in the order in which it was written, without spaces and what is not seen.
fn read(pages: &PagedDocument) -> String {
    fn walk(frame: &Frame, to: &mut String) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => walk(&group.frame, to),
                FrameItem::Text(text) => to.push_str(&text.text),
                _ => (),
            }
        }
    }
    let mut out = String::new();
    pages.pages().iter().for_each(|page| walk(&page.frame, &mut out));
    out
}

fn bare(text: &str) -> Vec<char> {
    let mut bare: Vec<char> =
        text.chars().filter(|c| !c.is_whitespace() && !typst::text::is_default_ignorable(*c)).collect();
    bare.sort_unstable();
    bare
}

#[test]
fn every_block_is_set_in_every_language_and_the_file_is_archival_and_accessible() {
    for (lang, digits) in [(Lang::En, Digits::Western), (Lang::Ar, Digits::Western), (Lang::Ar, Digits::ArabicIndic)] {
        let document = sample(lang, digits, 3);
        let pages = pages(data::of(&document).unwrap()).unwrap();
        assert!(pages.pages().len() >= 3);
        let bytes = file(&pages, &STRICT).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        let find = |what: &str| bytes.windows(what.len()).any(|w| w == what.as_bytes());
        assert!(find("/MarkInfo") && find("/StructTreeRoot") && find("<pdfaid:part>2</pdfaid:part>"), "{lang:?}");
        assert!(find(&format!("/Lang({})", lang.code())) || find(&format!("/Lang ({})", lang.code())), "{lang:?}");
    }
}

#[test]
fn the_same_document_gives_the_same_bytes_on_any_number_of_threads() {
    let document = sample(Lang::Ar, Digits::Western, 40);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| super::pdf(&document).unwrap())
    };
    let one = on(1);
    assert!(one == on(4) && one == on(1));
}

#[test]
fn an_interval_reads_low_to_high_in_arabic() {
    for (digits, range) in [(Digits::Western, "1,980–2,950"), (Digits::ArabicIndic, "١٬٩٨٠–٢٬٩٥٠")] {
        let text = Line::words("التقدير أن في الشبكة ما بين ").and(Line::number(range)).and(Line::words(" عضوًا."));
        let cell =
            Table { head: vec![text.clone(), text.clone()], rows: vec![vec![text.clone(); 2]], ..Table::default() };
        let blocks = vec![
            Block::Paragraph(text.clone()),
            Block::Table(cell),
            Block::Headline(Line::number(range), text.clone()),
        ];
        let document = document(Lang::Ar, digits, vec![section("s", text, blocks, vec![])]);
        let data = data::of(&document).unwrap();
        let set = |template: &str| seen(&pages_by(template, data.clone()).unwrap());
        let good = set(TEMPLATE);
        // A heading and its entry in the contents, a paragraph, four cells, and the headline's two.
        assert_eq!(good.matches(range).count(), 9, "{good}");
        let numbers = |number: &str| {
            let at = TEMPLATE.find("#let number(").unwrap();
            let end = at + TEMPLATE[at..].find("})").unwrap() + 2;
            format!("{}{number}{}", &TEMPLATE[..at], &TEMPLATE[end..])
        };
        // Both ways that look right and are not: the first for any digits, the second for Arabic-Indic ones.
        let swapped: String = range.split('–').rev().collect::<Vec<_>>().join("–");
        let naive = set(&numbers("#let number(written) = text(written)"));
        assert!(naive.contains(&swapped) && naive.matches(range).count() < 9, "{naive}");
        let half = set(&numbers("#let number(written) = box(text(dir: ltr, written))"));
        assert_eq!(half.contains(&swapped), digits == Digits::ArabicIndic, "{half}");
    }
}

#[test]
fn words_run_from_the_right_and_pages_are_counted_from_the_left() {
    let pages_of = |lang, digits| pages(data::of(&sample(lang, digits, 60)).unwrap()).unwrap();
    let arabic = pages_of(Lang::Ar, Digits::Western);
    let all = arabic.pages().len();
    let text = seen(&arabic);
    for page in 1..=all {
        assert!(text.contains(&format!("{page} / {all}")), "{page}: {text}");
    }
    // The letters of a word in the order of the eye: the last one first.
    assert!(text.contains(&"الأعضاء".chars().rev().collect::<String>()), "{text}");
    // A table's first column stands at the right in Arabic, at the left in English.
    let column = |pages: &PagedDocument, digit: &str, word: &str| {
        let all = glyphs(pages);
        let number = all.iter().filter(|g| g.3 == digit).map(|g| g.2).fold(f64::NAN, f64::max);
        let words = all.iter().filter(|g| g.3 == word).map(|g| g.2).fold(f64::NAN, f64::max);
        (number, words)
    };
    let (nine, letter) = column(&arabic, "9", "ف");
    assert!(letter > nine, "{letter} {nine}");
    let indic = seen(&pages_of(Lang::Ar, Digits::ArabicIndic));
    assert!(indic.contains("٢ / ") && !indic.contains("2 / "), "{indic}");
}

#[test]
fn a_long_table_has_its_head_on_every_page() {
    let rows = vec![vec![Line::words("row"), Line::number("7")]; 150];
    let table = Table { head: vec![Line::words("Hd"), Line::words("No")], rows, ..Table::default() };
    let document =
        document(Lang::En, Digits::Western, vec![section("s", Line::words("T"), vec![Block::Table(table)], vec![])]);
    let pages = pages(data::of(&document).unwrap()).unwrap();
    assert!(pages.pages().len() >= 3);
    assert_eq!(read(&pages).matches("Hd").count(), pages.pages().len());
}

#[test]
fn strangers_words_are_data() {
    let nasty = "#panic(\"x\") $x$ \\u{41} *b* _i_ `c` // /* @ref <label> = - + [a](b) ~ ' \" -- --- ... #let x = 1";
    let line = Line::foreign(nasty);
    let document =
        document(Lang::En, Digits::Western, vec![section("s", line.clone(), vec![Block::Paragraph(line)], vec![])]);
    let pages = pages(data::of(&document).unwrap()).unwrap();
    let text: String = read(&pages).split_whitespace().collect();
    let nasty: String = nasty.split_whitespace().collect();
    // As a heading, in the contents and as a paragraph.
    assert_eq!(text.replace(['\u{2068}', '\u{2069}', '\u{200B}'], "").matches(&nasty).count(), 3, "{text}");
    file(&pages, &STRICT).unwrap();
}

#[test]
fn nothing_else_can_be_asked_for() {
    for ask in ["/etc/passwd", "other.json", "../report.typ", "@preview/cetz:0.3.0"] {
        let template = if ask.starts_with('@') { format!("#import \"{ask}\": x") } else { format!("#read(\"{ask}\")") };
        assert!(pages_by(&template, b"{}".to_vec()).is_err(), "{ask}");
    }
    assert!(pages_by("#datetime.today()", b"{}".to_vec()).is_err());
    assert_eq!(pages_by("#x", vec![]).unwrap_err().kind(), crate::Kind::Bug);
}

#[test]
fn texts_are_made_fit() {
    assert_eq!(fit("a\u{202E}b\u{2066}c\u{0}\u{7}d\u{200B}e\u{FEFF}", 99), "abc de");
    assert_eq!(fit(" one\n\t two ", 99), " one two ");
    assert_eq!(fit("می\u{200C}خواهم", 99), "می\u{200C}خواهم");
    assert_eq!(fit("12345", 4), "1234…");
    assert_eq!(fit("5\u{A0}%, 1\u{202F}000", 99), "5\u{A0}%, 1\u{A0}000");
    assert_eq!(fit("你\u{E000}\u{10FFFF}😀\u{FE0F}", 99), "□□□□");
    // A mark that the letter's font lacks, and marks without end.
    assert_eq!(fit("a\u{08E4}b", 99), "ab");
    assert_eq!(fit(&format!("ب{}", "\u{064E}".repeat(50)), 99).chars().count(), 4);
    assert_eq!(fit("e\u{0301}", 99), "é");
    let long = fit(&"x".repeat(100), 1_000);
    assert_eq!(long.split('\u{200B}').map(str::len).max(), Some(30));
    assert_eq!(long.replace('\u{200B}', ""), "x".repeat(100));
}

#[test]
fn a_document_without_a_date_is_not_archival() {
    let mut document = sample(Lang::En, Digits::Western, 1);
    document.date = None;
    let pages = pages(data::of(&document).unwrap()).unwrap();
    assert!(file(&pages, &STRICT).is_err());
    let bytes = export(&pages, &document).unwrap();
    let find = |what: &str| bytes.windows(what.len()).any(|w| w == what.as_bytes());
    assert!(find("<pdfuaid:part>1</pdfuaid:part>") && !find("pdfaid:part") && !find("/CreationDate"));
}

/// Poppler is another reader than the one who wrote: `cargo test … -- --ignored poppler`. With NETCENSUS_PDF_OUT the files
/// stay there, to be looked at.
#[test]
#[ignore = "needs poppler-utils"]
fn poppler_finds_the_fonts_and_reads_the_text() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = std::env::var_os("NETCENSUS_PDF_OUT").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let run = |program: &str, args: &[&std::ffi::OsStr]| {
        let done = std::process::Command::new(program).args(args).output().unwrap();
        assert!(done.status.success(), "{program}");
        String::from_utf8(done.stdout).unwrap()
    };
    for (name, lang, digits, range, word) in [
        ("en", Lang::En, Digits::Western, "1,980–2,950", "Modern Standard Arabic"),
        ("ar", Lang::Ar, Digits::Western, "1,980–2,950", "العربية الفصحى"),
        ("ar-digits", Lang::Ar, Digits::ArabicIndic, "١٬٩٨٠–٢٬٩٥٠", "العربية الفصحى"),
    ] {
        let path = dir.join(format!("{name}.pdf"));
        std::fs::write(&path, super::pdf(&sample(lang, digits, 60)).unwrap()).unwrap();
        let fonts = run("pdffonts", &[path.as_os_str()]);
        let rows: Vec<Vec<&str>> = fonts.lines().skip(2).map(|l| l.split_whitespace().collect()).collect();
        assert!(rows.len() >= 3, "{fonts}");
        // From the right: object and generation, Unicode, subset, embedded.
        assert!(rows.iter().all(|r| r[r.len() - 5] == "yes" && r[r.len() - 3] == "yes"), "{fonts}");
        assert!(fonts.contains("NotoNaskhArabic"), "{fonts}");
        let about = run("pdfinfo", &[path.as_os_str()]);
        for line in ["Tagged:          yes", "Author:          netcensus", "Page size:       595.276 x 841.89 pts (A4)"]
        {
            assert!(about.contains(line), "{about}");
        }
        let text = run("pdftotext", &[path.as_os_str(), "-".as_ref()]);
        let text: String = text.chars().filter(|c| !typst::text::is_default_ignorable(*c)).collect();
        assert!(text.matches(range).count() >= 20 && text.contains(word), "{text}");
        assert!(text.contains("#دولة_الخلافة") || text.contains("دولة_الخلافة"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever anybody writes: it is set as it is, everywhere, and the file keeps its standards.
    #[test]
    fn any_text_comes_out_as_itself(
        texts in prop::collection::vec(
            prop_oneof![
                "\\PC{0,40}",
                any::<String>(),
                "[#$\\\\@*_`/<>\\[\\]{}\"'~=+-]{0,30}",
                "[\u{0600}-\u{06FF}\u{064B}-\u{0655}a-z0-9 \u{200C}\u{200D}\u{202A}-\u{202E}\u{2066}-\u{2069}]{0,60}",
                "[\u{0300}-\u{036F}\u{0600}-\u{0610}\u{06D6}-\u{06ED}\u{1F600}-\u{1F64F}a-z]{0,30}",
            ],
            6,
        ),
        arabic: bool,
    ) {
        let spans = |n: usize| Line(vec![
            Span::Plain(texts[n].clone()),
            Span::Foreign(texts[(n + 1) % 6].clone()),
            Span::Code(texts[(n + 2) % 6].clone()),
            Span::Number(texts[(n + 3) % 6].clone()),
            Span::Strong(texts[(n + 4) % 6].clone()),
            Span::Term(texts[(n + 5) % 6].clone()),
        ]);
        let table = Table { head: vec![spans(1); 2], rows: vec![vec![spans(2); 2]], ..Table::default() };
        let figure = Figure {
            caption: spans(3),
            alt: texts[0].clone(),
            drawing: Drawing::Bars(vec![(spans(4), 0.5, spans(5))]),
            source: None,
            table: None,
        };
        let blocks = vec![Block::Paragraph(spans(0)), Block::Table(table), Block::Figure(figure)];
        let lang = if arabic { Lang::Ar } else { Lang::En };
        let mut document = document(lang, Digits::Western, vec![section("s", Line::words("T"), blocks, vec![])]);
        // One endless page: no running heads to count.
        let endless = TEMPLATE.replace("paper: \"a4\"", "width: 210mm, height: auto");
        let count = |document: &Document| {
            let pages = pages_by(&endless, data::of(document).unwrap()).unwrap();
            assert_eq!(pages.pages().len(), 1);
            (read(&pages), pages)
        };
        let (text, set) = count(&document);
        let strict = file(&set, &STRICT);
        prop_assert!(strict.is_ok(), "{:?}", strict.unwrap_err());
        // All letters that were given are there, as often as they were given.
        document.sections[0].blocks = vec![];
        let (without, _) = count(&document);
        let mut expected = without;
        for (lines, n) in [(0, 1), (1, 2), (2, 2), (3, 1), (4, 1), (5, 1)] {
            for _ in 0..n {
                for span in &spans(lines).0 {
                    let (Span::Plain(t) | Span::Foreign(t) | Span::Code(t) | Span::Strong(t) | Span::Term(t) | Span::Number(t) | Span::StrongNumber(t)) = span;
                    expected.push_str(&fit(t, if matches!(span, Span::Number(_) | Span::StrongNumber(_)) { 80 } else { 20_000 }));
                }
            }
        }
        // A letter with marks may be counted twice: typst gives its marks, raised, the text of the whole. It is seen once.
        let (text, expected) = (bare(&text), bare(&expected));
        let marked = expected.iter().any(|c| unicode_normalization::char::is_combining_mark(*c));
        let count = |of: &[char], c: char| of.iter().filter(|d| **d == c).count();
        for c in text.iter().chain(&expected).collect::<std::collections::BTreeSet<_>>() {
            let (found, given) = (count(&text, *c), count(&expected, *c));
            prop_assert!(found == given || (marked && given > 0 && found > given), "{c:?}: {found} for {given}");
        }
    }
}
