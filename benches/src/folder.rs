//! The network of a shape as a study's folder, as if it had been collected; the truth beside it, for a simulated coder.
//!
//! Part by part, several at once: what is in memory depends on the number of threads, what is written does not.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch, TimestampMicrosecondArray, new_null_array};
use netcensus::study::{FrameRule, Platform, Sample, Settings, SimulatedCoder, Study};
use netcensus::tables::Table;
use netcensus::{Error, Result};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::lines;
use crate::names::{Kind, Names};
use crate::posts;
use crate::random::{Purpose, Stream};
use crate::shape::Network;

/// Rows of a batch, follows of a part, accounts of a part.
const BATCH: usize = 65_536;
const FOLLOWS: u64 = 24_000_000;
const ACCOUNTS: u32 = 4_000_000;
/// Posts of a part, and accounts whose posts make a batch.
const POSTS: u64 = 2_000_000;
const FEW: usize = 2_000;

/// 1 January 2006 and 2010 in microseconds: when the accounts came, and when they were looked at.
const FROM: i64 = 1_136_073_600_000_000;
const TO: i64 = 1_262_304_000_000_000;

/// What a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Accounts with a profile.
    pub accounts: u64,
    /// Follows.
    pub follows: u64,
    /// Collected posts.
    pub posts: u64,
    /// Members known to the analyst.
    pub seeds: usize,
}

/// Writes the network into a new study folder: `study.toml`, `codebook.toml`, `seeds.csv`, `data/accounts`,
/// `data/follows`, and `truth.csv`, from which the simulated coder answers.
pub fn write(
    network: &Network,
    known: usize,
    posts: f64,
    frame: FrameRule,
    sample: Sample,
    dir: &Path,
) -> Result<Written> {
    let shape = *network.shape();
    let names = Names::new(Kind::Short, shape.seed);
    let mut seeds: Vec<String> = network.known(known).into_iter().map(|m| names.name(m)).collect();
    seeds.sort();

    let data = |table: Table| dir.join("data").join(table.name());
    let parts = shape.accounts.div_ceil(ACCOUNTS);
    in_parts(shape.accounts, parts.into(), |number, accounts| {
        let mut part = Part::create(data(Table::Accounts), number, Table::Accounts)?;
        for first in accounts.clone().step_by(BATCH) {
            part.write(&profiles(network, &names, first..accounts.end.min(first + BATCH as u32))?)?;
        }
        part.finish(u64::from(accounts.end - accounts.start))
    })?;
    let follows = in_parts(shape.accounts, shape.follows.div_ceil(FOLLOWS), |number, accounts| {
        follows(network, &names, accounts, Part::create(data(Table::Follows), number, Table::Follows)?)
    })?;
    let collected = (f64::from(shape.accounts) * posts) as u64;
    let posts = match collected {
        0 => 0,
        _ => in_parts(shape.accounts, collected.div_ceil(POSTS), |number, accounts| {
            write_posts(network, &names, accounts, posts, Part::create(data(Table::Posts), number, Table::Posts)?)
        })?,
    };
    truth(network, &names, &dir.join("truth.csv"))?;

    let coder = SimulatedCoder { truth: PathBuf::from("truth.csv"), ..SimulatedCoder::perfect() };
    let settings = Settings {
        seed: shape.seed,
        frame,
        sample,
        simulated_coder: Some(coder),
        ..Settings::new(
            "A generated network",
            "the members of an invented group; accounts and follows are generated, nobody in them is real",
            Platform::Simulated,
        )
    };
    // Last, so that a folder with a study.toml is a whole study.
    Study::create(dir, &settings, &seeds)?;
    Ok(Written { accounts: shape.accounts.into(), follows, posts, seeds: seeds.len() })
}

/// Cuts the accounts into so many runs and writes a part of each; the rows of all.
fn in_parts(accounts: u32, parts: u64, write: impl Fn(u32, Range<u32>) -> Result<u64> + Sync) -> Result<u64> {
    let parts = parts.max(1);
    let start = |part: u64| (u64::from(accounts) * part / parts) as u32;
    (0..parts).into_par_iter().map(|part| write(part as u32 + 1, start(part)..start(part + 1))).sum()
}

fn follows(network: &Network, names: &Names, accounts: Range<u32>, mut part: Part) -> Result<u64> {
    let mut rows = 0;
    let (mut src, mut dst) = (Texts::new(), Texts::new());
    let (mut name, mut following) = (Vec::new(), Vec::new());
    let (first, last) = (accounts.start, accounts.end);
    for account in first..last {
        network.following(account, &mut following);
        name.clear();
        names.push(account, &mut name);
        for &other in &following {
            src.push(|to| to.extend_from_slice(&name));
            dst.push(|to| names.push(other, to));
        }
        rows += following.len() as u64;
        if src.rows >= BATCH || account + 1 == last {
            let created = new_null_array(Table::Follows.schema().field(2).data_type(), src.rows);
            part.write(&RecordBatch::try_new(Table::Follows.schema(), vec![src.take(), dst.take(), created])?)?;
        }
    }
    part.finish(rows)
}

/// So many posts on average of each account.
fn write_posts(network: &Network, names: &Names, accounts: Range<u32>, mean: f64, mut part: Part) -> Result<u64> {
    let mut rows = 0;
    for first in accounts.clone().step_by(FEW) {
        let batch = posts::batch(network, names, first..accounts.end.min(first + FEW as u32), mean, TO)?;
        rows += batch.num_rows() as u64;
        part.write(&batch)?;
    }
    part.finish(rows)
}

