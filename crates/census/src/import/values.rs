//! What a cell of a file says, as a value of the table; or why it says nothing.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field, TimeUnit};
use memchr::memchr;

use super::Kind;
use super::rejected::Reason;
use crate::declared;
use crate::rows::Micros;
use crate::when::{self, NotATime};

/// The longest id, in bytes.
const LONGEST_ID: usize = 256;

/// Whole numbers up to here are exact as `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A cell of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing there.
    Null,
    /// Text, a whole number or a flag, as written.
    Text(Cow<'a, str>),
    /// Text without control characters, as it is in JSON where nothing is escaped.
    Plain(&'a str),
    /// A number with a fraction or an exponent.
    Real(f64),
    /// A time that needs no parsing.
    Time(Micros),
    /// A list of texts.
    List(Vec<Cow<'a, str>>),
    /// Something that no column can hold.
    Other,
}

/// What a list in a single text is separated by.
#[derive(Clone, Copy)]
enum Separated {
    /// Blanks, commas and semicolons.
    Words,
    /// The same, but commas and semicolons only where the next address begins: an address may hold them.
    Addresses,
}

impl Kind {
    /// The type of its Arrow column.
    pub(super) fn data(self) -> DataType {
        match self {
            Kind::Id | Kind::Text | Kind::Client | Kind::Aside | Kind::Place | Kind::Avatar => DataType::Utf8,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Count | Kind::Items => DataType::Int64,
            Kind::Flag | Kind::Whether => DataType::Boolean,
            Kind::Tags | Kind::Links => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
        }
    }

    /// The members that hold the text where a list is of objects, the best first: X's and Mastodon's tags and addresses.
    pub(super) fn members(self) -> &'static [&'static str] {
        match self {
            Kind::Tags => &["tag", "text", "name"],
            Kind::Links => &["expanded_url", "url"],
            Kind::Items => &["id", "media_key", "url", "media_url_https", "type"],
            _ => &[],
        }
    }
}

/// A column being filled, cell by cell.
pub(super) struct Values {
    kind: Kind,
    builder: Builder,
}

enum Builder {
    Text(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    Count(Int64Builder),
    Flag(BooleanBuilder),
    List(ListBuilder<StringBuilder>),
}

/// How much a column holds: its rows, and the bytes of their texts.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    rows: usize,
    bytes: usize,
}

impl Values {
    /// A column that has room for `size`, and grows beyond.
    pub(super) fn new(kind: Kind, Size { rows, bytes }: Size) -> Self {
        let builder = match kind {
            Kind::Id | Kind::Text | Kind::Client | Kind::Aside | Kind::Place | Kind::Avatar => {
                Builder::Text(StringBuilder::with_capacity(rows, bytes))
            }
            Kind::Time => Builder::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC")),
            Kind::Count | Kind::Items => Builder::Count(Int64Builder::with_capacity(rows)),
            Kind::Flag | Kind::Whether => Builder::Flag(BooleanBuilder::with_capacity(rows)),
            Kind::Tags | Kind::Links => {
                Builder::List(ListBuilder::with_capacity(StringBuilder::with_capacity(rows, bytes), rows))
            }
        };
        Self { kind, builder }
    }

    /// A little more than what it holds.
    pub(super) fn size(&self) -> Size {
        let (rows, bytes) = match &self.builder {
            Builder::Text(b) => (b.len(), b.values_slice().len()),
            Builder::Time(b) => (b.len(), 0),
            Builder::Count(b) => (b.len(), 0),
            Builder::Flag(b) => (b.len(), 0),
            Builder::List(b) => (b.len().max(b.values_ref().len()), b.values_ref().values_slice().len()),
        };
        Size { rows: rows + rows / 8, bytes: bytes + bytes / 8 }
    }

    /// Adds what a cell says; or says what is wrong with it, and adds nothing.
    #[inline]
    pub(super) fn push(&mut self, name: &str, cell: &Cell<'_>) -> Result<(), Reason> {
        match (&mut self.builder, cell) {
            // Most cells of most files, by the shortest way.
            (Builder::Text(b), Cell::Plain(text)) if self.kind == Kind::Text && !blank(text) => b.append_value(text),
            (Builder::Text(b), Cell::Null) if self.kind != Kind::Id => b.append_null(),
            (Builder::Count(b), Cell::Null) => b.append_null(),
            (Builder::List(b), Cell::Null) => b.append(true),
            _ => return self.push_any(name, cell),
        }
        Ok(())
    }

    fn push_any(&mut self, name: &str, cell: &Cell<'_>) -> Result<(), Reason> {
        let text_of = |plain| Cell::Text(Cow::Borrowed(plain));
        let cell = if let Cell::Plain(plain) = cell { &text_of(plain) } else { cell };
        match (&mut self.builder, self.kind) {
            (Builder::Text(b), Kind::Aside) => b.append_option(aside(name, cell)?),
            (Builder::Text(b), Kind::Place) => b.append_option(aside(name, cell)?.and_then(|t| declared::location(&t))),
            (Builder::Text(b), Kind::Avatar) => b.append_option(aside(name, cell)?.and_then(|t| declared::avatar(&t))),
            (Builder::Count(b), Kind::Items) => b.append_option(items(cell)),
            (Builder::Flag(b), Kind::Whether) => b.append_option(flag(name, cell).ok().flatten()),
            (Builder::Text(b), Kind::Id) => b.append_value(id(name, cell)?),
            (Builder::Text(b), Kind::Client) => b.append_option(text(name, cell)?.as_deref().map(client)),
            (Builder::Text(b), _) => b.append_option(text(name, cell)?),
            (Builder::Time(b), _) => b.append_option(time(name, cell)?),
            (Builder::Count(b), _) => b.append_option(count(name, cell)?),
            (Builder::Flag(b), _) => b.append_option(flag(name, cell)?),
            (Builder::List(b), kind) => {
                for text in list(name, cell, kind)?.iter() {
                    let text = if kind == Kind::Tags { tag(text) } else { text };
                    if !text.trim().is_empty() {
                        b.values().append_value(text);
                    }
                }
                b.append(true);
            }
        }
        Ok(())
    }

    /// Adds something in the place of a cell of a row that is not kept.
    pub(super) fn skip(&mut self) {
        match &mut self.builder {
            Builder::Text(b) => b.append_value(""),
            Builder::Time(b) => b.append_null(),
            Builder::Count(b) => b.append_null(),
            Builder::Flag(b) => b.append_null(),
            Builder::List(b) => b.append(true),
        }
    }

    /// The text or time that was added last, as bytes.
    pub(super) fn last(&self) -> Cow<'_, [u8]> {
        match &self.builder {
            Builder::Text(b) => match b.offsets_slice() {
                [.., start, end] => b.values_slice().get(*start as usize..*end as usize).unwrap_or_default().into(),
                _ => Cow::default(),
            },
            Builder::Time(b) => b.values_slice().last().map(|t| t.to_le_bytes().to_vec().into()).unwrap_or_default(),
            _ => Cow::default(),
        }
    }

    pub(super) fn finish(mut self) -> ArrayRef {
        let mut column: ArrayRef = match &mut self.builder {
            Builder::Text(b) => Arc::new(b.finish()),
            Builder::Time(b) => Arc::new(b.finish()),
            Builder::Count(b) => Arc::new(b.finish()),
            Builder::Flag(b) => Arc::new(b.finish()),
            Builder::List(b) => Arc::new(b.finish()),
        };
        column.shrink_to_fit();
        column
    }
}

