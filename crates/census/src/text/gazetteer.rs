//! The names of countries, regions and cities, as `data/` has them.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::is_ornament;
use super::place::{City, Place};

const COUNTRIES: &str = include_str!("../../data/countries.tsv");
const REGIONS: &str = include_str!("../../data/regions.tsv");
const CITIES: &str = include_str!("../../data/cities.tsv");
const BY_HAND: &str = include_str!("../../data/places-by-hand.tsv");
const ZONES: &str = include_str!("../../data/zones.tsv");
const ZONES_BY_HAND: &str = include_str!("../../data/zones-by-hand.tsv");
const LANGUAGES: &str = include_str!("../../data/languages.tsv");

/// Words of the longest name that is looked for.
pub(super) const MOST_WORDS: usize = 7;
/// A city under a name that is not its first one counts as one of so many times fewer people.
const OTHER_NAME: u64 = 5;
/// A city's people, in kilometres: farther than this from its middle is not in it.
const NEAR: f64 = 50.0;
/// Where a city of another country is not so many times as far, coordinates leave the country open.
const CLEARLY_NEARER: f64 = 1.5;
/// In `cities.tsv`, the country of a city that two states claim.
const CONTESTED: &str = "-";

/// What a name can mean.
#[derive(Debug, Default)]
pub(super) struct Name {
    /// The countries that it is, or is a region of.
    pub(super) countries: Vec<&'static str>,
    /// Countries of which it is a short form that counts only beside another name: `TX`, `FR`.
    pub(super) short: Vec<&'static str>,
    /// Cities by their place in the list, each with the weight that the name has for it.
    pub(super) cities: Vec<(u32, u64)>,
    /// People of the largest places of that name that are too small for the list, by country.
    pub(super) rivals: Vec<(&'static str, u64)>,
    /// A state or province of the United States or Canada has the name, too.
    pub(super) is_state: bool,
    /// Also a word: tells something only beside another name.
    pub(super) is_word: bool,
    /// May stand beside a name and tells nothing.
    pub(super) is_filler: bool,
    /// Looks like a place and is none, or is several countries.
    pub(super) is_none: bool,
    by_hand: bool,
}

impl Name {
    /// Whether it names a country or a region by itself, not through a city.
    pub(super) fn is_plain(&self) -> bool {
        !self.countries.is_empty() && self.cities.is_empty()
    }

    /// Whether it tells something only in capitals.
    pub(super) fn is_only_short(&self) -> bool {
        !self.short.is_empty() && !self.is_filler && self.countries.is_empty() && self.cities.is_empty()
    }
}

/// All of it, made once.
pub(super) struct Gazetteer {
    pub(super) cities: Vec<City>,
    names: HashMap<String, Name>,
    grid: HashMap<(i32, i32), Vec<u32>>,
    countries: BTreeMap<&'static str, [&'static str; 2]>,
}

pub(super) static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(Gazetteer::read);
static ZONE_COUNTRIES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let rows = rows(ZONES).chain(rows(ZONES_BY_HAND));
    rows.map(|[zone, country, ..]| (zone.to_lowercase(), country)).collect()
});
static LANGUAGE_NAMES: LazyLock<BTreeMap<&'static str, [&'static str; 2]>> =
    LazyLock::new(|| rows(LANGUAGES).map(|[code, english, arabic, ..]| (code, [english, arabic])).collect());

/// The rows of a bundled table, at most eight fields of each; what a row has not is empty.
fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 8]> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut fields = line.split('\t');
        std::array::from_fn(|_| fields.next().unwrap_or_default())
    })
}

impl Gazetteer {
    fn read() -> Self {
        let mut gazetteer =
            Self { cities: Vec::new(), names: HashMap::new(), grid: HashMap::new(), countries: BTreeMap::new() };
        gazetteer.read_countries();
        gazetteer.read_cities();
        for [code, name, ..] in rows(REGIONS) {
            let entry = gazetteer.entry(name);
            // A country goes before the regions of that name, such as Niger, a state of Nigeria.
            if entry.by_hand || entry.countries.contains(&code) {
                continue;
            }
            entry.is_state |= matches!(code, "US" | "CA");
            entry.countries.push(code);
        }
        gazetteer.read_by_hand();
        gazetteer
    }

