//! JSON lines: one object a line.
//!
//! A line is walked over once, in place ([`Scan`]), and only where the values of wanted members stand is kept. Members
//! come in nearly the same order in every line, so the name that followed the last time is tried before it is looked up.
//! A line that this walk does not take, broken or odd, is read again by `serde_json`, which has the last word and gives
//! the reason. Cost: linear in the file, whatever stands in it; memory: the wanted values and the names of the members.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::Path;

use memchr::memchr;
use serde_json::{Map, Value};
use simdutf8::basic::from_utf8;

use super::columns;
use super::fill::{Filler, Rows, Target};
use super::intake::Intake;
use super::lines::LONGEST;
use super::pieces::{Piece, Pieces, Pool, in_order};
use super::rejected::Reason;
use super::scan::{DEEPEST, Scan, Sort, unescape};
use super::shape::{MOST_NAMES, Shape};
use super::source::damaged;
use super::values::{Cell, NUL};
use super::{Options, Wanted, What};
use crate::Result;

/// So many objects without a required column show that the file has none.
const ENOUGH: u64 = 1000;

/// Gives every row of the file to `intake`, and says which member was taken for what, and which are of no use.
pub(super) fn read(
    what: What,
    input: Box<dyn BufRead + Send + '_>,
    file: &Path,
    options: &Options,
    intake: &mut Intake<'_>,
) -> Result<(BTreeMap<String, String>, Vec<String>)> {
    let target = Target::table(what);
    let shape = Shape::new(columns::of(what), &columns::given(what, options)?);
    let mut members = Members::default();
    each_piece(input, file, &target, &shape, |piece| {
        members.add(&target, piece.found);
        if let Some(lost) = members.lost(&target, ENOUGH) {
            return Err(columns::missing(what, lost, &members.names(), &file.display().to_string()));
        }
        intake.take(piece.rows)
    })?;
    if let Some(lost) = members.lost(&target, u64::MAX) {
        return Err(columns::missing(what, lost, &members.names(), &file.display().to_string()));
    }
    let used = members.used.iter().map(|(slot, (_, name))| (target.name(*slot).to_owned(), columns::plain(name)));
    let ignored = members.ignored().map(columns::plain).collect::<BTreeSet<_>>();
    Ok((used.collect(), ignored.into_iter().collect()))
}

/// Gives the wanted columns of the file to `each`, batch by batch, and says how many lines held no such row.
pub(super) fn read_columns(
    input: Box<dyn BufRead + Send + '_>,
    file: &Path,
    wanted: &[Wanted],
    mut each: impl FnMut(Rows) -> Result<()> + Send,
) -> Result<()> {
    let given: Vec<Option<&str>> = wanted.iter().map(|w| Some(w.path.as_str())).collect();
    each_piece(input, file, &Target::wanted(wanted), &Shape::new(&[], &given), |piece| each(piece.rows))
}

/// What a piece of the file holds.
struct Parsed {
    rows: Rows,
    found: Found,
}

fn each_piece(
    input: Box<dyn BufRead + Send + '_>,
    file: &Path,
    target: &Target,
    shape: &Shape<'_>,
    mut each: impl FnMut(Parsed) -> Result<()> + Send,
) -> Result<()> {
    let pool = Pool::default();
    let mut pieces = Pieces::new(input, 0);
    in_order(
        || pieces.next(&pool).map_err(|e| damaged(file, e)),
        |piece| {
            let parsed = parse(&piece, target, shape);
            pool.put(piece);
            parsed
        },
        |parsed| each(parsed?),
    )
}

fn parse(piece: &Piece, target: &Target, shape: &Shape<'_>) -> Result<Parsed> {
    let mut reader = Reader {
        shape: shape.clone(),
        filler: Filler::new(target),
        places: vec![None; target.width()],
        met: vec![false; target.width()],
        scratch: vec![String::new(); target.width()],
        line: 0,
        before: piece.before,
        found: Found::default(),
    };
    if piece.long {
        reader.filler.reject(piece.before + 1, LONG.into());
    } else if let Ok(text) = from_utf8(piece.bytes()) {
        reader.lines(text);
    } else {
        // Some line is not UTF-8; the others are sound.
        for line in piece.bytes().split_inclusive(|b| *b == b'\n') {
            match from_utf8(line) {
                Ok(line) => reader.lines(line),
                Err(_) => {
                    reader.line += 1;
                    reader.slowly(line);
                }
            }
        }
    }
    reader.found.names = std::mem::take(&mut reader.shape.nodes[0].new);
    Ok(Parsed { found: reader.found, rows: reader.filler.finish()? })
}

