//! `rejected.csv`: which rows of which files were set aside, and why. It holds nothing out of the rows themselves.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Why a row is set aside; the same words for the same fault.
pub(super) type Reason = Cow<'static, str>;

/// The rows that one import sets aside.
pub(super) struct Rejected {
    path: PathBuf,
    file: String,
    list: Option<csv::Writer<File>>,
    reasons: HashMap<Reason, u64>,
    /// How many rows were set aside.
    pub(super) count: u64,
}

impl Rejected {
    /// Rows of `file`, to be added to the list at `path`; it is not touched before there is one.
    pub(super) fn new(path: PathBuf, file: &str) -> Self {
        Self { path, file: harmless(file), list: None, reasons: HashMap::new(), count: 0 }
    }

    /// Sets aside the row that starts at a line.
    pub(super) fn add(&mut self, line: u64, reason: Reason) -> Result<()> {
        let list = match &mut self.list {
            Some(list) => list,
            None => self.list.insert(open(&self.path).map_err(|e| Error::disk(&self.path, e))?),
        };
        list.write_record([self.file.as_str(), &line.to_string(), &reason]).map_err(|e| failed(&self.path, e))?;
        *self.reasons.entry(reason).or_default() += 1;
        self.count += 1;
        Ok(())
    }

    /// Writes out what is held back, also when the import fails.
    pub(super) fn flush(&mut self) -> Result<()> {
        match &mut self.list {
            Some(list) => list.flush().map_err(|e| Error::disk(&self.path, e)),
            None => Ok(()),
        }
    }

    /// The reasons and how often each came up, the commonest first.
    pub(super) fn reasons(&self) -> Vec<(String, u64)> {
        let mut all: Vec<(String, u64)> = self.reasons.iter().map(|(r, n)| (r.to_string(), *n)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all
    }
}

fn failed(path: &Path, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => Error::disk(path, e),
        other => Error::bug(format!("{} cannot be written: {other:?}", path.display())),
    }
}

fn open(path: &Path) -> std::io::Result<csv::Writer<File>> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let mut header = "file,line,reason\n";
    if file.metadata()?.len() > 0 {
        // A line that a kill cut short must not swallow the next one.
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        header = if last == *b"\n" { "" } else { "\n" };
    }
    file.write_all(header.as_bytes())?;
    Ok(csv::Writer::from_writer(file))
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    let cell: String = cell.chars().map(|c| if c.is_control() && c != '\t' { '?' } else { c }).collect();
    if cell.starts_with(['=', '+', '-', '@', '\t']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_list_grows_and_has_one_header() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rejected.csv");
        let mut first = Rejected::new(path.clone(), "=a,b.csv");
        first.flush().unwrap();
        assert!(!path.exists());
        first.add(2, "not JSON".into()).unwrap();
        first.add(9, "not JSON".into()).unwrap();
        first.add(5, "invalid UTF-8".into()).unwrap();
        first.flush().unwrap();
        assert_eq!(first.reasons(), [("not JSON".to_owned(), 2), ("invalid UTF-8".to_owned(), 1)]);
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"cut,3").unwrap();
        let mut second = Rejected::new(path.clone(), "b.csv");
        second.add(7, "a NUL byte".into()).unwrap();
        drop(second);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "file,line,reason\n\"'=a,b.csv\",2,not JSON\n\"'=a,b.csv\",9,not JSON\n\"'=a,b.csv\",5,invalid UTF-8\n\
             cut,3\nb.csv,7,a NUL byte\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1", "+1", "-1", "@x", "\t=1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("a=1\r\n"), "a=1??");
    }
}
