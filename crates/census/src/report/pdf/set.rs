//! From data to pages, and from pages to a file.

use typst::diag::SourceDiagnostic;
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::refused;
use super::world::{Desk, TEMPLATE};
use crate::report::document::Document;
use crate::{Error, Result};

/// The pages of a document.
pub(super) fn pages(data: Vec<u8>) -> Result<PagedDocument> {
    pages_by(TEMPLATE, data)
}

/// The pages that a template makes of a document.
pub(super) fn pages_by(template: &str, data: Vec<u8>) -> Result<PagedDocument> {
    let desk = Desk::new(template, data)?;
    let pages = typst::compile::<PagedDocument>(&desk).output;
    // What typst keeps for the next time would grow with every report of a long-lived process.
    typst::comemo::evict(0);
    pages.map_err(|faults| refused("the report could not be set", told(&faults)))
}

/// The file, as PDF/A-2a and PDF/UA-1 or, should a letter of a stranger's name not be drawable after all, without that
/// claim: a report that is not archival is better than none.
pub(super) fn export(pages: &PagedDocument, document: &Document) -> Result<Vec<u8>> {
    let strict = match document.date {
        Some(_) => vec![PdfStandard::A_2a, PdfStandard::Ua_1],
        None => vec![PdfStandard::Ua_1],
    };
    match file(pages, &strict) {
        Ok(bytes) => Ok(bytes),
        Err(_) => file(pages, &[]),
    }
}

/// The file under these standards.
pub(super) fn file(pages: &PagedDocument, standards: &[PdfStandard]) -> Result<Vec<u8>> {
    let standards = PdfStandards::new(standards)
        .map_err(|e| Error::bug(format!("these standards do not go together: {}", e.message())))?;
    let options = PdfOptions {
        creator: Smart::Custom(Some(format!("netcensus {}", env!("CARGO_PKG_VERSION")))),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(pages, &options).map_err(|faults| refused("the report could not be written", told(&faults)))
}

fn told(faults: &[SourceDiagnostic]) -> String {
    faults.iter().take(5).map(|f| f.message.as_str()).collect::<Vec<_>>().join("; ")
}
