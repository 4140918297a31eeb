//! Gradient-boosted trees: scores for what no straight line tells apart, where there are labels enough.

use crate::Result;
use crate::logistic::{Example, Features, INNER_FOLDS, calibrate, log_loss, normalised, sigmoid};

/// Most trees.
const TREES: usize = 200;
/// What a tree moves the scores by.
const SHRINKAGE: f64 = 0.08;
/// Questions on the way to a leaf.
const DEPTH: u32 = 3;
/// Questions of a tree.
const QUESTIONS: usize = (1 << DEPTH) - 1;
/// Values that a feature is told apart by.
const BINS: usize = 32;
/// Ridge penalty of a leaf.
const PENALTY: f64 = 3.0;
/// Least weight of examples on either side of a question.
const LEAST: f64 = 8.0;
/// Least gain of a question.
const LEAST_GAIN: f32 = 1e-9;
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
        let eta = self.start
            + self.trees.iter().map(|tree| tree.value(|q| row.get(q.feature).is_none_or(|x| *x <= q.cut))).sum::<f64>();
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
    /// For each feature the largest value of each bin but the last.
    cuts: Vec<Vec<f64>>,
    /// The bin of each feature, example by example.
    values: Vec<u8>,
}

impl Bins {
    fn new(features: &Features, examples: &[Example]) -> Self {
        let cuts: Vec<Vec<f64>> = (0..features.width())
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
        let bin = |(cuts, v): (&Vec<f64>, &f64)| cuts.partition_point(|c| c < v) as u8;
        let values = examples.iter().flat_map(|e| cuts.iter().zip(features.row(e.unit)).map(bin)).collect();
        Self { cuts, values }
    }

    /// The bins of an example.
    fn row(&self, example: usize) -> &[u8] {
        &self.values[example * self.cuts.len()..][..self.cuts.len()]
    }
}

/// Slope, curvature and weight of an example, or their sums: what a question is chosen by. Single precision is enough for
/// that; what a leaf says is summed in double.
type Part = [f32; 4];

/// The sums over some examples, by feature and bin.
#[derive(Clone)]
struct Histogram(Vec<[Part; BINS]>);

impl Histogram {
    /// Example by example, so that one addition does not wait for the one before.
    fn of(bins: &Bins, parts: &[Part], rows: &[usize]) -> Self {
        let mut sums = vec![[Part::default(); BINS]; bins.cuts.len()];
        for &i in rows {
            let part = parts[i];
            for (sums, bin) in sums.iter_mut().zip(bins.row(i)) {
                sums[usize::from(*bin) % BINS].iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
            }
        }
        Self(sums)
    }

    /// Takes the sums over some of the examples away.
    fn less(mut self, others: &Self) -> Self {
        let sums = self.0.as_flattened_mut().as_flattened_mut();
        sums.iter_mut().zip(others.0.as_flattened().as_flattened()).for_each(|(sum, x)| *sum -= x);
        self
    }

    /// The feature and the bin by whose top to ask: where Σ −(Σg)²/2(Σh + λ) falls most.
    fn question(&self) -> Option<(usize, usize)> {
        let mut best: Option<(f32, usize, usize)> = None;
        for (feature, sums) in self.0.iter().enumerate() {
            let gains = gains(sums);
            let top = largest(&gains);
            if top > best.map_or(LEAST_GAIN, |b| b.0)
                && let Some(bin) = gains.iter().position(|gain| *gain == top)
            {
                best = Some((top, feature, bin));
            }
        }
        best.map(|(_, feature, bin)| (feature, bin))
    }
}

/// What a question at the top of each bin gains; none where it would leave too little on one side.
fn gains(sums: &[Part; BINS]) -> [f32; BINS] {
    let mut left = [[0.0f32; BINS]; 3];
    let mut sum = Part::default();
    for (bin, part) in sums.iter().enumerate() {
        sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
        left.iter_mut().zip(sum).for_each(|(left, sum)| left[bin] = sum);
    }
    let ([slopes, curvatures, weights], [slope, curvature, weight, _]) = (left, sum);
    let penalty = PENALTY as f32;
    let whole = slope * slope / (curvature + penalty);
    let mut gains = [f32::NEG_INFINITY; BINS];
    for (((gain, g), h), w) in gains.iter_mut().zip(slopes).zip(curvatures).zip(weights) {
        let (other_g, h, other_h) = (slope - g, h + penalty, curvature - h + penalty);
        let of = (g * g * other_h + other_g * other_g * h) / (h * other_h) - whole;
        let least = if weight - w < w { weight - w } else { w };
        *gain = if least < LEAST as f32 { f32::NEG_INFINITY } else { of };
    }
    gains
}

fn largest(values: &[f32; BINS]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let four = |top: [f32; 4], values: &[f32; 4]| std::array::from_fn(|k| larger(top[k], values[k]));
    values.as_chunks::<4>().0.iter().fold([f32::NEG_INFINITY; 4], four).into_iter().fold(f32::NEG_INFINITY, larger)
}

