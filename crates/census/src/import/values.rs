//! What a cell of a file says, as a value of the table; or why it says nothing.

use std::borrow::Cow;

use super::columns::Column;
use super::rejected::Reason;
use crate::rows::{Account, Follow, Micros, Post};
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
    /// A number with a fraction or an exponent.
    Real(f64),
    /// A time that needs no parsing.
    Time(Micros),
    /// A list of texts.
    List(Vec<String>),
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

/// The cells of one row, read one after the other in the order of the table's columns.
pub(super) struct Fields<'c, 'a>(
    pub(super) std::iter::Zip<std::slice::Iter<'c, Column>, std::slice::Iter<'c, Cell<'a>>>,
);

pub(super) fn account(mut f: Fields<'_, '_>) -> Result<Account, Reason> {
    Ok(Account {
        id: f.id()?,
        handle: f.text()?,
        name: f.text()?,
        description: f.text()?,
        created_at: f.time()?,
        followers: f.count()?,
        following: f.count()?,
        posts: f.count()?,
        lang: f.text()?,
        protected: f.flag()?,
        bot: f.flag()?,
        observed_at: f.time()?,
    })
}

pub(super) fn follow(mut f: Fields<'_, '_>) -> Result<Follow, Reason> {
    let follow = Follow { src: f.id()?, dst: f.id()?, created_at: f.time()? };
    if follow.src == follow.dst { Err("an account that follows itself".into()) } else { Ok(follow) }
}

pub(super) fn post(mut f: Fields<'_, '_>) -> Result<Post, Reason> {
    Ok(Post {
        id: f.id()?,
        author: f.id()?,
        created_at: f.time()?,
        text: f.text()?,
        lang: f.text()?,
        client: f.text()?.map(client),
        reply: f.flag()?,
        tags: f.list(Separated::Words)?.into_iter().map(tag).filter(|t| !t.is_empty()).collect(),
        links: f.list(Separated::Addresses)?,
    })
}

impl<'c, 'a> Fields<'c, 'a> {
    fn next(&mut self) -> (&'static str, &'c Cell<'a>) {
        self.0.next().map_or(("", &Cell::Null), |(column, cell)| (column.name, cell))
    }

    fn id(&mut self) -> Result<String, Reason> {
        let (name, cell) = self.next();
        match cell {
            Cell::Null => Err(format!("missing field `{name}`").into()),
            Cell::Text(text) => id(text).map(str::to_owned).map_err(|fault| format!("`{name}` {fault}").into()),
            Cell::Real(_) => Err(format!("`{name}` {DECIMAL}").into()),
            _ => Err(format!("`{name}` is not an id").into()),
        }
    }

    fn text(&mut self) -> Result<Option<String>, Reason> {
        let (name, cell) = self.next();
        match cell {
            Cell::Null => Ok(None),
            Cell::Text(text) if text.contains('\0') => Err(NUL.into()),
            Cell::Text(text) if text.trim().is_empty() => Ok(None),
            Cell::Text(text) => Ok(Some(text.clone().into_owned())),
            Cell::Real(number) => Ok(Some(number.to_string())),
            _ => Err(format!("`{name}` is not text").into()),
        }
    }

