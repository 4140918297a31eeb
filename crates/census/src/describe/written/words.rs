//! What the words of posts tell: hashtags, web sites, the language of a few, and which say what another of the account said.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ListArray, StringViewArray};
use rayon::prelude::*;

use super::super::names::clean;
use super::super::tally::{MOST_EACH, Uses};
use super::posted::TELL;
use crate::Result;
use crate::rows::Batch;
use crate::store::Piece;
use crate::text;

const COLUMNS: [&str; 3] = ["text", "tags", "links"];
/// Hashtags or links of one post.
const MOST_A_POST: usize = 50;
/// Different labels of one row group, their uses, and labels as they are written.
const MOST: usize = 1 << 20;
const MOST_USES: usize = 1 << 22;
const MOST_RAW: usize = 1 << 16;
/// Characters of a text that are compared.
const LONGEST: usize = 10_000;
/// Letters that a text needs before another can be the same.
const FEWEST_LETTERS: usize = 12;

/// Labels that accounts used in one row group.
#[derive(Default)]
pub(super) struct Used {
    numbers: HashMap<String, u32>,
    labels: Vec<String>,
    uses: HashMap<(u32, u32), u32>,
    /// Different labels of each account.
    each: HashMap<u32, u32>,
    full: bool,
}

impl Used {
    fn add(&mut self, unit: u32, label: String) {
        let known = self.numbers.get(&label).copied();
        if let Some(number) = known
            && let Some(times) = self.uses.get_mut(&(unit, number))
        {
            *times = times.saturating_add(1);
            return;
        }
        let room = self.uses.len() < MOST_USES && (known.is_some() || self.labels.len() < MOST);
        let each = self.each.entry(unit).or_default();
        if !room || *each as usize >= MOST_EACH {
            self.full = true;
            return;
        }
        *each += 1;
        let number = known.unwrap_or(self.labels.len() as u32);
        if known.is_none() {
            self.labels.push(label.clone());
            self.numbers.insert(label, number);
        }
        self.uses.insert((unit, number), 1);
    }

    /// Adds the uses to those of the row groups before.
    pub(super) fn join(self, all: &mut Uses) {
        if self.full {
            all.fill();
        }
        let mut uses: Vec<((u32, u32), u32)> = self.uses.into_iter().collect();
        uses.sort_unstable();
        let numbers: Vec<Option<u32>> = self.labels.iter().map(|label| all.number(label)).collect();
        for ((unit, label), times) in uses {
            if let Some(number) = numbers[label as usize] {
                all.add(unit, number, times);
            }
        }
    }
}

/// What was found in the words of a row group.
#[derive(Default)]
pub(super) struct Found {
    pub(super) hashtags: Used,
    pub(super) domains: Used,
    pub(super) languages: Vec<(u32, &'static str)>,
    /// Account, and a hash of what a post says.
    pub(super) prints: Vec<(u32, u32)>,
    /// Hashtags as they are written.
    raw: HashMap<String, Option<String>>,
}

/// Looks at the posts of a row group that are marked.
pub(super) fn read(piece: &Piece, first: u64, marks: &[(u32, u32)]) -> Result<Found> {
    let mut found = Found::default();
    let from = marks.partition_point(|(row, _)| u64::from(*row) < first);
    let to = marks.partition_point(|(row, _)| u64::from(*row) < first + piece.rows() as u64);
    let mut marks = marks[from..to].iter().peekable();
    if marks.peek().is_none() {
        return Ok(found);
    }
    let mut start = first;
    piece.read(&COLUMNS, |batch| {
        let b = Batch(batch);
        let (text, tags, links) = (b.views("text")?, b.list("tags")?, b.list("links")?);
        let end = start + batch.num_rows() as u64;
        while let Some((row, mark)) = marks.next_if(|(row, _)| u64::from(*row) < end) {
            let i = (u64::from(*row) - start) as usize;
            let text = text.is_valid(i).then(|| text.value(i));
            found.look(mark & !TELL, mark & TELL != 0, text, &items(tags, i), &items(links, i));
        }
        start = end;
        Ok(())
    })?;
    Ok(found)
}

/// The first texts of a list.
fn items(list: &ListArray, row: usize) -> Vec<&str> {
    if list.is_null(row) {
        return Vec::new();
    }
    let (from, to) = (list.value_offsets()[row] as usize, list.value_offsets()[row + 1] as usize);
    let values: Option<&StringViewArray> = list.values().as_string_view_opt();
    let text = |i: usize| values.filter(|v| v.is_valid(i)).map(|v| v.value(i));
    (from..to.min(from + MOST_A_POST)).filter_map(text).collect()
}

impl Found {
    fn look(&mut self, unit: u32, tell: bool, text: Option<&str>, tags: &[&str], links: &[&str]) {
        for tag in tags {
            if let Some(tag) = self.hashtag(tag) {
                self.hashtags.add(unit, tag);
            }
        }
        links.iter().filter_map(|link| site(link)).for_each(|site| self.domains.add(unit, site));
        let Some(text) = text else { return };
        if tags.is_empty() && text.contains(['#', '＃']) {
            let tags = text::hashtags(text);
            tags.iter().filter_map(|t| clean(t)).for_each(|tag| self.hashtags.add(unit, tag));
        }
        if links.is_empty() && text.contains("://") {
            let links = text::links(text);
            links.iter().filter_map(|link| site(link)).for_each(|site| self.domains.add(unit, site));
        }
        if let Some(print) = print(text) {
            self.prints.push((unit, print));
        }
        if tell && let Some(language) = text::language(text) {
            self.languages.push((unit, language));
        }
    }

