//! Text that others wrote, made fit for a page. Escaping is askama's matter; this is about what survives escaping:
//! characters that reorder or hide their surroundings, and length.

use unicode_normalization::char::is_combining_mark;

/// One line of at most `most` characters, without control characters, direction overrides and stacked marks.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let mut out = String::new();
    let (mut length, mut marks, mut gap) = (0, 0, false);
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = length > 0;
            continue;
        }
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if marks > 3 || hides_or_reorders(c) {
            continue;
        }
        if length + usize::from(gap) >= most {
            out.push('…');
            break;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
            length += 1;
        }
        out.push(c);
        length += 1;
    }
    out
}

/// Direction marks and overrides, invisible characters, tags, noncharacters. The joiners U+200C and U+200D stay:
/// Persian and many other scripts need them.
fn hides_or_reorders(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{00AD}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' | '\u{FFFE}' | '\u{FFFF}'
        | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn overrides_and_controls_go() {
        assert_eq!(clean("a\u{202E}b\u{2066}c\u{0}\u{7}d\u{200B}e", 99), "abc de");
        assert_eq!(clean("  one\n\ttwo  ", 99), "one two");
        assert_eq!(clean("می\u{200C}خواهم", 99), "می\u{200C}خواهم");
    }

    #[test]
    fn length_is_bounded_in_characters() {
        assert_eq!(clean("دولةالخلافة", 5), "دولةا…");
        assert_eq!(clean("12345", 5), "12345");
        assert_eq!(clean("12345 ", 5), "12345");
        assert_eq!(clean("1234 6", 5), "1234…");
    }

    #[test]
    fn stacked_marks_are_thinned() {
        let stacked = format!("a{}b", "\u{0301}".repeat(50));
        assert_eq!(clean(&stacked, 99).chars().count(), 5);
    }
}
