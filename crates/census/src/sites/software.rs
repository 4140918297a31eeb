//! What a site is made with, and whether its host shows a page of its own instead: by a kept list, `software.toml`.
//!
//! Plain texts are looked for in headers, cookies' names, the generator, names of files and few words: no patterns that
//! could be made to run long, no request beyond the page.

use std::sync::OnceLock;

use hyper::header::{HeaderMap, SET_COOKIE};
use serde::Deserialize;
use url::Url;

use super::page::Page;
use super::state::State;
use crate::{Error, Result};

/// A page with more words than this is a page of its own, whatever stands on it.
const FEW_WORDS: usize = 2_000;
/// Of a header's value.
const LONGEST_VALUE: usize = 4_096;

/// The kept list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    software: Vec<Software>,
    ending: Vec<Ending>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Software {
    name: String,
    /// For readers of the list.
    #[allow(dead_code)]
    kind: String,
    #[serde(default)]
    header: Vec<String>,
    #[serde(default)]
    cookie: Vec<String>,
    #[serde(default)]
    generator: Vec<String>,
    #[serde(default)]
    file: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ending {
    name: String,
    state: Shown,
    #[serde(default)]
    header: Vec<String>,
    #[serde(default)]
    led_to: Vec<String>,
    #[serde(default)]
    title: Vec<String>,
    #[serde(default)]
    file: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shown {
    Suspended,
    Parked,
}

/// The list, read once.
pub(super) fn known() -> Result<&'static Known> {
    static KNOWN: OnceLock<Option<Known>> = OnceLock::new();
    KNOWN
        .get_or_init(|| toml::from_str(include_str!("software.toml")).ok())
        .as_ref()
        .ok_or_else(|| Error::bug("the list of software cannot be read"))
}

impl Known {
    /// The names of what an answer shows, in the list's order.
    pub(super) fn made_with(&self, headers: &HeaderMap, page: &Page) -> Vec<&str> {
        let headers = Headers::of(headers);
        let found = self.software.iter().filter(|s| {
            s.header.iter().any(|h| headers.have(h))
                || s.cookie.iter().any(|c| headers.cookies.iter().any(|name| name.starts_with(c.as_str())))
                || s.generator.iter().any(|g| page.generators.iter().any(|said| said.starts_with(g.as_str())))
                || s.file.iter().any(|f| page.files.iter().any(|file| file.contains(f.as_str())))
        });
        found.map(|s| s.name.as_str()).collect()
    }

    /// Whose page is shown in the site's place, and what it means.
    pub(super) fn ending(&self, led_to: &Url, headers: &HeaderMap, page: &Page) -> Option<(State, &str)> {
        let headers = Headers::of(headers);
        let led_to = format!("{}{}", led_to.host_str().unwrap_or_default(), led_to.path()).to_lowercase();
        let title = page.title.as_deref().unwrap_or_default().to_lowercase();
        let few = page.words.len() <= FEW_WORDS;
        let holds = |texts: &[String], all: &str| texts.iter().any(|t| all.contains(t.as_str()));
        let found = self.ending.iter().find(|e| {
            e.header.iter().any(|h| headers.have(h))
                || holds(&e.led_to, &led_to)
                || (few && holds(&e.title, &title))
                || e.file.iter().any(|f| few && page.files.iter().any(|file| file.contains(f.as_str())))
                || (few && holds(&e.words, &page.words))
        });
        found.map(|e| {
            let state = match e.state {
                Shown::Suspended => State::Suspended,
                Shown::Parked => State::Parked,
            };
            (state, e.name.as_str())
        })
    }
}

/// Headers in lower case.
struct Headers {
    all: Vec<(String, String)>,
    cookies: Vec<String>,
}

impl Headers {
    fn of(headers: &HeaderMap) -> Self {
        let lower = |value: &[u8]| String::from_utf8_lossy(&value[..value.len().min(LONGEST_VALUE)]).to_lowercase();
        let all = headers.iter().map(|(name, value)| (name.as_str().to_owned(), lower(value.as_bytes()))).collect();
        let cookie = |value: &hyper::header::HeaderValue| {
            let value = lower(value.as_bytes());
            value.split_once('=').map(|(name, _)| name.trim().to_owned())
        };
        Self { all, cookies: headers.get_all(SET_COOKIE).iter().filter_map(cookie).collect() }
    }

    /// `name`, or `name: text`.
    fn have(&self, wanted: &str) -> bool {
        let (name, text) = wanted.split_once(": ").unwrap_or((wanted, ""));
        self.all.iter().any(|(n, value)| n == name && value.contains(text))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use hyper::header::{HeaderName, HeaderValue};

    use super::super::page;
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn the_list_is_sound() {
        let known = known().unwrap();
        assert!(known.software.len() > 60 && known.ending.len() > 15);
        let mut names: Vec<&str> = known.software.iter().map(|s| s.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), known.software.len(), "a name stands twice");
        for s in &known.software {
            let marks = [&s.header, &s.cookie, &s.generator, &s.file];
            assert!(marks.iter().any(|m| !m.is_empty()), "{} has no mark", s.name);
            assert!(marks.into_iter().flatten().all(|t| *t == t.to_lowercase() && t.len() > 3), "{}", s.name);
        }
        for e in &known.ending {
            let marks = [&e.header, &e.led_to, &e.title, &e.file, &e.words];
            assert!(marks.iter().any(|m| !m.is_empty()), "{} has no mark", e.name);
            assert!(marks.into_iter().flatten().all(|t| *t == t.to_lowercase() && t.len() > 5), "{}", e.name);
        }
    }

    #[test]
    fn each_kind_of_mark() {
        let known = known().unwrap();
        let page = page::read(b"<meta name=generator content='WordPress 6'><script src=/_next/static/x.js></script>");
        let headers = headers(&[("server", "Apache/2.4"), ("set-cookie", "PHPSESSID=1; path=/")]);
        assert_eq!(known.made_with(&headers, &page), ["WordPress", "Next.js", "Apache", "PHP"]);
        assert!(known.made_with(&HeaderMap::new(), &Page::default()).is_empty());
    }

    #[test]
    fn pages_that_stand_in_a_sites_place() {
        let known = known().unwrap();
        let ending = |at: &str, html: &str| {
            let url = Url::parse(at).unwrap();
            known.ending(&url, &HeaderMap::new(), &page::read(html.as_bytes())).map(|(state, _)| state)
        };
        let at = "https://site.example/";
        assert_eq!(ending("https://site.example/cgi-sys/suspendedpage.cgi", ""), Some(State::Suspended));
        assert_eq!(ending(at, "<title>Account Suspended</title>"), Some(State::Suspended));
        assert_eq!(ending(at, "<p>This <b>account</b> has\nbeen suspended."), Some(State::Suspended));
        assert_eq!(ending(at, "<h1>Buy this domain</h1>"), Some(State::Parked));
        assert_eq!(ending(at, "<title>News</title>their account has been removed"), None);
        // A long page that speaks of it is an article.
        let article = format!("<title>Account suspended: what now?</title>{}", "many words ".repeat(300));
        assert_eq!(ending(at, &article), None);
    }
}
