//! From rows of ids to the graph: provisional numbers as the rows come, final ones once all are known; then the pairs
//! are dealt into buckets by who follows and each bucket is sorted, and once more by who is followed.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use crate::array::Array;
use crate::file::{self, Section, Writer};
use crate::intern::{Interner, Scratch};
use crate::lists::Lists;
use crate::pairs::{Chunk, Cuts, Dealt, Held, Memory, halves, pair};
use crate::{Dropped, Error, FollowGraph, Ids};

/// Pairs that a bucket holds at least, on average: 2 MiB to sort, about what a core's caches hold.
const BUCKET: usize = 1 << 17;
/// Buckets at most: each thread keeps a chunk open for each.
const BUCKETS: usize = 1024;
/// Ids that are interned at a time.
const BLOCK: usize = 1 << 16;

/// Makes a graph of rows of ids. Rows come in any order, from any number of threads.
///
/// The accounts are numbered hub first (see [`Ids`]), so that what comes out depends on the rows alone. About 45
/// bytes an account and the ids themselves while rows come in; 8 bytes a follow, in memory or, beyond a bound, on disk.
///
/// ```
/// use netcensus_graph::Builder;
///
/// let builder = Builder::new(None);
/// builder.follows([("alice", "bob"), ("carol", "bob"), ("carol", "alice"), ("carol", "bob")])?;
/// builder.accounts(["dave"])?;
/// let built = builder.finish()?;
/// assert_eq!((built.graph.accounts(), built.graph.follows(), built.dropped.repeats), (4, 3, 1));
/// let bob = built.ids.get("bob").unwrap();
/// assert_eq!(built.graph.followers(bob).len(), 2);
/// # Ok::<(), netcensus_graph::Error>(())
/// ```
pub struct Builder {
    interner: Interner,
    held: Held,
    chunks: Mutex<Vec<Chunk>>,
    dropped_before: Dropped,
}

/// A graph with the ids of its accounts.
#[derive(Debug, Clone)]
pub struct Built {
    /// The accounts' ids.
    pub ids: Ids,
    /// Who follows whom.
    pub graph: FollowGraph,
    /// How many rows each account is in, on either side.
    pub(crate) rows: Array<u32>,
    /// What was not kept of the rows.
    pub dropped: Dropped,
}

impl Builder {
    /// No rows yet. With a bound on memory, what goes beyond lies on disk; without one all is held in memory.
    pub fn new(memory: Option<Memory>) -> Self {
        Self {
            interner: Interner::new(),
            held: Held::new(memory),
            chunks: Mutex::default(),
            dropped_before: Dropped::default(),
        }
    }

    /// Goes on from a graph: rows that come now are added to those it was made of. The graph that comes out is the
    /// one that all rows together would have given; ids are interned again, but the rows need not be read.
    pub fn from(built: &Built, memory: Option<Memory>) -> Result<Self, Error> {
        let builder = Self { dropped_before: built.dropped, ..Self::new(memory) };
        let accounts: Vec<u32> = (0..built.ids.len() as u32).collect();
        let (mut scratch, mut provisional) = (Scratch::default(), Vec::with_capacity(accounts.len()));
        let mut numbers = Vec::new();
        for block in accounts.chunks(BLOCK) {
            let ids: Vec<&[u8]> = block.iter().map(|&account| built.ids.name(account).as_bytes()).collect();
            let rows: Vec<u32> = block.iter().map(|&account| built.rows[account as usize]).collect();
            builder.interner.block(&ids, |i| rows[i], &mut scratch, &mut numbers)?;
            provisional.extend_from_slice(&numbers);
        }
        built.graph.following_lists().ranges(rayon::current_num_threads() * 4).into_par_iter().try_for_each(
            |range| {
                let mut pairs = Vec::new();
                for src in range {
                    let first = provisional[src as usize];
                    pairs.extend(built.graph.following(src).iter().map(|&dst| pair(first, provisional[dst as usize])));
                    if pairs.len() >= BLOCK {
                        builder.keep(std::mem::take(&mut pairs))?;
                    }
                }
                builder.keep(pairs)
            },
        )?;
        Ok(builder)
    }

