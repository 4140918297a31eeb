//! What the report was made from, under which rules, how it is cited and made again, and every estimator in it.

use super::super::Report;
use super::super::document::{Block, Section, Table};
use super::super::numbers::whole;
use super::portrait::{joined, titled};
use super::{LONG, ROWS, SHORT, Words, clean, count, number, program};
use crate::Result;
use crate::coders::CoderError;
use crate::figure::Figure;
use crate::texts::{Arg, Line, Span};

/// Places that are named beside an estimator.
const PLACES: usize = 4;

pub(super) fn sections(w: &Words<'_>, report: &Report) -> Result<Vec<Section>> {
    Ok(vec![data(w, report)?, ethics(w, report)?, again(w, report)?, appendix(w, report)?])
}

fn data(w: &Words<'_>, report: &Report) -> Result<Section> {
    let about = &report.about;
    let mut facts =
        vec![(w.say("data-where", &[])?, w.say(&format!("about-where-{}", report.estimate.platform.name()), &[])?)];
    if let Some(days) = &about.observed {
        facts.push((w.say("data-when", &[])?, w.written(&w.days(days)?)));
    }
    facts.push((w.say("data-what", &[])?, w.say("data-what.text", &[])?));
    facts.push((w.say("data-left-out", &[])?, w.say("data-left-out.text", &[])?));
    facts.push((w.say("data-retention", &[])?, w.say("data-retention.text", &[])?));
    let mut blocks = vec![Block::Facts(facts)];
    if !about.tables.is_empty() {
        let mut rows = Vec::new();
        let hashed = about.tables.iter().any(|t| !t.fingerprint.is_empty());
        for table in about.tables.iter().take(ROWS) {
            let key = format!("table-{}", clean(&table.table, SHORT));
            let what = if w.texts.has(&key) { w.say(&key, &[])? } else { Line::default() };
            let mut cells = vec![code(&table.table), what, w.whole(table.rows)];
            cells.extend(hashed.then(|| code(&table.fingerprint)));
            rows.push(cells);
        }
        blocks.push(Block::Table(Table {
            caption: w.say("data-tables", &[])?,
            head: w.heads(&["head-table", "head-holds", "head-rows", "head-fingerprint"][..3 + usize::from(hashed)])?,
            rows,
            foot: None,
            words: vec![1],
        }));
    }
    w.section("data", blocks, Vec::new())
}

fn code(text: &str) -> Line {
    Line(vec![Span::Code(clean(text, SHORT))])
}

fn ethics(w: &Words<'_>, report: &Report) -> Result<Section> {
    let cell = [("cell", number(whole(report.about.min_cell as usize)))];
    let blocks = vec![
        w.paragraph("ethics-aggregates", &cell)?,
        w.paragraph("ethics-accounts", &[])?,
        w.points(&["ethics-never-shelter", "ethics-never-person", "ethics-never-list", "ethics-coders"])?,
    ];
    w.section("ethics", blocks, Vec::new())
}

fn again(w: &Words<'_>, report: &Report) -> Result<Section> {
    let about = &report.about;
    let facts = vec![
        (w.say("again-version", &[])?, Line::foreign(program(&about.version))),
        (w.say("again-seed", &[])?, w.written(&about.seed.to_string())),
        (w.say("again-level", &[])?, w.written(&w.level)),
        (w.say("again-cell", &[])?, w.say("words-accounts", &[("n", count(about.min_cell as usize))])?),
    ];
    let days = match &about.observed {
        Some(days) => Arg::Number(w.days(days)?),
        None => Arg::Words(w.plain("cite-days", &[])?),
    };
    let args = [
        ("study", Arg::Foreign(clean(&report.estimate.study, LONG))),
        ("program", Arg::Foreign(program(&about.version))),
        ("seed", number(about.seed.to_string())),
        ("days", days),
    ];
    let blocks = vec![
        Block::Facts(facts),
        w.paragraph("again-text", &[])?,
        w.paragraph("cite-text", &[])?,
        Block::Quote(w.say("cite", &args)?),
    ];
    w.section("again", blocks, Vec::new())
}

