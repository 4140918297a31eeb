//! Charts: plain numbers in, a [`Picture`](super::document::Picture) out.
//!
//! A picture is geometry in its own units, 480 wide, with classes and without a word; words and numbers are labels set
//! over it. [`html()`] sets it on a page, [`standalone`] makes it a file of its own, as the PDF needs. How each
//! class looks is said once, in [`STYLE`], for the screen by day and night and for print.
//!
//! What all charts keep to:
//!
//! - An estimate is a dot with its interval, never a bare bar. What has no interval (a count of what was seen) may be an area.
//! - Series are told apart by colour and by a second sign: hollow dots, dashes. Scales of colour get darker (by night:
//!   lighter) step by step, so they print in grey.
//! - Time and values run from left to right in Arabic too. Dates, numbers and ranges are read in that direction in either
//!   language, and a reader of both versions finds the same picture. Only what is a list and has no axis (the funnel)
//!   begins where reading begins.
//! - Labels do not collide: not on a phone, where text is large beside the picture (see [`html()`]), nor in print.

mod axis;
mod canvas;
mod classes;
mod funnel;
mod heat;
mod html;
mod inline;
mod lorenz;
mod map;
mod periods;
mod section;
mod standalone;
mod style;
mod survival;
mod time;
mod waves;
mod world;

pub use axis::{Axis, Point};
pub use funnel::{Stage, funnel};
pub use heat::{months, week};
pub use html::html;
pub use inline::{Svg, bar, interval, ruler};
pub use lorenz::{Mark, lorenz};
pub use map::{Map, map};
pub use section::{Chart, ends, lifetimes, of_section, suspensions, way};
pub use standalone::{standalone, swatch};
pub use style::STYLE;
pub use survival::{Fate, survival};
pub use time::{Timed, over_time};
pub use waves::{Wave, waves};

#[cfg(test)]
pub(super) mod tests;
