//! The portrait's intervals: how often each holds the truth, over censuses of simulated networks whose every trait is known.
//!
//! Networks of the same kind; of each, one census or several from the same seeds, which differ in who is drawn and labelled, and so
//! in the scores. Each is described as a study would be, small cells left out as there, and every figure that would be published is held
//! against the same figure over the true members of the frame, and of the control group over the true others.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use netcensus_graph::Group;
use rayon::prelude::*;
use serde::Serialize;

use crate::classify::{self, Features};
use crate::describe::{Section, Trial, Unit};
use crate::estimate;
use crate::evaluate;
use crate::figure::Figure;
use crate::frame::Frame;
use crate::measure::Measures;
use crate::network::Network;
use crate::progress::Progress;
use crate::simulate::{World, into_study, simulate};
use crate::study::{self, FrameRule, Platform, Sample, Settings, SimulatedCoder, Study};
use crate::{Error, Result};

/// What is repeated.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The networks; their seeds differ.
    pub world: World,
    /// How many of them: as many as censuses, so that no account of one network stands for all, or fewer, which is quicker.
    pub networks: u32,
    /// How many censuses in all.
    pub runs: u32,
    /// Labels of each.
    pub labels: usize,
    /// The intervals' level.
    pub level: f64,
    /// The random seed.
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Self {
        let world = World { accounts: 5_000, members: 600, traits: true, ..World::default() };
        Self { world, networks: 200, runs: 200, labels: 400, level: 0.95, seed: 1 }
    }
}

/// How the portrait's intervals did.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// What was repeated.
    pub plan: Plan,
    /// Over every figure of its kind, shares, means, quantiles and counts, of members and of the control group.
    pub kinds: Vec<Held>,
    /// Over the figures of each section.
    pub sections: Vec<Held>,
    /// Figure by figure.
    pub figures: Vec<Held>,
    /// How far the figures lie apart, shares and means of members and of the control group.
    pub spread: Vec<Apart>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// How often intervals held the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// `share`, `mean`, `quantile` or `count`; `all` for shares and means together; of the control group, `control …`.
    pub kind: String,
    /// The section; empty for all.
    pub section: String,
    /// The row; empty for all.
    pub row: String,
    /// Intervals that were published.
    pub intervals: u32,
    /// The share of them that hold the truth.
    pub coverage: f64,
    /// Its standard error, by which the censuses, not the intervals, are independent of each other.
    pub error: f64,
    /// The share that lie wholly below the truth.
    pub missed_low: f64,
    /// The share that lie wholly above it.
    pub missed_high: f64,
    /// The mean of the truth.
    pub truth: f64,
    /// The median half-width.
    pub half_width: f64,
    /// The mean of the answers less the truth.
    pub bias: f64,
}

/// How many figures held about as often as their level says, of those that were published in half the censuses or more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Apart {
    /// `members` or `control`.
    pub kind: String,
    /// Figures.
    pub figures: u32,
    /// Those that held no more than 2 points less and no more than 2 points more often than the level.
    pub within: u32,
    /// Those that held less often than that.
    pub fewer: u32,
    /// Those that held more often.
    pub more: u32,
    /// How many would be within on average if each interval held with the chance that its level says.
    pub by_chance: f64,
}

/// What is near to a level.
const NEAR: f64 = 0.02;

/// One interval of one census.
#[derive(Debug, Clone)]
struct Outcome {
    run: u32,
    kind: &'static str,
    control: bool,
    section: String,
    row: String,
    truth: f64,
    figure: Figure,
}

