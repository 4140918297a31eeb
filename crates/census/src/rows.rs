//! Rows of the observation tables, to and from Arrow batches.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, TypedDictionaryArray};
use serde::{Deserialize, Serialize};

use crate::tables::Table;
use crate::{Error, Result};

/// Microseconds since 1970, UTC.
pub type Micros = i64;

/// A profile as observed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the fields are the table's columns
pub struct Account {
    pub id: String,
    pub handle: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub created_at: Option<Micros>,
    pub followers: Option<i64>,
    pub following: Option<i64>,
    pub posts: Option<i64>,
    pub lang: Option<String>,
    pub protected: Option<bool>,
    pub bot: Option<bool>,
    pub observed_at: Option<Micros>,
    /// Where the account says that it is. Never coordinates finer than a city.
    pub location: Option<String>,
    pub time_zone: Option<String>,
    /// `default`, `own`, or what a program made of the picture so that equal pictures are known.
    pub avatar: Option<String>,
    pub verified: Option<bool>,
}

/// `src` follows `dst`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Follow {
    pub src: String,
    pub dst: String,
    pub created_at: Option<Micros>,
}

/// A post as observed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Post {
    pub id: String,
    pub author: String,
    pub created_at: Option<Micros>,
    pub text: Option<String>,
    pub lang: Option<String>,
    pub client: Option<String>,
    pub reply: Option<bool>,
    pub tags: Vec<String>,
    pub links: Vec<String>,
    /// The city or country that the post gives as its place. Coordinates are never kept.
    pub place: Option<String>,
    /// How many pictures and videos are attached.
    pub media: Option<i64>,
}

/// Whether an account was there when it was looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Status {
    pub account: String,
    /// `active`, `suspended`, `deactivated`, `deleted`, `never existed`, `vanished`.
    pub status: String,
    pub at: Option<Micros>,
    /// Which service said so.
    pub source: Option<String>,
    pub detail: Option<String>,
}

/// Columns of one batch, in the order of the schema.
#[derive(Default)]
pub struct Columns(Vec<ArrayRef>);

impl Columns {
    /// An empty row of columns.
    pub fn new() -> Self {
        Self::default()
    }
    /// A text column.
    #[must_use]
    pub fn text<'a>(mut self, values: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut b = StringBuilder::new();
        values.for_each(|v| b.append_option(v));
        self.0.push(Arc::new(b.finish()));
        self
    }
    /// A column of times.
    #[must_use]
    pub fn time(mut self, values: impl Iterator<Item = Option<Micros>>) -> Self {
        let mut b = TimestampMicrosecondBuilder::new().with_timezone("UTC");
        values.for_each(|v| b.append_option(v));
        self.0.push(Arc::new(b.finish()));
        self
    }
    /// A column of 64-bit counts.
    #[must_use]
    pub fn long(mut self, values: impl Iterator<Item = Option<i64>>) -> Self {
        let mut b = Int64Builder::new();
        values.for_each(|v| b.append_option(v));
        self.0.push(Arc::new(b.finish()));
        self
    }
    /// A column of small integers.
    #[must_use]
    pub fn int(mut self, values: impl Iterator<Item = i32>) -> Self {
        let mut b = Int32Builder::new();
        values.for_each(|v| b.append_value(v));
        self.0.push(Arc::new(b.finish()));
        self
    }
    /// A column of real numbers.
    #[must_use]
    pub fn real(mut self, values: impl Iterator<Item = f64>) -> Self {
        let mut b = Float64Builder::new();
        values.for_each(|v| b.append_value(v));
        self.0.push(Arc::new(b.finish()));
        self
    }
    /// A column of flags.
    #[must_use]
    pub fn flag(mut self, values: impl Iterator<Item = Option<bool>>) -> Self {
        let mut b = BooleanBuilder::new();
        values.for_each(|v| b.append_option(v));
        self.0.push(Arc::new(b.finish()));
        self
    }
    /// A column of lists of texts.
    #[must_use]
    pub fn texts<'a>(mut self, values: impl Iterator<Item = &'a [String]>) -> Self {
        let mut b = ListBuilder::new(StringBuilder::new());
        for list in values {
            list.iter().for_each(|v| b.values().append_value(v));
            b.append(true);
        }
        self.0.push(Arc::new(b.finish()));
        self
    }
    /// The batch; the columns must be those of the table's schema.
    pub fn batch(self, table: Table) -> Result<RecordBatch> {
        Ok(RecordBatch::try_new(table.schema(), self.0)?)
    }
}

