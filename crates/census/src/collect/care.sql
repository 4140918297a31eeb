-- What a crawl must know of hosts and lists over a stop.

-- Pauses that hosts asked for; `until` in microseconds since 1970.
CREATE TABLE crawl_pauses (
    host TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;

-- Where the lists in hand have been: a cursor that comes again is a loop. Forgotten when a list ends.
CREATE TABLE crawl_cursors (
    kind INTEGER NOT NULL, account TEXT NOT NULL, cursor TEXT NOT NULL,
    PRIMARY KEY (kind, account, cursor)) WITHOUT ROWID;

-- How many rows a list gave, NULL where it was begun before this was counted; why it was left before its end.
ALTER TABLE crawl_tasks ADD COLUMN found INTEGER DEFAULT 0;
ALTER TABLE crawl_tasks ADD COLUMN cut TEXT;
UPDATE crawl_tasks SET found = NULL WHERE pages > 0 OR state = 'done';
