//! Files of others come in and the study's go out, by the command.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::fs;
use std::path::Path;

use command::{json, netcensus, succeeds, text};

fn done(dir: &Path, arguments: &[&str]) -> String {
    text(&succeeds(dir, arguments))
}

const POST: &str = r#"{"id_str":"7","text":"t","user":{"id_str":"1","screen_name":"h","followers_count":3}}"#;

#[test]
fn files_say_what_they_are_and_go_out_under_pseudonyms() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("seeds.csv"), "id\n1\n").unwrap();
    fs::write(dir.join("posts"), format!("{POST}\n{POST}\n")).unwrap();
    fs::write(dir.join("edges"), "1 2\n1 3\n2 3\n").unwrap();
    fs::write(dir.join("followers"), "{\"ids\":[2,4],\"next_cursor\":0}\n").unwrap();
    fs::write(dir.join("page.gexf"), "<html><body>503</body></html>").unwrap();
    done(dir, &["new", "s", "--files", "--seeds-file", "seeds.csv"]);
    let said = done(dir, &["import", "s", "posts", "edges"]);
    assert!(said.contains("posts: an archive of X's API: 1 accounts, 1 posts; 2 that were there before"), "{said}");
    assert!(said.contains("edges: an edge list: 3 follows") && said.contains("--undirected"), "{said}");
    let again = json(&succeeds(dir, &["import", "s", "posts", "--json"]));
    assert_eq!((&again[0]["skipped"], &again[0]["form"]), (&true.into(), &"x".into()), "{again}");
    let refused = netcensus(dir, &["import", "s", "followers"]);
    assert!(text(&refused.stderr).contains("--followers-of"));
    done(dir, &["import", "s", "--followers-of", "1", "followers"]);
    let page = netcensus(dir, &["import", "s", "page.gexf"]);
    assert_eq!(page.status.code(), Some(1));
    assert!(text(&page.stderr).contains("a web page"));
    assert_eq!(netcensus(dir, &["import", "s"]).status.code(), Some(2));

    assert_eq!(netcensus(dir, &["export", "s", "--format", "csv", "--out", "x"]).status.code(), Some(2));
    done(dir, &["frame", "s"]);
    done(dir, &["export", "s", "--format", "csv", "--out", "x"]);
    let accounts = fs::read_to_string(dir.join("x/accounts.csv")).unwrap();
    assert_eq!(accounts.lines().next(), Some("id,wave,group_follows,coded_label"));
    assert!(accounts.lines().skip(1).all(|line| line.starts_with('p')), "{accounts}");
    let named = netcensus(dir, &["export", "s", "--format", "graphml", "--identifiers", "--out", "g.graphml"]);
    assert!(named.status.success() && text(&named.stderr).contains("the platform's own ids"));
    assert!(fs::read_to_string(dir.join("g.graphml")).unwrap().contains("<node id=\"3\">"));
    let both = ["export", "s", "--format", "csv", "--out", "x", "--accounts", "members", "--min-score", "1"];
    assert_eq!(netcensus(dir, &both).status.code(), Some(2));
}
