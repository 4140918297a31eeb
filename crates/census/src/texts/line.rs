//! A text, taken apart into what its pieces are.

use serde::Serialize;

use super::{END, FOREIGN, NUMBER};

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", content = "text", rename_all = "lowercase")]
pub enum Span {
    /// Words.
    Plain(String),
    /// Words that weigh more.
    Strong(String),
    /// A word that is explained here, or stressed.
    Term(String),
    /// What a computer reads.
    Code(String),
    /// Strangers' words: to be escaped like all, and to be set with a direction of their own.
    Foreign(String),
    /// A number or a range of numbers, to be set left to right in every language, and not to be broken over lines.
    Number(String),
    /// The same among words that weigh more.
    #[serde(rename = "strong-number")]
    StrongNumber(String),
}

/// A text as spans.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Line(pub Vec<Span>);

/// What a run of text becomes.
type Kind = fn(String) -> Span;

/// The marks that messages may hold, as in HTML.
const MARKS: [(&str, &str, Kind); 3] =
    [("<b>", "</b>", Span::Strong), ("<i>", "</i>", Span::Term), ("<code>", "</code>", Span::Code)];

impl Line {
    /// Strangers' words and nothing else.
    pub fn foreign(words: impl Into<String>) -> Self {
        Self(vec![Span::Foreign(words.into())])
    }

    /// A written number and nothing else.
    pub fn number(written: impl Into<String>) -> Self {
        Self(vec![Span::Number(written.into())])
    }

    /// Words of ours and nothing else.
    pub fn words(words: impl Into<String>) -> Self {
        Self(vec![Span::Plain(words.into())])
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Another text behind this one.
    pub fn and(mut self, more: Line) -> Self {
        self.0.extend(more.0);
        self
    }

    /// Without marks. Strangers' words and numbers stay isolated where anything stands beside them.
    pub fn plain(&self) -> String {
        let alone = self.0.len() == 1;
        let mut out = String::new();
        for span in &self.0 {
            match span {
                Span::Plain(t) | Span::Strong(t) | Span::Term(t) | Span::Code(t) => out.push_str(t),
                Span::Foreign(t) | Span::Number(t) | Span::StrongNumber(t) if alone => out.push_str(t),
                Span::Foreign(t) => out.extend([FOREIGN].into_iter().chain(t.chars()).chain([END])),
                Span::Number(t) | Span::StrongNumber(t) => {
                    out.extend([NUMBER].into_iter().chain(t.chars()).chain([END]))
                }
            }
        }
        out
    }

    /// A formatted message. Marks are `<b>`, `<i>` and `<code>`, not one in another; a number in bold words is bold, in
    /// others it keeps its own kind.
    pub(super) fn parse(text: &str) -> Self {
        let mut spans = Vec::new();
        let mut kind: Kind = Span::Plain;
        let mut strong = false;
        let mut rest = text;
        let mut run = String::new();
        let flush = |run: &mut String, kind: Kind, spans: &mut Vec<Span>| {
            if !run.is_empty() {
                spans.push(kind(std::mem::take(run)));
            }
        };
        while let Some(c) = rest.chars().next() {
            let isolate: Option<Kind> = match c {
                FOREIGN => Some(Span::Foreign),
                NUMBER if strong => Some(Span::StrongNumber),
                NUMBER => Some(Span::Number),
                _ => None,
            };
            if let Some(isolate) = isolate {
                flush(&mut run, kind, &mut spans);
                let inner = &rest[c.len_utf8()..];
                let (inside, after) = inner.split_once(END).unwrap_or((inner, ""));
                spans.push(isolate(inside.to_owned()));
                rest = after;
            } else if let Some((open, _, mark)) = MARKS.iter().find(|(open, ..)| rest.starts_with(open)) {
                flush(&mut run, kind, &mut spans);
                (kind, rest, strong) = (*mark, &rest[open.len()..], *open == "<b>");
            } else if let Some((_, close, _)) = MARKS.iter().find(|(_, close, _)| rest.starts_with(close)) {
                flush(&mut run, kind, &mut spans);
                (kind, rest, strong) = (Span::Plain, &rest[close.len()..], false);
            } else {
                run.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        flush(&mut run, kind, &mut spans);
        Self(spans)
    }
}
