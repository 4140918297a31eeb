//! Where a request may go. Addresses come from strangers, too: in a redirect, in a DID document, in the domain of a
//! handle. Such an address must be HTTPS and public, so that nobody sends the crawl into the analyst's own network or
//! takes its encryption off. The hosts that the study itself names may be anywhere, and plain HTTP where it says so.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The rule of one crawl; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    named: Arc<Named>,
}

#[derive(Debug, Default)]
struct Named {
    /// `https://host:port`
    origins: HashSet<String>,
    hosts: HashSet<String>,
}

impl Guard {
    /// The study names these addresses.
    pub(crate) fn new<'a>(named: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Named::default();
        for url in named.into_iter().filter_map(|address| Url::parse(address).ok()) {
            all.origins.insert(url.origin().ascii_serialization());
            all.hosts.extend(url.host_str().map(str::to_owned));
        }
        Self { named: Arc::new(all) }
    }

    /// Whether the study names a host that is not this machine or in its network, as far as its name tells.
    pub(super) fn leaves_home(&self) -> bool {
        self.named.hosts.iter().any(|host| match host.trim_matches(['[', ']']).parse() {
            Ok(ip) => public(ip),
            Err(_) => host.contains('.') && !host.ends_with(".local") && !host.ends_with(".internal"),
        })
    }

    /// Whether a request may go to `url`; if not, why, without naming the address.
    pub(crate) fn allows(&self, url: &Url) -> Result<(), &'static str> {
        if self.named.origins.contains(&url.origin().ascii_serialization()) {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err("an address that is not HTTPS");
        }
        // Names are looked at again when they are resolved.
        match url.host() {
            Some(Host::Ipv4(ip)) if !public(ip.into()) => Err("an address that is not public"),
            Some(Host::Ipv6(ip)) if !public(ip.into()) => Err("an address that is not public"),
            Some(_) => Ok(()),
            None => Err("an address without a host"),
        }
    }
}

/// A name that leads to no public address, and that the study does not name.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(super) struct NotPublic;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let named = self.named.hosts.contains(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.filter(|a| named || public(a.ip())).collect();
            if found.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether the address belongs to the public internet.
pub(crate) fn public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => public_v4(ip),
        IpAddr::V6(ip) => public_v6(ip),
    }
}

fn public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        // Carriers, protocol assignments, benchmarks.
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xfe == 18);
    !special
}

fn public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    // IPv4 in IPv6: mapped, compatible, through NAT64 and 6to4.
    let inner = match s {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        _ => None,
    };
    if let Some(inner) = inner {
        return public_v4(inner);
    }
    // Only 2000::/3 is given out to hosts: loopback, local, multicast and local translation lie elsewhere.
    let given_out = s[0] & 0xe000 == 0x2000;
    // Of that: protocol assignments with Teredo, which holds IPv4 addresses; documentation.
    let special = match s[0] {
        0x2001 => s[1] < 0x200 || s[1] == 0xdb8,
        0x3fff => s[1] < 0x1000,
        _ => false,
    };
    given_out && !special
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_public() {
        for ip in ["8.8.8.8", "100.128.0.1", "198.20.0.1", "2600::1", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "fec0::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "3fff::1",
            "2001:0:7f00:1::",
            "::ffff:0:127.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "5f00::1",
            "192.88.99.1",
            "fe80::1",
        ] {
            assert!(!public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn what_the_study_names_may_be_anywhere_and_nothing_else() {
        let guard = Guard::new(["http://127.0.0.1:2583", "https://pds.internal"]);
        let allows = |url: &str| guard.allows(&Url::parse(url).unwrap()).is_ok();
        assert!(allows("http://127.0.0.1:2583/xrpc/x") && allows("https://pds.internal/x"));
        assert!(allows("https://elsewhere.example/x") && allows("https://8.8.8.8/x"));
        for no in [
            "http://127.0.0.1:2584/",
            "https://127.0.0.1:2583/",
            "http://pds.internal/",
            "http://elsewhere.example/",
            "https://[::1]/",
            "https://10.0.0.1/",
            "https://0x7f000001/",
            "https://169.254.169.254/latest",
            "ftp://elsewhere.example/",
        ] {
            assert!(!allows(no), "{no}");
        }
    }

    #[test]
    fn hosts_in_the_open() {
        for host in ["https://public.api.bsky.app", "https://8.8.8.8", "https://[2600::1]"] {
            assert!(Guard::new([host]).leaves_home(), "{host}");
        }
        assert!(
            !Guard::new(["http://localhost:1", "http://127.0.0.1", "http://[::1]:5", "https://pds.internal"])
                .leaves_home()
        );
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_not_resolved() {
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(Guard::new([]).resolve(name()).await.is_err());
        assert!(Guard::new(["http://localhost:1"]).resolve(name()).await.is_ok());
    }
}
