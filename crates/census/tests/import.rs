//! import, through the public interface: what is sound goes in, the rest is listed, and nothing in between.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use netcensus::Kind;
use netcensus::import::{Format, Options, Summary, What, import};
use netcensus::progress::{Event, Progress};
use netcensus::rows::{Batch, Post};
use netcensus::study::{Platform, Settings, Study};
use netcensus::tables::Table;
use parquet::arrow::ArrowWriter;
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

    fn import(&mut self, what: What, file: &Path, options: &Options) -> netcensus::Result<Summary> {
        import(&mut self.study, what, file, options, &Progress::silent())
    }

    /// Imports a file that is to be taken in.
    fn take(&mut self, what: What, name: &str, bytes: impl AsRef<[u8]>, options: &Options) -> Summary {
        let file = self.file(name, bytes);
        self.import(what, &file, options).unwrap_or_else(|e| panic!("{name}: {e}: {:?}", e.advice()))
    }

    /// Imports a file that is to be refused, and says why; nothing of it may be left.
    fn refuse(&mut self, what: What, name: &str, bytes: impl AsRef<[u8]>, options: &Options) -> netcensus::Error {
        let file = self.file(name, bytes);
        let before = self.files(what.table());
        let error = self.import(what, &file, options).unwrap_err();
        assert_eq!(self.files(what.table()), before, "{name} left something behind");
        error
    }

    fn files(&self, table: Table) -> usize {
        fs::read_dir(self.study.store.folder(table)).map_or(0, Iterator::count)
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

    /// `rejected.csv`, its lines and reasons.
    fn rejected(&self) -> Vec<(u64, String)> {
        let Ok(text) = fs::read_to_string(self.study.root().join("rejected.csv")) else { return Vec::new() };
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), &["file", "line", "reason"][..]);
        reader.records().map(|r| r.unwrap()).map(|r| (r[1].parse().unwrap(), r[2].to_owned())).collect()
    }
}

fn lenient() -> Options {
    Options { max_rejected: 0.9, ..Options::default() }
}