const LONG: &str = "line longer than 1 MiB";

/// Where the value of a column stands in a line.
#[derive(Clone, Copy)]
struct Place {
    rank: usize,
    sort: Sort,
    start: usize,
    end: usize,
    /// The outermost name, of a guess.
    name: Option<usize>,
}

/// What was found out about the members of a file.
#[derive(Default)]
struct Found {
    objects: u64,
    /// The columns that were found, with the number of the first object that had it and the name of the member.
    used: BTreeMap<usize, (u64, String)>,
    /// Names, and whether they are of no use.
    names: Vec<(Box<str>, bool)>,
}

struct Reader<'t, 'o> {
    shape: Shape<'o>,
    filler: Filler<'t>,
    places: Vec<Option<Place>>,
    /// The columns that had a value before.
    met: Vec<bool>,
    /// Texts without their escapes.
    scratch: Vec<String>,
    line: u64,
    before: u64,
    found: Found,
}

impl Reader<'_, '_> {
    /// Reads whole lines.
    fn lines(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut scan = Scan { bytes, at: 0 };
        while scan.at < bytes.len() {
            let start = scan.at;
            self.line += 1;
            self.places.fill(None);
            let names = self.shape.nodes[0].names.len();
            let sound = scan.eat(b'{').and_then(|()| self.object(&mut scan, 0, DEEPEST - 1)).is_some();
            let sound = sound && scan.space() == b'\n';
            if !sound {
                scan.at = start + memchr(b'\n', &bytes[start..]).unwrap_or(bytes.len() - start);
            }
            let end = scan.at;
            scan.at += 1;
            if !sound || end - start > LONGEST {
                self.shape.forget(names);
                self.slowly(&bytes[start..end]);
                continue;
            }
            self.row(text);
        }
    }

    /// Walks over an object, from behind its brace, and keeps where wanted values stand. None where it is not sound, or
    /// so odd that another reader must say what it means.
    fn object(&mut self, scan: &mut Scan<'_>, node: usize, depth: u32) -> Option<()> {
        if scan.space() == b'}' {
            scan.at += 1;
            return Some(());
        }
        let mut last = None;
        loop {
            scan.eat(b'"')?;
            let name = self.name(scan, node, last)?;
            last = name;
            match name.map(|name| &mut self.shape.nodes[node].names[name]) {
                Some(name) if !name.takes.is_empty() || name.into.is_some() => {
                    if name.line == self.line {
                        return None;
                    }
                    name.line = self.line;
                    let (into, given) = (name.into, name.given);
                    let byte = scan.space();
                    let start = scan.at;
                    let sort = match into {
                        Some(into) if byte == b'{' => {
                            scan.at += 1;
                            self.object(scan, into, depth.checked_sub(1)?)?;
                            Sort::Object
                        }
                        _ => scan.value(depth)?,
                    };
                    if given || sort != Sort::Null {
                        let name = last.filter(|_| !given);
                        self.keep(node, last?, Place { rank: 0, sort, start, end: scan.at, name })?;
                    }
                }
                _ => {
                    scan.value(depth)?;
                }
            }
            if scan.ends(b'}')? {
                return Some(());
            }
        }
    }

    fn keep(&mut self, node: usize, name: usize, place: Place) -> Option<()> {
        for (slot, rank) in &self.shape.nodes[node].names[name].takes {
            let kept = &mut self.places[*slot];
            if kept.is_some_and(|kept| kept.rank == *rank) {
                // Two names for one column, such as `ID` and `id`.
                return None;
            }
            if kept.is_none_or(|kept| *rank < kept.rank) {
                *kept = Some(Place { rank: *rank, ..place });
            }
        }
        Some(())
    }

