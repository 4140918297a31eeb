//! A proxy between the crawl and a real network that does what hosts do to crawlers, and counts what it served.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;

/// Rows a page holds at most, so that lists have several pages.
const PAGE: &str = "limit=5";
/// One request in so many meets a fault, the first times it is asked.
const EVERY: usize = 9;
const GIGABYTE: usize = 1 << 30;

/// What may happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// 429 with `retry-after` in seconds.
    Limited,
    /// 429 with `retry-after` as a date.
    LimitedUntil,
    /// 503 with `retry-after`.
    Unavailable,
    Error,
    Reset,
    /// The connection ends within the answer.
    Cut,
    /// The answer is whole by its length, and broken off within: JSON and CAR.
    Truncated,
    /// The right answer by a wrong name.
    WrongType,
    /// A page for people.
    Html,
    /// The cursor of this very page.
    SameCursor,
    /// The cursor of an earlier page.
    EarlierCursor,
    /// Half an answer, then silence.
    Stall,
    /// An answer that takes minutes, byte by byte.
    Drip,
    /// A gigabyte, announced.
    Huge,
    /// A gigabyte, not announced.
    HugeChunked,
    /// A megabyte that becomes a gigabyte.
    Bomb,
}

impl Fault {
    /// Whether it is of pages alone.
    pub(super) fn paged(self) -> bool {
        matches!(self, Self::SameCursor | Self::EarlierCursor)
    }
}

/// How often each happens at most.
pub(super) const FAULTS: [(Fault, usize); 16] = [
    (Fault::Limited, 6),
    (Fault::Error, 30),
    (Fault::EarlierCursor, 10),
    (Fault::Reset, 30),
    (Fault::Huge, 4),
    (Fault::Truncated, 30),
    (Fault::Stall, 3),
    (Fault::SameCursor, 10),
    (Fault::WrongType, 20),
    (Fault::LimitedUntil, 4),
    (Fault::Bomb, 4),
    (Fault::Cut, 30),
    (Fault::Drip, 2),
    (Fault::Unavailable, 3),
    (Fault::HugeChunked, 4),
    (Fault::Html, 20),
];

/// What the proxies of one crawl have seen.
#[derive(Default)]
pub(super) struct Seen {
    /// Requests that arrived.
    pub(super) requests: usize,
    /// How often each request was served in full.
    pub(super) served: HashMap<String, usize>,
    pub(super) faults: BTreeMap<Fault, usize>,
    /// How long after a host had asked for a pause a request came all the same.
    pub(super) early: Vec<Duration>,
    /// The most bytes of a gigabyte that were taken.
    pub(super) swallowed: usize,
    asked: HashMap<String, usize>,
    cursors: HashMap<String, Vec<String>>,
    next: usize,
}

/// A running proxy in front of one host.
pub(super) struct Proxy {
    pub(super) host: String,
}

struct Front {
    to: String,
    elsewhere: Option<(String, String)>,
    faulty: bool,
    seen: Arc<Mutex<Seen>>,
    /// When a pause was asked for, and until when.
    pause: Mutex<Option<(Instant, Instant)>>,
    bomb: Vec<u8>,
}

impl Proxy {
    /// Starts it before `to`; it ends with the test. In what it answers, the address `elsewhere.0` becomes `elsewhere.1`.
    pub(super) fn start(to: &str, elsewhere: Option<(&str, &str)>, faulty: bool, seen: Arc<Mutex<Seen>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let to = to.trim_start_matches("http://").to_owned();
        let elsewhere = elsewhere.map(|(from, to)| (from.to_owned(), to.to_owned()));
        let front = Front {
            to,
            elsewhere,
            faulty,
            seen,
            pause: Mutex::default(),
            bomb: if faulty { bomb() } else { Vec::new() },
        };
        let front = Arc::new(front);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let front = front.clone();
                // A client that hangs up, or was killed, is no failure.
                std::thread::spawn(move || _ = front.serve(stream.unwrap()));
            }
        });
        Self { host }
    }
}

