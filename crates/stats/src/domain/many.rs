//! Many figures of the same units at once: what the units add up to is summed in one pass, and a figure's interval is made
//! of the sums and the labelled draws alone. The results are those of [`Members::share`], [`Members::mean`] and
//! [`Members::quantile`], one by one, to rounding.

use super::{Members, Ratio};
use crate::interval::{Side, Surprise};
use crate::{Error, Result};

/// What the units of a cell that one batch could draw add up to.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Σ(1−f) and Σf: the room that scores leave for members and for others.
    rooms: (f64, f64),
    /// Σ(1−f)²/π and Σf²/π: the same, by the weight of each.
    surprises: (f64, f64),
}

impl Sums {
    fn add(&mut self, score: f64, probability: f64) {
        let (member, other) = (1.0 - score, score);
        self.rooms.0 += member;
        self.rooms.1 += other;
        self.surprises.0 += member * member / probability;
        self.surprises.1 += other * other / probability;
    }

    fn less(&self, part: &Self) -> Self {
        // What is left of nothing but rounding is nothing.
        let less = |a: f64, b: f64| if a - b > 1e-12 * a { a - b } else { 0.0 };
        let less = |a: (f64, f64), b: (f64, f64)| (less(a.0, b.0), less(a.1, b.1));
        Self { rooms: less(self.rooms, part.rooms), surprises: less(self.surprises, part.surprises) }
    }

    /// Adds them to the surprises up and down, where each unit's lever is `lever`/π.
    fn tell(&self, lever: f64, up: &mut Surprise, down: &mut Surprise) {
        let (with, against) = if lever >= 0.0 { (up, down) } else { (down, up) };
        with.add(lever.abs() * self.surprises.0, self.rooms.0);
        against.add(lever.abs() * self.surprises.1, self.rooms.1);
    }
}

/// A labelled draw for which it is known in which cells it is.
struct Drawn {
    batch: usize,
    /// (y − f)/π.
    residual: f64,
    free: f64,
    /// Where its cells are in the list of all draws' cells.
    cells: (usize, usize),
}