    /// Passes over the name of a member, from behind its first quote to behind the colon. The inner none is a name that
    /// there is no room for.
    #[inline]
    fn name(&mut self, scan: &mut Scan<'_>, node: usize, last: Option<usize>) -> Option<Option<usize>> {
        let here = &mut self.shape.nodes[node];
        let likely = last.map_or(here.first, |last| here.names[last].then);
        let rest = scan.bytes.get(scan.at..)?;
        for (which, at) in likely.into_iter().enumerate() {
            if let Some(name) = here.names.get(at)
                && rest.starts_with(name.text.as_bytes())
            {
                scan.at += name.text.len();
                if which == 1 {
                    let likely = last.map_or(&mut here.first, |last| &mut here.names[last].then);
                    likely.swap(0, 1);
                }
                return Some(Some(at));
            }
        }
        let start = scan.at;
        if scan.string()? {
            return None;
        }
        let name = std::str::from_utf8(&scan.bytes[start..scan.at - 1]).ok()?;
        scan.eat(b':')?;
        let at = self.shape.place(node, name);
        if let Some(at) = at {
            let here = &mut self.shape.nodes[node];
            let likely = last.map_or(&mut here.first, |last| &mut here.names[last].then);
            *likely = [at, likely[0]];
        }
        Some(at)
    }

    /// Makes a row of what was kept.
    fn row(&mut self, text: &str) {
        self.found.objects += 1;
        for slot in 0..self.places.len() {
            let Some(place) = self.places[slot].filter(|place| place.sort != Sort::Null) else {
                self.filler.cell(&Cell::Null);
                continue;
            };
            let raw = text.get(place.start..place.end).unwrap_or_default();
            let scratch = &mut self.scratch[slot];
            self.filler.cell(&cell_of(raw, place.sort, scratch));
            if !std::mem::replace(&mut self.met[slot], true) {
                let name = place.name.map(|name| self.shape.nodes[0].names[name].name());
                let name = name.or(self.shape.given[slot]).unwrap_or_default();
                self.found.used.entry(slot).or_insert_with(|| (self.found.objects, name.to_owned()));
            }
        }
        self.filler.end(self.before + self.line);
    }

    /// Reads a line that was not taken the fast way, or says what is wrong with it.
    fn slowly(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let number = self.before + self.line;
        if line.len() > LONGEST {
            return self.filler.reject(number, LONG.into());
        }
        if line.trim_ascii().is_empty() {
            return;
        }
        let object = match object(line) {
            Ok(object) => object,
            Err(reason) => return self.filler.reject(number, reason),
        };
        self.found.objects += 1;
        let mut guessed: Vec<Option<(usize, &str, &Value)>> = vec![None; self.places.len()];
        for (name, value) in &object {
            let Some(at) = self.shape.place(0, name) else { continue };
            let known = &self.shape.nodes[0].names[at];
            if let ([(slot, rank)], false, false) = (&known.takes[..], known.given, value.is_null())
                && guessed[*slot].is_none_or(|(best, _, _)| *rank < best)
            {
                guessed[*slot] = Some((*rank, name, value));
            }
        }
        for (slot, guessed) in guessed.into_iter().enumerate() {
            let value = match self.shape.given[slot] {
                Some(path) => at(&object, path).map(|value| (path, value)),
                None => guessed.map(|(_, name, value)| (name, value)),
            };
            self.filler.cell(&value.map_or(Cell::Null, |(_, value)| cell(value)));
            if let Some((name, _)) = value {
                self.found.used.entry(slot).or_insert_with(|| (self.found.objects, name.to_owned()));
            }
        }
        self.filler.end(number);
    }
}

/// What a value that was walked over says.
fn cell_of<'c>(raw: &'c str, sort: Sort, scratch: &'c mut String) -> Cell<'c> {
    let inside = || raw.get(1..raw.len() - 1).unwrap_or_default();
    match sort {
        Sort::Null => Cell::Null,
        Sort::True => Cell::Text("true".into()),
        Sort::False => Cell::Text("false".into()),
        Sort::Plain => Cell::Text(inside().into()),
        Sort::Escaped => {
            scratch.clear();
            unescape(inside(), scratch);
            Cell::Text(scratch.as_str().into())
        }
        Sort::Whole if raw.len() < 19 || raw.parse::<i64>().is_ok() || raw.parse::<u64>().is_ok() => {
            Cell::Text(raw.into())
        }
        Sort::Whole | Sort::Real => raw.parse().map_or(Cell::Other, Cell::Real),
        Sort::List => list_of(raw),
        Sort::Object => Cell::Other,
    }
}

