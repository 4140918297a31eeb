//! export, through the public interface: what leaves the study, and what does not.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use netcensus::export::{Format, Key, Options, Summary, Which};
use netcensus::import::{What, import_any};
use netcensus::progress::Progress;
use netcensus::rows::{self, Account, Batch, Follow};
use netcensus::run::Census;
use netcensus::study::{Platform, Settings, Study};
use netcensus::tables::Table;

const IDS: [&str; 5] = ["did:plc:seed", "=cmd(),1", "<b&\"c'", "did:plc:d", "did:plc:outside"];

struct Place {
    dir: tempfile::TempDir,
    study: Study,
}

/// A seed that follows three accounts with hostile names, who follow each other, and one that nobody of them follows.
fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::new("t", "t", Platform::Files);
    let mut study = Study::create(&dir.path().join("study"), &settings, &[IDS[0].to_owned()]).unwrap();
    let account = |i: usize, name: &str| Account {
        id: IDS[i].into(),
        handle: Some(format!("handle{i}")),
        name: Some(name.into()),
        description: Some("line\none\u{7} \u{0085}& <two>".into()),
        followers: Some(10 + i as i64),
        created_at: Some(1_539_202_764_123_456),
        protected: Some(false),
        ..Account::default()
    };
    let names = ["seed", "=HYPERLINK(\"http://x\")", "علي \"<&>\"", "@SUM(1)", "o"];
    let accounts: Vec<Account> = names.iter().enumerate().map(|(i, name)| account(i, name)).collect();
    study.store.append(Table::Accounts, &rows::accounts(&accounts).unwrap()).unwrap();
    let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0), (4, 0)];
    let follow = |(s, d): &(usize, usize)| Follow { src: IDS[*s].into(), dst: IDS[*d].into(), created_at: None };
    let follows: Vec<Follow> = pairs.iter().map(follow).collect();
    study.store.append(Table::Follows, &rows::follows(&follows).unwrap()).unwrap();
    let progress = Progress::silent();
    let mut census = Census::new(&mut study, &progress);
    census.frame().unwrap();
    census.measure().unwrap();
    study.work.db.execute("INSERT INTO labels VALUES (?1, 'ana', 'member', 0, NULL, '')", [IDS[1]]).unwrap();
    Place { dir, study }
}

fn options(format: Format) -> Options {
    Options { format, which: Which::Frame, identifiers: false, profiles: false, texts: false }
}

fn all(format: Format) -> Options {
    Options { identifiers: true, profiles: true, texts: true, ..options(format) }
}

const FORMATS: [Format; 4] = [Format::Gexf, Format::GraphMl, Format::Csv, Format::Parquet];

impl Place {
    fn out(&self, options: &Options) -> PathBuf {
        let extension = match options.format {
            Format::Gexf => "gexf",
            Format::GraphMl => "graphml",
            Format::Csv | Format::Parquet => "d",
        };
        self.dir.path().join(format!("out-{:?}.{extension}", options.format))
    }

    fn export(&mut self, options: &Options) -> netcensus::Result<Summary> {
        let out = self.out(options);
        Census::new(&mut self.study, &Progress::silent()).export(options, &out)
    }

    /// The bytes of what is written.
    fn bytes(&mut self, options: &Options) -> Vec<Vec<u8>> {
        let summary = self.export(options).unwrap();
        summary.files.iter().map(|file| fs::read(file).unwrap()).collect()
    }

