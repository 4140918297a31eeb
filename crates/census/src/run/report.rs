//! The report of a study, from what its steps found, and the list of what lies in `out/`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Census;
use crate::tables::Table;
use crate::texts::{Digits, Lang};
use crate::{Error, Result, publish, report, study};

impl Census<'_> {
    /// Everything that the report tells, from the newest estimate and portrait, and from what else the study was asked.
    pub fn told(&self) -> Result<report::Report> {
        let missing = |step: &str| {
            Error::usage(format!("the study has no {step} yet")).help("bring it up to date with: netcensus run")
        };
        let out = self.study.out();
        Ok(report::Report {
            about: report::About::of(self.study)?,
            estimate: self.recall("estimate")?.ok_or_else(|| missing("estimate"))?,
            portrait: self.recall("describe")?.ok_or_else(|| missing("portrait"))?,
            takedowns: self.newest_takedowns()?,
            replacement: report::written(&out, "replacement.json"),
            what_if: report::written(&out, "what-if.json"),
            sites: report::written(&out, "sites.json"),
            public: false,
            privacy: None,
        })
    }

    /// Writes the report as a page and as data, in the study's language, from the newest estimate and portrait.
    pub fn report(&mut self) -> Result<std::path::PathBuf> {
        let (lang, digits) = (self.study.settings.report.lang, self.study.settings.report.digits);
        let paths = self.report_as(&[report::Format::Html], lang, digits, false, None)?;
        self.remember("report", &report::name(report::Format::Html, lang))?;
        paths.into_iter().next().ok_or_else(|| Error::bug("no report was written"))
    }

    /// Writes the report in some forms and in one language, for the analyst or for the public; with `epsilon`, with noise in
    /// its raw counts.
    pub fn report_as(
        &mut self,
        formats: &[report::Format],
        lang: Lang,
        digits: Digits,
        public: bool,
        epsilon: Option<f64>,
    ) -> Result<Vec<std::path::PathBuf>> {
        let mut told = self.told()?;
        if public {
            let network = self.network()?;
            // What is refused spends nothing.
            publish::public(&told, network)?;
            if let Some(epsilon) = epsilon {
                told = publish::private(self.study, &told, epsilon)?;
            }
            told = publish::public(&told, self.network()?)?;
        }
        let write = |format: &report::Format| report::write(self.study, &told, *format, lang, digits);
        let paths = formats.iter().map(write).collect::<Result<Vec<_>>>()?.concat();
        self.manifest()?;
        Ok(paths)
    }

    /// `out/manifest.json`: from which inputs, by which version and seed, and the hash of each file in `out/`.
    fn manifest(&self) -> Result<()> {
        #[derive(Serialize)]
        struct Manifest {
            netcensus: &'static str,
            seed: u64,
            tables: BTreeMap<&'static str, String>,
            files: BTreeMap<String, String>,
        }
        let tables = Table::ALL.into_iter().filter(|t| *t != Table::Measures);
        let tables = tables.map(|t| Ok((t.name(), self.study.store.fingerprint(t)?))).collect::<Result<_>>()?;
        let out = self.study.out();
        let mut files = BTreeMap::new();
        let more = self.newest_takedowns()?.map(|_| "takedowns.json");
        let reports = report::NAMES.into_iter().filter(|name| out.join(name).exists());
        for name in ["estimate.json", "portrait.json"].into_iter().chain(reports).chain(more) {
            let path = out.join(name);
            let bytes = std::fs::read(&path).map_err(|e| Error::disk(&path, e))?;
            files.insert(name.to_owned(), blake3::hash(&bytes).to_hex().to_string());
        }
        let manifest = Manifest { netcensus: env!("CARGO_PKG_VERSION"), seed: self.study.settings.seed, tables, files };
        let json = serde_json::to_vec_pretty(&manifest)
            .map_err(|e| Error::bug("the manifest cannot be written").because(e))?;
        study::write(&out.join("manifest.json"), &json)
    }
}