fn columns(pairs: &[(&str, &str)]) -> Options {
    let columns = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    Options { columns, ..Options::default() }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn reasons(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter().map(|(line, reason)| (*line, (*reason).to_owned())).collect()
}

#[test]
fn broken_csv_rows_are_listed_and_the_sound_ones_come_in() {
    let mut place = Place::new();
    let mut bytes = b"id,followers,created_at,name\r\n".to_vec(); // line 1
    bytes.extend(b"1,10,2018-10-10,sound\r\n");
    bytes.extend(b"2,10\n"); // 3
    bytes.extend(b"3,many,2018-10-10,x\n"); // 4
    bytes.extend(b"4,10,2018-10-10,\xff\xfe\n"); // 5
    bytes.extend(b"5,10,2018-10-10,a\0b\n"); // 6
    bytes.extend(b"6,10,2018-10-10,");
    bytes.extend(vec![b'x'; 10 << 20]);
    bytes.extend(b"\n1,11,2018-10-10,again\n"); // 8; the long line is 7
    bytes.extend(b",10,2018-10-10,x\n"); // 9
    bytes.extend(b"7,10,then,x\n"); // 10
    bytes.extend(b"8,10,1901-01-01,x\n"); // 11
    bytes.extend(b"9,10,2018-10-10,x,y\n"); // 12
    bytes.extend(b"10,10,2018-10-10,\"two\nlines\"\n"); // 13 and 14, sound
    bytes.extend(b"11,-1,2018-10-10,x\n"); // 15
    bytes.extend(b"12,10,2018-10-10,\"open\n"); // 16
    bytes.extend(b"13,,,\n"); // 17, sound
    bytes.extend(b"id,followers,created_at,name\n"); // 18
    bytes.extend(b"1.23E+17,,,\n"); // 19
    bytes.extend(b"14,,,\"a\"b\n"); // 20
    bytes.extend(format!("{},,,\n", "y".repeat(300)).bytes()); // 21
    let summary = place.take(What::Accounts, "broken.csv", bytes, &lenient());
    let want = [
        (3, "too few fields"),
        (4, "`followers` is not a whole number"),
        (5, "invalid UTF-8"),
        (6, "a NUL byte"),
        (7, "line longer than 1 MiB"),
        (8, "duplicate of an earlier row"),
        (9, "`id` is empty"),
        (10, "`created_at` is not a time"),
        (11, "`created_at` is before 1990 or after 2099"),
        (12, "too many fields"),
        (15, "`followers` is below zero"),
        (16, "quote never closed"),
        (18, "the header again"),
        (19, "`id` is a decimal number, which loses the last digits of a long id"),
        (20, "text after a closing quote"),
        (21, "`id` is longer than 256 bytes"),
    ];
    assert_eq!(place.rejected(), reasons(&want));
    assert_eq!((summary.rows, summary.rejected), (3, 16));
    assert_eq!(summary.list, Some(place.study.root().join("rejected.csv")));
    let accounts = place.study.store.accounts().unwrap();
    assert_eq!(accounts.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["1", "10", "13"]);
    assert_eq!(accounts[0].followers, Some(10));
    assert_eq!(accounts[0].created_at, Some(1_539_129_600_000_000));
    assert_eq!(accounts[1].name.as_deref(), Some("two\nlines"));
    assert_eq!((accounts[2].followers, accounts[2].created_at, accounts[2].name.as_ref()), (None, None, None));
}

#[test]
fn broken_follows() {
    let mut place = Place::new();
    let text = "src,dst\na,b\na\na,\nb,b\nb,a\na, b \n\na,c\n";
    let summary = place.take(What::Follows, "f.csv", text, &lenient());
    assert_eq!(
        place.rejected(),
        reasons(&[
            (3, "missing field `dst`"),
            (4, "`dst` is empty"),
            (5, "an account that follows itself"),
            (7, "duplicate of an earlier row")
        ])
    );
    assert_eq!(place.follows(), pairs(&[("a", "b"), ("b", "a"), ("a", "c")]));
    assert_eq!((summary.rows, summary.reasons.len()), (3, 4));
}

#[test]
fn broken_json_rows() {
    let mut place = Place::new();
    let mut bytes =
        br#"{"id":9007199254740993,"author":"a","text":"hi","tags":["x","y"],"reply":true,"extra":{"deep":1}}
{"id":"2"}
{"id":"3","author":"a"
["id"]
"#
        .to_vec();
    bytes.extend(format!("{{\"id\":\"5\",\"author\":{}}}\n", "[".repeat(5000)).bytes());
    bytes.extend(b"{\"id\":\"6\",\"author\":\"\xff\"}\n");
    bytes.extend(b"{\"id\":\"7\",\"author\":\"a\",\"text\":\"\\u0000\"}\n");
    bytes.extend(b"{\"id\":8.5,\"author\":\"a\"}\n");
    bytes.extend(b"{\"id\":1e30,\"author\":\"a\"}\n");
    bytes.extend(b"{\"id\":\"10\",\"author\":[\"a\"]}\n");
    bytes.extend(b"{\"id\":9007199254740993,\"author\":\"a\"}\n");
    bytes.extend(b"\n   \n");
    bytes.extend(b"{\"id\":9007199254740992,\"author\":\"a\",\"created_at\":\"Wed Oct 10 20:19:24 +0000 2018\"}\n");
    bytes.extend(b"{\"id\":\"15\",\"author\":\"a\",\"tags\":{\"x\":1}}\n");
    bytes.extend(b"{\"id\":\"16\",\"author\":\"");
    bytes.extend(vec![b'x'; 3 << 20]);
    bytes.extend(b"\"}");
    let summary = place.take(What::Posts, "p.jsonl", bytes, &lenient());
    assert_eq!(
        place.rejected(),
        reasons(&[
            (2, "missing field `author`"),
            (3, "not JSON"),
            (4, "not an object"),
            (5, "nested too deep"),
            (6, "invalid UTF-8"),
            (7, "a NUL byte"),
            (8, "`id` is a decimal number, which loses the last digits of a long id"),
            (9, "`id` is a decimal number, which loses the last digits of a long id"),
            (10, "`author` is not an id"),
            (11, "duplicate of an earlier row"),
            (15, "`tags` is not a list of texts"),
            (16, "line longer than 1 MiB"),
        ])
    );
    assert_eq!(summary.ignored, ["extra"]);
    let posts = place.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!((posts[0].id.as_str(), posts[0].reply), ("9007199254740993", Some(true)));
    assert_eq!(posts[0].tags, ["x", "y"]);
    assert_eq!(posts[1].created_at, Some(1_539_202_764_000_000));
}

#[test]
fn every_packing_gives_the_same_rows() {
    let plain = b"\xef\xbb\xbfsource;target\r\na;b\r\nb;c\r\n".to_vec();
    let json = b"\xef\xbb\xbf{\"from\":\"a\",\"to\":\"b\"}\n{\"to\":\"c\",\"from\":\"b\"}".to_vec();
    let mut members = gzip(b"source;target\na;");
    members.extend(gzip(b"b\nb;c\n"));
    for (name, bytes) in [
        ("plain.csv", plain.clone()),
        ("gz.csv.gz", gzip(&plain)),
        ("members.csv.gz", members),
        ("zst.csv.zst", zstd::encode_all(&plain[..], 3).unwrap()),
        ("noname", gzip(&plain)),
        ("misnamed.csv", zstd::encode_all(&plain[..], 3).unwrap()),
        ("j.jsonl", json.clone()),
        ("j.jsonl.gz", gzip(&json)),
        ("j.ndjson.zst", zstd::encode_all(&json[..], 3).unwrap()),
        ("j.txt", json.clone()),
    ] {
        let mut place = Place::new();
        let summary = place.take(What::Follows, name, bytes, &Options::default());
        assert_eq!((summary.rows, summary.rejected), (2, 0), "{name}");
        assert_eq!(place.follows(), pairs(&[("a", "b"), ("b", "c")]), "{name}");
    }
}

fn parquet_file(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn parquet_posts() -> Vec<u8> {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.values().append_value("#x");
    tags.values().append_value("y");
    tags.append(true);
    tags.append(false);
    tags.append(true);
    tags.append(true);
    parquet_file(vec![
        ("junk", Arc::new(Float64Array::from(vec![1.0; 4]))),
        ("text", Arc::new(StringArray::from(vec![Some("مرحبا"), None, Some(""), Some("x")]))),
        ("author", Arc::new(Int64Array::from(vec![Some(1), Some(2), None, Some(4)]))),
        ("id", Arc::new(Int64Array::from(vec![Some(9007199254740993), Some(2), Some(3), Some(2)]))),
        ("reply", Arc::new(BooleanArray::from(vec![Some(true), None, None, None]))),
        ("tags", Arc::new(tags.finish())),
        ("date", Arc::new(TimestampMillisecondArray::from(vec![Some(1_539_202_764_000), None, None, None]))),
    ])
}

#[test]
fn parquet_comes_in() {
    let mut place = Place::new();
    let summary = place.take(What::Posts, "posts.parquet", parquet_posts(), &lenient());
    assert_eq!(summary.ignored, ["junk"]);
    assert_eq!(summary.columns["created_at"], "date");
    // One column of the file may serve for two of the table.
    let twice = columns(&[("id", "id"), ("text", "id"), ("author", "author")]);
    assert_eq!(
        Place::new().take(What::Posts, "posts.parquet", parquet_posts(), &Options { max_rejected: 0.9, ..twice }).rows,
        2
    );
    assert_eq!(place.rejected(), reasons(&[(3, "missing field `author`"), (4, "duplicate of an earlier row")]));
    let posts = place.posts();
    let first = Post {
        id: "9007199254740993".into(),
        author: "1".into(),
        created_at: Some(1_539_202_764_000_000),
        text: Some("مرحبا".into()),
        reply: Some(true),
        tags: vec!["x".into(), "y".into()],
        ..Post::default()
    };
    assert_eq!(posts, [first, Post { id: "2".into(), author: "2".into(), ..Post::default() }]);
}

#[test]
fn parquet_that_cannot_be_used_is_refused_clearly() {
    let mut place = Place::new();
    let sound = parquet_posts();
    for cut in [4, 8, 20, sound.len() / 2, sound.len() - 1] {
        let error = place.refuse(What::Posts, "cut.parquet", &sound[..cut], &Options::default());
        assert_eq!(error.kind(), Kind::Data);
        assert!(error.to_string().contains("Parquet"), "{error}");
    }
    let decimals = parquet_file(vec![
        ("src", Arc::new(Float64Array::from(vec![1.0, 2.0]))),
        ("dst", Arc::new(Float64Array::from(vec![3.0, 4.0]))),
    ]);
    let error = place.refuse(What::Follows, "real.parquet", decimals, &Options::default());
    assert!(error.advice().unwrap().contains("decimal"), "{:?}", error.advice());
    let packed = place.refuse(What::Posts, "posts.parquet.gz", gzip(&sound), &Options::default());
    assert!(packed.advice().unwrap().contains("unpack"));
    let other = place.refuse(What::Follows, "posts.parquet", &sound, &Options::default());
    assert_eq!(other.kind(), Kind::Usage);
}

#[test]
fn a_damaged_parquet_file_never_panics() {
    let sound = parquet_posts();
    let mut place = Place::new();
    for at in (4..sound.len()).step_by(2) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x55;
        let file = place.file("damaged.parquet", &bytes);
        // Some bytes do not matter, and some change a value that cannot be checked; what counts is an answer.
        let _ = place.import(What::Posts, &file, &lenient());
    }
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let mut place = Place::new();
    let dir = place.dir.path().to_owned();
    let options = Options::default();
    let error = place.import(What::Follows, &dir, &options).unwrap_err();
    assert!(error.to_string().contains("a folder"));
    assert_eq!(place.import(What::Follows, &dir.join("none.csv"), &options).unwrap_err().kind(), Kind::Disk);
    let garbage: Vec<u8> = (0..5000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect();
    let mut cut = gzip(&b"src,dst\na,b\n".repeat(1000));
    cut.truncate(cut.len() / 2);
    for (name, bytes, says) in [
        ("empty.csv", Vec::new(), "empty"),
        ("empty.csv.gz", gzip(b""), "empty"),
        ("blank.csv", b"\n\n \n".to_vec(), "empty"),
        ("garbage.csv", garbage.clone(), "not CSV"),
        ("nul.csv", vec![0; 5000], "not CSV"),
        ("cut.csv.gz", cut, "read to its end"),
        ("bad.csv.zst", [b"\x28\xb5\x2f\xfd".to_vec(), garbage.clone()].concat(), "read to its end"),
        ("a.zip", b"PK\x03\x04rest".to_vec(), "a zip archive"),
        ("utf16.csv", b"\xff\xfes\0r\0c\0".to_vec(), "UTF-16"),
        ("array.json", b"[{\"src\":1}]".to_vec(), "one JSON array"),
        ("no.parquet", b"src,dst\na,b\n".to_vec(), "not a Parquet file"),
        ("columns.csv", b"a,b\n1,2\n".to_vec(), "no column for `src`"),
        ("columns.jsonl", b"{\"a\":1,\"b\":2}\n".to_vec(), "no column for `src`"),
        ("twice.csv", b"src,dst,dst\na,b,c\n".to_vec(), "more than one column"),
    ] {
        let error = place.refuse(What::Follows, name, bytes, &options);
        assert!(error.to_string().contains(says), "{name}: {error}");
    }
    let error = place.refuse(What::Follows, "columns.csv", b"a,b\n1,2\n", &options);
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.advice().unwrap().contains("a, b"), "{:?}", error.advice());
    let share = Options { max_rejected: f64::NAN, ..Options::default() };
    assert_eq!(place.refuse(What::Follows, "x.csv", b"src,dst\na,b\n", &share).kind(), Kind::Usage);
    let delimiter = Options { delimiter: Some(b'"'), ..Options::default() };
    assert_eq!(place.refuse(What::Follows, "x.csv", b"src,dst\na,b\n", &delimiter).kind(), Kind::Usage);
}

#[test]
fn a_header_alone_is_no_row() {
    let mut place = Place::new();
    let summary = place.take(What::Follows, "h.csv", "src,dst\n", &Options::default());
    assert_eq!((summary.rows, summary.rejected, place.files(Table::Follows)), (0, 0, 0));
}

#[test]
fn columns_are_given_by_option() {
    let mut place = Place::new();
    let options = Options { delimiter: Some(b':'), ..columns(&[("src", "wer"), ("dst", "wem")]) };
    let summary = place.take(What::Follows, "f.csv", "src:WEM:wer\nx:b:a\n", &options);
    assert_eq!(place.follows(), pairs(&[("a", "b")]));
    assert_eq!(summary.columns, BTreeMap::from([("src".into(), "wer".into()), ("dst".into(), "WEM".into())]));
    assert_eq!(summary.ignored, ["src"]);
    let options = columns(&[("followers", "public_metrics.followers_count"), ("name", "name")]);
    let json = "{\"id\":1,\"public_metrics\":{\"followers_count\":7}}\n{\"id\":2,\"name\":\"n\"}\n";
    place.take(What::Accounts, "a.jsonl", json, &options);
    let accounts = place.study.store.accounts().unwrap();
    assert_eq!((accounts[0].followers, accounts[1].followers), (Some(7), None));
    assert_eq!(accounts[1].name.as_deref(), Some("n"));
    let wrong = place.refuse(What::Follows, "f2.csv", "src,dst\na,b\n", &columns(&[("source", "src")]));
    assert!(wrong.advice().unwrap().contains("src, dst"));
}

#[test]
fn posts_as_x_gives_them() {
    let mut place = Place::new();
    let text = "tweet_id,user_id,created_at,full_text,source,hashtags,urls\n\
        1050118621198921728,1,Wed Oct 10 20:19:24 +0000 2018,\"a, b\",\
        \"<a href=\"\"http://twitter.com/download/iphone\"\" rel=\"\"nofollow\"\">Twitter for iPhone</a>\",\
        #a;b,\"https://a.org/1,2 https://b.org\"\n";
    place.take(What::Posts, "x.csv", text, &Options::default());
    let posts = place.posts();
    assert_eq!(posts[0].id, "1050118621198921728");
    assert_eq!(posts[0].client.as_deref(), Some("Twitter for iPhone"));
    assert_eq!(
        (posts[0].tags.join(" "), posts[0].links.join(" ")),
        ("a b".into(), "https://a.org/1,2 https://b.org".into())
    );
    assert_eq!(posts[0].created_at, Some(1_539_202_764_000_000));
}

fn twenty(bad: usize) -> String {
    let rows = (0..20).map(|i| if i < bad { format!("{i},\n") } else { format!("{i},x\n") });
    format!("src,dst\n{}", rows.collect::<String>())
}

#[test]
fn too_many_bad_rows_stop_the_import_and_are_listed() {
    let mut place = Place::new();
    let error = place.refuse(What::Follows, "six.csv", twenty(6), &Options::default());
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains("6 of 20 rows"), "{error}");
    let advice = error.advice().unwrap();
    for part in ["`dst` is empty (6)", "rejected.csv", "--max-rejected 0.3"] {
        assert!(advice.contains(part), "{advice}");
    }
    assert_eq!(place.rejected().len(), 6);
    // What is advised works.
    let options = Options { max_rejected: 0.3, ..Options::default() };
    let summary = place.take(What::Follows, "six.csv", twenty(6), &options);
    assert_eq!((summary.rows, summary.rejected), (14, 6));
    // One slip in a short file is not a reason to stop, unless none is allowed.
    assert_eq!(place.take(What::Follows, "one.csv", twenty(1), &Options::default()).rows, 19);
    let none = Options { max_rejected: 0.0, ..Options::default() };
    place.refuse(What::Follows, "none.csv", twenty(1).replace('x', "y"), &none);
    place.refuse(What::Follows, "two.csv", twenty(2), &Options::default());
    // No sound row is never an import.
    let all = Options { max_rejected: 1.0, ..Options::default() };
    let error = place.refuse(What::Follows, "all.csv", twenty(20), &all);
    assert!(error.to_string().contains("none of 20 rows"), "{error}");
}

#[test]
fn the_share_is_that_of_the_whole_file() {
    let mut text = "src,dst\n".to_owned();
    text.extend((0..10).map(|i| format!("{i},{i}\n")));
    text.extend((0..990).map(|i| format!("{i},x\n")));
    let mut place = Place::new();
    assert_eq!(place.take(What::Follows, "ok.csv", &text, &Options::default()).rejected, 10);
    text.push_str("x,x\n");
    place.refuse(What::Follows, "over.csv", &text, &Options::default());
}

#[test]
fn a_hopeless_file_is_not_read_to_its_end() {
    let mut place = Place::new();
    let text = format!("src,dst\na,b\n{}", "a,a\n".repeat(300_000));
    let error = place.refuse(What::Follows, "hopeless.csv", text, &Options::default());
    assert!(error.to_string().contains("100000 of 100001 rows"), "{error}");
}

#[test]
fn the_same_file_is_imported_once() {
    let mut place = Place::new();
    assert!(!place.take(What::Follows, "f.csv", "src,dst\na,b\n", &Options::default()).skipped);
    let again = place.take(What::Follows, "copy.csv", "src,dst\na,b\n", &Options::default());
    assert_eq!((again.skipped, again.rows), (true, 0));
    assert_eq!(place.follows().len(), 1);
    // Read in another way, or for another table, it is another import.
    let turned = columns(&[("src", "dst"), ("dst", "src")]);
    assert!(!place.take(What::Follows, "f.csv", "src,dst\na,b\n", &turned).skipped);
    assert_eq!(place.follows(), pairs(&[("a", "b"), ("b", "a")]));
    let accounts = columns(&[("id", "src")]);
    assert!(!place.take(What::Accounts, "f.csv", "src,dst\na,b\n", &accounts).skipped);
    // So it is when its rows are gone.
    fs::remove_dir_all(place.study.store.folder(Table::Follows)).unwrap();
    assert!(!place.take(What::Follows, "f.csv", "src,dst\na,b\n", &Options::default()).skipped);
    let logged: i64 =
        place.study.work.db.query_row("SELECT count(*) FROM audit WHERE action = 'import'", [], |r| r.get(0)).unwrap();
    assert_eq!(logged, 4);
}

#[test]
fn a_stop_leaves_nothing_and_progress_counts_the_file() {
    let mut place = Place::new();
    let text = format!("src,dst\n{}", (0..20_000).map(|i| format!("{i},x\n")).collect::<String>());
    let file = place.file("f.csv", &text);
    let stop = Arc::new(AtomicBool::new(true));
    let stopped = Progress::new(|_| (), stop);
    let error = import(&mut place.study, What::Follows, &file, &Options::default(), &stopped).unwrap_err();
    assert_eq!((error.kind(), place.files(Table::Follows)), (Kind::Interrupted, 0));
    // Stopped in the middle, when half the rows are in a part already.
    let stop = Arc::new(AtomicBool::new(false));
    let (seen, flag) = (AtomicU64::new(0), stop.clone());
    let counting = Progress::new(
        move |event| {
            if let Event::Advance(_) = event {
                flag.store(seen.fetch_add(1, Ordering::Relaxed) >= 1, Ordering::Relaxed);
            }
        },
        stop,
    );
    let big = format!("src,dst\n{}", (0..60_000).map(|i| format!("{i},someone\n")).collect::<String>());
    let big = place.file("big.csv", big);
    let error = import(&mut place.study, What::Follows, &big, &Options::default(), &counting).unwrap_err();
    assert_eq!((error.kind(), place.files(Table::Follows)), (Kind::Interrupted, 0));

    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let sink = events.clone();
    let progress = Progress::new(move |event| sink.lock().unwrap().push(event), Arc::default());
    import(&mut place.study, What::Follows, &file, &Options::default(), &progress).unwrap();
    let events = events.lock().unwrap();
    let bytes = text.len() as u64;
    assert!(matches!(&events[0], Event::Begin { total: Some(t), .. } if *t == bytes), "{:?}", events[0]);
    let told: u64 = events.iter().map(|e| if let Event::Advance(n) = e { *n } else { 0 }).sum();
    assert_eq!((told, events.last()), (bytes, Some(&Event::End)));
}

#[test]
fn a_bomb_is_read_in_bounded_memory() {
    let mut place = Place::new();
    let path = place.dir.path().join("bomb.csv.gz");
    let mut writer = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
    writer.write_all(b"src,dst\na,b\n").unwrap();
    let zeros = vec![b'x'; 1 << 20];
    for _ in 0..300 {
        writer.write_all(&zeros).unwrap();
    }
    writer.finish().unwrap();
    let summary = place.import(What::Follows, &path, &Options::default()).unwrap();
    assert_eq!((summary.rows, summary.rejected), (1, 1));
    assert_eq!(place.rejected(), reasons(&[(3, "line longer than 1 MiB")]));
}

#[test]
fn the_list_holds_names_as_given_and_no_formula() {
    let mut place = Place::new();
    place.take(What::Follows, "f.csv", "src,dst\na,b\n=cmd(),=cmd()\n", &Options::default());
    let text = fs::read_to_string(place.study.root().join("rejected.csv")).unwrap();
    assert!(!text.contains("cmd"), "{text}");
    assert!(text.contains(&format!("{},3,", place.dir.path().join("f.csv").display())), "{text}");
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let text = format!("src,dst\n{}", (0..30_000).map(|i| format!("{i},{}\n", i / 7 + 40_000)).collect::<String>());
    let names = [(), ()].map(|()| {
        let mut place = Place::new();
        place.take(What::Follows, "f.csv", &text, &Options::default());
        let parts = place.study.store.parts(Table::Follows).unwrap();
        parts.iter().map(|p| p.file_name().unwrap().to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(names[0], names[1]);
    assert_eq!(names[0].len(), 1);
}

fn any_what() -> impl Strategy<Value = What> {
    prop::sample::select(vec![What::Accounts, What::Follows, What::Posts])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_bytes_panic(
        what in any_what(),
        format in prop::sample::select(vec![None, Some(Format::Csv), Some(Format::JsonLines), Some(Format::Parquet)]),
        start in prop::sample::select(vec!["", "id,author,src,dst\n", "{\"id\":", "PAR1", "\x1f\u{8b}", "[", "\u{feff}"]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut place = Place::new();
        let file = place.file("any", [start.as_bytes(), &bytes].concat());
        let options = Options { format, ..lenient() };
        let _ = place.import(what, &file, &options);
    }

    #[test]
    fn sound_rows_come_back_whatever_the_format(
        rows in prop::collection::btree_map("[a-z]{1,6}", ("[a-z]{1,4}", "[^\r\0]{0,12}", any::<Option<bool>>(), prop::option::of(631_152_000i64..4_102_444_800), prop::collection::vec("[a-z]{1,5}", 0..3)), 1..30),
    ) {
        let want: Vec<Post> = rows.into_iter().map(|(id, (author, text, reply, time, tags))| Post {
            id, author, reply, tags,
            created_at: time.map(|t| t * 1_000_000),
            text: Some(text).filter(|t| !t.trim().is_empty()),
            ..Post::default()
        }).collect();
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(["id", "author", "text", "reply", "date", "tags"]).unwrap();
        let mut lines = String::new();
        for p in &want {
            let seconds = p.created_at.map(|t| (t / 1_000_000).to_string());
            let reply = p.reply.map(|r| r.to_string()).unwrap_or_default();
            table.write_record([&p.id, &p.author, p.text.as_deref().unwrap_or(""), &reply, seconds.as_deref().unwrap_or(""), &p.tags.join(" ")]).unwrap();
            lines.push_str(&serde_json::json!({"id": p.id, "author": p.author, "text": p.text, "reply": p.reply, "date": p.created_at.map(|t| t / 1_000_000), "tags": p.tags}).to_string());
            lines.push('\n');
        }
        for (name, bytes) in [("p.csv", table.into_inner().unwrap()), ("p.jsonl", lines.into_bytes())] {
            let mut place = Place::new();
            let summary = place.take(What::Posts, name, bytes, &Options::default());
            prop_assert_eq!((summary.rows, summary.rejected), (want.len() as u64, 0));
            prop_assert_eq!(&place.posts(), &want);
            // The part is a Parquet file that can be imported itself.
            let part = place.study.store.parts(Table::Posts).unwrap().remove(0);
            let mut other = Place::new();
            other.import(What::Posts, &part, &Options::default()).unwrap();
            prop_assert_eq!(&other.posts(), &want);
        }
    }
}

#[test]
fn statuses_are_what_each_check_found() {
    let mut place = Place::new();
    let text = "account,status,at,source,colour\n\
                a,active,2014-12-01T00:00:00Z,check,x\n\
                a,active,2015-01-01T00:00:00Z,check,x\n\
                a,active,2015-01-01T00:00:00Z,again,x\n\
                a,suspended,2015-02-01T00:00:00Z,,x\n\
                b,,2015-02-01T00:00:00Z,,x\n\
                c,active,soon,,x\n\
                d,unreachable,,,x\n";
    let summary = place.take(What::Statuses, "s.csv", text, &lenient());
    assert_eq!((summary.rows, summary.rejected), (4, 3));
    assert_eq!(summary.ignored, ["colour"]);
    let lines: Vec<u64> = place.rejected().iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 6, 7], "{:?}", place.rejected());
    let mut rows = Vec::new();
    let read =
        place.study.store.read(Table::Statuses, &[], |batch| {
            let b = Batch(batch);
            let (account, status, at) = (b.text("account")?, b.text("status")?, b.time("at")?);
            rows.extend((0..batch.num_rows()).map(|i| {
                (account.value(i).to_owned(), status.value(i).to_owned(), at.iter().nth(i).flatten().is_some())
            }));
            Ok(())
        });
    read.unwrap();
    let row = |a: &str, s: &str, at| (a.to_owned(), s.to_owned(), at);
    assert_eq!(
        rows,
        [
            row("a", "active", true),
            row("a", "active", true),
            row("a", "suspended", true),
            row("d", "unreachable", false)
        ]
    );
    let file = place.file("s.csv", text);
    assert!(place.import(What::Statuses, &file, &lenient()).unwrap().skipped);
}
