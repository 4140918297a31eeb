//! publish: what of a study's answers may be given to everybody.
//!
//! Steps leave out small cells and words that name somebody already. A report for the analyst's own use still tells more
//! than the public may learn: exact counts, from which a hidden cell can be worked out, the names of coders, whatever
//! stands in the study's own texts. [`public`] makes it fit to be published, or says why that cannot be done:
//!
//! - every count of accounts is rounded to a multiple of `publish.min_cell`, and with it every figure, so far that what
//!   is hidden cannot be found as a total less what is shown ([`round`]); intervals are never made narrower;
//! - words that strangers wrote are left out where one of them is, or holds, what an account is called;
//! - coders are numbered; the study's own texts must not hold an identifier ([`identifiers`]);
//! - with an ε, the raw counts of frame and labels get noise before they are rounded ([`private`]);
//! - a group, or a part of it, of fewer than `publish.min_cell` accounts is not published at all.

use crate::coders::CoderError;
use crate::describe::{self, Names, Portrait, Unit};
use crate::estimate::Estimate;
use crate::figure::Figure;
use crate::label;
use crate::network::Network;
use crate::replacement;
use crate::report::document::Document;
use crate::report::{About, Report};
use crate::sites::Sites;
use crate::takedowns::Takedowns;
use crate::what_if::WhatIf;
use crate::{Error, Result};

mod identifiers;
mod private;
mod round;

pub use identifiers::{Identifier, identifiers};
pub(crate) use private::MIGRATION;
pub use private::{Counts, Privacy, private, thousandths};

use round::{Rounded, coarse};

/// What may be published of a report.
///
/// # Errors
/// [`Kind::Usage`](crate::Kind::Usage), with every reason, where something stands in the way that rounding does not mend.
pub fn public(report: &Report, network: &Network) -> Result<Report> {
    let min_cell = report.about.min_cell;
    let (rounded, mut reasons) = (Rounded::to(min_cell), Vec::new());
    if report.estimate.members.best.value < min_cell as f64 {
        reasons.push(format!("the group has fewer than {min_cell} members: what is said of it would be said of each"));
    }
    texts(report, network, &mut reasons)?;
    if !reasons.is_empty() {
        return Err(Error::usage(format!("the report cannot be made public: {}", reasons.join("; "))).help(
            "change what is named in study.toml or codebook.toml and run the study again; without --public the report is for your own use",
        ));
    }
    let mut public = Report {
        about: about(&report.about, rounded),
        estimate: how_many(&report.estimate, rounded),
        portrait: what_they_are_like(&report.portrait, &report.estimate, rounded, network)?,
        takedowns: report.takedowns.as_ref().map(|t| what_suspensions_did(t, rounded, min_cell)),
        replacement: report.replacement.as_ref().map(|r| who_came_back(r, rounded)),
        what_if: report.what_if.as_ref().map(|w| what_would_be_lost(w, rounded, min_cell)),
        sites: report.sites.as_ref().map(|s| which_sites(s, report.estimate.members.best.value, rounded)),
        public: true,
        privacy: report.privacy.clone(),
    };
    if let Some(sites) = &mut public.sites {
        let names: Vec<&str> = sites.most_pushed.iter().map(|s| s.site.as_str()).collect();
        let mut named = describe::name_somebody(network, &names)?.into_iter();
        let before = sites.most_pushed.len();
        sites.most_pushed.retain(|_| !named.next().unwrap_or(true));
        sites.suppressed += before - sites.most_pushed.len();
    }
    // Ratios with all their digits tell what they are ratios of.
    let lost = |e: serde_json::Error| Error::bug("the public report cannot be made coarse").because(e);
    let mut value = serde_json::to_value(&public).map_err(lost)?;
    coarse(&mut value);
    serde_json::from_value(value).map_err(lost)
}

/// Refuses a document in which anything leads to an account: what has slipped through all the rest.
pub fn check(document: &Document) -> Result<()> {
    for line in document.lines() {
        let text = line.plain();
        if let Some(found) = identifiers(&text).first() {
            return Err(Error::usage(format!("the report cannot be made public: it holds {found}, in: {text}")).help(
                "take it out of study.toml or codebook.toml, or raise publish.min_cell, and run the study again",
            ));
        }
    }
    Ok(())
}