fn id<'c>(name: &str, cell: &'c Cell<'_>) -> Result<&'c str, Reason> {
    match cell {
        Cell::Null => Err(format!("missing field `{name}`").into()),
        Cell::Text(text) => sound_id(text).map_err(|fault| format!("`{name}` {fault}").into()),
        Cell::Real(_) => Err(format!("`{name}` {DECIMAL}").into()),
        _ => Err(format!("`{name}` is not an id").into()),
    }
}

fn text<'c>(name: &str, cell: &'c Cell<'_>) -> Result<Option<Cow<'c, str>>, Reason> {
    match cell {
        Cell::Null => Ok(None),
        Cell::Text(text) if has_nul(text) => Err(NUL.into()),
        Cell::Text(text) if blank(text) => Ok(None),
        Cell::Text(text) => Ok(Some(Cow::Borrowed(text))),
        Cell::Real(number) => Ok(Some(Cow::Owned(number.to_string()))),
        _ => Err(format!("`{name}` is not text").into()),
    }
}

/// Text, or nothing where there is something else.
fn aside<'c>(name: &str, cell: &'c Cell<'_>) -> Result<Option<Cow<'c, str>>, Reason> {
    match cell {
        Cell::Time(_) | Cell::List(_) | Cell::Other => Ok(None),
        _ => text(name, cell),
    }
}

