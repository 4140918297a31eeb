//! What a report says: one module a chapter, every text from `texts/`, every number rounded here and nowhere later.
//!
//! | module | sections |
//! |---|---|
//! | [`summary`] | the findings on one page |
//! | [`answer`] | how many members; how to read it |
//! | [`outside`] | members beyond the frame |
//! | [`portrait`] | what they are like, chapter by chapter |
//! | [`takedowns`] | suspensions, accounts that came back, what suspensions would cost |
//! | [`sites`] | the web sites that they push |
//! | [`ground`] | method, frame, labels, diagnostics |
//! | [`sorting`] | how well each measure sorts members from others |
//! | [`limits`] | what the study does not know, from its own facts |
//! | [`card`] | data, ethics, how to cite, estimators and settings |
//!
//! Names of sections are fixed: they are links, and `docs/report.md` tells what stands where.

use super::Report;
use super::charts::{Axis, Point};
use super::document::{Block, Document, Drawing, Figure as Drawn, Interval, Intervals, Section, Table};
use super::numbers::{self, Shown, whole};
use super::text::clean;
use crate::figure::Figure;
use crate::study::Platform;
use crate::texts::{Arg, Line, Span, Texts};
use crate::{Error, Result};

mod answer;
mod card;
mod ground;
mod limits;
mod outside;
mod portrait;
mod said;
mod sites;
mod sorting;
mod summary;
mod takedowns;

/// Longest study name, population, rule or method, and longest label or name in a row, in characters.
const LONG: usize = 600;
const SHORT: usize = 48;
/// Most rows of a table; what is beyond is counted, not shown.
const ROWS: usize = 200;
/// A space that no line is broken at, and the sign.
const PERCENT: &str = "\u{A0}%";

/// What a figure measures: how it is rounded, and what stands behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Accounts.
    Count,
    /// A share, as per cent.
    Share,
    /// A mean, a quantile, a factor.
    Mean,
}

impl Kind {
    fn shown(self, figure: &Figure) -> Shown {
        match self {
            Kind::Count => Shown::count(figure),
            Kind::Share => Shown::share(figure),
            Kind::Mean => Shown::mean(figure),
        }
    }

    fn unit(self) -> &'static str {
        if self == Kind::Share { PERCENT } else { "" }
    }
}

/// The words of a report, and what all its chapters need to know.
struct Words<'a> {
    texts: &'a Texts,
    /// The confidence level, as written.
    level: String,
    /// What stands behind numbers of a study that is no finding; may be empty.
    mark: Line,
}

