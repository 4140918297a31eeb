//! The directories of a study's instances: accounts that have agreed to be found. They are no members; who is one may be
//! among them, and a person can choose seeds there.

use std::path::Path;

use super::fetch::Source;
use super::{crawl, lock, mastodon, runtime};
use crate::label::inert;
use crate::progress::Progress;
use crate::rows::Account;
use crate::study::Study;
use crate::{Error, Result};

/// Writes accounts of each instance that the study asks to a CSV file, at most so many of one, the latest to post first.
/// Gives how many there are.
pub fn directory(study: &mut Study, most: usize, file: &Path, progress: &Progress) -> Result<usize> {
    let source = Source::new(&study.settings)?;
    let Source::Mastodon(servers) = &source else {
        return Err(Error::usage("only servers with Mastodon's API have a directory")
            .help("make a study of them with: netcensus new DIR --mastodon HOST"));
    };
    let _lock = lock(study)?;
    let mut instances: Vec<&str> = servers.instances().collect();
    instances.sort_unstable();
    let found = runtime()?.block_on(async {
        let (client, limits) = crawl::connect(study, &source, progress)?;
        let mut found = Vec::new();
        for instance in &instances {
            let fetching = mastodon::directory(&client, servers, instance, most);
            match crawl::outside_queue(study, &limits, progress, fetching).await? {
                Ok(accounts) => found.extend(accounts),
                Err(failure) => progress.note(format!("{instance} shows no directory: {}", failure.words())),
            }
        }
        Ok::<_, Error>(found)
    })?;
    study.work.audit("directory", &format!("{} accounts of {} instances", found.len(), instances.len()))?;
    crate::study::write(file, &csv(&found)?)?;
    Ok(found.len())
}

/// The column `id` first, so that chosen lines can go into `seeds.csv` as they are.
fn csv(accounts: &[Account]) -> Result<Vec<u8>> {
    let failed = |e: csv::Error| Error::bug("the directory cannot be written").because(e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["id", "name", "description", "followers", "following", "posts", "bot"]).map_err(failed)?;
    for account in accounts {
        let count = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        let row = [
            account.id.clone(),
            account.name.clone().unwrap_or_default(),
            account.description.clone().unwrap_or_default(),
            count(account.followers),
            count(account.following),
            count(account.posts),
            count(account.bot.map(i64::from)),
        ];
        writer.write_record(row.map(inert)).map_err(failed)?;
    }
    writer.into_inner().map_err(|e| Error::bug("the directory cannot be written").because(e.into_error()))
}