/// How many things a cell counts or lists.
fn items(cell: &Cell<'_>) -> Option<i64> {
    let number = match cell {
        Cell::List(list) => i64::try_from(list.len()).ok(),
        Cell::Text(text) if text.trim_start().starts_with('[') || text.contains("://") => {
            i64::try_from(split(text, Separated::Addresses).len()).ok()
        }
        Cell::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(1),
        Cell::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(0),
        _ => count("", cell).ok().flatten(),
    };
    number.filter(|n| *n >= 0)
}

fn time(name: &str, cell: &Cell<'_>) -> Result<Option<Micros>, Reason> {
    let time = match cell {
        Cell::Null => return Ok(None),
        Cell::Text(text) if blank(text) => return Ok(None),
        Cell::Text(text) => when::parse(text),
        Cell::Time(micros) => when::in_range(*micros),
        // Seconds with a fraction: a float of this size is exact to the microsecond.
        Cell::Real(seconds) if seconds.abs() < 1e10 => when::in_range((seconds * 1e6).round() as Micros),
        Cell::Real(number) if number.abs() < EXACT && number.fract() == 0.0 => when::unix(*number as i64),
        _ => Err(NotATime::Unknown),
    };
    time.map(Some).map_err(|e| match e {
        NotATime::Unknown => format!("`{name}` is not a time").into(),
        NotATime::OutOfRange => format!("`{name}` is before 1990 or after 2099").into(),
    })
}

fn count(name: &str, cell: &Cell<'_>) -> Result<Option<i64>, Reason> {
    let number = match cell {
        Cell::Null => return Ok(None),
        Cell::Text(text) if blank(text) => return Ok(None),
        Cell::Text(text) => text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?)),
        Cell::Real(number) => whole(*number),
        _ => None,
    };
    match number {
        Some(n) if n >= 0 => Ok(Some(n)),
        Some(_) => Err(format!("`{name}` is below zero").into()),
        None => Err(format!("`{name}` is not a whole number").into()),
    }
}

fn flag(name: &str, cell: &Cell<'_>) -> Result<Option<bool>, Reason> {
    let text = match cell {
        Cell::Null => return Ok(None),
        Cell::Text(text) => text.trim(),
        Cell::Real(number) if *number == 1.0 => "1",
        Cell::Real(number) if *number == 0.0 => "0",
        _ => "neither",
    };
    let is = |words: [&str; 5]| words.iter().any(|w| text.eq_ignore_ascii_case(w));
    match text {
        "" => Ok(None),
        _ if is(["true", "1", "yes", "t", "y"]) => Ok(Some(true)),
        _ if is(["false", "0", "no", "f", "n"]) => Ok(Some(false)),
        _ => Err(format!("`{name}` is neither true nor false").into()),
    }
}

fn list<'c>(name: &str, cell: &'c Cell<'_>, kind: Kind) -> Result<Cow<'c, [Cow<'c, str>]>, Reason> {
    let separated = if kind == Kind::Tags { Separated::Words } else { Separated::Addresses };
    let list: Cow<'c, [Cow<'c, str>]> = match cell {
        Cell::Null => Cow::Borrowed(&[]),
        Cell::Text(text) => split(text, separated).into(),
        Cell::List(list) => list.into(),
        _ => return Err(format!("`{name}` is not a list of texts").into()),
    };
    if list.iter().any(|t| has_nul(t)) { Err(NUL.into()) } else { Ok(list) }
}

pub(super) const NUL: &str = "a NUL byte";
const DECIMAL: &str = "is a decimal number, which loses the last digits of a long id";

fn has_nul(text: &str) -> bool {
    memchr(0, text.as_bytes()).is_some()
}

/// Whether there is nothing but white space; nearly every text shows at its first byte that there is more.
fn blank(text: &str) -> bool {
    !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.trim().is_empty()
}

fn sound_id(text: &str) -> Result<&str, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        Err("is empty")
    } else if text.len() > LONGEST_ID {
        Err("is longer than 256 bytes")
    } else if !text.bytes().all(|b| b.is_ascii_graphic()) && text.contains(char::is_control) {
        Err("holds a control character")
    } else if decimal(text) {
        Err(DECIMAL)
    } else {
        Ok(text)
    }
}

/// `1.23E+17` or `123.0`: what a spreadsheet or a data frame makes of a long id.
fn decimal(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && text.contains(['.', '+'])
        && text.parse::<f64>().is_ok()
}