    fn time(&mut self) -> Result<Option<Micros>, Reason> {
        let (name, cell) = self.next();
        let time = match cell {
            Cell::Null => return Ok(None),
            Cell::Text(text) if text.trim().is_empty() => return Ok(None),
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

    fn count(&mut self) -> Result<Option<i64>, Reason> {
        let (name, cell) = self.next();
        let number = match cell {
            Cell::Null => return Ok(None),
            Cell::Text(text) if text.trim().is_empty() => return Ok(None),
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

    fn flag(&mut self) -> Result<Option<bool>, Reason> {
        let (name, cell) = self.next();
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

    fn list(&mut self, separated: Separated) -> Result<Vec<String>, Reason> {
        let (name, cell) = self.next();
        let list = match cell {
            Cell::Null => Vec::new(),
            Cell::Text(text) => split(text, separated),
            Cell::List(list) => list.iter().filter(|t| !t.trim().is_empty()).cloned().collect(),
            _ => return Err(format!("`{name}` is not a list of texts").into()),
        };
        if list.iter().any(|t| t.contains('\0')) { Err(NUL.into()) } else { Ok(list) }
    }
}

pub(super) const NUL: &str = "a NUL byte";
const DECIMAL: &str = "is a decimal number, which loses the last digits of a long id";

fn id(text: &str) -> Result<&str, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        Err("is empty")
    } else if text.len() > LONGEST_ID {
        Err("is longer than 256 bytes")
    } else if text.contains(char::is_control) {
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
fn client(text: String) -> String {
    let link = text.trim();
    let inside = link.strip_prefix("<a").and_then(|t| t.strip_suffix("</a>")).and_then(|t| t.split_once('>'));
    inside.map_or_else(|| link.to_owned(), |(_, name)| name.replace("&amp;", "&"))
}

fn tag(tag: String) -> String {
    tag.trim().trim_start_matches('#').to_owned()
}

/// A list in one text: a JSON array, a list as Python prints it, or words.
fn split(text: &str, separated: Separated) -> Vec<String> {
    let text = text.trim();
    let inside = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if inside.is_some()
        && let Ok(list) = serde_json::from_str::<Vec<String>>(text)
    {
        return list.into_iter().filter(|t| !t.trim().is_empty()).collect();
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
    let bare = |t: &str| t.trim_matches(['\'', '"', ',', ';']).to_owned();
    list.into_iter().map(bare).filter(|t| !t.is_empty()).collect()
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
    use super::super::{What, columns};
    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell::Text(text.into())
    }

    fn fields<'c, 'a>(what: What, cells: &'c [Cell<'a>]) -> Fields<'c, 'a> {
        Fields(columns::of(what).iter().zip(cells))
    }

    fn followers(cell: Cell<'_>) -> Result<Option<i64>, Reason> {
        let mut cells = vec![Cell::Null; 12];
        (cells[0], cells[5]) = (text("a"), cell);
        account(fields(What::Accounts, &cells)).map(|a| a.followers)
    }

    #[test]
    fn ids() {
        assert_eq!(id(" did:plc:abc "), Ok("did:plc:abc"));
        assert_eq!(id("1234567890123456789"), Ok("1234567890123456789"));
        for sound in ["inf", "nan", "1e5", "alice.example.com", "1.2.3.4", "-", &"x".repeat(256)] {
            assert_eq!(id(sound), Ok(sound));
        }
        assert_eq!(id(" \t"), Err("is empty"));
        assert_eq!(id(&"x".repeat(257)), Err("is longer than 256 bytes"));
        assert_eq!(id("a\u{7}b"), Err("holds a control character"));
        for lost in ["1.23457E+17", "123.0", "1e+17", "-1.5"] {
            assert_eq!(id(lost), Err(DECIMAL), "{lost}");
        }
        let missing = follow(fields(What::Follows, &[text("a"), Cell::Null, Cell::Null]));
        assert_eq!(missing.unwrap_err(), "missing field `dst`");
        let empty = follow(fields(What::Follows, &[text(""), text("b"), Cell::Null]));
        assert_eq!(empty.unwrap_err(), "`src` is empty");
        let own = follow(fields(What::Follows, &[text("b "), text("b"), Cell::Null]));
        assert_eq!(own.unwrap_err(), "an account that follows itself");
        let real = follow(fields(What::Follows, &[text("b "), Cell::Real(1e18), Cell::Null]));
        assert!(real.unwrap_err().contains("decimal"));
        let list = follow(fields(What::Follows, &[text("b "), Cell::List(vec![]), Cell::Null]));
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
        let account = account(fields(What::Accounts, &cells)).unwrap();
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
            observed_at: None,
        };
        assert_eq!(account, want);
    }

    #[test]
    fn faults_of_other_cells() {
        let with = |at: usize, cell: Cell<'static>| {
            let mut cells = vec![Cell::Null; 12];
            cells[0] = text("a");
            cells[at] = cell;
            account(fields(What::Accounts, &cells)).unwrap_err()
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
        let at = |cell| follow(fields(What::Follows, &[text("a"), text("b"), cell])).map(|f| f.created_at);
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
        let row = ["1", "2", "", "", "", "", "", "#a,#b,#", ""].map(text);
        assert_eq!(post(fields(What::Posts, &row)).unwrap().tags, ["a", "b"]);
    }

    #[test]
    fn the_client_is_taken_out_of_its_link() {
        let x = r#"<a href="http://twitter.com/download/iphone" rel="nofollow">Twitter for iPhone</a>"#;
        assert_eq!(client(x.into()), "Twitter for iPhone");
        assert_eq!(client("<a href=x>A &amp; B</a>".into()), "A & B");
        assert_eq!(client(" Web ".into()), "Web");
        assert_eq!(client("<a".into()), "<a");
        assert_eq!(client("<a></a>".into()), "");
    }
}
