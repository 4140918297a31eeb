//! CSV as RFC 4180 has it, from sources that may not keep to it: a record is bounded, and a quote that is never closed
//! costs one line, not the rest of the file.

use std::io;
use std::path::Path;

use super::columns::{self, Map, WIDTH};
use super::intake::Intake;
use super::lines::{LONGEST, Line, Lines};
use super::rejected::Reason;
use super::source::damaged;
use super::values::{Cell, NUL};
use super::{Options, What};
use crate::{Error, Result};

/// So many bytes are read twice for quotes that are never closed; from then on a record is one line. Without this
/// bound, a file made for it would have each of its lines looked ahead for a whole record.
const READ_TWICE: usize = 64 * LONGEST;

/// Gives every row of the file to `intake`, and says which column was taken for what.
pub(super) fn read(
    what: What,
    lines: Lines<'_>,
    file: &Path,
    options: &Options,
    intake: &mut Intake<'_>,
) -> Result<Map> {
    let name = file.display().to_string();
    let delimiter = match options.delimiter {
        Some(d) if d.is_ascii() && !b"\"\r\n\0".contains(&d) => Some(d),
        Some(_) => return Err(Error::usage("the delimiter must be one ASCII character, and not a quote")),
        None => None,
    };
    let mut records = Records::new(lines, delimiter).map_err(|e| damaged(file, e))?;
    let header: Vec<String> = match records.next().map_err(|e| damaged(file, e))? {
        Some((_, Ok(row))) => row.fields().map(str::to_owned).collect(),
        Some((line, Err(reason))) => {
            return Err(Error::data(format!(
                "{name} is not CSV: line {line} should name the columns, and has {reason}"
            ))
            .help("if it is JSON lines or Parquet, say so: --format jsonl or --format parquet"));
        }
        None => return Err(Error::data(format!("{name} is empty"))),
    };
    let map = Map::find(what, options, &header, &name)?;
    records.width = header.len();
    while let Some((line, row)) = records.next().map_err(|e| damaged(file, e))? {
        let row = match row {
            Ok(row) if row.fields().eq(header.iter().map(String::as_str)) => Err("the header again".into()),
            Ok(row) => check(what, &map, row, header.len()),
            Err(reason) => Err(reason),
        };
        match row {
            Ok(row) => {
                let mut cells: [Cell<'_>; WIDTH] = std::array::from_fn(|_| Cell::Null);
                for (cell, from) in cells.iter_mut().zip(map.from) {
                    *cell = from.and_then(|at| row.get(at)).map_or(Cell::Null, |text| Cell::Text(text.into()));
                }
                intake.row(line, &cells)?;
            }
            Err(reason) => intake.reject(line, reason)?,
        }
    }
    Ok(map)
}

/// A row must have as many fields as the header.
fn check<'r>(what: What, map: &Map, row: Row<'r>, width: usize) -> Result<Row<'r>, Reason> {
    let have = row.ends.len();
    let absent = |from: &Option<usize>| from.is_some_and(|at| at >= have);
    let lost = columns::of(what).iter().zip(&map.from).find(|(column, from)| column.required && absent(from));
    match lost {
        _ if have == width => Ok(row),
        _ if have > width => Err("too many fields".into()),
        Some((column, _)) => Err(format!("missing field `{}`", column.name).into()),
        None => Err("too few fields".into()),
    }
}

/// A record, its quotes taken off.
#[derive(Clone, Copy)]
struct Row<'r> {
    text: &'r str,
    ends: &'r [usize],
}

impl<'r> Row<'r> {
    fn get(self, at: usize) -> Option<&'r str> {
        let start = if at == 0 { 0 } else { *self.ends.get(at - 1)? };
        self.text.get(start..*self.ends.get(at)?)
    }

    fn fields(self) -> impl Iterator<Item = &'r str> {
        (0..self.ends.len()).map(move |at| self.get(at).unwrap_or_default())
    }
}

struct Records<'i> {
    lines: Lines<'i>,
    delimiter: u8,
    /// How many fields a record should have; 0 before the header is known.
    width: usize,
    split: Split,
    read_twice: usize,
}

impl<'i> Records<'i> {
    fn new(mut lines: Lines<'i>, delimiter: Option<u8>) -> io::Result<Self> {
        let delimiter = match delimiter {
            Some(delimiter) => delimiter,
            None => guess_delimiter(&mut lines)?,
        };
        Ok(Self { lines, delimiter, width: 0, split: Split::default(), read_twice: 0 })
    }

