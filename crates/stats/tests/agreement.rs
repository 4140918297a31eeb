//! Agreement against published examples and independent programs: reference/agreement.py made the values.

#![allow(clippy::unwrap_used)]

use netcensus_stats::agreement::{Coefficient, cohen_kappa, krippendorff_alpha};
use netcensus_stats::coders::Rate;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn alpha<L: Ord>(items: &[Vec<L>]) -> Option<Coefficient> {
    krippendorff_alpha(items, 0.95, 1000, &mut ChaCha8Rng::seed_from_u64(5)).unwrap()
}

/// Items from one text a coder, a letter an item, `*` for none.
fn items(coders: &[&str]) -> Vec<Vec<char>> {
    let rows: Vec<Vec<char>> = coders.iter().map(|c| c.chars().collect()).collect();
    (0..rows[0].len()).map(|i| rows.iter().map(|r| r[i]).filter(|c| *c != '*').collect()).collect()
}

#[test]
fn krippendorffs_examples() {
    // Krippendorff 2011, examples A, B and C.
    let binary = items(&["0100000010", "1110010000"]);
    let nominal = items(&["aabbdcccedda", "babbbccceddd"]);
    let missing = items(&["123321412***", "1233224125*3", "*3332342251*", "12332441251*"]);
    for (items, by_program, units) in
        [(binary, 0.095_238_095, 10), (nominal, 0.691_964_286, 12), (missing, 0.743_421_053, 11)]
    {
        let found = alpha(&items).unwrap();
        assert!((found.value - by_program).abs() < 1e-9, "{found:?}");
        assert!(found.low < found.value && found.value < found.high && found.standard_error > 0.0, "{found:?}");
        assert_eq!(found.items, units);
    }
}

#[test]
fn alpha_needs_two_answers_and_variety() {
    assert_eq!(alpha::<u8>(&[]), None);
    assert_eq!(alpha(&items(&["ab", "**"])), None);
    assert_eq!(alpha(&items(&["aaa", "aaa"])), None);
    // The b's item has one answer: it says nothing of variety, either.
    assert_eq!(alpha(&items(&["aab", "aa*"])), None);
    let random = &mut ChaCha8Rng::seed_from_u64(1);
    assert!(krippendorff_alpha(&items(&["ab", "ab"]), 0.95, 99, random).is_err());
    assert!(krippendorff_alpha(&items(&["ab", "ab"]), 1.0, 100, random).is_err());
}

#[test]
fn perfect_agreement_is_not_certain() {
    let perfect = items(&["abababababababababab", "abababababababababab"]);
    let found = alpha(&perfect).unwrap();
    // Dₑ = 2·20·20/(40·39), and up to 1 − 0.05^(1/20) of the items may be in dispute.
    assert_eq!((found.value, found.high), (1.0, 1.0));
    assert!((found.low - (1.0 - (1.0 - 0.05f64.powf(0.05)) * 39.0 / 20.0)).abs() < 1e-9, "{found:?}");
    let pairs: Vec<(char, char)> = perfect.iter().map(|i| (i[0], i[1])).collect();
    let kappa = cohen_kappa(&pairs, 0.95).unwrap().unwrap();
    let (lowest, _) = Rate { right: 20, items: 20 }.limits(0.95).unwrap();
    assert!((kappa.low - (lowest - 0.5) / 0.5).abs() < 1e-12 && kappa.high == 1.0, "{kappa:?}");
}

/// Pairs from a table of counts.
fn pairs(table: &[&[usize]]) -> Vec<(usize, usize)> {
    let cells = table.iter().enumerate().flat_map(|(i, row)| row.iter().enumerate().map(move |(j, n)| ((i, j), *n)));
    cells.flat_map(|(pair, n)| vec![pair; n]).collect()
}

#[test]
fn kappa_with_the_standard_error_of_fleiss_cohen_and_everitt() {
    // The first: psychiatric diagnoses, Fleiss, Levin & Paik 2003, table 18.1.
    let tables: [(&[&[usize]], f64, f64); 4] = [
        (&[&[75, 1, 4], &[5, 4, 1], &[0, 0, 10]], 0.676_470_588_235, 0.087_702_953_475),
        (&[&[20, 5], &[10, 15]], 0.4, 0.126_996_062_931),
        (&[&[88, 14, 18], &[10, 40, 10], &[2, 6, 12]], 0.491_525_423_729, 0.051_001_815_576),
        (&[&[2, 8], &[7, 1]], -0.666_666_666_667, 0.174_594_266_960),
    ];
    for (table, value, se) in tables {
        let found = cohen_kappa(&pairs(table), 0.95).unwrap().unwrap();
        assert!((found.value - value).abs() < 1e-9 && (found.standard_error - se).abs() < 1e-9, "{found:?}");
        assert!((found.low - (value - 1.959_963_985 * se).max(-1.0)).abs() < 1e-8, "{found:?}");
        assert!((found.high - (value + 1.959_963_985 * se).min(1.0)).abs() < 1e-8, "{found:?}");
    }
}

#[test]
fn kappa_is_undefined_without_variety() {
    assert_eq!(cohen_kappa::<u8>(&[], 0.95).unwrap(), None);
    assert_eq!(cohen_kappa(&[(1, 1), (1, 1)], 0.95).unwrap(), None);
    assert_eq!(cohen_kappa(&[(1, 2), (1, 2)], 0.95).unwrap().unwrap().value, 0.0);
    assert!(cohen_kappa(&[(1, 2)], 0.0).is_err());
}

/// Two coders who see the same truth and err in 15 % of the items: their α over ever more items is known.
#[test]
fn the_intervals_cover() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let (share, right): (f64, f64) = (0.3, 0.85);
    let agree = right * right + (1.0 - right) * (1.0 - right);
    let yes = share * right + (1.0 - share) * (1.0 - right);
    let truth = 1.0 - (1.0 - agree) / (2.0 * yes * (1.0 - yes));
    let (mut by_alpha, mut by_kappa) = (0, 0);
    let runs = 400;
    for _ in 0..runs {
        let both: Vec<(bool, bool)> = (0..120)
            .map(|_| {
                let member = random.random_bool(share);
                (member == random.random_bool(right), member == random.random_bool(right))
            })
            .collect();
        let items: Vec<Vec<bool>> = both.iter().map(|p| vec![p.0, p.1]).collect();
        let a = krippendorff_alpha(&items, 0.95, 300, &mut random).unwrap().unwrap();
        let k = cohen_kappa(&both, 0.95).unwrap().unwrap();
        by_alpha += i32::from(a.low <= truth && truth <= a.high);
        by_kappa += i32::from(k.low <= truth && truth <= k.high);
    }
    // Two and a half Monte-Carlo errors below 94 %.
    assert!(f64::from(by_alpha.min(by_kappa)) / f64::from(runs) > 0.91, "{by_alpha} {by_kappa}");
}

proptest! {
    #[test]
    fn order_says_nothing_and_all_is_finite(answers in prop::collection::vec(prop::collection::vec(0u8..4, 0..5), 0..30)) {
        let mut turned = answers.clone();
        turned.iter_mut().for_each(|a| a.reverse());
        match (alpha(&answers), alpha(&turned)) {
            (Some(a), Some(b)) => {
                prop_assert!((a.value - b.value).abs() < 1e-12);
                prop_assert!([a.value, a.low, a.high, a.standard_error].iter().all(|v| v.is_finite()));
                prop_assert!(-1.0 <= a.low && a.low <= a.value && a.value <= a.high + 1e-12 && a.high <= 1.0);
            }
            (a, b) => prop_assert_eq!(a, b),
        }
    }
}
