//! Labels that strangers wrote: made safe to print, and kept from naming anybody.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use unicode_security::confusable_detection::skeleton;

use crate::Result;
use crate::network::Network;
use crate::profiles::Texts;
use crate::text::fold;

/// Characters of a label.
const LONGEST: usize = 60;
/// Characters of a handle or name that are looked at.
const LONGEST_NAME: usize = 300;
/// Letters of a handle that counts wherever in a word it stands. Shorter ones are in many words by chance.
const LONG: usize = 6;
/// Letters of a handle that counts where it stands by itself in a word.
const SHORT: usize = 4;

/// A label fit to print: without control characters, marks that turn or hide text, and surplus space; cut when long.
pub(super) fn clean(text: &str) -> Option<String> {
    let mut label = String::new();
    let mut length = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let mut chars = word.chars().filter(|&c| !is_hidden(c)).peekable();
        if chars.peek().is_some() && length > 0 {
            label.push(' ');
            length += 1;
        }
        for c in chars {
            if length >= LONGEST {
                let keep = label.char_indices().nth(LONGEST - 1).map_or(label.len(), |(at, _)| at);
                label.truncate(keep);
                label.push('…');
                return Some(label);
            }
            label.push(c);
            length += 1;
        }
    }
    (!label.is_empty()).then_some(label)
}

/// Marks of direction, of width zero, and tags. The zero-width non-joiner stays: Persian words have it.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{200B}' | '\u{200D}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Which of these hashtags, domains or other words name an account of the network. A word does that is, letter by letter,
/// a handle, the first part of a handle that is a domain, or a display name; a domain also when it lies under a handle; and
/// any word that holds a handle or a display name of several words: one of [`LONG`] letters anywhere, one of [`SHORT`] as
/// a part of it by itself (`free_bobby`, `bobby-news.example`). Letters that look alike in several scripts are the same letter, and domains are
/// read as they are shown, not as they are sent.
pub(crate) fn name_somebody(network: &Network, labels: &[&str]) -> Result<Vec<bool>> {
    name_few(network, labels, usize::MAX)
}

/// The same, but a display name that so many accounts have names none of them. A handle always does.
pub(crate) fn name_few(network: &Network, labels: &[&str], enough: usize) -> Result<Vec<bool>> {
    let (mut named, mut times) = (vec![false; labels.len()], vec![0_usize; labels.len()]);
    // Whether a name is the word, or stands in it.
    let mut wanted: HashMap<String, Vec<(usize, bool)>> = HashMap::new();
    for (i, label) in labels.iter().enumerate() {
        let shown = if label.contains("xn--") { idna::domain_to_unicode(label).0 } else { (*label).to_owned() };
        let parts: Vec<&str> = shown.split('.').collect();
        let mut add = |name: String, whole: bool| {
            let places = wanted.entry(name).or_default();
            if !places.iter().any(|(label, as_whole)| *label == i && (*as_whole || !whole)) {
                places.push((i, whole));
            }
        };
        for from in 0..parts.len().saturating_sub(1).max(1) {
            add(letters(&parts[from..].join(".")), true);
        }
        inside(&shown).for_each(|name| add(name, false));
    }
    if wanted.is_empty() {
        return Ok(named);
    }
    network.profiles.texts(&network.ids, &["handle", "name"], |profiles| {
        let called = |(_, texts): &(u32, Texts<'_>)| {
            let handle = texts.handle.map(|h| h.trim_start_matches('@'));
            let first = handle.and_then(|h| h.split_once('.')).map(|(first, _)| first);
            let mut places = Vec::new();
            for (name, handle) in [(handle, true), (first, true), (texts.name, false)] {
                let Some(name) = name else { continue };
                // A display name of one word is in many words that are not about anybody.
                let inside = handle || name.trim().contains(char::is_whitespace);
                let found = wanted.get(&letters(name)).into_iter().flatten();
                places.extend(found.filter(|(_, whole)| *whole || inside).map(|(label, _)| (*label, handle)));
            }
            places
        };
        let found: Vec<(usize, bool)> = profiles.par_iter().flat_map_iter(called).collect();
        for (i, handle) in found {
            named[i] |= handle;
            times[i] += usize::from(!handle);
        }
        Ok(())
    })?;
    Ok(named.into_iter().zip(times).map(|(named, times)| named || (times > 0 && times < enough)).collect())
}

/// Which of these runs of words are the display name of several words of fewer accounts than `enough`, and of one at least.
pub(crate) fn display_name_few(network: &Network, runs: &[&str], enough: usize) -> Result<Vec<bool>> {
    let mut wanted: HashMap<String, usize> = HashMap::new();
    let place = |wanted: &mut HashMap<String, usize>, name| {
        let next = wanted.len();
        *wanted.entry(name).or_insert(next)
    };
    let places: Vec<usize> = runs.iter().map(|run| place(&mut wanted, letters(run))).collect();
    let mut times = vec![0_usize; wanted.len()];
    network.profiles.texts(&network.ids, &["name"], |profiles| {
        let called = |(_, texts): &(u32, Texts<'_>)| {
            let name = texts.name.filter(|name| name.trim().contains(char::is_whitespace))?;
            wanted.get(&letters(name)).copied()
        };
        let found: Vec<usize> = profiles.par_iter().filter_map(called).collect();
        found.into_iter().for_each(|place| times[place] += 1);
        Ok(())
    })?;
    Ok(places.into_iter().map(|place| (1..enough).contains(&times[place])).collect())
}

