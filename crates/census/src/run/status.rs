//! Where a study stands.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Census, STEPS, unlabelled};
use crate::tables::Table;
use crate::{Result, collect, watch};

impl Census<'_> {
    /// Where the study stands, without doing anything.
    pub fn status(&mut self) -> Result<Status> {
        let mut tables = BTreeMap::new();
        for table in Table::ALL {
            let mut rows = 0;
            self.study.store.read(table, &[table.schema().field(0).name()], |b| {
                rows += b.num_rows();
                Ok(())
            })?;
            tables.insert(table.name(), rows);
        }
        let mut steps = BTreeMap::new();
        for step in STEPS {
            let state = match self.remembered(step, "inputs")? {
                None => "not run",
                Some(inputs) if inputs == self.inputs(step)? && self.written(step)? => "up to date",
                Some(_) => "out of date",
            };
            steps.insert(step, state);
        }
        let crawl = collect::state(&self.study.work)?;
        let stream = collect::stream::state(&self.study.work)?;
        let (mut drawn, mut outstanding) = (0, 0);
        if tables["samples"] > 0 {
            let (draws, coded) = (self.draws()?, self.coded()?);
            drawn = draws.iter().map(|d| d.drawn.len()).sum();
            outstanding = unlabelled(&draws, &coded);
        }
        let unseen = collect::unseen(&self.study.work)?;
        let name = self.study.settings.name.clone();
        let (watch, hidden) = (watch::state(self.study)?, watch::hidden::hidden(self.study)?);
        Ok(Status { name, tables, crawl, stream, unseen, watch, hidden, steps, drawn, outstanding })
    }
}

/// Where a study stands.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The study's name.
    pub name: String,
    /// Rows of each table.
    pub tables: BTreeMap<&'static str, usize>,
    /// The crawl, if there was one.
    pub crawl: Option<collect::State>,
    /// The streams, if one was watched.
    pub stream: Option<collect::stream::State>,
    /// What it did not see.
    pub unseen: Option<collect::Unseen>,
    /// The watch, if there was one.
    pub watch: Option<watch::State>,
    /// Ties to accounts that were gone before anybody looked.
    pub hidden: Option<watch::hidden::Hidden>,
    /// Each step: `not run`, `out of date` or `up to date`.
    pub steps: BTreeMap<&'static str, &'static str>,
    /// Accounts drawn for labelling.
    pub drawn: usize,
    /// Of these, without a label.
    pub outstanding: usize,
}
