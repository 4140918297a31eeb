-- Where a list of follows came from: NULL an AppView, which leaves out follows of accounts that are gone; 'repository'
-- the account's own, where they still stand.
ALTER TABLE crawl_tasks ADD COLUMN source TEXT;
-- Posts by the profile, which say what a repository would weigh.
ALTER TABLE crawl_accounts ADD COLUMN posts INTEGER;
