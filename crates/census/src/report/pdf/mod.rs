//! The report as PDF, set by typst (feature `pdf`).
//!
//! The looks are a template, `templates/report.typ`, that never changes; the document reaches it as data ([`data`]). So
//! nothing that stands in a study is ever read as markup. The world that typst sees ([`world`]) is these two files and
//! the fonts in this binary: no network, no disk, no clock. The same document gives the same bytes.
//!
//! The file is tagged, and says of itself that it is PDF/A-2a, which archives ask for, and PDF/UA-1, which screen readers
//! want. PDF/A wants a date; without one ([`Document::date`]) it is PDF/UA-1 alone.

use super::document::Document;
use crate::{Error, Result};

#[cfg(feature = "pdf")]
mod data;
#[cfg(feature = "pdf")]
mod set;
#[cfg(feature = "pdf")]
mod world;

#[cfg(all(test, feature = "pdf"))]
mod tests;

/// The document as a PDF file.
#[cfg(feature = "pdf")]
pub fn pdf(document: &Document) -> Result<Vec<u8>> {
    set::export(&set::pages(data::of(document)?)?, document)
}

/// Says how to get it: this build has no PDF.
#[cfg(not(feature = "pdf"))]
pub fn pdf(_: &Document) -> Result<Vec<u8>> {
    Err(Error::usage("this netcensus was built without PDF").help(
        "build it with the feature `pdf` (`cargo install --path crates/cli --features pdf`; it takes a few minutes more), \
         or write HTML, which prints well from any browser",
    ))
}

#[cfg(feature = "pdf")]
fn refused(what: &str, because: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::bug(what).because(because)
}

#[cfg(all(test, not(feature = "pdf")))]
mod without {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::texts::{Digits, Lang, Line};

    #[test]
    fn a_build_without_pdf_says_how_to_get_it() {
        let document = Document {
            lang: Lang::En,
            digits: Digits::Western,
            date: None,
            title: Line::words("T"),
            about: vec![],
            banners: vec![],
            sections: vec![],
            foot: Line::default(),
        };
        let error = pdf(&document).unwrap_err();
        assert_eq!(error.kind(), crate::Kind::Usage);
        let help = error.advice().unwrap_or_default();
        assert!(help.contains("--features pdf") && help.contains("HTML"), "{help}");
    }
}
