//! One file a command; the three steps of a line each share one.

use std::path::PathBuf;

use clap::Args;
use netcensus::Result;
use netcensus::run::Census;
use netcensus::study::Study;

use crate::ui::Ui;

pub(crate) mod collect;
pub(crate) mod compare;
pub(crate) mod demo;
pub(crate) mod directory;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod hand_over;
pub(crate) mod import;
pub(crate) mod label;
pub(crate) mod new;
pub(crate) mod plan;
pub(crate) mod rehearse;
pub(crate) mod replacement;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod sample;
pub(crate) mod simulate;
pub(crate) mod sites;
pub(crate) mod status;
pub(crate) mod steps;
pub(crate) mod stream;
pub(crate) mod takedowns;
pub(crate) mod validate;
pub(crate) mod watch;
pub(crate) mod what_if;

/// Which study.
#[derive(Args)]
pub(crate) struct Which {
    /// The study's folder
    #[arg(default_value = ".", value_name = "STUDY")]
    study: PathBuf,
}

impl Which {
    fn open(&self) -> Result<Study> {
        Study::open(&self.study)
    }

    /// Opens the study and does one thing with it.
    fn with<T>(&self, ui: &Ui, work: impl FnOnce(&mut Census<'_>) -> Result<T>) -> Result<T> {
        let mut study = self.open()?;
        work(&mut Census::new(&mut study, &ui.progress))
    }
}
