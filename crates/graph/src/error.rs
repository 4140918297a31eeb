use std::fmt;

/// Why follows do not make a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// More accounts than a `u32` can number.
    TooManyAccounts {
        /// How many were asked for.
        accounts: usize,
    },
    /// A follow names an account that is not there.
    NoSuchAccount {
        /// The account.
        account: u32,
        /// How many accounts there are.
        accounts: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyAccounts { accounts } => {
                write!(f, "a graph holds at most {} accounts, not {accounts}", u32::MAX)
            }
            Self::NoSuchAccount { account, accounts } => {
                write!(f, "a follow names account number {account}, but there are only {accounts} accounts")
            }
        }
    }
}

impl std::error::Error for Error {}
