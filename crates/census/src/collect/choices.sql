-- Best-first: what was chosen in which round, and what was known of it then, in steps of 1/4096. The score learns from
-- it, and whoever asks why an account was fetched finds the answer here.
CREATE TABLE crawl_choices (
    account TEXT PRIMARY KEY, round INTEGER NOT NULL, place INTEGER NOT NULL, wave INTEGER NOT NULL,
    chance REAL NOT NULL, explored INTEGER NOT NULL,
    followers INTEGER NOT NULL, members INTEGER NOT NULL, adamic_adar INTEGER NOT NULL,
    noisy_or INTEGER NOT NULL, hits INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX crawl_rounds ON crawl_choices (round, place);
