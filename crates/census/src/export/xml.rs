//! GEXF 1.3 and GraphML, as Gephi and NetworkX read them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use quick_xml::escape::escape;

use super::attributes::{Attributes, Value, Values};
use super::files::Whole;
use super::{Accounts, Format};
use crate::Result;
use crate::frame::Frame;

/// Writes the graph to a file.
pub(super) fn write(
    accounts: &Accounts<'_>,
    frame: &Frame,
    attributes: &Attributes,
    format: Format,
    out: &Path,
) -> Result<(Vec<PathBuf>, u64)> {
    let inside = if format == Format::Gexf { "network.gexf" } else { "network.graphml" };
    let path = if out.is_dir() { out.join(inside) } else { out.to_owned() };
    let mut file = Whole::create(&path)?;
    let follows = match format {
        Format::Gexf => gexf(&mut file, accounts, frame, attributes)?,
        _ => graphml(&mut file, accounts, frame, attributes)?,
    };
    Ok((vec![file.finish()?], follows))
}

fn gexf(file: &mut Whole, accounts: &Accounts<'_>, frame: &Frame, attributes: &Attributes) -> Result<u64> {
    file.put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gexf xmlns=\"http://gexf.net/1.3\" version=\"1.3\">\n")?;
    file.put(&format!("  <meta><creator>netcensus {}</creator></meta>\n", env!("CARGO_PKG_VERSION")))?;
    file.put(
        "  <graph mode=\"static\" defaultedgetype=\"directed\">\n    <attributes class=\"node\" mode=\"static\">\n",
    )?;
    for (id, column) in attributes.columns.iter().enumerate() {
        let kind = match column.values {
            Values::Long(_) => "long",
            Values::Real(_) => "double",
            Values::Flag(_) => "boolean",
            Values::Text(_) | Values::Time(_) => "string",
        };
        file.put(&format!("      <attribute id=\"{id}\" title=\"{}\" type=\"{kind}\"/>\n", column.name))?;
    }
    file.put("    </attributes>\n    <nodes>\n")?;
    for (at, name) in accounts.names.iter().enumerate() {
        let name = clean(name);
        file.put(&format!("      <node id=\"{name}\" label=\"{name}\"><attvalues>"))?;
        for (id, column) in attributes.columns.iter().enumerate() {
            if let Some(value) = text(column.values.get(at)) {
                file.put(&format!("<attvalue for=\"{id}\" value=\"{value}\"/>"))?;
            }
        }
        file.put("</attvalues></node>\n")?;
    }
    file.put("    </nodes>\n    <edges>\n")?;
    let mut id = 0u64;
    let follows = accounts.follows(frame, |src, dst| {
        let edge = format!("      <edge id=\"{id}\" source=\"{}\" target=\"{}\"/>\n", clean(src), clean(dst));
        id += 1;
        file.put(&edge)
    })?;
    file.put("    </edges>\n  </graph>\n</gexf>\n")?;
    Ok(follows)
}

fn graphml(file: &mut Whole, accounts: &Accounts<'_>, frame: &Frame, attributes: &Attributes) -> Result<u64> {
    file.put(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    )?;
    for (id, column) in attributes.columns.iter().enumerate() {
        let kind = match column.values {
            Values::Long(_) => "long",
            Values::Real(_) => "double",
            Values::Flag(_) => "boolean",
            Values::Text(_) | Values::Time(_) => "string",
        };
        let key = format!("  <key id=\"d{id}\" for=\"node\" attr.name=\"{}\" attr.type=\"{kind}\"/>\n", column.name);
        file.put(&key)?;
    }
    file.put("  <graph id=\"G\" edgedefault=\"directed\">\n")?;
    for (at, name) in accounts.names.iter().enumerate() {
        file.put(&format!("    <node id=\"{}\">", clean(name)))?;
        for (id, column) in attributes.columns.iter().enumerate() {
            if let Some(value) = text(column.values.get(at)) {
                file.put(&format!("<data key=\"d{id}\">{value}</data>"))?;
            }
        }
        file.put("</node>\n")?;
    }
    let follows = accounts.follows(frame, |src, dst| {
        file.put(&format!("    <edge source=\"{}\" target=\"{}\"/>\n", clean(src), clean(dst)))
    })?;
    file.put("  </graph>\n</graphml>\n")?;
    Ok(follows)
}

fn text(value: Value<'_>) -> Option<String> {
    match value {
        Value::None => None,
        Value::Plain(text) => Some(text),
        Value::Text(text) => Some(clean(text).into_owned()),
    }
}

/// A text as it may stand in XML: what no XML 1.0 file may hold is left out, markup escaped, and line ends numbered, as
/// they would be blanks else.
fn clean(text: &str) -> Cow<'_, str> {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r') || (!c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    if text.chars().all(|c| allowed(c) && !c.is_control()) {
        return escape(text);
    }
    let text: String = text.chars().filter(|c| allowed(*c)).collect();
    Cow::Owned(escape(text).replace('\t', "&#9;").replace('\n', "&#10;").replace('\r', "&#13;"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_clean() {
        assert_eq!(clean("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&apos;");
        assert_eq!(clean("a\0\u{7}b\u{ffff}\nc\u{85}"), "ab&#10;c");
        assert_eq!(clean("علي"), "علي");
    }
}
