//! `netcensus sites` on a simulated network, its sites on this machine.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use command::{json, netcensus, succeeds, text};

/// A server that answers every request with a page.
fn serve() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while lines.next().is_some_and(|l| l.is_ok_and(|l| !l.is_empty())) {}
                let page = "<meta name=generator content='WordPress 6'><title>\x1b[2J<script>x</script></title>hello";
                let mut stream = stream;
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
                    page.len()
                );
            });
        }
    });
    address
}

#[test]
fn sites_that_the_group_pushes() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    succeeds(dir, &["simulate", "--accounts", "3000", "--members", "300", "--out", "world"]);
    succeeds(dir, &["new", "study", "--files", "--seeds-file", "world/seeds.csv"]);
    let settings = dir.join("study/study.toml");
    let toml = fs::read_to_string(&settings).unwrap().replace("labels = 500", "labels = 200");
    let toml = toml + "\n[simulated_coder]\ntruth = \"../world/accounts.csv\"\n";
    fs::write(&settings, &toml).unwrap();
    let files =
        ["--accounts", "world/accounts.csv", "--follows", "world/follows.csv.gz", "--posts", "world/posts.jsonl.gz"];
    succeeds(dir, &[&["import", "study"], &files[..]].concat());
    // Before any label the group is its seeds, and nothing is weighed.
    let seeds = json(&succeeds(dir, &["sites", "study", "--json"]));
    let first = &seeds["published"]["most_pushed"][0];
    assert!(first.is_null() || first["share"].is_null(), "{first}");

    succeeds(dir, &["run", "study"]);
    let run = |threads| {
        let words = text(&succeeds(dir, &["sites", "study", "--threads", threads]));
        assert!(words.contains("SIMULATED") && words.contains("not checked"), "{words}");
        fs::read_to_string(dir.join("study/out/sites.json")).unwrap()
    };
    let published = run("1");
    assert!(published == run("3"), "threads make a difference");
    let published = json(published.as_bytes());
    let most = published["most_pushed"].as_array().unwrap();
    assert!(!most.is_empty() && most.iter().all(|site| site["accounts"].as_u64().unwrap() >= 10), "{published}");
    for site in most {
        let share = &site["share"];
        let (low, value, high) = (&share["low"], share["value"].as_f64().unwrap(), &share["high"]);
        assert!(0.0 < value && low.as_f64().unwrap() <= value && value <= high.as_f64().unwrap(), "{site}");
    }
    let list = json(&succeeds(dir, &["sites", "study", "--json"]));
    let list: Vec<String> =
        list["list"].as_array().unwrap().iter().map(|s| s["site"].as_str().unwrap().to_owned()).collect();
    assert!(list.len() >= 5, "{list:?}");

    // Every site of the simulation is on this machine.
    let at = serve();
    let mut toml = toml + "\n[sites]\npatience = 5\n[sites.addresses]\n";
    for site in &list {
        // Nothing speaks TLS there: sites are tried by the other scheme.
        let doors =
            [site.clone(), format!("www.{site}")].into_iter().flat_map(|host| [(host.clone(), 443), (host, 80)]);
        doors.for_each(|(host, port)| toml += &format!("\"{host}:{port}\" = \"{at}\"\n"));
    }
    fs::write(&settings, toml).unwrap();
    let words = text(&succeeds(dir, &["sites", "study", "--check"]));
    assert!(words.contains(&format!("checked {}: {} there, 0 gone", list.len(), list.len())), "{words}");
    assert!(words.contains("WordPress") && !words.contains('\x1b'), "{words}");
    let again = json(&succeeds(dir, &["sites", "study", "--check", "--json"]));
    assert_eq!((&again["round"]["checked"], &again["round"]["not_due"]), (&0.into(), &list.len().into()));
    let published = fs::read_to_string(dir.join("study/out/sites.json")).unwrap();
    assert!(!published.contains("script") && !published.contains("127.0.0.1"), "{published}");

    let refused = netcensus(dir, &["sites", "study", "--every", "5m"]);
    assert!(!refused.status.success());
}
