//! What a first page shows: its title, what it says it was made with, the files it asks for, its words. Read as a browser
//! reads it, without running or loading anything. All of it was written by strangers.

use html5gum::{DefaultEmitter, Token, Tokenizer};

/// Characters of a title that are kept.
const LONGEST_TITLE: usize = 120;
/// Bytes of words that are looked at.
const MOST_WORDS: usize = 16 << 10;
/// Files that a page asks for, and bytes of each name.
const MOST_FILES: usize = 400;
const LONGEST_FILE: usize = 512;

/// A first page.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// Fit to print, and never published.
    pub(super) title: Option<String>,
    /// `<meta name=generator>`, lower case.
    pub(super) generators: Vec<String>,
    /// The names of scripts, styles, pictures, frames and forms, lower case.
    pub(super) files: Vec<String>,
    /// The words a visitor sees, lower case, with single blanks.
    pub(super) words: String,
}

/// Reads a page.
pub(super) fn read(bytes: &[u8]) -> Page {
    let text = String::from_utf8_lossy(bytes);
    let (mut page, mut title, mut words) = (Page::default(), String::new(), String::new());
    let (mut silent, mut in_title): (Option<Vec<u8>>, bool) = (None, false);
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    // Reading from memory cannot fail.
    for token in Tokenizer::new_with_emitter(&*text, emitter).flatten() {
        match token {
            Token::StartTag(tag) => {
                let attribute =
                    |name: &[u8]| tag.attributes.get(name).map(|v| String::from_utf8_lossy(v).to_lowercase());
                match &tag.name[..] {
                    b"title" if title.is_empty() => in_title = true,
                    b"script" | b"style" | b"template" | b"svg" | b"noscript"
                        if silent.is_none() && !tag.self_closing =>
                    {
                        silent = Some(tag.name.to_vec());
                    }
                    b"meta" if attribute(b"name").as_deref() == Some("generator") => {
                        let said = attribute(b"content").map(|c| cut(&c, LONGEST_FILE)).filter(|c| !c.is_empty());
                        page.generators.extend(said.filter(|_| page.generators.len() < 8));
                    }
                    _ => words.push(' '),
                }
                let file = [&b"src"[..], b"href", b"action"].into_iter().find_map(attribute);
                // Links of a page say nothing of the page.
                let file = file.filter(|_| &tag.name[..] != b"a" && page.files.len() < MOST_FILES);
                page.files.extend(file.map(|f| cut(&f, LONGEST_FILE)));
            }
            Token::EndTag(tag) => {
                if silent.as_deref() == Some(&tag.name[..]) {
                    silent = None;
                }
                in_title &= &tag.name[..] != b"title";
                words.push(' ');
            }
            Token::String(text) if silent.is_none() => {
                let to = if in_title { &mut title } else { &mut words };
                if to.len() < 4 * MOST_WORDS {
                    to.push_str(&String::from_utf8_lossy(&text));
                }
            }
            _ => (),
        }
    }
    page.title = printable(&title, LONGEST_TITLE);
    page.words = tidy(&words);
    page
}

fn tidy(text: &str) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        if words.len() + word.len() > MOST_WORDS {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&word.to_lowercase());
    }
    words
}

fn cut(text: &str, longest: usize) -> String {
    let mut end = text.len().min(longest);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim().to_owned()
}

/// A stranger's text fit for a terminal: no control characters, no marks that turn or hide text, single blanks, cut.
pub(super) fn printable(text: &str, longest: usize) -> Option<String> {
    let hidden = |c: char| {
        matches!(c, '\u{AD}' | '\u{61C}' | '\u{200B}' | '\u{200D}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' | '\u{E0000}'..='\u{E007F}')
    };
    let blank = |c: char| if c.is_whitespace() || c.is_control() { ' ' } else { c };
    let plain: String = text.chars().take(8 * longest).filter(|c| !hidden(*c)).map(blank).collect();
    let plain: String = plain.split_whitespace().collect::<Vec<&str>>().join(" ").chars().take(longest).collect();
    // A spreadsheet would take these for the beginning of a formula.
    let plain = plain.trim_start_matches(['=', '+', '-', '@', '\t', ' ']).trim_end();
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_a_page_shows() {
        let page = read(
            b"<!doctype html><html><head><title> My\n\x1b[31m Site&lt;/title&gt; \xe2\x80\xaeevil</title>
            <meta name=Generator content='WordPress 6.5'><script>var a = '<p>account suspended</p>';</script>
            <link rel=stylesheet href=/WP-Content/themes/x.css></head><body><h1>Hello</h1>big <b>world</b>
            <a href=/wp-admin/>x</a><img src=pic.png></body>",
        );
        assert_eq!(page.title.as_deref(), Some("My [31m Site</title> evil"));
        assert_eq!(page.generators, ["wordpress 6.5"]);
        assert_eq!(page.files, ["/wp-content/themes/x.css", "pic.png"]);
        assert_eq!(page.words, "hello big world x");
    }

    #[test]
    fn hostile_pages_stay_small() {
        for piece in [
            "<title>",
            "<meta name=generator content=x>",
            "<img src=y>",
            "word ",
            "<script>",
            "&#x202e;",
            "<svg/onload=x>",
        ] {
            let page = read(piece.repeat((256 << 10) / piece.len()).as_bytes());
            assert!(page.words.len() <= MOST_WORDS && page.files.len() <= MOST_FILES && page.generators.len() <= 8);
            assert!(page.title.as_ref().is_none_or(|t| t.chars().count() <= LONGEST_TITLE));
        }
        assert_eq!(read(&[0xff, 0xfe, 0, 1]).title, None);
        assert_eq!(printable("=cmd|' /C calc'!A0", 50).as_deref(), Some("cmd|' /C calc'!A0"));
        assert_eq!(printable("\u{202e}\u{0}\n", 50), None);
    }
}
