//! run: brings a study up to date, step by step, like make.
//!
//! A [`Census`] knows what each step reads. `work.db` remembers what a step read when it last ran; a step whose inputs
//! are the same does not run again. A stop between or within steps loses nothing: a step's output is replaced as a
//! whole or not at all.

use std::rc::Rc;

use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::beyond;
use crate::classify;
use crate::coders;
use crate::collect;
use crate::describe::{self, Portrait};
use crate::estimate::{self, Estimate};
use crate::export;
use crate::frame::{self, Frame};
use crate::hand_over;
use crate::label::{self, Coded};
use crate::measure::{self, Measures, Towards};
use crate::network::Network;
use crate::plan::{self, Plan, SoFar, Wish};
use crate::progress::Progress;
use crate::replacement::{self, Search};
use crate::sample::{self, Draw};
use crate::sites::{self, Who};
use crate::study::Study;
use crate::tables::Table;
use crate::takedowns::{self, Takedowns};
use crate::what_if::{self, Ask, WhatIf};
use crate::{Error, Result};

mod report;
mod status;

pub use status::Status;

/// A study at work: its network and frame are loaded once and shared by the steps.
pub struct Census<'a> {
    /// The study.
    pub study: &'a mut Study,
    progress: &'a Progress,
    network: Option<Network>,
    frame: Option<Frame>,
    draws: Option<Read<Vec<Draw>>>,
    scores: Option<Read<Vec<Vec<f64>>>>,
}

/// What was read of a table, and the table's fingerprint then.
type Read<T> = (String, Rc<T>);

/// The steps that `work.db` remembers, in the order of the journey.
pub const STEPS: [&str; 6] = ["frame", "measure", "classify", "estimate", "describe", "report"];

/// Parts of steps that `work.db` remembers as well: the measures towards the seeds, which no label moves, and the scores
/// batch by batch, of which labels of a later batch move none.
const SEEDS: &str = "measure: seeds";
const BATCHES: &str = "classify: batches";

/// Where a study stands after a run.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Every step is up to date.
    Done {
        /// The answer.
        estimate: Box<Estimate>,
        /// Drawn accounts that still have no label.
        outstanding: usize,
    },
    /// Nobody has labelled anything of the sample yet.
    WaitingForLabels {
        /// Drawn accounts without a label.
        outstanding: usize,
    },
    /// The crawl's budget ran out.
    WaitingForBudget {
        /// What the crawl has so far.
        summary: collect::Summary,
    },
}

impl<'a> Census<'a> {
    /// Starts to work on a study.
    pub fn new(study: &'a mut Study, progress: &'a Progress) -> Self {
        Self { study, progress, network: None, frame: None, draws: None, scores: None }
    }

    /// Brings the study up to date.
    pub fn run(&mut self) -> Result<State> {
        if self.study.settings.platform.is_crawled() {
            let summary = collect::collect(self.study, self.progress)?;
            self.network = None;
            if !summary.finished {
                return Ok(State::WaitingForBudget { summary });
            }
        }
        self.once("frame", Self::frame)?;
        loop {
            self.progress.check()?;
            self.once("measure", Self::measure)?;
            let (draws, coded) = (self.draws()?, self.coded()?);
            let open = unlabelled(&draws, &coded);
            let drawn: usize = draws.iter().map(|d| d.drawn.len()).sum();
            if open > 0 && self.study.settings.simulated_coder.is_some() {
                self.label_simulated()?;
            } else if open > 0 && open == drawn {
                return Ok(State::WaitingForLabels { outstanding: open });
            } else {
                if drawn > 0 {
                    self.once("classify", Self::classify)?;
                }
                let room = !coded.known(self.the_frame()?).iter().all(|k| *k);
                if !room && drawn == 0 {
                    return Err(Error::usage("the frame holds nothing but the seeds and accounts with a label")
                        .help("widen it in study.toml: more frame.waves, a lower frame.min_follows; or collect or import more"));
                }
                if open > 0 || !room || self.next_batch(&draws) == 0 {
                    break;
                }
                self.sample(None)?;
            }
        }
        self.once("measure", Self::measure)?;
        let estimate = self.once("estimate", Self::estimate)?;
        self.once("describe", Self::describe)?;
        self.once("report", Self::report)?;
        let outstanding = unlabelled(&self.draws()?, &self.coded()?);
        Ok(State::Done { estimate: Box::new(estimate), outstanding })
    }

