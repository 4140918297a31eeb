-- Servers with Mastodon's API.

-- By which an account's own server calls it.
ALTER TABLE crawl_accounts ADD COLUMN number TEXT;

-- What instances say of themselves, as far as they tell.
CREATE TABLE crawl_servers (
    instance TEXT PRIMARY KEY, at TEXT NOT NULL, title TEXT, software TEXT, version TEXT, users INTEGER,
    active_month INTEGER, posts INTEGER, open INTEGER) WITHOUT ROWID;
