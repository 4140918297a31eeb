#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

fn reason(line: &[u8]) -> String {
    object(line).unwrap_err().to_string()
}

#[test]
fn lines_that_are_no_objects() {
    assert_eq!(reason(b"{\"a\":"), "not JSON");
    assert_eq!(reason(b"{} {}"), "not JSON");
    assert_eq!(reason(b"[1]"), "not an object");
    assert_eq!(reason(b"{\"a\":\"\xff\"}"), "invalid UTF-8");
    assert_eq!(reason(b"{\"a\":\0}"), "a NUL byte");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(reason(deep.as_bytes()), "nested too deep");
}

fn parsed(text: &[u8], what: What, options: &Options) -> Parsed {
    let target = Target::table(what);
    let piece = Pieces::new(Box::new(text), 0).next(&Pool::default()).unwrap().unwrap();
    let mut first = reader(&target, what, options, &piece);
    first.piece(&piece);
    // What was learned from lines must not change how they are read.
    let mut second = Reader::new(&target, first.shape.learned(), &first.filler.sizes(), &piece);
    second.piece(&piece);
    let (first, second) = (first.finish().unwrap(), second.finish().unwrap());
    assert_eq!((&first.rows.batch, &first.rows.rejected), (&second.rows.batch, &second.rows.rejected));
    assert_eq!(first.found.used, second.found.used);
    assert!(second.found.names.len() <= first.found.names.len());
    first
}

fn reader<'t, 'o>(target: &'t Target, what: What, options: &'o Options, piece: &Piece) -> Reader<'t, 'o> {
    Reader::new(target, Shape::new(columns::of(what), &columns::given(what, options).unwrap()), &[], piece)
}

/// The same lines, read by the other reader.
fn parsed_slowly(text: &[u8], what: What, options: &Options) -> Parsed {
    let target = Target::table(what);
    let piece = Pieces::new(Box::new(text), 0).next(&Pool::default()).unwrap().unwrap();
    let mut reader = reader(&target, what, options, &piece);
    for line in text.split_inclusive(|b| *b == b'\n') {
        reader.line += 1;
        reader.slowly(line);
    }
    reader.finish().unwrap()
}

fn paths(given: &[(&str, &str)]) -> Options {
    let columns = given.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    Options { columns, ..Options::default() }
}

#[test]
fn members_become_cells() {
    let options = paths(&[("followers", "metrics.followers")]);
    let line = br#"{"did":"d","id":18446744073709551615,"Handle":null,"username":"u","metrics":{"followers":3},
"followers":9,"bot":true,"x":1,"name":"\u0041\ud83d\ude00"}"#;
    let line: Vec<u8> = line.iter().copied().filter(|b| *b != b'\n').collect();
    let parsed = parsed(&line, What::Accounts, &options);
    assert!(parsed.rows.rejected.is_empty(), "{:?}", parsed.rows.rejected);
    let account = crate::rows::read_accounts(&parsed.rows.batch).unwrap().remove(0);
    assert_eq!(account.id, "18446744073709551615");
    assert_eq!((account.handle.as_deref(), account.name.as_deref()), (Some("u"), Some("A😀")));
    assert_eq!((account.followers, account.bot), (Some(3), Some(true)));
    assert_eq!(parsed.found.used[&5].1, "metrics.followers");
    let mut members = Members::default();
    members.add(&Target::table(What::Accounts), parsed.found);
    assert_eq!(members.ignored().collect::<Vec<_>>(), ["followers", "x"]);
}

/// Both readers, for each line: the same rows, reasons, columns and names.
fn agree(text: &[u8], what: What, options: &Options) {
    let (fast, slow) = (parsed(text, what, options), parsed_slowly(text, what, options));
    let text = String::from_utf8_lossy(text);
    assert_eq!(fast.rows.rejected, slow.rows.rejected, "{text}");
    assert_eq!((&fast.rows.batch, &fast.rows.lines), (&slow.rows.batch, &slow.rows.lines), "{text}");
    assert_eq!((fast.found.objects, &fast.found.used), (slow.found.objects, &slow.found.used), "{text}");
    let set = |found: &Found| found.names.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(set(&fast.found), set(&slow.found), "{text}");
}

