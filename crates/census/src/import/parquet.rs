//! Parquet, by whichever program wrote it.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, Float64Array, ListArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow_cast::{can_cast_types, cast};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::columns::{self, Map, WIDTH, plain};
use super::fill::{Filler, Target};
use super::intake::Intake;
use super::lines::LONGEST;
use super::order::in_order;
use super::rejected::Reason;
use super::values::Cell;
use super::{Options, What};
use crate::progress::Progress;
use crate::{Error, Result};

/// Rows at a time.
const BATCH: usize = 1024;

/// Gives every row of the file to `intake`, and says which column was taken for what. Lines are the rows' numbers. The
/// table is told by the columns where `what` is none.
pub(super) fn read(
    what: Option<What>,
    input: File,
    file: &Path,
    options: &Options,
    progress: &Progress,
    intake: &mut Intake<'_>,
) -> Result<Map> {
    let name = file.display().to_string();
    let broken = |e: Fault| {
        Error::data(format!("{name} is not a sound Parquet file"))
            .because(e)
            .help("the file may be cut short or damaged; fetch it or write it again")
    };
    let size = input.metadata().map_err(|e| Error::disk(file, e))?.len();
    let builder = guarded(|| open(input)).map_err(broken)?;
    let fields = builder.schema().fields().clone();
    let header: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
    let what = what.map_or_else(|| columns::what(&header, options, false, &name), Ok)?;
    let mut map = Map::find(what, options, &header, &name)?;
    map.pass_over(&header, |at| kind(fields[at].data_type()).is_none());
    for at in map.from.iter().flatten() {
        if kind(fields[*at].data_type()).is_none() {
            return Err(Error::usage(format!(
                "{name}: column `{}` holds {}, which no column of the table can hold",
                plain(&header[*at]),
                plain(&fields[*at].data_type().to_string())
            ))
            .help("write it as text, numbers, times or a list of texts"));
        }
    }
    let total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0).max(1);
    let mut wanted: Vec<usize> = map.from.iter().flatten().copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    let builder = builder.with_projection(mask).with_batch_size(BATCH);
    let mut reader = guarded(|| Ok(builder.build()?)).map_err(broken)?;
    let (mut row, mut told) = (0, 0);
    let target = Target::table(what);
    let read = || {
        let batch = guarded(|| Ok(reader.next().transpose()?)).map_err(broken)?;
        let first = row;
        row += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        let done = (u128::from(size) * u128::from(row.min(total)) / u128::from(total)) as u64;
        progress.advance(done - told);
        told = done;
        Ok(batch.map(|batch| (first, batch)))
    };
    let rows = |(before, batch): (u64, RecordBatch)| {
        let mut columns: [Option<Values>; WIDTH] = std::array::from_fn(|_| None);
        for (column, from) in columns.iter_mut().zip(map.from) {
            // Columns come in the file's order, without those that were not asked for.
            if let Some(Ok(at)) = from.map(|from| wanted.binary_search(&from)) {
                *column = Some(guarded(|| Ok(Values::new(batch.column(at))?)).map_err(broken)?);
            }
        }
        let mut filler = Filler::new(&target);
        for i in 0..batch.num_rows() {
            let line = before + i as u64 + 1;
            let mut cells: [Cell<'_>; WIDTH] = std::array::from_fn(|_| Cell::Null);
            let mut fault = None;
            for (cell, column) in cells.iter_mut().zip(&columns) {
                match column.as_ref().map_or(Ok(Cell::Null), |c| c.cell(i)) {
                    Ok(value) => *cell = value,
                    Err(reason) => fault = Some(reason),
                }
            }
            match fault {
                Some(reason) => filler.reject(line, reason),
                None => {
                    cells[..target.width()].iter().for_each(|cell| filler.cell(cell));
                    filler.end(line);
                }
            }
        }
        filler.finish()
    };
    in_order(read, rows, |rows| intake.take(rows?))?;
    Ok(map)
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The parquet library panics on some damaged files where it should fail; what it was reading is not used again.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("its pages contradict themselves".into()))
}

fn open(input: File) -> Result<ParquetRecordBatchReaderBuilder<File>, Fault> {
    let found = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new())?;
    // Texts as views: a text that many rows share is in memory once, however often the file repeats it.
    let schema = Schema::new(found.schema().fields().iter().map(viewed).collect::<Vec<_>>());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    let metadata = ArrowReaderMetadata::try_new(found.metadata().clone(), options)?;
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata))
}

fn viewed(field: &Arc<Field>) -> Field {
    match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
        _ => field.as_ref().clone(),
    }
}

fn list_of_texts() -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)))
}

/// What a column is read as.
fn kind(data: &DataType) -> Option<DataType> {
    let kind = match data {
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) => list_of_texts(),
        DataType::Dictionary(_, of) if !of.is_nested() => DataType::Utf8View,
        data if !data.is_nested() => DataType::Utf8View,
        _ => return None,
    };
    can_cast_types(data, &kind).then_some(kind)
}

/// A column of a batch, as the one of four kinds that cells are made of.
enum Values {
    Texts { values: StringViewArray, original: ArrayRef },
    Reals(Float64Array),
    Times { values: TimestampMicrosecondArray, original: ArrayRef },
    Lists(ListArray),
}

impl Values {
    fn new(column: &ArrayRef) -> Result<Self, arrow_schema::ArrowError> {
        let Some(kind) = kind(column.data_type()) else {
            return Err(arrow_schema::ArrowError::CastError(format!("{} cannot be read", column.data_type())));
        };
        // A value that cannot be cast becomes null; the original tells it from one that was null before.
        let (values, original) = (cast(column, &kind)?, column.clone());
        Ok(match kind {
            DataType::Utf8View => Self::Texts { values: values.as_string_view().clone(), original },
            DataType::Float64 => Self::Reals(values.as_primitive::<Float64Type>().clone()),
            DataType::Timestamp(_, _) => {
                Self::Times { values: values.as_primitive::<TimestampMicrosecondType>().clone(), original }
            }
            _ => Self::Lists(values.as_list::<i32>().clone()),
        })
    }

    fn cell(&self, row: usize) -> Result<Cell<'_>, Reason> {
        let unreadable = || Reason::from("a value that cannot be read");
        Ok(match self {
            Self::Texts { values, original } => match (values.is_valid(row), original.is_valid(row)) {
                (true, _) if values.value(row).len() > LONGEST => return Err("text longer than 1 MiB".into()),
                (true, _) => Cell::Text(values.value(row).into()),
                (false, true) => return Err(unreadable()),
                (false, false) => Cell::Null,
            },
            Self::Times { values, original } => match (values.is_valid(row), original.is_valid(row)) {
                (true, _) => Cell::Time(values.value(row)),
                (false, true) => return Err(unreadable()),
                (false, false) => Cell::Null,
            },
            Self::Reals(values) if values.is_valid(row) => Cell::Real(values.value(row)),
            Self::Lists(values) if values.is_valid(row) => {
                let list = values.value(row);
                let texts = list.as_string::<i32>();
                if texts.value_data().len() > LONGEST && texts.iter().flatten().map(str::len).sum::<usize>() > LONGEST {
                    return Err("text longer than 1 MiB".into());
                }
                Cell::List(texts.iter().flatten().map(|text| text.to_owned().into()).collect())
            }
            _ => Cell::Null,
        })
    }
}
