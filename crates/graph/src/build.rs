//! From rows of ids to the graph: provisional numbers as the rows come, final ones once all are known; then the pairs
//! are dealt into buckets by who follows and each bucket is sorted, and once more by who is followed.

use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use crate::adjacency::Adjacency;
use crate::array::Array;
use crate::coded::{self, Coded, Ends};
use crate::file::{self, Section, Writer};
use crate::intern::{Interner, Provisional, Scratch};
use crate::lists::Lists;
use crate::pairs::{Chunk, Cuts, Dealt, Held, Memory, halves, pair};
use crate::{Dropped, Error, FollowGraph, Form, Ids};

/// Pairs that a bucket holds at least, on average: 2 MiB to sort, about what a core's caches hold.
const BUCKET: usize = 1 << 17;
/// Buckets at most: each thread keeps a chunk open for each.
const BUCKETS: usize = 1024;
/// Ids that are interned at a time: what they take lies in a core's own caches.
const BLOCK: usize = 1 << 12;
/// Pairs held together as they come.
const PAIRS: usize = 1 << 16;

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
/// assert_eq!(built.graph.in_degree(bob), 2);
/// # Ok::<(), netcensus_graph::Error>(())
/// ```
pub struct Builder {
    interner: Interner,
    held: Held,
    chunks: Mutex<Vec<Chunk>>,
    /// Those that no thread works with at the moment.
    workers: Mutex<Vec<Worker>>,
    before: Before,
}

/// Ids that rows name by their place in a list, such as the dictionary of a column, with the numbers that those met so far
/// have got: each is looked up once, however many rows name it.
#[derive(Default)]
pub struct Named {
    numbers: Vec<Provisional>,
    asked: Vec<usize>,
}

/// No provisional numbers, as no shard has room for so many: of a place that was not met yet, and of one whose id is being
/// looked up.
const NEW: Provisional = Provisional::MAX;
const ASKED: Provisional = NEW >> 1;

/// What a thread needs while rows come. It is kept for the next that brings rows.
#[derive(Default)]
struct Worker {
    scratch: Scratch,
    numbers: Vec<Provisional>,
    /// Pairs that do not fill a chunk yet.
    pairs: Vec<u64>,
}

