//! Totals corrected for coder error: closed forms, refusals, and coverage. reference/coders.py compares with melding.

#![allow(clippy::unwrap_used)]

use netcensus_stats::Error;
use netcensus_stats::coders::{Accuracy, Limits, Rate, correct};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CERTAIN: Rate = Rate { right: 1 << 60, items: 1 << 60 };

fn total(value: f64, low: f64, high: f64) -> Limits {
    Limits { value, low, high }
}

fn accuracy(sensitivity: (u64, u64), specificity: (u64, u64)) -> Accuracy {
    let rate = |(right, items)| Rate { right, items };
    Accuracy { sensitivity: rate(sensitivity), specificity: Some(rate(specificity)) }
}

#[test]
fn mid_p_limits() {
    // scipy 1.17.1, reference/agreement.py
    for (right, items, low, high) in [
        (0, 10, 0.0, 0.258_865_550_893),
        (1, 10, 0.005_001_475_282, 0.403_476_155_738),
        (5, 10, 0.212_008_506_779, 0.787_991_493_221),
        (95, 100, 0.892_678_704_366, 0.981_452_044_456),
        (299, 300, 0.983_672_352_303, 0.999_833_266_178),
        (1, 1, 0.05, 1.0),
    ] {
        let found = Rate { right, items }.limits(0.95).unwrap();
        assert!((found.0 - low).abs() < 1e-9 && (found.1 - high).abs() < 1e-9, "{right}/{items} {found:?}");
    }
    // Without an error: α^(1/m).
    assert!((Rate { right: 100, items: 100 }.limits(0.9).unwrap().0 - 0.1f64.powf(0.01)).abs() < 1e-9);
    assert_eq!(Rate::default().limits(0.95).unwrap(), (0.0, 1.0));
    assert_eq!(Rate::default().share(), None);
    assert!(Rate { right: 2, items: 1 }.limits(0.95).is_err());
    assert!(Rate { right: 1, items: 1 }.limits(f64::NAN).is_err());
}

#[test]
fn gold_is_counted() {
    let gold = [(true, true), (true, false), (false, false), (false, false), (false, true), (true, true)];
    assert_eq!(Accuracy::from_gold(gold), accuracy((2, 3), (2, 3)));
}

#[test]
fn rogan_and_gladen_in_closed_form() {
    // T* = 140 of 1000, se = 0.9, sp = 0.95: (140 − 50)/0.85
    let found = correct(total(140.0, 120.0, 165.0), 1000.0, &accuracy((90, 100), (95, 100)), 0.95).unwrap();
    assert!((found.value - 90.0 / 0.85).abs() < 1e-9);
    // Square-and-add by hand, with the limits of reference/agreement.py for 95 of 100 and scipy's for 90 of 100.
    let rate = |right| Rate { right, items: 100 }.limits(0.95).unwrap();
    let ((sel, seh), (spl, sph)) = (rate(90), rate(95));
    let t = |t: f64, se: f64, sp: f64| (t - (1.0 - sp) * 1000.0) / (se + sp - 1.0);
    let chance = 1.959_963_985f64.powi(2) * (found.value * 0.09 + (1000.0 - found.value) * 0.0475) / 0.7225;
    let far = |ends: [f64; 3]| (ends.iter().map(|e| (e - found.value).powi(2)).sum::<f64>() + chance).sqrt();
    let low = far([t(120.0, 0.9, 0.95), t(140.0, seh, 0.95), t(140.0, 0.9, spl)]);
    let high = far([t(165.0, 0.9, 0.95), t(140.0, sel, 0.95), t(140.0, 0.9, sph)]);
    assert!((found.low - (found.value - low)).abs() < 1e-6, "{found:?} {low}");
    assert!((found.high - (found.value + high)).abs() < 1e-6, "{found:?} {high}");
}

#[test]
fn coders_who_surely_never_err_change_nothing() {
    let coded = total(140.0, 120.0, 165.0);
    for specificity in [None, Some(CERTAIN)] {
        let found = correct(coded, 1000.0, &Accuracy { sensitivity: CERTAIN, specificity }, 0.95).unwrap();
        for (a, b) in [(found.value, 140.0), (found.low, 120.0), (found.high, 165.0)] {
            assert!((a - b).abs() < 1e-6, "{found:?}");
        }
    }
}

#[test]
fn perfect_gold_still_widens() {
    let coded = total(140.0, 120.0, 165.0);
    let found = correct(coded, 1000.0, &accuracy((50, 50), (50, 50)), 0.95).unwrap();
    assert!(found.value == 140.0 && found.low < 100.0 && found.high > 165.5, "{found:?}");
    // With every positive confirmed there are no false ones to take away; those not called members remain.
    let confirmed = Accuracy { specificity: None, ..accuracy((50, 50), (0, 0)) };
    let found = correct(coded, 1000.0, &confirmed, 0.95).unwrap();
    assert!((found.low - 120.0).abs() < 1e-6 && found.high > 165.5, "{found:?}");
}

