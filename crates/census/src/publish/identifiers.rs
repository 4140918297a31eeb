//! What in a text leads to an account or a person.

use std::fmt;

/// Digits in a row that are an id or a telephone number: dates and parted thousands have fewer.
const LONG: usize = 9;

/// Something in a text that leads to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    /// `did:plc:…`, `did:web:…`
    Did,
    /// `@name`, `name@host`
    Mention,
    /// An address on the web, with or without its scheme, that leads further than to a site.
    Link,
    /// A long number: an account's or a post's id, or a telephone number.
    Number,
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Identifier::Did => "a DID",
            Identifier::Mention => "a mention or a mail address",
            Identifier::Link => "a link",
            Identifier::Number => "a long number, which can be an id or a telephone number",
        })
    }
}

/// What leads to somebody in a text, each kind once.
///
/// ```
/// use netcensus::publish::{Identifier, identifiers};
/// assert_eq!(identifiers("written by @somebody"), [Identifier::Mention]);
/// assert_eq!(identifiers("the harbour's friends, 2014-09-27, 12,345,678"), []);
/// ```
pub fn identifiers(text: &str) -> Vec<Identifier> {
    let text: String = plain(text);
    let mut found = Vec::new();
    if text.split("did:").skip(1).any(|rest| rest.split(':').next().is_some_and(is_word) && rest.contains(':')) {
        found.push(Identifier::Did);
    }
    let after = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if text.match_indices('@').any(|(at, sign)| after(text[at + sign.len()..].chars().next())) {
        found.push(Identifier::Mention);
    }
    if text.contains("://") || text.split_whitespace().any(leads_on) {
        found.push(Identifier::Link);
    }
    if long_number(&text) {
        found.push(Identifier::Number);
    }
    found
}

/// Words of a text that look like a handle: with a digit, a low line or a point inside, or led by an at sign.
pub(super) fn handle_like(text: &str) -> impl Iterator<Item = &str> {
    let edge = |c: char| !(c.is_alphanumeric() || c == '_' || c == '@');
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '"' | '«' | '»'));
    words.map(move |word| word.trim_matches(edge)).filter(|word| {
        let letters = word.chars().any(char::is_alphabetic);
        letters && word.chars().any(|c| c.is_numeric() || matches!(c, '_' | '.' | '@'))
    })
}

/// Words that stand side by side in a text, two to four of them: what a display name of several words can be.
pub(super) fn runs(text: &str) -> Vec<String> {
    const MOST: usize = 600;
    let words: Vec<&str> = text.split_whitespace().take(MOST).collect();
    let run = |from: usize| (2..=4).filter_map(move |n| Some((from, from.checked_add(n)?)));
    let runs = (0..words.len()).flat_map(run).filter(|(_, to)| *to <= words.len());
    runs.map(|(from, to)| words[from..to].join(" ")).collect()
}

/// Compatibility forms and digits of all scripts as ASCII; marks that only hide are gone.
fn plain(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let digit = |c: char| match c {
        '\u{660}'..='\u{669}' => char::from_digit(c as u32 - 0x660, 10).unwrap_or(c),
        '\u{6F0}'..='\u{6F9}' => char::from_digit(c as u32 - 0x6F0, 10).unwrap_or(c),
        c => c,
    };
    let seen = |c: &char| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{AD}');
    text.nfkc().filter(seen).map(digit).flat_map(char::to_lowercase).collect()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}

/// `site.example/path`: a host with a path behind it.
fn leads_on(word: &str) -> bool {
    let Some((host, path)) = word.split_once('/') else { return false };
    let host = host.trim_start_matches(|c: char| !c.is_alphanumeric());
    let path = path.trim_end_matches(|c: char| !c.is_alphanumeric());
    !path.is_empty() && crate::text::domain(host).is_some()
}

/// Digits that belong together: in a row, or parted as telephone numbers are. Parted thousands are no such number, as they
/// are in groups of three behind commas.
fn long_number(text: &str) -> bool {
    let (mut digits, mut plus, mut last) = (0, false, ' ');
    for c in text.chars().chain([' ']) {
        match c {
            c if c.is_ascii_digit() => digits += 1,
            // A date has two hyphens and eight digits; a telephone number with a plus has more of both.
            '-' | ' ' | '(' | ')' if plus && digits > 0 && last.is_ascii_digit() => (),
            '(' | ')' | '-' if plus => (),
            _ => {
                if digits > LONG || (plus && digits >= LONG - 1) {
                    return true;
                }
                (digits, plus) = (0, c == '+');
            }
        }
        last = c;
    }
    plus && digits >= LONG - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_leads_to_somebody() {
        use Identifier::{Did, Link, Mention, Number};
        let cases: [(&str, &[Identifier]); 20] = [
            ("supporters of the harbour campaign", &[]),
            ("", &[]),
            ("1,478,000,000 follows, 2014-09-27 to 2014-11-30", &[]),
            ("within 2 waves; 95 % of 20,000", &[]),
            ("news.example and video.example", &[]),
            ("and/or, km/h, 24/7", &[]),
            ("did:plc:ewvi7nxzyoun6zhxrhs64oiz", &[Did]),
            ("DID:web:host.example", &[Did]),
            ("what did: they do", &[]),
            ("@somebody", &[Mention]),
            ("\u{FF20}somebody", &[Mention]),
            ("mail some.body@host.example", &[Mention]),
            ("50 @ 3", &[]),
            ("https://host.example", &[Link]),
            ("at://host/app.bsky.feed.post/3k", &[Link]),
            ("see host.example/profile/somebody.", &[Link]),
            ("account 783214567890", &[Number]),
            ("\u{667}\u{668}\u{663}\u{662}\u{661}\u{664}\u{665}\u{666}\u{667}\u{668}", &[Number]),
            ("call +964 770 123 4567", &[Number]),
            ("id 7\u{200B}83214567890", &[Number]),
        ];
        for (text, expected) in cases {
            assert_eq!(identifiers(text), expected, "{text}");
        }
        assert_eq!(
            handle_like("The group of bob_1 and «alice.example», 50 of a-b").collect::<Vec<_>>(),
            ["bob_1", "alice.example"]
        );
    }

    proptest! {
        #[test]
        fn hidden_marks_hide_nothing(name in "[a-z]{3,12}", before in "[ a-z]{0,9}", mark in "[\u{200B}\u{2066}\u{202E}\u{AD}]{0,3}") {
            prop_assert_eq!(identifiers(&format!("{before} @{mark}{name}")), [Identifier::Mention]);
            prop_assert_eq!(identifiers(&format!("{before} did:{mark}plc:{name}")), [Identifier::Did]);
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,300}") {
            identifiers(&text);
            handle_like(&text).count();
        }
    }
}
