//! How many members, how much of what they do, and how unevenly: the sections of which no row is a share of members.

use netcensus_stats::concentration::{Found, Measure};
use netcensus_stats::domain::Ratio;
use rayon::prelude::*;

use super::group::{Group, Kind, MOST_ROWS, Number, Part, SHARE, Size, figure};
use super::traits::Labels;
use super::{Row, Section};
use crate::Result;
use crate::sample::random;

/// Numbers up to so many times larger or smaller are near each other.
const NEAR: f64 = 1.5;
const COUNT: &str = "number of members, model-assisted, linearised";
const VOLUME: &str = "share of members' posts, model-assisted ratio of totals, linearised";
const TIMES: &str = "ratio of totals of members' posts, model-assisted, linearised";
const CONCENTRATED: &str = "concentration of members' posts, model-assisted, interval from samples drawn anew";

/// Samples drawn anew for an interval, and where there are very many accounts.
const SAMPLES: usize = 399;
const FEWER_SAMPLES: usize = 199;
const VERY_MANY: usize = 200_000;
/// A cell of which one member is thought to make up more is left out: it would say how much that one does.
const MOST_OF_ONE: f64 = 0.5;

/// What is said of an account; none where the data says nothing.
pub(super) type Says<'a> = &'a (dyn Fn(usize) -> Option<bool> + Sync);

/// Calls with each cell of an account, and how much of what it does is there.
pub(super) type Spread<'a> = &'a (dyn Fn(usize, &mut dyn FnMut(u32, f64)) + Sync);

/// How much of what each account does is in which cell.
pub(super) struct Volumes<'a> {
    pub(super) labels: &'a [String],
    /// What of it is in which cell.
    pub(super) of: Spread<'a>,
    /// All that an account does; none where it is not known. Not less than all cells of a partition together.
    pub(super) whole: &'a (dyn Fn(usize) -> Option<f64> + Sync),
    /// All rows, in the order of the labels; else some of the largest.
    pub(super) in_order: bool,
}

