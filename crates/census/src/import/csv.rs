//! CSV as RFC 4180 has it, from sources that may not keep to it: a record is bounded, and a quote that is never closed
//! costs one line, not the rest of the file.

use std::io;
use std::path::Path;

use memchr::{memchr, memchr_iter};
use simdutf8::basic::from_utf8;

use super::columns::{self, How, Map};
use super::fill::{Filler, Target};
use super::intake::{Again, INVALID, Intake};
use super::lines::{LONGEST, Line, Lines};
use super::order::in_order;
use super::pieces::{Piece, Pieces, Pool};
use super::rejected::Reason;
use super::source::damaged;
use super::values::{Cell, NUL};
use super::{Options, What};
use crate::declared;
use crate::{Error, Result, when};

/// So many bytes are read twice for quotes that are never closed; from then on a record is one line. Without this
/// bound, a file made for it would have each of its lines looked ahead for a whole record.
const READ_TWICE: usize = 64 * LONGEST;

/// Records in a group that was read one after the other, by their bytes.
const GROUP: usize = 1 << 20;

/// Gives every row of the file to `intake`, and says which column was taken for what. The tables are told by the columns
/// where `what` is none; then there may be two, posts and their authors.
///
/// As long as no piece of the file holds a quote, each line is a record, and pieces are read by all processors at once.
/// From the first quote on, where a record ends depends on all that came before, so one thread takes records apart, and
/// the others make rows of them.
pub(super) fn read(
    what: Option<What>,
    lines: Lines<'_>,
    file: &Path,
    options: &Options,
    intake: &mut Intake<'_>,
) -> Result<Vec<Map>> {
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
    let maps = match what {
        Some(what) => vec![Map::find(what, options, &header, &name)?],
        None => columns::tables(&header, options, &name)?,
    };
    if maps.len() > 1 || maps[0].from[0].is_none() {
        intake.expect(Again::Usual);
    }
    let delimiter = records.delimiter;
    let (input, before) = records.lines.rest();
    let mut stage = Stage::Pieces(Pieces::new(input, before));
    let (pool, targets) = (Pool::default(), maps.iter().map(|map| Target::table(map.what)).collect::<Vec<_>>());
    let table = Reader { maps: &maps, header: &header, delimiter };
    in_order(
        || stage.next(&pool, delimiter, header.len()).map_err(|e| damaged(file, e)),
        |work| {
            let mut fillers: Vec<_> = targets.iter().map(Filler::new).collect();
            match work {
                Work::Piece(piece) => {
                    table.piece(&piece, &mut fillers);
                    pool.put(piece);
                }
                Work::Group(group) => table.group(&group, &mut fillers),
            }
            fillers.into_iter().map(Filler::finish).collect::<Result<Vec<_>>>()
        },
        |rows| intake.take_all(rows?),
    )?;
    Ok(maps)
}

/// How far the file is read.
enum Stage<'i> {
    /// No quote was met yet.
    Pieces(Pieces<'i>),
    Records(Records<'i>),
    End,
}

/// What is there to be made rows of.
enum Work {
    /// Lines, each a record.
    Piece(Piece),
    Group(Group),
}

/// Records that were taken apart, and lines that are none.
#[derive(Default)]
struct Group {
    text: String,
    /// Where the fields end in the text.
    ends: Vec<usize>,
    /// The line of each record, and how many fields end before its first; or what is wrong.
    records: Vec<(u64, Result<usize, Reason>)>,
}

impl Stage<'_> {
    fn next(&mut self, pool: &Pool, delimiter: u8, width: usize) -> io::Result<Option<Work>> {
        if let Stage::Pieces(pieces) = self {
            let Some(piece) = pieces.next(pool)? else { return Ok(None) };
            if memchr(b'"', piece.bytes()).is_none() {
                return Ok(Some(Work::Piece(piece)));
            }
            if let Stage::Pieces(pieces) = std::mem::replace(self, Stage::End) {
                let (input, before) = pieces.again(piece);
                *self = Stage::Records(Records::behind(Lines::new(input, before), delimiter, width));
            }
        }
        let Stage::Records(records) = self else { return Ok(None) };
        let mut group = Group::default();
        while group.text.len() < GROUP && group.records.len() < GROUP / 8 {
            let Some((line, row)) = records.next()? else { break };
            let start = group.ends.len();
            let record = row.map(|row| {
                group.ends.extend(row.ends.iter().map(|end| group.text.len() + end));
                group.text.push_str(row.text);
                start
            });
            group.records.push((line, record));
        }
        Ok((!group.records.is_empty()).then_some(Work::Group(group)))
    }
}

