//! In which language a text is, and an account writes.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use whatlang::{Detector, Lang};

use super::{LONGEST, is_ornament};

/// Letters that a text needs before its language is guessed.
const FEWEST_LETTERS: usize = 12;
/// whatlang's confidence that is enough. Its own threshold of 0.9 leaves a third of short English and Spanish texts
/// without a language; on the simulated sentences this one leaves a tenth, and fewer than one in a hundred is wrong.
/// Common words then tell the language of most of that tenth.
const SURE: f64 = 0.5;

/// The language of a text as an ISO 639-1 code; none where the text is too short or too mixed to tell.
///
/// ```
/// use netcensus::text::language;
/// assert_eq!(language("@amira شربنا القهوة في الحديقة هذا الصباح #قهوة https://a.example/1"), Some("ar"));
/// assert_eq!(language("ok 👍 123"), None);
/// ```
pub fn language(text: &str) -> Option<&'static str> {
    let words = prose(text);
    let letters: usize = words.chars().map(weight).sum();
    if letters < FEWEST_LETTERS {
        return None;
    }
    let arabic = words.chars().filter(|&c| in_arabic_script(c)).count();
    if 2 * arabic > letters {
        return Some(of_arabic_script(&words));
    }
    match guess(&words)? {
        (lang, sureness) if sureness >= SURE => Some(code(lang)),
        _ => by_common_words(&words),
    }
}

/// whatlang's guess and how sure it is of it; slow.
fn guess(words: &str) -> Option<(Lang, f64)> {
    // Nobody posts in Latin or Esperanto as often as short texts in other languages look like them.
    let detector = Detector::with_denylist(vec![Lang::Lat, Lang::Epo]);
    detector.detect(words).map(|guess| (guess.lang(), guess.confidence()))
}

/// A text's words: without links, mentions, signs, digits and emoji. The words of a hashtag stay.
fn prose(text: &str) -> String {
    let text: String = text.chars().take(LONGEST).collect();
    let foreign =
        |w: &&str| w.starts_with('@') || *w == "RT" || w.starts_with("www.") || w.to_ascii_lowercase().contains("://");
    let mut words = String::with_capacity(text.len());
    for word in text.split_whitespace().filter(|w| !foreign(w)) {
        let keep = |c: char| if c.is_alphabetic() || is_combining_mark(c) || "'’".contains(c) { c } else { ' ' };
        words.extend(word.nfkc().filter(|&c| !is_ornament(c)).map(keep));
        words.push(' ');
    }
    words
}

/// Common words of the languages in Latin letters that are most written, for texts too short for whatlang.
const COMMON: [(&str, &str); 9] = [
    ("en", "the and is are was of to in on at for with this that we you it my not have"),
    ("fr", "le la les un une des du de et est en dans pour sur avec ce je nous vous pas que"),
    ("es", "el la los las un una de del y es en por para con que no mi muy pero este"),
    ("pt", "o os um uma de da do e em no na por para com que não muito meu mas este"),
    ("it", "il lo la gli un una di del della e in per con che non sono ma questo molto mio"),
    ("de", "der die das den ein eine und ist war in im auf mit für von zu ich wir nicht auch"),
    ("nl", "de het een en is was in op met voor van te ik we wij niet ook dat dit maar"),
    ("tr", "bir ve bu da de için ile çok ama ben biz ne var gibi daha sonra en mi değil her"),
    ("id", "yang dan di ke dari ini itu dengan untuk kami saya tidak ada akan lalu sudah juga dia kita bisa"),
];

/// The language of which a text has the most common words: two of them, and more than of any other.
fn by_common_words(words: &str) -> Option<&'static str> {
    let words = words.to_lowercase();
    let found = |common: &str| words.split(' ').filter(|&word| common.split(' ').any(|c| c == word)).count();
    let mut counts = COMMON.map(|(lang, common)| (found(common), lang));
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let [(most, lang), (next, _), ..] = counts;
    (most >= 2 && most > next).then_some(lang)
}

/// How much a character tells: one of a Chinese, Japanese or Korean text as much as three letters.
fn weight(c: char) -> usize {
    match c {
        '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{20000}'..='\u{3FFFF}' => 3,
        _ => usize::from(c.is_alphabetic()),
    }
}

fn in_arabic_script(c: char) -> bool {
    matches!(c, '\u{0620}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{08A0}'..='\u{08FF}')
}

/// The language of a text in Arabic script. whatlang takes short Arabic for Persian or Urdu and the other way round,
/// so letters that only some of these languages have decide, and its guess where they do not.
fn of_arabic_script(words: &str) -> &'static str {
    let count = |letters: &str| words.chars().filter(|&c| letters.contains(c)).count();
    if count("ێۆڵڕە") > 1 {
        return "ku";
    }
    if count("ټډړښږڼېځڅ") > 1 {
        return "ps";
    }
    // Letters of Persian and Urdu, two of them only their own forms of Arabic letters; letters of Arabic alone.
    let (persian, urdu, arabic) = (count("پچژگکی"), count("ٹڈڑںےہھ"), count("ةيكىأإ"));
    if persian + urdu == 0 {
        return "ar";
    }
    let guess = guess(words).map(|(lang, _)| lang);
    let east = if urdu > 0 && (guess == Some(Lang::Urd) || 4 * urdu > persian) { "ur" } else { "fa" };
    if persian + urdu > arabic {
        return east;
    }
    // Arabic with a foreign name or a word of dialect in it, or Persian typed on an Arabic keyboard: that seldom has
    // the article or the feminine ending.
    let is_arabic = |w: &str| w.chars().count() > 3 && w.starts_with("ال") || w.ends_with('ة');
    if guess == Some(Lang::Ara) || words.split(' ').any(is_arabic) { "ar" } else { east }
}

/// The ISO 639-1 code of a language that whatlang knows.
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "no",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    }
}

/// A declared language, such as `en-GB`, `ara` or `iw`, as a short code; none for codes that mean "not known".
pub fn declared(tag: &str) -> Option<String> {
    let primary: String = tag.trim().chars().take_while(|c| c.is_ascii_alphabetic()).take(4).collect();
    let primary = primary.to_ascii_lowercase();
    match primary.as_str() {
        // Also Twitter's own: tags only, links only, media only, too short.
        "und" | "zxx" | "mis" | "mul" | "art" | "qam" | "qct" | "qht" | "qme" | "qst" => None,
        "iw" => Some("he".into()),
        "in" => Some("id".into()),
        "ji" => Some("yi".into()),
        "nb" | "nn" => Some("no".into()),
        "prs" => Some("fa".into()),
        "ckb" | "kmr" => Some("ku".into()),
        "fre" => Some("fr".into()),
        "ger" => Some("de".into()),
        "per" => Some("fa".into()),
        "chi" | "zho" => Some("zh".into()),
        "fas" => Some("fa".into()),
        short => match (short.len(), Lang::from_code(short)) {
            (2, _) => Some(primary),
            (3, Some(lang)) => Some(code(lang).into()),
            (3, None) => Some(primary),
            _ => None,
        },
    }
}

/// The language an account writes in: that of most of its posts (the declared language of a post, else the one of its
/// text), else of its description, else the one declared in its profile. Of languages equally often written, the one
/// of the profile, else the first by its code.
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
