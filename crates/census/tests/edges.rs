//! Samples at the edge of what can be said: a correct interval or a clear refusal, never NaN.
#![allow(clippy::unwrap_used, missing_docs)]

use netcensus::estimate::{Diagnostics, Members, members};
use netcensus::frame::{Frame, Unit};
use netcensus::label::Answer::{self, Member, Not};
use netcensus::sample::{self, Draw};
use netcensus::study::{Design, Looks, Sample};

fn frame(seeds: usize, others: usize) -> Frame {
    let unit = |i: usize| Unit { account: i as u32, wave: u32::from(i >= seeds), group_follows: 1 };
    Frame { units: (0..seeds + others).map(unit).collect(), ..Frame::default() }
}

/// One batch of `n` labels, all accounts with the same score, labelled by `answer`.
fn census(
    frame: &Frame,
    n: usize,
    design: Design,
    looks: Looks,
    answer: impl Fn(usize) -> Answer,
) -> netcensus::Result<(Members, Diagnostics)> {
    let size = frame.units.len();
    let known: Vec<bool> = frame.units.iter().map(|u| u.wave == 0).collect();
    let scores: Vec<f64> = (0..size).map(|i| 0.05 + 0.9 * i as f64 / size as f64).collect();
    let rule = Sample { design, ..Sample::default() };
    let draw: Draw = sample::draw(&rule, &sample::sizes_from_scores(&scores), &known, n, 1, 1)?;
    let mut answers = vec![None; size];
    draw.drawn.iter().for_each(|&i| answers[i] = Some(answer(i)));
    members(frame, &[draw], &answers, &[scores], looks, 0.95)
}

const DESIGNS: [Design; 4] = [Design::Proportional, Design::ConditionalPoisson, Design::Stratified, Design::Simple];
const LOOKS: [Looks; 2] = [Looks::Once, Looks::EveryBatch];

fn sound(m: &Members, size: f64) {
    for f in [&m.floor, &m.best, &m.ceiling] {
        assert!([f.value, f.low, f.high].iter().all(|v| v.is_finite()), "{m:#?}");
        assert!(0.0 <= f.low && f.low <= f.value && f.value <= f.high && f.high <= size, "{m:#?}");
    }
    assert!([m.wald.low, m.wald.high, m.horvitz_thompson.low, m.horvitz_thompson.high].iter().all(|v| v.is_finite()));
}

#[test]
fn no_member_and_nobody_else_among_the_labels() {
    let frame = frame(3, 300);
    for (design, looks) in DESIGNS.into_iter().flat_map(|d| LOOKS.map(|l| (d, l))) {
        let (none, _) = census(&frame, 30, design, looks, |_| Not).unwrap();
        sound(&none, 303.0);
        // The seeds are members whatever the labels say, and 30 labels cannot rule a few others out.
        assert!(none.best.low >= 3.0 && none.best.high > 6.0 && none.best.high <= 273.0, "{none:#?}");
        let (all, _) = census(&frame, 30, design, looks, |_| Member).unwrap();
        sound(&all, 303.0);
        assert!(all.best.high <= 303.0 && all.best.low < 300.0 && all.best.low >= 33.0, "{all:#?}");
    }
}

#[test]
fn everybody_labelled_is_exact() {
    let frame = frame(2, 40);
    for (design, looks) in DESIGNS.into_iter().flat_map(|d| LOOKS.map(|l| (d, l))) {
        let (m, d) = census(&frame, 40, design, looks, |i| if i.is_multiple_of(4) { Member } else { Not }).unwrap();
        // Two seeds, of which 0 is one of the quarter, and 4, 8 … 40.
        for f in [&m.best, &m.wald, &m.horvitz_thompson] {
            assert!((f.low - 12.0).abs() < 1e-6 && (f.high - 12.0).abs() < 1e-6, "{m:#?}");
        }
        assert!(d.relative_half_width < 1e-6, "{d:#?}");
    }
}

#[test]
fn a_frame_of_three() {
    let frame = frame(1, 2);
    for (design, n) in
        [Design::Proportional, Design::Simple, Design::Stratified].into_iter().flat_map(|d| [(d, 1), (d, 2)])
    {
        for answer in [Member, Not, Answer::Unsure, Answer::CannotTell] {
            match census(&frame, n, design, Looks::Once, |_| answer) {
                Ok((m, _)) => sound(&m, 3.0),
                Err(e) => assert!(!e.to_string().is_empty()),
            }
        }
    }
    // One of two labelled: the other may be anything.
    let (m, _) = census(&frame, 1, Design::Simple, Looks::Once, |_| Member).unwrap();
    assert!(m.best.low >= 2.0 - 1e-9 && m.best.high > 2.9, "{m:#?}");
}

#[test]
fn no_label_is_refused() {
    let frame = frame(1, 5);
    assert!(census(&frame, 0, Design::Proportional, Looks::Once, |_| Member).is_err());
}

#[test]
fn looking_after_every_batch_costs_width_and_says_so() {
    let frame = frame(3, 2_000);
    let answer = |i: usize| if i.is_multiple_of(5) { Member } else { Not };
    let (once, _) = census(&frame, 300, Design::Proportional, Looks::Once, answer).unwrap();
    let (every, _) = census(&frame, 300, Design::Proportional, Looks::EveryBatch, answer).unwrap();
    assert!(every.best.low < once.best.low && once.best.high < every.best.high, "{once:#?} {every:#?}");
    assert!(once.best.method.contains("MOVER") && every.best.method.contains("sequence"));
    assert_eq!(once.best.value, every.best.value);
}
