use clap::Args;
use netcensus::Result;
use netcensus::collect::plan::{Basis, Expected, Plan, Wish, plan};
use netcensus::collect::{self, Summary};
use netcensus::study::Strategy;

use super::Which;
use super::plan::share;
use crate::ui::{self, Ui};

/// Collect accounts, follows and posts from Bluesky or another AT Protocol network, or from servers with Mastodon's API
///
/// From the seeds, within the limits of study.toml: the servers' rate limits are obeyed, requests counted against a budget.
/// Wave by wave, or the likeliest members first (collect.strategy). It can be stopped at any point, even killed, and goes
/// on where it was.
#[derive(Args)]
pub(crate) struct Collect {
    #[command(flatten)]
    which: Which,

    /// Fetch nothing, but say what the budget of requests would reach
    #[arg(long)]
    plan: bool,

    /// Plan for so many requests in all, instead of collect.request_budget
    #[arg(long, value_name = "REQUESTS", requires = "plan")]
    budget: Option<u64>,

    /// Members that you expect there are, as long as nothing was fetched
    #[arg(long, value_name = "N", default_value_t = Wish::default().members, requires = "plan")]
    members: usize,

    /// The share of a member's follows that you expect to go to members, as long as nothing was fetched
    #[arg(long, value_name = "SHARE", default_value = "30%", value_parser = share, requires = "plan")]
    inside: f64,
}

impl Collect {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut study = self.which.open()?;
        if self.plan {
            let wish = Wish { budget: self.budget, members: self.members, inside: self.inside };
            let plan = plan(&study, &wish, &ui.progress)?;
            return ui.result(&plan, || words(&plan));
        }
        let summary = collect::collect(&mut study, &ui.progress)?;
        ui.result(&summary, || {
            format!(
                "{} accounts, {} follows and {} posts by {} requests; {} accounts are gone, {} too large to follow up{}",
                ui::count(summary.accounts as f64),
                ui::count(summary.follows as f64),
                ui::count(summary.posts as f64),
                ui::count(summary.requests as f64),
                ui::count(summary.gone as f64),
                ui::count(summary.too_large as f64),
                end(&summary)
            )
        })
    }
}

fn end(summary: &Summary) -> String {
    if !summary.finished {
        "\nthe budget of requests is spent: raise collect.request_budget to go on".into()
    } else if summary.not_fetched > 0 {
        format!(
            "\n{} accounts that were seen were not fetched: the frame leaves them out; raise collect.request_budget to go on",
            ui::count(summary.not_fetched as f64)
        )
    } else {
        String::new()
    }
}

fn words(plan: &Plan) -> String {
    let count = |n: u64| ui::count(n as f64);
    let basis = match &plan.basis {
        Basis::Crawl { fetched, open, labelled } => format!(
            "from the crawl so far: {} lists of follows read, {} of their accounts labelled; {} accounts seen and not fetched{}",
            count(*fetched as u64),
            count(*labelled as u64),
            count(*open as u64),
            if *labelled == 0 {
                "\n  nobody has labelled: chances come from ties alone, and may be too high"
            } else {
                ""
            }
        ),
        Basis::Assumed { accounts, members, inside, seeds } => format!(
            "nothing was fetched yet: ASSUMED is a simulated network of {} accounts with {} members, {:.0} % of whose follows go \
             to members; {} seeds",
            count(*accounts as u64),
            count(*members as u64),
            100.0 * inside,
            count(*seeds as u64)
        ),
    };
    let mut text = format!(
        "{basis}\n  an account costs {:.2} requests; {} a second at most; {} of {} requests are spent\n\n\
         {:>10} {:>10} {:>10}   expected members\n{:>10} {:>10} {:>10}   {:<18} {:<18}",
        plan.per_account,
        plan.per_second,
        count(plan.spent),
        count(plan.budget),
        "more",
        "",
        "",
        "requests",
        "hours",
        "accounts",
        "best-first",
        "waves"
    );
    let expected = |e: &Expected| match (e.low.round(), e.high.round()) {
        (low, high) if low == high => ui::count(low),
        (low, high) => format!("{} to {}", ui::count(low), ui::count(high)),
    };
    for row in &plan.rows {
        text += &format!(
            "\n{:>10} {:>10.1} {:>10}   {:<18} {:<18}",
            count(row.requests),
            row.seconds as f64 / 3600.0,
            count(row.accounts),
            expected(&row.best_first),
            expected(&row.waves)
        );
    }
    let strategy = match plan.strategy {
        Strategy::Waves => "waves",
        Strategy::BestFirst => "best-first",
    };
    text + &format!("\n\nthe study crawls by {strategy} (collect.strategy); servers that ask for pauses take longer")
}
