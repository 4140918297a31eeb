//! The members, as far as labels and scores tell, and how much of them may be published.

use std::collections::{BTreeMap, HashSet};

use netcensus_stats::domain::{Members, Ratio};
use netcensus_stats::total::Batch;

use super::marks::Marks;
use super::names::{name_few, name_somebody};
use super::tally::Tally;
use super::traits::Labels;
use super::{Row, Section, Shape};
use crate::Result;
use crate::figure::Figure;
use crate::network::Network;

/// Rows of a section that is drawn as rows, and of one that is drawn over time, as a grid or on a map.
pub(super) const MOST_ROWS: usize = 20;
const MOST_PLACES: usize = 600;
/// A cell that rests on fewer labelled members is left out: it would say more of these than of the group.
const FEWEST_LABELLED: usize = 3;
/// A cell of fewer estimated members, none of them labelled, is taken for empty.
const EMPTY: f64 = 0.5;

/// Sums of weights may miss a whole number by so much.
const ROUNDING: f64 = 1e-6;

pub(super) const SHARE: &str = "share of members, model-assisted, linearised";
const MEAN: &str = "mean of members, model-assisted, linearised";
const QUANTILE: &str = "quantile of members, model-assisted, Woodruff interval";

/// The labelled group, and beside it the accounts of the frame that are no members: the control group.
pub(super) struct Group<'a> {
    pub(super) members: Part<'a>,
    pub(super) control: Part<'a>,
    pub(super) level: f64,
    pub(super) min_cell: f64,
    /// The units that are labelled as members, or scored as such where they have no label.
    pub(super) taken: Vec<bool>,
    /// Whether all is shown, however small: for validation alone.
    pub(super) all: bool,
}

/// Members, or the others.
pub(super) struct Part<'a> {
    pub(super) who: Members<'a>,
    labelled: Vec<bool>,
}

impl<'a> Part<'a> {
    fn new(who: Members<'a>) -> Self {
        let labelled = (0..who.weights.len()).map(|i| who.is_labelled(i)).collect();
        Self { who, labelled }
    }

    pub(super) fn size(&self, has: impl Fn(usize) -> bool) -> Size {
        let mut size = Size::default();
        (0..self.labelled.len()).filter(|i| has(*i)).for_each(|i| self.count(&mut size, i));
        size
    }

    pub(super) fn count(&self, size: &mut Size, unit: usize) {
        size.estimate += self.who.weights[unit];
        size.accounts += 1;
        size.labelled += usize::from(self.labelled[unit]);
    }
}

