//! The section on members outside of the frame, as the template shows it.

use super::charts::{self, Axis, Svg};
use super::numbers::{self, Shown, whole};
use super::text::clean;
use super::view::{Answer, LONG, SHORT, answer, finite, point};
use crate::Result;
use crate::beyond::{Beyond, Check};
use crate::figure::Figure;

/// What the section shows.
pub(super) struct Block {
    pub(super) outside: Answer,
    pub(super) lower_bound: Answer,
    /// Odds ratios, and the totals there.
    pub(super) from: String,
    pub(super) to: String,
    pub(super) least: String,
    pub(super) most: String,
    pub(super) one_is_lowest: bool,
    pub(super) curve: Vec<Answer>,
    pub(super) beside: Vec<Answer>,
    pub(super) ruler: Svg,
    pub(super) inside_odds_ratio: Option<Answer>,
    pub(super) lists: Vec<List>,
    pub(super) listed_outside: String,
    pub(super) assumes: String,
    pub(super) notes: Vec<String>,
    pub(super) checks: Vec<Checked>,
}

/// A list in numbers.
pub(super) struct List {
    pub(super) name: String,
    pub(super) members: String,
    pub(super) in_frame: String,
    pub(super) not_in_network: String,
}

/// A cross-check beside the answer.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) figure: Answer,
    pub(super) answer: Answer,
    pub(super) difference: String,
    pub(super) agrees: bool,
    pub(super) says: String,
}

pub(super) fn block(b: &Beyond) -> Result<Block> {
    let totals = || b.curve.iter().map(|p| &p.total).chain(b.beside.iter().map(|n| &n.figure));
    let points = totals().map(|f| point("the number of members in all", f)).collect::<Result<Vec<_>>>()?;
    let axis = Axis::numbers(&points);
    let count = |label: &str, f: &Figure| answer(label, f, Shown::count, &axis, Some(b.lower_bound.value));
    let decimals = numbers::decimals_of(axis.step());
    finite("an odds ratio", &b.odds_ratio)?;
    let odds = |v: f64| numbers::number(v, if v.fract() == 0.0 { 0 } else { 2 });
    Ok(Block {
        outside: count("", &b.outside)?,
        lower_bound: count("", &b.lower_bound)?,
        from: odds(b.odds_ratio[0]),
        to: odds(b.odds_ratio[1]),
        least: Shown::count(&b.range[0]).low,
        most: Shown::count(&b.range[1]).high,
        one_is_lowest: b.odds_ratio[0] >= 1.0,
        curve: b.curve.iter().map(|p| count(&odds(p.odds_ratio), &p.total)).collect::<Result<_>>()?,
        beside: b.beside.iter().map(|n| count(&n.name, &n.figure)).collect::<Result<_>>()?,
        ruler: charts::ruler(&axis, |v| numbers::number(v, decimals)),
        inside_odds_ratio: (b.inside_odds_ratio.as_ref())
            .map(|f| answer("", f, Shown::mean, &Axis::over(f.low, f.high), None))
            .transpose()?,
        lists: (b.lists.iter())
            .map(|l| List {
                name: clean(&l.name, SHORT),
                members: whole(l.members),
                in_frame: whole(l.in_frame),
                not_in_network: whole(l.not_in_network),
            })
            .collect(),
        listed_outside: whole(b.listed_outside),
        assumes: clean(&b.assumes, LONG),
        notes: b.notes.iter().map(|n| clean(n, LONG)).collect(),
        checks: b.checks.iter().map(checked).collect::<Result<_>>()?,
    })
}

fn checked(check: &Check) -> Result<Checked> {
    finite("a difference", &[check.relative_difference])?;
    let points = [point(&check.name, &check.figure)?, point(&check.name, &check.answer)?];
    let axis = Axis::numbers(&points);
    Ok(Checked {
        name: clean(&check.name, SHORT),
        figure: answer("", &check.figure, Shown::count, &axis, Some(check.answer.value))?,
        answer: answer("", &check.answer, Shown::count, &axis, None)?,
        difference: numbers::number(100.0 * check.relative_difference, 0),
        agrees: check.agrees,
        says: clean(&check.says, LONG),
    })
}
