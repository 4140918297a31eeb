//! Where an account says that it is: countries and cities in what people write into a profile.
//!
//! Never finer than a city of 50,000 people. What does not say where is no place: a joke, a region that is more than
//! one country, two places at once. `docs/methods/places.md` has the rules and where the names are from.

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
}

/// The place that a profile's text names, such as `Riyadh 🇸🇦`, `الرياض، السعودية` or `London/UK`.
pub fn place(declared: &str) -> Option<Place> {
    let _ = declared;
    None
}

/// The city nearest to coordinates in degrees; none where no city is near, as at sea.
pub fn nearest(latitude: f64, longitude: f64) -> Option<Place> {
    let _ = (latitude, longitude);
    None
}

/// The country of a time zone: an IANA name such as `Asia/Riyadh`, or one of those that Twitter's profiles had, such as
/// `Riyadh` or `Eastern Time (US & Canada)`; none where the zone is of several countries.
pub fn zone(time_zone: &str) -> Option<&'static str> {
    let _ = time_zone;
    None
}

/// A country's name for a report: its ISO 3166-1 alpha-2 code, and `en` or `ar`.
pub fn country(code: &str, lang: &str) -> Option<&'static str> {
    let _ = (code, lang);
    None
}

/// A language's name for a report: its ISO 639 code as [`super::language`] gives it, and `en` or `ar`.
pub fn language_name(code: &str, lang: &str) -> Option<&'static str> {
    let _ = (code, lang);
    None
}
