//! Watching a stream: what accounts do, as they do it, from a firehose or a Jetstream.
//!
//! Events are read, gathered for up to half a second, and committed with the cursor after them; there is no queue but
//! the connection itself, so a host that is faster than the disk has to wait, or closes it, and is asked again from the
//! cursor. What could not be watched is kept as a gap.
//!
//! | module | does |
//! |---|---|
//! | `socket` | one connection |
//! | `firehose`, `jetstream` | messages into events |
//! | `event` | what an event says |
//! | `change` | changed profiles and handles into whole rows |
//! | `ledger` | events into rows, with the cursor; gaps |

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use self::event::Message;
use self::ledger::{Arrived, Ledger};
use self::socket::{Heard, LARGEST, Refusal, Socket};
use super::xrpc::user_agent;
use super::{lock, now, seal};
use crate::progress::Progress;
use crate::rows::Micros;
use crate::study::{Platform, Study};
use crate::work::Work;
use crate::{Error, Result};

pub(crate) mod change;
pub(crate) mod event;
mod firehose;
pub(crate) mod jetstream;
mod ledger;
mod socket;
#[cfg(test)]
mod tests;

/// The streams' part of `work.db`.
pub(crate) const MIGRATION: &str = include_str!("schema.sql");

/// So many events, or bytes of them, are committed together.
const MOST_EVENTS: usize = 500;
const MOST_BYTES: usize = 4 << 20;
/// How long an event waits for others at most.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// How often the loop looks whether it should stop while nothing arrives.
const TICK: Duration = Duration::from_millis(100);
/// So many rows wait at most before they are sealed, and so long.
const SEAL_AT: u64 = 20_000;
const SEAL_AFTER: Duration = Duration::from_secs(600);
/// Between two tries to connect.
const FIRST_DELAY: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// So many tries without an event between them mean that the host is gone: an hour and a half.
const HOPELESS: usize = 100;
/// So many if it was never reached.
const NEVER_THERE: usize = 8;
/// The most gaps that a state names one by one.
const SHOWN_GAPS: usize = 20;

/// Which stream is watched, and whose events are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The host that streams.
    pub host: String,
    /// How it speaks.
    pub protocol: Protocol,
    /// Whose events become rows.
    pub accounts: Accounts,
    /// The dictionary that a Jetstream packs its messages with, a file relative to the study; they come unpacked
    /// where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<std::path::PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: "wss://bsky.network".into(),
            protocol: Protocol::default(),
            accounts: Accounts::default(),
            dictionary: None,
        }
    }
}

/// How a host of streams speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// `com.atproto.sync.subscribeRepos`, of a relay or a PDS: everything, with what proves it.
    #[default]
    Firehose,
    /// Jetstream: JSON, only the collections that rows are made of.
    Jetstream,
}

impl Protocol {
    /// As it stands in `study.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Firehose => "firehose",
            Protocol::Jetstream => "jetstream",
        }
    }
}

/// Whose events become rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accounts {
    /// Those that the crawl knows. Others would come in with a part of their follows only.
    #[default]
    Known,
    /// Everybody's.
    All,
}

/// Where watching begins, and when it ends by itself; else it goes on until it is stopped.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// It ends after so much time.
    pub elapsed: Option<Duration>,
    /// It ends once no event came for so long.
    pub idle: Option<Duration>,
    /// A host that was not watched before is asked for all that it still has, not only for what comes now.
    pub from_start: bool,
}

/// What a run of watching came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Events, of anybody.
    pub events: u64,
    /// Events that a host sent again and that were passed over.
    pub repeated: u64,
    /// Follows that became rows, over all runs.
    pub follows: u64,
    /// Posts that became rows, over all runs.
    pub posts: u64,
    /// Statuses that became rows, over all runs.
    pub statuses: u64,
    /// How often the connection was lost.
    pub reconnects: u64,
    /// Messages that could not be read, over all runs.
    pub unread: u64,
    /// Gaps, over all runs.
    pub gaps: u64,
    /// The number of the last event.
    pub cursor: Option<i64>,
}

/// How far the streams of a study are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// Each host, by name.
    pub hosts: Vec<Watched>,
    /// Events so far, of anybody.
    pub events: u64,
    /// Follows that were taken back. The table of follows keeps them: a stream does not say which they were.
    pub unfollows: u64,
    /// Posts that were deleted. The table of posts keeps them.
    pub deleted_posts: u64,
    /// Messages that could not be read.
    pub unread: u64,
    /// How many gaps there are.
    pub gaps: u64,
    /// The latest of them.
    pub latest_gaps: Vec<Missed>,
}

