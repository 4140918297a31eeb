//! What the template shows: every number as text, every drawing done, every warning decided.

use askama::Template;

use super::About;
use super::charts::{self, Axis, Point, Svg};
use super::numbers::{self, Shown, whole};
use super::text::clean;
use crate::coders::CoderError;
use crate::collect::{Lists, Unseen};
use crate::describe::{Names, Portrait, Section, Unit};
use crate::estimate::{Diagnostics, Estimate};
use crate::figure::Figure;
use crate::takedowns::Takedowns;
use crate::texts::{Arg, Digits, Lang, Texts};
use crate::{Error, Result};

/// Longest study name, population or rule, and longest label or name in a row, in characters.
pub(super) const LONG: usize = 600;
pub(super) const SHORT: usize = 48;
/// Most slots of a chart over time, and most rows of a table; what is beyond is counted, not shown.
const SLOTS: i64 = 240;
const ROWS: usize = 200;

#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
pub(super) struct Page {
    study: String,
    population: String,
    platform: String,
    simulated: bool,
    level: String,
    members: Members,
    beyond: Option<super::beyond::Block>,
    beyond_note: Option<String>,
    frame: Frame,
    labels: Labels,
    diagnostics: Checks,
    warnings: Warnings,
    /// Whether coder error is in the answer.
    carried: bool,
    portrait: Vec<Block>,
    takedowns: Option<super::takedowns::Block>,
    not_seen: Option<NotSeen>,
    seed: u64,
    version: String,
    min_cell: String,
}

/// A figure as shown.
pub(super) struct Answer {
    pub(super) label: String,
    pub(super) shown: Shown,
    pub(super) labels: String,
    pub(super) method: String,
    pub(super) plot: Svg,
}

struct Members {
    floor: Answer,
    best: Answer,
    ceiling: Answer,
    horvitz_thompson: Answer,
    wald: Answer,
    prevalence: Answer,
    /// The best answer without correction for coder error, where there is one with.
    as_coded: Option<Answer>,
    ruler: Svg,
    /// Where the axis begins, unless at zero.
    cut: Option<String>,
}

/// A count with its bar.
struct Bar {
    label: String,
    count: String,
    bar: Svg,
}

struct Frame {
    size: String,
    seeds: String,
    rule: String,
    waves: Vec<Bar>,
    left_out: Vec<Bar>,
    left_out_total: String,
}

struct Labels {
    drawn: String,
    labelled: String,
    member: Bar,
    not: Bar,
    unsure: Bar,
    cannot_tell: Bar,
    coders: Vec<Coder>,
    more_coders: usize,
    agreement: Vec<Agreement>,
    alpha: Option<Coefficient>,
    error: Errors,
}

impl Labels {
    fn rated(&self) -> bool {
        self.coders.iter().any(|c| c.sensitivity.is_some() || c.specificity.is_some())
    }
}

/// What the crawl did not see.
struct NotSeen {
    /// Follows that profiles count and lists do not show, of how many; at how many accounts, of how many.
    missing: [String; 4],
    /// Accounts whose list is shown empty against the count.
    empty: Option<String>,
    /// Why lists were not read; accounts, and how many follows those count.
    unread: Vec<[String; 3]>,
    /// What became of accounts that are gone, and of how many.
    gone: Vec<[String; 2]>,
    posts_failed: Option<String>,
}

struct Coder {
    name: String,
    simulated: bool,
    labels: String,
    sensitivity: Option<Shown>,
    specificity: Option<Shown>,
}

/// A coefficient of agreement with its interval.
struct Coefficient {
    value: String,
    low: String,
    high: String,
    items: String,
}

/// What became of the coders' errors.
enum Errors {
    NotMeasured,
    Carried { sensitivity: Shown, members: String, specificity: Option<(Shown, String)> },
    Refused(String),
}

struct Agreement {
    first: String,
    second: String,
    items: String,
    kappa: Option<Coefficient>,
}

struct Checks {
    score_total: String,
    correction: String,
    largest_weight: String,
    lowest_labelled: String,
    lowest_members: String,
    half_width: String,
    srs_half_width: String,
    efficiency: String,
}

