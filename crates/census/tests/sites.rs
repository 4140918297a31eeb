//! Sites as they live and as they attack: servers on this machine, each on a name that only the study knows.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use netcensus::progress::Progress;
use netcensus::sites::{self, Round, State};
use netcensus::study::{Platform, Settings, Study};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

type Handler = dyn Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync;

/// A server on loopback; gone when dropped.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Server {
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(handler: impl Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static) -> Server {
    serve_with(None, handler)
}

/// `handler` gets the path that is asked for.
fn serve_with(
    tls: Option<Arc<ServerConfig>>,
    handler: impl Fn(&str, &mut dyn Write) -> io::Result<()> + Send + Sync + 'static,
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, stop, handler): (Arc<Mutex<Vec<String>>>, Arc<AtomicBool>, Arc<Handler>) =
        (Arc::default(), Arc::default(), Arc::new(handler));
    let (heads, stopped) = (asked.clone(), stop.clone());
    let thread = std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            let Ok((stream, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            };
            let (tls, handler, heads) = (tls.clone(), handler.clone(), heads.clone());
            std::thread::spawn(move || {
                // Whatever goes wrong is the visitor's leaving.
                let _ = answer(stream, tls, &*handler, &heads);
            });
        }
    });
    Server { address, asked, stop, thread: Some(thread) }
}

fn answer(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    handler: &Handler,
    heads: &Mutex<Vec<String>>,
) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_write_timeout(Some(Duration::from_secs(20)))?;
    match tls {
        Some(config) => {
            let connection = ServerConnection::new(config).map_err(io::Error::other)?;
            exchange(&mut StreamOwned::new(connection, stream), handler, heads)
        }
        None => exchange(&mut { stream }, handler, heads),
    }
}

