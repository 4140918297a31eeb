//! collect: accounts, follows and posts from the AT Protocol, wave by wave.

/// The crawl's part of `work.db`.
pub(crate) const MIGRATION: &str = "";
