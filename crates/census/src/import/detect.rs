//! What a file is, by what it begins with; its name is not asked.

use std::path::Path;

use super::edges::Layout;
use super::scan::{DEEPEST, Scan};
use super::source::{EMPTY, HEAD, not_of_another_program};
use super::{Form, Format, Options};
use crate::{Error, Result};

/// What was found out.
pub(super) enum Kind {
    /// Rows with names: CSV, or one JSON object a line, whose members these are.
    Csv,
    Json(Vec<String>),
    /// What X's API gave, one answer, post or profile a line.
    X,
    Edges(Layout),
    Gexf,
    GraphMl,
    // A repository (CAR) and a dump of Jetstream have their places here, with a reader of their own each. Jetstream is told
    // by the members of its first line; a CAR is no text, so by its first bytes, before anything else is asked.
}

impl Kind {
    /// What it is called outside.
    pub(super) fn form(&self) -> Form {
        match self {
            Kind::Csv | Kind::Json(_) => Form::Table,
            Kind::X => Form::X,
            Kind::Edges(_) => Form::Edges,
            Kind::Gexf => Form::Gexf,
            Kind::GraphMl => Form::GraphMl,
        }
    }
}

/// Tells what a file is that begins with `head`.
pub(super) fn kind(file: &Path, head: &[u8], options: &Options) -> Result<Kind> {
    not_of_another_program(file, head)?;
    let name = file.display();
    let Some(first) = head.iter().find(|b| !b.is_ascii_whitespace()) else {
        return Err(Error::data(format!("{name} is empty")).help(EMPTY));
    };
    if head.contains(&0)
        || head.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace()).count() > head.len() / 10
    {
        return Err(Error::data(format!("{name} is not text")).help(KNOWN));
    }
    match options.format {
        Some(Format::Csv) => return Ok(Kind::Csv),
        Some(Format::Edges) => return Layout::of(file, head, options).map(Kind::Edges),
        Some(Format::JsonLines) if *first == b'{' => return json(file, head).map(|(names, _)| Kind::Json(names)),
        Some(Format::Parquet) => {
            return Err(Error::data(format!("{name} is not a Parquet file"))
                .help("leave out --format, and it is found out what it is"));
        }
        _ => (),
    }
    match first {
        b'<' => markup(file, head),
        b'[' => Err(Error::data(format!("{name} is one JSON array, not one object a line"))
            .help("turn it into lines, for instance with: jq -c '.[]'")),
        b'{' => {
            let (names, inner) = json(file, head)?;
            if ["did", "time_us", "kind"].iter().all(|name| names.iter().any(|n| n == name)) {
                return Err(Error::usage(format!("{name} is a dump of Jetstream")).help(JETSTREAM));
            }
            Ok(if is_x(&names, &inner) { Kind::X } else { Kind::Json(names) })
        }
        _ => Ok(Layout::find(head, options).map_or(Kind::Csv, Kind::Edges)),
    }
}

const KNOWN: &str = "what can be read: CSV, JSON lines, Parquet, X's JSON (twarc), edge lists, GEXF, GraphML; \
                     plain, or packed with gzip or zstd (docs/formats.md)";

const JETSTREAM: &str = "take its posts in as a table: --posts FILE --column id=commit.cid --column author=did \
                         --column created_at=commit.record.createdAt --column text=commit.record.text --max-rejected 1";

/// XML, or a page.
fn markup(file: &Path, head: &[u8]) -> Result<Kind> {
    let name = file.display();
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let tag = |tag: &str| {
        text.match_indices(tag).any(|(at, _)| {
            let before = text[..at].ends_with(['<', ':']);
            before && text[at + tag.len()..].starts_with([' ', '>', '\t', '\n', '\r', '/'])
        })
    };
    if tag("gexf") {
        Ok(Kind::Gexf)
    } else if tag("graphml") {
        Ok(Kind::GraphMl)
    } else if tag("html") || text.trim_start().starts_with("<!doctype html") {
        Err(Error::data(format!("{name} is a web page"))
            .help("most likely a server's error or sign-in page was saved in the file's place: fetch the file again"))
    } else {
        Err(Error::data(format!("{name} is XML, but neither GEXF nor GraphML")).help(KNOWN))
    }
}

