//! The report page, from fixed figures.

#![allow(clippy::unwrap_used)]

use netcensus::describe::Portrait;
use netcensus::estimate::Estimate;
use netcensus::figure::Figure;
use netcensus::report::{About, page};

fn estimate() -> Estimate {
    serde_json::from_str(include_str!("data/estimate.json")).unwrap()
}

fn portrait() -> Portrait {
    serde_json::from_str(include_str!("data/portrait.json")).unwrap()
}

fn about() -> About {
    About { seed: 7, version: "0.0.0".into(), min_cell: 10 }
}

fn render(estimate: &Estimate, portrait: &Portrait) -> String {
    page(estimate, portrait, &about()).unwrap()
}

/// Open `tests/snapshots/report__page.html.snap.html` in a browser to see it; `INSTA_UPDATE=always` renews it.
#[test]
fn the_page_is_as_it_was() {
    insta::assert_binary_snapshot!("page.html", render(&estimate(), &portrait()).into_bytes());
}

#[test]
fn the_same_figures_give_the_same_bytes() {
    assert_eq!(render(&estimate(), &portrait()), render(&estimate(), &portrait()));
}