/// Repeats the census; simulated networks are kept in studies below `folder` while they are looked at.
pub fn portrait(plan: &Plan, folder: &Path, progress: &Progress) -> Result<Coverage> {
    let start = Instant::now();
    if !(plan.level > 0.0 && plan.level < 1.0) {
        return Err(Error::usage("a level must lie between 0 and 1").help("95 % is --level 0.95"));
    }
    if plan.runs == 0 || plan.networks == 0 {
        return Err(Error::usage("nothing to try").help("give --portrait 1 or more"));
    }
    plan.world.check()?;
    progress.begin("validate the portrait", Some(u64::from(plan.runs)));
    let of = |number: u32| {
        let runs: Vec<u32> = (0..plan.runs).filter(|run| run % plan.networks == number).collect();
        let folder = folder.join(format!("network-{number}"));
        let outcomes = network(plan, number, &runs, &folder, progress);
        // Hundreds of networks would fill a disk.
        std::fs::remove_dir_all(&folder).map_err(|e| Error::disk(&folder, e))?;
        outcomes
    };
    let outcomes = (0..plan.networks.min(plan.runs)).into_par_iter().map(of).collect::<Result<Vec<_>>>()?;
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    progress.end();
    Ok(summarise(plan, &outcomes, start.elapsed().as_secs_f64()))
}

