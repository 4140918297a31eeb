//! Best-first: rounds of the accounts that are most likely members, as long as the budget lasts.

use super::super::chooser::Chooser;
use super::super::queue;
use super::Crawl;
use crate::Result;

/// From so many fetched accounts on, ties should tell members from others...
const TELLING: usize = 500;
/// ... better than this: see `Frontier::told_apart`.
const TOLD: f64 = 0.1;

impl Crawl<'_> {
    /// Crawls until the budget is spent, or nobody is left within the frame's waves. Both are an end: which accounts
    /// were fetched is the crawl's to say, and the frame leaves the others out.
    pub(super) async fn best_first(&mut self, seeds: &[String]) -> Result<bool> {
        self.queue.plan()?;
        if !self.drain("the seeds, or a round that was cut short").await? {
            // Without the seeds' own lists there is nothing to choose from.
            return self.has_chosen();
        }
        self.check_seeds(seeds)?;
        self.seal()?;
        let mut chooser = Chooser::open(self.study)?;
        let mut told = false;
        loop {
            let want = self.affordable(chooser.frontier.round())?;
            if want == 0 || chooser.choose(want)? == 0 {
                break;
            }
            if !told && chooser.frontier.lists() >= TELLING {
                told = true;
                self.warn(&chooser);
            }
            self.queue.plan()?;
            let whole = self.drain(&format!("round {}", chooser.frontier.rounds())).await?;
            self.seal()?;
            chooser.take_in()?;
            if !whole {
                break;
            }
        }
        queue::set_count(&self.study.work.db, "open", chooser.frontier.open() as u64)?;
        Ok(true)
    }

    /// How many accounts the rest of the budget fetches, at what one has cost so far; at most `want`.
    fn affordable(&self, want: usize) -> Result<usize> {
        let fetched = queue::looked_for(&self.study.work.db)?.max(1);
        let spent = self.limits.spent();
        let left = self.study.settings.collect.request_budget.saturating_sub(spent);
        let each = (spent as f64 / fetched as f64).max(1.0);
        Ok(want.min((left as f64 / each) as usize))
    }

    fn has_chosen(&self) -> Result<bool> {
        Ok(self.study.work.db.query_row("SELECT EXISTS (SELECT 1 FROM crawl_choices)", [], |r| r.get(0))?)
    }

    /// Says so when the ties do not tell who belongs: then the crawl gropes, and labels would help.
    fn warn(&self, chooser: &Chooser<'_>) {
        if chooser.frontier.told_apart().is_some_and(|told| told < TOLD) {
            self.progress.note(
                "the ties seen so far hardly tell members from others: label a sample (netcensus run, label export) \
                 and collect on, or crawl by waves",
            );
        }
    }
}