/// The study's own texts, which nobody rounds.
fn texts(report: &Report, network: &Network, reasons: &mut Vec<String>) -> Result<()> {
    let min_cell = usize::try_from(report.about.min_cell).unwrap_or(usize::MAX);
    let estimate = &report.estimate;
    let mut own = vec![
        ("the study's `name`".to_owned(), estimate.study.as_str()),
        ("`population`".to_owned(), &estimate.population),
        ("the rule of the frame".to_owned(), &estimate.frame.rule),
    ];
    if let Some(beyond) = &estimate.beyond {
        own.extend(beyond.lists.iter().map(|l| (format!("the name of the list `{}`", l.name), l.name.as_str())));
    }
    own.extend(
        estimate.beyond_note.as_deref().map(|note| ("the note on members outside of the frame".to_owned(), note)),
    );
    for answer in &report.about.codebook {
        own.push((format!("the codebook's answer `{}`", answer.label), answer.when.as_str()));
        own.push(("the codebook".to_owned(), answer.label.as_str()));
    }
    for (what, text) in &own {
        if let Some(found) = identifiers(text).first() {
            reasons.push(format!("{what} holds {found}"));
        }
    }
    // Ordinary words are handles, too; one that looks like a handle is taken for one.
    let words: Vec<(&str, &str)> = own
        .iter()
        .flat_map(|(what, text)| identifiers::handle_like(text).map(move |word| (what.as_str(), word)))
        .collect();
    let runs: Vec<(&str, String)> = own
        .iter()
        .flat_map(|(what, text)| identifiers::runs(text).into_iter().map(move |run| (what.as_str(), run)))
        .collect();
    let named =
        describe::display_name_few(network, &runs.iter().map(|(_, run)| run.as_str()).collect::<Vec<_>>(), min_cell)?;
    for ((what, run), named) in runs.iter().zip(named) {
        if named {
            reasons.push(format!("{what} says `{run}`, which is what few accounts are called"));
        }
    }
    let named = describe::name_somebody(network, &words.iter().map(|(_, word)| *word).collect::<Vec<_>>())?;
    for ((what, word), named) in words.iter().zip(named) {
        if named {
            reasons.push(format!("{what} says `{word}`, which is what an account is called"));
        }
    }
    Ok(())
}

fn about(about: &About, rounded: Rounded) -> About {
    let mut a = about.clone();
    a.profiles = rounded.size(a.profiles);
    for table in &mut a.tables {
        table.rows = rounded.size(table.rows);
        // Who has a guess of a table's rows could hold it against what they hash to.
        table.fingerprint.clear();
    }
    if let Some(hidden) = a.watched.as_mut().and_then(|w| w.hidden.as_mut()) {
        hidden.iter_mut().for_each(|n| *n = rounded.count(*n));
    }
    a
}

fn how_many(estimate: &Estimate, rounded: Rounded) -> Estimate {
    let mut e = estimate.clone();
    let total = |f: &mut Figure| *f = rounded.total(f);
    let accuracy = |f: &mut Option<Figure>| f.iter_mut().for_each(|f| *f = rounded.number(f));
    let m = &mut e.members;
    [&mut m.floor, &mut m.best, &mut m.ceiling, &mut m.horvitz_thompson, &mut m.wald].into_iter().for_each(total);
    for figure in [&mut m.floor, &mut m.best, &mut m.ceiling, &mut m.horvitz_thompson, &mut m.wald, &mut m.prevalence] {
        // By how many gold items it was corrected.
        figure.method = rounded.words(&figure.method);
    }
    let step = rounded.step(e.frame.size as f64).unwrap_or(0.5);
    m.prevalence = rounded.share(&m.prevalence, step);
    let f = &mut e.frame;
    [&mut f.size, &mut f.seeds]
        .into_iter()
        .chain(&mut f.waves)
        .chain(f.left_out.values_mut())
        .for_each(|n| *n = rounded.size(*n));
    let l = &mut e.labels;
    for n in [&mut l.drawn, &mut l.labelled, &mut l.members, &mut l.not, &mut l.unsure, &mut l.cannot_tell] {
        *n = rounded.size(*n);
    }
    let names: Vec<String> = l.coders.iter().map(|c| c.name.clone()).collect();
    let coder = |name: &str| match names.iter().position(|n| n == name) {
        _ if name == label::GOLD => name.to_owned(),
        Some(number) => format!("coder {}", number + 1),
        None => "another coder".to_owned(),
    };
    for c in &mut l.coders {
        (c.name, c.labels) = (coder(&c.name), rounded.size(c.labels));
        accuracy(&mut c.sensitivity);
        accuracy(&mut c.specificity);
    }
    for a in &mut l.agreement {
        a.coders = [coder(&a.coders[0]), coder(&a.coders[1])];
        a.items = rounded.size(a.items);
        accuracy(&mut a.kappa);
    }
    accuracy(&mut l.alpha);
    if let CoderError::Carried { sensitivity, specificity, as_coded } = &mut e.coder_error {
        *sensitivity = rounded.number(sensitivity);
        accuracy(specificity);
        [&mut as_coded.floor, &mut as_coded.best, &mut as_coded.ceiling].into_iter().for_each(total);
    }
    let d = &mut e.diagnostics;
    let whole = |v: f64| v.signum() * rounded.count(v.abs().round() as u64) as f64;
    (d.score_total, d.correction) = (whole(d.score_total), whole(d.correction));
    (d.lowest_labelled, d.lowest_members) = (rounded.size(d.lowest_labelled), rounded.size(d.lowest_members));
    // Shares of pairs: far more than there are accounts.
    e.sorting.iter_mut().for_each(|s| s.auc = rounded.share(&s.auc, 0.01));
    if let Some(b) = &mut e.beyond {
        for list in &mut b.lists {
            for n in [&mut list.members, &mut list.in_frame, &mut list.not_in_network] {
                *n = rounded.size(*n);
            }
        }
        b.listed_outside = rounded.size(b.listed_outside);
        [&mut b.outside, &mut b.lower_bound].into_iter().chain(&mut b.range).for_each(total);
        b.curve.iter_mut().map(|c| &mut c.total).chain(b.beside.iter_mut().map(|n| &mut n.figure)).for_each(total);
        b.checks.iter_mut().flat_map(|c| [&mut c.figure, &mut c.answer]).for_each(total);
        // How few are on both lists.
        b.notes.iter_mut().for_each(|note| *note = rounded.words(note));
        b.inside_odds_ratio.iter_mut().for_each(|f| *f = rounded.number(f));
    }
    e.beyond_note = e.beyond_note.take().map(|note| rounded.words(&note));
    if let Some(u) = &mut e.unseen {
        let lists = std::iter::once(&mut u.read).chain(u.unread.values_mut());
        let lists = lists.flat_map(|l| {
            [&mut l.accounts, &mut l.counted, &mut l.visible, &mut l.missing, &mut l.incomplete, &mut l.empty]
        });
        lists
            .chain(u.gone.values_mut())
            .chain([&mut u.accounts, &mut u.posts_failed])
            .for_each(|n| *n = rounded.count(*n));
    }
    e
}

