//! A whole repository (`com.atproto.sync.getRepo`): one file that holds all of an account's follows, posts and its
//! profile. Its commit names the root of a tree whose keys are the records' names in order
//! (<https://atproto.com/specs/repository>).
//!
//! Follows of accounts that are gone are still in it, where an AppView's list leaves them out. The commit's signature
//! is not checked: that the bytes are whole and hang together is.

use std::collections::HashSet;

use ipld_core::cid::Cid;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::answers::is_did;
use super::car::{Bad, Car};
use super::records::{self, Rows};

/// A key's layer is half of the zero bits that its hash begins with, so no tree is deeper.
const DEEPEST: usize = 129;
/// Collection and record key.
const LONGEST_KEY: usize = 1024;
const LIKE: &str = "app.bsky.feed.like";

/// What a repository holds.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Repository {
    /// Whose it is.
    pub(crate) did: String,
    /// Its version, which grows with time.
    pub(crate) rev: String,
    /// Rows in the order of the records' names; posts so come oldest first.
    pub(crate) rows: Rows,
    /// Likes, which no table holds.
    pub(crate) likes: u64,
    /// Records of other collections.
    pub(crate) others: u64,
    /// Parts of the tree that the file lacks, with all the records in them.
    pub(crate) missing_nodes: u64,
    /// Records that the tree names and the file lacks.
    pub(crate) missing_records: u64,
    /// Records that are not DAG-CBOR.
    pub(crate) unread: u64,
}

impl Repository {
    /// Whether nothing is missing.
    pub(crate) fn whole(&self) -> bool {
        self.missing_nodes == 0 && self.missing_records == 0
    }