/// How far a host was watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// The host.
    pub host: String,
    /// The number of the last event.
    pub cursor: i64,
    /// When the first event was, and the last.
    pub since: Micros,
    /// When the last event was.
    pub at: Micros,
}

/// What was not watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Of which host.
    pub host: String,
    /// Why.
    pub reason: String,
    /// Of which account, where it is only one.
    pub account: Option<String>,
    /// The last event before it, and the first behind it.
    pub from_cursor: Option<i64>,
    /// The first event behind it.
    pub to_cursor: Option<i64>,
    /// When it began.
    pub from_at: Option<Micros>,
    /// When it ended.
    pub to_at: Option<Micros>,
}

/// Watches the stream of the study's settings, from where an earlier run stopped.
pub fn watch(study: &mut Study, options: Options, progress: &Progress) -> Result<Summary> {
    let settings = &study.settings.collect.stream;
    let mut stream = Stream::new(study, options, progress)?;
    let _lock = lock(study)?;
    study.work.audit("stream", &format!("started: {} of {}", settings.protocol.name(), settings.host))?;
    seal::mend(&study.work.db, &study.store)?;
    stream.open()?;
    progress.begin(format!("stream: {}", settings.host), None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime
        .map_err(|e| Error::network("the stream cannot be started").because(e))
        .and_then(|runtime| runtime.block_on(stream.run()));
    let sealed = stream.finish();
    progress.end();
    let (events, repeated, reconnects) = (stream.ledger.events, stream.ledger.repeated, stream.reconnects);
    let result = result.and(sealed).and_then(|()| summary(study, events, repeated, reconnects));
    let said = match &result {
        Ok(summary) => serde_json::to_string(summary).unwrap_or_default(),
        Err(e) => format!("stopped: {e}; {events} events"),
    };
    study.work.audit("stream", &said)?;
    result
}

/// How far the streams are; nothing if none was watched.
pub fn state(work: &Work) -> Result<Option<State>> {
    let db = &work.db;
    let mut query = db.prepare("SELECT host, cursor, since, at FROM stream_cursors ORDER BY host")?;
    let row =
        |r: &rusqlite::Row<'_>| Ok(Watched { host: r.get(0)?, cursor: r.get(1)?, since: r.get(2)?, at: r.get(3)? });
    let hosts = query.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
    if hosts.is_empty() {
        return Ok(None);
    }
    let mut query = db.prepare(
        "SELECT host, reason, account, from_cursor, to_cursor, from_at, to_at FROM stream_gaps ORDER BY id DESC LIMIT ?1",
    )?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Missed {
            host: r.get(0)?,
            reason: r.get(1)?,
            account: r.get(2)?,
            from_cursor: r.get(3)?,
            to_cursor: r.get(4)?,
            from_at: r.get(5)?,
            to_at: r.get(6)?,
        })
    };
    let latest_gaps = query.query_map([SHOWN_GAPS], row)?.collect::<Result<Vec<_>, _>>()?;
    Ok(Some(State {
        hosts,
        events: ledger::count(db, "events")?,
        unfollows: ledger::count(db, "unfollows")?,
        deleted_posts: ledger::count(db, "deleted posts")?,
        unread: ledger::count(db, "unread")?,
        gaps: gaps(work)?,
        latest_gaps,
    }))
}

fn gaps(work: &Work) -> Result<u64> {
    Ok(work.db.query_row("SELECT count(*) FROM stream_gaps", [], |r| r.get(0))?)
}

fn summary(study: &Study, events: u64, repeated: u64, reconnects: u64) -> Result<Summary> {
    let db = &study.work.db;
    let host = &study.settings.collect.stream.host;
    let cursor = state(&study.work)?.and_then(|s| s.hosts.into_iter().find(|h| h.host == *host)).map(|h| h.cursor);
    Ok(Summary {
        events,
        repeated,
        follows: ledger::count(db, "follows")?,
        posts: ledger::count(db, "posts")?,
        statuses: ledger::count(db, "statuses")?,
        reconnects,
        unread: ledger::count(db, "unread")?,
        gaps: gaps(&study.work)?,
        cursor,
    })
}