/// Makes rows of records.
struct Reader<'m> {
    maps: &'m [Map],
    header: &'m [String],
    delimiter: u8,
}

impl Reader<'_> {
    fn group(&self, group: &Group, fillers: &mut [Filler<'_>]) {
        let mut end = group.ends.len();
        // Where a record's fields end is where the next one's begin; it is found from behind.
        let starts: Vec<usize> = group
            .records
            .iter()
            .rev()
            .map(|(_, record)| {
                let fields = record.as_ref().map_or(end, |start| *start)..end;
                end = fields.start;
                fields.end
            })
            .collect();
        for ((line, record), end) in group.records.iter().zip(starts.into_iter().rev()) {
            match record {
                Ok(start) => {
                    let first = start.checked_sub(1).map_or(0, |last| group.ends[last]);
                    let row = Row { text: &group.text, first, ends: &group.ends[*start..end], gap: 0 };
                    self.row(*line, row, fillers);
                }
                Err(reason) => fillers[0].reject(*line, reason.clone()),
            }
        }
    }

    /// Lines without a quote.
    fn piece(&self, piece: &Piece, fillers: &mut [Filler<'_>]) {
        if piece.long {
            return fillers[0].reject(piece.before + 1, LONG.into());
        }
        let bytes = piece.bytes();
        let text = from_utf8(bytes).ok().filter(|_| memchr(0, bytes).is_none());
        let (mut ends, mut split) = (Vec::new(), Split::default());
        let (mut start, mut line) = (0, piece.before);
        while start < bytes.len() {
            let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
            let whole = bytes[start..end].strip_suffix(b"\r").unwrap_or(&bytes[start..end]);
            line += 1;
            if whole.len() > LONGEST {
                fillers[0].reject(line, LONG.into());
            } else if !whole.is_empty() {
                if let Some(text) = text {
                    ends.clear();
                    ends.extend(memchr_iter(self.delimiter, whole).map(|at| start + at));
                    ends.push(start + whole.len());
                    self.row(line, Row { text, first: start, ends: &ends, gap: 1 }, fillers);
                } else {
                    split.clear();
                    split.line(whole, self.delimiter);
                    match split.row() {
                        Ok(row) => self.row(line, row, fillers),
                        Err(reason) => fillers[0].reject(line, reason),
                    }
                }
            }
            start = end + 1;
        }
    }

    fn row(&self, line: u64, row: Row<'_>, fillers: &mut [Filler<'_>]) {
        if row.fields().eq(self.header.iter().map(String::as_str)) {
            return fillers[0].reject(line, "the header again".into());
        }
        if let Err(reason) = self.check(row) {
            return fillers[0].reject(line, reason);
        }
        for (map, filler) in self.maps.iter().zip(fillers) {
            for (slot, (from, how)) in map.from.iter().zip(map.how).enumerate().take(columns::of(map.what).len()) {
                match from.and_then(|at| row.get(at)) {
                    Some(north) if let How::North(east) = how => {
                        filler.cell(&place(north, row.get(east).unwrap_or_default()));
                    }
                    Some(text) => filler.cell(&cell(text, how)),
                    None if slot == 0 => filler.cell(&Cell::Text(made(map, row).into())),
                    None => filler.cell(&Cell::Null),
                }
            }
            if !filler.end(line) {
                // One row of the file is set aside once.
                return;
            }
        }
    }

    /// A row must have as many fields as the header.
    fn check(&self, row: Row<'_>) -> Result<(), Reason> {
        let (have, width) = (row.ends.len(), self.header.len());
        let absent = |from: &Option<usize>| from.is_some_and(|at| at >= have);
        let columns = columns::of(self.maps[0].what).iter().zip(&self.maps[0].from);
        let lost = columns.filter(|(column, _)| column.required).find(|(_, from)| absent(from));
        match lost {
            _ if have == width => Ok(()),
            _ if have > width => Err("too many fields".into()),
            Some((column, _)) => Err(format!("missing field `{}`", column.name).into()),
            None => Err("too few fields".into()),
        }
    }
}

