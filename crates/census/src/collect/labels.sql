-- What labelers say of accounts: opinions of others, by whom and since when. `negated` where it was taken back.
CREATE TABLE crawl_labels (
    source TEXT NOT NULL, account TEXT NOT NULL, value TEXT NOT NULL, at TEXT NOT NULL, expires TEXT,
    negated INTEGER NOT NULL, PRIMARY KEY (source, account, value)) WITHOUT ROWID;
