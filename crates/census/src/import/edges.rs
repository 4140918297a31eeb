//! Edge lists: two accounts a line, as SNAP, KONECT and most graph programs write them; and lists of ids, one a line, as
//! the first twarc wrote whom an account follows.

use std::io::BufRead;
use std::path::Path;

use memchr::memchr;
use simdutf8::basic::from_utf8;

use super::columns;
use super::fill::{Filler, Target};
use super::intake::{INVALID, Intake};
use super::lines::LONGEST;
use super::order::in_order;
use super::pieces::{Piece, Pieces, Pool};
use super::source::{HEAD, damaged};
use super::values::{Cell, NUL};
use super::{List, Options, What};
use crate::{Error, Result};

/// So many lines are looked at.
const LOOKED_AT: usize = 200;
/// So many fields a line may have.
const WIDEST: usize = 16;

/// How an edge list is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// What parts the fields; none is white space of any length.
    separator: Option<u8>,
    width: usize,
    /// Where the one who follows stands, and the one who is followed.
    src: usize,
    dst: usize,
    created_at: Option<usize>,
    /// The first line that is no comment names the columns.
    head: bool,
    /// A line is a tie of both to each other.
    pub(super) both: bool,
}

impl Layout {
    /// The layout of a file that begins like this, if it is an edge list for certain: every line has as many fields, the
    /// first two hold numbers or DIDs, and no names of columns stand above them but in a comment.
    pub(super) fn find(head: &[u8], options: &Options) -> Option<Self> {
        let look = Look::at(head);
        let layout = look.layout(options).ok()??;
        let fields = |line: &str| split(line, layout.separator).map(sure).collect::<Vec<_>>();
        let lines: Vec<Vec<bool>> = look.lines.iter().skip(layout.head.into()).map(|line| fields(line)).collect();
        let certain = lines.iter().all(|line| line.iter().take(2).all(|sure| *sure));
        // One column may be anything; it is a list of ids where it is said whose.
        let wide = layout.width > 4 || (layout.width == 1 && options.list.is_none());
        let named = layout.head && !says_nothing(look.lines[0], layout.separator);
        (certain && !wide && !named && !lines.is_empty()).then_some(layout)
    }

    /// The layout of a file that was said to be an edge list.
    pub(super) fn of(file: &Path, head: &[u8], options: &Options) -> Result<Self> {
        Look::at(head).layout(options)?.ok_or_else(|| {
            Error::data(format!("{} is not an edge list", file.display()))
                .help("each line should hold two accounts, apart by blanks, a tab or a comma, and as many fields as the others")
        })
    }
}

/// What a file begins with.
struct Look<'h> {
    /// The first lines that are no comments.
    lines: Vec<&'h str>,
    /// Whether comments say that ties have no direction.
    both: bool,
}

impl<'h> Look<'h> {
    fn at(head: &'h [u8]) -> Self {
        let whole =
            if (head.len() as u64) < HEAD { head.len() } else { head.iter().rposition(|b| *b == b'\n').unwrap_or(0) };
        let text = std::str::from_utf8(&head[..whole]).unwrap_or_default();
        let (mut lines, mut both) = (Vec::new(), false);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LOOKED_AT) {
            if let Some(comment) = comment(line) {
                let comment = comment.trim().to_ascii_lowercase();
                // SNAP: `# Undirected graph: …`; KONECT: `% sym unweighted`.
                both |= comment.starts_with("undirected") || comment.starts_with("sym ") || comment == "sym";
            } else {
                lines.push(line);
            }
        }
        Self { lines, both }
    }

    fn layout(&self, options: &Options) -> Result<Option<Layout>> {
        let Some(last) = self.lines.last() else { return Ok(None) };
        let given = options.delimiter.map(Some);
        let separator = given.unwrap_or_else(|| b"\t,;|".iter().copied().find(|by| last.as_bytes().contains(by)));
        let width = split(last, separator).count();
        if self.lines.iter().any(|line| split(line, separator).count() != width) || !(1..=WIDEST).contains(&width) {
            return Ok(None);
        }
        // Names stand above numbers.
        let numbers = |line: &str| split(line, separator).take(2).all(sure);
        let head = self.lines.len() > 1 && !numbers(self.lines[0]) && numbers(self.lines[1]);
        let place = |name: &str| match options.columns.get(name) {
            None => Ok(None),
            Some(number) => match number.parse::<usize>() {
                Ok(at) if (1..=width).contains(&at) => Ok(Some(at - 1)),
                _ => Err(Error::usage(format!("an edge list has no column `{}`", columns::plain(number)))
                    .help(format!("its columns are numbered, here from 1 to {width}: --column src=2 --column dst=1"))),
            },
        };
        let (src, dst, created_at) = (place("src")?.unwrap_or(0), place("dst")?.unwrap_or(1), place("created_at")?);
        if width > 1 && src == dst {
            return Err(Error::usage("src and dst are the same column of the edge list"));
        }
        let both = options.undirected || self.both;
        Ok(Some(Layout { separator, width, src, dst, created_at, head, both }))
    }
}

fn comment(line: &str) -> Option<&str> {
    line.strip_prefix(['#', '%'])
}

fn split(line: &str, separator: Option<u8>) -> Box<dyn Iterator<Item = &str> + '_> {
    match separator {
        Some(by) => Box::new(line.split(char::from(by)).map(|field| field.trim().trim_matches('"'))),
        None => Box::new(line.split_ascii_whitespace()),
    }
}

