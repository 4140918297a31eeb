//! What suspensions did, which accounts came back, and what suspensions would cost.

use super::super::Report;
use super::super::charts::{self, Chart};
use super::super::document::{Block, Drawing, Figure as Drawn, Section, Table};
use super::super::numbers::{self, whole};
use super::{Kind, PERCENT, SHORT, Words, clean, count, finite, number};
use crate::Result;
use crate::figure::Figure;
use crate::replacement::Summary;
use crate::takedowns::Takedowns;
use crate::texts::{Arg, Line};
use crate::what_if::WhatIf;

/// Waves, notes and points at most.
const MOST: usize = 60;

pub(super) fn sections(w: &Words<'_>, report: &Report) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    if let Some(t) = &report.takedowns {
        sections.push(suspensions(w, t, report.about.min_cell)?);
    }
    if let Some(r) = &report.replacement {
        sections.push(back(w, r)?);
    }
    if let Some(what_if) = &report.what_if {
        sections.push(cost(w, what_if)?);
    }
    Ok(sections)
}

fn suspensions(w: &Words<'_>, t: &Takedowns, min_cell: u64) -> Result<Section> {
    let day = |text: &str| number(clean(text, SHORT));
    let mut text = w.say(
        "takedowns-text",
        &[
            ("members", count(t.members)),
            ("scored", number(whole(t.by_score))),
            ("first", day(&t.watch.first)),
            ("last", day(&t.watch.last)),
        ],
    )?;
    if let Some(days) = t.watch.between_looks {
        finite("the time between looks", &[days])?;
        let days = numbers::number(days, usize::from(days < 10.0));
        text = text.and(Line::words(" ")).and(w.say("takedowns-looks", &[("days", number(days))])?);
    }
    let mut blocks = vec![Block::Paragraph(text), w.note("takedowns-between", &[])?];
    if let Some(r) = &t.reach {
        finite("a density", &[r.density_before, r.density_after])?;
        let percent = |share: f64| number(numbers::number(100.0 * share, 3) + PERCENT);
        let args = [
            ("suspended", count(r.suspended)),
            ("audience", number(whole(r.audience))),
            ("lost", count(r.lost)),
            ("before", percent(r.density_before)),
            ("after", percent(r.density_after)),
            ("largest", number(whole(r.largest_before as usize))),
            ("left", number(whole(r.largest_after as usize))),
        ];
        blocks.push(w.paragraph("takedowns-reach", &args)?);
    }
    let rows = figures(w, t)?;
    for (chart, key) in
        [(charts::lifetimes(w.texts, t)?, "takedowns-lifetimes"), (charts::ends(w.texts, t)?, "takedowns-ends")]
    {
        blocks.extend(chart.map(|c| drawing(w, key, c)).transpose()?);
    }
    if !rows.is_empty() {
        let rows: Vec<(Line, &Figure, Kind)> = rows;
        let mut table = w.exact(w.say("takedowns-table", &[])?, w.say("head-what", &[])?, &rows)?;
        table.head[3] = w.say("head-accounts", &[])?;
        blocks.push(Block::Table(table));
    }
    if let Some(chart) = charts::suspensions(w.texts, t)? {
        blocks.push(drawing(w, "takedowns-waves-figure", chart)?);
    }
    if !t.waves.is_empty() {
        let fewer = [("n", number(whole(min_cell as usize)))];
        let row = |wave: &crate::takedowns::Wave| {
            let n = match wave.suspended {
                Some(n) => w.whole(n as usize),
                None => w.say("words-fewer-than", &fewer)?,
            };
            let day = |text: &str| w.written(&clean(text, SHORT));
            Ok(vec![day(&wave.from), day(&wave.to), n])
        };
        let more = t.waves.len().saturating_sub(MOST);
        let foot = vec![w.say("words-and-more", &[])?, Line::default(), w.whole(more)];
        blocks.push(Block::Table(Table {
            caption: w.say("takedowns-waves", &[("alpha", number(numbers::number(t.alpha, 2)))])?,
            head: w.heads(&["head-from", "head-to", "head-suspended"])?,
            rows: t.waves.iter().take(MOST).map(row).collect::<Result<_>>()?,
            foot: (more > 0).then_some(foot),
            words: Vec::new(),
        }));
    }
    for note in t.notes.iter().take(MOST) {
        blocks.push(Block::Note(w.said(note)?));
    }
    w.section("takedowns", blocks, Vec::new())
}

fn drawing(w: &Words<'_>, key: &str, chart: Chart) -> Result<Block> {
    let caption = w.say(key, &[])?.and(Line::words(" ")).and(chart.read);
    let alt = w.plain(key, &[])?;
    Ok(Block::Figure(Drawn { caption, alt, drawing: Drawing::Picture(chart.picture), source: None, table: None }))
}

