//! Sampling designs, estimators and intervals for counting a rare group in a listed population.
//!
//! | module | what | paper |
//! |---|---|---|
//! | [`design`] | inclusion probabilities and fixed-size draws | Deville & Tillé 1998; Zrnic & Candès 2024 |
//! | [`total`] | difference estimator of a total, batch by batch; Horvitz–Thompson | Särndal, Swensson & Wretman 1992 |
//! | [`interval`] | Wald, and gamma limits joined by MOVER | Fay & Feuer 1997; Zou & Donner 2008 |
//! | [`domain`] | shares, means and quantiles of the members | Woodruff 1952 |
//! | [`logistic`] | penalised logistic regression, cross-validated and calibrated | Platt 1999 |
//! | [`boosted`] | gradient-boosted trees, cross-validated and calibrated | Friedman 2001; Chen & Guestrin 2016 |
//! | [`stack`] | weights of several models, by what each said of the labels it did not see | Wolpert 1992; Breiman 1996 |
//! | [`agreement`] | Cohen's kappa | Cohen 1960 |
//!
//! Nothing here knows of graphs, files or studies. The same symbols everywhere: a population U of N units, y₁…y_N their
//! labels (1 member, 0 not), f₁…f_N scores that did not see them, π₁…π_N inclusion probabilities, s the sample.

pub mod agreement;
pub mod boosted;
pub mod design;
pub mod domain;
pub mod interval;
pub mod logistic;
pub mod stack;
pub mod total;

/// Why a figure cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nothing to estimate from.
    #[error("there is no labelled unit to estimate from")]
    NoLabels,
    /// An argument outside of what the method allows.
    #[error("{0}")]
    Argument(&'static str),
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;
