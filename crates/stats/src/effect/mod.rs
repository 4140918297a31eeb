//! What happened after waves of suspensions, next to what would have happened without.
//!
//! | module | what | paper |
//! |---|---|---|
//! | `waves` | waves found in time, with a stated rate of false alarms | Naus 1965; Kulldorff 1997; Przyborowski & Wilenski 1940 |
//! | `matching` | others like the exposed: exact on some traits, nearest on the rest | Rubin 1980; Abadie & Imbens 2011 |
//! | `stacked` | difference in differences, wave by wave, with leads and a placebo date | Cengiz et al. 2019; Callaway & Sant'Anna 2021 |
//! | `rates` | how a rate of ends moved, next to the controls' | Mantel & Haenszel 1959; Cameron, Gelbach & Miller 2008 |
//! | `few` | a mean over few waves and its interval | Bell & McCaffrey 2002 |
//!
//! Accounts of one wave are not independent: one campaign of reports, one news day, one change of a platform's rules moves
//! them all. So a wave counts as one, and intervals come from how waves differ, however many accounts each holds.

mod few;
mod matching;
mod rates;
mod stacked;
mod waves;

pub use few::{Mean, mean_of_waves};
pub use matching::{Matches, Rule as MatchRule, Unit, matched};
pub use rates::{Exposure, RateChange, WaveRates, rate_change};
pub use stacked::{At, Stack, Stacked, Track, stacked};
pub use waves::{Bin, Rule, Wave, bins, waves};
