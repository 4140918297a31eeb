//! How numbers look on the page: the one place that rounds.

use crate::figure::{Figure, thousands};

/// A figure's three numbers as text, rounded alike, so that an interval never looks inverted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The point estimate.
    pub value: String,
    /// The interval's lower end.
    pub low: String,
    /// The interval's upper end.
    pub high: String,
}

impl Shown {
    fn new(figure: &Figure, scale: f64, decimals: usize) -> Self {
        let text = |v: f64| number(v * scale, decimals);
        Self { value: text(figure.value), low: text(figure.low), high: text(figure.high) }
    }

    /// A number of accounts: whole.
    pub fn count(figure: &Figure) -> Self {
        Self::new(figure, 1.0, 0)
    }

    /// A share, in per cent: whole, with one decimal below 10 % or where the interval is narrow, more where it is
    /// narrower still.
    pub fn share(figure: &Figure) -> Self {
        let width = 100.0 * (figure.high - figure.low);
        let decimals = match 100.0 * figure.value {
            _ if width > 0.0 && width < 0.05 => 3,
            _ if width > 0.0 && width < 0.5 => 2,
            percent if percent < 10.0 || (width > 0.0 && width < 4.0) => 1,
            _ => 0,
        };
        Self::new(figure, 100.0, decimals)
    }

    /// A mean or a quantile: as many decimals as the interval's width deserves.
    pub fn mean(figure: &Figure) -> Self {
        let width = match figure.high - figure.low {
            w if w > 0.0 => w,
            _ => figure.value.abs() / 10.0,
        };
        let decimals = (0..3).find(|&d| width * 10f64.powi(d) >= 10.0).unwrap_or(3);
        let whole = [figure.value, figure.low, figure.high].iter().all(|v| v.fract() == 0.0);
        Self::new(figure, 1.0, if whole { 0 } else { decimals as usize })
    }
}

/// A count.
pub fn whole(n: usize) -> String {
    thousands(&n.to_string())
}

/// A number with thousands separators and a true minus sign; powers of ten where digits would mean nothing.
pub fn number(v: f64, decimals: usize) -> String {
    if v.abs() >= 1e15 {
        let (mantissa, power) = match format!("{v:.2e}").split_once('e') {
            Some((m, p)) => (m.replace('-', "\u{2212}"), p.to_owned()),
            None => return v.to_string(),
        };
        return format!("{mantissa} × 10^{power}");
    }
    let text = format!("{:.decimals$}", v.abs());
    let (int, fraction) = text.split_once('.').map_or((text.as_str(), None), |(i, f)| (i, Some(f)));
    let mut out = String::new();
    // A rounded zero has no sign.
    if v < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        out.push('\u{2212}');
    }
    out += &thousands(int);
    if let Some(fraction) = fraction {
        out.push('.');
        out += fraction;
    }
    out
}

/// A number with its sign, plus included.
pub fn signed(v: f64, decimals: usize) -> String {
    let text = number(v, decimals);
    if v > 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { format!("+{text}") } else { text }
}

/// Per cent with as many decimals as a step between ticks, or a level, needs.
pub fn percent(share: f64, step: f64) -> String {
    number(100.0 * share, decimals_of(100.0 * step))
}

/// How many decimals tell multiples of a step apart; at most six.
pub fn decimals_of(step: f64) -> usize {
    (0..6)
        .find(|&d| {
            let scaled = step * 10f64.powi(d);
            (scaled - scaled.round()).abs() <= 1e-6 * scaled.abs()
        })
        .unwrap_or(6) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, low: f64, high: f64) -> Figure {
        Figure { value, low, high, labels: 1, method: String::new() }
    }

    fn text(s: Shown) -> String {
        format!("{} ({} to {})", s.value, s.low, s.high)
    }

    #[test]
    fn thousands_signs_and_zero() {
        assert_eq!(whole(0), "0");
        assert_eq!(whole(999), "999");
        assert_eq!(whole(1_012), "1,012");
        assert_eq!(whole(1_234_567), "1,234,567");
        assert_eq!(number(-0.2, 0), "0");
        assert_eq!(number(-1234.5, 1), "\u{2212}1,234.5");
        assert_eq!(number(2.5e18, 0), "2.50 × 10^18");
        assert_eq!(signed(12.2, 0), "+12");
        assert_eq!(signed(0.2, 0), "0");
        assert_eq!(signed(-3.0, 0), "\u{2212}3");
    }

    #[test]
    fn shares_are_rounded_as_their_interval_deserves() {
        assert_eq!(text(Shown::share(&figure(0.714, 0.66, 0.75))), "71 (66 to 75)");
        assert_eq!(text(Shown::share(&figure(0.046, 0.031, 0.062))), "4.6 (3.1 to 6.2)");
        assert_eq!(text(Shown::share(&figure(0.1012, 0.096, 0.1071))), "10.1 (9.6 to 10.7)");
        assert_eq!(text(Shown::share(&figure(0.0004, 0.0002, 0.0009))), "0.04 (0.02 to 0.09)");
        assert_eq!(text(Shown::share(&figure(0.0, 0.0, 0.0))), "0.0 (0.0 to 0.0)");
        assert_eq!(text(Shown::share(&figure(1.0, 0.9, 1.0))), "100 (90 to 100)");
    }

    #[test]
    fn means_too() {
        assert_eq!(text(Shown::mean(&figure(412.3, 380.0, 455.9))), "412 (380 to 456)");
        assert_eq!(text(Shown::mean(&figure(3.419, 3.11, 3.8))), "3.42 (3.11 to 3.80)");
        assert_eq!(text(Shown::mean(&figure(17.0, 12.0, 23.0))), "17 (12 to 23)");
        assert_eq!(text(Shown::mean(&figure(0.0, 0.0, 0.0))), "0 (0 to 0)");
    }

    #[test]
    fn tick_labels() {
        assert_eq!(percent(0.15, 0.05), "15");
        assert_eq!(percent(0.0025, 0.0005), "0.25");
        assert_eq!(percent(0.999, 0.999), "99.9");
        assert_eq!(percent(0.95, 0.95), "95");
        assert_eq!(decimals_of(0.0), 0);
    }
}
