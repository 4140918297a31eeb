//! The words of reports: Fluent files in `texts/`, one folder a language, and none in code.
//!
//! A message becomes a [`Line`]: spans that say what each piece is, so that HTML, PDF and plain text each set it rightly.
//! What is put into a message cannot act as markup or turn the text around it: every argument is isolated (Unicode's
//! directional isolates), and markup is looked for outside of the isolates alone. Numbers and ranges run left to right in
//! every language: a range that a right-to-left paragraph turned around would be a wrong number.

use std::borrow::Cow;
use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::{FluentNumber, FluentNumberOptions};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::{Deserialize, Serialize};
use unic_langid::{LanguageIdentifier, langid};

use crate::{Error, Result};

mod line;

pub use line::{Line, Span};

/// First strong isolate: strangers' words.
const FOREIGN: char = '\u{2068}';
/// Left-to-right isolate: numbers.
const NUMBER: char = '\u{2066}';
/// Left-to-right mark.
const LEFT_TO_RIGHT: char = '\u{200E}';
/// Pop directional isolate.
const END: char = '\u{2069}';

/// The files of a language, in the order of the report.
macro_rules! files {
    ($lang:literal) => {
        [
            include_str!(concat!("../../texts/", $lang, "/words.ftl")),
            include_str!(concat!("../../texts/", $lang, "/report.ftl")),
            include_str!(concat!("../../texts/", $lang, "/said.ftl")),
            include_str!(concat!("../../texts/", $lang, "/charts.ftl")),
            include_str!(concat!("../../texts/", $lang, "/profiles.ftl")),
            include_str!(concat!("../../texts/", $lang, "/posts.ftl")),
            include_str!(concat!("../../texts/", $lang, "/group.ftl")),
        ]
    };
}

/// A language that a report can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Arabic, right to left.
    Ar,
}

impl Lang {
    /// Its code, for `lang="…"`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ar => "ar",
        }
    }

    /// Its direction, for `dir="…"`.
    pub fn dir(self) -> &'static str {
        match self {
            Lang::En => "ltr",
            Lang::Ar => "rtl",
        }
    }

    fn id(self) -> LanguageIdentifier {
        match self {
            Lang::En => langid!("en"),
            Lang::Ar => langid!("ar"),
        }
    }

    fn files(self) -> [&'static str; 7] {
        match self {
            Lang::En => files!("en"),
            Lang::Ar => files!("ar"),
        }
    }
}

/// With which digits numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Digits {
    /// 0123456789
    #[default]
    Western,
    /// ٠١٢٣٤٥٦٧٨٩, with Arabic separators.
    ArabicIndic,
}

/// What is put into a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// A whole number, which also chooses the plural form.
    Count(usize),
    /// A number that is written already.
    Number(String),
    /// Strangers' words, or a name: set apart, with a direction of its own.
    Foreign(String),
    /// Words of these files, such as the name of a language.
    Words(String),
}

/// The words of one language.
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
    lang: Lang,
    digits: Digits,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").field("lang", &self.lang).field("digits", &self.digits).finish()
    }
}

