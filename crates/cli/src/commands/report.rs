//! `report`: what the study found, for people and for programs.

use clap::{Args, ValueEnum};
use netcensus::Result;
use netcensus::report::Format as Form;
use netcensus::texts::{Digits as Written, Lang as Language};

use super::Which;
use crate::ui::Ui;

/// Write the report, in English or Arabic: a page, a PDF, data
///
/// A page that loads nothing and runs nothing (out/report.html, in Arabic out/report.ar.html), the same as PDF, and
/// everything in it as out/report.json, its figures as out/tables/figures.csv and figures.parquet. `run` writes the page in the study's language (`report.lang` in study.toml).
#[derive(Args)]
pub(crate) struct Report {
    #[command(flatten)]
    which: Which,

    /// In which form; may be given several times
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    format: Vec<Format>,

    /// In which language; the study's, if it is not said
    #[arg(long, value_name = "LANG")]
    lang: Option<Lang>,

    /// With which digits numbers are written
    #[arg(long, value_name = "DIGITS")]
    digits: Option<Digits>,

    /// Make it fit to be given to everybody, in out/public; refuse where that cannot be done
    ///
    /// Counts are rounded to multiples of `publish.min_cell`, figures as far as hides what is left out; coders are
    /// numbered; what names or leads to an account is left out or refused.
    #[arg(long)]
    public: bool,

    /// Give the raw counts of frame and labels noise that hides any one account, and spend so much of `publish.epsilon`
    #[arg(long, value_name = "E", requires = "public")]
    epsilon: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One page
    Html,
    /// The same on paper; needs a netcensus that was built with the feature `pdf`
    Pdf,
    /// Everything in it, for programs
    Json,
    /// Its figures, as CSV and as Parquet
    Tables,
    /// Each of them that this netcensus can make
    All,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    /// English
    En,
    /// Arabic, right to left
    Ar,
}

#[derive(Clone, Copy, ValueEnum)]
enum Digits {
    /// 0123456789
    Western,
    /// ٠١٢٣٤٥٦٧٨٩
    ArabicIndic,
}

impl Report {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let mut forms: Vec<Form> = Vec::new();
        for format in &self.format {
            match format {
                Format::Html => forms.push(Form::Html),
                Format::Pdf => forms.push(Form::Pdf),
                Format::Json => forms.push(Form::Json),
                Format::Tables => forms.push(Form::Tables),
                Format::All => {
                    forms.extend([Form::Html, Form::Json, Form::Tables]);
                    forms.extend(cfg!(feature = "pdf").then_some(Form::Pdf));
                }
            }
        }
        forms.sort_unstable();
        forms.dedup();
        let study = self.which.open()?;
        let mut settings = study.settings.report;
        drop(study);
        if let Some(lang) = self.lang {
            settings.lang = match lang {
                Lang::En => Language::En,
                Lang::Ar => Language::Ar,
            };
        }
        if let Some(digits) = self.digits {
            settings.digits = match digits {
                Digits::Western => Written::Western,
                Digits::ArabicIndic => Written::ArabicIndic,
            };
        }
        let paths =
            self.which.with(ui, |c| c.report_as(&forms, settings.lang, settings.digits, self.public, self.epsilon))?;
        ui.result(&serde_json::json!({"reports": paths}), || {
            let lines: Vec<String> = paths.iter().map(|p| format!("the report is {}", p.display())).collect();
            lines.join("\n")
        })
    }
}
