//! Where an account says that it is: countries and cities in what people write into a profile.
//!
//! Never finer than a city of 50,000 people. What does not say where is no place: a joke, a region that is more than
//! one country, two places at once. `docs/methods/places.md` has the rules and where the names are from.

use std::collections::BTreeSet;

use super::gazetteer::{self, GAZETTEER, Gazetteer, MOST_WORDS, Name, fold};

/// Characters of a declared place that are looked at: profiles have room for 30 to 100.
const LONGEST_PLACE: usize = 200;
/// A name alone is that of the largest place of that name only if it is so many times larger than the next.
const MUCH_LARGER: u64 = 10;

/// A place: a country, and a city of it where one was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// ISO 3166-1 alpha-2; `XK`, which the standard leaves to its users, for Kosovo.
    pub country: &'static str,
    /// The city.
    pub city: Option<&'static City>,
}

/// A city of 50,000 people or more, or a capital.
#[derive(Debug, PartialEq, Eq)]
pub struct City {
    /// Its name in English.
    pub name: &'static str,
    /// Its name in Arabic, where the source has one.
    pub arabic: Option<&'static str>,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// How many live in it, as the source has it.
    pub people: u32,
    /// Hundredths of a degree.
    pub(super) latitude: i16,
    pub(super) longitude: i16,
}

/// The place that a profile's text names.
///
/// ```
/// use netcensus::text::place;
/// let found = place("Riyadh 🇸🇦").unwrap();
/// assert_eq!((found.country, found.city.map(|c| c.name)), ("SA", Some("Riyadh")));
/// assert_eq!(place("الرياض، السعودية"), Some(found));
/// assert_eq!(place("somewhere over the rainbow"), None);
/// ```
pub fn place(declared: &str) -> Option<Place> {
    let text: String = declared.chars().take(LONGEST_PLACE).collect();
    if let Some((latitude, longitude)) = coordinates(&text) {
        return nearest(latitude, longitude);
    }
    Evidence::of(&text).place()
}

/// The city nearest to coordinates in degrees; none where no city is within 50 km, as at sea, where a city of another
/// country is nearly as near, and where two states claim the city.
pub fn nearest(latitude: f64, longitude: f64) -> Option<Place> {
    GAZETTEER.nearest(latitude, longitude)
}

/// The country of a time zone: an IANA name such as `Asia/Riyadh`, or one of those that Twitter's profiles had, such as
/// `Riyadh` or `Eastern Time (US & Canada)`; none where the zone is of several countries.
///
/// A zone is chosen once and seldom looked at again: it says less than a place that was written down.
pub fn zone(time_zone: &str) -> Option<&'static str> {
    gazetteer::zone(time_zone)
}

/// A country's name for a report: its ISO 3166-1 alpha-2 code, and `ar` or another language, which gets the English one.
pub fn country(code: &str, lang: &str) -> Option<&'static str> {
    GAZETTEER.country(code, lang)
}

/// A language's name for a report: its ISO 639 code as [`super::language`] gives it, and `ar` or another language, which
/// gets the English one.
pub fn language_name(code: &str, lang: &str) -> Option<&'static str> {
    gazetteer::language_name(code, lang)
}

type Codes = BTreeSet<&'static str>;

/// What a text says about a place.
#[derive(Default)]
struct Evidence {
    /// Countries, and regions that are no city.
    plain: Vec<&'static Name>,
    /// Short forms, such as `TX`.
    short: Vec<&'static Name>,
    /// Cities.
    cities: Vec<&'static Name>,
    flags: Codes,
}

impl Evidence {
    fn of(text: &str) -> Self {
        let mut evidence = Self { flags: flags(text), ..Self::default() };
        words(text).iter().for_each(|segment| evidence.add(segment));
        evidence
    }

