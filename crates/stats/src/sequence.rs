//! A confidence sequence: limits of a total that all hold at once, however often one looks and whenever one stops.

use crate::total::{self, Batch};
use crate::{Error, Result};

/// How far a bet may go: at most this share of the wealth is lost by one draw.
const LARGEST_STAKE: f64 = 0.9;
/// The bets' sizes relative to the one that is best after the first batch at 95 %: larger for small surprises in the
/// variance, smaller for the batches to come.
const STAKES: [f64; 6] = [2.0, 1.0, 0.5, 0.25, 0.125, 0.0625];
/// 2·ln(2/0.05). The bets do not depend on the level, so that limits of different levels are nested.
const SURPRISE: f64 = 7.377_758_908_227_871;

/// Limits of the total after each batch, valid at all batches at once with the chance `level`.
///
/// ```text
/// given the past, for a total M:      ρ = M − F,   F = Σ_known y + Σ_open f,   z = (y − f)/π = z⁺ − z⁻
/// wealth against totals that are low   L(M) = Πₜ e^{−λρ}·Π_s (1 + pλz⁺)^{1/p}·Π_s (1 − qλz⁻)^{1/q}
/// wealth against totals that are high  H(M) = Πₜ e^{+λρ}·Π_s (1 − pλz⁺)^{1/p}·Π_s (1 + qλz⁻)^{1/q},   1/p + 1/q = 1
/// limits after t   { M : L(M) < 2/α and H(M) < 2/α at each batch up to t }, within the bounds that labels set
/// ```
///
/// λ = κ/V with V the variance that the scores lead to expect of the batch, corrected by how the batches before turned
/// out; L and H are averaged over six κ. λ, p, q are set before a batch's labels, and capped so that no factor
/// falls below 1 − 0.9.
///
/// Why it holds: a batch of [`crate::design::pivotal`] is strongly Rayleigh, hence negatively associated, also in
/// random order and with a random part left unlabelled. Π(1 + pλz⁺) rises in every inclusion, so its mean is
/// at most that of independent draws, Π(1 + pλr⁺) ≤ exp(pλΣr⁺) with r = πz over **all** open units; Π(1 − qλz⁻) falls in
/// every inclusion, so likewise at most exp(−qλΣr⁻). Signs are kept apart because their product is not monotone; Hölder's
/// inequality joins them, and Σr⁺ − Σr⁻ = ρ. So L and H at the true total are supermartingales that begin at 1, and by
/// Ville's inequality either passes 2/α with a chance of at most α/2. No variance is estimated, nothing is asymptotic, a
/// pocket that scores miss only costs width.
///
/// Assumes that **every batch's scores and probabilities were set before its labels**: give each batch the scores made
/// from the batches before it, not those cross-fitted on its own labels as [`total::difference`] may use. Labels may be
/// any numbers from 0 to 1. [`Batch::weight`] is not used: batches are weighted by 1/V. Designs that are not negatively
/// associated (systematic in a fixed order, clusters) are not covered.
///
/// Price: wider than limits for one look at the end: Hölder's step takes account of the worst negative
/// dependence and costs up to √2; the factor 1 − π is not used, so that large sampling fractions gain only by the
/// bounds of the labels. With everyone labelled the limits are the total.
///
/// Waudby-Smith & Ramdas 2024, *Estimating means of bounded random variables by betting*; Shekhar, Xu, Lipton, Liang &
/// Ramdas 2023, *Risk-limiting financial audits via weighted sampling without replacement*; Brändén & Jonasson 2012,
/// *Negative dependence in sampling*; Joag-Dev & Proschan 1983 for negative association.
///
/// # Errors
/// As for [`total::difference`]; when `level` is not between 0 and 1.
pub fn confidence_sequence(batches: &[Batch], level: f64) -> Result<Vec<(f64, f64)>> {
    if !(level > 0.0 && level < 1.0) {
        return Err(Error::Argument("a level must lie between 0 and 1"));
    }
    total::check(batches)?;
    let threshold = (2.0 / (1.0 - level)).ln();
    let (mut low, mut high) = (Wealth::default(), Wealth::default());
    let (mut book, mut limits) = (Book::default(), Vec::new());
    let mut so_far: Option<(f64, f64)> = None;
    let mut found = vec![None; batches.first().map_or(0, |b| b.units.len())];
    for batch in batches {
        batch.units.iter().zip(&mut found).for_each(|(u, y)| *y = u.label.or(*y));
        let bounds = bounds(&found);
        book.bet(batch, &mut low, &mut high);
        let now = (low.first_total(bounds, threshold), -high.first_total((-bounds.1, -bounds.0), threshold));
        let (l, u) = so_far.map_or(now, |(l, u)| (now.0.max(l), now.1.min(u)));
        // Both sides can only shut each other out when one of them is wrong: then keep to what is known for sure.
        let joined = (l.clamp(bounds.0, bounds.1), u.clamp(bounds.0, bounds.1));
        let joined = if joined.0 <= joined.1 { joined } else { bounds };
        so_far = Some(joined);
        limits.push(joined);
    }
    Ok(limits)
}