    /// The network, loaded when first needed.
    pub fn network(&mut self) -> Result<&Network> {
        if self.network.is_none() {
            self.progress.begin("read the tables", None);
            self.network = Some(Network::load(self.study, self.progress)?);
            self.progress.end();
        }
        self.network.as_ref().ok_or_else(|| Error::bug("the network is gone"))
    }

    fn the_frame(&mut self) -> Result<&Frame> {
        if self.frame.is_none() {
            self.network()?;
            let network = self.network.as_ref().ok_or_else(|| Error::bug("the network is gone"))?;
            self.frame = Some(Frame::load(&self.study.store, network)?);
        }
        self.frame.as_ref().ok_or_else(|| Error::bug("the frame is gone"))
    }

    /// Network and frame at once, borrowed beside the study.
    fn open(&mut self) -> Result<(&mut Study, &Network, &Frame)> {
        self.the_frame()?;
        match (&self.network, &self.frame) {
            (Some(network), Some(frame)) => Ok((self.study, network, frame)),
            _ => Err(Error::bug("the network is gone")),
        }
    }

    /// The batches drawn, read again when the table has changed.
    fn draws(&mut self) -> Result<Rc<Vec<Draw>>> {
        let now = self.fingerprint(Table::Samples)?;
        if let Some((then, draws)) = &self.draws
            && *then == now
        {
            return Ok(draws.clone());
        }
        let (study, network, frame) = self.open()?;
        let draws = Rc::new(sample::load(study, network, frame)?);
        self.draws = Some((now, draws.clone()));
        Ok(draws)
    }

    /// The scores of each batch, read again when the table has changed.
    fn scores(&mut self) -> Result<Rc<Vec<Vec<f64>>>> {
        let now = self.fingerprint(Table::Scores)?;
        if let Some((then, scores)) = &self.scores
            && *then == now
        {
            return Ok(scores.clone());
        }
        let (study, network, frame) = self.open()?;
        let scores = Rc::new(classify::load(study, network, frame)?);
        self.scores = Some((now, scores.clone()));
        Ok(scores)
    }

    /// Of a table whose rows are those of the frame.
    fn fingerprint(&self, table: Table) -> Result<String> {
        let store = &self.study.store;
        Ok(format!("{} {}", store.fingerprint(Table::Frame)?, store.fingerprint(table)?))
    }

    fn coded(&mut self) -> Result<Coded> {
        let (study, network, frame) = self.open()?;
        label::load(study, network, frame)
    }

    /// Makes the frame.
    pub fn frame(&mut self) -> Result<frame::Summary> {
        self.network()?;
        let network = self.network.as_ref().ok_or_else(|| Error::bug("the network is gone"))?;
        self.frame = None;
        let summary = frame::frame(self.study, network, self.progress)?;
        self.remember("frame", &summary)?;
        Ok(summary)
    }

    /// Takes the measures, towards the seeds and, once there are scores, towards the scored group.
    pub fn measure(&mut self) -> Result<()> {
        let progress = self.progress;
        // Scores of a frame that is no more are of no use; classify will make new ones.
        let scores = self.scores().ok();
        let scores = scores.as_ref().and_then(|s| s.last());
        let (study, network, frame) = self.open()?;
        let kept = match remembered(study, SEEDS, "outputs")? == Some(study.store.fingerprint(Table::Measures)?)
            && remembered(study, SEEDS, "inputs")? == Some(seeds_key(study)?)
        {
            true => Measures::load(&study.store, network, frame, Towards::Seeds).ok(),
            false => None,
        };
        measure::measure(study, network, frame, kept, scores.map(Vec::as_slice), progress)?;
        let written = study.store.fingerprint(Table::Measures)?;
        remember(study, SEEDS, &seeds_key(study)?, &written)?;
        self.remember("measure", &())
    }

    /// How many accounts the next batch holds, by the study's settings; 0 when all were drawn. Labels that were added to
    /// the settings since make a batch of their own.
    fn next_batch(&self, draws: &[Draw]) -> usize {
        let wanted = &self.study.settings.sample;
        match draws.len() {
            n if n < wanted.batches => sample::batch_size(wanted.labels, n as u32 + 1, wanted.batches),
            _ => wanted.labels.saturating_sub(draws.iter().map(|d| d.drawn.len()).sum()),
        }
    }

