//! A file in pieces of whole lines, half a MiB each, or as long as a line is: 2 MiB, or more where a file may have it.

use std::io::{self, BufRead};
use std::sync::Mutex;

use memchr::{memchr, memchr_iter, memrchr};

use super::lines::LONGEST;

/// The most bytes of a piece, where nothing else is said: a line that a row may be made of always fits.
const MOST: usize = 2 * LONGEST;
/// So many bytes make a piece if a line ends in them: few enough to stay in a processor's second cache with what is made
/// of them, and enough that handing them around costs nothing.
const PIECE: usize = 512 << 10;
/// So much is asked of a file at once: small enough to be in a processor's cache when it is looked at for line ends.
const BLOCK: usize = 256 << 10;

/// Whole lines, or one that is too long to be kept.
pub(super) struct Piece {
    buffer: Vec<u8>,
    end: usize,
    /// How many lines come before it.
    pub(super) before: u64,
    /// A single line longer than [`LONGEST`], which is gone.
    pub(super) long: bool,
}

impl Piece {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.end]
    }
}

/// Cuts a file into pieces.
pub(super) struct Pieces<'i> {
    input: Box<dyn BufRead + Send + 'i>,
    /// What was read behind the last line end.
    rest: Vec<u8>,
    /// How many lines were cut off.
    lines: u64,
    /// The most bytes of a piece.
    most: usize,
}

/// Buffers to be used again: a fresh one costs more than to fill it.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    fn get(&self) -> Vec<u8> {
        self.0.lock().ok().and_then(|mut pool| pool.pop()).unwrap_or_else(|| vec![0; MOST])
    }

    /// Gives back the buffer of a piece.
    pub(super) fn put(&self, mut piece: Piece) {
        if piece.buffer.len() > MOST {
            piece.buffer.truncate(MOST);
            piece.buffer.shrink_to_fit();
        }
        if let Ok(mut pool) = self.0.lock() {
            pool.push(piece.buffer);
        }
    }
}

impl<'i> Pieces<'i> {
    /// The file from here; `lines` of it were read before.
    pub(super) fn new(input: Box<dyn BufRead + Send + 'i>, lines: u64) -> Self {
        Self { input, rest: Vec::new(), lines, most: MOST }
    }

    /// A file from its start, whose lines may be as long as `longest`. A buffer grows to that only for a line that does.
    pub(super) fn of_long_lines(input: Box<dyn BufRead + Send + 'i>, longest: usize) -> Self {
        Self { input, rest: Vec::new(), lines: 0, most: MOST.max(2 * longest) }
    }

    /// The next piece; none at the end.
    pub(super) fn next(&mut self, pool: &Pool) -> io::Result<Option<Piece>> {
        let (mut buffer, before) = (pool.get(), self.lines);
        let mut end = self.rest.len();
        buffer[..end].copy_from_slice(&self.rest);
        self.rest.clear();
        let (mut ended, mut line_end) = (false, false);
        while end < self.most && !ended && !(line_end && end >= PIECE) {
            if end == buffer.len() {
                buffer.resize(self.most.min(2 * end), 0);
            }
            let most = buffer.len().min(end + BLOCK);
            let count = read(&mut self.input, &mut buffer[end..most])?;
            let lines = memchr_iter(b'\n', &buffer[end..end + count]).count() as u64;
            self.lines += lines;
            line_end |= lines > 0;
            end += count;
            ended = count == 0;
        }
        let mut long = false;
        if !ended {
            match memrchr(b'\n', &buffer[..end]) {
                Some(last) => {
                    self.rest.extend_from_slice(&buffer[last + 1..end]);
                    end = last + 1;
                }
                None => {
                    (long, end) = (true, 0);
                    self.pass_line()?;
                }
            }
        }
        Ok((long || end > 0).then_some(Piece { buffer, end, before, long }))
    }

    /// Lets go of the rest of a line.
    fn pass_line(&mut self) -> io::Result<()> {
        self.lines += 1;
        loop {
            let block = match self.input.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                block => block?,
            };
            let (count, ended) = match memchr(b'\n', block) {
                Some(at) => (at + 1, true),
                None => (block.len(), block.is_empty()),
            };
            self.input.consume(count);
            if ended {
                return Ok(());
            }
        }
    }

    /// The file from the start of `piece` on, which is to be read in another way, and how many lines come before it.
    pub(super) fn again(self, piece: Piece) -> (Box<dyn BufRead + Send + 'i>, u64) {
        let mut bytes = piece.bytes().to_vec();
        bytes.extend(self.rest);
        (Box::new(io::Read::chain(io::Cursor::new(bytes), self.input)), piece.before)
    }
}

fn read(input: &mut dyn BufRead, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(into) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => (),
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn all(bytes: &[u8]) -> Vec<(u64, Option<Vec<u8>>)> {
        let (mut pieces, pool, mut all) = (Pieces::new(Box::new(bytes), 0), Pool::default(), Vec::new());
        while let Some(piece) = pieces.next(&pool).unwrap() {
            all.push((piece.before, (!piece.long).then(|| piece.bytes().to_vec())));
            pool.put(piece);
        }
        all
    }

    #[test]
    fn pieces_are_whole_lines() {
        assert!(all(b"").is_empty());
        assert_eq!(all(b"a\nb"), [(0, Some(b"a\nb".to_vec()))]);
        let bytes = b"0123456789\n".repeat(MOST / 4);
        let pieces = all(&bytes);
        assert_eq!(pieces.iter().flat_map(|(_, p)| p.clone().unwrap()).collect::<Vec<u8>>(), bytes);
        let mut before = 0;
        for (lines, piece) in &pieces {
            let piece = piece.as_ref().unwrap();
            assert_eq!((*lines, piece.last()), (before, Some(&b'\n')));
            before += piece.len() as u64 / 11;
        }
    }

    #[test]
    fn long_lines_are_let_go() {
        let mut bytes = b"a\n".to_vec();
        bytes.extend(vec![b'x'; 3 * MOST]);
        bytes.extend(b"\nb\n");
        bytes.extend(vec![b'y'; 2 * MOST]);
        let want = [(0, Some(b"a\n".to_vec())), (1, None), (2, Some(b"b\n".to_vec())), (3, None)];
        assert_eq!(all(&bytes), want);
    }

    #[test]
    fn a_piece_is_read_again_in_another_way() {
        let bytes = b"0123456789\n".repeat(MOST / 4);
        let (mut pieces, pool) = (Pieces::new(Box::new(&bytes[..]), 7), Pool::default());
        let first = pieces.next(&pool).unwrap().unwrap().bytes().len();
        let second = pieces.next(&pool).unwrap().unwrap();
        let (mut input, before) = pieces.again(second);
        let mut rest = Vec::new();
        io::Read::read_to_end(&mut input, &mut rest).unwrap();
        assert_eq!((before, &rest[..]), (7 + first as u64 / 11, &bytes[first..]));
    }
}