    fn read_countries(&mut self) {
        for [code, english, arabic, others, ..] in rows(COUNTRIES) {
            self.countries.insert(code, [english, arabic]);
            for name in [english, arabic].into_iter().chain(others.split('|')) {
                let entry = self.entry(name);
                entry.by_hand = true;
                if !entry.countries.contains(&code) {
                    entry.countries.push(code);
                }
            }
            self.entry(code).short.push(code);
        }
    }

    fn read_cities(&mut self) {
        for [country, people, latitude, longitude, name, arabic, others, rivals] in rows(CITIES) {
            let number = self.cities.len() as u32;
            let people: u32 = people.parse().unwrap_or(0);
            let hundredths = |degrees: &str| (degrees.parse::<f64>().unwrap_or(0.0) * 100.0).round() as i16;
            let (latitude, longitude) = (hundredths(latitude), hundredths(longitude));
            let arabic = Some(arabic).filter(|a| !a.is_empty());
            self.cities.push(City { name, arabic, country, people, latitude, longitude });
            self.grid.entry(cell(latitude, longitude)).or_default().push(number);
            if country == CONTESTED {
                continue;
            }
            for rival in rivals.split(' ') {
                if let Some((code, people)) = rival.split_once(':') {
                    let rivals = &mut self.entry(name).rivals;
                    if rivals.iter().all(|(known, _)| *known != code) {
                        rivals.push((code, people.parse().unwrap_or(0)));
                    }
                }
            }
            let people = u64::from(people);
            self.name_city(name, number, people);
            if let Some(arabic) = arabic {
                self.name_city(arabic, number, people);
            }
            others.split('|').for_each(|other| self.name_city(other, number, people / OTHER_NAME));
        }
    }

    fn name_city(&mut self, name: &str, number: u32, weight: u64) {
        let key = key(name);
        let entry = if key.chars().count() > 2 { self.names.entry(key).or_default() } else { return };
        // A country goes before the city of that name.
        if !entry.by_hand && entry.cities.iter().all(|(known, _)| *known != number) {
            entry.cities.push((number, weight));
        }
    }

    fn read_by_hand(&mut self) {
        for [kind, codes, names, ..] in rows(BY_HAND) {
            let codes = || codes.split(',').filter(|code| *code != "-");
            if kind == "city" {
                self.rename(codes().next().unwrap_or_default(), names);
                continue;
            }
            for name in names.split('|') {
                let entry = self.entry(name);
                match kind {
                    "word" => entry.is_word = true,
                    "filler" => entry.is_filler = true,
                    "state" => entry.short.extend(codes()),
                    _ => {
                        let (short, is_filler) = (std::mem::take(&mut entry.short), entry.is_filler);
                        let countries = codes().collect();
                        *entry = Name { countries, short, is_filler, is_none: kind == "none", ..Name::default() };
                    }
                }
            }
        }
    }

    /// Gives other names to the city that has the first of them.
    fn rename(&mut self, country: &str, names: &str) {
        let first = names.split('|').next().unwrap_or_default();
        let city = (0_u32..).zip(&self.cities).find(|(_, c)| c.country == country && c.name == first);
        let Some((number, people)) = city.map(|(number, city)| (number, u64::from(city.people))) else { return };
        for name in names.split('|') {
            let entry = self.entry(name);
            entry.cities.retain(|(known, _)| *known != number);
            entry.cities.push((number, people));
        }
    }

    fn entry(&mut self, name: &str) -> &mut Name {
        self.names.entry(key(name)).or_default()
    }

    pub(super) fn name(&self, key: &str) -> Option<&Name> {
        self.names.get(key)
    }

