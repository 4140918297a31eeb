//! Archives of the AT Protocol: the repository of a made-up account as a real server gave it, and what the same server said
//! of that account, in a Jetstream's form. Both are made by `testbed/atproto/sample.mjs` and `jetstream.mjs`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use arrow_array::Array;
use netcensus::import::{Archive, Options, archive};
use netcensus::progress::Progress;
use netcensus::rows::{Batch, Post};
use netcensus::study::{Platform, Settings, Study};
use netcensus::tables::Table;
use netcensus::{Kind, Result};

const REPOSITORY: &[u8] = include_bytes!("../src/collect/testdata/repository.car");
const EVENTS: &[u8] = include_bytes!("data/jetstream.jsonl");

struct Trial {
    _dir: tempfile::TempDir,
    root: PathBuf,
    study: Study,
}

impl Trial {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned();
        let settings = Settings::new("t", "t", Platform::Files);
        Self { study: Study::create(&root.join("study"), &settings, &[]).unwrap(), _dir: dir, root }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn import(&mut self, path: &Path) -> Result<Archive> {
        archive(&mut self.study, path, &Options::default(), &Progress::silent())
    }

    fn follows(&self) -> Vec<(String, String, Option<i64>)> {
        let mut all = Vec::new();
        let read = |b: &arrow_array::RecordBatch| {
            let b = Batch(b);
            let (src, dst, at) = (b.text("src")?, b.text("dst")?, b.time("created_at")?);
            all.extend((0..src.len()).map(|i| (src.value(i).into(), dst.value(i).into(), Some(at.value(i)))));
            Ok(())
        };
        self.study.store.read(Table::Follows, &[], read).unwrap();
        all
    }

    fn posts(&self) -> Vec<Post> {
        let mut all = Vec::new();
        let each = |post| {
            all.push(post);
            Ok(())
        };
        self.study.store.posts(each).unwrap();
        all
    }
}

#[test]
fn a_repository_gives_its_rows_once() {
    let mut trial = Trial::new();
    let file = trial.file("a.car", REPOSITORY);
    let done = trial.import(&file).unwrap();
    assert_eq!((done.holds, done.read, done.rejected), ("repositories", 1, 0));
    assert_eq!((done.accounts, done.follows, done.posts, done.statuses), (1, 2, 3, 0));
    let account = &trial.study.store.accounts().unwrap()[0];
    assert_eq!((account.name.as_deref(), account.following, account.posts), (Some("A sample"), Some(2), Some(3)));
    assert!(account.observed_at > account.created_at, "when the latest version was made");
    let posts = trial.posts();
    assert_eq!(posts[0].text.as_deref(), Some("مرحبا"));
    assert_eq!(
        (&posts[1].tags[..], &posts[1].links[..]),
        (&["census".into()][..], &["https://example.com/".into()][..])
    );
    assert_eq!(posts[2].reply, Some(true));

    let again = trial.import(&file).unwrap();
    assert_eq!((again.skipped, again.read), (1, 0));
    assert_eq!(trial.follows().len(), 2);
}

#[test]
fn a_folder_of_repositories_keeps_the_sound_ones() {
    let mut trial = Trial::new();
    trial.file("cars/a.car", REPOSITORY);
    trial.file("cars/b.car", REPOSITORY);
    trial.file("cars/cut.car", &REPOSITORY[..REPOSITORY.len() / 2]);
    let cars = trial.root.join("cars");
    let done = trial.import(&cars).unwrap();
    // The second file is the first one over again, and one bad one is a slip.
    assert_eq!((done.read, done.skipped, done.rejected), (1, 1, 1));
    assert_eq!(trial.follows().len(), 2);
    let list = fs::read_to_string(trial.root.join("study/rejected.csv")).unwrap();
    assert!(list.contains(",3,") && list.contains("cut short"), "{list}");

    let mut trial = Trial::new();
    trial.file("cars/a.car", REPOSITORY);
    trial.file("cars/b.car", b"not a repository");
    trial.file("cars/c.car", &REPOSITORY[..REPOSITORY.len() - 1]);
    let cars = trial.root.join("cars");
    let error = trial.import(&cars).unwrap_err();
    assert!(error.to_string().contains("2 of 3 repositories are not sound"), "{error}");
    assert!(trial.study.store.parts(Table::Follows).unwrap().is_empty());
    let options = Options { max_rejected: 0.7, ..Options::default() };
    assert_eq!(archive(&mut trial.study, &cars, &options, &Progress::silent()).unwrap().read, 1);
}

#[test]
fn a_dump_says_what_the_repository_says() {
    let mut whole = Trial::new();
    let file = whole.file("a.car", REPOSITORY);
    whole.import(&file).unwrap();
    let packed = zstd::encode_all(EVENTS, 3).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(EVENTS).unwrap();
    for (name, bytes) in [("a.jsonl", EVENTS), ("b", &packed), ("c.gz", &gzip.finish().unwrap())] {
        let mut trial = Trial::new();
        let file = trial.file(name, bytes);
        let done = trial.import(&file).unwrap();
        assert_eq!((done.holds, done.read, done.rejected), ("events", 9, 0), "{name}");
        assert_eq!((done.accounts, done.follows, done.posts, done.statuses), (1, 2, 3, 1));
        assert_eq!(trial.follows(), whole.follows());
        assert_eq!(trial.posts(), whole.posts());
        let account = &trial.study.store.accounts().unwrap()[0];
        let other = &whole.study.store.accounts().unwrap()[0];
        assert_eq!(
            (&account.name, &account.description, account.created_at),
            (&other.name, &other.description, other.created_at)
        );
        assert!(account.handle.as_deref().unwrap().ends_with(".test"), "the event says the handle");
        let status = &trial.study.store.statuses().unwrap()[0];
        assert_eq!((status.status.as_str(), status.source.as_deref()), ("active", Some("jetstream")));
    }
}

#[test]
fn what_is_no_archive_says_so() {
    let mut trial = Trial::new();
    for (name, bytes, says) in [
        ("a.csv", &b"id,name\n1,a\n"[..], "neither a repository nor a dump"),
        ("b.jsonl", b"{\"id\":1}\n", "neither a repository nor a dump"),
        ("c.car", &REPOSITORY[..200], "nothing of it is sound"),
        ("d.car", b"", "is empty"),
        ("e.jsonl.gz", b"\x1f\x8b\x08\x00junk", "cannot be read to its end"),
    ] {
        let file = trial.file(name, bytes);
        let error = trial.import(&file).unwrap_err();
        assert!(error.to_string().contains(says), "{name}: {error}");
    }
    fs::create_dir(trial.root.join("none")).unwrap();
    let none = trial.root.join("none");
    assert!(trial.import(&none).unwrap_err().to_string().contains("no file"));
    assert!(trial.study.store.parts(Table::Follows).unwrap().is_empty());

    // One bad line is a slip; it is listed.
    let mut lines = EVENTS.to_vec();
    lines.extend(b"{\"did\":\"did:plc:a2\"}\n");
    let file = trial.file("f.jsonl", &lines);
    let done = trial.import(&file).unwrap();
    assert_eq!((done.read, done.rejected), (9, 1));
    lines.extend(b"[]\n");
    let file = trial.file("g.jsonl", &lines);
    assert!(trial.import(&file).unwrap_err().to_string().contains("2 of 11 events"));
}
