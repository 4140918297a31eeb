//! When each account's last collected post was written, and from which country its located posts were.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use arrow_array::Array;
use rayon::prelude::*;

use crate::describe::traits::{Gathered, Labels};
use crate::frame::Frame;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Batch, Micros};
use crate::store::Store;
use crate::tables::Table;
use crate::{Result, text, when};

/// Different places of a batch whose country is remembered.
const MOST_PLACES: usize = 100_000;
const NEVER: Micros = Micros::MIN;
const POSTED: u8 = 1;
const LOCATED: u8 = 2;

pub(super) struct Posted {
    pub(super) last: Vec<Option<Micros>>,
    /// Whether a post says where it was written, of each account that has posts; nothing where no post at all says so.
    pub(super) located: Labels,
    pub(super) country: Labels,
}

impl Posted {
    pub(super) fn read(store: &Store, network: &Network, frame: &Frame, progress: &Progress) -> Result<Self> {
        let units = frame.units.len();
        let positions = frame.positions(network.ids.len());
        let last: Vec<AtomicI64> = (0..units).map(|_| AtomicI64::new(NEVER)).collect();
        let seen: Vec<AtomicU8> = (0..units).map(|_| AtomicU8::new(0)).collect();
        // How many located posts each account has in each country. Sums, so the order does not matter.
        let countries: Mutex<HashMap<(u32, String), u32>> = Mutex::new(HashMap::new());
        for part in store.parts(Table::Posts)? {
            let name = part.file_name().unwrap_or_default().to_string_lossy().into_owned();
            store.read_part(Table::Posts, &name, &["author", "created_at", "place"], |batch| {
                progress.check()?;
                let b = Batch(batch);
                let (author, created) = (b.views("author")?, b.time("created_at")?);
                let place = b.later("place", Batch::views)?;
                let names: Vec<&str> = (0..batch.num_rows()).map(|row| author.value(row)).collect();
                let mut known: HashMap<&str, Option<String>> = HashMap::new();
                let mut found: HashMap<(u32, String), u32> = HashMap::new();
                for (row, account) in network.ids.get_all(&names).into_iter().enumerate() {
                    let Some(unit) = account.and_then(|account| positions.of(account)) else { continue };
                    if let Ok(at) = when::in_range(created.value(row))
                        && created.is_valid(row)
                    {
                        last[unit].fetch_max(at, Ordering::Relaxed);
                    }
                    let declared = place.filter(|column| column.is_valid(row)).map(|column| column.value(row));
                    seen[unit].fetch_or(if declared.is_some() { POSTED | LOCATED } else { POSTED }, Ordering::Relaxed);
                    let Some(declared) = declared else { continue };
                    if known.len() >= MOST_PLACES {
                        known.clear();
                    }
                    let country = known.entry(declared).or_insert_with(|| country(declared)).clone();
                    if let Some(country) = country {
                        *found.entry((unit as u32, country)).or_default() += 1;
                    }
                }
                let mut all = countries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                found.into_iter().for_each(|(of, times)| *all.entry(of).or_default() += times);
                Ok(())
            })?;
        }
        let seen: Vec<u8> = seen.into_iter().map(AtomicU8::into_inner).collect();
        let any = seen.par_iter().any(|seen| seen & LOCATED > 0);
        let mut located = Gathered::new(units);
        for (unit, seen) in seen.iter().enumerate().filter(|(_, seen)| any && **seen > 0) {
            located.set(unit, Some(if seen & LOCATED > 0 { "located" } else { "not-located" }));
        }
        let countries = countries.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let last = last.into_iter().map(AtomicI64::into_inner).map(|at| (at != NEVER).then_some(at)).collect();
        Ok(Self { last, located: located.sorted(), country: most(units, countries) })
    }
}

/// The country that an account's posts name most; of several, the first by its letters.
fn most(units: usize, countries: HashMap<(u32, String), u32>) -> Labels {
    let mut countries: Vec<(u32, u32, String)> =
        countries.into_iter().map(|((unit, country), times)| (unit, u32::MAX - times, country)).collect();
    countries.sort_unstable();
    countries.dedup_by_key(|(unit, _, _)| *unit);
    let mut gathered = Gathered::new(units);
    countries.iter().for_each(|(unit, _, country)| gathered.set(*unit as usize, Some(country)));
    gathered.sorted()
}

/// The country of a post's place: the code it ends in, or what its words say.
fn country(place: &str) -> Option<String> {
    let code = place.rsplit(", ").next().filter(|code| code.len() == 2 && text::country(code, "en").is_some());
    code.or_else(|| text::place(place).map(|place| place.country)).map(str::to_owned)
}