    /// Draws the next batch: of `size` accounts, or as many as the study's settings say.
    pub fn sample(&mut self, size: Option<usize>) -> Result<sample::Summary> {
        self.once("frame", Self::frame)?;
        self.once("measure", Self::measure)?;
        let (draws, coded) = (self.draws()?, self.coded()?);
        let open = unlabelled(&draws, &coded);
        if open > 0 {
            return Err(Error::usage(format!("{open} accounts of the batches drawn so far have no label yet"))
                .help("label them first: netcensus label export"));
        }
        let size = size.unwrap_or_else(|| self.next_batch(&draws));
        if size == 0 {
            return Err(Error::usage("the study's labels are all drawn")
                .help("for more, raise sample.labels in study.toml, or give --size"));
        }
        if !draws.is_empty() {
            self.once("classify", Self::classify)?;
        }
        let progress = self.progress;
        let scores = self.scores()?;
        let (study, network, frame) = self.open()?;
        let sizes = match scores.last() {
            Some(scores) if !draws.is_empty() => sample::sizes_from_scores(scores),
            _ => sample::sizes_from_seeds(&Measures::load(&study.store, network, frame, Towards::Seeds)?),
        };
        sample::sample(study, network, frame, &sizes, &coded.known(frame), size, progress)
    }

    /// Lets the simulated coder label what was drawn.
    pub fn label_simulated(&mut self) -> Result<label::Summary> {
        let draws = self.draws()?;
        let (study, network, frame) = self.open()?;
        label::simulate(study, network, frame, &draws)
    }

    /// Writes the accounts that `coder` is to label to a CSV file.
    pub fn label_export(&mut self, coder: &str, file: &std::path::Path) -> Result<usize> {
        let draws = self.draws()?;
        let (study, network, frame) = self.open()?;
        label::export(study, network, frame, &draws, coder, file)
    }

    /// Reads a coder's labels from a CSV file.
    pub fn label_import(&mut self, coder: &str, file: &std::path::Path) -> Result<label::Summary> {
        let draws = self.draws()?;
        let (study, network, frame) = self.open()?;
        label::import(study, network, frame, &draws, coder, file)
    }

    /// Chooses `items` labelled accounts to become gold, by score.
    fn choose_gold(&mut self, items: usize) -> Result<Vec<usize>> {
        self.once("frame", Self::frame)?;
        self.once("measure", Self::measure)?;
        self.once("classify", Self::classify)?;
        let (draws, coded, scores) = (self.draws()?, self.coded()?, self.scores()?);
        let (study, network, frame) = self.open()?;
        let folds = classify::folds(network, frame, study.settings.seed);
        coders::choose(&draws, &scores, &folds, &coded, items, study.settings.seed)
    }

    /// Writes `items` labelled accounts that an expert is to answer as the coder `gold` to a CSV file.
    pub fn label_gold(&mut self, items: usize, file: &std::path::Path) -> Result<usize> {
        let chosen = self.choose_gold(items)?;
        let (study, network, frame) = self.open()?;
        coders::export(study, network, frame, &chosen, file)
    }

    /// Makes gold of `items` labelled accounts by the simulated coder's truth.
    pub fn label_simulated_gold(&mut self, items: usize) -> Result<label::Summary> {
        let chosen = self.choose_gold(items)?;
        let (study, network, frame) = self.open()?;
        coders::simulate(study, network, frame, &chosen)
    }

    /// Writes the accounts that count as members and that the adjudicator has not seen to a CSV file.
    pub fn label_confirm(&mut self, file: &std::path::Path) -> Result<usize> {
        let coded = self.coded()?;
        let (study, network, frame) = self.open()?;
        coders::export_unconfirmed(study, network, frame, &coded, file)
    }