    /// Adds accounts, whether or not they are in a follow.
    pub fn accounts<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let (mut scratch, mut numbers) = (Scratch::default(), Vec::new());
        let mut ids = ids.into_iter();
        loop {
            let block: Vec<&[u8]> = ids.by_ref().take(BLOCK).map(str::as_bytes).collect();
            if block.is_empty() {
                return Ok(());
            }
            self.interner.block(&block, |_| 0, &mut scratch, &mut numbers)?;
        }
    }

    /// Adds follows: who follows, who is followed. Large batches on several threads at once are what is fast.
    pub fn follows<'a>(&self, rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), Error> {
        self.bytes(rows.into_iter().map(|(src, dst)| (src.as_bytes(), dst.as_bytes())))
    }

    /// The same of ids that are known to be text.
    pub(crate) fn bytes<'a>(&self, rows: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Result<(), Error> {
        let (mut scratch, mut numbers) = (Scratch::default(), Vec::new());
        let mut block: Vec<&[u8]> = Vec::with_capacity(BLOCK + 2);
        let (mut in_rows, mut ends) = (Vec::with_capacity(BLOCK + 2), Vec::with_capacity(BLOCK));
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let mut last = 0;
            for (src, dst) in rows.by_ref() {
                // Rows often come account by account; then who follows is looked up once.
                if block.is_empty() || block[last] != src {
                    last = block.len();
                    block.push(src);
                    in_rows.push(0);
                }
                in_rows[last] += 1;
                ends.push((last as u32, block.len() as u32));
                block.push(dst);
                in_rows.push(1);
                if block.len() >= BLOCK {
                    break;
                }
            }
            self.interner.block(&block, |i| in_rows[i], &mut scratch, &mut numbers)?;
            let number = |at: u32| numbers[at as usize];
            self.keep(ends.iter().map(|&(src, dst)| pair(number(src), number(dst))).collect())?;
            block.clear();
            in_rows.clear();
            ends.clear();
        }
        Ok(())
    }

    fn keep(&self, pairs: Vec<u64>) -> Result<(), Error> {
        let chunk = self.held.keep(pairs)?;
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner).push(chunk);
        Ok(())
    }

    /// The graph, in memory.
    pub fn finish(self) -> Result<Built, Error> {
        self.build(None)
    }

    /// The graph, written to `path` and read from there. `source` says what it was made of, for whoever opens it.
    pub fn finish_in(self, path: &Path, source: &str) -> Result<Built, Error> {
        let mut writer = Writer::create(path)?;
        let built = self.build(Some(&mut writer))?;
        writer.finish(&built, source)?;
        drop(built);
        Ok(file::open(path)?.built)
    }

    fn build(self, mut writer: Option<&mut Writer>) -> Result<Built, Error> {
        let Self { interner, held, chunks, dropped_before } = self;
        let (ids, rows, renumber) = interner.finish()?;
        let chunks = chunks.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (lists, dropped) = lists(&rows, chunks, &held, |number| renumber.of(number), writer.as_deref_mut())?;
        drop(renumber);
        let [following, followers] = lists;
        let dropped = Dropped {
            repeats: dropped.repeats + dropped_before.repeats,
            self_follows: dropped.self_follows + dropped_before.self_follows,
        };
        Ok(Built { ids, graph: FollowGraph::of_lists(following, followers), rows: rows.into(), dropped })
    }
}

impl FollowGraph {
    /// Makes the graph of `n` accounts from pairs (who follows, who is followed), in any order. The accounts keep their
    /// numbers. O(n + m + Σ d·log d) for m follows and the numbers d that accounts follow.
    pub fn from_follows(n: usize, follows: Vec<(u32, u32)>) -> Result<(Self, Dropped), Error> {
        if n >= u32::MAX as usize {
            return Err(Error::TooManyAccounts { accounts: n });
        }
        if let Some(account) = follows.iter().map(|&(a, b)| a.max(b)).find(|&account| account as usize >= n) {
            return Err(Error::NoSuchAccount { account, accounts: n });
        }
        let mut rows = vec![0_u32; n];
        for account in follows.iter().flat_map(|&(a, b)| [a, b]) {
            rows[account as usize] = rows[account as usize].saturating_add(1);
        }
        let held = Held::new(None);
        let chunk = |follows: &[(u32, u32)]| held.keep(follows.iter().map(|&(a, b)| pair(a, b)).collect());
        let chunks = follows.par_chunks(BLOCK).map(chunk).collect::<Result<_, _>>()?;
        drop(follows);
        let ([following, followers], dropped) = lists(&rows, chunks, &held, |account| account, None)?;
        Ok((Self::of_lists(following, followers), dropped))
    }
}

/// Who each account follows and who follows it, of pairs under numbers that `number` replaces.
fn lists(
    rows: &[u32],
    chunks: Vec<Chunk>,
    held: &Held,
    number: impl Fn(u32) -> u32 + Sync,
    mut writer: Option<&mut Writer>,
) -> Result<([Lists; 2], Dropped), Error> {
    let pairs: usize = chunks.iter().map(Chunk::len).sum();
    let cuts = Cuts::new(rows, (pairs / BUCKET).clamp(1, BUCKETS));
    let threads = rayon::current_num_threads() * 2;

    let mut shares: Vec<Vec<Chunk>> = (0..threads).map(|_| Vec::new()).collect();
    for (i, chunk) in chunks.into_iter().enumerate() {
        shares[i % threads].push(chunk);
    }
    let deal = |share: Vec<Chunk>| {
        let (mut dealt, mut self_follows) = (Dealt::new(&cuts, held), 0);
        for chunk in share {
            for (src, dst) in held.release(chunk)?.into_iter().map(halves) {
                let (src, dst) = (number(src), number(dst));
                if src == dst {
                    self_follows += 1;
                } else {
                    dealt.push(src, dst)?;
                }
            }
        }
        Ok((dealt.finish()?, self_follows))
    };
    let dealt = shares.into_par_iter().with_max_len(1).map(deal).collect::<Result<Vec<_>, Error>>()?;
    let self_follows: usize = dealt.iter().map(|(_, self_follows)| self_follows).sum();
    let dealt = dealt.into_iter().map(|(dealt, _)| dealt).collect();
    let sections = [Section::FollowingEnds, Section::FollowingItems];
    let following = sorted(&cuts, dealt, held, true, sections, writer.as_deref_mut())?;

    // Turned round in the order of those who follow, the lists of followers come out sorted.
    let turn = |range: std::ops::Range<u32>| {
        let mut dealt = Dealt::new(&cuts, held);
        for src in range {
            following.of(src).iter().try_for_each(|&dst| dealt.push(dst, src))?;
        }
        dealt.finish()
    };
    let dealt =
        following.ranges(threads).into_par_iter().with_max_len(1).map(turn).collect::<Result<Vec<_>, Error>>()?;
    let sections = [Section::FollowersEnds, Section::FollowersItems];
    let followers = sorted(&cuts, dealt, held, false, sections, writer)?;
    let repeats = pairs - self_follows - following.items();
    Ok(([following, followers], Dropped { repeats, self_follows }))
}

