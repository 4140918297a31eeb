//! The pieces of a file, worked on by all processors at once and taken in in the order of the file.
//!
//! A thread works on what it has read itself, which is in its cache, and takes in what is done and next in order if no
//! other thread is at it. Memory: four pieces for each thread, read or worked on, wait at the most.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::{Error, Result};

/// So many pieces for each thread may be ahead of the one that is to be taken in next.
const AHEAD: usize = 4;

/// Reads, works and takes in, each at the same time as the others, and each in the order of the file. What was sound
/// before a fault is taken in before it is told.
pub(super) fn in_order<P: Send, R: Send>(
    read: impl FnMut() -> Result<Option<P>> + Send,
    work: impl Fn(P) -> R + Sync,
    take: impl FnMut(R) -> Result<()> + Send,
) -> Result<()> {
    let ahead = AHEAD * rayon::current_num_threads();
    let input = Mutex::new((read, 0));
    let state = State { take: Some(take), done: BTreeMap::new(), next: 0, end: false, fault: None };
    let order = Order { state: Mutex::new(state), moved: Condvar::new() };
    rayon::broadcast(|_| {
        let _stop = Stop(&order);
        while let Some((number, piece)) = order.read(&input, ahead) {
            order.put(number, piece.map(&work));
        }
    });
    let fault = lock(&order.state).fault.take();
    fault.map_or(Ok(()), Err)
}

struct Order<R, T> {
    state: Mutex<State<R, T>>,
    /// Told when a piece was taken in.
    moved: Condvar,
}

struct State<R, T> {
    /// What takes in; none while a thread does so, and after a fault.
    take: Option<T>,
    /// What was worked on and waits to be taken in, by the number of its piece.
    done: BTreeMap<usize, Result<R>>,
    /// The number of the piece to be taken in next.
    next: usize,
    /// Nothing more is read.
    end: bool,
    fault: Option<Error>,
}

impl<R, T: FnMut(R) -> Result<()>> Order<R, T> {
    /// The next piece and its number, once there are not too many ahead; none at the end.
    fn read<P, F: FnMut() -> Result<Option<P>>>(
        &self,
        input: &Mutex<(F, usize)>,
        ahead: usize,
    ) -> Option<(usize, Result<P>)> {
        let mut input = lock(input);
        let (read, count) = &mut *input;
        let wait = |state: &mut State<R, T>| !state.end && *count >= state.next + ahead;
        if self.moved.wait_while(lock(&self.state), wait).unwrap_or_else(PoisonError::into_inner).end {
            return None;
        }
        let piece = read().transpose();
        if !matches!(piece, Some(Ok(_))) {
            lock(&self.state).end = true;
        }
        *count += 1;
        Some((*count - 1, piece?))
    }

    /// Keeps a result until its turn comes, and takes in those whose turn it is.
    fn put(&self, number: usize, result: Result<R>) {
        let mut state = lock(&self.state);
        state.done.insert(number, result);
        loop {
            let next = state.next;
            let Some(mut take) = state.take.take() else { return };
            let Some(result) = state.done.remove(&next) else {
                state.take = Some(take);
                return;
            };
            drop(state);
            let taken = result.and_then(&mut take);
            state = lock(&self.state);
            state.next += 1;
            match taken {
                Ok(()) => state.take = Some(take),
                Err(fault) => (state.end, state.fault) = (true, Some(fault)),
            }
            self.moved.notify_all();
        }
    }
}

/// Lets the other threads end when one panics, so that the panic comes out.
struct Stop<'o, R, T>(&'o Order<R, T>);

impl<R, T> Drop for Stop<'_, R, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.state).end = true;
            self.0.moved.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_order_is_kept_and_the_first_fault_ends_it() {
        let mut next = 0;
        let mut taken = Vec::new();
        let read = || {
            next += 1;
            if next > 100 { Err(crate::Error::data("cut")) } else { Ok(Some(next)) }
        };
        let error = in_order(
            read,
            |n| n * 2,
            |n| {
                taken.push(n);
                Ok(())
            },
        )
        .unwrap_err();
        assert_eq!(error.to_string(), "cut");
        assert!(taken.iter().enumerate().all(|(i, n)| *n == 2 * (i + 1)), "{taken:?}");
        let mut left = 5;
        let count = || {
            Ok((left > 0).then(|| {
                left -= 1;
                left
            }))
        };
        let mut taken = Vec::new();
        in_order(
            count,
            |n| n,
            |n| {
                taken.push(n);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(taken, [4, 3, 2, 1, 0]);
    }

    #[test]
    fn a_fault_in_taking_in_ends_it() {
        for threads in [1, 2, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (mut read, mut taken) = (0, Vec::new());
            let endless = || {
                read += 1;
                Ok(Some(read))
            };
            let work = |n: u64| {
                std::thread::sleep(std::time::Duration::from_micros(n * 7919 % 50));
                n
            };
            let take = |n| {
                taken.push(n);
                if n < 1000 { Ok(()) } else { Err(crate::Error::data("full")) }
            };
            let error = pool.install(|| in_order(endless, work, take)).unwrap_err();
            assert_eq!(error.to_string(), "full");
            assert!(taken.iter().copied().eq(1..=1000), "{taken:?}");
            assert!(read <= 1000 + (AHEAD + 1) as u64 * threads as u64, "{read}");
        }
    }

    #[test]
    fn a_panic_comes_out() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        let mut left = 1000;
        let read = || {
            left -= 1;
            Ok((left > 0).then_some(left))
        };
        let work = |n: i32| assert_ne!(n, 500, "as the test wants it");
        let run = || pool.install(|| in_order(read, work, |()| Ok(())));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    }
}