    /// Scores the frame.
    pub fn classify(&mut self) -> Result<classify::Summary> {
        let (draws, coded) = (self.draws()?, self.coded()?);
        let progress = self.progress;
        let (study, network, frame) = self.open()?;
        let measures = Measures::load(&study.store, network, frame, Towards::Seeds)?;
        let keys = classify::keys(study, &draws, &coded.answers)?;
        let kept = match remembered(study, BATCHES, "outputs")? == Some(study.store.fingerprint(Table::Scores)?) {
            true => {
                let before = remembered(study, BATCHES, "inputs")?.unwrap_or_default();
                let good = before.split(' ').zip(&keys).take_while(|(before, now)| before == now).count();
                let mut scores =
                    if good > 0 { classify::load(study, network, frame).unwrap_or_default() } else { vec![] };
                scores.truncate(good);
                scores
            }
            false => Vec::new(),
        };
        let answers = &coded.answers;
        let summary = classify::classify(study, network, frame, &measures, &draws, answers, kept, progress)?;
        remember(study, BATCHES, &keys.join(" "), &study.store.fingerprint(Table::Scores)?)?;
        self.remember("classify", &summary)?;
        Ok(summary)
    }

    /// Estimates how many members the frame holds.
    pub fn estimate(&mut self) -> Result<Estimate> {
        let left_out: Option<frame::Summary> = self.recall("frame")?;
        let left_out = left_out.map(|f| f.left_out).unwrap_or_default();
        let (draws, coded, scores) = (self.draws()?, self.coded()?, self.scores()?);
        let progress = self.progress;
        let (study, network, frame) = self.open()?;
        let measures = Measures::load(&study.store, network, frame, Towards::Seeds)?;
        let estimate =
            estimate::estimate(study, network, frame, &left_out, &draws, &coded, &scores, &measures, progress)?;
        self.remember("estimate", &estimate)?;
        Ok(estimate)
    }

    /// Draws the portrait.
    pub fn describe(&mut self) -> Result<Portrait> {
        let (draws, coded, scores) = (self.draws()?, self.coded()?, self.scores()?);
        let progress = self.progress;
        let (study, network, frame) = self.open()?;
        let batches = estimate::batches(frame, &draws, &coded.answers, &scores);
        let portrait = describe::describe(study, network, frame, &batches, coded.simulated(), progress)?;
        self.remember("describe", &portrait)?;
        Ok(portrait)
    }

    /// Plans how many labels a wanted interval takes, from what the study has so far.
    pub fn plan(&mut self, wish: &Wish) -> Result<Plan> {
        wish.check()?;
        self.once("frame", Self::frame)?;
        self.once("measure", Self::measure)?;
        let (draws, coded) = (self.draws()?, self.coded()?);
        let labelled = draws.iter().flat_map(|d| &d.drawn).any(|&i| coded.answers[i].is_some());
        if labelled {
            self.once("classify", Self::classify)?;
        }
        let progress = self.progress;
        let scores = if labelled { self.scores()? } else { Rc::default() };
        let (study, network, frame) = self.open()?;
        let measures = Measures::load(&study.store, network, frame, Towards::Seeds)?;
        plan::plan(study, frame, &measures, SoFar { draws: &draws, coded: &coded, scores: &scores }, wish, progress)
    }

    /// What is known of the members: batches, labels, and scores where anybody is labelled.
    #[allow(clippy::type_complexity)] // three things that are always used together
    fn known(&mut self) -> Result<(Rc<Vec<Draw>>, Coded, Option<Rc<Vec<Vec<f64>>>>)> {
        self.once("frame", Self::frame)?;
        let (draws, coded) = (self.draws()?, self.coded()?);
        if draws.iter().flat_map(|d| &d.drawn).any(|&i| coded.answers[i].is_some()) {
            self.once("measure", Self::measure)?;
            self.once("classify", Self::classify)?;
        }
        Ok((draws, coded, self.scores().ok()))
    }

    /// Says what the group would lose if so many of its members were suspended.
    pub fn what_if(&mut self, ask: &Ask) -> Result<WhatIf> {
        let (_, coded, scores) = self.known()?;
        let progress = self.progress;
        let scores = scores.as_ref().and_then(|s| s.last()).map(Vec::as_slice);
        let (study, network, frame) = self.open()?;
        what_if::what_if(study, network, frame, &coded, scores, ask, progress)
    }

