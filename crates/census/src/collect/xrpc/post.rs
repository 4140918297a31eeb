//! A request that changes something at its host, such as a report. It is sent again only where it is certain that the host
//! did not take it: no connection was made, or the host said that it wants fewer requests. After anything else that is no
//! answer, nobody can tell whether it was taken, and whoever asked is told so.

use backon::{BackoffBuilder, ExponentialBuilder};
use serde_json::Value;
use url::Url;

use super::{Client, Denied, LARGEST, LIMITED, LONGEST_DELAY, Pass, RETRIES, WHOLE, is_inside, read, reason, said};

/// Why there is no answer to a request that changes something.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// The host answered, and said no.
    Refused { status: u16, error: String, message: String },
    /// It never reached the host.
    NotSent(String),
    /// It may have been taken, or not.
    Unclear(String),
}

/// What is sent.
pub(crate) struct Post<'a> {
    pub(crate) token: Option<&'a str>,
    /// Which service behind the host is meant.
    pub(crate) proxy: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
    /// Whether it does no harm to do it twice: then a fault is tried again, too.
    pub(crate) twice: bool,
}

impl Client {
    /// Calls an XRPC procedure. An answer that says it was done, and nothing that can be read, is null.
    pub(crate) async fn post(&self, host: &str, method: &str, post: &Post<'_>) -> Result<Value, NotDone> {
        let not_sent = |why: &str| NotDone::NotSent(why.to_owned());
        let url = Url::parse(&format!("{host}/xrpc/{method}")).map_err(|_| not_sent("an address that is none"))?;
        self.guard.allows(&url).map_err(not_sent)?;
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(self.first_delay)
            .with_max_delay(LONGEST_DELAY)
            .with_max_times(RETRIES)
            .with_jitter()
            .build();
        let mut limited = 0;
        loop {
            let pass = match self.limits.turn(host).await {
                Ok(pass) => pass,
                Err(Denied::Spent) => return Err(not_sent("the request budget is spent")),
                Err(Denied::Away(why)) => return Err(NotDone::NotSent(why)),
            };
            let failure = match self.post_once(pass, host, &url, post).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let again = match &failure {
                // The pause that the host asked for is kept by the next turn.
                NotDone::Refused { status: 429, .. } if limited < LIMITED => {
                    limited += 1;
                    continue;
                }
                NotDone::Refused { .. } => false,
                NotDone::NotSent(_) => true,
                NotDone::Unclear(_) => post.twice,
            };
            match delays.next().filter(|_| again) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(failure),
            }
        }
    }

    async fn post_once(&self, pass: Pass<'_>, host: &str, url: &Url, post: &Post<'_>) -> Result<Value, NotDone> {
        let mut request = self.http.post(url.clone()).timeout(WHOLE);
        if let Some(token) = post.token {
            request = request.bearer_auth(token);
        }
        if let Some(service) = post.proxy {
            request = request.header("atproto-proxy", service);
        }
        request = match post.body {
            Some(body) => request.json(body),
            None => request.header(reqwest::header::CONTENT_LENGTH, 0),
        };
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(e) => {
                let why = reason(&e);
                pass.failed(&why);
                // Without a connection there was nobody to take it.
                let reached = !(e.is_connect() || e.is_builder() || is_inside(&e));
                return Err(if reached { NotDone::Unclear(why) } else { NotDone::NotSent(why) });
            }
        };
        let status = response.status().as_u16();
        self.limits.learn(host, status, response.headers());
        let body = read(&mut response, LARGEST).await.unwrap_or_default();
        let (error, message) = said(&body);
        match status {
            200..=299 => {
                pass.answered();
                Ok(serde_json::from_slice(&body).unwrap_or_default())
            }
            408 | 500..=599 => {
                let why = format!("status {status} {error} {message}").trim_end().to_owned();
                pass.failed(&why);
                Err(NotDone::Unclear(why))
            }
            // A redirect among them: a request with a password or a report goes where the study says, nowhere else.
            _ => {
                pass.answered();
                Err(NotDone::Refused { status, error, message })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::super::guard::Guard;
    use super::super::super::limit::Limits;
    use super::super::super::stub::Stub;
    use super::*;
    use crate::progress::Progress;

    fn client(host: &str) -> Client {
        let limits = Limits::new(1000, 0, 100, Duration::from_millis(5), Progress::silent());
        limits.grant(100);
        Client::new(Arc::new(limits), Duration::from_millis(1), "", Guard::new([host])).unwrap()
    }

    async fn posted(client: &Client, host: &str, method: &str, twice: bool) -> Result<Value, NotDone> {
        client.post(host, method, &Post { token: None, proxy: None, body: None, twice }).await
    }

    #[tokio::test]
    async fn what_may_have_been_taken_is_not_sent_again() {
        let stub = Stub::start(|path, nth| match (path, nth) {
            ("/xrpc/busy", 0) => Stub::answer(429, "retry-after: 1\r\n", "{}"),
            ("/xrpc/cut", _) => Stub::cut(),
            ("/xrpc/gone", _) => Vec::new(),
            ("/xrpc/broken" | "/xrpc/broken-twice", 0) => Stub::answer(502, "", "{\"error\":\"UpstreamFailure\"}"),
            ("/xrpc/no", _) => Stub::answer(403, "", "{\"error\":\"Forbidden\",\"message\":\"no\"}"),
            ("/xrpc/elsewhere", _) => Stub::answer(307, "location: http://127.0.0.1:1/\r\n", ""),
            _ => Stub::answer(200, "", "{\"id\":1}"),
        });
        let client = client(&stub.host);
        let done = serde_json::json!({"id": 1});
        let host = stub.host.as_str();
        assert_eq!(posted(&client, host, "busy", false).await, Ok(done.clone()));
        assert_eq!(posted(&client, host, "cut", false).await, Ok(Value::Null), "it said that it was done");
        assert!(matches!(posted(&client, host, "gone", false).await, Err(NotDone::Unclear(_))));
        assert!(
            matches!(posted(&client, host, "broken", false).await, Err(NotDone::Unclear(why)) if why.contains("Upstream"))
        );
        assert_eq!(posted(&client, host, "broken-twice", true).await, Ok(done));
        assert!(matches!(posted(&client, host, "no", true).await, Err(NotDone::Refused { status: 403, .. })));
        assert!(matches!(posted(&client, host, "elsewhere", true).await, Err(NotDone::Refused { status: 307, .. })));
        let asked = stub.asked.lock().unwrap().clone();
        let times = |path: &str| asked.iter().filter(|p| p.as_str() == format!("/xrpc/{path}")).count();
        assert_eq!(
            ["busy", "cut", "gone", "broken", "broken-twice", "no", "elsewhere"].map(times),
            [2, 1, 1, 1, 2, 1, 1]
        );
    }

    #[tokio::test]
    async fn without_a_connection_nothing_was_sent() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let host = format!("http://{nobody}");
        assert!(matches!(posted(&client(&host), &host, "report", false).await, Err(NotDone::NotSent(_))));
        let elsewhere = posted(&client(&host), "http://127.0.0.1:1", "report", false).await;
        assert_eq!(elsewhere, Err(NotDone::NotSent("an address that is not HTTPS".into())));
    }
}
