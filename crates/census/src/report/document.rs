//! The report, before it is HTML, PDF or anything else: sections of blocks, every text chosen, every number written.
//!
//! A document has no format and no looks. What is said is decided where it is made; HTML ([`super::html`]) and PDF
//! ([`super::pdf`]) only set it. Pictures hold geometry alone: every word and number on one is a [`Label`] that is set
//! over it, because mixed Arabic and Latin text inside of SVG comes out broken.

use jiff::civil::Date;

use std::borrow::Cow;

use crate::texts::{Digits, Lang, Line};

use super::charts::{Axis, Point};

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The language of its texts.
    pub lang: Lang,
    /// The digits of its numbers.
    pub digits: Digits,
    /// The day of the last observation, for the file's metadata: never that of the day it was written.
    pub date: Option<Date>,
    /// The name of the study, as a title.
    pub title: Line,
    /// What stands below the title: who is counted, where, when.
    pub about: Vec<(Line, Line)>,
    /// What must be seen first, such as that labels were simulated.
    pub banners: Vec<Line>,
    /// What is said, in order.
    pub sections: Vec<Section>,
    /// The last line of it.
    pub foot: Line,
}

impl Document {
    /// Every line of it, in order, and what describes its pictures.
    pub fn lines(&self) -> Vec<Cow<'_, Line>> {
        let mut lines = vec![&self.title];
        lines.extend(self.about.iter().flat_map(|(name, value)| [name, value]).chain(&self.banners));
        let mut lines: Vec<Cow<'_, Line>> = lines.into_iter().map(Cow::Borrowed).collect();
        self.sections.iter().for_each(|section| section.lines(&mut lines));
        lines.push(Cow::Borrowed(&self.foot));
        lines
    }
}

impl Section {
    fn lines<'a>(&'a self, to: &mut Vec<Cow<'a, Line>>) {
        to.push(Cow::Borrowed(&self.title));
        for block in &self.blocks {
            block.lines(to);
        }
        self.sections.iter().for_each(|section| section.lines(to));
    }
}

impl Block {
    fn lines<'a>(&'a self, to: &mut Vec<Cow<'a, Line>>) {
        let mut add = |line: &'a Line| to.push(Cow::Borrowed(line));
        match self {
            Block::Headline(one, other) => [one, other].into_iter().for_each(add),
            Block::Lead(line) | Block::Paragraph(line) | Block::Note(line) | Block::Quote(line) => add(line),
            Block::List(lines) => lines.iter().for_each(add),
            Block::Care(title, lines) => [title].into_iter().chain(lines).for_each(add),
            Block::Facts(facts) => facts.iter().flat_map(|(name, value)| [name, value]).for_each(add),
            Block::Cards(cards) => cards.iter().flat_map(|c| [&c.name, &c.big, &c.with, &c.why]).for_each(add),
            Block::Table(table) => table.lines().for_each(add),
            Block::Figure(figure) => {
                [&figure.caption].into_iter().chain(&figure.source).for_each(&mut add);
                figure.table.iter().flat_map(Table::lines).for_each(&mut add);
                match &figure.drawing {
                    Drawing::Intervals(i) => {
                        i.rows.iter().flat_map(|r| [&r.name, &r.note, &r.value, &r.limits]).for_each(add);
                    }
                    Drawing::Bars(bars) => bars.iter().flat_map(|(name, _, count)| [name, count]).for_each(add),
                    Drawing::Picture(p) => {
                        p.labels.iter().map(|l| &l.text).chain(p.legend.iter().map(|(_, l)| l)).for_each(add);
                    }
                }
                to.push(Cow::Owned(Line::words(figure.alt.clone())));
            }
        }
    }
}

impl Table {
    fn lines(&self) -> impl Iterator<Item = &Line> {
        let rows = self.rows.iter().chain(&self.foot).flatten();
        [&self.caption].into_iter().chain(&self.head).chain(rows)
    }
}

