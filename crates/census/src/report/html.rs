//! A document as one HTML page that loads nothing and runs nothing.
//!
//! Nothing is said here but the page's own furniture. Every text is escaped; strangers' words and numbers have a direction
//! of their own; what is physical (left, right) is left to charts, all else is logical, so that Arabic is the same page.

use std::fmt::Write;

use askama::Template;

use super::charts;
use super::document::{Block, Card, Document, Drawing, Figure, Interval, Intervals, Section, Table};
use crate::texts::{Line, Span, Texts};
use crate::{Error, Result};

/// Sections in sections that have a heading of their own size.
const DEEPEST: usize = 5;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    lang: &'static str,
    dir: &'static str,
    title: String,
    style: &'static str,
    body: String,
}

/// The document as a page.
pub fn html(document: &Document) -> Result<String> {
    let texts = Texts::new(document.lang, document.digits)?;
    let mut page = Writer { out: String::new(), numbers: texts.plain("page-numbers", &[])? };
    page.head(document, &texts)?;
    page.out.push_str("<main>\n");
    for section in &document.sections {
        page.section(section, 2);
    }
    page.out.push_str("</main>\n<footer><p>");
    page.line(&document.foot);
    page.out.push_str("</p></footer>\n");
    let page = Page {
        lang: document.lang.code(),
        dir: document.lang.dir(),
        title: document.title.plain(),
        style: &charts::STYLE,
        body: page.out,
    };
    page.render().map_err(|e| Error::bug("the report could not be written").because(e))
}

struct Writer {
    out: String,
    /// What the numbers behind a drawing are called.
    numbers: String,
}

