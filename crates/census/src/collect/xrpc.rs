//! One request at a time to a host, of the AT Protocol or another: bounded, patient, and never trusting the answer.
//!
//! What an answer may cost is decided before it is read: its size as announced and as it arrives (also once
//! decompressed), its type, the time until its last byte. A fault is tried again, with growing pauses that differ by
//! chance; a refusal is not. Redirects are followed here and not by the HTTP library, so that each counts as a request
//! to its host and none leads where it must not.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::{self, HeaderMap};
use reqwest::{Response, redirect};
use serde_json::Value;
use url::Url;

use super::guard::{Guard, NotPublic};
use super::limit::{Denied, Limits, Pass};
use crate::{Error, Result};

mod post;

pub(crate) use post::{NotDone, Post};

/// The largest JSON that is read. Parsed, it may take sixteen times that, but no more are parsed at once than there are
/// worker threads, and each becomes rows before its fetcher waits for anything.
const LARGEST: usize = 8 << 20;
/// How often a request is sent again after a server fault, a timeout or a cut connection.
const RETRIES: usize = 6;
/// How often it is sent again after an answer of a wrong type or size, which is rarely an accident.
const ODD: usize = 3;
/// How often it is sent again after 429. The host's pause is kept before each.
const LIMITED: usize = 20;
const REDIRECTS: usize = 3;
const CONNECT: Duration = Duration::from_secs(10);
/// Between two pieces of an answer.
const SILENCE: Duration = Duration::from_secs(15);
/// From sending to the last byte.
const WHOLE: Duration = Duration::from_secs(30);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The request budget is spent.
    Budget,
    /// The host answered, and said no.
    Refused { status: u16, error: String, message: String },
    /// No usable answer after all retries.
    Broken(String),
    /// What one host of many does not give, which says nothing of the others.
    Closed(String),
}

impl Failure {
    /// For a person.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Budget => "the request budget is spent".into(),
            Self::Refused { status, error, message } => {
                format!("status {status} {error} {message}").trim_end().to_owned()
            }
            Self::Broken(why) | Self::Closed(why) => why.clone(),
        }
    }
}

/// What an answer may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    /// What its content type must hold; an answer without a type passes. Empty: any.
    pub(super) kind: &'static str,
    /// The most bytes, decompressed.
    pub(super) largest: usize,
    /// The time until the last byte.
    pub(super) deadline: Duration,
}

impl Want {
    /// JSON, as APIs answer.
    pub(super) const JSON: Self = Self { kind: "json", largest: LARGEST, deadline: WHOLE };
    /// A small file on somebody's web server, of whatever type that server thinks it is.
    pub(super) const FILE: Self = Self { kind: "", largest: 1 << 20, deadline: WHOLE };
}

/// The HTTP client of one crawl.
pub(crate) struct Client {
    http: reqwest::Client,
    limits: Arc<Limits>,
    guard: Guard,
    first_delay: Duration,
    /// By origin.
    tokens: HashMap<String, String>,
}

/// What one attempt came to.
enum Attempt {
    /// Its headers; the body was handed over.
    Answer(HeaderMap),
    /// Nothing that another attempt would change.
    Over(Failure),
    Limited,
    /// A fault that often passes.
    Again(String),
    /// A fault that rarely does.
    Odd(String),
}

/// How netcensus names itself to hosts, with whom to write to.
pub(super) fn user_agent(contact: &str) -> String {
    let contact = match contact {
        "" => String::new(),
        contact => format!("; contact: {contact}"),
    };
    format!("netcensus/{} (research census; respects rate limits{contact})", env!("CARGO_PKG_VERSION"))
}

impl Client {
    /// A client that may go where the study says (`named`) and to public hosts, nowhere else.
    pub(crate) fn new(limits: Arc<Limits>, first_delay: Duration, contact: &str, guard: Guard) -> Result<Self> {
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(user_agent(contact))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(redirect::Policy::none())
            .dns_resolver(guard.clone())
            .build()
            .map_err(|e| Error::network("the HTTP client cannot be made").because(e))?;
        Ok(Self { http, limits, guard, first_delay, tokens: HashMap::new() })
    }

    /// The same client with tokens for some addresses. Each goes to its own address only, and with no redirect.
    pub(super) fn signed_in(mut self, tokens: HashMap<String, String>) -> Self {
        let origin = |(address, token): (String, String)| {
            Some((Url::parse(&address).ok()?.origin().ascii_serialization(), token))
        };
        self.tokens = tokens.into_iter().filter_map(origin).collect();
        self
    }

    /// Calls an XRPC query.
    pub(super) async fn call(&self, host: &str, method: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.get(host, &format!("{host}/xrpc/{method}"), query).await
    }

