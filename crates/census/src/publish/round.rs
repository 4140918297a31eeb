//! How coarse a number must be so that nobody works a hidden one out of it.
//!
//! Every count of accounts is rounded to a multiple of the smallest cell b, and one of 1 to b·3/2 is given as b. Then a
//! published n says no more than that the count is one of b; a small one that is worked out as a total less the other
//! counts of it could still be one of several, and as a rule any. Shares are
//! rounded to a step s with s·M ≥ b for M members, so the same holds of them.

use crate::figure::Figure;

/// Steps of shares.
const STEPS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/// Rounds to the smallest cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounded {
    cell: u64,
}

impl Rounded {
    pub(crate) fn to(cell: u64) -> Self {
        Self { cell: cell.max(1) }
    }

    /// A count of accounts.
    pub(crate) fn count(self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let halves = n.saturating_add(self.cell / 2) / self.cell;
        halves.max(1).saturating_mul(self.cell)
    }

    /// The same of a count in memory.
    pub(crate) fn size(self, n: usize) -> usize {
        usize::try_from(self.count(n as u64)).unwrap_or(usize::MAX)
    }

    /// An estimated number of accounts: the interval is never made narrower.
    pub(crate) fn total(self, figure: &Figure) -> Figure {
        self.stepped(figure, self.cell as f64)
    }

    /// The step of shares of so many members; none if they are too few for any.
    pub(crate) fn step(self, members: f64) -> Option<f64> {
        STEPS.into_iter().find(|step| step * members >= self.cell as f64)
    }

    /// A share, within 0 and 1.
    pub(crate) fn share(self, figure: &Figure, step: f64) -> Figure {
        let mut rounded = self.stepped(figure, step);
        rounded.value = rounded.value.clamp(0.0, 1.0);
        (rounded.low, rounded.high) = (rounded.low.clamp(0.0, 1.0), rounded.high.clamp(0.0, 1.0));
        rounded
    }

    /// A mean or a quantile: two digits that count, so that no account's own number shows.
    pub(crate) fn number(self, figure: &Figure) -> Figure {
        let largest = figure.value.abs().max(figure.high.abs()).max(figure.low.abs());
        if largest == 0.0 || !largest.is_finite() {
            return Figure { labels: self.size(figure.labels), ..figure.clone() };
        }
        // By the value, so that a wide interval does not take its digits; by the interval, where the value is about zero.
        let scale = if figure.value.abs() * 100.0 > largest { figure.value.abs() } else { largest };
        self.stepped(figure, 10f64.powf(scale.log10().floor() - 1.0))
    }

    fn stepped(self, figure: &Figure, step: f64) -> Figure {
        // A number that is a multiple already, but for the last bits, stays.
        let slack = 1e-9;
        let at = |v: f64, round: fn(f64) -> f64| multiple(round(v / step), step);
        let value = at(figure.value, f64::round);
        let low = multiple((figure.low / step + slack).floor(), step).min(value);
        let high = multiple((figure.high / step - slack).ceil(), step).max(value);
        Figure { value, low, high, labels: self.size(figure.labels), method: figure.method.clone() }
    }
}

/// Without the bits that a product of decimal fractions leaves over.
fn multiple(times: f64, step: f64) -> f64 {
    if step >= 1.0 { times * step } else { times / (1.0 / step).round() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn figure(value: f64, low: f64, high: f64) -> Figure {
        Figure { value, low, high, labels: 7, method: "m".into() }
    }

    #[test]
    fn counts() {
        let ten = Rounded::to(10);
        let rounded: Vec<u64> = [0, 1, 9, 10, 14, 15, 24, 25, 842].into_iter().map(|n| ten.count(n)).collect();
        assert_eq!(rounded, [0, 10, 10, 10, 10, 20, 20, 30, 840]);
        assert_eq!(Rounded::to(0).count(3), 3);
        assert_eq!(ten.count(u64::MAX) % 10, 0);
    }

    #[test]
    fn figures() {
        let ten = Rounded::to(10);
        let total = ten.total(&figure(842.4, 826.0, 857.2));
        assert_eq!((total.value, total.low, total.high, total.labels), (840.0, 820.0, 860.0, 10));
        assert_eq!(ten.step(842.0), Some(0.02));
        assert_eq!(ten.step(100_000.0), Some(0.001));
        assert_eq!(ten.step(19.0), None);
        let share = ten.share(&figure(0.714, 0.66, 0.751), 0.02);
        assert_eq!((share.value, share.low, share.high), (0.72, 0.66, 0.76));
        let number = ten.number(&figure(1234.5, 980.0, 1500.0));
        assert_eq!((number.value, number.low, number.high), (1200.0, 900.0, 1500.0));
        let number = ten.number(&figure(0.0342, 0.02, 0.05));
        assert_eq!((number.value, number.low, number.high), (0.034, 0.02, 0.05));
        assert_eq!(ten.number(&figure(0.0, 0.0, 0.0)).value, 0.0);
    }

    proptest! {
        #[test]
        fn intervals_are_never_narrower(value in -1e6..1e6_f64, below in 0.0..1e6_f64, above in 0.0..1e6_f64, cell in 1_u64..50) {
            let f = figure(value, value - below, value + above);
            for rounded in [Rounded::to(cell).total(&f), Rounded::to(cell).number(&f)] {
                prop_assert!(rounded.low <= f.low + 1e-6 && f.high <= rounded.high + 1e-6);
                prop_assert!(rounded.low <= rounded.value && rounded.value <= rounded.high);
            }
        }

        /// What a reader knows of a small count who takes all others from the total.
        #[test]
        fn a_small_count_stays_in_doubt(small in 1_u64..10, others in proptest::collection::vec(10_u64..10_000, 1..6)) {
            let ten = Rounded::to(10);
            // The counts that a published one can stand for.
            let can_be = |n: u64| if n == 10 { (1, 14) } else { (n - 5, n + 4) };
            let (total_low, total_high) = can_be(ten.count(small + others.iter().sum::<u64>()));
            let ends: Vec<(u64, u64)> = others.iter().map(|n| can_be(ten.count(*n))).collect();
            let (least, most): (u64, u64) = ends.iter().fold((0, 0), |(a, b), (l, h)| (a + l, b + h));
            let low = total_low.saturating_sub(most).max(1);
            let high = total_high.saturating_sub(least).min(14);
            prop_assert!(low <= small && small <= high && high - low >= 3, "{low} to {high}");
        }
    }
}
