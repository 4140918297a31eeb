use std::fmt;

/// Why follows do not make a graph, or a walk has nowhere to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// More accounts than a `u32` can number.
    TooManyAccounts {
        /// How many were asked for.
        accounts: usize,
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
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyAccounts { accounts } => {
                write!(f, "a graph holds at most {} accounts, not {accounts}", u32::MAX)
            }
            Self::NoSuchAccount { account, accounts } => {
                write!(f, "account number {account} is named, but there are only {accounts} accounts")
            }
            Self::NoTies { account } => {
                write!(f, "no walk can start at account number {account}: nobody is tied to it")
            }
        }
    }
}

impl std::error::Error for Error {}
