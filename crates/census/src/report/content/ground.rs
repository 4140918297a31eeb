//! What the answer stands on: the method in a reader's words, the frame, the labels, the diagnostics.

use super::super::Report;
use super::super::charts;
use super::super::document::{Block, Drawing, Figure as Drawn, Section, Table};
use super::super::numbers::{self, whole};
use super::{Kind, LONG, PERCENT, ROWS, SHORT, Words, count, finite, number, point, sorting, strange};
use crate::Result;
use crate::coders::CoderError;
use crate::estimate::{Diagnostics, Estimate, LabelSummary};
use crate::figure::Figure;
use crate::label;
use crate::texts::{Arg, Line};

pub(super) fn sections(w: &Words<'_>, report: &Report) -> Result<Vec<Section>> {
    let estimate = &report.estimate;
    let carried = matches!(estimate.coder_error, CoderError::Carried { .. });
    let method = vec![
        w.paragraph("method-reach", &[])?,
        w.paragraph("method-sample", &[])?,
        w.paragraph("method-answer", &[])?,
        w.paragraph(if carried { "method-coders-carried" } else { "method-coders" }, &[])?,
        w.paragraph("method-portrait", &[])?,
    ];
    let parts =
        vec![frame(w, estimate)?, labels(w, report)?, diagnostics(w, estimate)?, sorting::section(w, estimate)?];
    Ok(vec![w.section("method", method, parts)?])
}

fn frame(w: &Words<'_>, estimate: &Estimate) -> Result<Section> {
    let f = &estimate.frame;
    let args = [("size", number(whole(f.size))), ("seeds", count(f.seeds))];
    let mut blocks = vec![w.paragraph("frame-text", &args)?];
    if !f.rule.is_empty() {
        let rule = w.say("frame-rule", &[])?.and(Line::words(" ")).and(w.said(&f.rule)?);
        blocks.push(Block::Quote(rule));
    }
    if let Some(chart) = charts::way(w.texts, estimate)? {
        let caption = w.say("frame-way", &[])?.and(Line::words(" ")).and(chart.read);
        let alt = w.plain("frame-way", &[])?;
        blocks.push(Block::Figure(Drawn {
            caption,
            alt,
            drawing: Drawing::Picture(chart.picture),
            source: None,
            table: None,
        }));
    }
    let widest = f.waves.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut waves = Vec::new();
    for (wave, &n) in f.waves.iter().enumerate().take(ROWS) {
        let name = match wave {
            0 => w.say("frame-seeds", &[])?,
            _ => w.say("frame-wave", &[("n", number(wave.to_string()))])?,
        };
        waves.push((name, n as f64 / widest, w.whole(n)));
    }
    if !waves.is_empty() {
        blocks.push(bars(w, "frame-waves", waves)?);
    }
    if !f.left_out.is_empty() {
        let mut reasons: Vec<_> = f.left_out.iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let row = |(reason, n): &(&String, &usize)| Ok(vec![w.said(reason)?, w.whole(**n)]);
        let all = f.left_out.values().fold(0usize, |sum, n| sum.saturating_add(*n));
        blocks.push(Block::Table(Table {
            caption: w.say("frame-left-out", &[])?,
            head: w.heads(&["head-reason", "head-accounts"])?,
            rows: reasons.iter().take(ROWS).map(row).collect::<Result<_>>()?,
            foot: Some(vec![w.say("words-all", &[])?, w.whole(all)]),
            words: Vec::new(),
        }));
    }
    w.section("frame", blocks, Vec::new())
}

/// Counts as bars, with the caption `KEY`.
pub(super) fn bars(w: &Words<'_>, key: &str, bars: Vec<(Line, f64, Line)>) -> Result<Block> {
    let mut alt = w.plain(key, &[])?;
    for (name, _, n) in bars.iter().take(ROWS) {
        alt += &format!("; {}: {}", name.plain(), n.plain());
    }
    let caption = w.say(key, &[])?;
    Ok(Block::Figure(Drawn { caption, alt, drawing: Drawing::Bars(bars), source: None, table: None }))
}