/// What a reader is warned of; a text where the warning names a number.
struct Warnings {
    members_below: bool,
    nobody_below: bool,
    single_coder: bool,
    low_agreement: bool,
    few_labels: bool,
    missing: Option<String>,
    undecided: Option<String>,
    heavy: bool,
    wide: bool,
    inefficient: bool,
}

impl Warnings {
    fn any(&self) -> bool {
        let Self { members_below, nobody_below, single_coder, low_agreement, few_labels, heavy, wide, .. } = self;
        [members_below, nobody_below, single_coder, low_agreement, few_labels, heavy, wide].into_iter().any(|w| *w)
            || self.inefficient
            || self.missing.is_some()
            || self.undecided.is_some()
    }
}

/// One section of the portrait.
struct Block {
    title: String,
    note: String,
    share: bool,
    languages: bool,
    rows: Vec<Answer>,
    more_rows: usize,
    ruler: Svg,
    over_time: Option<Series>,
    suppressed: usize,
    known: Option<Answer>,
    labels: Option<(String, String)>,
    methods: Vec<String>,
}

struct Series {
    upright: Svg,
    chart: Svg,
}

impl Page {
    pub(super) fn new(
        estimate: &Estimate,
        portrait: &Portrait,
        takedowns: Option<&Takedowns>,
        about: &About,
    ) -> Result<Self> {
        let diagnostics = &estimate.diagnostics;
        finite("the level", &[estimate.level, portrait.level])?;
        let texts = Texts::new(Lang::En, Digits::Western)?;
        Ok(Self {
            study: clean(&estimate.study, LONG),
            population: clean(&estimate.population, LONG),
            platform: estimate.platform.name().to_owned(),
            simulated: estimate.simulated || portrait.simulated || takedowns.is_some_and(|t| t.simulated),
            level: numbers::percent(estimate.level, estimate.level),
            members: members(estimate)?,
            beyond: estimate.beyond.as_ref().map(super::beyond::block).transpose()?,
            beyond_note: estimate.beyond_note.as_ref().map(|note| clean(note, LONG)),
            frame: frame(estimate),
            labels: labels(estimate)?,
            diagnostics: checks(diagnostics)?,
            warnings: warnings(estimate),
            carried: matches!(estimate.coder_error, CoderError::Carried { .. }),
            portrait: portrait.sections.iter().map(|s| block(s, &texts)).collect::<Result<_>>()?,
            takedowns: takedowns.map(|t| super::takedowns::block(t, about.min_cell)).transpose()?,
            not_seen: estimate.unseen.as_ref().map(not_seen),
            seed: about.seed,
            version: clean(&about.version, SHORT),
            min_cell: numbers::number(about.min_cell as f64, 0),
        })
    }
}

fn members(estimate: &Estimate) -> Result<Members> {
    let m = &estimate.members;
    let as_coded = match &estimate.coder_error {
        CoderError::Carried { as_coded, .. } => Some(&as_coded.best),
        _ => None,
    };
    let all = [&m.floor, &m.best, &m.ceiling, &m.horvitz_thompson, &m.wald].into_iter().chain(as_coded);
    let points = all.map(|f| point("the number of members", f)).collect::<Result<Vec<_>>>()?;
    let axis = Axis::numbers(&points);
    let answer = |figure: &Figure| answer("", figure, Shown::count, &axis, Some(m.best.value));
    let decimals = numbers::decimals_of(axis.step());
    let tick = |v: f64| numbers::number(v, decimals);
    Ok(Members {
        floor: answer(&m.floor)?,
        best: answer(&m.best)?,
        ceiling: answer(&m.ceiling)?,
        horvitz_thompson: answer(&m.horvitz_thompson)?,
        wald: answer(&m.wald)?,
        prevalence: self::answer("", &m.prevalence, Shown::share, &Axis::over(0.0, 1.0), None)?,
        as_coded: as_coded.map(answer).transpose()?,
        ruler: charts::ruler(&axis, tick),
        cut: (axis.low() != 0.0).then(|| tick(axis.low())),
    })
}

