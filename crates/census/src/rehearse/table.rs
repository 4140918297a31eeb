//! What a rehearsal leaves: `crawls.json`, `crawls.md`, and a chart a setting.

use std::fmt::Write;
use std::path::Path;

use super::{RECALLS, Rehearsal, Strategy, chart};
use crate::study;
use crate::{Error, Result};

/// Writes tables and charts into a folder.
pub fn write(rehearsals: &[Rehearsal], folder: &Path) -> Result<()> {
    let json =
        serde_json::to_vec_pretty(rehearsals).map_err(|e| Error::bug("a result cannot be written").because(e))?;
    study::write(&folder.join("crawls.json"), &json)?;
    study::write(&folder.join("crawls.md"), table(rehearsals).as_bytes())?;
    for rehearsal in rehearsals {
        let words = rehearsal.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
        let file = format!("crawl-{}.svg", words.collect::<Vec<_>>().join("-"));
        study::write(&folder.join(file), chart::draw(rehearsal).as_bytes())?;
    }
    Ok(())
}

/// Requests per member found, setting by setting.
fn table(rehearsals: &[Rehearsal]) -> String {
    let mut s = String::from(
        "Requests per member found when that share of the members was found; – where a crawl ended before.\n\n| network | strategy |",
    );
    RECALLS.iter().for_each(|r| _ = write!(s, " {r} % |"));
    s += " 80 %: breadth-first takes | against the best of three |\n|---|---|";
    s += &"---|".repeat(RECALLS.len() + 2);
    s.push('\n');
    for rehearsal in rehearsals {
        for (i, row) in rehearsal.rows.iter().enumerate() {
            let name = if i == 0 { rehearsal.name.as_str() } else { "" };
            let strong = if row.strategy == Strategy::BestFirst { "**" } else { "" };
            let _ = write!(s, "| {name} | {strong}{}{strong} |", row.strategy.name());
            for recall in RECALLS {
                let _ = write!(s, " {} |", row.at(recall).map_or("–".into(), |v| format!("{v:.2}")));
            }
            let times = match (rehearsal.row(Strategy::BreadthFirst).and_then(|r| r.at(80)), row.at(80)) {
                (Some(plain), Some(own)) if i > 0 => format!("{:.1} times as many", plain / own),
                _ => String::new(),
            };
            let ratio = match rehearsal.worst_ratio() {
                Some(ratio) if row.strategy == Strategy::BestFirst => format!("{ratio:.2} at worst"),
                _ => String::new(),
            };
            let _ = writeln!(s, " {times} | {ratio} |");
        }
    }
    s
}
