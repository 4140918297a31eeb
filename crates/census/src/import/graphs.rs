//! GEXF and GraphML, as Gephi, NetworkX and igraph write them: edges are follows, and nodes with attributes that the table
//! has columns for are accounts.
//!
//! The file is walked over once, tag by tag; a tag is bounded, and so is how deep they nest. Nothing but XML's own five
//! entities and numbered characters is resolved: a file that declares entities of its own is refused before the first of
//! them is used, and nothing outside of the file is ever read.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, Read};
use std::path::Path;

use memchr::memchr_iter;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::columns::{self, WIDTH, plain};
use super::fill::{Filler, Target};
use super::intake::Intake;
use super::lines::LONGEST;
use super::values::Cell;
use super::{Form, Options, What};
use crate::{Error, Result, when};

/// Elements in elements.
const DEEPEST: usize = 128;
/// So many attributes may be declared.
const MOST_ATTRIBUTES: usize = 1000;
/// Rows that are taken in at a time, and the bytes of what was read for them.
const ROWS: usize = 8192;
const BYTES: usize = 8 << 20;
/// The place of `id` and of `name` among the columns of accounts.
const ID: usize = 0;
const NAME: usize = 2;

/// What was found out about a graph.
pub(super) struct Graph {
    /// Whether its edges have no direction.
    pub(super) undirected: bool,
    pub(super) columns: BTreeMap<String, String>,
    /// Attributes that are of no use.
    pub(super) ignored: Vec<String>,
}

/// Gives every edge, and every node of which something is known, to `intake`.
pub(super) fn read(
    input: impl BufRead,
    file: &Path,
    form: Form,
    options: &Options,
    intake: &mut Intake<'_>,
) -> Result<Graph> {
    let mut reader = Reader::from_reader(Bounded { input, left: LONGEST, lines: 0 });
    reader.config_mut().expand_empty_elements = true;
    let targets = [What::Accounts, What::Follows].map(Target::table);
    let mut graph = Reading::new(form, options, &targets);
    let (mut buffer, mut depth, mut events, mut root) = (Vec::new(), 0, 0u64, false);
    loop {
        buffer.clear();
        reader.get_mut().left = LONGEST;
        graph.line = reader.get_ref().lines + 1;
        let line = graph.line;
        let event = reader.read_event_into(&mut buffer).map_err(|e| broken(file, line, e))?;
        events += 1;
        if events.is_multiple_of(4096) {
            intake.check()?;
        }
        match event {
            Event::Start(tag) => {
                depth += 1;
                root = true;
                if depth > DEEPEST {
                    return Err(Error::data(format!("{} is nested too deep, at line {line}", file.display()))
                        .help("more than 128 elements lie in each other, which no graph needs"));
                }
                graph.bytes += tag.len();
                graph.start(&tag).map_err(|e| broken(file, line, e))?;
            }
            Event::End(tag) => {
                depth -= 1;
                graph.end(tag.local_name().as_ref());
                if graph.due() {
                    intake.take_all(graph.flush()?)?;
                }
            }
            Event::Text(text) => graph.text(&text.xml10_content()),
            Event::CData(text) => graph.text(&text.xml10_content()),
            Event::GeneralRef(entity) => {
                let character = entity.resolve_char_ref().map_err(|e| broken(file, line, e))?;
                let known = || quick_xml::escape::resolve_predefined_entity(&entity);
                match (character, known()) {
                    (Some(character), _) => graph.text(character.encode_utf8(&mut [0; 4])),
                    (None, Some(text)) => graph.text(text),
                    (None, None) => {
                        return Err(Error::data(format!(
                            "{} uses the entity `{}`, which XML does not know, at line {line}",
                            file.display(),
                            plain(&entity)
                        ))
                        .help("write the text itself in its place"));
                    }
                }
            }
            Event::DocType(text) if text.contains('[') || text.contains("<!") => {
                return Err(Error::data(format!("{} declares entities or elements of its own", file.display()))
                    .help("no graph needs that, and it is a way to make a small file huge: take the `<!DOCTYPE …>` out if you trust the file"));
            }
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().transpose().map_err(|e| broken(file, line, e.into()))?;
                if let Some(encoding) =
                    encoding.filter(|e| !["utf-8", "utf8", "us-ascii"].iter().any(|k| e.eq_ignore_ascii_case(k)))
                {
                    return Err(Error::data(format!("{} is in {}", file.display(), plain(&encoding))).help(
                        "save it as UTF-8, for instance with iconv, and change the first line to encoding=\"UTF-8\"",
                    ));
                }
            }
            Event::Eof if depth > 0 || !root => {
                return Err(Error::data(format!("{} ends within its graph, at line {line}", file.display()))
                    .help("the file may be cut short; fetch it or write it again"));
            }
            Event::Eof => break,
            _ => (),
        }
    }
    intake.take_all(graph.flush()?)?;
    let Reading { undirected, used, ignored, .. } = graph;
    let columns = columns::of(What::Accounts);
    let columns = used.into_iter().map(|(slot, (_, title))| (columns[slot].name.to_owned(), title)).collect();
    Ok(Graph { undirected, columns, ignored })
}

