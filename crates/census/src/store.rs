//! The study's tables on disk: numbered Parquet parts, written under a temporary name, then renamed.
//!
//! A part's name ends in the hash of its bytes, so a listing of a table's folder says whether the table changed, and a
//! half-written part is never taken for a whole one. DuckDB (`data/follows/*.parquet`), Polars and pandas read the
//! folders as they are.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use netcensus_graph::{Builder, Named};
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, Encoding, EncodingMask, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::rows::{self, Account, Batch, Post, Status};
use crate::tables::Table;
use crate::{Error, Result};

/// Rows that are read at a time.
const PIECE: usize = 1 << 13;

/// Rows that are worked through at a time where several batches are at once.
const BATCH: usize = 1 << 16;

/// Bytes of a batch whose rows are long, about.
const BATCH_BYTES: usize = 16 << 20;

/// A row group is written out once it takes so many bytes of memory.
const ROW_GROUP: usize = 64 << 20;
/// Follows of a row group at most.
const FOLLOWS_IN_A_GROUP: usize = 1 << 22;
/// Rows of a long table that are made into one batch at a time.
pub const ROWS: usize = 1 << 20;

/// The folder `data/` of a study.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// The tables under `dir`; nothing is created before something is written.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The folder of a table.
    pub fn folder(&self, table: Table) -> PathBuf {
        self.dir.join(table.name())
    }

    /// The parts of a table, in the order they were written.
    pub fn parts(&self, table: Table) -> Result<Vec<PathBuf>> {
        let folder = self.folder(table);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::disk(&folder, e)),
        };
        let mut parts = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| Error::disk(&folder, e))?.path();
            if path.extension().is_some_and(|e| e == "parquet") {
                parts.push(path);
            }
        }
        parts.sort();
        Ok(parts)
    }

    /// A hash that changes when the table does.
    pub fn fingerprint(&self, table: Table) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        for part in self.parts(table)? {
            hasher.update(part.file_name().unwrap_or_default().as_encoded_bytes());
            hasher.update(b"\n");
        }
        Ok(short(&hasher))
    }

    /// Starts a new part after the ones that are there.
    pub fn part(&self, table: Table) -> Result<PartWriter> {
        let number = self.parts(table)?.last().and_then(|p| number_of(p)).map_or(1, |n| n + 1);
        PartWriter::create(self.folder(table), number, table)
    }

    /// Appends one part; no part is written for no rows.
    pub fn append(&self, table: Table, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() > 0 {
            let mut part = self.part(table)?;
            part.write(batch)?;
            part.finish()?;
        }
        Ok(())
    }

    /// Replaces the whole table by one part. A stop in between leaves both, and the next run of the step mends it.
    pub fn replace(&self, table: Table, batch: &RecordBatch) -> Result<()> {
        self.rewrite(table, |part| part.write(batch))
    }

    /// The same, for a table too long for one batch: `rows` writes it, [`ROWS`] or so at a time.
    pub fn rewrite(&self, table: Table, rows: impl FnOnce(&mut PartWriter) -> Result<()>) -> Result<()> {
        let old = self.parts(table)?;
        let mut part = PartWriter::create(self.folder(table), 1, table)?;
        rows(&mut part)?;
        let new = part.finish()?;
        for path in old.into_iter().filter(|p| *p != new) {
            fs::remove_file(&path).map_err(|e| Error::disk(&path, e))?;
        }
        Ok(())
    }

    /// Removes the whole table.
    pub fn clear(&self, table: Table) -> Result<()> {
        self.parts(table)?.iter().try_for_each(|p| fs::remove_file(p).map_err(|e| Error::disk(p, e)))
    }

    /// Removes what a killed process left half-written in a table's folder.
    pub fn tidy(&self, table: Table) -> Result<()> {
        let folder = self.folder(table);
        let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
        for entry in entries {
            let path = entry.map_err(|e| Error::disk(&folder, e))?.path();
            if path.extension().is_some_and(|e| e == "part") {
                fs::remove_file(&path).map_err(|e| Error::disk(&path, e))?;
            }
        }
        Ok(())
    }

    /// Calls `each` with every batch of a table; only `columns` are read, all of them when empty.
    pub fn read(&self, table: Table, columns: &[&str], mut each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
        self.parts(table)?.iter().try_for_each(|path| Self::read_file(path, columns, &mut each))
    }

    /// The same of one part.
    pub(crate) fn read_file(
        path: &Path,
        columns: &[&str],
        mut each: impl FnMut(&RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let file = File::open(path).map_err(|e| Error::disk(path, e))?;
        let mut builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        if !columns.is_empty() {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        for batch in builder.with_batch_size(PIECE).build()? {
            each(&batch?)?;
        }
        Ok(())
    }

    /// Calls `each` with every batch of one part, several at a time and in any order; texts are views (see [`Batch::views`](rows::Batch::views)).
    pub fn read_part(
        &self,
        table: Table,
        part: &str,
        columns: &[&str],
        each: impl Fn(&RecordBatch) -> Result<()> + Sync,
    ) -> Result<()> {
        let pieces = Piece::of(&self.folder(table).join(part))?;
        pieces.par_iter().with_max_len(1).try_for_each(|piece| piece.read_by(columns, BATCH, &each))
    }

    /// The row groups of a table, in the order of its rows, for a step that reads several at once.
    pub fn pieces(&self, table: Table) -> Result<Vec<Piece>> {
        let mut pieces = Vec::new();
        for path in self.parts(table)? {
            pieces.extend(Piece::of(&path)?);
        }
        Ok(pieces)
    }

    /// Hands the follows of one part to a graph's builder, several row groups at a time.
    ///
    /// Ids come from the columns' dictionaries where these hold all of them: each is then looked up once a row group,
    /// however many rows name it.
    pub fn follows_into(&self, part: &str, builder: &Builder, check: impl Fn() -> Result<()> + Sync) -> Result<()> {
        const COLUMNS: [&str; 2] = ["src", "dst"];
        let unbuilt = |e| Error::data("the follows do not make a graph").because(e);
        let pieces = Piece::of(&self.folder(Table::Follows).join(part))?;
        pieces.par_iter().with_max_len(1).try_for_each(|piece| {
            if !piece.has_dictionaries(&COLUMNS) {
                return piece.read_by(&COLUMNS, BATCH, |batch| {
                    check()?;
                    let (src, dst) = (Batch(batch).views("src")?, Batch(batch).views("dst")?);
                    let rows = (0..src.len()).map(|row| (src.value(row), dst.value(row)));
                    builder.follows(rows).map_err(unbuilt)
                });
            }
            // A row group has one dictionary a column.
            let mut named = [Named::default(), Named::default()];
            piece.as_places()?.read_by(&COLUMNS, BATCH, |batch| {
                check()?;
                let (src, dst) = (Batch(batch).listed("src")?, Batch(batch).listed("dst")?);
                let (src_ids, dst_ids) = (src.values(), dst.values());
                let places = [src.keys().values().as_ref(), dst.keys().values().as_ref()];
                let added =
                    builder.follows_by_place(places, |at| src_ids.value(at), |at| dst_ids.value(at), &mut named);
                added.map_err(unbuilt)
            })
        })
    }

    /// Every profile row, oldest part first.
    pub fn accounts(&self) -> Result<Vec<Account>> {
        let mut all = Vec::new();
        self.read(Table::Accounts, &[], |b| {
            all.extend(rows::read_accounts(b)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Every status row, oldest part first.
    pub fn statuses(&self) -> Result<Vec<Status>> {
        let mut all = Vec::new();
        self.read(Table::Statuses, &[], |b| {
            all.extend(rows::read_statuses(b)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Calls `each` with every post, oldest part first.
    pub fn posts(&self, mut each: impl FnMut(Post) -> Result<()>) -> Result<()> {
        self.read(Table::Posts, &[], |b| rows::read_posts(b)?.into_iter().try_for_each(&mut each))
    }
}

/// A row group of a part: what one thread reads at a time.
#[derive(Debug, Clone)]
pub struct Piece {
    path: Arc<Path>,
    metadata: ArrowReaderMetadata,
    group: usize,
}

impl Piece {
    fn of(path: &Path) -> Result<Vec<Self>> {
        let file = File::open(path).map_err(|e| Error::disk(path, e))?;
        let metadata =
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::default().with_encoding_stats_as_mask(true))?;
        let viewed = ArrowReaderOptions::new().with_schema(viewed(metadata.schema()));
        let metadata = ArrowReaderMetadata::try_new(metadata.metadata().clone(), viewed)?;
        let path: Arc<Path> = path.into();
        let groups = 0..metadata.metadata().num_row_groups();
        Ok(groups.map(|group| Self { path: path.clone(), metadata: metadata.clone(), group }).collect())
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        usize::try_from(self.metadata.metadata().row_group(self.group).num_rows()).unwrap_or(0)
    }

    /// Calls `each` with every batch, in order; texts are views. Batches are the shorter the longer the rows are. A column that
    /// the part does not have is not in the batch.
    pub fn read(&self, columns: &[&str], each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
        let group = self.metadata.metadata().row_group(self.group);
        let row = usize::try_from(group.total_byte_size()).unwrap_or(0) / self.rows().max(1);
        self.read_by(columns, (BATCH_BYTES / row.max(1)).clamp(64, PIECE), each)
    }

    /// Whether every row names its values in these columns by their place in a dictionary.
    fn has_dictionaries(&self, columns: &[&str]) -> bool {
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns.iter().copied());
        let columns = self.metadata.metadata().row_group(self.group).columns().iter().enumerate();
        let listed = |m: &EncodingMask| m.is_only(Encoding::RLE_DICTIONARY) || m.is_only(Encoding::PLAIN_DICTIONARY);
        let mut read = columns.filter(|(leaf, _)| mask.leaf_included(*leaf));
        read.all(|(_, column)| column.page_encoding_stats_mask().is_some_and(listed))
    }

    /// The same rows with texts as places in a dictionary.
    fn as_places(&self) -> Result<Self> {
        let listed = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let fields = self.metadata.schema().fields().iter().map(|field| match field.data_type() {
            DataType::Utf8View => Arc::new(field.as_ref().clone().with_data_type(listed.clone())),
            _ => field.clone(),
        });
        let schema = Arc::new(Schema::new(fields.collect::<Fields>()));
        let asked = ArrowReaderOptions::new().with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(self.metadata.metadata().clone(), asked)?;
        Ok(Self { metadata, ..self.clone() })
    }

    fn read_by(&self, columns: &[&str], rows: usize, each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
        let file = File::open(&self.path).map_err(|e| Error::disk(&self.path, e))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let rows = builder.with_projection(mask).with_row_groups(vec![self.group]).with_batch_size(rows).build()?;
        let mut each = each;
        rows.into_iter().try_for_each(|batch| each(&batch?))
    }
}

/// The same columns with texts as views, which spares a copy of each.
fn viewed(schema: &Schema) -> SchemaRef {
    let view = |field: &Field| match field.data_type() {
        DataType::Utf8 => Some(field.clone().with_data_type(DataType::Utf8View)),
        _ => None,
    };
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::List(inner) => match view(inner) {
            Some(inner) => Arc::new(field.as_ref().clone().with_data_type(DataType::List(Arc::new(inner)))),
            None => field.clone(),
        },
        _ => view(field).map_or_else(|| field.clone(), Arc::new),
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Fields>(), schema.metadata().clone()))
}

fn number_of(part: &Path) -> Option<u32> {
    part.file_name()?.to_str()?.split('-').next()?.parse().ok()
}

fn short(hasher: &blake3::Hasher) -> String {
    hasher.finalize().to_hex()[..16].to_owned()
}

/// A part being written. Dropped without [`PartWriter::finish`], it leaves nothing behind.
pub struct PartWriter {
    writer: Option<ArrowWriter<Hashed>>,
    folder: PathBuf,
    number: u32,
    temporary: PathBuf,
}

impl PartWriter {
    fn create(folder: PathBuf, number: u32, table: Table) -> Result<Self> {
        fs::create_dir_all(&folder).map_err(|e| Error::disk(&folder, e))?;
        let temporary = folder.join(format!("{number:06}.{}.part", std::process::id()));
        let file = File::create(&temporary).map_err(|e| Error::disk(&temporary, e))?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_created_by("netcensus".into());
        if table == Table::Follows {
            // Every id once in a long row group: less than half the size, and read in less time by whoever reads it.
            properties = properties
                .set_dictionary_page_size_limit(ROW_GROUP)
                .set_max_row_group_row_count(Some(FOLLOWS_IN_A_GROUP));
        }
        let sink = Hashed { file: BufWriter::new(file), hasher: blake3::Hasher::new() };
        let writer = ArrowWriter::try_new(sink, table.schema(), Some(properties.build()))?;
        Ok(Self { writer: Some(writer), folder, number, temporary })
    }

    /// Adds rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match &mut self.writer {
            Some(writer) => {
                writer.write(batch)?;
                // A row group is held in memory until it is full; long texts would fill more than there is.
                if writer.memory_size() > ROW_GROUP {
                    writer.flush()?;
                }
                Ok(())
            }
            None => Err(Error::bug("a finished part was written to")),
        }
    }

    /// Makes the part durable and gives it its name. The same rows give the same name.
    pub fn finish(self) -> Result<PathBuf> {
        self.close()?.publish()
    }

    /// Makes the part durable under its temporary name, for a caller who must know the name before it counts.
    pub fn close(mut self) -> Result<ClosedPart> {
        let writer = self.writer.take().ok_or_else(|| Error::bug("a part was finished twice"))?;
        let sink = writer.into_inner()?;
        let path = self.folder.join(format!("{:06}-{}.parquet", self.number, short(&sink.hasher)));
        let file = sink.file.into_inner().map_err(io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).map_err(|e| Error::disk(&self.temporary, e))?;
        Ok(ClosedPart { part: self, path })
    }
}

/// A whole part that nobody can see yet. Dropped without [`ClosedPart::publish`], it leaves nothing behind.
pub struct ClosedPart {
    part: PartWriter,
    path: PathBuf,
}

impl ClosedPart {
    /// The path the part will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the part its name.
    pub fn publish(self) -> Result<PathBuf> {
        let Self { part, path } = &self;
        fs::rename(&part.temporary, path).map_err(|e| Error::disk(path, e))?;
        sync_folders(&part.folder)?;
        Ok(path.clone())
    }
}

/// Makes names in a table's folder durable, and those of the folders above it, which may be new as well.
pub(crate) fn sync_folders(folder: &Path) -> Result<()> {
    for folder in folder.ancestors().take(3).filter(|f| !f.as_os_str().is_empty()) {
        File::open(folder).and_then(|f| f.sync_all()).map_err(|e| Error::disk(folder, e))?;
    }
    Ok(())
}

impl Drop for PartWriter {
    fn drop(&mut self) {
        self.writer = None;
        // After `finish` the temporary name is gone already; a failure to remove it is harmless.
        let _ = fs::remove_file(&self.temporary);
    }
}

struct Hashed {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
