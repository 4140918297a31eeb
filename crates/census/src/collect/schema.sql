-- The crawl. Rows of a fetched page and the cursor after it are committed together, so a stop at any point neither
-- loses a page nor fetches one twice.

-- The seeds as they stand in seeds.csv, and the accounts they name.
CREATE TABLE crawl_seeds (
    seed TEXT PRIMARY KEY, account TEXT, detail TEXT) WITHOUT ROWID;

-- Every account the crawl knows; status is NULL until it was looked for.
CREATE TABLE crawl_accounts (
    id TEXT PRIMARY KEY, wave INTEGER NOT NULL, status TEXT, followers INTEGER, following INTEGER) WITHOUT ROWID;

-- What is to be fetched. kind: 0 resolve, 1 profile, 2 lookup, 3 follows, 4 posts; state: ready, done, failed.
CREATE TABLE crawl_tasks (
    kind INTEGER NOT NULL, account TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'ready',
    cursor TEXT, pages INTEGER NOT NULL DEFAULT 0, reason TEXT, PRIMARY KEY (kind, account)) WITHOUT ROWID;
CREATE INDEX crawl_ready ON crawl_tasks (kind, account) WHERE state = 'ready';

-- Rows fetched but not yet in a Parquet part. AUTOINCREMENT: an id is never used again.
CREATE TABLE crawl_pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tbl TEXT NOT NULL, row TEXT NOT NULL);

-- A part about to get its name: the rows of `tbl` up to `last` are in the file `part`.
CREATE TABLE crawl_seals (
    tbl TEXT PRIMARY KEY, last INTEGER NOT NULL, part TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE crawl_counts (
    name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;

-- What the servers sent that cannot be used, by reason, with the latest example.
CREATE TABLE crawl_rejected (
    reason TEXT PRIMARY KEY, n INTEGER NOT NULL, example TEXT NOT NULL) WITHOUT ROWID;