/// The censuses of one network.
fn network(plan: &Plan, number: u32, runs: &[u32], folder: &Path, progress: &Progress) -> Result<Vec<Outcome>> {
    let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number));
    let world = simulate(&World { seed, ..plan.world.clone() })?;
    let mut study = Study::create(folder, &Settings::new("simulated", "members", Platform::Files), &[])?;
    into_study(&world, &mut study)?;
    let network = Network::load(&study, &progress.quiet())?;
    let number_of =
        |i: usize| network.ids.get(&world.accounts[i].id).ok_or_else(|| Error::bug("an account has no number"));
    let mut member = vec![false; network.ids.len()];
    for i in (0..world.accounts.len()).filter(|&i| world.member[i]) {
        member[number_of(i)? as usize] = true;
    }
    let mut seeds = world.seeds.iter().map(|&i| number_of(i as usize)).collect::<Result<Vec<u32>>>()?;
    seeds.sort_unstable();
    let rule = FrameRule { min_follows: 2, leave_out_bots: false, ..FrameRule::default() };
    let frame = Frame::build(&network, &seeds, &rule);
    let measures = Measures::take(&network, &frame, &Group::from_members(network.ids.len(), seeds));
    let spectrum = classify::spectrum(&network);
    let features = Features::take(&network, &spectrum, &frame, &measures);
    let truth: Vec<bool> = frame.units.iter().map(|u| member[u.account as usize]).collect();
    let trial = Trial::new(&study, &network, &frame, &truth, progress)?;
    let wanted = Sample { labels: plan.labels, ..Sample::default() };
    let coder = SimulatedCoder::perfect();
    let census = |run: &u32| {
        progress.check()?;
        let seed = seed.wrapping_mul(7_919).wrapping_add(u64::from(*run));
        let done = evaluate::label(&network, &frame, &features, &measures, &member, &wanted, &coder, seed)?;
        let batches = estimate::batches(&frame, &done.draws, &done.answers, &done.scores);
        let [estimated, truth] = trial.run(&batches, plan.level)?;
        progress.advance(1);
        Ok(held(*run, &estimated, &truth))
    };
    Ok(runs.par_iter().map(census).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Intervals may end where numbers that are summed in another order begin.
fn slack(truth: f64) -> f64 {
    1e-9 * (1.0 + truth.abs())
}

/// Each figure of a portrait beside the truth; a share of which there is none is 0.
fn held(run: u32, estimated: &[Section], truth: &[Section]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for section in estimated {
        let Some(true_section) = truth.iter().find(|t| t.key == section.key) else { continue };
        let kind = |row: &str| match section.unit {
            Unit::Share => "share",
            Unit::Count => "count",
            Unit::Number if row.contains("mean") => "mean",
            Unit::Number => "quantile",
        };
        let mut add = |row: &str, control: bool, figure: &Figure, truth: Option<f64>| {
            let truth = if section.unit == Unit::Share { truth.or(Some(0.0)) } else { truth };
            // What is the same whoever is a member, such as that all have a profile, holds always, and would flatter.
            let exact = |truth: &f64| figure.low == figure.high && (figure.value - truth).abs() <= slack(*truth);
            outcomes.extend(truth.filter(|truth| !exact(truth)).map(|truth| Outcome {
                run,
                kind: kind(row),
                control,
                section: section.key.clone(),
                row: row.to_owned(),
                truth,
                figure: figure.clone(),
            }));
        };
        if let (Some(known), Some(truth)) = (&section.known, &true_section.known) {
            add("(known)", false, known, Some(truth.value));
        }
        for row in &section.rows {
            let same = true_section.rows.iter().find(|t| t.label == row.label);
            add(&row.label, false, &row.figure, same.map(|t| t.figure.value));
            if let Some(control) = &row.control {
                add(&row.label, true, control, same.and_then(|t| t.control.as_ref()).map(|t| t.value));
            }
        }
    }
    outcomes
}

fn summarise(plan: &Plan, outcomes: &[Outcome], seconds: f64) -> Coverage {
    let by = |keys: &dyn Fn(&Outcome) -> Vec<[String; 3]>| {
        let mut groups: BTreeMap<[String; 3], Vec<&Outcome>> = BTreeMap::new();
        for outcome in outcomes {
            keys(outcome).into_iter().for_each(|key| groups.entry(key).or_default().push(outcome));
        }
        groups.into_iter().map(|(key, of)| Held::of(key, &of)).collect::<Vec<Held>>()
    };
    let kind = |o: &Outcome, kind: &str| if o.control { format!("control {kind}") } else { kind.to_owned() };
    let all = |o: &Outcome| matches!(o.kind, "share" | "mean").then_some("all");
    let kinds = |o: &Outcome| std::iter::once(o.kind).chain(all(o)).map(|k| kind(o, k)).collect::<Vec<String>>();
    let figures = by(&|o| vec![[kind(o, o.kind), o.section.clone(), o.row.clone()]]);
    let spread = [("members", ["share", "mean"]), ("control", ["control share", "control mean"])];
    let spread = spread.into_iter().map(|(kind, of)| Apart::of(kind, &of, &figures, plan)).collect();
    Coverage {
        plan: plan.clone(),
        kinds: by(&|o| kinds(o).into_iter().map(|k| [k, String::new(), String::new()]).collect()),
        sections: by(&|o| vec![[kind(o, o.kind), o.section.clone(), String::new()]]),
        figures,
        spread,
        seconds,
    }
}

impl Held {
    fn of([kind, section, row]: [String; 3], outcomes: &[&Outcome]) -> Self {
        let n = outcomes.len() as f64;
        let low = |o: &Outcome| o.figure.high + slack(o.truth) < o.truth;
        let high = |o: &Outcome| o.figure.low - slack(o.truth) > o.truth;
        let share = |is: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|o| is(o)).count() as f64 / n;
        let coverage = share(&|o| !low(o) && !high(o));
        // The intervals of one census are of the same labels: the censuses' sums of misses are what varies.
        let mut runs: BTreeMap<u32, f64> = BTreeMap::new();
        for o in outcomes {
            let is_held = f64::from(u8::from(!low(o) && !high(o)));
            *runs.entry(o.run).or_default() += is_held - coverage;
        }
        let spread: f64 = runs.values().map(|sum| sum * sum).sum();
        let mut widths: Vec<f64> = outcomes.iter().map(|o| (o.figure.high - o.figure.low) / 2.0).collect();
        widths.sort_by(f64::total_cmp);
        Self {
            kind,
            section,
            row,
            intervals: outcomes.len() as u32,
            coverage,
            error: spread.sqrt() / n,
            missed_low: share(&low),
            missed_high: share(&high),
            truth: outcomes.iter().map(|o| o.truth).sum::<f64>() / n,
            half_width: widths[(widths.len() - 1) / 2],
            bias: outcomes.iter().map(|o| o.figure.value - o.truth).sum::<f64>() / n,
        }
    }
}

