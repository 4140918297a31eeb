use std::fmt;
use std::path::{Path, PathBuf};

/// Why follows do not make a graph, or a walk has nowhere to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// More accounts than can be numbered.
    TooManyAccounts {
        /// How many there are at least.
        accounts: usize,
    },
    /// More follows than a graph of its form holds.
    TooManyFollows {
        /// How many there are.
        follows: usize,
    },
    /// A follow, or the start of a walk, names an account that is not there.
    NoSuchAccount {
        /// The account.
        account: u32,
        /// How many accounts there are.
        accounts: usize,
    },
    /// A walk was to start at an account that nobody is tied to.
    NoTies {
        /// The account.
        account: u32,
    },
    /// A line of an edge list is none.
    Line {
        /// Its number, from 1.
        number: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file is not a graph, or is not what was written.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file could not be read or written.
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

impl Error {
    pub(crate) fn disk(path: &Path, why: &std::io::Error) -> Self {
        Self::Disk { path: path.to_owned(), why: why.to_string() }
    }

    pub(crate) fn damaged(path: &Path, why: &'static str) -> Self {
        Self::Damaged { path: path.to_owned(), why }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyAccounts { accounts } => {
                write!(f, "a graph holds at most {} accounts, not {accounts}", u32::MAX - 1)
            }
            Self::TooManyFollows { follows } => {
                write!(f, "a graph in the plain form holds at most {} follows, not {follows}", u32::MAX)
            }
            Self::NoSuchAccount { account, accounts } => {
                write!(f, "account number {account} is named, but there are only {accounts} accounts")
            }
            Self::NoTies { account } => {
                write!(f, "no walk can start at account number {account}: nobody is tied to it")
            }
            Self::Line { number, why } => write!(f, "line {number} is no follow: {why}"),
            Self::Damaged { path, why } => write!(f, "{} is not a sound graph: {why}", path.display()),
            Self::Disk { path, why } => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl std::error::Error for Error {}
