//! Runs the real binary.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `netcensus` in a folder.
pub(crate) fn netcensus(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netcensus")).args(args).current_dir(dir).output().unwrap()
}

/// Runs `netcensus` and returns what it printed; panics with its errors if it failed.
pub(crate) fn succeeds(dir: &Path, args: &[&str]) -> Vec<u8> {
    let done = netcensus(dir, args);
    assert!(done.status.success(), "netcensus {args:?}: {}", text(&done.stderr));
    done.stdout
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Every file below a folder with its bytes, by its path from there.
pub(crate) fn bytes_below(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(bytes_below(&path).into_iter().map(|(k, v)| (format!("{name}/{k}"), v)));
        } else {
            files.insert(name, std::fs::read(path).unwrap());
        }
    }
    files
}
