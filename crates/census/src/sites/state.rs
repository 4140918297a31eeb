//! What a check found, in one word, and how far that is from being there.

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The site answers with a page of its own.
    Up,
    /// It sends visitors to another site.
    Moved,
    /// It answers, but lets nobody in: 401, 403, 429 and other refusals.
    Closed,
    /// Its host or registrar shows a page that says that the site was taken off.
    Suspended,
    /// The name is for sale, or shows advertisements.
    Parked,
    /// Unavailable for legal reasons: 451.
    Withdrawn,
    /// The first page is not found: 404, 410.
    NotFound,
    /// The server, or what stands before it, fails: 5xx.
    ServerError,
    /// It answers too slowly to be read.
    Slow,
    /// What answers is not HTTP within the checker's bounds.
    Broken,
    /// Redirects in a circle, or more than are followed.
    RedirectLoop,
    /// A redirect to where the checker does not go.
    RedirectRefused,
    /// The certificate is over.
    CertificateExpired,
    /// The certificate is another site's.
    CertificateName,
    /// Nobody who is trusted vouches for the certificate.
    CertificateUntrusted,
    /// The certificate is wrong in another way.
    CertificateInvalid,
    /// No encrypted connection comes about.
    TlsFailed,
    /// The port is closed.
    Refused,
    /// Nothing answers at the address.
    Unreachable,
    /// The name has no address.
    NoName,
    /// Its name servers do not answer, or nobody who could ask them does.
    NameFailed,
    /// The name leads to addresses that are not the public internet's.
    NotPublic,
}

/// Whether a site is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// It is.
    There,
    /// It is not, and that does not pass by itself.
    Gone,
    /// It is not, which may pass: gone once it has lasted.
    Down,
}

/// Where a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Layer {
    Dns,
    Tcp,
    Tls,
    Http,
}

impl State {
    /// All of them.
    pub const ALL: [State; 22] = [
        State::Up,
        State::Moved,
        State::Closed,
        State::Suspended,
        State::Parked,
        State::Withdrawn,
        State::NotFound,
        State::ServerError,
        State::Slow,
        State::Broken,
        State::RedirectLoop,
        State::RedirectRefused,
        State::CertificateExpired,
        State::CertificateName,
        State::CertificateUntrusted,
        State::CertificateInvalid,
        State::TlsFailed,
        State::Refused,
        State::Unreachable,
        State::NoName,
        State::NameFailed,
        State::NotPublic,
    ];

    /// As it stands in `work.db`.
    pub fn name(self) -> &'static str {
        match self {
            State::Up => "up",
            State::Moved => "moved",
            State::Closed => "closed",
            State::Suspended => "suspended",
            State::Parked => "parked",
            State::Withdrawn => "withdrawn",
            State::NotFound => "not found",
            State::ServerError => "server error",
            State::Slow => "slow",
            State::Broken => "broken",
            State::RedirectLoop => "redirect loop",
            State::RedirectRefused => "redirect refused",
            State::CertificateExpired => "certificate expired",
            State::CertificateName => "certificate of another name",
            State::CertificateUntrusted => "certificate untrusted",
            State::CertificateInvalid => "certificate invalid",
            State::TlsFailed => "tls failed",
            State::Refused => "refused",
            State::Unreachable => "unreachable",
            State::NoName => "no name",
            State::NameFailed => "name failed",
            State::NotPublic => "not public",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Where the check ended.
    pub fn layer(self) -> Layer {
        match self {
            State::NoName | State::NameFailed | State::NotPublic => Layer::Dns,
            State::Refused | State::Unreachable => Layer::Tcp,
            State::CertificateExpired
            | State::CertificateName
            | State::CertificateUntrusted
            | State::CertificateInvalid
            | State::TlsFailed => Layer::Tls,
            _ => Layer::Http,
        }
    }

    /// Whether the site is there.
    pub fn means(self) -> Means {
        match self {
            State::Up | State::Moved | State::Closed => Means::There,
            State::Suspended | State::Parked | State::Withdrawn | State::NoName => Means::Gone,
            _ => Means::Down,
        }
    }

    /// Whether somebody answered, so that the fault is not our own line's.
    pub(super) fn proves_line(self) -> bool {
        !matches!(self, State::NameFailed | State::Unreachable)
    }
}
