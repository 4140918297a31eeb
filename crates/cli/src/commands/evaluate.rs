use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netcensus::Result;
use netcensus::evaluate::walk::{self, Held, WalkEvaluation, WalkPlan};
use netcensus::evaluate::{self as ev, Plan};
use netcensus::import::{self, What};
use netcensus::network::Network;
use netcensus::study::{FrameRule, Platform, Sample, Settings, SimulatedCoder, Study};
use netcensus::{Error, label};

use crate::ui::{self, Ui};

/// Hold the method against a network whose truth is known
///
/// Repeats the whole census with fresh random seeds and simulated coders, and says how often its interval held the
/// frame's true total, how far off the answer was and how wide the interval, beside a simple random sample of the same
/// size. The truth column is read by the simulated coder and the scorer alone.
#[derive(Args)]
pub(crate) struct Evaluate {
    /// A CSV file of all accounts, with their ids and who is a member
    #[arg(long, value_name = "FILE")]
    accounts: PathBuf,

    /// A file of follows: CSV, JSON lines or Parquet, plain, gzip or zstd
    #[arg(long, value_name = "FILE")]
    follows: PathBuf,

    /// The column of the accounts file that holds 1 for a member and 0 for another
    #[arg(long, default_value = "member", value_name = "COLUMN")]
    member_column: String,

    /// Known members given to each census
    #[arg(long, default_value_t = 150)]
    seeds: usize,

    /// How accounts are drawn: from a frame, or by walks as where nobody can list one
    #[arg(long, value_enum, default_value_t = Design::Default, value_name = "DESIGN")]
    design: Design,

    /// Labels in each census
    #[arg(long, default_value_t = Sample::default().labels)]
    labels: usize,

    /// Batches in which they are drawn
    #[arg(long, default_value_t = Sample::default().batches)]
    batches: usize,

    /// The share of each batch that is drawn uniformly
    #[arg(long, default_value_t = Sample::default().uniform_share)]
    uniform_share: f64,

    /// Hops from the seeds
    #[arg(long, default_value_t = FrameRule::default().waves)]
    waves: u32,

    /// How many of the group so far must follow an account for it to be in the frame
    #[arg(long, default_value_t = FrameRule::default().min_follows)]
    min_follows: u32,

    /// How many censuses
    #[arg(long, default_value_t = 20)]
    repeat: u32,

    /// The random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The confidence level
    #[arg(long, default_value_t = 0.95)]
    level: f64,

    /// The share of bad rows above which a file is refused
    #[arg(long, default_value_t = 0.05)]
    max_rejected: f64,
}

/// How accounts are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Design {
    /// The census: a frame, and batches drawn from it
    Default,
    /// Simple random walks along the ties
    RandomWalk,
    /// Walks that meet every account alike (Metropolis-Hastings)
    Metropolis,
}

impl Design {
    fn walk(self) -> Option<walk::Walk> {
        match self {
            Self::Default => None,
            Self::RandomWalk => Some(walk::Walk::Simple),
            Self::Metropolis => Some(walk::Walk::Metropolis),
        }
    }
}

impl Evaluate {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut settings = Settings::new("Evaluation", "members by the truth column", Platform::Files);
        settings.frame = FrameRule {
            waves: self.waves,
            min_follows: self.min_follows,
            // The truth of the whole network is known here; nothing is too large to look at.
            max_followers: u64::MAX >> 1,
            max_following: u64::MAX >> 1,
            leave_out_bots: false,
        };
        settings.sample = Sample { labels: self.labels, batches: self.batches, uniform_share: self.uniform_share };
        settings.estimate.level = self.level;
        settings.check()?;
        let truth = label::read_truth(&self.accounts, &self.member_column)?;
        let network = self.network(&settings, ui)?;
        if let Some(walk) = self.design.walk() {
            let plan = WalkPlan::new(walk, self.labels, self.level, self.repeat, self.seed);
            let evaluation = walk::evaluate_walks(&network, &truth, &plan, &ui.progress)?;
            return ui.result(&evaluation, || words_of_walks(&evaluation));
        }
        let plan = Plan {
            seeds: self.seeds,
            frame: settings.frame,
            sample: settings.sample,
            coder: SimulatedCoder::perfect(),
            level: self.level,
            repeat: self.repeat,
            seed: self.seed,
        };
        let evaluation = ev::evaluate(&network, &truth, &plan, &ui.progress)?;
        ui.result(&evaluation, || words(&evaluation))
    }

    /// The network, by way of a study that is thrown away: files are read as any study reads them.
    fn network(&self, settings: &Settings, ui: &Ui) -> Result<Network> {
        let temporary = tempfile::tempdir().map_err(|e| Error::disk(&std::env::temp_dir(), e))?;
        let mut study = Study::create(&temporary.path().join("study"), settings, &[])?;
        let options = import::Options { max_rejected: self.max_rejected, ..import::Options::default() };
        for (what, file) in [(What::Accounts, &self.accounts), (What::Follows, &self.follows)] {
            let summary = import::import(&mut study, what, file, &options, &ui.progress)?;
            if summary.rejected > 0 {
                ui.progress.note(format!("{}: {} bad rows set aside", file.display(), summary.rejected));
            }
        }
        Network::load(&study.store)
    }
}

fn words_of_walks(e: &WalkEvaluation) -> String {
    let percent = |v: f64| format!("{:.1} %", 100.0 * v);
    let maybe = |v: Option<f64>| v.map_or("none".into(), percent);
    let line = |what: &str, h: &Held, truth: String| {
        format!(
            "\n  {what:<8} {truth:>9}: the interval held it {} (asked for: {}), too low {}, too high {}; bias {} ± {}; \
             half-width {}",
            percent(h.coverage),
            percent(e.level),
            percent(h.missed_low),
            percent(h.missed_high),
            maybe(h.relative_bias),
            maybe(h.relative_bias_se),
            maybe(h.relative_half_width)
        )
    };
    format!(
        "{} times {} draws, {} different accounts, from {} accounts with {} members; the truth is that of the largest \
         connected part{}{}{}\n  {:.1} seconds",
        e.repeats,
        ui::count(e.draws as f64),
        ui::count(e.labels as f64),
        ui::count(e.accounts as f64),
        ui::count(e.members as f64),
        line("share", &e.share, percent(e.share.truth)),
        line("accounts", &e.size, ui::count(e.size.truth)),
        line("members", &e.total, ui::count(e.total.truth)),
        e.seconds
    )
}

fn words(e: &ev::Evaluation) -> String {
    let percent = |v: f64| format!("{:.1} %", 100.0 * v);
    format!(
        "{} censuses of {} accounts, {} members; {} labels each, frame of {} accounts with {} of the members\n  \
         the interval held the truth     {} (asked for: {}); it was too low {}, too high {}\n  \
         bias of the answer              {} ± {}\n  \
         half-width of the interval      {} (a simple random sample: {})\n  \
         one label was worth             {:.2} randomly drawn ones\n  \
         {:.1} seconds",
        e.repeats,
        ui::count(e.accounts as f64),
        ui::count(e.members as f64),
        e.labels,
        ui::count(e.frame_size as f64),
        percent(e.frame_recall),
        percent(e.coverage),
        percent(e.level),
        percent(e.missed_low),
        percent(e.missed_high),
        percent(e.relative_bias),
        percent(e.relative_bias_se),
        percent(e.relative_half_width),
        percent(e.srs_relative_half_width),
        e.label_efficiency,
        e.seconds
    )
}
