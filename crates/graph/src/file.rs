//! The graph as a file: sections that are mapped and read where they lie, each with its hash; little-endian.
//!
//! ```text
//! 4096 bytes   "netcensus graph\0", version, sections; per section start, length and BLAKE3; rows dropped; form of the
//!              lists, 0 plain or 1 coded; BLAKE3 of this
//! sections     each from a multiple of 64 on
//! ```
//!
//! A file is written under another name and renamed when it is whole, and is never changed after that.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytemuck::Pod;
use memmap2::Mmap;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::adjacency::Adjacency;
use crate::array::Array;
use crate::build::Built;
use crate::coded::Coded;
use crate::ids::Parts;
use crate::lists::Lists;
use crate::{Dropped, Error, FollowGraph, Form, Ids};

#[cfg(target_endian = "big")]
compile_error!("graph files are little-endian and are read where they lie");

const MAGIC: &[u8; 16] = b"netcensus graph\0";
const VERSION: u64 = 2;
const HEADER: usize = 4096;
const ALIGNED: u64 = 64;
const HASH: usize = blake3::OUT_LEN;

/// What lies in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    FollowingEnds,
    FollowingItems,
    FollowersEnds,
    FollowersItems,
    IdArena,
    IdEnds,
    IdCarries,
    IdRanks,
    IdNumbers,
    Rows,
    Source,
}

const SECTIONS: usize = Section::Source as usize + 1;

/// A graph read from a file.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The graph and its ids.
    pub built: Built,
    /// What it was made of, as whoever wrote it said.
    pub source: String,
}

/// Opens a graph that [`Builder::finish_in`](crate::Builder::finish_in) wrote. Every byte is read and its hash compared;
/// after that the system keeps in memory what is used and fits.
pub fn open(path: &Path) -> Result<Opened, Error> {
    let damaged = |why| Error::damaged(path, why);
    let map = map(&File::open(path).map_err(|e| Error::disk(path, &e))?, path)?;
    let header = Header::read(map.get(..HEADER).ok_or_else(|| damaged("it is too short"))?).map_err(damaged)?;
    let sound = |section: &(u64, u64, [u8; HASH])| {
        let range = usize::try_from(section.0).ok()?..usize::try_from(section.0.checked_add(section.1)?).ok()?;
        let bytes = map.get(range)?;
        Some(*blake3::Hasher::new().update_rayon(bytes).finalize().as_bytes() == section.2)
    };
    if !header.sections.par_iter().all(|section| sound(section) == Some(true)) {
        return Err(damaged("its contents are not what was written"));
    }
    let source = header.array::<u8>(&map, Section::Source).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    let built = header.built(&map).ok_or_else(|| damaged("its parts do not fit each other"))?;
    Ok(Opened { built, source: source.ok_or_else(|| damaged("its source is no text"))? })
}

struct Header {
    form: Form,
    /// Start, length and hash.
    sections: [(u64, u64, [u8; HASH]); SECTIONS],
    dropped: Dropped,
}

impl Header {
    fn new(form: Form) -> Self {
        Self { form, sections: Default::default(), dropped: Dropped::default() }
    }

    fn array<T: Pod>(&self, map: &Arc<Mmap>, section: Section) -> Option<Array<T>> {
        let (start, length, _) = self.sections[section as usize];
        Array::mapped(map, start as usize..(start + length) as usize)
    }

    fn built(&self, map: &Arc<Mmap>) -> Option<Built> {
        let words = |section| self.array::<u32>(map, section);
        let ids = Ids::from_parts(Parts {
            arena: self.array(map, Section::IdArena)?,
            ends: words(Section::IdEnds)?,
            carries: words(Section::IdCarries)?,
            ranks: words(Section::IdRanks)?,
            numbers: words(Section::IdNumbers)?,
        })?;
        let rows = words(Section::Rows)?;
        let n = ids.len();
        let following = self.lists(map, [Section::FollowingEnds, Section::FollowingItems], n)?;
        let followers = self.lists(map, [Section::FollowersEnds, Section::FollowersItems], n)?;
        let accounts = [following.owners(), followers.owners(), rows.len()];
        let fits = accounts == [n; 3] && following.items() == followers.items();
        let graph = FollowGraph::of_lists(following, followers);
        fits.then_some(Built { ids, graph, rows, dropped: self.dropped })
    }

