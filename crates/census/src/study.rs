//! A study is a folder: `study.toml` says what is counted, `seeds.csv` from whom, and the rest is made from them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::figure::thousands;
use crate::store::Store;
use crate::texts::{Digits, Lang};
use crate::work::Work;
use crate::{Error, Result};

mod collect;

pub use collect::{Collect, Mastodon, Repositories, Strategy};

/// Longest `study.toml` or `seeds.csv` that is read.
const LARGEST: u64 = 64 << 20;

/// What is counted, where, with which budget: `study.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The study's name, as it stands on the report.
    pub name: String,
    /// Who is counted, in words: the rule a coder applies.
    pub population: String,
    /// Where the accounts are.
    pub platform: Platform,
    /// The random seed. The same inputs and seed give the same bytes in `out/`.
    #[serde(default = "one")]
    pub seed: u64,
    /// How the crawl behaves.
    #[serde(default)]
    pub collect: Collect,
    /// Which servers with Mastodon's API are asked.
    #[serde(default, skip_serializing_if = "Mastodon::is_empty")]
    pub mastodon: Mastodon,
    /// The rule that makes the frame.
    #[serde(default)]
    pub frame: FrameRule,
    /// How many accounts are labelled, and how they are drawn.
    #[serde(default)]
    pub sample: Sample,
    /// How sure the interval is.
    #[serde(default)]
    pub estimate: Estimate,
    /// What is known of members outside of the frame.
    #[serde(default)]
    pub beyond: Beyond,
    /// Which web sites are checked, and how.
    #[serde(default, skip_serializing_if = "crate::sites::Settings::is_usual")]
    pub sites: crate::sites::Settings,
    /// What may be published.
    #[serde(default)]
    pub publish: Publish,
    /// In which language the report is, and with which digits.
    #[serde(default, skip_serializing_if = "Report::is_usual")]
    pub report: Report,
    /// How the follow graph is kept.
    #[serde(default)]
    pub graph: Graph,
    /// How often accounts are asked whether they are still there, and how much that may cost.
    #[serde(default, skip_serializing_if = "crate::watch::Settings::are_default")]
    pub watch: crate::watch::Settings,
    /// Where reviewed accounts are reported to.
    #[serde(default, skip_serializing_if = "crate::hand_over::Settings::is_empty")]
    pub hand_over: crate::hand_over::Settings,
    /// The simulated coder, for tests and demonstrations only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated_coder: Option<SimulatedCoder>,
}

fn one() -> u64 {
    1
}

/// Where the accounts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Bluesky or another network of the AT Protocol, read by `collect`.
    Atproto,
    /// Servers with Mastodon's API, read by `collect`.
    Mastodon,
    /// Files, read by `import`.
    Files,
    /// A simulated network; everything that is made from it says so.
    Simulated,
}

/// The rule that makes the frame. It looks at the graph alone, so labels never move the frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FrameRule {
    /// Hops from the seeds.
    pub waves: u32,
    /// How many of the group so far must follow an account.
    pub min_follows: u32,
    /// Accounts with more followers are left out as too large.
    pub max_followers: u64,
    /// Accounts that follow more are left out as too large.
    pub max_following: u64,
    /// Whether accounts that call themselves bots are left out.
    pub leave_out_bots: bool,
}

impl Default for FrameRule {
    fn default() -> Self {
        Self { waves: 2, min_follows: 1, max_followers: 50_000, max_following: 10_000, leave_out_bots: true }
    }
}

impl FrameRule {
    /// The rule as a report says it.
    pub fn words(&self) -> String {
        let count = |n: u64| thousands(&n.to_string());
        let many = if self.min_follows == 1 { "one account".into() } else { format!("{} accounts", self.min_follows) };
        format!(
            "within {} waves of the seeds, followed by at least {many} of the group so far; no more than {} followers, \
             following no more than {}{}",
            self.waves,
            count(self.max_followers),
            count(self.max_following),
            if self.leave_out_bots { "; no declared bots" } else { "" }
        )
    }
}

/// How many accounts are labelled, and how they are drawn.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sample {
    /// Labels in all; seeds are not among them.
    pub labels: usize,
    /// In how many batches. The first is drawn without scores, later ones go where the scores are unsure.
    pub batches: usize,
    /// The share of each batch that is drawn uniformly, so that members whom the scores miss are still seen.
    pub uniform_share: f64,
    /// How each batch is drawn.
    pub design: Design,
}