/// A part of the report with a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Letters, digits and hyphens, once in a document: for links and file names.
    pub id: String,
    /// Its title.
    pub title: Line,
    /// What it says.
    pub blocks: Vec<Block>,
    /// Parts of it.
    pub sections: Vec<Section>,
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// The answer, set large, and what stands with it.
    Headline(Line, Line),
    /// The first paragraph, a little larger.
    Lead(Line),
    /// A paragraph.
    Paragraph(Line),
    /// A paragraph in small type: where a number is from, what to know of it.
    Note(Line),
    /// What is quoted from the study: a rule, a way to cite it.
    Quote(Line),
    /// Points.
    List(Vec<Line>),
    /// What to read with care: a title and points.
    Care(Line, Vec<Line>),
    /// Names and what they stand for.
    Facts(Vec<(Line, Line)>),
    /// Answers side by side; each with its name, its number, its interval and what it means. One is the main one.
    Cards(Vec<Card>),
    /// A table.
    Table(Table),
    /// A drawing with its caption.
    Figure(Figure),
}

/// One of several answers side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// What it is called.
    pub name: Line,
    /// The number.
    pub big: Line,
    /// Its interval.
    pub with: Line,
    /// What it means.
    pub why: Line,
    /// Whether it is the main one.
    pub main: bool,
}

/// A table. The first cell of a row is its name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What it shows.
    pub caption: Line,
    /// The columns' names.
    pub head: Vec<Line>,
    /// The rows, each as wide as the head.
    pub rows: Vec<Vec<Line>>,
    /// The last row, if it sums up.
    pub foot: Option<Vec<Line>>,
    /// Which columns hold words rather than numbers, besides the first.
    pub words: Vec<usize>,
}

/// A drawing, its caption, and what it shows in words and numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it shows, and how to read it.
    pub caption: Line,
    /// The same for who cannot see it, with the numbers.
    pub alt: String,
    /// The drawing.
    pub drawing: Drawing,
    /// Where the numbers are from: labels, method.
    pub source: Option<Line>,
    /// The numbers behind it.
    pub table: Option<Table>,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawing {
    /// Intervals on one axis, a row each, with their names beside them.
    Intervals(Intervals),
    /// Bars of counts, a row each: name, share of the longest (0 to 1), count as written.
    Bars(Vec<(Line, f64, Line)>),
    /// Anything else.
    Picture(Picture),
}

/// Intervals on one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// The axis that all rows share.
    pub axis: Axis,
    /// Where its ticks are, and what is written there.
    pub ticks: Vec<(f64, String)>,
    /// A number to compare with.
    pub guide: Option<f64>,
    /// The rows.
    pub rows: Vec<Interval>,
}

/// A row of intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Its name, and a word of explanation.
    pub name: Line,
    /// A word of explanation below the name; may be empty.
    pub note: Line,
    /// What is drawn.
    pub point: Point,
    /// The same of the control group, drawn fainter.
    pub control: Option<Point>,
    /// The number as written.
    pub value: Line,
    /// Its interval as written.
    pub limits: Line,
    /// Whether it is the main one.
    pub main: bool,
    /// Whether it only stands beside the others, for comparison.
    pub beside: bool,
}

/// A picture: geometry, and labels set over it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// Its width in its own units; the height is in the same.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// SVG elements within `0 0 width height`, with classes and no text. `super::charts::STYLE` says what the classes look like.
    pub shapes: String,
    /// What is written on it and around it.
    pub labels: Vec<Label>,
    /// What its colours and marks mean.
    pub legend: Vec<(Swatch, Line)>,
}

/// A text on a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Where it stands, in the picture's units.
    pub x: f64,
    /// Where it stands, in the picture's units.
    pub y: f64,
    /// Which point of the text stands there.
    pub anchor: Anchor,
    /// What is written.
    pub text: Line,
}

/// Which point of a label is placed: physical sides, in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The middle of its left side.
    Left,
    /// Its centre.
    Middle,
    /// The middle of its right side.
    Right,
}

/// A mark in a legend, by the class of the shapes it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swatch {
    /// A filled square of a class.
    Fill(&'static str),
    /// A line of a class.
    Line(&'static str),
    /// A dot of a class.
    Dot(&'static str),
}
