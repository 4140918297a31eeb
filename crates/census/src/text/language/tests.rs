#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use super::*;

const TEXTS: &str = include_str!("../../../tests/data/languages.tsv");
const PAGE: &str = include_str!("../../../../../docs/methods/languages.md");

/// How many texts of one kind were told rightly, wrongly, not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    right: usize,
    wrong: usize,
    not: usize,
}

impl Told {
    fn add(&mut self, found: Option<&str>, lang: &str) {
        match found {
            Some(found) if found == lang => self.right += 1,
            Some(_) => self.wrong += 1,
            None => self.not += 1,
        }
    }
}

/// Half, set, language, text.
fn texts() -> impl Iterator<Item = [&'static str; 4]> {
    TEXTS.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut fields = line.split('\t');
        std::array::from_fn(|_| fields.next().unwrap())
    })
}

/// The library by itself, as it comes.
fn library(text: &str) -> Option<&'static str> {
    whatlang::detect(text).map(|guess| code(guess.lang()))
}

/// The library where it calls its own guess reliable.
fn library_when_sure(text: &str) -> Option<&'static str> {
    whatlang::detect(text).filter(|guess| guess.is_reliable()).map(|guess| code(guess.lang()))
}

const SETS: [(&str, &str); 13] = [
    ("ar", "Arabic"),
    ("ar-dialect", "Arabic, dialects"),
    ("en", "English"),
    ("fr", "French"),
    ("ru", "Russian"),
    ("tr", "Turkish"),
    ("fa", "Persian"),
    ("ur", "Urdu"),
    ("id", "Indonesian"),
    ("ar-tag", "Arabic, Latin hashtags"),
    ("ar-en", "Arabic, English words"),
    ("fa-ar", "Persian, Arabic phrases"),
    ("ur-en", "Urdu, English words"),
];

fn figures(set: &str, half: &str) -> [Told; 3] {
    let mut told = [Told::default(); 3];
    for [_, _, lang, text] in texts().filter(|[h, s, ..]| *s == set && *h == half) {
        let found = [language(text), library(text), library_when_sure(text)];
        found.iter().zip(&mut told).for_each(|(found, told)| told.add(*found, lang));
    }
    told
}

/// The table of `docs/methods/languages.md`.
fn table() -> String {
    let mut page = String::from(
        "| texts | half | n | netcensus: right | wrong | not told | whatlang: right | wrong | whatlang where sure: right | wrong | not told |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for half in ["made-on", "held-out"] {
        for (set, name) in SETS {
            let [ours, library, sure] = figures(set, half);
            writeln!(
                page,
                "| {name} | {half} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                ours.right + ours.wrong + ours.not,
                ours.right,
                ours.wrong,
                ours.not,
                library.right,
                library.wrong,
                sure.right,
                sure.wrong,
                sure.not,
            )
            .unwrap();
        }
    }
    page
}

#[test]
fn the_page_has_the_figures() {
    let table = table();
    println!("{table}");
    assert!(PAGE.contains(&table), "docs/methods/languages.md must have this table:\n{table}");
}

#[test]
fn persian_and_urdu_are_never_called_arabic() {
    let mut seen = 0;
    for [half, _, lang, text] in texts().filter(|[_, _, lang, _]| ["fa", "ur"].contains(lang)) {
        seen += 1;
        assert_ne!(language(text), Some("ar"), "{half} {lang}: {text}");
    }
    assert_eq!(seen, 120);
}

#[test]
fn what_is_told_of_texts_that_were_held_out_is_right() {
    let (mut ours, mut raw) = (Told::default(), Told::default());
    for [_, _, lang, text] in texts().filter(|[half, ..]| *half == "held-out") {
        ours.add(language(text), lang);
        raw.add(library(text), lang);
    }
    assert!(ours.right > raw.right && ours.wrong <= raw.wrong / 10, "{ours:?} {raw:?}");
}

#[test]
fn every_set_is_large_enough_and_no_text_is_there_twice() {
    for lang in ["ar", "en", "fr", "ru", "tr", "fa", "ur", "id"] {
        assert!(texts().filter(|[_, set, ..]| *set == lang).count() >= 40, "{lang}");
    }
    assert_eq!(texts().filter(|[_, set, ..]| set.contains('-') && *set != "ar-dialect").count(), 80);
    let mut all: Vec<&str> = texts().map(|[.., text]| text).collect();
    let n = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), n);
}

#[test]
fn neighbours_are_not_taken_for_the_languages_that_are_known_best() {
    let texts = [
        ("Danes zjutraj smo pili kavo na vrtu in otroci so se igrali v parku", "sl"),
        ("Dnes ráno sme pili kávu v záhrade a deti sa hrali v parku", "sk"),
        ("Ons het vanoggend koffie in die tuin gedrink en die kinders het gespeel", "af"),
        ("Täna hommikul jõime aias kohvi ja lapsed mängisid pargis", "et"),
        ("Šį rytą gėrėme kavą sode, o vaikai žaidė parke iki pietų", "lt"),
        ("Šorīt mēs dzērām kafiju dārzā un bērni spēlējās parkā", "lv"),
        ("Azi am băut cafea în grădină cu prietenii și a fost frumos", "ro"),
        ("Днес времето е хубаво и децата играха в парка", "bg"),
        ("Сьогодні гарна погода і діти грали в парку", "uk"),
        ("Данас је леп дан и деца се играју у парку", "sr"),
        ("اڄ موسم تمام سٺو آهي ۽ اسان باغ ۾ وياسين", "sd"),
        ("بۈگۈن ھاۋا ناھايىتى ياخشى", "ug"),
        ("ئەمڕۆ کەش و هەوا زۆر خۆشە", "ku"),
    ];
    for (text, lang) in texts {
        assert!(language(text).is_none_or(|found| found == lang), "{text}: {:?}", language(text));
    }
    // Languages that neither knows, and languages in letters that are not theirs: not told.
    for text in ["Бүгін ауа райы өте жақсы, балалар саябақта ойнады", "ana mesh 3aref a3mel eh elnaharda ya gama3a"]
    {
        assert_eq!(language(text), None, "{text}");
    }
}

#[test]
fn posts_of_an_account_vote() {
    // Half of an account's short texts are told, and those rightly: the account is.
    for lang in ["ar", "en", "fr", "ru", "tr", "fa", "ur", "id"] {
        let posts =
            || texts().filter(|[half, _, l, _]| *half == "held-out" && *l == lang).map(|[.., text]| (None, Some(text)));
        assert_eq!(account_language(None, None, posts()).as_deref(), Some(lang));
        // One text alone may not be told, and is then no vote for anything.
        for post in posts() {
            let found = account_language(Some("sw"), None, [post]);
            assert!(found.as_deref() == Some(lang) || found.as_deref() == Some("sw"), "{post:?} {found:?}");
        }
    }
}
