//! Opens a file: unpacks it and finds out what it holds.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use super::Format;
use crate::progress::Progress;
use crate::{Error, Result};

/// So much of a file is looked at to tell what it holds.
pub(super) const HEAD: u64 = 64 << 10;
const BUFFER: usize = 256 << 10;

/// A file whose bytes can be looked at, and read from the start after that.
pub(super) enum Opened<'p> {
    /// Unpacked, without a byte order mark.
    Bytes { packed: bool, head: Vec<u8>, input: Box<dyn BufRead + Send + 'p> },
    /// Parquet, which is not read from front to back.
    Parquet(File),
}

/// An open file of a table.
pub(super) enum Source<'p> {
    /// CSV or JSON lines, unpacked, without a byte order mark.
    Lines(Format, Box<dyn BufRead + Send + 'p>),
    /// Parquet, which is not read from front to back.
    Parquet(File),
}

/// Refuses what is not a plain file, and gives its size.
pub(super) fn size(file: &Path) -> Result<u64> {
    let about = file.metadata().map_err(|e| Error::disk(file, e))?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "not a plain file" };
        return Err(Error::usage(format!("{} is {what}", file.display())).help("import one file at a time"));
    }
    if about.len() == 0 {
        return Err(Error::data(format!("{} is empty", file.display())).help(EMPTY));
    }
    Ok(about.len())
}

/// What to do about a file that holds nothing.
pub(super) const EMPTY: &str = "fetch it or write it again; a download or a disk may have failed";

/// The hash of a file's bytes.
pub(super) fn hash(file: &Path, progress: &Progress) -> Result<String> {
    let mut input = File::open(file).map_err(|e| Error::disk(file, e))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        progress.check()?;
        match input.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Error::disk(file, e)),
        };
    }
}

/// Opens a file of a table. What it holds is told by `given`, else by its first bytes, else by its name.
pub(super) fn open<'p>(file: &Path, given: Option<Format>, progress: &'p Progress) -> Result<Source<'p>> {
    match look(file, progress)? {
        Opened::Parquet(raw) => match given {
            None | Some(Format::Parquet) => Ok(Source::Parquet(raw)),
            Some(_) => Err(Error::usage(format!("{} is a Parquet file", file.display()))),
        },
        Opened::Bytes { packed, head, input } => {
            let format = format(file, given, packed, &head)?;
            Ok(Source::Lines(format, Box::new(Cursor::new(head).chain(input))))
        }
    }
}

/// Opens and unpacks a file, and gives what is to be seen of it.
pub(super) fn look<'p>(file: &Path, progress: &'p Progress) -> Result<Opened<'p>> {
    let mut raw = File::open(file).map_err(|e| Error::disk(file, e))?;
    let magic = head(&mut raw, 8).map_err(|e| Error::disk(file, e))?;
    raw.rewind().map_err(|e| Error::disk(file, e))?;
    let counted = |raw| BufReader::with_capacity(BUFFER, Counted { file: raw, progress });
    let (packed, mut input): (bool, Box<dyn BufRead + Send + 'p>) = if magic.starts_with(&[0x1f, 0x8b]) {
        let unpacked = flate2::bufread::MultiGzDecoder::new(counted(raw));
        (true, Box::new(BufReader::with_capacity(BUFFER, unpacked)))
    } else if magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let unpacked = zstd::stream::read::Decoder::with_buffer(counted(raw)).map_err(|e| damaged(file, e))?;
        (true, Box::new(BufReader::with_capacity(BUFFER, unpacked)))
    } else if magic.starts_with(b"PAR1") {
        return Ok(Opened::Parquet(raw));
    } else {
        (false, Box::new(counted(raw)))
    };
    let mut head = head(&mut input, HEAD).map_err(|e| damaged(file, e))?;
    if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        head.drain(..3);
    }
    Ok(Opened::Bytes { packed, head, input })
}

/// A file that cannot be read to its end.
pub(super) fn damaged(file: &Path, error: io::Error) -> Error {
    Error::data(format!("{} cannot be read to its end", file.display()))
        .because(error)
        .help("the file may be cut short or damaged; fetch it or write it again")
}

