//! compare: two studies, or two waves of one, figure by figure: differences and ratios with intervals, never two bare
//! numbers.
//!
//! The figures are taken for independent, unless a correlation is given. Two waves of one study share accounts and labels, so
//! that their errors mostly go the same way; then the intervals of differences are too wide rather than too narrow. A
//! correlation of −1 is the safest: see `docs/methods/compare.md`.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use netcensus_stats::difference::{self, Between};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::describe::{Portrait, Unit};
use crate::estimate::Estimate;
use crate::figure::Figure;
use crate::report::text::clean;
use crate::takedowns::Takedowns;
use crate::{Error, Result};

/// Longest file that is read.
const LARGEST: u64 = 64 << 20;
/// Longest text of a file that is shown.
const LONGEST: usize = 200;

/// How two studies are held against each other.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct How {
    /// The correlation of their errors, −1 to 1.
    pub correlation: f64,
    /// Whether even what counts different things is compared; then it says so.
    pub force: bool,
}

/// Two studies side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// What is compared: the studies' names.
    pub studies: [String; 2],
    /// Whether any label of either came from a simulated coder.
    pub simulated: bool,
    /// The confidence level of every interval.
    pub level: f64,
    /// The correlation between the two that the intervals take for true.
    pub correlation: f64,
    /// The expected share of false ones among the differences that stand out.
    pub alpha: f64,
    /// What stands in the way of a plain reading.
    pub warnings: Vec<String>,
    /// The figures that both have.
    pub rows: Vec<Row>,
    /// Figures that only one of them has, or one has twice.
    pub unmatched: usize,
}

/// A figure of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// `members`, `takedowns`, or a section of the portrait.
    pub section: String,
    /// Which figure of it.
    pub label: String,
    /// What it is.
    pub unit: Unit,
    /// Of the first study, and of the second.
    pub figures: [Figure; 2],
    /// The second less the first.
    pub difference: Interval,
    /// The second over the first; none where the first is 0 or a figure can be below.
    pub ratio: Option<Interval>,
    /// The chance of so large a difference if there were none.
    pub p: f64,
    /// Whether it stands out from all of them.
    pub stands_out: bool,
}

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end; none where the data sets no bound.
    pub high: Option<f64>,
}

impl From<Between> for Interval {
    fn from(b: Between) -> Self {
        Self { value: b.value, low: b.low, high: b.high.is_finite().then_some(b.high) }
    }
}

/// Section, label, unit, figure.
type Named<'f> = (String, String, Unit, &'f Figure);

/// What a study found, as it lies in its `out/`.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// How many.
    pub estimate: Estimate,
    /// What they are like.
    pub portrait: Option<Portrait>,
    /// What suspensions did.
    pub takedowns: Option<Takedowns>,
}

impl Found {
    /// Reads what a study found: `path` is the study, or a copy of an `out/` of it.
    pub fn read(path: &Path) -> Result<Self> {
        let out = if path.join("estimate.json").exists() { path.to_owned() } else { path.join("out") };
        let estimate = read(&out.join("estimate.json"))?.ok_or_else(|| {
            Error::usage(format!("{} holds no estimate", path.display()))
                .help("give a study that has been run (netcensus run), or a copy of its folder out")
        })?;
        Ok(Self {
            estimate,
            portrait: read(&out.join("portrait.json"))?,
            takedowns: read(&out.join("takedowns.json"))?,
        })
    }

