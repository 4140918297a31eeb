//! label: what coders say of the drawn accounts.
//!
//! Labels live in `work.db`. A coder gets a CSV file of the accounts to label, fills the column `label` with answers of
//! the codebook, and gives it back. Several coders may label the same account: the answer of the coder named `gold` is
//! the truth, then that of the one named `adjudicator` decides, else the majority, and a tie is unsure.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use rand::RngExt;
use rand::seq::SliceRandom;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::estimate::Coder;
use crate::frame::Frame;
use crate::network::Network;
use crate::report::CodebookAnswer;
use crate::rows::Columns;
use crate::sample::{self, Draw};
use crate::study::{SimulatedCoder, Study};
use crate::tables::Table;
use crate::{Error, Result};

/// The coder whose answer decides where others disagree.
pub const ADJUDICATOR: &str = "adjudicator";
/// The coder whose answers are the truth, and measure the others: see [`crate::coders`].
pub const GOLD: &str = "gold";
/// The simulated coder, which errs at given rates.
pub const SIMULATED: &str = "simulated";

/// What an answer means for the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Answer {
    /// Counted.
    #[serde(rename = "member")]
    Member,
    /// Not counted.
    #[serde(rename = "not")]
    Not,
    /// Looked at, undecided.
    #[serde(rename = "unsure")]
    Unsure,
    /// Nothing to see.
    #[serde(rename = "cannot tell")]
    CannotTell,
}

impl Answer {
    /// 1 for a member, 0 for another, none for who is undecided.
    pub fn certain(self) -> Option<f64> {
        match self {
            Answer::Member => Some(1.0),
            Answer::Not => Some(0.0),
            Answer::Unsure | Answer::CannotTell => None,
        }
    }
}

/// The codebook: each answer a coder may give, and what it means.
pub fn codebook(study: &Study) -> Result<BTreeMap<String, Answer>> {
    Ok(entries(study)?.into_iter().map(|e| (e.label, e.meaning)).collect())
}

/// The codebook as it stands, in its order.
pub(crate) fn entries(study: &Study) -> Result<Vec<CodebookAnswer>> {
    #[derive(Deserialize)]
    struct Codebook {
        answer: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        label: String,
        meaning: Answer,
        #[serde(default)]
        when: String,
    }
    let file = study.root().join("codebook.toml");
    let text = fs::read_to_string(&file).map_err(|e| Error::disk(&file, e))?;
    let book: Codebook =
        toml::from_str(&text).map_err(|e| Error::usage(format!("{} is not valid", file.display())).because(e))?;
    let entry = |e: Entry| CodebookAnswer { label: e.label, meaning: e.meaning, when: e.when };
    Ok(book.answer.into_iter().map(entry).collect())
}

/// What the coders said, unit by unit.
#[derive(Debug, Clone, Default)]
pub struct Coded {
    /// The answer that counts for each unit of the frame.
    pub answers: Vec<Option<Answer>>,
    /// The answer that would count without gold: what the number of members is estimated from.
    pub as_coded: Vec<Option<Answer>>,
    /// Who coded, without their names: what is published names nobody.
    pub coders: Vec<Coder>,
    /// Who answered what, by unit and coder.
    pub given: BTreeMap<usize, BTreeMap<String, Answer>>,
}

impl Coded {
    /// Whether any label is a simulated coder's.
    pub fn simulated(&self) -> bool {
        self.coders.iter().any(|c| c.simulated)
    }

    /// Seeds, and units that have an answer.
    pub fn known(&self, frame: &Frame) -> Vec<bool> {
        frame.is_seed().iter().zip(&self.answers).map(|(seed, a)| *seed || a.is_some()).collect()
    }
}

