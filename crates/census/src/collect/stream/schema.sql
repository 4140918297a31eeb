-- Streams. Rows of some events and the cursor after the last of them are committed together, so a stop at any point
-- neither loses an event nor takes one twice.

-- How far each host was watched: the number of the last event and when it happened, and since when.
CREATE TABLE stream_cursors (
    host TEXT PRIMARY KEY, cursor INTEGER NOT NULL, at INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;

-- Hashes of the latest events of a host whose numbers are times: it is asked for a few seconds again.
CREATE TABLE stream_recent (
    cursor INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (cursor, hash)) WITHOUT ROWID;

-- What was not watched. Where `account` is set, only what that account did.
CREATE TABLE stream_gaps (
    id INTEGER PRIMARY KEY, host TEXT NOT NULL, reason TEXT NOT NULL, account TEXT,
    from_cursor INTEGER, to_cursor INTEGER, from_at INTEGER, to_at INTEGER);

-- Changes of profiles and handles that wait to be joined with the rest of the account's row.
CREATE TABLE stream_profiles (
    account TEXT PRIMARY KEY, change TEXT NOT NULL) WITHOUT ROWID;