/// What can be nothing but an account.
fn sure(field: &str) -> bool {
    field.starts_with("did:") || (!field.is_empty() && field.len() < 21 && field.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether names over two columns say no more than that these are two accounts. Where they say more, it is a table.
fn says_nothing(head: &str, separator: Option<u8>) -> bool {
    let names: Vec<&str> = split(head, separator).collect();
    match names[..] {
        [src, dst] if separator.is_none() && columns::name_a_follow(src, dst) => true,
        [src, dst] => !columns::is_known(src) && !columns::is_known(dst),
        _ => false,
    }
}

/// Gives every tie of the file to `intake`.
pub(super) fn read(
    input: Box<dyn BufRead + Send + '_>,
    file: &Path,
    layout: &Layout,
    options: &Options,
    intake: &mut Intake<'_>,
) -> Result<()> {
    let (pool, target, mut pieces) = (Pool::default(), Target::table(What::Follows), Pieces::new(input, 0));
    let mut first = true;
    in_order(
        || {
            let piece = pieces.next(&pool).map_err(|e| damaged(file, e))?;
            Ok(piece.map(|piece| (std::mem::replace(&mut first, false), piece)))
        },
        |(first, piece)| {
            let mut filler = Filler::new(&target);
            read_piece(&piece, first && layout.head, layout, options, &mut filler);
            pool.put(piece);
            filler.finish()
        },
        |rows| intake.take(rows?),
    )
}

fn read_piece(piece: &Piece, mut head: bool, layout: &Layout, options: &Options, filler: &mut Filler<'_>) {
    let mut number = piece.before;
    if piece.long {
        return filler.reject(number + 1, LONG.into());
    }
    let (bytes, mut start) = (piece.bytes(), 0);
    while start < bytes.len() {
        let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        let line = &bytes[start..end];
        (start, number) = (end + 1, number + 1);
        if line.len() > LONGEST {
            filler.reject(number, LONG.into());
            continue;
        }
        let Ok(line) = from_utf8(line) else {
            filler.reject(number, INVALID.into());
            continue;
        };
        let line = line.trim();
        if line.is_empty() || comment(line).is_some() || std::mem::replace(&mut head, false) {
            continue;
        }
        if line.contains('\0') {
            filler.reject(number, NUL.into());
        } else {
            edge(line, number, layout, options, filler);
        }
    }
}

fn edge(line: &str, number: u64, layout: &Layout, options: &Options, filler: &mut Filler<'_>) {
    let (mut fields, mut count) = ([""; WIDEST], 0);
    for field in split(line, layout.separator) {
        if let Some(place) = fields.get_mut(count) {
            *place = field;
        }
        count += 1;
    }
    if count != layout.width {
        return filler.reject(number, if count > layout.width { "too many fields" } else { "too few fields" }.into());
    }
    let (src, dst) = match &options.list {
        Some(List::Following(of)) if layout.width == 1 => (of.as_str(), fields[0]),
        Some(List::Followers(of)) if layout.width == 1 => (fields[0], of.as_str()),
        _ if layout.width == 1 => return filler.reject(number, "too few fields".into()),
        _ => (fields[layout.src], fields[layout.dst]),
    };
    let created = layout.created_at.map_or(Cell::Null, |at| Cell::Text(fields[at].into()));
    let mut put = |from: &str, to: &str| {
        filler.cell(&Cell::Text(from.into()));
        filler.cell(&Cell::Text(to.into()));
        filler.cell(&created);
        filler.end(number)
    };
    if put(src, dst) && layout.both {
        put(dst, src);
    }
}

const LONG: &str = "line longer than 1 MiB";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn find(head: &str) -> Option<Layout> {
        Layout::find(head.as_bytes(), &Options::default())
    }

    #[test]
    fn layouts() {
        let plain = Layout { separator: None, width: 2, src: 0, dst: 1, created_at: None, head: false, both: false };
        assert_eq!(find("1 2\n3   4\n"), Some(plain.clone()));
        assert_eq!(find("# Directed graph: a\n# FromNodeId\tToNodeId\n1\t2\n").unwrap().separator, Some(b'\t'));
        assert!(find("# Undirected graph: a\n1\t2\n").unwrap().both);
        assert!(find("% sym unweighted\n% 3 2 2\n1 2\n").unwrap().both);
        assert!(!find("% asym unweighted\n1 2\n").unwrap().both);
        assert_eq!(find("a b\n1 2\n"), Some(Layout { head: true, ..plain.clone() }));
        assert!(find("source target\n1 2\n").unwrap().head);
        assert_eq!(find("1 2 1 1539202764\n").unwrap().width, 4);
        for other in [
            "",
            "1\n2\n",
            "a,b\nc,d\n",
            "src,dst\n1,2\n",
            "1 2\n3\n",
            "id,name\n1,2\n3,x\n",
            "id,followers\n1,2\n",
            "a,b,c\n1,2,3\n",
        ] {
            assert_eq!(find(other), None, "{other}");
        }
        let forced = |head: &str, options: &Options| Layout::of(Path::new("f"), head.as_bytes(), options);
        assert_eq!(forced("a b\nc d\n", &Options::default()).unwrap(), plain);
        let columns = [("src", "2"), ("dst", "1"), ("created_at", "4")].map(|(a, b)| (a.into(), b.into())).into();
        let turned = forced("1 2 1 9\n", &Options { columns, ..Options::default() }).unwrap();
        assert_eq!((turned.src, turned.dst, turned.created_at), (1, 0, Some(3)));
        let columns = [("src".to_owned(), "3".to_owned())].into();
        assert!(forced("1 2\n", &Options { columns, ..Options::default() }).is_err());
        assert!(forced("1 2\n3\n", &Options::default()).is_err());
    }
}
