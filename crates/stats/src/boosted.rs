//! Gradient-boosted trees: scores for what no straight line tells apart, where there are labels enough.

use crate::Result;
use crate::logistic::{Example, Features, INNER_FOLDS, calibrate, log_loss, normalised, sigmoid};

/// Most trees.
const TREES: usize = 200;
/// What a tree moves the scores by.
const SHRINKAGE: f64 = 0.08;
/// Questions on the way to a leaf.
const DEPTH: u32 = 3;
/// Values that a feature is told apart by.
const BINS: usize = 32;
/// Ridge penalty of a leaf.
const PENALTY: f64 = 3.0;
/// Least weight of examples on either side of a question.
const LEAST: f64 = 8.0;
/// Trees tried without gain before the search stops.
const PATIENCE: usize = 15;

/// A fitted, calibrated model.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    start: f64,
    trees: Vec<Tree>,
    calibration: (f64, f64),
    left_out: Vec<f64>,
}

impl Boosted {
    /// Fits to `examples`: trees added one at a time, each to the gradient and curvature of the weighted log loss,
    ///
    /// ```text
    /// η ← η + s·tree,   leaf value = −Σg / (Σh + λ),   g = w(σ(η) − y),   h = wσ(η)(1 − σ(η)),   Σw = n
    /// ```
    ///
    /// with questions that most lower Σ −(Σg)²/2(Σh + λ), of depth 3, s = 0.08, λ = 3; as many trees as five-fold
    /// cross-validation of the log loss finds best, none at all if that is best; then calibrated on the left-out η as
    /// [`crate::logistic::Model`] is. Features are cut into at most 32 values by the examples' quantiles. The same bytes
    /// for the same input: nothing is drawn at random.
    ///
    /// Friedman 2001, *Greedy function approximation: a gradient boosting machine*; Chen & Guestrin 2016, *XGBoost*.
    ///
    /// # Errors
    /// Without examples, or when a label or weight is not a number in its range.
    pub fn fit(features: &Features, examples: &[Example]) -> Result<Self> {
        let examples = normalised(examples)?;
        let bins = Bins::new(features, &examples);
        let fold = |i: usize| if examples.len() < 2 { usize::MAX } else { i % INNER_FOLDS };
        let rest = |out: usize| (0..examples.len()).filter(|&i| fold(i) != out).collect::<Vec<_>>();
        let seen: Vec<Vec<usize>> = (0..INNER_FOLDS).map(rest).collect();
        let starts: Vec<f64> = seen.iter().map(|rows| base(&examples, rows)).collect();
        let mut eta: Vec<Vec<f64>> = starts.iter().map(|&s| vec![s; examples.len()]).collect();
        let out = |eta: &[Vec<f64>]| -> Vec<f64> { (0..examples.len()).map(|i| eta[i % INNER_FOLDS][i]).collect() };
        let loss =
            |left: &[f64]| examples.iter().zip(left).map(|(e, &eta)| e.weight * log_loss(e.label, eta)).sum::<f64>();
        let mut left_out = out(&eta);
        let (mut least, mut best) = (loss(&left_out), 0);
        for number in 1..=TREES {
            for (rows, eta) in seen.iter().zip(&mut eta) {
                Tree::grow(&bins, &examples, eta, rows).climb(&bins, eta);
            }
            let now = out(&eta);
            let l = loss(&now);
            if l < least {
                (least, best, left_out) = (l, number, now);
            } else if number > best + PATIENCE {
                break;
            }
        }
        let all: Vec<usize> = (0..examples.len()).collect();
        let start = base(&examples, &all);
        let mut eta = vec![start; examples.len()];
        let mut trees = Vec::new();
        for _ in 0..best {
            let tree = Tree::grow(&bins, &examples, &eta, &all);
            tree.climb(&bins, &mut eta);
            trees.push(tree);
        }
        let calibration = calibrate(&examples, &left_out);
        let left_out = left_out.iter().map(|&eta| sigmoid(calibration.0 + calibration.1 * eta)).collect();
        Ok(Self { start, trees, calibration, left_out })
    }

    /// The score of a unit with these features: its chance to be a member.
    pub fn score(&self, row: &[f64]) -> f64 {
        let eta = self.start + self.trees.iter().map(|t| t.value(|q| row[q.feature] <= q.cut)).sum::<f64>();
        sigmoid(self.calibration.0 + self.calibration.1 * eta)
    }

    /// The score of each example by the cross-validation's fit that did not see it, calibrated.
    pub fn left_out(&self) -> &[f64] {
        &self.left_out
    }
}

