//! What profiles and posts declare of places and pictures, made fit to keep: no coordinates, no addresses of pictures.
//!
//! A census needs a country, at the finest a city. So coordinates become the nearest city the moment they are read, and
//! what is finer than a city (a street, a shop) becomes its country. Of a picture only is kept whether it is the one that
//! the platform gives everybody, and, where the data has one, a hash by which equal pictures are known.

use crate::text;

/// The picture that an account has before it chooses one.
pub(crate) const DEFAULT: &str = "default";
/// A picture of its own choice.
pub(crate) const OWN: &str = "own";

/// Characters of a place that are kept; the longest that a platform lets one write are some 150.
const LONGEST_PLACE: usize = 200;
/// Characters in which coordinates are looked for.
const LONGEST_SEARCHED: usize = 2_000;
/// Decimals from which on a number is finer than a city: two are a kilometre.
const FINE: usize = 2;
/// Lengths of a hash in text.
const HASH: std::ops::RangeInclusive<usize> = 8..=128;

/// Where an account says that it is. Coordinates in it become the city they are at, or nothing.
pub(crate) fn location(text: &str) -> Option<String> {
    if is_fine(text) {
        let (latitude, longitude) = pair(text)?;
        return at(latitude, longitude);
    }
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(LONGEST_PLACE).collect())
}

/// The city, and its country, that degrees north and east fall to.
pub(crate) fn at(latitude: f64, longitude: f64) -> Option<String> {
    let inside = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && (latitude, longitude) != (0.0, 0.0);
    let place = inside.then(|| text::nearest(latitude, longitude)).flatten()?;
    Some(place.city.map_or(place.country.to_owned(), |city| format!("{}, {}", city.name, place.country)))
}

/// A place as a platform gives it, by its kind, its name, and its country's code or name: the city with its country,
/// or the country alone where the place is finer than a city or of no kind that is known.
pub(crate) fn place(kind: &str, name: &str, code: &str, country: &str) -> Option<String> {
    let code = Some(code).filter(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_alphabetic()));
    let country = code.map(str::to_ascii_uppercase).or_else(|| location(country));
    let city = if kind == "city" || kind == "admin" { location(name) } else { None };
    match (city, country) {
        (Some(city), Some(country)) => Some(format!("{city}, {country}")),
        (city, country) => country.or(city),
    }
}

/// What is kept of a picture: [`DEFAULT`], [`OWN`], or a hash.
pub(crate) fn avatar(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(known) = [DEFAULT, OWN].iter().find(|known| text.eq_ignore_ascii_case(known)) {
        return Some((*known).to_owned());
    }
    if text.starts_with(['/', '.']) || text.contains("://") {
        // What Twitter and Mastodon call the picture of those who have none.
        let default = ["default_profile", "/missing.png"].iter().any(|mark| text.contains(mark));
        let hash = || hash(text.split_once("/img/avatar/")?.1.rsplit('/').next()?.split('@').next()?);
        return Some(if default { DEFAULT.to_owned() } else { hash().unwrap_or_else(|| OWN.to_owned()) });
    }
    hash(text)
}

fn hash(text: &str) -> Option<String> {
    let sound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-');
    (HASH.contains(&text.len()) && text.bytes().all(sound) && text.bytes().any(|b| b.is_ascii_digit()))
        .then(|| text.to_owned())
}

/// Whether a text holds coordinates finer than a city: two numbers with decimals, or degrees with minutes.
fn is_fine(text: &str) -> bool {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    numbers(text).filter(|n| n.decimals >= FINE).count() >= 2 || (text.contains('°') && numbers(text).count() >= 2)
}

/// Degrees north and east, where the text has just two numbers with decimals.
fn pair(text: &str) -> Option<(f64, f64)> {
    let mut found = numbers(text).filter(|n| n.decimals >= FINE);
    let (latitude, longitude) = (found.next()?, found.next()?);
    found.next().is_none().then_some((latitude.value, longitude.value))
}

struct Number {
    value: f64,
    decimals: usize,
}