impl Apart {
    fn of(kind: &str, kinds: &[&str], figures: &[Held], plan: &Plan) -> Self {
        let mut apart = Self { kind: kind.into(), figures: 0, within: 0, fewer: 0, more: 0, by_chance: 0.0 };
        // Rounding must not decide for 186 of 200.
        let (least, most) = (plan.level - NEAR - 1e-9, plan.level + NEAR + 1e-9);
        for held in figures.iter().filter(|f| kinds.contains(&f.kind.as_str()) && 2 * f.intervals >= plan.runs) {
            apart.figures += 1;
            let count = if held.coverage < least {
                &mut apart.fewer
            } else if held.coverage > most {
                &mut apart.more
            } else {
                &mut apart.within
            };
            *count += 1;
            let n = f64::from(held.intervals);
            let within = |k: &u32| (least..=most).contains(&(f64::from(*k) / n));
            apart.by_chance +=
                (0..=held.intervals).filter(within).map(|k| binomial(k, held.intervals, plan.level)).sum::<f64>();
        }
        apart
    }
}

/// The chance of k in n, each with chance `p`.
fn binomial(k: u32, n: u32, p: f64) -> f64 {
    let choose: f64 = (0..k).map(|i| (f64::from(n - i) / f64::from(k - i)).ln()).sum();
    (choose + f64::from(k) * p.ln() + f64::from(n - k) * (1.0 - p).ln()).exp()
}

/// Writes `portrait-coverage.json` and `portrait-coverage.md` to a folder.
pub fn write_portrait(coverage: &Coverage, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::disk(folder, e))?;
    let json =
        serde_json::to_vec_pretty(coverage).map_err(|e| Error::bug("the coverage cannot be written").because(e))?;
    study::write(&folder.join("portrait-coverage.json"), &json)?;
    study::write(&folder.join("portrait-coverage.md"), table(coverage).as_bytes())
}

/// The coverage as tables in Markdown.
fn table(coverage: &Coverage) -> String {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let head = "intervals | held, % | ± | too low, % | too high, % | half-width |";
    let row = |h: &Held| {
        format!(
            "{} | {} | {} | {} | {} | {:.3} |",
            h.intervals,
            percent(h.coverage),
            percent(1.96 * h.error),
            percent(h.missed_low),
            percent(h.missed_high),
            h.half_width
        )
    };
    let mut text = format!("| kind | {head}\n|---|---|---|---|---|---|---|\n");
    for h in &coverage.kinds {
        let _ = writeln!(text, "| {} | {}", h.kind, row(h));
    }
    text += "\n| figures of | figures | held near the level | less often | more often | near by chance alone |\n|---|---|---|---|---|---|\n";
    for s in &coverage.spread {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.0} |",
            s.kind, s.figures, s.within, s.fewer, s.more, s.by_chance
        );
    }
    let _ = write!(text, "\n| section | kind | {head}\n|---|---|---|---|---|---|---|---|\n");
    for h in &coverage.sections {
        let _ = writeln!(text, "| {} | {} | {}", h.section, h.kind, row(h));
    }
    let _ = write!(text, "\n| section | figure | kind | {head}\n|---|---|---|---|---|---|---|---|---|\n");
    for h in &coverage.figures {
        let _ = writeln!(text, "| {} | {} | {} | {}", h.section, h.row.replace('|', "/"), h.kind, row(h));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_of_counts() {
        let sum = |from: u32, to: u32| (from..=to).map(|k| binomial(k, 200, 0.95)).sum::<f64>();
        assert!((sum(0, 200) - 1.0).abs() < 1e-12);
        // R: pbinom(194, 200, 0.95) - pbinom(185, 200, 0.95)
        assert!((sum(186, 194) - 0.859_523_089_284_4).abs() < 1e-12, "{}", sum(186, 194));
    }
}
