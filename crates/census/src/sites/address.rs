//! Where a check may go: the web's own ports, at addresses of the public internet. Names are resolved here, once, and the
//! connection goes to the very address that was looked at: a name that answers differently the second time gains nothing.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use url::{Host, Url};

use super::Settings;
use super::state::State;
use crate::collect::public;

/// Addresses of one name that are tried.
const TRIED: usize = 3;
/// Addresses of one name that are looked at.
const MOST: usize = 64;
/// Bytes of an address.
const LONGEST: usize = 2_048;

/// The rule of one study.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    private: bool,
    ports: Vec<u16>,
    /// Where the study says that a host and port is.
    named: HashMap<(String, u16), SocketAddr>,
}

/// Why a check does not go somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct No {
    pub(super) state: State,
    pub(super) why: String,
}

impl Rule {
    pub(super) fn new(settings: &Settings) -> Self {
        let named = parse_addresses(&settings.addresses).unwrap_or_default();
        Self { private: settings.allow_private, ports: settings.ports.clone(), named }
    }

    /// Whether an address may be asked at all, and how it is then written.
    pub(super) fn allows(&self, url: &Url) -> Result<(), String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("an address that is not of the web".into());
        }
        if url.as_str().len() > LONGEST {
            return Err("an address that is too long".into());
        }
        let Some((host, port)) = host_and_port(url) else { return Err("an address without a host".into()) };
        let named = self.named.contains_key(&(host, port));
        if !named && !self.ports.contains(&port) {
            return Err(format!("port {port}"));
        }
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => Some(ip.into()),
            Some(Host::Ipv6(ip)) => Some(ip.into()),
            _ => None,
        };
        match ip {
            Some(ip) if !named && !self.private && !public(ip) => Err("an address that is not public".into()),
            _ => Ok(()),
        }
    }

    /// The addresses to connect to, in order; each was looked at.
    pub(super) async fn resolve(&self, url: &Url, patience: Duration) -> Result<Vec<SocketAddr>, No> {
        let no = |state, why: &str| No { state, why: why.to_owned() };
        let Some((host, port)) = host_and_port(url) else { return Err(no(State::Broken, "no host")) };
        if let Some(address) = self.named.get(&(host.clone(), port)) {
            return Ok(vec![*address]);
        }
        let plain = host.trim_matches(['[', ']']).to_owned();
        let found = match tokio::time::timeout(patience, tokio::net::lookup_host((plain.as_str(), port))).await {
            Err(_) => return Err(no(State::NameFailed, "no answer from the name servers in time")),
            Ok(Err(e)) if says_no_such_name(&e) => return Err(no(State::NoName, "the name has no address")),
            Ok(Err(_)) => return Err(no(State::NameFailed, "the name servers do not answer")),
            Ok(Ok(found)) => found.take(MOST).collect::<Vec<SocketAddr>>(),
        };
        if found.is_empty() {
            return Err(no(State::NoName, "the name has no address"));
        }
        let open: Vec<SocketAddr> = found.into_iter().filter(|a| self.private || public(a.ip())).take(TRIED).collect();
        if open.is_empty() {
            return Err(no(State::NotPublic, "the name has no public address"));
        }
        Ok(open)
    }
}

/// Host as the URL writes it, and port.
pub(super) fn host_and_port(url: &Url) -> Option<(String, u16)> {
    Some((url.host_str()?.trim_end_matches('.').to_owned(), url.port_or_known_default()?))
}

/// The table `[sites.addresses]`; none where a line is not `"host:port" = "ip:port"`.
pub(crate) fn parse_addresses(addresses: &BTreeMap<String, String>) -> Option<HashMap<(String, u16), SocketAddr>> {
    let line = |(from, to): (&String, &String)| {
        let (host, port) = from.rsplit_once(':')?;
        Some(((host.to_ascii_lowercase(), port.parse().ok()?), to.parse().ok()?))
    };
    addresses.iter().map(line).collect()
}

/// Whether the resolver says that there is no such name, or no address of it, and not that it could not find out. The
/// library gives the words of the system's resolver alone: of glibc, musl, macOS and Windows.
fn says_no_such_name(e: &io::Error) -> bool {
    const WORDS: [&str; 7] = [
        "name or service not known",
        "no address associated with hostname",
        "name does not resolve",
        "name has no usable address",
        "nodename nor servname provided",
        "no such host is known",
        "no data of the requested type",
    ];
    let said = e.to_string().to_ascii_lowercase();
    e.kind() == io::ErrorKind::InvalidInput || WORDS.iter().any(|words| said.contains(words))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rule(change: impl FnOnce(&mut Settings)) -> Rule {
        let mut settings = Settings::default();
        change(&mut settings);
        Rule::new(&settings)
    }

    #[test]
    fn only_the_public_web() {
        let usual = rule(|_| ());
        let allows = |rule: &Rule, url: &str| rule.allows(&Url::parse(url).unwrap()).is_ok();
        assert!(allows(&usual, "https://site.example/") && allows(&usual, "http://8.8.8.8/"));
        for no in [
            "ftp://site.example/",
            "file:///etc/passwd",
            "https://site.example:8443/",
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://192.0.2.7/",
            "http://[2001:db8::1]/",
            "http://224.0.0.1/",
        ] {
            assert!(!allows(&usual, no), "{no}");
        }
        assert!(!allows(&usual, &format!("http://a.example/{}", "x".repeat(3000))));
        assert!(allows(&rule(|s| s.allow_private = true), "http://127.0.0.1/"));
        let named = rule(|s| drop(s.addresses.insert("Site.example:80".into(), "127.0.0.1:4711".into())));
        assert!(allows(&named, "http://site.example/") && !allows(&named, "http://127.0.0.1:4711/"));
    }

    #[tokio::test]
    async fn what_a_name_leads_to_is_looked_at() {
        let usual = rule(|_| ());
        let home = Url::parse("http://localhost/").unwrap();
        let second = Duration::from_secs(5);
        assert_eq!(usual.resolve(&home, second).await.unwrap_err().state, State::NotPublic);
        assert!(rule(|s| s.allow_private = true).resolve(&home, second).await.is_ok());
        let named = rule(|s| drop(s.addresses.insert("site.example:80".into(), "127.0.0.1:4711".into())));
        let at = named.resolve(&Url::parse("http://site.example/").unwrap(), second).await.unwrap();
        assert_eq!(at, ["127.0.0.1:4711".parse().unwrap()]);
    }

    #[test]
    fn a_resolver_that_says_no_and_one_that_does_not_know() {
        let error = |text: &str| io::Error::other(format!("failed to lookup address information: {text}"));
        assert!(says_no_such_name(&error("Name or service not known")));
        assert!(says_no_such_name(&error("nodename nor servname provided, or not known")));
        assert!(!says_no_such_name(&error("Temporary failure in name resolution")));
        assert!(!says_no_such_name(&error("Try again")));
    }
}
