//! Display names and handles: what they have in common, never whose they are.
//!
//! What leaves this module for a report is a count: of names made in a way ([`forms`]), of a common given name
//! ([`given_name`]), of a word that [`may_be_published`].

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::gazetteer::fold;

const GIVEN_NAMES: &str = include_str!("../../data/given-names.tsv");
const WORDS: &str = include_str!("../../data/name-words.txt");
/// Characters of a name that are looked at; platforms allow 50 to 64.
const LONGEST_NAME: usize = 200;
/// Words taken from a name, and letters of a word.
const MOST_WORDS: usize = 20;
const LONGEST_WORD: usize = 40;

/// How a display name is made. Each is a yes or no of one account, to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `Abu …`, `أبو …`, `Umm …`, `أم …`: by a child, or by what one stands for.
    Kunya,
    /// `… al-Baghdadi`, `… الشامي`: by a place, a people or a trade.
    Nisba,
    /// `Ibn …`, `bint …`, `ابن …`, `بن …`.
    Patronym,
    /// `Sheikh`, `Dr`, `Haji`, `الشيخ`, `د.`.
    Honorific,
    /// Pictures among the letters.
    Emoji,
    /// The flag of a country.
    Flag,
    /// Digits.
    Digits,
    /// No letter at all.
    NoLetters,
}

/// A common given name.
#[derive(Debug, PartialEq, Eq)]
pub struct GivenName {
    /// As it is mostly written in English.
    pub name: &'static str,
    /// In Arabic letters, where it has a usual form there.
    pub arabic: Option<&'static str>,
}

static NAMES: LazyLock<HashMap<String, GivenName>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for line in GIVEN_NAMES.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (name, arabic) = (fields.next().unwrap_or_default(), fields.next().filter(|a| !a.is_empty()));
        let others = fields.next().unwrap_or_default().split_whitespace();
        for spelling in [name].into_iter().chain(arabic).chain(others) {
            names.entry(fold(spelling).collect()).or_insert(GivenName { name, arabic });
        }
    }
    names
});
static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let lines = WORDS.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(|word| fold(word).collect()).collect()
});

const KUNYA: [&str; 14] =
    ["abu", "abou", "abo", "abul", "umm", "um", "oum", "ummu", "ابو", "ابي", "ابا", "ام", "абу", "умм"];
const PATRONYM: [&str; 8] = ["ibn", "bin", "ben", "bint", "ibnu", "ابن", "بن", "بنت"];
const HONORIFIC: [&str; 28] = [
    "sheikh",
    "shaikh",
    "shaykh",
    "cheikh",
    "sheik",
    "dr",
    "prof",
    "haji",
    "hajji",
    "hajj",
    "sayyid",
    "syed",
    "sayed",
    "mullah",
    "ustad",
    "ustaz",
    "imam",
    "mr",
    "mrs",
    "ms",
    "sir",
    "الشيخ",
    "شيخ",
    "د",
    "دكتور",
    "الدكتور",
    "الحاج",
    "السيد",
];
/// The article, and small words within names.
const PARTICLES: [&str; 24] = [
    "al", "el", "ad", "ar", "as", "ash", "at", "az", "an", "ul", "ud", "de", "la", "le", "van", "von", "der", "du",
    "di", "da", "bin", "ibn", "ال", "آل",
];

/// The words of a display name, normalised, in order, each once: NFKD without accents, lower case, Arabic without vowel
/// signs and with one form for alef, ya and ta marbuta; without digits, signs and emoji. Words that only join others
/// (`al`, `bin`, `de`) are left out; `Abd al-Rahman` and `عبد الرحمن` are one word.
///
/// ```
/// use netcensus::text::words_of_name;
/// assert_eq!(words_of_name("✨ Abd al-Rahman 🌙 السّوري 1990"), ["abdulrahman", "السوري"]);
/// ```
pub fn words_of_name(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in join_servants(parts(name)) {
        if !PARTICLES.contains(&word.as_str()) && !words.contains(&word) && words.len() < MOST_WORDS {
            words.push(word);
        }
    }
    words
}

/// The words of a handle, normalised: cut at signs, digits and where a capital follows a small letter; without its host.
///
/// ```
/// assert_eq!(netcensus::text::words_of_handle("@RiverNews_24@one.example"), ["river", "news"]);
/// ```
pub fn words_of_handle(handle: &str) -> Vec<String> {
    let handle: String = handle.trim().trim_start_matches('@').chars().take(LONGEST_NAME).collect();
    // Mastodon's `name@host`, and AT Protocol's `name.host`, where only the first label is chosen freely.
    let local = handle.split(['@', '.']).next().unwrap_or_default();
    let mut spaced = String::with_capacity(local.len() + 8);
    let mut small = false;
    for c in local.chars() {
        if small && c.is_uppercase() {
            spaced.push(' ');
        }
        small = c.is_lowercase();
        spaced.push(c);
    }
    words_of_name(&spaced)
}

