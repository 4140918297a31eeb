//! Who may be handed over.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::frame::Frame;
use crate::label::{ADJUDICATOR, Answer, Coded, GOLD, SIMULATED};
use crate::network::Network;
use crate::rows::Micros;
use crate::study::Study;
use crate::{Error, Result};

/// How many coders must have marked an account as a member.
const CODERS: usize = 2;

/// An account that may be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) handle: Option<String>,
    /// The numbers of the coders who marked it as a member, as the report numbers them.
    pub(super) coders: Vec<u32>,
    pub(super) last_seen: Option<Micros>,
}

/// Who may be, and why others may not.
#[derive(Debug, Default)]
pub(super) struct Eligible {
    /// By id.
    pub(super) may: BTreeMap<String, Candidate>,
    /// Marked by enough coders, and gone: with the status.
    pub(super) gone: BTreeMap<String, String>,
    /// Accounts that count as members, marked so by fewer coders.
    pub(super) one_coder: usize,
}

impl Eligible {
    /// Adjudicator and gold may decide against a hand-over, but are not counted as coders: who has one of these roles is
    /// often one of the coders.
    pub(super) fn find(study: &Study, network: &Network, frame: &Frame, coded: &Coded) -> Result<Self> {
        let reserved = [SIMULATED, ADJUDICATOR, GOLD];
        let people: HashSet<&str> = coded
            .coders
            .iter()
            .filter(|c| !c.simulated && !reserved.contains(&c.name.as_str()))
            .map(|c| c.name.as_str())
            .collect();
        if people.len() < CODERS {
            let many = if people.is_empty() { "no coder has" } else { "one coder alone has" };
            return Err(Error::usage(format!(
                "{many} labelled: an account is handed over only if two coders marked it as a member"
            ))
            .help("let a second coder label the same accounts: netcensus label export --coder NAME; adjudicator, gold and simulated coders do not count"));
        }
        one_person(study)?;
        let seen = Seen::read(study, network)?;
        let mut found = Self::default();
        let mut accounts: HashMap<u32, String> = HashMap::new();
        for (unit, given) in &coded.given {
            if coded.answers[*unit] != Some(Answer::Member) {
                continue;
            }
            let says_so = |(name, answer): (&String, &Answer)| {
                (people.contains(name.as_str()) && *answer == Answer::Member).then(|| number(name)).flatten()
            };
            let mut coders: Vec<u32> = given.iter().filter_map(says_so).collect();
            coders.sort_unstable();
            let account = frame.units[*unit].account;
            let id = network.ids.name(account).to_owned();
            let (status, last_seen) = seen.of(network, account);
            match status {
                _ if coders.len() < CODERS => found.one_coder += 1,
                Some(status) if !matches!(status, "active" | "protected") => {
                    _ = found.gone.insert(id, status.to_owned())
                }
                _ => {
                    accounts.insert(account, id.clone());
                    found.may.insert(id, Candidate { handle: None, coders, last_seen });
                }
            }
        }
        network.profiles.texts(&network.ids, &["handle"], |profiles| {
            for (account, texts) in profiles {
                if let Some(candidate) = accounts.get(account).and_then(|id| found.may.get_mut(id)) {
                    candidate.handle = texts.handle.map(str::to_owned);
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Why an account may not be handed over; none if it may.
    pub(super) fn why_not(&self, account: &str) -> Option<String> {
        match self.gone.get(account) {
            _ if self.may.contains_key(account) => None,
            Some(status) => Some(format!("it was {status} when it was last seen")),
            None => Some("no two coders marked it as a member, or the answer that counts is another".into()),
        }
    }
}

/// The number of `coder 3`.
fn number(name: &str) -> Option<u32> {
    name.rsplit(' ').next()?.parse().ok()
}

/// Two names that differ in case alone may be one person.
fn one_person(study: &Study) -> Result<()> {
    let sql = "SELECT group_concat(coder, ' and ') FROM (SELECT DISTINCT coder FROM labels) GROUP BY lower(trim(coder)) HAVING count(*) > 1";
    let mut query = study.work.db.prepare(sql)?;
    let mut rows = query.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let names: String = row.get(0)?;
            Err(Error::usage(format!("the coders {names} may be one person, who would count as two"))
                .help("bring that coder's labels under one name: import them again with it, and delete the others from work.db"))
        }
    }
}

/// What became of accounts, as far as it was seen.
struct Seen(HashMap<u32, (Option<Micros>, String)>);

impl Seen {
    fn read(study: &Study, network: &Network) -> Result<Self> {
        let mut latest: HashMap<u32, (Option<Micros>, String)> = HashMap::new();
        for status in study.store.statuses()? {
            let Some(account) = network.ids.get(&status.account) else { continue };
            // A look that came to nothing says nothing of the account.
            if matches!(status.status.as_str(), "unreachable" | "unknown") {
                continue;
            }
            // Of two at one time the later row.
            if latest.get(&account).is_none_or(|(at, _)| *at <= status.at) {
                latest.insert(account, (status.at, status.status));
            }
        }
        Ok(Self(latest))
    }

    /// The status, where there is one, and when it was last seen.
    fn of(&self, network: &Network, account: u32) -> (Option<&str>, Option<Micros>) {
        match self.0.get(&account) {
            Some((at, status)) => (Some(status), *at),
            None => (None, network.profiles.get(account).and_then(|p| p.observed_at)),
        }
    }
}
