//! Which members of the objects of a file are wanted, by name or by a path, and what its lines look like around values.
//!
//! Lines of one file have nearly the same members in nearly the same order. So what stands between a value and the next,
//! `,"commit":{"rev":"` for instance, is walked over once and then remembered with the place where it led to: where the
//! same bytes stand behind the same place again, one comparison is all. A place is the path of a value without its
//! position in lists, which is all that decides what may come behind it; so what was sound once is sound again.

use std::collections::HashMap;
use std::sync::Arc;

use super::columns::{self, Column};
use super::scan::{DEEPEST, Scan};

/// So many names of outermost members are kept: a file whose every row has new ones must not fill the memory.
pub(super) const MOST_NAMES: usize = 1000;
/// So many places and ways between them are kept.
const MOST: usize = 4096;
/// So many ways lead on from a place; they are tried one by one.
const MOST_WAYS: usize = 8;

/// The place of the line's object itself.
pub(super) const LINE: usize = 0;
/// Where a way leads to that ends the line.
pub(super) const END: usize = NONE;
/// No way.
const NONE: usize = usize::MAX;

/// The place of a value.
#[derive(Clone, Default)]
pub(super) struct Spot {
    /// The place of the container that it is in.
    parent: usize,
    /// Its name in an object; none in a list.
    name: Option<Arc<str>>,
    /// How many containers it is in.
    pub(super) depth: u32,
    /// The columns that its value goes to, with a rank: the lowest rank that is there decides.
    pub(super) takes: Vec<(usize, usize)>,
    /// Whether an option named it: then a null is an answer.
    pub(super) given: bool,
    /// Whether members of it are wanted.
    pub(super) into: bool,
    /// Stands for members whose names are not kept: what is in them is not, either.
    nameless: bool,
    /// The line it was in last; none may have it twice.
    pub(super) line: u64,
    members: HashMap<Arc<str>, usize>,
    /// The place of the elements of the list, and that of nameless members.
    element: Option<usize>,
    other: Option<usize>,
    /// The first way that leads on from behind the value, and from behind its opening brace.
    ways: [usize; 2],
}

impl Spot {
    /// Whether something of it is asked for, so that no way leads past it.
    #[inline]
    pub(super) fn wanted(&self) -> bool {
        self.into || !self.takes.is_empty()
    }

    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

/// From where a way leads on: behind the value of a place, or behind its opening brace.
#[derive(Clone, Copy)]
pub(super) struct From {
    pub(super) spot: usize,
    pub(super) inside: bool,
}

/// What stands before a value.
#[derive(Clone)]
struct Way {
    /// The first bytes, and which bits of them count.
    head: Head,
    mask: Head,
    /// All of them.
    text: Arc<[u8]>,
    to: To,
    /// Another way from the same place.
    or: usize,
}

impl Way {
    fn new(text: &[u8], to: To) -> Self {
        let [mut bytes, mut mask] = [[0; HEAD]; 2];
        for (at, byte) in text.iter().take(HEAD).enumerate() {
            (bytes[at], mask[at]) = (*byte, 0xff);
        }
        Self { head: head(&bytes), mask: head(&mask), text: text.into(), to, or: NONE }
    }
}

/// As many bytes as are compared at once.
type Head = [u64; HEAD / 8];
const HEAD: usize = 32;

#[inline]
fn head(bytes: &[u8; HEAD]) -> Head {
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_le_bytes(words[i]))
}

/// Where a way leads to.
#[derive(Clone, Copy)]
pub(super) struct To {
    /// The place of a value that is no container or is wanted; or [`END`].
    pub(super) spot: usize,
    /// Whether the quote that begins a text was passed over.
    pub(super) quoted: bool,
}

/// What is wanted of the lines of a file, and what they were seen to be like.
#[derive(Clone)]
pub(super) struct Shape<'o> {
    pub(super) spots: Vec<Spot>,
    ways: Vec<Way>,
    /// Names of outermost members met that were not asked for, and whether they are of no use.
    pub(super) new: Vec<(Arc<str>, bool)>,
    /// The columns that names are guessed for.
    columns: &'static [Column],
    /// The paths that options give for the columns.
    pub(super) given: Vec<Option<&'o str>>,
}

