//! frame: every account that could be a member, by a fixed rule on the graph.
//!
//! Wave 0 are the seeds. Wave w are the accounts, not in the frame yet, that at least `min_follows` of the group so far
//! follow: the seeds and the accounts of the waves before. Until they are labelled, these count as the group's members;
//! so the frame is a matter of the graph alone, the same whatever the order of the crawl, and labels never move it
//! under a sample that was drawn from it. Where a best-first crawl went to some of them only, the rule holds for those
//! that it went to; the others are left out and counted. Following is what is walked along, not being followed: whom to follow is an
//! account's own choice.

use std::collections::{BTreeMap, BTreeSet};

use netcensus_graph::Ids;
use serde::{Deserialize, Serialize};

use crate::collect;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Batch, Columns};
use crate::store::{ROWS, Store};
use crate::study::{FrameRule, Study};
use crate::tables::Table;
use crate::{Error, Result};

/// An account of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Its number in the network.
    pub account: u32,
    /// Hops from the seeds.
    pub wave: u32,
    /// How many of the group so far followed it when it came in; 0 for a seed.
    pub group_follows: u32,
}

/// The sampling frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// The accounts in it, in the byte order of their ids.
    pub units: Vec<Unit>,
    /// Accounts that were seen and left out, by reason.
    pub left_out: BTreeMap<String, usize>,
}

impl Frame {
    /// Applies the rule.
    pub fn build(network: &Network, seeds: &[u32], rule: &FrameRule) -> Self {
        Self::build_within(network, seeds, rule, |_| None)
    }

    /// Applies the rule, and leaves out accounts for which `barred` has a reason.
    pub fn build_within(
        network: &Network,
        seeds: &[u32],
        rule: &FrameRule,
        barred: impl Fn(u32) -> Option<&'static str>,
    ) -> Self {
        const OUT: u32 = u32::MAX;
        let n = network.ids.len();
        let mut wave = vec![OUT; n];
        let mut follows = vec![0u32; n];
        let mut entered = vec![0u32; n];
        let mut reached = vec![false; n];
        let mut excluded: BTreeMap<u32, &'static str> = BTreeMap::new();
        let mut last: Vec<u32> = seeds.to_vec();
        seeds.iter().for_each(|&s| wave[s as usize] = 0);
        for w in 1..=rule.waves {
            let mut candidates = Vec::new();
            for &member in &last {
                for &account in network.graph.following(member).iter() {
                    let i = account as usize;
                    follows[i] += 1;
                    reached[i] = true;
                    if wave[i] == OUT && follows[i] == rule.min_follows {
                        candidates.push(account);
                    }
                }
            }
            last.clear();
            for account in candidates {
                match barred(account).or_else(|| exclusion(network, account, rule)) {
                    Some(reason) => {
                        excluded.insert(account, reason);
                    }
                    None => {
                        wave[account as usize] = w;
                        last.push(account);
                    }
                }
            }
            last.iter().for_each(|&a| entered[a as usize] = follows[a as usize]);
        }
        let mut frame = Self::default();
        let (mut few, mut far) = (0, 0);
        for account in network.ids.in_order() {
            let i = account as usize;
            if wave[i] != OUT {
                frame.units.push(Unit { account, wave: wave[i], group_follows: entered[i] });
                continue;
            }
            match excluded.get(&account) {
                Some(reason) => *frame.left_out.entry((*reason).to_owned()).or_default() += 1,
                None if reached[i] => few += 1,
                None => far += 1,
            }
        }
        let reasons = [
            (format!("followed by fewer than {} of the group", rule.min_follows), few),
            (format!("not within {} waves of the seeds", rule.waves), far),
        ];
        frame.left_out.extend(reasons.into_iter().filter(|(_, count)| *count > 0));
        frame
    }

    /// Accounts by wave.
    pub fn waves(&self) -> Vec<usize> {
        let mut waves = Vec::new();
        for unit in &self.units {
            let w = unit.wave as usize;
            if waves.len() <= w {
                waves.resize(w + 1, 0);
            }
            waves[w] += 1;
        }
        waves
    }

    /// Whether each unit is a seed: a member that is known.
    pub fn is_seed(&self) -> Vec<bool> {
        self.units.iter().map(|u| u.wave == 0).collect()
    }

    /// Where each account of the network stands in the frame.
    pub fn positions(&self, accounts: usize) -> Positions {
        let mut positions = vec![Positions::OUT; accounts];
        (0..).zip(&self.units).for_each(|(i, u)| positions[u.account as usize] = i);
        Positions(positions)
    }

    /// Finds units by id in a table that was written in the order of the frame.
    pub fn lookup<'a>(&'a self, ids: &'a Ids) -> Lookup<'a> {
        Lookup { frame: self, ids, next: 0 }
    }

