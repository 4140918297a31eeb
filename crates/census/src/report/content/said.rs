//! What other steps say in English (how a figure was made, why there is none), in the language of the report.
//!
//! Those sentences stand in `estimate.json` and its kin, made where the figure is. Here they are found again by their
//! words: `said-` and the sentence's words with hyphens, numbers taken out and put in again as `a`, `b`, `c`. What is made
//! of several, with `; ` or `: ` between, is taken apart. A sentence that has no text stands as it is.

use std::collections::HashSet;

use super::{LONG, Words, strange};
use crate::Result;
use crate::report::text::clean;
use crate::texts::{Arg, Line, Span};

/// Longest name of a text.
const NAME: usize = 90;
/// What may stand between parts of a sentence, and the text of it.
const BETWEEN: [(&str, &str); 3] = [(";", "words-semicolon"), (":", "words-colon"), (",", "words-comma")];
const ARGS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

impl Words<'_> {
    /// A sentence of another step's.
    pub(super) fn said(&self, english: &str) -> Result<Line> {
        let english = clean(english, LONG);
        Ok(match self.known(&english, &mut HashSet::new())? {
            Some(line) => line,
            None => strange(&english, LONG),
        })
    }

    /// The text of a sentence, or of what it begins with and then of the rest. `dead` are the rests, by their length, that
    /// were found to have none.
    fn known(&self, english: &str, dead: &mut HashSet<usize>) -> Result<Option<Line>> {
        if let Some(line) = self.entire(english)? {
            return Ok(Some(line));
        }
        // The longest beginning first: what is said of it as a whole is said better.
        for (at, _) in english.rmatch_indices(' ') {
            let (first, rest) = (&english[..at], &english[at + 1..]);
            let mark = BETWEEN.iter().find(|(sign, _)| first.ends_with(*sign)).map(|(_, mark)| *mark);
            let (Some(mark), false) = (mark, dead.contains(&rest.len())) else { continue };
            let Some(first) = self.entire(&first[..at - 1])? else { continue };
            // One that is known and one that is not would be read as two languages in one sentence.
            if let Some(rest) = self.known(rest, dead)? {
                let mark = Line(vec![Span::Plain(self.plain(mark, &[])? + " ")]);
                return Ok(Some(first.and(mark).and(rest)));
            }
        }
        dead.insert(english.len());
        Ok(None)
    }

    /// The text of a sentence that has one as a whole.
    fn entire(&self, english: &str) -> Result<Option<Line>> {
        let (key, numbers) = key(english);
        if !self.texts.has(&key) {
            return Ok(None);
        }
        let args: Vec<(&str, Arg)> = ARGS.into_iter().zip(numbers.into_iter().map(Arg::Number)).collect();
        self.say(&key, &args).map(Some)
    }
}

/// The name of a sentence's text, and the numbers in it.
pub(super) fn key(english: &str) -> (String, Vec<String>) {
    let mut key = String::from("said-");
    let mut numbers = Vec::new();
    let mut chars = english.chars().peekable();
    let part = |key: &mut String, c: char| {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !key.ends_with('-') && c != '\'' {
            key.push('-');
        }
    };
    while let Some(c) = chars.next() {
        if !c.is_ascii_digit() {
            part(&mut key, c);
            continue;
        }
        let mut number = String::from(c);
        while let Some(&next) = chars.peek() {
            let mut ahead = chars.clone();
            ahead.next();
            let inside = matches!(next, '.' | ',') && ahead.next().is_some_and(|c| c.is_ascii_digit());
            if !next.is_ascii_digit() && !inside {
                break;
            }
            number.push(next);
            chars.next();
        }
        numbers.push(number);
        part(&mut key, 'n');
    }
    let name: String = key.chars().take(NAME).collect();
    (name.trim_end_matches('-').to_owned(), numbers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::texts::{Digits, Lang, Texts};

    fn said(lang: Lang, english: &str) -> String {
        let texts = Texts::new(lang, Digits::Western).unwrap();
        let w = Words { texts: &texts, level: "95 %".into(), mark: Line::default() };
        w.said(english).unwrap().plain().replace(|c| ('\u{2066}'..='\u{2069}').contains(&c), "")
    }

    #[test]
    fn sentences_are_found_by_their_words() {
        let (name, numbers) = key("The tenth's 12,345 of 2.50, at 7.");
        assert_eq!((name.as_str(), numbers.join(" ").as_str()), ("said-the-tenths-n-of-n-at-n", "12,345 2.50 7"));
        assert!(key(&"x ".repeat(500)).0.len() <= NAME);
    }

    #[test]
    fn what_is_known_is_translated_and_what_is_not_stands_as_it_is() {
        let arabic = |text: &str| text.chars().any(|c| ('\u{0600}'..='\u{06FF}').contains(&c));
        let method = "difference estimator, gamma limits joined by MOVER; corrected for coder error by 120 gold items (Rogan–Gladen)";
        assert_eq!(said(Lang::En, method), method);
        assert!(
            arabic(&said(Lang::Ar, method)) && said(Lang::Ar, method).contains("120"),
            "{}",
            said(Lang::Ar, method)
        );
        // A part may hold a comma of its own.
        for method in [
            "frame total and how much of the list the frame holds, doubly robust, odds ratio 1.15",
            "share of members, model-assisted, linearised",
        ] {
            assert_eq!(said(Lang::En, method), method);
            assert!(!said(Lang::Ar, method).contains(|c: char| c.is_ascii_alphabetic()), "{}", said(Lang::Ar, method));
        }
        // What is known and what is not, as often as fits.
        let long = "share of members, linearised, wald, ".repeat(14) + "by magic";
        assert_eq!(said(Lang::Ar, &long), long);
        assert_eq!(said(Lang::Ar, "by magic, 12 times"), "by magic, 12 times");
        assert_eq!(said(Lang::En, ""), "");
    }

    /// Each English text is the sentence that it is found by.
    #[test]
    fn the_names_of_the_texts_are_their_words() {
        let texts = Texts::new(Lang::En, Digits::Western).unwrap();
        let mut seen = 0;
        for name in include_str!("../../../texts/en/said.ftl").lines().filter_map(|l| l.split_once(" = ")).map(|l| l.0)
        {
            let args: Vec<(&str, Arg)> = ARGS.iter().map(|a| (*a, Arg::Number("1".into()))).collect();
            let text = texts.plain(name, &args).unwrap().replace(|c| ('\u{2066}'..='\u{2069}').contains(&c), "");
            assert_eq!(key(&text).0, name);
            seen += 1;
        }
        assert!(seen > 50);
    }
}
