//! measure: how each account of the frame is tied to the group.

/// The measures, in the order of the table's columns.
pub const NAMES: [&str; 8] = [
    "out_degree",
    "in_degree",
    "in_group_following",
    "in_group_followers",
    "reciprocated",
    "triangles",
    "core",
    "pagerank",
];