fn labels(w: &Words<'_>, report: &Report) -> Result<Section> {
    let estimate = &report.estimate;
    let l = &estimate.labels;
    let args = [("drawn", count(l.drawn)), ("labelled", count(l.labelled))];
    let of = l.labelled.max(1) as f64;
    let answers = [("member", l.members), ("not", l.not), ("unsure", l.unsure), ("cannot-tell", l.cannot_tell)];
    let answer = |&(key, n): &(&str, usize)| Ok((w.say(&format!("labels-{key}"), &[])?, n as f64 / of, w.whole(n)));
    let mut blocks = vec![
        w.paragraph("labels-text", &args)?,
        bars(w, "labels-answers", answers.iter().map(answer).collect::<Result<_>>()?)?,
        Block::Table(coders(w, l)?),
    ];
    if l.agreement.is_empty() {
        let one = l.coders.len() == 1;
        blocks.push(w.note(if one { "labels-agreement-one" } else { "labels-agreement-none" }, &[])?);
    } else {
        blocks.push(Block::Table(agreement(w, l)?));
    }
    blocks.push(match &estimate.coder_error {
        CoderError::NotMeasured => w.note("labels-error-not-measured", &[])?,
        CoderError::Refused { reason } => {
            Block::Note(w.say("labels-error-refused", &[])?.and(Line::words(" ")).and(w.said(reason)?))
        }
        CoderError::Carried { sensitivity, specificity, .. } => {
            let [value, range] = w.args(sensitivity, Kind::Share)?;
            let mut text = w.say("labels-error-carried", &[value, range, ("n", count(sensitivity.labels))])?;
            text = text.and(Line::words(" "));
            match specificity {
                Some(specificity) => {
                    let [value, range] = w.args(specificity, Kind::Share)?;
                    let args = [value, range, ("n", count(specificity.labels))];
                    Block::Note(text.and(w.say("labels-error-specificity", &args)?))
                }
                None => Block::Note(text.and(w.say("labels-error-confirmed", &[])?)),
            }
        }
    });
    let book = &report.about.codebook;
    if !book.is_empty() {
        let entry = |e: &super::super::CodebookAnswer| {
            let meaning = w.say(&format!("labels-{}", meaning(e.meaning)), &[])?;
            Ok(vec![strange(&e.label, SHORT), meaning, strange(&e.when, LONG)])
        };
        let table = Table {
            caption: w.say("codebook-caption", &[])?,
            head: w.heads(&["head-answer", "head-meaning", "head-when"])?,
            rows: book.iter().take(ROWS).map(entry).collect::<Result<_>>()?,
            foot: None,
            words: vec![1, 2],
        };
        blocks.push(Block::Table(table));
    }
    w.section("labels", blocks, Vec::new())
}

fn meaning(answer: label::Answer) -> &'static str {
    match answer {
        label::Answer::Member => "member",
        label::Answer::Not => "not",
        label::Answer::Unsure => "unsure",
        label::Answer::CannotTell => "cannot-tell",
    }
}

fn coders(w: &Words<'_>, l: &LabelSummary) -> Result<Table> {
    let rated = l.coders.iter().any(|c| c.sensitivity.is_some() || c.specificity.is_some());
    let mut head = w.heads(&["head-coder", "head-labels"])?;
    if rated {
        head.extend(w.heads(&["head-sensitivity", "head-specificity"])?);
    }
    let rate = |f: &Option<Figure>| match f {
        Some(f) => w.brief(f, Kind::Share),
        None => Ok(Line::words("–")),
    };
    let mut rows = Vec::new();
    for c in l.coders.iter().take(ROWS) {
        let mut name = strange(&c.name, SHORT);
        if c.simulated {
            name = name.and(Line::words(" ")).and(w.say("labels-simulated", &[])?);
        }
        let mut row = vec![name, w.whole(c.labels)];
        if rated {
            row.extend([rate(&c.sensitivity)?, rate(&c.specificity)?]);
        }
        rows.push(row);
    }
    let mut only = |key: &str, n: usize| -> Result<()> {
        let mut row = vec![w.say(key, &[])?, w.whole(n)];
        row.resize(head.len(), Line::default());
        rows.push(row);
        Ok(())
    };
    match l.coders.len() {
        0 => only("labels-nobody", 0)?,
        n if n > ROWS => only("labels-more-coders", n - ROWS)?,
        _ => (),
    }
    Ok(Table { caption: w.say("labels-coders", &[])?, head, rows, ..Table::default() })
}

fn agreement(w: &Words<'_>, l: &LabelSummary) -> Result<Table> {
    let coefficient = |f: &Figure| -> Result<Line> {
        let at = point("the agreement of coders", f)?;
        let n = |v: f64| numbers::number(v, 2);
        let range = w.ends(&n(at.low), &n(at.high), "")?;
        w.say("words-figure", &[("value", number(n(at.value))), ("range", number(range))])
    };
    let mut rows = Vec::new();
    for a in l.agreement.iter().take(ROWS) {
        let [first, second] = &a.coders;
        let name = |n: &str| Arg::Foreign(super::clean(n, SHORT));
        let names = w.say("words-pair", &[("first", name(first)), ("second", name(second))])?;
        let kappa = match &a.kappa {
            Some(kappa) => coefficient(kappa)?,
            None => w.say("labels-kappa-undefined", &[])?,
        };
        rows.push(vec![names, w.whole(a.items), kappa]);
    }
    if let Some(alpha) = &l.alpha {
        rows.push(vec![w.say("labels-alpha", &[])?, w.whole(alpha.labels), coefficient(alpha)?]);
    }
    Ok(Table {
        caption: w.say("labels-agreement", &[])?,
        head: w.heads(&["head-coders", "head-items", "head-agreement"])?,
        rows,
        ..Table::default()
    })
}

