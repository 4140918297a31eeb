//! The only form in which a number reaches a report, and how its digits are parted.

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

/// Digits with their thousands parted: 12,345.
pub fn thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}
