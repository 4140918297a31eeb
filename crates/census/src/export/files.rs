//! CSV and Parquet: a file of accounts and one of follows.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::Accounts;
use super::attributes::{Attributes, Value, Values};
use crate::frame::Frame;
use crate::label::inert;
use crate::store::ROWS;
use crate::{Error, Result};

type Written = (Vec<PathBuf>, u64);

/// A file that gets its name once it is whole, and that nobody but its owner may read.
pub(super) struct Whole {
    file: BufWriter<File>,
    temporary: PathBuf,
    path: PathBuf,
}

impl Whole {
    pub(super) fn create(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|e| Error::disk(folder, e))?;
        }
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".part");
        let temporary = PathBuf::from(temporary);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&temporary).map_err(|e| Error::disk(&temporary, e))?;
        Ok(Self { file: BufWriter::new(file), temporary, path: path.to_owned() })
    }

    pub(super) fn put(&mut self, text: &str) -> Result<()> {
        self.file.write_all(text.as_bytes()).map_err(|e| Error::disk(&self.temporary, e))
    }

    pub(super) fn finish(mut self) -> Result<PathBuf> {
        let done = self.file.flush().and_then(|()| fs::rename(&self.temporary, &self.path));
        done.map_err(|e| Error::disk(&self.path, e))?;
        Ok(std::mem::take(&mut self.path))
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        // After `finish` the temporary name is gone already.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn folder(out: &Path) -> Result<()> {
    if out.is_file() {
        return Err(Error::usage(format!("{} is a file", out.display()))
            .help("CSV and Parquet are written as two files into a folder: --out DIR"));
    }
    Ok(())
}

/// `accounts.csv` and `follows.csv`.
pub(super) fn write_csv(
    accounts: &Accounts<'_>,
    frame: &Frame,
    attributes: &Attributes,
    out: &Path,
) -> Result<Written> {
    folder(out)?;
    let failed = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(e) => Error::disk(out, e),
        _ => Error::bug("a table cannot be written"),
    };
    let whole =
        |writer: csv::Writer<Whole>| writer.into_inner().map_err(|e| Error::disk(out, e.into_error()))?.finish();
    let mut writer = csv::Writer::from_writer(Whole::create(&out.join("accounts.csv"))?);
    let names = attributes.columns.iter().map(|column| column.name);
    writer.write_record(std::iter::once("id").chain(names)).map_err(failed)?;
    for (at, name) in accounts.names.iter().enumerate() {
        let values = attributes.columns.iter().map(|column| match column.values.get(at) {
            Value::None => String::new(),
            Value::Plain(text) => text,
            Value::Text(text) => harmless(text),
        });
        writer.write_record(std::iter::once(harmless(name)).chain(values)).map_err(failed)?;
    }
    let mut files = vec![whole(writer)?];
    let mut writer = csv::Writer::from_writer(Whole::create(&out.join("follows.csv"))?);
    writer.write_record(["source", "target"]).map_err(failed)?;
    let follows =
        accounts.follows(frame, |src, dst| writer.write_record([harmless(src), harmless(dst)]).map_err(failed))?;
    files.push(whole(writer)?);
    Ok((files, follows))
}

/// A text that no spreadsheet takes for a formula, without what no text holds.
fn harmless(text: &str) -> String {
    let keep = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let text: String = text.chars().filter(|c| keep(*c)).collect();
    inert(text)
}

/// `accounts.parquet` and `follows.parquet`.
pub(super) fn write_parquet(
    accounts: &Accounts<'_>,
    frame: &Frame,
    attributes: &Attributes,
    out: &Path,
) -> Result<Written> {
    folder(out)?;
    let mut columns: Vec<(&str, ArrayRef, bool)> =
        vec![("id", Arc::new(StringArray::from_iter_values(&accounts.names)), false)];
    for column in &attributes.columns {
        let values: ArrayRef = match &column.values {
            Values::Long(v) => Arc::new(Int64Array::from(v.clone())),
            Values::Real(v) => Arc::new(Float64Array::from(v.clone())),
            Values::Flag(v) => Arc::new(BooleanArray::from(v.clone())),
            Values::Text(v) => Arc::new(StringArray::from_iter(v)),
            Values::Time(v) => Arc::new(TimestampMicrosecondArray::from(v.clone()).with_timezone("UTC")),
        };
        columns.push((column.name, values, true));
    }
    let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
    let mut writer = parquet(&out.join("accounts.parquet"), &batch)?;
    writer.write(&batch)?;
    let mut files = vec![writer.into_inner()?.finish()?];
    let batch = |src: &mut Vec<String>, dst: &mut Vec<String>| -> Result<RecordBatch> {
        let columns = [("source", std::mem::take(src)), ("target", std::mem::take(dst))];
        let columns = columns.map(|(name, v)| (name, Arc::new(StringArray::from(v)) as ArrayRef, false));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    };
    let (mut sources, mut targets) = (Vec::new(), Vec::new());
    let mut writer = parquet(&out.join("follows.parquet"), &batch(&mut sources, &mut targets)?)?;
    let follows = accounts.follows(frame, |src, dst| {
        sources.push(src.to_owned());
        targets.push(dst.to_owned());
        if sources.len() >= ROWS { Ok(writer.write(&batch(&mut sources, &mut targets)?)?) } else { Ok(()) }
    })?;
    writer.write(&batch(&mut sources, &mut targets)?)?;
    files.push(writer.into_inner()?.finish()?);
    Ok((files, follows))
}

fn parquet(path: &Path, of: &RecordBatch) -> Result<ArrowWriter<Whole>> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by("netcensus".into())
        .build();
    Ok(ArrowWriter::try_new(Whole::create(path)?, of.schema(), Some(properties))?)
}