fn cell(text: &str, how: How) -> Cell<'_> {
    match how {
        How::AsIs | How::North(_) => Cell::Text(text.into()),
        How::Filled => Cell::Plain(if text.trim().is_empty() { "false" } else { "true" }),
        How::MonthFirst => when::month_first(text).map_or(Cell::Text(text.into()), Cell::Time),
    }
}

/// The city that coordinates fall to; they themselves are not kept.
fn place(north: &str, east: &str) -> Cell<'static> {
    let degrees = |text: &str| text.trim().parse::<f64>().ok().filter(|d| d.is_finite());
    let at = degrees(north).zip(degrees(east)).and_then(|(north, east)| declared::at(north, east));
    at.map_or(Cell::Null, |place| Cell::Text(place.into()))
}

/// The id of a post that has none: the same author, time and text give the same.
fn made(map: &Map, row: Row<'_>) -> String {
    let mut hasher = blake3::Hasher::new();
    for from in &map.from[1..4] {
        hasher.update(from.and_then(|at| row.get(at)).unwrap_or_default().trim().as_bytes());
        hasher.update(b"\0");
    }
    format!("made:{}", &hasher.finalize().to_hex()[..24])
}

const LONG: &str = "line longer than 1 MiB";

/// A record, its quotes taken off.
#[derive(Clone, Copy)]
struct Row<'r> {
    text: &'r str,
    /// Where its first field starts.
    first: usize,
    ends: &'r [usize],
    /// The bytes between fields.
    gap: usize,
}

impl<'r> Row<'r> {
    fn get(self, at: usize) -> Option<&'r str> {
        let start = if at == 0 { self.first } else { *self.ends.get(at - 1)? + self.gap };
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
        Ok(Self::behind(lines, delimiter, 0))
    }

    /// Records of so many fields, from behind the header on.
    fn behind(lines: Lines<'i>, delimiter: u8, width: usize) -> Self {
        Self { lines, delimiter, width, split: Split::default(), read_twice: 0 }
    }

    /// The next record, or why it is none, with the line where it starts; empty lines are passed over.
    fn next(&mut self) -> io::Result<Option<(u64, Result<Row<'_>, Reason>)>> {
        let (first, whole) = loop {
            self.lines.settle();
            self.split.clear();
            match self.lines.next()? {
                None => return Ok(None),
                Some((_, Line::Text(b""))) => (),
                Some((first, Line::Long)) => break (first, Err(LONG.into())),
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
                    let end = memchr(delimiter, rest);
                    self.text.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
                    self.ends.push(self.text.len());
                    let Some(end) = end else { return Ended::Whole };
                    self.at = At::Start;
                    rest = &rest[end + 1..];
                }
                (At::Quoted, _) => {
                    let end = memchr(b'"', rest);
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
            _ => return Err(INVALID.into()),
        };
        Ok(Row { text, first: 0, ends: &self.ends, gap: 0 })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn records(bytes: &[u8], width: usize) -> Vec<(u64, Result<Vec<String>, String>)> {
        let mut records = Records::new(Lines::new(Box::new(bytes), 0), None).unwrap();
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
            assert_eq!(guess_delimiter(&mut Lines::new(Box::new(text.as_bytes()), 0)).unwrap(), want, "{text}");
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
            let mut reader = Records::new(Lines::new(Box::new(&bytes[..]), 0), Some(b',')).unwrap();
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