/// The numbers in a text, below zero also where south or west stands behind them.
fn numbers(text: &str) -> impl Iterator<Item = Number> {
    let mut chars = text.chars().take(LONGEST_SEARCHED).map(plain).peekable();
    let mut before = ' ';
    std::iter::from_fn(move || {
        while let Some(c) = chars.next() {
            let sign = before;
            before = c;
            if !c.is_ascii_digit() {
                continue;
            }
            let (mut digits, mut decimals, mut point) = (String::from(c), 0, false);
            while let Some(next) = chars.next_if(|n| n.is_ascii_digit() || (*n == '.' && !point)) {
                point |= next == '.';
                decimals += usize::from(point && next != '.');
                digits.push(next);
            }
            while chars.next_if(|n| *n == '°' || *n == ' ').is_some() {}
            let south = chars.peek().is_some_and(|n| matches!(n, 'S' | 'W' | 's' | 'w'));
            before = ' ';
            if let Ok(value) = digits.parse::<f64>() {
                let below = south || sign == '-' || sign == '\u{2212}';
                return Some(Number { value: if below { -value } else { value }, decimals });
            }
        }
        None
    })
}

/// Digits and the decimal sign of Arabic and Persian as those of ASCII.
fn plain(c: char) -> char {
    match c {
        '\u{660}'..='\u{669}' => char::from(b'0' + (u32::from(c) - 0x660) as u8),
        '\u{6F0}'..='\u{6F9}' => char::from(b'0' + (u32::from(c) - 0x6F0) as u8),
        '\u{66B}' => '.',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn coordinates_are_not_kept() {
        let fine = [
            "ÜT: 24.713552,46.675296",
            "24.7136° N, 46.6753° E",
            "iPhone: 33.51,36.29",
            "٢٤٫٧١٣٥ ، ٤٦٫٦٧٥٣",
            "24°42'49\"N 46°40'31\"E",
            "geo:-33.86,151.20",
        ];
        for text in fine {
            assert!(is_fine(text), "{text}");
            let kept = location(text).unwrap_or_default();
            assert!(!kept.contains(|c: char| plain(c).is_ascii_digit()), "{kept}");
        }
        for text in ["Riyadh", "المملكة العربية السعودية", "Area 51.5", "1990 – 2014", "in the 2.0 world, 3.5"]
        {
            assert_eq!(location(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_pair_has_its_signs() {
        assert_eq!(pair("24.71,46.67"), Some((24.71, 46.67)));
        assert_eq!(pair("-33.86 151.20"), Some((-33.86, 151.2)));
        assert_eq!(pair("40.71° N, 74.00° W"), Some((40.71, -74.0)));
        assert_eq!(pair("1.11 2.22 3.33"), None);
    }

    #[test]
    fn places_are_no_finer_than_a_city() {
        assert_eq!(place("city", "Mosul", "IQ", "Iraq").as_deref(), Some("Mosul, IQ"));
        assert_eq!(place("poi", "Café Nobody", "fr", "France").as_deref(), Some("FR"));
        assert_eq!(place("neighborhood", "Soho", "", "United Kingdom").as_deref(), Some("United Kingdom"));
        assert_eq!(place("country", "Syria", "SY", "Syria").as_deref(), Some("SY"));
        assert_eq!(place("city", "Nowhere", "", "").as_deref(), Some("Nowhere"));
        assert_eq!(place("poi", "x", "", ""), None);
    }

    #[test]
    fn of_pictures_no_address_is_kept() {
        let of = |text: &str| avatar(text).unwrap_or_default();
        assert_eq!(of("https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png"), DEFAULT);
        assert_eq!(of("https://one.test/avatars/original/missing.png"), DEFAULT);
        assert_eq!(of("/avatars/original/missing.png"), DEFAULT);
        assert_eq!(of("http://pbs.twimg.com/profile_images/12/somebody_400x400.jpg"), OWN);
        let cid = "bafkreibjfgx2gprinfvicegelk5kosd6y2frmqpqzwqkg7usac74l3t2v4";
        assert_eq!(of(&format!("https://cdn.bsky.app/img/avatar/plain/did:plc:abc/{cid}@jpeg")), cid);
        assert_eq!(
            (of("Default"), of("OWN"), of("a1b2c3d4e5f60718")),
            (DEFAULT.into(), OWN.into(), "a1b2c3d4e5f60718".into())
        );
        for none in ["", "true", "egg", "somebody", "a b c d e f 1", "<script>1</script>"] {
            assert_eq!(avatar(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".*", a in -95.0..95.0_f64, b in -200.0..200.0_f64) {
            if let Some(kept) = location(&text) {
                prop_assert!(kept.chars().count() <= LONGEST_PLACE);
            }
            let _ = (avatar(&text), at(a, b));
            let kept = location(&format!("{a:.3} / {b:.3}")).unwrap_or_default();
            prop_assert!(!kept.contains(|c: char| c.is_ascii_digit()));
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(location(&"ا".repeat(1 << 20)).unwrap().chars().count(), LONGEST_PLACE);
        assert_eq!(avatar(&"1".repeat(1 << 20)), None);
    }
}