/// A question: is the feature at most `cut`, the top of `bin`?
#[derive(Debug, Clone, Copy, PartialEq)]
struct Question {
    feature: usize,
    bin: u8,
    cut: f64,
}

/// Where there is nothing to ask, the answer is always yes.
const NO_QUESTION: Question = Question { feature: 0, bin: u8::MAX, cut: f64::INFINITY };

/// All questions on the way to a leaf: yes to that at k leads to 2k + 1, no to 2k + 2, and from the last to the leaves. A
/// way that ends early has the same value in all leaves below.
#[derive(Debug, Clone, PartialEq)]
struct Tree {
    questions: [Question; QUESTIONS],
    leaves: [f64; QUESTIONS + 1],
}

impl Tree {
    fn grow(bins: &Bins, examples: &[Example], eta: &[f64], rows: &[usize]) -> Self {
        let slope = |(e, eta): (&Example, &f64)| {
            let p = sigmoid(*eta);
            (e.weight * (p - e.label), e.weight * (p * (1.0 - p)).max(1e-9))
        };
        let slopes: Vec<(f64, f64)> = examples.iter().zip(eta).map(slope).collect();
        let part = |((g, h), e): (&(f64, f64), &Example)| [*g as f32, *h as f32, e.weight as f32, 0.0];
        let parts: Vec<Part> = slopes.iter().zip(examples).map(part).collect();
        Ground { bins, slopes: &slopes, parts: &parts }.tree(rows)
    }

    /// What the tree adds, by the answers to its questions.
    fn value(&self, answer: impl Fn(&Question) -> bool) -> f64 {
        let next = |at: usize| 2 * at + 2 - usize::from(answer(&self.questions[at]));
        self.leaves[(0..DEPTH).fold(0, |at, _| next(at)) - QUESTIONS]
    }

    /// Adds the tree's values to η of every example.
    fn climb(&self, bins: &Bins, eta: &mut [f64]) {
        for (i, eta) in eta.iter_mut().enumerate() {
            let row = bins.row(i);
            *eta += self.value(|q| row.get(q.feature).is_none_or(|bin| *bin <= q.bin));
        }
    }
}

/// What a tree is grown from: slope and curvature of each example's loss.
struct Ground<'a> {
    bins: &'a Bins,
    slopes: &'a [(f64, f64)],
    parts: &'a [Part],
}

impl Ground<'_> {
    fn tree(&self, rows: &[usize]) -> Tree {
        let mut tree = Tree { questions: [NO_QUESTION; QUESTIONS], leaves: [0.0; QUESTIONS + 1] };
        self.branch(&mut tree, 0, rows, Histogram::of(self.bins, self.parts, rows));
        tree
    }

    /// Fills in the tree from a question on, for the examples that get there.
    fn branch(&self, tree: &mut Tree, at: usize, rows: &[usize], sums: Histogram) {
        let Some((feature, bin)) = sums.question() else { return self.leaf(tree, at, rows) };
        tree.questions[at] = Question { feature, bin: bin as u8, cut: self.bins.cuts[feature][bin] };
        let (yes, no): (Vec<usize>, Vec<usize>) =
            rows.iter().partition(|&&i| usize::from(self.bins.row(i)[feature]) <= bin);
        let sides = [(2 * at + 1, &yes), (2 * at + 2, &no)];
        if 2 * at + 1 >= QUESTIONS {
            return sides.into_iter().for_each(|(at, rows)| self.leaf(tree, at, rows));
        }
        let [smaller, larger] = if yes.len() <= no.len() { sides } else { [sides[1], sides[0]] };
        let own = Histogram::of(self.bins, self.parts, smaller.1);
        // Of the larger side the sums are what is left.
        self.branch(tree, larger.0, larger.1, sums.less(&own));
        self.branch(tree, smaller.0, smaller.1, own);
    }

    /// Gives all leaves below one value.
    fn leaf(&self, tree: &mut Tree, at: usize, rows: &[usize]) {
        let (g, h) = rows.iter().fold((0.0, 0.0), |(g, h), &i| (g + self.slopes[i].0, h + self.slopes[i].1));
        let (mut first, mut last) = (at, at);
        while first < QUESTIONS {
            (first, last) = (2 * first + 1, 2 * last + 2);
        }
        tree.leaves[first - QUESTIONS..=last - QUESTIONS].fill(-SHRINKAGE * g / (h + PENALTY));
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
        let tree = Tree::grow(&bins, &e, &[0.0; 40], &rows);
        assert_eq!((tree.questions[0].feature, tree.questions[0].cut), (0, x.row(19)[0]));
        assert_eq!(tree.questions[1..], [NO_QUESTION; QUESTIONS - 1], "both sides are of one kind");
        let leaf = SHRINKAGE * 10.0 / (5.0 + PENALTY);
        assert!(tree.leaves[..4].iter().all(|v| (v + leaf).abs() < 1e-12));
        assert!(tree.leaves[4..].iter().all(|v| (v - leaf).abs() < 1e-12));
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
