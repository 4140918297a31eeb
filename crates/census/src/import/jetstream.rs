//! A dump of a Jetstream: one event a line, plain, gzip or zstd. Events become rows as they do when the stream is watched.

use std::path::Path;

use memchr::memchr;

use super::archive::{Intake, Rows};
use super::order::in_order;
use super::pieces::{Piece, Pieces, Pool};
use super::source::{self, Source, damaged};
use super::{Format, lines};
use crate::collect::stream::change::Change;
use crate::collect::stream::event::{Event, Happened};
use crate::collect::stream::jetstream as events;
use crate::{Error, Result};

/// So many lines that are no event, and no event among them, show that it is not a dump.
const NONE_AT_ALL: u64 = 1000;

/// An event or why there is none, of each line.
type Lines = Vec<(u64, Result<Event, &'static str>)>;

/// Takes in a dump.
pub(super) fn read(file: &Path, intake: &mut Intake<'_>) -> Result<()> {
    intake.rows.summary.holds = "events";
    intake.rows.progress.begin(format!("import {}", file.display()), Some(source::size(file)?));
    let read = intake.known(file).and_then(|known| if known { Ok(()) } else { lines(file, &mut intake.rows) });
    intake.rows.progress.end();
    read
}

fn lines(file: &Path, into: &mut Rows<'_>) -> Result<()> {
    let none = || {
        Error::data(format!("{} is neither a repository nor a dump of a Jetstream", file.display()))
            .help("a repository is a CAR file as com.atproto.sync.getRepo gives it; a dump has one event a line. Other files: --accounts, --follows, --posts")
    };
    let progress = into.progress;
    let Source::Lines(Format::JsonLines, input) = source::open(file, None, progress)? else { return Err(none()) };
    let (pool, mut pieces) = (Pool::default(), Pieces::new(input, 0));
    in_order(
        || pieces.next(&pool).map_err(|e| damaged(file, e)),
        |piece| {
            let lines = piece_lines(&piece);
            pool.put(piece);
            lines
        },
        |lines| {
            progress.check()?;
            for (line, event) in lines {
                match event {
                    Ok(event) => take(line, event, into)?,
                    Err(reason) => into.reject(line, reason)?,
                }
                if line > NONE_AT_ALL && into.summary.read == 0 {
                    return Err(none());
                }
            }
            Ok(())
        },
    )?;
    if into.summary.read == 0 { Err(none()) } else { Ok(()) }
}

fn piece_lines(piece: &Piece) -> Lines {
    let mut number = piece.before;
    if piece.long {
        return vec![(number + 1, Err("a line longer than 1 MiB"))];
    }
    let (mut rest, mut found) = (piece.bytes(), Vec::new());
    while !rest.is_empty() {
        number += 1;
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, behind) = rest.split_at(end);
        rest = behind.get(1..).unwrap_or_default();
        let line = line.trim_ascii();
        if line.len() > lines::LONGEST {
            found.push((number, Err("a line longer than 1 MiB")));
        } else if !line.is_empty() {
            found.push((number, events::read(line)));
        }
    }
    found
}

fn take(line: u64, event: Event, into: &mut Rows<'_>) -> Result<()> {
    into.summary.read += 1;
    let at = event.at.unwrap_or(event.cursor);
    if let Some(status) = event.status("jetstream", at) {
        into.status(status)?;
    }
    let change = Change::of(&event, at);
    if let Happened::Commit(commit) = event.happened {
        commit.rows.follows.into_iter().try_for_each(|row| into.follow(row))?;
        commit.rows.posts.into_iter().try_for_each(|row| into.post(row))?;
        for rejected in commit.rows.rejected {
            into.reject(line, rejected.reason)?;
        }
        into.summary.taken_back += commit.unfollows + commit.deleted_posts;
    }
    match change {
        Some(change) => into.change(event.account, change),
        None => Ok(()),
    }
}
