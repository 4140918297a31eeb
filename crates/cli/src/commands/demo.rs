use std::path::PathBuf;

use clap::Args;
use netcensus::label;
use netcensus::run::{Census, State};
use netcensus::simulate::{self as sim, World};
use netcensus::study::{FrameRule, Platform, Settings, SimulatedCoder, Study};
use netcensus::{Error, Result};

use crate::ui::{self, Ui};

/// See a whole census work, on a simulated network, in about a minute
///
/// Makes a network of 20,000 accounts with a group of 1,000 among bystanders who follow it without belonging, takes the
/// census with a simulated coder from 50 known members and 500 labels, prints the answer beside the truth, and writes
/// the report. The folder is a study like any other: look into it, change study.toml, run it again.
#[derive(Args)]
pub(crate) struct Demo {
    /// The folder for the study
    #[arg(default_value = "demo")]
    dir: PathBuf,

    /// The random seed of network and census
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The truth, for the simulated coder and for the comparison at the end.
const TRUTH: &str = "truth.csv";

impl Demo {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut study = if self.dir.join("study.toml").exists() { self.again()? } else { self.make(ui)? };
        let mut census = Census::new(&mut study, &ui.progress);
        let State::Done { estimate, .. } = census.run()? else {
            return Err(Error::usage(format!("{} has changed and is no demonstration any more", self.dir.display()))
                .help("choose another folder: netcensus demo DIR"));
        };
        let truth = census.true_total(&label::read_truth(&self.dir.join(TRUTH), "member", |_| true)?)?;
        let holds = estimate.members.best.low <= truth && truth <= estimate.members.best.high;
        let report = self.dir.join("out/report.html");
        let result = serde_json::json!({"estimate": estimate, "truth": truth, "holds": holds, "report": report});
        ui.result(&result, || {
            format!(
                "{}\nThe truth, which only the simulated coder saw: {}. The interval {}.\nThe report: {}",
                super::run::answer(&estimate),
                ui::count(truth),
                if holds { "holds it" } else { "does not hold it, as happens once in twenty" },
                report.display()
            )
        })
    }

    /// An earlier demonstration: brought up to date, not made anew.
    fn again(&self) -> Result<Study> {
        let study = Study::open(&self.dir)?;
        if study.settings.platform != Platform::Simulated || !self.dir.join(TRUTH).exists() {
            return Err(Error::usage(format!("{} holds a study that is no demonstration", self.dir.display()))
                .help("choose another folder: netcensus demo DIR"));
        }
        Ok(study)
    }

    fn make(&self, ui: &Ui) -> Result<Study> {
        ui.progress.begin("simulate a network", None);
        let network = sim::simulate(&World { seed: self.seed, traits: true, ..World::default() })?;
        let mut settings =
            Settings::new("Demonstration", "accounts of an invented group in a simulated network", Platform::Simulated);
        settings.seed = self.seed;
        settings.frame = FrameRule { min_follows: 2, ..FrameRule::default() };
        settings.simulated_coder =
            Some(SimulatedCoder { truth: TRUTH.into(), column: "member".into(), sensitivity: 1.0, specificity: 1.0 });
        let seeds: Vec<String> = network.seeds.iter().map(|&i| network.accounts[i as usize].id.clone()).collect();
        let mut study = Study::create(&self.dir, &settings, &seeds)?;
        let filled =
            sim::into_study(&network, &mut study).and_then(|()| sim::write_truth(&network, &self.dir.join(TRUTH)));
        ui.progress.end();
        filled.map(|()| study)
    }
}
