//! Who follows whom, in memory, and what can be read off it.
//!
//! | here | what it is |
//! |---|---|
//! | [`Builder`] | rows of ids, made a graph |
//! | [`Ids`] | dense numbers for the accounts' ids |
//! | [`FollowGraph`] | the follows, in sparse rows, readable both ways |
//! | [`Form`] | whether they are kept as they are or compressed |
//! | [`open`] | a graph from its file |
//! | [`Group`] | a set of accounts |
//! | [`ties`] | how each account is tied to a group |
//! | [`growth`] | how a group grows by those who lean on it |
//! | [`components`] | which parts the graph falls into |
//! | [`mod@core`] | how deep each account sits in the graph |
//! | [`triangles`] | who is tied to whom is tied to whom |
//! | [`communities`] | parts with more ties inside than chance would give |
//! | [`betweenness`] | how often each account lies on the ways between others |
//! | [`reach`] | how many a set of accounts reaches, and whom it alone reaches |
//! | [`removal`] | what a group would lose with some of its members |
//! | [`similar`] | accounts with like neighbours |
//! | [`rank`] | how often a walk along the follows meets each account |
//! | [`mod@push`] | how close everyone is to a few accounts, at a cost that does not grow with the graph |
//! | [`walk`] | walks along the ties, to draw accounts that cannot be listed |
//! | [`spectral`] | where each account lies in the graph as a whole |
//!
//! An account is a `u32` from 0 up. A follow goes from the one that follows to the one that is followed. The
//! *undirected view* forgets who follows whom: two accounts are *tied* if either follows the other.
//!
//! Every result is the same on any number of threads, to the last bit: sums run in a fixed order.
//!
//! ```
//! use netcensus_graph::{Builder, Group, ties};
//!
//! let builder = Builder::new(None);
//! builder.follows([("alice", "bob"), ("carol", "alice"), ("carol", "bob")])?;
//! let built = builder.finish()?;
//! let number = |id| built.ids.get(id).unwrap();
//!
//! let group = Group::from_members(3, [number("alice"), number("bob")]);
//! let following_in = ties::following_in(&built.graph, &group);
//! assert_eq!(["alice", "bob", "carol"].map(|id| following_in[number(id) as usize]), [1, 0, 2]);
//! # Ok::<(), netcensus_graph::Error>(())
//! ```

pub mod betweenness;
pub mod communities;
pub mod components;
pub mod core;
pub mod growth;
pub mod push;
pub mod rank;
pub mod reach;
pub mod removal;
pub mod similar;
pub mod spectral;
pub mod ties;
pub mod triangles;
pub mod walk;

mod adjacency;
mod array;
mod build;
mod coded;
mod edges;
mod error;
mod file;
mod graph;
mod group;
mod hash;
mod ids;
mod intern;
mod key;
mod lists;
mod pages;
mod pairs;
mod pieces;

pub use adjacency::Form;
pub use build::{Builder, Built, Named};
pub use error::Error;
pub use file::{Opened, open};
pub use graph::{Dropped, FollowGraph};
pub use group::Group;
pub use ids::{Cursor, Ids};
pub use pairs::Memory;
