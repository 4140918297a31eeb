use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use netcensus::Result;
use netcensus::beyond::trial::Lists;
use netcensus::evaluate::walk::{self, Held, WalkEvaluation, WalkPlan};
use netcensus::evaluate::{self as ev, Estimator, Plan};
use netcensus::import::{self, What};
use netcensus::network::Network;
use netcensus::study::{self, FrameRule, Platform, Sample, Settings, SimulatedCoder, Study};
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

    /// Labels in each census
    #[arg(long, default_value_t = Sample::default().labels)]
    labels: usize,

    /// Batches in which they are drawn
    #[arg(long, default_value_t = Sample::default().batches)]
    batches: usize,

    /// The share of each batch that is drawn uniformly
    #[arg(long, default_value_t = Sample::default().uniform_share)]
    uniform_share: f64,

    /// How accounts are drawn: in batches from a frame, or by walks as where nobody can list one
    #[arg(long, value_enum, default_value_t = Design::Proportional)]
    design: Design,

    /// Other estimators to hold beside
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES")]
    estimator: Vec<Beside>,

    /// A coder's chance to answer wrongly, either way; corrected for by simulated gold items
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    coder_error: f64,

    /// Gold items by which the coder's error is known, a quarter of them members; 0 to take the coder as right
    #[arg(long, default_value_t = 400, value_name = "ITEMS")]
    gold: usize,

    /// Hops from the seeds
    #[arg(long, default_value_t = FrameRule::default().waves)]
    waves: u32,

    /// How many of the group so far must follow an account for it to be in the frame
    #[arg(long, default_value_t = FrameRule::default().min_follows)]
    min_follows: u32,

    /// Also draw two lists of members from the truth, over the whole network and more often accounts with many follows, and
    /// hold the total beyond the frame against the group's full size
    #[arg(long)]
    beyond: bool,

    /// The mean chance of a member to be on a list
    #[arg(long, default_value_t = 0.25, value_name = "SHARE", requires = "beyond")]
    list_rate: f64,

    /// How many censuses
    #[arg(long, default_value_t = 20)]
    repeat: u32,

    /// The random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The confidence level
    #[arg(long, default_value_t = 0.95)]
    level: f64,

    /// Other levels at which to hold the interval, and each of --estimator
    #[arg(long, value_delimiter = ',', value_name = "LEVELS")]
    levels: Vec<f64>,

    /// The share of bad rows above which a file is refused
    #[arg(long, default_value_t = 0.05)]
    max_rejected: f64,
}

/// How a batch is drawn.
#[derive(Clone, Copy, ValueEnum)]
enum Design {
    /// Where the scores are unsure, part uniformly; by the pivotal method
    Proportional,
    /// The same chances by conditional Poisson sampling (frames of at most 5,000 accounts)
    ConditionalPoisson,
    /// Ten strata by how unsure the scores are, Neyman allocation
    Stratified,
    /// Every account alike
    Simple,
    /// No frame at all: simple random walks along the ties
    RandomWalk,
    /// No frame at all: walks that meet every account alike (Metropolis-Hastings)
    Metropolis,
}

impl Design {
    /// The design of a frame's batches; walks have none.
    fn of(self) -> study::Design {
        match self {
            Design::ConditionalPoisson => study::Design::ConditionalPoisson,
            Design::Stratified => study::Design::Stratified,
            Design::Simple => study::Design::Simple,
            Design::Proportional | Design::RandomWalk | Design::Metropolis => study::Design::Proportional,
        }
    }

    fn walk(self) -> Option<walk::Walk> {
        match self {
            Design::RandomWalk => Some(walk::Walk::Simple),
            Design::Metropolis => Some(walk::Walk::Metropolis),
            _ => None,
        }
    }
}

/// An estimator to hold beside.
#[derive(Clone, Copy, ValueEnum)]
enum Beside {
    /// The difference estimator with a plain Wald interval
    Wald,
    /// The difference estimator with a studentised bootstrap interval
    Bootstrap,
    /// The difference estimator with a betting confidence sequence
    Sequence,
    /// The labels alone
    HorvitzThompson,
    /// The weighted mean of the labels, times the frame's size
    Hajek,
    /// The scores fitted to the labels by a weighted line
    Greg,
}

