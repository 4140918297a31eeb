//! Agreement between coders: Cohen's kappa of a pair, Krippendorff's alpha of all, each with its interval.

use std::collections::BTreeSet;

use rand::{Rng, RngExt};

use crate::coders::Rate;
use crate::interval::normal_quantile;
use crate::{Error, Result};

/// A coefficient of agreement: 1 is perfect, 0 is chance, below it worse than chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end, at most 1.
    pub high: f64,
    /// The standard error; of alpha, the spread of its resamples.
    pub standard_error: f64,
    /// Items that at least two coders answered.
    pub items: usize,
}

/// Cohen's kappa of two coders over the same items, with its large-sample interval.
///
/// ```text
/// κ = (pₒ − pₑ)/(1 − pₑ)                                   pₒ = Σ pₖₖ,  pₑ = Σ pₖ.·p.ₖ
/// V̂ = { Σₖ pₖₖ·[1 − (pₖ. + p.ₖ)(1−κ)]² + (1−κ)²·Σ_{j≠k} pⱼₖ·(p.ⱼ + pₖ.)² − [κ − pₑ(1−κ)]² } / (n(1−pₑ)²)
/// interval  κ ± z·√V̂, within −1 and 1
/// ```
///
/// pⱼₖ is the share of the n items that the first coder answered with j and the second with k; pₖ. and p.ₖ are each
/// coder's own shares. pₒ is the share on which they agree, pₑ the share expected if each kept their own shares and
/// answered at random. Where they never disagree V̂ is 0, which says nothing: the lower end is then
/// (pₗ − pₑ)/(1 − pₑ) with pₗ the mid-p lower limit of pₒ.
///
/// Assumes that the items are a simple sample of those that the statement is about, and that the coders answered apart.
/// The interval is rough with fewer than about 50 items, or when an answer is rare.
///
/// `None` without items, or when both always gave one and the same answer (pₑ = 1).
///
/// Cohen 1960, *A coefficient of agreement for nominal scales*; Fleiss, Cohen & Everitt 1969, *Large sample standard
/// errors of kappa and weighted kappa*.
///
/// # Errors
/// When `level` is not between 0 and 1.
pub fn cohen_kappa<L: Ord>(pairs: &[(L, L)], level: f64) -> Result<Option<Coefficient>> {
    check_level(level)?;
    let names = names(pairs.iter().flat_map(|(a, b)| [a, b]));
    let (n, k) = (pairs.len() as f64, names.len());
    let mut p = vec![vec![0.0; k]; k];
    for (a, b) in pairs {
        p[position(&names, a)][position(&names, b)] += 1.0 / n;
    }
    let first: Vec<f64> = p.iter().map(|row| row.iter().sum()).collect();
    let second: Vec<f64> = (0..k).map(|c| p.iter().map(|row| row[c]).sum()).collect();
    let chance: f64 = first.iter().zip(&second).map(|(a, b)| a * b).sum();
    if k < 2 {
        return Ok(None);
    }
    let same = pairs.iter().filter(|(a, b)| a == b).count();
    let kappa = (same as f64 / n - chance) / (1.0 - chance);
    let off = 1.0 - kappa;
    let mut sum = -(kappa - chance * off).powi(2);
    for (i, row) in p.iter().enumerate() {
        for (j, &share) in row.iter().enumerate() {
            let marginals = second[i] + first[j];
            sum += share * if i == j { (1.0 - marginals * off).powi(2) } else { (off * marginals).powi(2) };
        }
    }
    let standard_error = (sum.max(0.0) / n).sqrt() / (1.0 - chance);
    let half = normal_quantile(0.5 + level / 2.0) * standard_error;
    let (low, high) = if same == pairs.len() {
        let (lowest, _) = Rate { right: same as u64, items: same as u64 }.limits(level)?;
        ((lowest - chance) / (1.0 - chance), 1.0)
    } else {
        (kappa - half, kappa + half)
    };
    Ok(Some(Coefficient { value: kappa, low: low.max(-1.0), high: high.min(1.0), standard_error, items: pairs.len() }))
}

