//! Who follows whom, in memory, and what can be read off it.
//!
//! | here | what it is |
//! |---|---|
//! | [`Ids`] | dense numbers for the accounts' ids |
//! | [`Group`] | a set of accounts |
//! | [`FollowGraph`] | the follows, compressed, readable both ways |
//! | [`ties`] | how each account is tied to a group |
//! | [`mod@core`] | how deep each account sits in the graph |
//! | [`triangles`] | who is tied to whom is tied to whom |
//! | [`communities`] | parts with more ties inside than chance would give |
//! | [`betweenness`] | how often each account lies on the ways between others |
//! | [`reach`] | how many a set of accounts reaches, and whom it alone reaches |
//! | [`similar`] | accounts with like neighbours |
//! | [`rank`] | how often a walk along the follows meets each account |
//! | [`walk`] | walks along the ties, to draw accounts that cannot be listed |
//! | [`spectral`] | where each account lies in the graph as a whole |
//!
//! An account is a `u32` from 0 up. A follow goes from the one that follows to the one that is followed. The
//! *undirected view* forgets who follows whom: two accounts are *tied* if either follows the other.
//!
//! Every result is the same on any number of threads, to the last bit: sums run in a fixed order.
//!
//! ```
//! use netcensus_graph::{FollowGraph, Group, Ids, ties};
//!
//! let ids = Ids::collect(["bob", "alice", "carol", "alice"]);
//! let follows = [("alice", "bob"), ("carol", "alice"), ("carol", "bob")];
//! let follows = follows.iter().filter_map(|(a, b)| Some((ids.get(a)?, ids.get(b)?))).collect();
//! let (graph, _) = FollowGraph::from_follows(ids.len(), follows)?;
//!
//! let group = Group::from_members(ids.len(), [ids.get("alice"), ids.get("bob")].into_iter().flatten());
//! assert_eq!(ties::following_in(&graph, &group), [1, 0, 2]);
//! # Ok::<(), netcensus_graph::Error>(())
//! ```

pub mod betweenness;
pub mod communities;
pub mod core;
pub mod rank;
pub mod reach;
pub mod similar;
pub mod spectral;
pub mod ties;
pub mod triangles;
pub mod walk;

mod error;
mod graph;
mod group;
mod hash;
mod ids;
mod lists;

pub use error::Error;
pub use graph::{Dropped, FollowGraph};
pub use group::Group;
pub use ids::Ids;
