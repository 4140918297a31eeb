//! How coarse a number must be so that nobody works a hidden one out of it.
//!
//! Every count of accounts is rounded to a multiple of the smallest cell b, and one of 1 to b·3/2 is given as b. Then a
//! published n says no more than that the count is one of b; a small one that is worked out as a total less the other
//! counts of it could still be one of several, and as a rule any. Shares are rounded to a step s with s·M ≥ b for M members,
//! so the same holds of them.
//!
//! An interval must not tell what its figure hides. Where everybody is labelled its ends are the figure itself, and rounded
//! outwards they would say on which side of the multiple it lies, or that it is the multiple. So an interval reaches one
//! step to either side at least. Figures that are ratios tell their parts where they have many digits (the parts are found
//! by continued fractions), so no number keeps more than [`DIGITS`].

use serde_json::Value;

use crate::figure::Figure;

/// Steps of shares.
const STEPS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/// Digits of a number that is neither rounded otherwise nor whole.
const DIGITS: i32 = 3;

/// Every number of a value that is not whole, to [`DIGITS`] that count. Whole ones are rounded where it is known what they
/// count.
pub(crate) fn coarse(value: &mut Value) {
    match value {
        Value::Number(n) => {
            let Some(v) = n.as_f64().filter(|v| n.is_f64() && v.fract() != 0.0) else { return };
            let step = 10f64.powi(v.abs().log10().floor() as i32 + 1 - DIGITS);
            if let Some(rounded) = serde_json::Number::from_f64(multiple((v / step).round(), step)) {
                *n = rounded;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(coarse),
        Value::Object(values) => values.values_mut().for_each(coarse),
        _ => (),
    }
}

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

    /// A sentence that counts accounts: each whole number that stands by itself, unless it is per cent.
    pub(crate) fn words(self, text: &str) -> String {
        let words: Vec<&str> = text.split(' ').collect();
        let one = |(i, word): (usize, &&str)| {
            let number: Option<u64> = word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok()).flatten();
            let percent = words.get(i + 1).is_some_and(|next| next.starts_with('%'));
            match number {
                Some(n) if !percent => self.count(n).to_string(),
                _ => (*word).to_owned(),
            }
        };
        words.iter().enumerate().map(one).collect::<Vec<_>>().join(" ")
    }

    /// An estimated number of accounts: the interval is never made narrower, and one step wide to either side at least.
    pub(crate) fn total(self, figure: &Figure) -> Figure {
        self.stepped(figure, self.cell as f64)
    }

    /// A ratio of counts that have no step of their own: two digits that count.
    pub(crate) fn ratio(self, value: f64) -> f64 {
        self.number(&Figure { value, low: value, high: value, labels: 0, method: String::new() }).value
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
        let times = (figure.value / step).round();
        let low = multiple((figure.low / step + slack).floor().min(times - 1.0), step);
        let high = multiple((figure.high / step - slack).ceil().max(times + 1.0), step);
        let low = if figure.low >= 0.0 { low.max(0.0) } else { low };
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
    fn sentences() {
        let ten = Rounded::to(10);
        assert_eq!(ten.words("Only 3 members outside are on both sides"), "Only 10 members outside are on both sides");
        let text = "For 7 of 48 listed members the chance was raised to 2 %.";
        assert_eq!(ten.words(text), "For 10 of 50 listed members the chance was raised to 2 %.");
        assert_eq!(ten.words("corrected by 118 gold items (mid-p), 0.95"), "corrected by 120 gold items (mid-p), 0.95");
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

        /// Where everybody is labelled a figure is its own interval, and every count about a multiple looks the same.
        #[test]
        fn an_interval_does_not_tell_its_figure(count in 15_u64..10_000, cell in 2_u64..40, whole in 10_000_u64..20_000) {
            let rounded = Rounded::to(cell);
            let exact = |v: f64| figure(v, v, v);
            let total = rounded.total(&exact(count as f64));
            let same = (1..cell / 2).filter(|d| rounded.count(count + d) == rounded.count(count));
            for other in same {
                prop_assert_eq!(&rounded.total(&exact((count + other) as f64)), &total);
            }
            let step = rounded.step(whole as f64).unwrap();
            let share = |n: u64| rounded.share(&exact(n as f64 / whole as f64), step);
            let at = |f: &Figure| (f.value.to_bits(), f.low.to_bits(), f.high.to_bits());
            for other in 1..cell / 2 {
                let (one, next) = (share(count), share(count + other));
                prop_assert!(one.value != next.value || at(&one) == at(&next), "{one:?} {next:?}");
            }
        }

        #[test]
        fn no_ratio_tells_its_parts(top in 1_u32..100_000, under in 1_u32..100_000) {
            let mut value = serde_json::json!({"a": [f64::from(top) / f64::from(under)], "whole": under});
            coarse(&mut value);
            let shown = value["a"][0].as_f64().unwrap();
            let digits = format!("{shown:e}").split('e').next().unwrap().bytes().filter(u8::is_ascii_digit).count();
            prop_assert!(shown.fract() == 0.0 || digits <= 3, "{shown}");
            prop_assert!((shown * f64::from(under) / f64::from(top) - 1.0).abs() < 0.006);
            prop_assert_eq!(&value["whole"], under);
        }
    }
}