/// How a batch is drawn: always of fixed size, every account with a known chance above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Design {
    /// Chances proportional to how unsure the scores are, mixed with the uniform share; by the pivotal method.
    #[default]
    Proportional,
    /// The same chances by conditional Poisson sampling; for frames of at most 5,000 accounts.
    ConditionalPoisson,
    /// Ten strata by how unsure the scores are, Neyman allocation, simple random samples within.
    Stratified,
    /// Every account alike.
    Simple,
}

impl Default for Sample {
    fn default() -> Self {
        Self { labels: 500, batches: 2, uniform_share: 0.5, design: Design::default() }
    }
}

/// How sure the interval is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Estimate {
    /// The confidence level.
    pub level: f64,
    /// When the team looks at the answer, and may stop.
    pub looks: Looks,
}

impl Default for Estimate {
    fn default() -> Self {
        Self { level: 0.95, looks: Looks::default() }
    }
}

/// When the team looks at the answer: decides which interval holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looks {
    /// Once, when all labels that were planned are there.
    #[default]
    Once,
    /// After every batch, going on or stopping as the answer says: the interval holds at all looks together, and is wider.
    EveryBatch,
}

/// What is known of members outside of the frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Beyond {
    /// The range of odds ratios between the lists, given what is known of an account, that the answer is stated over.
    /// 1 says that they are independent; the data cannot tell.
    pub odds_ratio: [f64; 2],
    /// Lists of known members, the first held against all others together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<MemberList>,
}

impl Default for Beyond {
    fn default() -> Self {
        Self { odds_ratio: [1.0, 3.0], lists: Vec::new() }
    }
}

/// A list of known members from a source that is independent of the crawl.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberList {
    /// Its name, as it stands on the report.
    pub name: String,
    /// A CSV file with the column `id`, relative to the study.
    pub file: PathBuf,
}

/// In which language the report is, and with which digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Report {
    /// `en` or `ar`.
    pub lang: Lang,
    /// `western` or `arabic-indic`.
    pub digits: Digits,
}

impl Report {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's form
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// What may be published.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Publish {
    /// Cells of fewer accounts are suppressed.
    pub min_cell: u64,
    /// What all public reports with noise in their counts may spend together; none: no such report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
}

impl Default for Publish {
    fn default() -> Self {
        Self { min_cell: 10, epsilon: None }
    }
}

/// How the follow graph is kept. Nothing that comes out depends on it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Graph {
    /// In which form.
    pub form: GraphForm,
}

/// The form of the follow graph's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GraphForm {
    /// Plain where that fits into two thirds of the memory there is, else compressed; decided when it is written.
    #[default]
    Auto,
    /// As it is: the fastest.
    Plain,
    /// Compressed: about half of the size.
    Coded,
}

/// A coder that knows the truth and errs at given rates. Marked as simulated wherever its labels show.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedCoder {
    /// A CSV file with the truth, relative to the study: `id` and `column`.
    pub truth: PathBuf,
    /// The column that holds 1 for a member and 0 for another account.
    #[serde(default = "member")]
    pub column: String,
    /// The share of members who are called members.
    #[serde(default = "certain")]
    pub sensitivity: f64,
    /// The share of others who are called others.
    #[serde(default = "certain")]
    pub specificity: f64,
}

impl Platform {
    /// Whether `collect` reads it.
    pub fn is_crawled(self) -> bool {
        matches!(self, Platform::Atproto | Platform::Mastodon)
    }

    /// As it stands in study.toml.
    pub fn name(self) -> &'static str {
        match self {
            Platform::Atproto => "atproto",
            Platform::Mastodon => "mastodon",
            Platform::Files => "files",
            Platform::Simulated => "simulated",
        }
    }
}

impl SimulatedCoder {
    /// A coder that never errs, for a truth that is at hand.
    pub fn perfect() -> Self {
        Self { truth: PathBuf::new(), column: member(), sensitivity: 1.0, specificity: 1.0 }
    }
}

fn member() -> String {
    "member".into()
}
fn certain() -> f64 {
    1.0
}

/// An open study.
pub struct Study {
    root: PathBuf,
    /// `study.toml`.
    pub settings: Settings,
    /// The tables in `data/`.
    pub store: Store,
    /// `work.db`.
    pub work: Work,
}

