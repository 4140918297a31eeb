//! A map of the world whose countries are coloured by class.
//!
//! A colour has no interval. The table of the same figures with theirs stands beside a map, always; the text
//! `chart-map` says so to the reader.

use std::collections::BTreeMap;

use super::canvas::{Canvas, WIDTH};
use super::classes::Classes;
use super::world::World;
use crate::Result;
use crate::describe::Unit;
use crate::report::document::{Picture, Swatch};
use crate::texts::Texts;

/// Countries that are smaller on paper get a dot as well, or nobody would find them.
const SMALL: f64 = 16.0;
/// The size of a dot.
const DOT: f64 = 3.2;

/// A map, and what is not on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The map.
    pub picture: Picture,
    /// Codes that the map has no place for.
    pub missing: Vec<String>,
}

/// Colours countries by their values. Keys are ISO 3166-1 alpha-2 codes. `hidden` are countries whose value is known and
/// not shown; whoever names them says that some members are there, so for most reports it is empty and `some_hidden`
/// says that there may be any: what has no value is then called none, or too few.
pub fn map(texts: &Texts, values: &[(String, f64)], hidden: &[String], some_hidden: bool, unit: Unit) -> Result<Map> {
    let world = World::new(WIDTH)?;
    let classes = Classes::of(values.iter().map(|(_, v)| *v));
    let class: BTreeMap<&str, &'static str> = values
        .iter()
        .filter(|(code, v)| v.is_finite() && !code.is_empty())
        .map(|(code, v)| (&**code, classes.class(*v)))
        .chain(hidden.iter().filter(|code| !code.is_empty()).map(|code| (&**code, "ch-hidden")))
        .collect();
    let mut canvas = Canvas::new(world.height);
    let of = |code: &str| class.get(code).copied();
    // What has a value is drawn later, so that its outline lies above those of its neighbours.
    for known in [false, true] {
        for country in world.countries.iter().filter(|c| !c.path.is_empty() && of(&c.code).is_some() == known) {
            let class = of(&country.code).unwrap_or("ch-empty");
            canvas.outline(class, &country.path);
            if class == "ch-hidden" {
                for [from, to] in country.hatch(4.0) {
                    canvas.line("ch-hatch", from, to);
                }
            }
        }
    }
    // Darker dots above lighter ones.
    let mut dots: Vec<_> =
        world.countries.iter().filter(|c| c.size < SMALL).filter_map(|c| Some((of(&c.code)?, c))).collect();
    dots.sort_by_key(|(class, _)| *class);
    for (class, country) in dots {
        canvas.dot(class, DOT, country.middle);
    }
    let missing = class.keys().filter(|code| !world.countries.iter().any(|c| c.code == **code));
    let missing = missing.map(|code| (*code).to_owned()).collect();
    classes.legend(&mut canvas, texts, unit)?;
    if !hidden.is_empty() {
        canvas.legend(Swatch::Fill("ch-hidden"), texts.say("chart-too-few", &[])?);
    }
    let none = if some_hidden { "chart-hidden" } else { "chart-none" };
    canvas.legend(Swatch::Fill("ch-empty"), texts.say(none, &[])?);
    Ok(Map { picture: canvas.done(), missing })
}