/// Members found, and the population less those found not to be.
fn bounds(found: &[Option<f64>]) -> (f64, f64) {
    let known = || found.iter().flatten();
    (known().sum(), found.len() as f64 - known().map(|y| 1.0 - y).sum::<f64>())
}

/// What the bets so far were and how variances turned out.
#[derive(Default)]
struct Book {
    /// Expected variance of the first batch.
    first: f64,
    expected: f64,
    seen: f64,
}

/// What scores lead to expect of one sign's residuals, and the largest that is possible.
#[derive(Default, Clone, Copy)]
struct Prospect {
    variance: f64,
    largest: f64,
}

impl Book {
    fn bet(&mut self, batch: &Batch, low: &mut Wealth, high: &mut Wealth) {
        let (above, below) = prospects(batch);
        let (a, b) = (above.variance.sqrt(), below.variance.sqrt());
        // What Hölder's inequality makes of the two: (a + b)², reached by p = 1 + b/a.
        let model = (a + b).powi(2);
        if model <= 0.0 {
            // Nobody is open: the labels' bounds say all.
            return;
        }
        if self.first <= 0.0 {
            self.first = model;
        }
        let variance = model * (self.first + self.seen) / (self.first + self.expected);
        let (p, q) = (1.0 + b / a, 1.0 + a / b);
        for (k, stake) in STAKES.iter().enumerate() {
            let lambda = stake * (SURPRISE * self.first).sqrt() / variance;
            let cap = |power: f64, largest: f64| {
                if largest > 0.0 { LARGEST_STAKE / (power * largest) } else { f64::INFINITY }
            };
            low.bet(k, lambda.min(cap(q, below.largest)), batch, (p, 1.0), (q, -1.0));
            high.bet(k, lambda.min(cap(p, above.largest)), batch, (p, -1.0), (q, 1.0));
        }
        self.expected += model;
        let square = |z: f64| z * z;
        let (mut over, mut under) = (0.0, 0.0);
        draws(batch).for_each(|z| if z > 0.0 { over += square(z) } else { under += square(z) });
        self.seen += (over.sqrt() + under.sqrt()).powi(2);
    }
}

/// Residuals (y − f)/π of the draws.
fn draws(batch: &Batch) -> impl Iterator<Item = f64> {
    let open = batch.units.iter().filter(|u| u.probability < 1.0);
    open.filter_map(|u| u.label.map(|y| (y - u.score) / u.probability))
}

fn prospects(batch: &Batch) -> (Prospect, Prospect) {
    let open = || batch.units.iter().filter(|u| u.probability < 1.0 && u.probability > 0.0);
    let n = open().count() as f64;
    let mean = (open().map(|u| u.score).sum::<f64>() + 0.5) / (n + 1.0);
    let (mut above, mut below) = (Prospect::default(), Prospect::default());
    for u in open() {
        // Scores are too sure of themselves as a rule: half of each is drawn to the mean.
        let chance = (u.score + mean) / 2.0;
        let (member, other) = (1.0 - u.score, u.score);
        above.variance += chance * member * member / u.probability;
        below.variance += (1.0 - chance) * other * other / u.probability;
        above.largest = above.largest.max(member / u.probability);
        below.largest = below.largest.max(other / u.probability);
    }
    (above, below)
}

/// The logarithm of each bet's wealth as a line over the total: `constant − slope·M` for the low side, and over −M for
/// the high side.
#[derive(Default)]
struct Wealth([(f64, f64); STAKES.len()]);