/// A batch of profiles.
pub fn accounts(rows: &[Account]) -> Result<RecordBatch> {
    Columns::new()
        .text(rows.iter().map(|r| Some(r.id.as_str())))
        .text(rows.iter().map(|r| r.handle.as_deref()))
        .text(rows.iter().map(|r| r.name.as_deref()))
        .text(rows.iter().map(|r| r.description.as_deref()))
        .time(rows.iter().map(|r| r.created_at))
        .long(rows.iter().map(|r| r.followers))
        .long(rows.iter().map(|r| r.following))
        .long(rows.iter().map(|r| r.posts))
        .text(rows.iter().map(|r| r.lang.as_deref()))
        .flag(rows.iter().map(|r| r.protected))
        .flag(rows.iter().map(|r| r.bot))
        .time(rows.iter().map(|r| r.observed_at))
        .text(rows.iter().map(|r| r.location.as_deref()))
        .text(rows.iter().map(|r| r.time_zone.as_deref()))
        .text(rows.iter().map(|r| r.avatar.as_deref()))
        .flag(rows.iter().map(|r| r.verified))
        .batch(Table::Accounts)
}

/// A batch of follows.
pub fn follows(rows: &[Follow]) -> Result<RecordBatch> {
    Columns::new()
        .text(rows.iter().map(|r| Some(r.src.as_str())))
        .text(rows.iter().map(|r| Some(r.dst.as_str())))
        .time(rows.iter().map(|r| r.created_at))
        .batch(Table::Follows)
}

/// A batch of posts.
pub fn posts(rows: &[Post]) -> Result<RecordBatch> {
    Columns::new()
        .text(rows.iter().map(|r| Some(r.id.as_str())))
        .text(rows.iter().map(|r| Some(r.author.as_str())))
        .time(rows.iter().map(|r| r.created_at))
        .text(rows.iter().map(|r| r.text.as_deref()))
        .text(rows.iter().map(|r| r.lang.as_deref()))
        .text(rows.iter().map(|r| r.client.as_deref()))
        .flag(rows.iter().map(|r| r.reply))
        .texts(rows.iter().map(|r| r.tags.as_slice()))
        .texts(rows.iter().map(|r| r.links.as_slice()))
        .text(rows.iter().map(|r| r.place.as_deref()))
        .long(rows.iter().map(|r| r.media))
        .batch(Table::Posts)
}

/// A batch of statuses.
pub fn statuses(rows: &[Status]) -> Result<RecordBatch> {
    Columns::new()
        .text(rows.iter().map(|r| Some(r.account.as_str())))
        .text(rows.iter().map(|r| Some(r.status.as_str())))
        .time(rows.iter().map(|r| r.at))
        .text(rows.iter().map(|r| r.source.as_deref()))
        .text(rows.iter().map(|r| r.detail.as_deref()))
        .batch(Table::Statuses)
}

/// Reads columns of a batch by name; a missing or differently typed column is an error, never a panic.
pub struct Batch<'a>(pub &'a RecordBatch);

