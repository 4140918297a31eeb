//! import of files that say themselves what they are: the samples of docs/formats.md, and files that mean harm.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use netcensus::Kind;
use netcensus::import::{Form, Found, List, Options, What, import_any};
use netcensus::progress::Progress;
use netcensus::rows::{Account, Batch, Post};
use netcensus::study::{Platform, Settings, Study};
use netcensus::tables::Table;
use proptest::prelude::*;

struct Place {
    dir: tempfile::TempDir,
    study: Study,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::new("t", "t", Platform::Files);
        let study = Study::create(&dir.path().join("study"), &settings, &["a".to_owned()]).unwrap();
        Self { dir, study }
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn import(&mut self, file: &Path, options: &Options) -> netcensus::Result<Found> {
        import_any(&mut self.study, file, options, &Progress::silent())
    }

    fn take_with(&mut self, name: &str, bytes: impl AsRef<[u8]>, options: &Options) -> Found {
        let file = self.file(name, bytes);
        self.import(&file, options).unwrap_or_else(|e| panic!("{name}: {e}: {:?}", e.advice()))
    }

    fn take(&mut self, name: &str, bytes: impl AsRef<[u8]>) -> Found {
        self.take_with(name, bytes, &Options::default())
    }

    /// Imports a file that is to be refused, with advice; nothing of it may be left.
    fn refuse(&mut self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let file = self.file(name, bytes);
        let error = self.import(&file, &Options::default()).expect_err(name);
        assert_ne!(error.kind(), Kind::Bug, "{name}: {error}");
        for table in [Table::Accounts, Table::Follows, Table::Posts] {
            assert_eq!(self.study.store.parts(table).unwrap(), Vec::<PathBuf>::new(), "{name} left something behind");
        }
        let cause = std::error::Error::source(&error).map(|e| format!(": {e}")).unwrap_or_default();
        format!("{error}{cause} — {}", error.advice().unwrap_or_default())
    }

    fn follows(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let read = self.study.store.read(Table::Follows, &[], |batch| {
            let b = Batch(batch);
            let (src, dst) = (b.text("src")?, b.text("dst")?);
            all.extend((0..batch.num_rows()).map(|i| (src.value(i).to_owned(), dst.value(i).to_owned())));
            Ok(())
        });
        read.unwrap();
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

    fn accounts(&self) -> Vec<Account> {
        self.study.store.accounts().unwrap()
    }
}

/// The samples of the page: fenced blocks with a file's name behind the language.
fn samples() -> BTreeMap<String, String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md")).unwrap();
    let (mut samples, mut open): (BTreeMap<String, String>, Option<String>) = Default::default();
    for line in page.lines() {
        match (&open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => open = None,
            (Some(name), None) => *samples.entry(name.clone()).or_default() += &format!("{line}\n"),
            (None, Some(fence)) => open = fence.split_once(' ').map(|(_, name)| name.to_owned()),
            (None, None) => (),
        }
    }
    samples
}

fn sample(name: &str) -> String {
    samples().remove(name).unwrap_or_else(|| panic!("docs/formats.md has no sample {name}"))
}