fn head(input: &mut dyn Read, most: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(most).read_to_end(&mut head)?;
    Ok(head)
}

/// What other programs' files begin with, and what to do with them.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"PAR1", "a packed Parquet file", "unpack it first: Parquet is packed inside as it is"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save the sheet as CSV"),
    (b"BZh", "packed with bzip2", "unpack it, or pack it with gzip or zstd"),
    (b"\xfd7zXZ", "packed with xz", "unpack it, or pack it with gzip or zstd"),
    (b"\x1f\x8b", "packed twice", "unpack it once"),
    (b"\x28\xb5\x2f\xfd", "packed twice", "unpack it once"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\xff\xfe", "text in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it as UTF-8"),
];

/// Refuses what other programs' files begin with.
pub(super) fn not_of_another_program(file: &Path, head: &[u8]) -> Result<()> {
    match OTHERS.iter().find(|(magic, _, _)| head.starts_with(magic)) {
        Some((_, what, help)) => Err(Error::data(format!("{} is {what}", file.display())).help(*help)),
        None => Ok(()),
    }
}

fn format(file: &Path, given: Option<Format>, packed: bool, head: &[u8]) -> Result<Format> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = if packed { name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem) } else { &name };
    not_of_another_program(file, head)?;
    let by_name = match name.rsplit('.').next() {
        Some("csv" | "tsv") => Some(Format::Csv),
        Some("jsonl" | "ndjson" | "json") => Some(Format::JsonLines),
        Some("parquet" | "pq") => Some(Format::Parquet),
        _ => None,
    };
    let first = head.iter().find(|b| !b.is_ascii_whitespace());
    let by_bytes = if first == Some(&b'{') { Format::JsonLines } else { Format::Csv };
    match given.or(by_name).unwrap_or(by_bytes) {
        Format::Parquet => Err(Error::data(format!("{} is not a Parquet file", file.display()))
            .help("it does not begin as Parquet files do; if it is CSV or JSON lines, say so: --format csv")),
        Format::JsonLines if first == Some(&b'[') => {
            Err(Error::data(format!("{} is one JSON array, not one object a line", file.display()))
                .help("turn it into lines, for instance with: jq -c '.[]'"))
        }
        format if first.is_none() && head.len() < HEAD as usize => {
            Err(Error::data(format!("{} is empty", file.display())).help(format!("{format:?} was expected")))
        }
        format => Ok(format),
    }
}

/// Tells how many bytes of the file itself were read, packed as they are.
struct Counted<'p> {
    file: File,
    progress: &'p Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.progress.advance(n as u64);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn guess(name: &str, head: &[u8]) -> Result<Format> {
        format(Path::new(name), None, name.ends_with("gz"), head)
    }

    #[test]
    fn formats_are_guessed() {
        for (name, head, want) in [
            ("a.csv", "id\n", Format::Csv),
            ("A.TSV", "id\n", Format::Csv),
            ("a.jsonl.gz", "{}\n", Format::JsonLines),
            ("a.ndjson", "junk", Format::JsonLines),
            ("a.json", " {}", Format::JsonLines),
            ("a.txt", "\n {\"a\":1}", Format::JsonLines),
            ("a", "id,b", Format::Csv),
        ] {
            assert_eq!(guess(name, head.as_bytes()).unwrap(), want, "{name}");
        }
        assert_eq!(format(Path::new("a.csv"), Some(Format::JsonLines), false, b"x").unwrap(), Format::JsonLines);
    }

    #[test]
    fn other_files_are_named() {
        for (name, head, says) in [
            ("a.parquet", "id\n", "not a Parquet"),
            ("a.json", "[{}]", "one JSON array"),
            ("a.csv", "PK\x03\x04", "a zip archive"),
            ("a.csv.gz", "\n \n", "is empty"),
        ] {
            let error = guess(name, head.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(says), "{name}: {error}");
        }
    }
}
