//! netcensus counts, describes and follows a hidden population on a social network, from a few known accounts, and
//! says how sure it is.
//!
//! A [`study::Study`] is a folder. A census is a journey through it, one module a step, in this order:
//!
//! | step | takes | gives |
//! |---|---|---|
//! | [`collect`] or [`import`] | seeds and a network, or files | `accounts`, `follows`, `posts`, `statuses` |
//! | [`frame`] | the above | every account that could be a member, by a fixed rule on the graph |
//! | [`measure`] | frame and follows | how each account is tied to the group |
//! | [`sample`] | frame and scores | accounts to label, each with its inclusion probability |
//! | [`label`], [`coders`] | the sample and people | coded labels, and how far to trust them |
//! | [`classify`] | labels and measures | a cross-fitted, calibrated membership score for each account |
//! | [`estimate`] | labels, scores, probabilities | how many members, with intervals |
//! | [`beyond`] | lists of members from elsewhere | how many members lie outside of the frame, as a range |
//! | [`describe`] | the above and posts | the portrait: every share and mean with its interval |
//! | [`replacement`] | statuses over time, follows, profiles | which suspended accounts may have come back |
//! | [`report`] | all | one HTML page |
//! | [`export`] | frame, measures, scores, labels | accounts under pseudonyms and their ties, for other programs |
//! | [`watch`], [`lives`] | the frame, again and again | `statuses` over time; how long each account was seen to live |
//! | [`hand_over`] | labels of two coders, and a person who confirms | reports of accounts to the platform |
//!
//! [`takedowns`] says what suspensions did. [`sites`] looks whether the web sites live that the group pushes. [`what_if`] says what the group would lose with some of its members. [`run`] brings a study up to date, like make. [`simulate`] makes a network whose truth is known, and [`evaluate`]
//! holds the method against any such network, [`validate`] against thousands of made-up worlds. [`compare`] holds two studies against each other. [`plan`] says how many
//! labels an interval of a wanted width takes, [`rehearse`] how many requests a crawl does.
//!
//! Under the journey lie the study folder ([`study`]), its tables ([`tables`], [`rows`], [`store`]), `work.db`
//! ([`work`]), and the network in memory ([`network`]). The mathematics is in `netcensus-graph` and `netcensus-stats`,
//! which know nothing of studies.

pub mod collect;
pub mod import;

pub mod frame;
pub mod measure;
pub mod sample;

pub mod coders;
pub mod label;

pub mod classify;
pub mod estimate;

pub mod beyond;

pub mod replacement;

pub mod describe;
pub mod export;
pub mod hand_over;
pub mod publish;
pub mod report;

pub mod watch;

pub mod run;
pub mod sites;

pub mod compare;
pub mod evaluate;
pub mod plan;
pub mod rehearse;
pub mod simulate;
pub mod takedowns;
pub mod validate;
pub mod what_if;

pub mod figure;
pub mod lives;
pub mod network;
pub mod profiles;
pub mod progress;
pub mod rows;
pub mod store;
pub mod study;
pub mod tables;
pub mod text;
pub mod texts;
pub mod work;

mod declared;
mod error;
mod kept;
mod when;

pub use error::{Error, Kind, Result};
