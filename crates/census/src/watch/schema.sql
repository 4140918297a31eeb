-- Watching. All but the logs is made anew out of the tables when a sweep begins; in between it is kept with each row.

-- The accounts of the frame: when they say they were made, how likely they are members, whether whom they follow may enter
-- the frame; the latest status, who said so, when it was looked for, when it was last seen there and when it changed.
CREATE TABLE watch_accounts (
    account TEXT PRIMARY KEY, born INTEGER, score REAL, expands INTEGER NOT NULL, status TEXT, source TEXT,
    checked INTEGER, there INTEGER, changed INTEGER) WITHOUT ROWID;

-- What changed while it was watched: when it happened or was found, and when it was known here.
CREATE TABLE watch_changes (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, was TEXT, became TEXT NOT NULL, source TEXT,
    at INTEGER NOT NULL, known INTEGER NOT NULL);

-- Each sweep: from, to (so far; `ended` says whether it came to its end), what was to be asked and what was.
CREATE TABLE watch_sweeps (
    id INTEGER PRIMARY KEY, began INTEGER NOT NULL, upto INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,
    accounts INTEGER NOT NULL, due INTEGER NOT NULL, due_asked INTEGER NOT NULL DEFAULT 0,
    asked INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0, requests INTEGER NOT NULL DEFAULT 0, stopped TEXT);

-- Times in which nobody swept although a sweep was wanted, and how many accounts were due at their end.
CREATE TABLE watch_gaps (
    id INTEGER PRIMARY KEY, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, due INTEGER NOT NULL);

-- Accounts outside of the study whom an account of the frame began to follow. `noted` is when enough of them did for the
-- frame's rule; nobody is added to the frame for it.
CREATE TABLE watch_newcomers (
    account TEXT PRIMARY KEY, first INTEGER NOT NULL, follows INTEGER NOT NULL DEFAULT 0, noted INTEGER) WITHOUT ROWID;
