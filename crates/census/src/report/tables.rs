//! The report's figures as tables, CSV and Parquet, for spreadsheets and programs: one row a figure.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use super::Report;
use crate::describe::Unit;
use crate::figure::Figure;
use crate::{Error, Result, study};

/// A figure, as a row.
struct Row<'a> {
    section: String,
    label: String,
    unit: &'static str,
    figure: &'a Figure,
    control: Option<&'a Figure>,
}

/// Writes `figures.csv` and `figures.parquet` into `dir`, and says where they are.
pub(super) fn tables(report: &Report, dir: &Path) -> Result<Vec<PathBuf>> {
    let rows = rows(report);
    let (csv, parquet) = (dir.join("figures.csv"), dir.join("figures.parquet"));
    study::write(&csv, &as_csv(&rows)?)?;
    let batch = batch(&rows)?;
    let file = File::create(&parquet).map_err(|e| Error::disk(&parquet, e))?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(vec![csv, parquet])
}

fn rows(report: &Report) -> Vec<Row<'_>> {
    let m = &report.estimate.members;
    let row = |section: &str, label: &str, unit, figure| {
        let (section, label) = (section.to_owned(), label.to_owned());
        Row { section, label, unit, figure, control: None }
    };
    let members = [
        ("floor", &m.floor),
        ("best", &m.best),
        ("ceiling", &m.ceiling),
        ("horvitz-thompson", &m.horvitz_thompson),
        ("wald", &m.wald),
    ];
    let mut rows: Vec<Row<'_>> = members.into_iter().map(|(l, f)| row("members", l, "count", f)).collect();
    rows.push(row("members", "prevalence", "share", &m.prevalence));
    rows.extend(report.estimate.sorting.iter().map(|s| row("sorting", &s.measure, "share", &s.auc)));
    for section in &report.portrait.sections {
        let unit = match section.unit {
            Unit::Share => "share",
            Unit::Number => "number",
            Unit::Count => "count",
        };
        rows.extend(section.known.iter().map(|f| row(&section.key, "(known)", "share", f)));
        for r in &section.rows {
            rows.push(Row { control: r.control.as_ref(), ..row(&section.key, &r.label, unit, &r.figure) });
        }
    }
    for lives in report.takedowns.iter().flat_map(|t| &t.lives) {
        let of = |what: String| format!("{}: {what}", lives.group);
        rows.extend(lives.median.iter().map(|f| row("takedowns", &of("median lifetime, days".into()), "number", f)));
        rows.extend(lives.gone_by.iter().map(|(d, f)| row("takedowns", &of(format!("gone by day {d}")), "share", f)));
        rows.extend(lives.ever.iter().map(|f| row("takedowns", &of("there ever were".into()), "count", f)));
    }
    for t in report.takedowns.iter().flat_map(|t| &t.who) {
        rows.push(row("takedowns", &format!("hazard ratio, {}", t.name), "number", &t.ratio));
    }
    for e in report.takedowns.iter().flat_map(|t| &t.effects) {
        rows.push(row("takedowns", &format!("after a wave, {}", e.outcome), "number", &e.ratio));
    }
    for site in report.sites.iter().flat_map(|s| &s.most_pushed) {
        rows.extend(site.share.iter().map(|f| row("sites", &site.site, "share", f)));
    }
    rows
}

const COLUMNS: [&str; 11] = [
    "section",
    "label",
    "unit",
    "value",
    "low",
    "high",
    "labels",
    "method",
    "control_value",
    "control_low",
    "control_high",
];