/// Lifetimes, who is suspended, what became of those that remained.
fn figures<'t>(w: &Words<'_>, t: &'t Takedowns) -> Result<Vec<(Line, &'t Figure, Kind)>> {
    let mut rows: Vec<(Line, &Figure, Kind)> = Vec::new();
    for lives in &t.lives {
        let group = Arg::Words(w.said(&lives.group)?.plain());
        let name = |key: &str, more: &[(&str, Arg)]| {
            let mut args = vec![("group", group.clone())];
            args.extend(more.iter().cloned());
            w.say(key, &args)
        };
        if let Some(median) = &lives.median {
            rows.push((name("takedowns-median", &[])?, median, Kind::Mean));
        }
        for (age, figure) in lives.gone_by.iter().take(MOST) {
            let day = number(numbers::number(*age, 0));
            rows.push((name("takedowns-gone-by", &[("day", day)])?, figure, Kind::Share));
        }
        if let Some(ever) = &lives.ever {
            rows.push((name("takedowns-ever", &[])?, ever, Kind::Count));
        }
    }
    let named = |key: &str, name: &str| -> Result<Line> {
        let language = name.strip_prefix("language ").and_then(|rest| rest.strip_suffix(" rather than another"));
        let what = match language.and_then(|code| crate::text::language_name(code, w.texts.lang().code())) {
            Some(language) => w.plain("takedowns-language", &[("language", Arg::Words(language.to_owned()))])?,
            None => w.said(name)?.plain(),
        };
        w.say(key, &[("what", Arg::Words(what))])
    };
    for of in t.who.iter().take(MOST) {
        rows.push((named("takedowns-hazard", &of.name)?, &of.ratio, Kind::Mean));
    }
    for effect in t.effects.iter().take(MOST) {
        rows.push((named("takedowns-after", &effect.outcome)?, &effect.ratio, Kind::Mean));
        if let Some(placebo) = &effect.placebo {
            rows.push((named("takedowns-placebo", &effect.outcome)?, placebo, Kind::Mean));
        }
    }
    Ok(rows)
}

fn back(w: &Words<'_>, r: &Summary) -> Result<Section> {
    let args = [("suspended", count(r.suspended)), ("new", number(whole(r.new))), ("pairs", count(r.proposed))];
    let mut blocks = vec![w.paragraph("replacement-text", &args)?];
    match &r.returned {
        Some(returned) => {
            let args = w.args(returned, Kind::Share)?;
            blocks
                .push(Block::Headline(w.say("replacement-headline", &args)?, w.marked(w.with(returned, Kind::Share)?)));
            blocks.push(Block::Note(w.said(&returned.method)?));
        }
        None => blocks.push(w.note("replacement-too-few", &[])?),
    }
    let mut facts = Vec::new();
    // Median days and followers regained have no interval, so they stay in `out/replacement.json`.
    if let Some(rate) = &r.false_rate {
        facts.push((w.say("replacement-false", &[("n", count(r.reviewed))])?, w.brief(rate, Kind::Share)?));
    }
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    blocks.push(w.note("replacement-note", &[])?);
    w.section("replacement", blocks, Vec::new())
}

/// What suspensions would cost the group, by plan.
fn cost(w: &Words<'_>, what_if: &WhatIf) -> Result<Section> {
    let args = [
        ("members", count(what_if.members)),
        ("scored", number(whole(what_if.by_score))),
        ("audience", number(whole(what_if.audience))),
    ];
    let mut blocks = vec![w.paragraph("what-if-text", &args)?];
    let percent = |share: f64| -> Result<Line> {
        finite("a share", &[share])?;
        Ok(w.written(&(numbers::percent(share, 0.01) + PERCENT)))
    };
    // A few numbers of suspensions, from the first to the last.
    let all = what_if.suspensions.len();
    let mut columns: Vec<usize> = (1..=4).map(|i| i * all / 5).filter(|i| *i < all).collect();
    columns.dedup();
    if !columns.is_empty() {
        let mut head = vec![w.say("head-plan", &[])?];
        for &i in &columns {
            head.push(w.say("what-if-suspended", &[("n", count(what_if.suspensions[i]))])?);
        }
        let row = |name: Line, of: &[f64]| {
            let cells = columns.iter().map(|&i| of.get(i).map_or(Ok(Line::default()), |share| percent(*share)));
            std::iter::once(Ok(name)).chain(cells).collect::<Result<Vec<_>>>()
        };
        let mut rows = Vec::new();
        for plan in what_if.plans.iter().take(MOST) {
            let key = format!("what-if-{}", clean(&plan.name, SHORT));
            let name = if w.texts.has(&key) { w.say(&key, &[])? } else { super::strange(&plan.name, SHORT) };
            rows.push(row(name, &plan.reach)?);
        }
        rows.push(row(w.say("what-if-bound", &[])?, &what_if.bound)?);
        blocks.push(Block::Table(Table { caption: w.say("what-if-table", &[])?, head, rows, ..Table::default() }));
    }
    blocks.push(w.note("what-if-note", &[])?);
    w.section("what-if", blocks, Vec::new())
}
