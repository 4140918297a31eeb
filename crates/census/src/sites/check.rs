//! One site, looked at once: where its first page is, what state that tells, what it is made with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::header::{self, HeaderMap};
use serde_json::Value;
use url::Url;

use super::address::{No, host_and_port};
use super::fetch::{Answer, Fetcher, Want, header_text};
use super::page::{self, Page, printable};
use super::robots;
use super::software::Known;
use super::state::State;

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Bytes of a redirect's address.
const LONGEST_LOCATION: usize = 2_048;
/// More members than this nobody has.
const MOST_MEMBERS: u64 = 10_000_000_000;

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) state: State,
    /// In words.
    pub(super) detail: String,
    /// HTTP's.
    pub(super) status: Option<u16>,
    /// The host that the first request led to.
    pub(super) led_to: Option<String>,
    pub(super) ip: Option<String>,
    pub(super) hops: usize,
    /// Bytes of the page that were read, unpacked.
    pub(super) bytes: usize,
    /// Why that is not all.
    pub(super) cut: Option<&'static str>,
    pub(super) took: Duration,
    pub(super) title: Option<String>,
    /// Names from the kept list.
    pub(super) software: Vec<String>,
    /// What the site says of itself, where it was asked.
    pub(super) node: Option<Node>,
}

/// NodeInfo, with what it said of itself; all none where it has none or robots.txt keeps us from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) software: Option<String>,
    pub(super) users: Option<i64>,
    /// Within a month.
    pub(super) active: Option<i64>,
}

/// What is known of a site from before.
#[derive(Debug, Clone, Default)]
pub(super) struct Before {
    /// Names from the kept list.
    pub(super) software: Vec<String>,
    /// Whether NodeInfo was asked for within the last day.
    pub(super) node_is_fresh: bool,
}

/// Checks sites, one request a host at a time.
pub(super) struct Checker {
    fetcher: Fetcher,
    known: &'static Known,
    busy: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The way to a page.
struct Trail {
    url: Url,
    hops: usize,
    answer: Result<Answer, No>,
}

impl Checker {
    pub(super) fn new(fetcher: Fetcher, known: &'static Known) -> Self {
        Self { fetcher, known, busy: Mutex::default() }
    }

    /// Looks at a site.
    pub(super) async fn check(&self, site: &str, address: &Url, before: &Before) -> Checked {
        let began = Instant::now();
        let mut trail = self.follow(address).await;
        // No site at that door: it may have only the other one.
        if trail.hops == 0
            && let Err(no) = &trail.answer
            && matches!(no.state, State::Refused | State::Unreachable | State::TlsFailed)
            && let Some(other) = other_scheme(address)
        {
            let second = self.follow(&other).await;
            if second.answer.is_ok() {
                trail = second;
            }
        }
        let mut checked = self.judge(site, trail, before).await;
        checked.took = began.elapsed();
        checked
    }

    /// Follows redirects to a page.
    async fn follow(&self, address: &Url) -> Trail {
        let (mut url, mut seen): (Url, Vec<Url>) = (address.clone(), Vec::new());
        loop {
            let hops = seen.len();
            let stop = |url, why: No| Trail { url, hops, answer: Err(why) };
            if seen.contains(&url) {
                return stop(url, No { state: State::RedirectLoop, why: "redirects lead in a circle".into() });
            }
            if hops > REDIRECTS {
                return stop(url, No { state: State::RedirectLoop, why: format!("more than {REDIRECTS} redirects") });
            }
            let answer = match self.ask(&url, Want::Page).await {
                Ok(answer) => answer,
                Err(no) if no.state == State::NotPublic && hops > 0 => {
                    return stop(url, No { state: State::RedirectRefused, why: format!("a redirect to: {}", no.why) });
                }
                Err(no) => return stop(url, no),
            };
            let Some(next) = redirect(&url, &answer) else { return Trail { url, hops, answer: Ok(answer) } };
            let next = match next {
                Ok(next) => next,
                Err(()) => return stop(url, No { state: State::Broken, why: "a redirect to nowhere".into() }),
            };
            if let Err(why) = self.fetcher.allows(&next) {
                return stop(next, No { state: State::RedirectRefused, why: format!("a redirect to {why}") });
            }
            seen.push(std::mem::replace(&mut url, next));
        }
    }