/// Every estimator, and where its figures stand; every setting that they depend on.
fn appendix(w: &Words<'_>, report: &Report) -> Result<Section> {
    let mut methods: Vec<(&str, Vec<Line>, usize)> = Vec::new();
    for (figure, place) in figures(w, report)? {
        if let Some((_, places, n)) = methods.iter_mut().find(|(method, ..)| *method == figure.method) {
            *n += 1;
            if !places.contains(&place) && places.len() < PLACES {
                places.push(place);
            }
        } else if methods.len() < ROWS {
            methods.push((&figure.method, vec![place], 1));
        }
    }
    methods.sort_by(|a, b| a.0.cmp(b.0));
    let row =
        |(method, places, n): (&str, Vec<Line>, usize)| Ok(vec![w.said(method)?, w.whole(n), joined(places, " · ")]);
    let estimators = Table {
        caption: w.say("appendix-estimators", &[])?,
        head: w.heads(&["head-method", "head-figures", "head-where"])?,
        rows: methods.into_iter().map(row).collect::<Result<_>>()?,
        foot: None,
        words: vec![2],
    };
    let mut blocks = vec![w.paragraph("appendix-text", &[])?, Block::Table(estimators)];
    if !report.about.settings.is_empty() {
        let mut rows = Vec::new();
        for setting in report.about.settings.iter().take(ROWS) {
            let key = format!("setting-{}", clean(&setting.name, SHORT).replace(['.', '_'], "-"));
            let what = if w.texts.has(&key) { w.say(&key, &[])? } else { Line::default() };
            rows.push(vec![code(&setting.name), code(&setting.value), what]);
        }
        blocks.push(Block::Table(Table {
            caption: w.say("appendix-settings", &[])?,
            head: w.heads(&["head-setting", "head-value", "head-means"])?,
            rows,
            foot: None,
            words: vec![2],
        }));
    }
    blocks.push(w.note("appendix-credits", &[])?);
    w.section("appendix", blocks, Vec::new())
}

/// Every figure of the report, and the title of the section in which it stands.
fn figures<'r>(w: &Words<'_>, report: &'r Report) -> Result<Vec<(&'r Figure, Line)>> {
    let estimate = &report.estimate;
    let mut all: Vec<(&Figure, Line)> = Vec::new();
    let mut add = |key: &str, figures: Vec<&'r Figure>| -> Result<()> {
        let title = w.say(&format!("section-{key}"), &[])?;
        all.extend(figures.into_iter().map(|f| (f, title.clone())));
        Ok(())
    };
    let m = &estimate.members;
    add("answer", vec![&m.floor, &m.best, &m.ceiling, &m.horvitz_thompson, &m.wald, &m.prevalence])?;
    let mut labels: Vec<&Figure> = estimate.labels.agreement.iter().filter_map(|a| a.kappa.as_ref()).collect();
    labels.extend(&estimate.labels.alpha);
    if let CoderError::Carried { sensitivity, specificity, as_coded } = &estimate.coder_error {
        add("answer", vec![&as_coded.best])?;
        labels.push(sensitivity);
        labels.extend(specificity);
    }
    add("labels", labels)?;
    add("sorting", estimate.sorting.iter().map(|s| &s.auc).collect())?;
    if let Some(b) = &estimate.beyond {
        let mut of = vec![&b.outside, &b.lower_bound];
        of.extend(b.curve.iter().map(|p| &p.total));
        of.extend(b.beside.iter().map(|n| &n.figure));
        of.extend(b.checks.iter().map(|c| &c.figure));
        of.extend(&b.inside_odds_ratio);
        add("beyond", of)?;
    }
    if let Some(t) = &report.takedowns {
        let mut of: Vec<&Figure> = Vec::new();
        for l in &t.lives {
            of.extend(&l.median);
            of.extend(l.gone_by.iter().map(|(_, f)| f));
            of.extend(l.ends.iter().map(|(.., f)| f));
            of.extend(&l.ever);
        }
        of.extend(t.who.iter().map(|x| &x.ratio));
        of.extend(t.effects.iter().flat_map(|e| std::iter::once(&e.ratio).chain(&e.placebo)));
        add("takedowns", of)?;
    }
    if let Some(r) = &report.replacement {
        add("replacement", r.returned.iter().chain(&r.false_rate).collect())?;
    }
    if let Some(s) = &report.sites {
        add("sites", s.most_pushed.iter().filter_map(|s| s.share.as_ref()).collect())?;
    }
    for question in report.portrait.sections.iter().take(ROWS) {
        let title = titled(w, question)?;
        all.extend(question.rows.iter().map(|r| (&r.figure, title.clone())));
        all.extend(question.known.iter().map(|f| (f, title.clone())));
    }
    Ok(all)
}
