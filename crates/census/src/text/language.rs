//! In which language a text is, and an account writes.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use whatlang::{Detector, Lang};

use super::{LONGEST, is_ornament};

mod codes;

use codes::code;
pub use codes::declared;

/// Letters that a text needs before its common words and its alphabet tell its language, and before whatlang does.
const FEWEST_LETTERS: usize = 8;
const FEWEST_TO_GUESS: usize = 12;
/// whatlang's confidence that is enough by itself. Its own threshold of 0.9 leaves a third of short English and Spanish
/// texts without a language; on the simulated sentences this one leaves a tenth, and fewer than one in a hundred is wrong.
const SURE: f64 = 0.5;
/// A text has at least one common word for so many letters; most have five.
const LETTERS_A_WORD: usize = 60;
/// Below this confidence whatlang has no opinion.
const NO_OPINION: f64 = 0.2;
/// What a common word counts that no other language of the list has; one that several share counts for each its part.
const WORD: u32 = 12;

const COMMON_WORDS: &str = include_str!("../../data/common-words.tsv");

type Common = HashMap<String, u64, foldhash::fast::RandomState>;

/// The languages that have common words here, and each word with the languages that it is common in, as bits.
static COMMON: LazyLock<(Vec<&'static str>, Common)> = LazyLock::new(|| {
    let (mut languages, mut common) = (Vec::new(), Common::default());
    for line in COMMON_WORDS.lines().filter(|line| !line.starts_with('#')) {
        let (language, words) = line.split_once('\t').unwrap_or_default();
        let same = |word: &str| word.chars().flat_map(same_letter).collect();
        words.split(' ').for_each(|word| *common.entry(same(word)).or_default() |= 1 << languages.len());
        languages.push(language);
    }
    (languages, common)
});

/// The language of a text as an ISO 639-1 code; none where the text is too short or too mixed to tell.
///
/// ```
/// use netcensus::text::language;
/// assert_eq!(language("@amira شربنا القهوة في الحديقة هذا الصباح #قهوة https://a.example/1"), Some("ar"));
/// assert_eq!(language("ok 👍 123"), None);
/// ```
pub fn language(text: &str) -> Option<&'static str> {
    let found = Found::of(text);
    if found.letters < FEWEST_LETTERS {
        return None;
    }
    // Words of grammar tell in which language others are quoted.
    if 2 * found.arabic > found.letters || 3 * found.arabic > found.letters && found.east_words() > found.other_words()
    {
        return found.of_arabic_script(text);
    }
    let (likely, next) = found.two_best();
    // Two words of grammar, or one that hardly any other language has; in a long text of a language there are more, and
    // fewer are chance.
    let enough = likely.1 >= 2 * WORD && 2 * likely.1 >= 3 * next.1
        || likely.1 >= WORD && likely.1 >= 3 * next.1 && found.letters >= FEWEST_TO_GUESS;
    if enough && likely.1 as usize * LETTERS_A_WORD >= found.letters * WORD as usize {
        return Some(likely.0);
    }
    let is_cyrillic = 2 * found.count(Class::Cyrillic) > found.letters;
    let others = found.count(Class::Neighbour);
    if is_cyrillic {
        // Kazakh, Kyrgyz, Tatar, Tajik and others, which whatlang does not know.
        if found.count(Class::Turkic) > 1 {
            return None;
        }
        // Russian alone has ы, э and ё without the letters of its neighbours.
        if others == 0 && found.count(Class::Russian) > 0 {
            return Some("ru");
        }
    }
    if found.letters < FEWEST_TO_GUESS {
        return None;
    }
    let (lang, sureness) = guess(text)?;
    let guessed = code(lang);
    // What common words make likely is enough where whatlang thinks so, too.
    let agrees = likely.1 > next.1 && guessed == likely.0
        || likely.1 > 0 && found.in_language(guessed) == likely.1 && sureness >= NO_OPINION;
    match lang {
        // A text without a letter of Ukrainian's own is Russian more often than Ukrainian.
        Lang::Rus if others == 0 => Some(guessed),
        Lang::Ukr | Lang::Bel if others == 0 => (likely.0 == "ru" && likely.1 > next.1).then_some("ru"),
        _ => (sureness >= SURE || agrees).then_some(guessed),
    }
}

/// whatlang's guess and how sure it is of it; slow.
fn guess(text: &str) -> Option<(Lang, f64)> {
    // Nobody posts in Latin or Esperanto as often as short texts in other languages look like them.
    let detector = Detector::with_denylist(vec![Lang::Lat, Lang::Epo]);
    detector.detect(&prose(text)).map(|guess| (guess.lang(), guess.confidence()))
}

