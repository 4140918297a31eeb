//! Text made by many threads and written in order.

use std::io::{self, Write};

use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Blocks made at once, whatever the number of threads: what is in memory does not depend on the machine.
const AT_ONCE: u64 = 16;

/// Writes the blocks 0, 1, 2, … as `block` makes them, until there are `blocks` or `enough` bytes; how many bytes were
/// written. The bytes are the same on any number of threads.
pub fn write(
    out: &mut impl Write,
    blocks: u64,
    enough: u64,
    block: impl Fn(u64, &mut Vec<u8>) + Sync,
) -> io::Result<u64> {
    let (mut first, mut written) = (0, 0);
    while first < blocks && written < enough {
        let made: Vec<Vec<u8>> = (first..blocks.min(first + AT_ONCE))
            .into_par_iter()
            .map(|number| {
                let mut text = Vec::new();
                block(number, &mut text);
                text
            })
            .collect();
        for text in &made {
            if written < enough {
                out.write_all(text)?;
                written += text.len() as u64;
            }
        }
        first += AT_ONCE;
    }
    Ok(written)
}