/// What in a word could be a handle: each run of [`LONG`] letters or more, and of [`SHORT`] or more between two of its
/// seams, which are marks, a change between letters and digits, and a capital after a small letter.
fn inside(word: &str) -> impl Iterator<Item = String> {
    let (mut all, mut seams) = (Vec::new(), HashSet::from([0]));
    let mut before = ' ';
    for c in word.chars().take(LONGEST) {
        if !c.is_alphanumeric() || c.is_numeric() != before.is_numeric() || (c.is_uppercase() && before.is_lowercase())
        {
            seams.insert(all.len());
        }
        if c.is_alphanumeric() {
            all.extend(bare(c.encode_utf8(&mut [0; 4])).chars());
        }
        before = c;
    }
    seams.insert(all.len());
    let runs = (0..all.len()).flat_map({
        let length = all.len();
        move |from| (from + SHORT..=length).map(move |to| (from, to))
    });
    let counts = move |(from, to): &(usize, usize)| to - from >= LONG || (seams.contains(from) && seams.contains(to));
    runs.filter(counts).map(move |(from, to)| all[from..to].iter().collect())
}

/// A name's letters and digits alone, so that case, spaces, underscores, accents, vowel signs and tatweel make no other name
/// of it, and each as the Latin letter that it looks like, if it does. A name without any is itself.
fn letters(name: &str) -> String {
    let short: String = name.chars().take(LONGEST_NAME).collect();
    let bare = bare(&short);
    if bare.is_empty() { short.to_lowercase() } else { bare }
}

/// The same of a piece of a name, which may be nothing.
fn bare(piece: &str) -> String {
    match piece.is_ascii() {
        // Already normal, and most names are.
        true => piece.chars().filter(char::is_ascii_alphanumeric).map(|c| looks_like(c.to_ascii_lowercase())).collect(),
        false => fold(piece).filter(|c| c.is_alphanumeric()).map(looks_like).collect(),
    }
}

/// The small Latin letter that a character cannot be told from, by Unicode's table, or that a digit stands for in names;
/// itself where there is none.
fn looks_like(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | 'i' => 'l',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        c if c.is_ascii() => c,
        // Digits of other scripts are digits.
        '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}' => looks_like(char::from(b'0' + (c as u32 % 16) as u8)),
        c => {
            let mut as_shown = skeleton(c.encode_utf8(&mut [0; 4])).collect::<String>().to_lowercase().into_bytes();
            match as_shown.pop() {
                Some(one) if as_shown.is_empty() && one.is_ascii_alphanumeric() => looks_like(char::from(one)),
                _ => c,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rows::Account;

    #[test]
    fn labels_are_fit_to_print() {
        assert_eq!(clean("  Web\u{202E}\u{0} \t\n App\u{200B} ").as_deref(), Some("Web App"));
        assert_eq!(clean("می\u{200C}خواهم").as_deref(), Some("می\u{200C}خواهم"));
        assert_eq!(clean("\u{202E}\u{7}"), None);
        assert_eq!(clean(&"ب".repeat(60)), Some("ب".repeat(60)));
        let long = clean(&"ab ".repeat(1000)).unwrap();
        assert!(long.chars().count() <= 60 && long.ends_with('…'), "{long}");
    }

    #[test]
    fn whoever_is_called_so() {
        let account = |id: &str, handle: &str, name: &str| Account {
            id: id.into(),
            handle: Some(handle.into()),
            name: Some(name.into()),
            ..Account::default()
        };
        let accounts = vec![account("1", "Alice.example", "A. Smith"), account("2", "bob_b", "***")];
        let network = Network::new(accounts, &[]).unwrap();
        let labels = ["alice", "asmith", "bobb", "alice.example", "blog.alice.example", "example", "weather", "bsmith"];
        let named = [true, true, true, true, true, false, false, false];
        assert_eq!(name_somebody(&network, &labels).unwrap(), named);
    }

    #[test]
    fn however_it_is_written() {
        let account = |id: &str, handle: &str, name: &str| Account {
            id: id.into(),
            handle: Some(handle.into()),
            name: Some(name.into()),
            ..Account::default()
        };
        let accounts = vec![account("1", "peterson.example", "أحمد الكاتب"), account("2", "łukasz_z", "x")];
        let network = Network::new(accounts, &[]).unwrap();
        // Accents, digits for letters, tatweel, vowel signs, other forms of a letter, digits of other scripts.
        let written = [
            "Péterson",
            "p3t3r50n",
            "احمد_الكاتب",
            "أحمـــد_الكاتِب",
            "freelukaszz",
            "pet\u{65E}erson",
            "احمد الكاتب2014",
        ];
        assert_eq!(name_somebody(&network, &written).unwrap(), vec![true; written.len()]);
        assert_eq!(name_somebody(&network, &["الكاتب", "petersen", "٢٠١٤"]).unwrap(), [false; 3]);
    }

    #[test]
    fn a_name_that_many_have_is_nobody_s() {
        let account = |i: usize, handle: &str| Account {
            id: format!("{i}"),
            handle: Some(handle.into()),
            name: Some(if i < 12 { "Omar" } else { "Sara" }.into()),
            ..Account::default()
        };
        let accounts = (0..15).map(|i| account(i, &format!("h{i}"))).chain([account(20, "ali")]).collect();
        let network = Network::new(accounts, &[]).unwrap();
        assert_eq!(name_few(&network, &["omar", "sara", "ali", "noor"], 10).unwrap(), [false, true, true, false]);
        assert_eq!(name_somebody(&network, &["omar", "sara", "ali", "noor"]).unwrap(), [true, true, true, false]);
    }
}