fn what_they_are_like(
    portrait: &Portrait,
    estimate: &Estimate,
    rounded: Rounded,
    network: &Network,
) -> Result<Portrait> {
    let mut portrait = portrait.clone();
    let all = estimate.members.best.value;
    let others = (estimate.frame.size as f64 - all).max(0.0);
    for section in &mut portrait.sections {
        let known = all * section.known.as_ref().map_or(1.0, |k| k.value);
        // The control group is rounded by its own size, or by that of the members where these are more.
        let (step, beside) = (rounded.step(known), rounded.step(known.min(others)));
        if section.names == Names::Words {
            let words: Vec<&str> = section.rows.iter().map(|r| r.label.as_str()).collect();
            let mut named = describe::name_somebody(network, &words)?.into_iter();
            let before = section.rows.len();
            // Of a word that was cut nobody knows what it held.
            let whole = |label: &str| !label.ends_with('…') && identifiers(label).is_empty();
            section.rows.retain(|row| !named.next().unwrap_or(true) && whole(&row.label));
            section.suppressed += before - section.rows.len();
        }
        let before = section.rows.len();
        match section.unit {
            Unit::Share => {
                let cell = |f: &Figure| f.value * known >= rounded.count(1) as f64 - 0.5;
                section.rows.retain(|row| step.is_some() && cell(&row.figure));
                for row in &mut section.rows {
                    row.figure = step.map_or_else(|| row.figure.clone(), |step| rounded.share(&row.figure, step));
                    row.control = row.control.take().zip(beside).map(|(f, step)| rounded.share(&f, step));
                }
            }
            Unit::Number => {
                for row in &mut section.rows {
                    row.figure = rounded.number(&row.figure);
                    row.control = row.control.as_ref().map(|f| rounded.number(f));
                }
            }
            Unit::Count => {
                section.rows.retain(|row| row.figure.value >= rounded.count(1) as f64 - 0.5);
                for row in &mut section.rows {
                    row.figure = rounded.total(&row.figure);
                    row.control = row.control.as_ref().map(|f| rounded.total(f));
                }
            }
        }
        section.suppressed += before - section.rows.len();
        let whole = rounded.step(all);
        section.known = section.known.take().zip(whole).map(|(f, step)| rounded.share(&f, step));
    }
    Ok(portrait)
}

