//! One request: name, connection, encryption, headers, a bounded first page; each with a deadline of its own, so that
//! what failed is known.
//!
//! Written on hyper's connection and not on a client that does all of it at once: which of the four failed is the answer
//! that is wanted. HTTP/1.1 only, one connection a request, nothing is kept, no cookie is sent back.

use std::future::Future;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::address::{No, Rule};
use super::state::State;

/// Bytes of a page that are read, packed or not.
pub(super) const PAGE: usize = 256 << 10;
/// Bytes of a machine-readable file.
pub(super) const FILE: usize = 64 << 10;
/// Bytes of headers, and how many.
const HEADERS: usize = 32 << 10;
const MOST_HEADERS: usize = 128;

/// Sends requests under one study's rule.
pub(super) struct Fetcher {
    rule: Rule,
    tls: Arc<ClientConfig>,
    agent: HeaderValue,
    /// For a name, a connection, encryption, headers, and a page, each.
    patience: Duration,
}

/// An answer's headers, and as much of the page as is wanted.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) ip: IpAddr,
    /// What was read of the page, unpacked.
    pub(super) page: Vec<u8>,
    /// Why that is not all.
    pub(super) cut: Option<&'static str>,
}

/// Which answers' pages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Text that is no redirect.
    Page,
    /// A file for machines.
    File,
}

impl Want {
    fn largest(self) -> usize {
        match self {
            Want::Page => PAGE,
            Want::File => FILE,
        }
    }

    fn accept(self) -> &'static str {
        match self {
            Want::Page => "text/html,application/xhtml+xml;q=0.9,text/plain;q=0.5",
            Want::File => "application/json,text/plain;q=0.8",
        }
    }

    /// Pictures, films and programs are never read.
    fn reads(self, status: u16, headers: &HeaderMap) -> bool {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("text/html");
        let kind = kind.trim_start().to_ascii_lowercase();
        let known = match self {
            Want::Page => ["text/html", "application/xhtml", "text/plain"].iter().any(|k| kind.starts_with(k)),
            Want::File => kind.contains("json") || kind.starts_with("text/plain") || kind.starts_with("text/html"),
        };
        known && !(300..400).contains(&status)
    }
}

impl Fetcher {
    pub(super) fn new(rule: Rule, tls: Arc<ClientConfig>, agent: HeaderValue, patience: Duration) -> Self {
        Self { rule, tls, agent, patience }
    }

    /// Whether an address may be asked.
    pub(super) fn allows(&self, url: &Url) -> Result<(), String> {
        self.rule.allows(url)
    }

    /// Sends one request. Ends within five times the patience, whatever the other side does.
    pub(super) async fn get(&self, url: &Url, want: Want) -> Result<Answer, No> {
        self.rule.allows(url).map_err(|why| No { state: State::NotPublic, why })?;
        let addresses = self.rule.resolve(url, self.patience).await?;
        let (stream, address) = self.connect(&addresses).await?;
        if url.scheme() == "https" {
            let stream = self.encrypt(url, stream).await?;
            self.exchange(url, stream, address, want).await
        } else {
            self.exchange(url, stream, address, want).await
        }
    }

    /// Connects to the first of the addresses that answers; all of them together get the patience.
    async fn connect(&self, addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), No> {
        let mut last = no(State::Unreachable, "nothing answers in time");
        let share = self.patience / addresses.len().max(1) as u32;
        for address in addresses {
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok((stream, *address)),
                Ok(Err(e)) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
                    last = no(State::Refused, "the port is closed");
                }
                Ok(Err(e)) => last = no(State::Unreachable, &format!("no connection: {}", e.kind())),
                Err(_) => (),
            }
        }
        Err(last)
    }

    async fn encrypt(&self, url: &Url, stream: TcpStream) -> Result<TlsStream<TcpStream>, No> {
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.trim_end_matches('.').to_owned()).ok(),
            Some(Host::Ipv4(ip)) => Some(ServerName::from(IpAddr::from(ip))),
            Some(Host::Ipv6(ip)) => Some(ServerName::from(IpAddr::from(ip))),
            None => None,
        };
        let name = name.ok_or_else(|| no(State::TlsFailed, "a name that no certificate can have"))?;
        let shaken = TlsConnector::from(self.tls.clone()).connect(name, stream);
        match tokio::time::timeout(self.patience, shaken).await {
            Err(_) => Err(no(State::TlsFailed, "no encrypted connection in time")),
            Ok(Err(e)) => Err(untrusted(&e)),
            Ok(Ok(stream)) => Ok(stream),
        }
    }

    async fn exchange<S>(&self, url: &Url, stream: S, address: SocketAddr, want: Want) -> Result<Answer, No>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = http1::Builder::new();
        builder.max_headers(MOST_HEADERS).max_header_size(HEADERS).max_buf_size(HEADERS);
        let shaken = builder.handshake::<_, Empty<Bytes>>(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|e| broken(&e))?;
        // The connection works while its answer is read, and ends with it.
        let mut connection: BoxFuture<'_, ()> = Box::pin(async move { drop(connection.await) });
        let request = self.request(url, want)?;
        let sent = alongside(&mut connection, sender.send_request(request));
        let response = match tokio::time::timeout(self.patience, sent).await {
            Err(_) => return Err(no(State::Slow, "no headers in time")),
            Ok(answer) => answer.map_err(|e| broken(&e))?,
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut answer = Answer { status, headers, ip: address.ip(), page: Vec::new(), cut: None };
        if want.reads(status, &answer.headers) {
            let (packed, cut) = alongside(&mut connection, self.read(response, want.largest())).await;
            (answer.page, answer.cut) = unpack(packed, &answer.headers, want.largest());
            answer.cut = answer.cut.or(cut);
        }
        Ok(answer)
    }

    fn request(&self, url: &Url, want: Want) -> Result<Request<Empty<Bytes>>, No> {
        let odd = |_| no(State::Broken, "an address that no request can hold");
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
        Request::get(if path.is_empty() { "/" } else { path })
            .header(header::HOST, host)
            .header(header::USER_AGENT, &self.agent)
            .header(header::ACCEPT, want.accept())
            .header(header::ACCEPT_ENCODING, "gzip")
            .header(header::CONNECTION, "close")
            .body(Empty::new())
            .map_err(odd)
    }

    /// As much of the body as is wanted, and why that is not all.
    async fn read(&self, response: Response<Incoming>, largest: usize) -> (Vec<u8>, Option<&'static str>) {
        let mut body = response.into_body();
        let mut read = Vec::new();
        let until = Instant::now() + self.patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, body.frame()).await {
                Err(_) => return (read, Some("slow")),
                Ok(None) => return (read, None),
                Ok(Some(Err(_))) => return (read, Some("cut off")),
                Ok(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else { continue };
                    let room = largest - read.len();
                    read.extend_from_slice(&data[..data.len().min(room)]);
                    if data.len() > room || read.len() == largest {
                        return (read, Some("large"));
                    }
                }
            }
        }
    }
}

