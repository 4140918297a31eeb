//! JSON lines: one object a line.
//!
//! A line is walked over once, in place ([`Scan`], [`Shape`]), and only where the values of wanted members stand is kept.
//! A line that this walk does not take, broken or odd, is read again by `serde_json`, which has the last word and gives
//! the reason. Cost: linear in the file, whatever stands in it; memory: the wanted values and what lines look like.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use memchr::memchr;
use serde_json::{Map, Value};
use simdutf8::basic::from_utf8;

use super::columns;
use super::fill::{Filler, Rows, Target};
use super::intake::{INVALID, Intake};
use super::lines::LONGEST;
use super::order::in_order;
use super::pieces::{Piece, Pieces, Pool};
use super::rejected::Reason;
use super::scan::{DEEPEST, Scan, Sort, unescape};
use super::shape::{From, LINE, MOST_NAMES, Shape, To};
use super::source::damaged;
use super::values::{Cell, NUL, Size};
use super::{Kind, Options, Wanted, What};
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
    let mut next = || pieces.next(&pool).map_err(|e| damaged(file, e));
    let Some(first) = next()? else { return Ok(()) };
    let mut reader = Reader::new(target, shape.clone(), &[], &first);
    reader.piece(&first);
    // What the first piece taught, the others begin with, each by itself: so it does not matter who reads which.
    let (shape, sizes) = (reader.shape.learned(), reader.filler.sizes());
    each(reader.finish()?)?;
    pool.put(first);
    in_order(
        next,
        |piece| {
            let mut reader = Reader::new(target, shape.clone(), &sizes, &piece);
            reader.piece(&piece);
            pool.put(piece);
            reader.finish()
        },
        |parsed| each(parsed?),
    )
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
    names: Vec<(Arc<str>, bool)>,
}

struct Reader<'t, 'o> {
    target: &'t Target,
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

impl<'t, 'o> Reader<'t, 'o> {
    fn new(target: &'t Target, shape: Shape<'o>, sizes: &[Size], piece: &Piece) -> Self {
        let (found, line, width) = (Found::default(), 0, target.width());
        let (places, met, scratch) = (vec![None; width], vec![false; width], vec![String::new(); width]);
        let filler = Filler::with_sizes(target, sizes);
        Self { target, shape, filler, places, met, scratch, line, before: piece.before, found }
    }

    fn piece(&mut self, piece: &Piece) {
        if piece.long {
            self.filler.reject(piece.before + 1, LONG.into());
        } else if let Ok(text) = from_utf8(piece.bytes()) {
            self.lines(text);
        } else {
            // Some line is not UTF-8; the others are sound.
            for line in piece.bytes().split_inclusive(|b| *b == b'\n') {
                match from_utf8(line) {
                    Ok(line) => self.lines(line),
                    Err(_) => {
                        self.line += 1;
                        self.slowly(line);
                    }
                }
            }
        }
    }

    fn finish(mut self) -> Result<Parsed> {
        self.found.names = std::mem::take(&mut self.shape.new);
        Ok(Parsed { found: self.found, rows: self.filler.finish()? })
    }

    /// Reads whole lines, with wider instructions where the processor has them.
    #[allow(unsafe_code)]
    fn lines(&mut self, text: &str) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("bmi2") {
            // SAFETY: the processor was asked for each feature that `lines_wide` is compiled for.
            return unsafe { self.lines_wide(text) };
        }
        self.lines_with(text);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    fn lines_wide(&mut self, text: &str) {
        self.lines_with(text);
    }

    #[inline(always)] // so that it is compiled for what its caller is
    fn lines_with(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut scan = Scan { bytes, at: 0 };
        while scan.at < bytes.len() {
            let start = scan.at;
            self.line += 1;
            self.places.fill(None);
            let known = self.shape.size();
            let sound = self.object(&mut scan).is_some();
            if !sound {
                scan.at = start + memchr(b'\n', &bytes[start..]).unwrap_or(bytes.len() - start) + 1;
            }
            let end = scan.at - 1;
            if !sound || end - start > LONGEST {
                self.shape.forget(known);
                self.slowly(&bytes[start..end]);
                continue;
            }
            self.row(text);
        }
    }

    /// Walks over a line to behind its end, and keeps where wanted values stand. None where it is not sound, or so odd
    /// that another reader must say what it means.
    #[inline(always)]
    fn object(&mut self, scan: &mut Scan<'_>) -> Option<()> {
        scan.eat(b'{')?;
        let mut from = From { spot: LINE, inside: true };
        loop {
            let To { spot, quoted } = self.shape.next(scan, from)?;
            let Some(known) = self.shape.spots.get_mut(spot) else { return Some(()) };
            from = From { spot, inside: false };
            let start = if quoted { scan.at - 1 } else { scan.skip() };
            let wanted = known.wanted();
            if wanted && std::mem::replace(&mut known.line, self.line) == self.line {
                return None;
            }
            let sort = if quoted {
                scan.text()?
            } else if known.into && scan.space() == b'{' {
                scan.at += 1;
                from.inside = true;
                Sort::Object
            } else {
                scan.value(DEEPEST - known.depth)?
            };
            if wanted && (known.given || sort != Sort::Null) {
                let name = Some(spot).filter(|_| !known.given);
                self.keep(spot, Place { rank: 0, sort, start, end: scan.at, name })?;
            }
        }
    }

