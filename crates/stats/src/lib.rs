//! Sampling designs, estimators and intervals for counting a rare group in a listed population.
//!
//! | module | what | paper |
//! |---|---|---|
//! | [`design`] | inclusion probabilities and draws: simple, stratified, Poisson, conditional Poisson, pivotal | Tillé 2006 |
//! | [`total`] | difference estimator of a total, batch by batch; Horvitz–Thompson | Särndal, Swensson & Wretman 1992 |
//! | [`interval`] | Wald, and gamma limits joined by MOVER | Fay & Feuer 1997; Zou & Donner 2008 |
//! | [`bootstrap`] | studentised bootstrap of a total | Holmberg 1998; Beaumont & Patak 2012 |
//! | [`sequence`] | limits that hold at every look, by betting | Waudby-Smith & Ramdas 2024; Shekhar et al. 2023 |
//! | [`domain`] | shares, means and quantiles of the members | Woodruff 1952 |
//! | [`difference`] | two figures held against each other: difference, ratio, which of many stand out | Zou & Donner 2008; Donner & Zou 2012; Benjamini & Hochberg 1995 |
//! | [`concentration`] | how few members hold half of something, Lorenz ordinates, Gini | Kovačević & Binder 1997; Langel & Tillé 2013 |
//! | [`survey`] | totals, means, ratios, GREG, domains and quantiles under the classical designs | Särndal, Swensson & Wretman 1992 |
//! | [`logistic`] | penalised logistic regression, cross-validated and calibrated | Platt 1999 |
//! | [`agreement`] | Cohen's kappa, Krippendorff's alpha, with intervals | Fleiss, Cohen & Everitt 1969; Krippendorff 2011 |
//! | [`coders`] | sensitivity and specificity by gold items; totals corrected for coder error | Rogan & Gladen 1978 |
//! | [`capture`] | size of a population from lists: Chapman, Chao, log-linear, doubly robust; scale-up | Chapman 1951; Das, Kennedy & Jewell 2023 |
//! | [`survival`] | lifetimes with delayed entry: curves, ends between checks, competing ends, log-rank, Cox, how many ever lived | Kaplan & Meier 1958; Turnbull 1976; Aalen & Johansen 1978; Cox 1972 |
//! | [`effect`] | waves of suspensions, matched controls, stacked difference in differences, rates after waves | Cengiz et al. 2019; Bell & McCaffrey 2002 |
//! | [`privacy`] | counts with noise: differential privacy by exact sampling | Canonne, Kamath & Steinke 2020 |
//! | [`quantify`] | prevalence from scores alone, as a cross-check | Saerens et al. 2002 |
//! | [`walk`] | share, size and total where units are met by walks or referrals | Volz & Heckathorn 2008; Katzir et al. 2011 |
//! | [`open`] | survival, entries and size of a population over repeated waves | Lebreton et al. 1992; Schwarz & Arnason 1996 |
//! | [`boosted`] | gradient-boosted trees, cross-validated and calibrated | Friedman 2001; Chen & Guestrin 2016 |
//! | [`stack`] | weights of several models, by what each said of the labels it did not see | Wolpert 1992; Breiman 1996 |
//!
//! Nothing here knows of graphs, files or studies. The same symbols everywhere: a population U of N units, y₁…y_N their
//! labels (1 member, 0 not), f₁…f_N scores that did not see them, π₁…π_N inclusion probabilities, s the sample.

pub mod agreement;
pub mod boosted;
pub mod bootstrap;
pub mod capture;
pub mod coders;
pub mod concentration;
pub mod design;
pub mod difference;
pub mod domain;
pub mod effect;
pub mod hidden;
pub mod interval;
pub mod logistic;
mod newton;
pub mod open;
pub mod privacy;
pub mod quantify;
pub mod sequence;
pub mod stack;
pub mod survey;
pub mod survival;
pub mod total;
pub mod walk;

/// Why a figure cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nothing to estimate from.
    #[error("there is no labelled unit to estimate from")]
    NoLabels,
    /// Gold items do not show that members are called members more often than others are.
    #[error("the coders' answers carry no information: the gold items do not show that they tell members from others")]
    NoInformation,
    /// The coders' answers cannot have come about with the errors that gold items show.
    #[error("gold items and sample contradict each other: coders erred more on the gold items than in the sample")]
    Contradiction,
    /// An argument outside of what the method allows.
    #[error("{0}")]
    Argument(&'static str),
    /// A stratum, numbered from 0, from which nothing can be said.
    #[error("stratum {0} {1}")]
    Stratum(usize, &'static str),
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;