    /// Its figures: section, label, unit.
    fn figures(&self) -> Vec<Named<'_>> {
        let m = &self.estimate.members;
        let members = [("floor", &m.floor), ("best", &m.best), ("ceiling", &m.ceiling)];
        let members = members.into_iter().map(|(label, f)| (label, Unit::Count, f));
        let mut all: Vec<Named<'_>> = members
            .chain([("prevalence", Unit::Share, &m.prevalence)])
            .map(|(label, unit, f)| ("members".to_owned(), label.to_owned(), unit, f))
            .collect();
        for section in self.portrait.iter().flat_map(|p| &p.sections) {
            all.extend(section.rows.iter().map(|r| (section.key.clone(), r.label.clone(), section.unit, &r.figure)));
        }
        for lives in self.takedowns.iter().flat_map(|t| &t.lives) {
            let median = lives.median.iter().map(|f| ("median lifetime, days".to_owned(), Unit::Number, f));
            let gone = lives.gone_by.iter().map(|(day, f)| (format!("gone by day {day}"), Unit::Share, f));
            let ever = lives.ever.iter().map(|f| ("there ever were".to_owned(), Unit::Count, f));
            let of = |what: String| format!("{}: {what}", lives.group);
            let rows = median.chain(gone).chain(ever);
            all.extend(rows.map(|(what, unit, f)| ("takedowns".to_owned(), of(what), unit, f)));
        }
        all
    }
}

fn read<T: DeserializeOwned>(path: &PathBuf) -> Result<Option<T>> {
    let about = match path.metadata() {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        about => about.map_err(|e| Error::disk(path, e))?,
    };
    // Devices and pipes have no size, and may never end.
    if !about.is_file() {
        return Err(Error::data(format!("{} is not a plain file", path.display())));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| Error::disk(path, e))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|e| Error::disk(path, e))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::data(format!("{} is larger than such a file can be", path.display())));
    }
    let found = serde_json::from_slice(&bytes).map_err(|e| {
        let why = clean(&e.to_string(), LONGEST);
        Error::data(format!("{} is not what this version of netcensus writes: {why}", path.display()))
            .help("run the study again with: netcensus run")
    })?;
    Ok(Some(found))
}

/// Figures by what they are called. Of two that are called the same (words that were cut may be) nobody knows which is
/// which: they are left out.
fn by_name<'f>(figures: &'f [Named<'f>]) -> HashMap<(&'f str, &'f str), Option<&'f Named<'f>>> {
    let mut all = HashMap::with_capacity(figures.len());
    for figure in figures {
        all.entry((figure.0.as_str(), figure.1.as_str())).and_modify(|twice| *twice = None).or_insert(Some(figure));
    }
    all
}

/// Holds the second study against the first.
///
/// # Errors
/// Two levels of confidence, or one that is none; different populations, or labels of which some are simulated, unless forced; a figure outside
/// of its interval.
pub fn compare(first: &Found, second: &Found, how: How) -> Result<Compared> {
    let simulated = |f: &Found| f.estimate.simulated || f.portrait.as_ref().is_some_and(|p| p.simulated);
    let mut unlike = Vec::new();
    if !same_words(&first.estimate.population, &second.estimate.population) {
        unlike.push("the studies count different populations: differences are between these, too");
    }
    if simulated(first) != simulated(second) {
        unlike.push("the labels of one are simulated, those of the other are not");
    }
    if !how.force && !unlike.is_empty() {
        return Err(Error::usage(unlike.join("; ")).help("with --force they are compared all the same, with a warning"));
    }
    let level = first.estimate.level;
    if (level - second.estimate.level).abs() > 1e-9 {
        return Err(Error::usage(format!(
            "one study has intervals of {level}, the other of {}: they cannot be held against each other",
            second.estimate.level
        ))
        .help("set estimate.level in study.toml alike, and run both again"));
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(Error::data(format!("{level} is no level of confidence: it lies between 0 and 1")));
    }
    let (of_first, of_second) = (first.figures(), second.figures());
    let (firsts, seconds) = (by_name(&of_first), by_name(&of_second));
    let mut rows = Vec::new();
    for (section, label, unit, one) in &of_first {
        let name = (section.as_str(), label.as_str());
        let (Some(Some(_)), Some(Some((.., other_unit, other)))) = (firsts.get(&name), seconds.get(&name)) else {
            continue;
        };
        if other_unit != unit {
            continue;
        }
        // What a file says is shown on a terminal.
        let (section, label) = (clean(section, LONGEST), clean(label, LONGEST));
        let (a, b) = (between(one, &label)?, between(other, &label)?);
        let apart = difference::difference(b, a, how.correlation)?;
        // Ratios are made for independent figures alone.
        let ratios = how.correlation == 0.0 && a.low >= 0.0 && b.low >= 0.0;
        let times = if ratios { difference::ratio(b, a)? } else { None };
        rows.push(Row {
            section,
            label,
            unit: *unit,
            figures: [(*one).clone(), (*other).clone()],
            p: difference::p_of_none(apart, level),
            difference: apart.into(),
            ratio: times.map(Interval::from),
            stands_out: false,
        });
    }
    let alpha = 1.0 - level;
    let p: Vec<f64> = rows.iter().map(|r| r.p).collect();
    rows.iter_mut().zip(difference::standing_out(&p, alpha)).for_each(|(row, out)| row.stands_out = out);
    let warnings = unlike.into_iter().map(str::to_owned).chain(warnings(&first.estimate, &second.estimate));
    Ok(Compared {
        studies: [first, second].map(|found| clean(&found.estimate.study, LONGEST)),
        simulated: simulated(first) || simulated(second),
        level,
        correlation: how.correlation,
        alpha,
        warnings: warnings.collect(),
        unmatched: of_first.len() + of_second.len() - 2 * rows.len(),
        rows,
    })
}