    fn keep(&mut self, spot: usize, place: Place) -> Option<()> {
        for (slot, rank) in &self.shape.spots[spot].takes {
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
            self.filler.cell(&cell_of(raw, place.sort, self.target.kind(slot), scratch));
            if !std::mem::replace(&mut self.met[slot], true) {
                let name = place.name.map(|name| self.shape.spots[name].name());
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
            let Some(at) = self.shape.outermost(name) else { continue };
            let known = &self.shape.spots[at];
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
            self.filler.cell(&value.map_or(Cell::Null, |(_, value)| cell(value, self.target.kind(slot))));
            if let Some((name, _)) = value {
                self.found.used.entry(slot).or_insert_with(|| (self.found.objects, name.to_owned()));
            }
        }
        self.filler.end(number);
    }
}

/// What a value that was walked over says.
fn cell_of<'c>(raw: &'c str, sort: Sort, kind: Kind, scratch: &'c mut String) -> Cell<'c> {
    match sort {
        Sort::Null => Cell::Null,
        Sort::True | Sort::False => Cell::Plain(raw),
        Sort::Plain => Cell::Plain(inside(raw)),
        Sort::Escaped => {
            scratch.clear();
            unescape(inside(raw), scratch);
            Cell::Text(scratch.as_str().into())
        }
        Sort::Whole if raw.len() < 19 || raw.parse::<i64>().is_ok() || raw.parse::<u64>().is_ok() => Cell::Plain(raw),
        Sort::Whole | Sort::Real => raw.parse().map_or(Cell::Other, Cell::Real),
        Sort::List => list_of(raw, kind).map_or(Cell::Other, Cell::List),
        Sort::Object => Cell::Other,
    }
}

/// The text between quotes.
fn inside(raw: &str) -> &str {
    raw.get(1..raw.len() - 1).unwrap_or_default()
}

/// A list of what is text, or can be, or of objects that hold it.
fn list_of(raw: &str, kind: Kind) -> Option<Vec<Cow<'_, str>>> {
    let mut scan = Scan { bytes: raw.as_bytes(), at: 1 };
    let mut list = Vec::new();
    if scan.space() == b']' {
        return Some(list);
    }
    loop {
        let start = scan.skip();
        let sort = scan.value(DEEPEST)?;
        let item = raw.get(start..scan.at)?;
        list.push(if sort == Sort::Object {
            text_of(member_of(item, kind.members())?)?
        } else {
            text_of((item, sort))?
        });
        if scan.ends(b']')? {
            return Some(list);
        }
    }
}

/// Of an object the first of the members that is there.
fn member_of<'r>(raw: &'r str, members: &[&str]) -> Option<(&'r str, Sort)> {
    let mut scan = Scan { bytes: raw.as_bytes(), at: 1 };
    let mut found = vec![None; members.len()];
    let mut ended = scan.space() == b'}';
    while !ended {
        let start = scan.skip();
        let sort = scan.value(DEEPEST)?;
        let name = text_of((raw.get(start..scan.at)?, sort))?;
        scan.eat(b':')?;
        let start = scan.skip();
        let sort = scan.value(DEEPEST)?;
        if let Some(at) = members.iter().position(|member| *member == name) {
            found[at] = Some((raw.get(start..scan.at)?, sort)).filter(|_| sort != Sort::Null);
        }
        ended = scan.ends(b'}')?;
    }
    found.into_iter().flatten().next()
}

fn text_of((raw, sort): (&str, Sort)) -> Option<Cow<'_, str>> {
    let mut text = String::new();
    match cell_of(raw, sort, Kind::Text, &mut text) {
        _ if sort == Sort::Escaped => Some(text.into()),
        Cell::Plain(_) if sort == Sort::Plain => Some(inside(raw).into()),
        Cell::Plain(_) => Some(raw.into()),
        _ => None,
    }
}

/// A line read slowly, or what is wrong with it.
pub(super) fn object(line: &[u8]) -> Result<Map<String, Value>, Reason> {
    let text = std::str::from_utf8(line).map_err(|_| INVALID)?;
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
    names: BTreeMap<Arc<str>, bool>,
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

fn cell(value: &Value, kind: Kind) -> Cell<'_> {
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
            let texts = list.iter().map(|item| {
                match cell(item.as_object().map_or(Some(item), |o| held(o, kind))?, Kind::Text) {
                    Cell::Text(text) => Some(text),
                    _ => None,
                }
            });
            texts.collect::<Option<Vec<_>>>().map_or(Cell::Other, Cell::List)
        }
        Value::Object(_) => Cell::Other,
    }
}

/// Of an object the first of the members that is there.
fn held(object: &Map<String, Value>, kind: Kind) -> Option<&Value> {
    kind.members().iter().filter_map(|name| object.get(*name)).find(|value| !value.is_null())
}

#[cfg(test)]
mod tests;