fn frame(estimate: &Estimate) -> Frame {
    let f = &estimate.frame;
    let widest = f.waves.iter().copied().max().unwrap_or(0);
    let most = f.left_out.values().copied().max().unwrap_or(0);
    let mut left_out: Vec<_> = f.left_out.iter().collect();
    left_out.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    Frame {
        size: whole(f.size),
        seeds: whole(f.seeds),
        rule: clean(&f.rule, LONG),
        waves: f.waves.iter().take(ROWS).map(|&n| bar("", n, widest)).collect(),
        left_out: left_out.iter().take(ROWS).map(|(reason, n)| bar(reason, **n, most)).collect(),
        left_out_total: whole(f.left_out.values().fold(0, |sum, n| sum.saturating_add(*n))),
    }
}

fn not_seen(unseen: &Unseen) -> NotSeen {
    let n = |n: u64| numbers::number(n as f64, 0);
    let some = |count: u64| (count > 0).then(|| n(count));
    let Lists { accounts, counted, missing, incomplete, empty, .. } = unseen.read;
    NotSeen {
        missing: [missing, counted, incomplete, accounts].map(n),
        empty: some(empty),
        unread: unseen.unread.iter().map(|(why, l)| [clean(why, SHORT), n(l.accounts), n(l.counted)]).collect(),
        gone: unseen.gone.iter().take(ROWS).map(|(status, accounts)| [clean(status, SHORT), n(*accounts)]).collect(),
        posts_failed: some(unseen.posts_failed),
    }
}

fn labels(estimate: &Estimate) -> Result<Labels> {
    let l = &estimate.labels;
    let share = |f: &Figure| point("a coder's rate", f).map(|_| Shown::share(f));
    let coder = |c: &crate::estimate::Coder| {
        Ok(Coder {
            name: clean(&c.name, SHORT),
            simulated: c.simulated,
            labels: whole(c.labels),
            sensitivity: c.sensitivity.as_ref().map(share).transpose()?,
            specificity: c.specificity.as_ref().map(share).transpose()?,
        })
    };
    let error = match &estimate.coder_error {
        CoderError::NotMeasured => Errors::NotMeasured,
        CoderError::Refused { reason } => Errors::Refused(clean(reason, LONG)),
        CoderError::Carried { sensitivity, specificity, .. } => Errors::Carried {
            sensitivity: share(sensitivity)?,
            members: whole(sensitivity.labels),
            specificity: specificity.as_ref().map(|s| Ok::<_, Error>((share(s)?, whole(s.labels)))).transpose()?,
        },
    };
    let agreement = |a: &crate::estimate::Agreement| {
        Ok(Agreement {
            first: clean(&a.coders[0], SHORT),
            second: clean(&a.coders[1], SHORT),
            items: whole(a.items),
            kappa: a.kappa.as_ref().map(coefficient).transpose()?,
        })
    };
    Ok(Labels {
        drawn: whole(l.drawn),
        labelled: whole(l.labelled),
        member: bar("", l.members, l.labelled),
        not: bar("", l.not, l.labelled),
        unsure: bar("", l.unsure, l.labelled),
        cannot_tell: bar("", l.cannot_tell, l.labelled),
        coders: l.coders.iter().take(ROWS).map(coder).collect::<Result<_>>()?,
        more_coders: l.coders.len().saturating_sub(ROWS),
        agreement: l.agreement.iter().take(ROWS).map(agreement).collect::<Result<_>>()?,
        alpha: l.alpha.as_ref().map(coefficient).transpose()?,
        error,
    })
}

fn coefficient(figure: &Figure) -> Result<Coefficient> {
    let Point { value, low, high } = point("the agreement of coders", figure)?;
    let number = |v: f64| numbers::number(v, 2);
    Ok(Coefficient { value: number(value), low: number(low), high: number(high), items: whole(figure.labels) })
}

