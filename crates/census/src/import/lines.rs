//! The physical lines of a file, none longer than a bound, with their numbers; and the way back to an earlier one.

use std::io::{self, BufRead, Read};

/// The longest line, and the longest record of several lines.
pub(super) const LONGEST: usize = 1 << 20;

/// A line without its end.
pub(super) enum Line<'b> {
    Text(&'b [u8]),
    /// Longer than [`LONGEST`]; what it held is gone.
    Long,
}

struct Held {
    start: usize,
    end: usize,
    long: bool,
}

/// Reads lines, and holds those since the last call of [`Lines::settle`], so that a record that turns out to be none
/// can be read again line by line.
pub(super) struct Lines<'i> {
    input: Box<dyn BufRead + Send + 'i>,
    bytes: Vec<u8>,
    held: Vec<Held>,
    /// The next line among those held.
    at: usize,
    /// How many lines came before those held.
    before: u64,
}

impl<'i> Lines<'i> {
    /// The lines of a file from here; `before` of them were read before.
    pub(super) fn new(input: Box<dyn BufRead + Send + 'i>, before: u64) -> Self {
        Self { input, bytes: Vec::new(), held: Vec::new(), at: 0, before }
    }

    /// The file behind the lines that were read, where none is held, and how many there were.
    pub(super) fn rest(self) -> (Box<dyn BufRead + Send + 'i>, u64) {
        let start = self.held.get(self.at).map_or(self.bytes.len(), |line| line.start);
        debug_assert_eq!(start, self.bytes.len(), "a line was read and not given out");
        (self.input, self.before + self.at as u64)
    }

    /// The next line and its number from 1; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        if self.at == self.held.len() && !self.fetch()? {
            return Ok(None);
        }
        let line = &self.held[self.at];
        self.at += 1;
        let number = self.before + self.at as u64;
        let text = if line.long { Line::Long } else { Line::Text(&self.bytes[line.start..line.end]) };
        Ok(Some((number, text)))
    }

    /// Lets go of the lines that were read. Lines still ahead are moved seldom, so that each moves once or twice in all.
    pub(super) fn settle(&mut self) {
        let start = self.held.get(self.at).map_or(self.bytes.len(), |next| next.start);
        if self.at == self.held.len() || start > 2 * LONGEST {
            self.before += self.at as u64;
            self.held.drain(..self.at);
            self.at = 0;
            self.bytes.drain(..start);
            for line in &mut self.held {
                line.start -= start;
                line.end -= start;
            }
        }
    }

    /// Goes back to a line that is still held: the one after `number`.
    pub(super) fn back_behind(&mut self, number: u64) {
        self.at = usize::try_from(number.saturating_sub(self.before)).unwrap_or(usize::MAX).min(self.at);
    }

    fn fetch(&mut self) -> io::Result<bool> {
        let start = self.bytes.len();
        let mut long = false;
        loop {
            // One byte more than the longest line, for its end, and one for a carriage return.
            let count = (&mut self.input).take(LONGEST as u64 + 2).read_until(b'\n', &mut self.bytes)?;
            let ended = self.bytes[start..].ends_with(b"\n");
            if ended || count == 0 {
                if !ended && !long && self.bytes.len() == start {
                    return Ok(false);
                }
                break;
            }
            if self.bytes.len() - start > LONGEST {
                long = true;
                self.bytes.truncate(start);
            }
        }
        let mut end = self.bytes.len();
        for byte in [b'\n', b'\r'] {
            if self.bytes[start..end].last() == Some(&byte) {
                end -= 1;
            }
        }
        long |= end - start > LONGEST;
        if long {
            self.bytes.truncate(start);
            end = start;
        }
        self.held.push(Held { start, end, long });
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn lines(bytes: &[u8]) -> Lines<'_> {
        Lines::new(Box::new(bytes), 0)
    }

    fn take(lines: &mut Lines<'_>) -> Option<(u64, Option<String>)> {
        let (number, line) = lines.next().unwrap()?;
        let text = match line {
            Line::Text(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
            Line::Long => None,
        };
        Some((number, text))
    }

    #[test]
    fn ends_of_every_kind() {
        let mut l = lines(b"a\nb\r\n\nc\r");
        for (number, text) in [(1, "a"), (2, "b"), (3, ""), (4, "c")] {
            assert_eq!(take(&mut l), Some((number, Some(text.to_owned()))));
            l.settle();
        }
        assert_eq!(take(&mut l), None);
        assert_eq!(take(&mut lines(b"")), None);
    }

    #[test]
    fn long_lines_are_bounded_and_the_next_is_read() {
        let mut bytes = vec![b'x'; LONGEST];
        bytes.extend(b"\r\n");
        bytes.extend(vec![b'y'; LONGEST + 1]);
        bytes.push(b'\n');
        bytes.extend(vec![b'z'; 10 * LONGEST]);
        bytes.extend(b"\nend\n");
        bytes.extend(vec![b'w'; 3 * LONGEST]);
        let mut l = lines(&bytes);
        assert_eq!(take(&mut l).unwrap().1.unwrap().len(), LONGEST);
        assert_eq!(take(&mut l), Some((2, None)));
        assert_eq!(take(&mut l), Some((3, None)));
        assert_eq!(take(&mut l), Some((4, Some("end".into()))));
        assert_eq!(take(&mut l), Some((5, None)));
        assert_eq!(take(&mut l), None);
        assert!(l.bytes.capacity() < 8 * LONGEST);
    }

    #[test]
    fn the_way_back() {
        let mut l = lines(b"1\n2\n3\n4\n");
        take(&mut l);
        l.settle();
        take(&mut l);
        take(&mut l);
        l.back_behind(2);
        l.settle();
        assert_eq!(take(&mut l), Some((3, Some("3".into()))));
        assert_eq!(take(&mut l), Some((4, Some("4".into()))));
        l.back_behind(3);
        assert_eq!(take(&mut l), Some((4, Some("4".into()))));
        assert_eq!(take(&mut l), None);
    }
}
