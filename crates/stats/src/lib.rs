//! x
/// An estimate that the figures do not allow.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);