/// In which cells each account is.
pub(super) enum Cells<'a> {
    /// Each known account in the one cell of its label.
    One(&'a Labels),
    /// The same, but those of one label in none.
    Without(&'a Labels, Option<u32>),
    /// Each account that wrote in the cells of all that it used.
    Used(&'a Tally, &'a [bool]),
    /// Each known account in the cells of all its marks.
    Marked(&'a Marks),
}

impl Cells<'_> {
    fn labels(&self) -> &[String] {
        match self {
            Cells::One(labels) | Cells::Without(labels, _) => &labels.labels,
            Cells::Used(tally, _) => &tally.labels,
            Cells::Marked(marks) => &marks.labels,
        }
    }

    /// How many accounts there are.
    fn units(&self) -> usize {
        match self {
            Cells::One(labels) | Cells::Without(labels, _) => labels.of.len(),
            Cells::Used(_, known) => known.len(),
            Cells::Marked(marks) => marks.units(),
        }
    }

    /// Whether the data says anything of an account.
    fn known(&self, unit: usize) -> bool {
        match self {
            Cells::One(labels) | Cells::Without(labels, _) => labels.get(unit).is_some(),
            Cells::Used(_, known) => known[unit],
            Cells::Marked(marks) => marks.known(unit),
        }
    }

    /// The cells of an account.
    fn of(&self, unit: usize) -> impl Iterator<Item = u32> {
        let (one, used, marks): (Option<u32>, &[(u32, u32)], &[u32]) = match self {
            Cells::One(labels) => (labels.get(unit), &[], &[]),
            Cells::Without(labels, not) => (labels.get(unit).filter(|cell| Some(*cell) != *not), &[], &[]),
            Cells::Used(tally, known) => (None, if known[unit] { tally.uses(unit) } else { &[] }, &[]),
            Cells::Marked(marks) => (None, &[], marks.get(unit)),
        };
        one.into_iter().chain(used.iter().map(|(label, _)| *label)).chain(marks.iter().copied())
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
    /// As `Several`, and the labels are words of a list. They could still be what an account is called, but not where as
    /// many are called so as a cell must hold.
    Listed(&'a Network),
    /// The cells of each of these rows, of a partition of the same accounts, are a partition of it. A label begins with
    /// that of its row, as `2014-09` and `IQ/Mosul` do; one that ends there is the rest of it, and no row.
    Within(&'a [Row]),
}

impl Kind<'_> {
    /// Which rows a `Within` lies in, those of members or of the control group.
    fn parents(&self, control: bool) -> HashSet<&str> {
        let Kind::Within(rows) = self else { return HashSet::new() };
        rows.iter().filter(|row| !control || row.control.is_some()).map(|row| row.label.as_str()).collect()
    }
}

/// The row that a cell lies in, and whether the cell is the rest of it.
fn parent(label: &str) -> (&str, bool) {
    let (parent, own) = label.split_at(label.find(['-', '/']).unwrap_or(label.len()));
    (parent, own.len() <= 1)
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
pub(super) struct Size {
    pub(super) estimate: f64,
    pub(super) accounts: usize,
    pub(super) labelled: usize,
}

impl<'a> Group<'a> {
    pub(super) fn new(batches: &'a [Batch], level: f64, min_cell: u64) -> Result<Self> {
        let members = Members::new(batches)?;
        let control = Part::new(members.others());
        let min_cell = min_cell as f64 - ROUNDING;
        Ok(Self { members: Part::new(members), control, level, min_cell, taken: taken(batches), all: false })
    }

    /// The truth to hold `estimated` against: `batches` label everyone, and nothing is left out.
    pub(super) fn truth(batches: &'a [Batch], level: f64, estimated: &Self) -> Result<Self> {
        let group = Self::new(batches, level, 0)?;
        let (min_cell, taken) = (estimated.min_cell, estimated.taken.clone());
        Ok(Self { min_cell, taken, all: true, ..group })
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
        let [enough, control_enough] = self.known(&mut section, |unit| cells.known(unit))?;
        let (mut sizes, mut control) = (vec![Size::default(); labels.len()], vec![Size::default(); labels.len()]);
        for unit in 0..units {
            for cell in cells.of(unit) {
                self.members.count(&mut sizes[cell as usize], unit);
                self.control.count(&mut control[cell as usize], unit);
            }
        }
        let divide = |sizes: &[Size], enough: bool, control: bool| match kind {
            Kind::Within(_) => self.divide_within(labels, sizes, enough, &kind.parents(control)),
            _ => self.divide(sizes, enough, kind),
        };
        let (mut shown, hidden) = divide(&sizes, enough, false);
        section.suppressed = hidden;
        if let (Kind::Words(network) | Kind::Listed(network), false) = (kind, self.all) {
            let words: Vec<&str> = shown.iter().map(|&c| labels[c].as_str()).collect();
            let named = match kind {
                Kind::Listed(_) => name_few(network, &words, self.min_cell.ceil() as usize)?,
                _ => name_somebody(network, &words)?,
            };
            let mut named = named.into_iter();
            let before = shown.len();
            shown.retain(|_| !named.next().unwrap_or(true));
            section.suppressed += before - shown.len();
        }
        shown.sort_by(|&a, &b| sizes[b].estimate.total_cmp(&sizes[a].estimate).then_with(|| labels[a].cmp(&labels[b])));
        let most = if section.shape == Shape::Rows { MOST_ROWS } else { MOST_PLACES };
        if shown.len() > most && !self.all {
            section.remark("smaller", Some(shown.len() - most));
            shown.truncate(most);
        }
        let mut row = vec![u32::MAX; labels.len()];
        (0..).zip(&shown).for_each(|(i, &cell)| row[cell] = i);
        let of = |unit: usize| {
            let rows = || cells.of(unit).map(|cell| row[cell as usize]).filter(|row| *row != u32::MAX);
            cells.known(unit).then(|| rows().map(|row| row as usize))
        };
        let shares = |part: &Part<'_>| part.who.shares(shown.len(), of, self.level);
        let (members, others) = rayon::join(|| shares(&self.members), || shares(&self.control));
        // A control is left out by the same rules as a row: too small, or what would tell one that is.
        let mut may_show = vec![false; labels.len()];
        divide(&control, control_enough, true).0.into_iter().for_each(|cell| may_show[cell] = true);
        let as_figure = |ratio: Option<Ratio>| ratio.map(|ratio| figure(ratio, SHARE));
        for ((cell, ratio), other) in shown.into_iter().zip(members?).zip(others?) {
            let Some(figure) = as_figure(ratio) else { continue };
            let control = as_figure(other).filter(|_| may_show[cell]);
            section.rows.push(Row { label: labels[cell].clone(), figure, control });
        }
        section.rows.sort_by(|a, b| {
            let larger = b.figure.value.total_cmp(&a.figure.value);
            if by_label { a.label.cmp(&b.label) } else { larger.then_with(|| a.label.cmp(&b.label)) }
        });
        Ok(section)
    }

    /// A section of numbers; what is known is what the first row needs.
    pub(super) fn numbers(&self, mut section: Section, rows: &[(&str, Number<'_>, Of)]) -> Result<Section> {
        let enough = match rows.first() {
            Some((_, of, _)) => self.known(&mut section, |unit| of(unit).is_some())?[0],
            None => false,
        };
        let mut done = vec![false; rows.len()];
        let mut found: Vec<Option<Row>> = vec![None; rows.len()];
        for at in 0..rows.len() {
            if done[at] {
                continue;
            }
            // Rows of the same number share one pass. What takes no room may lie where another does.
            let number = rows[at].1;
            let same = |other: Number<'_>| std::ptr::addr_eq(number, other) && size_of_val(number) > 0;
            let alike: Vec<usize> = (at..rows.len()).filter(|&i| i == at || same(rows[i].1)).collect();
            alike.iter().for_each(|&i| done[i] = true);
            let values: Vec<Option<f64>> = (0..self.members.labelled.len()).map(number).collect();
            let size = |part: &Part<'_>| part.size(|i| values[i].is_some());
            let (members, control) = (size(&self.members), size(&self.control));
            if members.estimate <= 0.0 || members.accounts == 0 {
                continue;
            }
            let shown =
                |size: Size, of: Of| self.may_show(size) && (self.all || size.estimate * of.tail() >= self.min_cell);
            let (wanted, hidden): (Vec<usize>, Vec<usize>) =
                alike.into_iter().partition(|&i| enough && shown(members, rows[i].2));
            section.suppressed += hidden.len();
            let asked: Vec<Of> = wanted.iter().map(|&i| rows[i].2).collect();
            let (ours, theirs) = rayon::join(
                || self.members.numbers(&values, &asked, self.level),
                || if asked.is_empty() { Ok(vec![]) } else { self.control.numbers(&values, &asked, self.level) },
            );
            for ((i, ours), theirs) in wanted.into_iter().zip(ours?).zip(theirs?) {
                let control = theirs.filter(|_| shown(control, rows[i].2));
                found[i] = ours.map(|figure| Row { label: rows[i].0.to_owned(), figure, control });
            }
        }
        section.rows.extend(found.into_iter().flatten());
        Ok(section)
    }

    /// The share of each group's members that have a property, group by group: of the last `most` groups in the order of
    /// their labels. `has` says nothing where it is not known. Both who has it and who has not must be as many as a cell, or
    /// none.
    pub(super) fn rates(
        &self,
        mut section: Section,
        groups: &Labels,
        has: &dyn Fn(usize) -> Option<bool>,
        most: usize,
    ) -> Result<Section> {
        let of = |unit: usize| groups.get(unit).zip(has(unit));
        if !self.known(&mut section, |unit| of(unit).is_some())?[0] {
            return Ok(section);
        }
        let empty = || vec![[Size::default(); 2]; groups.labels.len()];
        let (mut members, mut control) = (empty(), empty());
        for unit in 0..groups.of.len() {
            if let Some((of, has)) = of(unit) {
                self.members.count(&mut members[of as usize][usize::from(has)], unit);
                self.control.count(&mut control[of as usize][usize::from(has)], unit);
            }
        }
        let is_empty = |size: Size| size.estimate < EMPTY && size.labelled == 0;
        // Nobody with the property is said of a group that is itself large enough to be spoken of.
        let shown = |[without, with]: [Size; 2]| {
            self.may_show(without) && (self.may_show(with) || is_empty(with))
                || self.may_show(with) && is_empty(without)
        };
        let filled = |sizes: &[Size; 2]| sizes.iter().any(|size| !is_empty(*size));
        let (kept, hidden): (Vec<usize>, Vec<usize>) =
            (0..members.len()).filter(|&of| filled(&members[of])).partition(|&of| shown(members[of]));
        section.suppressed += hidden.len();
        let share = |part: &Part<'_>, group: usize| {
            let cell = |unit: usize| of(unit).filter(|(of, _)| *of as usize == group).map(|(_, has)| has.then_some(0));
            let ratio = part.who.shares(1, cell, self.level)?.into_iter().flatten().next();
            Ok::<_, crate::Error>(ratio.map(|ratio| figure(ratio, SHARE)))
        };
        for &group in &kept[kept.len().saturating_sub(if self.all { kept.len() } else { most })..] {
            let Some(figure) = share(&self.members, group)? else { continue };
            let control = if shown(control[group]) { share(&self.control, group)? } else { None };
            section.rows.push(Row { label: groups.labels[group].clone(), figure, control });
        }
        Ok(section)
    }

    /// Says how many members are known, and whether these, and those known of the control group, are enough to say more.
    pub(super) fn known(&self, section: &mut Section, known: impl Fn(usize) -> bool) -> Result<[bool; 2]> {
        let size = self.members.size(&known);
        if size.estimate <= 0.0 || size.accounts == 0 {
            section.remark("nothing", None);
            return Ok([false; 2]);
        }
        if !self.may_show(size) {
            section.remark("too-few", None);
            return Ok([false; 2]);
        }
        let share = self.members.who.shares(1, |unit| Some(known(unit).then_some(0)), self.level)?;
        section.known = share.into_iter().flatten().next().map(|r| figure(r, SHARE));
        Ok([true, self.may_show(self.control.size(&known))])
    }

    /// The cells that may be shown, and how many are left out that do not look empty.
    pub(super) fn divide(&self, sizes: &[Size], enough: bool, kind: Kind<'_>) -> (Vec<usize>, usize) {
        let filled = self.filled(sizes);
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

    /// The cells that do not look empty.
    fn filled(&self, sizes: &[Size]) -> impl Iterator<Item = usize> {
        (0..sizes.len()).filter(|&c| sizes[c].estimate >= EMPTY || sizes[c].labelled > 0)
    }

    /// The same of cells that lie within rows, of which these are shown. Of a row that is not shown nothing is.
    fn divide_within(
        &self,
        labels: &[String],
        sizes: &[Size],
        enough: bool,
        parents: &HashSet<&str>,
    ) -> (Vec<usize>, usize) {
        let (mut cells, mut shown, mut left_out) = (BTreeMap::<&str, Vec<usize>>::new(), Vec::new(), 0);
        self.filled(sizes).for_each(|cell| cells.entry(parent(&labels[cell]).0).or_default().push(cell));
        for (row, cells) in cells {
            let is_rest = |cell: &usize| parent(&labels[*cell]).1;
            let kept =
                if enough && parents.contains(row) { self.left_shown(sizes, &cells, is_rest) } else { Vec::new() };
            left_out += cells.iter().filter(|cell| !is_rest(cell)).count() - kept.len();
            shown.extend(kept);
        }
        (shown, left_out)
    }

    /// Which of the cells that make up a row may be shown. The others are known together, by difference from the row: where
    /// a small one is among them they must be several, and together not small. The rest of the row is always one of them.
    fn left_shown(&self, sizes: &[Size], cells: &[usize], is_rest: impl Fn(&usize) -> bool) -> Vec<usize> {
        let (large, small): (Vec<usize>, Vec<usize>) = cells.iter().partition(|&&cell| self.may_show(sizes[cell]));
        let (rest, mut shown): (Vec<usize>, Vec<usize>) = large.into_iter().partition(&is_rest);
        let (mut left_out, mut sum) = (small.len() + rest.len(), 0.0);
        small.iter().chain(&rest).for_each(|&cell| sum += sizes[cell].estimate.max(0.0));
        shown.sort_by(|&a, &b| sizes[b].estimate.total_cmp(&sizes[a].estimate).then(a.cmp(&b)));
        while !small.is_empty() && (left_out < 2 || sum < self.min_cell) {
            let Some(next) = shown.pop() else { break };
            sum += sizes[next].estimate;
            left_out += 1;
        }
        shown
    }

    pub(super) fn may_show(&self, size: Size) -> bool {
        self.all
            || size.estimate >= self.min_cell
                && size.accounts as f64 >= self.min_cell
                && size.labelled >= FEWEST_LABELLED
    }
}

/// Labelled as a member, or, without a label, scored so by the latest scores.
fn taken(batches: &[Batch]) -> Vec<bool> {
    let units = batches.first().map_or(0, |b| b.units.len());
    let label = |i: usize| batches.iter().rev().find_map(|b| b.units[i].label);
    let score = |i: usize| batches.last().map_or(0.0, |b| b.units[i].score);
    (0..units).map(|i| label(i).unwrap_or_else(|| score(i)) >= 0.5).collect()
}

impl Of {
    /// A quantile with few members below or above it is nearly the number of one of them.
    fn tail(self) -> f64 {
        if let Of::Quantile(q) = self { q.min(1.0 - q) } else { 1.0 }
    }
}

impl Part<'_> {
    /// Means and quantiles of one number.
    fn numbers(&self, values: &[Option<f64>], asked: &[Of], level: f64) -> Result<Vec<Option<Figure>>> {
        let quantile = |of: &Of| if let Of::Quantile(q) = of { Some(*q) } else { None };
        let wanted: Vec<f64> = asked.iter().filter_map(quantile).collect();
        let mut quantiles = match wanted.is_empty() {
            true => Vec::new(),
            false => self.who.quantiles(values, &wanted, level)?,
        }
        .into_iter();
        let of = |of: &Of| {
            let (ratio, method) = match of {
                Of::Mean => (self.who.mean(values, level)?, MEAN),
                Of::Quantile(_) => (quantiles.next().flatten(), QUANTILE),
            };
            Ok(ratio.map(|mut ratio| {
                // Where none of the numbers is below 0, no mean is, but an interval could be.
                if values.iter().flatten().all(|x| *x >= 0.0) {
                    ratio.low = ratio.low.max(0.0);
                }
                ratio.value = ratio.value.max(ratio.low);
                ratio.high = ratio.high.max(ratio.value);
                figure(ratio, method)
            }))
        };
        asked.iter().map(of).collect()
    }
}

pub(super) fn figure(ratio: Ratio, method: &str) -> Figure {
    Figure { value: ratio.value, low: ratio.low, high: ratio.high, labels: ratio.labels, method: method.into() }
}