    /// Fetches JSON from `url`, which lies on `host`.
    pub(super) async fn get(&self, host: &str, url: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.page(host, url, query).await.map(|(json, _)| json)
    }

    /// The same with the answer's headers, for hosts that put the way to the next page there.
    pub(super) async fn page(
        &self,
        host: &str,
        url: &str,
        query: &[(&str, &str)],
    ) -> Result<(Value, HeaderMap), Failure> {
        let mut json = Value::Null;
        let read = |body: &[u8]| {
            json = serde_json::from_slice(body).map_err(|_| "an answer that is not JSON")?;
            Ok(())
        };
        let headers = self.fetch(host, url, query, Want::JSON, read).await?;
        Ok((json, headers))
    }

    /// Fetches what `want` says from `url`, which lies on `host`, and gives the headers. `take` is handed each whole answer;
    /// one that it calls unusable is fetched again like any other fault.
    pub(super) async fn fetch(
        &self,
        host: &str,
        url: &str,
        query: &[(&str, &str)],
        want: Want,
        mut take: impl FnMut(&[u8]) -> Result<(), &'static str>,
    ) -> Result<HeaderMap, Failure> {
        let broken = |why: &str| Failure::Broken(why.to_owned());
        let mut url = Url::parse(url).map_err(|_| broken("an address that is none"))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(self.first_delay)
            .with_max_delay(LONGEST_DELAY)
            .with_max_times(RETRIES)
            .with_jitter()
            .build();
        let (mut limited, mut odd) = (0, 0);
        loop {
            let why = match self.follow(host, &url, want, &mut take).await {
                Attempt::Answer(headers) => return Ok(headers),
                Attempt::Over(failure) => return Err(failure),
                Attempt::Limited if limited < LIMITED => {
                    limited += 1;
                    continue;
                }
                Attempt::Limited => return Err(Failure::Broken(format!("{host} kept answering 429"))),
                Attempt::Again(why) => why,
                Attempt::Odd(why) if odd < ODD => {
                    odd += 1;
                    why
                }
                Attempt::Odd(why) => return Err(Failure::Broken(why)),
            };
            match delays.next() {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(Failure::Broken(why)),
            }
        }
    }

    /// One attempt, through redirects.
    async fn follow(
        &self,
        host: &str,
        url: &Url,
        want: Want,
        take: &mut impl FnMut(&[u8]) -> Result<(), &'static str>,
    ) -> Attempt {
        let (mut host, mut url) = (host.to_owned(), url.clone());
        for _ in 0..=REDIRECTS {
            if let Err(why) = self.guard.allows(&url) {
                return Attempt::Over(Failure::Broken(why.to_owned()));
            }
            let pass = match self.limits.turn(&host).await {
                Ok(pass) => pass,
                Err(Denied::Spent) => return Attempt::Over(Failure::Budget),
                Err(Denied::Away(why)) => return Attempt::Over(Failure::Broken(why)),
            };
            match self.attempt(pass, &host, &url, want, take).await {
                Ok(attempt) => return attempt,
                Err(next) => {
                    // The limits go by the name that the study gives a host, where it has one.
                    if next.origin() != url.origin() {
                        host = next.origin().ascii_serialization();
                    }
                    url = next;
                }
            }
        }
        Attempt::Over(Failure::Broken(format!("more than {REDIRECTS} redirects")))
    }

    /// One request; a redirect gives where to go on.
    async fn attempt(
        &self,
        pass: Pass<'_>,
        host: &str,
        url: &Url,
        want: Want,
        take: &mut impl FnMut(&[u8]) -> Result<(), &'static str>,
    ) -> Result<Attempt, Url> {
        let mut request = self.http.get(url.clone()).timeout(want.deadline);
        if let Some(token) = self.tokens.get(&url.origin().ascii_serialization()) {
            request = request.bearer_auth(token);
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(e) if is_inside(&e) => return Ok(Attempt::Over(Failure::Broken(reason(&e)))),
            Err(e) => return Ok(fault(pass, reason(&e), Attempt::Again)),
        };
        let status = response.status().as_u16();
        self.limits.learn(host, status, response.headers());
        if matches!(status, 301 | 302 | 303 | 307 | 308)
            && let Some(next) = target(url, &response)
        {
            pass.answered();
            return Err(next);
        }
        let headers = response.headers().clone();
        // A refusal is short, or nothing that needs to be read.
        let largest = if (200..=299).contains(&status) { want.largest } else { want.largest.min(LARGEST) };
        let body = match read(&mut response, largest).await {
            Ok(body) => body,
            Err(Unread::TooLarge) => {
                let why = format!("an answer larger than {} MiB", largest >> 20);
                return Ok(fault(pass, why, Attempt::Odd));
            }
            Err(Unread::Broken(why)) => return Ok(fault(pass, why, Attempt::Again)),
        };
        Ok(match status {
            200..=299 => match kind_is(&headers, want.kind).map(|()| take(&body)) {
                Err(why) => fault(pass, why, Attempt::Odd),
                Ok(Err(why)) => fault(pass, why.to_owned(), Attempt::Again),
                Ok(Ok(())) => {
                    pass.answered();
                    Attempt::Answer(headers)
                }
            },
            408 | 500..=599 => {
                let (error, message) = said(&body);
                fault(pass, format!("status {status} {error} {message}").trim_end().to_owned(), Attempt::Again)
            }
            _ => {
                pass.answered();
                let (error, message) = said(&body);
                match status {
                    429 => Attempt::Limited,
                    _ => Attempt::Over(Failure::Refused { status, error, message }),
                }
            }
        })
    }
}