    fn audits(&self) -> Vec<String> {
        let mut query = self.study.work.db.prepare("SELECT detail FROM audit WHERE action = 'export'").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect()
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The graph that our own import reads of the files.
fn read_back(files: &[PathBuf]) -> (BTreeMap<String, Account>, BTreeSet<(String, String)>) {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::new("t", "t", Platform::Files);
    let mut study = Study::create(&dir.path().join("study"), &settings, &["a".to_owned()]).unwrap();
    for file in files {
        let found = import_any(&mut study, file, &netcensus::import::Options::default(), &Progress::silent()).unwrap();
        assert_eq!(found.rejected, 0, "{found:?}");
        assert!(found.tables.iter().all(|table| table.what != What::Posts));
    }
    let accounts = study.store.accounts().unwrap().into_iter().map(|a| (a.id.clone(), a)).collect();
    let mut follows = BTreeSet::new();
    let read = study.store.read(Table::Follows, &[], |batch| {
        let b = Batch(batch);
        let (src, dst) = (b.text("src")?, b.text("dst")?);
        follows.extend((0..batch.num_rows()).map(|i| (src.value(i).to_owned(), dst.value(i).to_owned())));
        Ok(())
    });
    read.unwrap();
    (accounts, follows)
}

#[test]
fn nothing_that_can_be_searched_for_is_in_it_unless_asked_for() {
    for format in FORMATS {
        let mut place = place();
        let summary = place.export(&options(format)).unwrap();
        assert_eq!((summary.accounts, summary.follows, summary.identifiers), (4, 6, false), "{format:?}");
        let names = summary.attributes.join(" ");
        assert!(names.starts_with("wave group_follows out_degree") && names.ends_with("coded_label"), "{names}");
        let key = Key::of_study(&place.study).unwrap();
        for bytes in place.bytes(&options(format)) {
            for given_away in IDS.iter().chain(&["plc", "handle", "HYPERLINK", "SUM", "2018", "علي", "two"]) {
                assert!(!holds(&bytes, given_away), "{format:?} holds {given_away}");
            }
            // Parquet is packed.
            assert!(format == Format::Parquet || holds(&bytes, &key.pseudonym(IDS[1])), "{format:?}");
        }
        assert!(place.audits()[0].contains("4 accounts (Frame) and 6 follows"), "{:?}", place.audits());
        assert!(place.audits()[0].ends_with("pseudonyms"));
        // Nor in what is left, and nobody else may read it.
        for file in &summary.files {
            assert!(!file.with_extension("part").exists());
            #[cfg(unix)]
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(file).unwrap().permissions()) & 0o77, 0);
        }
    }
}

#[test]
fn it_reads_back_as_it_was() {
    for format in FORMATS {
        let mut place = place();
        let named = place.export(&all(format)).unwrap();
        let (accounts, follows) = read_back(&named.files);
        // CSV defuses what looks like a formula, ids as well.
        let id = |i: usize| if format == Format::Csv && i == 1 { format!("'{}", IDS[i]) } else { IDS[i].to_owned() };
        let want = [(0, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0)].map(|(s, d)| (id(s), id(d)));
        assert_eq!(follows, BTreeSet::from(want), "{format:?}");
        assert_eq!(accounts.len(), 4);
        let second = &accounts[&id(2)];
        assert_eq!((second.followers, second.handle.as_deref()), (Some(12), Some("handle2")));
        assert_eq!((second.name.as_deref(), second.protected), (Some("علي \"<&>\""), Some(false)), "{format:?}");
        assert_eq!(second.created_at, Some(1_539_202_764_123_456));
        let about = second.description.as_deref().unwrap();
        match format {
            Format::Parquet => assert_eq!(about, "line\none\u{7} \u{0085}& <two>"),
            _ => assert_eq!(about, "line\none & <two>", "{format:?}"),
        }
        // Under pseudonyms it is the same graph.
        let hidden = place.export(&options(format)).unwrap();
        let (_, under) = read_back(&hidden.files);
        let key = Key::of_study(&place.study).unwrap();
        let want = [(0, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0)];
        let want = want.map(|(s, d)| (key.pseudonym(IDS[s]), key.pseudonym(IDS[d])));
        assert_eq!(under, BTreeSet::from(want), "{format:?}");
    }
}

#[test]
fn the_same_study_gives_the_same_bytes_and_another_key_other_names() {
    for format in FORMATS {
        let mut place = place();
        let first = place.bytes(&options(format));
        let (one, four) = [1, 4].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap()).into();
        assert_eq!(one.install(|| place.bytes(&options(format))), first, "{format:?}");
        assert_eq!(four.install(|| place.bytes(&options(format))), first, "{format:?}");
        fs::remove_file(place.study.root().join("pseudonyms.key")).unwrap();
        assert_ne!(place.bytes(&options(format)), first, "{format:?}");
    }
}

