#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// Text, country, city; a dash where there is none.
const DECLARED: &str = "
Riyadh 🇸🇦 | SA | Riyadh
الرياض، السعودية | SA | Riyadh
الرياض - المملكة العربية السعودية | SA | Riyadh
الـــرِّيَاض | SA | Riyadh
بالرياض | SA | Riyadh
RIYADH, KSA | SA | Riyadh
Riyadh, Saudi Arabia. | SA | Riyadh
ksa | SA | -
K.S.A. | SA | -
السعوديه | SA | -
مكة المكرمة | SA | Mecca
Makkah | SA | Mecca
المدينه المنوره | SA | Medina
جدة / الرياض | SA | -
London/UK | GB | London
London, U.K. | GB | London
LONDON | GB | London
𝓛𝓸𝓷𝓭𝓸𝓷 | GB | London
london,england | GB | London
based in London | GB | London
Londres | GB | London
London, Ontario | CA | London
London, ON | CA | London
London 🇵🇸 | GB | London
not in London | - | -
London | Dubai | - | -
somewhere over the rainbow | - | -
in your heart | - | -
earth | - | -
Planet Earth 🌍 | - | -
the moon | - | -
Atlantis | - | -
Babylon | - | -
Reading 🇬🇧 | GB | Reading
Worldwide | - | -
Twitter | - | -
everywhere and nowhere | - | -
your mom's house | - | -
Hell | - | -
Paradise | - | -
home sweet home | - | -
/dev/null | - | -
الأرض | - | -
أرض الله الواسعة | - | -
في قلب أمي | - | -
الشام | - | -
بلاد الشام | - | -
الشام، حلب | SY | Aleppo
Khorasan | - | -
Kurdistan | - | -
Erbil, Kurdistan | IQ | Erbil
Middle East | - | -
Syria | SY | -
سوريا - الرقة | SY | Raqqa
Ar-Raqqah | SY | Raqqa
Syria/Iraq | - | -
حمص | SY | Homs
دير الزور | SY | Deir ez-Zor
Baghdad, Iraq | IQ | Baghdad
العراق الموصل | IQ | Mosul
القاهره | EG | Cairo
مصر | EG | -
egypt | EG | -
طرابلس | - | -
Tripoli, Libya | LY | Tripoli
Tripoli 🇱🇧 | LB | Tripoli
تونس | TN | -
Tunis | TN | Tunis
الجزائر العاصمة | DZ | Algiers
الكويت | KW | -
Kuwait City | KW | Kuwait City
Q8 🇰🇼 | KW | -
عمان | - | -
عمان، الأردن | JO | -
سلطنة عمان | OM | -
القدس | - | -
القدس، فلسطين | PS | -
Jerusalem, Israel | IL | -
Gaza | PS | -
Palestine 🇵🇸 | PS | -
Paris | FR | Paris
Paris, Texas | US | -
Paris, TX | US | -
Texas | US | -
Austin, TX | US | Austin
NYC | US | New York City
New York | US | -
New York, NY | US | New York City
Brooklyn, New York | US | New York City
Washington, DC | US | Washington
CA | - | -
San Diego, CA | US | San Diego
Toronto, CA | CA | Toronto
U.S.A. | US | -
usa | US | -
Georgia | - | -
Atlanta, Georgia | US | Atlanta
Tbilisi, Georgia | GE | Tbilisi
Springfield | US | -
Birmingham | - | -
Birmingham, UK | GB | Birmingham
Cambridge | - | -
Reading | - | -
Reading, UK | GB | Reading
Nice | FR | Nice
So nice | - | -
Mobile | - | -
Mobile, Alabama | US | Mobile
Hyderabad | - | -
Hyderabad, Sindh | PK | Hyderabad
Lahore, Pakistan | PK | Lahore
کراچی | PK | Karachi
تهران، ایران | IR | Tehran
Tehran | IR | Tehran
İstanbul, Türkiye | TR | Istanbul
istanbul | TR | Istanbul
Москва | RU | Moscow
Grozny, Chechnya | RU | Grozny
Jakarta, Indonesia | ID | Jakarta
Jawa Barat | ID | -
Kuala Lumpur | MY | Kuala Lumpur
Québec, Canada | CA | -
São Paulo - Brasil | BR | São Paulo
Côte d'Ivoire | CI | -
Bosnia & Herzegovina | BA | -
Trinidad and Tobago | TT | -
Korea | - | -
South Korea | KR | -
Congo | - | -
🇸🇦 | SA | -
🇸🇦🇪🇬 | - | -
🏴󠁧󠁢󠁥󠁮󠁧󠁿 | GB | -
🇸🇦 with 💚 | SA | -
Nigeria 🇳🇬 | Lagos | NG | Lagos
iPhone: 24.713552,46.675296 | SA | Riyadh
ÜT: 51.5073,-0.1276 | GB | London
51.5° N, 0.1° W | GB | London
0.000000,0.000000 | - | -
iPhone: 999.1,46.6 | - | -
iOS 9.3, 10.2 | - | -
24 hours, 7 days | - | -
Room 101, London | GB | London
(◕‿◕) | - | -
.... | - | -
;DROP TABLE places;-- | - | -
<b>London</b> | GB | London
";