/// A batch of profiles: what the frame and the scores look at, as of one day.
fn profiles(network: &Network, names: &Names, accounts: Range<u32>) -> Result<RecordBatch> {
    let schema = Table::Accounts.schema();
    let rows = accounts.len();
    let (mut id, mut lang) = (Texts::new(), StringBuilder::new());
    let (mut following, mut posts) = (Int64Builder::new(), Int64Builder::new());
    let mut created = TimestampMicrosecondBuilder::new();
    let (mut protected, mut bot) = (BooleanBuilder::new(), BooleanBuilder::new());
    for account in accounts {
        let mut stream = Stream::new(network.shape().seed, Purpose::Profile, account.into());
        let (member, degree) = (network.is_member(account), network.degree(account));
        id.push(|to| names.push(account, to));
        following.append_value(degree.into());
        // The group came late.
        let late = if member { 0.6 } else { 0.0 };
        created.append_value(FROM + ((late + (1.0 - late) * stream.unit()) * (TO - FROM) as f64) as i64);
        posts.append_value((f64::from(degree + 1) * (1.0 / (1.0 - stream.unit()).sqrt() - 1.0)) as i64);
        let arabic = if member { 0.6 } else { 0.05 };
        lang.append_value(if stream.unit() < arabic {
            "ar"
        } else {
            stream.one_of(&["en", "en", "en", "es", "ja", "pt"])
        });
        protected.append_value(stream.unit() < 0.02);
        bot.append_value(!member && stream.unit() < 0.01);
    }
    let null = |column: usize| new_null_array(schema.field(column).data_type(), rows);
    let observed = TimestampMicrosecondArray::from_value(TO, rows).with_timezone("UTC");
    let columns: Vec<ArrayRef> = vec![
        id.take(),
        null(1),
        null(2),
        null(3),
        Arc::new(created.finish().with_timezone("UTC")),
        null(5),
        Arc::new(following.finish()),
        Arc::new(posts.finish()),
        Arc::new(lang.finish()),
        Arc::new(protected.finish()),
        Arc::new(bot.finish()),
        Arc::new(observed),
    ];
    // What came later is not known of anybody.
    let columns = columns.into_iter().chain((12..schema.fields().len()).map(null)).collect();
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// The truth: who is a member, every account a line.
fn truth(network: &Network, names: &Names, file: &Path) -> Result<()> {
    let accounts = network.shape().accounts;
    let done = File::create(file).and_then(|out| {
        let mut out = BufWriter::new(out);
        out.write_all(b"id,member\n")?;
        lines::write(&mut out, accounts.div_ceil(BATCH as u32).into(), u64::MAX, |block, text| {
            let first = block as u32 * BATCH as u32;
            for account in first..accounts.min(first.saturating_add(BATCH as u32)) {
                names.push(account, text);
                text.extend_from_slice(if network.is_member(account) { b",1\n" } else { b",0\n" });
            }
        })?;
        out.flush()
    });
    done.map_err(|e| Error::disk(file, e))
}

/// A text column that ids are written straight into.
struct Texts {
    builder: StringBuilder,
    one: Vec<u8>,
    rows: usize,
}

impl Texts {
    fn new() -> Self {
        Self { builder: StringBuilder::new(), one: Vec::new(), rows: 0 }
    }

    /// Ids are ASCII; anything else would be left empty.
    fn push(&mut self, text: impl FnOnce(&mut Vec<u8>)) {
        self.one.clear();
        text(&mut self.one);
        self.builder.append_value(std::str::from_utf8(&self.one).unwrap_or_default());
        self.rows += 1;
    }

    fn take(&mut self) -> ArrayRef {
        self.rows = 0;
        Arc::new(self.builder.finish())
    }
}

/// A part of a table named as the store names them, but with its number given, so that several can be written at once.
struct Part {
    writer: ArrowWriter<Hashed>,
    folder: PathBuf,
    number: u32,
    temporary: PathBuf,
}

impl Part {
    fn create(folder: PathBuf, number: u32, table: Table) -> Result<Self> {
        std::fs::create_dir_all(&folder).map_err(|e| Error::disk(&folder, e))?;
        let temporary = folder.join(format!("{number:06}.part"));
        let file = File::create(&temporary).map_err(|e| Error::disk(&temporary, e))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            // Those who follow come in runs, those followed and the ids do not come twice in a page.
            .set_column_dictionary_enabled(ColumnPath::from("dst"), false)
            .set_column_dictionary_enabled(ColumnPath::from("id"), false)
            .set_created_by("netcensus".into())
            .build();
        let sink = Hashed { file: BufWriter::new(file), hasher: blake3::Hasher::new() };
        let writer = ArrowWriter::try_new(sink, table.schema(), Some(properties))?;
        Ok(Self { writer, folder, number, temporary })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(batch)?)
    }

    /// Gives the part its name; passes on how many rows it has.
    fn finish(self, rows: u64) -> Result<u64> {
        let sink = self.writer.into_inner()?;
        let hash = sink.hasher.finalize().to_hex();
        sink.file.into_inner().map_err(|e| Error::disk(&self.temporary, e.into_error()))?;
        let path = self.folder.join(format!("{:06}-{}.parquet", self.number, &hash[..16]));
        std::fs::rename(&self.temporary, &path).map_err(|e| Error::disk(&path, e))?;
        Ok(rows)
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
