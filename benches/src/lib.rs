//! Networks to measure netcensus on, made from a seed: the same bytes on any number of threads.
//!
//! | here | what it makes |
//! |---|---|
//! | [`rmat`] | R-MAT graphs, on which graph programs are usually compared |
//! | [`shape`] | a network shaped like a study's: heavy tails, communities, mutual follows, a planted group |
//! | [`folder`] | that network as a study's folder, with the truth for a simulated coder |
//! | [`json`] | JSON lines as two networks deliver them |
//! | [`names`] | what accounts are called in these |
//! | [`lines`] | text made by many threads and written in order |
//!
//! Nobody and nothing in them is real.

pub mod folder;
pub mod json;
pub mod lines;
pub mod names;
mod posts;
pub mod rmat;
pub mod shape;

mod random;

pub use random::Bijection;
