//! Whom members follow: how much of it stays inside, and how many accounts many of them follow. Counts alone, never a name.

use netcensus_stats::domain::{Members, Ratio};
use netcensus_stats::interval::normal_quantile;

use crate::Result;
use crate::describe::group::{Group, Size};
use crate::describe::traits::Traits;
use crate::describe::{Names, Row, Section, Unit};
use crate::figure::Figure;
use crate::network::Network;

const TIES: &str = "share of members' follows, model-assisted, linearised";
const TIES_MEAN: &str = "mean of members, model-assisted, linearised";
const COUNT: &str =
    "accounts whose estimated share of members as followers is above the limit, by the Wald interval of each";

/// Which share of members must follow an account.
const LIMITS: [(&str, f64); 4] = [("over-5", 0.05), ("over-10", 0.1), ("over-25", 0.25), ("over-50", 0.5)];

/// Where a follow leads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Frame,
    Large,
    Outside,
}

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>, network: &Network) -> Result<Vec<Section>> {
    let inside = Inside::new(group, traits, network);
    let mut sections = inside.where_to(group)?;
    sections.push(most(group, traits, network)?);
    Ok(sections)
}

/// Of each unit of the frame, follows by where they lead; those inside as far as labels and scores take the other for a
/// member.
struct Inside {
    /// All that it follows.
    follows: Vec<f64>,
    /// Σ g of those that it follows, of those that follow it, and of those that do both.
    to: Vec<f64>,
    from: Vec<f64>,
    both: Vec<f64>,
    /// How many of the frame follow it.
    followers: Vec<f64>,
    /// Follows of accounts of the frame, of accounts too large for it, and of others.
    classes: [Vec<f64>; 3],
    /// Accounts of these classes that the frame's accounts follow.
    targets: [usize; 3],
}

impl Inside {
    fn new(group: &Group<'_>, traits: &Traits<'_>, network: &Network) -> Self {
        let (frame, graph) = (traits.frame, &network.graph);
        let units = frame.units.len();
        let mut weight = vec![0.0_f64; network.ids.len()];
        let mut class = vec![Class::Outside; network.ids.len()];
        for account in 0..network.ids.len() as u32 {
            let told = network.profiles.get(account).and_then(|p| p.followers).unwrap_or(0);
            if told > traits.max_followers {
                class[account as usize] = Class::Large;
            }
        }
        for (unit, g) in frame.units.iter().zip(&group.members.who.weights) {
            weight[unit.account as usize] = *g;
            class[unit.account as usize] = Class::Frame;
        }
        let none = || vec![0.0; units];
        let mut inside = Self {
            follows: none(),
            to: none(),
            from: none(),
            both: none(),
            followers: none(),
            classes: [none(), none(), none()],
            targets: [0; 3],
        };
        let mut met = vec![false; network.ids.len()];
        for (i, unit) in frame.units.iter().enumerate() {
            let (following, followers) = (graph.following(unit.account), graph.followers(unit.account));
            inside.follows[i] = following.len() as f64;
            for &to in following.iter() {
                inside.to[i] += weight[to as usize];
                let class = class[to as usize] as usize;
                inside.classes[class][i] += 1.0;
                inside.targets[class] += usize::from(!std::mem::replace(&mut met[to as usize], true));
            }
            inside.from[i] = followers.iter().map(|&from| weight[from as usize]).sum();
            let frame = followers.iter().filter(|&&from| class[from as usize] == Class::Frame);
            inside.followers[i] = frame.count() as f64;
            // Both lists ascend.
            let mut rest = followers.iter().peekable();
            for &to in following.iter() {
                while rest.next_if(|from| **from < to).is_some() {}
                if rest.peek() == Some(&&to) {
                    inside.both[i] += weight[to as usize];
                }
            }
        }
        inside
    }