#[test]
fn answers_without_information_are_refused() {
    let coded = total(500.0, 450.0, 550.0);
    let refused = |a: &Accuracy| correct(coded, 1000.0, a, 0.95) == Err(Error::NoInformation);
    assert!(refused(&accuracy((50, 100), (50, 100))));
    assert!(refused(&accuracy((20, 100), (20, 100))));
    assert!(refused(&accuracy((60, 100), (45, 100))));
    // No gold item is a member; or one is, which shows nothing.
    assert!(refused(&accuracy((0, 0), (100, 100))));
    assert!(refused(&accuracy((100, 100), (0, 0))));
    assert!(refused(&accuracy((1, 1), (1, 1))));
    assert!(!refused(&accuracy((90, 100), (60, 100))));
}

#[test]
fn odd_totals_are_refused() {
    let gold = accuracy((90, 100), (95, 100));
    for coded in [
        total(f64::NAN, 0.0, 1.0),
        total(5.0, 6.0, 7.0),
        total(5.0, -1.0, 7.0),
        total(5.0, 1.0, 4.0),
        total(5.0, 1.0, 11.0),
    ] {
        assert!(correct(coded, 10.0, &gold, 0.95).is_err(), "{coded:?}");
    }
    assert!(correct(total(5.0, 1.0, 7.0), f64::INFINITY, &gold, 0.95).is_err());
    assert!(correct(total(5.0, 1.0, 7.0), 10.0, &gold, 1.0).is_err());
}

#[test]
fn none_and_all_lie_at_the_bounds() {
    let gold = accuracy((95, 100), (95, 100));
    let none = correct(total(40.0, 20.0, 60.0), 1000.0, &gold, 0.95).unwrap();
    assert!(none.value == 0.0 && none.low == 0.0 && none.high > 0.0 && none.high < 60.0, "{none:?}");
    let all = correct(total(960.0, 940.0, 980.0), 1000.0, &gold, 0.95).unwrap();
    assert!(all.value == 1000.0 && all.high == 1000.0 && all.low < 1000.0 && all.low > 940.0, "{all:?}");
    // Fewer positive answers than gold's errors alone would make: no interval of no width, but a refusal.
    for few in [total(0.0, 0.0, 12.0), total(1000.0, 990.0, 1000.0)] {
        assert_eq!(correct(few, 1000.0, &gold, 0.95), Err(Error::Contradiction));
    }
    let nobody = correct(total(0.0, 0.0, 0.0), 0.0, &gold, 0.95).unwrap();
    assert_eq!(nobody, total(0.0, 0.0, 0.0));
}

fn count(random: &mut impl Rng, n: u64, p: f64) -> u64 {
    (0..n).map(|_| u64::from(random.random_bool(p))).sum()
}

/// How the interval did: share that holds the truth, wholly below it, wholly above it.
#[derive(Debug, Default)]
struct Coverage {
    holds: f64,
    below: f64,
    above: f64,
}

/// One cell: `labels` units drawn from very many, coders who miss `fnr` of the members and call `fpr` of the others members,
/// `gold` items, half members. `confirmed`: an expert goes through the positive answers.
fn cell(prevalence: f64, fnr: f64, fpr: f64, gold: u64, labels: u64, confirmed: bool, runs: u32) -> Coverage {
    let mut random = ChaCha8Rng::seed_from_u64((prevalence * 1e4 + fnr * 1e3 + fpr * 1e2) as u64 + gold + labels);
    let mut found = Coverage::default();
    let fpr_left = if confirmed { 0.0 } else { fpr };
    for _ in 0..runs {
        let coded = Rate {
            right: count(&mut random, labels, prevalence * (1.0 - fnr) + (1.0 - prevalence) * fpr_left),
            items: labels,
        };
        let (low, high) = coded.limits(0.95).unwrap();
        let coded = total(coded.share().unwrap() * 1e6, low * 1e6, high * 1e6);
        let rate = |right| Rate { right, items: gold / 2 };
        let accuracy = Accuracy {
            sensitivity: rate(count(&mut random, gold / 2, 1.0 - fnr)),
            specificity: Some(rate(count(&mut random, gold / 2, 1.0 - fpr))).filter(|_| !confirmed),
        };
        let truth = prevalence * 1e6;
        let share = 1.0 / f64::from(runs);
        let got = match correct(coded, 1e6, &accuracy, 0.95) {
            Ok(got) => got,
            // An answer below 0: counted as a miss.
            Err(e) => {
                assert_eq!(e, Error::Contradiction);
                total(0.0, 0.0, 0.0)
            }
        };
        found.below += share * f64::from(u8::from(got.high < truth));
        found.above += share * f64::from(u8::from(got.low > truth));
    }
    found.holds = 1.0 - found.below - found.above;
    found
}

