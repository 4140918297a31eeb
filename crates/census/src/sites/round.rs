//! A round of checks: every listed site that is due, several at once, each answer in `work.db` as soon as it is there.

use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hyper::header::HeaderValue;
use jiff::Timestamp;
use rusqlite::params;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use url::Url;

use super::address::Rule;
use super::check::{Before, Checked, Checker};
use super::fetch::Fetcher;
use super::state::Means;
use super::{HOUR, names, software};
use crate::progress::Progress;
use crate::rows::Micros;
use crate::study::Study;
use crate::{Error, Result};

/// A site is not checked again before.
const BETWEEN: Micros = HOUR;
/// NodeInfo is not asked for again before, unless the software changed.
const NODE: Micros = 24 * HOUR;
/// How often a round looks whether it should stop.
const TICK: Duration = Duration::from_millis(200);

/// What a round found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Sites that were checked.
    pub checked: usize,
    /// Sites that were checked within the last hour, and not again.
    pub not_due: usize,
    /// Of the checked, there.
    pub there: usize,
    /// Not there, which does not pass by itself.
    pub gone: usize,
    /// Not there, which may pass.
    pub down: usize,
    /// Nobody at all answered, not even a name server: perhaps our own line. The round counts for nothing.
    pub nobody_answered: bool,
}

struct Due {
    site: String,
    address: Url,
    before: Before,
}

/// Checks every site on the list that was not checked within the last hour. `now` is when the round begins.
pub fn check(study: &Study, now: Timestamp, progress: &Progress) -> Result<Round> {
    let _lock = lock(study)?;
    let began = now.as_microsecond();
    let (due, not_due) = due(study, began)?;
    let settings = &study.settings.sites;
    let contact = &study.settings.collect.contact;
    if contact.is_empty() && !settings.allow_private && !due.is_empty() {
        progress.note("study.toml names no contact: set collect.contact, so that a site's operator can write to you");
    }
    let checker = Checker::new(fetcher(study)?, software::known()?);
    progress.begin("sites: check", Some(due.len() as u64));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::network("the checks cannot be started").because(e))?;
    let mut round = Round { not_due, nobody_answered: !due.is_empty(), ..Round::default() };
    let outcome = runtime.block_on(async {
        let look = async |due: Due| {
            let at = Timestamp::now();
            (checker.check(&due.site, &due.address, &due.before).await, due.site, at)
        };
        let mut checks = std::pin::pin!(stream::iter(due).map(look).buffer_unordered(settings.concurrency));
        let mut tick = tokio::time::interval(TICK);
        let clock = Timestamp::now();
        loop {
            tokio::select! {
                found = checks.next() => {
                    let Some((checked, site, at)) = found else { return Ok(()) };
                    // Times run on from when the round began, whatever the caller says that was.
                    let at = began + (at.as_microsecond() - clock.as_microsecond()).max(0);
                    keep(study, &site, at, began, &checked)?;
                    round.count(&checked);
                    progress.advance(1);
                }
                _ = tick.tick() => progress.check()?,
            }
        }
    });
    // A name server that never answers holds a thread; it is not waited for.
    runtime.shutdown_background();
    progress.end();
    let said = serde_json::to_string(&round).unwrap_or_default();
    study.work.audit("sites", &said)?;
    outcome.map(|()| round)
}

impl Round {
    fn count(&mut self, checked: &Checked) {
        self.checked += 1;
        match checked.state.means() {
            Means::There => self.there += 1,
            Means::Gone => self.gone += 1,
            Means::Down => self.down += 1,
        }
        self.nobody_answered &= !checked.state.proves_line();
    }
}

