//! What is made of the tables alone, and takes long: kept in `graph/` beside it, and made anew when they change.
//!
//! A file holds a head, the hash of what follows, and that. A file of another network or another version, or one that was
//! cut short or damaged, is as good as none.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use crate::network::Network;
use crate::study::{self, Study};
use crate::tables::Table;
use crate::{Error, Result};

const HASH: usize = 32;
/// The tables that the graph is made of.
const GRAPH: [Table; 2] = [Table::Accounts, Table::Follows];

/// What was kept under this name of the study's network as it is, and of the other `tables` that it was made of.
pub(crate) fn load(study: &Study, network: &Network, name: &str, tables: &[Table]) -> Result<Option<Vec<u8>>> {
    let path = path(study, name);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::disk(&path, e)),
    };
    let (mut head, mut body) = ([0; 2 * HASH], Vec::new());
    match file.read_exact(&mut head).and_then(|()| file.read_to_end(&mut body)) {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(Error::disk(&path, e)),
    }
    let (of, hash) = head.split_at(HASH);
    let sound = *of == key(study, network, name, tables)? && *hash == *hash_of(&body).as_bytes();
    Ok(sound.then_some(body))
}

/// Keeps it.
pub(crate) fn save(study: &Study, network: &Network, name: &str, tables: &[Table], body: &[u8]) -> Result<()> {
    let (path, key) = (path(study, name), key(study, network, name, tables)?);
    study::write_pieces(&path, &[&key, hash_of(body).as_bytes(), body])
}

fn hash_of(body: &[u8]) -> blake3::Hash {
    blake3::Hasher::new().update_rayon(body).finalize()
}

fn path(study: &Study, name: &str) -> PathBuf {
    study.root().join("graph").join(format!("{name}.kept"))
}

/// Changes with the tables, the version, and the numbers that accounts have.
fn key(study: &Study, network: &Network, name: &str, tables: &[Table]) -> Result<[u8; HASH]> {
    const FIRST: usize = 64;
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes()).update(name.as_bytes());
    for table in GRAPH.iter().chain(tables) {
        hasher.update(study.store.fingerprint(*table)?.as_bytes());
    }
    let (accounts, follows) = (network.ids.len(), network.graph.follows());
    hasher.update(&(accounts as u64).to_le_bytes()).update(&(follows as u64).to_le_bytes());
    for account in (0..accounts as u32).take(FIRST) {
        hasher.update(network.ids.name(account).as_bytes()).update(b"\n");
    }
    Ok(*hasher.finalize().as_bytes())
}