impl Study {
    /// Makes a new study folder with a `study.toml`, a `codebook.toml` and a `seeds.csv` to be filled.
    pub fn create(root: &Path, settings: &Settings, seeds: &[String]) -> Result<Self> {
        let file = root.join("study.toml");
        if file.exists() {
            return Err(Error::usage(format!("{} is a study already", root.display()))
                .help("choose another folder, or go on with this one: netcensus status"));
        }
        settings.check()?;
        fs::create_dir_all(root).map_err(|e| Error::disk(root, e))?;
        write(&root.join("seeds.csv"), &seeds_csv(seeds)?)?;
        write(&root.join("codebook.toml"), include_str!("codebook.toml").as_bytes())?;
        let text = toml::to_string(settings).map_err(|e| Error::bug("the settings cannot be written").because(e))?;
        let text = format!(
            "# A netcensus study. What each setting means: docs/formats.md, and `netcensus new --help`.\n\n{text}"
        );
        // Last, so that a folder with a study.toml is a whole study.
        write(&file, text.as_bytes())?;
        Self::open(root)
    }

    /// Opens a study folder.
    pub fn open(root: &Path) -> Result<Self> {
        let file = root.join("study.toml");
        let text = read_small(&file).map_err(|e| {
            if file.exists() {
                e
            } else {
                Error::usage(format!("{} is not a study: it has no study.toml", root.display()))
                    .help("make one with: netcensus new DIR, or see one work with: netcensus demo")
            }
        })?;
        let settings: Settings =
            toml::from_str(&text).map_err(|e| Error::usage(format!("{} is not valid", file.display())).because(e))?;
        settings.check()?;
        let work = Work::open(&root.join("work.db"))?;
        Ok(Self { root: root.to_owned(), settings, store: Store::new(root.join("data")), work })
    }

    /// The study's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder for what may be published.
    pub fn out(&self) -> PathBuf {
        self.root.join("out")
    }

    /// The seeds as they stand in `seeds.csv`: ids, or handles where the platform has them.
    pub fn seeds(&self) -> Result<Vec<String>> {
        let file = self.root.join("seeds.csv");
        let seeds = read_seeds(&file)?;
        if seeds.is_empty() {
            return Err(Error::usage(format!("{} names no seed", file.display()))
                .help("write the accounts you know to be members below `id`, one a line"));
        }
        Ok(seeds)
    }
}

impl Settings {
    /// Settings with the defaults of a new study.
    pub fn new(name: &str, population: &str, platform: Platform) -> Self {
        Self {
            name: name.into(),
            population: population.into(),
            platform,
            seed: 1,
            collect: Collect::default(),
            mastodon: Mastodon::default(),
            frame: FrameRule::default(),
            sample: Sample::default(),
            estimate: Estimate::default(),
            beyond: Beyond::default(),
            sites: crate::sites::Settings::default(),
            publish: Publish::default(),
            report: Report::default(),
            graph: Graph::default(),
            watch: crate::watch::Settings::default(),
            hand_over: crate::hand_over::Settings::default(),
            simulated_coder: None,
        }
    }

