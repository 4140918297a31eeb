//! The programs that posts were written with.

/// What a client runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// Android.
    Android,
    /// iPhone and iPod.
    IPhone,
    /// iPad.
    IPad,
    /// BlackBerry.
    BlackBerry,
    /// Windows Phone.
    WindowsPhone,
    /// Another phone, such as Nokia's, or a phone that is not named.
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

/// What a client runs on, by its name; none where the name does not tell.
pub fn device(client: &str) -> Option<Device> {
    let _ = client;
    None
}

/// Whether a person, a schedule or a program posts through a client, by its name.
pub fn agency(client: &str) -> Agency {
    let _ = client;
    Agency::Unknown
}

impl Device {
    /// Its key in texts and tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::IPhone => "iphone",
            Self::IPad => "ipad",
            Self::BlackBerry => "blackberry",
            Self::WindowsPhone => "windows-phone",
            Self::OtherPhone => "other-phone",
            Self::Web => "web",
            Self::Desktop => "desktop",
        }
    }

    /// Whether it is carried in a pocket.
    pub fn is_phone(self) -> bool {
        !matches!(self, Self::IPad | Self::Web | Self::Desktop)
    }
}

impl Agency {
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