impl Words<'_> {
    /// A text. The level is given to all.
    fn say(&self, key: &str, args: &[(&str, Arg)]) -> Result<Line> {
        let mut all = vec![("level", Arg::Number(self.level.clone()))];
        all.extend(args.iter().cloned());
        self.texts.say(key, &all)
    }

    fn plain(&self, key: &str, args: &[(&str, Arg)]) -> Result<String> {
        Ok(self.say(key, args)?.plain())
    }

    /// A number that is written already, but for this language's digits.
    fn written(&self, number: &str) -> Line {
        Line::number(self.texts.number_in_text(number))
    }

    fn whole(&self, n: usize) -> Line {
        self.written(&whole(n))
    }

    /// Two ends of an interval.
    fn ends(&self, low: &str, high: &str, unit: &str) -> Result<String> {
        let ends = [("low", Arg::Words(low.to_owned())), ("high", Arg::Words(high.to_owned()))];
        Ok(self.texts.plain("words-range", &ends)? + unit)
    }

    /// From one day to another, or that day.
    fn days(&self, [first, last]: &[String; 2]) -> Result<String> {
        let (first, last) = (clean(first, SHORT), clean(last, SHORT));
        if first == last { Ok(first) } else { self.ends(&first, &last, "") }
    }

    /// The ends of a figure's interval.
    fn range(&self, figure: &Figure, kind: Kind) -> Result<String> {
        let Shown { low, high, .. } = kind.shown(figure);
        self.ends(&low, &high, kind.unit())
    }

    /// A figure's number and interval for a text: `value` and `range`.
    fn args(&self, figure: &Figure, kind: Kind) -> Result<[(&'static str, Arg); 2]> {
        point("a figure", figure)?;
        let value = kind.shown(figure).value + kind.unit();
        Ok([("value", Arg::Number(value)), ("range", Arg::Number(self.range(figure, kind)?))])
    }

    /// A figure in one line: its number, and its interval in brackets.
    fn brief(&self, figure: &Figure, kind: Kind) -> Result<Line> {
        self.say("words-figure", &self.args(figure, kind)?)
    }

    /// Its interval, with its level.
    fn with(&self, figure: &Figure, kind: Kind) -> Result<Line> {
        self.say("words-interval", &self.args(figure, kind)?)
    }

    /// A row of a drawing.
    fn row(&self, name: Line, note: Line, figure: &Figure, kind: Kind) -> Result<Interval> {
        Ok(Interval {
            name,
            note,
            point: point("a figure", figure)?,
            control: None,
            value: self.written(&(kind.shown(figure).value + kind.unit())),
            limits: self.written(&self.range(figure, kind)?),
            main: false,
            beside: false,
        })
    }

    /// Rows on one axis.
    fn intervals(&self, axis: Axis, kind: Kind, guide: Option<f64>, rows: Vec<Interval>) -> Intervals {
        let decimals = numbers::decimals_of(axis.step());
        let tick = |v: f64| match kind {
            Kind::Share => numbers::percent(v, axis.step()) + PERCENT,
            _ => numbers::number(v, decimals),
        };
        let ticks = axis.ticks().map(|v| (v, self.texts.number_in_text(&tick(v)))).collect();
        Intervals { axis, ticks, guide, rows }
    }

    /// What a drawing shows, for who cannot see it: its title and its first rows.
    fn alt(&self, title: &str, rows: &[Interval]) -> Result<String> {
        const SAID: usize = 24;
        let mut out = self.plain("figure-alt", &[("title", Arg::Words(title.to_owned()))])?;
        for row in rows.iter().take(SAID) {
            let text = |line: &Line| Arg::Words(line.plain());
            let args = [("name", text(&row.name)), ("value", text(&row.value)), ("range", text(&row.limits))];
            out += " ";
            out += &self.plain("figure-alt-row", &args)?;
        }
        if rows.len() > SAID {
            out += " ";
            out += &self.plain("figure-alt-more", &[("n", Arg::Count(rows.len() - SAID))])?;
        }
        Ok(out)
    }

    /// A table of figures with labels and method; `first` names what the rows are.
    fn exact(&self, caption: Line, first: Line, rows: &[(Line, &Figure, Kind)]) -> Result<Table> {
        let head = ["head-value", "head-interval", "head-labels", "head-method"];
        let mut table = Table {
            caption,
            head: std::iter::once(Ok(first)).chain(head.map(|key| self.say(key, &[]))).collect::<Result<_>>()?,
            words: vec![4],
            ..Table::default()
        };
        for (name, figure, kind) in rows {
            point("a figure", figure)?;
            table.rows.push(vec![
                name.clone(),
                self.written(&(kind.shown(figure).value + kind.unit())),
                self.written(&self.range(figure, *kind)?),
                self.whole(figure.labels),
                self.said(&figure.method)?,
            ]);
        }
        Ok(table)
    }

    /// A heading of a table.
    fn heads(&self, keys: &[&str]) -> Result<Vec<Line>> {
        keys.iter().map(|key| self.say(key, &[])).collect()
    }

    /// A section by its texts: its title is `section-ID`.
    fn section(&self, id: &str, blocks: Vec<Block>, sections: Vec<Section>) -> Result<Section> {
        Ok(Section { id: id.to_owned(), title: self.say(&format!("section-{id}"), &[])?, blocks, sections })
    }

    /// A paragraph.
    fn paragraph(&self, key: &str, args: &[(&str, Arg)]) -> Result<Block> {
        Ok(Block::Paragraph(self.say(key, args)?))
    }

    fn note(&self, key: &str, args: &[(&str, Arg)]) -> Result<Block> {
        Ok(Block::Note(self.say(key, args)?))
    }

    fn points(&self, keys: &[&str]) -> Result<Block> {
        Ok(Block::List(keys.iter().map(|key| self.say(key, &[])).collect::<Result<_>>()?))
    }

    /// A mark behind a number: labels by a program, or a network that does not exist.
    fn marked(&self, line: Line) -> Line {
        if self.mark.is_empty() { line } else { line.and(Line::words(" ")).and(self.mark.clone()) }
    }
}

/// Strangers' words in one line.
fn strange(text: &str, most: usize) -> Line {
    Line::foreign(clean(text, most))
}

/// The program with its version: one piece, or Arabic would put the version first.
fn program(version: &str) -> String {
    format!("netcensus {}", clean(version, SHORT))
}