fn broken(file: &Path, line: u64, error: quick_xml::Error) -> Error {
    Error::data(format!("{} is not sound XML, at line {line}", file.display()))
        .because(error)
        .help("the file may be cut short or damaged, or not UTF-8; write it again, for instance with Gephi or NetworkX")
}

/// Counts lines, and fails once a tag or a text is longer than a bound.
struct Bounded<R> {
    input: R,
    left: usize,
    lines: u64,
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.input.fill_buf()?;
        if self.left == 0 && !bytes.is_empty() {
            return Err(io::Error::other("a tag or a text is longer than 1 MiB"));
        }
        Ok(&bytes[..bytes.len().min(self.left)])
    }
    fn consume(&mut self, count: usize) {
        if let Ok(bytes) = self.input.fill_buf() {
            self.lines += memchr_iter(b'\n', &bytes[..count.min(bytes.len())]).count() as u64;
        }
        self.left -= count.min(self.left);
        self.input.consume(count);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// What an attribute of nodes or edges is for.
#[derive(Clone, Copy)]
enum Use {
    Account(usize),
    /// Since when the one follows the other.
    Created,
}

#[derive(Default)]
struct Node {
    id: String,
    label: Option<String>,
    values: [Option<String>; WIDTH],
    line: u64,
}

#[derive(Default)]
struct Edge {
    src: Option<String>,
    dst: Option<String>,
    both: bool,
    created_at: Option<String>,
    line: u64,
}

/// The graph as it is read.
struct Reading<'t> {
    form: Form,
    options: &'t Options,
    accounts: Filler<'t>,
    follows: Filler<'t>,
    targets: &'t [Target; 2],
    undirected: bool,
    /// What the declared attributes of nodes and of edges are for, by whether they are of edges and their id.
    attributes: HashMap<(bool, String), Use>,
    declared: usize,
    /// Whether GEXF's attributes that are being declared are those of edges.
    of_edges: bool,
    used: BTreeMap<usize, (usize, String)>,
    ignored: Vec<String>,
    /// Nodes may lie in each other.
    nodes: Vec<Node>,
    edge: Option<Edge>,
    /// GraphML: the attribute whose value is being read.
    data: Option<Use>,
    value: String,
    line: u64,
    bytes: usize,
}

impl<'t> Reading<'t> {
    fn new(form: Form, options: &'t Options, targets: &'t [Target; 2]) -> Self {
        let [accounts, follows] = [0, 1].map(|i| Filler::new(&targets[i]));
        Self {
            form,
            options,
            accounts,
            follows,
            targets,
            undirected: false,
            attributes: HashMap::new(),
            declared: 0,
            of_edges: false,
            used: BTreeMap::new(),
            ignored: Vec::new(),
            nodes: Vec::new(),
            edge: None,
            data: None,
            value: String::new(),
            line: 0,
            bytes: 0,
        }
    }

    fn due(&self) -> bool {
        self.accounts.len() + self.follows.len() >= ROWS || self.bytes >= BYTES
    }