/// The graph that a builder goes on from: its pairs, and the rows that each of its accounts is in.
#[derive(Default)]
struct Before {
    chunks: Vec<Chunk>,
    rows: Vec<(Provisional, u32)>,
    dropped: Dropped,
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
        let (held, chunks, workers) = (Held::new(memory), Mutex::default(), Mutex::default());
        Self { interner: Interner::new(), held, chunks, workers, before: Before::default() }
    }

    /// Goes on from a graph: rows that come now are added to those it was made of. The graph that comes out is the
    /// one that all rows together would have given; ids are interned again, but the rows need not be read.
    pub fn from(built: &Built, memory: Option<Memory>) -> Result<Self, Error> {
        let mut builder = Self::new(memory);
        let accounts: Vec<u32> = (0..built.ids.len() as u32).collect();
        let (mut scratch, mut numbers) = (Scratch::default(), Vec::new());
        let mut provisional = Vec::with_capacity(accounts.len());
        for block in accounts.chunks(BLOCK) {
            let ids: Vec<&[u8]> = block.iter().map(|&account| built.ids.name(account).as_bytes()).collect();
            builder.interner.block(&ids, &mut scratch, &mut numbers)?;
            provisional.extend_from_slice(&numbers);
        }
        let chunks = |range: Range<u32>| {
            let (mut pairs, mut chunks) = (Vec::with_capacity(PAIRS), Vec::new());
            for src in range {
                for &dst in built.graph.following(src).iter() {
                    pairs.push(pair(provisional[src as usize], provisional[dst as usize]));
                    if pairs.len() == PAIRS {
                        chunks.push(builder.held.keep(std::mem::replace(&mut pairs, Vec::with_capacity(PAIRS)))?);
                    }
                }
            }
            chunks.push(builder.held.keep(pairs)?);
            Ok(chunks)
        };
        let ranges = built.graph.following_lists().ranges(rayon::current_num_threads() * 2);
        let chunks = ranges.into_par_iter().map(chunks).collect::<Result<Vec<_>, Error>>()?;
        let rows = provisional.into_iter().zip(built.rows.iter().copied()).collect();
        builder.before = Before { chunks: chunks.into_iter().flatten().collect(), rows, dropped: built.dropped };
        Ok(builder)
    }

    /// Adds accounts, whether or not they are in a follow.
    pub fn accounts<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let mut ids = ids.into_iter();
        self.work(|worker| {
            loop {
                let block: Vec<&[u8]> = ids.by_ref().take(BLOCK).map(str::as_bytes).collect();
                if block.is_empty() {
                    return Ok(());
                }
                self.interner.block(&block, &mut worker.scratch, &mut worker.numbers)?;
            }
        })
    }

    /// Adds follows: who follows, who is followed. Large batches on several threads at once are what is fast.
    pub fn follows<'a>(&self, rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), Error> {
        self.bytes(rows.into_iter().map(|(src, dst)| (src.as_bytes(), dst.as_bytes())))
    }

    /// The same of rows that name the ids by their places in two lists. `named` is empty before the first rows of two lists
    /// and goes with them from then on.
    pub fn follows_by_place<'a>(
        &self,
        [src, dst]: [&[i32]; 2],
        src_id: impl Fn(usize) -> &'a str,
        dst_id: impl Fn(usize) -> &'a str,
        named: &mut [Named; 2],
    ) -> Result<(), Error> {
        self.work(|worker| {
            let [of_src, of_dst] = named;
            self.name(src, src_id, of_src, worker)?;
            self.name(dst, dst_id, of_dst, worker)?;
            for (src, dst) in src.chunks(BLOCK).zip(dst.chunks(BLOCK)) {
                self.make_room(src.len(), worker)?;
                let number = |named: &Named, place: i32| named.numbers[place as usize];
                let pairs = src.iter().zip(dst).map(|(&src, &dst)| pair(number(of_src, src), number(of_dst, dst)));
                worker.pairs.extend(pairs);
            }
            Ok(())
        })
    }

    /// Looks up the ids at those places that were not met yet.
    fn name<'a>(
        &self,
        places: &[i32],
        id: impl Fn(usize) -> &'a str,
        named: &mut Named,
        worker: &mut Worker,
    ) -> Result<(), Error> {
        let Named { numbers, asked } = named;
        let length = places.iter().max().map_or(0, |&place| place as usize + 1);
        numbers.resize(numbers.len().max(length), NEW);
        for &place in places {
            let number = &mut numbers[place as usize];
            if *number == NEW {
                *number = ASKED;
                asked.push(place as usize);
            }
        }
        for block in asked.chunks(BLOCK) {
            let ids: Vec<&[u8]> = block.iter().map(|&place| id(place).as_bytes()).collect();
            self.interner.block(&ids, &mut worker.scratch, &mut worker.numbers)?;
            block.iter().zip(&worker.numbers).for_each(|(&place, &number)| numbers[place] = number);
        }
        asked.clear();
        Ok(())
    }

    /// The same of ids that are known to be text.
    pub(crate) fn bytes<'a>(&self, rows: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Result<(), Error> {
        self.work(|worker| {
            let mut block: Vec<&[u8]> = Vec::with_capacity(BLOCK + 1);
            let mut ends = Vec::with_capacity(BLOCK);
            let mut last = 0;
            for (src, dst) in rows {
                // Rows often come account by account; then who follows is looked up once. Ids out of a dictionary even lie in
                // one place.
                if block.get(last).is_none_or(|&before| !std::ptr::eq(before, src) && before != src) {
                    last = block.len();
                    block.push(src);
                }
                ends.push((last as u32, block.len() as u32));
                block.push(dst);
                if block.len() >= BLOCK {
                    self.pair_up(&block, &ends, worker)?;
                    block.clear();
                    ends.clear();
                }
            }
            self.pair_up(&block, &ends, worker)
        })
    }

    /// Adds the rows of a block: where in it the id of who follows is, and of who is followed.
    fn pair_up(&self, block: &[&[u8]], ends: &[(u32, u32)], worker: &mut Worker) -> Result<(), Error> {
        self.interner.block(block, &mut worker.scratch, &mut worker.numbers)?;
        self.make_room(ends.len(), worker)?;
        let Worker { numbers, pairs, .. } = worker;
        pairs.extend(ends.iter().map(|&(src, dst)| pair(numbers[src as usize], numbers[dst as usize])));
        Ok(())
    }

    /// Puts a thread's pairs with the others' if so many more would be too many.
    fn make_room(&self, more: usize, worker: &mut Worker) -> Result<(), Error> {
        if worker.pairs.len() + more > PAIRS {
            let full = std::mem::replace(&mut worker.pairs, Vec::with_capacity(PAIRS));
            let chunk = self.held.keep(full)?;
            locked(&self.chunks).push(chunk);
        }
        Ok(())
    }

    fn work(&self, work: impl FnOnce(&mut Worker) -> Result<(), Error>) -> Result<(), Error> {
        let mut worker = locked(&self.workers).pop().unwrap_or_default();
        let done = work(&mut worker);
        locked(&self.workers).push(worker);
        done
    }

    /// The graph, in memory.
    pub fn finish(self) -> Result<Built, Error> {
        self.build(None)
    }

    /// How many rows of follows have come, with the follows of the graph it goes on from.
    pub fn rows(&self) -> usize {
        let waiting: usize = locked(&self.workers).iter().map(|worker| worker.pairs.len()).sum();
        waiting + locked(&self.chunks).iter().chain(&self.before.chunks).map(Chunk::len).sum::<usize>()
    }

    /// The graph, written to `path` in a form and read from there. `source` says what it was made of, for whoever opens it.
    pub fn finish_in(self, path: &Path, form: Form, source: &str) -> Result<Built, Error> {
        let mut writer = Writer::create(path, form)?;
        let built = self.build(Some(&mut writer))?;
        writer.finish(&built, source)?;
        drop(built);
        Ok(file::open(path)?.built)
    }

    fn build(self, writer: Option<&mut Writer>) -> Result<Built, Error> {
        let Self { interner, held, chunks, workers, before } = self;
        let mut chunks = chunks.into_inner().unwrap_or_else(PoisonError::into_inner);
        for worker in workers.into_inner().unwrap_or_else(PoisonError::into_inner) {
            chunks.push(held.keep(worker.pairs)?);
        }
        let ids = interner.freeze()?;
        let mut rows = count(ids.accounts, &chunks, &held, |number| ids.places.of(number))?;
        for (number, more) in before.rows {
            let rows = &mut rows[ids.places.of(number)];
            *rows = rows.saturating_add(more);
        }
        let places = ids.places.clone();
        let (ids, rows, numbers) = ids.number(&rows)?;
        let chunks = chunks.into_iter().chain(before.chunks).collect();
        let number = |provisional| numbers[places.of(provisional)];
        let ([following, followers], dropped) = lists(&rows, chunks, &held, number, writer)?;
        let dropped = Dropped {
            repeats: dropped.repeats + before.dropped.repeats,
            self_follows: dropped.self_follows + before.dropped.self_follows,
        };
        Ok(Built { ids, graph: FollowGraph::of_lists(following, followers), rows: rows.into(), dropped })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many rows each account is in.
fn count(
    accounts: usize,
    chunks: &[Chunk],
    held: &Held,
    place: impl Fn(Provisional) -> usize + Sync,
) -> Result<Vec<u32>, Error> {
    let count = |share: &[Chunk]| {
        let mut rows = vec![0_u32; accounts];
        for chunk in share {
            for (src, dst) in held.look(chunk)?.iter().copied().map(halves) {
                for account in [src, dst] {
                    let rows = &mut rows[place(account)];
                    *rows = rows.saturating_add(1);
                }
            }
        }
        Ok(rows)
    };
    let share = chunks.len().div_ceil(rayon::current_num_threads()).max(1);
    let mut shares = chunks.par_chunks(share).map(count).collect::<Result<Vec<_>, Error>>()?.into_iter();
    let mut rows = shares.next().unwrap_or_else(|| vec![0; accounts]);
    for share in shares {
        rows.iter_mut().zip(share).for_each(|(rows, more)| *rows = rows.saturating_add(more));
    }
    Ok(rows)
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
        let chunks = follows.par_chunks(PAIRS).map(chunk).collect::<Result<_, _>>()?;
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
) -> Result<([Adjacency; 2], Dropped), Error> {
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
    let turn = |range: Range<u32>| {
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
    sections: [Section; 2],
    writer: Option<&mut Writer>,
) -> Result<Adjacency, Error> {
    let mut buckets: Vec<Vec<Chunk>> = (0..cuts.len()).map(|_| Vec::new()).collect();
    for share in dealt {
        buckets.iter_mut().zip(share).for_each(|(bucket, chunks)| bucket.extend(chunks));
    }
    let accounts = cuts.accounts(cuts.len() - 1).end as usize;
    let sort = |bucket, chunks, items: &mut [u32]| sort(cuts.accounts(bucket), chunks, held, items, disorder);
    match writer {
        Some(writer) if writer.form() == Form::Coded => {
            coded(accounts, buckets, sort, sections, writer).map(Adjacency::Coded)
        }
        writer => plain(accounts, buckets, sort, sections, writer).map(Adjacency::Plain),
    }
}

/// Buckets that are worked on before any of them goes to the file.
fn at_once() -> usize {
    rayon::current_num_threads() * 2
}

fn pairs(chunks: &[Chunk]) -> usize {
    chunks.iter().map(Chunk::len).sum()
}

/// Sorted lists as they are, in memory or in a file.
fn plain(
    accounts: usize,
    buckets: Vec<Vec<Chunk>>,
    sort: impl Fn(usize, Vec<Chunk>, &mut [u32]) -> Result<Vec<u32>, Error> + Sync,
    [ends_section, items_section]: [Section; 2],
    mut writer: Option<&mut Writer>,
) -> Result<Lists, Error> {
    let mut ends = Vec::with_capacity(accounts + 1);
    ends.push(0);
    let (mut items, mut follows) = (Vec::new(), 0_usize);
    // In memory all lists lie where they stay; on their way to a file, a few buckets at a time do.
    let at_once = if writer.is_some() { at_once() } else { buckets.len() };
    if let Some(writer) = writer.as_deref_mut() {
        writer.begin(items_section)?;
    }
    let mut buckets = buckets.into_iter().enumerate();
    loop {
        let few: Vec<_> = buckets.by_ref().take(at_once).collect();
        if few.is_empty() {
            break;
        }
        items = vec![0_u32; few.iter().map(|(_, chunks)| pairs(chunks)).sum()];
        let mut rest = &mut items[..];
        let mut tasks = Vec::with_capacity(few.len());
        for (bucket, chunks) in few {
            let (own, after) = rest.split_at_mut(pairs(&chunks));
            tasks.push((bucket, chunks, own));
            rest = after;
        }
        let sort = |(bucket, chunks, own): (_, _, &mut [u32])| Ok((own.len(), sort(bucket, chunks, own)?));
        let sorted = tasks.into_par_iter().with_max_len(1).map(sort).collect::<Result<Vec<_>, Error>>()?;
        let (mut start, mut kept) = (0, 0);
        for (pairs, lengths) in sorted {
            let before = follows;
            for length in lengths {
                follows += length as usize;
                ends.push(u32::try_from(follows).map_err(|_| Error::TooManyFollows { follows })?);
            }
            items.copy_within(start..start + follows - before, kept);
            kept += follows - before;
            start += pairs;
        }
        items.truncate(kept);
        if let Some(writer) = writer.as_deref_mut() {
            writer.write(bytemuck::cast_slice(&items))?;
        }
    }
    let (ends, items) = match writer {
        None => {
            items.shrink_to_fit();
            (ends.into(), items.into())
        }
        Some(writer) => {
            drop(items);
            writer.end()?;
            writer.section(ends_section, bytemuck::cast_slice(&ends))?;
            drop(ends);
            (writer.read(ends_section)?, writer.read(items_section)?)
        }
    };
    Lists::new(ends, items).ok_or(Error::TooManyFollows { follows })
}

/// Sorted lists in their codes, in a file.
fn coded(
    accounts: usize,
    buckets: Vec<Vec<Chunk>>,
    sort: impl Fn(usize, Vec<Chunk>, &mut [u32]) -> Result<Vec<u32>, Error> + Sync,
    [ends_section, codes_section]: [Section; 2],
    writer: &mut Writer,
) -> Result<Coded, Error> {
    let encode = |(bucket, chunks): (usize, Vec<Chunk>)| {
        let mut items = vec![0; pairs(&chunks)];
        let lengths = sort(bucket, chunks, &mut items)?;
        let (mut codes, mut rest) = (Vec::with_capacity(2 * items.len()), &items[..]);
        let of_list = |length| {
            let (list, more) = rest.split_at(length as usize);
            rest = more;
            coded::encode(list, &mut codes)
        };
        let bytes: Vec<usize> = lengths.into_iter().map(of_list).collect();
        Ok((items.len() - rest.len(), bytes, codes))
    };
    let (mut ends, mut follows) = (Ends::new(accounts), 0);
    writer.begin(codes_section)?;
    let mut buckets = buckets.into_iter().enumerate();
    loop {
        let few: Vec<_> = buckets.by_ref().take(at_once()).collect();
        if few.is_empty() {
            break;
        }
        let made = few.into_par_iter().with_max_len(1).map(encode).collect::<Result<Vec<_>, Error>>()?;
        for (items, bytes, codes) in made {
            follows += items;
            bytes.into_iter().try_for_each(|bytes| ends.push(bytes)).ok_or(Error::TooManyFollows { follows })?;
            writer.write(&codes)?;
        }
    }
    writer.write(&coded::BEHIND)?;
    writer.end()?;
    writer.section(ends_section, ends.into_vec().as_flattened())?;
    Ok(Coded::new(writer.read(ends_section)?, writer.read(codes_section)?, follows))
}

/// Lays the lists of these accounts end to end at the front of `items`, which has room for all pairs; how long each is.
fn sort(
    accounts: Range<u32>,
    chunks: Vec<Chunk>,
    held: &Held,
    items: &mut [u32],
    disorder: bool,
) -> Result<Vec<u32>, Error> {
    let start = accounts.start;
    let chunks = chunks.into_iter().map(|chunk| held.release(chunk)).collect::<Result<Vec<_>, Error>>()?;
    let mut ends = vec![0_u32; accounts.len() + 1];
    for pair in chunks.iter().flatten() {
        ends[(halves(*pair).0 - start) as usize + 1] += 1;
    }
    for i in 0..accounts.len() {
        ends[i + 1] += ends[i];
    }
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
    }
    Ok(lengths)
}
