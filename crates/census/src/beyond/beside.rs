//! What other estimators make of the same lists, and what the lists say where the truth is estimated anyway.

use netcensus_stats::capture::Size;
use netcensus_stats::capture::chao::chao;
use netcensus_stats::capture::log_linear::{Criterion, MOST_LISTS, log_linear};
use netcensus_stats::capture::two_lists::{chapman, lincoln_petersen};

use super::outside::{counts, robust};
use super::{Inputs, Named, joined};
use crate::Result;
use crate::figure::Figure;

/// Members in all by every estimator that the lists allow.
pub(super) fn others(inputs: &Inputs<'_>) -> Result<Vec<Named>> {
    let known = inputs.known;
    let outside = known.outside(inputs);
    let everywhere: Vec<(u32, u32)> = known.on.iter().map(|(a, l)| (*a, *l)).collect();
    let mut all = Vec::new();
    let mut add = |name: &str, figure: Option<Figure>| {
        all.extend(figure.filter(|f| f.high.is_finite()).map(|figure| Named { name: name.into(), figure }));
    };
    let lists = known.names.len();
    if lists >= 2 {
        let with_frame = |size: Size, words: &str| joined(inputs.inside, &size, outside.len(), words);
        let [a, b, m] = counts(&outside);
        add(
            "Lincoln–Petersen outside",
            lincoln_petersen(a, b, m, inputs.level)
                .ok()
                .map(|s| with_frame(s, "frame total and Lincoln–Petersen outside")),
        );
        add(
            "Chapman outside",
            chapman(a, b, m, inputs.level).ok().map(|s| with_frame(s, "frame total and Chapman's estimator outside")),
        );
        let often = frequencies(&outside, lists);
        add(
            "Chao's lower bound outside",
            chao(&often, inputs.level).ok().map(|s| with_frame(s, "frame total and Chao's lower bound outside")),
        );
        if (3..=MOST_LISTS).contains(&lists) {
            let mut histories = vec![0; 1 << lists];
            outside.iter().for_each(|(_, l)| histories[*l as usize] += 1);
            let average = log_linear(&histories, Criterion::Bic, inputs.level).ok().map(|a| {
                let words = format!(
                    "frame total and {} log-linear models outside, averaged by BIC",
                    a.models.len() - a.without_estimate
                );
                with_frame(a.size, &words)
            });
            add("Log-linear models outside", average);
        }
        let [a, b, m] = counts(&everywhere);
        add(
            "Chapman, lists alone",
            chapman(a, b, m, inputs.level)
                .ok()
                .map(|s| alone(&s, everywhere.len(), "Chapman's estimator, labels not used")),
        );
        add(
            "Doubly robust, lists alone",
            robust(inputs, &everywhere)
                .ok()
                .map(|r| alone(&r.size, everywhere.len(), "doubly robust capture–recapture, labels not used")),
        );
    }
    Ok(all)
}

fn alone(size: &Size, labels: usize, method: &str) -> Figure {
    Figure { value: size.value, low: size.low, high: size.high, labels, method: method.into() }
}

/// How many are on exactly 1, 2, … lists.
fn frequencies(listed: &[(u32, u32)], lists: usize) -> Vec<u64> {
    let mut often = vec![0; lists];
    listed.iter().for_each(|(_, l)| often[l.count_ones() as usize - 1] += 1);
    often
}

/// The odds ratio between the lists inside of the frame, where labels tell the total without the lists:
/// (T̂ − seen) over the unseen of the lists at odds ratio 1. Limits by MOVER for a ratio, on the log scale.
///
/// `None` when the lists are too sparse there or the labels find no more members than the lists.
pub(super) fn inside_odds_ratio(inputs: &Inputs<'_>) -> Result<Option<Figure>> {
    let inside = inputs.known.inside(inputs);
    if inputs.known.names.len() < 2 {
        return Ok(None);
    }
    let Ok(robust) = robust(inputs, &inside) else { return Ok(None) };
    let unseen = |total: f64| (total - robust.size.seen).max(0.5);
    let (above, below) = (inputs.inside, robust.size);
    if above.value <= below.seen || below.value <= below.seen {
        return Ok(None);
    }
    let log = (unseen(above.value) / unseen(below.value)).ln();
    let distance = |a: f64, b: f64| (unseen(a) / unseen(b)).ln().abs();
    let low = distance(above.value, above.low).hypot(distance(below.high, below.value));
    let high = distance(above.high, above.value).hypot(distance(below.value, below.low));
    Ok(Some(Figure {
        value: log.exp(),
        low: (log - low).exp(),
        high: (log + high).exp(),
        labels: inside.len(),
        method: "unseen members of the frame by its labels, over those by the lists at odds ratio 1".into(),
    }))
}