#[test]
fn oddities_are_read_as_by_the_other_reader() {
    let options = paths(&[("name", "a.b.c"), ("description", "a"), ("followers", "a.b.n"), ("posts", "id")]);
    for line in [
        r#"{"id":1,"id":2}"#,
        r#"{"id":1,"id":null}"#,
        r#"{"ID":"up","id":"low","Id":"mixed"}"#,
        r#"{"user_id":1,"did":2}"#,
        r#"{"id":null,"user_id":1}"#,
        r#"{"\u0069d":"escaped"}"#,
        r#"{"id" : "spaced" , "bot" : true }"#,
        r#"{"id":"a","a":{"b":{"c":"nested","n":7}}}"#,
        r#"{"id":"a","a":{"b.c":"half","b":{"c":"nested"}}}"#,
        r#"{"id":"a","a.b.c":"whole","a":{"b.c":"half","b":{"c":"nested"}}}"#,
        r#"{"id":"a","a":{"b.c":null,"b":{"c":"nested"}}}"#,
        r#"{"id":"a","a":{"b":{"c":"one"},"b":{"n":2}}}"#,
        r#"{"id":"a","a":"text"}"#,
        r#"{"id":"a","a":["b"]}"#,
        r#"{"id":1e2,"name":3}"#,
        r#"{"id":"a","posts":-0,"x":1e400}"#,
        r#"{"id":"a","x":-1e-300,"lang":12345678901234567890123,"created_at":1539202764.25}"#,
        r#"{"id":"a","lang":[],"bot":"yes"}"#,
        r#"{"id":"a"}x"#,
        r#"{"id":"a"} {}"#,
        " \t{\"id\":\"a\"}\r",
        "\u{c}",
        "{}",
        "\r",
    ] {
        for options in [&options, &Options::default()] {
            agree(line.as_bytes(), What::Accounts, options);
            let lines =
                format!("{{\"id\":\"first\",\"a\":{{\"b\":{{\"n\":1}}}}}}\n{line}\n{line}\n\n{{\"id\":\"last\"}}");
            agree(lines.as_bytes(), What::Accounts, options);
        }
    }
    let posts = r#"{"id":1,"author":2,"tags":["a",1,true,"\n#b",""],"urls":[ ],"reply":0.0}"#;
    agree(posts.as_bytes(), What::Posts, &Options::default());
    agree(posts.replace("true", "null").as_bytes(), What::Posts, &Options::default());
    agree(posts.replace("true", "[2]").as_bytes(), What::Posts, &Options::default());
    agree(posts.replace("true", "\"\u{0}\"").as_bytes(), What::Posts, &Options::default());
}