/// A count as an argument.
fn count(n: usize) -> Arg {
    Arg::Count(n)
}

/// An estimated number of accounts as a count, which chooses the plural form.
fn whole_of(value: f64) -> usize {
    value.round().clamp(0.0, 1e15) as usize
}

fn number(written: impl Into<String>) -> Arg {
    Arg::Number(written.into())
}

/// What the report says.
pub(super) fn document(report: &Report, texts: &Texts) -> Result<Document> {
    let estimate = &report.estimate;
    finite("the level", &[estimate.level, report.portrait.level])?;
    let mut w =
        Words { texts, level: numbers::percent(estimate.level, estimate.level) + PERCENT, mark: Line::default() };
    let network = estimate.platform == Platform::Simulated;
    let mark = match (estimate.simulated || report.portrait.simulated, network) {
        (true, true) => Some("mark-simulated"),
        (true, false) => Some("mark-simulated-labels"),
        (false, true) => Some("mark-simulated-network"),
        (false, false) => None,
    };
    if let Some(mark) = mark {
        w.mark = Line(vec![Span::Term(w.plain(mark, &[])?)]);
    }
    let mut banners = Vec::new();
    if report.public {
        banners.push(w.say("banner-public", &[("cell", Arg::Count(report.about.min_cell as usize))])?);
    }
    if let Some(privacy) = &report.privacy {
        let written = |v: f64| number(numbers::number(v, numbers::decimals_of(v)));
        let within = privacy.counts.iter().map(|c| c.within).max().unwrap_or(0);
        let args = [
            ("epsilon", written(privacy.epsilon)),
            ("spent", written(privacy.spent)),
            ("budget", written(privacy.budget)),
            ("within", number(whole(usize::try_from(within).unwrap_or(usize::MAX)))),
        ];
        finite("epsilon", &[privacy.epsilon, privacy.spent, privacy.budget])?;
        banners.push(w.say("banner-private", &args)?);
    }
    if report.simulated() {
        banners.push(w.say("banner-simulated-labels", &[])?);
    }
    if network {
        banners.push(w.say("banner-simulated-network", &[])?);
    }
    let mut about = vec![
        (w.say("about-who", &[])?, strange(&estimate.population, LONG)),
        (w.say("about-where", &[])?, w.say(&format!("about-where-{}", estimate.platform.name()), &[])?),
    ];
    if let Some(days) = &report.about.observed {
        about.push((w.say("about-when", &[])?, w.written(&w.days(days)?)));
    }
    let mut sections = vec![summary::section(&w, report)?, answer::section(&w, estimate)?];
    sections.extend(outside::section(&w, estimate)?);
    sections.push(portrait::section(&w, report)?);
    sections.extend(takedowns::sections(&w, report)?);
    sections.extend(sites::section(&w, report)?);
    sections.extend(ground::sections(&w, report)?);
    sections.push(limits::section(&w, report)?);
    sections.extend(card::sections(&w, report)?);
    Ok(Document {
        lang: texts.lang(),
        digits: texts.digits(),
        date: report.about.last_day(),
        title: strange(&estimate.study, LONG),
        about,
        banners,
        sections,
        foot: w.say("foot", &[("program", Arg::Foreign(program(&report.about.version)))])?,
    })
}

/// A figure is fit to be shown when its three numbers are numbers and in order.
fn point(what: &str, f: &Figure) -> Result<Point> {
    finite(what, &[f.value, f.low, f.high])?;
    // Sums of many terms may differ in the last digits.
    let slack = 1e-9 * f.value.abs().max(1.0);
    if f.low <= f.high && f.low - slack <= f.value && f.value <= f.high + slack {
        return Ok(Point { value: f.value, low: f.low, high: f.high });
    }
    let Figure { value, low, high, method, .. } = f;
    Err(Error::bug(format!("{}: {value} is not within {low} to {high} ({method})", clean(what, SHORT))))
}

fn finite(what: &str, numbers: &[f64]) -> Result<()> {
    match numbers.iter().find(|v| !v.is_finite()) {
        Some(v) => Err(Error::bug(format!("{} is {v}, which is no number", clean(what, SHORT)))),
        None => Ok(()),
    }
}

/// A drawing of intervals, with its table.
fn drawn(w: &Words<'_>, caption: Line, title: &str, intervals: Intervals, table: Option<Table>) -> Result<Block> {
    let alt = w.alt(title, &intervals.rows)?;
    Ok(Block::Figure(Drawn { caption, alt, drawing: Drawing::Intervals(intervals), source: None, table }))
}
