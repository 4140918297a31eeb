//! A report to an Ozone moderation service, through the server of the account that reports, as any client makes one:
//!
//! ```text
//! POST {pds}/xrpc/com.atproto.server.createSession        with an app password
//! POST {pds}/xrpc/com.atproto.moderation.createReport     atproto-proxy: {labeler}#atproto_labeler
//! POST {pds}/xrpc/com.atproto.server.deleteSession
//! ```
//!
//! The password comes from the environment, and is in no file, no log and no error.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use url::{Host, Url};

use super::{SendAs, Settings};
use crate::collect::answers::is_did;
use crate::collect::guard::Guard;
use crate::collect::limit::Limits;
use crate::collect::whole;
use crate::collect::xrpc::{Client, NotDone, Post};
use crate::progress::Progress;
use crate::study;
use crate::{Error, Result};

const HANDLE: &str = "NETCENSUS_OZONE_HANDLE";
const PASSWORD: &str = "NETCENSUS_OZONE_PASSWORD";
/// Before a request is tried again, at first.
const FIRST_DELAY: Duration = Duration::from_millis(500);
/// How long a host that fails is first left alone.
const FIRST_BREAK: Duration = Duration::from_secs(10);
/// Requests for one account, at most: retries, pauses, a session made anew.
const REQUESTS: u64 = 32;

/// Whose account reports.
pub struct Credentials {
    handle: String,
    password: String,
}

/// Nothing of it is ever printed.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// From `NETCENSUS_OZONE_HANDLE` and `NETCENSUS_OZONE_PASSWORD`.
    pub fn from_environment() -> Result<Self> {
        let get = |name: &str| std::env::var(name).map_err(|_| missing(name));
        Self::new(get(HANDLE)?, get(PASSWORD)?)
    }

    /// The password must be an app password: it can be taken back, and cannot move or delete the account.
    pub fn new(handle: String, password: String) -> Result<Self> {
        let sound = |text: &str| !text.is_empty() && text.len() <= 253 && text.bytes().all(|b| b.is_ascii_graphic());
        let handle = handle.trim().trim_start_matches('@').to_owned();
        if !sound(&handle) {
            return Err(missing(HANDLE));
        }
        let group = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if password.split('-').count() != 4 || !password.split('-').all(group) {
            return Err(Error::usage(format!("{PASSWORD} does not hold an app password"))
                .help("make one in the account's settings; it looks like abcd-efgh-ijkl-mnop. Never use the account's own password"));
        }
        Ok(Self { handle, password })
    }
}

fn missing(name: &str) -> Error {
    Error::usage(format!("{name} does not say who reports"))
        .help(format!("set {HANDLE} and {PASSWORD} (an app password) in the environment, nowhere else"))
}

/// The address of a server that a password may go to: over HTTPS, or on this machine.
pub(super) fn host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let home = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    let plain = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    (plain && (url.scheme() == "https" || (url.scheme() == "http" && home)))
        .then(|| address.trim_end_matches('/').to_owned())
}

/// What became of a report.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The service has it, under this number where it said so.
    Taken(Option<String>),
    /// It has it not.
    NotTaken(String),
    /// Nobody knows.
    Unclear(String),
}

/// A session at the account's server.
pub(super) struct Session<'a> {
    client: Client,
    host: String,
    did: String,
    access: String,
    refresh: String,
    settings: &'a study::Settings,
    secret: String,
}

impl<'a> Session<'a> {
    /// Signs in.
    pub(super) async fn begin(
        settings: &'a study::Settings,
        credentials: &Credentials,
        accounts: u64,
        progress: &Progress,
    ) -> Result<Self> {
        let of = &settings.hand_over;
        let named = if of.pds.is_empty() { &settings.collect.pds } else { &of.pds };
        let pds = host(named).ok_or_else(|| {
            Error::usage("study.toml does not say where the account that reports is")
                .help("set pds below [hand_over] to the address of its server, with https")
        })?;
        let budget = REQUESTS.saturating_mul(accounts.saturating_add(4));
        let rate = settings.collect.requests_per_second;
        let limits = Limits::new(rate, 0, budget, FIRST_BREAK, progress.clone());
        limits.grant(budget);
        let guard = Guard::new([pds.as_str()]);
        let client = Client::new(Arc::new(limits), FIRST_DELAY, &settings.collect.contact, guard.clone())?;
        let body = json!({"identifier": credentials.handle, "password": credentials.password});
        let post = Post { token: None, proxy: None, body: Some(&body), twice: true };
        let answer = client.post(&pds, "com.atproto.server.createSession", &post).await.map_err(not_signed_in)?;
        let text = |key: &str| answer[key].as_str().filter(|t| !t.is_empty() && t.len() <= 8192).map(str::to_owned);
        let (Some(did), Some(access), Some(refresh)) =
            (text("did").filter(|did| is_did(did)), text("accessJwt"), text("refreshJwt"))
        else {
            return Err(Error::data("the account's server signed it in without a session"));
        };
        // An entrance such as bsky.social signs in for many servers; the account's own is named beside.
        let own = whole::pds(&answer["didDoc"]).and_then(host);
        let own = own.filter(|own| Url::parse(own).is_ok_and(|url| guard.allows(&url).is_ok()));
        let host = own.unwrap_or(pds);
        Ok(Self { client, host, did, access, refresh, settings, secret: credentials.password.clone() })
    }