/// Tells the host's breaker of a fault.
fn fault(pass: Pass<'_>, why: String, attempt: fn(String) -> Attempt) -> Attempt {
    pass.failed(&why);
    attempt(why)
}

/// Where a redirect leads; none if it says nowhere.
fn target(url: &Url, response: &Response) -> Option<Url> {
    url.join(response.headers().get(header::LOCATION)?.to_str().ok()?).ok()
}

enum Unread {
    TooLarge,
    Broken(String),
}

/// Reads to the end, unless that is too far away.
async fn read(response: &mut Response, largest: usize) -> Result<Vec<u8>, Unread> {
    if response.content_length().is_some_and(|announced| announced > largest as u64) {
        return Err(Unread::TooLarge);
    }
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= largest => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(Unread::TooLarge),
            Ok(None) => return Ok(body),
            Err(e) => return Err(Unread::Broken(reason(&e))),
        }
    }
}

/// Whether the content type is what is wanted; if not, what it is.
fn kind_is(headers: &HeaderMap, kind: &str) -> Result<(), String> {
    let Some(found) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let found = found.to_str().unwrap_or("?").to_ascii_lowercase();
    if found.contains(kind) {
        return Ok(());
    }
    let found: String = found.chars().take(60).collect();
    Err(format!("an answer of the type {found} instead of {kind}"))
}

/// The name and the text of an error in an answer, shortened.
fn said(body: &[u8]) -> (String, String) {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| value[key].as_str().unwrap_or_default().chars().take(200).collect();
    (text("error"), text("message"))
}

/// Whether a name led to where no request may go, which no further attempt changes.
fn is_inside(e: &reqwest::Error) -> bool {
    std::iter::successors(std::error::Error::source(e), |cause| cause.source()).any(|cause| cause.is::<NotPublic>())
}

