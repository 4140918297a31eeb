use clap::Args;
use netcensus::Result;
use netcensus::what_if::{Ask, WhatIf as Answer};

use super::Which;
use super::plan::share;
use crate::ui::{self, Ui};

/// Say what the group would lose if so many of its members were suspended
///
/// Members are the seeds, the labelled, and accounts without a label whose score is high enough. Compares plans: the best
/// found for reach, most followers, most posts, betweenness, collective influence, CoreHD, at random; each by the audience
/// that would follow none of the others, by posts, and by the largest part that still hangs together. A bound says what no
/// choice could pass. Writes out/what-if.json and out/what-if.svg; names nobody.
#[derive(Args)]
pub(crate) struct WhatIf {
    #[command(flatten)]
    which: Which,

    /// Numbers of suspensions to show besides: 100,1000
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    suspensions: Vec<usize>,

    /// The share of the audience that is wanted to be lost
    #[arg(long, default_value = "50%", value_name = "SHARE", value_parser = share)]
    wanted: f64,

    /// Accounts without a label count as members from this score on
    #[arg(long, default_value_t = Ask::default().least_score, value_name = "SCORE")]
    least_score: f64,

    /// The share of a lost audience that accounts which come back regain
    #[arg(long, default_value = "0", value_name = "SHARE", value_parser = share)]
    regained: f64,
}

impl WhatIf {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let ask = Ask {
            suspensions: self.suspensions.clone(),
            wanted: self.wanted,
            least_score: self.least_score,
            regained: self.regained,
        };
        let study = self.which.study.clone();
        let answer = self.which.with(ui, |c| c.what_if(&ask))?;
        ui.result(&answer, || words(&answer) + &format!("\nthe chart is {}", study.join("out/what-if.svg").display()))
    }
}

fn words(answer: &Answer) -> String {
    let count = |n: usize| ui::count(n as f64);
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let mut text = format!(
        "{} accounts are taken for members ({} by their score alone), followed by {} outside of the group{}\n\n",
        count(answer.members),
        count(answer.by_score),
        count(answer.audience),
        if answer.simulated { "; labels are SIMULATED" } else { "" },
    );
    // A handful of numbers, the whole is in the file.
    let every = answer.suspensions.len().div_ceil(7).max(1);
    let shown: Vec<usize> =
        (0..answer.suspensions.len()).rev().step_by(every).collect::<Vec<_>>().into_iter().rev().collect();
    text += &format!("{:<14}", "suspended");
    shown.iter().for_each(|at| text += &format!("{:>9}", count(answer.suspensions[*at])));
    text += &format!("{:>8}\naudience lost\n", "area");
    for plan in &answer.plans {
        text += &format!("  {:<12}", plan.name);
        shown.iter().for_each(|at| text += &format!("{:>9}", percent(plan.reach[*at])));
        text += &format!("{:>8.3}\n", plan.reach_area);
    }
    text += &format!("  {:<12}", "no more than");
    shown.iter().for_each(|at| text += &format!("{:>9}", percent(answer.bound[*at])));
    text += "\nposts lost\n";
    for plan in answer.plans.iter().filter(|p| ["reach", "posts", "random"].contains(&p.name.as_str())) {
        text += &format!("  {:<12}", plan.name);
        shown.iter().for_each(|at| text += &format!("{:>9}", percent(plan.posts[*at])));
        text += "\n";
    }
    text += "largest part left, of the group\n";
    for plan in answer.plans.iter().filter(|p| !["peeling", "even"].contains(&p.name.as_str())) {
        text += &format!("  {:<12}", plan.name);
        shown.iter().for_each(|at| text += &format!("{:>9}", percent(plan.largest[*at])));
        text += &format!("{:>8.3}\n", plan.largest_area);
    }
    let needs = |n: Option<usize>| n.map_or_else(|| "more than there are".to_owned(), count);
    text += &format!(
        "\nto lose {} of the audience: {} suspensions by the best plan found; none can with fewer than {}",
        percent(answer.wanted.reach),
        needs(answer.wanted.suspensions),
        needs(answer.wanted.at_least),
    );
    if answer.regained == 0.0 {
        text += "\nnobody is taken to come back; with --regained SHARE, that share of what is lost is regained";
    }
    text
}
