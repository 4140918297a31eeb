//! The portrait held against the truth, where it is known: for validation alone.

use netcensus_stats::total::{Batch, Unit};

use super::group::Group;
use super::traits::Traits;
use super::{Section, sections};
use crate::Result;
use crate::frame::Frame;
use crate::network::Network;
use crate::progress::Progress;
use crate::study::Study;

/// A frame whose members are known, and what the data says of its accounts.
pub(crate) struct Trial<'a> {
    min_cell: u64,
    network: &'a Network,
    traits: Traits<'a>,
    /// Everyone labelled, and rightly.
    truth: Vec<Batch>,
    progress: Progress,
}

impl<'a> Trial<'a> {
    /// `member` says of each unit of the frame whether it is one.
    pub(crate) fn new(
        study: &'a Study,
        network: &'a Network,
        frame: &'a Frame,
        member: &[bool],
        progress: &Progress,
    ) -> Result<Self> {
        let progress = progress.quiet();
        let traits = Traits::read(study, network, frame, &progress)?;
        let unit = |is: &bool| {
            let y = f64::from(u8::from(*is));
            Unit { score: y, probability: 1.0, label: Some(y) }
        };
        let truth = vec![Batch { weight: 1.0, units: member.iter().map(unit).collect() }];
        Ok(Self { min_cell: study.settings.publish.min_cell, network, traits, truth, progress })
    }

    /// The portrait that such labels and scores give, and every figure as it is in truth: also those that would not be
    /// published.
    pub(crate) fn run(&self, batches: &[Batch], level: f64) -> Result<[Vec<Section>; 2]> {
        let group = Group::new(batches, level, self.min_cell)?;
        let truth = Group::truth(&self.truth, level, &group)?;
        let of = |group: &Group<'_>| sections(group, &self.traits, self.network, &self.progress);
        Ok([of(&group)?, of(&truth)?])
    }
}