/// Reads the labels of a study's frame.
pub fn load(study: &Study, network: &Network, frame: &Frame) -> Result<Coded> {
    let book = codebook(study)?;
    let mut units = frame.lookup(&network.ids);
    let mut given: BTreeMap<usize, BTreeMap<String, Answer>> = BTreeMap::new();
    let mut coders: BTreeMap<String, Coder> = BTreeMap::new();
    let mut query =
        study.work.db.prepare("SELECT account, coder, label, simulated FROM labels ORDER BY account, coder")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (account, coder, label, simulated): (String, String, String, bool) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let Some(unit) = units.find(&account) else { continue };
        let answer = *book.get(&label).ok_or_else(|| {
            Error::usage(format!("coder {coder} answered `{label}`, which is not in the codebook any more"))
                .help("put the answer back into codebook.toml")
        })?;
        let entry = coders.entry(coder.clone()).or_insert(Coder {
            name: coder.clone(),
            simulated,
            labels: 0,
            sensitivity: None,
            specificity: None,
        });
        entry.simulated |= simulated;
        entry.labels += 1;
        given.entry(unit).or_default().insert(coder, answer);
    }
    let reserved = [SIMULATED, ADJUDICATOR, GOLD];
    let people: Vec<&String> = coders.keys().filter(|name| !reserved.contains(&name.as_str())).collect();
    let published = |name: &str| match people.iter().position(|p| *p == name) {
        Some(i) => format!("coder {}", i + 1),
        None => name.to_owned(),
    };
    let (mut answers, mut as_coded) = (vec![None; frame.units.len()], vec![None; frame.units.len()]);
    for (unit, of) in &mut given {
        as_coded[*unit] = decide(of);
        answers[*unit] = of.get(GOLD).copied().or(as_coded[*unit]);
        *of = std::mem::take(of).into_iter().map(|(name, answer)| (published(&name), answer)).collect();
    }
    let coders = coders.values().map(|c| Coder { name: published(&c.name), ..c.clone() }).collect();
    Ok(Coded { answers, as_coded, coders, given })
}

/// Who is a member and who is not by the labels in `work.db`, in the frame or not; accounts that are undecided are left
/// out.
pub(crate) fn certain_answers(study: &Study) -> Result<BTreeMap<String, bool>> {
    let mut query = study.work.db.prepare("SELECT account, coder, label FROM labels")?;
    let mut given: BTreeMap<String, BTreeMap<String, Answer>> = BTreeMap::new();
    let mut rows = query.query([])?;
    let book = codebook(study)?;
    while let Some(row) = rows.next()? {
        let (account, coder, label): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some(answer) = book.get(&label) {
            given.entry(account).or_default().insert(coder, *answer);
        }
    }
    let decided = given.into_iter().filter_map(|(account, of)| {
        let answer = of.get(GOLD).copied().or(decide(&of))?;
        Some((account, answer.certain()? > 0.5))
    });
    Ok(decided.collect())
}

/// The adjudicator's answer, else the majority's; a tie is unsure. Gold's where there is no other.
fn decide(given: &BTreeMap<String, Answer>) -> Option<Answer> {
    if let Some(answer) = given.get(ADJUDICATOR) {
        return Some(*answer);
    }
    let mut votes: BTreeMap<Answer, usize> = BTreeMap::new();
    given.iter().filter(|(name, _)| *name != GOLD).for_each(|(_, a)| *votes.entry(*a).or_default() += 1);
    let Some(most) = votes.values().max() else { return given.get(GOLD).copied() };
    let mut first = votes.iter().filter(|(_, v)| *v == most).map(|(a, _)| *a);
    match (first.next(), first.next()) {
        (Some(answer), None) => Some(answer),
        _ => Some(Answer::Unsure),
    }
}

/// The drawn accounts that `coder` has not labelled, in an order that tells nothing: whoever stops half way has still
/// labelled a random part.
pub fn outstanding(study: &Study, network: &Network, frame: &Frame, draws: &[Draw], coder: &str) -> Result<Vec<usize>> {
    let mut query = study.work.db.prepare("SELECT 1 FROM labels WHERE account = ?1 AND coder = ?2")?;
    let mut open = Vec::new();
    for (number, draw) in draws.iter().enumerate() {
        let mut batch = draw.drawn.clone();
        batch.shuffle(&mut sample::random(study.settings.seed, "label", number as u32));
        for unit in batch {
            if !query.exists(params![network.ids.name(frame.units[unit].account), coder])? {
                open.push(unit);
            }
        }
    }
    Ok(open)
}