/// Of the first object, the names of the members, and those of the members of `data` or of the first object in it.
fn json(file: &Path, head: &[u8]) -> Result<(Vec<String>, Vec<String>)> {
    let start = head.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
    let mut scan = Scan { bytes: head, at: start };
    let (mut names, mut inner) = (Vec::new(), Vec::new());
    let whole = members(&mut scan, &mut |name, scan| {
        names.push(name.to_owned());
        if name == "data" && inner.is_empty() {
            let mut inside = Scan { bytes: scan.bytes, at: scan.skip() };
            if inside.peek() == b'[' {
                inside.at += 1;
            }
            inside.space();
            // What lies beyond the head is not seen.
            members(&mut inside, &mut |name, _| inner.push(name.to_owned()));
        }
    });
    // A first line that is longer than the head was not read to its end.
    if whole.is_none() && (names.is_empty() || (head.len() as u64) < HEAD / 2) {
        let name = file.display();
        return Err(if scan.peek() == b'\n' && scan.at < head.len() {
            Error::data(format!("{name} is one JSON document over several lines, or its first line is cut short"))
                .help("bring each object onto a line of its own, for instance with: jq -c . (or: jq -c '.[]' for an array in it)")
        } else {
            Error::data(format!("{name}: the first line is not JSON"))
                .help("the file may be cut short, or hold a server's answer to a failed request; fetch it again")
        });
    }
    Ok((names, inner))
}

/// Calls `each` with the name of every member of an object, before its value is passed over.
fn members(scan: &mut Scan<'_>, each: &mut dyn FnMut(&str, &mut Scan<'_>)) -> Option<()> {
    scan.eat(b'{')?;
    if scan.space() == b'}' {
        return Some(());
    }
    loop {
        scan.eat(b'"')?;
        let start = scan.at;
        scan.string()?;
        let name = std::str::from_utf8(scan.bytes.get(start..scan.at - 1)?).ok()?.to_owned();
        scan.eat(b':')?;
        each(&name, scan);
        scan.value(DEEPEST)?;
        if scan.ends(b'}')? {
            return Some(());
        }
    }
}

/// What streams of X's API put between posts.
pub(super) const NOTICES: [&str; 8] =
    ["delete", "scrub_geo", "limit", "status_withheld", "user_withheld", "disconnect", "warning", "friends"];

/// Whether an object is of X's API, version 2 or 1.1, by its members.
fn is_x(names: &[String], inner: &[String]) -> bool {
    let has = |name: &str| names.iter().any(|n| n == name);
    let within = |name: &str| inner.iter().any(|n| n == name);
    let page = has("data") && (within("author_id") || within("username") || within("edit_history_tweet_ids"));
    let answer = has("__twarc") || (has("includes") && has("data")) || (has("meta") && has("data") && within("id"));
    let cursor = has("next_cursor") && (has("ids") || has("users"));
    let tweet = (has("user") && has("id_str")) || (has("text") && has("id") && has("public_metrics"));
    let user = has("screen_name") && has("id_str") || (has("username") && has("public_metrics"));
    let notice = names.len() == 1 && NOTICES.contains(&names[0].as_str());
    page || answer || cursor || tweet || user || notice
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(head: &str) -> String {
        match kind(Path::new("f"), head.as_bytes(), &Options::default()) {
            Ok(Kind::Csv) => "csv".into(),
            Ok(Kind::Json(names)) => format!("json {}", names.join(" ")),
            Ok(Kind::X) => "x".into(),
            Ok(Kind::Edges(_)) => "edges".into(),
            Ok(Kind::Gexf) => "gexf".into(),
            Ok(Kind::GraphMl) => "graphml".into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn files_are_told_by_what_they_begin_with() {
        let long = format!("{{\"data\":[{{\"id\":\"1\",\"author_id\":\"2\",\"text\":\"{}", "x".repeat(HEAD as usize));
        for (head, is) in [
            ("id,name\n1,a\n", "csv"),
            ("{\"id\":1,\"author\":\"a\",\"text\":\"t\"}\n", "json id author text"),
            ("\n {\"data\":[{\"id\":\"1\",\"username\":\"a\"}],\"meta\":{}}", "x"),
            (&long[..HEAD as usize], "x"),
            ("{\"created_at\":\"x\",\"id\":1,\"id_str\":\"1\",\"user\":{\"id\":2}}", "x"),
            ("{\"ids\":[1,2],\"next_cursor\":0}", "x"),
            ("{\"delete\":{\"status\":{\"id\":1}}}", "x"),
            ("# Directed graph\n0\t1\n0\t2\n", "edges"),
            ("1 2\n3 4\n", "edges"),
            ("1,2\n3,4\n", "edges"),
            ("did:plc:a did:plc:b\n", "edges"),
            ("<?xml version=\"1.0\"?>\n<gexf xmlns=\"http://gexf.net/1.3\">", "gexf"),
            ("<g:graphml>", "graphml"),
            ("<!DOCTYPE html><title>429</title>", "f is a web page"),
            ("<svg></svg>", "f is XML, but neither GEXF nor GraphML"),
            ("[{\"id\":1}]", "f is one JSON array, not one object a line"),
            ("{\n  \"id\": 1\n}", "f is one JSON document over several lines, or its first line is cut short"),
            ("{\"id\":", "f: the first line is not JSON"),
            ("ab\0c", "f is not text"),
            (" \n\n", "f is empty"),
        ] {
            assert_eq!(told(head), is, "{head:.60}");
        }
    }
}
