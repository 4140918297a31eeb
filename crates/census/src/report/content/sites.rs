//! The web sites that members push, and how those live.

use super::super::Report;
use super::super::document::{Block, Section, Table};
use super::super::numbers::{self, whole};
use super::{Kind, PERCENT, ROWS, SHORT, Words, count, finite, number, strange};
use crate::Result;
use crate::sites::{Counts, Sites};
use crate::texts::Line;

pub(super) fn section(w: &Words<'_>, report: &Report) -> Result<Option<Section>> {
    let Some(sites) = &report.sites else { return Ok(None) };
    let mut blocks =
        vec![w.paragraph("sites-text", &[("n", count(sites.pushed)), ("listed", number(whole(sites.listed)))])?];
    if !sites.most_pushed.is_empty() {
        let row = |s: &crate::sites::Shown| {
            let share = s.share.as_ref().map_or(Ok(Line::words("–")), |f| w.brief(f, Kind::Share))?;
            Ok(vec![strange(&s.site, SHORT), share, w.whole(s.accounts), w.whole(s.posts as usize)])
        };
        blocks.push(Block::Table(Table {
            caption: w.say("sites-most", &[])?,
            head: w.heads(&["head-site", "head-share-of-members", "head-accounts", "head-posts"])?,
            rows: sites.most_pushed.iter().take(ROWS).map(row).collect::<Result<_>>()?,
            ..Table::default()
        }));
    }
    if sites.suppressed > 0 {
        blocks.push(w.note("sites-suppressed", &[("n", count(sites.suppressed))])?);
    }
    lifetimes(w, sites, &mut blocks)?;
    for (key, counts, words) in [
        ("sites-states", &sites.states, true),
        ("sites-gone", &sites.gone, true),
        ("sites-software", &sites.software, false),
    ] {
        blocks.extend(counted(w, key, counts, words)?);
    }
    blocks.push(Block::Note(w.said(&sites.note)?));
    w.section("sites", blocks, Vec::new()).map(Some)
}

fn lifetimes(w: &Words<'_>, sites: &Sites, blocks: &mut Vec<Block>) -> Result<()> {
    let l = &sites.lifetimes;
    let args = [("n", count(l.sites)), ("ended", number(whole(l.ended))), ("before", number(whole(l.gone_before)))];
    let states = &sites.states;
    let looked = l.sites > 0 || l.gone_before > 0 || !states.rows.is_empty() || states.suppressed > 0;
    if !looked {
        blocks.push(w.paragraph("sites-not-watched", &[])?);
        return Ok(());
    }
    blocks.push(w.paragraph("sites-watched", &args)?);
    if let (Some(from), Some(median)) = (l.from, &l.median)
        && let Some(days) = median.days
    {
        let end = |v: Option<f64>| -> Result<String> {
            finite("an age", &[v.unwrap_or(0.0)])?;
            Ok(v.map_or_else(|| "∞".to_owned(), |v| numbers::number(v, 0)))
        };
        let range = w.ends(&end(median.low)?, &end(median.high)?, "")?;
        let args = [("days", number(end(Some(days))?)), ("range", number(range)), ("from", number(end(Some(from))?))];
        blocks.push(w.paragraph("sites-median", &args)?);
    }
    if !l.alive.is_empty() {
        let row = |a: &crate::sites::Alive| {
            finite("a share", &[a.days, a.share, a.low, a.high])?;
            let percent = |v: f64| numbers::percent(v, 0.01);
            let range = w.ends(&percent(a.low), &percent(a.high), PERCENT)?;
            let days = numbers::number(a.days, 0);
            Ok(vec![w.written(&days), w.written(&(percent(a.share) + PERCENT)), w.written(&range)])
        };
        blocks.push(Block::Table(Table {
            caption: w.say("sites-alive", &[])?,
            head: w.heads(&["head-age-days", "head-value", "head-interval"])?,
            rows: l.alive.iter().take(ROWS).map(row).collect::<Result<_>>()?,
            ..Table::default()
        }));
    }
    if !l.method.is_empty() {
        blocks.push(Block::Note(w.said(&l.method)?));
    }
    Ok(())
}

fn counted(w: &Words<'_>, key: &str, counts: &Counts, words: bool) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    if !counts.rows.is_empty() {
        let name = |name: &str| if words { w.said(name) } else { Ok(strange(name, SHORT)) };
        let row = |(what, n): &(String, usize)| Ok(vec![name(what)?, w.whole(*n)]);
        blocks.push(Block::Table(Table {
            caption: w.say(key, &[])?,
            head: w.heads(&["head-what", "head-sites"])?,
            rows: counts.rows.iter().take(ROWS).map(row).collect::<Result<_>>()?,
            ..Table::default()
        }));
    }
    if counts.suppressed > 0 {
        let note = w.say("sites-kinds-left-out", &[("n", count(counts.suppressed))])?;
        let of = if blocks.is_empty() { w.say(key, &[])?.and(Line::words(": ")) } else { Line::default() };
        blocks.push(Block::Note(of.and(note)));
    }
    Ok(blocks)
}