    /// The next record, or why it is none, with the line where it starts; empty lines are passed over.
    fn next(&mut self) -> io::Result<Option<(u64, Result<Row<'_>, Reason>)>> {
        let (first, whole) = loop {
            self.lines.settle();
            self.split.clear();
            match self.lines.next()? {
                None => return Ok(None),
                Some((_, Line::Text(b""))) => (),
                Some((first, Line::Long)) => break (first, Err("line longer than 1 MiB".into())),
                Some((first, Line::Text(line))) => match self.split.line(line, self.delimiter) {
                    Ended::Whole => break (first, Ok(())),
                    Ended::Stray => break (first, Err("text after a closing quote".into())),
                    Ended::Open => break (first, self.join(first)?),
                },
            }
        };
        Ok(Some((first, whole.and_then(|()| self.split.row()))))
    }

    /// Adds lines to a record until its quote is closed. Where that does not give a record, the quote was never meant
    /// to be open: its line is set aside, and the lines behind it are read on their own.
    fn join(&mut self, first: u64) -> io::Result<Result<(), Reason>> {
        let mut size = self.split.text.len();
        while self.read_twice < READ_TWICE {
            let Some((_, Line::Text(line))) = self.lines.next()? else { break };
            size += line.len() + 1;
            if size > LONGEST {
                break;
            }
            match self.split.line(line, self.delimiter) {
                Ended::Open => (),
                Ended::Whole if self.width == 0 || self.split.ends.len() == self.width => return Ok(Ok(())),
                _ => break,
            }
        }
        self.read_twice += size;
        self.lines.back_behind(first);
        Ok(Err("quote never closed".into()))
    }
}

/// The one that the header holds most of.
fn guess_delimiter(lines: &mut Lines<'_>) -> io::Result<u8> {
    let mut best = b',';
    while let Some((_, line)) = lines.next()? {
        let Line::Text(line) = line else { break };
        if !line.is_empty() {
            let count = |d: u8| line.iter().filter(|b| **b == d).count();
            for other in *b"\t;|" {
                if count(other) > count(best) {
                    best = other;
                }
            }
            break;
        }
    }
    lines.back_behind(0);
    Ok(best)
}

/// Takes a record apart, line by line.
#[derive(Default)]
struct Split {
    text: Vec<u8>,
    ends: Vec<usize>,
    at: At,
}

#[derive(Default, Clone, Copy)]
enum At {
    /// The start of a field.
    #[default]
    Start,
    /// A field without quotes.
    Bare,
    /// Between quotes.
    Quoted,
    /// Behind a quote between quotes: the end of the field, or the first half of a doubled quote.
    Behind,
}

/// How a line ended.
enum Ended {
    /// The record is whole.
    Whole,
    /// A quote is open: the record goes on in the next line.
    Open,
    /// Something stands between a closing quote and the delimiter.
    Stray,
}

