//! The demonstration's report in a real browser: `cargo test --release --test browser -- --ignored`, with Chromium.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use std::path::Path;
use std::process::Command;

use command::{succeeds, text};

/// What Chromium says of a page, and what it writes with the given options.
fn chromium(dir: &Path, page: &str, options: &[&str]) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let done = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr", "--v=0"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(options)
        .arg(format!("file://{}", dir.join(page).display()))
        .output()
        .unwrap();
    assert!(done.status.success());
    (text(&done.stdout), text(&done.stderr))
}

/// The width and height of a PNG file.
fn size(png: &Path) -> (u32, u32) {
    let bytes = std::fs::read(png).unwrap();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(&bytes[1..4], b"PNG");
    (number(16), number(20))
}

/// How wide a page is that has 360 pixels of room, by a page around it that has a script; the report itself has none.
fn width_on_a_phone(dir: &Path, page: &str) -> u32 {
    let name = page.rsplit('/').next().unwrap();
    let around = format!(
        r#"<!doctype html><p id="w"></p><iframe src="{name}" style="width:360px;height:3000px;border:0" onload="
        document.getElementById('w').textContent = 'width ' + this.contentDocument.documentElement.scrollWidth + ' end'"></iframe>"#
    );
    let folder = dir.join(page).parent().unwrap().to_owned();
    std::fs::write(folder.join("around.html"), around).unwrap();
    let around = page.replace(name, "around.html");
    let (dom, _) = chromium(dir, &around, &["--dump-dom", "--allow-file-access-from-files"]);
    std::fs::remove_file(folder.join("around.html")).unwrap();
    dom.split("width ").nth(1).and_then(|rest| rest.split(" end").next()).unwrap().parse().unwrap()
}

#[test]
#[ignore = "needs chromium"]
fn the_report_renders_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    succeeds(dir.path(), &["demo", "demo"]);
    succeeds(dir.path(), &["report", "demo", "--lang", "ar"]);
    for page in ["demo/out/report.html", "demo/out/report.ar.html"] {
        let (dom, said) = chromium(dir.path(), page, &["--dump-dom"]);
        let source = std::fs::read_to_string(dir.path().join(page)).unwrap();
        // Nothing was refused by the page's own policy, nothing was loaded, nothing ran.
        for fault in ["CONSOLE", "Content Security Policy", "ERR_", "Refused to"] {
            assert!(!said.contains(fault), "{said}");
        }
        assert!(!dom.contains("<script"));
        // The browser saw the document that was written: as many figures, headings and tables.
        for tag in ["<svg", "<h2", "<table", "<figure", "<bdi"] {
            assert_eq!(dom.matches(tag).count(), source.matches(tag).count(), "{tag}");
            assert!(dom.contains(tag), "{tag}");
        }
        // Nothing is wider than a phone: what is wide scrolls by itself.
        let width = width_on_a_phone(dir.path(), page);
        assert!((300..=360).contains(&width), "{page} is {width} pixels wide on a phone");
        for (name, window) in [("wide", "1100,4000"), ("phone", "400,4000")] {
            let png = dir.path().join(format!("{name}.png"));
            chromium(
                dir.path(),
                page,
                &[&format!("--screenshot={}", png.display()), &format!("--window-size={window}")],
            );
            let (width, height) = size(&png);
            assert!(width >= 400 && height == 4000);
            // A blank page packs into a few kilobytes.
            assert!(std::fs::metadata(&png).unwrap().len() > 60_000, "{name} looks empty");
        }
    }
}
