//! What became of the accounts that were seen, stage by stage, and what was left out on the way.
//!
//! Counts of what was done have no interval, so they are areas, true to the numbers.

use super::canvas::{Canvas, LARGE, WIDTH};
use crate::report::document::{Anchor, Picture};
use crate::texts::{Line, Texts};

/// A stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// What the accounts are by now: seen, in the frame, drawn, labelled.
    pub name: Line,
    /// How many.
    pub count: f64,
    /// The number as written, and what else belongs beside it.
    pub written: Line,
    /// What is left out on the way to the next stage, and why; may be empty.
    pub left: Line,
}

/// Stages at most.
const MOST: usize = 12;
const BAR: f64 = 13.0;

/// A bar a stage, its name and number above it, what is left out below. It is a list and has no axis, so it begins where
/// reading begins: at the right in Arabic. None without a stage that has anybody.
pub fn funnel(texts: &Texts, stages: &[Stage]) -> Option<Picture> {
    let stages = stages.get(..MOST).unwrap_or(stages);
    let count = |s: &Stage| if s.count.is_finite() { s.count.clamp(0.0, 1e300) } else { 0.0 };
    let most = stages.iter().map(count).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let rtl = texts.lang().dir() == "rtl";
    let (start, end) = if rtl { (WIDTH, 0.0) } else { (0.0, WIDTH) };
    let (at_start, at_end) = if rtl { (Anchor::Right, Anchor::Left) } else { (Anchor::Left, Anchor::Right) };
    // What is too small to be seen is a line.
    let reach = |s: &Stage| match count(s) {
        n if n > 0.0 => start + (end - start) * (n / most).max(2.0 / WIDTH),
        _ => start,
    };
    let mut tops = Vec::new();
    let mut y = 0.0;
    for (i, stage) in stages.iter().enumerate() {
        tops.push(y);
        let between = match (i + 1 < stages.len(), stage.left.is_empty()) {
            (false, true) => 1.0,
            (_, true) => 8.0,
            (_, false) => LARGE * 1.35,
        };
        y += LARGE * 1.2 + BAR + between;
    }
    let mut canvas = Canvas::new(y);
    let bar = |top: f64| top + LARGE * 1.2;
    for (pair, tops) in stages.windows(2).zip(tops.windows(2)) {
        let (from, to) = (bar(tops[0]) + BAR, bar(tops[1]));
        let corners = [(start, from), (reach(&pair[0]), from), (reach(&pair[1]), to), (start, to)];
        canvas.path("ch-flow", &corners, true);
    }
    for (stage, top) in stages.iter().zip(tops) {
        canvas.rect("ch-bar", (start, bar(top)), (reach(stage), bar(top) + BAR));
        let inset = if rtl { -2.0 } else { 2.0 };
        canvas.label((start + inset, top + LARGE * 0.6), at_start, stage.name.clone());
        canvas.label((end - inset, top + LARGE * 0.6), at_end, stage.written.clone());
        canvas.label((end - inset, bar(top) + BAR + LARGE * 0.65), at_end, stage.left.clone());
    }
    Some(canvas.done())
}