fn checks(d: &Diagnostics) -> Result<Checks> {
    finite(
        "a diagnostic",
        &[
            d.score_total,
            d.correction,
            d.largest_weight,
            d.relative_half_width,
            d.srs_relative_half_width,
            d.label_efficiency,
        ],
    )?;
    let percent = |share: f64| numbers::number(100.0 * share, usize::from(share < 0.1));
    Ok(Checks {
        score_total: numbers::number(d.score_total, 0),
        correction: numbers::signed(d.correction, 0),
        largest_weight: numbers::number(d.largest_weight, usize::from(d.largest_weight < 10.0)),
        lowest_labelled: whole(d.lowest_labelled),
        lowest_members: whole(d.lowest_members),
        half_width: percent(d.relative_half_width),
        srs_half_width: percent(d.srs_relative_half_width),
        efficiency: numbers::number(d.label_efficiency, 1),
    })
}

fn warnings(estimate: &Estimate) -> Warnings {
    let (l, d) = (&estimate.labels, &estimate.diagnostics);
    let best = &estimate.members.best;
    let undecided = l.unsure.saturating_add(l.cannot_tell);
    let missing = l.drawn.saturating_sub(l.labelled);
    Warnings {
        members_below: d.lowest_members > 0,
        nobody_below: d.lowest_labelled == 0,
        single_coder: l.coders.iter().filter(|c| c.name != crate::label::GOLD).count() == 1,
        // Below it, by the usual reading of kappa, agreement is at best moderate.
        low_agreement: l.agreement.iter().filter_map(|a| a.kappa.as_ref()).any(|k| k.value < 0.6),
        few_labels: l.labelled < 100,
        missing: (missing > 0).then(|| whole(missing)),
        undecided: (undecided.saturating_mul(10) > l.labelled).then(|| whole(undecided)),
        heavy: d.largest_weight > (best.high - best.low) / 2.0,
        wide: best.high - best.low > best.value,
        inefficient: d.label_efficiency < 1.0,
    }
}

fn block(section: &Section, texts: &Texts) -> Result<Block> {
    let share = section.unit == Unit::Share;
    let shown = if share { Shown::share } else { Shown::mean };
    let rows = &section.rows[..section.rows.len().min(ROWS)];
    let points = rows.iter().map(|row| point(&section.key, &row.figure)).collect::<Result<Vec<_>>>()?;
    let axis = if share { Axis::shares(&points) } else { Axis::numbers(&points) };
    let mut labels: Vec<usize> = rows.iter().map(|row| row.figure.labels).collect();
    labels.sort_unstable();
    let mut methods = Vec::new();
    for row in rows {
        let method = clean(&row.figure.method, LONG);
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    let known = |figure: &Figure| answer("", figure, Shown::share, &Axis::over(0.0, 1.0), None);
    Ok(Block {
        title: titled(section, texts)?,
        note: noted(section, texts)?,
        share,
        languages: section.key == "languages",
        rows: rows
            .iter()
            .map(|r| answer(&named(section, &r.label, texts)?, &r.figure, shown, &axis, None))
            .collect::<Result<_>>()?,
        more_rows: section.rows.len() - rows.len(),
        ruler: charts::ruler(&axis, |v| tick(&axis, v)),
        over_time: if share && section.key == "created" { over_time(section, &points, &axis) } else { None },
        suppressed: section.suppressed,
        known: section.known.as_ref().map(known).transpose()?,
        labels: labels.first().zip(labels.last()).map(|(a, b)| (whole(*a), whole(*b))),
        methods,
    })
}

fn titled(section: &Section, texts: &Texts) -> Result<String> {
    let key = format!("portrait-{}", section.key);
    if texts.has(&key) { texts.plain(&key, &[]) } else { Ok(clean(&section.key, LONG)) }
}

fn noted(section: &Section, texts: &Texts) -> Result<String> {
    let key = format!("portrait-{}.note", section.key);
    let mut parts = if texts.has(&key) { vec![texts.plain(&key, &[])?] } else { Vec::new() };
    for remark in &section.remarks {
        let key = format!("remark-{}", remark.key);
        if texts.has(&key) {
            parts.push(texts.plain(&key, &[("n", Arg::Count(remark.n.unwrap_or(0)))])?);
        }
    }
    Ok(clean(&parts.join(" "), LONG))
}

fn named(section: &Section, label: &str, texts: &Texts) -> Result<String> {
    let keys = [format!("portrait-{}-{label}", section.key), format!("row-{label}")];
    match keys.iter().find(|key| section.names == Names::Texts && texts.has(key)) {
        Some(key) => texts.plain(key, &[]),
        None => Ok(label.to_owned()),
    }
}

/// A chart over time, when every label is a year or a month; a period without a row stays empty.
fn over_time(section: &Section, points: &[Point], axis: &Axis) -> Option<Series> {
    let periods = section.rows.iter().take(points.len()).map(|r| Period::read(&r.label)).collect::<Option<Vec<_>>>()?;
    let first = *periods.iter().min()?;
    let last = *periods.iter().max()?;
    let alike = periods.iter().all(|p| p.monthly == first.monthly);
    if !alike || periods.len() < 2 || last.number - first.number >= SLOTS {
        return None;
    }
    let slots = periods.iter().map(|p| (p.number - first.number) as usize).zip(points.iter().copied());
    let slots: Vec<(usize, Point)> = slots.collect();
    let names: Vec<String> = (first.number..=last.number).map(|n| Period { number: n, ..first }.name()).collect();
    Some(Series {
        upright: charts::upright_ruler(axis, |v| tick(axis, v)),
        chart: charts::series(axis, &slots, &names),
    })
}

/// A year, or a month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Period {
    monthly: bool,
    number: i64,
}