    /// Refuses what cannot work, and says what to write instead.
    pub fn check(&self) -> Result<()> {
        let share = |v: f64| v.is_finite() && (0.0..=1.0).contains(&v);
        let rules = [
            (!self.name.trim().is_empty(), "name", "a few words"),
            ((1..=10).contains(&self.frame.waves), "frame.waves", "1 to 10"),
            (self.frame.min_follows >= 1, "frame.min_follows", "at least 1"),
            (self.sample.labels >= 2, "sample.labels", "at least 2"),
            ((1..=20).contains(&self.sample.batches), "sample.batches", "1 to 20"),
            (
                share(self.sample.uniform_share) && self.sample.uniform_share >= 0.05,
                "sample.uniform_share",
                "0.05 to 1: without a uniform part, members whom the scores miss are never seen",
            ),
            (
                self.estimate.level.is_finite() && (0.5..=0.999).contains(&self.estimate.level),
                "estimate.level",
                "0.5 to 0.999",
            ),
            (
                self.collect.contact.len() <= 200 && self.collect.contact.bytes().all(|b| (b' '..=b'~').contains(&b)),
                "collect.contact",
                "an address of mail or of a page, in plain letters, at most 200",
            ),
            (self.collect.labelers.len() <= 16, "collect.labelers", "at most 16 addresses"),
            ((1..=64).contains(&self.collect.concurrency), "collect.concurrency", "1 to 64"),
            ((1..=1000).contains(&self.collect.requests_per_second), "collect.requests_per_second", "1 to 1000"),
            (
                crate::beyond::check(&self.beyond),
                "beyond",
                "odds_ratio = [from, to] within 0.1 to 100, and at most 16 lists, each with a name of its own",
            ),
            (
                self.publish.epsilon.is_none_or(|e| crate::publish::thousandths(e).is_some()),
                "publish.epsilon",
                "0.001 to 10, with three decimals at most",
            ),
            (self.collect.posts <= 100, "collect.posts", "0 to 100"),
            (
                self.hand_over.check(),
                "hand_over",
                "labeler: a DID; pds: an address with https; reason: like com.atproto.moderation.defs#reasonViolation",
            ),
            (
                self.collect.explore.is_finite() && (0.0..=0.5).contains(&self.collect.explore),
                "collect.explore",
                "0 to 0.5",
            ),
            (
                self.sites.check(),
                "sites",
                "the values in docs/formats.md; addresses like \"site.example:443\" = \"127.0.0.1:8443\"",
            ),
            (
                self.watch.check(),
                "watch",
                "every and at_least_every from 1s to 8784h, request_budget above 0, least_chance from 0.000001 to 1",
            ),
            (
                self.platform != Platform::Mastodon || self.mastodon.check(),
                "mastodon.instances",
                "names of instances such as [\"mastodon.example\"], or [\"*\"] for every one that is reached",
            ),
            (
                self.simulated_coder.as_ref().is_none_or(|c| share(c.sensitivity) && share(c.specificity)),
                "simulated_coder",
                "rates from 0 to 1",
            ),
        ];
        match rules.iter().find(|(holds, _, _)| !holds) {
            Some((_, setting, allowed)) => {
                Err(Error::usage(format!("study.toml: `{setting}` cannot be that")).help(format!("allowed: {allowed}")))
            }
            None => Ok(()),
        }
    }
}

/// Reads known members from a CSV file with the column `id`: sorted, each once. An `@` before a handle is dropped.
pub fn read_seeds(file: &Path) -> Result<Vec<String>> {
    let text = read_small(file)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let bad = |e| Error::usage(format!("{} is not valid", file.display())).because(e);
    let column = reader.headers().map_err(bad)?.iter().position(|h| h == "id");
    let column = column.ok_or_else(|| {
        Error::usage(format!("{} has no column `id`", file.display())).help("its first line must be: id")
    })?;
    let mut seeds = Vec::new();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        match record.get(column).map(|s| s.trim_start_matches('@')) {
            Some(seed) if !seed.is_empty() => seeds.push(seed.to_owned()),
            _ => (),
        }
    }
    seeds.sort();
    seeds.dedup();
    Ok(seeds)
}

fn seeds_csv(seeds: &[String]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let done = writer.write_record(["id"]).and_then(|()| seeds.iter().try_for_each(|s| writer.write_record([s])));
    done.map_err(|e| Error::bug("the seeds cannot be written").because(e))?;
    writer.into_inner().map_err(|e| Error::bug("the seeds cannot be written").because(e.into_error()))
}

/// Writes a whole file or none: to a temporary name, then renamed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_pieces(path, &[bytes])
}

/// The same of bytes that lie apart.
pub(crate) fn write_pieces(path: &Path, pieces: &[&[u8]]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| Error::disk(folder, e))?;
    }
    let temporary = path.with_extension("part");
    let written =
        File::create(&temporary).and_then(|mut file| pieces.iter().try_for_each(|piece| file.write_all(piece)));
    written.and_then(|()| fs::rename(&temporary, path)).map_err(|e| Error::disk(path, e))
}

fn read_small(path: &Path) -> Result<String> {
    let size = fs::metadata(path).map_err(|e| Error::disk(path, e))?.len();
    if size > LARGEST {
        return Err(Error::usage(format!("{} is larger than {} MiB", path.display(), LARGEST >> 20)));
    }
    fs::read_to_string(path).map_err(|e| Error::disk(path, e))
}
