//! estimate: how many members, with intervals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::figure::Figure;

/// `out/estimate.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The study's name.
    pub study: String,
    /// Who was counted.
    pub population: String,
    /// `atproto`, `files` or `simulated`.
    pub platform: String,
    /// Whether any label came from a simulated coder; whoever shows the figures must say so.
    pub simulated: bool,
    /// The confidence level of every interval.
    pub level: f64,
    /// The frame.
    pub frame: FrameSummary,
    /// The labels.
    pub labels: LabelSummary,
    /// How many members the frame holds.
    pub members: Members,
    /// What a reader needs to judge the interval.
    pub diagnostics: Diagnostics,
}

/// The frame in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameSummary {
    /// Accounts in the frame, seeds included.
    pub size: usize,
    /// Known seeds among them: members by definition.
    pub seeds: usize,
    /// Accounts by wave; the seeds are wave 0.
    pub waves: Vec<usize>,
    /// The rule, in words.
    pub rule: String,
    /// Accounts seen and left out, by reason.
    pub left_out: BTreeMap<String, usize>,
}

/// The labels in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelSummary {
    /// Accounts drawn for labelling.
    pub drawn: usize,
    /// Drawn accounts that have a label.
    pub labelled: usize,
    /// Of these, members.
    pub members: usize,
    /// Of these, not members.
    pub not: usize,
    /// Of these, looked at and undecided.
    pub unsure: usize,
    /// Of these, nothing to see.
    pub cannot_tell: usize,
    /// Who coded.
    pub coders: Vec<Coder>,
    /// Agreement of each pair of coders.
    pub agreement: Vec<Agreement>,
}

/// A coder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coder {
    /// The coder's name.
    pub name: String,
    /// Whether it is a program that knows the truth.
    pub simulated: bool,
    /// How many accounts it labelled.
    pub labels: usize,
}

/// Agreement of a pair of coders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The two coders.
    pub coders: [String; 2],
    /// Accounts that both labelled.
    pub items: usize,
    /// Cohen's kappa; none where it is not defined.
    pub kappa: Option<f64>,
}

/// How many members the frame holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// Unsure counts as not.
    pub floor: Figure,
    /// Unsure counts as its score says.
    pub best: Figure,
    /// Unsure counts as member.
    pub ceiling: Figure,
    /// The best answer by the labels alone, without scores (Horvitz–Thompson).
    pub horvitz_thompson: Figure,
    /// The best answer's plain Wald interval, for comparison only.
    pub wald: Figure,
    /// The share of the frame that are members.
    pub prevalence: Figure,
}

/// What a reader needs to judge the interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// What the scores alone say.
    pub score_total: f64,
    /// What the labels corrected it by.
    pub correction: f64,
    /// The largest weight a labelled account could carry: one more member found there moves the answer by so much.
    pub largest_weight: f64,
    /// Labelled accounts in the tenth of the frame with the lowest scores.
    pub lowest_labelled: usize,
    /// Members found there.
    pub lowest_members: usize,
    /// Half-width relative to the best answer.
    pub relative_half_width: f64,
    /// What a simple random sample of as many labels would be expected to give.
    pub srs_relative_half_width: f64,
    /// How many randomly drawn labels one of ours was worth: the squared ratio of the two.
    pub label_efficiency: f64,
}