impl Writer {
    fn head(&mut self, document: &Document, texts: &Texts) -> Result<()> {
        let first = document.sections.first().map_or("", |s| s.id.as_str());
        self.out.push_str(r##"<a class="skip" href="#"##);
        self.escaped(first);
        self.out.push_str("\">");
        self.escaped(&texts.plain("page-skip", &[])?);
        self.out.push_str("</a>\n<header>\n<p class=\"over\">");
        self.line(&texts.say("page-over", &[])?);
        self.out.push_str("</p>\n<h1>");
        self.line(&document.title);
        self.out.push_str("</h1>\n");
        self.facts(&document.about);
        self.out.push_str("<nav aria-label=\"");
        self.escaped(&texts.plain("page-sections", &[])?);
        self.out.push_str("\">");
        for section in &document.sections {
            self.out.push_str("<a href=\"#");
            self.escaped(&section.id);
            self.out.push_str("\">");
            self.line(&section.title);
            self.out.push_str("</a> ");
        }
        self.out.push_str("</nav>\n</header>\n");
        if !document.banners.is_empty() {
            self.out.push_str("<aside class=\"banner\" aria-label=\"");
            self.escaped(&texts.plain("page-banner", &[])?);
            self.out.push_str("\">");
            document.banners.iter().for_each(|line| self.element("p", "", line));
            self.out.push_str("</aside>\n");
        }
        Ok(())
    }

    fn section(&mut self, section: &Section, depth: usize) {
        let h = depth.min(DEEPEST);
        self.out.push_str("<section id=\"");
        self.escaped(&section.id);
        self.out.push_str("\" aria-labelledby=\"");
        self.escaped(&section.id);
        let _ = write!(self.out, "-title\">\n<h{h} id=\"");
        self.escaped(&section.id);
        self.out.push_str("-title\">");
        self.line(&section.title);
        let _ = writeln!(self.out, "</h{h}>");
        section.blocks.iter().for_each(|block| self.block(block));
        section.sections.iter().for_each(|part| self.section(part, depth + 1));
        self.out.push_str("</section>\n");
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Headline(big, with) => {
                self.out.push_str("<p class=\"headline\"><span class=\"big\">");
                self.line(big);
                self.out.push_str("</span> <span class=\"with\">");
                self.line(with);
                self.out.push_str("</span></p>\n");
            }
            Block::Lead(line) => self.element("p", "lead", line),
            Block::Paragraph(line) => self.element("p", "", line),
            Block::Note(line) => self.element("p", "note", line),
            Block::Quote(line) => self.element("p", "quote", line),
            Block::List(points) => self.list(points),
            Block::Care(title, points) => {
                self.out.push_str("<div class=\"care\" role=\"note\">");
                self.element("p", "title", title);
                self.list(points);
                self.out.push_str("</div>\n");
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Cards(cards) => {
                self.out.push_str("<div class=\"bounds\">\n");
                cards.iter().for_each(|card| self.card(card));
                self.out.push_str("</div>\n");
            }
            Block::Table(table) => self.table(table),
            Block::Figure(figure) => self.figure(figure),
        }
    }

    fn card(&mut self, card: &Card) {
        let _ = write!(self.out, "<div{}>", if card.main { " class=\"best\"" } else { "" });
        self.element("p", "name", &card.name);
        self.element("p", "mid", &card.big);
        self.element("p", "", &card.with);
        self.element("p", "why", &card.why);
        self.out.push_str("</div>\n");
    }

    fn list(&mut self, points: &[Line]) {
        self.out.push_str("<ul>\n");
        points.iter().for_each(|point| self.element("li", "", point));
        self.out.push_str("</ul>\n");
    }

    fn facts(&mut self, facts: &[(Line, Line)]) {
        self.out.push_str("<dl class=\"about\">\n");
        for (name, what) in facts {
            self.out.push_str("<div>");
            self.element("dt", "", name);
            self.element("dd", "", what);
            self.out.push_str("</div>\n");
        }
        self.out.push_str("</dl>\n");
    }

    /// A table that scrolls by itself where it is too wide.
    fn table(&mut self, table: &Table) {
        self.out.push_str("<div class=\"scroll\" tabindex=\"0\"");
        if table.caption.is_empty() {
            self.out.push_str("><table>\n");
        } else {
            self.out.push_str(" role=\"group\" aria-label=\"");
            self.escaped(&table.caption.plain());
            self.out.push_str("\"><table>\n");
            self.element("caption", "", &table.caption);
        }
        let class = |i: usize| if i > 0 && table.words.contains(&i) { " class=\"words\"" } else { "" };
        self.out.push_str("<thead><tr>");
        for (i, name) in table.head.iter().enumerate() {
            let _ = write!(self.out, "<th scope=\"col\"{}>", class(i));
            self.line(name);
            self.out.push_str("</th>");
        }
        self.out.push_str("</tr></thead>\n<tbody>\n");
        let row = |writer: &mut Self, cells: &[Line]| {
            writer.out.push_str("<tr>");
            for i in 0..table.head.len().max(1) {
                let (open, close) = if i == 0 { ("<th scope=\"row\"", "</th>") } else { ("<td", "</td>") };
                let _ = write!(writer.out, "{open}{}>", class(i));
                if let Some(cell) = cells.get(i) {
                    writer.line(cell);
                }
                writer.out.push_str(close);
            }
            writer.out.push_str("</tr>\n");
        };
        table.rows.iter().for_each(|cells| row(self, cells));
        self.out.push_str("</tbody>\n");
        if let Some(foot) = &table.foot {
            self.out.push_str("<tfoot>");
            row(self, foot);
            self.out.push_str("</tfoot>\n");
        }
        self.out.push_str("</table></div>\n");
    }

    fn figure(&mut self, figure: &Figure) {
        self.out.push_str("<figure>\n");
        self.element("figcaption", "", &figure.caption);
        match &figure.drawing {
            Drawing::Intervals(intervals) => self.intervals(intervals, &figure.alt),
            Drawing::Bars(bars) => self.bars(bars, &figure.alt),
            Drawing::Picture(picture) => self.out.push_str(&charts::html(picture, &figure.alt)),
        }
        self.out.push('\n');
        if let Some(source) = &figure.source {
            self.element("p", "source", source);
        }
        if let Some(table) = &figure.table {
            self.out.push_str("<details><summary>");
            let numbers = self.numbers.clone();
            self.escaped(&numbers);
            self.out.push_str("</summary>\n");
            self.table(table);
            self.out.push_str("</details>\n");
        }
        self.out.push_str("</figure>\n");
    }

    fn intervals(&mut self, of: &Intervals, alt: &str) {
        self.out.push_str("<div class=\"rows\" role=\"img\" aria-label=\"");
        self.escaped(alt);
        self.out.push_str("\">\n");
        let mut beside = false;
        for row in &of.rows {
            if row.beside != beside {
                self.out.push_str(if row.beside { "<div class=\"beside\">\n" } else { "</div>\n" });
                beside = row.beside;
            }
            self.interval(of, row);
        }
        if beside {
            self.out.push_str("</div>\n");
        }
        let tick = |v: f64| of.ticks.iter().find(|(at, _)| *at == v).map_or_else(String::new, |(_, text)| text.clone());
        let ruler = charts::ruler(&of.axis, tick);
        let _ = writeln!(
            self.out,
            "<div class=\"row foot\"><div class=\"name\"></div><div class=\"cell\">{ruler}</div></div>\n</div>"
        );
    }

    fn interval(&mut self, of: &Intervals, row: &Interval) {
        let _ = write!(self.out, "<div class=\"row{}\"><div class=\"name\">", if row.main { " strong" } else { "" });
        self.line(&row.name);
        if !row.note.is_empty() {
            self.element("small", "", &row.note);
        }
        let two = if row.control.is_some() { " two" } else { "" };
        let _ = write!(self.out, "</div><div class=\"cell{two}\">{}", charts::interval(&of.axis, row.point, of.guide));
        if let Some(control) = row.control {
            let _ = write!(self.out, "<div class=\"control\">{}</div>", charts::interval(&of.axis, control, None));
        }
        self.out.push_str("</div><div class=\"value\">");
        self.line(&row.value);
        self.out.push_str("</div><div class=\"limits\">");
        self.line(&row.limits);
        self.out.push_str("</div></div>\n");
    }

    fn bars(&mut self, bars: &[(Line, f64, Line)], alt: &str) {
        self.out.push_str("<div class=\"barred\" role=\"img\" aria-label=\"");
        self.escaped(alt);
        self.out.push_str("\">\n");
        for (name, share, count) in bars {
            self.out.push_str("<div class=\"row\">");
            self.element("div", "name", name);
            let _ = write!(self.out, "<div class=\"drawn\">{}</div>", charts::bar(*share));
            self.element("div", "value", count);
            self.out.push_str("</div>\n");
        }
        self.out.push_str("</div>\n");
    }

    fn element(&mut self, name: &str, class: &str, line: &Line) {
        let _ = match class {
            "" => write!(self.out, "<{name}>"),
            class => write!(self.out, "<{name} class=\"{class}\">"),
        };
        self.line(line);
        let _ = writeln!(self.out, "</{name}>");
    }

    /// A text with what its pieces are.
    fn line(&mut self, line: &Line) {
        for span in &line.0 {
            let (open, text, close) = match span {
                Span::Plain(text) => ("", text, ""),
                Span::Strong(text) => ("<b>", text, "</b>"),
                Span::Term(text) => ("<i>", text, "</i>"),
                Span::Code(text) => ("<code dir=\"ltr\">", text, "</code>"),
                Span::Foreign(text) => ("<bdi>", text, "</bdi>"),
                Span::Number(text) => ("<bdi class=\"n\" dir=\"ltr\">", text, "</bdi>"),
                Span::StrongNumber(text) => ("<b><bdi class=\"n\" dir=\"ltr\">", text, "</bdi></b>"),
            };
            self.out.push_str(open);
            self.escaped(text);
            self.out.push_str(close);
        }
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                c => self.out.push(c),
            }
        }
    }
}