    /// Reports one account.
    pub(super) async fn report(&mut self, account: &str, reason: &str) -> Outcome {
        let (method, body) = self.request(account, reason);
        let service = format!("{}#atproto_labeler", self.settings.hand_over.labeler);
        let mut refreshed = false;
        loop {
            let post = Post { token: Some(&self.access), proxy: Some(&service), body: Some(&body), twice: false };
            match self.client.post(&self.host, method, &post).await {
                Ok(answer) => return Outcome::Taken(answer["id"].as_u64().map(|id| id.to_string())),
                // The service knows it by the number that netcensus gave it.
                Err(NotDone::Refused { error, .. }) if error == "DuplicateExternalId" => return Outcome::Taken(None),
                // Whoever has no valid token was not let in, so nothing was taken.
                Err(NotDone::Refused { error, .. }) if error == "ExpiredToken" && !refreshed => {
                    refreshed = true;
                    if let Err(why) = self.renew().await {
                        return Outcome::NotTaken(why);
                    }
                }
                Err(failure) => return self.outcome(failure),
            }
        }
    }

    /// The one place that says what is asked of a service. Nothing here acts on an account.
    fn request(&self, account: &str, reason: &str) -> (&'static str, Value) {
        let Settings { labeler, reason: kind, send_as, .. } = &self.settings.hand_over;
        let subject = json!({"$type": "com.atproto.admin.defs#repoRef", "did": account});
        let contact = match self.settings.collect.contact.as_str() {
            "" => String::new(),
            contact => format!(" Contact: {contact}"),
        };
        let text = format!(
            "{reason}\n\n[Reported with netcensus: at least two coders agreed, and a person looked at the account and \
             confirmed this report.{contact}]"
        );
        let tool = json!({"name": concat!("netcensus/", env!("CARGO_PKG_VERSION"))});
        let event = match send_as {
            SendAs::Report => {
                let body = json!({"reasonType": kind, "reason": text, "subject": subject, "modTool": tool});
                return ("com.atproto.moderation.createReport", body);
            }
            SendAs::ModeratorReport => {
                json!({"$type": "tools.ozone.moderation.defs#modEventReport", "reportType": kind, "comment": text})
            }
            SendAs::Comment => json!({"$type": "tools.ozone.moderation.defs#modEventComment", "comment": text}),
        };
        // The service takes one event of a kind under this name, so that even what is sent again is there once.
        let mut hasher = blake3::Hasher::new();
        for part in [self.settings.name.as_str(), labeler, account] {
            hasher.update(part.as_bytes()).update(&[0]);
        }
        let name = format!("netcensus-{}", &hasher.finalize().to_hex()[..24]);
        let body =
            json!({"event": event, "subject": subject, "createdBy": self.did, "modTool": tool, "externalId": name});
        ("tools.ozone.moderation.emitEvent", body)
    }

    async fn renew(&mut self) -> Result<(), String> {
        let post = Post { token: Some(&self.refresh), proxy: None, body: None, twice: false };
        let answer = match self.client.post(&self.host, "com.atproto.server.refreshSession", &post).await {
            Ok(answer) => answer,
            Err(failure) => return Err(format!("the session ended: {}", self.words(&failure))),
        };
        match (answer["accessJwt"].as_str(), answer["refreshJwt"].as_str()) {
            (Some(access), Some(refresh)) if access.len() <= 8192 && refresh.len() <= 8192 => {
                (self.access, self.refresh) = (access.to_owned(), refresh.to_owned());
                Ok(())
            }
            _ => Err("the session ended".into()),
        }
    }

    /// Signs out; says why where that fails. A session ends by itself, later.
    pub(super) async fn end(self) -> Option<String> {
        let post = Post { token: Some(&self.refresh), proxy: None, body: None, twice: false };
        let ended = self.client.post(&self.host, "com.atproto.server.deleteSession", &post).await;
        ended.err().map(|failure| self.words(&failure))
    }

    fn outcome(&self, failure: NotDone) -> Outcome {
        let words = self.words(&failure);
        match failure {
            NotDone::Refused { .. } | NotDone::NotSent(_) => Outcome::NotTaken(words),
            NotDone::Unclear(_) => Outcome::Unclear(words),
        }
    }

    /// For a person, without what a server might have sent back of the secrets.
    fn words(&self, failure: &NotDone) -> String {
        let words = match failure {
            NotDone::Refused { status, error, message } => format!("status {status} {error} {message}"),
            NotDone::NotSent(why) | NotDone::Unclear(why) => why.clone(),
        };
        let secrets = [&self.secret, &self.access, &self.refresh];
        // Messages are cut, so a part of a token may stand at the end.
        let part = |secret: &str| secret.chars().take(40).collect::<String>();
        let hidden = secrets.iter().fold(words, |text, secret| text.replace(&part(secret), "(hidden)"));
        hidden.chars().filter(|c| !c.is_control()).collect::<String>().trim_end().to_owned()
    }
}

/// Of a server's answer to a password only the name of the error is told.
fn not_signed_in(failure: NotDone) -> Error {
    match failure {
        NotDone::Refused { error, .. } if error == "AuthFactorTokenRequired" => {
            Error::usage("the account's server wants a second factor, as it does for the account's own password")
                .help(format!("put an app password into {PASSWORD}"))
        }
        NotDone::Refused { status, .. } => {
            Error::usage(format!("the account's server does not let it in (status {status})"))
                .help(format!("look at {HANDLE} and {PASSWORD}, and at pds below [hand_over] in study.toml"))
        }
        NotDone::NotSent(why) | NotDone::Unclear(why) => {
            Error::network("the account's server cannot be reached; nothing was reported").because(why)
        }
    }
}
