//! Which members of the objects of a file are wanted, by name or by a path, and which names were met.
//!
//! Objects of one file have nearly the same members in nearly the same order, so each name knows which two came behind
//! it lately. To find the next one, its bytes are compared with those, and only where both differ is it looked up.

use std::collections::HashMap;

use super::columns::{self, Column};

/// So many names of members are kept: a file whose every row has new ones must not fill the memory.
pub(super) const MOST_NAMES: usize = 1000;

/// The members that are wanted of an object, and those met.
#[derive(Clone, Default)]
pub(super) struct Node {
    pub(super) names: Vec<Name>,
    index: HashMap<Box<str>, usize>,
    /// What an object began with lately.
    pub(super) first: Likely,
    /// Names met that were not asked for, in the order in which they came up; kept for the outermost objects only.
    pub(super) new: Vec<(Box<str>, bool)>,
}

/// The two names that came here last.
pub(super) type Likely = [usize; 2];

/// The name of a member.
#[derive(Clone, Default)]
pub(super) struct Name {
    /// The name with what ends it: `name":`.
    pub(super) text: Box<str>,
    /// The columns that its value goes to, with a rank: the lowest rank that is there decides.
    pub(super) takes: Vec<(usize, usize)>,
    /// Whether an option named it: then a null is an answer.
    pub(super) given: bool,
    /// What is wanted of the object that it holds.
    pub(super) into: Option<usize>,
    /// What came behind it lately.
    pub(super) then: Likely,
    /// The line it was in last: none may have it twice.
    pub(super) line: u64,
}

impl Name {
    pub(super) fn name(&self) -> &str {
        &self.text[..self.text.len() - 2]
    }
}

/// What is wanted of the objects of a file; the outermost is the first.
#[derive(Clone)]
pub(super) struct Shape<'o> {
    pub(super) nodes: Vec<Node>,
    /// The columns that names are guessed for.
    columns: &'static [Column],
    /// The paths that options give for the columns.
    pub(super) given: Vec<Option<&'o str>>,
}

impl<'o> Shape<'o> {
    pub(super) fn new(columns: &'static [Column], given: &[Option<&'o str>]) -> Self {
        let mut shape = Self { nodes: vec![Node::new()], columns, given: given.to_vec() };
        for (slot, path) in given.iter().enumerate() {
            if let Some(path) = path {
                shape.give(0, slot, path, 0);
            }
        }
        shape
    }

    /// A member by its name, or by the path to it: `public_metrics.followers_count`. The name goes first.
    fn give(&mut self, node: usize, slot: usize, path: &str, rank: usize) {
        let name = self.nodes[node].name(path);
        self.nodes[node].names[name].takes.push((slot, rank));
        if let Some((first, rest)) = path.split_once('.') {
            let name = self.nodes[node].name(first);
            let into = match self.nodes[node].names[name].into {
                Some(into) => into,
                None => {
                    self.nodes.push(Node::new());
                    self.nodes.len() - 1
                }
            };
            self.nodes[node].names[name].into = Some(into);
            self.give(into, slot, rest, rank + 1);
        }
    }

    /// The place of a name in a node, which it is given if there is room.
    pub(super) fn place(&mut self, node: usize, name: &str) -> Option<usize> {
        if let Some(at) = self.nodes[node].index.get(name) {
            return Some(*at);
        }
        // A member that an option gives is taken for nothing else, and neither is the object that holds it: those names
        // are there from the start.
        let guess = columns::guess(self.columns, name).filter(|(slot, _)| node == 0 && self.given[*slot].is_none());
        if self.nodes[node].names.len() >= MOST_NAMES && guess.is_none() {
            return None;
        }
        let at = self.nodes[node].name(name);
        if node == 0 {
            let new = &mut self.nodes[0].names[at];
            new.given = false;
            new.takes.extend(guess);
            self.nodes[0].new.push((name.into(), guess.is_none()));
        }
        Some(at)
    }

    /// Forgets the outermost names behind the first `count`: they came up in a line that is not sound.
    pub(super) fn forget(&mut self, count: usize) {
        let Node { names, index, new, .. } = &mut self.nodes[0];
        for name in names.drain(count.min(names.len())..) {
            index.remove(name.name());
            new.pop();
        }
    }
}

/// No name.
const NONE: Likely = [usize::MAX; 2];

impl Node {
    fn new() -> Self {
        Self { first: NONE, ..Self::default() }
    }

    /// The place of a name, which it is given where it has none.
    fn name(&mut self, name: &str) -> usize {
        if let Some(at) = self.index.get(name) {
            return *at;
        }
        let text = format!("{name}\":").into();
        self.index.insert(name.into(), self.names.len());
        self.names.push(Name { text, given: true, then: NONE, ..Name::default() });
        self.names.len() - 1
    }
}
