//! Designs: which units to label, each with a known probability.
//!
//! | design | probabilities | draw | size |
//! |---|---|---|---|
//! | simple random | n/N | [`simple`] | fixed |
//! | stratified | n_h/N_h, [`stratified_probabilities`], with n_h from [`proportional`] or [`neyman`] | [`stratified`] | fixed in each stratum |
//! | Poisson | any | [`poisson`] | random |
//! | conditional Poisson | any | [`ConditionalPoisson`] | fixed, entropy at its largest, joint probabilities known |
//! | pivotal | any, or [`mixed_probabilities`] | [`pivotal`] | fixed |
//!
//! Probabilities come first and are to be stored with the sample, for units not drawn, too; the draw follows them. The
//! same generator in the same state draws the same units, given in ascending order.

mod allocation;
mod conditional;
mod mixed;
mod random;

pub use allocation::{neyman, proportional};
pub use conditional::{ConditionalPoisson, LARGEST_JOINT, LARGEST_POPULATION};
pub use mixed::{mixed_probabilities, pivotal};
pub use random::{poisson, simple, stratified, stratified_probabilities};
