//! One request at a time to a host of the AT Protocol: bounded, patient, and never trusting the answer.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::redirect;
use serde_json::Value;

use super::limit::Limits;
use crate::{Error, Result};

/// The largest answer that is read.
const LARGEST: usize = 8 << 20;
/// How often a request is sent again after a server fault, a timeout or a cut connection.
const RETRIES: usize = 6;
/// How often it is sent again after 429. The host's pause is kept before each.
const LIMITED: usize = 20;
const CONNECT: Duration = Duration::from_secs(10);
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
}

/// The HTTP client of one crawl.
pub(super) struct Client {
    http: reqwest::Client,
    limits: Arc<Limits>,
    first_delay: Duration,
}

/// What one attempt came to.
enum Attempt {
    Answer(Value),
    Refused(Failure),
    Limited,
    Again(String),
}

impl Client {
    pub(super) fn new(limits: Arc<Limits>, first_delay: Duration) -> Result<Self> {
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("netcensus/", env!("CARGO_PKG_VERSION"), " (research census; respects rate limits)"))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .redirect(redirect::Policy::limited(3))
            .build()
            .map_err(|e| Error::network("the HTTP client cannot be made").because(e))?;
        Ok(Self { http, limits, first_delay })
    }

    /// Calls an XRPC query.
    pub(super) async fn call(&self, host: &str, method: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.get(host, &format!("{host}/xrpc/{method}"), query).await
    }

    /// Fetches JSON from `url`, which lies on `host`.
    pub(super) async fn get(&self, host: &str, url: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(self.first_delay)
            .with_max_delay(LONGEST_DELAY)
            .with_max_times(RETRIES)
            .with_jitter()
            .build();
        let mut limited = 0;
        loop {
            if !self.limits.turn(host).await {
                return Err(Failure::Budget);
            }
            match self.attempt(host, url, query).await {
                Attempt::Answer(value) => return Ok(value),
                Attempt::Refused(failure) => return Err(failure),
                Attempt::Limited if limited < LIMITED => limited += 1,
                Attempt::Limited => return Err(Failure::Broken(format!("{host} kept answering 429"))),
                Attempt::Again(why) => match delays.next() {
                    Some(delay) => tokio::time::sleep(delay).await,
                    None => return Err(Failure::Broken(why)),
                },
            }
        }
    }

    async fn attempt(&self, host: &str, url: &str, query: &[(&str, &str)]) -> Attempt {
        let mut response = match self.http.get(url).query(query).send().await {
            Ok(response) => response,
            Err(e) => return Attempt::Again(reason(&e)),
        };
        let status = response.status().as_u16();
        self.limits.learn(host, status, response.headers());
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST => body.extend_from_slice(&chunk),
                Ok(Some(_)) => {
                    return Attempt::Refused(Failure::Broken(format!("an answer larger than {} MiB", LARGEST >> 20)));
                }
                Ok(None) => break,
                Err(e) => return Attempt::Again(reason(&e)),
            }
        }
        judge(status, &body)
    }
}

/// What an answer read to its end comes to.
fn judge(status: u16, body: &[u8]) -> Attempt {
    let json = serde_json::from_slice::<Value>(body);
    match (status, json) {
        (200..=299, Ok(value)) => Attempt::Answer(value),
        (200..=299, Err(_)) => Attempt::Again("an answer that is not JSON".into()),
        (429, _) => Attempt::Limited,
        (408 | 500..=599, json) => {
            let (error, message) = said(&json.unwrap_or_default());
            Attempt::Again(format!("status {status} {error} {message}").trim_end().to_owned())
        }
        (_, json) => {
            let (error, message) = said(&json.unwrap_or_default());
            Attempt::Refused(Failure::Refused { status, error, message })
        }
    }
}

/// The name and the text of an XRPC error, shortened.
fn said(value: &Value) -> (String, String) {
    let text = |key: &str| value[key].as_str().unwrap_or_default().chars().take(200).collect();
    (text("error"), text("message"))
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
    use super::super::stub::Stub;
    use super::*;
    use crate::progress::Progress;

    fn client(budget: u64) -> Client {
        let limits = Limits::new(1000, 0, budget, Progress::silent());
        limits.grant(budget);
        Client::new(Arc::new(limits), Duration::from_millis(1)).unwrap()
    }

    #[tokio::test]
    async fn faults_are_retried_and_refusals_are_not() {
        let stub = Stub::start(|path, nth| match (path, nth) {
            ("/xrpc/ok", 0) => Stub::answer(502, "", "<html>"),
            ("/xrpc/ok", 1) => Stub::cut(),
            ("/xrpc/ok", 2) => Stub::answer(200, "", "{\"a\":"),
            ("/xrpc/ok", 3) => Stub::answer(429, "retry-after: 1\r\n", "{}"),
            ("/xrpc/ok", _) => Stub::answer(200, "", "{\"a\":1}"),
            ("/xrpc/no", _) => Stub::answer(400, "", "{\"error\":\"AccountTakedown\",\"message\":\"gone\"}"),
            _ => Stub::answer(503, "", ""),
        });
        let client = client(100);
        assert_eq!(client.call(&stub.host, "ok", &[]).await, Ok(serde_json::json!({"a": 1})));
        assert_eq!(client.limits.spent(), 5);
        let refused = Failure::Refused { status: 400, error: "AccountTakedown".into(), message: "gone".into() };
        assert_eq!(client.call(&stub.host, "no", &[]).await, Err(refused));
        assert_eq!(client.limits.spent(), 6);
        let broken = client.call(&stub.host, "down", &[]).await;
        assert!(matches!(broken, Err(Failure::Broken(why)) if why == "status 503"));
        assert_eq!(client.limits.spent(), 6 + 1 + RETRIES as u64);
    }

    #[tokio::test]
    async fn an_endless_answer_and_a_spent_budget_end() {
        let stub = Stub::start(|_, _| Stub::answer(200, "", &" ".repeat(LARGEST + 1)));
        let client = client(2);
        let large = client.call(&stub.host, "x", &[]).await;
        assert!(matches!(large, Err(Failure::Broken(why)) if why.contains("larger")));
        assert_eq!(client.limits.spent(), 1);
        let _ = client.call(&stub.host, "x", &[]).await;
        assert_eq!(client.call(&stub.host, "x", &[]).await, Err(Failure::Budget));
    }
}