/// Writes the accounts that `coder` is to label as a CSV file with the columns `label` and `note` to fill.
pub fn export(
    study: &Study,
    network: &Network,
    frame: &Frame,
    draws: &[Draw],
    coder: &str,
    file: &Path,
) -> Result<usize> {
    let open = outstanding(study, network, frame, draws, coder)?;
    write_accounts(study, network, frame, &open, file)?;
    study.work.audit("label export", &format!("{} accounts for {coder}", open.len()))?;
    Ok(open.len())
}

/// Writes accounts to label as a CSV file, in the order given.
pub(crate) fn write_accounts(
    study: &Study,
    network: &Network,
    frame: &Frame,
    open: &[usize],
    file: &Path,
) -> Result<()> {
    let wanted: HashMap<&str, usize> =
        open.iter().enumerate().map(|(k, &i)| (network.ids.name(frame.units[i].account), k)).collect();
    let mut recent: Vec<Vec<(Option<i64>, String)>> = vec![Vec::new(); open.len()];
    study.store.posts(|post| {
        if let (Some(&k), Some(text)) = (wanted.get(post.author.as_str()), post.text) {
            recent[k].push((post.created_at, text.chars().take(300).collect()));
        }
        Ok(())
    })?;
    let accounts: HashSet<u32> = open.iter().map(|&i| frame.units[i].account).collect();
    let mut texts: HashMap<u32, [String; 3]> = HashMap::new();
    network.profiles.texts(&network.ids, &["handle", "name", "description"], |profiles| {
        for (account, t) in profiles.iter().filter(|(account, _)| accounts.contains(account)) {
            texts.insert(*account, [t.handle, t.name, t.description].map(|t| t.unwrap_or_default().to_owned()));
        }
        Ok(())
    })?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |e: csv::Error| Error::bug("the accounts to label cannot be written").because(e);
    let header = [
        "account",
        "handle",
        "name",
        "description",
        "followers",
        "following",
        "posts",
        "recent_posts",
        "label",
        "note",
    ];
    writer.write_record(header).map_err(failed)?;
    for (k, &unit) in open.iter().enumerate() {
        let account = frame.units[unit].account;
        let profile = network.profiles.get(account).unwrap_or_default();
        let [handle, name, description] = texts.remove(&account).unwrap_or_default();
        recent[k].sort_by(|a, b| b.cmp(a));
        let posts: Vec<&str> = recent[k].iter().take(5).map(|(_, t)| t.as_str()).collect();
        let number = |v: Option<i64>| v.map(|v| v.to_string()).unwrap_or_default();
        let row = [
            network.ids.name(account).to_owned(),
            handle,
            name,
            description,
            number(profile.followers),
            number(profile.following),
            number(profile.posts),
            posts.join(" | "),
            String::new(),
            String::new(),
        ];
        writer.write_record(row.map(inert)).map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| Error::bug("the accounts to label cannot be written").because(e.into_error()))?;
    crate::study::write(file, &bytes)
}

/// Accounts' texts are strangers' texts: a spreadsheet must not take one for a formula.
pub(crate) fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// What an import of labels did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Labels taken.
    pub labels: usize,
    /// Rows without an answer.
    pub empty: usize,
    /// Rows that were refused: line and reason.
    pub refused: Vec<(u64, String)>,
}

