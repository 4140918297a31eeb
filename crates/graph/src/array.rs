//! Arrays that lie in memory or in a mapped file, read the same way.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytemuck::Pod;
use memmap2::Mmap;

/// An array that never changes. A clone shares it.
pub(crate) struct Array<T> {
    first: *const T,
    len: usize,
    owner: Owner<T>,
}

/// What keeps the array where it is.
enum Owner<T> {
    Memory(Arc<Vec<T>>),
    File(Arc<Mmap>),
}

impl<T: Pod> Array<T> {
    /// The array that these bytes of a mapped file are; none where they lie askew or leave a rest.
    pub(crate) fn mapped(map: &Arc<Mmap>, bytes: Range<usize>) -> Option<Self> {
        let items: &[T] = bytemuck::try_cast_slice(map.get(bytes)?).ok()?;
        Some(Self { first: items.as_ptr(), len: items.len(), owner: Owner::File(map.clone()) })
    }

    /// The array as the bytes of a file.
    pub(crate) fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self)
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(items: Vec<T>) -> Self {
        // Not an `Arc<[T]>`: that would copy them.
        let items = Arc::new(items);
        Self { first: items.as_ptr(), len: items.len(), owner: Owner::Memory(items) }
    }
}

impl<T> Deref for Array<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `first` and `len` are those of a slice that `owner` holds: of a `Vec` in an `Arc`, or of bytes of a mapping
        // that `bytemuck` found aligned and whole. Both stay where they are while the `Arc` lives, nothing of this crate
        // hands them out to be written, and the slice is borrowed from `self`, which keeps the owner. That nobody
        // else writes to a mapped file is what `file::map` asks for.
        #[allow(unsafe_code)]
        unsafe {
            std::slice::from_raw_parts(self.first, self.len)
        }
    }
}

// SAFETY: an `Array` is a shared slice and its owner; `first` points into what the owner holds, which other threads may
// read and drop where `T` can be shared and sent.
#[allow(unsafe_code)]
unsafe impl<T: Send + Sync> Send for Array<T> {}
// SAFETY: as above; there is no way to write through a shared `Array`.
#[allow(unsafe_code)]
unsafe impl<T: Send + Sync> Sync for Array<T> {}

impl<T> Clone for Array<T> {
    fn clone(&self) -> Self {
        let owner = match &self.owner {
            Owner::Memory(items) => Owner::Memory(items.clone()),
            Owner::File(map) => Owner::File(map.clone()),
        };
        Self { first: self.first, len: self.len, owner }
    }
}

impl<T: PartialEq> PartialEq for Array<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Array<T> {}

impl<T> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array").field("len", &self.len).finish_non_exhaustive()
    }
}