fn of_list(list: List) -> Options {
    Options { list: Some(list), ..Options::default() }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn rows(found: &Found) -> [u64; 3] {
    [What::Accounts, What::Follows, What::Posts]
        .map(|what| found.tables.iter().filter(|table| table.what == what).map(|table| table.rows).sum())
}

#[test]
fn every_sample_of_the_docs_comes_in_whatever_its_name_and_packing() {
    let want: BTreeMap<&str, (Form, [u64; 3])> = BTreeMap::from([
        ("kaggle.csv", (Form::Table, [1, 0, 2])),
        ("operations-tweets.csv", (Form::Table, [1, 0, 1])),
        ("operations-users.csv", (Form::Table, [1, 0, 0])),
        ("x2.jsonl", (Form::X, [2, 0, 2])),
        ("x2-flattened.jsonl", (Form::X, [1, 0, 1])),
        ("x2-followers.jsonl", (Form::X, [2, 2, 0])),
        ("x1.jsonl", (Form::X, [2, 0, 2])),
        ("x1-ids.jsonl", (Form::X, [0, 3, 0])),
        ("snap.txt", (Form::Edges, [0, 3, 0])),
        ("konect.txt", (Form::Edges, [0, 4, 0])),
        ("graph.gexf", (Form::Gexf, [1, 3, 0])),
        ("graph.graphml", (Form::GraphMl, [1, 2, 0])),
    ]);
    let samples = samples();
    for name in want.keys() {
        assert!(samples.contains_key(*name), "docs/formats.md has no sample {name}");
    }
    for (name, text) in samples {
        // Samples of other kinds have their tests elsewhere.
        let Some((form, counts)) = want.get(name.as_str()) else { continue };
        let options =
            if name == "x1-ids.jsonl" { of_list(List::Followers("2244994945".into())) } else { Options::default() };
        let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
        for (name, bytes) in [(name.as_str(), text.clone().into_bytes()), ("unnamed", text.into_bytes()), ("z", packed)]
        {
            let mut place = Place::new();
            let found = place.take_with(name, bytes, &options);
            assert_eq!((found.form, rows(&found), found.rejected), (*form, *counts, 0), "{name} {found:?}");
            let stored = [place.accounts().len(), place.follows().len(), place.posts().len()];
            assert_eq!(stored.map(|n| n as u64), *counts, "{name}");
            // The same again is passed over.
            let again = place.import(&place.dir.path().join(name), &options).unwrap();
            assert!(again.skipped && again.form == *form);
            assert_eq!(place.posts().len() as u64, counts[2]);
        }
    }
}

#[test]
fn posts_and_profiles_of_version_2() {
    let mut place = Place::new();
    let found = place.take("a", sample("x2.jsonl"));
    assert_eq!(found.notices, 1);
    let posts = place.posts();
    assert_eq!(
        posts[0],
        Post {
            id: "1212092628029698048".into(),
            author: "2244994945".into(),
            created_at: Some(1_577_820_376_000_000),
            text: Some("a post #tag https://t.co/x".into()),
            lang: Some("en".into()),
            client: Some("Twitter Web App".into()),
            reply: Some(true),
            tags: vec!["tag".into()],
            links: vec!["https://a.example/1".into()],
            place: None,
            media: Some(0),
        }
    );
    assert_eq!((posts[1].author.as_str(), posts[1].reply), ("783214", None));
    let accounts = place.accounts();
    let first = &accounts[0];
    assert_eq!(
        (first.id.as_str(), first.handle.as_deref(), first.name.as_deref()),
        ("2244994945", Some("some_handle"), Some("A Name"))
    );
    assert_eq!((first.followers, first.following, first.posts), (Some(513_868), Some(2018), Some(3961)));
    assert_eq!((first.protected, first.observed_at), (Some(false), Some(1_678_895_599_000_000)));
    let mut place = Place::new();
    place.take("f", sample("x2-followers.jsonl"));
    assert_eq!(place.follows(), pairs(&[("6253282", "2244994945"), ("6253283", "2244994945")]));
    let mut place = Place::new();
    place.take("f", sample("x2-followers.jsonl").replace("/followers?", "/following?"));
    assert_eq!(place.follows(), pairs(&[("2244994945", "6253282"), ("2244994945", "6253283")]));
}

#[test]
fn posts_and_profiles_of_version_1() {
    let mut place = Place::new();
    let found = place.take("a", sample("x1.jsonl"));
    assert_eq!(found.notices, 1);
    let posts = place.posts();
    assert_eq!((posts[0].client.as_deref(), posts[0].reply), (Some("Twitter for iPhone"), Some(false)));
    assert_eq!((posts[0].tags.join(" "), posts[0].created_at), ("tag".into(), Some(1_539_202_764_000_000)));
    assert_eq!((posts[1].id.as_str(), posts[1].author.as_str()), ("1050118621198921700", "6253283"));
    let accounts = place.accounts();
    assert_eq!((accounts[0].followers, accounts[0].following, accounts[0].observed_at), (Some(6183), Some(12), None));
    // Without the account whose list it is, ids are of no use.
    let mut place = Place::new();
    assert!(place.refuse("ids", sample("x1-ids.jsonl")).contains("--followers-of"));
    place.take_with("ids", sample("x1-ids.jsonl"), &of_list(List::Following("9".into())));
    assert_eq!(place.follows()[0], ("9".to_owned(), "143206502".to_owned()));
    // Nor are twarc's lists of ids.
    let mut place = Place::new();
    place.refuse("ids.txt", "12\n13\n");
    place.take_with("ids.txt", "12\n13\n", &of_list(List::Followers("9".into())));
    assert_eq!(place.follows(), pairs(&[("12", "9"), ("13", "9")]));
    // A long post as streams gave it, its author seen at its time.
    let stream = r#"{"id":7,"id_str":"7","text":"cut …","timestamp_ms":"1539202764000","extended_tweet":{"full_text":"all of it #tag","entities":{"hashtags":[{"text":"tag"}]}},"user":{"id_str":"1","screen_name":"h"}}"#;
    let mut place = Place::new();
    place.take("s", stream);
    assert_eq!((place.posts()[0].text.as_deref(), place.posts()[0].tags.len()), (Some("all of it #tag"), 1));
    assert_eq!(place.accounts()[0].observed_at, Some(1_539_202_764_000_000));
}

#[test]
fn of_an_account_one_profile_a_day_is_kept_and_posts_come_once() {
    let line = |day: u32, post: u32, followers: u32| {
        format!(
            "{{\"data\":[{{\"id\":\"{post}\",\"author_id\":\"1\",\"text\":\"t\"}}],\"includes\":{{\"users\":[{{\"id\":\"1\",\"username\":\"h\",\"public_metrics\":{{\"followers_count\":{followers}}}}}]}},\"__twarc\":{{\"retrieved_at\":\"2023-03-{day:02}T12:00:00Z\"}}}}\n"
        )
    };
    let text = line(1, 1, 10) + &line(1, 2, 11) + &line(3, 1, 12) + &line(2, 3, 13);
    let mut place = Place::new();
    let found = place.take("a", text);
    assert_eq!((rows(&found), found.rejected), ([2, 0, 3], 0));
    assert_eq!(found.tables.iter().map(|t| t.repeats).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(place.accounts().iter().map(|a| a.followers.unwrap()).collect::<Vec<_>>(), [10, 12]);
}

#[test]
fn a_page_may_be_long_and_bad_lines_are_told() {
    let tweet = |i: usize| format!("{{\"id\":\"{i}\",\"author_id\":\"1\",\"text\":\"{}\"}}", "x".repeat(3000));
    let page = |ids: std::ops::Range<usize>| {
        format!("{{\"data\":[{}],\"meta\":{{}}}}\n", ids.map(tweet).collect::<Vec<_>>().join(","))
    };
    // Three pages of 3 MB, more than a table's line may have.
    let mut text = page(0..1000) + &page(1000..2000) + &page(2000..3000);
    text += "{\"id\":\"x\n{\"a\":1}\n[1]\n{\"id\":5,\"text\":5,\"text\":6,\"user\":{}}\n\n";
    text += &format!("{{\"id\":\"1\",\"user\":{}\n", "[".repeat(5000));
    let mut bytes = text.into_bytes();
    bytes.extend(b"{\"id\":\"\xff\"}\n{\"data\":[{\"id\":\"9\",\"text\":\"no author\"}]}\n");
    let mut place = Place::new();
    let found = place.take("pages", bytes);
    assert_eq!((rows(&found), found.rejected), ([0, 0, 3000], 7));
    let reasons: BTreeMap<_, _> = found.reasons.into_iter().collect();
    for reason in ["not JSON", "not an object", "nested too deep", "invalid UTF-8", "missing field `author`"] {
        assert!(reasons.contains_key(reason), "{reasons:?}");
    }
    let list = fs::read_to_string(place.study.root().join("rejected.csv")).unwrap();
    assert!(list.contains(",4,not JSON") && list.contains(",11,missing field `author`"), "{list}");
}

#[test]
fn kaggle_and_information_operations() {
    let mut place = Place::new();
    let found = place.take("a", sample("kaggle.csv"));
    assert!(found.ignored.is_empty());
    let posts = place.posts();
    assert!(posts[0].id.starts_with("made:") && posts[0].id != posts[1].id);
    assert_eq!((posts[0].author.as_str(), posts[0].created_at), ("some_handle", Some(1_420_578_420_000_000)));
    assert_eq!(place.accounts()[0].posts, Some(49));
    // The id is made of what the post is.
    let mut other = Place::new();
    other.take("b", sample("kaggle.csv"));
    assert_eq!(other.posts(), posts);
    let mut place = Place::new();
    place.take("t", sample("operations-tweets.csv"));
    let post = &place.posts()[0];
    assert_eq!(
        (post.author.as_str(), post.reply, post.client.as_deref()),
        ("2bX5+abc/def=", Some(true), Some("TweetDeck"))
    );
    assert_eq!((post.tags.join(" "), post.links.join(" ")), ("tag other".into(), "https://a.example/1".into()));
    assert_eq!((post.lang.as_deref(), post.created_at), (Some("ru"), Some(1_498_147_380_000_000)));
    let account = &place.accounts()[0];
    assert_eq!((account.followers, account.following, account.lang.as_deref()), (Some(132), Some(120), Some("en")));
    assert_eq!(account.created_at, Some(1_476_057_600_000_000));
}

#[test]
fn edge_lists() {
    let take = |text: &str, options: &Options| {
        let mut place = Place::new();
        let found = place.take_with("e", text, options);
        (place.follows(), found)
    };
    let plain = Options::default();
    let (follows, found) = take("1,2\r\n2,3\r\n", &plain);
    assert_eq!((follows, found.undirected), (pairs(&[("1", "2"), ("2", "3")]), false));
    let (follows, found) = take("1 2\n2 1\n", &Options { undirected: true, ..plain.clone() });
    assert_eq!((follows.len(), found.undirected, found.tables[0].repeats), (2, true, 2));
    let columns = [("src", "2"), ("dst", "1"), ("created_at", "4")].map(|(a, b)| (a.into(), b.into())).into();
    assert_eq!(take("1 2 1 1539202764\n", &Options { columns, ..plain.clone() }).0, pairs(&[("2", "1")]));
    let edges = Options { format: Some(netcensus::import::Format::Edges), ..plain.clone() };
    assert_eq!(take("ann bob\nbob cat\n", &edges).0.len(), 2);
    assert_eq!(take("source target\n1 2\n", &plain).0, pairs(&[("1", "2")]));
    let mut place = Place::new();
    let file = place.file("bad", format!("{}1\n1 1\n3 4 5\n", "1 2\n3 4\n".repeat(300)));
    let found = place.import(&file, &Options { max_rejected: 0.9, ..plain }).unwrap();
    assert_eq!((rows(&found), found.rejected), ([0, 2, 0], 3), "{found:?}");
}

#[test]
fn graphs() {
    let mut place = Place::new();
    let found = place.take("g", sample("graph.gexf"));
    assert_eq!((found.undirected, &found.ignored), (false, &vec!["wave".to_owned()]));
    assert_eq!(place.follows(), pairs(&[("a", "b"), ("b", "c"), ("c", "b")]));
    let account = &place.accounts()[0];
    assert_eq!((account.name.as_deref(), account.followers), (Some("A & B"), Some(12)));
    let mut place = Place::new();
    let found = place.take("g", sample("graph.graphml"));
    assert_eq!((found.undirected, &found.ignored), (true, &vec!["weight".to_owned()]));
    assert_eq!(place.follows(), pairs(&[("a", "b"), ("b", "a")]));
    // Gephi's label in GraphML.
    let mut place = Place::new();
    let labelled = sample("graph.graphml").replace("attr.name=\"followers\"", "attr.name=\"label\"");
    place.take("g", labelled);
    assert_eq!(place.accounts()[0].name.as_deref(), Some("12"));
    // Nodes in nodes, text in pieces, a direction of an edge's own, a hyperedge.
    let text = r#"<graphml><key id="d" for="node" attr.name="description"/><key id="t" for="edge" attr.name="created_at"/>
        <graph edgedefault="undirected"><node id="a"><data key="d">x &lt;<![CDATA[ & ]]>&#233;</data>
        <graph><node id="b"><data key="d">inner</data></node></graph></node>
        <edge source="a" target="b" directed="true"><data key="t">2018-10-10</data></edge>
        <edge source="b" target="b"/><hyperedge><endpoint node="a"/></hyperedge></graph></graphml>"#;
    let mut place = Place::new();
    let found = place.take_with("g", text, &Options { max_rejected: 0.9, ..Options::default() });
    let about = |i: usize| place.accounts()[i].description.clone().unwrap();
    assert_eq!((place.accounts()[0].id.as_str(), about(0).as_str()), ("b", "inner"));
    assert_eq!(about(1), "x < & é");
    // A graph in a node sets the direction of what comes behind it, too.
    assert_eq!((place.follows(), found.rejected), (pairs(&[("a", "b")]), 2));
    let list = fs::read_to_string(place.study.root().join("rejected.csv")).unwrap();
    assert!(list.contains(",4,") || list.contains(",5,"), "{list}");
}

#[test]
fn large_graphs_come_in_piece_by_piece() {
    let mut text = "<gexf><graph defaultedgetype=\"directed\"><attributes class=\"node\"><attribute id=\"0\" title=\"bio\"/></attributes><nodes>".to_owned();
    text.extend((0..20_000).map(|i| format!("<node id=\"{i}\"><attvalue for=\"0\" value=\"{i}\"/></node>")));
    text += "</nodes><edges>";
    text.extend(
        (0..30_000).map(|i| format!("<edge source=\"{}\" target=\"{}\"/>\n", i % 20_000, (i * 7 + 1) % 20_000)),
    );
    text += "</edges></graph></gexf>";
    let mut place = Place::new();
    let found = place.take("g", text);
    assert_eq!(rows(&found)[0], 20_000);
    assert!(rows(&found)[1] > 19_000 && place.accounts()[19_999].description.as_deref() == Some("19999"));
}

#[test]
fn hostile_files_are_refused_with_what_to_do() {
    let laughs = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\">{}]><gexf><graph>&lol9;</graph></gexf>",
        (1..10).map(|i| format!("<!ENTITY lol{i} \"{}\">", format!("&lol{};", i - 1).repeat(10))).collect::<String>()
    );
    let gexf = |inner: &str| format!("<gexf><graph defaultedgetype=\"directed\">{inner}</graph></gexf>");
    let long = gexf(&format!("<node id=\"{}\"/>", "x".repeat(3 << 20)));
    let garbage: Vec<u8> = (0..5000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut cut = zstd::encode_all(sample("x1.jsonl").repeat(50).as_bytes(), 1).unwrap();
    cut.truncate(cut.len() - 20);
    let latin: Vec<u8> = b"id,name\n1,caf\xe9\n2,na\xefve\n".to_vec();
    for (name, bytes, says) in [
        ("laughs.gexf", laughs.into_bytes(), "declares entities"),
        (
            "external.graphml",
            b"<!DOCTYPE graphml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><graphml><graph>&x;</graph></graphml>"
                .to_vec(),
            "declares entities",
        ),
        ("entity.gexf", gexf("<node id=\"a\">&x;</node>").into_bytes(), "the entity `x`"),
        ("in-value.gexf", gexf("<node id=\"&x;\"/>").into_bytes(), "not sound XML"),
        ("deep.gexf", gexf(&"<node id=\"a\">".repeat(100_000)).into_bytes(), "nested too deep"),
        ("long.gexf", long.into_bytes(), "longer than 1 MiB"),
        ("cut.gexf", b"<gexf><graph><node id=\"a\"/>".to_vec(), "ends within"),
        ("tag.gexf", b"<gexf><graph><node id=\"a".to_vec(), "not sound XML"),
        ("wrong.gexf", b"<gexf><graph></gexf>".to_vec(), "not sound XML"),
        ("latin.gexf", b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><gexf><graph/></gexf>".to_vec(), "iconv"),
        ("bytes.gexf", b"<gexf><graph><node id=\"\xff\"/></graph></gexf>".to_vec(), "not sound XML"),
        (
            "error.json",
            b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>".to_vec(),
            "fetch the file again",
        ),
        ("svg.graphml", b"<svg></svg>".to_vec(), "neither GEXF nor GraphML"),
        ("error2.json", b"{\"title\":\"Unauthorized\",\"status\":401}".to_vec(), "its columns are: title, status"),
        ("array.json", b"[{\"id\":1}]".to_vec(), "jq -c '.[]'"),
        ("pretty.json", b"{\n  \"data\": []\n}\n".to_vec(), "over several lines"),
        ("cut.json", b"{\"data\":[{\"id\":\"1\",\"te".to_vec(), "cut short"),
        ("empty.json", Vec::new(), "empty"),
        ("blank.gexf", b" \n \n".to_vec(), "empty"),
        ("garbage.csv", garbage, "not text"),
        ("utf16.csv", b"\xff\xfei\0d\0".to_vec(), "UTF-16"),
        ("latin.csv", latin, "iconv"),
        ("cut.jsonl.zst", cut, "read to its end"),
        ("a.zip", b"PK\x03\x04rest".to_vec(), "zip archive"),
        ("odd.csv", b"a,b\nx,y\n".to_vec(), "its columns are: a, b"),
        (
            "jetstream.jsonl",
            b"{\"did\":\"did:plc:a\",\"time_us\":1,\"kind\":\"commit\",\"commit\":{}}\n".to_vec(),
            "Jetstream",
        ),
    ] {
        let mut place = Place::new();
        let said = place.refuse(name, bytes);
        assert!(said.contains(says) && !said.ends_with("— "), "{name}: {said}");
    }
}

#[test]
fn no_attributes_more_than_are_bounded() {
    let mut text = "<gexf><graph defaultedgetype=\"directed\"><attributes class=\"node\">".to_owned();
    text.extend((0..5000).map(|i| format!("<attribute id=\"{i}\" title=\"t{i}\"/>")));
    text += "</attributes><edge source=\"a\" target=\"b\"/></graph></gexf>";
    let mut place = Place::new();
    assert_eq!(place.take("g", text).ignored.len(), 1000);
    // A tag with ninety thousand takes no longer than its length.
    let many: String = (0..90_000).map(|i| format!("a{i}=\"\" ")).collect();
    let began = std::time::Instant::now();
    place.take("many", format!("<gexf><graph><node {many}/></graph></gexf>"));
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn archives_are_steady() {
    // A line of 40 MB, two of which are never held at once.
    let mut place = Place::new();
    let path = place.dir.path().join("long.jsonl.zst");
    let mut writer = zstd::Encoder::new(fs::File::create(&path).unwrap(), 1).unwrap();
    writer.write_all(sample("x1.jsonl").as_bytes()).unwrap();
    writer.write_all(b"{\"id\":\"").unwrap();
    (0..40).for_each(|_| writer.write_all(&vec![b'x'; 1 << 20]).unwrap());
    writer.write_all(b"\"}\n").unwrap();
    writer.finish().unwrap();
    let found = place.import(&path, &Options::default()).unwrap();
    assert_eq!((rows(&found), &found.reasons), ([2, 0, 2], &vec![("line longer than 16 MiB".to_owned(), 1)]));
    // Millions of nothings in a line, and posts in posts in posts.
    let nothings = format!("{{\"data\":[{}{{}}],\"meta\":{{\"id\":1}},\"includes\":{{}}}}", "{},".repeat(1_000_000));
    let deep = (0..30).fold("{\"id\":\"0\",\"text\":\"t\",\"author_id\":\"1\"}".to_owned(), |inner, i| {
        format!("{{\"id\":\"{}\",\"text\":\"t\",\"author_id\":\"1\",\"referenced_tweets\":[{}]}}", i + 1, inner)
    });
    let mut place = Place::new();
    let file = place.file("deep", format!("{{\"data\":[{deep}],\"includes\":{{}}}}\n{nothings}\n"));
    let found = place.import(&file, &Options { max_rejected: 1.0, ..Options::default() }).unwrap();
    assert_eq!((rows(&found), found.rejected), ([0, 0, 4], 1001));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(
        start in prop::sample::select(vec![
            "", "tweetid,userid,tweet_text\n", "{\"data\":[", "{\"id_str\":\"1\",\"user\":{", "1 2\n", "% sym\n", "<gexf><graph>",
            "<gexf><graph><node id=\"a\">", "<graphml><key id=\"a\" attr.name=\"bio\"/><graph><node id=\"b\"><data key=\"a\">",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        text in "[<>/a-z\"= &;#\\[\\]{}:,0-9\n]{0,200}",
    ) {
        let mut place = Place::new();
        for (name, bytes) in [("a", [start.as_bytes(), &bytes].concat()), ("b", [start, &text].concat().into_bytes())] {
            let file = place.file(name, bytes);
            let _ = place.import(&file, &Options { max_rejected: 0.9, ..Options::default() });
        }
    }

    #[test]
    fn lines_cut_and_changed_never_panic(
        which in prop::sample::select(vec!["x2.jsonl", "x2-followers.jsonl", "x1.jsonl", "graph.gexf", "graph.graphml"]),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&b"\"\\{}[]<>&/,:0\n\0"[..]), any::<bool>()), 1..4),
    ) {
        let mut bytes = sample(which).into_bytes();
        for (at, byte, put) in cuts {
            let at = at.index(bytes.len());
            if put { bytes.insert(at, byte) } else { bytes[at] = byte }
        }
        let mut place = Place::new();
        let file = place.file("a", bytes);
        let _ = place.import(&file, &Options { max_rejected: 0.9, ..Options::default() });
    }
}

fn declares(place: &Place) -> Vec<[Option<String>; 3]> {
    place.accounts().into_iter().map(|a| [a.location, a.time_zone, a.avatar]).collect()
}

fn words<const N: usize>(list: [Option<&str>; N]) -> [Option<String>; N] {
    list.map(|word| word.map(str::to_owned))
}

/// Where each post was written, and how many pictures it has.
fn written(place: &Place) -> Vec<(Option<String>, Option<i64>)> {
    place.posts().into_iter().map(|p| (p.place, p.media)).collect()
}

#[test]
fn places_and_pictures_of_version_1() {
    let user = |id: u32, more: &str| format!(r#""user":{{"id":{id},"id_str":"{id}","screen_name":"h{id}"{more}}}"#);
    let post = |id: u32, more: &str| {
        let author = user(
            id,
            r#","location":"Riyadh ","time_zone":"Baghdad","default_profile_image":true,"profile_image_url":"http://a.example/x.png","verified":false"#,
        );
        format!("{{\"id\":{id},\"id_str\":\"{id}\",\"full_text\":\"t\",{author}{more}}}\n")
    };
    let text = [
        post(
            1,
            r#","place":{"id":"x","place_type":"city","name":"Mosul","full_name":"Mosul, Iraq","country_code":"IQ","country":"Iraq","bounding_box":{"coordinates":[[[1.0,2.0]]]}},"entities":{"hashtags":[],"media":[{"id":1}]},"extended_entities":{"media":[{"id":1},{"id":2}]}"#,
        ),
        // A place finer than a city is its country.
        post(
            2,
            r#","place":{"place_type":"poi","name":"Café of Nobody","country_code":"FR","country":"France"},"entities":{"hashtags":[]}"#,
        ),
        // Longitude first; the other way round in `geo`.
        post(3, r#","coordinates":{"type":"Point","coordinates":[46.6753,24.7136]}"#),
        post(4, r#","geo":{"type":"Point","coordinates":[24.7136,46.6753]},"coordinates":null,"place":null"#),
        post(5, r#","coordinates":{"type":"Point","coordinates":["x"]},"place":[]"#),
    ];
    let mut place = Place::new();
    let found = place.take("a", text.concat());
    assert_eq!(found.rejected, 0);
    let cities = ["Mosul, IQ", "FR", "Riyadh, SA", "Riyadh, SA"].map(|place| Some(place.to_owned()));
    let media = [Some(2), Some(0), None, None, None];
    let want: Vec<_> = cities.into_iter().chain([None]).zip(media).collect();
    assert_eq!(written(&place), want);
    assert_eq!(declares(&place)[0], words([Some("Riyadh"), Some("Baghdad"), Some("default")]));
    assert_eq!(place.accounts()[0].verified, Some(false));
}

#[test]
fn places_and_pictures_of_version_2() {
    let page = r#"{"data":[{"id":"1","author_id":"9","text":"t","conversation_id":"1","geo":{"place_id":"p1"},"attachments":{"media_keys":["3_1","3_2"]}},{"id":"2","author_id":"9","text":"t","geo":{"place_id":"p9"}},{"id":"3","author_id":"9","text":"t","geo":{"coordinates":{"type":"Point","coordinates":[46.6753,24.7136]}}}],"includes":{"users":[{"id":"9","username":"h","location":"24.7136,46.6753","profile_image_url":"https://pbs.twimg.com/profile_images/1/somebody.jpg"}],"places":[{"id":"p1","place_type":"city","name":"Mosul","full_name":"Mosul, Iraq","country_code":"IQ","country":"Iraq"}]}}
{"id":"4","author_id":"9","text":"t","geo":{"place_id":"p1","id":"p1","place_type":"country","name":"Iraq","country_code":"IQ","full_name":"Iraq"}}
{"id":"5","author_id":"9","text":"t","geo":{"place_id":"p1"}}
"#;
    let mut place = Place::new();
    place.take("a", page);
    let some = |place: &str| Some(place.to_owned());
    let want = vec![
        (some("Mosul, IQ"), Some(2)),
        (None, None),
        (some("Riyadh, SA"), None),
        (some("IQ"), None),
        // Places are those of one answer.
        (None, None),
    ];
    assert_eq!(written(&place), want);
    // Coordinates in a profile are not kept, either.
    assert_eq!(declares(&place), [words([Some("Riyadh, SA"), None, Some("own")])]);
}

#[test]
fn places_and_pictures_of_tables() {
    let mut place = Place::new();
    let header = "tweetid,userid,tweet_text,user_reported_location,latitude,longitude\n";
    let found = place.take("t", format!("{header}1,9,a,العراق,24.7136,46.6753\n2,9,b,,absent,absent\n3,9,c,,95,500\n"));
    assert!(found.ignored.is_empty() && found.rejected == 0, "{found:?}");
    let posts: Vec<Option<String>> = place.posts().into_iter().map(|p| p.place).collect();
    assert_eq!(posts, words([Some("Riyadh, SA"), None, None]));
    assert_eq!(declares(&place)[0], words([Some("العراق"), None, None]));
    // Other files use these names for other things, which is no fault.
    let mut place = Place::new();
    let line = r#"{"id":"1","handle":"h","followers":3,"location":{"city":"x"},"verified":{"at":1},"avatar":[1]}"#;
    assert_eq!(place.take("a.jsonl", line).rejected, 0);
    assert_eq!(declares(&place), [words([None, None, None])]);
    let mut place = Place::new();
    let posts = r#"{"id":"1","author":"2","text":"t","place":{"x":1},"media":[{"url":"https://a.example/1.png"},{"url":"https://a.example/2.png"}]}
{"id":"2","author":"2","text":"t","place":"Mosul, Iraq","media":"none"}
{"id":"3","author":"2","text":"t","media":4}
"#;
    assert_eq!(place.take("p.jsonl", posts).rejected, 0);
    assert_eq!(written(&place), [(None, Some(2)), (Some("Mosul, Iraq".into()), None), (None, Some(4))]);
}