/// The common given name that a display name begins with, after titles and after `Abu`, `Umm` or `Ibn`; spellings count
/// as one: `Mohammed`, `Muhammad`, `محمد`. None for a name that is not in the bundled list.
///
/// ```
/// use netcensus::text::given_name;
/// assert_eq!(given_name("Dr. Mohammed 🌙").map(|n| n.name), Some("Muhammad"));
/// assert_eq!(given_name("أبو محمد الشامي"), given_name("mohamed"));
/// assert_eq!(given_name("River News"), None);
/// ```
pub fn given_name(name: &str) -> Option<&'static GivenName> {
    let words = join_servants(parts(name));
    let before = |word: &str| KUNYA.contains(&word) || PATRONYM.contains(&word) || HONORIFIC.contains(&word);
    let mut words = words.iter().skip_while(|word| before(word));
    NAMES.get(words.next()?)
}

/// How a display name is made, each form once, in the order of [`Form`].
pub fn forms(name: &str) -> Vec<Form> {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let words = parts(&name);
    let first = words.iter().position(|w| !HONORIFIC.contains(&w.as_str())).unwrap_or(0);
    let followed = words.len() > first + 1;
    let flag = name.chars().filter(|c| matches!(c, '\u{1F1E6}'..='\u{1F1FF}')).count() > 1;
    let mut forms = Vec::new();
    let mut note = |form: Form, holds: bool| {
        if holds {
            forms.push(form);
        }
    };
    note(Form::Kunya, followed && KUNYA.contains(&words[first].as_str()));
    note(Form::Nisba, is_nisba(&words));
    note(Form::Patronym, followed && words[..words.len() - 1].iter().any(|w| PATRONYM.contains(&w.as_str())));
    note(Form::Honorific, words.len() > 1 && HONORIFIC.contains(&words[0].as_str()));
    note(Form::Emoji, name.chars().any(is_picture));
    note(Form::Flag, flag);
    note(Form::Digits, name.chars().any(char::is_numeric));
    note(Form::NoLetters, !name.chars().any(char::is_alphabetic));
    forms
}

/// `… al-Shami`, `… الشامي`: after another word, with the article, ending as adjectives of origin do. It takes some names of
/// families and of tribes along; that is what many of them once were.
fn is_nisba(words: &[String]) -> bool {
    let ends =
        |word: &str| word.chars().count() > 3 && ["i", "y", "iyya", "iya", "iyyah"].iter().any(|e| word.ends_with(e));
    let latin = words
        .windows(3)
        .any(|w| matches!(w[1].as_str(), "al" | "el" | "ash" | "as" | "ar" | "at" | "an" | "ad" | "az") && ends(&w[2]));
    let joined = |w: &String| w.strip_prefix("al").is_some_and(|rest| rest.chars().count() > 4 && ends(rest));
    let arabic = |w: &String| w.chars().count() > 4 && w.starts_with("ال") && (w.ends_with('ي') || w.ends_with("يه"));
    latin || words.iter().skip(1).any(|w| joined(w) || arabic(w))
}

/// Whether a word of a name, as [`words_of_name`] gives it, may stand in a report with its count. Only words of the bundled
/// lists may, common given names and everyday words, and the cell must be large enough besides. A large cell alone would
/// not do: a word that ten accounts share and no dictionary has can be the name of a person whom they all celebrate, or
/// the handle of one who came back ten times.
///
/// ```
/// use netcensus::text::may_be_published;
/// assert!(may_be_published("ahmed") && may_be_published("lion"));
/// assert!(!may_be_published("xanthippus"));
/// ```
pub fn may_be_published(word: &str) -> bool {
    NAMES.contains_key(word) || COMMON.contains(word)
}

/// The words as they stand, normalised.
fn parts(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars().take(LONGEST_NAME) {
        let mut buffer = [0; 4];
        let mut silent = true;
        for folded in fold(c.encode_utf8(&mut buffer)) {
            silent = false;
            match words.last_mut() {
                Some(word) if folded.is_alphabetic() => word.push(folded),
                _ => words.push(String::new()),
            }
        }
        // Marks and apostrophes are inside of words; all else that leaves nothing divides.
        if silent && c.is_whitespace() {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty() && word.chars().count() <= LONGEST_WORD);
    words
}

/// `Abd al-Rahman`, `Abdul Rahman`, `عبد الرحمن`: one name of two or three words.
fn join_servants(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let mut whole = word;
        if matches!(whole.as_str(), "abd" | "abdel" | "abdul" | "abdal" | "abdur" | "abdu") {
            whole = "abdul".into();
            while words.next_if(|w| PARTICLES.contains(&w.as_str())).is_some() {}
            whole.extend(words.next());
        } else if whole == "عبد" {
            whole.extend(words.next_if(|w| w.starts_with("ال")));
        }
        if whole.chars().count() <= LONGEST_WORD {
            joined.push(whole);
        }
    }
    joined
}