    /// Takes the names of a segment, if it consists of nothing else: `in your heart` is no place, whatever hearts there
    /// may be.
    fn add(&mut self, segment: &[Word]) {
        let mut found: Vec<(&'static Name, bool)> = Vec::new();
        let mut at = 0;
        while at < segment.len() {
            if let Some((name, taken)) = longest(&GAZETTEER, &segment[at..]) {
                let upper = taken == 1 && segment[at].upper;
                if !upper && name.is_only_short() {
                    return;
                }
                found.push((name, upper));
                at += taken;
            } else if segment[at].text.bytes().all(|b| b.is_ascii_digit()) {
                at += 1;
            } else {
                return;
            }
        }
        for (name, upper) in found {
            let list = match name {
                _ if name.is_none => continue,
                _ if upper && !name.short.is_empty() && name.countries.is_empty() => &mut self.short,
                _ if name.is_filler => continue,
                _ if name.is_plain() => &mut self.plain,
                _ if !name.cities.is_empty() => &mut self.cities,
                _ => continue,
            };
            if !list.iter().any(|known| std::ptr::eq(*known, name)) {
                list.push(name);
            }
        }
    }

    fn place(mut self) -> Option<Place> {
        let named = self.plain.len() + self.cities.len();
        if named == 0 {
            self.short.clear();
        }
        if named + self.short.len() + self.flags.len() == 1 {
            self.cities.retain(|name| !name.is_word);
        }
        let country = self.country()?;
        Some(Place { country, city: self.city(country) })
    }

    fn country(&self) -> Option<&'static str> {
        let plain = self.plain.iter().map(|name| Codes::from_iter(name.countries.iter().copied()));
        let short = self.short.iter().map(|name| Codes::from_iter(name.short.iter().copied()));
        let mut left = match plain.chain(short).reduce(|a, b| &a & &b) {
            Some(left) => self.cities.iter().fold(left, |left, name| narrow(left, &possible(name))),
            None => match self.cities.iter().map(|name| likely(name)).reduce(|a, b| &a & &b) {
                Some(left) => left,
                // A flag without words. Beside words it is as often sympathy as a place.
                None => self.flags.clone(),
            },
        };
        left = narrow(left, &self.flags);
        if left.len() == 1 { left.pop_first() } else { None }
    }

    fn city(&self, country: &'static str) -> Option<&'static City> {
        let told = !self.plain.is_empty() || !self.short.is_empty();
        let mut found: Option<&'static City> = None;
        for name in self.cities.iter().filter(|name| !name.is_state || told) {
            let of = |number: u32| &GAZETTEER.cities[number as usize];
            let mut there: Vec<(u64, u32)> =
                name.cities.iter().filter(|(n, _)| of(*n).country == country).map(|&(n, weight)| (weight, n)).collect();
            there.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            let Some(&(weight, number)) = there.first() else { continue };
            let rivals = name.rivals.iter().filter(|(code, _)| *code == country).map(|(_, people)| *people);
            let next = there.get(1).map(|(weight, _)| *weight).into_iter().chain(rivals).max().unwrap_or(0);
            let city = of(number);
            if next * MUCH_LARGER > weight || found.is_some_and(|known| known != city) {
                return None;
            }
            found = Some(city);
        }
        found
    }
}

fn narrow(left: Codes, by: &Codes) -> Codes {
    let both = &left & by;
    if both.is_empty() { left } else { both }
}

/// The weight of each country for a name of cities.
fn weights(name: &Name) -> Vec<(&'static str, u64)> {
    let cities = name.cities.iter().map(|&(number, weight)| (GAZETTEER.cities[number as usize].country, weight));
    cities.chain(name.rivals.iter().copied()).collect()
}

/// The countries that a city's name may be in.
fn possible(name: &Name) -> Codes {
    weights(name).into_iter().map(|(country, _)| country).chain(name.countries.iter().copied()).collect()
}

/// Those that it may be in when nothing else is said: that of the largest, and those of others not much smaller.
fn likely(name: &Name) -> Codes {
    let weights = weights(name);
    let most = weights.iter().map(|(_, weight)| *weight).max().unwrap_or(0);
    weights.into_iter().filter(|(_, weight)| weight * MUCH_LARGER > most).map(|(country, _)| country).collect()
}

/// The longest name that some words begin with, and of how many words it is.
fn longest(gazetteer: &'static Gazetteer, words: &[Word]) -> Option<(&'static Name, usize)> {
    let mut keys: Vec<String> = Vec::with_capacity(MOST_WORDS);
    for word in words.iter().take(MOST_WORDS) {
        keys.push(keys.last().map_or_else(|| word.text.clone(), |before| format!("{before} {}", word.text)));
    }
    let found = (1..=keys.len()).rev().find_map(|taken| Some((gazetteer.name(&keys[taken - 1])?, taken)));
    // `بالرياض`: in Riyadh.
    found.or_else(|| Some((gazetteer.name(words.first()?.text.strip_prefix('ب').filter(|w| w.starts_with("ال"))?)?, 1)))
}

/// A word, as names are compared.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Written in capitals.
    upper: bool,
}