macro_rules! reader {
    ($(#[$doc:meta])* $name:ident, $cast:ident $(::<$t:ty>)?, $out:ty) => {
        $(#[$doc])*
        pub fn $name(&self, column: &str) -> Result<$out> {
            self.column(column)?.$cast$(::<$t>)?().ok_or_else(|| self.wrong(column))
        }
    };
}

impl<'a> Batch<'a> {
    fn column(&self, name: &str) -> Result<&'a ArrayRef> {
        self.0.column_by_name(name).ok_or_else(|| self.wrong(name))
    }
    fn wrong(&self, name: &str) -> Error {
        Error::data(format!("a table of the study has no column `{name}` of the kind it should have"))
            .help("the files in data/ were changed by another program; import or collect them again")
    }
    /// A column that older parts do not have, by one of the other readers.
    pub fn later<T>(&self, column: &str, read: impl FnOnce(&Self, &str) -> Result<T>) -> Result<Option<T>> {
        self.0.column_by_name(column).map(|_| read(self, column)).transpose()
    }
    reader!(/// A text column.
        text, as_string_opt::<i32>, &'a arrow_array::StringArray);
    reader!(/// A text column whose values are views into what was read of the file.
        views, as_string_view_opt, &'a arrow_array::StringViewArray);
    /// A text column whose values are places in a dictionary.
    pub fn listed(&self, column: &str) -> Result<TypedDictionaryArray<'a, Int32Type, StringArray>> {
        let places = self.column(column)?.as_dictionary_opt::<Int32Type>();
        places.and_then(|places| places.downcast_dict()).ok_or_else(|| self.wrong(column))
    }
    reader!(/// A column of times.
        time, as_primitive_opt::<TimestampMicrosecondType>, &'a arrow_array::TimestampMicrosecondArray);
    reader!(/// A column of 64-bit counts.
        long, as_primitive_opt::<Int64Type>, &'a arrow_array::Int64Array);
    reader!(/// A column of small integers.
        int, as_primitive_opt::<Int32Type>, &'a arrow_array::Int32Array);
    reader!(/// A column of real numbers.
        real, as_primitive_opt::<Float64Type>, &'a arrow_array::Float64Array);
    reader!(/// A column of flags.
        flag, as_boolean_opt, &'a arrow_array::BooleanArray);
    reader!(/// A column of lists.
        list, as_list_opt::<i32>, &'a arrow_array::ListArray);
}

fn owned(column: &arrow_array::StringArray, row: usize) -> Option<String> {
    column.is_valid(row).then(|| column.value(row).to_owned())
}

fn texts(column: &arrow_array::ListArray, row: usize) -> Vec<String> {
    if column.is_null(row) {
        return Vec::new();
    }
    let list = column.value(row);
    list.as_string_opt::<i32>().map(|l| l.iter().flatten().map(str::to_owned).collect()).unwrap_or_default()
}

macro_rules! optional {
    ($column:expr, $row:expr) => {
        $column.is_valid($row).then(|| $column.value($row))
    };
}

/// The profiles of a batch.
pub fn read_accounts(batch: &RecordBatch) -> Result<Vec<Account>> {
    let b = Batch(batch);
    let (id, handle, name, description) = (b.text("id")?, b.text("handle")?, b.text("name")?, b.text("description")?);
    let (created, observed) = (b.time("created_at")?, b.time("observed_at")?);
    let (followers, following, posts) = (b.long("followers")?, b.long("following")?, b.long("posts")?);
    let (lang, protected, bot) = (b.text("lang")?, b.flag("protected")?, b.flag("bot")?);
    let later = |name| b.later(name, Batch::text);
    let (location, zone, avatar) = (later("location")?, later("time_zone")?, later("avatar")?);
    let verified = b.later("verified", Batch::flag)?;
    Ok((0..batch.num_rows())
        .map(|i| Account {
            id: id.value(i).to_owned(),
            handle: owned(handle, i),
            name: owned(name, i),
            description: owned(description, i),
            created_at: optional!(created, i),
            followers: optional!(followers, i),
            following: optional!(following, i),
            posts: optional!(posts, i),
            lang: owned(lang, i),
            protected: optional!(protected, i),
            bot: optional!(bot, i),
            observed_at: optional!(observed, i),
            location: location.and_then(|c| owned(c, i)),
            time_zone: zone.and_then(|c| owned(c, i)),
            avatar: avatar.and_then(|c| owned(c, i)),
            verified: verified.and_then(|c| optional!(c, i)),
        })
        .collect())
}

/// The posts of a batch.
pub fn read_posts(batch: &RecordBatch) -> Result<Vec<Post>> {
    read_posts_of(batch, |_| true)
}

/// The posts of a batch whose author is wanted.
pub fn read_posts_of(batch: &RecordBatch, mut wanted: impl FnMut(&str) -> bool) -> Result<Vec<Post>> {
    let b = Batch(batch);
    let (id, author, created) = (b.text("id")?, b.text("author")?, b.time("created_at")?);
    let (text, lang, client, reply) = (b.text("text")?, b.text("lang")?, b.text("client")?, b.flag("reply")?);
    let (tags, links) = (b.list("tags")?, b.list("links")?);
    let (place, media) = (b.later("place", Batch::text)?, b.later("media", Batch::long)?);
    Ok((0..batch.num_rows())
        .filter(|&i| wanted(author.value(i)))
        .map(|i| Post {
            id: id.value(i).to_owned(),
            author: author.value(i).to_owned(),
            created_at: optional!(created, i),
            text: owned(text, i),
            lang: owned(lang, i),
            client: owned(client, i),
            reply: optional!(reply, i),
            tags: texts(tags, i),
            links: texts(links, i),
            place: place.and_then(|c| owned(c, i)),
            media: media.and_then(|c| optional!(c, i)),
        })
        .collect())
}

/// The statuses of a batch.
pub fn read_statuses(batch: &RecordBatch) -> Result<Vec<Status>> {
    let b = Batch(batch);
    let (account, status, at) = (b.text("account")?, b.text("status")?, b.time("at")?);
    let (source, detail) = (b.text("source")?, b.text("detail")?);
    Ok((0..batch.num_rows())
        .map(|i| Status {
            account: account.value(i).to_owned(),
            status: status.value(i).to_owned(),
            at: optional!(at, i),
            source: owned(source, i),
            detail: owned(detail, i),
        })
        .collect())
}