    /// Lists of accounts below `n`.
    fn lists(&self, map: &Arc<Mmap>, [ends, items]: [Section; 2], n: usize) -> Option<Adjacency> {
        match self.form {
            Form::Plain => {
                let items = self.array::<u32>(map, items)?;
                let within = items.par_iter().all(|&account| (account as usize) < n);
                let lists = Lists::new(self.array(map, ends)?, items)?;
                within.then_some(Adjacency::Plain(lists))
            }
            Form::Coded => Coded::checked(self.array(map, ends)?, self.array(map, items)?, n).map(Adjacency::Coded),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let mut number = |n: u64, hash: &[u8]| {
            bytes.extend_from_slice(&n.to_le_bytes());
            bytes.extend_from_slice(hash);
        };
        number(VERSION, &[]);
        number(SECTIONS as u64, &[]);
        for (start, length, hash) in &self.sections {
            number(*start, &[]);
            number(*length, hash);
        }
        number(self.dropped.repeats as u64, &[]);
        number(self.dropped.self_follows as u64, &[]);
        number(u64::from(self.form == Form::Coded), &[]);
        bytes.resize(HEADER - HASH, 0);
        let hash = blake3::hash(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let (content, hash) = bytes.split_at(HEADER - HASH);
        let Some(mut rest) = content.strip_prefix(MAGIC) else { return Err("it does not begin like one") };
        let mut number = |hash: Option<&mut [u8; HASH]>| -> Result<u64, &'static str> {
            let (n, after) = rest.split_first_chunk::<8>().ok_or("its header is cut")?;
            rest = after;
            if let Some(hash) = hash {
                let (own, after) = rest.split_first_chunk::<HASH>().ok_or("its header is cut")?;
                *hash = *own;
                rest = after;
            }
            Ok(u64::from_le_bytes(*n))
        };
        if (number(None)?, number(None)?) != (VERSION, SECTIONS as u64) {
            return Err("it is of another version");
        }
        if blake3::hash(content).as_bytes() != hash {
            return Err("its header is not what was written");
        }
        let mut header = Self::new(Form::Plain);
        for (start, length, hash) in &mut header.sections {
            *start = number(None)?;
            *length = number(Some(hash))?;
        }
        header.dropped = Dropped { repeats: number(None)? as usize, self_follows: number(None)? as usize };
        header.form = match number(None)? {
            0 => Form::Plain,
            1 => Form::Coded,
            _ => return Err("its lists are in no form that is known"),
        };
        Ok(header)
    }
}

/// Writes a graph file section by section.
pub(crate) struct Writer {
    path: PathBuf,
    part: PathBuf,
    file: BufWriter<File>,
    at: u64,
    open: Option<(Section, blake3::Hasher)>,
    header: Header,
}

impl Writer {
    pub(crate) fn create(path: &Path, form: Form) -> Result<Self, Error> {
        let part = path.with_extension("part");
        let create = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = BufWriter::with_capacity(
                1 << 20,
                File::options().read(true).write(true).create(true).truncate(true).open(&part)?,
            );
            file.write_all(&[0; HEADER])?;
            Ok(file)
        };
        let file = create().map_err(|e| Error::disk(&part, &e))?;
        Ok(Self { path: path.to_owned(), part, file, at: HEADER as u64, open: None, header: Header::new(form) })
    }

    /// The form that its lists are to be in.
    pub(crate) fn form(&self) -> Form {
        self.header.form
    }

    pub(crate) fn begin(&mut self, section: Section) -> Result<(), Error> {
        let gap = self.at.next_multiple_of(ALIGNED) - self.at;
        self.file.write_all(&[0; ALIGNED as usize][..gap as usize]).map_err(|e| Error::disk(&self.part, &e))?;
        self.at += gap;
        self.header.sections[section as usize].0 = self.at;
        self.open = Some((section, blake3::Hasher::new()));
        Ok(())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some((_, hasher)) = &mut self.open {
            hasher.update_rayon(bytes);
        }
        self.at += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|e| Error::disk(&self.part, &e))
    }

    pub(crate) fn end(&mut self) -> Result<(), Error> {
        if let Some((section, hasher)) = self.open.take() {
            let (start, length, hash) = &mut self.header.sections[section as usize];
            *length = self.at - *start;
            *hash = *hasher.finalize().as_bytes();
        }
        self.file.flush().map_err(|e| Error::disk(&self.part, &e))
    }

    pub(crate) fn section(&mut self, section: Section, bytes: &[u8]) -> Result<(), Error> {
        self.begin(section)?;
        self.write(bytes)?;
        self.end()
    }

    /// A section that is written, read where it lies.
    pub(crate) fn read<T: Pod>(&self, section: Section) -> Result<Array<T>, Error> {
        let map = map(self.file.get_ref(), &self.part)?;
        self.header.array(&map, section).ok_or_else(|| Error::damaged(&self.part, "it ends too soon"))
    }

    /// Writes what is left, and gives the file its name.
    pub(crate) fn finish(mut self, built: &Built, source: &str) -> Result<(), Error> {
        let Parts { arena, ends, carries, ranks, numbers } = built.ids.parts();
        self.section(Section::IdArena, arena.bytes())?;
        self.section(Section::IdEnds, ends.bytes())?;
        self.section(Section::IdCarries, carries.bytes())?;
        self.section(Section::IdRanks, ranks.bytes())?;
        self.section(Section::IdNumbers, numbers.bytes())?;
        self.section(Section::Rows, built.rows.bytes())?;
        self.section(Section::Source, source.as_bytes())?;
        self.header.dropped = built.dropped;
        let mut close = || {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&self.header.bytes())?;
            self.file.flush()?;
            self.file.get_ref().sync_all()?;
            fs::rename(&self.part, &self.path)
        };
        close().map_err(|e| Error::disk(&self.path, &e))
    }
}

fn map(file: &File, path: &Path) -> Result<Arc<Mmap>, Error> {
    // SAFETY: a mapped file must not be changed or cut by anybody while it is read. Graph files lie in a study's own
    // folder; this crate writes only behind what it has mapped of a file that is being made, under a name of its own, and
    // never into one that is finished: a new graph is a new file that takes the name. Whoever runs the study owns the
    // folder, so a change by another hand is theirs to answer for, as with any program's own files.
    #[allow(unsafe_code)]
    let map = unsafe { Mmap::map(file) };
    map.map(Arc::new).map_err(|e| Error::disk(path, &e))
}
