//! What a person sees: progress on standard error, results on standard output, errors in three lines.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use netcensus::figure::{Figure, thousands};
use netcensus::progress::{Event, Progress};
use netcensus::{Error, Result};
use serde::Serialize;

/// How this call talks.
pub(crate) struct Ui {
    json: bool,
    /// Handed to every step.
    pub(crate) progress: Progress,
}

impl Ui {
    /// Sets up logging, progress and Ctrl-C.
    pub(crate) fn start(json: bool, quiet: bool, verbose: u8) -> Self {
        let level = ["warn", "netcensus=info", "debug"][usize::from(verbose.min(2))];
        let filter = tracing_subscriber::EnvFilter::try_from_env("NETCENSUS_LOG").unwrap_or_else(|_| level.into());
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

        let stop = Arc::new(AtomicBool::new(false));
        let flag = stop.clone();
        let asked = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            eprintln!("\nstopping at the next safe point; press Ctrl-C again to stop at once (that is safe, too)");
        });
        if let Err(e) = asked {
            tracing::warn!("Ctrl-C cannot be caught: {e}");
        }
        let bars = Mutex::new(Bars { quiet, terminal: std::io::stderr().is_terminal(), bar: None });
        let sink = move |event| {
            if let Ok(mut bars) = bars.lock() {
                bars.show(event);
            }
        };
        Self { json, progress: Progress::new(sink, stop) }
    }

    /// The result: as JSON, or in words.
    pub(crate) fn result(&self, value: &impl Serialize, words: impl FnOnce() -> String) -> Result<()> {
        let text = if self.json {
            serde_json::to_string_pretty(value).map_err(|e| Error::bug("the result cannot be printed").because(e))?
        } else {
            words()
        };
        // A reader that has seen enough (`| head`) is no failure.
        let _ = writeln!(std::io::stdout(), "{text}");
        Ok(())
    }

    /// What went wrong, because of what, what to try.
    pub(crate) fn fail(&self, error: Error) {
        self.progress.end();
        eprintln!("{:?}", miette::Report::new(Shown(error)));
    }
}

/// An error as miette shows it.
#[derive(Debug)]
struct Shown(Error);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Shown {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl miette::Diagnostic for Shown {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.advice().map(|a| Box::new(a) as Box<dyn fmt::Display>)
    }
}

/// One bar at a time; lines instead of bars where nobody watches.
struct Bars {
    quiet: bool,
    terminal: bool,
    bar: Option<(ProgressBar, String)>,
}

impl Bars {
    fn show(&mut self, event: Event) {
        if self.quiet {
            return;
        }
        match event {
            Event::Begin { what, total } => {
                self.end();
                let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
                bar.set_style(style(total.is_some()));
                bar.set_message(what.clone());
                bar.enable_steady_tick(Duration::from_millis(200));
                self.bar = Some((bar, what));
            }
            Event::Total(total) => {
                if let Some((bar, _)) = &self.bar {
                    bar.set_length(total);
                    bar.set_style(style(true));
                }
            }
            Event::Advance(units) => {
                if let Some((bar, _)) = &self.bar {
                    bar.inc(units);
                }
            }
            Event::Note(text) => match &self.bar {
                Some((bar, _)) if self.terminal => bar.println(format!("  {text}")),
                _ => eprintln!("  {text}"),
            },
            Event::End => self.end(),
        }
    }

    fn end(&mut self) {
        if let Some((bar, what)) = self.bar.take() {
            let took = bar.elapsed();
            bar.finish_and_clear();
            eprintln!("  {what:<40} {:>7.1} s", took.as_secs_f64());
        }
    }
}

fn style(known_total: bool) -> ProgressStyle {
    let template = if known_total {
        "  {msg:<32} {bar:30} {human_pos}/{human_len}  {per_sec}  {eta} left"
    } else {
        "  {msg:<32} {spinner} {elapsed}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// How many threads the steps use.
pub(crate) fn threads(n: usize) -> Result<()> {
    if n == 0 || n > 1024 {
        return Err(Error::usage("--threads must be 1 to 1024"));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(n)
        .build_global()
        .map_err(|e| Error::bug("the threads cannot be started").because(e))
}

/// A count with its thousands parted: 12,345.
pub(crate) fn count(value: f64) -> String {
    let parted = thousands(&format!("{:.0}", value.abs()));
    if value < -0.5 { format!("-{parted}") } else { parted }
}

/// A figure with its interval.
pub(crate) fn figure(figure: &Figure, level: f64) -> String {
    format!("{} ({:.0} % interval {} to {})", count(figure.value), 100.0 * level, count(figure.low), count(figure.high))
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn thousands() {
        assert_eq!([0.2, 999.0, 1000.0, 1234567.4, -1234.0].map(count), ["0", "999", "1,000", "1,234,567", "-1,234"]);
    }
}
