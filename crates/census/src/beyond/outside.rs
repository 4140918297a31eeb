//! Two or more lists: capture–recapture among the listed members outside of the frame.

use netcensus_stats::capture::doubly_robust::{DoublyRobust, Listed, doubly_robust};
use netcensus_stats::capture::two_lists::chapman;

use super::known::covariates;
use super::{Capture, Inputs};
use crate::Result;

/// The doubly robust answer of the first list against all others together; Chapman's where too few are on both for it.
/// `None` when nobody outside is on both, so that the lists say nothing of each other there.
pub(super) fn two_lists(inputs: &Inputs<'_>) -> Result<Option<Capture>> {
    let outside = inputs.known.outside(inputs);
    let [first, others, both] = counts(&outside);
    if both == 0 {
        return Ok(None);
    }
    let assumes = "that the lists are independent of each other outside of the frame, given an account's follows and \
                   profile, and that every member there had some chance to be on each; of the crawl nothing is assumed";
    let mut notes = Vec::new();
    if inputs.known.names.len() > 2 {
        notes.push(format!(
            "The first list, {}, is held against all others together: these may depend on each other.",
            inputs.known.names[0]
        ));
    }
    let labels = outside.len();
    Ok(Some(match robust(inputs, &outside) {
        Ok(robust) => {
            if robust.bounded > 0 {
                notes.push(format!(
                    "For {} of {} listed members outside, the chance to be on both lists was raised to 2 %: the \
                     answer leans on that bound.",
                    robust.bounded, labels
                ));
            }
            Capture {
                outside: robust.size,
                method: "doubly robust capture–recapture outside of the frame".into(),
                assumes: assumes.into(),
                notes,
                labels,
            }
        }
        Err(_) => {
            notes.push(format!(
                "Only {both} members outside are on both sides: too few to learn how chances differ, so Chapman's \
                 estimator stands in, which takes them as equal."
            ));
            Capture {
                outside: chapman(first, others, both, inputs.level)?,
                method: "Chapman's estimator outside of the frame".into(),
                assumes: "that the lists are independent of each other outside of the frame, and all members there \
                          equally likely to be listed; of the crawl nothing is assumed"
                    .into(),
                notes,
                labels,
            }
        }
    }))
}

/// The doubly robust size of what the listed accounts were drawn from.
pub(super) fn robust(inputs: &Inputs<'_>, listed: &[(u32, u32)]) -> Result<DoublyRobust> {
    let accounts: Vec<u32> = listed.iter().map(|(account, _)| *account).collect();
    let units: Vec<Listed> = listed.iter().map(|(_, lists)| Listed { on: sides(*lists), weight: 1.0 }).collect();
    Ok(doubly_robust(&covariates(inputs.network, &accounts)?, &units, inputs.level)?)
}

/// How many of the listed are on the first list, on another, and on both sides.
pub(super) fn counts(listed: &[(u32, u32)]) -> [u64; 3] {
    let count = |holds: &dyn Fn([bool; 2]) -> bool| listed.iter().filter(|(_, l)| holds(sides(*l))).count() as u64;
    [count(&|s| s[0]), count(&|s| s[1]), count(&|s| s == [true, true])]
}

fn sides(lists: u32) -> [bool; 2] {
    [lists & 1 == 1, lists >> 1 != 0]
}