/// Data frames write whole numbers as `12.0` where a column has gaps.
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// X gives the client as a link: `<a href="...">Twitter for iPhone</a>`.
fn client(text: &str) -> Cow<'_, str> {
    let link = text.trim();
    let inside = link.strip_prefix("<a").and_then(|t| t.strip_suffix("</a>")).and_then(|t| t.split_once('>'));
    match inside {
        Some((_, name)) if name.contains("&amp;") => Cow::Owned(name.replace("&amp;", "&")),
        Some((_, name)) => Cow::Borrowed(name),
        None => Cow::Borrowed(link),
    }
}

fn tag(tag: &str) -> &str {
    tag.trim().trim_start_matches('#')
}

/// A list in one text: a JSON array, a list as Python prints it, or words.
fn split(text: &str, separated: Separated) -> Vec<Cow<'_, str>> {
    let text = text.trim();
    let inside = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if inside.is_some()
        && let Ok(list) = serde_json::from_str::<Vec<String>>(text)
    {
        return list.into_iter().filter(|t| !t.trim().is_empty()).map(Cow::Owned).collect();
    }
    let mut list = Vec::new();
    for word in inside.unwrap_or(text).split_whitespace() {
        let mut rest = word;
        while let Some(end) = next_end(rest, separated) {
            list.push(&rest[..end]);
            rest = &rest[end + 1..];
        }
        list.push(rest);
    }
    let bare = list.into_iter().map(|t| t.trim_matches(['\'', '"', ',', ';']));
    bare.filter(|t| !t.is_empty()).map(Cow::Borrowed).collect()
}

