//! What would be lost if members of a group were removed: whom the group reaches, and how it hangs together.
//!
//! A plan of removal is an order: whoever comes first goes first. [`Audience`] says what each order costs the group in
//! audience, makes orders that cost it much, and a bound that none can pass. [`Ties`] does the same for the largest part
//! that holds together by ties inside.
//!
//! Members are numbered from 0 in the order of their numbers in the graph.

mod audience;
#[cfg(test)]
mod tests;
mod ties;

pub use audience::Audience;
pub use ties::Ties;