    /// Proposes which suspended accounts came back.
    pub fn replacement(&mut self, search: Search) -> Result<(Vec<replacement::Pair>, replacement::Summary)> {
        self.network()?;
        let network = self.network.as_ref().ok_or_else(|| Error::bug("the network is gone"))?;
        replacement::replacement(self.study, network, search, self.progress)
    }

    /// Makes the list of the web sites that the group pushes, and says how those live.
    pub fn sites(&mut self) -> Result<sites::Summary> {
        let (draws, coded, scores) = self.known()?;
        let progress = self.progress;
        let all = scores.as_ref().map_or(&[][..], |s| s.as_slice());
        let (study, network, frame) = self.open()?;
        let batches = estimate::batches(frame, &draws, &coded.answers, all);
        let who = Who::new(frame, &coded, all.last().map(Vec::as_slice), &batches);
        sites::sites(study, network, frame, &who, progress)
    }

    /// Says what suspensions did, as far as it was watched. The report shows it from then on, while it is not out of date.
    pub fn takedowns(&mut self, ask: &takedowns::Ask) -> Result<Takedowns> {
        let (_, coded, scores) = self.known()?;
        let progress = self.progress;
        let scores = scores.as_ref().and_then(|s| s.last()).map(Vec::as_slice);
        let (study, network, frame) = self.open()?;
        let answer = takedowns::takedowns(study, network, frame, &coded, scores, ask, progress)?;
        self.remember("takedowns", &answer)?;
        Ok(answer)
    }

    /// What the study last said of suspensions, if its tables and labels are what they were then.
    fn newest_takedowns(&self) -> Result<Option<Takedowns>> {
        let same = self.remembered("takedowns", "inputs")? == Some(self.inputs("takedowns")?);
        if same && self.study.out().join("takedowns.json").exists() { self.recall("takedowns") } else { Ok(None) }
    }

    /// Writes accounts of the frame, and the follows between them, for other programs.
    pub fn export(&mut self, options: &export::Options, out: &std::path::Path) -> Result<export::Summary> {
        let (coded, progress) = (self.coded()?, self.progress);
        let (study, network, frame) = self.open()?;
        export::export(study, network, frame, &coded, options, out, progress)
    }

    /// Writes the accounts that may be handed over to a CSV file, for a person to confirm each.
    pub fn hand_over_prepare(&mut self, file: &std::path::Path) -> Result<hand_over::Prepared> {
        let coded = self.coded()?;
        let (study, network, frame) = self.open()?;
        hand_over::prepare(study, network, frame, &coded, file)
    }

    /// Hands over the accounts that a person confirmed in such a file.
    pub fn hand_over_send(&mut self, file: &std::path::Path, how: &hand_over::Sending) -> Result<hand_over::Summary> {
        let (coded, progress) = (self.coded()?, self.progress);
        let (study, network, frame) = self.open()?;
        hand_over::send(study, network, frame, &coded, file, how, progress)
    }

    /// What the steps read, by name.
    fn inputs(&self, step: &str) -> Result<String> {
        use Table::{Accounts, Follows, Frame, Posts, Samples, Scores, Statuses};
        let settings = &self.study.settings;
        let mut hasher = blake3::Hasher::new();
        hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
        hasher.update(&settings.seed.to_le_bytes());
        let tables: &[Table] = match step {
            "frame" => &[Accounts, Follows],
            "measure" => &[Frame, Follows, Scores],
            "classify" => &[Accounts, Follows, Frame, Samples],
            "estimate" => &[Frame, Follows, Samples, Scores],
            _ => &[Accounts, Frame, Samples, Scores, Posts, Statuses],
        };
        for table in tables {
            hasher.update(self.study.store.fingerprint(*table)?.as_bytes());
        }
        let text = |v: &dyn std::fmt::Debug| format!("{v:?}");
        match step {
            "frame" => {
                hasher.update(text(&settings.frame).as_bytes()).update(text(&self.study.seeds()?).as_bytes());
                let extent = collect::extent(self.study)?;
                extent.iter().for_each(|fetched| _ = hasher.update(&fetched.to_le_bytes()));
                &mut hasher
            }
            "measure" => &mut hasher,
            "classify" => hasher.update(self.labels_hash()?.as_bytes()),
            _ => hasher
                .update(text(settings).as_bytes())
                .update(self.labels_hash()?.as_bytes())
                .update(beyond::fingerprint(self.study)?.as_bytes())
                .update(text(&collect::unseen(&self.study.work)?).as_bytes()),
        };
        if step == "report" {
            hasher.update(text(&self.newest_takedowns()?).as_bytes());
            // What else the report tells of, as it was written.
            for name in ["replacement.json", "what-if.json", "sites.json"] {
                hasher.update(&std::fs::read(self.study.out().join(name)).unwrap_or_default());
            }
        }
        Ok(hasher.finalize().to_hex()[..32].to_owned())
    }