/// The words of a text that are prose: no links, no mentions.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let end = if text.len() <= LONGEST {
        text.len()
    } else {
        text.char_indices().nth(LONGEST).map_or(text.len(), |(end, _)| end)
    };
    let foreign = |w: &str| w.starts_with('@') || w == "RT" || w.starts_with("www.") || w.contains("://");
    text[..end].split_whitespace().filter(move |w| !foreign(w))
}

/// A text's words: without links, mentions, signs, digits and emoji. The words of a hashtag stay.
fn prose(text: &str) -> String {
    let mut prose = String::with_capacity(text.len().min(4 * LONGEST));
    for word in words(text) {
        let keep = |c: char| if c.is_alphabetic() || is_combining_mark(c) || is_within(c) { c } else { ' ' };
        prose.extend(word.nfkc().filter(|&c| !is_ornament(c)).map(keep));
        prose.push(' ');
    }
    prose
}

/// Signs within words: apostrophes, and the mark between the parts of Persian words.
fn is_within(c: char) -> bool {
    matches!(c, '\'' | '’' | '\u{200C}')
}

/// Whether NFKC leaves a letter as it is, whatever stands beside it: most of Latin, Cyrillic and Arabic, and emoji.
fn is_plain(c: char) -> bool {
    matches!(c, '\0'..='\u{7F}' | 'À'..='ž' | 'А'..='џ' | 'ء'..='ي' | '\u{066E}'..='\u{0674}' | '\u{0679}'..='\u{06D3}' | '،' | '؟' | '’' | '\u{200C}' | '\u{2600}'..='\u{27BF}' | '\u{1F300}'..='\u{1FAFF}')
        && !matches!(c, 'Ĳ' | 'ĳ' | 'Ŀ' | 'ŀ' | 'ŉ')
}

/// A letter in the form in which common words are compared: lower case, one form of apostrophe, and of the letters that
/// Arabic and Persian keyboards write differently.
fn same_letter(c: char) -> impl Iterator<Item = char> {
    let (one, rest) = match c {
        'ی' | 'ى' => (Some('ي'), None),
        'ک' => (Some('ك'), None),
        'ۀ' => (Some('ه'), None),
        '’' => (Some('\''), None),
        '\u{200C}' => (None, None),
        'ء'..='ۿ' => (Some(c), None),
        _ if c.is_ascii() => (Some(c.to_ascii_lowercase()), None),
        _ => (None, Some(c.to_lowercase())),
    };
    one.into_iter().chain(rest.into_iter().flatten())
}

/// Letters that only some languages have.
#[derive(Clone, Copy)]
enum Class {
    /// Persian and Urdu; two of them only their own forms of Arabic letters.
    Persian,
    Urdu,
    /// Arabic alone.
    Arabic,
    Uyghur,
    Kurdish,
    Pashto,
    Sindhi,
    Cyrillic,
    Russian,
    /// Ukrainian, Belarusian, Serbian, Macedonian.
    Neighbour,
    Turkic,
}

/// The classes of a letter, as bits.
fn classes(c: char) -> u16 {
    let of = |class: Class| 1 << class as u16;
    match c {
        'ە' | 'ێ' | 'ۆ' | 'ڵ' | 'ڕ' => of(Class::Kurdish),
        'پ' | 'چ' | 'ژ' | 'گ' | 'ک' | 'ی' => of(Class::Persian),
        'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ے' | 'ہ' | 'ھ' => of(Class::Urdu),
        'ة' | 'ي' | 'ك' | 'ى' | 'أ' | 'إ' => of(Class::Arabic),
        'ڭ' | 'ۋ' | 'ۈ' => of(Class::Uyghur),
        'ټ' | 'ډ' | 'ړ' | 'ښ' | 'ږ' | 'ڼ' | 'ې' | 'ځ' | 'څ' => of(Class::Pashto),
        'ڄ' | 'ٺ' | 'ٽ' | 'ڏ' | 'ڊ' | 'ڌ' | 'ڻ' | 'ڀ' | 'ڙ' | 'ڪ' | 'ڳ' => of(Class::Sindhi),
        'ы' | 'э' | 'ё' | 'Ы' | 'Э' | 'Ё' => of(Class::Cyrillic) | of(Class::Russian),
        'і' | 'ї' | 'є' | 'ґ' | 'ў' | 'І' | 'Ї' | 'Є' | 'Ґ' | 'Ў' | 'ј' | 'љ' | 'њ' | 'ђ' | 'ћ' | 'џ' | 'ѓ' | 'ќ'
        | 'ѕ' => of(Class::Cyrillic) | of(Class::Neighbour),
        'ә' | 'ғ' | 'қ' | 'ң' | 'ө' | 'ұ' | 'ү' | 'һ' | 'ҳ' | 'ҷ' | 'ӣ' | 'ӯ' => {
            of(Class::Cyrillic) | of(Class::Turkic)
        }
        '\u{0400}'..='\u{052F}' => of(Class::Cyrillic),
        _ => 0,
    }
}