    fn flush(&mut self) -> Result<[super::fill::Rows; 2]> {
        self.bytes = 0;
        let accounts = std::mem::replace(&mut self.accounts, Filler::new(&self.targets[0]));
        let follows = std::mem::replace(&mut self.follows, Filler::new(&self.targets[1]));
        Ok([accounts.finish()?, follows.finish()?])
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> quick_xml::Result<()> {
        let of = |name: &str| attribute(tag, name);
        match (self.form, tag.local_name().as_ref()) {
            // GEXF's own default is a graph without direction.
            (Form::Gexf, "graph") => {
                self.undirected =
                    self.options.undirected || of("defaultedgetype")?.is_none_or(|kind| kind != "directed");
            }
            (_, "graph") => {
                let directed = of("edgedefault")?.is_none_or(|kind| kind != "undirected");
                self.undirected = self.options.undirected || !directed;
            }
            (Form::Gexf, "attributes") => self.of_edges = of("class")?.is_some_and(|class| class == "edge"),
            (Form::Gexf, "attribute") => self.declare(self.of_edges, of("id")?, of("title")?),
            (Form::GraphMl, "key") => {
                let title = of("attr.name")?.or(of("id")?);
                match of("for")?.as_deref() {
                    Some("edge") => self.declare(true, of("id")?, title),
                    Some("node" | "all") | None => self.declare(false, of("id")?, title),
                    _ => (),
                }
            }
            (_, "node") => self.nodes.push(Node {
                id: of("id")?.unwrap_or_default(),
                label: of("label")?,
                values: Default::default(),
                line: self.line,
            }),
            (_, "edge") => {
                let both = match (self.form, of("type")?.as_deref(), of("directed")?.as_deref()) {
                    _ if self.options.undirected => true,
                    (Form::Gexf, Some(kind), _) => kind != "directed",
                    (Form::GraphMl, _, Some(directed)) => directed != "true",
                    _ => self.undirected,
                };
                let created_at = of("start")?.filter(|time| when::parse(time).is_ok());
                let (src, dst) = (of("source")?, of("target")?);
                self.edge = Some(Edge { src, dst, both, created_at, line: self.line });
            }
            (Form::Gexf, "attvalue") => {
                let id = of("for")?.or(of("id")?).unwrap_or_default();
                if let (Some(to), Some(value)) = (self.find(id), of("value")?) {
                    self.set(to, value);
                }
            }
            (Form::GraphMl, "data") => {
                self.data = self.find(of("key")?.unwrap_or_default());
                self.value.clear();
            }
            (Form::GraphMl, "hyperedge") => {
                self.follows.reject(self.line, "a hyperedge, which ties more than two accounts".into());
            }
            _ => (),
        }
        Ok(())
    }

    fn end(&mut self, tag: &str) {
        match tag {
            "node" => {
                if let Some(node) = self.nodes.pop() {
                    self.account(node);
                }
            }
            "edge" => {
                if let Some(edge) = self.edge.take() {
                    self.follow(&edge);
                }
            }
            "data" => {
                if let Some(to) = self.data.take() {
                    let value = std::mem::take(&mut self.value);
                    self.set(to, value);
                }
            }
            _ => (),
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes += text.len();
        if self.data.is_some() && self.value.len() + text.len() <= LONGEST {
            self.value.push_str(text);
        }
    }

    /// Notes what an attribute is for; of two for one column the better known name counts.
    fn declare(&mut self, of_edges: bool, id: Option<String>, title: Option<String>) {
        let (Some(id), Some(title)) = (id, title) else { return };
        self.declared += 1;
        if self.declared > MOST_ATTRIBUTES {
            return;
        }
        if of_edges {
            match columns::guess(columns::of(What::Follows), &title) {
                Some((2, _)) => drop(self.attributes.insert((true, id), Use::Created)),
                _ => self.ignored.push(plain(&title)),
            }
            return;
        }
        let given = self
            .options
            .columns
            .iter()
            .find(|(_, theirs)| **theirs == title)
            .and_then(|(ours, _)| columns::of(What::Accounts).iter().position(|column| column.name == ours));
        let guessed = columns::guess(columns::of(What::Accounts), &title).map(|(slot, rank)| (slot, rank + 1));
        // Gephi's own column, which GEXF has as an attribute of the tag.
        let guessed = guessed.or_else(|| title.eq_ignore_ascii_case("label").then_some((NAME, usize::MAX)));
        let Some((slot, rank)) = given.map(|slot| (slot, 0)).or(guessed).filter(|(slot, _)| *slot != ID) else {
            return self.ignored.push(plain(&title));
        };
        if self.used.get(&slot).is_some_and(|(before, _)| *before <= rank) {
            return self.ignored.push(plain(&title));
        }
        self.attributes.retain(|_, other| !matches!(other, Use::Account(taken) if *taken == slot));
        if let Some((_, before)) = self.used.insert(slot, (rank, plain(&title))) {
            self.ignored.push(before);
        }
        self.attributes.insert((false, id), Use::Account(slot));
    }

    /// What a value is for, by its attribute's id and where it stands.
    fn find(&self, id: String) -> Option<Use> {
        self.attributes.get(&(self.edge.is_some(), id)).copied()
    }

    fn set(&mut self, to: Use, value: String) {
        match (to, self.nodes.last_mut(), &mut self.edge) {
            (Use::Created, _, Some(edge)) => edge.created_at = Some(value),
            (Use::Account(slot), Some(node), None) => node.values[slot] = Some(value),
            _ => (),
        }
    }

    /// A node of which nothing is known is an account all the same, once somebody follows it.
    fn account(&mut self, mut node: Node) {
        let name = node.label.take().filter(|label| *label != node.id && !label.trim().is_empty());
        let none = |values: &[Option<String>]| values.iter().flatten().all(|value| value.trim().is_empty());
        if none(&node.values) && name.is_none() {
            return;
        }
        if node.values[NAME].is_none() {
            node.values[NAME] = name;
        }
        node.values[ID] = Some(node.id);
        for value in &node.values[..columns::of(What::Accounts).len()] {
            self.accounts.cell(&value.as_deref().map_or(Cell::Null, |text| Cell::Text(text.into())));
        }
        self.accounts.end(node.line);
    }

    fn follow(&mut self, edge: &Edge) {
        let cell = |text: &Option<String>| text.clone().map_or(Cell::Null, |text| Cell::Text(text.into()));
        let ties = [(&edge.src, &edge.dst), (&edge.dst, &edge.src)];
        for (src, dst) in &ties[..1 + usize::from(edge.both)] {
            [src, dst].iter().for_each(|id| self.follows.cell(&cell(id)));
            self.follows.cell(&cell(&edge.created_at));
            if !self.follows.end(edge.line) {
                return;
            }
        }
    }
}

/// An attribute of a tag.
fn attribute(tag: &BytesStart<'_>, name: &str) -> quick_xml::Result<Option<String>> {
    // Without the check for names that come twice, which takes time by the square of their number.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute?;
        if attribute.key.local_name().as_ref() == name {
            return Ok(Some(attribute.normalized_value(XmlVersion::Explicit1_0)?.into_owned()));
        }
    }
    Ok(None)
}