/// η before any tree: the log odds of the members' weight, with half an example of each kind.
fn base(examples: &[Example], rows: &[usize]) -> f64 {
    let (members, all) = rows
        .iter()
        .map(|&i| (examples[i].weight * examples[i].label, examples[i].weight))
        .fold((0.0, 0.0), |(m, a), (y, w)| (m + y, a + w));
    ((members + 0.5) / (all - members + 0.5)).ln()
}

/// The examples' features, cut into few values.
struct Bins {
    examples: usize,
    /// For each feature the largest value of each bin but the last.
    cuts: Vec<Vec<f64>>,
    values: Vec<u8>,
}

impl Bins {
    fn new(features: &Features, examples: &[Example]) -> Self {
        let width = features.width();
        let cuts: Vec<Vec<f64>> = (0..width)
            .map(|j| {
                let mut sorted: Vec<f64> = examples.iter().map(|e| features.row(e.unit)[j]).collect();
                sorted.sort_by(f64::total_cmp);
                let top = sorted.last().copied().unwrap_or(0.0);
                let mut cuts: Vec<f64> =
                    (1..BINS).map(|b| sorted[(sorted.len() * b).div_ceil(BINS).max(1) - 1]).collect();
                cuts.dedup();
                cuts.retain(|c| *c < top);
                cuts
            })
            .collect();
        let bin = |j: usize, v: f64| cuts[j].partition_point(|c| *c < v) as u8;
        let bin = &bin;
        let values = (0..width).flat_map(|j| examples.iter().map(move |e| bin(j, features.row(e.unit)[j]))).collect();
        Self { examples: examples.len(), cuts, values }
    }

    /// The bin of every example by one feature.
    fn column(&self, feature: usize) -> &[u8] {
        &self.values[feature * self.examples..][..self.examples]
    }
}

/// A question: is the feature at most `cut`, the top of `bin`?
#[derive(Debug, Clone, PartialEq)]
struct Question {
    feature: usize,
    bin: u8,
    cut: f64,
    yes: Tree,
    no: Tree,
}

#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Leaf(f64),
    Ask(Box<Question>),
}

impl Tree {
    fn grow(bins: &Bins, examples: &[Example], eta: &[f64], rows: &[usize]) -> Self {
        let slopes: Vec<(f64, f64)> = examples
            .iter()
            .zip(eta)
            .map(|(e, &eta)| {
                let p = sigmoid(eta);
                (e.weight * (p - e.label), e.weight * (p * (1.0 - p)).max(1e-9))
            })
            .collect();
        Self::branch(bins, examples, &slopes, rows, DEPTH)
    }