/// Emoji and other pictures.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F300}'..='\u{1FAFF}' | '\u{1F000}'..='\u{1F1E5}')
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Kunya,
        Self::Nisba,
        Self::Patronym,
        Self::Honorific,
        Self::Emoji,
        Self::Flag,
        Self::Digits,
        Self::NoLetters,
    ];

    /// Its key in texts and tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Kunya => "kunya",
            Self::Nisba => "nisba",
            Self::Patronym => "patronym",
            Self::Honorific => "honorific",
            Self::Emoji => "emoji",
            Self::Flag => "flag",
            Self::Digits => "digits",
            Self::NoLetters => "no-letters",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        let cases: [(&str, &[&str]); 9] = [
            ("أبو محمد الشامي", &["ابو", "محمد", "الشامي"]),
            ("ابـــو مُحَمَّد الشامى", &["ابو", "محمد", "الشامي"]),
            ("عبد الرحمن", &["عبدالرحمن"]),
            ("Abdul Rahman", &["abdulrahman"]),
            ("𝕽𝖎𝖛𝖊𝖗 news!!! news", &["river", "news"]),
            ("José O'Neill-Smith", &["jose", "oneill", "smith"]),
            ("🌙✨", &[]),
            ("4everYoung", &["everyoung"]),
            ("", &[]),
        ];
        for (name, words) in cases {
            assert_eq!(words_of_name(name), words, "{name}");
        }
        assert_eq!(words_of_handle("abuRiver1990.bsky.social"), ["abu", "river"]);
        assert!(words_of_name(&"x".repeat(100)).is_empty());
        let many: String = (0..90_u8).map(|i| format!("{} ", char::from(b'a' + i % 26))).collect();
        assert_eq!(words_of_name(&many).len(), MOST_WORDS);
    }

    #[test]
    fn spellings_of_a_given_name_are_one() {
        let muhammad = given_name("Muhammad");
        assert_eq!(muhammad.unwrap_or_else(|| panic!("in the list")).arabic, Some("محمد"));
        for name in
            ["محمد", "مُحَمَّد علي", "mohamed_eg", "Mehmet Ali", "Sheikh Mohammad", "Abu Muhammad al-Shami", "أبو محمد"]
        {
            assert_eq!(given_name(name), muhammad, "{name}");
        }
        assert_eq!(given_name("عبد الله").map(|n| n.name), Some("Abdullah"));
        assert_eq!(given_name("Abd Allah").map(|n| n.name), Some("Abdullah"));
        assert_eq!(given_name("Александр").map(|n| n.name), Some("Alexander"));
        for name in ["", "Abu", "The Muhammad", "🌙", "xyz"] {
            assert_eq!(given_name(name), None, "{name}");
        }
    }

    #[test]
    fn forms_are_told() {
        use Form::*;
        let cases: [(&str, &[Form]); 14] = [
            ("أبو محمد الشامي", &[Kunya, Nisba]),
            ("Abu Hamza al-Baghdadi 🌙", &[Kunya, Nisba, Emoji]),
            ("Umm River", &[Kunya]),
            ("أم سارة", &[Kunya]),
            ("Abu", &[]),
            ("Sheikh Ali", &[Honorific]),
            ("د. سامي", &[Honorific]),
            ("Ali bin Salem", &[Patronym]),
            ("ابن النهر", &[Patronym]),
            ("Sami 🇸🇾", &[Flag]),
            ("River 24", &[Digits]),
            ("٢٠١٥", &[Digits, NoLetters]),
            ("", &[NoLetters]),
            ("Alibi Family", &[]),
        ];
        for (name, expected) in cases {
            assert_eq!(forms(name), expected, "{name}");
        }
    }

    #[test]
    fn only_words_of_the_lists_may_be_published() {
        for word in ["محمد", "الغريب", "lion", "news", "muhammad", "abdullah"] {
            assert!(may_be_published(&words_of_name(word)[0]), "{word}");
        }
        for word in ["", "ابو", "zxcvb", "somebody@host", "https"] {
            assert!(!may_be_published(word), "{word}");
        }
        assert!(COMMON.len() > 400 && NAMES.len() > 300);
        assert!(COMMON.iter().chain(NAMES.keys()).all(|w| w.chars().all(char::is_alphabetic)));
    }

    proptest! {
        #[test]
        fn no_name_is_too_strange(name in "\\PC{0,300}", odd in "[ '._@عبدال\u{0640}\u{0651}\u{FDFA}A-z0-9🇸🇾🌙-]{0,100}") {
            for name in [name.clone(), odd.clone(), format!("{odd}{name}")] {
                for word in words_of_name(&name).into_iter().chain(words_of_handle(&name)) {
                    prop_assert!(!word.is_empty() && word.chars().count() <= LONGEST_WORD);
                }
                let _ = (given_name(&name), forms(&name), may_be_published(&name));
            }
        }
    }
}
