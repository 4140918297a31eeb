//! The programs that posts were written with.
//!
//! A client is a name that the program gave itself: anybody may call a program anything, and one that posts by itself
//! may do so under the name of a phone's. The table says where the names are from.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::is_ornament;

const CLIENTS: &str = include_str!("../../data/clients.tsv");
/// Characters of a name that are looked at.
const LONGEST_CLIENT: usize = 200;

/// What a client runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// Android.
    Android,
    /// iPhone.
    IPhone,
    /// iPad.
    IPad,
    /// An iPhone or an iPad.
    Ios,
    /// BlackBerry.
    BlackBerry,
    /// Windows Phone.
    WindowsPhone,
    /// Another phone, such as Nokia's, or one that is not named.
    OtherPhone,
    /// A web page.
    Web,
    /// A program on a computer.
    Desktop,
}

/// Who acts when a client posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agency {
    /// A person, as far as the name tells.
    Person,
    /// A program that posts at times that were set: queues and schedules.
    Scheduled,
    /// A program that posts by itself: feeds, recipes, verses, contests.
    Automatic,
    /// A client that says it is a bot.
    Bot,
    /// A name that is not in the table.
    Unknown,
}

/// A row of the table: the parts of the pattern between its stars, what fits.
struct Row {
    parts: Vec<String>,
    device: Option<Device>,
    agency: Agency,
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = CLIENTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut fields = line.split('\t');
        let (pattern, device, agency) = (fields.next()?, fields.next()?, fields.next()?);
        let device = Device::ALL.into_iter().find(|d| d.key() == device);
        let agency = Agency::ALL.into_iter().find(|a| a.key() == agency)?;
        Some(Row { parts: pattern.split('*').map(fold).collect(), device, agency })
    })
    .collect()
});

/// What a client runs on, by its name; none where the name does not tell. Posts have few different clients: ask once for
/// each name, not for each post.
///
/// ```
/// use netcensus::text::{Device, device};
/// assert_eq!(device("Twitter for iPhone"), Some(Device::IPhone));
/// assert_eq!(device("TweetCaster"), None);
/// ```
pub fn device(client: &str) -> Option<Device> {
    row(client)?.device
}

/// Whether a person, a schedule or a program posts through a client, by its name.
///
/// ```
/// use netcensus::text::{Agency, agency};
/// assert_eq!(agency("<a href=\"https://ifttt.com\" rel=\"nofollow\">IFTTT</a>"), Agency::Automatic);
/// assert_eq!(agency("Tusky"), Agency::Person);
/// ```
pub fn agency(client: &str) -> Agency {
    row(client).map_or(Agency::Unknown, |row| row.agency)
}

fn row(client: &str) -> Option<&'static Row> {
    let name: String = client.chars().take(LONGEST_CLIENT).collect();
    // X's older form is a link around the name.
    let name = match name.trim().strip_prefix("<a ").and_then(|rest| rest.split_once('>')) {
        Some((_, name)) => name.split('<').next().unwrap_or_default(),
        None => name.as_str(),
    };
    let name = fold(name);
    TABLE.iter().find(|row| row.fits(&name))
}

/// Lower case, NFKC, Arabic without vowel signs.
fn fold(name: &str) -> String {
    name.nfkc().filter(|&c| !is_ornament(c)).flat_map(char::to_lowercase).collect()
}

impl Row {
    fn fits(&self, name: &str) -> bool {
        let name = name.trim();
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|p| p == name);
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            match rest.split_once(part.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

impl Device {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Android,
        Self::IPhone,
        Self::IPad,
        Self::Ios,
        Self::BlackBerry,
        Self::WindowsPhone,
        Self::OtherPhone,
        Self::Web,
        Self::Desktop,
    ];

    /// Its key in texts and tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::IPhone => "iphone",
            Self::IPad => "ipad",
            Self::Ios => "ios",
            Self::BlackBerry => "blackberry",
            Self::WindowsPhone => "windows-phone",
            Self::OtherPhone => "other-phone",
            Self::Web => "web",
            Self::Desktop => "desktop",
        }
    }

    /// Whether it is carried in a pocket; what may be an iPad counts, for far more are iPhones.
    pub fn is_phone(self) -> bool {
        !matches!(self, Self::IPad | Self::Web | Self::Desktop)
    }
}

impl Agency {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Person, Self::Scheduled, Self::Automatic, Self::Bot, Self::Unknown];

    /// Its key in texts and tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Scheduled => "scheduled",
            Self::Automatic => "automatic",
            Self::Bot => "bot",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn clients_have_a_device_and_somebody_who_acts() {
        let cases = [
            ("Twitter for Android", "android", "person"),
            ("Twitter for iPhone", "iphone", "person"),
            ("twitter for ipad", "ipad", "person"),
            ("Mastodon for iOS", "ios", "person"),
            ("Ivory for iOS", "ios", "person"),
            ("Twitter for BlackBerry®", "blackberry", "person"),
            ("Twitter for Windows Phone", "windows-phone", "person"),
            ("Twitter for Nokia S40", "other-phone", "person"),
            ("Twitter Web Client", "web", "person"),
            ("Web", "web", "person"),
            ("TweetDeck", "web", "person"),
            ("Twitter for Mac", "desktop", "person"),
            (
                "<a href=\"http://twitter.com/download/android\" rel=\"nofollow\">Twitter for Android</a>",
                "android",
                "person",
            ),
            ("Tusky", "android", "person"),
            ("Android", "android", "person"),
            ("Tweetbot for iΟS", "ios", "person"),
            ("TweetCaster for Android", "android", "person"),
            ("dlvr.it", "-", "automatic"),
            ("IFTTT", "-", "automatic"),
            ("WordPress.com", "-", "automatic"),
            ("تطبيق قُرآني", "-", "automatic"),
            ("غرد بصدقة", "-", "automatic"),
            ("Holy Bible", "-", "automatic"),
            ("Buffer", "-", "scheduled"),
            ("Hootsuite Inc.", "-", "scheduled"),
            ("Cheap Bots, Done Quick!", "-", "bot"),
            ("weather-bot v2", "-", "bot"),
            ("my_news_bot", "-", "bot"),
            ("Something of my own", "-", "unknown"),
            ("", "-", "unknown"),
            ("<a ", "-", "unknown"),
        ];
        for (name, runs_on, acts) in cases {
            assert_eq!((device(name).map_or("-", Device::key), agency(name).key()), (runs_on, acts), "{name}");
        }
        assert!(Device::OtherPhone.is_phone() && !Device::IPad.is_phone());
    }

    #[test]
    fn the_table_is_sound() {
        let rows = CLIENTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(rows.clone().count(), TABLE.len());
        for row in rows {
            let fields: Vec<&str> = row.split('\t').collect();
            assert_eq!(fields.len(), 3, "{row}");
            assert!(fields[1] == "-" || Device::ALL.iter().any(|d| d.key() == fields[1]), "{row}");
            assert!(TABLE.iter().any(|r| r.fits(&fold(&fields[0].replace('*', "")))), "{row}");
        }
    }

    proptest! {
        #[test]
        fn no_client_is_too_strange(name in "\\PC{0,300}", odd in "[<a >/*\"bot]{0,60}") {
            for name in [name.clone(), odd.clone(), format!("{odd}{name}")] {
                let _ = (device(&name), agency(&name));
            }
        }
    }
}