    /// One request, while no other goes to that host.
    async fn ask(&self, url: &Url, want: Want) -> Result<Answer, No> {
        let host = host_and_port(url).map(|(host, _)| host).unwrap_or_default();
        let turn = self.busy.lock().unwrap_or_else(PoisonError::into_inner).entry(host).or_default().clone();
        let _turn = turn.lock().await;
        self.fetcher.get(url, want).await
    }

    async fn judge(&self, site: &str, trail: Trail, before: &Before) -> Checked {
        let Trail { url, hops, answer } = trail;
        let host = url.host_str().unwrap_or_default().to_owned();
        let own = is_of(&host, site);
        let mut checked = Checked {
            state: State::Up,
            detail: String::new(),
            status: None,
            led_to: (hops > 0).then(|| host.chars().take(253).collect()),
            ip: None,
            hops,
            bytes: 0,
            cut: None,
            took: Duration::ZERO,
            title: None,
            software: Vec::new(),
            node: None,
        };
        let answer = match answer {
            Ok(answer) => answer,
            // The site itself did answer: it sends its visitors elsewhere.
            Err(no) if hops > 0 && !own && !matches!(no.state, State::RedirectLoop | State::RedirectRefused) => {
                (checked.state, checked.detail) = (State::Moved, format!("to another site, where: {}", no.why));
                return checked;
            }
            Err(no) => {
                (checked.state, checked.detail) = (no.state, no.why);
                return checked;
            }
        };
        let page = page::read(&answer.page);
        let (state, detail) = self.state(&url, own, &answer, &page);
        (checked.state, checked.detail) = (state, detail);
        checked.status = Some(answer.status);
        checked.ip = Some(answer.ip.to_string());
        (checked.bytes, checked.cut) = (answer.page.len(), answer.cut);
        if own {
            checked.software = self.known.made_with(&answer.headers, &page).into_iter().map(str::to_owned).collect();
        }
        checked.title = page.title;
        if checked.state == State::Up && (!before.node_is_fresh || before.software != checked.software) {
            checked.node = Some(self.node(&url).await);
        }
        checked
    }

    fn state(&self, url: &Url, own: bool, answer: &Answer, page: &Page) -> (State, String) {
        if let Some((state, whose)) = self.known.ending(url, &answer.headers, page) {
            return (state, format!("a page of {whose}"));
        }
        let said = |state| (state, format!("HTTP {}", answer.status));
        match answer.status {
            200..300 if own => said(State::Up),
            200..300 => (State::Moved, "to another site".into()),
            404 | 410 => said(State::NotFound),
            451 => said(State::Withdrawn),
            // A question whether we are human.
            _ if answer.headers.contains_key("cf-mitigated") => said(State::Closed),
            300..500 => said(State::Closed),
            500..600 => said(State::ServerError),
            _ => said(State::Broken),
        }
    }