/// Sites that are due, and how many are not.
fn due(study: &Study, now: Micros) -> Result<(Vec<Due>, usize)> {
    let db = &study.work.db;
    let sql = "SELECT s.site, s.address,
        (SELECT max(at) FROM site_checks c WHERE c.site = s.site),
        (SELECT software FROM site_checks c WHERE c.site = s.site AND c.state = 'up' ORDER BY at DESC LIMIT 1),
        (SELECT max(node_at) FROM site_checks c WHERE c.site = s.site)
        FROM sites s ORDER BY s.accounts DESC, s.site";
    let mut query = db.prepare(sql)?;
    let (mut rows, mut due, mut not_due) = (query.query([])?, Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (site, address): (String, String) = (row.get(0)?, row.get(1)?);
        let (last, made_with, node_at): (Option<Micros>, Option<String>, Option<Micros>) =
            (row.get(2)?, row.get(3)?, row.get(4)?);
        if last.is_some_and(|last| now - last < BETWEEN) {
            not_due += 1;
            continue;
        }
        let address = Url::parse(&address).map_err(|e| Error::data("work.db holds a broken address").because(e))?;
        let before = Before {
            software: made_with.as_deref().map(names).unwrap_or_default(),
            node_is_fresh: node_at.is_some_and(|at| now - at < NODE),
        };
        due.push(Due { site, address, before });
    }
    Ok((due, not_due))
}

fn keep(study: &Study, site: &str, at: Micros, round: Micros, checked: &Checked) -> Result<()> {
    let sql =
        "INSERT INTO site_checks (site, at, round, state, detail, status, led_to, ip, hops, bytes, cut, took_ms, title,
        software, node_at, node_software, node_users, node_active)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    let node = checked.node.as_ref();
    let took = i64::try_from(checked.took.as_millis()).unwrap_or(i64::MAX);
    study.work.db.execute(
        sql,
        params![
            site,
            at,
            round,
            checked.state.name(),
            checked.detail,
            checked.status,
            checked.led_to,
            checked.ip,
            checked.hops as i64,
            checked.bytes as i64,
            checked.cut,
            took,
            checked.title,
            checked.software.join(", "),
            node.map(|_| at),
            node.and_then(|n| n.software.as_deref()),
            node.and_then(|n| n.users),
            node.and_then(|n| n.active),
        ],
    )?;
    Ok(())
}

fn fetcher(study: &Study) -> Result<Fetcher> {
    let settings = &study.settings.sites;
    let contact = match study.settings.collect.contact.as_str() {
        "" => String::new(),
        contact => format!("; contact: {contact}"),
    };
    let agent = format!("netcensus/{} (research; looks whether a site is up{contact})", env!("CARGO_PKG_VERSION"));
    let agent = HeaderValue::from_str(&agent)
        .map_err(|e| Error::usage("study.toml: `collect.contact` cannot be sent").because(e))?;
    let mut roots = RootCertStore::empty();
    // What cannot be read among the system's is no authority; without any, every certificate is untrusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = &settings.authorities {
        let path = study.root().join(file);
        let bad = |e| Error::usage(format!("{} holds no certificates in PEM", path.display())).because(e);
        let found =
            CertificateDer::pem_file_iter(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(bad)?;
        for certificate in found {
            roots
                .add(certificate)
                .map_err(|e| Error::usage(format!("{} holds no authority", path.display())).because(e))?;
        }
    }
    if roots.is_empty() {
        return Err(Error::usage("the system has no certificates of authorities, so no site's can be checked")
            .help("install them (the package ca-certificates), or name a file: sites.authorities in study.toml"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::bug("encryption cannot be set up").because(e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    tls.resumption = rustls::client::Resumption::disabled();
    Ok(Fetcher::new(Rule::new(settings), Arc::new(tls), agent, Duration::from_secs(settings.patience)))
}

/// Only one process may check: two would ask twice.
fn lock(study: &Study) -> Result<File> {
    let path = study.root().join("sites.lock");
    let file = File::create(&path).map_err(|e| Error::disk(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::usage("another process is checking the sites of this study").help("wait for it, or stop it"))
        }
        Err(TryLockError::Error(e)) => Err(Error::disk(&path, e)),
    }
}
