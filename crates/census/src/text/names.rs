//! Display names and handles: what they have in common, never whose they are.
//!
//! Only words that are in [`may_be_published`] leave this module for a report, and there only as counts: a rare word of
//! a name can be the person.

/// How a display name is made. Each is a yes or no of one account, to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `Abu …`, `أبو …`, `Umm …`, `أم …`: by a child, or what one stands for.
    Kunya,
    /// `… al-Baghdadi`, `… الشامي`: by a place, a people or a trade.
    Nisba,
    /// `Ibn …`, `bint …`, `ابن …`, `بنت …`, `bin …`.
    Patronym,
    /// `Sheikh`, `Dr`, `Haji`, `الشيخ`, `د.`.
    Honorific,
    /// Pictures among the letters.
    Emoji,
    /// The flag of a country.
    Flag,
    /// Digits.
    Digits,
    /// No letter at all.
    NoLetters,
}

/// The given name that a display name begins with.
#[derive(Debug, PartialEq, Eq)]
pub struct GivenName {
    /// As it is mostly written in English.
    pub name: &'static str,
    /// In Arabic letters, where it has a usual form there.
    pub arabic: Option<&'static str>,
}

/// The words of a display name, normalised, in order, each once: NFKC, lower case, Arabic without tatweel and vowel
/// signs and with one form for alef, ya and ta marbuta; without digits, signs and emoji, without the particles of names.
pub fn words_of_name(name: &str) -> Vec<String> {
    let _ = name;
    Vec::new()
}

/// The words of a handle: cut at signs, digits and where a capital follows a small letter; without its host.
pub fn words_of_handle(handle: &str) -> Vec<String> {
    let _ = handle;
    Vec::new()
}

/// The given name a display name begins with (after titles, and after `Abu`, which is what a kunya is about), if it is
/// one of the common ones of the bundled list; spellings count as one: `Mohammed`, `Muhammad`, `محمد`.
pub fn given_name(name: &str) -> Option<&'static GivenName> {
    let _ = name;
    None
}

/// How a display name is made.
pub fn forms(name: &str) -> Vec<Form> {
    let _ = name;
    Vec::new()
}

/// Whether a word of a name, as [`words_of_name`] gives it, may stand in a report with its count. Only words of the
/// bundled list of common given names and everyday words may, and the cell must be large enough besides: a word that ten
/// accounts share and no dictionary has can still be a person's name, or a handle that others repeat.
pub fn may_be_published(word: &str) -> bool {
    let _ = word;
    false
}

impl Form {
    /// Its key in texts and tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Kunya => "kunya",
            Self::Nisba => "nisba",
            Self::Patronym => "patronym",
            Self::Honorific => "honorific",
            Self::Emoji => "emoji",
            Self::Flag => "flag",
            Self::Digits => "digits",
            Self::NoLetters => "no-letters",
        }
    }
}
