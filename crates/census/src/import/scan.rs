//! Walks over JSON in place: checks it whole, as `serde_json` would, and says where values stand, without reading them.
//!
//! It reads 32 bytes at a time inside of strings, by SSE2 where that is (every x86-64 processor has it), and needs the
//! end of a line to be known neither before nor after: a line end is a control character, which no string may hold, and
//! is not taken for white space between values. It may refuse what is sound (a number of a hundred digits): whoever
//! calls has a slower reader to ask, and takes from that one the reason, too. It never accepts what is broken.
//!
//! Why not a crate: sonic-rs 0.5 chooses its instructions when it is compiled, and in a build that runs on every
//! processor it passes over 0.6 GB in the time of a core that this takes for 1.3; and it takes any four bytes for the
//! digits of `\u` where it passes over a value. simd-json chooses at run time, but writes into its input.

use memchr::memchr;

/// What stands in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Null,
    True,
    False,
    /// A number of digits only.
    Whole,
    /// Any other number.
    Real,
    /// Text that stands for itself.
    Plain,
    /// Text with a backslash in it.
    Escaped,
    List,
    Object,
}

/// Containers in containers, as many as `serde_json` takes.
pub(super) const DEEPEST: u32 = 127;
/// Longer numbers are left to another reader; shorter ones fit a float unless an exponent says otherwise.
const LONGEST_NUMBER: usize = 64;

/// A place in a text, which is UTF-8 as far as it is looked at.
pub(super) struct Scan<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) at: usize,
}

impl Scan<'_> {
    /// The byte here; behind the end of the text, a line end.
    #[inline(always)]
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(b'\n')
    }

    /// Passes over white space, and gives the byte behind it.
    #[inline(always)]
    pub(super) fn space(&mut self) -> u8 {
        loop {
            match self.peek() {
                b' ' | b'\t' | b'\r' => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// Passes over white space, and gives the place behind it.
    #[inline]
    pub(super) fn skip(&mut self) -> usize {
        self.space();
        self.at
    }

    /// Passes over `byte` and the white space before it.
    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> Option<()> {
        (self.space() == byte).then(|| self.at += 1)
    }

    /// Passes over a value and the white space before it; `depth` is how many containers may stand in it.
    pub(super) fn value(&mut self, depth: u32) -> Option<Sort> {
        match self.space() {
            b'"' => {
                self.at += 1;
                self.text()
            }
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b't' => self.word(b"true", Sort::True),
            b'f' => self.word(b"false", Sort::False),
            b'n' => self.word(b"null", Sort::Null),
            _ => self.number(),
        }
    }

    /// Passes over a text from behind its first quote.
    #[inline(always)]
    pub(super) fn text(&mut self) -> Option<Sort> {
        Some(if self.string()? { Sort::Escaped } else { Sort::Plain })
    }

    fn object(&mut self, depth: u32) -> Option<Sort> {
        let depth = depth.checked_sub(1)?;
        self.at += 1;
        if self.space() == b'}' {
            self.at += 1;
            return Some(Sort::Object);
        }
        loop {
            self.eat(b'"')?;
            self.string()?;
            self.eat(b':')?;
            self.value(depth)?;
            if self.ends(b'}')? {
                return Some(Sort::Object);
            }
        }
    }

    fn list(&mut self, depth: u32) -> Option<Sort> {
        let depth = depth.checked_sub(1)?;
        self.at += 1;
        if self.space() == b']' {
            self.at += 1;
            return Some(Sort::List);
        }
        loop {
            self.value(depth)?;
            if self.ends(b']')? {
                return Some(Sort::List);
            }
        }
    }

    /// Behind a value in a container: whether that ends here.
    #[inline]
    pub(super) fn ends(&mut self, close: u8) -> Option<bool> {
        let byte = self.space();
        self.at += 1;
        if byte == b',' { Some(false) } else { (byte == close).then_some(true) }
    }

    #[inline]
    fn word(&mut self, word: &[u8], sort: Sort) -> Option<Sort> {
        self.bytes.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            sort
        })
    }

    fn number(&mut self) -> Option<Sort> {
        let start = self.at;
        let minus = self.peek() == b'-';
        self.at += usize::from(minus);
        let first = self.peek();
        let whole = self.digits()?;
        if first == b'0' && whole > 1 {
            return None;
        }
        let mut sort = if minus && first == b'0' { Sort::Real } else { Sort::Whole };
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
            sort = Sort::Real;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            if self.digits()? > 2 {
                return None;
            }
            sort = Sort::Real;
        }
        (self.at - start <= LONGEST_NUMBER).then_some(sort)
    }

    /// Passes over one digit and more, and says how many.
    #[inline]
    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > start).then_some(self.at - start)
    }

    /// Passes over a string, from behind its first quote to behind its last; says whether there are escapes in it.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(self.at..)?;
            if let Some(block) = rest.first_chunk() {
                let special = specials(block);
                if special == 0 {
                    self.at += block.len();
                    continue;
                }
                self.at += special.trailing_zeros() as usize;
            } else {
                self.at += rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20))?;
            }
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Some(escaped);
                }
                b'\\' => {
                    self.at += escape(self.bytes.get(self.at..)?)?.1;
                    escaped = true;
                }
                _ => return None,
            }
        }
    }
}

