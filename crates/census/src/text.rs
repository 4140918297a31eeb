//! Traits of text: its language, its hashtags, its links; places, clients and names.
//!
//! Texts are written by strangers, so only the first [`LONGEST`] characters are looked at, and the number and length
//! of what is found in them is bounded.

mod client;
mod gazetteer;
mod language;
mod links;
mod names;
mod place;
mod tags;

pub(crate) use gazetteer::fold;

pub use client::{Agency, Device, agency, device};
pub use language::{account_language, declared, language};
pub use links::{domain, links};
pub use names::{Form, GivenName, forms, given_name, may_be_published, words_of_handle, words_of_name};
pub use place::{City, Place, country, language_name, nearest, place, zone};
pub use tags::{hashtag, hashtags};

/// Characters of a text that are looked at.
const LONGEST: usize = 10_000;
/// Hashtags or links taken from one text.
const MOST: usize = 50;

/// Tatweel and the vowel signs of Arabic: they change a word's look, not the word.
fn is_ornament(c: char) -> bool {
    matches!(c, '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}')
}

#[cfg(test)]
mod tests;