#[test]
fn lists_of_objects_hold_their_texts() {
    let tags = |tags: &str, paths: &Options| {
        let line = format!(r#"{{"id":1,"author":2,"entities":{{"hashtags":{tags}}},"tags":{tags},"urls":{tags}}}"#);
        agree(line.as_bytes(), What::Posts, paths);
        let parsed = parsed(line.as_bytes(), What::Posts, paths);
        let read = crate::rows::read_posts(&parsed.rows.batch).unwrap().pop();
        read.map(|post| (post.tags, post.links)).ok_or_else(|| parsed.rows.rejected[0].1.to_string())
    };
    let tags_at = |path| paths(&[("tags", path), ("links", "none")]);
    // X's API v2, its API v1.1, Mastodon.
    let v2 = r#"[{"start":3,"end":10,"tag":"census"},{"start":12,"end":19,"tag":"\u0635\u0628\u0627\u062d"}]"#;
    assert_eq!(tags(v2, &tags_at("entities.hashtags")).unwrap().0, ["census", "صباح"]);
    assert_eq!(tags(r#"[{"text":"census","indices":[3,10]}]"#, &tags_at("tags")).unwrap().0, ["census"]);
    assert_eq!(
        tags(r#"[ {"name":"census","url":"https://a.org"} , " #b" ]"#, &tags_at("tags")).unwrap().0,
        ["census", "b"]
    );
    assert_eq!(tags(r#"[{"name":"a","tag":null,"text":"b","\u0074ext":"c"}]"#, &tags_at("tags")).unwrap().0, ["c"]);
    assert_eq!(tags("[]", &tags_at("entities.hashtags")).unwrap().0, [""; 0]);
    let fault = "`tags` is not a list of texts";
    for odd in [r#"[{"start":3}]"#, "[{}]", r#"[{"tag":["a"]}]"#, r#"[{"tag":{"tag":"a"}}]"#, r#"[{"tag":null}]"#] {
        assert_eq!(tags(odd, &tags_at("tags")).unwrap_err(), fault, "{odd}");
    }
    let links =
        r#"[{"url":"https://t.co/a","expanded_url":"https://a.org"},{"url":"https://b.org","expanded_url":null}]"#;
    assert_eq!(tags(links, &paths(&[("tags", "none")])).unwrap().1, ["https://a.org", "https://b.org"]);
}

#[test]
fn what_was_learned_is_of_no_line_that_is_not_sound() {
    let text = "{\"id\":1,\"a\":[{\"b\":1}]}\n{\"id\":2,\"n\":{\"b\":[1,}]}\n{\"id\":3,\"a\":[{\"b\":1},{\"b\":2}]}\n";
    agree(text.as_bytes(), What::Accounts, &Options::default());
    let deep = |n| format!("{{\"id\":1,\"a\":{}{}}}\n", "[".repeat(n), "]".repeat(n));
    for depth in [1, 126, 127, 128, 10_000] {
        agree((deep(depth) + &deep(2) + &deep(depth)).as_bytes(), What::Accounts, &Options::default());
    }
    let wide: String =
        (0..4000).map(|i| format!("{{\"id\":{i},\"a\":{{\"n{i}\":[{{\"n{i}\":1}}]}},\"x\":[[{i}]]}}\n")).collect();
    agree((wide.clone() + &wide).as_bytes(), What::Accounts, &Options::default());
}

#[test]
fn more_names_than_are_kept() {
    let many: String = (0..3000).map(|i| format!("{{\"n{i}\":1,\"id\":{i}}}\n")).collect();
    let parsed = parsed(many.as_bytes(), What::Accounts, &Options::default());
    assert_eq!((parsed.rows.batch.num_rows(), parsed.found.names.len()), (3000, MOST_NAMES));
    assert_eq!(parsed.found.used[&0], (1, "id".to_owned()));
}

proptest! {
    #[test]
    fn both_readers_agree(
        lines in prop::collection::vec(prop::collection::vec((
            prop::sample::select(vec!["id", "ID", "did", "name", "a", "a.b", "b", "followers", "x", "created_at"]),
            prop::sample::select(vec!["1", "\"t\"", "null", "\"\\n\"", "{\"b\":\"u\",\"c\":[1]}", "{\"b\":{}}", "[\"a\"]", "[{\"b\":1},{\"b\":{\"x\":[]}, \"c\":2}]", "[[ ],{}, [1]]", "{\"x\":{\"\\n\":1}}", " 7 ", "1.5", "true", "\"2018-10-10\"", "", "\"\\u12\""]),
        ), 0..6), 1..6),
        cut in any::<prop::sample::Index>(), byte in prop::sample::select(&b"\"\\{}[],:0e \n\xff\0"[..]), damage in any::<bool>(),
    ) {
        let mut text = Vec::new();
        for line in lines {
            let members: Vec<String> = line.iter().map(|(n, v)| format!("\"{n}\":{v}")).collect();
            text.extend(format!("{{{}}}\n", members.join(",")).bytes());
        }
        if damage {
            let at = cut.index(text.len());
            text[at] = byte;
        }
        agree(&text, What::Accounts, &Options::default());
        agree(&text, What::Accounts, &paths(&[("name", "a.b"), ("handle", "a.c")]));
    }
}

#[test]
fn numbers_keep_all_their_digits_or_are_decimals() {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(cell(&value("9007199254740993"), Kind::Count), Cell::Text("9007199254740993".into()));
    assert_eq!(cell(&value("-1"), Kind::Count), Cell::Text("-1".into()));
    assert_eq!(cell(&value("184467440737095516160"), Kind::Count), Cell::Real(184467440737095516160.0));
    assert_eq!(cell(&value("1e5"), Kind::Count), Cell::Real(1e5));
    assert_eq!(cell(&value("[1,\"a\"]"), Kind::Count), Cell::List(vec!["1".into(), "a".into()]));
    assert_eq!(cell(&value("[[1]]"), Kind::Count), Cell::Other);
    assert_eq!(cell(&value("{}"), Kind::Count), Cell::Other);
}
