use std::borrow::Cow;
use std::ops::Range;

use crate::coded::{BEHIND, Coded, Ends, encode};
use crate::lists::Lists;

/// How a graph's lists of accounts are kept. What can be read off them is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As they are: 4 bytes a follow and direction, and as many an account. Up to 2³² − 1 follows.
    Plain,
    /// Compressed: the gaps between the accounts of a list, in one to four bytes and two bits each; 5 bytes an account and
    /// direction. A list is decoded each time that it is asked for.
    Coded,
}

/// The lists of one direction, in either form.
#[derive(Clone)]
pub(crate) enum Adjacency {
    Plain(Lists),
    Coded(Coded),
}

impl Adjacency {
    /// The account's list.
    #[inline]
    pub(crate) fn of(&self, owner: u32) -> Cow<'_, [u32]> {
        match self {
            Self::Plain(lists) => Cow::Borrowed(lists.of(owner)),
            Self::Coded(lists) => {
                let mut list = Vec::new();
                lists.read(owner, &mut list);
                Cow::Owned(list)
            }
        }
    }

    /// How long the account's list is; nothing is decoded for that.
    #[inline]
    pub(crate) fn degree(&self, owner: u32) -> usize {
        match self {
            Self::Plain(lists) => lists.of(owner).len(),
            Self::Coded(lists) => lists.degree(owner),
        }
    }

    /// How long the lists of neighbouring accounts are together.
    #[inline]
    pub(crate) fn degrees(&self, owners: Range<u32>) -> usize {
        match self {
            Self::Plain(lists) => lists.of_each(owners).len(),
            Self::Coded(lists) => owners.map(|owner| lists.degree(owner)).sum(),
        }
    }

    /// The lists of neighbouring accounts, end to end; put into `room` if they do not lie somewhere already.
    #[inline]
    pub(crate) fn of_each<'a>(&'a self, owners: Range<u32>, room: &'a mut Vec<u32>) -> &'a [u32] {
        match self {
            Self::Plain(lists) => lists.of_each(owners),
            Self::Coded(lists) => {
                room.clear();
                owners.for_each(|owner| lists.read(owner, room));
                room
            }
        }
    }

    /// How many lists there are.
    pub(crate) fn owners(&self) -> usize {
        match self {
            Self::Plain(lists) => lists.owners(),
            Self::Coded(lists) => lists.owners(),
        }
    }

    /// How many accounts there are in all lists.
    pub(crate) fn items(&self) -> usize {
        match self {
            Self::Plain(lists) => lists.items(),
            Self::Coded(lists) => lists.items(),
        }
    }

    /// The owners in `parts` ranges of about as much to read each; the same whatever the number of threads if `parts` is.
    pub(crate) fn ranges(&self, parts: usize) -> Vec<Range<u32>> {
        match self {
            Self::Plain(lists) => lists.ranges(parts),
            Self::Coded(lists) => lists.ranges(parts),
        }
    }

    /// How many bytes the lists take, with where they end.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Plain(lists) => lists.bytes(),
            Self::Coded(lists) => lists.bytes(),
        }
    }

    pub(crate) fn form(&self) -> Form {
        match self {
            Self::Plain(_) => Form::Plain,
            Self::Coded(_) => Form::Coded,
        }
    }

    /// The same lists in the compressed form; none where they are longer than that allows.
    pub(crate) fn coded(&self) -> Option<Self> {
        let (mut ends, mut codes) = (Ends::new(self.owners()), Vec::new());
        for owner in 0..self.owners() as u32 {
            ends.push(encode(&self.of(owner), &mut codes))?;
        }
        codes.extend_from_slice(&BEHIND);
        Some(Self::Coded(Coded::new(ends.into_vec().into(), codes.into(), self.items())))
    }
}

/// Whatever their forms.
impl PartialEq for Adjacency {
    fn eq(&self, other: &Self) -> bool {
        self.owners() == other.owners()
            && self.items() == other.items()
            && (0..self.owners() as u32).all(|owner| self.of(owner) == other.of(owner))
    }
}

impl Eq for Adjacency {}