#[test]
fn messy_texts_are_read() {
    let rows: Vec<&str> = DECLARED.lines().filter(|row| !row.is_empty()).collect();
    assert!(rows.len() > 60);
    let mut wrong = Vec::new();
    for row in rows {
        let mut parts = row.rsplitn(3, " | ");
        let (city, country, text) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let found = place(text);
        let told = |part: Option<&'static str>| part.unwrap_or("-");
        let found = (told(found.map(|p| p.country)), told(found.and_then(|p| p.city).map(|c| c.name)));
        if found != (country, city) {
            wrong.push(format!("{text}: {found:?}, not {country} {city}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_country_is_found_by_its_names() {
    let table = include_str!("../../../data/countries.tsv");
    let (mut count, mut missed) = (0, Vec::new());
    for row in table.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        count += 1;
        assert_eq!((country(fields[0], "en"), country(fields[0], "ar")), (Some(fields[1]), Some(fields[2])));
        // A state of the United States, and what Amman is called, too; Guernsey's and Jersey's are their own.
        for name in fields[1..3].iter().filter(|n| !["Georgia", "عُمان"].contains(n)) {
            if place(name).map(|p| p.country) != Some(fields[0]) {
                missed.push(*name);
            }
        }
    }
    assert_eq!(missed, Vec::<&str>::new());
    // ISO 3166-1 has 249; Kosovo is the other one.
    assert_eq!(count, 250);
    assert_eq!((country("XX", "en"), country("sa", "en"), country("", "ar")), (None, None, None));
    assert_eq!(country("SA", "fr"), Some("Saudi Arabia"));
}

#[test]
fn the_nearest_city_is_near() {
    let at = |latitude, longitude| nearest(latitude, longitude).map(|p| (p.country, p.city.unwrap().name));
    assert_eq!(at(24.7, 46.7), Some(("SA", "Riyadh")));
    assert_eq!(at(33.34, 44.40), Some(("IQ", "Baghdad")));
    assert_eq!(at(64.15, -21.95), Some(("IS", "Reykjavík")));
    // The middle of the Atlantic, of the Rub al-Khali, and beyond the poles.
    assert_eq!((at(30.0, -45.0), at(20.0, 50.0), at(90.0, 0.0), at(-88.0, 10.0)), (None, None, None, None));
    // A city of two countries' claims, and one that another country's is as near as.
    assert_eq!((at(31.78, 35.22), at(-4.30, 15.29)), (None, None));
    for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -200.0] {
        assert_eq!((at(strange, 10.0), at(10.0, strange)), (None, None));
    }
}

#[test]
fn nearest_is_what_looking_at_every_city_gives() {
    let far = |city: &City, latitude: f64, longitude: f64| {
        // The chord on a unit sphere, not the haversine.
        let point = |latitude: f64, longitude: f64| {
            let (a, b) = (latitude.to_radians(), longitude.to_radians());
            [a.cos() * b.cos(), a.cos() * b.sin(), a.sin()]
        };
        let there = point(f64::from(city.latitude) / 100.0, f64::from(city.longitude) / 100.0);
        let here = point(latitude, longitude);
        let chord = here.iter().zip(there).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        2.0 * (chord / 2.0).asin() * 6_371.0
    };
    let mut found = 0;
    for step in 0..400 {
        let city = &GAZETTEER.cities[step * 29];
        let (latitude, longitude) = (f64::from(city.latitude) / 100.0 + 0.2, f64::from(city.longitude) / 100.0 - 0.25);
        let longitude = if longitude < -180.0 { longitude + 360.0 } else { longitude };
        let closest = GAZETTEER.cities.iter().map(|c| far(c, latitude, longitude)).fold(f64::INFINITY, f64::min);
        match nearest(latitude, longitude) {
            Some(place) => {
                found += 1;
                let distance = far(place.city.unwrap(), latitude, longitude);
                assert!((distance - closest).abs() < 0.01 && distance <= 50.01, "{distance} {closest}");
                assert_eq!(place.country, place.city.unwrap().country);
            }
            // Another country as near, or a city that is claimed by two.
            None => assert!(closest > 0.0),
        }
    }
    assert!(found > 300, "{found}");
}

#[test]
fn time_zones_have_a_country_where_they_are_of_one() {
    let cases = [
        ("Asia/Riyadh", "SA"),
        ("asia/baghdad", "IQ"),
        ("Riyadh", "SA"),
        ("Baghdad", "IQ"),
        ("Asia/Calcutta", "IN"),
        ("Africa/Cairo", "EG"),
        ("US/Eastern", "US"),
        ("Iceland", "IS"),
        ("Casablanca", "MA"),
        ("Europe/London", "GB"),
        (" Hawaii ", "US"),
    ];
    for (name, code) in cases {
        assert_eq!(zone(name), Some(code), "{name}");
    }
    for name in ["Eastern Time (US & Canada)", "UTC", "Etc/GMT+3", "GMT", "Jerusalem", "", "Mars/Olympus", "-"] {
        assert_eq!(zone(name), None, "{name}");
    }
    let tables = [include_str!("../../../data/zones.tsv"), include_str!("../../../data/zones-by-hand.tsv")];
    for row in tables.iter().flat_map(|t| t.lines()).filter(|row| !row.starts_with('#')) {
        let (name, code) = row.split_once('\t').unwrap();
        assert!(code == "-" || country(code, "en").is_some(), "{name} {code}");
    }
}

#[test]
fn languages_have_names() {
    assert_eq!((language_name("ar", "en"), language_name("ar", "ar")), (Some("Arabic"), Some("العربية")));
    assert_eq!((language_name("ckb", "en"), language_name("und", "en"), language_name("", "ar")).1, None);
    for code in ["en", "fr", "ru", "tr", "fa", "ur", "id", "ku", "ps", "he", "no", "zh", "ja", "fil"] {
        assert!(language_name(code, "en").is_some() && language_name(code, "ar").is_some(), "{code}");
    }
}

#[test]
fn the_bundled_tables_are_sound() {
    assert!(GAZETTEER.cities.len() > 12_000);
    for city in &GAZETTEER.cities {
        assert!(city.country == "-" || GAZETTEER.code(city.country).is_some(), "{}", city.name);
        assert!(
            !city.name.is_empty() && city.people > 0 && city.latitude.abs() <= 9_000 && city.longitude.abs() <= 18_000
        );
        assert!(city.arabic.is_none_or(|a| a.chars().all(|c| !c.is_ascii_alphabetic())), "{}", city.name);
    }
    let by_hand = include_str!("../../../data/places-by-hand.tsv");
    for row in by_hand.lines().filter(|row| !row.starts_with('#')) {
        let fields: Vec<&str> = row.split('\t').collect();
        assert!(["country", "region", "state", "city", "none", "word", "filler"].contains(&fields[0]), "{row}");
        assert!(fields[1].split(',').all(|code| code == "-" || GAZETTEER.code(code).is_some()), "{row}");
        if fields[0] == "city" {
            let first = fields[2].split('|').next().unwrap();
            assert!(GAZETTEER.cities.iter().any(|c| c.country == fields[1] && c.name == first), "{row}");
        }
    }
}

proptest! {
    #[test]
    fn no_declared_text_is_too_strange(
        text in "\\PC{0,300}",
        odd in "[-.:,/|&°🇦🇸🏴\u{0640}\u{064B}\u{200F}\u{FDFA}ÜTNSEW0-9 ا ب ة]{0,100}",
        latitude in proptest::num::f64::ANY,
        longitude in -400.0..400.0,
    ) {
        for text in [text.clone(), odd.clone(), format!("{odd}{text}"), format!("London{odd}"), format!("الرياض {odd}")] {
            if let Some(found) = place(&text) {
                prop_assert!(country(found.country, "ar").is_some());
                prop_assert!(found.city.is_none_or(|c| c.country == found.country));
            }
            let _ = zone(&text);
            let _ = language_name(&text, &odd);
        }
        let _ = nearest(latitude, longitude);
    }
}