/// A bit for each byte that ends a string, escapes what follows, or must not be in a string.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code)]
fn specials(block: &[u8; 32]) -> u32 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    // SAFETY: SSE2 is part of x86-64, so these instructions are there. The loads need no alignment, and the two read
    // the 16 bytes at 0 and the 16 at 16 of a block of 32.
    unsafe {
        let half = |at: usize| {
            let v = _mm_loadu_si128(block.as_ptr().add(at).cast::<__m128i>());
            let quote = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x22));
            let backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x5c));
            let control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
            _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control)) as u32
        };
        half(0) | half(16) << 16
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn specials(block: &[u8; 32]) -> u32 {
    block.iter().enumerate().fold(0, |mask, (i, b)| mask | u32::from(matches!(b, b'"' | b'\\' | 0..0x20)) << i)
}

/// The character that an escape stands for, and the length of the escape.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    Some(match *bytes.get(1)? {
        c @ (b'"' | b'\\' | b'/') => (char::from(c), 2),
        b'b' => ('\u{8}', 2),
        b'f' => ('\u{c}', 2),
        b'n' => ('\n', 2),
        b'r' => ('\r', 2),
        b't' => ('\t', 2),
        b'u' => match hex(bytes.get(2..6)?)? {
            high @ 0xd800..0xdc00 => {
                let low = hex(bytes.get(6..12)?.strip_prefix(b"\\u")?)?.checked_sub(0xdc00).filter(|l| *l < 0x400)?;
                (char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)?, 12)
            }
            code => (char::from_u32(code)?, 6),
        },
        _ => return None,
    })
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |all, d| Some(all << 4 | char::from(*d).to_digit(16)?))
}

/// Writes out the text of a string in which [`Scan::string`] found escapes.
pub(super) fn unescape(mut text: &str, out: &mut String) {
    while let Some(at) = memchr(b'\\', text.as_bytes()) {
        out.push_str(&text[..at]);
        let Some((char, length)) = escape(&text.as_bytes()[at..]) else { return };
        out.push(char);
        text = &text[at + length..];
    }
    out.push_str(text);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn scan(text: &str) -> Option<Sort> {
        let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
        let sort = scan.value(DEEPEST)?;
        (scan.space() == b'\n' && scan.at == text.len()).then_some(sort)
    }

    #[test]
    fn sound_values() {
        for (text, sort) in [
            ("null", Sort::Null),
            (" true ", Sort::True),
            ("\tfalse\r", Sort::False),
            ("0", Sort::Whole),
            ("-0", Sort::Real),
            ("-12", Sort::Whole),
            ("1.50", Sort::Real),
            ("1e5", Sort::Real),
            ("2E-07", Sort::Real),
            ("\"\"", Sort::Plain),
            ("\"a \\u00e9\"", Sort::Escaped),
            ("[ ]", Sort::List),
            ("[1 , [\"\"]]", Sort::List),
            ("{ }", Sort::Object),
            ("{\"a\" : {\"b\":[{}]} , \"\\n\":1}", Sort::Object),
        ] {
            assert_eq!(scan(text), Some(sort), "{text}");
        }
    }

    #[test]
    fn broken_values() {
        for text in [
            "",
            "nul",
            "01",
            "-",
            "+1",
            "1.",
            ".5",
            "1e",
            "1e+",
            "--1",
            "1.5.5",
            "\"",
            "\"\\",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"\u{1}\"",
            "\"\t\"",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1",
            "]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\":1",
            "{,}",
            "{\"a\":1}}",
            "1 2",
            "\u{a0}1",
        ] {
            assert_eq!(scan(text), None, "{text}");
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded_as_in_the_slower_reader() {
        for depth in [1, 126, 127, 128, 129, 1_000_000] {
            let text = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(scan(&text).is_some(), serde_json::from_str::<Value>(&text).is_ok(), "{depth}");
        }
    }

    #[test]
    fn every_place_of_a_quote() {
        for length in 0..100 {
            let text = format!("\"{}\"", "x".repeat(length));
            assert_eq!(scan(&text), Some(Sort::Plain));
            assert_eq!(scan(&(text.clone() + "\"")), None);
            assert_eq!(scan(&text.replacen('x', "\n", 1)).is_some(), length == 0);
            assert_eq!(scan(&format!("\"{}\\\"{}\"", "x".repeat(length), "y".repeat(40))), Some(Sort::Escaped));
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_another_writer_writes_is_sound(value in json()) {
            let text = value.to_string();
            // Only a number may be left to the other reader.
            let small = !text.contains(['e', 'E']) && text.len() < LONGEST_NUMBER;
            prop_assert!(scan(&text).is_some() || !small);
        }

        #[test]
        fn what_is_accepted_is_sound(
            value in json(), cuts in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&b"\"\\{}[],:0e.-u \tn\0"[..]), any::<bool>()), 0..4),
        ) {
            let mut bytes = value.to_string().into_bytes();
            for (at, byte, put) in cuts {
                let at = at.index(bytes.len());
                if put { bytes.insert(at, byte) } else { bytes[at] = byte }
            }
            if let Ok(text) = std::str::from_utf8(&bytes) && scan(text).is_some() {
                prop_assert!(serde_json::from_str::<Value>(text).is_ok(), "{}", text);
            }
        }

        #[test]
        fn escapes_come_back(text in any::<String>(), all in any::<bool>()) {
            let mut json = serde_json::to_string(&text).unwrap();
            if all {
                json = format!("\"{}\"", text.encode_utf16().map(|c| format!("\\u{c:04X}")).collect::<String>());
            }
            let mut out = String::new();
            unescape(&json[1..json.len() - 1], &mut out);
            prop_assert!(scan(&json).is_some());
            prop_assert_eq!(out, text);
        }
    }
}
