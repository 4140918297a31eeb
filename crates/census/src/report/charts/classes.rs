//! Classes of a scale of colours: round bounds, five at most.

use super::canvas::Canvas;
use super::style::{SCALE, STEPS};
use crate::Result;
use crate::describe::Unit;
use crate::report::document::Swatch;
use crate::report::numbers;
use crate::texts::{Arg, Line, Texts};

/// Where the classes begin, in order; the last has no end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Classes(Vec<f64>);

impl Classes {
    /// Steps of equal size; where few values are far above most, steps of 1, 2, 5, 10 that end at the largest, so that
    /// the many are told apart too.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.filter(|v| v.is_finite() && *v >= 0.0).map(|v| v.min(1e300)).collect();
        values.sort_by(f64::total_cmp);
        let (Some(least), Some(most)) = (values.first(), values.last()) else { return Self(Vec::new()) };
        let middle = values[values.len() / 2];
        let mut bounds: Vec<f64> = Vec::new();
        if *most > 1e-12 && middle < most / 8.0 {
            let mut power = most.log10().floor();
            while bounds.len() < STEPS - 1 {
                let ten = 10f64.powf(power);
                for m in [5.0, 2.0, 1.0] {
                    if m * ten <= most * (1.0 + 1e-12) && bounds.len() < STEPS - 1 {
                        bounds.push(m * ten);
                    }
                }
                power -= 1.0;
            }
            bounds.push(0.0);
            bounds.reverse();
        } else {
            let low = if *least > 0.5 * most { *least } else { 0.0 };
            // A range too narrow to be told apart in floating point is widened.
            let wide = (most - low).max(most * 1e-9).max(1e-9) / STEPS as f64;
            let power = 10f64.powf(wide.log10().floor());
            for step in [1.0, 2.0, 2.5, 5.0, 10.0, 20.0].map(|m| m * power) {
                let first = (low / step + 1e-9).floor();
                let count = ((most / step - 1e-9).ceil() - first).max(1.0);
                if count <= STEPS as f64 {
                    bounds.extend((0..count as usize).map(|i| (first + i as f64) * step));
                    break;
                }
            }
        }
        Self(bounds)
    }

    /// The class of shapes with this value.
    pub(super) fn class(&self, v: f64) -> &'static str {
        let above = self.0.iter().filter(|b| v >= **b * (1.0 - 1e-12)).count();
        SCALE[self.colour(above.saturating_sub(1))]
    }

    /// Few classes take colours that lie far apart.
    fn colour(&self, i: usize) -> usize {
        match self.0.len() {
            0 | 1 => STEPS / 2,
            n => ((i * (STEPS - 1)) as f64 / (n - 1) as f64).round() as usize,
        }
    }

    /// What each colour means.
    pub(super) fn legend(&self, canvas: &mut Canvas, texts: &Texts, unit: Unit) -> Result<()> {
        for (i, low) in self.0.iter().enumerate() {
            let next = self.0.get(i + 1);
            let text = match next {
                Some(next) if *low <= 0.0 => texts.say("chart-under", &[("n", Arg::Number(alone(*next, unit)))])?,
                Some(next) => Line::number(texts.number(&between(*low, *next, unit))),
                None => texts.say("chart-from", &[("n", Arg::Number(alone(*low, unit)))])?,
            };
            canvas.legend(Swatch::Fill(SCALE[self.colour(i)]), text);
        }
        Ok(())
    }
}

/// A bound as it is written by itself.
fn alone(v: f64, unit: Unit) -> String {
    super::canvas::plainly(v, v, unit)
}

/// Two numbers and their unit.
pub(super) fn between(low: f64, high: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => format!("{}–{}\u{A0}%", numbers::percent(low, low), numbers::percent(high, high)),
        Unit::Number | Unit::Count => format!("{}–{}", alone(low, unit), alone(high, unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(values: &[f64]) -> Vec<f64> {
        Classes::of(values.iter().copied()).0.into_iter().map(|b| (b * 1e9).round() / 1e9).collect()
    }

    #[test]
    fn bounds_are_round() {
        assert_eq!(bounds(&[0.1, 0.5, 0.9]), [0.0, 0.2, 0.4, 0.6, 0.8]);
        assert_eq!(bounds(&[0.42, 0.03, 0.02, 0.01, 0.001]), [0.0, 0.02, 0.05, 0.1, 0.2]);
        assert_eq!(bounds(&[5000.0, 3.0, 2.0]), [0.0, 500.0, 1000.0, 2000.0, 5000.0]);
        assert_eq!(bounds(&[]), [0.0; 0]);
        assert_eq!(bounds(&[f64::NAN, -1.0]), [0.0; 0]);
        assert_eq!(bounds(&[0.0, 0.0]), [0.0]);
    }

    #[test]
    fn larger_values_have_later_colours() {
        for values in [vec![0.1, 0.5, 0.9], vec![0.42, 0.03, 0.02], vec![7.0], vec![1e300, 1e-300], vec![90.0, 99.0]] {
            let classes = Classes::of(values.iter().copied());
            assert!((1..=STEPS).contains(&classes.0.len()), "{classes:?}");
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let colours: Vec<&str> = sorted.iter().map(|v| classes.class(*v)).collect();
            assert!(colours.is_sorted(), "{values:?}: {colours:?}");
        }
        let classes = Classes::of([0.42, 0.03, 0.02, 0.01].into_iter());
        assert_eq!((classes.class(0.0), classes.class(0.2), classes.class(0.42)), ("ch-0", "ch-4", "ch-4"));
    }
}