    /// Reads a repository out of a CAR file's bytes.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Bad> {
        let car = Car::read(bytes)?;
        let commit = car.get(&car.root).ok_or(Bad::Repository("the commit that its header names is not in it"))?;
        let commit: Commit =
            serde_ipld_dagcbor::from_slice(commit).map_err(|_| Bad::Repository("its root is not a commit"))?;
        if !matches!(commit.version, 2 | 3) || !is_did(&commit.did) || commit.rev.len() > 64 {
            return Err(Bad::Repository("its commit is of a kind that is not known"));
        }
        let mut repository = Self { did: commit.did, rev: commit.rev, ..Self::default() };
        Walk { car: &car, seen: HashSet::new(), last: Vec::new() }.run(commit.data, &mut repository)?;
        repository.rows.follow_once();
        Ok(repository)
    }

    fn add(&mut self, car: &Car<'_>, key: &[u8], record: &Cid) -> Result<(), Bad> {
        let name = std::str::from_utf8(key).ok().and_then(|k| k.split_once('/'));
        let (collection, key) = name.ok_or(Bad::Repository("a record whose name is none"))?;
        if !records::wanted(collection) {
            *if collection == LIKE { &mut self.likes } else { &mut self.others } += 1;
            return Ok(());
        }
        match car.get(record).map(Car::record) {
            Some(Some(value)) => self.rows.add(&self.did, collection, key, &value),
            Some(None) => self.unread += 1,
            None => self.missing_records += 1,
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Commit {
    did: String,
    version: u64,
    data: Cid,
    rev: String,
}

/// A node of the tree: what lies left of its keys, its keys, and what lies right of each.
#[derive(Deserialize)]
struct Node {
    l: Option<Cid>,
    e: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    /// How many bytes the key shares with the one before.
    p: usize,
    k: ByteBuf,
    v: Cid,
    t: Option<Cid>,
}

/// Goes through the tree in the order of its keys. No part of it twice and keys that only grow: so the work is bounded
/// by the bytes, whatever the links say.
struct Walk<'c> {
    car: &'c Car<'c>,
    seen: HashSet<Cid>,
    last: Vec<u8>,
}

enum Step {
    Node(Cid, usize),
    Record(Vec<u8>, Cid),
}

impl Walk<'_> {
    fn run(&mut self, root: Cid, into: &mut Repository) -> Result<(), Bad> {
        let mut ahead = vec![Step::Node(root, 1)];
        while let Some(step) = ahead.pop() {
            match step {
                Step::Node(cid, depth) => match self.car.get(&cid) {
                    Some(bytes) => self.node(cid, bytes, depth, &mut ahead)?,
                    None => into.missing_nodes += 1,
                },
                Step::Record(key, record) => {
                    if key <= self.last {
                        return Err(Bad::Repository("its records are not in order"));
                    }
                    into.add(self.car, &key, &record)?;
                    self.last = key;
                }
            }
        }
        Ok(())
    }

    /// Puts what hangs on a node onto the stack, the first of it on top.
    fn node(&mut self, cid: Cid, bytes: &[u8], depth: usize, ahead: &mut Vec<Step>) -> Result<(), Bad> {
        if depth > DEEPEST {
            return Err(Bad::Repository("its tree is deeper than a tree can be"));
        }
        if !self.seen.insert(cid) {
            return Err(Bad::Repository("a part of its tree hangs in two places"));
        }
        let node: Node =
            serde_ipld_dagcbor::from_slice(bytes).map_err(|_| Bad::Repository("a part of its tree cannot be read"))?;
        let start = ahead.len();
        let below = |link: Option<Cid>| link.map(|cid| Step::Node(cid, depth + 1));
        ahead.extend(below(node.l));
        let mut before: Vec<u8> = Vec::new();
        for entry in node.e {
            let shared = before.get(..entry.p).ok_or(Bad::Repository("a name that goes on from nothing"))?;
            let key = [shared, &entry.k].concat();
            if key.len() > LONGEST_KEY {
                return Err(Bad::Repository("a name that is too long"));
            }
            before.clone_from(&key);
            ahead.push(Step::Record(key, entry.v));
            ahead.extend(below(entry.t));
        }
        ahead[start..].reverse();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::car::tests::{address, file};
    use super::*;
    use ipld_core::ipld::Ipld;
    use proptest::prelude::*;

    const ME: &str = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    /// A repository that a real server made: two follows, one of an account since deleted, posts, a like.
    const REAL: &[u8] = include_bytes!("testdata/repository.car");

    fn block(value: Ipld) -> Vec<u8> {
        serde_ipld_dagcbor::to_vec(&value).unwrap()
    }
    fn map(members: impl IntoIterator<Item = (&'static str, Ipld)>) -> Ipld {
        Ipld::Map(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    }
    fn link(block: &[u8]) -> Ipld {
        Ipld::Link(address(block))
    }
    fn commit(root: &[u8]) -> Vec<u8> {
        let members = [("did", ME.into()), ("version", Ipld::Integer(3)), ("data", link(root)), ("rev", "3k".into())];
        block(map(members.into_iter().chain([("prev", Ipld::Null), ("sig", Ipld::Bytes(vec![0; 64]))])))
    }
    fn follow(of: &str) -> Vec<u8> {
        block(map([("subject", of.into()), ("createdAt", "2026-01-01T00:00:00Z".into())]))
    }
    fn entry(shared: i128, key: &str, record: &[u8], right: Ipld) -> Ipld {
        map([("p", Ipld::Integer(shared)), ("k", Ipld::Bytes(key.into())), ("v", link(record)), ("t", right)])
    }
    fn node(left: Ipld, entries: Vec<Ipld>) -> Vec<u8> {
        block(map([("l", left), ("e", Ipld::List(entries))]))
    }

    #[test]
    fn a_tree_is_walked_in_the_order_of_its_keys() {
        let [a, b, c] = ["did:plc:a2", "did:plc:b2", "did:plc:c2"].map(follow);
        let left = node(Ipld::Null, vec![entry(0, "app.bsky.graph.follow/1", &a, Ipld::Null)]);
        let right = node(Ipld::Null, vec![entry(0, "app.bsky.graph.follow/3", &c, Ipld::Null)]);
        let like = block(map([("subject", "x".into())]));
        let entries =
            vec![entry(0, "app.bsky.graph.follow/2", &b, link(&right)), entry(9, "zz.other/9", &like, Ipld::Null)];
        let root = node(link(&left), entries);
        let blocks = [commit(&root), root.clone(), left, right, a.clone(), b, c, like];
        let repository = Repository::read(&file(&blocks)).unwrap();
        let follows: Vec<_> = repository.rows.follows.iter().map(|f| f.dst.as_str()).collect();
        assert_eq!(follows, ["did:plc:a2", "did:plc:b2", "did:plc:c2"]);
        assert_eq!((repository.others, repository.whole(), repository.did.as_str()), (1, true, ME));

        let part = [commit(&root), root, blocks[2].clone()];
        let repository = Repository::read(&file(&part)).unwrap();
        assert_eq!((repository.missing_nodes, repository.missing_records), (1, 2));
        assert!(!repository.whole());
    }

    #[test]
    fn trees_that_cannot_be_are_refused() {
        let a = follow("did:plc:a2");
        let read = |blocks: &[Vec<u8>]| Repository::read(&file(blocks)).unwrap_err().to_string();
        let key = "app.bsky.graph.follow/1";
        let leaf = node(Ipld::Null, vec![entry(0, key, &a, Ipld::Null)]);

        let twice = node(link(&leaf), vec![entry(0, "app.bsky.graph.follow/2", &a, link(&leaf))]);
        assert!(read(&[commit(&twice), twice.clone(), leaf.clone(), a.clone()]).contains("two places"));
        let unordered = node(Ipld::Null, vec![entry(0, key, &a, Ipld::Null), entry(0, key, &a, Ipld::Null)]);
        assert!(read(&[commit(&unordered), unordered.clone(), a.clone()]).contains("not in order"));
        let shared = node(Ipld::Null, vec![entry(5, key, &a, Ipld::Null)]);
        assert!(read(&[commit(&shared), shared.clone(), a.clone()]).contains("goes on from nothing"));
        let nameless = node(Ipld::Null, vec![entry(0, "follow", &a, Ipld::Null)]);
        assert!(read(&[commit(&nameless), nameless.clone(), a.clone()]).contains("whose name is none"));
        let long = node(Ipld::Null, vec![entry(0, &"x/".repeat(600), &a, Ipld::Null)]);
        assert!(read(&[commit(&long), long.clone(), a.clone()]).contains("too long"));
        assert!(read(&[commit(&a), a.clone()]).contains("cannot be read"));
        assert!(read(&[a.clone()]).contains("not a commit"));

        let mut chain = vec![leaf];
        for _ in 0..DEEPEST {
            chain.push(node(link(chain.last().unwrap()), Vec::new()));
        }
        let mut blocks = vec![commit(chain.last().unwrap())];
        blocks.extend(chain);
        assert!(read(&blocks).contains("deeper"));
    }

    #[test]
    fn a_real_repository() {
        let repository = Repository::read(REAL).unwrap();
        assert!(repository.whole());
        let rows = &repository.rows;
        assert_eq!((rows.follows.len(), rows.posts.len(), repository.likes), (2, 3, 1));
        assert!(rows.follows.iter().all(|f| f.src == repository.did && f.created_at.is_some()));
        assert!(rows.posts.iter().any(|p| p.reply == Some(true)));
        assert!(rows.rejected.is_empty() && rows.profile.as_ref().is_some_and(|p| p.name.is_some()));
    }

    proptest! {
        #[test]
        fn no_cut_and_no_changed_bytes_panic(
            changes in prop::collection::vec((0..REAL.len(), any::<u8>()), 0..4),
            cut in 0..=REAL.len(),
        ) {
            let mut bytes = REAL.to_vec();
            for (at, byte) in &changes {
                bytes[*at] = *byte;
            }
            match Repository::read(&bytes[..cut]) {
                // What is read in spite of it holds nothing that the owner did not write.
                Ok(read) => {
                    let real = Repository::read(REAL).unwrap();
                    prop_assert!(read.rows.follows.iter().all(|f| real.rows.follows.contains(f)));
                    prop_assert!(read.rows.posts.iter().all(|p| real.rows.posts.contains(p)));
                    prop_assert!(!read.whole() || read == real);
                }
                Err(bad) => prop_assert!(!bad.to_string().is_empty()),
            }
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Repository::read(&bytes);
            let _ = Repository::read(&file(&[bytes]));
        }
    }
}