    /// A code of the list of countries, as the list has it.
    pub(super) fn code(&self, code: &str) -> Option<&'static str> {
        self.countries.get_key_value(code).map(|(code, _)| *code)
    }

    pub(super) fn country(&self, code: &str, lang: &str) -> Option<&'static str> {
        self.countries.get(code).map(|names| in_language(names, lang))
    }

    /// The city nearest to a point.
    pub(super) fn nearest(&'static self, latitude: f64, longitude: f64) -> Option<Place> {
        if !(-85.0..=85.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            return None;
        }
        let (row, column) = cell((latitude * 100.0) as i16, (longitude * 100.0) as i16);
        // A degree of latitude is 111 km; of longitude, less towards the poles.
        let reach = (NEAR / 111.0 / latitude.to_radians().cos()).ceil() as i32;
        let mut cities: Vec<(f64, u32)> = Vec::new();
        for row in row - 1..=row + 1 {
            for column in column - reach..=column + reach {
                let there = self.grid.get(&(row, (column + 180).rem_euclid(360) - 180)).into_iter().flatten();
                cities.extend(there.map(|&c| (self.cities[c as usize].distance(latitude, longitude), c)));
            }
        }
        cities.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let &(distance, first) = cities.first().filter(|(distance, _)| *distance <= NEAR)?;
        let city = &self.cities[first as usize];
        let abroad = cities.iter().find(|(_, c)| self.cities[*c as usize].country != city.country);
        let open = abroad.is_some_and(|(d, _)| *d < CLEARLY_NEARER * distance);
        (!open && city.country != CONTESTED).then_some(Place { country: city.country, city: Some(city) })
    }
}

/// The country of a time zone.
pub(super) fn zone(time_zone: &str) -> Option<&'static str> {
    let name: String = time_zone.trim().chars().take(64).flat_map(char::to_lowercase).collect();
    ZONE_COUNTRIES.get(&name).copied().filter(|country| *country != "-")
}

/// The name of a language.
pub(super) fn language_name(code: &str, lang: &str) -> Option<&'static str> {
    LANGUAGE_NAMES.get(code).map(|names| in_language(names, lang))
}

fn in_language(names: &[&'static str; 2], lang: &str) -> &'static str {
    names[usize::from(lang == "ar")]
}

fn cell(latitude: i16, longitude: i16) -> (i32, i32) {
    (i32::from(latitude).div_euclid(100), (i32::from(longitude).div_euclid(100) + 180).rem_euclid(360) - 180)
}

impl City {
    /// Kilometres from its middle, on a sphere (haversine).
    fn distance(&self, latitude: f64, longitude: f64) -> f64 {
        let (here, there) = (latitude.to_radians(), (f64::from(self.latitude) / 100.0).to_radians());
        let across = (f64::from(self.longitude) / 100.0 - longitude).to_radians();
        let half = ((there - here) / 2.0).sin().powi(2) + here.cos() * there.cos() * (across / 2.0).sin().powi(2);
        2.0 * 6_371.0 * half.sqrt().clamp(0.0, 1.0).asin()
    }
}

/// A character of a name as names are compared: without accents, vowel signs and hamza, in lower case, one form of the
/// letters that Arabic, Persian and Urdu keyboards write differently.
pub(crate) fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    let plain = text.nfkd().filter(|&c| !is_combining_mark(c) && !is_ornament(c) && !is_silent(c));
    plain.flat_map(char::to_lowercase).filter(|&c| !is_combining_mark(c)).flat_map(|c| {
        let (first, second) = match c {
            'ى' | 'ی' | 'ې' => ('ي', None),
            'ک' | 'ڪ' => ('ك', None),
            'ة' | 'ە' | 'ہ' | 'ھ' | 'ۃ' => ('ه', None),
            'ٱ' => ('ا', None),
            'ı' => ('i', None),
            'ø' => ('o', None),
            'ł' => ('l', None),
            'đ' => ('d', None),
            'ß' => ('s', Some('s')),
            'æ' => ('a', Some('e')),
            'œ' => ('o', Some('e')),
            _ => (c, None),
        };
        [Some(first), second].into_iter().flatten()
    })
}

/// Marks that are left out of words: apostrophes, and signs without width.
fn is_silent(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʿ' | 'ʾ' | 'ʼ')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// A name as it is looked up.
fn key(name: &str) -> String {
    super::place::words(name).into_iter().flatten().map(|word| word.text).collect::<Vec<_>>().join(" ")
}
