//! How fast audiences grow: followers of accounts whose profile was seen more than once.

use crate::Result;
use crate::describe::group::{Group, Number};
use crate::describe::traits::Traits;
use crate::describe::{Names, Section, Unit, spread};
use crate::frame::Frame;
use crate::network::Network;
use crate::rows::{Batch, Micros};
use crate::study::Study;
use crate::tables::Table;

/// Between two looks at a profile must lie as much: a day. Less says more of the hour than of the account.
const LEAST: Micros = 86_400_000_000;

/// Followers that each account won or lost a day, between the first and the last time its profile was seen.
#[derive(Debug, Default, PartialEq)]
pub(in crate::describe) struct Growth(Vec<f32>);

/// The first and the last that was seen of an account: when, and its followers.
#[derive(Clone, Copy)]
struct Seen {
    first: (Micros, i64),
    last: (Micros, i64),
}

impl Growth {
    /// Reads all profiles of the frame's accounts, 32 bytes an account while it does. Nothing where each was seen once.
    pub(in crate::describe) fn read(study: &Study, network: &Network, frame: &Frame) -> Result<Self> {
        let mut seen: Vec<Option<Seen>> = vec![None; frame.units.len()];
        let mut position = frame.lookup(&network.ids);
        study.store.read(Table::Accounts, &["id", "followers", "observed_at"], |batch| {
            let b = Batch(batch);
            let (id, followers, at) = (b.text("id")?, b.long("followers")?, b.time("observed_at")?);
            for (row, (followers, at)) in followers.iter().zip(at.iter()).enumerate() {
                let (Some(followers), Some(at)) = (followers.filter(|f| *f >= 0), at) else { continue };
                let Some(unit) = position.find(id.value(row)) else { continue };
                let now = (at, followers);
                let seen = seen[unit].get_or_insert(Seen { first: now, last: now });
                // Of two at the same time, the one written later counts as the last.
                if at < seen.first.0 {
                    seen.first = now;
                }
                if at >= seen.last.0 {
                    seen.last = now;
                }
            }
            Ok(())
        })?;
        let growth = |seen: Option<Seen>| {
            let Seen { first, last } = seen?;
            let time = last.0.checked_sub(first.0).filter(|time| *time >= LEAST)?;
            Some((last.1 - first.1) as f64 / (time as f64 / LEAST as f64))
        };
        if !seen.iter().any(|seen| growth(*seen).is_some()) {
            return Ok(Self::default());
        }
        Ok(Self(seen.into_iter().map(|seen| growth(seen).map_or(f32::NAN, |g| g as f32)).collect()))
    }

    fn of(&self, unit: usize) -> Option<f64> {
        self.0.get(unit).filter(|g| g.is_finite()).map(|g| f64::from(*g))
    }
}

/// None where no profile was seen twice: most studies look once.
pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Option<Section>> {
    if traits.growth.0.is_empty() {
        return Ok(None);
    }
    let growth: Number<'_> = &|unit| traits.growth.of(unit);
    group.numbers(Section::new("growth", Unit::Number, Names::Texts), &spread(growth)).map(Some)
}
