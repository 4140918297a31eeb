//! CAR version 1: blocks one after another, each named by the hash of its bytes (<https://ipld.io/specs/transport/car/carv1/>).
//!
//! Everything in a file was written by strangers. A block counts only if its bytes have the hash that names it, so what
//! is read is what the repository's owner signed, or an error. The bytes stay where they are; only places are kept.

use std::collections::HashMap;
use std::ops::Range;

use ipld_core::cid::Cid;
use ipld_core::ipld::Ipld;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

/// The largest block that is taken: the protocol allows records of 1 MiB, and nodes of the tree are small.
const LARGEST_BLOCK: usize = 2 << 20;
/// So many blocks at most.
const MOST_BLOCKS: usize = 20_000_000;
/// The largest header.
const LARGEST_HEADER: usize = 4 << 10;
/// The multicodec codes of what the AT Protocol allows in an address: DAG-CBOR or raw bytes, by SHA-256.
const DAG_CBOR: u64 = 0x71;
const RAW: u64 = 0x55;
const SHA2_256: u64 = 0x12;

/// What is wrong with a repository's bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Bad {
    /// The bytes end in the middle.
    #[error("it is cut short after {0} blocks")]
    Short(usize),
    /// The first bytes are no header.
    #[error("it does not begin as a CAR file does")]
    Header,
    /// A later version, or one that nobody knows.
    #[error("it is a CAR file of version {0}, and version 1 is read")]
    Version(u64),
    /// Not exactly one root.
    #[error("it has {0} roots where a repository has one")]
    Roots(usize),
    /// Some number is too large.
    #[error("{0}")]
    Large(&'static str),
    /// Bytes that do not have the hash that names them.
    #[error("block {0} does not have the hash that names it")]
    Hash(usize),
    /// An address of another kind.
    #[error("block {0} has an address that the AT Protocol does not know")]
    Address(usize),
    /// Something in the repository that cannot be.
    #[error("{0}")]
    Repository(&'static str),
}

/// The blocks of a CAR file in memory.
pub(crate) struct Car<'b> {
    bytes: &'b [u8],
    /// What the file is about: a repository's latest commit.
    pub(crate) root: Cid,
    places: HashMap<Cid, Range<usize>>,
}

#[derive(Deserialize)]
struct Header {
    version: u64,
    #[serde(default)]
    roots: Vec<Cid>,
}

impl<'b> Car<'b> {
    /// Looks through all blocks and checks each one's hash.
    pub(crate) fn read(bytes: &'b [u8]) -> Result<Self, Bad> {
        let mut at = 0;
        let header = section(bytes, &mut at, LARGEST_HEADER).map_err(|_| Bad::Header)?.ok_or(Bad::Header)?;
        let header: Header = serde_ipld_dagcbor::from_slice(&bytes[header]).map_err(|_| Bad::Header)?;
        if header.version != 1 {
            return Err(Bad::Version(header.version));
        }
        let [root] = header.roots[..] else { return Err(Bad::Roots(header.roots.len())) };
        let mut places = HashMap::new();
        let mut count = 0;
        while let Some(block) = section(bytes, &mut at, LARGEST_BLOCK).map_err(|e| e.at(count))? {
            if count == MOST_BLOCKS {
                return Err(Bad::Large("it has more blocks than a repository can have"));
            }
            let mut rest = &bytes[block.clone()];
            let cid = Cid::read_bytes(&mut rest).map_err(|_| Bad::Address(count))?;
            let data = block.end - rest.len()..block.end;
            if !named_as_usual(&cid) {
                return Err(Bad::Address(count));
            }
            if digest(&SHA256, rest).as_ref() != cid.hash().digest() {
                return Err(Bad::Hash(count));
            }
            places.insert(cid, data);
            count += 1;
        }
        Ok(Self { bytes, root, places })
    }

    /// A block's bytes, if the file has it.
    pub(crate) fn get(&self, cid: &Cid) -> Option<&'b [u8]> {
        self.places.get(cid).map(|place| &self.bytes[place.clone()])
    }

    /// A record as the lexicons have it in JSON; none if it is not DAG-CBOR.
    pub(crate) fn record(bytes: &[u8]) -> Option<serde_json::Value> {
        serde_ipld_dagcbor::from_slice::<Ipld>(bytes).ok().map(json)
    }
}

fn named_as_usual(cid: &Cid) -> bool {
    cid.version() == ipld_core::cid::Version::V1
        && matches!(cid.codec(), DAG_CBOR | RAW)
        && cid.hash().code() == SHA2_256
        && cid.hash().digest().len() == 32
}

