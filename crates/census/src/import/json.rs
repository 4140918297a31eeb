//! JSON lines: one object a line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde_json::{Map, Value};

use super::columns::{self, WIDTH};
use super::intake::Intake;
use super::lines::{Line, Lines};
use super::rejected::Reason;
use super::source::damaged;
use super::values::{Cell, NUL};
use super::{Options, What};
use crate::Result;

/// So many objects without a required column show that the file has none.
const ENOUGH: u64 = 1000;
/// So many names of columns are kept: a file whose every row has new ones must not fill the memory.
const MOST_NAMES: usize = 1000;

/// Gives every row of the file to `intake`, and says which member was taken for what, and which are of no use.
pub(super) fn read(
    what: What,
    mut lines: Lines<'_>,
    file: &Path,
    options: &Options,
    intake: &mut Intake<'_>,
) -> Result<(BTreeMap<String, String>, Vec<String>)> {
    let mut members = Members::new(what, options)?;
    let mut objects = 0;
    while let Some((number, line)) = lines.next().map_err(|e| damaged(file, e))? {
        match line {
            Line::Long => intake.reject(number, "line longer than 1 MiB".into())?,
            Line::Text(line) if line.trim_ascii().is_empty() => (),
            Line::Text(line) => match object(line) {
                Ok(object) => {
                    objects += 1;
                    intake.row(number, &members.cells(&object))?;
                }
                Err(reason) => intake.reject(number, reason)?,
            },
        }
        if objects == ENOUGH {
            members.check(file)?;
        }
        lines.settle();
    }
    if objects > 0 {
        members.check(file)?;
    }
    Ok((members.used, members.ignored.into_iter().collect()))
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

/// Which member of an object is which column.
struct Members<'o> {
    what: What,
    given: [Option<&'o str>; WIDTH],
    /// The column that a name is taken for and the rank of the name, for the names met so far.
    known: HashMap<String, Option<(usize, usize)>>,
    used: BTreeMap<String, String>,
    ignored: BTreeSet<String>,
}

impl<'o> Members<'o> {
    fn new(what: What, options: &'o Options) -> Result<Self> {
        let given = columns::given(what, options)?;
        Ok(Self { what, given, known: HashMap::new(), used: BTreeMap::new(), ignored: BTreeSet::new() })
    }

    fn cells<'v>(&mut self, object: &'v Map<String, Value>) -> [Cell<'v>; WIDTH] {
        let mut found: [Option<(usize, &'v str, &'v Value)>; WIDTH] = [None; WIDTH];
        for (name, value) in object {
            if let Some((slot, rank)) = self.column(name)
                && !value.is_null()
                && found[slot].is_none_or(|(best, _, _)| rank < best)
            {
                found[slot] = Some((rank, name, value));
            }
        }
        let mut cells = std::array::from_fn(|_| Cell::Null);
        for (slot, column) in columns::of(self.what).iter().enumerate() {
            let value = match self.given[slot] {
                Some(path) => at(object, path).map(|value| (path, value)),
                None => found[slot].map(|(_, name, value)| (name, value)),
            };
            if let Some((name, value)) = value {
                cells[slot] = cell(value);
                if !self.used.contains_key(column.name) {
                    self.used.insert(column.name.to_owned(), columns::plain(name));
                }
            }
        }
        cells
    }

    fn column(&mut self, name: &str) -> Option<(usize, usize)> {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        // A member that an option gives is taken for nothing else, and neither is the object that holds it.
        let given = |path: &&str| *path == name || path.split_once('.').is_some_and(|(first, _)| first == name);
        let given_away = self.given.iter().flatten().any(given);
        let column =
            columns::guess(columns::of(self.what), name).filter(|(slot, _)| !given_away && self.given[*slot].is_none());
        if self.known.len() < MOST_NAMES {
            self.known.insert(name.to_owned(), column);
            if column.is_none() && !given_away {
                self.ignored.insert(columns::plain(name));
            }
        }
        column
    }

    /// Fails where no object had a column that the table must have.
    fn check(&self, file: &Path) -> Result<()> {
        let lost = columns::of(self.what).iter().find(|c| c.required && !self.used.contains_key(c.name));
        lost.map_or(Ok(()), |column| {
            let mut names: Vec<String> = self.known.keys().cloned().collect();
            names.sort();
            Err(columns::missing(self.what, column.name, &names, &file.display().to_string()))
        })
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
                Cell::Text(text) => Some(Cow::into_owned(text)),
                _ => None,
            });
            texts.collect::<Option<Vec<String>>>().map_or(Cell::Other, Cell::List)
        }
        Value::Object(_) => Cell::Other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn reason(line: &[u8]) -> String {
        object(line).unwrap_err().to_string()
    }

    #[test]
    fn lines_that_are_no_objects() {
        assert_eq!(reason(b"{\"a\":"), "not JSON");
        assert_eq!(reason(b"{} {}"), "not JSON");
        assert_eq!(reason(b"[1]"), "not an object");
        assert_eq!(reason(b"{\"a\":\"\xff\"}"), "invalid UTF-8");
        assert_eq!(reason(b"{\"a\":\0}"), "a NUL byte");
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(reason(deep.as_bytes()), "nested too deep");
    }

    #[test]
    fn members_become_cells() {
        let options = Options {
            columns: BTreeMap::from([("followers".into(), "metrics.followers".into())]),
            ..Options::default()
        };
        let mut members = Members::new(What::Accounts, &options).unwrap();
        let line = br#"{"did":"d","id":18446744073709551615,"Handle":null,"username":"u","metrics":{"followers":3},
            "followers":9,"bot":true,"x":1,"description":["a"]}"#;
        let object = object(line).unwrap();
        let cells = members.cells(&object);
        assert_eq!(cells[0], Cell::Text("18446744073709551615".into()));
        assert_eq!(cells[1], Cell::Text("u".into()));
        assert_eq!(cells[3], Cell::List(vec!["a".into()]));
        assert_eq!(cells[5], Cell::Text("3".into()));
        assert_eq!(cells[10], Cell::Text("true".into()));
        assert_eq!(members.used["followers"], "metrics.followers");
        assert_eq!(members.ignored.iter().collect::<Vec<_>>(), ["followers", "x"]);
    }

    #[test]
    fn numbers_keep_all_their_digits_or_are_decimals() {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(cell(&value("9007199254740993")), Cell::Text("9007199254740993".into()));
        assert_eq!(cell(&value("-1")), Cell::Text("-1".into()));
        assert_eq!(cell(&value("184467440737095516160")), Cell::Real(184467440737095516160.0));
        assert_eq!(cell(&value("1e5")), Cell::Real(1e5));
        assert_eq!(cell(&value("[1,\"a\"]")), Cell::List(vec!["1".into(), "a".into()]));
        assert_eq!(cell(&value("[[1]]")), Cell::Other);
        assert_eq!(cell(&value("{}")), Cell::Other);
    }
}