impl Front {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let Some(path) = request(&stream)? else { return Ok(()) };
        let asked = {
            let mut seen = self.seen.lock().unwrap();
            seen.requests += 1;
            let asked = seen.asked.entry(path.clone()).or_default();
            *asked += 1;
            *asked
        };
        if let Some((since, until)) = *self.pause.lock().unwrap()
            && Instant::now() < until
        {
            self.seen.lock().unwrap().early.push(since.elapsed());
            let left = (until - Instant::now()).as_secs() + 1;
            drain(&mut stream)?;
            return say(&mut stream, 429, &format!("retry-after: {left}\r\n"), b"{}");
        }
        // What came to a fault comes through the third time at the latest.
        let fault = if self.faulty && asked <= 2 { self.draw(&path) } else { None };
        if fault == Some(Fault::Reset) {
            return Ok(()); // Unread data makes it a reset.
        }
        drain(&mut stream)?;
        match fault {
            Some(fault) => self.inject(fault, &path, &mut stream),
            None => {
                let (head, body) = self.upstream(&path)?;
                stream.write_all(&[head.as_bytes(), &body].concat())?;
                self.remember(&path, &body);
                Ok(())
            }
        }
    }

    /// The next fault that fits this request, for one request in so many.
    fn draw(&self, path: &str) -> Option<Fault> {
        let mut seen = self.seen.lock().unwrap();
        seen.next += 1;
        if !seen.next.is_multiple_of(EVERY) {
            return None;
        }
        let from = seen.next / EVERY;
        let paged = path.contains("getFollows") && path.contains("cursor=");
        let fits = |(fault, most): &&(Fault, usize)| {
            seen.faults.get(fault).copied().unwrap_or(0) < *most && (!fault.paged() || paged)
        };
        let (fault, _) = FAULTS.iter().cycle().skip(from % FAULTS.len()).take(FAULTS.len()).find(fits)?;
        *seen.faults.entry(*fault).or_default() += 1;
        Some(*fault)
    }

    fn inject(&self, fault: Fault, path: &str, stream: &mut TcpStream) -> std::io::Result<()> {
        let json = "content-type: application/json\r\n";
        match fault {
            Fault::Limited => {
                self.ask_for(Duration::from_secs(2));
                say(stream, 429, "retry-after: 2\r\n", b"{\"error\":\"RateLimitExceeded\"}")
            }
            Fault::LimitedUntil => {
                let at = Timestamp::from_second(Timestamp::now().as_second() + 3).unwrap();
                self.ask_for(at.duration_since(Timestamp::now()).try_into().unwrap());
                let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT");
                say(stream, 429, &format!("retry-after: {date}\r\n"), b"slow down")
            }
            Fault::Unavailable => {
                self.ask_for(Duration::from_secs(1));
                say(stream, 503, "retry-after: 1\r\n", b"<html>")
            }
            Fault::Error => {
                say(stream, 500, json, b"{\"error\":\"InternalServerError\",\"message\":\"Internal Server Error\"}")
            }
            Fault::Reset => Ok(()),
            Fault::Html => say(stream, 200, "content-type: text/html\r\n", b"<html>Please wait</html>"),
            Fault::WrongType => say(stream, 200, "content-type: text/html\r\n", &self.upstream(path)?.1),
            Fault::Truncated => {
                let (head, body) = self.upstream(path)?;
                let kind = head.lines().find(|l| l.to_ascii_lowercase().starts_with("content-type")).unwrap_or("x: y");
                say(stream, 200, &format!("{kind}\r\n"), &body[..body.len() / 2])
            }
            Fault::Cut => {
                let (head, body) = self.upstream(path)?;
                stream.write_all(head.as_bytes())?;
                stream.write_all(&body[..body.len() / 2])
            }
            Fault::Stall => {
                let (head, body) = self.upstream(path)?;
                stream.write_all(head.as_bytes())?;
                stream.write_all(&body[..body.len() / 2])?;
                // Until the client hangs up.
                _ = stream.read(&mut [0]);
                Ok(())
            }
            Fault::Drip => {
                let (head, body) = self.upstream(path)?;
                stream.write_all(head.as_bytes())?;
                for byte in body {
                    stream.write_all(&[byte])?;
                    std::thread::sleep(Duration::from_secs(1));
                }
                Ok(())
            }
            Fault::SameCursor | Fault::EarlierCursor => {
                let (_, body) = self.upstream(path)?;
                let mut answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let known = self.seen.lock().unwrap().cursors.get(&actor(path)).cloned().unwrap_or_default();
                let cursor = if fault == Fault::SameCursor { cursor(path) } else { known.first().cloned() };
                answer["cursor"] = cursor.into();
                say(stream, 200, json, answer.to_string().as_bytes())
            }
            Fault::Huge => {
                write!(stream, "HTTP/1.1 200 OK\r\n{json}content-length: {GIGABYTE}\r\n\r\n")?;
                self.pour(stream, |stream, piece| stream.write_all(piece))
            }
            Fault::HugeChunked => {
                write!(stream, "HTTP/1.1 200 OK\r\n{json}transfer-encoding: chunked\r\n\r\n")?;
                self.pour(stream, |stream, piece| {
                    write!(stream, "{:x}\r\n", piece.len())?;
                    stream.write_all(piece)?;
                    stream.write_all(b"\r\n")
                })
            }
            Fault::Bomb => say(stream, 200, &format!("{json}content-encoding: gzip\r\n"), &self.bomb),
        }
    }

    fn ask_for(&self, pause: Duration) {
        *self.pause.lock().unwrap() = Some((Instant::now(), Instant::now() + pause));
    }

    /// Sends a gigabyte of spaces until nobody listens.
    fn pour(
        &self,
        stream: &mut TcpStream,
        send: impl Fn(&mut TcpStream, &[u8]) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let (piece, mut sent) = (vec![b' '; 1 << 16], 0);
        while sent < GIGABYTE && send(stream, &piece).is_ok() {
            sent += piece.len();
        }
        let mut seen = self.seen.lock().unwrap();
        seen.swallowed = seen.swallowed.max(sent);
        Ok(())
    }

    /// Head and body of the true answer. HTTP/1.0 keeps servers from sending it in chunks.
    fn upstream(&self, path: &str) -> std::io::Result<(String, Vec<u8>)> {
        let mut up = TcpStream::connect(self.to.replace("localhost", "127.0.0.1"))?;
        write!(up, "GET {} HTTP/1.0\r\nhost: {}\r\n\r\n", path.replace("limit=100", PAGE), self.to)?;
        let mut answer = Vec::new();
        up.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
        let body = answer.split_off(end);
        let body = match &self.elsewhere {
            Some((from, to)) => String::from_utf8(body).unwrap().replace(from, to).into_bytes(),
            None => body,
        };
        let head = String::from_utf8(answer).unwrap();
        let mut lines: Vec<_> = head.trim_end().split("\r\n").map(str::to_owned).collect();
        lines.retain(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
        lines.push(format!("content-length: {}\r\n\r\n", body.len()));
        Ok((lines.join("\r\n"), body))
    }

    /// Notes what was served, and the cursor after it.
    fn remember(&self, path: &str, body: &[u8]) {
        let mut seen = self.seen.lock().unwrap();
        *seen.served.entry(path.to_owned()).or_default() += 1;
        if path.contains("getFollows")
            && let Some(cursor) = serde_json::from_slice::<serde_json::Value>(body).unwrap()["cursor"].as_str()
        {
            seen.cursors.entry(actor(path)).or_default().push(cursor.to_owned());
        }
    }
}

/// The path asked for, with the request left in the socket.
fn request(stream: &TcpStream) -> std::io::Result<Option<String>> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = stream.peek(&mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..n]);
        if text.contains("\r\n\r\n") {
            return Ok(text.split(' ').nth(1).map(str::to_owned));
        }
        if n == 0 {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn drain(stream: &mut TcpStream) -> std::io::Result<()> {
    // Requests here are all smaller than that, and wait already.
    stream.read(&mut vec![0; 1 << 16]).map(|_| ())
}

fn say(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} X\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat())
}

fn parameter(path: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(&format!("http://x{path}")).unwrap();
    url.query_pairs().find(|(k, _)| k == name).map(|(_, v)| v.into_owned())
}

fn actor(path: &str) -> String {
    parameter(path, "actor").unwrap_or_default()
}

fn cursor(path: &str) -> Option<String> {
    parameter(path, "cursor")
}

fn bomb() -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let megabyte = vec![b' '; 1 << 20];
    (0..1024).for_each(|_| gzip.write_all(&megabyte).unwrap());
    gzip.finish().unwrap()
}
