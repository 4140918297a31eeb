//! How a step tells how far it is, and learns that it should stop. The library draws nothing itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Error, Result};

/// What a step tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A step began; `total` units of work where that is known.
    Begin {
        /// What is being done, in a few words.
        what: String,
        /// How many units of work there are, where known.
        total: Option<u64>,
    },
    /// The total became known or changed.
    Total(u64),
    /// So many more units are done.
    Advance(u64),
    /// Something worth a line.
    Note(String),
    /// The step ended.
    End,
}

/// Told by every long step; cheap to clone, shared between threads.
#[derive(Clone)]
pub struct Progress {
    sink: Arc<dyn Fn(Event) + Send + Sync>,
    stop: Arc<AtomicBool>,
}

impl Progress {
    /// Sends events to `sink`; the step stops at its next safe point once `stop` is set.
    pub fn new(sink: impl Fn(Event) + Send + Sync + 'static, stop: Arc<AtomicBool>) -> Self {
        Self { sink: Arc::new(sink), stop }
    }

    /// Tells nobody and never stops.
    pub fn silent() -> Self {
        Self::new(|_| (), Arc::default())
    }

    /// Tells nobody, and stops with this one: for what runs beside a step that tells.
    #[must_use]
    pub fn quiet(&self) -> Self {
        Self::new(|_| (), self.stop.clone())
    }

    /// A step began.
    pub fn begin(&self, what: impl Into<String>, total: Option<u64>) {
        (self.sink)(Event::Begin { what: what.into(), total });
    }

    /// The total became known or changed.
    pub fn total(&self, total: u64) {
        (self.sink)(Event::Total(total));
    }

    /// So many more units are done.
    pub fn advance(&self, units: u64) {
        (self.sink)(Event::Advance(units));
    }

    /// Something worth a line.
    pub fn note(&self, text: impl Into<String>) {
        (self.sink)(Event::Note(text.into()));
    }

    /// The step ended.
    pub fn end(&self) {
        (self.sink)(Event::End);
    }

    /// A safe point: fails with [`Error::interrupted`] once the analyst asked to stop.
    pub fn check(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) { Err(Error::interrupted()) } else { Ok(()) }
    }
}