    /// Reads the frame that the `frame` step wrote. The left-out are not in it.
    pub fn load(store: &Store, network: &Network) -> Result<Self> {
        let mut units: Vec<Unit> = Vec::new();
        let mut cursor = network.ids.cursor();
        store.read(Table::Frame, &["account", "wave", "group_follows"], |batch| {
            let b = Batch(batch);
            let (account, wave, follows) = (b.text("account")?, b.int("wave")?, b.long("group_follows")?);
            for i in 0..batch.num_rows() {
                let account = cursor.find(account.value(i)).ok_or_else(stale)?;
                let wave = u32::try_from(wave.value(i)).map_err(|_| stale())?;
                let group_follows = u32::try_from(follows.value(i)).map_err(|_| stale())?;
                units.push(Unit { account, wave, group_follows });
            }
            Ok(())
        })?;
        if units.is_empty() {
            return Err(Error::usage("the study has no frame yet").help("make it with: netcensus frame"));
        }
        let name = |u: &Unit| network.ids.name(u.account);
        if !units.is_sorted_by(|a, b| name(a) < name(b)) {
            return Err(stale());
        }
        Ok(Self { units, left_out: BTreeMap::new() })
    }
}

/// Where accounts stand in a frame: 4 bytes an account of the network.
#[derive(Debug, Clone)]
pub struct Positions(Vec<u32>);

impl Positions {
    const OUT: u32 = u32::MAX;

    /// The unit that an account is; none for one outside of the frame, or of the network.
    pub fn of(&self, account: u32) -> Option<usize> {
        self.0.get(account as usize).filter(|unit| **unit != Self::OUT).map(|unit| *unit as usize)
    }
}

/// Finds units by id, the one after the last found first.
#[derive(Debug)]
pub struct Lookup<'a> {
    frame: &'a Frame,
    ids: &'a Ids,
    next: usize,
}

impl Lookup<'_> {
    /// The unit of this id; none if it is not in the frame. A binary search where it is not the next.
    pub fn find(&mut self, id: &str) -> Option<usize> {
        let units = &self.frame.units;
        let name = |unit: &Unit| self.ids.name(unit.account);
        let found = match units.get(self.next) {
            Some(unit) if name(unit) == id => self.next,
            _ => units.binary_search_by(|unit| name(unit).cmp(id)).ok()?,
        };
        self.next = found + 1;
        Some(found)
    }
}

fn stale() -> Error {
    Error::data("the frame does not fit the study's accounts").help("make it anew with: netcensus frame")
}

/// Why an account that the group follows is left out all the same.
fn exclusion(network: &Network, account: u32, rule: &FrameRule) -> Option<&'static str> {
    let profile = network.profiles.get(account);
    let count = |told: Option<i64>, seen: usize| told.map_or(0, |v| v.max(0) as u64).max(seen as u64);
    let followers = count(profile.and_then(|p| p.followers), network.graph.in_degree(account));
    let following = count(profile.and_then(|p| p.following), network.graph.out_degree(account));
    if followers > rule.max_followers {
        Some("too many followers")
    } else if following > rule.max_following {
        Some("follows too many")
    } else if profile.is_some_and(|p| p.protected == Some(true)) {
        Some("protected")
    } else if rule.leave_out_bots && profile.is_some_and(|p| p.bot == Some(true)) {
        Some("calls itself a bot")
    } else {
        None
    }
}

/// What the `frame` step did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    /// Accounts in the frame.
    pub size: usize,
    /// Accounts by wave.
    pub waves: Vec<usize>,
    /// The left-out, by reason.
    pub left_out: BTreeMap<String, usize>,
    /// Seeds that are not in the network.
    pub missing_seeds: usize,
}