/// Reads a file of labels: columns `account` and `label`, and `note` if there is one. A coder's later answer to the same
/// account replaces the earlier one.
pub fn import(
    study: &mut Study,
    network: &Network,
    frame: &Frame,
    draws: &[Draw],
    coder: &str,
    file: &Path,
) -> Result<Summary> {
    const LARGEST: u64 = 256 << 20;
    if coder.is_empty() || coder.chars().count() > 60 || coder.chars().any(char::is_control) || coder == SIMULATED {
        return Err(Error::usage(format!("`{coder}` cannot be a coder's name"))
            .help("1 to 60 characters; `simulated` is taken"));
    }
    let size = fs::metadata(file).map_err(|e| Error::disk(file, e))?.len();
    if size > LARGEST {
        return Err(Error::data(format!("{} is larger than {} MiB", file.display(), LARGEST >> 20)));
    }
    let bytes = fs::read(file).map_err(|e| Error::disk(file, e))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let bad = |e: csv::Error| Error::data(format!("{} is not a CSV file", file.display())).because(e);
    let headers = reader.byte_headers().map_err(bad)?.clone();
    let column = |name: &str| headers.iter().position(|h| h.eq_ignore_ascii_case(name.as_bytes()));
    let (Some(account), Some(label)) = (column("account"), column("label")) else {
        return Err(Error::data(format!("{} has no columns `account` and `label`", file.display()))
            .help("get a file to fill with: netcensus label export"));
    };
    let note = column("note");
    let book = codebook(study)?;
    let mut drawn = vec![false; frame.units.len()];
    draws.iter().flat_map(|d| &d.drawn).for_each(|&i| drawn[i] = true);
    let mut units = frame.lookup(&network.ids);
    let mut summary = Summary::default();
    let mut rows: Vec<(String, String, Option<String>)> = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(bad)? {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |i: usize| std::str::from_utf8(record.get(i).unwrap_or_default()).map(str::trim);
        let (Ok(id), Ok(answer)) = (cell(account), cell(label)) else {
            summary.refused.push((line, "invalid UTF-8".into()));
            continue;
        };
        // What `export` put in front of an id that a spreadsheet would have taken for a formula.
        let own = if network.ids.get(id).is_some() { Some(id) } else { id.strip_prefix('\'') };
        let unit = own.and_then(|id| units.find(id)).filter(|unit| drawn[*unit]);
        match (unit, book.keys().find(|k| k.eq_ignore_ascii_case(answer))) {
            _ if answer.is_empty() => summary.empty += 1,
            (None, _) => summary
                .refused
                .push((line, "this account was not drawn: a label for it has no known probability".into())),
            (_, None) => summary.refused.push((line, "this answer is not in the codebook".into())),
            (Some(unit), Some(answer)) => {
                let note =
                    note.and_then(|n| cell(n).ok()).filter(|n| !n.is_empty()).map(|n| n.chars().take(1000).collect());
                rows.push((network.ids.name(frame.units[unit].account).to_owned(), answer.clone(), note));
            }
        }
    }
    summary.labels = rows.len();
    write(study, coder, false, &rows)?;
    Ok(summary)
}

/// Lets the simulated coder of `study.toml` label what is outstanding. Its answers depend on the seed and the account
/// alone, not on the order.
pub fn simulate(study: &mut Study, network: &Network, frame: &Frame, draws: &[Draw]) -> Result<Summary> {
    let coder = study.settings.simulated_coder.clone().unwrap_or_else(SimulatedCoder::perfect);
    let mut rows = Vec::new();
    let outstanding = outstanding(study, network, frame, draws, SIMULATED)?;
    let truth = simulated_truth(study, network, frame, &outstanding)?;
    for unit in outstanding {
        let id = network.ids.name(frame.units[unit].account);
        let answer = match truth.get(id) {
            None => "cannot tell",
            Some(&member) if simulated_answer(&coder, study.settings.seed, id, member) => "member",
            Some(_) => "not",
        };
        rows.push((id.to_owned(), answer.to_owned(), None));
    }
    write(study, SIMULATED, true, &rows)?;
    Ok(Summary { labels: rows.len(), ..Summary::default() })
}