impl Members<'_> {
    /// The share of each of `cells` among the members for whom it is known in which they are, as [`Members::share`] gives
    /// it for each alone. `of` says the cells of a unit, each once; none where nothing is known of it. O(N + what `of`
    /// says + cells · draws).
    ///
    /// # Errors
    /// When a unit is said to be in a cell that is not there.
    pub fn shares<C: IntoIterator<Item = usize>>(
        &self,
        cells: usize,
        of: impl Fn(usize) -> Option<C>,
        level: f64,
    ) -> Result<Vec<Option<Ratio>>> {
        let batches = self.batches.len();
        let (mut every, mut known) = (vec![Sums::default(); batches], vec![Sums::default(); batches]);
        let mut sums = vec![Sums::default(); batches * cells];
        let mut members = vec![0.0; cells];
        let (mut base, mut labels) = (0.0, 0);
        let (mut drawn, mut in_cells): (Vec<Drawn>, Vec<usize>) = Default::default();
        let mut own: Vec<usize> = Vec::new();
        for (unit, weight) in self.weights.iter().enumerate() {
            own.clear();
            let is_known = of(unit).map(|cells| own.extend(cells)).is_some();
            if own.iter().any(|cell| *cell >= cells) {
                return Err(Error::Argument("a unit is in a cell that is not there"));
            }
            if is_known {
                base += weight;
                own.iter().for_each(|&cell| members[cell] += weight);
            }
            let first = in_cells.len();
            let mut is_labelled = false;
            for (batch, all) in self.batches.iter().enumerate() {
                let u = self.seen(&all.units[unit]);
                is_labelled |= u.label.is_some_and(|y| y > 0.5);
                if u.probability >= 1.0 {
                    continue;
                }
                every[batch].add(u.score, u.probability);
                if !is_known {
                    continue;
                }
                known[batch].add(u.score, u.probability);
                own.iter().for_each(|cell| sums[cell * batches + batch].add(u.score, u.probability));
                if let Some(y) = u.label {
                    if in_cells.len() == first {
                        in_cells.extend(&own);
                    }
                    let (residual, free) = ((y - u.score) / u.probability, 1.0 - u.probability);
                    drawn.push(Drawn { batch, residual, free, cells: (first, in_cells.len()) });
                }
            }
            labels += usize::from(is_known && is_labelled);
        }
        if base <= 0.0 {
            return Ok(vec![None; cells]);
        }
        let share = |cell: usize| {
            let value = (members[cell] / base).clamp(0.0, 1.0);
            // What a member in the cell moves the share by, and one outside of it.
            let levers = |batch: usize| {
                let w = self.shares[batch];
                (w * (1.0 - value) / base, w * (0.0 - value) / base)
            };
            let (mut above, mut below) = (Side::default(), Side::default());
            for batch in 0..batches {
                let (mut up, mut down) = (Surprise::default(), Surprise::default());
                let inside = sums[cell * batches + batch];
                let (with, without) = levers(batch);
                inside.tell(with, &mut up, &mut down);
                known[batch].less(&inside).tell(without, &mut up, &mut down);
                every[batch].less(&known[batch]).tell(0.0, &mut up, &mut down);
                up.tell(&mut above);
                down.tell(&mut below);
            }
            for draw in &drawn {
                let is_in = in_cells[draw.cells.0..draw.cells.1].contains(&cell);
                let (with, without) = levers(draw.batch);
                let z = draw.residual * if is_in { with } else { without };
                if z > 0.0 { above.add(z, draw.free) } else { below.add(-z, draw.free) }
            }
            let (low, high) = joined(&above, &below, value, level)?;
            Ok(Some(Ratio { value, low: low.clamp(0.0, 1.0), high: high.clamp(0.0, 1.0), labels }))
        };
        (0..cells).map(share).collect()
    }

    /// Several quantiles of a number at once, as [`Members::quantile`] gives each: sorted once, and one pass for all their
    /// shares.
    ///
    /// # Errors
    /// As for [`Members::quantile`].
    pub fn quantiles(&self, number: &[Option<f64>], asked: &[f64], level: f64) -> Result<Vec<Option<Ratio>>> {
        if asked.iter().any(|q| !(*q > 0.0 && *q < 1.0)) {
            return Err(Error::Argument("a quantile must lie between 0 and 1"));
        }
        let Some((_, base)) = self.ratio(number)? else { return Ok(vec![None; asked.len()]) };
        let mut sorted: Vec<(f64, f64)> =
            number.iter().zip(&self.weights).filter_map(|(x, g)| x.map(|x| (x, *g))).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = |share: f64| super::reached(&sorted, share * base);
        let values: Vec<f64> = asked.iter().map(|q| at(*q)).collect();
        let values = values.as_slice();
        let below = |unit: usize| {
            number[unit].map(|x| values.iter().enumerate().filter(move |(_, v)| x <= **v).map(|(k, _)| k))
        };
        let shares = self.shares(values.len(), below, level)?;
        let of = |((share, q), value): ((Option<Ratio>, &f64), &f64)| {
            let share = share?;
            let (low, high) = (at(q - (share.value - share.low)), at(q + (share.high - share.value)));
            Some(Ratio { value: *value, low: low.min(*value), high: high.max(*value), labels: share.labels })
        };
        Ok(shares.into_iter().zip(asked).zip(values).map(of).collect())
    }
}

