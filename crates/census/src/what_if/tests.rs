#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn the_grid_holds_what_is_asked_and_nothing_too_small() {
    let grid = grid(1000, 10, &[3, 100, 5000]);
    assert_eq!((grid.first(), grid.last()), (Some(&10), Some(&1000)));
    assert!(grid.contains(&100) && grid.is_sorted() && grid.len() <= POINTS + 1);
    assert_eq!(super::grid(10, 10, &[]), [10]);
}

#[test]
fn who_counts_as_a_member() {
    let unit = |account: u32, wave: u32| crate::frame::Unit { account, wave, group_follows: 0 };
    let frame = Frame { units: vec![unit(5, 0), unit(6, 1), unit(7, 1), unit(8, 1), unit(9, 1)], ..Frame::default() };
    let answers = vec![None, Some(Answer::Member), Some(Answer::Not), None, None];
    let coded = Coded { answers, ..Coded::default() };
    assert_eq!(members(&frame, &coded, Some(&[0.0, 0.1, 0.99, 0.6, 0.4]), 0.5), (vec![5, 6, 8], 1));
    assert_eq!(members(&frame, &coded, None, 0.5), (vec![5, 6], 0));
}
