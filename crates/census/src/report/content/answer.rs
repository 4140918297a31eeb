//! How many members the frame holds, and how to read it.

use super::super::charts::Axis;
use super::super::document::{Block, Card, Interval, Section};
use super::super::numbers::{self, whole};
use super::{Kind, Words, count, drawn, number, point, whole_of};
use crate::Result;
use crate::coders::CoderError;
use crate::estimate::Estimate;
use crate::figure::Figure;
use crate::texts::Line;

pub(super) fn section(w: &Words<'_>, estimate: &Estimate) -> Result<Section> {
    let m = &estimate.members;
    let as_coded = match &estimate.coder_error {
        CoderError::Carried { as_coded, .. } => Some(&as_coded.best),
        _ => None,
    };
    let share = w.args(&m.prevalence, Kind::Share)?;
    let size = ("size", number(whole(estimate.frame.size)));
    let lead = [share[0].clone(), share[1].clone(), size, ("labels", count(m.best.labels))];
    let card = |key: &str, figure: &Figure, main| -> Result<Card> {
        Ok(Card {
            name: w.say(&format!("answer-{key}"), &[])?,
            big: w.written(&Kind::Count.shown(figure).value),
            with: w.marked(w.with(figure, Kind::Count)?),
            why: w.say(&format!("answer-{key}.why"), &[])?,
            main,
        })
    };
    let blocks = vec![
        Block::Headline(
            w.say("answer-headline", &[("n", count(whole_of(m.best.value)))])?,
            w.marked(w.with(&m.best, Kind::Count)?),
        ),
        Block::Lead(w.say("answer-lead", &lead)?),
        Block::Cards(vec![
            card("floor", &m.floor, false)?,
            card("best", &m.best, true)?,
            card("ceiling", &m.ceiling, false)?,
        ]),
        figure(w, estimate, as_coded)?,
    ];
    let carried = as_coded.is_some();
    let reading = Block::List(vec![
        w.say("reading-interval", &[])?,
        w.say(if estimate.beyond.is_some() { "reading-frame-and-beyond" } else { "reading-frame" }, &[])?,
        w.say("reading-accounts", &[])?,
        w.say(if carried { "reading-coders-carried" } else { "reading-coders" }, &[])?,
    ]);
    w.section("answer", blocks, vec![w.section("reading", vec![reading], Vec::new())?])
}

/// Every answer on one axis.
fn figure(w: &Words<'_>, estimate: &Estimate, as_coded: Option<&Figure>) -> Result<Block> {
    let m = &estimate.members;
    let mut all = vec![
        ("floor", &m.floor),
        ("best", &m.best),
        ("ceiling", &m.ceiling),
        ("horvitz-thompson", &m.horvitz_thompson),
        ("wald", &m.wald),
    ];
    if let Some(figure) = as_coded {
        all.insert(3, ("as-coded", figure));
    }
    let points = all.iter().map(|(_, f)| point("the number of members", f)).collect::<Result<Vec<_>>>()?;
    let axis = Axis::numbers(&points);
    let row = |&(key, figure): &(&str, &Figure)| -> Result<Interval> {
        let name = w.say(&format!("answer-{key}"), &[])?;
        let row = w.row(name, w.say(&format!("answer-{key}.note"), &[])?, figure, Kind::Count)?;
        Ok(Interval { main: key == "best", beside: !["floor", "best", "ceiling"].contains(&key), ..row })
    };
    let rows = all.iter().map(row).collect::<Result<Vec<_>>>()?;
    let mut caption = w.say("answer-caption", &[])?;
    if axis.low() != 0.0 {
        let cut = numbers::number(axis.low(), numbers::decimals_of(axis.step()));
        caption = caption.and(Line::words(" ")).and(w.say("figure-cut", &[("cut", number(cut))])?);
    }
    let mut exact = Vec::new();
    for (key, figure) in &all {
        exact.push((w.say(&format!("answer-{key}"), &[])?, *figure, Kind::Count));
    }
    exact.push((w.say("answer-share", &[])?, &m.prevalence, Kind::Share));
    let table = w.exact(w.say("answer-table", &[])?, w.say("head-answer", &[])?, &exact)?;
    let title = w.plain("answer-table", &[])?;
    drawn(w, caption, &title, w.intervals(axis, Kind::Count, Some(m.best.value), rows), Some(table))
}