impl Beside {
    fn of(self) -> Estimator {
        match self {
            Beside::Wald => Estimator::Wald,
            Beside::Bootstrap => Estimator::Bootstrap,
            Beside::Sequence => Estimator::Sequence,
            Beside::HorvitzThompson => Estimator::HorvitzThompson,
            Beside::Hajek => Estimator::Hajek,
            Beside::Greg => Estimator::Greg,
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
        settings.sample = Sample {
            labels: self.labels,
            batches: self.batches,
            uniform_share: self.uniform_share,
            design: self.design.of(),
        };
        settings.estimate.level = self.level;
        settings.check()?;
        if !(0.001..=0.9).contains(&self.list_rate) {
            return Err(Error::usage("--list-rate cannot be that").help("allowed: 0.001 to 0.9"));
        }
        if !(0.0..=0.45).contains(&self.coder_error) || (self.gold > 0 && !(4..=1_000_000).contains(&self.gold)) {
            return Err(Error::usage("--coder-error or --gold cannot be that")
                .help("allowed: errors of 0 to 0.45, and 0 or 4 to 1,000,000 gold items"));
        }
        if self.levels.iter().any(|l| !(0.0 < *l && *l < 1.0)) {
            return Err(Error::usage("a level must lie between 0 and 1").help("for example: --levels 0.5,0.8,0.99"));
        }
        let truth = label::read_truth(&self.accounts, &self.member_column, |_| true)?;
        let network = network(&self.accounts, &self.follows, self.max_rejected, &settings, ui)?;
        if let Some(walk) = self.design.walk() {
            let plan = WalkPlan::new(walk, self.labels, self.level, self.repeat, self.seed);
            let evaluation = walk::evaluate_walks(&network, &truth, &plan, &ui.progress)?;
            return ui.result(&evaluation, || words_of_walks(&evaluation));
        }
        let plan = Plan {
            seeds: self.seeds,
            frame: settings.frame,
            sample: settings.sample,
            coder: SimulatedCoder {
                sensitivity: 1.0 - self.coder_error,
                specificity: 1.0 - self.coder_error,
                ..SimulatedCoder::perfect()
            },
            gold: if self.coder_error > 0.0 { self.gold } else { 0 },
            level: self.level,
            beside: self.beside(),
            beyond: self.beyond.then_some(Lists { rate: self.list_rate }),
            repeat: self.repeat,
            seed: self.seed,
        };
        let evaluation = ev::evaluate(&network, &truth, &plan, &ui.progress)?;
        ui.result(&evaluation, || words(&evaluation))
    }

    /// Estimators and levels to hold beside the interval that reports use.
    fn beside(&self) -> Vec<(Estimator, f64)> {
        let own = self.levels.iter().map(|l| (Estimator::Difference, *l));
        let others = self.estimator.iter().flat_map(|e| {
            let levels = if self.levels.is_empty() { vec![self.level] } else { self.levels.clone() };
            levels.into_iter().map(|l| (e.of(), l))
        });
        own.chain(others).collect()
    }
}

/// A network given as files, by way of a study that is thrown away: they are read as any study reads them.
pub(super) fn network(
    accounts: &Path,
    follows: &Path,
    max_rejected: f64,
    settings: &Settings,
    ui: &Ui,
) -> Result<Network> {
    let temporary = tempfile::tempdir().map_err(|e| Error::disk(&std::env::temp_dir(), e))?;
    let mut study = Study::create(&temporary.path().join("study"), settings, &[])?;
    let options = import::Options { max_rejected, ..import::Options::default() };
    for (what, file) in [(What::Accounts, accounts), (What::Follows, follows)] {
        let summary = import::import(&mut study, what, file, &options, &ui.progress)?;
        if summary.rejected > 0 {
            ui.progress.note(format!("{}: {} bad rows set aside", file.display(), summary.rejected));
        }
    }
    Network::load(&study, &ui.progress)
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
    let uncorrected = e.uncorrected_coverage.map_or(String::new(), |c| {
        format!("\n  coder error is corrected for; taking the coder as right, {} would have held", percent(c))
    });
    let mut beside = String::new();
    if !e.beside.is_empty() {
        beside += &format!(
            "\n  {:<18}{:>8}{:>10}{:>10}{:>10}{:>10}{:>12}",
            "beside", "level", "held", "too low", "too high", "bias", "half-width"
        );
    }
    for row in &e.beside {
        beside += &format!(
            "\n  {:<18}{:>8}{:>10}{:>10}{:>10}{:>10}{:>12}",
            row.estimator.name(),
            percent(row.level),
            percent(row.coverage),
            percent(row.missed_low),
            percent(row.missed_high),
            percent(row.relative_bias),
            percent(row.relative_half_width)
        );
    }
    let beyond = e.beyond.as_ref().map_or(String::new(), |b| {
        format!(
            "\n  beyond the frame ({} members outside; {} censuses):\n    \
             the interval held the group's size {}, too low {}; bias {}, half-width {}\n    \
             outside alone: held {}, bias {}\n    \
             Chapman on the same lists: held {}, bias {}, half-width {}",
            ui::count(b.outside),
            b.answered,
            percent(b.coverage),
            percent(b.missed_low),
            percent(b.relative_bias),
            percent(b.relative_half_width),
            percent(b.outside_coverage),
            percent(b.outside_relative_bias),
            percent(b.chapman_coverage),
            percent(b.chapman_relative_bias),
            percent(b.chapman_relative_half_width),
        )
    });
    format!(
        "{} censuses of {} accounts, {} members; {} labels each, frame of {} accounts with {} of the members\n  \
         the interval held the truth     {} (asked for: {}); it was too low {}, too high {}\n  \
         bias of the answer              {} ± {}\n  \
         half-width of the interval      {} (a simple random sample: {})\n  \
         one label was worth             {:.2} randomly drawn ones\n  \
         {:.1} seconds{uncorrected}{beside}{beyond}",
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
