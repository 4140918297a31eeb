//! What an account calls itself in its name and description, where that is the role of more than a person.
//!
//! Only whole words count, and only what the account says: whether it speaks for anybody is for people to find out.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Characters of a name and of a description that are looked at.
const LONGEST: usize = 1_000;

/// A role and the words for it, in their plain form (see [`plain`]); a `*` stands for any ending, a space parts words that must follow each other.
const ROLES: [(&str, &[&str]); 4] = [
    (
        UNOFFICIAL,
        &[
            "unofficial",
            "not official",
            "fan account",
            "fan page",
            "fanpage",
            "parody",
            "satire",
            "غير رسمي",
            "غير رسميه",
            "non officiel",
            "nicht offiziell*",
            "inoffiziell*",
            "gayriresmi",
            "неофициальн*",
            "no oficial",
        ],
    ),
    (
        OFFICIAL,
        &[
            "official",
            "officiel",
            "officielle",
            "offiziell*",
            "oficial",
            "resmi",
            "resmi hesabi",
            "официальн*",
            "رسمي",
            "رسميه",
            "rasmi",
        ],
    ),
    (
        MEDIA,
        &[
            "media",
            "news",
            "newspaper",
            "agency",
            "press",
            "broadcast*",
            "radio",
            "tv",
            "channel",
            "magazine",
            "medya",
            "haber",
            "ajansi",
            "اعلام",
            "اعلامي",
            "اعلاميه",
            "اخبار",
            "وكاله",
            "صحيفه",
            "صحافه",
            "اذاعه",
            "قناه",
            "مجله",
            "موسسه",
            "شبكه",
            "خبرگزاري",
            "رسانه",
            "نيوز",
            "новости",
            "агентство",
            "канал",
            "actualites",
            "agence",
            "noticias",
            "nachrichten",
        ],
    ),
    (
        BACKUP,
        &[
            "backup",
            "back up",
            "backup account",
            "second account",
            "new account",
            "old account",
            "suspended",
            "احتياطي",
            "حساب جديد",
            "حساب ثاني",
            "حساب بديل",
            "الحساب البديل",
            "بعد الحذف",
            "بعد التعليق",
            "yedek",
            "yedek hesap",
            "запаснои",
            "резервн*",
            "compte de secours",
        ],
    ),
];

pub(super) const UNOFFICIAL: &str = "unofficial";
pub(super) const OFFICIAL: &str = "official";
pub(super) const MEDIA: &str = "media";
pub(super) const BACKUP: &str = "backup";

/// What stands before a noun in Arabic without a blank: the article, also behind `and`, `by` and `for`.
const ARTICLES: [&str; 4] = ["ال", "وال", "بال", "لل"];

/// The phrases by their first word, and those of one word that may go on.
static PHRASES: LazyLock<Phrases> = LazyLock::new(Phrases::new);

struct Phrases {
    /// The number of the role, and the words that follow the first.
    whole: HashMap<&'static str, Vec<(usize, Vec<&'static str>)>>,
    starts: Vec<(usize, Vec<&'static str>)>,
}

impl Phrases {
    fn new() -> Self {
        let (mut whole, mut starts): (HashMap<_, Vec<_>>, _) = (HashMap::new(), Vec::new());
        for (role, (_, list)) in ROLES.iter().enumerate() {
            for phrase in *list {
                let words: Vec<&str> = phrase.split(' ').collect();
                match words.split_first() {
                    Some((first, rest)) if !first.ends_with('*') => {
                        whole.entry(*first).or_default().push((role, rest.to_vec()))
                    }
                    _ => starts.push((role, words)),
                }
            }
        }
        Self { whole, starts }
    }