/// Krippendorff's alpha for nominal answers: any number of coders, who need not have answered every item.
///
/// ```text
/// α = 1 − Dₒ/Dₑ = 1 − (n − 1)·(n − Σ_c o_cc)/(n² − Σ_c n_c²)
/// o_cc = Σᵢ mᵢc(mᵢc − 1)/(mᵢ − 1)
/// ```
///
/// Each of `items` holds the answers that it got; mᵢ is how many, mᵢc how many of them are c; n_c and n sum these over
/// the items with mᵢ ≥ 2. Others say nothing of agreement and are passed over.
///
/// The interval takes the middle share `level` of α over `resamples` bootstrap samples of whole items, so that both
/// disagreements, the seen and the expected, vary; samples in which only one answer occurs have no α and are passed over.
/// Where nobody ever disagrees, resampling says nothing: the lower end is then 1 − u/Dₑ with u the mid-p upper limit
/// of the share of items with a disagreement. (Hayes & Krippendorff 2007 resample pairs of answers and keep Dₑ fixed.)
///
/// Assumes that items are a simple sample and coders answered apart. Rough with fewer than about 50 items, or when an
/// answer is rare.
///
/// `None` without an item of two answers, or when only one answer occurs.
///
/// Krippendorff 2011, *Computing Krippendorff's alpha-reliability*; Efron 1979 for the bootstrap.
///
/// # Errors
/// When `level` is not between 0 and 1 or there are fewer than 100 resamples.
pub fn krippendorff_alpha<L: Ord>(
    items: &[Vec<L>],
    level: f64,
    resamples: usize,
    random: &mut impl Rng,
) -> Result<Option<Coefficient>> {
    check_level(level)?;
    if resamples < 100 {
        return Err(Error::Argument("an interval needs at least 100 resamples"));
    }
    let names = names(items.iter().filter(|of| of.len() > 1).flatten());
    let items: Vec<Item> = items.iter().filter(|of| of.len() > 1).map(|of| Item::new(of, &names)).collect();
    let mut tally = Tally::new(names.len());
    items.iter().for_each(|item| tally.add(item));
    let Some(value) = tally.alpha() else { return Ok(None) };
    let mut found = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        let mut tally = Tally::new(names.len());
        (0..items.len()).for_each(|_| tally.add(&items[random.random_range(0..items.len())]));
        found.extend(tally.alpha());
    }
    found.sort_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    let (mut low, mut high) = (value.min(quantile(&found, tail)), value.max(quantile(&found, 1.0 - tail)));
    if tally.disagreement() <= 0.0 {
        let all = items.len() as u64;
        let (lowest, _) = Rate { right: all, items: all }.limits(level)?;
        (low, high) = (1.0 - (1.0 - lowest) / tally.expected(), 1.0);
    }
    Ok(Some(Coefficient {
        value,
        low: low.max(-1.0).min(value),
        high: high.min(1.0),
        standard_error: spread(&found),
        items: items.len(),
    }))
}

/// An item as alpha needs it: how often each answer was given, and the agreeing pairs of answers, each answer once.
struct Item {
    counts: Vec<(usize, f64)>,
    agree: f64,
}

impl Item {
    fn new<L: Ord>(answers: &[L], names: &[&L]) -> Self {
        let mut counts: Vec<(usize, f64)> = Vec::new();
        for answer in answers {
            let c = position(names, answer);
            match counts.iter_mut().find(|(of, _)| *of == c) {
                Some((_, m)) => *m += 1.0,
                None => counts.push((c, 1.0)),
            }
        }
        let agree = counts.iter().map(|(_, m)| m * (m - 1.0)).sum::<f64>() / (answers.len() as f64 - 1.0);
        Self { counts, agree }
    }
}

/// Sums over items.
struct Tally {
    of: Vec<f64>,
    all: f64,
    agree: f64,
}

impl Tally {
    fn new(answers: usize) -> Self {
        Self { of: vec![0.0; answers], all: 0.0, agree: 0.0 }
    }

    fn add(&mut self, item: &Item) {
        for &(c, m) in &item.counts {
            self.of[c] += m;
            self.all += m;
        }
        self.agree += item.agree;
    }

    /// Dₒ.
    fn disagreement(&self) -> f64 {
        // Sums of thirds and the like may be off in the last digits.
        let share = 1.0 - self.agree / self.all;
        if share < 1e-12 { 0.0 } else { share }
    }

    /// Dₑ; 0 when only one answer occurs.
    fn expected(&self) -> f64 {
        let squares: f64 = self.of.iter().map(|n| n * n).sum();
        (self.all * self.all - squares) / (self.all * (self.all - 1.0))
    }

    fn alpha(&self) -> Option<f64> {
        (self.all > 1.0 && self.expected() > 0.0).then(|| 1.0 - self.disagreement() / self.expected())
    }
}

fn names<'a, L: Ord + 'a>(answers: impl Iterator<Item = &'a L>) -> Vec<&'a L> {
    answers.collect::<BTreeSet<&L>>().into_iter().collect()
}

/// Where `name` stands among the sorted `names`, which hold it.
fn position<L: Ord>(names: &[&L], name: &L) -> usize {
    names.partition_point(|n| *n < name)
}

/// The q-quantile of sorted numbers, drawn straight between neighbours; 1 without numbers.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 1.0 };
    let at = q * last as f64;
    let below = (at.floor() as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

fn spread(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt()
}

fn check_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 { Ok(()) } else { Err(Error::Argument("a level must lie between 0 and 1")) }
}
