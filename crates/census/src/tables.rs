//! The tables of a study, and their Arrow schemas: the one place that says what a column is.
//!
//! `accounts`, `follows`, `posts` and `statuses` are observations: append-only, and for an account seen twice
//! the later part wins. The others are made from them by a step and replaced as a whole when it runs again
//! (`samples` grows by a part for each batch drawn). Times are UTC microseconds. No unsigned integers: not every
//! engine that reads Parquet has them. A column that came later stands at the end, may be null, and is missing in older
//! parts: whoever reads it takes a missing one for nulls.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// A table of the study, kept as a folder of Parquet parts in `data/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Profiles as observed.
    Accounts,
    /// Who follows whom.
    Follows,
    /// Posts as observed.
    Posts,
    /// Whether an account was there when it was looked for.
    Statuses,
    /// The sampling frame.
    Frame,
    /// Per-account measures.
    Measures,
    /// Each batch's inclusion probabilities over the frame, and which accounts were drawn.
    Samples,
    /// What coders answered; a copy for readers, the original is in `work.db`.
    Labels,
    /// Cross-fitted membership scores.
    Scores,
}

impl Table {
    /// Every table, in the order of the journey.
    pub const ALL: [Table; 9] = [
        Table::Accounts,
        Table::Follows,
        Table::Posts,
        Table::Statuses,
        Table::Frame,
        Table::Measures,
        Table::Samples,
        Table::Labels,
        Table::Scores,
    ];

    /// The folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Table::Accounts => "accounts",
            Table::Follows => "follows",
            Table::Posts => "posts",
            Table::Statuses => "statuses",
            Table::Frame => "frame",
            Table::Measures => "measures",
            Table::Samples => "samples",
            Table::Labels => "labels",
            Table::Scores => "scores",
        }
    }

    /// The Arrow schema.
    pub fn schema(self) -> SchemaRef {
        let (text, long, int, real, flag) =
            (DataType::Utf8, DataType::Int64, DataType::Int32, DataType::Float64, DataType::Boolean);
        let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let texts = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
        let must = |name: &str, t: &DataType| Field::new(name, t.clone(), false);
        let may = |name: &str, t: &DataType| Field::new(name, t.clone(), true);
        let fields = match self {
            Table::Accounts => vec![
                must("id", &text),
                may("handle", &text),
                may("name", &text),
                may("description", &text),
                may("created_at", &time),
                may("followers", &long),
                may("following", &long),
                may("posts", &long),
                may("lang", &text),
                may("protected", &flag),
                may("bot", &flag),
                may("observed_at", &time),
                may("location", &text),
                may("time_zone", &text),
                may("avatar", &text),
                may("verified", &flag),
            ],
            Table::Follows => vec![must("src", &text), must("dst", &text), may("created_at", &time)],
            Table::Posts => vec![
                must("id", &text),
                must("author", &text),
                may("created_at", &time),
                may("text", &text),
                may("lang", &text),
                may("client", &text),
                may("reply", &flag),
                may("tags", &texts),
                may("links", &texts),
                may("place", &text),
                may("media", &long),
            ],
            Table::Statuses => vec![
                must("account", &text),
                must("status", &text),
                may("at", &time),
                may("source", &text),
                may("detail", &text),
            ],
            Table::Frame => {
                vec![must("account", &text), must("wave", &int), must("group_follows", &long), must("reason", &text)]
            }
            Table::Measures => {
                let mut fields = vec![must("account", &text), must("towards", &text)];
                fields.extend(crate::measure::NAMES.iter().map(|name| must(name, &real)));
                fields
            }
            Table::Samples => {
                vec![
                    must("account", &text),
                    must("batch", &int),
                    must("probability", &real),
                    must("drawn", &flag),
                    must("frame", &text),
                ]
            }
            Table::Labels => vec![
                must("account", &text),
                must("coder", &text),
                must("label", &text),
                must("simulated", &flag),
                may("note", &text),
            ],
            Table::Scores => {
                vec![must("account", &text), must("batch", &int), must("fold", &int), must("score", &real)]
            }
        };
        Arc::new(Schema::new(fields))
    }
}
