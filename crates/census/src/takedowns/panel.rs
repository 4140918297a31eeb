//! What profiles said at different times: followers and posts of the accounts of the frame.

use arrow_array::Array;

use super::{DAY, World};
use crate::Result;
use crate::rows::Batch;
use crate::study::Study;
use crate::tables::Table;

/// Observations of one account at most: what is beyond is thinned, every second one first.
const MOST: usize = 4096;

/// What a profile said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// Days since the watch began.
    pub(super) at: f64,
    pub(super) followers: Option<f64>,
    pub(super) posts: Option<f64>,
}

/// Each unit's looks, by time.
pub(super) struct Panel(Vec<Vec<Look>>);

pub(super) fn read(study: &Study, world: &World<'_>) -> Result<Panel> {
    let mut looks: Vec<Vec<Look>> = vec![Vec::new(); world.frame.units.len()];
    let mut lookup = world.frame.lookup(&world.network.ids);
    study.store.read(Table::Accounts, &["id", "followers", "posts", "observed_at"], |batch| {
        let b = Batch(batch);
        let (id, at) = (b.text("id")?, b.time("observed_at")?);
        let (followers, posts) = (b.long("followers")?, b.long("posts")?);
        for i in (0..batch.num_rows()).filter(|i| at.is_valid(*i)) {
            let Some(unit) = lookup.find(id.value(i)) else { continue };
            let count =
                |c: &arrow_array::Int64Array| c.is_valid(i).then(|| c.value(i)).filter(|n| *n >= 0).map(|n| n as f64);
            let at = (at.value(i) - world.start) as f64 / DAY;
            let of = &mut looks[unit];
            of.push(Look { at, followers: count(followers), posts: count(posts) });
            if of.len() > MOST {
                of.sort_by(|a, b| a.at.total_cmp(&b.at));
                let mut keep = false;
                of.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
        }
        Ok(())
    })?;
    // Of two looks at one time the later row counts.
    for of in &mut looks {
        of.sort_by(|a, b| a.at.total_cmp(&b.at));
        of.reverse();
        of.dedup_by(|a, b| a.at == b.at);
        of.reverse();
    }
    Ok(Panel(looks))
}

impl Panel {
    /// The looks of a unit in a stretch of time, after `from` up to `to`.
    fn within(&self, unit: usize, from: f64, to: f64) -> &[Look] {
        let looks = &self.0[unit];
        let place = |at: f64| looks.partition_point(|l| l.at <= at);
        &looks[place(from)..place(to).max(place(from))]
    }

    /// The last look up to a time.
    pub(super) fn last(&self, unit: usize, to: f64) -> Option<Look> {
        self.within(unit, f64::NEG_INFINITY, to).last().copied()
    }

    /// The logarithm of the followers, and one, as last seen in a period.
    pub(super) fn audience(&self, unit: usize, from: f64, to: f64) -> Option<f64> {
        self.within(unit, from, to).iter().rev().find_map(|l| l.followers).map(f64::ln_1p)
    }

    /// The logarithm of the posts a day, and one, since the last look before the period. Posts that were deleted count as none.
    pub(super) fn activity(&self, unit: usize, from: f64, to: f64) -> Option<f64> {
        let seen = |looks: &[Look]| looks.iter().rev().find_map(|l| Some((l.at, l.posts?)));
        let (end, now) = seen(self.within(unit, from, to))?;
        let (begin, before) = seen(self.within(unit, f64::NEG_INFINITY, from))?;
        // From much longer ago it would say little of the period.
        let days = end - begin;
        (days > 0.0 && days <= 2.0 * (to - from)).then(|| ((now - before).max(0.0) / days).ln_1p())
    }

    /// Days between two looks at an account, in the middle of all.
    pub(super) fn cadence(&self) -> Option<f64> {
        let mut gaps: Vec<f64> = self.0.iter().flat_map(|l| l.windows(2).map(|w| w[1].at - w[0].at)).collect();
        gaps.sort_by(f64::total_cmp);
        gaps.get(gaps.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_last_look_of_a_period_counts() {
        let look = |at: f64, followers: f64, posts: f64| Look { at, followers: Some(followers), posts: Some(posts) };
        let gone = Look { at: 9.0, followers: None, posts: None };
        let panel =
            Panel(vec![vec![look(1.0, 9.0, 100.0), look(7.0, 19.0, 130.0), gone, look(14.0, 5.0, 120.0)], vec![]]);
        assert_eq!(panel.audience(0, 0.0, 7.0), Some(20_f64.ln()));
        assert_eq!(panel.audience(0, 1.0, 10.0), Some(20_f64.ln()));
        assert_eq!(panel.audience(0, 7.0, 13.0), None);
        assert_eq!(panel.activity(0, 2.0, 8.0), Some(6_f64.ln()));
        assert_eq!(panel.activity(0, 8.0, 14.0), Some(0.0));
        assert_eq!((panel.activity(0, 0.0, 2.0), panel.activity(0, 13.5, 14.0)), (None, None));
        assert_eq!((panel.last(0, 8.0).unwrap().at, panel.last(1, 8.0)), (7.0, None));
        assert_eq!(panel.cadence(), Some(5.0));
    }
}
