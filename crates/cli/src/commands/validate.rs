use std::path::PathBuf;

use clap::Args;
use netcensus::validate::{self as v, Coverage, Validation};
use netcensus::{Error, Result};

use crate::ui::Ui;

/// Try the interval on many worlds whose truth is known
///
/// Over a grid of frames with planted scores (prevalence, ranking, calibration, members that the scores miss, labels, coder
/// error), and over whole simulated networks (size, prevalence, homophily, bystanders, pocket, coder error): how often
/// the interval held the truth, how wide it was, beside simple random sampling. docs/methods.md shows the published run.
#[derive(Args)]
pub(crate) struct Validate {
    /// Worlds in each setting of the grid; the published tables use 2,000 (some 12 minutes on two cores)
    #[arg(long, default_value_t = 100)]
    worlds: u32,

    /// Whole simulated networks in each of thirteen settings; the published tables use 200
    #[arg(long, default_value_t = 0)]
    networks: u32,

    /// Try the portrait's intervals instead: so many censuses of simulated networks; the published table uses 200
    #[arg(long, value_name = "CENSUSES", conflicts_with_all = ["worlds", "networks"])]
    portrait: Option<u32>,

    /// Labels of each of the portrait's censuses
    #[arg(long, requires = "portrait", default_value_t = 400)]
    labels: usize,

    /// The folder to write: validation.json, validation.md, and a chart for each prevalence; for the portrait,
    /// portrait-coverage.json and portrait-coverage.md
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// The confidence level
    #[arg(long, default_value_t = 0.95)]
    level: f64,

    /// The random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Validate {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        if let Some(runs) = self.portrait {
            return self.portrait(runs, ui);
        }
        let (grid, widths, networks) = (v::published(), v::widths(), v::around_the_demo());
        let plan = v::Plan { worlds: self.worlds, networks: self.networks, level: self.level, seed: self.seed };
        let validation = v::validate(&grid, &widths, &networks, &plan, &ui.progress)?;
        if let Some(folder) = &self.out {
            v::write(&validation, folder)?;
        }
        ui.result(&validation, || words(&validation))
    }
}

impl Validate {
    fn portrait(&self, runs: u32, ui: &Ui) -> Result<()> {
        let plan = v::PortraitPlan {
            runs,
            labels: self.labels,
            level: self.level,
            seed: self.seed,
            ..v::PortraitPlan::default()
        };
        let folder = tempfile::tempdir().map_err(|e| Error::disk(&std::env::temp_dir(), e))?;
        let coverage = v::portrait(&plan, folder.path(), &ui.progress)?;
        if let Some(folder) = &self.out {
            v::write_portrait(&coverage, folder)?;
        }
        ui.result(&coverage, || portrait_words(&coverage))
    }
}

fn portrait_words(coverage: &Coverage) -> String {
    let mut text = format!(
        "{} censuses of {} simulated networks; intervals that held the truth, asked for {:.1} %\n",
        coverage.plan.runs,
        coverage.plan.networks,
        100.0 * coverage.plan.level
    );
    for h in coverage.kinds.iter().chain(&coverage.sections) {
        let (held, error) = (100.0 * h.coverage, 196.0 * h.error);
        text += &format!("  {:<18}{:<22}{held:>6.1} % ±{error:>4.1}   of {}\n", h.kind, h.section, h.intervals);
    }
    for s in &coverage.spread {
        text += &format!(
            "  {} figures ({}): {} held within 2 points of that, {} less often, {} more often; by chance alone {:.0} would be within\n",
            s.figures, s.kind, s.within, s.fewer, s.more, s.by_chance
        );
    }
    text.trim_end().to_owned()
}

fn words(v: &Validation) -> String {
    let percent = |share: f64| format!("{:>6.1} %", 100.0 * share);
    let mut text = String::new();
    if let Some(s) = &v.summary {
        text += &format!(
            "{} settings with planted scores, {} worlds each; asked for {:.1} %\n  \
             held the truth   mean {}   worst setting {}   best setting {}\n  \
             too low  {}   too high {}   (means)\n  \
             plain Wald intervals, coder error left out, worst setting {}\n",
            s.settings,
            v.plan.worlds,
            100.0 * v.plan.level,
            percent(s.mean),
            percent(s.worst),
            percent(s.best),
            percent(s.missed_low),
            percent(s.missed_high),
            percent(s.wald_worst),
        );
    }
    let head = "held the truth  half-width  simple random";
    if !v.widths.is_empty() {
        text += &format!("\n{:<58}{head}\n", "censuses that the design set a width for");
        for cell in &v.widths {
            let (s, r) = (&cell.setting, &cell.result);
            let name = format!(
                "{} accounts, {} %, AUC {}, {} labels, {}",
                s.accounts,
                100.0 * s.prevalence,
                s.auc,
                s.labels,
                if s.batches == 1 { "scores at hand" } else { "two batches" }
            );
            text += &line(&name, r);
        }
    }
    if !v.whole.is_empty() {
        text += &format!("\n{:<58}{head}\n", format!("simulated networks, {} of each", v.plan.networks));
        v.whole.iter().for_each(|cell| text += &line(&cell.setting.name, &cell.result));
    }
    text.trim_end().to_owned()
}

fn line(name: &str, r: &v::Tally) -> String {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    format!(
        "  {name:<56}{:>14}{:>12}{:>15}\n",
        percent(r.coverage),
        percent(r.relative_half_width),
        percent(r.srs_relative_half_width)
    )
}
