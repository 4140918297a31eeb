use clap::Args;
use netcensus::Result;
use netcensus::plan::{Plan as Planned, Point, Spread, Wish};

use super::Which;
use crate::ui::{self, Ui};

/// Plan how many labels an interval of a wanted width takes
///
/// Simulates the rest of the study on its own frame and scores, many times, for several numbers of labels: how wide the
/// interval would be, and how often it would hold the truth; once as the scores say, once with a pocket of members whom
/// they miss. Before any label, give the share of members you expect (--prevalence). Writes out/plan.json and
/// out/plan.svg, a chart.
#[derive(Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    which: Which,

    /// The half-width wanted, relative to the answer: 10% or 0.1
    #[arg(long, default_value = "10%", value_name = "SHARE", value_parser = share)]
    half_width: f64,

    /// Numbers of labels to try, in all: 250,500,1000
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    labels: Vec<usize>,

    /// Simulated worlds
    #[arg(long, default_value_t = Wish::default().worlds)]
    worlds: u32,

    /// The share of the frame that you expect to be members, as long as nothing is labelled
    #[arg(long, value_name = "SHARE", value_parser = share)]
    prevalence: Option<f64>,

    /// How well you expect scores to tell members from others, as long as nothing is labelled: 0.5 not at all, 1 always
    #[arg(long, default_value_t = Wish::default().auc)]
    auc: f64,

    /// The share of the members that look like anybody, in the second column
    #[arg(long, default_value = "5%", value_name = "SHARE", value_parser = share)]
    pocket: f64,

    /// Labels that the coders give in an hour
    #[arg(long, default_value_t = Wish::default().per_hour, value_name = "LABELS")]
    per_hour: f64,
}

/// 10%, 10 % or 0.1.
pub(super) fn share(text: &str) -> std::result::Result<f64, String> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim(), 0.01),
        None => (text.trim(), 1.0),
    };
    let value = number.parse::<f64>().ok().filter(|v| v.is_finite()).map(|v| v * unit);
    match value {
        Some(v) if (0.0..=1.0).contains(&v) => Ok(v),
        _ => Err("a share, such as 10% or 0.1".into()),
    }
}

impl Plan {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let wish = Wish {
            half_width: self.half_width,
            labels: self.labels,
            worlds: self.worlds,
            prevalence: self.prevalence,
            auc: self.auc,
            pocket: self.pocket,
            per_hour: self.per_hour,
        };
        let study = self.which.study.clone();
        let plan = self.which.with(ui, |c| c.plan(&wish))?;
        ui.result(&plan, || words(&plan) + &format!("\nthe chart is {}", study.join("out/plan.svg").display()))
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn words(plan: &Planned) -> String {
    let basis = &plan.basis;
    let mut text = if basis.assumed {
        format!(
            "nothing is labelled yet: ASSUMED are {} members of {} accounts ({}), and scores that rank a member above \
             another account in {} of pairs,\n  logistic in the rank of a walk from the seeds; plan again once the first batch is labelled",
            ui::count(basis.members),
            ui::count(plan.frame as f64),
            percent(basis.members / plan.frame as f64),
            percent(basis.auc),
        )
    } else {
        format!(
            "from the scores of {} labels{}: {} members of {} accounts (the scores alone say {}), ranked above another \
             account in {} of pairs if the scores are right",
            ui::count(plan.labelled as f64),
            if plan.simulated { ", SIMULATED" } else { "" },
            ui::count(basis.members),
            ui::count(plan.frame as f64),
            ui::count(basis.score_total),
            percent(basis.auc),
        )
    };
    if plan.outstanding > 0 {
        text +=
            &format!("\n  {} drawn accounts have no label yet and are left out", ui::count(plan.outstanding as f64));
    }
    let pocket = format!("{} look like anybody", percent(plan.pocket));
    let widths = "half-width (90 % of worlds)";
    text += &format!("\n\n{:26}   {:<36}{:<36}{:>8}", "", "as the scores say", pocket, "simple");
    text += &format!(
        "\n{:>8} {:>8} {:>8}   {widths:<27} {:>6}  {widths:<27} {:>6}  {:>8}",
        "labels", "more", "hours", "held", "held", "random"
    );
    plan.points.iter().for_each(|p| text += &row(p));
    let wanted = &plan.wanted;
    let first = plan.points.first().map_or(0, |p| p.labels);
    let needed = |labels: Option<usize>, hours: Option<f64>| match (labels, hours) {
        (Some(n), _) if n == plan.labelled => "no more than the labels there are".into(),
        (Some(n), Some(hours)) => {
            let more = n.saturating_sub(plan.labelled) as f64;
            let most = if n == first { "at most " } else { "" };
            format!("{most}{} labels ({} more, {hours:.1} hours)", ui::count(n as f64), ui::count(more))
        }
        _ => "more labels than tried".into(),
    };
    text += &format!(
        "\n\n±{} ({:.0} % interval) takes\n  {} as the scores say\n  {} where {pocket}\n  {} labels by simple random sampling\n",
        percent(wanted.half_width),
        100.0 * plan.level,
        needed(wanted.scores, wanted.hours),
        needed(wanted.pocket, wanted.hours_pocket),
        ui::count(wanted.simple_random as f64),
    );
    text + &format!(
        "\n{} worlds: \"held\" is right to ± {}; scores are taken as they are, more labels make them better",
        plan.worlds,
        percent(2.0 * (plan.level * (1.0 - plan.level) / f64::from(plan.worlds)).sqrt()),
    )
}

fn row(point: &Point) -> String {
    let spread = |s: &Spread| {
        let widths = format!("±{} ({:.1} to {:.1})", percent(s.median), 100.0 * s.low, 100.0 * s.high);
        format!("{widths:<27} {:>4.0} %", 100.0 * s.coverage)
    };
    format!(
        "\n{:>8} {:>8} {:>8.1}   {}  {}  {:>8}",
        ui::count(point.labels as f64),
        ui::count(point.more as f64),
        point.hours,
        spread(&point.scores),
        spread(&point.pocket),
        format!("±{}", percent(point.simple_random)),
    )
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares() {
        assert_eq!(["10%", "10 %", "0.1", " 5% "].map(share), [Ok(0.1), Ok(0.1), Ok(0.1), Ok(0.05)]);
        for bad in ["", "%", "ten", "150%", "-1%", "NaN", "inf"] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }
}