/// The address of the stream, without a cursor.
fn address(settings: &Settings) -> Result<url::Url> {
    let wrong = || {
        Error::usage("study.toml: `collect.stream.host` is not the address of a host of streams").help(
            "write it like wss://bsky.network, or wss://jetstream2.us-east.bsky.network with protocol = \"jetstream\"",
        )
    };
    let mut url = url::Url::parse(&settings.host).map_err(|e| wrong().because(e))?;
    let scheme = match url.scheme() {
        "ws" | "http" => "ws",
        "wss" | "https" => "wss",
        _ => return Err(wrong()),
    };
    if !url.has_host() || url.query().is_some() || url.set_scheme(scheme).is_err() {
        return Err(wrong());
    }
    if matches!(url.path(), "" | "/") {
        url.set_path(match settings.protocol {
            Protocol::Firehose => "/xrpc/com.atproto.sync.subscribeRepos",
            Protocol::Jetstream => "/subscribe",
        });
    }
    if settings.protocol == Protocol::Jetstream {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(jetstream::COLLECTIONS.map(|c| ("wantedCollections", c)));
        if settings.dictionary.is_some() {
            query.append_pair("compress", "true");
        }
    }
    Ok(url)
}

fn read_dictionary(file: &std::path::Path) -> Result<Vec<u8>> {
    let size = file.metadata().map_err(|e| Error::disk(file, e))?.len();
    if size == 0 || size > LARGEST as u64 {
        return Err(Error::usage(format!("{} is no dictionary: it has {size} bytes", file.display())));
    }
    std::fs::read(file).map_err(|e| Error::disk(file, e))
}

/// One run of watching.
pub(crate) struct Stream<'a> {
    study: &'a Study,
    address: url::Url,
    agent: String,
    protocol: Protocol,
    unpack: zstd::bulk::Decompressor<'static>,
    packed: bool,
    ledger: Ledger<'a>,
    progress: &'a Progress,
    options: Options,
    began: Instant,
    /// When an event last came.
    heard: Instant,
    sealed: Instant,
    gathered: Vec<Arrived>,
    bytes: usize,
    /// When the first of those gathered came.
    since: Option<Instant>,
    reconnects: u64,
}

impl<'a> Stream<'a> {
    /// The stream of the study's settings. It must be opened once nobody else collects.
    pub(crate) fn new(study: &'a Study, options: Options, progress: &'a Progress) -> Result<Self> {
        if study.settings.platform != Platform::Atproto {
            return Err(Error::usage("this study is not about the AT Protocol, so there is no stream to watch"));
        }
        let settings = &study.settings.collect.stream;
        let address = address(settings)?;
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let file = settings.dictionary.as_ref().map(|file| study.root().join(file));
        let dictionary = file.map(|file| read_dictionary(&file)).transpose()?;
        Ok(Self {
            study,
            address,
            agent: user_agent(&study.settings.collect.contact),
            protocol: settings.protocol,
            unpack: zstd::bulk::Decompressor::with_dictionary(dictionary.as_deref().unwrap_or_default())
                .map_err(|e| Error::usage("the dictionary of the stream cannot be used").because(e))?,
            packed: dictionary.is_some(),
            ledger: ledger(study, options)?,
            progress,
            options,
            began: Instant::now(),
            heard: Instant::now(),
            sealed: Instant::now(),
            gathered: Vec::new(),
            bytes: 0,
            since: None,
            reconnects: 0,
        })
    }

    /// Begins where an earlier run stopped.
    pub(crate) fn open(&mut self) -> Result<()> {
        self.ledger = ledger(self.study, self.options)?;
        Ok(())
    }