/// Makes the frame of a study and writes the table `frame`.
pub fn frame(study: &Study, network: &Network, progress: &Progress) -> Result<Summary> {
    progress.begin("frame", None);
    // A crawl knows what account a handle named when it was resolved, and whom a list named.
    let mut resolved = collect::seed_accounts(&study.work)?;
    let named: BTreeSet<String> =
        study.seeds()?.into_iter().flat_map(|s| resolved.remove(&s).unwrap_or_else(|| vec![s])).collect();
    let asked = collect::asked(&study.settings);
    let (named, elsewhere): (Vec<_>, Vec<_>) = named.into_iter().partition(|seed| asked(seed));
    let (seeds, mut missing) = network.find(&named)?;
    missing.extend(elsewhere);
    if seeds.is_empty() {
        return Err(Error::usage("none of the seeds is among the study's accounts")
            .help("write ids or handles as they stand in the data into seeds.csv"));
    }
    if !missing.is_empty() {
        let few: Vec<&str> = missing.iter().take(3).map(String::as_str).collect();
        progress.note(format!(
            "{} seeds are not in the data and are left out, such as {}",
            missing.len(),
            few.join(", ")
        ));
    }
    let gone = collect::gone(&study.work)?;
    let fetched = collect::fetched(study)?;
    let barred = |account| {
        let id = network.ids.name(account);
        // A repository still lists accounts that are gone, an AppView does not: the frame is the same by both.
        let unseen = gone.contains(id) && network.profiles.get(account).is_none();
        let elsewhere = (!asked(id)).then_some("on an instance that is not asked");
        let passed = fetched.as_ref().is_some_and(|fetched| !fetched.contains(id));
        let passed = passed.then_some("not fetched: the crawl went to likelier ones");
        elsewhere.or_else(|| unseen.then_some("gone before it was seen")).or(passed)
    };
    let frame = Frame::build_within(network, &seeds, &study.settings.frame, barred);
    study.store.rewrite(Table::Frame, |part| {
        frame.units.chunks(ROWS).try_for_each(|units| {
            let columns = Columns::new()
                .text(units.iter().map(|u| Some(network.ids.name(u.account))))
                .int(units.iter().map(|u| u.wave as i32))
                .long(units.iter().map(|u| Some(i64::from(u.group_follows))))
                .text(units.iter().map(|u| Some(if u.wave == 0 { "seed" } else { "followed by the group" })));
            part.write(&columns.batch(Table::Frame)?)
        })
    })?;
    progress.end();
    Ok(Summary {
        size: frame.units.len(),
        waves: frame.waves(),
        left_out: frame.left_out,
        missing_seeds: missing.len(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rows::{Account, Follow};

    fn network(follows: &[(&str, &str)], accounts: Vec<Account>) -> Network {
        let follows: Vec<Follow> =
            follows.iter().map(|(s, d)| Follow { src: (*s).into(), dst: (*d).into(), created_at: None }).collect();
        Network::new(accounts, &follows).unwrap()
    }

    fn names(network: &Network, frame: &Frame) -> Vec<(String, u32, u32)> {
        frame.units.iter().map(|u| (network.ids.name(u.account).to_owned(), u.wave, u.group_follows)).collect()
    }

    fn row(name: &str, wave: u32, follows: u32) -> (String, u32, u32) {
        (name.to_owned(), wave, follows)
    }

    #[test]
    fn waves_and_counts() {
        // a and b are seeds; c is followed by both, d by one, e by c and d, f follows a seed but is not followed.
        let net = network(&[("a", "c"), ("b", "c"), ("a", "d"), ("c", "e"), ("d", "e"), ("f", "a")], vec![]);
        let seeds = net.find(&["a".into(), "b".into()]).unwrap().0;
        let rule = |waves, min_follows| FrameRule { waves, min_follows, ..FrameRule::default() };

        let one = Frame::build(&net, &seeds, &rule(2, 1));
        assert_eq!(names(&net, &one), [row("a", 0, 0), row("b", 0, 0), row("c", 1, 2), row("d", 1, 1), row("e", 2, 2)]);
        assert_eq!(one.left_out, BTreeMap::from([("not within 2 waves of the seeds".into(), 1)]));

        let two = Frame::build(&net, &seeds, &rule(2, 2));
        assert_eq!(names(&net, &two), [row("a", 0, 0), row("b", 0, 0), row("c", 1, 2)]);
        assert_eq!(two.left_out.get("followed by fewer than 2 of the group"), Some(&2));

        assert_eq!(Frame::build(&net, &seeds, &rule(1, 1)).waves(), [2, 2]);
    }

    #[test]
    fn large_protected_and_bots_are_left_out_and_lead_nowhere() {
        let profile = |id: &str| Account { id: id.into(), ..Account::default() };
        let accounts = vec![
            Account { followers: Some(60_000), ..profile("big") },
            Account { protected: Some(true), ..profile("shut") },
            Account { bot: Some(true), ..profile("bot") },
        ];
        let net = network(&[("s", "big"), ("s", "shut"), ("s", "bot"), ("big", "x"), ("bot", "y")], accounts);
        let seeds = net.find(&["s".into()]).unwrap().0;
        let frame = Frame::build(&net, &seeds, &FrameRule::default());
        assert_eq!(names(&net, &frame), [row("s", 0, 0)]);
        assert_eq!(frame.left_out.values().sum::<usize>(), 5);
        assert_eq!(frame.left_out.get("calls itself a bot"), Some(&1));
    }

    #[test]
    fn the_order_of_seeds_and_follows_does_not_matter() {
        let net = network(&[("s", "a"), ("t", "a"), ("a", "b"), ("s", "b")], vec![]);
        let rule = FrameRule { min_follows: 2, ..FrameRule::default() };
        let (s, t) = (net.ids.get("s").unwrap(), net.ids.get("t").unwrap());
        assert_eq!(Frame::build(&net, &[s, t], &rule), Frame::build(&net, &[t, s], &rule));
    }
}
