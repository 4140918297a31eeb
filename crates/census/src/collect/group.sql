-- The accounts that a list, a starter pack or an account's followers among the seeds name.
CREATE TABLE crawl_seed_members (
    seed TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (seed, account)) WITHOUT ROWID;
