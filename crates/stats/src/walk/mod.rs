//! Share, size and total where nobody can list the population: from units met by walks along its ties, or by referral.
//!
//! | here | what | paper |
//! |---|---|---|
//! | [`Chains::share`] | the share of members, by chance-weighted mean | Volz & Heckathorn 2008; Geyer 1992 |
//! | [`Chains::size`] | how many units there are, from those met twice | Katzir, Liberty & Somekh 2011; Lu & Li 2013 |
//! | [`Chains::total`] | the members: share × size | Zou & Donner 2008 |
//! | [`Chains::share_by_blocks`] | the share with a block bootstrap | Künsch 1989; Politis & Romano 1992 |
//! | [`tree_bootstrap`] | the share from referral trees | Baraff, McCormick & Raftery 2016 |
//!
//! A walk's draws resemble their neighbours in the chain: intervals that take them for independent ones are far too narrow
//! (Goel & Salganik 2010, *Assessing respondent-driven sampling*). Those here count the chain's memory in. They cannot
//! count in what the walk never got to: a part of the network that it cannot reach or that is behind a narrow passage.

mod bootstrap;
mod series;
mod share;
mod size;

pub use bootstrap::{Referral, tree_bootstrap};
pub use share::Share;
pub use size::{Count, Size};

use crate::{Error, Result};

/// A unit that a walk met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// Which unit, so that it is known when it is met again.
    pub unit: u64,
    /// d: how many units are tied to it.
    pub degree: f64,
    /// y: whether it is a member, 0 to 1.
    pub label: f64,
}

/// How likely a walk in the long run is to be at a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chances {
    /// In proportion to its degree: a simple random walk, or referral.
    Degree,
    /// The same for all: a Metropolis–Hastings walk.
    Uniform,
}

/// The draws of one or more walks, each in its order, burn-in left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Chains {
    chains: Vec<Vec<Draw>>,
    chances: Chances,
}

impl Chains {
    /// Chains whose draws were met with these chances.
    ///
    /// # Errors
    /// Without a draw; when a degree is not above 0 or a label not between 0 and 1.
    pub fn new(chains: Vec<Vec<Draw>>, chances: Chances) -> Result<Self> {
        check(chains.iter().flatten())?;
        Ok(Self { chains, chances })
    }

    /// n, all chains taken together.
    pub fn draws(&self) -> usize {
        self.chains.iter().map(Vec::len).sum()
    }

    /// How many different units were met.
    pub fn units(&self) -> usize {
        let mut units: Vec<u64> = self.chains.iter().flatten().map(|d| d.unit).collect();
        units.sort_unstable();
        units.dedup();
        units.len()
    }

    /// What a draw's chance is in proportion to.
    fn chance(&self, draw: &Draw) -> f64 {
        match self.chances {
            Chances::Degree => draw.degree,
            Chances::Uniform => 1.0,
        }
    }

    /// Numbers of the draws, in the chains' shape.
    fn series(&self, number: impl Fn(&Draw) -> f64) -> Vec<Vec<f64>> {
        self.chains.iter().map(|chain| chain.iter().map(&number).collect()).collect()
    }
}

fn check<'a>(draws: impl Iterator<Item = &'a Draw>) -> Result<()> {
    let mut any = false;
    for draw in draws {
        any = true;
        if !(draw.degree > 0.0 && draw.degree.is_finite()) {
            return Err(Error::Argument("a unit that a walk met must have a degree above 0"));
        }
        if !(0.0..=1.0).contains(&draw.label) {
            return Err(Error::Argument("labels must be between 0 and 1"));
        }
    }
    if any { Ok(()) } else { Err(Error::NoLabels) }
}