    /// Also after a stop or a failure: what arrived becomes a part of the tables.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.flush().and_then(|()| self.ledger.seal())
    }

    /// Watches until it is over. Dropped at any point, what was gathered is still there.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let (mut delays, mut failures, mut reached) = (delays(), 0, false);
        while !self.over()? {
            let before = self.ledger.events;
            let (why, pause) = match Socket::open(&self.ask(), &self.agent).await {
                Ok(socket) => {
                    let lost = self.listen(socket).await?;
                    let Some(why) = lost else { return Ok(()) };
                    reached = true;
                    self.reconnects += 1;
                    (why, None)
                }
                Err(Refusal::Later(why, pause)) => (why, pause),
                Err(Refusal::Never(why)) => {
                    return Err(Error::network(format!("the stream cannot be had: {why}"))
                        .help("look at collect.stream.host and collect.stream.protocol in study.toml"));
                }
            };
            if self.ledger.events > before {
                (delays, failures) = (self::delays(), 0);
            }
            failures += 1;
            if failures >= if reached { HOPELESS } else { NEVER_THERE } {
                return Err(Error::network(format!("the host of the stream is not there: {why}")));
            }
            if failures > 1 {
                self.progress.note(format!("the stream is interrupted: {why}"));
            }
            let delay = delays.next().unwrap_or(LONGEST_DELAY);
            self.wait(pause.map_or(delay, |pause| pause.max(delay))).await?;
        }
        Ok(())
    }

    /// The address with the cursor to go on from.
    fn ask(&mut self) -> String {
        let mut url = self.address.clone();
        if let Some(cursor) = self.ledger.connect() {
            url.query_pairs_mut().append_pair("cursor", &cursor.to_string());
        }
        url.into()
    }

    /// Listens until the connection is lost, and says why; nothing when it is time to end.
    async fn listen(&mut self, mut socket: Socket) -> Result<Option<String>> {
        loop {
            if self.over()? {
                return Ok(None);
            }
            let message = match socket.next(TICK).await {
                Heard::Text(bytes) => self.text(&bytes),
                Heard::Binary(bytes) => self.binary(&bytes),
                Heard::Nothing => Ok(Message::Other),
                Heard::Lost(why) => {
                    self.flush()?;
                    return Ok(Some(why));
                }
            };
            match message {
                Ok(Message::Event(_) | Message::Other) => (),
                // In their order: what came before still belongs to the old cursor.
                Ok(Message::Outdated) => {
                    self.flush()?;
                    self.ledger.outdated();
                }
                Ok(Message::Ahead) => {
                    self.flush()?;
                    self.ledger.ahead();
                    return Ok(Some("the host counts anew".into()));
                }
                Ok(Message::Refused(why)) => {
                    self.flush()?;
                    return Ok(Some(why));
                }
                Err(reason) => {
                    self.flush()?;
                    self.ledger.unread(reason)?;
                }
            }
            self.flush_if_due()?;
        }
    }

    fn text(&mut self, bytes: &[u8]) -> Result<Message, &'static str> {
        match self.protocol {
            Protocol::Firehose => Err("a text where a frame should be"),
            Protocol::Jetstream => {
                let event = jetstream::read(bytes)?;
                self.gather(event, bytes);
                Ok(Message::Other)
            }
        }
    }

    fn binary(&mut self, bytes: &[u8]) -> Result<Message, &'static str> {
        match self.protocol {
            Protocol::Firehose => match firehose::read(bytes)? {
                Message::Event(event) => {
                    self.gather(event, bytes);
                    Ok(Message::Other)
                }
                other => Ok(other),
            },
            Protocol::Jetstream => {
                let json = self.unpack.decompress(bytes, LARGEST).map_err(|_| {
                    if self.packed {
                        "a message that the dictionary does not unpack"
                    } else {
                        "a packed message that was not asked for"
                    }
                })?;
                self.text(&json)
            }
        }
    }

    fn gather(&mut self, event: event::Event, bytes: &[u8]) {
        let mut hash = [0; 16];
        if self.protocol == Protocol::Jetstream {
            hash.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        }
        self.gathered.push(Arrived { event, hash });
        self.bytes += bytes.len();
        self.heard = Instant::now();
        self.since.get_or_insert(self.heard);
    }

    fn flush_if_due(&mut self) -> Result<()> {
        let waited = self.since.is_some_and(|since| since.elapsed() >= LONGEST_WAIT);
        if waited || self.gathered.len() >= MOST_EVENTS || self.bytes >= MOST_BYTES {
            self.flush()?;
        }
        if self.ledger.pending >= SEAL_AT || (self.ledger.pending > 0 && self.sealed.elapsed() >= SEAL_AFTER) {
            self.ledger.seal()?;
            self.sealed = Instant::now();
        }
        Ok(())
    }

    /// Commits what was gathered.
    fn flush(&mut self) -> Result<()> {
        self.ledger.commit(&self.gathered, now())?;
        self.progress.advance(self.gathered.len() as u64);
        self.gathered.clear();
        (self.bytes, self.since) = (0, None);
        Ok(())
    }

    /// Whether it is time to end; an error if the analyst asked to stop.
    fn over(&self) -> Result<bool> {
        self.progress.check()?;
        let past = |from: Instant, most: Option<Duration>| most.is_some_and(|most| from.elapsed() >= most);
        Ok(past(self.began, self.options.elapsed) || past(self.heard, self.options.idle))
    }

    async fn wait(&self, delay: Duration) -> Result<()> {
        let until = Instant::now() + delay;
        while Instant::now() < until && !self.over()? {
            tokio::time::sleep(TICK.min(until - Instant::now())).await;
        }
        Ok(())
    }
}

fn ledger(study: &Study, options: Options) -> Result<Ledger<'_>> {
    let settings = &study.settings.collect.stream;
    let (db, store) = (&study.work.db, &study.store);
    let ledger = Ledger::open(db, store, &settings.host, settings.protocol, settings.accounts)?;
    Ok(ledger.from_start(options.from_start))
}

fn delays() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_DELAY)
        .with_max_delay(LONGEST_DELAY)
        .without_max_times()
        .with_jitter()
        .build()
}