fn exchange(stream: &mut (impl Read + Write), handler: &Handler, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16_384 {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    heads.lock().unwrap().push(head);
    handler(&path, stream)?;
    stream.flush()
}

fn html(to: &mut dyn Write, status: &str, headers: &str, body: &str) -> io::Result<()> {
    write!(to, "HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn redirect(to: &mut dyn Write, location: &str) -> io::Result<()> {
    write!(to, "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

/// A study whose list holds these sites, and where the ports of their names are.
fn study(dir: &Path, listed: &[(&str, &str)], at: &[(&str, SocketAddr)], change: impl FnOnce(&mut Settings)) -> Study {
    let mut settings = Settings::new("sites", "nobody", Platform::Files);
    settings.collect.contact = "ana@example.org".into();
    settings.sites.patience = 1;
    settings.sites.addresses = at.iter().map(|(name, to)| ((*name).to_owned(), to.to_string())).collect();
    change(&mut settings);
    let study = Study::create(dir, &settings, &[]).unwrap();
    for (site, address) in listed {
        let sql = "INSERT INTO sites VALUES (?1, ?2, 3, 5, 1700000000000000, 1700000000000000)";
        study.work.db.execute(sql, [site, address]).unwrap();
    }
    study
}

fn hours(hours: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

fn check(study: &Study, at: Timestamp) -> Round {
    sites::check(study, at, &Progress::silent()).unwrap()
}

/// State and detail of a site's last check, with how its page was cut and how long it took.
fn last(study: &Study, site: &str) -> (State, String, Option<String>, Duration) {
    let sql = "SELECT state, detail, cut, took_ms FROM site_checks WHERE site = ?1 ORDER BY at DESC LIMIT 1";
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?, r.get::<_, u64>(3)?));
    let (state, detail, cut, took) = study.work.db.query_row(sql, [site], row).unwrap();
    (State::named(&state).unwrap(), detail, cut, Duration::from_millis(took))
}

#[test]
fn a_site_goes_up_changes_is_suspended_and_disappears() {
    let phase = Arc::new(AtomicU64::new(0));
    let now = phase.clone();
    let server = serve(move |path, to| match (now.load(Ordering::Relaxed), path) {
        (_, "/robots.txt") => html(to, "200 OK", "", "User-agent: *\nDisallow: /private"),
        (p, "/.well-known/nodeinfo") if p < 2 => html(
            to,
            "200 OK",
            "",
            r#"{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/1.0","href":"http://site.example/n/1.0"},
                {"rel":"http://nodeinfo.diaspora.software/ns/schema/2.1","href":"http://site.example/n/2.1"},
                {"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"http://evil.example/n/2.0"}]}"#,
        ),
        (0, "/n/2.1") => html(
            to,
            "200 OK",
            "",
            r#"{"software":{"name":"mastodon","version":"4.3"},"usage":{"users":{"total":120,"activeMonth":40}}}"#,
        ),
        (0, "/") => html(
            to,
            "200 OK",
            "Server: Mastodon\r\nSet-Cookie: _mastodon_session=x\r\n",
            "<title>=Our\u{202e} place</title><p>Welcome, all of you",
        ),
        (1, "/n/2.1") => html(to, "200 OK", "", r#"{"software":{"name":"lemmy"},"usage":{"users":{"total":90}}}"#),
        (1, "/") => html(to, "200 OK", "", "<meta name=generator content='Lemmy 0.19'><p>Welcome again"),
        (2, "/") => redirect(to, "/cgi-sys/suspendedpage.cgi"),
        (2, _) => html(to, "200 OK", "", "<title>Account Suspended</title>Contact your hosting provider"),
        _ => html(to, "404 Not Found", "", ""),
    });
    let dir = tempfile::tempdir().unwrap();
    let study =
        study(dir.path(), &[("site.example", "http://site.example/")], &[("site.example:80", server.address)], |_| ());
    let listed = || sites::list(&study.work, &study.settings.sites).unwrap().remove(0);

    assert_eq!(listed().life, None);
    assert_eq!(check(&study, hours(0)).there, 1);
    assert_eq!(last(&study, "site.example").0, State::Up);
    assert_eq!(
        (listed().software, listed().users, listed().active),
        (vec!["Mastodon".to_owned()], Some(120), Some(40))
    );
    let title: String = study.work.db.query_row("SELECT title FROM site_checks", [], |r| r.get(0)).unwrap();
    assert_eq!(title, "Our place");
    let heads = server.asked();
    assert!(heads.iter().all(|h| h.contains("contact: ana@example.org") && h.contains("netcensus/")), "{heads:?}");
    assert!(heads.iter().all(|h| h.starts_with("GET ") && !h.to_lowercase().contains("cookie")), "{heads:?}");
    let paths: Vec<&str> = heads.iter().map(|h| h.split(' ').nth(1).unwrap()).collect();
    assert_eq!(paths, ["/", "/robots.txt", "/.well-known/nodeinfo", "/n/2.1"]);

    // Not twice within the hour.
    let again = check(&study, hours(0) + SignedDuration::from_mins(50));
    assert_eq!((again.checked, again.not_due), (0, 1));

    // Nothing changed: the page alone.
    check(&study, hours(2));
    assert_eq!(server.asked().len(), 5);

    phase.store(1, Ordering::Relaxed);
    check(&study, hours(6));
    assert_eq!((last(&study, "site.example").0, listed().users), (State::Up, Some(90)));
    let changes: Vec<Vec<String>> = listed().changes.into_iter().map(|(_, names)| names).collect();
    assert_eq!(changes, [vec!["Mastodon".to_owned()], vec!["Lemmy".to_owned()]]);
    assert_eq!(listed().life.unwrap().gone, None);

    phase.store(2, Ordering::Relaxed);
    let round = check(&study, hours(12));
    assert_eq!((round.gone, round.there, round.nobody_answered), (1, 0, false));
    assert_eq!(last(&study, "site.example").0, State::Suspended);
    let gone = listed().life.unwrap();
    assert_eq!(gone.gone, Some(State::Suspended));
    assert!(
        gone.last_there.unwrap() >= hours(6).as_microsecond() && gone.not_since.unwrap() >= hours(12).as_microsecond()
    );

    drop(server);
    assert_eq!(check(&study, hours(18)).down, 1);
    assert_eq!(last(&study, "site.example").0, State::Refused);
    let life = listed().life.unwrap();
    // Since when and how stay what they were.
    assert_eq!((life.gone, life.not_since, life.now), (Some(State::Suspended), gone.not_since, State::Refused));
}

#[test]
fn a_redirect_home_is_refused() {
    let home = serve(|_, to| html(to, "200 OK", "", "the secret"));
    let port = home.address.port();
    let to: Vec<String> = vec![
        format!("http://127.0.0.1:{port}/"),
        "http://127.0.0.1/".into(),
        "http://localhost/".into(),
        "http://2130706433/".into(),
        "https://[::1]/".into(),
        "http://[::ffff:127.0.0.1]/".into(),
        "http://[64:ff9b::7f00:1]/".into(),
        "http://10.0.0.1/".into(),
        "http://169.254.169.254/latest/meta-data/".into(),
        "file:///etc/passwd".into(),
        "gopher://127.0.0.1/".into(),
    ];
    let names: Vec<String> = (0..to.len()).map(|i| format!("s{i}.example")).collect();
    let targets = to.clone();
    let server = serve(move |path, stream| {
        let number: usize = path.trim_start_matches('/').parse().unwrap();
        redirect(stream, &targets[number])
    });
    let addresses: Vec<String> = names.iter().enumerate().map(|(i, name)| format!("http://{name}/{i}")).collect();
    let listed: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(addresses.iter().map(String::as_str)).collect();
    let ports: Vec<String> = names.iter().map(|name| format!("{name}:80")).collect();
    let at: Vec<(&str, SocketAddr)> = ports.iter().map(|p| (p.as_str(), server.address)).collect();
    let dir = tempfile::tempdir().unwrap();
    let refusing = study(dir.path(), &listed, &at, |_| ());
    check(&refusing, hours(0));
    for (name, to) in names.iter().zip(&to) {
        assert_eq!(last(&refusing, name).0, State::RedirectRefused, "{to}");
    }
    assert_eq!(home.asked().len(), 0);

    // A study that says so may go there.
    let dir = tempfile::tempdir().unwrap();
    let allowing = study(dir.path(), &listed[..1], &at, |s| {
        s.sites.allow_private = true;
        s.sites.ports.push(port);
    });
    check(&allowing, hours(0));
    assert_eq!(last(&allowing, &names[0]).0, State::Moved);
    assert_eq!(home.asked().len(), 1);

    // Nor does a name that leads home, without any redirect.
    let dir = tempfile::tempdir().unwrap();
    let named = study(dir.path(), &[("localhost", "http://localhost/")], &[], |_| ());
    check(&named, hours(0));
    assert_eq!(last(&named, "localhost").0, State::NotPublic);
}

/// A gzip file of `size` zeros.
fn zeros(size: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    (0..size >> 20).for_each(|_| packer.write_all(&[0; 1 << 20]).unwrap());
    packer.finish().unwrap()
}

#[test]
fn hostile_servers_cost_little_and_are_told_apart() {
    let sent = Arc::new(AtomicU64::new(0));
    let counted = sent.clone();
    let bomb = zeros(100 << 20);
    let server = serve(move |path, to| match path {
        "/endless" => {
            // Chunks for ever.
            write!(to, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
            loop {
                to.write_all(chunk.as_bytes())?;
                counted.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            }
        }
        "/huge" => {
            write!(to, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10737418240\r\n\r\n")?;
            loop {
                to.write_all(&[b'x'; 0x4000])?;
                counted.fetch_add(0x4000, Ordering::Relaxed);
            }
        }
        "/bomb" => {
            let head = "Content-Type: text/html\r\nContent-Encoding: gzip";
            write!(to, "HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {}\r\n\r\n", bomb.len())?;
            to.write_all(&bomb)
        }
        "/drip" => {
            write!(to, "HTTP/1.1 200 OK\r\n")?;
            for n in 0..200 {
                write!(to, "X-{n}: y\r\n")?;
                to.flush()?;
                std::thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
        "/dripping-page" => {
            write!(to, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Slow</title>")?;
            for _ in 0..200 {
                to.write_all(b"x")?;
                to.flush()?;
                std::thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
        "/headers" => {
            write!(to, "HTTP/1.1 200 OK\r\n")?;
            loop {
                write!(to, "X-Header: {}\r\n", "y".repeat(1000))?;
                counted.fetch_add(1000, Ordering::Relaxed);
            }
        }
        "/many-headers" => {
            write!(to, "HTTP/1.1 200 OK\r\n")?;
            (0..1000).try_for_each(|n| write!(to, "H{n}: y\r\n"))?;
            write!(to, "\r\n")
        }
        "/one-header" => {
            write!(to, "HTTP/1.1 200 OK\r\nX-Header: ")?;
            loop {
                to.write_all(&[b'y'; 4096])?;
                counted.fetch_add(4096, Ordering::Relaxed);
            }
        }
        "/interim" => loop {
            write!(to, "HTTP/1.1 103 Early Hints\r\n\r\n")?;
            std::thread::sleep(Duration::from_millis(5));
        },
        "/circle" => redirect(to, "/circle2"),
        "/circle2" => redirect(to, "/circle"),
        path if path.starts_with("/on") => redirect(to, &format!("/on{}", path.len())),
        "/nowhere" => redirect(to, "http://[::"),
        "/ssh" => write!(to, "SSH-2.0-OpenSSH_9.2\r\n"),
        "/closed" => Ok(()),
        "/picture" => {
            write!(to, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 10\r\n\r\n0123456789")
        }
        "/404" => html(to, "404 Not Found", "", "no"),
        "/410" => html(to, "410 Gone", "", "no"),
        "/403" => html(to, "403 Forbidden", "", "no"),
        "/451" => html(to, "451 Unavailable For Legal Reasons", "", "no"),
        "/503" => html(to, "503 Service Unavailable", "", "later"),
        "/parked" => html(to, "200 OK", "", "<p>This domain is for sale"),
        _ => html(to, "200 OK", "", "?"),
    });
    // Takes a connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let shut = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let wanted = [
        ("endless", State::Up, Some("large")),
        ("huge", State::Up, Some("large")),
        ("bomb", State::Up, Some("large")),
        ("drip", State::Slow, None),
        ("dripping-page", State::Up, Some("slow")),
        ("headers", State::Broken, None),
        ("many-headers", State::Broken, None),
        ("one-header", State::Broken, None),
        ("interim", State::Slow, None),
        ("circle", State::RedirectLoop, None),
        ("on", State::RedirectLoop, None),
        ("nowhere", State::Broken, None),
        ("ssh", State::Broken, None),
        ("closed", State::Broken, None),
        ("picture", State::Up, None),
        ("404", State::NotFound, None),
        ("410", State::NotFound, None),
        ("403", State::Closed, None),
        ("451", State::Withdrawn, None),
        ("503", State::ServerError, None),
        ("parked", State::Parked, None),
        ("silent", State::Slow, None),
        ("shut", State::Refused, None),
    ];
    let names: Vec<String> = wanted.iter().map(|(what, ..)| format!("{what}.example")).collect();
    let addresses: Vec<String> = wanted.iter().map(|(what, ..)| format!("http://{what}.example/{what}")).collect();
    let ports: Vec<String> = names.iter().map(|name| format!("{name}:80")).collect();
    let to = |name: &str| match name {
        "silent.example" => silent.local_addr().unwrap(),
        "shut.example" => shut,
        _ => server.address,
    };
    let mut at: Vec<(&str, SocketAddr)> = ports.iter().zip(&names).map(|(p, name)| (p.as_str(), to(name))).collect();
    at.push(("shut.example:443", shut));
    let listed: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(addresses.iter().map(String::as_str)).collect();
    let dir = tempfile::tempdir().unwrap();
    let study = study(dir.path(), &listed, &at, |s| s.sites.concurrency = 32);
    let began = Instant::now();
    let round = check(&study, hours(0));
    // On a machine that does much else besides.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!(round.checked, wanted.len());
    for ((what, state, cut), name) in wanted.iter().zip(&names) {
        let (found, detail, how, took) = last(&study, name);
        assert_eq!((found, how.as_deref()), (*state, *cut), "{what}: {detail}");
        assert!(took < Duration::from_secs(45), "{what}: {took:?}");
    }
    for what in ["headers", "many-headers", "one-header"] {
        assert_eq!(last(&study, &format!("{what}.example")).1, "headers too large", "{what}");
    }
    // What three endless answers could send until the connection was closed: buffers of the system, mostly.
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 100 << 20, "{sent} bytes");
    let most: i64 = study.work.db.query_row("SELECT max(bytes) FROM site_checks", [], |r| r.get(0)).unwrap();
    assert_eq!(most, 256 << 10);
    let picture: i64 = study
        .work
        .db
        .query_row("SELECT bytes FROM site_checks WHERE site = 'picture.example'", [], |r| r.get(0))
        .unwrap();
    assert_eq!(picture, 0);
}

/// A server's certificate for `name`, by an authority or by itself.
fn certificate(name: &str, by: Option<&Issuer<'_, KeyPair>>, over: bool) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if over {
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    }
    let made = match by {
        Some(issuer) => params.signed_by(&key, issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let chain: Vec<CertificateDer<'static>> = vec![made.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

#[test]
fn certificates_good_and_bad() {
    let mut authority = CertificateParams::new(vec!["authority.example".to_owned()]).unwrap();
    authority.distinguished_name.push(DnType::CommonName, "an authority of this test");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let wanted = [
        ("good", State::Up, Some(certificate("good.example", Some(&issuer), false))),
        ("over", State::CertificateExpired, Some(certificate("over.example", Some(&issuer), true))),
        ("name", State::CertificateName, Some(certificate("other.example", Some(&issuer), false))),
        ("self", State::CertificateUntrusted, Some(certificate("self.example", None, false))),
        // The other port answers, and the site is there by HTTP alone.
        ("plain", State::Up, None),
        // No encryption, and nothing else either.
        ("none", State::TlsFailed, None),
    ];
    let page = |_: &str, to: &mut dyn Write| html(to, "200 OK", "", "hello");
    let servers: Vec<Server> = wanted.iter().map(|(.., tls)| serve_with(tls.clone(), page)).collect();
    let shut = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let names: Vec<String> = wanted.iter().map(|(what, ..)| format!("{what}.example")).collect();
    let addresses: Vec<String> = names.iter().map(|name| format!("https://{name}/")).collect();
    let ports: Vec<String> = names.iter().map(|name| format!("{name}:443")).collect();
    let mut at: Vec<(&str, SocketAddr)> = ports.iter().zip(&servers).map(|(p, s)| (p.as_str(), s.address)).collect();
    at.push(("plain.example:80", servers[4].address));
    at.push(("none.example:80", shut));
    let listed: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(addresses.iter().map(String::as_str)).collect();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("authority.pem"), pem).unwrap();
    let study = study(dir.path(), &listed, &at, |s| {
        s.sites.authorities = Some("authority.pem".into());
        s.sites.patience = 5;
    });
    check(&study, hours(0));
    for ((what, state, _), name) in wanted.iter().zip(&names) {
        let (found, detail, ..) = last(&study, name);
        assert_eq!(found, *state, "{what}: {detail}");
    }
    // What a site asks under encryption stays there.
    assert!(servers[1..4].iter().all(|s| s.asked().is_empty()));
}

#[test]
fn a_site_that_wants_no_visitors_is_asked_for_its_page_alone() {
    let server = serve(|path, to| match path {
        "/robots.txt" => html(to, "200 OK", "", "User-agent: *\nDisallow: /"),
        _ => html(to, "200 OK", "", "hello"),
    });
    let dir = tempfile::tempdir().unwrap();
    let study =
        study(dir.path(), &[("site.example", "http://site.example/")], &[("site.example:80", server.address)], |_| ());
    check(&study, hours(0));
    let paths: Vec<String> = server.asked().iter().map(|h| h.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(paths, ["/", "/robots.txt"]);
}
