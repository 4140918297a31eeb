//! How long units live, when they are watched from some age on, seen only at checks, and end in more ways than one.
//!
//! | module | what | paper |
//! |---|---|---|
//! | `curve` | product-limit curve and cumulative hazard with delayed entry, limits, quantiles | Kaplan & Meier 1958; Nelson 1972; Aalen 1978 |
//! | `between` | the same where an end is only known to lie between two checks | Turnbull 1976 |
//! | `smooth` | the same with delayed entry, as a spline | Royston & Parmar 2002 |
//! | `ends` | the chance of each of several competing ends | Aalen & Johansen 1978 |
//! | `compare` | whether groups live equally long: log-rank | Mantel 1966; Harrington & Fleming 1982 |
//! | `cox` | what goes with a higher hazard | Cox 1972; Efron 1977 |
//! | `ever` | how many ever lived, of whom only those that lived to be found were seen | |
//!
//! Ages are in any one unit. Everywhere a unit counts from the age at which it came under watch: those that ended before
//! were never seen, and without delayed entry the young would look immortal. That coming under watch says nothing about
//! how long a unit goes on to live is assumed throughout.

mod between;
mod compare;
mod cox;
mod curve;
mod ends;
mod ever;
mod smooth;

pub use between::{Between, Part, Support, turnbull};
pub use compare::{LogRank, log_rank};
pub(crate) use cox::solve;
pub use cox::{Coefficient, Cox, cox};
pub use curve::{Curve, Step, product_limit};
pub use ends::{Chance, Ends, aalen_johansen};
pub use ever::{EverLived, ever_lived, ever_lived_smooth};
pub use smooth::{Smooth, smooth};

use crate::{Error, Result};

/// The time from which a unit was watched to the time it ended or was last seen, both in age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// Age when it came under watch.
    pub entry: f64,
    /// Age when it ended or was last seen; above `entry`.
    pub exit: f64,
    /// Whether it ended then.
    pub ended: bool,
}

fn check(spells: &[Spell]) -> Result<()> {
    if spells.is_empty() {
        return Err(Error::Argument("there is no lifetime to estimate from"));
    }
    if spells.iter().any(|s| !(s.entry >= 0.0 && s.exit > s.entry && s.exit.is_finite())) {
        return Err(Error::Argument("a spell runs from an age that is not negative to a later one"));
    }
    Ok(())
}

/// Sums over those at risk, age by age from the last end back to the first: who came under watch before it and ended or
/// was last seen at it or later.
struct AtRisk<'a> {
    spells: &'a [Spell],
    by_exit: Vec<usize>,
    by_entry: Vec<usize>,
}

impl<'a> AtRisk<'a> {
    fn new(spells: &'a [Spell]) -> Self {
        let sorted = |key: &dyn Fn(&Spell) -> f64| {
            let mut order: Vec<usize> = (0..spells.len()).collect();
            order.sort_by(|&a, &b| key(&spells[b]).total_cmp(&key(&spells[a])).then(a.cmp(&b)));
            order
        };
        Self { spells, by_exit: sorted(&|s| s.exit), by_entry: sorted(&|s| s.entry) }
    }

    /// Tells `see` what happens at each age, the last first: who comes to be at risk and who no longer is, and after that, where
    /// units end, which.
    fn back(&self, mut see: impl FnMut(Event<'_>)) {
        let (mut exits, mut entries) = (0, 0);
        let mut ending = Vec::new();
        while let Some(&last) = self.by_exit.get(exits) {
            let age = self.spells[last].exit;
            // Entered at this age or later: not under watch yet, seen from here back.
            while let Some(&unit) = self.by_entry.get(entries).filter(|u| self.spells[**u].entry >= age) {
                see(Event::Leaves(unit));
                entries += 1;
            }
            ending.clear();
            while let Some(&unit) = self.by_exit.get(exits).filter(|u| self.spells[**u].exit == age) {
                see(Event::Comes(unit));
                if self.spells[unit].ended {
                    ending.push(unit);
                }
                exits += 1;
            }
            if !ending.is_empty() {
                see(Event::End(age, &ending));
            }
        }
    }
}

/// What happens on the way back through the ages.
enum Event<'a> {
    /// A unit is at risk from here back.
    Comes(usize),
    /// It no longer is.
    Leaves(usize),
    /// Units end at an age.
    End(f64, &'a [usize]),
}