impl Split {
    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.at = At::Start;
    }

    fn line(&mut self, mut rest: &[u8], delimiter: u8) -> Ended {
        loop {
            match (self.at, rest.first()) {
                (At::Start, Some(b'"')) => {
                    self.at = At::Quoted;
                    rest = &rest[1..];
                }
                (At::Start, _) => self.at = At::Bare,
                (At::Bare, _) => {
                    let end = rest.iter().position(|b| *b == delimiter);
                    self.text.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
                    self.ends.push(self.text.len());
                    let Some(end) = end else { return Ended::Whole };
                    self.at = At::Start;
                    rest = &rest[end + 1..];
                }
                (At::Quoted, _) => {
                    let end = rest.iter().position(|b| *b == b'"');
                    self.text.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
                    let Some(end) = end else {
                        self.text.push(b'\n');
                        return Ended::Open;
                    };
                    self.at = At::Behind;
                    rest = &rest[end + 1..];
                }
                (At::Behind, Some(b'"')) => {
                    self.text.push(b'"');
                    self.at = At::Quoted;
                    rest = &rest[1..];
                }
                (At::Behind, None) => {
                    self.ends.push(self.text.len());
                    return Ended::Whole;
                }
                (At::Behind, Some(b)) if *b == delimiter => {
                    self.ends.push(self.text.len());
                    self.at = At::Start;
                    rest = &rest[1..];
                }
                (At::Behind, Some(_)) => return Ended::Stray,
            }
        }
    }

    fn row(&self) -> Result<Row<'_>, Reason> {
        let text = match std::str::from_utf8(&self.text) {
            Ok(_) if self.text.contains(&0) => return Err(NUL.into()),
            // Two fields may each hold half of a character.
            Ok(text) if self.ends.iter().all(|end| text.is_char_boundary(*end)) => text,
            _ => return Err("invalid UTF-8".into()),
        };
        Ok(Row { text, ends: &self.ends })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn records(bytes: &[u8], width: usize) -> Vec<(u64, Result<Vec<String>, String>)> {
        let mut records = Records::new(Lines::new(Box::new(bytes)), None).unwrap();
        records.width = width;
        let mut all = Vec::new();
        while let Some((line, row)) = records.next().unwrap() {
            let row = row.map(|r| r.fields().map(str::to_owned).collect()).map_err(|e| e.to_string());
            all.push((line, row));
        }
        all
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Result<Vec<String>, String>) {
        (line, Ok(fields.iter().map(|f| (*f).to_owned()).collect()))
    }

    fn bad(line: u64, reason: &str) -> (u64, Result<Vec<String>, String>) {
        (line, Err(reason.to_owned()))
    }

    #[test]
    fn quotes_and_line_ends() {
        let bytes = b"a,\"b,\"\"c\"\"\"\r\n\n\"two\r\nlines\",\nx\"y,\"\"\n,";
        let want = [row(1, &["a", "b,\"c\""]), row(3, &["two\nlines", ""]), row(5, &["x\"y", ""]), row(6, &["", ""])];
        assert_eq!(records(bytes, 2), want);
    }

    #[test]
    fn an_open_quote_costs_one_line() {
        let at_the_end = b"1,a\n2,\"b\n3,c\n4,d\n";
        assert_eq!(
            records(at_the_end, 2),
            [row(1, &["1", "a"]), bad(2, "quote never closed"), row(3, &["3", "c"]), row(4, &["4", "d"])]
        );
        let another_behind = b"2,\"b\n3,c\n4,\"d\"\n5,e\n";
        assert_eq!(
            records(another_behind, 2),
            [bad(1, "quote never closed"), row(2, &["3", "c"]), row(3, &["4", "d"]), row(4, &["5", "e"])]
        );
        let wrong_width = b"2,\"b\n3,c\n4,d\",x\n5,e\n";
        assert_eq!(
            records(wrong_width, 2),
            [bad(1, "quote never closed"), row(2, &["3", "c"]), row(3, &["4", "d\"", "x"]), row(4, &["5", "e"])]
        );
        assert_eq!(records(b"1,\"a\"b\n2,c", 2), [bad(1, "text after a closing quote"), row(2, &["2", "c"])]);
    }

    #[test]
    fn a_record_is_bounded() {
        let mut bytes = b"1,\"open\n".to_vec();
        for _ in 0..LONGEST / 4 {
            bytes.extend(b"2,xyz\n");
        }
        let all = records(&bytes, 2);
        assert_eq!(all[0], bad(1, "quote never closed"));
        assert_eq!(all.len(), 1 + LONGEST / 4);
        assert!(all[1..].iter().all(|(_, r)| r.is_ok()));
    }

    #[test]
    fn lines_made_to_stay_open_do_not_cost_a_record_each() {
        // From inside or outside of quotes, each of these lines ends inside: read naively, a terabyte.
        let bytes = b"\",x\",\"\n".repeat(200_000);
        let all = records(&bytes, 3);
        assert_eq!(all.len(), 200_000);
        assert!(all.iter().all(|(_, r)| r.is_err()));
    }

    #[test]
    fn bytes_that_are_no_text() {
        assert_eq!(records(b"a\xff,b\nc,d", 2), [bad(1, "invalid UTF-8"), row(2, &["c", "d"])]);
        assert_eq!(records(b"\xc3,\xa9\n", 2), [bad(1, "invalid UTF-8")]);
        assert_eq!(records(b"a\0,b\n", 2), [bad(1, "a NUL byte")]);
    }

    #[test]
    fn delimiters_are_guessed() {
        for (text, want) in [("a;b,c;d", b';'), ("a\tb", b'\t'), ("a|b", b'|'), ("id", b','), ("\n\na;b", b';')] {
            assert_eq!(guess_delimiter(&mut Lines::new(Box::new(text.as_bytes()))).unwrap(), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_another_writer_writes_is_read(rows in prop::collection::vec(prop::collection::vec("[^\r\0]{0,8}", 3), 1..20)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let mut reader = Records::new(Lines::new(Box::new(&bytes[..])), Some(b',')).unwrap();
            reader.width = 3;
            for row in &rows {
                let (_, read) = reader.next().unwrap().unwrap();
                prop_assert_eq!(read.unwrap().fields().collect::<Vec<_>>(), row.iter().map(String::as_str).collect::<Vec<_>>());
            }
            prop_assert!(reader.next().unwrap().is_none());
        }

        #[test]
        fn no_bytes_panic_and_lines_are_in_order(bytes in prop::collection::vec(prop::sample::select(&b"a,\"\n\r\xc3\xa9\0;"[..]), 0..200)) {
            let all = records(&bytes, 2);
            prop_assert!(all.windows(2).all(|w| w[0].0 < w[1].0));
        }
    }
}
