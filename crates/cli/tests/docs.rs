//! Every command in the docs runs: the `console` blocks of a page, in order, in one fresh folder.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The commands of a page: the lines that begin with `$ ` in its `console` blocks.
fn commands(page: &str) -> Vec<&str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in page.lines() {
        match line.trim() {
            "```console" => inside = true,
            "```" => inside = false,
            line if inside => found.extend(line.strip_prefix("$ ")),
            _ => (),
        }
    }
    found
}

fn run(page: &Path) {
    let text = std::fs::read_to_string(page).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_netcensus")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    for command in commands(&text) {
        let done =
            Command::new("sh").args(["-ec", command]).env("PATH", &path).current_dir(dir.path()).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{}: `{command}` failed: {said}", page.display());
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_readme() {
    assert!(commands(&std::fs::read_to_string(root().join("README.md")).unwrap()).len() > 5);
    run(&root().join("README.md"));
}

#[test]
fn the_pages() {
    let mut pages: Vec<PathBuf> = std::fs::read_dir(root().join("docs")).unwrap().map(|e| e.unwrap().path()).collect();
    pages.retain(|p| p.extension().is_some_and(|e| e == "md"));
    pages.push(root().join("CONTRIBUTING.md"));
    pages.iter().for_each(|page| run(page));
}
