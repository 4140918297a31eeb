//! Many figures of the same units at once: what the units add up to is summed in one pass, and a figure's interval is made
//! of the sums and the labelled draws alone.

use super::{Members, Prior, Ratio, Spread};
use crate::{Error, Result};

/// A labelled draw.
struct Drawn {
    batch: usize,
    /// (y − f)/π.
    residual: f64,
    free: f64,
    /// Where its cells are in the list of all draws' cells; none where it is not known in which it is.
    cells: Option<(usize, usize)>,
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
        // Σ(1−π)/π·f(1−f) of the known units and of each cell, batch by batch.
        let (mut known, mut expected) = (vec![0.0; batches], vec![0.0; batches * cells]);
        let (mut members, mut found) = (vec![0.0; cells], vec![0_usize; cells]);
        let (mut base, mut labels, mut could_be) = (0.0, 0_usize, 0_usize);
        let (mut drawn, mut in_cells): (Vec<Drawn>, Vec<usize>) = Default::default();
        let mut own: Vec<usize> = Vec::new();
        for (unit, weight) in self.weights.iter().enumerate() {
            own.clear();
            let is_known = of(unit).map(|cells| own.extend(cells)).is_some();
            if own.iter().any(|cell| *cell >= cells) {
                return Err(Error::Argument("a unit is in a cell that is not there"));
            }
            let first = in_cells.len();
            let mut told = None;
            for (batch, all) in self.batches.iter().enumerate() {
                let u = self.seen(&all.units[unit]);
                told = u.label.or(told);
                if u.probability >= 1.0 {
                    continue;
                }
                let free = 1.0 - u.probability;
                if is_known {
                    let own_part = free / u.probability * u.score * (1.0 - u.score);
                    known[batch] += own_part;
                    own.iter().for_each(|cell| expected[cell * batches + batch] += own_part);
                }
                if let Some(y) = u.label {
                    if in_cells.len() == first {
                        in_cells.extend(&own);
                    }
                    let cells = is_known.then_some((first, in_cells.len()));
                    drawn.push(Drawn { batch, residual: (y - u.score) / u.probability, free, cells });
                }
            }
            if !is_known {
                continue;
            }
            base += weight;
            own.iter().for_each(|&cell| members[cell] += weight);
            could_be += usize::from(told.is_none_or(|y| y > 0.5));
            if self.is_labelled(unit) {
                labels += 1;
                own.iter().for_each(|&cell| found[cell] += 1);
            }
        }
        if base <= 0.0 {
            return Ok(vec![None; cells]);
        }
        drawn.sort_by_key(|draw| draw.batch);
        let share = |cell: usize| {
            let value = (members[cell] / base).clamp(0.0, 1.0);
            let mut spread = Spread::default();
            let mut rest = drawn.as_slice();
            for (batch, w) in self.shares.iter().enumerate() {
                // What a member in the cell moves the share by, and one outside of it.
                let (with, without) = (w * (1.0 - value) / base, -w * value / base);
                let inside = expected[cell * batches + batch];
                let outside = (known[batch] - inside).max(0.0);
                spread.expected += with * with * inside + without * without * outside;
                let (here, later) = rest.split_at(rest.partition_point(|draw| draw.batch == batch));
                rest = later;
                let lever = |draw: &Drawn| match draw.cells {
                    Some((from, to)) if in_cells[from..to].contains(&cell) => with,
                    Some(_) => without,
                    None => 0.0,
                };
                let draws: Vec<(f64, f64)> = here.iter().map(|draw| (draw.residual * lever(draw), draw.free)).collect();
                spread.add(&draws);
            }
            let half = spread.half_width(Prior::Share, level)?;
            let of_all = |found: usize| found as f64 / could_be.max(1) as f64;
            let (least, most) = (of_all(found[cell]).min(value), (1.0 - of_all(labels - found[cell])).max(value));
            let (low, high) = ((value - half).max(least), (value + half).min(most));
            Ok(Some(Ratio { value, low, high, labels }))
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
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
        match (a, b) {
            (Some(a), Some(b)) => {
                assert!(near(a.value, b.value) && near(a.low, b.low) && near(a.high, b.high), "{a:?} {b:?}");
                assert_eq!(a.labels, b.labels);
            }
            (a, b) => assert_eq!(a, b),
        }
    }

    /// A share the plain way: every unit's lever by itself.
    fn plain(members: &Members<'_>, property: &[Option<bool>]) -> Option<Ratio> {
        let x: Vec<Option<f64>> = property.iter().map(|p| p.map(|p| f64::from(u8::from(p)))).collect();
        let (value, base) = members.ratio(&x).unwrap()?;
        let value = value.clamp(0.0, 1.0);
        let spread = members.spread(|i| x[i].map_or(0.0, |x| (x - value) / base));
        let half = spread.half_width(Prior::Share, 0.95).unwrap();
        let label = |i: usize| members.batches.iter().rev().find_map(|b| members.seen(&b.units[i]).label);
        let count = |is: &dyn Fn(usize) -> bool| (0..x.len()).filter(|i| x[*i].is_some() && is(*i)).count() as f64;
        let could_be = count(&|i| label(i).is_none_or(|y| y > 0.5));
        let with = count(&|i| members.is_labelled(i) && x[i] == Some(1.0));
        let without = count(&|i| members.is_labelled(i) && x[i] == Some(0.0));
        let low = (value - half).max((with / could_be).min(value));
        let high = (value + half).min((1.0 - without / could_be).max(value));
        Some(Ratio { value, low, high, labels: members.labelled(&x) })
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
                    same(*share, plain(side, &alone));
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