impl Group<'_> {
    /// A section of how many members there are of some kind.
    pub(super) fn counts(&self, mut section: Section, rows: &[(&str, Says<'_>)]) -> Result<Section> {
        let Some((_, first)) = rows.first() else { return Ok(section) };
        let [enough, control_enough] = self.known(&mut section, |unit| first(unit).is_some())?;
        for (label, is) in rows {
            let size = |part: &Part<'_>| part.size(|unit| is(unit) == Some(true));
            let (members, others) = (size(&self.members), size(&self.control));
            if members.estimate <= 0.0 || members.accounts == 0 {
                continue;
            }
            if !enough || !self.may_show(members) {
                section.suppressed += 1;
                continue;
            }
            let values: Vec<Option<f64>> =
                (0..self.units()).map(|unit| is(unit).map(|is| f64::from(u8::from(is)))).collect();
            let control = (control_enough && self.may_show(others)).then(|| self.control.who.sum(&values, self.level));
            section.rows.push(Row {
                label: (*label).to_owned(),
                figure: figure(self.members.who.sum(&values, self.level)?, COUNT),
                control: control.transpose()?.map(|ratio| figure(ratio, COUNT)),
            });
        }
        Ok(section)
    }

    /// A section of which share of what members do is in each cell.
    pub(super) fn volumes(&self, mut section: Section, volumes: &Volumes<'_>, kind: Kind<'_>) -> Result<Section> {
        let whole: Vec<Option<f64>> = (0..self.units()).into_par_iter().map(volumes.whole).collect();
        let [enough, control_enough] = self.known(&mut section, |unit| whole[unit].is_some())?;
        let members = Sized::of(&self.members, volumes, &whole);
        let (shown, hidden) = self.divide(&self.unless_of_one(&members), enough, kind);
        section.suppressed = hidden;
        let mut shown = shown;
        if volumes.in_order {
            shown.sort_unstable();
        } else {
            let sum = |cell: usize| members.sums[cell];
            shown.sort_by(|&a, &b| sum(b).total_cmp(&sum(a)).then_with(|| volumes.labels[a].cmp(&volumes.labels[b])));
            if shown.len() > MOST_ROWS && !self.all {
                section.remark("smaller", Some(shown.len() - MOST_ROWS));
                shown.truncate(MOST_ROWS);
            }
        }
        let mut may_control = vec![false; volumes.labels.len()];
        let control = Sized::of(&self.control, volumes, &whole);
        let control = self.divide(&self.unless_of_one(&control), control_enough, kind).0;
        control.into_iter().for_each(|cell| may_control[cell] = true);
        let mut row = vec![u32::MAX; volumes.labels.len()];
        (0..).zip(&shown).for_each(|(i, &cell)| row[cell] = i);
        let mut filled: Vec<Vec<(u32, f64)>> = vec![Vec::new(); shown.len()];
        for unit in (0..self.units()).filter(|unit| whole[*unit].is_some()) {
            (volumes.of)(unit, &mut |cell, much| {
                if let Some(cell) = filled.get_mut(row[cell as usize] as usize) {
                    cell.push((unit as u32, much));
                }
            });
        }
        let one = |(filled, cell): (Vec<(u32, f64)>, usize)| -> Result<Option<Row>> {
            let mut inside = vec![0.0; whole.len()];
            filled.into_iter().for_each(|(unit, much)| inside[unit as usize] += much);
            let share = |part: &Part<'_>| part.who.part(&inside, &whole, (0.0, 1.0), self.level);
            let Some(ratio) = share(&self.members)? else { return Ok(None) };
            let control = if may_control[cell] { share(&self.control)? } else { None };
            let as_figure = |ratio: Ratio| figure(ratio, VOLUME);
            Ok(Some(Row {
                label: volumes.labels[cell].clone(),
                figure: as_figure(ratio),
                control: control.map(as_figure),
            }))
        };
        let rows: Vec<(Vec<(u32, f64)>, usize)> = filled.into_iter().zip(shown).collect();
        let rows = rows.into_par_iter().with_max_len(1).map(one).collect::<Result<Vec<Option<Row>>>>()?;
        section.rows.extend(rows.into_iter().flatten());
        Ok(section)
    }

    /// How many times a usual amount there is of something, and by how much members and their posts may be fewer.
    pub(super) fn times(&self, inside: &[f64], usual: &[f64]) -> Result<Option<(Ratio, &'static str)>> {
        let usual: Vec<Option<f64>> = usual.iter().map(|x| Some(*x)).collect();
        let ratio = self.members.who.part(inside, &usual, (0.0, f64::INFINITY), self.level)?;
        Ok(ratio.map(|ratio| (ratio, TIMES)))
    }

    /// Sections of how unevenly members post. All rest on the same samples drawn anew, which take long.
    pub(super) fn concentration(
        &self,
        sections: Vec<(Section, &[(&str, Measure)])>,
        number: Number<'_>,
        seed: u64,
    ) -> Result<Vec<Section>> {
        let values: Vec<Option<f64>> = (0..self.units()).map(|unit| number(unit).filter(|x| *x >= 0.0)).collect();
        let measures: Vec<Measure> = sections.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.1)).collect();
        let samples = if self.units() > VERY_MANY { FEWER_SAMPLES } else { SAMPLES };
        let of = |part: &Part<'_>, number: u32| {
            let mut random = random(seed, "concentration", number);
            part.who.concentration(&values, &measures, self.level, samples, &mut random)
        };
        let (members, others) = rayon::join(|| of(&self.members, 0), || of(&self.control, 1));
        let mut found = members?.into_iter().zip(others?);
        let mut done = Vec::new();
        for (mut section, rows) in sections {
            let [enough, control_enough] = self.known(&mut section, |unit| values[unit].is_some())?;
            for ((label, measure), (ours, theirs)) in rows.iter().zip(&mut found) {
                let Some(ours) = ours.filter(|_| enough) else { continue };
                if !self.core_may_show(&self.members, &values, *measure, &ours) {
                    section.suppressed += 1;
                    continue;
                }
                let theirs = theirs
                    .filter(|theirs| control_enough && self.core_may_show(&self.control, &values, *measure, theirs));
                let as_figure = |found: Found| figure(found.figure, CONCENTRATED);
                let (label, figure) = ((*label).to_owned(), as_figure(ours));
                section.rows.push(Row { label, figure, control: theirs.map(as_figure) });
            }
            done.push(section);
        }
        Ok(done)
    }

    /// The share of those of each label who are in the core: who have at least `from` of a number, where the core that makes
    /// half of it ends.
    ///
    /// ```text
    /// R = Σ g·1(label)·1(x ≥ c) / N,   N = Σ g·1(label)
    /// one more member: [ 1(label)·(1(x ≥ c) − R) − p/c·x·(1(x ≥ c) − ½) ] / N
    /// ```
    ///
    /// c is an estimate itself: one more member in the core moves it up, one outside of it down. p is how many of those who are
    /// near c have the label. Of the control group the share above the same c.
    pub(super) fn in_core(
        &self,
        mut section: Section,
        labels: &Labels,
        number: Number<'_>,
        from: f64,
    ) -> Result<Section> {
        let values: Vec<Option<f64>> = (0..self.units()).map(number).collect();
        let [enough, control_enough] =
            self.known(&mut section, |unit| labels.get(unit).is_some() && values[unit].is_some())?;
        let is = |unit: usize| values[unit].map(|x| x >= from);
        let sizes = |part: &Part<'_>| {
            let mut sizes = vec![Size::default(); labels.labels.len()];
            for unit in (0..self.units()).filter(|unit| is(*unit) == Some(true)) {
                labels.get(unit).into_iter().for_each(|label| part.count(&mut sizes[label as usize], unit));
            }
            sizes
        };
        let (shown, hidden) = self.divide(&sizes(&self.members), enough, Kind::Several);
        section.suppressed = hidden;
        let others = sizes(&self.control);
        let near = |unit: usize| values[unit].is_some_and(|x| x * NEAR >= from && x <= from * NEAR);
        let around = self.members.size(near).estimate;
        for label in shown {
            let of = |unit: usize| labels.get(unit) == Some(label as u32);
            let share = |part: &Part<'_>, sign: f64| -> Result<Option<Ratio>> {
                let has = |unit: usize| is(unit).filter(|_| of(unit)).map(|core| core.then_some(0));
                let Some(ratio) = part.who.shares(1, has, self.level)?.into_iter().flatten().next() else {
                    return Ok(None);
                };
                let all = part.size(|unit| of(unit) && values[unit].is_some()).estimate;
                let here = part.size(|unit| of(unit) && near(unit)).estimate;
                let density = if around > 0.0 && from > 0.0 { (here / around).max(0.0) / from } else { 0.0 };
                let influence = |unit: usize| {
                    let Some(x) = values[unit] else { return 0.0 };
                    let core = f64::from(u8::from(x >= from));
                    let own = if of(unit) { sign * (core - ratio.value) } else { 0.0 };
                    (own - density * x * (core - 0.5)) / all
                };
                Ok(Some(self.members.who.linear(ratio.value, (0.0, 1.0), ratio.labels, self.level, influence)?))
            };
            let Some(ratio) = share(&self.members, 1.0)? else { continue };
            let control =
                if control_enough && self.may_show(others[label]) { share(&self.control, -1.0)? } else { None };
            let (label, figure_of) = (labels.labels[label].clone(), |ratio: Ratio| figure(ratio, SHARE));
            section.rows.push(Row { label, figure: figure_of(ratio), control: control.map(figure_of) });
        }
        section.rows.sort_by(|a, b| b.figure.value.total_cmp(&a.figure.value).then_with(|| a.label.cmp(&b.label)));
        if !self.all {
            section.rows.truncate(MOST_ROWS);
        }
        Ok(section)
    }

    /// The number at which a core of the members ends.
    pub(super) fn ends_at(&self, number: Number<'_>, measure: Measure) -> Result<Option<f64>> {
        let values: Vec<Option<f64>> = (0..self.units()).map(number).collect();
        Ok(self.members.who.ends_at(&values, measure)?)
    }

    /// Whether those that a figure of concentration is about are enough.
    fn core_may_show(&self, part: &Part<'_>, values: &[Option<f64>], measure: Measure, found: &Found) -> bool {
        let members = match measure {
            Measure::Core(_) => found.figure.value,
            Measure::Top(share) => share * part.size(|unit| values[unit].is_some()).estimate,
            Measure::Gini => f64::INFINITY,
        };
        let inside = part.size(|unit| values[unit].is_some_and(|x| x >= found.ends_at));
        (self.all || members >= self.min_cell) && self.may_show(inside)
    }

    fn units(&self) -> usize {
        self.members.who.weights.len()
    }

    /// The sizes of cells; of one that a single member makes up for the most part, none.
    fn unless_of_one(&self, sized: &Sized) -> Vec<Size> {
        let of = |cell: usize| match !self.all && sized.most[cell] > MOST_OF_ONE * sized.sums[cell] {
            true => Size { labelled: 0, ..sized.sizes[cell] },
            false => sized.sizes[cell],
        };
        (0..sized.sizes.len()).map(of).collect()
    }
}

/// The accounts of each cell.
struct Sized {
    sizes: Vec<Size>,
    sums: Vec<f64>,
    /// The most that one is thought to add.
    most: Vec<f64>,
}

impl Sized {
    fn of(part: &Part<'_>, volumes: &Volumes<'_>, whole: &[Option<f64>]) -> Self {
        let cells = volumes.labels.len();
        let mut sized = Self { sizes: vec![Size::default(); cells], sums: vec![0.0; cells], most: vec![0.0; cells] };
        for unit in (0..whole.len()).filter(|unit| whole[*unit].is_some()) {
            (volumes.of)(unit, &mut |cell, much| {
                let cell = cell as usize;
                if much > 0.0 {
                    part.count(&mut sized.sizes[cell], unit);
                    let weighed = part.who.weights[unit] * much;
                    sized.sums[cell] += weighed;
                    sized.most[cell] = sized.most[cell].max(weighed.min(much));
                }
            });
        }
        sized
    }
}