/// The truth that `study.toml` gives to the simulated coder, of these units alone: a file of all accounts of a large
/// network would fill the memory.
pub(crate) fn simulated_truth(
    study: &Study,
    network: &Network,
    frame: &Frame,
    units: &[usize],
) -> Result<HashMap<String, bool>> {
    let Some(coder) = &study.settings.simulated_coder else {
        return Err(Error::usage("study.toml has no [simulated_coder]")
            .help("people label with: netcensus label export, and import"));
    };
    let wanted: HashSet<&str> = units.iter().map(|&unit| network.ids.name(frame.units[unit].account)).collect();
    read_truth(&study.root().join(&coder.truth), &coder.column, |id| wanted.contains(id))
}

/// What a coder of these rates says of an account that is a member or not.
pub fn simulated_answer(coder: &SimulatedCoder, seed: u64, id: &str, member: bool) -> bool {
    let draw: f64 = sample::random(seed, &format!("coder {id}"), 0).random();
    if member { draw < coder.sensitivity } else { draw >= coder.specificity }
}

/// Which of the `wanted` accounts is a member, read from a CSV file with the columns `id` and `column`: for the simulated
/// coder and for evaluations alone. Nothing else reads the truth.
pub fn read_truth(file: &Path, column: &str, wanted: impl Fn(&str) -> bool) -> Result<HashMap<String, bool>> {
    let bad = |e: csv::Error| Error::data(format!("the truth in {} cannot be read", file.display())).because(e);
    let mut reader = csv::Reader::from_path(file).map_err(bad)?;
    let headers = reader.headers().map_err(bad)?;
    let at = |name: &str| headers.iter().position(|h| h.eq_ignore_ascii_case(name));
    // The names under which `import` finds an account's id, too.
    let id = ["id", "account", "user_id", "account_id", "did", "node"].into_iter().find_map(at);
    let (Some(id), Some(member)) = (id, at(column)) else {
        return Err(Error::usage(format!("{} has no columns `id` and `{column}`", file.display()))
            .help("name the truth's column with --member-column, or in study.toml"));
    };
    let mut truth = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let line = record.position().map_or(0, csv::Position::line);
        let is = match record.get(member).map(|m| m.trim().to_ascii_lowercase()).as_deref() {
            Some("1" | "true" | "yes") => true,
            Some("0" | "false" | "no") => false,
            _ => return Err(Error::data(format!("{} line {line}: `{column}` must be 1 or 0", file.display()))),
        };
        let id = record.get(id).unwrap_or_default().trim();
        if wanted(id) {
            truth.insert(id.to_owned(), is);
        }
    }
    Ok(truth)
}

/// Keeps labels: account, answer, note.
pub(crate) fn write(
    study: &mut Study,
    coder: &str,
    simulated: bool,
    rows: &[(String, String, Option<String>)],
) -> Result<()> {
    let now = jiff::Timestamp::now().to_string();
    let tx = study.work.db.transaction()?;
    {
        let mut insert = tx.prepare(
            "INSERT OR REPLACE INTO labels (account, coder, label, simulated, note, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (account, label, note) in rows {
            insert.execute(params![account, coder, label, simulated, note, now])?;
        }
    }
    tx.commit()?;
    study.work.audit("label", &format!("{} labels by {coder}", rows.len()))?;
    seal(study)
}

/// Copies the labels to the table `labels`, for readers of Parquet.
fn seal(study: &Study) -> Result<()> {
    type Row = (String, String, String, bool, Option<String>);
    let mut query =
        study.work.db.prepare("SELECT account, coder, label, simulated, note FROM labels ORDER BY account, coder")?;
    let rows: Vec<Row> = query
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?
        .collect::<std::result::Result<_, _>>()?;
    let table = Columns::new()
        .text(rows.iter().map(|r| Some(r.0.as_str())))
        .text(rows.iter().map(|r| Some(r.1.as_str())))
        .text(rows.iter().map(|r| Some(r.2.as_str())))
        .flag(rows.iter().map(|r| Some(r.3)))
        .text(rows.iter().map(|r| r.4.as_deref()))
        .batch(Table::Labels)?;
    study.store.replace(Table::Labels, &table)
}
