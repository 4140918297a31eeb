//! Communities of the members, and what each talks about.
//!
//! The communities are those of the follows among the accounts that are labelled or scored as members. An account of the frame
//! that is not among these goes with those of them it has most ties with. So the parts are given before members are
//! weighed, and the share of the members in each is a share like any other.

use std::collections::HashMap;

use netcensus_graph::Group as Set;
use netcensus_graph::communities::{Search, leiden};
use rayon::prelude::*;

use crate::Result;
use crate::describe::group::{Cells, Group, Kind, Size};
use crate::describe::tally::Uses;
use crate::describe::traits::{Labels, Traits};
use crate::describe::{Names, Section, Unit};
use crate::network::Network;

/// Communities that have a row; the smaller ones are one together.
const MOST: usize = 8;
/// A community of its own holds such a part of the group.
const LEAST: f64 = 0.02;
/// Communities of which is said what they talk about.
const TALK: usize = 3;
/// Hashtags that are named of each, and languages.
const WORDS: usize = 10;

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>, network: &Network) -> Result<Vec<Section>> {
    let (parts, found) = parts(group, traits, network);
    let mut section = Section::new("communities", Unit::Share, Names::Texts);
    if found > 0 {
        section.remark("communities", Some(found));
    }
    let mut section = group.shares(section, &Cells::One(&parts), Kind::Partition, false)?;
    // Whether a part is the third or the fourth is a matter of chance: the rest comes last.
    section.rows.sort_by_key(|row| row.label == "smaller");
    let shown: Vec<String> = section.rows.iter().map(|row| row.label.clone()).collect();
    let mut sections = vec![section];
    for (number, label) in (1..=TALK).zip(shown.iter().filter(|label| *label != "smaller")) {
        let Some(part) = parts.number(label) else { continue };
        let inside = |unit: usize| parts.get(unit) == Some(part);
        for mut section in [talk(group, traits, network, number, inside)?, speak(group, traits, number, inside)?] {
            // The parts are of the members: who else has ties with them is there because of that, and no control.
            section.rows.iter_mut().for_each(|row| row.control = None);
            sections.push(section);
        }
    }
    Ok(sections)
}

/// The community of each unit that has ties with any: `1` for the largest to `8`, and `smaller`. And how many have at
/// least as many accounts as a cell must.
fn parts(group: &Group<'_>, traits: &Traits<'_>, network: &Network) -> (Labels, usize) {
    let units = &traits.frame.units;
    let taken = || units.iter().zip(&group.taken).filter(|(_, taken)| **taken).map(|(unit, _)| unit.account);
    let set = Set::from_members(network.ids.len(), taken());
    let communities = leiden(&network.graph.among(&set), &Search::default());
    let mut sizes = vec![0_usize; communities.count];
    communities.of_account.iter().for_each(|&of| sizes[of as usize] += 1);
    let large = |size: usize| size as f64 >= group.min_cell.max(LEAST * set.len() as f64);
    // They are numbered from the largest down.
    let named = sizes.iter().take_while(|&&size| large(size)).count().min(MOST) as u32;
    let found = sizes.iter().filter(|&&size| size as f64 >= group.min_cell).count();
    const NONE: u8 = u8::MAX;
    let mut of_account = vec![NONE; network.ids.len()];
    set.iter().zip(communities.of_account).for_each(|(account, of)| of_account[account as usize] = of.min(named) as u8);
    let most_ties = |account: u32| {
        let mut ties = [0_u32; MOST + 1];
        let own = network.graph.neighbours(account).map(|other| of_account[other as usize]).filter(|of| *of != NONE);
        own.for_each(|of| ties[usize::from(of)] += 1);
        // Of equals the first, which is the largest.
        let most = ties.iter().copied().max().filter(|most| *most > 0)?;
        ties.iter().position(|ties| *ties == most).map(|of| of as u32)
    };
    // Who has no tie with any of them is a community of its own, and no matter.
    let of = |account: u32| match (of_account[account as usize], most_ties(account)) {
        (NONE, most) => most,
        (of, most) => most.map(|_| u32::from(of)),
    };
    // Labels ascend: the digits come before `smaller`.
    let mut labels: Vec<String> = (1..=named).map(|number| number.to_string()).collect();
    labels.push("smaller".into());
    let of: Vec<u32> = units.par_iter().map(|unit| of(unit.account).unwrap_or(Labels::NONE)).collect();
    (Labels { labels, of }, found)
}

