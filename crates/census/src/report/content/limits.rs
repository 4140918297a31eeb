//! What the study does not know, said from its own facts: nothing here is a formula that fits every study.

use super::super::Report;
use super::super::document::{Block, Section};
use super::super::numbers::{self, whole};
use super::{PERCENT, ROWS, Words, count, number};
use crate::Result;
use crate::coders::CoderError;
use crate::collect::{Lists, Unseen};
use crate::study::Platform;
use crate::texts::Line;

pub(super) fn section(w: &Words<'_>, report: &Report) -> Result<Section> {
    let mut points = Vec::new();
    frame(w, report, &mut points)?;
    coders(w, report, &mut points)?;
    data(w, report, &mut points)?;
    time(w, report, &mut points)?;
    points.push(w.say("limits-accounts", &[])?);
    points.push(w.say("limits-claims", &[])?);
    let mut parts = Vec::new();
    if let Some(unseen) = &report.estimate.unseen {
        parts.push(not_seen(w, unseen)?);
    }
    w.section("limits", vec![w.paragraph("limits-text", &[])?, Block::List(points)], parts)
}

fn share(part: f64, of: f64) -> String {
    let percent = 100.0 * part / of.max(1.0);
    numbers::number(percent, usize::from(percent < 10.0)) + PERCENT
}

/// Whom the frame leaves out.
fn frame(w: &Words<'_>, report: &Report, points: &mut Vec<Line>) -> Result<()> {
    let estimate = &report.estimate;
    let out = estimate.frame.left_out.values().fold(0usize, |sum, n| sum.saturating_add(*n));
    points.push(w.say("limits-frame", &[("n", count(out)), ("size", number(whole(estimate.frame.size)))])?);
    points.push(w.say("limits-seeds", &[("n", count(estimate.frame.seeds))])?);
    points.push(match &estimate.beyond {
        Some(b) => {
            let ratios = b.odds_ratio.map(|v| numbers::number(v, if v.fract() == 0.0 { 0 } else { 2 }));
            let ratios = w.ends(&ratios[0], &ratios[1], "")?;
            w.say("limits-beyond", &[("ratios", number(ratios)), ("lists", count(b.lists.len()))])?
        }
        None => w.say("limits-not-beyond", &[])?,
    });
    Ok(())
}

/// How sure the labels are.
fn coders(w: &Words<'_>, report: &Report, points: &mut Vec<Line>) -> Result<()> {
    let estimate = &report.estimate;
    let l = &estimate.labels;
    let undecided = l.unsure.saturating_add(l.cannot_tell);
    let args = [
        ("n", count(l.labelled)),
        ("undecided", number(whole(undecided))),
        ("share", number(share(undecided as f64, l.labelled as f64))),
    ];
    points.push(w.say("limits-labels", &args)?);
    let kappas = l.agreement.iter().filter_map(|a| a.kappa.as_ref());
    points.push(match kappas.min_by(|a, b| a.value.total_cmp(&b.value)) {
        Some(kappa) => w.say("limits-agreement", &[("kappa", number(numbers::number(kappa.value, 2)))])?,
        None => w.say("limits-no-agreement", &[])?,
    });
    points.push(match &estimate.coder_error {
        CoderError::Carried { .. } => w.say("limits-error-carried", &[])?,
        _ => w.say("limits-error", &[])?,
    });
    if report.simulated() {
        points.push(w.say("limits-simulated", &[])?);
    }
    Ok(())
}

/// What of the members the data holds.
fn data(w: &Words<'_>, report: &Report, points: &mut Vec<Line>) -> Result<()> {
    let known = |key: &str| report.portrait.sections.iter().find(|s| s.key == key)?.known.as_ref();
    if let Some(posts) = known("hashtags").or_else(|| known("hours")) {
        points.push(w.say("limits-posts", &w.args(posts, super::Kind::Share)?)?);
    } else {
        points.push(w.say("limits-no-posts", &[])?);
    }
    let setting = |name: &str| report.about.settings.iter().find(|s| s.name == name).map(|s| s.value.clone());
    if let Some(posts) = setting("collect.posts") {
        points.push(w.say("limits-recent", &[("n", number(posts))])?);
    }
    let empty = report.portrait.sections.iter().filter(|s| s.rows.is_empty()).count();
    let cells = report.portrait.sections.iter().fold(0usize, |sum, s| sum.saturating_add(s.suppressed));
    if empty > 0 {
        points.push(w.say("limits-empty", &[("n", count(empty))])?);
    }
    if cells > 0 {
        let least = number(whole(report.about.min_cell as usize));
        points.push(w.say("limits-cells", &[("n", count(cells)), ("cell", least)])?);
    }
    if report.estimate.platform == Platform::Simulated {
        points.push(w.say("limits-simulated-network", &[])?);
    }
    Ok(())
}

/// What happened when nobody looked.
fn time(w: &Words<'_>, report: &Report, points: &mut Vec<Line>) -> Result<()> {
    points.push(match &report.about.observed {
        Some(days) => w.say("limits-when", &[("days", number(w.days(days)?))])?,
        None => w.say("limits-when-unknown", &[])?,
    });
    match &report.about.watched {
        Some(watched) => {
            let args = [
                ("n", count(watched.sweeps as usize)),
                ("short", number(whole(watched.cut_short as usize))),
                ("gaps", number(whole(watched.gaps as usize))),
            ];
            points.push(w.say("limits-watched", &args)?);
            if let Some([least, most]) = watched.hidden {
                let range = w.ends(&whole(least as usize), &whole(most as usize), "")?;
                points.push(w.say("limits-hidden", &[("range", number(range))])?);
            }
        }
        None if report.takedowns.is_none() => points.push(w.say("limits-not-watched", &[])?),
        None => (),
    }
    Ok(())
}

/// What the crawl asked for and did not get.
fn not_seen(w: &Words<'_>, unseen: &Unseen) -> Result<Section> {
    let n = |n: u64| number(whole(usize::try_from(n).unwrap_or(usize::MAX)));
    let Lists { accounts, counted, missing, incomplete, empty, .. } = unseen.read;
    let args =
        [("lists", n(accounts)), ("counted", n(counted)), ("missing", n(missing)), ("incomplete", n(incomplete))];
    let mut follows = w.say("not-seen-follows", &args)?;
    if empty > 0 {
        follows = follows.and(Line::words(" ")).and(w.say("not-seen-empty", &[("n", n(empty))])?);
    }
    let mut points = vec![follows];
    let behind = |line: Line, why: &str| -> Result<Line> {
        let line = line.and(Line::words(" (")).and(w.said(why)?);
        Ok(line.and(Line::words("). ")))
    };
    for (why, lists) in unseen.unread.iter().take(ROWS) {
        let args = [("lists", n(lists.accounts)), ("counted", n(lists.counted))];
        points.push(behind(w.say("not-seen-unread", &[])?, why)?.and(w.say("not-seen-unread.of", &args)?));
    }
    for (status, accounts) in unseen.gone.iter().take(ROWS) {
        points
            .push(behind(w.say("not-seen-gone", &[])?, status)?.and(w.say("not-seen-gone.n", &[("n", n(*accounts))])?));
    }
    if unseen.posts_failed > 0 {
        points.push(w.say("not-seen-posts", &[("n", n(unseen.posts_failed))])?);
    }
    w.section("not-seen", vec![w.paragraph("not-seen-text", &[])?, Block::List(points)], Vec::new())
}