#[test]
fn corrected_intervals_hold_the_truth() {
    for (prevalence, fnr, fpr, gold, labels, confirmed) in [
        (0.02, 0.1, 0.1, 100, 500, false),
        (0.02, 0.05, 0.01, 300, 2000, false),
        (0.02, 0.1, 0.02, 200, 1000, true),
        (0.2, 0.1, 0.02, 100, 500, false),
        (0.6, 0.02, 0.1, 300, 500, false),
    ] {
        let found = cell(prevalence, fnr, fpr, gold, labels, confirmed, 600);
        // Two Monte-Carlo errors below 93.5 %.
        assert!(found.holds > 0.915, "{prevalence} {fnr} {fpr} {gold}: {found:?}");
    }
}

/// Where every unit was coded, the coder's own chance is all that is left beside the gold's.
#[test]
fn a_coded_census_is_not_certain() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (members, others, gold) = (300, 1700, 4000);
    let (runs, mut holds) = (600, 0);
    for _ in 0..runs {
        let t = (count(&mut random, members, 0.9) + count(&mut random, others, 0.05)) as f64;
        let rate = |right| Rate { right, items: gold };
        let accuracy = Accuracy {
            sensitivity: rate(count(&mut random, gold, 0.9)),
            specificity: Some(rate(count(&mut random, gold, 0.95))),
        };
        let found = correct(total(t, t, t), 2000.0, &accuracy, 0.95).unwrap();
        holds += i32::from(found.low <= 300.0 && 300.0 <= found.high);
    }
    let share = f64::from(holds) / f64::from(runs);
    assert!((0.92..=0.985).contains(&share), "{share}");
}

/// The whole grid: `cargo test --release -p netcensus-stats --test coders -- --ignored --nocapture`, some minutes.
#[test]
#[ignore = "takes minutes; prints the table"]
fn the_grid() {
    println!("prevalence,fn,fp,gold,labels,confirmed,holds,below,above");
    let (mut worst, mut sum, mut cells) = (1.0f64, 0.0, 0.0);
    for prevalence in [0.005, 0.02, 0.2, 0.6] {
        for (fnr, fpr) in [(0.0, 0.0), (0.01, 0.01), (0.02, 0.02), (0.05, 0.05), (0.1, 0.1), (0.1, 0.0), (0.0, 0.1)] {
            for gold in [100, 300, 600] {
                for (labels, confirmed) in [(500, false), (500, true), (3000, false)] {
                    let c = cell(prevalence, fnr, fpr, gold, labels, confirmed, 2000);
                    println!(
                        "{prevalence},{fnr},{fpr},{gold},{labels},{confirmed},{:.4},{:.4},{:.4}",
                        c.holds, c.below, c.above
                    );
                    worst = worst.min(c.holds);
                    (sum, cells) = (sum + c.holds, cells + 1.0);
                }
            }
        }
    }
    println!("worst {worst:.4}, mean {:.4}", sum / cells);
    assert!(worst >= 0.925 && sum / cells <= 0.98);
}

proptest! {
    #[test]
    fn in_order_within_the_units_and_wider_with_the_level(
        units in 0.0..1e6f64, a in 0.0..=1.0f64, b in 0.0..=1.0f64, c in 0.0..=1.0f64,
        members in 0u64..200, others in 0u64..200, wrong in (0u64..100, 0u64..100),
    ) {
        let mut ends = [a, b, c];
        ends.sort_by(f64::total_cmp);
        let coded = total(ends[1] * units, ends[0] * units, ends[2] * units);
        let gold = accuracy((members - wrong.0.min(members), members), (others - wrong.1.min(others), others));
        let (narrow, wide) = (correct(coded, units, &gold, 0.8), correct(coded, units, &gold, 0.95));
        if let (Ok(narrow), Ok(wide)) = (&narrow, &wide) {
            prop_assert!(0.0 <= wide.low && wide.low <= narrow.low + 1e-6 * units);
            prop_assert!(narrow.low <= narrow.value && narrow.value <= narrow.high);
            prop_assert!(narrow.high <= wide.high + 1e-6 * units && wide.high <= units);
        }
        // What is no information at a low level is none at a higher one.
        prop_assert!(narrow != Err(Error::NoInformation) || wide == Err(Error::NoInformation));
    }
}
