//! Posts that a program made or timed: which signs of it members show, and what the picture is without those who do.

use super::super::group::{Cells, Group, Kind};
use super::super::traits::{Labels, Traits};
use super::super::{Names, Section, Unit};
use super::{activity, core, is};
use crate::Result;
use crate::text::{Agency, agency};

/// Posts, pauses, hours or texts that an account needs before a pattern is looked for.
const FEWEST: u32 = 10;

/// A sign that a program posts; none where the data is too little to see it.
type Sign<'a> = (&'static str, Box<dyn Fn(usize) -> Option<bool> + Sync + 'a>);

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let signs = signs(traits);
    let mut sections = vec![automation(group, traits, &signs)?];
    let shows: Vec<bool> =
        (0..traits.units()).map(|unit| signs.iter().any(|(_, sign)| sign(unit) == Some(true))).collect();
    // Without anybody who shows a sign, the picture without them is the picture.
    if shows.contains(&true) {
        let left = |unit: usize| !shows[unit];
        let languages = Labels {
            labels: traits.language.labels.clone(),
            of: (0..traits.units())
                .map(|u| traits.language.get(u).filter(|_| left(u)).unwrap_or(Labels::NONE))
                .collect(),
        };
        let section = Section::new("without-bots-languages", Unit::Share, Names::Language);
        sections.push(group.shares(section, &Cells::One(&languages), Kind::Partition, false)?);
        sections.push(activity(group, traits, "without-bots-activity", &left)?);
        sections.extend(core::core_of(group, traits, "without-bots-core", &left)?);
    }
    Ok(sections)
}

fn signs<'a>(traits: &'a Traits<'_>) -> Vec<Sign<'a>> {
    let clients = &traits.written.client;
    let habit = |unit: usize| traits.written.habits[unit];
    let agencies: Vec<Agency> = clients.labels.iter().map(|name| agency(name)).collect();
    let half = |part: u32, of: u32| (of >= FEWEST).then(|| 2 * part >= of);
    vec![
        ("says-bot", Box::new(|unit| traits.calls_itself_a_bot(unit))),
        (
            "client",
            Box::new(move |unit| {
                let agency = agencies[clients.get(unit)? as usize];
                Some(matches!(agency, Agency::Scheduled | Agency::Automatic | Agency::Bot))
            }),
        ),
        ("pauses", Box::new(move |unit| half(habit(unit).alike, habit(unit).pauses))),
        ("minute", Box::new(move |unit| half(habit(unit).minute, habit(unit).hours))),
        ("repeats", Box::new(move |unit| half(habit(unit).repeats, habit(unit).texts))),
    ]
}

/// The share of members who show each sign, of those of whom it can be told, and who show any.
fn automation(group: &Group<'_>, traits: &Traits<'_>, signs: &[Sign<'_>]) -> Result<Section> {
    let mut whole: Option<Section> = None;
    let any = |unit: usize| {
        let mut seen = signs.iter().filter_map(|(_, sign)| sign(unit)).peekable();
        seen.peek().is_some().then(|| seen.any(|shows| shows))
    };
    let each = std::iter::once(("any", &any as &dyn Fn(usize) -> Option<bool>));
    let each = each.chain(signs.iter().map(|(key, sign)| (*key, sign.as_ref() as &dyn Fn(usize) -> Option<bool>)));
    for (key, sign) in each {
        let labels = is(traits, key, sign);
        let section = Section::new("automation", Unit::Share, Names::Texts);
        let one = group.shares(section, &Cells::Without(&labels, Some(1)), Kind::Several, false)?;
        match &mut whole {
            // What is known of members is what is known of any sign.
            None => whole = Some(one),
            Some(whole) => {
                whole.rows.extend(one.rows);
                whole.suppressed += one.suppressed;
            }
        }
    }
    Ok(whole.unwrap_or_else(|| Section::new("automation", Unit::Share, Names::Texts)))
}