impl Period {
    fn read(label: &str) -> Option<Self> {
        let digits = |s: &str, n: usize| if s.len() == n { s.parse::<u16>().ok().map(i64::from) } else { None };
        match label.split_once('-') {
            None => digits(label, 4).map(|number| Self { monthly: false, number }),
            Some((year, month)) => match (digits(year, 4)?, digits(month, 2)?) {
                (year, month @ 1..=12) => Some(Self { monthly: true, number: year * 12 + month - 1 }),
                _ => None,
            },
        }
    }

    fn name(self) -> String {
        match self.monthly {
            false => self.number.to_string(),
            true => format!("{}-{:02}", self.number / 12, self.number % 12 + 1),
        }
    }
}

fn tick(axis: &Axis, v: f64) -> String {
    format!("{}\u{A0}%", numbers::percent(v, axis.step()))
}

fn bar(label: &str, n: usize, of: usize) -> Bar {
    Bar { label: clean(label, SHORT), count: whole(n), bar: charts::bar(n as f64 / of.max(1) as f64) }
}

pub(super) fn answer(
    label: &str,
    f: &Figure,
    shown: fn(&Figure) -> Shown,
    axis: &Axis,
    guide: Option<f64>,
) -> Result<Answer> {
    let point = point(label, f)?;
    Ok(Answer {
        label: clean(label, SHORT),
        shown: shown(f),
        labels: whole(f.labels),
        method: clean(&f.method, LONG),
        plot: charts::interval(axis, point, guide),
    })
}

/// A figure is fit to be shown when its three numbers are numbers and in order.
pub(super) fn point(what: &str, f: &Figure) -> Result<Point> {
    finite(what, &[f.value, f.low, f.high])?;
    // Sums of many terms may differ in the last digits.
    let slack = 1e-9 * f.value.abs().max(1.0);
    if f.low <= f.high && f.low - slack <= f.value && f.value <= f.high + slack {
        return Ok(Point { value: f.value, low: f.low, high: f.high });
    }
    let Figure { value, low, high, method, .. } = f;
    Err(Error::bug(format!("{}: {value} is not within {low} to {high} ({method})", clean(what, SHORT))))
}

pub(super) fn finite(what: &str, numbers: &[f64]) -> Result<()> {
    match numbers.iter().find(|v| !v.is_finite()) {
        Some(v) => Err(Error::bug(format!("{} is {v}, which is no number", clean(what, SHORT)))),
        None => Ok(()),
    }
}
