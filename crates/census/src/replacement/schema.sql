-- What a person said of a proposed pair.
CREATE TABLE replacements (
    gone TEXT NOT NULL, back TEXT NOT NULL, same INTEGER NOT NULL, reviewer TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (gone, back)) WITHOUT ROWID;