impl Wealth {
    /// Lets bet `k` of size λ on a batch, residuals above zero entering with (p, sign), those below with (q, sign).
    fn bet(&mut self, k: usize, lambda: f64, batch: &Batch, above: (f64, f64), below: (f64, f64)) {
        let sign = above.1;
        let known: f64 =
            batch.units.iter().map(|u| if u.probability < 1.0 { u.score } else { u.label.unwrap_or(u.score) }).sum();
        let gain: f64 = draws(batch)
            .map(|z| {
                let (power, sign) = if z > 0.0 { above } else { below };
                // Without doubt on a side there is no residual on it, and its power is infinite.
                if z == 0.0 { 0.0 } else { (sign * power * lambda * z.abs()).ln_1p() / power }
            })
            .sum();
        self.0[k].0 += gain + sign * lambda * known;
        self.0[k].1 += lambda;
    }

    /// ln of the mean wealth against the total `m`.
    fn against(&self, m: f64) -> f64 {
        let logs = self.0.map(|(constant, slope)| constant - slope * m);
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + (logs.iter().map(|l| (l - most).exp()).sum::<f64>() / logs.len() as f64).ln()
    }

    /// The smallest total within `bounds` against which wealth stays below the threshold. Wealth falls with the total.
    fn first_total(&self, bounds: (f64, f64), threshold: f64) -> f64 {
        let (mut low, mut high) = bounds;
        if self.against(low) < threshold {
            return low;
        }
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if self.against(middle) < threshold { high = middle } else { low = middle }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::total::Unit;
    use proptest::prelude::*;

    /// All samples of 3 from 6 are equally likely; then, given each, all samples of 1 from the other 3.
    fn all_courses(scores: [[f64; 6]; 2], labels: [f64; 6]) -> Vec<[Batch; 2]> {
        let batch = |f: &[f64; 6], known: u8, drawn: u8, pi: f64| {
            let unit = |i: usize| {
                let is = |set: u8| set >> i & 1 == 1;
                let probability = if is(known) { 1.0 } else { pi };
                Unit { score: f[i], probability, label: (is(known) || is(drawn)).then_some(labels[i]) }
            };
            Batch { weight: 1.0, units: (0..6).map(unit).collect() }
        };
        let mut courses = Vec::new();
        for first in (0u8..64).filter(|s| s.count_ones() == 3) {
            for second in (0..6).map(|i| 1u8 << i).filter(|s| s & first == 0) {
                courses.push([batch(&scores[0], 0, first, 0.5), batch(&scores[1], first, second, 1.0 / 3.0)]);
            }
        }
        courses
    }

    proptest! {
        /// Neither wealth grows on average when the total is the true one: the enumerated mean is at most 1.
        #[test]
        fn no_gain_against_the_truth(
            first in prop::array::uniform6(0.0..=1.0f64),
            second in prop::array::uniform6(0.0..=1.0f64),
            labels in prop::array::uniform6(prop_oneof![Just(0.0), Just(1.0), Just(0.5)]),
        ) {
            let truth: f64 = labels.iter().sum();
            let courses = all_courses([first, second], labels);
            let mut means = [0.0; 2];
            for course in &courses {
                let (mut low, mut high, mut book) = (Wealth::default(), Wealth::default(), Book::default());
                course.iter().for_each(|b| book.bet(b, &mut low, &mut high));
                means[0] += low.against(truth).exp() / courses.len() as f64;
                means[1] += high.against(-truth).exp() / courses.len() as f64;
            }
            prop_assert!(means[0] <= 1.0 + 1e-9 && means[1] <= 1.0 + 1e-9, "{means:?}");
        }

        #[test]
        fn nested_shrinking_and_mirrored(
            first in prop::array::uniform6(0.0..=1.0f64),
            second in prop::array::uniform6(0.0..=1.0f64),
            members in prop::array::uniform6(any::<bool>()),
            which in 0usize..60,
        ) {
            let labels = members.map(|m| f64::from(u8::from(m)));
            let course = &all_courses([first, second], labels)[which];
            let mirror = &all_courses([first.map(|f| 1.0 - f), second.map(|f| 1.0 - f)], labels.map(|y| 1.0 - y))[which];
            let (a, b) = (confidence_sequence(course, 0.8).unwrap(), confidence_sequence(course, 0.95).unwrap());
            for t in 0..2 {
                prop_assert!(b[t].0 <= a[t].0 && a[t].0 <= a[t].1 && a[t].1 <= b[t].1, "{a:?} {b:?}");
                let m = confidence_sequence(mirror, 0.95).unwrap()[t];
                prop_assert!((m.0 - (6.0 - b[t].1)).abs() < 1e-6 && (m.1 - (6.0 - b[t].0)).abs() < 1e-6, "{m:?} {b:?}");
            }
            prop_assert!(b[0].0 <= b[1].0 && b[1].1 <= b[0].1);
        }
    }
}