#[test]
fn the_key_is_the_owner_s_alone() {
    let place = place();
    let path = place.study.root().join("pseudonyms.key");
    assert!(!path.exists());
    let first = Key::of_study(&place.study).unwrap().pseudonym("a");
    assert_eq!(Key::of_study(&place.study).unwrap().pseudonym("a"), first);
    assert!(first.len() == 25 && first.starts_with('p'));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&path).unwrap().trim().len(), 64);
    fs::write(&path, "cut").unwrap();
    assert!(Key::of_study(&place.study).err().unwrap().advice().unwrap().contains("backup"));
    fs::write(&path, format!("{}\n", "00".repeat(32))).unwrap();
    // Python: blake3.blake3(b"account\0a", key=bytes(32)).hexdigest()
    assert_eq!(Key::of_study(&place.study).unwrap().pseudonym("a"), ZERO);
}

const ZERO: &str = "pc281dd523e875e0e7d0bfe15";

#[test]
fn which_accounts() {
    let mut place = place();
    let which = |which| Options { which, identifiers: true, ..options(Format::Csv) };
    assert_eq!(place.export(&which(Which::Members)).unwrap().accounts, 2);
    let text = fs::read_to_string(place.out(&which(Which::Members)).join("accounts.csv")).unwrap();
    assert!(text.lines().nth(1).unwrap().starts_with("\"'=cmd(),1\",1,1,") && text.contains(",member"), "{text}");
    let unscored = place.export(&which(Which::Scored(0.5))).unwrap_err();
    assert!(unscored.advice().unwrap().contains("classify"));
    place.export(&which(Which::Scored(f64::NAN))).unwrap_err();
    assert_eq!(place.audits().len(), 1);
    assert!(place.audits()[0].contains("the platform's ids"));
    let file = place.dir.path().join("file");
    fs::write(&file, "x").unwrap();
    let progress = Progress::silent();
    let error = Census::new(&mut place.study, &progress).export(&options(Format::Csv), &file).unwrap_err();
    assert!(error.advice().unwrap().contains("--out DIR"));
    // A graph goes into a folder under a name of its own.
    let summary = Census::new(&mut place.study, &progress).export(&options(Format::Gexf), place.dir.path()).unwrap();
    assert_eq!(summary.files, [place.dir.path().join("network.gexf")]);
}

/// Needs Python with networkx (and pandas with pyarrow, where it is there):
/// `NETCENSUS_PYTHON=path/to/python cargo test --release -p netcensus --test export -- --ignored`
#[test]
#[ignore = "needs Python with networkx"]
fn networkx_reads_the_graphs() {
    let mut place = place();
    let files = [Format::Gexf, Format::GraphMl].map(|format| place.export(&all(format)).unwrap().files.remove(0));
    let script = r#"
import sys, networkx
for file, read in zip(sys.argv[1:], [networkx.read_gexf, networkx.read_graphml]):
    graph = read(file)
    assert graph.is_directed() and len(graph) == 4 and graph.number_of_edges() == 6, graph
    node = graph.nodes["<b&\"c'"]
    assert node["name"] == "علي \"<&>\"" and node["followers"] == 12 and node["protected"] is False, node
    assert node["wave"] == 1 and node["pagerank"] > 0 and node["description"].startswith("line\none &"), node
    assert graph.nodes["=cmd(),1"]["coded_label"] == "member"
    assert graph.has_edge("did:plc:seed", "did:plc:d")
print("networkx", networkx.__version__)
"#;
    let python = std::env::var("NETCENSUS_PYTHON").unwrap_or_else(|_| "python3".into());
    let out = Command::new(python).args(["-c", script]).args(files.iter().map(Path::new)).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    print!("{}", String::from_utf8_lossy(&out.stdout));
}
