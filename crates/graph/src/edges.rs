//! Edge lists: text, a follow a line.

use std::io::{self, Read};

use memchr::memchr;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::{Builder, Error};

/// Text that is read at a time.
const BLOCK: usize = 32 << 20;
/// Text that a thread works through at a time.
const PIECE: usize = 1 << 18;

impl Builder {
    /// Adds the follows of an edge list: the ids of who follows and who is followed, apart by blanks, a tab or a comma;
    /// what comes after them in a line is left alone, and so are empty lines and those that begin with `#` or `%`.
    ///
    /// The next block is read while this one is worked through.
    pub fn edge_list(&self, mut text: impl Read + Send) -> Result<(), Error> {
        let mut lines = 0;
        let (mut block, mut next) = (Vec::new(), Vec::new());
        read(&mut text, &mut block)?;
        loop {
            let whole = match memchr::memrchr(b'\n', &block) {
                Some(end) if block.len() >= BLOCK => end + 1,
                _ if block.len() >= BLOCK => {
                    return Err(Error::Line { number: lines + 1, why: "it is too long" });
                }
                _ => block.len(),
            };
            let last = block.len() < BLOCK;
            next.clear();
            next.extend_from_slice(&block[whole..]);
            let (added, read) = rayon::join(
                || self.lines(&block[..whole], lines),
                || if last { Ok(()) } else { read(&mut text, &mut next) },
            );
            lines += added?;
            read?;
            if last {
                return Ok(());
            }
            std::mem::swap(&mut block, &mut next);
        }
    }

    /// Adds whole lines; says how many there were. `before` lines came earlier.
    fn lines(&self, block: &[u8], before: usize) -> Result<usize, Error> {
        let mut pieces = Vec::new();
        let mut rest = block;
        while !rest.is_empty() {
            let least = PIECE.min(rest.len()) - 1;
            let end = memchr(b'\n', &rest[least..]).map_or(rest.len(), |end| least + end + 1);
            let (piece, after) = rest.split_at(end);
            pieces.push(piece);
            rest = after;
        }
        let counts: Vec<Result<usize, Error>> =
            pieces.par_iter().with_max_len(1).map(|piece| self.piece(piece)).collect();
        let mut lines = 0;
        for count in counts {
            match count {
                Ok(count) => lines += count,
                Err(Error::Line { number, why }) => {
                    return Err(Error::Line { number: before + lines + number, why });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(lines)
    }

    fn piece(&self, piece: &[u8]) -> Result<usize, Error> {
        let broken = |number, why| Error::Line { number, why };
        if std::str::from_utf8(piece).is_err() {
            let line = piece.split(|&byte| byte == b'\n').position(|line| std::str::from_utf8(line).is_err());
            return Err(broken(line.unwrap_or(0) + 1, "it is not UTF-8"));
        }
        let mut rows = Rows { text: piece, lines: 0, broken: None };
        self.bytes(&mut rows)?;
        rows.broken.map_or(Ok(rows.lines), |why| Err(broken(rows.lines, why)))
    }
}

/// The rows of whole lines, up to one that is none.
struct Rows<'a> {
    text: &'a [u8],
    lines: usize,
    broken: Option<&'static str>,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while !self.text.is_empty() {
            self.lines += 1;
            if let Some((row, rest)) = plain(self.text) {
                self.text = rest;
                return Some(row);
            }
            let end = memchr(b'\n', self.text).unwrap_or(self.text.len());
            let line = self.text[..end].trim_ascii();
            self.text = self.text.get(end + 1..).unwrap_or_default();
            if line.is_empty() || line[0] == b'#' || line[0] == b'%' {
                continue;
            }
            let (src, rest) = field(line);
            let rest = rest.trim_ascii_start();
            let (dst, _) = field(rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start());
            if !src.is_empty() && !dst.is_empty() {
                return Some((src, dst));
            }
            self.broken = Some("it has no second account");
            break;
        }
        None
    }
}

/// Who follows, and who is followed.
type Row<'a> = (&'a [u8], &'a [u8]);

/// The row of a line as most are: two ids and one character between them, nothing else; and what comes after the line.
#[inline]
fn plain(text: &[u8]) -> Option<(Row<'_>, &[u8])> {
    let (src, rest) = text.split_at(stop(text));
    let (b' ' | b'\t' | b',', rest) = rest.split_first()? else { return None };
    let (dst, rest) = rest.split_at(stop(rest));
    let (b'\n', rest) = rest.split_first()? else { return None };
    let comment = matches!(src.first(), None | Some(b'#' | b'%'));
    (!comment && !dst.is_empty()).then_some(((src, dst), rest))
}

/// Where the first comma, blank or control character is, eight bytes at a time.
///
/// A byte of `x - 0x21…` that `x` has no upper bit in has one where that of `x` is less than 0x21. Bytes behind such a one may
/// seem to be, too, but it is the first that counts.
#[inline]
fn stop(text: &[u8]) -> usize {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let mut at = 0;
    while let Some(word) = text[at..].first_chunk() {
        let word = u64::from_le_bytes(*word);
        let comma = word ^ (EACH * b',' as u64);
        let less = word.wrapping_sub(EACH * 0x21) & !word | comma.wrapping_sub(EACH) & !comma;
        let found = less & (EACH << 7);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + text[at..].iter().position(|&byte| byte <= b' ' || byte == b',').unwrap_or(text.len() - at)
}

/// Up to the next blank, tab or comma, and what follows from there.
fn field(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| matches!(byte, b' ' | b'\t' | b',')).unwrap_or(text.len()))
}

/// Fills the block.
fn read(text: &mut impl Read, block: &mut Vec<u8>) -> Result<(), Error> {
    let wanted = BLOCK - block.len();
    block.reserve_exact(wanted);
    let read = text.by_ref().take(wanted as u64).read_to_end(block);
    read.map(|_| ()).map_err(|e: io::Error| Error::Disk { path: "the edge list".into(), why: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rule, line by line and byte by byte; how many lines there are up to one that is broken.
    fn plainly(text: &[u8]) -> (Vec<Row<'_>>, Result<(), usize>) {
        let mut rows = Vec::new();
        for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() || line[0] == b'#' || line[0] == b'%' {
                continue;
            }
            let (src, rest) = field(line);
            let rest = rest.trim_ascii_start();
            let (dst, _) = field(rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start());
            if src.is_empty() || dst.is_empty() {
                return (rows, Err(number));
            }
            rows.push((src, dst));
        }
        (rows, Ok(()))
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_rule(text in "([a-cé#%]{1,12}[ \t,][a-cé]{1,12}\n|[a-c#% \t,\r\x01]{0,12}\n){0,8}[ab, ]{0,9}") {
            let mut rows = Rows { text: text.as_bytes(), lines: 0, broken: None };
            let found: Vec<_> = rows.by_ref().collect();
            let (expected, whole) = plainly(text.as_bytes());
            prop_assert_eq!(found, expected);
            prop_assert_eq!(rows.broken.map_or(Ok(()), |_| Err(rows.lines)), whole);
        }
    }
}
