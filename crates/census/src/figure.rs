//! The only form in which a number reaches a report.

use serde::{Deserialize, Serialize};

/// A number with its interval, the labels behind it and its method; nothing shows a number without them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The point estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
    /// How many labelled accounts stand behind it.
    pub labels: usize,
    /// How it was made, in a few words.
    pub method: String,
}