fn as_csv(rows: &[Row<'_>]) -> Result<Vec<u8>> {
    let mut to = csv::Writer::from_writer(Vec::new());
    let bad = |e| Error::bug("a table cannot be written").because(e);
    to.write_record(COLUMNS).map_err(bad)?;
    for r in rows {
        let f = r.figure;
        let control = |of: fn(&Figure) -> f64| r.control.map_or_else(String::new, |f| of(f).to_string());
        let cells = [
            cell(&r.section),
            cell(&r.label),
            r.unit.to_owned(),
            f.value.to_string(),
            f.low.to_string(),
            f.high.to_string(),
            f.labels.to_string(),
            cell(&f.method),
            control(|f| f.value),
            control(|f| f.low),
            control(|f| f.high),
        ];
        to.write_record(cells).map_err(bad)?;
    }
    to.into_inner().map_err(|e| Error::bug("a table cannot be written").because(e.into_error()))
}

/// A text that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    match text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text,
    }
}

fn batch(rows: &[Row<'_>]) -> Result<RecordBatch> {
    let text =
        |of: &dyn Fn(&Row<'_>) -> String| -> ArrayRef { Arc::new(StringArray::from_iter_values(rows.iter().map(of))) };
    let real =
        |of: &dyn Fn(&Row<'_>) -> Option<f64>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Float64Array>()) };
    let labels = Int64Array::from_iter_values(rows.iter().map(|r| i64::try_from(r.figure.labels).unwrap_or(i64::MAX)));
    let columns: [ArrayRef; 11] = [
        text(&|r| r.section.clone()),
        text(&|r| r.label.clone()),
        text(&|r| r.unit.to_owned()),
        real(&|r| Some(r.figure.value)),
        real(&|r| Some(r.figure.low)),
        real(&|r| Some(r.figure.high)),
        Arc::new(labels),
        text(&|r| r.figure.method.clone()),
        real(&|r| r.control.map(|f| f.value)),
        real(&|r| r.control.map(|f| f.low)),
        real(&|r| r.control.map(|f| f.high)),
    ];
    Ok(RecordBatch::try_from_iter(COLUMNS.into_iter().zip(columns))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::report::About;

    #[test]
    fn both_tables_hold_every_figure() {
        let mut portrait: crate::describe::Portrait =
            serde_json::from_str(include_str!("../../tests/data/portrait.json")).unwrap();
        portrait.sections[5].rows[0].label = "=HYPERLINK(\"x\")\r".into();
        portrait.sections[5].rows[1].label = "two, with \"marks\"".into();
        let report = Report {
            about: About::default(),
            estimate: serde_json::from_str(include_str!("../../tests/data/estimate.json")).unwrap(),
            portrait,
            takedowns: None,
            replacement: None,
            what_if: None,
            sites: None,
            public: false,
            privacy: None,
        };
        let dir = tempfile::tempdir().unwrap();
        let paths = tables(&report, dir.path()).unwrap();
        let figures = rows(&report);
        assert!(figures.len() > 30);
        let mut read = csv::Reader::from_path(&paths[0]).unwrap();
        let records: Vec<csv::StringRecord> = read.records().map(|r| r.unwrap()).collect();
        assert_eq!(records.len(), figures.len());
        for (record, row) in records.iter().zip(&figures) {
            assert_eq!(record[3].parse::<f64>().unwrap(), row.figure.value);
            assert!(!record.iter().any(|c| c.starts_with(['=', '@', '\r'])), "{record:?}");
        }
        let labels: Vec<&str> = records.iter().map(|r| r.get(1).unwrap()).collect();
        assert!(labels.contains(&"score") && labels.contains(&"in_group_following"));
        assert!(labels.contains(&"'=HYPERLINK(\"x\")") && labels.contains(&"two, with \"marks\""));
        let file = File::open(&paths[1]).unwrap();
        let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        assert_eq!(batches.map(|b| b.unwrap().num_rows()).sum::<usize>(), figures.len());
        let again = tempfile::tempdir().unwrap();
        tables(&report, again.path()).unwrap();
        for path in &paths {
            let name = path.file_name().unwrap();
            assert!(std::fs::read(path).unwrap() == std::fs::read(again.path().join(name)).unwrap());
        }
    }
}
