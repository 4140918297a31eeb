//! Axes, and what stands on them.

/// A linear axis with round ends and ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

/// A point estimate with its interval, as drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Axis {
    /// The shortest round axis that holds both numbers, with about four steps.
    pub fn over(low: f64, high: f64) -> Self {
        let (low, high) = (low.clamp(-1e300, 1e300), high.clamp(-1e300, 1e300));
        // A range too narrow to be told apart in floating point is widened.
        let least = (low.abs().max(high.abs()) * 1e-9).max(1e-9);
        let rough = (high - low).max(least) / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|m| m * power).find(|s| *s >= rough * 0.999);
        let step = step.unwrap_or(10.0 * power);
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        Self { low: first * step, high: last.max(first + 1.0) * step, step }
    }

    /// An axis for shares: from nothing to the largest, at most to 100 %.
    pub fn shares(points: &[Point]) -> Self {
        let high = points.iter().map(|p| p.high).fold(0.0, f64::max);
        Self::over(0.0, high.min(1.0))
    }

    /// An axis for numbers: over all intervals, and from zero when zero is near.
    pub fn numbers(points: &[Point]) -> Self {
        let low = points.iter().map(|p| p.low).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(|p| p.high).fold(f64::NEG_INFINITY, f64::max);
        if points.is_empty() {
            return Self::over(0.0, 1.0);
        }
        Self::over(if low > 0.0 && low < 0.4 * high { 0.0 } else { low }, high)
    }

    /// Where it begins.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The distance of its ticks.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Its ticks.
    pub(crate) fn ticks(&self) -> impl Iterator<Item = f64> {
        let (low, step) = (self.low, self.step);
        let count = ((self.high - low) / step).round().clamp(1.0, 12.0) as u32;
        (0..=count).map(move |i| low + step * f64::from(i))
    }

    /// The place of a number, in per cent of the length; numbers beyond the ends are drawn at the ends.
    pub(crate) fn at(&self, v: f64) -> f64 {
        (100.0 * ((v - self.low) / (self.high - self.low))).clamp(0.0, 100.0)
    }

    pub(crate) fn holds(&self, v: f64) -> bool {
        (self.low..=self.high).contains(&v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: f64, low: f64, high: f64) -> Point {
        Point { value, low, high }
    }

    #[test]
    fn axes_are_round_and_hold_their_numbers() {
        let axis = Axis::over(961.0, 1071.0);
        assert_eq!((axis.low, axis.high, axis.step), (950.0, 1100.0, 50.0));
        assert_eq!(Axis::over(0.0, 1.0), Axis { low: 0.0, high: 1.0, step: 0.25 });
        assert_eq!(Axis::shares(&[point(0.9, 0.8, 1.4)]), Axis { low: 0.0, high: 1.0, step: 0.25 });
        assert_eq!(Axis::numbers(&[point(5.0, 1.0, 9.0)]).low(), 0.0);
        for (low, high) in [(0.0, 0.0), (5.0, 5.0), (-3.0, 7.0), (1e17, 1e17), (-1e308, 1e308), (1e-12, 2e-12)] {
            let axis = Axis::over(low, high);
            assert!(axis.high > axis.low && axis.step > 0.0, "{low} to {high}: {axis:?}");
            assert!(axis.ticks().count() <= 13 && axis.ticks().count() >= 2, "{low} to {high}: {axis:?}");
            assert!(axis.at(low).is_finite() && axis.at(high).is_finite());
        }
    }
}
