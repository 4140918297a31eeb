use clap::Args;
use netcensus::Result;
use netcensus::figure::Figure;
use netcensus::takedowns::{Ask, Takedowns as Answer};

use super::Which;
use crate::ui::{self, Ui};

/// Say what suspensions did: lifetimes, waves, reach lost, and what became of those that remained
///
/// From what was watched (collect again and again, or import --statuses): how long members and others live and how they end,
/// who is suspended, the waves in which it comes, whom the suspended reached and nobody reaches now, and what a wave did to the
/// audience, activity and survival of those that remained, next to others like them. Intervals let whole waves vary. Writes
/// out/takedowns.json; names nobody.
#[derive(Args)]
pub(crate) struct Takedowns {
    #[command(flatten)]
    which: Which,

    /// Accounts without a label count as members from this score on
    #[arg(long, default_value_t = Ask::default().least_score, value_name = "SCORE")]
    least_score: f64,

    /// The chance of finding any wave where there is none
    #[arg(long, default_value_t = Ask::default().alpha, value_name = "CHANCE")]
    alpha: f64,

    /// Days of a period before and after a wave, four of each; what fits between the waves where not given
    #[arg(long, value_name = "DAYS")]
    period: Option<f64>,
}

impl Takedowns {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let ask = Ask { least_score: self.least_score, alpha: self.alpha, period: self.period };
        let study = self.which.study.clone();
        let answer = self.which.with(ui, |c| c.takedowns(&ask))?;
        ui.result(&answer, || {
            words(&answer) + &format!("\nall of it is in {}", study.join("out/takedowns.json").display())
        })
    }
}

fn count(n: usize) -> String {
    ui::count(n as f64)
}

fn share(f: &Figure) -> String {
    format!("{:.1} % ({:.1} to {:.1})", 100.0 * f.value, 100.0 * f.low, 100.0 * f.high)
}

fn number(f: &Figure, digits: usize) -> String {
    format!("{:.digits$} ({:.digits$} to {:.digits$})", f.value, f.low, f.high)
}

fn words(a: &Answer) -> String {
    let mut text = format!(
        "{} accounts are taken for members ({} by their score alone), watched {} to {}{}\n",
        count(a.members),
        count(a.by_score),
        a.watch.first,
        a.watch.last,
        if a.simulated { "; labels are SIMULATED" } else { "" },
    );
    for lives in &a.lives {
        text += &format!("\n{}: {} watched", lives.group, count(lives.watched));
        for (end, n) in &lives.ended {
            match n {
                Some(0) => {}
                Some(n) => text += &format!(", {} {end}", count(*n)),
                None => text += &format!(", some {end}"),
            }
        }
        if let Some(median) = &lives.median {
            text += &format!("\n  half live no longer than {} days", number(median, 0));
        }
        for (age, f) in &lives.gone_by {
            text += &format!("\n  gone by day {age} of their life: {}", share(f));
        }
        for (end, day, f) in lives
            .ends
            .iter()
            .filter(|(end, day, _)| lives.ends.iter().filter(|(e, ..)| e == end).all(|(_, d, _)| d <= day))
        {
            text += &format!("\n  {end} within {day} days of the watch: {}", share(f));
        }
        if let Some(ever) = &lives.ever {
            text += &format!("\n  there ever were {}, from those that lived to be found", number(ever, 0));
        }
    }
    if !a.who.is_empty() {
        text += "\n\nsuspended, how many times as fast";
    }
    for t in &a.who {
        text += &format!("\n  {:<40}{}", t.name, number(&t.ratio, 2));
    }
    text += &format!("\n\n{} waves of suspensions", count(a.waves.len()));
    for w in &a.waves {
        let n = w.suspended.map_or("few".into(), |n| count(n as usize));
        text += &format!("\n  {} to {}: {n} where {:.1} are usual", w.from, w.to, w.usual);
    }
    if let Some(r) = &a.reach {
        text += &format!(
            "\n\n{} of {} members suspended: {} of {} outside of the group that followed some of it follow none now ({:.1} %)\n  follows inside, of all there could be: {:.3} % before, {:.3} % after; largest part {} before, {} after",
            count(r.suspended),
            count(a.members),
            count(r.lost),
            count(r.audience),
            100.0 * r.lost as f64 / (r.audience as f64).max(1.0),
            100.0 * r.density_before,
            100.0 * r.density_after,
            count(r.largest_before as usize),
            count(r.largest_after as usize),
        );
    }
    for e in &a.effects {
        text += &format!(
            "\n\nafter a wave, {} of those that remain: times {}, {} waves",
            e.outcome,
            number(&e.ratio, 3),
            e.waves
        );
        if let Some(p) = &e.placebo {
            text += &format!("\n  at a date at which nothing happened: times {}", number(p, 3));
        }
    }
    for note in &a.notes {
        text += &format!("\n\nnote: {note}");
    }
    text
}