/// A transport error with its causes, without the address: that would name accounts in logs.
fn reason(e: &reqwest::Error) -> String {
    let mut text = if e.is_timeout() { "timeout".to_owned() } else { "connection failed".to_owned() };
    let mut cause = std::error::Error::source(e);
    while let Some(c) = cause {
        text = format!("{text}: {c}");
        cause = c.source();
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use super::super::stub::Stub;
    use super::*;
    use crate::progress::Progress;

    fn client(budget: u64, named: &[&str]) -> Client {
        let limits = Limits::new(1000, 0, budget, Duration::from_millis(5), Progress::silent());
        limits.grant(budget);
        let guard = Guard::new(named.iter().copied());
        Client::new(Arc::new(limits), Duration::from_millis(1), "ana@example.org", guard).unwrap()
    }

    fn is_broken<T: std::fmt::Debug>(answer: Result<T, Failure>, with: &str) {
        assert!(matches!(&answer, Err(Failure::Broken(why)) if why.contains(with)), "{answer:?}");
    }

    #[tokio::test]
    async fn faults_are_retried_and_refusals_are_not() {
        let stub = Stub::start(|path, nth| match (path, nth) {
            ("/xrpc/ok", 0) => Stub::answer(502, "", "<html>"),
            ("/xrpc/ok", 1) => Stub::cut(),
            ("/xrpc/ok", 2) => Stub::answer(200, "", "{\"a\":"),
            ("/xrpc/ok", 3) => Stub::answer(429, "retry-after: 1\r\n", "{}"),
            ("/xrpc/ok", 4) => Stub::answer(200, "content-type: text/html\r\n", "{\"a\":2}"),
            ("/xrpc/ok", _) => Stub::answer(200, "content-type: application/json\r\n", "{\"a\":1}"),
            ("/xrpc/no", _) => Stub::answer(400, "", "{\"error\":\"AccountTakedown\",\"message\":\"gone\"}"),
            ("/xrpc/html", _) => Stub::answer(200, "content-type: text/html\r\n", "<html>"),
            _ => Stub::answer(503, "", ""),
        });
        let client = client(100, &[&stub.host]);
        let begin = std::time::Instant::now();
        assert_eq!(client.call(&stub.host, "ok", &[]).await, Ok(serde_json::json!({"a": 1})));
        assert!(begin.elapsed() >= Duration::from_secs(1), "the pause was kept");
        assert_eq!(client.limits.spent(), 6);
        let refused = Failure::Refused { status: 400, error: "AccountTakedown".into(), message: "gone".into() };
        assert_eq!(client.call(&stub.host, "no", &[]).await, Err(refused));
        assert_eq!(client.limits.spent(), 7);
        is_broken(client.call(&stub.host, "html", &[]).await, "text/html instead of json");
        assert_eq!(client.limits.spent(), 8 + ODD as u64);
        let broken = client.call(&stub.host, "down", &[]).await;
        assert_eq!(broken, Err(Failure::Broken("status 503".into())));
        assert_eq!(client.limits.spent(), 9 + (ODD + RETRIES) as u64);
    }

    #[tokio::test]
    async fn an_endless_answer_and_a_spent_budget_end() {
        let stub = Stub::start(|path, _| match path {
            // Announced and never sent: only one who trusts the announcement would wait for it.
            "/xrpc/announced" => b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n".to_vec(),
            "/xrpc/bomb" => bomb(),
            "/xrpc/ok" => Stub::answer(200, "", "{}"),
            _ => Stub::answer(200, "", &" ".repeat(LARGEST + 1)),
        });
        let client = client(14, &[&stub.host]);
        client.call(&stub.host, "ok", &[]).await.unwrap();
        let begin = std::time::Instant::now();
        for (n, method) in ["announced", "x", "bomb"].into_iter().enumerate() {
            is_broken(client.call(&stub.host, method, &[]).await, "larger than 8 MiB");
            assert_eq!(client.limits.spent(), (1 + (n + 1) * (ODD + 1)) as u64);
        }
        assert!(begin.elapsed() < SILENCE);
        assert_eq!(client.call(&stub.host, "announced", &[]).await, Err(Failure::Budget));
    }

    /// A few kilobytes that become 64 MiB.
    fn bomb() -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let megabyte = vec![b' '; 1 << 20];
        (0..64).for_each(|_| gzip.write_all(&megabyte).unwrap());
        let body = gzip.finish().unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
        [head.into_bytes(), body].concat()
    }

    #[tokio::test]
    async fn redirects_are_bounded_and_never_lead_inwards() {
        let inside = Stub::start(|_, _| Stub::answer(200, "", "{\"secret\":1}"));
        let to = inside.host.clone();
        let stub = Stub::start(move |path, _| {
            let to = match path {
                "/hop" => "/there".to_owned(),
                "/loop" => "/loop".to_owned(),
                "/inside" => format!("{to}/x"),
                "/metadata" => "http://169.254.169.254/latest".to_owned(),
                "/name" => "https://localhost/x".to_owned(),
                _ => return Stub::answer(200, "", "{\"a\":1}"),
            };
            Stub::answer(302, &format!("location: {to}\r\n"), "")
        });
        let client = client(100, &[&stub.host]);
        let get = async |path: &str| client.get(&stub.host, &format!("{}{path}", stub.host), &[]).await;
        assert_eq!(get("/hop").await, Ok(serde_json::json!({"a": 1})));
        assert_eq!(client.limits.spent(), 2, "each hop is a request");
        is_broken(get("/loop").await, "redirects");
        is_broken(get("/inside").await, "not HTTPS");
        is_broken(get("/metadata").await, "not HTTPS");
        assert!(get("/name").await.is_err());
        assert!(inside.asked.lock().unwrap().is_empty());
        // What the study names itself may be redirected to.
        let client = self::client(100, &[&stub.host, &inside.host]);
        let secret = client.get(&stub.host, &format!("{}/inside", stub.host), &[]).await;
        assert_eq!(secret, Ok(serde_json::json!({"secret": 1})));
    }

    #[tokio::test]
    async fn headers_come_with_the_page_and_the_host_learns_whom_to_write_to() {
        let stub = Stub::start(|_, _| Stub::answer(200, "link: <https://x.example/2>; rel=\"next\"\r\n", "[]"));
        let client = client(10, &[&stub.host]);
        let (json, headers) = client.page(&stub.host, &format!("{}/a", stub.host), &[("b", "c d")]).await.unwrap();
        assert_eq!(json, serde_json::json!([]));
        assert!(headers["link"].to_str().unwrap().contains("next"));
        assert_eq!(*stub.asked.lock().unwrap(), ["/a?b=c+d"]);
        assert!(user_agent("ana@example.org").ends_with("; contact: ana@example.org)"));
        assert!(!user_agent("").contains("contact"));
    }
}