/// A list of what is text, or can be.
fn list_of(raw: &str) -> Cell<'_> {
    let mut scan = Scan { bytes: raw.as_bytes(), at: 1 };
    let mut list = Vec::new();
    if scan.space() == b']' {
        return Cell::List(list);
    }
    loop {
        scan.space();
        let start = scan.at;
        let Some(sort @ (Sort::Plain | Sort::Escaped | Sort::True | Sort::False | Sort::Whole)) = scan.value(DEEPEST)
        else {
            return Cell::Other;
        };
        let mut scratch = String::new();
        match cell_of(raw.get(start..scan.at).unwrap_or_default(), sort, &mut scratch) {
            Cell::Text(Cow::Borrowed(_)) if sort == Sort::Escaped => list.push(Cow::Owned(scratch)),
            Cell::Text(_) if sort == Sort::Plain => {
                list.push(Cow::Borrowed(raw.get(start + 1..scan.at - 1).unwrap_or_default()));
            }
            Cell::Text(text) => list.push(Cow::Owned(text.into_owned())),
            _ => return Cell::Other,
        }
        if scan.ends(b']') != Some(false) {
            return Cell::List(list);
        }
    }
}

fn object(line: &[u8]) -> Result<Map<String, Value>, Reason> {
    let text = std::str::from_utf8(line).map_err(|_| "invalid UTF-8")?;
    if text.contains('\0') {
        return Err(NUL.into());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("not an object".into()),
        Err(e) if e.to_string().starts_with("recursion limit exceeded") => Err("nested too deep".into()),
        Err(_) => Err("not JSON".into()),
    }
}

/// What was found out about the members of the file so far.
#[derive(Default)]
struct Members {
    objects: u64,
    used: BTreeMap<usize, (u64, String)>,
    names: BTreeMap<Box<str>, bool>,
}

impl Members {
    fn add(&mut self, target: &Target, found: Found) {
        for (slot, (first, name)) in found.used {
            self.used.entry(slot).or_insert((self.objects + first, name));
        }
        debug_assert!(self.used.len() <= target.width());
        for (name, useless) in found.names {
            if self.names.len() < MOST_NAMES {
                self.names.insert(name, useless);
            }
        }
        self.objects += found.objects;
    }

    /// A required column that no object had, or none of the first `enough`.
    fn lost<'t>(&self, target: &'t Target, enough: u64) -> Option<&'t str> {
        let due = self.objects > 0 && (enough == u64::MAX || self.objects >= enough);
        let absent = |slot: &usize| self.used.get(slot).is_none_or(|(first, _)| *first > enough);
        due.then(|| target.required().find(|(slot, _)| absent(slot)).map(|(_, name)| name)).flatten()
    }

    fn names(&self) -> Vec<String> {
        self.names.keys().map(|name| name.to_string()).collect()
    }

    fn ignored(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter(|(_, useless)| **useless).map(|(name, _)| &**name)
    }
}

/// A member by its name, or by the path to it: `public_metrics.followers_count`.
fn at<'v>(object: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let value = object.get(path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        at(object.get(first)?.as_object()?, rest)
    });
    value.filter(|v| !v.is_null())
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(flag) => Cell::Text(if *flag { "true" } else { "false" }.into()),
        Value::String(text) => Cell::Text(text.into()),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(n), _, _) => Cell::Text(n.to_string().into()),
            (_, Some(n), _) => Cell::Text(n.to_string().into()),
            (_, _, Some(real)) => Cell::Real(real),
            _ => Cell::Other,
        },
        Value::Array(list) => {
            let texts = list.iter().map(|item| match cell(item) {
                Cell::Text(text) => Some(text),
                _ => None,
            });
            texts.collect::<Option<Vec<_>>>().map_or(Cell::Other, Cell::List)
        }
        Value::Object(_) => Cell::Other,
    }
}

#[cfg(test)]
mod tests;