    fn hashtag(&mut self, raw: &str) -> Option<String> {
        if let Some(tag) = self.raw.get(raw) {
            return tag.clone();
        }
        let tag = text::hashtag(raw).and_then(|tag| clean(&tag));
        if self.raw.len() < MOST_RAW && raw.len() < 256 {
            self.raw.insert(raw.to_owned(), tag.clone());
        }
        tag
    }
}

fn site(link: &str) -> Option<String> {
    text::domain(link).and_then(|domain| clean(&domain))
}

/// A hash of the letters of a text, without mentions, links, hashtags, digits, signs and case; none where there are few. Texts
/// that a program fills into one form, with other links or numbers each time, have the same.
fn print(text: &str) -> Option<u32> {
    // The odd number nearest to 2⁶⁴ over the golden ratio. Whoever makes texts of the same hash on purpose only shows a sign that
    // a program posts for the account.
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = GOLDEN;
    let mut add = |c: char| hash = (hash.rotate_left(5) ^ u64::from(u32::from(c))).wrapping_mul(GOLDEN);
    let (mut letters, mut seen) = (0, 0);
    for word in text.split_whitespace() {
        seen += word.len();
        if word.starts_with(['@', '#', '＃']) || word.get(..4).is_some_and(|h| h.eq_ignore_ascii_case("http")) {
            continue;
        }
        for c in word.chars().take(LONGEST).filter(|c| c.is_alphabetic()) {
            letters += 1;
            if c.is_ascii() { add(c.to_ascii_lowercase()) } else { c.to_lowercase().for_each(&mut add) }
        }
        if seen > 4 * LONGEST {
            break;
        }
    }
    (letters >= FEWEST_LETTERS).then_some((hash >> 32) as u32)
}

/// What all row groups told.
#[derive(Default)]
pub(super) struct Told {
    pub(super) languages: Vec<(u32, &'static str)>,
    /// Account, texts that can be compared, those of them that repeat another.
    pub(super) texts: Vec<(u32, u32, u32)>,
}

impl Told {
    /// Tells how many texts of each account say what another of its texts says.
    pub(super) fn compare(&mut self, mut prints: Vec<(u32, u32)>) {
        prints.par_sort_unstable();
        for own in prints.chunk_by(|a, b| a.0 == b.0) {
            let different = own.chunk_by(|a, b| a.1 == b.1).count();
            self.texts.push((own[0].0, own.len() as u32, (own.len() - different) as u32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_form_is_the_same_text() {
        let first = print("Good morning from 3 gardens! https://a.example/1 #one @you");
        assert!(first.is_some());
        assert_eq!(first, print("good morning, from gardens HTTPS://b.example/2"));
        assert_ne!(first, print("good evening, from the gardens"));
        assert_eq!(print("Good, 1234567890123"), None);
        assert!(print(&"ا".repeat(1 << 20)).is_some());
    }
}
