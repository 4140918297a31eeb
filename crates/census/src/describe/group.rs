//! The members, as far as labels and scores tell, and how much of them may be published.

use netcensus_stats::domain::{Members, Ratio};
use netcensus_stats::total::Batch;
use rayon::prelude::*;

use super::names::name_somebody;
use super::tally::Tally;
use super::traits::Labels;
use super::{Row, Section};
use crate::Result;
use crate::figure::Figure;
use crate::network::Network;

/// Rows of a section.
const MOST_ROWS: usize = 20;
/// A cell that rests on fewer labelled members is left out: it would say more of these than of the group.
const FEWEST_LABELLED: usize = 3;
/// A cell of fewer estimated members, none of them labelled, is taken for empty.
const EMPTY: f64 = 0.5;

/// Sums of weights may miss a whole number by so much.
const ROUNDING: f64 = 1e-6;

const SHARE: &str = "share of members, model-assisted, gamma limits joined by MOVER";
const MEAN: &str = "mean of members, model-assisted ratio, linearised";
const QUANTILE: &str = "quantile of members, model-assisted, Woodruff interval";

/// The labelled group.
pub(super) struct Group<'a> {
    pub(super) members: Members<'a>,
    labelled: Vec<bool>,
    pub(super) level: f64,
    pub(super) min_cell: f64,
}

/// In which cells each account is.
pub(super) enum Cells<'a> {
    /// Each known account in the one cell of its label.
    One(&'a Labels),
    /// The same, but those of one label in none.
    Without(&'a Labels, Option<u32>),
    /// Each account that wrote in the cells of all that it used.
    Used(&'a Tally, &'a [bool]),
}

impl Cells<'_> {
    fn labels(&self) -> &[String] {
        match self {
            Cells::One(labels) | Cells::Without(labels, _) => &labels.labels,
            Cells::Used(tally, _) => &tally.labels,
        }
    }

    /// How many accounts there are.
    fn units(&self) -> usize {
        match self {
            Cells::One(labels) | Cells::Without(labels, _) => labels.of.len(),
            Cells::Used(_, known) => known.len(),
        }
    }

    /// Whether the data says anything of an account.
    fn known(&self, unit: usize) -> bool {
        match self {
            Cells::One(labels) | Cells::Without(labels, _) => labels.get(unit).is_some(),
            Cells::Used(_, known) => known[unit],
        }
    }

    /// The cells of an account.
    fn of(&self, unit: usize) -> impl Iterator<Item = u32> {
        let (one, used): (Option<u32>, &[(u32, u32)]) = match self {
            Cells::One(labels) => (labels.get(unit), &[]),
            Cells::Without(labels, not) => (labels.get(unit).filter(|cell| Some(*cell) != *not), &[]),
            Cells::Used(tally, known) => (None, if known[unit] { tally.uses(unit) } else { &[] }),
        };
        one.into_iter().chain(used.iter().map(|(label, _)| *label))
    }
}

/// How the cells of a section hang together.
#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    /// Every known account is in exactly one of the rows, so one that is left out could be found by difference.
    Partition,
    /// The rows do not add up to a whole.
    Several,
    /// As `Several`, and the labels are strangers' words, which could be the name of an account in the network.
    Words(&'a Network),
}

/// A number of each account; none where the data says nothing.
pub(super) type Number<'a> = &'a dyn Fn(usize) -> Option<f64>;

/// A row of a number section.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Mean,
    Quantile(f64),
}

#[derive(Clone, Copy, Default)]
struct Size {
    estimate: f64,
    accounts: usize,
    labelled: usize,
}

impl<'a> Group<'a> {
    pub(super) fn new(batches: &'a [Batch], level: f64, min_cell: u64) -> Result<Self> {
        let members = Members::new(batches)?;
        let member = |i: usize| batches.iter().any(|b| b.units[i].label.is_some_and(|y| y > 0.5));
        let labelled = (0..members.weights.len()).map(member).collect();
        Ok(Self { members, labelled, level, min_cell: min_cell as f64 - ROUNDING })
    }

    /// A section of shares: the largest rows first, or all in the order of their labels.
    pub(super) fn shares(
        &self,
        mut section: Section,
        cells: &Cells<'_>,
        kind: Kind<'_>,
        by_label: bool,
    ) -> Result<Section> {
        let (labels, units) = (cells.labels(), cells.units());
        let known: Vec<bool> = (0..units).map(|unit| cells.known(unit)).collect();
        let enough = self.known(&mut section, &known)?;
        let mut sizes = vec![Size::default(); labels.len()];
        for unit in 0..units {
            cells.of(unit).for_each(|cell| self.count(&mut sizes[cell as usize], unit));
        }
        let (mut shown, hidden) = self.divide(&sizes, enough, kind);
        section.suppressed = hidden;
        if let Kind::Words(network) = kind {
            let words: Vec<&str> = shown.iter().map(|&c| labels[c].as_str()).collect();
            let mut named = name_somebody(network, &words)?.into_iter();
            let before = shown.len();
            shown.retain(|_| !named.next().unwrap_or(true));
            section.suppressed += before - shown.len();
        }
        shown.sort_by(|&a, &b| sizes[b].estimate.total_cmp(&sizes[a].estimate).then_with(|| labels[a].cmp(&labels[b])));
        if shown.len() > MOST_ROWS {
            section.remark("smaller", Some(shown.len() - MOST_ROWS));
            shown.truncate(MOST_ROWS);
        }
        let row = |cell: usize| -> Result<Option<Row>> {
            let has = |unit: usize| cells.known(unit).then(|| cells.of(unit).any(|of| of as usize == cell));
            let property: Vec<Option<bool>> = (0..units).map(has).collect();
            let ratio = self.members.share(&property, self.level)?;
            Ok(ratio.map(|ratio| Row { label: labels[cell].clone(), figure: figure(ratio, SHARE), control: None }))
        };
        let rows = shown.into_par_iter().with_max_len(1).map(row).collect::<Result<Vec<Option<Row>>>>()?;
        section.rows.extend(rows.into_iter().flatten());
        section.rows.sort_by(|a, b| {
            let larger = b.figure.value.total_cmp(&a.figure.value);
            if by_label { a.label.cmp(&b.label) } else { larger.then_with(|| a.label.cmp(&b.label)) }
        });
        Ok(section)
    }

