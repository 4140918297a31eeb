//! Hashtags.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{LONGEST, MOST, is_ornament};

/// Characters of a hashtag.
const LONGEST_TAG: usize = 100;

/// The hashtags of a text, normalised, in order, each once.
///
/// ```
/// assert_eq!(netcensus::text::hashtags("#Weather today, #طــقس and #weather; C#7, #2014"), ["weather", "طقس"]);
/// ```
pub fn hashtags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut chars = text.chars().take(LONGEST).peekable();
    while let Some(c) = chars.next() {
        if matches!(c, '#' | '＃') && !in_tag(before) && !matches!(before, '&' | '/') {
            let mut tag = String::new();
            while let Some(&next) = chars.peek().filter(|&&next| in_tag(next)) {
                tag.push(next);
                before = next;
                chars.next();
            }
            match hashtag(&tag) {
                Some(tag) if !tags.contains(&tag) && tags.len() < MOST => tags.push(tag),
                _ => (),
            }
            if !tag.is_empty() {
                continue;
            }
        }
        before = c;
    }
    tags
}

/// One hashtag in the form in which it is counted: NFKC, lower case, without Arabic tatweel and vowel signs, without
/// `#`. None for what is no hashtag: without a letter, or too long.
pub fn hashtag(tag: &str) -> Option<String> {
    let tag = tag.trim().trim_start_matches(['#', '＃']);
    // One character of NFKC can become eighteen, so both sides are bounded.
    let normal: String =
        tag.chars().take(LONGEST_TAG + 1).nfkc().filter(|&c| !is_ornament(c)).flat_map(char::to_lowercase).collect();
    let sound = normal.chars().count() <= LONGEST_TAG && normal.chars().all(in_tag);
    (sound && normal.chars().any(char::is_alphabetic)).then_some(normal)
}

fn in_tag(c: char) -> bool {
    // The zero-width non-joiner is part of Persian words.
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '_' | '\u{200C}')
}