fn diagnostics(w: &Words<'_>, estimate: &Estimate) -> Result<Section> {
    let d = &estimate.diagnostics;
    let numbers = [
        d.score_total,
        d.correction,
        d.largest_weight,
        d.relative_half_width,
        d.srs_relative_half_width,
        d.label_efficiency,
    ];
    finite("a diagnostic", &numbers)?;
    let carried = matches!(estimate.coder_error, CoderError::Carried { .. });
    let percent = |share: f64| w.written(&(numbers::number(100.0 * share, usize::from(share < 0.1)) + PERCENT));
    let lowest = [("n", number(whole(d.lowest_members))), ("of", number(whole(d.lowest_labelled)))];
    let half = if carried { "check-half-width.draw" } else { "check-half-width.why" };
    let row = |key: &str, value: Line, why: &str| Ok(vec![w.say(key, &[])?, value, w.say(why, &[])?]);
    let weight = numbers::number(d.largest_weight, usize::from(d.largest_weight < 10.0));
    let rows = [
        row("check-score-total", w.written(&numbers::number(d.score_total, 0)), "check-score-total.why"),
        row("check-correction", w.written(&numbers::signed(d.correction, 0)), "check-correction.why"),
        row("check-largest-weight", w.written(&weight), "check-largest-weight.why"),
        row("check-lowest", w.say("check-lowest.value", &lowest)?, "check-lowest.why"),
        row("check-half-width", percent(d.relative_half_width), half),
        row("check-srs", percent(d.srs_relative_half_width), "check-srs.why"),
        row("check-efficiency", w.written(&numbers::number(d.label_efficiency, 1)), "check-efficiency.why"),
    ];
    let table = Table {
        caption: w.say("diagnostics-caption", &[])?,
        head: w.heads(&["head-check", "head-value", "head-says"])?,
        rows: rows.into_iter().collect::<Result<_>>()?,
        foot: None,
        words: vec![2],
    };
    let care = warnings(w, estimate, d)?;
    let care = match care.is_empty() {
        true => w.note("care-none", &[])?,
        false => Block::Care(w.say("care-title", &[])?, care),
    };
    w.section("diagnostics", vec![w.paragraph("diagnostics-text", &[])?, care, Block::Table(table)], Vec::new())
}

/// What a reader is warned of.
fn warnings(w: &Words<'_>, estimate: &Estimate, d: &Diagnostics) -> Result<Vec<Line>> {
    let l = &estimate.labels;
    let best = &estimate.members.best;
    let carried = matches!(estimate.coder_error, CoderError::Carried { .. });
    let undecided = l.unsure.saturating_add(l.cannot_tell);
    let missing = l.drawn.saturating_sub(l.labelled);
    // Below it, by the usual reading of kappa, agreement is at best moderate.
    let low = l.agreement.iter().filter_map(|a| a.kappa.as_ref()).any(|k| k.value < 0.6);
    let mut care = Vec::new();
    let mut warn = |when: bool, key: &str, args: &[(&str, Arg)]| -> Result<()> {
        if when {
            care.push(w.say(key, args)?);
        }
        Ok(())
    };
    let lowest = [("n", count(d.lowest_members)), ("of", number(whole(d.lowest_labelled)))];
    warn(d.lowest_members > 0, "care-members-below", &lowest)?;
    warn(d.lowest_labelled == 0, "care-nobody-below", &[])?;
    warn(l.coders.iter().filter(|c| c.name != label::GOLD).count() == 1, "care-single-coder", &[])?;
    warn(low, if carried { "care-low-agreement-carried" } else { "care-low-agreement" }, &[])?;
    warn(l.labelled < 100, "care-few-labels", &[])?;
    warn(missing > 0, "care-missing", &[("n", count(missing))])?;
    let many = [("n", count(undecided)), ("of", number(whole(l.labelled)))];
    warn(undecided.saturating_mul(10) > l.labelled, "care-undecided", &many)?;
    warn(d.largest_weight > (best.high - best.low) / 2.0, "care-heavy", &[])?;
    warn(best.high - best.low > best.value, "care-wide", &[])?;
    warn(d.label_efficiency < 1.0, "care-inefficient", &[])?;
    Ok(care)
}
