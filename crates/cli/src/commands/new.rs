use std::path::PathBuf;

use clap::{ArgGroup, Args};
use netcensus::Result;
use netcensus::study::{Platform, Settings, Study};

use crate::ui::Ui;

/// Make a new study folder: study.toml, codebook.toml, seeds.csv
///
/// The settings of study.toml: `population` says who is counted, in the words a coder uses; [frame] the waves, the
/// follows needed and the limits; [sample] how many labels in how many batches, and the uniform share; [collect] the
/// servers, rate and budget; [mastodon] the instances; [estimate] the confidence level; [publish] the smallest cell that is shown;
/// [graph] whether the follow graph is kept compressed.
#[derive(Args)]
#[command(group(ArgGroup::new("platform").required(true).args(["atproto", "mastodon", "files"])))]
pub(crate) struct New {
    /// The folder to make
    dir: PathBuf,

    /// The accounts are on Bluesky or another AT Protocol network
    #[arg(long)]
    atproto: bool,

    /// The accounts are on this server with Mastodon's API, the name behind the @; may be given often, `*` is every one
    #[arg(long, value_name = "HOST")]
    mastodon: Vec<String>,

    /// The accounts come from files, by `netcensus import`
    #[arg(long)]
    files: bool,

    /// The study's name, as it will stand on the report
    #[arg(long, default_value = "A census")]
    name: String,

    /// Who is counted: the rule a coder applies
    #[arg(long, default_value = "accounts that openly support the group")]
    population: String,

    /// Whom a server's operator can write to: an address of mail or of a page, sent with every request
    #[arg(long, default_value = "")]
    contact: String,

    /// A known member: an id, or a handle where the platform has them; may be given often
    #[arg(long = "seed", value_name = "ACCOUNT")]
    seeds: Vec<String>,

    /// A CSV file of known members with the column `id`
    #[arg(long, value_name = "FILE")]
    seeds_file: Option<PathBuf>,
}

impl New {
    pub(crate) fn run(self, ui: &Ui) -> Result<()> {
        let platform = match (self.atproto, self.mastodon.is_empty()) {
            (true, _) => Platform::Atproto,
            (_, false) => Platform::Mastodon,
            _ => Platform::Files,
        };
        let mut settings = Settings::new(&self.name, &self.population, platform);
        settings.mastodon.instances = self.mastodon;
        settings.collect.contact = self.contact;
        if platform == Platform::Mastodon {
            // Mastodon gives 300 answers in five minutes.
            settings.collect.requests_per_second = 1;
            settings.collect.posts = 40;
        }
        let mut seeds: Vec<String> = self.seeds;
        if let Some(file) = &self.seeds_file {
            seeds.extend(netcensus::study::read_seeds(file)?);
        }
        let study = Study::create(&self.dir, &settings, &seeds)?;
        let dir = self.dir.display();
        let next = match (platform, seeds.is_empty()) {
            (_, true) => format!("write the known members into {dir}/seeds.csv"),
            (Platform::Atproto | Platform::Mastodon, _) => format!("netcensus run {dir}"),
            _ => format!("netcensus import {dir} --accounts FILE --follows FILE, then: netcensus run {dir}"),
        };
        study.work.audit("new", &settings.name)?;
        ui.result(&serde_json::json!({"study": self.dir, "seeds": seeds.len()}), || {
            format!(
                "A study with {} seeds is in {dir}. Look over study.toml and codebook.toml; next: {next}",
                seeds.len()
            )
        })
    }
}