impl<'o> Shape<'o> {
    pub(super) fn new(columns: &'static [Column], given: &[Option<&'o str>]) -> Self {
        let (spots, ways, new) = Default::default();
        let mut shape = Self { spots, ways, new, columns, given: given.to_vec() };
        shape.add(LINE, None);
        (shape.spots[LINE].depth, shape.spots[LINE].into) = (0, true);
        for (slot, path) in given.iter().enumerate() {
            if let Some(path) = path {
                shape.give(LINE, slot, path, 0);
            }
        }
        shape
    }

    /// A member by its name, or by the path to it: `public_metrics.followers_count`. The name goes first.
    fn give(&mut self, object: usize, slot: usize, path: &str, rank: usize) {
        let at = self.given(object, path);
        self.spots[at].takes.push((slot, rank));
        if let Some((first, rest)) = path.split_once('.') {
            let into = self.given(object, first);
            self.spots[into].into = true;
            self.give(into, slot, rest, rank + 1);
        }
    }

    fn given(&mut self, object: usize, name: &str) -> usize {
        let at = self.spots[object].members.get(name).copied().unwrap_or_else(|| self.add(object, Some(name)));
        self.spots[at].given = true;
        at
    }

    fn add(&mut self, parent: usize, name: Option<&str>) -> usize {
        let (at, name) = (self.spots.len(), name.map(Arc::from));
        if let Some(name) = &name {
            self.spots[parent].members.insert(Arc::clone(name), at);
        }
        let depth = self.spots.get(parent).map_or(0, |parent| parent.depth + 1);
        self.spots.push(Spot { parent, name, depth, ways: [NONE; 2], ..Spot::default() });
        at
    }

    /// The place of a member of the outermost object, unless there are too many.
    pub(super) fn outermost(&mut self, name: &str) -> Option<usize> {
        if let Some(at) = self.spots[LINE].members.get(name) {
            return Some(*at);
        }
        // A member that an option gives is taken for nothing else, and neither is the object that holds it: those names
        // are there from the start.
        let guess = columns::guess(self.columns, name).filter(|(slot, _)| self.given[*slot].is_none());
        if self.spots[LINE].members.len() >= MOST_NAMES && guess.is_none() {
            return None;
        }
        let at = self.add(LINE, Some(name));
        self.spots[at].takes.extend(guess);
        self.new.push((name.into(), guess.is_none()));
        Some(at)
    }

    /// Where the next value stands that is wanted or is no container. None where the line is not sound before it, or so
    /// odd that another reader must say what it means.
    #[inline(always)]
    pub(super) fn next(&mut self, scan: &mut Scan<'_>, from: From) -> Option<To> {
        let rest = scan.bytes.get(scan.at..)?;
        if let Some(first) = rest.first_chunk() {
            let here = head(first);
            let mut next = self.spots[from.spot].ways[usize::from(from.inside)];
            while let Some(way) = self.ways.get(next) {
                let differ = (0..here.len()).fold(0, |d, i| d | (here[i] ^ way.head[i]) & way.mask[i]);
                if differ == 0 && (way.text.len() <= HEAD || rest.starts_with(&way.text)) {
                    scan.at += way.text.len();
                    return Some(way.to);
                }
                next = way.or;
            }
        }
        self.learn(scan, from)
    }

    #[cold]
    fn learn(&mut self, scan: &mut Scan<'_>, from: From) -> Option<To> {
        let start = scan.at;
        let spot = self.walk(scan, from)?;
        let quoted = spot != END && scan.peek() == b'"';
        scan.at += usize::from(quoted);
        let (to, new) = (To { spot, quoted }, self.ways.len());
        let first = &mut self.spots[from.spot].ways[usize::from(from.inside)];
        let mut last = None;
        let mut next = *first;
        for _ in 0..MOST_WAYS {
            match self.ways.get(next) {
                Some(way) => (last, next) = (Some(next), way.or),
                None => break,
            }
        }
        if next == NONE
            && new < MOST
            && let Some(text) = scan.bytes.get(start..scan.at)
        {
            *last.map_or(first, |last| &mut self.ways[last].or) = new;
            self.ways.push(Way::new(text, to));
        }
        Some(to)
    }

    /// Walks on byte by byte.
    fn walk(&mut self, scan: &mut Scan<'_>, from: From) -> Option<usize> {
        let From { mut spot, mut inside } = from;
        loop {
            let mut value = if inside {
                if scan.space() == b'}' {
                    scan.at += 1;
                    inside = false;
                    continue;
                }
                self.member(scan, spot)?
            } else if spot == LINE {
                let end = scan.space();
                scan.at += 1;
                return (end == b'\n').then_some(END);
            } else {
                let (parent, list) = (self.spots[spot].parent, self.spots[spot].name.is_none());
                let list = list && !self.spots[spot].nameless;
                if scan.ends(if list { b']' } else { b'}' })? {
                    spot = parent;
                    continue;
                }
                if list { spot } else { self.member(scan, parent)? }
            };
            loop {
                let byte = scan.space();
                let known = &self.spots[value];
                let whole = known.wanted() || known.nameless || known.depth >= DEEPEST || self.spots.len() >= MOST;
                if whole || !matches!(byte, b'{' | b'[') {
                    return Some(value);
                }
                scan.at += 1;
                (spot, inside) = (value, byte == b'{');
                if inside {
                    break;
                }
                if scan.space() == b']' {
                    scan.at += 1;
                    break;
                }
                value = self.element(spot);
            }
        }
    }

    /// Passes over the name of a member and its colon.
    fn member(&mut self, scan: &mut Scan<'_>, object: usize) -> Option<usize> {
        scan.eat(b'"')?;
        let start = scan.at;
        let escaped = scan.string()?;
        let name = std::str::from_utf8(&scan.bytes[start..scan.at - 1]).ok()?;
        scan.eat(b':')?;
        if escaped {
            // It may be a wanted name.
            return if self.spots[object].into { None } else { Some(self.other(object)) };
        }
        let known = self.spots[object].members.get(name).copied();
        let known = if object == LINE { known.or_else(|| self.outermost(name)) } else { known };
        Some(match known {
            Some(at) => at,
            None if object == LINE || self.spots.len() >= MOST => self.other(object),
            None => self.add(object, Some(name)),
        })
    }

    fn element(&mut self, list: usize) -> usize {
        let at = self.spots[list].element.unwrap_or_else(|| self.add(list, None));
        self.spots[list].element = Some(at);
        at
    }

    fn other(&mut self, object: usize) -> usize {
        let at = self.spots[object].other.unwrap_or_else(|| self.add(object, None));
        (self.spots[object].other, self.spots[at].nameless) = (Some(at), true);
        at
    }

    /// What is known, for other lines to begin with.
    pub(super) fn learned(&self) -> Self {
        let mut learned = self.clone();
        learned.new.clear();
        learned.spots.iter_mut().for_each(|spot| spot.line = 0);
        learned
    }

    /// How much is known.
    pub(super) fn size(&self) -> [usize; 3] {
        [self.spots.len(), self.ways.len(), self.new.len()]
    }

    /// Forgets what came up since it knew no more than `size`: in a line that is not sound.
    pub(super) fn forget(&mut self, [spots, ways, new]: [usize; 3]) {
        if self.size() == [spots, ways, new] {
            return;
        }
        self.spots.truncate(spots);
        self.ways.truncate(ways);
        self.new.truncate(new);
        for spot in &mut self.spots {
            spot.members.retain(|_, at| *at < spots);
            spot.element = spot.element.filter(|at| *at < spots);
            spot.other = spot.other.filter(|at| *at < spots);
            spot.ways = spot.ways.map(|way| if way < ways { way } else { NONE });
        }
        for way in &mut self.ways {
            way.or = if way.or < ways { way.or } else { NONE };
        }
    }
}
