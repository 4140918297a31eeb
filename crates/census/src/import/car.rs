//! Repositories as files: one CAR each, as `com.atproto.sync.getRepo` gives them, or a folder of them.

use std::fs;
use std::path::Path;

use super::archive::{Intake, Rows};
use super::source;
use crate::collect::records;
use crate::collect::repo::Repository;
use crate::rows::Account;
use crate::{Error, Result};

/// The largest repository that is read; it is held in memory while it is.
const LARGEST: u64 = 1 << 30;
/// The most files of a folder.
const MOST_FILES: usize = 10_000_000;

/// Whether a file begins as a CAR does: a short map with `roots` and `version`, behind its length.
pub(super) fn is_one(head: &[u8]) -> bool {
    let Some((length, header)) = head.split_first() else { return false };
    let header = &header[..header.len().min(usize::from(*length))];
    *length < 0x80
        && header.first() == Some(&0xa2)
        && [&b"\x65roots"[..], b"\x67version"].iter().all(|name| memchr::memmem::find(header, name).is_some())
}

/// Takes in one repository.
pub(super) fn read_file(file: &Path, intake: &mut Intake<'_>) -> Result<()> {
    intake.rows.summary.holds = "repositories";
    if intake.known(file)? {
        return Ok(());
    }
    intake.rows.progress.begin("import repository", None);
    let read = one(file, 1, &mut intake.rows);
    intake.rows.progress.end();
    read
}

/// Takes in every repository of a folder, in the order of the names. A file that is none, or damaged, is set aside.
pub(super) fn read_folder(folder: &Path, intake: &mut Intake<'_>) -> Result<()> {
    intake.rows.summary.holds = "repositories";
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| Error::disk(folder, e))? {
        let path = entry.map_err(|e| Error::disk(folder, e))?.path();
        if path.is_file() {
            files.push(path);
        }
        if files.len() > MOST_FILES {
            return Err(Error::usage(format!("{} holds more than {MOST_FILES} files", folder.display())));
        }
    }
    if files.is_empty() {
        return Err(Error::data(format!("{} holds no file", folder.display())));
    }
    files.sort_unstable();
    intake.rows.progress.begin("import repositories", Some(files.len() as u64));
    let read = files.iter().zip(1..).try_for_each(|(file, number)| {
        intake.rows.progress.check()?;
        if fs::metadata(file).is_ok_and(|about| about.len() == 0) {
            intake.rows.reject(number, "an empty file")?;
        } else if !intake.known(file)? {
            one(file, number, &mut intake.rows)?;
        }
        intake.rows.progress.advance(1);
        Ok(())
    });
    intake.rows.progress.end();
    read
}

/// One repository, the `number`-th of its folder.
fn one(file: &Path, number: u64, into: &mut Rows<'_>) -> Result<()> {
    if source::size(file)? > LARGEST {
        return into.reject(number, "larger than 1 GiB");
    }
    let bytes = fs::read(file).map_err(|e| Error::disk(file, e))?;
    let repository = match Repository::read(&bytes) {
        Ok(repository) => repository,
        Err(bad) => return into.reject(number, bad.to_string()),
    };
    // A part of a list would look like all of it.
    if !repository.whole() {
        let reason = format!(
            "it lacks {} parts of its tree and {} records, so its lists are not whole",
            repository.missing_nodes, repository.missing_records
        );
        return into.reject(number, reason);
    }
    let rows = repository.rows;
    let profile = rows.profile.unwrap_or_default();
    into.account(Account {
        id: repository.did,
        name: profile.name,
        description: profile.description,
        created_at: profile.created_at,
        following: i64::try_from(rows.follows.len()).ok(),
        posts: i64::try_from(rows.posts.len()).ok(),
        bot: profile.bot,
        avatar: profile.avatar,
        observed_at: records::made_at(&repository.rev),
        ..Account::default()
    })?;
    rows.follows.into_iter().try_for_each(|row| into.follow(row))?;
    rows.posts.into_iter().try_for_each(|row| into.post(row))?;
    for rejected in rows.rejected {
        into.reject(number, rejected.reason)?;
    }
    if repository.unread > 0 {
        into.reject(number, "records that are not DAG-CBOR")?;
    }
    into.summary.read += 1;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn repositories_are_told_by_their_first_bytes() {
        let real = include_bytes!("../collect/testdata/repository.car");
        assert!(is_one(&real[..256]) && !is_one(b"{\"did\":1}") && !is_one(b"") && !is_one(&[0x3a, 0xa2]));
    }
}
