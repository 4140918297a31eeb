//! A tiny HTTP server for tests: canned answers on loopback.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// Answers until the test ends.
pub(crate) struct Stub {
    /// `http://127.0.0.1:PORT`
    pub(crate) host: String,
    /// Every path with its query, in the order asked.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// `answer` gets the path with its query, and how often that was asked before.
    pub(crate) fn start(answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer, seen) = (asked.clone(), Arc::new(answer), Arc::new(Mutex::new(HashMap::new())));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answer, seen) = (log.clone(), answer.clone(), seen.clone());
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    let first = lines.next().unwrap().unwrap();
                    for line in lines {
                        if line.unwrap().is_empty() {
                            break;
                        }
                    }
                    let path = first.split(' ').nth(1).unwrap().to_owned();
                    let nth = {
                        let mut seen = seen.lock().unwrap();
                        let n: &mut usize = seen.entry(path.clone()).or_default();
                        *n += 1;
                        *n - 1
                    };
                    log.lock().unwrap().push(path.clone());
                    // The client may hang up on a large answer; that is its right.
                    let _ = stream.write_all(&answer(&path, nth));
                });
            }
        });
        Self { host, asked }
    }

    /// A whole answer; `headers` end in CRLF each.
    pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
        format!("HTTP/1.1 {status} X\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    }

    /// An answer that breaks off.
    pub(crate) fn cut() -> Vec<u8> {
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":".to_vec()
    }
}
