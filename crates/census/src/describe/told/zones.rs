//! The time zones that profiles have. A file may hold any text in their place, so only names of a list are shown.

use crate::text;

/// What Twitter's profiles offered, which is the list of Ruby on Rails (`ActiveSupport::TimeZone::MAPPING`).
const OFFERED: [&str; 151] = [
    "Abu Dhabi", "Adelaide", "Alaska", "Almaty", "American Samoa", "Amsterdam", "Arizona", "Astana", "Athens",
    "Atlantic Time (Canada)", "Auckland", "Azores", "Baghdad", "Baku", "Bangkok", "Beijing", "Belgrade", "Berlin",
    "Bern", "Bogota", "Brasilia", "Bratislava", "Brisbane", "Brussels", "Bucharest", "Budapest", "Buenos Aires",
    "Cairo", "Canberra", "Cape Verde Is.", "Caracas", "Casablanca", "Central America", "Central Time (US & Canada)",
    "Chatham Is.", "Chennai", "Chihuahua", "Chongqing", "Copenhagen", "Darwin", "Dhaka", "Dublin",
    "Eastern Time (US & Canada)", "Edinburgh", "Ekaterinburg", "Fiji", "Georgetown", "Greenland", "Guadalajara",
    "Guam", "Hanoi", "Harare", "Hawaii", "Helsinki", "Hobart", "Hong Kong", "Indiana (East)",
    "International Date Line West", "Irkutsk", "Islamabad", "Istanbul", "Jakarta", "Jerusalem", "Kabul",
    "Kaliningrad", "Kamchatka", "Karachi", "Kathmandu", "Kolkata", "Krasnoyarsk", "Kuala Lumpur", "Kuwait", "Kyev",
    "Kyiv", "La Paz", "Lima", "Lisbon", "Ljubljana", "London", "Madrid", "Magadan", "Marshall Is.", "Mazatlan",
    "Melbourne", "Mexico City", "Mid-Atlantic", "Midway Island", "Minsk", "Monrovia", "Monterrey", "Montevideo",
    "Moscow", "Mountain Time (US & Canada)", "Mumbai", "Muscat", "Nairobi", "New Caledonia", "New Delhi",
    "Newfoundland", "Novosibirsk", "Nuku'alofa", "Osaka", "Pacific Time (US & Canada)", "Paris", "Perth",
    "Port Moresby", "Prague", "Pretoria", "Puerto Rico", "Quito", "Rangoon", "Riga", "Riyadh", "Rome", "Samara",
    "Samoa", "Santiago", "Sapporo", "Sarajevo", "Saskatchewan", "Seoul", "Singapore", "Skopje", "Sofia",
    "Solomon Is.", "Srednekolymsk", "Sri Jayawardenepura", "St. Petersburg", "Stockholm", "Sydney", "Taipei",
    "Tallinn", "Tashkent", "Tbilisi", "Tehran", "Tijuana", "Tokelau Is.", "Tokyo", "UTC", "Ulaanbaatar", "Urumqi",
    "Vienna", "Vilnius", "Vladivostok", "Volgograd", "Warsaw", "Wellington", "West Central Africa", "Yakutsk",
    "Yerevan", "Zagreb",
];

/// The zone's name, if it is one that profiles can have: of the list, or of the IANA database.
pub(super) fn known(zone: &str) -> Option<String> {
    let zone = zone.trim();
    if let Some(offered) = OFFERED.iter().find(|offered| offered.eq_ignore_ascii_case(zone)) {
        return Some((*offered).to_owned());
    }
    // Of those names only the ones that the gazetteer gives a country.
    let formed = zone.len() <= 40 && zone.contains('/') && zone.is_ascii();
    (formed && text::zone(zone).is_some()).then(|| zone.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_list() {
        assert!(OFFERED.is_sorted());
        assert_eq!(known(" baghdad ").as_deref(), Some("Baghdad"));
        assert_eq!(known("Eastern Time (US & Canada)").as_deref(), Some("Eastern Time (US & Canada)"));
        for strange in ["", "somebody", "<b>Baghdad</b>", "\u{202E}Baghdad", "A/B", "../../etc/passwd"] {
            assert_eq!(known(strange), None, "{strange}");
        }
        assert_eq!(known(&"x/".repeat(1 << 19)), None);
    }
}