    /// A section of numbers; what is known is what the first row needs.
    pub(super) fn numbers(&self, mut section: Section, rows: &[(&str, Number<'_>, Of)]) -> Result<Section> {
        let known: Vec<bool> =
            rows.first().map_or(Vec::new(), |(_, of, _)| (0..self.labelled.len()).map(|i| of(i).is_some()).collect());
        let enough = self.known(&mut section, &known)?;
        for (label, value, of) in rows {
            let size = self.size(|i| value(i).is_some());
            if size.estimate <= 0.0 || size.accounts == 0 {
                continue;
            }
            // A quantile with few members below or above it is nearly the number of one of them.
            let tail = if let Of::Quantile(q) = of { q.min(1.0 - q) } else { 1.0 };
            if !enough || !self.may_show(size) || size.estimate * tail < self.min_cell {
                section.suppressed += 1;
                continue;
            }
            let values = |of: &Number<'_>| (0..self.labelled.len()).map(of).collect::<Vec<Option<f64>>>();
            let (ratio, method) = match of {
                Of::Mean => (self.members.mean(&values(value), self.level), MEAN),
                Of::Quantile(q) => (self.members.quantile(&values(value), *q, self.level), QUANTILE),
            };
            if let Some(mut ratio) = ratio? {
                // None of these numbers is below 0, but a Wald interval can be.
                ratio.low = ratio.low.max(0.0);
                ratio.value = ratio.value.max(ratio.low);
                ratio.high = ratio.high.max(ratio.value);
                section.rows.push(Row { label: (*label).to_owned(), figure: figure(ratio, method), control: None });
            }
        }
        Ok(section)
    }

    /// Says how many members are known, and whether these are enough to say more.
    fn known(&self, section: &mut Section, known: &[bool]) -> Result<bool> {
        let size = self.size(|i| known[i]);
        if size.estimate <= 0.0 || size.accounts == 0 {
            section.remark("nothing", None);
            return Ok(false);
        }
        if !self.may_show(size) {
            section.remark("too-few", None);
            return Ok(false);
        }
        let property: Vec<Option<bool>> = known.iter().map(|k| Some(*k)).collect();
        section.known = self.members.share(&property, self.level)?.map(|r| figure(r, SHARE));
        Ok(true)
    }

    /// The cells that may be shown, and how many are left out that do not look empty.
    fn divide(&self, sizes: &[Size], enough: bool, kind: Kind<'_>) -> (Vec<usize>, usize) {
        let filled = (0..sizes.len()).filter(|&c| sizes[c].estimate >= EMPTY || sizes[c].labelled > 0);
        let (mut shown, hidden): (Vec<usize>, Vec<usize>) = filled.partition(|&c| enough && self.may_show(sizes[c]));
        let mut left_out = hidden.len();
        if matches!(kind, Kind::Partition) && left_out > 0 {
            // What is left out is known by difference: it must be several cells, and together not small either.
            let mut sum: f64 = hidden.iter().map(|&c| sizes[c].estimate.max(0.0)).sum();
            shown.sort_by(|&a, &b| sizes[b].estimate.total_cmp(&sizes[a].estimate).then(a.cmp(&b)));
            while left_out < 2 || sum < self.min_cell {
                let Some(next) = shown.pop() else { break };
                sum += sizes[next].estimate;
                left_out += 1;
            }
        }
        (shown, left_out)
    }

    fn may_show(&self, size: Size) -> bool {
        size.estimate >= self.min_cell && size.accounts as f64 >= self.min_cell && size.labelled >= FEWEST_LABELLED
    }

    fn size(&self, has: impl Fn(usize) -> bool) -> Size {
        let mut size = Size::default();
        (0..self.labelled.len()).filter(|i| has(*i)).for_each(|i| self.count(&mut size, i));
        size
    }

    fn count(&self, size: &mut Size, unit: usize) {
        size.estimate += self.members.weights[unit];
        size.accounts += 1;
        size.labelled += usize::from(self.labelled[unit]);
    }
}

fn figure(ratio: Ratio, method: &str) -> Figure {
    Figure { value: ratio.value, low: ratio.low, high: ratio.high, labels: ratio.labels, method: method.into() }
}