    /// Marks the roles whose phrases begin at the first of these words.
    fn find(&self, words: &[String], found: &mut [bool; ROLES.len()]) {
        let Some((first, rest)) = words.split_first() else { return };
        let bare = ARTICLES.iter().filter_map(|article| first.strip_prefix(article));
        for form in std::iter::once(first.as_str()).chain(bare) {
            for (role, wanted) in self.whole.get(form).into_iter().flatten() {
                found[*role] |= begin(rest, wanted);
            }
        }
        self.starts.iter().for_each(|(role, wanted)| found[*role] |= begin(words, wanted));
    }
}

/// Whether words begin with those wanted.
fn begin(words: &[String], wanted: &[&str]) -> bool {
    let is = |(word, wanted): (&String, &&str)| match wanted.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == wanted || ARTICLES.iter().any(|article| word.strip_prefix(article) == Some(wanted)),
    };
    words.len() >= wanted.len() && words.iter().zip(wanted).all(is)
}

/// The roles that a name and a description claim. Whoever says that it is not official is not.
pub(super) fn roles(name: Option<&str>, description: Option<&str>) -> Vec<&'static str> {
    let mut claimed = [false; ROLES.len()];
    for words in [name, description].into_iter().flatten().map(plain) {
        (0..words.len()).for_each(|from| PHRASES.find(&words[from..], &mut claimed));
    }
    let mut found: Vec<&str> =
        ROLES.iter().zip(claimed).filter(|(_, claimed)| *claimed).map(|((role, _), _)| *role).collect();
    if found.contains(&UNOFFICIAL) {
        found.retain(|role| *role != OFFICIAL);
    }
    found
}

/// The words of a text in lower case, without accents and Arabic vowel signs, with one form for each alef, ya and ta marbuta.
fn plain(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.chars().take(LONGEST).nfkd().flat_map(char::to_lowercase) {
        match c {
            // Accents, vowel signs, the hamza of an alef that was taken apart, tatweel.
            '\u{300}'..='\u{36F}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{640}' => (),
            'ى' | 'ی' => push(&mut words, 'ي'),
            'ة' => push(&mut words, 'ه'),
            'ٱ' => push(&mut words, 'ا'),
            'ک' => push(&mut words, 'ك'),
            'ı' => push(&mut words, 'i'),
            c if c.is_alphanumeric() => push(&mut words, c),
            // An apostrophe and an underscore part words as a blank does.
            _ if words.last().is_some_and(|word| !word.is_empty()) => words.push(String::new()),
            _ => (),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn push(words: &mut [String], c: char) {
    if let Some(word) = words.last_mut() {
        word.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn roles_are_claimed_in_words() {
        let of = |text: &str| roles(None, Some(text));
        assert_eq!(of("The OFFICIAL account of nobody"), [OFFICIAL]);
        assert_eq!(of("الحساب الرسمي"), [OFFICIAL]);
        assert_eq!(of("حسابٌ رسميّ"), [OFFICIAL]);
        assert_eq!(of("Compte officiel"), [OFFICIAL]);
        assert_eq!(of("Unofficial. Not official!"), [UNOFFICIAL]);
        assert_eq!(of("حساب غير رسمي"), [UNOFFICIAL]);
        assert_eq!(of("مؤسسة للإعلام والأخبار"), [MEDIA]);
        assert_eq!(of("my backup account"), [BACKUP]);
        assert_eq!(roles(Some("Some News"), Some("official")), [OFFICIAL, MEDIA]);
        for none in ["", "officialdom", "mediation", "شخص عادي", "I like tea", "💬"] {
            assert!(of(none).is_empty(), "{none}");
        }
        assert!(roles(None, None).is_empty());
    }

    #[test]
    fn every_word_is_plain() {
        for (_, list) in ROLES {
            for phrase in list {
                let bare = phrase.replace('*', "");
                assert_eq!(plain(&bare).join(" "), bare, "it would never be found");
            }
        }
    }

    #[test]
    fn long_texts_are_cut() {
        assert!(roles(None, Some(&format!("{}official", "x ".repeat(1 << 20)))).is_empty());
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(name in ".*", text in ".*") {
            let _ = roles(Some(&name), Some(&text));
        }
    }
}
