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

/// Whether one font can draw all of these together: a letter and its marks come from the same one.
pub(super) fn drawn(together: &str) -> bool {
    let seen = || together.chars().filter(|c| !is_default_ignorable(*c));
    FONTS.fonts.iter().any(|font| seen().all(|c| font.info().coverage.contains(u32::from(c))))
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