/// The lists that pairs make, which were dealt in several shares, those of the first share first. `disorder`: the second
/// accounts are neither in order nor without repeats, and are to be.
fn sorted(
    cuts: &Cuts,
    dealt: Vec<Vec<Vec<Chunk>>>,
    held: &Held,
    disorder: bool,
    [ends_section, items_section]: [Section; 2],
    mut writer: Option<&mut Writer>,
) -> Result<Lists, Error> {
    let pairs = dealt.iter().flatten().flatten().map(Chunk::len).sum();
    let mut buckets: Vec<Vec<Chunk>> = (0..cuts.len()).map(|_| Vec::new()).collect();
    for share in dealt {
        buckets.iter_mut().zip(share).for_each(|(bucket, chunks)| bucket.extend(chunks));
    }
    let accounts = cuts.accounts(cuts.len() - 1).end as usize;
    let mut ends = Vec::with_capacity(accounts + 1);
    ends.push(0);
    let mut items = Vec::with_capacity(if writer.is_some() { 0 } else { pairs });
    let mut follows = 0;
    if let Some(writer) = writer.as_deref_mut() {
        writer.begin(items_section)?;
    }
    let mut buckets = buckets.into_iter().enumerate();
    loop {
        let few: Vec<_> = buckets.by_ref().take(rayon::current_num_threads() * 2).collect();
        if few.is_empty() {
            break;
        }
        let sort = |(bucket, chunks)| sort(cuts.accounts(bucket), chunks, held, disorder);
        for (lengths, bucket) in few.into_par_iter().with_max_len(1).map(sort).collect::<Result<Vec<_>, Error>>()? {
            for length in lengths {
                follows += length as usize;
                ends.push(u32::try_from(follows).map_err(|_| Error::TooManyFollows { follows })?);
            }
            match writer.as_deref_mut() {
                Some(writer) => writer.write(bytemuck::cast_slice(&bucket))?,
                None => items.extend_from_slice(&bucket),
            }
        }
    }
    items.shrink_to_fit();
    let (ends, items) = match writer {
        None => (ends.into(), items.into()),
        Some(writer) => {
            writer.end()?;
            writer.section(ends_section, bytemuck::cast_slice(&ends))?;
            drop(ends);
            (writer.read(ends_section)?, writer.read(items_section)?)
        }
    };
    Lists::new(ends, items).ok_or(Error::TooManyFollows { follows })
}

/// How long the list of each of these accounts is, and the lists end to end.
fn sort(
    accounts: std::ops::Range<u32>,
    chunks: Vec<Chunk>,
    held: &Held,
    disorder: bool,
) -> Result<(Vec<u32>, Vec<u32>), Error> {
    let start = accounts.start;
    let chunks = chunks.into_iter().map(|chunk| held.release(chunk)).collect::<Result<Vec<_>, Error>>()?;
    let mut ends = vec![0_u32; accounts.len() + 1];
    for pair in chunks.iter().flatten() {
        ends[(halves(*pair).0 - start) as usize + 1] += 1;
    }
    for i in 0..accounts.len() {
        ends[i + 1] += ends[i];
    }
    let mut items = vec![0; ends[accounts.len()] as usize];
    let mut next = ends.clone();
    for (account, item) in chunks.into_iter().flatten().map(halves) {
        let next = &mut next[(account - start) as usize];
        items[*next as usize] = item;
        *next += 1;
    }
    let mut lengths: Vec<u32> = ends.windows(2).map(|ends| ends[1] - ends[0]).collect();
    if disorder {
        let mut kept = 0;
        for (length, bounds) in lengths.iter_mut().zip(ends.windows(2)) {
            let (first, end) = (bounds[0] as usize, bounds[1] as usize);
            items[first..end].sort_unstable();
            let before = kept;
            for read in first..end {
                if kept == before || items[kept - 1] != items[read] {
                    items[kept] = items[read];
                    kept += 1;
                }
            }
            *length = (kept - before) as u32;
        }
        items.truncate(kept);
    }
    Ok((lengths, items))
}
