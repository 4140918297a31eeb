use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netcensus::Result;
use netcensus::export::{self as out, Options};

use super::Which;
use crate::ui::{self, Ui};

/// Export accounts of the frame and the follows between them: for Gephi, spreadsheets, other programs
///
/// Accounts go under pseudonyms, made with a key of the study's own (pseudonyms.key in its folder): the same account has
/// the same pseudonym in every export of the study, and nobody without the key can tell whose it is. Beside it stands what
/// the study found out: wave, measures, score, label. What a profile says is left out, for it can be searched for: counts
/// and dates come with --profiles, words with --texts. A score is no verdict on an account; docs/ethics.md says what an
/// export may be used for. Each export is noted in the audit log.
#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,

    /// How it is written
    #[arg(long, value_enum)]
    format: Format,

    /// The file for gexf and graphml, the folder for csv and parquet
    #[arg(long, value_name = "FILE_OR_DIR")]
    out: PathBuf,

    /// Which accounts: all of the frame, or seeds and those labelled as members
    #[arg(long, value_enum, default_value = "frame")]
    accounts: Accounts,

    /// Seeds and accounts with this score or a higher one
    #[arg(long, value_name = "SCORE", conflicts_with = "accounts")]
    min_score: Option<f64>,

    /// Write the platform's own ids: whoever has the file can look up every account in it
    #[arg(long)]
    identifiers: bool,

    /// Add what profiles say in numbers: counts, dates, language, flags; together they point to an account
    #[arg(long)]
    profiles: bool,

    /// Add handle, name and description
    #[arg(long)]
    texts: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Gexf,
    Graphml,
    Csv,
    Parquet,
}

#[derive(Clone, Copy, ValueEnum)]
enum Accounts {
    Frame,
    Members,
}

impl Export {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let format = match self.format {
            Format::Gexf => out::Format::Gexf,
            Format::Graphml => out::Format::GraphMl,
            Format::Csv => out::Format::Csv,
            Format::Parquet => out::Format::Parquet,
        };
        let which = match (self.min_score, self.accounts) {
            (Some(score), _) => out::Which::Scored(score),
            (None, Accounts::Frame) => out::Which::Frame,
            (None, Accounts::Members) => out::Which::Members,
        };
        let (identifiers, profiles, texts) = (self.identifiers, self.profiles, self.texts);
        let options = Options { format, which, identifiers, profiles, texts };
        let summary = self.which.with(ui, |census| census.export(&options, &self.out))?;
        if identifiers || texts {
            let what = if identifiers { "the platform's own ids" } else { "handles and texts" };
            ui.progress.note(format!(
                "the export holds {what}: whoever has it can look up each account. Keep it as safe as the study."
            ));
        }
        ui.result(&summary, || {
            let files: Vec<String> = summary.files.iter().map(|file| file.display().to_string()).collect();
            format!(
                "{} accounts{} and {} follows between them: {}",
                ui::count(summary.accounts as f64),
                if summary.identifiers { "" } else { " under pseudonyms" },
                ui::count(summary.follows as f64),
                files.join(", ")
            )
        })
    }
}
