//! What typst sees: a template, a document as data, fonts. Nothing else can be asked for.

use std::path::PathBuf;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, is_default_ignorable};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::{Error, Result};

/// The looks of the report.
pub(super) const TEMPLATE: &str = include_str!("../../../templates/report.typ");

/// Noto Naskh Arabic, under the SIL Open Font License (`fonts/OFL.txt`).
const ARABIC: [&[u8]; 2] = [
    include_bytes!("../../../fonts/NotoNaskhArabic-Regular.ttf"),
    include_bytes!("../../../fonts/NotoNaskhArabic-Bold.ttf"),
];

/// The faces that the template names. Of those that come with typst only these are used.
const FAMILIES: [&str; 3] = ["Noto Naskh Arabic", "Libertinus Serif", "DejaVu Sans Mono"];

/// The fonts of this binary, in the order in which they are tried.
struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let fonts: Vec<Font> = ARABIC
        .into_iter()
        .chain(typst_assets::fonts())
        .flat_map(|file| Font::iter(Bytes::new(file)))
        .filter(|font| FAMILIES.contains(&font.info().family.as_str()))
        .collect();
    Fonts { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
});

/// The orders in which the template names the families: for words, and for what a computer reads.
const ORDERS: [&[&str]; 2] = [&FAMILIES, &[FAMILIES[0], FAMILIES[2]]];

/// Whether a font has a character, and the template takes it from there: from the Arabic face Arabic alone.
fn has(font: &Font, c: char) -> bool {
    let arabic = || {
        matches!(u32::from(c),
            0x0600..=0x06FF | 0x0750..=0x077F | 0x0870..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC)
    };
    (font.info().family != FAMILIES[0] || arabic()) && font.info().coverage.contains(u32::from(c))
}

/// Whether a letter and its marks can be drawn: a font has the letter, and where it is taken from that has the marks, in
/// every weight. Typst sets a cluster that no font has as a whole with boxes, which no archival file may hold.
pub(super) fn drawn(together: &str) -> bool {
    let mut chars = together.chars();
    let Some(letter) = chars.next().filter(|c| FONTS.fonts.iter().any(|f| has(f, *c))) else { return false };
    let marks: Vec<char> = chars.filter(|c| !is_default_ignorable(*c)).collect();
    marks.is_empty()
        || ORDERS.iter().all(|order| {
            let with =
                |family: &'static str| FONTS.fonts.iter().filter(move |f| f.info().family == family && has(f, letter));
            let family = order.iter().find(|family| with(family).next().is_some());
            family.is_some_and(|family| with(family).all(|f| marks.iter().all(|m| has(f, *m))))
        })
}

/// The two files and the fonts.
pub(super) struct Desk {
    library: LazyHash<Library>,
    template: Source,
    data: (FileId, Bytes),
}

impl Desk {
    /// A template and the data that it asks for as `document.json`.
    pub(super) fn new(template: &str, data: Vec<u8>) -> Result<Self> {
        let file = |name: &str| {
            let path = VirtualPath::new(name).map_err(|e| Error::bug("a file of the report has no name").because(e))?;
            Ok::<_, Error>(RootedPath::new(VirtualRoot::Project, path).intern())
        };
        Ok(Self {
            library: LazyHash::new(Library::default()),
            template: Source::new(file("report.typ")?, template.to_owned()),
            data: (file("document.json")?, Bytes::new(data)),
        })
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(nothing(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data.0 { Ok(self.data.1.clone()) } else { Err(nothing(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    /// There is no clock.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn nothing(id: FileId) -> FileError {
    FileError::NotFound(PathBuf::from(format!("{:?}", id)))
}
