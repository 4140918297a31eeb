//! Members outside of the frame, by lists from elsewhere.

use super::super::charts::Axis;
use super::super::document::{Block, Interval, Section, Table};
use super::super::numbers;
use super::{Kind, ROWS, SHORT, Words, count, drawn, finite, number, point, strange};
use crate::Result;
use crate::beyond::{Beyond, Check};
use crate::estimate::Estimate;
use crate::figure::Figure;
use crate::texts::Line;

pub(super) fn section(w: &Words<'_>, estimate: &Estimate) -> Result<Option<Section>> {
    let blocks = match (&estimate.beyond, &estimate.beyond_note) {
        (Some(beyond), _) => blocks(w, beyond)?,
        (None, Some(note)) => vec![Block::Paragraph(w.said(note)?)],
        (None, None) => return Ok(None),
    };
    w.section("beyond", blocks, Vec::new()).map(Some)
}

fn odds(v: f64) -> String {
    numbers::number(v, if v.fract() == 0.0 { 0 } else { 2 })
}

fn blocks(w: &Words<'_>, b: &Beyond) -> Result<Vec<Block>> {
    finite("an odds ratio", &b.odds_ratio)?;
    let [least, most] = &b.range;
    point("the range beyond", least)?;
    point("the range beyond", most)?;
    let range = w.ends(&Kind::Count.shown(least).low, &Kind::Count.shown(most).high, "")?;
    let ratios = w.ends(&odds(b.odds_ratio[0]), &odds(b.odds_ratio[1]), "")?;
    let lowest = w.args(&b.lower_bound, Kind::Count)?;
    let outside = w.args(&b.outside, Kind::Count)?;
    let [value, limits] = outside.map(|(_, arg)| arg);
    let lead = [lowest[0].clone(), lowest[1].clone(), ("outside", value), ("between", limits)];
    let lead_key = if b.odds_ratio[0] >= 1.0 { "beyond-lead" } else { "beyond-lead-not-lowest" };
    let mut assumes = w.said(&b.assumes)?;
    if !assumes.plain().ends_with('.') {
        assumes = assumes.and(Line::words("."));
    }
    let mut blocks = vec![
        Block::Headline(
            w.say("beyond-headline", &[("range", number(range))])?,
            w.marked(w.say("beyond-with", &[("ratios", number(ratios))])?),
        ),
        Block::Lead(w.say(lead_key, &lead)?),
        w.paragraph("beyond-text", &[("n", count(b.listed_outside))])?,
        Block::Paragraph(w.say("beyond-assumes", &[])?.and(Line::words(" ")).and(assumes)),
    ];
    for note in &b.notes {
        blocks.push(Block::Note(w.said(note)?));
    }
    blocks.push(figure(w, b)?);
    if let Some(figure) = &b.inside_odds_ratio {
        blocks.push(w.paragraph("beyond-inside", &w.args(figure, Kind::Mean)?)?);
    }
    let list = |l: &crate::beyond::ListSummary| {
        vec![strange(&l.name, SHORT), w.whole(l.members), w.whole(l.in_frame), w.whole(l.not_in_network)]
    };
    blocks.push(Block::Table(Table {
        caption: w.say("beyond-lists", &[])?,
        head: w.heads(&["head-list", "head-members", "head-in-frame", "head-not-in-network"])?,
        rows: b.lists.iter().take(ROWS).map(list).collect(),
        ..Table::default()
    }));
    if !b.checks.is_empty() {
        let checks = b.checks.iter().map(|c| checked(w, c)).collect::<Result<_>>()?;
        blocks.push(Block::Care(w.say("beyond-checks", &[])?, checks));
    }
    Ok(blocks)
}

fn figure(w: &Words<'_>, b: &Beyond) -> Result<Block> {
    let totals = b.curve.iter().map(|p| &p.total).chain(b.beside.iter().map(|n| &n.figure));
    let points = totals.map(|f| point("the number of members in all", f)).collect::<Result<Vec<_>>>()?;
    let axis = Axis::numbers(&points);
    let (mut rows, mut exact): (Vec<Interval>, Vec<(Line, &Figure, Kind)>) = (Vec::new(), Vec::new());
    for (i, at) in b.curve.iter().enumerate() {
        let name = w.written(&odds(at.odds_ratio));
        let row = w.row(name.clone(), w.say("beyond-odds", &[])?, &at.total, Kind::Count)?;
        rows.push(Interval { main: i == 0, ..row });
        exact.push((name, &at.total, Kind::Count));
    }
    for named in b.beside.iter().take(ROWS) {
        let name = w.said(&named.name)?;
        let row = w.row(name.clone(), w.say("beyond-at-one", &[])?, &named.figure, Kind::Count)?;
        rows.push(Interval { beside: true, ..row });
        exact.push((name, &named.figure, Kind::Count));
    }
    let table = w.exact(w.say("beyond-table", &[])?, w.say("head-odds-or-estimator", &[])?, &exact)?;
    let title = w.plain("beyond-table", &[])?;
    let drawing = w.intervals(axis, Kind::Count, Some(b.lower_bound.value), rows);
    drawn(w, w.say("beyond-caption", &[])?, &title, drawing, Some(table))
}

fn checked(w: &Words<'_>, check: &Check) -> Result<Line> {
    finite("a difference", &[check.relative_difference])?;
    let name = w.said(&check.name)?;
    let [value, range] = w.args(&check.figure, Kind::Count)?;
    let [answer, between] = w.args(&check.answer, Kind::Count)?.map(|(_, arg)| arg);
    let apart = numbers::number(100.0 * check.relative_difference, 0) + super::PERCENT;
    let args = [value, range, ("answer", answer), ("between", between), ("apart", number(apart))];
    let key = if check.agrees { "beyond-check" } else { "beyond-check-differs" };
    Ok(name.and(Line::words(": ")).and(w.say(key, &args)?).and(Line::words(" ")).and(w.said(&check.says)?))
}
