//! `report --format pdf`, with the feature `pdf` and without: `cargo test --release --test pdf --features pdf --
//! --ignored`, with Poppler.
#![allow(clippy::unwrap_used, missing_docs)]

mod command;

use command::{netcensus, succeeds, text};

#[cfg(feature = "pdf")]
#[test]
#[ignore = "needs poppler-utils"]
fn pdf_of_the_demonstration_in_both_languages() {
    let dir = tempfile::tempdir().unwrap();
    succeeds(dir.path(), &["demo", "demo"]);
    for (lang, path, word) in [("en", "demo/out/report.pdf", "members"), ("ar", "demo/out/report.ar.pdf", "الأعضاء")]
    {
        let args = ["report", "demo", "--format", "pdf", "--lang", lang];
        succeeds(dir.path(), &args);
        let path = dir.path().join(path);
        let first = std::fs::read(&path).unwrap();
        succeeds(dir.path(), &["--threads", "1", "report", "demo", "--format", "pdf", "--lang", lang]);
        assert!(first == std::fs::read(&path).unwrap(), "{lang}: the same figures gave other bytes");
        // It keeps the standards that it claims, so typst found nothing to object to.
        for claim in ["<pdfaid:part>2</pdfaid:part>", "<pdfuaid:part>1</pdfuaid:part>"] {
            assert!(first.windows(claim.len()).any(|w| w == claim.as_bytes()), "{lang}: {claim}");
        }
        let read = std::process::Command::new("pdftotext").arg(&path).arg("-").output().unwrap();
        assert!(read.status.success() && text(&read.stdout).contains(word), "{lang}");
    }
    assert!(netcensus(dir.path(), &["report", "demo", "--format", "pdf", "--lang", "xx"]).status.code() == Some(2));
}

#[cfg(not(feature = "pdf"))]
#[test]
fn pdf_from_a_build_without_it_says_how_to_get_it() {
    let dir = tempfile::tempdir().unwrap();
    succeeds(dir.path(), &["demo", "demo"]);
    let done = netcensus(dir.path(), &["report", "demo", "--format", "pdf"]);
    assert!(!done.status.success());
    let said = text(&done.stderr);
    assert!(said.contains("--features pdf"), "{said}");
    assert!(!dir.path().join("demo/out/report.pdf").exists());
}
