//! Edge lists: text, a follow a line.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::intern::Scratch;
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
            pieces.par_iter().map_init(Scratch::default, |scratch, piece| self.piece(piece, scratch)).collect();
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

    fn piece(&self, piece: &[u8], scratch: &mut Scratch) -> Result<usize, Error> {
        let broken = |number, why| Error::Line { number, why };
        if std::str::from_utf8(piece).is_err() {
            let line = piece.split(|&byte| byte == b'\n').position(|line| std::str::from_utf8(line).is_err());
            return Err(broken(line.unwrap_or(0) + 1, "it is not UTF-8"));
        }
        let mut rows = Vec::with_capacity(piece.len() / 12);
        let (mut number, mut start) = (0, 0);
        for end in memchr_iter(b'\n', piece).chain((!piece.ends_with(b"\n")).then_some(piece.len())) {
            number += 1;
            let line = piece[start..end].trim_ascii();
            start = end + 1;
            if line.is_empty() || line[0] == b'#' || line[0] == b'%' {
                continue;
            }
            let (src, rest) = field(line);
            let rest = rest.trim_ascii_start();
            let rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
            let (dst, _) = field(rest);
            if src.is_empty() || dst.is_empty() {
                return Err(broken(number, "it has no second account"));
            }
            rows.push((src, dst));
        }
        self.bytes(rows.into_iter(), scratch)?;
        Ok(number)
    }
}

/// Up to the next blank, tab or comma, and what follows from there. Ids are short: looking byte by byte is quickest.
#[inline]
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