/// A figure's three numbers; sums of many terms may differ in the last digits.
fn between(figure: &Figure, label: &str) -> Result<Between> {
    let Figure { value, low, high, .. } = figure;
    let slack = 1e-9 * value.abs().max(1.0);
    if !(low - slack <= *value && *value <= high + slack) {
        return Err(Error::data(format!("{label}: {value} is not within {low} to {high}")));
    }
    Ok(Between { value: *value, low: low.min(*value), high: high.max(*value) })
}

/// Whether two texts say the same, but for case and space.
fn same_words(one: &str, other: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(one) == words(other)
}

fn warnings(first: &Estimate, second: &Estimate) -> Vec<String> {
    let mut warnings = Vec::new();
    if first.platform != second.platform {
        warnings.push("the studies are of different networks".to_owned());
    }
    if first.frame.rule != second.frame.rule {
        warnings
            .push("the frames follow different rules: a group can look larger because more was looked at".to_owned());
    }
    warnings
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FORCED: How = How { correlation: 0.0, force: true };

    fn found() -> Found {
        Found {
            estimate: serde_json::from_str(include_str!("../tests/data/estimate.json")).unwrap(),
            portrait: Some(serde_json::from_str(include_str!("../tests/data/portrait.json")).unwrap()),
            takedowns: None,
        }
    }

    #[test]
    fn a_study_does_not_differ_from_itself() {
        let compared = compare(&found(), &found(), How::default()).unwrap();
        assert!(compared.rows.len() > 20 && compared.unmatched == 0 && compared.warnings.is_empty());
        for row in &compared.rows {
            assert_eq!(row.difference.value, 0.0);
            assert!(row.difference.low <= 0.0 && row.difference.high.unwrap() >= 0.0 && !row.stands_out);
            assert!(row.ratio.is_none_or(|r| r.value == 1.0 && r.low <= 1.0 && r.high.is_none_or(|h| h >= 1.0)));
        }
    }

    #[test]
    fn what_has_changed_stands_out_and_what_only_one_has_is_counted() {
        let (first, mut second) = (found(), found());
        let best = &mut second.estimate.members.best;
        (best.value, best.low, best.high) = (4_000.0, 3_700.0, 4_300.0);
        second.estimate.population = "others".into();
        let refused = compare(&first, &second, How::default()).unwrap_err();
        assert!(refused.kind() == crate::Kind::Usage && refused.to_string().contains("different populations"));
        second.portrait.as_mut().unwrap().sections[0].rows.remove(0);
        let compared = compare(&first, &second, FORCED).unwrap();
        assert_eq!((compared.unmatched, compared.warnings.len()), (1, 1));
        let row = compared.rows.iter().find(|r| r.label == "best").unwrap();
        assert!(row.stands_out && row.difference.low > 1_200.0 && row.p < 1e-6, "{row:?}");
        assert!(row.ratio.unwrap().low > 1.4);
        assert_eq!(compared.rows.iter().filter(|r| r.stands_out).count(), 1);
    }

    #[test]
    fn whatever_the_dependence_is_widest() {
        let of = |correlation| compare(&found(), &found(), How { correlation, force: false }).unwrap();
        let (apart, whatever) = (of(0.0), of(-1.0));
        for (one, other) in apart.rows.iter().zip(&whatever.rows) {
            assert!(other.difference.low <= one.difference.low && one.difference.high <= other.difference.high);
            assert!(other.ratio.is_none());
            let f = &one.figures[0];
            assert!((other.difference.low - (f.low - f.high)).abs() < 1e-9 * f.high.abs().max(1.0));
        }
        assert_eq!(whatever.correlation, -1.0);
        let error = compare(&found(), &found(), How { correlation: 2.0, force: false }).unwrap_err();
        assert_eq!(error.kind(), crate::Kind::Data);
    }

    #[test]
    fn other_levels_and_broken_figures_are_refused() {
        let (first, mut second) = (found(), found());
        second.estimate.level = 0.9;
        assert_eq!(compare(&first, &second, FORCED).unwrap_err().kind(), crate::Kind::Usage);
        let mut broken = found();
        broken.estimate.members.best.low = 1e9;
        assert_eq!(compare(&first, &broken, FORCED).unwrap_err().kind(), crate::Kind::Data);
        for level in [1.5, 1.0, 0.0, -3.0] {
            let (mut first, mut second) = (found(), found());
            (first.estimate.level, second.estimate.level) = (level, level);
            second.estimate.members.best.value += 1.0;
            assert_eq!(compare(&first, &second, FORCED).unwrap_err().kind(), crate::Kind::Data, "{level}");
        }
    }

    #[test]
    fn names_that_stand_twice_are_not_matched() {
        let plain = compare(&found(), &found(), FORCED).unwrap().rows.len();
        let mut twice = found();
        let rows = &mut twice.portrait.as_mut().unwrap().sections[0].rows;
        let row = rows[0].clone();
        rows.extend([row.clone(), row]);
        for (first, second, unmatched) in [(&twice, &found(), 4), (&found(), &twice, 4), (&twice, &twice, 6)] {
            let compared = compare(first, second, FORCED).unwrap();
            assert_eq!((compared.rows.len(), compared.unmatched), (plain - 1, unmatched));
        }
    }

    #[test]
    fn hostile_files_neither_hang_nor_reach_the_terminal() {
        let mut odd = found();
        odd.estimate.study = "a\u{1b}[2Jb\u{202E}c".into();
        let section = &mut odd.portrait.as_mut().unwrap().sections[0];
        section.key = "k\u{1b}]0;owned\u{7}".into();
        section.rows[0].label = "l\u{202E}\u{1b}[31m".into();
        let template = section.rows[0].clone();
        section.rows.extend((0..100_000).map(|i| crate::describe::Row { label: i.to_string(), ..template.clone() }));
        // Held against each other one by one these would take hours.
        let compared = compare(&odd, &odd, FORCED).unwrap();
        assert!(compared.rows.len() > 100_000 && compared.unmatched == 0);
        let texts = compared.rows.iter().flat_map(|r| [&r.section, &r.label]).chain(&compared.studies);
        texts.for_each(|t| assert!(!t.contains(['\u{1b}', '\u{7}', '\u{202E}']), "{t:?}"));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("estimate.json");
        std::fs::write(&path, "{\"study\": \"\", \"platform\": \"\u{202E}\"}").unwrap();
        let error = Found::read(folder.path()).unwrap_err();
        assert!(error.kind() == crate::Kind::Data && !error.to_string().contains('\u{202E}'), "{error}");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(Found::read(folder.path()).unwrap_err().kind(), crate::Kind::Data);
        #[cfg(unix)]
        {
            std::fs::remove_dir(&path).unwrap();
            std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
            assert_eq!(Found::read(folder.path()).unwrap_err().kind(), crate::Kind::Data);
        }
    }
}