/// The language of which a letter is a sign as good as a common word.
fn sign_of(c: char) -> Option<(&'static str, u16)> {
    Some(match c {
        'ğ' => ("tr", 1),
        'ı' => ("tr", 2),
        'ş' => ("tr", 4),
        'ə' => ("az", 8),
        'ß' => ("de", 16),
        'ñ' => ("es", 32),
        'ã' => ("pt", 64),
        'õ' => ("pt", 128),
        'œ' => ("fr", 256),
        'ê' => ("fr", 512),
        'û' => ("fr", 1024),
        _ => return None,
    })
}

/// What was found in a text.
#[derive(Default)]
struct Found {
    /// Letters, and of these in Arabic script.
    letters: usize,
    arabic: usize,
    /// Letters of each [`Class`].
    classes: [usize; 11],
    /// Words with the Arabic article or the feminine ending.
    articles: usize,
    /// The common words of each language, in twelfths.
    common: Vec<u32>,
    signs: u16,
}

impl Found {
    fn of(text: &str) -> Self {
        let mut found = Self { common: vec![0; COMMON.0.len()], ..Self::default() };
        let mut word = String::with_capacity(64);
        for part in words(text) {
            if part.chars().all(is_plain) {
                part.chars().for_each(|c| found.read(c, &mut word));
            } else {
                part.nfkc().for_each(|c| found.read(c, &mut word));
            }
            found.end(&mut word);
        }
        found
    }

    fn read(&mut self, c: char, word: &mut String) {
        if c.is_ascii() {
            if c.is_ascii_alphabetic() {
                self.letters += 1;
                word.push(c.to_ascii_lowercase());
            } else if c == '\'' {
                word.push(c);
            } else {
                self.end(word);
            }
            return;
        }
        if is_ornament(c) {
            return;
        }
        let weight = weight(c);
        if weight == 0 && !is_combining_mark(c) && !is_within(c) {
            return self.end(word);
        }
        self.letters += weight;
        self.arabic += usize::from(in_arabic_script(c));
        let mut classes = classes(c);
        while classes != 0 {
            self.classes[classes.trailing_zeros() as usize] += 1;
            classes &= classes - 1;
        }
        if c == 'ة' {
            self.articles += 1;
        }
        word.extend(same_letter(c));
        if let Some((language, bit)) = sign_of(c).filter(|(_, bit)| self.signs & bit == 0) {
            self.signs |= bit;
            self.add(language, WORD);
        }
    }

    fn end(&mut self, word: &mut String) {
        let (languages, common) = &*COMMON;
        let whole = word.trim_matches('\'');
        if !whole.is_empty() {
            self.articles += usize::from(whole.starts_with("ال") && whole.len() > 6);
            // French and Italian leave out a vowel: `l'ami`.
            let elided = || whole.find('\'').and_then(|at| common.get(&whole[..=at]));
            let mut bits = common.get(whole).or_else(elided).copied().unwrap_or(0);
            let part = WORD / bits.count_ones().max(1);
            while bits != 0 {
                self.common[bits.trailing_zeros() as usize % languages.len()] += part;
                bits &= bits - 1;
            }
        }
        word.clear();
    }

    fn count(&self, class: Class) -> usize {
        self.classes[class as usize]
    }

    fn add(&mut self, language: &str, words: u32) {
        if let Some(at) = COMMON.0.iter().position(|l| *l == language) {
            self.common[at] += words;
        }
    }

    fn in_language(&self, language: &str) -> u32 {
        COMMON.0.iter().position(|l| *l == language).map_or(0, |at| self.common[at])
    }

    fn east_words(&self) -> u32 {
        EAST.into_iter().map(|l| self.in_language(l)).sum()
    }