impl Texts {
    /// The words of a language.
    pub fn new(lang: Lang, digits: Digits) -> Result<Self> {
        let mut bundle = FluentBundle::new_concurrent(vec![lang.id()]);
        // Arguments are isolated here, by what they are.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(n) => n.options.currency.clone(),
            _ => None,
        }));
        for file in lang.files() {
            let resource = FluentResource::try_new(file.to_owned())
                .map_err(|(_, errors)| Error::bug(format!("a file of texts cannot be read: {errors:?}")))?;
            bundle.add_resource(resource).map_err(|errors| Error::bug(format!("a text is given twice: {errors:?}")))?;
        }
        Ok(Self { bundle, lang, digits })
    }

    /// The language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The digits.
    pub fn digits(&self) -> Digits {
        self.digits
    }

    /// Whether there is a text of this name.
    pub fn has(&self, key: &str) -> bool {
        let (message, attribute) = parts(key);
        let message = self.bundle.get_message(message);
        message.is_some_and(|m| attribute.map_or(m.value().is_some(), |a| m.get_attribute(a).is_some()))
    }

    /// The text `key`, or `key.attribute`. One that is not there, or lacks an argument, is a bug.
    pub fn say(&self, key: &str, args: &[(&str, Arg)]) -> Result<Line> {
        let (name, attribute) = parts(key);
        let message = self.bundle.get_message(name);
        let pattern = message.and_then(|m| match attribute {
            None => m.value(),
            Some(attribute) => m.get_attribute(attribute).map(|a| a.value()),
        });
        let pattern = pattern.ok_or_else(|| Error::bug(format!("there is no text `{key}` in {}", self.lang.code())))?;
        let mut given = FluentArgs::new();
        for (name, arg) in args {
            given.set(*name, self.value(arg));
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&given), &mut errors);
        match errors.is_empty() {
            true => Ok(self.own_digits(Line::parse(&text))),
            false => Err(Error::bug(format!("the text `{key}` in {} lacks something: {errors:?}", self.lang.code()))),
        }
    }

    /// The text without markup, for an attribute, a cell or a title.
    pub fn plain(&self, key: &str, args: &[(&str, Arg)]) -> Result<String> {
        Ok(self.say(key, args)?.plain())
    }

    /// A written number in this language's digits and separators.
    pub fn number(&self, written: &str) -> String {
        digits(written, self.digits)
    }

    /// A written number as it stands in a sentence or a table. In Arabic nothing stands between it and its sign; on charts
    /// it does, so that both languages have the same picture.
    pub fn number_in_text(&self, written: &str) -> String {
        match self.lang {
            Lang::Ar => self.number(&written.replace("\u{A0}%", "%")),
            Lang::En => self.number(written),
        }
    }

    /// Numbers that stand in a message itself, in this language's digits; strangers' words and code keep theirs.
    fn own_digits(&self, mut line: Line) -> Line {
        if self.digits == Digits::ArabicIndic {
            for span in &mut line.0 {
                if let Span::Plain(text) | Span::Strong(text) | Span::Term(text) = span
                    && text.bytes().any(|b| b.is_ascii_digit())
                {
                    *text = digits_among_words(text);
                }
            }
        }
        line
    }

    /// A number of the same plural form: the crate's rules for Arabic take the last two digits of no number above 100
    /// (CLDR does), so they are given one that they know. What is written travels beside it in the one option that holds a text.
    fn form(&self, n: usize) -> f64 {
        let last = if self.lang == Lang::Ar && n >= 100 { n % 100 } else { n };
        if n >= 100 && last < 3 { 100.0 } else { last as f64 }
    }

    fn value<'a>(&self, arg: &Arg) -> FluentValue<'a> {
        match arg {
            Arg::Count(n) => {
                let written = self.number(&crate::figure::thousands(&n.to_string()));
                let options = FluentNumberOptions {
                    currency: Some(format!("{NUMBER}{written}{END}")),
                    ..FluentNumberOptions::default()
                };
                FluentValue::Number(FluentNumber::new(self.form(*n), options))
            }
            Arg::Number(written) => FluentValue::from(format!("{NUMBER}{}{END}", bare(&self.number_in_text(written)))),
            Arg::Foreign(words) => FluentValue::from(format!("{FOREIGN}{}{END}", bare(words))),
            Arg::Words(words) => FluentValue::from(bare(words).into_owned()),
        }
    }
}

fn parts(key: &str) -> (&str, Option<&str>) {
    key.split_once('.').map_or((key, None), |(name, attribute)| (name, Some(attribute)))
}

/// Without isolates: nobody's words close the isolate they stand in.
fn bare(words: &str) -> Cow<'_, str> {
    match words.contains(|c| ('\u{2066}'..='\u{2069}').contains(&c)) {
        false => Cow::Borrowed(words),
        true => Cow::Owned(words.chars().filter(|c| !('\u{2066}'..='\u{2069}').contains(c)).collect()),
    }
}

/// Digits, thousands separator, decimal point and per cent sign of Arabic.
///
/// Between two such digits a dash takes their direction, right to left, even where the text runs left to right (rule N1 of
/// Unicode's bidirectional algorithm): 18–27 would be shown as 27–18. Marks of direction beside the dash hold it.
fn digits(written: &str, with: Digits) -> String {
    if with == Digits::Western {
        return written.to_owned();
    }
    let mut out = String::with_capacity(2 * written.len());
    for c in written.chars() {
        match c {
            '0'..='9' => out.extend(char::from_u32('\u{0660}' as u32 + (c as u32 - '0' as u32))),
            ',' => out.push('\u{066C}'),
            '.' => out.push('\u{066B}'),
            '%' => out.push('\u{066A}'),
            '–' | '-' | '\u{2212}' | '+' | '±' | '×' | '/' | '^' => out.extend([LEFT_TO_RIGHT, c, LEFT_TO_RIGHT]),
            c => out.push(c),
        }
    }
    out
}

/// The same for numbers among words: points and commas are separators only between digits.
fn digits_among_words(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(char::is_ascii_digit);
    let one = |(i, c): (usize, &char)| match c {
        '.' | ',' if !(digit(i.checked_sub(1)) && digit(Some(i + 1))) => c.to_string(),
        '0'..='9' | '.' | ',' | '%' => digits(&c.to_string(), Digits::ArabicIndic),
        c => c.to_string(),
    };
    chars.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests;