/// Waits for `work` while the connection that it needs goes on.
async fn alongside<T>(connection: &mut BoxFuture<'_, ()>, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = &mut *connection, if open => open = false,
        }
    }
}

/// Unpacks no more than is wanted, whatever it claims to be.
fn unpack(packed: Vec<u8>, headers: &HeaderMap, largest: usize) -> (Vec<u8>, Option<&'static str>) {
    let encoding = header_text(headers, header::CONTENT_ENCODING).unwrap_or_default().to_ascii_lowercase();
    match encoding.trim() {
        "" | "identity" => (packed, None),
        "gzip" | "x-gzip" => {
            let (mut page, mut piece) = (Vec::new(), vec![0; 16 << 10]);
            let mut reader = flate2::read::MultiGzDecoder::new(packed.as_slice());
            loop {
                match reader.read(&mut piece) {
                    Ok(0) => return (page, None),
                    // What was read until then may still say something.
                    Err(_) => return (page, Some("badly packed")),
                    Ok(n) => {
                        let room = largest - page.len();
                        page.extend_from_slice(&piece[..n.min(room)]);
                        if n > room || page.len() == largest {
                            return (page, Some("large"));
                        }
                    }
                }
            }
        }
        // We asked for none of these.
        _ => (Vec::new(), Some("packed in an unknown way")),
    }
}

/// A header as text.
pub(super) fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn no(state: State, why: &str) -> No {
    No { state, why: why.to_owned() }
}

fn broken(e: &hyper::Error) -> No {
    // The library tells this case only in words.
    if e.is_parse() && e.to_string().contains("head is too large") {
        no(State::Broken, "headers too large")
    } else if e.is_parse() {
        no(State::Broken, "no HTTP")
    } else {
        no(State::Broken, "the connection was closed without an answer")
    }
}

/// What is wrong with an encrypted connection.
fn untrusted(e: &std::io::Error) -> No {
    use CertificateError as Bad;
    let inner = e.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(bad)) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => no(State::CertificateExpired, "the certificate is over"),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                no(State::CertificateName, "the certificate is another site's")
            }
            Bad::UnknownIssuer => no(State::CertificateUntrusted, "nobody who is trusted vouches for the certificate"),
            Bad::Revoked => no(State::CertificateInvalid, "the certificate was revoked"),
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                no(State::CertificateInvalid, "the certificate does not hold yet")
            }
            // A certificate that signs itself and is no authority is told so in other words.
            Bad::Other(_) => no(State::CertificateUntrusted, "the certificate is not fit for a site"),
            _ => no(State::CertificateInvalid, "the certificate is not sound"),
        },
        _ => no(State::TlsFailed, "no encrypted connection comes about"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(&vec![0; 50 << 20]).unwrap();
        let bomb = packer.finish().unwrap();
        assert!(bomb.len() < PAGE);
        let gzip = headers(header::CONTENT_ENCODING, "gzip");
        let (page, cut) = unpack(bomb, &gzip, PAGE);
        assert_eq!((page.len(), cut), (PAGE, Some("large")));
        assert_eq!(unpack(b"no gzip".to_vec(), &gzip, PAGE), (Vec::new(), Some("badly packed")));
        let strange = headers(header::CONTENT_ENCODING, "br");
        assert_eq!(unpack(b"x".to_vec(), &strange, PAGE).1, Some("packed in an unknown way"));
    }

    #[test]
    fn media_are_not_read() {
        let reads = |kind| Want::Page.reads(200, &headers(header::CONTENT_TYPE, kind));
        assert!(reads("text/html; charset=utf-8") && reads("TEXT/HTML") && reads("text/plain"));
        assert!(!reads("image/png") && !reads("video/mp4") && !reads("application/octet-stream"));
        assert!(!Want::Page.reads(302, &headers(header::CONTENT_TYPE, "text/html")));
    }
}