    /// The most of any language in other letters.
    fn other_words(&self) -> u32 {
        let all = COMMON.0.iter().zip(&self.common);
        all.filter(|(l, _)| !EAST.contains(l)).map(|(_, n)| *n).max().unwrap_or(0)
    }

    /// The two languages of which a text has most.
    fn two_best(&self) -> ((&'static str, u32), (&'static str, u32)) {
        let mut best = [("", 0); 2];
        for (language, found) in COMMON.0.iter().zip(&self.common) {
            if *found > best[0].1 {
                best = [(language, *found), best[0]];
            } else if *found > best[1].1 {
                best[1] = (language, *found);
            }
        }
        (best[0], best[1])
    }

    /// The language of a text in Arabic script. whatlang takes short Arabic for Persian or Urdu and the other way round,
    /// so common words and the letters that only some of these languages have decide, and its guess where they do not.
    fn of_arabic_script(&self, text: &str) -> Option<&'static str> {
        let own = [(Class::Uyghur, "ug"), (Class::Kurdish, "ku"), (Class::Pashto, "ps"), (Class::Sindhi, "sd")];
        if let Some((_, language)) = own.into_iter().find(|(class, _)| self.count(*class) > 1) {
            return Some(language);
        }
        let [persian, urdu, arabic] = [Class::Persian, Class::Urdu, Class::Arabic].map(|class| self.count(class));
        let [in_arabic, in_persian, in_urdu] = EAST.map(|language| self.in_language(language));
        let east = || {
            let is_urdu = if in_persian.abs_diff(in_urdu) >= WORD {
                in_urdu > in_persian
            } else {
                urdu > 0 && (4 * urdu > persian || guess(text).is_some_and(|(lang, _)| lang == Lang::Urd))
            };
            Some(if is_urdu { "ur" } else { "fa" })
        };
        // Arabic phrases are quoted in Persian and Urdu more than these are in Arabic: their words of grammar go first.
        let in_east = in_persian.max(in_urdu);
        if in_east >= 2 * WORD && 4 * in_east > in_arabic || in_east >= WORD && persian + urdu > 0 {
            return east();
        }
        // Persian typed on an Arabic keyboard seldom has the article or the feminine ending; Arabic with a foreign name
        // or a word of dialect in it has more letters of its own.
        if persian + urdu > arabic {
            return east();
        }
        if in_arabic > in_east || self.articles > 0 {
            return Some("ar");
        }
        // Nothing but letters that all of them have: not Arabic for want of a sign of anything else.
        match persian + urdu {
            0 if arabic > 0 || guess(text).is_some_and(|(lang, _)| lang == Lang::Ara) => Some("ar"),
            0 => None,
            _ => east(),
        }
    }
}

/// Languages in Arabic script that have common words here.
const EAST: [&str; 3] = ["ar", "fa", "ur"];

/// How much a character tells: one of a Chinese, Japanese or Korean text as much as three letters.
fn weight(c: char) -> usize {
    match c {
        'ء'..='ي' | '\u{0679}'..='\u{06D3}' | 'А'..='я' => 1,
        '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{20000}'..='\u{3FFFF}' => 3,
        _ => usize::from(c.is_alphabetic()),
    }
}

fn in_arabic_script(c: char) -> bool {
    matches!(c, '\u{0620}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{08A0}'..='\u{08FF}')
}

/// The language an account writes in: that of most of its posts (the declared language of a post, else the one of its
/// text), else of its description, else the one declared in its profile. Of languages equally often written, the one
/// of the profile, else the first by its code. Posts whose language is not told have no vote; each of the others has one.
pub fn account_language<'a>(
    profile: Option<&str>,
    description: Option<&str>,
    posts: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> Option<String> {
    let profile = profile.and_then(declared);
    let mut posts_in: BTreeMap<String, usize> = BTreeMap::new();
    for (lang, text) in posts {
        let lang = lang.and_then(declared).or_else(|| text.and_then(language).map(str::to_owned));
        if let Some(lang) = lang {
            *posts_in.entry(lang).or_default() += 1;
        }
    }
    let most = posts_in.values().max().copied();
    let mut written = posts_in.iter().filter(|(_, n)| Some(**n) == most).map(|(lang, _)| lang);
    let first = written.next().cloned();
    match &profile {
        Some(lang) if written.any(|l| l == lang) => profile,
        _ => first.or_else(|| description.and_then(language).map(str::to_owned)).or(profile),
    }
}

#[cfg(test)]
mod tests;
