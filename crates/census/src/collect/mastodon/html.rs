//! What a note or a post says, as text. Servers give HTML that they have cleaned, some better than others; here it is
//! read as a browser would and never shown, so that only words and addresses are left.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// More of an HTML text is not read.
const LONGEST: usize = 200_000;
/// Links kept of one text.
const MOST_LINKS: usize = 100;

/// Words and addresses of an HTML text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    /// Where its links lead; mentions and hashtags are none.
    pub(super) links: Vec<String>,
}

/// Reads an HTML text, or a plain one: not every server gives HTML.
pub(super) fn read(html: &str) -> Said {
    let mut end = html.len().min(LONGEST);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let mut said = Said::default();
    // The element, among those whose content is no text, that is open.
    let mut silent: Option<Vec<u8>> = None;
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    // Reading from memory cannot fail.
    for token in Tokenizer::new_with_emitter(&html[..end], emitter).flatten() {
        match token {
            Token::StartTag(tag) if silent.is_none() => {
                if matches!(&tag.name[..], b"script" | b"style" | b"template" | b"title" | b"iframe" | b"svg" | b"math")
                {
                    silent = (!tag.self_closing).then(|| tag.name.to_vec());
                } else {
                    said.start(&tag);
                }
            }
            Token::EndTag(tag) if silent.as_deref() == Some(&tag.name[..]) => silent = None,
            Token::EndTag(tag) if silent.is_none() && is_block(&tag.name) => said.line(),
            Token::String(text) if silent.is_none() => said.text.push_str(&String::from_utf8_lossy(&text)),
            _ => (),
        }
    }
    said.text = tidy(&said.text);
    said
}

impl Said {
    fn start(&mut self, tag: &StartTag<()>) {
        if &tag.name[..] == b"br" {
            self.text.push('\n');
        } else if is_block(&tag.name) {
            self.line();
        } else if &tag.name[..] == b"a" {
            let attribute =
                |name: &[u8]| tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned());
            let classes = attribute(b"class").unwrap_or_default();
            let ours = !classes.split_ascii_whitespace().any(|c| matches!(c, "mention" | "hashtag" | "u-url"));
            let link = attribute(b"href").filter(|href| ours && is_web(href));
            if let Some(link) = link
                && self.links.len() < MOST_LINKS
            {
                self.links.push(link.trim().to_owned());
            }
        }
    }

    fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"p" | b"div" | b"li" | b"ul" | b"ol" | b"blockquote" | b"pre" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6"
    )
}

fn is_web(address: &str) -> bool {
    let address = address.trim();
    let begins = |with: &str| address.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    begins("https://") || begins("http://")
}

/// Without control characters, and without blanks at the ends of lines and of the text.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>());
    lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_note_as_the_documentation_shows_one() {
        let note = "<p>i have approximate knowledge. perpetual student. (nb/ace/they)</p><p>xmpp/email: a@trwnh.com<br />\
            <a href=\"https://trwnh.com\" target=\"_blank\" rel=\"nofollow noopener noreferrer\"><span class=\"invisible\">\
            https://</span><span class=\"\">trwnh.com</span><span class=\"invisible\"></span></a></p><p>&quot;<a \
            href=\"https://awoo.space/tags/bi\" class=\"mention hashtag\">#<span>bi</span></a>&quot; ~ <span \
            class=\"h-card\"><a href=\"https://weirder.earth/@dzuk\" class=\"u-url mention\">@<span>dzuk</span></a></span></p>";
        let said = read(note);
        let text = "i have approximate knowledge. perpetual student. (nb/ace/they)\nxmpp/email: a@trwnh.com\n\
            https://trwnh.com\n\"#bi\" ~ @dzuk";
        assert_eq!((said.text.as_str(), &said.links[..]), (text, &["https://trwnh.com".to_owned()][..]));
    }

    #[test]
    fn hostile_notes_leave_words_only() {
        for (html, text) in [
            ("<p>hi<script>alert('x')</script> there</p>", "hi there"),
            ("hi<style>p{}</style><img src=x onerror=alert(1)>!", "hi!"),
            ("<a href=\"javascript:alert(1)\">click</a>", "click"),
            ("<scr<script>ipt>alert(1)</script>x", "ipt>alert(1)x"),
            ("&lt;script&gt;x&lt;/script&gt;", "<script>x</script>"),
            ("<!-- <p>no</p> -->yes", "yes"),
            ("<script>never closed", ""),
            ("a\u{0}\u{7}b\u{1b}[31m", "ab[31m"),
            ("plain & simple <3", "plain & simple <3"),
            ("", ""),
        ] {
            let said = read(html);
            assert_eq!((said.text.as_str(), said.links.len()), (text, 0), "{html}");
        }
        assert_eq!(read(&"<a href=https://x.test>".repeat(5000)).links.len(), MOST_LINKS);
        assert!(read(&"<div>é".repeat(100_000)).text.len() < LONGEST);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(html in ".{0,200}") {
            let _ = read(&html);
        }
    }
}