fn what_suspensions_did(takedowns: &Takedowns, rounded: Rounded, min_cell: u64) -> Takedowns {
    let mut t = takedowns.clone();
    for n in [&mut t.members, &mut t.by_score, &mut t.watch.once, &mut t.watch.never] {
        *n = rounded.size(*n);
    }
    t.lives.retain(|lives| lives.watched as u64 >= min_cell);
    for lives in &mut t.lives {
        let step = rounded.step(lives.watched as f64);
        let share = |f: &Figure| step.map(|step| rounded.share(f, step));
        lives.gone_by = lives.gone_by.iter().filter_map(|(age, f)| Some((*age, share(f)?))).collect();
        lives.product_limit = lives.product_limit.iter().filter_map(|(age, f)| Some((*age, share(f)?))).collect();
        lives.ends = lives.ends.iter().filter_map(|(end, age, f)| Some((end.clone(), *age, share(f)?))).collect();
        lives.median = lives.median.as_ref().map(|f| rounded.number(f));
        lives.ever = lives.ever.as_ref().map(|f| rounded.total(f));
        lives.watched = rounded.size(lives.watched);
        for (_, ended) in &mut lives.ended {
            *ended = ended.map(|n| rounded.size(n));
        }
    }
    for wave in &mut t.waves {
        wave.suspended = wave.suspended.map(|n| rounded.count(n));
    }
    t.reach = t.reach.filter(|r| r.suspended as u64 >= min_cell && r.remaining as u64 >= min_cell);
    if let Some(r) = &mut t.reach {
        for n in [&mut r.suspended, &mut r.remaining, &mut r.audience, &mut r.lost] {
            *n = rounded.size(*n);
        }
        for n in [&mut r.largest_before, &mut r.largest_after] {
            *n = u32::try_from(rounded.count((*n).into())).unwrap_or(u32::MAX);
        }
        for d in [&mut r.density_before, &mut r.density_after] {
            *d = rounded.ratio(*d);
        }
    }
    for figure in t.who.iter_mut().map(|t| &mut t.ratio) {
        *figure = rounded.number(figure);
    }
    for effect in &mut t.effects {
        let at = effect.at.iter_mut().map(|(_, f)| f);
        for figure in at.chain([&mut effect.ratio]).chain(&mut effect.placebo) {
            *figure = rounded.number(figure);
        }
        effect.matched = effect.matched.map(|share| rounded.ratio(share));
        effect.left_out = rounded.size(effect.left_out);
    }
    t
}

fn who_came_back(summary: &replacement::Summary, rounded: Rounded) -> replacement::Summary {
    let mut s = summary.clone();
    let step = rounded.step(s.suspended as f64);
    let share = |f: Option<Figure>| f.zip(step).map(|(f, step)| rounded.share(&f, step));
    (s.returned, s.false_rate) = (share(s.returned), share(s.false_rate));
    for n in [&mut s.suspended, &mut s.new, &mut s.proposed, &mut s.reviewed, &mut s.refuted] {
        *n = rounded.size(*n);
    }
    for ratio in [&mut s.median_days, &mut s.regained] {
        *ratio = ratio.map(|v| rounded.ratio(v));
    }
    s
}

/// Without what few suspensions would do: that is what is known of few accounts; and what the next few would do beside
/// these.
fn what_would_be_lost(what_if: &WhatIf, rounded: Rounded, min_cell: u64) -> WhatIf {
    let mut w = what_if.clone();
    let mut last = 0;
    let mut apart = |n: &usize| {
        let shown = n.saturating_sub(last) as u64 >= min_cell;
        last = if shown { *n } else { last };
        shown
    };
    let enough: Vec<bool> = w.suspensions.iter().map(&mut apart).collect();
    let keep = |values: &mut Vec<f64>| {
        let mut enough = enough.iter();
        values.retain(|_| enough.next().copied().unwrap_or(true));
    };
    keep(&mut w.bound);
    w.plans.iter_mut().flat_map(|p| [&mut p.reach, &mut p.posts, &mut p.largest]).for_each(keep);
    // A share of the audience or the group is a count of accounts.
    for (of, whole) in [(true, w.audience as f64), (false, w.members as f64)] {
        let step = rounded.step(whole).unwrap_or(0.5);
        let shares = w.plans.iter_mut().map(|p| if of { &mut p.reach } else { &mut p.largest });
        let bound = if of { Some(&mut w.bound) } else { None };
        shares.chain(bound).flatten().for_each(|share| *share = (*share / step).round() * step);
    }
    let mut enough = enough.iter();
    w.suspensions.retain(|_| enough.next().copied().unwrap_or(true));
    for n in [&mut w.members, &mut w.by_score, &mut w.audience] {
        *n = rounded.size(*n);
    }
    w.largest = u32::try_from(rounded.count(w.largest.into())).unwrap_or(u32::MAX);
    for n in [&mut w.wanted.suspensions, &mut w.wanted.at_least] {
        *n = n.filter(|n| *n as u64 >= min_cell);
    }
    w
}

fn which_sites(sites: &Sites, members: f64, rounded: Rounded) -> Sites {
    let mut sites = sites.clone();
    let step = rounded.step(members).unwrap_or(0.5).max(0.01);
    for site in &mut sites.most_pushed {
        site.accounts = rounded.size(site.accounts);
        site.posts = rounded.count(site.posts);
        site.share = site.share.as_ref().map(|f| rounded.share(f, step));
    }
    sites
}

#[cfg(test)]
mod tests;