/// The words of a text, in segments: what stands between commas, slashes, emoji and other signs.
pub(super) fn words(text: &str) -> Vec<Vec<Word>> {
    let mut segments = vec![Vec::new()];
    let mut word = String::new();
    let chars: Vec<char> = text.chars().collect();
    let letter = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric());
    for (at, &c) in chars.iter().enumerate() {
        let short = word.chars().count();
        let ends = match c {
            '&' => {
                push(&mut segments, &mut word);
                word.push_str("and");
                false
            }
            _ if is_flag(c) => true,
            // One letter and a dot: a short form. Two: `St.`. More: the end of a sentence.
            '.' if short == 1 && letter(at + 1) => continue,
            '.' if short <= 2 => false,
            // Within a word a hyphen is a blank, between words it divides.
            '-' | '_' | '‐' | '‑' if at > 0 && letter(at - 1) && letter(at + 1) => false,
            _ if c.is_whitespace() => c == '\n',
            _ if c.is_alphanumeric() || fold_is_part(c) => {
                word.push(c);
                continue;
            }
            _ => true,
        };
        push(&mut segments, &mut word);
        if ends {
            segments.push(Vec::new());
        }
    }
    push(&mut segments, &mut word);
    segments
}

/// Marks on letters, and what [`fold`] leaves out.
fn fold_is_part(c: char) -> bool {
    let mut buffer = [0; 4];
    fold(c.encode_utf8(&mut buffer)).next().is_none()
}

fn push(segments: &mut [Vec<Word>], word: &mut String) {
    let text: String = fold(word).collect();
    let upper = word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase);
    word.clear();
    // NFKD can make several words of one sign.
    for text in text.split_whitespace() {
        if let Some(segment) = segments.last_mut() {
            segment.push(Word { text: text.to_owned(), upper });
        }
    }
}

fn is_flag(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// The countries whose flags are in a text.
fn flags(text: &str) -> Codes {
    let mut codes = Codes::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !is_flag(c) {
            continue;
        }
        let Some(second) = chars.next_if(|&c| is_flag(c)) else { continue };
        let letter = |c: char| char::from(b'A' + (u32::from(c) - 0x1F1E6) as u8);
        codes.extend(GAZETTEER.code(&String::from_iter([letter(c), letter(second)])));
    }
    // England, Scotland and Wales have flags of their own.
    if text.contains("\u{1F3F4}\u{E0067}\u{E0062}") {
        codes.insert("GB");
    }
    codes
}

/// Coordinates as phones once wrote them into profiles: `iPhone: 24.713552,46.675296`, `51.5° N, 0.1° W`. A text with
/// anything else in it has none, for versions and prices look alike.
fn coordinates(text: &str) -> Option<(f64, f64)> {
    let (label, numbers) = text.rsplit_once(':').unwrap_or(("", text));
    if label.chars().count() > 12 || label.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let numbers = numbers.trim().to_uppercase().replace(['°', ';'], " ");
    let mut parts = numbers.split([',', ' ']).filter(|part| !part.is_empty()).peekable();
    let mut degrees = |positive: char, negative: char| {
        let part = parts.next()?;
        let is_sign = |p: &&str| *p == positive.to_string() || *p == negative.to_string();
        let (number, mut sign) = match part.strip_suffix([positive, negative]) {
            Some(number) => (number, part.chars().last()),
            None => (part, None),
        };
        if sign.is_none() {
            sign = parts.next_if(|p| is_sign(p)).and_then(|p| p.chars().next());
        }
        let plain = number.contains('.') && number.chars().all(|c| c.is_ascii_digit() || ".-".contains(c));
        let value: f64 = if plain { number.parse().ok()? } else { return None };
        Some(if sign == Some(negative) { -value } else { value })
    };
    let found = (degrees('N', 'S')?, degrees('E', 'W')?);
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests;
