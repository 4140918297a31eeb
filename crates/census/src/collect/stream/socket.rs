//! A WebSocket to a host: bounded in time and size, answering pings, asking for a sign of life when nothing comes.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{RETRY_AFTER, USER_AGENT};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error as Fault, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// The largest message that is taken: a commit is at most 2 MB, and some hosts allow 5.
pub(super) const LARGEST: usize = 8 << 20;
/// A connection must stand by then.
const CONNECT: Duration = Duration::from_secs(20);
/// After such a silence the host is asked for a sign of life, and after twice as much the connection is given up.
const SILENT: Duration = Duration::from_secs(30);
/// The longest pause that a host may ask for.
const LONGEST_PAUSE: u64 = 600;

/// An open connection.
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// When anything last came.
    heard: Instant,
    asked: bool,
}

/// Why there is no connection.
pub(super) enum Refusal {
    /// Not now; after a pause if the host said so.
    Later(String, Option<Duration>),
    /// Not ever: the address is wrong, or the host will not have it.
    Never(String),
}

/// What came.
pub(super) enum Heard {
    Text(Bytes),
    Binary(Bytes),
    /// Nothing, for the time given.
    Nothing,
    /// The connection is over.
    Lost(String),
}

impl Socket {
    pub(super) async fn open(address: &str, agent: &str) -> Result<Self, Refusal> {
        let mut request = address.into_client_request().map_err(|e| Refusal::Never(e.to_string()))?;
        let agent = HeaderValue::from_str(agent).map_err(|e| Refusal::Never(e.to_string()))?;
        request.headers_mut().insert(USER_AGENT, agent);
        let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
        match timeout(CONNECT, connect_async_with_config(request, Some(config), false)).await {
            Ok(Ok((stream, _))) => Ok(Self { stream, heard: Instant::now(), asked: false }),
            Ok(Err(Fault::Http(answer))) => {
                let status = answer.status();
                let why = format!("the host answers {status}");
                if matches!(status.as_u16(), 408 | 429 | 500..=599) {
                    let seconds = answer.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
                    let pause = seconds.map(|s: u64| Duration::from_secs(s.min(LONGEST_PAUSE)));
                    Err(Refusal::Later(why, pause))
                } else {
                    Err(Refusal::Never(why))
                }
            }
            Ok(Err(e @ (Fault::Url(_) | Fault::HttpFormat(_)))) => Err(Refusal::Never(e.to_string())),
            Ok(Err(e)) => Err(Refusal::Later(e.to_string(), None)),
            Err(_) => Err(Refusal::Later("the connection took too long".into(), None)),
        }
    }

    /// The next message, or nothing within `wait`.
    pub(super) async fn next(&mut self, wait: Duration) -> Heard {
        match timeout(wait, self.stream.next()).await {
            Ok(Some(Ok(message))) => {
                (self.heard, self.asked) = (Instant::now(), false);
                match message {
                    Message::Text(text) => Heard::Text(text.into()),
                    Message::Binary(bytes) => Heard::Binary(bytes),
                    Message::Close(why) => {
                        let why = why.map(|f| format!(": {} {}", f.code, f.reason)).unwrap_or_default();
                        Heard::Lost(format!("the host closed the connection{why}").trim_end().to_owned())
                    }
                    // Pings are answered by the library.
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Heard::Nothing,
                }
            }
            Ok(Some(Err(e))) => Heard::Lost(e.to_string()),
            Ok(None) => Heard::Lost("the connection ended".into()),
            Err(_) => self.silence().await,
        }
    }

    async fn silence(&mut self) -> Heard {
        let silent = self.heard.elapsed();
        if silent >= 2 * SILENT {
            return Heard::Lost("the host gave no sign of life".into());
        }
        if silent >= SILENT && !self.asked {
            self.asked = true;
            let sent = timeout(SILENT, self.stream.send(Message::Ping(Bytes::new()))).await;
            if !matches!(sent, Ok(Ok(()))) {
                return Heard::Lost("the host takes nothing any more".into());
            }
        }
        Heard::Nothing
    }
}