    /// Where members' follows lead, how many of those inside are returned, and how many members a member follows.
    ///
    /// ```text
    /// T = Σ g·to      R = T / Σ g·follows: one more member like i adds toᵢ + fromᵢ − R·followsᵢ, over Σ g·follows
    /// returned = Σ g·both / T: 2·bothᵢ − R·(toᵢ + fromᵢ), over T
    /// ```
    ///
    /// for sums over pairs of members count each member twice, as who follows and as who is followed.
    fn where_to(&self, group: &Group<'_>) -> Result<Vec<Section>> {
        let mut section = Section::new("ties", Unit::Share, Names::Texts);
        let mut means = Section::new("ties-mean", Unit::Number, Names::Texts);
        let follows = |unit: usize| self.follows[unit] > 0.0;
        if !group.known(&mut section, follows)?[0] {
            group.known(&mut means, follows)?;
            return Ok(vec![section, means]);
        }
        means.known.clone_from(&section.known);
        let (members, others) = (&group.members.who, &group.control.who);
        let sum = |g: &[f64], x: &[f64]| g.iter().zip(x).map(|(g, x)| g * x).sum::<f64>();
        let whole = sum(&members.weights, &self.follows);
        let others_whole = sum(&others.weights, &self.follows);
        let count: f64 = members.weights.iter().sum();
        let inside = sum(&members.weights, &self.to);
        let shown = |size: Size| group.may_show(size);
        let size = |x: &[f64]| group.members.size(|i| x[i] > 0.0);
        let control = |x: &[f64]| group.may_show(group.control.size(|i| x[i] > 0.0));
        let labels = group.members.size(follows).labelled;
        let their_labels = group.control.size(follows).labelled;
        let figure = |ratio: Ratio, method: &str| Figure {
            value: ratio.value,
            low: ratio.low,
            high: ratio.high,
            labels: ratio.labels,
            method: method.into(),
        };
        let (to, from, both) = (&self.to, &self.from, &self.both);
        if whole > 0.0 && inside > 0.0 && shown(size(to)) {
            let r = (inside / whole).clamp(0.0, 1.0);
            let ratio = members
                .linear(r, (0.0, 1.0), labels, group.level, |i| (to[i] + from[i] - r * self.follows[i]) / whole)?;
            let mut row = Row { label: "inside".into(), figure: figure(ratio, TIES), control: None };
            if others_whole > 0.0 && control(to) {
                // Of the follows by others, those that lead to members: one more member is one other less.
                let q = (sum(&others.weights, to) / others_whole).clamp(0.0, 1.0);
                let ratio = members.linear(q, (0.0, 1.0), their_labels, group.level, |i| {
                    (self.followers[i] - from[i] - to[i] + q * self.follows[i]) / others_whole
                })?;
                row.control = Some(figure(ratio, TIES));
            }
            section.rows.push(row);
            let r = (sum(&members.weights, both) / inside).clamp(0.0, 1.0);
            if shown(size(both)) {
                let ratio = members
                    .linear(r, (0.0, 1.0), labels, group.level, |i| (2.0 * both[i] - r * (to[i] + from[i])) / inside)?;
                section.rows.push(Row { label: "returned".into(), figure: figure(ratio, TIES), control: None });
            }
            let mean = inside / count;
            let ratio = members
                .linear(mean, (0.0, f64::INFINITY), labels, group.level, |i| (to[i] + from[i] - mean) / count)?;
            means.rows.push(Row { label: "mean-inside".into(), figure: figure(ratio, TIES_MEAN), control: None });
        } else {
            section.suppressed += 1;
        }
        // Every follow is in one of these classes: one that is left out would be known by difference.
        let classes = [("in-frame", Class::Frame), ("large", Class::Large), ("outside", Class::Outside)];
        let there = |class: Class| self.targets[class as usize] > 0;
        let large = |class: Class| {
            let targets = self.targets[class as usize] as f64;
            shown(size(&self.classes[class as usize])) && (group.all || targets >= group.min_cell)
        };
        let (mut kept, hidden): (Vec<_>, Vec<_>) = classes.into_iter().filter(|c| there(c.1)).partition(|c| large(c.1));
        section.suppressed += hidden.len();
        if hidden.len() == 1 {
            kept.sort_by(|a, b| {
                let of = |class: Class| sum(&members.weights, &self.classes[class as usize]);
                of(b.1).total_cmp(&of(a.1))
            });
            section.suppressed += usize::from(kept.pop().is_some());
        }
        for (label, class) in kept {
            let x = &self.classes[class as usize];
            let share = |who: &Members<'_>, whole: f64, labels: usize| {
                let r = (sum(&who.weights, x) / whole).clamp(0.0, 1.0);
                who.linear(r, (0.0, 1.0), labels, group.level, |i| (x[i] - r * self.follows[i]) / whole)
            };
            let control = match others_whole > 0.0 && control(x) {
                true => Some(figure(share(others, others_whole, their_labels)?, TIES)),
                false => None,
            };
            let ratio = share(members, whole, labels)?;
            section.rows.push(Row { label: label.into(), figure: figure(ratio, TIES), control });
        }
        Ok(vec![section, means])
    }
}

/// How many accounts are followed by more than some shares of the members. The interval of each account's share says
/// which are surely above a limit and which could be: between these numbers the truth lies.
fn most(group: &Group<'_>, traits: &Traits<'_>, network: &Network) -> Result<Section> {
    let mut section = Section::new("followed-most", Unit::Count, Names::Texts);
    let frame = traits.frame;
    let follows = |unit: usize| !network.graph.following(frame.units[unit].account).is_empty();
    if !group.known(&mut section, follows)?[0] {
        return Ok(section);
    }
    let who = &group.members.who;
    let base = who.count(|_| true);
    let mut sums = vec![0.0_f64; network.ids.len()];
    for (unit, g) in frame.units.iter().zip(&who.weights) {
        network.graph.following(unit.account).iter().for_each(|&to| sums[to as usize] += g);
    }
    // Σ(1−π)r² over the draws, r = w·(y − f)/π: of all, and of those that follow each account.
    let (mut all, mut of) = (0.0, vec![0.0_f64; network.ids.len()]);
    for (unit, square) in who.squares() {
        all += square;
        network.graph.following(frame.units[unit].account).iter().for_each(|&to| of[to as usize] += square);
    }
    let z = normal_quantile(0.5 + group.level / 2.0);
    let about = |to: usize| {
        let share = sums[to] / base;
        let variance = (of[to] * (1.0 - 2.0 * share) + share * share * all).max(0.0);
        (share, z * variance.sqrt() / base)
    };
    let labels = group.members.size(follows).labelled;
    for (label, limit) in LIMITS {
        let above = |side: f64| (0..sums.len()).map(about).filter(|(share, half)| share + side * half > limit).count();
        let (value, low, high) = (above(0.0), above(-1.0), above(1.0));
        if value == 0 {
            continue;
        }
        if !group.all && (value as f64) < group.min_cell {
            section.suppressed += 1;
            continue;
        }
        let (value, low, high) = (value as f64, low as f64, high as f64);
        let figure = Figure { value, low, high, labels, method: COUNT.into() };
        section.rows.push(Row { label: label.into(), figure, control: None });
    }
    Ok(section)
}