    /// What the site says of itself, if its robots.txt lets us ask.
    async fn node(&self, page: &Url) -> Node {
        const INDEX: &str = "/.well-known/nodeinfo";
        let Ok(robots) = page.join("/robots.txt") else { return Node::default() };
        let rules = match self.ask(&robots, Want::File).await {
            Ok(answer) if (200..300).contains(&answer.status) => String::from_utf8_lossy(&answer.page).into_owned(),
            Ok(answer) if (400..500).contains(&answer.status) => String::new(),
            // One that cannot be read allows nothing.
            _ => return Node::default(),
        };
        let json = async |url: &Url| -> Option<Value> {
            let answer = self.ask(url, Want::File).await.ok()?;
            serde_json::from_slice(&answer.page).ok().filter(|_| answer.status == 200 && answer.cut.is_none())
        };
        let found = async {
            let index = page.join(INDEX).ok().filter(|_| robots::allows(&rules, INDEX))?;
            let links = json(&index).await?;
            let links = links["links"].as_array()?.iter().take(20);
            let schema = |rel: &str| rel.rsplit_once("/ns/schema/2.").and_then(|(_, minor)| minor.parse::<u32>().ok());
            let newest = links.filter_map(|l| Some((schema(l["rel"].as_str()?)?, l["href"].as_str()?)));
            let (_, href) = newest.max_by_key(|(minor, _)| *minor)?;
            // Its own, no other site's.
            let url = page.join(href).ok().filter(|u| u.origin() == page.origin())?;
            if !robots::allows(&rules, url.path()) {
                return None;
            }
            json(&url).await.as_ref().map(of_node)
        };
        found.await.unwrap_or_default()
    }
}

fn of_node(info: &Value) -> Node {
    let count = |v: &Value| v.as_u64().filter(|n| *n <= MOST_MEMBERS).and_then(|n| i64::try_from(n).ok());
    let word = |text: &str| -> Option<String> {
        let plain = printable(text, 40)?;
        Some(plain.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_+ ".contains(c) { c } else { '?' }).collect())
    };
    let users = &info["usage"]["users"];
    Node {
        software: info["software"]["name"].as_str().and_then(word),
        users: count(&users["total"]),
        active: count(&users["activeMonth"]),
    }
}

/// Where an answer sends us, if it does.
fn redirect(from: &Url, answer: &Answer) -> Option<Result<Url, ()>> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = location(from, &answer.headers);
    Some(to.ok_or(()))
}

fn location(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let said = header_text(headers, header::LOCATION).filter(|l| l.len() <= LONGEST_LOCATION)?;
    let mut to = from.join(said).ok()?;
    to.set_fragment(None);
    // Nobody's password is sent.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Some(to)
}

fn other_scheme(url: &Url) -> Option<Url> {
    let mut other = url.clone();
    let to = if url.scheme() == "https" { "http" } else { "https" };
    (url.port().is_none() && other.set_scheme(to).is_ok()).then_some(other)
}

/// Whether a host is the site's: itself, with `www.`, or below it.
fn is_of(host: &str, site: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == site || host.strip_suffix(site).is_some_and(|left| left.ends_with('.'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_sites_own_hosts() {
        assert!(is_of("site.example", "site.example") && is_of("www.site.example.", "site.example"));
        assert!(!is_of("evilsite.example", "site.example") && !is_of("example", "site.example"));
    }

    #[test]
    fn what_a_site_says_of_itself() {
        let info = serde_json::json!({"software": {"name": "masto\u{202e}don<b>", "version": "4"},
            "usage": {"users": {"total": 120, "activeMonth": -3}}});
        let node = Node { software: Some("mastodon?b?".into()), users: Some(120), active: None };
        assert_eq!(of_node(&info), node);
        assert_eq!(of_node(&serde_json::json!([1])), Node::default());
        let huge = serde_json::json!({"usage": {"users": {"total": 1e30, "activeMonth": 99_999_999_999_u64}}});
        assert_eq!(of_node(&huge), Node::default());
    }

    #[test]
    fn where_a_redirect_leads() {
        let to = |location: &'static str| {
            let headers = HeaderMap::from_iter([(header::LOCATION, header::HeaderValue::from_static(location))]);
            super::location(&Url::parse("https://a.example/x").unwrap(), &headers).map(String::from)
        };
        assert_eq!(to("/y#z").as_deref(), Some("https://a.example/y"));
        assert_eq!(to("//user:secret@b.example").as_deref(), Some("https://b.example/"));
        assert_eq!(to("http://[::1"), None);
    }
}
