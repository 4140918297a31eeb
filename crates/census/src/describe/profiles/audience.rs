//! Followers, those followed, and the one by the other.

use super::super::group::{Group, Number, Of};
use super::super::traits::Traits;
use super::super::{Names, Section, Unit, spread};
use super::classes;
use crate::Result;

/// The first number of followers of each class, as the 2015 census had them, and what it is called.
const CLASSES: [(f64, &str); 5] =
    [(0.0, "under-100"), (100.0, "100-499"), (500.0, "500-999"), (1_000.0, "1000-4999"), (5_000.0, "5000-or-more")];

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let (followers, following, ratio): (Number<'_>, Number<'_>, Number<'_>) =
        (&|unit| traits.followers(unit), &|unit| traits.following(unit), &|unit| traits.ratio(unit));
    let numbers =
        |key: &str, rows: &[(&str, Number<'_>, Of)]| group.numbers(Section::new(key, Unit::Number, Names::Texts), rows);
    // A mean of ratios is that of the few who follow next to nobody.
    let ratios = spread(ratio).into_iter().filter(|(_, _, of)| !matches!(of, Of::Mean));
    Ok(vec![
        numbers("followers", &spread(followers))?,
        numbers("following", &spread(following))?,
        numbers("ratio", &ratios.collect::<Vec<_>>())?,
        followers_classes(group, traits)?,
        ratio_classes(group, traits)?,
    ])
}

fn followers_classes(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let class = |unit: usize| {
        let followers = traits.followers(unit)?;
        CLASSES.iter().rposition(|(from, _)| followers >= *from)
    };
    let section = Section::new("followers-classes", Unit::Share, Names::Texts);
    classes(group, traits, section, &CLASSES.map(|(_, name)| name), class)
}

/// Who has at least as many followers as it follows accounts.
fn ratio_classes(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let class = |unit: usize| Some(usize::from(traits.ratio(unit)? < 1.0));
    let section = Section::new("ratio-classes", Unit::Share, Names::Texts);
    classes(group, traits, section, &["one-or-more", "under-one"], class)
}
