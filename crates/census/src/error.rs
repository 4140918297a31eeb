//! One error for the library: what went wrong, because of what, what to try; and whose matter it is.

use std::path::Path;

/// Whose matter an error is. The command line makes exit codes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The study or the call is not usable as it stands.
    Usage,
    /// Files or answers that do not hold what they should.
    Data,
    /// A server that could not be reached or would not answer.
    Network,
    /// The disk, a permission, a file that is gone.
    Disk,
    /// Stopped by the analyst; the study is whole and resumes.
    Interrupted,
    /// A fault of netcensus itself.
    Bug,
}

/// What went wrong, because of what, and what to try.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Error {
    kind: Kind,
    what: String,
    help: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), help: None, source: None }
    }

    /// The study or the call is not usable as it stands.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// Input that does not hold what it should.
    pub fn data(what: impl Into<String>) -> Self {
        Self::new(Kind::Data, what)
    }

    /// A server that could not be reached or would not answer.
    pub fn network(what: impl Into<String>) -> Self {
        Self::new(Kind::Network, what)
    }

    /// A file operation that failed, with the path it failed on.
    pub fn disk(path: &Path, source: std::io::Error) -> Self {
        Self::new(Kind::Disk, format!("cannot use {}", path.display())).because(source)
    }

    /// Stopped by the analyst.
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "stopped; nothing is lost").help("run the same command again to go on")
    }

    /// A fault of netcensus itself.
    pub fn bug(what: impl Into<String>) -> Self {
        Self::new(Kind::Bug, what).help("this is a fault of netcensus: please report it with the command you ran")
    }

    /// Adds what to try.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whose matter it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to try, where something is known to help.
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Self {
        Self::new(Kind::Disk, "work.db could not be read or written").because(e)
    }
}

impl From<parquet::errors::ParquetError> for Error {
    fn from(e: parquet::errors::ParquetError) -> Self {
        Self::new(Kind::Data, "a Parquet file could not be read or written").because(e)
    }
}

impl From<arrow_schema::ArrowError> for Error {
    fn from(e: arrow_schema::ArrowError) -> Self {
        Self::new(Kind::Data, "a table could not be read or written").because(e)
    }
}

impl From<netcensus_stats::Error> for Error {
    fn from(e: netcensus_stats::Error) -> Self {
        Self::new(Kind::Data, "the figures do not allow this estimate").because(e)
    }
}