fn next_end(word: &str, separated: Separated) -> Option<usize> {
    match separated {
        Separated::Words => word.find([',', ';']),
        Separated::Addresses => word
            .match_indices([',', ';'])
            .map(|(at, _)| at)
            .find(|at| word[at + 1..].trim_start_matches(['\'', '"']).starts_with("http")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::What;
    use super::super::fill::{Filler, Target};
    use super::*;
    use crate::rows::{self, Account};

    fn text(text: &str) -> Cell<'_> {
        Cell::Text(text.into())
    }

    fn row(what: What, cells: &[Cell<'_>]) -> Result<arrow_array::RecordBatch, Reason> {
        let target = Target::table(what);
        let mut filler = Filler::new(&target);
        cells.iter().for_each(|cell| filler.cell(cell));
        filler.end(1);
        let mut rows = filler.finish().unwrap();
        rows.rejected.pop().map_or(Ok(rows.batch), |(_, reason)| Err(reason))
    }

    fn account(cells: &[Cell<'_>]) -> Result<Account, Reason> {
        row(What::Accounts, cells).map(|batch| rows::read_accounts(&batch).unwrap().remove(0))
    }

    fn follow(cells: &[Cell<'_>]) -> Result<Option<Micros>, Reason> {
        let batch = row(What::Follows, cells)?;
        Ok(rows::Batch(&batch).time("created_at").unwrap().iter().next().unwrap())
    }

    fn followers(cell: Cell<'_>) -> Result<Option<i64>, Reason> {
        let mut cells = vec![Cell::Null; 16];
        (cells[0], cells[5]) = (text("a"), cell);
        account(&cells).map(|a| a.followers)
    }

    #[test]
    fn ids() {
        assert_eq!(sound_id(" did:plc:abc "), Ok("did:plc:abc"));
        assert_eq!(sound_id("1234567890123456789"), Ok("1234567890123456789"));
        for sound in ["inf", "nan", "1e5", "alice.example.com", "1.2.3.4", "-", &"x".repeat(256)] {
            assert_eq!(sound_id(sound), Ok(sound));
        }
        assert_eq!(sound_id(" \t"), Err("is empty"));
        assert_eq!(sound_id(&"x".repeat(257)), Err("is longer than 256 bytes"));
        assert_eq!(sound_id("a\u{7}b"), Err("holds a control character"));
        for lost in ["1.23457E+17", "123.0", "1e+17", "-1.5"] {
            assert_eq!(sound_id(lost), Err(DECIMAL), "{lost}");
        }
        let missing = follow(&[text("a"), Cell::Null, Cell::Null]);
        assert_eq!(missing.unwrap_err(), "missing field `dst`");
        let empty = follow(&[text(""), text("b"), Cell::Null]);
        assert_eq!(empty.unwrap_err(), "`src` is empty");
        let own = follow(&[text("b "), text("b"), Cell::Null]);
        assert_eq!(own.unwrap_err(), "an account that follows itself");
        let real = follow(&[text("b "), Cell::Real(1e18), Cell::Null]);
        assert!(real.unwrap_err().contains("decimal"));
        let list = follow(&[text("b "), Cell::List(vec![]), Cell::Null]);
        assert_eq!(list.unwrap_err(), "`dst` is not an id");
    }

    #[test]
    fn counts() {
        for (cell, count) in
            [("", None), (" 12 ", Some(12)), ("12.0", Some(12)), ("9223372036854775807", Some(i64::MAX))]
        {
            assert_eq!(followers(text(cell)), Ok(count), "{cell}");
        }
        assert_eq!(followers(Cell::Real(7.0)), Ok(Some(7)));
        for cell in ["many", "1.5", "1e300", "NaN", "inf", "1,000", "9223372036854775808"] {
            assert_eq!(followers(text(cell)).unwrap_err(), "`followers` is not a whole number", "{cell}");
        }
        assert_eq!(followers(text("-1")).unwrap_err(), "`followers` is below zero");
        assert_eq!(followers(Cell::Other).unwrap_err(), "`followers` is not a whole number");
    }

    #[test]
    fn an_account_is_read_column_by_column() {
        let cells = ["1", "h", "n", "d", "2018-10-10", "1", "2", "3", "ar", "Yes", "0", ""].map(text);
        let account = account(&cells).unwrap();
        let want = Account {
            id: "1".into(),
            handle: Some("h".into()),
            name: Some("n".into()),
            description: Some("d".into()),
            created_at: Some(1_539_129_600_000_000),
            followers: Some(1),
            following: Some(2),
            posts: Some(3),
            lang: Some("ar".into()),
            protected: Some(true),
            bot: Some(false),
            ..Account::default()
        };
        assert_eq!(account, want);
    }

    #[test]
    fn faults_of_other_cells() {
        let with = |at: usize, cell: Cell<'static>| {
            let mut cells = vec![Cell::Null; 16];
            cells[0] = text("a");
            cells[at] = cell;
            account(&cells).unwrap_err()
        };
        assert_eq!(with(1, text("a\0")), NUL);
        assert_eq!(with(2, Cell::List(vec![])), "`name` is not text");
        assert_eq!(with(4, text("then")), "`created_at` is not a time");
        assert_eq!(with(4, text("1901-01-01")), "`created_at` is before 1990 or after 2099");
        assert_eq!(with(4, Cell::Real(f64::NAN)), "`created_at` is not a time");
        assert_eq!(with(4, Cell::Time(0)), "`created_at` is before 1990 or after 2099");
        assert_eq!(with(9, text("maybe")), "`protected` is neither true nor false");
    }

    #[test]
    fn times_as_numbers() {
        let at = |cell| follow(&[text("a"), text("b"), cell]);
        assert_eq!(at(Cell::Real(1_539_202_764.25)), Ok(Some(1_539_202_764_250_000)));
        assert_eq!(at(Cell::Real(1_539_202_764_000.0)), Ok(Some(1_539_202_764_000_000)));
        assert_eq!(at(Cell::Time(1_539_202_764_000_001)), Ok(Some(1_539_202_764_000_001)));
    }

    #[test]
    fn lists() {
        let words = |t| split(t, Separated::Words);
        let links = |t| split(t, Separated::Addresses);
        assert_eq!(words("a b,c; d"), ["a", "b", "c", "d"]);
        assert_eq!(words(r#"["a b", "c"]"#), ["a b", "c"]);
        assert_eq!(words("['a', 'b']"), ["a", "b"]);
        assert!(words("").is_empty() && words("[]").is_empty() && words(" ,; ").is_empty());
        assert_eq!(
            links("https://a.org/x,y;z,https://b.org http://c.org"),
            ["https://a.org/x,y;z", "https://b.org", "http://c.org"]
        );
        assert_eq!(links("['https://a.org', 'https://b.org']"), ["https://a.org", "https://b.org"]);
        let cells = ["1", "2", "", "", "", "", "", "#a,#b,#", ""].map(text);
        assert_eq!(rows::read_posts(&row(What::Posts, &cells).unwrap()).unwrap()[0].tags, ["a", "b"]);
    }

    #[test]
    fn the_client_is_taken_out_of_its_link() {
        let x = r#"<a href="http://twitter.com/download/iphone" rel="nofollow">Twitter for iPhone</a>"#;
        assert_eq!(client(x), "Twitter for iPhone");
        assert_eq!(client("<a href=x>A &amp; B</a>"), "A & B");
        assert_eq!(client(" Web "), "Web");
        assert_eq!(client("<a"), "<a");
        assert_eq!(client("<a></a>"), "");
    }
}
