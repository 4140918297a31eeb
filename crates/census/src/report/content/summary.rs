//! The findings on one page: how many, languages, core, takedowns, sites; each with its interval, or why it has none.

use super::super::Report;
use super::super::document::{Block, Section};
use super::super::numbers::whole;
use super::portrait::{joined, named};
use super::{Kind, SHORT, Words, clean, count, number, numbers, point, whole_of};
use crate::Result;
use crate::describe::Section as Question;
use crate::texts::{Arg, Line};

/// Rows of a question that stand in a finding.
const FEW: usize = 3;

pub(super) fn section(w: &Words<'_>, report: &Report) -> Result<Section> {
    let findings =
        vec![members(w, report)?, languages(w, report)?, core(w, report)?, takedowns(w, report)?, sites(w, report)?];
    let mut blocks = vec![w.paragraph("summary-text", &[])?, Block::List(findings)];
    blocks.push(w.note("summary-note", &[])?);
    w.section("summary", blocks, Vec::new())
}

fn question<'r>(report: &'r Report, key: &str) -> Option<&'r Question> {
    report.portrait.sections.iter().find(|s| s.key == key && !s.rows.is_empty())
}

fn members(w: &Words<'_>, report: &Report) -> Result<Line> {
    let estimate = &report.estimate;
    let best = &estimate.members.best;
    let [_, range] = w.args(best, Kind::Count)?;
    let n = ("n", count(whole_of(best.value)));
    let size = ("size", number(whole(estimate.frame.size)));
    let floor = number(Kind::Count.shown(&estimate.members.floor).value);
    let ceiling = number(Kind::Count.shown(&estimate.members.ceiling).value);
    let line = w.say("summary-members", &[n, range, size, ("floor", floor), ("ceiling", ceiling)])?;
    let more = match &estimate.beyond {
        Some(b) => {
            let [least, most] = &b.range;
            point("the range beyond", least)?;
            point("the range beyond", most)?;
            let range = w.ends(&Kind::Count.shown(least).low, &Kind::Count.shown(most).high, "")?;
            w.say("summary-beyond", &[("range", number(range))])?
        }
        None => w.say("summary-not-beyond", &[])?,
    };
    Ok(line.and(Line::words(" ")).and(more))
}

/// The first rows of a question behind a text.
fn first(w: &Words<'_>, key: &str, of: &Question, kind: Kind) -> Result<Line> {
    let mut rows = Vec::new();
    for row in of.rows.iter().take(FEW) {
        rows.push(named(w, of, &row.label)?.and(Line::words(" ")).and(w.brief(&row.figure, kind)?));
    }
    let mark = w.plain("words-semicolon", &[])? + " ";
    let rows = joined(rows, &mark).and(Line::words("."));
    Ok(w.say(key, &[])?.and(Line::words(" ")).and(rows))
}

fn languages(w: &Words<'_>, report: &Report) -> Result<Line> {
    match question(report, "languages") {
        Some(languages) => first(w, "summary-languages", languages, Kind::Share),
        None => w.say("summary-no-languages", &[]),
    }
}

fn core(w: &Words<'_>, report: &Report) -> Result<Line> {
    if let Some(half) = question(report, "core").and_then(|s| s.rows.iter().find(|r| r.label == "half")) {
        return w.say("summary-core", &w.args(&half.figure, Kind::Count)?);
    }
    match question(report, "hyperactive").and_then(|s| s.rows.first()) {
        Some(row) => w.say("summary-hyperactive", &w.args(&row.figure, Kind::Share)?),
        None => w.say("summary-no-core", &[]),
    }
}

fn takedowns(w: &Words<'_>, report: &Report) -> Result<Line> {
    if let Some(t) = &report.takedowns {
        let members = t.lives.iter().find(|l| l.group == "members");
        let waves = ("waves", count(t.waves.len()));
        if let Some((day, figure)) = members.and_then(|l| l.gone_by.last()) {
            let [value, range] = w.args(figure, Kind::Share)?;
            let day = numbers::number(*day, 0);
            return w.say("summary-takedowns", &[value, range, ("day", number(day)), waves]);
        }
        return w.say("summary-takedowns-waves", &[waves]);
    }
    let suspended = question(report, "status").and_then(|s| s.rows.iter().find(|r| r.label == "suspended"));
    match suspended {
        Some(row) => w.say("summary-suspended", &w.args(&row.figure, Kind::Share)?),
        None => w.say("summary-no-takedowns", &[]),
    }
}

fn sites(w: &Words<'_>, report: &Report) -> Result<Line> {
    let pushed = report.sites.as_ref().and_then(|s| s.most_pushed.first().zip(Some(s.pushed)));
    if let Some((site, n)) = pushed
        && let Some(share) = &site.share
    {
        let [value, range] = w.args(share, Kind::Share)?;
        let name = Arg::Foreign(clean(&site.site, SHORT));
        return w.say("summary-sites", &[value, range, ("site", name), ("n", count(n))]);
    }
    match question(report, "links") {
        Some(links) => {
            let row = &links.rows[0];
            let [value, range] = w.args(&row.figure, Kind::Share)?;
            w.say("summary-links", &[value, range, ("site", Arg::Foreign(clean(&row.label, SHORT)))])
        }
        None => w.say("summary-no-sites", &[]),
    }
}