    fn labels_hash(&self) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        for (label, meaning) in label::codebook(self.study)? {
            hasher.update(format!("{label}\0{meaning:?}\0").as_bytes());
        }
        hasher.update(self.study.store.fingerprint(Table::Labels)?.as_bytes());
        Ok(hasher.finalize().to_hex()[..32].to_owned())
    }

    /// Runs a step unless its inputs are what they were, and its output is there.
    fn once<T: DeserializeOwned>(&mut self, step: &str, run: impl Fn(&mut Self) -> Result<T>) -> Result<T> {
        if self.remembered(step, "inputs")? == Some(self.inputs(step)?)
            && self.written(step)?
            && let Some(output) = self.recall(step)?
        {
            return Ok(output);
        }
        run(self)
    }

    /// Whether what a step wrote is still there.
    fn written(&self, step: &str) -> Result<bool> {
        let out = self.study.out();
        Ok(match step {
            "frame" => !self.study.store.parts(Table::Frame)?.is_empty(),
            "measure" => !self.study.store.parts(Table::Measures)?.is_empty(),
            "classify" => !self.study.store.parts(Table::Scores)?.is_empty(),
            "estimate" => out.join("estimate.json").exists(),
            "describe" => out.join("portrait.json").exists(),
            _ => {
                let page = crate::report::name(crate::report::Format::Html, self.study.settings.report.lang);
                out.join(page).exists() && out.join("manifest.json").exists()
            }
        })
    }

    fn remember(&self, step: &str, output: &impl Serialize) -> Result<()> {
        let output =
            serde_json::to_string(output).map_err(|e| Error::bug("a step's output cannot be kept").because(e))?;
        remember(self.study, step, &self.inputs(step)?, &output)
    }

    /// What `work.db` holds of a step, in the column `inputs` or `outputs`.
    fn remembered(&self, step: &str, column: &str) -> Result<Option<String>> {
        remembered(self.study, step, column)
    }

    fn recall<T: DeserializeOwned>(&self, step: &str) -> Result<Option<T>> {
        let text = self.remembered(step, "outputs")?;
        // An output of another version that does not read any more is as good as none.
        Ok(text.and_then(|t| serde_json::from_str(&t).ok()))
    }

    /// How many members the frame holds in truth, where the truth is known: for demonstrations and tests.
    pub fn true_total(&mut self, truth: &std::collections::HashMap<String, bool>) -> Result<f64> {
        let (_, network, frame) = self.open()?;
        let is = |account: u32| truth.get(network.ids.name(account)).copied().unwrap_or(false);
        Ok(frame.units.iter().filter(|u| is(u.account)).count() as f64)
    }
}

/// What the measures towards the seeds are made from.
fn seeds_key(study: &Study) -> Result<String> {
    let (frame, follows) = (study.store.fingerprint(Table::Frame)?, study.store.fingerprint(Table::Follows)?);
    Ok(format!("{} {frame} {follows}", env!("CARGO_PKG_VERSION")))
}

fn remember(study: &Study, step: &str, inputs: &str, outputs: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO steps (step, inputs, outputs) VALUES (?1, ?2, ?3)";
    study.work.db.execute(sql, params![step, inputs, outputs])?;
    Ok(())
}

fn remembered(study: &Study, step: &str, column: &str) -> Result<Option<String>> {
    let sql = format!("SELECT {column} FROM steps WHERE step = ?1");
    Ok(study.work.db.query_row(&sql, [step], |r| r.get(0)).optional()?)
}

/// Drawn units without a label.
fn unlabelled(draws: &[Draw], coded: &Coded) -> usize {
    draws.iter().flat_map(|d| &d.drawn).filter(|&&i| coded.answers[i].is_none()).count()
}