/// How many members use each label, in a part and elsewhere: a label whose users elsewhere are few could be found by
/// difference from the whole, and is not said of the part.
#[derive(Clone, Copy, Default)]
struct Beside {
    inside: Size,
    outside: Size,
    /// Those among them who are labelled or scored as members. Which labels lead is chosen by these: chosen by the estimates
    /// themselves, the leading ones would be those that are estimated too high.
    taken: (f64, f64),
}

impl Beside {
    fn may_show(&self, group: &Group<'_>) -> bool {
        let none = self.outside.estimate < 0.5 && self.outside.labelled == 0;
        group.all || group.may_show(self.inside) && (none || group.may_show(self.outside))
    }
}

/// The hashtags that a part uses most beyond what the others do, by the odds ratio's own standard error.
fn talk(
    group: &Group<'_>,
    traits: &Traits<'_>,
    network: &Network,
    number: usize,
    inside: impl Fn(usize) -> bool,
) -> Result<Section> {
    let section = Section::new(&format!("talk-{number}"), Unit::Share, Names::Words);
    let tally = &traits.written.hashtags;
    let mut sizes = vec![Beside::default(); tally.labels.len()];
    let known: Vec<bool> = (0..traits.units()).map(|unit| traits.has_posts[unit] && inside(unit)).collect();
    let (mut here, mut there) = (0.0, 0.0);
    for unit in (0..traits.units()).filter(|unit| traits.has_posts[*unit]) {
        let taken = f64::from(u8::from(group.taken[unit]));
        if known[unit] {
            here += taken;
        } else {
            there += taken;
        }
        for (label, _) in tally.uses(unit) {
            let beside = &mut sizes[*label as usize];
            let (size, users) = match known[unit] {
                true => (&mut beside.inside, &mut beside.taken.0),
                false => (&mut beside.outside, &mut beside.taken.1),
            };
            group.members.count(size, unit);
            *users += taken;
        }
    }
    let surplus = |beside: &Beside| {
        let cells = [beside.taken.0, here - beside.taken.0, beside.taken.1, there - beside.taken.1];
        let [a, b, c, d] = cells.map(|cell| cell.max(0.0) + 0.5);
        (a * d / (b * c)).ln() / (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt()
    };
    let mut leading: Vec<(u32, f64)> = (0_u32..)
        .zip(&sizes)
        .filter(|(_, beside)| beside.inside.estimate > 0.0 && beside.may_show(group))
        .map(|(label, beside)| (label, surplus(beside)))
        .filter(|(_, surplus)| group.all || *surplus > 2.0)
        .collect();
    leading
        .sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| tally.labels[a.0 as usize].cmp(&tally.labels[b.0 as usize])));
    if !group.all {
        leading.truncate(WORDS);
    }
    let mut few = Uses::default();
    let number = |(label, _): &(u32, f64)| Some((*label, few.number(&tally.labels[*label as usize])?));
    let numbers: HashMap<u32, u32> = leading.iter().filter_map(number).collect();
    for unit in (0..traits.units()).filter(|unit| known[*unit]) {
        for (label, times) in tally.uses(unit) {
            if let Some(label) = numbers.get(label) {
                few.add(unit as u32, *label, *times);
            }
        }
    }
    let few = few.tally(traits.units());
    group.shares(section, &Cells::Used(&few, &known), Kind::Words(network), false)
}

/// The languages of a part: those that enough members speak, in it and elsewhere.
fn speak(group: &Group<'_>, traits: &Traits<'_>, number: usize, inside: impl Fn(usize) -> bool) -> Result<Section> {
    let section = Section::new(&format!("speak-{number}"), Unit::Share, Names::Language);
    let language = &traits.language;
    let mut sizes = vec![Beside::default(); language.labels.len()];
    for unit in 0..traits.units() {
        if let Some(label) = language.get(unit) {
            let beside = &mut sizes[label as usize];
            let size = if inside(unit) { &mut beside.inside } else { &mut beside.outside };
            group.members.count(size, unit);
        }
    }
    // All others are one row, which is shown by the rules of any other: none is known by difference.
    let rest = language.labels.len() as u32;
    let kept = |label: u32| if sizes[label as usize].may_show(group) { label } else { rest };
    let of = |unit: usize| language.get(unit).filter(|_| inside(unit)).map_or(Labels::NONE, kept);
    let labels = language.labels.iter().cloned().chain(["other".to_owned()]).collect();
    let labels = Labels { labels, of: (0..traits.units()).map(of).collect() };
    let mut section = group.shares(section, &Cells::One(&labels), Kind::Partition, false)?;
    // It has no name among languages.
    section.rows.retain(|row| row.label != "other");
    Ok(section)
}