    fn branch(bins: &Bins, examples: &[Example], slopes: &[(f64, f64)], rows: &[usize], depth: u32) -> Self {
        let sum = |rows: &[usize]| rows.iter().fold((0.0, 0.0), |(g, h), &i| (g + slopes[i].0, h + slopes[i].1));
        let (g, h) = sum(rows);
        let leaf = || Self::Leaf(-SHRINKAGE * g / (h + PENALTY));
        if depth == 0 {
            return leaf();
        }
        let worth = |g: f64, h: f64| g * g / (h + PENALTY);
        let all: f64 = rows.iter().map(|&i| examples[i].weight).sum();
        // (g, h, weight) of each row, and of each bin of one feature at a time: both stay in the innermost cache.
        let parts: Vec<[f64; 4]> = rows.iter().map(|&i| [slopes[i].0, slopes[i].1, examples[i].weight, 0.0]).collect();
        let whole = worth(g, h);
        let mut best: Option<(f64, usize, usize)> = None;
        for (feature, cuts) in bins.cuts.iter().enumerate().filter(|(_, cuts)| !cuts.is_empty()) {
            let mut sums = [[0.0f64; 4]; BINS];
            let column = bins.column(feature);
            for (&i, part) in rows.iter().zip(&parts) {
                let at = &mut sums[usize::from(column[i]) % BINS];
                at.iter_mut().zip(part).for_each(|(t, x)| *t += x);
            }
            let mut left = [0.0f64; 4];
            for (bin, at) in sums.iter().enumerate().take(cuts.len()) {
                left.iter_mut().zip(at).for_each(|(l, x)| *l += x);
                if left[2] < LEAST || all - left[2] < LEAST {
                    continue;
                }
                let gain = worth(left[0], left[1]) + worth(g - left[0], h - left[1]) - whole;
                if gain > best.map_or(1e-9, |b| b.0) {
                    best = Some((gain, feature, bin));
                }
            }
        }
        let Some((_, feature, bin)) = best else { return leaf() };
        let column = bins.column(feature);
        let (yes, no): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&i| usize::from(column[i]) <= bin);
        Self::Ask(Box::new(Question {
            feature,
            bin: bin as u8,
            cut: bins.cuts[feature][bin],
            yes: Self::branch(bins, examples, slopes, &yes, depth - 1),
            no: Self::branch(bins, examples, slopes, &no, depth - 1),
        }))
    }

    /// What the tree adds, by the answers to its questions.
    fn value(&self, answer: impl Fn(&Question) -> bool) -> f64 {
        let mut at = self;
        loop {
            match at {
                Self::Leaf(value) => return *value,
                Self::Ask(q) => at = if answer(q) { &q.yes } else { &q.no },
            }
        }
    }

    /// Adds the tree's values to η of every example.
    fn climb(&self, bins: &Bins, eta: &mut [f64]) {
        eta.iter_mut().enumerate().for_each(|(i, eta)| *eta += self.value(|q| bins.column(q.feature)[i] <= q.bin));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::logistic::Model;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn column(n: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
        (0..n).map(|_| random.random::<f64>() * 2.0 - 1.0).collect()
    }

    /// A member where two features have the same sign: no straight line tells that.
    #[test]
    fn learns_what_a_line_cannot() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let n = 3000;
        let columns: Vec<Vec<f64>> = (0..3).map(|_| column(n, &mut random)).collect();
        let chance: Vec<f64> = (0..n).map(|i| if columns[0][i] * columns[1][i] > 0.0 { 0.9 } else { 0.1 }).collect();
        let x = Features::standardised(columns).unwrap();
        let e: Vec<Example> = (0..1500)
            .map(|unit| Example { unit, label: f64::from(u8::from(random.random_bool(chance[unit]))), weight: 1.0 })
            .collect();
        let model = Boosted::fit(&x, &e).unwrap();
        let error = |score: &dyn Fn(&[f64]) -> f64| {
            (1500..n).map(|i| (score(x.row(i)) - chance[i]).abs()).sum::<f64>() / 1500.0
        };
        let straight = Model::fit(&x, &e).unwrap();
        let (trees, line) = (error(&|r| model.score(r)), error(&|r| straight.score(r)));
        assert!(trees < 0.1 && line > 0.35, "trees {trees}, line {line}");
        assert_eq!(model.left_out().len(), e.len());
        assert_eq!(model, Boosted::fit(&x, &e).unwrap());
    }

    /// One question on one feature, by hand: η₀ = 0, g = ±½, h = ¼ an example; leaves ∓s·Σg/(Σh + λ).
    #[test]
    fn a_leaf_in_closed_form() {
        let x = Features::standardised(vec![(0..40).map(f64::from).collect()]).unwrap();
        let e: Vec<Example> =
            (0..40).map(|unit| Example { unit, label: f64::from(u8::from(unit >= 20)), weight: 1.0 }).collect();
        let rows: Vec<usize> = (0..40).collect();
        let bins = Bins::new(&x, &e);
        let slopes: Vec<(f64, f64)> = e.iter().map(|e| (0.5 - e.label, 0.25)).collect();
        let Tree::Ask(q) = Tree::branch(&bins, &e, &slopes, &rows, 1) else { panic!("a question") };
        assert_eq!((q.feature, q.cut), (0, x.row(19)[0]));
        let leaf = SHRINKAGE * 10.0 / (5.0 + PENALTY);
        assert!(
            matches!((&q.yes, &q.no), (Tree::Leaf(a), Tree::Leaf(b)) if (a + leaf).abs() < 1e-12 && (b - leaf).abs() < 1e-12)
        );
    }

    #[test]
    fn says_the_base_rate_where_there_is_nothing_to_learn() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let x = Features::standardised(vec![column(400, &mut random)]).unwrap();
        let e: Vec<Example> = (0..400)
            .map(|unit| Example { unit, label: f64::from(u8::from(random.random_bool(0.1))), weight: 1.0 })
            .collect();
        let model = Boosted::fit(&x, &e).unwrap();
        assert!((0..400).all(|i| (model.score(x.row(i)) - 0.1).abs() < 0.08));
    }

    #[test]
    fn few_and_odd_examples_stay_finite() {
        let x = Features::standardised(vec![vec![1.0, f64::NAN, 1e300]]).unwrap();
        let e = |unit, label| Example { unit, label, weight: 1.0 };
        for examples in [vec![e(0, 1.0)], vec![e(0, 1.0), e(1, 1.0)], vec![e(0, 0.0), e(1, 1.0), e(2, 0.5)]] {
            let model = Boosted::fit(&x, &examples).unwrap();
            assert!((0..3).all(|i| (0.0..=1.0).contains(&model.score(x.row(i)))));
        }
        assert!(Boosted::fit(&x, &[]).is_err());
        assert!(Boosted::fit(&x, &[e(0, 2.0)]).is_err());
        let none = Features::standardised(vec![]).unwrap();
        assert!(Boosted::fit(&none, &[e(0, 1.0)]).unwrap().score(&[]) > 0.5);
    }
}