enum Cut {
    Short,
    Large,
}

impl Cut {
    fn at(self, count: usize) -> Bad {
        match self {
            Cut::Short => Bad::Short(count),
            Cut::Large => Bad::Large("it has a block larger than 2 MiB"),
        }
    }
}

/// The place of the next section, behind its length; none at the end.
fn section(bytes: &[u8], at: &mut usize, most: usize) -> Result<Option<Range<usize>>, Cut> {
    let left = &bytes[*at..];
    if left.is_empty() {
        return Ok(None);
    }
    let (length, rest) = unsigned_varint::decode::usize(left).map_err(|e| match e {
        unsigned_varint::decode::Error::Insufficient => Cut::Short,
        _ => Cut::Large,
    })?;
    if length > most {
        return Err(Cut::Large);
    }
    let start = bytes.len() - rest.len();
    if length > rest.len() {
        return Err(Cut::Short);
    }
    *at = start + length;
    Ok(Some(start..*at))
}

/// DAG-CBOR as the protocol's JSON: a link is `{"$link": …}`; bytes, which no row holds, are left out.
fn json(value: Ipld) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Ipld::Null | Ipld::Bytes(_) => Value::Null,
        Ipld::Bool(b) => b.into(),
        Ipld::Integer(n) => i64::try_from(n).map_or(Value::Null, Value::from),
        Ipld::Float(x) => x.into(),
        Ipld::String(s) => s.into(),
        Ipld::List(items) => items.into_iter().map(json).collect(),
        Ipld::Map(members) => members.into_iter().map(|(k, v)| (k, json(v))).collect(),
        Ipld::Link(cid) => serde_json::json!({"$link": cid.to_string()}),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A CAR file of these blocks, whose root is the first.
    pub(crate) fn file(blocks: &[Vec<u8>]) -> Vec<u8> {
        let cids: Vec<Cid> = blocks.iter().map(|b| address(b)).collect();
        let roots = Ipld::List(vec![Ipld::Link(cids[0])]);
        let header = Ipld::Map([("version".to_owned(), Ipld::Integer(1)), ("roots".to_owned(), roots)].into());
        let header = serde_ipld_dagcbor::to_vec(&header).unwrap();
        let mut out = Vec::new();
        let mut add = |parts: &[&[u8]]| {
            let length: usize = parts.iter().map(|p| p.len()).sum();
            out.extend_from_slice(unsigned_varint::encode::usize(length, &mut unsigned_varint::encode::usize_buffer()));
            parts.iter().for_each(|p| out.extend_from_slice(p));
        };
        add(&[&header]);
        cids.iter().zip(blocks).for_each(|(cid, block)| add(&[&cid.to_bytes(), block]));
        out
    }

    /// The address of a block of DAG-CBOR.
    pub(crate) fn address(block: &[u8]) -> Cid {
        let hash = digest(&SHA256, block);
        let hash = ipld_core::cid::multihash::Multihash::wrap(SHA2_256, hash.as_ref()).unwrap();
        Cid::new_v1(DAG_CBOR, hash)
    }

    #[test]
    fn blocks_are_found_by_their_hash() {
        let bytes = file(&[b"\xa0".to_vec(), b"\x80".to_vec()]);
        let car = Car::read(&bytes).unwrap();
        assert_eq!(car.root, address(b"\xa0"));
        assert_eq!(car.get(&address(b"\x80")), Some(&b"\x80"[..]));
        assert_eq!(car.get(&address(b"\x81")), None);
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_seen() {
        let bytes = file(&[b"\xa0".to_vec(), b"\x81\x01".to_vec()]);
        let whole = [bytes.len(), bytes.len() - 39, bytes.len() - 39 - 38];
        for end in 0..bytes.len() {
            // A cut between two blocks is a whole file; what it lacks is found by whoever follows the links.
            assert_eq!(Car::read(&bytes[..end]).is_ok(), whole.contains(&end), "{end}");
        }
        let start = bytes.len() - 39 - 38;
        for i in start..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            assert!(Car::read(&changed).is_err(), "byte {i}");
        }
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        for bytes in [&b""[..], b"\x00", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"{}", b"\x01\xa0"] {
            assert_eq!(Car::read(bytes).err(), Some(Bad::Header), "{bytes:?}");
        }
        let mut bytes = file(&[b"\xa0".to_vec()]);
        bytes.extend(b"\xff\xff\xff\x7f");
        assert_eq!(Car::read(&bytes).err(), Some(Bad::Large("it has a block larger than 2 MiB")));
    }
}