/// The limits of a figure from those of its residuals above and below, joined by MOVER.
pub(super) fn joined(above: &Side, below: &Side, value: f64, level: f64) -> Result<(f64, f64)> {
    let (a, b) = (above.limits(level)?, below.limits(level)?);
    Ok((value - (above.sum - a.0).hypot(b.1 - below.sum), value + (a.1 - above.sum).hypot(below.sum - b.0)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::total::{Batch, Unit};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Two batches of 400 units, of which some are known before, and what is known of each unit: its cell, its other cells,
    /// a number.
    #[allow(clippy::type_complexity)] // a test's population
    fn population(seed: u64) -> (Vec<Batch>, Vec<Option<Vec<usize>>>, Vec<Option<f64>>) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let size = 400;
        let cells = (0..size).map(|_| {
            let of = (0..6).filter(|c| random.random_bool([0.5, 0.2, 0.05, 0.01, 0.9, 1.0][*c])).collect();
            random.random_bool(0.8).then_some(of)
        });
        let cells: Vec<Option<Vec<usize>>> = cells.collect();
        let numbers = (0..size).map(|_| random.random_bool(0.7).then(|| (random.random::<f64>() * 6.0).exp().round()));
        let numbers = numbers.collect();
        let mut unit = |first: bool| {
            let score = if first { random.random::<f64>().powi(3) } else { random.random() };
            let certain = random.random_bool(0.05);
            let probability = if certain { 1.0 } else { random.random_range(0.05..0.6) };
            let labelled = certain || random.random_bool(probability);
            let label = match random.random_range(0..20) {
                0 => score,
                _ => f64::from(u8::from(random.random_bool(score))),
            };
            Unit { score, probability, label: labelled.then_some(label) }
        };
        let first = (0..size).map(|_| unit(true)).collect();
        let second = (0..size).map(|_| unit(false)).collect();
        (vec![Batch { weight: 1.0, units: first }, Batch { weight: 2.5, units: second }], cells, numbers)
    }

    fn same(a: Option<Ratio>, b: Option<Ratio>) {
        // The gamma distribution's quantiles are found by iteration, to some ten digits.
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + b.abs());
        match (a, b) {
            (Some(a), Some(b)) => {
                assert!((a.value - b.value).abs() <= 1e-12 * (1.0 + b.value.abs()), "{a:?} {b:?}");
                assert!(near(a.low, b.low) && near(a.high, b.high), "{a:?} {b:?}");
                assert_eq!(a.labels, b.labels);
            }
            (a, b) => assert_eq!(a, b),
        }
    }

    #[test]
    fn many_at_once_are_as_each_alone() {
        for seed in 0..20 {
            let (batches, cells, numbers) = population(seed);
            let members = Members::new(&batches).unwrap();
            for side in [&members, &members.others()] {
                let many = side.shares(7, |i| cells[i].clone(), 0.95).unwrap();
                for (cell, share) in many.iter().enumerate() {
                    let alone: Vec<Option<bool>> =
                        cells.iter().map(|c| c.as_ref().map(|c| c.contains(&cell))).collect();
                    same(*share, side.share(&alone, 0.95).unwrap());
                }
                let asked = [0.1, 0.5, 0.9];
                for (q, many) in asked.iter().zip(side.quantiles(&numbers, &asked, 0.95).unwrap()) {
                    same(many, side.quantile(&numbers, *q, 0.95).unwrap());
                }
            }
        }
    }

    #[test]
    fn the_others_are_the_members_of_the_turned_batches() {
        let (batches, cells, numbers) = population(3);
        let turned: Vec<Batch> = batches
            .iter()
            .map(|b| {
                let turn = |u: &Unit| Unit { score: 1.0 - u.score, label: u.label.map(|y| 1.0 - y), ..*u };
                Batch { weight: b.weight, units: b.units.iter().map(turn).collect() }
            })
            .collect();
        let (others, turned) = (Members::new(&batches).unwrap().others(), Members::new(&turned).unwrap());
        assert!(others.weights.iter().zip(&turned.weights).all(|(a, b)| (a - b).abs() < 1e-12));
        let first: Vec<Option<bool>> = cells.iter().map(|c| c.as_ref().map(|c| c.contains(&0))).collect();
        same(others.share(&first, 0.95).unwrap(), turned.share(&first, 0.95).unwrap());
        same(others.mean(&numbers, 0.95).unwrap(), turned.mean(&numbers, 0.95).unwrap());
        same(others.others().mean(&numbers, 0.9).unwrap(), turned.others().mean(&numbers, 0.9).unwrap());
    }

    #[test]
    fn a_cell_that_is_not_there_is_refused() {
        let (batches, ..) = population(1);
        let members = Members::new(&batches).unwrap();
        assert!(members.shares(1, |_| Some([1]), 0.95).is_err());
        assert_eq!(members.shares(2, |_| None::<[usize; 0]>, 0.95).unwrap(), [None, None]);
        assert!(members.quantiles(&vec![Some(1.0); 400], &[0.0], 0.95).is_err());
    }
}
