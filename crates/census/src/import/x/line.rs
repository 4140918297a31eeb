//! Where things stand in a line of X's, found without reading them.

use crate::import::detect::NOTICES;
use crate::import::scan::{DEEPEST, Scan};

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Answer,
    Item,
    /// Nothing that anybody posted.
    Notice,
    Unknown,
}

/// A line, and where the parts of an answer of version 2 or a page of version 1.1 stand in it.
#[derive(Default)]
pub(super) struct Line<'a> {
    pub(super) kind: Option<Kind>,
    pub(super) data: Option<&'a str>,
    pub(super) includes: Option<&'a str>,
    pub(super) ids: Option<&'a str>,
    pub(super) users: Option<&'a str>,
    pub(super) twarc: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// Looks over the members of a line; none where it is not sound.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let (mut line, mut item, mut notice, mut members) = (Self::default(), false, false, 0);
        let end = each_member(text, |name, value| {
            members += 1;
            let place = match name {
                "data" => &mut line.data,
                "includes" => &mut line.includes,
                "ids" => &mut line.ids,
                "users" => &mut line.users,
                "__twarc" => &mut line.twarc,
                "id" | "id_str" => {
                    item = true;
                    return;
                }
                "errors" | "meta" => {
                    notice = true;
                    return;
                }
                name => {
                    notice |= NOTICES.contains(&name);
                    return;
                }
            };
            *place = Some(value);
        })?;
        if !text[end..].trim_ascii().is_empty() {
            return None;
        }
        line.kind = Some(if [line.data, line.includes, line.ids, line.users].iter().any(Option::is_some) {
            Kind::Answer
        } else if item {
            Kind::Item
        } else if notice || members == 0 {
            Kind::Notice
        } else {
            Kind::Unknown
        });
        Some(line)
    }
}

/// Calls `each` with the members of an object, and gives where it ends; none where it is none or not sound.
pub(super) fn each_member<'a>(text: &'a str, mut each: impl FnMut(&'a str, &'a str)) -> Option<usize> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    scan.eat(b'{')?;
    if scan.space() == b'}' {
        return Some(scan.at + 1);
    }
    loop {
        scan.eat(b'"')?;
        let start = scan.at;
        if scan.string()? {
            // A name with escapes may be any: the slower reader makes them plain.
            return None;
        }
        let name = text.get(start..scan.at - 1)?;
        scan.eat(b':')?;
        let start = scan.skip();
        scan.value(DEEPEST)?;
        each(name, text.get(start..scan.at)?);
        if scan.ends(b'}')? {
            return Some(scan.at);
        }
    }
}

/// Calls `each` with the elements of a list; what is no list is one element.
pub(super) fn each_element<'a>(text: &'a str, mut each: impl FnMut(&'a str)) {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    if scan.space() != b'[' {
        return each(text);
    }
    scan.at += 1;
    if scan.space() == b']' {
        return;
    }
    loop {
        let start = scan.skip();
        // It was found sound before.
        if scan.value(DEEPEST).is_none() {
            return;
        }
        each(text.get(start..scan.at).unwrap_or_default());
        if scan.ends(b']') != Some(false) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        for (text, line) in [
            (r#"{"data":[{"id":"1"}],"meta":{}}"#, Some(Kind::Answer)),
            (r#"{"id":1,"text":"t"}"#, Some(Kind::Item)),
            (r#"{"delete":{"status":{"id":1}}}"#, Some(Kind::Notice)),
            (r#"{"meta":{"result_count":0},"__twarc":{}}"#, Some(Kind::Notice)),
            ("{}", Some(Kind::Notice)),
            (r#"{"a":1}"#, Some(Kind::Unknown)),
            (r#"{"a":1"#, None),
            (r#"{"a":1} x"#, None),
            ("[]", None),
        ] {
            assert_eq!(Line::of(text).and_then(|found| found.kind), line, "{text}");
        }
    }
}
